//! What every printed document is made of: words, people, times, photographs, signatures, proof. Plain data, no engine.

use crate::model::{Digest, UtcMs, drawing::Mark};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A word or sentence of the domain that comes with the data, in both languages (a room, a defect type, a role).
/// The document's language is printed; where it is empty, the other one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Words {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// The same thing in two languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// A text that has one language only, such as a name given by the developer.
    pub fn one(text: impl Into<String>) -> Self {
        Self { zh: text.into(), en: String::new() }
    }
}

/// Personal data on paper: known, erased by law (`law: D`, promise 9), or not for the reader of this document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// The words as they are.
    Known(String),
    /// The key of the person was destroyed; prints 已依法删除. Digests over the ciphertext stay as they were.
    Erased,
    /// Kept from the readers of this document; prints 不予列出.
    Withheld,
}

impl Personal {
    /// Something that is known.
    pub fn known(text: impl Into<String>) -> Self {
        Self::Known(text.into())
    }
}

/// A point in time with the offset of the clock that showed it, so that the same data prints the same hour everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// UTC milliseconds.
    pub at_ms: UtcMs,
    /// Offset from UTC in minutes, +480 in China.
    pub offset_min: i16,
}

/// Number of a document: issued by the hub, or a device's own until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocNumber {
    /// As printed, e.g. `JF-2026-0098`.
    pub text: String,
    /// Not yet issued by the hub; prints 临时 beside it.
    pub temporary: bool,
}

/// The unit a document is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnitHead {
    /// In full, for the cover: 云溪雅苑一期 2 号楼 1 单元 1102.
    pub full: Words,
    /// Short, for each page's head: 云溪雅苑一期 2-1-1102.
    pub short: Words,
    /// Layout, finish level and area in one line; may be empty.
    pub about: Words,
}

/// How far the proof of a record has come; its mark stands in each page's foot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofState {
    /// Sealed by the device, not yet received by a hub.
    OnDevice,
    /// On its way.
    Sending,
    /// The hub has received and read back everything.
    Safe,
}

/// Where a document stands between draft and superseded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing is sealed; prints 草稿 in the head and no seal.
    Draft,
    /// Sealed and current.
    Sealed,
    /// A later version replaced it; it stays verifiable.
    Superseded {
        /// Number of the later version.
        by_version: u32,
    },
}

/// What stands on every page: title comes from the kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Number of the document.
    pub number: DocNumber,
    /// Version of the record it shows, from 1.
    pub version: u32,
    /// The unit.
    pub unit: UnitHead,
    /// Draft, sealed or superseded.
    pub standing: Standing,
    /// Digest of the frozen record; `None` for a draft.
    pub digest: Option<Digest>,
    /// How far the proof has come.
    pub proof_state: ProofState,
    /// Short words of the seal for the foot, such as `K1·7f3c 检查点 8 812`; empty prints that there is none yet.
    pub seal: Words,
    /// When the record was frozen: the only date in the file's own properties, so that the same data gives the same bytes.
    pub frozen: Moment,
}

/// A person at the handover, with what makes the part played believable (S0-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// 业主, 验房工程师, 见证, 业主代表, 第三方质检…
    pub role: Words,
    /// Name in full.
    pub name: Personal,
    /// Whom the person works for or stands for; may be empty.
    pub organisation: Words,
    /// How identity was checked; may be empty.
    pub identity: Words,
    /// The authority of a representative.
    pub mandate: Option<Mandate>,
    /// Was there, by telephone, absent…; printed on the cover. May be empty.
    pub presence: Words,
    /// Printed among the first rows of the cover.
    pub on_cover: bool,
}

/// Authority of a representative who is not the owner (S0-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mandate {
    /// The document: 授权委托书, notarised or not.
    pub document: Words,
    /// Its date.
    pub dated: Option<NaiveDate>,
    /// What it covers.
    pub scope: Words,
    /// The photograph or scan of it.
    pub photo: Option<Digest>,
}

/// A photograph in a document; the picture itself comes from [`super::Pictures`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// SHA-256 of the original.
    pub digest: Digest,
    /// When it was taken, by the device's clock.
    pub taken: Option<Moment>,
    /// What it shows: read out in place of the picture and printed under it in the annex; may be empty.
    pub about: Words,
    /// What was drawn over it; the original stays as it is.
    #[serde(default)]
    pub drawing: Vec<Mark>,
}

