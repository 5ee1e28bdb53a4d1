//! One contract for every store: run against SQLite and a folder, and against the ones in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use keyturn_core::{
    log::Chain,
    model::{Digest, Id, UtcMs, body::AggKind},
};
use keyturn_hub::store::{
    BlobRow, Commit, DeviceRow, EventRow, EventStore, FileStore, ForDevice, Head, KeyRow, Link, LinkKind, OthersEvent, Record, SealRow, StateQuery, StateRow,
    StoreError, UploadName, UploadRow,
    files::Folder,
    memory::{MemoryFiles, MemoryStore},
    sql::SqlStore,
};
use std::sync::Arc;

fn id(n: u8) -> Id {
    Id([n; 16])
}

fn event(hub_seq: u64, device: u8, seq: u64, agg: u8) -> EventRow {
    EventRow { hub_seq, device: id(device), seq, agg: id(agg), kind: "set".into(), refused: false, received: UtcMs(7), bytes: vec![hub_seq as u8; 100] }
}

fn state(n: u8, kind: AggKind, unit: Option<u8>) -> StateRow {
    StateRow { id: id(n), kind: Some(kind), unit: unit.map(id), phase: "open".into(), conflicts: 0, unfit: 0, refused: 0, changed: 1, state: vec![n; 9] }
}

fn link(kind: LinkKind, from: u8, to: u8) -> Link {
    Link { kind, from: vec![from; 16], to: vec![to; 16] }
}

/// A key whose bytes are found nowhere else.
fn secret(n: u8) -> Vec<u8> {
    (0..32u8).map(|i| i.wrapping_mul(7).wrapping_add(n)).collect()
}

async fn events_are_kept_in_order_and_once(store: &dyn EventStore) {
    assert_eq!(store.head().await.unwrap(), Head::default());
    let commit = |after, events: Vec<EventRow>| Commit { after, hub_seq: events.last().map_or(after, |e| e.hub_seq), events, ..Commit::default() };
    let refused = EventRow { refused: true, ..event(3, 2, 1, 9) };
    store.commit(commit(0, vec![event(1, 1, 1, 8), event(2, 1, 2, 9), refused.clone()])).await.unwrap();
    assert_eq!(store.head().await.unwrap().hub_seq, 3);
    assert_eq!(store.events_after(0, usize::MAX).await.unwrap(), [event(1, 1, 1, 8), event(2, 1, 2, 9), refused.clone()]);
    assert_eq!(store.events_after(0, 150).await.unwrap().len(), 1);
    assert_eq!(store.events_after(1, 1).await.unwrap(), [event(2, 1, 2, 9)], "at least one");
    assert_eq!(store.events_after(3, 1).await.unwrap(), []);
    // A device gets what others made, and hears whether there is more of that.
    let others = |rows: &[EventRow], more| ForDevice {
        events: rows.iter().map(|e| OthersEvent { hub_seq: e.hub_seq, agg: e.agg, bytes: e.bytes.clone() }).collect(),
        more,
    };
    assert_eq!(store.events_for(id(1), 0, usize::MAX).await.unwrap(), others(std::slice::from_ref(&refused), false));
    assert_eq!(store.events_for(id(2), 0, 150).await.unwrap(), others(&[event(1, 1, 1, 8)], true));
    assert_eq!(store.events_for(id(2), 1, 1).await.unwrap(), others(&[event(2, 1, 2, 9)], false), "at least one, and after it only its own");
    assert_eq!(store.events_for(id(2), 2, 1).await.unwrap(), others(&[], false));
    assert_eq!(store.events_of(vec![id(9), id(77)], u64::MAX >> 1).await.unwrap(), [event(2, 1, 2, 9), refused.clone()]);
    assert_eq!(store.events_of(vec![id(9)], 2).await.unwrap(), [event(2, 1, 2, 9)]);
    assert_eq!(store.events_by(id(1), 2, 5).await.unwrap(), [event(2, 1, 2, 9)]);
    assert_eq!(store.events_by(id(1), 3, 2).await.unwrap(), []);
    assert_eq!(store.refused(5).await.unwrap(), std::slice::from_ref(&refused));
    assert_eq!(store.refused_by(id(2), 1, 9).await.unwrap(), [refused]);
    assert_eq!(store.refused_by(id(1), 1, 9).await.unwrap(), []);

    // A writer that saw an older head changes nothing; nor does one that gives a number twice.
    assert!(matches!(store.commit(commit(2, vec![event(4, 1, 3, 8)])).await, Err(StoreError::Moved)));
    assert!(matches!(store.commit(commit(3, vec![event(4, 1, 2, 8)])).await, Err(StoreError::Moved)));
    let half = Commit { states: vec![state(50, AggKind::Unit, None)], ..commit(3, vec![event(4, 1, 3, 8), event(4, 1, 4, 8)]) };
    assert!(matches!(store.commit(half).await, Err(StoreError::Moved)));
    assert_eq!(store.head().await.unwrap().hub_seq, 3);
    assert_eq!(store.events_after(3, usize::MAX).await.unwrap(), []);
    assert_eq!(store.states(vec![id(50)]).await.unwrap(), [], "nothing of a commit that failed");
    // More rows than one statement takes.
    let many: Vec<EventRow> = (4..2004).map(|n| event(n, 3, n, (n % 200) as u8)).collect();
    store.commit(commit(3, many.clone())).await.unwrap();
    assert_eq!(store.events_after(3, usize::MAX).await.unwrap(), many);
    let all: Vec<Id> = (0..200u16).map(|n| id(n as u8)).collect();
    assert_eq!(store.events_of(all, u64::MAX >> 1).await.unwrap().len(), 2003);
}

