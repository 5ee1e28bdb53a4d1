//! What crosses parts: scenarios, simulation, fuzz, benchmarks.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod office;
pub mod meter;
pub mod tools;
pub mod workload;
pub mod report_fixture;
pub mod report_variants;
pub mod decoders;
