//! The sync protocol over real HTTP on loopback: enrolment, sessions, push.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use keyturn_core::{
    log::{cert, cert::Scope, event::EventRef, fold::Phase, keys::HubPublic, receipt::Leaf},
    model::{Digest, Id, UtcMs, act::Act, body::Body},
};
use reqwest::StatusCode;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_code_lets_one_device_in_once() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let person = Id::random(NOW);
    let invite = world.hub.invite(person, "inspector", Scope::Project).await.unwrap();
    assert_eq!(invite.hub, world.hub.public().fingerprint());
    // Typed by hand: small letters and spaces are understood.
    let typed = invite.code.to_lowercase().replace('-', " ");
    let device = Device::enrol(world.running.url(), &typed, person, "inspector", world.clock.clone()).await.unwrap();
    let hub_public = HubPublic(unhex(&device.enrolled.hub_public).try_into().unwrap());
    assert_eq!(hub_public.fingerprint(), invite.hub);
    let certificate = cert::open(&unhex(&device.enrolled.certificate), &hub_public).unwrap();
    assert_eq!((certificate.device, certificate.person, certificate.role.as_str()), (device.id, person, "inspector"));

    let again = Device::enrol(world.running.url(), &invite.code, person, "inspector", world.clock.clone()).await;
    assert_eq!(again.err().unwrap(), (StatusCode::GONE, "sync-code-used".to_owned()));
    // The answer was lost on the way: the same device may ask again and gets the same.
    let key = keyturn_core::log::keys::SoftwareKey::from_secret(&device.key.secret()).unwrap();
    let same = Device::enrol_with(world.running.url(), &invite.code, person, "inspector", world.clock.clone(), key).await.unwrap();
    assert_eq!(same.enrolled.certificate, device.enrolled.certificate);

    let late = world.hub.invite(person, "inspector", Scope::Project).await.unwrap();
    world.clock.0.fetch_add(30 * DAY_MS, Ordering::SeqCst);
    let late = Device::enrol(world.running.url(), &late.code, person, "inspector", world.clock.clone()).await;
    assert_eq!(late.err().unwrap(), (StatusCode::GONE, "sync-code-expired".to_owned()));

    assert_eq!(world.hub.invite(person, "king", Scope::Project).await.err().map(|e| e.to_string()), Some("refused: hub-no-role".to_owned()));
    world.check_states().await;
}

#[tokio::test]
async fn two_devices_with_one_code_at_the_same_moment() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let invite = world.hub.invite(Id([1; 16]), "inspector", Scope::Project).await.unwrap();
    let enrol = || Device::enrol(world.running.url(), &invite.code, Id([1; 16]), "inspector", world.clock.clone());
    let (a, b, c) = tokio::join!(enrol(), enrol(), enrol());
    assert_eq!([a.is_ok(), b.is_ok(), c.is_ok()].iter().filter(|ok| **ok).count(), 1);
    assert_eq!(world.hub.devices().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_managers_tablet_takes_a_device_out() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let lost = world.device("inspector", Scope::Project).await;
    let mut manager = world.device("service_manager", Scope::Project).await;
    manager.make(lost.id, &Body::Act(Act::Revoke("丢失".into())));
    assert!(manager.push(1).await.unwrap().refused.is_empty());
    assert_eq!(lost.pull("").await.err().unwrap().1, "sync-revoked");
}

#[tokio::test]
async fn guessing_codes_ends_soon() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let limit = world.hub.limits().enrol_failures_max;
    for n in 0..limit + 3 {
        let guess = Device::enrol(world.running.url(), &format!("AAAA-{n:04}"), Id([1; 16]), "inspector", world.clock.clone()).await;
        let (status, key) = guess.err().unwrap();
        let expected = if n < limit { (StatusCode::NOT_FOUND, "sync-code-unknown") } else { (StatusCode::TOO_MANY_REQUESTS, "sync-too-many") };
        assert_eq!((status, key.as_str()), expected);
    }
    world.clock.0.fetch_add(world.hub.limits().enrol_wait_ms + 1, Ordering::SeqCst);
    world.device("inspector", Scope::Project).await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let http = client();
    for body in ["", "{}", "[1,2]", "{\"code\":5}", "\u{0}\u{1}"] {
        let response = http.post(format!("{}/v1/enrol", world.running.url())).body(body).send().await.unwrap();
        assert_eq!(error_of(response).await, (StatusCode::BAD_REQUEST, "sync-bad-request".to_owned()));
    }
    let invite = world.hub.invite(Id([1; 16]), "inspector", Scope::Project).await.unwrap();
    let no_point = serde_json::json!({"code": invite.code, "public": "04".repeat(33), "name": "x", "platform": "y"});
    let response = http.post(format!("{}/v1/enrol", world.running.url())).body(no_point.to_string()).send().await.unwrap();
    assert_eq!(error_of(response).await, (StatusCode::BAD_REQUEST, "sync-bad-key".to_owned()));
}

