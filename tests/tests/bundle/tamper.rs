//! "Flip, drop, insert, swap, backdate or replace anything in a bundle: 500 tampers of each kind found."
//!
//! Each tamper is made with a skill drawn by seed, from a careless flip to somebody who mends every checksum and seals the list
//! again with a key of their own. What even the exporter or a device cannot change is tested with their true keys.

use crate::{
    forge::{SKILLS, Skill, hide, hide_as_exporter},
    world::{CREW, Entries, HUB, INSPECTOR, Rng, World, certify, unzip, zip_of},
};
use keyturn_core::{
    evidence::{
        bundle::{self, BundleError},
        bundle_manifest::Manifest,
        bundle_verdict::{Broken, Finding},
        verify::{CannotVerify, verify_reader},
    },
    log::{
        Chain, Event, Hlc, NewEvent,
        keys::HubKey,
        seal::{self, SealClaim, SealPurpose},
    },
    model::{Digest, Id, UtcMs, act::Act, body::Body},
};
use std::{io::Cursor, sync::OnceLock};

const TAMPERS: u64 = 500;
const WORLDS: u64 = 24;

struct Base {
    world: World,
    bytes: Vec<u8>,
    entries: Entries,
}

fn bases() -> &'static [Base] {
    static BASES: OnceLock<Vec<Base>> = OnceLock::new();
    BASES.get_or_init(|| {
        (0..WORLDS)
            .map(|seed| {
                let mut world = World::new(10_000 + seed);
                world.exporter = if seed % 3 == 0 { INSPECTOR } else { HUB };
                let bytes = world.bundle();
                Base { entries: unzip(&bytes), world, bytes }
            })
            .collect()
    })
}

/// What was wrong first; `None` when the file was no bundle any more. Panics when the tamper was not seen.
fn found(bytes: &[u8], world: &World, what: &str) -> Option<Broken> {
    match verify_reader(Cursor::new(bytes), Some(world.pin())) {
        Ok(verdict) => {
            assert!(!verdict.ok && verdict.result == Finding::Broken && verdict.exit_code() == 1, "not found: {what}");
            Some(verdict.broken.unwrap_or_else(|| panic!("no first broken record: {what}")))
        }
        Err(CannotVerify::NotABundle) => None,
        Err(CannotVerify::Io(error)) => panic!("{what}: {error}"),
    }
}

/// Makes 500 tampers of one kind; each must change the file and be found.
fn each(kind: u64, tamper: impl Fn(&Base, &mut Rng) -> (String, Vec<u8>)) {
    for n in 0..TAMPERS {
        let mut rng = Rng(kind * 1_000_000 + n);
        let base = &bases()[rng.below(WORLDS as usize)];
        let (what, bytes) = tamper(base, &mut rng);
        assert_ne!(bytes, base.bytes, "nothing was changed: {what}");
        found(&bytes, &base.world, &format!("{what} (kind {kind}, {n})"));
    }
}

fn named<'a>(entries: &'a Entries, prefix: &str) -> Vec<&'a String> {
    entries.keys().filter(|name| name.starts_with(prefix)).collect()
}

fn any(entries: &Entries, prefix: &str, rng: &mut Rng) -> String {
    let names = named(entries, prefix);
    assert!(!names.is_empty(), "{prefix}");
    (*rng.pick(&names)).clone()
}

/// One of the kinds of entries, so that the rare ones come up as often as photographs and events.
fn any_entry(entries: &Entries, rng: &mut Rng) -> String {
    let folders =
        ["certificates/", "chains/", "check/", "checkpoint", "documents/", "events/", "frozen/", "index", "manifest", "originals/", "receipts/", "seals/"];
    let folder = *rng.pick(&folders);
    any(entries, folder, rng)
}

