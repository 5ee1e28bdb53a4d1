import KeyturnModels
import SwiftUI

/// All snags with their states, read by the page.
struct SnagListScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let field: Field
    @Binding var path: [Place]
    @State private var model: SnagListModel

    init(field: Field, unit: Id?, path: Binding<[Place]>) {
        self.field = field
        _path = path
        _model = State(initialValue: SnagListModel(field, unit: unit))
    }

    var body: some View {
        let state = model.state
        ScrollView {
            LazyVStack(alignment: .leading, spacing: 0, pinnedViews: .sectionHeaders) {
                Section {
                    if state.rows.isEmpty, !state.reading {
                        VStack(alignment: .leading, spacing: Space.small) {
                            Text(words("app-snags-none")).font(.kHeadline)
                            Text(words("app-snags-none-why")).font(.kBodyLarge).foregroundStyle(palette.inkSoft)
                        }
                        .padding(Space.page)
                    }
                    ForEach(state.rows, id: \.id) { snag in
                        Button {
                            path.append(.snag(snag.id))
                        } label: {
                            SnagRow(field: field, snag: snag)
                        }
                        .buttonStyle(.plain)
                        .task { await model.appeared(snag) }
                        Divider()
                    }
                } header: {
                    filters(state)
                }
            }
        }
        .page(words("app-snags"), caption(state), trouble: state.trouble) { model.dismiss() }
        .safeAreaInset(edge: .bottom) { dock(state) }
        .task(id: path.count) { await model.load() }
    }

    private func caption(_ state: SnagListState) -> String? {
        state.tally.map { tally in
            words("app-snags-line", ["unit": state.unitLabel, "open": "\(tally.snags - tally.confirmed)", "done": "\(tally.confirmed)"])
        }
    }

    private func filters(_ state: SnagListState) -> some View {
        ScrollView(.horizontal, showsIndicators: false) {
            HStack(spacing: Space.small) {
                let tally = state.tally
                FilterChip(words: words("app-all"), count: Int(tally?.snags ?? UInt32(clamping: state.total)), on: state.phase == nil) {
                    Task { await model.show(nil) }
                }
                if let tally {
                    let counted: [(Phase, UInt32)] = [
                        (.done, tally.done), (.inWork, tally.inWork), (.rejected, tally.rejected), (.ordered, tally.ordered),
                        (.recorded, tally.recorded), (.confirmed, tally.confirmed),
                    ]
                    ForEach(counted, id: \.0) { phase, count in
                        FilterChip(words: words(phase.word), count: Int(count), state: phase.mark, on: state.phase == phase) {
                            Task { await model.show(phase) }
                        }
                    }
                }
            }
            .padding(Space.page)
        }
        .background(palette.paper)
    }

    @ViewBuilder
    private func dock(_ state: SnagListState) -> some View {
        if let unit = model.unit {
            let new = Dock.Act(words: words("app-unit-new-snag"), symbol: "plus") {
                path.append(.newSnag(unit, room: "", element: "", line: nil))
            }
            if let done = state.tally?.done, done > 0 {
                Dock(
                    main: .init(words: words("app-snags-recheck", ["count": "\(done)"])) { Task { await model.show(.done) } },
                    beside: new
                )
            } else {
                Dock(main: new)
            }
        }
    }
}

