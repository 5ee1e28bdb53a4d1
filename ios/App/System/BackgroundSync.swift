import BackgroundTasks
import Foundation

/// A sync while nobody looks: the system says when.
enum BackgroundSync {
    private static let name = "app.keyturn.sync"

    /// Says what to do when the system lets us. Called once, before the app has started.
    static func register(_ work: @escaping @MainActor () async -> Void) {
        BGTaskScheduler.shared.register(forTaskWithIdentifier: name, using: nil) { task in
            let held = Held(task)
            let running = Task { @MainActor in
                await work()
                held.task.setTaskCompleted(success: !Task.isCancelled)
            }
            // Cancelling ends the stream of the sync, and that the sync: nothing is lost.
            task.expirationHandler = { running.cancel() }
            schedule()
        }
    }

    /// Asks for the next time: with a network, when the system likes.
    static func schedule() {
        let request = BGProcessingTaskRequest(identifier: name)
        request.requiresNetworkConnectivity = true
        request.requiresExternalPower = false
        // Refused in the simulator, and where the person has switched it off: the next start syncs.
        try? BGTaskScheduler.shared.submit(request)
    }

    private struct Held: @unchecked Sendable {
        let task: BGTask

        init(_ task: BGTask) {
            self.task = task
        }
    }
}
