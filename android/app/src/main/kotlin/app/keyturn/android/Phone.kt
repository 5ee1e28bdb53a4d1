package app.keyturn.android

import android.content.Context
import android.net.ConnectivityManager
import android.net.Network
import android.net.NetworkCapabilities
import android.os.StatFs
import android.os.SystemClock
import android.provider.Settings
import app.keyturn.core.CallbackException
import app.keyturn.core.DeviceClock
import app.keyturn.core.FreeSpace
import app.keyturn.core.NetworkState
import app.keyturn.core.Network as Kind

/**
 * Which network the phone is on, as the system tells it; kept so that the core is answered at once. A network without the internet counts:
 * the hub may stand in the site's own.
 */
class PhoneNetwork(context: Context, private val changed: () -> Unit) : NetworkState {
    private val manager = context.service<ConnectivityManager>()

    @Volatile
    private var last: Kind = kindOf(manager.activeNetwork?.let { manager.getNetworkCapabilities(it) })

    private val callback =
        object : ConnectivityManager.NetworkCallback() {
            override fun onCapabilitiesChanged(network: Network, capabilities: NetworkCapabilities) = now(kindOf(capabilities))

            override fun onLost(network: Network) = now(Kind.OFFLINE)
        }

    init {
        manager.registerDefaultNetworkCallback(callback)
    }

    private fun now(kind: Kind) {
        val was = last
        last = kind
        if (was != kind) changed()
    }

    override fun current(): Kind = last

    private fun kindOf(capabilities: NetworkCapabilities?): Kind = when {
        capabilities == null -> Kind.OFFLINE
        capabilities.hasCapability(NetworkCapabilities.NET_CAPABILITY_NOT_METERED) -> Kind.WIFI
        else -> Kind.METERED
    }
}

/** What may be written now. What the system would free for us is not counted: it is not there until it has done so. */
class PhoneSpace : FreeSpace {
    override fun freeBytes(folder: String): ULong = try {
        StatFs(folder).availableBytes.coerceAtLeast(0).toULong()
    } catch (_: IllegalArgumentException) {
        throw CallbackException.Failed("no figure for the folder")
    }
}

/** The phone's clocks. The one that only goes forward counts sleep too. */
class PhoneClock(private val context: Context) : DeviceClock {
    override fun wall(): Long = System.currentTimeMillis()

    override fun monoMs(): ULong = SystemClock.elapsedRealtime().toULong()

    override fun bootId(): ULong = try {
        Settings.Global.getInt(context.contentResolver, Settings.Global.BOOT_COUNT).toULong()
    } catch (_: Settings.SettingNotFoundException) {
        throw CallbackException.Failed("the phone does not count its starts")
    }
}
