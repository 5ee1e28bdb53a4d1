//! `cargo xtask bench`: our benchmarks and their peers in one run, as ratios.

use crate::{
    parts::{Outcome, Run},
    sh, tools,
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(30 * 60);

/// All benchmarks, or those named.
pub fn all(only: &[String]) -> bool {
    let mut run = Run::new("cargo xtask bench", only);
    if let Err(why) = sh::run(sh::cargo(&["build", "--release", "--package", "keyturn-tests", "--bins"])) {
        eprintln!("{why}");
        return false;
    }
    run.part("store", || ours("bench_store", &[]));
    run.part("photo", photo);
    run.part("rules", || ours("bench_rules", &[]));
    run.part("report", || ours("bench_report", &["300"]));
    run.part("sync", sync);
    run.part("kotlin", kotlin);
    run.finish()
}

/// The core as an app on the JVM meets it, over JNA.
fn kotlin() -> Result<Outcome, String> {
    if let Err(why) = tools::need(&[tools::JAVA, tools::MAVEN]) {
        return Ok(Outcome::Skipped(why));
    }
    sh::run(sh::cargo(&["build", "--release", "--workspace"]))?;
    let mut mvn = Command::new("mvn");
    mvn.args(["-B", "-q", "-pl", "bindings", "-Dtest=Bench"]);
    mvn.arg(format!("-Dkeyturn.native={}", sh::target().join("release").display())).arg(format!("-Dkeyturn.target={}", sh::target().display()));
    let mut numbers = None;
    let out = sh::follow(mvn.arg("test").current_dir(sh::root().join("android")), LIMIT, |line| {
        println!("{line}");
        if let Some((_, json)) = line.split_once("BENCH ") {
            numbers = Some(json.to_owned());
        }
    })?;
    match (out.code, numbers) {
        (Some(0), Some(numbers)) => Ok(Outcome::Passed(numbers)),
        (code, _) => Err(format!("mvn ended with {code:?}")),
    }
}

/// Runs one of `tests/src/bin`; what it prints is the result, its last line one JSON object.
fn ours(bin: &str, args: &[&str]) -> Result<Outcome, String> {
    numbers(bin, args).map(|n| n.map_or_else(|| Outcome::Skipped(format!("there is no {bin}")), |n| Outcome::Passed(n.to_string())))
}

fn numbers(bin: &str, args: &[&str]) -> Result<Option<Value>, String> {
    let path = sh::built(bin);
    if !path.is_file() {
        return Ok(None);
    }
    let out = sh::follow(Command::new(path).args(args), LIMIT, |line| println!("{line}"))?;
    if out.code != Some(0) {
        return Err(format!("{bin} ended with {:?}", out.code));
    }
    let last = out.stdout.lines().next_back().unwrap_or_default();
    serde_json::from_str(last).map(Some).map_err(|e| format!("{bin}: its last line is no JSON ({e}): {last}"))
}

fn photo() -> Result<Outcome, String> {
    // It runs its peer itself, on the same files and by turns.
    if let Err(why) = tools::need(&[tools::VIPS]) {
        println!("SKIPPED: the peer: {why}");
    }
    ours("bench_photo", &[])
}

/// Device A to hub to device B, beside PouchDB where its files are.
fn sync() -> Result<Outcome, String> {
    let Some(ours) = numbers("bench_sync", &[])? else { return Ok(Outcome::Skipped("there is no bench_sync".into())) };
    let peer = match pouch() {
        Ok(peer) => peer,
        Err(why) => {
            println!("SKIPPED: PouchDB: {why}");
            return Ok(Outcome::Passed(ours.to_string()));
        }
    };
    let hop = |name: &str| ours.pointer(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let line = format!(
        "a hop of PouchDB {:.2} s, ours up {:.2} s = {:.1} times faster, down {:.2} s = {:.1} times; delta {:.3} s, ours both hops {:.3} s",
        peer.full_s,
        hop("/up_s"),
        peer.full_s / hop("/up_s"),
        hop("/down_s"),
        peer.full_s / hop("/down_s"),
        peer.delta_s,
        hop("/delta_s"),
    );
    println!("{line}");
    Ok(Outcome::Passed(line))
}

struct Pouch {
    full_s: f64,
    delta_s: f64,
}

/// PouchDB on its workload, run in a copy of the folder that stands beside the repository.
fn pouch() -> Result<Pouch, String> {
    let from =
        sh::root().parent().map(|p| p.join("shared").join("bench").join("sync")).filter(|p| p.is_dir()).ok_or("its folder is not beside the repository")?;
    tools::need(&[tools::NODE, tools::NPM, tools::PYTHON])?;
    let to = tools::dir().join("pouch");
    copy_files(&from, &to)?;
    if !to.join("node_modules").is_dir() {
        sh::run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&to))?;
    }
    if !to.join("edits2.jsonl").is_file() {
        sh::run(Command::new("python3").arg("gen.py").current_dir(&to))?;
    }
    let out = sh::follow(Command::new("node").args(["pouch.js", "run"]).current_dir(&to).env("BENCH_WORK", &to), LIMIT, |line| println!("{line}"))?;
    let wall = |what: &str| -> Result<f64, String> {
        let line = out.stdout.lines().find(|l| l.starts_with(what)).ok_or_else(|| format!("PouchDB's run has no line `{what}`"))?;
        line[what.len()..].split_whitespace().next().and_then(|n| n.parse().ok()).ok_or_else(|| format!("no seconds in `{line}`"))
    };
    Ok(Pouch { full_s: wall("replicate A->B (HTTP)")?, delta_s: wall("delta replicate 1k")? })
}

fn copy_files(from: &Path, to: &PathBuf) -> Result<(), String> {
    std::fs::create_dir_all(to).map_err(|e| e.to_string())?;
    for entry in std::fs::read_dir(from).map_err(|e| e.to_string())? {
        let path = entry.map_err(|e| e.to_string())?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            std::fs::copy(&path, to.join(name)).map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}
