import Foundation

/// Waits for a call of the core, until it ends or the task is cancelled. The call goes on in either case: what it began, it finishes.
func awaiting<Value: Sendable>(_ call: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try Task.checkCancellation()
    let wait = Wait<Value>()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            wait.begin(continuation)
            // Not a child of this task, so that cancelling doesn't reach it.
            Task {
                do {
                    wait.end(.success(try await call()))
                } catch {
                    wait.end(.failure(error))
                }
            }
        }
    } onCancel: {
        wait.end(.failure(CancellationError()))
    }
}

/// A continuation that is resumed once, by whoever comes first: the call or the cancelling, which may come before the waiting begins.
private final class Wait<Value: Sendable>: @unchecked Sendable {
    // What is below is touched with the lock held alone.
    private let lock = NSLock()
    private var continuation: CheckedContinuation<Value, any Error>?
    private var ended: Result<Value, any Error>?

    func begin(_ continuation: CheckedContinuation<Value, any Error>) {
        lock.lock()
        let ended = self.ended
        if ended == nil { self.continuation = continuation }
        lock.unlock()
        if let ended { continuation.resume(with: ended) }
    }

    func end(_ result: Result<Value, any Error>) {
        lock.lock()
        let continuation = self.continuation
        self.continuation = nil
        if ended == nil { ended = result }
        lock.unlock()
        continuation?.resume(with: result)
    }
}
