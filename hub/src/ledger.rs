//! Events on their way into the store: each is folded into the state of its thing once, and all is handed over as one commit.
//!
//! A state takes an event at its end directly. One that arrives late, is refused, or marks others makes the thing fold again from all
//! its events, which are loaded only then.

use crate::{
    links::{difference, links_of},
    store::{Commit, EventRow, EventStore, Link, StateRow, StoreError},
};
use keyturn_core::{
    log::{Event, fold::Aggregate},
    model::{Id, UtcMs, act::Act, body::Body},
    parallel,
};
use std::collections::{BTreeSet, HashMap};

struct Slot {
    state: Aggregate,
    /// Links of the state as stored.
    links: Vec<Link>,
    /// Whether the store knows the thing.
    stored: bool,
    /// Its stored events, once they were needed.
    history: Option<Vec<Event>>,
    /// Its events here, by index; the refused ones too.
    fresh: Vec<usize>,
    /// What the state holds is not all: fold again before storing.
    again: bool,
}

/// States kept in memory from commit to commit, each with the links that follow from it.
pub(crate) type Cache = HashMap<Id, (Aggregate, Vec<Link>)>;

struct Fresh {
    event: Event,
    refused: bool,
}

/// The states of things that were read, and events that were added to them.
pub(crate) struct Ledger {
    project: Id,
    slots: HashMap<Id, Slot>,
    fresh: Vec<Fresh>,
}

/// A late event needs the history of this thing, which is not loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NeedsHistory(pub Id);

pub(crate) fn decode_state(row: &StateRow) -> Result<Aggregate, StoreError> {
    keyturn_core::log::state::decode(&row.state).map_err(|_| StoreError::Damaged("a state"))
}

pub(crate) fn decode_events(rows: Vec<EventRow>) -> Result<Vec<Event>, StoreError> {
    rows.into_iter().map(|row| Event::decode(row.bytes).map_err(|_| StoreError::Damaged("an event"))).collect()
}

impl Ledger {
    pub(crate) fn new(project: Id) -> Self {
        Self { project, slots: HashMap::new(), fresh: Vec::new() }
    }

    /// Reads the states of these things, from `cache` where they are (they move out of it), the others from the store.
    pub(crate) async fn load(&mut self, store: &dyn EventStore, cache: &mut Cache, ids: impl IntoIterator<Item = Id>) -> Result<(), StoreError> {
        let mut wanted = Vec::new();
        for id in ids {
            if self.slots.contains_key(&id) {
                continue;
            }
            if let Some((state, links)) = cache.remove(&id) {
                self.slots.insert(id, Slot { state, links, stored: true, history: None, fresh: Vec::new(), again: false });
            } else {
                self.slots.insert(
                    id,
                    Slot { state: Aggregate::empty(id), links: Vec::new(), stored: false, history: Some(Vec::new()), fresh: Vec::new(), again: false },
                );
                wanted.push(id);
            }
        }
        for row in store.states(wanted).await? {
            let state = decode_state(&row)?;
            let links = links_of(&state, self.project);
            self.slots.insert(row.id, Slot { state, links, stored: true, history: None, fresh: Vec::new(), again: false });
        }
        Ok(())
    }

    /// Reads all events of these things.
    pub(crate) async fn load_history(&mut self, store: &dyn EventStore, ids: impl IntoIterator<Item = Id>) -> Result<(), StoreError> {
        let wanted: Vec<Id> = ids.into_iter().filter(|id| self.slots.get(id).is_some_and(|s| s.history.is_none())).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut by_thing: HashMap<Id, Vec<Event>> = wanted.iter().map(|id| (*id, Vec::new())).collect();
        for event in decode_events(store.events_of(wanted, u64::MAX >> 1).await?)? {
            by_thing.entry(event.agg).or_default().push(event);
        }
        for (id, events) in by_thing {
            if let Some(slot) = self.slots.get_mut(&id) {
                slot.history = Some(events);
            }
        }
        Ok(())
    }

    /// The state of a thing that was read; nothing for one that no event has told of.
    pub(crate) fn state(&self, id: Id) -> Option<&Aggregate> {
        self.slots.get(&id).map(|s| &s.state).filter(|s| s.last.is_some())
    }

