//! Devices of one project without a hub between them.

use keyturn_core::{
    log::{Clock, Event, batch::Segment, fold::Aggregate},
    model::{
        Id, UtcMs, Value,
        act::Act,
        body::{AggKind, Body, Change, Create},
    },
    store::{Pulled, Store, StoreError, Wrote},
};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicI64, Ordering},
};
use tempfile::TempDir;

pub const NOON: i64 = 1_790_000_000_000;

/// A clock that stands until it is moved.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn at(ms: i64) -> Self {
        Self(AtomicI64::new(ms))
    }

    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn wall(&self) -> UtcMs {
        UtcMs(self.0.load(Ordering::SeqCst))
    }
    fn mono_ms(&self) -> u64 {
        0
    }
    fn boot_id(&self) -> u64 {
        1
    }
}

/// One device: a store in a folder of its own, and its clock.
pub struct Device {
    pub store: Store,
    pub clock: TestClock,
    pub id: Id,
    pub role: &'static str,
    dir: TempDir,
}

/// In memory where that is possible: these tests ask for many commits, not for a disk.
pub fn quick_dir() -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap() } else { tempfile::tempdir().unwrap() }
}

impl Device {
    pub fn new(name: &str) -> Self {
        Self::with_role(name, "inspector")
    }

    pub fn with_role(name: &str, role: &'static str) -> Self {
        let dir = quick_dir();
        let store = Store::open(&dir.path().join("keyturn.db")).unwrap();
        let id = Id::derived(&[name.as_bytes()]);
        store.become_device(id).unwrap();
        Self { store, clock: TestClock::at(NOON), id, role, dir }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("keyturn.db")
    }

    /// What a start of the app does.
    pub fn reopen(self) -> Self {
        let Self { store, clock, id, role, dir } = self;
        drop(store);
        let store = Store::open(&dir.path().join("keyturn.db")).unwrap();
        store.become_device(id).unwrap();
        Self { store, clock, id, role, dir }
    }

    /// The end of the app; the folder stays until the answer is dropped.
    pub fn close(self) -> TempDir {
        let Self { store, dir, .. } = self;
        drop(store);
        dir
    }

    pub fn write<T>(&self, work: impl FnOnce(&mut Wrote<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.clock.advance(1);
        self.store.write(&self.clock, (self.id, self.role, "test@1"), work)
    }

    pub fn append(&self, thing: Id, body: &Body) -> Event {
        self.write(|w| w.append(thing, body)).unwrap()
    }

    /// A new snag with these words.
    pub fn snag(&self, finding: &str) -> Id {
        self.write(|w| {
            let id = w.new_id();
            w.append(id, &create(finding)).map(|_| id)
        })
        .unwrap()
    }

    /// Sets a field, knowing what this device knows.
    pub fn set(&self, thing: Id, field: &str, value: &str) -> Event {
        self.write(|w| {
            let replaces = w.thing(thing)?.map(|t| t.heads(field)).unwrap_or_default();
            w.append(thing, &Body::Set(vec![Change { field: field.into(), value: value.into(), replaces }]))
        })
        .unwrap()
    }

    pub fn act(&self, thing: Id, act: Act) -> Event {
        self.append(thing, &Body::Act(act))
    }

    pub fn own(&self) -> Vec<Event> {
        self.store.own_events(1, u64::from(u32::MAX)).unwrap()
    }

    pub fn take(&self, events: &[Event]) -> Pulled {
        self.store.take_in(&segment(events), &self.clock).unwrap()
    }

    /// Both know what either knew of its own.
    pub fn meet(&self, other: &Self) {
        self.take(&other.own());
        other.take(&self.own());
    }

    pub fn thing(&self, id: Id) -> Aggregate {
        self.store.thing(id).unwrap().unwrap()
    }

    pub fn text(&self, id: Id, field: &str) -> Option<String> {
        self.thing(id).text(field).map(str::to_owned)
    }

    pub fn assert_states_are_folds(&self) {
        assert_eq!(self.store.rebuild_differs().unwrap(), Vec::<Id>::new(), "a kept state is not the fold of its events");
    }
}

pub fn create(finding: &str) -> Body {
    let fields = vec![("finding".to_owned(), Value::from(finding)), ("severity".to_owned(), Value::from("minor"))];
    Body::Create(Create { kind: AggKind::Snag, unit: Some(unit()), parent: None, fields })
}

pub fn unit() -> Id {
    Id::derived(&[b"unit"])
}

pub fn segment(events: &[Event]) -> Segment {
    let mut segment = Segment::at("1".into(), UtcMs(NOON));
    events.iter().for_each(|event| segment.add(event));
    segment
}

/// Says loudly that a test could not run here (`tests/src/tools.rs`, which this crate cannot use).
pub fn skipped(test: &str, why: &str) {
    use std::io::Write;
    eprintln!("SKIPPED {test}: {why}");
    if let Some(path) = std::env::var_os("KEYTURN_SKIPS") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(format!("{test}\t{why}\n").as_bytes()).unwrap();
    }
}
