//! Stores in memory that behave like the others: for tests of what stands above them.

use super::{
    Answer, BlobRow, Commit, DeviceRow, EventRow, EventStore, FileStore, ForDevice, Head, KeyRow, Link, LinkKind, OthersEvent, Part, SealRow, StateQuery,
    StateRow, StoreError, UploadName, UploadRow,
};
use bytes::Bytes;
use keyturn_core::model::{Digest, Id, UtcMs};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

type Interval = (Link, u64, Option<u64>);

#[derive(Default)]
struct Tables {
    hub_seq: u64,
    events: BTreeMap<u64, EventRow>,
    by_device: BTreeMap<(Id, u64), u64>,
    states: BTreeMap<Id, StateRow>,
    links: Vec<Interval>,
    keys: BTreeMap<Id, KeyRow>,
    leaves: BTreeMap<u64, Vec<u8>>,
    chain_leaves: BTreeSet<(Id, u64)>,
    hashes: BTreeMap<u64, [u8; 32]>,
    blobs: BTreeMap<Digest, BlobRow>,
    uploads: BTreeMap<(Id, Digest), UploadRow>,
    seals: BTreeMap<(Id, u64), SealRow>,
    devices: BTreeMap<Id, DeviceRow>,
    records: BTreeMap<(&'static str, Vec<u8>), Vec<u8>>,
}

/// An [`EventStore`] in memory.
#[derive(Default)]
pub struct MemoryStore(Mutex<Tables>);

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl EventStore for MemoryStore {
    fn head(&self) -> Answer<'_, Head> {
        let t = self.tables();
        ready(Head { hub_seq: t.hub_seq, leaves: t.leaves.len() as u64 })
    }