    /// Of these events' things, those whose state is ahead of them already.
    pub(crate) fn late<'a>(&self, events: impl Iterator<Item = &'a Event>) -> BTreeSet<Id> {
        events.filter(|e| self.slots.get(&e.agg).is_some_and(|s| s.state.last.is_some_and(|last| e.order() <= last))).map(|e| e.agg).collect()
    }

    /// Adds an event that counts. Its thing must have been read.
    // The event goes back to its owner, who folds it with the history; boxing it would cost every push an allocation.
    #[allow(clippy::result_large_err)]
    pub(crate) fn add(&mut self, event: Event, body: &Body) -> Result<(), (NeedsHistory, Event)> {
        let index = self.fresh.len();
        let Some(slot) = self.slots.get_mut(&event.agg) else { return Err((NeedsHistory(event.agg), event)) };
        if matches!(body, Body::Act(Act::Refuse(..) | Act::ClockWrong(..))) {
            slot.again = true;
        } else if !slot.state.push_known(&event, body) {
            let Some(history) = &slot.history else { return Err((NeedsHistory(event.agg), event)) };
            let here = slot.fresh.iter().map(|i| &self.fresh[*i]).filter(|f| !f.refused).map(|f| &f.event);
            slot.state = Aggregate::fold(event.agg, history.iter().chain(here).chain([&event]));
        }
        slot.fresh.push(index);
        self.fresh.push(Fresh { event, refused: false });
        Ok(())
    }

    /// Keeps an event that is left out of the state; the refusal that says why is added as an event of its own.
    pub(crate) fn keep_refused(&mut self, event: Event) {
        if let Some(slot) = self.slots.get_mut(&event.agg) {
            slot.fresh.push(self.fresh.len());
            slot.again = true;
        }
        self.fresh.push(Fresh { event, refused: true });
    }

    /// Things whose state must be folded again before they are stored.
    pub(crate) fn to_fold_again(&self) -> Vec<Id> {
        self.slots.iter().filter(|(_, s)| s.again).map(|(id, _)| *id).collect()
    }

    /// Writes events, states and links into `commit`, numbered after `commit.after`. What the states are now.
    pub(crate) fn finish(self, received: UtcMs, commit: &mut Commit) -> Result<Finished, StoreError> {
        let numbered = (commit.after + 1..).zip(&self.fresh);
        let changed: HashMap<Id, u64> = numbered.map(|(hub_seq, fresh)| (fresh.event.agg, hub_seq)).collect();
        let fresh = &self.fresh;
        let settle = |(id, mut slot): (Id, Slot)| -> Result<Settled, StoreError> {
            let Some(changed) = changed.get(&id) else { return Ok(Settled { kept: slot.stored.then_some((slot.state, slot.links)), written: None }) };
            if slot.again {
                let history = slot.history.as_ref().ok_or(StoreError::Damaged("a history was not loaded"))?;
                slot.state = Aggregate::fold(id, history.iter().chain(slot.fresh.iter().map(|i| &fresh[*i].event)));
            }
            let row = row(&slot.state, *changed);
            let links = links_of(&slot.state, self.project);
            let (begin, end) = difference(&slot.links, &links);
            Ok(Settled { kept: Some((slot.state, links)), written: Some((row, begin, end)) })
        };
        let mut states = Vec::with_capacity(self.slots.len());
        for settled in parallel::map(self.slots.into_iter().collect(), settle) {
            let Settled { kept, written } = settled?;
            states.extend(kept);
            if let Some((row, begin, end)) = written {
                commit.states.push(row);
                commit.begin.extend(begin);
                commit.end.extend(end);
            }
        }
        commit.hub_seq = commit.after + self.fresh.len() as u64;
        commit.events.extend((commit.after + 1..).zip(self.fresh).map(|(hub_seq, Fresh { mut event, refused })| EventRow {
            hub_seq,
            device: event.device,
            seq: event.seq,
            agg: event.agg,
            kind: std::mem::take(&mut event.kind),
            refused,
            received,
            bytes: event.into_bytes(),
        }));
        Ok(Finished { states, things: changed.into_keys().collect() })
    }
}

/// A thing when all its events are in: its state and links, and what the store is to write of it.
struct Settled {
    kept: Option<(Aggregate, Vec<Link>)>,
    written: Option<(StateRow, Vec<Link>, Vec<Link>)>,
}

/// What a ledger leaves behind.
pub(crate) struct Finished {
    /// Every state that was read or changed, with its links.
    pub states: Vec<(Aggregate, Vec<Link>)>,
    /// The things that changed.
    pub things: Vec<Id>,
}

pub(crate) fn row(state: &Aggregate, changed: u64) -> StateRow {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    StateRow {
        id: state.id,
        kind: state.kind,
        unit: state.unit,
        phase: state.phase.name().to_owned(),
        conflicts: count(state.conflicts().count()),
        unfit: count(state.unfit().count()),
        refused: count(state.refused.len()),
        changed,
        state: keyturn_core::log::state::encode(state),
    }
}
