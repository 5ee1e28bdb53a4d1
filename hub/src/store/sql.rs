//! [`EventStore`] on SQLite through `sqlx`. The statements are plain SQL that PostgreSQL understands too; only opening and the types
//! of columns are SQLite's own.

use super::{
    Answer, BlobRow, Commit, DeviceRow, EventRow, EventStore, ForDevice, Head, KeyRow, Link, LinkKind, OthersEvent, SealRow, StateQuery, StateRow, StoreError,
    UploadRow,
};
use keyturn_core::{
    log::receipt::Leaf,
    model::{Digest, Id, UtcMs, body::AggKind},
};
use sqlx::{
    Connection, QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use tokio::sync::Mutex;

/// Rows of one INSERT, so that its values stay below SQLite's 32,766.
const CHUNK_ROWS: usize = 400;
/// Readers beside the one writer.
const READERS: u32 = 4;
const BUSY_TIMEOUT_MS: u64 = 10_000;
/// The journal is written back into the file from this many pages of 4 KB on.
const CHECKPOINT_PAGES: &str = "4000";

/// One step of the layout; all steps that are missing run in one transaction.
const MIGRATIONS: [&[&str]; 2] = [FIRST, &["CREATE TABLE chain_leaves (device BLOB NOT NULL, place BIGINT NOT NULL, PRIMARY KEY (device, place))"]];
/// From this layout on leaves that receipt a chain are found by device.
const CHAIN_LEAVES: usize = 2;

const FIRST: &[&str] = &[
    "CREATE TABLE head (one INTEGER PRIMARY KEY, hub_seq BIGINT NOT NULL)",
    "INSERT INTO head (one, hub_seq) VALUES (1, 0)",
    "CREATE TABLE events (hub_seq INTEGER PRIMARY KEY, device BLOB NOT NULL, seq BIGINT NOT NULL, agg BLOB NOT NULL, kind TEXT NOT NULL,
       refused INTEGER NOT NULL, received_ms BIGINT NOT NULL, bytes BLOB NOT NULL)",
    "CREATE UNIQUE INDEX events_device ON events (device, seq)",
    "CREATE INDEX events_agg ON events (agg)",
    "CREATE INDEX events_refused ON events (device, seq) WHERE refused = 1",
    "CREATE TABLE states (id BLOB PRIMARY KEY, kind INTEGER, unit BLOB, phase TEXT NOT NULL, conflicts INTEGER NOT NULL, unfit INTEGER NOT NULL,
       refused INTEGER NOT NULL, changed BIGINT NOT NULL, state BLOB NOT NULL)",
    "CREATE INDEX states_kind ON states (kind)",
    "CREATE INDEX states_unit ON states (unit)",
    "CREATE TABLE links (kind INTEGER NOT NULL, from_end BLOB NOT NULL, to_end BLOB NOT NULL, since BIGINT NOT NULL, until BIGINT)",
    "CREATE INDEX links_from ON links (kind, from_end)",
    "CREATE INDEX links_to ON links (kind, to_end)",
    "CREATE TABLE person_keys (person BLOB PRIMARY KEY, secret BLOB, changed BIGINT NOT NULL)",
    "CREATE INDEX person_keys_changed ON person_keys (changed)",
    "CREATE TABLE leaves (place INTEGER PRIMARY KEY, leaf BLOB NOT NULL)",
    "CREATE TABLE hashes (place INTEGER PRIMARY KEY, hash BLOB NOT NULL)",
    "CREATE TABLE blobs (sha256 BLOB PRIMARY KEY, bytes BIGINT NOT NULL, leaf BIGINT NOT NULL)",
    "CREATE TABLE uploads (device BLOB NOT NULL, sha256 BLOB NOT NULL, bytes BIGINT NOT NULL, kind TEXT NOT NULL, photo BLOB, expires_ms BIGINT NOT NULL,
       answer BLOB, PRIMARY KEY (device, sha256))",
    "CREATE TABLE seals (device BLOB NOT NULL, seq BIGINT NOT NULL, seal BLOB NOT NULL, PRIMARY KEY (device, seq))",
    "CREATE TABLE devices (id BLOB PRIMARY KEY, value BLOB NOT NULL)",
    "CREATE TABLE records (kind TEXT NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, name))",
];

