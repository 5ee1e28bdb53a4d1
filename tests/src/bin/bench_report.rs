//! Prints the acceptance report of the fixture with N photographs and says what it cost: one JSON object with wall and CPU
//! seconds, peak memory and the size of the file. `bench_report [PHOTOS] [--out FILE] [--lang en]`.
#![allow(unsafe_code)] // getrusage

use keyturn_core::{report::*, words::Lang};
use keyturn_tests::report_fixture::{acceptance, at, draw_photo, jpeg};
use std::time::Instant;

fn usage() -> libc::rusage {
    // SAFETY: getrusage fills the struct it is given; zero is a valid value of each of its fields.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    }
}

fn cpu_s(u: &libc::rusage) -> f64 {
    let s = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    s(u.ru_utime) + s(u.ru_stime)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).cloned();
    let photos: usize = args.first().and_then(|a| a.parse().ok()).unwrap_or(300);
    let lang = value("--lang").and_then(|l| Lang::from_tag(&l)).unwrap_or_default();

    let (mut report, mut album) = acceptance();
    let mut seed = 1000;
    while Document::AcceptanceReport(Box::new(report.clone())).photos().len() < photos {
        seed += 1;
        let digest = album.add(jpeg(&draw_photo(seed, 640, 480)));
        let photo = Photo { digest, taken: Some(at(10, 0, i64::from(seed % 60))), about: Words::default(), drawing: Vec::new() };
        let snags = report.snags.len();
        report.snags[seed as usize % snags].photos.push(photo);
    }
    let document = Document::AcceptanceReport(Box::new(report));
    let photos = document.photos().len();
    let (before, start) = (usage(), Instant::now());
    let pdf = render(&document, lang, &album)?;
    let (wall_s, after) = (start.elapsed().as_secs_f64(), usage());
    println!(
        "{}",
        serde_json::json!({
            "photos": photos, "pages": pdf.pages, "bytes": pdf.bytes.len(), "wall_s": wall_s, "cpu_s": cpu_s(&after) - cpu_s(&before),
            "peak_rss_mb": after.ru_maxrss as f64 / 1024.0, "rss_before_mb": before.ru_maxrss as f64 / 1024.0,
        })
    );
    if let Some(path) = value("--out") {
        std::fs::write(path, pdf.bytes)?;
    }
    Ok(())
}
