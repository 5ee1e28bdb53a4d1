package app.keyturn.ui.screens

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.gestures.awaitEachGesture
import androidx.compose.foundation.gestures.awaitFirstDown
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateListOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.layout.ContentScale
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextMeasurer
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.drawText
import androidx.compose.ui.text.rememberTextMeasurer
import androidx.compose.ui.unit.dp
import app.keyturn.core.DrawnShape
import app.keyturn.core.FieldStore
import app.keyturn.core.PictureSize
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.held
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Centre
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.FactRow
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.IconButton
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Picture
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.Sheet
import app.keyturn.ui.parts.TextBox
import app.keyturn.ui.parts.ppm
import kotlin.math.PI
import kotlin.math.atan2
import kotlin.math.cos
import kotlin.math.roundToInt
import kotlin.math.sin

enum class Tool(val id: String, val key: String, val icon: Icon) {
    Pen("pen", "app-draw-pen", Icon.Pen),
    Arrow("arrow", "app-draw-arrow", Icon.Arrow),
    Circle("circle", "app-draw-circle", Icon.Circle),
    Text("text", "app-draw-text", Icon.Letter),
}

/** What colour a stroke has: one that reads on the photo's ground. In a record it follows the tool, `pen-yellow`; red is the one unsaid. */
enum class DrawInk(val id: String, val key: String, val colour: Color, val edge: Color) {
    Red("red", "app-draw-red", Color(0xFFC4231B), Color.White),
    Yellow("yellow", "app-draw-yellow", Color(0xFFF2B417), Color(0xFF1B1B1B)),
    Blue("blue", "app-draw-blue", Color(0xFF1D559F), Color.White),
    ;

    /** What a stroke of a tool is called in a record. */
    fun of(tool: Tool): String = if (this == Red) tool.id else "${tool.id}-$id"

    companion object {
        fun of(shape: DrawnShape): DrawInk = entries.firstOrNull { it.id == shape.tool.substringAfter('-', "red") } ?: Red
    }
}

private val DrawnShape.kind: String get() = tool.substringBefore('-')

@Immutable
data class DrawState(
    val where: String,
    val picture: String?,
    val ratio: Float,
    val shapes: List<DrawnShape>,
    val undone: Int,
    val tool: Tool,
    val ink: DrawInk,
    /** Where a text is being written. */
    val textAt: Pair<Int, Int>?,
    val text: String,
)

/** Drawing over a photo: strokes are a layer of their own, kept as a draft until they are done. */
class DrawHolder(app: AppModel, private val place: Place.Draw) : Holder<DrawState>(app) {
    private val undone = ArrayDeque<DrawnShape>()
    private var tool = Tool.Circle
    private var ink = DrawInk.Red

    private fun draft(store: FieldStore) = Draft(store, "app/draw/${place.photo}")

    override fun read(store: FieldStore): DrawState {
        val snag = store.snag(place.snag)
        val photo = snag.photos.firstOrNull { it.sha256 == place.photo }
        val draft = draft(store)
        val at = draft["text-at"].split(' ').mapNotNull { it.toIntOrNull() }
        return DrawState(
            where = say("app-snag-number", "number" to snag.number),
            picture = store.picture(place.photo, PictureSize.LARGE) ?: store.picture(place.photo, PictureSize.SMALL),
            ratio = photo?.let { it.widthPx.toFloat() / it.heightPx.toFloat() }?.takeIf { it.isFinite() && it > 0 } ?: 0.75f,
            shapes = if (draft["open"].isEmpty()) photo?.drawing.orEmpty() else draft.list("shapes").mapNotNull { readShape(it) },
            undone = undone.size,
            tool = tool,
            ink = ink,
            textAt = if (at.size == 2) at[0] to at[1] else null,
            text = draft["text"],
        )
    }

    private fun keep(shapes: List<DrawnShape>) = app.act { store ->
        draft(store).set("open" to "yes", "shapes" to shapes.joinToString("\n") { writeShape(it) })
        state = read(store)
    }

