//! Sync: the task that runs beside the caller, and the truth about what is not on the hub yet.

use crate::{
    error::{ErrorKind, KeyturnError},
    foreign::{Network, SyncObserver},
    store::{FieldStore, Opened, Result, held},
    types::{Id, PhotoState, Sha256, UtcMs, Words},
};
use keyturn_core::sync::{Link, SyncDone, SyncObserver as CoreObserver, SyncOptions as CoreOptions, SyncStep as CoreStep, Syncer};
use std::{
    sync::{Arc, Mutex, OnceLock, mpsc},
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, sync::watch};

/// The threads that syncs run on: few, shared by all stores, there from the first sync to the end of the process.
pub(crate) fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("keyturn-sync").enable_all().build());
    made.as_ref().map_err(|error| {
        tracing::error!(%error, "no threads for sync");
        KeyturnError::new(ErrorKind::Other, "ffi-no-threads", &[])
    })
}

/// How a sync behaves.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct SyncOptions {
    /// Send own records and photos; off takes in only what others did.
    #[uniffi(default = true)]
    pub send: bool,
    /// Send originals now, whatever network there is and whatever "only on Wi-Fi" says.
    #[uniffi(default = false)]
    pub originals_now: bool,
    /// How often a step is tried again after the link failed.
    #[uniffi(default = 6)]
    pub tries: u32,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self { send: true, originals_now: false, tries: CoreOptions::default().tries }
    }
}

/// What just happened.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum SyncStep {
    /// The hub has so many own records of all.
    Records {
        /// On the hub.
        sent: u64,
        /// In all.
        all: u64,
    },
    /// Records of others came in.
    Pulled {
        /// How many.
        records: u64,
    },
    /// A photo's place changed.
    Photo {
        /// The original.
        photo: Sha256,
        /// Where it stands.
        state: PhotoState,
    },
    /// The link failed; it is tried again after a pause.
    Cut {
        /// Why, in words.
        why: Words,
        /// The pause in milliseconds.
        pause_ms: u64,
    },
    /// The sync ended; nothing follows.
    Ended {
        /// How.
        state: SyncTaskState,
    },
}

impl From<CoreStep> for SyncStep {
    fn from(step: CoreStep) -> Self {
        match step {
            CoreStep::Records { sent, all } => Self::Records { sent, all },
            CoreStep::Pulled(records) => Self::Pulled { records: records as u64 },
            CoreStep::Photo { sha256, state } => Self::Photo { photo: sha256, state },
            CoreStep::Cut { reason, pause_ms } => Self::Cut { why: Words::of(reason, &[]), pause_ms },
        }
    }
}

/// How a sync stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum SyncTaskState {
    /// It runs.
    Running,
    /// All was sent and taken in.
    Done,
    /// It stopped; [`SyncTask::outcome`] says why.
    Failed,
    /// It was cancelled; nothing is lost, the next one goes on where it stood.
    Cancelled,
}

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq, uniffi::Record)]
pub struct SyncDoneView {
    /// Own records sent.
    pub records: u64,
    /// Records of others taken in.
    pub pulled: u64,
    /// Photos that became safe.
    pub photos: u64,
    /// Photos that were set aside.
    pub set_aside: u64,
    /// How often the link failed.
    pub cuts: u32,
    /// Own records that the hub keeps but leaves out of the state, each with its reason.
    pub refused: Vec<Words>,
    /// The hub was restored from a backup: what it had forgotten was sent again.
    pub hub_restored: bool,
}

impl From<SyncDone> for SyncDoneView {
    fn from(done: SyncDone) -> Self {
        let words = |refused: &keyturn_core::sync::protocol::RefusedEvent| {
            let args: Vec<(&str, String)> = refused.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            Words::of(&refused.key, &args)
        };
        Self {
            records: done.records,
            pulled: done.pulled as u64,
            photos: done.photos as u64,
            set_aside: done.set_aside as u64,
            cuts: done.cuts,
            refused: done.refused.iter().map(words).collect(),
            hub_restored: done.hub_restored,
        }
    }
}

type Ended = Option<Result<SyncDoneView>>;

/// A sync that was started. It goes on when the shell lets go of this; [`SyncTask::cancel`] stops it.
#[derive(uniffi::Object)]
pub struct SyncTask {
    stop: watch::Sender<bool>,
    ended: watch::Receiver<Ended>,
    watchers: Arc<Watchers>,
}

fn state_of(ended: &Ended) -> SyncTaskState {
    match ended {
        None => SyncTaskState::Running,
        Some(Ok(_)) => SyncTaskState::Done,
        Some(Err(error)) if error.kind() == ErrorKind::Cancelled => SyncTaskState::Cancelled,
        Some(Err(_)) => SyncTaskState::Failed,
    }
}

