//! Committed means kept, and nothing half.

use super::support::*;
use keyturn_core::{
    log::{Chain, fold::Phase},
    model::{Id, act::Act, body::AggKind},
    store::{Store, StoreError},
};

#[test]
fn a_start_after_a_commit_finds_all_of_it() {
    // S1-19
    let device = Device::new("a");
    let id = device.snag("空鼓");
    device.set(id, "due_on", "2026-11-27");
    device.act(id, Act::Order(Id::derived(&[b"crew"]), None));
    let (state, chain, events) = (device.thing(id), device.store.chain().unwrap(), device.own());
    let device = device.reopen();
    assert_eq!(device.thing(id), state);
    assert_eq!(device.store.chain(), Some(chain));
    assert_eq!(device.own(), events);
    assert_eq!((chain.seq, state.phase), (3, Phase::Ordered));
    device.assert_states_are_folds();
    // The chain is the events', and goes on where it stood.
    let mut again = Chain::start(device.id);
    events.iter().for_each(|e| again.push(e.digest()));
    assert_eq!(again, chain);
    assert_eq!(device.set(id, "finding", "墙面空鼓").seq, 4);
    assert_eq!(device.store.chain_at(3).unwrap(), Some(chain));
}

#[test]
fn an_act_that_fails_leaves_nothing_of_itself() {
    let device = Device::new("a");
    let id = device.snag("渗水");
    let (state, chain, clock) = (device.thing(id), device.store.chain(), device.store.clock_state());
    let refused: Result<(), StoreError> = device.write(|w| {
        w.append(id, &create("half"))?;
        let other = w.new_id();
        w.append(other, &create("half"))?;
        Err(StoreError::Damaged("on purpose"))
    });
    assert!(matches!(refused, Err(StoreError::Damaged("on purpose"))));
    assert_eq!(device.thing(id), state);
    assert_eq!(device.store.chain(), chain);
    assert_eq!(device.store.clock_state(), clock);
    assert_eq!(device.store.all_things().unwrap(), vec![id]);
    let device = device.reopen();
    assert_eq!(device.own().len(), 1);
    device.assert_states_are_folds();
}

#[test]
fn several_events_of_one_act_stand_or_fall_together_and_see_each_other() {
    let device = Device::new("a");
    let id = device
        .write(|w| {
            let id = w.new_id();
            w.append(id, &create("裂缝"))?;
            assert_eq!(w.thing(id)?.and_then(|t| t.text("finding")), Some("裂缝"));
            w.append(id, &keyturn_core::model::body::Body::Act(Act::Order(Id::derived(&[b"crew"]), None)))?;
            Ok(id)
        })
        .unwrap();
    assert_eq!(device.thing(id).phase, Phase::Ordered);
    assert_eq!(device.store.chain().unwrap().seq, 2);
}

#[test]
fn ids_are_never_given_twice_even_when_the_clock_steps_back_over_a_start() {
    let device = Device::new("a");
    let mut ids = vec![device.snag("1"), device.snag("2")];
    device.clock.advance(-86_400_000);
    let device = device.reopen();
    ids.push(device.snag("3"));
    device.clock.advance(-86_400_000);
    ids.push(device.snag("4"));
    let sorted = ids.clone();
    ids.sort();
    ids.dedup();
    assert_eq!(ids, sorted, "each id comes after the one before");
    // The order of own events is that of their numbers, whatever the clock did.
    let own = device.own();
    assert!(own.windows(2).all(|w| w[0].order() < w[1].order() && w[0].seq + 1 == w[1].seq));
}

#[test]
fn a_store_belongs_to_one_device() {
    let device = Device::new("a");
    assert!(device.store.become_device(Id::derived(&[b"b"])).is_err());
    device.snag("x");
    assert_eq!(device.store.chain().unwrap().seq, 1);
}

#[test]
fn lists_come_in_pages_and_in_order() {
    let device = Device::new("a");
    device
        .write(|w| {
            for n in (1..=25).rev() {
                let id = w.new_id();
                let keyturn_core::model::body::Body::Create(mut snag) = create("x") else { unreachable!() };
                snag.fields.push(("number".into(), keyturn_core::model::Value::Int(n)));
                w.append(id, &keyturn_core::model::body::Body::Create(snag))?;
            }
            Ok(())
        })
        .unwrap();
    let page = |offset| {
        let rows = device.store.list(AggKind::Snag, Some(unit()), Some(Phase::Recorded), offset, 10).unwrap();
        rows.iter().map(|s| s.get("number").and_then(keyturn_core::model::Value::int).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(page(0), (1..=10).collect::<Vec<_>>());
    assert_eq!(page(20), (21..=25).collect::<Vec<_>>());
    assert_eq!(device.store.count(AggKind::Snag, Some(unit())).unwrap().get(&Phase::Recorded), Some(&25));
    assert!(device.store.list(AggKind::Snag, Some(Id::derived(&[b"other"])), None, 0, 10).unwrap().is_empty());
}

#[test]
fn a_store_of_a_later_version_is_refused_and_left_as_it_is() {
    let device = Device::new("a");
    device.snag("x");
    let path = device.path();
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    assert!(matches!(Store::open(&path), Err(StoreError::Later)));
    let db = rusqlite::Connection::open(&path).unwrap();
    let events: i64 = db.query_row("SELECT count(*) FROM event", [], |r| r.get(0)).unwrap();
    assert_eq!(events, 1);
}

#[test]
fn a_closed_store_is_one_file() {
    let device = Device::new("a");
    let id = device.snag("x");
    // Readers were open beside the writer.
    assert_eq!(device.text(id, "finding").as_deref(), Some("x"));
    let (path, folder) = (device.path(), device.path().parent().unwrap().to_owned());
    let keep = device.close();
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(files, vec![path], "the log was not emptied into the database");
    drop(keep);
}

#[test]
fn the_own_chain_is_found_from_the_newest_receipt_and_without_one() {
    use keyturn_core::log::receipt::{Leaf, Receipt};
    let device = Device::new("a");
    let id = device.snag("x");
    for n in 0..20 {
        device.set(id, "finding", &format!("{n}"));
    }
    let mut chains = vec![Chain::start(device.id)];
    for event in device.own() {
        let mut next = chains[chains.len() - 1];
        next.push(event.digest());
        chains.push(next);
    }
    let walk = |device: &Device| (0..=21).map(|seq| device.store.chain_at(seq).unwrap().unwrap()).collect::<Vec<_>>();
    assert_eq!(walk(&device), chains);
    for seq in [7, 15] {
        let leaf = Leaf::Chain { device: device.id, chain: chains[seq as usize], received: keyturn_core::model::UtcMs(NOON) };
        device.store.keep_receipt(seq, b"seal", &Receipt { leaf, index: 0, proof: Vec::new(), checkpoint: String::new() }).unwrap();
    }
    assert_eq!(walk(&device), chains);
    assert_eq!(device.store.chain_at(22).unwrap(), None);
}
