import KeyturnModels
import SwiftUI

/// What is signed, the level it reaches, the notice, and the pad. Every stroke is in the store before the next one begins.
struct SignScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.horizontalSizeClass) private var width
    let model: OwnerModel
    @State private var joining: Joining? = nil

    /// Who is to be added.
    enum Joining: String, Identifiable {
        /// Signs in an owner's place.
        case representative
        /// Bears witness to a refusal.
        case witness
        /// Its own name.
        var id: String { rawValue }
    }

    var body: some View {
        let state = model.state
        Group {
            if width == .regular {
                HStack(alignment: .top, spacing: Space.section) {
                    ScrollView { about(state) }.frame(width: 360)
                    pad(state)
                }
                .padding(Space.section)
            } else {
                ScrollView {
                    VStack(alignment: .leading, spacing: Space.page) {
                        about(state)
                        pad(state).frame(minHeight: 320)
                    }
                    .padding(Space.page)
                }
            }
        }
        .safeAreaInset(edge: .bottom) { dock(state) }
        .sheet(item: $joining) { who in
            JoinSheet(model: model, who: who) { joining = nil }
        }
    }

    private func about(_ state: OwnerState) -> some View {
        VStack(alignment: .leading, spacing: Space.page) {
            if let record = state.record {
                VStack(alignment: .leading, spacing: Space.hair) {
                    Text(words("app-sign-version")).font(.kTitle)
                    Text("\(words("app-owner-record", ["version": "\(record.version)"])) · \(state.unitLabel)").font(.kBody)
                    Text(result(state, record)).font(.kBody)
                }
                VStack(alignment: .leading, spacing: Space.hair) {
                    Label(words("app-sign-digest"), systemImage: "lock").font(.kCaption.weight(.bold)).foregroundStyle(palette.brass)
                    Text(record.digestGrouped.prefix(19)).font(.kTitle.monospaced())
                    Text(words("app-sign-digest-why")).font(.kCaption)
                }
                .padding(Space.page)
                .frame(maxWidth: .infinity, alignment: .leading)
                .card(outline: palette.brassSoft, ground: palette.brassSoft)
                .accessibilityElement(children: .combine)
                levels(state, record)
                VStack(alignment: .leading, spacing: Space.hair) {
                    Text("\(words("app-sign-notice")) \(record.notice)").font(.kBody.weight(.bold))
                    Text(words(record.noticeWords)).font(.kCaption)
                }
            }
        }
    }

    private func result(_ state: OwnerState, _ record: FrozenView) -> String {
        let bad = state.entry.disputed.count
        return switch state.outcome {
        case .refused: words("app-sign-outcome-refused", ["reason": state.entry.reason])
        case .inPart: words("app-sign-outcome-in-part", ["good": "\(record.snags.count - bad)", "bad": "\(bad)"])
        default: words("app-sign-outcome-accepted", ["count": "\(record.snags.count)"])
        }
    }

    private func levels(_ state: OwnerState, _ record: FrozenView) -> some View {
        VStack(alignment: .leading, spacing: Space.small) {
            Text(words("app-sign-level")).font(.kTitle)
            ForEach(1...3, id: \.self) { level in
                let reached = Int(state.levelReached) >= level
                let asked = Int(state.levelRequired) == level
                FactRow(
                    fact: words(level == 1 ? "app-sign-level-1" : level == 2 ? "app-sign-level-2" : "app-sign-level-3"),
                    caption: reached
                        ? words("app-sign-level-reached") : asked ? words("app-sign-level-needed", ["level": "\(level)"]) : nil
                ) {
                    Image(systemName: reached ? "checkmark.circle.fill" : "\(level).square").foregroundStyle(
                        reached ? palette.ok : palette.inkSoft
                    )
                }
                .card(outline: reached ? palette.ok : nil, ground: reached ? palette.okSoft : nil)
            }
            if state.levelRequired >= 2 { code(state) }
        }
    }

    /// The code goes to the signer only; what is typed of it is the hub's to check.
    private func code(_ state: OwnerState) -> some View {
        VStack(alignment: .leading, spacing: Space.small) {
            Button(words(state.codeUntil == nil ? "app-sign-code-ask" : "app-sign-code-again"), systemImage: "message") {
                Task { await model.askCode() }
            }
            .font(.kBodyLarge.weight(.bold))
            .touchable()
            .disabled(state.asking)
            if let until = state.codeUntil {
                Text(words("app-sign-code-until", ["time": words.time(until)])).font(.kBody)
            } else if state.trouble?.kind == .network {
                Text(words("app-sign-code-later")).font(.kBody).foregroundStyle(palette.warn)
            }
            TextField(
                words("app-sign-code"),
                text: Binding {
                    state.entry.code
                } set: {
                    model.type(code: $0)
                }
            )
            .keyboardType(.numberPad)
            .textContentType(.oneTimeCode)
            .font(.kTitle.monospacedDigit())
            .accessibilityLabel(words("app-sign-code"))
            .padding(Space.page)
            .card()
        }
    }

    private func pad(_ state: OwnerState) -> some View {
        VStack(alignment: .leading, spacing: Space.small) {
            Text(words("app-sign")).font(.kTitle)
            who(state)
            SignaturePad(
                strokes: state.entry.strokes.map { $0.map { CGPoint(x: Double($0[0]) / 1e6, y: Double($0[1]) / 1e6) } }
                    + [state.live.map { CGPoint(x: Double($0.xPpm) / 1e6, y: Double($0.yPpm) / 1e6) }],
                move: { model.move(x: $0, y: $1, time: $2, pressure: $3) },
                lift: { model.lift() }
            )
            .accessibilityElement()
            .accessibilityLabel(words("app-sign-pad", ["count": "\(state.entry.strokes.count)"]))
            .accessibilityAddTraits(.allowsDirectInteraction)
            HStack {
                Text(words("app-sign-strokes", ["count": "\(state.entry.strokes.count)"])).font(.kCaption).foregroundStyle(palette.inkSoft)
                Spacer()
                Button(words("app-sign-undo"), systemImage: "arrow.uturn.backward") { model.undo() }.touchable()
                Button(words("app-sign-again"), systemImage: "xmark") { model.again() }.touchable()
            }
        }
    }

    /// Who signs, and who bears witness where nobody signs.
    private func who(_ state: OwnerState) -> some View {
        Adaptive(spacing: Space.medium) {
            Menu {
                ForEach(state.signers, id: \.participant) { person in Button(name(person)) { model.choose(signer: person.participant) } }
                Button(words("app-sign-agent-add"), systemImage: "person.badge.plus") { joining = .representative }
            } label: {
                chosen(words("app-owner-who"), state.signer.map(name))
            }
            if state.outcome == .refused {
                Menu {
                    ForEach(state.witnesses, id: \.participant) { person in
                        Button(name(person)) { model.choose(witness: person.participant) }
                    }
                    Button(words("app-sign-witness-none")) { model.choose(witness: nil) }
                    Button(words("app-sign-witness-add"), systemImage: "person.badge.plus") { joining = .witness }
                } label: {
                    chosen(words("app-sign-witness"), state.witnesses.first { $0.participant == state.entry.witness }.map(name))
                }
            }
        }
    }

    private func name(_ person: SignerView) -> String {
        [person.name, words(person.roleName)].compactMap(\.self).joined(separator: " · ")
    }

    private func chosen(_ title: String, _ name: String?) -> some View {
        HStack(spacing: Space.small) {
            VStack(alignment: .leading, spacing: 2) {
                Text(title).font(.kCaption).foregroundStyle(palette.inkSoft)
                Text(name ?? words("app-snag-choose")).font(.kBodyLarge.weight(.bold)).foregroundStyle(palette.ink)
            }
            Image(systemName: "chevron.down").accessibilityHidden(true)
        }
        .padding(Space.medium)
        .frame(minHeight: Touch.mainAction)
        .card()
        .accessibilityElement(children: .combine)
    }

    private func dock(_ state: OwnerState) -> some View {
        let ready = !state.entry.strokes.isEmpty
        return Dock(
            main: .init(
                words: words(ready ? "app-sign-confirm" : "app-sign-first"),
                symbol: ready ? "checkmark" : nil,
                working: state.signing
            ) {
                if ready { Task { await model.sign() } }
            },
            beside: .init(words: words("app-sign-read-again")) { model.go(to: .reading) }
        )
    }
}

