//! The working-day calendar (law: G): national notices, regional holidays, the company's service hours and closures.

mod notices;
mod table;
mod years;

pub use notices::{NATIONAL, Notices, national};
pub use table::{Calendar, DayNumber};
pub use years::{Notice, Regions, SpecialDay, Year, YearState, Years};

use chrono::{Datelike, NaiveDate, Weekday};

/// First year there are tables for.
pub const FIRST_YEAR: i32 = 2000;
/// Last year there are tables for.
pub const LAST_YEAR: i32 = 2099;

/// Whether a day lies in the years there are tables for.
pub fn in_range(day: NaiveDate) -> bool {
    (FIRST_YEAR..=LAST_YEAR).contains(&day.year())
}

/// Saturday or Sunday.
pub fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Data that is part of the program and that tests read: a fault in it is a broken build, and no rule could be given.
pub(in crate::policy) fn shipped<T, E: std::fmt::Display>(read: Result<T, E>) -> T {
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "the built-in policy data cannot be read");
        std::process::abort()
    })
}
