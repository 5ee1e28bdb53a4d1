//! Photographs, measured: original durable + SHA-256 + 512-pixel picture + committed row, against `vipsthumbnail` alone on
//! the same files in the same run. Prints one JSON object.
//!
//! `bench_photo [COUNT]`: COUNT photographs of 12 megapixels (8 if not said) and one of 48. Every figure comes from a
//! process of its own, so that CPU seconds and peak memory are that work's alone.

use keyturn_core::evidence::{BlobStore, IntakePolicy, PictureSize, make_picture, take_photo};
use keyturn_hub::photos::write_samples;
use serde_json::{Value, json};
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--worker", size, photos, store] => work(if size == "2048" { PictureSize::Large } else { PictureSize::Small }, photos.as_ref(), store.as_ref()),
        ["--make", count, width, height, folder] => Ok(write_samples(folder.as_ref(), count.parse()?, width.parse()?, height.parse()?).map(|_| ())?),
        [] => run(8),
        [count] => run(count.parse()?),
        _ => Err("usage: bench_photo [COUNT]".into()),
    }
}

fn run(count: usize) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    itself(&["--make", &count.to_string(), "4000", "3000"], &[&at("12mp")])?;
    itself(&["--make", "1", "8000", "6000"], &[&at("48mp")])?;
    let files = files(&at("12mp"))?;
    let bytes: u64 = files.iter().filter_map(|file| file.metadata().ok()).map(|described| described.len()).sum();

    let small = itself(&["--worker", "512"], &[&at("12mp"), &at("store-small")])?;
    let large = itself(&["--worker", "2048"], &[&at("12mp"), &at("store-large")])?;
    let small_48mp = itself(&["--worker", "512"], &[&at("48mp"), &at("store-48mp")])?;
    let large_48mp = itself(&["--worker", "2048"], &[&at("48mp"), &at("store-48mp-large")])?;

    let thumbnails = at("vips");
    fs::create_dir(&thumbnails)?;
    let mut vips = Command::new("vipsthumbnail");
    vips.args(["--size", "512x512", "-o"]).arg(thumbnails.join("%s.jpg")).args(&files);
    let vips = measured(&mut vips).ok();
    let per_photo = |cpu_s: f64| (cpu_s / count as f64 * 1e4).round() / 10.0;
    let ours = small["cpu_s"].as_f64().unwrap_or(f64::NAN);
    let answer = json!({
        "photos": { "files": count, "width_px": 4000, "height_px": 3000, "bytes": bytes },
        "original_and_512": small,
        "cpu_ms_per_photo": per_photo(ours),
        "original_and_2048": large,
        "original_and_512_of_48mp": small_48mp,
        "original_and_2048_of_48mp": large_48mp,
        "vipsthumbnail": vips.as_ref().map(|(wall_s, cpu_s)| json!({ "wall_s": wall_s, "cpu_s": cpu_s, "cpu_ms_per_photo": per_photo(*cpu_s) })),
        "cpu_ratio": vips.map(|(_, cpu_s)| (ours / cpu_s * 1e3).round() / 1e3),
        "goals": { "cpu_ratio": 0.75, "peak_mb_12mp": 40, "peak_mb_48mp": 60 },
    });
    println!("{answer:#}");
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

/// Takes in every file of `photos`, commits a row for each and makes its picture, as the field store does.
fn work(size: PictureSize, photos: &Path, store: &Path) -> Outcome<()> {
    let policy = IntakePolicy::product_default()?;
    let blobs = BlobStore::open(store)?;
    let rows = rusqlite::Connection::open(store.join("rows.sqlite"))?;
    rows.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE photo (sha256 BLOB PRIMARY KEY, facts BLOB NOT NULL) STRICT")?;
    let files = files(photos)?;
    let started = Instant::now();
    for file in &files {
        let facts = take_photo(&blobs, file, &policy)?;
        rows.execute("INSERT INTO photo VALUES (?1, ?2)", (&facts.sha256.0[..], minicbor::to_vec(&facts)?))?;
        let picture = make_picture(&blobs, &facts.sha256, size, &policy, None)?;
        assert_eq!(picture.width_px.max(picture.height_px), size.longest_px());
    }
    let answer = json!({
        "wall_s": started.elapsed().as_secs_f64(),
        "cpu_s": cpu_s(libc::RUSAGE_SELF),
        "peak_mb": peak_mb(),
    });
    println!("{answer}");
    Ok(())
}

/// Wall and CPU seconds of a command.
fn measured(command: &mut Command) -> Outcome<(f64, f64)> {
    let (started, before_s) = (Instant::now(), cpu_s(libc::RUSAGE_CHILDREN));
    let done = command.output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    Ok((started.elapsed().as_secs_f64(), cpu_s(libc::RUSAGE_CHILDREN) - before_s))
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
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}
