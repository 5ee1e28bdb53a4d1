//! Bytes from the network or a file go through decoders that a fuzz target covers (`tests/fuzz`); here the same entry functions
//! are run on the stable toolchain with random bytes, with damaged real ones, and with what an attacker would try first.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

#[path = "bundle/world.rs"]
mod world;

use keyturn_core::{
    evidence::BlobStore,
    log::{
        Chain, Event,
        batch::{self, Batch, KeyGrant, Segment},
    },
    model::{Id, UtcMs},
    policy::Profile,
    words::Lang,
};
use keyturn_tests::decoders;
use proptest::{collection::vec, prelude::*, sample::Index};
use std::sync::OnceLock;
use world::{INSPECTOR, World, unzip, zip_of};

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(77))
}

fn events() -> Vec<Vec<u8>> {
    world().devices.iter().flat_map(|d| d.events.iter().map(|(e, _)| e.bytes().to_vec())).collect()
}

fn a_batch() -> Batch {
    let device = &world().devices[INSPECTOR];
    let events = device.events.iter().map(|(e, _)| e.bytes().to_vec()).collect();
    Batch { device: device.id, before: Chain::start(device.id), events, seal: device.seals[0].clone(), sent: UtcMs(5) }
}

fn a_segment() -> Segment {
    let mut segment = Segment::at("41".into(), UtcMs(9));
    events().into_iter().for_each(|bytes| segment.add(&Event::decode(bytes).unwrap()));
    segment.keys.push(KeyGrant { person: Id([1; 16]), key: Some(vec![7; 32].into()) });
    segment
}

/// What damage does to bytes on their way.
#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Cut(Index),
    Delete(Index, Index),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index),
    Long(Index),
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        4 => (any::<Index>(), 1..=255u8).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        1 => any::<Index>().prop_map(Damage::Cut),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Damage::Delete(a, b)),
        1 => (any::<Index>(), vec(any::<u8>(), 1..40)).prop_map(|(at, more)| Damage::Insert(at, more)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Damage::Repeat(a, b)),
        1 => any::<Index>().prop_map(Damage::Long),
    ];
    vec(one, 1..6)
}

fn damaged(bytes: &[u8], damage: &[Damage]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for one in damage {
        if out.is_empty() {
            break;
        }
        let at = |index: &Index| index.index(out.len());
        let range = |a: &Index, b: &Index| at(a).min(at(b))..at(a).max(at(b));
        match one {
            Damage::Flip(index, mask) => {
                let at = at(index);
                out[at] ^= mask;
            }
            Damage::Cut(index) => out.truncate(at(index)),
            Damage::Delete(a, b) => drop(out.drain(range(a, b))),
            Damage::Insert(index, more) => {
                let at = at(index);
                out.splice(at..at, more.iter().copied());
            }
            Damage::Repeat(a, b) => {
                let piece = out[range(a, b)].to_vec();
                let at = at(a);
                out.splice(at..at, piece);
            }
            // A length that promises more than there is.
            Damage::Long(index) => {
                let at = at(index);
                out.splice(at..at, [0x9b, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
            }
        }
    }
    out
}

fn config(cases: u32) -> ProptestConfig {
    let soak = std::env::var_os("KEYTURN_SOAK").is_some();
    ProptestConfig { cases: if soak { cases * 100 } else { cases }, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..600)) {
        decoders::event(&bytes);
        decoders::batch(&bytes);
        decoders::segment(&bytes);
        decoders::packed_batch(&bytes);
        decoders::packed_segment(&bytes);
        decoders::proofs(&bytes);
        decoders::bundle(&bytes);
        decoders::image(&bytes);
    }

    #[test]
    fn damaged_events(which in any::<Index>(), damage in damage()) {
        let all = events();
        decoders::event(&damaged(&all[which.index(all.len())], &damage));
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn damaged_batches_and_segments(damage in damage()) {
        let (packed_batch, packed_segment) = (a_batch().pack(), a_segment().pack());
        decoders::packed_batch(&damaged(&packed_batch, &damage));
        decoders::packed_segment(&damaged(&packed_segment, &damage));
        decoders::batch(&damaged(&batch::unpack(&packed_batch).unwrap(), &damage));
        decoders::segment(&damaged(&batch::unpack(&packed_segment).unwrap(), &damage));
    }

    #[test]
    fn damaged_proofs(which in any::<Index>(), damage in damage()) {
        let world = world();
        let mut all: Vec<Vec<u8>> = world.devices.iter().flat_map(|d| d.seals.iter().cloned().chain([d.certificate.clone()])).collect();
        all.extend(world.receipts.iter().map(|r| minicbor::to_vec(r).unwrap()));
        all.extend(world.receipts.iter().map(|r| r.checkpoint.clone().into_bytes()));
        decoders::proofs(&damaged(&all[which.index(all.len())], &damage));
    }

    /// The container damaged, and contents damaged inside a container that was mended.
    #[test]
    fn damaged_bundles(which in any::<Index>(), other in any::<Index>(), damage in damage()) {
        static BUNDLE: OnceLock<Vec<u8>> = OnceLock::new();
        let bytes = BUNDLE.get_or_init(|| world().bundle());
        decoders::bundle(&damaged(bytes, &damage));
        let mut entries = unzip(bytes);
        let names: Vec<String> = entries.keys().cloned().collect();
        for name in [&names[which.index(names.len())], &names[other.index(names.len())]] {
            let content = damaged(&entries[name], &damage);
            entries.insert(name.clone(), content);
        }
        decoders::bundle(&zip_of(&entries));
    }

    #[test]
    fn damaged_photos(which in any::<Index>(), damage in damage()) {
        decoders::image(&damaged(&samples()[which.index(samples().len())], &damage));
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn damaged_photos_made_into_pictures(which in any::<Index>(), damage in damage()) {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::open(&folder.path().join("store")).unwrap();
        decoders::photo(&damaged(&samples()[which.index(samples().len())], &damage), &store, &folder.path().join("photo.jpg"));
    }

    #[test]
    fn damaged_registers(damage in damage()) {
        decoders::import(&damaged(workbook(), &damage));
        decoders::import(&damaged("楼栋,单元,楼层,房号\n1,1,3,301\n1,1,3,\"302\n".as_bytes(), &damage));
    }

    #[test]
    fn random_registers(bytes in vec(any::<u8>(), 0..600)) {
        decoders::import(&bytes);
        decoders::import(&[b"PK\x03\x04".as_slice(), &bytes].concat());
    }
}

fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("photos");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "jpg")).collect();
        files.sort();
        assert!(!files.is_empty());
        files.iter().map(|path| std::fs::read(path).unwrap()).collect()
    })
}

