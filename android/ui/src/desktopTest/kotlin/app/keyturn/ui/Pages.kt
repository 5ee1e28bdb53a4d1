package app.keyturn.ui

import app.keyturn.ui.model.Place
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue

/** What a person does on each page: the page objects of the journeys. */
class Pages(val screens: Screens) {
    fun enrol(invite: String, role: String) = with(screens) {
        tap("enrol-next")
        tap("enrol-type")
        type("enrol-code", invite)
        await("enrol-good") { has("enrol-good") }
        // What one joins is shown before anything is sent: the fingerprint of the office's own screen.
        val hub = Regex("hub=([0-9a-f]+)").find(invite)!!.groupValues[1]
        assertTrue(hub.startsWith(text("enrol-fingerprint").filter { it.isLetterOrDigit() }.lowercase().take(16)), "the fingerprint shown is the hub's")
        tap("enrol-join")
        await("enrol-notice") { has("enrol-notice") }
        assertTrue(text("enrol-notice").length > 20, "the notice is shown before joining")
        tap("enrol-agree")
        await("today") { app.place == Place.Today && has("sync-line") }
        assertEquals(role, app.store!!.device().role)
        await("first sync") { !app.syncRunning }
    }

    fun openUnit(door: String) = with(screens) {
        val unit = app.store!!.findUnit(door)
        await("job") { has("jobs") }
        tap("job-$unit", "jobs")
        await("unit") { has("unit-lines") }
        unit
    }

    fun startWalk() = with(screens) {
        tap("main")
        tap("begin-walk")
        await("walk begun") { has("new-snag") }
    }

    /** From wherever one is to a room of the unit. */
    fun room(unit: String, room: String) = with(screens) {
        if ((app.place as? Place.Room)?.room == room) return@with
        home(unit)
        tap("room-$room", "rooms")
        await("lines") { has("lines") }
    }

    fun home(unit: String) = with(screens) {
        var steps = 0
        while (app.place != Place.AUnit(unit) && steps++ < 8) tap("back")
        assertEquals(Place.AUnit(unit), app.place)
    }

    fun answer(unit: String, line: String, answer: String, reason: String?) = with(screens) {
        room(unit, line.substringBefore('/'))
        tap("answer-$line-$answer", "lines".takeIf { !has("answer-$line-$answer") })
        if (reason != null) {
            type("reason", reason)
            tap("keep-reason")
        }
        await("answered") { has("answer-$line-$answer") && isOn("answer-$line-$answer") }
    }

    fun measure(unit: String, line: String, points: List<String>, reason: String): String = with(screens) {
        room(unit, line.substringBefore('/'))
        if (!has("measuring")) {
            scrollTo("lines", "measure-$line")
            tap("measure-$line")
        }
        for (point in points) {
            for (c in point) tap(if (c == '.') "pad-point" else "pad-$c")
            tap("pad-keep")
        }
        val words = text("verdict")
        // A point over the limit wants its cause, also where the rule allows some.
        if (has("keep-reason")) {
            type("reason", reason)
            tap("keep-reason")
        }
        assertTrue(words.isNotBlank())
        app.store!!.lines(unit, line.substringBefore('/')).first { it.key == line }.verdict?.outcome?.name?.lowercase() ?: "incomplete"
    }

    fun restFine(unit: String, room: String): Int = with(screens) {
        room(unit, room)
        if (!has("rest-fine")) scrollTo("lines", "rest-fine")
        tap("rest-fine")
        tap("rest-yes")
        app.store!!.lines(unit, room).count { it.open && it.measure == null }
    }

    fun typeSnag(unit: String, room: String, element: String, defect: String, severity: String, words: String, photos: List<String>) = with(screens) {
        home(unit)
        tap("new-snag")
        tap("choose-room")
        tap("room-$room")
        tap("choose-element")
        tap("element-$element")
        await("types") { has("defect-$defect") || has("defect-more") }
        if (has("defect-$defect")) {
            tap("defect-$defect")
        } else {
            tap("defect-more")
            tap("all-defects-$defect")
        }
        platform.camera.addAll(photos)
        repeat(photos.size) { tap("camera") }
        type("words", words)
        tap("severity-$severity")
    }

    fun checkDraft(words: String, photos: Int) = with(screens) {
        await("form") { has("save") }
        assertEquals(words, typed("words"))
        if (photos > 0) assertTrue(has("photo-$photos"), "photo $photos is in the form")
        assertFalse(has("photo-${photos + 1}"))
    }

    fun saveSnag(unit: String, number: Long) = with(screens) {
        tap("save")
        await("snag kept") { app.place !is Place.NewSnag }
        val rows = app.store!!.snags(unit, null, 0uL, 100uL).rows
        assertTrue(rows.any { it.number == number }, "snag $number is there: ${rows.map { it.number }}")
    }

    fun owner(unit: String, outcome: String, dispute: List<Long>, reason: String) = with(screens) {
        home(unit)
        if (has("tool-owner")) tap("tool-owner") else tap("main")
        await("who reads") { has("who-0") }
        tap("who-0")
        await("the record") { has("owner-items") }
        if (outcome != "refused") {
            assertFalse(app.place is Place.Sign)
            val count = app.store!!.snags(unit, null, 0uL, 100uL).rows.size
            for (number in 1..count) scrollTo("owner-items", "dispute-$number")
            await("all seen") { text("owner-seen").contains("$count") }
        }
        for (number in dispute) {
            scrollTo("owner-items", "dispute-$number")
            tap("dispute-$number")
            type("ask-text", reason)
            tap("ask-keep")
        }
        when (outcome) {
            "accepted" -> tap("accept")

            "in_part" -> tap("part")

            else -> {
                tap("refuse")
                type("ask-text", reason)
                tap("ask-keep")
            }
        }
        await("the pad") { has("signature-pad") }
    }

    fun strokes(from: Int, count: Int) = with(screens) {
        for (i in from until from + count) stroke(i)
        await("strokes") { text("strokes").contains("${from + count}") }
    }

    fun sign(unit: String) = with(screens) {
        tap("confirm")
        await("signed") { has("owner-signed") }
        platform.unlocks = false
        tap("hand-back")
        assertTrue(app.place is Place.Owner, "without the device lock there is no way back")
        platform.unlocks = true
        tap("hand-back")
        await("back at the unit") { app.place == Place.AUnit(unit) }
    }

    fun sync() = with(screens) {
        app.sync(originalsNow = true)
        await("sync") { !app.syncRunning }
    }
}
