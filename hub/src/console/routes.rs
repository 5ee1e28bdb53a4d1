//! The console's addresses.

use super::{
    assets,
    board::Board,
    desk::Desk,
    devices::{DeviceDetail, Devices, Invitation},
    door::Outside,
    files::{self, Wanted},
    fill::{owner::open_asks, reviews::review_id},
    office::{Filled, LANGUAGE_COOKIE, Office, Read, SESSION_COOKIE, Stop, Visit, language, page, set_cookie},
    record::RecordPage,
    reviews::{Reviews, Settled},
    shell::{Told, render_fresh},
    sign::Sign,
    snags::{Choice, Filter},
    unit::{NewLink, OwnerLink, Qr, UnitPage},
};
use crate::{
    error::HubError,
    office::{RegisterRow, RegisterValue},
};
use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use keyturn_core::{
    field::{FrozenRecord, handover_id},
    log::{Event, cert::Scope, fold::Phase},
    model::{
        Digest, Id, UtcMs, Value,
        act::{Act, OwnerWant},
        body::{AggKind, Body, Change},
    },
    words::{Lang, Told as _},
};
use serde::Deserialize;

pub(super) type Answer = Result<Response, Stop>;

/// Lines of history at the side of the board.
const RECENT_LINES: usize = 6;
/// Records not taken up that Today shows.
const REFUSED_SHOWN: usize = 10;
/// Characters of a note.
const NOTE_MAX_CHARS: usize = 500;

/// The console's routes, with their state.
pub fn router(office: Office) -> Router {
    Router::new()
        .route("/", get(async || Redirect::to("/console/today")))
        .route("/console", get(async || Redirect::to("/console/today")))
        .route("/console/", get(async || Redirect::to("/console/today")))
        .route("/console/login/{token}", get(log_in))
        .route("/console/logout", post(log_out))
        .route("/console/language", post(change_language))
        .route("/console/fresh", get(fresh))
        .route("/console/today", get(today))
        .route("/console/units", get(units))
        .route("/console/units/{id}", get(unit))
        .route("/console/units/{id}/links", post(make_link))
        .route("/console/units/{id}/told", post(owner_told))
        .route("/console/units/{id}/code", post(give_code))
        .route("/console/units/{id}/links/{link}/revoke", post(revoke_link))
        .route("/console/units/{id}/records/{digest}", get(record))
        .route("/console/snags", get(snags))
        .route("/console/snags/{id}", get(snag))
        .merge(super::snag_acts::router())
        .merge(super::orders::router())
        .route("/console/reviews", get(reviews))
        .route("/console/reviews/{id}", get(review).post(settle))
        .route("/console/devices", get(devices))
        .route("/console/devices/invite", post(invite))
        .route("/console/devices/{id}", get(device))
        .route("/console/devices/{id}/revoke", post(revoke))
        .route("/console/files/{digest}", get(file))
        .route("/console/files/bundle/{unit}", get(bundle))
        .merge(super::handover_acts::router())
        .merge(super::rules_acts::router())
        .route("/console/{*rest}", get(nothing))
        .route("/assets/{name}", get(assets::serve))
        .with_state(office)
}

pub(super) fn not_found(lang: Lang) -> Stop {
    Stop::Outside(Outside::NotFound, lang)
}

pub(super) fn id(text: &str, lang: Lang) -> Result<Id, Stop> {
    text.parse().map_err(|_| not_found(lang))
}

/// A form that came from a page of ours, in this session.
pub(super) fn proven(visit: &Visit, csrf: &str) -> Result<(), Stop> {
    if csrf == visit.csrf() { Ok(()) } else { Err(Stop::Outside(Outside::FormStale, visit.lang)) }
}

async fn nothing(visit: Visit) -> Stop {
    not_found(visit.lang)
}

async fn log_in(State(office): State<Office>, headers: HeaderMap, Path(token): Path<String>) -> Answer {
    let lang = language(&headers);
    let Some((session, pass)) = office.hub.log_in(&token).await? else { return Err(Stop::Outside(Outside::LinkSpent, lang)) };
    let seconds = (pass.expires.0 - office.hub.now().0) / 1000;
    let cookie = set_cookie(SESSION_COOKIE, &session, "/console", seconds, office.hub.url().starts_with("https"));
    Ok(assets::guard(([(header::SET_COOKIE, cookie)], Redirect::to("/console/today")).into_response()))
}

#[derive(Deserialize)]
struct Bare {
    #[serde(default)]
    csrf: String,
}

