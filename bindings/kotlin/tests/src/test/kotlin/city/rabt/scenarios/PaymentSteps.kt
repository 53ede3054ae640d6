package city.rabt.scenarios

import city.rabt.BillKey
import city.rabt.ChosenBill
import io.cucumber.datatable.DataTable
import io.cucumber.java.en.Given
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import java.time.Duration
import java.time.Instant
import kotlin.time.Duration.Companion.seconds

/** What the person pays with, and paying. */
class PaymentSteps(private val stage: Stage) {
    @Given("{string} links a {string}")
    fun links(persona: String, kind: String): Unit = link(persona, kind, "approve")

    @Given("{string} begins to link a {string} and cancels")
    fun cancels(persona: String, kind: String): Unit = link(persona, kind, "refuse")

    private fun link(persona: String, kind: String, intent: String): Unit = stage.act {
        val page = rabt.instruments.beginLink(kindOf(kind))
        rabt.instruments.completeLink(city.visit(page, persona, intent))
    }

    @Given("the {string} is unlinked")
    fun unlinked(kind: String): Unit = stage.act { rabt.instruments.remove(linked(kind).id) }

    private suspend fun Stage.linked(kind: String) = checkNotNull(instrument(kind)) { "no $kind is linked" }

    @Given("a {string} ending in {string} is linked")
    fun isLinked(kind: String, lastFour: String): Unit =
        stage.check { assertEquals(lastFour, linked(kind).lastFour) }

    @Given("no {string} is linked")
    fun isNotLinked(kind: String): Unit = stage.check { assertNull(instrument(kind)) }

    @Given("these bills are quoted:")
    fun quoted(bills: DataTable): Unit = quote(keys(bills).map { ChosenBill(it) })

    @Given("an empty basket is quoted")
    fun nothingQuoted(): Unit = quote(emptyList())

    @Given("the bill {string} of {string} is quoted at {string}")
    fun quotedAt(bill: String, agency: String, amount: String): Unit =
        quote(listOf(ChosenBill(BillKey(agency, bill), amount(amount))))

    private fun quote(items: List<ChosenBill>): Unit = stage.act { quote = rabt.payments.quote(items) }

    @Given("the quote comes to {string}")
    fun comesTo(total: String): Unit = stage.check { assertEquals(amount(total), quote.total) }

    @Given("the quote says {string} of the bill {string} of {string}")
    fun says(outcome: String, bill: String, agency: String): Unit = stage.check {
        val line = quote.lines.single { it.bill == BillKey(agency, bill) }
        assertEquals(outcome, words(line.outcome))
    }

    @Given("the quote is paid with the {string}")
    fun paid(kind: String): Unit = stage.act {
        payment = rabt.payments.pay(quote.id, linked(kind).id).idempotencyKey
    }

    /** Looks the payment up until it is so, or has ended otherwise. */
    @Given("the payment is {string}")
    fun paymentIs(state: String): Unit = stage.check {
        val ends = Instant.now() + PATIENCE
        do {
            val found = rabt.payments.follow(payment, A_LOOK)
            if (words(found.state) == state) return@check
            check(!found.finished) { "the payment is ${words(found.state)}" }
        } while (Instant.now() < ends)
        error("the payment isn't $state after $PATIENCE")
    }

    @Given("{int} receipts verify")
    fun receiptsVerify(count: Int): Unit = stage.check {
        val receipts = rabt.payments.receipts(limit = 100).receipts
        assertEquals(emptyList<String>(), receipts.mapNotNull { it.refusedCode })
        assertEquals(count, receipts.count { it.receipt != null })
    }

    @Given("the outcome {string} waits to be acknowledged")
    fun outcomeWaits(state: String): Unit =
        stage.check { assertEquals(listOf(state), rabt.payments.outcomes().map { words(it.state) }) }

    @Given("no outcome waits to be acknowledged")
    fun noOutcomeWaits(): Unit = stage.check { assertEquals(0, rabt.payments.outcomes().size) }

    @Given("the outcomes are acknowledged")
    fun acknowledged(): Unit = stage.act { rabt.payments.acknowledge(rabt.payments.outcomes().map { it.id }) }

    private companion object {
        /** Far beyond what the hub takes. */
        val PATIENCE: Duration = Duration.ofSeconds(20)

        /** One look at a payment. */
        val A_LOOK = 1.seconds
    }
}
