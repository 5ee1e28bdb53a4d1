package app.keyturn.ui.screens

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.itemsIndexed
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.snapshotFlow
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.held
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.FactRow
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Note
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Picture
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.Ruler
import app.keyturn.ui.parts.Scrolled
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.Sheet
import app.keyturn.ui.parts.TextBox
import app.keyturn.ui.parts.Tick
import app.keyturn.ui.parts.tap

/** The owner's own `larger`: on top of the system's setting, and within what screens are made for. */
private const val LARGER = 1.3f
private const val LARGEST = 2f

@Composable
fun OwnerScreen(app: AppModel, unit: String) {
    val holder = held(app) { OwnerHolder(app, unit) }
    val state = holder.state ?: return
    val density = LocalDensity.current
    val scale = if (state.larger) minOf(density.fontScale * LARGER, LARGEST) else density.fontScale
    CompositionLocalProvider(LocalDensity provides Density(density.density, scale)) {
        when {
            state.done -> Done(state, holder)
            state.owner == null -> Who(state, holder)
            else -> Turn(state, holder)
        }
    }
}

@Composable
private fun Who(state: OwnerState, holder: OwnerHolder) = Box(Modifier.fillMaxSize()) {
    WhoPage(state, holder)
    val joining = state.joining ?: return@Box
    Sheet(holder::dismissJoin, {
        Dock {
            SecondAction(say("app-cancel"), "join-cancel", plain = true) { holder.dismissJoin() }
            MainAction(say("app-owner-join-keep"), "join-keep", Modifier.weight(1f), icon = Icon.Check) { holder.keepJoin() }
        }
    }) {
        Line(say(if (joining.representative) "app-sign-agent-add" else "app-sign-witness"), style = Look.title)
        Gap(12.dp)
        TextBox(joining.name, say("app-owner-name"), "join-name", hint = say("app-owner-name")) { holder.typeJoin(name = it) }
        if (joining.representative) {
            Gap(8.dp)
            TextBox(joining.mandate, say("app-sign-agent-mandate"), "join-mandate", hint = say("app-sign-agent-mandate"), lines = 2) {
                holder.typeJoin(mandate = it)
            }
        }
    }
}

@Composable
private fun WhoPage(state: OwnerState, holder: OwnerHolder) = Page(bar = { Bar(say("app-owner-who"), state.unitLabel, onBack = holder::leave) }) {
    Scrolled {
        Line(say("app-owner-identity-how"), colour = Look.palette.inkSoft)
        Gap(12.dp)
        if (state.candidates.isEmpty()) Line(say("app-owner-none"), style = Look.large)
        for (person in state.candidates) {
            app.keyturn.ui.parts.Card(Modifier.fillMaxWidth()) {
                FactRow(person.name, caption = say("app-owner-identity-how"), tag = "who-${state.candidates.indexOf(person)}", before = {
                    IconView(Icon.Key)
                }) { holder.name(person.id) }
            }
            Gap(8.dp)
        }
        if (state.witness != null) {
            Across {
                MarkView(Mark.Confirmed, 20.dp, ground = Look.palette.paper)
                Line(say("app-sign-witness") + " · " + state.witness, Modifier.testTag("witness"))
            }
            Gap(8.dp)
        }
        SecondAction(say("app-sign-agent-add"), "join-agent", Modifier.fillMaxWidth(), say("app-owner-agent-why"), Icon.Document, plain = true) {
            holder.startJoin(true)
        }
        Gap(8.dp)
        if (state.witness == null) {
            SecondAction(say("app-sign-witness"), "join-witness", Modifier.fillMaxWidth(), say("app-owner-witness-why"), Icon.Plus, plain = true) {
                holder.startJoin(false)
            }
        }
    }
}

@Composable
private fun Done(state: OwnerState, holder: OwnerHolder) = Page(
    bar = { Bar(say("app-sign-done"), state.unitLabel) },
    dock = { Dock { MainAction(say("app-owner-back"), "hand-back", Modifier.weight(1f), icon = Icon.Lock) { holder.handBack() } } },
) {
    Scrolled(16.dp) {
        Gap(16.dp)
        MarkView(Mark.Confirmed, 56.dp, ground = Look.palette.paper)
        Line(say("app-owner-signed"), Modifier.testTag("owner-signed"), Look.headline)
        Line(say("app-sign-done-why"), style = Look.large)
        if (state.lockFailed) Note(ground = Look.palette.warnSoft) { Line(say("app-owner-unlock-failed")) }
    }
}

