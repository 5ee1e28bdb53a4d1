package app.keyturn.core

import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.io.File

/**
 * An app without screens, for [CrashTest] to kill: what each photograph is for stands in the store before the camera opens, a start goes on with
 * what was left, sync starts when the core says so. It says on its output what it does, and asks the camera for a file on its input.
 *
 * Arguments: store, the camera's folder, the first and the last shot.
 */
object CrashApp {
    /** Every so many shots begin a snag; the others go to one that is there. */
    private const val NEW_EVERY = 8

    @JvmStatic
    fun main(args: Array<String>) {
        val (dir, camera, first, last) = args
        runBlocking {
            Keyturn.open(dir).use { app ->
                println("READY")
                val uploads =
                    launch {
                        while (true) {
                            if (app.call { nextSync() }.now) runCatching { app.sync(SyncOptions(originalsNow = true)).collect {} }
                            delay(20)
                        }
                    }
                // The file may have come after the app was gone.
                for (name in app.call { drafts(SHOT) }) {
                    val path = app.call { draft(name) }?.decodeToString() ?: continue
                    if (File(path).length() > 0) app.take(name, path) else app.call { setDraft(name, ByteArray(0)) }
                }
                // What no draft names any more is in the store: the app was killed before it could tidy up.
                File(camera).listFiles()?.forEach { it.delete() }
                for (n in first.toInt()..last.toInt()) {
                    val name = "%s%04d".format(SHOT, n)
                    val path = File(camera, "$n.jpg").path
                    app.call { setDraft(name, path.encodeToByteArray()) }
                    println("SHUTTER $n $path")
                    app.call { readln() }
                    app.take(name, path)
                }
                while (app.call { status() }.let { it.unsentRecords + it.unsentPhotos > 0u }) delay(20)
                uploads.cancel()
            }
        }
        println("DONE")
    }

    private suspend fun Keyturn.take(name: String, path: String) {
        val n = name.removePrefix(SHOT).toInt()
        photograph {
            val unit = findUnit("2-1-1102")
            if (n % NEW_EVERY == 0) {
                snagNew(snagOf(unit, "shot $n", listOf(path)).copy(draft = name))
            } else {
                val snags = snags(unit, null, 0u, OLD_SNAGS.toULong()).rows
                snagPhoto(snags[n % snags.size].id, path)
                setDraft(name, ByteArray(0))
            }
        }
        File(path).delete()
        println("TAKEN $n")
    }

    private const val SHOT = "shot."
    const val OLD_SNAGS = 3
}
