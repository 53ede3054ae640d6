/**
 * The client that an Android team would write: OkHttp, coroutines, kotlinx.serialization, SQLite; nothing sealed, nothing doubted. It is
 * told where the agencies are in a line of JSON, then refreshes at each line, and says what that cost.
 */
package rabt.peer

import com.sun.management.OperatingSystemMXBean
import java.io.ByteArrayInputStream
import java.lang.management.ManagementFactory
import java.nio.file.Path
import java.security.KeyStore
import java.security.cert.CertificateFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.encodeToString
import kotlinx.serialization.json.Json
import okhttp3.Dispatcher
import okhttp3.OkHttpClient

@Serializable
private data class Told(
    val agencies: List<String>,
    @SerialName("access_token") val accessToken: String,
    @SerialName("ca_pem") val caPem: String,
    val database: String,
)

/** Times in seconds. */
@Serializable
private data class Refreshed(
    @SerialName("cpu_seconds") val cpuSeconds: Double,
    val seconds: Double,
    val bills: Long,
)

private const val NANOS = 1e9

fun main() {
    val told = Json.decodeFromString<Told>(readln())
    val client = clientThatTrusts(told.caPem)
    BillStore(Path.of(told.database)).use { store ->
        val refresh = Refresh(client, told.accessToken, store)
        val system = ManagementFactory.getOperatingSystemMXBean() as OperatingSystemMXBean
        var pass = 0L
        while (readlnOrNull() != null) {
            pass += 1
            val begun = System.nanoTime()
            val cpuBegun = system.processCpuTime
            runBlocking { refresh.all(told.agencies, pass) }
            val cpu = system.processCpuTime - cpuBegun
            val took = System.nanoTime() - begun
            println(Json.encodeToString(Refreshed(cpu / NANOS, took / NANOS, store.count(pass))))
        }
    }
}

private fun clientThatTrusts(caPem: String): OkHttpClient {
    val certificate = CertificateFactory.getInstance("X.509").generateCertificate(ByteArrayInputStream(caPem.toByteArray()))
    val roots = KeyStore.getInstance(KeyStore.getDefaultType())
    roots.load(null, null)
    roots.setCertificateEntry("city", certificate)
    val factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm())
    factory.init(roots)
    val trust = factory.trustManagers.filterIsInstance<X509TrustManager>().first()
    val tls = SSLContext.getInstance("TLS")
    tls.init(null, arrayOf(trust), null)
    val dispatcher = Dispatcher().apply { maxRequests = 128 }
    return OkHttpClient.Builder().sslSocketFactory(tls.socketFactory, trust).dispatcher(dispatcher).build()
}
