import Foundation

/// Paying: a basket of bills of any agencies is quoted, paid, found again when an answer is lost, and receipted.
///
/// A payment is written down before anything is sent, so that neither a cancelled task nor a kill nor a lost answer pays a bill twice or
/// loses one.
public struct Payments: Sendable {
    let core: PaymentsCore

    /// Asks what a basket costs now. The amounts are fetched again; show the lines whose outcome isn't `payable` before paying. The quote
    /// can be paid once, until it expires.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `items`, `items[N].bill` or `items[N].amount_fils`, with nothing sent;
    ///   ``RabtError/conflict(conflict:details:)`` where a bill is part of a payment that isn't finished; ``RabtError/offline(details:)``;
    ///   ``RabtError/agencyUnavailable(agencyId:details:)`` for the gateway.
    public func quote(_ items: [ChosenBill]) async throws -> Quote {
        try await awaiting { [core] in try await core.quote(items: items) }
    }

    /// Pays a quote, and waits for the hub's answer; where none comes, looks the payment up for a while. What is returned may still be
    /// `unknown` or `pending`: ``follow(_:patience:)`` it while the person watches, or leave it to ``BackgroundSync/run(budget:)``.
    ///
    /// Paying the same quote again is the same payment. Cancelling doesn't stop it.
    ///
    /// - Throws: ``RabtError/stepUpRequired(acr:details:)``: step up, then call again with the same quote;
    ///   ``RabtError/conflict(conflict:details:)``: the quote expired, a bill is being paid, the instrument can't be used, nothing is payable;
    ///   ``RabtError/refused(details:)``: the hub or the bank declined (`insufficient_funds`, say), and nothing was taken;
    ///   ``RabtError/offline(details:)`` and ``RabtError/agencyUnavailable(agencyId:details:)``: nothing was sent and nothing will be.
    public func pay(quoteId: String, with instrumentId: String) async throws -> Payment {
        try await awaiting { [core] in try await core.pay(quoteId: quoteId, instrumentId: instrumentId) }
    }

    /// Looks a payment up until it is finished or `patience` seconds are over, and returns it as it is then.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `idempotency_key` where there is no such payment;
    ///   ``RabtError/storage(problem:details:)``.
    public func follow(_ idempotencyKey: String, patience: TimeInterval) async throws -> Payment {
        try await awaiting { [core] in
            try await core.follow(idempotencyKey: idempotencyKey, patienceMs: milliseconds(patience))
        }
    }

    /// One payment, from the store; `nil` where there is none.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func get(_ idempotencyKey: String) async throws -> Payment? {
        try await awaiting { [core] in try await core.get(idempotencyKey: idempotencyKey) }
    }

    /// A page of payments, newest first, from the store.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `cursor` or `limit`; ``RabtError/storage(problem:details:)``.
    public func page(cursor: String? = nil, limit: Int32 = 50) async throws -> PaymentPage {
        try await awaiting { [core] in try await core.page(cursor: cursor, limit: limit) }
    }

    /// What became of payments and was not acknowledged yet, oldest first. An outcome stays in the queue through kills until
    /// ``acknowledge(_:)``; show it, then acknowledge it.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func outcomes(limit: Int32 = 50) async throws -> [PaymentOutcome] {
        try await awaiting { [core] in try await core.outcomes(limit: limit) }
    }

    /// Takes outcomes from the queue, and says how many were in it.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``, and then all of them are still there.
    @discardableResult
    public func acknowledge(_ outcomeIds: [Int64]) async throws -> Int32 {
        try await awaiting { [core] in try await core.acknowledge(outcomeIds: outcomeIds) }
    }

    /// A page of receipts, newest first, each verified against the directory's keys, also without a network.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `cursor` or `limit`; ``RabtError/storage(problem:details:)``.
    public func receipts(cursor: String? = nil, limit: Int32 = 50) async throws -> ReceiptPage {
        try await awaiting { [core] in try await core.receipts(cursor: cursor, limit: limit) }
    }
}

/// What the person pays with: bank accounts, by an open-finance consent, and cards. Neither's number is ever seen here.
public struct Instruments: Sendable {
    let core: InstrumentsCore

    /// All that are linked, from the store.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func list() async throws -> [Instrument] { try await awaiting { [core] in try await core.list() } }

    /// Asks the gateway which are linked, and returns them.
    ///
    /// - Throws: ``RabtError/signInRequired(why:details:)``; ``RabtError/offline(details:)``;
    ///   ``RabtError/agencyUnavailable(agencyId:details:)``.
    @discardableResult
    public func refresh() async throws -> [Instrument] { try await awaiting { [core] in try await core.refresh() } }

    /// Begins to link one, and returns the bank's or processor's page to open in an `ASWebAuthenticationSession`. Hand the address that comes
    /// back to ``completeLink(_:)``.
    ///
    /// - Throws: ``RabtError/signInRequired(why:details:)``; ``RabtError/offline(details:)``;
    ///   ``RabtError/agencyUnavailable(agencyId:details:)``.
    public func beginLink(_ kind: InstrumentKind) async throws -> URL {
        try await awaiting { [core] in try webPage(try await core.beginLink(kind: kind)) }
    }

    /// Takes the address that came back, also after the app was killed in between. Each is taken once.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `url` for one that answers no attempt of this device;
    ///   ``RabtError/refused(details:)`` where the person cancelled; ``RabtError/offline(details:)``.
    @discardableResult
    public func completeLink(_ url: URL) async throws -> Instrument {
        try await awaiting { [core] in try await core.completeLink(url: url.absoluteString) }
    }

    /// Unlinks one.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `instrument_id`; ``RabtError/offline(details:)``;
    ///   ``RabtError/agencyUnavailable(agencyId:details:)``.
    public func remove(_ instrumentId: String) async throws {
        try await awaiting { [core] in try await core.remove(instrumentId: instrumentId) }
    }
}

/// Seconds as the core takes them.
func milliseconds(_ seconds: TimeInterval) -> Int64 { Int64(clamping: Int((seconds * 1000).rounded())) }
