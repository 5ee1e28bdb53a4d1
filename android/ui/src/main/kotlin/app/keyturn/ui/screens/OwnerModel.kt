package app.keyturn.ui.screens

import androidx.compose.runtime.Immutable
import app.keyturn.core.ErrorKind
import app.keyturn.core.FieldStore
import app.keyturn.core.FrozenView
import app.keyturn.core.KeyturnException
import app.keyturn.core.NewParticipant
import app.keyturn.core.PictureSize
import app.keyturn.core.SignOutcome
import app.keyturn.core.SignRequest
import app.keyturn.core.SnagAnswer
import app.keyturn.core.StrokePoint
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.read
import app.keyturn.ui.parts.Choice
import app.keyturn.ui.parts.Ink

@Immutable
data class OwnerItem(
    val snag: String,
    val number: Long,
    val title: String,
    val where: String,
    val due: String,
    val pictures: List<String?>,
    val seen: Boolean,
    /** The owner's reason for not agreeing to this one; `null`: agrees. */
    val disputed: String?,
    val question: String?,
)

@Immutable
sealed interface OwnerAsk {
    data class Dispute(val item: OwnerItem, val reason: String) : OwnerAsk

    data class Question(val item: OwnerItem, val text: String) : OwnerAsk

    data class Refuse(val reason: String) : OwnerAsk
}

/** A representative or a witness: the name, and for a representative what says so. */
@Immutable
data class OwnerJoin(val representative: Boolean, val name: String, val mandate: String)

@Immutable
data class OwnerState(
    val unit: String,
    val unitLabel: String,
    /** Who reads: `null` until somebody was named, by the inspector, before the tablet is handed over. */
    val owner: String?,
    val candidates: List<Choice>,
    /** Somebody who is no owner, as the inspector writes it down. */
    val joining: OwnerJoin?,
    val witness: String?,
    val version: Int,
    val date: String,
    val items: List<OwnerItem>,
    val photos: Int,
    val lines: Int,
    val means: String,
    val meansNot: String,
    val seen: Int,
    val disputed: Int,
    val ask: OwnerAsk?,
    val larger: Boolean,
    val lockFailed: Boolean,
    /** Signed: only the way back is left. */
    val done: Boolean,
)

/** The owner's turn: only the record, until the inspector unlocks the device. */
class OwnerHolder(app: AppModel, private val unit: String) : Holder<OwnerState>(app) {
    private var lockFailed = false

    override fun read(store: FieldStore): OwnerState {
        val draft = Draft(store, draftOf(unit))
        val view = store.unit(unit)
        val handover = store.handover(unit)
        val owner = handover.participants.firstOrNull { it.role in OWNERS }
        val frozen = if (draft["done"].isEmpty()) store.freeze(unit, app.lang) else null
        val seen = draft.list("seen").toSet()
        val times = times(store)
        val items = frozen?.snags.orEmpty().map { snag ->
            OwnerItem(
                snag = snag.snag,
                number = snag.number,
                title = snag.finding.ifBlank { snag.ownerText }.ifBlank { snag.defectName.read(words) },
                where = listOf(snag.roomName, snag.elementName, snag.defectName, snag.severityName).map {
                    it.read(words)
                }.filter { it.isNotBlank() }.joinToString(" · "),
                due = snag.dueOn?.let { times.shortDate(it) }.orEmpty(),
                pictures = snag.photos.map { store.picture(it, PictureSize.SMALL) },
                seen = "${snag.number}" in seen,
                disputed = draft["no-${snag.number}"].ifEmpty { null },
                question = draft["asked-${snag.number}"].ifEmpty { null },
            )
        }
        return OwnerState(
            unit = unit,
            unitLabel = view.label,
            owner = owner?.let { it.name.orEmpty() },
            candidates = view.owners.map { Choice(it.id, it.name ?: it.id.take(8)) },
            joining =
            when (draft["join"]) {
                "representative" -> OwnerJoin(true, draft["join-name"], draft["join-mandate"])
                "witness" -> OwnerJoin(false, draft["join-name"], "")
                else -> null
            },
            witness = handover.participants.firstOrNull { it.role == WITNESS }?.name,
            version = frozen?.version?.toInt() ?: 0,
            date = times.today().toString(),
            items = items,
            photos = frozen?.photos?.toInt() ?: 0,
            lines = frozen?.lines?.toInt() ?: 0,
            means = frozen?.means?.read(words).orEmpty(),
            meansNot = frozen?.meansNot?.read(words).orEmpty(),
            seen = items.count { it.seen },
            disputed = items.count { it.disputed != null },
            ask = ask(draft, items),
            larger = draft["larger"] == "yes",
            lockFailed = lockFailed,
            done = draft["done"].isNotEmpty(),
        )
    }

