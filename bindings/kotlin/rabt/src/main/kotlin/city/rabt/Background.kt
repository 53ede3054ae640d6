package city.rabt

import kotlin.time.Duration

/** Background work, for a `CoroutineWorker` of WorkManager. */
public class Sync internal constructor(private val core: SyncCore) {
    /**
     * Does the background work within [budget], at least a second: finishes what is written down, hears what is new, refreshes what is
     * stalest, and says when to call again. What doesn't fit is left for the next call.
     *
     * @throws RabtException.SignInRequired where nobody is signed in.
     * @throws RabtException.InvalidInput on `budget`.
     * @throws RabtException.Storage
     */
    public suspend fun run(budget: Duration): SyncReport = core.run(budget.inWholeMilliseconds)
}

/** How the core is, for QA and support. */
public class Diagnostics internal constructor(private val core: DiagnosticsCore) {
    /**
     * Answers that the core refused to believe, newest first.
     *
     * @throws RabtException.Storage
     */
    public suspend fun incidents(limit: Int = INCIDENTS_DEFAULT): List<Incident> = core.incidents(limit)

    /**
     * What can be handed to QA. It holds no name, number, amount, bill or token.
     *
     * @throws RabtException.Storage
     */
    public suspend fun bundle(): DiagnosticsBundle = core.bundle()

    public companion object {
        private const val INCIDENTS_DEFAULT = 50

        /**
         * Hands the core's log to [sink], from [level] on, in place of an earlier sink. It holds nothing of a person. One that blocks or throws
         * loses lines and harms nobody.
         *
         * @throws RabtException.Bug where the process logs through Rust's `tracing` in a way of its own.
         */
        public fun log(level: LogLevel = LogLevel.INFO, sink: (LogLine) -> Unit) {
            CoreThreads.attachAsDaemons()
            setLogSinkCore(SinkOfCore(sink), level)
        }
    }
}

private class SinkOfCore(private val sink: (LogLine) -> Unit) : LogSink {
    override fun log(line: LogLine): Unit = sink(line)
}
