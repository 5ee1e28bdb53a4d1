//! The command `keyturn field` as scripts and support use it: the real binary, its exit codes, JSON and words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod device;

use device::{
    Device, PHOTO, UNIT, keyturn,
    office::{OWNER_NAME, Office, marked_photo},
    soon,
};
use keyturn_core::model::{Digest, Id};
use serde_json::{Value, json};
use std::{path::Path, process::Command};
use tempfile::TempDir;

#[test]
fn a_device_that_has_not_joined_says_so() {
    let dir = TempDir::new().unwrap();
    let store = dir.path().join("new");
    let store = store.to_str().unwrap();
    for args in [vec!["units"], vec!["unit", UNIT], vec!["sync"], vec!["snag", "list"], vec!["snag", "show", "2-1-1102#1"], vec!["handover", "start", UNIT]] {
        let output = keyturn(&[&["field", "--store", store], &args[..], &["--json", "--lang", "zh-CN"]].concat(), "");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told, json!({"error": {"key": "field-not-enrolled", "args": {}, "words": "本机还没有加入项目。请扫客服部的登记码。"}}));
    }
    let output = keyturn(&["field", "--store", store, "status", "--json"], "");
    assert_eq!(output.status.code(), Some(0));
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&status["role"], &status["records"], &status["unsent_photos"]), (&Value::Null, &json!(0), &json!([])));
    let output = keyturn(&["field", "--store", store, "enrol", "keyturn:nonsense", "--json"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("cli-bad-invite"));
}

#[test]
fn what_cannot_run_ends_with_2_in_the_language_asked_for() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let output = keyturn(&["field", "--store", path, "status", "--lang", "en"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("The store "));
    let output = keyturn(&["field", "--store", path, "status", "--json"], "");
    assert_eq!(output.status.code(), Some(2));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["error"]["key"], "cli-store-path");
    assert!(told["error"]["words"].as_str().unwrap().contains("用不了"), "zh-CN where nothing says otherwise");

    for bad in [&["no-such"][..], &["field"], &["field", "--store", path, "snag"], &["field", "--store", path, "status", "--lang", "fr"]] {
        let output = keyturn(&[bad, &["--json"]].concat(), "");
        assert_eq!(output.status.code(), Some(2), "{bad:?}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["error"]["key"], "cli-usage");
    }
    assert_eq!(keyturn(&["--help"], "").status.code(), Some(0));
    assert_eq!(keyturn(&["--version"], "").status.code(), Some(0));
}

#[test]
fn the_language_follows_the_surroundings() {
    let dir = TempDir::new().unwrap();
    let say = |vars: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_keyturn"))
            .args(["field", "--store", dir.path().to_str().unwrap(), "units"])
            .env_clear()
            .envs(vars.iter().copied())
            .output()
            .unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(say(&[]).starts_with("本机"));
    assert!(say(&[("LANG", "C.UTF-8")]).starts_with("本机"));
    assert!(say(&[("LANG", "en_GB.UTF-8")]).starts_with("This device"));
    assert!(say(&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "zh_CN.UTF-8")]).starts_with("本机"));
}

