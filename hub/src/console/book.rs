//! What the pages read: the folded states of the project, kept in memory and brought up to date by what changed since.
//!
//! The store's state table is a cache of the events; this is a cache of that table. It never writes.

use crate::store::{EventStore, StateQuery, StoreError};
use keyturn_core::{
    log::fold::Aggregate,
    model::{Id, PersonKey, Value, body::AggKind},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use tokio::sync::Mutex;

/// Events read in one step when catching up, in bytes.
const STEP_BYTES: usize = 4 << 20;

/// All states as they were when the hub's number was `seen`.
#[derive(Clone, Default)]
pub struct Book {
    seen: u64,
    things: HashMap<Id, Arc<Aggregate>>,
    by_kind: BTreeMap<AggKind, BTreeSet<Id>>,
    by_unit: HashMap<Id, BTreeSet<Id>>,
}

impl Book {
    fn take(&mut self, thing: Aggregate) {
        // A thing whose creation the hub left out is none of its kind, and still there to be looked at: why it was left out stands on it.
        for ids in self.by_kind.values_mut() {
            ids.remove(&thing.id);
        }
        if let Some(kind) = thing.kind {
            self.by_kind.entry(kind).or_default().insert(thing.id);
        }
        if let Some(unit) = thing.unit {
            self.by_unit.entry(unit).or_default().insert(thing.id);
        }
        self.things.insert(thing.id, Arc::new(thing));
    }

    /// A thing.
    pub fn get(&self, id: Id) -> Option<&Aggregate> {
        self.things.get(&id).map(Arc::as_ref)
    }

    /// A thing of this kind.
    pub fn get_kind(&self, id: Id, kind: AggKind) -> Option<&Aggregate> {
        self.get(id).filter(|t| t.kind == Some(kind))
    }

    /// Everything of a kind, by id (and so by age: ids begin with the time).
    pub fn all(&self, kind: AggKind) -> impl Iterator<Item = &Aggregate> {
        self.by_kind.get(&kind).into_iter().flatten().filter_map(|id| self.get(*id))
    }

    /// What belongs to a unit.
    pub fn of_unit(&self, unit: Id, kind: AggKind) -> impl Iterator<Item = &Aggregate> {
        self.by_unit.get(&unit).into_iter().flatten().filter_map(move |id| self.get_kind(*id, kind))
    }

    /// Things with something for a person to look at.
    pub fn everything(&self) -> impl Iterator<Item = &Aggregate> {
        self.things.values().map(Arc::as_ref)
    }
}

/// The book, shared by all requests.
#[derive(Default)]
pub struct Books(Mutex<Arc<Book>>);

impl Books {
    /// The book as the store is now.
    ///
    /// # Errors
    /// When the store cannot be read, or a state in it is damaged.
    pub async fn now(&self, store: &dyn EventStore) -> Result<Arc<Book>, StoreError> {
        let mut slot = self.0.lock().await;
        let head = store.head().await?.hub_seq;
        if slot.seen == head && head > 0 {
            return Ok(slot.clone());
        }
        let book = Arc::make_mut(&mut slot);
        let rows = if book.seen == 0 {
            store.list(StateQuery::default()).await?
        } else {
            let mut changed = HashSet::new();
            let mut after = book.seen;
            while after < head {
                let events = store.events_after(after, STEP_BYTES).await?;
                let Some(last) = events.last() else { break };
                after = last.hub_seq;
                changed.extend(events.iter().map(|e| e.agg));
            }
            store.states(changed.into_iter().collect()).await?
        };
        for row in rows {
            book.take(crate::ledger::decode_state(&row)?);
        }
        book.seen = head;
        Ok(slot.clone())
    }
}

/// Names of persons, decrypted for one page.
#[derive(Default)]
pub struct Names(HashMap<Id, (Option<String>, Option<String>)>);

impl Names {
    /// Reads the keys of these persons and opens their names and telephones. An erased person has none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(store: &dyn EventStore, book: &Book, persons: impl IntoIterator<Item = Id>) -> Result<Self, StoreError> {
        let mut persons: Vec<Id> = persons.into_iter().collect();
        persons.sort_unstable();
        persons.dedup();
        let mut names = HashMap::new();
        for row in store.keys(persons).await? {
            let Some(key) = row.key.and_then(|k| k.try_into().ok()).map(PersonKey) else { continue };
            let open = |field: &str| match book.get(row.person).and_then(|p| p.get(field)) {
                Some(Value::Personal(sealed)) => key.open_text(sealed),
                Some(Value::Text(open)) => Some(open.clone()),
                _ => None,
            };
            names.insert(row.person, (open("name"), open("phone")));
        }
        Ok(Self(names))
    }

    /// The name.
    pub fn name(&self, person: Id) -> Option<&str> {
        self.0.get(&person)?.0.as_deref()
    }

    /// The telephone.
    pub fn phone(&self, person: Id) -> Option<&str> {
        self.0.get(&person)?.1.as_deref()
    }
}
