package city.rabt.behaviour

import city.rabt.BillQuery
import city.rabt.ConflictCode
import city.rabt.InMemorySecretStore
import city.rabt.Rabt
import city.rabt.RabtException
import city.rabt.SecretStore
import city.rabt.StorageProblem
import city.rabt.code
import city.rabt.reason
import city.rabt.town.City
import city.rabt.town.Phone
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.util.Locale

/** What a shell may do wrongly, and what that harms. */
class ShellsTest {
    private lateinit var phone: Phone

    @BeforeEach
    fun phone(): Unit = runBlocking {
        phone = Phone(city)
        phone.open()
    }

    @AfterEach
    fun discard(): Unit = phone.discard()

    @Test
    fun `a core that was closed twice says so, and so do its features`(): Unit = runBlocking {
        val rabt = phone.rabt
        rabt.close()
        rabt.close()
        val error = assertThrows<RabtException.Conflict> { rabt.bills.page() }
        assertEquals(ConflictCode.CLOSED, error.conflict)
        assertEquals(ConflictCode.CLOSED, assertThrows<RabtException.Conflict> { rabt.pause() }.conflict)
        phone.open()
        assertEquals(0, phone.rabt.bills.page().bills.size)
    }

    @Test
    fun `a core that was forgotten without closing lets go of its folder`(): Unit = runBlocking {
        val config = phone.config()
        phone.close()
        openAndForget(config.dataDir)
        // Nothing says when the collector has done its work, so it is asked again and again.
        repeat(100) {
            System.gc()
            try {
                Rabt.open(config.copy(dataDir = config.dataDir + "-forgotten"), secrets).close()
                return@runBlocking
            } catch (error: RabtException.Conflict) {
                assertEquals(ConflictCode.IN_USE, error.conflict)
                Thread.sleep(50)
            }
        }
        throw AssertionError("the folder is still taken")
    }

    private suspend fun openAndForget(folder: String) {
        Rabt.open(phone.config().copy(dataDir = "$folder-forgotten"), secrets)
    }

    @Test
    fun `a secret store that throws anything is an error of the call, and the next one works`(): Unit = runBlocking {
        phone.close()
        val throwing = object : SecretStore {
            override fun get(name: String): ByteArray? = throw IllegalStateException("a person's secret")

            override fun put(name: String, secret: ByteArray): Unit = throw IllegalStateException("a person's secret")

            override fun delete(name: String): Unit = throw IllegalStateException("a person's secret")
        }
        val error = assertThrows<RabtException.Storage> { Rabt.open(phone.config(), throwing) }
        assertEquals(StorageProblem.SECRET_STORE_UNAVAILABLE, error.problem)
        assertEquals("Please unlock the device.", error.reason(Locale.ENGLISH))
        assertEquals("يرجى فتح قفل الجهاز.", error.reason(Locale.forLanguageTag("ar-AE")))
        phone.open()
    }

    @Test
    fun `bad input names its field and changes nothing`(): Unit = runBlocking {
        val error = assertThrows<RabtException.InvalidInput> { phone.rabt.bills.page(BillQuery(limit = 0)) }
        assertEquals("limit" to "invalid_input", error.field to error.code)
        assertEquals("limit", assertThrows<RabtException.InvalidInput> { phone.rabt.bills.page(BillQuery(limit = -1)) }.field)
    }

    private companion object {
        val city = City()
        val secrets = InMemorySecretStore()

        @JvmStatic
        @AfterAll
        fun end(): Unit = city.close()
    }
}
