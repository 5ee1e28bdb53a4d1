//! What shells are shown: plain records, named `…View`.

use crate::{
    log::fold::{Aggregate, Head, Phase},
    model::{
        Digest, Id, UtcMs, Value,
        act::DueCause,
        value::{Done, LineAnswer, Meter, Pin, Shape},
    },
    policy::{
        Milli,
        deadline::Standing,
        measure::Verdict,
        registry::Registry,
        warranty::{RepeatAlert, WarrantyClass},
    },
    rules::clocks::Clock,
    store::{PhotoState, Unsent},
    words::Lang,
};
use chrono::NaiveDate;
use serde::Serialize;

/// A unit in a list.
#[derive(Clone, Debug, Serialize)]
pub struct UnitRow {
    /// The unit.
    pub id: Id,
    /// As people say it: `云溪雅苑一期 2-1-1102`.
    pub label: String,
    /// Its handover's phase; `planned` before there is one.
    pub handover: Phase,
    /// Whether the handover is on this device: a crew's has the homes it works in without it.
    pub handover_here: bool,
    /// Snags that are not confirmed.
    pub open_snags: u64,
    /// All snags.
    pub snags: u64,
}

/// A unit.
#[derive(Clone, Debug, Serialize)]
pub struct UnitView {
    /// The unit.
    pub id: Id,
    /// As people say it.
    pub label: String,
    /// Finish level.
    pub finish_level: String,
    /// Layout.
    pub layout_type: String,
    /// Predicted area in thousandths of a square metre.
    pub predicted_area_milli: Option<i64>,
    /// Surveyed area in thousandths of a square metre.
    pub surveyed_area_milli: Option<i64>,
    /// Contract delivery date.
    pub delivery_date: Option<String>,
    /// Number of the completion filing.
    pub filing_number: Option<String>,
    /// Owners: id and name where this device may read it.
    pub owners: Vec<PersonView>,
    /// Its rooms.
    pub rooms: Vec<RoomView>,
    /// The plan.
    pub plan: Option<Id>,
    /// Its handover.
    pub handover: Option<HandoverView>,
}

/// A room of a unit.
#[derive(Clone, Debug, Serialize)]
pub struct RoomView {
    /// Unique in the unit.
    pub key: String,
    /// Space id.
    pub space: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Lines answered.
    pub answered: usize,
    /// Lines in all.
    pub lines: usize,
}

/// A person.
#[derive(Clone, Debug, Serialize)]
pub struct PersonView {
    /// The person.
    pub id: Id,
    /// The name, where this device may read it; `None` also when the person was erased.
    pub name: Option<String>,
}

/// A line of the checklist with its answer.
#[derive(Clone, Debug, Serialize)]
pub struct LineView {
    /// Stable key.
    pub key: String,
    /// Room key.
    pub room: String,
    /// Element id.
    pub element: String,
    /// Part of the handover.
    pub part: String,
    /// Chinese words.
    pub zh: String,
    /// English words.
    pub en: String,
    /// A photograph belongs to the answer.
    pub requires_photo: bool,
    /// The contract term it compares.
    pub contract_field: Option<String>,
    /// The limit in words, where it is measured.
    pub limit: Option<String>,
    /// The limit's id in the profile.
    pub limit_id: Option<String>,
    /// Contract value, where it is compared (S0-13).
    pub contract: Option<String>,
    /// The meter that it reads.
    pub meter: Option<String>,
    /// The document that it hands over or shows.
    pub document: Option<String>,
    /// It counts the keys handed over.
    pub keys: bool,
    /// The answer.
    pub answer: Option<LineAnswer>,
    /// What the points say.
    pub verdict: Option<Verdict>,
}

impl LineView {
    /// Whether something is still to be done: no answer, or fewer points than the line's rule asks.
    pub fn is_open(&self) -> bool {
        self.answer.as_ref().is_none_or(|a| a.verdict.as_deref() == Some("incomplete"))
    }
}

