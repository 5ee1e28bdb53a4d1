import Foundation
import Observation

/// The lines of a room.
public struct ChecklistState: ScreenState {
    /// A line being measured.
    public struct Measuring: Equatable, Sendable {
        /// The line.
        public let line: LineView
        /// Points recorded so far, in thousandths of the line's unit of measurement.
        public internal(set) var points: [Int64] = []
        /// The number being typed.
        public internal(set) var typed = ""
        /// What the points say, with the one being typed: before anything is recorded.
        public internal(set) var verdict: VerdictView?
        /// Points that the screen offers; more are taken.
        public internal(set) var offered: Int

        /// The scale with the limit and the points on it; none where the rule has no number.
        public var gauge: Gauge? {
            line.measure.flatMap { Gauge($0, points: points, typed: typedMilli, outside: verdict?.outside ?? []) }
        }

        /// The typed number in thousandths; none while it is no number.
        public var typedMilli: Int64? { Number.milli(typed) }
    }

    /// The unit as people say it.
    public var unitLabel = ""
    /// The room.
    public var room: RoomView?
    /// Its place among the rooms, from 1, and how many there are.
    public var place = (at: 0, of: 0)
    /// Its lines.
    public var lines: [LineView] = []
    /// The line being measured.
    public var measuring: Measuring?
    /// "All the rest is fine" waits for its confirmation: the lines it would answer.
    public var confirming: [LineView]?
    /// A line whose answer needs a snag or a reason before it can be recorded.
    public var needsCause: LineView?
    /// Why something was not done.
    public var trouble: Trouble?

    /// The first line with something to do, after the one being measured if there is one.
    public var nextOpen: LineView? {
        lines.first { $0.open && $0.key != measuring?.line.key }
    }

    /// Lines that "all the rest is fine" would answer: not the ones that are measured.
    public var rest: [LineView] {
        lines.filter { $0.answer == nil && $0.measure == nil && $0.contract == nil }
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.unitLabel == b.unitLabel && a.room == b.room && a.place == b.place && a.lines == b.lines && a.measuring == b.measuring
            && a.confirming == b.confirming && a.needsCause == b.needsCause && a.trouble == b.trouble
    }
}

/// Numbers as a person types them.
public enum Number {
    /// Thousandths of what was typed; none when it is no number, or finer than a thousandth.
    public static func milli(_ text: String) -> Int64? {
        let negative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.count <= 9, whole.allSatisfy(\.isASCIIDigit) else { return nil }
        let rest = parts.count > 1 ? parts[1] : ""
        guard rest.count <= 3, rest.allSatisfy(\.isASCIIDigit), parts.count == 1 || !rest.isEmpty else { return nil }
        guard let number = Int64(whole), let fraction = Int64((rest + "000").prefix(3)) else { return nil }
        return (negative ? -1 : 1) * (number * 1000 + fraction)
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}

/// Walk the unit: answer lines with one tap, measure points with a number pad.
@MainActor
@Observable
public final class ChecklistModel: Screen {
    /// What the screen shows.
    public private(set) var state = ChecklistState()
    /// The unit.
    public let unit: Id
    /// The room's key.
    public let room: String

    private let field: Field
    @ObservationIgnored private let inOrder = InOrder()

    /// What is typed of a measured line, kept as it is typed.
    private struct Kept: Codable, Equatable, Sendable {
        var points: [Int64]
        var typed: String
        var offered: Int
    }

    /// For one room of a unit.
    public init(_ field: Field, unit: Id, room: String) {
        self.field = field
        self.unit = unit
        self.room = room
    }

    /// Reads the room; a line that was being measured is being measured again.
    public func load() async {
        do {
            try await read()
            let unit = unit
            let prefix = Self.prefix(unit)
            let half = try await field.look { try $0.drafts(prefix: prefix) }.map { String($0.dropFirst(prefix.count)) }
            if state.measuring == nil, let line = state.lines.first(where: { half.contains($0.key) }) { try await take(up: line) }
        } catch {
            state.trouble = error
        }
    }

