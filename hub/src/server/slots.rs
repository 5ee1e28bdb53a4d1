//! One request at a time writes an upload. A newer one takes over from a connection that hangs half open, and what that one wrote stays.

use super::locked;
use crate::store::UploadName;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::sync::{OwnedMutexGuard, watch};

#[derive(Clone)]
struct Slot {
    turn: watch::Sender<u64>,
    lock: Arc<tokio::sync::Mutex<()>>,
}

/// The uploads that requests are at.
#[derive(Default)]
pub(crate) struct Slots(Mutex<HashMap<UploadName, Slot>>);

/// The right to work on one upload, until a newer request asks for it.
pub(crate) struct Turn {
    mine: u64,
    turn: watch::Receiver<u64>,
    _guard: OwnedMutexGuard<()>,
}

impl Slots {
    /// Takes over the upload: whoever has it is told to stop, and this waits until they did.
    pub(crate) async fn take(&self, name: UploadName) -> Turn {
        let slot = {
            let mut slots = locked(&self.0);
            // Those that nobody holds or waits for are only in the map.
            slots.retain(|other, slot| *other == name || Arc::strong_count(&slot.lock) > 1);
            slots.entry(name).or_insert_with(|| Slot { turn: watch::channel(0).0, lock: Arc::default() }).clone()
        };
        let turn = slot.turn.subscribe();
        let mut mine = 0;
        slot.turn.send_modify(|n| {
            *n += 1;
            mine = *n;
        });
        Turn { mine, turn, _guard: slot.lock.lock_owned().await }
    }

    /// Tells all to stop.
    pub(crate) fn close_all(&self) {
        for slot in locked(&self.0).values() {
            slot.turn.send_modify(|n| *n += 1);
        }
    }
}

impl Turn {
    /// Returns when a newer request wants the upload.
    pub(crate) async fn over(&mut self) {
        let mine = self.mine;
        // An error says that the slot itself is gone.
        let _ = self.turn.wait_for(|n| *n != mine).await;
    }
}
