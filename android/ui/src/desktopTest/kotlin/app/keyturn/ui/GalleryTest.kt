package app.keyturn.ui

import androidx.compose.ui.unit.Density
import app.keyturn.core.ErrorKind
import app.keyturn.core.KeyturnException
import app.keyturn.core.Lang
import app.keyturn.core.NewParticipant
import app.keyturn.core.PictureSize
import app.keyturn.core.word
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Place
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import kotlin.test.assertTrue

/**
 * Every screen with real records, light and dark, on a phone and on a tablet both ways, in both languages, and with type of twice the size:
 * pictures for people (in `target/android/ui/pictures`), and what code can see of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GalleryTest {
    private lateinit var scene: Scene

    @BeforeAll
    fun start() {
        scene = Scene()
    }

    @AfterAll
    fun end() = scene.close()

    /** A screen: how one comes to it. */
    private class Shot(val name: String, val show: Screens.() -> Unit)

    private fun at(name: String, place: Place, before: Screens.() -> Unit = {}) = Shot(name) {
        before()
        app.goOnly(Place.Today, place)
    }

    private fun Screens.draft(name: String, vararg values: Pair<String, String>) = Draft(app.store!!, name).set(*values)

    private fun trouble(name: String, kind: ErrorKind, key: String) = Shot(name) {
        app.goOnly(Place.Today)
        app.tell(KeyturnException.Told(kind, key, word(Lang.ZH, key, emptyMap()), word(Lang.EN, key, emptyMap()), emptyMap()))
    }

    private val strokes = (0..4).joinToString("\n") { i ->
        (0..8).joinToString(";") { "${150_000 + i * 120_000 + it * 9_000},${300_000 + it * it * 5_000},${it * 16}" }
    }

    private fun inspector(): List<Shot> {
        val unit = scene.unit
        val rooms = scene.inspector.use { unit(unit).rooms.filter { it.lines > 0u }.map { it.key } }
        val open = "master_bedroom"
        val measured = "$open/wall/flatness"
        val photo = scene.inspector.use { snag(scene.snags[0]).photos[1].sha256 }
        return listOf(
            Shot("01-today") { app.goOnly(Place.Today) },
            at("02-unit", Place.AUnit(unit)),
            at("03-checklist", Place.Room(unit, open)) {
                draft("app/room/$unit/$open", "line" to measured, "ask" to "")
                draft("app/points/$unit/$measured", "points" to "2\n3\n5\n3", "at" to "4", "now" to "")
            },
            at("03a-lines", Place.Room(unit, rooms.first())),
            at("03b-rest-fine", Place.Room(unit, open)) { draft("app/room/$unit/$open", "line" to "", "ask" to "rest") },
            at("03c-not-fine", Place.Room(unit, open)) {
                draft("app/room/$unit/$open", "line" to "", "ask" to "not-fine", "ask-line" to "$open/window/operation", "reason" to "锁舌偏紧")
            },
            at("04-new-snag", Place.NewSnag(unit, "master_bedroom", null)) {
                draft("app/room/$unit/$open", "ask" to "")
                val photos = app.store!!.snag(scene.snags[0]).photos.mapNotNull { app.store!!.picture(it.sha256, PictureSize.LARGE) }
                draft(
                    "app/snag/$unit",
                    "room" to "master_bedroom",
                    "element" to "wall",
                    "defect" to "crack",
                    "severity" to "poor",
                    "open" to "yes",
                    "words" to "东墙窗边竖向裂缝，长约 60 cm",
                    "photos" to photos.joinToString("\n"),
                )
            },
            at("05-plan", Place.Plan(unit, null)),
            at("05b-plan-place", Place.Plan(unit, scene.snags[0])),
            at("06-draw", Place.Draw(scene.snags[0], photo)) {
                draft(
                    "app/draw/$photo",
                    "open" to "yes",
                    "shapes" to "circle-yellow|480000,520000,660000,520000|\narrow|900000,400000,640000,520000|\ntext|700000,330000|60 cm",
                )
            },
            at("07-snags", Place.Snags(unit)),
            at("07b-snag", Place.ASnag(scene.snags[5])),
            at("07c-recheck", Place.ASnag(scene.snags[4])),
            at("08a-who", Place.Owner(scene.inspector.use { findUnit("1-1-1001") })),
            at("11-sync", Place.Sync),
            Shot("12-settle") {
                val open = app.store!!.conflicts().first { it.values.size > 1 }
                draft("app/settle/${open.id}", "chosen" to "0")
                app.goOnly(Place.Today, Place.Settle(open.id))
            },
            at("15-papers", Place.Papers(unit)),
            Shot("08-owner-turn") {
                val store = app.store!!
                if (store.handover(unit).participants.none { it.role == "owner" }) {
                    store.join(unit, NewParticipant(person = store.unit(unit).owners.first().id, role = "owner", identityCheck = "身份证"))
                }
                app.goOnly(Place.Today, Place.AUnit(unit), Place.Owner(unit))
            },
            at("09-sign", Place.Sign(unit)) {
                draft("app/owner/$unit", "outcome" to "ACCEPTED")
                draft("app/sign/$unit", "strokes" to strokes)
            },
            trouble("14a-revoked", ErrorKind.REVOKED, "sync-revoked"),
            trouble("14b-disk", ErrorKind.DISK_FULL, "field-disk-full"),
            trouble("14d-damaged", ErrorKind.DAMAGED, "field-damaged"),
            trouble("14e-other-hub", ErrorKind.WRONG_HUB, "sync-wrong-hub"),
            trouble("14f-refused", ErrorKind.REFUSED, "rule-pin-room"),
        )
    }

    private fun crew(): List<Shot> = listOf(
        Shot("10a-crew-today") { app.goOnly(Place.Today) },
        at("10b-crew-arrive", Place.Crew(scene.snags[2])),
        at("10-crew", Place.Crew(scene.inWork)) {
            draft("app/crew/${scene.inWork}", "text" to "铲除空鼓层，重新抹灰", "materials" to "嵌缝膏 1 袋")
        },
        at("10c-crew-done", Place.Crew(scene.snags[4])),
    )

    private fun stranger(): List<Shot> = EnrolShots.entries.map { step ->
        Shot("13-enrol-${step.name.lowercase()}") {
            draft("app/enrol", "step" to step.step, "code" to (if (step.code) invite else ""), "typing" to "")
            app.goOnly(Place.Enrol)
            app.read()
        }
    }

    private enum class EnrolShots(val step: String, val code: Boolean) {
        Language("Language", false),
        Scan("Join", false),
        Join("Join", true),
        Notice("Notice", true),
    }

    private val invite by lazy { scene.hub.invite("何平", "inspector", "project") }

    private fun Screens.all(shots: List<Shot>, faults: MutableList<String>) {
        for (shot in shots) {
            app.dismiss()
            shot.show(this)
            for (scale in listOf(1f, 2f)) {
                density = Density(density.density, scale)
                for (lang in Lang.entries) {
                    app.speak(lang)
                    val name = "${shot.name}-${device.name.lowercase()}-${lang.name.lowercase()}"
                    val found = Audit(this).faults()
                    faults += found.map { "$name ${(scale * 100).toInt()} %: $it" }
                    for (dark in listOf(false, true)) {
                        if (dark && scale == 2f) continue
                        this.dark = dark
                        picture("$name${if (dark) "-dark" else ""}${if (scale == 2f) "-200" else ""}")
                    }
                    dark = false
                }
            }
            density = Density(density.density, 1f)
        }
    }

    private fun walk(device: Device, pixels: Float) {
        val faults = mutableListOf<String>()
        // Read before the screens take the store.
        val (inspector, crew) = inspector() to crew()
        Screens.run(device, pixels = pixels, folder = scene.inspector.folder) {
            all(inspector, faults)
            moveTo(scene.crew.folder)
            all(crew, faults)
            moveTo(Screens.newFolder())
            all(stranger(), faults)
        }
        assertTrue(faults.isEmpty(), faults.joinToString("\n"))
    }

    @Test
    fun phone() = walk(Device.Phone, 1.5f)

    @Test
    fun tablet() = walk(Device.Tablet, 1f)

    @Test
    fun `tablet upright`() = walk(Device.TabletUpright, 1f)
}
