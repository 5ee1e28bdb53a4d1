//! Signing keys: the device's (ECDSA P-256, in the phone's key store behind [`DeviceKey`]) and the hub's (Ed25519).

use crate::model::{Digest, id::fill_random};
use ed25519_dalek::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey, signature::Signer as _, signature::Verifier as _};

/// The key could not sign, or is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key store answered with an error.
    #[error("the device key cannot sign: {0}")]
    Sign(String),
    /// The bytes are no key.
    #[error("the bytes are no valid key")]
    Malformed,
}

/// A device's private key; phones keep it in hardware.
pub trait DeviceKey: Send + Sync {
    /// The public key, SEC1 compressed (33 bytes).
    fn public(&self) -> [u8; 33];
    /// Signs `message` with ES256; 64 bytes, r then s.
    ///
    /// # Errors
    /// When the key store refuses.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError>;
}

/// A key in software, for desktops and tests.
pub struct SoftwareKey(SigningKey);

impl SoftwareKey {
    /// A new key.
    pub fn generate() -> Self {
        loop {
            let mut secret = [0; 32];
            fill_random(&mut secret);
            // All but a vanishing part of 32-byte strings are valid scalars.
            if let Ok(key) = SigningKey::from_slice(&secret) {
                return Self(key);
            }
        }
    }

    /// From the 32 secret bytes.
    ///
    /// # Errors
    /// When they are no scalar of the curve.
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyError> {
        SigningKey::from_slice(secret).map(Self).map_err(|_| KeyError::Malformed)
    }

    /// The 32 secret bytes, to be stored where only this user reads.
    pub fn secret(&self) -> [u8; 32] {
        self.0.to_bytes().into()
    }
}

impl DeviceKey for SoftwareKey {
    fn public(&self) -> [u8; 33] {
        let mut out = [0; 33];
        let point = self.0.verifying_key().to_sec1_point(true);
        out.copy_from_slice(point.as_bytes());
        out
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_bytes().into())
    }
}

/// Checks an ES256 signature.
pub fn verify_device(public: &[u8; 33], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_sec1_bytes(public), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify(message, &signature).is_ok()
}

/// The hub's key: signs certificates and checkpoints.
pub struct HubKey(ed25519_dalek::SigningKey);

/// The hub's public key: the root of trust of every bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HubPublic(pub [u8; 32]);

impl HubKey {
    /// A new key.
    pub fn generate() -> Self {
        let mut secret = [0; 32];
        fill_random(&mut secret);
        Self(ed25519_dalek::SigningKey::from_bytes(&secret))
    }

    /// From the 32 secret bytes.
    pub fn from_secret(secret: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&secret))
    }

    /// The 32 secret bytes.
    pub fn secret(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public key.
    pub fn public(&self) -> HubPublic {
        HubPublic(self.0.verifying_key().to_bytes())
    }

    /// Signs `message` with Ed25519.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl HubPublic {
    /// Checks an Ed25519 signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let (Ok(key), Ok(signature)) = (ed25519_dalek::VerifyingKey::from_bytes(&self.0), ed25519_dalek::Signature::from_slice(signature)) else {
            return false;
        };
        key.verify(message, &signature).is_ok()
    }

    /// What a person compares: the SHA-256 of the key, printed on every report and pinned by `--hub-key`.
    pub fn fingerprint(&self) -> Digest {
        Digest::of_parts(&[b"keyturn-hub-key-v1", &self.0])
    }

    /// The hub's own device id in the log, which follows from its key.
    pub fn device_id(&self) -> crate::model::Id {
        crate::model::Id::derived(&[b"keyturn-hub-device-v1", &self.0])
    }
}
