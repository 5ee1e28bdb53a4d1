//! Measured quantities and their limits (law.md C-2).

use super::{Catalog, Milli, Named, Origin, PolicyError, UnitFacts, catalog::entry, origin::Certainty, parse, taxonomy::Taxonomy};
use crate::words::{Lang, tr};
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

const FILE: &str = "limits.toml";

/// How a value is held against its limit. Inclusive and exclusive as Civil Code 1259 reads the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// At most (以下, 以内).
    Lte,
    /// Less than (不满).
    Lt,
    /// At least (以上).
    Gte,
    /// More than (超过).
    Gt,
    /// A rule without a number: a person says whether it holds.
    Holds,
}

impl Op {
    /// Whether `value` keeps the limit.
    pub fn keeps(self, value: Milli, limit: Milli) -> bool {
        match self {
            Self::Lte => value <= limit,
            Self::Lt => value < limit,
            Self::Gte => value >= limit,
            Self::Gt => value > limit,
            Self::Holds => true,
        }
    }

    /// Whether the limit is an upper one, so that the largest value is the worst.
    pub fn is_upper(self) -> bool {
        matches!(self, Self::Lte | Self::Lt)
    }

    /// The sign that is printed.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Lte => "≤",
            Self::Lt => "<",
            Self::Gte => "≥",
            Self::Gt => ">",
            Self::Holds => "",
        }
    }
}

/// How the points of a line give its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Every point keeps the limit.
    Each,
    /// Enough points keep the limit and the worst is not too far out (M-35).
    PassRate,
    /// The largest deviation from the design or contract value keeps the limit.
    MaxDev,
    /// The same as a share of that value, in percent.
    MaxDevPercent,
    /// Largest minus smallest keeps the limit.
    Range,
}

/// How many points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// What a verdict needs.
    pub min: u16,
    /// What the screen offers; more are taken.
    pub max: u16,
    /// Where these numbers come from.
    pub origin: Origin,
}

/// When a limit governs a unit. What is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppliesWhen {
    /// Finish levels.
    pub finish: Vec<String>,
    /// Stages.
    pub stages: Vec<String>,
    /// First design or permit date.
    pub code_from: Option<NaiveDate>,
    /// Last design or permit date. A unit whose date is unknown is taken as before a newer code.
    pub code_until: Option<NaiveDate>,
    /// Fewest storeys of the building.
    pub floors_min: Option<u16>,
    /// Most storeys of the building.
    pub floors_max: Option<u16>,
}

impl AppliesWhen {
    /// Whether the facts meet the condition. Storeys that are unknown meet no condition on storeys.
    pub fn met(&self, facts: &UnitFacts) -> bool {
        let listed = |list: &[String], id: &str| list.is_empty() || list.iter().any(|l| l == id);
        listed(&self.finish, &facts.finish)
            && listed(&self.stages, &facts.stage)
            && self.code_from.is_none_or(|from| facts.design_date.is_some_and(|d| d >= from))
            && self.code_until.is_none_or(|until| facts.design_date.is_none_or(|d| d <= until))
            && self.floors_min.is_none_or(|min| facts.floors.is_some_and(|f| f >= min))
            && self.floors_max.is_none_or(|max| facts.floors.is_some_and(|f| f <= max))
    }
}

/// How many points may lie outside a limit, and how far (M-35).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassRate {
    /// The least share of points inside, in percent.
    pub share_percent: u8,
    /// The worst point over the limit, at most.
    pub worst_factor: Milli,
    /// The standard.
    pub source: String,
    /// The clause.
    pub article: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// A limit of one measured quantity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The identifier: the row of law.md and a variant, `M-01.general`.
    pub id: String,
    /// The row of law.md.
    pub code: String,
    /// The Chinese name of the quantity.
    pub zh: String,
    /// The English name of the quantity.
    pub en: String,
    /// How a value is held against the limit.
    pub op: Op,
    /// The number; none where no source gives one yet (then a draft) or the rule has none.
    pub value: Option<Milli>,
    /// Unit id of values and limit.
    pub unit: Option<String>,
    /// The grade of work.
    pub grade: Option<String>,
    /// How points give the verdict.
    pub aggregate: Aggregate,
    /// How many points.
    pub points: Points,
    /// Instrument id.
    pub instrument: String,
    /// The standard.
    pub source: String,
    /// The Chinese name of a source that has no number.
    pub source_zh: Option<String>,
    /// The table or clause.
    pub article: String,
    /// The row of law.md with the number's own mark.
    pub origin: Origin,
    /// The mark of the table's or clause's number, where it is less sure than the value.
    #[serde(default, deserialize_with = "mark", skip_serializing)]
    pub article_mark: Option<Certainty>,
    /// When it governs.
    #[serde(default)]
    pub applies_when: AppliesWhen,
    /// What a careful reader should know.
    pub note: Option<String>,
    /// The pass rule, set for limits with [`Aggregate::PassRate`].
    #[serde(skip)]
    pub pass_rate: Option<PassRate>,
    /// An administrator has confirmed it as it stands ([`super::rows::Confirm`] of `limit:<id>`).
    #[serde(skip)]
    pub confirmed: bool,
}
entry!(Limit);

fn mark<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Certainty>, D::Error> {
    String::deserialize(d)?.parse().map(Some).map_err(D::Error::custom)
}

