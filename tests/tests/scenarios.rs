//! Devices and hub together, over real HTTP on loopback, with clocks that a test can set wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use keyturn_core::{
    evidence::PictureSize,
    field::{FieldError, FieldStore, NewSnag, SnagEdit, SnagView, Surroundings},
    log::{Clock, cert::Scope, fold::Phase},
    model::{Digest, Id, UtcMs, act::Act, body::Body},
    policy::Profile,
    store::PhotoState,
    sync::{SyncError, SyncObserver, SyncOptions, SyncStep, Syncer, enrol},
};
use keyturn_hub::{Hub, HubConfig, Running, TlsChoice, demo::cut::CutLink, sample};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
};

const DAY_MS: i64 = 86_400_000;
const START_MS: i64 = 1_790_000_000_000;

/// The true time of a test's world; devices show it wrong by so much.
#[derive(Clone)]
struct World {
    true_ms: Arc<AtomicI64>,
}

struct Wrong {
    world: World,
    off_ms: i64,
}

impl Clock for Wrong {
    fn wall(&self) -> UtcMs {
        UtcMs(self.world.true_ms.load(Ordering::SeqCst) + self.off_ms)
    }
    fn mono_ms(&self) -> u64 {
        self.world.true_ms.load(Ordering::SeqCst) as u64
    }
    fn boot_id(&self) -> u64 {
        7
    }
}

impl World {
    fn new() -> Self {
        Self { true_ms: Arc::new(AtomicI64::new(START_MS)) }
    }

    fn pass(&self, ms: i64) {
        self.true_ms.fetch_add(ms, Ordering::SeqCst);
    }

    fn clock(&self, off_ms: i64) -> Arc<dyn Clock> {
        Arc::new(Wrong { world: self.clone(), off_ms })
    }

    async fn hub(&self, data: &Path) -> Running {
        let mut config = HubConfig::new(data);
        config.clock = self.clock(0);
        let hub = Hub::open(config).await.unwrap();
        let pages = keyturn_hub::console::pages(&hub);
        hub.serve(TcpListener::bind("127.0.0.1:0").unwrap(), TlsChoice::Off, pages).await.unwrap()
    }

    /// A device that joined; `through` is another address that leads to the hub.
    async fn device(&self, running: &Running, dir: &Path, name: &str, (role, scope): (&str, Scope), off_ms: i64, through: Option<String>) -> Arc<FieldStore> {
        let person = running.hub().register_id(&format!("staff/{name}"));
        let mut invite = running.hub().invite(person, role, scope).await.unwrap();
        if let Some(url) = through {
            invite.url = url;
        }
        let store = Arc::new(FieldStore::open(&dir.join(name), Surroundings { clock: self.clock(off_ms), ..Surroundings::desktop() }).unwrap());
        enrol(&store, &invite, name, "test").await.unwrap();
        store
    }
}

/// A hub with the sample project.
struct Site {
    dir: tempfile::TempDir,
    world: World,
    running: Running,
    unit: Id,
}

impl Site {
    async fn open() -> Self {
        let (dir, world) = (tempfile::tempdir().unwrap(), World::new());
        let running = world.hub(&dir.path().join("hub")).await;
        let unit = import(running.hub()).await;
        Self { dir, world, running, unit }
    }
}

fn inspector() -> (&'static str, Scope) {
    ("inspector", Scope::Project)
}

async fn import(hub: &Hub) -> Id {
    let register = sample::register(Profile::builtin()).unwrap();
    let rows = keyturn_hub::register_rows::rows(hub, &register, &sample::file).await.unwrap();
    let first = hub.import(hub.register_id("staff/office"), "clerk", rows.clone()).await.unwrap();
    assert!(first.created > 24);
    // Importing twice changes nothing (S4-28).
    let again = hub.import(hub.register_id("staff/office"), "clerk", rows).await.unwrap();
    assert_eq!((again.created, again.changed, again.same), (0, 0, first.created));
    hub.register_id(sample::demo_unit().as_str())
}

async fn try_sync(store: &Arc<FieldStore>) -> Result<keyturn_core::sync::SyncDone, SyncError> {
    Syncer::new(Arc::clone(store), SyncOptions { tries: 8, pause_ms: 5, ..SyncOptions::default() }).run().await
}

async fn sync(store: &Arc<FieldStore>) -> keyturn_core::sync::SyncDone {
    try_sync(store).await.unwrap()
}

