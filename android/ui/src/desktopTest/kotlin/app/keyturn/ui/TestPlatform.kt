package app.keyturn.ui

import app.keyturn.core.Surroundings
import app.keyturn.ui.desktop.Decoder
import app.keyturn.ui.model.CameraRefused
import app.keyturn.ui.model.Platform
import app.keyturn.ui.parts.Pictures
import kotlinx.coroutines.Dispatchers

/** The system under the app, as a test sets it: the camera gives the next file, the lock opens or not. */
class TestPlatform(private val folder: String) : Platform {
    val camera = ArrayDeque<String>()
    var cameraAllowed = true
    var scanned: String? = null
    var unlocks = true
    var world = Surroundings()
    override var sendsByItself = false
    override val name = "Test 1"
    override val pictures: Pictures = Decoder(Dispatchers.Unconfined)

    override fun surroundings() = world

    override suspend fun takePhoto(into: String): String? = if (cameraAllowed) camera.removeFirstOrNull() else throw CameraRefused()

    override suspend fun scanCode(): String? = scanned

    override suspend fun unlock() = unlocks

    override suspend fun open(path: String) = Unit

    override fun outFolder() = folder
}
