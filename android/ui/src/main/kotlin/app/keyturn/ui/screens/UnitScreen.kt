package app.keyturn.ui.screens

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.IntrinsicSize
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.lazy.grid.GridCells
import androidx.compose.foundation.lazy.grid.GridItemSpan
import androidx.compose.foundation.lazy.grid.LazyVerticalGrid
import androidx.compose.foundation.lazy.grid.items
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.core.GivenView
import app.keyturn.core.Phase
import app.keyturn.core.RoomView
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.LocalWords
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.held
import app.keyturn.ui.model.read
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Card
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.FactRow
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Progress
import app.keyturn.ui.parts.ProofBadge
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.Ruler
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.Sheet
import app.keyturn.ui.parts.Tick
import app.keyturn.ui.parts.Toggle
import app.keyturn.ui.parts.tap

@Immutable
data class RoomRow(val key: String, val name: String, val answered: Int, val lines: Int, val snags: Int, val ticks: List<Tick>)

@Immutable
data class UnitState(
    val id: String,
    val title: String,
    val where: String,
    val phase: Phase,
    val answered: Int,
    val lines: Int,
    val snags: Int,
    val photos: Int,
    val photosUnsent: Int,
    val rooms: List<RoomRow>,
    val hasPlan: Boolean,
    /** What is checked before a walk begins. */
    val precheck: List<GivenView>,
    /** The owner signed the record as it stands. */
    val ownerSigned: Boolean,
    val inspectorSigned: Boolean,
) {
    val open: RoomRow? get() = rooms.firstOrNull { it.answered < it.lines }
}

class UnitHolder(app: AppModel, private val unit: String) : Holder<UnitState>(app) {
    override fun read(store: FieldStore): UnitState {
        val view = store.unit(unit)
        val planned = view.handover == Phase.PLANNED || view.handover == Phase.APPOINTED
        val handover = runCatching { store.handover(unit) }.getOrNull()
        val area = (view.surveyedAreaMilli ?: view.predictedAreaMilli)?.let { "${it / 1000}.${it % 1000 / 10} ㎡" }
        val signed = handover?.signatures.orEmpty().filter { !it.superseded }
        val signer = { id: String -> handover?.participants?.firstOrNull { it.id == id }?.role }
        return UnitState(
            id = unit,
            title = view.label,
            where = listOfNotNull(
                view.owners.mapNotNull {
                    it.name
                }.joinToString(say("app-list-comma")).ifEmpty { null },
                view.finishLevel.read(words),
                area,
            ).joinToString(" · "),
            phase = view.handover,
            answered = view.rooms.sumOf { it.answered.toInt() },
            lines = view.rooms.sumOf { it.lines.toInt() },
            snags = view.tally.snags.toInt(),
            photos = view.tally.photos.toInt(),
            photosUnsent = view.tally.photosUnsent.toInt(),
            rooms = view.rooms.filter { it.lines > 0u }.map { row(store, it) },
            hasPlan = view.planPath != null,
            precheck = if (planned) handover?.precheck.orEmpty() else emptyList(),
            ownerSigned = signed.any { signer(it.signer) == "owner" || signer(it.signer) == "representative" },
            inspectorSigned = signed.any { signer(it.signer) == "inspector" },
        )
    }

    private fun row(store: FieldStore, room: RoomView): RoomRow {
        val lines = if (room.answered > 0u) store.lines(unit, room.key) else emptyList()
        return RoomRow(
            room.key,
            room.name.read(words),
            room.answered.toInt(),
            room.lines.toInt(),
            room.snags.toInt(),
            if (lines.isEmpty()) List(room.lines.toInt()) { Tick.Open } else lines.map { tickOf(it) },
        )
    }

    fun precheck(item: String, done: Boolean) = app.record { it.precheck(unit, item, done, null) }

    /** The handover is planned when somebody first asks what it needs. */
    fun ready() = app.record { it.planHandover(unit) }

    /** The walk begins now, at the time the office has agreed or before. */
    fun begin() = app.record { it.start(unit) }

    fun room(key: String) = app.go(Place.Room(unit, key))

    fun owner() = app.go(Place.Owner(unit))

    fun sign() = app.go(Place.Sign(unit))

    fun close() = app.record { it.closeHandover(unit, null) }

    fun newSnag() = app.go(Place.NewSnag(unit, null, null))
}

