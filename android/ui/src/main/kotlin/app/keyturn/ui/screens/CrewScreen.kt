package app.keyturn.ui.screens

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.gestures.detectHorizontalDragGestures
import androidx.compose.foundation.gestures.detectTapGestures
import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.ProgressBarRangeInfo
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.progressBarRangeInfo
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.setProgress
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import app.keyturn.core.DoneRequest
import app.keyturn.core.FieldStore
import app.keyturn.core.Phase
import app.keyturn.core.PictureSize
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.CameraRefused
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.Purpose
import app.keyturn.ui.model.held
import app.keyturn.ui.model.read
import app.keyturn.ui.model.tileOf
import app.keyturn.ui.model.titleOf
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Card
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.FactRow
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Note
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.PhotoTileState
import app.keyturn.ui.parts.Picture
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.Scrolled
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.SectionTitle
import app.keyturn.ui.parts.Sheet
import app.keyturn.ui.parts.StateChip
import app.keyturn.ui.parts.TextBox
import app.keyturn.ui.parts.ValueRow

enum class CrewStep(val key: String) {
    Arrive("app-crew-arrive"),
    Before("app-crew-before"),
    After("app-crew-after"),
    Materials("app-crew-materials"),
    Done("app-crew-done"),
}

@Immutable
data class CrewState(
    val title: String,
    val where: String,
    val step: CrewStep,
    val before: List<String?>,
    val after: List<String?>,
    val rejected: String?,
    val text: String,
    val materials: String,
    val minutes: String,
    val done: Boolean,
    /** The snag as it was recorded: its pictures, and what is known of it. */
    val snagPhotos: List<PhotoTileState>,
    val facts: List<Pair<String, String>>,
    /** The home, where it has a plan: the way there. */
    val way: String?,
    val mayOwner: Boolean,
    val onSite: OnSiteState?,
    /** Why a photograph cannot be taken, as it is being written. */
    val cannot: String?,
    /** What was said instead of the photographs of this round. */
    val noPhoto: List<String>,
)

/** One order of a crew: arrival, before, after from the same spot, materials and hours, done. */
class CrewHolder(app: AppModel, private val snag: String) : Holder<CrewState>(app) {
    val onSite = OnSite(app, snag, ::refresh) { words -> state = state?.let { it.copy(onSite = it.onSite?.copy(words = words)) } }

    private fun draft(store: FieldStore) = Draft(store, "app/crew/$snag")

    override fun read(store: FieldStore): CrewState {
        val order = store.order(snag)
        val draft = draft(store)
        val done = order.snag.phase in setOf(Phase.DONE, Phase.CONFIRMED)
        // The pictures of the walk are the before of a crew that has not taken its own.
        val before = order.before.ifEmpty { order.snag.photos.filter { it.purpose == "snag" } }
        return CrewState(
            title = titleOf(order.snag, words),
            where = order.unitLabel + " · " + say("app-snag-number", "number" to order.snag.number),
            step =
            when {
                done -> CrewStep.Done
                !order.arrived -> CrewStep.Arrive
                order.before.isEmpty() && order.noBefore == null -> CrewStep.Before
                order.after.isEmpty() && order.noAfter == null -> CrewStep.After
                else -> CrewStep.Materials
            },
            before = before.map { store.picture(it.sha256, PictureSize.LARGE) ?: store.picture(it.sha256, PictureSize.SMALL) },
            after = order.after.map { store.picture(it.sha256, PictureSize.SMALL) },
            rejected = order.rejectedBecause,
            text = draft["text"],
            materials = draft["materials"],
            minutes = draft["minutes"],
            done = done,
            snagPhotos = order.snag.photos.filter { it.purpose == "snag" }.map { tileOf(store, it, words) },
            facts =
            listOfNotNull(
                say("app-snag-room") to order.snag.roomName.read(words) + " · " + order.snag.elementName.read(words),
                say("app-snag-types") to order.snag.defectName.read(words),
                order.snag.dueOn?.let { say("app-snag-due") to times(store).due(it) },
            ),
            way = order.snag.unit?.takeIf { unit -> store.unit(unit).planPath != null },
            mayOwner = order.snag.phase == Phase.DONE && store.may("owner.confirm"),
            onSite = onSite.read(store),
            cannot = if (draft["cannot"] == "yes") draft["why"] else null,
            noPhoto = listOfNotNull(order.noBefore, order.noAfter),
        )
    }

    fun arrive() = app.record { it.repairArrive(snag, null) }

    fun photo(after: Boolean) = app.record { store ->
        try {
            app.captures(store).take(Purpose.Repair(snag, after))
            store.makePictures()
        } catch (_: CameraRefused) {
            return@record
        }
    }

    private fun show(vararg changes: Pair<String, String>) = app.act {
        draft(it).set(*changes)
        state = read(it)
    }

    fun startCannot() = show("cannot" to "yes")

    fun dismissCannot() = show("cannot" to "")

