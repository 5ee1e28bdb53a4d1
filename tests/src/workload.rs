//! The workload of the sync and store benchmarks: 10,000 tickets of 12 fields, then single edits; the shape and the words of the
//! peer's (six words a title, thirty a description; a third of the edits change the status), always the same.

use keyturn_core::{
    log::Clock,
    model::{
        Id, UtcMs, Value,
        body::{AggKind, Body, Change, Create},
    },
    store::{Store, StoreError},
};

const WORDS: &str = "crack wall door frame paint pipe leak valve panel cable tray duct ceiling floor tile joint seal window hinge lock stair rail slab beam column roof drain pump motor switch socket sensor label missing loose damaged scratched rust wet noisy misaligned north south level corridor room shaft riser replace repair inspect check clean adjust report photo before after contractor";
/// Fields of a snag in the place of the peer's: title, description, status, priority, assignee, location, category, reporter,
/// created_at, updated_at, due_at, cost_cents.
const FIELDS: [&str; 12] =
    ["owner_text", "finding", "defect", "severity", "responsible", "room", "element", "reporter", "created_ms", "updated_ms", "due_ms", "cost_fen"];
/// How many of 100 edits change which field.
const EDITS: [(usize, u32); 9] = [(2, 35), (4, 15), (3, 10), (9, 15), (10, 8), (11, 5), (0, 4), (1, 5), (5, 3)];
/// One transaction holds this many records when a store is filled.
const BULK: usize = 500;

/// A small generator whose numbers are the same on every machine.
pub struct Random(u64);

impl Random {
    /// The numbers that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// From 0 to `below`, without it.
    pub fn below(&mut self, below: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }

    fn words(&mut self, n: usize) -> String {
        let all: Vec<&str> = WORDS.split(' ').collect();
        (0..n).map(|_| self.of(&all)).collect::<Vec<_>>().join(" ")
    }

    fn value(&mut self, field: usize) -> Value {
        match field {
            0 => Value::Text(self.words(6)),
            1 => Value::Text(self.words(30)),
            2 => self.of(&["open", "in_progress", "blocked", "resolved", "closed"]).into(),
            3 => self.of(&["low", "medium", "high", "critical"]).into(),
            4 | 7 => Value::Text(format!("user{:03}", self.below(60))),
            5 => Value::Text(format!("B{}/L{:02}/R{:03}", self.below(9), self.below(40), self.below(400))),
            6 => Value::Text(self.words(1)),
            8..=10 => Value::Int(1_790_000_000_000 + self.below(10_000_000_000) as i64),
            _ => Value::Int(self.below(1_000_000) as i64),
        }
    }

    fn edited_field(&mut self) -> usize {
        let mut at = self.below(EDITS.iter().map(|(_, n)| u64::from(*n)).sum()) as u32;
        for (field, n) in EDITS {
            if at < n {
                return field;
            }
            at -= n;
        }
        0
    }
}

/// Who writes: the actor, the role, the policy.
pub type Writer<'a> = (Id, &'a str, &'a str);

/// Writes `n` new tickets spread over `units`; their ids.
///
/// # Errors
/// When the database fails.
pub fn create(store: &Store, clock: &dyn Clock, who: Writer<'_>, units: &[Id], n: usize, random: &mut Random) -> Result<Vec<Id>, StoreError> {
    let mut ids = Vec::with_capacity(n);
    while ids.len() < n {
        store.write::<_, StoreError>(clock, who, |wrote| {
            for _ in 0..BULK.min(n - ids.len()) {
                let id = wrote.new_id();
                let fields = FIELDS.iter().enumerate().map(|(i, field)| ((*field).to_owned(), random.value(i))).collect();
                let unit = units[ids.len() % units.len()];
                wrote.append(id, &Body::Create(Create { kind: AggKind::Snag, unit: Some(unit), parent: None, fields }))?;
                ids.push(id);
            }
            Ok(())
        })?;
    }
    Ok(ids)
}

/// Writes `n` edits, each of one field of one ticket and an event of its own, by somebody who saw the value it replaces.
///
/// # Errors
/// When the database fails.
pub fn edit(store: &Store, clock: &dyn Clock, who: Writer<'_>, ids: &[Id], n: usize, random: &mut Random) -> Result<(), StoreError> {
    let mut left = n;
    while left > 0 {
        let now = BULK.min(left);
        store.write::<_, StoreError>(clock, who, |wrote| {
            for _ in 0..now {
                let id = ids[random.below(ids.len() as u64) as usize];
                let field = random.edited_field();
                let value = random.value(field);
                let replaces = wrote.thing(id)?.map(|t| t.heads(FIELDS[field])).unwrap_or_default();
                wrote.append(id, &Body::Set(vec![Change { field: FIELDS[field].to_owned(), value, replaces }]))?;
            }
            Ok(())
        })?;
        left -= now;
    }
    Ok(())
}

/// CPU seconds of this process so far, user and system.
#[allow(unsafe_code)]
pub fn cpu_s() -> f64 {
    // SAFETY: getrusage fills the struct it is given; zero is a valid value of each of its fields.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let s = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    s(usage.ru_utime) + s(usage.ru_stime)
}

/// The value below which `part` (0 to 1) of the samples lie.
pub fn quantile(samples: &[f64], part: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(at.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

/// Three digits after the point.
pub fn round3(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// Bytes of all files in a folder and below.
///
/// # Errors
/// When it cannot be read.
pub fn folder_bytes(dir: &std::path::Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { folder_bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

/// A hub's answer to an enrolment, without a hub: for what is measured on one device alone.
pub fn lone_certificate(device: &keyturn_core::field::FieldStore, role: &str) -> (keyturn_core::sync::protocol::EnrolAnswer, keyturn_core::model::Digest) {
    use keyturn_core::log::{cert, keys::HubKey};
    let hub = HubKey::from_secret([7; 32]);
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let certificate = cert::Certificate {
        project: Id::derived(&[b"bench"]),
        device: device.device(),
        public: device.key().public(),
        person: Id::derived(&[b"inspector"]),
        role: role.to_owned(),
        scope: cert::Scope::Project,
        issued: UtcMs::now(),
    };
    let answer = keyturn_core::sync::protocol::EnrolAnswer {
        certificate: hex(&cert::issue(&certificate, &hub)),
        hub_public: hex(&hub.public().0),
        hub_time: UtcMs::now(),
        project_name: "bench".to_owned(),
        zone: "Asia/Shanghai".to_owned(),
    };
    (answer, hub.public().fingerprint())
}
