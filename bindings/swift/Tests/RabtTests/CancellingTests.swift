import Foundation
import Rabt
import RabtTown
import Testing

/// Cancelling ends the waiting, never the work.
@Suite struct CancellingTests {
    /// The moments at which something is cancelled.
    private let moments = 100
    private let seed: UInt64 = 20_260_301
    private let atOnce = 4
    /// A busy machine is slow; what is tried here isn't who answers in time.
    private let patientMs: Int64 = 60_000

    @Test func paymentsCancelledAtAnyMomentArePaidOnceOrNotAtAll() async throws {
        let city = try City()
        for number in 0..<moments {
            try await city.post("/v1/bills", [
                "agency_id": "police", "kind_code": "traffic-fine", "bill_id": .string("po-moment-\(number)"),
                "amount_fils": .number(1_000 + number), "persona_id": "tenant-family",
            ])
        }
        let phone = try await Phone(city: city, agencyDeadlineMs: patientMs)
        try await phone.open()
        defer { phone.discard() }
        try await phone.settleIn("tenant-family")
        let rabt = try phone.rabt
        let account = try await phone.link(.bankAccount, "tenant-family")

        let fines = try await rabt.bills.page(BillQuery(agencyIds: ["police"], limit: 200)).bills
            .filter { $0.key.billId.hasPrefix("po-moment-") }
        try #require(fines.count == moments)
        var dice = Dice(seed: seed)
        var endings: [Ending: Int] = [:]
        // The first are paid in peace: how long that takes says which moments lie before, within and after a payment.
        var whole = ContinuousClock.Duration.zero
        for round in stride(from: 0, to: moments, by: atOnce) {
            let together = fines[round..<min(round + atOnce, moments)].map { fine in
                (fine, round == 0 ? nil : whole * Double.random(in: 0...1.3, using: &dice))
            }
            let begun = ContinuousClock.now
            let ended = await withTaskGroup(of: Ending.self) { group in
                for (fine, moment) in together {
                    group.addTask { await payAndCancel(rabt, fine, with: account.id, after: moment) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            if round == 0 { whole = begun.duration(to: .now) }
            ended.forEach { endings[$0, default: 0] += 1 }
        }

        var ends: [PaymentState: Int] = [:]
        for payment in try await rabt.payments.page(limit: 200).payments {
            let end = try await rabt.payments.follow(payment.idempotencyKey, patience: 20)
            #expect(end.finished, "\(end.state)")
            ends[end.state, default: 0] += 1
        }
        let books = try await city.booksAtRest()
        #expect(books["balanced"] == true && books["paid_twice"] == 0 && books["lost_fils"] == 0, "\(books)")

        try await rabt.bills.refresh(["police"])
        var paid: [Bill] = []
        for fine in fines {
            let now = try #require(await rabt.bills.get(fine.key))
            if now.status == .paid { paid.append(now) }
        }
        #expect(books["settled_fils"] == .number(Int(paid.map(\.amount).reduce(.zero, +).count)))
        let told = try await rabt.payments.outcomes(limit: 200).count
        #expect(told == ends.values.reduce(0, +), "\(told), \(ends), \(endings), paid \(paid.count)")
        // Some were cancelled before they were sent, and some were paid though nobody waited.
        #expect(paid.count < moments, "\(endings)")
        #expect(paid.count > endings[.paid, default: 0], "\(endings), paid \(paid.count)")
    }

    @Test func whatIsCancelledEndsAtOnceAndTheWorkGoesOn() async throws {
        let city = try City()
        let phone = try await Phone(city: city, agencyDeadlineMs: patientMs)
        try await phone.open()
        defer { phone.discard() }
        let rabt = try phone.rabt
        let page = try await rabt.session.beginSignIn()
        try await rabt.session.complete(city.visit(page.absoluteString, "trader", "approve"))
        try await rabt.agencies.refresh()
        try await rabt.agencies.consent(to: ["customs"])
        let slow = try await city.fault([
            "party": "customs", "times": 1, "kind": ["name": "latency_ms", "latency_ms": 2_500],
        ])

        let refreshing = Task { try await rabt.bills.refresh() }
        try await city.untilHappened(slow)
        refreshing.cancel()
        await #expect(throws: CancellationError.self) { try await refreshing.value }
        #expect(try await rabt.bills.page().bills.isEmpty)
        try await eventually("the refresh that nobody waits for is done") { try await !rabt.bills.page().bills.isEmpty }
    }

    @Test func aCancelledTaskBeginsNothing() async throws {
        let phone = try await Phone(city: try sharedCity())
        try await phone.open()
        defer { phone.discard() }
        let rabt = try phone.rabt
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await rabt.session.beginSignIn()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func aFailureIsToldToWhoStillWaits() async throws {
        let phone = try await Phone(city: try sharedCity())
        try await phone.open()
        defer { phone.discard() }
        let rabt = try phone.rabt
        let error = await failure { try await rabt.bills.refresh() }
        guard case .signInRequired(.nobodySignedIn, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

/// How the waiting for a payment ended.
private enum Ending { case paid, cancelled, failed }

/// Pays a bill in a task that is cancelled after a time, if one is given; says how the waiting ended.
private func payAndCancel(
    _ rabt: Rabt, _ bill: Bill, with instrument: String, after moment: ContinuousClock.Duration?
) async -> Ending {
    let paying = Task {
        let quote = try await rabt.payments.quote([ChosenBill(bill: bill.key)])
        return try await rabt.payments.pay(quoteId: quote.id, with: instrument)
    }
    if let moment {
        try? await Task.sleep(for: moment)
        paying.cancel()
    }
    do {
        _ = try await paying.value
        return .paid
    } catch is CancellationError {
        return .cancelled
    } catch {
        return .failed
    }
}
