//! The office's acts on a handover, each under the same rules as on a device: making ready, appointment, notice, proof, documents.

use super::{
    fill::handover::{appointment, notice_facts},
    handover::Typed,
    office::{Filled, Office, Read, Stop, Visit, page},
    routes::{Answer, id, not_found, proven},
    shell::Told,
    snags::Choice,
};
use crate::{HUB_ROLE, documents::DocumentError, error::HubError};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use chrono::NaiveDateTime;
use keyturn_core::{
    field::{DocumentKind, handover_id},
    log::{
        EventRef,
        fold::{Aggregate, Phase},
    },
    model::{
        Id, UtcMs, Value,
        act::Act,
        body::{AggKind, Body, Change, Create},
        value::Done,
    },
    policy::gate::{self, Shut},
    rules::appointment_open,
    words::Told as _,
};
use serde::Deserialize;

/// Characters of a place, a number or a name.
const LINE_MAX_CHARS: usize = 200;

/// The addresses of a handover.
pub fn router() -> Router<Office> {
    Router::new()
        .route("/console/units/{id}/handover", get(show))
        .route("/console/units/{id}/handover/ready", post(ready))
        .route("/console/units/{id}/handover/appoint", post(appoint))
        .route("/console/units/{id}/handover/notice", post(notice))
        .route("/console/units/{id}/handover/proof", post(proof))
        .route("/console/units/{id}/handover/document", post(document))
}

async fn show(State(office): State<Office>, visit: Visit, Path(unit): Path<String>) -> Answer {
    let unit = id(&unit, visit.lang)?;
    Case::of(&office, &visit, unit).await?.page(StatusCode::OK, None, Typed::default())
}

/// A unit with its handover, read for one request.
struct Case<'a> {
    office: &'a Office,
    visit: &'a Visit,
    unit: Id,
    read: Read,
    staff: Vec<Id>,
}

impl<'a> Case<'a> {
    async fn of(office: &'a Office, visit: &'a Visit, unit: Id) -> Result<Self, Stop> {
        let book = office.book().await?;
        book.get_kind(unit, AggKind::Unit).ok_or_else(|| not_found(visit.lang))?;
        let staff: Vec<Id> = book.all(AggKind::Person).filter(|p| p.text("kind") == Some("staff")).map(|p| p.id).collect();
        let persons = [staff.clone(), vec![visit.pass.person]].concat();
        let read = office.read(visit.lang, &office.of_unit(unit).await?, &persons).await?;
        Ok(Self { office, visit, unit, read, staff })
    }

    fn thing(&self) -> Result<&Aggregate, Stop> {
        self.read.book.get(self.unit).ok_or_else(|| not_found(self.visit.lang))
    }

    fn handover(&self) -> Option<&Aggregate> {
        self.read.book.get(handover_id(self.unit)).filter(|h| h.created.is_some())
    }

    /// Who can accompany an owner, by name, with the role their device is certified for.
    fn escorts(&self) -> Vec<Choice> {
        let cx = self.read.cx("");
        let role_of = |person: Id| self.read.devices.values().filter_map(|d| self.office.hub.certificate(d).ok()).find(|c| c.person == person).map(|c| c.role);
        let mut all: Vec<Choice> = self
            .staff
            .iter()
            .filter_map(|person| {
                let name = self.read.names.name(*person)?;
                let label = role_of(*person).map_or_else(|| name.to_owned(), |role| format!("{name} · {}", cx.role(&role)));
                Some(Choice { key: person.to_string(), label })
            })
            .collect();
        all.sort_by(|a, b| a.label.cmp(&b.label));
        all
    }

    fn page(&self, status: StatusCode, told: Option<Told>, mut typed: Typed) -> Answer {
        let cx = self.read.cx("/console/files");
        let unit = self.thing()?;
        let mut shell = self.read.shell(self.visit, self.office.hub.project_name());
        shell.told = told.or(shell.told);
        shell.back = format!("/console/units/{}/handover", self.unit);
        if typed.place.is_empty() {
            let last = self.handover().and_then(appointment).and_then(|a| a.place);
            typed.place = last.or_else(|| unit.text("service_address").map(str::to_owned)).unwrap_or_default();
        }
        let p = cx.handover_page(unit, self.escorts(), typed, &|act| self.visit.barred(&self.read.words, act));
        Ok(page(status, p.render(&shell)))
    }

