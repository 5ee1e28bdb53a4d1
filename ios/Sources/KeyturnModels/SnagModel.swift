import Foundation
import Observation

/// A snag being recorded.
public struct SnagState: ScreenState {
    /// What is filled in, kept as it is filled in.
    public struct Entry: Codable, Equatable, Sendable {
        /// Room key; the last one used in this unit is remembered.
        public var room = ""
        /// Element id; remembered too.
        public var element = ""
        /// Defect id; a judgement, so never filled in.
        public var defect = ""
        /// Severity id; offered by the defect type, may be changed.
        public var severity = ""
        /// The finding, once somebody typed it.
        public var finding = ""
        /// Agreed due date, `2026-12-04`; offered by rule.
        public var dueOn: String?
        /// Place on the plan.
        public var place: Place?
        /// The checklist line it came from.
        public var line: String?
        /// Photographs by path, in order, not yet in the core.
        public var photos: [String] = []
        /// The file that the camera is to write: named before the camera opens.
        public var pending: String?
    }

    /// A place on a plan, in millionths.
    public struct Place: Codable, Equatable, Sendable {
        /// The plan.
        public var plan: String
        /// From the left.
        public var x: UInt32
        /// From the top.
        public var y: UInt32

        /// A place.
        public init(plan: String, x: UInt32, y: UInt32) {
            self.plan = plan
            self.x = x
            self.y = y
        }

        var pin: Pin { Pin(plan: plan, xPpm: x, yPpm: y) }
    }

    /// The unit; none before it was read.
    public var unit: UnitView?
    /// What is filled in.
    public var entry = Entry()
    /// Elements to choose from.
    public var elements: [NamedView] = []
    /// Severities to choose from.
    public var severities: [NamedView] = []
    /// Defect types for the element, those used most first.
    public var defects: [DefectView] = []
    /// Snags that may be the same.
    public var near: [SnagView] = []
    /// It is being recorded.
    public var saving = false
    /// Recorded: the snag.
    public var saved: SnagView?
    /// Why it was not recorded.
    public var trouble: Trouble?

    /// What still has to be chosen before it can be recorded; the main action says so and stays tappable.
    public enum Missing: Sendable {
        /// The room.
        case room
        /// The element.
        case element
        /// The defect type.
        case defect
    }

    /// The first thing missing.
    public var missing: Missing? {
        entry.room.isEmpty ? .room : entry.element.isEmpty ? .element : entry.defect.isEmpty ? .defect : nil
    }

    /// Words for the finding, until somebody types others.
    public var proposed: Words {
        let room = unit?.rooms.first { $0.key == entry.room }?.name
        let parts = [room, elements.first { $0.id == entry.element }?.name, defects.first { $0.id == entry.defect }?.name].compactMap(
            \.self
        )
        return Words(zh: parts.map(\.zh).joined(), en: parts.map(\.en).joined(separator: ", "))
    }
}

/// A snag in at most five taps.
@MainActor
@Observable
public final class SnagModel: Screen {
    /// What the screen shows.
    public private(set) var state = SnagState()
    /// The unit.
    public let unit: Id

    private let field: Field
    private let lexicon: Lexicon
    private let intake: URL
    private let start: SnagState.Entry
    private let draft: Draft<SnagState.Entry>
    private let last: Draft<SnagState.Entry>
    @ObservationIgnored private let inOrder = InOrder()

    /// For a unit; `line` and what goes with it when it comes from the checklist. Pictures lie in `intake` until they are recorded.
    public init(_ field: Field, unit: Id, lexicon: Lexicon, intake: URL, room: String = "", element: String = "", line: String? = nil) {
        self.field = field
        self.unit = unit
        self.lexicon = lexicon
        self.intake = intake
        start = SnagState.Entry(room: room, element: element, line: line)
        draft = Draft(field, "snag:\(unit)")
        last = Draft(field, "snag-last:\(unit)")
    }

    /// Takes up what was left half done; else room and element of the snag before.
    public func load() async {
        let unit = unit
        do {
            let (view, elements, severities) = try await field.look {
                (try $0.unit(unit: unit), try $0.catalog(list: "element"), try $0.catalog(list: "severity"))
            }
            state.unit = view
            state.elements = elements
            state.severities = severities
            if let kept = try await draft.read(), start.line == nil || kept.line == start.line {
                state.entry = kept
                takePending()
            } else if start.room.isEmpty, let before = try await last.read() {
                state.entry = SnagState.Entry(room: before.room, element: before.element)
            } else {
                state.entry = start
            }
            await lookUp()
        } catch {
            state.trouble = error
        }
    }

    /// Chooses the room.
    public func choose(room: String) async {
        state.entry.room = room
        keep()
        await lookUp()
    }

    /// Chooses the element; the defect types follow it.
    public func choose(element: String) async {
        state.entry.element = element
        keep()
        await lookUp()
        if !state.defects.contains(where: { $0.id == state.entry.defect }) { state.entry.defect = "" }
    }

    /// Chooses the defect type; severity and due date follow by rule until somebody changes them. Tapped again: none.
    public func choose(defect: DefectView) async {
        let again = state.entry.defect == defect.id
        state.entry.defect = again ? "" : defect.id
        state.entry.severity = again ? "" : defect.severity
        state.entry.dueOn = again ? nil : defect.dueDays.map { due(in: Int($0)) }
        keep()
        await lookUp()
    }

