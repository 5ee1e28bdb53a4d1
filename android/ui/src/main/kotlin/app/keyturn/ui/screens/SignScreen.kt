package app.keyturn.ui.screens

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.largeType
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.held
import app.keyturn.ui.parts.Across
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Caption
import app.keyturn.ui.parts.Centre
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Note
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.SignaturePad
import app.keyturn.ui.parts.TextBox

@Composable
fun SignScreen(app: AppModel, unit: String) {
    val holder = held(app) { SignHolder(app, unit) }
    val state = holder.state ?: return
    val wide = Look.isWide && !largeType
    Page(
        bar = { Bar(say("app-sign-version"), state.unitLabel) },
        dock = {
            Dock {
                SecondAction(say("app-sign-read-again"), "read-again", plain = true) { holder.readAgain() }
                MainAction(
                    say(
                        if (state.strokes.isEmpty()) {
                            "app-sign-first"
                        } else if (state.codeFirst) {
                            "app-sign-code-first"
                        } else {
                            "app-sign-confirm"
                        },
                    ),
                    "confirm",
                    Modifier.weight(1f),
                    icon = if (state.strokes.isEmpty() || state.codeFirst) null else Icon.Check,
                ) {
                    holder.confirm()
                }
            }
        },
    ) {
        if (wide) {
            Row(Modifier.fillMaxSize().padding(24.dp, 8.dp), Arrangement.spacedBy(24.dp)) {
                Column(Modifier.width(396.dp).fillMaxHeight().verticalScroll(rememberScrollState()), Arrangement.spacedBy(8.dp)) { Facts(state, holder) }
                Column(Modifier.weight(1f).fillMaxHeight(), Arrangement.spacedBy(8.dp)) {
                    PadHead(state)
                    SignaturePad(state.strokes, Modifier.fillMaxWidth().weight(1f)) { holder.stroke(it) }
                    PadFoot(state, holder)
                }
            }
        } else if (largeType) {
            // One column: what is signed first, the pad at its end. A finger on the pad does not scroll.
            Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp, 4.dp), Arrangement.spacedBy(8.dp)) {
                Facts(state, holder)
                PadHead(state)
                SignaturePad(state.strokes, Modifier.fillMaxWidth().height(240.dp)) { holder.stroke(it) }
                PadFoot(state, holder)
            }
        } else {
            // The pad never scrolls away under the finger that signs.
            Column(Modifier.fillMaxSize().padding(16.dp, 4.dp), Arrangement.spacedBy(8.dp)) {
                Column(Modifier.weight(1f).verticalScroll(rememberScrollState()), Arrangement.spacedBy(8.dp)) { Facts(state, holder) }
                PadHead(state)
                SignaturePad(state.strokes, Modifier.fillMaxWidth().height(if (Look.isTablet) 420.dp else 240.dp)) { holder.stroke(it) }
                PadFoot(state, holder)
            }
        }
    }
}

@Composable
private fun Facts(state: SignState, holder: SignHolder) {
    val palette = Look.palette
    if (state.changed) Note(ground = palette.warnSoft) { Line(say("app-sign-changed"), Modifier.testTag("record-changed"), Look.bodyBold, palette.warn) }
    Line(say("app-owner-record", "version" to state.version), style = Look.title)
    Line(state.what)
    Note(ground = palette.brassSoft) {
        Across(gap = 6.dp) {
            IconView(Icon.Lock, 18.dp, palette.brass)
            Line(say("app-sign-digest"), style = Look.captionBold, colour = palette.brass)
        }
        Line(state.digest, Modifier.testTag("digest"), Look.headline)
        Line(say("app-sign-digest-why"), style = Look.caption)
    }
    Line(say("app-sign-level"), style = Look.largeBold)
    for (level in 1..if (state.byOwner) 2 else 3) Level(level, state)
    if (state.byOwner) {
        TextBox(state.code, say("app-sign-code"), "code", hint = say("app-sign-code"), keyboard = KeyboardType.Number) { holder.code(it) }
        SecondAction(say("app-sign-code-ask"), "code-ask", Modifier.fillMaxWidth(), icon = Icon.Phone, plain = true, height = 48.dp) { holder.askCode() }
        if (state.codeUntil != null) Caption(say("app-sign-code-until", "time" to state.codeUntil), Modifier.testTag("code-until"))
    }
    Line(say("app-sign-notice"), style = Look.largeBold)
    Caption(say("app-enrol-notice-version", "version" to state.noticeVersion.substringAfter('@')))
    Line(state.notice)
    Gap(8.dp)
}

@Composable
private fun Level(level: Int, state: SignState) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.input)
    val reached = if (state.byOwner) level <= state.level else level == 3
    Row(
        Modifier
            .fillMaxWidth()
            .clip(shape)
            .background(if (reached) palette.okSoft else palette.paper)
            .then(if (reached) Modifier.border(1.dp, palette.ok, shape) else Modifier)
            .padding(10.dp, 8.dp),
        Arrangement.spacedBy(12.dp),
        Alignment.CenterVertically,
    ) {
        Centre(Modifier.sizeIn(minWidth = 32.dp, minHeight = 32.dp).border(2.dp, if (reached) palette.ok else palette.inkSoft, RoundedCornerShape(8.dp))) {
            Line("$level", style = Look.captionBold)
        }
        Column(Modifier.weight(1f)) {
            Line(say("app-sign-level-$level"), style = Look.bodyBold)
            Caption(
                when {
                    level == state.levelNeeded && reached -> say("app-sign-level-needed", "level" to level) + " · " + say("app-sign-level-reached")
                    level == state.levelNeeded -> say("app-sign-level-needed", "level" to level)
                    reached -> say("app-sign-level-reached")
                    else -> say("app-sign-level-later")
                },
            )
        }
        if (reached) IconView(Icon.Check, 22.dp, palette.ok, 2.6f)
    }
}

@Composable
private fun PadHead(state: SignState) {
    Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween, Alignment.CenterVertically) {
        Line(say("app-sign"), Modifier.weight(1f), Look.largeBold)
        if (state.signer.isNotEmpty()) Line(state.signer, style = Look.bodyBold)
    }
}

@Composable
private fun PadFoot(state: SignState, holder: SignHolder) {
    FlowRow(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp), Arrangement.spacedBy(4.dp), Alignment.CenterVertically) {
        Column(if (largeType) Modifier.fillMaxWidth() else Modifier.weight(1f)) {
            Caption(say("app-sign-strokes", "count" to state.strokes.size), Modifier.testTag("strokes"))
            Caption(say("app-sign-clock", "time" to state.now))
        }
        SecondAction(say("app-sign-undo"), "undo", icon = Icon.Undo, plain = true, height = 48.dp) { holder.undo() }
        SecondAction(say("app-sign-again"), "again", icon = Icon.Close, plain = true, height = 48.dp) { holder.again() }
    }
}
