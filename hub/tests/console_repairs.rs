//! What the office sees of a repair beside its round: a place repaired before, the warranty of the part, and clocks that stand still.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod site;

use axum::http::StatusCode;
use keyturn_core::{
    field::handover_id,
    log::fold::Phase,
    model::{
        Id, UtcMs, Value,
        act::Act,
        body::{AggKind, Body, Create},
    },
    rules::clocks,
};
use keyturn_hub::{RegisterRow, RegisterValue};
use site::Site;

async fn act(site: &Site, role: &str, snag: Id, act: Act) {
    site.hub.act(site.inspector, role, snag, Body::Act(act)).await.unwrap();
}

async fn snag(site: &Site, unit: Id, defect: &str) -> Id {
    let snag = Id::random(UtcMs::now().0);
    let fields = [("room", "bed"), ("element", "window"), ("defect", defect), ("severity", "poor")].map(|(f, v)| (f.to_owned(), Value::from(v))).to_vec();
    let create = Body::Create(Create { kind: AggKind::Snag, unit: Some(unit), parent: Some(handover_id(unit)), fields });
    site.hub.act(site.inspector, "inspector", snag, create).await.unwrap();
    snag
}

async fn repaired(site: &Site, snag: Id) {
    act(site, "inspector", snag, Act::Order(site.hub.register_id("contractor/1"), None)).await;
    act(site, "repair_team", snag, Act::Arrive(None)).await;
    act(site, "repair_team", snag, Act::RepairDone("重打密封胶".into(), None, None)).await;
}

// S2-59, C-31, S1-01
#[tokio::test]
async fn a_place_repaired_before_warns_at_the_first_rework_and_escalates_at_the_second() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let page = async |snag: Id| site.get(&format!("/console/snags/{snag}"), Some(&cookie)).await.text();
    let unit = site.units[1];
    let first = snag(&site, unit, "leak").await;
    repaired(&site, first).await;
    assert!(!page(first).await.contains("data-repeat"), "one repair is none too many");
    act(&site, "repair_team", first, Act::OwnerConfirm("on_site".into(), None)).await;
    // The same trouble comes back: recorded anew, by anybody.
    let again = snag(&site, unit, "leak").await;
    let other = snag(&site, unit, "crack").await;
    let told = page(again).await;
    assert!(told.contains("data-repeat") && told.contains("已维修过 1 次") && told.contains(&format!("/console/snags/{first}")), "warned when it is recorded");
    assert!(!page(other).await.contains("data-repeat"), "another trouble at the place is another thing");
    assert!(!page(first).await.contains("data-repeat"), "what is confirmed asks for nothing");
    repaired(&site, again).await;
    act(&site, "inspector", again, Act::RecheckReject("还在渗".into())).await;
    let told = page(again).await;
    assert!(told.contains("note danger\" data-repeat") && told.contains("已维修过 2 次") && told.contains("法务"), "escalated at the second");
    // On the lists too, the gravest first; on the list of reviews with its number in the navigation.
    let reviews = site.get("/console/reviews", Some(&cookie)).await.text();
    assert!(reviews.contains("data-repeats") && reviews.contains("重复维修第 2 次，须上报"));
    assert!(site.get("/console/snags", Some(&cookie)).await.text().contains("data-again"));
    // Zhejiang: a main structure that failed once is for legal already. The neighbour's is nobody's business here.
    let zhejiang = "id = \"house\"\nversion = 1\nzh = \"浙江项目\"\nen = \"Zhejiang\"\neffective_from = \"2026-01-01\"\nscope = \"project\"\njurisdiction = \"CN\"\nbase = \"cn-default@1\"\n[warranty]\noverlay = { value = \"zhejiang\", origin = \"product_default\" }\n";
    site.hub.publish(site.manager, "admin", "house.toml", zhejiang).await.unwrap();
    let beam = async || {
        let id = Id::random(UtcMs::now().0);
        let fields = [("room", "bed"), ("element", "structure"), ("defect", "crack")].map(|(f, v)| (f.to_owned(), Value::from(v))).to_vec();
        let create = Body::Create(Create { kind: AggKind::Snag, unit: Some(unit), parent: None, fields });
        site.hub.act(site.inspector, "inspector", id, create).await.unwrap();
        id
    };
    let once = beam().await;
    repaired(&site, once).await;
    act(&site, "repair_team", once, Act::OwnerConfirm("on_site".into(), None)).await;
    assert!(page(beam().await).await.contains("note danger\" data-repeat"), "at the first, by the province's word");
}

