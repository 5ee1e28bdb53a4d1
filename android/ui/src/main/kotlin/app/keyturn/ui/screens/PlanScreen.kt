package app.keyturn.ui.screens

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.gestures.detectTransformGestures
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.absoluteOffset
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.foundation.layout.wrapContentSize
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.draw.clipToBounds
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.layout.ContentScale
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.core.Pin
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.held
import app.keyturn.ui.model.markOf
import app.keyturn.ui.model.read
import app.keyturn.ui.model.titleOf
import app.keyturn.ui.model.wordOf
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Card
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.IconButton
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Picture
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.StateChip
import app.keyturn.ui.parts.tap

@Immutable
data class PinState(
    val snag: String,
    val number: Long,
    val xPpm: Int,
    val yPpm: Int,
    val mark: Mark,
    val word: String,
    val late: Boolean,
    val room: String,
    val title: String,
)

@Immutable
data class PlanState(
    val where: String,
    val picture: String?,
    val plan: String?,
    val pins: List<PinState>,
    /** A place is being set: for a recorded snag, or for the form of a new one. */
    val placing: Boolean,
    val atXPpm: Int,
    val atYPpm: Int,
    /** The room under the cross. */
    val room: String?,
)

class PlanHolder(app: AppModel, private val place: Place.Plan) : Holder<PlanState>(app) {
    /** Opened from the form of a new snag. */
    private val fromForm: Boolean = app.stack.getOrNull(app.stack.size - 2) is Place.NewSnag
    private val placing: Boolean = fromForm || place.snag != null

    override fun read(store: FieldStore): PlanState {
        val unit = store.unit(place.unit)
        val rows = store.snags(place.unit, null, 0uL, MOST).rows
        val own = if (fromForm) {
            Draft(store, "app/snag/${place.unit}")["pin"].split(' ').takeIf {
                it.size == 3
            }
        } else {
            rows.firstOrNull { it.id == place.snag }?.pin?.let { listOf(it.plan, "${it.xPpm}", "${it.yPpm}") }
        }
        return PlanState(
            where = unit.label,
            picture = unit.planPath,
            plan = unit.plan,
            pins =
            rows.filter { it.pin != null && it.id != place.snag }.map { snag ->
                val pin = snag.pin!!
                PinState(
                    snag.id, snag.number, pin.xPpm.toInt(), pin.yPpm.toInt(),
                    markOf(
                        snag.phase,
                    ),
                    say(wordOf(snag.phase)), snag.overdue, snag.roomName.read(words), titleOf(snag, words),
                )
            },
            placing = placing,
            atXPpm = own?.get(1)?.toInt() ?: MIDDLE,
            atYPpm = own?.get(2)?.toInt() ?: MIDDLE,
            room = state?.room,
        )
    }

    /** The plan lies still: what is under the cross is said. */
    fun over(xPpm: Int, yPpm: Int) {
        val plan = state?.plan ?: return
        if (!placing) return
        app.act { store ->
            val key = store.roomAt(Pin(plan, xPpm.toUInt(), yPpm.toUInt()))
            val name = key?.let { k -> store.unit(place.unit).rooms.firstOrNull { it.key == k }?.name?.read(words) }
            state = state?.copy(room = name)
        }
    }

    fun put(xPpm: Int, yPpm: Int) {
        val plan = state?.plan ?: return
        app.record { store ->
            val pin = Pin(plan, xPpm.toUInt(), yPpm.toUInt())
            val snag = place.snag
            if (snag != null) {
                store.snagPin(snag, pin)
            } else {
                // The form follows the plan: the room is the one that the cross stands in.
                val form = Draft(store, "app/snag/${place.unit}")
                form.set("pin" to "$plan $xPpm $yPpm", "room" to (store.roomAt(pin) ?: form["room"]))
            }
            app.back()
        }
    }

    fun none() {
        if (!fromForm) return app.back()
        app.record {
            Draft(it, "app/snag/${place.unit}").set("pin" to "")
            app.back()
        }
    }

    private companion object {
        const val MOST = 500uL
        const val MIDDLE = 500_000
    }
}

