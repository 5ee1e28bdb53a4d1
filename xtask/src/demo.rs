//! The demo from outside, as a new user meets it: one whole handover, its files, and its pages in a real browser.

use crate::{
    parts::{Outcome, seconds},
    sh, tools,
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

const DEMO_LIMIT: Duration = Duration::from_secs(15 * 60);
const BROWSER_LIMIT: Duration = Duration::from_secs(10 * 60);
const VERIFY_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(20);
const DATA: &str = "demo";
const PHOTOS: u64 = 30;

fn data() -> PathBuf {
    sh::target().join("xtask").join(DATA)
}

fn check(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// `keyturn demo --once --json`: the summary says what the issue asks for, and the files are what it says.
pub fn smoke() -> Result<Outcome, String> {
    let dir = sh::fresh(DATA)?;
    let keyturn = sh::built("keyturn");
    let mut demo = Command::new(&keyturn);
    demo.args(["demo", "--once", "--json", "--data"]).arg(&dir);
    let out = sh::follow(demo, DEMO_LIMIT, |line| println!("{line}"))?;
    check(out.code == Some(0), || format!("the demo ended with {:?}", out.code))?;
    let last = out.stdout.lines().next_back().unwrap_or_default();
    let summary: Value = serde_json::from_str(last).map_err(|e| format!("the last line is no JSON ({e}): {last}"))?;
    let number = |path: &str| summary.pointer(path).and_then(Value::as_u64).ok_or_else(|| format!("the summary has no number {path}: {last}"));
    let file = |path: &str| -> Result<PathBuf, String> {
        let name = summary.pointer(path).and_then(Value::as_str).ok_or_else(|| format!("the summary has no {path}: {last}"))?;
        let file = dir.join(name);
        check(file.is_file(), || format!("{path} is not there: {}", file.display())).map(|()| file)
    };
    let (taken, on_hub, distinct) = (number("/photos/taken")?, number("/photos/on_hub")?, number("/photos/distinct")?);
    check(taken >= PHOTOS, || format!("{taken} photos taken, not {PHOTOS}"))?;
    check(on_hub == distinct && distinct <= taken && distinct > 0, || format!("photos: {taken} taken, {distinct} distinct, {on_hub} on the hub"))?;
    check(number("/snags")? >= 12, || format!("fewer than 12 snags: {last}"))?;
    check(number("/events")? > 0, || format!("no events: {last}"))?;
    check(number("/cuts")? > 0, || "the link was never cut".into())?;
    check(summary.pointer("/verify/ok").and_then(Value::as_bool) == Some(true), || format!("its own check of the bundle did not pass: {last}"))?;
    let records = number("/verify/records")?;
    check(records > 0, || "the bundle holds no records".into())?;
    let (report, bundle) = (file("/files/report")?, file("/files/bundle")?);

    verify(&keyturn, &bundle, 0)?;
    // A verifier that finds nothing wrong with anything is worth nothing.
    verify(&keyturn, &bent_copy(&bundle)?, 1)?;
    pdf(&report)?;
    let size = std::fs::metadata(&bundle).map_or(0, |m| m.len()) / 1_000_000;
    Ok(Outcome::Passed(format!(
        "{taken} photos, {} events, {} cuts, {records} records, bundle {size} MB, demo {}",
        number("/events")?,
        number("/cuts")?,
        seconds(out.wall)
    )))
}

fn verify(keyturn: &Path, bundle: &Path, wanted: i32) -> Result<(), String> {
    let mut verify = Command::new(keyturn);
    verify.arg("verify").arg(bundle);
    let out = sh::follow(verify, VERIFY_LIMIT, |line| println!("{line}"))?;
    check(out.code == Some(wanted), || format!("keyturn verify {}: exit code {:?}, not {wanted}", bundle.display(), out.code))
}

/// The bundle with one bit of one byte in its middle (the inside of a photograph or record) turned over.
fn bent_copy(bundle: &Path) -> Result<PathBuf, String> {
    let mut bytes = std::fs::read(bundle).map_err(|e| e.to_string())?;
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle).ok_or("the bundle is empty")? ^= 1;
    let bent = sh::target().join("xtask").join("bent-bundle.zip");
    std::fs::write(&bent, bytes).map_err(|e| e.to_string())?;
    Ok(bent)
}

/// The report is PDF/A-2b by veraPDF and has words in both languages.
fn pdf(report: &Path) -> Result<(), String> {
    let out = sh::follow(tools::verapdf()?.arg(report), VERIFY_LIMIT, |line| println!("{line}"))?;
    check(out.code == Some(0) && out.stdout.lines().any(|l| l.starts_with("PASS") && l.trim_end().ends_with("2b")), || {
        format!("veraPDF does not pass {}: {}", report.display(), out.stdout.trim())
    })?;
    tools::need(&[tools::POPPLER])?;
    let mut text = Command::new("pdftotext");
    text.arg(report).arg("-");
    let words = sh::follow(text, VERIFY_LIMIT, |_| {})?.stdout;
    check(words.contains("验收"), || "the report's text has no Chinese".into())?;
    check(words.to_lowercase().contains("signature") || words.to_lowercase().contains("acceptance"), || "the report's text has no English".into())
}

/// Console and owner's pages of a demo that stays open, driven by `tests/browser/run.mjs`.
pub fn browser() -> Result<Outcome, String> {
    let folder = match tools::browser() {
        Ok(folder) => folder,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    // On the data that the part before left, if it ran: a second start finds it and does not play twice.
    let second = data().is_dir();
    let dir = if second { data() } else { sh::fresh(DATA)? };
    let mut demo = Command::new(sh::built("keyturn"));
    demo.args(["demo", "--json", "--data"]).arg(&dir).stdin(Stdio::null()).stdout(Stdio::piped());
    eprintln!("$ {}", sh::line(&demo));
    let begun = Instant::now();
    let mut child = demo.spawn().map_err(|e| format!("keyturn demo: {e}"))?;
    let result = with_demo(&mut child, &folder);
    let up = begun.elapsed();
    let stopped = sh::interrupt(&mut child, STOP_LIMIT);
    let (passed, opened) = result?;
    match stopped {
        Ok(Some(0)) => {
            Ok(Outcome::Passed(format!("{passed}; demo open after {}{}, {} in all", seconds(opened), if second { " (second start)" } else { "" }, seconds(up))))
        }
        Ok(code) => Err(format!("ctrl-C ended the demo with {code:?}, not 0")),
        Err(why) => Err(format!("the demo is {why}")),
    }
}

fn with_demo(child: &mut Child, folder: &Path) -> Result<(String, Duration), String> {
    let begun = Instant::now();
    let lines = sh::lines_of(child.stdout.take());
    let (console, owner) = loop {
        match lines.recv_timeout(DEMO_LIMIT.saturating_sub(begun.elapsed())) {
            Ok(line) => {
                println!("{line}");
                let Ok(said) = serde_json::from_str::<Value>(&line) else { continue };
                if let (Some(console), Some(owner)) = (said["console"].as_str(), said["owner_waiting"].as_str()) {
                    break (console.to_owned(), owner.to_owned());
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Err("the demo ended before it said where its console is".into()),
            Err(RecvTimeoutError::Timeout) => return Err(format!("the demo did not open within {}", seconds(DEMO_LIMIT))),
        }
    };
    let opened = begun.elapsed();
    // Whatever it says from now on must not fill the pipe.
    std::thread::spawn(move || while lines.recv().is_ok() {});
    let mut node = Command::new("node");
    node.arg("run.mjs").args(["--login", &console, "--owner", &owner]).current_dir(folder);
    let out = sh::follow(node, BROWSER_LIMIT, |line| println!("{line}"))?;
    let last = out.stdout.lines().next_back().unwrap_or_default().to_owned();
    check(out.code == Some(0), || format!("in the browser: {last} (exit code {:?})", out.code))?;
    Ok((last, opened))
}
