import KeyturnModels
import SwiftUI

/// The lines of a room: one tap each, a number pad where something is measured.
struct ChecklistScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Binding var path: [Place]
    @State private var model: ChecklistModel
    @State private var asksReason: Reason? = nil
    @State private var goTo: String? = nil
    @State private var shot: Shot? = nil
    @State private var compared: (line: LineView, value: String)? = nil
    let field: Field

    /// A line that is being photographed.
    struct Shot: Identifiable {
        /// The line.
        let line: LineView
        /// Where the picture goes.
        let file: URL
        /// The line names it.
        var id: String { line.key }
    }

    /// What is asked for in words.
    enum Reason: Identifiable {
        /// A line that is not fine.
        case notFine(LineView)
        /// A line out of its limit.
        case outOfLimit
        /// A line that cannot be measured.
        case cannot
        /// What was found where the contract says something.
        case found(LineView)
        /// Why there is no photo of a line.
        case noPhoto(LineView)

        var id: String {
            switch self {
            case .notFine(let line): "line \(line.key)"
            case .outOfLimit: "limit"
            case .cannot: "cannot"
            case .found(let line): "found \(line.key)"
            case .noPhoto(let line): "photo \(line.key)"
            }
        }
    }

    init(field: Field, unit: Id, room: String, path: Binding<[Place]>) {
        _path = path
        self.field = field
        _model = State(initialValue: ChecklistModel(field, unit: unit, room: room))
    }

    var body: some View {
        let state = model.state
        ScrollViewReader { scroll in
            ScrollView {
                LazyVStack(alignment: .leading, spacing: 0) {
                    if let room = state.room { progress(room, state) }
                    ForEach(Array(state.lines.enumerated()), id: \.element.key) { place, line in
                        Divider()
                        if state.measuring?.line.key == line.key, let measuring = state.measuring {
                            measured(measuring, place: place + 1)
                        } else {
                            row(line, place: place + 1)
                        }
                    }
                    if !state.rest.isEmpty {
                        Button(words("app-rest-fine", ["count": "\(state.rest.count)"])) { model.askRest() }
                            .font(.kBodyLarge.weight(.bold))
                            .frame(maxWidth: .infinity, minHeight: Touch.mainAction)
                            .buttonStyle(OutlineButton())
                            .padding(Space.page)
                    }
                }
            }
            .onChange(of: state.measuring?.line.key) { _, key in
                if let key { withAnimation { scroll.scrollTo(key, anchor: .center) } }
            }
            .onChange(of: goTo) { _, key in
                if let key { withAnimation { scroll.scrollTo(key, anchor: .center) } }
                goTo = nil
            }
        }
        .page(state.room.map { words($0.name) } ?? "", caption(state), trouble: state.trouble) { model.dismiss() }
        .safeAreaInset(edge: .bottom) { bottom(state) }
        .sheet(
            isPresented: Binding {
                state.confirming != nil
            } set: {
                if !$0 { model.leaveRest() }
            }
        ) { rest(state) }
        .sheet(item: $asksReason) { asked in reasonSheet(asked) }
        .fullScreenCover(item: $shot) { shot in
            SystemCamera(file: shot.file) { taken in
                self.shot = nil
                if taken { Task { await model.photo(shot.line, shot.file) } }
            }
            .ignoresSafeArea()
        }
        .confirmationDialog(
            words("app-not-fine-why"),
            isPresented: Binding {
                state.needsCause != nil
            } set: { _ in
            },
            titleVisibility: .visible,
            presenting: state.needsCause
        ) { line in
            Button(words("app-not-fine-snag")) { newSnag(line) }
            Button(words("app-not-fine-reason")) { asksReason = .outOfLimit }
        }
        .confirmationDialog(
            compared.map { words("app-line-found", ["found": $0.value]) } ?? "",
            isPresented: Binding {
                compared != nil
            } set: {
                if !$0 { compared = nil }
            },
            titleVisibility: .visible,
            presenting: compared
        ) { found in
            // A judgement, so never filled in.
            Button(words("app-answer-fine")) { Task { await model.found(found.line, found.value, .fine) } }
            Button(words("app-answer-not-fine")) { Task { await model.found(found.line, found.value, .notFine) } }
        }
        .task(id: path.count) { await model.load() }
    }

    private func caption(_ state: ChecklistState) -> String {
        "\(state.unitLabel) · \(words("app-list-room", ["n": "\(state.place.at)", "of": "\(state.place.of)"]))"
    }

    private func progress(_ room: RoomView, _ state: ChecklistState) -> some View {
        HStack(spacing: Space.medium) {
            Ruler(ticks: state.lines.map { $0.tick == nil ? .open : $0.tick == true ? .fine : .bad })
            Text("\(room.answered)").font(.kTitle) + Text(" / \(room.lines)").font(.kBody).foregroundStyle(palette.inkSoft)
        }
        .padding(.horizontal, Space.page)
        .padding(.bottom, Space.small)
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(words("app-unit-lines", ["done": "\(room.answered)", "of": "\(room.lines)"]))
    }

    private func row(_ line: LineView, place: Int) -> some View {
        Adaptive(spacing: Space.medium) {
            HStack(alignment: .firstTextBaseline, spacing: Space.medium) {
                Text("\(place)").font(.kCaption).foregroundStyle(palette.inkSoft).frame(minWidth: 24, alignment: .leading)
                VStack(alignment: .leading, spacing: 2) {
                    Text(words(line.words)).font(.kBodyLarge)
                    ForEach(notes(line), id: \.self) { note in
                        Text(note).font(.kCaption).foregroundStyle(palette.inkSoft)
                    }
                    asked(line)
                }
                .frame(maxWidth: .infinity, alignment: .leading)
            }
            .accessibilityElement(children: .contain)
            if line.measure != nil {
                measureButton(line)
            } else {
                AnswerRow(line: line) { answer in
                    if answer == .notFine {
                        newSnag(line)
                    } else {
                        Task { await model.answer(line, answer) }
                    }
                }
            }
        }
        .padding(.horizontal, Space.page)
        .padding(.vertical, Space.small)
        .frame(minHeight: 64)
        .id(line.key)
        .contextMenu { more(line) }
        .accessibilityAction(named: words("app-line-photo")) { photograph(line) }
        .accessibilityAction(named: words("app-crew-cannot")) { asksReason = .noPhoto(line) }
    }

    /// What is asked for seldom.
    @ViewBuilder
    private func more(_ line: LineView) -> some View {
        if line.measure == nil { Button(words("app-not-fine-reason")) { asksReason = .notFine(line) } }
        if line.contract != nil { Button(words("app-line-compare")) { asksReason = .found(line) } }
        Button(words("app-line-photo"), systemImage: "camera") { photograph(line) }
        Button(words("app-crew-cannot")) { asksReason = .noPhoto(line) }
    }

    private func photograph(_ line: LineView) {
        Task {
            guard await CameraRight.ask(), let folder = try? Shelf.intake() else { return asksReason = .noPhoto(line) }
            shot = Shot(line: line, file: folder.appending(path: "line-\(UUID().uuidString).jpg"))
        }
    }

    /// What a line asks for beside its answer: a photo, the value found.
    @ViewBuilder
    private func asked(_ line: LineView) -> some View {
        if line.contract != nil, line.measure == nil, line.found == nil {
            Button(words("app-line-compare"), systemImage: "number") { asksReason = .found(line) }
                .font(.kBody.weight(.bold)).touchable()
        }
        if let why = line.noPhoto {
            Text(words("app-line-no-photo", ["reason": why])).font(.kCaption).foregroundStyle(palette.warn)
        } else if line.requiresPhoto, line.photos.isEmpty {
            Button(words("app-line-photo-needed"), systemImage: "camera") { photograph(line) }
                .font(.kBody.weight(.bold)).touchable()
        }
        if !line.photos.isEmpty {
            HStack(spacing: Space.small) {
                ForEach(Array(line.photos.enumerated()), id: \.element.sha256) { place, photo in
                    PhotoTile(field: field, photo: photo, number: place + 1, of: line.photos.count)
                }
            }
        }
    }

    private func notes(_ line: LineView) -> [String] {
        var notes: [String] = []
        if let measure = line.measure {
            notes.append(words("app-line-limit", ["limit": words(measure.limit), "points": "\(measure.pointsMin)"]))
        }
        if let compared = line.compared {
            notes.append(words(compared))
        } else if let contract = line.contract {
            notes.append(words("app-line-contract", ["contract": contract]))
        }
        if line.together { notes.append(words("app-line-together")) }
        if let reason = line.reason { notes.append(reason) }
        return notes
    }

    private func measureButton(_ line: LineView) -> some View {
        let (name, colour): (String, Color) =
            switch line.verdict?.outcome {
            case .pass: (words("app-line-measured-pass", ["count": "\(line.pointsMilli.count)"]), palette.ok)
            case .fail: (words("app-line-measured-fail", ["count": "\(line.verdict?.outside.count ?? 0)"]), palette.danger)
            case .incomplete: (words("app-line-measured-more", ["count": "\(line.verdict?.missing ?? 0)"]), palette.warn)
            case .notJudged: (words("app-line-measured", ["count": "\(line.pointsMilli.count)"]), palette.info)
            case nil: (words("app-line-measure"), palette.primary)
            }
        return Button {
            Task { await model.measure(line) }
        } label: {
            Text(name).font(.kBody.weight(.bold)).foregroundStyle(colour).frame(minWidth: 150, minHeight: 50)
        }
        .buttonStyle(OutlineButton(neutral: true))
    }

    private func measured(_ measuring: ChecklistState.Measuring, place: Int) -> some View {
        VStack(alignment: .leading, spacing: Space.medium) {
            Adaptive(spacing: Space.medium) {
                Text("\(place)").font(.kCaption).foregroundStyle(palette.inkSoft)
                Text(words(measuring.line.words)).font(.kTitle)
                Spacer(minLength: 0)
                if let measure = measuring.line.measure {
                    Text(words(measure.instrument)).font(.kCaption).foregroundStyle(palette.inkSoft)
                }
            }
            if let gauge = measuring.gauge, let measure = measuring.line.measure { GaugeView(gauge: gauge, limit: words(measure.limit)) }
            LazyVGrid(columns: [GridItem(.adaptive(minimum: 64), spacing: Space.small)], spacing: Space.small) {
                ForEach(0..<max(measuring.offered, measuring.points.count + 1), id: \.self) { point in pointBox(measuring, point) }
            }
            VStack(alignment: .leading, spacing: Space.hair) {
                if let verdict = measuring.verdict { Text(words(verdict.words)).font(.kBody.weight(.bold)) }
                if let measure = measuring.line.measure {
                    Text("\(words(measure.quantity)) \(words(measure.limit)) · \(measure.source)").font(.kCaption)
                }
                if let odd = oddWords(measuring) { Text(odd).font(.kBody).foregroundStyle(palette.warn) }
            }
            .padding(Space.page)
            .frame(maxWidth: .infinity, alignment: .leading)
            .card(ground: palette.primarySoft)
            .accessibilityElement(children: .combine)
            .accessibilityAddTraits(.updatesFrequently)
        }
        .padding(Space.page)
        .background(palette.surface)
        .overlay(alignment: .top) { Rectangle().fill(palette.primary).frame(height: 2) }
        .overlay(alignment: .bottom) { Rectangle().fill(palette.primary).frame(height: 2) }
        .id(measuring.line.key)
    }

    /// A value ten times off is asked back; it is kept either way.
    private func oddWords(_ measuring: ChecklistState.Measuring) -> String? {
        guard let odd = measuring.verdict?.odd.last, measuring.points.indices.contains(Int(odd)) else { return nil }
        let value = measuring.points[Int(odd)]
        return words("app-point-odd", ["value": words.milli(value), "other": words.milli(value / 10)])
    }

    private func pointBox(_ measuring: ChecklistState.Measuring, _ point: Int) -> some View {
        let recorded = measuring.points.indices.contains(point)
        let now = point == measuring.points.count
        let over = recorded && measuring.verdict?.outside.contains(UInt16(point)) == true
        let value = recorded ? words.milli(measuring.points[point]) : now ? measuring.typed : ""
        let caption = now ? words("app-point-now") : recorded ? words(over ? "app-point-over" : "app-point-fine") : ""
        return VStack(spacing: 2) {
            HStack {
                Text("\(point + 1)").font(.kCaption).foregroundStyle(palette.inkSoft)
                Spacer()
            }
            Text(value).font(.kTitle)
            Text(caption).font(.kCaption.weight(.bold)).foregroundStyle(over ? palette.danger : now ? palette.primary : palette.ok)
        }
        .padding(6)
        .frame(minHeight: 70)
        .card(outline: now ? palette.primary : over ? palette.danger : nil, ground: over ? palette.dangerSoft : nil, line: now ? 2.5 : 1)
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(words("app-point", ["n": "\(point + 1)"]))
        .accessibilityValue("\(value) \(caption)")
    }

    @ViewBuilder
    private func bottom(_ state: ChecklistState) -> some View {
        if let measuring = state.measuring {
            NumberPad(
                type: { model.type($0) },
                back: { model.backspace() },
                cannot: { asksReason = .cannot },
                add: { model.addPoint() },
                keep: { Task { await model.point() } },
                mayKeep: measuring.typedMilli != nil
            )
        } else if let next = state.nextOpen {
            Dock(
                main: .init(words: words("app-next"), caption: words(next.words)) {
                    if next.measure != nil { Task { await model.measure(next) } } else { goTo = next.key }
                },
                beside: .init(words: words("app-unit-new-snag"), symbol: "camera") { newSnag(nil) }
            )
        } else {
            Dock(
                main: .init(words: words("app-list-all-done")) { path.removeLast() },
                beside: .init(words: words("app-unit-new-snag"), symbol: "camera") { newSnag(nil) }
            )
        }
    }

    private func newSnag(_ line: LineView?) {
        path.append(.newSnag(model.unit, room: model.room, element: line?.element ?? "", line: line?.key))
    }

    private func rest(_ state: ChecklistState) -> some View {
        let lines = state.confirming ?? []
        let count = ["count": "\(lines.count)"]
        return NavigationStack {
            ScrollView {
                VStack(alignment: .leading, spacing: Space.medium) {
                    Text(words("app-rest-ask", count)).font(.kTitle).accessibilityAddTraits(.isHeader)
                    Text(words("app-rest-why")).font(.kBody).foregroundStyle(palette.inkSoft)
                    ForEach(lines, id: \.key) { line in
                        Divider()
                        Text(words(line.words)).font(.kBodyLarge).frame(maxWidth: .infinity, minHeight: Touch.least, alignment: .leading)
                    }
                    Text(words("app-rest-measured")).font(.kBody).padding(Space.page).frame(maxWidth: .infinity, alignment: .leading)
                        .card(ground: palette.surfaceSunken)
                }
                .padding(Space.page)
            }
            .safeAreaInset(edge: .bottom) {
                Dock(
                    main: .init(words: words("app-rest-yes", count), symbol: "checkmark") { Task { await model.confirmRest() } },
                    beside: .init(words: words("app-rest-each")) { model.leaveRest() }
                )
            }
        }
        .keyturnLook()
        .presentationDetents([.medium, .large])
    }

    private func reasonSheet(_ asked: Reason) -> some View {
        let title: String =
            switch asked {
            case .cannot: words("app-pad-cannot-why")
            case .notFine, .outOfLimit: words("app-not-fine-why")
            case .found(let line): words("app-line-contract", ["contract": line.contract ?? ""])
            case .noPhoto: words("app-crew-cannot")
            }
        let keep: String =
            if case .found = asked { words("app-done") } else { words("app-keep-reason") }
        return WordsSheet(field: field, about: "line:\(model.unit):\(model.room):\(asked.id)", title: title, keep: keep) { given in
            asksReason = nil
            Task {
                switch asked {
                case .notFine(let line): await model.answer(line, .notFine, reason: given)
                case .outOfLimit: await model.cause(reason: given)
                case .cannot: await model.cannotMeasure(given)
                case .found(let line): compared = (line, given)
                case .noPhoto(let line): await model.cannotPhotograph(line, reason: given)
                }
            }
        }
    }
}

