package app.keyturn.android

import android.content.Context
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingWorkPolicy
import androidx.work.ForegroundInfo
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequestBuilder
import androidx.work.OutOfQuotaPolicy
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import app.keyturn.core.FieldStore
import app.keyturn.core.KeyturnException
import app.keyturn.core.Network
import app.keyturn.core.SyncOptions
import kotlinx.coroutines.CancellationException
import java.util.concurrent.TimeUnit

/** Sync while nobody looks: one piece of work, planned as the core says, when, and over which network. */
object Uploads {
    const val WORK = "keyturn-sync"

    /** Asks the core anew and plans it, instead of what was planned before. A sync that runs plans the next one itself. */
    suspend fun plan(shell: Shell) {
        val store = shell.model().store ?: return
        plan(shell.context, store, ExistingWorkPolicy.REPLACE)
    }

    internal fun plan(context: Context, store: FieldStore, policy: ExistingWorkPolicy) {
        val next =
            try {
                store.nextSync()
            } catch (_: KeyturnException) {
                // Shut meanwhile: the next start plans.
                return
            }
        val work = WorkManager.getInstance(context)
        if (next.running) {
            // Joined by a piece of work that outlives the screen, which then plans what comes after. One that is there already does.
            val how = if (policy == ExistingWorkPolicy.REPLACE) ExistingWorkPolicy.KEEP else policy
            work.enqueueUniqueWork(WORK, how, request(NetworkType.CONNECTED).build())
            return
        }
        val at = next.at
        if (at == null) {
            // Nothing that a network would help: it waits for a person.
            if (policy == ExistingWorkPolicy.REPLACE) work.cancelUniqueWork(WORK)
            return
        }
        val request = request(if (next.needs == Network.WIFI) NetworkType.UNMETERED else NetworkType.CONNECTED)
        val waitMs = at - System.currentTimeMillis()
        if (waitMs > 0) {
            request.setInitialDelay(waitMs, TimeUnit.MILLISECONDS)
        } else if (policy == ExistingWorkPolicy.REPLACE) {
            // Records are small and wanted: ahead of what else the phone has put off.
            request.setExpedited(OutOfQuotaPolicy.RUN_AS_NON_EXPEDITED_WORK_REQUEST)
        }
        work.enqueueUniqueWork(WORK, policy, request.build())
    }

    private fun request(network: NetworkType) =
        OneTimeWorkRequestBuilder<SyncWorker>().setConstraints(Constraints.Builder().setRequiredNetworkType(network).build())
}

/** One sync to its end. Stopped by the system it loses nothing: what was sent stays sent, and the next one goes on. */
class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    /** Never a failure and never a retry of WorkManager's own: what came of it the core knows, and says when to try again. */
    override suspend fun doWork(): Result {
        val shell = applicationContext.shell
        val model = shell.model()
        // A store that does not open is told on the screen, with what to do.
        val store = model.store ?: return Result.success()
        if (!store.isEnrolled()) return Result.success()
        sync(store)
        model.read()
        shell.notices.tell(store, store.status())
        Uploads.plan(applicationContext, store, ExistingWorkPolicy.APPEND_OR_REPLACE)
        return Result.success()
    }

    private suspend fun sync(store: FieldStore) {
        val task =
            try {
                store.sync(SyncOptions(), null)
            } catch (_: KeyturnException) {
                // No network after all; the store has noted it.
                return
            }
        try {
            task.ended()
        } catch (_: KeyturnException) {
            // Noted by the store, with the time of the next try.
        } catch (stopped: CancellationException) {
            task.cancel()
            throw stopped
        } finally {
            task.close()
        }
    }

    /** Before Android 12 urgent work is shown while it runs. */
    override suspend fun getForegroundInfo(): ForegroundInfo = applicationContext.shell.notices.sending()
}
