//! The tree of everything received (RFC 6962): one leaf per push and per file, so that a receipt shows that the hub has it and cannot unsee it.

use crate::store::{Commit, EventStore, StoreError};
use keyturn_core::{
    log::{
        keys::HubKey,
        receipt::{Leaf, Receipt, sign_checkpoint},
    },
    model::Digest,
};
use std::{cell::RefCell, collections::HashMap};
use tlog_tiles::{Hash, HashReader, prove_record, stored_hash_index, stored_hashes, tree_hash};

/// Answers from what is known and notes what is missing, so that it can be fetched and the question asked again.
struct Known<'a> {
    known: &'a HashMap<u64, Hash>,
    missing: RefCell<Vec<u64>>,
}

impl HashReader for Known<'_> {
    fn read_hashes(&self, places: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let found: Vec<Hash> = places.iter().filter_map(|p| self.known.get(p).copied()).collect();
        if found.len() == places.len() {
            return Ok(found);
        }
        self.missing.borrow_mut().extend(places.iter().filter(|p| !self.known.contains_key(p)));
        Err(tlog_tiles::Error::IndexesNotInTree)
    }
}

async fn ask<T>(
    store: &dyn EventStore,
    known: &mut HashMap<u64, Hash>,
    question: impl Fn(&Known<'_>) -> Result<T, tlog_tiles::Error>,
) -> Result<T, StoreError> {
    loop {
        let missing = {
            let reader = Known { known, missing: RefCell::default() };
            match question(&reader) {
                Ok(answer) => return Ok(answer),
                Err(_) => reader.missing.into_inner(),
            }
        };
        let before = known.len();
        if !missing.is_empty() {
            known.extend(store.hashes(missing).await?.into_iter().map(|(place, hash)| (place, Hash(hash))));
        }
        if known.len() == before {
            return Err(StoreError::Damaged("the tree of what was received"));
        }
    }
}

/// Adds a leaf to `commit` at `place`, and makes the receipt for it.
pub(crate) async fn add(store: &dyn EventStore, key: &HubKey, place: u64, leaf: Leaf, commit: &mut Commit) -> Result<Receipt, StoreError> {
    let mut known = HashMap::new();
    let bytes = leaf.bytes();
    let fresh = ask(store, &mut known, |reader| stored_hashes(place, &bytes, reader)).await?;
    let first = stored_hash_index(0, place);
    for (at, hash) in (first..).zip(&fresh) {
        known.insert(at, *hash);
        commit.hashes.push((at, hash.0));
    }
    commit.leaves.push((place, bytes));
    if let Leaf::Chain { device, .. } = &leaf {
        commit.chain_leaves.push((*device, place));
    }
    receipt_at(store, key, &mut known, place + 1, place, leaf).await
}

/// The receipt for a leaf that is in the tree of `size` leaves already.
pub(crate) async fn receipt(store: &dyn EventStore, key: &HubKey, size: u64, place: u64) -> Result<Receipt, StoreError> {
    let bytes = store.leaf(place).await?.ok_or(StoreError::Damaged("a leaf is missing"))?;
    let leaf = minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("a leaf"))?;
    receipt_at(store, key, &mut HashMap::new(), size, place, leaf).await
}

async fn receipt_at(store: &dyn EventStore, key: &HubKey, known: &mut HashMap<u64, Hash>, size: u64, place: u64, leaf: Leaf) -> Result<Receipt, StoreError> {
    let proof = ask(store, known, |reader| prove_record(size, place, reader)).await?;
    let root = ask(store, known, |reader| tree_hash(size, reader)).await?;
    let checkpoint = sign_checkpoint(key, size, root).map_err(|_| StoreError::Damaged("the checkpoint"))?;
    Ok(Receipt { leaf, index: place, proof: proof.iter().map(|h| Digest(h.0)).collect(), checkpoint })
}

/// Whether the tree had this root when it had `size` leaves.
pub(crate) async fn contains(store: &dyn EventStore, now: u64, size: u64, root: Digest) -> Result<bool, StoreError> {
    if size > now {
        return Ok(false);
    }
    let found = ask(store, &mut HashMap::new(), |reader| tree_hash(size, reader)).await?;
    Ok(found.0 == root.0)
}
