//! The way down: segments, plans and small pictures of others' photos.

use super::{
    SyncError,
    link::{checked, cut},
    run::{Session, SyncDone, SyncStep, Syncer, blocking},
};
use crate::{
    evidence::{PictureError, PictureSize, pictures::keep_small},
    field::{FieldError, photos_of},
    log::{
        batch::{Arrived, STEP_FIRST_BYTES, next_step},
        fold::Phase,
    },
    model::{Digest, body::AggKind},
};
use reqwest::StatusCode;
use std::sync::Arc;

impl Syncer {
    /// Takes in what others did.
    pub(super) async fn pull(&self, session: &Session<'_>, done: &mut SyncDone) -> Result<(), SyncError> {
        let cursor = self.store.store().meta("cursor")?.and_then(|b| String::from_utf8(b).ok()).unwrap_or_default();
        let mut bytes = STEP_FIRST_BYTES;
        let mut coming = match self.fetch(session, done, &cursor, bytes).await {
            // The hub does not know the cursor: restored from a backup. Everything again; what is here is recognised.
            Err(SyncError::Hub { status, .. }) if status == StatusCode::GONE.as_u16() => {
                self.store.store().set_meta("cursor", b"")?;
                self.fetch(session, done, "", bytes).await?
            }
            other => other?,
        };
        if coming.segment.more && coming.segment.cursor == cursor {
            return Err(SyncError::Untrusted("cursor"));
        }
        loop {
            let (more, cursor) = (coming.segment.more, coming.segment.cursor.clone());
            let store = Arc::clone(&self.store);
            let take = blocking(move || {
                let taken = store.store().take_in_arrived(&coming, store.clock())?;
                if taken.new > 0 {
                    store.load_policies()?;
                }
                Ok(taken)
            });
            // While one segment is checked and written, the hub makes the next.
            bytes = next_step(bytes);
            let fetch = async { if more { Some(self.fetch(session, done, &cursor, bytes).await) } else { None } };
            let (taken, next) = tokio::join!(take, fetch);
            let taken = taken?;
            done.pulled += taken.new;
            self.tell(SyncStep::Pulled(taken.new));
            let Some(next) = next else {
                self.fetch_plans(session, done).await?;
                if self.options.originals {
                    self.fetch_documents(session, done).await?;
                }
                return self.fetch_pictures(session, done).await;
            };
            coming = next?;
            if coming.segment.more && coming.segment.cursor == cursor {
                return Err(SyncError::Untrusted("cursor"));
            }
        }
    }

    /// The segment after `cursor`, of about so many bytes, unpacked.
    async fn fetch(&self, session: &Session<'_>, done: &mut SyncDone, cursor: &str, bytes: usize) -> Result<Arrived, SyncError> {
        let url = format!("{}/v1/pull?cursor={cursor}&bytes={bytes}", session.base);
        let partial = tokio::sync::Mutex::new(Partial::default());
        let packed = self.again(done, || fetch_resumable(session, &url, &partial)).await?;
        blocking(move || Arrived::open(packed).map_err(|_| SyncError::Untrusted("segment"))).await
    }

    /// What others photographed of snags that are still open is seen offline too, as small pictures: a crew finds its place by them. Only
    /// what came in since, and what the hub did not have yet, is asked for.
    async fn fetch_pictures(&self, session: &Session<'_>, done: &mut SyncDone) -> Result<(), SyncError> {
        const MOST: usize = 400;
        let store = self.store.store();
        let due = store.pictures_due()?;
        let mut left = due.clone();
        let mut asked = 0;
        for id in &due {
            let open = store.thing(*id)?.filter(|snag| snag.phase != Phase::Confirmed);
            let photos = open.map(|snag| photos_of(&snag)).unwrap_or_default();
            let mut whole = true;
            for sha256 in photos.into_iter().map(|(photo, _)| photo.sha256) {
                if self.store.blobs().contains(&sha256) || self.store.blobs().picture_path(PictureSize::Small, &sha256).is_some() {
                    continue;
                }
                // The rest at the next sync.
                whole &= asked < MOST && self.fetch_picture(session, done, sha256).await?;
                asked += 1;
            }
            if whole {
                left.remove(id);
            }
        }
        if left != due || asked == 0 && due.is_empty() && store.meta("pictures_due")?.is_none() {
            store.set_pictures_due(&left)?;
        }
        Ok(())
    }

