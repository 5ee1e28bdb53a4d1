//! The rules in the console: what holds and from where, what waits for a confirmation, and what a confirmation changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod site;

use axum::http::StatusCode;
use keyturn_core::{
    model::{
        act::Act,
        body::{AggKind, Body},
    },
    policy::{Milli, measure},
};
use site::Site;

async fn judged(site: &Site) -> measure::Outcome {
    let profile = site.hub.profile();
    measure::judge(profile.limits.get("M-34.high").unwrap(), &[Milli(2_900), Milli(3_000), Milli(3_100), Milli(4_000), Milli(4_000)], None).outcome
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() || b == b'-' || b == b'.' { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

// S3-02, C-08
#[tokio::test]
async fn each_value_stands_with_its_origin_and_a_draft_binds_once_an_administrator_confirmed_it() {
    let site = Site::new().await;
    let (manager, manager_csrf) = site.login(site.manager, "service_manager").await;
    let page = site.get("/console/rules", Some(&manager)).await.text();
    assert!(page.contains("data-rule=\"gate.notice_days_min\"") && page.contains("law:B-4 (S)") && page.contains("cn-law@1"));
    assert!(page.contains("data-draft=\"limit:M-34.high\"") && page.contains("data-draft=\"retention.voucher_years\"") && page.contains("/pledge"));
    assert!(!page.contains("action=\"/console/rules/confirm\""), "a manager reads and cannot confirm");
    let form = |csrf: &str, what: &str, shown: &str, against: &str| {
        format!("csrf={csrf}&what={}&shown={}&against={}", encoded(what), encoded(shown), encoded(against))
    };
    let answer = site.post("/console/rules/confirm", Some(&manager), &form(&manager_csrf, "limit:M-34.high", "\"2\"", "GB 50210")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    let (admin, csrf) = site.login(site.manager, "admin").await;
    for (form, status, why) in [
        (form(&csrf, "limit:M-34.high", "\"3\"", "GB 50210"), StatusCode::CONFLICT, "another number than the one that stands there"),
        (form(&csrf, "limit:M-22.height_dev", "", "GB 50210"), StatusCode::CONFLICT, "a limit without a number"),
        (form(&csrf, "gate.notice_days_min", "10", "GB 50210"), StatusCode::CONFLICT, "what binds already"),
        (form(&csrf, "limit:M-34.high", "\"2\"", "  "), StatusCode::UNPROCESSABLE_ENTITY, "against nothing"),
        (form("0", "limit:M-34.high", "\"2\"", "x"), StatusCode::FORBIDDEN, "not from our page"),
    ] {
        assert_eq!(site.post("/console/rules/confirm", Some(&admin), &form).await.status, status, "{why}");
    }
    assert_eq!(site.hub.profile().at.to_string(), "cn-default@1", "nothing was published");
    assert_eq!(judged(&site).await, measure::Outcome::NotJudged(measure::Unjudged::Draft));

    // Confirmed: the project's rules begin with it, under their own name.
    let words = "GB 50210-2018 表 4.2.9 \"高级\" \\ <b>";
    assert_eq!(site.post("/console/rules/confirm", Some(&admin), &form(&csrf, "limit:M-34.high", "\"2\"", words)).await.status, StatusCode::SEE_OTHER);
    assert_eq!((site.hub.profile().at.to_string().as_str(), judged(&site).await), ("project-rules@1", measure::Outcome::Fail));
    let page = site.get("/console/rules", Some(&admin)).await.text();
    assert!(!page.contains("data-draft=\"limit:M-34.high\"") && page.contains("data-draft=\"limit:M-34.general\""));
    assert!(page.contains("表 4.2.9") && !page.contains("<b> "), "who confirmed it against what stands there, as text");
    // A second one keeps the first.
    assert_eq!(
        site.post("/console/rules/confirm", Some(&admin), &form(&csrf, "retention.voucher_years", "30", "财会〔2015〕79 号")).await.status,
        StatusCode::SEE_OTHER
    );
    let profile = site.hub.profile();
    assert_eq!((profile.at.to_string().as_str(), judged(&site).await), ("project-rules@2", measure::Outcome::Fail));
    assert_eq!(profile.resolved.values["retention.voucher_years"].said.value, 30);
    assert_eq!(
        site.post("/console/rules/confirm", Some(&admin), &form(&csrf, "retention.voucher_years", "30", "x")).await.status,
        StatusCode::CONFLICT,
        "once"
    );
    assert_eq!(site.hub.all(AggKind::Policy).await.unwrap().len(), 2);
    // Older versions are there to read, not to confirm in.
    let old = site.get("/console/rules?profile=cn-default%401", Some(&admin)).await.text();
    assert!(old.contains("data-draft=\"limit:M-34.high\"") && !old.contains("action=\"/console/rules/confirm\""));
    assert_eq!(site.get("/console/rules?profile=nothing%401", Some(&admin)).await.status, StatusCode::NOT_FOUND);
    // The command says the same over the hub's folder: what was confirmed, by whom and when, and what still waits.
    let Site { hub, app, _dir: folder, .. } = site;
    drop(app);
    hub.close().await;
    drop(hub);
    let command = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keyturn"));
        let out = command.arg("rules").args(args).args(["--data", folder.path().to_str().unwrap()]).output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    let rows: Vec<serde_json::Value> = command(&["list", "limit", "--json"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let row = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap().clone();
    let (confirmed, waits) = (row("M-34.high"), row("M-34.general"));
    assert_eq!((&confirmed["draft"], &confirmed["binds"], confirmed["confirmed"]["by"].as_str()), (&true.into(), &true.into(), Some("admin")));
    assert!(confirmed["confirmed"]["against"].as_str().unwrap().contains("表 4.2.9") && confirmed["confirmed"]["on"].is_string());
    assert_eq!((&waits["draft"], &waits["binds"], &waits["confirmed"]), (&true.into(), &false.into(), &serde_json::Value::Null));
    let shown = command(&["show", "project-rules", "--lang", "en"]);
    assert!(shown.contains("confirmed: retention.voucher_years = 30 — by admin on ") && shown.contains("against 财会〔2015〕79 号"), "{shown}");
}

#[tokio::test]
async fn a_running_case_keeps_its_rules_until_somebody_counts_again_with_a_reason() {
    let site = Site::new().await;
    let snag = site.snags[1];
    let profile_of = async || {
        let state = site.hub.state(snag).await.unwrap().unwrap();
        state
            .done()
            .filter_map(|e| if let Act::Due(set) = &e.act { Some((set.profile.clone(), set.cause.name(), set.reason.clone())) } else { None })
            .last()
            .unwrap()
    };
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    let at = format!("/console/snags/{snag}");
    assert!(!site.get(&at, Some(&cookie)).await.text().contains("data-rebase"), "it runs under the rules in force");
    let house = "id = \"house\"\nversion = 1\nzh = \"本项目规则\"\nen = \"house rules\"\neffective_from = \"2026-01-01\"\nscope = \"project\"\njurisdiction = \"CN\"\nbase = \"cn-default@1\"\n\
        [[deadline]]\nmilestone = \"repair_complete\"\nwork = \"single_trade\"\nvalue = 2\nunit = \"working_day\"\nstart = \"dispatched\"\npauses = [\"waiting_for_owner\", \"no_access\"]\nextendable = \"owner_consent_before_due\"\norigin = \"contract\"\n";
    site.hub.publish(site.manager, "admin", "house.toml", house).await.unwrap();
    assert_eq!(profile_of().await, ("cn-default@1".to_owned(), "dispatched", None), "a new version moves no running clock");
    let fresh = site.hub.state(site.snags[2]).await.unwrap().unwrap();
    assert_eq!(fresh.kept_policy(), Some("cn-default@1"));
    // Shown where a clock still runs: the first snag was ordered but not finished.
    site.hub.act(site.inspector, "inspector", site.snags[0], Body::Act(Act::Order(site.hub.register_id("contractor/1"), None))).await.unwrap();
    let open = format!("/console/snags/{}", site.snags[0]);
    assert!(site.get(&open, Some(&cookie)).await.text().contains("data-rebase"));
    assert_eq!(
        site.post(&format!("{open}/rebase"), Some(&cookie), &format!("csrf={csrf}&reason=+")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a reason is needed"
    );
    let (sales, sales_csrf) = site.login(site.manager, "sales").await;
    assert_eq!(site.post(&format!("{open}/rebase"), Some(&sales), &format!("csrf={sales_csrf}&reason=x")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        site.post(&format!("{open}/rebase"), Some(&cookie), &format!("csrf={csrf}&reason=%E4%BA%A4%E4%BB%98%E6%89%BF%E8%AF%BA")).await.status,
        StatusCode::SEE_OTHER
    );
    let state = site.hub.state(site.snags[0]).await.unwrap().unwrap();
    let set = state.done().filter_map(|e| if let Act::Due(set) = &e.act { Some(set.clone()) } else { None }).last().unwrap();
    assert_eq!((set.profile.as_str(), set.cause.name(), set.reason.as_deref()), ("house@1", "rebased", Some("交付承诺")));
    let page = site.get(&open, Some(&cookie)).await.text();
    assert!(page.contains("交付承诺") && !page.contains("data-rebase"));
}
