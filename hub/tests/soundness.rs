//! The check of a whole store says sound only when it is: every column of every table is damaged in turn, as the database's own schema names
//! them, so that a new one cannot be forgotten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod device;

use device::{PHOTO, office::marked_photo};
use keyturn_core::{
    field::{FieldStore, NewParticipant, NewSnag, SignRequest, Surroundings, handover_id},
    log::cert::Scope,
    model::{
        Id,
        act::{Act, Outcome, StrokePoint},
        body::{AggKind, Body},
    },
    policy::Profile,
    sync::{SyncOptions, Syncer, enrol},
    words::Lang,
};
use keyturn_hub::{Hub, HubConfig, RegisterRow, RegisterValue, TlsChoice, sample};
use rusqlite::{Connection, params_from_iter, types::Value};
use std::{net::TcpListener, path::Path, sync::Arc};

/// What carries no meaning that could be lost: why not.
const MEANS_NOTHING: [(&str, &str, &str); 4] = [
    ("draft", "key", "what a person is typing is nobody's record yet"),
    ("draft", "value", "what a person is typing is nobody's record yet"),
    ("photo", "tries", "how often it was tried decides only when it is tried again"),
    ("photo", "next_ms", "a photo is tried again at every sync"),
];

/// A device that has lived: it pulled much and little, made records, photos, a signature, and sent some of it.
async fn lived_in(dir: &Path) {
    let hub = Hub::open(HubConfig::new(dir.join("hub"))).await.unwrap();
    let pages = keyturn_hub::console::pages(&hub);
    let running = hub.serve(TcpListener::bind("127.0.0.1:0").unwrap(), TlsChoice::Off, pages).await.unwrap();
    let register = sample::register(Profile::builtin()).unwrap();
    let rows = keyturn_hub::register_rows::rows(&hub, &register, &sample::file).await.unwrap();
    let office = hub.register_id("staff/office");
    hub.import(office, "clerk", rows).await.unwrap();
    // So many that they are kept packed.
    let crew = |n: usize| {
        let name = RegisterValue::Open(format!("维修 {n} 队").as_str().into());
        RegisterRow { kind: AggKind::Contractor, key: format!("crew/{n}"), unit: None, parent: None, fields: vec![("name".to_owned(), name)] }
    };
    hub.import(office, "clerk", (0..80).map(crew).collect()).await.unwrap();
    let unit = hub.register_id(sample::demo_unit().as_str());
    let inspector = hub.register_id("staff/inspector");
    let store = Arc::new(FieldStore::open(&dir.join("store"), Surroundings::desktop()).unwrap());
    enrol(&store, &hub.invite(inspector, "inspector", Scope::Project).await.unwrap(), "a", "test").await.unwrap();
    let syncer = Syncer::new(Arc::clone(&store), SyncOptions::default());
    syncer.run().await.unwrap();
    let photos: Vec<_> = ["a", "b"]
        .map(|mark| {
            let path = dir.join(format!("{mark}.jpg"));
            std::fs::write(&path, marked_photo(PHOTO, mark)).unwrap();
            path
        })
        .into();
    let of = |defect: &str, photos| NewSnag { unit, room: "living".into(), element: "wall".into(), defect: defect.into(), photos, ..NewSnag::default() };
    let snag = store.snag_new(&of("crack", photos[..1].to_vec())).unwrap().id;
    for item in &Profile::builtin().handover.gate.precheck_items.value {
        store.precheck(unit, item, true, None).unwrap();
    }
    syncer.run().await.unwrap();
    let contractor: Id = hub.all(AggKind::Contractor).await.unwrap()[0].id;
    hub.act(office, "service_manager", handover_id(unit), Body::Act(Act::Appoint(hub.now(), inspector, None))).await.unwrap();
    hub.act(office, "service_manager", snag, Body::Act(Act::Order(contractor, None))).await.unwrap();
    syncer.run().await.unwrap();
    store.start(unit).unwrap();
    let join = |role: &str, person, name: Option<&str>| {
        let name = name.map(str::to_owned);
        let new = NewParticipant { person, role: role.into(), organisation: None, name, identity_check: Some("id_card".into()), mandate: None };
        store.participant(unit, new).unwrap()
    };
    join("witness", None, Some("李强"));
    let signer = join("inspector", Some(inspector), None);
    store.snag_new(&of("stain", photos[1..].to_vec())).unwrap();
    let frozen = store.freeze(unit, Lang::Zh).unwrap();
    let strokes = vec![vec![StrokePoint { x_ppm: 1, y_ppm: 2, t_ms: 3, pressure_milli: 4 }]];
    let request = SignRequest {
        record: frozen.digest,
        signer,
        outcome: Outcome::Attested,
        answers: Vec::new(),
        reason: None,
        strokes,
        level: 3,
        code: None,
        notice: "e_signature_notice@1".into(),
        lang: Lang::Zh,
        witness: None,
    };
    store.sign(unit, &request).unwrap();
    store.store().set_draft("snag", b"half a word").unwrap();
    store.set_position_consent(true).unwrap();
    running.stop().await.unwrap();
    hub.close().await;
}

