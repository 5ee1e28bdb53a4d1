package app.keyturn.ui.screens

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.keyturn.core.FieldStore
import app.keyturn.core.InviteKind
import app.keyturn.core.InviteView
import app.keyturn.core.Lang
import app.keyturn.core.readInvite
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Draft
import app.keyturn.ui.model.Holder
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.held
import app.keyturn.ui.model.read
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Card
import app.keyturn.ui.parts.Centre
import app.keyturn.ui.parts.Choice
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.Down
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Note
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.Scrolled
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.Segments
import app.keyturn.ui.parts.TextBox
import app.keyturn.ui.parts.ValueRow
import app.keyturn.ui.parts.tap

enum class EnrolStep { Language, Join, Notice }

@Immutable
data class EnrolState(
    val step: EnrolStep,
    val code: String,
    val deviceName: String,
    val typing: Boolean,
    /** What the code says before anything is sent; `null` while there is none. */
    val invite: InviteView?,
    val noticeVersion: String,
    val notice: String,
    val joining: Boolean,
    /** Records fetched after joining. */
    val fetched: Long?,
)

class Enrol(app: AppModel) : Holder<EnrolState>(app) {
    private var joining = false

    override fun read(store: FieldStore): EnrolState {
        val draft = Draft(store, DRAFT)
        val code = draft["code"]
        val notice = store.notice(NOTICE)
        return EnrolState(
            step = EnrolStep.entries.firstOrNull { it.name == draft["step"] } ?: EnrolStep.Language,
            code = code,
            deviceName = draft["name"],
            typing = draft["typing"] == "yes",
            invite = if (code.isBlank()) null else readInvite(code),
            noticeVersion = notice.version,
            notice = notice.words.read(words),
            joining = joining,
            fetched = null,
        )
    }

    private fun keep(vararg changes: Pair<String, String>) = app.act {
        Draft(it, DRAFT).set(*changes)
        state = read(it)
    }

    fun speak(lang: Lang) = app.speak(lang)

    fun step(to: EnrolStep) = keep("step" to to.name)

    fun type(code: String) {
        state = state?.copy(code = code)
        keep("code" to code, "typing" to "yes")
    }

    fun name(name: String) {
        state = state?.copy(deviceName = name)
        keep("name" to name)
    }

    fun openTyping() = keep("typing" to "yes")

    fun scan() = app.act {
        val code = app.platform.scanCode() ?: return@act
        Draft(it, DRAFT).set("code" to code)
        state = read(it)
    }

    /** Joins. Without a network the code stays where it is, and the same tap tries again. */
    fun join() {
        val now = state ?: return
        if (joining || now.invite?.kind != InviteKind.INVITE) return
        joining = true
        state = now.copy(joining = true)
        app.act { store ->
            try {
                store.enrol(now.code, now.deviceName.ifBlank { app.platform.name }, app.platform.name, now.noticeVersion)
                Draft(store, DRAFT).clear()
                app.goOnly(Place.Today)
                app.sync()
            } finally {
                joining = false
                state = state?.copy(joining = false)
            }
        }
    }

    private companion object {
        const val DRAFT = "app/enrol"
        const val NOTICE = "privacy_notice"
    }
}

@Composable
fun EnrolScreen(app: AppModel) {
    val holder = held(app) { Enrol(app) }
    val state = holder.state ?: return
    Page(
        bar = {
            val back = { if (state.step == EnrolStep.Notice) holder.step(EnrolStep.Join) else holder.step(EnrolStep.Language) }
            Bar(say("app-enrol"), say("app-enrol-where"), onBack = if (state.step == EnrolStep.Language) null else back)
            Steps(state.step)
        },
        dock = {
            Dock {
                when (state.step) {
                    EnrolStep.Language -> MainAction(say("app-next"), "enrol-next", Modifier.weight(1f)) { holder.step(EnrolStep.Join) }

                    EnrolStep.Join -> {
                        val good = state.invite?.kind == InviteKind.INVITE
                        MainAction(
                            say(if (good) "app-enrol" else "app-enrol-scan"),
                            "enrol-join",
                            Modifier.weight(1f),
                            icon = if (good) null else Icon.Camera,
                        ) {
                            if (good) holder.step(EnrolStep.Notice) else holder.scan()
                        }
                    }

                    EnrolStep.Notice -> MainAction(say(if (state.joining) "app-enrol-joining" else "app-enrol-agree"), "enrol-agree", Modifier.weight(1f)) {
                        holder.join()
                    }
                }
            }
        },
    ) {
        Scrolled {
            when (state.step) {
                EnrolStep.Language -> Languages(app, holder)
                EnrolStep.Join -> Join(state, holder)
                EnrolStep.Notice -> Notice(state)
            }
        }
    }
}

