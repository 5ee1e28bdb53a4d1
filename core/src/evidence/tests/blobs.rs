use super::*;
use crate::model::Digest;
use std::io::Read as _;

#[test]
fn the_same_bytes_twice_are_one_blob() {
    let bench = Bench::new();
    let path = bench.file("a", b"some bytes");
    let first = bench.store.put_path(&path).unwrap();
    let second = bench.store.put_bytes(b"some bytes").unwrap();
    assert_eq!(first, Put { digest: Digest::of(b"some bytes"), bytes: 10, fresh: true });
    assert_eq!(second, Put { fresh: false, ..first });
    assert_eq!(bench.listing().len(), 1);
    assert_eq!(bench.store.digests().unwrap(), [first.digest]);
    assert_eq!(bench.store.verify(&first.digest).unwrap(), Verified::Sound);
    let mut read = Vec::new();
    bench.store.open_read(&first.digest).unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read, b"some bytes");
    let hex = first.digest.to_string();
    assert!(bench.store.path_of(&first.digest).ends_with(format!("{}/{}", &hex[..2], &hex[2..])));
}

#[test]
fn a_damaged_blob_is_found_and_healed_by_putting_it_again() {
    let bench = Bench::new();
    let digest = bench.store.put_bytes(b"some bytes").unwrap().digest;
    fs::write(bench.store.path_of(&digest), b"other byte").unwrap();
    assert_eq!(bench.store.verify(&digest).unwrap(), Verified::Altered(Digest::of(b"other byte")));
    bench.store.put_bytes(b"some bytes").unwrap();
    assert_eq!(bench.store.verify(&digest).unwrap(), Verified::Sound);
    assert!(bench.store.remove(&digest).unwrap());
    assert!(!bench.store.contains(&digest) && !bench.store.remove(&digest).unwrap());
    assert!(matches!(bench.store.verify(&digest), Err(BlobError::Missing(missing)) if missing == digest));
}

/// Disk full at any write: nothing is left behind, what was there is untouched, and afterwards all is well.
#[test]
fn a_full_disk_at_any_write_leaves_nothing_behind() {
    let bytes = vec![7; 700_000];
    let mut failures = 0;
    for fail_at in 1.. {
        let bench = Bench::new();
        bench.store.put_bytes(b"before").unwrap();
        let before = bench.listing();
        bench.disk.arm(fail_at);
        let done = bench.store.put_bytes(&bytes);
        if !bench.disk.has_failed() {
            done.unwrap();
            break;
        }
        failures += 1;
        assert!(matches!(done, Err(BlobError::NoSpace(_))), "act {fail_at}");
        assert_eq!(bench.listing(), before, "act {fail_at}");
        bench.disk.arm(u64::MAX);
        let put = bench.store.put_bytes(&bytes).unwrap();
        assert_eq!(bench.store.verify(&put.digest).unwrap(), Verified::Sound);
    }
    assert!(failures >= 6, "every act must have failed once: {failures}");
}

/// Killed at any act: the next opening finds the blob whole or not at all, and no remains.
#[test]
fn a_kill_at_any_act_leaves_a_whole_blob_or_none() {
    let bytes = vec![7; 700_000];
    let (mut whole, mut none) = (0, 0);
    for fail_at in 1.. {
        let bench = Bench::with(fail_at, FailMode::Dead, u64::MAX);
        let done = bench.store.put_bytes(&bytes);
        let failed = bench.disk.has_failed();
        assert_eq!(done.is_err(), failed);
        let again = BlobStore::open(&bench.folder.path().join("store")).unwrap();
        let digest = Digest::of(&bytes);
        if again.contains(&digest) {
            assert_eq!(again.verify(&digest).unwrap(), Verified::Sound);
            assert_eq!(bench.listing().len(), 1);
            whole += 1;
        } else {
            assert_eq!(bench.listing().len(), 0, "act {fail_at}");
            none += 1;
        }
        if !failed {
            break;
        }
    }
    assert!(whole >= 2 && none >= 5, "{whole} {none}");
}

/// A second process that opens the store does not take away what the first is writing.
#[test]
fn opening_again_sweeps_only_what_nobody_writes() {
    let bench = Bench::new();
    let root = bench.folder.path().join("store");
    fs::write(root.join("tmp/77-0.part"), b"left by a dead process").unwrap();
    let mut draft = bench.store.draft().unwrap();
    draft.write(b"in the making").unwrap();
    BlobStore::open(&root).unwrap();
    let left = bench.listing();
    assert_eq!(left.values().collect::<Vec<_>>(), [b"in the making"]);
    draft.place(&root.join("originals/aa/bb"), true).unwrap();
    assert_eq!(fs::read(root.join("originals/aa/bb")).unwrap(), b"in the making");
}
