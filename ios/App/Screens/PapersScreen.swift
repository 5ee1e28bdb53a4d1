import KeyturnModels
import QuickLook
import SwiftUI

/// People, meters, keys, documents; and the end of the handover.
struct PapersScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.dismiss) private var leave
    @State private var model: PapersModel
    @State private var camera: Shot? = nil

    /// A meter that is being photographed.
    struct Shot: Identifiable {
        /// The meter's kind.
        let kind: String
        /// Where the picture goes.
        let file: URL
        /// The kind names it.
        var id: String { kind }
    }

    init(field: Field, unit: Id) {
        _model = State(initialValue: PapersModel(field, unit: unit))
    }

    var body: some View {
        let state = model.state
        ScrollView {
            VStack(alignment: .leading, spacing: Space.section) {
                people(state)
                if let handover = state.handover {
                    ticks(handover.precheck) { item in Task { await model.tick(precheck: item.kind, done: !item.done) } }
                    Heading(words: words("app-meters"), count: handover.meters.count)
                    ForEach(handover.meters, id: \.kind) { meter($0, state) }
                    Heading(words: words("app-keys"), count: handover.keys.count)
                    VStack(spacing: 0) { ForEach(handover.keys, id: \.kind) { key($0) } }.card()
                    Heading(words: words("app-documents"), count: handover.documents.count)
                    ticks(handover.documents) { item in Task { await model.give(document: item.kind, given: !item.done) } }
                    VStack(spacing: 0) {
                        ForEach(state.papers, id: \.kind) { paper in
                            FactRow(
                                fact: words(paper.name),
                                caption: words("app-papers-offline"),
                                tap: { Task { await model.open(paper, words.lang) } }
                            ) { Image(systemName: "doc.richtext") }
                        }
                    }
                    .card()
                    if !state.documents.isEmpty {
                        Heading(words: words("app-papers-made"), count: state.documents.count)
                        VStack(spacing: 0) { ForEach(state.documents, id: \.sha256) { made($0) } }.card()
                    }
                    ticks(handover.parts) { item in Task { await model.set(part: item.kind, done: !item.done) } }
                }
            }
            .padding(Space.page)
        }
        .page(words("app-papers"), state.handover?.unitLabel, trouble: state.trouble) { model.dismiss() }
        .safeAreaInset(edge: .bottom) {
            if state.handover?.phase == .signed {
                Dock(
                    main: .init(words: words("app-unit-close")) {
                        Task {
                            await model.close()
                            if model.state.trouble == nil { leave() }
                        }
                    },
                    beside: .init(words: words("app-kind-sign")) { Task { await model.attest(words.lang) } }
                )
            }
        }
        .fullScreenCover(item: $camera) { shot in
            SystemCamera(file: shot.file) { taken in
                camera = nil
                Task { await model.keep(meter: shot.kind, photo: taken ? shot.file : nil) }
            }
            .ignoresSafeArea()
        }
        .quickLookPreview(
            Binding {
                state.opened
            } set: {
                if $0 == nil { model.closePaper() }
            }
        )
        .task { await model.load() }
    }

    /// A document that was made: with its file here it opens with no network.
    private func made(_ document: DocumentView) -> some View {
        let here = document.path != nil
        let when = "\(document.number) · \(words.day(document.made)) \(words.time(document.made))"
        return FactRow(
            fact: words(document.name),
            caption: here ? when : "\(when) · \(words("app-papers-not-here"))",
            tap: opener(document)
        ) { Image(systemName: here ? "doc.text.fill" : "icloud.and.arrow.down").foregroundStyle(here ? palette.primary : palette.inkSoft) }
    }

    private func opener(_ document: DocumentView) -> (@MainActor () -> Void)? {
        guard document.path != nil else { return nil }
        return { Task { await model.open(document) } }
    }

    private func people(_ state: PapersState) -> some View {
        VStack(spacing: 0) {
            ForEach(state.handover?.participants ?? [], id: \.id) { person in
                FactRow(fact: person.name ?? words(person.roleName), caption: caption(person)) {
                    Image(systemName: "person.fill.checkmark")
                }
            }
            ForEach(state.toJoin, id: \.id) { person in
                // Who somebody is, is a judgement: how it was checked is chosen, never filled in.
                Menu {
                    ForEach(state.identityDocuments, id: \.id) { document in
                        Button(words(document.name)) {
                            Task { await model.join(person: person.id, role: "owner", identityCheck: words(document.name)) }
                        }
                    }
                } label: {
                    FactRow(fact: person.name ?? words("app-owner-nobody"), caption: words("app-snag-choose")) {
                        Image(systemName: "person")
                    }
                }
            }
        }
        .card()
    }

    private func caption(_ person: ParticipantView) -> String {
        [words(person.roleName), person.identityCheck].compactMap(\.self).joined(separator: " · ")
    }

    private func meter(_ meter: MeterView, _ state: PapersState) -> some View {
        let typed =
            state.typed[meter.kind]
            ?? PapersState.Typed(
                number: meter.number ?? "",
                reading: meter.readingMilli.map { words.milli($0) } ?? ""
            )
        return VStack(alignment: .leading, spacing: Space.small) {
            Text(words(meter.name)).font(.kTitle)
            Adaptive(spacing: Space.medium) {
                TextField(
                    words("app-meter-number"),
                    text: Binding {
                        typed.number
                    } set: { text in
                        model.type(meter.kind, PapersState.Typed(number: text, reading: typed.reading))
                    }
                )
                TextField(
                    words("app-meter-reading"),
                    text: Binding {
                        typed.reading
                    } set: { text in
                        model.type(meter.kind, PapersState.Typed(number: typed.number, reading: text))
                    }
                )
                .keyboardType(.decimalPad)
                Text(words(meter.unit)).font(.kBody).foregroundStyle(palette.inkSoft)
            }
            .font(.kBodyLarge)
            .frame(minHeight: Touch.least)
            Adaptive(spacing: Space.medium) {
                Button(words("app-meter-photo"), systemImage: "camera") { photograph(meter.kind) }.touchable()
                Button(words("app-meter-keep")) { Task { await model.keep(meter: meter.kind, photo: nil) } }
                    .touchable()
                    .disabled(Number.milli(typed.reading) == nil)
            }
        }
        .padding(Space.page)
        .card()
    }

    private func photograph(_ kind: String) {
        Task {
            guard await CameraRight.ask(), let folder = try? Shelf.intake() else { return }
            camera = Shot(kind: kind, file: folder.appending(path: "meter-\(kind)-\(UUID().uuidString).jpg"))
        }
    }

    private func key(_ key: GivenView) -> some View {
        let count = key.count ?? 0
        return Stepper {
            Text(words(key.name)).font(.kBodyLarge)
            Text(words("app-keys-count", ["count": "\(count)"])).font(.kCaption).foregroundStyle(palette.inkSoft)
        } onIncrement: {
            Task { await model.give(keys: key.kind, count: count + 1) }
        } onDecrement: {
            if count > 0 { Task { await model.give(keys: key.kind, count: count - 1) } }
        }
        .padding(.horizontal, Space.page)
        .frame(minHeight: 56)
    }

    private func ticks(_ items: [GivenView], _ tap: @escaping @MainActor (GivenView) -> Void) -> some View {
        VStack(spacing: 0) {
            ForEach(items, id: \.kind) { item in
                FactRow(
                    fact: words(item.name),
                    caption: item.reason ?? words(item.done ? "app-document-given" : "app-document-not"),
                    tap: { tap(item) }
                ) {
                    Image(systemName: item.done ? "checkmark.square.fill" : "square").foregroundStyle(
                        item.done ? palette.ok : palette.inkSoft
                    )
                }
                .accessibilityAddTraits(item.done ? .isSelected : [])
            }
        }
        .card()
    }
}
