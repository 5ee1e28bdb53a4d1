//! The device's store, measured: open it and list 50 of 10,000 and of 100,000 tickets, in a process of its own each time; record
//! snags one by one beside bare fsyncs of the same folder. The last line is one JSON object.
//!
//! `bench_store [TICKETS…]`; the folder is the temporary one (`TMPDIR`), which should be a disk and not memory.

use keyturn_core::{
    field::{FieldStore, NewSnag, Surroundings},
    log::{SystemClock, batch::Segment, fold::Phase},
    model::{
        Id, UtcMs, Value,
        body::{AggKind, Body, Create},
    },
    store::{Store, StoreError},
};
use keyturn_tests::workload::{Random, create, edit, lone_certificate, quantile, round3};
use serde_json::{Value as Json, json};
use std::{error::Error, io::Write, path::Path, process::Command, time::Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

const UNITS: usize = 24;
const OPENS: usize = 15;
const SNAGS: usize = 400;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let ["--open", dir] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return open(dir.as_ref());
    }
    let sizes = if arguments.is_empty() { vec![10_000, 100_000] } else { arguments.iter().map(|n| n.parse()).collect::<Result<_, _>>()? };
    let mut answer = serde_json::Map::new();
    for size in sizes {
        let dir = tempfile::tempdir()?;
        fill(dir.path(), size)?;
        let opens = (0..OPENS).map(|_| worker(dir.path())).collect::<Outcome<Vec<_>>>()?;
        let all = |name: &str| opens.iter().filter_map(|o| o[name].as_f64()).collect::<Vec<_>>();
        let (all_units, one_unit) = (all("all_units_ms"), all("one_unit_ms"));
        let mut result = json!({
            "open_and_list_50_ms": { "median": round3(quantile(&all_units, 0.5)), "max": round3(quantile(&all_units, 1.0)) },
            "then_list_50_of_one_unit_ms": { "median": round3(quantile(&one_unit, 0.5)), "max": round3(quantile(&one_unit, 1.0)) },
        });
        result["record"] = record(dir.path())?;
        println!("{size} tickets: {result}");
        answer.insert(size.to_string(), result);
    }
    answer.insert("goals".into(), json!({ "open_10000_ms": 5, "open_100000_ms": 20, "record_beyond_fsync_p99_ms": 10 }));
    println!("{}", Json::Object(answer));
    Ok(())
}

fn units() -> Vec<Id> {
    (0..UNITS).map(|n| Id::derived(&[b"bench-unit", &n.to_be_bytes()])).collect()
}

/// A device that has pulled its units, with `n` tickets over them and as many edits.
fn fill(dir: &Path, n: usize) -> Outcome<()> {
    let field = FieldStore::open(dir, Surroundings::desktop())?;
    let (answer, fingerprint) = lone_certificate(&field, "inspector");
    let person = field.take_certificate(&answer, fingerprint)?.person;
    let office = tempfile::tempdir()?;
    let office = Store::open(&office.path().join("office.db"))?;
    let office_id = Id::derived(&[b"office"]);
    office.become_device(office_id)?;
    let mut segment = Segment::at("1".into(), UtcMs::now());
    office.write::<_, StoreError>(&SystemClock, (office_id, "clerk", "bench@1"), |wrote| {
        for (i, unit) in units().into_iter().enumerate() {
            let fields = vec![("number".to_owned(), Value::Text(format!("{i:04}")))];
            segment.add(&wrote.append(unit, &Body::Create(Create { kind: AggKind::Unit, unit: Some(unit), parent: None, fields }))?);
        }
        Ok(())
    })?;
    field.store().take_in(&segment, &SystemClock)?;
    let mut random = Random::new(42);
    let who = (person, "inspector", "bench@1");
    let ids = create(field.store(), &SystemClock, who, &units(), n, &mut random)?;
    edit(field.store(), &SystemClock, who, &ids, n, &mut random)?;
    Ok(())
}

fn worker(dir: &Path) -> Outcome<Json> {
    let out = Command::new(std::env::current_exe()?).arg("--open").arg(dir).output()?;
    if !out.status.success() {
        return Err(format!("--open: {}: {}", out.status, String::from_utf8_lossy(&out.stderr)).into());
    }
    Ok(serde_json::from_slice(&out.stdout)?)
}

/// What a start of the app does until the first list stands.
fn open(dir: &Path) -> Outcome<()> {
    let begun = Instant::now();
    let field = FieldStore::open(dir, Surroundings::desktop())?;
    let rows = field.snags(None, Some(Phase::Recorded), 0, 50)?;
    let all_units_ms = begun.elapsed().as_secs_f64() * 1e3;
    let begun = Instant::now();
    let of_unit = field.snags(Some(units()[7]), Some(Phase::Recorded), 0, 50)?;
    let one_unit_ms = begun.elapsed().as_secs_f64() * 1e3;
    if rows.len() != 50 || of_unit.len() != 50 || of_unit.iter().any(|s| s.unit != Some(units()[7])) {
        return Err(format!("listed {} and {}, not 50", rows.len(), of_unit.len()).into());
    }
    println!("{}", json!({ "all_units_ms": all_units_ms, "one_unit_ms": one_unit_ms }));
    Ok(())
}

/// Snags one by one, each followed by a bare fsync of as many bytes as its commit writes at least.
fn record(dir: &Path) -> Outcome<Json> {
    let field = FieldStore::open(dir, Surroundings::desktop())?;
    let mut bare = std::fs::File::create(dir.join("bare"))?;
    let (mut ours, mut fsyncs) = (Vec::new(), Vec::new());
    for n in 0..SNAGS {
        let new = NewSnag {
            unit: units()[n % UNITS],
            room: "living".into(),
            element: "wall".into(),
            defect: DEFECT.into(),
            severity: "serious".into(),
            owner_text: "客厅墙面敲着是空的".into(),
            finding: "客厅南墙空鼓，约 0.3 平方米，未见裂缝".into(),
            ..NewSnag::default()
        };
        let begun = Instant::now();
        field.snag_new(&new)?;
        ours.push(begun.elapsed().as_secs_f64() * 1e3);
        let begun = Instant::now();
        bare.write_all(&[7; 8192])?;
        bare.sync_all()?;
        fsyncs.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(dir.join("bare"))?;
    let fsync = quantile(&fsyncs, 0.5);
    let beyond: Vec<f64> = ours.iter().map(|ms| ms - fsync).collect();
    Ok(json!({
        "snags": SNAGS, "p50_ms": round3(quantile(&ours, 0.5)), "p99_ms": round3(quantile(&ours, 0.99)),
        "fsync_p50_ms": round3(fsync), "fsync_p99_ms": round3(quantile(&fsyncs, 0.99)), "beyond_fsync_p99_ms": round3(quantile(&beyond, 0.99)),
    }))
}

const DEFECT: &str = "hollow";
