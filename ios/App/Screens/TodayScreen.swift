import KeyturnModels
import SwiftUI

/// What to do now, and what is missing for each; one line that tells the truth about sync.
struct TodayScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let root: RootModel
    let sync: SyncModel
    @Binding var path: [Place]
    @State private var model: TodayModel
    @State private var finding = false

    init(root: RootModel, field: Field, sync: SyncModel, path: Binding<[Place]>) {
        self.root = root
        self.sync = sync
        _path = path
        _model = State(initialValue: TodayModel(field))
    }

    var body: some View {
        let state = model.state
        ScrollView {
            LazyVStack(alignment: .leading, spacing: Space.medium) {
                if let line = sync.state.line(words) { SyncLine(state: line) { path.append(.sync) } }
                if let trouble = sync.state.trouble { Text(words(trouble.words)).font(.kBody).foregroundStyle(palette.danger) }
                if let status = sync.state.status, status.clockWarn { clock(status) }
                ForEach(state.groups) { group in
                    heading(group)
                    ForEach(Array(group.jobs.enumerated()), id: \.offset) { _, job in
                        JobCard(job: job) { open(job) }
                    }
                }
                if state.read, state.groups.isEmpty {
                    Image(systemName: "calendar").font(.system(size: 44)).foregroundStyle(palette.inkSoft).accessibilityHidden(true)
                    Text(words("app-today-empty")).font(.kHeadline)
                    Text(words("app-today-empty-why")).font(.kBodyLarge).foregroundStyle(palette.inkSoft)
                }
            }
            .padding(Space.page)
        }
        .refreshable { await sync.sync() }
        .page(words("app-today"), caption(state), trouble: state.trouble) { model.dismiss() }
        .toolbar {
            Button(words("app-search"), systemImage: "magnifyingglass") { finding = true }
        }
        .safeAreaInset(edge: .bottom) { dock(state) }
        .sheet(isPresented: $finding) { finder(state) }
        .task(id: path.count) {
            await model.load()
            await sync.load()
        }
        .onChange(of: sync.state.running) { _, running in
            if !running { Task { await model.load() } }
        }
    }

    private func caption(_ state: TodayState) -> String {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        return words(
            "app-today-line",
            ["date": words.longDay(now), "project": root.state.device?.projectName ?? "", "count": "\(state.count)"]
        )
    }

    private func clock(_ status: StatusView) -> some View {
        let seconds = abs(status.clockOffsetMs ?? 0) / 1000
        let off = words("app-minutes-seconds", ["minutes": "\(seconds / 60)", "seconds": "\(seconds % 60)"])
        return Text(words("app-clock-off", ["time": off])).font(.kBody).padding(Space.page).frame(maxWidth: .infinity, alignment: .leading)
            .card(outline: palette.warn, ground: palette.warnSoft)
    }

    @ViewBuilder
    private func heading(_ group: TodayState.Group) -> some View {
        let key: String =
            switch group.urgency {
            case .overdue: "app-today-late"
            case .now: "app-today-now"
            case .today: "app-today-today"
            case .later: "app-today-later"
            case .open: "app-today-open"
            }
        HStack(spacing: Space.small) {
            if group.urgency == .overdue { TimeMark(overdue: true, size: 26) }
            Heading(words: words(key), count: group.jobs.count)
        }
    }

    @ViewBuilder
    private func dock(_ state: TodayState) -> some View {
        if let next = state.next {
            let begun = next.phase == .started || next.urgency == .now
            Dock(
                main: .init(
                    words: words(begun ? "app-today-continue" : "app-today-begin", ["unit": next.label]),
                    caption: next.linesLeft > 0 ? words("app-today-left", ["count": "\(next.linesLeft)"]) : nil
                ) { open(next) }
            )
        } else {
            Dock(main: .init(words: words("app-today-find"), symbol: "magnifyingglass") { finding = true })
        }
    }

    private func open(_ job: JobView) {
        switch job.kind {
        case .handover: path.append(.unit(job.unit))
        case .recheck: path.append(.snags(job.unit))
        case .repair: path.append(job.snags.count == 1 ? .crew(job.snags[0]) : .snags(job.unit))
        }
    }

    private func finder(_ state: TodayState) -> some View {
        NavigationStack {
            List(state.found, id: \.id) { unit in
                Button {
                    finding = false
                    path.append(.unit(unit.id))
                } label: {
                    HStack {
                        Text(unit.label).font(.kBodyLarge)
                        Spacer()
                        Text(words(unit.handover.word)).font(.kCaption).foregroundStyle(palette.inkSoft)
                    }
                    .frame(minHeight: Touch.least)
                }
            }
            .searchable(
                text: Binding {
                    state.wanted
                } set: { text in
                    Task { await model.find(text) }
                },
                prompt: words("app-today-find")
            )
            .navigationTitle(words("app-today-find"))
            .navigationBarTitleDisplayMode(.inline)
            .task { await model.find(state.wanted) }
        }
        .keyturnLook()
    }
}

/// One job: when, where, what kind, what is missing.
struct JobCard: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let job: JobView
    let tap: @MainActor () -> Void

    var body: some View {
        Button(action: tap) {
            Adaptive(spacing: Space.page) {
                VStack(alignment: .trailing, spacing: 2) {
                    Text(job.at.map { words.time($0) } ?? "—").font(.kTitle)
                    if let at = job.at { Text(words.day(at)).font(.kCaption).foregroundStyle(palette.inkSoft) }
                }
                .frame(minWidth: 60, alignment: .trailing)
                Rectangle().fill(palette.outline).frame(width: 1.5).frame(maxHeight: .infinity).accessibilityHidden(true)
                VStack(alignment: .leading, spacing: Space.hair) {
                    Adaptive {
                        Text(job.label).font(.kTitle)
                        Text(kind).font(.kBody).foregroundStyle(palette.inkSoft)
                        Spacer(minLength: 0)
                        chip
                    }
                    if !job.missing.isEmpty {
                        Text("\(Text(words("app-missing")).foregroundStyle(palette.inkSoft))  \(words.list(job.missing.map { words($0) }))")
                            .font(.kBody)
                    }
                }
                .frame(maxWidth: .infinity, alignment: .leading)
            }
            .padding(Space.page)
            .frame(minHeight: 72)
            .card(outline: job.urgency == .now ? palette.primary : nil, line: job.urgency == .now ? 2 : 1)
        }
        .buttonStyle(.plain)
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(spoken)
        .accessibilityAddTraits(.isButton)
    }

    private var kind: String {
        switch job.kind {
        case .handover: words("app-kind-handover")
        case .recheck: words("app-kind-recheck")
        case .repair: words("app-kind-order")
        }
    }

    @ViewBuilder
    private var chip: some View {
        if job.urgency == .overdue {
            Chip(words: words("app-today-late"), ink: palette.danger, ground: palette.dangerSoft) { TimeMark(overdue: true) }
        } else {
            Chip(words: words(job.phase.word), ink: palette.state(job.phase.mark), ground: palette.surfaceSunken) {
                StateMark(state: job.phase.mark)
            }
        }
    }

    /// What is late is said first.
    private var spoken: String {
        let late = job.urgency == .overdue ? words("app-today-late") : nil
        let missing = job.missing.isEmpty ? nil : "\(words("app-missing")) \(words.list(job.missing.map { words($0) }))"
        return words.list([late, job.label, kind, job.at.map { "\(words.day($0)) \(words.time($0))" }, missing].compactMap(\.self))
    }
}
