import KeyturnModels
import SwiftUI

/// The device is in the owner's hands: only the record, large, and no side is taken. The way back is the inspector's device lock.
struct OwnerScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.horizontalSizeClass) private var width
    let root: RootModel
    let field: Field
    @State private var model: OwnerModel? = nil
    let unit: Id
    @State private var larger = false
    @State private var lockRefused = false
    @State private var guided = UIAccessibility.isGuidedAccessEnabled

    init(root: RootModel, field: Field, unit: Id) {
        self.root = root
        self.field = field
        self.unit = unit
    }

    var body: some View {
        NavigationStack {
            Group {
                if let model {
                    switch model.state.entry.step {
                    case .reading: OwnerRecord(model: model, field: field, guided: guided)
                    case .refusing: OwnerRefusal(model: model)
                    case .signing: SignScreen(model: model)
                    case .signed: signed
                    }
                } else {
                    ProgressView()
                }
            }
            .page(title, model?.state.unitLabel, trouble: model?.state.trouble) { model?.dismiss() }
            .toolbar {
                ToolbarItemGroup(placement: .topBarTrailing) {
                    Button(words("app-owner-larger"), systemImage: "textformat.size") { larger.toggle() }
                    Button(words("app-owner-back"), systemImage: "lock") { back() }
                }
            }
            .alert(words("app-owner-unlock-failed"), isPresented: $lockRefused) {}
        }
        .dynamicTypeSize(larger ? .accessibility2 : .xLarge)
        .interactiveDismissDisabled()
        .task {
            let changes = NotificationCenter.default.notifications(named: UIAccessibility.guidedAccessStatusDidChangeNotification)
            for await _ in changes.map({ _ in () }) { guided = UIAccessibility.isGuidedAccessEnabled }
        }
        .task {
            let made = OwnerModel(field, unit: unit, lang: words.lang)
            await made.load()
            model = made
        }
    }

    private var title: String {
        let name = model?.state.signers.first?.name
        return name.map { words("app-owner", ["name": $0]) } ?? words("app-owner-nobody")
    }

    private var signed: some View {
        VStack(alignment: .leading, spacing: Space.page) {
            Label(words("app-sign-done"), systemImage: "checkmark.seal.fill").font(.kHeadline).foregroundStyle(palette.ok)
            Text(words("app-sign-done-why")).font(.kBodyLarge)
            Spacer()
        }
        .padding(Space.section)
        .frame(maxWidth: .infinity, alignment: .leading)
        .safeAreaInset(edge: .bottom) { Dock(main: .init(words: words("app-owner-back"), symbol: "lock") { back() }) }
    }

    private func back() {
        Task {
            switch await DeviceLock.ask(words("app-owner-unlock")) {
            case .opened, .none:
                await model?.handBack()
                await root.refresh()
            case .refused:
                lockRefused = true
            }
        }
    }
}

