package app.keyturn.ui.screens

import androidx.compose.foundation.background
import androidx.compose.foundation.horizontalScroll
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
import androidx.compose.foundation.lazy.grid.GridCells
import androidx.compose.foundation.lazy.grid.LazyVerticalGrid
import androidx.compose.foundation.lazy.grid.items
import androidx.compose.foundation.lazy.grid.rememberLazyGridState
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.derivedStateOf
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.buildAnnotatedString
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.withStyle
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.core.Phase
import app.keyturn.core.PictureSize
import app.keyturn.core.SnagPage
import app.keyturn.core.SnagView
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.held
import app.keyturn.ui.model.markOf
import app.keyturn.ui.model.read
import app.keyturn.ui.model.titleOf
import app.keyturn.ui.model.wordOf
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Centre
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.FilterChip
import app.keyturn.ui.parts.IconButton
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Picture
import app.keyturn.ui.parts.ProofBadge
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.StateChip
import app.keyturn.ui.parts.tap

@Immutable
data class SnagRow(
    val id: String,
    val number: Long,
    val title: String,
    val where: String,
    val picture: String?,
    val hasPhotos: Boolean,
    val mark: Mark,
    val state: String,
    val late: String?,
    val soon: Boolean,
    val due: String,
)

@Immutable
data class SnagsState(
    val line: String,
    val rows: List<SnagRow>,
    val total: Int,
    val filter: Phase?,
    val counts: Map<Phase, Int>,
    val all: Int,
    val photos: Int,
    val photosUnsent: Int,
    val hasPlan: Boolean,
)

/** The snags of a unit, read page by page as one scrolls. */
class SnagsHolder(app: AppModel, private val unit: String) : Holder<SnagsState>(app) {
    private var filter: Phase? = null
    private var wanted = PAGE

    /** Rows that the store was asked for, in all. */
    internal var asked = 0
        private set

    override fun read(store: FieldStore): SnagsState {
        val view = store.unit(unit)
        val page = page(store, 0, wanted)
        val tally = view.tally
        val counts =
            mapOf(
                Phase.DONE to tally.done.toInt(),
                Phase.REJECTED to tally.rejected.toInt(),
                Phase.IN_WORK to tally.inWork.toInt(),
                Phase.ORDERED to tally.ordered.toInt(),
                Phase.RECORDED to tally.recorded.toInt(),
                Phase.CONFIRMED to tally.confirmed.toInt(),
            )
        return SnagsState(
            line = say("app-snags-line", "unit" to view.label, "open" to tally.snags.toInt() - tally.confirmed.toInt(), "done" to tally.confirmed),
            rows = rows(store, page),
            total = page.total.toInt(),
            filter = filter,
            counts = counts,
            all = tally.snags.toInt(),
            photos = tally.photos.toInt(),
            photosUnsent = tally.photosUnsent.toInt(),
            hasPlan = view.planPath != null,
        )
    }

    private fun page(store: FieldStore, from: Int, count: Int): SnagPage {
        asked += count
        return store.snags(unit, filter, from.toULong(), count.toULong())
    }

    /** What is late first, then what is due soon; the order of the core within. */
    private fun rows(store: FieldStore, page: SnagPage): List<SnagRow> = page.rows.sortedBy {
        if (it.overdue) {
            0
        } else if (it.dueSoon) {
            1
        } else {
            2
        }
    }.map { rowOf(store, it) }

    private fun rowOf(store: FieldStore, snag: SnagView): SnagRow {
        val times = times(store)
        val due = snag.dueOn
        return SnagRow(
            id = snag.id,
            number = snag.number,
            title = titleOf(snag, words),
            where = listOf(
                snag.roomName.read(words),
                snag.elementName.read(words),
                say("app-snag-open-photos", "count" to snag.photos.size),
            ).joinToString(" · "),
            picture = snag.photos.firstOrNull()?.let { store.picture(it.sha256, PictureSize.SMALL) },
            hasPhotos = snag.photos.isNotEmpty(),
            mark = markOf(snag.phase),
            state = say(wordOf(snag.phase)),
            late = if (snag.overdue) say("app-late-days", "days" to maxOf(1, due?.let { times.late(it) } ?: 1)) else null,
            soon = snag.dueSoon,
            due = due?.let { say("app-due-on", "date" to times.shortDate(it)) }.orEmpty(),
        )
    }

    fun filter(phase: Phase?) {
        filter = phase
        wanted = PAGE
        refresh()
    }

    /** The end of what was read is near: the next page. */
    fun more() {
        val now = state ?: return
        if (now.rows.size < now.total && wanted < now.rows.size + PAGE) {
            wanted = now.rows.size + PAGE
            // Only what is not here yet: the end of a list of 20,000 costs no more than its beginning.
            app.act { store ->
                val more = rows(store, page(store, now.rows.size, PAGE))
                state = state?.let { it.copy(rows = it.rows + more.filter { row -> it.rows.none { have -> have.id == row.id } }) }
            }
        }
    }

    internal companion object {
        const val PAGE = 50
    }
}

