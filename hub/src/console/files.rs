//! Photographs, pictures and documents for browsers.

use super::office::{Office, Stop};
use crate::{documents::DocumentError, error::HubError, store::StoreError};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use keyturn_core::{
    evidence::{BlobStore, IntakePolicy, PictureSize, make_picture},
    model::{Digest, Id},
};
use serde::Deserialize;
use std::path::PathBuf;

/// A piece of a file that is read and sent at once, in bytes.
const PIECE_BYTES: usize = 1 << 20;

/// What of a file is wanted.
#[derive(Deserialize)]
pub struct Wanted {
    /// `512`, `2048` or `original`.
    size: Option<String>,
    /// A kind of document.
    #[serde(rename = "as")]
    kind: Option<String>,
}

/// Answers with a picture of the photo, the original, or a document. Whether the reader may see it was asked before.
///
/// # Errors
/// When the file is not here or cannot be read.
pub async fn answer(office: &Office, digest: Digest, wanted: &Wanted) -> Result<Response, Stop> {
    if let Some(kind) = &wanted.kind {
        let name: String = kind.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let head = office.hub.files().read(digest, 0, 16).await?.unwrap_or_default();
        return stream(office, digest, sniff(&head).0, Some(format!("keyturn-{name}-{}.pdf", &digest.to_string()[..8]))).await;
    }
    let size_px: u32 = match wanted.size.as_deref() {
        Some("512") => 512,
        Some("2048") => 2048,
        _ => {
            let head = office.hub.files().read(digest, 0, 16).await?.unwrap_or_default();
            let (mime, end) = sniff(&head);
            return stream(office, digest, mime, Some(format!("{}.{end}", &digest.to_string()[..16]))).await;
        }
    };
    let picture = match office.hub.picture_of(digest, size_px).await? {
        Some(picture) => picture,
        None => match make(office, digest, size_px).await? {
            Some(picture) => picture,
            None => return Ok(StatusCode::NOT_FOUND.into_response()),
        },
    };
    let head = office.hub.files().read(picture, 0, 16).await?.unwrap_or_default();
    let mut response = stream(office, picture, sniff(&head).0, None).await?;
    // The address names the content: it never changes. Private: it is shown to those who may see it.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400, immutable"));
    Ok(response)
}

/// What the first bytes say.
fn sniff(head: &[u8]) -> (&'static str, &'static str) {
    match head {
        [0xff, 0xd8, ..] => ("image/jpeg", "jpg"),
        [0x89, b'P', b'N', b'G', ..] => ("image/png", "png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ("image/webp", "webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => ("image/heic", "heic"),
        [b'<', b's', b'v', b'g', ..] | [b'<', b'?', b'x', b'm', b'l', ..] => ("image/svg+xml", "svg"),
        [b'%', b'P', b'D', b'F', ..] => ("application/pdf", "pdf"),
        _ => ("application/octet-stream", "bin"),
    }
}

async fn stream(office: &Office, digest: Digest, mime: &'static str, save_as: Option<String>) -> Result<Response, Stop> {
    let Some(size) = office.hub.files().size(digest).await? else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let files = office.hub.files().clone();
    let pieces = futures_util::stream::try_unfold(0_u64, move |at| {
        let files = files.clone();
        async move {
            if at >= size {
                return Ok::<_, std::io::Error>(None);
            }
            let piece = files.read(digest, at, PIECE_BYTES).await.map_err(std::io::Error::other)?.unwrap_or_default();
            if piece.is_empty() {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
            }
            let next = at + piece.len() as u64;
            Ok(Some((piece, next)))
        }
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    if let Some(Ok(value)) = save_as.map(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(super::assets::guard(response))
}

/// Answers with the bundle of a unit, made now: it holds everything up to this moment.
///
/// # Errors
/// When it cannot be made; a unit without a handover has none.
pub async fn bundle(office: &Office, unit: Id, name: &str) -> Result<Response, Stop> {
    let Ok(_permit) = office.makers.acquire().await else { return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()) };
    let disk = |error: std::io::Error| Stop::from(HubError::from(StoreError::from(error)));
    let dir = tempfile::tempdir().map_err(disk)?;
    let path = dir.path().join("bundle.zip");
    match office.hub.bundle(unit, &path).await {
        Ok(_) => {}
        Err(DocumentError::Nothing) => return Ok(StatusCode::NOT_FOUND.into_response()),
        Err(error) => {
            tracing::error!(%error, "a bundle could not be made");
            return Err(Stop::from(HubError::from(StoreError::Damaged("the bundle"))));
        }
    }
    // The open file outlives its folder, so nothing is left behind when the reader goes away.
    let file = tokio::fs::File::open(&path).await.map_err(disk)?;
    let size = file.metadata().await.map_err(disk)?.len();
    let mut response = Response::new(Body::from_stream(tokio_util::io::ReaderStream::with_capacity(file, PIECE_BYTES)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"keyturn-{name}.zip\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(super::assets::guard(response))
}

/// Makes a picture of an original that no device sent one of; none when the original is not here or is not to be decoded.
async fn make(office: &Office, photo: Digest, size_px: u32) -> Result<Option<Digest>, Stop> {
    let Some(size) = office.hub.files().size(photo).await? else { return Ok(None) };
    let policy = IntakePolicy::product_default().map_err(|_| HubError::Store(StoreError::Damaged("photo policy")))?;
    if size > policy.max_bytes {
        return Ok(None);
    }
    let Ok(_permit) = office.makers.acquire().await else { return Ok(None) };
    let bytes = office.hub.blob(photo).await?.unwrap_or_default();
    let which = if size_px == 512 { PictureSize::Small } else { PictureSize::Large };
    let made = tokio::task::spawn_blocking(move || {
        in_passing(&bytes, |store, path, policy| {
            let facts = keyturn_core::evidence::take_photo(store, path, policy).ok()?;
            let picture = make_picture(store, &facts.sha256, which, policy, None).ok()?;
            std::fs::read(picture.path).ok()
        })
    })
    .await
    .ok()
    .flatten();
    match made {
        Some(picture) => Ok(Some(office.hub.put_picture(photo, size_px, Bytes::from(picture)).await?)),
        None => Ok(None),
    }
}

/// Width and height of a plan's picture in pixels; of an SVG its view box.
pub(crate) fn measure(bytes: &[u8]) -> Option<(u32, u32)> {
    if matches!(sniff(bytes).1, "svg") {
        let head = std::str::from_utf8(bytes.get(..bytes.len().min(4096))?).ok()?;
        let mut numbers = head.split("viewBox=\"").nth(1)?.split('"').next()?.split([' ', ',']).filter_map(|n| n.parse::<f64>().ok()).skip(2);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a plan's size; a float cast stays in range")]
        let mut whole = || numbers.next().map(|n| n.round() as u32).filter(|n| *n > 0);
        return Some((whole()?, whole()?));
    }
    image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().ok()?.into_dimensions().ok()
}

/// Runs `work` over a photo store in a folder that goes away afterwards.
pub(crate) fn in_passing<T>(bytes: &[u8], work: impl FnOnce(&BlobStore, &PathBuf, &IntakePolicy) -> Option<T>) -> Option<T> {
    let dir = tempfile::tempdir().ok()?;
    let path = dir.path().join("original");
    std::fs::write(&path, bytes).ok()?;
    let store = BlobStore::open(&dir.path().join("files")).ok()?;
    let policy = IntakePolicy::product_default().ok()?;
    work(&store, &path, &policy)
}
