package app.keyturn.ui.screens

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.IntrinsicSize
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.held
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.CameraTile
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.ChoiceField
import app.keyturn.ui.parts.ChoiceSheet
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Note
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.PhotoTile
import app.keyturn.ui.parts.Picture
import app.keyturn.ui.parts.ProofBadge
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.Segments
import app.keyturn.ui.parts.Sheet
import app.keyturn.ui.parts.TextBox
import app.keyturn.ui.parts.TileGrid
import app.keyturn.ui.parts.tap

private enum class Choosing { Room, Element, Defect }

@Composable
fun NewSnagScreen(app: AppModel, place: Place.NewSnag) {
    val holder = held(app) { NewSnagHolder(app, place) }
    val state = holder.state ?: return
    var choosing by remember { mutableStateOf<Choosing?>(null) }
    var shown by remember { mutableStateOf<Int?>(null) }
    Box(Modifier.fillMaxSize()) {
        Page(
            bar = {
                Bar(say("app-snag-new"), state.where, Icon.Close, holder::leave) {
                    if (state.photos.isNotEmpty()) ProofBadge(Mark.OnDevice, state.photos.size) { app.go(Place.Sync) }
                }
            },
            dock = {
                Dock {
                    if (!largeType) SecondAction(say("app-snag-save-again"), "save-again") { holder.save(again = true) }
                    val need = state.need
                    MainAction(say(need?.key ?: "app-snag-save"), "save", Modifier.weight(1f), icon = if (need == null) Icon.Check else null) {
                        when (need) {
                            SnagNeed.Room -> choosing = Choosing.Room
                            SnagNeed.Element -> choosing = Choosing.Element
                            SnagNeed.Defect -> choosing = Choosing.Defect
                            SnagNeed.Severity -> Unit
                            null -> holder.save(again = false)
                        }
                    }
                }
            },
        ) {
            if (Look.isTablet) {
                Row(Modifier.fillMaxSize(), Arrangement.spacedBy(24.dp)) {
                    Column(Modifier.weight(1f).verticalScroll(rememberScrollState()).padding(start = 24.dp, bottom = 16.dp), Arrangement.spacedBy(10.dp)) {
                        Photos(state, holder) { shown = it }
                        Where(state) { choosing = it }
                        Words(state, holder)
                    }
                    Column(Modifier.weight(1f).verticalScroll(rememberScrollState()).padding(end = 24.dp, bottom = 16.dp), Arrangement.spacedBy(10.dp)) {
                        Types(state, holder) { choosing = it }
                        Severity(state, holder)
                        Due(state, holder)
                    }
                }
            } else {
                Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp, 4.dp), Arrangement.spacedBy(10.dp)) {
                    Photos(state, holder) { shown = it }
                    Where(state) { choosing = it }
                    Types(state, holder) { choosing = it }
                    Words(state, holder)
                    Severity(state, holder)
                    Due(state, holder)
                }
            }
        }
        when (choosing) {
            null -> Unit

            Choosing.Room ->
                ChoiceSheet(say("app-snag-room"), state.rooms, state.room?.id, "room", { choosing = null }) {
                    choosing = null
                    holder.room(it)
                }

            Choosing.Element ->
                ChoiceSheet(say("app-snag-element"), state.elements, state.element?.id, "element", { choosing = null }) {
                    choosing = null
                    holder.element(it)
                }

            Choosing.Defect ->
                ChoiceSheet(say("app-snag-types"), state.defects, state.defect, "all-defects", { choosing = null }) {
                    choosing = null
                    holder.defect(it)
                }
        }
        val at = shown
        if (at != null && at < state.photos.size) {
            Sheet({ shown = null }, {
                Dock {
                    SecondAction(say("app-snag-photo-drop", "n" to at + 1), "photo-drop", Modifier.weight(1f), plain = true) {
                        shown = null
                        holder.dropPhoto(at)
                    }
                }
            }) {
                Picture(state.photos[at].path, say("app-photo-show"), Modifier.fillMaxWidth().height(420.dp), 1600, androidx.compose.ui.layout.ContentScale.Fit)
            }
        }
    }
}

