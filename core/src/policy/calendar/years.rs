//! Holiday notices, one file a year, in the shape of the holiday-cn data with notice and state beside it (law: G).

use super::{FIRST_YEAR, LAST_YEAR};
use crate::{
    policy::{Catalog, Certainty, Entry as _, Fault, Faults, Named, Origin, PolicyError, parse},
    words::Lang,
};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::{collections::BTreeMap, sync::OnceLock};

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
    /// Reads and checks one file: of the whole country or of a region.
    ///
    /// # Errors
    /// With everything that is wrong in it and the lines.
    pub fn read(file: &str, national: bool, text: &str) -> Result<Self, Faults> {
        let year: Self = serde_json::from_str(text).map_err(|error| {
            // What the reader says ends with the line, which stands before it already.
            let detail = error.to_string();
            let detail = detail.rsplit_once(" at line ").map_or(detail.as_str(), |(said, _)| said);
            Fault::new(file, error.line().max(1), "", "calendar-unreadable").with("detail", detail)
        })?;
        let mut faults = Vec::new();
        if !(FIRST_YEAR..=LAST_YEAR).contains(&year.year) {
            let fault = Fault::new(file, line_of(text, "\"year\""), "year", "calendar-year-range");
            faults.push(fault.with("found", year.year).with("from", FIRST_YEAR).with("to", LAST_YEAR));
        }
        // Where the days begin; each stands on its own place behind the one before.
        let mut at = text.find("\"days\"").unwrap_or_default();
        for (index, day) in year.days.iter().enumerate() {
            let written = format!("\"{}\"", day.date);
            at = text.get(at..).and_then(|rest| rest.find(&written)).map_or(at, |found| at + found + 1);
            let mut bad = |problem| {
                let fault = Fault::new(file, line_at(text, at), format!("days[{index}]"), problem).with("day", day.date);
                faults.push(fault.with("year", year.year));
            };
            let late_december = day.date.year() == year.year - 1 && day.date.month() == 12;
            if day.date.year() != year.year && !late_december {
                bad("calendar-day-outside");
            }
            // A working day that is worked, or a day twice, is a slip.
            if !day.is_off_day && !super::is_weekend(day.date) {
                bad("calendar-day-worked");
            }
            if index.checked_sub(1).and_then(|before| year.days.get(before)).is_some_and(|before| before.date >= day.date) {
                bad("calendar-day-order");
            }
        }
        // An official year without a day off or an address to read it at is an empty one that nobody filled in.
        if year.state == YearState::Official {
            if !year.days.iter().any(|d| d.is_off_day) {
                faults.push(Fault::new(file, line_of(text, "\"days\""), "days", "calendar-no-day-off"));
            }
            if !year.papers.iter().any(|paper| paper.starts_with("https://") || paper.starts_with("http://")) {
                faults.push(Fault::new(file, line_of(text, "\"papers\""), "papers", "calendar-no-paper"));
            }
            for day in fixed_days(year.year).filter(|_| national) {
                if !year.days.iter().any(|listed| listed.date == day && listed.is_off_day) {
                    faults.push(Fault::new(file, line_of(text, "\"days\""), "days", "calendar-fixed-missing").with("day", day));
                }
            }
        }
        Faults::none_or(faults)?;
        Ok(year)
    }

    /// Whether its days may be applied.
    pub fn binds(&self) -> bool {
        self.certainty.binds() && self.state != YearState::Missing
    }

    /// Whether no later notice can change it.
    pub fn is_final(&self) -> bool {
        self.binds() && self.state == YearState::Official
    }

    /// What the notice says of a day.
    pub fn day(&self, date: NaiveDate) -> Option<&SpecialDay> {
        self.days.iter().find(|day| day.date == date)
    }
}

/// The line, from 1, in which a byte of a text stands.
fn line_at(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

fn line_of(text: &str, what: &str) -> usize {
    text.find(what).map_or(1, |at| line_at(text, at))
}

/// The years there are, by year.
pub type Years = BTreeMap<i32, Year>;

/// Places with holidays of their own.
#[derive(Clone, Debug)]
pub struct Regions {
    list: Catalog<Named>,
}

impl Regions {
    fn read() -> Result<Self, PolicyError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            region: Vec<Named>,
        }
        let (file, text) = REGIONS;
        Ok(Self { list: Catalog::new(file, "region", parse::<File>(file, text)?.region)? })
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
}

/// What `names.toml` says: the holidays' names, and the days that the law itself makes holidays, whatever a notice says of the days around.
struct Names {
    holidays: Catalog<Named>,
    fixed: Vec<Fixed>,
}

/// A day of each year that is a holiday by law.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    month: u32,
    day: u32,
    /// The first year it is one.
    from_year: i32,
    #[allow(dead_code, reason = "read so that each value has its origin")]
    origin: Origin,
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            holiday: Vec<Named>,
            fixed: Vec<Fixed>,
        }
        let (file, text) = NAMES_FILE;
        let read = parse::<File>(file, text).and_then(|read| Ok(Names { holidays: Catalog::new(file, "holiday", read.holiday)?, fixed: read.fixed }));
        super::shipped(read)
    })
}

fn fixed_days(year: i32) -> impl Iterator<Item = NaiveDate> {
    names().fixed.iter().filter(move |day| year >= day.from_year).filter_map(move |day| NaiveDate::from_ymd_opt(year, day.month, day.day))
}

/// The name of a holiday in `lang`, from the name the notice has.
pub(super) fn holiday_name(name: &str, lang: Lang) -> &str {
    names().holidays.iter().find(|entry| entry.zh == name).map_or(name, |entry| entry.name(lang))
}
