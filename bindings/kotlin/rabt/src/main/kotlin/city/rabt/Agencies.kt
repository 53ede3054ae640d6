package city.rabt

/** The linked agencies, and what the person agreed to. */
public class Agencies internal constructor(private val core: AgenciesCore) {
    /**
     * The agencies of the directory, in its order, from the store; empty before the first directory came.
     *
     * @throws RabtException.Storage
     */
    public suspend fun list(): List<Agency> = core.list()

    /**
     * Asks the gateway for a newer directory. An agency that joined the city is in the list afterwards.
     *
     * @throws RabtException.Offline
     * @throws RabtException.AgencyUnavailable also where the answer was refused: the directory at hand stands.
     */
    public suspend fun refresh(): Unit = core.refresh()

    /**
     * The person agrees that these agencies answer about them. Agreeing twice changes nothing.
     *
     * @throws RabtException.InvalidInput on `agencies[N]` for one that isn't in the directory, and nothing is kept then.
     */
    public suspend fun consent(agencyIds: List<String>): Unit = core.consent(agencyIds)

    /**
     * The person takes their consent to an agency back. From now on it isn't asked, and what it said is forgotten. It works offline.
     *
     * @throws RabtException.InvalidInput on `agency_id`.
     * @throws RabtException.Storage and then nothing has changed.
     */
    public suspend fun withdrawConsent(agencyId: String): Unit = core.withdrawConsent(agencyId)
}

/** What the person holds with the agencies: contracts, traffic files, toll accounts, licences. */
public class Accounts internal constructor(private val core: AccountsCore) {
    /**
     * All that are known, by agency, from the store.
     *
     * @throws RabtException.Storage
     */
    public suspend fun list(): List<Account> = core.list()

    /**
     * Adds one by hand, such as a parent's electricity, with the fields of the form that the directory gives for its kind
     * ([AccountKind.form]), by name. Adding one twice is the same account.
     *
     * @throws RabtException.InvalidInput on `agency_id`, `kind` or `fields.NAME`, with nothing sent.
     * @throws RabtException.Conflict with [ConflictCode.CONSENT_MISSING].
     * @throws RabtException.Refused with the code `account_unknown` where the agency knows no such account.
     * @throws RabtException.Offline
     * @throws RabtException.AgencyUnavailable
     */
    public suspend fun add(agencyId: String, kind: String, fields: Map<String, String>): Account =
        core.add(agencyId, kind, fields)
}
