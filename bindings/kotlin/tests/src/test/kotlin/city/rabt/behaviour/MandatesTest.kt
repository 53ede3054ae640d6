package city.rabt.behaviour

import city.rabt.BillKind
import city.rabt.InputProblem
import city.rabt.InstrumentKind
import city.rabt.MandateDraft
import city.rabt.MandateLimits
import city.rabt.MandateScope
import city.rabt.RabtException
import city.rabt.TopUpFloor
import city.rabt.decideMandates
import city.rabt.town.City
import city.rabt.town.Phone
import city.rabt.values.Money
import com.fasterxml.jackson.databind.ObjectMapper
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.File

/** The engine of autopay decides in Kotlin as it does in Rust: by the same golden vectors. */
class MandatesTest {
    private val json = ObjectMapper()

    @Test
    fun `each golden vector is decided as it says`(): Unit = runBlocking {
        val files = File("../../../tests/vectors/mandates").listFiles { file -> file.extension == "json" }.orEmpty().sorted()
        assertEquals(VECTORS, files.size)
        for (file in files) {
            val vector = json.readTree(file)
            val decided = json.readTree(decideMandates(vector["given"].toString()))
            assertEquals(vector["expected"], decided, "${file.name}: ${vector["about"]}")
        }
    }

    @Test
    fun `what is no situation is named`(): Unit = runBlocking {
        val error = assertThrows<RabtException.InvalidInput> { decideMandates("{}") }
        assertEquals("situation" to InputProblem.MALFORMED, error.field to error.problem)
    }

    @Test
    fun `what is not there, what is over and what never comes are told apart`(): Unit = City().use { city ->
        runBlocking {
            val phone = Phone(city)
            phone.open()
            val rabt = phone.rabt
            rabt.session.complete(city.visit(rabt.session.beginSignIn(), PERSONA, "approve"))
            rabt.agencies.refresh()
            val page = rabt.instruments.beginLink(InstrumentKind.CARD)
            val good = MandateDraft(
                instrumentId = rabt.instruments.completeLink(city.visit(page, PERSONA, "approve")).id,
                limits = MandateLimits(perPayment = Money(DEAR)),
            )
            val revoked = rabt.autopay.revoke(rabt.autopay.sign(good).id).id
            val never = good.copy(
                scope = listOf(MandateScope(kind = BillKind.FINE)),
                topUp = TopUpFloor(below = Money(CHEAP), add = Money(CHEAP)),
            )

            suspend fun told(act: suspend () -> Unit) =
                assertThrows<RabtException.InvalidInput> { act() }.let { it.field to it.problem }
            assertEquals("instrument_id" to InputProblem.NOT_KNOWN, told { rabt.autopay.draft(good.copy(instrumentId = "ins_nobody")) })
            assertEquals("mandate_id" to InputProblem.EXPIRED, told { rabt.autopay.pause(revoked) })
            assertEquals("top_up" to InputProblem.NEVER_COMES, told { rabt.autopay.draft(never) })
            phone.discard()
        }
    }

    private companion object {
        const val PERSONA = "tenant-family"
        const val DEAR = 500_000L
        const val CHEAP = 5_000L
        const val VECTORS = 22
    }
}
