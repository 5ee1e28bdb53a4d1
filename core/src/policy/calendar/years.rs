//! Holiday notices, one file a year, in the shape of the holiday-cn data with notice and state beside it (law: G).

use crate::{
    policy::{Catalog, Certainty, Entry as _, Named, PolicyError, parse},
    words::Lang,
};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::{collections::BTreeMap, sync::OnceLock};

/// The national years. Next year's notice: one file and one line here.
const NATIONAL: &[(&str, &str)] =
    &[("cn/2025.json", include_str!("../data/calendar/cn/2025.json")), ("cn/2026.json", include_str!("../data/calendar/cn/2026.json"))];

/// The regions' years: region, file, text.
const REGIONAL: &[(&str, &str, &str)] = &[
    ("cn-xinjiang", "cn-xinjiang/2025.json", include_str!("../data/calendar/cn-xinjiang/2025.json")),
    ("cn-xizang", "cn-xizang/2026.json", include_str!("../data/calendar/cn-xizang/2026.json")),
    ("cn-guangxi", "cn-guangxi/2025.json", include_str!("../data/calendar/cn-guangxi/2025.json")),
    ("cn-guangxi", "cn-guangxi/2026.json", include_str!("../data/calendar/cn-guangxi/2026.json")),
];

const NAMES_FILE: (&str, &str) = ("calendar/names.toml", include_str!("../data/calendar/names.toml"));

const REGIONS: (&str, &str) = ("calendar/regions.toml", include_str!("../data/calendar/regions.toml"));

/// How sure a year is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YearState {
    /// As the notice says.
    Official,
    /// Applied, and may change: a notice that is not complete yet.
    Provisional,
    /// No notice: Saturdays and Sundays rest, and dates are provisional.
    Missing,
}

/// The notice of a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Its title.
    pub title: String,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// When it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
}

/// A day that is not what its weekday says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialDay {
    /// The holiday it belongs to, as the notice calls it.
    pub name: String,
    /// The day.
    pub date: NaiveDate,
    /// Off, or a make-up working day.
    #[serde(rename = "isOffDay")]
    pub is_off_day: bool,
}

/// One year of notices. The last days of December may stand in the next year's file, as the notices have them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// The year.
    pub year: i32,
    /// How sure it is.
    pub state: YearState,
    /// How sure we are that the notice says so (law.md); R and ? are not applied.
    #[serde(deserialize_with = "certainty", serialize_with = "mark")]
    pub certainty: Certainty,
    /// The notice.
    pub notice: Notice,
    /// Where it can be read.
    pub papers: Vec<String>,
    /// Its days, in order.
    pub days: Vec<SpecialDay>,
}

fn certainty<'de, D: Deserializer<'de>>(d: D) -> Result<Certainty, D::Error> {
    String::deserialize(d)?.parse().map_err(D::Error::custom)
}

fn mark<S: serde::Serializer>(certainty: &Certainty, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(certainty.mark())
}

impl Year {
    /// Reads and checks one file.
    ///
    /// # Errors
    /// With the file and the place.
    pub fn read(file: &'static str, text: &str) -> Result<Self, PolicyError> {
        let year: Self = serde_json::from_str(text).map_err(|error| PolicyError::Syntax { file, line: error.line().max(1), detail: error.to_string() })?;
        for (at, day) in year.days.iter().enumerate() {
            let key = || format!("days[{at}].{}", day.date);
            let late_december = day.date.year() == year.year - 1 && day.date.month() == 12;
            if day.date.year() != year.year && !late_december {
                return Err(PolicyError::value(file, key(), "policy-bad-date"));
            }
            // A working day that is worked, or a day twice, is a slip.
            let weekend = super::is_weekend(day.date);
            if (!day.is_off_day && !weekend) || year.days.get(at + 1).is_some_and(|next| next.date <= day.date) {
                return Err(PolicyError::value(file, key(), "policy-bad-date"));
            }
        }
        // An official year without a day off or an address to read it at is an empty one that nobody filled in.
        if year.state == YearState::Official && (!year.days.iter().any(|d| d.is_off_day) || year.papers.is_empty()) {
            return Err(PolicyError::value(file, "days, papers", "policy-value-missing"));
        }
        Ok(year)
    }

    /// Whether its days may be applied.
    pub fn binds(&self) -> bool {
        self.certainty.binds() && self.state != YearState::Missing
    }
}

/// The years there are, by year.
pub type Years = BTreeMap<i32, Year>;

/// The national years that are shipped.
pub fn national() -> &'static Years {
    static YEARS: OnceLock<Years> = OnceLock::new();
    YEARS.get_or_init(|| super::shipped(NATIONAL.iter().map(|(file, text)| Year::read(file, text).map(|y| (y.year, y))).collect()))
}

/// Places with holidays of their own.
#[derive(Clone, Debug)]
pub struct Regions {
    list: Catalog<Named>,
    years: BTreeMap<String, Years>,
}

impl Regions {
    fn read() -> Result<Self, PolicyError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            region: Vec<Named>,
        }
        let (file, text) = REGIONS;
        let list = Catalog::new(file, "region", parse::<File>(file, text)?.region)?;
        let mut years: BTreeMap<String, Years> = BTreeMap::new();
        for (region, file, text) in REGIONAL {
            list.must_have(file, "region", region)?;
            let year = Year::read(file, text)?;
            years.entry((*region).to_owned()).or_default().insert(year.year, year);
        }
        Ok(Self { list, years })
    }

    /// The shipped ones, read once.
    pub fn builtin() -> &'static Self {
        static REGIONS: OnceLock<Regions> = OnceLock::new();
        REGIONS.get_or_init(|| super::shipped(Self::read()))
    }

    /// Whether there is a region of this id.
    pub fn has(&self, id: &str) -> bool {
        self.list.has(id)
    }

    /// The regions.
    pub fn list(&self) -> &Catalog<Named> {
        &self.list
    }

    /// The year of a region, if there is a file for it.
    pub fn year(&self, region: &str, year: i32) -> Option<&Year> {
        self.years.get(region)?.get(&year)
    }

    /// All years of a region.
    pub fn years(&self, region: &str) -> impl Iterator<Item = &Year> {
        self.years.get(region).into_iter().flat_map(BTreeMap::values)
    }
}

/// The name of a holiday in `lang`, from the name the notice has.
pub(super) fn holiday_name(name: &str, lang: Lang) -> &str {
    static NAMES: OnceLock<Catalog<Named>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            holiday: Vec<Named>,
        }
        let (file, text) = NAMES_FILE;
        super::shipped(parse::<File>(file, text).and_then(|read| Catalog::new(file, "holiday", read.holiday)))
    });
    names.iter().find(|entry| entry.zh == name).map_or(name, |entry| entry.name(lang))
}
