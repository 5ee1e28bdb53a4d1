//! Uploads: tus 1.0 with creation, creation-with-upload, checksum, expiration and termination. An upload's name is the SHA-256 of what it
//! becomes, per device, so that the same file sent twice is one, and a cut at any byte goes on from there.

use super::{ApiError, device::Caller, slots::Turn};
use crate::{
    hub::{Hub, detached},
    named::{Named, SMALL_MAX_BYTES},
    query::picture_record,
    store::{Commit, UploadName, UploadRow},
};
use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, head, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::StreamExt;
use keyturn_core::{
    model::{Digest, UtcMs},
    sync::protocol::UploadKind,
};
use sha2::{Digest as _, Sha256};

const TUS_VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,creation-with-upload,checksum,expiration,termination";
const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const CONTENT: &str = "application/offset+octet-stream";
/// The side of a small picture, in pixels, as the protocol names it.
const SMALL_PX: u32 = 512;
/// What comes whole in one request and is not larger is checked in memory: a batch needs no file, and a file needs no upload. In bytes.
const IN_MEMORY_BYTES: u64 = 8 << 20;
/// The body of a request whose answer is known already is read up to here, so that the connection stays in step. In bytes.
const DRAIN_BYTES: usize = 1 << 20;
/// "Checksum Mismatch", as tus has it.
const MISMATCH: u16 = 460;

pub(super) fn routes() -> Router<Hub> {
    Router::new()
        .route("/v1/files", post(create).options(options))
        .route("/v1/files/{sha256}", head(stand).patch(go_on).delete(give_up).options(options))
        .route("/v1/files/{sha256}/answer", get(answer))
        .layer(axum::middleware::map_response(async |mut response: Response| {
            response.headers_mut().insert(RESUMABLE, HeaderValue::from_static(TUS_VERSION));
            response
        }))
}

fn mismatch() -> ApiError {
    ApiError::new(StatusCode::from_u16(MISMATCH).unwrap_or(StatusCode::BAD_REQUEST), "sync-checksum")
}

fn unknown() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "sync-upload-unknown")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim)
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, ApiError> {
    text(headers, name).and_then(|v| v.parse().ok()).ok_or_else(|| ApiError::bad("sync-tus-header").with("header", name))
}

fn speaks_tus(headers: &HeaderMap) -> Result<(), ApiError> {
    if text(headers, &RESUMABLE) == Some(TUS_VERSION) { Ok(()) } else { Err(ApiError::new(StatusCode::PRECONDITION_FAILED, "sync-tus-version")) }
}

fn is_content(headers: &HeaderMap) -> bool {
    text(headers, &header::CONTENT_TYPE) == Some(CONTENT)
}

/// What an upload is to become.
#[derive(Debug, PartialEq, Eq)]
struct Meant {
    kind: UploadKind,
    sha256: Digest,
    photo: Option<Digest>,
}

/// Reads `Upload-Metadata`: pairs of a key and a value in base64. Kinds and digests are also understood as they are.
fn meant(metadata: &str) -> Option<Meant> {
    let (mut kind, mut sha256, mut photo) = (None, None, None);
    for pair in metadata.split(',') {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let decoded = BASE64_STANDARD.decode(value.trim()).ok().and_then(|b| String::from_utf8(b).ok());
        let either = |read: &dyn Fn(&str) -> bool| read(value) || decoded.as_deref().is_some_and(read);
        let digest = || value.parse::<Digest>().ok().or_else(|| decoded.as_deref().and_then(|d| d.parse().ok()));
        match key {
            "kind" => {
                kind = [("batch", UploadKind::Batch), ("small", UploadKind::Small), ("original", UploadKind::Original)]
                    .into_iter()
                    .find(|(name, _)| either(&|v| v == *name))
                    .map(|(_, kind)| kind);
            }
            "sha256" => sha256 = Some(digest()?),
            "photo" => photo = Some(digest()?),
            _ => {}
        }
    }
    let meant = Meant { kind: kind?, sha256: sha256?, photo };
    // A small picture is one of a photo, and nothing else is.
    if (meant.kind == UploadKind::Small) == meant.photo.is_some() { Some(meant) } else { None }
}

fn kind_name(kind: UploadKind) -> &'static str {
    match kind {
        UploadKind::Batch => "batch",
        UploadKind::Small => "small",
        UploadKind::Original => "original",
    }
}

