import KeyturnModels
import SwiftUI

/// The one main action at the bottom, and at most one beside it.
struct Dock: View {
    @Environment(\.palette) private var palette
    let main: Act
    var beside: Act?

    /// A button of the dock. It stays tappable when it is refused: its words say why.
    struct Act {
        /// What it does.
        let words: String
        /// A second, smaller line.
        var caption: String?
        /// Name of an SF Symbol.
        var symbol: String?
        /// Something runs: the words tell how far.
        var working = false
        /// What to do.
        let run: @MainActor () -> Void
    }

    var body: some View {
        HStack(spacing: Space.medium) {
            if let beside {
                Button(action: beside.run) { label(beside) }
                    .buttonStyle(OutlineButton())
            }
            Button(action: main.run) { label(main) }
                .buttonStyle(MainButton())
                .disabled(main.working)
        }
        .padding(.horizontal, Space.page)
        .padding(.vertical, Space.medium)
        .background(palette.surface.ignoresSafeArea(edges: .bottom))
        .overlay(alignment: .top) { Rectangle().fill(palette.outline).frame(height: 1) }
    }

    private func label(_ act: Act) -> some View {
        VStack(spacing: 2) {
            HStack(spacing: Space.small) {
                if let symbol = act.symbol { Image(systemName: symbol).accessibilityHidden(true) }
                Text(act.words).font(.kBodyLarge.weight(.bold)).multilineTextAlignment(.center)
            }
            if let caption = act.caption { Text(caption).font(.kCaption) }
        }
        .padding(.horizontal, Space.small)
        .frame(maxWidth: .infinity, minHeight: Touch.mainAction)
    }
}

/// Filled, in the first colour.
struct MainButton: ButtonStyle {
    @Environment(\.palette) private var palette

    func makeBody(configuration: Configuration) -> some View {
        configuration.label
            .foregroundStyle(palette.onPrimary)
            .background(palette.primary.opacity(configuration.isPressed ? 0.85 : 1), in: RoundedRectangle(cornerRadius: Radius.card))
            .contentShape(RoundedRectangle(cornerRadius: Radius.card))
    }
}

/// Outlined: for what is of one weight with its neighbours, and for the second action of a dock.
struct OutlineButton: ButtonStyle {
    @Environment(\.palette) private var palette
    /// Ink in place of the first colour: no side is taken.
    var neutral = false

    func makeBody(configuration: Configuration) -> some View {
        let shape = RoundedRectangle(cornerRadius: Radius.card)
        configuration.label
            .foregroundStyle(neutral ? palette.ink : palette.primary)
            .background(configuration.isPressed ? palette.primarySoft : palette.surface, in: shape)
            .overlay(shape.strokeBorder(neutral ? palette.outline : palette.primary, lineWidth: neutral ? 1.5 : 2))
            .contentShape(shape)
    }
}

/// A word on a soft ground, with its mark. Not to be tapped.
struct Chip<Mark: View>: View {
    let words: String
    let ink: Color
    let ground: Color
    @ViewBuilder var mark: () -> Mark

    var body: some View {
        HStack(spacing: 6) {
            mark()
            Text(words).font(.kCaption.weight(.bold))
        }
        .foregroundStyle(ink)
        .padding(.horizontal, Space.small)
        .frame(minHeight: 24)
        .background(ground, in: RoundedRectangle(cornerRadius: Radius.chip))
        .accessibilityElement(children: .combine)
    }
}

/// A filter with its count; one that has nothing stays, in grey.
struct FilterChip: View {
    @Environment(\.palette) private var palette
    let words: String
    let count: Int
    var state: String?
    let on: Bool
    let tap: @MainActor () -> Void

    var body: some View {
        let shape = RoundedRectangle(cornerRadius: Radius.input)
        Button(action: tap) {
            HStack(spacing: 6) {
                if let state, !on { StateMark(state: state) }
                Text(words)
                Text(count, format: .number).fontWeight(.bold)
            }
            .font(.kBodyLarge)
            .padding(.horizontal, Space.medium)
            .frame(minHeight: Touch.least)
            .foregroundStyle(on ? palette.onPrimary : count == 0 ? palette.inkSoft : palette.ink)
            .background(on ? palette.primary : palette.surface, in: shape)
            .overlay(shape.strokeBorder(on ? palette.primary : palette.outline, lineWidth: 1.5))
        }
        .buttonStyle(.plain)
        .accessibilityAddTraits(on ? .isSelected : [])
    }
}