fn photo(dir: &Path, n: usize) -> PathBuf {
    let spec = keyturn_hub::photos::sample_spec(n, 640, 480);
    let path = dir.join(format!("photo-{n}.jpg"));
    std::fs::write(&path, keyturn_hub::photos::make_photo(&spec)).unwrap();
    path
}

fn snag(store: &FieldStore, unit: Id, text: &str, photos: Vec<PathBuf>) -> SnagView {
    let new = NewSnag {
        unit,
        room: "living".to_owned(),
        element: "wall".to_owned(),
        defect: "crack".to_owned(),
        severity: "minor".to_owned(),
        owner_text: text.to_owned(),
        finding: "0.3 mm".to_owned(),
        photos,
        ..NewSnag::default()
    };
    store.snag_new(&new).unwrap()
}

fn edit(finding: &str, due_on: Option<&str>) -> SnagEdit {
    SnagEdit { finding: Some(finding.to_owned()), due_on: due_on.map(str::to_owned), ..SnagEdit::default() }
}

fn rebuilt(stores: &[&Arc<FieldStore>]) {
    for store in stores {
        assert_eq!(store.store().rebuild_differs().unwrap(), Vec::<Id>::new(), "states rebuilt from events equal the ones kept");
    }
}

/// Two devices edit one snag offline: different fields merge, the same field keeps both and raises one review that a person settles,
/// and all devices end equal (promise 4).
#[tokio::test(flavor = "multi_thread")]
async fn two_devices_edit_one_snag_offline() {
    let Site { dir, world, running, unit } = Site::open().await;
    let a = world.device(&running, dir.path(), "a", inspector(), 0, None).await;
    let b = world.device(&running, dir.path(), "b", inspector(), 0, None).await;
    sync(&a).await;
    let id = snag(&a, unit, "墙上有缝", vec![]).id;
    sync(&a).await;
    sync(&b).await;

    world.pass(60_000);
    a.snag_edit(id, &edit("A 的结论", Some("2026-12-04"))).unwrap();
    world.pass(60_000);
    b.snag_edit(id, &SnagEdit { severity: Some("serious".to_owned()), due_on: Some("2026-11-27".to_owned()), ..SnagEdit::default() }).unwrap();
    for store in [&a, &b, &a] {
        sync(store).await;
    }
    let (on_a, on_b) = (a.snag(id).unwrap(), b.snag(id).unwrap());
    assert_eq!((on_a.finding.as_str(), on_a.severity.as_str()), ("A 的结论", "serious"), "different fields merge");
    assert_eq!(on_a.due_on.as_deref(), Some("2026-11-27"), "the later one is shown");
    assert_eq!(serde_json::to_value(&on_a).unwrap(), serde_json::to_value(&on_b).unwrap());
    let reviews = a.conflicts().unwrap();
    assert_eq!(reviews.len(), 1, "one review task");
    assert_eq!(reviews[0].id, b.conflicts().unwrap()[0].id, "the same task on every device");
    assert_eq!(running.hub().to_review().await.unwrap().len(), 1);

    let chosen = reviews[0].values.iter().position(|v| v.value == "2026-12-04").unwrap();
    b.settle(id, "due_on", chosen).unwrap();
    sync(&b).await;
    sync(&a).await;
    assert_eq!(a.snag(id).unwrap().due_on.as_deref(), Some("2026-12-04"));
    assert!(a.conflicts().unwrap().is_empty() && b.conflicts().unwrap().is_empty());
    assert!(running.hub().to_review().await.unwrap().is_empty());
    rebuilt(&[&a, &b]);
    running.stop().await.unwrap();
}

/// Two devices without a network count alike: both snags stay, and a number that means two is asked back, never guessed.
#[tokio::test(flavor = "multi_thread")]
async fn two_devices_count_alike_offline() {
    let Site { dir, world, running, unit } = Site::open().await;
    let a = world.device(&running, dir.path(), "a", inspector(), 0, None).await;
    let b = world.device(&running, dir.path(), "b", inspector(), 0, None).await;
    for store in [&a, &b] {
        sync(store).await;
    }
    let (of_a, of_b) = (snag(&a, unit, "A", vec![]), snag(&b, unit, "B", vec![]));
    assert_eq!((of_a.number, of_b.number), (1, 1));
    assert_eq!(a.find_snag(Some(unit), "1").unwrap(), of_a.id);
    for store in [&a, &b, &a] {
        sync(store).await;
    }
    for store in [&a, &b] {
        let told = store.find_snag(Some(unit), "1").unwrap_err();
        let FieldError::Several { number: 1, ids } = told else { panic!("{told}") };
        assert!(ids.len() == 2 && ids.contains(&of_a.id) && ids.contains(&of_b.id));
        assert_eq!(store.snags(Some(unit), None, 0, 10).unwrap().len(), 2);
    }
    assert_eq!(snag(&b, unit, "C", vec![]).number, 2, "the next one is counted on");
    rebuilt(&[&a, &b]);
    running.stop().await.unwrap();
}