async fn states_and_links_change(store: &dyn EventStore) {
    let head = store.head().await.unwrap().hub_seq;
    let step = |n: u64, commit: Commit| Commit { after: head + n - 1, hub_seq: head + n, ..commit };
    let snag = StateRow { conflicts: 1, refused: 2, ..state(2, AggKind::Snag, Some(1)) };
    let unknown = StateRow { kind: None, unit: None, unfit: 1, ..state(4, AggKind::Snag, None) };
    let states = vec![state(1, AggKind::Unit, None), snag.clone(), state(3, AggKind::Snag, Some(9)), unknown.clone()];
    let begin = vec![link(LinkKind::Unit, 1, 2), link(LinkKind::Order, 7, 2), link(LinkKind::Owner, 7, 2)];
    store.commit(step(1, Commit { states, begin, ..Commit::default() })).await.unwrap();
    let query = |query: StateQuery| async move { store.list(query).await.unwrap().into_iter().map(|s| s.id).collect::<Vec<_>>() };
    assert_eq!(query(StateQuery { kind: Some(AggKind::Snag), ..Default::default() }).await, [id(2), id(3)]);
    assert_eq!(query(StateQuery { unit: Some(id(1)), ..Default::default() }).await, [id(2)]);
    assert_eq!(query(StateQuery { to_review: true, ..Default::default() }).await, [id(2), id(4)]);
    assert_eq!(query(StateQuery { refused: true, ..Default::default() }).await, [id(2)]);
    assert_eq!(store.states(vec![id(4), id(99)]).await.unwrap(), [unknown]);
    let settled = StateRow { conflicts: 0, phase: "done".into(), changed: 5, state: vec![1], ..snag };
    let end = vec![link(LinkKind::Order, 7, 2)];
    store.commit(step(2, Commit { states: vec![settled.clone()], end, ..Commit::default() })).await.unwrap();
    assert_eq!(store.states(vec![id(2)]).await.unwrap(), [settled]);
    // A link holds from the number where it began up to the one where it ended, and may begin again.
    store.commit(step(3, Commit { begin: vec![link(LinkKind::Order, 7, 2)], ..Commit::default() })).await.unwrap();
    for (at, there) in [(head, false), (head + 1, true), (head + 2, false), (head + 3, true), (head + 9, true)] {
        let found = store.links(LinkKind::Order, vec![vec![7; 16], vec![8; 16]], at).await.unwrap();
        assert_eq!(found, if there { vec![vec![2; 16]] } else { vec![] }, "at {at}");
    }
    assert_eq!(store.linked_from(LinkKind::Order, vec![2; 16]).await.unwrap(), [vec![7; 16]]);
    assert_eq!(store.linked_from(LinkKind::Plan, vec![2; 16]).await.unwrap(), Vec::<Vec<u8>>::new());
    for kind in LinkKind::ALL {
        let found = store.links(kind, vec![vec![7; 16]], head + 3).await.unwrap().len();
        assert_eq!(found, usize::from(matches!(kind, LinkKind::Order | LinkKind::Owner)));
    }
}