/// The line that tells the truth about sync: a fact, and since when, why, what next. The whole card taps.
struct SyncLine: View {
    @Environment(\.palette) private var palette
    let state: SyncLineState
    let tap: @MainActor () -> Void

    var body: some View {
        let (ink, ground) = colours
        Button(action: tap) {
            HStack(spacing: Space.medium) {
                ProofMark(proof: state.proof, size: 28)
                VStack(alignment: .leading, spacing: 2) {
                    Text(state.fact).font(.kBody.weight(.bold)).foregroundStyle(ink)
                    Text(state.sentence).font(.kCaption).foregroundStyle(palette.ink)
                }
                Spacer(minLength: 0)
                Image(systemName: "chevron.forward").accessibilityHidden(true)
            }
            .padding(Space.page)
            .frame(minHeight: 64)
            .card(outline: ink, ground: ground)
        }
        .buttonStyle(.plain)
        .accessibilityElement(children: .combine)
        .accessibilityAddTraits(.isButton)
    }

    private var colours: (Color, Color) {
        switch state.tone {
        case .refused: (palette.danger, palette.dangerSoft)
        case .onDevice: (palette.warn, palette.warnSoft)
        case .sending: (palette.info, palette.infoSoft)
        case .safe: (palette.ok, palette.okSoft)
        }
    }
}

/// Mark and count of a unit's photos, by the worst of their states.
struct ProofBadge: View {
    @Environment(\.palette) private var palette
    let proof: String
    let count: Int
    let name: String

    var body: some View {
        HStack(spacing: 6) {
            ProofMark(proof: proof, size: 20)
            Text(count, format: .number).font(.kBodyLarge.weight(.bold))
        }
        .foregroundStyle(palette.proof(proof))
        .touchable()
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(name)
    }
}

/// A bold fact with what explains it; with a chevron when it leads somewhere.
struct FactRow<Mark: View>: View {
    @Environment(\.palette) private var palette
    let fact: String
    var caption: String?
    var tap: (@MainActor () -> Void)?
    @ViewBuilder var mark: () -> Mark

    var body: some View {
        if let tap {
            Button(action: tap) { row(leads: true) }.buttonStyle(.plain)
        } else {
            row(leads: false)
        }
    }

    private func row(leads: Bool) -> some View {
        HStack(spacing: Space.medium) {
            mark().frame(minWidth: 32)
            VStack(alignment: .leading, spacing: 2) {
                Text(fact).font(.kBodyLarge.weight(.bold))
                if let caption { Text(caption).font(.kCaption).foregroundStyle(palette.inkSoft) }
            }
            Spacer(minLength: 0)
            if leads { Image(systemName: "chevron.forward").foregroundStyle(palette.primary).accessibilityHidden(true) }
        }
        .padding(.horizontal, Space.page)
        .padding(.vertical, Space.small)
        .frame(minHeight: 56)
        .contentShape(Rectangle())
        .accessibilityElement(children: .combine)
    }
}

/// Why something was not done and what to do, in the core's words; said aloud when it appears.
struct Told: View {
    @Environment(\.palette) private var palette
    let words: String
    let close: @MainActor () -> Void
    let closeName: String

    var body: some View {
        HStack(alignment: .top, spacing: Space.medium) {
            Image(systemName: "exclamationmark.bubble").accessibilityHidden(true)
            Text(words).font(.kBody).frame(maxWidth: .infinity, alignment: .leading)
            Button(action: close) { Image(systemName: "xmark").touchable() }
                .accessibilityLabel(closeName)
        }
        .padding(.leading, Space.page)
        .foregroundStyle(palette.danger)
        .card(outline: palette.danger, ground: palette.dangerSoft)
        .padding(.horizontal, Space.page)
        .onAppear { AccessibilityNotification.Announcement(words).post() }
    }
}

/// A heading with a count.
struct Heading: View {
    @Environment(\.palette) private var palette
    let words: String
    var count: Int?

    var body: some View {
        HStack(spacing: Space.small) {
            Text(words).font(.kBodyLarge.weight(.bold))
            if let count { Text(count, format: .number).font(.kBodyLarge).foregroundStyle(palette.inkSoft) }
            Spacer(minLength: 0)
        }
        .accessibilityElement(children: .combine)
        .accessibilityAddTraits(.isHeader)
    }
}
