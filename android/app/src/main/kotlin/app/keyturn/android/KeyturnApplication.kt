package app.keyturn.android

import android.app.Application
import android.content.Context
import androidx.work.Configuration

/** The process: one store, opened once, for the screens and for the work in the background. */
class KeyturnApplication :
    Application(),
    HasShell,
    Configuration.Provider {
    override val shell: Shell by lazy { Shell(this) }

    override val workManagerConfiguration: Configuration get() = Configuration.Builder().build()
}

/** An application that has the one shell of its process. */
interface HasShell {
    val shell: Shell
}

/** The one shell of this process. */
val Context.shell: Shell get() = (applicationContext as HasShell).shell

/** A service of the system. One that a phone lacks is a phone that this app is not for. */
inline fun <reified T : Any> Context.service(): T = checkNotNull(getSystemService(T::class.java)) { T::class.java.simpleName }
