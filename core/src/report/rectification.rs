//! The rectification record (S0-12): what was done about each snag, round by round.

use super::data::{CoveredPart, Moment, Participant, Personal, Photo, Proof, Sheet, ShownWords, Signature, Words};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// 问题整改记录.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RectificationRecord {
    /// What stands on every page.
    pub sheet: Sheet,
    /// Number and version of the acceptance report the snags come from; empty prints （无）.
    pub report: Words,
    /// Owner, contractor, service.
    pub participants: Vec<Participant>,
    /// The snags in their order.
    pub snags: Vec<RectifiedSnag>,
    /// Signatures under the record as a whole.
    pub signatures: Vec<Signature>,
    /// The words on the screen when the owner signed.
    pub shown: Option<ShownWords>,
    /// What the digest covers.
    pub covered: Vec<CoveredPart>,
    /// The proof page; `None` leaves it out (draft).
    pub proof: Option<Proof>,
}

/// A snag and its rounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RectifiedSnag {
    /// Number on the snag list.
    pub number: u32,
    /// Room and element.
    pub place: Words,
    /// Defect type and extent.
    pub what: Words,
    /// 严重, 较差, 轻微.
    pub severity: Words,
    /// The owner's words, verbatim.
    pub owner_said: Option<Personal>,
    /// The inspector's finding.
    pub found: String,
    /// Date for putting it right.
    pub due: Option<NaiveDate>,
    /// Where it stands.
    pub state: SnagState,
    /// How many rounds were rejected and done again.
    pub rework: u32,
    /// The rounds in their order.
    pub rounds: Vec<Round>,
}

/// Where a snag stands (tokens `state`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnagState {
    /// 已记录.
    Recorded,
    /// 已派单.
    Ordered,
    /// 整改中.
    InWork,
    /// 待复验.
    Done,
    /// 复验不合格.
    Rejected,
    /// 业主已确认.
    Confirmed,
}

/// One round of rectification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// From 1.
    pub number: u32,
    /// Work order; may be empty.
    pub order: String,
    /// Crew or contractor.
    pub crew: Words,
    /// Who did it.
    pub person: Personal,
    /// Arrival on site.
    pub arrived: Option<Moment>,
    /// When the crew declared it done.
    pub finished: Option<Moment>,
    /// What was done.
    pub work: String,
    /// Before.
    pub before: Vec<Photo>,
    /// After.
    pub after: Vec<Photo>,
    /// Why there is no photograph of before, verbatim; may be empty.
    #[serde(default)]
    pub no_before: String,
    /// Why there is none of after, verbatim; may be empty.
    #[serde(default)]
    pub no_after: String,
    /// Re-inspections and the owner's word, in their order.
    pub checks: Vec<Recheck>,
}

/// A re-inspection or the owner's confirmation (S1-23).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recheck {
    /// Who.
    pub by: Personal,
    /// Role.
    pub role: Words,
    /// When, by the device's clock.
    pub at: Moment,
    /// When the hub received it.
    pub hub_time: Option<Moment>,
    /// Confirmed, or rejected.
    pub confirmed: bool,
    /// Reason of a rejection or the owner's words, verbatim; may be empty.
    pub said: String,
    /// On site, by link…; may be empty.
    pub via: Words,
    /// Photographs of a rejection.
    pub photos: Vec<Photo>,
}
