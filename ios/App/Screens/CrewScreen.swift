import KeyturnModels
import SwiftUI

/// The crew's turn: arrive, before, after from the same spot, materials, done; the owner confirms or says why not.
struct CrewScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.openURL) private var openURL
    @Environment(\.dynamicTypeSize) private var size
    let field: Field
    @State private var model: CrewModel
    @State private var camera: URL? = nil
    @State private var viewfinder = Viewfinder()
    @State private var finds = false
    @State private var cannot = false
    @State private var rejecting = false
    @State private var flash = true
    /// The finger rests on the picture: only the one before is seen.
    @State private var onlyBefore = false
    private let snag: Id

    init(field: Field, snag: Id) {
        self.field = field
        self.snag = snag
        _model = State(initialValue: CrewModel(field, snag: snag, intake: (try? Shelf.intake()) ?? FileManager.default.temporaryDirectory))
    }

    var body: some View {
        let state = model.state
        VStack(spacing: 0) {
            ribbon(state)
            if state.step == .after, finds { overlay(state) } else { page(state) }
        }
        .page(name(state.step), caption(state), trouble: state.trouble) { model.dismiss() }
        .safeAreaInset(edge: .bottom) { dock(state) }
        .fullScreenCover(item: $camera) { file in
            SystemCamera(file: file) { _ in
                camera = nil
                Task { await model.photoClosed() }
            }
            .ignoresSafeArea()
        }
        .sheet(isPresented: $cannot) {
            let after = state.step != .before
            let about = "no-photo:\(snag):\(after)"
            WordsSheet(field: field, about: about, title: words("app-crew-cannot"), keep: words("app-keep-reason")) { reason in
                cannot = false
                Task { await model.cannot(after: after, reason: reason) }
            }
        }
        .sheet(isPresented: $rejecting) {
            let title = words("app-snag-reject-why")
            WordsSheet(field: field, about: "owner-rejects:\(snag)", title: title, keep: words("app-keep-reason")) { reason in
                rejecting = false
                Task { await model.ownerRejects(reason) }
            }
        }
        .task { await model.load() }
        .task(id: state.step) {
            // Our own viewfinder only where it is of use; without it the system's camera does.
            if state.step == .after, await CameraRight.ask() { finds = await viewfinder.start() } else { viewfinder.stop() }
        }
        .onDisappear { viewfinder.stop() }
    }

    private func caption(_ state: CrewState) -> String? {
        state.order.map { "\($0.unitLabel) · \(words("app-snag-number", ["number": "\($0.snag.number)"]))" }
    }

    private func name(_ step: CrewState.Step) -> String {
        switch step {
        case .arrive: words("app-crew-arrive")
        case .before: words("app-crew-before")
        case .after: words("app-crew-after")
        case .materials: words("app-crew-materials")
        case .done: words("app-crew-done")
        }
    }

    @ViewBuilder
    private func ribbon(_ state: CrewState) -> some View {
        if size.isAccessibilitySize {
            // Five words side by side would be cut: the step that is, of how many.
            Text("\(state.step.rawValue + 1) / \(CrewState.Step.allCases.count) · \(name(state.step)) \(note(state.step, state))")
                .font(.kCaption.weight(.bold)).padding(.horizontal, Space.page)
        } else {
            steps(state)
        }
    }

    private func steps(_ state: CrewState) -> some View {
        HStack(alignment: .top, spacing: 0) {
            ForEach(CrewState.Step.allCases, id: \.self) { step in
                VStack(spacing: Space.hair) {
                    ZStack {
                        Circle().strokeBorder(step == state.step ? palette.primary : palette.inkSoft, lineWidth: 2).frame(
                            width: 22,
                            height: 22
                        )
                        if step.rawValue < state.step.rawValue {
                            Circle().fill(palette.ok).frame(width: 22, height: 22)
                            CheckShape().stroke(palette.surface, lineWidth: 2).frame(width: 10, height: 10)
                        } else if step == state.step {
                            Circle().fill(palette.primary).frame(width: 9, height: 9)
                        }
                    }
                    Text(name(step)).font(.kCaption.weight(step == state.step ? .bold : .regular))
                    Text(note(step, state)).font(.kCaption).foregroundStyle(palette.inkSoft)
                }
                .frame(maxWidth: .infinity)
            }
        }
        .padding(.vertical, Space.small)
        .accessibilityElement(children: .combine)
    }

    private func note(_ step: CrewState.Step, _ state: CrewState) -> String {
        guard let order = state.order else { return "" }
        return switch step {
        case .before: words("app-crew-photos", ["count": "\(order.before.count)"])
        case .after: "\(order.after.count) / \(order.before.count)"
        case .materials: state.entry.materials.isEmpty ? words("app-crew-empty") : ""
        case .arrive, .done: ""
        }
    }

    private func overlay(_ state: CrewState) -> some View {
        VStack(spacing: Space.medium) {
            ZStack {
                ViewfinderView(viewfinder: viewfinder)
                if let before = state.overlay {
                    FilePicture(path: before, side: 2048, fill: false).opacity(onlyBefore ? 1 : state.share).allowsHitTesting(false)
                }
                VStack {
                    let share = words("app-crew-overlay", ["share": "\(Int((state.share * 100).rounded()))"])
                    Text(state.overlay == nil ? words("app-crew-no-before") : share)
                        .font(.kBodyLarge.weight(.bold)).foregroundStyle(.white).padding(Space.medium)
                        .background(.black.opacity(0.7), in: .rect(cornerRadius: Radius.input))
                    Spacer()
                    Text(words("app-crew-overlay-hint")).font(.kBody).foregroundStyle(.white).padding(Space.medium)
                        .background(.black.opacity(0.7), in: .rect(cornerRadius: Radius.input))
                }
                .padding(Space.page)
                .allowsHitTesting(false)
            }
            .contentShape(Rectangle())
            .onLongPressGesture(minimumDuration: 3600, perform: {}, onPressingChanged: { onlyBefore = $0 })
            .accessibilityElement(children: .combine)
            .accessibilityAddTraits(.isImage)
            if let order = state.order { next(order) }
            HStack(spacing: Space.medium) {
                Text(words("app-crew-overlay-now")).font(.kCaption)
                Slider(
                    value: Binding {
                        state.share
                    } set: {
                        model.show(share: $0)
                    }
                )
                .frame(minHeight: 52)
                .accessibilityLabel(words("app-crew-before"))
                Text(words("app-crew-overlay-before")).font(.kCaption)
                Button {
                    flash.toggle()
                } label: {
                    Image(systemName: flash ? "bolt.badge.automatic" : "bolt.slash").touchable()
                }
                .accessibilityLabel(words(flash ? "app-camera-flash" : "app-camera-dark"))
            }
            .padding(.horizontal, Space.page)
        }
    }

    /// Photos in pairs: which of those before has its photo after, and which is being taken.
    private func next(_ order: OrderView) -> some View {
        ScrollView(.horizontal, showsIndicators: false) {
            HStack(spacing: Space.medium) {
                ForEach(Array(order.before.enumerated()), id: \.offset) { place, before in
                    let now = place == order.after.count
                    HStack(spacing: Space.small) {
                        PhotoTile(field: field, photo: before, number: place + 1, of: order.before.count)
                        if order.after.indices.contains(place) {
                            PhotoTile(field: field, photo: order.after[place], number: place + 1, of: order.before.count)
                        } else {
                            Text(words(now ? "app-crew-pair-now" : "app-crew-pair", ["n": "\(place + 1)"]))
                                .font(.kBody.weight(now ? .bold : .regular)).frame(minWidth: 72)
                        }
                    }
                    .card(outline: now ? palette.primary : nil, line: now ? 2.5 : 1)
                }
            }
            .padding(.horizontal, Space.page)
        }
    }

    private func page(_ state: CrewState) -> some View {
        ScrollView {
            VStack(alignment: .leading, spacing: Space.page) {
                if let order = state.order {
                    SnagRow(field: field, snag: order.snag)
                    if let rejected = order.rejectedBecause {
                        Text(words("app-crew-again", ["reason": rejected])).font(.kBodyLarge).foregroundStyle(palette.danger)
                    }
                    if state.step == .arrive {
                        FactRow(fact: words("app-crew-way"), caption: order.unitLabel, tap: { way(order.unitLabel) }) {
                            Image(systemName: "map")
                        }.card()
                    }
                    if let why = order.noBefore ?? order.noAfter {
                        Text(words("app-line-no-photo", ["reason": why])).font(.kBody).foregroundStyle(palette.warn)
                    }
                    if let hold = order.snag.hold { HoldNote(hold: hold) }
                    pairs(order)
                    if state.step == .materials || (state.step == .done && order.snag.phase == .inWork) { fields(state) }
                }
            }
            .padding(Space.page)
        }
    }

    private func pairs(_ order: OrderView) -> some View {
        ScrollView(.horizontal, showsIndicators: false) {
            HStack(spacing: Space.medium) {
                ForEach(Array((order.before + order.after).enumerated()), id: \.offset) { place, photo in
                    PhotoTile(field: field, photo: photo, number: place + 1, of: order.before.count + order.after.count)
                }
            }
        }
    }

    private func fields(_ state: CrewState) -> some View {
        VStack(alignment: .leading, spacing: Space.medium) {
            entry("app-crew-what", state.entry.text) { model.type(text: $0) }
            entry("app-crew-materials-hint", state.entry.materials) { model.type(materials: $0) }
            entry("app-crew-minutes", state.entry.minutes) { model.type(minutes: $0) }.keyboardType(.numberPad)
        }
    }

    private func entry(_ key: String, _ text: String, _ type: @escaping @MainActor (String) -> Void) -> some View {
        TextField(
            words(key),
            text: Binding {
                text
            } set: {
                type($0)
            },
            axis: .vertical
        )
        .font(.kBodyLarge)
        .padding(Space.page)
        .frame(minHeight: Touch.mainAction)
        .card()
        .accessibilityLabel(words(key))
    }

    private func way(_ label: String) {
        var address = URLComponents(string: "maps://")
        address?.queryItems = [URLQueryItem(name: "q", value: label)]
        if let url = address?.url { openURL(url) }
    }

    private func takePhoto(after: Bool) {
        Task {
            guard await CameraRight.ask() else { return cannot = true }
            let file = await model.expectPhoto(after: after)
            if after, finds {
                _ = await viewfinder.take(into: file, flash: flash)
                await model.photoClosed()
            } else {
                camera = file
            }
        }
    }

    @ViewBuilder
    private func dock(_ state: CrewState) -> some View {
        let why = Dock.Act(words: words("app-crew-cannot")) { cannot = true }
        switch (state.step, state.order?.snag.phase) {
        case (.arrive, _):
            Dock(
                main: .init(words: words("app-crew-arrive-do"), caption: words("app-crew-arrive-why"), working: state.working) {
                    Task { await model.arrive() }
                }
            )
        case (.before, _):
            Dock(main: .init(words: words("app-crew-before-do"), symbol: "camera") { takePhoto(after: false) }, beside: why)
        case (.after, _):
            Dock(
                main: .init(words: words("app-crew-after-do"), symbol: "camera", working: state.working) { takePhoto(after: true) },
                beside: why
            )
        case (_, .done):
            Dock(
                main: .init(words: words("app-snag-owner-confirm"), caption: words("app-crew-waiting"), working: state.working) {
                    Task { await model.ownerConfirms() }
                },
                beside: .init(words: words("app-snag-owner-reject")) { rejecting = true }
            )
        case (_, .confirmed):
            EmptyView()
        default:
            Dock(
                main: .init(words: words("app-crew-finish"), caption: words("app-crew-finish-why"), working: state.working) {
                    Task { await model.finish() }
                },
                beside: .init(words: words("app-crew-after-do"), symbol: "camera") { takePhoto(after: true) }
            )
        }
    }
}