/// Events and all that follows from them, in SQLite.
pub struct SqlStore {
    writer: Mutex<Writer>,
    readers: SqlitePool,
}

/// The one connection that writes.
struct Writer {
    options: SqliteConnectOptions,
    /// None after a fault, until the next commit opens another.
    connection: Option<SqliteConnection>,
    closed: bool,
}

impl Writer {
    /// Takes the connection out, or opens another. What fails half way, or is given up by its caller, is dropped with it: after a full disk
    /// nobody knows whether a transaction is still open in it.
    async fn take(&mut self) -> Result<SqliteConnection, StoreError> {
        if self.closed {
            return Err(StoreError::Database("it is closed".to_owned()));
        }
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => Ok(SqliteConnection::connect_with(&self.options).await?),
        }
    }
}

type Query = QueryBuilder<Sqlite>;

impl SqlStore {
    /// Opens or makes the database.
    ///
    /// # Errors
    /// When it cannot be opened, is damaged or of a later layout.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))
            // A key that was destroyed must not be found in the file's free pages (promise 9).
            .pragma("secure_delete", "ON")
            .pragma("cache_size", "-65536")
            // Pages that a large push touches more than once are written back once.
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            .pragma("temp_store", "2");
        let mut writer = SqliteConnection::connect_with(&options).await?;
        migrate(&mut writer).await?;
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(options.clone().read_only(true)).await?;
        Ok(Self { writer: Mutex::new(Writer { options, connection: Some(writer), closed: false }), readers })
    }

    /// Writes the journal back into the file and closes. Afterwards the folder stands still: a copy of it is a backup.
    pub async fn close(&self) {
        self.readers.close().await;
        let mut writer = self.writer.lock().await;
        writer.closed = true;
        if let Some(mut writer) = writer.connection.take() {
            let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut writer).await;
            // What could not be closed in order is taken up from the journal at the next start.
            let _ = writer.close().await;
        }
    }

    async fn rows(&self, mut query: Query) -> Result<Vec<SqliteRow>, StoreError> {
        Ok(query.build().fetch_all(&self.readers).await?)
    }
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS layout (version BIGINT NOT NULL)").execute(&mut *tx).await?;
    let row = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM layout").fetch_one(&mut *tx).await?;
    let done: i64 = row.try_get(0)?;
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    if done > MIGRATIONS.len() {
        return Err(StoreError::Damaged("the database is of a later version of this program"));
    }
    for (version, steps) in MIGRATIONS.iter().enumerate().skip(done) {
        for step in *steps {
            sqlx::query(*step).execute(&mut *tx).await?;
        }
        if version + 1 == CHAIN_LEAVES {
            find_chain_leaves(&mut tx).await?;
        }
        sqlx::query("INSERT INTO layout (version) VALUES ($1)").bind(version as i64 + 1).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Notes for leaves that are there already whose chain they receipt.
async fn find_chain_leaves(tx: &mut SqliteConnection) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT place, leaf FROM leaves").fetch_all(&mut *tx).await?;
    let mut found = Vec::new();
    for row in &rows {
        let leaf: &[u8] = row.try_get("leaf")?;
        if let Ok(Leaf::Chain { device, .. }) = minicbor::decode(leaf) {
            found.push((device, number(row, "place")?));
        }
    }
    write_chain_leaves(tx, found).await
}

async fn write_chain_leaves(tx: &mut SqliteConnection, leaves: Vec<(Id, u64)>) -> Result<(), StoreError> {
    for (device, place) in leaves {
        sqlx::query("INSERT INTO chain_leaves (device, place) VALUES ($1, $2)").bind(device.0.to_vec()).bind(place as i64).execute(&mut *tx).await?;
    }
    Ok(())
}

fn blob<const N: usize>(row: &SqliteRow, column: &str) -> Result<[u8; N], StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| StoreError::Damaged("a column has the wrong length"))
}

fn blob_opt<const N: usize>(row: &SqliteRow, column: &str) -> Result<Option<[u8; N]>, StoreError> {
    let bytes: Option<&[u8]> = row.try_get(column)?;
    bytes.map(|b| b.try_into().map_err(|_| StoreError::Damaged("a column has the wrong length"))).transpose()
}

