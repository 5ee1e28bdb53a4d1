import Foundation
import Observation

/// The owner's turn.
public struct OwnerState: ScreenState {
    /// Where the owner is.
    public enum Step: String, Codable, Sendable {
        /// Reads the record.
        case reading
        /// Says why not.
        case refusing
        /// Signs.
        case signing
        /// Signed; the device goes back.
        case signed
    }

    /// What the owner decided and drew, kept at each touch.
    public struct Entry: Codable, Equatable, Sendable {
        /// The record that was on the screen.
        public var record = ""
        /// Where the owner is.
        public var step = Step.reading
        /// Items that were on the screen.
        public var seen: Set<String> = []
        /// Items the owner does not agree with, each with the reason.
        public var disputed: [String: String] = [:]
        /// Why nothing is signed.
        public var reason = ""
        /// Who signs: a participant.
        public var signer: String?
        /// Who bears witness to a refusal: a participant.
        public var witness: String?
        /// The strokes: x, y (millionths of the pad), time (ms), pressure (thousandths).
        public var strokes: [[[UInt32]]] = []
        /// The one-time code, as typed.
        public var code = ""
    }

    /// The record, frozen; none before it was read.
    public var record: FrozenView?
    /// Ways of checking who somebody is.
    public var identityDocuments: [NamedView] = []
    /// A one-time code is being asked for.
    public var asking = false
    /// Until when the code that was asked for signs.
    public var codeUntil: UtcMs?
    /// The unit as people say it.
    public var unitLabel = ""
    /// What was decided and drawn so far.
    public var entry = Entry()
    /// The stroke under the finger.
    public var live: [StrokePoint] = []
    /// Questions that the owner asked, with answers.
    public var questions: [QuestionView] = []
    /// The record changed while it was read: it has to be read again.
    public var changed = false
    /// It is being signed.
    public var signing = false
    /// Why something was not done.
    public var trouble: Trouble?

    /// Every item was on the screen; accepting is offered from then on.
    public var allSeen: Bool {
        record.map { $0.snags.allSatisfy { entry.seen.contains($0.snag) } } ?? false
    }

    /// Who may sign for the owner's side, in order.
    public var signers: [SignerView] {
        record?.signers.filter(\.ownerSide) ?? []
    }

    /// Who may bear witness: anybody else who takes part.
    public var witnesses: [SignerView] {
        record?.signers.filter { !$0.ownerSide } ?? []
    }

    /// Who is going to sign.
    public var signer: SignerView? {
        signers.first { $0.participant == entry.signer }
    }

    /// The level that the rules ask of the signer.
    public var levelRequired: UInt8 {
        signer?.levelRequired ?? record?.levelRequired ?? 1
    }

    /// The result as it stands.
    public var outcome: SignOutcome {
        !entry.reason.isEmpty ? .refused : entry.disputed.isEmpty ? .accepted : .inPart
    }

    /// Whether the level that the rules ask for is reached by what is there.
    public var levelReached: UInt8 {
        entry.code.isEmpty ? entry.strokes.isEmpty ? 0 : 1 : 2
    }
}

/// The tablet is in the owner's hands: only the record, and no side is taken.
@MainActor
@Observable
public final class OwnerModel: Screen {
    /// What the screen shows.
    public private(set) var state = OwnerState()
    /// The unit.
    public let unit: Id
    /// The language of the words on the screen: their digest is signed too.
    public let lang: Lang

    /// The draft that says the device is in an owner's hands: looked for at each start of the app.
    public static let turn = "owner-turn"

    private let field: Field
    private let draft: Draft<OwnerState.Entry>
    private let turn: Draft<String>
    @ObservationIgnored private let inOrder = InOrder()

    /// For a unit whose record stands.
    public init(_ field: Field, unit: Id, lang: Lang) {
        self.field = field
        self.unit = unit
        self.lang = lang
        draft = Draft(field, "owner:\(unit)")
        turn = Draft(field, Self.turn)
    }

