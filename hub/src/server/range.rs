//! Answers in parts (RFC 9110): `Range` with one range, `If-Range` against a strong `ETag`.

use super::ApiError;
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

/// A whole answer that may be asked for in parts.
pub(crate) struct Whole {
    pub(crate) etag: String,
    pub(crate) bytes: Bytes,
    pub(crate) content_type: &'static str,
}

/// The part asked for: first byte and count; `None` for all of it. A header that is no single range is ignored, as the RFC says.
pub(crate) fn asked(headers: &HeaderMap, etag: &str, total: u64) -> Result<Option<(u64, u64)>, ApiError> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let Some(range) = text(header::RANGE) else { return Ok(None) };
    if text(header::IF_RANGE).is_some_and(|tag| tag != etag) {
        return Ok(None);
    }
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else { return Ok(None) };
    let number = |s: &str| s.trim().parse::<u64>().ok();
    let (first, last) = match (first.trim(), last.trim()) {
        ("", suffix) => match number(suffix) {
            Some(n) => (total.saturating_sub(n), total.saturating_sub(1)),
            None => return Ok(None),
        },
        (first, "") => match number(first) {
            Some(n) => (n, total.saturating_sub(1)),
            None => return Ok(None),
        },
        (first, last) => match (number(first), number(last)) {
            (Some(a), Some(b)) if a <= b => (a, b.min(total.saturating_sub(1))),
            _ => return Ok(None),
        },
    };
    if first >= total {
        return Err(ApiError::new(StatusCode::RANGE_NOT_SATISFIABLE, "sync-range").with("size", total));
    }
    Ok(Some((first, last - first + 1)))
}

/// An answer whose body is `part` of `total` bytes, or all.
pub(crate) fn respond(part: Option<(u64, u64)>, total: u64, etag: &str, content_type: &str, body: Body) -> Response {
    let (status, length) = match part {
        Some((_, length)) => (StatusCode::PARTIAL_CONTENT, length),
        None => (StatusCode::OK, total),
    };
    let mut response = (
        status,
        [
            (header::CONTENT_TYPE, content_type.to_owned()),
            (header::ETAG, etag.to_owned()),
            (header::ACCEPT_RANGES, "bytes".to_owned()),
            (header::CACHE_CONTROL, "private, no-cache".to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            (header::CONTENT_LENGTH, length.to_string()),
        ],
        body,
    )
        .into_response();
    if let Some((first, length)) = part
        && let Ok(value) = format!("bytes {first}-{}/{total}", first + length - 1).parse()
    {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

impl Whole {
    pub(crate) fn answer(&self, headers: &HeaderMap) -> Result<Response, ApiError> {
        let total = self.bytes.len() as u64;
        let part = asked(headers, &self.etag, total)?;
        let body = match part {
            // Both lie within the length of a slice.
            Some((first, length)) => self.bytes.slice(first as usize..(first + length) as usize),
            None => self.bytes.clone(),
        };
        Ok(respond(part, total, &self.etag, self.content_type, Body::from(body)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(range: &str, if_range: Option<&str>, total: u64) -> Result<Option<(u64, u64)>, StatusCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if let Some(tag) = if_range {
            headers.insert(header::IF_RANGE, tag.parse().unwrap());
        }
        asked(&headers, "\"a\"", total).map_err(|e| e.into_response().status())
    }

    #[test]
    fn one_range_is_understood_and_anything_else_gives_all() {
        assert_eq!(ask("bytes=0-0", None, 10), Ok(Some((0, 1))));
        assert_eq!(ask("bytes=4-", None, 10), Ok(Some((4, 6))));
        assert_eq!(ask("bytes=-3", None, 10), Ok(Some((7, 3))));
        assert_eq!(ask("bytes=2-99", Some("\"a\""), 10), Ok(Some((2, 8))));
        assert_eq!(ask("bytes=2-", Some("\"b\""), 10), Ok(None), "another version: all of it");
        assert_eq!(ask("bytes=10-", None, 10), Err(StatusCode::RANGE_NOT_SATISFIABLE));
        for odd in ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes=-", "bytes=99999999999999999999-"] {
            assert_eq!(ask(odd, None, 10), Ok(None), "{odd}");
        }
    }
}
