import LocalAuthentication

/// The way back from the owner's turn: whoever unlocks this phone.
enum DeviceLock {
    /// How it ended.
    enum Answer {
        /// It was unlocked.
        case opened
        /// It was not.
        case refused
        /// The device has no lock: nothing can be asked.
        case none
    }

    /// Asks for face, finger or code; `why` is shown.
    static func ask(_ why: String) async -> Answer {
        let context = LAContext()
        guard context.canEvaluatePolicy(.deviceOwnerAuthentication, error: nil) else { return .none }
        return await withCheckedContinuation { done in
            context.evaluatePolicy(.deviceOwnerAuthentication, localizedReason: why) { opened, _ in
                done.resume(returning: opened ? .opened : .refused)
            }
        }
    }
}
