import Foundation

/// Background work, for a `BGTaskScheduler` task.
public struct BackgroundSync: Sendable {
    let core: SyncCore

    /// Does the background work within `budget` seconds, at least one: finishes what is written down, hears what is new, refreshes what is
    /// stalest, and says when to call again. What doesn't fit is left for the next call.
    ///
    /// - Throws: ``RabtError/signInRequired(why:details:)`` where nobody is signed in; ``RabtError/invalidInput(field:problem:details:)`` on
    ///   `budget`; ``RabtError/storage(problem:details:)``.
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
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func incidents(limit: Int32 = 50) async throws -> [Incident] {
        try await awaiting { [core] in try await core.incidents(limit: limit) }
    }

    /// What can be handed to QA. It holds no name, number, amount, bill or token.
    ///
    /// - Throws: ``RabtError/storage(problem:details:)``.
    public func bundle() async throws -> DiagnosticsBundle { try await awaiting { [core] in try await core.bundle() } }

    /// Hands the core's log to `sink`, from `level` on, in place of an earlier one. It holds nothing of a person. It is for the whole process,
    /// and may be called before anything is opened. Calls come from one thread of the core's own; a sink that is slow loses lines, and
    /// ``LogLine/droppedBefore`` says how many.
    ///
    /// - Throws: ``RabtError/bug(at:details:)`` where the process has no thread to give.
    public static func log(from level: LogLevel = .info, to sink: @escaping @Sendable (LogLine) -> Void) throws {
        try setLogSinkCore(sink: Sink(take: sink), level: level)
    }
}

private final class Sink: LogSink {
    private let take: @Sendable (LogLine) -> Void

    init(take: @escaping @Sendable (LogLine) -> Void) { self.take = take }

    func log(line: LogLine) throws { take(line) }
}
