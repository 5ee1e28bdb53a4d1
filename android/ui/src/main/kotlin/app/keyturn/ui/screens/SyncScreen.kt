package app.keyturn.ui.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.core.PhotoState
import app.keyturn.core.PictureSize
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.held
import app.keyturn.ui.model.markOf
import app.keyturn.ui.model.read
import app.keyturn.ui.model.reviewWords
import app.keyturn.ui.model.syncLine
import app.keyturn.ui.model.wordOf
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Card
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.FactRow
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Note
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Picture
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.SectionTitle
import app.keyturn.ui.parts.StateChip
import app.keyturn.ui.parts.SyncLineState
import app.keyturn.ui.parts.Toggle
import app.keyturn.ui.parts.tap

@Immutable
data class PhotoRow(
    val photo: String,
    val what: String,
    val where: String,
    val picture: String?,
    val mark: Mark,
    val state: String,
    val why: String,
    val setAside: Boolean,
)

@Immutable
data class ReviewRow(val id: String, val where: String, val words: String, val settle: Boolean)

@Immutable
data class SyncState(
    val line: SyncLineState,
    val last: String,
    /** One square a photo, safe ones first. */
    val squares: List<Mark>,
    val safe: Int,
    val sending: Int,
    val here: Int,
    val records: Long,
    val megabytes: String,
    val running: Boolean,
    val wifiOnly: Boolean,
    val unfinished: List<PhotoRow>,
    val unfinishedTotal: Int,
    val reviews: List<ReviewRow>,
    val clock: String?,
)

class SyncHolder(app: AppModel) : Holder<SyncState>(app) {
    override fun read(store: FieldStore): SyncState {
        val times = times(store)
        val status = store.status()
        val unsent = store.photoStates(true, 0uL, SHOWN.toULong())
        val all = status.photos.toInt()
        val sending = unsent.rows.count { it.state == PhotoState.SMALL_SENT }
        val open = status.unsentPhotos.toInt()
        return SyncState(
            line = syncLine(status, app.syncRunning, times, words),
            last = status.lastContact?.let { say("app-sync-last", "time" to times.moment(it)) }.orEmpty(),
            squares = List(minOf(all - open, SQUARES)) { Mark.Safe } + List(sending) { Mark.Sending } + List(minOf(open - sending, SQUARES)) { Mark.OnDevice },
            safe = all - open,
            sending = sending,
            here = open - sending,
            records = status.unsentRecords.toLong(),
            megabytes = megabytes(status.unsentBytes.toLong()),
            running = app.syncRunning,
            wifiOnly = status.wifiOnly,
            unfinished =
            unsent.rows.map { photo ->
                PhotoRow(
                    photo.photo,
                    photo.of.read(words),
                    photo.unitLabel,
                    store.picture(photo.photo, PictureSize.SMALL),
                    markOf(photo.state),
                    say(wordOf(photo.state)),
                    photo.why?.read(words).orEmpty(),
                    photo.state == PhotoState.SET_ASIDE,
                )
            },
            unfinishedTotal = unsent.total.toInt(),
            reviews = store.conflicts().map { ReviewRow(it.id, it.unitLabel, reviewWords(it, words), it.values.size > 1) },
            clock = if (status.clockWarn) status.clockOffsetMs?.let { say("app-clock-off", "time" to times.span(it)) } else null,
        )
    }

    fun now() = app.sync(originalsNow = true)

    fun stop() = app.stopSync()

    fun wifiOnly(on: Boolean) = app.record { it.setWifiOnly(on) }

    fun retry(photo: String) = app.record {
        it.retryPhotos(photo)
        app.sync()
    }

    companion object {
        private const val SHOWN = 50
        private const val SQUARES = 200

        internal fun megabytes(bytes: Long): String = "${bytes / 1_000_000}.${bytes % 1_000_000 / 100_000}"
    }
}

