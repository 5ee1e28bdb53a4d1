//! The addresses below an owner's link. The token is the right to see one unit and to answer for it.

use super::{
    live,
    page::{Code, ConfirmPage, EndPage, LinkEnd, OwnerShell, RejectPage, ThanksPage},
};
use crate::{
    console::{
        files::{self, Wanted, in_passing},
        fill::owner::open_asks,
        office::{LANGUAGE_COOKIE, Office, Read, Stop, language, page, set_cookie},
        routes::LANGUAGE_KEPT_S,
        sign::Sign,
        text::Words,
    },
    error::HubError,
    people::{OwnerLink, Pass},
};
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, FromRequestParts, Multipart, Path, Query, State, multipart::Field},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use keyturn_core::{
    evidence::{PhotoFacts, take_photo},
    log::fold::{Aggregate, Phase},
    model::{
        Digest, Id,
        act::{Act, OwnerWant, PhotoAdd},
        body::{AggKind, Body},
    },
    words::{Lang, Told as _, tr},
};
use serde::Deserialize;
use std::collections::HashMap;

/// Photographs that go with one answer.
const PHOTOS_MAX: usize = 6;
/// One of them, in bytes.
const PHOTO_MAX_BYTES: usize = 40 << 20;
/// Characters of a reason.
const TEXT_MAX_CHARS: usize = 2000;
/// Where answers by link come from, as their events say.
const CHANNEL: &str = "link";

/// The owner's routes, with their state.
pub fn router(office: Office) -> Router {
    Router::new()
        .route("/o/{token}", get(home))
        .route("/o/{token}/ask", get(nothing).post(ask))
        .route("/o/{token}/code", get(nothing).post(code))
        .route("/o/{token}/live", get(live::live))
        .route("/o/{token}/snags/{snag}/confirm", get(confirm).post(confirmed))
        .route("/o/{token}/snags/{snag}/reject", get(reject).post(rejected).layer(DefaultBodyLimit::max(PHOTOS_MAX * PHOTO_MAX_BYTES)))
        .route("/o/{token}/snags/{snag}/thanks", get(thanks))
        .route("/o/{token}/files/{digest}", get(file))
        .route("/o/{token}/files/bundle/{unit}", get(bundle))
        .route("/o/{token}/{*rest}", get(nothing))
        .route("/pledge", get(super::pledge::page))
        .route("/pledge.pdf", get(super::pledge::paper))
        .with_state(office)
}

/// An address that leads nowhere: most likely a link that was not copied whole.
pub(crate) async fn nowhere(headers: axum::http::HeaderMap) -> Response {
    let words = Words { lang: language(&headers), zone: keyturn_core::policy::Profile::builtin().time_zone, now: keyturn_core::model::UtcMs::now() };
    Ended::Page(EndPage::new(LinkEnd::Unknown, words)).into_response()
}

/// Somebody with a link that is good.
pub(super) struct Owner {
    pub(super) pass: Pass,
    pub(super) unit: Id,
    pub(super) token: String,
    pub(super) words: Words,
    path: String,
}

impl Owner {
    fn root(&self) -> String {
        format!("/o/{}", self.token)
    }

    fn end(&self, end: LinkEnd) -> Ended {
        Ended::Page(EndPage { back: Some(self.root()), ..EndPage::new(end, self.words) })
    }
}

/// Somebody with a link that we gave out once, good or not.
struct Holder {
    link: OwnerLink,
    token: String,
    words: Words,
    path: String,
}

impl Holder {
    fn pass(&self) -> &Pass {
        match &self.link {
            OwnerLink::Open(pass) | OwnerLink::Expired(pass) | OwnerLink::Revoked(pass, _) => pass,
        }
    }
}

/// Answered with a page that shows nothing of the unit.
pub(super) enum Ended {
    Page(EndPage),
    Redirect(Box<Response>),
    Stop(Stop, Words),
}

impl From<HubError> for Ended {
    fn from(error: HubError) -> Self {
        let words = Words { lang: Lang::default(), zone: keyturn_core::policy::Profile::builtin().time_zone, now: keyturn_core::model::UtcMs::now() };
        Self::Stop(error.into(), words)
    }
}

