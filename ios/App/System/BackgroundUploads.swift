import CryptoKit
import Foundation
import KeyturnModels

/// The rest of each original, given to the system, which sends on while the app sleeps or is gone. It only moves bytes: a photo counts as
/// safe when the next sync has the hub's receipt.
final class BackgroundUploads: NSObject, URLSessionDelegate, URLSessionTaskDelegate, @unchecked Sendable {
    private static let name = "app.keyturn.uploads"
    private static let most: UInt32 = 40
    private let lock = NSLock()
    private var woken: (() -> Void)?
    private var pins: [String: Data] = [:]

    private lazy var session: URLSession = {
        let configuration = URLSessionConfiguration.background(withIdentifier: Self.name)
        configuration.sessionSendsLaunchEvents = true
        configuration.isDiscretionary = false
        configuration.waitsForConnectivity = true
        return URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    }()

    /// The system woke the app because uploads ended.
    func takeUp(_ id: String, _ done: @escaping () -> Void) {
        guard id == Self.name else { return done() }
        lock.withLock { woken = done }
        _ = session
    }

    /// Hands over what is not safe yet; what is on its way already is left alone.
    @MainActor
    func hand(over field: Field) {
        let background = UIApplication.shared.beginBackgroundTask(withName: Self.name)
        Task {
            defer { UIApplication.shared.endBackgroundTask(background) }
            // No network, or nothing to send: the next sync goes on.
            guard let tickets = try? await field.look({ try $0.handOver(most: Self.most) }) else { return }
            // On a metered network "only on Wi-Fi" is the system's to keep: it waits for one.
            let wifiOnly = (try? await field.look { try $0.status().wifiOnly }) ?? true
            let running = Set(await session.allTasks.compactMap(\.taskDescription))
            for file in tickets.files where !running.contains(file.photo) {
                guard let url = URL(string: file.url), let rest = Self.rest(of: file) else { continue }
                if let pin = tickets.tls, let host = url.host() { lock.withLock { pins[host] = Data(hex: pin) } }
                var request = URLRequest(url: url)
                request.httpMethod = "PATCH"
                request.allowsExpensiveNetworkAccess = !wifiOnly
                request.allowsConstrainedNetworkAccess = !wifiOnly
                for (name, value) in file.headers { request.setValue(value, forHTTPHeaderField: name) }
                let task = session.uploadTask(with: request, fromFile: rest)
                task.taskDescription = file.photo
                task.resume()
            }
        }
    }

    /// The whole file when the hub has nothing of it; else a copy of the rest, because the system sends whole files only.
    private static func rest(of file: HandoffView) -> URL? {
        let whole = URL(fileURLWithPath: file.path)
        guard file.offset > 0 else { return whole }
        let copy = FileManager.default.temporaryDirectory.appending(path: "\(file.photo).\(file.offset)")
        do {
            let from = try FileHandle(forReadingFrom: whole)
            defer { try? from.close() }
            try from.seek(toOffset: file.offset)
            FileManager.default.createFile(
                atPath: copy.path,
                contents: nil,
                attributes: [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication]
            )
            let to = try FileHandle(forWritingTo: copy)
            defer { try? to.close() }
            while let piece = try from.read(upToCount: 1 << 20), !piece.isEmpty { try to.write(contentsOf: piece) }
            return copy
        } catch {
            try? FileManager.default.removeItem(at: copy)
            return nil
        }
    }

    func urlSession(_: URLSession, task: URLSessionTask, didCompleteWithError _: (any Error)?) {
        // Whatever came of it: the hub knows where it stands, and the next sync asks it.
        guard let photo = task.taskDescription else { return }
        let folder = FileManager.default.temporaryDirectory
        let copies = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        for copy in copies where copy.lastPathComponent.hasPrefix(photo) { try? FileManager.default.removeItem(at: copy) }
    }

    func urlSession(
        _: URLSession,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler answer: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        let pin = lock.withLock { pins[challenge.protectionSpace.host] }
        guard let pin, let trust = challenge.protectionSpace.serverTrust else { return answer(.performDefaultHandling, nil) }
        let chain = SecTrustCopyCertificateChain(trust) as? [SecCertificate]
        let leaf = chain?.first.map { Data(SHA256.hash(data: SecCertificateCopyData($0) as Data)) }
        // The certificate that the invite named, and no other.
        if leaf == pin {
            answer(.useCredential, URLCredential(trust: trust))
        } else {
            answer(.cancelAuthenticationChallenge, nil)
        }
    }

    func urlSessionDidFinishEvents(forBackgroundURLSession _: URLSession) {
        let done = lock.withLock {
            defer { woken = nil }
            return woken
        }
        DispatchQueue.main.async { done?() }
    }
}

extension Data {
    /// From pairs of hexadecimal digits; none when it is not that.
    fileprivate init?(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        guard digits.count == hex.count, digits.count.isMultiple(of: 2) else { return nil }
        self.init(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
