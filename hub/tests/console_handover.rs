//! The office brings a handover to its appointment in the console: what is missing is said, all of it, and each act is one event of the office.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod site;

use axum::http::StatusCode;
use keyturn_core::{
    field::handover_id,
    log::fold::Phase,
    model::{
        Id, UtcMs,
        act::Act,
        body::{AggKind, Body},
    },
};
use keyturn_hub::{RegisterRow, RegisterValue};
use site::Site;

/// An instant as a browser's field holds it, in the zone of the test's project.
fn field(at: UtcMs) -> String {
    at.to_utc().with_timezone(&chrono_tz::Asia::Shanghai).format("%Y-%m-%dT%H:%M").to_string().replace(':', "%3A")
}

fn days(n: i64) -> UtcMs {
    UtcMs(UtcMs::now().0 + n * 86_400_000)
}

async fn filed(site: &Site, unit: usize) {
    let fields = vec![
        ("filing_number".to_owned(), RegisterValue::Open("备-2026-17".into())),
        ("filing_date".to_owned(), RegisterValue::Open("2026-01-15".into())),
        ("service_address".to_owned(), RegisterValue::Open("云溪路 1 号".into())),
    ];
    let key = ["unit/2/1/1102", "unit/2/1/1101"][unit].to_owned();
    let row = RegisterRow { kind: AggKind::Unit, key, unit: None, parent: None, fields };
    site.hub.import(site.manager, "service_manager", vec![row]).await.unwrap();
}

async fn items(site: &Site) -> String {
    site.hub.profile().handover.gate.precheck_items.value.iter().map(|item| format!("&item={item}")).collect()
}

async fn phase(site: &Site, unit: Id) -> Option<Phase> {
    site.hub.state(handover_id(unit)).await.unwrap().map(|h| h.phase)
}

