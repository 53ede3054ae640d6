package city.rabt.demo

import city.rabt.Agency
import city.rabt.Bill
import city.rabt.BillQuery
import city.rabt.ChosenBill
import city.rabt.Instrument
import city.rabt.InstrumentKind
import city.rabt.InstrumentStatus
import city.rabt.Language
import city.rabt.Payment
import city.rabt.Quote
import city.rabt.Rabt
import city.rabt.RabtException
import city.rabt.RefreshOutcome
import city.rabt.RefreshReport
import city.rabt.SessionState
import city.rabt.Topic
import city.rabt.values.Money
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlin.time.Duration.Companion.seconds

/** Everything that is on the screen. What is stored comes from the core's flows, and the rest from the last act. */
data class Screen(
    /** In which language. */
    val language: Language,
    /** Who is signed in; not known yet at first. */
    val session: SessionState? = null,
    /** The agencies of the city. */
    val agencies: List<Agency> = emptyList(),
    /** The open bills, the most urgent first; not read yet at first. */
    val bills: List<Bill>? = null,
    /** What all of them come to. */
    val total: Money = Money.ZERO,
    /** The account to pay from. */
    val account: Instrument? = null,
    /** What is being paid. */
    val checkout: Checkout? = null,
    /** How many acts are being waited for. */
    val acts: Int = 0,
    /** Whether the last refresh reached nobody. */
    val offline: Boolean = false,
    /** How many agencies it did not reach. */
    val silent: Int = 0,
    /** What went wrong last. */
    val trouble: RabtException? = null,
) {
    /** Whether something is being waited for. */
    val busy: Boolean get() = acts > 0

    /** The agencies that the person has not been asked about. */
    val toAsk: List<Agency> get() = if (agencies.any { it.consent != null }) emptyList() else agencies
}

/** A bill on its way to being paid. */
data class Checkout(
    /** The bill. */
    val bill: Bill,
    /** What it costs now; asked for at first. */
    val quote: Quote? = null,
    /** What became of paying it. */
    val payment: Payment? = null,
)

/** Sign in, see every bill, pay one. It draws nothing, and so is the same on a phone and on a desktop. */
class Bills(
    private val rabt: Rabt,
    private val browser: Browser,
    private val scope: CoroutineScope,
    language: Language,
) {
    private val shown = MutableStateFlow(Screen(language))

    /** What to draw. */
    val screen: StateFlow<Screen> = shown

    init {
        follow { rabt.rereading(Topic.SESSION) { rabt.session.state() }.collect { now -> shown.update { it.copy(session = now) } } }
        follow { rabt.rereading(Topic.AGENCIES) { rabt.agencies.list() }.collect { now -> shown.update { it.copy(agencies = now) } } }
        follow { rabt.bills.pages(BillQuery()).collect { now -> shown.update { it.copy(bills = now.bills) } } }
        follow { rabt.bills.summaries().collect { now -> shown.update { it.copy(total = now.total.total) } } }
        follow { rabt.rereading(Topic.INSTRUMENTS) { rabt.instruments.list() }.collect { now -> shown.update { it.copy(account = payable(now)) } } }
    }

    /** Changes the language. */
    fun speak(language: Language): Unit = shown.update { it.copy(language = language) }

    /** Opens the page on which the person signs in. */
    fun signIn(): Unit = act { browser.open(rabt.session.beginSignIn(), Errand.SIGN_IN) }

    /** Takes the address that came back from a page. */
    fun cameBack(url: String): Unit = act {
        if (url.startsWith(LINKED)) {
            rabt.instruments.completeLink(url)
            return@act
        }
        rabt.session.complete(url)
        val checkout = shown.value.checkout
        if (checkout?.quote != null && checkout.payment == null) payNow(checkout) else catchUp()
    }

    /** The person agrees that all agencies may answer. */
    fun agree(): Unit = act {
        rabt.agencies.consent(rabt.agencies.list().map { it.id })
        catchUp()
    }

    /** Asks the agencies again. */
    fun refresh(): Unit = act { catchUp() }

    /** Asks what a bill costs now. */
    fun choose(bill: Bill): Unit = act {
        shown.update { it.copy(checkout = Checkout(bill)) }
        val quote = rabt.payments.quote(listOf(ChosenBill(bill.key)))
        shown.update { it.copy(checkout = it.checkout?.copy(quote = quote)) }
    }

    /** Leaves what was chosen. A payment that was begun goes on. */
    fun leave(): Unit = shown.update { it.copy(checkout = null, trouble = null) }

    /** Opens the page on which the person links a bank account. */
    fun linkAccount(): Unit = act { browser.open(rabt.instruments.beginLink(InstrumentKind.BANK_ACCOUNT), Errand.LINK) }

    /** Pays what was chosen. */
    fun pay(): Unit = act { shown.value.checkout?.let { payNow(it) } }

    private suspend fun payNow(checkout: Checkout) {
        val (quote, account) = (checkout.quote ?: return) to (shown.value.account ?: return)
        val begun = try {
            rabt.payments.pay(quote.id, account.id)
        } catch (error: RabtException.StepUpRequired) {
            return browser.open(rabt.session.beginStepUp(error.acr), Errand.STEP_UP)
        }
        val known = if (begun.finished) begun else rabt.payments.follow(begun.idempotencyKey, PATIENCE)
        shown.update { it.copy(checkout = it.checkout?.copy(payment = known)) }
        if (known.finished) {
            val told = rabt.payments.outcomes().filter { it.idempotencyKey == known.idempotencyKey }
            rabt.payments.acknowledge(told.map { it.id })
        }
    }

    private suspend fun catchUp() {
        if (rabt.session.state() !is SessionState.SignedIn) return
        val report = try {
            if (rabt.agencies.list().isEmpty()) rabt.agencies.refresh()
            if (rabt.agencies.list().none { it.consent != null }) return
            refreshAccounts()
            rabt.bills.refresh()
        } catch (_: RabtException.Offline) {
            return shown.update { it.copy(offline = true, silent = 0) }
        }
        shown.update { it.copy(offline = report.answered == 0, silent = silent(report)) }
    }

    /** The agencies answer also while the gateway, which knows the linked accounts, does not. */
    private suspend fun refreshAccounts() {
        try {
            rabt.instruments.refresh()
        } catch (_: RabtException.AgencyUnavailable) {
            return
        }
    }

    private fun silent(report: RefreshReport) = report.agencies.count { it.outcome is RefreshOutcome.Failed }

    private fun payable(all: List<Instrument>) =
        all.firstOrNull { it.kind == InstrumentKind.BANK_ACCOUNT && it.status == InstrumentStatus.ACTIVE }

    private fun act(what: suspend () -> Unit) {
        scope.launch {
            shown.update { it.copy(acts = it.acts + 1, trouble = null) }
            try {
                what()
            } catch (error: RabtException) {
                shown.update { it.copy(trouble = error) }
            } finally {
                shown.update { it.copy(acts = it.acts - 1) }
            }
        }
    }

    private fun follow(what: suspend () -> Unit) {
        scope.launch {
            try {
                what()
            } catch (error: RabtException) {
                shown.update { it.copy(trouble = error) }
            }
        }
    }

    private companion object {
        /** As long as a person looks at a screen that says "under way". */
        val PATIENCE = 20.seconds
    }
}
