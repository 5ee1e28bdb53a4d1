package app.keyturn.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.IntrinsicSize
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.verticalScroll
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.ReadOnlyComposable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.Touch
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeMark
import kotlin.time.TimeSource

/**
 * Words typed by hand. Each change goes out at once: whoever holds the screen keeps it. What comes back of it, from the store and perhaps
 * later than the next key, is not taken for another's change.
 */
@Composable
fun TextBox(
    value: String,
    name: String,
    tag: String,
    modifier: Modifier = Modifier,
    hint: String = "",
    keyboard: KeyboardType = KeyboardType.Text,
    lines: Int = 1,
    allow: (String) -> Boolean = { true },
    onChange: (String) -> Unit,
) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.input)
    var shown by remember { mutableStateOf(value) }
    val sent = remember { ArrayDeque<Pair<String, TimeMark>>() }
    LaunchedEffect(value) {
        while (sent.isNotEmpty() && sent.first().second.elapsedNow() > ECHO) sent.removeFirst()
        if (sent.none { it.first == value }) shown = value
    }
    BasicTextField(
        shown,
        {
            if (it != shown && allow(it)) {
                shown = it
                sent.addLast(it to TimeSource.Monotonic.markNow())
                onChange(it)
            }
        },
        modifier
            .fillMaxWidth()
            .clip(shape)
            .background(palette.surface)
            .border(1.dp, palette.outline, shape)
            .testTag(tag)
            .semantics { contentDescription = name }
            .heightIn(min = Touch.least),
        textStyle = Look.body.copy(color = palette.ink),
        cursorBrush = SolidColor(palette.primary),
        keyboardOptions = KeyboardOptions(keyboardType = keyboard),
        singleLine = lines == 1,
        minLines = lines,
        decorationBox = { inner ->
            Box(Modifier.padding(12.dp, 12.dp)) {
                if (shown.isEmpty() && hint.isNotEmpty()) Line(hint, colour = palette.inkSoft)
                inner()
            }
        },
    )
}

/** How long what was typed may take through the store and back. */
private val ECHO = 3.seconds

/** One of several things that can be chosen. */
@Immutable
data class Choice(val id: String, val name: String)

/** A field that opens a list: room, element. */
@Composable
fun ChoiceField(label: String, value: String, tag: String, modifier: Modifier = Modifier, icon: Icon? = null, caption: String? = null, onTap: () -> Unit) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.input)
    Row(
        modifier
            .clip(shape)
            .background(palette.surface)
            .border(1.dp, palette.outline, shape)
            .tap(tag = tag, onTap = onTap)
            .heightIn(min = 52.dp)
            .padding(12.dp, 6.dp),
        Arrangement.spacedBy(12.dp),
        Alignment.CenterVertically,
    ) {
        if (icon != null) IconView(icon, 22.dp, palette.primary)
        Column(Modifier.weight(1f)) {
            Caption(label)
            Line(value, style = Look.bodyBold)
            if (caption != null) Caption(caption)
        }
        if (icon == null) IconView(Icon.Down, 20.dp, palette.primary)
    }
}

/** Two to four answers in one frame; none is chosen before a person does. */
@Composable
fun Segments(choices: List<Choice>, chosen: String?, tag: String, modifier: Modifier = Modifier, onChoose: (String) -> Unit) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.input)
    val frame = modifier.selectableGroup().clip(shape).background(palette.surface).border(1.dp, palette.outline, shape)
    val each: @Composable (Choice, Modifier) -> Unit = { choice, wide ->
        val on = choice.id == chosen
        Centre(
            wide
                .background(if (on) palette.primary else Color.Transparent)
                .testTag("$tag-${choice.id}")
                .selectable(on, role = Role.RadioButton) { onChoose(choice.id) }
                .heightIn(min = Touch.least)
                .padding(8.dp, 6.dp),
        ) {
            Line(
                choice.name,
                style = if (on) Look.bodyBold else Look.body,
                colour = if (on) palette.onPrimary else palette.ink,
                align = TextAlign.Center,
            )
        }
    }
    if (largeType) {
        Column(frame.fillMaxWidth()) { for (choice in choices) each(choice, Modifier.fillMaxWidth()) }
    } else {
        Row(frame.fillMaxWidth().height(IntrinsicSize.Min), verticalAlignment = Alignment.CenterVertically) {
            choices.forEachIndexed { i, choice ->
                if (i > 0) Box(Modifier.width(1.dp).fillMaxHeight().background(palette.outline))
                each(choice, Modifier.weight(1f).fillMaxHeight())
            }
        }
    }
}

/** Three side by side, two when type is large, one where a long word would break even so. */
@Composable
@ReadOnlyComposable
private fun tilesAcross(choices: List<Choice>): Int = when {
    !largeType -> 3
    choices.any { choice -> choice.name.split(' ', '-').any { it.length > LONG_WORD && it.first() <= 'z' } } -> 1
    else -> 2
}

