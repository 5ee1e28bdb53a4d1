//! Keyturn's core: tickets, evidence, rules, sync. No user interface and no server; the only place where the domain lives.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod dossier;
pub mod evidence;
pub mod field;
pub mod log;
pub mod model;
pub mod parallel;
pub mod policy;
pub mod register;
pub mod report;
pub mod rules;
pub mod store;
pub mod sync;
pub mod words;
