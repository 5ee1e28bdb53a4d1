import KeyturnModels
import SwiftUI

/// A snag in at most five taps: photo first, or words first.
struct NewSnagScreen: View {
    @Environment(\.lexicon) private var words
    let field: Field
    let unit: Id
    let room: String
    let element: String
    let line: String?
    @Binding var path: [Place]

    var body: some View {
        // The model needs the language that the words are proposed in.
        NewSnagForm(
            model: SnagModel(
                field,
                unit: unit,
                lexicon: words,
                intake: (try? Shelf.intake()) ?? FileManager.default.temporaryDirectory,
                room: room,
                element: element,
                line: line
            ),
            field: field,
            path: $path
        )
    }
}

private struct NewSnagForm: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.dynamicTypeSize) private var size
    @State var model: SnagModel
    let field: Field
    @Binding var path: [Place]
    @State private var shooting = false
    @State private var choosing = false
    @State private var all = false
    @State private var placing = false
    @State private var noCamera = false
    @State private var begun = false

    /// As many types as fit one hand's reach; the rest behind one tile.
    private static let tiles = 11

    var body: some View {
        let state = model.state
        ScrollView {
            VStack(alignment: .leading, spacing: Space.medium) {
                photos(state)
                if noCamera { Text(words("app-camera-denied")).font(.kBody).foregroundStyle(palette.warn) }
                Adaptive(spacing: Space.medium) {
                    picker("app-snag-room", state.entry.room, state.unit?.rooms.map { ($0.key, words($0.name)) } ?? []) { key in
                        Task { await model.choose(room: key) }
                    }
                    picker("app-snag-element", state.entry.element, state.elements.map { ($0.id, words($0.name)) }) { id in
                        Task { await model.choose(element: id) }
                    }
                }
                near(state)
                types(state)
                TextField(
                    words("app-snag-words"),
                    text: Binding {
                        state.entry.finding
                    } set: {
                        model.type(finding: $0)
                    },
                    prompt: Text(state.missing == nil ? words(state.proposed) : words("app-snag-words-hint")),
                    axis: .vertical
                )
                .lineLimit(2...)
                .font(.kBodyLarge)
                .padding(Space.page)
                .card()
                .accessibilityLabel(words("app-snag-words"))
                severity(state)
                Adaptive(spacing: Space.medium) {
                    due(state)
                    place(state)
                }
            }
            .padding(Space.page)
        }
        .page(words("app-snag-new"), caption(state), trouble: state.trouble) { model.dismiss() }
        .safeAreaInset(edge: .bottom) { dock(state) }
        .fullScreenCover(isPresented: $shooting) { SeriesCamera(model: model) { shooting = false } }
        .sheet(isPresented: $choosing) {
            PhotoPicker(folder: (try? Shelf.intake()) ?? FileManager.default.temporaryDirectory) { files, _ in
                choosing = false
                model.add(photos: files)
            }
        }
        .sheet(isPresented: $placing) {
            PlacePicker(field: field, unit: model.unit, place: state.entry.place) { place in
                placing = false
                Task { await model.set(place: place) }
            }
        }
        .onChange(of: state.saved?.id) { _, saved in
            if saved != nil, state.entry.photos.isEmpty, state.entry.defect.isEmpty { return }
            if saved != nil { path.removeLast() }
        }
        .task {
            guard !begun else { return }
            begun = true
            await model.load()
        }
    }

    private func caption(_ state: SnagState) -> String {
        [state.unit?.label, words("app-snag-draft")].compactMap(\.self).joined(separator: " · ")
    }

    private func photos(_ state: SnagState) -> some View {
        ScrollView(.horizontal, showsIndicators: false) {
            HStack(spacing: Space.medium) {
                ForEach(Array(state.entry.photos.enumerated()), id: \.element) { place, photo in
                    FileTile(path: photo, number: place + 1)
                        .accessibilityLabel(
                            words(
                                "app-photo-n",
                                ["n": "\(place + 1)", "of": "\(state.entry.photos.count)", "where": words("app-proof-on-device")]
                            )
                        )
                        .contextMenu { Button(words("app-delete"), role: .destructive) { model.remove(photo: photo) } }
                        .accessibilityAction(named: words("app-delete")) { model.remove(photo: photo) }
                }
                Button {
                    Task {
                        if await CameraRight.ask() { shooting = true } else { noCamera = true }
                    }
                } label: {
                    VStack {
                        Image(systemName: "camera").font(.title2)
                        Text(words(state.entry.photos.isEmpty ? "app-snag-photo" : "app-snag-again-photo")).font(.kBody.weight(.bold))
                    }
                    .frame(width: 89, height: 112)
                }
                .buttonStyle(OutlineButton())
                Button {
                    choosing = true
                } label: {
                    Image(systemName: "photo.on.rectangle").font(.title2).frame(width: 64, height: 112)
                }
                .buttonStyle(OutlineButton(neutral: true))
                .accessibilityLabel(words("app-snag-add-photo"))
            }
        }
    }

    private func picker(_ key: String, _ chosen: String, _ all: [(String, String)], choose: @escaping @MainActor (String) -> Void)
        -> some View
    {
        Menu {
            ForEach(all, id: \.0) { id, name in Button(name) { choose(id) } }
        } label: {
            HStack {
                VStack(alignment: .leading, spacing: 2) {
                    Text(words(key)).font(.kCaption).foregroundStyle(palette.inkSoft)
                    Text(all.first { $0.0 == chosen }?.1 ?? words("app-snag-choose")).font(.kBodyLarge.weight(.bold)).foregroundStyle(
                        palette.ink
                    )
                }
                Spacer(minLength: 0)
                Image(systemName: "chevron.down").accessibilityHidden(true)
            }
            .padding(Space.medium)
            .frame(minHeight: Touch.mainAction)
            .card()
        }
        .accessibilityElement(children: .combine)
    }

    @ViewBuilder
    private func near(_ state: SnagState) -> some View {
        if !state.near.isEmpty {
            let what = words.list(state.near.map { "\($0.number) \(words($0.defectName))" })
            Text(words("app-snag-near", ["count": "\(state.near.count)", "what": what])).font(.kBody).foregroundStyle(palette.inkSoft)
            ForEach(state.near, id: \.id) { snag in
                FactRow(
                    fact: words("app-snag-number", ["number": "\(snag.number)"]),
                    caption: words("app-snag-near-add"),
                    tap: { Task { await model.same(as: snag) } }
                ) { StateMark(state: snag.phase.mark) }
                .card()
            }
        }
    }

    private func types(_ state: SnagState) -> some View {
        let shown = all ? state.defects : Array(state.defects.prefix(Self.tiles))
        let columns = Array(repeating: GridItem(.flexible(), spacing: Space.small), count: size.isAccessibilitySize ? 2 : 3)
        return LazyVGrid(columns: columns, spacing: Space.small) {
            ForEach(shown, id: \.id) { defect in
                let on = state.entry.defect == defect.id
                Button {
                    Task { await model.choose(defect: defect) }
                } label: {
                    HStack(spacing: Space.hair) {
                        if on { Image(systemName: "checkmark").accessibilityHidden(true) }
                        Text(words(defect.name)).font(.kBodyLarge).multilineTextAlignment(.center).lineLimit(2)
                    }
                    .frame(maxWidth: .infinity, minHeight: 50)
                    .foregroundStyle(on ? palette.onPrimary : palette.ink)
                    .card(outline: on ? palette.primary : nil, ground: on ? palette.primary : nil)
                }
                .buttonStyle(.plain)
                .accessibilityAddTraits(on ? .isSelected : [])
            }
            if shown.count < state.defects.count {
                Button {
                    all = true
                } label: {
                    Text(words("app-more", ["count": "\(state.defects.count)"])).font(.kBodyLarge.weight(.bold))
                        .frame(maxWidth: .infinity, minHeight: 50)
                }
                .buttonStyle(OutlineButton(neutral: true))
            }
        }
        .accessibilityElement(children: .contain)
        .accessibilityLabel(words("app-snag-types"))
    }

    private func severity(_ state: SnagState) -> some View {
        VStack(alignment: .leading, spacing: Space.hair) {
            Text(words("app-snag-severity")).font(.kCaption).foregroundStyle(palette.inkSoft)
            Picker(
                words("app-snag-severity"),
                selection: Binding {
                    state.entry.severity
                } set: {
                    model.choose(severity: $0)
                }
            ) {
                ForEach(state.severities, id: \.id) { Text(words($0.name)).tag($0.id) }
            }
            .pickerStyle(.segmented)
            .frame(minHeight: Touch.least)
        }
    }

    private func due(_ state: SnagState) -> some View {
        FactRow(fact: state.entry.dueOn ?? words("app-snag-due-none"), caption: words("app-snag-due")) { Image(systemName: "calendar") }
            .card()
    }

    private func place(_ state: SnagState) -> some View {
        FactRow(
            fact: words(state.entry.place == nil ? "app-snag-unplaced" : "app-snag-placed"),
            caption: words("app-snag-place"),
            tap: { placing = true }
        ) { Image(systemName: "mappin") }
        .card()
    }

    private func dock(_ state: SnagState) -> some View {
        let key: String =
            switch state.missing {
            case .room: "app-snag-need-room"
            case .element: "app-snag-need-element"
            case .defect: "app-snag-need-defect"
            case nil: "app-snag-save"
            }
        return Dock(
            main: .init(words: words(key), symbol: state.missing == nil ? "checkmark" : nil, working: state.saving) {
                Task { await model.save() }
            },
            beside: .init(words: words("app-snag-save-again")) { Task { await model.save(again: true) } }
        )
    }
}

extension URL: @retroactive Identifiable {
    /// A file is itself.
    public var id: String { absoluteString }
}

extension Phase {
    /// The name of its mark.
    var mark: String {
        switch self {
        case .ordered: "ordered"
        case .inWork: "in_work"
        case .done: "done"
        case .rejected: "rejected"
        case .confirmed: "confirmed"
        default: "recorded"
        }
    }

    /// The key of its word.
    var word: String {
        switch self {
        case .ordered: "app-state-ordered"
        case .inWork: "app-state-in-work"
        case .done: "app-state-done"
        case .rejected: "app-state-rejected"
        case .confirmed: "app-state-confirmed"
        case .planned: "app-state-planned"
        case .appointed: "app-state-appointed"
        case .started: "app-state-walk"
        case .signed: "app-state-signed"
        case .closed: "app-state-closed"
        default: "app-state-recorded"
        }
    }
}
