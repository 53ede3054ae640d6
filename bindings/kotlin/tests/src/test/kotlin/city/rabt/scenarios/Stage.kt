package city.rabt.scenarios

import city.rabt.Bill
import city.rabt.BillKey
import city.rabt.Instrument
import city.rabt.InstrumentKind
import city.rabt.Quote
import city.rabt.Rabt
import city.rabt.RabtException
import city.rabt.RefreshReport
import city.rabt.town.City
import city.rabt.town.Phone
import city.rabt.values.Money
import kotlinx.coroutines.runBlocking
import java.math.BigDecimal

/** What a scenario remembers from one step to the next. */
class Stage {
    private var started: City? = null
    private val phones = mutableMapOf<String, Phone>()
    private var inHand = ""

    /** The error of the last act, until a step says that it was expected. */
    private var failed: RabtException? = null

    /** The error that was expected, for what is said of it afterwards. */
    var expected: RabtException? = null
        private set

    /** What the last refresh reported. */
    var report: RefreshReport? = null

    /** The list of bills that is on the screen. */
    var shown: List<Bill> = emptyList()

    private val quotes = mutableMapOf<String, Quote>()
    private val payments = mutableMapOf<String, String>()

    /** The last quote of the phone in hand. */
    var quote: Quote
        get() = quotes.getValue(inHand)
        set(quote) {
            quotes[inHand] = quote
        }

    /** The idempotency key of its last payment. */
    var payment: String
        get() = payments.getValue(inHand)
        set(payment) {
            payments[inHand] = payment
        }

    val city: City
        get() = checkNotNull(started) { "the scenario begins with a city" }

    val phone: Phone
        get() = phones.getValue(inHand)

    val rabt: Rabt
        get() = phone.rabt

    /** Starts the city, and takes a phone in hand. */
    fun begin() {
        started = City()
        take("first")
    }

    /** Takes a phone in hand; a new one, with the app open, where there is none of that name. */
    fun take(name: String) {
        inHand = name
        phones.getOrPut(name) { Phone(city).also { runBlocking { it.open() } } }
    }

    fun everyPhone(act: (Phone) -> Unit): Unit = phones.values.forEach(act)

    /** Does an act, and keeps its error: the next step must speak of it. */
    fun act(does: suspend Stage.() -> Unit) {
        nothingUnspoken()
        try {
            runBlocking { does() }
        } catch (error: RabtException) {
            failed = error
        }
    }

    /** Says what is so. */
    fun check(says: suspend Stage.() -> Unit) {
        nothingUnspoken()
        runBlocking { says() }
    }

    /** The error that the last act must have ended with. */
    fun expectFailure(): RabtException {
        val error = checkNotNull(failed) { "the last step succeeded; it was to fail" }
        failed = null
        expected = error
        return error
    }

    /** Fails where an error was not spoken of. */
    fun nothingUnspoken() {
        failed?.let { throw AssertionError("the last step failed: $it", it) }
    }

    /** A bill, from the store. */
    suspend fun bill(bill: String, agency: String): Bill =
        checkNotNull(rabt.bills.get(BillKey(agency, bill))) { "the bill is known" }

    /** The linked instrument of a kind, from the store. */
    suspend fun instrument(kind: String): Instrument? = rabt.instruments.list().find { it.kind == kindOf(kind) }

    fun end() {
        everyPhone(Phone::discard)
        started?.close()
    }
}

/** `bank account` or `card`. */
fun kindOf(words: String): InstrumentKind = when (words) {
    "bank account" -> InstrumentKind.BANK_ACCOUNT
    "card" -> InstrumentKind.CARD
    else -> error("`$words` is neither `bank account` nor `card`")
}

/** An amount as the scenarios write it: `AED 1,520.13`. */
fun amount(words: String): Money = Money.ofDirhams(BigDecimal(words.removePrefix("AED ").replace(",", "")))

/** A value of an enum as the scenarios write it: `paid elsewhere`. */
fun words(value: Enum<*>): String = value.name.lowercase().replace('_', ' ')
