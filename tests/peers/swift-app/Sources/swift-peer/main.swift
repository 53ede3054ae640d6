// `swift-peer FOLDER OTHER`: opens the core over two folders of sealed bills, and answers each line, a word and a number of times, with one, as
// `bindings/kotlin/bench` does. `empty`, `bare`, `page` and `buffer` say how many seconds one takes, as the mean of so many; `hold` reads so many
// pages, each with a watch of its own, and says how many bytes are in use then.

import Foundation
import Rabt
import RabtTown

/// A key that may sign a directory: RFC 7517's example. Nothing is signed here.
let directoryKeys = """
    {"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"1",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
    """
/// A situation in which there is nothing to decide: the call goes all the way to the core's runtime and back.
let nothing = #"{"now_at":"2026-11-24T08:00:00Z","mandates":[],"bills":[],"instruments":[]}"#
let query = BillQuery(limit: 100)

/// Hears of changes and does nothing.
final class Deaf: ChangeListener {
    func changed(topics: [Topic]) throws {}

    func ended() throws {}
}

func config(_ folder: String) -> Config {
    Config(
        dataDir: folder, gatewayUrl: "https://gateway.example", issuer: "https://id.example", clientId: "bench",
        redirectUri: "http://127.0.0.1/", instrumentReturnUri: "http://127.0.0.1/instrument", directoryKeysJson: directoryKeys,
        language: .en)
}

func secrets(_ folder: String) throws -> FolderSecrets { try FolderSecrets(URL(fileURLWithPath: folder).appendingPathComponent("secrets")) }

/// The memory in use at present, in bytes, as Linux counts it.
func memory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try known(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }, "the memory in use")
    return try known(Int(line.filter(\.isNumber)), "a number") * 1024
}

/// How long one takes, in seconds, as the mean of so many.
func seconds(_ times: Int, _ act: () async throws -> Void) async throws -> Double {
    let begun = ContinuousClock.now
    for _ in 0..<times { try await act() }
    return begun.duration(to: .now) / .seconds(1) / Double(times)
}

func answer(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8)) }

let folders = Array(CommandLine.arguments.dropFirst())
guard folders.count == 2 else { throw Failed("two folders") }
let rabt = try await Rabt.open(config(folders[0]), secrets: secrets(folders[0]))
let core = try await openRabtCore(config: config(folders[1]), secrets: secrets(folders[1]))
let bare = Bare(bills: core.bills())
let watch = try core.watch(listener: Deaf())
while let line = Swift.readLine() {
    let words = line.split(separator: " ")
    guard words.count == 2, let times = Int(words[1]) else { throw Failed("`\(line)` is nothing that this does") }
    switch words[0] {
    case "empty": answer("\(try await seconds(times) { _ = try await decideMandates(situation: nothing) })")
    case "bare": answer("\(try await seconds(times) { _ = watch.hasEnded() })")
    case "page":
        answer("\(try await seconds(times) { try must(try await rabt.bills.page(query).bills.count == 100, "100 bills") })")
    case "buffer":
        answer("\(try await seconds(times) { try must(try await bare.page(query) > 100 * 100, "the bytes of 100 bills") })")
    case "hold":
        for _ in 0..<times {
            for try await _ in rabt.rereading([.bills], { try await rabt.bills.page(query) }) { break }
        }
        answer("\(try memory())")
    default: throw Failed("`\(line)` is nothing that this does")
    }
}
