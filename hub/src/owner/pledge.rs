//! The service pledge as a page anybody may read (S3-02, S0-15): made from the profile in force, one file without anything beside it.

use crate::console::office::Office;
use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use keyturn_core::{
    policy::{Profile, pledge::Pledge},
    report::Words,
    words::{Lang, tr},
};
use serde::Deserialize;

/// The page.
#[derive(Debug, Template)]
#[template(path = "pledge.html")]
struct Page {
    lang: Lang,
    place: String,
    pledge: Pledge,
    digest: String,
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

/// The pledge of a profile as one HTML file.
///
/// # Errors
/// When the template fails: a fault of ours.
pub fn pledge_html(profile: &Profile, place: &str, lang: Lang) -> Result<String, askama::Error> {
    Page { lang, place: place.to_owned(), pledge: Pledge::of(profile), digest: profile.digest.grouped() }.render()
}

/// In which language the page is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    lang: Option<String>,
}

/// `GET /pledge?lang=en`: the pledge in force today, for everybody.
pub(super) async fn page(State(office): State<Office>, Query(asked): Query<Asked>) -> Response {
    let lang = asked.lang.as_deref().and_then(Lang::from_tag).unwrap_or_default();
    let hub = &office.hub;
    match pledge_html(hub.profile(), hub.project_name(), lang) {
        Ok(page) => Html(page).into_response(),
        Err(error) => {
            tracing::error!(%error, "the pledge");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
