//! The bundle and its verifier: untouched bundles pass, every kind of tampering is found (promises 5 and 6).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod forge;
mod tamper;
mod untouched;
mod world;
