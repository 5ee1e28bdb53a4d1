//! Warranty: how long the contractor and the developer answer for a component (law: A), and repeated repairs of one place (C-31).
//!
//! Two tracks: the contractor's from completion acceptance, the developer's towards the buyer, which is never shorter and begins
//! with delivery. The start day does not count; the same-numbered day so many months later is the last day inside (law: F-201,
//! F-202). Expiry is told and never blocks a ticket (S1-01).

mod data;
mod place;

pub use data::{City, Component, ComponentPlace, EscalateAt, Minimum, MonthDay, Overlay, Period, WarrantyData};
pub use place::{PlaceKey, RepeatAlert, repeat_alert};

use super::{
    Origin,
    calendar::Calendar,
    deadline::{Fault, Roll, WarrantyRules},
};
use crate::words::Told;
use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;

/// The city that stands for one that is not known.
const DEFAULT_CITY: &str = "default";
/// No promise is longer, in months: a slip of the keyboard.
const PROMISED_MAX_MONTHS: u32 = 1_200;
/// Years whose dates can be given.
const YEARS: std::ops::RangeInclusive<i32> = 1950..=2200;

/// What is asked of one component of one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WarrantyQuestion<'a> {
    /// The component's code, `W-02`.
    pub component: &'a str,
    /// A part of it with a period of its own; without it the longest holds.
    pub part: Option<&'a str>,
    /// The day the work passed completion acceptance.
    pub acceptance: NaiveDate,
    /// The day the unit was handed over.
    pub delivery: NaiveDate,
    /// The day in the written notice, where the owner refused the handover without cause.
    pub refused_notice: Option<NaiveDate>,
    /// The overlay of the place.
    pub overlay: Option<&'a str>,
    /// Months promised in the booklet, from delivery.
    pub promised_months: Option<u32>,
    /// Months agreed with the contractor where law gives none (W-06), from acceptance.
    pub agreed_months: Option<u32>,
    /// The unit's design life in years.
    pub design_years: Option<u32>,
    /// The city whose seasons count.
    pub city: Option<&'a str>,
    /// Which system, `heating` or `cooling`; without it the later end holds.
    pub system: Option<&'a str>,
    /// The unit's finish level.
    pub finish: Option<&'a str>,
    /// Days on which repairs of this very part were accepted.
    pub repaired: &'a [NaiveDate],
}

/// Where a day stands for the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarrantyClass {
    /// The developer owes the repair.
    Warranty,
    /// The period is over; a ticket stays possible (S1-01).
    Expired,
}

/// How long both answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warranty {
    /// The last day inside the contractor's warranty; none where nothing was agreed (W-06).
    pub contractor_end: Option<NaiveDate>,
    /// The last day inside the developer's.
    pub developer_end: NaiveDate,
    /// Where the two come from: the contractor's first.
    pub origin: Vec<Origin>,
    /// A value that is not known was filled in: the design life, the city's seasons.
    pub provisional: bool,
    /// The accepted repair from which the part's period runs again, where the overlay says so.
    pub restarted: Option<NaiveDate>,
}

impl Warranty {
    /// Where a day stands.
    pub fn class(&self, on: NaiveDate) -> WarrantyClass {
        if on <= self.developer_end { WarrantyClass::Warranty } else { WarrantyClass::Expired }
    }

    /// Whether the contractor can be charged under the statutory warranty.
    pub fn charge_back(&self, on: NaiveDate) -> bool {
        self.contractor_end.is_some_and(|end| on <= end)
    }
}

/// Why no warranty can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WarrantyError {
    /// The data have no such id.
    #[error("{place}: {id} is not known")]
    Unknown {
        /// `component`, `part`, `overlay`, `city`, `system`.
        place: &'static str,
        /// What was asked.
        id: String,
    },
    /// A date or number that cannot be.
    #[error("{place}: {value} cannot be")]
    Impossible {
        /// `acceptance`, `promised_months`.
        place: &'static str,
        /// The value.
        value: String,
    },
    /// Nothing was agreed or promised for a component that law leaves to agreement.
    #[error("nothing is agreed for {component}")]
    NotAgreed {
        /// The component.
        component: String,
    },
    /// The city has no such season.
    #[error("{city} has no season of that kind")]
    NoSeason {
        /// The city.
        city: String,
    },
}

