package app.keyturn.ui.model

import app.keyturn.core.ErrorKind
import app.keyturn.core.FieldStore
import app.keyturn.core.KeyturnException
import app.keyturn.core.Lang
import app.keyturn.core.word
import java.io.File
import java.security.MessageDigest
import java.util.UUID

/** What a photograph is taken for. */
sealed interface Purpose {
    /** The form of a new snag. */
    data class Form(val unit: String) : Purpose

    /** A snag that is recorded already. */
    data class OnSnag(val snag: String) : Purpose

    data class Meter(val unit: String, val kind: String) : Purpose

    data class Repair(val snag: String, val after: Boolean) : Purpose

    companion object {
        private const val BETWEEN = '\t'

        fun write(purpose: Purpose): String = when (purpose) {
            is Form -> listOf("form", purpose.unit)
            is OnSnag -> listOf("snag", purpose.snag)
            is Meter -> listOf("meter", purpose.unit, purpose.kind)
            is Repair -> listOf(if (purpose.after) "after" else "before", purpose.snag)
        }.joinToString("$BETWEEN")

        /** `null` for what another version of the app wrote. */
        fun read(text: String): Purpose? {
            val part = text.split(BETWEEN)
            val of = part.getOrNull(1)?.takeIf { it.isNotEmpty() } ?: return null
            return when (part[0]) {
                "form" -> Form(of)
                "snag" -> OnSnag(of)
                "meter" -> part.getOrNull(2)?.let { Meter(of, it) }
                "before" -> Repair(of, false)
                "after" -> Repair(of, true)
                else -> null
            }
        }
    }
}

/**
 * The photograph that is being taken: what for and into which file stand in the store before the camera opens, so that one that comes when the
 * process had died meanwhile still gets where it belongs, and once.
 */
class Captures(private val store: FieldStore, private val platform: Platform) {
    private val pending = Draft(store, PENDING)

    /** The file that a camera may be writing to; `null` when none is open. */
    val file: String? get() = pending["file"].ifEmpty { null }

    /** Opens the camera; whether there is a photograph now. [CameraRefused] when there is no leave to use it. */
    suspend fun take(purpose: Purpose): Boolean {
        // One that nobody answered for: it may be the only picture of something.
        if (file != null) runCatching { arrived() }
        val folder = File(platform.captureFolder).apply { mkdirs() }
        val into = File(folder, "${UUID.randomUUID()}.jpg").path
        pending.set("for" to Purpose.write(purpose), "file" to into)
        val taken =
            try {
                platform.takePhoto(into)
            } catch (refused: CameraRefused) {
                pending.clear()
                throw refused
            }
        if (taken == null) {
            dropped()
            return false
        }
        if (taken != into) pending.set("file" to taken)
        return arrived()
    }

    /** The camera was left without a photograph. */
    fun dropped() {
        file?.let { spent(it) }
        pending.clear()
    }

    /**
     * The camera has answered, perhaps to a process that is no more: its file goes where it was meant to; whether there was one. A file that is
     * missing or empty is told, and nothing is recorded.
     */
    fun arrived(): Boolean {
        val path = file ?: return false
        val purpose = Purpose.read(pending["for"])
        if (File(path).length() == 0L) {
            dropped()
            throw trouble(ErrorKind.PHOTO, "app-camera-empty")
        }
        if (purpose == null) {
            pending.clear()
            return false
        }
        deliver(purpose, path)
        // The file of a draft is taken in with the draft.
        if (purpose is Purpose.OnSnag || purpose is Purpose.Repair) spent(path)
        pending.clear()
        return true
    }

    private fun deliver(purpose: Purpose, path: String) {
        when (purpose) {
            is Purpose.Form -> {
                val draft = Draft(store, "app/snag/${purpose.unit}")
                if (path !in draft.list("photos")) draft.set("photos" to (draft.list("photos") + path).joinToString("\n"), "no-camera" to "")
            }

            is Purpose.Meter -> Draft(store, "app/papers/${purpose.unit}").set("photo-${purpose.kind}" to path)

            is Purpose.OnSnag -> if (!isOn(purpose.snag, path)) store.snagPhoto(purpose.snag, path)

            is Purpose.Repair -> if (!isOn(purpose.snag, path)) store.repairPhoto(purpose.snag, path, purpose.after)
        }
    }

    /** A kill between the record and the end of the capture must not record it twice. */
    private fun isOn(snag: String, path: String): Boolean {
        val digest = MessageDigest.getInstance("SHA-256")
        File(path).inputStream().use { input ->
            val buffer = ByteArray(1 shl 16)
            while (true) {
                val read = input.read(buffer)
                if (read < 0) break
                digest.update(buffer, 0, read)
            }
        }
        val sha256 = digest.digest().joinToString("") { "%02x".format(it) }
        return store.snag(snag).photos.any { it.sha256 == sha256 }
    }

    /** The store holds the original: the camera's file goes. Files from elsewhere are left alone. */
    fun spent(path: String) {
        if (File(path).absoluteFile.parentFile == File(platform.captureFolder).absoluteFile) File(path).delete()
    }

    companion object {
        private const val PENDING = "app/capture"

        /** Something that the shell found, told as the core tells its own. */
        fun trouble(kind: ErrorKind, key: String): KeyturnException =
            KeyturnException.Told(kind, key, word(Lang.ZH, key, emptyMap()), word(Lang.EN, key, emptyMap()), emptyMap())
    }
}