/// One snag in a list: late first in what a screen reader says.
struct SnagRow: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let field: Field
    let snag: SnagView
    @State private var picture: String? = nil

    var body: some View {
        Adaptive(spacing: Space.page) {
            FilePicture(path: picture)
                .frame(width: 60, height: 76)
                .clipShape(RoundedRectangle(cornerRadius: Radius.input))
                .accessibilityHidden(true)
            VStack(alignment: .leading, spacing: Space.hair) {
                Text("\(snag.number)  \(snag.finding.isEmpty ? words(snag.defectName) : snag.finding)").font(.kBodyLarge)
                Text(place).font(.kCaption).foregroundStyle(palette.inkSoft)
                Adaptive {
                    Chip(words: words(snag.phase.word), ink: palette.state(snag.phase.mark), ground: palette.surfaceSunken) {
                        StateMark(state: snag.phase.mark)
                    }
                    if snag.overdue {
                        Chip(words: words("app-today-late"), ink: palette.danger, ground: palette.dangerSoft) { TimeMark(overdue: true) }
                    } else if snag.dueSoon {
                        Chip(words: words("app-due-today"), ink: palette.warn, ground: palette.warnSoft) { TimeMark(overdue: false) }
                    }
                    Spacer(minLength: 0)
                    if let due = snag.dueOn, !snag.overdue {
                        Text(words("app-due-on", ["date": due])).font(.kCaption).foregroundStyle(palette.inkSoft)
                    }
                }
            }
            .frame(maxWidth: .infinity, alignment: .leading)
        }
        .padding(.horizontal, Space.page)
        .padding(.vertical, Space.small)
        .background(snag.overdue ? palette.surface : .clear)
        .overlay(alignment: .leading) { if snag.overdue { Rectangle().fill(palette.danger).frame(width: 4) } }
        .contentShape(Rectangle())
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(spoken)
        .task(id: snag.photos.first?.sha256) {
            guard let photo = snag.photos.first?.sha256 else { return }
            picture = try? await field.look { try $0.picture(photo: photo, size: .small) }
        }
    }

    private var place: String {
        [words(snag.roomName), words(snag.elementName), words("app-snag-open-photos", ["count": "\(snag.photos.count)"])]
            .joined(separator: " · ")
    }

    private var spoken: String {
        let late = snag.overdue ? words("app-today-late") : nil
        let due = snag.dueOn.map { words("app-due-on", ["date": $0]) }
        let parts = [
            late, words(snag.phase.word), "\(snag.number)", snag.finding.isEmpty ? words(snag.defectName) : snag.finding, place, due,
        ]
        return words.list(parts.compactMap(\.self))
    }
}

