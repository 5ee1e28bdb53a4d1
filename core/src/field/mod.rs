//! `FieldStore`: the one way in for shells, for the command line and for our own crash tests. Every mutation is one synchronous
//! call that has committed when it returns; queries are paged; photos cross by path.

mod check;
mod export;
mod gathering;
mod handover;
mod missing;
mod papers;
mod people;
mod photo;
mod record;
mod repair;
mod review;
mod sign;
mod snag;
mod today;
mod units;
mod views;

pub use check::{CheckStep, CheckView, DamageView};
#[cfg(feature = "documents")]
pub use export::BlobPictures;
pub use export::{DocumentKind, ExportError};
pub use gathering::{GatheringKind, GatheringView, MinutesView, NewGathering, gathering_time, gathering_units};
pub(crate) use handover::participants_of;
pub use handover::{LineRequest, NewParticipant};
pub use missing::{MissingKind, MissingView};
pub use papers::StoredDocument;
pub use people::{ContractorRow, PersonRow};
pub use photo::LinePhotos;
pub(crate) use photo::photos_of;
pub use record::{FrozenRecord, FrozenSnag};
pub use review::ConflictView;
pub use sign::{FrozenView, SignRequest};
pub use snag::{NewSnag, SnagEdit};
pub use today::{JobKind, JobView, Missing, Urgency};
pub use units::{Measured, checklist_of, door_of};
pub(crate) use units::{facts_of, judge, rooms_of};
pub use views::*;

use crate::{
    evidence::{BlobError, BlobStore, FreeSpace, IntakePolicy, PhotoRefused},
    log::{
        Clock, Event, SystemClock,
        cert::{self, Certificate},
        fold::Aggregate,
        keys::{DeviceKey, HubPublic, KeyError, SoftwareKey},
    },
    model::{Digest, Id, PersonKey, UtcMs, body::Body},
    policy::{Profile, registry::Registry},
    rules::{self, Meets, Refusal},
    store::{Store, StoreError, Wrote},
    sync::protocol::EnrolAnswer,
    words::Told,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why a command was not done. The kinds are few and stable; the words say what to do.
#[derive(Debug, thiserror::Error)]
pub enum FieldError {
    /// The device has not joined a project yet.
    #[error("the device is not enrolled")]
    NotEnrolled,
    /// The answer of the hub is not one of the hub that the invite names, or not for this device.
    #[error("the hub's answer does not belong to this invite")]
    WrongHub,
    /// Nothing under this name here.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// Two devices without a network gave two snags one number; only their ids tell them apart.
    #[error("{} snags carry the number {number}", ids.len())]
    Several {
        /// The number.
        number: i64,
        /// Their ids.
        ids: Vec<Id>,
    },
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The photo cannot be taken in.
    #[error(transparent)]
    Photo(#[from] PhotoRefused),
    /// The device's disk or database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files' folder failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The device key cannot sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A document cannot be made.
    #[cfg(feature = "documents")]
    #[error(transparent)]
    Report(#[from] crate::report::ReportError),
}

impl Told for FieldError {
    fn key(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "field-not-enrolled",
            Self::WrongHub => "field-wrong-hub",
            Self::NotFound(_) => "field-not-found",
            Self::Several { .. } => "field-several",
            Self::Refused(refusal) => refusal.key,
            Self::Photo(refused) => refused.key(),
            Self::Store(error) if error.is_full() => "field-disk-full",
            Self::Store(StoreError::Later) => "field-store-later",
            Self::Store(error) if error.is_damaged() => "field-store-damaged",
            Self::Store(_) => "field-store",
            Self::Blob(error) => error.key(),
            Self::Key(_) => "field-key",
            #[cfg(feature = "documents")]
            Self::Report(error) => error.key(),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotFound(what) => vec![("what", (*what).to_owned())],
            Self::Several { number, ids } => {
                vec![("number", number.to_string()), ("ids", ids.iter().map(Id::to_string).collect::<Vec<_>>().join(", "))]
            }
            Self::Refused(refusal) => refusal.args.clone(),
            Self::Photo(refused) => refused.args(),
            _ => Vec::new(),
        }
    }

    fn also(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        if let Self::Refused(refusal) = self { refusal.also() } else { Vec::new() }
    }
}

pub(crate) type Result<T> = std::result::Result<T, FieldError>;

/// What a shell brings: clock, key, free space. [`Surroundings::desktop`] has software for all of it.
pub struct Surroundings {
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// The device's key; `None` keeps one in software in the store's folder.
    pub key: Option<Arc<dyn DeviceKey>>,
    /// Where free space is asked; `None` asks the volume.
    pub space: Option<Arc<dyn FreeSpace>>,
}

impl Surroundings {
    /// The machine's clock, a key in a file only this user reads, the volume's free space.
    pub fn desktop() -> Self {
        Self { clock: Arc::new(SystemClock), key: None, space: None }
    }
}

/// Who holds this device, as certified by the hub.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: Certificate,
    pub(crate) certificate_bytes: Vec<u8>,
    pub(crate) hub: HubPublic,
    pub(crate) zone: chrono_tz::Tz,
}

/// What belongs to one database: SQLite's own files and the key of its chain, the database last.
const STORE_FILES: [&str; 4] = ["device.key", "keyturn.db-shm", "keyturn.db-wal", "keyturn.db"];

/// The field app without a screen.
pub struct FieldStore {
    dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) blobs: BlobStore,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) key: Arc<dyn DeviceKey>,
    pub(crate) intake: IntakePolicy,
    policies: Registry,
    identity: std::sync::RwLock<Option<Identity>>,
    /// Photos whose large picture is still to be made.
    unpictured: std::sync::Mutex<std::collections::VecDeque<Digest>>,
}

