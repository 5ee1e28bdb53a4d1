package app.keyturn.ui.parts

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.IntrinsicSize
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.PathEffect
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.drawscope.clipRect
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.drawText
import androidx.compose.ui.text.rememberTextMeasurer
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.Touch
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import kotlin.math.abs
import kotlin.math.ceil
import kotlin.math.floor
import kotlin.math.log10
import kotlin.math.pow

/** What can be answered to a line by one tap. */
enum class TapAnswer(val tag: String, val key: String, val icon: Icon) {
    Fine("fine", "app-answer-fine", Icon.Check),
    NotFine("not-fine", "app-answer-not-fine", Icon.Close),
    NotApplicable("na", "app-answer-na", Icon.Minus),
}

/** Three answers in one frame; none is chosen before a person does. */
@Composable
fun AnswerRow(line: String, chosen: TapAnswer?, modifier: Modifier = Modifier, onAnswer: (TapAnswer) -> Unit) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.input)
    Row(modifier.selectableGroup().clip(shape).background(palette.surface).border(1.dp, palette.outline, shape)) {
        TapAnswer.entries.forEachIndexed { i, answer ->
            val on = answer == chosen
            val ground =
                when {
                    !on -> Color.Transparent
                    answer == TapAnswer.Fine -> palette.ok
                    answer == TapAnswer.NotFine -> palette.danger
                    else -> palette.inkSoft
                }
            if (i > 0) Box(Modifier.width(1.dp).height(Touch.least).background(palette.outline))
            val name = say(answer.key)
            Centre(
                Modifier
                    .background(ground)
                    .testTag("answer-$line-${answer.tag}")
                    .semantics { contentDescription = name }
                    .selectable(on, role = Role.RadioButton) { onAnswer(answer) }
                    .sizeIn(minWidth = 50.dp, minHeight = Touch.least),
            ) {
                IconView(answer.icon, colour = if (on) palette.surface else palette.inkSoft, weight = 2.6f)
            }
        }
    }
}

/** One measured point: its number, its value as typed, what it means. */
@Immutable
data class PointState(
    val value: String,
    /** `null`: not yet typed, or not judged. */
    val inside: Boolean?,
    val active: Boolean,
)

@Composable
fun PointBoxes(points: List<PointState>, onTap: (Int) -> Unit) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.input)
    val wide: Dp = if (largeType) 112.dp else 60.dp
    FlowRow(Modifier.fillMaxWidth(), Arrangement.spacedBy(6.dp), Arrangement.spacedBy(6.dp)) {
        points.forEachIndexed { i, point ->
            val over = point.inside == false
            val name = say("app-point", "n" to i + 1)
            val verdict =
                when {
                    point.active && point.inside == null -> say("app-point-now")
                    point.inside == true -> say("app-point-fine")
                    over -> say("app-point-over")
                    else -> ""
                }
            Column(
                Modifier
                    .clip(shape)
                    .background(if (over) palette.dangerSoft else palette.surface)
                    .border(
                        if (point.active) 2.dp else 1.dp,
                        if (point.active) {
                            palette.primary
                        } else if (over) {
                            palette.danger
                        } else {
                            palette.outline
                        },
                        shape,
                    ).testTag("point-$i")
                    .semantics(mergeDescendants = true) { contentDescription = "$name ${point.value} $verdict" }
                    .selectable(point.active, role = Role.RadioButton) { onTap(i) }
                    .sizeIn(minWidth = wide, minHeight = 70.dp)
                    .padding(6.dp, 4.dp),
                horizontalAlignment = Alignment.CenterHorizontally,
            ) {
                Caption("${i + 1}", Modifier.align(Alignment.Start))
                Line(
                    point.value.ifEmpty {
                        if (point.active) "|" else " "
                    },
                    style = Look.title,
                    colour = if (point.value.isEmpty()) palette.primary else palette.ink,
                )
                Across(gap = 3.dp) {
                    if (point.inside == true) MarkView(Mark.Confirmed, 14.dp)
                    if (over) MarkView(Mark.Rejected, 14.dp, ground = palette.dangerSoft)
                    Line(
                        verdict,
                        style = Look.captionBold,
                        colour =
                        if (over) {
                            palette.danger
                        } else if (point.inside == true) {
                            palette.ok
                        } else {
                            palette.primary
                        },
                    )
                }
            }
        }
    }
}