fn number(row: &SqliteRow, column: &str) -> Result<u64, StoreError> {
    let n: i64 = row.try_get(column)?;
    u64::try_from(n).map_err(|_| StoreError::Damaged("a negative number"))
}

fn kind_number(kind: AggKind) -> i64 {
    kind as i64
}

fn kind_of(n: i64) -> Option<AggKind> {
    use AggKind::*;
    [Community, Building, Unit, Person, Contractor, Plan, Handover, Snag, Device, Meeting, Inspection, Policy].into_iter().find(|k| kind_number(*k) == n)
}

fn event(row: &SqliteRow) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        hub_seq: number(row, "hub_seq")?,
        device: Id(blob(row, "device")?),
        seq: number(row, "seq")?,
        agg: Id(blob(row, "agg")?),
        kind: row.try_get("kind")?,
        refused: row.try_get::<i64, _>("refused")? != 0,
        received: UtcMs(row.try_get("received_ms")?),
        bytes: row.try_get("bytes")?,
    })
}

fn state(row: &SqliteRow) -> Result<StateRow, StoreError> {
    let count = |column: &str| number(row, column).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    Ok(StateRow {
        id: Id(blob(row, "id")?),
        kind: row.try_get::<Option<i64>, _>("kind")?.and_then(kind_of),
        unit: blob_opt(row, "unit")?.map(Id),
        phase: row.try_get("phase")?,
        conflicts: count("conflicts")?,
        unfit: count("unfit")?,
        refused: count("refused")?,
        changed: number(row, "changed")?,
        state: row.try_get("state")?,
    })
}

fn upload(row: &SqliteRow) -> Result<UploadRow, StoreError> {
    Ok(UploadRow {
        device: Id(blob(row, "device")?),
        sha256: Digest(blob(row, "sha256")?),
        bytes: number(row, "bytes")?,
        kind: row.try_get("kind")?,
        photo: blob_opt(row, "photo")?.map(Digest),
        expires: UtcMs(row.try_get("expires_ms")?),
        answer: row.try_get("answer")?,
    })
}

fn key(row: &SqliteRow) -> Result<KeyRow, StoreError> {
    Ok(KeyRow { person: Id(blob(row, "person")?), key: row.try_get("secret")?, changed: number(row, "changed")? })
}

fn device(bytes: &[u8]) -> Result<DeviceRow, StoreError> {
    minicbor::decode(bytes).map_err(|_| StoreError::Damaged("a device"))
}

/// `column IN (…)`.
fn among<'a>(query: &mut Query, column: &str, values: impl IntoIterator<Item = &'a [u8]>) {
    query.push(column).push(" IN (");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value.to_vec());
    }
    query.push(")");
}

const EVENT: &str = "SELECT hub_seq, device, seq, agg, kind, refused, received_ms, bytes FROM events";
const STATE: &str = "SELECT id, kind, unit, phase, conflicts, unfit, refused, changed, state FROM states";
const UPLOAD: &str = "SELECT device, sha256, bytes, kind, photo, expires_ms, answer FROM uploads";

async fn insert_events(tx: &mut SqliteConnection, events: Vec<EventRow>) -> Result<(), StoreError> {
    let mut events = events.into_iter().peekable();
    while events.peek().is_some() {
        let mut query = Query::new("INSERT INTO events (hub_seq, device, seq, agg, kind, refused, received_ms, bytes) ");
        query.push_values(events.by_ref().take(CHUNK_ROWS), |mut row, e| {
            row.push_bind(e.hub_seq as i64)
                .push_bind(e.device.0.to_vec())
                .push_bind(e.seq as i64)
                .push_bind(e.agg.0.to_vec())
                .push_bind(e.kind)
                .push_bind(i64::from(e.refused))
                .push_bind(e.received.0)
                .push_bind(e.bytes);
        });
        query.build().execute(&mut *tx).await?;
    }
    Ok(())
}

