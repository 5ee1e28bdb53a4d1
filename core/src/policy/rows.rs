//! The rows a profile holds beside its single values: what each table's columns are.

use super::{
    Certainty, Milli, Origin,
    approval::{Band, Tier},
    catalog::entry,
    severity::{SeverityRule, SeverityWord, UrgencyRule},
};
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

/// Who accepts a finished repair (C-15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptanceSet {
    /// Who did the work: `any`, `repair_team`, `contractor`.
    pub work: String,
    /// Class of the work order: `any`, `a`, `b`.
    pub class: String,
    /// All of these; each is one of several who may stand there.
    pub parties: Vec<Vec<String>>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Which side of a target is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// At least.
    Gte,
    /// At most.
    Lte,
}

/// A target (C-23, C-25, C-26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// What is counted.
    pub numerator: String,
    /// Of what; none for a plain count.
    pub denominator: Option<String>,
    /// Which side is good.
    pub aim: Aim,
    /// The target; none where it is a benchmark entered by hand.
    pub target: Option<Milli>,
    /// `percent` or `count`.
    pub unit: String,
    /// `month`, `quarter`, `year`.
    pub period: String,
    /// Missing it is an alarm.
    #[serde(default)]
    pub alarm: bool,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Kpi);

/// A kind of callback or survey (C-24).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// What begins it.
    pub trigger: String,
    /// `once`, `yearly`, `each`.
    pub rhythm: String,
    /// Of whom the share is taken.
    pub population: String,
    /// Least share of the population, in percent.
    pub percent_min: Option<u8>,
    /// Largest share.
    pub percent_max: Option<u8>,
    /// The share taken, rounded up to whole homes.
    pub percent: Option<u8>,
    /// How: `home_visit`, `phone`, `questionnaire`.
    pub method: String,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Campaign);

/// A report or meeting (C-27, C-28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// `report` or `meeting`.
    pub kind: String,
    /// `live`, `weekly`, `monthly`, `quarterly`, `yearly`.
    pub rhythm: String,
    /// Who makes it.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// Who gets a copy.
    #[serde(default)]
    pub copy: Vec<String>,
    /// Months from the community's handover after which it stops.
    pub months: Option<u16>,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Report);

/// An account (C-33).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// `imprest_fund`, `retention`, `company_repair_fund`, `owners_maintenance_fund`.
    pub kind: String,
    /// Its limit, in fen.
    pub limit_fen: Option<u64>,
    /// In use.
    pub on: bool,
    /// May pay for warranty work.
    pub pays_warranty: bool,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Account);

/// A text that helps a person decide; it never decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guidance {
    /// The identifier.
    pub id: String,
    /// The Chinese words.
    pub zh: String,
    /// The English words.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Guidance);

/// What a source names and gives no value for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The key or table and row: `deadline.arrive`.
    pub what: String,
    /// What is open, in Chinese.
    pub zh: String,
    /// And in English.
    pub en: String,
    /// Where it is left open.
    pub origin: Origin,
}

/// An administrator has looked at a draft of law and lets it bind: who, when, what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// A key (`retention.voucher_years`), a row (`deadline:arrive/any/any/any`), a measured limit (`limit:M-09.flatness`), or a whole layer
    /// (`cn-zhejiang@1`).
    pub what: String,
    /// The value that was confirmed; another one stays a draft. None for a row or a layer.
    pub value: Option<Json>,
    /// Who, by role or office, never by a person's name.
    pub by: String,
    /// When.
    pub on: NaiveDate,
    /// What it was checked against.
    pub against: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// A sentence of the pledge (S3-02).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PledgeLine {
    /// The identifier.
    pub id: String,
    /// `times`, `services`, `duties`, `complaints`, `security`.
    pub topic: String,
    /// It is printed only where this value is `true`.
    pub when: Option<String>,
    /// The Chinese words; `{section.key}` stands for the profile's value.
    pub zh: String,
    /// The English words.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(PledgeLine);

/// What is wrong with a row.
pub(super) struct WrongRow {
    /// The column, where one can be named.
    pub(super) column: String,
    pub(super) problem: &'static str,
    pub(super) detail: String,
}

fn shaped<T: DeserializeOwned>(columns: &Json) -> Result<T, WrongRow> {
    serde_json::from_value(columns.clone()).map_err(|error| {
        let detail = error.to_string();
        // serde names the column it stumbled over between back-quotes.
        let column = detail.split('`').nth(1).filter(|_| detail.contains("field `")).unwrap_or_default().to_owned();
        WrongRow { column, problem: "profile-bad-row", detail }
    })
}

fn within(ok: bool, column: &str, problem: &'static str) -> Result<(), WrongRow> {
    if ok { Ok(()) } else { Err(WrongRow { column: column.to_owned(), problem, detail: String::new() }) }
}

fn one_of(value: &str, column: &str, list: &[&str]) -> Result<(), WrongRow> {
    if list.contains(&value) {
        return Ok(());
    }
    Err(WrongRow { column: column.to_owned(), problem: "profile-bad-choice", detail: list.join(", ") })
}

