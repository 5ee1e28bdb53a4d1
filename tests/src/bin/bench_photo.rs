//! Photographs, measured: original durable + SHA-256 + committed event + 512-pixel picture through the field store, against
//! `vipsthumbnail` alone on the same files, by turns in the same run. Its last line is one JSON object.
//!
//! `bench_photo [COUNT]`: COUNT photographs of 12 megapixels (8 if not said) and one of 48. Every figure comes from a
//! process of its own, so that CPU seconds (its start included) and peak memory are that work's alone; of the turns the
//! one with the least CPU counts, for both sides.

use keyturn_core::{
    evidence::PictureSize,
    field::{FieldStore, Surroundings},
};
use keyturn_hub::photos::write_samples;
use keyturn_tests::office::Office;
use serde_json::{Value, json};
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const TURNS: usize = 3;
/// What the parts of the JSON answer must stay below.
const GOALS: (f64, f64, f64) = (0.75, 40.0, 60.0);

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--join", store] => {
            let mut office = Office::new();
            office.order_snag();
            office.join(store.as_ref(), "inspector");
            Ok(())
        }
        ["--work", size, photos, store] => work(size == "2048", photos.as_ref(), store.as_ref()),
        ["--make", count, width, height, folder] => Ok(write_samples(folder.as_ref(), count.parse()?, width.parse()?, height.parse()?).map(|_| ())?),
        [] => run(8),
        [count] => run(count.parse()?),
        _ => Err("usage: bench_photo [COUNT]".into()),
    }
}

fn run(count: usize) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    println!("making {count} photographs of 12 megapixels and one of 48");
    itself(&["--make", &count.to_string(), "4000", "3000"], &[&at("12mp")])?;
    itself(&["--make", "1", "8000", "6000"], &[&at("48mp")])?;
    let files = files(&at("12mp"))?;
    let bytes: u64 = files.iter().filter_map(|file| file.metadata().ok()).map(|described| described.len()).sum();

    let taken = |size: &str, photos: &str, turn: usize| {
        let store = at(&format!("store-{size}-{photos}-{turn}"));
        itself(&["--join"], &[&store])?;
        itself(&["--work", size], &[&at(photos), &store])
    };
    let thumbnails = at("vips");
    fs::create_dir(&thumbnails)?;
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        ours.push(taken("512", "12mp", turn)?);
        let mut vips = Command::new("vipsthumbnail");
        vips.args(["--size", "512x512", "-o"]).arg(thumbnails.join("%s.jpg")).args(&files);
        peers.extend(measured(&mut vips));
    }
    let cpu_of = |value: &Value| value["cpu_s"].as_f64().unwrap_or(f64::MAX);
    let least = |turns: Vec<Value>| turns.into_iter().min_by(|a, b| cpu_of(a).total_cmp(&cpu_of(b)));
    let ours = least(ours).unwrap_or_default();
    let peer = least(peers);
    let per_photo = |value: &Value| (cpu_of(value) / count as f64 * 1e4).round() / 10.0;
    let answer = json!({
        "files": count,
        "bytes": bytes,
        "cpu_ms_per_photo": per_photo(&ours),
        "vipsthumbnail_cpu_ms_per_photo": peer.as_ref().map(per_photo),
        "cpu_ratio": peer.as_ref().map(|peer| (cpu_of(&ours) / cpu_of(peer) * 1e3).round() / 1e3),
        "peak_mb": ours["peak_mb"],
        "peak_mb_48mp": taken("512", "48mp", 0)?["peak_mb"],
        "with_2048": taken("2048", "12mp", 0)?,
        "with_2048_48mp": taken("2048", "48mp", 0)?,
        "ours": ours,
        "vipsthumbnail": peer,
        "goals": { "cpu_ratio": GOALS.0, "peak_mb": GOALS.1, "peak_mb_48mp": GOALS.2 },
    });
    println!("{answer}");
    Ok(())
}

/// This program again, in a process of its own; its JSON answer, if it gives one.
fn itself(arguments: &[&str], folders: &[&Path]) -> Outcome<Value> {
    let done = Command::new(std::env::current_exe()?).args(arguments).args(folders).output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    Ok(serde_json::from_slice(&done.stdout).unwrap_or(Value::Null))
}

/// Adds every file of `photos` to a snag, as an inspector does; with the large picture too when asked.
fn work(large: bool, photos: &Path, store: &Path) -> Outcome<()> {
    let field = FieldStore::open(store, Surroundings::desktop())?;
    let snag = field.snags(None, None, 0, 1)?.first().map(|snag| snag.id).ok_or("no snag")?;
    let files = files(photos)?;
    let started = Instant::now();
    for file in &files {
        let photo = field.add_photo(snag, file, "snag")?;
        if field.blobs().picture_path(PictureSize::Small, &photo.sha256).is_none() {
            return Err(format!("no picture of {}", file.display()).into());
        }
        if large && field.picture(photo.sha256, PictureSize::Large).is_none() {
            return Err(format!("no large picture of {}", file.display()).into());
        }
    }
    let answer = json!({ "wall_s": rounded(started.elapsed().as_secs_f64()), "cpu_s": rounded(cpu_s(libc::RUSAGE_SELF)), "peak_mb": peak_mb() });
    println!("{answer}");
    Ok(())
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1e4).round() / 1e4
}

/// Wall and CPU seconds of a command; `None` when it is not installed or fails.
fn measured(command: &mut Command) -> Option<Value> {
    let (started, before_s) = (Instant::now(), cpu_s(libc::RUSAGE_CHILDREN));
    let done = command.output().ok()?;
    let (wall_s, cpu_s) = (started.elapsed().as_secs_f64(), cpu_s(libc::RUSAGE_CHILDREN) - before_s);
    done.status.success().then(|| json!({ "wall_s": rounded(wall_s), "cpu_s": rounded(cpu_s) }))
}

fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Outcome<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// User and system seconds of this process or of its children.
#[allow(unsafe_code)]
fn cpu_s(of: libc::c_int) -> f64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the call fills the struct it is given, and all zeroes are a valid one.
    let usage = unsafe {
        libc::getrusage(of, usage.as_mut_ptr());
        usage.assume_init()
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// The most memory this process ever held (`VmHWM`), in megabytes.
fn peak_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| (kb / 102.4).round() / 10.0)
}
