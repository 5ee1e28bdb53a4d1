//! Values of fields.

use super::{Digest, Id, Sealed, UtcMs};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The value of a field. A build that meets a later variant stores the event and shows it as "needs an update".
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(flat)]
pub enum Value {
    /// Cleared.
    #[n(0)]
    Empty,
    /// Words, not personal; dates as `2026-11-27`.
    #[n(1)]
    Text(#[n(0)] String),
    /// A whole number; the field's name says the unit.
    #[n(2)]
    Int(#[n(0)] i64),
    /// Yes or no.
    #[n(3)]
    Bool(#[n(0)] bool),
    /// Another thing.
    #[n(4)]
    Id(#[n(0)] Id),
    /// A file or frozen record.
    #[n(5)]
    Digest(#[n(0)] Digest),
    /// An instant.
    #[n(6)]
    Time(#[n(0)] UtcMs),
    /// Personal data, encrypted.
    #[n(7)]
    Personal(#[n(0)] Sealed),
    /// A place on a plan.
    #[n(8)]
    Pin(#[n(0)] Pin),
    /// The answer to a line of the checklist.
    #[n(9)]
    Line(#[n(0)] LineAnswer),
    /// Drawn over a photo.
    #[n(10)]
    Drawing(#[n(0)] Vec<Shape>),
    /// A meter.
    #[n(11)]
    Meter(#[n(0)] Meter),
    /// Somebody who takes part in a handover.
    #[n(12)]
    Participant(#[n(0)] Participant),
    /// Completed or waived.
    #[n(13)]
    Done(#[n(0)] Done),
    /// Several.
    #[n(14)]
    List(#[n(0)] Vec<Value>),
}

impl Value {
    /// The words, if it is words.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    pub fn int(&self) -> Option<i64> {
        if let Self::Int(n) = self { Some(*n) } else { None }
    }

    /// The id, if it is one.
    pub fn id(&self) -> Option<Id> {
        if let Self::Id(id) = self { Some(*id) } else { None }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A place on a plan, as fractions of its width and height in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Pin {
    /// The plan.
    #[n(0)]
    pub plan: Id,
    /// From the left, 0 to 1,000,000.
    #[n(1)]
    pub x_ppm: u32,
    /// From the top, 0 to 1,000,000.
    #[n(2)]
    pub y_ppm: u32,
}

/// What was answered to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// As it should be.
    #[n(0)]
    Fine,
    /// Not as it should be; a snag or a reason goes with it.
    #[n(1)]
    NotFine,
    /// Does not apply to this unit.
    #[n(2)]
    NotApplicable,
    /// Could not be checked; the reason says why.
    #[n(3)]
    NotChecked,
}

/// The answer to a line of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct LineAnswer {
    /// The answer.
    #[n(0)]
    pub answer: Answer,
    /// Given for several lines at once ("all the rest is fine").
    #[n(1)]
    pub together: bool,
    /// Measured points in thousandths of the limit's unit.
    #[n(2)]
    pub points_milli: Vec<i64>,
    /// Pass or fail by the line's own rule: `pass`, `fail`, `not_judged`; none for a line without measuring.
    #[n(3)]
    pub verdict: Option<String>,
    /// The snag that goes with it.
    #[n(4)]
    pub snag: Option<Id>,
    /// Why out of tolerance without a snag, not applicable or not checked.
    #[n(5)]
    pub reason: Option<String>,
    /// What the contract says (S0-13).
    #[n(6)]
    pub contract: Option<String>,
    /// What was found.
    #[n(7)]
    pub found: Option<String>,
}

/// One stroke, arrow, circle or word over a photo; points as fractions of the upright picture in millionths.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Shape {
    /// `pen`, `arrow`, `circle` or `text`; a colour other than red follows it, `pen-yellow`.
    #[n(0)]
    pub tool: String,
    /// x and y, alternating.
    #[n(1)]
    pub points_ppm: Vec<u32>,
    /// The words of a text.
    #[n(2)]
    pub text: Option<String>,
}

/// A meter's number and reading.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Meter {
    /// The number on the meter.
    #[n(0)]
    pub number: String,
    /// The reading in thousandths of the meter's unit.
    #[n(1)]
    pub reading_milli: i64,
    /// The photo of it.
    #[n(2)]
    pub photo: Option<Digest>,
}

/// Somebody who takes part in a handover (S0-10).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Participant {
    /// Who.
    #[n(0)]
    pub person: Id,
    /// In which role: `owner`, `representative`, `inspector`, `third_party_inspector`, `property_staff`, `witness`, …
    #[n(1)]
    pub role: String,
    /// For which organisation.
    #[n(2)]
    pub organisation: Option<String>,
    /// The name, encrypted.
    #[n(3)]
    pub name: Option<Sealed>,
    /// How the identity was checked.
    #[n(4)]
    pub identity_check: Option<String>,
    /// A representative's mandate: words or the document's number.
    #[n(5)]
    pub mandate: Option<String>,
}

/// Completed, or waived with a reason (S0-09).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Done {
    /// Completed; otherwise waived or not given.
    #[n(0)]
    pub done: bool,
    /// How many, where things are counted.
    #[n(1)]
    pub count: Option<u32>,
    /// Why not, or a remark.
    #[n(2)]
    pub reason: Option<String>,
}
