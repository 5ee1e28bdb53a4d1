package app.keyturn.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.util.Log
import androidx.annotation.RequiresApi
import app.keyturn.core.CallbackException
import app.keyturn.core.DeviceKey
import app.keyturn.core.ErrorKind
import app.keyturn.core.KeyPlace
import app.keyturn.core.SecureStorage
import app.keyturn.ui.model.Captures
import java.io.File
import java.security.GeneralSecurityException
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.Signature
import java.security.spec.ECGenParameterSpec

/** The device's key in the phone's key store: P-256, made on the first start, never leaving it. */
class KeystoreKey private constructor(private val private: PrivateKey, private val public: ByteArray, private val where: KeyPlace) : DeviceKey {
    override fun publicKey(): ByteArray = public

    override fun sign(message: ByteArray): ByteArray = try {
        Signature.getInstance("SHA256withECDSA").run {
            initSign(private)
            update(message)
            sign()
        }
    } catch (error: GeneralSecurityException) {
        throw CallbackException.Failed("the key store did not sign: ${error.javaClass.simpleName}")
    } catch (error: ProviderException) {
        throw CallbackException.Failed("the key store did not sign: ${error.javaClass.simpleName}")
    }

    override fun place(): KeyPlace = where

    companion object {
        const val ALIAS = "keyturn-device"
        internal const val STORE = "AndroidKeyStore"

        /** The key that is there; `null` when there is none. */
        fun kept(): KeystoreKey? {
            val store = KeyStore.getInstance(STORE).apply { load(null) }
            val private = store.getKey(ALIAS, null) as? PrivateKey ?: return null
            val public = store.getCertificate(ALIAS)?.publicKey?.encoded ?: return null
            return KeystoreKey(private, public, placeOf(private))
        }

        /** A new key: in StrongBox where the phone has one, else where its key store puts it. `null` when the key store makes none. */
        fun made(context: Context): KeystoreKey? {
            val strongBox = Build.VERSION.SDK_INT >= 28 && context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
            val made = (strongBox && make(true)) || make(false)
            return if (made) kept() else null
        }

        private fun make(strongBox: Boolean): Boolean = try {
            val spec =
                KeyGenParameterSpec.Builder(ALIAS, KeyProperties.PURPOSE_SIGN)
                    .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                    .setDigests(KeyProperties.DIGEST_SHA256)
                    // No question to the person at each seal: records are sealed at every sync, also with the phone in a pocket.
                    .setUserAuthenticationRequired(false)
            if (strongBox && Build.VERSION.SDK_INT >= 28) spec.setIsStrongBoxBacked(true)
            KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, STORE).apply { initialize(spec.build()) }.generateKeyPair()
            true
        } catch (error: ProviderException) {
            // StrongBox is full or too old for this; or a key store that does not work at all. Which, and no more, is worth a line.
            val busy = Build.VERSION.SDK_INT >= 28 && error is StrongBoxUnavailableException
            Log.w("keyturn", "no key made, strongbox $strongBox: ${if (busy) "unavailable" else error.javaClass.simpleName}")
            false
        } catch (error: GeneralSecurityException) {
            Log.w("keyturn", "no key made, strongbox $strongBox: ${error.javaClass.simpleName}")
            false
        }

        private fun placeOf(private: PrivateKey): KeyPlace {
            val info = KeyFactory.getInstance(private.algorithm, STORE).getKeySpec(private, KeyInfo::class.java)
            if (Build.VERSION.SDK_INT >= 31) return placeOf(info)
            @Suppress("DEPRECATION") // what there is before Android 12; it does not tell StrongBox from the processor's own
            return if (info.isInsideSecureHardware) KeyPlace.TEE else KeyPlace.SOFTWARE
        }

        @RequiresApi(31)
        private fun placeOf(info: KeyInfo): KeyPlace = when (info.securityLevel) {
            KeyProperties.SECURITY_LEVEL_STRONGBOX -> KeyPlace.STRONG_BOX

            // "Unknown, but in hardware" is what a level newer than this app is told as.
            KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT, KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE -> KeyPlace.TEE

            else -> KeyPlace.SOFTWARE
        }
    }
}

/** What keeps the device's key: one of both, or, where the phone's key store makes no keys at all, neither: the core then keeps it. */
class Keys(val key: DeviceKey?, val storage: SecureStorage?) {
    companion object {
        private const val CHOICE = "key-choice"
        private const val KEYSTORE = "keystore"
        private const val WRAPPED = "wrapped"
        private const val CORE = "core"

        /**
         * The keys of this device. Where they are is chosen on the first start and written down: a chain goes on with its own key or not at all.
         * A key that was there and is gone (the person reset the phone's credentials, say) is told and never silently replaced.
         */
        fun of(context: Context): Keys {
            val choice = File(context.noBackupFilesDir, CHOICE)
            return when (if (choice.isFile) choice.readText() else null) {
                KEYSTORE -> Keys(kept() ?: throw Captures.trouble(ErrorKind.KEY, "app-key-gone"), null)
                WRAPPED -> Keys(null, WrappedStorage(context, mayBegin = false))
                CORE -> Keys(null, null)
                else -> choose(context).also { (name, _) -> keep(choice, name) }.second
            }
        }

        private fun kept(): KeystoreKey? = try {
            KeystoreKey.kept()
        } catch (error: GeneralSecurityException) {
            Log.w("keyturn", "the key cannot be read: ${error.javaClass.simpleName}")
            null
        } catch (error: ProviderException) {
            // The key store does not answer now; it may after a restart.
            Log.w("keyturn", "the key store does not answer: ${error.javaClass.simpleName}")
            throw Captures.trouble(ErrorKind.KEY, "field-key")
        }

        private fun choose(context: Context): Pair<String, Keys> {
            (kept() ?: KeystoreKey.made(context))?.let { return KEYSTORE to Keys(it, null) }
            return if (WrappedStorage.works()) WRAPPED to Keys(null, WrappedStorage(context, mayBegin = true)) else CORE to Keys(null, null)
        }

        private fun keep(choice: File, name: String) {
            val file = android.util.AtomicFile(choice)
            val out = file.startWrite()
            out.write(name.encodeToByteArray())
            file.finishWrite(out)
        }
    }
}
