//! A holiday notice that an office publishes: due dates that waited for it are counted again at the hub, on devices, on the console's pages
//! and by the command, and no others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use keyturn_core::{
    field::{FieldStore, NewSnag, Surroundings},
    log::{Clock, cert::Scope},
    model::{Id, UtcMs, act::Act, body::Body},
    policy::Profile,
    rules::clocks,
    sync::{SyncOptions, Syncer, enrol},
    words::{Lang, Told},
};
use keyturn_hub::{Hub, HubConfig, NotPublished, TlsChoice, sample};
use serde_json::{Value, json};
use std::{
    io::Write,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

const NOTICE_2027: &str = include_str!("../../core/tests/rules/notice-2027.json");
const DAY_MS: i64 = 86_400_000;

struct Set(Arc<AtomicI64>);

impl Clock for Set {
    fn wall(&self) -> UtcMs {
        UtcMs(self.0.load(Ordering::SeqCst))
    }
    fn mono_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst) as u64
    }
    fn boot_id(&self) -> u64 {
        1
    }
}

fn local(text: &str) -> UtcMs {
    let at = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    UtcMs(at.and_utc().timestamp_millis() - 8 * 3_600_000)
}

async fn sync(store: &Arc<FieldStore>) {
    Syncer::new(Arc::clone(store), SyncOptions { tries: 4, pause_ms: 5, ..SyncOptions::default() }).run().await.unwrap();
}

/// When the repair is due on a device, and whether that is provisional.
fn due(store: &FieldStore, snag: Id) -> (UtcMs, bool) {
    let clock = store.snag(snag).unwrap().clocks.into_iter().find(|c| c.milestone == "repair_complete").unwrap();
    (clock.due, clock.provisional)
}

fn problems<T: std::fmt::Debug>(done: Result<T, NotPublished>) -> Vec<&'static str> {
    match done {
        Err(NotPublished::Faults(faults)) => faults.0.iter().map(|fault| fault.problem).collect(),
        other => panic!("{other:?}"),
    }
}

