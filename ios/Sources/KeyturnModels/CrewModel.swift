import Foundation
import Observation

/// A work order.
public struct CrewState: ScreenState {
    /// A step of the work.
    public enum Step: Int, CaseIterable, Sendable {
        /// On site.
        case arrive
        /// Photos before.
        case before
        /// Photos after, from the same spot.
        case after
        /// Materials and hours.
        case materials
        /// Done.
        case done
    }

    /// What is filled in, kept as it is filled in.
    public struct Entry: Codable, Equatable, Sendable {
        /// What was done.
        public var text = ""
        /// Materials used.
        public var materials = ""
        /// Minutes, as typed.
        public var minutes = ""
        /// The file that the camera is to write.
        public var pending: String?
        /// Whether it shows the time after the work.
        public var pendingAfter = false
    }

    /// The order; none before it was read.
    public var order: OrderView?
    /// What is filled in.
    public var entry = Entry()
    /// The picture of the photo before that the next one after it is taken over.
    public var overlay: String?
    /// How much of it shows, 0 to 1.
    public var share = 0.5
    /// Something is being recorded.
    public var working = false
    /// What can keep a repair.
    public var holdStates: [NamedView] = []
    /// What this device may do here, by the names of its acts.
    public var may: Set<String> = []
    /// Contractors that it can be ordered from.
    public var contractors: [ContractorView] = []
    /// Why something was not done.
    public var trouble: Trouble?

    /// Where the work is.
    public var step: Step {
        guard let order else { return .arrive }
        if order.snag.phase == .done || order.snag.phase == .confirmed { return .done }
        if !order.arrived { return .arrive }
        if order.before.isEmpty && order.noBefore == nil { return .before }
        if order.after.count < max(order.before.count, 1) && order.noAfter == nil { return .after }
        return entry.text.isEmpty ? .materials : .done
    }
}

/// The crew's turn: arrive, before, after, materials, done; the owner confirms or says why not.
@MainActor
@Observable
public final class CrewModel: Screen {
    /// What the screen shows.
    public private(set) var state = CrewState()
    /// The snag that was ordered.
    public let snag: Id

    private let field: Field
    private let intake: URL
    private let draft: Draft<CrewState.Entry>
    @ObservationIgnored private let inOrder = InOrder()

    /// For one order; pictures lie in `intake` until they are recorded.
    public init(_ field: Field, snag: Id, intake: URL) {
        self.field = field
        self.snag = snag
        self.intake = intake
        draft = Draft(field, "crew:\(snag)")
    }

    /// Reads the order; a picture that the camera wrote before a kill is recorded now.
    public func load() async {
        do {
            if let kept = try await draft.read() { state.entry = kept }
            try await read()
            if state.entry.pending != nil { await photoClosed() }
        } catch {
            state.trouble = error
        }
    }

    /// The crew is on site.
    public func arrive() async {
        let snag = snag
        await record { _ = try $0.repairArrive(snag: snag, note: nil) }
    }

    /// Names the file that the camera is to write, before it opens.
    public func expectPhoto(after: Bool) async -> URL {
        let name = "\(UUID().uuidString).jpg"
        state.entry.pending = name
        state.entry.pendingAfter = after
        keep()
        await inOrder.settled()
        return intake.appendingPathComponent(name)
    }

