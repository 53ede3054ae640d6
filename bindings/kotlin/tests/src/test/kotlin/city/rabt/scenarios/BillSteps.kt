package city.rabt.scenarios

import city.rabt.BillKey
import city.rabt.BillOrder
import city.rabt.BillQuery
import city.rabt.BillStanding
import city.rabt.Freshness
import city.rabt.RefreshOutcome
import city.rabt.RefreshReport
import io.cucumber.datatable.DataTable
import io.cucumber.java.en.Given
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import java.time.LocalDate

/** The bills and the accounts, as they are on the screen. */
class BillSteps(private val stage: Stage) {
    @Given("the bills are refreshed")
    fun refreshed(): Unit = stage.act {
        report = null
        report = rabt.bills.refresh()
    }

    @Given("the bills of {string} are refreshed")
    fun refreshed(agency: String): Unit = stage.act {
        report = null
        report = rabt.bills.refresh(listOf(agency))
    }

    @Given("every agency answered")
    fun everyAgencyAnswered(): Unit = stage.check { assertEquals(emptyList<String>(), silent(report)) }

    @Given("every agency answered but {string}")
    fun everyAgencyAnsweredBut(agency: String): Unit = stage.check { assertEquals(listOf(agency), silent(report)) }

    @Given("no agency answered")
    fun noAgencyAnswered(): Unit = stage.check { assertEquals(0, checkNotNull(report).answered) }

    /** Those that didn't answer. */
    private fun silent(report: RefreshReport?): List<String> {
        val agencies = checkNotNull(report) { "a refresh" }.agencies
        check(agencies.isNotEmpty()) { "nobody was asked" }
        return agencies.filter { it.outcome is RefreshOutcome.Failed }.map { it.agencyId }
    }

    @Given("{string} is up to date")
    fun isUpToDate(agency: String): Unit = stage.check {
        val freshness = freshness(agency)
        assertNotNull(freshness.succeededAt)
        assertNull(freshness.error)
    }

    @Given("{string} is out of date because of {string}")
    fun isOutOfDate(agency: String, code: String): Unit = stage.check { assertEquals(code, freshness(agency).error) }

    private suspend fun Stage.freshness(agency: String): Freshness =
        checkNotNull(rabt.agencies.list().single { it.id == agency }.freshness) { "it was asked" }

    @Given("{int} bills are open")
    fun open(count: Int): Unit = stage.check { assertEquals(count, rabt.bills.summary().total.count) }

    @Given("{string} is owed")
    fun owed(total: String): Unit = stage.check { assertEquals(amount(total), rabt.bills.summary().total.total) }

    @Given("{int} bills are overdue")
    fun overdue(count: Int): Unit = stage.check { assertEquals(count, rabt.bills.summary().total.overdue) }

    @Given("the open bills are shown, {int} at a time")
    fun showOpen(limit: Int): Unit = show(BillQuery(limit = limit))

    @Given("the closed bills are shown, {int} at a time")
    fun showClosed(limit: Int): Unit =
        show(BillQuery(standing = BillStanding.CLOSED, order = BillOrder.DUE_LAST, limit = limit))

    @Given("the open bills are searched for {string}")
    fun search(words: String): Unit = show(BillQuery(search = words))

    private fun show(query: BillQuery): Unit = stage.act {
        shown = emptyList()
        shown = rabt.bills.page(query).bills
    }

    @Given("{int} bills are on the screen")
    fun onScreen(count: Int): Unit = stage.check { assertEquals(count, shown.size) }

    @Given("these bills are on the screen:")
    fun onScreen(bills: DataTable): Unit = stage.check { assertEquals(keys(bills), shown.map { it.key }) }

    @Given("the bill {string} of {string} is {string}")
    fun billIs(bill: String, agency: String, status: String): Unit =
        stage.check { assertEquals(status, words(bill(bill, agency).status)) }

    @Given("the bill {string} of {string} costs {string} and is due on {string}")
    fun billCosts(bill: String, agency: String, amount: String, due: String): Unit = stage.check {
        val found = bill(bill, agency)
        assertEquals(amount(amount), found.amount)
        assertEquals(LocalDate.parse(due), found.dueOn)
    }

    @Given("the bill {string} of {string} is called {string} and {string}")
    fun billIsCalled(bill: String, agency: String, en: String, ar: String): Unit = stage.check {
        val title = bill(bill, agency).title
        assertEquals(en to ar, title.en to title.ar)
    }

    @Given("no bill {string} of {string} is known")
    fun billIsUnknown(bill: String, agency: String): Unit =
        stage.check { assertNull(rabt.bills.get(BillKey(agency, bill))) }

    @Given("the {string} of {string} is added by hand:")
    fun added(kind: String, agency: String, fields: DataTable): Unit = stage.act {
        rabt.accounts.add(agency, kind, fields.asMaps().associate { it.getValue("field") to it.getValue("value") })
    }

    @Given("{int} accounts are known")
    fun accounts(count: Int): Unit = stage.check { assertEquals(count, rabt.accounts.list().size) }
}

/** The bills of a table. */
fun keys(bills: DataTable): List<BillKey> = bills.asMaps().map { BillKey(it.getValue("agency"), it.getValue("bill")) }