    /// The unit whose owner holds the device; none when the inspector does. A start of the app leads back there.
    public static func current(_ field: Field) async -> Id? {
        do {
            return try await Draft<String>(field, turn).read()
        } catch {
            return nil
        }
    }

    /// Freezes the record and shows it; what was decided and drawn for this version is there.
    public func load() async {
        do {
            try await turn.keep(unit)
            try await freeze()
            if let kept = try await draft.read(), kept.record == state.record?.digest {
                state.entry = kept
            } else {
                state.entry = OwnerState.Entry(record: state.record?.digest ?? "", signer: state.signers.first?.participant)
            }
        } catch {
            state.trouble = error
        }
    }

    /// An item was on the screen.
    public func saw(_ snag: Id) {
        guard state.entry.seen.insert(snag).inserted else { return }
        keep()
    }

    /// The owner does not agree with an item, or does after all.
    public func dispute(_ snag: Id, reason: String?) {
        state.entry.disputed[snag] = reason
        keep()
    }

    /// The owner asks something: it goes into the record's file, and a changed record is shown anew.
    public func ask(_ text: String) async {
        let unit = unit
        do {
            _ = try await field.change { try $0.ask(unit: unit, text: text, answer: nil, followUp: true) }
            let before = state.entry
            try await freeze()
            // A question is no reason to read everything again.
            state.entry = before
            state.entry.record = state.record?.digest ?? ""
            keep()
        } catch {
            state.trouble = error
        }
    }

    /// All items hold, or all but those disputed: to the signature.
    public func agree() {
        guard state.allSeen else { return }
        state.entry.reason = ""
        go(to: .signing)
    }

    /// To the reason for not signing.
    public func refuse() {
        go(to: .refusing)
    }

    /// Types the reason.
    public func type(reason: String) {
        state.entry.reason = reason
        keep()
    }

    /// To the signature, or back to the record.
    public func go(to step: OwnerState.Step) {
        state.entry.step = step
        if step == .reading { state.entry.reason = "" }
        keep()
    }

    /// Who signs.
    public func choose(signer: Id) {
        state.entry.signer = signer
        keep()
    }

    /// Who bears witness, or nobody.
    public func choose(witness: Id?) {
        state.entry.witness = witness
        keep()
    }

    /// What is typed about somebody who is to be added, kept.
    public func asked(_ about: String) -> AskedModel {
        AskedModel(field, about: "\(about):\(unit)")
    }

    /// Somebody signs in an owner's place: name, how it was checked who it is, and by what right.
    public func represent(name: String, identityCheck: String, mandate: String) async {
        await join(NewParticipant(role: "representative", name: name, identityCheck: identityCheck, mandate: mandate)) { [self] in
            state.entry.signer = $0
        }
    }

    /// Somebody bears witness.
    public func bearWitness(name: String, identityCheck: String) async {
        await join(NewParticipant(role: "witness", name: name, identityCheck: identityCheck)) { [self] in state.entry.witness = $0 }
    }

    private func join(_ new: NewParticipant, _ then: @MainActor (Id) -> Void) async {
        let unit = unit
        state.trouble = nil
        do {
            let joined = try await field.change { try $0.join(unit: unit, new: new) }
            let before = state.entry
            try await freeze()
            // Who takes part is no reason to read everything again; strokes of somebody else are.
            state.entry = before
            state.entry.record = state.record?.digest ?? ""
            state.entry.strokes = []
            then(joined)
            keep()
        } catch {
            state.trouble = error
        }
    }

    /// Asks the hub for a one-time code, where the level asks for one; it reaches the signer only.
    public func askCode() async {
        guard let signer = state.entry.signer, !state.asking else { return }
        let (unit, fresh) = (unit, state.codeUntil != nil)
        state.asking = true
        state.trouble = nil
        do {
            state.codeUntil = try await field.look { try $0.requestCode(unit: unit, signer: signer, fresh: fresh) }
        } catch {
            // With no network the strokes stay, and the code is added where there is one.
            state.trouble = error
        }
        state.asking = false
    }

    /// Types the one-time code.
    public func type(code: String) {
        state.entry.code = code
        keep()
    }

