package app.keyturn.ui.screens

import androidx.compose.runtime.Immutable
import app.keyturn.core.Answer
import app.keyturn.core.FieldStore
import app.keyturn.core.LineRequest
import app.keyturn.core.LineView
import app.keyturn.core.VerdictOutcome
import app.keyturn.core.VerdictView
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.read
import app.keyturn.ui.parts.GaugeState
import app.keyturn.ui.parts.PadKey
import app.keyturn.ui.parts.PointState
import app.keyturn.ui.parts.TapAnswer
import app.keyturn.ui.parts.Tick
import java.math.BigDecimal

/** How a line stands on the ruler. */
internal fun tickOf(line: LineView): Tick = when {
    line.open -> Tick.Open
    line.answer == Answer.NOT_FINE || line.verdict?.outcome == VerdictOutcome.FAIL -> Tick.NotFine
    else -> Tick.Fine
}

internal fun tapOf(answer: Answer?): TapAnswer? = when (answer) {
    Answer.FINE -> TapAnswer.Fine
    Answer.NOT_FINE -> TapAnswer.NotFine
    Answer.NOT_APPLICABLE -> TapAnswer.NotApplicable
    else -> null
}

@Immutable
data class LineRow(
    val key: String,
    val number: Int,
    val text: String,
    val measured: Boolean,
    val open: Boolean,
    val chosen: TapAnswer?,
    /** Limit, contract value, found value: what stands under the words. */
    val caption: String,
    /** `→ Snag 12`, or the reason. */
    val note: String,
    /** Of a measured line: the words on its tile, and whether it is right. */
    val tile: String,
    val tileGood: Boolean?,
    val contract: Boolean,
)

/** A measured line that is being measured. */
@Immutable
data class MeasureState(
    val line: String,
    val number: Int,
    val name: String,
    val instrument: String,
    val rule: String,
    val unit: String,
    val points: List<PointState>,
    val sentence: String,
    val good: Boolean?,
    val gauge: GaugeState,
    /** A value ten times the limit: `30 or 3.0`. */
    val odd: String?,
)

/** What is asked in a sheet over the page. */
@Immutable
sealed interface RoomAsk {
    data object RestFine : RoomAsk

    data class NotFine(val line: String, val text: String, val reason: String) : RoomAsk

    data class CannotMeasure(val line: String, val reason: String) : RoomAsk

    data class Found(val line: String, val text: String, val contract: String, val value: String) : RoomAsk
}

@Immutable
data class RoomState(
    val name: String,
    val where: String,
    val photosUnsent: Int,
    val photos: Int,
    val ticks: List<Tick>,
    val lines: List<LineRow>,
    val measure: MeasureState?,
    val ask: RoomAsk?,
    /** What `the rest is fine` would answer. */
    val rest: List<LineRow>,
    val hasMeasuredOpen: Boolean,
    val nextRoom: Pair<String, String>?,
)

class RoomHolder(app: AppModel, private val unit: String, private val room: String) : Holder<RoomState>(app) {
    private fun draft(store: FieldStore) = Draft(store, "app/room/$unit/$room")

    private fun points(store: FieldStore, line: String) = Draft(store, "app/points/$unit/$line")

    override fun read(store: FieldStore): RoomState {
        val view = store.unit(unit)
        val rooms = view.rooms.filter { it.lines > 0u }
        val at = rooms.indexOfFirst { it.key == room }
        val lines = store.lines(unit, room)
        val numbers = lines.withIndex().associate { (i, line) -> line.key to i + 1 }
        val rows = lines.map { row(store, it, numbers.getValue(it.key)) }
        val draft = draft(store)
        val measured = lines.firstOrNull { it.key == draft["line"] && it.measure != null }
        val next = rooms.drop(at + 1).firstOrNull { it.answered < it.lines } ?: rooms.firstOrNull { it.answered < it.lines && it.key != room }
        return RoomState(
            name = rooms.getOrNull(at)?.name?.read(words) ?: room,
            where = say("app-list-room", "n" to at + 1, "of" to rooms.size),
            photosUnsent = view.tally.photosUnsent.toInt(),
            photos = view.tally.photos.toInt(),
            ticks = lines.map { tickOf(it) },
            lines = rows,
            measure = measured?.let { measure(store, it, numbers.getValue(it.key)) },
            ask = ask(draft, lines),
            rest = lines.filter { it.answer == null && it.measure == null && it.contract == null }.map { line -> rows.first { it.key == line.key } },
            hasMeasuredOpen = lines.any { it.open && it.measure != null },
            nextRoom = next?.let { it.key to it.name.read(words) },
        )
    }

