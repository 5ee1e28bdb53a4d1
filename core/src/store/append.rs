//! Appending: the device's own events, each checked, chained and folded in one transaction.

use super::{Own, Result, Store, StoreError, Writer, outbox, packed, read, save_own};
use crate::{
    log::{Chain, Clock, Event, NewEvent, fold::Aggregate},
    model::{Digest, Id, PersonKey, UtcMs, body::Body},
};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// One act of a person: one or several events that are committed together.
pub struct Wrote<'a> {
    db: &'a Connection,
    own: Own,
    clock: &'a dyn Clock,
    actor: Id,
    role: &'a str,
    policy: &'a str,
    things: HashMap<Id, Aggregate>,
    events: Vec<Event>,
}

impl Store {
    /// Runs `work` in one transaction. What it appended is durable when this returns; on any error nothing has changed.
    ///
    /// # Errors
    /// What `work` answers, or the database's failure.
    pub fn write<T, E: From<StoreError>>(
        &self,
        clock: &dyn Clock,
        (actor, role, policy): (Id, &str, &str),
        work: impl FnOnce(&mut Wrote<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut guard = self.writer();
        let Writer { db, own } = &mut *guard;
        let Some(before) = own.clone() else { return Err(StoreError::Damaged("no device").into()) };
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(StoreError::from)?;
        let mut wrote = Wrote { db: &tx, own: before, clock, actor, role, policy, things: HashMap::new(), events: Vec::new() };
        let out = work(&mut wrote)?;
        let after = wrote.finish()?;
        tx.commit().map_err(StoreError::from)?;
        *own = Some(after);
        Ok(out)
    }
}

impl Wrote<'_> {
    /// A new identifier of this device.
    pub fn new_id(&mut self) -> Id {
        let now = self.own.clock.corrected(self.clock);
        self.own.ids.next(now.0)
    }

    /// The state of a thing, with what this act has appended so far.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn thing(&mut self, id: Id) -> Result<Option<&Aggregate>> {
        if !self.things.contains_key(&id)
            && let Some(found) = read::thing(self.db, id)?
        {
            self.things.insert(id, found);
        }
        Ok(self.things.get(&id))
    }

    /// The key of a person, with those added in this act.
    pub(crate) fn person_key(&self, person: Id) -> Result<Option<PersonKey>> {
        read::person_key(self.db, person)
    }

    /// Keeps the key of a person first met here; it goes to the hub with the next sync.
    pub(crate) fn add_person_key(&self, person: Id, key: &PersonKey) -> Result<()> {
        self.db
            .prepare_cached("INSERT INTO person_key(person, key, sent) VALUES(?1, ?2, 0) ON CONFLICT(person) DO NOTHING")?
            .execute(params![&person.0[..], &key.0[..]])?;
        Ok(())
    }

    /// Forgets a draft together with what is recorded of it.
    pub(crate) fn forget_draft(&self, key: &str) -> Result<()> {
        self.db.execute("DELETE FROM draft WHERE key = ?1", [key])?;
        Ok(())
    }

    /// Notes a photo taken here that is still to be sent. The same file twice is one blob with two uses.
    pub(crate) fn add_photo(&self, sha256: Digest, bytes: u64, thing: Id) -> Result<()> {
        let taken = self.own.clock.corrected(self.clock);
        self.db
            .prepare_cached("INSERT INTO photo(sha256, bytes, thing, taken_ms, state) VALUES(?1, ?2, ?3, ?4, 0) ON CONFLICT(sha256) DO NOTHING")?
            .execute(params![&sha256.0[..], bytes as i64, &thing.0[..], taken.0])?;
        Ok(())
    }

    /// Seals the own chain with what this act has appended; the seal is committed with it.
    ///
    /// # Errors
    /// What the signer answers, or the database's failure.
    pub(crate) fn seal<E: From<StoreError>>(&mut self, sign: impl FnOnce(Chain, UtcMs) -> std::result::Result<Vec<u8>, E>) -> std::result::Result<(), E> {
        let chain = self.own.chain;
        let bytes = sign(chain, self.own.clock.corrected(self.clock))?;
        outbox::keep_seal(self.db, chain.seq, &bytes)?;
        Ok(())
    }

    /// Appends an event. Whether it may be appended is the caller's question to the rules.
    ///
    /// # Errors
    /// When the database fails.
    pub fn append(&mut self, agg: Id, body: &Body) -> Result<Event> {
        let policy = self.policy;
        self.append_under(policy, agg, body)
    }

    /// As [`Self::append`], under another profile than the one in force: a running case keeps its own.
    ///
    /// # Errors
    /// When the database fails.
    pub fn append_under(&mut self, policy: &str, agg: Id, body: &Body) -> Result<Event> {
        let (hlc, skew_ms) = self.own.clock.tick(self.clock);
        let event = Event::encode(&NewEvent {
            device: self.own.device,
            actor: self.actor,
            role: self.role,
            policy,
            skew_ms,
            agg,
            seq: self.own.chain.seq + 1,
            hlc,
            body,
        });
        self.own.chain.push(event.digest());
        self.thing(agg)?;
        let mut state = self.things.remove(&agg).unwrap_or_else(|| Aggregate::empty(agg));
        if !state.push_known(&event, body) {
            let mut events = read::events_of(self.db, agg)?;
            events.extend(self.events.iter().filter(|e| e.agg == agg).cloned());
            events.push(event.clone());
            state = Aggregate::fold(agg, &events);
        }
        self.things.insert(agg, state);
        self.events.push(event.clone());
        Ok(event)
    }

    fn finish(self) -> Result<Own> {
        let device = device_number(self.db, self.own.device)?;
        let mut numbers = HashMap::new();
        for event in &self.events {
            if let std::collections::hash_map::Entry::Vacant(slot) = numbers.entry(event.agg) {
                let state = self.things.get(&event.agg).ok_or(StoreError::Damaged("state"))?;
                slot.insert(Ready::of(state).save(self.db, state.id, held_thing(self.db, state.id)?.as_ref())?);
            }
            insert_event(self.db, device, event, numbers[&event.agg])?;
        }
        save_own(self.db, &self.own)?;
        Ok(self.own)
    }
}

