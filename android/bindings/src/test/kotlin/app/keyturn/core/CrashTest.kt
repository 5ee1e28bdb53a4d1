package app.keyturn.core

import org.junit.jupiter.api.Test
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.security.MessageDigest
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.io.path.fileSize
import kotlin.io.path.isRegularFile
import kotlin.io.path.name
import kotlin.random.Random
import kotlin.streams.asSequence
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/**
 * The app's process is killed (SIGKILL) at random moments between the shutter and the upload: every photograph is on the hub once, none is lost.
 * A short form with every run; 200 photographs and 50 kills with `KEYTURN_SOAK=1` (`cargo xtask soak`). `KEYTURN_SEED` repeats a run's choices.
 */
class CrashTest {
    private class App(dir: Path, camera: Path, first: Int, last: Int) {
        private val classes = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
        private val process: Process =
            ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                *listOf("jna.library.path", "keyturn.scratch", "keyturn.root").map { "-D$it=${System.getProperty(it)}" }.toTypedArray(),
                "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", classes, "app.keyturn.core.CrashApp", "$dir", "$camera", "$first", "$last",
            ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val lines: Sequence<String> = process.inputStream.bufferedReader().lineSequence()

        /** The camera is done; nobody may hear it any more. */
        fun answer() {
            try {
                process.outputStream.write('\n'.code)
                process.outputStream.flush()
            } catch (_: IOException) {
            }
        }

        /** SIGKILL. Not through the process itself, which would close what it has said already. */
        fun kill() = process.toHandle().destroyForcibly()

        fun ended(): Int {
            check(process.waitFor(120, TimeUnit.SECONDS)) { "the app does not end" }
            return process.exitValue()
        }
    }

    private companion object {
        /** How the JVM tells the end of a process by SIGKILL. */
        const val KILLED = 128 + 9
    }

    private fun sha256(bytes: ByteArray) = MessageDigest.getInstance("SHA-256").digest(bytes).joinToString("") { "%02x".format(it) }

    private fun files(folder: Path): List<Path> = Files.walk(folder).use { all -> all.asSequence().filter { it.isRegularFile() }.toList() }

    @Test
    fun `every photograph is on the hub once, however often the app is killed`() {
        val (shots, kills) = if (System.getenv("KEYTURN_SOAK") == "1") 200 to 50 else 24 to 6
        val seed = System.getenv("KEYTURN_SEED")?.toLong() ?: System.nanoTime()
        println("KEYTURN_SEED=$seed")
        val random = Random(seed)
        Hub().use { hub ->
            val (dir, camera, studio) = listOf(fresh("crash"), fresh("camera"), fresh("studio"))
            hub.joined(dir = dir).use { store ->
                val unit = store.findUnit("2-1-1102")
                repeat(CrashApp.OLD_SNAGS) { store.snagNew(snagOf(unit, "there before $it")) }
                store.shut()
            }
            val made = sortedMapOf<Int, String>()
            var killed = 0
            // About as many events (shutter, taken) a life as bring the last kills to the last shots.
            val most = 4 * shots / kills
            while (killed < kills) {
                val app = App(dir, camera, made.keys.maxOrNull()?.plus(1) ?: 1, shots)
                val early = random.nextInt(8) == 0
                if (early) thread { Thread.sleep(random.nextLong(100, 900)); app.kill() }
                var left = random.nextInt(1, most)
                for (line in app.lines) {
                    val said = line.split(' ')
                    if (said[0] == "SHUTTER") {
                        // The camera is another process: it makes its picture whatever becomes of the app.
                        val n = said[1].toInt()
                        val path = ownPhoto(studio, "shot-$n")
                        made[n] = sha256(Files.readAllBytes(path))
                        Files.move(path, Path.of(said[2]), StandardCopyOption.ATOMIC_MOVE)
                        app.answer()
                    }
                    val over = made.size == shots && said[0] == "READY"
                    left -= 1
                    if (left == 0 || over) {
                        Thread.sleep(random.nextLong(if (over) 400 else 80))
                        app.kill()
                    }
                }
                // A life that came to its own end first is none that was killed; one that failed is a fault.
                val end = app.ended()
                if (end == KILLED) killed += 1 else assertEquals(0, end, "the app failed")
            }
            val first = made.keys.maxOrNull()?.plus(1) ?: 1
            val last = App(dir, camera, first, shots)
            for (line in last.lines) {
                val said = line.split(' ')
                if (said[0] != "SHUTTER") continue
                val path = ownPhoto(studio, "shot-${said[1]}")
                made[said[1].toInt()] = sha256(Files.readAllBytes(path))
                Files.move(path, Path.of(said[2]), StandardCopyOption.ATOMIC_MOVE)
                last.answer()
            }
            assertEquals(0, last.ended())
            assertEquals((1..shots).toList(), made.keys.toList())
            assertEquals(shots, made.values.toSet().size)

            // On the hub: each once, whole, and nothing empty beside them.
            val stored = hub.originals()
            for ((n, sha256) in made) {
                val there = stored.filter { it.name == sha256 }
                assertEquals(1, there.size, "shot $n")
                assertEquals(sha256, sha256(Files.readAllBytes(there.single())), "shot $n")
            }
            assertTrue(stored.all { it.fileSize() > 0 }, "no empty file at the hub")
            // On the device: each once, safe; no empty or half file, nothing left in the camera's folder.
            FieldStore.open("$dir", Surroundings()).use { store ->
                val states = store.photoStates(false, 0u, 1_000u).rows
                assertEquals(made.values.sorted(), states.map { it.photo }.sorted())
                assertEquals(setOf(PhotoState.SAFE), states.map { it.state }.toSet())
                assertEquals(emptyList(), store.drafts(""))
                store.shut()
            }
            assertEquals(emptyList(), files(dir.resolve("files")).filter { it.fileSize() == 0L || it.parent.name == "tmp" })
            assertEquals(emptyList(), files(camera))
            // In the records, as another device has them: each on one snag.
            val other = hub.joined()
            val unit = other.findUnit("2-1-1102")
            val photos = other.snags(unit, null, 0u, 1_000u).rows.flatMap { snag -> snag.photos.map { it.sha256 } }
            assertEquals(made.values.sorted(), photos.sorted())
            other.shut()
            println("CRASH $shots photographs, $killed kills: each once on the hub, none lost, no empty file")
        }
    }
}