@Composable
fun UnitScreen(app: AppModel, unit: String) {
    val holder = held(app) { UnitHolder(app, unit) }
    val state = holder.state ?: return
    var ready by remember(unit) { mutableStateOf(false) }
    Box(Modifier.fillMaxSize()) {
        Page(
            bar = {
                Bar(state.title, state.where, onBack = app::back) {
                    ProofBadge(state.photos, state.photosUnsent) { app.go(Place.Sync) }
                }
            },
            dock = {
                UnitDock(state, holder) {
                    holder.ready()
                    ready = true
                }
            },
        ) {
            LazyVerticalGrid(
                GridCells.Fixed(if (Look.isTablet) 2 else 1),
                Modifier.fillMaxSize().testTag("rooms"),
                contentPadding = PaddingValues(bottom = 16.dp),
            ) {
                item(span = { GridItemSpan(maxLineSpan) }) { Head(app, state) }
                items(state.rooms, key = { it.key }) { room -> RoomLine(room, room.key == state.open?.key && state.answered > 0) { holder.room(room.key) } }
            }
        }
        if (ready) {
            val words = LocalWords.current
            Sheet({ ready = false }, {
                Dock {
                    if (state.phase == Phase.APPOINTED) {
                        MainAction(say("app-unit-begin"), "begin-walk", Modifier.weight(1f), caption = say("app-unit-start-why")) {
                            ready = false
                            holder.begin()
                        }
                    } else {
                        SecondAction(say("app-close"), "ready-close", Modifier.weight(1f), plain = true) { ready = false }
                    }
                }
            }) {
                Line(say("app-unit-ready"), style = Look.title)
                Caption(say(if (state.phase == Phase.APPOINTED) "app-unit-ready-why" else "app-unit-not-appointed"))
                Gap(8.dp)
                for (item in state.precheck) {
                    Rule()
                    FactRow(item.name.read(words), tag = "precheck-${item.kind}", after = { Toggle(item.done) }) { holder.precheck(item.kind, !item.done) }
                }
            }
        }
    }
}

@Composable
private fun UnitDock(state: UnitState, holder: UnitHolder, onReady: () -> Unit) {
    val open = state.open
    Dock {
        val begun = state.phase == Phase.STARTED || state.phase == Phase.SIGNED
        if (begun) SecondAction(say("app-unit-new-snag"), "new-snag", icon = Icon.Camera) { holder.newSnag() }
        val wide = Modifier.weight(1f)
        when {
            state.phase == Phase.CLOSED -> Line(say("app-unit-closed"), wide.testTag("unit-closed"), Look.largeBold, Look.palette.ok)

            !begun -> MainAction(
                say(
                    if (state.phase ==
                        Phase.APPOINTED
                    ) {
                        "app-unit-start"
                    } else {
                        "app-unit-ready"
                    },
                ),
                "main",
                wide,
                icon = Icon.Forward,
            ) { onReady() }

            state.ownerSigned && !state.inspectorSigned -> MainAction(say("app-unit-inspector-sign"), "main", wide, icon = Icon.Pen) { holder.sign() }

            state.ownerSigned -> MainAction(say("app-unit-close"), "main", wide, caption = say("app-unit-close-why"), icon = Icon.Check) { holder.close() }

            open != null ->
                MainAction(
                    say("app-unit-continue", "room" to open.name),
                    "main",
                    wide,
                    say("app-today-left", "count" to open.lines - open.answered),
                    Icon.Forward,
                ) {
                    holder.room(open.key)
                }

            else -> MainAction(say("app-unit-owner"), "main", wide, say("app-unit-owner-why"), Icon.Forward) { holder.owner() }
        }
    }
}

