import CryptoKit
import Foundation
import Keyturn
import Security

/// The device's key in the Secure Enclave: P-256, made on first use, never leaving the chip. Where there is no Enclave (the simulator) there
/// is none of this and the core keeps one in software, in the Keychain.
final class EnclaveKey: DeviceKey {
    private let key: SecureEnclave.P256.Signing.PrivateKey

    /// The key of this device, made if there is none. `nil` where there is no Enclave.
    init?(keychain: Keychain) throws {
        guard SecureEnclave.isAvailable else { return nil }
        if let kept = try keychain.read(Self.name) {
            key = try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: kept)
            return
        }
        var error: Unmanaged<CFError>?
        // No question to the person at each seal: records are sealed at every sync, also with the phone in a pocket.
        guard
            let access = SecAccessControlCreateWithFlags(
                nil,
                kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
                .privateKeyUsage,
                &error
            )
        else { throw error?.takeRetainedValue() ?? KeychainError(status: errSecParam) }
        key = try SecureEnclave.P256.Signing.PrivateKey(accessControl: access)
        // What is kept is wrapped by the Enclave and of no use on another device.
        try keychain.write(Self.name, key.dataRepresentation)
    }

    private static let name = "keyturn-enclave-key"

    /// Forgets the key of a device that was revoked: the next one is another.
    static func forget(_ keychain: Keychain) throws {
        try keychain.remove(name)
    }

    func publicKey() throws -> Data {
        key.publicKey.x963Representation
    }

    func sign(message: Data) throws -> Data {
        do {
            return try key.signature(for: message).rawRepresentation
        } catch {
            throw CallbackError.Failed(reason: "the Enclave did not sign: \((error as NSError).code)")
        }
    }

    func place() throws -> KeyPlace {
        .secureEnclave
    }
}