/// A snag: pictures, words, clocks; the re-check when it is done.
struct SnagScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let field: Field
    @Binding var path: [Place]
    @State private var model: CrewModel
    @State private var rejecting = false
    @State private var holding: NamedView? = nil
    @State private var camera: URL? = nil

    init(field: Field, snag: Id, path: Binding<[Place]>) {
        self.field = field
        _path = path
        _model = State(initialValue: CrewModel(field, snag: snag, intake: (try? Shelf.intake()) ?? FileManager.default.temporaryDirectory))
    }

    var body: some View {
        let state = model.state
        ScrollView {
            if let snag = state.order?.snag {
                VStack(alignment: .leading, spacing: Space.page) {
                    photos(snag)
                    Text(snag.finding.isEmpty ? words(snag.defectName) : snag.finding).font(.kHeadline)
                    if !snag.ownerText.isEmpty { Text(snag.ownerText).font(.kBodyLarge) }
                    Text([words(snag.roomName), words(snag.elementName), words(snag.severityName)].joined(separator: " · "))
                        .font(.kBody).foregroundStyle(palette.inkSoft)
                    Chip(words: words(snag.phase.word), ink: palette.state(snag.phase.mark), ground: palette.surfaceSunken) {
                        StateMark(state: snag.phase.mark)
                    }
                    if let rejected = state.order?.rejectedBecause {
                        Text(words("app-crew-again", ["reason": rejected])).font(.kBody).foregroundStyle(palette.danger)
                    }
                    if let repeated = snag.repeat {
                        Label(words(repeated.words), systemImage: "arrow.triangle.2.circlepath").font(.kBody)
                            .foregroundStyle(repeated.escalate ? palette.danger : palette.warn)
                            .padding(Space.page).frame(maxWidth: .infinity, alignment: .leading)
                            .card(ground: repeated.escalate ? palette.dangerSoft : palette.warnSoft)
                    }
                    if let warranty = snag.warranty {
                        FactRow(fact: "\(warranty.component) \(words(warranty.componentName))", caption: words(warranty.words)) {
                            Image(systemName: warranty.inside ? "checkmark.shield" : "shield.slash")
                        }
                        .card()
                    }
                    if let hold = snag.hold { HoldNote(hold: hold) }
                    clocks(snag)
                    acts(snag, state)
                }
                .padding(Space.page)
            }
        }
        .page(
            state.order.map { words("app-snag-number", ["number": "\($0.snag.number)"]) } ?? "",
            state.order?.unitLabel,
            trouble: state.trouble
        ) { model.dismiss() }
        .safeAreaInset(edge: .bottom) { dock(state) }
        .sheet(isPresented: $rejecting) {
            let title = words("app-snag-reject-why")
            WordsSheet(field: field, about: "recheck-rejects:\(model.snag)", title: title, keep: words("app-keep-reason")) { reason in
                rejecting = false
                Task { await model.recheckRejects(reason, photo: model.rejectPhoto()) }
            }
        }
        .sheet(
            isPresented: Binding {
                holding != nil
            } set: {
                if !$0 { holding = nil }
            }
        ) {
            if let hold = holding {
                WordsSheet(field: field, about: "hold:\(model.snag)", title: words(hold.name), keep: words("app-keep-reason")) { reason in
                    holding = nil
                    Task { await model.hold(hold.id, reason: reason) }
                }
            }
        }
        .fullScreenCover(item: $camera) { file in
            SystemCamera(file: file) { _ in
                camera = nil
                rejecting = true
            }
            .ignoresSafeArea()
        }
        .task(id: path.count) { await model.load() }
    }

    private func photos(_ snag: SnagView) -> some View {
        ScrollView(.horizontal, showsIndicators: false) {
            HStack(spacing: Space.medium) {
                ForEach(Array(snag.photos.enumerated()), id: \.element.sha256) { place, photo in
                    Button {
                        path.append(.draw(snag.id, photo.sha256))
                    } label: {
                        PhotoTile(field: field, photo: photo, number: place + 1, of: snag.photos.count)
                    }
                    .buttonStyle(.plain)
                    .accessibilityHint(words("app-photo-draw"))
                }
            }
        }
    }

    private func clocks(_ snag: SnagView) -> some View {
        VStack(alignment: .leading, spacing: 0) {
            ForEach(Array(snag.clocks.enumerated()), id: \.offset) { _, clock in
                let late = clock.standing == "overdue"
                let paused = clock.paused ? " · \(words("app-hold"))" : ""
                FactRow(fact: words(clock.milestone), caption: "\(words.day(clock.due)) \(words.time(clock.due))\(paused)") {
                    TimeMark(overdue: late).opacity(late || clock.standing == "soon" ? 1 : 0)
                }
            }
        }
        .card()
    }

    /// Order it, put it on hold, go on: for whom the rules let.
    @ViewBuilder
    private func acts(_ snag: SnagView, _ state: CrewState) -> some View {
        if state.may.contains("snag.order"), snag.phase == .recorded || snag.phase == .rejected, !state.contractors.isEmpty {
            Menu {
                ForEach(state.contractors, id: \.id) { contractor in
                    Button("\(contractor.name) · \(words(contractor.tradeName))") { Task { await model.order(from: contractor.id) } }
                }
            } label: {
                FactRow(fact: words("app-snag-order-from")) { Image(systemName: "paperplane") }
            }
            .card()
        }
        if state.may.contains("snag.hold"), [.ordered, .inWork, .rejected].contains(snag.phase) {
            if snag.hold != nil {
                FactRow(fact: words("app-hold-go-on"), tap: { Task { await model.resume() } }) { Image(systemName: "play") }.card()
            } else {
                Menu {
                    ForEach(state.holdStates, id: \.id) { hold in Button(words(hold.name)) { holding = hold } }
                } label: {
                    FactRow(fact: words("app-hold-do"), caption: words("app-hold-why")) { Image(systemName: "pause") }
                }
                .card()
            }
        }
    }

    /// Not passed: with a photo of it where there is a camera.
    private func reject() {
        Task { if await CameraRight.ask() { camera = model.rejectPhoto() } else { rejecting = true } }
    }

    @ViewBuilder
    private func dock(_ state: CrewState) -> some View {
        switch state.order?.snag.phase {
        case .ordered, .inWork, .rejected:
            Dock(main: .init(words: words("app-kind-order")) { path.append(.crew(model.snag)) })
        case .done:
            Dock(
                main: .init(words: words("app-snag-recheck-pass"), symbol: "checkmark", working: state.working) {
                    Task { await model.recheckPasses() }
                },
                beside: .init(words: words("app-snag-recheck-fail"), symbol: "xmark") { reject() }
            )
        default:
            EmptyView()
        }
    }
}

/// What keeps a repair, and since when.
struct HoldNote: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let hold: HoldView

    var body: some View {
        FactRow(
            fact: "\(words("app-hold")) · \(words(hold.stateName))",
            caption: words("app-hold-since", ["date": words.day(hold.since), "reason": hold.reason])
        ) { Image(systemName: "pause.circle").foregroundStyle(palette.warn) }
        .card(outline: palette.warn, ground: palette.warnSoft)
    }
}