pub(super) fn device_number(db: &Connection, device: Id) -> Result<i64> {
    if let Some(n) = db.prepare_cached("SELECT n FROM device WHERE id = ?1")?.query_row([&device.0[..]], |r| r.get(0)).optional()? {
        return Ok(n);
    }
    db.prepare_cached("INSERT INTO device(id) VALUES(?1)")?.execute([&device.0[..]])?;
    Ok(db.last_insert_rowid())
}

pub(super) fn insert_event(db: &Connection, device: i64, event: &Event, thing: i64) -> Result<()> {
    db.prepare_cached("INSERT INTO event(device, seq, thing, bytes) VALUES(?1, ?2, ?3, ?4)")?.execute(params![
        device,
        event.seq as i64,
        thing,
        event.bytes()
    ])?;
    Ok(())
}

/// The sum under which records of others are kept: the first bytes of their SHA-256. It finds damage; against forgery there are chains.
pub(super) fn sum_of(bytes: &[u8]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = Digest::of(bytes).0;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Kind, unit, parent, phase, place in lists, conflicts, and what waits for a person otherwise.
pub(super) type Columns = (Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>, i64, String, i64, i64);

/// What lists read of a state without unpacking it.
pub(super) fn columns(state: &Aggregate) -> Columns {
    (
        state.kind.map(|k| k as i64),
        state.unit.map(|u| u.0.to_vec()),
        state.parent.map(|u| u.0.to_vec()),
        state.phase as i64,
        sort_key(state),
        state.conflicts().count() as i64,
        (state.refused.len() + state.unfit().count()) as i64,
    )
}

/// A thing's row as it stands: its number, and its columns where they can be read.
pub(super) type HeldThing = (i64, Option<Columns>);

/// The row of a thing, if it has one.
fn held_thing(db: &Connection, id: Id) -> Result<Option<HeldThing>> {
    let sql = "SELECT n, kind, unit, parent, phase, sort, conflicts, refused FROM thing WHERE id = ?1";
    Ok(db.prepare_cached(sql)?.query_row([&id.0[..]], held_columns).optional()?)
}

/// Reads a [`HeldThing`] from the first columns of a row.
pub(super) fn held_columns(row: &rusqlite::Row<'_>) -> rusqlite::Result<HeldThing> {
    let columns = || -> rusqlite::Result<Columns> { Ok((row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?)) };
    // Damaged ones are written anew.
    Ok((row.get(0)?, columns().ok()))
}

/// A state ready to be written: what lists read of it, and itself packed.
pub(super) struct Ready {
    columns: Columns,
    packed: Vec<u8>,
}

impl Ready {
    pub(super) fn of(state: &Aggregate) -> Self {
        Self { columns: columns(state), packed: packed::pack(state) }
    }

    /// Writes the state of a thing over the row it has; its number. Most edits move it in no list, and an index that is not touched
    /// costs nothing.
    pub(super) fn save(self, db: &Connection, id: Id, held: Option<&HeldThing>) -> Result<i64> {
        let Self { columns, packed } = self;
        if let Some((n, _)) = held.filter(|(_, old)| old.as_ref() == Some(&columns)) {
            db.prepare_cached("UPDATE thing SET state = ?2 WHERE n = ?1")?.execute(params![n, packed])?;
            return Ok(*n);
        }
        let (kind, unit, parent, phase, sort, conflicts, refused) = columns;
        if let Some((n, _)) = held {
            db.prepare_cached(
                "UPDATE thing SET kind = ?2, unit = ?3, parent = ?4, phase = ?5, sort = ?6, conflicts = ?7, refused = ?8, state = ?9 WHERE n = ?1",
            )?
            .execute(params![n, kind, unit, parent, phase, sort, conflicts, refused, packed])?;
            return Ok(*n);
        }
        db.prepare_cached("INSERT INTO thing(id, kind, unit, parent, phase, sort, conflicts, refused, state) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
            .execute(params![&id.0[..], kind, unit, parent, phase, sort, conflicts, refused, packed])?;
        Ok(db.last_insert_rowid())
    }
}

/// The order in lists: a snag by number, a unit by building, entrance, floor and number, everything else by name.
fn sort_key(state: &Aggregate) -> String {
    use crate::model::{Value, body::AggKind};
    let part = |field: &str| match state.get(field) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Int(n)) => read::sorted_number(*n),
        _ => String::new(),
    };
    match state.kind {
        Some(AggKind::Snag) => part("number"),
        Some(AggKind::Unit) => format!("{} {} {} {}", part("building"), part("entrance"), part("floor"), part("number")),
        _ => part("name"),
    }
}

/// The digest of an event stored under a number, if there is one.
pub(super) fn stored_digest(db: &Connection, device: i64, seq: u64) -> Result<Option<Digest>> {
    Ok(read::event_bytes(db, device, seq)?.map(|bytes| Digest::of(&bytes)))
}