/// A handover.
#[derive(Clone, Debug, Serialize)]
pub struct HandoverView {
    /// The handover.
    pub id: Id,
    /// Its unit.
    pub unit: Id,
    /// Where it stands.
    pub phase: Phase,
    /// Lines answered.
    pub answered: usize,
    /// Lines in all.
    pub lines: usize,
    /// Meters by kind.
    pub meters: Vec<(String, Meter)>,
    /// Keys by kind.
    pub keys: Vec<(String, Done)>,
    /// Documents by kind.
    pub documents: Vec<(String, Done)>,
    /// The parts completed or waived.
    pub parts: Vec<(String, Done)>,
    /// Pre-check items done.
    pub precheck: Vec<(String, Done)>,
    /// Who takes part: participant id, role, name where readable.
    pub participants: Vec<ParticipantView>,
    /// Questions and answers.
    pub questions: Vec<QuestionView>,
    /// Disputes noted on site.
    pub disputes: Vec<String>,
    /// Signatures.
    pub signatures: Vec<SignatureView>,
}

/// Somebody who takes part.
#[derive(Clone, Debug, Serialize)]
pub struct ParticipantView {
    /// Participant id.
    pub id: Id,
    /// Person.
    pub person: Id,
    /// Role.
    pub role: String,
    /// Organisation.
    pub organisation: Option<String>,
    /// Name where readable.
    pub name: Option<String>,
    /// How the identity was checked.
    pub identity_check: Option<String>,
    /// Mandate of a representative.
    pub mandate: Option<String>,
}

/// A question (S1-18).
#[derive(Clone, Debug, Serialize)]
pub struct QuestionView {
    /// The event that asks, as `device/seq`.
    pub id: String,
    /// The question.
    pub text: String,
    /// The answer.
    pub answer: Option<String>,
    /// To be followed up.
    pub follow_up: bool,
}

/// A signature.
#[derive(Clone, Debug, Serialize)]
pub struct SignatureView {
    /// The record's digest.
    pub record: Digest,
    /// Its version.
    pub version: u32,
    /// Signer's participant id.
    pub signer: Id,
    /// Signer's role.
    pub role: String,
    /// Result.
    pub outcome: crate::model::act::Outcome,
    /// Level reached, and by whose word.
    #[serde(flatten)]
    pub reached: crate::rules::level::Reached,
    /// Corrected time.
    pub at: UtcMs,
    /// The device's own clock then.
    pub device_time: UtcMs,
    /// The record has changed since: this signature stands for the earlier version.
    pub superseded: bool,
}

/// A snag.
#[derive(Clone, Debug, Serialize)]
pub struct SnagView {
    /// The snag.
    pub id: Id,
    /// Its unit.
    pub unit: Option<Id>,
    /// Its number in the handover.
    pub number: i64,
    /// Where it stands.
    pub phase: Phase,
    /// The round of the repair, from 1.
    pub round: u32,
    /// Room key.
    pub room: String,
    /// Element id.
    pub element: String,
    /// Defect id.
    pub defect: String,
    /// Severity id.
    pub severity: String,
    /// The owner's words.
    pub owner_text: String,
    /// The inspector's finding.
    pub finding: String,
    /// Agreed due date, `2026-11-27`.
    pub due_on: Option<String>,
    /// By when the contractor has to be done, as the last order says.
    pub ordered_due_on: Option<String>,
    /// Place on the plan.
    pub pin: Option<Pin>,
    /// Photos in order.
    pub photos: Vec<PhotoView>,
    /// Photographs that could not be taken, each with its reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub no_photos: Vec<NoPhotoView>,
    /// When it was recorded.
    pub recorded: Option<UtcMs>,
    /// Fields with an unsettled conflict.
    pub conflicts: Vec<String>,
    /// The company's own clocks, beside the date agreed with the owner.
    pub clocks: Vec<ClockView>,
    /// What keeps the repair.
    pub hold: Option<HoldView>,
    /// The place was repaired before; told where one snag is asked for, not in lists.
    pub repeat: Option<RepeatView>,
    /// Where it stands in the warranty; told as `repeat`.
    pub warranty: Option<WarrantyView>,
}

