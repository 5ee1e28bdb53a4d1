import Dispatch

/// The threads of one store. Its calls block (they return when the disk has the change), so none of them may hold a thread that Swift's
/// tasks share: changes go one after the other on one queue, queries beside them.
final class StoreQueue: SerialExecutor {
    private let changes = DispatchQueue(label: "app.keyturn.changes", qos: .userInitiated)
    private let queries = DispatchQueue(label: "app.keyturn.queries", qos: .userInitiated, attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        changes.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Runs beside the changes.
    func beside<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { answer in
            queries.async { answer.resume(returning: work()) }
        }
    }
}
