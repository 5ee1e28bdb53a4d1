package app.keyturn.ui

import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.text.TextLayoutResult

/** What a screen must keep on every size, in every language and at every size of type; read from what it tells a screen reader. */
@OptIn(ExperimentalTestApi::class)
class Audit(private val screens: Screens) {
    private val faults = linkedSetOf<String>()
    private val dp get() = screens.density.density
    private val screen get() = Rect(0f, 0f, screens.device.width * dp, screens.device.height * dp)

    fun faults(): Set<String> {
        screens.settle()
        for (root in screens.ui.onAllNodes(isRoot()).fetchSemanticsNodes()) walk(root) { target(it) }
        for (root in screens.ui.onAllNodes(isRoot(), useUnmergedTree = true).fetchSemanticsNodes()) walk(root) { text(it) }
        return faults
    }

    private fun walk(node: SemanticsNode, look: (SemanticsNode) -> Unit) {
        look(node)
        for (child in node.children) walk(child, look)
    }

    /** What can be tapped: large enough for a glove, with a name, within the screen. */
    private fun target(node: SemanticsNode) {
        val config = node.config
        val tap = SemanticsActions.OnClick in config || SemanticsProperties.EditableText in config
        if (!tap) return
        val tag = config.getOrNull(SemanticsProperties.TestTag)
        val name = (config.getOrNull(SemanticsProperties.ContentDescription).orEmpty() + config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text })
            .joinToString(" ")
        val what = tag ?: name.ifBlank { "${node.boundsInRoot}" }
        if (name.isBlank()) faults += "$what: no name"
        val (wide, high) = node.size.width / dp to node.size.height / dp
        if (wide < LEAST || high < LEAST) faults += "$what: ${wide.toInt()} x ${high.toInt()} dp to tap"
        inside(node, what)
    }

    /** Words: not cut, not broken within a word, not squeezed to a column of letters. */
    private fun text(node: SemanticsNode) {
        val results = mutableListOf<TextLayoutResult>()
        node.config.getOrNull(SemanticsActions.GetTextLayoutResult)?.action?.invoke(results)
        val laid = results.firstOrNull() ?: return
        val text = laid.layoutInput.text.text
        if (SemanticsProperties.EditableText in node.config || text.isBlank()) return
        val short = if (text.length > 24) text.take(24) + "…" else text
        val lines = 0 until laid.lineCount
        // By itself: `hasVisualOverflow` also counts the room that a line was offered and did not need.
        val wide = lines.maxOf { laid.getLineRight(it) - laid.getLineLeft(it) }
        val cut = lines.any { laid.isLineEllipsized(it) } || wide > node.size.width + 1.5f || laid.getLineBottom(lines.last) > node.size.height + 1.5f
        if (cut) faults += "`$short`: cut"
        if (laid.lineCount > 3 && text.length < 3 * laid.lineCount) faults += "`$short`: ${laid.lineCount} lines of ${text.length} letters"
        for (line in lines.drop(1).map { it - 1 }) {
            val end = laid.getLineEnd(line)
            if (end in 1 until text.length && text[end - 1].isLatin() && text[end].isLatin()) faults += "`$short`: broken at `${text.substring(0, end)}`"
        }
        inside(node, "`$short`")
    }

    private fun Char.isLatin() = this in 'a'..'z' || this in 'A'..'Z'

    /** Nothing lies beside the screen, but in what scrolls there; nothing is clipped by what is round it. */
    private fun inside(node: SemanticsNode, what: String) {
        val at = Rect(node.positionInRoot, androidx.compose.ui.geometry.Size(node.size.width.toFloat(), node.size.height.toFloat()))
        val above = generateSequence(node.parent) { it.parent }.toList()
        val across = above.any { SemanticsProperties.HorizontalScrollAxisRange in it.config }
        val down = above.any { SemanticsProperties.VerticalScrollAxisRange in it.config }
        val onPlan = above.any { it.config.getOrNull(SemanticsProperties.TestTag) == "plan" }
        if (onPlan) return
        val seen = node.boundsInRoot
        val beside = at.left < -1 || at.right > screen.right + 1
        val narrowed = seen.height > 0 && seen.width < at.width - 1
        val outside = at.top < -1 || at.bottom > screen.bottom + 1
        val shortened = seen.width > 0 && seen.height < at.height - 1
        if (!across) if (beside || narrowed) faults += "$what: beside the screen"
        if (!down) if (outside || shortened) faults += "$what: above or below the screen"
    }

    private companion object {
        const val LEAST = 47.5f
    }
}