    fun choose(tool: Tool) {
        this.tool = tool
        state = state?.copy(tool = tool)
    }

    fun choose(ink: DrawInk) {
        this.ink = ink
        state = state?.copy(ink = ink)
    }

    fun add(shape: DrawnShape) {
        undone.clear()
        keep(state?.shapes.orEmpty() + shape)
    }

    /** One stroke goes; undo brings it back. */
    fun drop(at: Int) {
        val shapes = state?.shapes.orEmpty()
        undone.addLast(shapes.getOrNull(at) ?: return)
        keep(shapes.filterIndexed { i, _ -> i != at })
    }

    fun undo() {
        val shapes = state?.shapes.orEmpty()
        if (shapes.isEmpty()) return
        undone.addLast(shapes.last())
        keep(shapes.dropLast(1))
    }

    fun redo() {
        val shape = undone.removeLastOrNull() ?: return
        keep(state?.shapes.orEmpty() + shape)
    }

    fun textAt(x: Int, y: Int) = app.act {
        draft(it).set("text-at" to "$x $y", "text" to "")
        state = read(it)
    }

    fun type(text: String) {
        state = state?.copy(text = text)
        app.act { draft(it).set("text" to text) }
    }

    fun endText(keep: Boolean) {
        val now = state ?: return
        val at = now.textAt
        app.act {
            draft(it).set("text-at" to "", "text" to "")
            state = read(it)
        }
        if (keep && at != null && now.text.isNotBlank()) add(DrawnShape(ink.of(Tool.Text), listOf(at.first.toUInt(), at.second.toUInt()), now.text))
    }

    fun done() = app.record { store ->
        store.snagDraw(place.snag, place.photo, state?.shapes.orEmpty())
        draft(store).clear()
        app.back()
    }

    internal companion object {
        fun writeShape(shape: DrawnShape): String =
            listOf(shape.tool, shape.pointsPpm.joinToString(","), shape.text.orEmpty().replace('\n', ' ')).joinToString("|")

        fun readShape(text: String): DrawnShape? {
            val part = text.split('|', limit = 3)
            if (part.size != 3) return null
            return DrawnShape(part[0], part[1].split(',').mapNotNull { it.toUIntOrNull() }, part[2].ifEmpty { null })
        }
    }
}

@Composable
fun DrawScreen(app: AppModel, place: Place.Draw) {
    val holder = held(app) { DrawHolder(app, place) }
    val state = holder.state ?: return
    var listed by remember { mutableStateOf(false) }
    Box(Modifier.fillMaxSize()) {
        Page(
            bar = {
                Bar(say("app-draw"), state.where + " · " + say("app-draw-strokes", "count" to state.shapes.size), Icon.Close, app::back) {
                    IconButton(Icon.List, say("app-draw-list"), "strokes", enabled = state.shapes.isNotEmpty()) { listed = true }
                    IconButton(Icon.Undo, say("app-undo"), "undo", enabled = state.shapes.isNotEmpty()) { holder.undo() }
                    IconButton(Icon.Redo, say("app-redo"), "redo", enabled = state.undone > 0) { holder.redo() }
                }
            },
            dock = {
                Column(Modifier.fillMaxWidth().background(Look.palette.surface)) {
                    Tools(state.tool) { holder.choose(it) }
                    Inks(state.ink) { holder.choose(it) }
                    Dock { MainAction(say("app-draw-done"), "draw-done", Modifier.weight(1f), icon = Icon.Check) { holder.done() } }
                }
            },
        ) {
            Box(Modifier.weight(1f).fillMaxWidth().background(Color(0xFF0F1514)), Alignment.Center) {
                Box(Modifier.aspectRatio(state.ratio)) {
                    Picture(state.picture, say("app-photo-show"), Modifier.fillMaxSize(), 2048, ContentScale.FillBounds)
                    Canvas(state, holder)
                }
                Across(Modifier.align(Alignment.BottomStart).padding(12.dp).clip(RoundedCornerShape(8.dp)).background(Color(0xCC0F1514)).padding(8.dp, 4.dp)) {
                    IconView(Icon.Layers, 18.dp, Color.White)
                    Line(say("app-draw-layer"), style = Look.caption, colour = Color.White)
                }
            }
        }
        if (listed && state.shapes.isNotEmpty()) {
            Sheet({ listed = false }, { Dock { MainAction(say("app-close"), "strokes-close", Modifier.weight(1f)) { listed = false } } }) {
                Line(say("app-draw-strokes", "count" to state.shapes.size), style = Look.title)
                Gap(8.dp)
                state.shapes.forEachIndexed { i, shape ->
                    val tool = Tool.entries.firstOrNull { it.id == shape.kind } ?: Tool.Pen
                    val name = "${i + 1} " + say("app-draw-mark", "tool" to (shape.text ?: say(tool.key)), "colour" to say(DrawInk.of(shape).key))
                    Rule()
                    FactRow(name, before = { IconView(tool.icon) }, after = {
                        IconButton(Icon.Close, name + " " + say("app-delete"), "drop-$i", Look.palette.danger) { holder.drop(i) }
                    })
                }
            }
        }
        if (state.textAt != null) {
            Sheet({ holder.endText(false) }, { Dock { MainAction(say("app-done"), "text-done", Modifier.weight(1f)) { holder.endText(true) } } }) {
                Line(say("app-draw-words"), style = Look.title)
                Gap(12.dp)
                TextBox(state.text, say("app-draw-words"), "draw-text") { holder.type(it) }
            }
        }
    }
}

