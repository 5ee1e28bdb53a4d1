//! The hub: one project's events, files, keys and people, behind one handle that server, console, owner's pages and command share.

use crate::{
    config::{HubConfig, Limits},
    error::HubError,
    ledger::{Cache, Ledger},
    roles::HUB_ROLE,
    store::{Commit, DeviceRow, EventStore, FileStore, Head, Record, SealRow, StoreError, files::Folder, sql::SqlStore},
};
use keyturn_core::{
    log::{
        Chain, Clock, ClockState, Event, NewEvent, OrderKey,
        cert::{self, Certificate, Scope},
        fold::Aggregate,
        keys::{DeviceKey, HubKey, HubPublic, SoftwareKey},
        seal::{self, SealClaim, SealPurpose},
    },
    model::{
        Digest, Id, UtcMs,
        act::Act,
        body::{AggKind, Body, Create},
        id::fill_random,
    },
    policy::{Profile, registry::Registry},
};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
    sync::{Arc, Mutex as StdMutex, PoisonError},
};
use tokio::sync::{Mutex, broadcast};

/// How many changes a slow listener may fall behind before it misses some.
const CHANGES_KEPT: usize = 1024;

/// Something changed; for pages that show it live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// These things.
    Things(Arc<Vec<Id>>),
    /// A device: last contact, what is unsent, revoked.
    Device(Id),
    /// A file became safe.
    Blob(Digest),
}

/// The hub. Clones share everything.
#[derive(Clone)]
pub struct Hub(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) files: Arc<dyn FileStore>,
    pub(crate) key: HubKey,
    pub(crate) device_key: SoftwareKey,
    pub(crate) secret: [u8; 32],
    pub(crate) project: Id,
    pub(crate) project_name: String,
    pub(crate) zone: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) messenger: Arc<dyn crate::codes::Messenger>,
    pub(crate) data: std::path::PathBuf,
    pub(crate) policies: Arc<Registry>,
    pub(crate) url: StdMutex<Option<String>>,
    pub(crate) tls: StdMutex<Option<Digest>>,
    pub(crate) writer: Mutex<Writer>,
    /// How far readers see: the start that gave the last number, and that number. A pull never waits for a push.
    pub(crate) seen: StdMutex<(Id, u64)>,
    pub(crate) changes: broadcast::Sender<Changed>,
    pub(crate) server: crate::server::State,
    sql: Option<Arc<SqlStore>>,
    _lock: Option<File>,
}

/// What only the one writer touches.
pub(crate) struct Writer {
    pub(crate) head: Head,
    /// The chain of this start of the hub; opened with its first own event.
    pub(crate) chain: Option<DeviceRow>,
    clock: ClockState,
    /// The start that gave the last number, as cursors name it; a start that has given none goes on under the name of the one before.
    pub(crate) epoch: Id,
    epoch_noted: bool,
    pub(crate) cache: Cache,
}

impl Writer {
    /// What to go back to when an operation is given up before its commit.
    pub(crate) fn clone_chain(&self) -> Option<DeviceRow> {
        self.chain.clone()
    }

    pub(crate) fn restore_chain(&mut self, chain: Option<DeviceRow>) {
        // After a failed commit the chain was dropped for good.
        if self.chain.is_some() {
            self.chain = chain;
        }
    }
}

/// Runs `work` to its end even when the caller goes away: a commit and what follows from it belong together.
pub(crate) async fn detached<T: Send + 'static>(work: impl Future<Output = Result<T, HubError>> + Send + 'static) -> Result<T, HubError> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(_) => Err(HubError::Store(StoreError::Damaged("the task ended early"))),
    }
}

fn read_or_make_secret(path: &Path) -> Result<[u8; 32], HubError> {
    match fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|_| HubError::Key(format!("{} is damaged", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut secret = [0; 32];
            fill_random(&mut secret);
            write_private(path, &secret)?;
            Ok(secret)
        }
        Err(error) => Err(HubError::Key(error.to_string())),
    }
}

/// Writes a file that only this user reads, durably.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), HubError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || {
        let partial = path.with_extension("new");
        let _ = fs::remove_file(&partial);
        let mut file = options.open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(|error: std::io::Error| HubError::Key(error.to_string()))
}

