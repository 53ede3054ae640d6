package city.rabt.scenarios

import city.rabt.RabtException
import city.rabt.SessionState
import io.cucumber.java.en.Given
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf

/** Signing in and out, and what the person agreed to. */
class SessionSteps(private val stage: Stage) {
    @Given("{string} signs in")
    fun signsIn(persona: String): Unit = signIn(persona, "approve")

    @Given("{string} opens the sign-in page and cancels")
    fun cancels(persona: String): Unit = signIn(persona, "refuse")

    private fun signIn(persona: String, intent: String): Unit = stage.act {
        rabt.session.complete(city.visit(rabt.session.beginSignIn(), persona, intent))
    }

    @Given("{string} confirms with the second factor")
    fun stepsUp(persona: String): Unit = stage.act {
        val asked = assertInstanceOf(RabtException.StepUpRequired::class.java, expected)
        val page = rabt.session.beginStepUp(asked.acr)
        rabt.session.complete(city.visit(page, persona, "approve_with_second_factor"))
    }

    @Given("the address {string} comes back from a page")
    fun comesBack(url: String): Unit = stage.act { rabt.session.complete(url) }

    @Given("the person signs out")
    fun signsOut(): Unit = stage.act { rabt.session.signOut() }

    @Given("{string} or {string} is signed in")
    fun isSignedIn(en: String, ar: String): Unit = stage.check {
        val state = assertInstanceOf(SessionState.SignedIn::class.java, rabt.session.state())
        assertEquals(en to ar, state.name?.let { it.en to it.ar })
    }

    @Given("nobody is signed in")
    fun nobody(): Unit = stage.check {
        assertInstanceOf(SessionState.SignedOut::class.java, rabt.session.state())
    }

    @Given("the person agrees to all agencies")
    fun agreesToAll(): Unit = stage.act {
        rabt.agencies.refresh()
        rabt.agencies.consent(rabt.agencies.list().map { it.id })
    }

    @Given("the person agrees to {string}")
    fun agrees(agency: String): Unit = stage.act {
        rabt.agencies.refresh()
        rabt.agencies.consent(listOf(agency))
    }

    @Given("the person no longer agrees to {string}")
    fun noLongerAgrees(agency: String): Unit = stage.act { rabt.agencies.withdrawConsent(agency) }

    @Given("the list of agencies is refreshed")
    fun refreshed(): Unit = stage.act { rabt.agencies.refresh() }

    @Given("{int} agencies are listed")
    fun listed(count: Int): Unit = stage.check { assertEquals(count, rabt.agencies.list().size) }

    @Given("{string} is listed as {string} and {string}")
    fun listedAs(agency: String, en: String, ar: String): Unit = stage.check {
        val name = rabt.agencies.list().single { it.id == agency }.shortName
        assertEquals(en to ar, name.en to name.ar)
    }
}
