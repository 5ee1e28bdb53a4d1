//! The service pledge as a page anybody may read (S3-02, S0-15): made from the profile in force, one file without anything beside it.

use crate::console::office::Office;
use askama::Template;
use axum::{
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use bytes::Bytes;
use keyturn_core::{
    model::{Digest, UtcMs},
    policy::{Profile, pledge::Pledge},
    report::{Document, Moment, Pdf, Picture, Pictures, PlanPicture, ReportError, ServicePledge, Words, render},
    words::{Lang, tr},
};
use serde::Deserialize;
use tokio::sync::Mutex;

/// The page.
#[derive(Debug, Template)]
#[template(path = "pledge.html")]
struct Page {
    lang: Lang,
    place: String,
    pledge: Pledge,
    digest: String,
    /// Where the same is to print, on a hub.
    paper: Option<String>,
}

impl Page {
    fn t(&self, key: &str) -> String {
        tr(self.lang, key, &[])
    }

    fn version(&self) -> String {
        tr(self.lang, "pledge-version", &[("profile", self.pledge.profile.clone()), ("from", self.pledge.effective_from.clone())])
    }

    fn say<'a>(&self, words: &'a Words) -> &'a str {
        match self.lang {
            Lang::Zh => &words.zh,
            Lang::En => &words.en,
        }
    }
}

/// The pledge of a profile as one HTML file, which stands by itself.
///
/// # Errors
/// When the template fails: a fault of ours.
pub fn pledge_html(profile: &Profile, place: &str, lang: Lang) -> Result<String, askama::Error> {
    page_of(profile, place, lang, None)
}

fn page_of(profile: &Profile, place: &str, lang: Lang, paper: Option<String>) -> Result<String, askama::Error> {
    Page { lang, place: place.to_owned(), pledge: Pledge::of(profile), digest: profile.digest.grouped(), paper }.render()
}

/// A pledge shows no pictures.
struct NoPictures;

impl Pictures for NoPictures {
    fn photo(&self, _: &Digest) -> Picture {
        Picture::OnHubOnly
    }
    fn plan(&self, _: &Digest) -> PlanPicture {
        PlanPicture::Missing
    }
}

/// The pledge as PDF/A-2b. Its date is the day the profile takes effect, so that the same profile gives the same bytes.
///
/// # Errors
/// When the document cannot be made.
pub fn pledge_pdf(profile: &Profile, place: &str, lang: Lang) -> Result<Pdf, ReportError> {
    let from = profile.resolved.head.effective_from.and_time(chrono::NaiveTime::MIN).and_utc();
    let at = Moment { at_ms: UtcMs(from.timestamp_millis()), offset_min: 0 };
    render(&Document::ServicePledge(Box::new(ServicePledge::of(profile, place, at))), lang, &NoPictures)
}

/// In which language the page is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    lang: Option<String>,
}

/// `GET /pledge.pdf?lang=en`: the same to print. Made once for each profile and language: anybody may ask, as often as they like.
pub(super) async fn paper(State(office): State<Office>, Query(asked): Query<Asked>) -> Response {
    /// More than the rules in force in two languages, and a version that is just being replaced.
    const KEEP: usize = 4;
    static MADE: Mutex<Vec<(Digest, String, Lang, Bytes)>> = Mutex::const_new(Vec::new());
    let lang = asked.lang.as_deref().and_then(Lang::from_tag).unwrap_or_default();
    let (profile, place) = (office.hub.profile(), office.hub.project_name().to_owned());
    let mut made = MADE.lock().await;
    let found = made.iter().find(|(digest, of, tongue, _)| *digest == profile.digest && *of == place && *tongue == lang).map(|(.., bytes)| bytes.clone());
    let bytes = match found {
        Some(bytes) => bytes,
        None => {
            let of = place.clone();
            match tokio::task::spawn_blocking(move || pledge_pdf(profile, &of, lang)).await {
                Ok(Ok(pdf)) => {
                    let bytes = Bytes::from(pdf.bytes);
                    if made.len() >= KEEP {
                        made.remove(0);
                    }
                    made.push((profile.digest, place, lang, bytes.clone()));
                    bytes
                }
                failed => {
                    tracing::error!(?failed, "the pledge as a document");
                    return StatusCode::INTERNAL_SERVER_ERROR.into_response();
                }
            }
        }
    };
    let name = format!("inline; filename=\"pledge-{}.pdf\"", profile.at);
    ([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response()
}

/// `GET /pledge?lang=en`: the pledge in force today, for everybody.
pub(super) async fn page(State(office): State<Office>, Query(asked): Query<Asked>) -> Response {
    let lang = asked.lang.as_deref().and_then(Lang::from_tag).unwrap_or_default();
    let hub = &office.hub;
    match page_of(hub.profile(), hub.project_name(), lang, Some(format!("/pledge.pdf?lang={}", lang.tag()))) {
        Ok(page) => Html(page).into_response(),
        Err(error) => {
            tracing::error!(%error, "the pledge");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
