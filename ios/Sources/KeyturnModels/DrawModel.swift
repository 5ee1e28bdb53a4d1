import Foundation
import Observation

/// A drawing over a photo. The original is never changed.
public struct DrawState: ScreenState {
    /// What is drawn with.
    public enum Tool: String, CaseIterable, Codable, Sendable {
        /// A line as the finger goes.
        case pen
        /// From where to what.
        case arrow
        /// Around it.
        case circle
        /// Words.
        case text
    }

    /// What colour: one that reads on the photo's ground.
    public enum Ink: String, CaseIterable, Codable, Sendable {
        /// Red.
        case red
        /// Yellow.
        case yellow
        /// Blue.
        case blue
    }

    /// The photo.
    public var photo: PhotoView?
    /// A picture of it; none when it cannot be shown.
    public var picture: String?
    /// What is drawn, the oldest first.
    public var shapes: [DrawnShape] = []
    /// What was taken back, the last first.
    public var undone: [DrawnShape] = []
    /// The tool.
    public var tool = Tool.pen
    /// The colour.
    public var ink = Ink.red
    /// The place of the shape that is picked, to be taken away.
    public var picked: Int?
    /// What the finger is drawing.
    public var live: DrawnShape?
    /// Kept in the snag.
    public var done = false
    /// Why something was not done.
    public var trouble: Trouble?
}

/// Pen, arrow, circle and words over a photo; undo without limit.
@MainActor
@Observable
public final class DrawModel: Screen {
    /// What the screen shows.
    public private(set) var state = DrawState()

    private let field: Field
    private let snag: Id
    private let photo: Sha256
    private let draft: Draft<[Kept]>
    @ObservationIgnored private let inOrder = InOrder()

    private struct Kept: Codable, Equatable, Sendable {
        var tool: String
        var points: [UInt32]
        var text: String?
    }

    /// For a photo of a snag.
    public init(_ field: Field, snag: Id, photo: Sha256) {
        self.field = field
        self.snag = snag
        self.photo = photo
        draft = Draft(field, "draw:\(snag):\(photo)")
    }

    /// Takes up strokes that were left half done; else what is kept.
    public func load() async {
        let (snag, photo) = (snag, photo)
        do {
            let (view, picture) = try await field.look { (try $0.snag(snag: snag), try $0.picture(photo: photo, size: .large)) }
            state.photo = view.photos.first { $0.sha256 == photo }
            state.picture = picture
            if let kept = try await draft.read() {
                state.shapes = kept.map { DrawnShape(tool: $0.tool, pointsPpm: $0.points, text: $0.text) }
            } else {
                state.shapes = state.photo?.drawing ?? []
            }
        } catch {
            state.trouble = error
        }
    }

    /// Chooses the tool.
    public func choose(_ tool: DrawState.Tool) {
        state.tool = tool
        state.picked = nil
    }

    /// Chooses the colour; a shape that is picked takes it.
    public func choose(_ ink: DrawState.Ink) {
        state.ink = ink
        guard let place = state.picked, state.shapes.indices.contains(place), let tool = state.shapes[place].drawnTool else { return }
        state.shapes[place].tool = DrawnShape.tool(tool, ink)
        keep()
    }

    /// A touch at a place, as fractions of the upright picture: the shape there is picked, nothing there picks none. `reach` is how far a
    /// finger may miss, as a fraction too.
    public func pick(x: Double, y: Double, reach: Double = 0.04) {
        let near = state.shapes.indices.map { ($0, state.shapes[$0].distance(x: x, y: y)) }
        // The last drawn lies on top.
        state.picked = near.last { $0.1 <= reach / 2 }?.0 ?? near.filter { $0.1 <= reach }.min { $0.1 < $1.1 }?.0
    }

    /// Takes the picked shape away, or the last one.
    public func removePicked() {
        remove(at: state.picked ?? state.shapes.count - 1)
    }

    /// The finger is at a place, as fractions of the upright picture.
    public func move(x: Double, y: Double) {
        let at = [Self.ppm(x), Self.ppm(y)]
        guard var live = state.live else {
            state.live = DrawnShape(tool: DrawnShape.tool(state.tool, state.ink), pointsPpm: state.tool == .pen ? at : at + at, text: nil)
            return
        }
        if state.tool == .pen {
            live.pointsPpm += at
        } else {
            live.pointsPpm = Array(live.pointsPpm.prefix(2)) + at
        }
        state.live = live
    }