async fn the_rest_is_kept(store: &dyn EventStore) {
    let head = store.head().await.unwrap();
    let after = head.hub_seq;
    let key = |n: u8, key: Option<Vec<u8>>, changed| KeyRow { person: id(n), key, changed };
    let upload =
        UploadRow { device: id(1), sha256: Digest([2; 32]), bytes: 9, kind: "small".into(), photo: Some(Digest([3; 32])), expires: UtcMs(50), answer: None };
    let other = UploadRow { device: id(2), photo: None, expires: UtcMs(90), answer: Some(vec![5]), ..upload.clone() };
    let device = DeviceRow {
        id: id(5),
        certificate: vec![1, 2],
        name: "手机".into(),
        platform: "x".into(),
        chain: Chain { seq: 3, head: Digest([4; 32]) },
        leaf: Some(2),
        revoked: None,
        last_contact: Some(UtcMs(8)),
        offset_ms: Some(-3),
        unsent_records: 4,
        unsent_photos: 5,
        version: "1".into(),
        wrong_until: 0,
        wrong_ms: 0,
        hub: false,
    };
    let seal = |seq| SealRow { device: id(5), seq, seal: vec![seq as u8] };
    let blob = BlobRow { sha256: Digest([8; 32]), bytes: 5, leaf: 0 };
    let record = |key: u8, value: Option<Vec<u8>>| Record { kind: "test", key: vec![key], value };
    let commit = Commit {
        after,
        hub_seq: after + 2,
        keys: vec![key(1, Some(secret(6)), after + 1), key(2, Some(secret(7)), after + 2)],
        leaves: vec![(0, vec![1]), (1, vec![2])],
        chain_leaves: vec![(id(3), 1), (id(3), 0), (id(4), 0)],
        hashes: vec![(0, [1; 32]), (1, [2; 32]), (2, [3; 32])],
        blobs: vec![blob],
        uploads: vec![upload.clone(), other.clone()],
        seals: vec![seal(3), seal(9)],
        devices: vec![device.clone()],
        records: vec![record(1, Some(vec![1])), record(2, Some(vec![2]))],
        ..Commit::default()
    };
    store.commit(commit).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Head { hub_seq: after + 2, leaves: 2 });
    assert_eq!(store.chain_leaves(vec![id(3)]).await.unwrap(), [0, 1]);
    assert_eq!(store.chain_leaves(vec![id(4), id(3), id(9)]).await.unwrap(), [0, 1], "each once");
    assert!(store.chain_leaves(vec![id(9)]).await.unwrap().is_empty());
    assert_eq!(store.keys(vec![id(1), id(40)]).await.unwrap(), [key(1, Some(secret(6)), after + 1)]);
    assert_eq!(store.keys_between(after + 1, after + 2).await.unwrap(), [key(2, Some(secret(7)), after + 2)]);
    assert_eq!(store.leaf(1).await.unwrap(), Some(vec![2]));
    assert_eq!(store.leaf(2).await.unwrap(), None);
    let mut hashes = store.hashes(vec![2, 0, 9]).await.unwrap();
    hashes.sort_unstable();
    assert_eq!(hashes, [(0, [1; 32]), (2, [3; 32])]);
    assert_eq!(store.blob(Digest([8; 32])).await.unwrap(), Some(blob));
    assert_eq!(store.blob(Digest([9; 32])).await.unwrap(), None);
    assert_eq!(store.upload(id(1), Digest([2; 32])).await.unwrap(), Some(upload.clone()));
    assert_eq!(store.upload(id(2), Digest([2; 32])).await.unwrap(), Some(other));
    assert_eq!((store.open_uploads(id(1)).await.unwrap(), store.open_uploads(id(2)).await.unwrap()), (1, 0));
    assert_eq!(store.expired_uploads(UtcMs(51)).await.unwrap(), std::slice::from_ref(&upload));
    assert_eq!(store.seals(id(5), 4).await.unwrap(), [seal(9)]);
    assert_eq!(store.seals(id(5), 1).await.unwrap(), [seal(3), seal(9)]);
    assert_eq!(store.device(id(5)).await.unwrap(), Some(device.clone()));
    assert_eq!(store.devices().await.unwrap(), [device]);
    assert_eq!(store.record("test", vec![2]).await.unwrap(), Some(vec![2]));
    assert_eq!(store.records("test").await.unwrap(), [(vec![1], vec![1]), (vec![2], vec![2])]);

    let leaf_twice = Commit { after: after + 2, hub_seq: after + 2, leaves: vec![(1, vec![9])], ..Commit::default() };
    assert!(matches!(store.commit(leaf_twice).await, Err(StoreError::Moved)));
    let erase = Commit {
        after: after + 2,
        hub_seq: after + 3,
        keys: vec![key(1, None, after + 3)],
        dropped: vec![(id(1), Digest([2; 32]))],
        records: vec![record(1, None), record(2, Some(vec![3]))],
        ..Commit::default()
    };
    store.commit(erase).await.unwrap();
    assert_eq!(store.keys(vec![id(1)]).await.unwrap(), [key(1, None, after + 3)]);
    assert_eq!(store.upload(id(1), Digest([2; 32])).await.unwrap(), None);
    assert_eq!(store.records("test").await.unwrap(), [(vec![2], vec![3])]);
}

