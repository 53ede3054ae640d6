import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A simulated city for a test: a process of its own, moved by nothing but what its control offers over HTTP. It ends with this object.
///
/// The environment's `RABT_SANDBOX` says where its program is; `cargo xtask swift`, `ios` and `scenarios` set it.
public final class City: @unchecked Sendable {
    /// The city's instant at its beginning, so that a bill's day can be written down.
    private static let startsAt = "2026-03-01T08:00:00Z"
    /// What the hub can still finish, it finishes long before this.
    private static let atRestWithinSeconds = 20.0
    /// The city has no event for what control is asked again and again.
    private static let lookEveryNanoseconds: UInt64 = 10_000_000

    /// Everything is set once, before anybody else has it; the process and the session take calls from any thread.
    private let process: Process
    /// The city ends when this is closed, whatever becomes of us.
    private let standardInput: Pipe
    /// Where everybody in it is, as `GET /v1/city` answers.
    public let introduction: JSON
    private let session = URLSession(configuration: .ephemeral)

    /// Starts one with these people in it.
    public init(personas: [String] = ["tenant-family", "trader", "new-resident", "nobody"]) throws {
        // A city that ends may close a connection which is being written to. On Linux that is a signal whose default is the end of the
        // program; Apple's sockets don't send it.
        signal(SIGPIPE, SIG_IGN)
        guard let program = ProcessInfo.processInfo.environment["RABT_SANDBOX"] else {
            throw Failed("RABT_SANDBOX doesn't say where the city's program is")
        }
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--as-child", "--latency-scale", "0", "--at", City.startsAt] + personas.flatMap { ["--persona", $0] }
        let output = Pipe()
        standardInput = Pipe()
        // A city that is started meanwhile would inherit our end, and this one would end only with that one.
        _ = fcntl(standardInput.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardOutput = output
        process.standardInput = standardInput
        try process.run()
        introduction = try JSON(readLine(of: output.fileHandleForReading))
    }

    deinit {
        try? standardInput.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    @discardableResult
    private func ask(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        guard let url = URL(string: try introduction["control"].text + path) else {
            throw Failed("`\(path)` is no path")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "content-type")
            request.httpBody = try body.encoded()
        }
        let (data, response) = try await session.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        try must((200..<300).contains(status), "\(method) \(path): \(status) \(String(decoding: data, as: UTF8.self))")
        return data.isEmpty ? .null : try JSON(data)
    }

    /// Asks control.
    public func get(_ path: String) async throws -> JSON { try await ask("GET", path) }

    /// Tells control.
    @discardableResult
    public func post(_ path: String, _ body: JSON = .object([:])) async throws -> JSON { try await ask("POST", path, body) }

    /// Tells control.
    public func put(_ path: String, _ body: JSON) async throws { try await ask("PUT", path, body) }

    /// Tells control.
    public func patch(_ path: String, _ body: JSON) async throws { try await ask("PATCH", path, body) }

    /// Tells control.
    public func delete(_ path: String) async throws { try await ask("DELETE", path) }

    /// How far the city is ahead of the machine, in milliseconds.
    public func aheadMs() async throws -> Int64 { Int64(try await get("/v1/clock")["ahead_ms"].int) }

    /// Has a persona go through a page; returns the address that it led to. The intents are `approve`, `approve_with_second_factor`, `refuse`.
    public func visit(_ url: String, _ persona: String, _ intent: String) async throws -> URL {
        let answer = try await post("/v1/personas/\(persona)/visit", ["url": .string(url), "intent": .string(intent)])
        return try known(URL(string: answer["led_to"].text), "an address")
    }

    /// Cuts everybody off, or ends that.
    public func network(cut: Bool) async throws { try await put("/v1/network", ["cut": .bool(cut)]) }

    /// Switches a fault on; returns its number.
    @discardableResult
    public func fault(_ fault: JSON) async throws -> Int { try await post("/v1/faults", fault)["fault_id"].int }

    /// Waits until a fault that happens once has happened.
    public func untilHappened(_ fault: Int) async throws {
        try await until("the fault has happened", "/v1/faults") { answer in
            try !answer["faults"].array.contains { try $0["fault_id"].int == fault }
        }
    }

    /// The books once the hub has nothing left to do.
    public func booksAtRest() async throws -> JSON {
        try await until("the hub comes to rest", "/v1/books") { try $0["in_flight_fils"].int == 0 }
    }

    @discardableResult
    private func until(_ what: String, _ path: String, _ isSo: (JSON) throws -> Bool) async throws -> JSON {
        let ends = Date(timeIntervalSinceNow: City.atRestWithinSeconds)
        while true {
            let answer = try await get(path)
            if try isSo(answer) { return answer }
            try must(Date() < ends, "waited too long until \(what)")
            try await Task.sleep(nanoseconds: City.lookEveryNanoseconds)
        }
    }
}

/// One line; a program that ends without one has failed.
public func readLine(of handle: FileHandle) throws -> Data {
    var line = Data()
    while let byte = try handle.read(upToCount: 1), !byte.isEmpty {
        if byte[byte.startIndex] == UInt8(ascii: "\n") { return line }
        line.append(byte)
    }
    throw Failed("the program ended without a word")
}
