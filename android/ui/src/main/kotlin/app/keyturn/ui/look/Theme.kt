package app.keyturn.ui.look

import androidx.compose.foundation.LocalIndication
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.ReadOnlyComposable
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.TextUnit
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.em

val LocalPalette = staticCompositionLocalOf { lightPalette }

/** How much room there is: a phone, a tablet upright, or one across that shows a page beside a list. */
enum class Room { Phone, Tablet, Wide }

val LocalRoom = staticCompositionLocalOf { Room.Phone }

/** The face of all words; a shell may bring its own (the desktop does, where the system has none for Chinese). */
val LocalFace = staticCompositionLocalOf<FontFamily> { FontFamily.Default }

/** Words from 160 % on: rows stack, captions beside marks move below them. */
val largeType: Boolean
    @Composable @ReadOnlyComposable
    get() = LocalDensity.current.fontScale > LARGE_FROM

private const val LARGE_FROM = 1.6f
private val TABLET_FROM: Dp = 720.dp
private val WIDE_FROM: Dp = 1000.dp

object Look {
    val palette: Palette
        @Composable @ReadOnlyComposable
        get() = LocalPalette.current
    val isTablet: Boolean
        @Composable @ReadOnlyComposable
        get() = LocalRoom.current != Room.Phone
    val isWide: Boolean
        @Composable @ReadOnlyComposable
        get() = LocalRoom.current == Room.Wide
    val caption: TextStyle
        @Composable @ReadOnlyComposable
        get() = style(TypeSize.caption)
    val captionBold: TextStyle
        @Composable @ReadOnlyComposable
        get() = style(TypeSize.caption, FontWeight.Bold)
    val body: TextStyle
        @Composable @ReadOnlyComposable
        get() = style(TypeSize.body)
    val bodyBold: TextStyle
        @Composable @ReadOnlyComposable
        get() = style(TypeSize.body, FontWeight.Bold)
    val large: TextStyle
        @Composable @ReadOnlyComposable
        get() = style(TypeSize.bodyLarge)
    val largeBold: TextStyle
        @Composable @ReadOnlyComposable
        get() = style(TypeSize.bodyLarge, FontWeight.Bold)
    val title: TextStyle
        @Composable @ReadOnlyComposable
        get() = style(curve(TypeSize.title, TITLE_GROWTH), FontWeight.Bold, 1.3f)
    val headline: TextStyle
        @Composable @ReadOnlyComposable
        get() = style(curve(TypeSize.headline, HEADLINE_GROWTH), FontWeight.Bold, 1.25f)
    val figure: TextStyle
        @Composable @ReadOnlyComposable
        get() = style(curve(TypeSize.figure, FIGURE_GROWTH), FontWeight.Bold, 1.2f)

    @Composable
    @ReadOnlyComposable
    private fun style(size: TextUnit, weight: FontWeight = FontWeight.Normal, line: Float = 1.4f) =
        TextStyle(fontSize = size, fontWeight = weight, lineHeight = line.em, fontFamily = LocalFace.current, fontFeatureSettings = "tnum")

    /** Titles are large already: they grow less than body text, as the platforms' own curves have it. */
    @Composable
    @ReadOnlyComposable
    private fun curve(size: TextUnit, growth: Float): TextUnit {
        val scale = LocalDensity.current.fontScale
        return if (scale <= 1f) size else size * ((1f + (scale - 1f) * growth) / scale)
    }

    private const val TITLE_GROWTH = 0.8f
    private const val HEADLINE_GROWTH = 0.54f
    private const val FIGURE_GROWTH = 0.35f
}

/** Everything that screens stand on: colours, room and words. */
@Composable
fun KeyturnTheme(words: Words, dark: Boolean = false, face: FontFamily = LocalFace.current, content: @Composable () -> Unit) {
    val palette = if (dark) darkPalette else lightPalette
    BoxWithConstraints(Modifier.fillMaxSize().background(palette.paper)) {
        val room =
            when {
                maxWidth >= WIDE_FROM -> Room.Wide
                maxWidth >= TABLET_FROM -> Room.Tablet
                else -> Room.Phone
            }
        CompositionLocalProvider(
            LocalPalette provides palette,
            LocalWords provides words,
            LocalRoom provides room,
            LocalFace provides face,
            LocalIndication provides Pressed,
        ) {
            Box(Modifier.fillMaxSize()) { content() }
        }
    }
}
