package app.keyturn.ui.parts

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.buildAnnotatedString
import androidx.compose.ui.text.withStyle
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.LocalWords
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.Touch
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import app.keyturn.ui.model.Place

/** The one line that tells the truth about sync. */
@Immutable
data class SyncLineState(
    val mark: Mark,
    val fact: String,
    val sentence: String,
    /** A record was refused: it outweighs everything else. */
    val refused: Boolean = false,
)

@Composable
fun SyncLine(state: SyncLineState, modifier: Modifier = Modifier, onTap: () -> Unit) {
    val palette = Look.palette
    val colour = if (state.refused) palette.danger else state.mark.colour(palette)
    val ground = if (state.refused) palette.dangerSoft else state.mark.ground(palette)
    val shape = RoundedCornerShape(Radius.card)
    Row(
        modifier
            .fillMaxWidth()
            .clip(shape)
            .background(ground)
            .border(1.dp, colour, shape)
            .tap(tag = "sync-line", onTap = onTap)
            .heightIn(min = 64.dp)
            .padding(start = 12.dp, end = 6.dp, top = 8.dp, bottom = 8.dp),
        Arrangement.spacedBy(10.dp),
        Alignment.CenterVertically,
    ) {
        MarkView(state.mark, 24.dp, colour, ground)
        Column(Modifier.weight(1f)) {
            Line(state.fact, Modifier.testTag("sync-fact"), Look.bodyBold, colour)
            Line(state.sentence, style = Look.caption)
        }
        IconView(Icon.Forward, 22.dp)
    }
}

/** A state: mark, word, soft ground. Never a target. */
@Composable
fun StateChip(mark: Mark, text: String) {
    val palette = Look.palette
    Across(
        Modifier.clip(RoundedCornerShape(Radius.chip)).background(mark.ground(palette)).padding(start = 5.dp, end = 8.dp, top = 2.dp, bottom = 2.dp),
        5.dp,
    ) {
        MarkView(mark, 18.dp, ground = mark.ground(palette))
        Line(text, style = Look.captionBold, colour = mark.colour(palette))
    }
}

/** A fact that is no state: `can be done offline`. */
@Composable
fun FactChip(icon: Icon, text: String, colour: Color, ground: Color) {
    Across(Modifier.clip(RoundedCornerShape(Radius.chip)).background(ground).padding(start = 5.dp, end = 8.dp, top = 2.dp, bottom = 2.dp), 5.dp) {
        IconView(icon, 16.dp, colour, 3f)
        Line(text, style = Look.captionBold, colour = colour)
    }
}

@Composable
fun FilterChip(text: String, count: Int, on: Boolean, tag: String, mark: Mark? = null, onTap: () -> Unit) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.input)
    val ink = if (on) palette.onPrimary else palette.ink
    Across(
        Modifier
            .clip(shape)
            .background(if (on) palette.primary else palette.surface)
            .border(1.5.dp, if (on) palette.primary else palette.outline, shape)
            .testTag(tag)
            .selectable(on, role = Role.RadioButton, onClick = onTap)
            .heightIn(min = Touch.least)
            .padding(horizontal = 12.dp),
        6.dp,
    ) {
        if (mark != null) MarkView(mark, 20.dp, if (on) ink else mark.colour(palette), if (on) palette.primary else palette.surface)
        Line(text, colour = ink)
        Line("$count", style = Look.bodyBold, colour = if (count == 0 && !on) palette.inkSoft else ink)
    }
}

/** One tick of the ruler. */
enum class Tick { Fine, NotFine, Open }

/** The ruler: one tick per line of the checklist; height carries the meaning, colour repeats it. Always stands beside its numbers. */
@Composable
fun Ruler(ticks: List<Tick>, modifier: Modifier = Modifier, height: Dp = 16.dp, most: Dp = 14.dp) {
    val palette = Look.palette
    Canvas(modifier.height(height).widthIn(max = most * ticks.size.coerceAtLeast(1)).fillMaxWidth().clearAndSetSemantics {}) {
        val step = size.width / ticks.size.coerceAtLeast(1)
        val wide = minOf(4.dp.toPx(), step * 0.7f)
        val thin = 1.5.dp.toPx()
        ticks.forEachIndexed { i, tick ->
            val (width, share, colour) =
                when (tick) {
                    Tick.Fine -> Triple(wide, 0.68f, palette.primary)
                    Tick.NotFine -> Triple(wide, 1f, palette.danger)
                    Tick.Open -> Triple(minOf(thin, step * 0.7f), 0.34f, palette.inkSoft)
                }
            drawRect(colour, Offset(step * (i + 0.5f) - width / 2, size.height * (1 - share)), Size(width, size.height * share))
        }
        drawRect(palette.inkSoft, Offset(0f, size.height - thin), Size(size.width, thin))
    }
}

