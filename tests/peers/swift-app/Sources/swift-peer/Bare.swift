import Foundation
import Rabt
import RabtFFI
import RabtTown

/// A page as the bytes that cross, copied into one buffer, and nothing made of them: the least that the boundary costs.
struct Bare: Sendable {
    let bills: BillsCore

    /// Fetches it; how many bytes it is.
    func page(_ query: BillQuery) async throws -> Int {
        let future = uniffi_rabt_ffi_fn_method_bills_page(bills.uniffiCloneHandle(), FfiConverterTypeBillQuery_lower(query))
        defer { ffi_rabt_ffi_rust_future_free_rust_buffer(future) }
        var polled: Int8
        repeat {
            polled = await withUnsafeContinuation { continuation in
                let waiting = Unmanaged.passRetained(Waiting(continuation)).toOpaque()
                ffi_rabt_ffi_rust_future_poll_rust_buffer(future, wake, UInt64(UInt(bitPattern: waiting)))
            }
        } while polled != 0
        var status = RustCallStatus()
        let buffer = ffi_rabt_ffi_rust_future_complete_rust_buffer(future, &status)
        guard status.code == 0, let bytes = buffer.data else { throw Failed("the page was not read") }
        let page = Data(bytes: bytes, count: Int(buffer.len))
        ffi_rabt_ffi_rustbuffer_free(buffer, &status)
        return page.count
    }
}

/// Who waits for a future to be polled again.
private final class Waiting: Sendable {
    let continuation: UnsafeContinuation<Int8, Never>

    init(_ continuation: UnsafeContinuation<Int8, Never>) { self.continuation = continuation }
}

private let wake: UniffiRustFutureContinuationCallback = { waiting, polled in
    guard let waiting = UnsafeRawPointer(bitPattern: UInt(waiting)) else { return }
    Unmanaged<Waiting>.fromOpaque(waiting).takeRetainedValue().continuation.resume(returning: polled)
}
