package app.keyturn.ui.screens

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.held
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.AnswerRow
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.Gauge
import app.keyturn.ui.parts.IconButton
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Note
import app.keyturn.ui.parts.NumberPad
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.PointBoxes
import app.keyturn.ui.parts.Progress
import app.keyturn.ui.parts.ProofBadge
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.Ruler
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.Sheet
import app.keyturn.ui.parts.TextBox
import app.keyturn.ui.parts.Tick
import app.keyturn.ui.parts.tap

@Composable
fun RoomScreen(app: AppModel, place: Place.Room) {
    val holder = held(app) { RoomHolder(app, place.unit, place.room) }
    val state = holder.state ?: return
    Box(Modifier.fillMaxSize()) {
        Page(
            bar = {
                Bar(state.name, state.where, onBack = if (state.measure == null) app::back else holder::closeMeasure) {
                    IconButton(Icon.Camera, say("app-unit-new-snag"), "new-snag", Look.palette.primary) { app.go(Place.NewSnag(place.unit, place.room, null)) }
                    ProofBadge(state.photos, state.photosUnsent) { app.go(Place.Sync) }
                }
                Across(Modifier.fillMaxWidth().padding(16.dp, 2.dp), 12.dp) {
                    Ruler(state.ticks, Modifier.weight(1f), most = 64.dp)
                    Progress(state.ticks.count { it != Tick.Open }, state.ticks.size)
                }
            },
            dock = {
                if (state.measure ==
                    null
                ) {
                    RoomDock(state, app, place, holder)
                } else if (!Look.isTablet) {
                    NumberPad(negative = true) { key, digit -> holder.key(key, digit) }
                }
            },
        ) {
            if (Look.isTablet && state.measure != null) {
                Row(Modifier.fillMaxSize()) {
                    Lines(state, holder, Modifier.weight(1.2f))
                    NumberPad(negative = true, Modifier.weight(1f)) { key, digit -> holder.key(key, digit) }
                }
            } else {
                Lines(state, holder, Modifier.fillMaxSize())
            }
        }
        when (val ask = state.ask) {
            null -> Unit
            RoomAsk.RestFine -> RestFineSheet(state, holder)
            is RoomAsk.NotFine -> NotFineSheet(ask, holder)
            is RoomAsk.CannotMeasure -> ReasonSheet(ask, ask.reason, say("app-pad-cannot-why"), holder)
            is RoomAsk.Found -> FoundSheet(ask, holder)
        }
    }
}

@Composable
private fun Lines(state: RoomState, holder: RoomHolder, modifier: Modifier) {
    val list = rememberLazyListState()
    val measured = state.measure?.line
    LaunchedEffect(measured) {
        val at = state.lines.indexOfFirst { it.key == measured }
        if (at >= 0) list.animateScrollToItem(at)
    }
    LazyColumn(modifier.testTag("lines"), list, contentPadding = PaddingValues(bottom = 16.dp)) {
        items(state.lines, key = { it.key }) { line ->
            if (line.key == measured && state.measure != null) {
                Measured(state.measure, holder)
            } else {
                LineItem(line, holder)
            }
        }
        if (state.rest.size > 1 && measured == null) {
            item {
                Rule()
                Box(Modifier.padding(16.dp, 10.dp)) {
                    SecondAction(say("app-rest-fine", "count" to state.rest.size), "rest-fine", Modifier.fillMaxWidth(), icon = Icon.Check) { holder.askRest() }
                }
            }
        }
    }
}

