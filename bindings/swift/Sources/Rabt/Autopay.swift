import Foundation

/// Bills that pay themselves: mandates drafted, tried on the past, signed with the device's key, stopped, and the gateway that executes them
/// checked.
///
/// What the person decides is written down before it is sent, and sent again until the gateway has it; so signing, pausing, resuming,
/// revoking, answering and disputing work offline, and a cancelled task has still done it.
public struct Autopay: Sendable {
    let core: AutopayCore

    /// Checks a draft, and says what it means in plain words and what to think of. Nothing is stored and nothing is sent.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on the field that is wrong: a limit, an agency, an instrument, a day;
    ///   ``RabtError/offline(details:)`` where there was never a directory; ``RabtError/storage(problem:details:)``.
    public func draft(_ draft: MandateDraft) async throws -> DraftedMandate {
        try await awaiting { [core] in try await core.draft(draft: draft) }
    }

    /// Plays a draft over the bills of the last twelve months and the coming two, from the store, and shows what it would have paid, held
    /// and asked.
    ///
    /// - Throws: as ``draft(_:)``.
    public func preview(_ draft: MandateDraft) async throws -> MandatePreview {
        try await awaiting { [core] in try await core.preview(draft: draft) }
    }

    /// Mandates that would have paid every bill of the last twelve months on time, one for each account or card, the best first.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func suggestions() async throws -> [MandateSuggestion] {
        try await awaiting { [core] in try await core.suggestions() }
    }

    /// Signs a draft, as a new mandate or the next version of one, and sends it; offline it is sent by the next
    /// ``BackgroundSync/run(budget:)``. A mandate on a bank account pays nothing before the bank's consent: see ``beginConsent(_:)``.
    ///
    /// - Throws: as ``draft(_:)``, with nothing stored and nothing sent; ``RabtError/signInRequired(why:details:)``;
    ///   ``RabtError/refused(details:)`` where the gateway doesn't take it.
    @discardableResult
    public func sign(_ draft: MandateDraft) async throws -> Mandate {
        try await awaiting { [core] in try await core.sign(draft: draft) }
    }

    /// Begins to ask the bank for a consent that covers a mandate, and returns the page to open in an `ASWebAuthenticationSession`. Hand the
    /// address that comes back to ``completeConsent(_:)``.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `mandate_id`; ``RabtError/refused(details:)``, as for a card, which
    ///   needs none; ``RabtError/signInRequired(why:details:)``; ``RabtError/offline(details:)``;
    ///   ``RabtError/agencyUnavailable(agencyId:details:)``.
    public func beginConsent(_ mandateId: String) async throws -> URL {
        try await awaiting { [core] in try webPage(try await core.beginConsent(mandateId: mandateId)) }
    }

    /// Takes the address that came back from the bank's page, also after the app was killed in between.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `url` for one that answers no attempt of this device;
    ///   ``RabtError/refused(details:)`` where the person said no there; ``RabtError/offline(details:)``: hand the same address in again.
    @discardableResult
    public func completeConsent(_ url: URL) async throws -> Mandate {
        try await awaiting { [core] in try await core.completeConsent(url: url.absoluteString) }
    }

    /// Stops a mandate for now.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `mandate_id` where there is no such mandate, or it was revoked;
    ///   ``RabtError/storage(problem:details:)``.
    @discardableResult
    public func pause(_ mandateId: String) async throws -> Mandate {
        try await awaiting { [core] in try await core.pause(mandateId: mandateId) }
    }

    /// Lets a mandate go on, also one that a dispute stopped.
    ///
    /// - Throws: as ``pause(_:)``.
    @discardableResult
    public func resume(_ mandateId: String) async throws -> Mandate {
        try await awaiting { [core] in try await core.resume(mandateId: mandateId) }
    }

    /// Ends a mandate for good. It is what is sent first at the next contact, and every payment that is decided later than now is flagged.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `mandate_id` where there is no such mandate;
    ///   ``RabtError/storage(problem:details:)``.
    @discardableResult
    public func revoke(_ mandateId: String) async throws -> Mandate {
        try await awaiting { [core] in try await core.revoke(mandateId: mandateId) }
    }

    /// All mandates, the newest first, also those that were revoked or have ended; from the store.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func list() async throws -> [Mandate] { try await awaiting { [core] in try await core.list() } }

    /// A page of decisions, newest first, each with its reason in words and what was found about it; from the store.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on the field of the query; ``RabtError/storage(problem:details:)``.
    public func decisions(_ query: DecisionQuery = DecisionQuery()) async throws -> DecisionPage {
        try await awaiting { [core] in try await core.decisions(query: query) }
    }

    /// What is asked of the person now, what will be paid when, and what each limit has left, as far as this device knows; from the store.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func upcoming() async throws -> Upcoming { try await awaiting { [core] in try await core.upcoming() } }

    /// Answers what a mandate asked, or approves what it holds. The last answer counts.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `mandate_id`, `bill_id` or `up_to_fils`; ``RabtError/refused(details:)``;
    ///   ``RabtError/storage(problem:details:)``.
    public func answer(_ answer: MandateAnswer, about bill: BillKey, of mandateId: String) async throws {
        try await awaiting { [core] in try await core.answer(mandateId: mandateId, bill: bill, answer: answer) }
    }

    /// What was found of a gateway that doesn't keep to what was signed, oldest first; from the store.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func findings() async throws -> [Finding] { try await awaiting { [core] in try await core.findings() } }

    /// Says that what was found was not the person's will, and stops the mandate until they resume it. Disputing twice is disputing once.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `finding_id`, and on `note` for one of more than 500 characters;
    ///   ``RabtError/storage(problem:details:)``.
    @discardableResult
    public func dispute(_ findingId: Int64, note: String? = nil) async throws -> Finding {
        try await awaiting { [core] in try await core.dispute(findingId: findingId, note: note) }
    }

    /// Does what a sync does for mandates, now: sends what isn't sent, hears what is registered and was decided, and checks it.
    ///
    /// - Throws: ``RabtError/signInRequired(why:details:)``; ``RabtError/offline(details:)``;
    ///   ``RabtError/agencyUnavailable(agencyId:details:)``; ``RabtError/storage(problem:details:)``.
    public func refresh() async throws { try await awaiting { [core] in try await core.refresh() } }
}