/// Adds a representative or a witness: name, how it was checked who it is, by what right. What is typed is kept.
private struct JoinSheet: View {
    @Environment(\.lexicon) private var words
    let model: OwnerModel
    let who: SignScreen.Joining
    let close: @MainActor () -> Void
    @State private var identity = ""
    @State private var name: AskedModel
    @State private var mandate: AskedModel

    init(model: OwnerModel, who: SignScreen.Joining, close: @escaping @MainActor () -> Void) {
        self.model = model
        self.who = who
        self.close = close
        _name = State(initialValue: model.asked("\(who.rawValue)-name"))
        _mandate = State(initialValue: model.asked("\(who.rawValue)-mandate"))
    }

    var body: some View {
        let agent = who == .representative
        NavigationStack {
            ScrollView {
                VStack(alignment: .leading, spacing: Space.page) {
                    Text(words(agent ? "app-sign-agent-add" : "app-sign-witness-add")).font(.kTitle).accessibilityAddTraits(.isHeader)
                    entry(words("app-owner-name"), name).textContentType(.name)
                    Picker(words("app-sign-identity"), selection: $identity) {
                        Text(words("app-snag-choose")).tag("")
                        ForEach(model.state.identityDocuments, id: \.id) { Text(words($0.name)).tag(words($0.name)) }
                    }
                    .pickerStyle(.menu)
                    .frame(minHeight: Touch.least)
                    if agent { entry(words("app-sign-agent-mandate"), mandate) }
                }
                .padding(Space.page)
            }
            .page(words(agent ? "app-sign-agent" : "app-sign-witness"), nil, trouble: model.state.trouble) { model.dismiss() }
            .safeAreaInset(edge: .bottom) {
                Dock(
                    main: .init(words: words(agent ? "app-sign-agent-keep" : "app-sign-witness-keep")) { keep(agent) },
                    beside: .init(words: words("app-cancel")) { close() }
                )
            }
        }
        .keyturnLook()
        .task {
            await name.load()
            await mandate.load()
        }
    }