#[test]
fn flipped() {
    each(1, |base, rng| {
        if rng.chance(50) {
            let mut bytes = base.bytes.clone();
            let bit = rng.below(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            return (format!("bit {bit}"), bytes);
        }
        let (mut entries, skill) = (base.entries.clone(), *rng.pick(&SKILLS));
        let name = any_entry(&entries, rng);
        let content = entries.get_mut(&name).unwrap();
        let bit = rng.below(content.len() * 8);
        content[bit / 8] ^= 1 << (bit % 8);
        // Whoever mends list and seal would undo a flip there; it is then left as it is.
        let skill = if name.starts_with("check/") || name.starts_with("manifest") { Skill::Zip } else { skill };
        (format!("bit {bit} of {name}, {skill:?}"), hide(entries, skill, &base.world, rng))
    });
}

/// Not a sample: every byte of a whole bundle.
#[test]
fn every_byte_of_a_bundle_counts() {
    let base = &bases()[1];
    for at in 0..base.bytes.len() {
        // Reading a whole bundle for each of its bytes is slow: a stride that is coprime to the layout, or all when soaking.
        if std::env::var_os("KEYTURN_SOAK").is_none() && at % 31 != 0 {
            continue;
        }
        let mut bytes = base.bytes.clone();
        bytes[at] ^= 0x20;
        assert!(found(&bytes, &base.world, &format!("byte {at}")).is_some(), "one byte makes it no bundle: {at}");
    }
}

#[test]
fn dropped() {
    each(2, |base, rng| {
        let (mut entries, skill) = (base.entries.clone(), *rng.pick(&SKILLS));
        let what = match rng.below(4) {
            0 => {
                let name = any(&entries, "events/", rng);
                entries.remove(&name);
                // The skilled one takes the record out of the list of states too: only the seal of the list is left.
                name
            }
            1 => {
                let name = any(&entries, "chains/", rng);
                let text = String::from_utf8(entries[&name].clone()).unwrap();
                let lines: Vec<&str> = text.lines().collect();
                let gone = rng.below(lines.len());
                let kept: String = lines.iter().enumerate().filter(|(n, _)| *n != gone).map(|(_, l)| format!("{l}\n")).collect();
                entries.insert(name.clone(), kept.into_bytes());
                format!("{name} line {gone}")
            }
            2 => {
                let length = rng.below(base.bytes.len());
                return (format!("all after {length}"), base.bytes[..length].to_vec());
            }
            _ => {
                let name = any_entry(&entries, rng);
                entries.remove(&name);
                // Whoever mends list and seal would make these again.
                if name.starts_with("check/") || name == "manifest.cose" {
                    return (name, zip_of(&entries));
                }
                name
            }
        };
        (format!("{what}, {skill:?}"), hide(entries, skill, &base.world, rng))
    });
}

#[test]
fn inserted() {
    each(3, |base, rng| {
        let (mut entries, skill) = (base.entries.clone(), *rng.pick(&SKILLS));
        let other = &bases()[rng.below(WORLDS as usize)];
        let world = &base.world;
        let what = match rng.below(6) {
            0 => {
                // A record that never was, after the last one, also in the chain.
                let event = invented(world, rng, None);
                entries.insert(format!("events/{}/{:010}.cbor", event.device, event.seq), event.bytes().to_vec());
                if rng.chance(50) {
                    entries.get_mut(&format!("chains/{}.txt", event.device)).unwrap().extend(format!("{}\n", event.digest()).bytes());
                }
                "event".to_owned()
            }
            1 => {
                let name = any(&entries, "chains/", rng);
                entries.get_mut(&name).unwrap().extend(format!("{}\n", Digest(rng.bytes())).bytes());
                name
            }
            2 => {
                let names = ["events/readme.txt", "originals/../../evil.sh", "ORIGINALS/a.jpg", "a", "zz/b", "originals/a.jpg", "index.htm"];
                let name = (*rng.pick(&names)).to_owned();
                entries.insert(name.clone(), vec![1, 2, 3]);
                name
            }
            3 => {
                let mut bytes = base.bytes.clone();
                let at = rng.below(bytes.len() + 1);
                let more: Vec<u8> = (0..1 + rng.below(40)).map(|_| rng.next() as u8).collect();
                bytes.splice(at..at, more);
                return (format!("bytes at {at}"), bytes);
            }
            4 => {
                // The same name twice.
                let name = any_entry(&entries, rng);
                let twice = (name.clone(), b"other".to_vec());
                let mut all: Vec<(&String, &Vec<u8>)> = entries.iter().collect();
                let at = all.iter().position(|(n, _)| **n == name).unwrap();
                all.insert(at + 1, (&twice.0, &twice.1));
                return (format!("{name} twice"), zip_of(all));
            }
            _ => {
                // A photograph, receipt or seal of somebody else.
                let folder = *rng.pick(&["originals/", "receipts/", "seals/", "frozen/", "certificates/"]);
                let from = any(&other.entries, folder, rng);
                let name = if folder == "receipts/" { "receipts/009999.cbor".to_owned() } else { from.clone() };
                if entries.insert(name.clone(), other.entries[&from].clone()).as_ref() == Some(&other.entries[&from]) {
                    entries.insert("originals/x.jpg".into(), vec![]);
                }
                name
            }
        };
        (format!("{what}, {skill:?}"), hide(entries, skill, world, rng))
    });
}

#[test]
fn swapped() {
    each(4, |base, rng| {
        let (mut entries, skill) = (base.entries.clone(), *rng.pick(&SKILLS));
        let what = match rng.below(5) {
            0 => {
                let name = any(&entries, "chains/", rng);
                let text = String::from_utf8(entries[&name].clone()).unwrap();
                let mut lines: Vec<&str> = text.lines().collect();
                let (a, b) = two(lines.len(), rng);
                lines.swap(a, b);
                entries.insert(name.clone(), lines.iter().map(|l| format!("{l}\n")).collect::<String>().into_bytes());
                format!("{name} lines {a}, {b}")
            }
            1 => {
                // Two records of one device change places, in the chain too.
                let device = base.world.devices[*rng.pick(&[HUB, INSPECTOR, CREW])].id;
                let names: Vec<String> = named(&entries, &format!("events/{device}/")).into_iter().cloned().collect();
                let (a, b) = two(names.len(), rng);
                swap(&mut entries, &names[a], &names[b]);
                let chain = entries.get_mut(&format!("chains/{device}.txt")).unwrap();
                let mut lines: Vec<String> = std::str::from_utf8(chain).unwrap().lines().map(str::to_owned).collect();
                let line = |name: &str| name.rsplit('/').next().unwrap()[..10].parse::<usize>().unwrap() - 1;
                lines.swap(line(&names[a]), line(&names[b]));
                *chain = lines.iter().map(|l| format!("{l}\n")).collect::<String>().into_bytes();
                format!("{} and {}", names[a], names[b])
            }
            _ => {
                let folder = *rng.pick(&["originals/", "events/", "seals/", "receipts/", "certificates/", "chains/", "check/"]);
                let names: Vec<String> = named(&entries, folder).into_iter().cloned().collect();
                let (a, b) = two(names.len(), rng);
                swap(&mut entries, &names[a], &names[b]);
                if folder == "check/" {
                    return (format!("{} and {}", names[a], names[b]), zip_of(&entries));
                }
                format!("{} and {}", names[a], names[b])
            }
        };
        (format!("{what}, {skill:?}"), hide(entries, skill, &base.world, rng))
    });
}

fn two(n: usize, rng: &mut Rng) -> (usize, usize) {
    let a = rng.below(n);
    (a, (a + 1 + rng.below(n - 1)) % n)
}

fn swap(entries: &mut Entries, a: &str, b: &str) {
    let (first, second) = (entries[a].clone(), entries[b].clone());
    entries.insert(a.into(), second);
    entries.insert(b.into(), first);
}

/// The same record, earlier.
fn earlier(event: &Event, by_ms: i64) -> Event {
    Event::encode(&NewEvent {
        device: event.device,
        actor: event.actor,
        role: &event.role,
        policy: &event.policy,
        skew_ms: event.skew_ms,
        agg: event.agg,
        seq: event.seq,
        hlc: Hlc { ms: UtcMs(event.hlc.ms.0 - by_ms), ..event.hlc },
        body: &event.body(),
    })
}

/// A record that nobody made, next in its device's chain or in the place of `instead`.
fn invented(world: &World, rng: &mut Rng, instead: Option<&Event>) -> Event {
    let device = &world.devices[*rng.pick(&[HUB, INSPECTOR, CREW])];
    let last = instead.unwrap_or(&device.events.last().unwrap().0);
    Event::encode(&NewEvent {
        device: last.device,
        actor: last.actor,
        role: &last.role,
        policy: &last.policy,
        skew_ms: last.skew_ms,
        agg: world.handover,
        seq: last.seq + u64::from(instead.is_none()),
        hlc: last.hlc,
        body: &Body::Act(Act::Dispute(format!("never said {}", rng.next()))),
    })
}

/// Puts `event` in the place of the one with its number: in its entry, and in the chain if asked.
fn put(entries: &mut Entries, event: &Event, chain_too: bool) {
    entries.insert(format!("events/{}/{:010}.cbor", event.device, event.seq), event.bytes().to_vec());
    if chain_too {
        let chain = entries.get_mut(&format!("chains/{}.txt", event.device)).unwrap();
        let mut lines: Vec<String> = std::str::from_utf8(chain).unwrap().lines().map(str::to_owned).collect();
        lines[event.seq as usize - 1] = event.digest().to_string();
        *chain = lines.iter().map(|l| format!("{l}\n")).collect::<String>().into_bytes();
    }
}

/// Signs the chain as it now stands, at the places of the seals there were.
fn seal_again(entries: &mut Entries, device: Id, key: &keyturn_core::log::keys::SoftwareKey) {
    let text = String::from_utf8(entries[&format!("chains/{device}.txt")].clone()).unwrap();
    let mut heads = vec![Chain::start(device)];
    for line in text.lines() {
        let mut next = *heads.last().unwrap();
        next.push(line.parse().unwrap());
        heads.push(next);
    }
    let names: Vec<String> = named(entries, &format!("seals/{device}/")).into_iter().cloned().collect();
    for name in names {
        let claim = seal::claim(&entries[&name]).unwrap();
        let again = SealClaim { chain: heads[claim.chain.seq as usize], ..claim };
        entries.insert(name, seal::seal(&again, key).unwrap());
    }
}

fn shown<'a>(world: &'a World, device: usize, rng: &mut Rng) -> &'a Event {
    let all: Vec<&Event> = world.devices[device].events.iter().filter(|(_, shown)| *shown).map(|(e, _)| e).collect();
    all[rng.below(all.len())]
}