/// What others photographed comes with a sync as small pictures; a store joins one project and no other; an emptied database
/// is not taken for a new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_device_sees_the_pictures_and_joins_nothing_else() {
    let Site { dir, world, running, unit } = Site::open().await;
    let a = world.device(&running, dir.path(), "a", inspector(), 0, None).await;
    let b = world.device(&running, dir.path(), "b", inspector(), 0, None).await;
    for store in [&a, &b] {
        sync(store).await;
    }
    let sha256 = snag(&a, unit, "A", vec![photo(dir.path(), 1)]).photos[0].sha256;
    for store in [&a, &b] {
        sync(store).await;
    }
    assert!(!b.blobs().contains(&sha256));
    let small = |store: &FieldStore| std::fs::read(store.picture(sha256, PictureSize::Small).unwrap()).unwrap();
    assert_eq!(small(&b), small(&a));

    snag(&b, unit, "unsent", vec![]);
    let chain = b.store().chain();
    let other = running.hub().invite(running.hub().register_id("staff/other"), "service_manager", Scope::Project).await.unwrap();
    let told = enrol(&b, &other, "b", "test").await.unwrap_err();
    assert_eq!(keyturn_core::words::Told::key(&told), "field-already-joined");
    assert_eq!((b.store().chain(), b.certificate().unwrap().role.as_str()), (chain, "inspector"));
    sync(&b).await;
    assert_eq!(b.snags(Some(unit), None, 0, 10).unwrap().len(), 2);

    let at = a.dir().to_owned();
    drop(a);
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(at.join(format!("keyturn.db{ending}")));
    }
    let told = FieldStore::open(&at, Surroundings::desktop()).err().unwrap();
    assert_eq!(keyturn_core::words::Told::key(&told), "field-store-damaged");
    let aside = FieldStore::set_aside(&at, &*world.clock(0)).unwrap();
    assert!(aside.join("device.key").exists());
    FieldStore::open(&at, Surroundings::desktop()).unwrap();
    running.stop().await.unwrap();
}

/// A rejection that does not fit leaves neither itself nor its photo behind; the large pictures come when nobody waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_rejection_leaves_no_photo() {
    let Site { dir, world, running, unit } = Site::open().await;
    let a = world.device(&running, dir.path(), "a", inspector(), 0, None).await;
    sync(&a).await;
    let recorded = snag(&a, unit, "A", vec![photo(dir.path(), 1)]);
    let (before, files) = (a.store().chain(), a.blobs().digests().unwrap());
    a.recheck_reject(recorded.id, "未修", Some(&photo(dir.path(), 2))).unwrap_err();
    a.recheck_reject(recorded.id, " ", Some(&photo(dir.path(), 2))).unwrap_err();
    assert_eq!(a.store().chain(), before);
    assert_eq!(a.blobs().digests().unwrap(), files);
    let original = recorded.photos[0].sha256;
    assert!(a.blobs().picture_path(PictureSize::Small, &original).is_some(), "the small picture is there when the call returns");
    assert!(a.blobs().picture_path(PictureSize::Large, &original).is_none());
    assert_eq!((a.make_pictures(), a.make_pictures()), (1, 0));
    assert!(a.blobs().picture_path(PictureSize::Large, &original).is_some());
    running.stop().await.unwrap();
}

