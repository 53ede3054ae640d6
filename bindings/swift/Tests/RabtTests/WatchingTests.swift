import Foundation
import RabtTown
import Testing

@testable import Rabt

/// Watches as sequences.
@Suite struct WatchingTests {
    @Test func breakingOutOfTheLoopEndsTheWatch() async throws {
        let phone = try await trader()
        defer { phone.discard() }
        let rabt = try phone.rabt
        let begun = Begun()
        let looping = Task {
            for await _ in begun.changes(of: rabt) { break }
            return begun.watches.count
        }
        try await eventually("the watch has begun") { begun.watches.count == 1 }
        try await rabt.agencies.consent(to: ["customs"])
        #expect(await looping.value == 1)
        try await eventually("the watch has ended") { begun.watches.allSatisfy { $0.hasEnded() } }
    }

    @Test func cancellingTheTaskEndsTheLoopAndTheWatch() async throws {
        let phone = try await trader()
        defer { phone.discard() }
        let rabt = try phone.rabt
        let begun = Begun()
        let looping = Task { for await _ in begun.changes(of: rabt) {} }
        try await eventually("the watch has begun") { begun.watches.count == 1 }
        looping.cancel()
        await looping.value
        try await eventually("the watch has ended") { begun.watches.allSatisfy { $0.hasEnded() } }
    }

    @Test func aSequenceThatIsNeverLoopedOverWatchesNothing() async throws {
        let phone = try await trader()
        defer { phone.discard() }
        let begun = Begun()
        _ = begun.changes(of: try phone.rabt)
        #expect(begun.watches.isEmpty)
    }

    @Test func aPageIsReadAgainWhenItChanged() async throws {
        let phone = try await trader()
        defer { phone.discard() }
        let rabt = try phone.rabt
        try await rabt.agencies.consent(to: rabt.agencies.list().map(\.id))
        let expected = Task {
            var counts: [Int32] = []
            for try await summary in rabt.rereading([.bills], { try await rabt.bills.summary() }) {
                counts.append(summary.total.count)
                if counts.count == 1 { try await rabt.bills.refresh() }
                if summary.total.count == (try await rabt.bills.summary()).total.count, summary.total.count > 0 { break }
            }
            return counts
        }
        let counts = try await expected.value
        #expect(counts.first == 0)
        #expect(try #require(counts.last) > 0)
    }

    @Test func whatReadingThrowsTheLoopThrows() async throws {
        let phone = try await trader()
        defer { phone.discard() }
        let rabt = try phone.rabt
        let error = await failure {
            for try await _ in rabt.rereading([.bills], { try await rabt.bills.page(BillQuery(limit: 0)) }) {}
        }
        guard case .invalidInput("limit", _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aSlowLoopHoldsNobodyUpAndIsToldOnceOfAllThatChanged() async throws {
        let phone = try await trader()
        defer { phone.discard() }
        let rabt = try phone.rabt
        try await rabt.agencies.consent(to: rabt.agencies.list().map(\.id))
        let iterator = rabt.changes().makeAsyncIterator()
        // The loop is busy for as long as the refresh takes, and twelve agencies' answers change things again and again.
        try await rabt.bills.refresh()
        var told: Set<Topic> = []
        var times = 0
        while !told.isSuperset(of: [.bills, .agencies, .accounts]) {
            told.formUnion(try #require(await iterator.next()))
            times += 1
        }
        #expect(times <= 3, "told \(times) times")
    }

    @Test func closingTheCoreEndsItsLoopsAndLaterOnesAtOnce() async throws {
        let phone = try await trader()
        defer { phone.discard() }
        let rabt = try phone.rabt
        let begun = Begun()
        let looping = Task { for await _ in begun.changes(of: rabt) {} }
        try await eventually("the watch has begun") { begun.watches.count == 1 }
        rabt.close()
        await looping.value
        for await _ in rabt.changes() { Issue.record("a closed core changed") }
    }

    @Test func letGoOfTheCoreEndsItsLoops() async throws {
        let phone = try await Phone(city: try sharedCity())
        try await phone.open()
        let changes = try phone.rabt.changes()
        var iterator: Changes.Iterator? = changes.makeAsyncIterator()
        phone.discard()
        #expect(await iterator?.next() == nil)
        iterator = nil
    }

    @Test func manyWatchesMayBeOpenedAndClosed() async throws {
        let phone = try await trader()
        defer { phone.discard() }
        let rabt = try phone.rabt
        for _ in 0..<500 {
            for try await _ in rabt.rereading([.bills], { try await rabt.bills.summary() }) { break }
        }
        #expect(try await rabt.bills.page().bills.isEmpty)
    }

    private func trader() async throws -> Phone {
        let city = try sharedCity()
        let phone = try await Phone(city: city)
        try await phone.open()
        let rabt = try phone.rabt
        let page = try await rabt.session.beginSignIn()
        try await rabt.session.complete(city.visit(page.absoluteString, "trader", "approve"))
        try await rabt.agencies.refresh()
        return phone
    }
}

/// The watches that loops have begun.
private final class Begun: @unchecked Sendable {
    // Touched with the lock held alone.
    private var begun: [WatchCore] = []
    private let lock = NSLock()

    var watches: [WatchCore] { lock.withLock { begun } }

    func changes(of rabt: Rabt) -> Changes {
        Changes { listener in
            let watch = try rabt.core.watch(listener: listener)
            self.lock.withLock { self.begun.append(watch) }
            return watch
        }
    }
}