#[test]
fn backdated() {
    each(5, |base, rng| {
        let (mut entries, skill, world) = (base.entries.clone(), *rng.pick(&SKILLS), &base.world);
        let device = *rng.pick(&[HUB, INSPECTOR, CREW]);
        let event = earlier(shown(world, device, rng), 1 + rng.below(90 * 86_400_000) as i64);
        let id = world.devices[device].id;
        let how = rng.below(4);
        put(&mut entries, &event, how > 0);
        match how {
            2 => seal_again(&mut entries, id, &rng.key()),
            // Somebody with the device's own key; what the hub has received tells.
            3 => {
                seal_again(&mut entries, id, &world.devices[device].key);
                return (format!("event {} with the device's key", event.seq), hide_as_exporter(entries, world));
            }
            _ => {}
        }
        (format!("event {} of {device}, {how}, {skill:?}", event.seq), hide(entries, skill, world, rng))
    });
}

#[test]
fn replaced() {
    each(6, |base, rng| {
        let (mut entries, skill, world) = (base.entries.clone(), *rng.pick(&SKILLS), &base.world);
        let what = match rng.below(7) {
            0 => {
                // A photograph or document, under the old name or under its own.
                let folder = *rng.pick(&["originals/", "documents/"]);
                let name = any(&entries, folder, rng);
                let content = [&entries[&name][..8], &rng.bytes::<32>()].concat();
                let new = format!("{folder}{}.{}", Digest::of(&content), name.rsplit('.').next().unwrap());
                let keep_name = rng.chance(50);
                entries.remove(&name);
                entries.insert(if keep_name { name.clone() } else { new }, content);
                name
            }
            1 => {
                let name = any(&entries, "frozen/", rng);
                let content = entries.get_mut(&name).unwrap();
                content.extend([0xf6]);
                name
            }
            2 => {
                let n = *rng.pick(&[HUB, INSPECTOR, CREW]);
                let device = &world.devices[n];
                let other = HubKey::from_secret(rng.bytes());
                let name = any(&entries, &format!("certificates/{}/", device.id), rng);
                entries.insert(name.clone(), certify(&other, world.project, device.id, &device.key, device.person, "manager"));
                if n == world.exporter {
                    // The exporter's certificate is brought by the last skill itself.
                    return (name, hide(entries, Skill::List, world, rng));
                }
                name
            }
            3 => {
                // Another record in its place, in the chain too, sealed with a key of one's own.
                let device = *rng.pick(&[HUB, INSPECTOR, CREW]);
                let old = shown(world, device, rng);
                let event = invented(world, rng, Some(old));
                put(&mut entries, &event, true);
                seal_again(&mut entries, event.device, &rng.key());
                format!("event {} of {device}", event.seq)
            }
            4 => {
                // A whole device, with a key and certificate of one's own.
                let device = &world.devices[*rng.pick(&[INSPECTOR, CREW])];
                let (hub, key) = (HubKey::from_secret(rng.bytes()), rng.key());
                let name = format!("certificates/{}/0001.cose", device.id);
                entries.insert(name, certify(&hub, world.project, device.id, &key, device.person, device.role));
                seal_again(&mut entries, device.id, &key);
                format!("keys of {}", device.role)
            }
            5 => {
                let name = (*rng.pick(&["index.html", "checkpoint.txt"])).to_owned();
                let other = &bases()[(rng.below(WORLDS as usize - 1) + 1) % WORLDS as usize];
                let content = if other.entries[&name] == entries[&name] { b"<p>sound</p>".to_vec() } else { other.entries[&name].clone() };
                entries.insert(name.clone(), content);
                name
            }
            _ => {
                // Everything, under another hub: whole and consistent, but not the hub that was pinned.
                let forged = World::new(rng.next());
                return ("the whole bundle".into(), forged.bundle());
            }
        };
        (format!("{what}, {skill:?}"), hide(entries, skill, world, rng))
    });
}