async fn log_out(State(office): State<Office>, visit: Visit, Filled(form): Filled<Bare>) -> Answer {
    proven(&visit, &form.csrf)?;
    office.hub.log_out(&visit.token).await?;
    let gone = set_cookie(SESSION_COOKIE, "", "/console", 0, office.hub.url().starts_with("https"));
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/console/today")).into_response())
}

#[derive(Deserialize)]
struct LanguageForm {
    #[serde(default)]
    csrf: String,
    lang: String,
    back: String,
}

/// A year, in seconds.
pub(crate) const LANGUAGE_KEPT_S: i64 = 365 * 86_400;

async fn change_language(State(office): State<Office>, visit: Visit, Filled(form): Filled<LanguageForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let lang = Lang::from_tag(&form.lang).unwrap_or_default();
    // Only to a page of ours, never to another site.
    let back = if form.back.starts_with("/console/") { form.back.as_str() } else { "/console/today" };
    let cookie = set_cookie(LANGUAGE_COOKIE, lang.tag(), "/", LANGUAGE_KEPT_S, office.hub.url().starts_with("https"));
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response())
}

async fn fresh(State(office): State<Office>, visit: Visit) -> Answer {
    let read = office.read(visit.lang, &[], &[visit.pass.person]).await?;
    Ok(page(StatusCode::OK, render_fresh(&read.shell(&visit, office.hub.project_name()))))
}

async fn today(State(office): State<Office>, visit: Visit) -> Answer {
    let book = office.book().await?;
    let to_review: Vec<Id> =
        book.everything().filter(|t| t.conflicts().next().is_some() || !t.refused.is_empty() || t.unfit().next().is_some()).map(|t| t.id).collect();
    let mut persons = holders(&office).await?;
    persons.extend(book.all(AggKind::Unit).flat_map(|unit| open_asks(unit).into_values()).map(|ask| ask.0));
    let read = office.read(visit.lang, &to_review, &[persons, vec![visit.pass.person]].concat()).await?;
    let cx = read.cx("/console/files");
    let hub_key = office.hub.public();
    let open = || read.book.all(AggKind::Snag).filter(|s| s.phase != Phase::Confirmed);
    let n = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let now = read.words.now;
    let rows = cx.device_rows(&hub_key);
    let live = || rows.iter().filter(|r| !r.revoked);
    let recent = live().filter(|r| r.contact.is_some_and(|at| now.0 - at.0 < crate::roles::recent_ms(read.profile))).count();
    let silent: Vec<_> = live().filter(|r| r.sign == Sign::OnDevice).cloned().collect();
    let phase_of = |unit: Id| read.book.get(handover_id(unit)).map(|h| h.phase);
    let units = || read.book.all(AggKind::Unit);
    let mut refused = cx.refused(to_review.iter().filter_map(|id| read.book.get(*id)));
    refused.truncate(REFUSED_SHOWN);
    let desk = Desk {
        groups: cx.groups(),
        asks: cx.owner_asks(),
        open: n(open().count()),
        overdue: n(open().filter(|s| cx.due(s).is_some_and(|d| d.is_over(now))).count()),
        due_soon: n(open().filter(|s| cx.due(s).is_some_and(|d| d.is_soon(now))).count()),
        to_check: n(open().filter(|s| s.phase == Phase::Done).count()),
        rejected: n(open().filter(|s| s.phase == Phase::Rejected).count()),
        handed_over: n(units().filter(|u| matches!(phase_of(u.id), Some(Phase::Signed | Phase::Closed))).count()),
        units: n(units().count()),
        in_handover: n(units().filter(|u| phase_of(u.id) == Some(Phase::Started)).count()),
        reviews: cx.reviews().into_iter().map(|r| r.0).collect(),
        refused,
        ages: [n(recent), n(live().count() - recent - silent.len()), n(silent.len())],
        recent_ms: crate::roles::recent_ms(read.profile),
        unsent: (live().filter_map(|r| r.records).sum(), live().filter_map(|r| r.photos).sum()),
        silent,
        next_due: open().filter_map(|s| cx.due(s)).map(|d| d.at).filter(|at| *at > now).min(),
    };
    Ok(page(StatusCode::OK, desk.render(&read.shell(&visit, office.hub.project_name()))))
}

/// Who holds devices.
async fn holders(office: &Office) -> Result<Vec<Id>, Stop> {
    let devices = office.hub.devices().await?;
    Ok(devices.iter().filter_map(|d| office.hub.certificate(d).ok()).map(|c| c.person).collect())
}

#[derive(Deserialize)]
struct BoardQuery {
    unit: Option<String>,
}

