//! What several pages show: photographs, lines of a history, documents, facts.

use super::{
    sign::Sign,
    text::{Due, Masked},
};
use keyturn_core::{
    model::{drawing::Mark, time::UtcMs},
    policy::warranty::RepeatAlert,
};

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

/// A line or a word drawn over a photograph.
#[derive(Debug, Clone)]
pub struct Stroke {
    mark: Mark,
}

impl Stroke {
    fn placed(&self, photo: &Photo) -> impl Iterator<Item = (i32, i32)> {
        let width = photo.width_of_1000;
        self.mark.points.iter().map(move |(x, y)| ((i64::from(*x) * i64::from(width) / 1_000_000) as i32, y / 1000))
    }

    /// As the `points` of an SVG polyline over a picture 1,000 high.
    pub fn svg_points(&self, photo: &Photo) -> String {
        let points: Vec<String> = self.placed(photo).map(|(x, y)| format!("{x},{y}")).collect();
        points.join(" ")
    }

    /// Where the words begin over a picture 1,000 high.
    pub fn start(&self, photo: &Photo) -> (i32, i32) {
        self.placed(photo).next().unwrap_or_default()
    }

    /// The words, empty for a line.
    pub fn words(&self) -> &str {
        &self.mark.words
    }
}

impl From<Mark> for Stroke {
    fn from(mark: Mark) -> Self {
        Self { mark }
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
    /// Its width when it is 1,000 high.
    pub width_of_1000: u32,
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
    /// The place was repaired before: how often, and what that asks for.
    pub repeat: Option<(u32, RepeatAlert)>,
    /// What keeps the repair, in words.
    pub hold: Option<String>,
}

impl SnagRow {
    /// The words and look of a repeated repair.
    pub fn again(&self, w: &super::text::Words) -> Option<(&'static str, String)> {
        let (n, alert) = self.repeat?;
        Some(if alert == RepeatAlert::Escalate {
            ("fl danger", w.t1("console-repeat-escalate", "n", n))
        } else {
            ("fl warn", w.t1("console-repeat-warn", "n", n))
        })
    }
}

/// The owner, masked.
#[derive(Debug, Clone, Default)]
pub struct OwnerBrief {
    /// Name.
    pub name: Masked,
    /// Telephone.
    pub phone: Masked,
}
