//! What several pages show: photographs, lines of a history, documents, facts.

use super::{
    sign::Sign,
    text::{Due, Masked},
};
use keyturn_core::model::time::UtcMs;

/// A label and what stands beside it, both already in the reader's language.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Left.
    pub label: String,
    /// Right.
    pub value: String,
}

impl Fact {
    /// A fact.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// A stroke drawn over a photograph: points as fractions of width and height, and a colour name of the palette.
#[derive(Debug, Clone)]
pub struct Stroke {
    /// Points (x, y), 0 to 1.
    pub points: Vec<(f32, f32)>,
    /// Closed shapes end where they began.
    pub closed: bool,
}

impl Stroke {
    /// As the `points` of an SVG polyline in a box of 1000 x 1000.
    pub fn svg_points(&self) -> String {
        let mut points: Vec<String> = self.points.iter().map(|(x, y)| format!("{:.0},{:.0}", x * 1000.0, y * 1000.0)).collect();
        if self.closed
            && let Some(first) = points.first().cloned()
        {
            points.push(first);
        }
        points.join(" ")
    }
}

/// One use of a photograph.
#[derive(Debug, Clone)]
pub struct Photo {
    /// Address of the 512-pixel picture; none while the hub has no picture yet.
    pub small: Option<String>,
    /// Address of the 2,048-pixel picture.
    pub large: String,
    /// Address of the original as it came.
    pub original: String,
    /// What it shows, already in the reader's language.
    pub caption: String,
    /// When it was taken, by the clock of the camera.
    pub taken: Option<UtcMs>,
    /// Short form of its SHA-256.
    pub digest: String,
    /// Where its original is: `Safe`, `Sending`, `OnDevice` or `Damaged`.
    pub proof: Sign,
    /// Strokes drawn over it; the original stays as it is.
    pub strokes: Vec<Stroke>,
}

/// One line of a history.
#[derive(Debug, Clone)]
pub struct Line {
    /// When, corrected time.
    pub at: UtcMs,
    /// Its mark.
    pub sign: Sign,
    /// Who did it, as the office may see it.
    pub who: String,
    /// What happened.
    pub text: String,
    /// Right-hand note: round, device, level.
    pub note: String,
    /// Photographs that came with it.
    pub photos: Vec<Photo>,
    /// Where to read more.
    pub link: Option<String>,
}

/// A document to download.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its name in the reader's language.
    pub title: String,
    /// Number, version, date; may be empty.
    pub note: String,
    /// File kind as people say it: PDF, ZIP.
    pub kind: String,
    /// Size, where known.
    pub bytes: Option<u64>,
    /// Where to get it.
    pub link: String,
    /// A later version exists; this one stays readable.
    pub superseded: bool,
}

/// A record the hub did not take up: kept, marked, explained.
#[derive(Debug, Clone)]
pub struct RefusedRecord {
    /// When it arrived.
    pub at: UtcMs,
    /// Device and person.
    pub from: String,
    /// What the record says.
    pub what: String,
    /// Why it was not taken up, in words a person can act on.
    pub why: String,
}

/// A snag as a row.
#[derive(Debug, Clone)]
pub struct SnagRow {
    /// Identifier in addresses.
    pub id: String,
    /// Running number, or the temporary one.
    pub number: String,
    /// Unit, such as `2-1-1102`.
    pub unit: String,
    /// Identifier of the unit.
    pub unit_id: String,
    /// Room and element.
    pub place: String,
    /// What is wrong, in short.
    pub title: String,
    /// State.
    pub state: Sign,
    /// Date agreed, if one was.
    pub due: Option<Due>,
    /// Crew, if given to one.
    pub crew: Option<String>,
    /// How many times it was redone.
    pub rework: u32,
    /// Photographs.
    pub photos: u32,
    /// Two values wait for a decision.
    pub conflict: bool,
}

/// The owner, masked.
#[derive(Debug, Clone, Default)]
pub struct OwnerBrief {
    /// Name.
    pub name: Masked,
    /// Telephone.
    pub phone: Masked,
}
