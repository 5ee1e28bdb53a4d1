//! What a profile says about deadlines: rows of limits, the calendar they are counted with, and the warranty's settings.
//! These are the shapes of `[[deadline]]`, `[calendar]` and `[warranty]` in a profile's file.

use super::terms::Terms;
use crate::policy::{Origin, Sourced};
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// No limit is longer, in its own unit: a slip of the keyboard, and more than the days there are tables for.
pub(in crate::policy) const VALUE_MAX: u32 = 100_000;

/// In what a limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Hours from the instant, day and night.
    ElapsedHour,
    /// Hours within the service hours only.
    ServiceHour,
    /// Days on which offices work (工作日).
    WorkingDay,
    /// Days (天, 日); a week is seven of them.
    CalendarDay,
    /// Months, to the same-numbered day or the month's last (law: F-202).
    Month,
}

impl Unit {
    /// The identifier, as in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::ElapsedHour => "elapsed_hour",
            Self::ServiceHour => "service_hour",
            Self::WorkingDay => "working_day",
            Self::CalendarDay => "calendar_day",
            Self::Month => "month",
        }
    }
}

/// Whom a row is for on one axis: `any` (the default), one id, or a list of ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Applies {
    /// Everybody, also who has no value on this axis.
    #[default]
    Any,
    /// These only; sorted, each once.
    Only(Vec<String>),
}

impl Applies {
    /// Whether a case with this value is meant.
    pub fn meets(&self, value: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Only(ids) => value.is_some_and(|v| ids.iter().any(|id| id == v)),
        }
    }

    /// The ids it is for; none when it is for all.
    pub fn ids(&self) -> &[String] {
        match self {
            Self::Any => &[],
            Self::Only(ids) => ids,
        }
    }

    fn is_any(&self) -> bool {
        *self == Self::Any
    }

    /// What both are for; `None` when that is nobody.
    fn shared(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, both) | (both, Self::Any) => Some(both.clone()),
            (Self::Only(mine), Self::Only(theirs)) => {
                let both: Vec<String> = mine.iter().filter(|id| theirs.contains(id)).cloned().collect();
                (!both.is_empty()).then_some(Self::Only(both))
            }
        }
    }

    fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Only(_), Self::Any) => false,
            (Self::Only(mine), Self::Only(theirs)) => theirs.iter().all(|id| mine.contains(id)),
        }
    }
}

impl Serialize for Applies {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => s.serialize_str("any"),
            Self::Only(ids) => ids.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for Applies {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            One(String),
            Many(Vec<String>),
        }
        match Written::deserialize(d)? {
            Written::One(one) if one == "any" => Ok(Self::Any),
            Written::One(one) => Ok(Self::Only(vec![one])),
            Written::Many(mut ids) => {
                if ids.is_empty() {
                    return Err(D::Error::custom("an empty list is for nobody; write \"any\" for everybody"));
                }
                ids.sort();
                ids.dedup();
                Ok(Self::Only(ids))
            }
        }
    }
}

/// One limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineRow {
    /// What has to be done by then, an id of [`Terms::milestones`].
    pub milestone: String,
    /// Severities of a case.
    #[serde(default, skip_serializing_if = "Applies::is_any")]
    pub severity: Applies,
    /// Urgencies.
    #[serde(default, skip_serializing_if = "Applies::is_any")]
    pub urgency: Applies,
    /// Kinds of work.
    #[serde(default, skip_serializing_if = "Applies::is_any")]
    pub work: Applies,
    /// How much of `unit`; left out where the source gives no number: then nothing can be due before an office has set it (C-08).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u32>,
    /// In what it is counted.
    pub unit: Unit,
    /// What starts the clock, an id of [`Terms::events`].
    pub start: String,
    /// States in which the clock stands still, ids of [`Terms::states`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<String>,
    /// Advised, not owed (宜): shown, never counted as late.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft: bool,
    /// How it can be made longer, an id of [`Terms::extensions`]; left out: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extendable: Option<String>,
    /// The severity a case gets when this passes unmet (S2-28).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then_severity: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

impl DeadlineRow {
    /// What names a row: a lower layer's row with the same key replaces it.
    pub fn key(&self) -> (&str, &Applies, &Applies, &Applies) {
        (&self.milestone, &self.severity, &self.urgency, &self.work)
    }

    /// On how many axes it chooses: of the rows that meet a case the most particular one is taken.
    pub fn particular(&self) -> usize {
        self.axes().iter().filter(|axis| !axis.is_any()).count()
    }