impl IntoResponse for Ended {
    fn into_response(self) -> Response {
        let ended = match self {
            Self::Redirect(response) => return *response,
            Self::Page(page) => page,
            Self::Stop(stop, words) => {
                // Logs the cause; the owner is told in the owner's words.
                let _ = stop.into_response();
                EndPage::new(LinkEnd::Broken, words)
            }
        };
        // The same status for a link that ended and for one that never was.
        let status = match ended.end {
            LinkEnd::Unknown | LinkEnd::Expired(_) | LinkEnd::Revoked(_) | LinkEnd::Nothing => StatusCode::NOT_FOUND,
            LinkEnd::Answered | LinkEnd::NoCode => StatusCode::CONFLICT,
            LinkEnd::Asked(..) => StatusCode::OK,
            LinkEnd::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        page(status, ended.render())
    }
}

impl FromRequestParts<Office> for Holder {
    type Rejection = Ended;

    async fn from_request_parts(parts: &mut Parts, office: &Office) -> Result<Self, Ended> {
        let words = office.words(language(&parts.headers));
        let path = parts.uri.path().to_owned();
        let query: HashMap<String, String> = Query::try_from_uri(&parts.uri).map(|Query(q)| q).unwrap_or_default();
        if let Some(chosen) = query.get("lang").and_then(|tag| Lang::from_tag(tag)) {
            let cookie = set_cookie(LANGUAGE_COOKIE, chosen.tag(), "/", LANGUAGE_KEPT_S, office.hub.url().starts_with("https"));
            return Err(Ended::Redirect(Box::new(([(header::SET_COOKIE, cookie)], Redirect::to(&path)).into_response())));
        }
        let token = path.split('/').nth(2).unwrap_or_default().to_owned();
        match office.hub.owner_link_of(&token).await.map_err(|error| Ended::Stop(error.into(), words))? {
            Some(link) => Ok(Self { link, token, words, path }),
            None => Err(Ended::Page(EndPage::new(LinkEnd::Unknown, words))),
        }
    }
}

impl FromRequestParts<Office> for Owner {
    type Rejection = Ended;

