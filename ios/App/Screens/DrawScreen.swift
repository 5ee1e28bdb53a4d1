import KeyturnModels
import SwiftUI

/// Pen, arrow, circle and words over a photo. White-edged strokes read on any ground.
struct DrawScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.dismiss) private var leave
    @State private var model: DrawModel
    @State private var text = ""
    @State private var writing = false

    init(field: Field, snag: Id, photo: Sha256) {
        _model = State(initialValue: DrawModel(field, snag: snag, photo: photo))
    }

    var body: some View {
        let state = model.state
        VStack(spacing: 0) {
            canvas(state)
            Label(words("app-draw-layer"), systemImage: "square.2.layers.3d").font(.kCaption).padding(Space.small)
            tools(state)
        }
        .page(words("app-draw"), words("app-draw-strokes", ["count": "\(state.shapes.count)"]), trouble: state.trouble) { model.dismiss() }
        .toolbar {
            ToolbarItemGroup(placement: .topBarTrailing) {
                Button {
                    model.undo()
                } label: {
                    Image(systemName: "arrow.uturn.backward")
                }
                .accessibilityLabel(words("app-undo")).disabled(state.shapes.isEmpty)
                Button {
                    model.redo()
                } label: {
                    Image(systemName: "arrow.uturn.forward")
                }
                .accessibilityLabel(words("app-redo")).disabled(state.undone.isEmpty)
            }
        }
        .safeAreaInset(edge: .bottom) {
            Dock(main: .init(words: words("app-draw-done"), symbol: "checkmark") { Task { await model.finish() } })
        }
        .sheet(isPresented: $writing) {
            WordsSheet(title: words("app-draw-words"), keep: words("app-done"), text: $text) {
                writing = false
                if model.state.live == nil { model.add(text: text) } else { model.lift(text: text) }
                text = ""
            }
        }
        .onChange(of: state.done) { _, done in if done { leave() } }
        .task { await model.load() }
    }

    private func canvas(_ state: DrawState) -> some View {
        let ratio = state.photo.map { $0.heightPx == 0 ? 0.75 : Double($0.widthPx) / Double($0.heightPx) } ?? 0.75
        return GeometryReader { frame in
            ZStack {
                FilePicture(path: state.picture, side: 2048, fill: false)
                Canvas { context, size in
                    for shape in state.shapes + (state.live.map { [$0] } ?? []) { draw(shape, in: context, size) }
                }
            }
            .contentShape(Rectangle())
            .gesture(
                DragGesture(minimumDistance: 0)
                    .onChanged { value in model.move(x: value.location.x / frame.size.width, y: value.location.y / frame.size.height) }
                    .onEnded { _ in if state.tool == .text { writing = true } else { model.lift() } }
            )
        }
        .aspectRatio(ratio, contentMode: .fit)
        .frame(maxWidth: .infinity, maxHeight: .infinity)
        .background(.black)
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(words("app-draw-strokes", ["count": "\(state.shapes.count)"]))
        .accessibilityAction(named: words("app-draw-text")) { writing = true }
        .accessibilityAction(named: words("app-delete")) { model.remove(at: state.shapes.count - 1) }
    }

    private func draw(_ shape: DrawnShape, in context: GraphicsContext, _ size: CGSize) {
        let points = stride(from: 0, to: shape.pointsPpm.count - 1, by: 2).map { at in
            CGPoint(x: Double(shape.pointsPpm[at]) / 1e6 * size.width, y: Double(shape.pointsPpm[at + 1]) / 1e6 * size.height)
        }
        guard let first = points.first, let last = points.last else { return }
        if let text = shape.text {
            let word = Text(text).font(.kTitle)
            for (x, y) in [(-2.0, 0.0), (2, 0), (0, -2), (0, 2)] {
                context.draw(word.foregroundStyle(.white), at: CGPoint(x: first.x + x, y: first.y + y))
            }
            context.draw(word.foregroundStyle(palette.danger), at: first)
            return
        }
        var path = Path()
        switch shape.tool {
        case "circle":
            path.addEllipse(
                in: CGRect(x: min(first.x, last.x), y: min(first.y, last.y), width: abs(last.x - first.x), height: abs(last.y - first.y))
            )
        case "arrow":
            path.move(to: first)
            path.addLine(to: last)
            let angle = atan2(last.y - first.y, last.x - first.x)
            for turn in [2.6, -2.6] {
                path.move(to: last)
                path.addLine(to: CGPoint(x: last.x + 22 * cos(angle + turn), y: last.y + 22 * sin(angle + turn)))
            }
        default:
            path.addLines(points)
        }
        context.stroke(path, with: .color(.white), style: StrokeStyle(lineWidth: 8, lineCap: .round, lineJoin: .round))
        context.stroke(path, with: .color(palette.danger), style: StrokeStyle(lineWidth: 4, lineCap: .round, lineJoin: .round))
    }

    private func tools(_ state: DrawState) -> some View {
        let all: [(DrawState.Tool, String, String)] = [
            (.pen, "pencil", "app-draw-pen"), (.arrow, "arrow.up.right", "app-draw-arrow"), (.circle, "circle", "app-draw-circle"),
            (.text, "textformat", "app-draw-text"),
        ]
        return HStack(spacing: Space.small) {
            ForEach(all, id: \.0) { tool, symbol, key in
                let on = state.tool == tool
                Button {
                    model.choose(tool)
                } label: {
                    VStack(spacing: Space.hair) {
                        Image(systemName: symbol).font(.title3)
                        Text(words(key)).font(.kCaption.weight(on ? .bold : .regular))
                    }
                    .frame(maxWidth: .infinity, minHeight: 64)
                    .foregroundStyle(on ? palette.onPrimary : palette.ink)
                    .background(on ? palette.primary : .clear, in: .rect(cornerRadius: Radius.input))
                }
                .buttonStyle(.plain)
                .accessibilityAddTraits(on ? .isSelected : [])
            }
        }
        .padding(Space.medium)
        .background(palette.surface)
    }
}
