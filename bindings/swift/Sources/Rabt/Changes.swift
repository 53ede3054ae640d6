import Foundation

/// The topics that change, as a sequence; see ``Rabt/changes()``.
public struct Changes: AsyncSequence, Sendable {
    public typealias Element = Set<Topic>
    public typealias Failure = Never

    let watch: @Sendable (any ChangeListener) throws -> WatchCore

    public func makeAsyncIterator() -> Iterator { Iterator(heard: Heard(), watch) }

    /// Waits for the next change. Letting go of it ends the watch.
    public final class Iterator: AsyncIteratorProtocol {
        private let heard: Heard
        private let watching: WatchCore?

        fileprivate init(heard: Heard, _ watch: (any ChangeListener) throws -> WatchCore) {
            self.heard = heard
            watching = try? watch(heard)
            if watching == nil { heard.finish() }
        }

        deinit { watching?.stop() }

        public func next() async -> Set<Topic>? { await heard.next() }
    }
}

/// A page that is read again when it changed, as a sequence; see ``Rabt/rereading(_:_:)``.
public struct Rereading<Page: Sendable>: AsyncSequence, Sendable {
    public typealias Element = Page
    public typealias Failure = any Error

    let changes: Changes
    let topics: Set<Topic>
    let read: @Sendable () async throws -> Page

    // The watch begins before the first page is read, so that no change is missed.
    public func makeAsyncIterator() -> Iterator {
        Iterator(changes: changes.makeAsyncIterator(), topics: topics, read: read)
    }

    /// Waits for the next page. Letting go of it ends the watch.
    public struct Iterator: AsyncIteratorProtocol {
        let changes: Changes.Iterator
        let topics: Set<Topic>
        let read: @Sendable () async throws -> Page
        var isFirst = true

        init(changes: Changes.Iterator, topics: Set<Topic>, read: @escaping @Sendable () async throws -> Page) {
            self.changes = changes
            self.topics = topics
            self.read = read
        }

        public mutating func next() async throws -> Page? {
            if isFirst {
                isFirst = false
                return try await read()
            }
            while let changed = await changes.next() {
                if !changed.isDisjoint(with: topics) { return try await read() }
            }
            return nil
        }
    }
}

/// Topics that were heard and not yet told. Nothing is queued but them, so that a slow loop costs nothing.
private final class Heard: ChangeListener, @unchecked Sendable {
    // What is below is touched with the lock held alone.
    private let lock = NSLock()
    private var topics: Set<Topic> = []
    private var isOver = false
    private var waiting: CheckedContinuation<Set<Topic>?, Never>?

    func changed(topics: [Topic]) throws { tell { self.topics.formUnion(topics) } }

    func ended() throws { finish() }

    func finish() { tell { isOver = true } }

    func next() async -> Set<Topic>? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                tell { waiting = continuation }
                // Cancelled before it waited: the handler found nobody.
                if Task.isCancelled { finish() }
            }
        } onCancel: {
            finish()
        }
    }

    /// Changes something, then hands over what there is to whoever waits for it.
    private func tell(_ change: () -> Void) {
        lock.lock()
        change()
        var told: CheckedContinuation<Set<Topic>?, Never>?
        var what: Set<Topic>?
        if let waiting, isOver || !topics.isEmpty {
            told = waiting
            self.waiting = nil
            if !topics.isEmpty {
                what = topics
                topics = []
            }
        }
        lock.unlock()
        told?.resume(returning: what)
    }
}
