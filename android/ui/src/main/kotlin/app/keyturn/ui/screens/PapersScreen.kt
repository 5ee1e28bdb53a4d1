package app.keyturn.ui.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.CameraRefused
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Purpose
import app.keyturn.ui.model.held
import app.keyturn.ui.model.read
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Card
import app.keyturn.ui.parts.FactRow
import app.keyturn.ui.parts.IconButton
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.Scrolled
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.SectionTitle
import app.keyturn.ui.parts.TextBox
import app.keyturn.ui.parts.Toggle
import java.io.File
import java.math.BigDecimal

@Immutable
data class MeterRow(
    val kind: String,
    val name: String,
    val unit: String,
    val number: String,
    val reading: String,
    val hasPhoto: Boolean,
    val recorded: Boolean,
    /** What is typed differs from what is recorded. */
    val changed: Boolean,
)

@Immutable
data class GivenRow(val kind: String, val name: String, val count: Int, val done: Boolean)

@Immutable
data class FileRow(val sha256: String, val name: String, val caption: String, val here: Boolean)

@Immutable
data class PapersState(val where: String, val meters: List<MeterRow>, val keys: List<GivenRow>, val documents: List<GivenRow>, val files: List<FileRow>)

/** Meters with their photo, keys by kind and count, documents handed over: before the certificate is signed. */
class PapersHolder(app: AppModel, private val unit: String) : Holder<PapersState>(app) {
    private fun draft(store: FieldStore) = Draft(store, "app/papers/$unit")

    override fun read(store: FieldStore): PapersState {
        val draft = draft(store)
        val handover = runCatching { store.handover(unit) }.getOrNull()
        return PapersState(
            where = store.unit(unit).label,
            meters =
            handover?.meters.orEmpty().map { meter ->
                val recorded = meter.readingMilli?.let { RoomHolder.number(it) }.orEmpty()
                val number = draft["number-${meter.kind}"].ifEmpty { meter.number.orEmpty() }
                val reading = draft["reading-${meter.kind}"].ifEmpty { recorded }
                MeterRow(
                    meter.kind,
                    meter.name.read(words),
                    meter.unit.read(words),
                    number,
                    reading,
                    meter.photo != null || draft["photo-${meter.kind}"].isNotEmpty(),
                    meter.readingMilli != null,
                    number != meter.number.orEmpty() || reading != recorded || draft["photo-${meter.kind}"].isNotEmpty(),
                )
            },
            keys = handover?.keys.orEmpty().map { GivenRow(it.kind, it.name.read(words), it.count?.toInt() ?: 0, it.done) },
            documents = handover?.documents.orEmpty().map { GivenRow(it.kind, it.name.read(words), 0, it.done) },
            files =
            store.documents(unit).map {
                val made = times(store).moment(it.made)
                FileRow(
                    it.sha256,
                    it.name.read(words),
                    listOf(
                        it.number,
                        if (it.path ==
                            null
                        ) {
                            say("app-papers-not-here")
                        } else {
                            made
                        },
                    ).filter(String::isNotBlank).joinToString(" · "),
                    it.path != null,
                )
            },
        )
    }

    private fun keep(vararg changes: Pair<String, String>) = app.act {
        draft(it).set(*changes)
        state = read(it)
    }

    fun number(kind: String, text: String) {
        state = state?.let { s -> s.copy(meters = s.meters.map { if (it.kind == kind) it.copy(number = text) else it }) }
        keep("number-$kind" to text)
    }

    fun reading(kind: String, text: String) {
        state = state?.let { s -> s.copy(meters = s.meters.map { if (it.kind == kind) it.copy(reading = text) else it }) }
        keep("reading-$kind" to text)
    }

    fun photo(kind: String) = app.act { store ->
        try {
            app.captures(store).take(Purpose.Meter(unit, kind))
        } catch (_: CameraRefused) {
            return@act
        }
        state = read(store)
    }

    fun keepMeter(row: MeterRow) {
        val milli = runCatching { BigDecimal(row.reading).movePointRight(3).toBigIntegerExact().toLong() }.getOrNull() ?: return
        app.record { store ->
            val draft = draft(store)
            val photo = draft["photo-${row.kind}"].ifEmpty { null }
            store.readMeter(unit, row.kind, row.number, milli, photo)
            draft.set("number-${row.kind}" to "", "reading-${row.kind}" to "", "photo-${row.kind}" to "")
            photo?.let { app.captures(store).spent(it) }
        }
    }

