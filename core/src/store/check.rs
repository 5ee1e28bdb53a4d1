//! Looking over the whole database: every row of every table against what proves it.
//!
//! Own records by the device's chain; those of others by the sums noted when they came and by the states folded from them; states and the
//! columns of lists by folding again; photos by the records that name them; keys by what they open; seals and receipts by their signatures;
//! settings by their common sum. What nothing proves is what a person is typing, how often a photo was tried, and whether a key was sent.

use super::{
    Result, Store, StoreError,
    append::{columns, sum_of},
    get_meta, packed,
    read::{self, Segments},
    settings_sum,
};
use crate::{
    log::{
        Chain, Event,
        fold::Aggregate,
        keys::HubPublic,
        receipt::{Leaf, Receipt},
        seal,
    },
    model::{
        Digest, Id, PersonKey, Sealed, Value,
        act::Act,
        body::{AggKind, Body},
    },
    words::{Lang, word},
};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Something in the database is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The table; empty for the file itself.
    pub table: &'static str,
    /// What is wrong: message key.
    pub key: &'static str,
    /// The row, by its key.
    pub row: String,
}

/// What a database was found to be.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// Things.
    pub things: usize,
    /// Own records.
    pub records: u64,
    /// Everything that is wrong.
    pub damage: Vec<Damage>,
    /// Things whose kept state is not what their records say.
    pub differ: Vec<Id>,
    /// The own records give the own chain's head.
    pub chain_whole: bool,
}

/// What a database is held against.
pub struct Against<'a> {
    /// The device's own public key.
    pub public: [u8; 33],
    /// The hub's key, once a hub is known.
    pub hub: Option<HubPublic>,
    /// The device keeps everything of its project, so that no key it used may be gone.
    pub whole_project: bool,
    /// Told how many records were looked at.
    pub progress: &'a mut dyn FnMut(u64),
}

/// A photo was taken and its row written in one act: their times lie no further apart, in milliseconds.
const ONE_ACT_MS: i64 = 120_000;

struct Look<'a, 'b> {
    db: &'a Connection,
    against: &'a mut Against<'b>,
    out: Looked,
    devices: HashMap<i64, Id>,
    things: HashMap<i64, Id>,
    own: Id,
    kept: Chain,
    chain: Chain,
    acked: u64,
    /// The own chain at each number that a seal or receipt stands for.
    heads: BTreeMap<u64, Option<Chain>>,
    /// Photos taken here: size, thing, time.
    photos: HashMap<Digest, (u64, Id, i64)>,
    keys: HashMap<Id, Option<PersonKey>>,
    /// Whose personal data there is, and which of it was encrypted here.
    sealed: HashSet<Id>,
    sealed_here: BTreeMap<Id, u64>,
    known: HashSet<Id>,
    shut: BTreeSet<Id>,
    last_signed: u64,
}

impl Store {
    /// Looks at every table.
    ///
    /// # Errors
    /// When the database cannot be asked at all.
    pub fn look_over(&self, against: &mut Against<'_>) -> Result<Looked> {
        let (own, kept) = match self.chain().zip(self.writer().own.as_ref().map(|own| own.device)) {
            Some((chain, device)) => (device, chain),
            None => return Err(StoreError::Damaged("no device")),
        };
        let acked = self.acked_seq()?;
        self.read(|db| {
            let mut look = Look {
                db,
                against,
                out: Looked::default(),
                devices: HashMap::new(),
                things: HashMap::new(),
                own,
                kept,
                chain: Chain::start(own),
                acked,
                heads: BTreeMap::new(),
                photos: HashMap::new(),
                keys: HashMap::new(),
                sealed: HashSet::new(),
                sealed_here: BTreeMap::new(),
                known: HashSet::new(),
                shut: BTreeSet::new(),
                last_signed: 0,
            };
            look.all()?;
            look.persons();
            look.out.damage.sort();
            look.out.damage.dedup();
            Ok(look.out)
        })
    }
}

/// Whether a value was of another kind than its column holds.
fn misread(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::IntegralValueOutOfRange(..))
}

fn id_of(bytes: Vec<u8>) -> Option<Id> {
    bytes.try_into().ok().map(Id)
}