async fn upsert_states(tx: &mut SqliteConnection, states: Vec<StateRow>) -> Result<(), StoreError> {
    let mut states = states.into_iter().peekable();
    while states.peek().is_some() {
        let mut query = Query::new("INSERT INTO states (id, kind, unit, phase, conflicts, unfit, refused, changed, state) ");
        query.push_values(states.by_ref().take(CHUNK_ROWS), |mut row, s| {
            row.push_bind(s.id.0.to_vec())
                .push_bind(s.kind.map(kind_number))
                .push_bind(s.unit.map(|u| u.0.to_vec()))
                .push_bind(s.phase)
                .push_bind(i64::from(s.conflicts))
                .push_bind(i64::from(s.unfit))
                .push_bind(i64::from(s.refused))
                .push_bind(s.changed as i64)
                .push_bind(s.state);
        });
        query.push(
            " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, unit = excluded.unit, phase = excluded.phase, conflicts = excluded.conflicts,
             unfit = excluded.unfit, refused = excluded.refused, changed = excluded.changed, state = excluded.state",
        );
        query.build().execute(&mut *tx).await?;
    }
    Ok(())
}

async fn write_links(tx: &mut SqliteConnection, begin: Vec<Link>, end: Vec<Link>, now: u64) -> Result<(), StoreError> {
    for link in end {
        sqlx::query("UPDATE links SET until = $1 WHERE kind = $2 AND from_end = $3 AND to_end = $4 AND until IS NULL")
            .bind(now as i64)
            .bind(link.kind as i64)
            .bind(link.from)
            .bind(link.to)
            .execute(&mut *tx)
            .await?;
    }
    let mut begin = begin.into_iter().peekable();
    while begin.peek().is_some() {
        let mut query = Query::new("INSERT INTO links (kind, from_end, to_end, since) ");
        query.push_values(begin.by_ref().take(CHUNK_ROWS), |mut row, link| {
            row.push_bind(link.kind as i64).push_bind(link.from).push_bind(link.to).push_bind(now as i64);
        });
        query.build().execute(&mut *tx).await?;
    }
    Ok(())
}

async fn write_rest(tx: &mut SqliteConnection, commit: Commit) -> Result<(), StoreError> {
    for k in commit.keys {
        sqlx::query("INSERT INTO person_keys (person, secret, changed) VALUES ($1, $2, $3) ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, changed = excluded.changed")
            .bind(k.person.0.to_vec())
            .bind(k.key)
            .bind(k.changed as i64)
            .execute(&mut *tx)
            .await?;
    }
    for (place, leaf) in commit.leaves {
        sqlx::query("INSERT INTO leaves (place, leaf) VALUES ($1, $2)").bind(place as i64).bind(leaf).execute(&mut *tx).await?;
    }
    write_chain_leaves(tx, commit.chain_leaves).await?;
    for (place, hash) in commit.hashes {
        sqlx::query("INSERT INTO hashes (place, hash) VALUES ($1, $2)").bind(place as i64).bind(hash.to_vec()).execute(&mut *tx).await?;
    }
    for b in commit.blobs {
        sqlx::query(
            "INSERT INTO blobs (sha256, bytes, leaf) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO UPDATE SET bytes = excluded.bytes, leaf = excluded.leaf",
        )
        .bind(b.sha256.0.to_vec())
        .bind(b.bytes as i64)
        .bind(b.leaf as i64)
        .execute(&mut *tx)
        .await?;
    }
    for (device, sha256) in commit.dropped {
        sqlx::query("DELETE FROM uploads WHERE device = $1 AND sha256 = $2").bind(device.0.to_vec()).bind(sha256.0.to_vec()).execute(&mut *tx).await?;
    }
    for u in commit.uploads {
        sqlx::query(
            "INSERT INTO uploads (device, sha256, bytes, kind, photo, expires_ms, answer) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (device, sha256)
             DO UPDATE SET bytes = excluded.bytes, kind = excluded.kind, photo = excluded.photo, expires_ms = excluded.expires_ms, answer = excluded.answer",
        )
        .bind(u.device.0.to_vec())
        .bind(u.sha256.0.to_vec())
        .bind(u.bytes as i64)
        .bind(u.kind)
        .bind(u.photo.map(|p| p.0.to_vec()))
        .bind(u.expires.0)
        .bind(u.answer)
        .execute(&mut *tx)
        .await?;
    }
    for s in commit.seals {
        sqlx::query("INSERT INTO seals (device, seq, seal) VALUES ($1, $2, $3) ON CONFLICT (device, seq) DO UPDATE SET seal = excluded.seal")
            .bind(s.device.0.to_vec())
            .bind(s.seq as i64)
            .bind(s.seal)
            .execute(&mut *tx)
            .await?;
    }
    for d in commit.devices {
        let value = minicbor::to_vec(&d).map_err(|_| StoreError::Damaged("a device"))?;
        sqlx::query("INSERT INTO devices (id, value) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET value = excluded.value")
            .bind(d.id.0.to_vec())
            .bind(value)
            .execute(&mut *tx)
            .await?;
    }
    for r in commit.records {
        match r.value {
            Some(value) => {
                sqlx::query("INSERT INTO records (kind, name, value) VALUES ($1, $2, $3) ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value")
                    .bind(r.kind)
                    .bind(r.key)
                    .bind(value)
                    .execute(&mut *tx)
                    .await?
            }
            None => sqlx::query("DELETE FROM records WHERE kind = $1 AND name = $2").bind(r.kind).bind(r.key).execute(&mut *tx).await?,
        };
    }
    Ok(())
}

