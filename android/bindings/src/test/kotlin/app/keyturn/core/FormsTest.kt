package app.keyturn.core

import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

/** What the forms of the apps ask of the facade. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FormsTest {
    private lateinit var hub: Hub

    @BeforeAll
    fun start() {
        hub = Hub()
    }

    @AfterAll
    fun end() = hub.close()

    @Test
    fun `a snag is put on hold with a state and a reason, and goes on`() {
        val clerk = hub.joined("service_manager")
        val unit = clerk.findUnit("2-1-1102")
        val contractor = clerk.contractors().first()
        assertTrue(contractor.name.isNotEmpty())
        val snag = hub.joined().let { inspector ->
            val snag = inspector.snagNew(snagOf(unit, "hold"))
            inspector.synced()
            inspector.shut()
            snag.id
        }
        clerk.synced()
        clerk.orderFrom(snag, contractor.id, null, clerk.workKinds().first().id)
        val state = clerk.holdStates().first()
        assertEquals("rule-hold-reason", refused { clerk.hold(snag, state.id, " ") }.key)
        assertEquals("rule-hold-state", refused { clerk.hold(snag, "raining", "rain") }.key)
        val held = assertNotNull(clerk.hold(snag, state.id, "业主出差").hold)
        assertEquals(listOf(state.id, "业主出差"), listOf(held.state, held.reason))
        assertEquals(state.name, held.stateName)
        assertEquals("rule-on-hold", refused { clerk.hold(snag, state.id, "again") }.key)
        assertNull(clerk.resume(snag, null).hold)
        clerk.shut()
    }

    @Test
    fun `why a repair cannot be photographed stands in the photograph's place`() {
        val team = hub.joined("repair_team")
        val manager = hub.joined("service_manager")
        val unit = manager.findUnit("2-1-1102")
        val snag = hub.joined().let { inspector ->
            val snag = inspector.snagNew(snagOf(unit, "dark"))
            inspector.synced()
            inspector.shut()
            snag.id
        }
        manager.synced()
        manager.orderFrom(snag, manager.contractors().first().id, null, null)
        manager.synced()
        team.synced()
        team.repairArrive(snag, null)
        assertEquals("rule-repair-after-photo", refused { team.repairDone(snag, DoneRequest("补好")) }.key)
        assertEquals("rule-no-photo-reason", refused { team.repairNoPhoto(snag, true, "") }.key)
        team.repairNoPhoto(snag, true, "管井内无光")
        assertEquals("管井内无光", team.order(snag).noAfter)
        assertNull(team.order(snag).noBefore)
        assertEquals(Phase.DONE, team.repairDone(snag, DoneRequest("补好")).phase)
        // The hub takes it as the device does, and others see why.
        team.synced()
        manager.synced()
        assertEquals(listOf("after" to "管井内无光"), manager.snag(snag).noPhotos.map { it.purpose to it.reason })
        assertEquals(0u, team.status().toReview)
        team.shut()
        manager.shut()
    }

    @Test
    fun `the same photograph is there once, and a draft goes with its snag`() {
        val store = hub.joined()
        val unit = store.findUnit("2-1-1102")
        store.setDraft("snag.form", "half typed".encodeToByteArray())
        val photo = "${ownPhoto(fresh("once"), "once")}"
        refused { store.snagNew(snagOf(unit, "x", listOf("$photo.none")).copy(draft = "snag.form")) }
        assertNotNull(store.draft("snag.form"), "a refused snag keeps its draft")
        val snag = store.snagNew(snagOf(unit, "x", listOf(photo)).copy(draft = "snag.form"))
        assertNull(store.draft("snag.form"))
        val records = store.status().records
        assertEquals(snag.photos.single().sha256, store.snagPhoto(snag.id, photo).sha256)
        assertEquals(1, store.snag(snag.id).photos.size)
        assertEquals(records, store.status().records, "given again it is no new record")
        store.shut()
    }

    @Test
    fun `a line has bounds for its gauge, photographs of its own, and a reason where there is none`() {
        val store = hub.joined()
        val unit = store.findUnit("2-1-1102")
        val lines = store.lines(unit, null)
        val measured = lines.mapNotNull { line -> line.measure?.let { line to it } }
        assertTrue(measured.isNotEmpty())
        // A point on the bound keeps the limit, one beyond it does not: the gauge and the verdict say the same.
        val (line, measure) = measured.first { (_, m) -> m.binds && m.maxMilli != null && m.targetMilli == null && m.spreadMilli == null && m.pointsMin.toInt() > 0 }
        val most = measure.maxMilli!!
        assertEquals(emptyList(), store.measure(unit, line.key, listOf(most)).outside)
        assertEquals(listOf(0.toUShort()), store.measure(unit, line.key, listOf(most + 1)).outside)
        assertEquals(measure.limitMilli, measure.maxMilli)

        assertTrue(lines.any { it.requiresPhoto })
        val asks = lines.first { it.requiresPhoto }.key
        val manager = hub.joined("service_manager")
        manager.planHandover(unit)
        manager.synced()
        store.synced()
        assertEquals("rule-no-photo-reason", refused { store.lineNoPhoto(unit, asks, " ") }.key)
        store.lineNoPhoto(unit, asks, "镜头进雾")
        val taken = store.linePhoto(unit, asks, "${ownPhoto(fresh("line"), "line")}")
        val now = store.lines(unit, null).first { it.key == asks }
        assertEquals("镜头进雾", now.noPhoto)
        assertEquals(listOf(taken.sha256), now.photos.map { it.sha256 })
        assertTrue(store.lines(unit, null).filter { it.key != asks }.all { it.photos.isEmpty() && it.noPhoto == null })
        manager.shut()
        store.shut()
    }

    @Test
    fun `a pin finds its room, and forms find people`() {
        val store = hub.joined()
        val unit = store.unit(store.findUnit("2-1-1102"))
        val plan = assertNotNull(unit.plan)
        val rooms = store.planRooms(plan)
        assertTrue(rooms.isNotEmpty())
        for (room in rooms) {
            val middle = Pin(plan, room.leftPpm + room.widthPpm / 2u, room.topPpm + room.heightPpm / 2u)
            assertEquals(room.room, store.roomAt(middle))
            assertTrue(unit.rooms.any { it.key == room.room }, "the plan and the unit mean the same rooms")
        }
        val me = store.escorts().single { it.me }
        assertEquals(store.device().person, me.id)
        assertTrue(me.roles.any { it.id == "inspector" && it.name.zh.isNotEmpty() })
        assertTrue(store.escorts().none { it.kind == "owner" })
        assertTrue(store.people().size >= store.escorts().size)
        assertNull(store.language())
        store.setLanguage(Lang.EN)
        assertEquals(Lang.EN, store.language())
        store.shut()
    }

    @Test
    fun `sync starts by itself when the core says so`() {
        var network = Network.METERED
        val surroundings = Surroundings(
            network = object : NetworkState {
                override fun current(): Network = network
            },
        )
        open(fresh("unjoined").toFile()).use {
            assertEquals("sync-next-not-joined" to null, it.nextSync().let { next -> next.whyKey to next.at })
            it.shut()
        }
        val store = hub.joined(surroundings = surroundings)
        assertEquals("sync-next-look" to false, store.nextSync().let { it.whyKey to it.now })
        store.snagNew(snagOf(store.findUnit("2-1-1102"), "next", listOf("${ownPhoto(fresh("next"), "next")}")))
        assertEquals("sync-next-unsent" to true, store.nextSync().let { it.whyKey to it.now })
        network = Network.OFFLINE
        assertEquals("sync-next-unsent" to false, store.nextSync().let { it.whyKey to it.now })
        network = Network.METERED
        store.synced()
        // Records and the small picture are there; the original waits for Wi-Fi, until somebody lets it go.
        val waits = store.nextSync()
        assertEquals("sync-next-originals-wait" to Network.WIFI, waits.whyKey to waits.needs)
        assertTrue(!waits.now && store.status().unsentPhotos == 1uL)
        network = Network.WIFI
        assertTrue(store.nextSync().now)
        network = Network.METERED
        store.setWifiOnly(false)
        assertEquals("sync-next-originals" to true, store.nextSync().let { it.whyKey to it.now })
        store.synced()
        assertEquals("sync-next-look" to false, store.nextSync().let { it.whyKey to it.now })
        store.shut()
    }
}
