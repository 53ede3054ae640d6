package city.rabt.scenarios

import io.cucumber.datatable.DataTable
import io.cucumber.java.en.Given
import kotlinx.coroutines.runBlocking
import kotlin.time.Duration.Companion.seconds

/** The phone in hand, and the app's life on it. */
class PhoneSteps(private val stage: Stage) {
    @Given("the phone {string} is taken in hand")
    fun isTaken(name: String): Unit = stage.check { take(name) }

    @Given("the app is closed and opened again")
    fun reopened(): Unit = stage.check {
        phone.close()
        phone.open()
    }

    @Given("the app does its background work")
    fun works(): Unit = stage.act { rabt.sync.run(BUDGET) }

    @Given("{string} signs in, and the app is killed while the page is open")
    fun killedAtThePage(persona: String): Unit = stage.act {
        val process = phone.inAProcess()
        process.say("sign-in-page")
        val url = process.hear()
        process.kill()
        val cameBack = city.visit(url, persona, "approve")
        phone.open()
        rabt.session.complete(cameBack)
    }

    /**
     * The hub takes the payment and its answer is lost, nor does it answer when it is asked again: the app can't have come to an end when
     * it is killed. Then the hub is well, and the app is opened again.
     */
    @Given("the app pays these bills and is killed before it knows what became of that:")
    fun killedWhilePaying(bills: DataTable): Unit = stage.check {
        val process = phone.inAProcess()
        val post = mapOf("method" to "POST", "route" to "/v1/payments", "times" to 1)
        val lost = city.fault("gateway", mapOf("name" to "cut_after_commit"), post)
        val get = mapOf("method" to "GET", "route" to "/v1/payments")
        city.fault("gateway", mapOf("name" to "status", "status" to 503), get)
        process.say("pay-bills " + bills.asMaps().joinToString(" ") { "${it["agency"]}/${it["bill"]}" })
        city.untilHappened(lost)
        process.kill()
        city.delete("/v1/faults?party=gateway")
        phone.open()
        payment = rabt.payments.page(limit = 1).payments.single().idempotencyKey
    }

    private companion object {
        /** Far beyond what the work of a scenario takes. */
        val BUDGET = 20.seconds
    }
}
