import DemoModel
import Foundation
import Rabt
import RabtTown
import Testing

/// The demo's screens, told by what the model shows, against a city. Each story has a city of its own, so they are told one after the other.
@MainActor @Suite(.serialized) struct DemoModelTests {
    @Test func signingInShowsEveryBillInBothLanguages() async throws {
        let app = try await App()
        try await eventually("the store has said that nobody is signed in") { app.model.isSignedIn == false }
        await app.model.signIn()
        try await eventually("the bills are shown") { app.model.bills.count == 20 }
        #expect(app.model.isSignedIn == true)
        #expect(app.model.person == Bilingual(en: "Salma Burjanoor", ar: "سلمى برجنور"))
        #expect(app.model.owed?.count == 20)
        #expect(app.model.note == nil && !app.model.isOffline && app.model.silent.isEmpty)

        let fine = try #require(app.model.bills.first { $0.key.agencyId == "police" })
        #expect(app.model.issuer(of: fine) == "Police")
        app.model.language = .ar
        #expect(app.model.issuer(of: fine) == "الشرطة")
        #expect(app.model.text(fine.title) == fine.title.ar)
        app.end()
    }

    @Test func aBillIsPaidOnce() async throws {
        let app = try await App()
        await app.model.signIn()
        try await eventually("the bills are shown") { app.model.bills.count == 20 }
        let bill = try #require(app.model.bills.first { $0.payable && $0.amount < App.stepUpFrom })
        await app.model.choose(bill)
        #expect(app.model.quote?.total == bill.amount)
        await app.model.pay()
        #expect(app.model.note == Words.outcome(.settled))
        #expect(app.model.quote == nil)
        try await eventually("the bill is gone from the screen") { !app.model.bills.map(\.key).contains(bill.key) }
        let books = try await app.city.booksAtRest()
        #expect(books["balanced"] == true && books["settled_fils"] == .number(Int(bill.amount.count)), "\(books)")
        app.end()
    }

    @Test func whatCostsMuchAsksForASecondFactorAndIsPaid() async throws {
        let app = try await App()
        try await app.city.post("/v1/bills", [
            "agency_id": "police", "kind_code": "traffic-fine", "bill_id": "po-dear", "amount_fils": 150_000,
            "persona_id": "tenant-family",
        ])
        await app.model.signIn()
        try await eventually("the bills are shown") { app.model.bills.count == 21 }
        let dear = try #require(app.model.bills.first { $0.key.billId == "po-dear" })
        await app.model.choose(dear)
        app.persona.intent = "approve_with_second_factor"
        await app.model.pay()
        #expect(app.model.note == Words.outcome(.settled))
        app.end()
    }

    @Test func aPersonWhoDoesNotWantToPayHasNotPaid() async throws {
        let app = try await App()
        await app.model.signIn()
        try await eventually("the bills are shown") { app.model.bills.count == 20 }
        await app.model.choose(try #require(app.model.bills.first { $0.payable }))
        app.model.decline()
        await app.model.pay()
        #expect(try await app.city.booksAtRest()["settled_fils"] == 0)
        app.end()
    }

    @Test func withoutANetworkTheBillsAreStillThere() async throws {
        let app = try await App()
        await app.model.signIn()
        try await eventually("the bills are shown") { app.model.bills.count == 20 }
        try await app.city.network(cut: true)
        await app.model.refresh()
        #expect(app.model.isOffline)
        try await app.openAgain()
        try await eventually("the bills are shown again") { app.model.bills.count == 20 }
        #expect(app.model.isSignedIn == true)
        try await app.city.network(cut: false)
        await app.model.refresh()
        #expect(!app.model.isOffline)
        app.end()
    }

    @Test func anAgencyThatIsDownIsNamedAndTheOthersAreShown() async throws {
        let app = try await App()
        try await app.city.fault(["party": "police", "kind": ["name": "status", "status": 503]])
        await app.model.signIn()
        try await eventually("the others' bills are shown") { (app.model.owed?.count ?? 0) > 0 && !app.model.silent.isEmpty }
        await app.model.refresh()
        #expect(app.model.silent.map(\.en) == ["Police"])
        #expect(!app.model.isOffline && app.model.bills.allSatisfy { $0.key.agencyId != "police" })
        app.end()
    }

    @Test func aPageThatWasClosedIsNotWorthAWord() async throws {
        let app = try await App()
        app.persona.intent = nil
        await app.model.signIn()
        #expect(app.model.note == nil && !app.model.isBusy)
        app.persona.intent = "refuse"
        await app.model.signIn()
        #expect(app.model.note == nil)
        try await eventually("the store has said so") { app.model.isSignedIn == false }
        app.end()
    }

    @Test func signingOutForgetsTheBills() async throws {
        let app = try await App()
        await app.model.signIn()
        try await eventually("the bills are shown") { app.model.bills.count == 20 }
        await app.model.signOut()
        #expect(app.model.note == nil)
        try await eventually("nothing is shown") { app.model.bills.isEmpty && app.model.isSignedIn == false }
        app.end()
    }

    @Test func theDemosConfigurationComesFromTheCity() async throws {
        let city = try City()
        let control = try known(URL(string: try city.introduction["control"].text), "an address")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rabt-demo-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let config = try await DemoCity.config(control: control, folder: folder, language: .ar)
        let clock = PhoneClock(aheadMs: try await city.aheadMs())
        let rabt = try await Rabt.open(config, secrets: InMemorySecretStore(), clock: clock)
        try await rabt.agencies.refresh()
        #expect(try await rabt.agencies.list().count == 12)
        rabt.close()
    }

    @Test func aDayIsWrittenInTheScreensLanguage() async throws {
        let app = try await App()
        let day = try #require(CalendarDay(year: 2026, month: 3, day: 15))
        #expect(app.model.text(day).contains("2026"))
        app.model.language = .ar
        #expect(app.model.text(day).contains("مارس"))
        app.end()
    }
}

/// The demo on a phone in a city of its own, with its screens shown.
@MainActor private final class App {
    /// The hub asks for a second factor above this.
    static let stepUpFrom = Money(100_000)

    let city: City
    let persona: Persona
    private let phone: Phone
    private(set) var model: DemoModel
    private var showing: Task<Void, Never>?

    init() async throws {
        city = try City(personas: ["tenant-family"])
        persona = Persona(city)
        // A busy machine is slow; what the screens show isn't about who answers in time.
        phone = try await Phone(city: city, agencyDeadlineMs: 60_000)
        try await phone.open()
        model = DemoModel(rabt: try phone.rabt, browser: persona)
        show()
    }

    /// Closes the app and opens it.
    func openAgain() async throws {
        showing?.cancel()
        phone.close()
        try await phone.open()
        model = DemoModel(rabt: try phone.rabt, browser: persona)
        show()
    }

    func end() {
        showing?.cancel()
        phone.discard()
    }

    private func show() {
        let model = model
        showing = Task { await model.run() }
    }
}

/// The person before the browser. Without an intent they close the page.
@MainActor private final class Persona: Browser {
    var intent: String? = "approve"
    private let city: City

    init(_ city: City) { self.city = city }

    func open(_ page: URL) async throws -> URL {
        guard let intent else { throw CancellationError() }
        return try await city.visit(page.absoluteString, "tenant-family", intent)
    }
}