#[test]
fn a_walk_without_a_network_from_start_to_close() {
    let device = Device::joined("inspector");
    // S0-09: units, checklist by finish level and stage.
    let units = device.rows(&["units"]);
    assert_eq!(units.len(), 1);
    assert_eq!((&units[0]["label"], &units[0]["handover"], &units[0]["snags"]), (&json!("云溪雅苑一期 2-1-1102"), &json!("appointed"), &json!(0)));
    let unit = device.done(&["unit", UNIT]);
    assert_eq!(unit["owners"][0]["name"], OWNER_NAME);
    assert_eq!(unit["rooms"].as_array().unwrap().len(), 2);
    assert_eq!(device.done(&["unit", units[0]["id"].as_str().unwrap()])["label"], unit["label"]);
    assert_eq!(device.done(&["handover", "start", UNIT])["phase"], "started");
    assert_eq!(device.refused(&["handover", "start", UNIT], 1), "rule-phase");

    // S1-19: a snag with two photos, a pin on the unit's own plan, a drawing.
    let first = device.file("a.jpg", &marked_photo(PHOTO, "a"));
    let second = device.file("b.jpg", &marked_photo(PHOTO, "b"));
    let snag = device.done(&[
        "snag",
        "new",
        UNIT,
        "--room",
        "bath",
        "--element",
        "waterproofing",
        "--defect",
        "leak",
        "--severity",
        "serious",
        "--owner-text",
        "地漏边渗水",
        "--finding",
        "闭水 24 h 后渗漏",
        "--due-on",
        &soon(),
        "--pin",
        "0.315,0.62",
        "--photo",
        &first,
        "--photo",
        &second,
    ]);
    assert_eq!((&snag["number"], &snag["phase"], &snag["round"]), (&json!(1), &json!("recorded"), &json!(1)));
    assert_eq!(snag["pin"], json!({"plan": device.office.plan, "x_ppm": 315_000, "y_ppm": 620_000}));
    assert_eq!(snag["photos"].as_array().unwrap().len(), 2);
    assert_eq!(snag["photos"][0]["sha256"], Digest::of(&marked_photo(PHOTO, "a")).to_string());
    assert_eq!(snag["photos"][0]["proof"], "on_device");
    let original = device.store().join("files/originals");
    let sha = snag["photos"][0]["sha256"].as_str().unwrap();
    assert_eq!(std::fs::read(original.join(&sha[..2]).join(&sha[2..])).unwrap(), marked_photo(PHOTO, "a"), "byte for byte");
    let shapes = device.file("shapes.json", br#"[{"tool":"circle","points_ppm":[500000,500000,600000,500000],"text":null}]"#);
    let drawn = device.done(&["snag", "draw", "2-1-1102#1", sha, "--shapes", &shapes]);
    assert_eq!(drawn["photos"][0]["drawing"][0]["tool"], "circle");
    assert_eq!(device.done(&["snag", "edit", "2-1-1102#1", "--severity", "poor"])["severity"], "poor");
    assert_eq!(device.done(&["snag", "pin", "2-1-1102#1", "0.4,0.5"])["pin"]["x_ppm"], 400_000);
    let picture = device.done(&["picture", sha, "--size", "2048"])["path"].as_str().unwrap().to_owned();
    assert!(Path::new(&picture).is_file());

    // Refusals change nothing, and each has its own key.
    let before = device.records();
    let text = device.file("words.jpg", b"these are words and no photo at all, whatever the name says");
    for (args, key) in [
        (&["snag", "new", UNIT, "--room", "bath", "--element", "no_such", "--defect", "leak"][..], "rule-unknown-item"),
        (&["snag", "new", UNIT, "--room", "bath", "--element", "wall", "--defect", "crack", "--due-on", "soon"], "rule-bad-date"),
        (&["snag", "new", UNIT, "--room", "bath", "--element", "wall", "--defect", "crack", "--photo", &text], "photo-not-a-photo"),
        (&["snag", "pin", "2-1-1102#1", "1.5,0.5"], "rule-pin-outside"),
        (&["snag", "show", "2-1-1102#9"], "field-not-found"),
        (&["unit", "9-9-9999"], "field-not-found"),
        (&["handover", "part", UNIT, "works"], "rule-part-open"),
        (&["handover", "part", UNIT, "works", "--waive", ""], "rule-waiver-reason"),
        (&["handover", "appoint", UNIT, "--at", "2026-11-30 09:30", "--escort", "me"], "rule-role"),
        (&["handover", "ask", UNIT, " "], "rule-empty-text"),
        (&["repair", "arrive", "2-1-1102#1"], "rule-role"),
        (&["conflicts", "settle", &Id::derived(&[b"x"]).to_string(), "--choice", "0"], "rule-no-conflict"),
    ] {
        assert_eq!(device.refused(args, 1), key, "{args:?}");
    }
    assert_eq!(device.refused(&["snag", "draw", "2-1-1102#1", sha, "--shapes", &text], 2), "cli-bad-json");
    assert_eq!(device.records(), before, "a refusal left something behind");

    // The checklist: measured points as decimals; out of tolerance only with a snag or a reason.
    let lines = device.rows(&["lines", UNIT]);
    assert!(lines.len() > 10);
    let measured = lines.iter().find(|l| l["limit"].is_string() && device_fails(&device, l)).expect("a line that can fail");
    let key = measured["key"].as_str().unwrap();
    let answer = device.done(&["handover", "measure", UNIT, key, "99.5", "99.5", "99.5", "99.5", "99.5", "--snag", "2-1-1102#1"]);
    assert_eq!(
        (&answer["line"], &answer["answer"], &answer["verdict"], &answer["points_milli"][0]),
        (&json!(key), &json!("not_fine"), &json!("fail"), &json!(99_500))
    );
    let plain = lines.iter().find(|l| l["limit"].is_null()).unwrap()["key"].as_str().unwrap();
    assert_eq!(device.refused(&["handover", "answer", UNIT, plain, "not-checked"], 1), "rule-line-reason");
    assert_eq!(device.done(&["handover", "answer", UNIT, plain, "not-checked", "--reason", "停电"])["answer"], "not_checked");
    assert!(!device.done(&["handover", "rest-fine", UNIT])["lines"].as_array().unwrap().is_empty());

    // Meters, keys, documents, questions, disputes.
    let meter = device.done(&["handover", "meter", UNIT, "water", "W-0231", "12.5", "--photo", &first]);
    assert_eq!(meter["meters"][0][1]["reading_milli"], 12_500);
    let given = device.done(&["handover", "document", UNIT, "quality_warranty", "--remark", "原件"]);
    assert_eq!(given["documents"][0][1]["done"], true);
    let question = device.done(&["handover", "ask", UNIT, "阳台能封吗", "--follow-up"]);
    let asked = device.done(&["handover", "reply", UNIT, question["question"].as_str().unwrap(), "须先报物业"]);
    assert_eq!((&asked["questions"][0]["answer"], &asked["questions"][0]["follow_up"]), (&json!("须先报物业"), &json!(false)));
    assert_eq!(device.done(&["handover", "dispute", UNIT, "面积有异议"])["disputes"], json!(["面积有异议"]));
    for part in unit_parts(&device) {
        device.done(&["handover", "part", UNIT, &part, "--waive", "另行移交"]);
    }

    // S1-20: participants, freeze, sign bound to the digest, in part with a reason for one snag.
    let owner = device.office.owner.to_string();
    let signer = device.done(&["handover", "participant", UNIT, "--role", "owner", "--person", &owner, "--identity-check", "id_card"]);
    let inspector = ["handover", "participant", UNIT, "--role", "inspector", "--person", "me", "--organisation", "云溪置业", "--identity-check", "id_card"];
    assert!(device.done(&inspector)["participant"].as_str().unwrap().parse::<Id>().is_ok());
    let frozen = device.done(&["handover", "freeze", UNIT]);
    assert_eq!((&frozen["version"], &frozen["snags"]), (&json!(1), &json!(1)));
    let digest = frozen["digest"].as_str().unwrap();
    assert_eq!(device.done(&["handover", "freeze", UNIT])["digest"], digest, "nothing has changed: the same version");
    let strokes = device.file("strokes.json", b"[[[100000,200000,0,500],[120000,220000,16,600]]]");
    let sign = |signer: &str, outcome: &str, level: &str, more: &[&str]| {
        let args = ["handover", "sign", UNIT, "--record", digest, "--signer", signer, "--outcome", outcome, "--level", level, "--strokes", &strokes];
        [&args[..], more].concat().iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()
    };
    let run = |args: Vec<String>| device.done(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let refuse = |args: Vec<String>| device.refused(&args.iter().map(String::as_str).collect::<Vec<_>>(), 1);
    assert_eq!(refuse(sign("owner", "in-part", "1", &[])), "rule-sign-reason");
    assert_eq!(refuse(sign("owner", "accepted", "2", &[])), "rule-sign-code");
    assert_eq!(refuse(sign("witness", "attested", "1", &[])), "field-not-found");
    let signed = run(sign(signer["participant"].as_str().unwrap(), "in-part", "1", &["--refuse", "1=还在渗水"]));
    assert_eq!(
        (&signed["phase"], &signed["signatures"][0]["outcome"], &signed["signatures"][0]["superseded"]),
        (&json!("signed"), &json!("in_part"), &json!(false))
    );
    assert_eq!(device.refused(&["handover", "close", UNIT], 1), "gate-not-signed");
    run(sign("inspector", "attested", "3", &[]));
    assert_eq!(device.done(&["handover", "close", UNIT])["phase"], "closed");

    // What is signed is superseded by what comes after, and says so.
    device.done(&["snag", "edit", "2-1-1102#1", "--finding", "补充：墙根返潮"]);
    assert_eq!(device.done(&["handover", "show", UNIT])["signatures"][0]["superseded"], true);
    let ordered = device.done(&["snag", "order", "2-1-1102#1", "--contractor", "防水班组", "--due-on", &soon()]);
    assert_eq!(ordered["phase"], "ordered");
    assert_eq!(device.rows(&["snag", "list", UNIT, "--phase", "ordered"]).len(), 1);
    assert!(device.rows(&["snag", "list", "--phase", "recorded"]).is_empty());

    // S0-11: the report and the bundle are made here, with no hub.
    let pdf = device.dir.path().join("report.pdf").to_str().unwrap().to_owned();
    let report = device.done(&["export", "report", UNIT, "--out", &pdf]);
    assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF-"));
    assert_eq!(device.done(&["export", "report", UNIT, "--out", &pdf])["sha256"], report["sha256"], "the same bytes again");
    let bundle = device.dir.path().join("unit.keyturn").to_str().unwrap().to_owned();
    assert_eq!(device.done(&["export", "bundle", UNIT, "--out", &bundle])["photos"], 2);
    let output = keyturn(&["verify", &bundle, "--json"], "");
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &verdict["result"]), (Some(0), &json!("sound_unpinned")), "{verdict}");
    assert_eq!(verdict["counts"]["signatures"], 2);

    // The truth about sync, and the store is sound.
    let status = device.done(&["status"]);
    assert_eq!((&status["unsent_records"], &status["role"]), (&status["records"], &json!("inspector")));
    assert_eq!(status["unsent_photos"].as_array().unwrap().len(), 2, "the same file twice is one photo with two uses");
    let check = device.done(&["check"]);
    assert_eq!((&check["sound"], &check["originals"], &check["differ"]), (&json!(true), &json!(3), &json!([])), "two photos and the report");

    // An original that was tampered with is found.
    let path = original.join(&sha[..2]).join(&sha[2..]);
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    std::fs::set_permissions(&path, permissions).unwrap();
    std::fs::write(&path, marked_photo(PHOTO, "c")).unwrap();
    let output = device.raw(&["check", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let check: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&check["sound"], &check["altered"]), (&json!(false), &json!([sha])));
}