async fn units(State(office): State<Office>, visit: Visit, Query(query): Query<BoardQuery>) -> Answer {
    let chosen: Option<Id> = query.unit.as_deref().and_then(|u| u.parse().ok());
    let things = match chosen {
        Some(unit) => office.of_unit(unit).await?,
        None => Vec::new(),
    };
    let (events, mut persons) = office.events(things.clone()).await?;
    persons.push(visit.pass.person);
    let read = office.read(visit.lang, &things, &persons).await?;
    let cx = read.cx("/console/files");
    let unit = chosen.and_then(|u| read.book.get_kind(u, AggKind::Unit));
    let side = unit.map(|u| {
        let mut recent = cx.history(&events, true);
        recent.truncate(RECENT_LINES);
        cx.unit_side(u, recent, events.len())
    });
    Ok(page(StatusCode::OK, Board { buildings: cx.board(), side }.render(&read.shell(&visit, office.hub.project_name()))))
}

async fn unit(State(office): State<Office>, visit: Visit, Path(unit): Path<String>) -> Answer {
    let unit = id(&unit, visit.lang)?;
    unit_page(&office, &visit, unit, None, StatusCode::OK, None).await
}

async fn unit_page(office: &Office, visit: &Visit, unit: Id, new_link: Option<NewLink>, status: StatusCode, told: Option<Told>) -> Answer {
    let things = office.of_unit(unit).await?;
    let (events, mut persons) = office.events(things.clone()).await?;
    let links = office.hub.owner_links(unit).await?;
    persons.extend(links.iter().map(|(_, pass)| pass.person));
    persons.push(visit.pass.person);
    let read = office.read(visit.lang, &things, &persons).await?;
    let cx = read.cx("/console/files");
    let thing = read.book.get_kind(unit, AggKind::Unit).ok_or_else(|| not_found(visit.lang))?;
    let lines = cx.history(&events, true);
    let mut snags: Vec<_> = read.book.of_unit(unit, AggKind::Snag).map(|s| cx.snag_row(s)).collect();
    cx.sort_rows(&mut snags);
    let mut shell = read.shell(visit, office.hub.project_name());
    shell.told = told.or(shell.told);
    shell.back = format!("/console/units/{unit}");
    let p = UnitPage {
        side: cx.unit_side(thing, Vec::new(), events.len()),
        steps: cx.steps(thing),
        place: cx.unit_words(thing),
        snags,
        lines,
        signatures: cx.signatures(unit),
        refused: cx.refused(things.iter().filter_map(|t| read.book.get(*t))),
        codes_for: if visit.may("code.give") && read.book.get(handover_id(unit)).is_some_and(|h| h.phase != Phase::Closed) {
            owners_of(thing).into_iter().map(|owner| (owner.to_string(), cx.person(owner, "owner"))).collect()
        } else {
            Vec::new()
        },
        can_order: visit.may("snag.order") && read.book.of_unit(unit, AggKind::Snag).any(super::orders::can_order),
        asks: cx.asks_of(thing),
        told_barred: visit.barred(&read.words, "owner.told"),
        links: links
            .into_iter()
            .map(|(name, pass)| OwnerLink { id: name.to_string(), made: pass.made, ends: pass.expires, person: cx.person(pass.person, &pass.role) })
            .collect(),
        new_link,
        link_days: u32::from(cx.profile.handover.owner_link.days.value),
        link_barred: visit.barred(&read.words, "link.make"),
    };
    Ok(page(status, p.render(&shell)))
}

async fn make_link(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Filled(form): Filled<Bare>) -> Answer {
    proven(&visit, &form.csrf)?;
    let unit = id(&unit, visit.lang)?;
    let book = office.book().await?;
    let thing = book.get_kind(unit, AggKind::Unit).ok_or_else(|| not_found(visit.lang))?;
    let words = office.words(visit.lang);
    if let Some(why) = visit.barred(&words, "link.make") {
        return unit_page(&office, &visit, unit, None, StatusCode::FORBIDDEN, Some(Told { kind: "danger", text: why })).await;
    }
    let Some(owner) = owners_of(thing).first().copied() else {
        let told = Told { kind: "danger", text: words.t("console-owner-link-no-owner") };
        return unit_page(&office, &visit, unit, None, StatusCode::UNPROCESSABLE_ENTITY, Some(told)).await;
    };
    let url = format!("{}/o/{}", office.hub.url(), office.hub.owner_link(unit, owner).await?);
    if open_asks(thing).contains_key(&OwnerWant::Link) && visit.may("owner.told") {
        // The new link is the answer.
        let told = Act::Told("link".to_owned(), words.t("console-owner-ask-new-link"));
        office.hub.act(visit.pass.person, &visit.pass.role, unit, Body::Act(told)).await?;
    }
    let link = Qr::of(&url).map(|qr| NewLink { url, qr });
    unit_page(&office, &visit, unit, link, StatusCode::OK, None).await
}

