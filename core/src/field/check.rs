//! The check of a whole store: every table, the own chain, and the originals against their digests.

use super::{FieldStore, Result};
use crate::{
    evidence::Verified,
    log::cert::Scope,
    model::{Digest, Id},
    store::{Against, Damage},
    words::{Lang, say},
};
use serde::Serialize;

/// How far the check is.
#[derive(Clone, Copy, Debug)]
pub enum CheckStep {
    /// Records looked at.
    Records(u64),
    /// Files read again.
    Files {
        /// So many.
        done: u64,
        /// Of all.
        all: u64,
    },
}

/// Something that is not as it was written.
#[derive(Clone, Debug, Serialize)]
pub struct DamageView {
    /// The table; empty for the file itself.
    pub table: &'static str,
    /// What is wrong: message key.
    pub key: &'static str,
    /// The row, by its key.
    pub row: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl From<Damage> for DamageView {
    fn from(damage: Damage) -> Self {
        let args = [("table", damage.table.to_owned()), ("row", damage.row.clone())];
        Self { zh: say(Lang::Zh, damage.key, &args), en: say(Lang::En, damage.key, &args), table: damage.table, key: damage.key, row: damage.row }
    }
}

/// What a store was found to be.
#[derive(Clone, Debug, Serialize)]
pub struct CheckView {
    /// Nothing is wrong.
    pub sound: bool,
    /// Things.
    pub things: usize,
    /// Own records.
    pub records: u64,
    /// Original files.
    pub originals: usize,
    /// Things whose kept state is not what their records say.
    pub differ: Vec<Id>,
    /// The own records give the own chain's head.
    pub chain_whole: bool,
    /// Photos taken here whose original is not in the folder.
    pub missing: Vec<Digest>,
    /// Originals whose bytes are not the ones of their name.
    pub altered: Vec<Digest>,
    /// Every damage of the database, named.
    pub damage: Vec<DamageView>,
}

impl FieldStore {
    /// Looks at the whole store: each table against what proves it, each original against its digest.
    ///
    /// # Errors
    /// When the database or the files cannot be asked at all.
    pub fn check(&self, progress: &mut dyn FnMut(CheckStep)) -> Result<CheckView> {
        let certificate = self.certificate().ok();
        let looked = self.store.look_over(&mut Against {
            public: self.key.public(),
            hub: self.hub().ok(),
            whole_project: certificate.is_some_and(|certificate| certificate.scope == Scope::Project),
            progress: &mut |records| progress(CheckStep::Records(records)),
        })?;
        let files = self.blobs.digests()?;
        let mut altered = Vec::new();
        for (done, digest) in files.iter().enumerate() {
            if self.blobs.verify(digest)? != Verified::Sound {
                altered.push(*digest);
            }
            progress(CheckStep::Files { done: done as u64 + 1, all: files.len() as u64 });
        }
        altered.sort_unstable();
        let missing: Vec<Digest> = match self.store.photos(true) {
            Ok(photos) => photos.into_iter().map(|p| p.sha256).filter(|d| !self.blobs.contains(d)).collect(),
            // Said above, row by row.
            Err(error) if !looked.damage.is_empty() => {
                tracing::info!(%error, "the photos' rows cannot be read");
                Vec::new()
            }
            Err(error) => return Err(error.into()),
        };
        Ok(CheckView {
            sound: looked.damage.is_empty() && missing.is_empty() && altered.is_empty(),
            things: looked.things,
            records: looked.records,
            originals: files.len(),
            differ: looked.differ,
            chain_whole: looked.chain_whole,
            missing,
            altered,
            damage: looked.damage.into_iter().map(DamageView::from).collect(),
        })
    }
}
