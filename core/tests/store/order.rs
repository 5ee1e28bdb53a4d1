//! Every device ends in the same state whatever order things arrived in, and a state that was kept up is the fold of its events.

use super::support::*;
use keyturn_core::{
    log::{Event, fold::Aggregate},
    model::{
        Id, UtcMs,
        act::Act,
        body::{Body, Change},
    },
};
use proptest::prelude::*;

const DEVICES: usize = 3;
const FIELDS: [&str; 3] = ["finding", "severity", "due_on"];

#[derive(Clone, Debug)]
enum Step {
    Create {
        by: usize,
        thing: u8,
    },
    /// With or without knowing what stands there.
    Set {
        by: usize,
        thing: u8,
        field: usize,
        value: u8,
        knowing: bool,
    },
    Act {
        by: usize,
        thing: u8,
        what: u8,
    },
    /// One device hears another's events, up to a number of them.
    Hear {
        by: usize,
        from: usize,
        part: u8,
    },
    /// A device's clock moves, back too.
    Clock {
        by: usize,
        ms: i32,
    },
    /// A device hears the hub's time; one whose clock was ahead falls back.
    Contact {
        by: usize,
    },
    /// The hub refuses an event or marks its clock.
    Refuse {
        which: usize,
    },
    ClockWrong {
        which: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let by = 0..DEVICES;
    let thing = 0..3u8;
    prop_oneof![
        2 => (by.clone(), thing.clone()).prop_map(|(by, thing)| Step::Create { by, thing }),
        6 => (by.clone(), thing.clone(), 0..FIELDS.len(), 0..4u8, prop::bool::weighted(0.8))
            .prop_map(|(by, thing, field, value, knowing)| Step::Set { by, thing, field, value, knowing }),
        4 => (by.clone(), thing.clone(), 0..6u8).prop_map(|(by, thing, what)| Step::Act { by, thing, what }),
        4 => (by.clone(), 0..DEVICES + 1, any::<u8>()).prop_map(|(by, from, part)| Step::Hear { by, from, part }),
        1 => (by.clone(), -100_000..1_000_000i32).prop_map(|(by, ms)| Step::Clock { by, ms }),
        1 => by.prop_map(|by| Step::Contact { by }),
        1 => any::<prop::sample::Index>().prop_map(|i| Step::Refuse { which: i.index(1000) }),
        1 => any::<prop::sample::Index>().prop_map(|i| Step::ClockWrong { which: i.index(1000) }),
    ]
}

fn thing_id(thing: u8) -> Id {
    Id::derived(&[b"thing", &[thing]])
}

fn act(what: u8) -> Act {
    match what {
        0 => Act::Order(Id::derived(&[b"crew"]), None),
        1 => Act::Arrive(None),
        2 => Act::RepairDone("done".into(), None, None),
        3 => Act::RecheckReject("no".into()),
        4 => Act::OwnerConfirm("link".into(), None),
        _ => Act::OwnerReject("link".into(), "no".into()),
    }
}

/// Plays the steps on real stores; all events that came out of it, and the devices.
fn play(steps: &[Step]) -> (Vec<Device>, Vec<Event>) {
    let mut devices: Vec<Device> = (0..DEVICES).map(|n| Device::new(&format!("device {n}"))).collect();
    devices.push(Device::with_role("hub", "hub"));
    let mut all: Vec<Event> = Vec::new();
    for step in steps {
        match *step {
            Step::Create { by, thing } => all.push(devices[by].append(thing_id(thing), &create(&format!("by {by}")))),
            Step::Set { by, thing, field, value, knowing } => {
                let (field, value) = (FIELDS[field], format!("value {value}"));
                all.push(if knowing {
                    devices[by].set(thing_id(thing), field, &value)
                } else {
                    let blind = Change { field: field.into(), value: value.as_str().into(), replaces: Vec::new() };
                    devices[by].append(thing_id(thing), &Body::Set(vec![blind]))
                });
            }
            Step::Act { by, thing, what } => all.push(devices[by].act(thing_id(thing), act(what))),
            Step::Hear { by, from, part } => {
                if by != from {
                    let own = devices[from].own();
                    let until = own.len() * usize::from(part) / 255;
                    devices[by].take(&own[..until]);
                }
            }
            Step::Clock { by, ms } => devices[by].clock.advance(i64::from(ms)),
            Step::Contact { by } => devices[by].store.note_contact(UtcMs(NOON + all.len() as i64), &devices[by].clock).unwrap(),
            Step::Refuse { which } | Step::ClockWrong { which } => {
                let of_devices: Vec<Event> = all.iter().filter(|e| e.role != "hub").cloned().collect();
                if !of_devices.is_empty() {
                    let event = &of_devices[which % of_devices.len()];
                    let mark = match step {
                        Step::Refuse { .. } => Act::Refuse(event.at(), "rule-role".into(), Vec::new()),
                        _ => Act::ClockWrong(vec![event.at()], 1),
                    };
                    all.push(devices[DEVICES].act(event.agg, mark));
                }
            }
        }
    }
    (devices, all)
}

/// All states of a store, each checked against the fold of its events.
fn states(device: &Device) -> Vec<Aggregate> {
    device.assert_states_are_folds();
    device.store.all_things().unwrap().into_iter().map(|id| device.thing(id)).collect()
}

fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let mut items = items.to_vec();
    let mut x = seed | 1;
    for i in (1..items.len()).rev() {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        items.swap(i, (x % (i as u64 + 1)) as usize);
    }
    items
}

fn cases() -> u32 {
    if std::env::var_os("KEYTURN_SOAK").is_some() { 5_000 } else { 64 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_arrival_gives_the_same_state(steps in prop::collection::vec(step(), 1..40), seed in any::<u64>(), chunk in 1..12usize) {
        // promise 4
        let (devices, all) = play(&steps);
        let mut ids: Vec<Id> = all.iter().map(|e| e.agg).collect();
        ids.sort();
        ids.dedup();
        let expected: Vec<Aggregate> = ids.iter().map(|id| Aggregate::fold(*id, all.iter().filter(|e| e.agg == *id))).collect();

        // Everybody hears the rest of everything.
        for device in &devices {
            device.take(&shuffled(&all, seed ^ device.id.0[0] as u64));
            prop_assert_eq!(states(device), expected.clone());
        }
        // Somebody who was not there hears it in pieces, in any order.
        let reader = Device::new("reader");
        for piece in shuffled(&all, seed).chunks(chunk) {
            reader.take(piece);
            reader.assert_states_are_folds();
        }
        prop_assert_eq!(states(&reader), expected.clone());
        let reader = reader.reopen();
        prop_assert_eq!(states(&reader), expected);
    }
}
