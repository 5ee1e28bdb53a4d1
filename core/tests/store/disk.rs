//! A disk that is full or has rotted.

use super::support::*;
use keyturn_core::store::{Store, StoreError};
use std::{path::Path, process::Command};

/// A small file system of its own, gone when dropped.
struct Small(tempfile::TempDir);

impl Small {
    fn mount(kilobytes: u32) -> Result<Self, String> {
        let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
        let out = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "keyturn-test"])
            .arg(dir.path())
            .output()
            .map_err(|e| format!("mount: {e}"))?;
        if out.status.success() { Ok(Self(dir)) } else { Err(String::from_utf8_lossy(&out.stderr).trim().to_owned()) }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_refuses_the_change_keeps_the_rest_and_goes_on_when_there_is_room() {
    // promise 2
    let small = match Small::mount(4_000) {
        Ok(small) => small,
        Err(why) => return skipped("core::store::disk::a_full_disk", &format!("needs a small file system, which only root may mount: {why}")),
    };
    let path = small.path().join("keyturn.db");
    let filler = small.path().join("filler");
    std::fs::write(&filler, vec![7; 1_000_000]).unwrap();
    let store = Store::open(&path).unwrap();
    let device = keyturn_core::model::Id::derived(&[b"full"]);
    store.become_device(device).unwrap();
    let clock = TestClock::at(NOON);
    let record = |store: &Store, n: u32| {
        clock.advance(1);
        // Words that do not compress, so that the disk fills soon.
        let words: String =
            (0..400).map(|i| keyturn_core::model::Digest::of(&[n as u8, (n >> 8) as u8, i as u8]).to_string().remove(usize::from(i as u8 % 60))).collect();
        store.write::<_, StoreError>(&clock, (device, "inspector", "test@1"), |w| {
            let id = w.new_id();
            w.append(id, &create(&words))?;
            Ok((id, words))
        })
    };
    let mut kept = Vec::new();
    let mut refusals = 0;
    let full = |store: &Store, kept: &mut Vec<_>, from: u32, refusals: &mut u32| {
        for n in from..from + 5_000 {
            match record(store, n) {
                Ok(one) => kept.push(one),
                Err(error) => {
                    assert!(error.is_full(), "a full disk has its own name: {error}");
                    *refusals += 1;
                    if (*refusals).is_multiple_of(5) {
                        return;
                    }
                }
            }
        }
        panic!("the disk never filled");
    };
    full(&store, &mut kept, 0, &mut refusals);
    let check = |store: &Store, kept: &[(keyturn_core::model::Id, String)]| {
        assert_eq!(store.chain().unwrap().seq, kept.len() as u64, "the chain has what was committed and no more");
        assert_eq!(store.own_events(1, u64::MAX >> 1).unwrap().len(), kept.len());
        for (id, words) in kept {
            assert_eq!(store.thing(*id).unwrap().unwrap().text("finding"), Some(words.as_str()));
        }
        assert!(store.rebuild_differs().unwrap().is_empty());
    };
    assert!(kept.len() > 20, "only {} records on the small disk", kept.len());
    check(&store, &kept);
    // Room again: the same open store goes on.
    std::fs::remove_file(&filler).unwrap();
    let before = kept.len();
    full(&store, &mut kept, 10_000, &mut refusals);
    assert!(kept.len() > before, "nothing was taken after there was room");
    check(&store, &kept);
    // And so does a start on the full disk: what was committed can be read.
    drop(store);
    let store = Store::open(&path).unwrap();
    check(&store, &kept);
}

#[test]
fn a_damaged_database_is_refused_and_never_deleted_or_written_over() {
    let device = Device::new("a");
    for n in 0..50 {
        device.snag(&format!("finding {n}"));
    }
    let path = device.path();
    drop(rusqlite::Connection::open(&path).unwrap().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    let copy = quick_dir();
    let broken = copy.path().join("keyturn.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..64].fill(0xee);
    std::fs::write(&broken, &bytes).unwrap();
    assert!(Store::open(&broken).is_err());
    assert_eq!(std::fs::read(&broken).unwrap(), bytes, "the damaged file is as it was");

    // Rotten inside: what cannot be read says so, nothing is invented.
    let rotten = copy.path().join("rotten.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let from = 8192 * 2;
    bytes[from..].iter_mut().for_each(|b| *b ^= 0x5a);
    std::fs::write(&rotten, &bytes).unwrap();
    let found = Store::open(&rotten).and_then(|store| store.rebuild_differs().map(|differ| (store.all_things().map(|t| t.len()), differ.len())));
    match found {
        Err(_) => {}
        Ok((things, differ)) => panic!("rotten pages were read as {things:?} things, {differ} differing"),
    }
}