    /// The same page again, saying why nothing was done.
    fn again(&self, status: StatusCode, why: impl Into<String>, typed: Typed) -> Answer {
        self.page(status, Some(Told { kind: "danger", text: why.into() }), typed)
    }

    fn say(&self, key: &str) -> String {
        self.read.words.t(key)
    }

    fn words(&self, shut: &[Shut]) -> String {
        let cx = self.read.cx("");
        cx.shut(cx.handover_rules(self.unit), shut).join("\n")
    }

    /// Does the acts on the handover, which begins with them when it is not there yet.
    async fn act(&self, acts: Vec<Body>) -> Result<(), HubError> {
        let handover = handover_id(self.unit);
        let begin = self
            .handover()
            .is_none()
            .then(|| Body::Create(Create { kind: AggKind::Handover, unit: Some(self.unit), parent: Some(self.unit), fields: Vec::new() }));
        let acts = begin.into_iter().chain(acts).map(|body| (handover, body)).collect();
        self.office.hub.act_all(self.visit.pass.person, &self.visit.pass.role, acts).await.map(drop)
    }

    fn done(&self, what: &str) -> Answer {
        Ok(Redirect::to(&format!("/console/units/{}/handover?done={what}", self.unit)).into_response())
    }

    /// What the rules said, on the same page; what the hub could not do goes on.
    fn refused(&self, error: HubError, typed: Typed) -> Answer {
        match error {
            HubError::Refused(refusal) => {
                let status = if refusal.key == "rule-role" { StatusCode::FORBIDDEN } else { StatusCode::UNPROCESSABLE_ENTITY };
                self.again(status, refusal.told(self.visit.lang), typed)
            }
            error => Err(error.into()),
        }
    }
}

fn line(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(LINE_MAX_CHARS).collect()
}

/// An instant as the browser's field gives it, in the project's zone.
fn instant(text: &str, zone: chrono_tz::Tz) -> Option<UtcMs> {
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].iter().find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())?;
    let at = UtcMs(local.and_local_timezone(zone).earliest()?.timestamp_millis());
    at.is_printable().then_some(at)
}

/// What making ready still lacks, or no longer (S1-15).
async fn ready(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Filled(form): Filled<Vec<(String, String)>>) -> Answer {
    let unit = id(&unit, visit.lang)?;
    let csrf = form.iter().find(|(name, _)| name == "csrf").map_or("", |(_, value)| value);
    proven(&visit, csrf)?;
    let case = Case::of(&office, &visit, unit).await?;
    if let Some(why) = visit.barred(&case.read.words, "handover.set") {
        return case.again(StatusCode::FORBIDDEN, why, Typed::default());
    }
    if !case.handover().is_none_or(|h| matches!(h.phase, Phase::Planned | Phase::Appointed)) {
        return case.again(StatusCode::CONFLICT, case.say("console-handover-begun"), Typed::default());
    }
    let ticked: Vec<&str> = form.iter().filter(|(name, _)| name == "item").map(|(_, value)| value.as_str()).collect();
    let rules = case.read.cx("").handover_rules(unit);
    let items = &rules.handover.gate.precheck_items.value;
    if let Some(stray) = ticked.iter().find(|t| !items.iter().any(|i| i == *t)) {
        let stray = keyturn_core::words::tr(visit.lang, "rule-unknown-item", &[("item", (*stray).to_owned())]);
        return case.again(StatusCode::UNPROCESSABLE_ENTITY, stray, Typed::default());
    }
    let change = |item: &String| {
        let (field, done) = (format!("precheck:{item}"), ticked.contains(&item.as_str()));
        let now = case.handover().is_some_and(|h| matches!(h.get(&field), Some(Value::Done(d)) if d.done));
        (now != done).then(|| Change {
            replaces: case.handover().map(|h| h.heads(&field)).unwrap_or_default(),
            field,
            value: Value::Done(Done { done, count: None, reason: None }),
        })
    };
    let changes: Vec<Change> = items.iter().filter_map(change).collect();
    if !changes.is_empty()
        && let Err(error) = case.act(vec![Body::Set(changes)]).await
    {
        return case.refused(error, Typed::default());
    }
    case.done("prechecked")
}