/// Whether 99.5 at every point breaks this line's limit: measured without an excuse it is refused then, and changes nothing.
fn device_fails(device: &Device, line: &Value) -> bool {
    let key = line["key"].as_str().unwrap();
    let output = device.raw(&["handover", "measure", UNIT, key, "99.5", "99.5", "99.5", "99.5", "99.5", "--json"]);
    output.status.code() == Some(1) && String::from_utf8_lossy(&output.stdout).contains("rule-line-reason")
}

fn unit_parts(device: &Device) -> Vec<String> {
    let mut parts: Vec<String> = device.rows(&["lines", UNIT]).iter().map(|l| l["part"].as_str().unwrap().to_owned()).collect();
    parts.extend(["works", "equipment", "documents"].map(str::to_owned));
    parts.sort();
    parts.dedup();
    parts
}

/// A device of the crew to which snag number 1 is ordered, with the repair of its first round done.
fn repaired(role: &str) -> (Device, String) {
    let mut office = Office::new();
    let snag = office.order_snag().to_string();
    let device = Device { dir: TempDir::new().unwrap(), office };
    device.office.join(&device.store(), role);
    assert_eq!(device.done(&["repair", "arrive", "2-1-1102#1", "--note", "两人"])["phase"], "in_work");
    assert_eq!(device.refused(&["repair", "done", &snag, "重做防水"], 1), "rule-repair-after-photo");
    assert_eq!(device.done(&["repair", "before", &snag, &device.photo("before")])["round"], 1);
    assert_eq!(device.done(&["repair", "after", &snag, &device.photo("after")])["purpose"], "after");
    assert_eq!(device.refused(&["repair", "done", &snag, " "], 1), "rule-repair-text");
    assert_eq!(device.done(&["repair", "done", &snag, "重做防水", "--materials", "聚氨酯 2 kg", "--minutes", "90"])["phase"], "done");
    (device, snag)
}

