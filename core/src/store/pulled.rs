//! Taking in what was pulled: events of other devices, in one transaction with the new cursor.

use super::{
    Result, Store, StoreError, Writer,
    append::{HeldThing, Ready, device_number, stored_digest, sum_of},
    packed,
    read::{self, Segments},
    save_own, set_meta,
};
use crate::{
    log::{
        Clock, Event,
        batch::{Arrived, Segment, pack},
        fold::{Aggregate, Phase},
    },
    model::{Id, act::Act, body::AggKind},
    parallel,
};
use minicbor::Encoder;
use rusqlite::{Connection, params};
use std::collections::{BTreeSet, HashMap, HashSet, hash_map::Entry};

/// What a segment brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Events that were new.
    pub new: usize,
    /// Things whose state changed.
    pub changed: Vec<Id>,
    /// Events that could not be read or that differ from those held under the same name; set aside.
    pub set_aside: usize,
}

/// Fewer events are stored one by one; more are kept packed as they came.
const SEGMENT_FROM_EVENTS: usize = 64;

impl Store {
    /// Takes in a segment. Durable when this returns; on an error nothing has changed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn take_in(&self, segment: &Segment, clock: &dyn Clock) -> Result<Pulled> {
        self.take(segment, None, clock)
    }

    /// [`Self::take_in`] for a segment whose bytes are there as they came: they are kept, where that is possible.
    ///
    /// # Errors
    /// When the database fails.
    pub fn take_in_arrived(&self, arrived: &Arrived, clock: &dyn Clock) -> Result<Pulled> {
        self.take(&arrived.segment, Some(arrived), clock)
    }

    fn take(&self, segment: &Segment, arrived: Option<&Arrived>, clock: &dyn Clock) -> Result<Pulled> {
        let mut guard = self.writer();
        let Writer { db, own } = &mut *guard;
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut out = Pulled::default();
        let mut devices = HashMap::new();
        let fresh = not_held(&tx, segment, &mut devices, &mut out)?;
        let packed = store_packed(&tx, &fresh, arrived)?;
        let mut new_own = own.clone();
        if let Some(own) = &mut new_own {
            fresh.iter().for_each(|event| own.clock.observe(event.hlc, clock));
        }
        let mut due = pictures_due(&tx)?.unwrap_or_default();
        let due_before = due.len();
        let mut segments = Segments::default();
        let mut insert = tx.prepare_cached("INSERT INTO event(device, seq, thing, segment, place, bytes, sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        let me = own.as_ref().map(|own| own.device);
        for Changed { id, events, row, grown } in changed_things(&tx, &fresh, me)? {
            let grown = match grown? {
                Some(grown) => grown,
                // An event that came late: the thing is folded again from all of them.
                None => {
                    let mut all = if row.is_some() { read::events_of_cached(&tx, id, &mut segments)? } else { Vec::new() };
                    all.extend(events.iter().map(|i| fresh[*i].clone()));
                    Grown::of(&Aggregate::fold(id, &all), me)
                }
            };
            if grown.pictured {
                due.insert(id);
            }
            let n = grown.ready.save(&tx, id, row.as_ref())?;
            for i in events {
                let event = &fresh[i];
                let device = devices[&event.device].n;
                match &packed {
                    Some((segment, places)) => insert.execute(params![device, event.seq as i64, n, segment, places[i] as i64, None::<&[u8]>, None::<i64>])?,
                    None => insert.execute(params![device, event.seq as i64, n, None::<i64>, None::<i64>, event.bytes(), sum_of(event.bytes())])?,
                };
            }
            out.changed.push(id);
        }
        drop(insert);
        for grant in &segment.keys {
            let key = grant.key.as_ref().map(|k| k.to_vec());
            tx.prepare_cached("INSERT INTO person_key(person, key, sent) VALUES(?1, ?2, 1) ON CONFLICT(person) DO UPDATE SET key = excluded.key, sent = 1")?
                .execute(params![&grant.person.0[..], key])?;
        }
        for gone in &segment.gone {
            leave_scope(&tx, *gone, own.as_ref().map(|o| o.device))?;
        }
        if due.len() != due_before {
            set_meta(&tx, PICTURES_DUE, &minicbor::to_vec(&due).unwrap_or_default())?;
        }
        set_meta(&tx, "cursor", segment.cursor.as_bytes())?;
        if let Some(new_own) = &new_own {
            save_own(&tx, new_own)?;
        }
        tx.commit()?;
        *own = new_own;
        out.new = fresh.len();
        Ok(out)
    }
}