/// What keeps a repair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HoldView {
    /// The state.
    pub state: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: UtcMs,
}

/// A place that was repaired before (C-31).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepeatView {
    /// Repairs before the open one.
    pub rework: u32,
    /// What that asks for.
    pub alert: RepeatAlert,
    /// Older snags at the place.
    pub others: Vec<Id>,
}

/// The warranty of what a snag is about. Its end never keeps a repair from being asked for (S1-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WarrantyView {
    /// The component's code, `W-02`.
    pub component: String,
    /// Inside or over.
    pub class: WarrantyClass,
    /// The contractor can be charged.
    pub charge_back: bool,
    /// The last day inside the developer's.
    pub developer_end: NaiveDate,
    /// The last day inside the contractor's.
    pub contractor_end: Option<NaiveDate>,
    /// A value that is not known was filled in.
    pub provisional: bool,
    /// The accepted repair of this place from which the part's period runs again, where the law of the place says so.
    pub restarted: Option<NaiveDate>,
}

impl SnagView {
    /// Whether a clock has run out and what it waits for is not done.
    pub fn is_overdue(&self) -> bool {
        self.phase != Phase::Confirmed && self.clocks.iter().any(|clock| clock.standing == Standing::Overdue)
    }

    /// Whether a clock runs out soon.
    pub fn is_due_soon(&self) -> bool {
        self.phase != Phase::Confirmed && self.clocks.iter().any(|clock| clock.standing == Standing::Soon)
    }
}

/// A clock of the company: when something has to be done.
#[derive(Clone, Debug, Serialize)]
pub struct ClockView {
    /// The milestone.
    pub milestone: String,
    /// When it is due.
    pub due: UtcMs,
    /// Where it stands.
    pub standing: Standing,
    /// When it was met, in the time that counts.
    pub met: Option<UtcMs>,
    /// The clock of the device that met it was found wrong; the verdict is by the corrected time.
    pub clock_wrong: bool,
    /// A holiday notice may still move it.
    pub provisional: bool,
    /// It stands still while the repair is on hold; `due` is what it would be if the repair went on now.
    pub paused: bool,
    /// The profile it follows, `id@version`.
    pub profile: String,
    /// Why it is what it is: `dispatched`, `rebased`, `extended`.
    pub cause: DueCause,
    /// How it came about, in Chinese.
    pub steps_zh: Vec<String>,
    /// The same in English.
    pub steps_en: Vec<String>,
}

impl ClockView {
    /// A clock as a shell shows it.
    pub fn of(clock: &Clock, policies: &Registry, zone: chrono_tz::Tz) -> Self {
        Self {
            milestone: clock.milestone.clone(),
            due: clock.due,
            standing: clock.standing,
            met: clock.met.map(|met| met.at),
            clock_wrong: clock.met.is_some_and(|met| met.found_wrong),
            paused: clock.paused,
            provisional: clock.provisional,
            profile: clock.profile.clone(),
            cause: clock.cause,
            steps_zh: clock.steps(policies, zone, Lang::Zh),
            steps_en: clock.steps(policies, zone, Lang::En),
        }
    }

    /// How it came about, in `lang`.
    pub fn steps(&self, lang: Lang) -> &[String] {
        match lang {
            Lang::Zh => &self.steps_zh,
            Lang::En => &self.steps_en,
        }
    }
}

/// Why a photograph could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoPhotoView {
    /// What it would show, as the purpose of a photo.
    pub purpose: String,
    /// The round of the repair it belongs to.
    pub round: u32,
    /// Why.
    pub reason: String,
    /// Corrected time.
    pub at: UtcMs,
}

