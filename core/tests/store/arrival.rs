//! What arrives: conflicts, late events, refusals, clock marks, doubles, bad bytes, erasure, scope.

use super::support::*;
use keyturn_core::{
    log::batch::{self, Arrived, KeyGrant},
    log::{Event, NewEvent, fold::Phase},
    model::{
        Id, PersonKey, UtcMs, Value,
        act::Act,
        body::{Body, Change},
    },
};

const DAY_MS: i64 = 86_400_000;

/// Two devices that both know one snag, and have lost sight of each other.
fn two() -> (Device, Device, Id) {
    let (a, b) = (Device::new("a"), Device::new("b"));
    let id = a.snag("空鼓");
    b.take(&a.own());
    b.clock.advance(10);
    (a, b, id)
}

#[test]
fn different_fields_merge() {
    // promise 4
    let (a, b, id) = two();
    a.set(id, "finding", "墙面空鼓 0.3 平方米");
    b.set(id, "severity", "major");
    a.meet(&b);
    assert_eq!(a.thing(id), b.thing(id));
    assert_eq!((a.text(id, "finding").as_deref(), a.text(id, "severity").as_deref()), (Some("墙面空鼓 0.3 平方米"), Some("major")));
    assert_eq!(a.thing(id).conflicts().count(), 0);
    assert!(a.store.to_review().unwrap().is_empty());
}

#[test]
fn the_same_field_keeps_both_shows_one_and_is_settled_by_a_person() {
    // promise 4
    let (a, b, id) = two();
    a.set(id, "severity", "major");
    let later = b.set(id, "severity", "critical");
    a.meet(&b);
    assert_eq!(a.thing(id), b.thing(id));
    let state = a.thing(id);
    let conflicts: Vec<_> = state.conflicts().collect();
    assert_eq!(conflicts.len(), 1);
    let (field, heads) = conflicts[0];
    assert_eq!((field, heads.len()), ("severity", 2), "the value both replaced is gone, both new ones are kept");
    assert_eq!(heads[0].origin.at(), later.at(), "the later in the order is shown");
    assert_eq!(a.store.to_review().unwrap().len(), 1);
    // Somebody who saw both settles it, for everybody.
    a.set(id, "severity", "major");
    b.take(&a.own());
    assert_eq!(a.thing(id), b.thing(id));
    assert_eq!((b.thing(id).conflicts().count(), b.text(id, "severity").as_deref()), (0, Some("major")));
    assert!(b.store.to_review().unwrap().is_empty());
    a.assert_states_are_folds();
    b.assert_states_are_folds();
}

#[test]
fn the_same_value_from_two_sides_is_no_conflict() {
    let (a, b, id) = two();
    a.set(id, "severity", "major");
    b.set(id, "severity", "major");
    a.meet(&b);
    assert_eq!(a.thing(id).conflicts().count(), 0);
    assert!(a.store.to_review().unwrap().is_empty());
}

#[test]
fn an_edit_that_knew_the_other_is_no_conflict_whatever_the_clocks_say() {
    let (a, b, id) = two();
    // b's clock is hours behind a's.
    b.clock.advance(-6 * 3_600_000);
    a.set(id, "severity", "major");
    b.take(&a.own());
    b.set(id, "severity", "minor");
    a.take(&b.own());
    assert_eq!(a.thing(id), b.thing(id));
    assert_eq!((a.text(id, "severity").as_deref(), a.thing(id).conflicts().count()), (Some("minor"), 0));
}

#[test]
fn an_event_that_comes_late_finds_its_place() {
    let (a, b, id) = two();
    let first = a.set(id, "finding", "first");
    b.set(id, "due_on", "2026-12-01");
    let crew = Id::derived(&[b"crew"]);
    let order = b.act(id, Act::Order(crew, None));
    let arrive = b.act(id, Act::Arrive(None));
    // A third device hears of the arrival before the order it needs.
    let c = Device::new("c");
    c.take(&[a.own()[0].clone(), arrive.clone()]);
    assert_eq!(c.thing(id).phase, Phase::Recorded);
    assert_eq!(c.thing(id).unfit().count(), 1);
    assert_eq!(c.store.to_review().unwrap().len(), 1);
    c.take(&[order]);
    assert_eq!((c.thing(id).phase, c.thing(id).unfit().count()), (Phase::InWork, 0));
    c.take(&[first]);
    c.take(&b.own());
    a.meet(&b);
    assert_eq!(c.thing(id), a.thing(id));
    assert_eq!(a.thing(id), b.thing(id));
    c.assert_states_are_folds();
}