private const val LONG_WORD = 10

/** Tiles to choose one of, such as types of defect: three across, two when type is large, wrapped words. */
@Composable
fun TileGrid(
    choices: List<Choice>,
    chosen: String?,
    tag: String,
    more: String? = null,
    across: Int = tilesAcross(choices),
    onMore: () -> Unit = {},
    onChoose: (String) -> Unit,
) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.input)
    Column(Modifier.selectableGroup(), Arrangement.spacedBy(6.dp)) {
        val all: List<Choice?> = choices + if (more == null) emptyList() else listOf(null)
        for (row in all.chunked(across)) {
            Row(Modifier.fillMaxWidth().height(IntrinsicSize.Min), Arrangement.spacedBy(6.dp)) {
                for (choice in row) {
                    val on = choice != null && choice.id == chosen
                    val ink = if (on) palette.onPrimary else palette.ink
                    Row(
                        Modifier
                            .weight(1f)
                            .fillMaxHeight()
                            .clip(shape)
                            .background(if (on) palette.primary else palette.surface)
                            .border(1.dp, if (on) palette.primary else palette.outline, shape)
                            .testTag(if (choice == null) "$tag-more" else "$tag-${choice.id}")
                            .selectable(
                                on,
                                role = if (choice ==
                                    null
                                ) {
                                    Role.Button
                                } else {
                                    Role.RadioButton
                                },
                            ) { if (choice == null) onMore() else onChoose(choice.id) }
                            .heightIn(min = 50.dp)
                            .padding(6.dp, 4.dp),
                        Arrangement.spacedBy(6.dp, Alignment.CenterHorizontally),
                        Alignment.CenterVertically,
                    ) {
                        if (on) IconView(Icon.Check, 18.dp, ink, 3f)
                        if (choice == null) {
                            Line(more.orEmpty(), style = Look.bodyBold, colour = palette.primary, align = TextAlign.Center)
                        } else {
                            Line(choice.name, style = if (on) Look.bodyBold else Look.body, colour = ink, align = TextAlign.Center)
                        }
                    }
                }
                repeat(across - row.size) { Box(Modifier.weight(1f)) }
            }
        }
    }
}

/** A sheet over the page: what it asks, and its own dock. The ground behind it closes it where [onClose] is given. */
@Composable
fun Sheet(onClose: (() -> Unit)?, dock: @Composable () -> Unit, content: @Composable ColumnScope.() -> Unit) {
    val palette = Look.palette
    Box(Modifier.fillMaxSize(), Alignment.BottomCenter) {
        Box(
            Modifier.fillMaxSize().background(Color(0x940B100F)).then(
                if (onClose ==
                    null
                ) {
                    Modifier
                } else {
                    Modifier.tap(say("app-close"), "scrim", onTap = onClose)
                },
            ),
        )
        Column(
            Modifier
                .padding(top = 48.dp)
                .widthIn(max = 720.dp)
                .fillMaxWidth()
                .clip(RoundedCornerShape(topStart = Radius.sheet, topEnd = Radius.sheet))
                .background(palette.paper),
        ) {
            Column(
                Modifier
                    .weight(1f, fill = false)
                    .verticalScroll(rememberScrollState())
                    .padding(start = 16.dp, end = 16.dp, top = 20.dp, bottom = 12.dp),
                content = content,
            )
            dock()
        }
    }
}

/** Chooses one of many from a sheet, with a search when there are many. */
@Composable
fun ChoiceSheet(title: String, choices: List<Choice>, chosen: String?, tag: String, onClose: () -> Unit, onChoose: (String) -> Unit) {
    var asked by remember { mutableStateOf("") }
    Sheet(onClose, { Dock { SecondAction(say("app-close"), "sheet-close", Modifier.weight(1f), plain = true, onTap = onClose) } }) {
        Line(title, style = Look.title)
        Gap(8.dp)
        if (choices.size > SEARCH_FROM) {
            TextBox(asked, say("app-search"), "$tag-search", hint = say("app-search")) { asked = it }
            Gap(8.dp)
        }
        Column(Modifier.heightIn(min = Touch.least).selectableGroup()) {
            for (choice in choices.filter { asked.isBlank() || asked.trim() in it.name }) {
                val on = choice.id == chosen
                Rule()
                Row(
                    Modifier
                        .fillMaxWidth()
                        .testTag("$tag-${choice.id}")
                        .selectable(on, role = Role.RadioButton) { onChoose(choice.id) }
                        .heightIn(min = 52.dp)
                        .padding(vertical = 8.dp),
                    Arrangement.SpaceBetween,
                    Alignment.CenterVertically,
                ) {
                    Line(choice.name, Modifier.weight(1f), if (on) Look.bodyBold else Look.body)
                    if (on) IconView(Icon.Check, 22.dp, Look.palette.primary, 2.6f)
                }
            }
        }
    }
}

private const val SEARCH_FROM = 12