    fn axes(&self) -> [&Applies; 3] {
        [&self.severity, &self.urgency, &self.work]
    }
}

/// When the last day of a limit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayEnd {
    /// At 24:00.
    Midnight,
    /// When service closes; on a day without service at 24:00.
    ServiceClose,
}

/// What happens when a last day is a statutory rest day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Roll {
    /// It moves to the next working day (law: F-203).
    NextWorkingDay,
    /// It stays.
    None,
}

/// A time within a day, written `09:00-17:30`; `24:00` is its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    /// From, in minutes of the day.
    pub from_minute: u16,
    /// To, in minutes of the day.
    pub to_minute: u16,
}

impl FromStr for Hours {
    type Err = &'static str;
    fn from_str(s: &str) -> Result<Self, &'static str> {
        const BAD: &str = "service hours are written like 09:00-17:30";
        let minute = |text: &str| -> Option<u16> {
            let (h, m) = text.split_once(':')?;
            let two = |t: &str| (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<u16>().ok()).flatten();
            let (h, m) = (two(h)?, two(m)?);
            (m < 60 && h * 60 + m <= 1440).then_some(h * 60 + m)
        };
        let (from, to) = s.split_once('-').ok_or(BAD)?;
        match (minute(from), minute(to)) {
            (Some(from_minute), Some(to_minute)) if from_minute < to_minute => Ok(Self { from_minute, to_minute }),
            _ => Err(BAD),
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from_minute, self.to_minute);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// When the company is at work, by kind of day. A kind that is left out has no service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct ServiceHours {
    pub mon: Vec<Hours>,
    pub tue: Vec<Hours>,
    pub wed: Vec<Hours>,
    pub thu: Vec<Hours>,
    pub fri: Vec<Hours>,
    pub sat: Vec<Hours>,
    pub sun: Vec<Hours>,
    /// Days off by a holiday notice, whatever their weekday.
    pub holiday: Vec<Hours>,
    /// Saturdays and Sundays worked by a holiday notice.
    pub make_up: Vec<Hours>,
}

impl ServiceHours {
    /// The kinds of days, by the names they have in a file.
    pub fn kinds(&self) -> [(&'static str, &[Hours]); 9] {
        [
            ("mon", &self.mon),
            ("tue", &self.tue),
            ("wed", &self.wed),
            ("thu", &self.thu),
            ("fri", &self.fri),
            ("sat", &self.sat),
            ("sun", &self.sun),
            ("holiday", &self.holiday),
            ("make_up", &self.make_up),
        ]
    }
}

/// Days on which the company or the place is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The days do not count as working days either. Never for the company's own holidays: only where everybody is closed.
    #[serde(default)]
    pub everybody: bool,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// How days are counted: `[calendar]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarRules {
    /// When a last day ends.
    pub day_end: Sourced<DayEnd>,
    /// What a rest day does to the last day of `calendar_day` and `month`.
    pub roll: Sourced<Roll>,
    /// Holiday sets beside the national one: ids of [`crate::policy::calendar::Regions`].
    pub regions: Sourced<Vec<String>>,
    /// When the company is at work.
    pub service_hours: Sourced<ServiceHours>,
    /// Days on which it is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closure: Vec<Closure>,
}

/// How often one place may fail again before somebody is told (C-31).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rework {
    /// Warn at this rework, from 1.
    pub warn_at: u32,
    /// Escalate to legal at this one.
    pub escalate_at: u32,
}

/// The warranty's settings: `[warranty]`. The periods of law stand in files of their own ([`crate::policy::warranty`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarrantyRules {
    /// What a rest day does to the last day of a warranty.
    pub warranty_roll: Sourced<Roll>,
    /// The overlay of the province or city; `""` for none.
    pub overlay: Sourced<String>,
    /// The city whose heating and cooling seasons count; `""` where it is not known.
    pub city: Sourced<String>,
    /// Months promised in the booklet, by component code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub promised_months: BTreeMap<String, Sourced<u32>>,
    /// Repeated repairs of one place.
    pub rework: Sourced<Rework>,
}

/// One thing that is wrong in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `deadline[3].milestone: paln`.
    pub key: String,
    /// The message key.
    pub problem: &'static str,
}

/// All that a profile says about time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineRules {
    /// The limits: `[[deadline]]`.
    #[serde(rename = "deadline", default)]
    pub rows: Vec<DeadlineRow>,
    /// How days are counted.
    pub calendar: CalendarRules,
    /// The warranty.
    pub warranty: WarrantyRules,
}