/// Fine, not fine, does not apply: three in one frame.
struct AnswerRow: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let line: LineView
    let choose: @MainActor (Answer) -> Void

    var body: some View {
        HStack(spacing: 0) {
            part(.fine, "checkmark", "app-answer-fine", palette.ok)
            Divider()
            part(.notFine, "xmark", "app-answer-not-fine", palette.danger)
            Divider()
            part(.notApplicable, "minus", "app-answer-na", palette.inkSoft)
        }
        .frame(minHeight: 50)
        .fixedSize(horizontal: false, vertical: true)
        .clipShape(RoundedRectangle(cornerRadius: Radius.card))
        .card()
        .accessibilityElement(children: .contain)
        .accessibilityLabel(words(line.words))
    }

    private func part(_ answer: Answer, _ symbol: String, _ key: String, _ colour: Color) -> some View {
        let on = line.answer == answer
        return Button {
            choose(answer)
        } label: {
            Image(systemName: symbol)
                .font(.title3.weight(.semibold))
                .frame(minWidth: 50, maxWidth: 64, minHeight: 50, maxHeight: .infinity)
                .foregroundStyle(on ? palette.surface : palette.ink)
                .background(on ? colour : .clear)
                .contentShape(Rectangle())
        }
        .buttonStyle(.plain)
        .accessibilityLabel(words(key))
        .accessibilityAddTraits(on ? .isSelected : [])
    }
}