    /// The finger is up.
    public func lift(text: String? = nil) {
        guard var shape = state.live else { return }
        state.live = nil
        if state.tool == .text {
            guard let text, !text.isEmpty else { return }
            shape.text = text
            shape.pointsPpm = Array(shape.pointsPpm.prefix(2))
        }
        add(shape)
    }

    /// Words at the middle, for a person who cannot point.
    public func add(text: String) {
        guard !text.isEmpty else { return }
        add(DrawnShape(tool: DrawnShape.tool(.text, state.ink), pointsPpm: [500_000, 500_000], text: text))
    }

    /// Takes the last one back.
    public func undo() {
        guard let last = state.shapes.popLast() else { return }
        state.undone.insert(last, at: 0)
        state.picked = nil
        keep()
    }

    /// Draws it again.
    public func redo() {
        guard !state.undone.isEmpty else { return }
        state.shapes.append(state.undone.removeFirst())
        keep()
    }

    /// Takes one away.
    public func remove(at place: Int) {
        guard state.shapes.indices.contains(place) else { return }
        state.undone.insert(state.shapes.remove(at: place), at: 0)
        state.picked = nil
        keep()
    }

    /// Keeps the drawing in the snag.
    public func finish() async {
        await inOrder.settled()
        let (snag, photo, shapes) = (snag, photo, state.shapes)
        do {
            try await field.change { try $0.snagDraw(snag: snag, photo: photo, shapes: shapes) }
            try await draft.forget()
            state.done = true
        } catch {
            state.trouble = error
        }
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }

    /// When every stroke so far is in the store.
    public func settled() async {
        await inOrder.settled()
    }

    private func add(_ shape: DrawnShape) {
        state.shapes.append(shape)
        state.undone = []
        keep()
    }

    private func keep() {
        let kept = state.shapes.map { Kept(tool: $0.tool, points: $0.pointsPpm, text: $0.text) }
        inOrder.keep(kept, in: draft) { [self] in state.trouble = $0 }
    }

    private static func ppm(_ fraction: Double) -> UInt32 {
        UInt32((min(max(fraction, 0), 1) * 1_000_000).rounded())
    }
}

extension DrawnShape {
    /// The tool's name in a record: red is the tool alone, another colour follows it.
    static func tool(_ tool: DrawState.Tool, _ ink: DrawState.Ink) -> String {
        ink == .red ? tool.rawValue : "\(tool.rawValue)-\(ink.rawValue)"
    }

    /// What it was drawn with; none for a tool of a later version.
    public var drawnTool: DrawState.Tool? {
        DrawState.Tool(rawValue: String(tool.prefix { $0 != "-" }))
    }

    /// Its colour.
    public var ink: DrawState.Ink {
        DrawState.Ink(rawValue: String(tool.drop { $0 != "-" }.dropFirst())) ?? .red
    }

    /// Its points, as fractions of the picture.
    public var points: [(x: Double, y: Double)] {
        stride(from: 0, to: pointsPpm.count - 1, by: 2).map { (Double(pointsPpm[$0]) / 1e6, Double(pointsPpm[$0 + 1]) / 1e6) }
    }

    /// How far a place is from its lines.
    fileprivate func distance(x: Double, y: Double) -> Double {
        let points = points
        guard let first = points.first, let last = points.last else { return .infinity }
        if drawnTool == .circle {
            // Its centre and a point on it.
            return abs(hypot(x - first.x, y - first.y) - hypot(last.x - first.x, last.y - first.y))
        }
        let ends = points.count > 1 ? Array(zip(points, points.dropFirst())) : [(first, first)]
        return ends.map { from, to in
            let (dx, dy) = (to.x - from.x, to.y - from.y)
            let length = dx * dx + dy * dy
            let share = length > 0 ? min(max(((x - from.x) * dx + (y - from.y) * dy) / length, 0), 1) : 0
            return hypot(x - from.x - share * dx, y - from.y - share * dy)
        }.min() ?? .infinity
    }
}