#[derive(Deserialize)]
struct ToldForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    note: String,
}

/// The office answered what an owner asked for, by telephone.
async fn owner_told(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Filled(form): Filled<ToldForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let unit = id(&unit, visit.lang)?;
    let words = office.words(visit.lang);
    let refuse = |status, text: String| unit_page(&office, &visit, unit, None, status, Some(Told { kind: "danger", text }));
    let note = form.note.trim();
    if note.is_empty() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, words.t("console-owner-ask-no-note")).await;
    }
    if office.book().await?.get_kind(unit, AggKind::Unit).is_none_or(|unit| open_asks(unit).is_empty()) {
        return refuse(StatusCode::CONFLICT, words.t("console-owner-ask-none")).await;
    }
    let told = Act::Told("phone".to_owned(), note.chars().take(NOTE_MAX_CHARS).collect());
    match office.hub.act(visit.pass.person, &visit.pass.role, unit, Body::Act(told)).await {
        Ok(_) => Ok(Redirect::to(&format!("/console/units/{unit}?done=told")).into_response()),
        Err(HubError::Refused(refusal)) => refuse(StatusCode::FORBIDDEN, refusal.told(visit.lang)).await,
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct CodeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    person: String,
}

/// Sends an owner of the unit a code to sign with; the office never sees it.
async fn give_code(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Filled(form): Filled<CodeForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let unit = id(&unit, visit.lang)?;
    let person = id(&form.person, visit.lang)?;
    let owners = office.book().await?.get_kind(unit, AggKind::Unit).map(owners_of).unwrap_or_default();
    if !owners.contains(&person) {
        return Err(not_found(visit.lang));
    }
    let words = office.words(visit.lang);
    let (status, told) = match office.hub.give_code(visit.pass.person, &visit.pass.role, unit, person, false).await {
        Ok(until) => (StatusCode::OK, Told { kind: "ok", text: words.t1("console-code-given", "when", words.when(until)) }),
        Err(HubError::Refused(refusal)) => (StatusCode::UNPROCESSABLE_ENTITY, Told { kind: "danger", text: refusal.told(visit.lang) }),
        Err(error) => return Err(error.into()),
    };
    unit_page(&office, &visit, unit, None, status, Some(told)).await
}

fn owners_of(unit: &keyturn_core::log::fold::Aggregate) -> Vec<Id> {
    match unit.get("owners") {
        Some(Value::List(owners)) => owners.iter().filter_map(Value::id).collect(),
        _ => Vec::new(),
    }
}

async fn revoke_link(State(office): State<Office>, visit: Visit, Path((unit, link)): Path<(String, String)>, Filled(form): Filled<Bare>) -> Answer {
    proven(&visit, &form.csrf)?;
    let unit = id(&unit, visit.lang)?;
    if let Some(why) = visit.barred(&office.words(visit.lang), "link.revoke") {
        return unit_page(&office, &visit, unit, None, StatusCode::FORBIDDEN, Some(Told { kind: "danger", text: why })).await;
    }
    let name: Digest = link.parse().map_err(|_| not_found(visit.lang))?;
    if !office.hub.owner_links(unit).await?.iter().any(|(n, _)| *n == name) {
        return Err(not_found(visit.lang));
    }
    office.hub.revoke_owner_link(name).await?;
    Ok(Redirect::to(&format!("/console/units/{unit}?done=link-revoked")).into_response())
}

