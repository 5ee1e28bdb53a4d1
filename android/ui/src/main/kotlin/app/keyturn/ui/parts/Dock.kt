package app.keyturn.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.layout.HorizontalAlignmentLine
import androidx.compose.ui.layout.Layout
import androidx.compose.ui.layout.Measurable
import androidx.compose.ui.layout.Measured
import androidx.compose.ui.node.ModifierNodeElement
import androidx.compose.ui.node.ParentDataModifierNode
import androidx.compose.ui.unit.Constraints
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Look

/**
 * At the bottom, within reach of either thumb, above the keyboard. Its actions stand side by side while their words have room there, and one
 * above the other, the main one last, where large type or a long language leaves none.
 */
@Composable
fun Dock(content: @Composable RowScope.() -> Unit) {
    Column(Modifier.fillMaxWidth().background(Look.palette.surface)) {
        Rule()
        Layout({ DockScope.content() }, Modifier.fillMaxWidth().padding(16.dp, 12.dp)) { measurables, constraints ->
            val gap = GAP.roundToPx()
            val wide = constraints.maxWidth
            val shares = shares(measurables, wide, gap)
            val beside = shares != null
            val placed = measurables.mapIndexed { i, it ->
                val width = shares?.get(i) ?: wide
                it.measure(Constraints(minWidth = width, maxWidth = width))
            }
            val high = if (beside) placed.maxOfOrNull { it.height } ?: 0 else placed.sumOf { it.height } + gap * (placed.size - 1)
            layout(wide, high) {
                var at = 0
                for (action in placed) {
                    if (beside) action.place(at, (high - action.height) / 2) else action.place(0, at)
                    at += gap + if (beside) action.width else action.height
                }
            }
        }
    }
}

/** How wide each is side by side; `null` where a word would break or the words would stand in a narrow column. */
private fun shares(actions: List<Measurable>, wide: Int, gap: Int): List<Int>? {
    if (actions.size < 2) return actions.map { wide }
    val weights = actions.map { (it.parentData as? Weight)?.weight ?: 0f }
    val own = actions.mapIndexed { i, it -> if (weights[i] > 0f) 0 else it.maxIntrinsicWidth(Constraints.Infinity) }
    val rest = wide - own.sum() - gap * (actions.size - 1)
    val all = weights.sum()
    val shares = actions.indices.map { i -> if (weights[i] > 0f) (rest * weights[i] / all).toInt() else own[i] }
    val fits = actions.withIndex().all { (i, it) ->
        shares[i] >= it.minIntrinsicWidth(Constraints.Infinity) && it.maxIntrinsicHeight(shares[i]) <= it.maxIntrinsicHeight(wide) * TALLER
    }
    return shares.takeIf { fits }
}

private val GAP = 12.dp

/** How much taller an action may become beside another, against one that has the whole width. */
private const val TALLER = 1.7f

private class Weight(var weight: Float) :
    Modifier.Node(),
    ParentDataModifierNode {
    override fun Density.modifyParentData(parentData: Any?): Any = this@Weight
}

private data class WeightElement(val weight: Float) : ModifierNodeElement<Weight>() {
    override fun create() = Weight(weight)

    override fun update(node: Weight) {
        node.weight = weight
    }
}

private object DockScope : RowScope {
    override fun Modifier.weight(weight: Float, fill: Boolean): Modifier = this then WeightElement(weight)

    override fun Modifier.align(alignment: Alignment.Vertical): Modifier = this

    override fun Modifier.alignBy(alignmentLine: HorizontalAlignmentLine): Modifier = this

    override fun Modifier.alignBy(alignmentLineBlock: (Measured) -> Int): Modifier = this

    override fun Modifier.alignByBaseline(): Modifier = this
}
