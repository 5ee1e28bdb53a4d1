import Foundation
import Keyturn
import Network
import os

/// Which network the phone is on, as iOS tells it; kept so that the core's question is answered at once.
final class PhoneNetwork: NetworkState {
    private let monitor = NWPathMonitor()
    private let last = OSAllocatedUnfairLock(initialState: KeyturnCore.Network.offline)
    private let changed: @Sendable (KeyturnCore.Network) -> Void

    /// Begins to listen; `changed` is told of each change, on a thread of its own.
    init(changed: @escaping @Sendable (KeyturnCore.Network) -> Void) {
        self.changed = changed
        monitor.pathUpdateHandler = { [last, changed] path in
            let now: KeyturnCore.Network =
                path.status != .satisfied ? .offline : path.isExpensive || path.isConstrained ? .metered : .wifi
            let before = last.withLock { was in
                defer { was = now }
                return was
            }
            if before != now { changed(now) }
        }
        monitor.start(queue: DispatchQueue(label: "app.keyturn.network", qos: .utility))
    }

    deinit {
        monitor.cancel()
    }

    func current() throws -> KeyturnCore.Network {
        last.withLock { $0 }
    }
}

/// What iOS would free for something that matters: its own figure, larger than what the volume says.
final class PhoneSpace: FreeSpace {
    func freeBytes(folder: String) throws -> UInt64 {
        let url = URL(fileURLWithPath: folder, isDirectory: true)
        do {
            let values = try url.resourceValues(forKeys: [.volumeAvailableCapacityForImportantUsageKey])
            guard let free = values.volumeAvailableCapacityForImportantUsage else { throw CallbackError.Failed(reason: "no figure") }
            return UInt64(max(0, free))
        } catch let error as CallbackError {
            throw error
        } catch {
            throw CallbackError.Failed(reason: "free space: \((error as NSError).code)")
        }
    }
}

/// The phone's clocks. The one that only goes forward counts sleep too.
final class PhoneClock: DeviceClock {
    func wall() throws -> Int64 {
        Int64((Date().timeIntervalSince1970 * 1000).rounded())
    }

    func monoMs() throws -> UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { throw CallbackError.Failed(reason: "clock \(errno)") }
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }

    func bootId() throws -> UInt64 {
        // A UUID of this start of the phone; the time of the start will not do, because setting the clock moves it.
        var text = [CChar](repeating: 0, count: 64)
        var size = text.count
        guard sysctlbyname("kern.bootsessionuuid", &text, &size, nil, 0) == 0 else { throw CallbackError.Failed(reason: "boot \(errno)") }
        let hex = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).filter(\.isHexDigit).prefix(16)
        guard let id = UInt64(hex, radix: 16) else { throw CallbackError.Failed(reason: "boot id") }
        return id
    }
}

/// Where the store lies, and how iOS protects it.
enum Shelf {
    /// The folder of the store, made if it is not there: not in a backup (another device could not read its key), and readable after the
    /// first unlock, because originals are uploaded with the phone locked.
    static func folder() throws -> URL {
        let support = try FileManager.default.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        var folder = support.appending(path: "store", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication]
        )
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try folder.setResourceValues(values)
        return folder
    }

    /// Where the camera's picture lies until the core has taken it in: names that survive a kill.
    static func intake() throws -> URL {
        let folder = try folder().appending(path: "intake", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
