import Foundation
import RabtTown

/// What a step was given.
struct Said: Sendable {
    let values: [String]
    let table: [[String]]

    /// The text in the given place.
    func text(_ place: Int) -> String { values[place] }

    /// The number in the given place.
    func int(_ place: Int) throws -> Int {
        guard let number = Int(values[place]) else { throw Failed("`\(values[place])` is no number") }
        return number
    }

    /// The rows of the step's table, without its heading.
    func rows() throws -> [(String, String)] {
        try must(table.count > 1, "the step needs a table with a heading")
        return table.dropFirst().map { ($0[0], $0[1]) }
    }
}

/// A step: its words, with `{string}` and `{int}` in them, and what it does. It throws where it isn't so.
struct Step: Sendable {
    let words: String
    let act: @Sendable (Stage, Said) async throws -> Void
    /// Whether it may follow an act that failed: it speaks of the failure.
    let speaksOfFailure: Bool

    init(
        _ words: String, speaksOfFailure: Bool = false,
        _ act: @escaping @Sendable (Stage, Said) async throws -> Void
    ) {
        self.words = words
        self.speaksOfFailure = speaksOfFailure
        self.act = act
    }
}

/// All steps, by a pattern of their words. A step that nobody knows fails its scenario.
struct Vocabulary {
    private let known: [(pattern: NSRegularExpression, step: Step)]

    init(_ steps: [Step]) throws {
        known = try steps.map { step in
            let pattern = NSRegularExpression.escapedPattern(for: step.words)
                .replacingOccurrences(of: "\\{string\\}", with: "\"([^\"]*)\"")
                .replacingOccurrences(of: "\\{int\\}", with: "([0-9]+)")
            return (try NSRegularExpression(pattern: "^\(pattern)$"), step)
        }
    }

    /// The step that these words mean, and what they give it.
    func find(_ said: Pickle.Step) throws -> (Step, Said) {
        let whole = NSRange(said.text.startIndex..., in: said.text)
        for (pattern, step) in known {
            guard let match = pattern.firstMatch(in: said.text, range: whole) else { continue }
            let values = (1..<match.numberOfRanges).compactMap { group in
                Range(match.range(at: group), in: said.text).map { String(said.text[$0]) }
            }
            return (step, Said(values: values, table: said.table))
        }
        throw Failed("nobody knows the step `\(said.text)`")
    }
}