/// The tables as the database itself names them.
fn tables(db: &Connection) -> Vec<String> {
    let mut statement = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").unwrap();
    statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Columns of a table, and which of them name a row.
fn columns(db: &Connection, table: &str) -> (Vec<String>, Vec<String>) {
    let mut statement = db.prepare(&format!("PRAGMA table_info({table})")).unwrap();
    let rows: Vec<(String, i64)> = statement.query_map([], |r| Ok((r.get(1)?, r.get(5)?))).unwrap().map(Result::unwrap).collect();
    (rows.iter().map(|(name, _)| name.clone()).collect(), rows.into_iter().filter(|(_, key)| *key > 0).map(|(name, _)| name).collect())
}

/// Keys of the rows to damage: all settings; of the rest the first, the middle and the last, and a record of each kind of keeping.
fn chosen(db: &Connection, table: &str, key: &[String]) -> Vec<Vec<Value>> {
    let names = key.join(", ");
    let of = |more: &str| -> Vec<Vec<Value>> {
        let mut statement = db.prepare(&format!("SELECT {names} FROM {table} {more} ORDER BY {names}")).unwrap();
        statement.query_map([], |r| (0..key.len()).map(|i| r.get(i)).collect()).unwrap().map(Result::unwrap).collect()
    };
    let mut rows = of("");
    if table != "meta" && rows.len() > 3 {
        rows = vec![rows[0].clone(), rows[rows.len() / 2].clone(), rows[rows.len() - 1].clone()];
    }
    if table == "event" {
        for kind in ["WHERE segment IS NOT NULL", "WHERE sum IS NOT NULL", "WHERE segment IS NULL AND sum IS NULL"] {
            rows.push(of(kind).first().unwrap_or_else(|| panic!("no record {kind}")).clone());
        }
    }
    rows
}

fn damaged(value: &Value) -> Value {
    match value {
        Value::Null => Value::Integer(1),
        Value::Integer(n) => Value::Integer(n ^ (1 << 20)),
        Value::Real(x) => Value::Real(-x),
        Value::Text(text) => Value::Text(format!("{text}x")),
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            let middle = bytes.len() / 2;
            match bytes.get_mut(middle) {
                Some(byte) => *byte ^= 1,
                None => bytes.push(1),
            }
            Value::Blob(bytes)
        }
    }
}

struct Bench {
    store: std::path::PathBuf,
    whole: Vec<u8>,
}

