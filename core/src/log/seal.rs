//! Seals: the device key signs (device, sequence, chain head) per batch and at each sign-off. COSE_Sign1 with ES256.

use super::{
    chain::Chain,
    keys::{DeviceKey, KeyError, verify_device},
};
use crate::model::{Id, UtcMs};
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use minicbor::{Decode, Encode};

const CONTEXT: &[u8] = b"keyturn-seal-v1";

/// Why a seal was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SealPurpose {
    /// A batch was sent.
    #[n(0)]
    Batch,
    /// Somebody signed.
    #[n(1)]
    SignOff,
    /// A bundle was made.
    #[n(2)]
    Bundle,
}

/// What a seal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SealClaim {
    /// The device.
    #[n(0)]
    pub device: Id,
    /// Its chain up to here.
    #[n(1)]
    pub chain: Chain,
    /// Corrected time of sealing.
    #[n(2)]
    pub at: UtcMs,
    /// Why.
    #[n(3)]
    pub purpose: SealPurpose,
}

/// A seal is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// Not a COSE_Sign1 of a seal.
    #[error("the bytes are no seal")]
    Shape,
    /// The signature is not this key's.
    #[error("the seal's signature does not hold")]
    Signature,
}

/// Signs `claim`; COSE_Sign1 bytes.
///
/// # Errors
/// When the key store refuses.
pub fn seal(claim: &SealClaim, key: &dyn DeviceKey) -> Result<Vec<u8>, KeyError> {
    let payload = minicbor::to_vec(claim).map_err(|_| KeyError::Malformed)?;
    let sign1 = CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::ES256).build())
        .payload(payload)
        .try_create_signature(CONTEXT, |message| key.sign(message).map(Vec::from))?
        .build();
    sign1.to_vec().map_err(|_| KeyError::Malformed)
}

/// Reads what a seal claims, without checking who signed.
///
/// # Errors
/// When the bytes are no seal.
pub fn claim(seal: &[u8]) -> Result<SealClaim, BadSeal> {
    let sign1 = CoseSign1::from_slice(seal).map_err(|_| BadSeal::Shape)?;
    minicbor::decode(sign1.payload.as_deref().ok_or(BadSeal::Shape)?).map_err(|_| BadSeal::Shape)
}

/// Checks a seal against the device's public key.
///
/// # Errors
/// When it is no seal or not of this key.
pub fn open(seal: &[u8], public: &[u8; 33]) -> Result<SealClaim, BadSeal> {
    let sign1 = CoseSign1::from_slice(seal).map_err(|_| BadSeal::Shape)?;
    let es256 = coset::Algorithm::Assigned(iana::Algorithm::ES256);
    if sign1.protected.header.alg.as_ref() != Some(&es256) {
        return Err(BadSeal::Shape);
    }
    sign1.verify_signature(CONTEXT, |signature, message| if verify_device(public, message, signature) { Ok(()) } else { Err(BadSeal::Signature) })?;
    minicbor::decode(sign1.payload.as_deref().ok_or(BadSeal::Shape)?).map_err(|_| BadSeal::Shape)
}
