package city.rabt

import kotlinx.coroutines.flow.Flow

/**
 * Bills that pay themselves: mandates drafted, tried on the past, signed with the device's key, stopped, and the gateway that executes them
 * checked.
 *
 * What the person decides is written down before it is sent, and sent again until the gateway has it; so [sign], [pause], [resume],
 * [revoke], [answer] and [dispute] work offline, and a cancelled call has still happened.
 */
public class Autopay internal constructor(private val core: AutopayCore, private val rabt: Rabt) {
    /**
     * Checks a draft, and says what it means in plain words and what to think of. Nothing is stored and nothing is sent.
     *
     * @throws RabtException.InvalidInput on the field that is wrong: a limit, an agency, an instrument, a day.
     * @throws RabtException.Offline where there was never a directory.
     * @throws RabtException.Storage
     */
    public suspend fun draft(draft: MandateDraft): DraftedMandate = core.draft(draft)

    /**
     * Plays a draft over the bills of the last twelve months and the coming two, from the store, and shows what it would have paid, held
     * and asked.
     *
     * @throws RabtException.InvalidInput as [draft].
     * @throws RabtException.Storage
     */
    public suspend fun preview(draft: MandateDraft): MandatePreview = core.preview(draft)

    /**
     * Mandates that would have paid every bill of the last twelve months on time, one for each account or card, the best first.
     *
     * @throws RabtException.Storage
     */
    public suspend fun suggestions(): List<MandateSuggestion> = core.suggestions()

    /**
     * Signs a draft, as a new mandate or the next version of one, and sends it; offline it is sent by the next [Sync.run]. A mandate on a
     * bank account pays nothing before the bank's consent: see [beginConsent].
     *
     * @throws RabtException.InvalidInput as [draft], with nothing stored and nothing sent.
     * @throws RabtException.SignInRequired
     * @throws RabtException.Refused where the gateway doesn't take it.
     * @throws RabtException.Storage
     */
    public suspend fun sign(draft: MandateDraft): Mandate = core.sign(draft)

    /**
     * Begins to ask the bank for a consent that covers a mandate, and returns the address of the page to open in the system's browser. Hand
     * the address that comes back to [completeConsent].
     *
     * @throws RabtException.InvalidInput on `mandate_id`.
     * @throws RabtException.Refused as for a card, which needs none.
     * @throws RabtException.SignInRequired
     * @throws RabtException.Offline
     * @throws RabtException.AgencyUnavailable
     */
    public suspend fun beginConsent(mandateId: String): String = core.beginConsent(mandateId)

    /**
     * Takes the address that came back from the bank's page, also after the app was killed in between.
     *
     * @throws RabtException.InvalidInput on `url` for one that answers no attempt of this device.
     * @throws RabtException.Refused where the person said no there.
     * @throws RabtException.Offline hand the same address in again.
     */
    public suspend fun completeConsent(url: String): Mandate = core.completeConsent(url)

    /**
     * Stops a mandate for now.
     *
     * @throws RabtException.InvalidInput on `mandate_id` where there is no such mandate, or it was revoked.
     * @throws RabtException.Storage
     */
    public suspend fun pause(mandateId: String): Mandate = core.pause(mandateId)

    /**
     * Lets a mandate go on, also one that a dispute stopped.
     *
     * @throws RabtException.InvalidInput as [pause].
     * @throws RabtException.Storage
     */
    public suspend fun resume(mandateId: String): Mandate = core.resume(mandateId)

    /**
     * Ends a mandate for good. It is what is sent first at the next contact, and every payment that is decided later than now is flagged.
     *
     * @throws RabtException.InvalidInput on `mandate_id` where there is no such mandate.
     * @throws RabtException.Storage
     */
    public suspend fun revoke(mandateId: String): Mandate = core.revoke(mandateId)

    /**
     * All mandates, the newest first, also those that were revoked or have ended; from the store.
     *
     * @throws RabtException.Storage
     */
    public suspend fun list(): List<Mandate> = core.list()

    /** The [list] now, and again after each change. */
    public fun mandates(): Flow<List<Mandate>> = rabt.rereading(Topic.AUTOPAY) { list() }

    /**
     * A page of decisions, newest first, each with its reason in words and what was found about it; from the store.
     *
     * @throws RabtException.InvalidInput on the field of the query.
     * @throws RabtException.Storage
     */
    public suspend fun decisions(query: DecisionQuery = DecisionQuery()): DecisionPage = core.decisions(query)

    /**
     * What is asked of the person now, what will be paid when, and what each limit has left, as far as this device knows; from the store.
     *
     * @throws RabtException.Storage
     */
    public suspend fun upcoming(): Upcoming = core.upcoming()

    /**
     * Answers what a mandate asked, or approves what it holds. The last answer counts.
     *
     * @throws RabtException.InvalidInput on `mandate_id`, `bill_id` or `up_to_fils`.
     * @throws RabtException.Refused
     * @throws RabtException.Storage
     */
    public suspend fun answer(mandateId: String, bill: BillKey, answer: MandateAnswer): Unit =
        core.answer(mandateId, bill, answer)

    /**
     * What was found of a gateway that doesn't keep to what was signed, oldest first; from the store.
     *
     * @throws RabtException.Storage
     */
    public suspend fun findings(): List<Finding> = core.findings()

    /**
     * Says that what was found was not the person's will, and stops the mandate until they resume it. Disputing twice is disputing once.
     *
     * @throws RabtException.InvalidInput on `finding_id`, and on `note` for one of more than 500 characters.
     * @throws RabtException.Storage
     */
    public suspend fun dispute(findingId: Long, note: String? = null): Finding = core.dispute(findingId, note)

    /**
     * Does what a sync does for mandates, now: sends what isn't sent, hears what is registered and was decided, and checks it.
     *
     * @throws RabtException.SignInRequired
     * @throws RabtException.Offline
     * @throws RabtException.AgencyUnavailable
     * @throws RabtException.Storage
     */
    public suspend fun refresh(): Unit = core.refresh()
}