impl Hub {
    /// Opens the hub in a folder, or makes a new one there: SQLite, files, keys.
    ///
    /// # Errors
    /// When the folder is in use by another hub, or cannot be read or written.
    pub async fn open(config: HubConfig) -> Result<Self, HubError> {
        let disk = |error: std::io::Error| HubError::Store(error.into());
        fs::create_dir_all(&config.data).map_err(disk)?;
        #[cfg(unix)]
        fs::set_permissions(&config.data, std::os::unix::fs::PermissionsExt::from_mode(0o700)).map_err(disk)?;
        let lock = File::create(config.data.join("lock")).map_err(disk)?;
        lock.try_lock().map_err(|_| HubError::Locked)?;
        let sql = Arc::new(SqlStore::open(&config.data.join("hub.sqlite")).await?);
        let files = Arc::new(Folder::open(&config.data)?);
        Self::assemble(config, sql.clone(), files, Some(sql), Some(lock)).await
    }

    /// Opens the hub over other stores; keys stay in the folder.
    ///
    /// # Errors
    /// When keys or stores cannot be read or written.
    pub async fn open_with(config: HubConfig, store: Arc<dyn EventStore>, files: Arc<dyn FileStore>) -> Result<Self, HubError> {
        fs::create_dir_all(&config.data).map_err(|error| HubError::Store(error.into()))?;
        Self::assemble(config, store, files, None, None).await
    }

    async fn assemble(
        config: HubConfig,
        store: Arc<dyn EventStore>,
        files: Arc<dyn FileStore>,
        sql: Option<Arc<SqlStore>>,
        lock: Option<File>,
    ) -> Result<Self, HubError> {
        let key = HubKey::from_secret(read_or_make_secret(&config.data.join("hub.key"))?);
        let device_key = SoftwareKey::from_secret(&read_or_make_secret(&config.data.join("hub-device.key"))?).map_err(|e| HubError::Key(e.to_string()))?;
        let secret = read_or_make_secret(&config.data.join("session.key"))?;
        let now = config.clock.wall();
        let setting = async |name: &str, value: Vec<u8>| -> Result<Vec<u8>, HubError> {
            if let Some(found) = store.record("setting", name.into()).await? {
                return Ok(found);
            }
            let head = store.head().await?.hub_seq;
            let record = Record { kind: "setting", key: name.into(), value: Some(value.clone()) };
            store.commit(Commit { hub_seq: head, after: head, records: vec![record], ..Commit::default() }).await?;
            Ok(value)
        };
        let project = setting("project", Id::random(now.0).0.to_vec()).await?;
        let project = Id(project.try_into().map_err(|_| StoreError::Damaged("the project's id"))?);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| StoreError::Damaged("a setting"));
        let project_name = text(setting("project_name", config.project_name.clone().into_bytes()).await?)?;
        let zone = text(setting("zone", config.zone.clone().into_bytes()).await?)?;
        let head = store.head().await?;
        let writer = Writer { head, chain: None, clock: ClockState::default(), epoch: Id::default(), epoch_noted: false, cache: HashMap::new() };
        let hub = Self(Arc::new(Inner {
            store,
            files,
            key,
            device_key,
            secret,
            project,
            project_name,
            zone,
            clock: config.clock,
            limits: config.limits,
            messenger: config.messenger,
            data: config.data,
            policies: Arc::new(Registry::default()),
            url: StdMutex::new(config.url),
            tls: StdMutex::new(None),
            writer: Mutex::new(writer),
            seen: StdMutex::new((Id::default(), head.hub_seq)),
            changes: broadcast::channel(CHANGES_KEPT).0,
            server: crate::server::State::default(),
            sql,
            _lock: lock,
        }));
        if let Some((_, epoch)) = hub.0.starts().await?.pop() {
            hub.0.writer.lock().await.epoch = epoch;
            hub.0.see(epoch, head.hub_seq);
        }
        hub.0.policies.take_all(&hub.all(AggKind::Policy).await?);
        Ok(hub)
    }

    /// The profiles of this project: shipped and published.
    pub fn policies(&self) -> &Registry {
        &self.0.policies
    }

    /// The profile for what begins today.
    pub fn profile(&self) -> &'static Profile {
        self.0.policies.for_new(self.0.today())
    }

    /// The profile that a running case keeps.
    pub fn profile_of(&self, case: &Aggregate) -> &'static Profile {
        self.0.policies.of_case(Some(case), None, self.0.today())
    }

    /// Writes the database's journal back, so that the folder can be copied. Call it last.
    pub async fn close(&self) {
        let _writer = self.0.writer.lock().await;
        if let Some(sql) = &self.0.sql {
            sql.close().await;
        }
    }

    /// The project.
    pub fn project(&self) -> Id {
        self.0.project
    }

    /// The project's name.
    pub fn project_name(&self) -> &str {
        &self.0.project_name
    }

    /// The project's zone.
    pub fn zone(&self) -> &str {
        &self.0.zone
    }

    /// The hub's public key, the root of trust.
    pub fn public(&self) -> HubPublic {
        self.0.key.public()
    }

    /// The hub's key, for what signs in its name.
    pub fn key(&self) -> &HubKey {
        &self.0.key
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The hub's time.
    pub fn now(&self) -> UtcMs {
        self.0.clock.wall()
    }

    /// Limits.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The event store, for reading.
    pub fn store(&self) -> &Arc<dyn EventStore> {
        &self.0.store
    }

    /// The file store.
    pub fn files(&self) -> &Arc<dyn FileStore> {
        &self.0.files
    }

    /// The person in whose name the hub itself acts.
    pub fn own_person(&self) -> Id {
        self.public().device_id()
    }

    /// What changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.0.changes.subscribe()
    }

    pub(crate) fn tell(&self, changed: Changed) {
        // Nobody may be listening.
        let _ = self.0.changes.send(changed);
    }
}