#[tokio::test]
async fn a_session_needs_a_fresh_challenge_and_the_devices_key() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let mut device = world.device("inspector", Scope::Project).await;
    let challenge = device.challenge().await;
    assert_eq!(challenge.len(), 32);
    let request = device.session_request(&challenge, None);
    assert_eq!(device.open(&request).await.status(), StatusCode::OK);
    assert_eq!(error_of(device.open(&request).await).await, (StatusCode::UNAUTHORIZED, "sync-challenge".to_owned()), "used up");

    let mut forged = device.session_request(&device.challenge().await, None);
    forged.signature = device.session_request(&[7; 32], None).signature;
    assert_eq!(error_of(device.open(&forged).await).await, (StatusCode::UNAUTHORIZED, "sync-signature".to_owned()));
    let mut stranger = device.session_request(&device.challenge().await, None);
    stranger.device = Id([3; 16]);
    assert_eq!(error_of(device.open(&stranger).await).await, (StatusCode::UNAUTHORIZED, "sync-device-unknown".to_owned()));

    let late = device.challenge().await;
    world.clock.0.fetch_add(world.hub.limits().challenge_ms + 1, Ordering::SeqCst);
    assert_eq!(error_of(device.open(&device.session_request(&late, None)).await).await.1, "sync-challenge");

    // A token that was changed, or has run out, opens nothing.
    let good = device.session(None).await.token;
    device.pull("").await.unwrap();
    let flipped = if good.starts_with('0') { '1' } else { '0' };
    device.token = format!("{flipped}{}", &good[1..]);
    assert_eq!(device.pull("").await.err().unwrap(), (StatusCode::UNAUTHORIZED, "sync-session".to_owned()));
    device.token = good;
    world.clock.0.fetch_add(world.hub.limits().session_ms + 1, Ordering::SeqCst);
    assert_eq!(device.pull("").await.err().unwrap().0, StatusCode::UNAUTHORIZED);

    let mut request = device.session_request(&device.challenge().await, None);
    (request.unsent_records, request.unsent_photos) = (12, 30);
    device.open(&request).await;
    let row = world.hub.device(device.id).await.unwrap().unwrap();
    assert_eq!((row.unsent_records, row.unsent_photos, row.last_contact), (12, 30, Some(world.hub.now())));
}

#[tokio::test]
async fn pushing_twice_changes_nothing_and_a_receipt_covers_it() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("inspector", Scope::Project).await;
    let snag = device.snag(world.hub.register_id("unit1"));
    device.set(snag, "finding", "空鼓约 0.3 平方米", vec![]);
    let answer = device.push(1).await.unwrap();
    assert_eq!(answer.chain, device.chain);
    assert!(answer.refused.is_empty());
    answer.receipt.check(&world.hub.public()).unwrap();
    assert!(matches!(answer.receipt.leaf, Leaf::Chain { device: d, chain, .. } if d == device.id && chain == device.chain));
    let head = world.hub.store().head().await.unwrap();

    assert_eq!(device.push(1).await.unwrap().chain, device.chain);
    assert_eq!(device.push(2).await.unwrap().chain, device.chain, "a part of what is known");
    assert_eq!(world.hub.store().head().await.unwrap().hub_seq, head.hub_seq);

    // Old and new together: the old is skipped.
    device.set(snag, "severity", "serious", vec![]);
    let answer = device.push(1).await.unwrap();
    assert_eq!(answer.chain.seq, 3);
    answer.receipt.check(&world.hub.public()).unwrap();
    assert_eq!(world.hub.store().head().await.unwrap().hub_seq, head.hub_seq + 1);

    // A gap is told with the head the hub has.
    device.set(snag, "severity", "minor", vec![]);
    device.set(snag, "severity", "poor", vec![]);
    let batch = device.batch(5);
    assert_eq!(device.push_batch(&batch).await.err().unwrap(), (StatusCode::CONFLICT, "sync-gap".to_owned()));
    assert_eq!(device.session(None).await.seq, 3);
    world.check_states().await;
}