/// A thing that new events concern.
struct Changed {
    id: Id,
    /// The events, by their places.
    events: Vec<usize>,
    /// Its row as it stands.
    row: Option<HeldThing>,
    /// Its state with them; none when they do not simply follow what is held.
    grown: Result<Option<Grown>>,
}

/// A state with its new events, ready to be written.
struct Grown {
    ready: Ready,
    /// Whether it has pictures to fetch.
    pictured: bool,
}

impl Grown {
    fn of(state: &Aggregate, own: Option<Id>) -> Self {
        Self { ready: Ready::of(state), pictured: pictured(state, own) }
    }
}

/// The things that these events concern, in the order they come. Reading rows is the database's work; unpacking, folding and packing is
/// shared among the cores.
fn changed_things(db: &Connection, fresh: &[Event], own: Option<Id>) -> Result<Vec<Changed>> {
    let mut places: HashMap<Id, usize> = HashMap::new();
    let mut things: Vec<(Id, Vec<usize>)> = Vec::new();
    for (i, event) in fresh.iter().enumerate() {
        let place = *places.entry(event.agg).or_insert(things.len());
        match things.get_mut(place) {
            Some((_, events)) => events.push(i),
            None => things.push((event.agg, vec![i])),
        }
    }
    let mut held = Vec::with_capacity(things.len());
    for (id, events) in things {
        held.push((id, events, read::held_thing(db, id)?));
    }
    Ok(parallel::map(held, |(id, events, held)| {
        let (row, packed) = held.unzip();
        let grow = || {
            let mut state = packed.map_or_else(|| Ok(Aggregate::empty(id)), |bytes| packed::unpack(&bytes))?;
            Ok(events.iter().all(|i| state.push(&fresh[*i])).then(|| Grown::of(&state, own)))
        };
        let grown = grow();
        Changed { id, events, row, grown }
    }))
}

/// A device whose events come in.
struct Sender {
    /// Its number here.
    n: i64,
    /// The highest of its events that is held; those after it need not be looked for.
    held: u64,
}

/// The events of a segment that are not held yet, each once. Those that cannot be read, or differ from what is held, are counted.
fn not_held(db: &Connection, segment: &Segment, devices: &mut HashMap<Id, Sender>, out: &mut Pulled) -> Result<Vec<Event>> {
    let mut fresh: Vec<Event> = Vec::with_capacity(segment.events.len());
    let mut in_segment = HashSet::with_capacity(segment.events.len());
    for decoded in parallel::map(segment.events.iter().collect(), |bytes| Event::decode(bytes.to_vec())) {
        let Ok(event) = decoded else {
            out.set_aside += 1;
            continue;
        };
        let sender = match devices.entry(event.device) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(slot) => {
                let n = device_number(db, event.device)?;
                let held: Option<i64> = db.prepare_cached("SELECT max(seq) FROM event WHERE device = ?1")?.query_row([n], |r| r.get(0))?;
                slot.insert(Sender { n, held: held.unwrap_or(0) as u64 })
            }
        };
        let held = if event.seq > sender.held { None } else { stored_digest(db, sender.n, event.seq)? };
        match held {
            Some(held) if held == event.digest() => {}
            Some(_) => out.set_aside += 1,
            None if in_segment.insert(event.at()) => fresh.push(event),
            None => {}
        }
    }
    Ok(fresh)
}

