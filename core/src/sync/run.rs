//! One sync: session, keys, events, pull, small pictures, originals. Small things first; one bad file never holds up the rest;
//! every pause says why and when it tries again.

use super::{
    SyncError,
    link::{checked, client, cut},
    protocol::{
        CodeAnswer, CodeRequest, EnrolAnswer, EnrolRequest, Invite, PushAnswer, RefusedEvent, SESSION_CONTEXT, SessionAnswer, SessionRequest, UploadKind,
    },
    upload::{Known, Source, upload},
};
use crate::{
    evidence::PictureSize,
    field::{FieldError, FieldStore},
    log::{
        Chain,
        batch::{Batch, STEP_FIRST_BYTES, next_step},
        cert::Certificate,
        receipt::{Leaf, Receipt},
        seal::{SealClaim, SealPurpose, seal},
    },
    model::{Digest, UtcMs, id::fill_random},
    rules::Refusal,
    store::{PhotoState, Unsent},
    words::Told,
};
use reqwest::{RequestBuilder, Response};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How a sync behaves.
#[derive(Clone, Copy, Debug)]
pub struct SyncOptions {
    /// Send own records and pictures; off takes in only what others did.
    pub send: bool,
    /// Send originals now; off where the owner of the device wants them only on Wi-Fi.
    pub originals: bool,
    /// How often one step is tried again after the link failed, before the sync stops and waits.
    pub tries: u32,
    /// The first pause after a failure; each further one is twice as long. In milliseconds.
    pub pause_ms: u64,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self { send: true, originals: true, tries: 6, pause_ms: 200 }
    }
}

/// What just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncStep {
    /// The hub has so many own records of all.
    Records {
        /// On the hub.
        sent: u64,
        /// In all.
        all: u64,
    },
    /// Records of others came in.
    Pulled(usize),
    /// A photo's place changed.
    Photo {
        /// The original.
        sha256: Digest,
        /// Where it stands.
        state: PhotoState,
    },
    /// The link failed; it is tried again after a pause.
    Cut {
        /// Message key.
        reason: &'static str,
        /// The pause in milliseconds.
        pause_ms: u64,
    },
}

/// Told what happens; called outside locks.
pub trait SyncObserver: Send + Sync {
    /// Something happened.
    fn step(&self, step: SyncStep);
}

/// What a sync did.
#[derive(Clone, Debug, Default)]
pub struct SyncDone {
    /// Own records sent.
    pub records: u64,
    /// Records of others taken in.
    pub pulled: usize,
    /// Photos that became safe.
    pub photos: usize,
    /// Photos that were set aside.
    pub set_aside: usize,
    /// How often the link failed.
    pub cuts: u32,
    /// Own records that the hub keeps but leaves out of the state.
    pub refused: Vec<RefusedEvent>,
    /// The device is revoked.
    pub revoked: bool,
    /// The hub was restored from a backup: what it had forgotten was sent again.
    pub hub_restored: bool,
}

/// Joins a project: sends the code and the device's public key, takes the certificate.
///
/// # Errors
/// When the code is no good, the hub is another one, or the link fails.
pub async fn enrol(store: &FieldStore, invite: &Invite, name: &str, platform: &str) -> Result<Certificate, SyncError> {
    // One store, one project, one holder: what is unsent here would go to the wrong hub or under the wrong name.
    if store.certificate().is_ok() {
        return Err(FieldError::from(Refusal::plain("field-already-joined")).into());
    }
    let http = client(invite.tls)?;
    let public = store.key().public().iter().map(|b| format!("{b:02x}")).collect();
    let request = EnrolRequest { code: invite.code.clone(), public, name: name.to_owned(), platform: platform.to_owned() };
    let body = serde_json::to_vec(&request).map_err(|_| SyncError::Untrusted("request"))?;
    let response = http.post(format!("{}/v1/enrol", invite.url)).header("Content-Type", "application/json").body(body).send().await.map_err(cut)?;
    let answer = checked(response).await?.bytes().await.map_err(cut)?;
    let answer: EnrolAnswer = serde_json::from_slice(&answer).map_err(|_| SyncError::Untrusted("enrolment"))?;
    let certificate = store.take_certificate(&answer, invite.hub)?;
    store.store().set_meta("hub_url", invite.url.as_bytes())?;
    store.store().set_meta("hub_tls", &invite.tls.map(|d| d.0.to_vec()).unwrap_or_default())?;
    Ok(certificate)
}

