//! What crosses: the core's own small types as they are, and words in both languages.

use crate::error::KeyturnError;
pub(crate) use keyturn_core::{
    log::{EventRef, fold::Phase},
    model::{
        Digest as Sha256, Id, UtcMs,
        act::{Outcome as SignOutcome, SnagAnswer, StrokePoint},
        value::{Answer, Pin, Shape as DrawnShape},
    },
    store::PhotoState,
    words::Lang,
};
use keyturn_core::{
    policy::{Catalog, Entry},
    words::tr,
};
use std::path::PathBuf;

uniffi::custom_type!(Id, String, {
    remote,
    try_lift: |text| text.parse().map_err(|_| KeyturnError::input("ffi-bad-id", &text).into()),
    lower: |id| id.to_string(),
});
uniffi::custom_type!(Sha256, String, {
    remote,
    try_lift: |text| text.parse().map_err(|_| KeyturnError::input("ffi-bad-id", &text).into()),
    lower: |digest| digest.to_string(),
});
uniffi::custom_type!(UtcMs, i64, {
    remote,
    lower: |at| at.0,
    try_lift: |ms| Ok(UtcMs(ms)),
});
uniffi::custom_type!(EventRef, String, {
    remote,
    try_lift: |text| {
        let read = text.split_once('/').and_then(|(device, seq)| Some(EventRef { device: device.parse().ok()?, seq: seq.parse().ok()? }));
        read.ok_or_else(|| KeyturnError::input("ffi-bad-id", &text).into())
    },
    lower: |at| format!("{}/{}", at.device, at.seq),
});
uniffi::custom_type!(PathBuf, String, {
    remote,
    lower: |path| path.to_string_lossy().into_owned(),
    try_lift: |text| Ok(PathBuf::from(text)),
});

/// A language the interface speaks.
#[uniffi::remote(Enum)]
pub enum Lang {
    /// Simplified Chinese, the first language.
    Zh,
    /// English.
    En,
}

/// Where a thing stands.
#[uniffi::remote(Enum)]
pub enum Phase {
    /// Has no states.
    Open,
    /// Snag: recorded.
    Recorded,
    /// Snag: ordered from a contractor or team.
    Ordered,
    /// Snag: the crew is at it.
    InWork,
    /// Snag: done, to be re-checked.
    Done,
    /// Snag: re-check or owner found it not right.
    Rejected,
    /// Snag: confirmed by the owner.
    Confirmed,
    /// Handover: planned, the unit being made ready.
    Planned,
    /// Handover: appointed.
    Appointed,
    /// Handover: the walk-through is on.
    Started,
    /// Handover: signed, refused or witnessed.
    Signed,
    /// Handover: closed.
    Closed,
    /// Device: enrolled.
    Enrolled,
    /// Device: revoked.
    Revoked,
}

/// What was answered to a line.
#[uniffi::remote(Enum)]
pub enum Answer {
    /// As it should be.
    Fine,
    /// Not as it should be; a snag or a reason goes with it.
    NotFine,
    /// Does not apply to this unit.
    NotApplicable,
    /// Could not be checked; the reason says why.
    NotChecked,
}

/// The result of a handover in the owner's words.
#[uniffi::remote(Enum)]
pub enum SignOutcome {
    /// Accepted.
    Accepted,
    /// Accepted in part.
    InPart,
    /// Refused.
    Refused,
    /// The owner was not there; a witness signs.
    Absent,
    /// The owner would not sign; a witness signs.
    NotSigned,
    /// Somebody else attests: the inspector, a witness, a third party. Decides nothing.
    Attested,
}

/// Where a photo stands on its way to the hub.
#[uniffi::remote(Enum)]
pub enum PhotoState {
    /// Only on this device.
    OnDevice,
    /// The small picture is on the hub, the original is not.
    SmallSent,
    /// The hub echoed the hash of what it read back from its disk.
    Safe,
    /// Set aside with a reason; the rest goes on.
    SetAside,
}

/// A place on a plan, as fractions of its width and height in millionths.
#[uniffi::remote(Record)]
pub struct Pin {
    /// The plan.
    pub plan: Id,
    /// From the left, 0 to 1,000,000.
    pub x_ppm: u32,
    /// From the top, 0 to 1,000,000.
    pub y_ppm: u32,
}

/// One stroke, arrow, circle or word over a photo; points as fractions of the upright picture in millionths.
#[uniffi::remote(Record)]
pub struct DrawnShape {
    /// `pen`, `arrow`, `circle` or `text`.
    pub tool: String,
    /// x and y, alternating.
    pub points_ppm: Vec<u32>,
    /// The words of a text.
    pub text: Option<String>,
}

/// What the owner answered to one snag when signing.
#[uniffi::remote(Record)]
pub struct SnagAnswer {
    /// The snag.
    pub snag: Id,
    /// Agreed.
    pub accepted: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// One point of a stroke.
#[uniffi::remote(Record)]
pub struct StrokePoint {
    /// From the left, millionths of the pad's width.
    pub x_ppm: u32,
    /// From the top, millionths of the pad's height.
    pub y_ppm: u32,
    /// Since the first point, milliseconds.
    pub t_ms: u32,
    /// Pressure, thousandths.
    pub pressure_milli: u16,
}

/// The same words in both languages, so that a screen changes its language without asking again.
#[derive(Clone, Debug, Default, PartialEq, Eq, uniffi::Record)]
pub struct Words {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// The words under `key` in the Fluent files.
    pub(crate) fn of(key: &str, args: &[(&str, String)]) -> Self {
        Self { zh: tr(Lang::Zh, key, args), en: tr(Lang::En, key, args) }
    }

    /// The name of an entry; its id where the list does not know it.
    pub(crate) fn named<T: Entry>(list: &Catalog<T>, id: &str) -> Self {
        Self { zh: list.name(id, Lang::Zh).to_owned(), en: list.name(id, Lang::En).to_owned() }
    }
}

/// An entry of a list: its id and its words.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NamedView {
    /// The identifier, the same for ever.
    pub id: String,
    /// Its name.
    pub name: Words,
}

impl NamedView {
    pub(crate) fn of(entry: &(impl Entry + ?Sized)) -> Self {
        Self { id: entry.id().to_owned(), name: Words { zh: entry.name(Lang::Zh).to_owned(), en: entry.name(Lang::En).to_owned() } }
    }
}
