package city.rabt.scenarios

import com.fasterxml.jackson.databind.ObjectMapper
import io.cucumber.java.After
import io.cucumber.java.en.Given
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import java.io.File
import java.time.Duration

/** The city: what goes wrong in it, what its people do elsewhere, what time it is, and its books. */
class CitySteps(private val stage: Stage) {
    @Given("a city")
    fun begins(): Unit = stage.begin()

    /** An error that nobody spoke of fails the scenario; the city ends in any case. */
    @After
    fun ends() {
        try {
            stage.nothingUnspoken()
        } finally {
            stage.end()
        }
    }

    @Given("{string} is down")
    fun isDown(party: String): Unit = stage.check { city.fault(party, mapOf("name" to "status", "status" to 503)) }

    @Given("{string} answers {int} ms late")
    fun isLate(party: String, ms: Int): Unit =
        stage.check { city.fault(party, mapOf("name" to "latency_ms", "latency_ms" to ms)) }

    @Given("{string} has the fault {string}")
    fun hasFault(party: String, name: String): Unit = stage.check { city.fault(party, mapOf("name" to name)) }

    @Given("{string} loses its next answer to {string} {string}")
    fun losesAnswer(party: String, method: String, route: String): Unit = stage.check {
        city.fault(party, mapOf("name" to "cut_after_commit"), mapOf("method" to method, "route" to route, "times" to 1))
    }

    @Given("{string} works again")
    fun works(party: String): Unit = stage.check { city.delete("/v1/faults?party=$party") }

    @Given("the network is cut")
    fun cut(): Unit = stage.check { city.put("/v1/network", mapOf("cut" to true)) }

    @Given("the network is back")
    fun back(): Unit = stage.check { city.put("/v1/network", mapOf("cut" to false)) }

    @Given("{int} minutes pass")
    fun minutes(minutes: Int): Unit = pass(Duration.ofMinutes(minutes.toLong()))

    @Given("{int} days pass")
    fun days(days: Int): Unit = pass(Duration.ofDays(days.toLong()))

    private fun pass(time: Duration): Unit = stage.check {
        city.post("/v1/clock/advance", mapOf("advance_ms" to time.toMillis()))
        everyPhone { it.clock.pass(time) }
    }

    @Given("the provider takes back the access tokens of {string}")
    fun takesTokens(persona: String): Unit = stage.check {
        val ended = city.post("/v1/personas/$persona/expire-access-tokens")["ended"].asInt()
        assertTrue(ended > 0, "there was no access token to take back")
    }

    @Given("the provider signs {string} out everywhere")
    fun signsOut(persona: String): Unit = stage.check { city.post("/v1/personas/$persona/revoke-sessions") }

    @Given("{string} issues the {string} {string} of {string} to {string}")
    fun issues(agency: String, kind: String, bill: String, amount: String, persona: String): Unit = stage.check {
        val new = mapOf(
            "agency_id" to agency, "kind_code" to kind, "bill_id" to bill,
            "amount_fils" to amount(amount).fils, "persona_id" to persona,
        )
        city.post("/v1/bills", new)
    }

    @Given("{string} changes the bill {string} to {string}")
    fun changes(agency: String, bill: String, amount: String): Unit = stage.check {
        city.patch("/v1/bills/$agency/$bill", mapOf("amount_fils" to amount(amount).fils))
    }

    @Given("{string} withdraws the bill {string}")
    fun withdraws(agency: String, bill: String): Unit = stage.check { city.post("/v1/bills/$agency/$bill/withdraw") }

    @Given("the bill {string} of {string} is paid at the counter")
    fun paidAtCounter(bill: String, agency: String): Unit =
        stage.check { city.post("/v1/bills/$agency/$bill/pay-at-counter") }

    @Given("the agency {string} joins the city")
    fun joins(agency: String): Unit = stage.check {
        city.post("/v1/agencies", ObjectMapper().readTree(File("../../../sandbox/fixtures/extra/$agency.json")))
    }

    @Given("{string} has {string} in the bank")
    fun has(persona: String, amount: String): Unit = stage.check {
        val available = mapOf("kind" to "bank_account", "available_fils" to amount(amount).fils)
        city.put("/v1/personas/$persona/available", available)
    }

    @Given("the books balance, with {string} paid")
    fun booksBalance(paid: String): Unit = stage.check {
        val books = city.booksAtRest()
        assertTrue(books["balanced"].asBoolean(), "$books")
        assertEquals(0, books["paid_twice"].asInt(), "$books")
        assertEquals(0, books["lost_fils"].asLong(), "$books")
        assertEquals(amount(paid).fils, books["settled_fils"].asLong(), "$books")
    }
}
