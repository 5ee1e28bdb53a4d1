//! Originals handed to the phone's system, which sends on while the app sleeps. It sends bytes and nothing else: that a photo is safe is
//! known when the next sync has the hub's receipt.

use super::{SyncError, link::client, run::Syncer, upload::announced};
use crate::{model::Digest, store::PhotoState};
use std::path::PathBuf;

/// The rest of one original: an HTTP request whose body is the file from `offset` on.
#[derive(Clone, Debug)]
pub struct Handoff {
    /// The original.
    pub photo: Digest,
    /// Its file.
    pub path: PathBuf,
    /// The first byte that the hub has not.
    pub offset: u64,
    /// The file's length in bytes.
    pub bytes: u64,
    /// Where to send it, by PATCH.
    pub url: String,
    /// Headers of the request. They carry the session: good for as long as the hub lets sessions live, and for no log.
    pub headers: Vec<(String, String)>,
}

/// What can be handed over now.
#[derive(Clone, Debug, Default)]
pub struct Handoffs {
    /// The fingerprint of the hub's certificate, when it made its own: the system must accept that one and no other.
    pub tls: Option<Digest>,
    /// The originals, the oldest first.
    pub files: Vec<Handoff>,
}

impl Syncer {
    /// Announces up to `most` originals that are not safe yet and says how their rest is sent. Originals whose records are not on the hub
    /// yet wait for the next sync.
    ///
    /// # Errors
    /// When the hub cannot be reached or says no; nothing changes then.
    pub async fn hand_over(&self, most: usize) -> Result<Handoffs, SyncError> {
        let (base, tls) = self.address()?;
        let http = client(tls)?;
        let session = self.session(&http, &base).await?;
        let mut files = Vec::new();
        for photo in self.store().store().photos(false)? {
            if files.len() >= most {
                break;
            }
            if !matches!(photo.state, PhotoState::OnDevice | PhotoState::SmallSent) {
                continue;
            }
            let offset = match announced(&session, photo.sha256, photo.bytes).await {
                Ok(offset) if offset < photo.bytes => offset,
                // All of it is there: the next sync fetches the receipt.
                Ok(_) => continue,
                Err(SyncError::Hub { status, .. }) if status < 500 => continue,
                Err(error) => return Err(error),
            };
            files.push(Handoff {
                photo: photo.sha256,
                path: self.store().blobs().path_of(&photo.sha256),
                offset,
                bytes: photo.bytes,
                url: format!("{base}/v1/files/{}", photo.sha256),
                headers: [
                    ("Tus-Resumable", "1.0.0".to_owned()),
                    ("Upload-Offset", offset.to_string()),
                    ("Content-Type", "application/offset+octet-stream".to_owned()),
                    ("Authorization", format!("Bearer {}", session.token)),
                ]
                .map(|(name, value)| (name.to_owned(), value))
                .to_vec(),
            });
        }
        Ok(Handoffs { tls, files })
    }
}
