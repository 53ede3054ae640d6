import Foundation
import Rabt
import RabtTown

/// Far beyond what the hub takes, in seconds.
private let patience = 20.0
/// One look at a payment, in seconds.
private let aLook = 1.0

/// What the person pays with, and paying.
let paymentSteps: [Step] = [
    Step("{string} links a {string}") { stage, said in try await link(stage, said.text(0), said.text(1), "approve") },
    Step("{string} begins to link a {string} and cancels") { stage, said in
        try await link(stage, said.text(0), said.text(1), "refuse")
    },
    Step("the {string} is unlinked") { stage, said in
        let instrument = try await stage.linked(said.text(0))
        try await stage.act { try await stage.rabt.instruments.remove(instrument.id) }
    },
    Step("a {string} ending in {string} is linked") { stage, said in
        try mustEqual(try await stage.linked(said.text(0)).lastFour, said.text(1))
    },
    Step("no {string} is linked") { stage, said in
        let instrument = try await stage.instrument(said.text(0))
        try must(instrument == nil, "one is linked")
    },
    Step("these bills are quoted:") { stage, said in
        try await quote(stage, try keys(said).map { ChosenBill(bill: $0) })
    },
    Step("an empty basket is quoted") { stage, _ in try await quote(stage, []) },
    Step("the bill {string} of {string} is quoted at {string}") { stage, said in
        let bill = BillKey(agencyId: said.text(1), billId: said.text(0))
        try await quote(stage, [ChosenBill(bill: bill, amount: try amount(said.text(2)))])
    },
    Step("the quote comes to {string}") { stage, said in try mustEqual(try stage.quote.total, try amount(said.text(0))) },
    Step("the quote says {string} of the bill {string} of {string}") { stage, said in
        let bill = BillKey(agencyId: said.text(2), billId: said.text(1))
        let line = try known(stage.quote.lines.first { $0.bill == bill }, "it was quoted")
        try mustEqual(words(line.outcome), said.text(0))
    },
    Step("the quote is paid with the {string}") { stage, said in
        let instrument = try await stage.linked(said.text(0))
        try await stage.act {
            let payment = try await stage.rabt.payments.pay(quoteId: stage.quote.id, with: instrument.id)
            stage.keep(payment: payment.idempotencyKey)
        }
    },
    // Looks the payment up until it is so, or has ended otherwise.
    Step("the payment is {string}") { stage, said in
        let ends = Date(timeIntervalSinceNow: patience)
        while true {
            let payment = try await stage.rabt.payments.follow(stage.payment, patience: aLook)
            if words(payment.state) == said.text(0) { return }
            try must(!payment.finished && Date() < ends, "the payment is \(words(payment.state))")
        }
    },
    Step("{int} receipts verify") { stage, said in
        let receipts = try await stage.rabt.payments.receipts(limit: 100).receipts
        try mustEqual(receipts.compactMap(\.refusedCode), [])
        try mustEqual(receipts.count { $0.receipt != nil }, try said.int(0))
    },
    Step("the outcome {string} waits to be acknowledged") { stage, said in
        try mustEqual(try await stage.rabt.payments.outcomes().map { words($0.state) }, [said.text(0)])
    },
    Step("no outcome waits to be acknowledged") { stage, _ in
        try mustEqual(try await stage.rabt.payments.outcomes().count, 0)
    },
    Step("the outcomes are acknowledged") { stage, _ in
        let waiting = try await stage.rabt.payments.outcomes().map(\.id)
        try await stage.act { try await stage.rabt.payments.acknowledge(waiting) }
    },
]

private func link(_ stage: Stage, _ persona: String, _ words: String, _ intent: String) async throws {
    let kind = try kindOf(words)
    try await stage.act {
        let page = try await stage.rabt.instruments.beginLink(kind)
        let cameBack = try await stage.city.visit(page.absoluteString, persona, intent)
        try await stage.rabt.instruments.completeLink(cameBack)
    }
}

private func quote(_ stage: Stage, _ items: [ChosenBill]) async throws {
    try await stage.act { stage.keep(try await stage.rabt.payments.quote(items)) }
}
