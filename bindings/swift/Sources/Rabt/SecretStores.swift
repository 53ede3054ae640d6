import Foundation

/// A secret store for tests and for Linux: what it keeps is gone with the process, and the core's files can then no longer be read.
public final class InMemorySecretStore: SecretStore, @unchecked Sendable {
    // Touched with the lock held alone.
    private var secrets: [String: Data] = [:]
    private let lock = NSLock()

    public init() {}

    public func get(name: String) throws -> Data? { lock.withLock { secrets[name] } }

    public func put(name: String, secret: Data) throws { lock.withLock { secrets[name] = secret } }

    public func delete(name: String) throws { lock.withLock { secrets[name] = nil } }
}

#if canImport(Security)
    import Security

    /// Keeps the core's key in the Keychain, on this device alone: it is in no backup and in no iCloud. It can be read once the device was
    /// unlocked after it was started, so that background work can be done while it is locked again.
    ///
    /// Before that first unlock, as when the system starts the app ahead of time, opening throws ``RabtError/storage(problem:details:)`` with
    /// `secretStoreUnavailable`, and nothing is lost: open again on `protectedDataDidBecomeAvailableNotification`. An item outlives the app's
    /// deletion; an app that is installed again opens with its old key, over no files.
    public final class KeychainSecretStore: SecretStore {
        private let service: String
        private let accessGroup: String?

        /// - Parameters:
        ///   - service: The name under which the app's secrets are kept, such as its bundle identifier.
        ///   - accessGroup: The Keychain group that the app shares with its extensions, if it does.
        public init(service: String, accessGroup: String? = nil) {
            self.service = service
            self.accessGroup = accessGroup
        }

        public func get(name: String) throws -> Data? {
            var query = query(name)
            query[kSecReturnData] = true
            query[kSecMatchLimit] = kSecMatchLimitOne
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            if status == errSecItemNotFound { return nil }
            try check(status)
            guard let secret = found as? Data else { throw PortError.failed(detail: "the Keychain gave no data") }
            return secret
        }

        public func put(name: String, secret: Data) throws {
            let attributes: [CFString: Any] = [
                kSecValueData: secret,
                kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
            ]
            var status = SecItemUpdate(query(name) as CFDictionary, attributes as CFDictionary)
            if status == errSecItemNotFound {
                let new = query(name).merging(attributes) { $1 }
                status = SecItemAdd(new as CFDictionary, nil)
            }
            if status == errSecDuplicateItem {
                // Another thread or an extension of the app added it in between.
                status = SecItemUpdate(query(name) as CFDictionary, attributes as CFDictionary)
            }
            try check(status)
        }

        public func delete(name: String) throws {
            let status = SecItemDelete(query(name) as CFDictionary)
            if status != errSecItemNotFound { try check(status) }
        }

        /// Names one item. On a Mac this is the Keychain that iOS has too, for which the app must be signed.
        private func query(_ name: String) -> [CFString: Any] {
            var query: [CFString: Any] = [
                kSecClass: kSecClassGenericPassword,
                kSecAttrService: service,
                kSecAttrAccount: name,
                kSecAttrSynchronizable: false,
                kSecUseDataProtectionKeychain: true,
            ]
            if let accessGroup { query[kSecAttrAccessGroup] = accessGroup }
            return query
        }

        /// A locked device is no reason to make a new key, so what isn't known to be final is "not now".
        private func check(_ status: OSStatus) throws {
            switch status {
            case errSecSuccess: return
            case errSecMissingEntitlement, errSecParam: throw PortError.failed(detail: "OSStatus \(status)")
            default: throw PortError.unavailable(detail: "OSStatus \(status)")
            }
        }
    }
#endif