/// A clock a day wrong either way harms nobody: it is corrected at contact, shown, and wins no merge (promise 8).
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_a_day_wrong_wins_nothing_and_loses_nothing() {
    for off_ms in [DAY_MS, -DAY_MS] {
        let Site { dir, world, running, unit } = Site::open().await;
        let right = world.device(&running, dir.path(), "right", inspector(), 0, None).await;
        let wrong = world.device(&running, dir.path(), "wrong", inspector(), off_ms, None).await;
        sync(&right).await;
        let id = snag(&right, unit, "墙上有缝", vec![]).id;
        sync(&right).await;
        sync(&wrong).await;
        assert_eq!(wrong.status().unwrap().clock_offset_ms, Some(off_ms), "the wrong clock is shown");

        // The one with the wrong clock edits first, the right one an hour later: the later edit is the one shown.
        world.pass(3_600_000);
        wrong.snag_edit(id, &edit("先", None)).unwrap();
        world.pass(3_600_000);
        right.snag_edit(id, &edit("后", None)).unwrap();
        for store in [&wrong, &right, &wrong] {
            sync(store).await;
        }
        for store in [&wrong, &right] {
            let seen = store.snag(id).unwrap();
            assert_eq!(seen.finding, "后", "off by {off_ms} ms");
            assert_eq!(seen.conflicts, vec!["finding".to_owned()]);
        }
        let values = wrong.conflicts().unwrap().remove(0).values;
        let first = values.iter().find(|v| v.value == "先").unwrap();
        assert_eq!(first.at.0, START_MS + 3_600_000, "ordered by corrected time");
        assert_eq!(first.skew_ms, off_ms, "the device's own time is kept beside it");
        rebuilt(&[&right, &wrong]);
        running.stop().await.unwrap();
    }
}

/// The hub is away for 30 days: every action goes on, nothing is lost, the reason is shown (promise 1).
#[tokio::test(flavor = "multi_thread")]
async fn thirty_days_without_a_hub() {
    let Site { dir, world, running, unit } = Site::open().await;
    let link = CutLink::start(running.address()).await.unwrap();
    let url = format!("http://{}", link.address());
    let device = world.device(&running, dir.path(), "a", inspector(), 0, Some(url)).await;
    sync(&device).await;
    running.stop().await.unwrap();

    for day in 0..30 {
        world.pass(DAY_MS);
        snag(&device, unit, &format!("第 {day} 天"), if day % 10 == 0 { vec![photo(dir.path(), day)] } else { vec![] });
        if day % 7 == 0 {
            let options = SyncOptions { tries: 1, pause_ms: 1, ..SyncOptions::default() };
            let stopped = Syncer::new(Arc::clone(&device), options).run().await;
            assert!(matches!(stopped, Err(SyncError::Link(_))), "{stopped:?}");
        }
    }
    let status = device.status().unwrap();
    assert_eq!((status.unsent_records, status.unsent_photos.len()), (33, 3));
    assert_eq!(status.last_error.as_deref(), Some("sync-link"), "the reason is shown");
    assert!(status.next_try.is_some(), "and when it tries again");

    let again = world.hub(&dir.path().join("hub")).await;
    device.store().set_meta("hub_url", again.url().as_bytes()).unwrap();
    let done = sync(&device).await;
    assert_eq!((done.records, done.photos), (33, 3));
    let status = device.status().unwrap();
    assert_eq!((status.unsent_records, status.unsent_photos.len(), status.last_error), (0, 0, None));
    assert_eq!(again.hub().of_unit(unit).await.unwrap().iter().filter(|t| t.phase == Phase::Recorded).count(), 30);
    rebuilt(&[&device]);
    again.stop().await.unwrap();
}

/// The link is cut at many places: the sync ends with each photo on the hub exactly once.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_cut_again_and_again() {
    let Site { dir, world, running, unit } = Site::open().await;
    let link = CutLink::start(running.address()).await.unwrap();
    let device = world.device(&running, dir.path(), "a", inspector(), 0, Some(format!("http://{}", link.address()))).await;
    sync(&device).await;
    let photos: Vec<PathBuf> = (0..6).map(|n| photo(dir.path(), n)).collect();
    let first = snag(&device, unit, "照片", photos.clone());
    // The same file twice is one blob with two uses.
    let second = snag(&device, unit, "同一张照片", vec![photos[0].clone()]);
    link.cut_after(&[400, 900, 2_000, 5_000, 9_000, 20_000, 1, 30_000, 700, 40_000]);
    let mut cuts = 0;
    for _ in 0..20 {
        match try_sync(&device).await {
            Ok(done) => {
                cuts += done.cuts;
                break;
            }
            Err(error) => assert!(error.is_passing(), "{error}"),
        }
    }
    assert!(link.cuts() >= 8 && cuts > 0, "{} cuts", link.cuts());
    for path in &photos {
        let digest = Digest::of(&std::fs::read(path).unwrap());
        let receipt = running.hub().blob_receipt(digest).await.unwrap().expect("on the hub");
        receipt.check(&running.hub().public()).unwrap();
        assert_eq!(Digest::of(&running.hub().blob(digest).await.unwrap().unwrap()), digest);
        assert_eq!(device.store().photo(digest).unwrap().unwrap().state, PhotoState::Safe);
    }
    let uses = running.hub().blob_used_by(Digest::of(&std::fs::read(&photos[0]).unwrap())).await.unwrap();
    assert_eq!(uses.len(), 2);
    assert!(uses.contains(&first.id) && uses.contains(&second.id));
    assert!(device.status().unwrap().unsent_photos.is_empty());
    running.stop().await.unwrap();
}