@Composable
private fun Turn(state: OwnerState, holder: OwnerHolder) {
    val wide = Look.isWide && !largeType
    Box(Modifier.fillMaxSize()) {
        Page(
            bar = {
                Bar(if (state.owner.isNullOrEmpty()) say("app-owner-nobody") else say("app-owner", "name" to state.owner)) {
                    if (largeType || !Look.isTablet) {
                        app.keyturn.ui.parts.IconButton(Icon.Letter, say("app-owner-larger"), "larger") { holder.larger() }
                    } else {
                        SecondAction(say("app-owner-larger"), "larger", plain = true, height = 48.dp, icon = Icon.Letter) { holder.larger() }
                    }
                    app.keyturn.ui.parts.IconButton(Icon.Lock, say("app-owner-back"), "hand-back") { holder.handBack() }
                }
                Rule()
            },
            dock = { Outcomes(state, holder) },
        ) {
            if (wide) {
                Row(Modifier.fillMaxSize()) {
                    Column(Modifier.width(372.dp).fillMaxHeight().background(Look.palette.surface).verticalScroll(rememberScrollState()).padding(24.dp)) {
                        What(state)
                    }
                    Box(Modifier.width(1.dp).fillMaxHeight().background(Look.palette.outline))
                    Items(state, holder, Modifier.weight(1f), head = false)
                }
            } else {
                Items(state, holder, Modifier.fillMaxSize(), head = true)
            }
        }
        val ask = state.ask
        if (ask != null) AskSheet(ask, holder)
    }
}

@Composable
private fun What(state: OwnerState) {
    val palette = Look.palette
    if (state.lockFailed) Note(ground = palette.warnSoft) { Line(say("app-owner-unlock-failed"), Modifier.testTag("lock-failed")) }
    Caption(say("app-owner-what"))
    Line(say("app-owner-record", "version" to state.version), style = Look.headline)
    Line(state.unitLabel)
    Line(state.date)
    Line(say("app-owner-counts", "snags" to state.items.size, "photos" to state.photos), style = Look.bodyBold)
    Caption(say("app-owner-lines", "lines" to state.lines))
    Gap(12.dp)
    Rule()
    Gap(12.dp)
    Caption(say("app-owner-means"))
    Across(align = Alignment.Top) {
        IconView(Icon.Check, 22.dp, palette.ok, 2.6f)
        Line(state.means.ifBlank { say("app-owner-means-read", "count" to state.items.size) }, style = Look.large)
    }
    Gap(8.dp)
    Caption(say("app-owner-means-not"))
    for (line in listOf(say("app-owner-not-taken"), say("app-owner-not-waived"), say("app-owner-not-cost"))) {
        Across(align = Alignment.Top) {
            IconView(Icon.Minus, 22.dp)
            Line(line, style = Look.large)
        }
    }
    if (state.meansNot.isNotBlank()) Caption(state.meansNot)
    Gap(8.dp)
    Caption(say("app-owner-gets"))
    Across(align = Alignment.Top) {
        IconView(Icon.Document, 22.dp)
        Line(say("app-owner-gets-copy"), style = Look.large)
    }
    Gap(12.dp)
}

@Composable
private fun Items(state: OwnerState, holder: OwnerHolder, modifier: Modifier, head: Boolean) {
    val list = rememberLazyListState()
    LaunchedEffect(state.items.size) {
        snapshotFlow {
            val shown = list.layoutInfo
            // An item counts as seen when the whole of it was on the screen, or when it is taller than the screen and its end was.
            shown.visibleItemsInfo
                .filter { it.offset + it.size <= shown.viewportEndOffset }
                .mapNotNull { (it.key as? String)?.removePrefix("item-")?.toLongOrNull() }
        }.collect { if (it.isNotEmpty()) holder.seen(it) }
    }
    LazyColumn(modifier.testTag("owner-items"), list, contentPadding = PaddingValues(24.dp, 12.dp)) {
        if (head) item { Column { What(state) } }
        item {
            Across(Modifier.fillMaxWidth(), 12.dp) {
                Line(
                    if (state.seen ==
                        state.items.size
                    ) {
                        say("app-owner-all-seen", "count" to state.items.size)
                    } else {
                        say(
                            "app-owner-seen",
                            "seen" to state.seen,
                            "count" to state.items.size,
                        )
                    },
                    Modifier.testTag("owner-seen"),
                    Look.bodyBold,
                )
                if (state.items.isNotEmpty()) Ruler(state.items.map { if (it.seen) Tick.Fine else Tick.Open }, Modifier.weight(1f), most = 64.dp)
            }
            Gap(8.dp)
        }
        itemsIndexed(state.items, key = { _, item -> "item-${item.number}" }) { _, item -> Item(item, holder) }
    }
}

