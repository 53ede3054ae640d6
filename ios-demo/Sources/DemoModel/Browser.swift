import Foundation

/// Shows a page of the provider or the bank, and gives the address that it led back to.
///
/// An app does it with an `ASWebAuthenticationSession`, a test has a persona of the city go through the page. Where the person closes the page,
/// throw `CancellationError`.
public protocol Browser: Sendable {
    /// Opens the page.
    func open(_ page: URL) async throws -> URL
}