/// What even the exporter, with a true key, cannot change: the records prove themselves.
#[test]
fn not_even_the_exporter() {
    each(7, |base, rng| {
        let (mut entries, world) = (base.entries.clone(), &base.world);
        let what = match rng.below(7) {
            0 => {
                let folder = *rng.pick(&["events/", "chains/", "seals/", "receipts/", "certificates/", "originals/", "documents/"]);
                let name = any(&entries, folder, rng);
                let content = entries.get_mut(&name).unwrap();
                let bit = rng.below(content.len() * 8);
                content[bit / 8] ^= 1 << (bit % 8);
                format!("bit {bit} of {name}")
            }
            1 => {
                let name = any(&entries, "originals/", rng);
                entries.remove(&name);
                name
            }
            2 => {
                let name = any(&entries, "frozen/", rng);
                entries.remove(&name);
                name
            }
            3 => {
                let names: Vec<String> = named(&entries, "originals/").into_iter().cloned().collect();
                let (a, b) = two(names.len(), rng);
                swap(&mut entries, &names[a], &names[b]);
                format!("{} and {}", names[a], names[b])
            }
            4 => {
                // The end of a chain, with everything in it and about it.
                let device = &world.devices[INSPECTOR];
                let keep = device.events.len() - 1;
                let name = format!("chains/{}.txt", device.id);
                let text: String = std::str::from_utf8(&entries[&name]).unwrap().lines().take(keep).map(|l| format!("{l}\n")).collect();
                entries.insert(name, text.into_bytes());
                entries.remove(&format!("events/{}/{:010}.cbor", device.id, keep + 1));
                "the end of a chain".to_owned()
            }
            5 => {
                let event = earlier(shown(world, INSPECTOR, rng), 86_400_000);
                put(&mut entries, &event, true);
                format!("event {}", event.seq)
            }
            _ => {
                // The own chain, told otherwise after the hub received it.
                let device = &world.devices[world.exporter];
                let old = shown(world, world.exporter, rng);
                let event = invented(world, rng, Some(old));
                put(&mut entries, &event, true);
                seal_again(&mut entries, device.id, &device.key);
                format!("own event {}", event.seq)
            }
        };
        (format!("{what}, as exporter"), hide_as_exporter(entries, world))
    });
}

