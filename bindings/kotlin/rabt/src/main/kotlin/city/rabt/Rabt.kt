package city.rabt

import kotlinx.coroutines.flow.Flow
import java.time.Clock as JavaClock

/**
 * The core of the city app: everything that it knows of the person, and everything that it can do for them.
 *
 * Open one with [Rabt.open] when the app starts, keep it for as long as the app lives, and [close] it when it ends. A page is read from
 * the store, so it is there without a network too; a command goes to the network and from there into the store, and [changes] says what
 * changed.
 *
 * Every call suspends and may be made from the main thread: the work is done on threads of the core's own. **Cancelling ends the waiting,
 * never the work**: a payment whose coroutine was cancelled is paid all the same, and its outcome waits in [Payments.outcomes].
 *
 * Every call throws a [RabtException] and nothing else.
 */
public class Rabt internal constructor(private val core: RabtCore) : AutoCloseable {
    /** What was found when the core was opened: tell the person where something was set aside. */
    public val opened: OpenReport = core.opened()

    /** Signing in and out. */
    public val session: Session = Session(core.session())

    /** The linked agencies, and what the person agreed to. */
    public val agencies: Agencies = Agencies(core.agencies())

    /** What the person holds with the agencies. */
    public val accounts: Accounts = Accounts(core.accounts())

    /** The person's bills. */
    public val bills: Bills = Bills(core.bills(), this)

    /** What the person pays with. */
    public val instruments: Instruments = Instruments(core.instruments())

    /** Paying. */
    public val payments: Payments = Payments(core.payments(), this)

    /** Bills that pay themselves. */
    public val autopay: Autopay = Autopay(core.autopay(), this)

    /** Background work. */
    public val sync: Sync = Sync(core.sync())

    /** How the core is, for QA and support. */
    public val diagnostics: Diagnostics = Diagnostics(core.diagnostics())

    /**
     * Which topics change, from the moment at which it is collected. It says *what* changed and never *how*: read the page again.
     *
     * A slow collector is told once of all that changed meanwhile, and never holds the core up. The flow completes when the core is
     * closed; to stop collecting ends the watch.
     *
     * The flow throws [RabtException.Conflict] with [ConflictCode.CLOSED] where the core is closed already.
     */
    public fun changes(): Flow<Set<Topic>> = watching { core.watch(it) }

    /**
     * What [read] gives now, and again after each change of one of [topics]: a screen that is never stale.
     *
     * What [read] throws, the flow throws.
     */
    public fun <Page> rereading(vararg topics: Topic, read: suspend () -> Page): Flow<Page> =
        rereading(topics.toSet(), read) { core.watch(it) }

    /**
     * Lets go of the files' locks, and waits for work that is under way. Until [resume] every call throws [RabtException.Conflict] with
     * [ConflictCode.PAUSED]. Pausing twice does nothing more.
     */
    public suspend fun pause(): Unit = core.pause()

    /**
     * Takes the locks again, and goes on with what is in the files now: another process of the app may have used them meanwhile. Where it
     * fails the core stays paused, and this can be called again.
     */
    public suspend fun resume(): Unit = core.resume()

    /**
     * Closes the core. From now on every call throws [RabtException.Conflict] with [ConflictCode.CLOSED], and its flows complete. What is
     * under way goes on to its end, a payment too. Closing twice does nothing, and a core that is forgotten without this closes by itself.
     */
    override fun close(): Unit = core.shutDown()

    public companion object {
        /**
         * Opens the core: its files, and the session that is in them. It needs no network. There is one for a folder at a time.
         *
         * @param config What the app is built with.
         * @param secrets Keeps the master key: over a key of the Keystore on Android, [InMemorySecretStore] in a test.
         * @param signer The device's own key, where the app has one in its Keystore; the core makes one otherwise.
         * @param clock Tells the time, for a test; an app gives none.
         * @throws RabtException.InvalidInput for a field of the configuration.
         * @throws RabtException.Conflict with [ConflictCode.IN_USE] where the folder is open already.
         * @throws RabtException.Storage for the disk or the secret store; with [StorageProblem.SECRET_STORE_UNAVAILABLE] the device is
         * locked: try again once it isn't.
         */
        public suspend fun open(
            config: Config,
            secrets: SecretStore,
            signer: DpopSigner? = null,
            clock: JavaClock? = null,
        ): Rabt {
            CoreThreads.attachAsDaemons()
            return Rabt(openRabtCore(config, secrets, signer, clock?.let(::ClockOfCore)))
        }
    }
}

/** The JVM's clock, as the core takes it. */
private class ClockOfCore(private val clock: JavaClock) : Clock {
    override fun now(): Timestamp = clock.instant()
}
