import Foundation
import Observation

/// What is handed over beside the walk: people, meters, keys, documents, parts.
public struct PapersState: ScreenState {
    /// The handover; none before it was read.
    public var handover: HandoverView?
    /// Owners of the unit that this device may know.
    public var owners: [PersonView] = []
    /// Roles to choose from.
    public var roles: [NamedView] = []
    /// Ways of checking who somebody is.
    public var identityDocuments: [NamedView] = []
    /// Documents that can be made on this device.
    public var papers: [PaperView] = []
    /// Documents that were made before, here or at the hub; those with a file open offline.
    public var documents: [DocumentView] = []
    /// Who can lead the walk.
    public var escorts: [PersonChoice] = []
    /// A document that was made: a file to look at.
    public var opened: URL?
    /// What is being typed of a meter: number and reading by kind.
    public var typed: [String: Typed] = [:]
    /// Why something was not done.
    public var trouble: Trouble?

    /// What is typed of one meter.
    public struct Typed: Codable, Equatable, Sendable {
        /// The number on the meter.
        public var number = ""
        /// The reading.
        public var reading = ""

        /// What was typed.
        public init(number: String, reading: String) {
            self.number = number
            self.reading = reading
        }
    }

    /// An owner who has not joined yet.
    public var toJoin: [PersonView] {
        owners.filter { owner in handover?.participants.contains { $0.person == owner.id } != true }
    }
}

/// Meters, keys, documents and people of a handover, and its closing.
@MainActor
@Observable
public final class PapersModel: Screen {
    /// What the screen shows.
    public private(set) var state = PapersState()
    /// The unit.
    public let unit: Id

    private let field: Field
    private let draft: Draft<[String: PapersState.Typed]>
    @ObservationIgnored private let inOrder = InOrder()

    /// For a unit.
    public init(_ field: Field, unit: Id) {
        self.field = field
        self.unit = unit
        draft = Draft(field, "meters:\(unit)")
    }

    /// Reads what was handed over.
    public func load() async {
        let unit = unit
        do {
            state.typed = try await draft.read() ?? [:]
            let (owners, roles, documents) = try await field.look {
                (try $0.unit(unit: unit).owners, try $0.catalog(list: "role"), try $0.catalog(list: "identity_document"))
            }
            state.owners = owners
            state.roles = roles
            state.identityDocuments = documents
            // Begins the file of the handover; does nothing when it is there.
            _ = try await field.change { try $0.planHandover(unit: unit) }
            try await read()
        } catch {
            state.trouble = error
        }
    }

    /// Somebody is here; how it was checked who it is.
    public func join(person: Id?, role: String, name: String? = nil, identityCheck: String?, mandate: String? = nil) async {
        let new = NewParticipant(person: person, role: role, name: name, identityCheck: identityCheck, mandate: mandate)
        await record { [unit] in _ = try $0.join(unit: unit, new: new) }
    }

    /// Ticks an item of the pre-check.
    public func tick(precheck item: String, done: Bool, remark: String? = nil) async {
        await record { [unit] in try $0.precheck(unit: unit, item: item, done: done, remark: remark) }
    }

    /// Appoints the walk-through; without an escort, with the holder of this device.
    public func appoint(at: Date, escort: Id? = nil, place: String? = nil) async {
        let ms = Int64(at.timeIntervalSince1970 * 1000)
        await record { [unit] in try $0.appoint(unit: unit, at: ms, escort: try escort ?? $0.device().person, place: place) }
    }

    /// Types the number or the reading of a meter.
    public func type(_ kind: String, _ typed: PapersState.Typed) {
        state.typed[kind] = typed
        let all = state.typed
        inOrder.keep(all, in: draft) { [self] in state.trouble = $0 }
    }

    /// Records a meter as typed, with a photo of it.
    public func keep(meter kind: String, photo: URL?) async {
        guard let typed = state.typed[kind], let reading = Number.milli(typed.reading) else { return }
        await inOrder.settled()
        await record { [unit] in
            try $0.readMeter(unit: unit, kind: kind, number: typed.number, readingMilli: reading, photo: photo?.path)
        }
        guard state.trouble == nil else { return }
        state.typed[kind] = nil
        do {
            try await draft.keep(state.typed)
        } catch {
            state.trouble = error
        }
    }

    /// Records keys handed over.
    public func give(keys kind: String, count: UInt32) async {
        await record { [unit] in try $0.keysGiven(unit: unit, kind: kind, count: count, remark: nil) }
    }

    /// Records a document handed over, or that it was not.
    public func give(document kind: String, given: Bool, remark: String? = nil) async {
        await record { [unit] in try $0.documentGiven(unit: unit, kind: kind, given: given, remark: remark) }
    }

    /// Makes a document of the unit, with no network, to look at or hand on.
    public func open(_ paper: PaperView, _ lang: Lang) async {
        let (unit, kind) = (unit, paper.kind)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(kind)-\(UUID().uuidString).pdf")
        await record { try $0.print(unit: unit, kind: kind, lang: lang, path: file.path) }
        if state.trouble == nil { state.opened = file }
    }

    /// Opens a document that was made before: a copy, because the stored one is nobody's to write.
    public func open(_ document: DocumentView) async {
        let (unit, sha256) = (unit, document.sha256)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(document.kind)-\(UUID().uuidString).pdf")
        await record { try $0.copyDocument(unit: unit, document: sha256, path: file.path) }
        if state.trouble == nil { state.opened = file }
    }

    /// The document was looked at.
    public func closePaper() {
        if let file = state.opened { try? FileManager.default.removeItem(at: file) }
        state.opened = nil
    }

    /// Completes a part, or waives it with a reason.
    public func set(part: String, done: Bool, reason: String? = nil) async {
        await record { [unit] in try $0.setPart(unit: unit, part: part, done: done, reason: reason) }
    }

    /// The inspector attests the record with the device's own key.
    public func attest(_ lang: Lang) async {
        let unit = unit
        await record { store in
            let record = try store.freeze(unit: unit, lang: lang)
            let me = try store.device()
            let signer = try store.join(unit: unit, new: NewParticipant(person: me.person, role: me.role))
            // Joining may have changed the record.
            let now = try store.freeze(unit: unit, lang: lang)
            try store.sign(
                unit: unit,
                request: SignRequest(record: now.digest, signer: signer, outcome: .attested, level: 3, notice: record.notice, lang: lang)
            )
        }
    }

    /// Closes the handover; the core says what is missing.
    public func close() async {
        await record { [unit] in try $0.closeHandover(unit: unit, remark: nil) }
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }

    /// When everything typed so far is in the store.
    public func settled() async {
        await inOrder.settled()
    }

    private func record(_ work: @Sendable @escaping (FieldStore) throws -> Void) async {
        state.trouble = nil
        do {
            try await field.change(work)
            try await read()
        } catch {
            state.trouble = error
        }
    }

    private func read() async throws(Trouble) {
        let unit = unit
        let (handover, papers, documents, escorts) = try await field.look {
            (try $0.handover(unit: unit), hasDocuments() ? try $0.papers(unit: unit) : [], try $0.documents(unit: unit), try $0.escorts())
        }
        state.documents = documents
        state.escorts = escorts
        state.handover = handover
        state.papers = papers
    }
}
