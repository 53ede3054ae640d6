package city.rabt

import kotlinx.coroutines.flow.Flow

/** Every bill of every agency. A page is read from the store; a refresh asks the agencies and writes what they say as it arrives. */
public class Bills internal constructor(private val core: BillsCore, private val rabt: Rabt) {
    /**
     * A page, from the store: filtered, searched in both languages, sorted by due day. `BillQuery()` is the first page of all open bills,
     * the most urgent first.
     *
     * @throws RabtException.InvalidInput on `limit`, `cursor`, `due`, `due_from`, `due_to`, `search`, `agencies[N]` or `account`.
     * @throws RabtException.Storage
     */
    public suspend fun page(query: BillQuery = BillQuery()): BillPage = core.page(query)

    /** The [page] now, and again after each change of a bill. */
    public fun pages(query: BillQuery = BillQuery()): Flow<BillPage> = rabt.rereading(Topic.BILLS) { page(query) }

    /**
     * One bill, from the store; `null` where none of that name is known.
     *
     * @throws RabtException.InvalidInput on `key.agency_id` or `key.bill_id`.
     * @throws RabtException.Storage
     */
    public suspend fun get(key: BillKey): Bill? = core.get(key)

    /**
     * What is open, by agency and by the week in which it is due, as of today in Dubai; from the store.
     *
     * @throws RabtException.Storage
     */
    public suspend fun summary(): Summary = core.summary()

    /** The [summary] now, and again after each change of a bill. */
    public fun summaries(): Flow<Summary> = rabt.rereading(Topic.BILLS) { summary() }

    /**
     * Asks all agencies that the person consented to, at once. Each answers within a deadline of its own, and what it says is in the
     * store as it arrives. The report says what became of each: one that doesn't answer is no error of the call. Cancelling doesn't stop
     * it.
     *
     * @throws RabtException.SignInRequired
     * @throws RabtException.Offline where not even the directory could be had.
     * @throws RabtException.Storage
     */
    public suspend fun refresh(): RefreshReport = core.refresh()

    /**
     * The same for some agencies.
     *
     * @throws RabtException.InvalidInput on `agency_id` for one that isn't in the directory.
     */
    public suspend fun refresh(agencyIds: List<String>): RefreshReport = core.refreshAgencies(agencyIds)
}