impl Told for WarrantyError {
    fn key(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "warranty-unknown",
            Self::Impossible { .. } => "warranty-impossible",
            Self::NotAgreed { .. } => "warranty-not-agreed",
            Self::NoSeason { .. } => "warranty-no-season",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unknown { place, id } => vec![("place", (*place).to_owned()), ("id", id.clone())],
            Self::Impossible { place, value } => vec![("place", (*place).to_owned()), ("value", value.clone())],
            Self::NotAgreed { component } => vec![("component", component.clone())],
            Self::NoSeason { city } => vec![("city", city.clone())],
        }
    }
}

/// One reason for an end: the day and where it comes from.
type End = (NaiveDate, Origin);

/// How long contractor and developer answer, and on what grounds.
///
/// `rules` are the profile's settings; what the question names goes before them. `calendar` serves `warranty_roll` only.
///
/// # Errors
/// With the place that is wrong.
pub fn warranty(rules: &WarrantyRules, calendar: &Calendar, question: &WarrantyQuestion<'_>) -> Result<Warranty, WarrantyError> {
    let case = Case::of(rules, question)?;
    let contractor_from = question.acceptance;
    let developer_from = case.delivery;
    let contractor = match (&case.component.contractor, question.agreed_months) {
        (Some(period), _) => Some(case.end(contractor_from, period)?),
        (None, Some(months)) => Some((add_months(contractor_from, months)?, Origin::Contract)),
        (None, None) => None,
    };
    let mut developer = case.developer_ends(developer_from)?;
    developer.extend(contractor.clone());
    let mut contractor = contractor;
    let mut latest = latest(&developer).cloned().ok_or_else(|| WarrantyError::NotAgreed { component: case.component.id.clone() })?;
    let mut restarted = None;
    if let Some(restart) = &case.restart {
        let mut repaired = question.repaired.to_vec();
        repaired.sort_unstable();
        // Only a repair inside the warranty is one of the warranty; its part begins again on both tracks.
        for on in repaired {
            if let (Some(end), Some(period)) = (&contractor, &case.component.contractor)
                && on <= end.0
            {
                let before = contractor.clone();
                contractor = later(contractor, (case.end(on, period)?.0, restart.clone()));
                restarted = if contractor == before { restarted } else { Some(on) };
            }
            if on <= latest.0 {
                let mut ends = case.developer_ends(on)?;
                if let Some(period) = &case.component.contractor {
                    ends.push(case.end(on, period)?);
                }
                if let Some((day, _)) = self::latest(&ends).filter(|(day, _)| *day > latest.0) {
                    latest = (*day, restart.clone());
                    restarted = Some(on);
                }
            }
        }
        // The developer's track is never the shorter one.
        if let Some(end) = contractor.as_ref().filter(|end| end.0 > latest.0) {
            latest = end.clone();
        }
    }
    let mut origin: Vec<Origin> = contractor.iter().map(|end| end.1.clone()).collect();
    if !origin.contains(&latest.1) {
        origin.push(latest.1.clone());
    }
    let rolled = |day: NaiveDate| match rules.warranty_roll.value {
        Roll::None => day,
        // Past the tables nothing is known of rest days.
        Roll::NextWorkingDay => calendar.number(day).and_then(|n| calendar.nth_worked(n, 1)).map_or(day, |n| calendar.day(n)),
    };
    let unsure = |day: NaiveDate| rules.warranty_roll.value == Roll::NextWorkingDay && calendar.number(day).is_none_or(|n| calendar.unsure(n, n));
    let contractor_end = contractor.map(|end| end.0);
    let provisional = case.provisional || unsure(latest.0) || contractor_end.is_some_and(unsure);
    Ok(Warranty { contractor_end: contractor_end.map(rolled), developer_end: rolled(latest.0), origin, provisional, restarted })
}

