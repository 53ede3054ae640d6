package city.rabt

import kotlinx.coroutines.flow.Flow
import kotlin.time.Duration

/**
 * Paying: a basket of bills of any agencies is quoted, paid, found again when an answer is lost, and receipted.
 *
 * A payment is written down before anything is sent, so that neither a cancelled call nor a kill nor a lost answer pays a bill twice or
 * loses one.
 */
public class Payments internal constructor(private val core: PaymentsCore, private val rabt: Rabt) {
    /**
     * Asks what a basket costs now. The amounts are fetched again; show the lines of the [Quote] that aren't
     * [QuoteOutcome.PAYABLE] before paying. The quote can be paid once, until it expires.
     *
     * @throws RabtException.InvalidInput on `items`, `items[N].bill` or `items[N].amount_fils`, with nothing sent.
     * @throws RabtException.Conflict where a bill is part of a payment that isn't finished.
     * @throws RabtException.Offline
     * @throws RabtException.AgencyUnavailable for the gateway.
     */
    public suspend fun quote(items: List<ChosenBill>): Quote = core.quote(items)

    /**
     * Pays a quote, and waits for the hub's answer; where none comes, looks the payment up for a while. What is returned may still be
     * [PaymentState.UNKNOWN] or [PaymentState.PENDING]: [follow] it while the person watches, or leave it to [Sync.run].
     *
     * Paying the same quote again is the same payment. Cancelling doesn't stop it.
     *
     * @throws RabtException.StepUpRequired step up with [Session.beginStepUp], then call again with the same quote.
     * @throws RabtException.Conflict the quote expired, a bill is being paid, the instrument can't be used, nothing is payable.
     * @throws RabtException.Refused the hub or the bank declined (`insufficient_funds`, say); nothing was taken.
     * @throws RabtException.Offline nothing was sent and nothing will be.
     * @throws RabtException.AgencyUnavailable nothing was sent and nothing will be.
     */
    public suspend fun pay(quoteId: String, instrumentId: String): Payment = core.pay(quoteId, instrumentId)

    /**
     * Looks a payment up until it is finished or [patience] is over, and returns it as it is then.
     *
     * @throws RabtException.InvalidInput on `idempotency_key` where there is no such payment.
     * @throws RabtException.Storage
     */
    public suspend fun follow(idempotencyKey: String, patience: Duration): Payment =
        core.follow(idempotencyKey, patience.inWholeMilliseconds)

    /**
     * One payment, from the store; `null` where there is none.
     *
     * @throws RabtException.Storage
     */
    public suspend fun get(idempotencyKey: String): Payment? = core.get(idempotencyKey)

    /**
     * A page of payments, newest first, from the store.
     *
     * @throws RabtException.InvalidInput on `cursor` or `limit`.
     * @throws RabtException.Storage
     */
    public suspend fun page(cursor: String? = null, limit: Int = PAGE_DEFAULT): PaymentPage = core.page(cursor, limit)

    /**
     * What became of payments and was not acknowledged yet, oldest first. An outcome stays in the queue through kills until [acknowledge];
     * show it, then acknowledge it.
     *
     * @throws RabtException.Storage
     */
    public suspend fun outcomes(limit: Int = PAGE_DEFAULT): List<PaymentOutcome> = core.outcomes(limit)

    /** The [outcomes] now, and again after each change of the queue. */
    public fun outcomeQueue(): Flow<List<PaymentOutcome>> = rabt.rereading(Topic.OUTCOMES) { outcomes() }

    /**
     * Takes outcomes from the queue, and says how many were in it.
     *
     * @throws RabtException.Storage and then all of them are still there.
     */
    public suspend fun acknowledge(outcomeIds: List<Long>): Int = core.acknowledge(outcomeIds)

    /**
     * A page of receipts, newest first, each verified against the directory's keys, also without a network.
     *
     * @throws RabtException.InvalidInput on `cursor` or `limit`.
     * @throws RabtException.Storage
     */
    public suspend fun receipts(cursor: String? = null, limit: Int = PAGE_DEFAULT): ReceiptPage =
        core.receipts(cursor, limit)

    private companion object {
        const val PAGE_DEFAULT = 50
    }
}
