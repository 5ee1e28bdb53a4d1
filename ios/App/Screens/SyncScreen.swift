import KeyturnModels
import SwiftUI

/// Every photo with its mark, why it waits, and when it goes on.
struct SyncScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let sync: SyncModel
    @Binding var path: [Place]

    /// As many squares as are read at a glance; above that only counts.
    private static let squares: UInt64 = 200

    var body: some View {
        let state = sync.state
        ScrollView {
            LazyVStack(alignment: .leading, spacing: Space.page) {
                if let status = state.status {
                    totals(status)
                    VStack(spacing: 0) {
                        ForEach(state.reviews, id: \.id) { review in
                            FactRow(fact: words(review.words), caption: review.unitLabel, tap: { path.append(.settle(review.id)) }) {
                                Image(systemName: "square.on.square").foregroundStyle(palette.danger)
                            }
                            Divider()
                        }
                        Toggle(
                            isOn: Binding {
                                status.wifiOnly
                            } set: { on in
                                Task { await sync.set(wifiOnly: on) }
                            }
                        ) {
                            VStack(alignment: .leading, spacing: 2) {
                                Text(words("app-sync-wifi-only")).font(.kBodyLarge.weight(.bold))
                                Text(words("app-sync-wifi-why")).font(.kCaption).foregroundStyle(palette.inkSoft)
                            }
                        }
                        .padding(Space.page)
                    }
                    .card()
                }
                if let cut = state.cut { Text(words(cut)).font(.kBody).foregroundStyle(palette.warn) }
                if !state.photos.isEmpty { Heading(words: words("app-sync-unfinished"), count: Int(state.total)) }
                ForEach(state.photos, id: \.photo) { photo in
                    row(photo)
                    Divider()
                }
                if UInt64(state.photos.count) < state.total {
                    Button(words("app-more", ["count": "\(state.total)"])) { Task { await sync.more() } }.touchable()
                }
            }
            .padding(Space.page)
        }
        .page(words("app-sync"), state.status?.lastContact.map { words("app-sync-last", ["time": words.time($0)]) }, trouble: state.trouble)
        {
            sync.dismiss()
        }
        .safeAreaInset(edge: .bottom) {
            Dock(
                main: .init(words: main(state), symbol: "arrow.clockwise", working: state.running) {
                    Task {
                        await sync.retry()
                        await sync.sync()
                    }
                },
                beside: state.running ? .init(words: words("app-sync-stop")) { sync.stop() } : nil
            )
        }
        .task { await sync.load() }
    }

    private func main(_ state: SyncState) -> String {
        state.running
            ? words("app-sync-running", ["done": "\(state.sent)", "of": "\(max(state.all, state.sent))"]) : words("app-sync-now")
    }

    private func totals(_ status: StatusView) -> some View {
        let safe = status.photos - min(status.photos, status.unsentPhotos)
        return VStack(alignment: .leading, spacing: Space.small) {
            Text(
                status.photos == 0
                    ? words("app-sync-photos-none") : words("app-sync-photos", ["safe": "\(safe)", "all": "\(status.photos)"])
            )
            .font(.kHeadline)
            Text(
                status.unsentRecords == 0
                    ? words("app-sync-records-safe") : words("app-sync-records", ["count": "\(status.unsentRecords)"])
            )
            .font(.kBody).foregroundStyle(palette.inkSoft)
            if status.unsentBytes > 0 {
                let tenths = status.unsentBytes / 100_000
                Text(words("app-sync-bytes", ["size": "\(tenths / 10).\(tenths % 10)"])).font(.kBody).foregroundStyle(palette.inkSoft)
            }
            if status.photos > 0, status.photos <= Self.squares {
                LazyVGrid(columns: [GridItem(.adaptive(minimum: 24), spacing: Space.small)], spacing: Space.small) {
                    ForEach(0..<Int(status.photos), id: \.self) { ProofMark(proof: $0 < Int(safe) ? "safe" : "on_device", size: 24) }
                }
            }
        }
        .padding(Space.page)
        .frame(maxWidth: .infinity, alignment: .leading)
        .card()
        .accessibilityElement(children: .combine)
    }

    private func row(_ photo: PhotoStateView) -> some View {
        let (mark, key): (String, String) =
            switch photo.state {
            case .onDevice: ("on_device", "app-proof-on-device")
            case .smallSent: ("sending", "app-proof-sending")
            case .safe: ("safe", "app-proof-safe")
            case .setAside: ("on_device", "app-proof-set-aside")
            }
        return Adaptive(spacing: Space.medium) {
            VStack(alignment: .leading, spacing: 2) {
                Text("\(words(photo.of)) · \(photo.unitLabel)").font(.kBodyLarge)
                Text("\(words.size(photo.bytes)) · \(words.day(photo.taken)) \(words.time(photo.taken))").font(.kCaption)
                    .foregroundStyle(palette.inkSoft)
                if let why = photo.why { Text(words(why)).font(.kBody) }
            }
            .frame(maxWidth: .infinity, alignment: .leading)
            .accessibilityElement(children: .combine)
            Chip(words: words(key), ink: palette.proof(mark), ground: palette.surfaceSunken) { ProofMark(proof: mark) }
            if photo.state == .setAside || photo.tries > 0 {
                Button(words("app-sync-photo-retry")) { Task { await sync.retry(photo.photo) } }.touchable()
            }
        }
    }
}

