import Foundation
import RabtTown
import Testing

@testable import Rabt

/// What an app may do wrongly, and whom that harms.
@Suite struct ShellsTests {
    @Test func aCoreThatWasClosedTwiceSaysSoAndSoDoItsFeatures() async throws {
        let phone = try await opened()
        defer { phone.discard() }
        let rabt = try phone.rabt
        rabt.close()
        rabt.close()
        #expect(await conflict { try await rabt.bills.page() } == .closed)
        #expect(await conflict { try await rabt.session.state() } == .closed)
        #expect(await conflict { try await rabt.payments.quote([]) } == .closed)
        #expect(await conflict { try await rabt.pause() } == .closed)
        #expect(await conflict { try await rabt.resume() } == .closed)
        try await phone.open()
        #expect(try await phone.rabt.bills.page().bills.isEmpty)
    }

    @Test func aFeatureOutlivesTheCoreThatGaveItAndWorks() async throws {
        let phone = try await Phone(city: try sharedCity())
        defer { phone.discard() }
        let bills = try await Rabt.open(phone.config, secrets: InMemorySecretStore()).bills
        #expect(try await bills.page().bills.isEmpty)
    }

    @Test func aCoreThatWasForgottenLetsGoOfItsFolder() async throws {
        let phone = try await Phone(city: try sharedCity())
        defer { phone.discard() }
        let secrets = InMemorySecretStore()
        _ = try await Rabt.open(phone.config, secrets: secrets)
        try await eventually("the folder can be opened again") {
            await conflict { try await Rabt.open(phone.config, secrets: secrets).close() } != .inUse
        }
    }

    @Test func aFolderIsOpenOnce() async throws {
        let phone = try await opened()
        defer { phone.discard() }
        #expect(await conflict { try await Rabt.open(phone.config, secrets: InMemorySecretStore()) } == .inUse)
    }

    @Test func aPausedCoreSaysSoUntilItGoesOn() async throws {
        let phone = try await opened()
        defer { phone.discard() }
        let rabt = try phone.rabt
        try await rabt.pause()
        try await rabt.pause()
        #expect(await conflict { try await rabt.bills.page() } == .paused)
        try await rabt.resume()
        #expect(try await rabt.bills.page().bills.isEmpty)
    }

    @Test func aSecretStoreThatThrowsAnythingIsAnErrorOfTheCallAndTheNextOneWorks() async throws {
        let phone = try await Phone(city: try sharedCity())
        defer { phone.discard() }
        for thrown: any Error in [Failed("a person's secret"), PortError.unavailable(detail: "locked"), PortError.failed(detail: "no")] {
            let store = Shell { throw thrown }
            guard case .storage(.secretStoreUnavailable, let details) = await failure({
                try await Rabt.open(phone.config, secrets: store)
            }) else {
                Issue.record("\(thrown)")
                continue
            }
            #expect(details.reasonEn == "Please unlock the device.")
            #expect(details.reasonAr == "يرجى فتح قفل الجهاز.")
        }
        try await phone.open()
        #expect(try await phone.rabt.bills.page().bills.isEmpty)
    }

