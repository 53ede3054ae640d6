package city.rabt.town

import city.rabt.Config
import city.rabt.Language
import city.rabt.Rabt
import city.rabt.SecretStore
import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import java.io.BufferedReader
import java.io.BufferedWriter
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.time.Clock
import java.time.Duration
import java.time.Instant
import java.time.ZoneId
import java.time.ZoneOffset
import kotlin.io.path.createDirectories
import kotlin.io.path.deleteIfExists
import kotlin.io.path.deleteRecursively
import kotlin.io.path.exists
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes

/** The machine's clock and an offset. */
class PhoneClock(private var ahead: Duration) : Clock() {
    override fun instant(): Instant = Instant.now() + ahead

    override fun getZone(): ZoneId = ZoneOffset.UTC

    override fun withZone(zone: ZoneId): Clock = this

    /** Lets time pass. */
    fun pass(time: Duration) {
        ahead += time
    }

    /** How far it is ahead of the machine. */
    fun ahead(): Duration = ahead
}

/** Keeps secrets in files of a folder, so that another process can read them. For tests: nothing guards them. */
class FolderSecrets(private val folder: Path) : SecretStore {
    init {
        folder.createDirectories()
    }

    override fun get(name: String): ByteArray? = folder.resolve(name).takeIf { it.exists() }?.readBytes()

    override fun put(name: String, secret: ByteArray) {
        val half = folder.resolve("$name.half")
        half.writeBytes(secret)
        Files.move(half, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE)
    }

    override fun delete(name: String) {
        folder.resolve(name).deleteIfExists()
    }
}

/** A phone: a folder, a secret store in files, a clock, and the core while the app is open. */
class Phone(private val city: City) : AutoCloseable {
    private val folder: Path = Files.createTempDirectory("rabt-phone-")
    val clock: PhoneClock = PhoneClock(city.ahead())
    private var open: Rabt? = null

    /** The core. */
    val rabt: Rabt
        get() = checkNotNull(open) { "the app is closed" }

    /** What an app for this city is built with. */
    fun config(): Config = configOf(city.introduction, folder)

    /** Opens the app. */
    suspend fun open() {
        open = Rabt.open(config(), FolderSecrets(folder.resolve("secrets")), clock = clock)
    }

    /** Closes the app; it can be opened again at once. */
    override fun close() {
        open?.close()
        open = null
    }

    /** Closes the app and opens it in a process of its own, which can be killed. */
    fun inAProcess(): ChildPhone {
        close()
        return ChildPhone(city, folder, clock.ahead())
    }

    /** Closes the app and throws the phone away. */
    @OptIn(kotlin.io.path.ExperimentalPathApi::class)
    fun discard() {
        close()
        folder.deleteRecursively()
    }
}

/** The configuration for the city that introduced itself so, with the app's files in this folder. */
internal fun configOf(said: JsonNode, folder: Path): Config = Config(
    dataDir = folder.resolve("data").toString(),
    gatewayUrl = said["gateway"].asText(),
    issuer = said["identity"].asText(),
    clientId = said["client_id"].asText(),
    redirectUri = said["redirect_uri"].asText(),
    instrumentReturnUri = "rabt-demo:/linked",
    directoryKeysJson = """{"keys": [${said["directory_key"]}]}""",
    extraRootsPem = listOf(said["ca_pem"].asText()),
    language = Language.EN,
    agencyDeadlineMs = 3_000,
)

/** The app in a process of its own: it does what it is told, line by line, until it is killed. The other end is [main] of `ChildPhone.kt`. */
class ChildPhone internal constructor(city: City, folder: Path, ahead: Duration) {
    private val process: Process
    private val output: BufferedReader
    private val input: BufferedWriter

    init {
        val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
        val library = System.getProperty("jna.library.path")?.let { listOf("-Djna.library.path=$it") }.orEmpty()
        val command = listOf(java) + library + listOf("-cp", System.getProperty("java.class.path"), "city.rabt.town.ChildPhoneKt")
        process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        output = process.inputStream.bufferedReader()
        input = process.outputStream.bufferedWriter()
        val settings = mapOf("city" to city.introduction, "folder" to folder.toString(), "ahead_ms" to ahead.toMillis())
        say(ObjectMapper().writeValueAsString(settings))
        check(hear() == "open") { "the app didn't open" }
    }

    /** Tells it what to do. */
    fun say(line: String) {
        input.write(line + "\n")
        input.flush()
    }

    /** What it says. */
    fun hear(): String = output.readLine() ?: error("the app ended without a word")

    /** Kills it (`SIGKILL`). */
    fun kill() {
        process.destroyForcibly().waitFor()
    }
}