impl FieldStore {
    /// Opens the store in a folder, creating it.
    ///
    /// # Errors
    /// When the folder, database or key cannot be used.
    pub fn open(dir: &Path, surroundings: Surroundings) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(StoreError::Io)?;
        let had_key = dir.join("device.key").exists();
        let store = Store::open(&dir.join("keyturn.db"))?;
        let blobs = match surroundings.space {
            Some(space) => BlobStore::open_with(&dir.join("files"), Arc::new(crate::evidence::RealDisk), space)?,
            None => BlobStore::open(&dir.join("files"))?,
        };
        let key = match surroundings.key {
            Some(key) => key,
            None => Arc::new(software_key(&dir.join("device.key"))?),
        };
        // A store that has photos had a database with a chain: an empty one in its place must not say that all is safe.
        if had_key && store.chain().is_none() && !blobs.digests()?.is_empty() {
            return Err(StoreError::Damaged("the database was emptied").into());
        }
        store.become_device(device_id(&key.public()))?;
        let intake = IntakePolicy::product_default().map_err(|_| StoreError::Damaged("photo policy"))?;
        let this = Self {
            dir: dir.to_owned(),
            store,
            blobs,
            clock: surroundings.clock,
            key,
            intake,
            policies: Registry::default(),
            identity: std::sync::RwLock::new(None),
            unpictured: std::sync::Mutex::default(),
        };
        this.load_policies()?;
        this.load_identity()?;
        Ok(this)
    }

    /// Sets a store that cannot be read aside, with the key that belongs to its chain, in a folder of its own beside the originals,
    /// and answers where. Nothing is deleted: what it holds can still be read from there. The device then joins again as a new one.
    ///
    /// # Errors
    /// When the store is sound, or when the files cannot be moved; moved or not, none is lost.
    pub fn set_aside(dir: &Path, clock: &dyn Clock) -> Result<PathBuf> {
        if dir.join("keyturn.db").exists() && Store::is_sound(&dir.join("keyturn.db"))? {
            return Err(Refusal::plain("field-store-sound").into());
        }
        let stamp = clock.wall().to_utc().format("%Y%m%dT%H%M%SZ");
        let aside = dir.join(format!("set-aside-{stamp}"));
        let found: Vec<&str> = STORE_FILES.into_iter().filter(|name| dir.join(name).exists()).collect();
        if found.is_empty() {
            return Err(FieldError::NotFound("store"));
        }
        std::fs::create_dir(&aside).map_err(StoreError::Io)?;
        // The database last: until it is moved, the store is still the old one.
        for name in found {
            std::fs::rename(dir.join(name), aside.join(name)).map_err(StoreError::Io)?;
        }
        Ok(aside)
    }

    /// The folder of the store.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The device's database: what sync, export and tests read.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The device's files by digest.
    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
    }

    /// The policy profile for what begins today.
    pub fn profile(&self) -> &'static Profile {
        self.policies.for_new(self.today())
    }

    /// The policy profile of a running case: the one it began under.
    pub fn profile_of(&self, case: &Aggregate) -> &'static Profile {
        self.policies.of_case(Some(case), None, self.today())
    }

    /// The policy profile of a unit's handover, or the one for a handover that begins today.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn profile_at(&self, unit: Id) -> Result<&'static Profile> {
        let handover = self.store.thing(handover_id(unit))?;
        Ok(self.policies.of_case(handover.as_ref(), None, self.today()))
    }

    /// The profiles of this project.
    pub fn policies(&self) -> &Registry {
        &self.policies
    }

    pub(crate) fn today(&self) -> chrono::NaiveDate {
        let zone = self.identity().map_or_else(|_| Profile::builtin().time_zone, |identity| identity.zone);
        self.now().to_utc().with_timezone(&zone).date_naive()
    }

    /// Takes the profiles that the hub has published; after a pull there may be new ones.
    pub(crate) fn load_policies(&self) -> Result<()> {
        let published = self.store.list(crate::model::body::AggKind::Policy, None, None, 0, u64::from(u32::MAX))?;
        self.policies.take_all(&published);
        Ok(())
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The device's key.
    pub fn key(&self) -> &dyn DeviceKey {
        &*self.key
    }

    /// The device's id: it follows from its key.
    pub fn device(&self) -> Id {
        device_id(&self.key.public())
    }

    /// Corrected time now.
    pub fn now(&self) -> UtcMs {
        self.store.clock_state().corrected(&*self.clock)
    }

    fn load_identity(&self) -> Result<()> {
        let (Some(certificate_bytes), Some(hub)) = (self.store.meta("certificate")?, self.store.meta("hub_public")?) else { return Ok(()) };
        let hub = HubPublic(hub.try_into().map_err(|_| StoreError::Damaged("hub key"))?);
        let certificate = cert::open(&certificate_bytes, &hub).map_err(|_| StoreError::Damaged("certificate"))?;
        let zone =
            self.store.meta("zone")?.and_then(|z| String::from_utf8(z).ok()).and_then(|z| z.parse().ok()).unwrap_or_else(|| Profile::builtin().time_zone);
        let mut slot = self.identity.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        *slot = Some(Identity { certificate, certificate_bytes, hub, zone });
        Ok(())
    }

    pub(crate) fn identity(&self) -> Result<Identity> {
        self.identity.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone().ok_or(FieldError::NotEnrolled)
    }

    /// The certificate of this device.
    ///
    /// # Errors
    /// When it is not enrolled.
    pub fn certificate(&self) -> Result<Certificate> {
        Ok(self.identity()?.certificate)
    }

    /// The certificate's bytes, as signed by the hub.
    ///
    /// # Errors
    /// When the device is not enrolled.
    pub fn certificate_bytes(&self) -> Result<Vec<u8>> {
        Ok(self.identity()?.certificate_bytes)
    }

    /// The hub's key.
    ///
    /// # Errors
    /// When the device is not enrolled.
    pub fn hub(&self) -> Result<HubPublic> {
        Ok(self.identity()?.hub)
    }

    /// The project's zone.
    ///
    /// # Errors
    /// When the device is not enrolled.
    pub fn zone(&self) -> Result<chrono_tz::Tz> {
        Ok(self.identity()?.zone)
    }

    /// Takes the hub's answer to an enrolment; the hub's key must have the fingerprint that the invite named.
    ///
    /// # Errors
    /// [`FieldError::WrongHub`] when it has not, or when the certificate is for another device.
    pub fn take_certificate(&self, answer: &EnrolAnswer, hub_fingerprint: Digest) -> Result<Certificate> {
        let bytes = |hex: &str| -> Option<Vec<u8>> {
            (hex.len().is_multiple_of(2) && hex.is_ascii()).then_some(())?;
            (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[i * 2..i * 2 + 2], 16).ok()).collect()
        };
        let hub = bytes(&answer.hub_public).and_then(|b| b.try_into().ok()).map(HubPublic).ok_or(FieldError::WrongHub)?;
        if hub.fingerprint() != hub_fingerprint {
            return Err(FieldError::WrongHub);
        }
        let certificate_bytes = bytes(&answer.certificate).ok_or(FieldError::WrongHub)?;
        let certificate = cert::open(&certificate_bytes, &hub).map_err(|_| FieldError::WrongHub)?;
        if certificate.device != self.device() || certificate.public != self.key.public() {
            return Err(FieldError::WrongHub);
        }
        self.store.set_meta("hub_public", &hub.0)?;
        self.store.set_meta("zone", answer.zone.as_bytes())?;
        self.store.set_meta("project_name", answer.project_name.as_bytes())?;
        self.store.set_meta("certificate", &certificate_bytes)?;
        self.store.note_contact(answer.hub_time, &*self.clock)?;
        self.load_identity()?;
        Ok(certificate)
    }

    /// Runs one act of the device's holder: all its events are committed together or not at all.
    pub(crate) fn act<T>(&self, work: impl FnOnce(&mut Acting<'_, '_>) -> Result<T>) -> Result<T> {
        let identity = self.identity()?;
        let certificate = &identity.certificate;
        let today = self.today();
        let policy = self.policies.for_new(today).at.to_string();
        self.store.write(&*self.clock, (certificate.person, &certificate.role, &policy), |wrote| {
            work(&mut Acting { wrote, role: &certificate.role, policies: &self.policies, zone: identity.zone, today })
        })
    }

    /// Asks the rules about an event without making it.
    pub(crate) fn would_admit(&self, agg: Id, body: &Body) -> Result<()> {
        let thing = self.store.thing(agg)?;
        let unit = thing.as_ref().and_then(|t| t.unit).map(|unit| self.store.thing(unit)).transpose()?.flatten();
        let role = self.identity()?.certificate.role;
        let profile = self.policies.of_case(thing.as_ref(), None, self.today());
        let zone = self.zone().unwrap_or(profile.time_zone);
        rules::admit(body, &Meets { role: &role, thing: thing.as_ref(), unit: unit.as_ref(), profile, policies: &self.policies, zone })?;
        Ok(rules::fits(body, thing.as_ref())?)
    }

    /// Asks the rules whether the holder's role may do an act on a thing, before anything else is said about it.
    pub(crate) fn may(&self, thing: &Aggregate, act: &str) -> Result<()> {
        let role = self.identity()?.certificate.role;
        let may = self.policies.of_case(Some(thing), None, self.today()).roles.may(&role, act);
        if may { Ok(()) } else { Err(Refusal::of("rule-role", vec![("role", role), ("act", act.to_owned())]).into()) }
    }

    /// The key of a person, made when there is none yet and the person is new here.
    pub(crate) fn key_of(&self, person: Id) -> Result<Option<PersonKey>> {
        Ok(self.store.person_key(person)?)
    }

    pub(crate) fn need(&self, id: Id, what: &'static str) -> Result<Aggregate> {
        self.store.thing(id)?.filter(|t| t.created.is_some()).ok_or(FieldError::NotFound(what))
    }
}

