//! The device's store from outside: what is committed stays, whatever order things arrive in, and whatever the disk does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arrival;
mod disk;
mod durable;
mod order;
mod support;
