//! Pages outside the frame: not logged in, a link used up, nothing there, something went wrong.

use super::text::Words;
use askama::Template;

/// Why somebody stands outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// No session.
    LoggedOut,
    /// The one-time link was used, ran out or is none of ours.
    LinkSpent,
    /// There is no such page, or it is not in this person's scope: which of the two is not said.
    NotFound,
    /// The form did not come from a page of ours, or the session changed meanwhile.
    FormStale,
    /// The hub could not do it.
    Broken,
}

impl Outside {
    /// Part of the message keys.
    fn key(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged-out",
            Self::LinkSpent => "link-spent",
            Self::NotFound => "not-found",
            Self::FormStale => "form-stale",
            Self::Broken => "broken",
        }
    }
}

#[derive(Template)]
#[template(path = "door.html")]
struct View<'a> {
    w: &'a Words,
    title: String,
    text: String,
    command: bool,
    inside: bool,
}

impl Outside {
    /// The status of the answer.
    pub fn status(self) -> axum::http::StatusCode {
        use axum::http::StatusCode;
        match self {
            Self::LoggedOut | Self::LinkSpent => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::FormStale => StatusCode::FORBIDDEN,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The page.
    pub fn render(self, words: &Words) -> Result<String, askama::Error> {
        View {
            w: words,
            title: words.t(&format!("console-door-{}", self.key())),
            text: words.t(&format!("console-door-{}-text", self.key())),
            command: matches!(self, Self::LoggedOut | Self::LinkSpent),
            inside: matches!(self, Self::NotFound | Self::FormStale | Self::Broken),
        }
        .render()
    }
}