    /// Fetches one small picture; whether there is nothing more to ask for.
    async fn fetch_picture(&self, session: &Session<'_>, done: &mut SyncDone, sha256: Digest) -> Result<bool, SyncError> {
        let url = format!("{}/v1/blobs/{sha256}?size=512", session.base);
        let fetched = self.again(done, || async { checked(session.send(session.http.get(&url)).await?).await?.bytes().await.map_err(cut) }).await;
        match fetched {
            Ok(jpeg) => match keep_small(self.store.blobs(), &sha256, &jpeg) {
                Ok(true) => {}
                Ok(false) => tracing::warn!("the hub's small picture of a photo is none and was thrown away"),
                Err(PictureError::Blob(error)) => return Err(FieldError::Blob(error).into()),
                Err(other) => tracing::warn!(%other, "a small picture was not kept"),
            },
            // Not there yet, or not for this device: it holds up nothing, and is asked for again.
            Err(SyncError::Hub { status, .. }) => {
                tracing::info!(status, "a small picture is not on the hub");
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// Plans are needed offline; each is checked against its digest.
    async fn fetch_plans(&self, session: &Session<'_>, done: &mut SyncDone) -> Result<(), SyncError> {
        for plan in self.store.store().list(AggKind::Plan, None, None, 0, u64::from(u32::MAX))? {
            let Some(crate::model::Value::Digest(image)) = plan.get("image") else { continue };
            if self.store.blobs().contains(image) {
                continue;
            }
            self.fetch_file(session, done, *image, "a plan").await?;
        }
        Ok(())
    }

    /// Fetches a file as it is; one that is not there, or not for this device, holds up nothing.
    async fn fetch_file(&self, session: &Session<'_>, done: &mut SyncDone, sha256: Digest, what: &str) -> Result<(), SyncError> {
        let url = format!("{}/v1/blobs/{sha256}?size=original", session.base);
        let fetched = self.again(done, || async { checked(session.send(session.http.get(&url)).await?).await?.bytes().await.map_err(cut) }).await;
        match fetched {
            Ok(bytes) if Digest::of(&bytes) == sha256 => {
                self.store.blobs().put_bytes(&bytes).map_err(FieldError::from)?;
            }
            Ok(_) => tracing::warn!("{what} came with another digest and was thrown away"),
            Err(SyncError::Hub { status, .. }) => tracing::info!(status, "{what} is not on the hub"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Documents of handovers that are not closed are read on site, with no network: the latest of each kind, where the network costs nothing.
    async fn fetch_documents(&self, session: &Session<'_>, done: &mut SyncDone) -> Result<(), SyncError> {
        const MOST: usize = 100;
        let store = self.store.store();
        let mut asked = 0;
        for handover in store.list(AggKind::Handover, None, None, 0, u64::from(u32::MAX))?.iter().filter(|h| h.phase != Phase::Closed) {
            let Some(unit) = handover.unit else { continue };
            let mut kinds = std::collections::BTreeSet::new();
            for document in self.store.stored_documents(unit)? {
                if !kinds.insert(document.kind) || document.path.is_some() {
                    continue;
                }
                asked += 1;
                if asked > MOST {
                    return Ok(());
                }
                self.fetch_file(session, done, document.sha256, "a document").await?;
            }
        }
        Ok(())
    }
}

/// What has arrived of a segment before the link was cut.
#[derive(Default)]
struct Partial {
    etag: Option<String>,
    bytes: Vec<u8>,
}

async fn fetch_resumable(session: &Session<'_>, url: &str, partial: &tokio::sync::Mutex<Partial>) -> Result<Vec<u8>, SyncError> {
    let mut partial = partial.lock().await;
    let mut request = session.http.get(url);
    if let Some(etag) = partial.etag.as_ref().filter(|_| !partial.bytes.is_empty()) {
        request = request.header("Range", format!("bytes={}-", partial.bytes.len())).header("If-Range", etag);
    }
    let mut response = checked(session.send(request).await?).await?;
    if response.status() != StatusCode::PARTIAL_CONTENT {
        partial.bytes.clear();
    }
    partial.etag = response.headers().get("etag").and_then(|v| v.to_str().ok()).map(str::to_owned);
    while let Some(chunk) = response.chunk().await.map_err(cut)? {
        partial.bytes.extend_from_slice(&chunk);
        if partial.bytes.len() > crate::log::batch::UNPACKED_MAX_BYTES {
            return Err(SyncError::Untrusted("segment"));
        }
    }
    Ok(std::mem::take(&mut partial.bytes))
}
