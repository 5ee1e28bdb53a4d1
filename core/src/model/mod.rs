//! What exists: identifiers, digests, times, and the things of the domain.

pub mod id;
pub mod time;

pub use id::{Digest, Id, IdMaker};
pub use time::UtcMs;
