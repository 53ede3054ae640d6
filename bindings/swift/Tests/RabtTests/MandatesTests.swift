import Foundation
import Rabt
import RabtTown
import Testing

/// The engine of autopay decides in Swift as it does in Rust: by the same golden vectors.
@Suite struct MandatesTests {
    @Test func eachGoldenVectorIsDecidedAsItSays() async throws {
        let checkout = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../..").standardizedFileURL
        let folder = checkout.appendingPathComponent("tests/vectors/mandates")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
        #expect(files.count == 22)
        for file in files {
            let vector = try JSON(Data(contentsOf: file))
            let situation = String(decoding: try vector["given"].encoded(), as: UTF8.self)
            let decided = try JSON(Data(try await decideMandates(situation: situation).utf8))
            #expect(decided == vector["expected"], "\(file.lastPathComponent): \(vector["about"])")
        }
    }

    @Test func whatIsNoSituationIsNamed() async throws {
        let error = await failure { try await decideMandates(situation: "{}") }
        guard case .invalidInput("situation", .malformed, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
