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
    }

    /// The finger is at a place, as fractions of the upright picture.
    public func move(x: Double, y: Double) {
        let at = [Self.ppm(x), Self.ppm(y)]
        guard var live = state.live else {
            state.live = DrawnShape(tool: state.tool.rawValue, pointsPpm: state.tool == .pen ? at : at + at, text: nil)
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
        add(DrawnShape(tool: DrawState.Tool.text.rawValue, pointsPpm: [500_000, 500_000], text: text))
    }

    /// Takes the last one back.
    public func undo() {
        guard let last = state.shapes.popLast() else { return }
        state.undone.insert(last, at: 0)
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
