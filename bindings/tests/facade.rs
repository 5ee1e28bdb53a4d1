//! The facade from Rust's side, with no network: what crosses, and what no shell can break. With a real hub and from another language:
//! `android/bindings` and `ios`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use keyturn_core::{
    log::keys::{DeviceKey as _, SoftwareKey},
    model::UtcMs,
    words::Lang,
};
use keyturn_ffi::{
    CallbackError, DeviceClock, DeviceKey, ErrorKind, FieldStore, FreeSpace, InviteKind, KeyPlace, KeyturnError, SecureStorage, Surroundings, SyncOptions,
    read_invite, set_store_aside, words,
};
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
};

fn open(dir: &Path) -> Arc<FieldStore> {
    FieldStore::open(dir.to_owned(), Surroundings::default()).unwrap()
}

fn kind<T>(done: Result<T, KeyturnError>) -> ErrorKind {
    done.err().expect("it was not refused").kind()
}

fn failed<T>() -> Result<T, CallbackError> {
    Err(CallbackError::Failed { reason: "the shell is broken".to_owned() })
}

#[test]
fn errors_have_kinds_and_words_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let error = store.device().unwrap_err();
    let KeyturnError::Told { kind: told, key, zh, en, .. } = &error;
    assert_eq!((*told, key.as_str()), (ErrorKind::NotEnrolled, "field-not-enrolled"));
    assert!(!zh.is_empty() && zh != en && zh != key && en != key, "{error}");
    assert_eq!(kind(FieldStore::open(dir.path().to_owned(), Surroundings::default())), ErrorKind::Busy);
    assert_eq!(kind(store.sync(SyncOptions::default(), None)), ErrorKind::NotEnrolled);
    assert_eq!(kind(store.find_unit("no such door")), ErrorKind::NotFound);
    assert_eq!(kind(store.enrol("6901234567892", "a", "b", "c")), ErrorKind::Input);
    assert_eq!(kind(store.retry_photos(Some(keyturn_core::model::Digest::of(b"none")))), ErrorKind::NotFound);
    assert_eq!(kind(set_store_aside(dir.path().to_owned())), ErrorKind::Busy);
    store.shut();
    store.shut();
    assert!(store.is_shut());
    assert_eq!(kind(store.status()), ErrorKind::Closed);
    assert_eq!(kind(set_store_aside(dir.path().to_owned())), ErrorKind::Refused);
    std::fs::write(dir.path().join("keyturn.db"), [b'x'; 8192]).unwrap();
    assert_eq!(kind(FieldStore::open(dir.path().to_owned(), Surroundings::default())), ErrorKind::Damaged);
    assert!(set_store_aside(dir.path().to_owned()).unwrap().is_dir());
    open(dir.path()).shut();
}

/// A notice that is none is refused before anything is sent: the address is nobody's, and asking it would be another kind.
#[test]
fn only_a_notice_that_exists_can_be_agreed_to() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let hub = "0".repeat(64);
    let invite = format!("keyturn:http://127.0.0.1:1?code=ABCD&hub={hub}");
    assert_eq!(read_invite(&invite).kind, InviteKind::Invite);
    assert_eq!(kind(store.enrol(&invite, "a", "b", "privacy_notice@999")), ErrorKind::Refused);
    let notice = store.notice("privacy_notice").unwrap().version;
    assert_eq!(kind(store.enrol(&invite, "a", "b", &notice)), ErrorKind::Network);
    assert!(!store.is_enrolled().unwrap());
}

