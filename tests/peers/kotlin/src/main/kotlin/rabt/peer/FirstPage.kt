/** A start of the app: opens the database and reads the first bills, as a screen shows them. `fill FILE COUNT` makes the database. */
package rabt.peer

import java.nio.file.Path
import java.time.LocalDate

private const val PAGE = 50
private const val AGENCIES = 12
private const val DAYS = 700
private val FIRST_DAY: LocalDate = LocalDate.of(2026, 11, 24)

fun main(arguments: Array<String>) {
    if (arguments.first() == "fill") {
        BillStore(Path.of(arguments[1])).use { fill(it, arguments[2].toInt()) }
        println("filled")
    } else {
        println(firstPage(Path.of(arguments.first()), PAGE).count { it.title.en.isNotEmpty() && it.lines.isNotEmpty() })
    }
}

private fun fill(store: BillStore, count: Int) {
    for (agency in 0 until AGENCIES) {
        val bills = (agency until count step AGENCIES).map { made("agency-$agency", it) }
        store.replace(Accounts("agency-$agency", "person", emptyList()), bills, 1)
    }
}

private fun made(agency: String, number: Int) = Bill(
    billId = "bill-$number",
    agencyId = agency,
    accountId = "account-${number % 7}",
    kind = "utility",
    kindCode = "monthly",
    title = Localized(
        "Electricity of flat ${number % 90} in building $number",
        "كهرباء الشقة ${number % 90} في المبنى $number",
    ),
    reference = "INV-%08d".format(number),
    status = "open",
    issuedOn = FIRST_DAY.minusDays(30).toString(),
    dueOn = FIRST_DAY.plusDays((number * 7919L) % DAYS).toString(),
    lines = listOf(BillLine("consumption", Localized("Consumption", "الاستهلاك"), 10_000L + number)),
    amountFils = 10_000L + number,
    currency = "AED",
    amountRule = AmountRule("exact"),
    revision = 1,
)