// S1-15, S2-54, S1-17
#[tokio::test]
async fn no_appointment_before_the_unit_is_ready_and_all_that_is_missing_is_said() {
    let site = Site::new().await;
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    let unit = site.units[1];
    let at = format!("/console/units/{unit}/handover");
    let page = site.get(&at, Some(&cookie)).await.text();
    assert!(page.contains("data-barred") && page.contains("没有竣工验收备案"), "the form is not there, the reasons are");
    assert!(page.contains(&format!("/console/units/{unit}\"")));
    let items = site.hub.profile().handover.gate.precheck_items.value.clone();
    for item in &items {
        let name = site.hub.profile().taxonomy.prechecks.name(item, keyturn_core::words::Lang::Zh);
        assert!(page.contains(&format!("交付准备未完成：{name}")), "{name} is said to be missing");
    }
    let escort = site.inspector;
    let form = |at: UtcMs, escort: Id| format!("csrf={csrf}&at={}&escort={escort}&place=%E9%94%80%E5%94%AE%E4%B8%AD%E5%BF%83", field(at));
    let answer = site.post(&format!("{at}/appoint"), Some(&cookie), &form(days(20), escort)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = answer.text();
    assert!(told.matches("交付准备未完成").count() >= items.len() && told.contains("没有竣工验收备案"), "all at once");
    assert_eq!(phase(&site, unit).await, None, "nothing was begun");

    // Made ready, item by item as they are ticked; an item that the rules do not know is refused.
    let stray = site.post(&format!("{at}/ready"), Some(&cookie), &format!("csrf={csrf}&item=champagne")).await;
    assert_eq!(stray.status, StatusCode::UNPROCESSABLE_ENTITY);
    let ticked: String = items.iter().map(|item| format!("&item={item}")).collect();
    assert_eq!(site.post(&format!("{at}/ready"), Some(&cookie), &ticked[1..]).await.status, StatusCode::FORBIDDEN, "only from our own page");
    assert_eq!(site.post(&format!("{at}/ready"), Some(&cookie), &format!("csrf={csrf}{ticked}")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(phase(&site, unit).await, Some(Phase::Planned));
    let seq = site.hub.events_of(handover_id(unit)).await.unwrap().len();
    site.post(&format!("{at}/ready"), Some(&cookie), &format!("csrf={csrf}{ticked}")).await;
    assert_eq!(site.hub.events_of(handover_id(unit)).await.unwrap().len(), seq, "saving the same again records nothing");
    assert_eq!(
        site.post(&format!("{at}/appoint"), Some(&cookie), &form(days(20), escort)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the filing is missing"
    );
    filed(&site, 1).await;

    // Now it is open; a day that is past, an escort who is none, a time that is none are refused.
    for (form, why) in [
        (form(days(-1), escort), "past"),
        (form(days(20), site.owners[0]), "an owner escorts nobody"),
        (format!("csrf={csrf}&at=soon&escort={escort}"), "no time"),
    ] {
        assert_eq!(site.post(&format!("{at}/appoint"), Some(&cookie), &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
    }
    assert_eq!(phase(&site, unit).await, Some(Phase::Planned));
    let (sales, sales_csrf) = site.login(site.manager, "sales").await;
    let answer = site.post(&format!("{at}/appoint"), Some(&sales), &form(days(20), escort).replace(&csrf, &sales_csrf)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "a role that may not is told so");
    let answer = site.post(&format!("{at}/appoint"), Some(&cookie), &form(days(20), escort)).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, format!("{at}?done=appointed").as_str()));
    let handover = site.hub.state(handover_id(unit)).await.unwrap().unwrap();
    let made = handover.done().find(|e| matches!(&e.act, Act::Appoint(_, who, place) if *who == escort && place.as_deref() == Some("销售中心"))).unwrap();
    assert_eq!((handover.phase, made.origin.actor, made.origin.role.as_str()), (Phase::Appointed, site.manager, "service_manager"), "the office's own act");
    let page = site.get(answer.location(), Some(&cookie)).await.text();
    assert!(page.contains("王磊") && page.contains("销售中心") && page.contains("data-step=\"appointment\" data-is=\"done\""));

    // The same escort at the same hour elsewhere is appointed, and the office is told.
    filed(&site, 0).await;
    let other = format!("/console/units/{}/handover", site.units[0]);
    site.post(&format!("{other}/ready"), Some(&cookie), &format!("csrf={csrf}{ticked}")).await;
    let answer = site.post(&format!("{other}/appoint"), Some(&cookie), &form(days(20), escort)).await;
    assert!(answer.location().ends_with("appointed-clash"), "{}", answer.location());
}

// S4-12, S1-16
#[tokio::test]
async fn a_notice_names_its_way_and_proof_and_a_guide_is_made() {
    let site = Site::new().await;
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    let unit = site.units[0];
    let at = format!("/console/units/{unit}/handover");
    filed(&site, 0).await;
    let post = async |what: &str, form: &str| site.post(&format!("{at}/{what}"), Some(&cookie), &format!("csrf={csrf}&{form}")).await;
    assert_eq!(post("notice", "method=sms").await.status, StatusCode::UNPROCESSABLE_ENTITY, "there is nothing to tell yet");
    post("ready", &items(&site).await[1..]).await;
    post("appoint", &format!("at={}&escort={}&place=A", field(days(30)), site.inspector)).await;
    for (form, why) in [("method=", "no way"), ("method=pigeon", "no way of the rules"), ("method=courier&proof=+", "a courier without a number")] {
        let answer = post("notice", form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(!answer.text().contains("gate-") && !answer.text().contains("{ $"), "{why}: told in words");
    }
    let sent = |h: &keyturn_core::log::fold::Aggregate| {
        h.done().filter_map(|e| if let Act::Notice(m, t, d) = &e.act { Some((m.clone(), t.clone(), *d, e.origin.at())) } else { None }).collect::<Vec<_>>()
    };
    let state = async || site.hub.state(handover_id(unit)).await.unwrap().unwrap();
    assert_eq!(sent(&state().await), []);
    assert_eq!(post("notice", "method=courier&proof=SF1234567890").await.status, StatusCode::SEE_OTHER);
    let (method, tracking, document, notice) = sent(&state().await).remove(0);
    assert_eq!((method.as_str(), tracking.as_deref()), ("courier", Some("SF1234567890")));
    let pdf = site.hub.blob(document.expect("the notice as printed")).await.unwrap().unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let page = site.get(&at, Some(&cookie)).await.text();
    assert!(page.contains("SF1234567890") && page.contains("data-step=\"notice\" data-is=\"open\"") && page.contains("data-proof"));

    // Its arrival: of a notice that was sent, not before it and not tomorrow, with words.
    let key = format!("{}%3A{}", notice.device, notice.seq);
    for (form, why) in [
        (format!("notice={}%3A1&at={}&by=x", Id::random(1), field(UtcMs::now())), "no such notice"),
        (format!("notice={key}&at={}&by=x", field(days(1))), "tomorrow"),
        (format!("notice={key}&at={}&by=x", field(days(-2))), "before it went out"),
        (format!("notice={key}&at={}&by=+", field(UtcMs::now())), "by nothing"),
    ] {
        assert_eq!(post("proof", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
    }
    assert_eq!(post("proof", &format!("notice={key}&at={}&by=%E6%9C%AC%E4%BA%BA%E7%AD%BE%E6%94%B6", field(UtcMs::now()))).await.status, StatusCode::SEE_OTHER);
    let page = site.get(&at, Some(&cookie)).await.text();
    assert!(page.contains("本人签收") && page.contains("data-step=\"notice\" data-is=\"done\"") && !page.contains("data-proof"));

    // The guide.
    assert!(page.contains("data-step=\"guide\" data-is=\"missing\""));
    assert_eq!(post("document", "kind=handover_guide").await.status, StatusCode::SEE_OTHER);
    assert_eq!(post("document", "kind=nothing").await.status, StatusCode::NOT_FOUND);
    let page = site.get(&at, Some(&cookie)).await.text();
    assert!(page.contains("data-step=\"guide\" data-is=\"done\""));
    let made = state().await.done().filter(|e| matches!(&e.act, Act::Document(kind, ..) if kind == "handover_guide")).count();
    assert_eq!(made, 1);

    // A notice that comes late is sent and shown as short.
    post("appoint", &format!("at={}&escort={}", field(days(2)), site.inspector)).await;
    let answer = post("notice", "method=sms").await;
    assert!(answer.location().ends_with("noticed-short"), "{}", answer.location());
    assert!(site.get(answer.location(), Some(&cookie)).await.text().contains("通知距交房只有 2 天"));

    // Once the walk-through has begun, the steps before it stand.
    site.hub.act(site.inspector, "inspector", handover_id(unit), Body::Act(Act::Start("fitted".into(), "owner_walkthrough".into()))).await.unwrap();
    for (what, form) in [("ready", "item=quality".to_owned()), ("notice", "method=sms".to_owned())] {
        assert_eq!(post(what, &form).await.status, StatusCode::CONFLICT, "{what}");
    }
    assert_eq!(post("appoint", &format!("at={}&escort={}", field(days(9)), site.inspector)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = site.get(&at, Some(&cookie)).await.text();
    assert!(page.contains("data-step=\"walk\" data-is=\"open\"") && page.contains("项未答"), "how far the walk-through is");
    assert!(page.contains("data-step=\"closing\"") && page.contains("还没有签字"), "and what closing still needs");
}
