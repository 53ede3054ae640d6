import Foundation

/// The core of the city app: everything that it knows of the person, and everything that it can do for them.
///
/// Open one with ``open(_:secrets:signer:clock:)`` when the app starts, and keep it for as long as the app lives. A page is read from the
/// store, so it is there without a network too; a command goes to the network and from there into the store, and ``changes()`` says what
/// changed.
///
/// Every call may be made from the main actor: the work is done on threads of the core's own. **Cancelling a task ends its waiting, never
/// the work**: a call in a cancelled task throws `CancellationError` at once, and a payment that it began is paid all the same. Its
/// outcome waits in ``Payments/outcomes(limit:)``. Everything else that a call throws is a ``RabtError``.
public final class Rabt: Sendable {
    let core: RabtCore

    /// What was found when the core was opened: tell the person where something was set aside.
    public let opened: OpenReport
    /// Signing in and out.
    public let session: Session
    /// The linked agencies, and what the person agreed to.
    public let agencies: Agencies
    /// What the person holds with the agencies.
    public let accounts: Accounts
    /// The person's bills.
    public let bills: Bills
    /// What the person pays with.
    public let instruments: Instruments
    /// Paying.
    public let payments: Payments
    /// Bills that pay themselves.
    public let autopay: Autopay
    /// Background work.
    public let sync: BackgroundSync
    /// How the core is, for QA and support.
    public let diagnostics: Diagnostics

    private init(core: RabtCore) {
        self.core = core
        opened = core.opened()
        session = Session(core: core.session())
        agencies = Agencies(core: core.agencies())
        accounts = Accounts(core: core.accounts())
        bills = Bills(core: core.bills())
        instruments = Instruments(core: core.instruments())
        payments = Payments(core: core.payments())
        autopay = Autopay(core: core.autopay())
        sync = BackgroundSync(core: core.sync())
        diagnostics = Diagnostics(core: core.diagnostics())
    }

    /// Opens the core: its files, and the session that is in them. It needs no network. There is one for a folder at a time. On Apple's systems
    /// the folder is kept out of backups.
    ///
    /// - Parameters:
    ///   - config: What the app is built with.
    ///   - secrets: Keeps the master key: `KeychainSecretStore` in an app, ``InMemorySecretStore`` in a test.
    ///   - signer: The device's own key, where the app has one in the Secure Enclave; the core makes one otherwise.
    ///   - clock: Tells the time, for a test; an app gives none.
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` for a field of the configuration;
    ///   ``RabtError/conflict(conflict:details:)`` with `inUse` where the folder is open already;
    ///   ``RabtError/storage(problem:details:)``, of which `secretStoreUnavailable` means that the device is locked: try again once it isn't.
    public static func open(
        _ config: Config, secrets: any SecretStore, signer: (any DpopSigner)? = nil, clock: (any Clock)? = nil
    ) async throws -> Rabt {
        try await awaiting {
            let core = try await openRabtCore(config: config, secrets: secrets, signer: signer, clock: clock)
            keepOutOfBackup(config.dataDir)
            return Rabt(core: core)
        }
    }

    /// Which topics change from now on. It says *what* changed and never *how*: read the page again.
    ///
    /// A slow loop is told once of all that changed meanwhile, and never holds the core up. Breaking out of the loop ends the watch; the loop
    /// ends by itself when the core is closed, and at once where it is closed already.
    public func changes() -> Changes { Changes { [core] in try core.watch(listener: $0) } }

    /// What `read` gives now, and again after each change of one of `topics`: a screen that is never stale. What `read` throws, the
    /// loop throws.
    public func rereading<Page: Sendable>(
        _ topics: Set<Topic>, _ read: @escaping @Sendable () async throws -> Page
    ) -> Rereading<Page> {
        Rereading(changes: changes(), topics: topics, read: read)
    }

    /// Lets go of the files' locks, as an app must before it is suspended, and waits for work that is under way. Until ``resume()`` every
    /// call throws ``RabtError/conflict(conflict:details:)`` with `paused`. Pausing twice does nothing more.
    public func pause() async throws { try await awaiting { [core] in try await core.pause() } }

    /// Takes the locks again, and goes on with what is in the files now: an extension of the app may have used them meanwhile. Where it
    /// fails the core stays paused, and this can be called again.
    public func resume() async throws { try await awaiting { [core] in try await core.resume() } }

    /// Closes the core. From now on every call throws ``RabtError/conflict(conflict:details:)`` with `closed`, and its loops end. What is
    /// under way goes on to its end, a payment too. Closing twice does nothing, and a core that is let go of closes by itself.
    public func close() { core.shutDown() }
}

/// The files are of no use without their key, which is in no backup. A folder that can't be marked is only copied for nothing.
private func keepOutOfBackup(_ folder: String) {
    #if canImport(Darwin)
        var folder = URL(fileURLWithPath: folder, isDirectory: true)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try? folder.setResourceValues(values)
    #endif
}