#[test]
fn an_act_that_no_longer_fits_changes_nothing_and_is_shown() {
    let (a, b, id) = two();
    for device in [&a, &b] {
        device.act(id, Act::Order(Id::derived(&[b"crew"]), None));
        device.act(id, Act::Arrive(None));
        device.act(id, Act::RepairDone("done".into(), None, None));
    }
    a.act(id, Act::OwnerConfirm("on_site".into(), None));
    b.clock.advance(1_000);
    b.act(id, Act::OwnerReject("link".into(), "又湿了".into()));
    a.meet(&b);
    let state = a.thing(id);
    assert_eq!(state, b.thing(id));
    assert_eq!(state.phase, Phase::Confirmed);
    assert!(state.unfit().any(|e| matches!(e.act, Act::OwnerReject(..))));
    assert_eq!(a.store.to_review().unwrap().len(), 1);
}

/// The hub's own chain, which writes refusals and clock marks.
fn hub() -> Device {
    let hub = Device::with_role("hub", "hub");
    hub.clock.advance(60_000);
    hub
}

#[test]
fn what_the_hub_refuses_is_kept_marked_and_changes_nothing() {
    // promise 10
    let (a, b, id) = two();
    let hub = hub();
    let bad = b.set(id, "finding", "not for this role");
    hub.act(id, Act::Refuse(bad.at(), "rule-role".into(), vec![("role".into(), "inspector".into())]));
    a.meet(&b);
    a.take(&hub.own());
    b.take(&hub.own());
    let state = a.thing(id);
    assert_eq!(state, b.thing(id));
    assert_eq!(state.text("finding"), Some("空鼓"), "the value that the refused edit wanted to replace stays");
    assert_eq!(state.refused.len(), 1);
    assert_eq!((state.refused[0].event, state.refused[0].key.as_str()), (bad.at(), "rule-role"));
    assert!(b.store.events_of(id).unwrap().iter().any(|e| e.at() == bad.at()), "the refused event itself is kept");
    assert_eq!(a.store.to_review().unwrap().len(), 1);
    a.assert_states_are_folds();
    b.assert_states_are_folds();
}

#[test]
fn a_refusal_that_arrives_before_its_event_holds_all_the_same() {
    let (a, b, id) = two();
    let hub = hub();
    // The refused event stands after its refusal in the order: its device's clock is ahead.
    b.clock.advance(DAY_MS);
    let bad = b.set(id, "finding", "not for this role");
    hub.act(id, Act::Refuse(bad.at(), "rule-role".into(), Vec::new()));
    a.take(&hub.own());
    a.take(&b.own());
    b.take(&hub.own());
    assert_eq!(a.thing(id), b.thing(id));
    assert_eq!(a.thing(id).text("finding"), Some("空鼓"));
    a.assert_states_are_folds();
}

#[test]
fn a_wrong_clock_wins_no_tie() {
    // promise 8
    let (a, b, id) = two();
    let hub = hub();
    b.clock.advance(DAY_MS);
    let wrong = b.set(id, "severity", "critical");
    let right = a.set(id, "severity", "major");
    a.meet(&b);
    assert_eq!(a.text(id, "severity").as_deref(), Some("critical"), "unmarked, the later one is shown");
    hub.act(id, Act::ClockWrong(vec![wrong.at()], DAY_MS));
    a.take(&hub.own());
    b.take(&hub.own());
    assert_eq!(a.thing(id), b.thing(id));
    let state = a.thing(id);
    let heads = &state.fields["severity"];
    assert_eq!((heads.len(), heads[0].origin.at(), heads[1].clock_wrong), (2, right.at(), true), "both are kept, the true one is shown");
    a.assert_states_are_folds();
}

