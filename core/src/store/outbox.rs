//! What is still to be sent, and what the hub has answered.

use super::{Result, Store, StoreError, get_meta, set_meta, sum_settings};
use crate::{
    log::{
        batch::KeyGrant,
        receipt::{Leaf, Receipt},
    },
    model::{Digest, Id, UtcMs},
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

/// Where a photo stands on its way to the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoState {
    /// Only on this device.
    OnDevice,
    /// The small picture is on the hub, the original is not.
    SmallSent,
    /// The hub echoed the hash of what it read back from its disk.
    Safe,
    /// Set aside with a reason; the rest goes on.
    SetAside,
}

impl PhotoState {
    fn from_i64(n: i64) -> Self {
        match n {
            1 => Self::SmallSent,
            2 => Self::Safe,
            3 => Self::SetAside,
            _ => Self::OnDevice,
        }
    }

    fn as_i64(self) -> i64 {
        match self {
            Self::OnDevice => 0,
            Self::SmallSent => 1,
            Self::Safe => 2,
            Self::SetAside => 3,
        }
    }
}

/// A photo of this device and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unsent {
    /// The original.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// The thing it first joined.
    pub thing: Id,
    /// When it was taken in.
    pub taken: UtcMs,
    /// Where it stands.
    pub state: PhotoState,
    /// How often sending failed.
    pub tries: u32,
    /// Not tried again before this instant.
    pub next: UtcMs,
    /// Why it waits: message key.
    pub reason: Option<String>,
}

/// A row of `photo` as SQLite gives it.
struct PhotoRow {
    sha256: Vec<u8>,
    bytes: i64,
    thing: Vec<u8>,
    taken_ms: i64,
    state: i64,
    tries: i64,
    next_ms: i64,
    reason: Option<String>,
}

fn photo_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PhotoRow> {
    Ok(PhotoRow {
        sha256: row.get(0)?,
        bytes: row.get(1)?,
        thing: row.get(2)?,
        taken_ms: row.get(3)?,
        state: row.get(4)?,
        tries: row.get(5)?,
        next_ms: row.get(6)?,
        reason: row.get(7)?,
    })
}

fn unsent(row: PhotoRow) -> Result<Unsent> {
    Ok(Unsent {
        sha256: Digest(row.sha256.try_into().map_err(|_| StoreError::Damaged("photo"))?),
        bytes: row.bytes as u64,
        thing: Id(row.thing.try_into().map_err(|_| StoreError::Damaged("photo"))?),
        taken: UtcMs(row.taken_ms),
        state: PhotoState::from_i64(row.state),
        tries: row.tries as u32,
        next: UtcMs(row.next_ms),
        reason: row.reason,
    })
}

const PHOTO_COLUMNS: &str = "sha256, bytes, thing, taken_ms, state, tries, next_ms, reason";

