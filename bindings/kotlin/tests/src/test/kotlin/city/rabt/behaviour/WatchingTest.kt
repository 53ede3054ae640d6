package city.rabt.behaviour

import app.cash.turbine.test
import city.rabt.ConflictCode
import city.rabt.RabtException
import city.rabt.Topic
import city.rabt.town.City
import city.rabt.town.Phone
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

/** Watches as flows. */
class WatchingTest {
    private lateinit var phone: Phone

    @BeforeEach
    fun phone(): Unit = runBlocking {
        phone = Phone(city)
        phone.open()
        val rabt = phone.rabt
        rabt.session.complete(city.visit(rabt.session.beginSignIn(), "trader", "approve"))
        rabt.agencies.refresh()
    }

    @AfterEach
    fun discard(): Unit = phone.discard()

    private suspend fun consentToAll() {
        phone.rabt.agencies.consent(phone.rabt.agencies.list().map { it.id })
    }

    @Test
    fun `a page is read again when it changed, and a flow that is closed hears no more`(): Unit = runBlocking {
        consentToAll()
        phone.rabt.bills.summaries().test {
            assertEquals(0, awaitItem().total.count)
            phone.rabt.bills.refresh()
            val known = phone.rabt.bills.summary().total.count
            assertTrue(known > 0)
            while (awaitItem().total.count < known) Unit
            cancelAndIgnoreRemainingEvents()
        }
    }

    @Test
    fun `a slow collector holds nobody up, and is told once of all that changed`(): Unit = runBlocking {
        consentToAll()
        val told = mutableListOf<Set<Topic>>()
        val watching = launch {
            phone.rabt.changes().collect {
                told += it
                delay(SLOW_MS)
            }
        }
        delay(SLOW_MS)
        phone.rabt.bills.refresh()
        delay(3 * SLOW_MS)
        watching.cancel()
        assertTrue(told.flatten().containsAll(setOf(Topic.BILLS, Topic.AGENCIES)), "$told")
        assertTrue(told.size <= 6, "${told.size} times")
    }

    @Test
    fun `closing the core completes its flows`(): Unit = runBlocking {
        val collected = launch { phone.rabt.changes().toList() }
        delay(SLOW_MS)
        phone.close()
        collected.join()
        phone.open()
        val rabt = phone.rabt
        rabt.close()
        val error = assertThrows<RabtException.Conflict> { rabt.changes().first() }
        assertEquals(ConflictCode.CLOSED, error.conflict)
    }

    @Test
    fun `many flows may be opened and closed`(): Unit = runBlocking {
        repeat(500) { phone.rabt.bills.summaries().take(1).toList() }
    }

    private companion object {
        const val SLOW_MS = 200L
        val city = City()

        @JvmStatic
        @AfterAll
        fun end(): Unit = city.close()
    }
}