    private fun ask(draft: Draft, items: List<OwnerItem>): OwnerAsk? {
        val item = items.firstOrNull { "${it.number}" == draft["ask-item"] }
        return when (draft["ask"]) {
            "dispute" -> item?.let { OwnerAsk.Dispute(it, draft["text"]) }
            "question" -> item?.let { OwnerAsk.Question(it, draft["text"]) }
            "refuse" -> OwnerAsk.Refuse(draft["reason"])
            else -> null
        }
    }

    private fun keep(vararg changes: Pair<String, String>) = app.act {
        Draft(it, draftOf(unit)).set(*changes)
        state = read(it)
    }

    /** The inspector names who reads; the identity was checked face to face. */
    fun name(person: String) = app.record {
        it.join(unit, NewParticipant(person = person, role = "owner", identityCheck = say("app-owner-identity-how")))
    }

    fun startJoin(representative: Boolean) = keep("join" to if (representative) "representative" else WITNESS, "join-name" to "", "join-mandate" to "")

    fun typeJoin(name: String? = null, mandate: String? = null) {
        val now = state?.joining ?: return
        val next = now.copy(name = name ?: now.name, mandate = mandate ?: now.mandate)
        state = state?.copy(joining = next)
        keep("join-name" to next.name, "join-mandate" to next.mandate)
    }

    fun dismissJoin() = keep("join" to "")

    fun keepJoin() {
        val who = state?.joining ?: return
        if (who.name.isBlank()) return
        if (who.representative && who.mandate.isBlank()) return
        app.record { store ->
            val role = if (who.representative) "representative" else WITNESS
            val mandate = who.mandate.ifBlank { null }
            store.join(unit, NewParticipant(role = role, name = who.name.trim(), identityCheck = say("app-owner-identity-how"), mandate = mandate))
            Draft(store, draftOf(unit)).set("join" to "", "join-name" to "", "join-mandate" to "")
        }
    }

    fun seen(numbers: List<Long>) {
        val now = state ?: return
        val fresh = numbers.filter { n -> now.items.any { it.number == n && !it.seen } }
        if (fresh.isNotEmpty()) keep("seen" to (now.items.filter { it.seen }.map { "${it.number}" } + fresh.map { "$it" }).joinToString("\n"))
    }

    fun dispute(item: OwnerItem) = if (item.disputed !=
        null
    ) {
        keep("no-${item.number}" to "")
    } else {
        keep("ask" to "dispute", "ask-item" to "${item.number}", "text" to "")
    }

    fun question(item: OwnerItem) = keep("ask" to "question", "ask-item" to "${item.number}", "text" to "")

    fun type(text: String) {
        val now = state ?: return
        val ask =
            when (val a = now.ask) {
                is OwnerAsk.Dispute -> a.copy(reason = text)
                is OwnerAsk.Question -> a.copy(text = text)
                is OwnerAsk.Refuse -> a.copy(reason = text)
                null -> null
            }
        state = now.copy(ask = ask)
        keep((if (ask is OwnerAsk.Refuse) "reason" else "text") to text)
    }

    fun dismissAsk() = keep("ask" to "", "ask-item" to "", "text" to "")

    fun keepAsk() {
        when (val ask = state?.ask) {
            is OwnerAsk.Dispute -> if (ask.reason.isNotBlank()) keep("no-${ask.item.number}" to ask.reason, "ask" to "", "ask-item" to "", "text" to "")

            is OwnerAsk.Question ->
                if (ask.text.isNotBlank()) {
                    app.record { store ->
                        store.ask(unit, "${ask.item.number}: ${ask.text}", null, true)
                        Draft(store, draftOf(unit)).set("asked-${ask.item.number}" to ask.text, "ask" to "", "ask-item" to "", "text" to "")
                    }
                }

            is OwnerAsk.Refuse -> if (ask.reason.isNotBlank()) sign(SignOutcome.REFUSED)

            null -> Unit
        }
    }

    fun refuse() = keep("ask" to "refuse")

    fun part() {
        if ((state?.disputed ?: 0) > 0) sign(SignOutcome.IN_PART)
    }