impl SyncTask {
    /// Waits on this thread; whether it ended in time.
    pub(crate) fn wait_ended(&self, limit: Duration) -> bool {
        const POLL: Duration = Duration::from_millis(5);
        let give_up = Instant::now() + limit;
        while self.state() == SyncTaskState::Running {
            if Instant::now() > give_up {
                return false;
            }
            std::thread::sleep(POLL);
        }
        true
    }
}

#[uniffi::export]
impl SyncTask {
    /// Stops the sync, within a second; what was sent stays sent.
    pub fn cancel(&self) {
        self.stop.send_replace(true);
    }

    /// How it stands.
    pub fn state(&self) -> SyncTaskState {
        state_of(&self.ended.borrow())
    }

    /// What it did; none while it runs.
    pub fn outcome(&self) -> Result<Option<SyncDoneView>> {
        self.ended.borrow().clone().transpose()
    }

    /// Waits on the caller's thread, at most so long; whether it ended.
    pub fn wait(&self, limit_ms: u64) -> bool {
        self.wait_ended(Duration::from_millis(limit_ms))
    }

    /// Waits until it ended. Giving up the waiting does not stop the sync.
    pub async fn ended(&self) -> Result<SyncDoneView> {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(ended) => ended.clone().unwrap_or_else(|| Err(lost())),
            Err(_) => Err(lost()),
        }
    }
}

fn lost() -> KeyturnError {
    KeyturnError::new(ErrorKind::Other, "ffi-sync-lost", &[])
}

/// Hands steps over to a thread of its own, so that no shell holds up a sync.
struct Teller(Mutex<mpsc::Sender<SyncStep>>);

impl Teller {
    fn new(observer: Arc<dyn SyncObserver>) -> Self {
        let (send, receive) = mpsc::channel();
        let told = std::thread::Builder::new().name("keyturn-told".to_owned()).spawn(move || {
            for step in receive {
                if let Err(error) = observer.step(step) {
                    tracing::warn!(%error, "the shell's observer fails; the sync goes on");
                }
            }
        });
        if let Err(error) = told {
            tracing::warn!(%error, "no thread for the observer");
        }
        Self(Mutex::new(send))
    }

    fn tell(&self, step: SyncStep) {
        // An observer that is gone is told nothing.
        let _ = held(&self.0).send(step);
    }
}

/// Everybody who watches one sync; nobody any more once its end was told.
struct Watchers(Mutex<Option<Vec<Teller>>>);

impl Watchers {
    /// Whether the observer will be told the end.
    fn add(&self, observer: Arc<dyn SyncObserver>) -> bool {
        // The thread is made outside the lock.
        let teller = Teller::new(observer);
        held(&self.0).as_mut().map(|watchers| watchers.push(teller)).is_some()
    }

    fn tell(&self, step: &SyncStep) {
        held(&self.0).iter().flatten().for_each(|teller| teller.tell(step.clone()));
    }

    fn tell_end(&self, state: SyncTaskState) {
        let watchers = held(&self.0).take();
        watchers.iter().flatten().for_each(|teller| teller.tell(SyncStep::Ended { state }));
    }
}

impl CoreObserver for Watchers {
    fn step(&self, step: CoreStep) {
        self.tell(&step.into());
    }
}

/// The one line that always tells the truth about sync.
#[derive(Clone, Debug, uniffi::Record)]
pub struct StatusView {
    /// Records in all.
    pub records: u64,
    /// Records not yet on the hub.
    pub unsent_records: u64,
    /// Photos taken here.
    pub photos: u64,
    /// Photos not yet safe on the hub.
    pub unsent_photos: u64,
    /// Their bytes.
    pub unsent_bytes: u64,
    /// Photos set aside with a reason.
    pub set_aside: u64,
    /// The oldest thing that is only on this device.
    pub since: Option<UtcMs>,
    /// Whether a sync runs.
    pub running: bool,
    /// Why the last sync stopped: the message key.
    pub error_key: Option<String>,
    /// Why the last sync stopped, in words.
    pub why: Option<Words>,
    /// When sync should be tried again; none: when the shell likes.
    pub next_try: Option<UtcMs>,
    /// The last contact with the hub.
    pub last_contact: Option<UtcMs>,
    /// How far the device clock is ahead of the hub's, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// The clock is so far off that people are told.
    pub clock_warn: bool,
    /// Which way the clock is off and what to do, in words, when people are told.
    pub clock_words: Option<Words>,
    /// The hub has revoked this device.
    pub revoked: bool,
    /// Originals wait for Wi-Fi.
    pub wifi_only: bool,
    /// Conflicts, refused records, acts that did not fit.
    pub to_review: u64,
}