/// One sampled point of a pen stroke. `x` and `y` in any one unit with y downwards; the renderer fits the drawing to its box.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StrokePoint {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
    /// 0 to 1; the width of the line follows it.
    pub pressure: f32,
}

/// What reached the paper in place of, or as, a signature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureAct {
    /// Signed by hand on the screen.
    Signed {
        /// The strokes in the order they were drawn. Empty when the strokes were erased with the person.
        strokes: Vec<Vec<StrokePoint>>,
    },
    /// The person was there and would not sign.
    RefusedToSign {
        /// In the person's own words, or the reason noted.
        reason: String,
        /// Who saw it.
        witness: Personal,
    },
    /// The person was not there.
    Absent {
        /// Why, as far as known.
        reason: String,
        /// Who saw it.
        witness: Personal,
    },
}

/// One person's signature or its absence, and everything that gives it weight (S1-20, `law: E`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub name: Personal,
    /// In which role.
    pub role: Words,
    /// Signed, refused or absent.
    pub act: SignatureAct,
    /// What was signed: 问题清单第 1 版，部分接受.
    pub signed: Words,
    /// Level reached: 1 drawing and sealed record, 2 with a one-time code, 3 key of the signer alone. 0 prints none.
    pub level: u8,
    /// More about the level: last digits of the telephone the code went to.
    pub level_note: Words,
    /// How identity was checked.
    pub identity: Words,
    /// When, by the device's own clock.
    pub device_time: Moment,
    /// How long the device had been without the hub, in minutes.
    pub offline_min: Option<u32>,
    /// When the hub received it; `None` until then.
    pub hub_time: Option<Moment>,
    /// Device clock minus hub clock, in seconds, measured at that contact.
    pub clock_error_s: Option<i64>,
    /// The device's own seal: name of the device, number of the record, head of its chain.
    pub device_seal: Option<DeviceSeal>,
}

/// The seal of a device over the record that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSeal {
    /// Name of the device for people: 平板 07.
    pub device: Words,
    /// Number of the record in the device's chain.
    pub sequence: u64,
    /// Head of the chain after it.
    pub head: Digest,
}

/// The exact words a person saw when signing, and the digest that was signed (promise 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownWords {
    /// Word for word.
    pub text: String,
    /// Digest of the frozen record.
    pub digest: Digest,
}

/// One part of the frozen record and its own digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredPart {
    /// 文本, 照片, 实测…
    pub part: Words,
    /// What is in it: 30 张原件，逐张列名.
    pub holds: Words,
    /// Digest of the part.
    pub digest: Digest,
}

/// A checkpoint of the hub's log over everything it received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Name of the log.
    pub origin: String,
    /// Number of the checkpoint.
    pub number: u64,
    /// How many entries the tree held.
    pub size: u64,
    /// Root of the tree, base64.
    pub root: String,
    /// When the hub signed it.
    pub at: Moment,
}

/// A time stamp by an authority outside (RFC 3161).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideStamp {
    /// When, by the authority's clock.
    pub at: Moment,
    /// Who.
    pub authority: Words,
}

/// The last page: what lets a stranger check the record without us, and what cannot be proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Name of the hub's key: `K1`.
    pub hub_key_name: String,
    /// Its fingerprint, printed in groups of four; `None` when no hub was met yet.
    pub hub_key: Option<Digest>,
    /// The checkpoint that covers the record.
    pub checkpoint: Option<Checkpoint>,
    /// Time stamp from outside.
    pub stamp: Option<OutsideStamp>,
    /// How many records belong to this unit.
    pub records: u64,
    /// From how many devices.
    pub devices: u32,
    /// Photographs in the record.
    pub photos: u32,
    /// Of them, read back by the hub and found whole.
    pub photos_on_hub: u32,
    /// When the device first met the hub after signing: before it, its clock is only its word.
    pub first_contact: Option<Moment>,
    /// File name of the bundle, as in the command that verifies it.
    pub bundle: String,
    /// What the QR code holds: digest, fingerprint of the hub's key, number of the document.
    pub qr: String,
}
