//! Reading: states, lists, histories.

use super::{
    Result, Store, StoreError,
    append::{HeldThing, held_columns},
    packed,
};
use crate::{
    log::{
        Event, batch,
        fold::{Aggregate, Phase},
    },
    model::{Id, PersonKey, body::AggKind},
};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// One row of a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// The thing.
    pub state: Aggregate,
}

/// Digits by which lists sort numbers.
const NUMBER_DIGITS: usize = 6;

/// A number as lists sort it.
pub(super) fn sorted_number(n: i64) -> String {
    format!("{n:0NUMBER_DIGITS$}")
}

pub(super) fn thing(db: &Connection, id: Id) -> Result<Option<Aggregate>> {
    let bytes: Option<Vec<u8>> = db.prepare_cached("SELECT state FROM thing WHERE id = ?1")?.query_row([&id.0[..]], |r| r.get(0)).optional()?;
    bytes.map(|b| packed::unpack(&b)).transpose()
}

/// A thing's row and its packed state.
pub(super) fn held_thing(db: &Connection, id: Id) -> Result<Option<(HeldThing, Vec<u8>)>> {
    let sql = "SELECT n, kind, unit, parent, phase, sort, conflicts, refused, state FROM thing WHERE id = ?1";
    Ok(db.prepare_cached(sql)?.query_row([&id.0[..]], |r| Ok((held_columns(r)?, r.get(8)?))).optional()?)
}

/// Unpacked segments of one reading, so that each is unpacked once.
#[derive(Default)]
pub(super) struct Segments(HashMap<i64, Vec<u8>>);

impl Segments {
    pub(super) fn slice(&mut self, db: &Connection, segment: i64, place: i64) -> Result<Vec<u8>> {
        if !self.0.contains_key(&segment) {
            let packed: Vec<u8> = db.prepare_cached("SELECT packed FROM segment WHERE n = ?1")?.query_row([segment], |r| r.get(0))?;
            if self.0.len() > 8 {
                self.0.clear();
            }
            self.0.insert(segment, batch::unpack(&packed).map_err(|_| StoreError::Damaged("segment"))?);
        }
        let raw = self.0.get(&segment).ok_or(StoreError::Damaged("segment"))?;
        let at = usize::try_from(place).map_err(|_| StoreError::Damaged("segment"))?;
        let mut d = minicbor::Decoder::new(raw.get(at..).ok_or(StoreError::Damaged("segment"))?);
        Ok(d.bytes().map_err(|_| StoreError::Damaged("segment"))?.to_vec())
    }
}

fn bytes_of_row(db: &Connection, segments: &mut Segments, row: (Option<Vec<u8>>, Option<i64>, Option<i64>)) -> Result<Vec<u8>> {
    match row {
        (Some(bytes), ..) => Ok(bytes),
        (None, Some(segment), Some(place)) => segments.slice(db, segment, place),
        _ => Err(StoreError::Damaged("event")),
    }
}

