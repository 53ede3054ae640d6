import Foundation
import Rabt
import RabtTown

private let shared = Result { try City() }

/// The city of all tests that spoil nothing in it for the others; it ends with the process.
func sharedCity() throws -> City { try shared.get() }

/// The error that an act ends with; `nil` where it succeeds or throws something else.
func failure<Value>(_ act: () async throws -> Value) async -> RabtError? {
    do {
        _ = try await act()
        return nil
    } catch {
        return error as? RabtError
    }
}

/// What stands in the way, where an act ends with a conflict.
func conflict<Value>(_ act: () async throws -> Value) async -> ConflictCode? {
    if case .conflict(let code, _) = await failure(act) { code } else { nil }
}

/// Random numbers that are the same in every run (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Closed at first. Whoever passes it waits until it is opened, on the thread that they came on.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let arrivals = DispatchSemaphore(value: 0)

    /// Waits.
    func pass() {
        arrivals.signal()
        semaphore.wait()
        semaphore.signal()
    }

    /// Whether somebody waits or has passed who wasn't told of yet.
    func somebodyCame() -> Bool { arrivals.wait(timeout: .now()) == .success }

    /// Lets everybody through, now and later.
    func open() { semaphore.signal() }
}
