import Foundation

/// A scenario as the official Gherkin parser compiles it: its background's steps before its own, outlines filled in.
struct Pickle: Decodable, Sendable {
    /// The name by which it is known in every language: `Feature: Scenario`.
    let name: String
    let steps: [Step]

    struct Step: Decodable, Sendable {
        let text: String
        /// The table below it, heading first; empty where it has none.
        let table: [[String]]
    }

    /// Reads the file that `cargo xtask scenarios` made of the features.
    static func read(_ file: String) throws -> [Pickle] {
        try JSONDecoder().decode([Pickle].self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    }
}
