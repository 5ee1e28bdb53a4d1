//! Sync, measured: 10,000 tickets of 12 fields and 50,000 single edits from device A over loopback HTTP to the hub and on to device
//! B, then 1,000 further edits. Signed, checked against the rules and stored at each end. The last line is one JSON object; times are
//! wall seconds, CPU seconds are those of device and hub together, bytes are counted by a proxy, both ways.
//!
//! `bench_sync [TICKETS EDITS MORE]`

use keyturn_core::{
    field::{FieldStore, Surroundings},
    log::{SystemClock, cert::Scope},
    model::{Id, Value, body::AggKind},
    sync::{SyncOptions, Syncer, enrol},
};
use keyturn_hub::{Hub, HubConfig, RegisterRow, RegisterValue, TlsChoice};
use keyturn_tests::{
    meter::Meter,
    workload::{Random, cpu_s, create, edit, folder_bytes, round3},
};
use serde_json::{Value as Json, json};
use std::{error::Error, net::TcpListener, path::Path, sync::Arc, time::Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

const UNITS: usize = 24;

struct Phone {
    field: Arc<FieldStore>,
    syncer: Syncer,
    person: Id,
    meter: Meter,
}

impl Phone {
    async fn join(hub: &Hub, to: std::net::SocketAddr, dir: &Path, name: &str) -> Outcome<Self> {
        let meter = Meter::start(to).await?;
        let field = Arc::new(FieldStore::open(dir, Surroundings::desktop())?);
        let person = Id::derived(&[b"bench-person", name.as_bytes()]);
        let mut invite = hub.invite(person, "inspector", Scope::Project).await?;
        invite.url = format!("http://{}", meter.address());
        enrol(&field, &invite, name, "bench").await?;
        let syncer = Syncer::new(Arc::clone(&field), SyncOptions::default());
        Ok(Self { field, syncer, person, meter })
    }

    /// One sync: what it took.
    async fn sync(&self) -> Outcome<Cost> {
        self.meter.take();
        let (begun, cpu) = (Instant::now(), cpu_s());
        let done = self.syncer.run().await?;
        let cost = Cost { wall_s: begun.elapsed().as_secs_f64(), cpu_s: cpu_s() - cpu, bytes: self.meter.take() };
        if !done.refused.is_empty() || done.cuts > 0 {
            return Err(format!("{} events refused ({:?}), {} cuts", done.refused.len(), done.refused.first(), done.cuts).into());
        }
        Ok(cost)
    }
}

struct Cost {
    wall_s: f64,
    cpu_s: f64,
    bytes: u64,
}

impl Cost {
    fn json(&self) -> Json {
        json!({ "wall_s": round3(self.wall_s), "cpu_s": round3(self.cpu_s), "bytes": self.bytes })
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let numbers = std::env::args().skip(1).map(|n| n.parse()).collect::<Result<Vec<usize>, _>>()?;
    let (tickets, edits, more) = if let [t, e, m] = numbers[..] { (t, e, m) } else { (10_000, 50_000, 1_000) };
    let dir = tempfile::tempdir()?;
    let hub = Hub::open(HubConfig::new(dir.path().join("hub"))).await?;
    let running = hub.serve(TcpListener::bind("127.0.0.1:0")?, TlsChoice::Off, Default::default()).await?;
    let at = running.address();
    let rows = (0..UNITS).map(|n| RegisterRow {
        kind: AggKind::Unit,
        key: format!("unit{n}"),
        unit: None,
        parent: None,
        fields: vec![("number".to_owned(), RegisterValue::Open(Value::Text(format!("{n:04}"))))],
    });
    hub.import(hub.own_person(), "clerk", rows.collect()).await?;
    let units: Vec<Id> = (0..UNITS).map(|n| hub.register_id(&format!("unit{n}"))).collect();

    let a = Phone::join(&hub, at, &dir.path().join("a"), "a").await?;
    let b_dir = dir.path().join("b");
    let b = Phone::join(&hub, at, &b_dir, "b").await?;
    a.sync().await?;
    b.sync().await?;

    let mut random = Random::new(42);
    let policy = a.field.profile().at.to_string();
    let who = (a.person, "inspector", policy.as_str());
    let begun = Instant::now();
    let ids = create(a.field.store(), &SystemClock, who, &units, tickets, &mut random)?;
    edit(a.field.store(), &SystemClock, who, &ids, edits, &mut random)?;
    let wrote_s = begun.elapsed().as_secs_f64();
    println!("{tickets} tickets and {edits} edits written on A in {wrote_s:.2} s");

    let up = a.sync().await?;
    println!("A to hub: {}", up.json());
    let down = b.sync().await?;
    println!("hub to B: {}", down.json());
    edit(a.field.store(), &SystemClock, who, &ids, more, &mut random)?;
    let (more_up, more_down) = (a.sync().await?, b.sync().await?);
    println!("{more} further edits: up {}, down {}", more_up.json(), more_down.json());

    // Measured is only what arrived whole.
    for id in &ids {
        let (at_a, at_b) = (a.field.store().thing(*id)?, b.field.store().thing(*id)?);
        if at_a.is_none() || at_a != at_b {
            return Err(format!("{id} differs on A and B").into());
        }
    }
    let differ = b.field.store().rebuild_differs()?;
    if !differ.is_empty() {
        return Err(format!("{} states of B are not the fold of their events", differ.len()).into());
    }
    drop(b);
    let b_bytes = folder_bytes(&b_dir)?;
    running.stop().await?;
    println!(
        "{}",
        json!({
            "tickets": tickets, "edits": edits, "write_s": round3(wrote_s),
            "up_s": round3(up.wall_s), "down_s": round3(down.wall_s), "both_s": round3(up.wall_s + down.wall_s),
            "up_cpu_s": round3(up.cpu_s), "down_cpu_s": round3(down.cpu_s),
            "wire_up_bytes": up.bytes, "wire_down_bytes": down.bytes, "b_bytes": b_bytes,
            "delta_s": round3(more_up.wall_s + more_down.wall_s), "delta_up_bytes": more_up.bytes, "delta_down_bytes": more_down.bytes,
            "goals": { "both_s": 3, "wire_bytes": 2_300_000, "delta_s": 0.14, "delta_bytes": 29_000, "b_bytes": 12_000_000 },
        })
    );
    Ok(())
}
