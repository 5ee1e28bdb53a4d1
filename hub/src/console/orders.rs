//! Ordering repairs: from whom, by when, and which snags of a unit (S1-21). One act orders them all or none.

use super::{
    office::{Filled, Office, Stop, Visit, page},
    parts::SnagRow,
    routes::{Answer, id, not_found, proven},
    shell::{NavItem, Place, Shell, Told},
    snags::Choice,
    text::Words,
};
use crate::error::HubError;
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
    routing::get,
};
use keyturn_core::{
    log::fold::{Aggregate, Phase},
    model::{Id, body::AggKind},
    policy::deadline::Terms,
    rules::{Refusal, sane},
    words::Told as _,
};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The addresses.
pub fn router() -> Router<Office> {
    Router::new().route("/console/units/{id}/orders", get(show).post(order))
}

/// A snag that can be ordered.
#[derive(Debug, Clone)]
pub struct OrderRow {
    /// The snag.
    pub row: SnagRow,
    /// It is chosen.
    pub chosen: bool,
}

/// What was chosen and typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The snags.
    pub snags: BTreeSet<Id>,
    /// From whom.
    pub contractor: String,
    /// By which day.
    pub due_on: String,
    /// What kind of work.
    pub work: String,
}

/// The page.
#[derive(Debug, Clone)]
pub struct OrderPage {
    /// Identifier of the unit.
    pub unit: String,
    /// Its name, `2-1-1102`.
    pub name: String,
    /// Its name in words.
    pub place: String,
    /// Snags that can be ordered, the urgent first.
    pub rows: Vec<OrderRow>,
    /// Contractors and crews with their trade.
    pub contractors: Vec<Choice>,
    /// Kinds of work.
    pub works: Vec<Choice>,
    /// Today, the earliest day.
    pub today: String,
    /// What was typed.
    pub typed: Typed,
    /// Why the reader may not order.
    pub barred: Option<String>,
}

#[derive(Template)]
#[template(path = "orders.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a OrderPage,
}

impl OrderPage {
    /// The page in its frame.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Units), p: self }.render()
    }
}

/// Whether a snag can be ordered now, or ordered anew.
pub(super) fn can_order(snag: &Aggregate) -> bool {
    matches!(snag.phase, Phase::Recorded | Phase::Rejected | Phase::Ordered)
}

/// Whether it waits for an order.
fn waits(snag: &Aggregate) -> bool {
    matches!(snag.phase, Phase::Recorded | Phase::Rejected)
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    snag: String,
    #[serde(default)]
    all: String,
}

async fn show(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Query(chosen): Query<Chosen>) -> Answer {
    let unit = id(&unit, visit.lang)?;
    let book = office.book().await?;
    let snags = match chosen.snag.parse() {
        Ok(snag) => BTreeSet::from([snag]),
        Err(_) if !chosen.all.is_empty() => book.of_unit(unit, AggKind::Snag).filter(|s| waits(s)).map(|s| s.id).collect(),
        Err(_) => BTreeSet::new(),
    };
    order_page(&office, &visit, unit, StatusCode::OK, None, Typed { snags, ..Typed::default() }).await
}

async fn order_page(office: &Office, visit: &Visit, unit: Id, status: StatusCode, why: Option<String>, typed: Typed) -> Answer {
    let read = office.read(visit.lang, &office.of_unit(unit).await?, &[visit.pass.person]).await?;
    let cx = read.cx("/console/files");
    let thing = read.book.get_kind(unit, AggKind::Unit).ok_or_else(|| not_found(visit.lang))?;
    let mut rows: Vec<SnagRow> = read.book.of_unit(unit, AggKind::Snag).filter(|s| can_order(s)).map(|s| cx.snag_row(s)).collect();
    cx.sort_rows(&mut rows);
    let mut contractors: Vec<Choice> = read
        .book
        .all(AggKind::Contractor)
        .filter_map(|c| {
            let trade = c.text("trade").map(|trade| cx.profile.taxonomy.trades.name(trade, visit.lang));
            let label = [c.text("name"), trade].into_iter().flatten().collect::<Vec<_>>().join(" · ");
            (!label.is_empty()).then(|| Choice { key: c.id.to_string(), label })
        })
        .collect();
    contractors.sort_by(|a, b| a.label.cmp(&b.label));
    let works = Terms::builtin().works.iter().map(|w| Choice { key: w.id.clone(), label: Terms::builtin().works.name(&w.id, visit.lang).to_owned() });
    let mut shell = read.shell(visit, office.hub.project_name());
    shell.told = why.map(|text| Told { kind: "danger", text }).or(shell.told);
    shell.back = format!("/console/units/{unit}/orders");
    let p = OrderPage {
        unit: unit.to_string(),
        name: cx.unit_name(thing),
        place: cx.unit_words(thing),
        rows: rows.into_iter().map(|row| OrderRow { chosen: row.id.parse().is_ok_and(|id| typed.snags.contains(&id)), row }).collect(),
        contractors,
        works: works.collect(),
        today: read.words.today_date().to_string(),
        typed,
        barred: visit.barred(&read.words, "snag.order"),
    };
    Ok(page(status, p.render(&shell)))
}

async fn order(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Filled(form): Filled<Vec<(String, String)>>) -> Answer {
    let unit = id(&unit, visit.lang)?;
    let field = |name: &str| form.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim());
    proven(&visit, field("csrf"))?;
    let snags: BTreeSet<Id> = form.iter().filter(|(name, _)| name == "snag").filter_map(|(_, value)| value.parse().ok()).collect();
    let short = |name: &str| field(name).chars().take(64).collect::<String>();
    let typed = Typed { snags, contractor: short("contractor"), due_on: short("due_on"), work: short("work") };
    let words = office.words(visit.lang);
    if let Some(why) = visit.barred(&words, "snag.order") {
        return order_page(&office, &visit, unit, StatusCode::FORBIDDEN, Some(why), typed).await;
    }
    let told = |refusal: Refusal, typed| order_page(&office, &visit, unit, StatusCode::UNPROCESSABLE_ENTITY, Some(refusal.told(visit.lang)), typed);
    let book = office.book().await?;
    let contractor = typed.contractor.parse().ok().filter(|id| book.get_kind(*id, AggKind::Contractor).is_some());
    let Some(contractor) = contractor else { return told(Refusal::plain("console-order-no-contractor"), typed).await };
    if !typed.due_on.is_empty()
        && let Err(refusal) = sane::due_on(&typed.due_on, words.today_date())
    {
        return told(refusal, typed).await;
    }
    let here = book.of_unit(unit, AggKind::Snag).filter(|s| typed.snags.contains(&s.id));
    let orders: Vec<Id> = here.filter(|s| can_order(s)).map(|s| s.id).collect();
    // One that was begun or confirmed meanwhile is not left out in silence.
    if orders.is_empty() || orders.len() != typed.snags.len() {
        let key = if typed.snags.is_empty() { "console-order-no-snag" } else { "console-order-moved-on" };
        return told(Refusal::plain(key), typed).await;
    }
    let due_on = Some(typed.due_on.clone()).filter(|day| !day.is_empty());
    let work = Some(typed.work.as_str()).filter(|work| !work.is_empty());
    match office.hub.order(visit.pass.person, &visit.pass.role, &orders, contractor, due_on, work).await {
        Ok(()) => Ok(Redirect::to(&format!("/console/units/{unit}?done=ordered")).into_response()),
        Err(HubError::Refused(refusal)) => told(refusal, typed).await,
        Err(error) => Err(Stop::from(error)),
    }
}