#[derive(Deserialize)]
struct AppointForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    escort: String,
    #[serde(default)]
    place: String,
}

/// Invites the owner to the walk-through, with an escort (S1-15, S1-17, S2-54).
async fn appoint(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Filled(form): Filled<AppointForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let unit = id(&unit, visit.lang)?;
    let case = Case::of(&office, &visit, unit).await?;
    let typed = Typed { at: line(&form.at), escort: line(&form.escort), place: line(&form.place), ..Typed::default() };
    if let Some(why) = visit.barred(&case.read.words, "handover.appoint") {
        return case.again(StatusCode::FORBIDDEN, why, typed);
    }
    let Some(at) = instant(&form.at, case.read.words.zone) else {
        return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.say("console-appoint-no-time"), typed);
    };
    if at <= case.read.words.now {
        return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.say("console-appoint-past"), typed);
    }
    let escort = form.escort.parse().ok().filter(|escort| case.staff.contains(escort));
    let Some(escort) = escort else { return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.say("console-appoint-no-escort"), typed) };
    // All that is missing at once; the rules ask again when the act is made.
    let rules = case.read.cx("").handover_rules(unit);
    if let Err(shut) = appointment_open(rules, case.handover(), Some(case.thing()?), at) {
        return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.words(&shut), typed);
    }
    let place = Some(typed.place.clone()).filter(|p| !p.is_empty());
    let clash = clashes(&case, escort, at, i64::from(rules.handover.walkthrough.appointment_hours.value) * 3_600_000);
    match case.act(vec![Body::Act(Act::Appoint(at, escort, place))]).await {
        Ok(()) => case.done(if clash { "appointed-clash" } else { "appointed" }),
        Err(error) => case.refused(error, typed),
    }
}

/// Whether the escort is with another owner at that time.
fn clashes(case: &Case<'_>, escort: Id, at: UtcMs, free_ms: i64) -> bool {
    let others = case.read.book.all(AggKind::Handover).filter(|h| h.unit != Some(case.unit) && h.phase == Phase::Appointed);
    others.filter_map(appointment).any(|other| other.escort == escort && (other.at.0 - at.0).abs() < free_ms)
}

#[derive(Deserialize)]
struct NoticeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    proof: String,
}

/// Records that the notice went out, with the notice as it was printed (S4-12).
async fn notice(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Filled(form): Filled<NoticeForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let unit = id(&unit, visit.lang)?;
    let case = Case::of(&office, &visit, unit).await?;
    let typed = Typed { method: line(&form.method), proof: line(&form.proof), ..Typed::default() };
    if let Some(why) = visit.barred(&case.read.words, "handover.notice") {
        return case.again(StatusCode::FORBIDDEN, why, typed);
    }
    let Some(handover) = case.handover() else {
        return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.say("console-notice-no-appointment"), typed);
    };
    if !matches!(handover.phase, Phase::Planned | Phase::Appointed) {
        return case.again(StatusCode::CONFLICT, case.say("console-handover-begun"), typed);
    }
    let Some(appointed) = appointment(handover) else {
        return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.say("console-notice-no-appointment"), typed);
    };
    if typed.method.is_empty() {
        return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.say("rule-notice-method"), typed);
    }
    let tracking = Some(typed.proof.clone()).filter(|p| !p.is_empty());
    let cx = case.read.cx("");
    let facts = notice_facts(&cx, case.thing()?, appointed.at, case.read.words.now, &typed.method, tracking.as_deref());
    let shut = gate::notice(cx.handover_rules(unit), &facts).err().unwrap_or_default();
    // A short notice is sent all the same, and shown as short: whether it was agreed is the owner's to say.
    let (short, barred): (Vec<Shut>, Vec<Shut>) = shut.into_iter().partition(|shut| matches!(shut, Shut::NoticeShort { .. }));
    if !barred.is_empty() {
        return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.words(&barred), typed);
    }
    let digest = match print(&case, DocumentKind::Notice).await {
        Ok(digest) => digest,
        Err(answer) => return *answer,
    };
    match case.act(vec![Body::Act(Act::Notice(typed.method.clone(), tracking, Some(digest)))]).await {
        Ok(()) => case.done(if short.is_empty() { "noticed" } else { "noticed-short" }),
        Err(error) => case.refused(error, typed),
    }
}

