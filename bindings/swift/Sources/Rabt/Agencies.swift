import Foundation

/// The linked agencies, and what the person agreed to.
public struct Agencies: Sendable {
    let core: AgenciesCore

    /// The agencies of the directory, in its order, from the store; empty before the first directory came.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func list() async throws -> [Agency] { try await awaiting { [core] in try await core.list() } }

    /// Asks the gateway for a newer directory. An agency that joined the city is in the list afterwards.
    ///
    /// - Throws: ``RabtError/offline(details:)``; ``RabtError/agencyUnavailable(agencyId:details:)``, also where the answer was refused:
    ///   the directory at hand stands.
    public func refresh() async throws { try await awaiting { [core] in try await core.refresh() } }

    /// The person agrees that these agencies answer about them. Agreeing twice changes nothing.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `agencies[N]` for one that isn't in the directory, and nothing is kept
    ///   then.
    public func consent(to agencyIds: [String]) async throws {
        try await awaiting { [core] in try await core.consent(agencyIds: agencyIds) }
    }

    /// The person takes their consent to an agency back. From now on it isn't asked, and what it said is forgotten. It works offline.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `agency_id`; ``RabtError/storage(problem:details:)``, and then nothing
    ///   has changed.
    public func withdrawConsent(to agencyId: String) async throws {
        try await awaiting { [core] in try await core.withdrawConsent(agencyId: agencyId) }
    }
}

/// What the person holds with the agencies: contracts, traffic files, toll accounts, licences.
public struct Accounts: Sendable {
    let core: AccountsCore

    /// All that are known, by agency, from the store.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func list() async throws -> [Account] { try await awaiting { [core] in try await core.list() } }

    /// Adds one by hand, such as a parent's electricity, with the fields of the form that the directory gives for its kind, by name. Adding
    /// one twice is the same account.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `agency_id`, `kind` or `fields.NAME`, with nothing sent;
    ///   ``RabtError/conflict(conflict:details:)`` with `consentMissing`; ``RabtError/refused(details:)`` with the code `account_unknown`
    ///   where the agency knows no such account; ``RabtError/offline(details:)``; ``RabtError/agencyUnavailable(agencyId:details:)``.
    @discardableResult
    public func add(agencyId: String, kind: String, fields: [String: String]) async throws -> Account {
        try await awaiting { [core] in try await core.add(agencyId: agencyId, kind: kind, fields: fields) }
    }
}