/// The record: every snag with its pictures, what a signature means and what it does not.
private struct OwnerRecord: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.horizontalSizeClass) private var width
    let model: OwnerModel
    let field: Field
    let guided: Bool
    @State private var disputing: Id? = nil
    @State private var asking = false

    var body: some View {
        let state = model.state
        Group {
            if width == .regular {
                HStack(spacing: 0) {
                    ScrollView { about(state).padding(Space.section) }.frame(width: 340)
                    Divider()
                    ScrollView { items(state) }
                }
            } else {
                ScrollView {
                    VStack(alignment: .leading, spacing: Space.section) {
                        about(state).padding(Space.page)
                        Divider()
                        items(state)
                    }
                }
            }
        }
        .safeAreaInset(edge: .bottom) { outcomes(state) }
        .sheet(
            isPresented: Binding {
                disputing != nil
            } set: {
                if !$0 { disputing = nil }
            }
        ) {
            let about = "dispute:\(disputing ?? "")"
            WordsSheet(field: field, about: about, title: words("app-owner-dispute"), keep: words("app-owner-ask-keep")) { reason in
                if let snag = disputing { model.dispute(snag, reason: reason) }
                disputing = nil
            }
        }
        .sheet(isPresented: $asking) {
            let title = words("app-owner-ask-what")
            WordsSheet(field: field, about: "ask:\(model.unit)", title: title, keep: words("app-owner-ask-keep")) { question in
                asking = false
                Task { await model.ask(question) }
            }
        }
    }

    private func about(_ state: OwnerState) -> some View {
        VStack(alignment: .leading, spacing: Space.page) {
            if !guided {
                Label(words("app-owner-guided"), systemImage: "lock.iphone").font(.kBody).foregroundStyle(palette.inkSoft)
            }
            if state.changed { Text(words("app-sign-changed")).font(.kTitle).foregroundStyle(palette.warn) }
            if let record = state.record {
                VStack(alignment: .leading, spacing: Space.hair) {
                    Text(words("app-owner-what")).font(.kCaption).foregroundStyle(palette.inkSoft)
                    Text(words("app-owner-record", ["version": "\(record.version)"])).font(.kHeadline)
                    Text(state.unitLabel).font(.kBodyLarge)
                    Text(words("app-owner-counts", ["snags": "\(record.snags.count)", "photos": "\(record.photos)"])).font(
                        .kBodyLarge.weight(.bold)
                    )
                }
                meaning("app-owner-means", [words("app-owner-means-read", ["count": "\(record.snags.count)"])], "checkmark", palette.ok)
                meaning(
                    "app-owner-means-not",
                    [words("app-owner-not-taken"), words("app-owner-not-waived"), words("app-owner-not-cost")],
                    "minus",
                    palette.ink
                )
                meaning("app-owner-gets", [words("app-owner-gets-copy")], "doc.text", palette.ink)
                ForEach(Array(record.missing.enumerated()), id: \.offset) { _, missing in
                    Label(words(missing), systemImage: "exclamationmark.circle").font(.kBody).foregroundStyle(palette.warn)
                }
                ForEach(state.questions, id: \.id) { question in
                    Text(words("app-owner-asked", ["question": question.text])).font(.kBody)
                    if let answer = question.answer { Text(answer).font(.kBody).foregroundStyle(palette.inkSoft) }
                }
            }
        }
        .frame(maxWidth: .infinity, alignment: .leading)
    }

    private func meaning(_ key: String, _ lines: [String], _ symbol: String, _ colour: Color) -> some View {
        VStack(alignment: .leading, spacing: Space.small) {
            Text(words(key)).font(.kCaption).foregroundStyle(palette.inkSoft)
            ForEach(lines, id: \.self) { line in
                Label {
                    Text(line).font(.kBodyLarge)
                } icon: {
                    Image(systemName: symbol).foregroundStyle(colour)
                }
            }
        }
    }

    private func items(_ state: OwnerState) -> some View {
        let snags = state.record?.snags ?? []
        let seen = snags.filter { state.entry.seen.contains($0.snag) }.count
        return LazyVStack(alignment: .leading, spacing: 0) {
            HStack {
                Text(
                    state.allSeen
                        ? words("app-owner-all-seen", ["count": "\(snags.count)"])
                        : words("app-owner-seen", ["seen": "\(seen)", "count": "\(snags.count)"])
                )
                .font(.kBody.weight(.bold))
                Ruler(ticks: snags.map { state.entry.disputed[$0.snag] != nil ? .bad : state.entry.seen.contains($0.snag) ? .fine : .open })
            }
            .padding(Space.page)
            ForEach(snags, id: \.snag) { snag in
                Divider()
                item(snag, state)
                    // Seen: it was on the screen.
                    .onAppear { model.saw(snag.snag) }
            }
        }
    }

    private func item(_ snag: FrozenSnagView, _ state: OwnerState) -> some View {
        let disputed = state.entry.disputed[snag.snag] != nil
        return VStack(alignment: .leading, spacing: Space.medium) {
            HStack(alignment: .firstTextBaseline, spacing: Space.page) {
                Text("\(snag.number)").font(.kHeadline)
                VStack(alignment: .leading, spacing: Space.hair) {
                    Text(snag.finding.isEmpty ? words(snag.defectName) : snag.finding).font(.kTitle)
                    Text([words(snag.roomName), words(snag.elementName), words(snag.severityName)].joined(separator: " · "))
                        .font(.kBody).foregroundStyle(palette.inkSoft)
                    if let due = snag.dueOn { Text(words("app-owner-by", ["date": due])).font(.kBody.weight(.bold)) }
                    if let reason = state.entry.disputed[snag.snag] { Text(reason).font(.kBody).foregroundStyle(palette.danger) }
                }
            }
            .accessibilityElement(children: .combine)
            ScrollView(.horizontal, showsIndicators: false) {
                HStack { ForEach(snag.photos, id: \.self) { OwnerPicture(field: field, photo: $0) } }
            }
            Adaptive {
                Button {
                    if disputed { model.dispute(snag.snag, reason: nil) } else { disputing = snag.snag }
                } label: {
                    Label(words(disputed ? "app-owner-disputed" : "app-owner-dispute"), systemImage: "exclamationmark.bubble")
                        .font(.kBodyLarge.weight(.bold)).frame(minWidth: 140, minHeight: Touch.mainAction)
                }
                .buttonStyle(OutlineButton(neutral: !disputed))
                .accessibilityAddTraits(disputed ? .isSelected : [])
                Button(words("app-owner-ask")) { asking = true }.font(.kBodyLarge.weight(.bold)).touchable()
            }
        }
        .padding(Space.page)
    }

    /// Refuse, part, accept: one size, none filled.
    private func outcomes(_ state: OwnerState) -> some View {
        let all = state.record?.snags.count ?? 0
        let bad = state.entry.disputed.count
        return Adaptive(spacing: Space.medium) {
            outcome(words("app-owner-refuse"), words("app-owner-refuse-why")) { model.refuse() }
            outcome(
                bad == 0 ? words("app-owner-part") : words("app-owner-part-n", ["good": "\(all - bad)", "bad": "\(bad)"]),
                bad == 0 ? words("app-owner-part-how") : words("app-owner-accept-next")
            ) { if bad > 0 { model.agree() } }
            outcome(
                all == 0 ? words("app-owner-accept-none") : words("app-owner-accept", ["count": "\(all)"]),
                state.allSeen ? words("app-owner-accept-next") : words("app-owner-see-first")
            ) { if bad == 0 { model.agree() } }
        }
        .padding(Space.page)
        .background(palette.surface.ignoresSafeArea(edges: .bottom))
    }

    private func outcome(_ name: String, _ caption: String, _ tap: @escaping @MainActor () -> Void) -> some View {
        Button(action: tap) {
            VStack(spacing: 2) {
                Text(name).font(.kTitle).multilineTextAlignment(.center)
                Text(caption).font(.kCaption).multilineTextAlignment(.center)
            }
            .frame(maxWidth: .infinity, minHeight: 72)
        }
        .buttonStyle(OutlineButton(neutral: true))
    }
}