/// A photo taken here and where it stands.
#[derive(Clone, Debug, uniffi::Record)]
pub struct PhotoStateView {
    /// The original.
    pub photo: Sha256,
    /// Its size.
    pub bytes: u64,
    /// The snag or handover it belongs to.
    pub thing: Id,
    /// The unit as people say it.
    pub unit_label: String,
    /// What it belongs to, in words: the snag's number and defect.
    pub of: Words,
    /// When it was taken in.
    pub taken: UtcMs,
    /// Where it stands.
    pub state: PhotoState,
    /// How often sending failed.
    pub tries: u32,
    /// Why it waits, in words.
    pub why: Option<Words>,
}

/// A page of photos.
#[derive(Clone, Debug, uniffi::Record)]
pub struct PhotoStatePage {
    /// The rows.
    pub rows: Vec<PhotoStateView>,
    /// All there are under the same filter.
    pub total: u64,
}

/// Something to review.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ConflictView {
    /// The same on every device.
    pub id: Id,
    /// The thing.
    pub thing: Id,
    /// What it is: `snag`, `handover`, …
    pub thing_kind: String,
    /// The unit as people say it, where there is one.
    pub unit_label: String,
    /// `conflict`, `unfit` or `refused`.
    pub why: String,
    /// The field of a conflict, the act that did not fit, or the message key of a refusal.
    pub what: String,
    /// The same in words.
    pub words: Words,
    /// The values of a conflict; the first is the one shown. [`FieldStore::settle`] names them by their place.
    pub values: Vec<ValueView>,
}

/// One of several values of a field.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ValueView {
    /// The value in words.
    pub value: String,
    /// Who set it, where this device may read the name.
    pub by: Option<String>,
    /// In which role.
    pub role_name: Words,
    /// On this device.
    pub here: bool,
    /// Corrected time.
    pub at: UtcMs,
    /// Device clock minus corrected time, in milliseconds.
    pub skew_ms: i64,
    /// Its clock was found wrong.
    pub clock_wrong: bool,
}

/// When sync starts by itself.
#[derive(Clone, Debug, uniffi::Record)]
pub struct NextSyncView {
    /// Not before this time; one that is past means: as soon as the network allows. None: not by itself.
    pub at: Option<UtcMs>,
    /// The network it needs: [`Network::Metered`] is any, [`Network::Offline`] none, because none would help.
    pub needs: Network,
    /// Time and network are there, and none runs: start it now.
    pub now: bool,
    /// One runs.
    pub running: bool,
    /// Why, as a message key.
    pub why_key: String,
    /// Why, in words.
    pub why: Words,
}

/// What this device may still do.
#[derive(Clone, Debug, uniffi::Record)]
pub struct StandingView {
    /// It joined a project.
    pub joined: bool,
    /// The hub has revoked it: it hands in what it holds and gets nothing more.
    pub revoked: bool,
    /// New records are worth making: the hub would take them.
    pub may_record: bool,
    /// Records that are still to be handed in.
    pub unsent_records: u64,
    /// Photos that are still to be handed in.
    pub unsent_photos: u64,
    /// All that was made here is on the hub: the device can be given back.
    pub empty_handed: bool,
    /// Where it stands and what to do, in words.
    pub words: Words,
}

/// Which way the clock is off, and by how much.
fn clock_words(offset_ms: i64) -> Words {
    const DAY_MS: u64 = 24 * 3_600_000;
    const MINUTE_MS: u64 = 60_000;
    let off = offset_ms.unsigned_abs();
    let way = if offset_ms > 0 { "fast" } else { "slow" };
    match off / DAY_MS {
        0 => Words::of(&format!("clock-{way}-minutes"), &[("minutes", off.div_ceil(MINUTE_MS).to_string())]),
        days => Words::of(&format!("clock-{way}-days"), &[("days", days.to_string())]),
    }
}

fn network_of(opened: &Opened) -> Network {
    // Without the shell's word it is tried; when the shell fails, nothing costly is done.
    opened.network.as_ref().map_or(Network::Wifi, |network| network.current().unwrap_or(Network::Metered))
}