impl<'a, 'b> Look<'a, 'b> {
    /// A row that cannot even be read is damage of its table, and the others are looked at all the same.
    fn all(&mut self) -> Result<()> {
        type Step<'a, 'b> = fn(&mut Look<'a, 'b>) -> Result<()>;
        let steps: [(&'static str, Step<'a, 'b>); 9] = [
            ("", Self::pages),
            ("meta", Self::settings),
            ("device", Self::numbers),
            ("segment", Self::segments),
            ("person_key", Self::keys),
            ("event", Self::events),
            ("thing", Self::states),
            ("photo", Self::photos),
            ("seal", Self::proofs),
        ];
        for (table, step) in steps {
            match step(self) {
                Ok(()) => {}
                Err(error) if error.is_damaged() || matches!(&error, StoreError::Database(e) if misread(e)) => self.wrong(table, "check-unreadable", ""),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn wrong(&mut self, table: &'static str, key: &'static str, row: impl ToString) {
        self.out.damage.push(Damage { table, key, row: row.to_string() });
    }

    /// Pages and indexes, as SQLite itself checks them.
    fn pages(&mut self) -> Result<()> {
        let mut statement = self.db.prepare("PRAGMA integrity_check(20)")?;
        let said: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<std::result::Result<_, _>>()?;
        for line in said.into_iter().filter(|line| line != "ok") {
            self.wrong("", "check-pages", line);
        }
        Ok(())
    }

    fn settings(&mut self) -> Result<()> {
        if get_meta(self.db, "sum")? != Some(settings_sum(self.db)?) {
            self.wrong("meta", "check-settings", "");
        }
        if self.acked > self.kept.seq {
            self.wrong("meta", "check-settings", "acked");
        }
        Ok(())
    }

    fn numbers(&mut self) -> Result<()> {
        for (table, sql) in [("device", "SELECT n, id FROM device"), ("thing", "SELECT n, id FROM thing")] {
            let mut statement = self.db.prepare(sql)?;
            let rows: Vec<(i64, Vec<u8>)> = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<std::result::Result<_, _>>()?;
            for (n, id) in rows {
                match id_of(id) {
                    Some(id) if table == "device" => drop(self.devices.insert(n, id)),
                    Some(id) => drop(self.things.insert(n, id)),
                    None => self.wrong(table, "check-unreadable", n),
                }
            }
        }
        self.out.things = self.things.len();
        let unused = "SELECT n FROM device WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.device = device.n)";
        let mut statement = self.db.prepare(unused)?;
        let rows: Vec<i64> = statement.query_map([], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?;
        // A device whose things left the scope leaves its number behind; one that never was is another matter.
        if let Some(n) = rows.iter().find(|n| self.devices.get(n).is_some_and(|id| *id == self.own) && self.kept.seq > 0) {
            self.wrong("device", "check-unreadable", n);
        }
        Ok(())
    }

    fn segments(&mut self) -> Result<()> {
        let mut statement = self.db.prepare("SELECT n, packed, sum FROM segment")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (n, packed, sum): (i64, Vec<u8>, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if sum.is_some_and(|sum| sum != sum_of(&packed)) {
                self.wrong("segment", "check-sum", n);
            }
        }
        Ok(())
    }

    fn keys(&mut self) -> Result<()> {
        let mut statement = self.db.prepare("SELECT person, key, sent FROM person_key")?;
        let rows: Vec<(Vec<u8>, Option<Vec<u8>>, i64)> =
            statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect::<std::result::Result<_, _>>()?;
        for (person, key, sent) in rows {
            let key = key.map(|key| key.try_into().map(PersonKey)).transpose();
            match (id_of(person), key) {
                (Some(person), Ok(key)) => {
                    if !(0..=1).contains(&sent) {
                        self.wrong("person_key", "check-unreadable", person);
                    }
                    self.keys.insert(person, key);
                }
                (person, _) => self.wrong("person_key", "check-unreadable", person.map(|p| p.to_string()).unwrap_or_default()),
            }
        }
        Ok(())
    }

    fn events(&mut self) -> Result<()> {
        for table in ["seal", "receipt"] {
            let mut statement = self.db.prepare(&format!("SELECT seq FROM {table}"))?;
            let seqs: Vec<i64> = statement.query_map([], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?;
            self.heads.extend(seqs.into_iter().map(|seq| (seq.max(0) as u64, None)));
        }
        let mut segments = Segments::default();
        let mut statement = self.db.prepare("SELECT device, seq, thing, segment, place, bytes, sum FROM event ORDER BY device, seq")?;
        let mut rows = statement.query([])?;
        let mut looked = 0;
        while let Some(row) = rows.next()? {
            let (device, seq, thing): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (segment, place, bytes): (Option<i64>, Option<i64>, Option<Vec<u8>>) = (row.get(3)?, row.get(4)?, row.get(5)?);
            let sum: Option<i64> = row.get(6)?;
            looked += 1;
            if looked % 1_000 == 0 {
                (self.against.progress)(looked);
            }
            let name = format!("{}/{seq}", self.devices.get(&device).map(|id| id.to_string()).unwrap_or_else(|| device.to_string()));
            let bytes = match (bytes, segment, place) {
                (Some(bytes), None, None) => bytes,
                (None, Some(segment), Some(place)) => match segments.slice(self.db, segment, place) {
                    Ok(bytes) => bytes,
                    Err(_) => {
                        self.wrong("event", "check-event", &name);
                        continue;
                    }
                },
                _ => {
                    self.wrong("event", "check-event", &name);
                    continue;
                }
            };
            if sum.is_some_and(|sum| sum != sum_of(&bytes)) {
                self.wrong("event", "check-sum", &name);
            }
            let Ok(event) = Event::decode(bytes) else {
                self.wrong("event", "check-event", &name);
                continue;
            };
            if self.devices.get(&device) != Some(&event.device) || u64::try_from(seq) != Ok(event.seq) {
                self.wrong("event", "check-event", &name);
            }
            match self.things.get(&thing) {
                Some(id) if *id == event.agg => {}
                Some(_) => self.wrong("event", "check-event", &name),
                None => self.wrong("thing", "check-thing-missing", event.agg),
            }
            if event.device == self.own {
                self.own_event(&event);
            }
            self.contents(&event);
        }
        self.out.records = self.chain.seq;
        self.out.chain_whole = self.chain == self.kept;
        if !self.out.chain_whole {
            self.wrong("event", "check-chain", "");
        }
        Ok(())
    }

    fn own_event(&mut self, event: &Event) {
        if event.seq == self.chain.seq + 1 {
            self.chain.push(event.digest());
            let chain = self.chain;
            if let Some(head) = self.heads.get_mut(&chain.seq) {
                *head = Some(chain);
            }
        }
        match event.body() {
            Body::Act(Act::PhotoAdd(photo)) => {
                self.photos.entry(photo.sha256).or_insert((photo.bytes, event.agg, event.hlc.ms.0));
            }
            Body::Act(Act::Sign(_)) => self.last_signed = event.seq,
            _ => {}
        }
    }

    /// Whose personal data an event holds, and whether the key opens it.
    fn contents(&mut self, event: &Event) {
        let here = (event.device == self.own).then_some(event.seq);
        match event.body() {
            Body::Create(create) => {
                if create.kind == AggKind::Person {
                    self.known.insert(event.agg);
                }
                create.fields.iter().for_each(|(_, value)| self.value(value, here));
            }
            Body::Set(changes) => changes.iter().for_each(|change| self.value(&change.value, here)),
            Body::Act(Act::Sign(signature)) => signature.strokes.iter().for_each(|strokes| self.personal(strokes, here)),
            _ => {}
        }
    }

    fn value(&mut self, value: &Value, here: Option<u64>) {
        match value {
            Value::Personal(sealed) => self.personal(sealed, here),
            Value::Participant(participant) => {
                self.known.insert(participant.person);
                participant.name.iter().for_each(|name| self.personal(name, here));
            }
            Value::List(values) => values.iter().for_each(|value| self.value(value, here)),
            _ => {}
        }
    }

    fn personal(&mut self, sealed: &Sealed, here: Option<u64>) {
        self.sealed.insert(sealed.person);
        if let Some(seq) = here {
            self.sealed_here.insert(sealed.person, seq);
        }
        if let Some(Some(key)) = self.keys.get(&sealed.person)
            && key.open(sealed).is_none()
        {
            self.shut.insert(sealed.person);
        }
    }

    /// Every key opens what is its person's, and what was encrypted here has its key until it was erased.
    fn persons(&mut self) {
        for person in std::mem::take(&mut self.shut) {
            self.wrong("person_key", "check-key-shut", person);
        }
        let strangers: Vec<Id> =
            self.keys.iter().filter(|(id, key)| key.is_some() && !self.sealed.contains(id) && !self.known.contains(id)).map(|(id, _)| *id).collect();
        strangers.into_iter().for_each(|id| self.wrong("person_key", "check-key-nobody", id));
        let gone: Vec<Id> = self
            .sealed_here
            .iter()
            .filter(|(id, seq)| !self.keys.contains_key(id) && (self.against.whole_project || **seq > self.acked))
            .map(|(id, _)| *id)
            .collect();
        gone.into_iter().for_each(|id| self.wrong("person_key", "check-key-missing", id));
    }

    /// Each state and each column that lists read is what the fold of the records gives.
    fn states(&mut self) -> Result<()> {
        let mut segments = Segments::default();
        let mut statement = self.db.prepare("SELECT id, kind, unit, parent, phase, sort, conflicts, refused, state FROM thing ORDER BY n")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some(id) = id_of(row.get(0)?) else { continue };
            let kept = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?);
            let state: Vec<u8> = row.get(8)?;
            let Ok(events) = read::events_of_cached(self.db, id, &mut segments) else {
                self.out.differ.push(id);
                self.wrong("thing", "check-state", id);
                continue;
            };
            let folded = Aggregate::fold(id, &events);
            let same = packed::unpack(&state).is_ok_and(|state| state == folded);
            if events.is_empty() || !same {
                self.out.differ.push(id);
                self.wrong("thing", "check-state", id);
            } else if columns(&folded) != kept {
                self.out.differ.push(id);
                self.wrong("thing", "check-columns", id);
            }
        }
        Ok(())
    }

    /// Photos taken here: each has its record, each record its row, and a safe one its receipt.
    fn photos(&mut self) -> Result<()> {
        let mut statement = self.db.prepare(
            "SELECT p.sha256, p.bytes, p.thing, p.taken_ms, p.state, p.tries, p.next_ms, p.reason, r.sha256 IS NOT NULL
             FROM photo p LEFT JOIN blob_receipt r ON r.sha256 = p.sha256",
        )?;
        type Row = (Vec<u8>, i64, Vec<u8>, i64, i64, i64, i64, Option<String>, bool);
        let rows: Vec<Row> = statement
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?, r.get(7)?, r.get(8)?)))?
            .collect::<std::result::Result<_, _>>()?;
        let mut recorded = std::mem::take(&mut self.photos);
        for (sha256, bytes, thing, taken_ms, state, tries, next_ms, reason, received) in rows {
            let Some(sha256) = sha256.try_into().ok().map(Digest) else {
                self.wrong("photo", "check-unreadable", "");
                continue;
            };
            let right = recorded.remove(&sha256).is_some_and(|(size, of, at_ms)| {
                i64::try_from(size) == Ok(bytes) && id_of(thing) == Some(of) && taken_ms.checked_sub(at_ms).is_some_and(|apart| apart.abs() <= ONE_ACT_MS)
            });
            let told = reason.as_deref().is_none_or(|key| word(Lang::Zh, key) != key);
            if !right || !told || !(0..=3).contains(&state) || tries < 0 || next_ms < 0 {
                self.wrong("photo", "check-photo", sha256);
            }
            if (state == 2) != received {
                self.wrong("photo", "check-photo-safe", sha256);
            }
        }
        recorded.into_keys().for_each(|sha256| self.wrong("photo", "check-photo-missing", sha256));
        Ok(())
    }

    /// Seals are this device's over its chain, receipts the hub's over this chain and these files.
    fn proofs(&mut self) -> Result<()> {
        let rows = |sql: &str| -> Result<Vec<(i64, Vec<u8>)>> {
            let mut statement = self.db.prepare(sql)?;
            let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<std::result::Result<_, _>>()?;
            Ok(rows)
        };
        let mut newest = 0;
        for (seq, bytes) in rows("SELECT seq, bytes FROM seal")? {
            let at = seq.max(0) as u64;
            newest = newest.max(at);
            let stands = |chain: Chain| chain.seq == at && (at == 0 || self.heads.get(&at).copied().flatten() == Some(chain));
            let good = seal::open(&bytes, &self.against.public).is_ok_and(|claim| claim.device == self.own && stands(claim.chain));
            if !good {
                self.wrong("seal", "check-seal", seq);
            }
        }
        if self.last_signed > newest {
            let seq = self.last_signed;
            self.wrong("seal", "check-seal-missing", seq);
        }
        for (seq, bytes) in rows("SELECT seq, bytes FROM receipt")? {
            let at = seq.max(0) as u64;
            let good = self.receipt(&bytes).is_some_and(|receipt| match receipt.leaf {
                Leaf::Chain { device, chain, .. } => device == self.own && chain.seq == at && self.heads.get(&at).copied().flatten() == Some(chain),
                Leaf::Blob { .. } => false,
            });
            if !good {
                self.wrong("receipt", "check-receipt", seq);
            }
        }
        let mut statement = self.db.prepare("SELECT sha256, bytes FROM blob_receipt")?;
        let files: Vec<(Vec<u8>, Vec<u8>)> = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<std::result::Result<_, _>>()?;
        for (sha256, bytes) in files {
            let sha256 = sha256.try_into().ok().map(Digest);
            let good = self.receipt(&bytes).is_some_and(|receipt| matches!(receipt.leaf, Leaf::Blob { sha256: of, .. } if Some(of) == sha256));
            if !good {
                self.wrong("blob_receipt", "check-receipt", sha256.map(|d| d.to_string()).unwrap_or_default());
            }
        }
        Ok(())
    }

    fn receipt(&self, bytes: &[u8]) -> Option<Receipt> {
        let receipt: Receipt = minicbor::decode(bytes).ok()?;
        receipt.check(self.against.hub.as_ref()?).ok()?;
        Some(receipt)
    }
}
