//! Tables and migrations.

use super::{Result, StoreError};
use rusqlite::Connection;
use rusqlite_migration::{HookError, M, Migrations};

const FIRST: &str = "
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
-- Devices by a small number, so that an event's row is short.
CREATE TABLE device(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE);
-- Things with their folded state, a cache of the events. A packed CBOR `Aggregate`.
CREATE TABLE thing(
  n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind INTEGER, unit BLOB, parent BLOB, phase INTEGER NOT NULL,
  sort TEXT NOT NULL DEFAULT '', conflicts INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, state BLOB NOT NULL);
CREATE INDEX thing_list ON thing(kind, unit, phase, sort);
CREATE INDEX thing_review ON thing(id) WHERE conflicts > 0 OR refused > 0;
-- Several events in one packed block, as they came from the hub.
CREATE TABLE segment(n INTEGER PRIMARY KEY, packed BLOB NOT NULL);
-- Events: their bytes, or the place of the bytes in a segment.
CREATE TABLE event(
  device INTEGER NOT NULL, seq INTEGER NOT NULL, thing INTEGER NOT NULL, segment INTEGER, place INTEGER, bytes BLOB,
  PRIMARY KEY(device, seq)) WITHOUT ROWID;
CREATE INDEX event_thing ON event(thing);
-- Photographs taken here: what is still to be sent. state 0 only here, 1 small picture sent, 2 safe on the hub, 3 set aside.
CREATE TABLE photo(
  sha256 BLOB PRIMARY KEY, bytes INTEGER NOT NULL, thing BLOB NOT NULL, taken_ms INTEGER NOT NULL, state INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL DEFAULT 0, reason TEXT) WITHOUT ROWID;
CREATE INDEX photo_waiting ON photo(state, taken_ms);
CREATE TABLE person_key(person BLOB PRIMARY KEY, key BLOB, sent INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE seal(seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE receipt(seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE blob_receipt(sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
-- What a person is typing, kept until it becomes an event.
CREATE TABLE draft(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
";

/// Sums of what no chain on this device proves: records of others, one by one or packed (none where an earlier version wrote the row), and
/// the settings.
const SUMS: &str = "ALTER TABLE segment ADD COLUMN sum INTEGER; ALTER TABLE event ADD COLUMN sum INTEGER;";

fn migrations() -> [M<'static>; 2] {
    let sums = M::up_with_hook(SUMS, |tx: &rusqlite::Transaction<'_>| super::sum_settings(tx).map_err(|error| HookError::Hook(error.to_string())));
    [M::up(FIRST), sums]
}

/// Settings of the writing connection: a commit is on the disk when it returns.
pub(super) fn prepare(db: &Connection) -> Result<()> {
    db.pragma_update(None, "page_size", 8192)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // A large pull does not leave a log of its size behind. In bytes.
    db.pragma_update(None, "journal_size_limit", 1 << 20)?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    // Android has no usable folder for temporary files.
    db.pragma_update(None, "temp_store", 2)?;
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(())
}

pub(super) fn prepare_reader(db: &Connection) -> Result<()> {
    db.pragma_update(None, "temp_store", 2)?;
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(())
}

pub(super) fn migrate(db: &mut Connection) -> Result<()> {
    let steps = migrations();
    let known = steps.len() as i64;
    let version: i64 = db.pragma_query_value(None, "user_version", |r| r.get(0))?;
    if version > known {
        return Err(StoreError::Later);
    }
    Migrations::from_slice(&steps).to_latest(db).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::Database(err),
        _ => StoreError::Damaged("schema"),
    })
}