impl Bench {
    /// Whether the damage is found: the store cannot be opened, or its check says so.
    fn finds(&self, damage: impl FnOnce(&Connection) -> rusqlite::Result<usize>) -> Option<bool> {
        let path = self.store.join("keyturn.db");
        for stale in ["keyturn.db-wal", "keyturn.db-shm"] {
            let _ = std::fs::remove_file(self.store.join(stale));
        }
        std::fs::write(&path, &self.whole).unwrap();
        let db = Connection::open(&path).unwrap();
        match damage(&db) {
            Ok(1) => {}
            Ok(n) => panic!("{n} rows"),
            // Two rows cannot have one key: nothing was damaged.
            Err(error) => panic!("{error}"),
        }
        drop(db);
        let Ok(field) = FieldStore::open(&self.store, Surroundings::desktop()) else { return Some(true) };
        match field.check(&mut |_| {}) {
            Ok(view) => {
                let named = view.damage.iter().all(|d| d.zh != d.key && d.en != d.key && !d.zh.contains("{"));
                assert!(named, "{:?}", view.damage);
                Some(!view.sound)
            }
            Err(error) => panic!("the check itself failed: {error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_of_every_column_is_found() {
    let dir = tempfile::tempdir().unwrap();
    lived_in(dir.path()).await;
    let store = dir.path().join("store");
    let field = FieldStore::open(&store, Surroundings::desktop()).unwrap();
    let view = field.check(&mut |_| {}).unwrap();
    assert!(view.sound, "{view:#?}");
    drop(field);
    let db = Connection::open(store.join("keyturn.db")).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(db);
    let bench = Bench { whole: std::fs::read(store.join("keyturn.db")).unwrap(), store };
    // Read from a copy: the store's own file is damaged again and again.
    std::fs::write(dir.path().join("whole.db"), &bench.whole).unwrap();
    let db = Connection::open(dir.path().join("whole.db")).unwrap();
    let all = tables(&db);
    assert!(all.len() >= 11, "{all:?}");
    assert_eq!(bench.finds(|db| db.execute("UPDATE device SET n = n WHERE n = 1", [])), Some(false), "sound when nothing is wrong");
    let mut missed = Vec::new();
    let mut tried = 0;
    for table in &all {
        let (columns, key) = columns(&db, table);
        let rows = chosen(&db, table, &key);
        assert!(!rows.is_empty(), "{table} is empty here: its columns cannot be tried");
        let named = key.iter().enumerate().map(|(i, k)| format!("{k} IS ?{}", i + 2)).collect::<Vec<_>>().join(" AND ");
        for column in &columns {
            if MEANS_NOTHING.iter().any(|(t, c, _)| t == table && c == column) {
                continue;
            }
            for row in &rows {
                let by_key = named.replace("?2", "?1").replace("?3", "?2");
                let value: Value = db.query_row(&format!("SELECT {column} FROM {table} WHERE {by_key}"), params_from_iter(row), |r| r.get(0)).unwrap();
                let found = bench.finds(|db| {
                    let values = std::iter::once(damaged(&value)).chain(row.iter().cloned());
                    db.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE {named}"), params_from_iter(values))
                });
                tried += 1;
                if found != Some(true) {
                    missed.push(format!("{table}.{column} of {row:?}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{} of {tried} were not found: {missed:#?}", missed.len());
    // A row that is gone.
    for table in ["device", "event", "thing", "segment", "photo", "meta"] {
        let (_, key) = columns(&db, table);
        let named = key.iter().enumerate().map(|(i, k)| format!("{k} IS ?{}", i + 1)).collect::<Vec<_>>().join(" AND ");
        for row in chosen(&db, table, &key) {
            let found = bench.finds(|db| db.execute(&format!("DELETE FROM {table} WHERE {named}"), params_from_iter(row.clone())));
            assert_eq!(found, Some(true), "{table} without {row:?}");
        }
    }
    assert_eq!(bench.finds(|db| db.execute("DELETE FROM seal WHERE seq = (SELECT max(seq) FROM seal)", [])), Some(true), "the seal of a signature");
    let here = "DELETE FROM person_key WHERE sent = 0";
    assert_eq!(bench.finds(|db| db.execute(here, []).map(|_| 1)), Some(true), "keys of what was encrypted here");
}