fn workbook() -> &'static [u8] {
    static WORKBOOK: OnceLock<Vec<u8>> = OnceLock::new();
    WORKBOOK.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("register.xlsx");
        keyturn_hub::import::write_template(Profile::builtin(), &path, Lang::Zh).unwrap();
        std::fs::read(path).unwrap()
    })
}

/// A small packet that unpacks to gigabytes is refused while it is unpacked.
#[test]
fn a_bomb_is_refused() {
    let bomb = zstd::bulk::compress(&vec![0; batch::UNPACKED_MAX_BYTES + 1], 19).unwrap();
    assert!(bomb.len() < 100_000);
    assert!(batch::unpack(&bomb).is_err() && Batch::unpack(&bomb).is_err() && Segment::unpack(&bomb).is_err());
}

/// Lists in lists as deep as the bytes allow would use up the stack of a decoder that follows them.
#[test]
fn deep_nesting_does_not_end_the_process() {
    let real = events().into_iter().find(|bytes| Event::decode(bytes.clone()).unwrap().kind == "set").unwrap();
    // The head of a real event up to its body, then a value that is a list in a list in a list …
    let body_at = (0..real.len()).rev().find(|at| real[*at] == 0x81 && Event::decode(real[..*at].to_vec()).is_err()).unwrap();
    for levels in [100usize, 10_000, 1_000_000] {
        for at in [body_at, real.len()] {
            let mut hostile = real[..at].to_vec();
            hostile.extend([0x81, 0x83, 0x61, b'f']);
            hostile.extend([0x82, 0x0e, 0x81].repeat(levels));
            hostile.extend([0x81, 0x00, 0x80]);
            decoders::event(&hostile);
        }
        for opener in [0x81u8, 0x9f, 0xa1, 0xbf, 0xc1] {
            let deep = vec![opener; levels];
            decoders::event(&[&real[..body_at], &deep].concat());
            decoders::batch(&deep);
            decoders::segment(&deep);
            decoders::proofs(&deep);
        }
    }
}

/// A bundle that says it has more entries, longer names or larger contents than there are.
#[test]
fn a_bundle_that_promises_too_much_is_refused() {
    let bytes = world().bundle();
    for at in (bytes.len() - 22..bytes.len()).chain(bytes.len() - 200..bytes.len() - 22) {
        for value in [0x00, 0x7f, 0xff] {
            let mut bent = bytes.clone();
            bent[at] = value;
            decoders::bundle(&bent);
        }
    }
    // A manifest with a million devices and gaps costs no more than reading it.
    let mut entries = unzip(&bytes);
    let manifest = entries.get_mut("manifest.cbor").unwrap();
    manifest.extend(std::iter::repeat_n(0x80, 1_000_000));
    decoders::bundle(&zip_of(&entries));
}