    async fn from_request_parts(parts: &mut Parts, office: &Office) -> Result<Self, Ended> {
        let Holder { link, token, words, path } = Holder::from_request_parts(parts, office).await?;
        let ended = |end| Err(Ended::Page(EndPage { ask: Some(format!("/o/{token}/ask")), ..EndPage::new(end, words) }));
        match link {
            OwnerLink::Open(pass) => match pass.unit {
                Some(unit) => Ok(Self { pass, unit, token, words, path }),
                None => Err(Ended::Page(EndPage::new(LinkEnd::Unknown, words))),
            },
            OwnerLink::Expired(pass) => ended(LinkEnd::Expired(pass.expires)),
            OwnerLink::Revoked(_, at) => ended(LinkEnd::Revoked(at)),
        }
    }
}

type Answer = Result<Response, Ended>;

pub(super) async fn read(office: &Office, owner: &Owner) -> Result<Read, Ended> {
    let things = office.of_unit(owner.unit).await?;
    Ok(office.read(owner.words.lang, &things, &[owner.pass.person]).await?)
}

fn shell(office: &Office, owner: &Owner, read: &Read) -> OwnerShell {
    let cx = read.cx("");
    let unit = read.book.get(owner.unit);
    let community = cx.community();
    let newest = [AggKind::Snag, AggKind::Handover].into_iter().flat_map(|k| read.book.of_unit(owner.unit, k)).filter_map(|t| t.last).map(|l| l.hlc.ms).max();
    OwnerShell {
        words: read.words,
        root: owner.root(),
        project: if community.is_empty() { office.hub.project_name().to_owned() } else { community },
        unit: unit.map(|u| cx.unit_words(u)).unwrap_or_default(),
        ends: owner.pass.expires,
        fresh: newest,
        back: owner.path.clone(),
        tag: String::new(),
    }
}

#[derive(Deserialize)]
struct CodeForm {
    /// Another one instead of the one shown.
    #[serde(default)]
    fresh: bool,
}

/// The owner asks for a code to sign with on the inspector's device.
async fn code(State(office): State<Office>, owner: Owner, Form(form): Form<CodeForm>) -> Answer {
    match office.hub.give_code(owner.pass.person, &owner.pass.role, owner.unit, owner.pass.person, form.fresh).await {
        Ok(_) => Ok(Redirect::to(&format!("{}#code", owner.root())).into_response()),
        // The handover was closed meanwhile, or there is none yet: there is nothing to sign.
        Err(HubError::Refused(_)) => Err(owner.end(LinkEnd::NoCode)),
        Err(error) => Err(error.into()),
    }
}

async fn nothing(owner: Owner) -> Ended {
    owner.end(LinkEnd::Nothing)
}

#[derive(Deserialize)]
struct AskForm {
    want: OwnerWant,
}

/// The owner asks for a new link or for a call, also by a link that ended: noted on the unit, and nothing of it is shown. Who asks again
/// before the office answered is told since when the office knows.
async fn ask(State(office): State<Office>, holder: Holder, Form(form): Form<AskForm>) -> Answer {
    let pass = holder.pass();
    let unit = pass.unit.ok_or_else(|| Ended::Page(EndPage::new(LinkEnd::Unknown, holder.words)))?;
    let open = matches!(holder.link, OwnerLink::Open(_));
    let since = match office.hub.state(unit).await?.as_ref().and_then(|unit| open_asks(unit).get(&form.want).map(|ask| ask.1)) {
        Some(since) => since,
        None => office.hub.act(pass.person, &pass.role, unit, Body::Act(Act::OwnerAsk(form.want))).await?.hlc.ms,
    };
    let back = open.then(|| format!("/o/{}", holder.token));
    Err(Ended::Page(EndPage { back, ..EndPage::new(LinkEnd::Asked(form.want, since), holder.words) }))
}

async fn home(State(office): State<Office>, owner: Owner) -> Answer {
    let read = read(&office, &owner).await?;
    let files = format!("{}/files", owner.root());
    let mut home = read.cx(&files).owner_home(owner.unit);
    let code = office.hub.shown_code(owner.unit, owner.pass.person).await?;
    let mut shell = shell(&office, &owner, &read);
    shell.tag = live::tag(&read, owner.unit, code.as_ref());
    home.code = code.map(|(code, until)| Code::new(&code, until));
    Ok(page(StatusCode::OK, home.render(&shell)))
}

/// A snag of this owner's unit; anything else is not even said to exist.
fn own<'r>(read: &'r Read, owner: &Owner, snag: &str) -> Result<&'r Aggregate, Ended> {
    let id: Option<Id> = snag.parse().ok();
    id.and_then(|id| read.book.get_kind(id, AggKind::Snag)).filter(|s| s.unit == Some(owner.unit)).ok_or_else(|| owner.end(LinkEnd::Nothing))
}

/// One that waits for an answer; in the round that was shown, if a form says which.
fn waiting<'r>(read: &'r Read, owner: &Owner, snag: &str, round: Option<u32>) -> Result<&'r Aggregate, Ended> {
    let snag = own(read, owner, snag)?;
    if snag.phase == Phase::Done && round.is_none_or(|r| r == snag.round) { Ok(snag) } else { Err(owner.end(LinkEnd::Answered)) }
}

async fn confirm(State(office): State<Office>, owner: Owner, Path((_, snag)): Path<(String, String)>) -> Answer {
    let read = read(&office, &owner).await?;
    let files = format!("{}/files", owner.root());
    let p = ConfirmPage { ask: read.cx(&files).ask(waiting(&read, &owner, &snag, None)?) };
    Ok(page(StatusCode::OK, p.render(&shell(&office, &owner, &read))))
}

#[derive(Deserialize)]
struct Round {
    #[serde(default)]
    round: Option<u32>,
}

/// What the hub made of an answer; an answer that no longer fits is one that was given before.
fn done(result: Result<Vec<keyturn_core::log::Event>, HubError>, owner: &Owner) -> Result<Option<String>, Ended> {
    match result {
        Ok(_) => Ok(None),
        Err(HubError::Refused(refusal)) if refusal.key == "rule-phase" => Err(owner.end(LinkEnd::Answered)),
        Err(HubError::Refused(refusal)) => Ok(Some(refusal.told(owner.words.lang))),
        Err(error) => Err(error.into()),
    }
}