    /// The pen is at a place of the pad, as fractions of it; `time` in seconds since the first point.
    public func move(x: Double, y: Double, time: Double, pressure: Double) {
        let share = { (value: Double, of: Double) in UInt32((min(max(value, 0), 1) * of).rounded()) }
        let ms = UInt32(min(max(time, 0) * 1000, Double(UInt32.max)))
        state.live.append(
            StrokePoint(xPpm: share(x, 1_000_000), yPpm: share(y, 1_000_000), tMs: ms, pressureMilli: UInt16(share(pressure, 1000)))
        )
    }

    /// The pen is up: the stroke is kept before anything else happens.
    public func lift() {
        guard !state.live.isEmpty else { return }
        state.entry.strokes.append(state.live.map { [$0.xPpm, $0.yPpm, $0.tMs, UInt32($0.pressureMilli)] })
        state.live = []
        keep()
    }

    /// Takes the last stroke back.
    public func undo() {
        guard state.entry.strokes.popLast() != nil else { return }
        keep()
    }

    /// Begins the signature again.
    public func again() {
        state.entry.strokes = []
        keep()
    }

    /// Signs the record that is on the screen. When it changed underneath, the owner reads it again.
    public func sign() async {
        guard let record = state.record, let signer = state.entry.signer, !state.signing else { return }
        state.signing = true
        state.trouble = nil
        await inOrder.settled()
        let entry = state.entry
        let outcome = state.outcome
        let answers: [SnagAnswer] =
            outcome == .inPart
            ? record.snags.map { snag in
                SnagAnswer(snag: snag.snag, accepted: entry.disputed[snag.snag] == nil, reason: entry.disputed[snag.snag])
            } : []
        let request = SignRequest(
            record: record.digest,
            signer: signer,
            outcome: outcome,
            answers: answers,
            reason: entry.reason.isEmpty ? nil : entry.reason,
            strokes: entry.strokes.map { $0.compactMap(StrokePoint.init(kept:)) },
            code: entry.code.isEmpty ? nil : entry.code,
            notice: record.notice,
            lang: lang,
            witness: outcome == .refused ? entry.witness : nil
        )
        let unit = unit
        do {
            try await field.change { try $0.sign(unit: unit, request: request) }
            state.entry.step = .signed
            try await draft.keep(state.entry)
        } catch {
            if error.key == "rule-sign-record" { await changed() }
            state.trouble = error
        }
        state.signing = false
    }

    /// The inspector has unlocked the device: it is theirs again. What the owner drew for an unsigned record stays.
    public func handBack() async {
        await inOrder.settled()
        do {
            try await turn.forget()
            if state.entry.step == .signed { try await draft.forget() }
        } catch {
            state.trouble = error
        }
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
        state.changed = false
    }

    /// When every stroke so far is in the store.
    public func settled() async {
        await inOrder.settled()
    }

    private func freeze() async throws(Trouble) {
        let (unit, lang) = (unit, lang)
        let record = try await field.change { try $0.freeze(unit: unit, lang: lang) }
        let (handover, documents) = try await field.look { (try $0.handover(unit: unit), try $0.catalog(list: "identity_document")) }
        state.record = record
        state.identityDocuments = documents
        state.unitLabel = handover.unitLabel
        state.questions = handover.questions
    }

    private func changed() async {
        do {
            try await freeze()
            // Strokes over an earlier version sign nothing.
            state.entry = OwnerState.Entry(record: state.record?.digest ?? "", signer: state.entry.signer)
            try await draft.keep(state.entry)
            state.changed = true
        } catch {
            state.trouble = error
        }
    }

    private func keep() {
        let entry = state.entry
        inOrder.keep(entry, in: draft) { [self] in state.trouble = $0 }
    }
}

extension StrokePoint {
    fileprivate init?(kept: [UInt32]) {
        guard kept.count == 4 else { return nil }
        self.init(xPpm: kept[0], yPpm: kept[1], tMs: kept[2], pressureMilli: UInt16(min(kept[3], 1000)))
    }
}