/// Writes all of a commit in one transaction, which rolls back when it is dropped without its end.
async fn write(writer: &mut SqliteConnection, mut commit: Commit) -> Result<(), StoreError> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let moved = sqlx::query("UPDATE head SET hub_seq = $1 WHERE one = 1 AND hub_seq = $2")
        .bind(commit.hub_seq as i64)
        .bind(commit.after as i64)
        .execute(&mut *tx)
        .await?;
    if moved.rows_affected() != 1 {
        return Err(StoreError::Moved);
    }
    insert_events(&mut tx, std::mem::take(&mut commit.events)).await?;
    upsert_states(&mut tx, std::mem::take(&mut commit.states)).await?;
    write_links(&mut tx, std::mem::take(&mut commit.begin), std::mem::take(&mut commit.end), commit.hub_seq).await?;
    let erased = commit.keys.iter().any(|key| key.key.is_none());
    write_rest(&mut tx, commit).await?;
    tx.commit().await?;
    if erased {
        // The journal still holds the key until it is written back; a reader may hold that up, then the next time does it.
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *writer).await;
    }
    Ok(())
}

impl EventStore for SqlStore {
    fn head(&self) -> Answer<'_, Head> {
        Box::pin(async {
            let row = sqlx::query("SELECT hub_seq, (SELECT COUNT(*) FROM leaves) AS leaves FROM head WHERE one = 1").fetch_one(&self.readers).await?;
            Ok(Head { hub_seq: number(&row, "hub_seq")?, leaves: number(&row, "leaves")? })
        })
    }

    fn commit(&self, commit: Commit) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut writer = self.writer.lock().await;
            let mut connection = writer.take().await?;
            match write(&mut connection, commit).await {
                Ok(()) => {
                    writer.connection = Some(connection);
                    Ok(())
                }
                Err(error) => {
                    // Closing rolls back; what was not committed is gone either way.
                    let _ = connection.close().await;
                    Err(error)
                }
            }
        })
    }

    fn states(&self, ids: Vec<Id>) -> Answer<'_, Vec<StateRow>> {
        Box::pin(async move {
            let mut out = Vec::with_capacity(ids.len());
            for chunk in ids.chunks(CHUNK_ROWS) {
                let mut query = Query::new(STATE);
                query.push(" WHERE ");
                among(&mut query, "id", chunk.iter().map(|id| id.0.as_slice()));
                for row in self.rows(query).await? {
                    out.push(state(&row)?);
                }
            }
            Ok(out)
        })
    }

    fn list(&self, wanted: StateQuery) -> Answer<'_, Vec<StateRow>> {
        Box::pin(async move {
            let mut query = Query::new(STATE);
            query.push(" WHERE 1 = 1");
            if let Some(kind) = wanted.kind {
                query.push(" AND kind = ").push_bind(kind_number(kind));
            }
            if let Some(unit) = wanted.unit {
                query.push(" AND unit = ").push_bind(unit.0.to_vec());
            }
            if wanted.to_review {
                query.push(" AND conflicts + unfit > 0");
            }
            if wanted.refused {
                query.push(" AND refused > 0");
            }
            query.push(" ORDER BY id");
            self.rows(query).await?.iter().map(state).collect()
        })
    }

    fn events_of(&self, aggs: Vec<Id>, until: u64) -> Answer<'_, Vec<EventRow>> {
        Box::pin(async move {
            let mut out = Vec::new();
            for chunk in aggs.chunks(CHUNK_ROWS) {
                let mut query = Query::new(EVENT);
                query.push(" WHERE ");
                among(&mut query, "agg", chunk.iter().map(|id| id.0.as_slice()));
                query.push(" AND hub_seq <= ").push_bind(until as i64);
                for row in self.rows(query).await? {
                    out.push(event(&row)?);
                }
            }
            out.sort_by_key(|e| e.hub_seq);
            Ok(out)
        })
    }

    fn events_after(&self, after: u64, max_bytes: usize) -> Answer<'_, Vec<EventRow>> {
        Box::pin(async move {
            use futures_util::TryStreamExt;
            let (mut out, mut size) = (Vec::new(), 0);
            let mut query = Query::new(EVENT);
            query.push(" WHERE hub_seq > ").push_bind(after as i64).push(" ORDER BY hub_seq");
            let mut rows = query.build().fetch(&self.readers);
            while let Some(row) = rows.try_next().await? {
                let row = event(&row)?;
                size += row.bytes.len();
                if size > max_bytes && !out.is_empty() {
                    break;
                }
                out.push(row);
            }
            Ok(out)
        })
    }

    fn events_for(&self, own: Id, after: u64, max_bytes: usize) -> Answer<'_, ForDevice> {
        Box::pin(async move {
            use futures_util::TryStreamExt;
            let (mut found, mut size) = (ForDevice::default(), 0);
            let mut query = Query::new("SELECT hub_seq, agg, bytes FROM events WHERE hub_seq > ");
            query.push_bind(after as i64).push(" AND device <> ").push_bind(own.0.to_vec()).push(" ORDER BY hub_seq");
            let mut rows = query.build().fetch(&self.readers);
            while let Some(row) = rows.try_next().await? {
                let bytes: &[u8] = row.try_get("bytes")?;
                size += bytes.len();
                if size > max_bytes && !found.events.is_empty() {
                    found.more = true;
                    break;
                }
                found.events.push(OthersEvent { hub_seq: number(&row, "hub_seq")?, agg: Id(blob(&row, "agg")?), bytes: bytes.to_vec() });
            }
            Ok(found)
        })
    }

    fn events_by(&self, device: Id, first: u64, last: u64) -> Answer<'_, Vec<EventRow>> {
        Box::pin(async move {
            let mut query = Query::new(EVENT);
            query.push(" WHERE device = ").push_bind(device.0.to_vec());
            query.push(" AND seq >= ").push_bind(first as i64).push(" AND seq <= ").push_bind(last.min(i64::MAX as u64) as i64).push(" ORDER BY seq");
            self.rows(query).await?.iter().map(event).collect()
        })
    }

    fn refused_by(&self, device: Id, first: u64, last: u64) -> Answer<'_, Vec<EventRow>> {
        Box::pin(async move {
            let mut query = Query::new(EVENT);
            query.push(" WHERE refused = 1 AND device = ").push_bind(device.0.to_vec());
            query.push(" AND seq >= ").push_bind(first as i64).push(" AND seq <= ").push_bind(last as i64).push(" ORDER BY seq");
            self.rows(query).await?.iter().map(event).collect()
        })
    }

    fn refused(&self, limit: u32) -> Answer<'_, Vec<EventRow>> {
        Box::pin(async move {
            let mut query = Query::new(EVENT);
            query.push(" WHERE refused = 1 ORDER BY hub_seq DESC LIMIT ").push_bind(i64::from(limit));
            self.rows(query).await?.iter().map(event).collect()
        })
    }

    fn links(&self, kind: LinkKind, from: Vec<Vec<u8>>, at: u64) -> Answer<'_, Vec<Vec<u8>>> {
        Box::pin(async move {
            let mut out = Vec::new();
            for chunk in from.chunks(CHUNK_ROWS) {
                let mut query = Query::new("SELECT to_end FROM links WHERE kind = ");
                query.push_bind(kind as i64).push(" AND ");
                among(&mut query, "from_end", chunk.iter().map(Vec::as_slice));
                query.push(" AND since <= ").push_bind(at as i64).push(" AND (until IS NULL OR until > ").push_bind(at as i64).push(")");
                for row in self.rows(query).await? {
                    out.push(row.try_get(0)?);
                }
            }
            Ok(out)
        })
    }

    fn linked_from(&self, kind: LinkKind, to: Vec<u8>) -> Answer<'_, Vec<Vec<u8>>> {
        Box::pin(async move {
            let mut query = Query::new("SELECT from_end FROM links WHERE kind = ");
            query.push_bind(kind as i64).push(" AND to_end = ").push_bind(to).push(" AND until IS NULL");
            self.rows(query).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
        })
    }

    fn keys(&self, persons: Vec<Id>) -> Answer<'_, Vec<KeyRow>> {
        Box::pin(async move {
            let mut out = Vec::new();
            for chunk in persons.chunks(CHUNK_ROWS) {
                let mut query = Query::new("SELECT person, secret, changed FROM person_keys WHERE ");
                among(&mut query, "person", chunk.iter().map(|id| id.0.as_slice()));
                for row in self.rows(query).await? {
                    out.push(key(&row)?);
                }
            }
            Ok(out)
        })
    }

    fn keys_between(&self, after: u64, until: u64) -> Answer<'_, Vec<KeyRow>> {
        Box::pin(async move {
            let mut query = Query::new("SELECT person, secret, changed FROM person_keys WHERE changed > ");
            query.push_bind(after as i64).push(" AND changed <= ").push_bind(until as i64);
            self.rows(query).await?.iter().map(key).collect()
        })
    }

    fn hashes(&self, places: Vec<u64>) -> Answer<'_, Vec<(u64, [u8; 32])>> {
        Box::pin(async move {
            let mut out = Vec::with_capacity(places.len());
            for chunk in places.chunks(CHUNK_ROWS) {
                let mut query = Query::new("SELECT place, hash FROM hashes WHERE place IN (");
                let mut list = query.separated(", ");
                for place in chunk {
                    list.push_bind(*place as i64);
                }
                query.push(")");
                for row in self.rows(query).await? {
                    out.push((number(&row, "place")?, blob(&row, "hash")?));
                }
            }
            Ok(out)
        })
    }

    fn chain_leaves(&self, devices: Vec<Id>) -> Answer<'_, Vec<u64>> {
        Box::pin(async move {
            let mut places = Vec::new();
            for chunk in devices.chunks(CHUNK_ROWS) {
                let mut query = Query::new("SELECT place FROM chain_leaves WHERE ");
                among(&mut query, "device", chunk.iter().map(|id| id.0.as_slice()));
                for row in self.rows(query).await? {
                    places.push(number(&row, "place")?);
                }
            }
            places.sort_unstable();
            places.dedup();
            Ok(places)
        })
    }

    fn leaf(&self, place: u64) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let row = sqlx::query("SELECT leaf FROM leaves WHERE place = $1").bind(place as i64).fetch_optional(&self.readers).await?;
            row.map(|row| Ok(row.try_get(0)?)).transpose()
        })
    }

    fn blob(&self, sha256: Digest) -> Answer<'_, Option<BlobRow>> {
        Box::pin(async move {
            let row = sqlx::query("SELECT bytes, leaf FROM blobs WHERE sha256 = $1").bind(sha256.0.to_vec()).fetch_optional(&self.readers).await?;
            row.map(|row| Ok(BlobRow { sha256, bytes: number(&row, "bytes")?, leaf: number(&row, "leaf")? })).transpose()
        })
    }

    fn upload(&self, device: Id, sha256: Digest) -> Answer<'_, Option<UploadRow>> {
        Box::pin(async move {
            let mut query = Query::new(UPLOAD);
            query.push(" WHERE device = ").push_bind(device.0.to_vec()).push(" AND sha256 = ").push_bind(sha256.0.to_vec());
            self.rows(query).await?.first().map(upload).transpose()
        })
    }

    fn open_uploads(&self, device: Id) -> Answer<'_, u64> {
        Box::pin(async move {
            let mut query = Query::new("SELECT COUNT(*) AS open FROM uploads WHERE answer IS NULL AND device = ");
            query.push_bind(device.0.to_vec());
            self.rows(query).await?.first().map_or(Ok(0), |row| number(row, "open"))
        })
    }

    fn expired_uploads(&self, now: UtcMs) -> Answer<'_, Vec<UploadRow>> {
        Box::pin(async move {
            let mut query = Query::new(UPLOAD);
            query.push(" WHERE expires_ms < ").push_bind(now.0);
            self.rows(query).await?.iter().map(upload).collect()
        })
    }

    fn seals(&self, device: Id, seq: u64) -> Answer<'_, Vec<SealRow>> {
        Box::pin(async move {
            let mut query = Query::new("SELECT seq, seal FROM seals WHERE device = ");
            query.push_bind(device.0.to_vec()).push(" AND seq >= ").push_bind(seq as i64).push(" ORDER BY seq");
            let seal = |row: &SqliteRow| Ok(SealRow { device, seq: number(row, "seq")?, seal: row.try_get("seal")? });
            self.rows(query).await?.iter().map(seal).collect()
        })
    }

    fn device(&self, id: Id) -> Answer<'_, Option<DeviceRow>> {
        Box::pin(async move {
            let row = sqlx::query("SELECT value FROM devices WHERE id = $1").bind(id.0.to_vec()).fetch_optional(&self.readers).await?;
            row.map(|row| device(row.try_get(0)?)).transpose()
        })
    }

    fn devices(&self) -> Answer<'_, Vec<DeviceRow>> {
        Box::pin(async move {
            let rows = sqlx::query("SELECT value FROM devices ORDER BY id").fetch_all(&self.readers).await?;
            rows.iter().map(|row| device(row.try_get(0)?)).collect()
        })
    }

    fn record(&self, kind: &'static str, key: Vec<u8>) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let row = sqlx::query("SELECT value FROM records WHERE kind = $1 AND name = $2").bind(kind).bind(key).fetch_optional(&self.readers).await?;
            row.map(|row| Ok(row.try_get(0)?)).transpose()
        })
    }

    fn records(&self, kind: &'static str) -> Answer<'_, Vec<(Vec<u8>, Vec<u8>)>> {
        Box::pin(async move {
            let rows = sqlx::query("SELECT name, value FROM records WHERE kind = $1 ORDER BY name").bind(kind).fetch_all(&self.readers).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Record;

    #[tokio::test]
    async fn after_a_full_disk_the_hub_writes_again() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqlStore::open(&dir.path().join("hub.sqlite")).await.unwrap();
        let commit = |n: u64, bytes: usize| Commit {
            after: n - 1,
            hub_seq: n,
            records: vec![Record { kind: "test", key: vec![n as u8], value: Some(vec![7; bytes]) }],
            ..Commit::default()
        };
        store.commit(commit(1, 10)).await.unwrap();
        for _ in 0..3 {
            {
                let mut writer = store.writer.lock().await;
                let mut connection = writer.take().await.unwrap();
                let pages: i64 = sqlx::query("PRAGMA page_count").fetch_one(&mut connection).await.unwrap().get(0);
                sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 2))).execute(&mut connection).await.unwrap();
                writer.connection = Some(connection);
            }
            assert!(matches!(store.commit(commit(2, 1 << 20)).await, Err(StoreError::Full)));
            assert_eq!(store.head().await.unwrap().hub_seq, 1, "nothing of it");
        }
        // There is room again: without a restart.
        store.commit(commit(2, 1 << 20)).await.unwrap();
        assert_eq!(store.record("test", vec![2]).await.unwrap().unwrap().len(), 1 << 20);
        // A commit that came too late spoils nothing either.
        assert!(matches!(store.commit(commit(2, 1)).await, Err(StoreError::Moved)));
        store.commit(commit(3, 1)).await.unwrap();
        store.close().await;
        assert!(store.commit(commit(4, 1)).await.is_err(), "closed is closed");
    }
}