impl Limit {
    /// Whether it can fail a line. A draft (mark R or ?) is recorded and shown only, until an administrator confirms it.
    pub fn binds(&self) -> bool {
        self.confirmed || !self.is_draft()
    }

    /// Whether its number, or that of its pass rule, waits for somebody to look it up.
    pub fn is_draft(&self) -> bool {
        !self.origin.binds() || self.pass_rate.as_ref().is_some_and(|rule| !rule.origin.binds())
    }

    /// Whether a confirmation of this value is one of this limit: it names the number that stands here, and there is one.
    pub(super) fn is_confirmed_by(&self, value: Option<&serde_json::Value>) -> bool {
        let said: Option<Milli> = match value {
            Some(serde_json::Value::String(text)) => text.parse().ok(),
            Some(serde_json::Value::Number(number)) => number.to_string().parse().ok(),
            _ => None,
        };
        self.is_draft() && said.is_some() && said == self.value
    }
}

/// All limits with their units and instruments.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Units of measurement.
    pub units: Catalog<Named>,
    /// Instruments.
    pub instruments: Catalog<Named>,
    /// The limits.
    pub list: Catalog<Limit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pass_rate: PassRate,
    unit: Vec<Named>,
    instrument: Vec<Named>,
    limit: Vec<Limit>,
}

impl Limits {
    pub(super) fn read(text: &str, taxonomy: &Taxonomy) -> Result<Self, PolicyError> {
        let mut file: File = parse(FILE, text)?;
        let rule = &file.pass_rate;
        if rule.share_percent > 100 || rule.worst_factor < Milli::ONE {
            return Err(PolicyError::value(FILE, "pass_rate", "policy-bad-limit"));
        }
        for limit in &mut file.limit {
            if limit.aggregate == Aggregate::PassRate && limit.op != Op::Holds {
                limit.pass_rate = Some(file.pass_rate.clone());
            }
        }
        let limits = Self {
            units: Catalog::new(FILE, "unit", file.unit)?,
            instruments: Catalog::new(FILE, "instrument", file.instrument)?,
            list: Catalog::new(FILE, "limit", file.limit)?,
        };
        for limit in &limits.list {
            limits.check(limit, taxonomy)?;
        }
        Ok(limits)
    }

    fn check(&self, limit: &Limit, taxonomy: &Taxonomy) -> Result<(), PolicyError> {
        let key = format!("limit.{}", limit.id);
        let bad = |problem| Err(PolicyError::value(FILE, key.clone(), problem));
        if !limit.id.starts_with(&limit.code) || limit.origin.certainty().is_none() {
            return bad("policy-bad-origin");
        }
        let numberless = limit.op == Op::Holds;
        // A binding limit without a number would pass everything; a draft may still lack it.
        let number_fits = match limit.value {
            Some(_) => !numberless,
            None => numberless || !limit.origin.binds(),
        };
        if !number_fits {
            return bad("policy-bad-limit");
        }
        if numberless != limit.unit.is_none() || numberless != (limit.points.min == 0) || limit.points.max < limit.points.min {
            return bad("policy-bad-limit");
        }
        // The pass rule lets the worst point exceed a limit by a factor: without meaning for a least value or a deviation's sign.
        if limit.pass_rate.is_some() && (!limit.op.is_upper() || limit.value.is_some_and(|v| v.0 <= 0)) {
            return bad("policy-bad-limit");
        }
        if matches!(limit.aggregate, Aggregate::MaxDev | Aggregate::MaxDevPercent | Aggregate::Range) && !limit.op.is_upper() {
            return bad("policy-bad-limit");
        }
        if let Some(unit) = &limit.unit {
            self.units.must_have(FILE, &key, unit)?;
        }
        self.instruments.must_have(FILE, &key, &limit.instrument)?;
        let when = &limit.applies_when;
        for finish in &when.finish {
            taxonomy.finish_levels.must_have(FILE, &key, finish)?;
        }
        for stage in &when.stages {
            taxonomy.stages.must_have(FILE, &key, stage)?;
        }
        if when.code_from.zip(when.code_until).is_some_and(|(a, b)| a > b) || when.floors_min.zip(when.floors_max).is_some_and(|(a, b)| a > b) {
            return bad("policy-bad-range");
        }
        Ok(())
    }

    /// Lets a draft bind, if the confirmation names its number.
    pub(super) fn confirm(&mut self, id: &str, value: Option<&serde_json::Value>) {
        if let Some(limit) = self.list.get_mut(id)
            && limit.is_confirmed_by(value)
        {
            limit.confirmed = true;
        }
    }

    /// The limit with this id.
    pub fn get(&self, id: &str) -> Option<&Limit> {
        self.list.get(id)
    }

    /// A value with its unit: `5.5 mm`.
    pub fn with_unit(&self, value: Milli, unit: Option<&str>, lang: Lang) -> String {
        match unit {
            Some(unit) => format!("{value} {}", self.units.name(unit, lang)),
            None => value.to_string(),
        }
    }

    /// The limit in words: `≤ 4 mm`; a rule without a number is its own name; a draft without one says so.
    pub fn text(&self, limit: &Limit, lang: Lang) -> String {
        use super::Entry as _;
        match (limit.op, limit.value) {
            (Op::Holds, _) => limit.name(lang).to_owned(),
            (op, Some(value)) => format!("{} {}", op.sign(), self.with_unit(value, limit.unit.as_deref(), lang)),
            (_, None) => tr(lang, "measure-limit-unset", &[]),
        }
    }
}