impl Store {
    /// The highest own event the hub has a receipt for.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn acked_seq(&self) -> Result<u64> {
        self.read(|db| {
            let bytes = get_meta(db, "acked")?;
            Ok(bytes.and_then(|b| b.try_into().ok()).map(u64::from_be_bytes).unwrap_or(0))
        })
    }

    /// Notes how far the hub has the own chain; goes back when the hub was restored from a backup.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn set_acked_seq(&self, seq: u64) -> Result<()> {
        set_meta(&self.writer().db, "acked", &seq.to_be_bytes())
    }

    /// The next own events to send as they were recorded, until they reach `max_bytes` (at least one, if there is one).
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn next_events(&self, after_seq: u64, max_bytes: usize) -> Result<Vec<Vec<u8>>> {
        const STEP: u64 = 2_000;
        let mut out: Vec<Vec<u8>> = Vec::new();
        let mut size = 0;
        loop {
            let events = self.own_event_bytes(after_seq + 1 + out.len() as u64, STEP)?;
            let full = (events.len() as u64) == STEP;
            for event in events {
                if size > 0 && size + event.len() > max_bytes {
                    return Ok(out);
                }
                size += event.len();
                out.push(event);
            }
            if !full {
                return Ok(out);
            }
        }
    }

    /// The own chain after `seq` events, computed from the events.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn chain_at(&self, seq: u64) -> Result<Option<crate::log::Chain>> {
        let Some(head) = self.chain() else { return Ok(None) };
        if head.seq == seq {
            return Ok(Some(head));
        }
        if seq > head.seq {
            return Ok(None);
        }
        let device = match &self.writer().own {
            Some(own) => own.device,
            None => return Ok(None),
        };
        // The newest receipt at or before it saves walking the whole history.
        let mut chain = self.received_chain(device, seq)?.unwrap_or_else(|| crate::log::Chain::start(device));
        while chain.seq < seq {
            let events = self.own_events(chain.seq + 1, (seq - chain.seq).min(5_000))?;
            if events.is_empty() {
                return Err(StoreError::Damaged("chain"));
            }
            events.iter().for_each(|e| chain.push(e.digest()));
        }
        Ok(Some(chain))
    }

    /// The own chain that the newest receipt for at most `seq` events covers.
    fn received_chain(&self, device: Id, seq: u64) -> Result<Option<crate::log::Chain>> {
        let bytes: Option<Vec<u8>> = self.read(|db| {
            let mut newest = db.prepare_cached("SELECT bytes FROM receipt WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1")?;
            Ok(newest.query_row([seq as i64], |r| r.get(0)).optional()?)
        })?;
        let Some(bytes) = bytes else { return Ok(None) };
        let receipt: Receipt = minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("receipt"))?;
        Ok(match receipt.leaf {
            Leaf::Chain { device: of, chain, .. } if of == device && chain.seq <= seq => Some(chain),
            _ => None,
        })
    }

    /// Photos that are not safe yet, oldest first; with those that are, when `all`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn photos(&self, all: bool) -> Result<Vec<Unsent>> {
        self.read(|db| {
            let sql = format!("SELECT {PHOTO_COLUMNS} FROM photo WHERE ?1 OR state IN (0, 1, 3) ORDER BY taken_ms, sha256");
            let mut statement = db.prepare_cached(&sql)?;
            let rows: Vec<_> = statement.query_map([all], photo_row)?.collect::<std::result::Result<_, _>>()?;
            rows.into_iter().map(unsent).collect()
        })
    }

    /// Where one photo stands; `None` when it was not taken here.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn photo(&self, sha256: Digest) -> Result<Option<Unsent>> {
        self.read(|db| {
            let sql = format!("SELECT {PHOTO_COLUMNS} FROM photo WHERE sha256 = ?1");
            let row = db.prepare_cached(&sql)?.query_row([&sha256.0[..]], photo_row).optional()?;
            row.map(unsent).transpose()
        })
    }

    /// Notes where a photo stands.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn set_photo(&self, sha256: Digest, state: PhotoState, tries: u32, next: UtcMs, reason: Option<&str>) -> Result<()> {
        self.writer().db.prepare_cached("UPDATE photo SET state = ?2, tries = ?3, next_ms = ?4, reason = ?5 WHERE sha256 = ?1")?.execute(params![
            &sha256.0[..],
            state.as_i64(),
            i64::from(tries),
            next.0,
            reason
        ])?;
        Ok(())
    }

    /// Every photo that was safe is to be sent again: the hub's receipts are void.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn void_receipts(&self) -> Result<()> {
        let mut writer = self.writer();
        let tx = writer.db.transaction()?;
        tx.execute("UPDATE photo SET state = 0, tries = 0, next_ms = 0, reason = 'sync-hub-restored' WHERE state IN (1, 2)", [])?;
        tx.execute("DELETE FROM receipt", [])?;
        tx.execute("DELETE FROM blob_receipt", [])?;
        tx.execute("UPDATE person_key SET sent = 0", [])?;
        tx.execute("DELETE FROM meta WHERE key IN ('cursor', 'checkpoint')", [])?;
        sum_settings(&tx)?;
        tx.commit()?;
        Ok(())
    }

    /// Keeps the receipt of the own chain.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn keep_receipt(&self, seq: u64, seal: &[u8], receipt: &Receipt) -> Result<()> {
        let mut writer = self.writer();
        let tx = writer.db.transaction()?;
        tx.execute("INSERT OR REPLACE INTO receipt(seq, bytes) VALUES(?1, ?2)", params![seq as i64, minicbor::to_vec(receipt).unwrap_or_default()])?;
        tx.execute("INSERT OR REPLACE INTO seal(seq, bytes) VALUES(?1, ?2)", params![seq as i64, seal])?;
        set_meta(&tx, "acked", &seq.to_be_bytes())?;
        tx.commit()?;
        Ok(())
    }

    /// Keeps a seal that was made at a sign-off.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn keep_seal(&self, seq: u64, seal: &[u8]) -> Result<()> {
        keep_seal(&self.writer().db, seq, seal)
    }

    /// Keeps the receipt of a file and says that it is safe.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn keep_blob_receipt(&self, sha256: Digest, receipt: &Receipt) -> Result<()> {
        let mut writer = self.writer();
        let tx = writer.db.transaction()?;
        tx.execute("INSERT OR REPLACE INTO blob_receipt(sha256, bytes) VALUES(?1, ?2)", params![&sha256.0[..], minicbor::to_vec(receipt).unwrap_or_default()])?;
        tx.execute("UPDATE photo SET state = 2, reason = NULL WHERE sha256 = ?1", [&sha256.0[..]])?;
        tx.commit()?;
        Ok(())
    }

    /// Own seals, and receipts of the own chain and of own files.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn proofs(&self) -> Result<(Vec<Vec<u8>>, Vec<Receipt>)> {
        self.read(|db| {
            let blobs = |sql: &str| -> Result<Vec<Vec<u8>>> {
                let mut statement = db.prepare(sql)?;
                let rows = statement.query_map([], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?;
                Ok(rows)
            };
            let seals = blobs("SELECT bytes FROM seal ORDER BY seq")?;
            let mut receipts = blobs("SELECT bytes FROM receipt ORDER BY seq")?;
            receipts.extend(blobs("SELECT bytes FROM blob_receipt ORDER BY sha256")?);
            let receipts = receipts.iter().map(|b| minicbor::decode(b).map_err(|_| StoreError::Damaged("receipt"))).collect::<Result<Vec<Receipt>>>()?;
            Ok((seals, receipts))
        })
    }

    /// Keys of persons first met on this device, not yet on the hub.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn unsent_keys(&self) -> Result<Vec<KeyGrant>> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT person, key FROM person_key WHERE sent = 0 AND key IS NOT NULL")?;
            let rows: Vec<(Vec<u8>, Vec<u8>)> = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<std::result::Result<_, _>>()?;
            rows.into_iter()
                .map(|(person, key)| Ok(KeyGrant { person: Id(person.try_into().map_err(|_| StoreError::Damaged("person key"))?), key: Some(key.into()) }))
                .collect()
        })
    }

    /// Notes that the hub has these keys.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn keys_sent(&self, persons: &[Id]) -> Result<()> {
        let mut writer = self.writer();
        let tx = writer.db.transaction()?;
        for person in persons {
            tx.execute("UPDATE person_key SET sent = 1 WHERE person = ?1", [&person.0[..]])?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Keeps what a person is typing; an empty value forgets it.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn set_draft(&self, key: &str, value: &[u8]) -> Result<()> {
        let writer = self.writer();
        if value.is_empty() {
            writer.db.execute("DELETE FROM draft WHERE key = ?1", [key])?;
        } else {
            writer.db.execute("INSERT INTO draft(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value", params![key, value])?;
        }
        Ok(())
    }

    /// The names of drafts that begin with `prefix`, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn drafts(&self, prefix: &str) -> Result<Vec<String>> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT key FROM draft WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key")?;
            let names = statement.query_map([prefix], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?;
            Ok(names)
        })
    }

    /// Lets photos that were set aside or wait be tried again, one or all; how many.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn retry_photos(&self, photo: Option<Digest>) -> Result<u64> {
        let writer = self.writer();
        let again = writer.db.execute(
            "UPDATE photo SET state = CASE state WHEN 3 THEN 0 ELSE state END, tries = 0, next_ms = 0, reason = NULL
             WHERE state <> 2 AND (?1 IS NULL OR sha256 = ?1) AND (state = 3 OR tries > 0)",
            [photo.map(|sha256| sha256.0.to_vec())],
        )?;
        set_meta(&writer.db, "sync_next", &0i64.to_be_bytes())?;
        Ok(again as u64)
    }

    /// What a person was typing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn draft(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.read(|db| Ok(db.query_row("SELECT value FROM draft WHERE key = ?1", [key], |r| r.get(0)).optional()?))
    }
}

pub(super) fn keep_seal(db: &Connection, seq: u64, seal: &[u8]) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO seal(seq, bytes) VALUES(?1, ?2)")?.execute(params![seq as i64, seal])?;
    Ok(())
}