@Composable
private fun LineItem(line: LineRow, holder: RoomHolder) {
    val palette = Look.palette
    Rule()
    val words: @Composable (Modifier) -> Unit = { wide ->
        Column(wide) {
            Line(line.text)
            if (line.caption.isNotEmpty()) Caption(line.caption)
            if (line.note.isNotEmpty()) Line(line.note, style = Look.captionBold, colour = if (line.chosen?.tag == "fine") palette.inkSoft else palette.danger)
        }
    }
    val answer: @Composable () -> Unit = {
        when {
            line.measured -> MeasureTile(line) { holder.openMeasure(line.key) }

            else ->
                Column(horizontalAlignment = Alignment.End, verticalArrangement = Arrangement.spacedBy(4.dp)) {
                    AnswerRow(line.key, line.chosen) { holder.answer(line.key, it) }
                    if (line.contract) {
                        Line(
                            say("app-line-compare"),
                            Modifier.tap(tag = "found-${line.key}") { holder.askFound(line.key) }.padding(8.dp, 12.dp),
                            Look.bodyBold,
                            palette.primary,
                        )
                    }
                }
        }
    }
    val frame = Modifier.fillMaxWidth().testTag("line-${line.key}").heightIn(min = 60.dp).padding(16.dp, 6.dp)
    if (largeType) {
        Column(frame, Arrangement.spacedBy(6.dp)) {
            words(Modifier)
            answer()
        }
    } else {
        Row(frame, Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
            Caption("${line.number}", Modifier.width(20.dp))
            words(Modifier.weight(1f))
            answer()
        }
    }
}

@Composable
private fun MeasureTile(line: LineRow, onTap: () -> Unit) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.input)
    val colour =
        when (line.tileGood) {
            true -> palette.ok
            false -> palette.danger
            null -> palette.primary
        }
    val name = line.text + "，" + line.tile
    Row(
        Modifier
            .clip(shape)
            .background(palette.surface)
            .border(1.dp, if (line.tileGood == null) palette.outline else colour, shape)
            .semantics { contentDescription = name }
            .tap(tag = "measure-${line.key}", onTap = onTap)
            .sizeIn(minWidth = 152.dp, minHeight = 48.dp)
            .padding(10.dp, 6.dp),
        Arrangement.spacedBy(6.dp, Alignment.CenterHorizontally),
        Alignment.CenterVertically,
    ) {
        if (line.tileGood != null) MarkView(if (line.tileGood) Mark.Confirmed else Mark.Rejected, 20.dp)
        Line(line.tile, style = Look.bodyBold, colour = colour)
        if (line.tileGood == null) IconView(Icon.Forward, 20.dp, colour)
    }
}

@Composable
private fun Measured(state: MeasureState, holder: RoomHolder) {
    val palette = Look.palette
    Column(Modifier.fillMaxWidth().background(palette.surface).testTag("measuring")) {
        Box(Modifier.fillMaxWidth().height(2.dp).background(palette.primary))
        Column(Modifier.padding(16.dp, 8.dp), Arrangement.spacedBy(8.dp)) {
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Alignment.CenterVertically) {
                if (!largeType) Caption("${state.number}", Modifier.width(20.dp))
                Line(state.name, Modifier.weight(1f), Look.largeBold)
                if (!largeType) Caption(state.instrument)
            }
            if (largeType) Caption(state.instrument)
            Gauge(state.gauge)
            PointBoxes(state.points) { holder.toPoint(it) }
            Note(
                ground = if (state.good == false) {
                    palette.dangerSoft
                } else if (state.good == true) {
                    palette.okSoft
                } else {
                    palette.primarySoft
                },
            ) {
                Line(state.sentence, Modifier.testTag("verdict"), Look.bodyBold, if (state.good == null) palette.onPrimarySoft else palette.ink)
                Line(state.rule, style = Look.caption, colour = if (state.good == null) palette.onPrimarySoft else palette.ink)
            }
            if (state.odd != null) Note(ground = palette.warnSoft) { Line(state.odd, Modifier.testTag("odd"), Look.bodyBold, palette.warn) }
        }
        Box(Modifier.fillMaxWidth().height(2.dp).background(palette.primary))
    }
}

