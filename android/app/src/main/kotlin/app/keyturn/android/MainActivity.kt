package app.keyturn.android

import android.Manifest
import android.app.ActivityManager
import android.app.KeyguardManager
import android.content.ClipData
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.hardware.biometrics.BiometricManager
import android.hardware.biometrics.BiometricPrompt
import android.net.Uri
import android.os.Build
import android.os.Bundle
import android.os.CancellationSignal
import android.view.WindowManager
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.result.ActivityResultLauncher
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts
import androidx.annotation.RequiresApi
import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.produceState
import androidx.compose.ui.Modifier
import app.keyturn.ui.KeyturnApp
import app.keyturn.ui.model.AppModel
import app.keyturn.ui.model.Place
import kotlinx.coroutines.delay

/** The system's camera, which may write to the one file that it is given: said, not left to the system to guess. */
private class TakeInto : ActivityResultContracts.TakePicture() {
    override fun createIntent(context: Context, input: Uri): Intent = super.createIntent(context, input).apply {
        clipData = ClipData.newRawUri("", input)
        addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION or Intent.FLAG_GRANT_WRITE_URI_PERMISSION)
    }
}

/** The one Activity: shows the screens, asks other apps, keeps the owner's turn the owner's. What it shows lives in the [Shell]. */
class MainActivity : ComponentActivity() {
    private val shell get() = applicationContext.shell

    /** The system's camera. */
    internal val camera: ActivityResultLauncher<Uri> = registerForActivityResult(TakeInto()) { shell.cameraAnswered(it) }

    private val pictures =
        registerForActivityResult(ActivityResultContracts.PickMultipleVisualMedia(MOST_PICTURES)) { chosen ->
            shell.questions.pictures.answer(chosen.map { it.toString() })
        }

    private val lock =
        registerForActivityResult(ActivityResultContracts.StartActivityForResult()) { shell.questions.lock.answer(it.resultCode == RESULT_OK) }

    private val notices = registerForActivityResult(ActivityResultContracts.RequestPermission()) { }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        // Names and signatures do not stay in the list of recent apps.
        if (Build.VERSION.SDK_INT >= 33) setRecentsScreenshotEnabled(false)
        if (savedInstanceState == null) {
            shell.startedAfresh()
            take(intent)
        }
        setContent {
            val model = produceState<AppModel?>(null) { value = shell.model() }.value ?: return@setContent
            LaunchedEffect(model) {
                // Chosen in the phone's settings, perhaps while the app ran.
                shell.platform.chosenLang()?.let { if (it != model.lang) model.speak(it) }
                reportFullyDrawn()
            }
            Shown(model)
        }
    }

    @Composable
    private fun Shown(model: AppModel) {
        BackHandler(model.stack.size > 1 || isOwners(model.place)) { if (!isOwners(model.place)) model.back() }
        LaunchedEffect(model.place) { enter(model.place) }
        LaunchedEffect(model.changes) {
            // What is recorded goes as soon as there is a way, also when the app is left at once.
            delay(SETTLE_MS)
            shell.plan()
        }
        Box(Modifier.fillMaxSize().safeDrawingPadding()) { KeyturnApp(model, isSystemInDarkTheme()) }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        take(intent)
    }

    private fun take(intent: Intent?) {
        val link = intent?.takeIf { it.action == Intent.ACTION_VIEW }?.dataString ?: return
        if (link.length <= LONGEST_LINK) shell.codeFrom(link)
    }

    override fun onResume() {
        super.onResume()
        shell.platform.front.value = this
    }

    override fun onStop() {
        super.onStop()
        shell.plan()
    }

    override fun onDestroy() {
        if (shell.platform.front.value === this) shell.platform.front.value = null
        super.onDestroy()
    }

    private fun isOwners(place: Place) = place is Place.Owner || place is Place.Sign

    /** The owner holds the device: pinned to this app, and nobody takes pictures of the record. The code for joining is nobody's either. */
    private fun enter(place: Place) {
        val secret = isOwners(place) || place is Place.Enrol
        if (secret) window.addFlags(WindowManager.LayoutParams.FLAG_SECURE) else window.clearFlags(WindowManager.LayoutParams.FLAG_SECURE)
        val pinned = service<ActivityManager>().lockTaskModeState != ActivityManager.LOCK_TASK_MODE_NONE
        if (isOwners(place) != pinned) {
            try {
                if (pinned) stopLockTask() else startLockTask()
            } catch (_: IllegalStateException) {
                // Not in front at this moment, or an administrator forbids it: the screen alone keeps the turn.
                return
            }
        }
        // Asked when there is something to tell: the device has joined and sees its work.
        if (place == Place.Today) askNotices()
    }

    private fun askNotices() {
        if (Build.VERSION.SDK_INT < 33) return
        val asked = getPreferences(MODE_PRIVATE)
        if (checkSelfPermission(Manifest.permission.POST_NOTIFICATIONS) == PackageManager.PERMISSION_GRANTED || asked.getBoolean(ASKED, false)) return
        asked.edit().putBoolean(ASKED, true).apply()
        notices.launch(Manifest.permission.POST_NOTIFICATIONS)
    }

    internal fun pickPictures() = pictures.launch(PickVisualMediaRequest(ActivityResultContracts.PickVisualMedia.ImageOnly))

    /** Face, finger or code of the device: whoever can unlock it takes it back. */
    internal fun askLock() {
        if (Build.VERSION.SDK_INT >= 30) {
            askPrompt()
            return
        }
        @Suppress("DEPRECATION") // the way before Android 11
        val ask = service<KeyguardManager>().createConfirmDeviceCredentialIntent(null, null)
        if (ask == null) shell.questions.lock.answer(true) else lock.launch(ask)
    }

    @RequiresApi(30)
    private fun askPrompt() {
        val answer = { opened: Boolean -> shell.questions.lock.answer(opened) }
        BiometricPrompt.Builder(this)
            .setTitle(shell.notices.say("app-owner-unlock"))
            .setAllowedAuthenticators(BiometricManager.Authenticators.BIOMETRIC_WEAK or BiometricManager.Authenticators.DEVICE_CREDENTIAL)
            .build()
            .authenticate(
                CancellationSignal(),
                mainExecutor,
                object : BiometricPrompt.AuthenticationCallback() {
                    override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult?) {
                        answer(true)
                    }

                    override fun onAuthenticationError(errorCode: Int, errString: CharSequence?) {
                        answer(false)
                    }
                },
            )
    }

    internal companion object {
        const val MOST_PICTURES = 20
        const val ASKED = "asked-notices"
        const val SETTLE_MS = 2_000L
        const val LONGEST_LINK = 4_000

        /** Opens the app, from a notice. */
        fun intent(context: Context): Intent = Intent(context, MainActivity::class.java).addFlags(Intent.FLAG_ACTIVITY_SINGLE_TOP)
    }
}
