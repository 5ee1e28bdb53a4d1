package app.keyturn.ui.screens

import androidx.compose.runtime.Immutable
import app.keyturn.core.Answer
import app.keyturn.core.FieldStore
import app.keyturn.core.LineRequest
import app.keyturn.core.NewSnag
import app.keyturn.core.Phase
import app.keyturn.core.Pin
import app.keyturn.core.SnagView
import app.keyturn.ui.look.Mark
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.CameraRefused
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.Purpose
import app.keyturn.ui.model.read
import app.keyturn.ui.model.titleOf
import app.keyturn.ui.parts.Choice
import app.keyturn.ui.parts.PhotoTileState

/** What is missing before the snag can be recorded; the main action says it and leads there. */
enum class SnagNeed(val key: String) {
    Room("app-snag-need-room"),
    Element("app-snag-need-element"),
    Defect("app-snag-need-defect"),
    Severity("app-snag-need-severity"),
}

@Immutable
data class NewSnagState(
    val unit: String,
    val where: String,
    val photos: List<PhotoTileState>,
    val room: Choice?,
    val rooms: List<Choice>,
    val element: Choice?,
    val elements: List<Choice>,
    /** Offered for the element, most used first. */
    val defects: List<Choice>,
    val defect: String?,
    val severities: List<Choice>,
    val severity: String?,
    val words: String,
    val due: String,
    val dueWhy: String,
    val placed: Boolean,
    val hasPlan: Boolean,
    /** Snags already recorded for this element in this room. */
    val near: List<Choice>,
    val need: SnagNeed?,
    val cameraRefused: Boolean,
    val saving: Boolean,
)

/** The form of a new snag. All of it is a draft in the store from the first tap on. */
class NewSnagHolder(app: AppModel, private val place: Place.NewSnag) : Holder<NewSnagState>(app) {
    private var saving = false

    private fun draft(store: FieldStore) = Draft(store, "app/snag/${place.unit}")

    /** Room and element as they were last time; the next snag is mostly beside the last. */
    private fun last(store: FieldStore) = Draft(store, "app/snag-last/${place.unit}")

    private fun begin(store: FieldStore): Draft {
        val draft = draft(store)
        if (draft.isEmpty) {
            val last = last(store)
            val line = place.line?.let { key -> store.lines(place.unit, place.room).firstOrNull { it.key == key } }
            val room = place.room ?: last["room"]
            val element = line?.element ?: if (room == last["room"]) last["element"] else ""
            draft.set("room" to room, "element" to element, "line" to place.line.orEmpty(), "open" to "yes")
        }
        return draft
    }

    override fun read(store: FieldStore): NewSnagState {
        val unit = store.unit(place.unit)
        val draft = begin(store)
        val rooms = unit.rooms.map { Choice(it.key, it.name.read(words)) }
        val elements = store.catalog("element").map { Choice(it.id, it.name.read(words)) }
        val element = elements.firstOrNull { it.id == draft["element"] }
        val offered = if (element == null) emptyList() else store.defectsFor(element.id)
        val defect = draft["defect"].ifEmpty { null }
        val severities = store.catalog("severity").map { Choice(it.id, it.name.read(words)) }
        // Set by the rule of the type until a person says otherwise.
        val severity = draft["severity"].ifEmpty { offered.firstOrNull { it.id == defect }?.severity.orEmpty() }.ifEmpty { null }
        val days = offered.firstOrNull { it.severity == severity }?.dueDays?.toLong()
        val times = times(store)
        val room = rooms.firstOrNull { it.id == draft["room"] }
        val near = if (room != null && element != null && defect != null) near(store, room.id, element.id, defect, pin(draft)) else emptyList()
        return NewSnagState(
            unit = place.unit,
            where = unit.label + " · " + say("app-snag-draft"),
            photos = draft.list("photos").mapIndexed { i, path -> PhotoTileState("$i", path, Mark.OnDevice, false, say("app-proof-on-device")) },
            room = room,
            rooms = rooms,
            element = element,
            elements = elements,
            defects = offered.map { Choice(it.id, it.name.read(words)) },
            defect = defect,
            severities = severities,
            severity = severity,
            words = draft["words"],
            due = days?.let { times.due(times.plus(it)) } ?: say("app-snag-due-none"),
            dueWhy = days?.let { say("app-snag-due-days", "days" to it) }.orEmpty(),
            placed = pin(draft) != null,
            hasPlan = unit.planPath != null,
            near = near.map { Choice(it.id, "${it.number} ${titleOf(it, words)}") },
            need =
            when {
                room == null -> SnagNeed.Room
                element == null -> SnagNeed.Element
                defect == null -> SnagNeed.Defect
                severity == null -> SnagNeed.Severity
                else -> null
            },
            cameraRefused = draft["no-camera"] == "yes",
            saving = saving,
        )
    }