/// Runs syncs of one device, one at a time; can be stopped from any thread.
pub struct Syncer {
    pub(super) store: Arc<FieldStore>,
    pub(super) options: SyncOptions,
    observer: Option<Arc<dyn SyncObserver>>,
    stop: AtomicBool,
    stopped: tokio::sync::Notify,
    running: tokio::sync::Mutex<()>,
}

pub(crate) struct Session<'a> {
    pub(crate) http: &'a reqwest::Client,
    pub(crate) base: &'a str,
    pub(crate) token: String,
    syncer: &'a Syncer,
}

impl Session<'_> {
    /// Sends a call of this session; ends at once when the sync is stopped.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, SyncError> {
        self.go_on()?;
        tokio::select! {
            () = self.syncer.stopped.notified() => Err(SyncError::Cancelled),
            response = request.bearer_auth(&self.token).send() => response.map_err(cut),
        }
    }

    pub(crate) fn go_on(&self) -> Result<(), SyncError> {
        if self.syncer.stop.load(Ordering::SeqCst) { Err(SyncError::Cancelled) } else { Ok(()) }
    }
}

impl Syncer {
    /// For a device that is enrolled.
    pub fn new(store: Arc<FieldStore>, options: SyncOptions) -> Self {
        Self { store, options, observer: None, stop: AtomicBool::new(false), stopped: tokio::sync::Notify::new(), running: tokio::sync::Mutex::new(()) }
    }

    /// Tells `observer` what happens.
    pub fn observed(mut self, observer: Arc<dyn SyncObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Stops the sync that runs, within a second; nothing is lost, the next one goes on where it stood.
    pub fn cancel(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.stopped.notify_waiters();
    }

    pub(super) fn tell(&self, step: SyncStep) {
        if let Some(observer) = &self.observer {
            observer.step(step);
        }
    }

    /// Sends what is unsent and takes in what is new.
    ///
    /// # Errors
    /// Why it stopped; the reason and the time of the next try are kept for [`FieldStore::status`].
    pub async fn run(&self) -> Result<SyncDone, SyncError> {
        let _one = self.running.lock().await;
        self.stop.store(false, Ordering::SeqCst);
        let result = self.all().await;
        self.store.store().set_meta("sync_tried", &self.store.now().0.to_be_bytes())?;
        match &result {
            Ok(_) => {
                self.store.store().set_meta("sync_error", b"")?;
                self.store.store().set_meta("sync_next", &0i64.to_be_bytes())?;
                self.store.store().set_meta("sync_tries", &0u32.to_be_bytes())?;
            }
            Err(error) => self.note_failure(error)?,
        }
        result
    }

    fn note_failure(&self, error: &SyncError) -> Result<(), SyncError> {
        /// From half a minute to half an hour: a phone in a basement must not drain its battery.
        const WAIT_MIN_MS: i64 = 30_000;
        const WAIT_DOUBLINGS_MAX: u32 = 6;
        let store = self.store.store();
        let tries = store.meta("sync_tries")?.and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes);
        let next = if error.is_passing() { self.store.now().0 + (WAIT_MIN_MS << tries.min(WAIT_DOUBLINGS_MAX)) } else { 0 };
        store.set_meta("sync_error", error.kept().as_bytes())?;
        store.set_meta("sync_next", &next.to_be_bytes())?;
        store.set_meta("sync_tries", &tries.saturating_add(1).to_be_bytes())?;
        Ok(())
    }

    /// Runs `step` again after each failure of the link, with growing pauses.
    pub(super) async fn again<T, F>(&self, done: &mut SyncDone, mut step: impl FnMut() -> F) -> Result<T, SyncError>
    where
        F: Future<Output = Result<T, SyncError>>,
    {
        let mut tries = 0;
        loop {
            match step().await {
                Err(error) if error.is_passing() && tries < self.options.tries => {
                    tries += 1;
                    done.cuts += 1;
                    let mut jitter = [0; 1];
                    fill_random(&mut jitter);
                    let pause_ms = (self.options.pause_ms << (tries - 1).min(8)) * (192 + u64::from(jitter[0]) / 2) / 256;
                    self.tell(SyncStep::Cut { reason: error.key(), pause_ms });
                    tokio::select! {
                        () = self.stopped.notified() => return Err(SyncError::Cancelled),
                        () = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
                    }
                    if self.stop.load(Ordering::SeqCst) {
                        return Err(SyncError::Cancelled);
                    }
                }
                other => return other,
            }
        }
    }

