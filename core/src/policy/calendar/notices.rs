//! All holiday notices that are known: those shipped with the program, and over them those that an office has published.

use super::{
    Regions, Year, YearState,
    years::{SpecialDay, Years},
};
use crate::{
    model::Digest,
    policy::{Fault, Faults},
};
use chrono::{Datelike, NaiveDate};
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

/// The place of the notices that hold everywhere.
pub const NATIONAL: &str = "cn";

/// The shipped years: place, file, text. Another one: one file and one line here, or no new build at all: an office publishes it.
const SHIPPED: &[(&str, &str, &str)] = &[
    (NATIONAL, "cn/2025.json", include_str!("../data/calendar/cn/2025.json")),
    (NATIONAL, "cn/2026.json", include_str!("../data/calendar/cn/2026.json")),
    ("cn-xinjiang", "cn-xinjiang/2025.json", include_str!("../data/calendar/cn-xinjiang/2025.json")),
    ("cn-xizang", "cn-xizang/2026.json", include_str!("../data/calendar/cn-xizang/2026.json")),
    ("cn-guangxi", "cn-guangxi/2025.json", include_str!("../data/calendar/cn-guangxi/2025.json")),
    ("cn-guangxi", "cn-guangxi/2026.json", include_str!("../data/calendar/cn-guangxi/2026.json")),
];

/// The notices that are known, by place and year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notices {
    places: BTreeMap<String, Years>,
    digest: Digest,
}

impl Notices {
    fn of(places: BTreeMap<String, Years>) -> Self {
        let digest = Digest::of(serde_json::to_string(&places).unwrap_or_default().as_bytes());
        Self { places, digest }
    }

    /// The shipped ones, read once.
    pub fn shipped() -> &'static Arc<Self> {
        static SHIPPED_NOTICES: OnceLock<Arc<Notices>> = OnceLock::new();
        SHIPPED_NOTICES.get_or_init(|| {
            let mut places: BTreeMap<String, Years> = BTreeMap::new();
            for (place, file, text) in SHIPPED {
                let year = super::shipped(Year::read(file, *place == NATIONAL, text));
                places.entry((*place).to_owned()).or_default().insert(year.year, year);
            }
            Arc::new(Self::of(places))
        })
    }

    /// What tells one set of notices from another.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The year of a place, if there is a notice for it.
    pub fn year(&self, place: &str, year: i32) -> Option<&Year> {
        self.places.get(place)?.get(&year)
    }

    /// All years of a place.
    pub fn years(&self, place: &str) -> impl Iterator<Item = &Year> {
        self.places.get(place).into_iter().flat_map(BTreeMap::values)
    }

    /// The places of which a notice is known.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// The same with one more; it takes the place of the one for that year.
    #[must_use]
    pub fn with(&self, place: &str, year: Year) -> Self {
        let mut places = self.places.clone();
        places.entry(place.to_owned()).or_default().insert(year.year, year);
        Self::of(places)
    }

    /// Reads the notice that an office has before it and holds it against those that are known; and whether it says anything new.
    ///
    /// # Errors
    /// With everything that is wrong in it, that it is not sure enough to count by, or the day on which it contradicts a final one.
    pub fn check(&self, place: &str, file: &str, text: &str) -> Result<(Year, bool), Faults> {
        if place != NATIONAL && !Regions::builtin().has(place) {
            return Err(Fault::new(file, 0, place, "calendar-region-unknown").into());
        }
        let year = Year::read(file, place == NATIONAL, text)?;
        if year.state == YearState::Missing {
            return Err(Fault::new(file, 0, "state", "calendar-state-missing").into());
        }
        if !year.certainty.binds() {
            return Err(Fault::new(file, 0, "certainty", "calendar-not-sure").with("mark", year.certainty.mark()).into());
        }
        if let Some(fault) = self.contradiction(place, file, &year) {
            return Err(fault.into());
        }
        let new = self.year(place, year.year).is_none_or(|known| !known.is_final() && *known != year);
        Ok((year, new))
    }

    /// Where a notice says something else than a final one for the same days.
    fn contradiction(&self, place: &str, file: &str, year: &Year) -> Option<Fault> {
        let told = |day: Option<&SpecialDay>| day.map_or("-", |day| if day.is_off_day { "off" } else { "worked" }).to_owned();
        let fault = |known: &Year, day: NaiveDate| {
            let fault = Fault::new(file, 0, day.to_string(), "calendar-contradicts").with("year", known.year).with("notice", &known.notice.title);
            fault.with("known", told(known.day(day))).with("found", told(year.day(day)))
        };
        if let Some(known) = self.year(place, year.year).filter(|known| known.is_final()) {
            if year.state != YearState::Official {
                return Some(Fault::new(file, 0, "state", "calendar-final").with("year", known.year).with("notice", &known.notice.title));
            }
            let mut days: Vec<NaiveDate> = known.days.iter().chain(&year.days).map(|day| day.date).collect();
            days.sort();
            if let Some(day) = days.into_iter().find(|day| known.day(*day).map(|d| d.is_off_day) != year.day(*day).map(|d| d.is_off_day)) {
                return Some(fault(known, day));
            }
        }
        // The last days of December may stand in both years' notices.
        let beside = self.years(place).filter(|other| other.is_final() && (other.year - year.year).abs() == 1);
        beside.into_iter().find_map(|other| {
            let other_says = |day: &&SpecialDay| other.day(day.date).is_some_and(|listed| listed.is_off_day != day.is_off_day);
            year.days.iter().find(other_says).map(|day| fault(other, day.date))
        })
    }
}

/// The national years that are shipped.
pub fn national() -> &'static Years {
    static NONE: Years = Years::new();
    Notices::shipped().places.get(NATIONAL).unwrap_or(&NONE)
}

impl Year {
    /// The name under which it is published: `cn/2027`.
    pub fn name(&self, place: &str) -> String {
        format!("{place}/{}", self.year)
    }

    /// Whether one of its days, or the year itself, lies between two days.
    pub fn touches(&self, from: NaiveDate, to: NaiveDate) -> bool {
        (from.year()..=to.year()).contains(&self.year) || self.days.iter().any(|day| (from..=to).contains(&day.date))
    }
}