/// The checksum a request says its body has.
fn checksum(headers: &HeaderMap) -> Result<Option<Digest>, ApiError> {
    let Some(value) = text(headers, &CHECKSUM) else { return Ok(None) };
    let bad = || ApiError::bad("sync-tus-header").with("header", CHECKSUM);
    let (algorithm, value) = value.split_once(' ').ok_or_else(bad)?;
    let bytes = BASE64_STANDARD.decode(value.trim()).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
    match (algorithm, bytes) {
        ("sha256", Some(bytes)) => Ok(Some(Digest(bytes))),
        _ => Err(bad()),
    }
}

fn put<V: TryInto<HeaderValue>>(response: &mut Response, name: HeaderName, value: V) {
    if let Ok(value) = value.try_into() {
        response.headers_mut().insert(name, value);
    }
}

/// An answer that says where an upload stands.
fn stands(status: StatusCode, row: &UploadRow, offset: u64) -> Response {
    let mut response = status.into_response();
    put(&mut response, OFFSET, offset.to_string());
    put(&mut response, LENGTH, row.bytes.to_string());
    put(&mut response, EXPIRES, row.expires.to_utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    put(&mut response, header::CACHE_CONTROL, "no-store");
    put(&mut response, header::LOCATION, format!("/v1/files/{}", row.sha256));
    response
}

/// An answer to a finished upload, with what the hub has to say about it.
fn finished(status: StatusCode, row: &UploadRow, answer: Vec<u8>) -> Response {
    let mut response = stands(status, row, row.bytes);
    put(&mut response, header::CONTENT_TYPE, "application/cbor");
    *response.body_mut() = Body::from(answer);
    response
}

async fn options(State(hub): State<Hub>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    put(&mut response, HeaderName::from_static("tus-version"), TUS_VERSION);
    put(&mut response, HeaderName::from_static("tus-extension"), EXTENSIONS);
    put(&mut response, HeaderName::from_static("tus-max-size"), hub.limits().file_max_bytes.to_string());
    put(&mut response, HeaderName::from_static("tus-checksum-algorithm"), "sha256");
    response
}

async fn create(State(hub): State<Hub>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    speaks_tus(&headers)?;
    let bytes = number(&headers, &LENGTH)?;
    let meant = text(&headers, &METADATA).and_then(meant).ok_or_else(|| ApiError::bad("sync-tus-header").with("header", METADATA))?;
    let limit = if meant.kind == UploadKind::Batch { hub.limits().batch_max_bytes } else { hub.limits().file_max_bytes };
    if bytes == 0 {
        return Err(ApiError::bad("sync-tus-header").with("header", LENGTH));
    }
    if bytes > limit {
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "sync-too-large").with("limit", limit));
    }
    let sum = checksum(&headers)?;
    may_send(&hub, &caller, &meant, bytes).await?;
    let name = UploadName { device: caller.row.id, sha256: meant.sha256 };
    let mut turn = hub.0.server.slots.take(name).await;
    let known = hub.store().upload(name.device, name.sha256).await?;
    let row = UploadRow {
        device: name.device,
        sha256: meant.sha256,
        bytes,
        kind: kind_name(meant.kind).to_owned(),
        photo: meant.photo,
        expires: UtcMs(hub.now().0 + hub.limits().upload_ms),
        answer: None,
    };
    // Two photos may have the same small picture: the answer to the one is not the answer to the other.
    if let Some(answer) = known.as_ref().filter(|k| k.photo == row.photo).and_then(|k| k.answer.clone()) {
        drain(body).await;
        return Ok(finished(StatusCode::CREATED, &row, answer));
    }
    if meant.kind != UploadKind::Batch && hub.store().blob(meant.sha256).await?.is_some_and(|b| b.bytes == bytes) {
        drain(body).await;
        if row.photo.is_some() {
            is_what_it_should_be(&hub, &row, &hub.blob(row.sha256).await?.unwrap_or_default()).await?;
        }
        let answer = adopt(&hub, &row).await?;
        return Ok(finished(StatusCode::CREATED, &row, answer));
    }
    let begun = hub.files().length(name).await?;
    if bytes <= IN_MEMORY_BYTES && begun == 0 && is_content(&headers) {
        let (taken, whole) = collect(body, bytes, &mut turn).await?;
        if let Some(sum) = sum
            && Digest::of(&taken) != sum
        {
            return Err(mismatch());
        }
        if whole {
            if Digest::of(&taken) != meant.sha256 {
                return Err(mismatch());
            }
            let answer = if meant.kind == UploadKind::Batch {
                minicbor::to_vec(&hub.push(name.device, taken, Some(row.clone())).await?).unwrap_or_default()
            } else {
                let taken = Bytes::from(taken);
                is_what_it_should_be(&hub, &row, &taken).await?;
                hub.files().put(taken).await?;
                adopt(&hub, &row).await?
            };
            return Ok(finished(StatusCode::CREATED, &row, answer));
        }
        begin(&hub, &row, known.as_ref()).await?;
        let mut part = hub.files().append(name).await?;
        part.write(taken.into()).await?;
        let offset = part.keep().await?;
        return Ok(stands(StatusCode::CREATED, &row, offset));
    }
    begin(&hub, &row, known.as_ref()).await?;
    if !is_content(&headers) {
        return Ok(stands(StatusCode::CREATED, &row, begun));
    }
    let offset = receive(&hub, &row, &mut turn, body, begun, begun, sum).await?;
    if offset < row.bytes {
        return Ok(stands(StatusCode::CREATED, &row, offset));
    }
    let answer = finish(&hub, &row).await?;
    Ok(finished(StatusCode::CREATED, &row, answer))
}