/// The second round; each round has its own photos.
fn repair_again(device: &Device, snag: &str) {
    device.done(&["repair", "arrive", snag]);
    assert_eq!(device.refused(&["repair", "done", snag, "又做一遍"], 1), "rule-repair-after-photo");
    assert_eq!(device.done(&["repair", "after", snag, &device.photo("after2")])["round"], 2);
    assert_eq!(device.done(&["repair", "done", snag, "又做一遍"])["phase"], "done");
}

// S1-21, S1-40: rejected with reason and photo, a second round, passed.
#[test]
fn a_repair_is_looked_at_again_by_the_captain() {
    let (device, snag) = repaired("team_captain");
    let snag = snag.as_str();
    // The captain's device makes no snags (roles): the refusal names role and act.
    let before = device.records();
    let output = device.raw(&["snag", "new", UNIT, "--room", "bath", "--element", "wall", "--defect", "crack", "--json", "--lang", "en"]);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let words = "As team captain you may not do this (create a snag). Ask the service office.";
    assert_eq!(told["error"], json!({"key": "rule-role", "args": {"role": "team_captain", "act": "snag.create"}, "words": words}));
    assert_eq!(device.refused(&["recheck", "reject", snag, "", "--photo", &device.photo("empty")], 1), "rule-reject-reason");
    assert_eq!(device.records(), before);
    let rejected = device.done(&["recheck", "reject", snag, "闭水试验仍渗", "--photo", &device.photo("reject")]);
    assert_eq!((&rejected["phase"], &rejected["round"], &rejected["photos"][2]["purpose"]), (&json!("rejected"), &json!(2), &json!("reject")));
    repair_again(&device, snag);
    assert_eq!(device.done(&["recheck", "confirm", snag, "--note", "闭水 48 h 不渗"])["phase"], "done", "the owner confirms next");
    assert_eq!(device.done(&["check"])["sound"], true);
}

