//! Profiles that an office publishes: checked, recorded once, pulled by every device, taken by what begins from their date on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{DAY_MS, NOW, TestClock, config, world, world_with};
use keyturn_core::{
    log::cert::Scope,
    model::{
        Id,
        act::Act,
        body::{AggKind, Body, Create},
    },
    policy::{ProfileRef, registry},
};
use keyturn_hub::{Hub, NotPublished};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Version `n` of the house's own rules, from a day on.
fn house(n: u32, from: &str, notice_days: u32) -> String {
    format!(
        "id = \"house\"\nversion = {n}\nzh = \"本项目规则\"\nen = \"house rules\"\neffective_from = \"{from}\"\nscope = \"project\"\njurisdiction = \"CN\"\nbase = \"cn-default@1\"\n[gate]\nnotice_days_min = {{ value = {notice_days}, origin = \"contract\" }}\n"
    )
}

async fn handover(hub: &Hub, unit: &str) -> Id {
    let unit = hub.register_id(unit);
    let id = Id::derived(&[b"handover", &unit.0]);
    let create = Create { kind: AggKind::Handover, unit: Some(unit), parent: Some(unit), fields: vec![] };
    hub.act(Id([9; 16]), "service_manager", id, Body::Create(create)).await.unwrap();
    id
}

async fn policies_of(hub: &Hub, thing: Id) -> Vec<String> {
    hub.events_of(thing).await.unwrap().into_iter().map(|event| event.policy).collect()
}

#[tokio::test]
async fn a_new_version_is_for_new_cases_and_a_running_one_keeps_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    world.register().await;
    let (hub, office) = (&world.hub, world.office);
    // NOW is 2026-09-21: version 1 holds already, version 2 from October.
    hub.publish(office, "admin", "house@1.toml", &house(1, "2026-09-01", 12)).await.unwrap();
    hub.publish(office, "admin", "house@2.toml", &house(2, "2026-10-01", 15)).await.unwrap();
    let first = handover(hub, "unit1").await;
    world.clock.0.fetch_add(20 * DAY_MS, Ordering::SeqCst);
    let second = handover(hub, "unit2").await;
    // The running one goes on under version 1, also now, and so does what is made within it.
    hub.act(office, "service_manager", first, Body::Act(Act::Dispute("门锁型号不符".to_owned()))).await.unwrap();
    assert_eq!(policies_of(hub, first).await, ["house@1", "house@1"]);
    assert_eq!(policies_of(hub, second).await, ["house@2"]);
    let kept = |thing| async move { hub.profile_of(&hub.state(thing).await.unwrap().unwrap()).handover.gate.notice_days_min.value };
    assert_eq!((kept(first).await, kept(second).await), (12, 15));
    world.check_states().await;

    // A hub that starts again knows them.
    let clock = Arc::new(TestClock(AtomicI64::new(NOW + 20 * DAY_MS)));
    world.running.stop().await.unwrap();
    world.hub.close().await;
    drop(world.hub);
    let again = world_with(config(folder.path(), &clock), clock).await;
    assert_eq!(again.hub.profile().at.to_string(), "house@2");
    assert_eq!(again.hub.policies().find("house@1").unwrap().handover.gate.notice_days_min.value, 12);
}

#[tokio::test]
async fn what_may_not_be_published_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let (hub, office) = (&world.hub, world.office);
    let problems = async |text: &str| match hub.publish(office, "admin", "draft.toml", text).await {
        Err(NotPublished::Faults(faults)) => faults.0.iter().map(|fault| (fault.problem, fault.key.clone())).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(problems(&house(1, "2026-09-01", 7)).await, [("profile-looser-than-law", "gate.notice_days_min".to_owned())]);
    let open = house(1, "2026-09-01", 12).replace("cn-default@1", "cn-aftersales-norm@1");
    let empty = ["arrive", "contact", "proposal", "visit"].map(|milestone| ("profile-required-empty", format!("deadline.{milestone}")));
    assert_eq!(problems(&open).await, empty); // C-08
    assert!(matches!(hub.publish(office, "inspector", "draft.toml", &house(1, "2026-09-01", 12)).await, Err(NotPublished::Hub(_))));
    assert_eq!(hub.profile().at.to_string(), "cn-default@1");
    assert!(hub.all(AggKind::Policy).await.unwrap().is_empty());
    // A published version never changes.
    hub.publish(office, "admin", "house.toml", &house(1, "2026-09-01", 12)).await.unwrap();
    assert_eq!(problems(&house(1, "2026-09-01", 14)).await, [("profile-version-taken", "house@1".to_owned())]);
    // The same once more is no second event.
    hub.publish(office, "admin", "house.toml", &house(1, "2026-09-01", 12)).await.unwrap();
    assert_eq!(hub.all(AggKind::Policy).await.unwrap().len(), 1);
}

