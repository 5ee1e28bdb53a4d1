import Foundation
import Observation

/// Where the app can go from Today.
public enum Place: Hashable, Codable, Sendable {
    /// A unit.
    case unit(Id)
    /// A room of it.
    case room(Id, String)
    /// A new snag, from a line of the checklist or not.
    case newSnag(Id, room: String, element: String, line: String?)
    /// A snag.
    case snag(Id)
    /// Snags of a unit, or all.
    case snags(Id?)
    /// The plan.
    case plan(Id)
    /// A drawing over a photo.
    case draw(Id, Sha256)
    /// A work order.
    case crew(Id)
    /// Meters, keys, documents, people.
    case papers(Id)
    /// Sync.
    case sync
    /// A conflict.
    case settle(Id)
}

/// The way from Today to the page that is shown.
public struct WayState: ScreenState {
    /// The pages, the one that is shown last; empty on Today.
    public var path: [Place] = []
    /// Why it was not kept.
    public var trouble: Trouble?
}

/// Where a person is in the app, kept at each step: a start after a kill leads back to the same page.
@MainActor
@Observable
public final class WayModel: Screen {
    /// Where the person is.
    public private(set) var state = WayState()

    private let draft: Draft<[Place]>
    @ObservationIgnored private let inOrder = InOrder()

    /// For the store of this device.
    public init(_ field: Field) {
        draft = Draft(field, "way")
    }

    /// Goes where the person was.
    public func load() async {
        do {
            if let kept = try await draft.read() { state.path = kept }
        } catch {
            state.trouble = error
        }
    }

    /// Goes on, or back.
    public func go(_ path: [Place]) {
        guard path != state.path else { return }
        state.path = path
        inOrder.keep(path, in: draft) { [self] in state.trouble = $0 }
    }

    /// When the way is in the store.
    public func settled() async {
        await inOrder.settled()
    }
}

/// A few words that are asked for.
public struct AskedState: ScreenState {
    /// What is typed.
    public var text = ""
    /// Why it was not kept.
    public var trouble: Trouble?

    /// Whether there is anything but blanks.
    public var given: Bool { text.contains { !$0.isWhitespace } }
}

/// A few words for one question (a reason, a question, a label), kept as they are typed until they are part of a record.
@MainActor
@Observable
public final class AskedModel: Screen {
    /// What is typed.
    public private(set) var state = AskedState()

    private let draft: Draft<String>
    @ObservationIgnored private let inOrder = InOrder()

    /// `about` names what is asked and of what, so that no two answers meet.
    public init(_ field: Field, about: String) {
        draft = Draft(field, "asked:\(about)")
    }

    /// What was typed before is there.
    public func load() async {
        do {
            if let kept = try await draft.read() { state.text = kept }
        } catch {
            state.trouble = error
        }
    }

    /// Types.
    public func type(_ text: String) {
        state.text = text
        inOrder.keep(text, in: draft) { [self] in state.trouble = $0 }
    }

    /// The words as they are to be recorded; they are typed no more.
    public func take() async -> String {
        await inOrder.settled()
        let text = state.text.trimmingCharacters(in: .whitespacesAndNewlines)
        do {
            try await draft.forget()
            state.text = ""
        } catch {
            state.trouble = error
        }
        return text
    }

    /// When everything typed so far is in the store.
    public func settled() async {
        await inOrder.settled()
    }
}
