import Foundation
import Rabt
import RabtTown

/// Bills that pay themselves.
let autopaySteps: [Step] = [
    Step("the gateway looks at mandates only when it is told") { stage, _ in
        try await stage.city.put("/v1/autopay/runner", ["on": false])
    },
    Step("the gateway looks at the mandates") { stage, _ in try await stage.city.post("/v1/autopay/run", [:]) },
    Step("the gateway cheats by {string}") { stage, said in
        try await stage.city.put("/v1/autopay/cheat", ["cheat": .string(said.text(0))])
    },
    Step("the gateway is honest again") { stage, _ in
        try await stage.city.put("/v1/autopay/cheat", ["cheat": .null])
    },
    Step("a mandate for the bills of {string} is signed with the {string}") { stage, said in
        try await sign(stage, said)
    },
    Step("a mandate for the bills of {string} is signed with the {string}, asking above {string}") { stage, said in
        try await sign(stage, said, askAbove: try amount(said.text(2)))
    },
    Step("a mandate for the bills of {string} is signed with the {string}, at most {string} for one bill") { stage, said in
        try await sign(stage, said, limits: MandateLimits(perPayment: try amount(said.text(2))))
    },
    Step("the suggested mandate is signed") { stage, _ in
        let draft = try known(try await stage.rabt.autopay.suggestions().first, "one is suggested").draft
        try await stage.act { try await stage.rabt.autopay.sign(draft) }
    },
    Step("a preview of the suggested mandate holds {int} bills and asks about {int}") { stage, said in
        let draft = try known(try await stage.rabt.autopay.suggestions().first, "one is suggested").draft
        let preview = try await stage.rabt.autopay.preview(draft)
        try must(preview.paid > 0, "it pays nothing")
        try mustEqual([Int(preview.held), Int(preview.asked)], [try said.int(0), try said.int(1)])
    },
    Step("{string} agrees to the mandate at the bank") { stage, said in
        let mandate = try await theMandate(stage)
        try await stage.act {
            let page = try await stage.rabt.autopay.beginConsent(mandate.id)
            let cameBack = try await stage.city.visit(page.absoluteString, said.text(0), "approve")
            try await stage.rabt.autopay.completeConsent(cameBack)
        }
    },
    Step("the mandate is paused") { stage, _ in
        let mandate = try await theMandate(stage)
        try await stage.act { try await stage.rabt.autopay.pause(mandate.id) }
    },
    Step("the mandate is resumed") { stage, _ in
        let mandate = try await theMandate(stage)
        try await stage.act { try await stage.rabt.autopay.resume(mandate.id) }
    },
    Step("the mandate is revoked") { stage, _ in
        let mandate = try await theMandate(stage)
        try await stage.act { try await stage.rabt.autopay.revoke(mandate.id) }
    },
    Step("the mandates are refreshed") { stage, _ in
        try await stage.act { try await stage.rabt.autopay.refresh() }
    },
    Step("the bill {string} of {string} is approved up to {string}") { stage, said in
        try await answer(stage, said, .approve(upTo: try amount(said.text(2))))
    },
    Step("the bill {string} of {string} is declined") { stage, said in try await answer(stage, said, .decline) },
    Step("the finding {string} is disputed") { stage, said in
        let found = try await stage.rabt.autopay.findings()
        let finding = try known(found.first { $0.code == said.text(0) }, "it was found")
        try await stage.act { try await stage.rabt.autopay.dispute(finding.id) }
    },
    Step("the mandate is {string}") { stage, said in
        let word =
            switch try await theMandate(stage).standing {
            case .active: "active"
            case .paused: "paused"
            case .revoked: "revoked"
            }
        try mustEqual(word, said.text(0))
    },
    Step("the bank's consent to the mandate is {string}") { stage, said in
        let word =
            switch try await theMandate(stage).consent {
            case .notNeeded: "not needed"
            case .missing: "missing"
            case .there(_, let status, _): status
            }
        try mustEqual(word, said.text(0))
    },
    Step("there is {int} mandate") { stage, said in
        try mustEqual(try await stage.rabt.autopay.list().count, try said.int(0))
    },
    Step("there is no mandate") { stage, _ in try mustEqual(try await stage.rabt.autopay.list().count, 0) },
    Step("the gateway has all that was said about the mandate") { stage, _ in
        let mandate = try await theMandate(stage)
        try must(mandate.registered && mandate.unsent == 0, "\(mandate.unsent) unsent")
    },
    Step("{int} thing is still to be said about the mandate") { stage, said in
        try mustEqual(Int(try await theMandate(stage).unsent), try said.int(0))
    },
    Step("the last decision about the bill {string} of {string} is {string} because of {string}") { stage, said in
        let query = DecisionQuery(bill: key(said), limit: 1)
        let last = try known(try await stage.rabt.autopay.decisions(query).decisions.first, "something was decided")
        try mustEqual([words(last.outcome), last.rule], [said.text(2), said.text(3)])
    },
    Step("the bill {string} of {string} was paid by the mandate because of {string}") { stage, said in
        let query = DecisionQuery(bill: key(said), outcomes: [.pay])
        try mustEqual(try await stage.rabt.autopay.decisions(query).decisions.map(\.rule), [said.text(2)])
    },
    Step("the bill {string} of {string} waits for an answer") { stage, said in
        try must(try await isAsked(stage, said), "it isn't asked about")
    },
    Step("the bill {string} of {string} waits for no answer") { stage, said in
        try must(!(try await isAsked(stage, said)), "it is asked about")
    },
    Step("nothing was found of the gateway") { stage, _ in
        try mustEqual(try await stage.rabt.autopay.findings().map(\.code), [])
    },
    Step("it was found of the gateway that {string}") { stage, said in
        let codes = try await stage.rabt.autopay.findings().map(\.code)
        try must(codes.contains(said.text(0)), "\(codes)")
    },
]

/// The newest.
private func theMandate(_ stage: Stage) async throws -> Mandate {
    try known(try await stage.rabt.autopay.list().first, "there is a mandate")
}

private func key(_ said: Said) -> BillKey { BillKey(agencyId: said.text(1), billId: said.text(0)) }

/// For the bills of an agency, paid when they are issued.
private func sign(_ stage: Stage, _ said: Said, askAbove: Money? = nil, limits: MandateLimits? = nil) async throws {
    let instrument = try await stage.linked(said.text(1))
    // A bank consents to nothing that isn't bounded.
    let usual = MandateLimits(perPayment: try amount("AED 5,000.00"))
    let draft = MandateDraft(
        instrumentId: instrument.id, scope: [MandateScope(agencyId: said.text(0))], pay: .onIssue, weekend: .keep,
        limits: limits ?? usual, askAbove: askAbove)
    try await stage.act { try await stage.rabt.autopay.sign(draft) }
}

private func answer(_ stage: Stage, _ said: Said, _ answer: MandateAnswer) async throws {
    let (mandate, bill) = (try await theMandate(stage), key(said))
    try await stage.act { try await stage.rabt.autopay.answer(answer, about: bill, of: mandate.id) }
}

private func isAsked(_ stage: Stage, _ said: Said) async throws -> Bool {
    let bill = key(said)
    return try await stage.rabt.autopay.upcoming().asked.contains { $0.bill == bill }
}