#[uniffi::export]
impl FieldStore {
    /// Starts sending and taking in, beside the caller. While one runs, that one is answered, and the observer is told what it does from there on.
    pub fn sync(&self, options: SyncOptions, observer: Option<Arc<dyn SyncObserver>>) -> Result<Arc<SyncTask>> {
        let opened = self.opened()?;
        opened.core.certificate()?;
        // Asked outside the lock: it is the shell's.
        let network = network_of(&opened);
        let mut running = held(&self.running);
        if let Some(task) = running.as_ref().filter(|task| task.state() == SyncTaskState::Running) {
            // One that ends at this moment is over: the next one begins.
            if observer.as_ref().is_none_or(|observer| task.watchers.add(observer.clone())) {
                return Ok(task.clone());
            }
        }
        if network == Network::Offline {
            opened.core.store().set_meta("sync_error", b"sync-offline")?;
            return Err(KeyturnError::new(ErrorKind::Network, "sync-offline", &[]));
        }
        let originals = options.originals_now || network == Network::Wifi || !opened.core.wifi_only()?;
        let core_options = CoreOptions { send: options.send, originals, tries: options.tries, ..CoreOptions::default() };
        let watchers = Arc::new(Watchers(Mutex::new(Some(observer.map(Teller::new).into_iter().collect()))));
        let syncer = Syncer::new(opened.core.clone(), core_options).observed(watchers.clone());
        let (stop, mut stopped) = watch::channel(false);
        let (end, ended) = watch::channel(None);
        let runtime = runtime()?;
        let work = runtime.spawn(async move {
            let done = tokio::select! {
                done = syncer.run() => done.map(SyncDoneView::from).map_err(KeyturnError::from),
                _ = stopped.wait_for(|stop| *stop) => Err(KeyturnError::new(ErrorKind::Cancelled, "sync-cancelled", &[])),
            };
            // Before anybody is told that it ended, nothing of it holds the store.
            drop((syncer, opened));
            done
        });
        let told = watchers.clone();
        runtime.spawn(async move {
            let done = work.await.unwrap_or_else(|_| Err(lost()));
            let state = state_of(&Some(done.clone()));
            end.send_replace(Some(done));
            told.tell_end(state);
        });
        let task = Arc::new(SyncTask { stop, ended, watchers });
        *running = Some(task.clone());
        Ok(task)
    }

    /// What is not yet safe on the hub, since when, why, and what happens next.
    pub fn status(&self) -> Result<StatusView> {
        let opened = self.opened()?;
        let core = &opened.core;
        let view = core.status()?;
        let warn_ms = i64::from(core.profile().handover.device.clock_warn_seconds.value) * 1_000;
        Ok(StatusView {
            records: view.records,
            unsent_records: view.unsent_records,
            photos: view.photos as u64,
            unsent_photos: view.unsent_photos.len() as u64,
            unsent_bytes: view.unsent_photos.iter().map(|p| p.bytes).sum(),
            set_aside: view.unsent_photos.iter().filter(|p| p.state == PhotoState::SetAside).count() as u64,
            since: view.since,
            running: held(&self.running).as_ref().is_some_and(|task| task.state() == SyncTaskState::Running),
            why: view.last_error.as_deref().map(|key| Words::of(key, &[])),
            revoked: view.last_error.as_deref() == Some("sync-device-revoked"),
            error_key: view.last_error,
            next_try: view.next_try,
            last_contact: view.last_contact,
            clock_words: view.clock_offset_ms.filter(|offset| offset.abs() > warn_ms).map(clock_words),
            clock_warn: view.clock_offset_ms.is_some_and(|offset| offset.abs() > warn_ms),
            clock_offset_ms: view.clock_offset_ms,
            wifi_only: core.wifi_only()?,
            to_review: view.to_review as u64,
        })
    }

    /// Photos taken here with their state, the oldest first, a page at a time; `unsent` leaves out those that are safe.
    pub fn photo_states(&self, unsent: bool, offset: u64, limit: u64) -> Result<PhotoStatePage> {
        let core = self.core()?;
        let all = core.store().photos(!unsent)?;
        let total = all.len() as u64;
        let page = all.into_iter().skip(usize::try_from(offset).unwrap_or(usize::MAX)).take(usize::try_from(limit).unwrap_or(usize::MAX));
        let taxonomy = &core.profile().taxonomy;
        let rows = page.map(|photo| {
            let snag = core.snag(photo.thing).ok().filter(|snag| snag.number > 0);
            let unit = match &snag {
                Some(snag) => snag.unit,
                None => core.store().thing(photo.thing)?.and_then(|thing| thing.unit),
            };
            let of = snag.map_or_else(
                || Words::of("ffi-photo-of-handover", &[]),
                |snag| {
                    let Words { zh, en } = Words::named(&taxonomy.defects, &snag.defect);
                    Words { zh: format!("{} {zh}", snag.number), en: format!("{} {en}", snag.number) }
                },
            );
            Ok(PhotoStateView {
                unit_label: unit.map(|unit| core.label(unit)).transpose()?.unwrap_or_default(),
                of,
                photo: photo.sha256,
                bytes: photo.bytes,
                thing: photo.thing,
                taken: photo.taken,
                state: photo.state,
                tries: photo.tries,
                why: photo.reason.as_deref().map(|key| Words::of(key, &[])),
            })
        });
        Ok(PhotoStatePage { rows: rows.collect::<Result<_>>()?, total })
    }

