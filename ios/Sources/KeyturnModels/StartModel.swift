import Foundation
import Observation

/// Joining: language, code, notice.
public struct StartState: ScreenState {
    /// A step of joining.
    public enum Step: Int, CaseIterable, Sendable {
        /// Which language.
        case language
        /// Which project.
        case code
        /// What is kept, and why.
        case notice
    }

    /// Where the person is.
    public var step = Step.language
    /// The language chosen, or the phone's.
    public var lang: Lang
    /// What was scanned or typed.
    public var code = ""
    /// What that is: shown before anything is sent.
    public var invite: InviteView?
    /// The notice on personal data.
    public var notice: NoticeView?
    /// The hub is being asked.
    public var joining = false
    /// Joined: the holder of this device.
    public var device: DeviceView?
    /// Why not.
    public var trouble: Trouble?
}

/// Start: the first useful screen within a minute.
@MainActor
@Observable
public final class StartModel: Screen {
    /// What the screen shows.
    public private(set) var state: StartState

    private let field: Field
    private let deviceName: String
    private let platform: String
    private let draft: Draft<Kept>
    @ObservationIgnored private let inOrder = InOrder()

    private struct Kept: Codable, Equatable, Sendable {
        var zh: Bool
        var step: Int
        var code: String
    }

    /// For a store that has not joined. `platform` and `deviceName` are told to the office.
    public init(_ field: Field, lang: Lang, deviceName: String, platform: String) {
        self.field = field
        self.deviceName = deviceName
        self.platform = platform
        state = StartState(lang: lang)
        draft = Draft(field, "start")
    }

    /// Takes up where the person was, and reads the notice.
    public func load() async {
        do {
            state.device = try await field.look { try $0.isEnrolled() ? try $0.device() : nil }
            state.notice = try await field.look { try $0.notice(id: "privacy_notice") }
            guard state.device == nil, let kept = try await draft.read() else { return }
            state.lang = kept.zh ? .zh : .en
            state.step = StartState.Step(rawValue: kept.step) ?? .language
            if !kept.code.isEmpty { show(kept.code) }
        } catch {
            state.trouble = error
        }
    }

    /// Chooses the language.
    public func choose(_ lang: Lang) {
        state.lang = lang
        go(to: .code)
    }

    /// Goes to a step.
    public func go(to step: StartState.Step) {
        state.step = step
        keep()
    }

    /// Something was scanned or typed: what it is, read without a network.
    public func read(_ text: String) {
        show(text)
        keep()
    }

    /// Agrees to the notice and joins; needs the hub.
    public func join() async {
        guard let invite = state.invite, invite.kind == .invite, let notice = state.notice, !state.joining else { return }
        state.joining = true
        state.trouble = nil
        do {
            let device = try await field.join(state.code, deviceName: deviceName, platform: platform, notice: notice.version)
            try await draft.forget()
            state.device = device
        } catch {
            // The code is kept: with no network the person tries again where there is one.
            state.trouble = error
        }
        state.joining = false
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }

    /// When everything typed so far is in the store.
    public func settled() async {
        await inOrder.settled()
    }

    private func show(_ text: String) {
        state.code = text
        state.invite = text.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty ? nil : readInvite(text: text)
    }

    private func keep() {
        let kept = Kept(zh: state.lang == .zh, step: state.step.rawValue, code: state.code)
        inOrder.keep(kept, in: draft) { [self] in state.trouble = $0 }
    }
}