    /// Chooses how bad it is.
    public func choose(severity: String) {
        state.entry.severity = severity
        keep()
    }

    /// Types the finding.
    public func type(finding: String) {
        state.entry.finding = finding
        keep()
    }

    /// Changes the due date.
    public func set(dueOn: String?) {
        state.entry.dueOn = dueOn
        keep()
    }

    /// Sets the place on the plan, or takes it away. The room under it is the snag's.
    public func set(place: SnagState.Place?) async {
        state.entry.place = place
        do {
            let room = try await field.look { store in try place.flatMap { try store.roomAt(pin: $0.pin) } }
            if let room, state.unit?.rooms.contains(where: { $0.key == room }) == true { state.entry.room = room }
        } catch {
            state.trouble = error
        }
        keep()
        await lookUp()
    }

    /// Names the file that the camera is to write, before it opens: a kill in between loses no picture.
    public func expectPhoto() async -> URL {
        let name = "\(UUID().uuidString).jpg"
        state.entry.pending = name
        keep()
        await inOrder.settled()
        return intake.appendingPathComponent(name)
    }

    /// The camera closed.
    public func cameraClosed() {
        takePending()
        keep()
    }

    /// Adds pictures that are files already.
    public func add(photos: [URL]) {
        state.entry.photos += photos.map(\.path)
        keep()
    }

    /// Takes a picture out again; its file goes too, because nothing else knows it.
    public func remove(photo: String) {
        state.entry.photos.removeAll { $0 == photo }
        keep()
        if photo.hasPrefix(intake.path) { try? FileManager.default.removeItem(atPath: photo) }
    }

    /// Records it. With `again` the next one begins in the same room at the same element.
    public func save(again: Bool = false) async {
        guard state.missing == nil, !state.saving else { return }
        state.saving = true
        state.trouble = nil
        await inOrder.settled()
        let entry = state.entry
        let new = NewSnag(
            unit: unit,
            room: entry.room,
            element: entry.element,
            defect: entry.defect,
            severity: entry.severity,
            finding: entry.finding.isEmpty ? lexicon(state.proposed) : entry.finding,
            dueOn: entry.dueOn,
            pin: entry.place?.pin,
            line: entry.line,
            photos: entry.photos
        )
        do {
            let saved = try await field.change { try $0.snagNew(new: new) }
            try await draft.forget()
            if let line = entry.line { try await ChecklistModel.link(field, unit: unit, line: line, snag: saved.id) }
            try await last.keep(SnagState.Entry(room: entry.room, element: entry.element))
            for photo in entry.photos where photo.hasPrefix(intake.path) { try? FileManager.default.removeItem(atPath: photo) }
            state.saved = saved
            if again {
                state.entry = SnagState.Entry(room: entry.room, element: entry.element)
                await lookUp()
            }
        } catch {
            state.trouble = error
        }
        state.saving = false
    }

    /// It is the same as one that is there: the pictures go to that one.
    public func same(as snag: SnagView) async {
        guard !state.saving else { return }
        state.saving = true
        let photos = state.entry.photos
        do {
            for photo in photos {
                _ = try await field.change { try $0.snagPhoto(snag: snag.id, path: photo) }
                state.entry.photos.removeAll { $0 == photo }
                try await draft.keep(state.entry)
            }
            try await draft.forget()
            state.saved = try await field.look { try $0.snag(snag: snag.id) }
        } catch {
            state.trouble = error
        }
        state.saving = false
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }

    /// When everything typed so far is in the store.
    public func settled() async {
        await inOrder.settled()
    }

    /// A file that the camera wrote becomes a picture; one that is not there, or empty, was never taken.
    private func takePending() {
        guard let name = state.entry.pending else { return }
        state.entry.pending = nil
        let path = intake.appendingPathComponent(name).path
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
        if size > 0 { state.entry.photos.append(path) }
    }

    private func keep() {
        let entry = state.entry
        inOrder.keep(entry, in: draft) { [self] in state.trouble = $0 }
    }

    private func lookUp() async {
        let (unit, entry) = (unit, state.entry)
        do {
            let (defects, near) = try await field.look { store in
                let defects = entry.element.isEmpty ? [] : try store.defectsFor(element: entry.element)
                let whole = !entry.room.isEmpty && !entry.element.isEmpty && !entry.defect.isEmpty
                let near =
                    whole
                    ? try store.snagsNear(unit: unit, room: entry.room, element: entry.element, defect: entry.defect, pin: entry.place?.pin)
                    : []
                return (defects, near)
            }
            // An answer to an older question is not shown.
            guard state.entry.element == entry.element, state.entry.defect == entry.defect, state.entry.room == entry.room else { return }
            state.defects = defects
            state.near = near
        } catch {
            state.trouble = error
        }
    }

    private func due(in days: Int) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = lexicon.zone
        let day = calendar.date(byAdding: .day, value: days, to: Date()) ?? Date()
        let parts = calendar.dateComponents([.year, .month, .day], from: day)
        let two = { (n: Int?) in String(format: "%02d", n ?? 0) }
        return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))"
    }
}