private struct OwnerPicture: View {
    let field: Field
    let photo: Sha256
    @State private var path: String? = nil

    var body: some View {
        FilePicture(path: path, side: 1024)
            .frame(width: 120, height: 160)
            .clipShape(RoundedRectangle(cornerRadius: Radius.input))
            .accessibilityAddTraits(.isImage)
            .task { path = try? await field.look { [photo] in try $0.picture(photo: photo, size: .small) } }
    }
}

/// Why nothing is agreed to: written down and kept with the record.
private struct OwnerRefusal: View {
    @Environment(\.lexicon) private var words
    let model: OwnerModel

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: Space.page) {
                Text(words("app-owner-refuse-title")).font(.kHeadline).accessibilityAddTraits(.isHeader)
                TextField(
                    words("app-reason"),
                    text: Binding {
                        model.state.entry.reason
                    } set: {
                        model.type(reason: $0)
                    },
                    axis: .vertical
                )
                .lineLimit(4...)
                .font(.kBodyLarge)
                .padding(Space.page)
                .card()
            }
            .padding(Space.section)
        }
        .safeAreaInset(edge: .bottom) {
            Dock(
                main: .init(words: words("app-owner-refuse-keep")) { if !model.state.entry.reason.isEmpty { model.go(to: .signing) } },
                beside: .init(words: words("app-sign-read-again")) { model.go(to: .reading) }
            )
        }
    }
}
