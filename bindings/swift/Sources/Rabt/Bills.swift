import Foundation

/// Every bill of every agency. A page is read from the store; a refresh asks the agencies and writes what they say as it arrives.
public struct Bills: Sendable {
    let core: BillsCore

    /// A page, from the store: filtered, searched in both languages, sorted by due day. `BillQuery()` is the first page of all open bills,
    /// the most urgent first.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `limit`, `cursor`, `due`, `due_from`, `due_to`, `search`, `agencies[N]`
    ///   or `account`; ``RabtError/storage(problem:details:)``.
    public func page(_ query: BillQuery = BillQuery()) async throws -> BillPage {
        try await awaiting { [core] in try await core.page(query: query) }
    }

    /// One bill, from the store; `nil` where none of that name is known.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `key.agency_id` or `key.bill_id`;
    ///   ``RabtError/storage(problem:details:)``.
    public func get(_ key: BillKey) async throws -> Bill? { try await awaiting { [core] in try await core.get(key: key) } }

    /// What is open, by agency and by the week in which it is due, as of today in Dubai; from the store.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func summary() async throws -> Summary { try await awaiting { [core] in try await core.summary() } }

    /// Asks all agencies that the person consented to, at once. Each answers within a deadline of its own, and what it says is in the store
    /// as it arrives. The report says what became of each: one that doesn't answer is no error of the call.
    ///
    /// - Throws: ``RabtError/signInRequired(why:details:)``; ``RabtError/offline(details:)`` where not even the directory could be had;
    ///   ``RabtError/storage(problem:details:)``.
    @discardableResult
    public func refresh() async throws -> RefreshReport { try await awaiting { [core] in try await core.refresh() } }

    /// The same for some agencies.
    ///
    /// - Throws: What ``refresh()`` does; ``RabtError/invalidInput(field:problem:details:)`` on `agency_id` for one that isn't in the directory.
    @discardableResult
    public func refresh(_ agencyIds: [String]) async throws -> RefreshReport {
        try await awaiting { [core] in try await core.refreshAgencies(agencyIds: agencyIds) }
    }
}