#[tokio::test]
async fn a_fork_a_bad_seal_and_a_forged_mark_are_put_aside() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let unit = world.hub.register_id("unit1");
    let mut device = world.device("inspector", Scope::Project).await;
    let snag = device.snag(unit);
    device.push(1).await.unwrap();

    // The same device's key in a copy that went its own way.
    let key = keyturn_core::log::keys::SoftwareKey::from_secret(&device.key.secret()).unwrap();
    let mut copy = Device { key, events: Vec::new(), chain: keyturn_core::log::Chain::start(device.id), ..world.device("inspector", Scope::Project).await };
    (copy.id, copy.person, copy.token) = (device.id, device.person, device.token.clone());
    copy.chain = keyturn_core::log::Chain::start(device.id);
    copy.snag(unit);
    assert_eq!(copy.push(1).await.err().unwrap(), (StatusCode::CONFLICT, "sync-fork".to_owned()));
    copy.snag(unit);
    assert_eq!(copy.push(1).await.err().unwrap().1, "sync-fork");
    assert_eq!(copy.push(2).await.err().unwrap().1, "sync-fork");

    device.set(snag, "severity", "minor", vec![]);
    let mut batch = device.batch(2);
    let at = batch.seal.len() - 3;
    batch.seal[at] ^= 1;
    assert_eq!(device.push_batch(&batch).await.err().unwrap(), (StatusCode::UNPROCESSABLE_ENTITY, "sync-bad-seal".to_owned()));
    let mut other = device.batch(2);
    other.seal = device.batch(1).seal;
    other.events.clear();
    assert_eq!(device.push_batch(&other).await.err().unwrap().1, "sync-bad-seal", "a seal over another chain");
    let mut bent = device.batch(2);
    bent.events[0].push(0);
    assert_eq!(device.push_batch(&bent).await.err().unwrap().1, "sync-bad-event");
    assert_eq!(error_of(device.send("batch", vec![1, 2, 3], None).await).await.1, "sync-bad-batch");

    device.make(snag, &Body::Act(Act::Refuse(EventRef { device: Id([1; 16]), seq: 1 }, "x".into(), vec![])));
    assert_eq!(device.push(2).await.err().unwrap().1, "sync-forged");
    let aside: Vec<_> = world.hub.put_aside_list().await.unwrap().into_iter().map(|a| (a.device, a.key)).collect();
    for key in ["sync-fork", "sync-bad-seal", "sync-forged"] {
        assert!(aside.contains(&(device.id, key.to_owned())), "{key}");
    }
    assert_eq!(world.hub.device(device.id).await.unwrap().unwrap().chain.seq, 1);
    world.check_states().await;
}

#[tokio::test]
async fn what_a_role_may_not_do_is_kept_marked_and_explained() {
    // Promise 10.
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let unit = world.hub.register_id("unit1");
    let mut device = world.device("inspector", Scope::Project).await;
    let snag = device.snag(unit);
    let renamed = device.set(unit, "number", "1102", vec![]);
    let disguised = device.make_as(Id([5; 16]), "service_manager", unit, &Body::Act(Act::Dispute("x".into())));
    let empty = device.make(snag, &Body::Set(vec![]));
    device.set(snag, "severity", "minor", vec![]);
    let answer = device.push(1).await.unwrap();
    let refused: Vec<_> = answer.refused.iter().map(|r| (r.seq, r.key.as_str())).collect();
    assert_eq!(refused, [(renamed.seq, "rule-role"), (disguised.seq, "sync-actor"), (empty.seq, "rule-empty-change")]);
    assert_eq!(answer.chain.seq, 5, "kept: the chain goes on");
    // Sent again, the answer is the same.
    assert_eq!(device.push(1).await.unwrap().refused, answer.refused);

    let state = world.hub.state(unit).await.unwrap().unwrap();
    assert_eq!(state.text("number"), Some("1"));
    assert_eq!(state.refused.len(), 2);
    assert_eq!(world.hub.state(snag).await.unwrap().unwrap().text("severity"), Some("minor"));
    assert_eq!(world.hub.refused(10).await.unwrap().len(), 3);
    // Every device learns of the refusal with the event and folds alike.
    let reader = world.device("service_manager", Scope::Project).await;
    let (_, held) = reader.pull_all("").await;
    assert_eq!(held.state(unit), state);
    world.check_states().await;
}