/// A device sends files that records name. The records come first, so this is known before the first byte.
async fn may_send(hub: &Hub, caller: &Caller, meant: &Meant, bytes: u64) -> Result<(), ApiError> {
    let (of, wanted) = match meant.kind {
        UploadKind::Batch => return Ok(()),
        UploadKind::Original => (meant.sha256, Named::File),
        UploadKind::Small if bytes > SMALL_MAX_BYTES => return Err(small_bad()),
        UploadKind::Small => (meant.photo.unwrap_or(meant.sha256), Named::Photo),
    };
    // A record made since the device sent the others comes with its next sync: then again.
    if hub.named(&caller.certificate, of).await? < wanted { Err(ApiError::new(StatusCode::CONFLICT, "sync-photo-unnamed")) } else { Ok(()) }
}

fn small_bad() -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "sync-small-bad").with("px", SMALL_PX).with("limit", SMALL_MAX_BYTES)
}

/// A small picture is one: it is shown to people as what it is called.
async fn is_what_it_should_be(hub: &Hub, row: &UploadRow, bytes: &Bytes) -> Result<(), ApiError> {
    if row.photo.is_none() || hub.is_small(bytes.clone(), SMALL_PX).await { Ok(()) } else { Err(small_bad()) }
}

/// Notes that an upload has begun.
async fn begin(hub: &Hub, row: &UploadRow, known: Option<&UploadRow>) -> Result<(), ApiError> {
    if known.is_none() && hub.store().open_uploads(row.device).await? >= hub.limits().uploads_max {
        return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "sync-too-many-uploads"));
    }
    let (hub, row) = (hub.clone(), row.clone());
    let write = async move {
        let mut writer = hub.0.writer.lock().await;
        let commit = Commit { uploads: vec![row], ..Commit::default() };
        hub.0.commit(&mut writer, hub.0.ledger(), hub.now(), commit).await.map(|_| ())
    };
    Ok(detached(write).await?)
}

async fn drain(body: Body) {
    let mut stream = body.into_data_stream();
    let mut read = 0;
    while let Some(Ok(chunk)) = stream.next().await {
        read += chunk.len();
        if read > DRAIN_BYTES {
            break;
        }
    }
}

/// Reads a body into memory; what arrived, and whether that is all of it.
async fn collect(body: Body, bytes: u64, turn: &mut Turn) -> Result<(Vec<u8>, bool), ApiError> {
    let mut stream = body.into_data_stream();
    let mut taken = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0));
    loop {
        let chunk = tokio::select! {
            biased;
            () = turn.over() => None,
            chunk = stream.next() => chunk,
        };
        match chunk {
            Some(Ok(chunk)) if (taken.len() + chunk.len()) as u64 > bytes => {
                return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "sync-too-large").with("limit", bytes));
            }
            Some(Ok(chunk)) => taken.extend_from_slice(&chunk),
            Some(Err(_)) | None => {
                let whole = taken.len() as u64 == bytes;
                return Ok((taken, whole));
            }
        }
    }
}

