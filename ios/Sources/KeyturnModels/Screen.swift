import Foundation
@_exported import Keyturn

/// A screen's model: one immutable state, replaced as a whole; what a person does becomes a call. No rule stands here: the core says what is
/// allowed, what is missing and what is urgent.
@MainActor
public protocol Screen: AnyObject {
    /// What the screen shows.
    associatedtype State: ScreenState
    /// What the screen shows now.
    var state: State { get }
}

/// A state that can tell why something was not done.
public protocol ScreenState: Equatable, Sendable {
    /// Why the last thing was not done; none when it was.
    var trouble: Trouble? { get set }
}

/// What a screen keeps while it is filled in: written to the store at each change, so that a kill, a call or a rotation loses nothing.
struct Draft<Value: Codable & Equatable & Sendable>: Sendable {
    private let field: Field
    private let name: String

    init(_ field: Field, _ name: String) {
        self.field = field
        self.name = name
    }

    /// What was left half done. One of another version of the app counts as none.
    func read() async throws(Trouble) -> Value? {
        let name = name
        guard let bytes = try await field.look({ try $0.draft(name: name) }) else { return nil }
        return try? JSONDecoder().decode(Value.self, from: bytes)
    }

    /// Keeps it; durable when this returns.
    func keep(_ value: Value) async throws(Trouble) {
        let name = name
        guard let bytes = try? JSONEncoder().encode(value) else { throw Trouble(.other, "app-error") }
        try await field.change { try $0.setDraft(name: name, value: bytes) }
    }

    /// Forgets it: what it held is a record now.
    func forget() async throws(Trouble) {
        let name = name
        try await field.change { try $0.setDraft(name: name, value: Data()) }
    }
}

/// Runs changes of one screen in the order in which they were asked for, each after the one before it: keystrokes and strokes must not
/// overtake each other on their way to the store.
@MainActor
final class InOrder {
    private var last: Task<Void, Never>?

    /// Adds one; the task ends when it is done.
    @discardableResult
    func run(_ work: @escaping @MainActor () async -> Void) -> Task<Void, Never> {
        let before = last
        let task = Task {
            await before?.value
            await work()
        }
        last = task
        return task
    }

    /// Keeps a draft as it is now, after all that was asked for before it; `failed` is told why it was not kept.
    func keep<Value>(_ value: Value, in draft: Draft<Value>, failed: @escaping @MainActor (Trouble) -> Void) {
        run {
            do {
                try await draft.keep(value)
            } catch {
                failed(Trouble(error))
            }
        }
    }

    /// When everything asked for so far is done.
    func settled() async {
        await last?.value
    }
}
