package app.keyturn.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxScope
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicText
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.Touch

/** Words on the screen. They wrap and are never cut, unless [lines] says how many there is room for. */
@Composable
fun Line(
    text: String,
    modifier: Modifier = Modifier,
    style: TextStyle = Look.body,
    colour: Color = Look.palette.ink,
    align: TextAlign = TextAlign.Start,
    lines: Int = Int.MAX_VALUE,
) {
    BasicText(text, modifier, style.copy(color = colour, textAlign = align), maxLines = lines, overflow = TextOverflow.Ellipsis)
}

@Composable
fun Line(text: AnnotatedString, modifier: Modifier = Modifier, style: TextStyle = Look.body, colour: Color = Look.palette.ink) {
    BasicText(text, modifier, style.copy(color = colour))
}

/** A caption in the soft ink. */
@Composable
fun Caption(text: String, modifier: Modifier = Modifier, colour: Color = Look.palette.inkSoft) = Line(text, modifier, Look.caption, colour)

/** Something that a finger in a glove can hit: at least 48 dp, with a name that is read out, and a tag that tests and scenarios find it by. */
fun Modifier.tap(name: String? = null, tag: String? = null, role: Role = Role.Button, enabled: Boolean = true, onTap: () -> Unit): Modifier = this
    .then(if (tag == null) Modifier else Modifier.testTag(tag))
    .then(if (name == null) Modifier else Modifier.semantics { contentDescription = name })
    .defaultMinSize(Touch.least, Touch.least)
    .clickable(enabled = enabled, role = role, onClick = onTap)

/** A surface with a hair line round it. */
@Composable
fun Card(
    modifier: Modifier = Modifier,
    radius: Dp = Radius.card,
    edge: Color = Look.palette.outline,
    edgeWidth: Dp = 1.dp,
    ground: Color = Look.palette.surface,
    content: @Composable ColumnScope.() -> Unit,
) {
    val shape = RoundedCornerShape(radius)
    Column(modifier.clip(shape).background(ground).border(edgeWidth, edge, shape), content = content)
}

@Composable
fun Rule(modifier: Modifier = Modifier) = Box(modifier.fillMaxWidth().height(1.dp).background(Look.palette.outline))

@Composable
fun Across(modifier: Modifier = Modifier, gap: Dp = 8.dp, align: Alignment.Vertical = Alignment.CenterVertically, content: @Composable RowScope.() -> Unit) =
    Row(modifier, Arrangement.spacedBy(gap), align, content = content)

@Composable
fun Down(modifier: Modifier = Modifier, gap: Dp = 0.dp, content: @Composable ColumnScope.() -> Unit) =
    Column(modifier, Arrangement.spacedBy(gap), content = content)

/** The heading of a group, with how many stand in it. */
@Composable
fun SectionTitle(text: String, count: Int? = null, colour: Color = Look.palette.ink, before: @Composable () -> Unit = {}) {
    Across(
        Modifier.heightIn(min = 36.dp).padding(top = 8.dp).semantics(mergeDescendants = true) { heading() },
        6.dp,
    ) {
        before()
        Line(text, style = Look.bodyBold, colour = colour)
        if (count != null) Line("$count", colour = Look.palette.inkSoft)
    }
}

/** A box of soft colour that tells something: what happened, what it means. */
@Composable
fun Note(modifier: Modifier = Modifier, ground: Color = Look.palette.primarySoft, content: @Composable ColumnScope.() -> Unit) = Column(
    modifier.fillMaxWidth().clip(RoundedCornerShape(Radius.input)).background(ground).padding(12.dp, 8.dp),
    Arrangement.spacedBy(2.dp),
    content = content,
)

@Composable
fun Centre(modifier: Modifier = Modifier, content: @Composable BoxScope.() -> Unit) = Box(modifier, Alignment.Center, content = content)
