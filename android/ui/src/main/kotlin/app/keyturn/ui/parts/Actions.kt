package app.keyturn.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.WindowInsets
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.ime
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawing
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.union
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.layout.windowInsetsPadding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
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

/** The one thing to do next. Icons go first when type is large. */
@Composable
fun MainAction(text: String, tag: String, modifier: Modifier = Modifier, caption: String? = null, icon: Icon? = null, mark: Mark? = null, onTap: () -> Unit) =
    Action(text, tag, modifier, Look.palette.primary, Look.palette.onPrimary, null, caption, icon, mark, onTap = onTap)

/** A second thing, outlined; [plain] where it must not look like the recommended one. */
@Composable
fun SecondAction(
    text: String,
    tag: String,
    modifier: Modifier = Modifier,
    caption: String? = null,
    icon: Icon? = null,
    plain: Boolean = false,
    height: Dp = Touch.mainAction,
    onTap: () -> Unit,
) = Action(
    text,
    tag,
    modifier,
    Look.palette.surface,
    if (plain) Look.palette.ink else Look.palette.primary,
    if (plain) Look.palette.outline else Look.palette.primary,
    caption,
    icon,
    null,
    height,
    onTap,
)

@Composable
private fun Action(
    text: String,
    tag: String,
    modifier: Modifier,
    ground: Color,
    ink: Color,
    edge: Color?,
    caption: String?,
    icon: Icon?,
    mark: Mark?,
    height: Dp = Touch.mainAction,
    onTap: () -> Unit,
) {
    val shape = RoundedCornerShape(Radius.card)
    Row(
        modifier
            .clip(shape)
            .background(ground)
            .then(if (edge == null) Modifier else Modifier.border(2.dp, edge, shape))
            .tap(tag = tag, onTap = onTap)
            .heightIn(min = height)
            .padding(12.dp, 6.dp),
        Arrangement.spacedBy(10.dp, Alignment.CenterHorizontally),
        Alignment.CenterVertically,
    ) {
        if (icon != null && !largeType && icon != Icon.Forward) IconView(icon, colour = ink, weight = 2.4f)
        if (mark != null && !largeType) MarkView(mark, 22.dp, ink, ground)
        Column(horizontalAlignment = Alignment.CenterHorizontally) {
            Line(text, style = Look.largeBold, colour = ink, align = TextAlign.Center)
            if (caption != null) Line(caption, style = Look.caption, colour = ink, align = TextAlign.Center)
        }
        if (icon == Icon.Forward && !largeType) IconView(icon, colour = ink, weight = 2.4f)
    }
}

/** Title and one line of where, the way back before, the proof badge behind. */
@Composable
fun Bar(
    title: String,
    where: String? = null,
    back: Icon = Icon.Back,
    onBack: (() -> Unit)? = null,
    headline: Boolean = false,
    after: @Composable RowScope.() -> Unit = {},
) {
    Row(
        Modifier.fillMaxWidth().heightIn(min = 56.dp).padding(start = if (onBack == null) 16.dp else 4.dp, end = 8.dp),
        Arrangement.spacedBy(4.dp),
        Alignment.CenterVertically,
    ) {
        if (onBack != null) IconButton(back, say(if (back == Icon.Close) "app-close" else "app-back"), "back", onTap = onBack)
        Column(Modifier.weight(1f).padding(vertical = 4.dp)) {
            Line(title, Modifier.semantics { heading() }, if (headline) Look.headline else Look.title)
            if (where != null) Caption(where)
        }
        after()
    }
}

@Composable
fun IconButton(icon: Icon, name: String, tag: String, colour: Color = Look.palette.ink, size: Dp = 24.dp, enabled: Boolean = true, onTap: () -> Unit) {
    Centre(Modifier.clip(RoundedCornerShape(12.dp)).tap(name, tag, enabled = enabled, onTap = onTap)) {
        IconView(icon, if (largeType) size * 1.33f else size, if (enabled) colour else colour.copy(alpha = 0.4f))
    }
}

/** How many photos of this unit are in the worst state, as a square. */
@Composable
fun ProofBadge(mark: Mark, count: Int, onTap: () -> Unit) {
    val colour = mark.colour(Look.palette)
    Across(
        Modifier
            .clip(RoundedCornerShape(12.dp))
            .tap(say("app-proof-badge", "count" to count, "where" to say("app-proof-${mark.key.replace('_', '-')}")), "proof", onTap = onTap)
            .padding(horizontal = 10.dp),
        6.dp,
    ) {
        MarkView(mark, 20.dp)
        Line("$count", Modifier.clearAndSetSemantics {}, Look.bodyBold, colour)
    }
}

/** The photos of a unit: how many are only on this device, or that all are safe; nothing where there are none. */
@Composable
fun ProofBadge(photos: Int, unsent: Int, onTap: () -> Unit) {
    if (photos > 0) ProofBadge(if (unsent > 0) Mark.OnDevice else Mark.Safe, if (unsent > 0) unsent else photos, onTap)
}

/** A page: bar, what scrolls, dock. */
@Composable
fun Page(bar: @Composable ColumnScope.() -> Unit, dock: @Composable () -> Unit = {}, content: @Composable ColumnScope.() -> Unit) {
    Column(Modifier.fillMaxSize().background(Look.palette.paper).windowInsetsPadding(WindowInsets.safeDrawing.union(WindowInsets.ime))) {
        bar()
        Box(Modifier.weight(1f).fillMaxWidth(), Alignment.TopCenter) {
            Column(Modifier.fillMaxSize(), content = content)
        }
        dock()
    }
}

/** What a page scrolls when it is short enough to stand in one piece. */
@Composable
fun ColumnScope.Scrolled(gap: Dp = 0.dp, sides: Dp = 16.dp, most: Dp = 720.dp, content: @Composable ColumnScope.() -> Unit) {
    Column(
        Modifier.weight(1f).fillMaxWidth().verticalScroll(rememberScrollState()),
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        Column(
            Modifier.widthIn(max = most).fillMaxWidth().padding(sides, 4.dp),
            Arrangement.spacedBy(gap),
            content = content,
        )
    }
}

/** Off or on: a track with a knob, the word beside it says what. */
@Composable
fun Toggle(on: Boolean, modifier: Modifier = Modifier) {
    val palette = Look.palette
    Box(
        modifier
            .size(52.dp, 32.dp)
            .clip(RoundedCornerShape(16.dp))
            .background(if (on) palette.primary else palette.surfaceSunken)
            .border(1.5.dp, if (on) palette.primary else palette.inkSoft, RoundedCornerShape(16.dp))
            .padding(4.dp),
        if (on) Alignment.CenterEnd else Alignment.CenterStart,
    ) {
        Box(Modifier.size(24.dp).clip(RoundedCornerShape(12.dp)).background(if (on) palette.onPrimary else palette.inkSoft))
    }
}

/** A list without a name stands for itself; everything that is only looked at says what it is. */
fun Modifier.named(name: String): Modifier = semantics { contentDescription = name }

@Composable
fun Gap(height: Dp) = Box(Modifier.height(height))