    fun typeCannot(text: String) {
        state = state?.copy(cannot = text)
        keep("why", text)
    }

    /** The reason stands where the photograph would. */
    fun cannot() {
        val now = state ?: return
        if (now.cannot.isNullOrBlank()) return
        app.record { store ->
            store.repairNoPhoto(snag, now.step == CrewStep.After, now.cannot)
            draft(store).set("cannot" to "", "why" to "")
        }
    }

    private fun keep(key: String, text: String) = app.act { draft(it).set(key to text) }

    fun text(text: String) {
        state = state?.copy(text = text)
        keep("text", text)
    }

    fun materials(text: String) {
        state = state?.copy(materials = text)
        keep("materials", text)
    }

    fun minutes(text: String) {
        if (text.any { !it.isDigit() }) return
        state = state?.copy(minutes = text)
        keep("minutes", text)
    }

    fun finish() {
        val now = state ?: return
        app.record { store ->
            store.repairDone(snag, DoneRequest(now.text, now.materials.ifBlank { null }, now.minutes.toUIntOrNull()))
            draft(store).clear()
        }
    }
}

@Composable
fun CrewScreen(app: AppModel, snag: String) {
    val holder = held(app) { CrewHolder(app, snag) }
    val state = holder.state ?: return
    Box(Modifier.fillMaxSize()) {
        Page(
            bar = {
                Bar(state.title, state.where, onBack = app::back)
                Ribbon(state)
            },
            dock = {
                Dock {
                    val wide = Modifier.weight(1f)
                    when (state.step) {
                        CrewStep.Arrive -> MainAction(say("app-crew-arrive-do"), "main", wide, say("app-crew-arrive-why")) { holder.arrive() }

                        CrewStep.Before -> {
                            SecondAction(say("app-crew-cannot"), "cannot", plain = true) { holder.startCannot() }
                            MainAction(say("app-crew-before-do"), "main", wide, icon = Icon.Camera) { holder.photo(after = false) }
                        }

                        CrewStep.After -> {
                            SecondAction(say("app-crew-cannot"), "cannot", plain = true) { holder.startCannot() }
                            MainAction(say("app-crew-after-do"), "main", wide, icon = Icon.Camera) { holder.photo(after = true) }
                        }

                        CrewStep.Materials -> {
                            SecondAction(say("app-snag-again-photo"), "again", icon = Icon.Camera) { holder.photo(after = true) }
                            MainAction(say("app-crew-finish"), "main", wide, say("app-crew-finish-why"), Icon.Check) { holder.finish() }
                        }

                        CrewStep.Done -> MainAction(say("app-done"), "main", wide) { app.back() }
                    }
                }
            },
        ) {
            Scrolled(12.dp) {
                if (state.rejected !=
                    null
                ) {
                    Note(ground = Look.palette.dangerSoft) {
                        Line(say("app-crew-again", "reason" to state.rejected), style = Look.bodyBold, colour = Look.palette.danger)
                    }
                }
                if (state.done) StateChip(Mark.Done, say("app-crew-waiting"))
                for (reason in state.noPhoto) {
                    Note(ground = Look.palette.surfaceSunken) {
                        Line(say("app-line-no-photo", "reason" to reason), Modifier.testTag("no-photo"))
                    }
                }
                if (state.step == CrewStep.Arrive || state.step == CrewStep.Before) What(app, state)
                if (state.done && state.mayOwner) {
                    SectionTitle(say("app-on-site"))
                    OnSiteActions(holder.onSite)
                }
                if (state.step == CrewStep.After || state.step == CrewStep.Materials || state.done) Overlay(state)
                if (state.step == CrewStep.Materials) {
                    Caption(say("app-crew-what"))
                    TextBox(state.text, say("app-crew-what"), "crew-text", lines = 2) { holder.text(it) }
                    Caption(say("app-crew-materials"))
                    TextBox(state.materials, say("app-crew-materials"), "crew-materials", hint = say("app-crew-materials-hint"), lines = 2) {
                        holder.materials(it)
                    }
                    Caption(say("app-crew-minutes"))
                    TextBox(state.minutes, say("app-crew-minutes"), "crew-minutes", keyboard = KeyboardType.Number, allow = { it.all(Char::isDigit) }) {
                        holder.minutes(it)
                    }
                }
            }
        }
        if (state.cannot != null) {
            Sheet(holder::dismissCannot, { Dock { MainAction(say("app-keep-reason"), "cannot-keep", Modifier.weight(1f)) { holder.cannot() } } }) {
                Line(say("app-crew-cannot"), style = Look.title)
                TextBox(state.cannot, say("app-crew-cannot"), "cannot-why", hint = say("app-why"), lines = 2) { holder.typeCannot(it) }
            }
        }
        if (state.onSite != null) OnSiteSheet(state.onSite, state.title, holder.onSite)
    }
}