@Composable
private fun RoomDock(state: RoomState, app: AppModel, place: Place.Room, holder: RoomHolder) {
    Dock {
        val open = state.lines.firstOrNull { it.open }
        val next = state.nextRoom
        when {
            open != null && open.measured -> MainAction(open.text, "main", Modifier.weight(1f), say("app-line-measure"), Icon.Forward) {
                holder.openMeasure(open.key)
            }

            open != null && state.rest.size > 1 ->
                MainAction(say("app-rest-fine", "count" to state.rest.size), "main-rest", Modifier.weight(1f), icon = Icon.Check) { holder.askRest() }

            open != null -> Line(open.text, Modifier.weight(1f), Look.bodyBold)

            next != null ->
                MainAction(say("app-list-next-room", "room" to next.second), "main", Modifier.weight(1f), icon = Icon.Forward) {
                    app.instead(Place.Room(place.unit, next.first))
                }

            else -> MainAction(say("app-list-all-done"), "main", Modifier.weight(1f), icon = Icon.Check) { app.back() }
        }
    }
}

@Composable
private fun RestFineSheet(state: RoomState, holder: RoomHolder) {
    Sheet(holder::dismissAsk, {
        Dock {
            SecondAction(say("app-rest-each"), "rest-each", plain = true) { holder.dismissAsk() }
            MainAction(say("app-rest-yes", "count" to state.rest.size), "rest-yes", Modifier.weight(1f), icon = Icon.Check) { holder.restFine() }
        }
    }) {
        Line(say("app-rest-ask", "count" to state.rest.size), style = Look.title)
        Line(say("app-rest-why"), colour = Look.palette.inkSoft)
        Gap(8.dp)
        for (line in state.rest) {
            Rule()
            Row(Modifier.heightIn(min = 44.dp).padding(vertical = 8.dp), Arrangement.spacedBy(12.dp)) {
                Caption("${line.number}", Modifier.width(20.dp))
                Line(line.text)
            }
        }
        if (state.hasMeasuredOpen) {
            Gap(8.dp)
            Note(ground = Look.palette.surfaceSunken) { Line(say("app-rest-measured")) }
        }
    }
}

@Composable
private fun NotFineSheet(ask: RoomAsk.NotFine, holder: RoomHolder) {
    Sheet(holder::dismissAsk, {
        Dock {
            SecondAction(say("app-keep-reason"), "keep-reason", Modifier.weight(1f)) { holder.keepReason(ask) }
            MainAction(say("app-not-fine-snag"), "not-fine-snag", Modifier.weight(1f), icon = Icon.Camera) { holder.snagFor(ask.line) }
        }
    }) {
        Line(ask.text, style = Look.title)
        Line(say("app-not-fine-why"), colour = Look.palette.inkSoft)
        Gap(12.dp)
        Caption(say("app-not-fine-reason"))
        TextBox(ask.reason, say("app-reason"), "reason", lines = 2) { holder.typeReason(it) }
    }
}

@Composable
private fun ReasonSheet(ask: RoomAsk, reason: String, title: String, holder: RoomHolder) {
    Sheet(holder::dismissAsk, {
        Dock { MainAction(say("app-keep-reason"), "keep-reason", Modifier.weight(1f)) { holder.keepReason(ask) } }
    }) {
        Line(title, style = Look.title)
        Gap(12.dp)
        TextBox(reason, say("app-reason"), "reason", lines = 2) { holder.typeReason(it) }
    }
}

@Composable
private fun FoundSheet(ask: RoomAsk.Found, holder: RoomHolder) {
    Sheet(holder::dismissAsk, {
        Dock {
            SecondAction(say("app-answer-not-fine"), "found-not-fine", Modifier.weight(1f), plain = true) { holder.keepFound(ask, false) }
            SecondAction(say("app-answer-fine"), "found-fine", Modifier.weight(1f), plain = true) { holder.keepFound(ask, true) }
        }
    }) {
        Line(ask.text, style = Look.title)
        Line(say("app-line-contract", "contract" to ask.contract))
        Gap(12.dp)
        Caption(say("app-line-found-field"))
        TextBox(ask.value, say("app-line-found-field"), "found", lines = 2) { holder.typeFound(it) }
    }
}