@Composable
private fun Steps(now: EnrolStep) {
    val palette = Look.palette
    val names = listOf("app-enrol-step-language", "app-enrol-step-join", "app-enrol-step-notice")
    Row(Modifier.fillMaxWidth().padding(16.dp, 4.dp)) {
        names.forEachIndexed { i, name ->
            Down(Modifier.weight(1f).padding(end = if (i < 2) 6.dp else 0.dp), 4.dp) {
                Box(Modifier.fillMaxWidth().height(4.dp).background(if (i <= now.ordinal) palette.primary else palette.outline))
                // Large type has room for one name: that of the step one is at, below.
                if (!largeType) {
                    Line(
                        say(name),
                        style = if (i <=
                            now.ordinal
                        ) {
                            Look.captionBold
                        } else {
                            Look.caption
                        },
                        colour = if (i <= now.ordinal) palette.ink else palette.inkSoft,
                    )
                }
            }
        }
    }
    if (largeType) Line(say(names[now.ordinal]), Modifier.padding(horizontal = 16.dp), Look.bodyBold)
}

@Composable
private fun Languages(app: AppModel, holder: Enrol) {
    Gap(16.dp)
    Line(say("app-name"), style = Look.headline)
    Gap(16.dp)
    Segments(
        listOf(Choice("zh-CN", "中文"), Choice("en", "English")),
        if (app.lang == Lang.EN) "en" else "zh-CN",
        "language",
    ) { holder.speak(if (it == "en") Lang.EN else Lang.ZH) }
}

@Composable
private fun Join(state: EnrolState, holder: Enrol) {
    val palette = Look.palette
    val invite = state.invite
    Gap(8.dp)
    Centre(
        Modifier
            .fillMaxWidth()
            .height(if (invite == null) 240.dp else 120.dp)
            .clip(RoundedCornerShape(Radius.card))
            .background(Color(0xFF232B2A))
            .tap(say("app-enrol-scan"), "enrol-scan") { holder.scan() },
    ) {
        IconView(Icon.Camera, 48.dp, Color.White)
    }
    Gap(12.dp)
    if (invite != null) {
        if (invite.kind == InviteKind.INVITE) {
            Across {
                MarkView(Mark.Confirmed, 20.dp, ground = palette.paper)
                Line(say("app-enrol-check"), Modifier.testTag("enrol-good"), Look.largeBold, palette.ok)
            }
            Gap(8.dp)
            Card(Modifier.fillMaxWidth()) {
                val role = invite.role
                val project = invite.project
                if (project != null) {
                    ValueRow(say("app-enrol-project"), project)
                    Rule()
                }
                if (role != null) {
                    ValueRow(say("app-enrol-for"), role.read(app.keyturn.ui.look.LocalWords.current), "enrol-role")
                    Rule()
                }
                ValueRow(say("app-enrol-hub"), invite.hubUrl.orEmpty(), "enrol-hub")
                Rule()
                ValueRow(say("app-enrol-fingerprint"), invite.fingerprintGrouped.orEmpty(), "enrol-fingerprint")
            }
            Gap(6.dp)
            Caption(say("app-enrol-compare"))
            Gap(12.dp)
            Caption(say("app-enrol-device-name"))
            Gap(4.dp)
            TextBox(state.deviceName, say("app-enrol-device-name"), "enrol-name") { holder.name(it) }
        } else {
            Note(ground = palette.dangerSoft) {
                Line(say("app-enrol-not"), Modifier.testTag("enrol-not"), Look.largeBold, palette.danger)
                Line(invite.words.read(app.keyturn.ui.look.LocalWords.current))
            }
        }
        Gap(12.dp)
    }
    if (state.typing || state.code.isNotEmpty()) {
        Caption(say("app-enrol-code"))
        Gap(4.dp)
        TextBox(state.code, say("app-enrol-code"), "enrol-code", hint = say("app-enrol-code-hint"), lines = 3) { holder.type(it) }
    } else {
        SecondAction(say("app-enrol-type"), "enrol-type", Modifier.fillMaxWidth(), icon = Icon.Key, plain = true) { holder.openTyping() }
    }
    Gap(16.dp)
}

@Composable
private fun Notice(state: EnrolState) {
    Gap(12.dp)
    Line(say("app-enrol-notice"), style = Look.title)
    Caption(say("app-enrol-notice-version", "version" to state.noticeVersion.substringAfter('@')))
    Gap(8.dp)
    Card(Modifier.fillMaxWidth()) { Line(state.notice, Modifier.padding(14.dp).testTag("enrol-notice")) }
    Gap(16.dp)
}
