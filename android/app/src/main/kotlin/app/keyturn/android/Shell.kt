package app.keyturn.android

import android.content.Context
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Draft
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.launch
import java.io.File
import java.util.concurrent.Executors

/**
 * What lives as long as the process: the open store behind its model, and the questions put to other apps, whose answers may come to another
 * Activity than the one that asked.
 */
class Shell(val context: Context) {
    val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private val worker = Executors.newSingleThreadExecutor { Thread(it, "keyturn-store") }.asCoroutineDispatcher()

    /** Where the store is: private to the app, in no backup. */
    val folder: File = File(context.filesDir, "store")

    val questions = Questions()

    val platform = AndroidPlatform(this)

    val notices = Notices(context)

    private val opening: Deferred<AppModel> =
        // On the thread of the store's calls: the first start makes a key, which takes some chips seconds.
        scope.async(worker, CoroutineStart.LAZY) { AppModel(folder.path, platform, worker) }

    /** The model; the store behind it is opened by the first who asks. */
    suspend fun model(): AppModel = opening.await().also { notices.lang = it.lang }

    /** Plans the next sync, away from the screen. */
    fun plan() {
        scope.launch { Uploads.plan(this@Shell) }
    }

    /** The camera's answer, to the coroutine that waits or, when the process died meanwhile, to what the store knows of the capture. */
    fun cameraAnswered(taken: Boolean) {
        if (!questions.camera.answer(taken)) scope.launch { model().cameraAnswered(taken) }
    }

    /**
     * A start without a past: a camera that was open is ours no more. A picture that it left behind is taken in; there may be no other of what it
     * shows.
     */
    fun startedAfresh() {
        if (questions.camera.isAsked) return
        scope.launch {
            val model = model()
            model.act { store ->
                val captures = model.captures(store)
                val file = captures.file ?: return@act
                if (File(file).length() > 0) captures.arrived() else captures.dropped()
                model.read()
            }
        }
    }

    /** A QR code that another app read. It fills in the form of a device that has not joined, and does nothing else. */
    fun codeFrom(link: String) {
        scope.launch {
            val model = model()
            model.act { store ->
                if (!store.isEnrolled()) {
                    Draft(store, "app/enrol").set("code" to link)
                    model.read()
                }
            }
        }
    }
}
