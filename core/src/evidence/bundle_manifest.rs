//! The manifest of a bundle: every entry with size and SHA-256, what the exporter knows to be missing, and the exporter's seal.
//!
//! Records prove themselves (chain, seals, receipts). What nothing else covers is the exporter's word: that the list of the
//! unit's records is complete, and what the index page says. That word is sealed with the exporter's key.

use super::bundle_survey::{Gap, ThingRow};
use crate::{
    log::{
        EventRef,
        cert::Certificate,
        keys::{DeviceKey, HubPublic, KeyError, verify_device},
    },
    model::{Digest, Id, UtcMs},
};
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, Header, HeaderBuilder, iana};
use minicbor::{Decode, Encode};
use p256::ecdsa::Signature;

/// The bundle format this build writes and reads.
pub const BUNDLE_VERSION: u8 = 1;
pub(super) const MANIFEST: &str = "manifest.cbor";
pub(super) const MANIFEST_SEAL: &str = "manifest.cose";
pub(super) const INDEX: &str = "index.html";
pub(super) const KEYS: &str = "keys.cbor";
pub(super) const CHECKPOINT: &str = "checkpoint.txt";
const CHECK: &str = "check/";
const CONTEXT: &[u8] = b"keyturn-bundle-v1";

/// One entry of the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EntryRow {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// Its size.
    #[n(1)]
    pub bytes: u64,
    /// Its SHA-256.
    #[n(2)]
    pub sha256: Digest,
}

/// What a bundle holds, and of what.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Manifest {
    /// [`BUNDLE_VERSION`].
    #[n(0)]
    pub version: u8,
    /// The project.
    #[n(1)]
    pub project: Id,
    /// Its name.
    #[n(2)]
    pub project_name: String,
    /// Its zone, such as `Asia/Shanghai`.
    #[n(3)]
    pub zone: String,
    /// The hub's public key.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub hub: [u8; 32],
    /// The unit.
    #[n(5)]
    pub unit: Id,
    /// What people call it.
    #[n(6)]
    pub unit_label: String,
    /// When the bundle was made, by the exporter's corrected time.
    #[n(7)]
    pub made: UtcMs,
    /// The device that made it.
    #[n(8)]
    pub exporter: Id,
    /// Every entry but the manifest, its seal and `check/`, sorted by name. The events among them are all that the exporter
    /// knows of the unit.
    #[n(9)]
    pub entries: Vec<EntryRow>,
    /// Devices of which events are shown without their chain: the exporter does not hold it.
    #[n(10)]
    pub unchained: Vec<Id>,
    /// Files that the records name and that are not in the bundle.
    #[n(11)]
    pub absent: Vec<Digest>,
    /// What the records name and the exporter does not have.
    #[n(12)]
    pub gaps: Vec<Gap>,
    /// Where each thing stands.
    #[n(13)]
    pub things: Vec<ThingRow>,
}

/// What the exporter seals.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct ManifestClaim {
    #[n(0)]
    device: Id,
    #[n(1)]
    manifest: Digest,
    #[n(2)]
    at: UtcMs,
}

impl Manifest {
    pub(super) fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads a manifest of this version; `None` for anything that this build would not have written.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let manifest: Self = minicbor::decode(bytes).ok()?;
        (manifest.version == BUNDLE_VERSION && manifest.encode() == bytes).then_some(manifest)
    }
}

/// The seal of `device` over an encoded manifest; COSE_Sign1 bytes.
///
/// # Errors
/// When the key store refuses.
pub fn seal_manifest(manifest: &[u8], device: Id, at: UtcMs, key: &dyn DeviceKey) -> Result<Vec<u8>, KeyError> {
    let claim = ManifestClaim { device, manifest: Digest::of(manifest), at };
    let payload = minicbor::to_vec(&claim).map_err(|_| KeyError::Malformed)?;
    CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::ES256).build())
        .payload(payload)
        .try_create_signature(CONTEXT, |message| {
            // Of the two forms of an ECDSA signature only the low one is accepted, so that nobody can turn one into the other.
            let signature = Signature::from_slice(&key.sign(message)?).map_err(|_| KeyError::Malformed)?;
            Ok(signature.normalize_s().to_bytes().to_vec())
        })?
        .build()
        .to_vec()
        .map_err(|_| KeyError::Malformed)
}

/// Whether `seal` is the one form of `public`'s seal over this manifest by `device`.
pub(super) fn manifest_sealed(seal: &[u8], manifest: &[u8], device: Id, made: UtcMs, public: &[u8; 33]) -> bool {
    let Ok(sign1) = CoseSign1::from_slice(seal) else { return false };
    let claim = ManifestClaim { device, manifest: Digest::of(manifest), at: made };
    let low = Signature::from_slice(&sign1.signature).is_ok_and(|s| s.normalize_s() == s);
    let plain = sign1.unprotected == Header::default() && sign1.clone().to_vec().is_ok_and(|again| again == seal);
    let es256 = coset::Algorithm::Assigned(iana::Algorithm::ES256);
    low && plain
        && sign1.protected.header.alg.as_ref() == Some(&es256)
        && sign1.payload.as_deref() == minicbor::to_vec(&claim).ok().as_deref()
        && sign1.verify_signature(CONTEXT, |signature, message| if verify_device(public, message, signature) { Ok(()) } else { Err(()) }).is_ok()
}

