package app.keyturn.core

import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.io.RandomAccessFile
import java.net.ServerSocket
import java.nio.file.Files
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.concurrent.thread
import kotlin.io.path.name
import kotlin.io.path.writeText
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue

/** The facade with the real core and a real hub: what crosses, and what no shell can break. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FacadeTest {
    private lateinit var hub: Hub

    @BeforeAll
    fun start() {
        hub = Hub()
    }

    @AfterAll
    fun end() = hub.close()

    @Test
    fun `every kind of error crosses with a key and words in both languages`() {
        val seen = mutableMapOf<ErrorKind, KeyturnException.Told>()

        fun expect(
            kind: ErrorKind,
            work: () -> Unit,
        ) {
            val told = refused(work)
            assertEquals(kind, told.kind, told.key)
            seen[kind] = told
        }
        val dir = fresh("kinds")
        val store = FieldStore.open("$dir", Surroundings())
        expect(ErrorKind.NOT_ENROLLED) { store.device() }
        expect(ErrorKind.INPUT) { store.unit("not an id") }
        expect(ErrorKind.BUSY) { FieldStore.open("$dir", Surroundings()) }
        val notice = store.notice(NOTICE).version
        val invite = hub.invite("周宁", "inspector")
        val otherHub = invite.replace(Regex("hub=[0-9a-f]{8}"), "hub=00000000")
        expect(ErrorKind.WRONG_HUB) { store.enrol(otherHub, "test", "jvm", notice) }
        // The code was used up by asking a hub that was then not believed; another device cannot use it again.
        FieldStore.open("${fresh("other")}", Surroundings()).use { other ->
            expect(ErrorKind.HUB_SAID_NO) { other.enrol(invite, "test", "jvm", notice) }
            other.shut()
        }
        val gone = ServerSocket(0).use { it.localPort }
        val nowhere = invite.replace(hub.url, "http://127.0.0.1:$gone")
        expect(ErrorKind.NETWORK) { store.enrol(nowhere, "test", "jvm", notice) }
        store.enrol(hub.invite("周宁", "inspector"), "test", "jvm", notice)
        store.synced()
        val unit = store.findUnit("2-1-1102")
        expect(ErrorKind.NOT_FOUND) { store.findUnit("no such door") }
        expect(ErrorKind.REFUSED) { store.start(unit) }
        expect(ErrorKind.PHOTO) {
            val text = dir.resolve("text.jpg").also { it.writeText("no photograph") }
            store.snagNew(snagOf(unit, photos = listOf("$text")))
        }
        hub.stall()
        val task = store.sync(SyncOptions(), null)
        task.cancel()
        assertTrue(task.wait(1_000u))
        hub.goOn()
        expect(ErrorKind.CANCELLED) { task.outcome() }
        assertEquals(SyncTaskState.CANCELLED, task.state())
        hub.revoke(store.device().device)
        expect(ErrorKind.REVOKED) { store.synced() }
        assertTrue(store.status().revoked)
        store.shut()
        expect(ErrorKind.CLOSED) { store.status() }

        val full = object : FreeSpace {
            override fun freeBytes(folder: String): ULong = 0u
        }
        val noSpace = hub.joined(surroundings = Surroundings(space = full))
        expect(ErrorKind.DISK_FULL) { noSpace.snagNew(snagOf(unit, photos = listOf("$photo"))) }
        assertEquals(0u, noSpace.snags(unit, null, 0u, 10u).total, "nothing of a refused snag stays")
        noSpace.shut()

        val noKey = object : DeviceKey {
            override fun publicKey(): ByteArray = throw CallbackException.Failed("the key was deleted")

            override fun sign(message: ByteArray): ByteArray = throw CallbackException.Failed("the key was deleted")

            override fun place(): KeyPlace = KeyPlace.TEE
        }
        expect(ErrorKind.KEY) { FieldStore.open("${fresh("key")}", Surroundings(key = noKey)) }
        val aFile = fresh("file").resolve("file").also { it.writeText("in the way") }
        expect(ErrorKind.STORAGE) { FieldStore.open("$aFile", Surroundings()) }

        val later = fresh("later")
        FieldStore.open("$later", Surroundings()).use { it.shut() }
        // SQLite keeps the number of its schema at byte 60.
        RandomAccessFile(later.resolve("keyturn.db").toFile(), "rw").use {
            it.seek(60)
            it.writeInt(1_000)
        }
        expect(ErrorKind.LATER_VERSION) { FieldStore.open("$later", Surroundings()) }
        val damaged = fresh("damaged")
        damaged.resolve("keyturn.db").writeText("no database, but long enough to look like one\n".repeat(200))
        expect(ErrorKind.DAMAGED) { FieldStore.open("$damaged", Surroundings()) }
        assertTrue(setStoreAside("$damaged").contains("set-aside"))
        FieldStore.open("$damaged", Surroundings()).use { it.shut() }

        // What should not happen cannot be made to happen here.
        assertEquals(ErrorKind.entries.toSet() - ErrorKind.OTHER, seen.keys)
        for ((kind, told) in seen) {
            assertTrue(told.zh.any { it in '一'..'鿿' }, "$kind: ${told.zh}")
            assertTrue(told.en.none { it in '一'..'鿿' } && told.en != told.key, "$kind: ${told.en}")
        }
    }

    @Test
    fun `a callback that throws does no harm`() {
        val asked = AtomicBoolean()
        val surroundings = Surroundings(
            network = object : NetworkState {
                override fun current(): Network {
                    asked.set(true)
                    throw IllegalStateException("the shell is broken")
                }
            },
            space = object : FreeSpace {
                override fun freeBytes(folder: String): ULong = throw IllegalStateException("the shell is broken")
            },
            clock = object : DeviceClock {
                override fun wall(): UtcMs = throw IllegalStateException("the shell is broken")

                override fun monoMs(): ULong = throw IllegalStateException("the shell is broken")

                override fun bootId(): ULong = throw IllegalStateException("the shell is broken")
            },
        )
        val store = hub.joined(surroundings = surroundings)
        val unit = store.findUnit("2-1-1102")
        store.snagNew(snagOf(unit, "一", listOf("${ownPhoto(fresh("throws"), "throws")}")))
        val told = CountDownLatch(3)
        val observer = object : SyncObserver {
            override fun step(step: SyncStep) {
                told.countDown()
                throw IllegalStateException("the shell is broken")
            }
        }
        val task = store.sync(SyncOptions(originalsNow = true), observer)
        assertTrue(task.wait(60_000u))
        assertNotNull(task.outcome())
        assertTrue(told.await(10, TimeUnit.SECONDS), "the observer is told on, whatever it throws")
        assertTrue(asked.get())
        assertEquals(0u, store.status().unsentRecords)
        assertEquals(0u, store.status().unsentPhotos)
        store.shut()
    }

    @Test
    fun `an object dropped on a plain thread while a sync runs loses nothing`() {
        val dir = fresh("dropped")
        val store = hub.joined(dir = dir)
        val unit = store.findUnit("2-1-1102")
        val snag = store.snagNew(snagOf(unit, "keeps")).id
        hub.stall()
        val task = store.sync(SyncOptions(), null)
        thread(name = "plain") {
            task.destroy()
            store.destroy()
        }.join()
        hub.goOn()
        val again = FieldStore.open("$dir", Surroundings())
        assertEquals("keeps", again.snag(snag).finding)
        again.synced()
        assertEquals(0u, again.status().unsentRecords)
        again.shut()
    }

    @Test
    fun `fifty threads call at once`() {
        val store = hub.joined()
        val unit = store.units(3u, 1u).rows.single().id
        val failures = CopyOnWriteArrayList<Throwable>()
        val begin = CountDownLatch(1)
        val threads = (0 until 50).map { n ->
            thread {
                runCatching {
                    begin.await()
                    for (round in 0 until 4) {
                        val snag = store.snagNew(snagOf(unit, "$n/$round"))
                        store.snagEdit(snag.id, SnagEdit(ownerText = "said $n/$round"))
                        store.setDraft("test.$n", "$round".encodeToByteArray())
                        assertEquals("said $n/$round", store.snag(snag.id).ownerText)
                        store.snags(unit, null, 0u, 5u)
                        store.lines(unit, null)
                        store.status()
                    }
                }.onFailure(failures::add)
            }
        }
        // One sync beside them, and one more that joins it.
        begin.countDown()
        val first = store.sync(SyncOptions(), null)
        val second = store.sync(SyncOptions(), null)
        threads.forEach { it.join() }
        assertEquals(emptyList(), failures.toList())
        assertTrue(first.wait(60_000u) && second.wait(60_000u))
        val page = store.snags(unit, null, 0u, 1_000u)
        assertEquals(200u, page.total)
        assertEquals((0 until 50).flatMap { n -> (0 until 4).map { "said $n/$it" } }.toSet(), page.rows.map { it.ownerText }.toSet())
        assertEquals((0 until 50).map { "test.$it" }.toSet(), store.drafts("test.").toSet())
        store.synced()
        assertEquals(0u, store.status().unsentRecords)
        store.shut()
    }

    @Test
    fun `cancelling stops within a second and loses nothing`() {
        val store = hub.joined()
        val unit = store.findUnit("2-1-1102")
        repeat(3) { store.snagNew(snagOf(unit, "cancel $it", listOf("${ownPhoto(fresh("cancel"), "cancel$it")}"))) }
        val before = store.status()
        assertTrue(before.unsentRecords > 0u && before.unsentPhotos == 3uL && before.since != null)
        hub.stall()
        val task = store.sync(SyncOptions(), null)
        Thread.sleep(200)
        assertEquals(SyncTaskState.RUNNING, task.state())
        assertTrue(store.status().running)
        task.cancel()
        assertTrue(task.wait(1_000u), "it runs on after a second")
        hub.goOn()
        val after = store.status()
        assertEquals(before.unsentRecords to before.unsentPhotos, after.unsentRecords to after.unsentPhotos)
        store.synced()
        val done = store.status()
        assertEquals(0uL to 0uL, done.unsentRecords to done.unsentPhotos)
        assertNull(done.since)
        assertEquals(listOf(PhotoState.SAFE), store.photoStates(false, 0u, 10u).rows.map { it.state }.distinct())
        store.shut()
    }

    @Test
    fun `a thousand openings leak neither files nor memory`() {
        val dir = fresh("cycles")

        fun cycle() {
            FieldStore.open("$dir", Surroundings()).use {
                it.status()
                it.shut()
            }
        }

        fun openFiles() = Files.list(java.nio.file.Path.of("/proc/self/fd")).use { it.count() }

        fun residentKb() = Files.readAllLines(java.nio.file.Path.of("/proc/self/status")).first { it.startsWith("RssAnon") }.filter { it.isDigit() }.toLong()
        repeat(100) { cycle() }
        System.gc()
        val (files, kb) = openFiles() to residentKb()
        repeat(1_000) { cycle() }
        System.gc()
        assertTrue(openFiles() <= files + 2, "${openFiles()} files after $files")
        // A store holds some 2 MB while it is open: a leak of a hundredth of each would show.
        assertTrue(residentKb() - kb < 24 * 1024, "${residentKb() - kb} KB more")
    }

    @Test
    fun `a code says what it is before anything is sent`() {
        val line = hub.invite("韩冰", "inspector")
        val invite = readInvite(line)
        assertEquals(InviteKind.INVITE, invite.kind)
        assertEquals(hub.url, invite.hubUrl)
        assertEquals("验房工程师", invite.role?.zh)
        assertTrue(line.contains(assertNotNull(invite.fingerprint)))
        assertEquals(InviteKind.WEB_PAGE, readInvite("https://example.com/o/abc").kind)
        assertEquals(InviteKind.DAMAGED, readInvite(line.take(60)).kind)
        assertEquals(InviteKind.OTHER, readInvite("6901234567892").kind)
        assertTrue(readInvite("6901234567892").words.zh.contains("不是登记码"))
    }

    @Test
    fun `a key of the shell signs, and is told to the office`() {
        val pair = java.security.KeyPairGenerator.getInstance("EC").apply { initialize(java.security.spec.ECGenParameterSpec("secp256r1")) }.generateKeyPair()
        val key = object : DeviceKey {
            // As Android's key store gives both: X.509 and DER.
            override fun publicKey(): ByteArray = pair.public.encoded

            override fun sign(message: ByteArray): ByteArray =
                java.security.Signature.getInstance("SHA256withECDSA").run {
                    initSign(pair.private)
                    update(message)
                    sign()
                }

            override fun place(): KeyPlace = KeyPlace.STRONG_BOX
        }
        val dir = fresh("ownkey")
        val store = hub.joined(surroundings = Surroundings(key = key), dir = dir)
        assertEquals(KeyPlace.STRONG_BOX, store.device().keyPlace)
        assertTrue(Files.list(dir).use { files -> files.noneMatch { it.name == "device.key" } }, "no key in software")
        store.snagNew(snagOf(store.findUnit("2-1-1102")))
        store.synced()
        assertEquals(0u, store.status().unsentRecords)
        store.shut()
    }

    @Test
    fun `what is typed is kept, and words come in both languages`() {
        val dir = fresh("typed")
        FieldStore.open("$dir", Surroundings()).use {
            it.setDraft("snag.new", "东墙".encodeToByteArray())
            it.setDraft("snag.none", ByteArray(0))
        }
        FieldStore.open("$dir", Surroundings()).use {
            assertContentEquals("东墙".encodeToByteArray(), it.draft("snag.new"))
            assertEquals(listOf("snag.new"), it.drafts("snag."))
            assertNull(it.draft("snag.none"))
            it.shut()
        }
        assertEquals(words(Lang.ZH).keys, words(Lang.EN).keys)
        assertEquals("3 items of the pre-check", word(Lang.EN, "job-missing-precheck", mapOf("count" to "3")))
    }
}
