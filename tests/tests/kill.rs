//! A device that dies at any moment (SIGKILL, a battery pulled from the process's point of view) loses nothing that it had
//! acknowledged, keeps nothing half, and its next sync brings each photo to the hub exactly once.
//!
//! 200 kills here, 10,000 with `KEYTURN_SOAK=1`; `KEYTURN_SEED` repeats a run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use keyturn_core::{
    evidence::Verified,
    field::{FieldStore, SnagView, Surroundings, handover_id},
    log::{Chain, cert::Scope},
    model::{Digest, Id, Value as Field, act::Act},
    policy::Profile,
    sync::enrol,
};
use keyturn_hub::{Hub, HubConfig, Running, TlsChoice, sample};
use keyturn_tests::office::{Office, marked_photo};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

const PHOTO: &[u8] = include_bytes!("../photos/IMG_20261120_090833.jpg");
const UNIT: &str = "2-1-1102";
/// A fresh store after so many kills, so that checks stay quick and young stores are killed too.
const KILLS_PER_STORE: usize = 25;

fn soak() -> bool {
    std::env::var("KEYTURN_SOAK").is_ok_and(|v| v == "1")
}

fn kills() -> usize {
    if soak() { 10_000 } else { 200 }
}

/// Splitmix64: small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = std::env::var("KEYTURN_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| {
            let mut bytes = [0; 8];
            getrandom::fill(&mut bytes).unwrap();
            u64::from_be_bytes(bytes)
        });
        println!("KEYTURN_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// A snag as the test knows it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Snag {
    number: i64,
    owner_text: String,
    finding: String,
    pin: Option<(u32, u32)>,
    photos: Vec<Digest>,
}

/// What is in the store, as far as the test's commands reach.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    snags: BTreeMap<Id, Snag>,
    questions: Vec<String>,
    readings: Option<(i64, Option<Digest>)>,
    handover_photos: Vec<Digest>,
}

/// One command and what it does.
#[derive(Clone, Debug)]
enum Step {
    New { text: String, photos: Vec<(PathBuf, Digest)> },
    Edit { snag: Id, owner_text: String },
    Pin { snag: Id, x_ppm: u32, y_ppm: u32 },
    Photo { snag: Id, path: PathBuf, digest: Digest },
    Ask { text: String },
    Meter { reading_milli: i64 },
}

impl Step {
    fn words(&self) -> Vec<String> {
        let text = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        match self {
            Self::New { text: said, photos } => {
                let mut words = text(&["snag", "new", UNIT, "--room", "master_bath", "--element", "wall", "--defect", "crack", "--finding", said]);
                for (path, _) in photos {
                    words.extend(["--photo".to_owned(), path.to_str().unwrap().to_owned()]);
                }
                words
            }
            Self::Edit { snag, owner_text } => text(&["snag", "edit", &snag.to_string(), "--owner-text", owner_text]),
            Self::Pin { snag, x_ppm, y_ppm } => text(&["snag", "pin", &snag.to_string(), &format!("0.{x_ppm:06},0.{y_ppm:06}")]),
            Self::Photo { snag, path, .. } => text(&["snag", "photo", &snag.to_string(), path.to_str().unwrap()]),
            Self::Ask { text: said } => text(&["handover", "ask", UNIT, said]),
            Self::Meter { reading_milli } => {
                text(&["handover", "meter", UNIT, "water", "W-1", &format!("{}.{:03}", reading_milli / 1000, reading_milli % 1000)])
            }
        }
    }

    /// What it does to the store; a new snag gets the id and number that the store gave it.
    fn apply(&self, model: &mut Model, made: Option<(Id, i64)>) {
        match self {
            Self::New { text, photos } => {
                let (id, number) = made.expect("a new snag has an id");
                let photos = photos.iter().map(|(_, digest)| *digest).collect();
                model.snags.insert(id, Snag { number, finding: text.clone(), photos, ..Snag::default() });
            }
            Self::Edit { snag, owner_text } => model.snags.get_mut(snag).unwrap().owner_text.clone_from(owner_text),
            Self::Pin { snag, x_ppm, y_ppm } => model.snags.get_mut(snag).unwrap().pin = Some((*x_ppm, *y_ppm)),
            // The same file for the same purpose is there once, however often it is given.
            Self::Photo { snag, digest, .. } => {
                let photos = &mut model.snags.get_mut(snag).unwrap().photos;
                if !photos.contains(digest) {
                    photos.push(*digest);
                }
            }
            Self::Ask { text } => model.questions.push(text.clone()),
            Self::Meter { reading_milli } => model.readings = Some((*reading_milli, None)),
        }
    }
}

/// The device under test and what it has acknowledged.
struct Device {
    folder: tempfile::TempDir,
    model: Model,
    made_photos: usize,
    seq: u64,
    unit: Id,
}

