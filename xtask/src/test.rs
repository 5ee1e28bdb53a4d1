//! `cargo xtask test|lint|soak`.

use crate::{
    android, bindings, demo, ios,
    parts::{Outcome, Run},
    sh, tokens, tools,
};
use std::{fs, time::Duration};

/// No suite takes longer on a machine of two cores.
const TESTS_LIMIT: Duration = Duration::from_secs(45 * 60);
const SOAK_LIMIT: Duration = Duration::from_secs(24 * 3600);

/// Everything a fresh machine can check.
pub fn all(only: &[String]) -> bool {
    let mut run = Run::new("cargo xtask test", only);
    lint(&mut run);
    run.part("build", || {
        sh::run(sh::cargo(&["build", "--release", "--workspace"]))?;
        sh::run(sh::cargo(&["test", "--release", "--workspace", "--no-run"]))?;
        Ok(Outcome::Passed(String::new()))
    });
    rust(&mut run, &[], TESTS_LIMIT);
    run.part("bindings", || bindings::check().map(|()| Outcome::Passed("Kotlin and Swift are what the library gives".to_owned())));
    run.part("kotlin", android::kotlin);
    run.part("android", android::robolectric);
    ios::parts(&mut run);
    run.part("demo", demo::smoke);
    run.part("browser", demo::browser);
    run.finish()
}

/// `cargo xtask lint`.
pub fn lint_only() -> bool {
    let mut run = Run::new("cargo xtask lint", &[]);
    lint(&mut run);
    run.finish()
}

/// `cargo xtask soak`: the same tests, the slow ones at full length.
pub fn soak(only: &[String]) -> bool {
    let mut run = Run::new("cargo xtask soak", only);
    run.part("build", || sh::run(sh::cargo(&["build", "--release", "--workspace"])).map(|()| Outcome::Passed(String::new())));
    rust(&mut run, &[("KEYTURN_SOAK", "1")], SOAK_LIMIT);
    run.part("kotlin: kills", android::crash_soak);
    run.finish()
}

fn lint(run: &mut Run) {
    run.part("lint: format", || {
        let check = sh::run(sh::cargo(&["fmt", "--all", "--check"]).stdout(std::process::Stdio::null()));
        check.map(|()| Outcome::Passed(String::new())).map_err(|_| "not formatted: run `cargo xtask fmt`".to_owned())
    });
    run.part("lint: clippy", || {
        sh::run(sh::cargo(&["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
        Ok(Outcome::Passed(String::new()))
    });
    run.part("lint: tokens", || match tokens::run(true)? {
        true => Ok(Outcome::Passed(String::new())),
        false => Err("a generated file of the look has drifted: run `cargo xtask tokens`".into()),
    });
    run.part("lint: versions", android::versions);
    run.part("lint: kotlin", || android::ktlint(false));
}

/// The tests of all crates, with the tools they use. What a test could not do here it writes to the file `KEYTURN_SKIPS`
/// (`tests/src/tools.rs`), which becomes a skipped part of the run, because `cargo test` knows no such result.
fn rust(run: &mut Run, env: &[(&str, &str)], limit: Duration) {
    const NAME: &str = "tests";
    if !run.wants(NAME) {
        return;
    }
    for missing in [tools::need(&[tools::POPPLER, tools::CJK_FONTS]), tools::verapdf().map(|_| ())].into_iter().filter_map(Result::err) {
        println!("The tests will skip something: {missing}");
    }
    let skips = sh::target().join("xtask").join("skips.txt");
    run.part(NAME, || {
        fs::create_dir_all(sh::target().join("xtask")).map_err(|e| e.to_string())?;
        fs::write(&skips, "").map_err(|e| e.to_string())?;
        let mut cargo = sh::cargo(&["test", "--release", "--workspace", "--no-fail-fast"]);
        cargo.env("KEYTURN_SKIPS", &skips).env("KEYTURN_TOOLS", tools::dir()).env("KEYTURN_BIN", sh::built("keyturn")).envs(env.iter().copied());
        let (mut passed, mut failed, mut ignored) = (0, 0, 0);
        let mut names = Vec::new();
        let out = sh::follow(&mut cargo, limit, |line| {
            println!("{line}");
            if let Some(counts) = line.strip_prefix("test result: ") {
                passed += count(counts, "passed");
                failed += count(counts, "failed");
                ignored += count(counts, "ignored");
            } else if let Some(name) = line.strip_prefix("test ").and_then(|l| l.strip_suffix(" ... FAILED")) {
                names.push(name.to_owned());
            }
        })?;
        if out.code != Some(0) || failed > 0 {
            return Err(format!("{failed} of {} tests failed (cargo's exit code {:?}): {}", passed + failed, out.code, names.join(", ")));
        }
        if passed == 0 {
            return Err("no test ran".into());
        }
        Ok(Outcome::Passed(format!("{passed} tests, {ignored} ignored")))
    });
    let mut seen = std::collections::BTreeSet::new();
    for line in fs::read_to_string(&skips).unwrap_or_default().lines() {
        let (name, why) = line.split_once('\t').unwrap_or((line, ""));
        if seen.insert(name.to_owned()) {
            run.skipped(format!("tests: {name}"), why.to_owned());
        }
    }
}

/// `3 passed` in `ok. 3 passed; 0 failed; …`.
fn count(counts: &str, word: &str) -> u64 {
    counts.split([';', '.']).filter_map(|part| part.trim().strip_suffix(word)).find_map(|n| n.trim().parse().ok()).unwrap_or(0)
}