#[test]
fn a_shell_that_fails_is_replaced_by_software() {
    struct Broken;
    impl DeviceClock for Broken {
        fn wall(&self) -> Result<UtcMs, CallbackError> {
            failed()
        }
        fn mono_ms(&self) -> Result<u64, CallbackError> {
            failed()
        }
        fn boot_id(&self) -> Result<u64, CallbackError> {
            failed()
        }
    }
    impl FreeSpace for Broken {
        fn free_bytes(&self, _: String) -> Result<u64, CallbackError> {
            failed()
        }
    }
    impl DeviceKey for Broken {
        fn public_key(&self) -> Result<Vec<u8>, CallbackError> {
            failed()
        }
        fn sign(&self, _: Vec<u8>) -> Result<Vec<u8>, CallbackError> {
            failed()
        }
        fn place(&self) -> Result<KeyPlace, CallbackError> {
            failed()
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let surroundings = Surroundings { clock: Some(Arc::new(Broken)), space: Some(Arc::new(Broken)), ..Surroundings::default() };
    let store = FieldStore::open(dir.path().to_owned(), surroundings).unwrap();
    assert!(store.status().unwrap().since.is_none());
    // A key cannot be replaced: its chain would be another device's.
    let other = tempfile::tempdir().unwrap();
    let no_key = Surroundings { key: Some(Arc::new(Broken)), ..Surroundings::default() };
    assert_eq!(kind(FieldStore::open(other.path().to_owned(), no_key)), ErrorKind::Key);
}

/// Where there is no hardware key, the secret lies in the store that only the app reads.
#[test]
fn the_software_key_lies_in_the_secure_storage() {
    #[derive(Default)]
    struct Kept(Mutex<HashMap<String, Vec<u8>>>);
    impl SecureStorage for Kept {
        fn load(&self, key: String) -> Result<Option<Vec<u8>>, CallbackError> {
            Ok(self.0.lock().unwrap().get(&key).cloned())
        }
        fn keep(&self, key: String, value: Vec<u8>) -> Result<(), CallbackError> {
            self.0.lock().unwrap().insert(key, value);
            Ok(())
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let kept = Arc::new(Kept::default());
    let around = || Surroundings { storage: Some(kept.clone()), ..Surroundings::default() };
    FieldStore::open(dir.path().to_owned(), around()).unwrap().shut();
    assert!(!dir.path().join("device.key").exists(), "no secret beside the records");
    let secret = kept.0.lock().unwrap().values().next().cloned().unwrap();
    assert_eq!(SoftwareKey::from_secret(&secret).unwrap().public().len(), 33);
    // The same key again, and a store whose key is gone is not opened with another.
    FieldStore::open(dir.path().to_owned(), around()).unwrap().shut();
    kept.0.lock().unwrap().clear();
    assert_eq!(kind(FieldStore::open(dir.path().to_owned(), around())), ErrorKind::Damaged);
}

#[test]
fn fifty_threads_keep_their_drafts() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    std::thread::scope(|scope| {
        for n in 0..50 {
            let store = &store;
            scope.spawn(move || {
                for round in 0..4 {
                    store.set_draft(&format!("test.{n:02}"), format!("{n}/{round}").into_bytes()).unwrap();
                    store.status().unwrap();
                }
            });
        }
    });
    let names = store.drafts("test.").unwrap();
    assert_eq!(names, (0..50).map(|n| format!("test.{n:02}")).collect::<Vec<_>>());
    // A name that only looks alike is another one.
    assert_eq!(store.drafts("test_").unwrap(), Vec::<String>::new());
    store.shut();
    drop(store);
    let again = open(dir.path());
    for (n, name) in names.iter().enumerate() {
        assert_eq!(again.draft(name).unwrap().unwrap(), format!("{n}/3").into_bytes());
    }
}

#[test]
fn a_store_dropped_on_any_thread_can_be_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..20 {
        let store = open(dir.path());
        std::thread::spawn(move || drop(store)).join().unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn openings_leak_no_files() {
    // The other tests of this process open files too: those of this folder are counted.
    let dir = tempfile::tempdir().unwrap();
    let files = || {
        let open = std::fs::read_dir("/proc/self/fd").unwrap();
        open.flatten().filter(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to.starts_with(dir.path()))).count()
    };
    for _ in 0..200 {
        open(dir.path()).shut();
    }
    assert_eq!(files(), 0);
    let store = open(dir.path());
    assert!(files() > 0, "an open store has files open, or this counts nothing");
    drop(store);
}

#[test]
fn words_are_the_cores() {
    let (zh, en) = (words(Lang::Zh), words(Lang::En));
    assert_eq!(zh.len(), en.len());
    assert_ne!(zh["job-missing-appointment"], en["job-missing-appointment"]);
}
