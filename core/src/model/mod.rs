//! What exists: identifiers, digests, times, personal data, field values, and what can happen to the things of the domain.

pub mod act;
pub mod body;
pub mod drawing;
pub mod id;
pub mod personal;
pub mod time;
pub mod value;

pub use id::{Digest, Id, IdMaker};
pub use personal::{PersonKey, Sealed};
pub use time::UtcMs;
pub use value::Value;
