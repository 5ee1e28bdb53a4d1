//! What happens to a due date after it was told: met, late, extended; and which time counts.

use super::{DeadlineError, DeadlineRow, Terms};
use crate::{log::EventRef, log::fold::Aggregate, model::UtcMs, model::act::Act, policy::calendar::Calendar, rules::HUB_ROLE};
use chrono::NaiveDate;
use serde::Serialize;

/// Where a due date stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Done in time.
    Met,
    /// Done, and after it was due.
    MetLate,
    /// Still time.
    Running,
    /// Little time left.
    Soon,
    /// Not done, and due.
    Overdue,
    /// Not done, and an advised time has passed: nobody is late.
    Advised,
}

impl Standing {
    /// The identifier, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::MetLate => "met_late",
            Self::Running => "running",
            Self::Soon => "soon",
            Self::Overdue => "overdue",
            Self::Advised => "advised",
        }
    }
}

/// Where a due date stands at `now`: an act at the very instant is in time, one after it is late.
pub fn standing(due: UtcMs, soft: bool, met: Option<UtcMs>, now: UtcMs, soon_ms: i64) -> Standing {
    match met {
        Some(met) if met <= due || soft => Standing::Met,
        Some(_) => Standing::MetLate,
        None if now > due && soft => Standing::Advised,
        None if now > due => Standing::Overdue,
        None if due.0.saturating_sub(now.0) <= soon_ms => Standing::Soon,
        None => Standing::Running,
    }
}

/// Whose consent to a later date, and when it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who: `owner`.
    pub by: String,
    /// When, in the time that counts.
    pub at: UtcMs,
}

/// A wish for a later date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The new last day; it ends at 24:00.
    pub until: NaiveDate,
    /// The consent.
    pub consent: Option<Consent>,
    /// Why.
    pub reason: String,
}

impl DeadlineRow {
    /// The new due instant of an extension (S4-62): the row must allow one, the consent it asks for must have been given before
    /// the old due instant, and the new one must be later. The day is the one agreed, whatever kind of day it is.
    ///
    /// # Errors
    /// With what is missing.
    pub fn extend(&self, calendar: &Calendar, due: UtcMs, wish: &Extension) -> Result<UtcMs, DeadlineError> {
        let kind = self.extendable.as_deref().and_then(|id| Terms::builtin().extensions.get(id));
        let kind = kind.ok_or_else(|| DeadlineError::NotExtendable { milestone: self.milestone.clone() })?;
        if kind.reason && wish.reason.trim().is_empty() {
            return Err(DeadlineError::NoReason);
        }
        if let Some(of) = &kind.consent {
            let consent = wish.consent.as_ref().filter(|c| c.by == *of).ok_or_else(|| DeadlineError::NoConsent { of: of.clone() })?;
            if consent.at >= due {
                return Err(DeadlineError::ConsentLate);
            }
        }
        let day = calendar.number(wish.until).ok_or_else(|| {
            use chrono::Datelike as _;
            DeadlineError::Year { place: "until".to_owned(), year: wish.until.year() }
        })?;
        let new = calendar.begins(day + 1);
        if new > due { Ok(new) } else { Err(DeadlineError::NotLater) }
    }
}

/// The time of an act that counts for a deadline, and what is known of the clock that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CountedTime {
    /// The time that counts: the device's clock corrected by what the hub's time showed at its last contact and the monotonic
    /// clock since, also when the record arrived days later; and by the hub's mark where the clock was found wrong afterwards.
    pub at: UtcMs,
    /// What the device's clock showed.
    pub device: UtcMs,
    /// How far the device's clock was from the time that counts, in milliseconds.
    pub off_ms: i64,
    /// The hub found this clock wrong.
    pub found_wrong: bool,
}

/// The time that counts of one act of a thing: of the entry or creation made by the event `at`. `None` where the thing has none.
pub fn counted_time(thing: &Aggregate, at: EventRef) -> Option<CountedTime> {
    let entries = thing.entries.iter().map(|e| &e.origin);
    let origin = thing.created.iter().chain(entries).find(|o| o.at() == at)?;
    let mark = thing.entries.iter().find_map(|entry| match &entry.act {
        Act::ClockWrong(events, off_ms) if entry.origin.role == HUB_ROLE && events.contains(&at) => Some(*off_ms),
        _ => None,
    });
    let device = UtcMs(origin.order.hlc.ms.0.saturating_add(origin.skew_ms));
    let counted = UtcMs(origin.order.hlc.ms.0.saturating_sub(mark.unwrap_or_default()));
    Some(CountedTime { at: counted, device, off_ms: device.0.saturating_sub(counted.0), found_wrong: mark.is_some() })
}
