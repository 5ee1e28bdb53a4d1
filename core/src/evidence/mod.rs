//! Photographs: taken in by path, kept byte for byte under their SHA-256, and the pictures made from them. Beside them the
//! bundle, which shows a unit's records to a stranger, and its verifier.
//!
//! The order a caller keeps (promises 2 and 3): [`take_photo`] returns when the original is durable; the caller then commits
//! its event; [`make_pictures`] comes after and can be repeated at any time.

pub mod blobs;
pub mod bundle;
mod bundle_index;
pub mod bundle_manifest;
pub mod bundle_survey;
mod bundle_tree;
pub mod bundle_verdict;
mod bundle_words;
mod bundle_zip;
pub mod disk;
mod exif_facts;
pub mod intake;
mod jpeg;
pub mod pictures;
mod sniff;
#[cfg(test)]
mod tests;
pub mod verify;

pub use blobs::{BlobError, BlobStore, Put, Verified};
pub use disk::{Disk, FailMode, FailingDisk, FreeSpace, RealDisk, VolumeFreeSpace};
pub use intake::{IntakePolicy, PhotoFacts, PhotoRefused, PolicyError, inspect, take_photo};
pub use pictures::{Picture, PictureError, PictureSize, Pictures, make_picture, make_pictures};

/// Runs a decoder of untrusted bytes; `None` when it panics, so that one hostile file never ends the app.
fn shielded<T>(decode: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode)).ok()
}
