//! A small community with real keys, chains, seals and a real Merkle tree, from which bundles are made by seed.

use keyturn_core::{
    evidence::bundle::{self, BundleInput, ChainInput, FileInput, Source},
    field::{FrozenRecord, FrozenSnag},
    log::{
        Chain, Event, EventRef, Hlc, NewEvent,
        cert::{self, Certificate, Scope},
        keys::{DeviceKey, HubKey, SoftwareKey},
        receipt::{Leaf, Receipt, sign_checkpoint},
        seal::{self, SealClaim, SealPurpose},
    },
    model::{
        Digest, Id, PersonKey, UtcMs, Value,
        act::{Act, Outcome, PhotoAdd, Signature, SnagAnswer, StrokePoint},
        body::{AggKind, Body, Change, Create},
        value::{Answer, Done, LineAnswer, Meter, Participant},
    },
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// splitmix64: small, seeded, the same everywhere.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        out.iter_mut().for_each(|b| *b = self.next() as u8);
        out
    }
    pub fn id(&mut self) -> Id {
        Id::derived(&[&self.bytes::<16>()])
    }
    pub fn key(&mut self) -> SoftwareKey {
        SoftwareKey::from_secret(&self.bytes::<32>()).unwrap()
    }
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// One device: its key and everything it recorded, of this unit and of others.
pub struct Device {
    pub id: Id,
    pub key: SoftwareKey,
    pub person: Id,
    pub role: &'static str,
    pub certificate: Vec<u8>,
    /// Each event, and whether it belongs to the unit.
    pub events: Vec<(Event, bool)>,
    pub seals: Vec<Vec<u8>>,
    pub chain: Chain,
    skew_ms: i64,
    shift_ms: i64,
    last: Hlc,
}

impl Device {
    fn record(&mut self, now: i64, agg: Id, body: &Body, shown: bool) -> EventRef {
        let now = now + self.shift_ms;
        let hlc = if now > self.last.ms.0 { Hlc { ms: UtcMs(now), counter: 0 } } else { Hlc { counter: self.last.counter + 1, ..self.last } };
        self.last = hlc;
        let event = Event::encode(&NewEvent {
            device: self.id,
            actor: self.person,
            role: self.role,
            policy: "handover-cn@1",
            skew_ms: self.skew_ms,
            agg,
            seq: self.chain.seq + 1,
            hlc,
            body,
        });
        self.chain.push(event.digest());
        let at = event.at();
        self.events.push((event, shown));
        at
    }

    fn seal(&mut self, at: i64, purpose: SealPurpose) {
        let claim = SealClaim { device: self.id, chain: self.chain, at: UtcMs(at), purpose };
        self.seals.push(seal::seal(&claim, &self.key).unwrap());
    }
}

/// The hub's tree, RFC 6962 as written there.
#[derive(Default)]
pub struct Tree(Vec<Leaf>);

fn leaf_hash(leaf: &Leaf) -> [u8; 32] {
    Sha256::digest([&[0], leaf.bytes().as_slice()].concat()).into()
}

fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

fn root(leaves: &[Leaf]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => leaf_hash(one),
        many => {
            let (left, right) = many.split_at(split(many.len()));
            Sha256::digest([&[1], root(left).as_slice(), root(right).as_slice()].concat()).into()
        }
    }
}

fn proof(leaves: &[Leaf], index: usize) -> Vec<Digest> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut path, other) = if index < at { (proof(left, index), root(right)) } else { (proof(right, index - at), root(left)) };
    path.push(Digest(other));
    path
}

