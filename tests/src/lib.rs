//! What crosses parts: scenarios, simulation, fuzz, benchmarks.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod decoders;
pub mod meter;
pub mod office;
pub mod report_fixture;
pub mod report_variants;
pub mod tools;
pub mod workload;