async fn confirmed(State(office): State<Office>, owner: Owner, Path((_, snag)): Path<(String, String)>, Form(form): Form<Round>) -> Answer {
    let read = read(&office, &owner).await?;
    let id = waiting(&read, &owner, &snag, form.round)?.id;
    let act = Body::Act(Act::OwnerConfirm(CHANNEL.to_owned(), None));
    match done(office.hub.act_all(owner.pass.person, &owner.pass.role, vec![(id, act)]).await, &owner)? {
        None => Ok(Redirect::to(&format!("{}/snags/{id}/thanks", owner.root())).into_response()),
        Some(_) => Err(owner.end(LinkEnd::Broken)),
    }
}

async fn reject(State(office): State<Office>, owner: Owner, Path((_, snag)): Path<(String, String)>) -> Answer {
    let read = read(&office, &owner).await?;
    reject_page(&office, &owner, &read, waiting(&read, &owner, &snag, None)?, String::new(), None, StatusCode::OK)
}

fn reject_page(office: &Office, owner: &Owner, read: &Read, snag: &Aggregate, text: String, error: Option<String>, status: StatusCode) -> Answer {
    let files = format!("{}/files", owner.root());
    let p = RejectPage { ask: read.cx(&files).ask(snag), text, error };
    Ok(page(status, p.render(&shell(office, owner, read))))
}

/// What the form held.
#[derive(Default)]
struct Rejection {
    round: Option<u32>,
    text: String,
    photos: Vec<Bytes>,
    /// The form did not arrive whole: told in words.
    broken: Option<String>,
}

async fn read_form(mut form: Multipart, lang: Lang) -> Rejection {
    let mut out = Rejection::default();
    loop {
        match form.next_field().await {
            Ok(None) => return out,
            Ok(Some(field)) => {
                if let Err(why) = take_field(&mut out, field, lang).await {
                    out.broken = Some(why);
                    return out;
                }
            }
            Err(error) => {
                out.broken = Some(cut_off(&error, lang));
                return out;
            }
        }
    }
}

fn cut_off(error: &axum::extract::multipart::MultipartError, lang: Lang) -> String {
    tracing::info!(%error, "an owner's form did not arrive whole");
    tr(lang, "owner-reject-bad-photo", &[("why", tr(lang, "owner-form-cut", &[]))])
}

async fn take_field(out: &mut Rejection, mut field: Field<'_>, lang: Lang) -> Result<(), String> {
    match field.name() {
        Some("round") => out.round = field.text().await.map_err(|e| cut_off(&e, lang))?.parse().ok(),
        Some("text") => out.text = field.text().await.map_err(|e| cut_off(&e, lang))?.chars().take(TEXT_MAX_CHARS).collect(),
        Some("photo") => {
            let named = field.file_name().is_some_and(|n| !n.is_empty());
            let mut bytes = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(|e| cut_off(&e, lang))? {
                if bytes.len() + chunk.len() > PHOTO_MAX_BYTES {
                    return Err(tr(lang, "owner-reject-bad-photo", &[("why", tr(lang, "owner-photo-large", &[("mb", (PHOTO_MAX_BYTES >> 20).to_string())]))]));
                }
                bytes.extend_from_slice(&chunk);
            }
            // A file field that was left alone sends an empty part without a name.
            if named || !bytes.is_empty() {
                if out.photos.len() == PHOTOS_MAX {
                    return Err(tr(lang, "owner-reject-many", &[("n", PHOTOS_MAX.to_string())]));
                }
                out.photos.push(Bytes::from(bytes));
            }
        }
        _ => {}
    }
    Ok(())
}

/// Looks at each photo as a device would; the first that is refused refuses the answer.
async fn inspect(photos: &[Bytes], lang: Lang) -> Result<Vec<PhotoFacts>, String> {
    let photos = photos.to_vec();
    let looked = tokio::task::spawn_blocking(move || -> Result<Vec<PhotoFacts>, String> {
        photos
            .iter()
            .map(|bytes| match in_passing(bytes, |store, path, policy| Some(take_photo(store, path, policy))) {
                Some(Ok(facts)) => Ok(facts),
                Some(Err(refused)) => Err(refused.told(lang)),
                None => Err(tr(lang, "owner-end-broken-text", &[])),
            })
            .collect()
    });
    match looked.await {
        Ok(result) => result.map_err(|why| tr(lang, "owner-reject-bad-photo", &[("why", why)])),
        Err(_) => Err(tr(lang, "owner-end-broken-text", &[])),
    }
}

