import SwiftUI

/// The palette of the current appearance, for every view below `keyturnLook()`.
private struct PaletteKey: EnvironmentKey {
    static let defaultValue = Palette.light
}

extension EnvironmentValues {
    /// The colours to draw with.
    var palette: Palette {
        get { self[PaletteKey.self] }
        set { self[PaletteKey.self] = newValue }
    }
}

private struct KeyturnLook: ViewModifier {
    @Environment(\.colorScheme) private var scheme

    func body(content: Content) -> some View {
        let palette: Palette = scheme == .dark ? .dark : .light
        content
            .environment(\.palette, palette)
            .tint(palette.primary)
            .foregroundStyle(palette.ink)
            .background(palette.paper.ignoresSafeArea())
    }
}

extension View {
    /// Ground, ink and tint of the product, light or dark as the system says.
    func keyturnLook() -> some View {
        modifier(KeyturnLook())
    }

    /// A card: surface, outline, round corners.
    func card(outline: Color? = nil, ground: Color? = nil, line: CGFloat = 1) -> some View {
        modifier(Card(outline: outline, ground: ground, line: line))
    }

    /// Nothing that is tapped is smaller than a gloved thumb.
    func touchable() -> some View {
        frame(minWidth: Touch.least, minHeight: Touch.least).contentShape(Rectangle())
    }
}

private struct Card: ViewModifier {
    @Environment(\.palette) private var palette
    let outline: Color?
    let ground: Color?
    let line: CGFloat

    func body(content: Content) -> some View {
        let shape = RoundedRectangle(cornerRadius: Radius.card, style: .continuous)
        content
            .background(ground ?? palette.surface, in: shape)
            .overlay(shape.strokeBorder(outline ?? palette.outline, lineWidth: line))
    }
}

/// The sizes of the tokens as Dynamic Type's styles, so that all of them grow with the person's setting.
extension Font {
    /// 13 at the standard setting.
    static let kCaption = Font.footnote
    /// 15.
    static let kBody = Font.subheadline
    /// 17.
    static let kBodyLarge = Font.body
    /// 20.
    static let kTitle = Font.title3.weight(.bold)
    /// 26.
    static let kHeadline = Font.title.weight(.bold)
    /// 34.
    static let kFigure = Font.largeTitle.weight(.bold)
}

/// Steps of space, as the tokens have them.
enum Space {
    /// 4.
    static let hair: CGFloat = 4
    /// 8.
    static let small: CGFloat = 8
    /// 12.
    static let medium: CGFloat = 12
    /// 16.
    static let page: CGFloat = 16
    /// 24.
    static let section: CGFloat = 24
}

/// The colours of lines over a photo: the same on any ground and in the dark, because the photo is. Each has a white edge.
extension Palette {
    var drawRed: Color { Self.light.danger }
    var drawYellow: Color { Self.dark.brass }
    var drawBlue: Color { Self.light.info }
}

/// Side by side, or one above the other when the type is large.
struct Adaptive<Content: View>: View {
    @Environment(\.dynamicTypeSize) private var size
    var spacing: CGFloat = Space.small
    @ViewBuilder var content: () -> Content

    var body: some View {
        let layout: AnyLayout =
            size.isAccessibilitySize
            ? AnyLayout(VStackLayout(alignment: .leading, spacing: spacing)) : AnyLayout(HStackLayout(alignment: .center, spacing: spacing))
        layout { content() }
    }
}
