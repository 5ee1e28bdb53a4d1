import Foundation
import Keyturn
import Security

/// The Keychain did not do it.
struct KeychainError: Error {
    /// Apple's number for why.
    let status: OSStatus
}

/// Small secrets of this app on this device: never in a backup, never on another device of the person.
final class Keychain: SecureStorage {
    private let service = "app.keyturn.field"

    func load(key: String) throws -> Data? {
        do {
            return try read(key)
        } catch let error as KeychainError {
            throw CallbackError.Failed(reason: "Keychain \(error.status)")
        }
    }

    func keep(key: String, value: Data) throws {
        do {
            try write(key, value)
        } catch let error as KeychainError {
            throw CallbackError.Failed(reason: "Keychain \(error.status)")
        }
    }

    /// What is kept under a name.
    func read(_ name: String) throws -> Data? {
        var query = item(name)
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        switch status {
        case errSecSuccess: return found as? Data
        case errSecItemNotFound: return nil
        default: throw KeychainError(status: status)
        }
    }

    /// Keeps it; what was there before is replaced.
    func write(_ name: String, _ value: Data) throws {
        let kept: [CFString: Any] = [
            kSecValueData: value,
            // Sync runs in the background, after the first unlock.
            kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        var status = SecItemUpdate(item(name) as CFDictionary, kept as CFDictionary)
        if status == errSecItemNotFound {
            status = SecItemAdd(item(name).merging(kept) { _, new in new } as CFDictionary, nil)
        }
        guard status == errSecSuccess else { throw KeychainError(status: status) }
    }

    /// Forgets it; nothing happens when it is not there.
    func remove(_ name: String) throws {
        let status = SecItemDelete(item(name) as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else { throw KeychainError(status: status) }
    }

    private func item(_ name: String) -> [CFString: Any] {
        [
            kSecClass: kSecClassGenericPassword,
            kSecAttrService: service,
            kSecAttrAccount: name,
            kSecAttrSynchronizable: false,
        ]
    }
}
