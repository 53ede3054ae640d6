import Foundation
import Rabt

/// The machine's clock and an offset.
final class PhoneClock: Clock, @unchecked Sendable {
    // Touched with the lock held alone.
    private var aheadMs: Int64
    private let lock = NSLock()

    init(aheadMs: Int64) { self.aheadMs = aheadMs }

    func now() throws -> Date { Date(timeIntervalSinceNow: Double(ahead) / 1000) }

    /// How far it is ahead of the machine, in milliseconds.
    var ahead: Int64 { lock.withLock { aheadMs } }

    /// Lets time pass.
    func pass(_ seconds: Int) { lock.withLock { aheadMs += Int64(seconds) * 1000 } }
}

/// Keeps secrets in files of a folder, so that another process can read them. For tests: nothing guards them.
final class FolderSecrets: SecretStore {
    private let folder: URL

    init(_ folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    func get(name: String) throws -> Data? {
        FileManager.default.fileExists(atPath: file(name).path) ? try Data(contentsOf: file(name)) : nil
    }

    func put(name: String, secret: Data) throws { try secret.write(to: file(name), options: .atomic) }

    func delete(name: String) throws {
        if FileManager.default.fileExists(atPath: file(name).path) { try FileManager.default.removeItem(at: file(name)) }
    }
}

/// A phone: a folder, a secret store in files, a clock, and the core while the app is open.
final class Phone {
    private let city: City
    private let folder: URL
    let clock: PhoneClock
    private var opened: Rabt?

    init(city: City) async throws {
        self.city = city
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("rabt-phone-\(UUID().uuidString)")
        clock = PhoneClock(aheadMs: try await city.aheadMs())
    }

    /// The core.
    var rabt: Rabt {
        get throws { try known(opened, "the app is closed") }
    }

    /// Opens the app.
    func open() async throws {
        opened = try await Phone.open(city.introduction, folder, clock)
    }

    /// Closes the app; it can be opened again at once.
    func close() {
        opened?.close()
        opened = nil
    }

    /// Closes the app and throws the phone away.
    func discard() {
        close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Closes the app and opens it in a process of its own, which can be killed.
    func inAProcess() throws -> ChildPhone {
        close()
        return try ChildPhone(settings: [
            "city": city.introduction, "folder": .string(folder.path), "ahead_ms": .number(Int(clock.ahead)),
        ])
    }

    /// The core of the app for the city that introduced itself so, with its files in a folder.
    static func open(_ city: JSON, _ folder: URL, _ clock: PhoneClock) async throws -> Rabt {
        let keys: JSON = ["keys": .array([city["directory_key"]])]
        let config = Config(
            dataDir: folder.appendingPathComponent("data").path,
            gatewayUrl: try city["gateway"].text,
            issuer: try city["identity"].text,
            clientId: try city["client_id"].text,
            redirectUri: try city["redirect_uri"].text,
            instrumentReturnUri: "rabt-demo:/linked",
            directoryKeysJson: String(decoding: try keys.encoded(), as: UTF8.self),
            extraRootsPem: [try city["ca_pem"].text],
            language: .en,
            agencyDeadlineMs: 3_000
        )
        let secrets = try FolderSecrets(folder.appendingPathComponent("secrets"))
        return try await Rabt.open(config, secrets: secrets, clock: clock)
    }
}