/// The files that let a person check by hand with `sha256sum` and `openssl`. They follow from the rest, so they stand outside
/// the manifest and are made again by the verifier.
pub fn check_files(manifest: &Manifest, seal: &[u8], certificate: &[u8], exporter: &Certificate) -> Option<Vec<(String, Vec<u8>)>> {
    let sums: String = manifest.entries.iter().map(|e| format!("{}  {}\n", e.sha256, e.name)).collect();
    let seal = CoseSign1::from_slice(seal).ok()?;
    let cert = CoseSign1::from_slice(certificate).ok()?;
    let der = Signature::from_slice(&seal.signature).ok()?.to_der();
    let files = [
        ("exporter-certificate.sig", cert.signature.clone()),
        ("exporter-certificate.tbs", cert.tbs_data(crate::log::cert::CONTEXT)),
        ("exporter.der", [P256_SPKI, &exporter.public].concat()),
        ("hub.der", [ED25519_SPKI, &manifest.hub].concat()),
        ("manifest.sig.der", der.as_bytes().to_vec()),
        ("manifest.tbs", seal.tbs_data(CONTEXT)),
        ("sha256.txt", sums.into_bytes()),
    ];
    Some(files.into_iter().map(|(name, bytes)| (format!("{CHECK}{name}"), bytes)).collect())
}

/// `SubjectPublicKeyInfo` of a compressed P-256 point, before the point.
const P256_SPKI: &[u8] = &[
    0x30, 0x39, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x22, 0x00,
];
/// `SubjectPublicKeyInfo` of an Ed25519 key, before the key.
const ED25519_SPKI: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Where entries stand; one function a kind, so that writer and verifier name them alike.
pub(super) mod names {
    use crate::{
        log::EventRef,
        model::{Digest, Id},
    };

    pub fn certificate(device: Id, n: usize) -> String {
        format!("certificates/{device}/{n:04}.cose")
    }
    pub fn chain(device: Id) -> String {
        format!("chains/{device}.txt")
    }
    pub fn event(at: EventRef) -> String {
        format!("events/{}/{:010}.cbor", at.device, at.seq)
    }
    pub fn seal(device: Id, n: usize) -> String {
        format!("seals/{device}/{n:06}.cose")
    }
    pub fn receipt(n: usize) -> String {
        format!("receipts/{n:06}.cbor")
    }
    pub fn frozen(digest: Digest, extension: &str) -> String {
        format!("frozen/{digest}.{extension}")
    }
    pub fn original(digest: Digest, extension: &str) -> String {
        format!("originals/{digest}.{extension}")
    }
    pub fn document(digest: Digest, extension: &str) -> String {
        format!("documents/{digest}.{extension}")
    }
}

/// What an entry is, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Certificate(Id),
    Chain(Id),
    Event { device: Id, seq: u64 },
    Seal(Id),
    Receipt,
    Frozen(Digest),
    FrozenText(Digest),
    Original(Digest),
    Document(Digest),
    Check,
    Single,
}

/// The kinds of files a bundle carries; the name follows from the first bytes.
const EXTENSIONS: [&str; 7] = ["bin", "heic", "jpg", "pdf", "png", "webp", "xlsx"];

/// The extension for a file that begins like this.
pub(super) fn extension(head: &[u8]) -> &'static str {
    match head {
        [0xff, 0xd8, 0xff, ..] => "jpg",
        [0x89, b'P', b'N', b'G', ..] => "png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h', b'e', b'i' | b'v', ..] => "heic",
        [b'%', b'P', b'D', b'F', ..] => "pdf",
        [b'P', b'K', 3, 4, ..] => "xlsx",
        _ => "bin",
    }
}

impl Named {
    /// The device an entry belongs to.
    pub fn device(&self) -> Option<Id> {
        match self {
            Self::Certificate(device) | Self::Chain(device) | Self::Event { device, .. } | Self::Seal(device) => Some(*device),
            _ => None,
        }
    }

    /// Reads a name; only the exact form that [`names`] writes is one.
    pub fn read(name: &str) -> Option<Self> {
        if matches!(name, MANIFEST | MANIFEST_SEAL | INDEX | KEYS | CHECKPOINT) {
            return Some(Self::Single);
        }
        if name.starts_with(CHECK) {
            return Some(Self::Check);
        }
        let (folder, rest) = name.split_once('/')?;
        let (stem, ext) = rest.rsplit_once('.')?;
        let file = || -> Option<Digest> { if EXTENSIONS.contains(&ext) { stem.parse().ok() } else { None } };
        let numbered = |stem: &str| -> Option<(Id, u64)> {
            let (device, n) = stem.split_once('/')?;
            Some((device.parse().ok()?, n.parse().ok()?))
        };
        let (read, again) = match (folder, ext) {
            ("certificates", "cose") => {
                let (device, n) = numbered(stem)?;
                (Self::Certificate(device), names::certificate(device, n as usize))
            }
            ("seals", "cose") => {
                let (device, n) = numbered(stem)?;
                (Self::Seal(device), names::seal(device, n as usize))
            }
            ("events", "cbor") => {
                let (device, seq) = numbered(stem)?;
                (Self::Event { device, seq }, names::event(EventRef { device, seq }))
            }
            ("chains", "txt") => (Self::Chain(stem.parse().ok()?), names::chain(stem.parse().ok()?)),
            ("receipts", "cbor") => (Self::Receipt, names::receipt(stem.parse().ok()?)),
            ("frozen", "cbor") => (Self::Frozen(stem.parse().ok()?), names::frozen(stem.parse().ok()?, ext)),
            ("frozen", "txt") => (Self::FrozenText(stem.parse().ok()?), names::frozen(stem.parse().ok()?, ext)),
            ("originals", _) => (Self::Original(file()?), names::original(file()?, ext)),
            ("documents", _) => (Self::Document(file()?), names::document(file()?, ext)),
            _ => return None,
        };
        (again == name).then_some(read)
    }
}

/// The hub key of a manifest.
pub(super) fn hub_of(manifest: &Manifest) -> HubPublic {
    HubPublic(manifest.hub)
}
