import Foundation
import Rabt
import RabtTown

/// The app in a process of its own: this program again, told `phone`. It does what it is told, line by line, until it is killed.
final class ChildPhone {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    private init(settings: JSON) throws {
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["phone"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try say(String(decoding: try settings.encoded(), as: UTF8.self))
        try mustEqual(try hear(), "open")
    }

    /// A phone's app, closed there and opened in a process of its own.
    convenience init(_ phone: Phone, in city: City) throws {
        phone.close()
        try self.init(settings: [
            "city": city.introduction, "folder": .string(phone.folder.path), "ahead_ms": .number(Int(phone.clock.ahead)),
        ])
    }

    /// Tells it what to do.
    func say(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

    /// What it says.
    func hear() throws -> String { String(decoding: try readLine(of: output.fileHandleForReading), as: UTF8.self) }

    /// Kills it (`SIGKILL`).
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What the process does. The first line is its settings, each further one something to do.
    static func run() async throws {
        let settings = try JSON(Data((Swift.readLine() ?? "").utf8))
        let clock = PhoneClock(aheadMs: Int64(try settings["ahead_ms"].int))
        let rabt = try await Phone.open(settings["city"], URL(fileURLWithPath: try settings["folder"].text), clock)
        answer("open")
        while let line = Swift.readLine() {
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "sign-in-page": answer(try await rabt.session.beginSignIn().absoluteString)
            case "pay-bills": try await pay(rabt, words.dropFirst())
            default: throw Failed("`\(line)` is nothing that this phone does")
            }
        }
    }

    private static func pay(_ rabt: Rabt, _ bills: ArraySlice<String>) async throws {
        let chosen = bills.map { named in
            let parts = named.split(separator: "/").map(String.init)
            return ChosenBill(bill: BillKey(agencyId: parts[0], billId: parts[1]))
        }
        let quote = try await rabt.payments.quote(chosen)
        let instrument = try known(await rabt.instruments.list().first, "an instrument is linked")
        let payment = try await rabt.payments.pay(quoteId: quote.id, with: instrument.id)
        answer("\(payment.state)")
    }

    private static func answer(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8)) }
}
