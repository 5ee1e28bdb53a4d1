package app.keyturn.ui.model

import androidx.compose.runtime.Immutable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import app.keyturn.core.ErrorKind
import app.keyturn.core.FieldStore
import app.keyturn.core.KeyturnException
import app.keyturn.core.Lang
import app.keyturn.core.SyncObserver
import app.keyturn.core.SyncOptions
import app.keyturn.core.SyncStep
import app.keyturn.core.SyncTask
import app.keyturn.core.setStoreAside
import app.keyturn.core.word
import app.keyturn.ui.look.Words
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import app.keyturn.core.Words as Both

/** Something that was not done: what, in words, and whether it needs a screen of its own. */
@Immutable
data class Trouble(val kind: ErrorKind, val zh: String, val en: String)

/**
 * The app while it runs: the open store, where the person is, the language, what went wrong last. The store's calls are made one after the
 * other on [worker]; a screen is drawn from what they answered.
 */
class AppModel(private val folder: String, val platform: Platform, private val worker: CoroutineDispatcher) {
    private val scope = CoroutineScope(SupervisorJob() + worker)

    /** The store; `null` when it could not be opened, and [trouble] says why. */
    var store: FieldStore? by mutableStateOf(null)
        private set

    var lang: Lang by mutableStateOf(Lang.ZH)
        private set

    /** The steps that led here; the last is shown. */
    var stack: List<Place> by mutableStateOf(listOf(Place.Enrol))
        private set

    var trouble: Trouble? by mutableStateOf(null)
        private set

    /** Changes with every record, own or pulled: screens read again. */
    var changes: Int by mutableStateOf(0)
        private set

    var syncRunning: Boolean by mutableStateOf(false)
        private set

    var syncStep: SyncStep? by mutableStateOf(null)
        private set

    private var task: SyncTask? = null

    val place: Place get() = stack.last()

    val words: Words get() = CoreWords.of(lang)

    init {
        open()
    }

    private fun open() {
        try {
            val opened = FieldStore.open(folder, platform.surroundings())
            store = opened
            trouble = null
            lang =
                when (opened.draft(LANG)?.decodeToString()) {
                    null, "" -> platform.lang ?: Lang.ZH
                    "en" -> Lang.EN
                    else -> Lang.ZH
                }
            val kept = opened.draft(STACK)?.decodeToString()?.split('\n')?.mapNotNull { Place.read(it) }.orEmpty()
            stack =
                when {
                    !opened.isEnrolled() -> listOf(Place.Enrol)
                    kept.isEmpty() || kept.first() == Place.Enrol -> listOf(Place.Today)
                    else -> kept
                }
        } catch (error: KeyturnException) {
            tell(error)
        }
    }

    /** Does something with the store, away from the screen; what fails is told and changes nothing. */
    fun act(work: suspend (FieldStore) -> Unit) {
        val store = store ?: return
        scope.launch {
            try {
                work(store)
            } catch (error: KeyturnException) {
                tell(error)
            }
        }
    }

    /** The same for something that records: everything that is shown is read again. */
    fun record(work: suspend (FieldStore) -> Unit) = act {
        work(it)
        changes += 1
    }

    fun captures(store: FieldStore) = Captures(store, platform)

    /** The camera answers to a process that did not ask: the one that did has died meanwhile. */
    fun cameraAnswered(taken: Boolean) = record {
        if (taken) captures(it).arrived() else captures(it).dropped()
        it.makePictures()
    }

    fun tell(error: KeyturnException) {
        val told = error as? KeyturnException.Told ?: return
        if (told.kind != ErrorKind.CANCELLED) trouble = Trouble(told.kind, told.zh, told.en)
    }

    fun read() {
        changes += 1
    }

    fun dismiss() {
        trouble = null
    }

    fun go(to: Place) = steps(stack + to)

    fun back() {
        if (stack.size > 1) steps(stack.dropLast(1))
    }

    /** Goes somewhere that there is no way back from: after joining, after signing. */
    fun goOnly(vararg to: Place) = steps(to.toList())

    /** One place instead of the last. */
    fun instead(to: Place) = steps(stack.dropLast(1) + to)

    private fun steps(to: List<Place>) {
        stack = to
        act { it.setDraft(STACK, to.joinToString("\n") { place -> Place.write(place) }.encodeToByteArray()) }
    }

    fun speak(lang: Lang) {
        this.lang = lang
        platform.spoken(lang)
        act { it.setDraft(LANG, (if (lang == Lang.EN) "en" else "zh-CN").encodeToByteArray()) }
    }

    /** Sends and fetches; one at a time. */
    fun sync(originalsNow: Boolean = false) = act { store ->
        val started = store.sync(SyncOptions(originalsNow = originalsNow), Observer())
        task = started
        syncRunning = true
    }

    /** Waits until the core wants a sync, and starts it. What ends the waiting early, a record or the end of a sync, calls this anew. */
    suspend fun sendWhenDue() {
        while (true) {
            val next = withContext(worker) { runCatching { store?.takeIf { it.isEnrolled() }?.nextSync() }.getOrNull() }
            if (next?.now == true && !syncRunning) return sync()
            val wait = next?.at?.let { it - System.currentTimeMillis() } ?: LOOK_AGAIN_MS
            delay(wait.coerceIn(LEAST_WAIT_MS, LOOK_AGAIN_MS))
        }
    }

    fun stopSync() {
        task?.cancel()
    }

    /** The store is damaged: it is put aside as it is, and a new one begun. */
    fun setAside() {
        try {
            store?.shut()
            setStoreAside(folder)
            open()
        } catch (error: KeyturnException) {
            tell(error)
        }
    }

    /** The window closes. A process that dies without it loses nothing. */
    fun close() {
        scope.cancel()
        store?.shut()
        store?.close()
    }

    private inner class Observer : SyncObserver {
        override fun step(step: SyncStep) {
            syncStep = step
            if (step is SyncStep.Ended) {
                syncRunning = false
                // What stopped it stands on the sync line, in words; a page of its own is for what needs a decision.
                act { store -> if (store.status().revoked) trouble = revoked(store) }
            }
            if (step !is SyncStep.Cut) changes += 1
        }

        private fun revoked(store: FieldStore): Trouble {
            val why = store.status().why
            return Trouble(ErrorKind.REVOKED, why?.zh.orEmpty(), why?.en.orEmpty())
        }
    }

    private companion object {
        const val STACK = "app/stack"
        const val LANG = "app/lang"

        /** The network may have come back meanwhile: the core looks. */
        const val LOOK_AGAIN_MS = 15_000L
        const val LEAST_WAIT_MS = 1_000L
    }
}

/** The core's words behind the screens' small interface. Words without arguments are asked once. */
class CoreWords private constructor(private val lang: Lang, override val tag: String) : Words {
    private val plain = HashMap<String, String>()

    override fun say(key: String, args: Map<String, String>): String =
        if (args.isEmpty()) synchronized(plain) { plain.getOrPut(key) { word(lang, key, args) } } else word(lang, key, args)

    companion object {
        private val zh = CoreWords(Lang.ZH, "zh-CN")
        private val en = CoreWords(Lang.EN, "en")

        fun of(lang: Lang): Words = if (lang == Lang.EN) en else zh
    }
}

/** The half that this reader reads. */
fun Both.read(words: Words): String = if (words.tag == "en") en else zh