@Composable
private fun Photos(state: NewSnagState, holder: NewSnagHolder, onShow: (Int) -> Unit) {
    Row(Modifier.fillMaxWidth().horizontalScroll(rememberScrollState()).testTag("photos"), Arrangement.spacedBy(8.dp)) {
        state.photos.forEachIndexed { i, photo -> PhotoTile(photo, i + 1, state.photos.size) { onShow(i) } }
        CameraTile(say(if (state.photos.isEmpty()) "app-snag-photo" else "app-snag-again-photo")) { holder.photo() }
    }
    if (state.cameraRefused) Note(ground = Look.palette.warnSoft) { Line(say("app-camera-denied"), Modifier.testTag("no-camera")) }
}

@Composable
private fun Where(state: NewSnagState, onChoose: (Choosing) -> Unit) {
    val fields: @Composable (Modifier) -> Unit = { wide ->
        ChoiceField(say("app-snag-room"), state.room?.name ?: say("app-snag-choose"), "choose-room", wide) { onChoose(Choosing.Room) }
        ChoiceField(say("app-snag-element"), state.element?.name ?: say("app-snag-choose"), "choose-element", wide) { onChoose(Choosing.Element) }
    }
    if (largeType) {
        Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
            fields(Modifier.fillMaxWidth())
        }
    } else {
        Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) { fields(Modifier.weight(1f)) }
    }
}

@Composable
private fun Types(state: NewSnagState, holder: NewSnagHolder, onChoose: (Choosing) -> Unit) {
    if (state.near.isNotEmpty()) {
        Row(
            Modifier.fillMaxWidth().tap(tag = "near") { holder.addTo(state.near.first().id) }.padding(vertical = 8.dp),
            Arrangement.spacedBy(8.dp),
            Alignment.CenterVertically,
        ) {
            MarkView(Mark.Recorded)
            Column(Modifier.weight(1f)) {
                Caption(say("app-snag-near", "count" to state.near.size, "what" to state.near.first().name))
                Line(say("app-snag-near-add"), style = Look.captionBold, colour = Look.palette.primary)
            }
            IconView(Icon.Forward, 20.dp)
        }
    }
    if (state.defects.isNotEmpty()) {
        // The most used ones; the chosen one is always among them.
        val first = state.defects.take(MOST_TILES)
        val tiles = if (state.defect == null ||
            first.any { it.id == state.defect }
        ) {
            first
        } else {
            first.dropLast(1) + state.defects.filter { it.id == state.defect }
        }
        TileGrid(
            tiles,
            state.defect,
            "defect",
            if (state.defects.size >
                tiles.size
            ) {
                say("app-more", "count" to state.defects.size)
            } else {
                null
            },
            onMore = { onChoose(Choosing.Defect) },
        ) {
            holder.defect(it)
        }
    }
}

@Composable
private fun Words(state: NewSnagState, holder: NewSnagHolder) =
    TextBox(state.words, say("app-snag-words"), "words", hint = say("app-snag-words-hint"), lines = 2) { holder.type(it) }

@Composable
private fun Severity(state: NewSnagState, holder: NewSnagHolder) {
    Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
        Caption(say("app-snag-severity"))
        Segments(state.severities, state.severity, "severity") { holder.severity(it) }
    }
}

@Composable
private fun Due(state: NewSnagState, holder: NewSnagHolder) {
    val fields: @Composable (Modifier) -> Unit = { wide ->
        ChoiceField(say("app-snag-due"), state.due, "due", wide, Icon.Calendar, state.dueWhy) {}
        if (state.hasPlan) {
            ChoiceField(say("app-snag-place"), say(if (state.placed) "app-snag-placed" else "app-snag-unplaced"), "place", wide, Icon.Pin) {
                holder.place()
            }
        }
    }
    if (largeType) {
        Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) { fields(Modifier.fillMaxWidth()) }
    } else {
        Row(Modifier.fillMaxWidth().height(IntrinsicSize.Min), Arrangement.spacedBy(8.dp)) { fields(Modifier.weight(1f).fillMaxHeight()) }
    }
}

private const val MOST_TILES = 11
