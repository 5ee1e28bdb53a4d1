//! Deadlines: limits as rows of a profile, and the instant at which each is due.

mod row;
mod terms;

pub use row::*;
pub use terms::{ExtensionKind, Milestone, StartEvent, Terms};
