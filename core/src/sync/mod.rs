//! The client of the hub.

pub mod protocol;