#[tokio::test]
async fn a_revoked_device_may_push_and_pulls_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("inspector", Scope::Project).await;
    let snag = device.snag(world.hub.register_id("unit1"));
    assert!(world.hub.revoke(world.office, "inspector", device.id, "丢失").await.is_err(), "an inspector may not");
    world.hub.revoke(world.office, "service_manager", device.id, "丢失").await.unwrap();
    let answer = device.push(1).await.unwrap();
    assert_eq!(answer.refused.iter().map(|r| r.key.as_str()).collect::<Vec<_>>(), ["sync-revoked"]);
    assert_eq!(world.hub.event_rows_of(snag).await.unwrap()[0].bytes, device.events[0].bytes(), "kept");
    assert_eq!(device.pull("").await.err().unwrap(), (StatusCode::FORBIDDEN, "sync-revoked".to_owned()));
    assert!(device.session(None).await.revoked);
    let id = world.hub.state(device.id).await.unwrap().unwrap();
    assert_eq!(id.phase, Phase::Revoked);
    let blob = device.request(reqwest::Method::GET, &format!("/v1/blobs/{}", Digest::of(b""))).send().await.unwrap();
    assert_eq!(error_of(blob).await.1, "sync-revoked");
    world.check_states().await;
}

#[tokio::test]
async fn a_wrong_clock_is_marked_and_wins_no_merge() {
    // Promise 8.
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let unit = world.hub.register_id("unit1");
    let mut right = world.device("inspector", Scope::Project).await;
    let mut fast = world.device("inspector", Scope::Project).await;
    let snag = right.snag(unit);
    right.push(1).await.unwrap();
    // A device a day ahead, that has had no contact since its clock went wrong.
    let wrong = std::sync::Arc::new(TestClock(std::sync::atomic::AtomicI64::new(NOW + DAY_MS)));
    fast.clock = wrong.clone();
    let marked = fast.set(snag, "severity", "minor", vec![]);
    fast.session(None).await;
    wrong.0.store(NOW, Ordering::SeqCst);
    let after = fast.set(snag, "finding", "x", vec![]);
    fast.push(1).await.unwrap();
    right.set(snag, "severity", "serious", vec![]);
    right.push(2).await.unwrap();
    let state = world.hub.state(snag).await.unwrap().unwrap();
    assert_eq!(state.text("severity"), Some("serious"), "the marked one gives way though its time is later");
    let heads = &state.fields["severity"];
    assert_eq!(heads.len(), 2, "and is not lost");
    assert!(heads.iter().any(|h| h.clock_wrong && h.origin.at() == marked));
    assert!(state.fields["finding"].iter().all(|h| h.origin.at() == after && !h.clock_wrong), "made after the contact");
    assert_eq!(world.hub.to_review().await.unwrap().len(), 1);

    // Time that lies in the future cannot be true.
    let mut future = world.device("inspector", Scope::Project).await;
    let (person, role) = (future.person, future.role.clone());
    let hlc = keyturn_core::log::Hlc { ms: UtcMs(NOW + 3 * DAY_MS), counter: 0 };
    let body = Body::Set(vec![keyturn_core::model::body::Change { field: "severity".into(), value: "poor".into(), replaces: vec![] }]);
    future.make_at(person, &role, snag, &body, hlc);
    future.push(1).await.unwrap();
    assert_eq!(world.hub.state(snag).await.unwrap().unwrap().text("severity"), Some("serious"));
    world.check_states().await;
}

#[tokio::test]
async fn events_that_arrive_late_are_folded_in_their_place() {
    // Promise 4.
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut a = world.device("inspector", Scope::Project).await;
    let mut b = world.device("inspector", Scope::Project).await;
    let snag = a.snag(world.hub.register_id("unit1"));
    let first = a.set(snag, "severity", "minor", vec![]);
    a.push(1).await.unwrap();
    // b edits offline; a's later edit of the same value arrives before it.
    world.clock.0.fetch_add(1_000, Ordering::SeqCst);
    b.set(snag, "severity", "poor", vec![first]);
    b.set(snag, "room", "客厅", vec![]);
    world.clock.0.fetch_add(1_000, Ordering::SeqCst);
    a.set(snag, "severity", "serious", vec![first]);
    a.push(3).await.unwrap();
    b.push(1).await.unwrap();
    let state = world.hub.state(snag).await.unwrap().unwrap();
    assert_eq!(state.text("severity"), Some("serious"));
    assert_eq!(state.conflicts().map(|(f, h)| (f.to_owned(), h.len())).collect::<Vec<_>>(), [("room".to_owned(), 2), ("severity".to_owned(), 2)]);
    world.check_states().await;
    let (_, mut held) = a.pull_all("").await;
    held.events.extend(a.events.iter().cloned());
    assert_eq!(held.state(snag), state, "the device that pulls ends in the same state");
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).unwrap()).collect()
}