    private fun ask(draft: Draft, lines: List<LineView>): RoomAsk? {
        val line = lines.firstOrNull { it.key == draft["ask-line"] }
        val text = line?.words?.read(words).orEmpty()
        return when (draft["ask"]) {
            "rest" -> RoomAsk.RestFine
            "not-fine" -> line?.let { RoomAsk.NotFine(it.key, text, draft["reason"]) }
            "cannot" -> line?.let { RoomAsk.CannotMeasure(it.key, draft["reason"]) }
            "found" -> line?.let { RoomAsk.Found(it.key, text, it.contract.orEmpty(), draft["found"]) }
            else -> null
        }
    }

    private fun row(store: FieldStore, line: LineView, number: Int): LineRow {
        val measure = line.measure
        val contract = line.contract
        val caption =
            listOfNotNull(
                measure?.let { say("app-line-limit", "limit" to it.limit.read(words), "points" to it.pointsMin) },
                contract?.let { say("app-line-contract", "contract" to it) },
                line.found?.let { say("app-line-found", "found" to it) },
                line.compared?.read(words),
                if (line.together) say("app-line-together") else null,
            ).joinToString(" · ")
        val snag = line.snag?.let { runCatching { store.snag(it) }.getOrNull() }
        val note =
            when {
                snag != null -> say("app-line-snag", "number" to snag.number, "what" to snag.defectName.read(words))
                else -> line.reason.orEmpty()
            }
        val count = line.pointsMilli.size
        val outcome = line.verdict?.outcome
        val tile =
            when {
                measure == null -> ""
                line.answer == Answer.NOT_CHECKED -> say("app-pad-cannot")
                count == 0 && line.answer == null -> say("app-line-measure")
                outcome == VerdictOutcome.PASS -> say("app-line-measured-pass", "count" to count)
                outcome == VerdictOutcome.FAIL -> say("app-line-measured-fail", "count" to count)
                outcome == VerdictOutcome.INCOMPLETE -> say("app-line-measured-more", "count" to (line.verdict?.missing ?: 0u))
                else -> say("app-line-measured", "count" to count)
            }
        return LineRow(
            key = line.key,
            number = number,
            text = line.words.read(words),
            measured = measure != null,
            open = line.open,
            chosen = tapOf(line.answer),
            caption = caption,
            note = note,
            tile = tile,
            tileGood =
            when (outcome) {
                VerdictOutcome.PASS -> true
                VerdictOutcome.FAIL -> false
                else -> null
            },
            contract = contract != null,
        )
    }

    private fun measure(store: FieldStore, line: LineView, number: Int): MeasureState {
        val measure = line.measure!!
        val draft = points(store, line.key)
        val typed = typed(draft, line)
        val active = (draft["at"].toIntOrNull() ?: typed.size).coerceIn(0, typed.size)
        val now = draft["now"]
        val values = typed.mapNotNull { milli(it) }
        val verdict = if (values.isEmpty()) null else store.measure(unit, line.key, values)
        // What is being typed is judged with the rest before it is kept, so that nobody has to save to know.
        val ahead = milli(now)?.let {
            store.measure(
                unit,
                line.key,
                if (active <
                    typed.size
                ) {
                    values.toMutableList().apply { this[active] = milli(now)!! }
                } else {
                    values + it
                },
            )
        }
        val shown = ahead ?: verdict
        val least = maxOf(measure.pointsMin.toInt(), typed.size + if (active == typed.size) 1 else 0)
        val points =
            List(least) { i ->
                val text = if (i == active) now.ifEmpty { typed.getOrNull(i).orEmpty() } else typed.getOrNull(i).orEmpty()
                PointState(text, if (text.isEmpty()) null else inside(shown, i), i == active)
            }
        val odd = shown?.odd?.firstOrNull()?.toInt()?.let { i -> points.getOrNull(i)?.value }
        return MeasureState(
            line = line.key,
            number = number,
            name = line.words.read(words),
            instrument = measure.instrument.read(words),
            rule = listOf(measure.limit.read(words), measure.source).filter { it.isNotBlank() }.joinToString(" · "),
            unit = measure.unit.read(words),
            points = points,
            sentence = shown?.words?.read(words) ?: say("app-line-limit", "limit" to measure.limit.read(words), "points" to measure.pointsMin),
            good =
            when (shown?.outcome) {
                VerdictOutcome.PASS -> true
                VerdictOutcome.FAIL -> false
                else -> null
            },
            gauge = GaugeState(
                points.mapNotNull { point -> milli(point.value)?.let { it / 1e3 } },
                measure.minMilli?.let { it / 1e3 },
                measure.maxMilli?.let { it / 1e3 },
                measure.targetMilli?.let { it / 1e3 },
            ),
            odd = odd?.let { say("app-point-odd", "value" to it, "other" to tenth(it)) },
        )
    }

