//! Deadlines: limits as rows of a profile, and the instant at which each is due.
//!
//! Hours run from the instant; days and months do not count the start day (law: F-201), a month ends on the same-numbered day or
//! the month's last (F-202), a last day of rest moves to the next working day (F-203), and a day lasts to 24:00 or to the close
//! of service (F-203). A pause adds its exact length to hours; a day that lies wholly inside a pause does not count.

mod count;
mod error;
mod moved;
mod row;
mod steps;
mod terms;

pub use count::{Due, Pause, Question};
pub use error::DeadlineError;
pub use moved::{Consent, CountedTime, Extension, Standing, counted_time, standing};
pub use row::*;
pub use steps::{Step, steps_told};
pub use terms::{ExtensionKind, Milestone, StartEvent, Terms};