/// Counts the steps by which records went up and came down.
#[derive(Default)]
struct Steps {
    up: AtomicU32,
    down: AtomicU32,
}

impl SyncObserver for Steps {
    fn step(&self, step: SyncStep) {
        match step {
            SyncStep::Records { .. } => self.up.fetch_add(1, Ordering::SeqCst),
            SyncStep::Pulled(_) => self.down.fetch_add(1, Ordering::SeqCst),
            _ => 0,
        };
    }
}

/// Weeks of work go up and come down in steps, the next one made while one is checked; the link is cut within them.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_for_one_step_arrives_whole() {
    let Site { dir, world, running, unit } = Site::open().await;
    let link = CutLink::start(running.address()).await.unwrap();
    let through = || Some(format!("http://{}", link.address()));
    let a = world.device(&running, dir.path(), "a", inspector(), 0, through()).await;
    let b = world.device(&running, dir.path(), "b", inspector(), 0, through()).await;
    sync(&a).await;
    sync(&b).await;
    // Words that do not pack, so that each step is on the wire for a while.
    let words = || {
        let mut bytes = vec![0; 9_000];
        keyturn_core::model::id::fill_random(&mut bytes);
        bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    let mut ids = Vec::new();
    for _ in 0..250 {
        ids.push(snag(&a, unit, &words(), Vec::new()).id);
    }
    for id in &ids[..70] {
        a.snag_edit(*id, &SnagEdit { finding: Some(words()), ..SnagEdit::default() }).unwrap();
    }
    let options = SyncOptions { tries: 8, pause_ms: 5, ..SyncOptions::default() };
    let steps = Arc::new(Steps::default());
    link.cut_after(&[300_000, 700_000, 20_000, 900_000, 400_000]);
    let done = Syncer::new(Arc::clone(&a), options).observed(steps.clone()).run().await.unwrap();
    assert_eq!((done.records, done.refused.len()), (320, 0));
    assert!(done.cuts > 0 && steps.up.load(Ordering::SeqCst) >= 3, "{done:?}");
    assert_eq!(done.pulled, 0, "its own records do not come back");
    // Only what the device says is counted there: these are its requests.
    link.cut_after(&[900, 200, 300]);
    let done = Syncer::new(Arc::clone(&b), options).observed(steps.clone()).run().await.unwrap();
    assert_eq!(done.pulled, 320);
    assert!(done.cuts > 0 && steps.down.load(Ordering::SeqCst) >= 3, "{done:?}");
    for id in &ids {
        let state = a.store().thing(*id).unwrap();
        assert!(state.is_some() && state == b.store().thing(*id).unwrap() && state == running.hub().state(*id).await.unwrap());
    }
    rebuilt(&[&a, &b]);
    assert_eq!(running.hub().stale_states().await.unwrap(), []);
    running.stop().await.unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The hub is restored from yesterday's backup: the devices send again what it has forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_restored_from_yesterdays_backup() {
    let Site { dir, world, running, unit } = Site::open().await;
    let device = world.device(&running, dir.path(), "a", inspector(), 0, None).await;
    let other = world.device(&running, dir.path(), "b", inspector(), 0, None).await;
    sync(&device).await;
    snag(&device, unit, "昨天", vec![photo(dir.path(), 1)]);
    sync(&device).await;
    sync(&other).await;
    running.stop().await.unwrap();
    copy(&dir.path().join("hub"), &dir.path().join("backup"));

    let today = world.hub(&dir.path().join("hub")).await;
    device.store().set_meta("hub_url", today.url().as_bytes()).unwrap();
    world.pass(DAY_MS);
    let later = snag(&device, unit, "今天", vec![photo(dir.path(), 2)]);
    let done = sync(&device).await;
    assert!(!done.hub_restored);
    today.stop().await.unwrap();

    let restored = world.hub(&dir.path().join("backup")).await;
    for store in [&device, &other] {
        store.store().set_meta("hub_url", restored.url().as_bytes()).unwrap();
    }
    assert!(restored.hub().state(later.id).await.unwrap().is_none(), "the backup does not know today");
    let done = sync(&device).await;
    assert!(done.hub_restored, "the device notices");
    assert!(restored.hub().state(later.id).await.unwrap().is_some());
    for n in [1, 2] {
        let digest = Digest::of(&std::fs::read(photo(dir.path(), n)).unwrap());
        assert!(restored.hub().blob_receipt(digest).await.unwrap().is_some());
    }
    sync(&other).await;
    assert_eq!(other.snag(later.id).unwrap().owner_text, "今天");
    assert!(device.status().unwrap().unsent_photos.is_empty());
    rebuilt(&[&device, &other]);
    restored.stop().await.unwrap();
}

