package app.keyturn.core

import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

/** What goes wrong on site, each told by a key of its own, in both languages, with what to do; and nothing is lost by it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
    private lateinit var hub: Hub

    @BeforeAll
    fun start() {
        hub = Hub(tls = true)
    }

    @AfterAll
    fun end() = hub.close()

    private fun told(words: Words, what: String) {
        assertTrue(words.zh.any { it in '一'..'鿿' } && !words.zh.contains("{"), "$what: ${words.zh}")
        assertTrue(words.en.none { it in '一'..'鿿' } && !words.en.contains("{") && words.en.contains(' '), "$what: ${words.en}")
    }

    private fun expect(kind: ErrorKind, key: String, work: () -> Unit) {
        val error = refused(work)
        assertEquals(kind to key, error.kind to error.key)
        told(Words(error.zh, error.en), key)
    }

    @Test
    fun `a code of something else is told as what it is, and joins nothing`() {
        val invite = hub.invite("何静", "inspector")
        val scanned = mapOf(
            "https://example.com/menu" to InviteKind.WEB_PAGE,
            "6901234567892" to InviteKind.OTHER,
            invite.substringBefore("&hub=") to InviteKind.DAMAGED,
        )
        val store = open(fresh("scanned").toFile())
        val said = scanned.map { (text, kind) ->
            val read = readInvite(text)
            assertEquals(kind, read.kind, text)
            told(read.words, text)
            expect(ErrorKind.INPUT, "ffi-no-invite") { store.enrol(text, "test", "jvm", store.notice(NOTICE).version) }
            read.words.en
        }
        assertEquals(scanned.size, said.toSet().size, "each in words of its own")
        assertFalse(store.isEnrolled())
        assertEquals(InviteKind.INVITE, readInvite(invite).kind)
        store.shut()
    }

    @Test
    fun `a used code is told, and the device that used it goes on`() {
        val invite = hub.invite("马超", "inspector")
        val notice = open(fresh("first").toFile()).use { first ->
            val notice = first.notice(NOTICE).version
            first.enrol(invite, "first", "jvm", notice)
            first.synced()
            first.shut()
            notice
        }
        open(fresh("second").toFile()).use { second ->
            expect(ErrorKind.HUB_SAID_NO, "sync-code-used") { second.enrol(invite, "second", "jvm", notice) }
            assertFalse(second.isEnrolled())
            second.shut()
        }
    }

    @Test
    fun `a revoked device hands in what it holds and is told so`() {
        val store = hub.joined()
        val unit = store.findUnit("2-1-1102")
        val snag = store.snagNew(snagOf(unit, "before", listOf("${ownPhoto(fresh("revoked"), "revoked")}")))
        val good = store.standing()
        assertTrue(good.mayRecord && !good.revoked && !good.emptyHanded)
        hub.revoke(store.device().device)
        expect(ErrorKind.REVOKED, "sync-device-revoked") { store.synced() }
        val standing = store.standing()
        assertTrue(standing.revoked && !standing.mayRecord)
        told(standing.words, "standing")
        assertEquals(0uL, standing.unsentRecords, "what was recorded before is handed in")
        assertEquals(if (standing.emptyHanded) null else "sync-next-hand-in", store.nextSync().takeIf { it.at != null }?.whyKey)
        // It is kept, to be read on the device.
        assertEquals("before", store.snag(snag.id).finding)
        store.shut()
    }

    @Test
    fun `another certificate at the hub's address stops before anything is sent`() {
        val invite = hub.invite("孙悦", "inspector")
        val posing = invite.replace(Regex("tls=[0-9a-f]{8}"), "tls=00000000")
        assertNotEquals(invite, posing)
        val store = open(fresh("posing").toFile())
        val notice = store.notice(NOTICE).version
        expect(ErrorKind.WRONG_HUB, "sync-other-certificate") { store.enrol(posing, "test", "jvm", notice) }
        assertFalse(store.isEnrolled())
        // The code was not given away: it still works at the true hub.
        store.enrol(invite, "test", "jvm", notice)
        store.synced()
        assertNull(store.status().errorKey)
        store.shut()
    }

    @Test
    fun `a full disk refuses a photograph and keeps the rest`() {
        val full = object : FreeSpace {
            override fun freeBytes(folder: String): ULong = 3_000_000u
        }
        val store = hub.joined(surroundings = Surroundings(space = full))
        val unit = store.findUnit("2-1-1102")
        val photo = "${ownPhoto(fresh("full"), "full")}"
        val before = store.snags(unit, null, 0u, 1u).total
        expect(ErrorKind.DISK_FULL, "photo-low-space") { store.snagNew(snagOf(unit, "full", listOf(photo))) }
        assertTrue(refused { store.snagNew(snagOf(unit, "full", listOf(photo))) }.en.contains("3 MB"))
        assertEquals(before, store.snags(unit, null, 0u, 1u).total)
        // Words still go: they need no room to speak of.
        assertEquals("words", store.snagNew(snagOf(unit, "words")).finding)
        store.shut()
    }

    @Test
    fun `a photograph that the system cleaned away before it was taken in`() {
        val store = hub.joined()
        val snag = store.snagNew(snagOf(store.findUnit("2-1-1102"), "cleaned"))
        val file = ownPhoto(fresh("cleaned"), "cleaned")
        Files.delete(file)
        expect(ErrorKind.PHOTO, "photo-gone") { store.snagPhoto(snag.id, "$file") }
        Files.createFile(file)
        expect(ErrorKind.PHOTO, "photo-empty") { store.snagPhoto(snag.id, "$file") }
        assertEquals(emptyList(), store.snag(snag.id).photos)
        assertEquals(0u, store.status().unsentPhotos)
        store.shut()
    }

    @Test
    fun `a clock set back a year is told and harms nothing`() {
        val yearMs = 365L * 24 * 3_600_000
        val behind = java.util.concurrent.atomic.AtomicLong(0)
        val clock = object : DeviceClock {
            override fun wall(): UtcMs = System.currentTimeMillis() - behind.get()

            override fun monoMs(): ULong = (System.nanoTime() / 1_000_000).toULong()

            override fun bootId(): ULong = 7u
        }
        val store = hub.joined(surroundings = Surroundings(clock = clock))
        val unit = store.findUnit("2-1-1102")
        val first = store.snagNew(snagOf(unit, "first"))
        assertNull(store.status().clockWords)
        behind.set(yearMs)
        val status = store.status()
        assertTrue(status.clockWarn)
        val words = assertNotNull(status.clockWords)
        told(words, "clock")
        assertTrue(words.zh.contains("365") && words.en.contains("365") && words.en.contains("slow"), words.en)
        val second = store.snagNew(snagOf(unit, "second"))
        assertTrue(second.recorded!! >= first.recorded!!, "what came later stands later")
        assertTrue(store.nextSync().now, "no pause becomes a year long")
        store.synced()
        assertEquals(0u, store.status().unsentRecords)
        assertEquals(0u, store.status().toReview, "nothing of it is refused")
        store.shut()
    }
}
