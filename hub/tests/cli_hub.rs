//! The commands around a hub as its operator uses them: the real binary, a hub that runs, devices that join by its invites.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;

const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/photos/IMG_20261120_090833.jpg");
const UNIT: &str = "2-1-1102";

fn keyturn(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_keyturn")).args(args).arg("--json").current_dir(dir).env_clear().output().unwrap()
}

fn rows(dir: &Path, args: &[&str]) -> Vec<Value> {
    let output = keyturn(dir, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn done(dir: &Path, args: &[&str]) -> Value {
    let mut rows = rows(dir, args);
    assert_eq!(rows.len(), 1, "{args:?}");
    rows.remove(0)
}

fn refused(dir: &Path, args: &[&str], code: i32) -> String {
    let output = keyturn(dir, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!told["error"]["words"].as_str().unwrap().is_empty());
    told["error"]["key"].as_str().unwrap().to_owned()
}

/// A hub in a process of its own, ended when dropped.
struct Running {
    child: Child,
    told: Value,
}

impl Running {
    fn start(dir: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyturn"));
        command.args(["hub", "--data", "hub", "--listen", "127.0.0.1:0", "--json"]).args(more).current_dir(dir).env_clear();
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, told: serde_json::from_str(&line).unwrap() }
    }

    /// As ctrl-C does; the exit code.
    fn end(mut self) -> Option<i32> {
        assert!(Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with the sample register imported into a hub that is not running yet.
fn project() -> TempDir {
    let dir = TempDir::new().unwrap();
    done(dir.path(), &["sample-register", "register"]);
    let first = done(dir.path(), &["import", "register", "--data", "hub"]);
    assert_eq!(first["bad"], json!([]));
    assert!(first["imported"]["created"].as_u64().unwrap() > 24);
    dir
}

fn invite(dir: &Path, name: &str, role: &str, scope: &str) -> Value {
    done(dir, &["hub", "--data", "hub", "invite", "--new-person", name, "--role", role, "--scope", scope])
}

#[test]
fn a_register_is_imported_whole_or_not_at_all() {
    let dir = project();
    let dir = dir.path();
    // S4-98: importing twice changes nothing; a changed row is a change.
    let again = done(dir, &["import", "register", "--data", "hub"]);
    assert_eq!((&again["imported"]["created"], &again["imported"]["changed"]), (&json!(0), &json!(0)));
    let path = dir.join("register/contractor.csv");
    let good = std::fs::read_to_string(&path).unwrap();
    let name = good.lines().nth(1).unwrap().split(',').nth(1).unwrap().to_owned();
    let file = |text: &str| std::fs::write(&path, text).unwrap();

    // A bad cell refuses the whole file, with its place; `--skip-bad` takes the rest and writes the bad rows out.
    let unit = dir.join("register/unit.csv");
    let units = std::fs::read_to_string(&unit).unwrap();
    let level = ["精装", "毛坯", "fitted", "shell"].into_iter().find(|level| units.contains(level)).unwrap();
    std::fs::write(&unit, units.replacen(level, "半装", 1)).unwrap();
    let output = keyturn(dir, &["import", "register", "--data", "hub"]);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["imported"], told["bad"].as_array().unwrap().len()), (&Value::Null, 1));
    assert!(told["bad"][0]["row"].as_u64().unwrap() > 1 && !told["bad"][0]["words"].as_str().unwrap().is_empty());
    file(&good.replace(&name, "新班组"));
    let output = keyturn(dir, &["import", "register", "--data", "hub", "--skip-bad", "--refused", "refused.csv"]);
    assert_eq!(output.status.code(), Some(1), "something was wrong all the same");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["imported"]["created"], 1, "the renamed crew is another one");
    assert!(std::fs::read_to_string(dir.join("refused.csv")).unwrap().contains("半装"));
    assert_eq!(refused(dir, &["import", "nothing.xlsx", "--data", "hub"], 2), "import-not-found");
    assert_eq!(refused(dir, &["import", "--data", "hub"], 2), "cli-usage");
    done(dir, &["import", "--template", "template.xlsx"]);
    assert!(std::fs::read(dir.join("template.xlsx")).unwrap().starts_with(b"PK"));
}

#[test]
fn a_folder_that_is_no_hub_stays_as_it_is() {
    let project = project();
    let dir = project.path();
    // A slip of the keyboard, or a register that is refused whole, begins no hub.
    assert_eq!(refused(dir, &["export", "report", UNIT, "--data", "hbu", "--out", "x"], 2), "cli-no-hub");
    assert_eq!(refused(dir, &["rules", "show", "cn-default", "--data", "hbu"], 2), "cli-no-hub");
    std::fs::write(dir.join("bad.csv"), "a,b\n1,2\n").unwrap();
    let output = keyturn(dir, &["import", "bad.csv", "--data", "hbu"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    let looked = keyturn(dir, &["import", "register", "--data", "hbu", "--dry-run"]);
    assert_eq!(looked.status.code(), Some(0), "{}", String::from_utf8_lossy(&looked.stdout));
    assert!(!dir.join("hbu").exists());
}

#[test]
fn published_profiles_are_shown_and_compared_from_the_hub_that_has_them() {
    let project = project();
    let dir = project.path();
    let house = "id = \"house\"\nversion = 1\nzh = \"本项目规则\"\nen = \"house rules\"\neffective_from = \"2026-01-01\"\nscope = \"project\"\njurisdiction = \"CN\"\nbase = \"cn-default@1\"\n[gate]\nnotice_days_min = { value = 21, origin = \"contract\" }\n";
    std::fs::write(dir.join("house.toml"), house).unwrap();
    assert_eq!(refused(dir, &["rules", "show", "house"], 1), "profile-unknown");
    done(dir, &["rules", "publish", "house.toml", "--data", "hub"]);
    let check = || {
        let shown = done(dir, &["rules", "show", "house", "--data", "hub"]);
        assert_eq!(shown["values"]["gate.notice_days_min"]["value"], 21);
        let differ = rows(dir, &["rules", "diff", "cn-default", "house", "--data", "hub"]);
        assert_eq!(differ.len(), 1, "{differ:?}");
        assert_eq!((&differ[0]["key"], &differ[0]["b"]["value"]), (&json!("gate.notice_days_min"), &json!(21)));
    };
    // A draft is checked against what the office has published, and by what an office may publish.
    let draft = |name: &str, text: String| {
        std::fs::write(dir.join(name), text).unwrap();
        let output = keyturn(dir, &["rules", "check", name, "--data", "hub"]);
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), told["faults"][0]["problem"].as_str().map(str::to_owned))
    };
    let on_it = house.replace("\"house\"", "\"stricter\"").replace("cn-default@1", "house@1").replace("value = 21", "value = 30");
    let stolen = house.replace("\"house\"", "\"cn-default\"").replace("version = 1", "version = 9");
    let drafts = || {
        assert_eq!(draft("stricter.toml", on_it.clone()), (Some(0), None));
        assert_eq!(draft("stolen.toml", stolen.clone()), (Some(1), Some("profile-id-shipped".to_owned())));
    };
    check();
    drafts();
    let hub = Running::start(dir, &["--plain"]);
    check();
    drafts();
    assert_eq!(hub.end(), Some(0));
}

#[test]
fn a_device_joins_by_an_invite_syncs_and_is_revoked() {
    let project = project();
    let dir = project.path();
    assert_eq!(refused(dir, &["hub", "--data", "hub", "devices"], 2), "cli-hub-not-running");
    let hub = Running::start(dir, &["--plain"]);
    assert!(hub.told["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(refused(dir, &["hub", "--data", "hub", "--listen", "127.0.0.1:0"], 2), "hub-locked");
    assert_eq!(refused(dir, &["hub", "--data", "other", "--listen", "0.0.0.0:0", "--plain"], 2), "hub-plain-http");

    for (args, key) in [
        (&["invite", "--new-person", "李工", "--role", "emperor", "--scope", "project"][..], "hub-no-role"),
        // Promise 10: what only the hub holds is nobody's; an owner comes by a link, a crew has no business at the console.
        (&["invite", "--new-person", "李工", "--role", "hub", "--scope", "project"], "hub-role-no-device"),
        (&["invite", "--new-person", "李工", "--role", "owner", "--scope", "project"], "hub-role-no-device"),
        (&["login", "--role", "hub"], "hub-role-no-console"),
        (&["login", "--role", "repair_team"], "hub-role-no-console"),
        (&["login", "--role", "owner"], "hub-role-no-console"),
        (&["login", "--role", "emperor"], "hub-no-role"),
        (&["invite", "--new-person", " ", "--role", "inspector", "--scope", "project"], "rule-participant-name"),
        (&["invite", "--person", "谁也不是", "--role", "inspector", "--scope", "project"], "hub-not-found"),
        (&["invite", "--new-person", "李工", "--role", "inspector", "--scope", "units:9-9-9999"], "hub-not-found"),
        (&["owner-link", "9-9-9999"], "hub-not-found"),
        (&["revoke", "nobody", "--why", "丢失"], "hub-not-found"),
    ] {
        assert_eq!(refused(dir, &[&["hub", "--data", "hub"], args].concat(), 1), key, "{args:?}");
    }
    assert_eq!(refused(dir, &["hub", "--data", "hub", "invite", "--new-person", "李工", "--role", "inspector", "--scope", "moon"], 2), "cli-bad-scope");

    let invited = invite(dir, "李工", "inspector", "project");
    let line = invited["line"].as_str().unwrap();
    assert!(line.starts_with("keyturn:http://127.0.0.1:") && line.contains(invited["code"].as_str().unwrap()));
    assert_eq!(invited["hub"], hub.told["hub_key"]);
    // The name is known now; the words show a QR code and the fingerprint in groups.
    assert_eq!(refused(dir, &["hub", "--data", "hub", "invite", "--new-person", "李工", "--role", "inspector", "--scope", "project"], 1), "cli-person-known");
    let output = Command::new(env!("CARGO_BIN_EXE_keyturn"))
        .args(["hub", "--data", "hub", "invite", "--person", "李工", "--role", "inspector", "--scope", "project", "--lang", "en"])
        .current_dir(dir)
        .output()
        .unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.contains('▀') && words.contains("good once within"), "{words}");

    let device = |args: &[&str]| [&["field", "--store", "a"], args].concat().iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let run = |args: &[&str]| done(dir, &device(args).iter().map(String::as_str).collect::<Vec<_>>());
    let refuse = |args: &[&str]| refused(dir, &device(args).iter().map(String::as_str).collect::<Vec<_>>(), 1);
    assert_eq!(run(&["enrol", line, "--name", "平板一"])["role"], "inspector");
    assert_eq!(refused(dir, &["field", "--store", "b", "enrol", line], 1), "sync-code-used");
    assert!(run(&["pull"])["pulled"].as_u64().unwrap() > 24);
    let snag = run(&["snag", "new", UNIT, "--room", "living", "--element", "wall", "--defect", "crack", "--photo", PHOTO]);
    let status = run(&["status"]);
    assert_eq!(status["unsent_photos"].as_array().unwrap().len(), 1);
    run(&["pull"]);
    assert_eq!(run(&["status"])["unsent_records"], status["unsent_records"], "a pull sends nothing");
    let synced = run(&["sync"]);
    assert_eq!((&synced["photos"], &synced["set_aside"], &synced["refused"]), (&json!(1), &json!(0), &json!([])));
    let status = run(&["status"]);
    assert_eq!((&status["unsent_records"], &status["unsent_photos"]), (&json!(0), &json!([])));
    assert_eq!(run(&["snag", "show", snag["id"].as_str().unwrap()])["photos"][0]["proof"], "safe");

    // S0-04: links for the owner and the console, whole addresses.
    let login = done(dir, &["hub", "--data", "hub", "login"]);
    assert!(login["url"].as_str().unwrap().contains("/console/login/"));
    let links = rows(dir, &["hub", "--data", "hub", "owner-link", UNIT]);
    assert!(!links.is_empty() && links.iter().all(|l| l["url"].as_str().unwrap().contains("/o/")));

    let devices = rows(dir, &["hub", "--data", "hub", "devices"]);
    assert_eq!(devices.len(), 1);
    assert_eq!((&devices[0]["name"], &devices[0]["role"], &devices[0]["revoked"]), (&json!("平板一"), &json!("inspector"), &Value::Null));
    assert_eq!(refused(dir, &["hub", "--data", "hub", "revoke", "平板一", "--why", ""], 1), "rule-revoke-reason");
    done(dir, &["hub", "--data", "hub", "revoke", "平板一", "--why", "丢失"]);
    // A revoked device still hands over what it has, and says what it is.
    run(&["snag", "edit", snag["id"].as_str().unwrap(), "--finding", "停用后写的"]);
    assert_eq!(refuse(&["sync"]), "sync-device-revoked");
    assert_eq!(run(&["status"])["unsent_records"], 0);
    assert_eq!(hub.end(), Some(0));
    assert_eq!(refused(dir, &["hub", "--data", "hub", "devices"], 2), "cli-hub-not-running");
    // With the hub away the reason is told, and what is unsent stays.
    let output = keyturn(dir, &["field", "--store", "a", "sync", "--tries", "0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stdout).unwrap().contains("sync-link"));
}

#[test]
fn over_tls_a_device_speaks_to_the_hub_of_its_invite_only() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    let hub = Running::start(dir, &[]);
    assert!(hub.told["url"].as_str().unwrap().starts_with("https://"));
    let line = invite(dir, "李工", "inspector", "project")["line"].as_str().unwrap().to_owned();
    let tls = hub.told["tls"].as_str().unwrap();
    assert!(line.contains(tls));
    let other = line.replace(tls, &"0".repeat(64));
    assert_eq!(refused(dir, &["field", "--store", "a", "enrol", &other], 1), "sync-other-certificate", "another certificate is not spoken to");
    let other = line.replace(hub.told["hub_key"].as_str().unwrap(), &"0".repeat(64));
    assert_eq!(refused(dir, &["field", "--store", "a", "enrol", &other], 1), "field-wrong-hub");
    let line = invite(dir, "王工", "inspector", "project")["line"].as_str().unwrap().to_owned();
    assert_eq!(done(dir, &["field", "--store", "c", "enrol", &line])["role"], "inspector");
    done(dir, &["field", "--store", "c", "sync"]);
}

#[test]
fn a_bundle_is_verified_with_nothing_else() {
    let dir = TempDir::new().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("words.keyturn"), "no bundle at all").unwrap();
    assert_eq!(refused(dir, &["verify", "words.keyturn"], 2), "verify-not-a-bundle");
    assert_eq!(refused(dir, &["verify", "nothing.keyturn"], 2), "verify-cannot-read");
    assert_eq!(refused(dir, &["verify", "words.keyturn", "--hub-key", "12"], 2), "cli-usage");

    done(dir, &["sample-register", "register"]);
    done(dir, &["import", "register", "--data", "hub"]);
    let hub = Running::start(dir, &["--plain"]);
    let line = invite(dir, "李工", "service_manager", "project")["line"].as_str().unwrap().to_owned();
    let run = |args: &[&str]| done(dir, &[&["field", "--store", "a"], args].concat());
    run(&["enrol", &line]);
    run(&["pull"]);
    run(&["snag", "new", UNIT, "--room", "living", "--element", "wall", "--defect", "crack", "--photo", PHOTO]);
    run(&["handover", "precheck", UNIT, "quality"]);
    run(&["sync"]);
    let made = done(dir, &["export", "bundle", UNIT, "--out", "unit.keyturn", "--data", "hub"]);
    assert_eq!(made["photos"], 1);
    // Nobody walked the unit yet: there is nothing a report could say, but the guide is for before the walk.
    assert_eq!(refused(dir, &["export", "report", UNIT, "--out", "report.pdf", "--data", "hub"], 1), "document-nothing");
    let report = done(dir, &["export", "report", UNIT, "--kind", "guide", "--out", "report.pdf", "--data", "hub", "--lang", "en"]);
    assert!(std::fs::read(dir.join("report.pdf")).unwrap().starts_with(b"%PDF-"));
    assert!(report["pages"].as_u64().unwrap() > 0 && report["number"].is_string());
    assert_eq!(hub.told["hub_key"], made["hub_key"]);
    drop(hub);
    // Alone, pinned, with the key in groups as it is printed, and under another key.
    let key = made["hub_key"].as_str().unwrap();
    let alone = done(dir, &["verify", "unit.keyturn"]);
    assert_eq!((&alone["result"], &alone["ok"], &alone["hub_key"]), (&json!("sound_unpinned"), &json!(true), &json!(key)));
    assert_eq!(alone["counts"]["photos"], 1);
    let grouped: String = key.as_bytes().chunks(4).map(|c| format!("{} ", std::str::from_utf8(c).unwrap())).collect();
    assert_eq!(done(dir, &["verify", "unit.keyturn", "--hub-key", &grouped])["result"], "sound");
    let output = keyturn(dir, &["verify", "unit.keyturn", "--hub-key", &"0".repeat(64)]);
    assert_eq!(output.status.code(), Some(1));
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&verdict["ok"], &verdict["broken"]["key"]), (&json!(false), &json!("verify-broken-hub")));
    // One byte changed somewhere in the middle.
    let path: PathBuf = dir.join("unit.keyturn");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(keyturn(dir, &["verify", "unit.keyturn"]).status.code(), Some(1));
}

#[test]
fn sample_photographs_are_photographs() {
    let dir = TempDir::new().unwrap();
    let made = rows(dir.path(), &["sample-photos", "photos", "--count", "3", "--width-px", "320", "--height-px", "240"]);
    assert_eq!(made.len(), 3);
    for photo in &made {
        assert!(std::fs::read(dir.path().join(photo["path"].as_str().unwrap())).unwrap().starts_with(&[0xff, 0xd8]));
    }
    assert_eq!(refused(dir.path(), &["sample-photos", "photos", "--width-px", "5"], 2), "cli-usage");
}
