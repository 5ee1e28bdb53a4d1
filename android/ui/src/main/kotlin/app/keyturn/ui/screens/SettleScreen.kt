package app.keyturn.ui.screens

import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.held
import app.keyturn.ui.model.read
import app.keyturn.ui.model.reviewWords
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Card
import app.keyturn.ui.parts.Centre
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.FactChip
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Note
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Scrolled
import app.keyturn.ui.parts.ValueRow

@Immutable
data class SettleValue(val value: String, val by: String, val role: String, val written: String, val skew: String)

@Immutable
data class SettleState(
    val where: String,
    val field: String,
    val values: List<SettleValue>,
    val chosen: Int?,
    /** Settled in the meantime, here or elsewhere. */
    val gone: Boolean,
)

/** Two values of one field: both stay, one is shown. */
class SettleHolder(app: AppModel, private val conflict: String) : Holder<SettleState>(app) {
    private fun draft(store: FieldStore) = Draft(store, "app/settle/$conflict")

    override fun read(store: FieldStore): SettleState {
        val times = times(store)
        val open = store.conflicts().firstOrNull { it.id == conflict } ?: return SettleState("", "", emptyList(), null, true)
        return SettleState(
            where = open.unitLabel,
            field = reviewWords(open, words),
            values =
            open.values.map { value ->
                val fast = value.skewMs > 0
                SettleValue(
                    value = value.value.ifBlank { say("app-none") },
                    by = value.by.orEmpty() + if (value.here) " · " + say("app-settle-here") else "",
                    role = value.roleName.read(words),
                    written = times.precise(value.at + value.skewMs),
                    skew =
                    when {
                        value.clockWrong -> say("app-settle-wrong")

                        kotlin.math.abs(value.skewMs) < 1000 -> say("app-settle-skew-none")

                        else -> say(if (fast) "app-settle-skew-fast" else "app-settle-skew-slow", "time" to times.span(value.skewMs)) + " · " +
                            times.precise(value.at)
                    },
                )
            },
            chosen = draft(store)["chosen"].toIntOrNull(),
            gone = false,
        )
    }

    fun choose(at: Int) = app.act {
        draft(it).set("chosen" to "$at")
        state = read(it)
    }

    fun use() {
        val at = state?.chosen ?: return
        app.record { store ->
            val open = store.conflicts().firstOrNull { it.id == conflict }
            if (open != null) store.settle(open.thing, open.what, at.toUInt())
            draft(store).clear()
            app.back()
        }
    }
}

@Composable
fun SettleScreen(app: AppModel, conflict: String) {
    val holder = held(app) { SettleHolder(app, conflict) }
    val state = holder.state ?: return
    Page(
        bar = { Bar(say("app-settle"), state.where, onBack = app::back) },
        dock = {
            Dock {
                val chosen = state.chosen?.let { state.values.getOrNull(it) }
                MainAction(
                    if (chosen ==
                        null
                    ) {
                        say(if (state.gone) "app-settle-none" else "app-settle-first")
                    } else {
                        say("app-settle-use", "value" to chosen.value)
                    },
                    "settle",
                    Modifier.weight(1f),
                    icon = if (chosen ==
                        null
                    ) {
                        null
                    } else {
                        Icon.Check
                    },
                ) {
                    if (state.gone) app.back() else holder.use()
                }
            }
        },
    ) {
        Scrolled(12.dp) {
            if (state.gone) {
                Line(say("app-settle-none"), style = Look.headline)
            } else {
                Line(state.field, style = Look.title)
                Line(say("app-settle-kept", "value" to state.values.first().value), colour = Look.palette.inkSoft)
                Column(Modifier.selectableGroup(), Arrangement.spacedBy(12.dp)) {
                    state.values.forEachIndexed { i, value -> Value(value, i == state.chosen, i == 0, i) { holder.choose(i) } }
                }
                Note(ground = Look.palette.infoSoft) { Line(say("app-settle-signed")) }
                Caption(say("app-settle-effect"))
            }
        }
    }
}

@Composable
private fun Value(value: SettleValue, on: Boolean, shown: Boolean, at: Int, onTap: () -> Unit) {
    val palette = Look.palette
    Card(
        Modifier.fillMaxWidth().testTag("value-$at").selectable(on, role = Role.RadioButton, onClick = onTap),
        edge = if (on) palette.primary else palette.outline,
        edgeWidth = if (on) 2.dp else 1.dp,
    ) {
        Row(Modifier.padding(14.dp, 12.dp), Arrangement.spacedBy(12.dp), Alignment.Top) {
            if (on) {
                MarkView(
                    Mark.Confirmed,
                    30.dp,
                    palette.primary,
                )
            } else {
                Centre(Modifier.padding(2.dp).size(26.dp).border(2.dp, palette.inkSoft, CircleShape)) {
                }
            }
            Column(Modifier.weight(1f)) {
                Line(value.value, style = Look.headline)
                if (shown) FactChip(Icon.Check, say("app-settle-shown"), palette.info, palette.infoSoft)
                Line(value.by, style = Look.bodyBold)
                Caption(value.role)
            }
        }
        ValueRow(say("app-settle-written"), value.written)
        ValueRow(say("app-settle-skew"), value.skew)
    }
}
