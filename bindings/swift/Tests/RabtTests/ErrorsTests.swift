import Foundation
import Rabt
import RabtTown
import Testing

/// What a person reads of an error, and what a log does.
@Suite struct ErrorsTests {
    @Test func aPersonReadsTheReasonInTheirLanguage() {
        let error = RabtError.offline(details: details)
        for arabic in ["ar", "ar_AE", "ar-EG"] { #expect(error.reason(Locale(identifier: arabic)) == "لا اتصال.") }
        for other in ["en", "en_AE", "fr_FR", "arn", "hi"] { #expect(error.reason(Locale(identifier: other)) == "No connection.") }
    }

    @Test func foundationShowsThatReasonTooNeverTheErrorAsCode() {
        let error: any Error = RabtError.refused(details: details)
        #expect(error.localizedDescription == RabtError.refused(details: details).reason(.current))
        #expect(["No connection.", "لا اتصال."].contains(error.localizedDescription))
        #expect((error as? any LocalizedError)?.errorDescription == error.localizedDescription)
    }

    @Test func aLogReadsTheCode() {
        #expect("\(RabtError.offline(details: details))" == "offline")
        #expect("\(RabtError.invalidInput(field: "limit", problem: .tooSmall, details: details))" == "offline: limit")
    }

    @Test func whenToTryAgainIsInSeconds() {
        #expect(RabtError.offline(details: details(.after(waitMs: 1_500))).retryAfter == 1.5)
        #expect(RabtError.offline(details: details(.whenOnline)).retryAfter == nil)
        #expect(RabtError.offline(details: details(.never)).retryAfter == nil)
    }

    @Test func bothTextsOfANameAreThere() {
        let name = Bilingual(en: "Police", ar: "الشرطة")
        #expect(name.text(Locale(identifier: "ar_AE")) == "الشرطة")
        #expect(name.text(Locale(identifier: "en_GB")) == "Police")
    }

    @Test func badInputNamesItsField() async throws {
        let phone = try await Phone(city: try sharedCity())
        try await phone.open()
        defer { phone.discard() }
        for limit: Int32 in [0, -1, 201, .max, .min] {
            let error = await failure { try await phone.rabt.bills.page(BillQuery(limit: limit)) }
            guard case .invalidInput("limit", _, let details) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(details.code == "invalid_input")
            #expect(!details.reasonEn.isEmpty && !details.reasonAr.isEmpty)
        }
    }

    private var details: ErrorDetails { details(.whenOnline) }

    private func details(_ retry: Retry) -> ErrorDetails {
        ErrorDetails(code: "offline", reasonEn: "No connection.", reasonAr: "لا اتصال.", retry: retry)
    }
}