pub(super) fn event_bytes(db: &Connection, device: i64, seq: u64) -> Result<Option<Vec<u8>>> {
    let row = db
        .prepare_cached("SELECT bytes, segment, place FROM event WHERE device = ?1 AND seq = ?2")?
        .query_row(params![device, seq as i64], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .optional()?;
    row.map(|row| bytes_of_row(db, &mut Segments::default(), row)).transpose()
}

/// All events of a thing, in no particular order.
pub(super) fn events_of(db: &Connection, id: Id) -> Result<Vec<Event>> {
    events_of_cached(db, id, &mut Segments::default())
}

pub(super) fn events_of_cached(db: &Connection, id: Id, segments: &mut Segments) -> Result<Vec<Event>> {
    let mut statement =
        db.prepare_cached("SELECT e.bytes, e.segment, e.place FROM event e JOIN thing t ON t.n = e.thing WHERE t.id = ?1 ORDER BY e.device, e.seq")?;
    let rows: Vec<_> = statement.query_map([&id.0[..]], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect::<std::result::Result<_, _>>()?;
    rows.into_iter().map(|row| Event::decode(bytes_of_row(db, segments, row)?).map_err(|_| StoreError::Damaged("event"))).collect()
}

impl Store {
    /// The state of a thing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn thing(&self, id: Id) -> Result<Option<Aggregate>> {
        self.read(|db| thing(db, id))
    }

    /// The history of a thing in the fold's order.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn events_of(&self, id: Id) -> Result<Vec<Event>> {
        let mut events = self.read(|db| events_of(db, id))?;
        events.sort_by_key(Event::order);
        Ok(events)
    }

    /// Things of a kind, of one unit and phase if given, in list order, a page at a time.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn list(&self, kind: AggKind, unit: Option<Id>, phase: Option<Phase>, offset: u64, limit: u64) -> Result<Vec<Aggregate>> {
        self.read(|db| {
            let mut sql = String::from("SELECT state FROM thing WHERE kind = ?1");
            let mut args: Vec<Box<dyn rusqlite::ToSql>> = vec![Box::new(kind as i64)];
            if let Some(unit) = unit {
                args.push(Box::new(unit.0.to_vec()));
                sql += &format!(" AND unit = ?{}", args.len());
            }
            if let Some(phase) = phase {
                args.push(Box::new(phase as i64));
                sql += &format!(" AND phase = ?{}", args.len());
            }
            // The index gives this order when unit and phase are named; a list of one project's units is short.
            sql += " ORDER BY unit, phase, sort, n";
            if unit.is_some() || kind != AggKind::Snag {
                sql = sql.replace("ORDER BY unit, phase, sort, n", "ORDER BY sort, n");
            }
            args.push(Box::new(limit as i64));
            args.push(Box::new(offset as i64));
            sql += &format!(" LIMIT ?{} OFFSET ?{}", args.len() - 1, args.len());
            let mut statement = db.prepare_cached(&sql)?;
            let rows: Vec<Vec<u8>> = statement.query_map(rusqlite::params_from_iter(args), |r| r.get(0))?.collect::<std::result::Result<_, _>>()?;
            rows.iter().map(|bytes| packed::unpack(bytes)).collect()
        })
    }

    /// The things of a kind that came here last, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn latest(&self, kind: AggKind, limit: u64) -> Result<Vec<Aggregate>> {
        self.read(|db| {
            // Walks back over the rows: no index is needed for the few that are looked at.
            let mut statement = db.prepare_cached("SELECT state FROM thing WHERE +kind = ?1 ORDER BY n DESC LIMIT ?2")?;
            let rows: Vec<Vec<u8>> = statement.query_map(params![kind as i64, limit as i64], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?;
            rows.iter().map(|bytes| packed::unpack(bytes)).collect()
        })
    }

    /// The highest number that a snag of a unit carries here; 0 when there is none. Read from the list's index alone.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last_number(&self, unit: Id) -> Result<i64> {
        self.read(|db| {
            // A number of more digits than a list sorts by is no count of ours.
            let last: Option<String> = db
                .prepare_cached("SELECT max(sort) FROM thing WHERE kind = ?1 AND unit = ?2 AND length(sort) = ?3")?
                .query_row(params![AggKind::Snag as i64, &unit.0[..], NUMBER_DIGITS as i64], |r| r.get(0))?;
            Ok(last.and_then(|text| text.parse().ok()).unwrap_or(0))
        })
    }

    /// The snags that carry this number, of one unit if given: two where devices without a network counted alike.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn numbered(&self, unit: Option<Id>, number: i64) -> Result<Vec<Id>> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT id FROM thing WHERE kind = ?1 AND (?2 IS NULL OR unit = ?2) AND sort = ?3 ORDER BY id")?;
            let rows: Vec<Vec<u8>> = statement
                .query_map(params![AggKind::Snag as i64, unit.map(|u| u.0.to_vec()), sorted_number(number)], |r| r.get(0))?
                .collect::<std::result::Result<_, _>>()?;
            rows.into_iter().map(|b| b.try_into().map(Id).map_err(|_| StoreError::Damaged("id"))).collect()
        })
    }

    /// How many things of a kind stand in each phase, of one unit if given.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn count(&self, kind: AggKind, unit: Option<Id>) -> Result<HashMap<Phase, u64>> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT phase, count(*) FROM thing WHERE kind = ?1 AND (?2 IS NULL OR unit = ?2) GROUP BY phase")?;
            let rows: Vec<(i64, i64)> = statement
                .query_map(params![kind as i64, unit.map(|u| u.0.to_vec())], |r| Ok((r.get(0)?, r.get(1)?)))?
                .collect::<std::result::Result<_, _>>()?;
            rows.into_iter()
                .map(|(phase, n)| {
                    let encoded = minicbor::to_vec(phase as u64).unwrap_or_default();
                    minicbor::decode::<Phase>(&encoded).map(|p| (p, n as u64)).map_err(|_| StoreError::Damaged("phase"))
                })
                .collect()
        })
    }

    /// Things with a conflict, a refused event or an act that did not fit.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn to_review(&self) -> Result<Vec<Aggregate>> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT state FROM thing WHERE conflicts > 0 OR refused > 0 ORDER BY id")?;
            let rows: Vec<Vec<u8>> = statement.query_map([], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?;
            rows.iter().map(|bytes| packed::unpack(bytes)).collect()
        })
    }

    /// The key of a person; `None` when this device does not have it or the person was erased.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn person_key(&self, person: Id) -> Result<Option<PersonKey>> {
        self.read(|db| person_key(db, person))
    }

    /// Whether the key of a person was destroyed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_erased(&self, person: Id) -> Result<bool> {
        self.read(|db| {
            let erased: Option<bool> =
                db.prepare_cached("SELECT key IS NULL FROM person_key WHERE person = ?1")?.query_row([&person.0[..]], |r| r.get(0)).optional()?;
            Ok(erased.unwrap_or(false))
        })
    }

    /// Every thing's id, for checks over the whole store.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn all_things(&self) -> Result<Vec<Id>> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT id FROM thing ORDER BY id")?;
            let rows: Vec<Vec<u8>> = statement.query_map([], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?;
            rows.into_iter().map(|b| b.try_into().map(Id).map_err(|_| StoreError::Damaged("id"))).collect()
        })
    }

    /// Folds every thing again from its events and compares with the state kept; the things that differ.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn rebuild_differs(&self) -> Result<Vec<Id>> {
        let things = self.all_things()?;
        self.read(|db| {
            let mut segments = Segments::default();
            let mut differ = Vec::new();
            for id in things {
                let kept = thing(db, id)?;
                let events = events_of_cached(db, id, &mut segments)?;
                if kept != Some(Aggregate::fold(id, &events)) {
                    differ.push(id);
                }
            }
            Ok(differ)
        })
    }

    /// The events of the own chain from `from_seq` on, in order, at most `limit`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn own_events(&self, from_seq: u64, limit: u64) -> Result<Vec<Event>> {
        self.own_event_bytes(from_seq, limit)?.into_iter().map(|bytes| Event::decode(bytes).map_err(|_| StoreError::Damaged("event"))).collect()
    }

    /// [`Self::own_events`] as they were recorded.
    pub(super) fn own_event_bytes(&self, from_seq: u64, limit: u64) -> Result<Vec<Vec<u8>>> {
        let Some(chain_device) = self.writer().own.as_ref().map(|own| own.device) else { return Ok(Vec::new()) };
        self.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT e.bytes, e.segment, e.place FROM event e JOIN device d ON d.n = e.device WHERE d.id = ?1 AND e.seq >= ?2 ORDER BY e.seq LIMIT ?3",
            )?;
            let mut segments = Segments::default();
            let mut rows = statement.query(params![&chain_device.0[..], from_seq as i64, limit as i64])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                out.push(bytes_of_row(db, &mut segments, (row.get(0)?, row.get(1)?, row.get(2)?))?);
            }
            Ok(out)
        })
    }
}

pub(super) fn person_key(db: &Connection, person: Id) -> Result<Option<PersonKey>> {
    let key: Option<Option<Vec<u8>>> =
        db.prepare_cached("SELECT key FROM person_key WHERE person = ?1")?.query_row([&person.0[..]], |r| r.get(0)).optional()?;
    key.flatten().map(|k| k.try_into().map(PersonKey).map_err(|_| StoreError::Damaged("person key"))).transpose()
}