@Composable
fun SnagsScreen(app: AppModel, unit: String) {
    val holder = held(app) { SnagsHolder(app, unit) }
    val state = holder.state ?: return
    Page(
        bar = {
            Bar(say("app-snags"), state.line, onBack = app::back) {
                if (state.hasPlan && !largeType) IconButton(Icon.Plan, say("app-unit-plan"), "plan") { app.go(Place.Plan(unit, null)) }
                ProofBadge(state.photos, state.photosUnsent) { app.go(Place.Sync) }
            }
            Row(Modifier.fillMaxWidth().horizontalScroll(rememberScrollState()).padding(16.dp, 6.dp), Arrangement.spacedBy(8.dp)) {
                FilterChip(say("app-all"), state.all, state.filter == null, "filter-all") { holder.filter(null) }
                for ((phase, count) in state.counts) {
                    FilterChip(say(wordOf(phase)), count, state.filter == phase, "filter-${phase.name.lowercase()}", markOf(phase)) { holder.filter(phase) }
                }
            }
        },
        dock = {
            Dock {
                val recheck = state.counts[Phase.DONE] ?: 0
                if (recheck > 0) {
                    SecondAction(say("app-unit-new-snag"), "new-snag", icon = Icon.Plus) { app.go(Place.NewSnag(unit, null, null)) }
                    MainAction(say("app-snags-recheck", "count" to recheck), "main", Modifier.weight(1f), mark = Mark.Done) {
                        state.rows.firstOrNull { it.mark == Mark.Done }?.let { app.go(Place.ASnag(it.id)) } ?: holder.filter(Phase.DONE)
                    }
                } else {
                    MainAction(say("app-unit-new-snag"), "new-snag", Modifier.weight(1f), icon = Icon.Plus) { app.go(Place.NewSnag(unit, null, null)) }
                }
            }
        },
    ) {
        if (state.rows.isEmpty()) {
            Column(Modifier.padding(16.dp, 32.dp), Arrangement.spacedBy(8.dp)) {
                Line(say("app-snags-none"), style = Look.headline)
                Line(say("app-snags-none-why"), style = Look.large)
            }
        } else {
            val grid = rememberLazyGridState()
            val near by remember { derivedStateOf { (grid.layoutInfo.visibleItemsInfo.lastOrNull()?.index ?: 0) >= (holder.state?.rows?.size ?: 0) - 10 } }
            LaunchedEffect(near, state.rows.size) { if (near) holder.more() }
            LazyVerticalGrid(
                GridCells.Fixed(if (Look.isTablet) 2 else 1),
                Modifier.fillMaxSize().testTag("snags"),
                grid,
                contentPadding = PaddingValues(bottom = 16.dp),
            ) {
                items(state.rows, key = { it.id }) { row -> SnagLine(row) { app.go(Place.ASnag(row.id)) } }
            }
        }
    }
}

@Composable
internal fun SnagLine(row: SnagRow, onTap: () -> Unit) {
    val palette = Look.palette
    // Time before state before words: what is late is heard first.
    val soon = if (row.soon) say("app-due-today") else null
    val name = listOfNotNull(row.late, soon, row.state, "${row.number} ${row.title}", row.where, row.due.ifEmpty { null }).joinToString("，")
    Column(Modifier.fillMaxWidth().background(if (row.late != null) palette.surface else palette.paper)) {
        val frame =
            Modifier
                .fillMaxWidth()
                .tap(tag = "snag-${row.number}", onTap = onTap)
                .semantics { contentDescription = name }
                .padding(16.dp, 8.dp)
        val picture: @Composable () -> Unit = {
            val shape = Modifier.size(60.dp, 76.dp).clip(RoundedCornerShape(Radius.chip))
            if (row.hasPhotos) {
                Picture(row.picture, row.title, shape)
            } else {
                Centre(shape.background(palette.surfaceSunken)) {
                    Line("–", colour = palette.inkSoft)
                }
            }
        }
        val words: @Composable () -> Unit = {
            Line(
                buildAnnotatedString {
                    withStyle(SpanStyle(fontWeight = FontWeight.Bold, color = palette.inkSoft)) { append("${row.number} ") }
                    append(row.title)
                },
                style = Look.large,
            )
        }
        val chips: @Composable () -> Unit = {
            FlowRow(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(4.dp), Alignment.CenterVertically) {
                StateChip(row.mark, row.state)
                if (row.late != null) StateChip(Mark.Overdue, row.late)
                if (row.soon) StateChip(Mark.DueSoon, say("app-due-today"))
                if (row.late == null && row.due.isNotEmpty()) Caption(row.due)
            }
        }
        if (largeType) {
            Column(frame, Arrangement.spacedBy(6.dp)) {
                Row(horizontalArrangement = Arrangement.spacedBy(12.dp)) {
                    picture()
                    Box(Modifier.weight(1f)) { words() }
                }
                Caption(row.where)
                chips()
            }
        } else {
            Row(frame, Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
                picture()
                Column(Modifier.weight(1f), Arrangement.spacedBy(2.dp)) {
                    words()
                    Caption(row.where)
                    chips()
                }
            }
        }
        Rule(Modifier.padding(horizontal = 16.dp))
    }
}
