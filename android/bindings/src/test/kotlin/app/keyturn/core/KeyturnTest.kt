package app.keyturn.core

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertTrue

/** The layer for coroutines. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeyturnTest {
    private lateinit var hub: Hub

    @BeforeAll
    fun start() {
        hub = Hub()
    }

    @AfterAll
    fun end() = hub.close()

    private suspend fun joined(): Keyturn {
        val keyturn = Keyturn.open("${fresh("flow")}")
        keyturn.enrol(hub.invite("郑洁", "inspector"), "test", "jvm", keyturn.call { notice(NOTICE) }.version)
        return keyturn
    }

    @Test
    fun `a sync is a flow that ends`() =
        runBlocking<Unit> {
            joined().use { keyturn ->
                keyturn.sync().toList()
                val unit = keyturn.call { findUnit("2-1-1102") }
                val snag = keyturn.photograph { snagNew(snagOf(unit, "flow", listOf("${ownPhoto(fresh("flow"), "flow")}"))) }
                val steps = keyturn.sync(SyncOptions(originalsNow = true)).toList()
                assertEquals(SyncStep.Ended(SyncTaskState.DONE), steps.last())
                val photo = snag.photos.single().sha256
                assertTrue(SyncStep.Photo(photo, PhotoState.SAFE) in steps, "$steps")
                assertIs<SyncStep.Records>(steps.first())
            }
        }

    @Test
    fun `cancelling the collection cancels the sync`() =
        runBlocking<Unit> {
            joined().use { keyturn ->
                keyturn.sync().toList()
                keyturn.call { snagNew(snagOf(findUnit("2-1-1102"), "kept")) }
                hub.stall()
                val job = launch { keyturn.sync().toList() }
                while (!keyturn.call { status() }.running) kotlinx.coroutines.delay(10)
                job.cancel()
                withTimeout(1_500) {
                    while (keyturn.call { status() }.running) kotlinx.coroutines.delay(10)
                }
                hub.goOn()
                assertTrue(keyturn.call { status() }.unsentRecords > 0u)
                keyturn.sync().first { it is SyncStep.Ended }
                assertEquals(0u, keyturn.call { status() }.unsentRecords)
            }
        }

    @Test
    fun `a sync that cannot begin fails its flow`() =
        runBlocking<Unit> {
            Keyturn.open("${fresh("unjoined")}").use { keyturn ->
                val failed = runCatching { keyturn.sync().toList() }.exceptionOrNull()
                assertEquals(ErrorKind.NOT_ENROLLED, assertIs<KeyturnException>(failed).sort)
                assertEquals("field-not-enrolled", failed.name)
            }
        }
}