// S1-22, S1-23: the owner on site, on the crew's device.
#[test]
fn a_repair_is_rejected_and_confirmed_by_the_owner_on_site() {
    let (device, snag) = repaired("repair_team");
    let snag = snag.as_str();
    let before = device.records();
    assert_eq!(device.refused(&["recheck", "pass", snag], 1), "rule-role");
    assert_eq!(device.refused(&["recheck", "reject", snag, " ", "--by", "owner", "--photo", &device.photo("empty")], 1), "rule-reject-reason");
    assert_eq!(device.records(), before);
    let rejected = device.done(&["recheck", "reject", snag, "还在渗", "--by", "owner", "--photo", &device.photo("reject")]);
    assert_eq!((&rejected["phase"], &rejected["round"]), (&json!("rejected"), &json!(2)));
    repair_again(&device, snag);
    let confirmed = device.done(&["recheck", "confirm", snag, "--by", "owner"]);
    assert_eq!((&confirmed["phase"], confirmed["photos"].as_array().unwrap().len()), (&json!("confirmed"), 4));
    let before = device.records();
    assert_eq!(device.refused(&["recheck", "reject", snag, "太晚", "--by", "owner", "--photo", &device.photo("late")], 1), "rule-phase");
    assert_eq!(device.records(), before, "a photo stayed behind a refused rejection");
    assert_eq!(device.done(&["check"])["sound"], true);
}

#[test]
fn a_script_acknowledges_each_command_once_it_is_durable() {
    let device = Device::joined("inspector");
    let store = device.store();
    let script = [
        json!({"id": 1, "run": ["handover", "start", UNIT]}),
        json!({"id": "two", "run": ["snag", "new", UNIT, "--room", "bath", "--element", "wall", "--defect", "crack", "--finding", "第一条"]}),
        json!({"id": 3, "run": ["snag", "new", UNIT, "--room", "bath", "--element", "nothing", "--defect", "crack"]}),
        json!({"id": 4, "run": ["snag", "list", UNIT]}),
        json!({"id": 5, "run": ["script"]}),
        json!({"id": 6, "run": ["snag", "draw", "2-1-1102#1", &"0".repeat(64), "--shapes", "-"]}),
        json!({"id": 7, "run": ["no-such"]}),
    ];
    let mut text: String = script.iter().map(|line| format!("{line}\n")).collect();
    text += "\nnot json\n";
    let output = keyturn(&["field", "--store", store.to_str().unwrap(), "script", "--lang", "en"], &text);
    assert_eq!(output.status.code(), Some(1), "something was refused");
    let acks: Vec<Value> = String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(acks.len(), 8);
    assert_eq!(acks[0]["done"]["phase"], "started");
    assert_eq!((&acks[1]["id"], &acks[1]["done"]["number"]), (&json!("two"), &json!(1)));
    assert_eq!((&acks[2]["error"]["key"], &acks[2]["code"]), (&json!("rule-unknown-item"), &json!(1)));
    assert_eq!(acks[3]["done"].as_array().unwrap().len(), 1);
    let keys: Vec<&Value> = acks[4..].iter().map(|a| &a["error"]["key"]).collect();
    assert_eq!(keys, [&json!("cli-script-in-script"), &json!("cli-script-stdin"), &json!("cli-usage"), &json!("cli-bad-json")]);
    assert_eq!(device.done(&["snag", "show", "2-1-1102#1"])["finding"], "第一条");
}

