package city.rabt.behaviour

import city.rabt.BillQuery
import city.rabt.BillStatus
import city.rabt.ChosenBill
import city.rabt.InstrumentKind
import city.rabt.RabtException
import city.rabt.town.City
import city.rabt.town.Phone
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.random.Random
import kotlin.time.Duration.Companion.seconds

/** Cancelling ends the waiting, never the work. */
class CancellingTest {
    @Test
    fun `payments that are cancelled at any moment are paid once or not at all`(): Unit = City().use { city ->
        runBlocking {
            val phone = Phone(city)
            phone.open()
            val rabt = phone.rabt
            rabt.session.complete(city.visit(rabt.session.beginSignIn(), "tenant-family", "approve"))
            rabt.agencies.refresh()
            rabt.agencies.consent(rabt.agencies.list().map { it.id })
            rabt.bills.refresh()
            val page = rabt.instruments.beginLink(InstrumentKind.BANK_ACCOUNT)
            val account = rabt.instruments.completeLink(city.visit(page, "tenant-family", "approve"))

            val random = Random(SEED)
            val cheap = rabt.bills.page(BillQuery()).bills.filter { it.payable && it.amount.fils < STEP_UP_FROM_FILS }
            assertTrue(cheap.size > 5)
            for (bill in cheap) {
                val paying = launch {
                    try {
                        rabt.payments.pay(rabt.payments.quote(listOf(ChosenBill(bill.key))).id, account.id)
                    } catch (_: RabtException) {
                        // Whatever became of it is in the books.
                    }
                }
                delay(random.nextLong(PAY_MS_MAX))
                paying.cancelAndJoin()
            }
            for (payment in rabt.payments.page().payments) rabt.payments.follow(payment.idempotencyKey, 20.seconds)
            val books = city.booksAtRest()
            assertTrue(books["balanced"].asBoolean(), "$books")
            assertEquals(0, books["paid_twice"].asInt(), "$books")
            assertEquals(0, books["lost_fils"].asLong(), "$books")

            rabt.bills.refresh()
            val paid = cheap.filter { rabt.bills.get(it.key)?.status == BillStatus.PAID }
            assertEquals(paid.sumOf { it.amount.fils }, books["settled_fils"].asLong())
            assertEquals(paid.size, rabt.payments.outcomes().size)
            phone.discard()
        }
    }

    private companion object {
        const val SEED = 20260301

        /** About as long as a payment takes, with the quote before it. */
        const val PAY_MS_MAX = 60L
        const val STEP_UP_FROM_FILS = 100_000L
    }
}
