//! Who gets what: scope by role and unit, what enters, what leaves, keys, and a hub restored from a backup.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use keyturn_core::{
    log::{batch::KeyGrant, cert::Scope, receipt::open_checkpoint},
    model::{
        Digest, Id, PersonKey, Value,
        act::{Act, PhotoAdd},
        body::{AggKind, Body, Create},
    },
};
use keyturn_hub::{Hub, HubError, RegisterRow, RegisterValue};
use reqwest::{Method, StatusCode};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

#[tokio::test]
async fn a_crew_gets_its_orders_with_their_past_and_no_other_units_owner() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let id = |key: &str| world.hub.register_id(key);
    let mut inspector = world.device("inspector", Scope::Project).await;
    let mut crew = world.device("repair_team", Scope::Orders(id("north"))).await;
    let (snag1, snag2) = (inspector.snag(id("unit1")), inspector.snag(id("unit2")));
    inspector.set(snag1, "finding", "之前的事", vec![]);
    inspector.push(1).await.unwrap();
    let (cursor, mut held) = crew.pull_all("").await;
    assert!(!held.has(snag1) && !held.has(id("unit1")) && !held.has(id("owner1")), "nothing before an order");
    assert!(held.has(id("north")) && !held.has(id("south")));

    inspector.order(snag1, id("north"));
    inspector.push(4).await.unwrap();
    let cursor = crew.pull_into(&cursor, &mut held).await;
    for thing in [snag1, id("unit1"), id("plan"), id("building"), id("community"), id("owner1")] {
        assert!(held.has(thing));
    }
    for hidden in [snag2, id("unit2"), id("owner2"), id("south")] {
        assert!(!held.has(hidden));
    }
    assert_eq!(held.state(snag1), world.hub.state(snag1).await.unwrap().unwrap(), "with its whole past");
    let key = PersonKey(held.key(id("owner1")).unwrap().key.clone().unwrap().to_vec().try_into().unwrap());
    let Some(Value::Personal(name)) = held.state(id("owner1")).get("name").cloned() else { panic!("no name") };
    assert_eq!(key.open_text(&name).as_deref(), Some("业主1"));
    assert!(held.key(id("owner2")).is_none());

    // The order moves to another contractor: the snag leaves with the home and its owner; unsent work still counts.
    crew.make(snag1, &Body::Act(Act::Arrive(None)));
    inspector.order(snag1, id("south"));
    inspector.push(5).await.unwrap();
    let segment = crew.pull(&cursor).await.unwrap();
    for gone in [snag1, id("unit1"), id("owner1")] {
        assert!(segment.gone.contains(&gone));
    }
    assert!(segment.events.is_empty());
    let cursor = crew.pull_into(&cursor, &mut held).await;
    assert!(crew.push(1).await.unwrap().refused.is_empty());
    // It comes back: with its past, the crew's own events among it.
    inspector.order(snag1, id("north"));
    inspector.push(6).await.unwrap();
    let mut anew = Held::default();
    crew.pull_into(&cursor, &mut anew).await;
    assert_eq!(anew.state(snag1), world.hub.state(snag1).await.unwrap().unwrap());

    // What a crew does to a snag that was never ordered from it is kept and left out.
    crew.make(snag2, &Body::Act(Act::Arrive(None)));
    assert_eq!(crew.push(2).await.unwrap().refused[0].key, "sync-scope");
    world.check_states().await;
}

#[tokio::test]
async fn the_owner_leaves_a_crews_device_when_the_work_is_confirmed() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let id = |key: &str| world.hub.register_id(key);
    let mut inspector = world.device("inspector", Scope::Project).await;
    let mut crew = world.device("repair_team", Scope::Orders(id("north"))).await;
    let snag = inspector.snag(id("unit1"));
    inspector.order(snag, id("north"));
    inspector.push(1).await.unwrap();
    let (cursor, mut held) = crew.pull_all("").await;
    assert!(held.key(id("owner1")).is_some());
    let step = |ms: i64| world.clock.0.fetch_add(ms, Ordering::SeqCst);
    step(1000);
    crew.make(snag, &Body::Act(Act::Arrive(None)));
    crew.make(snag, &Body::Act(Act::RepairDone("重做".into(), None, None)));
    crew.push(1).await.unwrap();
    step(1000);
    world.hub.act(id("owner1"), "owner", snag, Body::Act(Act::OwnerConfirm("link".into(), None))).await.unwrap();
    crew.pull_into(&cursor, &mut held).await;
    assert!(!held.has(id("owner1")) && held.key(id("owner1")).is_none());
    assert!(held.has(snag) && held.has(id("unit1")), "what it did stays");
    world.check_states().await;
}

