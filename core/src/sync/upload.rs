//! Uploads: tus 1.0, named by the SHA-256 of what is sent, resumed at the byte where the hub stands.

use super::{
    SyncError,
    link::{checked, cut},
    protocol::UploadKind,
    run::Session,
};
use crate::model::Digest;
use reqwest::{StatusCode, header::HeaderMap};
use std::{
    io::{Read, Seek, SeekFrom},
    path::Path,
};

/// A piece held in memory at a time. In bytes.
const PIECE_BYTES: usize = 4 << 20;

/// What is sent.
pub(crate) enum Source<'a> {
    Bytes(&'a [u8]),
    File(&'a Path),
}

impl Source<'_> {
    fn len(&self) -> std::io::Result<u64> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(path) => Ok(path.metadata()?.len()),
        }
    }

    fn piece(&self, from: u64) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => {
                let start = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
                Ok(bytes[start..(start + PIECE_BYTES).min(bytes.len())].to_vec())
            }
            Self::File(path) => {
                let mut file = std::fs::File::open(path)?;
                file.seek(SeekFrom::Start(from))?;
                let mut piece = Vec::new();
                file.take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
                Ok(piece)
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |word, (i, b)| word | (u32::from(*b) << (16 - 8 * i)));
        for i in 0..4 {
            out.push(if i <= chunk.len() { ALPHABET[(word >> (18 - 6 * i)) as usize & 63] as char } else { '=' });
        }
    }
    out
}

fn offset_of(headers: &HeaderMap) -> Result<u64, SyncError> {
    headers.get("upload-offset").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok()).ok_or(SyncError::Untrusted("upload offset"))
}

fn local(error: std::io::Error) -> SyncError {
    crate::store::StoreError::Io(error).into()
}

/// Where the hub stands with an original, which is announced if the hub has not heard of it; nothing of it is sent.
pub(crate) async fn announced(session: &Session<'_>, sha256: Digest, length: u64) -> Result<u64, SyncError> {
    let at = format!("{}/v1/files/{sha256}", session.base);
    match checked(session.send(session.http.head(&at).header("Tus-Resumable", "1.0.0")).await?).await {
        Ok(head) => offset_of(head.headers()),
        Err(SyncError::Hub { status, .. }) if status == StatusCode::NOT_FOUND.as_u16() || status == StatusCode::GONE.as_u16() => {
            let create = session
                .http
                .post(format!("{}/v1/files", session.base))
                .header("Tus-Resumable", "1.0.0")
                .header("Upload-Length", length)
                .header("Upload-Metadata", metadata(UploadKind::Original, sha256, None));
            offset_of(checked(session.send(create).await?).await?.headers())
        }
        Err(other) => Err(other),
    }
}

fn metadata(kind: UploadKind, sha256: Digest, photo: Option<Digest>) -> String {
    let kind = match kind {
        UploadKind::Batch => "batch",
        UploadKind::Small => "small",
        UploadKind::Original => "original",
    };
    let mut metadata = format!("kind {},sha256 {}", base64(kind.as_bytes()), base64(sha256.to_string().as_bytes()));
    if let Some(photo) = photo {
        metadata += &format!(",photo {}", base64(photo.to_string().as_bytes()));
    }
    metadata
}

/// Whether the hub may have heard of an upload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is announced; what the hub has of it already it tells then.
    No,
    /// It is asked first, so that nothing is sent twice.
    Perhaps,
}

/// Sends `source` and gives the hub's answer. After a cut the next call goes on where the hub stands.
pub(crate) async fn upload(
    session: &Session<'_>,
    kind: UploadKind,
    sha256: Digest,
    photo: Option<Digest>,
    source: Source<'_>,
    known: Known,
) -> Result<Vec<u8>, SyncError> {
    let length = source.len().map_err(local)?;
    let at = format!("{}/v1/files/{sha256}", session.base);
    let head = if known == Known::No {
        Err(SyncError::Hub { status: StatusCode::NOT_FOUND.as_u16(), told: None })
    } else {
        checked(session.send(session.http.head(&at).header("Tus-Resumable", "1.0.0")).await?).await
    };
    let mut offset = match head {
        Ok(head) => offset_of(head.headers())?,
        Err(SyncError::Hub { status, .. }) if status == StatusCode::NOT_FOUND.as_u16() || status == StatusCode::GONE.as_u16() => {
            let first = source.piece(0).map_err(local)?;
            let sent = first.len() as u64;
            let request = session
                .http
                .post(format!("{}/v1/files", session.base))
                .header("Tus-Resumable", "1.0.0")
                .header("Upload-Length", length)
                .header("Upload-Metadata", metadata(kind, sha256, photo))
                .header("Content-Type", "application/offset+octet-stream")
                .body(first);
            let response = checked(session.send(request).await?).await?;
            let offset = offset_of(response.headers()).unwrap_or(sent);
            if offset == length {
                let answer = response.bytes().await.map_err(cut)?;
                if !answer.is_empty() {
                    return Ok(answer.into());
                }
            }
            offset
        }
        Err(other) => return Err(other),
    };
    while offset < length {
        session.go_on()?;
        let piece = source.piece(offset).map_err(local)?;
        if piece.is_empty() {
            // The file is shorter than it was: it is not what its name says any more.
            return Err(SyncError::Untrusted("file changed"));
        }
        let request = session
            .http
            .patch(&at)
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Offset", offset)
            .header("Upload-Checksum", format!("sha256 {}", base64(&Digest::of(&piece).0)))
            .header("Content-Type", "application/offset+octet-stream")
            .body(piece);
        let response = checked(session.send(request).await?).await?;
        offset = offset_of(response.headers())?;
        if offset == length {
            let answer = response.bytes().await.map_err(cut)?;
            if !answer.is_empty() {
                return Ok(answer.into());
            }
        }
    }
    let answer = checked(session.send(session.http.get(format!("{at}/answer"))).await?).await?;
    Ok(answer.bytes().await.map_err(cut)?.into())
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_pads() {
        assert_eq!(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|t| base64(t.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]
        );
    }
}
