import KeyturnModels
import SwiftUI

/// Joining: language, code, notice. Three taps and a scan.
struct StartScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.chooseLang) private var chooseLang
    let root: RootModel
    @State private var model: StartModel
    @State private var typing = !Scanner.isSupported
    /// The right to the camera was given; asked for when it is needed, and not before.
    @State private var scans = false

    init(root: RootModel, field: Field) {
        self.root = root
        let device = UIDevice.current
        _model = State(
            initialValue: StartModel(
                field,
                lang: Lexicon.preferred(Locale.preferredLanguages),
                deviceName: device.name,
                platform: "\(device.systemName) \(device.systemVersion)"
            )
        )
    }

    var body: some View {
        let state = model.state
        NavigationStack {
            ScrollView {
                VStack(alignment: .leading, spacing: Space.page) {
                    steps(state.step)
                    switch state.step {
                    case .language: languages
                    case .code: code(state)
                    case .notice: notice(state)
                    }
                }
                .padding(Space.page)
            }
            .page(words("app-enrol"), words("app-enrol-where"), trouble: state.trouble) { model.dismiss() }
            .safeAreaInset(edge: .bottom) { dock(state) }
        }
        .task { await model.load() }
        .onChange(of: state.device) { _, device in
            if device != nil { Task { await root.refresh() } }
        }
    }

    private func steps(_ now: StartState.Step) -> some View {
        HStack(spacing: Space.small) {
            ForEach(StartState.Step.allCases, id: \.self) { step in
                VStack(alignment: .leading, spacing: Space.hair) {
                    Rectangle().fill(step.rawValue <= now.rawValue ? palette.primary : palette.outline).frame(height: 4)
                    Text(name(step)).font(.kCaption.weight(step == now ? .bold : .regular))
                }
            }
        }
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(name(now))
    }

    private func name(_ step: StartState.Step) -> String {
        switch step {
        case .language: words("app-enrol-step-language")
        case .code: words("app-enrol-step-join")
        case .notice: words("app-enrol-step-notice")
        }
    }

    private var languages: some View {
        VStack(spacing: Space.medium) {
            // Each in its own words: whoever reads it finds it.
            ForEach([Lang.zh, Lang.en], id: \.self) { lang in
                Button {
                    chooseLang(lang)
                    model.choose(lang)
                } label: {
                    Text(verbatim: lang == .zh ? "简体中文" : "English").font(.kTitle).frame(maxWidth: .infinity, minHeight: Touch.mainAction)
                }
                .buttonStyle(OutlineButton(neutral: model.state.lang != lang))
            }
        }
    }

    @ViewBuilder
    private func code(_ state: StartState) -> some View {
        if !typing {
            Group {
                if scans { Scanner { model.read($0) } } else { ProgressView() }
            }
            .frame(maxWidth: .infinity, minHeight: 320)
            .clipShape(RoundedRectangle(cornerRadius: Radius.card))
            .accessibilityLabel(words("app-enrol-scan"))
            .task {
                // Whether it can scan is known only once the right was asked for.
                scans = await CameraRight.ask() && Scanner.isPossible
                if !scans { typing = true }
            }
        }
        if let invite = state.invite {
            if invite.kind == .invite {
                Label(words("app-enrol-check"), systemImage: "checkmark.circle.fill").font(.kTitle).foregroundStyle(palette.ok)
                VStack(spacing: 0) {
                    fact(words("app-enrol-hub"), invite.hubUrl)
                    fact(words("app-enrol-fingerprint"), invite.fingerprintGrouped)
                    fact(words("app-enrol-project"), invite.project)
                    fact(words("app-enrol-for"), invite.role.map { words($0) })
                }
                .card()
                Text(words("app-enrol-compare")).font(.kCaption).foregroundStyle(palette.inkSoft)
            } else {
                Label(words("app-enrol-not"), systemImage: "xmark.circle.fill").font(.kTitle).foregroundStyle(palette.danger)
                Text(words(invite.words)).font(.kBody)
            }
        }
        if typing {
            TextField(
                words("app-enrol-code-hint"),
                text: Binding {
                    state.code
                } set: {
                    model.read($0)
                },
                axis: .vertical
            )
            .textInputAutocapitalization(.never)
            .autocorrectionDisabled()
            .font(.kBodyLarge.monospaced())
            .padding(Space.page)
            .frame(minHeight: Touch.mainAction)
            .card()
            .accessibilityLabel(words("app-enrol-code"))
        } else {
            FactRow(fact: words("app-enrol-type"), tap: { typing = true }) { Image(systemName: "key") }.card()
        }
    }

    @ViewBuilder
    private func fact(_ name: String, _ value: String?) -> some View {
        if let value {
            Adaptive(spacing: Space.page) {
                Text(name).font(.kBody).foregroundStyle(palette.inkSoft).frame(minWidth: 80, alignment: .leading)
                Text(value).font(.kBodyLarge.weight(.bold)).textSelection(.enabled)
                Spacer(minLength: 0)
            }
            .padding(Space.page)
            .accessibilityElement(children: .combine)
        }
    }

    @ViewBuilder
    private func notice(_ state: StartState) -> some View {
        Text(words("app-enrol-notice")).font(.kHeadline).accessibilityAddTraits(.isHeader)
        if let notice = state.notice {
            Text(words(notice.words)).font(.kBodyLarge)
            Text(words("app-enrol-notice-version", ["version": notice.version])).font(.kCaption).foregroundStyle(palette.inkSoft)
        }
    }

    @ViewBuilder
    private func dock(_ state: StartState) -> some View {
        switch state.step {
        case .language:
            EmptyView()
        case .code:
            if state.invite?.kind == .invite { Dock(main: .init(words: words("app-next")) { model.go(to: .notice) }) }
        case .notice:
            Dock(
                main: .init(words: words(state.joining ? "app-enrol-joining" : "app-enrol-agree"), working: state.joining) {
                    Task { await model.join() }
                },
                beside: .init(words: words("app-back")) { model.go(to: .code) }
            )
        }
    }
}
