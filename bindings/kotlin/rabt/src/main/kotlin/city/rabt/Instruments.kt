package city.rabt

/** What the person pays with: bank accounts, by an open-finance consent, and cards. Neither's number is ever seen here. */
public class Instruments internal constructor(private val core: InstrumentsCore) {
    /**
     * All that are linked, from the store.
     *
     * @throws RabtException.Storage
     */
    public suspend fun list(): List<Instrument> = core.list()

    /**
     * Asks the gateway which are linked, and returns them.
     *
     * @throws RabtException.SignInRequired
     * @throws RabtException.Offline
     * @throws RabtException.AgencyUnavailable
     */
    public suspend fun refresh(): List<Instrument> = core.refresh()

    /**
     * Begins to link one, and returns the address of the bank's or processor's page to open in the system's browser. Hand the address that
     * comes back to [completeLink].
     *
     * @throws RabtException.SignInRequired
     * @throws RabtException.Offline
     * @throws RabtException.AgencyUnavailable
     */
    public suspend fun beginLink(kind: InstrumentKind): String = core.beginLink(kind)

    /**
     * Takes the address that came back, also after the app was killed in between. Each is taken once.
     *
     * @throws RabtException.InvalidInput on `url` for one that answers no attempt of this device.
     * @throws RabtException.Refused where the person cancelled.
     * @throws RabtException.Offline
     */
    public suspend fun completeLink(url: String): Instrument = core.completeLink(url)

    /**
     * Unlinks one.
     *
     * @throws RabtException.InvalidInput on `instrument_id`.
     * @throws RabtException.Offline
     * @throws RabtException.AgencyUnavailable
     */
    public suspend fun remove(instrumentId: String): Unit = core.remove(instrumentId)
}
