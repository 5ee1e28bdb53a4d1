//! The device's database: events, the states folded from them, and what is still to be sent. SQLite, one writer, readers beside it.

mod append;
mod check;
mod outbox;
mod packed;
mod pulled;
mod read;
mod schema;

pub use append::Wrote;
pub use check::{Against, Damage, Looked};
pub use outbox::{PhotoState, Unsent};
pub use pulled::Pulled;
pub use read::Row;

use crate::{
    log::{Chain, ClockState},
    model::{Digest, Id, IdMaker, UtcMs},
};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The database could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no; a full disk among the reasons.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// A file operation failed.
    #[error("the store's folder failed: {0}")]
    Io(#[from] std::io::Error),
    /// The database was made by a later version of the app.
    #[error("the store was made by a later version")]
    Later,
    /// Stored bytes are not what was written.
    #[error("the store is damaged at {0}")]
    Damaged(&'static str),
}

impl StoreError {
    /// Whether what is stored is not what was written: nothing that is tried again helps, and the file is set aside, never deleted.
    pub fn is_damaged(&self) -> bool {
        match self {
            Self::Damaged(_) => true,
            Self::Database(rusqlite::Error::SqliteFailure(e, _)) => matches!(e.code, rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase),
            _ => false,
        }
    }

    /// Whether the disk is full.
    pub fn is_full(&self) -> bool {
        match self {
            // The log's index cannot grow on a full disk either; SQLite calls that an error of input and output.
            Self::Database(rusqlite::Error::SqliteFailure(e, _)) => {
                e.code == rusqlite::ErrorCode::DiskFull || matches!(e.extended_code, rusqlite::ffi::SQLITE_IOERR_SHMSIZE | rusqlite::ffi::SQLITE_IOERR_WRITE)
            }
            Self::Io(e) => e.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, StoreError>;

/// The database of one device.
pub struct Store {
    // Readers close first: only a writer that closes last can empty the log into the database.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Writer>,
    path: PathBuf,
}

/// The one connection that writes, and what it keeps in memory.
pub(crate) struct Writer {
    pub(crate) db: Connection,
    pub(crate) own: Option<Own>,
}

/// The device's own chain, clock and ids.
#[derive(Clone)]
pub(crate) struct Own {
    pub(crate) device: Id,
    pub(crate) chain: Chain,
    pub(crate) clock: ClockState,
    pub(crate) ids: IdMaker,
}

const READERS_MAX: usize = 4;

impl Store {
    /// Opens the database file, creating or migrating it.
    ///
    /// # Errors
    /// When it cannot be opened, or was made by a later version.
    pub fn open(path: &Path) -> Result<Self> {
        let mut db = Connection::open(path)?;
        schema::prepare(&db)?;
        schema::migrate(&mut db)?;
        let own = load_own(&db)?;
        Ok(Self { writer: Mutex::new(Writer { db, own }), readers: Mutex::new(Vec::new()), path: path.to_owned() })
    }

    /// Whether the file can be opened and SQLite finds its pages in order.
    ///
    /// # Errors
    /// When it cannot be looked at for another reason than its content.
    pub fn is_sound(path: &Path) -> Result<bool> {
        let looked = Self::open(path).and_then(|store| {
            // A copy whose chain the hub knows otherwise can never send again: it is set aside too.
            let forked = store.meta("sync_error")?.is_some_and(|key| key.starts_with(b"sync-fork"));
            let checked = store.writer().db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))?;
            Ok(checked == "ok" && !forked && store.chain().is_some())
        });
        match looked {
            Ok(sound) => Ok(sound),
            Err(error) if error.is_damaged() => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic while writing left SQLite with an open transaction that rolls back; the connection stays good.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a query on a reader's connection.
    pub(crate) fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let db = match pooled {
            Some(db) => db,
            None => {
                let db = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
                schema::prepare_reader(&db)?;
                db
            }
        };
        let result = query(&db);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_MAX {
            readers.push(db);
        }
        result
    }

    /// Makes the store that of `device`, with an empty chain. Does nothing when it is already.
    ///
    /// # Errors
    /// When the store belongs to another device.
    pub fn become_device(&self, device: Id) -> Result<()> {
        let mut writer = self.writer();
        match &writer.own {
            Some(own) if own.device == device => return Ok(()),
            Some(_) => return Err(StoreError::Damaged("device")),
            None => {}
        }
        let own = Own { device, chain: Chain::start(device), clock: ClockState::default(), ids: IdMaker::for_device(device) };
        save_own(&writer.db, &own)?;
        writer.own = Some(own);
        Ok(())
    }

    /// The device's own chain; `None` before [`Self::become_device`].
    pub fn chain(&self) -> Option<Chain> {
        self.writer().own.as_ref().map(|own| own.chain)
    }

    /// What the device knows of its clock.
    pub fn clock_state(&self) -> ClockState {
        self.writer().own.as_ref().map(|own| own.clock).unwrap_or_default()
    }

    /// Notes the hub's time.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn note_contact(&self, hub: UtcMs, clock: &dyn crate::log::Clock) -> Result<()> {
        let mut writer = self.writer();
        let Some(mut own) = writer.own.clone() else { return Ok(()) };
        own.clock.contact(hub, clock);
        save_own(&writer.db, &own)?;
        writer.own = Some(own);
        Ok(())
    }

    /// A value kept under `key`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.read(|db| get_meta(db, key))
    }

    /// Keeps a value under `key`; durable when this returns.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn set_meta(&self, key: &str, value: &[u8]) -> Result<()> {
        set_meta(&self.writer().db, key, value)
    }
}

