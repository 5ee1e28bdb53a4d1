//! Why no due date can be given, or why one is not moved.

use crate::words::Told;

/// A refusal that names its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeadlineError {
    /// The lists have no such id.
    #[error("{place}: {id} is not known")]
    Unknown {
        /// `milestone`, `severity`, `urgency`, `work`, `pauses[0].state`.
        place: String,
        /// What was asked.
        id: String,
    },
    /// The profile has no limit for this case.
    #[error("{milestone} has no limit for this case; the rows ask for {asked}")]
    NoRow {
        /// The milestone.
        milestone: String,
        /// What the profile's rows of this milestone choose by, with the values they know; empty when it has none.
        asked: String,
    },
    /// The profile says that there is a limit, and its number is not set yet.
    #[error("{milestone} has no number yet")]
    Unset {
        /// The milestone.
        milestone: String,
    },
    /// A pause ends before it begins.
    #[error("{place} ends before it begins")]
    PauseReversed {
        /// `pauses[0]`.
        place: String,
    },
    /// A pause has no end.
    #[error("{place} has no end")]
    PauseOpen {
        /// `pauses[0]`.
        place: String,
    },
    /// An instant outside the years there are tables for.
    #[error("{place} lies in the year {year}")]
    Year {
        /// `start`, `pauses[0].to`, `due`.
        place: String,
        /// The year.
        year: i32,
    },
    /// Service hours are counted and the profile has none.
    #[error("the profile has no service hours")]
    NoService,
    /// The limit cannot be made longer.
    #[error("{milestone} cannot be extended")]
    NotExtendable {
        /// The milestone.
        milestone: String,
    },
    /// An extension without the consent it needs.
    #[error("an extension needs the consent of the {of}")]
    NoConsent {
        /// Whose.
        of: String,
    },
    /// The consent came when it was due already (S4-62).
    #[error("the consent was given when it was due already")]
    ConsentLate,
    /// The new date is not later than the old one.
    #[error("the new date is not later")]
    NotLater,
    /// A change without its reason.
    #[error("a reason is missing")]
    NoReason,
}

impl Told for DeadlineError {
    fn key(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "deadline-unknown",
            Self::NoRow { asked, .. } if asked.is_empty() => "deadline-no-row",
            Self::NoRow { .. } => "deadline-no-row-asks",
            Self::Unset { .. } => "deadline-unset",
            Self::PauseReversed { .. } => "deadline-pause-reversed",
            Self::PauseOpen { .. } => "deadline-pause-open",
            Self::Year { .. } => "deadline-year",
            Self::NoService => "deadline-no-service",
            Self::NotExtendable { .. } => "deadline-not-extendable",
            Self::NoConsent { .. } => "deadline-no-consent",
            Self::ConsentLate => "deadline-consent-late",
            Self::NotLater => "deadline-not-later",
            Self::NoReason => "deadline-no-reason",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unknown { place, id } => vec![("place", place.clone()), ("id", id.clone())],
            Self::NoRow { milestone, asked } => vec![("milestone", milestone.clone()), ("asked", asked.clone())],
            Self::Unset { milestone } | Self::NotExtendable { milestone } => vec![("milestone", milestone.clone())],
            Self::PauseReversed { place } | Self::PauseOpen { place } => vec![("place", place.clone())],
            Self::Year { place, year } => {
                let (first, last) = (crate::policy::calendar::FIRST_YEAR, crate::policy::calendar::LAST_YEAR);
                vec![("place", place.clone()), ("year", year.to_string()), ("first", first.to_string()), ("last", last.to_string())]
            }
            Self::NoConsent { of } => vec![("of", of.clone())],
            Self::NoService | Self::ConsentLate | Self::NotLater | Self::NoReason => Vec::new(),
        }
    }
}
