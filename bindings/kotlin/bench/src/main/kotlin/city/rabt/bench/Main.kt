/**
 * The Kotlin library as an app has it, over a folder that the bench has filled: opens it and reads the first page, or does at each line what
 * it says, and answers with a figure.
 */
package city.rabt.bench

import city.rabt.BillQuery
import city.rabt.BillsCore
import city.rabt.Config
import city.rabt.FfiConverterTypeBillQuery
import city.rabt.Language
import city.rabt.Rabt
import city.rabt.RabtCore
import city.rabt.RabtException
import city.rabt.SecretStore
import city.rabt.UniffiLib
import city.rabt.decideMandates
import city.rabt.openRabtCore
import city.rabt.uniffiRustCallAsync
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import java.lang.management.ManagementFactory
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.createDirectories
import kotlin.io.path.deleteIfExists
import kotlin.io.path.exists
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes

private class FileSecrets(private val folder: Path) : SecretStore {
    override fun get(name: String): ByteArray? = folder.resolve(name).takeIf { it.exists() }?.readBytes()

    override fun put(name: String, secret: ByteArray): Unit = folder.createDirectories().resolve(name).writeBytes(secret)

    override fun delete(name: String) {
        folder.resolve(name).deleteIfExists()
    }
}

/** Nothing is asked of anybody, so it is nobody's city; the key is RFC 7517's example. */
private fun config(folder: Path) = Config(
    dataDir = folder.toString(),
    gatewayUrl = "https://gateway.example",
    issuer = "https://id.example",
    clientId = "bench",
    redirectUri = "http://127.0.0.1/",
    instrumentReturnUri = "http://127.0.0.1/instrument",
    directoryKeysJson = """{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"1",
        "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}""",
    language = Language.EN,
)

/** The same page, as the bytes in which it crosses: everything but making records of them. */
private suspend fun BillsCore.pageAsOneBuffer(query: BillQuery): ByteArray = uniffiRustCallAsync(
    callWithHandle { UniffiLib.uniffi_rabt_ffi_fn_method_bills_page(it, FfiConverterTypeBillQuery.lower(query)) },
    { future, callback, continuation -> UniffiLib.ffi_rabt_ffi_rust_future_poll_rust_buffer(future, callback, continuation) },
    { future, continuation -> UniffiLib.ffi_rabt_ffi_rust_future_complete_rust_buffer(future, continuation) },
    { future -> UniffiLib.ffi_rabt_ffi_rust_future_free_rust_buffer(future) },
    { buffer ->
        try {
            val bytes = checkNotNull(buffer.asByteBuffer()) { "an empty page" }
            ByteArray(bytes.remaining()).also(bytes::get)
        } finally {
            city.rabt.RustBuffer.free(buffer)
        }
    },
    RabtException.ErrorHandler,
)

/** A situation in which there is nothing to decide: the call goes all the way to the core's runtime and back. */
private const val NOTHING = """{"now_at":"2026-11-24T08:00:00Z","mandates":[],"bills":[],"instruments":[]}"""
private const val NANOS = 1e9
private const val PAGE = 100
private const val FIRST_PAGE = 50
private const val KIB = 1024L

fun main(arguments: Array<String>): Unit = runBlocking {
    val folder = Path.of(arguments[1])
    when (arguments[0]) {
        "first-page" -> {
            val rabt = Rabt.open(config(folder), FileSecrets(folder.resolve("secrets")))
            println(rabt.bills.page(BillQuery(limit = FIRST_PAGE)).bills.size)
            rabt.close()
        }
        "calls" -> answer(openRabtCore(config(folder), FileSecrets(folder.resolve("secrets"))))
        else -> error("`${arguments[0]}` is nothing that this does")
    }
}

private suspend fun answer(core: RabtCore) {
    val rabt = Rabt(core)
    val bills = core.bills()
    val query = BillQuery(limit = PAGE)
    val watch = core.watch(Deaf)
    while (true) {
        val (what, times) = (readlnOrNull() ?: break).split(' ')
        val figure: Any = when (what) {
            "empty" -> each(times.toInt()) { decideMandates(NOTHING) }
            "bare" -> each(times.toInt()) { watch.hasEnded() }
            "page" -> each(times.toInt()) { check(rabt.bills.page(query).bills.size == PAGE) }
            "buffer" -> each(times.toInt()) { check(bills.pageAsOneBuffer(query).size > PAGE) }
            "hold" -> {
                repeat(times.toInt()) { rabt.bills.pages(query).first() }
                held()
            }
            else -> error("`$what` is nothing that this does")
        }
        println(figure)
    }
    rabt.close()
}

private object Deaf : city.rabt.ChangeListener {
    override fun changed(topics: List<city.rabt.Topic>): Unit = Unit

    override fun ended(): Unit = Unit
}

/** Seconds each. */
private suspend fun each(times: Int, act: suspend () -> Unit): Double {
    val begun = System.nanoTime()
    repeat(times) { act() }
    return (System.nanoTime() - begun) / NANOS / times
}

/** Bytes that are held: what of the heap is reachable, and everything outside it that the process has in memory. */
private fun held(): Long {
    val memory = ManagementFactory.getMemoryMXBean()
    // Objects with a cleaner are let go of by one collection and gone with the next.
    repeat(3) {
        System.gc()
        Thread.sleep(50)
    }
    val status = Files.readAllLines(Path.of("/proc/self/status"))
    val resident = status.first { it.startsWith("VmRSS:") }.filter(Char::isDigit).toLong() * KIB
    // The heap is touched from the start (`AlwaysPreTouch`), so that it is resident as a whole.
    return resident - memory.heapMemoryUsage.committed + memory.heapMemoryUsage.used
}
