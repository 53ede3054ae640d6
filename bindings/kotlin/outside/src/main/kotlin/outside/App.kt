package outside

import city.rabt.BillQuery
import city.rabt.Config
import city.rabt.Diagnostics
import city.rabt.Language
import city.rabt.LogLevel
import city.rabt.Rabt
import city.rabt.RabtException
import city.rabt.SecretStore
import city.rabt.of
import city.rabt.reason
import city.rabt.retryAfter
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import java.nio.file.Files
import java.nio.file.Path
import java.util.Locale
import kotlin.io.path.createDirectories
import kotlin.io.path.deleteIfExists
import kotlin.io.path.exists
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes

/** Keeps secrets in files that only this user can read. A desktop's keyring or a server's vault is better. */
class FileSecrets(private val folder: Path) : SecretStore {
    override fun get(name: String): ByteArray? = folder.resolve(name).takeIf { it.exists() }?.readBytes()

    override fun put(name: String, secret: ByteArray) {
        folder.createDirectories()
        val half = folder.resolve("$name.half")
        half.writeBytes(secret)
        Files.move(half, folder.resolve(name), java.nio.file.StandardCopyOption.ATOMIC_MOVE)
    }

    override fun delete(name: String) {
        folder.resolve(name).deleteIfExists()
    }
}

/** What the app is built with: where the city is, and which keys speak for it. */
fun config(folder: Path): Config = Config(
    dataDir = folder.resolve("data").toString(),
    gatewayUrl = setting("GATEWAY"),
    issuer = setting("ISSUER"),
    clientId = setting("CLIENT_ID"),
    redirectUri = setting("REDIRECT_URI"),
    instrumentReturnUri = "outside:/linked",
    directoryKeysJson = setting("DIRECTORY_KEYS"),
    extraRootsPem = listOf(setting("ROOT_PEM")),
    language = Language.EN,
)

/** From a new device to the bills on the screen. */
suspend fun firstBills(rabt: Rabt) {
    // The page is opened in the system's browser; the address that it leads back to is handed in.
    val page = rabt.session.beginSignIn()
    rabt.session.complete(browser(page))

    // Which agencies there are, and that the person agrees to be told of their bills.
    rabt.agencies.refresh()
    rabt.agencies.consent(rabt.agencies.list().map { it.id })
    val report = rabt.bills.refresh()
    println("${report.answered} of ${report.agencies.size} agencies answered")

    // A screen reads the store, with or without a network.
    for (bill in rabt.bills.page(BillQuery(limit = 10)).bills) {
        println("${bill.dueOn}  ${bill.title.of(Locale.ENGLISH)}  ${bill.amount.format(Locale.ENGLISH)}")
    }
}

/** Does something, and says what a screen says when it fails. */
suspend fun <T> telling(act: suspend () -> T): T? =
    try {
        act()
    } catch (error: RabtException) {
        println(error.reason(Locale.getDefault()))
        val wait = error.retryAfter
        if (wait != null && wait.inWholeSeconds < 5) {
            delay(wait)
            act()
        } else {
            null
        }
    }

fun main() {
    Diagnostics.log(LogLevel.WARN) { System.err.println(it) }
    val folder = Path.of(setting("FOLDER"))
    runBlocking {
        Rabt.open(config(folder), FileSecrets(folder.resolve("secrets"))).use { rabt ->
            telling { firstBills(rabt) }
            val summary = rabt.bills.summary()
            check(summary.total.count > 0) { "no bill came" }
            println("bills ${summary.total.count}")
        }
    }
}
