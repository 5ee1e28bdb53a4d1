import KeyturnModels
import SwiftUI

/// The store cannot be opened: what happened, what is safe, what to do.
struct ShutScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let root: RootModel

    var body: some View {
        let damaged = root.state.face == .damaged
        ScrollView {
            VStack(alignment: .leading, spacing: Space.page) {
                Image(systemName: "externaldrive.badge.exclamationmark").font(.system(size: 44)).foregroundStyle(palette.danger)
                    .accessibilityHidden(true)
                Text(words(damaged ? "app-damaged" : "app-error")).font(.kHeadline).accessibilityAddTraits(.isHeader)
                if let trouble = root.state.trouble { Text(words(trouble.words)).font(.kBodyLarge) }
                if damaged { Text(words("app-damaged-why")).font(.kBodyLarge) }
                Text(words("app-error-kept")).font(.kBody).foregroundStyle(palette.inkSoft)
            }
            .padding(Space.section)
            .frame(maxWidth: .infinity, alignment: .leading)
        }
        .safeAreaInset(edge: .bottom) {
            if damaged {
                Dock(
                    main: .init(words: words("app-damaged-aside")) { Task { await root.setAside() } },
                    beside: .init(words: words("app-retry")) { Task { await root.open() } }
                )
            } else {
                Dock(main: .init(words: words("app-retry")) { Task { await root.open() } })
            }
        }
    }
}

/// The hub has revoked this device: unsent work can be handed over and is never deleted.
struct RevokedScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let root: RootModel
    let field: Field
    let sync: SyncModel

    var body: some View {
        let status = sync.state.status
        NavigationStack {
            ScrollView {
                VStack(alignment: .leading, spacing: Space.page) {
                    Image(systemName: "lock").font(.system(size: 44)).foregroundStyle(palette.danger).accessibilityHidden(true)
                    Text(words("app-revoked-title")).font(.kHeadline)
                    if let why = status?.why { Text(words(why)).font(.kBodyLarge) }
                    VStack(spacing: 0) {
                        if let status {
                            FactRow(
                                fact: words(
                                    "app-revoked-unsent",
                                    ["records": "\(status.unsentRecords)", "photos": "\(status.unsentPhotos)"]
                                ),
                                caption: words("app-revoked-unsent-why")
                            ) { ProofMark(proof: "on_device", size: 28) }
                        }
                        FactRow(fact: words("app-revoked-safe")) { ProofMark(proof: "safe", size: 28) }
                    }
                    .card()
                    if let standing = sync.state.standing { Text(words(standing.words)).font(.kBodyLarge) }
                    if let line = sync.state.line(words), sync.state.running { Text(line.sentence).font(.kBody) }
                    Heading(words: words("app-revoked-do"))
                    VStack(spacing: 0) {
                        ForEach(Array(["app-revoked-1", "app-revoked-2", "app-revoked-3"].enumerated()), id: \.offset) { place, key in
                            FactRow(fact: words(key)) { Text("\(place + 1)").font(.kTitle).foregroundStyle(palette.primary) }
                        }
                    }
                    .card()
                }
                .padding(Space.page)
            }
            .page(words("app-revoked"), root.state.device?.projectName, trouble: sync.state.trouble) { sync.dismiss() }
            .safeAreaInset(edge: .bottom) {
                // A revoked device may still hand over what it has; only then is it right to begin anew. The old store goes aside.
                let empty = sync.state.standing?.emptyHanded == true
                Dock(
                    main: empty
                        ? .init(words: words("app-revoked-again"), symbol: "qrcode") { Task { await root.beginAnew() } }
                        : .init(words: words("app-revoked-out"), symbol: "square.and.arrow.up", working: sync.state.running) {
                            Task {
                                await sync.sync(originalsNow: true)
                                await root.refresh()
                            }
                        }
                )
            }
        }
        .task { await sync.load() }
    }
}
