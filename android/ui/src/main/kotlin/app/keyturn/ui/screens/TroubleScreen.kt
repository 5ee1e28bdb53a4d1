package app.keyturn.ui.screens

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.keyturn.core.ErrorKind
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.LocalWords
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.say
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Place
import app.keyturn.ui.model.Trouble
import app.keyturn.ui.parts.Bar
import app.keyturn.ui.parts.Card
import app.keyturn.ui.parts.Centre
import app.keyturn.ui.parts.Dock
import app.keyturn.ui.parts.FactRow
import app.keyturn.ui.parts.Gap
import app.keyturn.ui.parts.Line
import app.keyturn.ui.parts.MainAction
import app.keyturn.ui.parts.Page
import app.keyturn.ui.parts.Rule
import app.keyturn.ui.parts.Scrolled
import app.keyturn.ui.parts.SecondAction
import app.keyturn.ui.parts.SectionTitle
import app.keyturn.ui.parts.Sheet

/** Troubles that leave nothing else to do here: they take the whole page. */
private val pages = setOf(ErrorKind.REVOKED, ErrorKind.DAMAGED, ErrorKind.LATER_VERSION, ErrorKind.DISK_FULL, ErrorKind.WRONG_HUB)

/** What went wrong: what happened, what is safe, what to do, in that order. */
@Composable
fun TroubleView(app: AppModel, trouble: Trouble) {
    val words = if (LocalWords.current.tag == "en") trouble.en else trouble.zh
    when {
        trouble.kind == ErrorKind.REVOKED -> Revoked(app, words)

        trouble.kind in pages || app.store == null -> Whole(app, trouble, words)

        else ->
            Sheet(app::dismiss, { Dock { MainAction(say("app-close"), "trouble-close", Modifier.weight(1f)) { app.dismiss() } } }) {
                Line(say("app-error"), style = Look.title)
                Gap(8.dp)
                Line(words, Modifier.testTag("trouble"), Look.large)
                Gap(8.dp)
                Line(say("app-error-kept"), colour = Look.palette.inkSoft)
            }
    }
}

@Composable
private fun Whole(app: AppModel, trouble: Trouble, words: String) {
    val (title, icon) =
        when (trouble.kind) {
            ErrorKind.DISK_FULL -> say("app-disk-title") to Icon.Disk
            ErrorKind.DAMAGED -> say("app-damaged") to Icon.Disk
            ErrorKind.WRONG_HUB -> say("app-other-hub") to Icon.Lock
            else -> say("app-error") to Icon.Document
        }
    Page(
        bar = { Bar(title, onBack = if (app.store == null) null else app::dismiss) },
        dock = {
            Dock {
                if (trouble.kind == ErrorKind.DAMAGED) {
                    MainAction(say("app-damaged-aside"), "set-aside", Modifier.weight(1f)) { app.setAside() }
                } else if (app.store != null) {
                    MainAction(say("app-close"), "trouble-close", Modifier.weight(1f)) { app.dismiss() }
                }
            }
        },
    ) {
        Scrolled(12.dp) {
            IconView(icon, 56.dp, Look.palette.warn)
            Line(title, style = Look.headline)
            Line(words, Modifier.testTag("trouble"), Look.large)
            Card(Modifier.fillMaxWidth()) {
                FactRow(say("app-error-kept"), before = { MarkView(Mark.OnDevice, 24.dp) })
                if (trouble.kind == ErrorKind.DISK_FULL) {
                    Rule()
                    FactRow(say("app-disk-words"), before = { IconView(Icon.Pen) })
                    Rule()
                    FactRow(say("app-disk-free"), before = { IconView(Icon.Camera) })
                }
                if (trouble.kind == ErrorKind.DAMAGED) {
                    Rule()
                    FactRow(say("app-damaged-why"), before = { IconView(Icon.Copy) })
                }
                if (trouble.kind == ErrorKind.WRONG_HUB) {
                    Rule()
                    FactRow(say("app-other-hub-why"), before = { IconView(Icon.Lock) })
                }
            }
        }
    }
}

@Composable
private fun Revoked(app: AppModel, words: String) {
    val palette = Look.palette
    val status = remember(app.changes, app.syncRunning) { runCatching { app.store?.status() }.getOrNull() }
    val open = status != null && (status.unsentRecords > 0uL || status.unsentPhotos > 0uL)
    Page(
        bar = { Bar(say("app-revoked")) },
        dock = {
            Dock {
                SecondAction(say("app-revoked-again"), "join-again") {
                    app.dismiss()
                    app.goOnly(Place.Enrol)
                }
                if (open) {
                    // A device that is stopped still may push; it only fetches nothing.
                    MainAction(say(if (app.syncRunning) "app-revoked-going" else "app-revoked-out"), "hand-over", Modifier.weight(1f), icon = Icon.Out) {
                        app.sync(originalsNow = true)
                    }
                } else {
                    MainAction(say("app-close"), "trouble-close", Modifier.weight(1f)) { app.dismiss() }
                }
            }
        },
    ) {
        Scrolled(8.dp) {
            IconView(Icon.Lock, 56.dp, palette.danger)
            Line(say("app-revoked-title"), Modifier.testTag("revoked"), Look.headline)
            Line(words, style = Look.large)
            Card(Modifier.fillMaxWidth()) {
                FactRow(
                    if (status != null &&
                        !open
                    ) {
                        say("app-revoked-all-out")
                    } else {
                        say(
                            "app-revoked-unsent",
                            "records" to (status?.unsentRecords ?: 0uL),
                            "photos" to (status?.unsentPhotos ?: 0uL),
                        )
                    },
                    caption = if (open) say("app-revoked-unsent-why") else null,
                    tag = "unsent",
                    before = { MarkView(if (open) Mark.OnDevice else Mark.Safe, 24.dp) },
                )
                Rule()
                FactRow(say("app-revoked-safe"), before = { MarkView(Mark.Safe, 24.dp) })
            }
            SectionTitle(say("app-revoked-do"))
            Card(Modifier.fillMaxWidth()) {
                for (step in 1..3) {
                    if (step > 1) Rule()
                    FactRow(say("app-revoked-$step"), before = {
                        Centre(Modifier.sizeIn(minWidth = 28.dp, minHeight = 28.dp).clip(RoundedCornerShape(8.dp)).background(palette.primarySoft)) {
                            Line("$step", style = Look.captionBold, colour = palette.onPrimarySoft)
                        }
                    })
                }
            }
        }
    }
}

/** Behind everything: a sheet or a page where something went wrong. */
@Composable
fun WithTrouble(app: AppModel, content: @Composable () -> Unit) {
    val trouble = app.trouble
    Box(Modifier.fillMaxSize(), Alignment.BottomCenter) {
        if (app.store != null && (trouble == null || trouble.kind !in pages)) content()
        if (trouble != null) TroubleView(app, trouble)
    }
}
