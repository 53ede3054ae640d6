import Foundation
import Rabt
import RabtTown
import Testing

/// No record prints what belongs to a person: each is read from bytes whose values are found nowhere else, as the boundary reads it, and printed
/// in every way that Swift has.
@Suite struct PrintedTests {
    private typealias Bytes = (data: Data, offset: Data.Index)

    @Test func noRecordPrintsWhatIsNotToBePrinted() throws {
        let shapes = try Shapes()
        let list = try printedList()
        #expect(list.count > 70)
        for (name, fields) in list.sorted(by: { $0.key < $1.key }) {
            let words = name.split(separator: ".").map(String.init)
            let type = words[0]
            let read = try known(readers[type], "\(type) isn't read here; put it into `readers`")
            var made = Made(shapes: shapes, list: list)
            try made.add(type, variant: words.dropFirst().first, mayBePrinted: true)
            var bytes: Bytes = (Data(made.bytes), 0)
            let value = try read(&bytes)
            #expect(bytes.offset == made.bytes.count, "\(name) was read in part")

            for text in texts(of: value) {
                for leaf in made.leaves where !leaf.mayBePrinted {
                    #expect(!leaf.texts.contains { text.contains($0) }, "\(name) prints \(leaf.texts): \(text)")
                }
            }
            // An error prints itself in the core's own words.
            guard !(value is any Error) else { continue }
            for leaf in made.leaves where leaf.mustBePrinted {
                #expect(leaf.texts.contains { "\(value)".contains($0) }, "\(name), which may print \(fields), doesn't print \(leaf.texts): \(value)")
            }
        }
    }

    @Test func aRecordWithoutAnythingToPrintPrintsItsName() async throws {
        let phone = try await Phone(city: try sharedCity())
        try await phone.open()
        defer { phone.discard() }
        let page = try await phone.rabt.bills.page()
        #expect("\(page)" == "BillPage(…)")
        #expect("\([page])" == "[BillPage(…)]")
        #expect(Mirror(reflecting: page).children.isEmpty)
        #expect("\(Retry.after(waitMs: 1_500))" == "after(waitMs: 1500)")
    }

    /// What a log, the debugger, a failed expectation and `dump` show.
    private func texts(of value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", "\([value])", "\(Optional(value) as Any)", String(reflecting: value), dumped]
    }

