import Foundation

/// What became of the scenarios: a line for each to the file that `RABT_SCENARIOS_REPORT` names, and the sum.
struct Report {
    private struct Line: Encodable {
        let scenario: String
        let language = "swift"
        let passed: Bool
        let seconds: Double
        let error: String?
    }

    private var lines: [Line] = []

    /// A scenario has ended, with this error if it failed.
    mutating func ended(_ scenario: String, seconds: Double, error: String?) {
        lines.append(Line(scenario: scenario, passed: error == nil, seconds: seconds, error: error))
        print(error.map { "failed  \(scenario): \($0)" } ?? "passed  \(scenario)")
    }

    /// Writes the file, prints the sum, and says whether all passed. No scenario at all is no pass.
    func close() throws -> Bool {
        if let file = ProcessInfo.processInfo.environment["RABT_SCENARIOS_REPORT"] {
            let encoder = JSONEncoder()
            let text = try lines.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }.joined()
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        }
        let passed = lines.count(where: \.passed)
        print("\n\(passed) passed, \(lines.count - passed) failed")
        return passed == lines.count && passed > 0
    }
}
