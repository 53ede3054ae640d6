import Rabt
import RabtTown

/// What is said of an act that failed. A failure that no such step follows fails the scenario.
let failureSteps: [Step] = [
    Step("it fails with {string}", speaksOfFailure: true) { stage, said in
        try mustEqual(try stage.expectFailure().code, said.text(0))
    },
    // A device without a network hears that from its system; on loopback, parties that take no connection look like ones that are down.
    Step("it fails because nobody can be reached", speaksOfFailure: true) { stage, _ in
        let code = try stage.expectFailure().code
        try must(["offline", "unavailable"].contains(code), code)
    },
    Step("it fails on the field {string}", speaksOfFailure: true) { stage, said in
        guard case .invalidInput(let field, _, _) = try stage.expectFailure() else { throw Failed("it isn't about input") }
        try mustEqual(field, said.text(0))
    },
    Step("its reason is {string} and {string}", speaksOfFailure: true) { stage, said in
        let details = try known(stage.expected, "a step that failed").details
        try mustEqual([details.reasonEn, details.reasonAr], [said.text(0), said.text(1)])
    },
    Step("an answer of {string} was refused as {string}") { stage, said in
        let found = try await stage.rabt.diagnostics.incidents(limit: 100).map { [$0.agencyId ?? "gateway", $0.code] }
        try must(found.contains([said.text(0), said.text(1)]), "\(found)")
    },
]