/// A crew's device holds its orders with their whole past, and never another unit's owner.
#[tokio::test(flavor = "multi_thread")]
async fn a_crew_sees_its_orders_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::new();
    let running = world.hub(&dir.path().join("hub")).await;
    let hub = running.hub().clone();
    let unit = import(&hub).await;
    let contractor = hub.all(keyturn_core::model::body::AggKind::Contractor).await.unwrap()[0].id;
    let tablet = world.device(&running, dir.path(), "a", inspector(), 0, None).await;
    sync(&tablet).await;
    let ordered = snag(&tablet, unit, "要修", vec![photo(dir.path(), 3)]);
    let kept = snag(&tablet, unit, "不派", vec![]);
    sync(&tablet).await;
    let crew = world.device(&running, dir.path(), "crew", ("repair_team", Scope::Orders(contractor)), 0, None).await;
    sync(&crew).await;
    assert!(crew.units(0, 100).unwrap().is_empty(), "nothing before an order");

    hub.act(hub.register_id("staff/office"), "service_manager", ordered.id, Body::Act(Act::Order(contractor, None))).await.unwrap();
    sync(&crew).await;
    assert_eq!(crew.units(0, 100).unwrap().len(), 1);
    let seen = crew.snag(ordered.id).unwrap();
    assert_eq!((seen.phase, seen.photos.len()), (Phase::Ordered, 1), "with its whole past");
    assert!(crew.snag(kept.id).is_err(), "and nothing that was not ordered");
    let people = crew.store().list(keyturn_core::model::body::AggKind::Person, None, None, 0, 1_000).unwrap();
    assert!(people.iter().all(|p| p.unit.is_none() || p.unit == Some(unit)), "never another unit's owner");

    // What the role may not do is refused before it is recorded (promise 10).
    assert!(crew.snag_edit(ordered.id, &edit("x", None)).is_err());
    assert!(crew.repair_done(ordered.id, "没拍照", None, None).is_err());
    crew.repair_arrive(ordered.id, None).unwrap();
    crew.repair_photo(ordered.id, &photo(dir.path(), 4), false).unwrap();
    crew.repair_photo(ordered.id, &photo(dir.path(), 5), true).unwrap();
    crew.repair_done(ordered.id, "修好", None, Some(30)).unwrap();
    sync(&crew).await;
    sync(&tablet).await;
    // Rejected, redone and counted (S1-40, S0-12).
    assert!(tablet.recheck_reject(ordered.id, " ", None).is_err(), "a rejection needs its reason");
    assert_eq!(tablet.recheck_reject(ordered.id, "仍有缝", None).unwrap().round, 2);
    sync(&tablet).await;
    sync(&crew).await;
    let again = crew.snag(ordered.id).unwrap();
    assert_eq!((again.phase, again.round), (Phase::Rejected, 2));
    rebuilt(&[&crew, &tablet]);

    // Revoked: what it has is kept, and it pulls nothing.
    crew.repair_arrive(ordered.id, None).unwrap();
    hub.revoke(hub.register_id("staff/office"), "service_manager", crew.device(), "手机丢失").await.unwrap();
    let stopped = try_sync(&crew).await;
    assert!(matches!(stopped, Err(SyncError::Revoked)), "{stopped:?}");
    assert_eq!(crew.status().unwrap().unsent_records, 0, "handed over and kept");
    assert_eq!(hub.state(ordered.id).await.unwrap().unwrap().phase, Phase::Rejected, "but it changes nothing");
    running.stop().await.unwrap();
}