    /** Offered after every item was on the screen, and as long as none is disputed. */
    fun accept() {
        val now = state ?: return
        if (now.seen == now.items.size && now.disputed == 0) sign(SignOutcome.ACCEPTED)
    }

    private fun sign(outcome: SignOutcome) {
        keep("outcome" to outcome.name, "ask" to "")
        app.go(Place.Sign(unit))
    }

    fun larger() = keep("larger" to if (state?.larger == true) "" else "yes")

    /** Only the holder of the device leads back. */
    fun handBack() = app.act { store ->
        lockFailed = !app.platform.unlock()
        if (lockFailed) {
            state = read(store)
        } else {
            if (Draft(store, draftOf(unit))["done"].isNotEmpty()) Draft(store, draftOf(unit)).clear()
            app.goOnly(Place.Today, Place.AUnit(unit))
        }
    }

    /** Nobody was named yet: the inspector still holds the device. */
    fun leave() = app.back()

    companion object {
        internal val OWNERS = setOf("owner", "representative")
        internal const val WITNESS = "witness"

        internal fun draftOf(unit: String) = "app/owner/$unit"
    }
}

@Immutable
data class SignState(
    val unitLabel: String,
    val version: Int,
    val what: String,
    val digest: String,
    val level: Int,
    val levelNeeded: Int,
    val noticeVersion: String,
    val notice: String,
    val signer: String,
    val strokes: List<List<Ink>>,
    val code: String,
    val now: String,
    val byOwner: Boolean,
    val changed: Boolean,
    /** Until when the code that was asked for signs. */
    val codeUntil: String?,
) {
    /** The level asks for a code, and none stands here yet. */
    val codeFirst: Boolean get() = byOwner && levelNeeded > 1 && code.isBlank()
}

/** The pad. Every stroke is in the store before the next one begins. */
class SignHolder(app: AppModel, private val unit: String) : Holder<SignState>(app) {
    private var changed = false

    private fun draft(store: FieldStore) = Draft(store, "app/sign/$unit")

    private fun ownerSigned(store: FieldStore): Boolean {
        val handover = store.handover(unit)
        return handover.signatures.any { s -> !s.superseded && handover.participants.firstOrNull { it.id == s.signer }?.role in OwnerHolder.OWNERS }
    }

    override fun read(store: FieldStore): SignState {
        val owner = Draft(store, OwnerHolder.draftOf(unit))
        val draft = draft(store)
        val frozen = store.freeze(unit, app.lang)
        val byOwner = !ownerSigned(store)
        val handover = store.handover(unit)
        val disputed = frozen.snags.count { owner["no-${it.number}"].isNotEmpty() }
        val count = frozen.snags.size
        val outcome =
            when {
                !byOwner -> say("app-sign-attest")
                owner["outcome"] == SignOutcome.REFUSED.name -> say("app-sign-outcome-refused", "reason" to owner["reason"])
                owner["outcome"] == SignOutcome.IN_PART.name -> say("app-sign-outcome-in-part", "good" to count - disputed, "bad" to disputed)
                else -> say("app-sign-outcome-accepted", "count" to count)
            }
        val signer = handover.participants.firstOrNull { if (byOwner) it.role in OwnerHolder.OWNERS else it.role == "inspector" }
        return SignState(
            unitLabel = store.unit(unit).label,
            version = frozen.version.toInt(),
            what = listOf(outcome, say("app-count-photos", "count" to frozen.photos), say("app-owner-lines", "lines" to frozen.lines)).joinToString(" · "),
            digest = frozen.digest.take(DIGEST_SHOWN).chunked(4).joinToString(" ").uppercase(),
            level = if (draft["code"].isNotBlank()) 2 else 1,
            levelNeeded = frozen.levelRequired.toInt(),
            noticeVersion = frozen.notice,
            notice = frozen.noticeWords.read(words),
            signer = if (byOwner) signer?.name.orEmpty() else store.device().personName.orEmpty(),
            strokes = draft.list("strokes").map { readStroke(it) },
            code = draft["code"],
            now = times(store).precise(System.currentTimeMillis()),
            byOwner = byOwner,
            changed = changed,
            codeUntil = draft["code-until"].toLongOrNull()?.let { times(store).clock(it) },
        )
    }

    private fun keep(vararg changes: Pair<String, String>) = app.act {
        draft(it).set(*changes)
        state = read(it)
    }

    fun stroke(stroke: List<Ink>) = app.act { store ->
        val draft = draft(store)
        draft.set("strokes" to (draft.list("strokes") + writeStroke(stroke)).joinToString("\n"))
        state = read(store)
    }