@Composable
private fun Item(item: OwnerItem, holder: OwnerHolder) {
    val palette = Look.palette
    Column(Modifier.fillMaxWidth()) {
        Rule()
        val words: @Composable (Modifier) -> Unit = { wide ->
            Column(wide) {
                Line(item.title, style = Look.title)
                Caption(item.where)
                if (item.due.isNotEmpty()) Line(say("app-owner-by", "date" to item.due))
                if (item.disputed != null) Line(say("app-owner-dispute") + "：" + item.disputed, style = Look.bodyBold, colour = palette.warn)
                if (item.question != null) Line(say("app-owner-asked", "question" to item.question), colour = palette.info)
            }
        }
        val pictures: @Composable () -> Unit = {
            Across {
                item.pictures.take(3).forEachIndexed { i, path ->
                    val name = say("app-photo-n", "n" to i + 1, "of" to item.pictures.size, "where" to item.title)
                    Picture(path, name, Modifier.size(78.dp, 112.dp).clip(RoundedCornerShape(Radius.chip)))
                }
            }
        }
        val buttons: @Composable () -> Unit = {
            SecondAction(
                say(
                    if (item.disputed ==
                        null
                    ) {
                        "app-owner-dispute"
                    } else {
                        "app-owner-disputed"
                    },
                ),
                "dispute-${item.number}",
                icon = Icon.Ask,
                plain = true,
                height = 48.dp,
            ) { holder.dispute(item) }
            Line(
                say("app-owner-ask"),
                Modifier.tap(tag = "question-${item.number}") { holder.question(item) }.padding(12.dp, 14.dp),
                Look.bodyBold,
                palette.primary,
            )
        }
        if (Look.isTablet && !largeType) {
            Row(Modifier.fillMaxWidth().padding(vertical = 12.dp), Arrangement.spacedBy(12.dp), Alignment.Top) {
                Line("${item.number}", Modifier.width(48.dp), Look.headline)
                words(Modifier.weight(1f))
                pictures()
                Column(Modifier.width(140.dp), horizontalAlignment = Alignment.CenterHorizontally) { buttons() }
            }
        } else {
            Column(Modifier.fillMaxWidth().padding(vertical = 12.dp), Arrangement.spacedBy(8.dp)) {
                Row(horizontalArrangement = Arrangement.spacedBy(12.dp)) {
                    Line("${item.number}", style = Look.headline)
                    words(Modifier.weight(1f))
                }
                if (item.pictures.isNotEmpty()) pictures()
                Across { buttons() }
            }
        }
    }
}

/** Three outcomes of one size; none is recommended. */
@Composable
private fun Outcomes(state: OwnerState, holder: OwnerHolder) {
    val count = state.items.size
    val refuse: @Composable (
        Modifier,
    ) -> Unit = { SecondAction(say("app-owner-refuse"), "refuse", it, say("app-owner-refuse-why"), plain = true, height = 72.dp) { holder.refuse() } }
    val part: @Composable (Modifier) -> Unit = {
        SecondAction(
            if (state.disputed == 0) say("app-owner-part") else say("app-owner-part-n", "good" to count - state.disputed, "bad" to state.disputed),
            "part",
            it,
            if (state.disputed == 0) say("app-owner-part-how") else say("app-owner-accept-next"),
            plain = true,
            height = 72.dp,
        ) { holder.part() }
    }
    val accept: @Composable (Modifier) -> Unit = {
        SecondAction(
            if (count == 0) say("app-owner-accept-none") else say("app-owner-accept", "count" to count),
            "accept",
            it,
            say(if (state.seen == count) "app-owner-accept-next" else "app-owner-see-first"),
            plain = true,
            height = 72.dp,
        ) { holder.accept() }
    }
    if (Look.isTablet && !largeType) {
        Dock {
            refuse(Modifier.weight(1f))
            part(Modifier.weight(1f))
            accept(Modifier.weight(1f))
        }
    } else {
        Dock {
            Column(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
                refuse(Modifier.fillMaxWidth())
                if (count > 0) part(Modifier.fillMaxWidth())
                accept(Modifier.fillMaxWidth())
            }
        }
    }
}

@Composable
private fun AskSheet(ask: OwnerAsk, holder: OwnerHolder) {
    val (title, value) =
        when (ask) {
            is OwnerAsk.Dispute -> "${ask.item.number} ${ask.item.title}" to ask.reason
            is OwnerAsk.Question -> say("app-owner-ask-what") to ask.text
            is OwnerAsk.Refuse -> say("app-owner-refuse-title") to ask.reason
        }
    val action =
        when (ask) {
            is OwnerAsk.Dispute -> say("app-keep-reason")
            is OwnerAsk.Question -> say("app-owner-ask-keep")
            is OwnerAsk.Refuse -> say("app-owner-refuse-keep")
        }
    Sheet(holder::dismissAsk, {
        Dock {
            SecondAction(say("app-cancel"), "ask-cancel", plain = true) { holder.dismissAsk() }
            MainAction(action, "ask-keep", Modifier.weight(1f)) { holder.keepAsk() }
        }
    }) {
        Line(title, style = Look.title)
        Gap(12.dp)
        TextBox(value, title, "ask-text", lines = 3, hint = say("app-why")) { holder.type(it) }
    }
}
