package app.keyturn.android

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.util.AtomicFile
import android.util.Log
import app.keyturn.core.CallbackException
import app.keyturn.core.SecureStorage
import java.io.File
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.ProviderException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * Small secrets in files that only a key of the phone's key store opens (AES-256-GCM, the name of the secret bound to it): for phones whose
 * key store has no P-256. Without [mayBegin] a wrapping key that is gone is not made anew: what it closed could not be opened.
 */
class WrappedStorage(context: Context, private val mayBegin: Boolean) : SecureStorage {
    private val folder = File(context.noBackupFilesDir, "secrets")

    override fun load(key: String): ByteArray? = told {
        val file = file(key)
        if (!file.baseFile.exists()) return@told null
        val kept = file.readFully()
        if (kept.size <= IV_BYTES) throw IOException("cut short")
        cipher(Cipher.DECRYPT_MODE, GCMParameterSpec(TAG_BITS, kept, 0, IV_BYTES), key).doFinal(kept, IV_BYTES, kept.size - IV_BYTES)
    }

    override fun keep(key: String, value: ByteArray) = told {
        folder.mkdirs()
        val cipher = cipher(Cipher.ENCRYPT_MODE, null, key)
        val closed = cipher.doFinal(value)
        val file = file(key)
        val out = file.startWrite()
        try {
            out.write(cipher.iv + closed)
            // Flushed to the disk, then renamed.
            file.finishWrite(out)
        } catch (error: IOException) {
            file.failWrite(out)
            throw error
        }
    }

    private fun file(key: String) = AtomicFile(File(folder, key.map { if (it.isLetterOrDigit() || it == '-') it else '_' }.joinToString("")))

    private fun cipher(mode: Int, iv: GCMParameterSpec?, name: String): Cipher = Cipher.getInstance("AES/GCM/NoPadding").apply {
        val secret = secret() ?: if (mayBegin) made() else throw GeneralSecurityException("the wrapping key is gone")
        if (iv == null) init(mode, secret) else init(mode, secret, iv)
        updateAAD(name.encodeToByteArray())
    }

    private fun <T> told(work: () -> T): T = try {
        work()
    } catch (error: GeneralSecurityException) {
        throw CallbackException.Failed("secrets: ${error.javaClass.simpleName}")
    } catch (error: ProviderException) {
        throw CallbackException.Failed("secrets: ${error.javaClass.simpleName}")
    } catch (error: IOException) {
        throw CallbackException.Failed("secrets: ${error.javaClass.simpleName}")
    }

    companion object {
        const val ALIAS = "keyturn-storage"
        private const val IV_BYTES = 12
        private const val TAG_BITS = 128

        private fun secret(): SecretKey? = KeyStore.getInstance(KeystoreKey.STORE).run {
            load(null)
            getKey(ALIAS, null) as? SecretKey
        }

        private fun made(): SecretKey {
            val spec =
                KeyGenParameterSpec.Builder(ALIAS, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
                    .setKeySize(256)
                    .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                    .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                    .build()
            return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KeystoreKey.STORE).apply { init(spec) }.generateKey()
        }

        /** Whether the phone's key store keeps keys of this kind. */
        fun works(): Boolean = try {
            secret() ?: made()
            true
        } catch (error: GeneralSecurityException) {
            Log.w("keyturn", "no wrapping key: ${error.javaClass.simpleName}")
            false
        } catch (error: ProviderException) {
            Log.w("keyturn", "no wrapping key: ${error.javaClass.simpleName}")
            false
        }
    }
}
