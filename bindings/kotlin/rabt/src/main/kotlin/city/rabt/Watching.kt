package city.rabt

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/** Topics that were heard and not yet told. Nothing is queued but them, so that a slow collector costs nothing. */
private class Heard : ChangeListener {
    private val topics = mutableSetOf<Topic>()

    /** Holds a signal while there is something to tell; is closed with the watch. */
    val signals = Channel<Unit>(Channel.CONFLATED)

    override fun changed(topics: List<Topic>) {
        synchronized(this.topics) { this.topics += topics }
        signals.trySend(Unit)
    }

    override fun ended() {
        signals.close()
    }

    fun take(): Set<Topic> = synchronized(topics) { topics.toSet().also { topics.clear() } }
}

/** A watch as a flow. */
internal fun watching(watch: (ChangeListener) -> WatchCore): Flow<Set<Topic>> = flow {
    watched(watch) { heard -> heard.collectInto { emit(it) } }
}

/** A page as a flow: now, and after each change of its topics. The watch begins before the first page is read, so that no change is missed. */
internal fun <Page> rereading(
    topics: Set<Topic>,
    read: suspend () -> Page,
    watch: (ChangeListener) -> WatchCore,
): Flow<Page> = flow {
    watched(watch) { heard ->
        emit(read())
        heard.collectInto { changed -> if (changed.any(topics::contains)) emit(read()) }
    }
}

private suspend fun watched(watch: (ChangeListener) -> WatchCore, collect: suspend (Heard) -> Unit) {
    val heard = Heard()
    val watching = watch(heard)
    try {
        collect(heard)
    } finally {
        watching.stop()
        watching.close()
    }
}

private suspend fun Heard.collectInto(tell: suspend (Set<Topic>) -> Unit) {
    for (signal in signals) {
        val changed = take()
        if (changed.isNotEmpty()) tell(changed)
    }
}
