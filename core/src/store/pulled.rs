//! Taking in what was pulled: events of other devices, in one transaction with the new cursor.

use super::{
    Result, Store, StoreError, Writer,
    append::{device_number, save_thing, stored_digest, sum_of},
    read::{self, Segments},
    save_own, set_meta,
};
use crate::{
    log::{
        Clock, Event,
        batch::{Segment, pack},
        fold::{Aggregate, Phase},
    },
    model::{Id, act::Act, body::AggKind},
};
use minicbor::Encoder;
use rusqlite::{Connection, params};
use std::collections::{BTreeSet, HashMap, HashSet};

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
        let mut guard = self.writer();
        let Writer { db, own } = &mut *guard;
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut out = Pulled::default();
        let mut devices: HashMap<Id, i64> = HashMap::new();
        let mut fresh: Vec<Event> = Vec::with_capacity(segment.events.len());
        let mut in_segment = HashSet::new();
        for bytes in &segment.events {
            let Ok(event) = Event::decode(bytes.to_vec()) else {
                out.set_aside += 1;
                continue;
            };
            let device = match devices.get(&event.device) {
                Some(n) => *n,
                None => *devices.entry(event.device).or_insert(device_number(&tx, event.device)?),
            };
            match stored_digest(&tx, device, event.seq)? {
                Some(held) if held == event.digest() => {}
                Some(_) => out.set_aside += 1,
                None if in_segment.insert(event.at()) => fresh.push(event),
                None => {}
            }
        }
        let packed = store_packed(&tx, &fresh)?;
        let mut new_own = own.clone();
        let mut by_thing: HashMap<Id, Vec<usize>> = HashMap::new();
        let mut order = Vec::new();
        for (i, event) in fresh.iter().enumerate() {
            let list = by_thing.entry(event.agg).or_default();
            if list.is_empty() {
                order.push(event.agg);
            }
            list.push(i);
            if let Some(own) = &mut new_own {
                own.clock.observe(event.hlc, clock);
            }
        }
        let mut due = pictures_due(&tx)?.unwrap_or_default();
        let due_before = due.len();
        let mut segments = Segments::default();
        let mut insert = tx.prepare_cached("INSERT INTO event(device, seq, thing, segment, place, bytes, sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        for id in order {
            let new: Vec<&Event> = by_thing[&id].iter().map(|i| &fresh[*i]).collect();
            let held = read::thing(&tx, id)?;
            let was_held = held.is_some();
            let mut state = held.unwrap_or_else(|| Aggregate::empty(id));
            if !new.iter().all(|event| state.push(event)) {
                let mut all = if was_held { read::events_of_cached(&tx, id, &mut segments)? } else { Vec::new() };
                all.extend(new.iter().map(|e| (*e).clone()));
                state = Aggregate::fold(id, &all);
            }
            if pictured(&state, own.as_ref().map(|o| o.device)) {
                due.insert(id);
            }
            let n = save_thing(&tx, &state)?;
            for i in &by_thing[&id] {
                let event = &fresh[*i];
                let device = devices[&event.device];
                match &packed {
                    Some((segment, places)) => insert.execute(params![device, event.seq as i64, n, segment, places[*i], None::<Vec<u8>>, None::<i64>])?,
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
fn store_packed(db: &Connection, events: &[Event]) -> Result<Option<(i64, Vec<i64>)>> {
    if events.len() < SEGMENT_FROM_EVENTS {
        return Ok(None);
    }
    let mut raw = Vec::with_capacity(events.iter().map(|e| e.bytes().len() + 3).sum());
    let mut places = Vec::with_capacity(events.len());
    for event in events {
        places.push(raw.len() as i64);
        Encoder::new(&mut raw).bytes(event.bytes()).map_err(|_| StoreError::Damaged("segment"))?;
    }
    let packed = pack(&raw);
    db.prepare_cached("INSERT INTO segment(packed, sum) VALUES(?1, ?2)")?.execute(params![packed, sum_of(&packed)])?;
    Ok(Some((db.last_insert_rowid(), places)))
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