#[tokio::test]
async fn an_inspector_of_some_units_gets_these() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let id = |key: &str| world.hub.register_id(key);
    let mut all = world.device("inspector", Scope::Project).await;
    let mut one = world.device("inspector", Scope::Units(vec![id("unit1")])).await;
    let (snag1, snag2) = (all.snag(id("unit1")), all.snag(id("unit2")));
    let photo = Digest::of(b"photo of another home");
    all.make(snag2, &Body::Act(Act::PhotoAdd(PhotoAdd { sha256: photo, bytes: 21, purpose: "snag".into(), round: 0, facts: vec![] })));
    all.push(1).await.unwrap();
    all.upload("original", b"photo of another home", None).await;
    let (_, held) = one.pull_all("").await;
    for thing in [snag1, id("unit1"), id("owner1"), id("plan"), id("building"), id("community"), id("north"), all.id] {
        assert!(held.has(thing));
    }
    for hidden in [snag2, id("unit2"), id("owner2")] {
        assert!(!held.has(hidden));
    }
    let blob = one.request(Method::GET, &format!("/v1/blobs/{photo}")).send().await.unwrap();
    assert_eq!(error_of(blob).await, (StatusCode::NOT_FOUND, "sync-no-file".to_owned()));
    assert_eq!(all.request(Method::GET, &format!("/v1/blobs/{photo}")).send().await.unwrap().status(), StatusCode::OK);
    one.snag(id("unit2"));
    one.snag(id("unit1"));
    let answer = one.push(1).await.unwrap();
    assert_eq!(answer.refused.iter().map(|r| (r.seq, r.key.as_str())).collect::<Vec<_>>(), [(1, "sync-scope")]);
    world.check_states().await;
}

