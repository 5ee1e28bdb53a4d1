package app.keyturn.ui

import androidx.compose.foundation.layout.requiredSize
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.asSkiaBitmap
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onAllNodesWithTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.v2.runSkikoComposeUiTest
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.DpSize
import app.keyturn.ui.model.AppModel
import kotlinx.coroutines.Dispatchers
import org.jetbrains.skia.EncodedImageFormat
import org.jetbrains.skia.Image
import java.io.File
import java.nio.file.Files

/** A size of screen in dp, at two pixels a dp. */
enum class Device(val width: Int, val height: Int) {
    Phone(412, 915),
    Tablet(1280, 800),
    TabletUpright(800, 1280),
}

/** The running app in front of a test: what a person can do with it, by the names of what is on the screen. */
@OptIn(ExperimentalTestApi::class)
class Screens(val ui: SkikoComposeUiTest, folder: String, val device: Device, scale: Float, pixels: Float) {
    var folder = folder
        private set
    val platform = TestPlatform(folder)
    private var life by mutableStateOf(0)
    var dark by mutableStateOf(false)

    /** A smaller window than the screen: the app is turned or put beside another one. */
    var frame by mutableStateOf<DpSize?>(null)
    var density by mutableStateOf(Density(pixels, scale))
    var app: AppModel by mutableStateOf(AppModel(folder, platform, Dispatchers.Unconfined))
        private set

    init {
        ui.setContent {
            androidx.compose.runtime.CompositionLocalProvider(androidx.compose.ui.platform.LocalDensity provides density) {
                androidx.compose.foundation.layout.Box(frame?.let { androidx.compose.ui.Modifier.requiredSize(it) } ?: androidx.compose.ui.Modifier) {
                    key(life) { KeyturnApp(app, dark) }
                }
            }
        }
    }

    /** The process dies: nothing is told to anybody, what was not in the store is gone. */
    fun kill() {
        app.store?.shut()
        app = AppModel(folder, platform, Dispatchers.Unconfined)
        life += 1
        ui.waitForIdle()
    }

    fun tag(tag: String): SemanticsNodeInteraction = ui.onNodeWithTag(tag, useUnmergedTree = true)

    fun has(tag: String): Boolean = ui.onAllNodesWithTag(tag, useUnmergedTree = true).fetchSemanticsNodes().isNotEmpty()

    fun await(what: String, holds: () -> Boolean) {
        try {
            ui.waitUntil(timeoutMillis = 30_000, condition = holds)
        } catch (error: Throwable) {
            picture("failed-" + what.filter { it.isLetterOrDigit() || it == '-' })
            throw AssertionError("not seen in time: $what; at ${app.place}, trouble ${app.trouble}", error)
        }
    }

    /** Taps what has this name, once it is there; a list is scrolled to it. */
    fun tap(tag: String, list: String? = null) {
        if (list != null) scrollTo(list, tag)
        await(tag) { has(tag) }
        val node = tag(tag)
        runCatching { node.performScrollTo() }
        node.performClick()
        ui.waitForIdle()
    }

    fun scrollTo(list: String, tag: String) {
        await(list) { has(list) }
        ui.onNodeWithTag(list, useUnmergedTree = true).performScrollToNode(hasTestTag(tag))
        ui.waitForIdle()
    }

    fun type(tag: String, text: String) {
        await(tag) { has(tag) }
        runCatching { tag(tag).performScrollTo() }
        tag(tag).performTextReplacement(text)
        ui.waitForIdle()
    }

    /** What stands in a text box. */
    fun typed(tag: String): String = tag(tag).fetchSemanticsNode().config.getOrNull(SemanticsProperties.EditableText)?.text.orEmpty()

    /** The words of what has this name. */
    fun text(tag: String): String {
        await(tag) { has(tag) }
        val config = tag(tag).fetchSemanticsNode().config
        return config.getOrNull(SemanticsProperties.Text)?.joinToString("") { it.text }.orEmpty()
    }

    fun isOn(tag: String): Boolean = tag(tag).fetchSemanticsNode().config.getOrNull(SemanticsProperties.Selected) == true

    /** Draws a stroke on the pad. */
    fun stroke(at: Int) {
        await("signature-pad") { has("signature-pad") }
        tag("signature-pad").performTouchInput {
            val x = width * (0.15f + 0.12f * (at % 6))
            down(Offset(x, height * 0.25f))
            for (i in 1..8) moveTo(Offset(x + i * 6f, height * (0.25f + 0.05f * i)), 16)
            up()
        }
        ui.waitForIdle()
    }

    /** A drag of a finger over what has this name, from and to as shares of its sides. */
    fun drag(tag: String, fromX: Float, fromY: Float, toX: Float, toY: Float) {
        await(tag) { has(tag) }
        tag(tag).performTouchInput {
            down(Offset(width * fromX, height * fromY))
            for (i in 1..8) moveTo(Offset(width * (fromX + (toX - fromX) * i / 8), height * (fromY + (toY - fromY) * i / 8)), 16)
            up()
        }
        ui.waitForIdle()
    }

    fun settle() = ui.waitForIdle()

    /** The app lets go of its store, and opens that of another device. */
    fun moveTo(folder: String) {
        app.close()
        this.folder = folder
        app = AppModel(folder, platform, Dispatchers.Unconfined)
        life += 1
        ui.waitForIdle()
    }

    /** The screen as a file; `/` in the name makes folders. */
    fun picture(name: String): File {
        ui.waitForIdle()
        val bitmap = ui.onRoot().captureToImage().asSkiaBitmap()
        val file = File(pictures, "$name.png")
        file.parentFile.mkdirs()
        file.writeBytes(Image.makeFromBitmap(bitmap).encodeToData(EncodedImageFormat.PNG)!!.bytes)
        return file
    }

    companion object {
        val pictures: File = File(RealHub.scratch, "pictures").apply { mkdirs() }

        fun newFolder(): String = Files.createTempDirectory(File(RealHub.scratch).toPath(), "device").toString()

        /** [pixels]: how many to a dp. */
        fun run(device: Device = Device.Phone, scale: Float = 1f, folder: String = newFolder(), pixels: Float = 2f, work: Screens.() -> Unit) =
            runSkikoComposeUiTest(Size(device.width * pixels, device.height * pixels), Density(pixels)) {
                val screens = Screens(this, folder, device, scale, pixels)
                try {
                    screens.work()
                } finally {
                    screens.app.close()
                }
            }
    }
}
