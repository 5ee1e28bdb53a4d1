import KeyturnModels
import SwiftUI

/// A unit: its rooms and how far each is.
struct UnitScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let root: RootModel
    @Binding var path: [Place]
    @State private var model: UnitModel

    init(root: RootModel, field: Field, unit: Id, path: Binding<[Place]>) {
        self.root = root
        _path = path
        _model = State(initialValue: UnitModel(field, unit: unit))
    }

    var body: some View {
        let state = model.state
        ScrollView {
            LazyVStack(spacing: Space.medium) {
                if let unit = state.unit {
                    totals(state, unit)
                    ways(unit)
                    Divider()
                    ForEach(state.rooms) { room in row(room, next: room.id == state.next?.id) }
                    if state.rooms.isEmpty { Text(words("app-unit-empty")).font(.kBody).foregroundStyle(palette.inkSoft) }
                }
            }
            .padding(.vertical, Space.medium)
        }
        .page(state.unit?.label ?? "", state.unit.map(caption), trouble: state.trouble) { model.dismiss() }
        .toolbar {
            if let tally = state.unit?.tally {
                let proof = tally.photosUnsent > 0 ? "on_device" : "safe"
                let place = words(tally.photosUnsent > 0 ? "app-proof-on-device" : "app-proof-safe")
                let count = Int(tally.photosUnsent > 0 ? tally.photosUnsent : tally.photos)
                ProofBadge(proof: proof, count: count, name: words("app-proof-badge", ["count": "\(count)", "where": place]))
            }
        }
        .safeAreaInset(edge: .bottom) { dock(state) }
        .task(id: path.count) { await model.load() }
    }

    private func caption(_ unit: UnitView) -> String {
        let area = (unit.surveyedAreaMilli ?? unit.predictedAreaMilli).map { "\(words.milli($0)) ㎡" }
        return [unit.owners.compactMap(\.name).first, words(unit.finishLevel), area].compactMap(\.self).joined(separator: " · ")
    }

    private func totals(_ state: UnitState, _ unit: UnitView) -> some View {
        let (done, all) = state.answered
        let open = state.rooms.filter { !$0.done }.count
        return Adaptive(spacing: 0) {
            figure(
                "\(done)",
                words("app-unit-lines", ["done": "\(done)", "of": "\(all)"]),
                open == 0 ? words("app-unit-all-done") : words("app-unit-left", ["lines": "\(all - done)", "rooms": "\(open)"])
            )
            figure("\(unit.tally.snags)", words("app-unit-snags"), nil)
            figure("\(unit.tally.photos)", words("app-unit-photos"), nil)
        }
        .card()
        .padding(.horizontal, Space.page)
    }

    private func figure(_ number: String, _ name: String, _ caption: String?) -> some View {
        VStack(alignment: .leading, spacing: 2) {
            Text(number).font(.kFigure)
            Text(name).font(.kCaption)
            if let caption { Text(caption).font(.kCaption).foregroundStyle(palette.inkSoft) }
        }
        .padding(Space.page)
        .frame(maxWidth: .infinity, alignment: .leading)
        .accessibilityElement(children: .combine)
    }

    private func ways(_ unit: UnitView) -> some View {
        Adaptive(spacing: Space.medium) {
            way(words("app-unit-plan"), "map") { path.append(.plan(unit.id)) }
            way(words("app-unit-list", ["count": "\(unit.tally.snags)"]), "list.bullet") { path.append(.snags(unit.id)) }
            way(words("app-unit-papers"), "doc") { path.append(.papers(unit.id)) }
        }
        .padding(.horizontal, Space.page)
    }

    private func way(_ name: String, _ symbol: String, _ tap: @escaping @MainActor () -> Void) -> some View {
        Button(action: tap) {
            Label(name, systemImage: symbol).font(.kBody.weight(.bold)).frame(maxWidth: .infinity, minHeight: Touch.least)
        }
        .buttonStyle(OutlineButton(neutral: true))
    }

    private func row(_ room: UnitState.Room, next: Bool) -> some View {
        let view = room.view
        let caption =
            view.answered == 0 && view.snags == 0
            ? words("app-unit-room-untouched")
            : view.snags == 0 ? words("app-unit-room-clean") : words("app-unit-room-snags", ["count": "\(view.snags)"])
        return Button {
            path.append(.room(model.unit, view.key))
        } label: {
            Adaptive(spacing: Space.medium) {
                Text(words(view.name)).font(.kTitle).frame(minWidth: 72, alignment: .leading)
                VStack(alignment: .leading, spacing: Space.hair) {
                    Ruler(ticks: room.ticks.map { $0 == nil ? .open : $0 == true ? .fine : .bad })
                    Text(caption).font(.kCaption).foregroundStyle(palette.inkSoft)
                }
                HStack(spacing: Space.hair) {
                    if room.done { Image(systemName: "checkmark").foregroundStyle(palette.ok) }
                    Text("\(view.answered)").font(.kTitle) + Text(" / \(view.lines)").font(.kBody).foregroundStyle(palette.inkSoft)
                }
            }
            .padding(.horizontal, Space.page)
            .padding(.vertical, Space.small)
            .frame(minHeight: 64)
            .background(next ? palette.primarySoft : .clear)
        }
        .buttonStyle(.plain)
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(
            words(
                "app-unit-room",
                ["room": words(view.name), "done": "\(view.answered)", "of": "\(view.lines)", "snags": "\(view.snags)"]
            )
        )
        .accessibilityAddTraits(.isButton)
    }

    @ViewBuilder
    private func dock(_ state: UnitState) -> some View {
        if let unit = state.unit {
            let snag = Dock.Act(words: words("app-unit-new-snag"), symbol: "camera") {
                path.append(.newSnag(unit.id, room: "", element: "", line: nil))
            }
            switch unit.handover {
            case .planned, .appointed:
                Dock(
                    main: .init(words: words("app-unit-start"), caption: words("app-unit-start-why")) { Task { await model.start() } },
                    beside: .init(words: words("app-unit-papers")) { path.append(.papers(unit.id)) }
                )
            case .signed:
                Dock(
                    main: .init(words: words("app-unit-close"), caption: words("app-unit-signed")) { path.append(.papers(unit.id)) },
                    beside: snag
                )
            case .closed:
                Dock(main: .init(words: words("app-unit-list", ["count": "\(unit.tally.snags)"])) { path.append(.snags(unit.id)) })
            default:
                if let next = state.next {
                    let left = Int(next.view.lines) - Int(next.view.answered)
                    Dock(
                        main: .init(
                            words: words("app-unit-continue", ["room": words(next.view.name)]),
                            caption: words("app-today-left", ["count": "\(left)"])
                        ) { path.append(.room(unit.id, next.id)) },
                        beside: snag
                    )
                } else {
                    Dock(
                        main: .init(words: words("app-unit-owner"), caption: words("app-unit-owner-why")) { root.handOver(unit.id) },
                        beside: snag
                    )
                }
            }
        }
    }
}
