package app.keyturn.ui

import app.keyturn.ui.model.Place
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.int
import kotlinx.serialization.json.intOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import java.io.File
import java.security.MessageDigest
import java.time.LocalDate
import java.time.ZoneId
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** The journeys of `tests/journeys`, which iOS walks too: with taps, typing and strokes on the screens, a real core and a real hub. */
class JourneyTest {
    @TestFactory
    fun journeys(): List<DynamicTest> {
        val files = File(RealHub.root, "tests/journeys").listFiles { f -> f.extension == "json" }!!.sorted()
        assertTrue(files.isNotEmpty(), "there are journeys")
        return files.map { file -> DynamicTest.dynamicTest(file.nameWithoutExtension) { walk(Json.parseToJsonElement(file.readText()).jsonObject) } }
    }

    private fun walk(journey: JsonObject) = RealHub().use { hub ->
        val person = journey.getValue("people").jsonArray.first().jsonObject
        val invite = hub.invite(person.text("name"), person.text("role"), person.text("scope"))
        val door = journey.text("unit")
        hub.appoint(door, person.text("name"), LocalDate.now(ZoneId.of("Asia/Shanghai")).plusDays(1).toString() + " 23:59")
        Screens.run { Walk(hub, this, door, person.text("role"), invite).all(journey.getValue("steps").jsonArray.map { it.jsonObject }) }
    }

    private class Walk(
        private val hub: RealHub,
        private val screens: Screens,
        private val door: String,
        private val role: String,
        private val invite: String,
    ) {
        private val pages = Pages(screens)
        private val taken = mutableListOf<String>()
        private var unit = ""
        private var strokes = 0

        fun all(steps: List<JsonObject>) = steps.forEachIndexed { i, step ->
            try {
                one(step)
            } catch (error: Throwable) {
                screens.picture("failed-step-$i")
                throw AssertionError("step ${i + 1} $step: at ${screens.app.place}, trouble ${screens.app.trouble}", error)
            }
        }

        private fun one(step: JsonObject) {
            when (val name = step.text("step")) {
                "enrol" -> pages.enrol(invite, role)

                "open" -> unit = pages.openUnit(door)

                "start" -> pages.startWalk()

                "answer" -> pages.answer(unit, step.text("line"), step.text("answer"), step["reason"]?.jsonPrimitive?.content)

                "measure" -> assertEquals(
                    step.text("verdict"),
                    pages.measure(
                        unit,
                        step.text("line"),
                        step.list("points"),
                        step["reason"]?.jsonPrimitive?.content ?: "当场打磨",
                    ),
                )

                "rest-fine" -> assertEquals(step.getValue("open").jsonPrimitive.int, pages.restFine(unit, step.text("room")))

                "type-snag" -> {
                    val photos = step.getValue("photos").jsonPrimitive.int
                    val files = if (photos == 0) emptyList() else hub.photographs(taken.size + photos).drop(taken.size)
                    taken += files
                    pages.typeSnag(unit, step.text("room"), step.text("element"), step.text("defect"), step.text("severity"), step.text("words"), files)
                }

                "draft-snag" -> pages.checkDraft(step.text("words"), step.getValue("photos").jsonPrimitive.int)

                "save-snag" -> pages.saveSnag(unit, step.getValue("number").jsonPrimitive.int.toLong())

                "owner" -> {
                    strokes = 0
                    val dispute = step["dispute"]?.jsonArray?.map { it.jsonPrimitive.int.toLong() }.orEmpty()
                    pages.owner(unit, step.text("outcome"), dispute, step["reason"]?.jsonPrimitive?.content.orEmpty())
                }

                "stroke" -> {
                    val upTo = step.getValue("count").jsonPrimitive.int
                    pages.strokes(strokes, upTo - strokes)
                    strokes = upTo
                }

                "sign" -> pages.sign(unit)

                "kill" -> kill()

                "unsent" -> unsent(step)

                "sync" -> pages.sync()

                "on-hub" -> onHub(step.getValue("photos").jsonPrimitive.int)

                else -> error("no step `$name`: add it here and in tests/journeys/README.md")
            }
        }

        /** The same screen is there, with what stood on it. */
        private fun kill() {
            val place = screens.app.place
            val words = if (screens.has("words")) screens.typed("words") else null
            screens.kill()
            assertEquals(place, screens.app.place, "the app opens where it was killed")
            screens.settle()
            if (words != null) {
                screens.await("form") { screens.has("words") }
                assertEquals(words, screens.typed("words"))
            }
        }

        private fun unsent(step: JsonObject) {
            val status = screens.app.store!!.status()
            val records = step.getValue("records").jsonPrimitive
            if (records.intOrNull == null) assertTrue(status.unsentRecords > 0uL) else assertEquals(records.int.toULong(), status.unsentRecords)
            assertEquals(step.getValue("photos").jsonPrimitive.int.toULong(), status.unsentPhotos)
            var steps = 0
            while (screens.app.place != Place.Today && steps++ < 8) screens.tap("back")
            val said = screens.text("sync-fact")
            if (status.unsentRecords > 0uL || status.unsentPhotos > 0uL) {
                assertTrue("${status.unsentRecords}" in said && "${status.unsentPhotos}" in said, "the sync line says how much: $said")
            } else {
                assertEquals(screens.app.words.say("app-sync-safe"), said)
            }
            screens.tap("job-$unit", "jobs")
            screens.await("unit") { screens.has("unit-lines") }
        }

        /** Each photograph once, whole, under the digest of the file that the camera gave. */
        private fun onHub(count: Int) {
            assertEquals(count, taken.size)
            val held = hub.originals()
            for (file in taken) {
                val bytes = File(file).readBytes()
                val digest = MessageDigest.getInstance("SHA-256").digest(bytes).joinToString("") { "%02x".format(it) }
                assertEquals(bytes.size.toLong(), held[digest], "the hub holds $digest whole")
            }
        }
    }

    private companion object {
        fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content

        fun JsonObject.list(name: String): List<String> = getValue(name).jsonArray.map { it.jsonPrimitive.content }
    }
}
