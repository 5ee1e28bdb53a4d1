//! The hub: sync, office console, owner's pages, and the command `keyturn`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cli;
pub mod codes;
pub mod config;
pub mod console;
pub mod demo;
pub mod documents;
pub mod error;
mod hub;
pub mod import;
mod ingest;
mod ledger;
mod links;
mod named;
mod office;
pub mod owner;
mod people;
pub mod photos;
mod publish;
mod pull;
mod query;
pub mod register_rows;
mod roles;
pub mod server;
pub mod store;
mod tree;
mod values;

pub use codes::{CodeNote, Messenger, OwnersPage};
pub use config::{HubConfig, Limits};
pub use documents::{DocumentError, Printed};
pub use error::HubError;
pub use hub::{Changed, Hub};
pub use ingest::PushError;
pub use office::{Imported, RegisterRow, RegisterValue};
pub use people::{OwnerLink, Pass};
pub use publish::NotPublished;
pub use query::PutAside;
pub use roles::HUB_ROLE;
pub use server::{Running, TlsChoice, TlsFiles};
pub mod sample;