/// A photo.
#[derive(Clone, Debug, Serialize)]
pub struct PhotoView {
    /// The original.
    pub sha256: Digest,
    /// What it shows.
    pub purpose: String,
    /// The round it belongs to.
    pub round: u32,
    /// Upright width in pixels.
    pub width_px: u32,
    /// Upright height in pixels.
    pub height_px: u32,
    /// The camera's time as the file says it.
    pub taken_local: Option<String>,
    /// The original is truncated or broken; its bytes are kept.
    pub damaged: bool,
    /// Where the evidence is; `None` when it was not taken on this device.
    pub proof: Option<PhotoState>,
    /// Drawn over it.
    pub drawing: Vec<Shape>,
}

/// The one line that always tells the truth about sync.
#[derive(Clone, Debug, Serialize)]
pub struct StatusView {
    /// This device.
    pub device: Id,
    /// Its holder's role; `None` before enrolment.
    pub role: Option<String>,
    /// Records in all.
    pub records: u64,
    /// Records not yet on the hub.
    pub unsent_records: u64,
    /// Photos not yet safe on the hub, and why.
    pub unsent_photos: Vec<Unsent>,
    /// Photos taken here.
    pub photos: usize,
    /// The oldest record or photo that is only on this device.
    pub since: Option<UtcMs>,
    /// The last contact with the hub.
    pub last_contact: Option<UtcMs>,
    /// How far the device clock is ahead of the hub's, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// Why the last sync stopped: message key.
    pub last_error: Option<String>,
    /// When sync tries again by itself.
    pub next_try: Option<UtcMs>,
    /// Records the hub refused, conflicts, and acts that did not fit.
    pub to_review: usize,
}

impl HeadView {
    /// Of a value, told in zh-CN and en.
    pub(crate) fn of(head: &Head, [zh, en]: [String; 2]) -> Self {
        Self {
            device: head.origin.order.event.device,
            seq: head.origin.order.event.seq,
            actor: head.origin.actor,
            role: head.origin.role.clone(),
            at: head.origin.order.hlc.ms,
            skew_ms: head.origin.skew_ms,
            clock_wrong: head.clock_wrong,
            value: value_text(&head.value),
            zh,
            en,
        }
    }
}

/// One of several values of a field.
#[derive(Clone, Debug, Serialize)]
pub struct HeadView {
    /// Device that set it.
    pub device: Id,
    /// Its event's number.
    pub seq: u64,
    /// Who.
    pub actor: Id,
    /// In which role.
    pub role: String,
    /// Corrected time.
    pub at: UtcMs,
    /// Device clock minus corrected time, in milliseconds.
    pub skew_ms: i64,
    /// Its clock was found wrong.
    pub clock_wrong: bool,
    /// The value as the data has it, for programs.
    pub value: String,
    /// The value in zh-CN.
    pub zh: String,
    /// The value in en.
    pub en: String,
}

/// A value as text for programs, without personal data; people read [`crate::words::Naming::value`].
pub fn value_text(value: &Value) -> String {
    match value {
        Value::Empty => String::new(),
        Value::Text(text) => text.clone(),
        Value::Int(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Id(id) => id.to_string(),
        Value::Digest(digest) => digest.to_string(),
        Value::Time(at) => at.rfc3339(),
        Value::Personal(_) => "***".to_owned(),
        Value::Pin(pin) => format!("{:.3}, {:.3}", f64::from(pin.x_ppm) / 1e6, f64::from(pin.y_ppm) / 1e6),
        Value::Line(line) => serde_json::to_string(line).unwrap_or_default(),
        Value::Drawing(shapes) => format!("{}", shapes.len()),
        Value::Meter(meter) => format!("{} {}", meter.number, Milli(meter.reading_milli)),
        Value::Participant(participant) => participant.role.clone(),
        Value::Done(done) => serde_json::to_string(done).unwrap_or_default(),
        Value::List(list) => list.iter().map(value_text).collect::<Vec<_>>().join(", "),
    }
}

pub(crate) fn text_of(thing: &Aggregate, field: &str) -> String {
    thing.text(field).unwrap_or_default().to_owned()
}