    private fun near(store: FieldStore, room: String, element: String, defect: String, pin: Pin?): List<SnagView> =
        store.snagsNear(place.unit, room, element, defect, pin)

    private fun pin(draft: Draft): Pin? {
        val part = draft["pin"].split(' ')
        return if (part.size == 3) Pin(part[0], part[1].toUInt(), part[2].toUInt()) else null
    }

    private fun keep(vararg changes: Pair<String, String>) = app.act {
        begin(it).set(*changes)
        state = read(it)
    }

    fun room(id: String) = keep("room" to id)

    fun element(id: String) = keep("element" to id, "defect" to "", "severity" to "")

    fun defect(id: String) = keep("defect" to id, "severity" to "")

    fun severity(id: String) = keep("severity" to id)

    fun type(words: String) {
        state = state?.copy(words = words)
        keep("words" to words)
    }

    fun photo() = app.act { store ->
        try {
            begin(store)
            app.captures(store).take(Purpose.Form(place.unit))
        } catch (_: CameraRefused) {
            begin(store).set("no-camera" to "yes")
        }
        state = read(store)
    }

    fun dropPhoto(at: Int) = app.act { store ->
        val draft = begin(store)
        draft.set("photos" to draft.list("photos").filterIndexed { i, _ -> i != at }.joinToString("\n"))
        state = read(store)
    }

    fun place() = app.go(Place.Plan(place.unit, null))

    /** Adds the photos to a snag that is already there instead of making a second one. */
    fun addTo(snag: String) = app.record { store ->
        val photos = draft(store).list("photos")
        for (path in photos) store.snagPhoto(snag, path)
        draft(store).clear()
        photos.forEach { app.captures(store).spent(it) }
        app.instead(Place.ASnag(snag))
    }

    /** Closing keeps the draft; nothing is asked. */
    fun leave() = app.back()

    fun save(again: Boolean) {
        val now = state ?: return
        if (now.need != null || saving) return
        saving = true
        app.record { store ->
            try {
                val draft = begin(store)
                val line = draft["line"].ifEmpty { null }
                val days = store.defectsFor(draft["element"]).firstOrNull { it.severity == now.severity }?.dueDays?.toLong()
                val snag =
                    store.snagNew(
                        NewSnag(
                            unit = place.unit,
                            room = draft["room"],
                            element = draft["element"],
                            defect = draft["defect"],
                            severity = now.severity.orEmpty(),
                            ownerText = "",
                            finding = draft["words"],
                            dueOn = days?.let { times(store).plus(it) },
                            pin = pin(draft),
                            line = line,
                            photos = draft.list("photos"),
                        ),
                    )
                if (line != null) answerLine(store, line, snag)
                last(store).set("room" to draft["room"], "element" to draft["element"])
                val photos = draft.list("photos")
                draft.clear()
                photos.forEach { app.captures(store).spent(it) }
                store.makePictures()
                if (!again) app.back()
            } finally {
                saving = false
            }
            if (again) state = read(store)
        }
    }

    private fun answerLine(store: FieldStore, line: String, snag: SnagView) {
        if (store.unit(place.unit).handover !in setOf(Phase.STARTED, Phase.SIGNED)) return
        val was = store.lines(place.unit, null).firstOrNull { it.key == line } ?: return
        val typed = Draft(store, "app/points/${place.unit}/$line")
        val points = if (typed["points"].isEmpty()) was.pointsMilli else typed.list("points").mapNotNull { RoomHolder.milli(it) }
        store.answer(place.unit, LineRequest(line, Answer.NOT_FINE, points, snag.id, null, null))
        typed.clear()
    }
}