/// The latest end; of equal ones the first.
fn latest(ends: &[End]) -> Option<&End> {
    ends.iter().reduce(|best, end| if end.0 > best.0 { end } else { best })
}

fn later(end: Option<End>, other: End) -> Option<End> {
    match end {
        Some(end) if end.0 >= other.0 => Some(end),
        _ => Some(other),
    }
}

fn add_months(from: NaiveDate, months: u32) -> Result<NaiveDate, WarrantyError> {
    let end = from.checked_add_months(Months::new(months)).filter(|end| YEARS.contains(&end.year()));
    end.ok_or_else(|| WarrantyError::Impossible { place: "months", value: months.to_string() })
}

/// A question with its data looked up.
struct Case<'a> {
    data: &'static WarrantyData,
    component: &'static Component,
    question: &'a WarrantyQuestion<'a>,
    delivery: NaiveDate,
    promised: Option<(u32, Origin)>,
    minimums: Vec<&'static Minimum>,
    restart: Option<Origin>,
    city: &'static City,
    provisional: bool,
}

impl<'a> Case<'a> {
    fn of(rules: &WarrantyRules, question: &'a WarrantyQuestion<'a>) -> Result<Self, WarrantyError> {
        let data = WarrantyData::builtin();
        let unknown = |place, id: &str| WarrantyError::Unknown { place, id: id.to_owned() };
        let component = data.components.get(question.component).ok_or_else(|| unknown("component", question.component))?;
        if let Some(part) = question.part
            && !component.parts().any(|p| p == part)
        {
            return Err(unknown("part", part));
        }
        let dates = [("acceptance", Some(question.acceptance)), ("delivery", Some(question.delivery)), ("refused_notice", question.refused_notice)];
        let repaired = question.repaired.iter().map(|day| ("repaired", Some(*day)));
        for (place, day) in dates.into_iter().chain(repaired) {
            if let Some(day) = day.filter(|d| !YEARS.contains(&d.year())) {
                return Err(WarrantyError::Impossible { place, value: day.to_string() });
            }
        }
        for (place, months, most) in [
            ("promised_months", question.promised_months, PROMISED_MAX_MONTHS),
            ("agreed_months", question.agreed_months, PROMISED_MAX_MONTHS),
            ("design_years", question.design_years, PROMISED_MAX_MONTHS / 12 * 2),
        ] {
            if let Some(months) = months.filter(|m| !(1..=most).contains(m)) {
                return Err(WarrantyError::Impossible { place, value: months.to_string() });
            }
        }
        if let Some(system) = question.system.filter(|s| !["heating", "cooling"].contains(s)) {
            return Err(unknown("system", system));
        }
        let set = |text: &'a str| Some(text).filter(|t| !t.is_empty());
        let overlay = question.overlay.and_then(set).or_else(|| Some(rules.overlay.value.as_str()).filter(|o| !o.is_empty()));
        if let Some(id) = overlay.filter(|id| !data.overlays.has(id)) {
            return Err(unknown("overlay", id));
        }
        let city = question.city.and_then(set).or_else(|| Some(rules.city.value.as_str()).filter(|c| !c.is_empty()));
        let known_city = data.cities.get(city.unwrap_or(DEFAULT_CITY)).ok_or_else(|| unknown("city", city.unwrap_or(DEFAULT_CITY)))?;
        let overlays = || overlay.into_iter().flat_map(|id| data.overlays_of(id));
        let fits = |minimum: &&Minimum| {
            minimum.component == component.id
                && minimum.part.as_deref().is_none_or(|part| question.part == Some(part))
                && minimum.finish.as_deref().is_none_or(|finish| question.finish == Some(finish))
        };
        let promised = match question.promised_months {
            Some(months) => Some((months, Origin::Contract)),
            None => rules.promised_months.get(&component.id).map(|promise| (promise.value, promise.origin.clone())),
        };
        let from_notice = overlays().any(|o| o.refused_from_notice);
        Ok(Self {
            data,
            component,
            question,
            delivery: question.refused_notice.filter(|_| from_notice).unwrap_or(question.delivery),
            promised,
            minimums: overlays().flat_map(|o| &o.minimum).filter(fits).collect(),
            restart: overlays().find(|o| o.restart).map(|o| o.origin.clone()),
            city: known_city,
            provisional: component
                .contractor
                .as_ref()
                .is_some_and(|p| (p.design_life && question.design_years.is_none()) || (p.seasons.is_some() && city.is_none_or(|c| c == DEFAULT_CITY))),
        })
    }

