import Foundation
import Rabt
import RabtTown

/// The city: what goes wrong in it, what its people do elsewhere, what time it is, and its books.
let citySteps: [Step] = [
    Step("a city") { stage, _ in try await stage.begin() },
    Step("{string} is down") { stage, said in
        try await goesWrong(stage, said.text(0), ["name": "status", "status": 503])
    },
    Step("{string} answers {int} ms late") { stage, said in
        try await goesWrong(stage, said.text(0), ["name": "latency_ms", "latency_ms": .number(try said.int(1))])
    },
    Step("{string} has the fault {string}") { stage, said in
        try await goesWrong(stage, said.text(0), ["name": .string(said.text(1))])
    },
    Step("{string} loses its next answer to {string} {string}") { stage, said in
        try await stage.city.fault([
            "party": .string(said.text(0)), "method": .string(said.text(1)), "route": .string(said.text(2)), "times": 1,
            "kind": ["name": "cut_after_commit"],
        ])
    },
    Step("{string} works again") { stage, said in try await stage.city.delete("/v1/faults?party=\(said.text(0))") },
    Step("the network is cut") { stage, _ in try await stage.city.put("/v1/network", ["cut": true]) },
    Step("the network is back") { stage, _ in try await stage.city.put("/v1/network", ["cut": false]) },
    Step("{int} minutes pass") { stage, said in try await pass(stage, try said.int(0) * 60) },
    Step("{int} days pass") { stage, said in try await pass(stage, try said.int(0) * 86_400) },
    Step("the provider takes back the access tokens of {string}") { stage, said in
        let answer = try await stage.city.post("/v1/personas/\(said.text(0))/expire-access-tokens")
        try must(try answer["ended"].int > 0, "there was no access token to take back")
    },
    Step("the provider signs {string} out everywhere") { stage, said in
        try await stage.city.post("/v1/personas/\(said.text(0))/revoke-sessions")
    },
    Step("{string} issues the {string} {string} of {string} to {string}") { stage, said in
        let bill: JSON = [
            "agency_id": .string(said.text(0)), "kind_code": .string(said.text(1)), "bill_id": .string(said.text(2)),
            "amount_fils": try fils(said.text(3)), "persona_id": .string(said.text(4)),
        ]
        try await stage.city.post("/v1/bills", bill)
    },
    Step("{string} changes the bill {string} to {string}") { stage, said in
        try await stage.city.patch("/v1/bills/\(said.text(0))/\(said.text(1))", ["amount_fils": try fils(said.text(2))])
    },
    Step("{string} withdraws the bill {string}") { stage, said in
        try await stage.city.post("/v1/bills/\(said.text(0))/\(said.text(1))/withdraw")
    },
    Step("the bill {string} of {string} is paid at the counter") { stage, said in
        try await stage.city.post("/v1/bills/\(said.text(1))/\(said.text(0))/pay-at-counter")
    },
    Step("the agency {string} joins the city") { stage, said in
        let file = URL(fileURLWithPath: "../../../sandbox/fixtures/extra/\(said.text(0)).json")
        try await stage.city.post("/v1/agencies", try JSON(Data(contentsOf: file)))
    },
    Step("{string} has {string} in the bank") { stage, said in
        let available: JSON = ["kind": "bank_account", "available_fils": try fils(said.text(1))]
        try await stage.city.put("/v1/personas/\(said.text(0))/available", available)
    },
    Step("the books balance, with {string} paid") { stage, said in
        let books = try await stage.city.booksAtRest()
        try mustEqual(books["balanced"], true)
        try mustEqual(books["paid_twice"], 0)
        try mustEqual(books["lost_fils"], 0)
        try mustEqual(books["settled_fils"], try fils(said.text(0)))
    },
]

private func goesWrong(_ stage: Stage, _ party: String, _ kind: JSON) async throws {
    try await stage.city.fault(["party": .string(party), "kind": kind])
}

/// In the city, and on every phone.
private func pass(_ stage: Stage, _ seconds: Int) async throws {
    try await stage.city.post("/v1/clock/advance", ["advance_ms": .number(seconds * 1000)])
    stage.pass(seconds)
}

private func fils(_ words: String) throws -> JSON { .number(Int(try amount(words).count)) }