@Composable
private fun Tools(chosen: Tool, onChoose: (Tool) -> Unit) {
    val palette = Look.palette
    Row(Modifier.fillMaxWidth().selectableGroup().padding(12.dp, 8.dp), Arrangement.spacedBy(8.dp)) {
        for (tool in Tool.entries) {
            val on = tool == chosen
            val ink = if (on) palette.onPrimary else palette.ink
            Column(
                Modifier
                    .weight(1f)
                    .clip(RoundedCornerShape(Radius.input))
                    .background(if (on) palette.primary else palette.surface)
                    .testTag("tool-${tool.id}")
                    .selectable(on, role = Role.RadioButton) { onChoose(tool) }
                    .heightIn(min = 60.dp)
                    .padding(4.dp),
                Arrangement.Center,
                Alignment.CenterHorizontally,
            ) {
                IconView(tool.icon, 26.dp, ink)
                Line(say(tool.key), style = Look.caption, colour = ink)
            }
        }
    }
}

@Composable
private fun Inks(chosen: DrawInk, onChoose: (DrawInk) -> Unit) {
    val palette = Look.palette
    Row(Modifier.fillMaxWidth().selectableGroup().padding(12.dp, 2.dp), Arrangement.spacedBy(8.dp)) {
        for (ink in DrawInk.entries) {
            val on = ink == chosen
            val name = say(ink.key)
            Centre(
                Modifier
                    .clip(RoundedCornerShape(Radius.input))
                    .background(if (on) palette.primarySoft else palette.surface)
                    .border(if (on) 2.dp else 0.dp, if (on) palette.primary else palette.surface, RoundedCornerShape(Radius.input))
                    .testTag("ink-${ink.id}")
                    .semantics { contentDescription = name }
                    .selectable(on, role = Role.RadioButton) { onChoose(ink) }
                    .size(52.dp, 48.dp),
            ) {
                androidx.compose.foundation.Canvas(Modifier.size(30.dp)) {
                    drawCircle(palette.ink, size.minDimension / 2)
                    drawCircle(ink.colour, size.minDimension / 2 - 2.dp.toPx())
                }
            }
        }
    }
}

/** A circle is recorded by its outline: as it was drawn, on whatever shape of picture. */
private fun outline(from: List<UInt>): List<UInt> {
    val (x1, y1, x2, y2) = from.map { it.toDouble() }
    return (0 until OUTLINE).flatMap { i ->
        val turn = 2 * PI * i / OUTLINE
        listOf((x1 + x2) / 2 + (x2 - x1) / 2 * cos(turn), (y1 + y2) / 2 + (y2 - y1) / 2 * sin(turn)).map { it.roundToInt().toUInt() }
    }
}

