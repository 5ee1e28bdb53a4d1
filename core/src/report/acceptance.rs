//! The acceptance report (S0-11): the walk-through on paper, as data.

use super::data::{CoveredPart, Moment, Participant, Photo, Proof, Sheet, ShownWords, Signature, Words};
use crate::model::Digest;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// 交房验收报告.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AcceptanceReport {
    /// What stands on every page.
    pub sheet: Sheet,
    /// What the owner decided.
    pub outcome: Outcome,
    /// Everybody who took part (S0-10).
    pub participants: Vec<Participant>,
    /// When the walk-through began.
    pub started: Moment,
    /// When it ended.
    pub ended: Moment,
    /// All of it without a network.
    pub offline: bool,
    /// Delivery date of the contract.
    pub contract_date: Option<NaiveDate>,
    /// 按期, or by how many days late; may be empty.
    pub contract_date_note: Words,
    /// Completion filing (S2-54): date and what was shown; empty prints （无）.
    pub filing: Words,
    /// Predicted against surveyed area, with the band agreed; empty prints （无）.
    pub area: Words,
    /// Checklist and policy profile with their versions.
    pub rules: Words,
    /// The figures of the summary.
    pub figures: Figures,
    /// The three parts of the acceptance (S0-09).
    pub parts: Vec<Part>,
    /// Meter readings.
    pub meters: Vec<Meter>,
    /// Keys handed over and held back.
    pub keys: Vec<KeyCount>,
    /// Documents handed over.
    pub documents: Vec<GivenDocument>,
    /// Plans with pins; one for each storey.
    pub plans: Vec<Plan>,
    /// The snags in their order.
    pub snags: Vec<Snag>,
    /// How due dates were reckoned; may be empty.
    pub due_note: Words,
    /// Measured lines (S1-19, `law: C`).
    pub measures: Vec<Measure>,
    /// Instruments used; may be empty.
    pub instruments: Words,
    /// Contract value against as-found value (S0-13).
    pub contract_values: Vec<ContractValue>,
    /// Questions and answers (S1-18).
    pub questions: Vec<Question>,
    /// Disputes on site (S4-118).
    pub disputes: Vec<Dispute>,
    /// Meetings and joint inspections about the unit (S0-31, S0-32).
    #[serde(default)]
    pub gatherings: Vec<Gathering>,
    /// Signatures, refusals and absences.
    pub signatures: Vec<Signature>,
    /// The words on the screen when the owner signed.
    pub shown: Option<ShownWords>,
    /// What the digest covers.
    pub covered: Vec<CoveredPart>,
    /// The proof page; `None` leaves it out (draft).
    pub proof: Option<Proof>,
    /// Every line of the checklist, for annex A; may be empty.
    pub lines: Vec<CheckedLine>,
    /// Photographs that belong to no snag, for annex B.
    pub other_photos: Vec<Photo>,
}

/// What the owner decided, for the whole handover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Accepted.
    Accepted,
    /// Accepted but for some items.
    InPart,
    /// Refused.
    Refused {
        /// In the owner's own words.
        reason: String,
    },
    /// No decision: absent, or would not sign.
    NotSigned {
        /// Why.
        reason: String,
    },
}

/// The figures of the summary. `passed + failed + recorded + not_applicable` make `lines`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Checklist lines.
    pub lines: u32,
    /// Passed.
    pub passed: u32,
    /// Failed, each with a snag or a reason.
    pub failed: u32,
    /// Recorded and not judged (draft limits).
    pub recorded: u32,
    /// Not applicable.
    pub not_applicable: u32,
    /// Snags.
    pub snags: u32,
    /// Photographs.
    pub photos: u32,
}

/// One of the three parts of the acceptance (S0-09).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// 工程质量, 设备调试, 资料交接.
    pub name: Words,
    /// Lines checked.
    pub lines: u32,
    /// Passed.
    pub passed: u32,
    /// Snags.
    pub snags: u32,
    /// How it ended.
    pub end: PartEnd,
    /// More words after the outcome; may be empty.
    pub note: Words,
}

/// How a part of the acceptance ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartEnd {
    /// Every line answered, nothing open.
    Done,
    /// Done, with snags to rectify.
    WithSnags,
    /// Not done, waived with a reason.
    Waived {
        /// Why.
        reason: String,
        /// By whom (role).
        by: Words,
    },
    /// Not completed (drafts only: a handover cannot be closed so).
    Open,
}

/// A meter and what it showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// 水, 电, 燃气.
    pub kind: Words,
    /// Number on the meter; may be empty.
    pub number: String,
    /// As read, digit for digit.
    pub reading: String,
    /// m³ or kWh.
    pub unit: String,
    /// 未通气…; may be empty.
    pub note: Words,
}

/// Keys or cards of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCount {
    /// 入户门, 门禁卡…
    pub what: Words,
    /// How many.
    pub count: u32,
    /// 把, 张; may be empty.
    pub counter: Words,
}

