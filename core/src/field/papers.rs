//! The documents of a unit that were made and stored: which there are, and where they lie on this device.

use super::{FieldStore, Result, handover_id};
use crate::model::{Digest, Id, UtcMs, act::Act};
use serde::Serialize;
use std::path::PathBuf;

/// A stored document of a unit.
#[derive(Clone, Debug, Serialize)]
pub struct StoredDocument {
    /// Its kind, as [`super::DocumentKind`] names it.
    pub kind: String,
    /// The file.
    pub sha256: Digest,
    /// The number on the form.
    pub number: String,
    /// When it was made, corrected time.
    pub made: UtcMs,
    /// Its file, where it is on this device.
    #[serde(skip)]
    pub path: Option<PathBuf>,
}

impl FieldStore {
    /// The documents made for a unit, the latest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn stored_documents(&self, unit: Id) -> Result<Vec<StoredDocument>> {
        let Some(handover) = self.store.thing(handover_id(unit))? else { return Ok(Vec::new()) };
        let mut all: Vec<StoredDocument> = handover
            .done()
            .filter_map(|entry| match &entry.act {
                Act::Document(kind, sha256, number, ..) => Some(StoredDocument {
                    kind: kind.clone(),
                    sha256: *sha256,
                    number: number.clone(),
                    made: entry.origin.order.hlc.ms,
                    path: Some(self.blobs.path_of(sha256)).filter(|_| self.blobs.contains(sha256)),
                }),
                _ => None,
            })
            .collect();
        all.reverse();
        Ok(all)
    }
}
