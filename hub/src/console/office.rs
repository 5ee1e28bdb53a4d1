//! Who is at the console and what a page reads: session, language, states, names, safe files.

use super::{
    assets,
    book::{Book, Books, Names},
    door::Outside,
    fill::{self, Cx},
    shell::{Freshness, NavCounts, Shell, Told},
    text::Words,
};
use crate::{
    error::HubError,
    hub::Hub,
    people::Pass,
    store::{DeviceRow, EventRow, StoreError},
};
use axum::{
    Form,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use keyturn_core::{
    field::{gathering_units, handover_id},
    log::fold::Phase,
    model::{Digest, Id, Value, body::AggKind},
    policy::Profile,
    words::{Lang, Told as _},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Holds the token of a console session.
pub const SESSION_COOKIE: &str = "keyturn_session";
/// Holds the language chosen.
pub const LANGUAGE_COOKIE: &str = "keyturn_lang";

/// What an action can say at the top of the page that follows it: `console-done-…`, and how grave it is.
const DONE: [(&str, &str); 14] = [
    ("revoked", "ok"),
    ("link-revoked", "ok"),
    ("told", "ok"),
    ("prechecked", "ok"),
    ("appointed", "ok"),
    ("appointed-clash", "warn"),
    ("noticed", "ok"),
    ("noticed-short", "warn"),
    ("proved", "ok"),
    ("printed", "ok"),
    ("confirmed", "ok"),
    ("rebased", "ok"),
    ("held", "ok"),
    ("ordered", "ok"),
];

/// What handlers share.
#[derive(Clone)]
pub struct Office {
    /// The hub.
    pub hub: Hub,
    books: Arc<Books>,
    /// Pictures being made at once: decoding takes memory.
    pub(crate) makers: Arc<tokio::sync::Semaphore>,
    /// Streams of owners' pages.
    pub(crate) seats: crate::owner::live::Seats,
}

/// How many pictures are made at once.
const MAKERS: usize = 2;

impl Office {
    /// Over a hub.
    pub fn new(hub: Hub) -> Self {
        Self { hub, books: Arc::default(), makers: Arc::new(tokio::sync::Semaphore::new(MAKERS)), seats: crate::owner::live::Seats::default() }
    }

    /// Words in `lang`, in the project's zone, now.
    pub fn words(&self, lang: Lang) -> Words {
        Words { lang, zone: self.hub.tz(), now: self.hub.now() }
    }

    /// The states as they are now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn book(&self) -> Result<Arc<Book>, HubError> {
        Ok(self.books.now(&**self.hub.store()).await?)
    }

    /// Reads what a page about these things needs: their people's names, which of their files are safe, the devices.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn read(&self, lang: Lang, things: &[Id], persons: &[Id]) -> Result<Read, HubError> {
        let book = self.book().await?;
        let store = &**self.hub.store();
        let devices: HashMap<Id, DeviceRow> = store.devices().await?.into_iter().map(|d| (d.id, d)).collect();
        let about = || things.iter().filter_map(|id| book.get(*id));
        let mut who = fill::persons_of(about());
        who.extend(persons.iter().copied());
        let names = Names::of(store, &book, who).await?;
        let mut safe = HashSet::new();
        let plans = about().filter_map(|t| if let Some(Value::Pin(pin)) = t.get("pin") { book.get(pin.plan) } else { None });
        let images = plans.filter_map(|p| if let Some(Value::Digest(image)) = p.get("image") { Some(*image) } else { None });
        let images: HashSet<Digest> = images.collect();
        let mut plans = HashMap::new();
        for image in &images {
            if let Some(size) = self.hub.blob(*image).await?.and_then(|bytes| super::files::measure(&bytes)) {
                plans.insert(*image, size);
            }
        }
        let digests: HashSet<Digest> = fill::photo_digests(about()).into_iter().chain(images).collect();
        for digest in digests {
            if store.blob(digest).await?.is_some() {
                safe.insert(digest);
            }
        }
        Ok(Read { words: self.words(lang), book, names, devices, safe, plans, profile: self.hub.profile(), policies: self.hub.0.policies.clone() })
    }

    /// A unit with all that belongs to it: its ids, itself first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of_unit(&self, unit: Id) -> Result<Vec<Id>, HubError> {
        let book = self.book().await?;
        let mut ids = vec![unit, handover_id(unit)];
        ids.extend(book.of_unit(unit, AggKind::Snag).map(|s| s.id));
        for kind in [AggKind::Meeting, AggKind::Inspection] {
            ids.extend(book.all(kind).filter(|g| gathering_units(g).contains(&unit)).map(|g| g.id));
        }
        ids.extend(book.of_unit(unit, AggKind::Handover).map(|h| h.id).filter(|id| *id != handover_id(unit)));
        Ok(ids)
    }

    /// All events of these things, and who acted in them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn events(&self, things: Vec<Id>) -> Result<(Vec<EventRow>, Vec<Id>), HubError> {
        let rows = self.hub.store().events_of(things, u64::MAX >> 1).await?;
        let mut actors: Vec<Id> = rows.iter().filter_map(|r| keyturn_core::log::Event::decode(r.bytes.clone()).ok()).map(|e| e.actor).collect();
        actors.sort_unstable();
        actors.dedup();
        Ok((rows, actors))
    }
}