async fn event_contract(store: &dyn EventStore) {
    events_are_kept_in_order_and_once(store).await;
    states_and_links_change(store).await;
    the_rest_is_kept(store).await;
}

async fn file_contract(files: &dyn FileStore) {
    let bytes: Vec<u8> = (0..1000u32).map(|n| n as u8).collect();
    let name = UploadName { device: id(1), sha256: Digest::of(&bytes) };
    assert_eq!(files.length(name).await.unwrap(), 0);
    let mut part = files.append(name).await.unwrap();
    part.write(bytes[..300].to_vec().into()).await.unwrap();
    part.write(bytes[300..400].to_vec().into()).await.unwrap();
    assert_eq!(part.keep().await.unwrap(), 400);
    assert_eq!(files.length(name).await.unwrap(), 400);
    // What a part wrote that was dropped stays, what was undone does not.
    let mut part = files.append(name).await.unwrap();
    part.write(bytes[400..500].to_vec().into()).await.unwrap();
    drop(part);
    assert_eq!(files.length(name).await.unwrap(), 500);
    let mut part = files.append(name).await.unwrap();
    part.write(vec![0; 100].into()).await.unwrap();
    part.undo().await.unwrap();
    assert_eq!(files.length(name).await.unwrap(), 500);
    let other = UploadName { device: id(2), ..name };
    assert_eq!(files.length(other).await.unwrap(), 0, "each device has its own");
    let mut part = files.append(name).await.unwrap();
    part.write(bytes[500..].to_vec().into()).await.unwrap();
    part.keep().await.unwrap();
    assert_eq!(files.read_upload(name).await.unwrap(), bytes);
    assert_eq!(files.size(name.sha256).await.unwrap(), None);
    assert_eq!(files.finish(name).await.unwrap(), Some(1000));
    assert_eq!(files.length(name).await.unwrap(), 0);
    assert_eq!(files.size(name.sha256).await.unwrap(), Some(1000));
    assert_eq!(files.read(name.sha256, 0, usize::MAX >> 1).await.unwrap().unwrap(), bytes);
    assert_eq!(files.read(name.sha256, 990, 100).await.unwrap().unwrap(), bytes[990..]);
    assert_eq!(files.read(name.sha256, 2000, 5).await.unwrap().unwrap().len(), 0);
    assert_eq!(files.read(Digest([0; 32]), 0, 5).await.unwrap(), None);
    // Bytes that are not what their name says are never a file.
    let lie = UploadName { device: id(1), sha256: Digest([9; 32]) };
    files.append(lie).await.unwrap().write(vec![1].into()).await.unwrap();
    assert_eq!(files.finish(lie).await.unwrap(), None);
    assert_eq!((files.length(lie).await.unwrap(), files.size(lie.sha256).await.unwrap()), (0, None));
    files.append(lie).await.unwrap().write(vec![1].into()).await.unwrap();
    files.discard(lie).await.unwrap();
    files.discard(lie).await.unwrap();
    assert_eq!(files.length(lie).await.unwrap(), 0);
    let (sha256, size) = files.put(b"report"[..].into()).await.unwrap();
    assert_eq!((sha256, size), (Digest::of(b"report"), 6));
    assert_eq!(files.put(b"report"[..].into()).await.unwrap(), (sha256, size));
    assert_eq!(files.read(sha256, 0, 6).await.unwrap().unwrap(), &b"report"[..]);
}

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hub.sqlite");
    let store = SqlStore::open(&path).await.unwrap();
    event_contract(&store).await;
    let head = store.head().await.unwrap();
    store.close().await;
    // Opened again, all is there.
    let store = SqlStore::open(&path).await.unwrap();
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(store.events_after(0, usize::MAX).await.unwrap().len(), 2003);
    // The key that was destroyed is nowhere in the file.
    store.close().await;
    let file = std::fs::read(&path).unwrap();
    assert!(!file.windows(32).any(|w| w == secret(6)), "a destroyed key is still in the file");
    assert!(file.windows(32).any(|w| w == secret(7)), "the other key is");
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    event_contract(&MemoryStore::default()).await;
}

