//! How fast a hub takes in and hands out a large first sync. Not for every run: `cargo test --release -p keyturn-hub --test speed -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use keyturn_core::{
    log::{
        Chain,
        batch::BATCH_TARGET_BYTES,
        batch::Batch,
        cert::Scope,
        seal::{SealClaim, SealPurpose, seal},
    },
    model::{
        IdMaker, UtcMs, Value,
        body::{AggKind, Body, Change, Create},
    },
};
use std::{sync::atomic::Ordering, time::Instant};

fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after = stat.rsplit_once(')').unwrap().1.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    (after[11].parse::<f64>().unwrap() + after[12].parse::<f64>().unwrap()) / 100.0
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn ten_thousand_tickets_and_fifty_thousand_edits() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let unit = world.hub.register_id("unit1");
    let mut device = world.device("inspector", Scope::Project).await;
    let mut ids = IdMaker::for_device(device.id);
    let fields = ["room", "element", "defect", "severity", "owner_text", "finding", "due_on", "responsible", "line", "note", "trade", "position"];
    let mut heads = Vec::new();
    for n in 0..10_000 {
        world.clock.0.fetch_add(1, Ordering::Relaxed);
        let id = ids.next(NOW + n);
        let values = fields.iter().enumerate().map(|(i, f)| ((*f).to_owned(), Value::Text(format!("值{} {}", i, n % 97)))).collect();
        let at = device.make(id, &Body::Create(Create { kind: AggKind::Snag, unit: Some(unit), parent: None, fields: values }));
        heads.push((id, [at; 12]));
    }
    let mut seed = 12345u64;
    for n in 0..50_000u64 {
        world.clock.0.fetch_add(1, Ordering::Relaxed);
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (thing, field) = ((seed >> 33) as usize % 10_000, (seed >> 20) as usize % 9);
        let (id, at) = heads[thing];
        let change = Change { field: fields[field].to_owned(), value: Value::Text(format!("改 {n}")), replaces: vec![at[field]] };
        heads[thing].1[field] = device.make(id, &Body::Set(vec![change]));
    }
    let mut batches = Vec::new();
    let (mut before, mut events, mut size) = (Chain::start(device.id), Vec::new(), 0);
    let close = |before: &mut Chain, events: Vec<Vec<u8>>| {
        let mut batch = Batch { device: device.id, before: *before, events, seal: Vec::new(), sent: UtcMs(device.clock.0.load(Ordering::Relaxed)) };
        let chain = batch.after();
        batch.seal = seal(&SealClaim { device: device.id, chain, at: batch.sent, purpose: SealPurpose::Batch }, &device.key).unwrap();
        *before = chain;
        batch.pack()
    };
    for event in &device.events {
        size += event.bytes().len();
        events.push(event.bytes().to_vec());
        if size > BATCH_TARGET_BYTES {
            batches.push(close(&mut before, std::mem::take(&mut events)));
            size = 0;
        }
    }
    batches.push(close(&mut before, events));
    let wire: usize = batches.iter().map(Vec::len).sum();
    let (began, cpu) = (Instant::now(), cpu_s());
    for packed in batches {
        let response = device.send("batch", packed, None).await;
        assert_eq!(response.status(), 201);
    }
    println!("in: {:.2} s, CPU {:.2} s, {} KB on the wire", began.elapsed().as_secs_f64(), cpu_s() - cpu, wire / 1000);
    let reader = world.device("inspector", Scope::Project).await;
    let (began, cpu) = (Instant::now(), cpu_s());
    let (mut cursor, mut got, mut wire) = (String::new(), 0, 0);
    loop {
        let response = reader.request(reqwest::Method::GET, &format!("/v1/pull?cursor={cursor}")).send().await.unwrap();
        let packed = response.bytes().await.unwrap();
        wire += packed.len();
        let segment = keyturn_core::log::batch::Segment::unpack(&packed).unwrap();
        (cursor, got) = (segment.cursor, got + segment.events.len());
        if !segment.more {
            break;
        }
    }
    assert!(got >= 60_000);
    println!("out: {:.2} s, CPU {:.2} s, {} KB on the wire", began.elapsed().as_secs_f64(), cpu_s() - cpu, wire / 1000);
    world.running.stop().await.unwrap();
    println!("on disk: {} KB", std::fs::metadata(dir.path().join("hub.sqlite")).unwrap().len() / 1000);
}
