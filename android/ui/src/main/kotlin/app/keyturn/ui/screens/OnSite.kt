package app.keyturn.ui.screens

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Draft
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.Sheet
import app.keyturn.ui.parts.TextBox

/** What the owner says on site about a repair, as it is being written. */
@Immutable
data class OnSiteState(val right: Boolean, val words: String)

/** The owner's word on a repair, given where it was done: right, with a remark if there is one, or not right, with what is missing. */
class OnSite(private val app: AppModel, private val snag: String, private val shown: () -> Unit, private val typed: (String) -> Unit) {
    private fun draft(store: FieldStore) = Draft(store, "app/on-site/$snag")

    fun read(store: FieldStore): OnSiteState? {
        val draft = draft(store)
        return when (draft["said"]) {
            "right" -> OnSiteState(true, draft["words"])
            "wrong" -> OnSiteState(false, draft["words"])
            else -> null
        }
    }

    private fun keep(vararg changes: Pair<String, String>) = app.act {
        draft(it).set(*changes)
        shown()
    }

    fun open(right: Boolean) = keep("said" to if (right) "right" else "wrong")

    fun type(words: String) {
        typed(words)
        app.act { draft(it).set("words" to words) }
    }

    fun dismiss() = keep("said" to "")

    fun done(state: OnSiteState) {
        if (!state.right && state.words.isBlank()) return
        app.record { store ->
            if (state.right) store.ownerConfirm(snag, state.words.ifBlank { null }) else store.ownerReject(snag, state.words)
            draft(store).clear()
        }
    }
}

/** Two answers of one size; none is recommended. */
@Composable
fun OnSiteActions(onSite: OnSite) = Across(Modifier.fillMaxWidth(), 12.dp) {
    SecondAction(say("app-snag-owner-reject"), "owner-reject", Modifier.weight(1f), plain = true) { onSite.open(false) }
    SecondAction(say("app-snag-owner-confirm"), "owner-confirm", Modifier.weight(1f), plain = true) { onSite.open(true) }
}

@Composable
fun OnSiteSheet(state: OnSiteState, title: String, onSite: OnSite) = Sheet(onSite::dismiss, {
    Dock {
        SecondAction(say("app-cancel"), "on-site-cancel", plain = true) { onSite.dismiss() }
        MainAction(say(if (state.right) "app-snag-owner-confirm" else "app-snag-owner-reject"), "on-site-keep", Modifier.weight(1f), icon = Icon.Check) {
            onSite.done(state)
        }
    }
}) {
    Line(title, style = Look.title)
    Line(say(if (state.right) "app-on-site-right" else "app-on-site-wrong"), Modifier.testTag("on-site"), colour = Look.palette.inkSoft)
    Gap(12.dp)
    val asks = say(if (state.right) "app-on-site-remark" else "app-snag-reject-why")
    TextBox(state.words, asks, "on-site-words", hint = asks, lines = 3) { onSite.type(it) }
}