/// Takes a body into an upload that stands at `offset`, leaving out its first `skip` bytes. Whatever arrived before the link was cut stays, also
/// of a body whose checksum cannot be told for that: else a link that never holds for a whole body would never get further, and the whole
/// upload is held against its SHA-256 in the end anyway.
async fn receive(hub: &Hub, row: &UploadRow, turn: &mut Turn, body: Body, offset: u64, skip: u64, sum: Option<Digest>) -> Result<u64, ApiError> {
    let mut part = hub.files().append(UploadName { device: row.device, sha256: row.sha256 }).await?;
    let mut stream = body.into_data_stream();
    let (mut at, mut skip) = (offset, skip);
    let mut hasher = sum.map(|_| Sha256::new());
    let mut cut = false;
    loop {
        let chunk: Option<Result<Bytes, _>> = tokio::select! {
            biased;
            () = turn.over() => {
                cut = true;
                None
            }
            chunk = stream.next() => chunk,
        };
        let mut chunk = match chunk {
            Some(Ok(chunk)) => chunk,
            Some(Err(_)) => {
                cut = true;
                break;
            }
            None => break,
        };
        if let Some(hasher) = &mut hasher {
            hasher.update(&chunk);
        }
        let known = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
        skip -= known as u64;
        chunk = chunk.slice(known..);
        if at + chunk.len() as u64 > row.bytes {
            part.undo().await?;
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "sync-too-large").with("limit", row.bytes));
        }
        at += chunk.len() as u64;
        if let Err(error) = part.write(chunk).await {
            let _ = part.undo().await;
            return Err(error.into());
        }
    }
    if let (Some(hasher), Some(sum)) = (hasher, sum)
        && !cut
        && Digest(hasher.finalize().into()) != sum
    {
        part.undo().await?;
        return Err(mismatch());
    }
    Ok(part.keep().await?)
}

/// All bytes are there: checks them as read back from where they are stored, and does what they are for.
async fn finish(hub: &Hub, row: &UploadRow) -> Result<Vec<u8>, ApiError> {
    let name = UploadName { device: row.device, sha256: row.sha256 };
    if row.kind == kind_name(UploadKind::Batch) {
        let packed = hub.files().read_upload(name).await?;
        if Digest::of(&packed) != row.sha256 {
            forget(hub, name).await?;
            return Err(mismatch());
        }
        return match hub.push(name.device, packed, Some(row.clone())).await {
            Ok(answer) => {
                hub.files().discard(name).await?;
                Ok(minicbor::to_vec(&answer).unwrap_or_default())
            }
            Err(error) => {
                // What can never be taken need not stay; after a fault of ours the device asks again.
                if !matches!(error, crate::ingest::PushError::Hub(_)) {
                    forget(hub, name).await?;
                }
                Err(error.into())
            }
        };
    }
    if row.photo.is_some()
        && let Err(error) = is_what_it_should_be(hub, row, &hub.files().read_upload(name).await?.into()).await
    {
        forget(hub, name).await?;
        return Err(error);
    }
    if hub.files().finish(name).await?.is_none() {
        forget(hub, name).await?;
        return Err(mismatch());
    }
    adopt(hub, row).await
}

async fn adopt(hub: &Hub, row: &UploadRow) -> Result<Vec<u8>, ApiError> {
    let records = row.photo.map(|photo| picture_record(photo, SMALL_PX, row.sha256)).into_iter().collect();
    let receipt = hub.adopt_blob(row.sha256, row.bytes, records, Some(row.clone())).await?;
    Ok(minicbor::to_vec(&receipt).unwrap_or_default())
}

/// Throws an upload away, its bytes and its row.
async fn forget(hub: &Hub, name: UploadName) -> Result<(), ApiError> {
    hub.files().discard(name).await?;
    let hub = hub.clone();
    let write = async move {
        let mut writer = hub.0.writer.lock().await;
        let commit = Commit { dropped: vec![(name.device, name.sha256)], ..Commit::default() };
        hub.0.commit(&mut writer, hub.0.ledger(), hub.now(), commit).await.map(|_| ())
    };
    Ok(detached(write).await?)
}

async fn find(hub: &Hub, caller: &Caller, sha256: &str) -> Result<(UploadName, Turn, UploadRow), ApiError> {
    let sha256: Digest = sha256.parse().map_err(|_| unknown())?;
    let name = UploadName { device: caller.row.id, sha256 };
    let turn = hub.0.server.slots.take(name).await;
    let row = hub.store().upload(name.device, sha256).await?.filter(|row| row.expires >= hub.now()).ok_or_else(unknown)?;
    Ok((name, turn, row))
}

