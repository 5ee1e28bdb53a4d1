import KeyturnModels
import SwiftUI

/// The plan with its snags: look, and set places.
struct PlanScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let field: Field
    @Binding var path: [Place]
    @State private var model: PlanModel

    init(field: Field, unit: Id, path: Binding<[Place]>) {
        self.field = field
        _path = path
        _model = State(initialValue: PlanModel(field, unit: unit))
    }

    var body: some View {
        let state = model.state
        Group {
            if state.unit?.planPath == nil {
                // The list of rooms takes its place.
                ScrollView { pins(state.pinned + state.unplaced) }
            } else {
                VStack(spacing: 0) {
                    ZoomPlan(path: state.unit?.planPath, cross: state.cross != nil, moved: { model.move(x: $0, y: $1) }) {
                        state.cross == nil
                            ? state.pinned.compactMap { snag in
                                snag.pin.map {
                                    PlanPin(id: snag.id, x: Double($0.xPpm) / 1e6, y: Double($0.yPpm) / 1e6, view: AnyView(pin(snag)))
                                }
                            } : []
                    }
                    if let snag = state.snag {
                        SnagRow(field: field, snag: snag)
                    } else {
                        Text(words("app-count-snags", ["count": "\(state.pinned.count)"])).font(.kBody).padding(Space.page)
                    }
                    if state.cross != nil { CrossRoom(room: state.crossRoom) }
                }
                .accessibilityRepresentation { pins(state.pinned + state.unplaced) }
            }
        }
        .page(words(state.cross == nil ? "app-plan" : "app-plan-place"), state.unit?.label, trouble: state.trouble) { model.dismiss() }
        .safeAreaInset(edge: .bottom) { dock(state) }
        .task(id: path.count) { await model.load() }
    }

    private func pin(_ snag: SnagView) -> some View {
        let on = snag.id == model.state.selected
        let colour = palette.state(snag.phase.mark)
        return Button {
            model.select(on ? nil : snag.id)
        } label: {
            HStack(spacing: Space.hair) {
                StateMark(state: snag.phase.mark)
                Text("\(snag.number)").font(.kBody.weight(.bold)).foregroundStyle(colour)
                if snag.overdue { TimeMark(overdue: true) }
            }
            .padding(.horizontal, Space.small)
            .frame(minHeight: on ? 40 : 32)
            .background(palette.surface, in: Capsule())
            .overlay(Capsule().strokeBorder(colour, lineWidth: on ? 4 : 2))
            .touchable()
        }
        .buttonStyle(.plain)
    }

    private func pins(_ snags: [SnagView]) -> some View {
        LazyVStack(alignment: .leading, spacing: 0) {
            if model.state.unit?.planPath == nil { Text(words("app-plan-none")).font(.kTitle).padding(Space.page) }
            ForEach(snags, id: \.id) { snag in
                Button {
                    path.append(.snag(snag.id))
                } label: {
                    SnagRow(field: field, snag: snag)
                }
                .buttonStyle(.plain)
                .accessibilityLabel(
                    words(
                        "app-plan-pin",
                        ["number": "\(snag.number)", "state": words(snag.phase.word), "room": words(snag.roomName)]
                    )
                )
            }
        }
    }

    @ViewBuilder
    private func dock(_ state: PlanState) -> some View {
        if state.cross != nil {
            Dock(
                main: .init(words: words("app-plan-here"), symbol: "checkmark") { Task { await model.keep() } },
                beside: .init(words: words("app-plan-not")) { model.leave() }
            )
        } else if let snag = state.snag {
            Dock(
                main: .init(words: words("app-plan-open", ["number": "\(snag.number)"])) { path.append(.snag(snag.id)) },
                beside: .init(words: words("app-plan-move"), symbol: "mappin") { model.place() }
            )
        }
    }
}

/// Something that stands on a plan, at fractions of it.
struct PlanPin: Identifiable {
    let id: String
    let x: Double
    let y: Double
    let view: AnyView
}