    async fn all(&self) -> Result<SyncDone, SyncError> {
        self.store.certificate()?;
        let (base, tls) = self.address()?;
        let http = client(tls)?;
        let mut done = SyncDone::default();
        let answer = self.again(&mut done, || self.open_session(&http, &base)).await?;
        let session = Session { http: &http, base: &base, token: answer.token.clone(), syncer: self };
        done.revoked = answer.revoked;
        done.hub_restored = self.align(&answer)?;
        if self.options.send {
            self.push_keys(&session, &mut done).await?;
            self.push_events(&session, &mut done).await?;
        }
        if !answer.revoked {
            self.pull(&session, &mut done).await?;
        }
        if self.options.send {
            self.push_photos(&session, &mut done, PictureSize::Small).await?;
        }
        if self.options.send && self.options.originals {
            self.push_photos(&session, &mut done, PictureSize::Large).await?;
        }
        if answer.revoked { Err(SyncError::Revoked) } else { Ok(done) }
    }

    /// The hub's address, and the fingerprint of its certificate when it made its own.
    pub(crate) fn address(&self) -> Result<(String, Option<Digest>), SyncError> {
        let store = self.store.store();
        let base = store.meta("hub_url")?.and_then(|b| String::from_utf8(b).ok()).ok_or(FieldError::NotEnrolled)?;
        let tls = store.meta("hub_tls")?.filter(|b| !b.is_empty()).map(|b| b.try_into().map(Digest)).transpose().map_err(|_| SyncError::Untrusted("tls"))?;
        Ok((base, tls))
    }