#[test]
fn a_clock_a_day_ahead_pulls_nobody_along() {
    // promise 8
    let (a, b, id) = two();
    b.clock.advance(DAY_MS);
    b.set(id, "severity", "critical");
    a.take(&b.own());
    let next = a.set(id, "finding", "now");
    assert!(next.hlc.ms.0 <= NOON + 61_000, "more than a minute ahead: {:?}", next.hlc);
    // The device that is ahead hears the hub's time and falls back to it.
    b.store.note_contact(UtcMs(NOON + 5_000), &b.clock).unwrap();
    let back = b.set(id, "due_on", "2026-12-24");
    assert!(back.hlc.ms.0 < NOON + 61_000, "{:?}", back.hlc);
    assert!(back.skew_ms > DAY_MS - 60_000, "how far its own clock is off is kept: {}", back.skew_ms);
}

#[test]
fn what_comes_twice_counts_once() {
    let (a, b, id) = two();
    a.set(id, "finding", "x");
    let first = b.take(&a.own());
    assert_eq!((first.new, first.changed.as_slice()), (1, &[id][..]));
    let state = b.thing(id);
    let again = b.take(&a.own());
    assert_eq!((again.new, again.set_aside, again.changed.len()), (0, 0, 0));
    let both = [a.own(), a.own()].concat();
    let c = Device::new("c");
    assert_eq!(c.take(&both).new, 2);
    assert_eq!(c.thing(id), state);
}

#[test]
fn another_event_under_a_number_already_held_is_set_aside() {
    let (a, b, id) = two();
    let real = a.set(id, "finding", "real");
    b.take(&a.own());
    let body = Body::Set(vec![Change { field: "finding".into(), value: "forged".into(), replaces: Vec::new() }]);
    let forged = Event::encode(&NewEvent {
        device: a.id,
        actor: a.id,
        role: "inspector",
        policy: "test@1",
        skew_ms: 0,
        agg: id,
        seq: real.seq,
        hlc: real.hlc,
        body: &body,
    });
    let taken = b.take(&[forged]);
    assert_eq!((taken.new, taken.set_aside), (0, 1));
    assert_eq!(b.text(id, "finding").as_deref(), Some("real"));
    b.assert_states_are_folds();
}

#[test]
fn bytes_that_are_no_event_are_set_aside_and_the_rest_goes_on() {
    let (a, b, id) = two();
    let good = a.set(id, "finding", "good");
    let mut mixed = segment(&[]);
    mixed.events.push(b"not an event".to_vec().into());
    let mut cut = good.bytes().to_vec();
    cut.pop();
    mixed.events.push(cut.into());
    mixed.add(&good);
    let taken = b.store.take_in(&mixed, &b.clock).unwrap();
    assert_eq!((taken.new, taken.set_aside), (1, 2));
    assert_eq!(b.text(id, "finding").as_deref(), Some("good"));
}

#[test]
fn many_events_at_once_are_kept_packed_and_read_the_same() {
    let a = Device::new("a");
    let ids: Vec<Id> = (0..40).map(|n| a.snag(&format!("finding {n}"))).collect();
    for (n, id) in ids.iter().enumerate() {
        a.set(*id, "finding", &format!("later {n}"));
        a.set(*id, "due_on", "2026-12-01");
    }
    let own = a.own();
    let (packed, single) = (Device::new("packed"), Device::new("single"));
    assert_eq!(packed.take(&own).new, 120);
    own.iter().for_each(|e| assert_eq!(single.take(std::slice::from_ref(e)).new, 1));
    for id in &ids {
        assert_eq!(packed.thing(*id), a.thing(*id));
        assert_eq!(single.thing(*id), a.thing(*id));
        assert_eq!(packed.store.events_of(*id).unwrap(), a.store.events_of(*id).unwrap());
    }
    let packed = packed.reopen();
    packed.assert_states_are_folds();
    // A late event refolds from what is packed.
    let b = Device::new("b");
    b.take(&own);
    b.clock.advance(-1_000_000);
    let body = Body::Set(vec![Change { field: "finding".into(), value: "早先".into(), replaces: Vec::new() }]);
    let late = Event::encode(&NewEvent {
        device: b.id,
        actor: b.id,
        role: "inspector",
        policy: "test@1",
        skew_ms: 0,
        agg: ids[7],
        seq: 1,
        hlc: keyturn_core::log::Hlc { ms: UtcMs(NOON - 5_000), counter: 0 },
        body: &body,
    });
    packed.take(&[late]);
    assert_eq!(packed.thing(ids[7]).fields["finding"].len(), 2);
    packed.assert_states_are_folds();
}

