//! The hub: sync, office console, owner's pages, and the command `keyturn`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cli;
pub mod console;
pub mod owner;
pub mod photos;
pub mod import;
