//! Enrolment, sessions, keys, pull and files for devices.

use super::{
    ApiError, CHALLENGES_MAX, SEGMENTS_KEPT, locked,
    range::{Whole, asked, respond},
};
use crate::{error::HubError, hub::Hub, store::DeviceRow};
use axum::{
    Json,
    body::Body,
    extract::{ConnectInfo, FromRequestParts, Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use bytes::Bytes;
use keyturn_core::{
    field::handover_id,
    log::{batch::KeyGrant, cert::Certificate},
    model::{Digest, UtcMs, id::fill_random},
    rules::level::person_of,
    sync::protocol::{CodeAnswer, CodeRequest, EnrolAnswer, EnrolRequest, SessionAnswer, SessionRequest},
};
use serde::Deserialize;
use std::{net::SocketAddr, sync::Arc};

/// How much of a file is read at once, in bytes.
const READ_BYTES: usize = 256 << 10;

/// The device whose session a request carries.
pub(crate) struct Caller {
    pub(crate) row: DeviceRow,
    pub(crate) certificate: Certificate,
}

impl FromRequestParts<Hub> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, ApiError> {
        let token = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
        let row = match token {
            Some(token) => hub.device_of_token(token.trim()).await?,
            None => None,
        };
        let row = row.ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "sync-session"))?;
        let certificate = hub.certificate(&row)?;
        Ok(Self { row, certificate })
    }
}

impl Caller {
    /// Refuses a revoked device: it may push, and pulls nothing.
    fn may_pull(&self) -> Result<(), ApiError> {
        if self.row.revoked.is_some() { Err(ApiError::new(StatusCode::FORBIDDEN, "sync-revoked")) } else { Ok(()) }
    }
}

/// JSON, or our own words about it.
fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|_| ApiError::bad("sync-bad-request"))
}

pub(crate) async fn enrol(State(hub): State<Hub>, ConnectInfo(peer): ConnectInfo<SocketAddr>, body: Bytes) -> Result<Json<EnrolAnswer>, ApiError> {
    let (limits, now) = (*hub.limits(), hub.now());
    {
        let mut failures = locked(&hub.0.server.failures);
        failures.retain(|_, (_, until)| *until > now);
        if failures.get(&peer.ip()).is_some_and(|(count, _)| *count >= limits.enrol_failures_max) {
            return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "sync-too-many"));
        }
    }
    let request: EnrolRequest = json(&body)?;
    let result = hub.enrol(request).await;
    if let Err(HubError::Refused(refusal)) = &result
        && refusal.key == "sync-code-unknown"
    {
        locked(&hub.0.server.failures).entry(peer.ip()).or_insert((0, UtcMs(now.0 + limits.enrol_wait_ms))).0 += 1;
    }
    Ok(Json(result?))
}

pub(crate) async fn challenge(State(hub): State<Hub>) -> Bytes {
    let mut challenge = [0; 32];
    fill_random(&mut challenge);
    let now = hub.now();
    let mut open = locked(&hub.0.server.challenges);
    if open.len() >= CHALLENGES_MAX {
        open.retain(|_, until| *until > now);
    }
    if open.len() >= CHALLENGES_MAX
        && let Some(oldest) = open.iter().min_by_key(|(_, until)| **until).map(|(c, _)| *c)
    {
        open.remove(&oldest);
    }
    open.insert(challenge, UtcMs(now.0 + hub.limits().challenge_ms));
    Bytes::copy_from_slice(&challenge)
}

pub(crate) async fn session(State(hub): State<Hub>, body: Bytes) -> Result<Json<SessionAnswer>, ApiError> {
    let request: SessionRequest = json(&body)?;
    let challenge = crate::people::unhex(&request.challenge).and_then(|b| <[u8; 32]>::try_from(b).ok());
    let good_until = challenge.and_then(|c| locked(&hub.0.server.challenges).remove(&c));
    if good_until.is_none_or(|until| until < hub.now()) {
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "sync-challenge"));
    }
    Ok(Json(hub.open_session(request).await?))
}