    /// The ends of the developer's own reasons, from a first day.
    fn developer_ends(&self, from: NaiveDate) -> Result<Vec<End>, WarrantyError> {
        let part = |p: &&Period| self.question.part.is_none_or(|part| p.part.as_deref() == Some(part));
        let mut ends = self.component.booklet.iter().filter(part).map(|p| self.end(from, p)).collect::<Result<Vec<End>, _>>()?;
        for minimum in &self.minimums {
            ends.push((add_months(from, minimum.months)?, minimum.origin.clone()));
        }
        if let Some((months, origin)) = &self.promised {
            ends.push((add_months(from, *months)?, origin.clone()));
        }
        Ok(ends)
    }

    fn end(&self, from: NaiveDate, period: &Period) -> Result<End, WarrantyError> {
        let end = match (period.months, period.seasons) {
            (Some(months), _) => add_months(from, months)?,
            (None, Some(seasons)) => self.season_end(from, seasons)?,
            (None, None) => add_months(from, self.question.design_years.unwrap_or(self.data.design_years.value).saturating_mul(12))?,
        };
        Ok((end, period.origin.clone()))
    }

    /// The last day of the `count`th season after a day; of both systems the later one, where none is named.
    fn season_end(&self, from: NaiveDate, count: u32) -> Result<NaiveDate, WarrantyError> {
        let wanted = |name| self.question.system.is_none_or(|s| s == name);
        let seasons = [self.city.heating.filter(|_| wanted("heating")), self.city.cooling.filter(|_| wanted("cooling"))];
        let ends = seasons.into_iter().flatten().filter_map(|[first, last]| {
            let over_new_year = first.in_year(2024) > last.in_year(2024);
            let mut left = count;
            (from.year() - 1..=*YEARS.end()).find_map(|year| {
                let (begin, end) = (first.in_year(year)?, last.in_year(year + i32::from(over_new_year))?);
                let counts = begin > from || (self.data.running_season_counts.value && end > from);
                left -= u32::from(counts);
                (left == 0).then_some(end)
            })
        });
        ends.max().ok_or_else(|| WarrantyError::NoSeason { city: self.city.id.clone() })
    }
}

/// What is wrong in a profile's settings.
pub(in crate::policy) fn faults(rules: &WarrantyRules) -> Vec<Fault> {
    let data = WarrantyData::builtin();
    let mut faults = Vec::new();
    let mut bad = |key: String, problem| faults.push(Fault { key, problem });
    let rework = rules.rework.value;
    if rework.warn_at == 0 || rework.escalate_at < rework.warn_at {
        bad("warranty.rework".to_owned(), "policy-bad-limit");
    }
    if !rules.overlay.value.is_empty() && !data.overlays.has(&rules.overlay.value) {
        bad(format!("warranty.overlay: {}", rules.overlay.value), "policy-unknown-id");
    }
    if !rules.city.value.is_empty() && !data.cities.has(&rules.city.value) {
        bad(format!("warranty.city: {}", rules.city.value), "policy-unknown-id");
    }
    for (component, promise) in &rules.promised_months {
        if !data.components.has(component) {
            bad(format!("warranty.promised_months: {component}"), "policy-unknown-id");
        }
        if !(1..=PROMISED_MAX_MONTHS).contains(&promise.value) {
            bad(format!("warranty.promised_months.{component}: {}", promise.value), "policy-bad-limit");
        }
    }
    faults
}
