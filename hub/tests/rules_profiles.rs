//! `keyturn rules` as a person or script runs it: profiles, approvals, severity, the pledge.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// Runs `keyturn rules …`; exit code and standard output.
fn rules(args: &[&str], input: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyturn"));
    command.arg("rules").args(args).args(["--lang", "en"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    (out.status.code().unwrap(), String::from_utf8(out.stdout).unwrap())
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn approvals_and_severities_are_answered_line_by_line_and_a_bad_line_stops_nothing() {
    let input = [
        r#"{"id":1,"profile":"cn-default@1","table":"approval_repair_start","amount_fen":100000}"#,
        r#"{"id":2,"profile":"cn-default@1","table":"approval_repair_start","amount_fen":100001,"flags":[]}"#,
        r#"{"id":3,"profile":"cn-default@1","table":"review_final_account","amount_fen":2000000}"#,
        r#"{"id":4,"profile":"cn-nowhere@1","table":"review_final_account","amount_fen":1}"#,
        r#"{"id":2,"profile":"cn-default@1","table":"review_final_account","amount_fen":1}"#,
        "not json",
        r#"{"id":5,"profile":"cn-default@1","table":"review_final_account","amount_fen":NaN}"#,
        r#"{"id":6,"profile":"cn-default@1","table":"review_final_account","amount_fen":1,"flgas":[]}"#,
        r#"{"id":7,"profile":"cn-default@1","table":"approval_repair_start","amount_fen":100001,"approved_fen":99999}"#,
    ];
    let (code, out) = rules(&["approval", "--cases", "-"], &input.join("\n"));
    let rows = lines(&out);
    assert_eq!((code, rows.len()), (0, 9));
    assert_eq!(rows[0], json!({ "id": 1, "steps": ["service_manager"], "origin": "seed:S4-93" }));
    assert_eq!(rows[1]["steps"], json!(["deputy_chief_engineer", "deputy_gm"]));
    assert_eq!(rows[2]["steps"], json!(["audit"]));
    let errors: Vec<&str> = rows[3..8].iter().map(|row| row["error"]["key"].as_str().unwrap()).collect();
    assert_eq!(errors, ["profile-unknown", "rules-id-twice", "rules-line-no-json", "rules-line-no-json", "rules-line-no-case"]);
    assert_eq!((&rows[8]["again"], &rows[8]["crosses_band"]), (&json!(true), &json!(true)));
    let (_, out) = rules(&["severity", "--cases", "-"], r#"{"id":"a","profile":"cn-default@1","amount_fen":300000,"flags":["severe_leak"]}"#);
    let row = &lines(&out)[0];
    assert_eq!((&row["severity"], &row["urgency"]), (&json!("important"), &json!("emergency")));
    assert_eq!(row["because"][0]["origin"], "seed:S2-27");
}

// C-10 to C-13, C-35: related orders count together, a new approval where a band is crossed, nobody for themselves or above their tier.
#[test]
fn splitting_overruns_and_tiers_are_told() {
    let case = |id: u32, more: &str| format!("{{\"id\":{id},\"profile\":\"cn-default@1\",\"table\":\"approval_repair_start\",{more}}}");
    let split =
        "\"amount_fen\":60000,\"on\":\"2026-03-31\",\"related\":[{\"on\":\"2026-03-01\",\"amount_fen\":50000},{\"on\":\"2026-02-28\",\"amount_fen\":90000000}]";
    let input = [
        case(1, "\"amount_fen\":60000"),
        case(2, split),
        case(3, "\"amount_fen\":95000,\"approved_fen\":90000"),
        case(4, "\"amount_fen\":99001,\"approved_fen\":90000"),
        case(5, "\"amount_fen\":100001,\"approved_fen\":99999"),
        case(6, "\"amount_fen\":200000,\"role\":\"service_manager\""),
        case(7, "\"amount_fen\":200000,\"role\":\"deputy_chief_engineer\""),
        case(8, "\"amount_fen\":200000,\"role\":\"gm\",\"own\":true"),
        case(9, "\"amount_fen\":200000,\"role\":\"gm\",\"done\":1"),
        case(10, "\"amount_fen\":200000,\"role\":\"gm\",\"done\":2"),
        case(11, "\"amount_fen\":1,\"on\":\"2026-02-30\""),
        case(12, "\"amount_fen\":1,\"on\":\"2026-03-01\",\"related\":[{\"on\":\"2026-03-01\",\"amount_fen\":18446744073709551615}]"),
    ];
    let (code, out) = rules(&["approval", "--cases", "-"], &input.join("\n"));
    let rows = lines(&out);
    assert_eq!((code, rows.len()), (0, 12));
    assert_eq!(rows[0]["steps"], json!(["service_manager"]));
    // Thirty days before counts, thirty-one does not.
    assert_eq!((&rows[1]["counted_fen"], &rows[1]["steps"]), (&json!(110_000), &json!(["deputy_chief_engineer", "deputy_gm"])));
    assert_eq!(rows[2]["again"], false);
    assert_eq!((&rows[3]["again"], &rows[3]["crosses_band"]), (&json!(true), &json!(false)), "more than a tenth over");
    assert_eq!((&rows[4]["again"], &rows[4]["crosses_band"]), (&json!(true), &json!(true)), "into the next band");
    let may: Vec<bool> = rows[5..10].iter().map(|row| row["may"].as_bool().unwrap()).collect();
    assert_eq!(may, [false, true, false, true, false]);
    assert!(rows[5]["why"].as_str().unwrap().len() > 10 && rows[7]["why"] != rows[5]["why"] && rows[9]["why"] != rows[7]["why"]);
    assert_eq!(rows[10]["error"]["key"], "rules-bad-date");
    assert_eq!(rows[11]["counted_fen"], json!(u64::MAX), "no amount wraps round");
}

#[test]
fn a_profile_is_shown_compared_and_checked() {
    let (code, out) = rules(&["show", "cn-default@1", "--layers", "cn-zhejiang@1", "--json"], "");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, shown["at"].as_str()), (0, Some("cn-default@1")));
    assert_eq!(shown["values"]["gate.notice_days_min"]["origin"], "law:B-4 (S)");
    assert_eq!(shown["drafts"]["remedy.structural_repairs_max"][0]["layer"], "cn-zhejiang@1");
    assert!(rules(&["show", "cn-default"], "").1.contains("law:B-4 (S); cn-law@1:"));
    let (_, out) = rules(&["diff", "cn-two-tier-complaint@1", "cn-default@1", "--json"], "");
    assert!(lines(&out).iter().any(|row| row["key"] == "intake.register_first" && row["a"]["value"] == json!(false) && row["b"]["value"] == json!(true)));
    assert_eq!(rules(&["show", "cn-nowhere"], "").0, 1);
    // The last layer: a unit's contract, stricter or set aside.
    let (_, out) = rules(&["show", "cn-default", "--contract", "notice_days=20", "--json"], "");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&shown["values"]["gate.notice_days_min"]["value"], &shown["values"]["gate.notice_days_min"]["origin"]), (&json!(20), &json!("contract")));
    let (_, out) = rules(&["show", "cn-default", "--contract", "notice_days=2", "--json"], "");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&shown["values"]["gate.notice_days_min"]["value"], &shown["values"]["gate.notice_days_min"]["set_aside"][0]["value"]), (&json!(10), &json!(2)));
    assert_eq!(rules(&["show", "cn-default", "--contract", "moon=2"], "").0, 2);

    let folder = tempfile::tempdir().unwrap();
    let draft = folder.path().join("draft.toml");
    let head = "id = \"house\"\nversion = 1\nzh = \"本\"\nen = \"house\"\neffective_from = \"2026-01-01\"\nscope = \"project\"\njurisdiction = \"CN\"\nbase = \"cn-default@1\"\n";
    std::fs::write(&draft, format!("{head}[gate]\nnotice_days_min = {{ value = 3, origin = \"contract\" }}\n")).unwrap();
    let (code, out) = rules(&["check", draft.to_str().unwrap()], "");
    assert_eq!(code, 1);
    assert!(out.contains("draft.toml:10") && out.contains("law:B-4 (S)"), "{out}");
    std::fs::write(&draft, format!("{head}[gate]\nnotice_days_min = {{ value = 30, origin = \"contract\" }}\n")).unwrap();
    assert_eq!(rules(&["check", draft.to_str().unwrap()], "").0, 0);
}

#[test]
fn the_pledge_is_a_page_and_a_pdf() {
    // S3-02, S0-15
    let folder = tempfile::tempdir().unwrap();
    let (page, pdf) = (folder.path().join("pledge.html"), folder.path().join("pledge.pdf"));
    assert_eq!(rules(&["pledge", "cn-default@1", "--out", page.to_str().unwrap()], "").0, 0);
    assert!(std::fs::read_to_string(&page).unwrap().contains("within 48 hours of your report"));
    assert_eq!(rules(&["pledge", "cn-default@1", "--out", pdf.to_str().unwrap()], "").0, 0);
    let bytes = std::fs::read(&pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF-1.7"));
    assert!(bytes.windows(21).any(|w| w == b"pdfaid:conformance>B<"), "PDF/A-2b");
    assert_eq!(rules(&["pledge", "cn-default@1", "--out", "pledge.docx"], "").0, 2);
}