/** `78 / 86`, the first number strong. */
@Composable
fun Progress(done: Int, of: Int) {
    val soft = Look.palette.inkSoft
    Line(
        buildAnnotatedString {
            append("$done")
            withStyle(SpanStyle(color = soft)) { append(" / $of") }
        },
        Modifier.semantics { contentDescription = "$done / $of" },
        Look.bodyBold,
    )
}

@Immutable
data class JobState(
    val id: String,
    /** `09:30`, or the day. */
    val time: String,
    val day: String,
    val title: String,
    val kind: String,
    val mark: Mark?,
    val chip: String,
    /** The chip is no state of work: `can be done offline` (true) or `not downloaded` (false). */
    val offline: Boolean? = null,
    val missing: String,
    val now: Boolean = false,
    val ticks: List<Tick> = emptyList(),
    val done: Int = 0,
    val of: Int = 0,
    val counts: String = "",
    /** Where a tap leads. */
    val to: Place,
)

@Composable
fun JobCard(job: JobState, onTap: () -> Unit) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.card)
    val frame =
        Modifier
            .fillMaxWidth()
            .clip(shape)
            .background(palette.surface)
            .border(if (job.now) 2.dp else 1.dp, if (job.now) palette.primary else palette.outline, shape)
            .tap(tag = "job-${job.id}", onTap = onTap)
            .heightIn(min = 72.dp)
            .padding(start = 8.dp, end = 12.dp, top = 10.dp, bottom = 10.dp)
    val chip: @Composable () -> Unit = {
        when {
            job.mark != null -> StateChip(job.mark, job.chip)
            job.offline == true -> FactChip(Icon.Check, job.chip, palette.ok, palette.okSoft)
            job.offline == false -> FactChip(Icon.Out, job.chip, palette.warn, palette.warnSoft)
        }
    }
    val body: @Composable () -> Unit = {
        FlowRow(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(4.dp), Alignment.CenterVertically) {
            Line(job.title, style = Look.largeBold)
            Caption(job.kind, Modifier.weight(1f))
            chip()
        }
        if (job.of > 0) {
            Across(Modifier.padding(vertical = 2.dp), 8.dp) {
                Ruler(job.ticks, Modifier.weight(1f))
                Progress(job.done, job.of)
            }
        }
        if (job.counts.isNotEmpty()) Caption(job.counts, colour = palette.ink)
        if (job.missing.isNotEmpty()) {
            Across(gap = 6.dp, align = Alignment.Top) {
                Caption(say("app-missing"))
                Caption(job.missing, Modifier.weight(1f), palette.ink)
            }
        }
    }
    if (largeType) {
        Column(frame) {
            Caption("${job.time} ${job.day}".trim())
            body()
        }
    } else {
        Row(frame, Arrangement.spacedBy(10.dp)) {
            Column(Modifier.width(56.dp), horizontalAlignment = Alignment.End) {
                Line(job.time, style = Look.bodyBold, lines = 1)
                Caption(job.day)
            }
            Box(Modifier.width(1.5.dp).height(44.dp).background(palette.outline))
            Column(Modifier.weight(1f)) { body() }
        }
    }
}

/** A fact: icon or mark, bold words, caption; a chevron where it leads on. */
@Composable
fun FactRow(
    fact: String,
    modifier: Modifier = Modifier,
    caption: String? = null,
    tag: String? = null,
    before: @Composable () -> Unit = {},
    after: @Composable RowScope.() -> Unit = {},
    onTap: (() -> Unit)? = null,
) {
    Row(
        modifier
            .fillMaxWidth()
            .then(
                if (onTap != null) {
                    Modifier.tap(tag = tag, onTap = onTap)
                } else if (tag != null) {
                    Modifier.testTag(tag)
                } else {
                    Modifier
                },
            )
            .heightIn(min = 56.dp)
            .padding(16.dp, 8.dp),
        Arrangement.spacedBy(14.dp),
        Alignment.CenterVertically,
    ) {
        before()
        Column(Modifier.weight(1f)) {
            Line(fact, style = Look.bodyBold)
            if (!caption.isNullOrEmpty()) Caption(caption)
        }
        after()
        if (onTap != null) IconView(Icon.Forward, 22.dp)
    }
}

/** A name and its value in one line; under each other when type is large. */
@Composable
fun ValueRow(name: String, value: String, tag: String? = null) {
    val inside: @Composable (Modifier) -> Unit = { wide ->
        Caption(name, if (largeType) Modifier else Modifier.width(if (LocalWords.current.tag == "en") 124.dp else 84.dp))
        Line(value, wide.then(if (tag == null) Modifier else Modifier.testTag(tag)), Look.bodyBold)
    }
    val frame = Modifier.fillMaxWidth().heightIn(min = 38.dp).padding(14.dp, 8.dp).semantics(mergeDescendants = true) {}
    if (largeType) Column(frame) { inside(Modifier) } else Across(frame, 10.dp) { inside(Modifier.weight(1f)) }
}
