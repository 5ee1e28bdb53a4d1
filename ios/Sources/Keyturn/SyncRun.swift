import Foundation

/// One sync on its way into a stream: hears of the core's steps and ends the stream when the core says so.
final class SyncRun: SyncObserver, @unchecked Sendable {
    private let lock = NSLock()
    private let stream: AsyncThrowingStream<SyncEvent, any Error>.Continuation
    private var task: SyncTask?
    private var cancelled = false
    private var ended = false
    private var finished = false

    /// A stream that joined a sync which ran already is told no steps of it, only its end.
    private static let grace = Duration.seconds(1)

    init(_ stream: AsyncThrowingStream<SyncEvent, any Error>.Continuation) {
        self.stream = stream
    }

    func start(on store: FieldStore, _ options: SyncOptions) {
        do {
            let started = try store.sync(options: options, observer: self)
            let stop = lock.withLock {
                task = started
                return cancelled
            }
            if stop { started.cancel() }
            // The last step may have come before the task was known here.
            if lock.withLock({ ended }) { return finish() }
            Task { [self] in
                _ = try? await started.ended()
                // Its steps come on a thread of their own, the end last of them.
                try? await Task.sleep(for: Self.grace)
                finish()
            }
        } catch {
            lock.withLock { finished = true }
            stream.finish(throwing: Trouble(error))
        }
    }

    func cancel() {
        let running = lock.withLock {
            cancelled = true
            return task
        }
        running?.cancel()
    }

    func step(step: SyncStep) throws {
        guard case .ended = step else {
            stream.yield(.step(step))
            return
        }
        let known = lock.withLock {
            ended = true
            return task != nil
        }
        if known { finish() }
    }

    private func finish() {
        lock.lock()
        let first = !finished
        finished = true
        let task = task
        lock.unlock()
        guard first, let task else { return }
        do {
            if let done = try task.outcome() { stream.yield(.done(done)) }
            stream.finish()
        } catch {
            stream.finish(throwing: Trouble(error))
        }
    }
}