    private fun inside(verdict: VerdictView?, point: Int): Boolean? =
        verdict?.takeIf { it.outcome != VerdictOutcome.NOT_JUDGED }?.let { point.toUShort() !in it.outside }

    /** The points: those being typed, or, before anything was typed, those recorded. */
    private fun typed(draft: Draft, line: LineView): List<String> = if (draft["points"].isEmpty()) line.pointsMilli.map { number(it) } else draft.list("points")

    fun answer(line: String, answer: TapAnswer) {
        val now = state?.lines?.firstOrNull { it.key == line }
        when {
            answer == TapAnswer.NotFine && now?.chosen != TapAnswer.NotFine -> ask("not-fine", line)
            answer == TapAnswer.NotApplicable && now?.chosen != answer -> record(line, Answer.NOT_APPLICABLE, reason = words.say("app-answer-na"))
            answer == TapAnswer.Fine -> record(line, Answer.FINE)
        }
    }

    private fun record(line: String, answer: Answer, reason: String? = null, found: String? = null) = app.record { store ->
        store.answer(unit, LineRequest(line = line, answer = answer, reason = reason, found = found))
        draft(store).set("ask" to "", "ask-line" to "", "reason" to "", "found" to "")
    }

    private fun keep(vararg changes: Pair<String, String>) = app.act {
        draft(it).set(*changes)
        state = read(it)
    }

    private fun ask(what: String, line: String = "") = keep("ask" to what, "ask-line" to line, "reason" to "", "found" to "")

    fun askRest() = ask("rest")

    fun askFound(line: String) = ask("found", line)

    fun dismissAsk() = ask("")

    fun typeReason(text: String) {
        state =
            state?.let { s ->
                s.copy(ask = (s.ask as? RoomAsk.NotFine)?.copy(reason = text) ?: (s.ask as? RoomAsk.CannotMeasure)?.copy(reason = text) ?: s.ask)
            }
        keep("reason" to text)
    }

    fun typeFound(text: String) {
        state = state?.let { s -> s.copy(ask = (s.ask as? RoomAsk.Found)?.copy(value = text) ?: s.ask) }
        keep("found" to text)
    }

    fun keepReason(ask: RoomAsk) {
        when (ask) {
            is RoomAsk.NotFine -> {
                val measured = state?.measure?.line == ask.line
                if (measured) recordPoints(ask.line, ask.reason) else record(ask.line, Answer.NOT_FINE, ask.reason)
            }

            is RoomAsk.CannotMeasure -> {
                record(ask.line, Answer.NOT_CHECKED, ask.reason)
                closeMeasure()
            }

            else -> Unit
        }
    }

    fun snagFor(line: String) {
        keep("ask" to "", "ask-line" to "")
        app.go(Place.NewSnag(unit, room, line))
    }

    fun keepFound(ask: RoomAsk.Found, fine: Boolean) {
        if (fine) {
            record(
                ask.line,
                Answer.FINE,
                found = ask.value,
            )
        } else {
            record(ask.line, Answer.NOT_FINE, say("app-line-found", "found" to ask.value), ask.value)
        }
    }

    fun restFine() = app.record { store ->
        store.restFine(unit, room)
        draft(store).set("ask" to "")
    }