pub(crate) async fn keys(State(hub): State<Hub>, caller: Caller, body: Bytes) -> Result<StatusCode, ApiError> {
    let grants: Vec<KeyGrant> = minicbor::decode(&body).map_err(|_| ApiError::bad("sync-bad-request"))?;
    hub.take_keys(caller.row.id, grants).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a participant of a handover a code to sign with; the device that asks never sees it.
pub(crate) async fn code(State(hub): State<Hub>, caller: Caller, body: Bytes) -> Result<Json<CodeAnswer>, ApiError> {
    caller.may_pull()?;
    let request: CodeRequest = json(&body)?;
    let handover = handover_id(request.unit);
    if !hub.may_see(&caller.certificate, handover).await? {
        return Err(ApiError::new(StatusCode::NOT_FOUND, "code-no-handover"));
    }
    let signer = hub.state(handover).await?.and_then(|h| person_of(&h, request.signer));
    let person = signer.ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, "code-no-signer"))?;
    let until = hub.give_code(caller.certificate.person, &caller.certificate.role, request.unit, person, request.fresh).await?;
    Ok(Json(CodeAnswer { until }))
}

#[derive(Deserialize)]
pub(crate) struct PullQuery {
    #[serde(default)]
    cursor: String,
    /// How large a segment the device asks for, before packing.
    bytes: Option<usize>,
}

pub(crate) async fn pull(State(hub): State<Hub>, caller: Caller, Query(query): Query<PullQuery>, headers: HeaderMap) -> Result<Response, ApiError> {
    caller.may_pull()?;
    let device = caller.row.id;
    if headers.contains_key(header::RANGE) {
        // Going on after a cut: the same bytes again, or from the beginning if they are gone.
        let kept = locked(&hub.0.server.segments).iter().find(|(d, cursor, _)| *d == device && *cursor == query.cursor).map(|(.., whole)| whole.clone());
        if let Some(whole) = kept {
            return whole.answer(&headers);
        }
    }
    let segment = hub.pull(&caller.certificate, &query.cursor, query.bytes.unwrap_or(usize::MAX)).await?;
    let packed = tokio::task::spawn_blocking(move || segment.pack()).await.map_err(|_| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "sync-internal"))?;
    let whole = Arc::new(Whole { etag: format!("\"{}\"", Digest::of(&packed)), bytes: packed.into(), content_type: "application/cbor+zstd" });
    {
        let mut kept = locked(&hub.0.server.segments);
        kept.retain(|(d, ..)| *d != device);
        if kept.len() >= SEGMENTS_KEPT {
            kept.remove(0);
        }
        kept.push((device, query.cursor, whole.clone()));
    }
    // A segment of another moment has another tag, so that `If-Range` gives all of it.
    whole.answer(&headers)
}

#[derive(Deserialize)]
pub(crate) struct BlobQuery {
    #[serde(default)]
    size: Option<String>,
}

pub(crate) async fn blob(
    State(hub): State<Hub>,
    caller: Caller,
    Path(sha256): Path<String>,
    Query(query): Query<BlobQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.may_pull()?;
    let none = || ApiError::new(StatusCode::NOT_FOUND, "sync-no-file");
    let original: Digest = sha256.parse().map_err(|_| none())?;
    // A file outside the scope is not there.
    if !hub.may_see_blob(&caller.certificate, original).await? {
        return Err(none());
    }
    let sha256 = match query.size.as_deref() {
        None | Some("original") => original,
        Some(size) => {
            let size_px = size.parse().map_err(|_| ApiError::bad("sync-bad-request"))?;
            hub.picture_of(original, size_px).await?.ok_or_else(none)?
        }
    };
    let total = hub.files().size(sha256).await?.ok_or_else(none)?;
    let etag = format!("\"{sha256}\"");
    let part = asked(&headers, &etag, total)?;
    let files = hub.files().clone();
    let body = futures_util::stream::try_unfold(part.unwrap_or((0, total)), move |(at, left)| {
        let files = files.clone();
        async move {
            if left == 0 {
                return Ok(None);
            }
            let wanted = usize::try_from(left).unwrap_or(READ_BYTES).min(READ_BYTES);
            match files.read(sha256, at, wanted).await {
                Ok(Some(bytes)) if !bytes.is_empty() => {
                    let read = bytes.len() as u64;
                    Ok(Some((bytes, (at + read, left - read))))
                }
                Ok(_) => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)),
                Err(error) => Err(std::io::Error::other(error)),
            }
        }
    });
    let mut response = respond(part, total, &etag, "application/octet-stream", Body::from_stream(body));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}
