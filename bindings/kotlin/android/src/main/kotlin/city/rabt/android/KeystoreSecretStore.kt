package city.rabt.android

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.util.AtomicFile
import city.rabt.PortException
import city.rabt.SecretStore
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.ProviderException
import java.security.UnrecoverableKeyException
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * Keeps each secret in a file that is sealed with a key of its own in the Keystore, which never leaves it.
 *
 * The files are in [Context.getNoBackupFilesDir]: a copy on another device could not be opened there. The keys ask for no unlocked screen,
 * since background work runs behind a locked one. A secret whose Keystore key is gone, after a restore or an update of the system, is
 * `null`: the core then sets its files aside and asks the person to sign in again. To delete a secret destroys its key too, so that no
 * trace of its file can be opened afterwards.
 */
public class KeystoreSecretStore(context: Context) : SecretStore {
    private val folder = File(context.noBackupFilesDir, "rabt-secrets")

    override fun get(name: String): ByteArray? = orUnavailable {
        val sealed = try {
            fileOf(name).readFully()
        } catch (_: FileNotFoundException) {
            return null
        }
        val key = keyOf(name)
        if (key == null || sealed.size <= NONCE_BYTES) return null
        try {
            cipher().run {
                init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, sealed, 0, NONCE_BYTES))
                updateAAD(name.toByteArray())
                doFinal(sealed, NONCE_BYTES, sealed.size - NONCE_BYTES)
            }
        } catch (_: AEADBadTagException) {
            null
        } catch (_: KeyPermanentlyInvalidatedException) {
            null
        }
    }

    override fun put(name: String, secret: ByteArray): Unit = orUnavailable {
        val cipher = cipher()
        try {
            cipher.init(Cipher.ENCRYPT_MODE, keyOf(name) ?: makeKey(name))
        } catch (_: KeyPermanentlyInvalidatedException) {
            cipher.init(Cipher.ENCRYPT_MODE, makeKey(name))
        }
        cipher.updateAAD(name.toByteArray())
        val sealed = cipher.iv + cipher.doFinal(secret)
        if (!folder.isDirectory && !folder.mkdirs()) throw IOException("no folder for secrets")
        val file = fileOf(name)
        val stream = file.startWrite()
        try {
            stream.write(sealed)
            file.finishWrite(stream)
        } catch (error: IOException) {
            file.failWrite(stream)
            throw error
        }
    }

    override fun delete(name: String): Unit = orUnavailable {
        keystore().deleteEntry(aliasOf(name))
        fileOf(name).delete()
    }

    private fun fileOf(name: String) = AtomicFile(File(folder, name))

    private fun aliasOf(name: String) = "city.rabt.$name"

    /** The key; none where it was never made, or is invalid for good. */
    private fun keyOf(name: String): SecretKey? = try {
        keystore().getKey(aliasOf(name), null) as SecretKey?
    } catch (error: UnrecoverableKeyException) {
        if (error.cause is KeyPermanentlyInvalidatedException) null else throw error
    }

    private fun makeKey(name: String): SecretKey {
        val uses = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(aliasOf(name), uses)
            .setKeySize(KEY_BITS)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .build()
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEYSTORE)
        generator.init(spec)
        return generator.generateKey()
    }

    private fun keystore(): KeyStore = KeyStore.getInstance(KEYSTORE).apply { load(null) }

    private fun cipher(): Cipher = Cipher.getInstance("AES/GCM/NoPadding")

    /** The Keystore is a service that may be busy, restarting or not unlocked yet after the start of the device: none of it is for ever. */
    private inline fun <Answer> orUnavailable(act: () -> Answer): Answer = try {
        act()
    } catch (error: GeneralSecurityException) {
        throw PortException.Unavailable("the Keystore: ${error.javaClass.simpleName}")
    } catch (error: ProviderException) {
        throw PortException.Unavailable("the Keystore: ${error.javaClass.simpleName}")
    }

    private companion object {
        const val KEYSTORE = "AndroidKeyStore"
        const val KEY_BITS = 256
        const val NONCE_BYTES = 12
        const val TAG_BITS = 128
    }
}
