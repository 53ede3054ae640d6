package city.rabt.demo

import android.content.Context
import androidx.test.core.app.ApplicationProvider
import city.rabt.PortException
import city.rabt.android.KeystoreSecretStore
import city.rabt.keystore.FakeKeystore
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.io.File
import java.security.Security

/** What becomes of a secret on a device: kept, lost, deleted, out of reach. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], application = android.app.Application::class)
class KeystoreSecretStoreTest {
    private val context: Context = ApplicationProvider.getApplicationContext()
    private val store = KeystoreSecretStore(context)
    private val secret = ByteArray(32) { it.toByte() }
    private val file = File(context.noBackupFilesDir, "rabt-secrets/master")

    @Before
    fun install(): Unit = FakeKeystore.install()

    @Test
    fun `a secret is found again by another start of the app, and isn't in the file as it is`() {
        assertNull(store.get("master"))
        store.put("master", secret)
        assertArrayEquals(secret, KeystoreSecretStore(context).get("master"))
        val sealed = file.readBytes()
        assertFalse(sealed.toList().windowed(secret.size).any { it == secret.toList() })
        store.put("master", secret.reversedArray())
        assertArrayEquals(secret.reversedArray(), store.get("master"))
    }

    @Test
    fun `a secret whose key is gone, or whose file was changed, is none`() {
        store.put("master", secret)
        file.writeBytes(file.readBytes().also { it[it.size - 1] = (it[it.size - 1] + 1).toByte() })
        assertNull(store.get("master"))
        store.put("master", secret)
        FakeKeystore.KEYS.clear()
        assertNull(store.get("master"))
        store.put("master", secret)
        assertArrayEquals(secret, store.get("master"))
    }

    @Test
    fun `a file that was put in another's place is none`() {
        store.put("master", secret)
        store.put("other", secret.reversedArray())
        FakeKeystore.KEYS["city.rabt.other"] = FakeKeystore.KEYS.getValue("city.rabt.master")
        file.copyTo(File(file.parentFile, "other"), overwrite = true)
        assertNull(store.get("other"))
    }

    @Test
    fun `deleting destroys the key, and deleting twice is no error`() {
        store.put("master", secret)
        store.delete("master")
        store.delete("master")
        assertEquals(emptySet<String>(), FakeKeystore.KEYS.keys)
        assertNull(store.get("master"))
    }

    @Test
    fun `a Keystore out of reach is told from one that has no key`() {
        store.put("master", secret)
        Security.removeProvider("AndroidKeyStore")
        assertThrows(PortException.Unavailable::class.java) { store.get("master") }
        assertThrows(PortException.Unavailable::class.java) { store.put("master", secret) }
        assertThrows(PortException.Unavailable::class.java) { store.delete("master") }
    }
}