#[tokio::test]
async fn a_folder_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let files = Folder::open(dir.path()).unwrap();
    file_contract(&files).await;
    // Nothing but the two files is left.
    assert_eq!(std::fs::read_dir(dir.path().join("uploads")).unwrap().count(), 0);
    let again = Folder::open(dir.path()).unwrap();
    assert_eq!(again.size(Digest::of(b"report")).await.unwrap(), Some(6));
}

#[tokio::test]
async fn files_in_memory_keep_the_contract() {
    file_contract(&MemoryFiles::default()).await;
}

#[tokio::test]
async fn a_hub_works_on_any_stores() {
    let dir = tempfile::tempdir().unwrap();
    let (store, files) = (Arc::new(MemoryStore::default()), Arc::new(MemoryFiles::default()));
    let hub = keyturn_hub::Hub::open_with(keyturn_hub::HubConfig::new(dir.path()), store, files).await.unwrap();
    let row = keyturn_hub::RegisterRow {
        kind: AggKind::Community,
        key: "c".into(),
        unit: None,
        parent: None,
        fields: vec![("name".into(), keyturn_hub::RegisterValue::Open("云栖里".into()))],
    };
    assert_eq!(hub.import(id(1), "clerk", vec![row.clone()]).await.unwrap().created, 1);
    assert_eq!(hub.import(id(1), "clerk", vec![row]).await.unwrap().same, 1);
    let digest = hub.put_blob(b"plan"[..].into()).await.unwrap();
    hub.blob_receipt(digest).await.unwrap().unwrap().check(&hub.public()).unwrap();
}

/// A database of the first layout knows its leaves by device after it was opened.
#[tokio::test]
async fn leaves_of_an_older_layout_are_found_by_their_device() {
    use keyturn_core::log::receipt::Leaf;
    use sqlx::Connection;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hub.sqlite");
    let store = SqlStore::open(&path).await.unwrap();
    let leaf = |device: u8| Leaf::Chain { device: id(device), chain: Chain::start(id(device)), received: UtcMs(5) }.bytes();
    let blob = Leaf::Blob { sha256: Digest::of(b"x"), bytes: 1, received: UtcMs(5) }.bytes();
    let leaves = vec![(0, leaf(1)), (1, blob), (2, leaf(2)), (3, leaf(1))];
    store.commit(Commit { leaves, ..Commit::default() }).await.unwrap();
    store.close().await;
    drop(store);
    let mut old = sqlx::SqliteConnection::connect_with(&sqlx::sqlite::SqliteConnectOptions::new().filename(&path)).await.unwrap();
    for step in ["DROP TABLE chain_leaves", "DELETE FROM layout WHERE version > 1"] {
        sqlx::query(step).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();
    let store = SqlStore::open(&path).await.unwrap();
    assert_eq!(store.chain_leaves(vec![id(1)]).await.unwrap(), [0, 3]);
    assert_eq!(store.chain_leaves(vec![id(2)]).await.unwrap(), [2]);
    store.close().await;
}