@Composable
fun SyncScreen(app: AppModel) {
    val holder = held(app) { SyncHolder(app) }
    val state = holder.state ?: return
    val palette = Look.palette
    Page(
        bar = { Bar(say("app-sync"), state.last, onBack = app::back) },
        dock = {
            Dock {
                if (state.running) SecondAction(say("app-sync-stop"), "sync-stop", plain = true) { holder.stop() }
                MainAction(say("app-sync-now"), "sync-now", Modifier.weight(1f), icon = Icon.Retry) { holder.now() }
            }
        },
    ) {
        LazyColumn(Modifier.fillMaxSize(), contentPadding = PaddingValues(16.dp, 4.dp), verticalArrangement = Arrangement.spacedBy(10.dp)) {
            if (state.clock != null) item { Note(ground = palette.warnSoft) { Line(state.clock, Modifier.testTag("clock-off")) } }
            item { Totals(state) }
            item {
                Card(Modifier.fillMaxWidth()) {
                    for (review in state.reviews) {
                        FactRow(
                            review.words,
                            caption = review.where,
                            tag = "review-${state.reviews.indexOf(review)}",
                            before = { IconView(Icon.Copy, colour = palette.danger) },
                            onTap = if (review.settle) ({ app.go(Place.Settle(review.id)) }) else null,
                        )
                        Rule()
                    }
                    FactRow(
                        say("app-sync-wifi-only"),
                        caption = say("app-sync-wifi-why"),
                        before = { IconView(Icon.Wifi) },
                        after = {
                            Box(
                                Modifier.tap(say("app-sync-wifi-only"), "wifi-only") {
                                    holder.wifiOnly(!state.wifiOnly)
                                },
                                Alignment.Center,
                            ) { Toggle(state.wifiOnly) }
                        },
                    )
                }
            }
            if (state.unfinishedTotal > 0) item { SectionTitle(say("app-sync-unfinished"), state.unfinishedTotal) }
            items(state.unfinished, key = { it.photo }) { PhotoLine(it, holder) }
        }
    }
}

@Composable
private fun Totals(state: SyncState) {
    val palette = Look.palette
    val all = state.safe + state.sending + state.here
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp, 12.dp), Arrangement.spacedBy(8.dp)) {
            Line(
                if (all ==
                    0
                ) {
                    say("app-sync-photos-none")
                } else {
                    say("app-sync-photos", "safe" to state.safe, "all" to all)
                },
                Modifier.testTag("sync-photos"),
                Look.title,
            )
            Line(
                (if (state.records == 0L) say("app-sync-records-safe") else say("app-sync-records", "count" to state.records)) +
                    if (state.here + state.sending > 0) " " + say("app-sync-bytes", "size" to state.megabytes) else "",
                Modifier.testTag("sync-records"),
                colour = palette.inkSoft,
            )
            FlowRow(Modifier.clearAndSetSemantics {}, Arrangement.spacedBy(6.dp), Arrangement.spacedBy(6.dp)) {
                for (mark in state.squares) MarkView(mark, 20.dp)
            }
            if (all > 0) {
                FlowRow(Modifier.fillMaxWidth(), Arrangement.spacedBy(16.dp)) {
                    for ((mark, count) in listOf(Mark.Safe to state.safe, Mark.Sending to state.sending, Mark.OnDevice to state.here)) {
                        Across(gap = 5.dp) {
                            MarkView(mark, 16.dp)
                            Line("$count ${say("app-proof-${mark.key.replace('_', '-')}")}", style = Look.captionBold, colour = mark.colour(palette))
                        }
                    }
                }
            }
            Caption(state.line.sentence)
        }
    }
}

@Composable
private fun PhotoLine(photo: PhotoRow, holder: SyncHolder) {
    Column {
        Rule()
        Row(Modifier.fillMaxWidth().padding(vertical = 8.dp), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
            Picture(photo.picture, photo.what, Modifier.size(56.dp).clip(RoundedCornerShape(Radius.chip)))
            Column(Modifier.weight(1f)) {
                Line(photo.what, style = Look.bodyBold)
                Caption(photo.where)
                if (photo.why.isNotEmpty()) Caption(photo.why, colour = Look.palette.ink)
                StateChip(photo.mark, photo.state)
            }
            if (photo.setAside) SecondAction(say("app-retry"), "retry-${photo.photo.take(8)}", icon = Icon.Retry, height = 48.dp) { holder.retry(photo.photo) }
        }
        Gap(2.dp)
    }
}