    fun keys(row: GivenRow, count: Int) {
        if (count >= 0) app.record { it.keysGiven(unit, row.kind, count.toUInt(), null) }
    }

    /** A copy goes to the app that shows such files; no network is needed. */
    fun open(row: FileRow) = app.act { store ->
        val path = File(app.platform.outFolder(), row.name.filter { it.isLetterOrDigit() } + "-" + row.sha256.take(8) + ".pdf")
        path.parentFile?.mkdirs()
        store.copyDocument(unit, row.sha256, path.path)
        app.platform.open(path.path)
    }

    fun document(row: GivenRow) = app.record { it.documentGiven(unit, row.kind, !row.done, null) }
}

@Composable
fun PapersScreen(app: AppModel, unit: String) {
    val holder = held(app) { PapersHolder(app, unit) }
    val state = holder.state ?: return
    Page(bar = { Bar(say("app-papers"), state.where, onBack = app::back) }) {
        Scrolled(10.dp) {
            SectionTitle(say("app-meters"), state.meters.size)
            for (meter in state.meters) Meter(meter, holder)
            SectionTitle(say("app-keys"), state.keys.sumOf { it.count })
            Card(Modifier.fillMaxWidth()) {
                for ((i, key) in state.keys.withIndex()) {
                    if (i > 0) Rule()
                    FactRow(key.name, caption = say("app-keys-count", "count" to key.count), after = {
                        IconButton(Icon.Minus, key.name + "：" + say("app-keys-fewer"), "fewer-${key.kind}") { holder.keys(key, key.count - 1) }
                        IconButton(Icon.Plus, key.name + "：" + say("app-keys-more"), "more-${key.kind}") { holder.keys(key, key.count + 1) }
                    })
                }
            }
            SectionTitle(say("app-documents"), state.documents.count { it.done })
            Card(Modifier.fillMaxWidth()) {
                for ((i, document) in state.documents.withIndex()) {
                    if (i > 0) Rule()
                    FactRow(
                        document.name,
                        caption = say(if (document.done) "app-document-given" else "app-document-not"),
                        tag = "document-${document.kind}",
                        after = { Toggle(document.done) },
                    ) { holder.document(document) }
                }
            }
            if (state.files.isNotEmpty()) {
                SectionTitle(say("app-papers-offline"), state.files.size)
                Card(Modifier.fillMaxWidth()) {
                    for ((i, file) in state.files.withIndex()) {
                        if (i > 0) Rule()
                        val open = { holder.open(file) }
                        FactRow(file.name, caption = file.caption, tag = "file-$i", before = { IconView(Icon.Document) }, onTap = if (file.here) open else null)
                    }
                }
            }
        }
    }
}

@Composable
private fun Meter(meter: MeterRow, holder: PapersHolder) = Card(Modifier.fillMaxWidth()) {
    Column(Modifier.padding(14.dp, 12.dp), Arrangement.spacedBy(6.dp)) {
        Across {
            if (meter.recorded && !meter.changed) MarkView(Mark.Confirmed, 20.dp)
            Line("${meter.name}  ${meter.unit}", Modifier.weight(1f), Look.largeBold)
            IconButton(
                Icon.Camera,
                meter.name + "：" + say("app-meter-photo"),
                "meter-photo-${meter.kind}",
                if (meter.hasPhoto) Look.palette.ok else Look.palette.primary,
            ) {
                holder.photo(meter.kind)
            }
        }
        Caption(say("app-meter-number"))
        TextBox(meter.number, meter.name + say("app-meter-number"), "meter-number-${meter.kind}") { holder.number(meter.kind, it) }
        Caption(say("app-meter-reading"))
        TextBox(meter.reading, meter.name + say("app-meter-reading"), "meter-reading-${meter.kind}", keyboard = KeyboardType.Decimal) {
            holder.reading(meter.kind, it)
        }
        if (meter.changed &&
            meter.reading.isNotEmpty()
        ) {
            SecondAction(say("app-meter-keep"), "meter-keep-${meter.kind}", Modifier.fillMaxWidth(), icon = Icon.Check, height = 48.dp) {
                holder.keepMeter(meter)
            }
        }
    }
}
