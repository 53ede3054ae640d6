import Foundation
import Rabt
import RabtTown

/// Far beyond what the work of a scenario takes, in seconds.
private let budget = 20.0

/// The phone in hand, and the app's life on it.
let phoneSteps: [Step] = [
    Step("the phone {string} is taken in hand") { stage, said in try await stage.take(said.text(0)) },
    Step("the app is closed and opened again") { stage, _ in
        try stage.phone.close()
        try await stage.phone.open()
    },
    Step("the app does its background work") { stage, _ in
        try await stage.act { try await stage.rabt.sync.run(budget: budget) }
    },
    Step("{string} signs in, and the app is killed while the page is open") { stage, said in
        let process = try ChildPhone(stage.phone, in: stage.city)
        try process.say("sign-in-page")
        let page = try process.hear()
        process.kill()
        let cameBack = try await stage.city.visit(page, said.text(0), "approve")
        try await stage.phone.open()
        try await stage.act { try await stage.rabt.session.complete(cameBack) }
    },
    // The hub takes the payment and its answer is lost, nor does it answer when it is asked again: the app can't have come to an end when
    // it is killed. Then the hub is well, and the app is opened again.
    Step("the app pays these bills and is killed before it knows what became of that:") { stage, said in
        let process = try ChildPhone(stage.phone, in: stage.city)
        let lost = try await stage.city.fault([
            "party": "gateway", "method": "POST", "route": "/v1/payments", "times": 1,
            "kind": ["name": "cut_after_commit"],
        ])
        try await stage.city.fault([
            "party": "gateway", "method": "GET", "route": "/v1/payments", "kind": ["name": "status", "status": 503],
        ])
        try process.say("pay-bills " + said.rows().map { "\($0)/\($1)" }.joined(separator: " "))
        try await stage.city.untilHappened(lost)
        process.kill()
        try await stage.city.delete("/v1/faults?party=gateway")
        try await stage.phone.open()
        let newest = try await stage.rabt.payments.page(limit: 1).payments.first
        stage.keep(payment: try known(newest, "the payment is in the journal").idempotencyKey)
    },
]
