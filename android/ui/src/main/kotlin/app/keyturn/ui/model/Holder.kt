package app.keyturn.ui.model

import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import app.keyturn.core.ConflictView
import app.keyturn.core.FieldStore
import app.keyturn.core.Phase
import app.keyturn.core.PhotoState
import app.keyturn.core.PhotoView
import app.keyturn.core.PictureSize
import app.keyturn.core.SnagView
import app.keyturn.core.StatusView
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.Words
import app.keyturn.ui.parts.PhotoTileState
import app.keyturn.ui.parts.SyncLineState

/** What a screen shows, in one immutable value, and what can be done on it. Read anew after every record. */
abstract class Holder<S : Any>(protected val app: AppModel) {
    /** `null` until the store has answered for the first time. */
    var state: S? by mutableStateOf(null)
        protected set

    protected val words: Words get() = app.words

    protected abstract fun read(store: FieldStore): S

    fun refresh() = app.act { state = read(it) }

    protected fun times(store: FieldStore) = Times(store.device().zone, words)

    protected fun say(key: String, vararg args: Pair<String, Any>): String = words.say(key, args.associate { (name, value) -> name to value.toString() })
}

/** The holder of a place, kept while the place is shown, and read again when something changed. */
@Composable
fun <S : Any, H : Holder<S>> held(app: AppModel, make: () -> H): H {
    val holder = remember(app, app.place) { make() }
    LaunchedEffect(holder, app.changes, app.lang) { holder.refresh() }
    return holder
}

fun markOf(phase: Phase): Mark = when (phase) {
    Phase.ORDERED -> Mark.Ordered
    Phase.IN_WORK, Phase.STARTED -> Mark.InWork
    Phase.DONE, Phase.SIGNED -> Mark.Done
    Phase.REJECTED -> Mark.Rejected
    Phase.CONFIRMED, Phase.CLOSED -> Mark.Confirmed
    else -> Mark.Recorded
}

fun wordOf(phase: Phase): String = when (phase) {
    Phase.ORDERED -> "app-state-ordered"
    Phase.IN_WORK -> "app-state-in-work"
    Phase.STARTED -> "app-state-walk"
    Phase.DONE -> "app-state-done"
    Phase.SIGNED -> "app-state-signed"
    Phase.REJECTED -> "app-state-rejected"
    Phase.CONFIRMED -> "app-state-confirmed"
    Phase.CLOSED -> "app-state-closed"
    Phase.PLANNED -> "app-state-planned"
    Phase.APPOINTED -> "app-state-appointed"
    else -> "app-state-recorded"
}

fun markOf(state: PhotoState): Mark = when (state) {
    PhotoState.SAFE -> Mark.Safe
    PhotoState.SMALL_SENT -> Mark.Sending
    else -> Mark.OnDevice
}

fun wordOf(state: PhotoState): String = when (state) {
    PhotoState.SAFE -> "app-proof-safe"
    PhotoState.SMALL_SENT -> "app-proof-sending"
    PhotoState.SET_ASIDE -> "app-proof-set-aside"
    PhotoState.ON_DEVICE -> "app-proof-on-device"
}

fun tileOf(store: FieldStore, photo: PhotoView, words: Words): PhotoTileState = PhotoTileState(
    id = photo.sha256,
    path = store.picture(photo.sha256, PictureSize.SMALL),
    mark = photo.state?.let { markOf(it) },
    drawn = photo.drawing.isNotEmpty(),
    where = photo.state?.let { words.say(wordOf(it)) }.orEmpty(),
)

/** What a snag is called in a row: the inspector's finding, else the owner's words, else its type. */
fun titleOf(snag: SnagView, words: Words): String = snag.finding.ifBlank {
    snag.ownerText.ifBlank {
        snag.elementName.read(words) + " · " + snag.defectName.read(words)
    }
}

/** What wants a look: of a value that two people changed, the field by its name. */
fun reviewWords(review: ConflictView, words: Words): String {
    if (review.values.size < 2) return review.words.read(words)
    val key = "console-field-" + review.what.replace('_', '-')
    val field = words.say(key)
    return if (field == key) review.words.read(words) else words.say("app-settle-two", mapOf("field" to field))
}

/** The one line that tells the truth about sync. */
fun syncLine(status: StatusView, running: Boolean, times: Times, words: Words): SyncLineState {
    val say = { key: String, args: List<Pair<String, Any>> -> words.say(key, args.associate { (k, v) -> k to v.toString() }) }
    val open = status.unsentRecords > 0uL || status.unsentPhotos > 0uL
    val fact = say("app-sync-on-device", listOf("records" to status.unsentRecords, "photos" to status.unsentPhotos))
    val since = status.since?.let { say("app-sync-since", listOf("time" to times.moment(it))) + " " }.orEmpty()
    val why = status.why?.read(words)?.let { "$it " }.orEmpty()
    val next = status.nextTry?.let { say("app-sync-next", listOf("time" to times.clock(it))) } ?: say("app-sync-soon", emptyList())
    return when {
        status.toReview > 0uL -> SyncLineState(
            if (open) Mark.OnDevice else Mark.Safe,
            say("app-sync-refused", listOf("count" to status.toReview)),
            if (open) fact + say("app-stop", emptyList()) + since else say("app-sync-refused-why", emptyList()),
            refused = true,
        )

        open && running -> SyncLineState(Mark.Sending, fact, say("app-sync-going", emptyList()))

        open -> SyncLineState(Mark.OnDevice, fact, since + why + next)

        status.lastContact != null -> SyncLineState(
            Mark.Safe,
            say("app-sync-safe", emptyList()),
            say("app-sync-safe-since", listOf("time" to times.moment(status.lastContact!!))),
        )

        else -> SyncLineState(Mark.OnDevice, say("app-sync-none", emptyList()), why + say("app-sync-never", emptyList()))
    }
}
