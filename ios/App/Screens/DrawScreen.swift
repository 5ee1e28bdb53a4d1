import KeyturnModels
import SwiftUI

/// Pen, arrow, circle and words over a photo. White-edged strokes read on any ground.
struct DrawScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.dismiss) private var leave
    @State private var model: DrawModel
    @State private var writing = false
    @State private var picking = false
    private let field: Field
    private let about: String

    init(field: Field, snag: Id, photo: Sha256) {
        self.field = field
        about = "draw:\(snag):\(photo)"
        _model = State(initialValue: DrawModel(field, snag: snag, photo: photo))
    }

    var body: some View {
        let state = model.state
        VStack(spacing: 0) {
            canvas(state)
            Label(words("app-draw-layer"), systemImage: "square.2.layers.3d").font(.kCaption).padding(Space.small)
            tools(state)
            inks(state)
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
            WordsSheet(field: field, about: about, title: words("app-draw-words"), keep: words("app-done")) { text in
                writing = false
                if model.state.live == nil { model.add(text: text) } else { model.lift(text: text) }
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
                    for (place, shape) in state.shapes.enumerated() { draw(shape, in: context, size, picked: place == state.picked) }
                    if let live = state.live { draw(live, in: context, size, picked: false) }
                }
            }
            .contentShape(Rectangle())
            .gesture(
                DragGesture(minimumDistance: 0)
                    .onChanged { value in
                        guard !picking else { return }
                        model.move(x: value.location.x / frame.size.width, y: value.location.y / frame.size.height)
                    }
                    .onEnded { value in
                        if picking {
                            model.pick(x: value.location.x / frame.size.width, y: value.location.y / frame.size.height)
                        } else if state.tool == .text {
                            writing = true
                        } else {
                            model.lift()
                        }
                    }
            )
        }
        .aspectRatio(ratio, contentMode: .fit)
        .frame(maxWidth: .infinity, maxHeight: .infinity)
        .background(.black)
        // For a person who does not see them: the shapes as a list, each with its end.
        .accessibilityRepresentation {
            VStack {
                Button(words("app-draw-text")) { writing = true }
                ForEach(Array(state.shapes.enumerated()), id: \.offset) { place, shape in
                    Text(name(shape)).accessibilityAction(named: words("app-delete")) { model.remove(at: place) }
                }
            }
        }
    }

    private func name(_ shape: DrawnShape) -> String {
        let tool =
            switch shape.drawnTool {
            case .arrow: words("app-draw-arrow")
            case .circle: words("app-draw-circle")
            case .text: shape.text ?? words("app-draw-text")
            case .pen, nil: words("app-draw-pen")
            }
        return words("app-draw-mark", ["tool": tool, "colour": name(shape.ink)])
    }

    private func name(_ ink: DrawState.Ink) -> String {
        switch ink {
        case .red: words("app-draw-red")
        case .yellow: words("app-draw-yellow")
        case .blue: words("app-draw-blue")
        }
    }

    private func colour(_ ink: DrawState.Ink) -> Color {
        switch ink {
        case .red: palette.drawRed
        case .yellow: palette.drawYellow
        case .blue: palette.drawBlue
        }
    }

    private func draw(_ shape: DrawnShape, in context: GraphicsContext, _ size: CGSize, picked: Bool) {
        let points = shape.points.map { CGPoint(x: $0.x * size.width, y: $0.y * size.height) }
        let ink = colour(shape.ink)
        guard let first = points.first, let last = points.last else { return }
        if let text = shape.text {
            let word = Text(text).font(.kTitle)
            for (x, y) in [(-2.0, 0.0), (2, 0), (0, -2), (0, 2)] {
                context.draw(word.foregroundStyle(.white), at: CGPoint(x: first.x + x, y: first.y + y))
            }
            context.draw(word.foregroundStyle(ink), at: first)
            if picked { context.stroke(Path(ellipseIn: CGRect(x: first.x - 6, y: first.y - 6, width: 12, height: 12)), with: .color(ink)) }
            return
        }
        var path = Path()
        switch shape.drawnTool {
        case .circle where points.count == 2:
            // Its centre and a point on it, as paper and console draw it.
            let radius = hypot(last.x - first.x, last.y - first.y)
            path.addEllipse(in: CGRect(x: first.x - radius, y: first.y - radius, width: 2 * radius, height: 2 * radius))
        case .arrow:
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
        let edge = StrokeStyle(lineWidth: picked ? 14 : 8, lineCap: .round, lineJoin: .round)
        context.stroke(path, with: .color(.white), style: edge)
        context.stroke(path, with: .color(ink), style: StrokeStyle(lineWidth: 4, lineCap: .round, lineJoin: .round))
    }

    private func tools(_ state: DrawState) -> some View {
        let all: [(DrawState.Tool, String, String)] = [
            (.pen, "pencil", "app-draw-pen"), (.arrow, "arrow.up.right", "app-draw-arrow"), (.circle, "circle", "app-draw-circle"),
            (.text, "textformat", "app-draw-text"),
        ]
        return HStack(spacing: Space.small) {
            ForEach(all, id: \.0) { tool, symbol, key in
                let on = state.tool == tool && !picking
                Button {
                    picking = false
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

    private func inks(_ state: DrawState) -> some View {
        Adaptive(spacing: Space.small) {
            ForEach(DrawState.Ink.allCases, id: \.self) { ink in
                let on = state.ink == ink
                Button {
                    model.choose(ink)
                } label: {
                    Circle().fill(colour(ink)).frame(width: 26, height: 26)
                        .overlay(Circle().strokeBorder(palette.ink, lineWidth: 2).padding(-4))
                        .frame(minWidth: Touch.mainAction, minHeight: Touch.least)
                        .card(outline: on ? palette.primary : palette.surface, ground: on ? palette.primarySoft : nil, line: on ? 2.5 : 1)
                }
                .buttonStyle(.plain)
                .accessibilityLabel(name(ink))
                .accessibilityAddTraits(on ? .isSelected : [])
            }
            Spacer(minLength: 0)
            Button {
                picking.toggle()
            } label: {
                Label(words("app-draw-pick"), systemImage: "hand.point.up.left").font(.kBody.weight(.bold))
                    .padding(.horizontal, Space.medium).frame(minHeight: Touch.least)
            }
            .buttonStyle(OutlineButton(neutral: !picking))
            .accessibilityAddTraits(picking ? .isSelected : [])
            Button {
                model.removePicked()
            } label: {
                Text(words("app-delete")).font(.kBody.weight(.bold)).foregroundStyle(palette.danger)
                    .padding(.horizontal, Space.medium).frame(minHeight: Touch.least)
            }
            .buttonStyle(OutlineButton(neutral: true))
            .disabled(state.shapes.isEmpty)
            .accessibilityLabel(words(state.picked == nil ? "app-undo" : "app-draw-remove"))
        }
        .padding(.horizontal, Space.medium)
        .padding(.bottom, Space.small)
        .background(palette.surface)
    }
}