/// Two values of one field: nothing is chosen at first.
struct SettleScreen: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @Environment(\.dismiss) private var leave
    let sync: SyncModel
    let conflict: Id
    @State private var chosen: Int? = nil

    var body: some View {
        let review = sync.state.reviews.first { $0.id == conflict }
        ScrollView {
            if let review {
                VStack(alignment: .leading, spacing: Space.page) {
                    Text(words("app-settle-two", ["field": words(review.words)])).font(.kHeadline)
                    if let shown = review.values.first {
                        Text(words("app-settle-kept", ["value": shown.value])).font(.kBody).foregroundStyle(palette.inkSoft)
                    }
                    ForEach(Array(review.values.enumerated()), id: \.offset) { place, value in choice(place, value) }
                    Text(words("app-settle-signed")).font(.kBody).padding(Space.page).frame(maxWidth: .infinity, alignment: .leading)
                        .card(outline: palette.info, ground: palette.infoSoft)
                    Text(words("app-settle-effect")).font(.kCaption).foregroundStyle(palette.inkSoft)
                }
                .padding(Space.page)
            } else {
                Text(words("app-settle-none")).font(.kTitle).padding(Space.page)
            }
        }
        .page(words("app-settle"), review?.unitLabel, trouble: sync.state.trouble) { sync.dismiss() }
        .safeAreaInset(edge: .bottom) {
            if let review, !review.values.isEmpty {
                Dock(
                    main: .init(
                        words: chosen.map { words("app-settle-use", ["value": review.values[$0].value]) } ?? words("app-settle-first"),
                        symbol: chosen == nil ? nil : "checkmark"
                    ) {
                        guard let chosen else { return }
                        Task {
                            await sync.settle(review, choice: chosen)
                            if sync.state.trouble == nil { leave() }
                        }
                    }
                )
            }
        }
    }

    private func choice(_ place: Int, _ value: ValueView) -> some View {
        let on = chosen == place
        return Button {
            chosen = place
        } label: {
            HStack(alignment: .top, spacing: Space.page) {
                Image(systemName: on ? "checkmark.circle.fill" : "circle").font(.title).foregroundStyle(palette.primary)
                VStack(alignment: .leading, spacing: Space.hair) {
                    Text(value.value).font(.kHeadline)
                    Text([value.by, words(value.roleName)].compactMap(\.self).joined(separator: " · ")).font(.kBody.weight(.bold))
                    fact("app-settle-written", "\(words.day(value.at)) \(words.time(value.at))")
                    fact("app-settle-skew", skew(value))
                    if value.clockWrong { Text(words("app-settle-wrong")).font(.kCaption).foregroundStyle(palette.warn) }
                    if place == 0 { Chip(words: words("app-settle-shown"), ink: palette.info, ground: palette.infoSoft) { EmptyView() } }
                }
                Spacer(minLength: 0)
            }
            .padding(Space.page)
            .card(outline: on ? palette.primary : nil, line: on ? 2.5 : 1)
        }
        .buttonStyle(.plain)
        .accessibilityElement(children: .combine)
        .accessibilityAddTraits(on ? [.isButton, .isSelected] : .isButton)
    }

    private func fact(_ key: String, _ value: String) -> some View {
        HStack(spacing: Space.page) {
            Text(words(key)).foregroundStyle(palette.inkSoft)
            Text(value)
        }
        .font(.kCaption)
    }

    private func skew(_ value: ValueView) -> String {
        let seconds = abs(value.skewMs) / 1000
        guard seconds > 0 else { return words("app-settle-skew-none") }
        let off = words("app-minutes-seconds", ["minutes": "\(seconds / 60)", "seconds": "\(seconds % 60)"])
        return words(value.skewMs > 0 ? "app-settle-skew-fast" : "app-settle-skew-slow", ["time": off])
    }
}