/// What was read for one page.
pub struct Read {
    /// Language, zone, moment.
    pub words: Words,
    /// States.
    pub book: Arc<Book>,
    /// Names.
    pub names: Names,
    /// Devices.
    pub devices: HashMap<Id, DeviceRow>,
    /// Safe files.
    pub safe: HashSet<Digest>,
    /// Pictures of plans and their sizes in pixels.
    pub plans: HashMap<Digest, (u32, u32)>,
    /// The profile for what begins today.
    pub profile: &'static Profile,
    /// The project's profiles.
    pub policies: std::sync::Arc<keyturn_core::policy::registry::Registry>,
}

impl Read {
    /// For filling pages; files are addressed below `files`.
    pub fn cx<'a>(&'a self, files: &'a str) -> Cx<'a> {
        Cx {
            w: self.words,
            book: &self.book,
            names: &self.names,
            devices: &self.devices,
            safe: &self.safe,
            plans: &self.plans,
            files,
            profile: self.profile,
            policies: &self.policies,
        }
    }

    /// How new the data is.
    fn fresh(&self) -> Freshness {
        let live = || self.devices.values().filter(|d| !d.hub && d.revoked.is_none());
        let n = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Freshness {
            devices: n(live().count()),
            recent: n(live().filter(|d| d.last_contact.is_some_and(|at| self.words.now.0 - at.0 < crate::roles::recent_ms(self.profile))).count()),
            last: live().filter_map(|d| d.last_contact).max(),
        }
    }

    /// The frame for a page that this person sees.
    pub fn shell(&self, visit: &Visit, project: &str) -> Shell {
        let cx = self.cx("/console/files");
        let n = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let fresh = self.fresh();
        // What the page of reviews lists: two values of one field, and what was not taken up.
        let conflicts = self.book.everything().map(|t| t.conflicts().count()).sum::<usize>();
        let left_out = self.book.everything().map(|t| t.refused.len() + t.unfit().count()).sum::<usize>();
        let reviews = conflicts + left_out + cx.repeats().len();
        let asks = self.book.all(AggKind::Unit).map(|unit| fill::owner::open_asks(unit).len()).sum::<usize>();
        let decide = cx.groups().iter().map(|g| g.rows.len()).sum::<usize>() + reviews + asks;
        let community = cx.community();
        Shell {
            words: self.words,
            project: if community.is_empty() { project.to_owned() } else { community },
            person: self.names.name(visit.pass.person).map_or_else(|| cx.role(&visit.pass.role), str::to_owned),
            role: cx.role(&visit.pass.role),
            counts: NavCounts {
                today: n(decide),
                units: n(self.book.all(AggKind::Unit).count()),
                snags: n(self.book.all(AggKind::Snag).filter(|s| s.phase != Phase::Confirmed).count()),
                reviews: n(reviews),
                devices: fresh.devices,
            },
            fresh,
            csrf: visit.csrf(),
            back: visit.back.clone(),
            search: String::new(),
            policy: cx.profile.at.to_string(),
            told: visit.told(&self.words),
        }
    }
}