async fn stand(State(hub): State<Hub>, caller: Caller, headers: HeaderMap, Path(sha256): Path<String>) -> Result<Response, ApiError> {
    speaks_tus(&headers)?;
    let (name, _turn, row) = find(&hub, &caller, &sha256).await?;
    let offset = if row.answer.is_some() { row.bytes } else { hub.files().length(name).await? };
    Ok(stands(StatusCode::OK, &row, offset))
}

async fn go_on(State(hub): State<Hub>, caller: Caller, headers: HeaderMap, Path(sha256): Path<String>, body: Body) -> Result<Response, ApiError> {
    speaks_tus(&headers)?;
    if !is_content(&headers) {
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "sync-tus-header").with("header", header::CONTENT_TYPE));
    }
    let (claimed, sum) = (number(&headers, &OFFSET)?, checksum(&headers)?);
    let (name, mut turn, row) = find(&hub, &caller, &sha256).await?;
    if let Some(answer) = row.answer.clone() {
        drain(body).await;
        return Ok(finished(StatusCode::OK, &row, answer));
    }
    let offset = hub.files().length(name).await?;
    if claimed != offset {
        let mut response = ApiError::new(StatusCode::CONFLICT, "sync-offset").with("offset", offset).into_response();
        put(&mut response, OFFSET, offset.to_string());
        return Ok(response);
    }
    let offset = receive(&hub, &row, &mut turn, body, offset, 0, sum).await?;
    if offset < row.bytes {
        return Ok(stands(StatusCode::NO_CONTENT, &row, offset));
    }
    let answer = finish(&hub, &row).await?;
    Ok(finished(StatusCode::OK, &row, answer))
}

async fn give_up(State(hub): State<Hub>, caller: Caller, headers: HeaderMap, Path(sha256): Path<String>) -> Result<StatusCode, ApiError> {
    speaks_tus(&headers)?;
    let (name, _turn, _) = find(&hub, &caller, &sha256).await?;
    forget(&hub, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn answer(State(hub): State<Hub>, caller: Caller, Path(sha256): Path<String>) -> Result<Response, ApiError> {
    let (name, _turn, row) = find(&hub, &caller, &sha256).await?;
    if let Some(answer) = row.answer.clone() {
        return Ok(finished(StatusCode::OK, &row, answer));
    }
    // All bytes arrived, but the hub was interrupted before it could answer.
    if hub.files().length(name).await? == row.bytes {
        let answer = finish(&hub, &row).await?;
        return Ok(finished(StatusCode::OK, &row, answer));
    }
    Err(ApiError::new(StatusCode::CONFLICT, "sync-not-finished"))
}

impl Hub {
    /// Throws away uploads that ran out.
    ///
    /// # Errors
    /// When a store refuses.
    pub async fn sweep_uploads(&self) -> Result<(), ApiError> {
        for row in self.store().expired_uploads(self.now()).await? {
            let name = UploadName { device: row.device, sha256: row.sha256 };
            let _turn = self.0.server.slots.take(name).await;
            forget(self, name).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn metadata_is_base64_or_plain() {
        let sha256 = Digest::of(b"x");
        let hex = BASE64_STANDARD.encode(sha256.to_string());
        let wanted = Some(Meant { kind: UploadKind::Original, sha256, photo: None });
        assert_eq!(meant(&format!("kind {},sha256 {hex},name {}", BASE64_STANDARD.encode("original"), BASE64_STANDARD.encode("IMG 1.jpg"))), wanted);
        assert_eq!(meant(&format!("kind original,sha256 {sha256}")), wanted);
        assert_eq!(meant(&format!("kind small,sha256 {sha256}")), None, "a small picture of what?");
        assert_eq!(meant(&format!("kind other,sha256 {sha256}")), None);
        assert_eq!(meant("kind batch"), None);
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(metadata in ".{0,200}", sum in ".{0,80}") {
            let _ = meant(&metadata);
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_str(&sum) {
                headers.insert(CHECKSUM, value.clone());
                headers.insert(OFFSET, value);
            }
            let _ = checksum(&headers);
            let _ = number(&headers, &OFFSET);
        }
    }
}