/// A document for the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenDocument {
    /// 住宅质量保证书…
    pub name: Words,
    /// Handed over.
    pub given: bool,
    /// Why not, or the version; may be empty.
    pub note: Words,
}

/// What a plan is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanHead {
    /// 2B-03.
    pub id: String,
    /// Version of the plan.
    pub version: u32,
    /// Which storey or what it shows; may be empty.
    pub title: Words,
    /// North is up; `false` prints nothing about north.
    pub north_up: bool,
}

/// A floor plan with pins at fractions of its width and height (0 to 1, from the top left).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Name and version.
    pub head: PlanHead,
    /// Digest of the plan's file; the picture comes from [`super::Pictures::plan`].
    pub picture: Digest,
    /// Names of rooms to print over the plan; empty when the picture has them.
    pub rooms: Vec<PlanRoom>,
    /// The pins.
    pub pins: Vec<Pin>,
}

/// The name of a room on a plan, centred on its point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanRoom {
    /// The room.
    pub name: Words,
    /// Fraction of the width.
    pub x: f32,
    /// Fraction of the height.
    pub y: f32,
}

/// The place of a snag on a plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    /// Number of the snag.
    pub snag: u32,
    /// Fraction of the width.
    pub x: f32,
    /// Fraction of the height.
    pub y: f32,
}

/// What the owner said to one snag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Accepts how it will be put right.
    Accepted,
    /// Does not.
    Refused {
        /// In the owner's own words.
        reason: String,
    },
    /// Did not say.
    None,
}

/// A snag as found (S1-19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snag {
    /// Number on the list, from 1.
    pub number: u32,
    /// Room and element: 客厅 地面.
    pub place: Words,
    /// Defect type and extent: 地砖空鼓 3 块.
    pub what: Words,
    /// 严重, 较差, 轻微.
    pub severity: Words,
    /// The owner's words, verbatim.
    pub owner_said: Option<super::data::Personal>,
    /// The inspector's finding.
    pub found: String,
    /// Date agreed or reckoned for putting it right.
    pub due: Option<NaiveDate>,
    /// What the owner said to it.
    pub answer: Answer,
    /// Its photographs; the first stands in the table, the others in annex B.
    pub photos: Vec<Photo>,
}

/// The verdict of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 合格.
    Pass,
    /// 不合格.
    Fail,
    /// 不判: the limit is a draft, or there is none.
    NotJudged,
    /// 不适用.
    NotApplicable,
}

/// A measured line. Values are text with the digits that were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// 墙面平整度.
    pub item: Words,
    /// 北次卧.
    pub place: Words,
    /// ≤ 4 mm.
    pub limit: Words,
    /// GB 50210-2018, or 草案.
    pub source: Words,
    /// The points: `2.0  3.5  5.5`, or 敲击 46 块.
    pub points: Words,
    /// The worst of them, or the derived value.
    pub worst: Words,
    /// By the line's own rule.
    pub verdict: Verdict,
    /// The snag that answers a failed line.
    pub snag: Option<u32>,
    /// The reason, where a failed line has no snag; may be empty.
    pub reason: Words,
}

/// Contract value against as-found value (S0-13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractValue {
    /// 厨房台面.
    pub item: Words,
    /// What the contract says.
    pub agreed: Words,
    /// What is there.
    pub found: Words,
    /// Whether they agree.
    pub verdict: Verdict,
    /// The snag, where they do not.
    pub snag: Option<u32>,
}

/// A question of the owner and its answer (S1-18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// When.
    pub at: Moment,
    /// As asked.
    pub asked: String,
    /// As answered; empty prints 待答复.
    pub answer: String,
    /// What follows; may be empty.
    pub follow_up: Words,
}

/// A dispute on site (S4-118).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// When.
    pub at: Moment,
    /// What it is about.
    pub about: Words,
    /// The owner's position, verbatim.
    pub owner_says: String,
    /// The developer's position.
    pub we_say: String,
    /// What was agreed to do next; may be empty.
    pub next: Words,
}

/// Which kind of gathering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatheringKind {
    /// An acceptance meeting (S0-32).
    Meeting,
    /// A joint inspection by a committee (S0-31).
    Inspection,
}

/// A meeting or joint inspection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gathering {
    /// Which of the two.
    pub kind: GatheringKind,
    /// What it was about.
    pub title: String,
    /// When.
    pub at: Option<Moment>,
    /// Where; may be empty.
    pub place: String,
    /// Who was there.
    pub present: Vec<Participant>,
    /// Minutes and conclusions in order.
    pub said: Vec<String>,
    /// Numbers of the snags it found.
    pub snags: Vec<u32>,
}

/// One line of the checklist for annex A.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedLine {
    /// Which of the three parts, from 1.
    pub part: u8,
    /// 主卧.
    pub place: Words,
    /// 墙面平整度.
    pub item: Words,
    /// The answer.
    pub verdict: Verdict,
    /// The snag that answers a failed line.
    pub snag: Option<u32>,
    /// A reason or value; may be empty.
    pub note: Words,
}
