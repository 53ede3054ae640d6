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

    @Test func whatIsNotThereWhatIsOverAndWhatNeverComesAreToldApart() async throws {
        let phone = try await Phone(city: try City())
        try await phone.open()
        defer { phone.discard() }
        try await phone.settleIn("trader")
        let autopay = try phone.rabt.autopay
        let card = try await phone.link(.card, "trader").id
        let limits = MandateLimits(perPayment: Fils(500_000))
        let draft = MandateDraft(instrumentId: card, limits: limits)
        let revoked = try await autopay.revoke(autopay.sign(draft).id).id
        let nobodys = MandateDraft(instrumentId: "ins_nobody", limits: limits)
        let floor = TopUpFloor(below: Fils(5_000), add: Fils(5_000))
        let never = MandateDraft(instrumentId: card, scope: [MandateScope(kind: .fine)], limits: limits, topUp: floor)

        let told = [
            await failure { try await autopay.draft(nobodys) },
            await failure { try await autopay.pause(revoked) },
            await failure { try await autopay.draft(never) },
        ]
        guard
            case .invalidInput("instrument_id", .notKnown, _) = told[0],
            case .invalidInput("mandate_id", .expired, _) = told[1],
            case .invalidInput("top_up", .neverComes, _) = told[2]
        else {
            Issue.record("\(told)")
            return
        }
    }
}
