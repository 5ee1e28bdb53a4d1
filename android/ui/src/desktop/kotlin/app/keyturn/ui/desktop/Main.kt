package app.keyturn.ui.desktop

import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import androidx.compose.ui.window.Window
import androidx.compose.ui.window.application
import androidx.compose.ui.window.rememberWindowState
import app.keyturn.core.Surroundings
import app.keyturn.ui.KeyturnApp
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Platform
import app.keyturn.ui.parts.Pictures
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.withContext
import java.awt.Desktop
import java.awt.FileDialog
import java.awt.Frame
import java.io.File
import java.util.concurrent.Executors
import javax.swing.JOptionPane
import javax.swing.SwingUtilities

/** The app in a window of a laptop: files instead of a camera, typed codes instead of a scan. */
class DesktopPlatform(private val folder: String) : Platform {
    override val name: String = System.getProperty("os.name") + " " + System.getProperty("os.version")
    override val pictures: Pictures = Decoder()

    override fun surroundings() = Surroundings()

    override suspend fun takePhoto(into: String): String? = asked {
        val dialog = FileDialog(null as Frame?, "", FileDialog.LOAD)
        dialog.setFilenameFilter { _, name -> name.substringAfterLast('.').lowercase() in setOf("jpg", "jpeg", "png", "webp", "heic") }
        dialog.isVisible = true
        dialog.file?.let { File(dialog.directory, it).path }
    }

    override suspend fun scanCode(): String? = asked { JOptionPane.showInputDialog(null, "keyturn:https://…") }

    /** A window has no lock of a device: the person at the keyboard says so. */
    override suspend fun unlock(): Boolean =
        asked { JOptionPane.showConfirmDialog(null, "OK?", "Keyturn", JOptionPane.OK_CANCEL_OPTION) == JOptionPane.OK_OPTION } ?: false

    override suspend fun open(path: String) {
        withContext(Dispatchers.IO) { if (Desktop.isDesktopSupported()) Desktop.getDesktop().open(File(path)) }
    }

    override fun outFolder(): String = folder

    private suspend fun <T> asked(question: () -> T?): T? = withContext(Dispatchers.IO) {
        var answer: T? = null
        SwingUtilities.invokeAndWait { answer = question() }
        answer
    }
}

/** The store's calls, one after the other, on a thread of their own. */
fun worker(): CoroutineDispatcher = Executors.newSingleThreadExecutor { Thread(it, "keyturn-store").apply { isDaemon = true } }.asCoroutineDispatcher()

/** `cargo xtask field`: the first argument is the device's folder. */
fun main(args: Array<String>) {
    val folder = args.firstOrNull() ?: "data/field"
    val model = AppModel(folder, DesktopPlatform(folder), worker())
    application {
        val state = rememberWindowState(size = DpSize(412.dp, 915.dp))
        Window(
            onCloseRequest = {
                model.close()
                exitApplication()
            },
            state = state,
            title = "Keyturn 交房通",
        ) { KeyturnApp(model) }
    }
}
