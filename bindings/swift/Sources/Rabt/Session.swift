import Foundation

/// One sign-in for the whole city.
public struct Session: Sendable {
    let core: SessionCore

    /// Who is signed in, from the store; it needs no network.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func state() async throws -> SessionState { try await awaiting { [core] in try await core.state() } }

    /// Begins a sign-in, and returns the page to open in an `ASWebAuthenticationSession`. It is for this one attempt and secret until then.
    /// Hand the address that comes back to ``complete(_:)``.
    ///
    /// - Throws: ``RabtError/offline(details:)``; ``RabtError/agencyUnavailable(agencyId:details:)`` for the identity provider.
    public func beginSignIn() async throws -> URL {
        try await awaiting { [core] in try webPage(try await core.beginSignIn()) }
    }

    /// Begins to raise the assurance level, as ``RabtError/stepUpRequired(acr:details:)`` asks for; otherwise as ``beginSignIn()``.
    ///
    /// - Throws: What ``beginSignIn()`` does; ``RabtError/signInRequired(why:details:)`` where nobody is signed in;
    ///   ``RabtError/invalidInput(field:problem:details:)`` on `acr`.
    public func beginStepUp(acr: String) async throws -> URL {
        try await awaiting { [core] in try webPage(try await core.beginStepUp(acr: acr)) }
    }

    /// Takes the address that came back from a page of ``beginSignIn()`` or ``beginStepUp(acr:)``, also after the app was killed in between.
    /// Each is taken once.
    ///
    /// - Throws: ``RabtError/invalidInput(field:problem:details:)`` on `url` for one that answers no attempt of this device, which then goes on
    ///   waiting; ``RabtError/signInRequired(why:details:)`` where the person cancelled or the answer was refused;
    ///   ``RabtError/conflict(conflict:details:)`` with `anotherPerson`; ``RabtError/offline(details:)``.
    @discardableResult
    public func complete(_ url: URL) async throws -> SessionState {
        try await awaiting { [core] in try await core.complete(url: url.absoluteString) }
    }

    /// Signs out: destroys the key of everything that is stored, and the files; then tells the provider, if it can be reached. It works
    /// offline.
    ///
    /// - Parameter forgetUnfinished: Whether payments that aren't finished may be forgotten here; they go on at the hub.
    /// - Throws: ``RabtError/conflict(conflict:details:)`` with `paymentsUnfinished` where there are such payments and they may not;
    ///   ``RabtError/storage(problem:details:)`` where the key could not be destroyed yet: the next opening does it.
    @discardableResult
    public func signOut(forgetUnfinished: Bool = false) async throws -> SignedOut {
        try await awaiting { [core] in try await core.signOut(forgetUnfinished: forgetUnfinished) }
    }
}

/// The core's address as Foundation's. The core has parsed it already, so that it isn't one is a defect.
func webPage(_ address: String) throws -> URL {
    if let url = URL(string: address) { return url }
    let reason = ErrorDetails(
        code: "bug", reasonEn: "Something went wrong in the app.", reasonAr: "حدث خطأ في التطبيق.", retry: .never)
    throw RabtError.bug(at: "page", details: reason)
}