/// One act in progress: checks each event against the rules before it is appended.
pub(crate) struct Acting<'a, 'b> {
    pub(crate) wrote: &'a mut Wrote<'b>,
    role: &'a str,
    policies: &'a Registry,
    zone: chrono_tz::Tz,
    today: chrono::NaiveDate,
}

impl Acting<'_, '_> {
    /// Appends an event if the rules allow it.
    pub(crate) fn append(&mut self, agg: Id, body: &Body) -> Result<Event> {
        let thing = self.wrote.thing(agg)?.cloned();
        let unit_id = match (body, &thing) {
            (Body::Create(create), _) => create.unit,
            (_, Some(thing)) => thing.unit,
            _ => None,
        };
        let unit = match unit_id {
            Some(unit) => self.wrote.thing(unit)?.cloned(),
            None => None,
        };
        let parent = match body {
            Body::Create(create) => match create.parent {
                Some(parent) => self.wrote.thing(parent)?.cloned(),
                None => None,
            },
            _ => None,
        };
        let profile = self.policies.of_case(thing.as_ref(), parent.as_ref(), self.today);
        let meets = Meets { role: self.role, thing: thing.as_ref(), unit: unit.as_ref(), profile, policies: self.policies, zone: self.zone };
        rules::admit(body, &meets)?;
        rules::fits(body, thing.as_ref())?;
        Ok(self.wrote.append_under(&profile.at.to_string(), agg, body)?)
    }

