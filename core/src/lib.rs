//! Keyturn's core: tickets, evidence, rules, sync. No user interface and no server; the only place where the domain lives.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod words;
pub mod model;
pub mod log;
pub mod rules;
pub mod sync;
pub mod evidence;
pub mod store;
pub mod policy;
pub mod dossier;
pub mod field;
pub mod register;
pub mod report;