#[test]
fn an_erased_person_is_unreadable_and_the_chain_still_holds() {
    // promise 9
    let (office, device) = (Device::with_role("office", "clerk"), Device::new("a"));
    let person = Id::derived(&[b"owner"]);
    let key = PersonKey::generate();
    let sealed = key.seal(person, "陈静怡".as_bytes());
    let event = office.append(person, &Body::Set(vec![Change { field: "name".into(), value: Value::Personal(sealed.clone()), replaces: Vec::new() }]));
    assert!(!event.bytes().windows(9).any(|w| w == "陈静怡".as_bytes()), "the name stands open in the event");
    let mut with_key = segment(&office.own());
    with_key.keys.push(KeyGrant { person, key: Some(key.0.to_vec().into()) });
    device.store.take_in(&with_key, &device.clock).unwrap();
    assert_eq!(device.store.person_key(person).unwrap().and_then(|k| k.open_text(&sealed)).as_deref(), Some("陈静怡"));
    let mut erased = segment(&[]);
    erased.keys.push(KeyGrant { person, key: None });
    device.store.take_in(&erased, &device.clock).unwrap();
    assert_eq!(device.store.person_key(person).unwrap(), None);
    let device = device.reopen();
    assert_eq!(device.store.person_key(person).unwrap(), None);
    assert_eq!(device.store.events_of(person).unwrap()[0].digest(), event.digest(), "the event is as it was");
    device.assert_states_are_folds();
}

#[test]
fn what_came_packed_is_kept_as_it_came_but_never_with_keys() {
    // promise 9
    let (office, person) = (Device::with_role("office", "clerk"), Id::derived(&[b"owner"]));
    let key = PersonKey::generate();
    let sealed = key.seal(person, "陈静怡".as_bytes());
    office.append(person, &Body::Set(vec![Change { field: "name".into(), value: Value::Personal(sealed.clone()), replaces: Vec::new() }]));
    let ids: Vec<Id> = (0..100).map(|n| office.snag(&format!("finding {n}"))).collect();
    let plain = segment(&office.own());
    let mut with_key = plain.clone();
    with_key.keys.push(KeyGrant { person, key: Some(key.0.to_vec().into()) });
    for (segment, as_it_came) in [(plain, true), (with_key, false)] {
        let device = Device::new("a");
        let packed = segment.pack();
        let arrived = Arrived::open(packed.clone()).unwrap();
        assert_eq!(arrived.segment, segment);
        assert_eq!(device.store.take_in_arrived(&arrived, &device.clock).unwrap().new, 101);
        // Again: nothing is new, and nothing is kept twice.
        assert_eq!(device.store.take_in_arrived(&arrived, &device.clock).unwrap().new, 0);
        let kept: Vec<Vec<u8>> = {
            let db = rusqlite::Connection::open(device.path()).unwrap();
            let mut all = db.prepare("SELECT packed FROM segment").unwrap();
            all.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0] == packed, as_it_came);
        let raw = batch::unpack(&kept[0]).unwrap();
        assert!(!raw.windows(key.0.len()).any(|w| w == key.0), "the key stands beside the records");
        for id in ids.iter().chain([&person]) {
            assert_eq!(device.store.events_of(*id).unwrap(), office.store.events_of(*id).unwrap());
            assert_eq!(device.thing(*id), office.thing(*id));
        }
        device.assert_states_are_folds();
    }
}

#[test]
fn what_leaves_the_scope_goes_but_own_work_stays() {
    let (a, b, id) = two();
    let mine = b.snag("mine");
    let mut gone = segment(&[]);
    gone.gone = vec![id, mine];
    b.store.take_in(&gone, &b.clock).unwrap();
    assert_eq!(b.store.thing(id).unwrap(), None);
    assert!(b.store.events_of(id).unwrap().is_empty());
    assert_eq!(b.text(mine, "finding").as_deref(), Some("mine"));
    // It may come back with its whole past.
    b.take(&a.own());
    assert_eq!(b.thing(id), a.thing(id));
}
