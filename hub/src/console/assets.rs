//! Files the pages need, inside the binary: style sheets, scripts, icon. Addresses carry a digest, so browsers keep them for ever.

use super::tokens::tokens;
use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use keyturn_core::model::id::Digest;
use std::sync::OnceLock;

/// What a page may load and do: its own files only, no inline script or style, in nobody's frame.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: Vec<u8>,
    tag: String,
}

fn assets() -> &'static [Asset] {
    static CELL: OnceLock<Vec<Asset>> = OnceLock::new();
    CELL.get_or_init(|| {
        let css = |rest: &str| format!("{}{rest}", tokens().css()).into_bytes();
        [
            ("console.css", "text/css; charset=utf-8", css(include_str!("assets/console.css"))),
            ("owner.css", "text/css; charset=utf-8", css(include_str!("assets/owner.css"))),
            ("console.js", "text/javascript; charset=utf-8", include_bytes!("assets/console.js").to_vec()),
            ("owner.js", "text/javascript; charset=utf-8", include_bytes!("assets/owner.js").to_vec()),
            ("htmx.js", "text/javascript; charset=utf-8", include_bytes!("assets/htmx.min.js").to_vec()),
            ("icon.svg", "image/svg+xml", include_bytes!("assets/icon.svg").to_vec()),
        ]
        .map(|(name, kind, bytes)| Asset { name, kind, tag: Digest::of(&bytes).to_string()[..16].to_owned(), bytes })
        .into()
    })
}

/// The address of the file `name`, with its digest.
pub fn address(name: &str) -> String {
    let tag = assets().iter().find(|a| a.name == name).map_or("", |a| &a.tag);
    format!("/assets/{name}?v={tag}")
}

impl super::text::Words {
    /// The address of a file of ours.
    pub fn asset(&self, name: &str) -> String {
        address(name)
    }
}

/// `GET /assets/{name}`.
pub async fn serve(Path(name): Path<String>) -> Response {
    match assets().iter().find(|a| a.name == name) {
        Some(asset) => (
            [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")],
            asset.bytes.as_slice(),
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Puts the headers of every page on `response`: policy, no referrer (an owner's link is a secret), no sniffing, nothing kept by caches.
pub fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_name_nothing_outside() {
        for asset in assets() {
            let text = String::from_utf8(asset.bytes.clone()).unwrap();
            for outside in ["url(", "@import", "//cdn", "fetch(\"http"] {
                assert!(!text.contains(outside), "{} holds {outside}", asset.name);
            }
        }
        assert!(address("console.css").len() > "/assets/console.css?v=".len() + 8);
    }
}
