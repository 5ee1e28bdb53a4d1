import BackgroundTasks
import Foundation
import KeyturnModels

/// A sync while nobody looks. The core says not before when; the system says when.
enum BackgroundSync {
    /// Short, and often: records, and the answer of the hub.
    private static let short = "app.keyturn.refresh"
    /// Long, and seldom: what the short one did not get done.
    private static let long = "app.keyturn.sync"

    /// Says what to do when the system lets us: a sync, and when the core wants the next one. Called once, before the app has started.
    static func register(_ work: @escaping @MainActor @Sendable () async -> UtcMs?) {
        for name in [short, long] {
            BGTaskScheduler.shared.register(forTaskWithIdentifier: name, using: .main) { task in
                let held = Held(task: task)
                let running = Task { @MainActor in
                    let next = await work()
                    schedule(at: next)
                    held.task.setTaskCompleted(success: !Task.isCancelled)
                }
                // Cancelling ends the stream of the sync, and that the sync: nothing is lost.
                task.expirationHandler = { running.cancel() }
            }
        }
    }

    /// Asks for the next time; without one nothing starts by itself.
    static func schedule(at: UtcMs?) {
        guard let at else { return }
        let date = Date(timeIntervalSince1970: TimeInterval(at) / 1000)
        let refresh = BGAppRefreshTaskRequest(identifier: short)
        refresh.earliestBeginDate = date
        let processing = BGProcessingTaskRequest(identifier: long)
        processing.earliestBeginDate = date
        processing.requiresNetworkConnectivity = true
        processing.requiresExternalPower = false
        // Refused in the simulator, and where the person has switched it off: the next start syncs.
        try? BGTaskScheduler.shared.submit(refresh)
        try? BGTaskScheduler.shared.submit(processing)
    }

    /// The scheduler's own queue is the main one here, and so is the task that ends it.
    private struct Held: @unchecked Sendable {
        let task: BGTask
    }
}
