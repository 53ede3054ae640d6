import Foundation
import Rabt
import RabtTown

/// What a scenario remembers from one step to the next. One step is done at a time.
final class Stage: @unchecked Sendable {
    private var started: City?
    private var phones: [String: Phone] = [:]
    private var inHand = ""
    /// The error of the last act, until a step says that it was expected.
    private var failed: RabtError?
    /// The error that was expected, for what is said of it afterwards.
    private(set) var expected: RabtError?
    /// What the last refresh reported.
    var report: RefreshReport?
    /// The list of bills that is on the screen.
    var shown: [Bill] = []
    private var quotes: [String: Quote] = [:]
    private var payments: [String: String] = [:]

    var city: City {
        get throws { try known(started, "the scenario begins with a city") }
    }

    var phone: Phone {
        get throws { try known(phones[inHand], "a phone is in hand") }
    }

    var rabt: Rabt {
        get throws { try phone.rabt }
    }

    /// The last quote of the phone in hand.
    var quote: Quote {
        get throws { try known(quotes[inHand], "something was quoted") }
    }

    /// The idempotency key of its last payment.
    var payment: String {
        get throws { try known(payments[inHand], "something was paid") }
    }

    func keep(_ quote: Quote) { quotes[inHand] = quote }

    func keep(payment: String) { payments[inHand] = payment }

    /// Starts the city, and takes a phone in hand.
    func begin() async throws {
        started = try City()
        try await take("first")
    }

    /// Takes a phone in hand; a new one, with the app open, where there is none of that name.
    func take(_ name: String) async throws {
        inHand = name
        if phones[name] == nil {
            let phone = try await Phone(city: city)
            try await phone.open()
            phones[name] = phone
        }
    }

    func pass(_ seconds: Int) { phones.values.forEach { $0.clock.pass(seconds) } }

    /// Does an act, and keeps its error: the next step must speak of it.
    func act(_ does: () async throws -> Void) async throws {
        do {
            try await does()
        } catch let error as RabtError {
            failed = error
        }
    }

    /// The error that the last act must have ended with.
    func expectFailure() throws -> RabtError {
        let error = try known(failed, "the last step succeeded; it was to fail")
        failed = nil
        expected = error
        return error
    }

    /// Fails where an error was not spoken of.
    func nothingUnspoken() throws {
        if let failed { throw Failed("the last step failed: \(failed.details)") }
    }

    /// A bill, from the store.
    func bill(_ bill: String, _ agency: String) async throws -> Bill {
        try known(await rabt.bills.get(BillKey(agencyId: agency, billId: bill)), "the bill is known")
    }

    /// The linked instrument of a kind, from the store.
    func instrument(_ words: String) async throws -> Instrument? {
        let kind = try kindOf(words)
        return try await rabt.instruments.list().first { $0.kind == kind }
    }

    /// The same, which must be linked.
    func linked(_ words: String) async throws -> Instrument {
        try known(await instrument(words), "no \(words) is linked")
    }

    /// Closes everything.
    func end() { phones.values.forEach { $0.discard() } }
}

/// `bank account` or `card`.
func kindOf(_ words: String) throws -> InstrumentKind {
    switch words {
    case "bank account": .bankAccount
    case "card": .card
    default: throw Failed("`\(words)` is neither `bank account` nor `card`")
    }
}

/// An amount as the scenarios write it: `AED 1,520.13`.
func amount(_ words: String) throws -> Money {
    let digits = words.replacingOccurrences(of: "AED ", with: "").replacingOccurrences(of: ",", with: "")
    return try known(Decimal(string: digits).flatMap(Money.init(dirhams:)), "`\(words)` is no amount")
}

/// A case of an enum as the scenarios write it: `paid elsewhere`.
func words(_ value: Any) -> String {
    String(describing: value).reduce(into: "") { words, letter in
        words += letter.isUppercase ? " \(letter.lowercased())" : String(letter)
    }
}