/// Digits for gloves.
struct NumberPad: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let type: @MainActor (Character) -> Void
    let back: @MainActor () -> Void
    let cannot: @MainActor () -> Void
    let add: @MainActor () -> Void
    let keep: @MainActor () -> Void
    let mayKeep: Bool

    var body: some View {
        Grid(horizontalSpacing: Space.small, verticalSpacing: Space.small) {
            GridRow {
                digits("123")
                Button(action: back) { Image(systemName: "delete.left").key() }.accessibilityLabel(words("app-pad-delete"))
            }
            GridRow {
                digits("456")
                Button(action: cannot) { Text(words("app-pad-cannot")).font(.kBody.weight(.bold)).key() }
            }
            GridRow {
                digits("789")
                Button(action: add) { Text(words("app-pad-add")).font(.kBody.weight(.bold)).key() }
            }
            GridRow {
                digits(".0")
                Button(action: keep) { Text(words("app-pad-keep")).font(.kBodyLarge.weight(.bold)).key() }
                    .buttonStyle(MainButton())
                    .disabled(!mayKeep)
                    .gridCellColumns(2)
            }
        }
        .buttonStyle(OutlineButton(neutral: true))
        .padding(Space.medium)
        .background(palette.surfaceSunken.ignoresSafeArea(edges: .bottom))
    }

    private func digits(_ keys: String) -> some View {
        ForEach(Array(keys), id: \.self) { key in
            Button {
                type(key)
            } label: {
                Text(String(key)).font(.kHeadline).key()
            }
        }
    }
}