#[tokio::test]
async fn every_device_pulls_it_and_none_can_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    world.register().await;
    let text = house(1, "2026-09-01", 12);
    world.hub.publish(world.office, "admin", "house.toml", &text).await.unwrap();
    let at: ProfileRef = "house@1".parse().unwrap();
    let thing = registry::thing_id(world.hub.project(), &at);
    let scopes = [
        ("inspector", Scope::Project),
        ("inspector", Scope::Units(vec![world.hub.register_id("unit1")])),
        ("contractor", Scope::Orders(world.hub.register_id("north"))),
    ];
    for (role, scope) in scopes {
        let mut device = world.device(role, scope.clone()).await;
        device.session(None).await;
        let (_, held) = device.pull_all("").await;
        assert_eq!(held.state(thing).text(registry::TEXT_FIELD), Some(text.as_str()), "{scope:?}");
    }
    let mut admin = world.device("admin", Scope::Project).await;
    admin.session(None).await;
    let forged = house(3, "2026-09-01", 12);
    let layer = keyturn_core::policy::layer::Layer::read("house@3", &forged).unwrap();
    let create = Create { kind: AggKind::Policy, unit: None, parent: None, fields: registry::fields_of(&layer) };
    admin.make_as(Id([5; 16]), "admin", registry::thing_id(world.hub.project(), &layer.at), &Body::Create(create));
    let answer = admin.push(1).await.unwrap();
    assert_eq!(answer.refused.len(), 1, "{answer:?}");
    assert!(world.hub.policies().find("house@3").is_none());
}

#[tokio::test]
async fn a_device_cannot_choose_the_rules_of_a_case() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    world.register().await;
    world.hub.publish(world.office, "admin", "house.toml", &house(1, "2026-09-01", 12)).await.unwrap();
    let mut device = world.device("inspector", Scope::Project).await;
    let unit = world.hub.register_id("unit1");
    let refused = |answer: keyturn_core::sync::protocol::PushAnswer| answer.refused.into_iter().map(|r| (r.seq, r.key)).collect::<Vec<_>>();
    // Begun before this device knew of the house's rules: an honest case, under the default it knew.
    let old = device.snag(unit);
    device.policy = "house@1".to_owned();
    let new = device.snag(unit);
    assert_eq!(refused(device.push(1).await.unwrap()), []);
    // Each goes on under its own; a later event that names the other's rules is refused.
    device.set(new, "finding", "a", vec![]);
    device.set(old, "finding", "b", vec![]);
    device.policy = "cn-default@1".to_owned();
    device.set(old, "finding", "c", vec![]);
    // A source with gaps, or the law alone, begins no case.
    for gappy in ["cn-aftersales-norm@1", "cn-law@1", "keyturn-product@1"] {
        device.policy = gappy.to_owned();
        device.snag(unit);
    }
    // One that a newer program may know is judged by what is known here.
    device.policy = "cn-default@99".to_owned();
    let newer = device.snag(unit);
    let other = "rule-policy-other".to_owned();
    assert_eq!(refused(device.push(3).await.unwrap()), [(4, other.clone()), (6, other.clone()), (7, other.clone()), (8, other)]);
    let finding = async |snag| world.hub.state(snag).await.unwrap().unwrap().text("finding").map(str::to_owned);
    assert_eq!((finding(new).await.as_deref(), finding(old).await.as_deref()), (Some("a"), Some("c")));
    assert!(world.hub.state(newer).await.unwrap().unwrap().created.is_some());
    world.check_states().await;
}

#[tokio::test]
async fn the_pledge_page_is_that_of_the_profile_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let page = async |lang: &str| {
        let answer = common::client().get(format!("{}/pledge?lang={lang}", world.running.url())).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        answer.text().await.unwrap()
    };
    // S3-02, S0-15
    let zh = page("zh-CN").await;
    assert!(zh.contains("服务承诺") && zh.contains("cn-default@1") && zh.contains("2 小时内"), "{zh}");
    assert!(page("en").await.contains("within 3 working days of the work order"));
    world.hub.publish(world.office, "admin", "house.toml", &house(1, "2026-09-01", 12)).await.unwrap();
    assert!(page("zh-CN").await.contains("house@1") && page("zh-CN").await.contains("/pledge.pdf?lang=zh-CN"));
    // The same to print, made once.
    let paper = async || {
        let answer = common::client().get(format!("{}/pledge.pdf?lang=en", world.running.url())).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, "application/pdf"));
        answer.bytes().await.unwrap()
    };
    let first = paper().await;
    assert!(first.starts_with(b"%PDF-1.7") && first == paper().await);
}
