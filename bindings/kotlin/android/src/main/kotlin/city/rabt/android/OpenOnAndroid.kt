package city.rabt.android

import android.content.Context
import city.rabt.Config
import city.rabt.DpopSigner
import city.rabt.Rabt
import city.rabt.RabtException
import city.rabt.SecretStore
import city.rabt.ffi.RabtAndroid
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * Opens the core on Android: as [Rabt.Companion.open], with its master key under a key of the Keystore, and with Android's own
 * certificates.
 *
 * @param context Any of the app's; only its application is kept.
 * @param config What the app is built with. Let [Config.dataDir] be below [Context.getNoBackupFilesDir]: without this device's Keystore a
 * restored copy can't be read.
 * @param secrets Keeps the master key.
 * @param signer The device's own key, where the app has one in its Keystore; the core makes one otherwise.
 * @throws RabtException as [Rabt.Companion.open] does.
 */
public suspend fun Rabt.Companion.open(
    context: Context,
    config: Config,
    secrets: SecretStore = KeystoreSecretStore(context),
    signer: DpopSigner? = null,
): Rabt {
    withContext(Dispatchers.IO) { findCertificates(context.applicationContext) }
    return open(config, secrets, signer)
}

/** A test on a JVM has that system's library, which asks for no context. */
private fun findCertificates(context: Context) {
    if (System.getProperty("java.vm.name") != ANDROIDS_MACHINE) return
    System.loadLibrary("rabt_ffi")
    RabtAndroid.init(context)
}

/** What Android's machine calls itself since its first version, whatever runs beneath. */
private const val ANDROIDS_MACHINE = "Dalvik"
