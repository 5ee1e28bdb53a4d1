package app.keyturn.ui.screens

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.layout.ContentScale
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.core.Phase
import app.keyturn.core.PictureSize
import app.keyturn.core.SnagEdit
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.CameraRefused
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.Purpose
import app.keyturn.ui.model.held
import app.keyturn.ui.model.markOf
import app.keyturn.ui.model.read
import app.keyturn.ui.model.tileOf
import app.keyturn.ui.model.titleOf
import app.keyturn.ui.model.wordOf
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.CameraTile
import app.keyturn.ui.parts.Card
import app.keyturn.ui.parts.Choice
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Note
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.PhotoTile
import app.keyturn.ui.parts.PhotoTileState
import app.keyturn.ui.parts.Picture
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.Scrolled
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.SectionTitle
import app.keyturn.ui.parts.Sheet
import app.keyturn.ui.parts.StateChip
import app.keyturn.ui.parts.TextBox
import app.keyturn.ui.parts.TileGrid
import app.keyturn.ui.parts.ValueRow

@Immutable
data class SnagState(
    val id: String,
    val number: Long,
    val unit: String?,
    val title: String,
    val finding: String,
    val edited: String?,
    val mark: Mark,
    val word: String,
    val late: Boolean,
    val soon: Boolean,
    val facts: List<Pair<String, String>>,
    val photos: List<PhotoTileState>,
    val large: List<String?>,
    val round: Int,
    val mayRecheck: Boolean,
    val mayConfirm: Boolean,
    val mayRepair: Boolean,
    val rejecting: String?,
    /** What the owner says on site about the repair. */
    val onSite: OnSiteState?,
    val hasPin: Boolean,
    /** What keeps the repair, and why. */
    val hold: String?,
    /** Repaired before at the same place: what that means. */
    val repeat: String?,
    val warranty: String?,
    /** What can keep it, where this person may say so. */
    val holds: List<Choice>,
    val holding: Pair<String?, String>?,
    /** Found right here in this round: the owner is next. */
    val passed: Boolean,
)

class SnagHolder(app: AppModel, private val snag: String) : Holder<SnagState>(app) {
    val onSite = OnSite(app, snag, ::refresh) { words -> state = state?.let { it.copy(onSite = it.onSite?.copy(words = words)) } }

    private fun draft(store: FieldStore) = Draft(store, "app/edit/$snag")

    override fun read(store: FieldStore): SnagState {
        val view = store.snag(snag)
        val draft = draft(store)
        val times = times(store)
        return SnagState(
            id = snag,
            number = view.number,
            unit = view.unit,
            title = titleOf(view, words),
            finding = view.finding,
            edited = draft["finding"].ifEmpty { null },
            mark = markOf(view.phase),
            word = say(wordOf(view.phase)),
            late = view.overdue,
            soon = view.dueSoon,
            facts =
            listOfNotNull(
                say("app-snag-room") to view.roomName.read(words),
                say("app-snag-element") to view.elementName.read(words),
                say("app-snag-types") to view.defectName.read(words),
                say("app-snag-severity") to view.severityName.read(words),
                view.dueOn?.let { say("app-snag-due") to times.due(it) },
            ) + view.clocks.map { it.milestone.read(words) to times.moment(it.due) },
            photos = view.photos.map { tileOf(store, it, words) },
            large = view.photos.map { store.picture(it.sha256, PictureSize.LARGE) },
            round = view.round.toInt(),
            mayRecheck = view.phase == Phase.DONE && store.may("recheck.confirm") && draft["passed"] != "${view.round}",
            mayConfirm = view.phase == Phase.DONE && store.may("owner.confirm"),
            mayRepair = view.phase in setOf(Phase.ORDERED, Phase.IN_WORK, Phase.REJECTED) && store.may("repair.done"),
            rejecting = if (draft["reject"] == "yes") draft["reason"] else null,
            onSite = onSite.read(store),
            hasPin = view.pin != null,
            hold = view.hold?.let { it.stateName.read(words) + " · " + it.reason + " · " + times.moment(it.since) },
            repeat = view.repeat?.words?.read(words),
            warranty = view.warranty?.words?.read(words),
            holds = if (view.phase in REPAIRED && store.may("snag.hold")) store.holdStates().map { Choice(it.id, it.name.read(words)) } else emptyList(),
            holding = if (draft["hold"] == "yes") draft["hold-state"].ifEmpty { null } to draft["hold-reason"] else null,
            passed = draft["passed"] == "${view.round}",
        )
    }