extension View {
    fileprivate func key() -> some View {
        frame(maxWidth: .infinity, minHeight: 56)
    }
}

/// A few words and one action. What is typed is kept until it is taken.
struct WordsSheet: View {
    @Environment(\.lexicon) private var words
    let title: String
    let keep: String
    let done: @MainActor (String) -> Void
    @State private var model: AskedModel
    @FocusState private var focused: Bool

    /// `about` names what is asked and of what.
    init(field: Field, about: String, title: String, keep: String, done: @escaping @MainActor (String) -> Void) {
        self.title = title
        self.keep = keep
        self.done = done
        _model = State(initialValue: AskedModel(field, about: about))
    }

    var body: some View {
        NavigationStack {
            ScrollView {
                VStack(alignment: .leading, spacing: Space.medium) {
                    Text(title).font(.kTitle).accessibilityAddTraits(.isHeader)
                    TextField(
                        words("app-reason"),
                        text: Binding {
                            model.state.text
                        } set: {
                            model.type($0)
                        },
                        axis: .vertical
                    )
                    .lineLimit(3...)
                    .font(.kBodyLarge)
                    .focused($focused)
                    .padding(Space.page)
                    .card()
                    .accessibilityLabel(title)
                }
                .padding(Space.page)
            }
            .safeAreaInset(edge: .bottom) {
                Dock(
                    main: .init(words: keep) {
                        guard model.state.given else { return focused = true }
                        Task { done(await model.take()) }
                    }
                )
            }
        }
        .keyturnLook()
        .presentationDetents([.medium, .large])
        .task {
            await model.load()
            focused = true
        }
    }
}
