package city.rabt.behaviour

import city.rabt.BillKey
import city.rabt.ChosenBill
import city.rabt.InstrumentKind
import city.rabt.Payment
import city.rabt.PaymentState
import city.rabt.Rabt
import city.rabt.town.City
import city.rabt.town.Phone
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.random.Random
import kotlin.time.Duration.Companion.seconds
import kotlin.time.measureTimedValue

/** Cancelling ends the waiting, never the work. */
class CancellingTest {
    /** Bills of one dirham each, with one agency. */
    private suspend fun smallBills(city: City, rabt: Rabt, count: Int): List<BillKey> {
        val keys = (1..count).map {
            val new = mapOf(
                "agency_id" to AGENCY, "persona_id" to PERSONA, "kind_code" to "traffic-fine", "amount_fils" to SMALL_FILS,
            )
            BillKey(AGENCY, city.post("/v1/bills", new)["bill_id"].asText())
        }
        assertEquals(1, rabt.bills.refresh(listOf(AGENCY)).answered)
        return keys
    }

    private suspend fun quoteAndPay(rabt: Rabt, bill: BillKey, instrument: String): Payment =
        rabt.payments.pay(rabt.payments.quote(listOf(ChosenBill(bill))).id, instrument)

    private suspend fun journal(rabt: Rabt): List<Payment> = buildList {
        var cursor: String? = null
        do {
            val page = rabt.payments.page(cursor, PAGE)
            addAll(page.payments)
            cursor = page.next
        } while (cursor != null)
    }

    @Test
    fun `coroutines that are cancelled at a hundred moments drop no payment and pay nothing twice`(): Unit = City().use { city ->
        runBlocking {
            // Given a person with many bills, and how long one payment takes here.
            val phone = Phone(city)
            phone.open()
            val rabt = phone.rabt
            rabt.session.complete(city.visit(rabt.session.beginSignIn(), PERSONA, "approve"))
            rabt.agencies.refresh()
            rabt.agencies.consent(rabt.agencies.list().map { it.id })
            val page = rabt.instruments.beginLink(InstrumentKind.BANK_ACCOUNT)
            val account = rabt.instruments.completeLink(city.visit(page, PERSONA, "approve")).id
            val bills = smallBills(city, rabt, MOMENTS + WARM_UP)
            bills.take(WARM_UP - 1).forEach { quoteAndPay(rabt, it, account) }
            val whole = measureTimedValue { quoteAndPay(rabt, bills[WARM_UP - 1], account) }.duration * 2

            // When the coroutine that waits is cancelled at any moment, before, within and after.
            val done = bills.drop(WARM_UP).chunked(MOMENTS / LANES).mapIndexed { lane, own ->
                async(Dispatchers.Default) {
                    val random = Random(lane)
                    own.map { bill ->
                        bill to withTimeoutOrNull(whole * random.nextDouble()) { quoteAndPay(rabt, bill, account) }
                    }
                }
            }.awaitAll().flatten()
            assertEquals(MOMENTS, done.size)
            assertTrue(done.any { (_, paid) -> paid == null }, "somebody has to be cancelled")

            // Then the books balance, and every bill was paid once or not at all.
            city.booksAtRest()
            while (rabt.sync.run(5.seconds).paymentsLeft > 0) Unit
            val journal = journal(rabt)
            assertEquals(setOf(PaymentState.SETTLED), journal.map { it.state }.toSet())
            val paid = journal.flatMap { it.items }.map { it.bill }
            assertEquals(paid.size, paid.toSet().size, "a bill was paid twice")
            assertTrue(done.all { (bill, waited) -> waited == null || bill in paid }, "a payment that was waited for is gone")
            assertEquals(journal.size, rabt.payments.outcomes(MANY).size, "each payment has one outcome")
            val books = city.booksAtRest()
            assertTrue(books["balanced"].asBoolean(), "$books")
            assertEquals(0, books["paid_twice"].asInt(), "$books")
            assertEquals(0, books["lost_fils"].asLong(), "$books")
            assertEquals(paid.size * SMALL_FILS, books["settled_fils"].asLong(), "$books")
            phone.discard()
        }
    }

    private companion object {
        const val PERSONA = "tenant-family"
        const val AGENCY = "police"
        const val SMALL_FILS = 100L

        /** How many times somebody is cancelled, and how many at the same time. */
        const val MOMENTS = 100
        const val LANES = 5

        /** The machine compiles what it runs often. */
        const val WARM_UP = 10
        const val PAGE = 200
        const val MANY = 1_000
    }
}