#[tokio::test]
async fn keys_travel_are_not_replaced_and_an_erased_person_stays_erased() {
    // Promise 9.
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("service_manager", Scope::Project).await;
    let other = world.device("inspector", Scope::Project).await;
    let (cursor, mut held) = other.pull_all("").await;
    let (person, key) = (Id::random(NOW), PersonKey::generate());
    let grant = |key: &PersonKey| minicbor::to_vec(vec![KeyGrant { person, key: Some(key.0.to_vec().into()) }]).unwrap();
    let send = async |device: &Device, body: Vec<u8>| device.request(Method::POST, "/v1/keys").body(body).send().await.unwrap();
    assert_eq!(send(&device, grant(&key)).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(send(&device, grant(&key)).await.status(), StatusCode::NO_CONTENT, "twice is once");
    // A key alone is nobody's: it counts with the record that names its person, from the same device.
    assert_eq!(world.hub.person_key(person).await.unwrap(), None);
    let stranger = PersonKey::generate();
    assert_eq!(send(&other, grant(&stranger)).await.status(), StatusCode::NO_CONTENT, "waits, and is never taken up");
    assert_eq!(error_of(send(&other, vec![0xff]).await).await.1, "sync-bad-request");
    let name = Value::Personal(key.seal(person, "代理人".as_bytes()));
    device.make(person, &Body::Create(Create { kind: AggKind::Person, unit: None, parent: None, fields: vec![("name".into(), name)] }));
    device.push(1).await.unwrap();
    let cursor = other.pull_into(&cursor, &mut held).await;
    assert_eq!(held.key(person).unwrap().key.as_ref().unwrap().as_slice(), key.0);
    assert_eq!(error_of(send(&other, grant(&stranger)).await).await, (StatusCode::CONFLICT, "sync-key-taken".to_owned()));
    // A revoked device brings nobody new.
    let mut lost = world.device("inspector", Scope::Project).await;
    world.hub.revoke(world.office, "service_manager", lost.id, "lost").await.unwrap();
    let late = Id::random(NOW);
    let body = minicbor::to_vec(vec![KeyGrant { person: late, key: Some(PersonKey::generate().0.to_vec().into()) }]).unwrap();
    assert_eq!(send(&lost, body).await.status(), StatusCode::NO_CONTENT);
    lost.make(late, &Body::Create(Create { kind: AggKind::Person, unit: None, parent: None, fields: vec![] }));
    assert_eq!(lost.push(1).await.unwrap().refused.len(), 1, "it may push what it has");
    assert_eq!(world.hub.person_key(late).await.unwrap(), None);

    let owner = world.hub.register_id("owner1");
    assert!(matches!(world.hub.erase("inspector", owner).await, Err(HubError::Refused(r)) if r.key == "rule-role"));
    world.hub.erase("admin", owner).await.unwrap();
    let cursor = other.pull_into(&cursor, &mut held).await;
    assert_eq!(held.key(owner).unwrap().key, None, "the device learns of it");
    let state = world.hub.state(owner).await.unwrap().unwrap();
    assert_eq!(world.hub.read_text(&state, "name").await.unwrap(), None);
    // An old table does not bring the name back.
    world.register().await;
    assert_eq!(world.hub.person_key(owner).await.unwrap(), None);
    other.pull_into(&cursor, &mut held).await;
    assert_eq!(held.key(owner).unwrap().key, None);
    // Nor does the file of the database still hold the key.
    world.check_states().await;
}

#[tokio::test]
async fn importing_twice_changes_nothing_and_a_change_is_an_event() {
    // S4-28, S4-98
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let head = world.hub.store().head().await.unwrap();
    world.register().await;
    assert_eq!(world.hub.store().head().await.unwrap(), head);
    let unit = world.hub.register_id("unit1");
    let row = |number: &str| RegisterRow {
        kind: AggKind::Unit,
        key: "unit1".into(),
        unit: None,
        parent: None,
        fields: vec![("number".into(), RegisterValue::Open(number.into())), ("entrance".into(), RegisterValue::Open("2".into()))],
    };
    let done = world.hub.import(world.office, "clerk", vec![row("1102")]).await.unwrap();
    assert_eq!((done.created, done.changed, done.same), (0, 1, 0));
    let state = world.hub.state(unit).await.unwrap().unwrap();
    assert_eq!((state.text("number"), state.text("entrance"), state.conflicts().count()), (Some("1102"), Some("2"), 0));
    assert!(state.fields.contains_key("owners"), "what the table does not name stays");
    assert!(world.hub.import(world.office, "repair_team", vec![row("9")]).await.is_err());
    assert_eq!(world.hub.state(unit).await.unwrap().unwrap(), state);
    world.check_states().await;
}

#[tokio::test]
async fn a_pull_in_small_segments_brings_the_same_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock(AtomicI64::new(NOW)));
    let mut config = config(dir.path(), &clock);
    config.limits.segment_bytes = 700;
    let world = world_with(config, clock).await;
    world.register().await;
    let id = |key: &str| world.hub.register_id(key);
    let mut inspector = world.device("inspector", Scope::Project).await;
    let snags: Vec<Id> = (0..20).map(|n| inspector.snag(id(if n % 2 == 0 { "unit1" } else { "unit2" }))).collect();
    for (n, snag) in snags.iter().enumerate() {
        inspector.order(*snag, id(["north", "south", "north"][n % 3]));
    }
    for snag in &snags[..6] {
        inspector.order(*snag, id("south"));
    }
    inspector.push(1).await.unwrap();
    for scope in [Scope::Project, Scope::Units(vec![id("unit2")]), Scope::Orders(id("north"))] {
        let role = if matches!(scope, Scope::Orders(_)) { "repair_team" } else { "inspector" };
        let device = world.device(role, scope.clone()).await;
        let first = device.pull("").await.unwrap();
        assert!(first.more, "{scope:?}");
        let (cursor, held) = device.pull_all("").await;
        let expected: Vec<Id> = snags
            .iter()
            .enumerate()
            .filter(|(n, _)| match &scope {
                Scope::Project => true,
                Scope::Units(_) => n % 2 == 1,
                Scope::Orders(_) => *n >= 6 && n % 3 != 1,
            })
            .map(|(_, id)| *id)
            .collect();
        for snag in &snags {
            assert_eq!(held.has(*snag), expected.contains(snag), "{scope:?}");
            if held.has(*snag) {
                assert_eq!(held.state(*snag), world.hub.state(*snag).await.unwrap().unwrap());
            }
        }
        let nothing = device.pull(&cursor).await.unwrap();
        assert!(nothing.events.is_empty() && nothing.gone.is_empty() && nothing.keys.is_empty() && !nothing.more);
    }
}

