package app.keyturn.ui

import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.luminance
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.Palette
import app.keyturn.ui.look.darkPalette
import app.keyturn.ui.look.lightPalette
import org.junit.jupiter.api.Test
import kotlin.test.assertTrue

/** Words can be read in the sun and in the dark: every pair of colours that screens put together reaches AA. */
class TokensTest {
    @Test
    fun `words reach AA on every ground they stand on`() {
        for ((theme, palette) in listOf("light" to lightPalette, "dark" to darkPalette)) {
            for ((name, pair) in pairs(palette)) {
                val ratio = ratio(pair.first, pair.second)
                assertTrue(ratio >= AA_WORDS, "$theme $name: ${"%.2f".format(ratio)}")
            }
        }
    }

    /** What is no word but means something: marks, the edge of the main action's neighbour. */
    @Test
    fun `marks stand out from what is round them`() {
        for (palette in listOf(lightPalette, darkPalette)) {
            for (mark in Mark.entries) {
                for (ground in listOf(palette.surface, palette.paper, mark.ground(palette))) {
                    val ratio = ratio(mark.colour(palette), ground)
                    assertTrue(ratio >= AA_MARKS, "$mark: $ratio")
                }
            }
        }
    }

    private fun pairs(p: Palette): Map<String, Pair<Color, Color>> = mapOf(
        "ink on paper" to (p.ink to p.paper),
        "ink on surface" to (p.ink to p.surface),
        "ink on sunken" to (p.ink to p.surfaceSunken),
        "soft ink on paper" to (p.inkSoft to p.paper),
        "soft ink on surface" to (p.inkSoft to p.surface),
        "soft ink on sunken" to (p.inkSoft to p.surfaceSunken),
        "primary on surface" to (p.primary to p.surface),
        "primary on paper" to (p.primary to p.paper),
        "words of the main action" to (p.onPrimary to p.primary),
        "words on soft primary" to (p.onPrimarySoft to p.primarySoft),
        "ok on its ground" to (p.ok to p.okSoft),
        "warn on its ground" to (p.warn to p.warnSoft),
        "danger on its ground" to (p.danger to p.dangerSoft),
        "info on its ground" to (p.info to p.infoSoft),
        "brass on its ground" to (p.brass to p.brassSoft),
        "ink on soft ok" to (p.ink to p.okSoft),
        "ink on soft warn" to (p.ink to p.warnSoft),
        "ink on soft danger" to (p.ink to p.dangerSoft),
        "ink on soft info" to (p.ink to p.infoSoft),
        "danger on paper" to (p.danger to p.paper),
        "chosen answer fine" to (p.surface to p.ok),
        "chosen answer not fine" to (p.surface to p.danger),
        "chosen answer does not apply" to (p.surface to p.inkSoft),
    )

    private fun ratio(a: Color, b: Color): Float {
        val (light, dark) = listOf(a.luminance(), b.luminance()).sortedDescending()
        return (light + 0.05f) / (dark + 0.05f)
    }

    private companion object {
        const val AA_WORDS = 4.5f
        const val AA_MARKS = 3f
    }
}