// S1-01; law
#[tokio::test]
async fn the_warranty_of_a_part_is_told_and_its_end_keeps_nobody_from_asking() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let page = async |snag: Id| site.get(&format!("/console/snags/{snag}"), Some(&cookie)).await.text();
    let leak = site.snags[0];
    assert!(page(leak).await.contains("算不出保修期"), "what is missing in the register is said");
    let dates = async |filing: &str, delivery: &str| {
        let fields = vec![("filing_date".to_owned(), RegisterValue::Open(filing.into())), ("delivery_date".to_owned(), RegisterValue::Open(delivery.into()))];
        let row = RegisterRow { kind: AggKind::Unit, key: "unit/2/1/1102".into(), unit: None, parent: None, fields };
        site.hub.import(site.manager, "service_manager", vec![row]).await.unwrap();
    };
    // Five years for a leak from the acceptance (W-02), one for the developer from delivery; the later end holds for the owner.
    dates("2024-01-15", "2024-03-01").await;
    let told = page(leak).await;
    assert!(told.contains("W-02") || told.contains("防渗漏"), "the part is named");
    assert!(told.contains("保修期内，至 2029-01-15") && told.contains("可向施工单位追偿") && told.contains("施工单位保修至 2029-01-15"), "{told}");
    // Between the two ends the owner is still in, and the contractor no longer pays.
    dates("2015-01-15", "2025-12-20").await;
    let told = page(leak).await;
    assert!(told.contains("保修期内，至 2026-12-20") && told.contains("不能按法定保修向施工单位追偿"), "{told}");
    dates("2010-01-15", "2010-03-01").await;
    assert!(page(leak).await.contains("保修期已于 2015-01-15 届满，仍可报修"));
    // It is ordered and repaired all the same.
    repaired(&site, leak).await;
}

// law: A-3 (Beijing, Art. 54)
#[tokio::test]
async fn a_repaired_part_begins_its_period_again_where_the_law_of_the_place_says_so() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let page = async |snag: Id| site.get(&format!("/console/snags/{snag}"), Some(&cookie)).await.text();
    let today = UtcMs::now().to_utc().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    let years = |day: chrono::NaiveDate, years: u32| day.checked_add_months(chrono::Months::new(12 * years)).unwrap();
    // Accepted a year ago, so that every part is inside its warranty.
    let filed = today.checked_sub_months(chrono::Months::new(12)).unwrap();
    let fields = ["filing_date", "delivery_date"].map(|field| (field.to_owned(), RegisterValue::Open(filed.to_string().as_str().into()))).to_vec();
    let row = RegisterRow { kind: AggKind::Unit, key: "unit/2/1/1101".into(), unit: None, parent: None, fields };
    site.hub.import(site.manager, "service_manager", vec![row]).await.unwrap();
    let unit = site.units[1];
    // By national law a repair begins nothing again.
    let national = snag(&site, unit, "leak").await;
    repaired(&site, national).await;
    act(&site, "repair_team", national, Act::OwnerConfirm("on_site".into(), None)).await;
    let told = page(national).await;
    assert!(told.contains(&format!("保修期内，至 {}", years(filed, 5))) && !told.contains("重新起算"), "{told}");
    let beijing = "id = \"house\"\nversion = 1\nzh = \"北京项目\"\nen = \"Beijing\"\neffective_from = \"2026-01-01\"\nscope = \"project\"\njurisdiction = \"CN\"\nbase = \"cn-default@1\"\n[warranty]\noverlay = { value = \"beijing\", origin = \"product_default\" }\n";
    site.hub.publish(site.manager, "admin", "house.toml", beijing).await.unwrap();
    let other = snag(&site, unit, "hollow").await;
    let again = snag(&site, unit, "leak").await;
    let five_years = years(today, 5);
    // The older snag's accepted repair counts for its place, for both tracks, and not for another trouble there.
    let told = page(again).await;
    assert!(told.contains(&format!("保修期内，至 {five_years}")) && told.contains(&format!("施工单位保修至 {five_years}")), "{told}");
    assert!(told.contains(&format!("保修期自 {today} 重新起算")) && told.contains("law:A-3"));
    assert!(!page(other).await.contains("重新起算"));
    // Reported done is not accepted; what was rejected begins nothing.
    repaired(&site, other).await;
    assert!(!page(other).await.contains("重新起算"));
    act(&site, "inspector", other, Act::OwnerReject("on_site".into(), "仍空鼓".into())).await;
    assert!(!page(other).await.contains("重新起算"));
    act(&site, "repair_team", other, Act::Arrive(None)).await;
    act(&site, "repair_team", other, Act::RepairDone("返工".into(), None, None)).await;
    act(&site, "repair_team", other, Act::OwnerConfirm("on_site".into(), None)).await;
    assert!(page(other).await.contains(&format!("保修期自 {today} 重新起算")), "its own repair, once the owner accepted it");
}