/** What is to be mended, and where. */
@Composable
private fun What(app: AppModel, state: CrewState) {
    if (state.snagPhotos.isNotEmpty()) {
        Row(Modifier.fillMaxWidth().horizontalScroll(rememberScrollState()), Arrangement.spacedBy(8.dp)) {
            state.snagPhotos.forEachIndexed { i, photo ->
                Picture(
                    photo.path,
                    say("app-photo-n", "n" to i + 1, "of" to state.snagPhotos.size, "where" to state.title),
                    Modifier.size(178.dp, 224.dp).clip(RoundedCornerShape(Radius.chip)),
                )
            }
        }
    }
    Card(Modifier.fillMaxWidth()) {
        state.facts.forEachIndexed { i, (name, value) ->
            if (i > 0) Rule()
            ValueRow(name, value)
        }
        val unit = state.way
        if (unit != null) {
            Rule()
            FactRow(say("app-crew-way"), caption = state.where, tag = "way", before = { IconView(Icon.Plan) }) { app.go(Place.Plan(unit, null)) }
        }
    }
}

/** Five dots with words: done, here, to come. */
@Composable
private fun Ribbon(state: CrewState) {
    val palette = Look.palette
    if (largeType) Line(say(state.step.key), Modifier.padding(horizontal = 16.dp), Look.bodyBold, palette.primary)
    Row(Modifier.fillMaxWidth().padding(8.dp, 6.dp)) {
        for (step in CrewStep.entries) {
            val done = step < state.step || state.done
            val here = step == state.step && !state.done
            val word = say(step.key)
            Column(
                Modifier.weight(1f).testTag("step-${step.name.lowercase()}").semantics(mergeDescendants = true) { contentDescription = word },
                horizontalAlignment = Alignment.CenterHorizontally,
            ) {
                if (done) {
                    MarkView(Mark.Confirmed, 22.dp, palette.ok, palette.paper)
                } else {
                    Box(Modifier.size(22.dp).border(if (here) 5.dp else 2.dp, if (here) palette.primary else palette.inkSoft, CircleShape))
                }
                // Large type has room for one word: that of the step one is at.
                if (!largeType) {
                    Line(
                        word,
                        style = if (here) Look.captionBold else Look.caption,
                        colour = if (here) palette.primary else palette.ink,
                        align = TextAlign.Center,
                    )
                }
                val count =
                    when (step) {
                        CrewStep.After -> state.after.size
                        else -> 0
                    }
                if (count > 0 && !largeType) Caption(say("app-crew-photos", "count" to count))
            }
        }
    }
}

/** Before over after, so that both are taken from one spot; held, it shows only the before. */
@Composable
private fun Overlay(state: CrewState) {
    val palette = Look.palette
    var share by remember { mutableStateOf(0.5f) }
    var held by remember { mutableStateOf(false) }
    val before = state.before.firstOrNull()
    val name = say("app-crew-overlay", "share" to (share * 100).toInt())
    Box(
        Modifier
            .fillMaxWidth()
            .aspectRatio(0.9f)
            .clip(RoundedCornerShape(Radius.card))
            .background(palette.surfaceSunken)
            .pointerInput(Unit) {
                detectTapGestures(onPress = {
                    held = true
                    tryAwaitRelease()
                    held = false
                })
            },
    ) {
        if (state.after.isNotEmpty()) Picture(state.after.last(), say("app-crew-after"), Modifier.fillMaxSize(), 1024)
        if (before != null) {
            val alpha = if (held || state.after.isEmpty()) 1f else share
            Picture(before, name, Modifier.fillMaxSize(), 1024, alpha = alpha)
        } else {
            Line(say("app-crew-no-before"), Modifier.align(Alignment.Center).padding(24.dp))
        }
    }
    Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
        Caption(say("app-crew-overlay-now"))
        Canvas(
            Modifier
                .weight(1f)
                .height(52.dp)
                .testTag("overlay")
                .semantics {
                    contentDescription = name
                    progressBarRangeInfo = ProgressBarRangeInfo(share, 0f..1f)
                    setProgress {
                        share = it.coerceIn(0f, 1f)
                        true
                    }
                }.pointerInput(Unit) {
                    detectHorizontalDragGestures { change, _ -> share = (change.position.x / size.width).coerceIn(0f, 1f) }
                },
        ) {
            val y = size.height / 2
            drawLine(palette.ink, Offset(0f, y), Offset(size.width, y), 3.dp.toPx())
            drawLine(palette.primary, Offset(0f, y), Offset(size.width * share, y), 6.dp.toPx())
            for (i in 0..10) drawLine(palette.inkSoft, Offset(size.width * i / 10, y - 8.dp.toPx()), Offset(size.width * i / 10, y), 1.5.dp.toPx())
            drawCircle(palette.primary, 14.dp.toPx(), Offset(size.width * share, y))
            drawCircle(palette.surface, 8.dp.toPx(), Offset(size.width * share, y))
        }
        Caption(say("app-crew-overlay-before"))
    }
}