/// A frozen record as it was shown and signed.
async fn record(State(office): State<Office>, visit: Visit, Path((unit, digest)): Path<(String, String)>) -> Answer {
    let unit = id(&unit, visit.lang)?;
    let digest: Digest = digest.parse().map_err(|_| not_found(visit.lang))?;
    let things = office.of_unit(unit).await?;
    let (events, mut persons) = office.events(vec![handover_id(unit)]).await?;
    persons.push(visit.pass.person);
    let read = office.read(visit.lang, &things, &persons).await?;
    let cx = read.cx("/console/files");
    let frozen = events.iter().filter_map(|row| Event::decode(row.bytes.clone()).ok()).find_map(|event| match event.body() {
        Body::Act(Act::Freeze(_, bytes)) if Digest::of(&bytes) == digest => minicbor::decode::<FrozenRecord>(&bytes).ok(),
        _ => None,
    });
    let frozen = frozen.ok_or_else(|| not_found(visit.lang))?;
    let p = RecordPage {
        unit: frozen.unit_label.clone(),
        unit_id: unit.to_string(),
        version: frozen.version,
        frozen: frozen.frozen,
        digest: digest.to_string(),
        policy: frozen.policy.clone(),
        words: frozen.words(cx.policies.find(&frozen.policy).unwrap_or(cx.profile), visit.lang),
        signatures: cx.signatures(unit).into_iter().filter(|s| s.version == frozen.version).collect(),
        photos: frozen.snags.iter().filter_map(|s| read.book.get(s.id)).flat_map(|s| cx.photos(s, "snag", None)).collect(),
    };
    Ok(page(StatusCode::OK, p.render(&read.shell(&visit, office.hub.project_name()))))
}

fn filter_of(query: Vec<(String, String)>) -> Filter {
    let mut filter = Filter::default();
    for (name, value) in query {
        match name.as_str() {
            "state" => filter.states.extend(Sign::from_key(&value).filter(|s| super::sign::SNAG_STATES.contains(s))),
            "late" => filter.late = value == "1",
            "building" if !value.is_empty() => filter.building = Some(value),
            "crew" if !value.is_empty() => filter.crew = Some(value),
            "q" => filter.text = value,
            "page" => filter.page = value.parse().unwrap_or(1),
            _ => {}
        }
    }
    filter
}

async fn snags(State(office): State<Office>, visit: Visit, Query(query): Query<Vec<(String, String)>>) -> Answer {
    let read = office.read(visit.lang, &[], &[visit.pass.person]).await?;
    let cx = read.cx("/console/files");
    let list = cx.snag_list(filter_of(query));
    let mut shell = read.shell(&visit, office.hub.project_name());
    shell.search.clone_from(&list.filter.text);
    Ok(page(StatusCode::OK, list.render(&shell)))
}

async fn snag(State(office): State<Office>, visit: Visit, Path(snag): Path<String>) -> Answer {
    let snag = id(&snag, visit.lang)?;
    snag_page(&office, &visit, snag, StatusCode::OK, None).await
}

pub(super) async fn snag_page(office: &Office, visit: &Visit, snag: Id, status: StatusCode, told: Option<Told>) -> Answer {
    let book = office.book().await?;
    let unit = book.get_kind(snag, AggKind::Snag).ok_or_else(|| not_found(visit.lang))?.unit;
    let things: Vec<Id> = [Some(snag), unit].into_iter().flatten().collect();
    let (events, mut persons) = office.events(vec![snag]).await?;
    persons.push(visit.pass.person);
    let read = office.read(visit.lang, &things, &persons).await?;
    let cx = read.cx("/console/files");
    let thing = read.book.get_kind(snag, AggKind::Snag).ok_or_else(|| not_found(visit.lang))?;
    let mut rows: Vec<_> = unit.into_iter().flat_map(|u| read.book.of_unit(u, AggKind::Snag)).map(|s| cx.snag_row(s)).collect();
    cx.sort_rows(&mut rows);
    let order: Vec<Id> = rows.iter().filter_map(|r| r.id.parse().ok()).collect();
    let mut p = cx.snag_page(thing, cx.history(&events, false), &order);
    p.due_barred = visit.barred(&read.words, "snag.due");
    p.hold_barred = visit.barred(&read.words, "snag.hold");
    p.can_order = visit.may("snag.order") && super::orders::can_order(thing);
    let mut shell = read.shell(visit, office.hub.project_name());
    shell.told = told.or(shell.told);
    shell.back = format!("/console/snags/{snag}");
    Ok(page(status, p.render(&shell)))
}

async fn reviews(State(office): State<Office>, visit: Visit) -> Answer {
    let read = read_reviews(&office, &visit).await?;
    let cx = read.cx("/console/files");
    let p = Reviews {
        open: cx.reviews().into_iter().map(|r| r.0).collect(),
        settled: cx.reviews_settled(),
        refused: cx.refused(read.book.everything()),
        repeats: cx.repeats(),
        chosen: None,
    };
    Ok(page(StatusCode::OK, p.render(&read.shell(&visit, office.hub.project_name()))))
}