async fn rejected(State(office): State<Office>, owner: Owner, Path((_, snag)): Path<(String, String)>, form: Multipart) -> Answer {
    let form = read_form(form, owner.words.lang).await;
    let read = read(&office, &owner).await?;
    let thing = waiting(&read, &owner, &snag, form.round)?;
    let again = |error: String| reject_page(&office, &owner, &read, thing, form.text.clone(), Some(error), StatusCode::UNPROCESSABLE_ENTITY);
    if let Some(why) = form.broken {
        return again(why);
    }
    let text = form.text.trim();
    if text.is_empty() {
        return again(read.words.t("owner-reject-no-text"));
    }
    let facts = match inspect(&form.photos, owner.words.lang).await {
        Ok(facts) => facts,
        Err(why) => return again(why),
    };
    let mut acts = Vec::new();
    for (facts, bytes) in facts.into_iter().zip(&form.photos) {
        let stored = office.hub.put_blob(bytes.clone()).await?;
        let photo = PhotoAdd {
            sha256: stored,
            bytes: facts.bytes,
            purpose: "reject".to_owned(),
            round: thing.round,
            facts: minicbor::to_vec(&facts).unwrap_or_default(),
        };
        acts.push((thing.id, Body::Act(Act::PhotoAdd(photo))));
    }
    acts.push((thing.id, Body::Act(Act::OwnerReject(CHANNEL.to_owned(), text.to_owned()))));
    match done(office.hub.act_all(owner.pass.person, &owner.pass.role, acts).await, &owner)? {
        None => Ok(Redirect::to(&format!("{}/snags/{}/thanks", owner.root(), thing.id)).into_response()),
        Some(why) => again(why),
    }
}

async fn thanks(State(office): State<Office>, owner: Owner, Path((_, snag)): Path<(String, String)>) -> Answer {
    let read = read(&office, &owner).await?;
    let thing = own(&read, &owner, &snag)?;
    let answer = thing
        .done()
        .filter_map(|e| match &e.act {
            Act::OwnerConfirm(..) => Some((Sign::Confirmed, e)),
            Act::OwnerReject(..) => Some((Sign::Rejected, e)),
            _ => None,
        })
        .last();
    let Some((outcome, entry)) = answer else { return Ok(Redirect::to(&owner.root()).into_response()) };
    let cx = read.cx("");
    let photos = if outcome == Sign::Rejected { cx.photos(thing, "reject", Some(entry.round)).len() } else { 0 };
    let p = ThanksPage {
        title: cx.ask(thing).title,
        outcome,
        at: entry.origin.order.hlc.ms,
        photos: u32::try_from(photos).unwrap_or(u32::MAX),
        left: read.book.of_unit(owner.unit, AggKind::Snag).filter(|s| s.phase == Phase::Done).count(),
        next: Some(read.words.t(if outcome == Sign::Confirmed { "owner-thanks-confirmed" } else { "owner-thanks-rejected" })),
    };
    Ok(page(StatusCode::OK, p.render(&shell(&office, &owner, &read))))
}

async fn file(State(office): State<Office>, owner: Owner, Path((_, digest)): Path<(String, String)>, Query(wanted): Query<Wanted>) -> Answer {
    let closed = || owner.end(LinkEnd::Nothing);
    let digest: Digest = digest.parse().map_err(|_| closed())?;
    let users = office.hub.blob_used_by(digest).await?;
    let book = office.book().await?;
    // Of this unit: a neighbour's photographs are not even said to exist.
    if !users.iter().any(|id| *id == owner.unit || book.get(*id).is_some_and(|t| t.unit == Some(owner.unit))) {
        return Err(closed());
    }
    files::answer(&office, digest, &wanted).await.map_err(|stop| Ended::Stop(stop, owner.words))
}

async fn bundle(State(office): State<Office>, owner: Owner, Path((_, unit)): Path<(String, String)>) -> Answer {
    if unit.parse() != Ok(owner.unit) {
        return Err(owner.end(LinkEnd::Nothing));
    }
    files::bundle(&office, owner.unit, &owner.unit.short()).await.map_err(|stop| Ended::Stop(stop, owner.words))
}