    fn commit(&self, commit: Commit) -> Answer<'_, ()> {
        let mut t = self.tables();
        let mut numbers = BTreeSet::new();
        let mut names = BTreeSet::new();
        let mut places = BTreeSet::new();
        let taken = commit.events.iter().any(|e| {
            t.events.contains_key(&e.hub_seq) || t.by_device.contains_key(&(e.device, e.seq)) || !numbers.insert(e.hub_seq) || !names.insert((e.device, e.seq))
        }) || commit.leaves.iter().any(|(place, _)| t.leaves.contains_key(place) || !places.insert(*place));
        if commit.after != t.hub_seq || taken {
            return Box::pin(std::future::ready(Err(StoreError::Moved)));
        }
        t.hub_seq = commit.hub_seq;
        let now = commit.hub_seq;
        for event in commit.events {
            t.by_device.insert((event.device, event.seq), event.hub_seq);
            t.events.insert(event.hub_seq, event);
        }
        t.states.extend(commit.states.into_iter().map(|s| (s.id, s)));
        for (link, _, until) in &mut t.links {
            if until.is_none() && commit.end.contains(link) {
                *until = Some(now);
            }
        }
        t.links.extend(commit.begin.into_iter().map(|link| (link, now, None)));
        t.keys.extend(commit.keys.into_iter().map(|k| (k.person, k)));
        t.leaves.extend(commit.leaves);
        t.chain_leaves.extend(commit.chain_leaves);
        t.hashes.extend(commit.hashes);
        t.blobs.extend(commit.blobs.into_iter().map(|b| (b.sha256, b)));
        for name in commit.dropped {
            t.uploads.remove(&name);
        }
        t.uploads.extend(commit.uploads.into_iter().map(|u| ((u.device, u.sha256), u)));
        t.seals.extend(commit.seals.into_iter().map(|s| ((s.device, s.seq), s)));
        t.devices.extend(commit.devices.into_iter().map(|d| (d.id, d)));
        for record in commit.records {
            match record.value {
                Some(value) => t.records.insert((record.kind, record.key), value),
                None => t.records.remove(&(record.kind, record.key)),
            };
        }
        ready(())
    }

    fn states(&self, ids: Vec<Id>) -> Answer<'_, Vec<StateRow>> {
        let t = self.tables();
        ready(ids.iter().filter_map(|id| t.states.get(id).cloned()).collect())
    }

    fn list(&self, query: StateQuery) -> Answer<'_, Vec<StateRow>> {
        let meets = |s: &&StateRow| {
            query.kind.is_none_or(|k| s.kind == Some(k))
                && query.unit.is_none_or(|u| s.unit == Some(u))
                && (!query.to_review || s.conflicts + s.unfit > 0)
                && (!query.refused || s.refused > 0)
        };
        ready(self.tables().states.values().filter(meets).cloned().collect())
    }

    fn events_of(&self, aggs: Vec<Id>, until: u64) -> Answer<'_, Vec<EventRow>> {
        ready(self.tables().events.range(..=until).map(|(_, e)| e).filter(|e| aggs.contains(&e.agg)).cloned().collect())
    }

    fn events_after(&self, after: u64, max_bytes: usize) -> Answer<'_, Vec<EventRow>> {
        let mut size = 0;
        let t = self.tables();
        let fits = |e: &&EventRow| {
            let first = size == 0;
            size += e.bytes.len();
            first || size <= max_bytes
        };
        ready(t.events.range(after + 1..).map(|(_, e)| e).take_while(fits).cloned().collect())
    }

    fn events_for(&self, device: Id, after: u64, max_bytes: usize) -> Answer<'_, ForDevice> {
        let mut found = ForDevice::default();
        let mut size = 0;
        for (_, e) in self.tables().events.range(after + 1..).filter(|(_, e)| e.device != device) {
            size += e.bytes.len();
            if size > max_bytes && !found.events.is_empty() {
                found.more = true;
                break;
            }
            found.events.push(OthersEvent { hub_seq: e.hub_seq, agg: e.agg, bytes: e.bytes.clone() });
        }
        ready(found)
    }

    fn events_by(&self, device: Id, first: u64, last: u64) -> Answer<'_, Vec<EventRow>> {
        let t = self.tables();
        ready(if first > last {
            Vec::new()
        } else {
            t.by_device.range((device, first)..=(device, last)).filter_map(|(_, n)| t.events.get(n).cloned()).collect()
        })
    }

    fn refused_by(&self, device: Id, first: u64, last: u64) -> Answer<'_, Vec<EventRow>> {
        ready(self.tables().events.values().filter(|e| e.refused && e.device == device && e.seq >= first && e.seq <= last).cloned().collect())
    }

    fn refused(&self, limit: u32) -> Answer<'_, Vec<EventRow>> {
        ready(self.tables().events.values().rev().filter(|e| e.refused).take(limit as usize).cloned().collect())
    }

    fn links(&self, kind: LinkKind, from: Vec<Vec<u8>>, at: u64) -> Answer<'_, Vec<Vec<u8>>> {
        let t = self.tables();
        let then = |(link, since, until): &&Interval| link.kind == kind && *since <= at && until.is_none_or(|until| until > at) && from.contains(&link.from);
        ready(t.links.iter().filter(then).map(|(link, ..)| link.to.clone()).collect())
    }

    fn linked_from(&self, kind: LinkKind, to: Vec<u8>) -> Answer<'_, Vec<Vec<u8>>> {
        let t = self.tables();
        ready(t.links.iter().filter(|(l, _, until)| l.kind == kind && until.is_none() && l.to == to).map(|(l, ..)| l.from.clone()).collect())
    }

    fn keys(&self, persons: Vec<Id>) -> Answer<'_, Vec<KeyRow>> {
        let t = self.tables();
        ready(persons.iter().filter_map(|p| t.keys.get(p).cloned()).collect())
    }

    fn keys_between(&self, after: u64, until: u64) -> Answer<'_, Vec<KeyRow>> {
        ready(self.tables().keys.values().filter(|k| k.changed > after && k.changed <= until).cloned().collect())
    }

    fn hashes(&self, places: Vec<u64>) -> Answer<'_, Vec<(u64, [u8; 32])>> {
        let t = self.tables();
        ready(places.iter().filter_map(|p| t.hashes.get(p).map(|h| (*p, *h))).collect())
    }

    fn chain_leaves(&self, devices: Vec<Id>) -> Answer<'_, Vec<u64>> {
        let t = self.tables();
        let mut places: Vec<u64> = devices.iter().flat_map(|d| t.chain_leaves.range((*d, 0)..=(*d, u64::MAX))).map(|(_, place)| *place).collect();
        places.sort_unstable();
        places.dedup();
        ready(places)
    }

    fn leaf(&self, place: u64) -> Answer<'_, Option<Vec<u8>>> {
        ready(self.tables().leaves.get(&place).cloned())
    }

    fn blob(&self, sha256: Digest) -> Answer<'_, Option<BlobRow>> {
        ready(self.tables().blobs.get(&sha256).copied())
    }

    fn upload(&self, device: Id, sha256: Digest) -> Answer<'_, Option<UploadRow>> {
        ready(self.tables().uploads.get(&(device, sha256)).cloned())
    }

    fn open_uploads(&self, device: Id) -> Answer<'_, u64> {
        ready(self.tables().uploads.values().filter(|u| u.device == device && u.answer.is_none()).count() as u64)
    }

    fn expired_uploads(&self, now: UtcMs) -> Answer<'_, Vec<UploadRow>> {
        ready(self.tables().uploads.values().filter(|u| u.expires < now).cloned().collect())
    }

    fn seals(&self, device: Id, seq: u64) -> Answer<'_, Vec<SealRow>> {
        ready(self.tables().seals.range((device, seq)..=(device, u64::MAX)).map(|(_, s)| s.clone()).collect())
    }

    fn device(&self, id: Id) -> Answer<'_, Option<DeviceRow>> {
        ready(self.tables().devices.get(&id).cloned())
    }

    fn devices(&self) -> Answer<'_, Vec<DeviceRow>> {
        ready(self.tables().devices.values().cloned().collect())
    }

    fn record(&self, kind: &'static str, key: Vec<u8>) -> Answer<'_, Option<Vec<u8>>> {
        ready(self.tables().records.get(&(kind, key)).cloned())
    }

    fn records(&self, kind: &'static str) -> Answer<'_, Vec<(Vec<u8>, Vec<u8>)>> {
        ready(self.tables().records.iter().filter(|((k, _), _)| *k == kind).map(|((_, key), value)| (key.clone(), value.clone())).collect())
    }
}

#[derive(Default)]
struct Shelves {
    files: HashMap<Digest, Bytes>,
    uploads: HashMap<UploadName, Vec<u8>>,
}

/// A [`FileStore`] in memory.
#[derive(Default, Clone)]
pub struct MemoryFiles(Arc<Mutex<Shelves>>);

impl MemoryFiles {
    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct MemoryPart {
    files: MemoryFiles,
    name: UploadName,
    began_at: usize,
}

impl Part for MemoryPart {
    fn write(&mut self, bytes: Bytes) -> Answer<'_, ()> {
        self.files.shelves().uploads.entry(self.name).or_default().extend_from_slice(&bytes);
        ready(())
    }

    fn keep(self: Box<Self>) -> Answer<'static, u64> {
        let length = self.files.shelves().uploads.get(&self.name).map_or(0, Vec::len) as u64;
        ready(length)
    }

    fn undo(self: Box<Self>) -> Answer<'static, ()> {
        if let Some(bytes) = self.files.shelves().uploads.get_mut(&self.name) {
            bytes.truncate(self.began_at);
        }
        ready(())
    }
}