/// Whether a row's columns are those of its table.
pub(super) fn check(table: &str, columns: &Json) -> Result<(), WrongRow> {
    match table {
        "deadline" => shaped::<super::deadline::DeadlineRow>(columns).map(drop),
        "calendar.closure" => shaped::<super::deadline::Closure>(columns).map(drop),
        "band" => {
            let band: Band = shaped(columns)?;
            within(band.is_possible(), "table", "profile-bad-band")
        }
        "tier" => shaped::<Tier>(columns).map(drop),
        "severity_rule" => within(shaped::<SeverityRule>(columns)?.when.is_possible(), "when", "profile-bad-rule"),
        "urgency_rule" => within(shaped::<UrgencyRule>(columns)?.when.is_possible(), "when", "profile-bad-rule"),
        "severity_word" => shaped::<SeverityWord>(columns).map(drop),
        "acceptance_set" => {
            let set: AcceptanceSet = shaped(columns)?;
            within(!set.parties.is_empty() && set.parties.iter().all(|p| !p.is_empty()), "parties", "profile-bad-row")
        }
        "kpi" => {
            let kpi: Kpi = shaped(columns)?;
            one_of(&kpi.unit, "unit", &["percent", "count"])?;
            one_of(&kpi.period, "period", &["month", "quarter", "year"])?;
            within(kpi.unit != "percent" || kpi.target.is_none_or(|t| (0..=100_000).contains(&t.0)), "target", "profile-number-range")
        }
        "campaign" => {
            let campaign: Campaign = shaped(columns)?;
            one_of(&campaign.rhythm, "rhythm", &["once", "yearly", "each"])?;
            let share = |p: Option<u8>| p.is_none_or(|p| (1..=100).contains(&p));
            within(share(campaign.percent_min) && share(campaign.percent_max) && share(campaign.percent), "percent", "profile-number-range")?;
            let least = campaign.percent_min.unwrap_or(0);
            let most = campaign.percent_max.unwrap_or(100);
            within(least <= most && campaign.percent.is_none_or(|p| (least..=most).contains(&p)), "percent", "profile-bad-range")
        }
        "report" => {
            let report: Report = shaped(columns)?;
            one_of(&report.kind, "kind", &["report", "meeting"])?;
            one_of(&report.rhythm, "rhythm", &["live", "weekly", "monthly", "quarterly", "yearly"])
        }
        "account" => {
            let account: Account = shaped(columns)?;
            one_of(&account.kind, "kind", &["imprest_fund", "retention", "company_repair_fund", "owners_maintenance_fund"])?;
            // C-33, law: B-11: what belongs to owners pays no warranty work.
            within(!(account.kind == "owners_maintenance_fund" && account.pays_warranty), "pays_warranty", "profile-owners-fund")
        }
        "pledge_line" => one_of(&shaped::<PledgeLine>(columns)?.topic, "topic", &["times", "services", "duties", "complaints", "security"]),
        "guidance" => shaped::<Guidance>(columns).map(drop),
        "gap" => shaped::<Gap>(columns).map(drop),
        "confirm" => {
            let confirm: Confirm = shaped(columns)?;
            within((2000..=2199).contains(&confirm.on.year()), "on", "profile-bad-date")
        }
        _ => Err(WrongRow { column: String::new(), problem: "profile-unknown-key", detail: String::new() }),
    }
}

/// Ids in a row that no list has, and numbers out of range, by column: told for a row that cannot be read as well.
pub(super) fn strangers(table: &str, columns: &Json) -> Vec<(&'static str, &'static str, String)> {
    use super::deadline::{Terms, VALUE_MAX};
    type Has<'a> = &'a dyn Fn(&str) -> bool;
    if table != "deadline" {
        return Vec::new();
    }
    let terms = Terms::builtin();
    let mut out = Vec::new();
    let lists: [(&str, Has<'_>); 8] = [
        ("milestone", &|id| terms.milestones.has(id)),
        ("start", &|id| terms.events.has(id)),
        ("severity", &|id| id == "any" || terms.severities.has(id)),
        ("urgency", &|id| id == "any" || terms.urgencies.has(id)),
        ("work", &|id| id == "any" || terms.works.has(id)),
        ("pauses", &|id| terms.states.has(id)),
        ("extendable", &|id| terms.extensions.has(id)),
        ("then_severity", &|id| terms.severities.has(id)),
    ];
    for (column, has) in lists {
        let ids: Vec<&str> = match columns.get(column) {
            Some(Json::String(id)) => vec![id],
            Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        out.extend(ids.into_iter().filter(|id| !has(id)).map(|id| (column, "profile-unknown-id", id.to_owned())));
    }
    if let Some(value) = columns.get("value").and_then(Json::as_i64).filter(|value| !(1..=i64::from(VALUE_MAX)).contains(value)) {
        out.push(("value", "profile-number-range", value.to_string()));
    }
    out
}

/// How a measured limit is named where something is confirmed: `limit:M-09.flatness`.
pub fn limit_name(id: &str) -> String {
    format!("{LIMIT}{id}")
}

const LIMIT: &str = "limit:";

/// The measured limit that a confirmation is of.
pub(super) fn limit_of(confirm: &Confirm) -> Option<&str> {
    confirm.what.strip_prefix(LIMIT)
}

/// Whether a value of this origin waits for an administrator.
pub(super) fn is_draft(origin: &Origin) -> bool {
    origin.certainty().is_some_and(|mark| matches!(mark, Certainty::Remembered | Certainty::Doubtful))
}
