package app.keyturn.ui

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.v2.runSkikoComposeUiTest
import androidx.compose.ui.unit.Density
import app.keyturn.core.Lang
import app.keyturn.ui.look.KeyturnTheme
import app.keyturn.ui.model.CoreWords
import app.keyturn.ui.parts.TextBox
import org.junit.jupiter.api.Test
import kotlin.test.assertEquals

/** A finger is quicker than a disk: what the store says of an earlier key takes nothing from a later one. */
@OptIn(ExperimentalTestApi::class)
class TextBoxTest {
    @Test
    fun `a late echo takes no letter away, a change from outside is shown`() = runSkikoComposeUiTest(Size(400f, 200f), Density(1f)) {
        var value by mutableStateOf("")
        val typed = mutableListOf<String>()
        setContent { KeyturnTheme(CoreWords.of(Lang.EN)) { TextBox(value, "words", "box") { typed += it } } }
        val box = onNodeWithTag("box", useUnmergedTree = true)

        fun shown() = box.fetchSemanticsNode().config[SemanticsProperties.EditableText].text
        box.performTextInput("a")
        box.performTextInput("b")
        value = "ab"
        waitForIdle()
        value = "a"
        waitForIdle()
        assertEquals("ab", shown())
        box.performTextInput("c")
        assertEquals(listOf("a", "ab", "abc"), typed)
        value = "said elsewhere"
        waitForIdle()
        assertEquals("said elsewhere", shown())
    }
}
