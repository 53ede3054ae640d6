import Foundation

/// Background work, for a `BGTaskScheduler` task.
public struct BackgroundSync: Sendable {
    let core: SyncCore

    /// Does the background work within `budget` seconds, at least one: finishes what is written down, hears what is new, refreshes what is
    /// stalest, and says when to call again. What doesn't fit is left for the next call.
    ///
    /// - Throws: ``RabtError/SignInRequired(why:details:)`` where nobody is signed in; ``RabtError/InvalidInput(field:problem:details:)`` on
    ///   `budget`; ``RabtError/Storage(problem:details:)``.
    @discardableResult
    public func run(budget: TimeInterval) async throws -> SyncReport {
        try await awaiting { [core] in try await core.run(budgetMs: milliseconds(budget)) }
    }
}

/// How the core is, for QA and support.
public struct Diagnostics: Sendable {
    let core: DiagnosticsCore

    /// Answers that the core refused to believe, newest first.
    ///
    /// - Throws: ``RabtError/Storage(problem:details:)``.
    public func incidents(limit: Int32 = 50) async throws -> [Incident] {
        try await awaiting { [core] in try await core.incidents(limit: limit) }
    }

    /// What can be handed to QA. It holds no name, number, amount, bill or token.
    ///
    /// - Throws: ``RabtError/Storage(problem:details:)``.
    public func bundle() async throws -> DiagnosticsBundle { try await awaiting { [core] in try await core.bundle() } }

    /// Hands the core's log to `sink`, from `level` on. It holds nothing of a person. It can be set once for a process.
    ///
    /// - Throws: ``RabtError/Conflict(conflict:details:)`` where the process has a sink already.
    public static func log(from level: LogLevel = .info, to sink: @escaping @Sendable (LogLine) -> Void) throws {
        try setLogSinkCore(sink: Sink(take: sink), level: level)
    }
}

private final class Sink: LogSink {
    private let take: @Sendable (LogLine) -> Void

    init(take: @escaping @Sendable (LogLine) -> Void) { self.take = take }

    func log(line: LogLine) throws { take(line) }
}