    fun undo() = app.act { store ->
        val draft = draft(store)
        draft.set("strokes" to draft.list("strokes").dropLast(1).joinToString("\n"))
        state = read(store)
    }

    fun again() = keep("strokes" to "")

    fun code(text: String) {
        state = state?.copy(code = text)
        keep("code" to text)
    }

    /** The hub brings the signer a code; it needs the network, the strokes stay meanwhile. */
    fun askCode() = app.act { store ->
        val frozen = store.freeze(unit, app.lang)
        val signer = frozen.signers.firstOrNull { it.ownerSide }?.participant ?: return@act
        val until = store.requestCode(unit, signer, draft(store)["code-until"].isNotEmpty())
        draft(store).set("code-until" to "$until")
        state = read(store)
    }

    fun readAgain() = app.back()

    fun confirm() {
        val now = state ?: return
        if (now.strokes.isEmpty() || now.codeFirst) return
        app.record { store ->
            val frozen = store.freeze(unit, app.lang)
            try {
                if (now.byOwner) owner(store, frozen, now) else inspector(store, frozen, now)
            } catch (error: KeyturnException.Told) {
                // The record changed under the pad: the strokes go, the owner reads again.
                if (error.kind == ErrorKind.REFUSED && error.key == "rule-sign-record") {
                    changed = true
                    draft(store).set("strokes" to "")
                    state = read(store)
                } else {
                    throw error
                }
            }
        }
    }

    private fun owner(store: FieldStore, frozen: FrozenView, now: SignState) {
        val draft = Draft(store, OwnerHolder.draftOf(unit))
        val signer = store.handover(unit).participants.first { it.role in OwnerHolder.OWNERS }
        val outcome = SignOutcome.valueOf(draft["outcome"])
        val answers =
            when (outcome) {
                SignOutcome.ACCEPTED -> frozen.snags.map { SnagAnswer(it.snag, true, null) }

                SignOutcome.IN_PART ->
                    frozen.snags.map { snag ->
                        val reason = draft["no-${snag.number}"]
                        SnagAnswer(snag.snag, reason.isEmpty(), reason.ifEmpty { null })
                    }

                else -> emptyList()
            }
        val witness = store.handover(unit).participants.firstOrNull { it.role == OwnerHolder.WITNESS }?.id
        store.sign(unit, request(frozen, signer.id, outcome, answers, draft["reason"].takeIf { outcome == SignOutcome.REFUSED }, now, witness = witness))
        draft(store).clear()
        draft.clear()
        draft.set("done" to "yes")
        app.goOnly(Place.Today, Place.AUnit(unit), Place.Owner(unit))
    }

    private fun inspector(store: FieldStore, frozen: FrozenView, now: SignState) {
        val signer =
            store.handover(unit).participants.firstOrNull { it.role == "inspector" }?.id
                ?: store.join(unit, NewParticipant(person = store.device().person, role = "inspector"))
        store.sign(unit, request(frozen, signer, SignOutcome.ATTESTED, emptyList(), null, now, level = 3))
        draft(store).clear()
        app.back()
    }

    private fun request(
        frozen: FrozenView,
        signer: String,
        outcome: SignOutcome,
        answers: List<SnagAnswer>,
        reason: String?,
        now: SignState,
        level: Int = now.level,
        witness: String? = null,
    ) = SignRequest(
        record = frozen.digest,
        signer = signer,
        outcome = outcome,
        answers = answers,
        reason = reason,
        strokes = now.strokes.map { stroke -> stroke.map { StrokePoint(it.xPpm.toUInt(), it.yPpm.toUInt(), it.ms.coerceIn(0, MOST_MS).toUInt(), 0u) } },
        witness = witness.takeIf { outcome == SignOutcome.REFUSED },
        level = level.toUByte(),
        code = now.code.ifBlank { null },
        notice = frozen.notice,
        lang = app.lang,
    )

    companion object {
        private const val DIGEST_SHOWN = 16
        private const val MOST_MS = 3_600_000L

        internal fun writeStroke(stroke: List<Ink>): String = stroke.joinToString(";") { "${it.xPpm},${it.yPpm},${it.ms}" }

        internal fun readStroke(text: String): List<Ink> = text.split(';').mapNotNull { point ->
            val part = point.split(',')
            if (part.size == 3) Ink(part[0].toInt(), part[1].toInt(), part[2].toLong()) else null
        }
    }
}
