package app.keyturn.android

import android.app.KeyguardManager
import android.app.LocaleManager
import android.content.ActivityNotFoundException
import android.content.Intent
import android.net.Uri
import android.os.Build
import android.os.LocaleList
import android.util.Log
import androidx.core.content.FileProvider
import app.keyturn.core.ErrorKind
import app.keyturn.core.Lang
import app.keyturn.core.Surroundings
import app.keyturn.ui.model.CameraRefused
import app.keyturn.ui.model.Captures
import app.keyturn.ui.model.Platform
import app.keyturn.ui.parts.Pictures
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.withContext
import java.io.File
import java.io.IOException
import java.util.Locale
import java.util.UUID

/** The phone under the app. */
class AndroidPlatform(private val shell: Shell) : Platform {
    private val context = shell.context

    /** The Activity that can ask the person something; `null` while there is none. */
    val front = MutableStateFlow<MainActivity?>(null)

    override val name: String = "Android ${Build.VERSION.RELEASE}, ${Build.MANUFACTURER} ${Build.MODEL}"

    override val pictures: Pictures = PhonePictures()

    override fun surroundings(): Surroundings {
        val keys = Keys.of(context)
        return Surroundings(keys.key, keys.storage, network, PhoneSpace(), PhoneClock(context))
    }

    private val network by lazy { PhoneNetwork(context) { shell.plan() } }

    override val lang: Lang
        get() = langOf(context.resources.configuration.locales[0])

    /** The language that the person chose for this app in the phone's settings; `null`: none. */
    fun chosenLang(): Lang? {
        if (Build.VERSION.SDK_INT < 33) return null
        val chosen = context.service<LocaleManager>().applicationLocales
        return if (chosen.isEmpty) null else langOf(chosen[0])
    }

    private fun langOf(locale: Locale) = if (locale.language == Locale.CHINESE.language) Lang.ZH else Lang.EN

    override fun spoken(lang: Lang) {
        shell.notices.lang = lang
        // Before Android 13 the system has no language for a single app: what it shows by itself stays in the phone's.
        if (Build.VERSION.SDK_INT < 33) return
        val wanted = LocaleList.forLanguageTags(if (lang == Lang.EN) "en" else "zh-CN")
        val manager = context.service<LocaleManager>()
        if (manager.applicationLocales != wanted) manager.applicationLocales = wanted
    }

    override val captureFolder: String get() = File(context.filesDir, "camera").path

    override fun outFolder(): String = File(context.filesDir, "out").apply { mkdirs() }.path

    override suspend fun takePhoto(into: String): String? {
        val taken =
            shell.questions.camera.ask(false) {
                withFront { activity ->
                    try {
                        activity.camera.launch(uri(File(into)))
                    } catch (_: ActivityNotFoundException) {
                        throw CameraRefused()
                    } catch (_: SecurityException) {
                        throw CameraRefused()
                    }
                }
            }
        return if (taken) into else null
    }

    override suspend fun pickPhotos(): List<String> {
        val chosen = shell.questions.pictures.ask(emptyList()) { withFront { it.pickPictures() } }
        return withContext(Dispatchers.IO) { chosen.mapNotNull { copied(Uri.parse(it)) } }
    }

    /** The leave to read a chosen picture ends with the process: it is copied at once, as it is. */
    private fun copied(uri: Uri): String? {
        val to = File(captureFolder, "${UUID.randomUUID()}.img").apply { parentFile?.mkdirs() }
        return try {
            val from = context.contentResolver.openInputStream(uri) ?: return null
            from.use { input -> to.outputStream().use { out -> input.copyTo(out).also { out.fd.sync() } } }
            to.path.takeIf { to.length() > 0 }
        } catch (error: IOException) {
            to.delete()
            Log.w("keyturn", "a chosen picture cannot be read: ${error.javaClass.simpleName}")
            null
        } catch (error: SecurityException) {
            to.delete()
            Log.w("keyturn", "a chosen picture may not be read: ${error.javaClass.simpleName}")
            null
        }
    }

    override suspend fun scanCode(): String? {
        val file = File(context.cacheDir, "open/code.jpg").apply { parentFile?.mkdirs() }
        file.delete()
        try {
            takePhoto(file.path) ?: return null
            return withContext(Dispatchers.Default) { QrReader.read(file.path) } ?: throw Captures.trouble(ErrorKind.INPUT, "app-scan-nothing")
        } finally {
            // What was photographed beside the code is nobody's business.
            file.delete()
        }
    }

    override suspend fun unlock(): Boolean {
        // A device without a lock cannot ask: whoever holds it goes on.
        if (!context.service<KeyguardManager>().isDeviceSecure) return true
        return shell.questions.lock.ask(false) { withFront { it.askLock() } }
    }

    override suspend fun open(path: String) {
        val shown = withContext(Dispatchers.IO) { given(File(path)) }
        val view = Intent(Intent.ACTION_VIEW).setDataAndType(uri(shown), typeOf(shown)).addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
        if (!start(view)) throw Captures.trouble(ErrorKind.NOT_FOUND, "app-open-nothing")
    }

    override suspend fun wayTo(address: String): Boolean = start(Intent(Intent.ACTION_VIEW, Uri.parse("geo:0,0?q=" + Uri.encode(address))))

    private suspend fun start(intent: Intent): Boolean {
        var started = true
        withFront { activity ->
            started =
                try {
                    activity.startActivity(intent)
                    true
                } catch (_: ActivityNotFoundException) {
                    false
                }
        }
        return started
    }

    /** The file where other apps may be let at it: files of the store keep their names to themselves and are copied. */
    private fun given(file: File): File {
        if (file.startsWith(File(outFolder()))) return file
        val to = File(context.cacheDir, "open").apply { mkdirs() }
        // The last one was looked at; it does not stay behind.
        to.listFiles()?.forEach { it.delete() }
        return file.copyTo(File(to, if (file.extension.isEmpty()) "${file.name.take(SHORT_NAME)}.${ending(file)}" else file.name), overwrite = true)
    }

    private fun ending(file: File): String {
        val head = file.inputStream().use { input -> ByteArray(4).also { input.read(it) } }
        return when {
            head.decodeToString() == "%PDF" -> "pdf"
            head[0] == 0xff.toByte() && head[1] == 0xd8.toByte() -> "jpg"
            head[0] == 0x89.toByte() -> "png"
            else -> "bin"
        }
    }

    private fun typeOf(file: File): String = android.webkit.MimeTypeMap.getSingleton().getMimeTypeFromExtension(file.extension.lowercase())
        ?: when (file.extension.lowercase()) {
            "pdf" -> "application/pdf"
            else -> "application/octet-stream"
        }

    internal fun uri(file: File): Uri = FileProvider.getUriForFile(context, context.packageName + ".files", file.apply { parentFile?.mkdirs() })

    /** Does something with the Activity in front, on its thread; waits for one. */
    private suspend fun withFront(work: (MainActivity) -> Unit) {
        val activity = front.filterNotNull().first()
        withContext(Dispatchers.Main) { work(activity) }
    }

    private companion object {
        const val SHORT_NAME = 12
    }
}