    /// The camera closed: the picture is recorded, if there is one.
    public func photoClosed() async {
        guard let name = state.entry.pending else { return }
        let file = intake.appendingPathComponent(name)
        let after = state.entry.pendingAfter
        let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? NSNumber)?.intValue ?? 0
        if size > 0 {
            let snag = snag
            await record { _ = try $0.repairPhoto(snag: snag, path: file.path, after: after) }
            // Refused: the file stays, and the person sees why.
            guard state.trouble == nil else { return }
            try? FileManager.default.removeItem(at: file)
        }
        state.entry.pending = nil
        keep()
    }

    /// How much of the photo before shows.
    public func show(share: Double) {
        state.share = min(max(share, 0), 1)
    }

    /// Types what was done.
    public func type(text: String) {
        state.entry.text = text
        keep()
    }

    /// Types the materials.
    public func type(materials: String) {
        state.entry.materials = materials
        keep()
    }

    /// Types the minutes.
    public func type(minutes: String) {
        state.entry.minutes = minutes.filter(\.isNumber)
        keep()
    }

    /// No photo can be taken, and why: the reason stands in the photo's place.
    public func cannot(after: Bool, reason: String) async {
        let snag = snag
        await record { _ = try $0.repairNoPhoto(snag: snag, after: after, reason: reason) }
    }

    /// Something keeps the repair; its clocks stand still where the rules say so.
    public func hold(_ hold: String, reason: String) async {
        let snag = snag
        await record { _ = try $0.hold(snag: snag, state: hold, reason: reason) }
    }

    /// The repair goes on.
    public func resume() async {
        let snag = snag
        await record { _ = try $0.resume(snag: snag, note: nil) }
    }

    /// Orders the repair from a contractor; the core says by when.
    public func order(from contractor: Id, dueOn: String? = nil) async {
        let snag = snag
        await record { _ = try $0.orderFrom(snag: snag, contractor: contractor, dueOn: dueOn, work: nil) }
    }

    /// Names the file for a photo that goes with a rejected re-check.
    public func rejectPhoto() -> URL {
        intake.appendingPathComponent("reject-\(snag).jpg")
    }

    /// The repair is done; the core says what is missing.
    public func finish() async {
        await inOrder.settled()
        let entry = state.entry
        let request = DoneRequest(
            text: entry.text,
            materials: entry.materials.isEmpty ? nil : entry.materials,
            minutes: UInt32(entry.minutes)
        )
        let snag = snag
        await record { _ = try $0.repairDone(snag: snag, done: request) }
        guard state.trouble == nil else { return }
        do {
            try await draft.forget()
            state.entry = CrewState.Entry()
        } catch {
            state.trouble = error
        }
    }

    /// The owner confirms on site, with a remark if there is one.
    public func ownerConfirms(_ remark: String? = nil) async {
        let snag = snag
        await record { _ = try $0.ownerConfirm(snag: snag, remark: remark) }
    }

    /// The owner says why not.
    public func ownerRejects(_ reason: String) async {
        let snag = snag
        await record { _ = try $0.ownerReject(snag: snag, reason: reason) }
    }

    /// The inspector finds it right.
    public func recheckPasses() async {
        let snag = snag
        await record { _ = try $0.recheckPass(snag: snag, note: nil) }
    }

    /// The inspector finds it not right: reason, and a photo if there is one. The next round begins.
    public func recheckRejects(_ reason: String, photo: URL?) async {
        let snag = snag
        let there = photo.flatMap { FileManager.default.fileExists(atPath: $0.path) ? $0 : nil }
        await record { _ = try $0.recheckReject(snag: snag, reason: reason, photo: there?.path) }
        if state.trouble == nil, let there, there.path.hasPrefix(intake.path) { try? FileManager.default.removeItem(at: there) }
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
        guard !state.working else { return }
        state.working = true
        state.trouble = nil
        do {
            try await field.change(work)
            try await read()
        } catch {
            state.trouble = error
        }
        state.working = false
    }

    private func read() async throws(Trouble) {
        let snag = snag
        let (order, overlay, may, contractors, holds) = try await field.look { store in
            let order = try store.order(snag: snag)
            let may = try ["snag.order", "repair.done", "recheck.confirm", "snag.hold", "owner.confirm"].filter { try store.may(act: $0) }
            // The next photo after the work belongs to the first photo before it that has none yet.
            let before = order.before.dropFirst(order.after.count).first ?? order.before.last
            let overlay = try before.flatMap { try store.picture(photo: $0.sha256, size: .large) }
            return (order, overlay, may, may.contains("snag.order") ? try store.contractors() : [], store.holdStates())
        }
        state.may = Set(may)
        state.contractors = contractors
        state.holdStates = holds
        state.order = order
        state.overlay = overlay
    }

    private func keep() {
        let entry = state.entry
        inOrder.keep(entry, in: draft) { [self] in state.trouble = $0 }
    }
}