    /// Answers a line with one tap.
    public func answer(_ line: LineView, _ answer: Answer, reason: String? = nil, snag: Id? = nil) async {
        if line.measure != nil, answer == .fine { return await measure(line) }
        await record(LineRequest(line: line.key, answer: answer, snag: snag, reason: reason))
    }

    /// Opens the number pad for a line; what was typed before is there.
    public func measure(_ line: LineView) async {
        do {
            try await take(up: line)
        } catch {
            state.trouble = error
        }
    }

    /// A key of the number pad: a digit or the point.
    public func type(_ key: Character) {
        guard var measuring = state.measuring, measuring.typed.count < 8 else { return }
        guard key.isASCIIDigit || (key == "." && !measuring.typed.contains(".") && !measuring.typed.isEmpty) else { return }
        measuring.typed.append(key)
        show(measuring)
    }

    /// Takes the last key back; with nothing typed, the last point.
    public func backspace() {
        guard var measuring = state.measuring else { return }
        if measuring.typed.isEmpty {
            guard let last = measuring.points.popLast() else { return }
            measuring.typed = Lexicon(.en).milli(last)
        } else {
            measuring.typed.removeLast()
        }
        show(measuring)
    }

    /// One more point than the line asks for.
    public func addPoint() {
        guard var measuring = state.measuring else { return }
        measuring.offered += 1
        show(measuring)
    }

    /// Records the point being typed. When the points are enough for a verdict, the line is answered with it.
    public func point() async {
        guard var measuring = state.measuring, let typed = measuring.typedMilli else { return }
        measuring.points.append(typed)
        measuring.typed = ""
        measuring.offered = max(measuring.offered, measuring.points.count)
        show(measuring)
        await inOrder.settled()
        guard let now = state.measuring, now.points.count >= now.offered, let verdict = now.verdict, verdict.missing == 0 else { return }
        if verdict.needsCause {
            state.needsCause = now.line
        } else {
            await finish(.fine)
        }
    }

    /// The cause of points that are out of the limit, also where the line as a whole holds: a snag, or a reason.
    public func cause(snag: Id? = nil, reason: String? = nil) async {
        state.needsCause = nil
        await finish(state.measuring?.verdict?.outcome == .pass ? .fine : .notFine, snag: snag, reason: reason)
    }

    /// It cannot be measured; the reason says why.
    public func cannotMeasure(_ reason: String) async {
        guard let measuring = state.measuring else { return }
        await record(LineRequest(line: measuring.line.key, answer: .notChecked, reason: reason), close: true)
    }

    /// Records what was found where the contract says something; the core compares, the person judges. What was found is itself the reason.
    public func found(_ line: LineView, _ value: String, _ answer: Answer) async {
        await record(LineRequest(line: line.key, answer: answer, reason: answer == .notFine ? value : nil, found: value))
    }

    /// A photo that the line asks for, or one more.
    public func photo(_ line: LineView, _ file: URL) async {
        let (unit, key) = (unit, line.key)
        await change { _ = try $0.linePhoto(unit: unit, line: key, path: file.path) }
        if state.trouble == nil { try? FileManager.default.removeItem(at: file) }
    }

    /// The photo that the line asks for cannot be taken, and why.
    public func cannotPhotograph(_ line: LineView, reason: String) async {
        let (unit, key) = (unit, line.key)
        await change { try $0.lineNoPhoto(unit: unit, line: key, reason: reason) }
    }

    private func change(_ work: @Sendable @escaping (FieldStore) throws -> Void) async {
        state.trouble = nil
        do {
            try await field.change(work)
            try await read()
        } catch {
            state.trouble = error
        }
    }

    /// Closes the pad; what was typed stays in the store.
    public func leavePad() {
        state.measuring = nil
        state.needsCause = nil
    }