impl Tree {
    pub fn add(&mut self, leaf: Leaf) -> usize {
        self.0.push(leaf);
        self.0.len() - 1
    }
    pub fn checkpoint(&self, size: usize, key: &HubKey) -> String {
        sign_checkpoint(key, size as u64, tlog_hash(root(&self.0[..size]))).unwrap()
    }
    /// The receipt for a leaf, as the hub gave it when its tree had `size` leaves.
    pub fn receipt(&self, index: usize, size: usize, key: &HubKey) -> Receipt {
        Receipt { leaf: self.0[index].clone(), index: index as u64, proof: proof(&self.0[..size], index), checkpoint: self.checkpoint(size, key) }
    }
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

fn tlog_hash(bytes: [u8; 32]) -> tlog_tiles::Hash {
    tlog_tiles::Hash(bytes)
}

pub const HUB: usize = 0;
pub const INSPECTOR: usize = 1;
pub const CREW: usize = 2;

pub struct World {
    pub rng: Rng,
    pub hub: HubKey,
    pub project: Id,
    pub devices: Vec<Device>,
    pub tree: Tree,
    pub receipts: Vec<Receipt>,
    pub photos: BTreeMap<Digest, Vec<u8>>,
    pub report: Vec<u8>,
    pub owner: Id,
    pub owner_key: PersonKey,
    pub unit: Id,
    pub handover: Id,
    pub exporter: usize,
    now: i64,
}

pub fn certify(hub: &HubKey, project: Id, device: Id, key: &SoftwareKey, person: Id, role: &str) -> Vec<u8> {
    let certificate = Certificate { project, device, public: key.public(), person, role: role.into(), scope: Scope::Project, issued: UtcMs(1_763_000_000_000) };
    cert::issue(&certificate, hub)
}

impl World {
    /// A whole handover: register, walk-through, signature, repairs, report.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng(seed);
        let hub = HubKey::from_secret(rng.bytes());
        let project = rng.id();
        let mut devices = Vec::new();
        for role in ["hub", "inspector", "repair_crew"] {
            let (id, key, person) = (rng.id(), rng.key(), rng.id());
            let certificate = certify(&hub, project, id, &key, person, role);
            let skew_ms = if role == "hub" { 0 } else { rng.below(200_000) as i64 - 100_000 };
            devices.push(Device {
                id,
                key,
                person,
                role,
                certificate,
                events: Vec::new(),
                seals: Vec::new(),
                chain: Chain::start(id),
                skew_ms,
                shift_ms: 0,
                last: Hlc::default(),
            });
        }
        let (owner, unit, handover, owner_key) = (rng.id(), rng.id(), rng.id(), PersonKey(rng.bytes()));
        let exporter = HUB;
        let mut world = Self {
            rng,
            hub,
            project,
            devices,
            tree: Tree::default(),
            receipts: Vec::new(),
            photos: BTreeMap::new(),
            report: Vec::new(),
            owner,
            owner_key,
            unit,
            handover,
            exporter,
            now: 1_763_600_000_000,
        };
        world.play();
        world
    }

    pub fn record(&mut self, device: usize, agg: Id, body: &Body) -> EventRef {
        self.now += 1 + self.rng.below(90_000) as i64;
        // Work on other units lies between: shown by hash only.
        if self.rng.chance(20) {
            let other = self.rng.id();
            let body = Body::Set(vec![Change { field: "finding".into(), value: Value::Text("another unit".into()), replaces: vec![] }]);
            self.devices[device].record(self.now, other, &body, false);
        }
        self.devices[device].record(self.now, agg, body, true)
    }

    /// From now on the device's corrected time is off by `ms`, also backwards.
    pub fn clock_shift(&mut self, device: usize, ms: i64) {
        let device = &mut self.devices[device];
        device.shift_ms = ms;
        device.last = Hlc::default();
    }

    fn act(&mut self, device: usize, agg: Id, act: Act) -> EventRef {
        self.record(device, agg, &Body::Act(act))
    }

    fn set(&mut self, device: usize, agg: Id, field: &str, value: Value, replaces: Vec<EventRef>) -> EventRef {
        self.record(device, agg, &Body::Set(vec![Change { field: field.into(), value, replaces }]))
    }

    fn create(&mut self, device: usize, agg: Id, kind: AggKind, parent: Option<Id>, fields: Vec<(&str, Value)>) -> EventRef {
        let unit = (kind != AggKind::Unit && kind != AggKind::Person).then_some(self.unit);
        let fields = fields.into_iter().map(|(f, v)| (f.to_owned(), v)).collect();
        self.record(device, agg, &Body::Create(Create { kind, unit, parent, fields }))
    }