impl FileStore for MemoryFiles {
    fn length(&self, upload: UploadName) -> Answer<'_, u64> {
        ready(self.shelves().uploads.get(&upload).map_or(0, Vec::len) as u64)
    }

    fn append(&self, upload: UploadName) -> Answer<'_, Box<dyn Part>> {
        let began_at = self.shelves().uploads.entry(upload).or_default().len();
        ready(Box::new(MemoryPart { files: self.clone(), name: upload, began_at }) as Box<dyn Part>)
    }

    fn finish(&self, upload: UploadName) -> Answer<'_, Option<u64>> {
        let mut shelves = self.shelves();
        let bytes = shelves.uploads.remove(&upload).unwrap_or_default();
        if Digest::of(&bytes) != upload.sha256 {
            return ready(None);
        }
        let size = bytes.len() as u64;
        shelves.files.insert(upload.sha256, bytes.into());
        ready(Some(size))
    }

    fn read_upload(&self, upload: UploadName) -> Answer<'_, Vec<u8>> {
        ready(self.shelves().uploads.get(&upload).cloned().unwrap_or_default())
    }

    fn discard(&self, upload: UploadName) -> Answer<'_, ()> {
        self.shelves().uploads.remove(&upload);
        ready(())
    }

    fn put(&self, bytes: Bytes) -> Answer<'_, (Digest, u64)> {
        let (sha256, size) = (Digest::of(&bytes), bytes.len() as u64);
        self.shelves().files.insert(sha256, bytes);
        ready((sha256, size))
    }

    fn read(&self, sha256: Digest, at: u64, length: usize) -> Answer<'_, Option<Bytes>> {
        let found = self.shelves().files.get(&sha256).map(|bytes| {
            let begin = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            bytes.slice(begin..begin.saturating_add(length).min(bytes.len()))
        });
        ready(found)
    }

    fn size(&self, sha256: Digest) -> Answer<'_, Option<u64>> {
        ready(self.shelves().files.get(&sha256).map(|b| b.len() as u64))
    }

    fn path(&self, _: Digest) -> Option<std::path::PathBuf> {
        None
    }
}