/// Makes a document; in the hub's name where the person's role makes none by hand.
async fn print(case: &Case<'_>, kind: DocumentKind) -> Result<keyturn_core::model::Digest, Box<Answer>> {
    let hub = &case.office.hub;
    let own = case.visit.may("document.made");
    let (actor, role) = if own { (case.visit.pass.person, case.visit.pass.role.as_str()) } else { (hub.own_person(), HUB_ROLE) };
    match hub.print(actor, role, case.unit, kind, case.visit.lang).await {
        Ok(printed) => Ok(printed.digest),
        Err(DocumentError::Hub(error)) => Err(Box::new(case.refused(error, Typed::default()))),
        Err(DocumentError::Nothing) => {
            Err(Box::new(case.again(StatusCode::UNPROCESSABLE_ENTITY, DocumentError::Nothing.told(case.visit.lang), Typed::default())))
        }
        Err(error) => {
            tracing::error!(%error, "a document could not be made");
            Err(Box::new(case.again(StatusCode::INTERNAL_SERVER_ERROR, error.told(case.visit.lang), Typed::default())))
        }
    }
}

#[derive(Deserialize)]
struct ProofForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    notice: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    by: String,
}

/// Records that a notice arrived, and by what that is known (S4-12).
async fn proof(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Filled(form): Filled<ProofForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let unit = id(&unit, visit.lang)?;
    let case = Case::of(&office, &visit, unit).await?;
    if let Some(why) = visit.barred(&case.read.words, "handover.notice_proof") {
        return case.again(StatusCode::FORBIDDEN, why, Typed::default());
    }
    let sent = form.notice.split_once(':').and_then(|(device, seq)| Some(EventRef { device: device.parse().ok()?, seq: seq.parse().ok()? }));
    let sent = sent.and_then(|at| case.handover()?.done().find(|e| matches!(e.act, Act::Notice(..)) && e.origin.at() == at));
    let Some(sent) = sent else { return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.say("console-proof-no-notice"), Typed::default()) };
    let by = line(&form.by);
    if by.is_empty() {
        return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.say("console-proof-no-words"), Typed::default());
    }
    // The field holds whole minutes: a notice handed over in the minute it was recorded did arrive.
    let earliest = sent.origin.order.hlc.ms.0 - 60_000;
    let at = instant(&form.at, case.read.words.zone).filter(|at| at.0 >= earliest && *at <= case.read.words.now);
    let Some(at) = at else { return case.again(StatusCode::UNPROCESSABLE_ENTITY, case.say("console-proof-no-time"), Typed::default()) };
    match case.act(vec![Body::Act(Act::NoticeProof(sent.origin.at(), at, by))]).await {
        Ok(()) => case.done("proved"),
        Err(error) => case.refused(error, Typed::default()),
    }
}

#[derive(Deserialize)]
struct DocumentForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    kind: String,
}

/// Makes a document of the handover: notice, guide (S1-16), report, rectification record.
async fn document(State(office): State<Office>, visit: Visit, Path(unit): Path<String>, Filled(form): Filled<DocumentForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let unit = id(&unit, visit.lang)?;
    let kind = DocumentKind::from_name(&form.kind).ok_or_else(|| not_found(visit.lang))?;
    let case = Case::of(&office, &visit, unit).await?;
    if let Some(why) = visit.barred(&case.read.words, "document.made") {
        return case.again(StatusCode::FORBIDDEN, why, Typed::default());
    }
    match print(&case, kind).await {
        Ok(_) => case.done("printed"),
        Err(answer) => *answer,
    }
}