    fun openMeasure(line: String) = keep("line" to line)

    fun closeMeasure() = keep("line" to "")

    fun toPoint(at: Int) = measuring { store, line, draft ->
        val typed = typed(draft, line)
        draft.set("points" to typed.joinToString("\n"), "at" to "${at.coerceAtMost(typed.size)}", "now" to "")
    }

    fun key(key: PadKey, digit: Char) {
        when (key) {
            PadKey.Digit, PadKey.Point -> typing { it + digit }
            PadKey.Minus -> typing { if (it.startsWith("-")) it.drop(1) else "-$it" }
            PadKey.Delete -> typing { it.dropLast(1) }
            PadKey.Cannot -> ask("cannot", state?.measure?.line.orEmpty())
            PadKey.Add, PadKey.Keep -> keepPoint()
        }
    }

    private fun typing(change: (String) -> String) = measuring { store, line, draft ->
        val text = change(draft["now"])
        if (text.isEmpty() || text == "-" || typable(text)) draft.set("points" to typed(draft, line).joinToString("\n"), "now" to text)
    }

    /** Keeps the point that is typed and goes to the next. A verdict that needs a cause asks for it; the points stay in the draft meanwhile. */
    private fun keepPoint() = app.record { store ->
        val key = state?.measure?.line ?: return@record
        val line = store.lines(unit, room).first { it.key == key }
        val draft = points(store, key)
        val typed = typed(draft, line).toMutableList()
        val now = draft["now"]
        val at = (draft["at"].toIntOrNull() ?: typed.size).coerceIn(0, typed.size)
        if (milli(now) != null) {
            if (at < typed.size) typed[at] = now else typed.add(now)
        }
        if (typed.isEmpty()) return@record
        draft.set("points" to typed.joinToString("\n"), "now" to "", "at" to "${typed.size}")
        val verdict = store.measure(unit, key, typed.mapNotNull { milli(it) })
        val excused = line.snag != null || !line.reason.isNullOrBlank()
        if (verdict.outcome == VerdictOutcome.INCOMPLETE && verdict.needsCause && !excused) {
            // One point is over, but the rule allows some: whether a cause is needed is known when all are measured. The draft keeps them.
            return@record
        }
        if (verdict.needsCause && !excused) {
            draft(store).set("ask" to "not-fine", "ask-line" to key)
        } else {
            write(store, line, typed, line.reason)
        }
    }

    private fun recordPoints(key: String, reason: String) = app.record { store ->
        val line = store.lines(unit, room).first { it.key == key }
        write(store, line, typed(points(store, key), line), reason)
        draft(store).set("ask" to "", "ask-line" to "", "reason" to "")
    }

    private fun write(store: FieldStore, line: LineView, typed: List<String>, reason: String?) {
        val excused = line.snag != null || !reason.isNullOrBlank()
        val verdict = store.measure(unit, line.key, typed.mapNotNull { milli(it) })
        val answer = if (verdict.outcome == VerdictOutcome.FAIL && excused) Answer.NOT_FINE else Answer.FINE
        store.answer(unit, LineRequest(line.key, answer, typed.mapNotNull { milli(it) }, line.snag, reason?.ifBlank { null }, null))
        points(store, line.key).clear()
    }

    private fun measuring(change: (FieldStore, LineView, Draft) -> Unit) = app.act { store ->
        val key = state?.measure?.line ?: return@act
        val line = store.lines(unit, room).first { it.key == key }
        change(store, line, points(store, key))
        state = read(store)
    }

    companion object {
        /** Thousandths, as the core counts; `null` for what is no number yet. */
        internal fun milli(text: String): Long? = runCatching { BigDecimal(text).movePointRight(3).toBigIntegerExact().toLong() }.getOrNull()

        internal fun number(milli: Long): String = BigDecimal.valueOf(milli, 3).stripTrailingZeros().toPlainString()

        private fun typable(text: String) =
            text.length <= MOST_DIGITS && (milli(text.removeSuffix(".")) != null || text == ".") && text.count { it == '.' } <= 1

        private fun tenth(text: String): String = runCatching { BigDecimal(text).movePointLeft(1).toPlainString() }.getOrDefault(text)

        private const val MOST_DIGITS = 9
    }
}
