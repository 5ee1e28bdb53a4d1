import Foundation
import Observation

/// Sync that starts by itself: the core says when and why, this waits for it. One per app, for as long as its task runs.
@MainActor
@Observable
public final class AutoSync {
    /// What the core said last; none before it was asked.
    public private(set) var next: NextSyncView?

    private let field: Field
    private let sync: SyncModel
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// After a sync that left things as they were, so long nothing is tried unless something happens.
    private static let pause = Duration.seconds(60)
    /// What is recorded in a row goes together.
    private static let gather = Duration.milliseconds(500)

    /// Over the store of this device and its sync.
    public init(_ field: Field, _ sync: SyncModel) {
        self.field = field
        self.sync = sync
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Something happened: the network changed, something was recorded, the person came back. The core is asked again.
    public nonisolated func nudge() {
        wake.yield()
    }

    /// Waits and syncs until its task is cancelled; `after` hears of each sync that ended.
    public func run(after: @MainActor () async -> Void = {}) async {
        await field.hear { [wake] in wake.yield() }
        var wakes = wakes.makeAsyncIterator()
        var tried = false
        while !Task.isCancelled {
            next = try? await field.look { try $0.nextSync() }
            if let next, next.now, !tried {
                tried = true
                await sync.sync()
                await after()
                continue
            }
            let alarm = alarm(tried)
            tried = false
            // Cancelled: there is nothing to wait for any more.
            guard await wakes.next() != nil else { break }
            alarm?.cancel()
            try? await Task.sleep(for: Self.gather)
        }
    }

    /// When the core has to be asked again by the clock alone.
    private func alarm(_ tried: Bool) -> Task<Void, Never>? {
        guard let next, let at = next.at, next.needs != .offline else { return nil }
        let left = Duration.milliseconds(at - Int64(Date().timeIntervalSince1970 * 1000))
        // Its time has come and the network has not: the network's change wakes us.
        if !next.now, left <= .zero { return nil }
        let wait = tried ? max(left, Self.pause) : max(left, .zero)
        return Task { [wake] in
            guard (try? await Task.sleep(for: wait)) != nil else { return }
            wake.yield()
        }
    }
}
