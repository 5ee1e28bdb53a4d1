package app.keyturn.ui.parts

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.testTag
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.drawText
import androidx.compose.ui.text.rememberTextMeasurer
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Look
import kotlin.math.abs
import kotlin.math.ceil
import kotlin.math.floor
import kotlin.math.log10
import kotlin.math.pow

/** Where the points of a line lie against its limits, in the unit of the line. */
@Immutable
data class GaugeState(val points: List<Double>, val min: Double?, val max: Double?, val target: Double?)

/** The axis under the points: what keeps the limit lies on soft green between the bars of the limit, what does not is a cross. */
@Composable
fun Gauge(state: GaugeState, modifier: Modifier = Modifier) {
    val axis = GaugeAxis.of(state) ?: return
    val palette = Look.palette
    val measurer = rememberTextMeasurer()
    val small = Look.caption.copy(color = palette.inkSoft)
    val strong = Look.captionBold.copy(color = palette.ink)
    val high = with(androidx.compose.ui.platform.LocalDensity.current) { small.fontSize.toDp() }
    // The boxes below say the same in words.
    Canvas(modifier.fillMaxWidth().height(high * 2 + 44.dp).clearAndSetSemantics { testTag = "gauge" }) {
        val side = 16.dp.toPx()
        val x = { value: Double -> side + (size.width - 2 * side) * axis.share(value) }
        val y = high.toPx() + 24.dp.toPx()

        fun words(text: String, at: Float, top: Float, style: TextStyle) {
            val laid = measurer.measure(text, style)
            drawText(laid, topLeft = Offset((at - laid.size.width / 2f).coerceIn(0f, maxOf(0f, size.width - laid.size.width)), top))
        }
        val from = x(state.min ?: axis.from)
        val to = x(state.max ?: axis.to)
        drawRect(palette.okSoft, Offset(from, y - 12.dp.toPx()), Size(maxOf(to - from, 1f), 12.dp.toPx()))
        drawLine(palette.ink, Offset(0f, y), Offset(size.width, y), 2.dp.toPx())
        for (tick in axis.ticks) {
            drawLine(palette.inkSoft, Offset(x(tick), y), Offset(x(tick), y + 6.dp.toPx()), 1.5.dp.toPx())
            words(plain(tick), x(tick), y + 7.dp.toPx(), small)
        }
        for (limit in listOfNotNull(state.min, state.max).distinct()) {
            drawLine(palette.ink, Offset(x(limit), y - 20.dp.toPx()), Offset(x(limit), y), 2.5.dp.toPx())
            words(plain(limit), x(limit), 0f, strong)
        }
        state.target?.let { drawLine(palette.primary, Offset(x(it), y - 16.dp.toPx()), Offset(x(it), y), 2.dp.toPx()) }
        for ((value, times) in state.points.groupingBy { it }.eachCount()) {
            val over = state.min?.let { value < it } == true || state.max?.let { value > it } == true
            val at = Offset(x(value), y - 6.dp.toPx())
            if (over) {
                val arm = 5.dp.toPx()
                drawLine(palette.danger, at - Offset(arm, arm), at + Offset(arm, arm), 3.dp.toPx())
                drawLine(palette.danger, at - Offset(arm, -arm), at + Offset(arm, -arm), 3.dp.toPx())
            } else {
                drawCircle(palette.ok, 5.dp.toPx(), at)
            }
            if (times > 1) words("×$times", at.x, y - 13.dp.toPx() - high.toPx() * 1.3f, strong)
        }
    }
}

/** From where to where the axis runs, and where it is numbered. */
class GaugeAxis(val from: Double, val to: Double, val ticks: List<Double>) {
    fun share(value: Double): Float = ((value - from) / (to - from)).toFloat().coerceIn(0f, 1f)

    companion object {
        /** `null` where no number limits anything. */
        fun of(state: GaugeState): GaugeAxis? {
            val bounds = listOfNotNull(state.min, state.max, state.target)
            if (bounds.isEmpty()) return null
            // What is far off stands at the end of the axis; it would squeeze the limit to nothing.
            val far = bounds.max() + maxOf(bounds.max() - bounds.min(), abs(bounds.max()), 1.0) * FAR
            val all = bounds + state.points.filter { it <= far } + if (bounds.min() >= 0 && bounds.size == 1) listOf(0.0) else emptyList()
            val span = (all.max() - all.min()).takeIf { it > 0 } ?: 1.0
            val raw = span / MOST_TICKS
            val ten = 10.0.pow(floor(log10(raw)))
            val step = ten * listOf(1.0, 2.0, 5.0, 10.0).first { it * ten >= raw }
            val from = floor(all.min() / step) * step
            val to = ceil((all.max() + step * 0.5) / step) * step
            val count = ((to - from) / step).toInt()
            return GaugeAxis(from, to, (0..count).map { from + it * step })
        }

        private const val MOST_TICKS = 8
        private const val FAR = 6
    }
}

private fun plain(value: Double): String = java.math.BigDecimal(value).setScale(3, java.math.RoundingMode.HALF_UP).stripTrailingZeros().toPlainString()