    private fun keep(vararg changes: Pair<String, String>) = app.act {
        draft(it).set(*changes)
        state = read(it)
    }

    fun type(text: String) {
        state = state?.copy(edited = text)
        keep("finding" to text)
    }

    fun keepWords() {
        val text = state?.edited ?: return
        app.record { store ->
            if (text != store.snag(snag).finding) store.snagEdit(snag, SnagEdit(finding = text))
            draft(store).set("finding" to "")
        }
    }

    fun photo() = app.record { store ->
        try {
            app.captures(store).take(Purpose.OnSnag(snag))
            store.makePictures()
        } catch (_: CameraRefused) {
            return@record
        }
    }

    fun pass() = app.record { store ->
        val round = store.recheckPass(snag, null).round
        draft(store).set("passed" to "$round")
    }

    fun startHold() = keep("hold" to "yes")

    fun dismissHold() = keep("hold" to "")

    fun holdState(id: String) = keep("hold-state" to id)

    fun typeHold(text: String) {
        state = state?.let { s -> s.copy(holding = s.holding?.copy(second = text)) }
        keep("hold-reason" to text)
    }

    fun hold() {
        val (what, why) = state?.holding ?: return
        if (what == null || why.isBlank()) return
        app.record { store ->
            store.hold(snag, what, why)
            draft(store).set("hold" to "", "hold-state" to "", "hold-reason" to "")
        }
    }

    fun resume() = app.record { it.resume(snag, null) }

    fun startReject() = keep("reject" to "yes")

    fun dismissReject() = keep("reject" to "", "reason" to "")

    fun typeReject(text: String) {
        state = state?.copy(rejecting = text)
        keep("reason" to text)
    }

    fun reject() = app.record { store ->
        store.recheckReject(snag, state?.rejecting.orEmpty(), null)
        draft(store).set("reject" to "", "reason" to "")
    }
}

private val REPAIRED = setOf(Phase.ORDERED, Phase.IN_WORK, Phase.REJECTED)

