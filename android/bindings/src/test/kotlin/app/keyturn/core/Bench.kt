package app.keyturn.core

import org.junit.jupiter.api.Test
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardOpenOption
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicLong
import kotlin.concurrent.thread

/**
 * How quick the core is from Kotlin, over JNA: `cargo xtask bench kotlin`. It prints one line of JSON; nothing fails by time.
 * Named so that a run of the tests does not find it.
 */
class Bench {
    private fun <T> ms(work: () -> T): Double {
        val begun = System.nanoTime()
        work()
        return (System.nanoTime() - begun) / 1e6
    }

    private fun List<Double>.at(share: Double) = sorted()[((size - 1) * share).toInt()]

    private fun residentMb() =
        Files
            .readAllLines(Path.of("/proc/self/status"))
            .first { it.startsWith("RssAnon") }
            .filter { it.isDigit() }
            .toLong() / 1024

    /** One write that the disk has, as the store's commit needs it. */
    private fun fsync(dir: Path): List<Double> =
        FileChannel.open(dir.resolve("fsync"), StandardOpenOption.CREATE, StandardOpenOption.WRITE).use { file ->
            (0 until 200).map { ms { file.write(java.nio.ByteBuffer.allocate(4096)).also { file.force(false) } } }
        }

    @Test
    fun measure() {
        val dir = fresh("bench")
        Hub().use { hub ->
            val store = hub.joined(dir = dir)
            val unit = store.findUnit("2-1-1102")
            repeat(200) { store.snagNew(snagOf(unit, "warm $it")) }
            val recorded = (0 until 1_000).map { ms { store.snagNew(snagOf(unit, "snag $it")) } }
            repeat(8_800) { store.snagNew(snagOf(unit, "more $it")) }
            check(store.snags(unit, null, 0u, 1u).total == 10_000uL)
            val listed = (0 until 200).map { ms { store.snags(unit, null, (it * 49).toULong(), 50u) } }
            val synced = fsync(dir)
            store.shut()
            val opened = (0 until 30).map { ms { FieldStore.open("$dir", Surroundings()).use { it.shut() } } }

            // Photographs on one thread, somebody tapping on another.
            hub.run("sample-photos", "${dir.resolve("photos")}", "--count", "30")
            val photos = Files.list(dir.resolve("photos")).use { files -> files.filter { "$it".endsWith(".jpg") }.sorted().toList() }
            check(photos.size == 30)
            val again = FieldStore.open("$dir", Surroundings())
            val snag = again.snags(unit, null, 0u, 1u).rows.single().id
            val before = residentMb()
            val most = AtomicLong(before)
            val done = AtomicBoolean()
            val taps = mutableListOf<Double>()
            val tapping = thread {
                while (!done.get()) {
                    taps += ms { again.setDraft("tap", "${taps.size}".encodeToByteArray()) }
                    taps += ms { again.snag(snag) }
                    most.accumulateAndGet(residentMb(), ::maxOf)
                    Thread.sleep(5)
                }
            }
            val taken = photos.map { ms { again.snagPhoto(snag, "$it") } }
            again.makePictures()
            done.set(true)
            tapping.join()
            again.shut()
            println(
                "BENCH {\"list_50_of_10000_p50_ms\":%.2f,\"list_50_of_10000_p99_ms\":%.2f,\"record_p50_ms\":%.2f,\"record_p99_ms\":%.2f,\"fsync_p50_ms\":%.2f,\"fsync_p99_ms\":%.2f,\"open_p50_ms\":%.2f,\"open_max_ms\":%.2f,\"photo_12mp_p50_ms\":%.1f,\"tap_p99_ms\":%.2f,\"tap_max_ms\":%.2f,\"taps\":%d,\"memory_more_mb\":%d}".format(
                    java.util.Locale.ROOT,
                    listed.at(0.5), listed.at(0.99), recorded.at(0.5), recorded.at(0.99), synced.at(0.5), synced.at(0.99),
                    opened.at(0.5), opened.max(), taken.at(0.5), taps.at(0.99), taps.max(), taps.size, most.get() - before,
                ),
            )
        }
    }
}