    /// "All the rest is fine": which lines that would be. Nothing is recorded yet.
    public func askRest() {
        let rest = state.rest
        state.confirming = rest.isEmpty ? nil : rest
    }

    /// One by one after all.
    public func leaveRest() {
        state.confirming = nil
    }

    /// Confirmed: recorded as answered together.
    public func confirmRest() async {
        guard state.confirming != nil else { return }
        let (unit, room) = (unit, room)
        do {
            _ = try await field.change { try $0.restFine(unit: unit, room: room) }
            state.confirming = nil
            try await read()
        } catch {
            state.trouble = error
        }
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }

    /// When everything typed so far is in the store.
    public func settled() async {
        await inOrder.settled()
    }

    /// The snag that was recorded from a line is the line's answer, with the points measured so far.
    static func link(_ field: Field, unit: Id, line: String, snag: Id) async throws(Trouble) {
        let draft = Draft<Kept>(field, prefix(unit) + line)
        let points = try await draft.read()?.points ?? []
        let request = LineRequest(line: line, answer: .notFine, pointsMilli: points, snag: snag)
        _ = try await field.change { try $0.answer(unit: unit, request: request) }
        try await draft.forget()
    }

    private static func prefix(_ unit: Id) -> String {
        "measure:\(unit):"
    }

    private func draft(_ line: String) -> Draft<Kept> {
        Draft(field, Self.prefix(unit) + line)
    }

    private func read() async throws(Trouble) {
        let (unit, room) = (unit, room)
        let (view, lines) = try await field.look { (try $0.unit(unit: unit), try $0.lines(unit: unit, room: room)) }
        state.unitLabel = view.label
        state.room = view.rooms.first { $0.key == room }
        state.place = ((view.rooms.firstIndex { $0.key == room } ?? 0) + 1, view.rooms.count)
        state.lines = lines
    }

    private func take(up line: LineView) async throws(Trouble) {
        guard let measure = line.measure else { return }
        var measuring = ChecklistState.Measuring(line: line, points: line.pointsMilli, offered: Int(measure.pointsMin))
        if let kept = try await draft(line.key).read() {
            measuring.points = kept.points
            measuring.typed = kept.typed
            measuring.offered = kept.offered
        }
        measuring.offered = max(measuring.offered, measuring.points.count)
        show(measuring, keep: false)
        await inOrder.settled()
    }

    /// Shows what is typed at once, keeps it, and asks the core what it would say.
    private func show(_ measuring: ChecklistState.Measuring, keep: Bool = true) {
        state.measuring = measuring
        let kept = Kept(points: measuring.points, typed: measuring.typed, offered: measuring.offered)
        let (unit, key) = (unit, measuring.line.key)
        let points = measuring.points + (measuring.typedMilli.map { [$0] } ?? [])
        inOrder.run { [self] in
            do {
                if keep { try await draft(key).keep(kept) }
                let verdict = points.isEmpty ? nil : try await field.look { try $0.measure(unit: unit, line: key, pointsMilli: points) }
                // Only the latest keystroke's verdict is shown.
                if state.measuring?.line.key == key, state.measuring?.points == kept.points, state.measuring?.typed == kept.typed {
                    state.measuring?.verdict = verdict
                }
            } catch {
                state.trouble = Trouble(error)
            }
        }
    }

    private func finish(_ answer: Answer, snag: Id? = nil, reason: String? = nil) async {
        guard let measuring = state.measuring else { return }
        let request = LineRequest(line: measuring.line.key, answer: answer, pointsMilli: measuring.points, snag: snag, reason: reason)
        await record(request, close: true)
    }

    private func record(_ request: LineRequest, close: Bool = false) async {
        let unit = unit
        do {
            _ = try await field.change { try $0.answer(unit: unit, request: request) }
            if close {
                try await draft(request.line).forget()
                state.measuring = nil
            }
            state.trouble = nil
            try await read()
        } catch {
            state.trouble = error
        }
    }
}