/** The plan: pins of snags on it, or a cross that stays while the plan moves under it. */
@Composable
fun PlanScreen(app: AppModel, place: Place.Plan) {
    val holder = held(app) { PlanHolder(app, place) }
    val state = holder.state ?: return
    // Width by height of the plan, known when its picture is.
    var ratio by remember { mutableStateOf(1f) }
    var zoom by remember { mutableStateOf(if (state.placing) PLACE_ZOOM else 1f) }
    var chosen by remember { mutableStateOf<String?>(null) }
    // The point of the plan under the middle of the view, in fractions.
    var middle by remember(state.atXPpm, state.atYPpm) { mutableStateOf(Offset(state.atXPpm / 1e6f, state.atYPpm / 1e6f)) }
    LaunchedEffect(middle, state.placing) { holder.over((middle.x * 1e6f).toInt(), (middle.y * 1e6f).toInt()) }
    val palette = Look.palette
    val pin = state.pins.firstOrNull { it.snag == chosen }
    Page(
        bar = { Bar(say(if (state.placing) "app-plan-place" else "app-plan"), state.where, if (state.placing) Icon.Close else Icon.Back, app::back) },
        dock = {
            when {
                state.placing ->
                    Dock {
                        SecondAction(say("app-plan-not"), "plan-none", plain = true) { holder.none() }
                        MainAction(say("app-plan-here"), "plan-here", Modifier.weight(1f), icon = Icon.Check) {
                            holder.put(
                                (middle.x * 1e6f).toInt(),
                                (
                                    middle.y *
                                        1e6f
                                    ).toInt(),
                            )
                        }
                    }

                pin != null -> Dock {
                    MainAction(say("app-plan-open", "number" to pin.number), "plan-open", Modifier.weight(1f), icon = Icon.Forward) {
                        app.go(Place.ASnag(pin.snag))
                    }
                }
            }
        },
    ) {
        if (state.picture == null) {
            Line(say("app-plan-none"), Modifier.padding(16.dp, 32.dp), Look.headline)
            return@Page
        }
        BoxWithConstraints(
            Modifier
                .weight(1f)
                .fillMaxWidth()
                .background(palette.surfaceSunken)
                .clipToBounds()
                .testTag("plan")
                .pointerInput(ratio) {
                    detectTransformGestures { _, pan, scale, _ ->
                        zoom = (zoom * scale).coerceIn(1f, MOST_ZOOM)
                        val wide = minOf(size.width.toFloat(), size.height * ratio) * zoom
                        middle = Offset((middle.x - pan.x / wide).coerceIn(0f, 1f), (middle.y - pan.y / (wide / ratio)).coerceIn(0f, 1f))
                    }
                },
        ) {
            val density = LocalDensity.current
            val wide = minOf(maxWidth, maxHeight * ratio) * zoom
            val high = wide / ratio
            val left = maxWidth / 2 - wide * middle.x
            val top = maxHeight / 2 - high * middle.y
            val sheet = Modifier.absoluteOffset(left, top).wrapContentSize(Alignment.TopStart, unbounded = true).size(wide, high)
            Picture(state.picture, say("app-plan"), sheet, 2048, ContentScale.FillBounds, onRatio = { ratio = it })
            for (p in state.pins) {
                val name = say("app-plan-pin", "number" to p.number, "state" to p.word, "room" to p.room)
                val on = p.snag == chosen
                Box(
                    Modifier
                        .absoluteOffset(left + wide * (p.xPpm / 1e6f) - 36.dp, top + high * (p.yPpm / 1e6f) - 44.dp)
                        .tap(name, "pin-${p.number}") { chosen = p.snag }
                        .sizeIn(minWidth = 72.dp, minHeight = 48.dp),
                    Alignment.BottomCenter,
                ) { PinView(p, on) }
            }
            if (state.placing) {
                Canvas(Modifier.fillMaxSize()) {
                    val c = center
                    val r = with(density) { 26.dp.toPx() }
                    val w = with(density) { 2.5.dp.toPx() }
                    drawCircle(palette.primary, r, c, style = androidx.compose.ui.graphics.drawscope.Stroke(w))
                    drawCircle(palette.primary, w * 1.6f, c)
                    for (d in listOf(Offset(1f, 0f), Offset(-1f, 0f), Offset(0f, 1f), Offset(0f, -1f))) {
                        drawLine(
                            palette.primary,
                            c + d * (r * 0.6f),
                            c + d * (r * 1.7f),
                            w,
                        )
                    }
                }
            }
            Card(Modifier.align(Alignment.TopEnd).padding(12.dp)) {
                IconButton(Icon.Plus, say("app-plan-larger"), "plan-larger") { zoom = (zoom * 1.4f).coerceAtMost(MOST_ZOOM) }
                IconButton(Icon.Minus, say("app-plan-smaller"), "plan-smaller") { zoom = (zoom / 1.4f).coerceAtLeast(1f) }
            }
        }
        Column(Modifier.fillMaxWidth().padding(16.dp, 12.dp), Arrangement.spacedBy(4.dp)) {
            when {
                state.placing -> {
                    Line(state.room ?: say("app-plan-no-room"), Modifier.testTag("plan-room"), Look.largeBold)
                    Line(say("app-plan-place-how"), colour = palette.inkSoft)
                }

                pin != null -> {
                    Across {
                        Line("${pin.number}", style = Look.largeBold)
                        StateChip(pin.mark, pin.word)
                        if (pin.late) StateChip(Mark.Overdue, say("app-snags-late"))
                    }
                    Line(pin.title, style = Look.large)
                    Caption(pin.room)
                }

                else -> Caption(say("app-count-snags", "count" to state.pins.size))
            }
        }
    }
}

@Composable
private fun PinView(pin: PinState, on: Boolean) {
    val palette = Look.palette
    val colour = pin.mark.colour(palette)
    val shape = RoundedCornerShape(16.dp)
    Row(
        Modifier
            .clip(shape)
            .background(if (on) colour else palette.surface)
            .border(2.dp, colour, shape)
            .padding(8.dp, if (on) 8.dp else 5.dp),
        Arrangement.spacedBy(5.dp),
        Alignment.CenterVertically,
    ) {
        MarkView(pin.mark, 18.dp, if (on) palette.surface else colour, if (on) colour else palette.surface)
        Line("${pin.number}", style = Look.bodyBold, colour = if (on) palette.surface else colour)
        if (pin.late) MarkView(Mark.Overdue, 16.dp)
    }
}

private const val MOST_ZOOM = 6f

/** A place is set from near by. */
private const val PLACE_ZOOM = 2f