/// A plan that is zoomed and moved; the cross in its middle says where.
struct ZoomPlan: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let path: String?
    let cross: Bool
    let moved: @MainActor (Double, Double) -> Void
    let pins: () -> [PlanPin]
    @State private var image: CGImage? = nil
    @State private var zoom: CGFloat = 1
    @State private var shift: CGSize = .zero
    @GestureState private var pinch: CGFloat = 1
    @GestureState private var drag: CGSize = .zero

    var body: some View {
        GeometryReader { frame in
            let base = size(in: frame.size)
            let scale = min(max(zoom * pinch, 1), 6)
            let offset = CGSize(width: shift.width + drag.width, height: shift.height + drag.height)
            ZStack {
                if let image {
                    Image(decorative: image, scale: 1).resizable().frame(width: base.width * scale, height: base.height * scale).offset(
                        offset
                    )
                }
                // Pins keep their size while the plan grows.
                ForEach(pins()) { pin in
                    pin.view.position(
                        x: frame.size.width / 2 + offset.width + (pin.x - 0.5) * base.width * scale,
                        y: frame.size.height / 2 + offset.height + (pin.y - 0.5) * base.height * scale - 20
                    )
                }
                if cross { Image(systemName: "plus.viewfinder").font(.system(size: 64)).foregroundStyle(palette.primary) }
            }
            .frame(width: frame.size.width, height: frame.size.height)
            .clipped()
            .contentShape(Rectangle())
            .gesture(
                DragGesture()
                    .updating($drag) { value, state, _ in state = value.translation }
                    .onEnded { value in
                        shift.width += value.translation.width
                        shift.height += value.translation.height
                        tell(base, scale)
                    }
            )
            .simultaneousGesture(
                MagnifyGesture()
                    .updating($pinch) { value, state, _ in state = value.magnification }
                    .onEnded { value in
                        zoom = min(max(zoom * value.magnification, 1), 6)
                        tell(base, zoom)
                    }
            )
            .overlay(alignment: .topTrailing) { zoomKeys(base) }
        }
        .background(palette.surfaceSunken)
        .task(id: path) {
            if let path { image = await Pictures.read(path, side: 4096) }
        }
    }

    private func zoomKeys(_ base: CGSize) -> some View {
        VStack(spacing: 0) {
            Button {
                step(1.5, base)
            } label: {
                Image(systemName: "plus").touchable()
            }.accessibilityLabel(words("app-plan-larger"))
            Divider().frame(width: Touch.least)
            Button {
                step(1 / 1.5, base)
            } label: {
                Image(systemName: "minus").touchable()
            }.accessibilityLabel(words("app-plan-smaller"))
        }
        .card()
        .padding(Space.medium)
    }

    private func step(_ by: CGFloat, _ base: CGSize) {
        withAnimation { zoom = min(max(zoom * by, 1), 6) }
        tell(base, zoom)
    }

    private func tell(_ base: CGSize, _ scale: CGFloat) {
        guard cross, base.width > 0 else { return }
        moved(0.5 - shift.width / (base.width * scale), 0.5 - shift.height / (base.height * scale))
    }

    private func size(in frame: CGSize) -> CGSize {
        guard let image, image.width > 0, image.height > 0 else { return frame }
        let share = min(frame.width / CGFloat(image.width), frame.height / CGFloat(image.height))
        return CGSize(width: CGFloat(image.width) * share, height: CGFloat(image.height) * share)
    }
}

/// Which room the cross is in; said aloud when it is another one.
private struct CrossRoom: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let room: RoomView?

    var body: some View {
        let told = room.map { words("app-plan-in-room", ["room": words($0.name)]) } ?? words("app-plan-no-room")
        VStack(spacing: 2) {
            Text(told).font(.kBodyLarge.weight(.bold)).foregroundStyle(room == nil ? palette.warn : palette.ink)
            Text(words("app-plan-place-how")).font(.kCaption).foregroundStyle(palette.inkSoft)
        }
        .multilineTextAlignment(.center)
        .padding(Space.page)
        .onChange(of: told) { _, now in AccessibilityNotification.Announcement(now).post() }
    }
}

/// Sets the place of a snag that is not recorded yet; the room follows.
struct PlacePicker: View {
    @Environment(\.lexicon) private var words
    let place: SnagState.Place?
    let done: @MainActor (SnagState.Place?) -> Void
    @State private var model: PlanModel

    init(field: Field, unit: Id, place: SnagState.Place?, done: @escaping @MainActor (SnagState.Place?) -> Void) {
        self.place = place
        self.done = done
        _model = State(initialValue: PlanModel(field, unit: unit))
    }

    var body: some View {
        let state = model.state
        NavigationStack {
            VStack(spacing: 0) {
                if state.unit != nil, state.unit?.planPath == nil {
                    Text(words("app-plan-none")).font(.kTitle).padding(Space.page)
                    Spacer()
                } else {
                    ZoomPlan(path: state.unit?.planPath, cross: true, moved: { model.move(x: $0, y: $1) }, pins: { [] })
                    CrossRoom(room: state.crossRoom)
                }
            }
            .page(words("app-plan-place"), state.unit?.label, trouble: state.trouble) { model.dismiss() }
            .safeAreaInset(edge: .bottom) {
                Dock(
                    main: .init(words: words("app-plan-here"), symbol: "checkmark") { done(state.cross) },
                    beside: .init(words: words("app-plan-not")) { done(nil) }
                )
            }
        }
        .keyturnLook()
        .task {
            await model.load()
            model.place()
            if let place { model.move(x: Double(place.x) / 1e6, y: Double(place.y) / 1e6) }
        }
    }
}
