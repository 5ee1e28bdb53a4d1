package app.keyturn.ui.screens

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.lazy.grid.GridCells
import androidx.compose.foundation.lazy.grid.GridItemSpan
import androidx.compose.foundation.lazy.grid.LazyVerticalGrid
import androidx.compose.foundation.lazy.grid.items
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.core.JobKind
import app.keyturn.core.JobView
import app.keyturn.core.Lang
import app.keyturn.core.Phase
import app.keyturn.core.Urgency
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.Times
import app.keyturn.ui.model.held
import app.keyturn.ui.model.markOf
import app.keyturn.ui.model.read
import app.keyturn.ui.model.syncLine
import app.keyturn.ui.model.wordOf
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Centre
import app.keyturn.ui.parts.Choice
import app.keyturn.ui.parts.ChoiceSheet
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.Down
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.IconButton
import app.keyturn.ui.parts.JobCard
import app.keyturn.ui.parts.JobState
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.SectionTitle
import app.keyturn.ui.parts.SyncLine
import app.keyturn.ui.parts.SyncLineState
import app.keyturn.ui.parts.Tick
import app.keyturn.ui.parts.tap

@Immutable
data class TodayGroup(val title: String, val late: Boolean, val jobs: List<JobState>)

@Immutable
data class TodayState(
    val line: String,
    val person: String,
    val sync: SyncLineState,
    val groups: List<TodayGroup>,
    /** The job one was at: one tap from the start of the app to the line where one stopped. */
    val next: JobState?,
    val all: List<Choice>,
)

class Today(app: AppModel) : Holder<TodayState>(app) {
    override fun read(store: FieldStore): TodayState {
        val times = times(store)
        val device = store.device()
        val jobs = store.today()
        val groups =
            Urgency.entries
                .map { urgency ->
                    TodayGroup(
                        say(titleOf(urgency)),
                        urgency == Urgency.OVERDUE,
                        jobs.filter { it.urgency == urgency }.map { job(store, it, times) },
                    )
                }.filter { it.jobs.isNotEmpty() }
        return TodayState(
            line = say("app-today-line", "date" to times.long(times.today()), "project" to device.projectName, "count" to jobs.size),
            person = device.personName.orEmpty(),
            sync = syncLine(store.status(), app.syncRunning, times, words),
            groups = groups,
            next = groups.flatMap { it.jobs }.let { all -> all.firstOrNull { it.now } ?: all.firstOrNull() },
            all = store.units(0uL, MOST).rows.map { Choice(it.id, it.label) },
        )
    }

    private fun titleOf(urgency: Urgency): String = when (urgency) {
        Urgency.OVERDUE -> "app-today-late"
        Urgency.NOW -> "app-today-now"
        Urgency.TODAY -> "app-today-today"
        Urgency.LATER -> "app-today-later"
        Urgency.OPEN -> "app-today-open"
    }

    private fun job(store: FieldStore, job: JobView, times: Times): JobState {
        val walking = job.kind == JobKind.HANDOVER && (job.phase == Phase.STARTED || job.phase == Phase.SIGNED)
        val unit = if (walking) store.unit(job.unit) else null
        val at = job.at
        val late = job.urgency == Urgency.OVERDUE && at != null
        return JobState(
            id = if (job.kind == JobKind.HANDOVER) job.unit else "${job.kind.name.lowercase()}-${job.unit}",
            time = if (at == null) {
                "–"
            } else if (late || job.urgency == Urgency.LATER) {
                times.short(times.day(at))
            } else {
                times.clock(at)
            },
            day = if (at == null) {
                ""
            } else if (late || job.urgency == Urgency.LATER) {
                times.weekday(times.day(at))
            } else {
                ""
            },
            title = job.label,
            kind =
            say(
                when (job.kind) {
                    JobKind.HANDOVER -> "app-kind-handover"
                    JobKind.RECHECK -> "app-kind-recheck"
                    JobKind.REPAIR -> "app-kind-order"
                },
            ),
            mark = if (late) Mark.Overdue else markOf(job.phase),
            chip = if (late) say("app-late-days", "days" to maxOf(1, times.today().toEpochDay() - times.day(at!!).toEpochDay())) else say(wordOf(job.phase)),
            missing = job.missing.joinToString(say("app-list-comma")) { it.read(words) },
            now = walking,
            ticks = unit?.rooms?.flatMap { ticks(it) }.orEmpty(),
            done = unit?.rooms?.sumOf { it.answered.toInt() } ?: 0,
            of = unit?.rooms?.sumOf { it.lines.toInt() } ?: 0,
            counts = if (unit != null && unit.tally.snags > 0u) say("app-today-counts", "snags" to unit.tally.snags, "photos" to unit.tally.photos) else "",
            to = if (job.kind ==
                JobKind.HANDOVER
            ) {
                Place.AUnit(job.unit)
            } else if (job.snags.size == 1) {
                Place.ASnag(job.snags.first())
            } else {
                Place.Snags(job.unit)
            },
        )
    }

