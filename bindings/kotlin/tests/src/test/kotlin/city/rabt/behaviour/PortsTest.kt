package city.rabt.behaviour

import city.rabt.ChangeListener
import city.rabt.Clock
import city.rabt.Config
import city.rabt.Diagnostics
import city.rabt.DpopSigner
import city.rabt.InMemorySecretStore
import city.rabt.LogLevel
import city.rabt.PortException
import city.rabt.Rabt
import city.rabt.RabtException
import city.rabt.SecretStore
import city.rabt.Timestamp
import city.rabt.Topic
import city.rabt.openRabtCore
import city.rabt.town.City
import city.rabt.town.Phone
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** What an app gives the core may throw, or not come back: its own call waits or fails, and nobody else's. */
class PortsTest {
    private lateinit var phone: Phone

    @BeforeEach
    fun phone(): Unit = runBlocking {
        phone = Phone(city)
        phone.open()
        val rabt = phone.rabt
        rabt.session.complete(city.visit(rabt.session.beginSignIn(), "trader", "approve"))
        rabt.agencies.refresh()
        rabt.agencies.consent(rabt.agencies.list().map { it.id })
    }

    @AfterEach
    fun discard(): Unit = phone.discard()

    /** What another app for this city is built with; no agency is given up that is slow because the machine is. */
    private fun another(name: String): Config =
        phone.config().let { it.copy(dataDir = "${it.dataDir}-$name", agencyDeadlineMs = PATIENT_MS) }

    /** The person reads and refreshes, while somebody else misbehaves. */
    private suspend fun othersAreServed() {
        val report = phone.rabt.bills.refresh()
        assertEquals(report.agencies.size, report.answered, "$report")
        assertTrue(phone.rabt.bills.summary().total.count > 0)
    }

    /** A door at which whoever comes stays until it is opened. */
    private class Door {
        private val opened = CountDownLatch(1)
        val came = AtomicInteger()

        fun pass() {
            came.incrementAndGet()
            opened.await()
        }

        fun open(): Unit = opened.countDown()

        fun untilCame(count: Int): Unit = until("$count came to the door") { came.get() >= count }
    }

    private class SlowSecrets(private val door: Door, private val kept: SecretStore = InMemorySecretStore()) : SecretStore by kept {
        override fun get(name: String): ByteArray? {
            door.pass()
            return kept.get(name)
        }
    }

    @Test
    fun `secret stores that do not come back keep nobody else waiting`(): Unit = runBlocking {
        val door = Door()
        val opening = (1..SEVERAL).map {
            async(Dispatchers.IO) { Rabt.open(another("slow-$it"), SlowSecrets(door)) }
        }
        door.untilCame(SEVERAL)
        othersAreServed()
        door.open()
        opening.awaitAll().forEach { it.close() }
    }

    /** The device's key, as Java makes one. */
    private class DeviceKey(private val before: () -> Unit) : DpopSigner {
        private val pair: KeyPair =
            KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()

        override fun publicKey(): ByteArray = pair.public.encoded

        override fun sign(data: ByteArray): ByteArray {
            before()
            return Signature.getInstance("SHA256withECDSA").run {
                initSign(pair.private)
                update(data)
                sign()
            }
        }
    }

    @Test
    fun `a signer that throws anything fails its own request, and the next one works`(): Unit = runBlocking {
        var wrong: Throwable? = PortException.Unavailable("locked")
        val signer = DeviceKey { wrong?.let { throw it } }
        Rabt.open(another("throwing"), InMemorySecretStore(), signer).use { rabt ->
            assertThrows<RabtException> { rabt.session.beginSignIn() }
            wrong = IllegalStateException("a person's finger")
            val error = assertThrows<RabtException> { rabt.session.beginSignIn() }
            assertTrue("finger" !in "$error ${error.message}", "$error ${error.message}")
            othersAreServed()
            wrong = null
            rabt.session.complete(city.visit(rabt.session.beginSignIn(), "trader", "approve"))
        }
    }