pub(crate) fn get_meta(db: &Connection, key: &str) -> Result<Option<Vec<u8>>> {
    Ok(db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |r| r.get(0)).optional()?)
}

pub(crate) fn set_meta(db: &Connection, key: &str, value: &[u8]) -> Result<()> {
    // Setting and sum together or not at all, also outside a transaction.
    db.execute_batch("SAVEPOINT setting")?;
    let done = put_meta(db, key, value).and_then(|()| sum_settings(db));
    db.execute_batch(if done.is_ok() { "RELEASE setting" } else { "ROLLBACK TO setting; RELEASE setting" })?;
    done
}

fn put_meta(db: &Connection, key: &str, value: &[u8]) -> Result<()> {
    db.prepare_cached("INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value")?.execute(params![key, value])?;
    Ok(())
}

/// The sum over all settings but the own chain's, which the chain itself proves, and which every act writes.
pub(crate) fn settings_sum(db: &Connection) -> Result<Vec<u8>> {
    let mut statement = db.prepare_cached("SELECT key, value FROM meta WHERE key NOT IN ('own', 'sum') ORDER BY key")?;
    let rows: Vec<(String, Vec<u8>)> = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<std::result::Result<_, _>>()?;
    Ok(Digest::of(&minicbor::to_vec(rows).unwrap_or_default()).0.to_vec())
}

/// Notes the settings' sum, for the check of the whole store.
pub(crate) fn sum_settings(db: &Connection) -> Result<()> {
    put_meta(db, "sum", &settings_sum(db)?)
}

fn load_own(db: &Connection) -> Result<Option<Own>> {
    let Some(bytes) = get_meta(db, "own")? else { return Ok(None) };
    let (device, chain, clock, last_id_ms): (Id, Chain, ClockState, i64) = minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("own"))?;
    let mut ids = IdMaker::for_device(device);
    ids.resume_after(last_id_ms);
    Ok(Some(Own { device, chain, clock, ids }))
}

pub(crate) fn save_own(db: &Connection, own: &Own) -> Result<()> {
    let bytes = minicbor::to_vec((own.device, own.chain, own.clock, own.ids.last_ms())).unwrap_or_default();
    put_meta(db, "own", &bytes)
}
