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
        /// Why no photo can be taken.
        public var cannot = ""
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
    /// Why something was not done.
    public var trouble: Trouble?

    /// Where the work is.
    public var step: Step {
        guard let order else { return .arrive }
        if order.snag.phase == .done || order.snag.phase == .confirmed { return .done }
        if !order.arrived { return .arrive }
        if order.before.isEmpty { return .before }
        if order.after.count < order.before.count && entry.cannot.isEmpty { return .after }
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

    /// Types why no photo can be taken.
    public func type(cannot: String) {
        state.entry.cannot = cannot
        keep()
    }

    /// The repair is done; the core says what is missing.
    public func finish() async {
        await inOrder.settled()
        let entry = state.entry
        let text = entry.cannot.isEmpty ? entry.text : entry.text + "\n" + entry.cannot
        let request = DoneRequest(
            text: text,
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

    /// The owner confirms on site.
    public func ownerConfirms() async {
        let snag = snag
        await record { _ = try $0.ownerConfirm(snag: snag, remark: nil) }
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
        await record { _ = try $0.recheckReject(snag: snag, reason: reason, photo: photo?.path) }
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
        let (order, overlay) = try await field.look { store in
            let order = try store.order(snag: snag)
            // The next photo after the work belongs to the first photo before it that has none yet.
            let before = order.before.dropFirst(order.after.count).first ?? order.before.last
            return (order, try before.flatMap { try store.picture(photo: $0.sha256, size: .large) })
        }
        state.order = order
        state.overlay = overlay
    }

    private func keep() {
        let entry = state.entry
        inOrder.keep(entry, in: draft) { [self] in state.trouble = $0 }
    }
}
