import CryptoKit
import Foundation
import KeyturnModels
import Security
import UIKit

/// The rest of each original, given to the system, which sends on while the app sleeps or is gone. It only moves bytes: a photo counts as
/// safe when the next sync has the hub's receipt.
@MainActor
final class BackgroundUploads {
    private static let name = "app.keyturn.uploads"
    private nonisolated static let most: UInt32 = 40
    private let ends = UploadEnds()
    private let session: URLSession
    private var handing = false

    /// Made at each start of the app, also by the system alone: only then does it hear of uploads that ended while the app was gone.
    init() {
        let configuration = URLSessionConfiguration.background(withIdentifier: Self.name)
        configuration.sessionSendsLaunchEvents = true
        configuration.isDiscretionary = false
        configuration.waitsForConnectivity = true
        session = URLSession(configuration: configuration, delegate: ends, delegateQueue: nil)
    }

    /// The system woke the app because uploads ended; returns when all of them were heard of.
    func takeUp(_ id: String) async {
        guard id == Self.name else { return }
        await ends.all()
    }

    /// Hands over what is not safe yet; what is on its way already is left alone.
    func hand(over field: Field) {
        guard !handing else { return }
        handing = true
        let application = UIApplication.shared
        var background = UIBackgroundTaskIdentifier.invalid
        let end = { @MainActor in
            guard background != .invalid else { return }
            application.endBackgroundTask(background)
            background = .invalid
        }
        let work = Task {
            await hand(field)
            handing = false
            end()
        }
        // Out of time: what was handed over goes on, the rest waits for the next sync. An app that does not end its task is killed.
        background = application.beginBackgroundTask(withName: Self.name) {
            work.cancel()
            end()
        }
    }

    private func hand(_ field: Field) async {
        // No network, or nothing to send: the next sync goes on.
        guard let tickets = try? await field.look({ try $0.handOver(most: Self.most) }) else { return }
        // On a metered network "only on Wi-Fi" is the system's to keep: it waits for one.
        let wifiOnly = (try? await field.look { try $0.status().wifiOnly }) ?? true
        let running = Set(await session.allTasks.compactMap { Ticket($0.taskDescription)?.photo })
        Outbox.keepOnly(running.union(tickets.files.map(\.photo)))
        for file in tickets.files where !running.contains(file.photo) {
            guard !Task.isCancelled else { return }
            guard let url = URL(string: file.url), let rest = await Outbox.rest(of: file) else { continue }
            var request = URLRequest(url: url)
            request.httpMethod = "PATCH"
            request.allowsExpensiveNetworkAccess = !wifiOnly
            request.allowsConstrainedNetworkAccess = !wifiOnly
            for (name, value) in file.headers { request.setValue(value, forHTTPHeaderField: name) }
            let task = session.uploadTask(with: request, fromFile: rest)
            task.taskDescription = Ticket(photo: file.photo, pin: tickets.tls).text
            task.resume()
        }
    }
}

/// What a task must know when the app that began it is gone: the system keeps the description of a task, and nothing else of ours.
private struct Ticket {
    let photo: Sha256
    /// The certificate that the invite named; none where the system's trust decides.
    let pin: Sha256?

    init(photo: Sha256, pin: Sha256?) {
        self.photo = photo
        self.pin = pin
    }

    init?(_ text: String?) {
        let parts = text?.split(separator: " ").map(String.init) ?? []
        guard let photo = parts.first else { return nil }
        self.init(photo: photo, pin: parts.count > 1 ? parts[1] : nil)
    }

    var text: String {
        [photo, pin].compactMap(\.self).joined(separator: " ")
    }
}

/// Copies of the rest of originals: the system sends whole files only.
private enum Outbox {
    private static func folder() throws -> URL {
        let folder = try Shelf.folder().appending(path: "outbox", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// The whole file when the hub has nothing of it; else a copy of the rest.
    static func rest(of file: HandoffView) async -> URL? {
        let whole = URL(fileURLWithPath: file.path)
        guard file.offset > 0 else { return whole }
        guard let copy = try? folder().appending(path: file.photo) else { return nil }
        return await Task.detached(priority: .utility) {
            do {
                let from = try FileHandle(forReadingFrom: whole)
                defer { try? from.close() }
                try from.seek(toOffset: file.offset)
                let made = FileManager.default.createFile(
                    atPath: copy.path,
                    contents: nil,
                    attributes: [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication]
                )
                guard made else { return nil }
                let to = try FileHandle(forWritingTo: copy)
                defer { try? to.close() }
                while let piece = try from.read(upToCount: 1 << 20), !piece.isEmpty { try to.write(contentsOf: piece) }
                return copy
            } catch {
                try? FileManager.default.removeItem(at: copy)
                return nil
            }
        }.value
    }

    static func remove(_ photo: Sha256) {
        if let copy = try? folder().appending(path: photo) { try? FileManager.default.removeItem(at: copy) }
    }

    /// What a kill left behind.
    static func keepOnly(_ photos: Set<Sha256>) {
        let copies = (try? FileManager.default.contentsOfDirectory(at: folder(), includingPropertiesForKeys: nil)) ?? []
        for copy in copies where !photos.contains(copy.lastPathComponent) { try? FileManager.default.removeItem(at: copy) }
    }
}

/// Hears of uploads' ends, on a queue of the session's own.
private final class UploadEnds: NSObject, URLSessionTaskDelegate, @unchecked Sendable {
    private let lock = NSLock()
    private var woken: [CheckedContinuation<Void, Never>] = []
    private var heardAll = false

    /// When the system has told of every upload that ended while the app was gone.
    func all() async {
        await withCheckedContinuation { heard in
            lock.lock()
            let already = heardAll
            if !already { woken.append(heard) }
            heardAll = false
            lock.unlock()
            if already { heard.resume() }
        }
    }

    func urlSessionDidFinishEvents(forBackgroundURLSession _: URLSession) {
        let waiting = lock.withLock {
            defer { woken = [] }
            heardAll = woken.isEmpty
            return woken
        }
        for heard in waiting { heard.resume() }
    }

    func urlSession(_: URLSession, task: URLSessionTask, didCompleteWithError _: (any Error)?) {
        // Whatever came of it: the hub knows where it stands, and the next sync asks it.
        if let ticket = Ticket(task.taskDescription) { Outbox.remove(ticket.photo) }
    }

    // Asked of the task, because the session's own question comes without one, and only the task knows its pin after a start anew.
    func urlSession(_: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge) async
        -> (URLSession.AuthChallengeDisposition, URLCredential?)
    {
        guard let trust = challenge.protectionSpace.serverTrust, let pin = Ticket(task.taskDescription)?.pin.flatMap(Data.init(hex:)) else {
            return (.performDefaultHandling, nil)
        }
        let chain = SecTrustCopyCertificateChain(trust) as? [SecCertificate]
        let leaf = chain?.first.map { Data(SHA256.hash(data: SecCertificateCopyData($0) as Data)) }
        // The certificate that the invite named, and no other.
        return leaf == pin ? (.useCredential, URLCredential(trust: trust)) : (.cancelAuthenticationChallenge, nil)
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
