//! The rules, measured on one core: a million due dates of `cn-default`, over all its limits and two years of starts, a third of them
//! with pauses; a million warranties; and what it takes to build the calendar's tables and to resolve a profile. The last line is one JSON object.
//!
//! `bench_rules [COUNT]`

use chrono::{Days, NaiveDate};
use keyturn_core::{
    model::UtcMs,
    policy::{
        Profile,
        calendar::{Calendar, Notices},
        deadline::{DeadlineRow, Pause},
        resolve::Library,
        warranty::{WarrantyQuestion, warranty},
    },
};
use keyturn_tests::workload::{Random, round3};
use serde_json::json;
use std::{error::Error, hint::black_box, time::Instant};

const HOUR_MS: i64 = 3_600_000;
const RESOLVED: u32 = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |n| n.parse())?;
    let profile = Profile::builtin();
    let rules = &profile.deadlines;
    let began = Instant::now();
    let calendar = Calendar::new(&rules.calendar, profile.time_zone, Notices::shipped());
    let tables_ms = began.elapsed().as_secs_f64() * 1e3;

    let library = Library::shipped();
    let (name, overlay) = ("cn-default@1".parse()?, "cn-zhejiang@1".parse()?);
    let began = Instant::now();
    for _ in 0..RESOLVED {
        black_box(library.resolve(&name, std::slice::from_ref(&overlay)).map_err(|faults| faults.to_string())?);
    }
    let resolve_ms = began.elapsed().as_secs_f64() * 1e3 / f64::from(RESOLVED);

    let rows: Vec<&DeadlineRow> = rules.rows.iter().filter(|row| row.value.is_some()).collect();
    let mut random = Random::new(4);
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).ok_or("a date")?.and_hms_opt(0, 0, 0).ok_or("a time")?.and_utc().timestamp_millis();
    // What is asked is made before the clock starts; the answers are what is measured.
    let asked: Vec<(usize, UtcMs, Vec<Pause>)> = (0..4096)
        .map(|n| {
            let start = first + random.below(700 * 24) as i64 * HOUR_MS;
            let pauses = if n % 3 == 0 { (1 + n % 2) as i64 } else { 0 };
            let pause = |k: i64| Pause { from: UtcMs(start + (20 + 40 * k) * HOUR_MS), to: Some(UtcMs(start + (50 + 40 * k) * HOUR_MS)), state: None };
            (n % rows.len(), UtcMs(start), (0..pauses).map(pause).collect())
        })
        .collect();
    let began = Instant::now();
    let mut steps = 0;
    for n in 0..count {
        let (row, start, pauses) = &asked[n % asked.len()];
        let due = rules.due_of(rows[*row], &calendar, *start, pauses)?;
        steps += black_box(due).steps.len();
    }
    let deadlines_s = began.elapsed().as_secs_f64();

    let acceptance = NaiveDate::from_ymd_opt(2024, 1, 1).ok_or("a date")?;
    let components = ["W-01", "W-02", "W-03", "W-04", "W-05"];
    let began = Instant::now();
    for n in 0..count {
        let accepted = acceptance + Days::new(n as u64 % 700);
        let overlay = if n % 4 == 0 { Some("zhejiang") } else { None };
        let question = WarrantyQuestion {
            component: components[n % components.len()],
            acceptance: accepted,
            delivery: accepted + Days::new(90),
            overlay,
            city: Some("beijing"),
            ..WarrantyQuestion::default()
        };
        black_box(warranty(&rules.warranty, &calendar, &question)?);
    }
    let warranties_s = began.elapsed().as_secs_f64();
    let answer = json!({
        "count": count,
        "deadlines_s": round3(deadlines_s),
        "deadlines_per_s": (count as f64 / deadlines_s) as u64,
        "steps": steps,
        "warranties_s": round3(warranties_s),
        "tables_ms": round3(tables_ms),
        "resolve_ms": round3(resolve_ms),
        "goals": { "deadlines_1000000_s": 2, "resolve_ms": 1 },
    });
    println!("{answer}");
    Ok(())
}