#[tokio::test]
async fn a_pull_that_was_cut_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let device = world.device("inspector", Scope::Project).await;
    let whole = device.request(Method::GET, "/v1/pull?cursor=").send().await.unwrap();
    let etag = whole.headers()["etag"].to_str().unwrap().to_owned();
    let whole = whole.bytes().await.unwrap();
    // Time passes and things change, but the rest of what was begun is still the same.
    world.clock.0.fetch_add(5000, Ordering::SeqCst);
    let rest = device.request(Method::GET, "/v1/pull?cursor=").header("Range", "bytes=100-").header("If-Range", &etag).send().await.unwrap();
    assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(rest.bytes().await.unwrap(), whole[100..]);
    let other = device.request(Method::GET, "/v1/pull?cursor=").header("Range", "bytes=100-").header("If-Range", "\"x\"").send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK, "another version: all of it");
    for odd in ["x", "5", "5.zz", "-1.00000000000000000000000000000000", "99999999999999999999999.1"] {
        device.pull(odd).await.unwrap();
    }
}

#[tokio::test]
async fn a_hub_that_restarts_knows_everything() {
    let dir = tempfile::tempdir().unwrap();
    let world1 = world(dir.path()).await;
    world1.register().await;
    let mut device = world1.device("inspector", Scope::Project).await;
    let unit = world1.hub.register_id("unit1");
    let snag = device.snag(unit);
    device.make(snag, &Body::Act(Act::PhotoAdd(PhotoAdd { sha256: Digest::of(b"bytes"), bytes: 5, purpose: "snag".into(), round: 0, facts: vec![] })));
    let answer = device.push(1).await.unwrap();
    device.upload("original", b"bytes", None).await;
    let (cursor, _) = device.pull_all("").await;
    let (public, office, snag_state) = (world1.hub.public(), world1.office, world1.hub.state(snag).await.unwrap());
    let link = world1.hub.owner_link(unit, world1.hub.register_id("owner1")).await.unwrap();
    assert!(matches!(Hub::open(config(dir.path(), &world1.clock)).await, Err(HubError::Locked)), "two hubs on one folder");
    world1.running.stop().await.unwrap();
    drop(world1.hub);

    let world2 = world(dir.path()).await;
    assert_eq!(world2.hub.public(), public);
    assert_eq!(world2.hub.state(snag).await.unwrap(), snag_state);
    assert_eq!(world2.hub.blob(Digest::of(b"bytes")).await.unwrap().unwrap(), &b"bytes"[..]);
    assert_eq!(world2.hub.open_owner_link(&link).await.unwrap().unwrap().unit, Some(unit));
    device.url = world2.running.url().to_owned();
    // The session outlives the restart, and so does the cursor.
    assert!(device.pull(&cursor).await.unwrap().events.is_empty());
    let head = answer.receipt.check(&public).unwrap();
    let session = device.session(Some((head.size, head.root))).await;
    assert!(session.checkpoint_known);
    assert_eq!(session.seq, 2);
    assert!(!device.session(Some((head.size, Digest::of(b"other")))).await.checkpoint_known);
    world2
        .hub
        .act(
            office,
            "service_manager",
            unit,
            Body::Set(vec![keyturn_core::model::body::Change { field: "filing_number".into(), value: "备-1".into(), replaces: vec![] }]),
        )
        .await
        .unwrap();
    assert_eq!(device.pull(&cursor).await.unwrap().events.len(), 3, "the new chain of the hub, and its event");
    world2.check_states().await;
    let files = ["hub.key", "hub-device.key", "session.key"];
    #[cfg(unix)]
    for file in files {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(dir.path().join(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_hub_restored_from_yesterdays_backup_gets_everything_again() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = backup.path().join("copy");
    let world1 = world(dir.path()).await;
    world1.register().await;
    let (mut a, mut b) = (world1.device("inspector", Scope::Project).await, world1.device("inspector", Scope::Project).await);
    let unit = world1.hub.register_id("unit1");
    let snag = a.snag(unit);
    a.push(1).await.unwrap();
    let clock = world1.clock.clone();
    world1.running.stop().await.unwrap();
    drop(world1.hub);
    copy_dir(dir.path(), &copy);

    // A day goes on …
    let world2 = world_with(config(dir.path(), &clock), clock.clone()).await;
    for device in [&mut a, &mut b] {
        device.url = world2.running.url().to_owned();
    }
    clock.0.fetch_add(DAY_MS / 4, Ordering::SeqCst);
    a.set(snag, "severity", "minor", vec![]);
    let answer = a.push(2).await.unwrap();
    let checkpoint = open_checkpoint(&answer.receipt.checkpoint, &world2.hub.public()).unwrap();
    world2
        .hub
        .act(world2.office, "clerk", unit, Body::Set(vec![keyturn_core::model::body::Change { field: "entrance".into(), value: "3".into(), replaces: vec![] }]))
        .await
        .unwrap();
    let (cursor, mut held) = b.pull_all("").await;
    world2.running.stop().await.unwrap();
    drop(world2.hub);

    // … and is lost.
    let world3 = world_with(config(&copy, &clock), clock.clone()).await;
    for device in [&mut a, &mut b] {
        device.url = world3.running.url().to_owned();
    }
    let session = a.session(Some((checkpoint.size, checkpoint.root))).await;
    assert!(!session.checkpoint_known);
    assert_eq!(session.seq, 1);
    let answer = a.push(2).await.unwrap();
    assert_eq!(answer.chain.seq, 2);
    assert!(a.push(1).await.unwrap().refused.is_empty());
    // Another event takes a number that the lost day had given; a device that was there misses nothing.
    world3
        .hub
        .act(world3.office, "clerk", unit, Body::Set(vec![keyturn_core::model::body::Change { field: "floor".into(), value: "7".into(), replaces: vec![] }]))
        .await
        .unwrap();
    let cursor = b.pull_into(&cursor, &mut held).await;
    assert_eq!(held.state(snag).text("severity"), Some("minor"));
    assert_eq!(held.state(unit).text("floor"), Some("7"));
    assert!(b.pull(&cursor).await.unwrap().events.is_empty());
    world3.check_states().await;
}

#[tokio::test]
async fn links_and_logins_open_what_they_should_and_end() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let (unit, owner) = (world.hub.register_id("unit1"), world.hub.register_id("owner1"));
    let link = world.hub.owner_link(unit, owner).await.unwrap();
    assert_eq!(link.len(), 32, "128 bits");
    let other = world.hub.owner_link(unit, owner).await.unwrap();
    assert_eq!(world.hub.open_owner_link("0").await.unwrap(), None);
    let listed = world.hub.owner_links(unit).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|(name, _)| name.to_string() != link), "stored as a hash");
    for (name, _) in listed {
        world.hub.revoke_owner_link(name).await.unwrap();
    }
    assert_eq!(world.hub.open_owner_link(&link).await.unwrap(), None);
    assert_eq!(world.hub.open_owner_link(&other).await.unwrap(), None);
    let late = world.hub.owner_link(unit, owner).await.unwrap();
    world.clock.0.fetch_add(400 * DAY_MS, Ordering::SeqCst);
    assert_eq!(world.hub.open_owner_link(&late).await.unwrap(), None, "run out");

    let login = world.hub.login_link(world.office, "service_manager").await.unwrap();
    let (session, pass) = world.hub.log_in(&login).await.unwrap().unwrap();
    assert_eq!((pass.person, pass.role.as_str()), (world.office, "service_manager"));
    assert_eq!(world.hub.log_in(&login).await.unwrap(), None, "works once");
    assert!(world.hub.console_session(&session).await.unwrap().is_some());
    assert!(world.hub.open_owner_link(&session).await.unwrap().is_none(), "a session is no link");
    world.hub.log_out(&session).await.unwrap();
    assert_eq!(world.hub.console_session(&session).await.unwrap(), None);
    assert_eq!((world.hub.next_number("A1").await.unwrap(), world.hub.next_number("A1").await.unwrap(), world.hub.next_number("B").await.unwrap()), (1, 2, 1));
}