async fn read_reviews(office: &Office, visit: &Visit) -> Result<Read, Stop> {
    let book = office.book().await?;
    let is_settled = |t: &keyturn_core::log::fold::Aggregate| t.done().any(|e| matches!(e.act, Act::Settled(..)));
    let left_out = |t: &keyturn_core::log::fold::Aggregate| !t.refused.is_empty() || t.unfit().next().is_some();
    let things: Vec<Id> = book.everything().filter(|t| t.conflicts().next().is_some() || is_settled(t) || left_out(t)).map(|t| t.id).collect();
    Ok(office.read(visit.lang, &things, &[visit.pass.person]).await?)
}

async fn review(State(office): State<Office>, visit: Visit, Path(review): Path<String>) -> Answer {
    let review = id(&review, visit.lang)?;
    review_page(&office, &visit, review, None, String::new(), StatusCode::OK).await
}

async fn review_page(office: &Office, visit: &Visit, review: Id, error: Option<String>, reason: String, status: StatusCode) -> Answer {
    let read = read_reviews(office, visit).await?;
    let cx = read.cx("/console/files");
    let open = cx.reviews();
    let found = open.iter().find(|(row, ..)| row.id == review.to_string());
    let mut chosen = found.and_then(|(_, thing, field)| cx.review(read.book.get(*thing)?, field));
    if let Some(chosen) = &mut chosen {
        chosen.barred = visit.barred(&read.words, "review.settle");
        chosen.error = error;
        chosen.reason = reason;
    } else {
        // Settled meanwhile, here or on a device: who, when, which value, why.
        chosen = read.book.everything().find_map(|thing| {
            let (field, entry, reason) = thing
                .done()
                .filter_map(|e| if let Act::Settled(f, r) = &e.act { Some((f, e, r)) } else { None })
                .filter(|(f, ..)| review_id(thing.id, f) == review)
                .last()?;
            let value = cx.value(thing, field, thing.get(field)?);
            let by = cx.person(entry.origin.actor, &entry.origin.role);
            Some(super::reviews::Review {
                id: review.to_string(),
                field: cx.field(thing, field),
                about: thing.unit.and_then(|u| read.book.get(u)).map(|u| cx.unit_name(u)).unwrap_or_default(),
                link: format!("/console/snags/{}", thing.id),
                values: Vec::new(),
                merged: Vec::new(),
                signed: None,
                free: false,
                barred: None,
                settled: Some(Settled { by, at: entry.origin.order.hlc.ms, value, reason: reason.clone() }),
                error: None,
                reason: String::new(),
            })
        });
    }
    if chosen.is_none() {
        return Err(not_found(visit.lang));
    }
    let p = Reviews {
        open: open.into_iter().map(|r| r.0).collect(),
        settled: cx.reviews_settled(),
        refused: cx.refused(read.book.everything()),
        repeats: cx.repeats(),
        chosen,
    };
    Ok(page(status, p.render(&read.shell(visit, office.hub.project_name()))))
}

#[derive(Deserialize)]
struct SettleForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    other: String,
    #[serde(default)]
    reason: String,
}

async fn settle(State(office): State<Office>, visit: Visit, Path(review): Path<String>, Filled(form): Filled<SettleForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let review = id(&review, visit.lang)?;
    let words = office.words(visit.lang);
    let again = |error: String| review_page(&office, &visit, review, Some(error), form.reason.clone(), StatusCode::UNPROCESSABLE_ENTITY);
    if form.reason.trim().is_empty() {
        return again(words.t("console-settle-no-reason")).await;
    }
    let book = office.book().await?;
    let found = book.everything().find_map(|t| t.conflicts().find(|(f, _)| review_id(t.id, f) == review).map(|(f, heads)| (t, f.to_owned(), heads)));
    let Some((thing, field, heads)) = found else { return review_page(&office, &visit, review, None, String::new(), StatusCode::CONFLICT).await };
    let text = matches!(heads.first().map(|h| &h.value), Some(Value::Text(_)));
    let value = match form.value.parse::<usize>() {
        Ok(n) => heads.get(n).map(|h| h.value.clone()),
        Err(_) if form.value == "other" && text && !form.other.trim().is_empty() => Some(Value::Text(form.other.trim().to_owned())),
        Err(_) => None,
    };
    let Some(value) = value else { return again(words.t("console-settle-choose")).await };
    let change = Change { replaces: thing.heads(&field), field: field.clone(), value };
    let acts = vec![(thing.id, Body::Set(vec![change])), (thing.id, Body::Act(Act::Settled(field, form.reason.trim().to_owned())))];
    match office.hub.act_all(visit.pass.person, &visit.pass.role, acts).await {
        Ok(_) => Ok(Redirect::to(&format!("/console/reviews/{review}")).into_response()),
        Err(HubError::Refused(refusal)) => again(refusal.told(visit.lang)).await,
        Err(error) => Err(error.into()),
    }
}