    /// All that the list decides. Swift finds no function by its name, so they stand here.
    private var readers: [String: (inout Bytes) throws -> Any] {
        [
            "Account": FfiConverterTypeAccount.read,
            "AccountKey": FfiConverterTypeAccountKey.read,
            "AccountKind": FfiConverterTypeAccountKind.read,
            "Agency": FfiConverterTypeAgency.read,
            "AgencyHealth": FfiConverterTypeAgencyHealth.read,
            "AgencyRefresh": FfiConverterTypeAgencyRefresh.read,
            "AgencySummary": FfiConverterTypeAgencySummary.read,
            "Allowance": FfiConverterTypeAllowance.read,
            "AmountRule": FfiConverterTypeAmountRule.read,
            "BankConsent": FfiConverterTypeBankConsent.read,
            "Bilingual": FfiConverterTypeBilingual.read,
            "Bill": FfiConverterTypeBill.read,
            "BillKey": FfiConverterTypeBillKey.read,
            "BillKindEntry": FfiConverterTypeBillKindEntry.read,
            "BillLine": FfiConverterTypeBillLine.read,
            "BillPage": FfiConverterTypeBillPage.read,
            "BillPaid": FfiConverterTypeBillPaid.read,
            "BillPeriod": FfiConverterTypeBillPeriod.read,
            "BillQuery": FfiConverterTypeBillQuery.read,
            "ChosenBill": FfiConverterTypeChosenBill.read,
            "Config": FfiConverterTypeConfig.read,
            "Consent": FfiConverterTypeConsent.read,
            "Decision": FfiConverterTypeDecision.read,
            "DecisionPage": FfiConverterTypeDecisionPage.read,
            "DecisionPayment": FfiConverterTypeDecisionPayment.read,
            "DecisionQuery": FfiConverterTypeDecisionQuery.read,
            "DiagnosticsBundle": FfiConverterTypeDiagnosticsBundle.read,
            "DraftedMandate": FfiConverterTypeDraftedMandate.read,
            "ErrorDetails": FfiConverterTypeErrorDetails.read,
            "Finding": FfiConverterTypeFinding.read,
            "ForeseenBill": FfiConverterTypeForeseenBill.read,
            "FormField": FfiConverterTypeFormField.read,
            "Freshness": FfiConverterTypeFreshness.read,
            "Incident": FfiConverterTypeIncident.read,
            "Instrument": FfiConverterTypeInstrument.read,
            "LedgerState": FfiConverterTypeLedgerState.read,
            "LimitLeft": FfiConverterTypeLimitLeft.read,
            "LogLine": FfiConverterTypeLogLine.read,
            "Mandate": FfiConverterTypeMandate.read,
            "MandateAnswer": FfiConverterTypeMandateAnswer.read,
            "MandateDraft": FfiConverterTypeMandateDraft.read,
            "MandateLimits": FfiConverterTypeMandateLimits.read,
            "MandatePreview": FfiConverterTypeMandatePreview.read,
            "MandateScope": FfiConverterTypeMandateScope.read,
            "MandateStanding": FfiConverterTypeMandateStanding.read,
            "MandateSuggestion": FfiConverterTypeMandateSuggestion.read,
            "OpenReport": FfiConverterTypeOpenReport.read,
            "PayDay": FfiConverterTypePayDay.read,
            "Payment": FfiConverterTypePayment.read,
            "PaymentItem": FfiConverterTypePaymentItem.read,
            "PaymentOutcome": FfiConverterTypePaymentOutcome.read,
            "PaymentPage": FfiConverterTypePaymentPage.read,
            "PortError": FfiConverterTypePortError.read,
            "Quote": FfiConverterTypeQuote.read,
            "QuoteLine": FfiConverterTypeQuoteLine.read,
            "RabtError": FfiConverterTypeRabtError.read,
            "RateSource": FfiConverterTypeRateSource.read,
            "Receipt": FfiConverterTypeReceipt.read,
            "ReceiptPage": FfiConverterTypeReceiptPage.read,
            "ReceiptView": FfiConverterTypeReceiptView.read,
            "RefreshOutcome": FfiConverterTypeRefreshOutcome.read,
            "RefreshReport": FfiConverterTypeRefreshReport.read,
            "Rejection": FfiConverterTypeRejection.read,
            "Retry": FfiConverterTypeRetry.read,
            "SessionState": FfiConverterTypeSessionState.read,
            "SignedOut": FfiConverterTypeSignedOut.read,
            "Summary": FfiConverterTypeSummary.read,
            "SyncReport": FfiConverterTypeSyncReport.read,
            "Tally": FfiConverterTypeTally.read,
            "TopUpFloor": FfiConverterTypeTopUpFloor.read,
            "Upcoming": FfiConverterTypeUpcoming.read,
            "WeekSummary": FfiConverterTypeWeekSummary.read,
        ]
    }
}

/// `printed.json`, its fields as Swift writes them.
private func printedList() throws -> [String: Set<String>] {
    let list = try JSONDecoder().decode([String: [String]].self, from: Data(contentsOf: inBindings("printed.json")))
    return list.mapValues { Set($0.map(camel)) }
}

private func inBindings(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").appendingPathComponent(path).standardizedFileURL
}

private func camel(_ name: String) -> String {
    let words = name.split(separator: "_")
    return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
}

/// What the boundary reads of each type, as the generated source says.
private struct Shapes {
    struct Field {
        let name: String
        let type: String
    }

    struct Case {
        let name: String
        var fields: [Field]
    }

    /// A record has one case, without a name.
    private(set) var types: [String: [Case]] = [:]

    init() throws {
        let source = try String(contentsOf: inBindings("swift/Sources/Rabt/Generated/RabtGenerated.swift"), encoding: .utf8)
        var type: String?
        for line in source.split(separator: "\n") {
            if line.hasPrefix("public struct FfiConverterType") {
                let name = String(line.dropFirst("public struct FfiConverterType".count).prefix { $0 != ":" })
                type = name
                types[name] = [Case(name: "", fields: [])]
            } else if line.hasPrefix("    public static func write(") {
                type = nil
            }
            guard let reading = type else { continue }
            let words = line.drop { $0 == " " }
            if words.hasPrefix("let variant") {
                types[reading] = []
            } else if words.hasPrefix("case "), let returned = words.range(of: ": return .") {
                let name = words[returned.upperBound...].drop { $0 == "`" }.prefix { $0.isLetter || $0.isNumber }
                types[reading]?.append(Case(name: String(name), fields: []))
            }
            guard let last = types[reading]?.indices.last else { continue }
            types[reading]?[last].fields += words.split(separator: ",").compactMap(Shapes.field)
        }
    }