    /// The profile of a running case.
    pub(crate) fn profile_of(&self, case: &Aggregate) -> &'static Profile {
        self.policies.of_case(Some(case), None, self.today)
    }

    pub(crate) fn thing(&mut self, id: Id, what: &'static str) -> Result<Aggregate> {
        self.wrote.thing(id)?.filter(|t| t.created.is_some()).cloned().ok_or(FieldError::NotFound(what))
    }

    /// The key of a person; a new one for somebody first met here, kept in the same transaction.
    pub(crate) fn person_key(&mut self, person: Id) -> Result<PersonKey> {
        if let Some(key) = self.wrote.person_key(person)? {
            return Ok(key);
        }
        let key = PersonKey::generate();
        self.wrote.add_person_key(person, &key)?;
        Ok(key)
    }
}

/// A device's id follows from its public key.
pub fn device_id(public: &[u8; 33]) -> Id {
    Id::derived(&[b"keyturn-device-v1", public])
}

/// The handover of a unit has one id wherever it is begun.
pub fn handover_id(unit: Id) -> Id {
    Id::derived(&[b"keyturn-handover-v1", &unit.0])
}

fn software_key(path: &Path) -> Result<SoftwareKey> {
    use std::io::Write;
    match std::fs::read(path) {
        Ok(secret) => return Ok(SoftwareKey::from_secret(&secret)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(StoreError::Io(error).into()),
    }
    let key = SoftwareKey::generate();
    let draft = path.with_extension("key.new");
    let write = || -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(&key.secret())?;
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        if let Some(parent) = path.parent() {
            std::fs::File::open(parent)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(StoreError::Io)?;
    Ok(key)
}
