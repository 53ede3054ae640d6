import Foundation
import Observation
import Rabt

/// What the demo's screens show, and what a person does on them: sign in, look at the bills, pay one, be offline.
///
/// It holds no rule: a screen is what the store says, read again whenever it changed (``run()``), and an act is a call of the core whose error is
/// told in the person's language. Everything here is on the main actor; the core works on threads of its own.
@MainActor @Observable
public final class DemoModel {
    /// Whether somebody is signed in; `nil` until the store has said so.
    public private(set) var isSignedIn: Bool?
    /// The person's name, where the provider told it.
    public private(set) var person: Bilingual?
    /// The open bills, the most urgent first.
    public private(set) var bills: [Bill] = []
    /// How many they are, and how much.
    public private(set) var owed: Tally?
    /// Whether nobody could be reached the last time. What is stored is shown all the same.
    public private(set) var isOffline = false
    /// The agencies that didn't answer the last time, by name.
    public private(set) var silent: [Bilingual] = []
    /// Whether an act is under way.
    public private(set) var isBusy = false
    /// What a bill costs now, waiting for the person to say yes.
    public private(set) var quote: Quote?
    /// What the person should be told.
    public private(set) var note: Bilingual?
    /// The language of the screens.
    public var language: Language = .en

    private var names: [String: Bilingual] = [:]
    private let rabt: Rabt
    private let browser: any Browser
    /// How long a payment is looked up while the person watches, in seconds. What isn't finished then is left to background work.
    private let patience = 20.0

    /// Over a core that is open.
    public init(rabt: Rabt, browser: any Browser) {
        self.rabt = rabt
        self.browser = browser
    }

    /// The locale of the screens: amounts and days as the language's readers write them.
    public var locale: Locale { Locale(identifier: language == .ar ? "ar_AE" : "en_AE") }

    /// Keeps what is shown as it is in the store, until the task is cancelled or the core closed: `.task { await model.run() }`. A look that
    /// fails, as it may while somebody signs out, leaves the screen as it is until the next one.
    public func run() async {
        let looks = rabt.rereading([.session, .agencies, .bills, .payments]) { [rabt] in try? await Shown.read(from: rabt) }
        do {
            for try await shown in looks { if let shown { show(shown) } }
        } catch {
            tell(error)
        }
    }

    /// Signs in, agrees that all agencies of the directory may answer, and asks them. The button says so.
    public func signIn() async {
        await act {
            let page = try await rabt.session.beginSignIn()
            try await rabt.session.complete(browser.open(page))
            try await rabt.agencies.refresh()
            try await rabt.agencies.consent(to: rabt.agencies.list().map(\.id))
            try await ask()
        }
    }

    /// Signs out. It works offline.
    public func signOut() async {
        await act {
            try await rabt.session.signOut()
            (isOffline, silent, quote) = (false, [], nil)
        }
    }

    /// Asks all agencies for what is new.
    public func refresh() async { await act { try await ask() } }

    /// Asks what a bill costs now; the answer is in ``quote``. The first time, it has the person link a bank account.
    public func choose(_ bill: Bill) async {
        await act {
            if try await rabt.instruments.list().isEmpty {
                let page = try await rabt.instruments.beginLink(.bankAccount)
                try await rabt.instruments.completeLink(browser.open(page))
            }
            let asked = try await rabt.payments.quote([ChosenBill(bill: bill.key)])
            if asked.total > .zero { quote = asked } else { note = Words.notPayable }
        }
    }

    /// The person doesn't want to pay after all.
    public func decline() { quote = nil }

    /// Pays what was quoted, with a second factor where the hub asks for one, and tells what became of it.
    public func pay() async {
        guard let quote else { return }
        self.quote = nil
        await act {
            guard let instrument = try await rabt.instruments.list().first else { return }
            var payment: Payment
            do {
                payment = try await rabt.payments.pay(quoteId: quote.id, with: instrument.id)
            } catch RabtError.stepUpRequired(let acr, _) {
                let page = try await rabt.session.beginStepUp(acr: acr)
                try await rabt.session.complete(browser.open(page))
                payment = try await rabt.payments.pay(quoteId: quote.id, with: instrument.id)
            }
            if !payment.finished {
                payment = try await rabt.payments.follow(payment.idempotencyKey, patience: patience)
            }
            note = payment.rejection?.reason ?? Words.outcome(payment.state)
            try await rabt.payments.acknowledge(rabt.payments.outcomes().map(\.id))
        }
    }

    /// The person has read the note.
    public func dismissNote() { note = nil }

    /// A text in the language of the screens.
    public func text(_ text: Bilingual) -> String { text.text(locale) }

    /// Who issued a bill.
    public func issuer(of bill: Bill) -> String { names[bill.key.agencyId].map(text) ?? bill.key.agencyId }

    /// An amount in the language of the screens.
    public func text(_ amount: Money) -> String { amount.formatted(locale) }

    /// A day in the language of the screens.
    public func text(_ day: CalendarDay) -> String {
        let formatter = DateFormatter()
        formatter.locale = locale
        formatter.timeZone = .gmt
        formatter.dateStyle = .long
        return formatter.string(from: day.date)
    }

    private func ask() async throws {
        do {
            let report = try await rabt.bills.refresh()
            isOffline = report.answered == 0 && !report.agencies.isEmpty
            silent = report.agencies.filter { if case .failed = $0.outcome { true } else { false } }
                .map { names[$0.agencyId] ?? Bilingual(en: $0.agencyId, ar: $0.agencyId) }
        } catch RabtError.offline {
            isOffline = true
        }
    }

    private func act(_ does: () async throws -> Void) async {
        isBusy = true
        defer { isBusy = false }
        do {
            try await does()
            show(try await Shown.read(from: rabt))
        } catch {
            tell(error)
        }
    }

    private func show(_ shown: Shown) {
        if case .signedIn(let name, _) = shown.session { (isSignedIn, person) = (true, name) } else { (isSignedIn, person) = (false, nil) }
        (bills, owed, names) = (shown.bills, shown.owed, shown.names)
    }

    /// Each error says what a person should read, but for those that aren't worth a word: they closed a page, or left a screen.
    private func tell(_ error: any Error) {
        switch error {
        case is CancellationError, RabtError.signInRequired(.cancelled, _): break
        case RabtError.offline: isOffline = true
        case let error as RabtError: note = Bilingual(en: error.details.reasonEn, ar: error.details.reasonAr)
        default: note = Words.somethingElse
        }
    }
}

/// One look at the store.
private struct Shown: Sendable {
    let session: SessionState
    let bills: [Bill]
    let owed: Tally
    let names: [String: Bilingual]

    static func read(from rabt: Rabt) async throws -> Shown {
        let agencies = try await rabt.agencies.list()
        return Shown(
            session: try await rabt.session.state(),
            bills: try await rabt.bills.page(BillQuery(limit: 200)).bills,
            owed: try await rabt.bills.summary().total,
            names: Dictionary(agencies.map { ($0.id, $0.shortName) }) { first, _ in first })
    }
}
