package app.keyturn.ui.model

import app.keyturn.core.Surroundings
import app.keyturn.ui.parts.Pictures

/** What the system under the app does: given by the Android shell and by the desktop window, never known to a screen. */
interface Platform {
    /** Told to the office when the device joins: `Android 15`, `Linux`. */
    val name: String

    /** Decodes picture files. */
    val pictures: Pictures

    /** Key, storage, network, free space, clocks, as the store wants them. */
    fun surroundings(): Surroundings

    /** One photograph: the path of its file, or `null` when the person went back. [CameraRefused] when there is no leave to use the camera. */
    suspend fun takePhoto(): String?

    /** Another one at once is possible: a viewfinder of our own, or a chooser of several files. */
    suspend fun scanCode(): String?

    /** The inspector proves to be the device's holder; the only way back from the owner's turn. */
    suspend fun unlock(): Boolean

    /** Shows a file to the person with what the system has for it. */
    suspend fun open(path: String)

    /** Where a file that leaves the app is written. */
    fun outFolder(): String
}

/** There is no leave to use the camera; words alone can still be recorded. */
class CameraRefused : Exception()
