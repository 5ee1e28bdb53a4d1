package app.keyturn.ui

import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import app.keyturn.core.DeviceClock
import app.keyturn.core.ErrorKind
import app.keyturn.core.FreeSpace
import app.keyturn.core.Lang
import app.keyturn.core.NewSnag
import app.keyturn.core.Phase
import app.keyturn.core.SnagEdit
import app.keyturn.core.Surroundings
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Place
import app.keyturn.ui.screens.SnagsHolder
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue

/** Screens that the journeys do not come to, driven by taps, typing and strokes: real records, a real hub. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DriveTest {
    private lateinit var scene: Scene

    @BeforeAll
    fun start() {
        scene = Scene()
    }

    @AfterAll
    fun end() = scene.close()

    private fun inspector(work: Screens.() -> Unit) = Screens.run(folder = scene.inspector.folder, pixels = 1f, work = work)

    private fun Screens.open(place: Place) {
        app.goOnly(Place.Today, place)
        settle()
    }

    @Test
    fun `a pin is set under the cross, snaps to its room, and is refused in another`() = inspector {
        val snag = scene.snags[1]
        open(Place.ASnag(snag))
        tap("place")
        assertEquals(app.store!!.snag(snag).roomName.zh, text("plan-room"))
        val before = app.store!!.snag(snag).pin!!
        // The plan goes down, so that the cross stands above its room, and what is refused changes nothing.
        repeat(3) { drag("plan", 0.5f, 0.2f, 0.5f, 0.9f) }
        assertNotEquals(app.store!!.snag(snag).roomName.zh, text("plan-room"))
        tap("plan-here")
        assertEquals(ErrorKind.REFUSED, app.trouble?.kind)
        assertEquals(app.trouble?.zh, text("trouble"))
        tap("trouble-close")
        assertEquals(before, app.store!!.snag(snag).pin)
        // It opens where the pin stands, and a little beside it is still the room.
        app.back()
        tap("place")
        tap("plan-larger")
        drag("plan", 0.5f, 0.5f, 0.6f, 0.5f)
        tap("plan-here")
        assertEquals(Place.ASnag(snag), app.place)
        val after = app.store!!.snag(snag).pin!!
        assertTrue(after.xPpm < before.xPpm && after.yPpm == before.yPpm, "$before, $after")
    }

    @Test
    fun `the form's room follows the pin, and its plan zooms`() = inspector {
        open(Place.NewSnag(scene.unit, "study", null))
        tap("place")
        val room = text("plan-room")
        tap("plan-here")
        assertEquals(Place.NewSnag(scene.unit, "study", null), app.place)
        val unit = app.store!!.unit(scene.unit)
        val key = Draft(app.store!!, "app/snag/${scene.unit}")["room"]
        assertEquals(room, unit.rooms.first { it.key == key }.name.zh)
        open(Place.Plan(scene.unit, null))
        val near = tag("pin-2").fetchSemanticsNode().positionInRoot to tag("pin-3").fetchSemanticsNode().positionInRoot
        tap("plan-larger")
        val far = tag("pin-2").fetchSemanticsNode().positionInRoot to tag("pin-3").fetchSemanticsNode().positionInRoot
        assertTrue((far.first - far.second).getDistance() > 1.2f * (near.first - near.second).getDistance(), "zooming moves pins apart")
        tap("pin-2")
        tap("plan-open")
        assertEquals(Place.ASnag(scene.snags[1]), app.place)
    }

    @Test
    fun `drawing keeps every stroke through a kill, drops one, takes one back, and leaves the original`() = inspector {
        val snag = scene.snags[0]
        val photo = app.store!!.snag(snag).photos[0].sha256
        open(Place.Draw(snag, photo))
        tap("tool-pen")
        drag("canvas", 0.1f, 0.1f, 0.4f, 0.3f)
        tap("tool-arrow")
        drag("canvas", 0.8f, 0.8f, 0.5f, 0.5f)
        tap("tool-circle")
        tap("ink-yellow")
        drag("canvas", 0.2f, 0.2f, 0.7f, 0.7f)
        tap("tool-text")
        tap("ink-red")
        drag("canvas", 0.6f, 0.2f, 0.6f, 0.2f)
        type("draw-text", "宽 0.4 mm")
        kill()
        assertEquals("宽 0.4 mm", typed("draw-text"))
        tap("text-done")
        tap("undo")
        tap("redo")
        tap("strokes")
        tap("drop-0")
        tap("strokes-close")
        kill()
        tap("draw-done")
        val drawn = app.store!!.snag(snag).photos[0]
        assertEquals(listOf("arrow", "circle-yellow", "text"), drawn.drawing.map { it.tool })
        assertEquals("宽 0.4 mm", drawn.drawing.last().text)
        assertEquals(photo, drawn.sha256)
    }

    @Test
    fun `a crew goes there, says why it has no photo, takes one, reports, and the owner refuses on site`() =
        Screens.run(folder = scene.crew.folder, pixels = 1f) {
            val snag = scene.snags[2]
            open(Place.Crew(snag))
            tap("way")
            assertTrue(app.place is Place.Plan)
            app.back()
            tap("main")
            assertTrue(app.store!!.order(snag).arrived)
            tap("cannot")
            tap("cannot-keep")
            assertTrue(has("cannot-why"), "a reason is asked for")
            type("cannot-why", "窗已拆下，业主要求先修")
            kill()
            assertEquals("窗已拆下，业主要求先修", typed("cannot-why"))
            tap("cannot-keep")
            assertEquals("窗已拆下，业主要求先修", app.store!!.order(snag).noBefore)
            platform.cameraAllowed = false
            tap("main")
            assertTrue(app.store!!.order(snag).after.isEmpty(), "no leave to use the camera, no photo, no crash")
            platform.cameraAllowed = true
            platform.camera.addAll(scene.hub.photographs(1))
            tap("main")
            assertEquals(1, app.store!!.order(snag).after.size)
            drag("overlay", 0.5f, 0.5f, 0.9f, 0.5f)
            val share = tag("overlay").fetchSemanticsNode().config[androidx.compose.ui.semantics.SemanticsProperties.ProgressBarRangeInfo].current
            assertTrue(share in 0.8f..1f, "the before picture is at $share")
            type("crew-text", "换胶条，调窗扇")
            type("crew-materials", "三元乙丙胶条 2 m")
            type("crew-minutes", "4x")
            type("crew-minutes", "45")
            kill()
            val boxes = listOf("crew-text", "crew-materials", "crew-minutes")
            assertEquals(listOf("换胶条，调窗扇", "三元乙丙胶条 2 m", "45"), boxes.map { typed(it) })
            tap("main")
            assertEquals(Phase.DONE, app.store!!.snag(snag).phase)
            tap("owner-reject")
            tap("on-site-keep")
            assertTrue(has("on-site-words"), "a refusal has a reason")
            type("on-site-words", "关窗仍漏风")
            tap("on-site-keep")
            val again = app.store!!.order(snag)
            assertEquals(Phase.REJECTED to 2u, again.snag.phase to again.snag.round)
        }

    @Test
    fun `the inspector passes a repair, the owner confirms, another is kept on hold and goes on`() = inspector {
        val snag = scene.snags[4]
        open(Place.ASnag(snag))
        tap("owner-confirm")
        type("on-site-words", "很好")
        kill()
        assertEquals("很好", typed("on-site-words"))
        tap("on-site-keep")
        assertEquals(Phase.CONFIRMED, app.store!!.snag(snag).phase)
        val kept = scene.snags[3]
        open(Place.ASnag(kept))
        if (app.store!!.may("snag.hold")) {
            tap("hold-start")
            tap("hold-" + app.store!!.holdStates().first().id)
            type("hold-reason", "业主出差，周五回来")
            tap("hold-keep")
            assertEquals("业主出差，周五回来", app.store!!.snag(kept).hold?.reason)
            assertTrue("业主出差" in text("hold"))
            tap("hold-end")
            assertEquals(null, app.store!!.snag(kept).hold)
        }
    }

    @Test
    fun `a value that two people changed is settled from the sync page`() = inspector {
        open(Place.Sync)
        val before = app.store!!.conflicts().count { it.values.size > 1 }
        assertEquals(1, before)
        tap("review-${app.store!!.conflicts().indexOfFirst { it.values.size > 1 }}")
        assertTrue(app.place is Place.Settle)
        tap("settle")
        assertTrue(app.place is Place.Settle, "nothing is chosen for one")
        tap("value-1")
        kill()
        val chosen = app.store!!.conflicts().first { it.values.size > 1 }.values[1].value
        tap("settle")
        assertEquals(0, app.store!!.conflicts().count { it.values.size > 1 })
        assertEquals(chosen, app.store!!.snag(scene.snags[0]).finding)
    }

    @Test
    fun `meters, keys and documents are kept while they are typed`() = inspector {
        open(Place.Papers(scene.unit))
        val kind = app.store!!.handover(scene.unit).meters.first().kind
        platform.camera.addAll(scene.hub.photographs(1))
        type("meter-number-$kind", "S-2231")
        type("meter-reading-$kind", "12.5")
        tap("meter-photo-$kind")
        kill()
        assertEquals("12.5", typed("meter-reading-$kind"))
        tap("meter-keep-$kind")
        val meter = app.store!!.handover(scene.unit).meters.first()
        assertEquals(listOf<Any?>("S-2231", 12_500L), listOf(meter.number, meter.readingMilli))
        assertNotNull(meter.photo)
        val key = app.store!!.handover(scene.unit).keys.first().kind
        repeat(2) { tap("more-$key") }
        tap("fewer-$key")
        assertEquals(1u, app.store!!.handover(scene.unit).keys.first().count)
        val document = app.store!!.handover(scene.unit).documents.first().kind
        tap("document-$document")
        assertTrue(app.store!!.handover(scene.unit).documents.first().done)
    }

    @Test
    fun `the list of many snags asks for each row once`() = inspector {
        val home = app.store!!.findUnit("1-1-1002")
        repeat(MANY) { i ->
            app.store!!.snagNew(
                NewSnag(unit = home, room = "living", element = "wall", defect = "crack", severity = "minor", ownerText = "", finding = "裂缝 $i"),
            )
        }
        val holder = SnagsHolder(app, home)
        holder.refresh()
        while (holder.state!!.rows.size < MANY) {
            val had = holder.state!!.rows.size
            holder.more()
            assertTrue(holder.state!!.rows.size > had, "a page more")
        }
        holder.more()
        assertTrue(holder.asked <= MANY + 2 * SnagsHolder.PAGE, "asked for ${holder.asked} rows to show $MANY")
        assertEquals(MANY, holder.state!!.rows.map { it.id }.toSet().size)
        open(Place.Snags(home))
        scrollTo("snags", "snag-$MANY")
        assertTrue(has("snag-$MANY"))
    }

    /** Each screen with something to type, or nothing: killed, spoken in another language, turned; what was typed stays. */
    @Test
    fun `every screen survives death, another language and another size with what was typed`() =
        Screens.run(Device.Tablet, folder = scene.second.folder, pixels = 1f) {
            val unit = scene.unit
            val snag = scene.snags[0]
            val typed = mapOf<Place, String?>(
                Place.Today to null,
                Place.Sync to null,
                Place.AUnit(unit) to null,
                Place.Room(unit, "balcony_south") to null,
                Place.NewSnag(unit, "study", null) to "words",
                Place.Snags(unit) to null,
                Place.ASnag(snag) to "words",
                Place.Plan(unit, null) to null,
                Place.Plan(unit, snag) to null,
                Place.Draw(snag, app.store!!.snag(snag).photos[0].sha256) to null,
                Place.Owner(unit) to null,
                Place.Sign(unit) to "code",
                Place.Crew(scene.inWork) to "crew-text",
                Place.Papers(unit) to "meter-number-water",
            )
            for ((place, box) in typed) {
                app.goOnly(Place.Today, place)
                settle()
                assertFalse(app.trouble != null, "$place: ${app.trouble}")
                if (box != null) type(box, "写到一半 7")
                kill()
                assertEquals(place, app.place)
                app.speak(Lang.EN)
                frame = DpSize(412.dp, 780.dp)
                settle()
                if (box != null) assertEquals("写到一半 7", typed(box), "$place as a phone, in English")
                density = Density(1f, 2f)
                app.speak(Lang.ZH)
                frame = null
                settle()
                if (box != null) assertEquals("写到一半 7", typed(box), "$place as a tablet, with large type")
                density = Density(1f, 1f)
            }
        }

    @Test
    fun `what is recorded is sent by itself once the core says so`() = inspector {
        app.sync(originalsNow = true)
        await("first sync") { !app.syncRunning }
        app.record { it.snagEdit(scene.snags[1], SnagEdit(finding = "敲击空鼓 4 块")) }
        assertTrue(app.store!!.status().unsentRecords > 0uL)
        platform.sendsByItself = true
        kill()
        await("sent by itself") { app.store!!.status().unsentRecords == 0uL }
        platform.sendsByItself = false
    }

    @Test
    fun `a stopped device hands over what it has, and says what to do`() {
        val third = Seat(Screens.newFolder())
        third.join(scene.hub.invite("郑凯", "inspector", "project"))
        Screens.run(folder = third.folder, pixels = 1f) {
            val home = app.store!!.findUnit("1-1-1001")
            val photo = scene.hub.photographs(1)
            app.record { store ->
                store.snagNew(
                    NewSnag(
                        unit = home,
                        room = "living",
                        element = "wall",
                        defect = "crack",
                        severity = "minor",
                        ownerText = "",
                        finding = "顶角裂缝",
                        photos = photo,
                    ),
                )
            }
            scene.hub.revoke(app.store!!.device().device)
            app.sync(originalsNow = true)
            await("revoked") { has("revoked") }
            // The sync that told it so had handed everything over before.
            await("handed over") { !app.syncRunning && app.store!!.status().unsentRecords == 0uL && app.store!!.status().unsentPhotos == 0uL }
            settle()
            assertFalse(has("hand-over"))
            assertTrue(scene.hub.originals().values.contains(File(photo.first()).length()), "the photograph is at the hub")
            // What is written down after that is handed over with a tap.
            app.record { store ->
                store.snagNew(
                    NewSnag(unit = home, room = "living", element = "wall", defect = "crack", severity = "minor", ownerText = "", finding = "后写的"),
                )
            }
            tap("hand-over")
            await("the rest handed over") { !app.syncRunning && app.store!!.status().unsentRecords == 0uL }
            tap("join-again")
            assertEquals(Place.Enrol, app.place)
        }
    }

    @Test
    fun `codes that are none, used or of another hub say what they are`() = Screens.run(pixels = 1f) {
        val good = scene.hub.invite("何平", "inspector", "project")
        tap("enrol-next")
        platform.scanned = "https://example.com/menu"
        tap("enrol-scan")
        assertTrue(has("enrol-not"))
        tap("enrol-join")
        assertEquals(Place.Enrol, app.place)
        type("enrol-code", good.replace(Regex("hub=[0-9a-f]{8}"), "hub=00000000"))
        tap("enrol-join")
        tap("enrol-agree")
        await("another hub") { app.trouble?.kind == ErrorKind.WRONG_HUB }
        assertEquals(app.trouble?.zh, text("trouble"))
        tap("back")
        // The code went to a hub that was not believed; for any other device it is used.
        val used = scene.hub.invite("周舟", "inspector", "project")
        Seat(Screens.newFolder()).join(used)
        tap("back")
        type("enrol-code", used)
        tap("enrol-join")
        tap("enrol-agree")
        await("used code") { app.trouble?.kind == ErrorKind.HUB_SAID_NO }
        assertEquals(app.trouble?.zh, text("trouble"))
    }

    @Test
    fun `a full disk and a photograph that is gone leave the form as it is, and words alone go on`() = inspector {
        val home = app.store!!.findUnit("2-1-1101")
        platform.world = Surroundings(
            space = object : FreeSpace {
                override fun freeBytes(folder: String): ULong = 4096uL
            },
        )
        kill()
        val pages = Pages(this)
        app.goOnly(Place.Today, Place.AUnit(home), Place.NewSnag(home, "living", null))
        tap("choose-element")
        tap("element-wall")
        tap("defect-crack")
        tap("severity-minor")
        type("words", "墙角裂缝")
        val photo = scene.hub.photographs(1).first()
        platform.camera.add(photo)
        tap("camera")
        tap("save")
        assertEquals(ErrorKind.DISK_FULL, app.trouble?.kind)
        assertEquals(app.trouble?.zh, text("trouble"))
        tap("trouble-close")
        pages.checkDraft("墙角裂缝", 1)
        // There is room again, and the system's cleaner was quicker than the app.
        platform.world = Surroundings()
        kill()
        File(photo).delete()
        tap("save")
        assertNotNull(app.trouble, "a photograph that is gone is told")
        assertTrue(text("trouble").length > 5)
        tap("trouble-close")
        pages.checkDraft("墙角裂缝", 1)
        tap("photo-1")
        tap("photo-drop")
        tap("save")
        assertEquals(listOf("墙角裂缝"), app.store!!.snags(home, null, 0uL, 10uL).rows.map { it.finding })
    }

    @Test
    fun `a clock set back a year is told and blocks nothing`() {
        val device = Seat(Screens.newFolder())
        device.join(scene.hub.invite("何安", "inspector", "project"))
        Screens.run(folder = device.folder, pixels = 1f) {
            platform.world = Surroundings(
                clock = object : DeviceClock {
                    override fun wall(): Long = System.currentTimeMillis() - 365L * 86_400_000

                    override fun monoMs(): ULong = (System.nanoTime() / 1_000_000).toULong()

                    override fun bootId(): ULong = 7uL
                },
            )
            kill()
            val home = app.store!!.findUnit("1-1-1001")
            app.record { store ->
                store.snagNew(NewSnag(unit = home, room = "living", element = "wall", defect = "crack", severity = "minor", ownerText = "", finding = "旧钟"))
            }
            app.sync()
            await("synced") { !app.syncRunning && app.store!!.status().unsentRecords == 0uL }
            open(Place.Sync)
            assertTrue(text("clock-off").length > 5)
            assertEquals(null, app.trouble)
        }
    }

    private companion object {
        const val MANY = 230
    }
}