    private func entry(_ title: String, _ asked: AskedModel) -> some View {
        TextField(
            title,
            text: Binding {
                asked.state.text
            } set: {
                asked.type($0)
            },
            axis: .vertical
        )
        .font(.kBodyLarge)
        .padding(Space.page)
        .frame(minHeight: Touch.mainAction)
        .card()
        .accessibilityLabel(title)
    }

    private func keep(_ agent: Bool) {
        guard name.state.given, !identity.isEmpty else { return }
        Task {
            if agent {
                await model.represent(name: name.state.text, identityCheck: identity, mandate: mandate.state.text)
            } else {
                await model.bearWitness(name: name.state.text, identityCheck: identity)
            }
            guard model.state.trouble == nil else { return }
            _ = await name.take()
            _ = await mandate.take()
            close()
        }
    }
}

/// A frame to sign in; finger or pencil. What is drawn is the caller's.
private struct SignaturePad: View {
    @Environment(\.palette) private var palette
    let strokes: [[CGPoint]]
    let move: @MainActor (Double, Double, Double, Double) -> Void
    let lift: @MainActor () -> Void
    @State private var begun: Date? = nil

    var body: some View {
        GeometryReader { frame in
            Canvas { context, size in
                var base = Path()
                base.move(to: CGPoint(x: size.width * 0.06, y: size.height * 0.82))
                base.addLine(to: CGPoint(x: size.width * 0.94, y: size.height * 0.82))
                context.stroke(base, with: .color(palette.outline), lineWidth: 2)
                for stroke in strokes where !stroke.isEmpty {
                    var path = Path()
                    let points = stroke.map { CGPoint(x: $0.x * size.width, y: $0.y * size.height) }
                    path.addLines(points.count == 1 ? [points[0], CGPoint(x: points[0].x + 0.5, y: points[0].y)] : points)
                    context.stroke(path, with: .color(palette.ink), style: StrokeStyle(lineWidth: 5, lineCap: .round, lineJoin: .round))
                }
            }
            .contentShape(Rectangle())
            .gesture(
                DragGesture(minimumDistance: 0, coordinateSpace: .local)
                    .onChanged { value in
                        let first = begun ?? value.time
                        if begun == nil { begun = first }
                        move(
                            value.location.x / frame.size.width,
                            value.location.y / frame.size.height,
                            value.time.timeIntervalSince(first),
                            0.5
                        )
                    }
                    .onEnded { _ in lift() }
            )
        }
        .frame(minHeight: 260)
        .card(outline: palette.inkSoft, line: 2)
    }
}