    fun open(job: JobState) = app.go(job.to)

    fun open(unit: String) = app.go(Place.AUnit(unit))

    private companion object {
        /** What the search looks through. */
        const val MOST = 2000uL
    }
}

@Composable
fun TodayScreen(app: AppModel) {
    val holder = held(app) { Today(app) }
    val state = holder.state ?: return
    var finding by remember { mutableStateOf(false) }
    Box(Modifier.fillMaxSize()) {
        Page(
            bar = {
                Bar(say("app-today"), state.line, headline = true) {
                    IconButton(Icon.Search, say("app-today-find"), "find") { finding = true }
                    Centre(
                        Modifier.clip(CircleShape).tap(say("app-language"), "speak") { app.speak(if (app.lang == Lang.ZH) Lang.EN else Lang.ZH) },
                    ) {
                        Centre(Modifier.size(36.dp).clip(CircleShape).background(Look.palette.primarySoft)) {
                            Line(if (app.lang == Lang.ZH) "EN" else "中", Modifier.clearAndSetSemantics {}, Look.captionBold, Look.palette.onPrimarySoft)
                        }
                    }
                }
                SyncLine(state.sync, Modifier.padding(16.dp, 4.dp)) { app.go(Place.Sync) }
            },
            dock = {
                Dock {
                    val next = state.next
                    if (next == null) {
                        MainAction(say("app-today-find"), "main", Modifier.weight(1f), icon = Icon.Search) { finding = true }
                    } else {
                        MainAction(
                            say(if (next.now) "app-today-continue" else "app-today-open-unit", "unit" to next.title),
                            "main",
                            Modifier.weight(1f),
                            caption = if (next.of > next.done && next.now) say("app-today-left", "count" to next.of - next.done) else null,
                            icon = Icon.Forward,
                        ) { holder.open(next) }
                    }
                }
            },
        ) {
            if (state.groups.isEmpty()) {
                Empty()
            } else {
                LazyVerticalGrid(
                    GridCells.Fixed(if (Look.isTablet) 2 else 1),
                    Modifier.fillMaxSize().testTag("jobs"),
                    contentPadding = PaddingValues(start = 16.dp, end = 16.dp, bottom = 16.dp),
                    horizontalArrangement = androidx.compose.foundation.layout.Arrangement.spacedBy(12.dp),
                    verticalArrangement = androidx.compose.foundation.layout.Arrangement.spacedBy(8.dp),
                ) {
                    for (group in state.groups) {
                        item(span = { GridItemSpan(maxLineSpan) }) {
                            SectionTitle(group.title, group.jobs.size, if (group.late) Look.palette.danger else Look.palette.ink) {
                                if (group.late) MarkView(Mark.Overdue, 20.dp)
                            }
                        }
                        items(group.jobs, key = { it.id }) { job -> JobCard(job) { holder.open(job) } }
                    }
                }
            }
        }
        if (finding) {
            ChoiceSheet(say("app-today-find"), state.all, null, "find-unit", { finding = false }) {
                finding = false
                holder.open(it)
            }
        }
    }
}

@Composable
private fun Empty() {
    Down(Modifier.fillMaxWidth().padding(16.dp, 24.dp), 8.dp) {
        IconView(Icon.Calendar, 56.dp, Look.palette.inkSoft)
        Line(say("app-today-empty"), style = Look.headline)
        Line(say("app-today-empty-why"), style = Look.large)
        Gap(8.dp)
    }
}

/** The ruler of a room: what is not fine is not known without its lines, so snags stand for it. */
internal fun ticks(room: app.keyturn.core.RoomView): List<Tick> {
    val bad = minOf(room.snags, room.answered).toInt()
    return List(room.answered.toInt() - bad) { Tick.Fine } + List(bad) { Tick.NotFine } + List((room.lines - room.answered).toInt()) { Tick.Open }
}
