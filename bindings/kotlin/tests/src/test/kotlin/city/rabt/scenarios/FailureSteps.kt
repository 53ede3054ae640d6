package city.rabt.scenarios

import city.rabt.RabtException
import city.rabt.code
import city.rabt.details
import io.cucumber.java.en.Given
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue

/** What is said of an act that failed. A failure that no such step follows fails the scenario. */
class FailureSteps(private val stage: Stage) {
    @Given("it fails with {string}")
    fun failsWith(code: String): Unit = assertEquals(code, stage.expectFailure().code)

    /**
     * A device without a network hears that from its system; on loopback, parties that take no connection look like ones that are down.
     */
    @Given("it fails because nobody can be reached")
    fun failsUnreached() {
        val code = stage.expectFailure().code
        assertTrue(code in setOf("offline", "unavailable"), code)
    }

    @Given("it fails on the field {string}")
    fun failsOn(field: String) {
        val error = assertInstanceOf(RabtException.InvalidInput::class.java, stage.expectFailure())
        assertEquals(field, error.field)
    }

    @Given("its reason is {string} and {string}")
    fun reasonIs(en: String, ar: String) {
        val details = checkNotNull(stage.expected) { "a step that failed" }.details
        assertEquals(en to ar, details.reasonEn to details.reasonAr)
    }

    @Given("an answer of {string} was refused as {string}")
    fun refusedAs(party: String, kind: String): Unit = stage.check {
        val found = rabt.diagnostics.incidents(limit = 100).map { (it.agencyId ?: "gateway") to it.code }
        assertTrue(party to kind in found, "$found")
    }
}