/// A database that cannot be read is set aside and nothing is deleted; a sound one stays where it is.
#[test]
fn a_damaged_store_is_set_aside_and_the_device_begins_anew() {
    let (device, _) = repaired("team_captain");
    let records = device.records();
    assert!(records > 0);
    assert_eq!(device.refused(&["set-aside"], 1), "field-store-sound");
    assert_eq!(device.records(), records);
    let path = device.store().join("keyturn.db");
    let bytes = std::fs::read(&path).unwrap();
    let damaged = [&[0x55; 4096], &bytes[4096..]].concat();
    std::fs::write(&path, &damaged).unwrap();
    assert_eq!(device.refused(&["status"], 2), "field-store-damaged");
    let moved = device.done(&["set-aside"])["set_aside"].as_str().unwrap().to_owned();
    assert_eq!(std::fs::read(std::path::Path::new(&moved).join("keyturn.db")).unwrap(), damaged);
    assert!(std::path::Path::new(&moved).join("device.key").exists(), "the key of the old chain goes with it");
    let originals = device.done(&["check"]);
    assert_eq!(originals["records"], 0);
    assert!(originals["originals"].as_u64().unwrap() > 0, "{originals}");
}

#[test]
fn two_commands_at_once_take_turns() {
    let device = Device::joined("inspector");
    device.done(&["handover", "start", UNIT]);
    std::thread::scope(|scope| {
        for n in 0..6 {
            let device = &device;
            scope.spawn(move || {
                device.done(&["snag", "new", UNIT, "--room", "bath", "--element", "wall", "--defect", "crack", "--finding", &n.to_string()]);
            });
        }
    });
    let mut numbers: Vec<i64> = device.rows(&["snag", "list", UNIT]).iter().map(|s| s["number"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    assert_eq!(device.done(&["check"])["sound"], true);
}

#[test]
fn people_read_words_and_no_json() {
    let device = Device::joined("inspector");
    device.done(&["handover", "start", UNIT]);
    let say = |args: &[&str], lang: &str| {
        let output = device.raw(&[args, &["--lang", lang]].concat());
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(say(&["units"], "zh-CN"), "云溪雅苑一期 2-1-1102  验房中  0 项问题，0 项未确认\n");
    assert_eq!(say(&["units"], "en"), "云溪雅苑一期 2-1-1102  walk-through on  0 of 0 snags open\n");
    for args in [&["status"][..], &["unit", UNIT], &["lines", UNIT], &["handover", "show", UNIT], &["snag", "list"], &["conflicts", "list"], &["check"]] {
        for lang in ["zh-CN", "en"] {
            let text = say(args, lang);
            assert!(!text.contains("cli-") && !text.contains("{\""), "{args:?}: {text}");
        }
    }
}

// S0-32: a meeting with attendees and minutes. S0-31: a joint inspection whose snags go to the contractor.
#[test]
fn meetings_have_minutes_and_what_a_joint_inspection_finds_goes_to_the_contractor() {
    let manager = Device::joined("project_manager");
    let call = ["meeting", "new", UNIT, "--title", "首批交付验收会", "--at", "2026-11-20 14:30", "--place", "客服中心"];
    assert_eq!(manager.refused(&["meeting", "new", UNIT, "--title", " ", "--at", "2026-11-20 14:30"], 1), "rule-empty-text");
    let meeting = manager.done(&call);
    let id = meeting["id"].as_str().unwrap();
    assert_eq!((&meeting["kind"], &meeting["title"], &meeting["place"]), (&json!("meeting"), &json!("首批交付验收会"), &json!("客服中心")));
    assert_eq!(manager.refused(&["meeting", "participant", id, "--role", "representative"], 1), "rule-participant-name");
    manager.done(&["meeting", "participant", id, "--role", "representative", "--name", "业主代表", "--mandate", "业主大会推选"]);
    manager.done(&["meeting", "participant", id, "--role", "third_party_inspector", "--name", "第三方", "--organisation", "质检中心"]);
    assert_eq!(manager.refused(&["meeting", "minutes", id, " "], 1), "rule-empty-text");
    manager.done(&["meeting", "minutes", id, "同意按清单整改"]);
    let shown = manager.done(&["meeting", "minutes", id, "整改后逐户复验"]);
    let minutes: Vec<&str> = shown["minutes"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(minutes, ["同意按清单整改", "整改后逐户复验"], "in order, none replaced");
    assert_eq!(shown["participants"].as_array().unwrap().len(), 2);
    assert_eq!(manager.rows(&["meeting", "list", UNIT]).len(), 1);
    assert!(manager.rows(&["joint", "list"]).is_empty());
    assert_eq!(manager.refused(&["joint", "show", "00000000-0000-7000-8000-000000000000"], 1), "field-not-found");
    // The section of the acceptance report.
    let store = keyturn_core::field::FieldStore::open(&manager.store(), keyturn_core::field::Surroundings::desktop()).unwrap();
    let keyturn_core::report::Document::AcceptanceReport(report) = store.dossier(manager.office.unit).unwrap().acceptance_report().unwrap() else {
        panic!("another")
    };
    let [gathering] = report.gatherings.as_slice() else { panic!("{:?}", report.gatherings) };
    assert_eq!(
        (gathering.said.as_slice(), gathering.present.len(), gathering.at.is_some()),
        (&minutes.iter().map(|m| (*m).to_owned()).collect::<Vec<_>>()[..], 2, true)
    );
    drop(store);
    let pdf = manager.dir.path().join("m.pdf").to_str().unwrap().to_owned();
    manager.done(&["export", "report", UNIT, "--out", &pdf]);

    let engineer = Device::joined("engineering");
    // Minutes are not engineering's to write, and an inspection has none.
    let joint = engineer.done(&["joint", "new", UNIT, "--title", "外窗联合检查", "--at", "2026-11-19 09:00"]);
    let id = joint["id"].as_str().unwrap();
    assert_eq!(engineer.refused(&["meeting", "minutes", id, "x"], 1), "field-not-found");
    engineer.done(&["joint", "participant", id, "--role", "third_party_inspector", "--name", "第三方", "--organisation", "质检中心"]);
    let found = ["joint", "snag", id, UNIT, "--room", "bath", "--element", "waterproofing", "--defect", "leak", "--severity", "poor", "--finding", "蓄水渗漏"];
    let before = engineer.records();
    assert_eq!(engineer.refused(&[&found[..], &["--contractor", "没有这家"]].concat(), 1), "field-not-found");
    assert_eq!(engineer.records(), before, "nothing of it stays");
    let photo = engineer.photo("joint");
    let snag = engineer.done(&[&found[..], &["--contractor", "防水班组", "--due-on", &soon(), "--photo", &photo]].concat());
    assert_eq!((&snag["phase"], &snag["due_on"]), (&json!("ordered"), &json!(soon())), "recorded and ordered in one act");
    let shown = engineer.done(&["joint", "conclude", id, "整改后复查"]);
    assert_eq!((&shown["snags"], &shown["conclusion"]), (&json!([snag["id"]]), &json!("整改后复查")));
    // It is not part of what the owner signs.
    assert_eq!(engineer.done(&["handover", "show", UNIT])["signatures"], json!([]));
    let store = keyturn_core::field::FieldStore::open(&engineer.store(), keyturn_core::field::Surroundings::desktop()).unwrap();
    let keyturn_core::report::Document::AcceptanceReport(report) = store.dossier(engineer.office.unit).unwrap().acceptance_report().unwrap() else {
        panic!("another")
    };
    assert_eq!(report.gatherings[0].snags, [1]);
    drop(store);
    let bundle = engineer.dir.path().join("joint.keyturn").to_str().unwrap().to_owned();
    engineer.done(&["export", "bundle", UNIT, "--out", &bundle]);
    assert_eq!(keyturn(&["verify", &bundle, "--json"], "").status.code(), Some(0));
    // A role without the right is told so.
    let inspector = Device::joined("inspector");
    assert_eq!(inspector.refused(&call, 1), "rule-role");
}