@Composable
fun SnagScreen(app: AppModel, snag: String) {
    val holder = held(app) { SnagHolder(app, snag) }
    val state = holder.state ?: return
    var shown by remember { mutableStateOf<Int?>(null) }
    Box(Modifier.fillMaxSize()) {
        Page(
            bar = { Bar(say("app-snag-number", "number" to state.number), state.title, onBack = app::back) },
            dock = {
                when {
                    state.mayRepair -> Dock {
                        MainAction(say("app-crew-after-do"), "crew", Modifier.weight(1f), icon = Icon.Camera) { app.go(Place.Crew(snag)) }
                    }

                    state.mayRecheck ->
                        Dock {
                            SecondAction(say("app-snag-recheck-fail"), "recheck-fail", plain = true) { holder.startReject() }
                            MainAction(say("app-snag-recheck-pass"), "recheck-pass", Modifier.weight(1f), icon = Icon.Check) { holder.pass() }
                        }

                    state.edited != null && state.edited != state.finding -> Dock {
                        MainAction(say("app-snag-keep"), "keep-words", Modifier.weight(1f), icon = Icon.Check) { holder.keepWords() }
                    }

                    else -> Unit
                }
            },
        ) {
            Scrolled(10.dp) {
                FlowRow(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(4.dp)) {
                    StateChip(state.mark, state.word)
                    if (state.late) StateChip(Mark.Overdue, say("app-snags-late"))
                    if (state.soon) StateChip(Mark.DueSoon, say("app-due-today"))
                    if (state.round > 1) Line(say("app-snag-round", "round" to state.round))
                }
                Row(Modifier.fillMaxWidth().horizontalScroll(rememberScrollState()), Arrangement.spacedBy(8.dp)) {
                    state.photos.forEachIndexed { i, photo -> PhotoTile(photo, i + 1, state.photos.size) { shown = i } }
                    CameraTile(say("app-snag-add-photo")) { holder.photo() }
                }
                if (state.hold != null) {
                    Note(ground = Look.palette.warnSoft) {
                        Line(say("app-hold"), style = Look.bodyBold, colour = Look.palette.warn)
                        Line(state.hold, Modifier.testTag("hold"))
                    }
                }
                if (state.repeat !=
                    null
                ) {
                    Note(ground = Look.palette.dangerSoft) { Line(state.repeat, Modifier.testTag("repeat"), Look.bodyBold, Look.palette.danger) }
                }
                if (state.passed && state.mayConfirm) {
                    Note(ground = Look.palette.okSoft) { Line(say("app-snag-passed"), Modifier.testTag("passed"), Look.bodyBold, Look.palette.ok) }
                }
                TextBox(state.edited ?: state.finding, say("app-snag-words"), "words", hint = say("app-snag-words-hint"), lines = 2) { holder.type(it) }
                Card(Modifier.fillMaxWidth()) {
                    state.facts.forEachIndexed { i, (name, value) ->
                        if (i > 0) Rule()
                        ValueRow(name, value)
                    }
                }
                if (state.warranty != null) Note(ground = Look.palette.surfaceSunken) { Line(state.warranty, Modifier.testTag("warranty")) }
                if (state.mayConfirm) {
                    SectionTitle(say("app-on-site"))
                    OnSiteActions(holder.onSite)
                }
                if (state.holds.isNotEmpty()) {
                    if (state.hold == null) {
                        SecondAction(say("app-hold-do"), "hold-start", Modifier.fillMaxWidth(), icon = Icon.Calendar, plain = true) { holder.startHold() }
                    } else {
                        SecondAction(say("app-hold-go-on"), "hold-end", Modifier.fillMaxWidth(), icon = Icon.Forward) { holder.resume() }
                    }
                }
                val unit = state.unit
                if (unit !=
                    null
                ) {
                    SecondAction(say(if (state.hasPin) "app-plan-move" else "app-snag-unplaced"), "place", Modifier.fillMaxWidth(), icon = Icon.Pin) {
                        app.go(Place.Plan(unit, snag))
                    }
                }
            }
        }
        val at = shown
        if (at != null && at < state.photos.size) {
            Sheet({ shown = null }, {
                Dock {
                    MainAction(say("app-photo-draw"), "draw", Modifier.weight(1f), icon = Icon.Pen) {
                        shown = null
                        app.go(Place.Draw(snag, state.photos[at].id))
                    }
                }
            }) {
                Picture(
                    state.large.getOrNull(at) ?: state.photos[at].path,
                    say("app-photo-show"),
                    Modifier.fillMaxWidth().height(420.dp),
                    1600,
                    ContentScale.Fit,
                )
            }
        }
        val holding = state.holding
        if (holding != null) {
            Sheet(holder::dismissHold, {
                Dock {
                    MainAction(
                        say(
                            if (holding.first ==
                                null
                            ) {
                                "app-hold-first"
                            } else {
                                "app-hold"
                            },
                        ),
                        "hold-keep",
                        Modifier.weight(1f),
                    ) { holder.hold() }
                }
            }) {
                Line(say("app-hold-why"), style = Look.title)
                Gap(8.dp)
                TileGrid(state.holds, holding.first, "hold", across = 1) { holder.holdState(it) }
                Gap(12.dp)
                TextBox(holding.second, say("app-why"), "hold-reason", hint = say("app-why"), lines = 2) { holder.typeHold(it) }
            }
        }
        if (state.onSite != null) OnSiteSheet(state.onSite, state.title, holder.onSite)
        val rejecting = state.rejecting
        if (rejecting != null) {
            Sheet(holder::dismissReject, { Dock { MainAction(say("app-snag-recheck-fail"), "reject-keep", Modifier.weight(1f)) { holder.reject() } } }) {
                Line(say("app-snag-reject-why"), style = Look.title)
                Gap(12.dp)
                TextBox(rejecting, say("app-snag-reject-why"), "reject-reason", lines = 3) { holder.typeReject(it) }
                if (rejecting.isBlank()) Note(ground = Look.palette.surfaceSunken) { Line(say("app-why"), Modifier.padding(2.dp).testTag("reject-need")) }
            }
        }
    }
}