impl Inner {
    /// The project's zone.
    pub(crate) fn tz(&self) -> chrono_tz::Tz {
        self.zone.parse().unwrap_or(Profile::builtin().time_zone)
    }

    /// Today in the project's zone.
    pub(crate) fn today(&self) -> chrono::NaiveDate {
        self.clock.wall().to_utc().with_timezone(&self.tz()).date_naive()
    }

    /// The profile for an event of the hub: that of its case, or the one in force.
    pub(crate) fn profile_for(&self, ledger: &Ledger, agg: Id, body: &Body) -> &'static Profile {
        let parent = if let Body::Create(create) = body { create.parent } else { None };
        self.policies.of_case(ledger.state(agg), parent.and_then(|parent| ledger.state(parent)), self.today())
    }

    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::new(self.project)
    }

    /// Writes a commit whose events (if any) came from `ledger`, and takes over the states. After a failure the writer begins from the store again.
    pub(crate) async fn commit(&self, writer: &mut Writer, mut ledger: Ledger, received: UtcMs, mut commit: Commit) -> Result<Arc<Vec<Id>>, HubError> {
        let again = ledger.to_fold_again();
        ledger.load_history(&*self.store, again).await?;
        commit.after = writer.head.hub_seq;
        let leaves = commit.leaves.len() as u64;
        let finish = move || ledger.finish(received, &mut commit).map(|finished| (finished, commit));
        let (finished, mut commit) = match tokio::task::spawn_blocking(finish).await {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => {
                self.reset(writer).await;
                return Err(error.into());
            }
            Err(_) => return Err(HubError::Store(StoreError::Damaged("the task ended early"))),
        };
        // A key's change is numbered too, so that a device that has pulled up to here learns of it.
        for key in &mut commit.keys {
            commit.hub_seq += 1;
            key.changed = commit.hub_seq;
        }
        let epoch = if commit.hub_seq > commit.after && !writer.epoch_noted { Some(Id::random(received.0)) } else { None };
        if let Some(epoch) = epoch {
            commit.records.push(Record { kind: "epoch", key: epoch.0.to_vec(), value: Some(commit.after.to_be_bytes().to_vec()) });
        }
        self.seal_own(writer, &mut commit)?;
        let hub_seq = commit.hub_seq;
        if let Err(error) = self.store.commit(commit).await {
            self.reset(writer).await;
            return Err(error.into());
        }
        if let Some(epoch) = epoch {
            (writer.epoch, writer.epoch_noted) = (epoch, true);
        }
        writer.head = Head { hub_seq, leaves: writer.head.leaves + leaves };
        self.see(writer.epoch, hub_seq);
        if writer.cache.len() + finished.states.len() > self.limits.cached_states {
            writer.cache.clear();
        }
        if finished.states.len() <= self.limits.cached_states {
            writer.cache.extend(finished.states.into_iter().map(|(state, links)| (state.id, (state, links))));
        }
        let things = Arc::new(finished.things);
        if !things.is_empty() {
            let _ = self.changes.send(Changed::Things(things.clone()));
        }
        Ok(things)
    }

    fn see(&self, epoch: Id, hub_seq: u64) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = (epoch, hub_seq);
    }

    /// The start that gave the last number, and that number.
    pub(crate) fn seen(&self) -> (Id, u64) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After a failed commit nothing in memory can be trusted; a new chain is opened, for nobody knows what of the old one is stored.
    async fn reset(&self, writer: &mut Writer) {
        writer.cache.clear();
        writer.chain = None;
        if let Ok(head) = self.store.head().await {
            writer.head = head;
        }
    }

    /// If the commit holds own events, seals the own chain.
    fn seal_own(&self, writer: &Writer, commit: &mut Commit) -> Result<(), HubError> {
        let Some(row) = &writer.chain else { return Ok(()) };
        if !commit.events.iter().any(|e| e.device == row.id) {
            return Ok(());
        }
        let claim = SealClaim { device: row.id, chain: row.chain, at: self.clock.wall(), purpose: SealPurpose::Batch };
        let bytes = seal::seal(&claim, &self.device_key).map_err(|e| HubError::Key(e.to_string()))?;
        commit.seals.push(SealRow { device: row.id, seq: row.chain.seq, seal: bytes });
        commit.devices.push(row.clone());
        Ok(())
    }

    /// Makes the next event of the hub's own chain, opening the chain if this is the first one. Its events (the chain's own certificate
    /// among them) are added to the ledger; things they concern must have been read.
    pub(crate) async fn append_own(&self, writer: &mut Writer, ledger: &mut Ledger, actor: Id, role: &str, agg: Id, body: &Body) -> Result<Event, HubError> {
        if writer.chain.is_none() {
            self.open_chain(writer, ledger).await?;
        }
        self.next_own(writer, ledger, actor, role, agg, body).await
    }

    async fn next_own(&self, writer: &mut Writer, ledger: &mut Ledger, actor: Id, role: &str, agg: Id, body: &Body) -> Result<Event, HubError> {
        let (hlc, skew_ms) = writer.clock.tick(&*self.clock);
        let Some(row) = &mut writer.chain else { return Err(HubError::Store(StoreError::Damaged("no chain"))) };
        let policy = self.profile_for(ledger, agg, body).at.to_string();
        let new = NewEvent { device: row.id, actor, role, policy: &policy, skew_ms, agg, seq: row.chain.seq + 1, hlc, body };
        let event = Event::encode(&new);
        row.chain.push(event.digest());
        let mut pending = event.clone();
        loop {
            match ledger.add(pending, body) {
                Ok(()) => return Ok(event),
                Err((needs, back)) => {
                    ledger.load(&*self.store, &mut writer.cache, [needs.0]).await?;
                    ledger.load_history(&*self.store, [needs.0]).await?;
                    pending = back;
                }
            }
        }
    }

    async fn open_chain(&self, writer: &mut Writer, ledger: &mut Ledger) -> Result<(), HubError> {
        let now = self.clock.wall();
        let (id, person) = (Id::random(now.0), self.key.public().device_id());
        let certificate = Certificate {
            project: self.project,
            device: id,
            public: self.device_key.public(),
            person,
            role: HUB_ROLE.to_owned(),
            scope: Scope::Project,
            issued: now,
        };
        let certificate = cert::issue(&certificate, &self.key);
        writer.chain = Some(DeviceRow {
            id,
            certificate: certificate.clone(),
            name: HUB_ROLE.to_owned(),
            platform: HUB_ROLE.to_owned(),
            chain: Chain::start(id),
            leaf: None,
            revoked: None,
            last_contact: None,
            offset_ms: None,
            unsent_records: 0,
            unsent_photos: 0,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            wrong_until: 0,
            wrong_ms: 0,
            hub: true,
        });
        ledger.load(&*self.store, &mut writer.cache, [id]).await?;
        let create = Body::Create(Create { kind: AggKind::Device, unit: None, parent: None, fields: vec![("name".to_owned(), HUB_ROLE.into())] });
        self.next_own(writer, ledger, person, HUB_ROLE, id, &create).await?;
        self.next_own(writer, ledger, person, HUB_ROLE, id, &Body::Act(Act::Enrol(certificate))).await?;
        Ok(())
    }

    /// The starts of the hub that gave numbers: after which number, and the name; in order.
    pub(crate) async fn starts(&self) -> Result<Vec<(u64, Id)>, StoreError> {
        let mut starts = Vec::new();
        for (name, began) in self.store.records("epoch").await? {
            if let (Ok(name), Ok(began)) = (name.try_into(), began.try_into()) {
                starts.push((u64::from_be_bytes(began), Id(name)));
            }
        }
        starts.sort_unstable();
        Ok(starts)
    }

    /// The next own event comes after `event`.
    pub(crate) fn observe(&self, writer: &mut Writer, event: &Event) {
        writer.clock.observe(event.hlc, &*self.clock);
    }

    /// The next own event comes after what stands at `order`.
    pub(crate) fn observe_order(&self, writer: &mut Writer, order: OrderKey) {
        writer.clock.observe(order.hlc, &*self.clock);
    }
}
