import Foundation

/// Something isn't as it must be.
public struct Failed: Error, CustomStringConvertible {
    /// What.
    public let description: String

    /// With what is to be told.
    public init(_ description: String) { self.description = description }
}

/// Fails where a thing isn't so.
public func must(_ isSo: Bool, _ otherwise: @autoclosure () -> String) throws {
    if !isSo { throw Failed(otherwise()) }
}

/// Fails where two things aren't the same.
public func mustEqual<Value: Equatable>(_ found: Value, _ wanted: Value) throws {
    try must(found == wanted, "found \(found), wanted \(wanted)")
}

/// The value, or a failure.
public func known<Value>(_ value: Value?, _ otherwise: String) throws -> Value {
    guard let value else { throw Failed(otherwise) }
    return value
}

/// How long is waited for what is bound to happen.
private let patienceSeconds = 60.0
/// The library has no event for some of it.
private let lookEveryNanoseconds: UInt64 = 5_000_000

/// Waits until something is so.
public func eventually(
    _ what: String, isolation: isolated (any Actor)? = #isolation, _ isSo: () async throws -> Bool
) async throws {
    let ends = Date(timeIntervalSinceNow: patienceSeconds)
    while try await !isSo() {
        try must(Date() < ends, "waited too long until \(what)")
        try await Task.sleep(nanoseconds: lookEveryNanoseconds)
    }
}