async fn devices(State(office): State<Office>, visit: Visit) -> Answer {
    devices_page(&office, &visit, None, None, StatusCode::OK, None).await
}

async fn device(State(office): State<Office>, visit: Visit, Path(device): Path<String>) -> Answer {
    let device = id(&device, visit.lang)?;
    devices_page(&office, &visit, Some((device, false)), None, StatusCode::OK, None).await
}

async fn devices_page(
    office: &Office,
    visit: &Visit,
    chosen: Option<(Id, bool)>,
    invitation: Option<Invitation>,
    status: StatusCode,
    told: Option<Told>,
) -> Answer {
    let book = office.book().await?;
    let with_refused: Vec<Id> = book.everything().filter(|t| !t.refused.is_empty()).map(|t| t.id).collect();
    let staff: Vec<Id> = book.all(AggKind::Person).filter(|p| matches!(p.text("kind"), Some("staff" | "crew"))).map(|p| p.id).collect();
    let persons = [holders(office).await?, staff.clone(), vec![visit.pass.person]].concat();
    let read = office.read(visit.lang, &with_refused, &persons).await?;
    let cx = read.cx("/console/files");
    let key = office.hub.public();
    let chosen = match chosen {
        None => None,
        Some((device, wrong_name)) => {
            let row = read.devices.get(&device).filter(|d| !d.hub).ok_or_else(|| not_found(visit.lang))?;
            let of_device = with_refused.iter().filter_map(|t| read.book.get(*t)).map(|t| {
                let mut only = t.clone();
                only.refused.retain(|r| r.event.device == device);
                only.entries.retain(|e| e.origin.at().device == device);
                only
            });
            let of_device: Vec<_> = of_device.collect();
            Some(DeviceDetail {
                row: cx.device_row(row, &key),
                facts: cx.device_facts(row, &key),
                refused: cx.refused(&of_device),
                wrong_name,
                barred: visit.barred(&read.words, "device.revoke"),
            })
        }
    };
    let mut people: Vec<String> = staff.iter().filter_map(|p| read.names.name(*p)).map(str::to_owned).collect();
    people.sort();
    people.dedup();
    let mut shell = read.shell(visit, office.hub.project_name());
    shell.told = told.or(shell.told);
    let p = Devices {
        rows: cx.device_rows(&key),
        chosen,
        invitation,
        roles: cx.roles_to_invite(),
        scopes: scopes(&read),
        invite_barred: visit.barred(&read.words, "device.invite"),
        people,
        recent_ms: crate::roles::recent_ms(read.profile),
        silent_ms: crate::roles::silent_ms(read.profile),
    };
    Ok(page(status, p.render(&shell)))
}

/// The project, each building, the orders of each crew.
fn scopes(read: &Read) -> Vec<Choice> {
    let cx = read.cx("");
    let project = Choice { key: "project".to_owned(), label: read.words.t("console-scope-project") };
    let buildings = cx.buildings().into_iter().map(|b| Choice { key: format!("building:{}", b.key), label: b.label });
    let crews = cx.crews().into_iter().map(|c| Choice { key: format!("orders:{}", c.key), label: read.words.t1("console-scope-orders", "name", c.label) });
    std::iter::once(project).chain(buildings).chain(crews).collect()
}

#[derive(Deserialize)]
struct RevokeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    name: String,
}

