package app.keyturn.ui

import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.key
import androidx.compose.ui.text.font.FontFamily
import app.keyturn.ui.look.KeyturnTheme
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Place
import app.keyturn.ui.parts.LocalPictures
import app.keyturn.ui.screens.CrewScreen
import app.keyturn.ui.screens.DrawScreen
import app.keyturn.ui.screens.EnrolScreen
import app.keyturn.ui.screens.NewSnagScreen
import app.keyturn.ui.screens.OwnerScreen
import app.keyturn.ui.screens.PapersScreen
import app.keyturn.ui.screens.PlanScreen
import app.keyturn.ui.screens.RoomScreen
import app.keyturn.ui.screens.SettleScreen
import app.keyturn.ui.screens.SignScreen
import app.keyturn.ui.screens.SnagScreen
import app.keyturn.ui.screens.SnagsScreen
import app.keyturn.ui.screens.SyncScreen
import app.keyturn.ui.screens.TodayScreen
import app.keyturn.ui.screens.UnitScreen
import app.keyturn.ui.screens.WithTrouble

/** The whole app: the same on a phone, a tablet and a laptop's window. */
@Composable
fun KeyturnApp(app: AppModel, dark: Boolean = false, face: FontFamily = FontFamily.Default) {
    // What a kill left without its small pictures gets them now, beside the first screen.
    LaunchedEffect(app) { app.act { it.makePictures() } }
    if (app.platform.sendsByItself) LaunchedEffect(app, app.changes, app.syncRunning) { app.sendWhenDue() }
    KeyturnTheme(app.words, dark, face) {
        CompositionLocalProvider(LocalPictures provides app.platform.pictures) {
            WithTrouble(app) {
                key(app.place) {
                    when (val place = app.place) {
                        Place.Enrol -> EnrolScreen(app)
                        Place.Today -> TodayScreen(app)
                        Place.Sync -> SyncScreen(app)
                        is Place.AUnit -> UnitScreen(app, place.unit)
                        is Place.Room -> RoomScreen(app, place)
                        is Place.NewSnag -> NewSnagScreen(app, place)
                        is Place.Snags -> SnagsScreen(app, place.unit)
                        is Place.ASnag -> SnagScreen(app, place.snag)
                        is Place.Plan -> PlanScreen(app, place)
                        is Place.Draw -> DrawScreen(app, place)
                        is Place.Owner -> OwnerScreen(app, place.unit)
                        is Place.Sign -> SignScreen(app, place.unit)
                        is Place.Crew -> CrewScreen(app, place.snag)
                        is Place.Settle -> SettleScreen(app, place.conflict)
                        is Place.Papers -> PapersScreen(app, place.unit)
                    }
                }
            }
        }
    }
}