/// Leaving out a record is found even for the exporter when another record names it.
#[test]
fn the_exporter_cannot_leave_out_what_others_name() {
    let mut named_ones = 0;
    for base in bases() {
        let input = base.world.input();
        let whole: Manifest = minicbor::decode(&base.entries["manifest.cbor"]).unwrap();
        for gone in 0..input.events.len() {
            let mut part = input.clone();
            let event = Event::decode(part.events.remove(gone)).unwrap();
            if !matches!(event.body(), Body::Set(_) | Body::Create(_)) {
                continue;
            }
            let mut bytes = Vec::new();
            match bundle::write(&part, &base.world.devices[base.world.exporter].key, &mut bytes) {
                Ok(_) => {}
                // The record that names a photograph: the photograph has no place in the bundle then.
                Err(BundleError::NotNamed(_)) => continue,
                Err(error) => panic!("{error}"),
            }
            let manifest: Manifest = minicbor::decode(&unzip(&bytes)["manifest.cbor"]).unwrap();
            // An honest tool lists what is missing; one that does not is found.
            if manifest.gaps != whole.gaps {
                named_ones += 1;
                let mut entries = unzip(&bytes);
                let quiet = Manifest { gaps: whole.gaps.clone(), ..manifest };
                entries.insert("manifest.cbor".into(), minicbor::to_vec(&quiet).unwrap());
                let broken = found(&hide_as_exporter(entries, &base.world), &base.world, "a named record left out").unwrap();
                assert!(broken.key.starts_with("verify-broken-gap"), "{broken:?}");
            }
        }
    }
    assert!(named_ones > 100, "{named_ones}");
}