async fn revoke(State(office): State<Office>, visit: Visit, Path(device): Path<String>, Filled(form): Filled<RevokeForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let device = id(&device, visit.lang)?;
    let row = office.hub.device(device).await?.filter(|d| !d.hub).ok_or_else(|| not_found(visit.lang))?;
    if row.name.trim() != form.name.trim() {
        return devices_page(&office, &visit, Some((device, true)), None, StatusCode::UNPROCESSABLE_ENTITY, None).await;
    }
    let reason = office.words(visit.lang).t("console-revoke-reason");
    match office.hub.revoke(visit.pass.person, &visit.pass.role, device, &reason).await {
        Ok(()) => Ok(Redirect::to(&format!("/console/devices/{device}?done=revoked")).into_response()),
        Err(HubError::Refused(refusal)) => {
            let told = Told { kind: "danger", text: refusal.told(visit.lang) };
            devices_page(&office, &visit, Some((device, false)), None, StatusCode::UNPROCESSABLE_ENTITY, Some(told)).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct InviteForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    scope: String,
}

async fn invite(State(office): State<Office>, visit: Visit, Filled(form): Filled<InviteForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let words = office.words(visit.lang);
    let refuse = |status, text: String| devices_page(&office, &visit, None, None, status, Some(Told { kind: "danger", text }));
    if let Some(why) = visit.barred(&words, "device.invite") {
        return refuse(StatusCode::FORBIDDEN, why).await;
    }
    let name = form.person.trim();
    if name.is_empty() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, words.t("console-invite-no-name")).await;
    }
    let book = office.book().await?;
    let scope = match form.scope.split_once(':') {
        None if form.scope == "project" => Some(Scope::Project),
        Some(("building", building)) => {
            let units: Vec<Id> = book.all(AggKind::Unit).filter(|u| u.text("building") == Some(building)).map(|u| u.id).collect();
            (!units.is_empty()).then_some(Scope::Units(units))
        }
        Some(("orders", crew)) => crew.parse().ok().filter(|c| book.get_kind(*c, AggKind::Contractor).is_some()).map(Scope::Orders),
        _ => None,
    };
    let Some(scope) = scope else { return refuse(StatusCode::UNPROCESSABLE_ENTITY, words.t("console-invite-no-scope")).await };
    let person = match person_named(&office, name).await? {
        Some(person) => person,
        None => {
            let key = format!("staff/{name}");
            let kind = if matches!(scope, Scope::Orders(_)) { "crew" } else { "staff" };
            let fields = vec![("name".to_owned(), RegisterValue::Personal(name.to_owned())), ("kind".to_owned(), RegisterValue::Open(kind.into()))];
            let row = RegisterRow { kind: AggKind::Person, key: key.clone(), unit: None, parent: None, fields };
            match office.hub.import(visit.pass.person, &visit.pass.role, vec![row]).await {
                Ok(_) => office.hub.register_id(&key),
                Err(HubError::Refused(refusal)) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, refusal.told(visit.lang)).await,
                Err(error) => return Err(error.into()),
            }
        }
    };
    let invite = match office.hub.invite(person, &form.role, scope).await {
        Ok(invite) => invite,
        Err(HubError::Refused(refusal)) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, refusal.told(visit.lang)).await,
        Err(error) => return Err(error.into()),
    };
    let hours = i64::from(visit.profile.handover.device.invite_hours.value);
    let invitation = Qr::of(&invite.to_line()).map(|qr| Invitation {
        code: invite.code.clone(),
        qr,
        person: name.to_owned(),
        role: visit.profile.roles.list.name(&form.role, visit.lang).to_owned(),
        ends: UtcMs(words.now.0 + hours * 3_600_000),
        fingerprint: invite.tls.map_or_else(|| invite.hub.to_string(), |d| d.to_string()),
    });
    devices_page(&office, &visit, None, invitation, StatusCode::OK, None).await
}

/// The member of staff or crew with this name.
async fn person_named(office: &Office, name: &str) -> Result<Option<Id>, Stop> {
    let book = office.book().await?;
    let people: Vec<Id> = book.all(AggKind::Person).filter(|p| matches!(p.text("kind"), Some("staff" | "crew"))).map(|p| p.id).collect();
    let names = super::book::Names::of(&**office.hub.store(), &book, people.iter().copied()).await?;
    Ok(people.into_iter().find(|p| names.name(*p) == Some(name)))
}

async fn file(State(office): State<Office>, visit: Visit, Path(digest): Path<String>, Query(wanted): Query<Wanted>) -> Answer {
    let digest: Digest = digest.parse().map_err(|_| not_found(visit.lang))?;
    // Only what belongs to something of the project: a digest learnt elsewhere opens nothing.
    if office.hub.blob_used_by(digest).await?.is_empty() {
        return Err(not_found(visit.lang));
    }
    files::answer(&office, digest, &wanted).await
}

async fn bundle(State(office): State<Office>, visit: Visit, Path(unit): Path<String>) -> Answer {
    let unit = id(&unit, visit.lang)?;
    if visit.barred(&office.words(visit.lang), "bundle.export").is_some() {
        return Err(not_found(visit.lang));
    }
    let book = office.book().await?;
    let thing = book.get_kind(unit, AggKind::Unit).ok_or_else(|| not_found(visit.lang))?;
    let name = ["building", "entrance", "number"].map(|f| thing.text(f).unwrap_or_default()).join("-");
    files::bundle(&office, unit, &ascii(&name)).await
}

/// What a file name may hold everywhere.
pub(crate) fn ascii(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}