@Composable
private fun Head(app: AppModel, state: UnitState) {
    Column(Modifier.padding(16.dp, 4.dp), Arrangement.spacedBy(10.dp)) {
        Card(Modifier.fillMaxWidth()) {
            val left = state.rooms.filter { it.answered < it.lines }
            val caption = if (left.isEmpty()) say("app-unit-all-done") else say("app-unit-left", "lines" to state.lines - state.answered, "rooms" to left.size)
            val cells: @Composable (Modifier, Modifier, @Composable () -> Unit) -> Unit = { wide, one, between ->
                Total("${state.answered}", " / ${state.lines}", caption, wide, "unit-lines")
                between()
                Total("${state.snags}", "", say("app-unit-snags"), one, "unit-snags")
                between()
                Total("${state.photos}", "", say("app-unit-photos"), one, "unit-photos")
            }
            if (largeType) {
                cells(Modifier.fillMaxWidth(), Modifier.fillMaxWidth()) {}
            } else {
                Row(Modifier.fillMaxWidth().height(IntrinsicSize.Min)) {
                    cells(Modifier.weight(1.5f), Modifier.weight(1f)) { Box(Modifier.width(1.dp).fillMaxHeight().background(Look.palette.outline)) }
                }
            }
        }
        val tools: @Composable (Modifier) -> Unit = { wide ->
            if (state.hasPlan) Tool(Icon.Plan, say("app-unit-plan"), "plan", wide) { app.go(Place.Plan(state.id, null)) }
            Tool(Icon.List, say("app-unit-list", "count" to state.snags), "snags", wide) { app.go(Place.Snags(state.id)) }
            Tool(Icon.Document, say("app-unit-papers"), "papers", wide) { app.go(Place.Papers(state.id)) }
        }
        if (largeType) {
            Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) { tools(Modifier.fillMaxWidth()) }
        } else {
            Row(Modifier.fillMaxWidth().height(IntrinsicSize.Min), Arrangement.spacedBy(8.dp)) { tools(Modifier.weight(1f).fillMaxHeight()) }
        }
        if (state.phase == Phase.STARTED && state.open != null) {
            Tool(Icon.Ask, say("app-unit-owner"), "owner", Modifier.fillMaxWidth()) { app.go(Place.Owner(state.id)) }
        }
    }
}

@Composable
private fun Total(strong: String, soft: String, caption: String, modifier: Modifier, tag: String) {
    Column(modifier.padding(12.dp, 8.dp).testTag(tag).semantics(mergeDescendants = true) {}) {
        Row(verticalAlignment = Alignment.Bottom) {
            Line(strong, style = Look.headline)
            Line(soft, Modifier.padding(bottom = 3.dp), Look.large, Look.palette.inkSoft)
        }
        Caption(caption)
    }
}

@Composable
private fun Tool(icon: Icon, text: String, tag: String, modifier: Modifier, onTap: () -> Unit) {
    Card(modifier, radius = app.keyturn.ui.look.Radius.input) {
        Row(
            Modifier.fillMaxWidth().tap(tag = "tool-$tag", onTap = onTap).heightIn(min = 48.dp).padding(8.dp, 6.dp),
            Arrangement.spacedBy(6.dp, Alignment.CenterHorizontally),
            Alignment.CenterVertically,
        ) {
            IconView(icon, 22.dp, Look.palette.primary)
            Line(text, style = Look.bodyBold, colour = Look.palette.primary)
        }
    }
}

@Composable
private fun RoomLine(room: RoomRow, current: Boolean, onTap: () -> Unit) {
    val palette = Look.palette
    val name = say("app-unit-room", "room" to room.name, "done" to room.answered, "of" to room.lines, "snags" to room.snags)
    Column(Modifier.fillMaxWidth().background(if (current) palette.primarySoft else palette.paper)) {
        if (current) Box(Modifier.fillMaxWidth().height(2.dp).background(palette.primary)) else Rule(Modifier.padding(horizontal = 16.dp))
        Row(
            Modifier
                .fillMaxWidth()
                .tap(tag = "room-${room.key}", onTap = onTap)
                .semantics { contentDescription = name }
                .heightIn(min = 62.dp)
                .padding(16.dp, 8.dp),
            Arrangement.spacedBy(12.dp),
            Alignment.CenterVertically,
        ) {
            val words: @Composable () -> Unit = {
                Ruler(room.ticks)
                Caption(
                    when {
                        room.snags > 0 -> say("app-unit-room-snags", "count" to room.snags)
                        room.answered == 0 -> say("app-unit-room-untouched")
                        room.answered < room.lines -> say("app-unit-room-left", "count" to room.lines - room.answered)
                        else -> say("app-unit-room-clean")
                    },
                )
            }
            if (largeType) {
                Column(Modifier.weight(1f).clearAndSetSemantics {}) {
                    Line(room.name, style = Look.largeBold)
                    words()
                    Progress(room.answered, room.lines)
                }
            } else {
                Line(room.name, Modifier.width(72.dp).clearAndSetSemantics {}, Look.bodyBold)
                Column(Modifier.weight(1f).clearAndSetSemantics {}, Arrangement.spacedBy(2.dp)) { words() }
                Across(Modifier.clearAndSetSemantics {}, 4.dp) {
                    if (room.answered == room.lines) IconView(Icon.Check, 18.dp, palette.ok, 2.6f)
                    Progress(room.answered, room.lines)
                }
            }
        }
        if (current) Box(Modifier.fillMaxWidth().height(2.dp).background(palette.primary))
    }
}