/** The keys of the number pad, as they stand. */
enum class PadKey { Digit, Point, Minus, Delete, Cannot, Add, Keep }

/** Big keys for gloves. The main action of the page while it is open is to keep the point. */
@Composable
fun NumberPad(negative: Boolean, modifier: Modifier = Modifier, onKey: (PadKey, Char) -> Unit) {
    val palette = Look.palette

    @Composable
    fun key(text: String, tag: String, modifier: Modifier, kind: PadKey, digit: Char = ' ', icon: Icon? = null, name: String? = null) {
        val shape = RoundedCornerShape(Radius.input)
        val main = kind == PadKey.Keep
        Centre(
            modifier
                .clip(shape)
                .background(if (main) palette.primary else palette.surface)
                .border(1.dp, if (main) palette.primary else palette.outline, shape)
                .tap(name, "pad-$tag") { onKey(kind, digit) }
                .heightIn(min = 56.dp),
        ) {
            when {
                icon != null -> IconView(icon, colour = palette.primary)

                kind == PadKey.Digit || kind == PadKey.Point || kind == PadKey.Minus -> Line(
                    text,
                    style = Look.headline.copy(fontWeight = androidx.compose.ui.text.font.FontWeight.Normal),
                )

                else -> Line(text, style = Look.bodyBold, colour = if (main) palette.onPrimary else palette.primary, align = TextAlign.Center)
            }
        }
    }
    Row(
        modifier.fillMaxWidth().background(palette.surfaceSunken).padding(12.dp, 8.dp).height(IntrinsicSize.Min),
        Arrangement.spacedBy(6.dp),
    ) {
        Column(Modifier.weight(3f), Arrangement.spacedBy(6.dp)) {
            for (row in listOf("123", "456", "789")) {
                Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(6.dp)) {
                    for (digit in row) key("$digit", "$digit", Modifier.weight(1f), PadKey.Digit, digit)
                }
            }
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(6.dp)) {
                if (negative) {
                    key("±", "minus", Modifier.weight(1f), PadKey.Minus, name = say("app-pad-sign"))
                }
                key(".", "point", Modifier.weight(1f), PadKey.Point, '.')
                key("0", "0", Modifier.weight(1f), PadKey.Digit, '0')
                if (largeType) {
                    key("", "delete", Modifier.weight(1f), PadKey.Delete, icon = Icon.Backspace, name = say("app-pad-delete"))
                } else {
                    key(say("app-pad-add"), "add", Modifier.weight(1f), PadKey.Add)
                }
            }
            if (largeType) {
                // Words of this size want a row of their own.
                Row(Modifier.fillMaxWidth().height(IntrinsicSize.Min), Arrangement.spacedBy(6.dp)) {
                    key(say("app-pad-cannot"), "cannot", Modifier.weight(1f).fillMaxHeight(), PadKey.Cannot)
                    key(say("app-pad-add"), "add", Modifier.weight(1f).fillMaxHeight(), PadKey.Add)
                }
                key(say("app-pad-keep"), "keep", Modifier.fillMaxWidth(), PadKey.Keep)
            }
        }
        if (!largeType) {
            Column(Modifier.weight(1f), Arrangement.spacedBy(6.dp)) {
                key("", "delete", Modifier.fillMaxWidth(), PadKey.Delete, icon = Icon.Backspace, name = say("app-pad-delete"))
                key(say("app-pad-cannot"), "cannot", Modifier.fillMaxWidth(), PadKey.Cannot)
                key(say("app-pad-keep"), "keep", Modifier.fillMaxWidth().weight(1f).fillMaxHeight(), PadKey.Keep)
            }
        }
    }
}