impl Device {
    fn empty(unit: Id) -> Self {
        Self { folder: tempfile::TempDir::new().unwrap(), model: Model::default(), made_photos: 0, seq: 0, unit }
    }

    fn new(office: &Office) -> Self {
        let device = Self::empty(office.unit);
        office.join(&device.store(), "inspector");
        let field = FieldStore::open(&device.store(), Surroundings::desktop()).unwrap();
        field.start(office.unit).unwrap();
        device
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn photo(&mut self, random: &mut Random) -> (PathBuf, Digest) {
        // Now and then the same file again: one photo with two uses.
        if self.made_photos == 0 || random.below(8) > 0 {
            self.made_photos += 1;
        }
        let path = self.folder.path().join(format!("{}.jpg", self.made_photos));
        let bytes = marked_photo(PHOTO, &format!("{} {}", self.made_photos, self.folder.path().display()));
        if !path.exists() {
            fs::write(&path, &bytes).unwrap();
        }
        (path, Digest::of(&bytes))
    }

    fn step(&mut self, random: &mut Random, n: usize) -> Step {
        let ids: Vec<Id> = self.model.snags.keys().copied().collect();
        let any = |random: &mut Random| ids[random.below(ids.len() as u64) as usize];
        let choice = if ids.is_empty() { 0 } else { random.below(10) };
        match choice {
            0..=2 => {
                let count = random.below(3);
                Step::New { text: format!("第 {n} 条"), photos: (0..count).map(|_| self.photo(random)).collect() }
            }
            3..=4 => Step::Edit { snag: any(random), owner_text: format!("业主说 {n}") },
            5 => Step::Pin { snag: any(random), x_ppm: random.below(1_000_000) as u32, y_ppm: random.below(1_000_000) as u32 },
            6..=7 => {
                let snag = any(random);
                let (path, digest) = self.photo(random);
                Step::Photo { snag, path, digest }
            }
            8 => Step::Ask { text: format!("问 {n}") },
            _ => Step::Meter { reading_milli: n as i64 },
        }
    }
}

/// The command in script mode, killed after a while.
struct Victim {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

fn field(store: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyturn-under-test"));
    command.arg("field").arg("--store").arg(store).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

impl Victim {
    fn start(store: &Path) -> Self {
        let mut child = field(store, &["script"]).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    /// Sends one command; its answer, or nothing when the process died before it answered.
    fn run(&mut self, step: &Step) -> Option<Value> {
        let line = json!({ "run": step.words() });
        writeln!(self.stdin, "{line}").and_then(|()| self.stdin.flush()).ok()?;
        let mut answer = String::new();
        // A line without its end is an answer that was being written: the act is durable, but nobody was told.
        let read = self.stdout.read_line(&mut answer).ok()?;
        (read > 0 && answer.ends_with('\n')).then(|| serde_json::from_str(&answer).unwrap())
    }
}

/// Kills a child after a while, or at once when told to.
struct Killer {
    now: mpsc::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Killer {
    fn after(child: &Child, while_: Duration) -> Self {
        let pid = child.id() as i32;
        let (now, told) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let _ = told.recv_timeout(while_);
            #[allow(unsafe_code)]
            // SAFETY: the pid is that of a child which nobody waits for before this thread has ended.
            unsafe {
                libc::kill(pid, libc::SIGKILL);
            }
        });
        Self { now, thread }
    }

    fn strike(self) {
        drop(self.now);
        self.thread.join().unwrap();
    }

    fn wait(self) {
        self.thread.join().unwrap();
    }
}

/// Runs commands until the kill comes; the command that was under way.
fn run_until_killed(device: &mut Device, random: &mut Random, n: &mut usize) -> Option<Step> {
    let mut victim = Victim::start(&device.store());
    // Long enough for some commands, short enough to hit the opening of the store as well.
    let killer = Killer::after(&victim.child, Duration::from_micros(random.below(120_000)));
    let mut under_way = None;
    // More than a process gets done in the time it is given.
    for _ in 0..2_000 {
        *n += 1;
        let step = device.step(random, *n);
        match victim.run(&step) {
            // A place by chance lies outside the room: refused, and nothing changed.
            Some(answer) if answer["error"]["key"] == "rule-pin-room" => assert!(matches!(step, Step::Pin { .. }), "{step:?}: {answer}"),
            Some(answer) => {
                assert!(answer["done"].is_object(), "{step:?}: {answer}");
                let made = answer["done"]["number"].as_i64().map(|number| (answer["done"]["id"].as_str().unwrap().parse().unwrap(), number));
                step.apply(&mut device.model, made);
            }
            None => {
                under_way = Some(step);
                break;
            }
        }
    }
    killer.strike();
    victim.child.wait().unwrap();
    under_way
}

fn photos_in(view: &SnagView) -> Vec<Digest> {
    view.photos.iter().map(|p| p.sha256).collect()
}

/// What the store holds now.
fn read(field: &FieldStore, unit: Id) -> Model {
    let snags = field.snags(Some(unit), None, 0, u64::from(u32::MAX)).unwrap();
    let handover = field.store().thing(handover_id(unit)).unwrap().unwrap();
    Model {
        snags: snags
            .into_iter()
            .map(|s| {
                let photos = photos_in(&s);
                (s.id, Snag { number: s.number, owner_text: s.owner_text, finding: s.finding, pin: s.pin.map(|p| (p.x_ppm, p.y_ppm)), photos })
            })
            .collect(),
        questions: handover.done().filter_map(|e| if let Act::Question(text, ..) = &e.act { Some(text.clone()) } else { None }).collect(),
        readings: match handover.get("meter:water") {
            Some(Field::Meter(meter)) => Some((meter.reading_milli, meter.photo)),
            _ => None,
        },
        handover_photos: handover.done().filter_map(|e| if let Act::PhotoAdd(photo) = &e.act { Some(photo.sha256) } else { None }).collect(),
    }
}

/// Opens the store after a kill and compares: everything acknowledged is there, the command under way is there wholly or not at all.
fn check(device: &mut Device, under_way: Option<&Step>) {
    let field = FieldStore::open(&device.store(), Surroundings::desktop()).unwrap();
    let now = read(&field, device.unit);
    if now != device.model {
        let step = under_way.expect("something changed that nobody asked for");
        let made = now.snags.iter().find(|(id, _)| !device.model.snags.contains_key(id)).map(|(id, snag)| (*id, snag.number));
        let mut with = device.model.clone();
        if made.is_some() || !matches!(step, Step::New { .. }) {
            step.apply(&mut with, made);
        }
        assert_eq!(now, with, "neither what was acknowledged nor that with the command under way");
        device.model = now;
    }
    // States rebuilt from events equal the ones kept.
    assert_eq!(field.store().rebuild_differs().unwrap(), []);
    // The chain goes on where it stood, event by event.
    let mut chain = Chain::start(field.device());
    for event in field.store().own_events(1, u64::from(u32::MAX)).unwrap() {
        assert_eq!(event.seq, chain.seq + 1);
        chain.push(event.digest());
    }
    assert_eq!(Some(chain), field.store().chain());
    assert!(chain.seq >= device.seq, "records were lost");
    device.seq = chain.seq;
    // Each photo of a record is whole and is waiting to be sent, each once.
    let mut expected: Vec<Digest> = device.model.snags.values().flat_map(|s| s.photos.clone()).collect();
    expected.sort_unstable();
    expected.dedup();
    let mut waiting: Vec<Digest> = field.store().photos(true).unwrap().into_iter().map(|p| p.sha256).collect();
    waiting.sort_unstable();
    assert_eq!(waiting, expected);
    for digest in &expected {
        assert_eq!(field.blobs().verify(digest).unwrap(), Verified::Sound, "an original is not what was taken in");
    }
    // Nothing half written stays.
    let left = fs::read_dir(device.store().join("files/tmp")).unwrap().count();
    assert_eq!(left, 0, "a half-written file stayed");
}

#[test]
fn a_device_killed_at_any_moment_keeps_what_it_acknowledged() {
    let mut random = Random::new();
    let office = Office::new();
    let (mut done, mut n, mut unacknowledged) = (0, 0, 0);
    while done < kills() {
        let mut device = Device::new(&office);
        for _ in 0..KILLS_PER_STORE.min(kills() - done) {
            let under_way = run_until_killed(&mut device, &mut random, &mut n);
            unacknowledged += usize::from(under_way.is_some());
            check(&mut device, under_way.as_ref());
            done += 1;
        }
    }
    println!("{done} kills, {unacknowledged} in the middle of a command, {n} commands");
    assert!(unacknowledged * 2 > done, "the kills came between the commands");
}

/// A hub with the sample register, served on this machine.
async fn hub(data: &Path) -> (Running, Id) {
    let hub = Hub::open(HubConfig::new(data)).await.unwrap();
    let register = sample::register(Profile::builtin()).unwrap();
    let rows = keyturn_hub::register_rows::rows(&hub, &register, &sample::file).await.unwrap();
    hub.import(hub.own_person(), "clerk", rows).await.unwrap();
    let unit = hub.register_id(sample::demo_unit().as_str());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (hub.serve(listener, TlsChoice::Off, Default::default()).await.unwrap(), unit)
}

/// A device that joined, holds the register and has begun the handover's file.
async fn joined(running: &Running, unit: Id) -> Device {
    let mut device = Device::empty(unit);
    let hub = running.hub();
    let invite = hub.invite(hub.register_id("staff/test"), "inspector", Scope::Project).await.unwrap();
    let field = FieldStore::open(&device.store(), Surroundings::desktop()).unwrap();
    enrol(&field, &invite, "test", "test").await.unwrap();
    drop(field);
    assert!(field_sync(&device.store()).wait().unwrap().success());
    let field = FieldStore::open(&device.store(), Surroundings::desktop()).unwrap();
    field.precheck(unit, "quality", true, None).unwrap();
    device.seq = field.store().chain().unwrap().seq;
    device
}

fn field_sync(store: &Path) -> Child {
    field(store, &["sync", "--pause-ms", "5", "--json"]).spawn().unwrap()
}

/// What the device says of its last sync that nobody killed.
fn sync_to_the_end(store: &Path) -> Value {
    let output = field_sync(store).wait_with_output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    told
}

#[test]
fn a_device_killed_while_it_syncs_brings_each_photo_to_the_hub_exactly_once() {
    let mut random = Random::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wanted = kills() / 2;
    let (mut done, mut n, mut syncs, mut cut) = (0, 0, 0, 0);
    // A sync takes 20 ms on one machine and 100 on another: the window follows what was hit.
    let mut window_us = 100_000.0_f64;
    while done < wanted {
        let folder = tempfile::TempDir::new().unwrap();
        let (running, unit) = runtime.block_on(hub(folder.path()));
        let mut device = runtime.block_on(joined(&running, unit));
        for _ in 0..KILLS_PER_STORE.min(wanted - done) {
            if random.below(3) == 0 {
                let under_way = run_until_killed(&mut device, &mut random, &mut n);
                check(&mut device, under_way.as_ref());
            } else {
                let mut child = field_sync(&device.store());
                Killer::after(&child, Duration::from_micros(random.below(window_us as u64))).wait();
                let hit = child.wait().unwrap().code().is_none();
                window_us = (window_us * if hit { 1.05 } else { 0.8 }).clamp(1_000.0, 100_000.0);
                syncs += 1;
                cut += usize::from(hit);
                check(&mut device, None);
            }
            done += 1;
        }
        arrived(&runtime, &running, folder.path(), &device);
        runtime.block_on(running.stop()).unwrap();
    }
    println!("{done} kills, {cut} of {syncs} syncs cut, {n} commands");
    assert!(cut * 3 > syncs, "the kills came after the syncs");
}

/// The device syncs to the end: the hub has its every record and photo, each once, and nothing that is half there.
fn arrived(runtime: &tokio::runtime::Runtime, running: &Running, data: &Path, device: &Device) {
    let synced = sync_to_the_end(&device.store());
    assert_eq!((&synced["refused"], &synced["set_aside"], &synced["hub_restored"]), (&json!([]), &json!(0), &json!(false)));
    let hub = running.hub();
    let field = FieldStore::open(&device.store(), Surroundings::desktop()).unwrap();
    let status = field.status().unwrap();
    assert_eq!((status.unsent_records, status.unsent_photos.len()), (0, 0));
    // Events: the hub's chain of the device is the device's own, and both fold to the same states.
    let row = runtime.block_on(hub.device(field.device())).unwrap().unwrap();
    assert_eq!(Some(row.chain), field.store().chain());
    for snag in device.model.snags.keys().chain([&handover_id(device.unit)]) {
        assert_eq!(runtime.block_on(hub.state(*snag)).unwrap(), field.store().thing(*snag).unwrap());
        let at_hub = runtime.block_on(hub.events_of(*snag)).unwrap();
        assert_eq!(at_hub.len(), field.store().events_of(*snag).unwrap().len());
    }
    // Photos: each once, with its receipt, the bytes those of its name; nothing begun stays in the uploads.
    let photos: BTreeSet<Digest> = device.model.snags.values().flat_map(|s| s.photos.iter().copied()).collect();
    let mut files: BTreeMap<Digest, usize> = BTreeMap::new();
    for folder in fs::read_dir(data.join("files")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            *files.entry(Digest::of(&bytes)).or_default() += 1;
        }
    }
    for photo in &photos {
        assert_eq!(files.get(photo), Some(&1), "a photo is not on the hub exactly once");
        assert!(runtime.block_on(hub.blob_receipt(*photo)).unwrap().is_some());
        assert!(runtime.block_on(hub.picture_of(*photo, 512)).unwrap().is_some(), "the small picture");
    }
    assert_eq!(fs::read_dir(data.join("uploads")).unwrap().count(), 0, "an upload was left behind");
    // And once more changes nothing.
    let again = sync_to_the_end(&device.store());
    assert_eq!((&again["records"], &again["photos"]), (&json!(0), &json!(0)));
}