    /// Lets photos that were set aside, or wait after a failure, be tried again: one, or all; how many.
    pub fn retry_photos(&self, photo: Option<Sha256>) -> Result<u64> {
        Ok(self.core()?.retry_photos(photo)?)
    }

    /// Whether originals wait for Wi-Fi. Records and small pictures go over any network.
    pub fn set_wifi_only(&self, wifi_only: bool) -> Result<()> {
        Ok(self.core()?.set_wifi_only(wifi_only)?)
    }

    /// When sync starts by itself, and why: what a scheduler of the phone asks, and after each sync, each change of the network and each record
    /// asks again. It holds nothing back that a person starts.
    pub fn next_sync(&self) -> Result<NextSyncView> {
        let opened = self.opened()?;
        let link = match network_of(&opened) {
            Network::Offline => Link::Offline,
            Network::Metered => Link::Metered,
            Network::Wifi => Link::Unmetered,
        };
        let next = opened.core.next_sync(link)?;
        let running = held(&self.running).as_ref().is_some_and(|task| task.state() == SyncTaskState::Running);
        Ok(NextSyncView {
            at: next.at,
            needs: match next.needs {
                Link::Offline => Network::Offline,
                Link::Metered => Network::Metered,
                Link::Unmetered => Network::Wifi,
            },
            now: next.now && !running,
            running,
            why_key: next.why.key().to_owned(),
            why: Words::of(next.why.key(), &[]),
        })
    }

    /// What this device may still do. A revoked one hands in what it holds by [`FieldStore::sync`], which then ends as revoked and takes nothing
    /// in; what it records from now on the hub keeps and leaves out.
    pub fn standing(&self) -> Result<StandingView> {
        let core = self.core()?;
        let (joined, status) = (core.certificate().is_ok(), core.status()?);
        let revoked = status.last_error.as_deref() == Some("sync-device-revoked");
        let (records, photos) = (status.unsent_records, status.unsent_photos.len() as u64);
        let key = match (joined, revoked, records + photos) {
            (false, ..) => "standing-not-joined",
            (true, false, _) => "standing-good",
            (true, true, 0) => "standing-revoked-empty",
            (true, true, _) => "standing-revoked",
        };
        Ok(StandingView {
            joined,
            revoked,
            may_record: joined && !revoked,
            unsent_records: records,
            unsent_photos: photos,
            empty_handed: records + photos == 0,
            words: Words::of(key, &[("records", records.to_string()), ("photos", photos.to_string())]),
        })
    }

    /// Conflicts, acts that did not fit and records that the hub refused.
    pub fn conflicts(&self) -> Result<Vec<ConflictView>> {
        let core = self.core()?;
        let here = core.device();
        let roles = &core.profile().roles.list;
        let mut out = Vec::new();
        for conflict in core.conflicts()? {
            let unit = core.store().thing(conflict.thing)?.and_then(|thing| thing.unit);
            let mut values = Vec::new();
            for head in conflict.values {
                values.push(ValueView {
                    value: head.value,
                    by: core.person_name(head.actor)?,
                    role_name: Words::named(roles, &head.role),
                    here: head.device == here,
                    at: head.at,
                    skew_ms: head.skew_ms,
                    clock_wrong: head.clock_wrong,
                });
            }
            let words = match conflict.why {
                "refused" => Words::of(&conflict.what, &[]),
                why => Words::of(&format!("ffi-review-{why}"), &[("what", conflict.what.clone())]),
            };
            out.push(ConflictView {
                id: conflict.id,
                thing: conflict.thing,
                thing_kind: conflict.thing_kind,
                unit_label: unit.map(|unit| core.label(unit)).transpose()?.unwrap_or_default(),
                why: conflict.why.to_owned(),
                what: conflict.what,
                words,
                values,
            });
        }
        Ok(out)
    }

    /// Settles a conflict: the value at this place stands, knowing all the others.
    pub fn settle(&self, thing: Id, field: &str, choice: u32) -> Result<()> {
        Ok(self.core()?.settle(thing, field, choice as usize)?)
    }
}
