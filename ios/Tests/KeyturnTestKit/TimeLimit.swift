import Foundation

/// A test's time: XCTest on Linux has no limit of its own, and a test that hangs would end the whole run without a name.
public enum TimeLimit {
    /// What the longest test takes on two slow cores, several times over.
    private static let seconds = 180

    /// Runs a test; a hang ends the process, with the test's name as the last line.
    public static func hold(_ test: String, _ work: () -> Void) {
        let watch = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "app.keyturn.limit", qos: .userInteractive))
        watch.schedule(deadline: .now() + .seconds(seconds))
        watch.setEventHandler {
            // Whatever hangs may hold the locks of buffered output.
            FileHandle.standardOutput.write(Data("error: \(test) : hung, ended after \(seconds) s\n".utf8))
            abort()
        }
        watch.resume()
        work()
        watch.cancel()
    }
}