/// The first broken record is named: which entry, device and number.
#[test]
fn the_first_broken_record_is_named() {
    let base = &bases()[0];
    let world = &base.world;
    let event = &world.devices[INSPECTOR].events.iter().filter(|(_, shown)| *shown).nth(3).unwrap().0;
    let name = format!("events/{}/{:010}.cbor", event.device, event.seq);
    for hidden in [false, true] {
        let mut entries = base.entries.clone();
        put(&mut entries, &earlier(event, 60_000), false);
        let bytes = if hidden { hide_as_exporter(entries, world) } else { zip_of(&entries) };
        let broken = found(&bytes, world, "one event").unwrap();
        assert_eq!((broken.entry.as_deref(), broken.device, broken.seq), (Some(name.as_str()), Some(event.device), Some(event.seq)));
        assert_eq!(broken.key, if hidden { "verify-broken-chain-event" } else { "verify-broken-entry" });
        assert!(broken.zh.contains(&event.seq.to_string()) && broken.en.contains(&event.seq.to_string()));
    }
    // Records stand by themselves when only the exporter's word is broken.
    let mut entries = base.entries.clone();
    entries.get_mut("index.html").unwrap().extend(b"<p>Everything is fine.</p>");
    let verdict = verify_reader(Cursor::new(zip_of(&entries)), Some(world.pin())).unwrap();
    assert!(!verdict.ok && verdict.records_hold);
    assert_eq!(verdict.broken.unwrap().entry.as_deref(), Some("index.html"));
}

/// A bundle under another hub's key is whole, and says under whose key; pinned, it is found.
#[test]
fn another_hub_is_found_when_pinned() {
    let (ours, forged) = (World::new(501), World::new(502));
    let bytes = forged.bundle();
    let open = verify_reader(Cursor::new(&bytes), None).unwrap();
    assert_eq!((open.result, open.hub_key), (Finding::SoundUnpinned, Some(forged.pin())));
    let pinned = verify_reader(Cursor::new(&bytes), Some(ours.pin())).unwrap();
    assert_eq!(pinned.broken.map(|b| b.key), Some("verify-broken-hub"));
}

/// A device that writes the hub's marks into its own chain, to wave a signature away.
#[test]
fn only_the_hub_refuses() {
    let mut world = World::new(504);
    world.exporter = INSPECTOR;
    let signed = |event: &Event| matches!(event.body(), Body::Act(Act::Sign(_)));
    let at = world.devices[INSPECTOR].events.iter().find(|(e, _)| signed(e)).map(|(e, _)| e.at()).unwrap();
    let handover = world.handover;
    let mark = world.record(INSPECTOR, handover, &Body::Act(Act::Refuse(at, "rule-role".into(), vec![])));
    let broken = found(&world.bundle(), &world, "a device's refusal").unwrap();
    assert_eq!((broken.key, broken.seq), ("verify-broken-mark", Some(mark.seq)));
}

/// A hub that tells two stories: receipts from two trees in one bundle contradict each other.
#[test]
fn a_forked_tree_is_found() {
    let mut world = World::new(503);
    let whole = verify_reader(Cursor::new(world.bundle()), Some(world.pin())).unwrap();
    assert!(whole.ok);
    world.fork_tree();
    let broken = found(&world.bundle(), &world, "a forked tree").unwrap();
    assert_eq!(broken.key, "verify-broken-tree");
}

/// A certified device vouches with its seal of purpose bundle, batch or sign-off alike; a seal of another device does not.
#[test]
fn a_seal_of_another_device_covers_nothing() {
    let base = &bases()[1];
    let world = &base.world;
    let (inspector, crew) = (&world.devices[INSPECTOR], &world.devices[CREW]);
    let mut entries = base.entries.clone();
    let claim = SealClaim { device: inspector.id, chain: inspector.chain, at: UtcMs(1), purpose: SealPurpose::Batch };
    let name = any(&entries, &format!("seals/{}/", inspector.id), &mut Rng(1));
    entries.insert(name.clone(), seal::seal(&claim, &crew.key).unwrap());
    let broken = found(&hide_as_exporter(entries, world), world, "crew's seal").unwrap();
    assert_eq!((broken.key, broken.entry.as_deref()), ("verify-broken-seal", Some(name.as_str())));
}