/// Somebody with a session.
#[derive(Clone)]
pub struct Visit {
    /// Who and in which role.
    pub pass: Pass,
    /// The session's token.
    pub token: String,
    /// Language of the pages.
    pub lang: Lang,
    /// Path and query asked for.
    pub back: String,
    /// The profile in force, which says what the role may.
    pub profile: &'static Profile,
}

impl Visit {
    /// What a form must carry: follows from the session, and tells nothing about it.
    pub fn csrf(&self) -> String {
        Digest::of_parts(&[b"keyturn-csrf-v1", self.token.as_bytes()]).to_string()[..32].to_owned()
    }

    /// Whether this person's role permits an act of the roles data.
    pub fn may(&self, act: &str) -> bool {
        self.profile.roles.may(&self.pass.role, act)
    }

    /// Why an act is barred, if it is.
    pub fn barred(&self, words: &Words, act: &str) -> Option<String> {
        (!self.may(act)).then(|| words.t1("console-role-may-not", "role", self.profile.roles.list.name(&self.pass.role, words.lang)))
    }

    /// What the last action did, from the address it led to.
    fn told(&self, words: &Words) -> Option<Told> {
        let (_, query) = self.back.split_once('?')?;
        let done = query.split('&').find_map(|p| p.strip_prefix("done="))?;
        let kind = DONE.iter().find(|(name, _)| *name == done)?.1;
        Some(Told { kind, text: words.t(&format!("console-done-{done}")) })
    }
}

/// A cookie of the request.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// The language: as chosen before, else as the browser asks, else Chinese.
pub fn language(headers: &HeaderMap) -> Lang {
    let chosen = cookie(headers, LANGUAGE_COOKIE).and_then(Lang::from_tag);
    chosen.unwrap_or_else(|| {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        asked.split(',').find_map(|part| Lang::from_tag(part.split(';').next()?.trim())).unwrap_or_default()
    })
}

/// A cookie as the hub sets it: for scripts unreadable, sent by other sites' pages only when a person follows a link.
pub fn set_cookie(name: &str, value: &str, path: &str, max_age_s: i64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path={path}; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}")).unwrap_or(HeaderValue::from_static(""))
}

/// Why a request is answered with another page.
pub enum Stop {
    /// Stands outside.
    Outside(Outside, Lang),
    /// The hub could not do it.
    Hub(HubError, Lang),
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        let (outside, lang) = match self {
            Self::Outside(outside, lang) => (outside, lang),
            Self::Hub(error, lang) => {
                tracing::error!(%error, key = error.key(), "a page could not be made");
                (Outside::Broken, lang)
            }
        };
        let words = Words { lang, zone: Profile::builtin().time_zone, now: keyturn_core::model::UtcMs::now() };
        page(outside.status(), outside.render(&words))
    }
}

/// A page with its headers, or the bare status when it cannot be rendered.
pub fn page(status: StatusCode, html: Result<String, askama::Error>) -> Response {
    assets::guard(match html {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    })
}

impl FromRequestParts<Office> for Visit {
    type Rejection = Stop;

    async fn from_request_parts(parts: &mut Parts, office: &Office) -> Result<Self, Stop> {
        let lang = language(&parts.headers);
        let token = cookie(&parts.headers, SESSION_COOKIE).unwrap_or_default().to_owned();
        let pass = if token.is_empty() { None } else { office.hub.console_session(&token).await.map_err(|e| Stop::Hub(e, lang))? };
        let Some(pass) = pass else { return Err(Stop::Outside(Outside::LoggedOut, lang)) };
        let back = parts.uri.path_and_query().map_or_else(|| "/console/today".to_owned(), ToString::to_string);
        Ok(Self { pass, token, lang, back, profile: office.hub.profile() })
    }
}

/// A form of ours. What is none is answered with a page that says so, as every other request to the console.
pub struct Filled<T>(pub T);

impl<T: serde::de::DeserializeOwned> FromRequest<Office> for Filled<T> {
    type Rejection = Stop;

    async fn from_request(request: Request, office: &Office) -> Result<Self, Stop> {
        let lang = language(request.headers());
        let Form(form) = Form::<T>::from_request(request, office).await.map_err(|_| Stop::Outside(Outside::FormStale, lang))?;
        Ok(Self(form))
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Hub(error.into(), Lang::default())
    }
}

impl From<HubError> for Stop {
    fn from(error: HubError) -> Self {
        Self::Hub(error, Lang::default())
    }
}