/// `keyturn rules …` over the hub's folder, with cases on standard input.
fn rules(hub: &Path, args: &[&str], stdin: &str) -> (i32, Vec<Value>) {
    let data = hub.to_str().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyturn-under-test"));
    command.arg("rules").args(args).args(["--data", data, "--json"]).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let rows = String::from_utf8(out.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (out.status.code().unwrap(), rows)
}

// law: G; C-07
#[tokio::test(flavor = "multi_thread")]
async fn dates_that_waited_for_a_notice_are_counted_again_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicI64::new(local("2026-12-28 09:00").0));
    let clock: Arc<dyn Clock> = Arc::new(Set(Arc::clone(&now)));
    let data = dir.path().join("hub");
    let hub = Hub::open(HubConfig { clock: Arc::clone(&clock), ..HubConfig::new(&data) }).await.unwrap();
    let pages = keyturn_hub::console::pages(&hub);
    let running = hub.serve(TcpListener::bind("127.0.0.1:0").unwrap(), TlsChoice::Off, pages).await.unwrap();
    let register = sample::register(Profile::builtin()).unwrap();
    let rows = keyturn_hub::register_rows::rows(&hub, &register, &sample::file).await.unwrap();
    hub.import(hub.register_id("staff/office"), "clerk", rows).await.unwrap();
    let unit = hub.register_id(sample::demo_unit().as_str());

    let invite = hub.invite(hub.register_id("staff/wang"), "inspector", Scope::Project).await.unwrap();
    let open = || FieldStore::open(&dir.path().join("device"), Surroundings { clock: Arc::clone(&clock), ..Surroundings::desktop() }).unwrap();
    let device = Arc::new(open());
    enrol(&device, &invite, "tablet", "test").await.unwrap();
    sync(&device).await;
    let new =
        |defect: &str| NewSnag { unit, room: "living".into(), element: "wall".into(), defect: defect.into(), severity: "minor".into(), ..NewSnag::default() };
    let (waits, sure) = (device.snag_new(&new("crack")).unwrap().id, device.snag_new(&new("hollow")).unwrap().id);
    sync(&device).await;
    // One order on the 28th, due within the year, and one on the 30th, over the New Year.
    let crew = hub.register_id("contractor/1");
    hub.act(hub.register_id("staff/office"), "service_manager", sure, Body::Act(Act::Order(crew, None))).await.unwrap();
    now.fetch_add(2 * DAY_MS, Ordering::SeqCst);
    hub.act(hub.register_id("staff/office"), "service_manager", waits, Body::Act(Act::Order(crew, None))).await.unwrap();
    sync(&device).await;
    let at_hub = async |snag: Id| {
        let state = hub.state(snag).await.unwrap().unwrap();
        let all = clocks::clocks(hub.policies(), &state, hub.tz(), clock.wall(), 0);
        let clock = all.into_iter().find(|c| c.milestone == "repair_complete").unwrap();
        (clock.due, clock.provisional)
    };
    let told = (local("2027-01-05 00:00"), true);
    assert_eq!((due(&device, waits), at_hub(waits).await), (told, told));
    let kept = at_hub(sure).await;
    assert_eq!((due(&device, sure), kept.1), (kept, false));

    // What may not be published changes nothing.
    let office = hub.register_id("staff/office");
    let publish = async |role: &str, place: &str, text: &str| hub.publish_notice(office, role, place, "2027.json", text).await;
    assert!(matches!(publish("inspector", "cn", NOTICE_2027).await, Err(NotPublished::Hub(_))));
    assert_eq!(problems(publish("admin", "cn", &NOTICE_2027.replacen("2027-02-20", "2027-02-19", 1)).await), ["calendar-day-worked"]);
    assert_eq!(problems(publish("admin", "cn-atlantis", NOTICE_2027).await), ["calendar-region-unknown"]);
    assert_eq!(at_hub(waits).await, told);
    assert!(publish("admin", "cn", NOTICE_2027).await.unwrap().1);
    // At the hub at once, on the device with its next sync, with how it came about.
    let counted = (local("2027-01-06 00:00"), false);
    assert_eq!((at_hub(waits).await, due(&device, waits)), (counted, told));
    sync(&device).await;
    assert_eq!((due(&device, waits), due(&device, sure), at_hub(sure).await), (counted, kept, kept));
    let clock_view = device.snag(waits).unwrap().clocks.into_iter().find(|c| c.milestone == "repair_complete").unwrap();
    assert!(
        clock_view.steps(Lang::Zh).iter().any(|step| step.contains("试拟") && step.contains("此前暂定 2027-01-05 00:00")),
        "{:?}",
        clock_view.steps(Lang::Zh)
    );
    // A store that is opened again knows it, and a device that joins later as well.
    drop(device);
    let device = Arc::new(open());
    assert_eq!(due(&device, waits), counted);
    let invite = hub.invite(hub.register_id("staff/li"), "inspector", Scope::Project).await.unwrap();
    let later = FieldStore::open(&dir.path().join("later"), Surroundings { clock: Arc::clone(&clock), ..Surroundings::desktop() }).unwrap();
    let later = Arc::new(later);
    enrol(&later, &invite, "phone", "test").await.unwrap();
    sync(&later).await;
    assert_eq!(due(&later, waits), counted);

    // The same once more is nothing new; another one for the same year is refused, with the day.
    assert!(!publish("admin", "cn", NOTICE_2027).await.unwrap().1);
    let other = NOTICE_2027.replacen("2027-10-09", "2027-10-10", 1);
    match publish("admin", "cn", &other).await {
        Err(NotPublished::Faults(faults)) => {
            assert!(faults.told(Lang::Zh).contains("2027-10-09") && faults.told(Lang::Zh).contains("调休上班"), "{}", faults.told(Lang::Zh))
        }
        other => panic!("{other:?}"),
    }
    // A region's notice: for profiles that count its holidays, and for no others.
    let region = "{\"year\": 2026, \"state\": \"official\", \"certainty\": \"V\", \"notice\": {\"title\": \"三月三\"}, \"papers\": [\"https://example.org/g\"], \"days\": [{\"name\": \"壮族三月三\", \"date\": \"2026-04-20\", \"isOffDay\": true}]}";
    let guangxi = "id = \"nanning\"\nversion = 1\nzh = \"南宁规则\"\nen = \"Nanning rules\"\neffective_from = \"2026-01-01\"\nscope = \"community\"\njurisdiction = \"CN\"\nbase = \"cn-default@1\"\n[calendar]\nregions = { value = [\"cn-guangxi\"], origin = \"contract\" }\n";
    hub.publish(office, "admin", "nanning@1.toml", guangxi).await.unwrap();
    let rests = || {
        let calendar = |name: &str| hub.policies().calendar(hub.policies().find(name).unwrap(), hub.tz());
        ["nanning@1", "cn-default@1"].map(|name| calendar(name).rests(calendar(name).number("2026-04-20".parse().unwrap()).unwrap()))
    };
    assert_eq!(rests(), [false, false]);
    assert!(publish("admin", "cn-guangxi", region).await.unwrap().1);
    assert_eq!(rests(), [true, false]);
    running.stop().await.unwrap();
    hub.close().await;
    drop(hub);

    // The command counts with what the folder's office has published; without it the year is missing.
    let case = |id: &str, profile: &str, start: &str| {
        json!({ "id": id, "profile": profile, "milestone": "repair_complete", "work": "single_trade", "start": start }).to_string() + "\n"
    };
    let cases = case("new year", "cn-default@1", "2026-12-30T10:00:00+08:00") + &case("march", "nanning@1", "2026-04-17T10:00:00+08:00");
    let (code, rows) = rules(&data, &["deadline", "--cases", "-"], &cases);
    let of = |n: usize| (rows[n]["due"].as_str().unwrap().to_owned(), rows[n]["provisional"].as_bool().unwrap());
    assert_eq!((code, of(0)), (0, ("2027-01-06T00:00:00+08:00".to_owned(), false)));
    // Friday 17 April: Tuesday, Wednesday, Thursday.
    assert_eq!(of(1), ("2026-04-24T00:00:00+08:00".to_owned(), false));
    let (_, rows) = rules(&data, &["calendar", "list"], "");
    assert!(rows.iter().any(|row| row["place"] == "cn"
        && row["year"] == 2027
        && row["state"] == "official"
        && row["worked"] == json!(["2027-02-20", "2027-05-08", "2027-10-09"])));
    let file = dir.path().join("2027.json");
    std::fs::write(&file, &other).unwrap();
    let (code, rows) = rules(&data, &["calendar", "check", file.to_str().unwrap()], "");
    assert_eq!((code, rows[0]["faults"][0]["problem"].as_str()), (1, Some("calendar-contradicts")));
    let (code, _) = rules(&data, &["calendar", "publish", file.to_str().unwrap()], "");
    assert_eq!(code, 1);
}