    /// A session beside a sync: nothing is sent or taken in by opening it.
    pub(crate) async fn session<'a>(&'a self, http: &'a reqwest::Client, base: &'a str) -> Result<Session<'a>, SyncError> {
        let answer = self.open_session(http, base).await?;
        if answer.revoked {
            return Err(SyncError::Revoked);
        }
        Ok(Session { http, base, token: answer.token, syncer: self })
    }

    /// Asks the hub to bring a participant of a unit's handover a code to sign with; until when it signs. The code reaches the person only.
    ///
    /// # Errors
    /// When the hub cannot be reached, does not know the participant yet, or cannot reach the person.
    pub async fn ask_code(&self, request: &CodeRequest) -> Result<UtcMs, SyncError> {
        let (base, tls) = self.address()?;
        let http = client(tls)?;
        let session = self.session(&http, &base).await?;
        let body = serde_json::to_vec(request).map_err(|_| SyncError::Untrusted("request"))?;
        let asked = http.post(format!("{base}/v1/codes")).header("Content-Type", "application/json").body(body);
        let answer = checked(session.send(asked).await?).await?.bytes().await.map_err(cut)?;
        let answer: CodeAnswer = serde_json::from_slice(&answer).map_err(|_| SyncError::Untrusted("code"))?;
        Ok(answer.until)
    }

    pub(crate) fn store(&self) -> &FieldStore {
        &self.store
    }

    async fn open_session(&self, http: &reqwest::Client, base: &str) -> Result<SessionAnswer, SyncError> {
        let began_ms = self.store.clock().mono_ms();
        let challenge = checked(http.get(format!("{base}/v1/challenge")).send().await.map_err(cut)?).await?.bytes().await.map_err(cut)?;
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let signature = self.store.key().sign(&[SESSION_CONTEXT, &challenge].concat()).map_err(FieldError::from)?;
        let status = self.store.status()?;
        let request = SessionRequest {
            device: self.store.device(),
            challenge: hex(&challenge),
            signature: hex(&signature),
            wall: self.store.clock().wall(),
            corrected: self.store.now(),
            unsent_records: status.unsent_records,
            unsent_photos: status.unsent_photos.len() as u64,
            checkpoint: self.checkpoint()?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let body = serde_json::to_vec(&request).map_err(|_| SyncError::Untrusted("request"))?;
        let request = http.post(format!("{base}/v1/session")).header("Content-Type", "application/json").body(body);
        let answer = checked(request.send().await.map_err(cut)?).await?.bytes().await.map_err(cut)?;
        let answer: SessionAnswer = serde_json::from_slice(&answer).map_err(|_| SyncError::Untrusted("session"))?;
        // The hub read its clock about half a round trip ago.
        let half_ms = (self.store.clock().mono_ms().saturating_sub(began_ms) / 4) as i64;
        self.store.store().note_contact(UtcMs(answer.hub_time.0 + half_ms), self.store.clock())?;
        Ok(answer)
    }

    fn checkpoint(&self) -> Result<Option<(u64, Digest)>, SyncError> {
        Ok(self.store.store().meta("checkpoint")?.and_then(|b| minicbor::decode(&b).ok()))
    }

    fn keep_checkpoint(&self, receipt: &Receipt) -> Result<(), SyncError> {
        let head = receipt.check(&self.store.hub()?).map_err(|_| SyncError::Untrusted("receipt"))?;
        if self.checkpoint()?.is_none_or(|(size, _)| size < head.size) {
            self.store.store().set_meta("checkpoint", &minicbor::to_vec((head.size, head.root)).unwrap_or_default())?;
        }
        Ok(())
    }

    /// Compares what the hub has of this device with what the device believes; whether the hub had forgotten something.
    fn align(&self, answer: &SessionAnswer) -> Result<bool, SyncError> {
        let store = self.store.store();
        let known = store.chain_at(answer.seq)?;
        if known.is_none_or(|chain| chain.head != answer.head) {
            return Err(SyncError::Fork);
        }
        let forgot = answer.seq < store.acked_seq()? || !answer.checkpoint_known;
        if forgot {
            store.void_receipts()?;
        }
        store.set_acked_seq(answer.seq)?;
        Ok(forgot)
    }

    async fn push_keys(&self, session: &Session<'_>, done: &mut SyncDone) -> Result<(), SyncError> {
        let keys = self.store.store().unsent_keys()?;
        if keys.is_empty() {
            return Ok(());
        }
        let body = minicbor::to_vec(&keys).unwrap_or_default();
        self.again(done, || async {
            checked(session.send(session.http.post(format!("{}/v1/keys", session.base)).body(body.clone())).await?).await.map(|_| ())
        })
        .await?;
        Ok(self.store.store().keys_sent(&keys.iter().map(|k| k.person).collect::<Vec<_>>())?)
    }

    async fn push_events(&self, session: &Session<'_>, done: &mut SyncDone) -> Result<(), SyncError> {
        let store = self.store.store();
        let before = store.chain_at(store.acked_seq()?)?.ok_or(FieldError::NotEnrolled)?;
        let mut bytes = STEP_FIRST_BYTES;
        let mut ready = self.next_batch(before, bytes).await?;
        while let Some(now) = ready {
            bytes = next_step(bytes);
            // While the hub checks one batch the next is read, sealed and packed.
            let (answer, next) = tokio::try_join!(self.send_batch(session, done, &now), self.next_batch(now.after, bytes))?;
            match &answer.receipt.leaf {
                Leaf::Chain { device, chain, .. } if *device == self.store.device() && *chain == now.after => {}
                _ => return Err(SyncError::Untrusted("receipt")),
            }
            self.keep_checkpoint(&answer.receipt)?;
            store.keep_receipt(now.after.seq, &now.seal, &answer.receipt)?;
            done.records += now.events;
            done.refused.extend(answer.refused);
            self.tell(SyncStep::Records { sent: now.after.seq, all: store.chain().map_or(now.after.seq, |c| c.seq) });
            ready = next;
        }
        Ok(())
    }

    /// The batch of what comes after `before`; none when that is all.
    async fn next_batch(&self, before: Chain, bytes: usize) -> Result<Option<Outgoing>, SyncError> {
        let store = Arc::clone(&self.store);
        blocking(move || {
            let events = store.store().next_events(before.seq, bytes)?;
            if events.is_empty() {
                return Ok(None);
            }
            let mut batch = Batch { device: store.device(), before, events, seal: Vec::new(), sent: store.now() };
            let after = batch.after();
            let claim = SealClaim { device: batch.device, chain: after, at: batch.sent, purpose: SealPurpose::Batch };
            batch.seal = seal(&claim, store.key()).map_err(FieldError::from)?;
            let packed = batch.pack();
            Ok(Some(Outgoing { sha256: Digest::of(&packed), packed, after, events: batch.events.len() as u64, seal: batch.seal }))
        })
        .await
    }

    async fn send_batch(&self, session: &Session<'_>, done: &mut SyncDone, batch: &Outgoing) -> Result<PushAnswer, SyncError> {
        // The hub has never heard of a batch that was just made: only after a cut there is something to ask.
        let begun = AtomicBool::new(false);
        let send = || {
            let known = if begun.swap(true, Ordering::SeqCst) { Known::Perhaps } else { Known::No };
            upload(session, UploadKind::Batch, batch.sha256, None, Source::Bytes(&batch.packed), known)
        };
        let answer = self.again(done, send).await?;
        minicbor::decode(&answer).map_err(|_| SyncError::Untrusted("push answer"))
    }

    async fn push_photos(&self, session: &Session<'_>, done: &mut SyncDone, size: PictureSize) -> Result<(), SyncError> {
        for photo in self.store.store().photos(false)? {
            session.go_on()?;
            let wanted = match size {
                PictureSize::Small => photo.state == PhotoState::OnDevice,
                PictureSize::Large => matches!(photo.state, PhotoState::OnDevice | PhotoState::SmallSent),
            };
            if !wanted {
                continue;
            }
            let sent = match size {
                PictureSize::Small => self.push_small(session, done, &photo).await,
                PictureSize::Large => self.push_original(session, done, &photo).await,
            };
            match sent {
                Ok(()) => {}
                Err(error) if error.is_passing() || matches!(error, SyncError::Cancelled) => {
                    self.store.store().set_photo(photo.sha256, photo.state, photo.tries + 1, photo.next, Some(error.kept()))?;
                    return Err(error);
                }
                // One bad file never holds up the queue.
                Err(error) => {
                    done.set_aside += 1;
                    self.store.store().set_photo(photo.sha256, PhotoState::SetAside, photo.tries + 1, photo.next, Some(error.kept()))?;
                    self.tell(SyncStep::Photo { sha256: photo.sha256, state: PhotoState::SetAside });
                }
            }
        }
        Ok(())
    }

    async fn push_small(&self, session: &Session<'_>, done: &mut SyncDone, photo: &Unsent) -> Result<(), SyncError> {
        // A photo that cannot be decoded has no small picture; its original goes all the same.
        let Some(path) = self.store.picture(photo.sha256, PictureSize::Small) else { return Ok(()) };
        let bytes = std::fs::read(path).map_err(crate::store::StoreError::Io)?;
        let sha256 = Digest::of(&bytes);
        self.again(done, || upload(session, UploadKind::Small, sha256, Some(photo.sha256), Source::Bytes(&bytes), Known::No)).await?;
        self.store.store().set_photo(photo.sha256, PhotoState::SmallSent, photo.tries, photo.next, None)?;
        self.tell(SyncStep::Photo { sha256: photo.sha256, state: PhotoState::SmallSent });
        Ok(())
    }

    async fn push_original(&self, session: &Session<'_>, done: &mut SyncDone, photo: &Unsent) -> Result<(), SyncError> {
        let path = self.store.blobs().path_of(&photo.sha256);
        let answer = self.again(done, || upload(session, UploadKind::Original, photo.sha256, None, Source::File(&path), Known::Perhaps)).await?;
        let receipt: Receipt = minicbor::decode(&answer).map_err(|_| SyncError::Untrusted("receipt"))?;
        // Safe only when the hub echoes the hash of what it read back from its disk.
        match &receipt.leaf {
            Leaf::Blob { sha256, bytes, .. } if *sha256 == photo.sha256 && *bytes == photo.bytes => {}
            _ => return Err(SyncError::Untrusted("receipt")),
        }
        self.keep_checkpoint(&receipt)?;
        self.store.store().keep_blob_receipt(photo.sha256, &receipt)?;
        done.photos += 1;
        self.tell(SyncStep::Photo { sha256: photo.sha256, state: PhotoState::Safe });
        Ok(())
    }
}

/// A batch ready to be sent.
struct Outgoing {
    packed: Vec<u8>,
    sha256: Digest,
    /// The chain after it, and the seal over that.
    after: Chain,
    seal: Vec<u8>,
    /// How many events it holds.
    events: u64,
}

/// Runs `work` beside the link, on a thread that may wait for the disk.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, SyncError> + Send + 'static) -> Result<T, SyncError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // It ends early only with the program, or with a panic, which goes on here.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(SyncError::Cancelled),
        },
    }
}