    @Test
    fun `signers that do not come back keep nobody else waiting`(): Unit = runBlocking {
        val door = Door()
        val cores = (1..SEVERAL).map {
            Rabt.open(another("$it"), InMemorySecretStore(), DeviceKey(door::pass))
        }
        val signing = cores.map { rabt -> async(Dispatchers.IO) { rabt.session.beginSignIn() } }
        door.untilCame(SEVERAL)
        othersAreServed()
        door.open()
        signing.awaitAll()
        cores.forEach { it.close() }
    }

    @Test
    fun `a log sink that throws or does not come back loses lines and nothing else`(): Unit = runBlocking {
        val thrown = AtomicInteger()
        Diagnostics.log(LogLevel.DEBUG) {
            thrown.incrementAndGet()
            error("a sink that throws")
        }
        othersAreServed()
        until("the sink was called more than once") { thrown.get() > 1 }

        val door = Door()
        Diagnostics.log(LogLevel.DEBUG) { door.pass() }
        othersAreServed()
        door.untilCame(1)
        repeat(3) { othersAreServed() }
        assertEquals(1, door.came.get(), "lines come one after the other")
        door.open()

        val heard = AtomicInteger()
        Diagnostics.log(LogLevel.DEBUG) { heard.incrementAndGet() }
        othersAreServed()
        until("another sink takes its place") { heard.get() > 0 }
        // Nothing is left behind that the other tests would run into.
        Diagnostics.log(LogLevel.ERROR) {}
    }

    /** Hears through the generated objects, since the face has no listener of its own. */
    private class Ear(private val onChange: () -> Unit) : ChangeListener {
        val heard = CopyOnWriteArrayList<List<Topic>>()
        val ended = CountDownLatch(1)

        override fun changed(topics: List<Topic>) {
            heard += topics
            onChange()
        }

        override fun ended(): Unit = ended.countDown()
    }

    /** The phone's clock, which shows the city's day: nobody has signed in who could tell the core how far the machine's is from it. */
    private inner class CityTime : Clock {
        override fun now(): Timestamp = phone.clock.instant()
    }

    @Test
    fun `listeners that throw or do not come back concern nobody else, and hear of the next change`(): Unit = runBlocking {
        val core = openRabtCore(another("heard"), InMemorySecretStore(), null, CityTime())
        val agencies = core.agencies()
        agencies.refresh()

        val door = Door()
        val throwing = Ear { error("a listener that throws") }
        val blocking = Ear(door::pass)
        val well = Ear {}
        val watches = listOf(throwing, blocking, well).map(core::watch)
        suspend fun change() = agencies.consent(emptyList())
        change()
        door.untilCame(1)
        until("the others hear") { throwing.heard.isNotEmpty() && well.heard.isNotEmpty() }
        val soFar = throwing.heard.size
        change()
        until("it hears again, though it threw") { throwing.heard.size > soFar }
        othersAreServed()
        assertEquals(1, blocking.heard.size, "one call at a time")
        door.open()
        until("the one that was stuck hears of all that it missed") { blocking.heard.size == 2 }
        assertTrue(Topic.ACCOUNTS in blocking.heard.last(), "${blocking.heard}")

        core.shutDown()
        for (ear in listOf(throwing, blocking, well)) assertTrue(ear.ended.await(WITHIN_S, TimeUnit.SECONDS))
        watches.forEach { it.close() }
        core.close()
    }

    private companion object {
        /** More than the core has threads that poll. */
        const val SEVERAL = 4

        const val PATIENT_MS = 60_000L

        /** Far beyond what anything here takes. */
        const val WITHIN_S = 30L
        const val LOOK_EVERY_MS = 5L

        val city = City()

        @JvmStatic
        @AfterAll
        fun end(): Unit = city.close()

        fun until(what: String, isSo: () -> Boolean) {
            val ends = System.nanoTime() + TimeUnit.SECONDS.toNanos(WITHIN_S)
            while (!isSo()) {
                check(System.nanoTime() < ends) { "waited too long until $what" }
                Thread.sleep(LOOK_EVERY_MS)
            }
        }
    }
}