private fun drawn(tool: Tool, ink: DrawInk, points: List<UInt>): DrawnShape =
    DrawnShape(ink.of(tool), if (tool == Tool.Circle && points.size == 4) outline(points) else points, null)

private const val OUTLINE = 32

@Composable
private fun Canvas(state: DrawState, holder: DrawHolder) {
    val running = remember { mutableStateListOf<UInt>() }
    val tool by rememberUpdatedState(state.tool)
    val ink by rememberUpdatedState(state.ink)
    val ended by rememberUpdatedState(holder)
    val measurer = rememberTextMeasurer()
    val style = Look.title
    Canvas(
        Modifier
            .fillMaxSize()
            .testTag("canvas")
            .pointerInput(Unit) {
                awaitEachGesture {
                    val down = awaitFirstDown()
                    val point = { at: Offset -> listOf(ppm(at.x, size.width).toUInt(), ppm(at.y, size.height).toUInt()) }
                    running.clear()
                    running.addAll(point(down.position))
                    do {
                        val event = awaitPointerEvent()
                        for (change in event.changes.filter { it.id == down.id && it.pressed }) {
                            if (tool != Tool.Pen) while (running.size > 2) running.removeAt(running.size - 1)
                            running.addAll(point(change.position))
                            change.consume()
                        }
                    } while (event.changes.any { it.pressed })
                    if (tool ==
                        Tool.Text
                    ) {
                        ended.textAt(running[0].toInt(), running[1].toInt())
                    } else if (running.size >=
                        4
                    ) {
                        ended.add(drawn(tool, ink, running.toList()))
                    }
                    running.clear()
                }
            },
    ) {
        for (shape in state.shapes) shape(shape, measurer, style)
        if (running.size >= 4 && tool != Tool.Text) shape(drawn(tool, ink, running.toList()), measurer, style)
    }
}

/** Edged, so that it reads on any ground. */
internal fun DrawScope.shape(shape: DrawnShape, measurer: TextMeasurer, style: TextStyle) {
    val points = shape.pointsPpm.chunked(2).filter { it.size == 2 }.map { (x, y) -> Offset(x.toInt() / 1e6f * size.width, y.toInt() / 1e6f * size.height) }
    if (points.isEmpty()) return
    val path = Path()
    val ink = DrawInk.of(shape)
    when (shape.kind) {
        "circle" -> {
            if (points.size == 2) {
                // By its centre and a point on it.
                path.addOval(Rect(points[0], (points[1] - points[0]).getDistance()))
            } else {
                points.forEachIndexed { i, at -> if (i == 0) path.moveTo(at.x, at.y) else path.lineTo(at.x, at.y) }
                path.close()
            }
        }

        "arrow" -> {
            val to = points.last()
            path.moveTo(points[0].x, points[0].y)
            path.lineTo(to.x, to.y)
            val angle = atan2(to.y - points[0].y, to.x - points[0].x)
            for (turn in listOf(2.6f, -2.6f)) {
                path.moveTo(to.x, to.y)
                path.lineTo(to.x + cos(angle + turn) * 16.dp.toPx(), to.y + sin(angle + turn) * 16.dp.toPx())
            }
        }

        "text" -> {
            val text = shape.text.orEmpty()
            drawText(measurer, text, points[0], style.copy(color = ink.edge, drawStyle = Stroke(5.dp.toPx(), join = StrokeJoin.Round)))
            drawText(measurer, text, points[0], style.copy(color = ink.colour))
            return
        }

        else -> {
            points.forEachIndexed { i, at -> if (i == 0) path.moveTo(at.x, at.y) else path.lineTo(at.x, at.y) }
        }
    }
    drawPath(path, ink.edge, style = Stroke(8.dp.toPx(), cap = StrokeCap.Round, join = StrokeJoin.Round))
    drawPath(path, ink.colour, style = Stroke(4.5.dp.toPx(), cap = StrokeCap.Round, join = StrokeJoin.Round))
}