/// Things with photos of others whose small pictures are still to be fetched.
const PICTURES_DUE: &str = "pictures_due";

fn pictures_due(db: &Connection) -> Result<Option<BTreeSet<Id>>> {
    let bytes = super::get_meta(db, PICTURES_DUE)?;
    bytes.map(|bytes| minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("pictures"))).transpose()
}

/// Whether a snag that is still open has photos that were taken elsewhere: they are seen offline too.
fn pictured(state: &Aggregate, own: Option<Id>) -> bool {
    let elsewhere = |e: &crate::log::fold::Entry| matches!(e.act, Act::PhotoAdd(_)) && Some(e.origin.at().device) != own;
    state.kind == Some(AggKind::Snag) && state.phase != Phase::Confirmed && state.done().any(elsewhere)
}

impl Store {
    /// Things with photos of others whose small pictures are still to be fetched: noted as they arrive. A store of an earlier version is
    /// looked through once.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn pictures_due(&self) -> Result<BTreeSet<Id>> {
        if let Some(due) = self.read(pictures_due)? {
            return Ok(due);
        }
        let own = self.writer().own.as_ref().map(|own| own.device);
        let all = self.list(AggKind::Snag, None, None, 0, u64::from(u32::MAX))?;
        Ok(all.iter().filter(|snag| pictured(snag, own)).map(|snag| snag.id).collect())
    }

    /// Notes what is still to be fetched.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn set_pictures_due(&self, due: &BTreeSet<Id>) -> Result<()> {
        self.set_meta(PICTURES_DUE, &minicbor::to_vec(due).unwrap_or_default())
    }
}

/// Keeps many events as one packed block; the block's number and each event's place in it.
fn store_packed(db: &Connection, events: &[Event], arrived: Option<&Arrived>) -> Result<Option<(i64, Vec<usize>)>> {
    if events.len() < SEGMENT_FROM_EVENTS {
        return Ok(None);
    }
    // As it came where all of it is new, but never with keys of persons: what is erased must be found nowhere (promise 9).
    let whole = arrived.filter(|came| came.segment.keys.is_empty() && came.segment.events.len() == events.len());
    if let Some((packed, places)) = whole.map(Arrived::as_it_came) {
        return Ok(Some((insert_segment(db, packed)?, places.to_vec())));
    }
    let mut raw = Vec::with_capacity(events.iter().map(|e| e.bytes().len() + 3).sum());
    let mut places = Vec::with_capacity(events.len());
    for event in events {
        places.push(raw.len());
        Encoder::new(&mut raw).bytes(event.bytes()).map_err(|_| StoreError::Damaged("segment"))?;
    }
    Ok(Some((insert_segment(db, &pack(&raw))?, places)))
}

fn insert_segment(db: &Connection, packed: &[u8]) -> Result<i64> {
    db.prepare_cached("INSERT INTO segment(packed, sum) VALUES(?1, ?2)")?.execute(params![packed, sum_of(packed)])?;
    Ok(db.last_insert_rowid())
}

/// Removes what left the scope, but never own work that the hub may not have.
fn leave_scope(db: &Connection, id: Id, own: Option<Id>) -> Result<()> {
    let own_events: i64 = db
        .prepare_cached("SELECT count(*) FROM event e JOIN thing t ON t.n = e.thing JOIN device d ON d.n = e.device WHERE t.id = ?1 AND d.id = ?2")?
        .query_row(params![&id.0[..], own.map(|o| o.0.to_vec())], |r| r.get(0))?;
    if own_events > 0 {
        return Ok(());
    }
    db.prepare_cached("DELETE FROM event WHERE thing = (SELECT n FROM thing WHERE id = ?1)")?.execute([&id.0[..]])?;
    db.prepare_cached("DELETE FROM thing WHERE id = ?1")?.execute([&id.0[..]])?;
    db.prepare_cached("DELETE FROM person_key WHERE person = ?1")?.execute([&id.0[..]])?;
    Ok(())
}