impl DeadlineRules {
    /// Everything that is wrong, each with its place; none when the rules can be used.
    pub fn faults(&self, terms: &Terms) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            row_faults(at, row, terms, &mut faults);
            for (earlier_at, earlier) in self.rows[..at].iter().enumerate() {
                if self.clash(earlier, row) {
                    faults.push(Fault { key: format!("deadline[{at}].{}: deadline[{earlier_at}]", row.milestone), problem: "deadline-rows-clash" });
                }
            }
        }
        calendar_faults(&self.calendar, &mut faults);
        faults.extend(crate::policy::warranty::faults(&self.warranty));
        faults
    }

    /// Whether a case meets both rows and none that is more particular, so that nobody could say which one holds.
    fn clash(&self, one: &DeadlineRow, other: &DeadlineRow) -> bool {
        if one.milestone != other.milestone || one.particular() != other.particular() {
            return false;
        }
        let shared: Option<Vec<Applies>> = one.axes().iter().zip(other.axes()).map(|(a, b)| a.shared(b)).collect();
        let Some(shared) = shared else { return false };
        let decided = |row: &DeadlineRow| {
            row.milestone == one.milestone && row.particular() > one.particular() && row.axes().iter().zip(&shared).all(|(axis, both)| axis.holds(both))
        };
        !self.rows.iter().any(decided)
    }

    /// The row that holds for a case: the most particular one that meets it.
    pub fn row(&self, milestone: &str, severity: Option<&str>, urgency: Option<&str>, work: Option<&str>) -> Option<&DeadlineRow> {
        let meets = |row: &&DeadlineRow| row.milestone == milestone && row.severity.meets(severity) && row.urgency.meets(urgency) && row.work.meets(work);
        self.rows.iter().filter(meets).max_by_key(|row| row.particular())
    }

    /// Rows without a number: a profile cannot go live with one (C-08).
    pub fn unset(&self) -> impl Iterator<Item = &DeadlineRow> {
        self.rows.iter().filter(|row| row.value.is_none())
    }
}

fn row_faults(at: usize, row: &DeadlineRow, terms: &Terms, faults: &mut Vec<Fault>) {
    let mut bad = |field: &str, id: &str, problem| faults.push(Fault { key: format!("deadline[{at}].{field}: {id}"), problem });
    if !terms.milestones.has(&row.milestone) {
        bad("milestone", &row.milestone, "policy-unknown-id");
    }
    if !terms.events.has(&row.start) {
        bad("start", &row.start, "policy-unknown-id");
    }
    for (field, axis, list) in [("severity", &row.severity, &terms.severities), ("urgency", &row.urgency, &terms.urgencies), ("work", &row.work, &terms.works)]
    {
        axis.ids().iter().filter(|id| !list.has(id)).for_each(|id| bad(field, id, "policy-unknown-id"));
    }
    row.pauses.iter().filter(|id| !terms.states.has(id)).for_each(|id| bad("pauses", id, "policy-unknown-id"));
    if let Some(id) = row.extendable.as_ref().filter(|id| !terms.extensions.has(id)) {
        bad("extendable", id, "policy-unknown-id");
    }
    if let Some(id) = row.then_severity.as_ref().filter(|id| !terms.severities.has(id)) {
        bad("then_severity", id, "policy-unknown-id");
    }
    if let Some(value) = row.value.filter(|v| !(1..=VALUE_MAX).contains(v)) {
        bad("value", &value.to_string(), "policy-bad-limit");
    }
}

fn calendar_faults(rules: &CalendarRules, faults: &mut Vec<Fault>) {
    let regions = crate::policy::calendar::Regions::builtin();
    for id in rules.regions.value.iter().filter(|id| !regions.has(id)) {
        faults.push(Fault { key: format!("calendar.regions: {id}"), problem: "policy-unknown-id" });
    }
    for (kind, hours) in rules.service_hours.value.kinds() {
        // In order and apart, so that an hour is never counted twice.
        if hours.windows(2).any(|pair| pair[1].from_minute < pair[0].to_minute) {
            faults.push(Fault { key: format!("calendar.service_hours.{kind}"), problem: "policy-bad-range" });
        }
    }
    for (at, closure) in rules.closure.iter().enumerate() {
        if closure.from > closure.to || !crate::policy::calendar::in_range(closure.from) || !crate::policy::calendar::in_range(closure.to) {
            faults.push(Fault { key: format!("calendar.closure[{at}]: {} {}", closure.from, closure.to), problem: "policy-bad-range" });
        }
    }
}
