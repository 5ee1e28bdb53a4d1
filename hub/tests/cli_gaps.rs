//! What a device tells before it is too late: everything that is missing, people by name, what cannot be meant.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod device;

use device::{Device, UNIT, keyturn, office::OWNER_NAME, soon};
use keyturn_core::model::Id;
use serde_json::{Value, json};

/// The kinds of what is missing; `needed` only, or all.
fn missing(device: &Device, needed: bool) -> Vec<String> {
    let rows = device.rows(&["handover", "missing", UNIT]);
    let mut kinds: Vec<String> = rows.iter().filter(|row| !needed || row["needed"] == true).map(|row| row["kind"].as_str().unwrap().to_owned()).collect();
    kinds.dedup();
    kinds
}

/// The reasons of a refusal, in order.
fn reasons(device: &Device, args: &[&str]) -> Vec<String> {
    let output = device.raw(&[args, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(1), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let error = &told["error"];
    let mut keys = vec![error["key"].as_str().unwrap().to_owned()];
    keys.extend(error["also"].as_array().into_iter().flatten().map(|more| more["key"].as_str().unwrap().to_owned()));
    assert_eq!(error["words"].as_str().unwrap().lines().count(), keys.len(), "a line for each reason");
    keys
}

fn sign(device: &Device, signer: &str, outcome: &str, level: &str) -> Value {
    let frozen = device.done(&["handover", "freeze", UNIT]);
    let strokes = device.file("strokes.json", b"[[[100000,200000,0,500],[120000,220000,16,600]]]");
    let record = frozen["digest"].as_str().unwrap();
    let args = ["handover", "sign", UNIT, "--record", record, "--signer", signer, "--outcome", outcome, "--level", level, "--strokes", &strokes];
    device.done(&args)
}

// S0-09, S0-10, S1-20, S4-12; law: B-3, B-10
#[test]
fn what_is_missing_is_told_all_at_once_and_closing_is_refused_with_it() {
    let device = Device::joined("inspector");
    assert_eq!(missing(&device, false)[..3], ["notice", "start", "lines"]);
    device.done(&["handover", "start", UNIT]);
    let kinds = missing(&device, true);
    assert_eq!(kinds, ["lines", "meter", "document", "keys", "part", "participant"]);
    let rows = device.rows(&["handover", "missing", UNIT]);
    let lines: usize = rows.iter().filter(|r| r["kind"] == "lines").map(|r| r["lines"].as_array().unwrap().len()).sum();
    assert_eq!(lines, device.rows(&["lines", UNIT]).len(), "every line, grouped by room and part");
    assert!(rows.iter().all(|r| !r["zh"].as_str().unwrap().is_empty() && r["zh"] != r["en"]), "{rows:?}");

    // One refusal names it all, and names people understand.
    let before = device.records();
    let keys = reasons(&device, &["handover", "close", UNIT]);
    assert_eq!(keys.len(), rows.iter().filter(|r| r["needed"] == true).count());
    for key in ["missing-lines", "missing-meter", "missing-document", "missing-keys", "gate-part-missing", "missing-participant"] {
        assert!(keys.iter().any(|k| k == key), "{key}: {keys:?}");
    }
    let words = String::from_utf8(device.raw(&["handover", "close", UNIT, "--lang", "zh-CN"]).stderr).unwrap();
    for raw in ["works", "owner", "inspector", "water", "quality_warranty", "bath"] {
        assert!(!words.contains(raw), "{raw}: {words}");
    }
    assert!(words.contains("水表") && words.contains("住宅质量保证书") && words.contains("工程质量"), "{words}");
    assert_eq!(device.records(), before);

    // A line that is measured by halves, an identity that nobody checked.
    let measured = device.rows(&["lines", UNIT]).into_iter().find(|l| l["limit"].is_string() && l["limit_id"] == "wall_flatness_fitted");
    let measured = measured.or_else(|| device.rows(&["lines", UNIT]).into_iter().find(|l| l["limit"].is_string())).unwrap();
    device.done(&["handover", "rest-fine", UNIT]);
    let args = ["handover", "measure", UNIT, measured["key"].as_str().unwrap(), "0"];
    let one = device.done(&args);
    if one["verdict"] == "incomplete" {
        assert!(missing(&device, true).contains(&"points".to_owned()));
    }
    for line in device.rows(&["lines", UNIT]).iter().filter(|l| l["answer"].is_null() || l["answer"]["verdict"] == "incomplete") {
        device.done(&["handover", "answer", UNIT, line["key"].as_str().unwrap(), "not-checked", "--reason", "另约"]);
    }
    device.done(&["handover", "participant", UNIT, "--role", "owner", "--person", OWNER_NAME]);
    device.done(&["handover", "participant", UNIT, "--role", "inspector", "--person", "me", "--identity-check", "id_card"]);
    let kinds = missing(&device, false);
    assert_eq!(kinds, ["notice", "photo", "meter", "document", "keys", "part", "signature", "identity"]);
    let unphotographed = device.rows(&["handover", "missing", UNIT]).into_iter().find(|r| r["kind"] == "photo").unwrap();
    assert!(unphotographed["needed"] == false && unphotographed["zh"].as_str().unwrap().contains("照片"), "told, but no reason to stay open: {unphotographed}");
    device.done(&["handover", "participant", UNIT, "--role", "owner", "--person", OWNER_NAME, "--identity-check", "id_card"]);
    for meter in ["water", "electricity", "gas"] {
        device.done(&["handover", "meter", UNIT, meter, "B-1", "1"]);
    }
    assert!(!missing(&device, false).contains(&"meter".to_owned()));
    for document in ["quality_warranty", "home_manual", "completion_filing", "surveyed_area_report", "unit_acceptance_sheet"] {
        device.done(&["handover", "document", UNIT, document]);
    }
    device.done(&["handover", "key", UNIT, "entrance_door", "3"]);
    for part in ["works", "equipment", "documents"] {
        device.done(&["handover", "part", UNIT, part]);
    }
    assert_eq!(missing(&device, true), ["signature"]);
    sign(&device, OWNER_NAME, "accepted", "1");
    let keys = reasons(&device, &["handover", "close", UNIT]);
    assert_eq!(keys, ["gate-not-signed"]);

    // Changed between signing and closing: the signed version stays, the owner is asked again.
    device.done(&["handover", "dispute", UNIT, "厨房台面颜色"]);
    let changed = device.rows(&["handover", "missing", UNIT]).into_iter().find(|r| r["kind"] == "changed").expect("told that it was changed");
    assert!(changed["zh"].as_str().unwrap().contains("第 1 版保留") && changed["en"].as_str().unwrap().contains("version 2"), "{changed}");
    sign(&device, "inspector", "attested", "3");
    sign(&device, "owner", "accepted", "1");
    let signed = device.done(&["handover", "show", UNIT]);
    let versions: Vec<i64> = signed["signatures"].as_array().unwrap().iter().map(|s| s["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 2], "the first signed version is still there");
    assert!(missing(&device, true).is_empty());
    assert_eq!(device.done(&["handover", "close", UNIT])["phase"], "closed");
    assert!(device.rows(&["handover", "missing", UNIT]).is_empty());
}

// S0-10, S1-17
#[test]
fn people_are_called_by_their_names() {
    let device = Device::joined("service_manager");
    let people = device.rows(&["people"]);
    let owner = people.iter().find(|p| p["name"] == OWNER_NAME).unwrap();
    assert_eq!((&owner["kind"], &owner["roles"], &owner["me"]), (&json!("owner"), &json!(["owner"]), &json!(false)));
    let me = people.iter().find(|p| p["me"] == true).unwrap();
    assert_eq!(me["roles"], json!(["service_manager"]));
    let when = format!("{} 09:30", soon());
    let appoint = |escort: &str| ["handover", "appoint", UNIT, "--at", &when, "--escort", escort].map(str::to_owned).to_vec();
    let refused = |args: Vec<String>| device.refused(&args.iter().map(String::as_str).collect::<Vec<_>>(), 1);
    let before = device.records();
    assert_eq!(refused(appoint("没有这个人")), "field-not-found");
    assert_eq!(refused(appoint(&Id::derived(&[b"nobody"]).to_string())), "field-not-found");
    let past = ["handover", "appoint", UNIT, "--at", "2026-01-05 09:30", "--escort", "me"];
    assert_eq!(device.refused(&past, 1), "rule-appoint-past");
    assert_eq!(device.refused(&["handover", "notice", UNIT, "sms", "--document", &"0".repeat(64)], 1), "field-not-found");
    assert_eq!(
        device.refused(&["handover", "notice-proof", UNIT, &format!("{}/1", Id::derived(&[b"x"])), "--arrived", &when, "--by", "回执"], 1),
        "field-not-found"
    );
    assert_eq!(device.records(), before, "nothing of it stays");
    let args = appoint("me");
    device.done(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let notice = device.done(&["handover", "notice", UNIT, "sms"])["notice"].as_str().unwrap().to_owned();
    assert_eq!(device.refused(&["handover", "notice-proof", UNIT, &notice, "--arrived", &when, "--by", "回执"], 1), "rule-proof-future");
    device.done(&["handover", "notice-proof", UNIT, &notice, "--arrived", "2026-01-05 09:30", "--by", "回执"]);

    // Two of one name are asked back, told apart by what no name is.
    let join = ["handover", "participant", UNIT, "--role", "witness", "--name", "李强", "--organisation"];
    let (first, second) = (device.done(&[&join[..], &["云溪物业"]].concat()), device.done(&[&join[..], &["街道办"]].concat()));
    assert_ne!(first, second);
    let output = device.raw(&["handover", "participant", UNIT, "--role", "witness", "--person", "李强", "--lang", "zh-CN"]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && words.contains("云溪物业") && words.contains("街道办") && !words.contains("李强"), "{words}");
}

// S1-19, S4-12; law: B-10
#[test]
fn what_cannot_be_meant_is_refused_and_changes_nothing() {
    let device = Device::joined("inspector");
    device.done(&["handover", "start", UNIT]);
    let snag = ["snag", "new", UNIT, "--room", "bath", "--element", "waterproofing", "--defect", "leak"];
    device.done(&[&snag[..], &["--due-on", &soon(), "--pin", "0.5,0.5"]].concat());
    let before = device.records();
    let nobody = Id::derived(&[b"nobody"]).to_string();
    for (args, key) in [
        (&[&snag[..], &["--due-on", "2026-01-05"]].concat()[..], "rule-due-past"),
        (&["snag", "edit", "2-1-1102#1", "--due-on", "2026-01-05"], "rule-due-past"),
        (&["snag", "order", "2-1-1102#1", "--contractor", "防水班组", "--due-on", "2026-01-05"], "rule-due-past"),
        (&["snag", "order", "2-1-1102#1", "--contractor", &nobody], "field-not-found"),
        (&["snag", "pin", "2-1-1102#1", "1.01,0.5"], "rule-pin-outside"),
        (&["handover", "meter", UNIT, "water", " ", "1"], "rule-meter-number"),
        (&["handover", "meter", UNIT, "water", "SB-1", "--", "-1"], "rule-meter-negative"),
        (&["handover", "key", UNIT, "entrance_door", "5000"], "rule-key-count"),
        (&["handover", "participant", UNIT, "--role", "owner", "--person", &nobody], "field-not-found"),
        (&["handover", "reply", UNIT, &format!("{nobody}/1"), "好"], "field-not-found"),
    ] {
        let output = device.raw(&[&["--json"], args].concat()[1..]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {told}");
        let words = keyturn_core::words::word(keyturn_core::words::Lang::Zh, key);
        let start: String = words.chars().take_while(|c| !c.is_whitespace() && *c != '{').collect();
        assert!(told.starts_with(&start), "{args:?} {key}: {told}");
    }
    assert_eq!(device.records(), before, "a refusal left something behind");
}

// S1-19: a line says no other thing than the snag on it.
#[test]
fn a_line_with_a_snag_on_it_is_not_called_fine_unseen() {
    let device = Device::joined("inspector");
    device.done(&["handover", "start", UNIT]);
    let lines = device.rows(&["lines", UNIT]);
    let line = lines.iter().find(|l| l["limit"].is_null() && l["contract"].is_null() && l["room"] == "bath").unwrap()["key"].as_str().unwrap();
    device.done(&["snag", "new", UNIT, "--room", "bath", "--element", "wall", "--defect", "crack", "--line", line]);
    let rest = device.done(&["handover", "rest-fine", UNIT]);
    assert!(!rest["lines"].as_array().unwrap().contains(&json!(line)));
    assert_eq!(rest["left"], json!([{ "line": line, "snag_number": 1 }]));
    let answered = device.done(&["handover", "answer", UNIT, line, "fine"]);
    assert_eq!(answered["snag_here"], 1, "said, and told that a snag says otherwise");
    let told = device.rows(&["handover", "missing", UNIT]).into_iter().find(|r| r["kind"] == "contradiction").unwrap();
    assert_eq!((&told["needed"], &told["lines"]), (&json!(false), &json!([line])));
    let answered = device.done(&["handover", "answer", UNIT, line, "not-fine", "--snag", "2-1-1102#1"]);
    assert_eq!(answered["snag_here"], Value::Null);
    assert!(!missing(&device, false).contains(&"contradiction".to_owned()));
}

fn said(device: &Device, args: &[&str]) -> String {
    let output = device.raw(&[args, &["--lang", "zh-CN"]].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

// A bundle made before anybody signed, also of a home whose handover is only planned, says so.
#[test]
fn a_bundle_before_any_signature_says_that_nothing_was_signed() {
    let device = Device::joined("inspector");
    let bundle = device.dir.path().join("early.keyturn").to_str().unwrap().to_owned();
    assert_eq!(device.done(&["export", "bundle", UNIT, "--out", &bundle])["signatures"], 0);
    assert!(said(&device, &["export", "bundle", UNIT, "--out", &bundle]).contains("还没有人签字"));
    let output = keyturn(&["verify", &bundle, "--lang", "zh-CN"], "");
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(0) && words.contains("还没有人签字"), "{words}");
    device.done(&["handover", "start", UNIT]);
    device.done(&["handover", "participant", UNIT, "--role", "inspector", "--person", "me", "--identity-check", "id_card"]);
    sign(&device, "inspector", "attested", "3");
    assert_eq!(device.done(&["export", "bundle", UNIT, "--out", &bundle])["signatures"], 1);
    let output = keyturn(&["verify", &bundle, "--lang", "zh-CN"], "");
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(0) && !words.contains("还没有人签字") && words.contains("验房工程师") && !words.contains("inspector"), "{words}");

    // What is changed after it was signed is told with the very command that changes it.
    let told = said(&device, &["snag", "new", UNIT, "--room", "bath", "--element", "wall", "--defect", "crack"]);
    assert!(told.contains("已签的第 1 版保留不变") && told.contains("再请业主签字"), "{told}");
    assert!(told.contains("主卫") && !told.contains("bath"), "{told}");
}

// S4-12: where to reach the office, where to come and who hands over stand in the register.
#[test]
fn the_notice_says_where_to_reach_whom() {
    let device = Device::joined("inspector");
    let store = keyturn_core::field::FieldStore::open(&device.store(), keyturn_core::field::Surroundings::desktop()).unwrap();
    let dossier = store.dossier(device.office.unit).unwrap();
    let Some(keyturn_core::report::Document::HandoverNotice(notice)) = dossier.notice() else { panic!("no notice") };
    assert_eq!(notice.contact.zh, "云溪市雅苑路 8 号 · 400-000-0000");
    assert_eq!((notice.place.zh.as_str(), notice.issued_by.zh.as_str()), ("云溪市雅苑路 8 号", "云溪置业有限公司"));
}

// S1-21: the crew sees by when the order wants it done, and what it does not hold it does not claim to know.
#[test]
fn an_order_shows_its_day_and_an_empty_device_claims_nothing() {
    let mut office = device::office::Office::new();
    let snag = office.order_snag().to_string();
    let crew = Device { dir: tempfile::TempDir::new().unwrap(), office };
    crew.office.join(&crew.store(), "repair_team");
    assert_eq!(crew.done(&["repair", "show", &snag])["ordered_due_on"], "2026-12-04");
    assert!(said(&crew, &["repair", "show", &snag]).contains("派单期限  2026-12-04"));

    let empty = tempfile::TempDir::new().unwrap();
    let output = keyturn(&["field", "--store", empty.path().join("new").to_str().unwrap(), "status", "--lang", "zh-CN"], "");
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(words.contains("还没有加入项目") && !words.contains("都已存到服务端"), "{words}");
}