// S2-39, C-04
#[tokio::test]
async fn a_repair_on_hold_keeps_the_clocks_still_that_the_rules_name() {
    let site = Site::new().await;
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    let snag = site.snags[0];
    act(&site, "inspector", snag, Act::Order(site.hub.register_id("contractor/1"), None)).await;
    let at = format!("/console/snags/{snag}");
    let post = async |what: &str, form: &str| site.post(&format!("{at}/{what}"), Some(&cookie), &format!("csrf={csrf}&{form}")).await;
    assert_eq!(post("resume", "").await.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing is on hold");
    for (form, why) in [("state=&reason=x", "no state"), ("state=holiday&reason=x", "a state the rules do not know"), ("state=no_access&reason=+", "no reason")]
    {
        assert_eq!(post("hold", form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
    }
    let (sales, sales_csrf) = site.login(site.manager, "sales").await;
    assert_eq!(site.post(&format!("{at}/hold"), Some(&sales), &format!("csrf={sales_csrf}&state=no_access&reason=x")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(post("hold", "state=no_access&reason=%E4%B8%9A%E4%B8%BB%E5%87%BA%E5%9B%BD").await.status, StatusCode::SEE_OTHER);
    assert_eq!(post("hold", "state=no_access&reason=x").await.status, StatusCode::UNPROCESSABLE_ENTITY, "on hold already");
    let page = site.get(&at, Some(&cookie)).await.text();
    assert!(page.contains("data-on-hold") && page.contains("业主出国") && page.contains("无法入户"));
    // The repair waits, the acknowledgement does not: the profile's rows say which.
    let state = site.hub.state(snag).await.unwrap().unwrap();
    let clocks_at = |now: UtcMs| clocks::clocks(site.hub.policies(), &state, chrono_tz::Asia::Shanghai, now, 0);
    let of = |now: UtcMs, milestone: &str| clocks_at(now).into_iter().find(|c| c.milestone == milestone).unwrap();
    let held = clocks::on_hold(&state).unwrap();
    let (soon, later) = (UtcMs(held.from.0 + 1000), UtcMs(held.from.0 + 30 * 86_400_000));
    assert!(of(soon, "repair_complete").paused && !of(soon, "acknowledge").paused);
    let moved_ms = of(later, "repair_complete").due.0 - of(soon, "repair_complete").due.0;
    assert!((28 * 86_400_000..=34 * 86_400_000).contains(&moved_ms), "about a month later, rest days in between: {moved_ms}");
    assert_eq!(of(later, "acknowledge").due, of(soon, "acknowledge").due);
    assert_eq!(post("resume", "reason=%E5%B7%B2%E8%BF%94").await.status, StatusCode::SEE_OTHER);
    let state = site.hub.state(snag).await.unwrap().unwrap();
    assert!(clocks::on_hold(&state).is_none());
    let page = site.get(&at, Some(&cookie)).await.text();
    assert!(!page.contains("data-on-hold") && !page.contains("data-paused"));
    // What is done and waits to be looked at is not put on hold.
    assert_eq!(
        site.post(&format!("/console/snags/{}/hold", site.snags[1]), Some(&cookie), &format!("csrf={csrf}&state=no_access&reason=x")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

// S1-21, S1-22
#[tokio::test]
async fn the_office_orders_the_snags_it_chose_or_none_of_them() {
    let site = Site::new().await;
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    let unit = site.units[1];
    let (leak, crack, begun) = (snag(&site, unit, "leak").await, snag(&site, unit, "crack").await, snag(&site, unit, "hollow").await);
    let contractor = site.hub.register_id("contractor/1");
    act(&site, "inspector", begun, Act::Order(contractor, None)).await;
    act(&site, "repair_team", begun, Act::Arrive(None)).await;
    let at = format!("/console/units/{unit}/orders");
    let page = site.get(&format!("{at}?snag={crack}"), Some(&cookie)).await.text();
    assert!(
        page.contains(&format!("value=\"{crack}\" checked")) && page.contains(&format!("value=\"{leak}\">")),
        "the snag that the reader came from is chosen"
    );
    assert!(!page.contains(&begun.to_string()), "what is in work is not ordered again");
    let page = site.get(&format!("{at}?all=1"), Some(&cookie)).await.text();
    assert!(page.contains(&format!("value=\"{crack}\" checked")) && page.contains(&format!("value=\"{leak}\" checked")));
    let phase = async |snag: Id| site.hub.state(snag).await.unwrap().unwrap().phase;
    let post = async |form: &str| site.post(&at, Some(&cookie), &format!("csrf={csrf}&{form}")).await;
    let both = format!("snag={leak}&snag={crack}");
    let yesterday = (chrono::Utc::now() - chrono::Duration::days(3)).date_naive();
    let next = (chrono::Utc::now() + chrono::Duration::days(9)).date_naive();
    for (form, why) in [
        (format!("{both}&contractor="), "no contractor"),
        (format!("{both}&contractor={}", site.inspector), "a person is none"),
        (format!("contractor={contractor}"), "no snag"),
        (format!("{both}&snag={begun}&contractor={contractor}"), "one is in work"),
        (format!("{both}&snag={}&contractor={contractor}", site.snags[0]), "one of another home"),
        (format!("{both}&contractor={contractor}&due_on={yesterday}"), "a day that is over"),
        (format!("{both}&contractor={contractor}&due_on=soon"), "no day"),
        (format!("{both}&contractor={contractor}&work=magic"), "a kind of work that the rules do not know"),
    ] {
        let told = post(&form).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(told.text().contains("note danger"), "{why}: it says why");
        assert_eq!((phase(leak).await, phase(crack).await), (Phase::Recorded, Phase::Recorded), "{why}: none was ordered");
    }
    let (sales, sales_csrf) = site.login(site.manager, "sales").await;
    let form = format!("{both}&contractor={contractor}&due_on={next}&work=multi_trade");
    assert_eq!(site.post(&at, Some(&sales), &format!("csrf={sales_csrf}&{form}")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.post(&at, Some(&cookie), &format!("csrf=stale&{form}")).await.status, StatusCode::FORBIDDEN, "not from our page");
    assert_eq!(post(&form).await.status, StatusCode::SEE_OTHER);
    for snag in [leak, crack] {
        let state = site.hub.state(snag).await.unwrap().unwrap();
        assert_eq!(state.phase, Phase::Ordered);
        assert_eq!(state.ordered(), Some((contractor, Some(next.to_string().as_str()))));
        let due = state.done().find_map(|e| if let Act::Due(set) = &e.act { Some(set.clone()) } else { None }).unwrap();
        assert_eq!(due.work.as_deref(), Some("multi_trade"), "the company's own clocks run for this kind of work");
    }
    // Once ordered it can be given to another crew as long as nobody began.
    assert!(site.get(&at, Some(&cookie)).await.text().contains(&leak.to_string()));
}

// S0-11
#[tokio::test]
async fn a_report_in_another_language_stands_beside_the_first_one() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let (unit, handover) = (site.units[0], handover_id(site.units[0]));
    let begin = Body::Create(Create { kind: AggKind::Handover, unit: Some(unit), parent: Some(unit), fields: Vec::new() });
    site.hub.act(site.inspector, "inspector", handover, begin).await.unwrap();
    let made = async |tag: u8, lang: Option<&str>| {
        let kind = "acceptance_report".to_owned();
        let act = Act::Document(kind, keyturn_core::model::Digest([tag; 32]), format!("JF-2026-{tag:04}"), lang.map(str::to_owned));
        site.hub.act(site.manager, "service_manager", handover, Body::Act(act)).await.unwrap();
    };
    // Number by number: superseded or not.
    let shown = async || {
        let page = site.get(&format!("/console/units/{unit}"), Some(&cookie)).await.text();
        let docs: Vec<(String, bool)> =
            page.split("<a class=\"doc").skip(1).filter_map(|doc| Some((doc[doc.find("JF-2026-")?..][..12].to_owned(), doc.starts_with(" old")))).collect();
        docs
    };
    let rows = |rows: &[(u8, bool)]| rows.iter().map(|(tag, old)| (format!("JF-2026-{tag:04}"), *old)).collect::<Vec<_>>();
    made(1, None).await;
    assert_eq!(shown().await, rows(&[(1, false)]), "a record of an earlier version, without its language");
    made(2, Some("zh-CN")).await;
    made(3, Some("en")).await;
    assert_eq!(shown().await, rows(&[(3, false), (2, false), (1, true)]), "Chinese and English stand side by side");
    made(4, Some("zh-CN")).await;
    assert_eq!(shown().await, rows(&[(4, false), (3, false), (2, true), (1, true)]), "each supersedes its own language");
}
