import KeyturnModels
import SwiftUI

/// The face that the app has now.
struct RootScreen: View {
    @Environment(\.lexicon) private var words
    let root: RootModel

    var body: some View {
        Group {
            switch root.state.face {
            case .opening:
                ProgressView().accessibilityLabel(words("app-name")).frame(maxWidth: .infinity, maxHeight: .infinity)
            case .damaged, .shut:
                ShutScreen(root: root)
            case .start:
                if let field = root.field { StartScreen(root: root, field: field) }
            case .home:
                if let field = root.field, let sync = root.sync, let way = root.way, let auto = root.auto {
                    HomeScreen(root: root, field: field, sync: sync, way: way, auto: auto)
                }
            case .owner(let unit):
                if let field = root.field { OwnerScreen(root: root, field: field, unit: unit) }
            case .revoked:
                if let field = root.field, let sync = root.sync { RevokedScreen(root: root, field: field, sync: sync) }
            }
        }
        .task { await root.open() }
    }
}

/// Today, and everything that can be reached from it.
struct HomeScreen: View {
    let root: RootModel
    let field: Field
    let sync: SyncModel
    let way: WayModel
    let auto: AutoSync

    /// The way is kept, so that a start after a kill leads to the same page.
    private var path: Binding<[Place]> {
        Binding {
            way.state.path
        } set: {
            way.go($0)
        }
    }

    var body: some View {
        NavigationStack(path: path) {
            TodayScreen(root: root, field: field, sync: sync, path: path)
                .navigationDestination(for: Place.self) { place in screen(place).keyturnLook() }
        }
        .task {
            await sync.load()
            await auto.run { await root.refresh() }
        }
        .task {
            for await _ in NotificationCenter.default.notifications(named: .networkChanged).map({ _ in () }) { auto.nudge() }
        }
    }

    @ViewBuilder
    private func screen(_ place: Place) -> some View {
        switch place {
        case .unit(let unit): UnitScreen(root: root, field: field, unit: unit, path: path)
        case .room(let unit, let room): ChecklistScreen(field: field, unit: unit, room: room, path: path)
        case .newSnag(let unit, let room, let element, let line):
            NewSnagScreen(field: field, unit: unit, room: room, element: element, line: line, path: path)
        case .snag(let snag): SnagScreen(field: field, snag: snag, path: path)
        case .snags(let unit): SnagListScreen(field: field, unit: unit, path: path)
        case .plan(let unit): PlanScreen(field: field, unit: unit, path: path)
        case .draw(let snag, let photo): DrawScreen(field: field, snag: snag, photo: photo)
        case .crew(let snag): CrewScreen(field: field, snag: snag)
        case .papers(let unit): PapersScreen(field: field, unit: unit)
        case .sync: SyncScreen(sync: sync, path: path)
        case .settle(let conflict): SettleScreen(sync: sync, conflict: conflict)
        }
    }
}

extension View {
    /// What every screen has: a title with one line of where, the trouble if there is one, and room for the dock.
    func page(_ title: String, _ caption: String?, trouble: Trouble?, dismiss: @escaping @MainActor () -> Void) -> some View {
        modifier(Page(title: title, caption: caption, trouble: trouble, dismiss: dismiss))
    }
}

private struct Page: ViewModifier {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let title: String
    let caption: String?
    let trouble: Trouble?
    let dismiss: @MainActor () -> Void

    func body(content: Content) -> some View {
        content
            .safeAreaInset(edge: .top, spacing: 0) {
                if let trouble {
                    Told(words: words(trouble.words), close: dismiss, closeName: words("app-close"))
                        .padding(.vertical, Space.small)
                }
            }
            .toolbar {
                ToolbarItem(placement: .principal) {
                    VStack(spacing: 0) {
                        Text(title).font(.kTitle).lineLimit(2).multilineTextAlignment(.center)
                        if let caption { Text(caption).font(.kCaption).foregroundStyle(palette.inkSoft) }
                    }
                    .accessibilityElement(children: .combine)
                    .accessibilityAddTraits(.isHeader)
                }
            }
            .navigationTitle(title)
            .navigationBarTitleDisplayMode(.inline)
    }
}
