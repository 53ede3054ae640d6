// Runs the scenarios of `tests/scenarios/*.feature` against the Swift face, each in a fresh city. What a step means is written in
// `tests/scenarios/README.md`.
//
// `scenarios [WORDS …]` runs those whose name holds the words, of the file that `RABT_SCENARIOS_PICKLES` names; `scenarios phone` is an app in a
// process of its own, to be killed.

import Foundation
import RabtTown

// As `City` does; the app in a process of its own starts none.
signal(SIGPIPE, SIG_IGN)

let words = CommandLine.arguments.dropFirst()
do {
    if words.first == "phone" {
        try await ChildPhone.run()
        exit(0)
    }
    guard let pickles = ProcessInfo.processInfo.environment["RABT_SCENARIOS_PICKLES"] else {
        throw Failed("RABT_SCENARIOS_PICKLES doesn't say where the scenarios are")
    }
    let vocabulary = try Vocabulary(
        citySteps + phoneSteps + sessionSteps + billSteps + paymentSteps + autopaySteps + failureSteps
    )
    if let wrong = ProcessInfo.processInfo.environment["RABT_SCENARIOS_WRONG"] {
        for pickle in try Pickle.read(wrong) {
            let error = await run(pickle, by: vocabulary)
            try must(error != nil, "this runner can't be believed: `\(pickle.name)` passed")
        }
    }
    var report = Report()
    for pickle in try Pickle.read(pickles) where words.allSatisfy(pickle.name.contains) {
        let begun = Date()
        let error = await run(pickle, by: vocabulary)
        report.ended(pickle.name, seconds: Date().timeIntervalSince(begun), error: error)
    }
    exit(try report.close() ? 0 : 1)
} catch {
    print("\(error)")
    exit(1)
}

/// Runs one; returns why it failed.
func run(_ pickle: Pickle, by vocabulary: Vocabulary) async -> String? {
    let stage = Stage()
    defer { stage.end() }
    var doing = ""
    do {
        for told in pickle.steps {
            doing = told.text
            let (step, said) = try vocabulary.find(told)
            if !step.speaksOfFailure { try stage.nothingUnspoken() }
            try await step.act(stage, said)
        }
        try stage.nothingUnspoken()
        return nil
    } catch {
        return "\(doing): \(error)"
    }
}
