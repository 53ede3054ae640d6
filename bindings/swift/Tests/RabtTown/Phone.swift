import Foundation
import Rabt

/// The machine's clock and an offset.
public final class PhoneClock: Clock, @unchecked Sendable {
    // Touched with the lock held alone.
    private var aheadMs: Int64
    private let lock = NSLock()

    /// One that is so far ahead, in milliseconds.
    public init(aheadMs: Int64) { self.aheadMs = aheadMs }

    public func now() throws -> Date { Date(timeIntervalSinceNow: Double(ahead) / 1000) }

    /// How far it is ahead of the machine, in milliseconds.
    public var ahead: Int64 { lock.withLock { aheadMs } }

    /// Lets time pass.
    public func pass(_ seconds: Int) { lock.withLock { aheadMs += Int64(seconds) * 1000 } }
}

/// Keeps secrets in files of a folder, so that another process can read them. For tests: nothing guards them.
public final class FolderSecrets: SecretStore {
    private let folder: URL

    /// In this folder, which is made if it is missing.
    public init(_ folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    public func get(name: String) throws -> Data? {
        FileManager.default.fileExists(atPath: file(name).path) ? try Data(contentsOf: file(name)) : nil
    }

    public func put(name: String, secret: Data) throws { try secret.write(to: file(name), options: .atomic) }

    public func delete(name: String) throws {
        if FileManager.default.fileExists(atPath: file(name).path) { try FileManager.default.removeItem(at: file(name)) }
    }
}

/// A phone: a folder, a secret store in files, a clock, and the core while the app is open. One thing is done to it at a time.
public final class Phone: @unchecked Sendable {
    private let city: City
    /// Where everything of it lies.
    public let folder: URL
    public let clock: PhoneClock
    private let agencyDeadlineMs: Int64
    private var opened: Rabt?

    /// A new one, with the app closed; an agency may take so long to answer.
    public init(city: City, agencyDeadlineMs: Int64 = 3_000) async throws {
        self.city = city
        self.agencyDeadlineMs = agencyDeadlineMs
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("rabt-phone-\(UUID().uuidString)")
        clock = PhoneClock(aheadMs: try await city.aheadMs())
    }

    /// The core.
    public var rabt: Rabt {
        get throws { try known(opened, "the app is closed") }
    }

    /// What an app for this city is built with.
    public var config: Config {
        get throws { try Phone.config(city.introduction, folder, agencyDeadlineMs) }
    }

    /// Opens the app.
    public func open() async throws {
        let secrets = try FolderSecrets(folder.appendingPathComponent("secrets"))
        opened = try await Rabt.open(config, secrets: secrets, clock: clock)
    }

    /// Closes the app; it can be opened again at once.
    public func close() {
        opened?.close()
        opened = nil
    }

    /// Closes the app and throws the phone away.
    public func discard() {
        close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Signs a persona in, agrees to all agencies and asks them for all bills.
    public func settleIn(_ persona: String) async throws {
        let rabt = try rabt
        let page = try await rabt.session.beginSignIn()
        try await rabt.session.complete(city.visit(page.absoluteString, persona, "approve"))
        try await rabt.agencies.refresh()
        try await rabt.agencies.consent(to: rabt.agencies.list().map(\.id))
        try await rabt.bills.refresh()
    }

    /// Links what the person pays with.
    public func link(_ kind: InstrumentKind, _ persona: String) async throws -> Instrument {
        let page = try await rabt.instruments.beginLink(kind)
        return try await rabt.instruments.completeLink(city.visit(page.absoluteString, persona, "approve"))
    }

    /// What an app is built with for the city that introduced itself so, with its files in a folder.
    public static func config(_ city: JSON, _ folder: URL, _ agencyDeadlineMs: Int64 = 3_000) throws -> Config {
        let keys: JSON = ["keys": .array([city["directory_key"]])]
        return Config(
            dataDir: folder.appendingPathComponent("data").path,
            gatewayUrl: try city["gateway"].text,
            issuer: try city["identity"].text,
            clientId: try city["client_id"].text,
            redirectUri: try city["redirect_uri"].text,
            instrumentReturnUri: "rabt-demo:/linked",
            directoryKeysJson: String(decoding: try keys.encoded(), as: UTF8.self),
            extraRootsPem: [try city["ca_pem"].text],
            language: .en,
            agencyDeadlineMs: agencyDeadlineMs
        )
    }

    /// The core of such an app.
    public static func open(_ city: JSON, _ folder: URL, _ clock: PhoneClock) async throws -> Rabt {
        let secrets = try FolderSecrets(folder.appendingPathComponent("secrets"))
        return try await Rabt.open(config(city, folder), secrets: secrets, clock: clock)
    }
}