    fn photo(&mut self) -> Digest {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0];
        let length = 40 + self.rng.below(200);
        bytes.extend((0..length).map(|_| self.rng.next() as u8));
        let digest = Digest::of(&bytes);
        self.photos.insert(digest, bytes);
        digest
    }

    fn add_photo(&mut self, device: usize, agg: Id, purpose: &str, round: u32) -> Digest {
        let sha256 = self.photo();
        let bytes = self.photos[&sha256].len() as u64;
        self.act(device, agg, Act::PhotoAdd(PhotoAdd { sha256, bytes, purpose: purpose.into(), round, facts: vec![0xa0] }));
        sha256
    }

    /// The device sends its batch and the hub receipts it, with the photographs so far.
    pub fn sync(&mut self, device: usize) {
        self.now += 1_000;
        self.devices[device].seal(self.now, SealPurpose::Batch);
        let (id, chain) = (self.devices[device].id, self.devices[device].chain);
        let mut leaves = vec![Leaf::Chain { device: id, chain, received: UtcMs(self.now + 500) }];
        let known: Vec<Digest> = self
            .receipts
            .iter()
            .filter_map(|r| match r.leaf {
                Leaf::Blob { sha256, .. } => Some(sha256),
                Leaf::Chain { .. } => None,
            })
            .collect();
        leaves.extend(self.photos.iter().filter(|(d, _)| !known.contains(d)).map(|(d, b)| Leaf::Blob {
            sha256: *d,
            bytes: b.len() as u64,
            received: UtcMs(self.now + 900),
        }));
        for leaf in leaves {
            // Leaves of other units stand between.
            if self.rng.chance(30) {
                let sha256 = Digest(self.rng.bytes());
                self.tree.add(Leaf::Blob { sha256, bytes: 7, received: UtcMs(self.now) });
            }
            let index = self.tree.add(leaf);
            self.receipts.push(self.tree.receipt(index, self.tree.len(), &self.hub));
        }
    }

    fn freeze_and_sign(&mut self, version: u32, snags: &[(Id, Digest, Vec<EventRef>)]) {
        let frozen_snags = snags.iter().map(|(id, photo, versions)| FrozenSnag {
            id: *id,
            number: 1,
            room: "kitchen".into(),
            element: "wall".into(),
            defect: "hollow".into(),
            severity: "minor".into(),
            owner_text: "墙砖空鼓".into(),
            finding: String::new(),
            due_on: None,
            pin: None,
            photos: vec![*photo],
            versions: versions.clone(),
        });
        let frozen = FrozenRecord {
            rooms: Vec::new(),
            version,
            frozen: UtcMs(self.now),
            handover: self.handover,
            unit: self.unit,
            unit_label: "1-2-301".into(),
            policy: "handover-cn@1".into(),
            policy_digest: Digest::of(b"profile"),
            lines: vec![],
            snags: frozen_snags.collect(),
            meters: vec![],
            keys: vec![],
            documents: vec![],
            parts: vec![],
            participants: vec![],
            questions: vec![],
            disputes: vec![],
        };
        let record = frozen.bytes();
        let digest = Digest::of(&record);
        self.act(INSPECTOR, self.handover, Act::Freeze(version, record));
        let stroke =
            vec![StrokePoint { x_ppm: 100, y_ppm: 200, t_ms: 0, pressure_milli: 500 }, StrokePoint { x_ppm: 300, y_ppm: 250, t_ms: 16, pressure_milli: 510 }];
        let strokes = self.owner_key.seal(self.owner, &minicbor::to_vec(vec![stroke]).unwrap());
        let answers: Vec<SnagAnswer> = snags
            .iter()
            .enumerate()
            .map(|(n, (snag, ..))| SnagAnswer { snag: *snag, accepted: n > 0, reason: (n == 0).then(|| "not agreed".into()) })
            .collect();
        let signature = Signature {
            record: digest,
            version,
            signer: self.owner,
            role: "owner".into(),
            outcome: Outcome::InPart,
            answers,
            reason: Some("one snag".into()),
            strokes: Some(strokes),
            level: 1,
            code: None,
            notice: "notice@3".into(),
            words: Digest::of(b"I have read"),
            witness: None,
        };
        self.act(INSPECTOR, self.handover, Act::Sign(Box::new(signature)));
        let now = self.now + 10;
        self.devices[INSPECTOR].seal(now, SealPurpose::SignOff);
    }

    fn play(&mut self) {
        let (unit, handover, owner) = (self.unit, self.handover, self.owner);
        self.create(HUB, unit, AggKind::Unit, None, vec![("number", "1-2-301".into()), ("filing_number", "F-1".into())]);
        let name = self.owner_key.seal(owner, "陈静怡".as_bytes());
        self.create(HUB, owner, AggKind::Person, None, vec![("name", Value::Personal(name.clone())), ("kind", "owner".into())]);
        self.create(HUB, handover, AggKind::Handover, Some(unit), vec![]);
        for item in ["quality", "cleaning", "documents"] {
            self.set(HUB, handover, &format!("precheck:{item}"), Value::Done(Done { done: true, count: None, reason: None }), vec![]);
        }
        let at = UtcMs(self.now + 86_400_000);
        let inspector = self.devices[INSPECTOR].person;
        self.act(HUB, handover, Act::Appoint(at, inspector, None));
        if self.rng.chance(50) {
            self.sync(HUB);
        }
        self.act(INSPECTOR, handover, Act::Start("fitted".into(), "handover".into()));
        let participant = Participant { person: owner, role: "owner".into(), organisation: None, name: Some(name), identity_check: None, mandate: None };
        self.set(INSPECTOR, handover, &format!("participant:{owner}"), Value::Participant(participant), vec![]);
        let meter_photo = self.rng.chance(70).then(|| self.photo());
        let meter = Meter { number: "M-77".into(), reading_milli: 12_500, photo: meter_photo };
        self.set(INSPECTOR, handover, "meter:water", Value::Meter(meter), vec![]);
        let snags: Vec<Id> = (0..2 + self.rng.below(2)).map(|_| self.rng.id()).collect();
        let mut signed = Vec::new();
        for snag in &snags {
            let first = self.create(
                INSPECTOR,
                *snag,
                AggKind::Snag,
                Some(handover),
                vec![("room", "kitchen".into()), ("element", "wall".into()), ("defect", "hollow".into())],
            );
            let photo = self.add_photo(INSPECTOR, *snag, "snag", 0);
            let second = self.set(INSPECTOR, *snag, "room", "living_room".into(), vec![first]);
            signed.push((*snag, photo, vec![first, second]));
            // Some are edited at the office meanwhile: a conflict that stays.
            if self.rng.chance(30) {
                self.set(HUB, *snag, "room", "bathroom".into(), vec![first]);
            } else {
                self.set(INSPECTOR, *snag, "finding", "two tiles".into(), vec![second]);
            }
            let line = LineAnswer {
                answer: Answer::NotFine,
                together: false,
                points_milli: vec![3_100],
                verdict: Some("fail".into()),
                snag: Some(*snag),
                reason: None,
                contract: None,
                found: None,
            };
            self.set(INSPECTOR, handover, &format!("line:{}", snag.short()), Value::Line(line), vec![]);
        }
        self.freeze_and_sign(1, &signed);
        self.sync(INSPECTOR);
        for snag in &snags {
            let crew = self.devices[CREW].person;
            self.act(HUB, *snag, Act::Order(crew, Some("2026-12-01".into())));
            self.act(CREW, *snag, Act::Arrive(None));
            self.add_photo(CREW, *snag, "before", 1);
            self.act(CREW, *snag, Act::RepairDone("re-laid".into(), None, Some(45)));
            self.add_photo(CREW, *snag, "after", 1);
        }
        self.sync(CREW);
        for snag in &snags {
            self.act(INSPECTOR, *snag, Act::RecheckConfirm(None));
        }
        if self.rng.chance(40) {
            self.freeze_and_sign(2, &signed[1..]);
        }
        self.sync(INSPECTOR);
        let refused = self.set(CREW, snags[0], "severity", "minor".into(), vec![]);
        self.sync(CREW);
        self.act(HUB, snags[0], Act::Refuse(refused, "rule-role".into(), vec![("role".into(), "repair_crew".into())]));
        self.report = [b"%PDF-1.7\n".as_slice(), &self.rng.bytes::<64>()].concat();
        let digest = Digest::of(&self.report);
        self.act(HUB, handover, Act::Document("acceptance-report".into(), digest, "YS-2026-0001".into(), None));
        self.sync(HUB);
    }

    /// Gives the newest receipts again, from a tree in which an early leaf differs.
    pub fn fork_tree(&mut self) {
        let mut other = Tree(self.tree.0.clone());
        other.0[0] = Leaf::Blob { sha256: Digest([7; 32]), bytes: 1, received: UtcMs(1) };
        let last = self.receipts.last().map(|r| r.index as usize).unwrap();
        *self.receipts.last_mut().unwrap() = other.receipt(last, last + 1, &self.hub);
    }

    pub fn input(&self) -> BundleInput {
        let newest = self.tree.len();
        BundleInput {
            project: self.project,
            project_name: "锦绣花园".into(),
            zone: "Asia/Shanghai".into(),
            hub: self.hub.public(),
            unit: self.unit,
            unit_label: "1-2-301".into(),
            made: UtcMs(self.now + 60_000),
            exporter: self.devices[self.exporter].id,
            events: self.devices.iter().flat_map(|d| d.events.iter().filter(|(_, shown)| *shown).map(|(e, _)| e.bytes().to_vec())).collect(),
            chains: self
                .devices
                .iter()
                .map(|d| ChainInput {
                    device: d.id,
                    hashes: d.events.iter().map(|(e, _)| e.digest()).collect(),
                    seals: d.seals.clone(),
                    certificates: vec![d.certificate.clone()],
                })
                .collect(),
            receipts: self.receipts.clone(),
            keys: if self.rng.0.is_multiple_of(2) { vec![(self.owner, self.owner_key.clone())] } else { vec![] },
            originals: self.photos.iter().map(|(d, b)| FileInput { sha256: *d, source: Source::Bytes(b.clone()) }).collect(),
            documents: vec![FileInput { sha256: Digest::of(&self.report), source: Source::Bytes(self.report.clone()) }],
            checkpoint: Some(self.tree.checkpoint(newest, &self.hub)),
        }
    }

    pub fn bundle(&self) -> Vec<u8> {
        let mut out = Vec::new();
        bundle::write(&self.input(), &self.devices[self.exporter].key, &mut out).unwrap();
        out
    }

    pub fn pin(&self) -> Digest {
        self.hub.public().fingerprint()
    }
}

/// A bundle taken apart.
pub type Entries = BTreeMap<String, Vec<u8>>;

/// Reads with a reader that is not ours.
pub fn unzip(bytes: &[u8]) -> Entries {
    use std::io::Read;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut entries = Entries::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        entries.insert(name, content);
    }
    entries
}

/// Puts entries together in the given order, the way a bundle does; what a skilled tamperer does after changing one.
pub fn zip_of<'a>(entries: impl IntoIterator<Item = (&'a String, &'a Vec<u8>)>) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0u16);
    for (name, content) in entries {
        let at = out.len() as u32;
        let mut common = Vec::new();
        for word in [10u16, 0, 0, 0, 0x21] {
            common.extend(word.to_le_bytes());
        }
        for long in [crc32(content), content.len() as u32, content.len() as u32] {
            common.extend(long.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0; 2]);
        out.extend([b'P', b'K', 3, 4]);
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(content);
        directory.extend([b'P', b'K', 1, 2, 10, 0]);
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
        count += 1;
    }
    let at = out.len() as u32;
    out.extend(&directory);
    out.extend([b'P', b'K', 5, 6, 0, 0, 0, 0]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0; 2]);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