    @Test func aSecretStoreThatBlocksKeepsOnlyItsOwnCallWaiting() async throws {
        let (other, phone) = (try await opened(), try await Phone(city: try sharedCity()))
        defer { other.discard(); phone.discard() }
        let gate = Gate()
        let opening = Task { try await Rabt.open(phone.config, secrets: Shell { gate.pass() }) }
        try await eventually("the store is asked") { gate.somebodyCame() }
        for _ in 0..<20 { #expect(try await other.rabt.bills.page().bills.isEmpty) }
        gate.open()
        let opened = try await opening.value
        #expect(opened.opened.key == .created)
        opened.close()
    }

    @Test func aSignerThatThrowsFailsWhatNeedsItAndNothingElse() async throws {
        let phone = try await Phone(city: try sharedCity())
        defer { phone.discard() }
        let signer = DeviceKey { throw Failed("the enclave is away") }
        let rabt = try await Rabt.open(phone.config, secrets: InMemorySecretStore(), signer: signer, clock: phone.clock)
        guard case .storage(.secretStoreUnavailable, _) = await failure({ try await rabt.session.beginSignIn() }) else {
            Issue.record("the sign-in began without a proof")
            return
        }
        #expect(try await rabt.bills.page().bills.isEmpty)
        rabt.close()
    }

    @Test func aSignerThatBlocksKeepsOnlyItsOwnCallWaiting() async throws {
        let phone = try await Phone(city: try sharedCity())
        defer { phone.discard() }
        let gate = Gate()
        let signer = DeviceKey { gate.pass(); throw Failed("too late") }
        let rabt = try await Rabt.open(phone.config, secrets: InMemorySecretStore(), signer: signer, clock: phone.clock)
        let beginning = Task { await failure { try await rabt.session.beginSignIn() } }
        try await eventually("the key is asked for") { gate.somebodyCame() }
        for _ in 0..<20 { #expect(try await rabt.bills.page().bills.isEmpty) }
        gate.open()
        #expect(await beginning.value != nil)
        rabt.close()
    }

    @Test func aSignersKeyThatIsNoneIsBadInput() async throws {
        let phone = try await Phone(city: try sharedCity())
        defer { phone.discard() }
        let error = await failure {
            try await Rabt.open(phone.config, secrets: InMemorySecretStore(), signer: DeviceKey(point: Data([4, 1, 2])) {})
        }
        guard case .invalidInput("signer.public_key", .malformed, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aClockThatThrowsIsReplacedByTheDevices() async throws {
        let phone = try await Phone(city: try sharedCity())
        defer { phone.discard() }
        let rabt = try await Rabt.open(phone.config, secrets: InMemorySecretStore(), clock: StoppedClock())
        #expect(try await rabt.bills.summary().total.count == 0)
        rabt.close()
    }

    @Test func aListenerThatThrowsHearsTheNextChangeToo() async throws {
        let phone = try await signedIn()
        defer { phone.discard() }
        let rabt = try phone.rabt
        let listener = Listener { throw Failed("not today") }
        let watch = try rabt.core.watch(listener: listener)
        for agency in ["customs", "police", "roads"] {
            let before = listener.calls
            try await rabt.agencies.consent(to: [agency])
            try await eventually("the listener is told") { listener.calls > before }
        }
        watch.stop()
        try await eventually("the watch has ended") { watch.hasEnded() }
    }

    @Test func aListenerThatBlocksHoldsNobodyUp() async throws {
        let phone = try await signedIn()
        defer { phone.discard() }
        let rabt = try phone.rabt
        let gate = Gate()
        let watch = try rabt.core.watch(listener: Listener { gate.pass() })
        try await rabt.agencies.consent(to: ["customs"])
        try await eventually("the listener is told") { gate.somebodyCame() }
        let iterator = rabt.changes().makeAsyncIterator()
        try await rabt.agencies.consent(to: ["police"])
        #expect(await iterator.next() != nil)
        try await rabt.bills.refresh(["customs"])
        watch.stop()
        gate.open()
        try await eventually("the watch has ended") { watch.hasEnded() }
    }

    /// There is one sink for a process, so its stories are told one after the other.
    @Test func aSinkThatThrowsOrBlocksHarmsNobody() async throws {
        let gate = Gate()
        try setLogSinkCore(sink: Sink { gate.pass() }, level: .debug)
        let phone = try await signedIn()
        defer { phone.discard() }
        try await eventually("a line is logged") { gate.somebodyCame() }
        #expect(try await phone.rabt.bills.page().bills.isEmpty)

        let throwing = Sink { throw Failed("the disk is full") }
        try setLogSinkCore(sink: throwing, level: .debug)
        gate.open()
        try await phone.rabt.bills.refresh()
        try await eventually("lines are logged") { throwing.calls > 1 }

        let heard = Heard()
        try Diagnostics.log(from: .debug) { heard.add($0) }
        try await phone.rabt.bills.refresh()
        try await eventually("the lines are heard") { !heard.lines.isEmpty }
        #expect(heard.lines.allSatisfy { $0.target.hasPrefix("rabt") })
    }

    private func opened() async throws -> Phone {
        let phone = try await Phone(city: try sharedCity())
        try await phone.open()
        return phone
    }

    private func signedIn() async throws -> Phone {
        let phone = try await opened()
        let rabt = try phone.rabt
        let page = try await rabt.session.beginSignIn()
        try await rabt.session.complete(sharedCity().visit(page.absoluteString, "nobody", "approve"))
        try await rabt.agencies.refresh()
        try await rabt.agencies.consent(to: ["health"])
        return phone
    }
}

/// A secret store that does something before it does what it should.
private final class Shell: SecretStore {
    private let kept = InMemorySecretStore()
    private let before: @Sendable () throws -> Void

    init(_ before: @escaping @Sendable () throws -> Void) { self.before = before }

    func get(name: String) throws -> Data? {
        try before()
        return try kept.get(name: name)
    }

    func put(name: String, secret: Data) throws {
        try before()
        try kept.put(name: name, secret: secret)
    }

    func delete(name: String) throws {
        try before()
        try kept.delete(name: name)
    }
}

/// A key of the device that never signs: RFC 7517's example, whose private half nobody here has.
private final class DeviceKey: DpopSigner {
    private let point: Data
    private let asked: @Sendable () throws -> Void

    init(point: Data = DeviceKey.examplePoint, _ asked: @escaping @Sendable () throws -> Void) {
        self.point = point
        self.asked = asked
    }

    func publicKey() throws -> Data { point }

    func sign(data: Data) throws -> Data {
        try asked()
        return Data(count: 64)
    }

    private static let examplePoint = Data(
        [4]
            + Data(base64Encoded: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4=")!
            + Data(base64Encoded: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM=")!)
}

/// A clock that can't be read.
private final class StoppedClock: Clock {
    func now() throws -> Date { throw Failed("it has stopped") }
}

/// Something that is called, does something else, and counts.
private class Called: @unchecked Sendable {
    // Touched with the lock held alone.
    private var count = 0
    private let lock = NSLock()
    private let does: @Sendable () throws -> Void

    init(_ does: @escaping @Sendable () throws -> Void) { self.does = does }

    var calls: Int { lock.withLock { count } }

    func call() throws {
        lock.withLock { count += 1 }
        try does()
    }
}

private final class Listener: Called, ChangeListener, @unchecked Sendable {
    func changed(topics: [Topic]) throws { try call() }

    func ended() throws { try call() }
}

private final class Sink: Called, LogSink, @unchecked Sendable {
    func log(line: LogLine) throws { try call() }
}

private final class Heard: @unchecked Sendable {
    // Touched with the lock held alone.
    private var heard: [LogLine] = []
    private let lock = NSLock()

    var lines: [LogLine] { lock.withLock { heard } }

    func add(_ line: LogLine) { lock.withLock { heard.append(line) } }
}
