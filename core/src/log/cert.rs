//! Certificates: the hub says which key is which device, who holds it, in what role and scope. COSE_Sign1 with EdDSA.

use super::keys::{HubKey, HubPublic};
use crate::model::{Id, UtcMs};
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub(crate) const CONTEXT: &[u8] = b"keyturn-certificate-v1";

/// What a device may hold and touch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "ids")]
pub enum Scope {
    /// Every unit of the project.
    #[n(0)]
    Project,
    /// These units.
    #[n(1)]
    Units(#[n(0)] Vec<Id>),
    /// Only what is ordered from this contractor or team.
    #[n(2)]
    Orders(#[n(0)] Id),
}

/// What the hub certifies.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Certificate {
    /// The project.
    #[n(0)]
    pub project: Id,
    /// The device.
    #[n(1)]
    pub device: Id,
    /// The device's public key, SEC1 compressed.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    #[serde(with = "hex_key")]
    pub public: [u8; 33],
    /// Who holds the device.
    #[n(3)]
    pub person: Id,
    /// In which role.
    #[n(4)]
    pub role: String,
    /// What it may hold.
    #[n(5)]
    pub scope: Scope,
    /// When it was given.
    #[n(6)]
    pub issued: UtcMs,
}

mod hex_key {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    pub(super) fn serialize<S: Serializer>(key: &[u8; 33], s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&key.iter().map(|b| format!("{b:02x}")).collect::<String>())
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 33], D::Error> {
        let text = String::deserialize(d)?;
        let bytes: Option<Vec<u8>> =
            text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())).collect();
        bytes.and_then(|b| b.try_into().ok()).ok_or_else(|| D::Error::custom("not a key"))
    }
}

/// The bytes are no certificate of this hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate is not one of this hub")]
pub struct BadCertificate;

/// Signs a certificate; COSE_Sign1 bytes.
pub fn issue(certificate: &Certificate, key: &HubKey) -> Vec<u8> {
    let payload = minicbor::to_vec(certificate).unwrap_or_default();
    CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build())
        .payload(payload)
        .create_signature(CONTEXT, |message| key.sign(message).to_vec())
        .build()
        .to_vec()
        .unwrap_or_default()
}

/// Checks a certificate against the hub's key.
///
/// # Errors
/// When it is not one of this hub.
pub fn open(bytes: &[u8], hub: &HubPublic) -> Result<Certificate, BadCertificate> {
    let sign1 = CoseSign1::from_slice(bytes).map_err(|_| BadCertificate)?;
    let eddsa = coset::Algorithm::Assigned(iana::Algorithm::EdDSA);
    if sign1.protected.header.alg.as_ref() != Some(&eddsa) {
        return Err(BadCertificate);
    }
    sign1.verify_signature(CONTEXT, |signature, message| if hub.verify(message, signature) { Ok(()) } else { Err(BadCertificate) })?;
    minicbor::decode(sign1.payload.as_deref().ok_or(BadCertificate)?).map_err(|_| BadCertificate)
}
