package app.keyturn.core

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.withContext

/** The words in a language. */
fun Words.of(lang: Lang): String = if (lang == Lang.ZH) zh else en

/** What sort of trouble it is: what a screen decides by. */
val KeyturnException.sort: ErrorKind get() = (this as KeyturnException.Told).kind

/** The message key, stable. */
val KeyturnException.name: String get() = (this as KeyturnException.Told).key

/** What to tell a person. */
fun KeyturnException.told(lang: Lang): String = (this as KeyturnException.Told).let { if (lang == Lang.ZH) it.zh else it.en }

/**
 * The store for coroutines: every call leaves the caller's thread, and has committed when it comes back.
 *
 * A cancelled coroutine does not undo a call that has begun: it commits or it does not, never by half.
 */
class Keyturn private constructor(
    /** The store as generated, for calls on a thread of one's own. */
    val store: FieldStore,
    private val io: CoroutineDispatcher,
) : AutoCloseable {
    /** Calls the store on a thread that may wait for the disk. */
    suspend fun <T> call(work: FieldStore.() -> T): T = withContext(io) { store.work() }

    /** Joins a project; waits for the hub. */
    suspend fun enrol(invite: String, deviceName: String, platform: String, notice: String): DeviceView =
        call { enrol(invite, deviceName, platform, notice) }

    /**
     * Takes photographs in and then makes their pictures, on a thread on which nobody waits. [work] is a call that takes photographs in, such
     * as `snagNew` or `repairPhoto`.
     */
    suspend fun <T> photograph(work: FieldStore.() -> T): T {
        val done = call(work)
        call { makePictures() }
        return done
    }

    /**
     * One sync as a flow of what happens; the last step is [SyncStep.Ended]. Cancelling the collection cancels the sync, within a second and
     * losing nothing. While another sync runs, that one is watched from there on.
     */
    fun sync(options: SyncOptions = SyncOptions()): Flow<SyncStep> =
        callbackFlow {
            val observer =
                object : SyncObserver {
                    override fun step(step: SyncStep) {
                        trySend(step)
                        if (step is SyncStep.Ended) channel.close()
                    }
                }
            val task = withContext(io) { store.sync(options, observer) }
            awaitClose {
                task.cancel()
                task.destroy()
            }
        }.buffer(Channel.UNLIMITED)

    /** Shuts the store: a running sync is cancelled and waited for; every later call is refused as closed. */
    override fun close() {
        store.shut()
        store.destroy()
    }

    companion object {
        /** Opens the store in a folder, creating it. What [surroundings] lacks is done in software. */
        suspend fun open(
            dir: String,
            surroundings: Surroundings = Surroundings(),
            io: CoroutineDispatcher = Dispatchers.IO,
        ): Keyturn = withContext(io) { Keyturn(FieldStore.open(dir, surroundings), io) }

        /** Opens the store on this thread. */
        fun openHere(
            dir: String,
            surroundings: Surroundings = Surroundings(),
            io: CoroutineDispatcher = Dispatchers.IO,
        ): Keyturn = Keyturn(FieldStore.open(dir, surroundings), io)
    }
}
