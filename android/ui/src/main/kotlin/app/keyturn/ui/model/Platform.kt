package app.keyturn.ui.model

import app.keyturn.core.Lang
import app.keyturn.core.Surroundings
import app.keyturn.ui.parts.Pictures
import java.io.File

/** What the system under the app does: given by the Android shell and by the desktop window, never known to a screen. */
interface Platform {
    /** Told to the office when the device joins: `Android 15`, `Linux`. */
    val name: String

    /** Decodes picture files. */
    val pictures: Pictures

    /** Key, storage, network, free space, clocks, as the store wants them. */
    fun surroundings(): Surroundings

    /** The language that the system speaks with this person, until the app was told another; `null`: not known. */
    val lang: Lang? get() = null

    /** The person chose a language in the app: what the system shows of it follows. */
    fun spoken(lang: Lang) = Unit

    /** Where the camera writes; kept until the store has taken the picture in. */
    val captureFolder: String get() = File(outFolder(), "camera").path

    /**
     * One photograph, written to [into] where the system's camera writes to a file given: the path of its file, or `null` when the person went
     * back. [CameraRefused] when there is no leave to use the camera.
     */
    suspend fun takePhoto(into: String): String?

    /** Pictures that are on the device already, chosen by the person; copied into [captureFolder]. */
    suspend fun pickPhotos(): List<String> = emptyList()

    /** Shows the way to an address with what the system has for it; whether it has something. */
    suspend fun wayTo(address: String): Boolean = false

    /** What a QR code says, `null` when the person went back, empty when there was no code to be seen. */
    suspend fun scanCode(): String?

    /** The inspector proves to be the device's holder; the only way back from the owner's turn. */
    suspend fun unlock(): Boolean

    /** Shows a file to the person with what the system has for it. */
    suspend fun open(path: String)

    /** The app, while it is shown, sends when the core says it is time; a test that counts what waits says no. */
    val sendsByItself: Boolean get() = true

    /** Where a file that leaves the app is written. */
    fun outFolder(): String
}

/** There is no leave to use the camera; words alone can still be recorded. */
class CameraRefused : Exception()