    /// From `limit: try FfiConverterInt32.read(from: &buf)`.
    private static func field(_ words: Substring) -> Field? {
        guard
            let read = words.range(of: ".read(from: &buf)"),
            let converter = words.range(of: "FfiConverter", options: .backwards, range: words.startIndex..<read.lowerBound),
            let colon = words.range(of: ":", options: .backwards, range: words.startIndex..<converter.lowerBound)
        else { return nil }
        let name = words[..<colon.lowerBound].split { !($0.isLetter || $0.isNumber) }.last
        return name.map { Field(name: String($0), type: String(words[converter.upperBound..<read.lowerBound])) }
    }
}

/// The bytes of a value, and what is in it.
private struct Made {
    struct Leaf {
        /// How it may look when it is printed.
        let texts: [String]
        let mayBePrinted: Bool
        /// Not within an error, which prints itself.
        let mustBePrinted: Bool
    }

    let shapes: Shapes
    let list: [String: Set<String>]
    private(set) var bytes: [UInt8] = []
    private(set) var leaves: [Leaf] = []
    private var withinError = false

    init(shapes: Shapes, list: [String: Set<String>]) {
        self.shapes = shapes
        self.list = list
    }

    /// Adds one of a type, of the case that is named or else of the one that holds most.
    mutating func add(_ type: String, variant: String? = nil, mayBePrinted: Bool) throws {
        let cases = try known(shapes.types[type], "\(type) isn't in the generated source")
        let most = cases.map(\.fields.count).max()
        let index = try known(
            cases.firstIndex { one in variant.map { $0.lowercased() == one.name.lowercased() } ?? (one.fields.count == most) },
            "\(type) has no \(variant ?? "case")")
        let chosen = cases[index]
        if !chosen.name.isEmpty { put(Int32(index + 1)) }
        guard !chosen.fields.isEmpty else { return }
        let listed = chosen.name.isEmpty ? type : type + "." + chosen.name.prefix(1).uppercased() + chosen.name.dropFirst()
        let printed = try known(list[listed], "\(listed) isn't in the list")
        let outside = withinError
        withinError = outside || type.hasSuffix("Error")
        defer { withinError = outside }
        for field in chosen.fields { try put(field.type, mayBePrinted && printed.contains(field.name)) }
    }

    private mutating func put(_ type: String, _ mayBePrinted: Bool) throws {
        // Begins where no other number in a record does.
        let number = 812_000_011 + leaves.count
        switch type {
        case "Bool": bytes.append(1)
        case "String":
            let text = "canary-\(number)"
            put(Int32(text.utf8.count))
            bytes += text.utf8
            leaf([text], mayBePrinted)
        case "Int32":
            put(Int32(number))
            leaf(["\(number)"], mayBePrinted)
        case "Int64", "TypeMoney":
            put(Int64(number))
            leaf(["\(number)", "\(Fils(Int64(number)))"], mayBePrinted)
        case "TypeTimestamp":
            put(Int64(number) * 1000)
            leaf(["\(number)", "\(Date(timeIntervalSince1970: Double(number)))"], mayBePrinted)
        case "TypeDubaiDate":
            put(Int64(leaves.count))
            leaf(["\(CalendarDay(daysSince1970: Int64(leaves.count)))"], mayBePrinted)
        case _ where type.hasPrefix("Option"):
            bytes.append(1)
            try put(String(type.dropFirst("Option".count)), mayBePrinted)
        case _ where type.hasPrefix("Sequence"):
            put(Int32(1))
            try put(String(type.dropFirst("Sequence".count)), mayBePrinted)
        case _ where type.hasPrefix("Type"): try add(String(type.dropFirst("Type".count)), mayBePrinted: mayBePrinted)
        default: throw Failed("\(type) is nothing that a record holds")
        }
    }

    private mutating func put(_ number: some FixedWidthInteger) { withUnsafeBytes(of: number.bigEndian) { bytes += $0 } }

    private mutating func leaf(_ texts: [String], _ mayBePrinted: Bool) {
        leaves.append(Leaf(texts: texts, mayBePrinted: mayBePrinted, mustBePrinted: mayBePrinted && !withinError))
    }
}
