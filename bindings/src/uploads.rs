//! Originals handed to the phone's system, which sends on while the app sleeps.

use crate::{
    store::{FieldStore, Result},
    sync::runtime,
    types::Sha256,
};
use keyturn_core::sync::{SyncOptions, Syncer};
use std::{collections::HashMap, path::PathBuf};

/// The rest of one original: an HTTP request (PATCH) whose body is the file from `offset` on.
#[derive(Clone, Debug, uniffi::Record)]
pub struct HandoffView {
    /// The original.
    pub photo: Sha256,
    /// Its file.
    pub path: PathBuf,
    /// The first byte that the hub has not.
    pub offset: u64,
    /// The file's length in bytes.
    pub bytes: u64,
    /// Where to send it.
    pub url: String,
    /// Headers of the request. They carry the session: for no log.
    pub headers: HashMap<String, String>,
}

/// What can be handed over now.
#[derive(Clone, Debug, uniffi::Record)]
pub struct HandoffsView {
    /// The fingerprint of the hub's certificate, when it made its own: the system must accept that one and no other.
    pub tls: Option<Sha256>,
    /// The originals, the oldest first.
    pub files: Vec<HandoffView>,
}

#[uniffi::export]
impl FieldStore {
    /// Announces up to `most` originals that are not safe yet and says how the system sends their rest. They count as safe only when the next
    /// sync has the hub's receipt. Needs the hub; waits on the caller's thread.
    pub fn hand_over(&self, most: u32) -> Result<HandoffsView> {
        let core = self.core()?;
        let made = runtime()?.block_on(Syncer::new(core, SyncOptions::default()).hand_over(most as usize))?;
        let files = made.files.into_iter().map(|file| HandoffView {
            photo: file.photo,
            path: file.path,
            offset: file.offset,
            bytes: file.bytes,
            url: file.url,
            headers: file.headers.into_iter().collect(),
        });
        Ok(HandoffsView { tls: made.tls, files: files.collect() })
    }
}
