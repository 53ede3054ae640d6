package city.rabt.scenarios

import city.rabt.BankConsent
import city.rabt.BillKey
import city.rabt.DecisionOutcome
import city.rabt.DecisionQuery
import city.rabt.Mandate
import city.rabt.MandateAnswer
import city.rabt.MandateDraft
import city.rabt.MandateLimits
import city.rabt.MandateScope
import city.rabt.MandateStanding
import city.rabt.PayDay
import city.rabt.WeekendRule
import io.cucumber.java.en.Given
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue

/** Bills that pay themselves. */
class AutopaySteps(private val stage: Stage) {
    @Given("the gateway looks at mandates only when it is told")
    fun onlyWhenTold(): Unit = stage.check { city.put("/v1/autopay/runner", mapOf("on" to false)) }

    @Given("the gateway looks at the mandates")
    fun looks(): Unit = stage.check { city.post("/v1/autopay/run", emptyMap<String, Any>()) }

    @Given("the gateway cheats by {string}")
    fun cheats(cheat: String): Unit = stage.check { city.put("/v1/autopay/cheat", mapOf("cheat" to cheat)) }

    @Given("the gateway is honest again")
    fun isHonest(): Unit = stage.check { city.put("/v1/autopay/cheat", mapOf("cheat" to null)) }

    @Given("a mandate for the bills of {string} is signed with the {string}")
    fun signed(agency: String, kind: String): Unit = stage.act { rabt.autopay.sign(draft(agency, kind)) }

    @Given("a mandate for the bills of {string} is signed with the {string}, asking above {string}")
    fun signedAsking(agency: String, kind: String, above: String): Unit =
        stage.act { rabt.autopay.sign(draft(agency, kind).copy(askAbove = amount(above))) }

    @Given("a mandate for the bills of {string} is signed with the {string}, at most {string} for one bill")
    fun signedLimited(agency: String, kind: String, limit: String): Unit = stage.act {
        rabt.autopay.sign(draft(agency, kind).copy(limits = MandateLimits(perPayment = amount(limit))))
    }

    /** For the bills of an agency, paid when they are issued. */
    private suspend fun Stage.draft(agency: String, kind: String) = MandateDraft(
        instrumentId = checkNotNull(instrument(kind)) { "no $kind is linked" }.id,
        scope = listOf(MandateScope(agencyId = agency)),
        pay = PayDay.OnIssue,
        weekend = WeekendRule.KEEP,
        // A bank consents to nothing that isn't bounded.
        limits = MandateLimits(perPayment = amount("AED 5,000.00")),
    )

    @Given("the suggested mandate is signed")
    fun suggestedSigned(): Unit = stage.act { rabt.autopay.sign(rabt.autopay.suggestions().first().draft) }

    @Given("a preview of the suggested mandate holds {int} bills and asks about {int}")
    fun preview(held: Int, asked: Int): Unit = stage.check {
        val preview = rabt.autopay.preview(rabt.autopay.suggestions().first().draft)
        assertTrue(preview.paid > 0, "it pays nothing")
        assertEquals(held to asked, preview.held to preview.asked)
    }

    @Given("{string} agrees to the mandate at the bank")
    fun agrees(persona: String): Unit = stage.act {
        val page = rabt.autopay.beginConsent(mandate().id)
        rabt.autopay.completeConsent(city.visit(page, persona, "approve"))
    }

    @Given("the mandate is paused")
    fun paused(): Unit = stage.act { rabt.autopay.pause(mandate().id) }

    @Given("the mandate is resumed")
    fun resumed(): Unit = stage.act { rabt.autopay.resume(mandate().id) }

    @Given("the mandate is revoked")
    fun revoked(): Unit = stage.act { rabt.autopay.revoke(mandate().id) }

    @Given("the mandates are refreshed")
    fun refreshed(): Unit = stage.act { rabt.autopay.refresh() }

    @Given("the bill {string} of {string} is approved up to {string}")
    fun approved(bill: String, agency: String, upTo: String): Unit = stage.act {
        rabt.autopay.answer(mandate().id, BillKey(agency, bill), MandateAnswer.Approve(amount(upTo)))
    }

    @Given("the bill {string} of {string} is declined")
    fun declined(bill: String, agency: String): Unit = stage.act {
        rabt.autopay.answer(mandate().id, BillKey(agency, bill), MandateAnswer.Decline)
    }

    @Given("the finding {string} is disputed")
    fun disputed(code: String): Unit = stage.act {
        rabt.autopay.dispute(rabt.autopay.findings().first { it.code == code }.id)
    }

    @Given("the mandate is {string}")
    fun stands(standing: String): Unit = stage.check {
        val word = when (mandate().standing) {
            is MandateStanding.Active -> "active"
            is MandateStanding.Paused -> "paused"
            is MandateStanding.Revoked -> "revoked"
        }
        assertEquals(standing, word)
    }

    @Given("the bank's consent to the mandate is {string}")
    fun consentIs(state: String): Unit = stage.check {
        val word = when (val consent = mandate().consent) {
            is BankConsent.NotNeeded -> "not needed"
            is BankConsent.Missing -> "missing"
            is BankConsent.There -> consent.status
        }
        assertEquals(state, word)
    }

    @Given("there is {int} mandate")
    fun count(count: Int): Unit = stage.check { assertEquals(count, rabt.autopay.list().size) }

    @Given("there is no mandate")
    fun none(): Unit = stage.check { assertEquals(0, rabt.autopay.list().size) }

    @Given("the gateway has all that was said about the mandate")
    fun allSaid(): Unit = stage.check {
        val mandate = mandate()
        assertTrue(mandate.registered && mandate.unsent == 0, "${mandate.unsent} unsent")
    }

    @Given("{int} thing is still to be said about the mandate")
    fun unsent(count: Int): Unit = stage.check { assertEquals(count, mandate().unsent) }

    @Given("the last decision about the bill {string} of {string} is {string} because of {string}")
    fun lastDecision(bill: String, agency: String, outcome: String, rule: String): Unit = stage.check {
        val query = DecisionQuery(bill = BillKey(agency, bill), limit = 1)
        val last = rabt.autopay.decisions(query).decisions.first()
        assertEquals(outcome to rule, words(last.outcome) to last.rule)
    }

    @Given("the bill {string} of {string} was paid by the mandate because of {string}")
    fun wasPaid(bill: String, agency: String, rule: String): Unit = stage.check {
        val query = DecisionQuery(bill = BillKey(agency, bill), outcomes = listOf(DecisionOutcome.PAY))
        assertEquals(listOf(rule), rabt.autopay.decisions(query).decisions.map { it.rule })
    }

    @Given("the bill {string} of {string} waits for an answer")
    fun waits(bill: String, agency: String): Unit = stage.check { assertTrue(isAsked(bill, agency)) }

    @Given("the bill {string} of {string} waits for no answer")
    fun waitsNot(bill: String, agency: String): Unit = stage.check { assertTrue(!isAsked(bill, agency)) }

    @Given("nothing was found of the gateway")
    fun nothingFound(): Unit = stage.check { assertEquals(emptyList<String>(), found()) }

    @Given("it was found of the gateway that {string}")
    fun wasFound(code: String): Unit = stage.check { assertTrue(code in found(), "${found()}") }

    /** The newest. */
    private suspend fun Stage.mandate(): Mandate = rabt.autopay.list().first()

    private suspend fun Stage.found(): List<String> = rabt.autopay.findings().map { it.code }

    private suspend fun Stage.isAsked(bill: String, agency: String): Boolean =
        rabt.autopay.upcoming().asked.any { it.bill == BillKey(agency, bill) }
}
