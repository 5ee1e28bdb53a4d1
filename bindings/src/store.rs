//! The one object.

use crate::{
    error::{ErrorKind, KeyturnError},
    foreign::{KeyPlace, NetworkState, Surroundings},
    sync::SyncTask,
};
use keyturn_core::{field::FieldStore as Core, log::SystemClock, store::StoreError};
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Short: every call of the facade gives this or an error.
pub(crate) type Result<T> = std::result::Result<T, KeyturnError>;

/// An open store with the right to write to it. The core goes first, the right last.
pub(crate) struct Opened {
    pub(crate) core: Arc<Core>,
    pub(crate) network: Option<Arc<dyn NetworkState>>,
    _lock: File,
}

/// The field app without a screen: records, photos, signatures and sync of one device.
///
/// Every call may come from any thread. What changes something has committed when it returns, or has changed nothing. The store is open until
/// [`FieldStore::shut`] was called or the object is gone, and nothing that it started is still running.
#[derive(uniffi::Object)]
pub struct FieldStore {
    opened: Mutex<Option<Arc<Opened>>>,
    pub(crate) running: Mutex<Option<Arc<SyncTask>>>,
}

/// How long an opening waits for another one on the same folder: an app that restarts meets itself.
const LOCK_WAIT: Duration = Duration::from_secs(3);
const LOCK_POLL: Duration = Duration::from_millis(20);

fn lock(dir: &Path) -> Result<File> {
    std::fs::create_dir_all(dir).map_err(StoreError::Io)?;
    let lock = File::create(dir.join("lock")).map_err(StoreError::Io)?;
    let give_up = Instant::now() + LOCK_WAIT;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(std::fs::TryLockError::Error(error)) => return Err(StoreError::Io(error).into()),
            Err(std::fs::TryLockError::WouldBlock) if Instant::now() > give_up => return Err(KeyturnError::new(ErrorKind::Busy, "ffi-store-busy", &[])),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(LOCK_POLL),
        }
    }
}

pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while a place was held leaves a whole value in it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FieldStore {
    /// The open store; refused when it was shut.
    pub(crate) fn opened(&self) -> Result<Arc<Opened>> {
        held(&self.opened).clone().ok_or_else(|| KeyturnError::new(ErrorKind::Closed, "ffi-store-closed", &[]))
    }

    /// The core of the open store.
    pub(crate) fn core(&self) -> Result<Arc<Core>> {
        Ok(self.opened()?.core.clone())
    }
}

#[uniffi::export]
impl FieldStore {
    /// Opens the store in a folder, creating it.
    #[uniffi::constructor]
    pub fn open(dir: PathBuf, surroundings: Surroundings) -> Result<Arc<Self>> {
        let lock = lock(&dir)?;
        let network = surroundings.network.clone();
        let (surroundings, place) = surroundings.into_core()?;
        let core = Core::open(&dir, surroundings)?;
        // A start writes nothing when nothing changed.
        if core.store().meta(KEY_PLACE)?.as_deref() != Some(place.name().as_bytes()) {
            core.store().set_meta(KEY_PLACE, place.name().as_bytes())?;
        }
        let opened = Arc::new(Opened { core: Arc::new(core), network, _lock: lock });
        Ok(Arc::new(Self { opened: Mutex::new(Some(opened)), running: Mutex::new(None) }))
    }

    /// Shuts the store: a running sync is cancelled and waited for, and every later call is refused. Does nothing the second time.
    pub fn shut(&self) {
        let task = held(&self.running).take();
        if let Some(task) = task {
            task.cancel();
            task.wait_ended(SHUT_WAIT);
        }
        drop(held(&self.opened).take());
    }

    /// Whether the store was shut.
    pub fn is_shut(&self) -> bool {
        held(&self.opened).is_none()
    }
}

/// The name under which the store keeps where its key is.
pub(crate) const KEY_PLACE: &str = "key_place";
/// A sync ends within a second of being cancelled; a slow disk gets more.
const SHUT_WAIT: Duration = Duration::from_secs(5);

impl Drop for FieldStore {
    fn drop(&mut self) {
        // The shell let go of the store; a sync that still runs keeps it open until it is done.
        if let Some(task) = held(&self.running).take() {
            task.cancel();
        }
    }
}

/// Sets a store that cannot be read aside in a folder of its own beside the originals, and answers where. Nothing is deleted; the device then
/// joins again as a new one. Refused for a sound store.
#[uniffi::export]
pub fn set_store_aside(dir: PathBuf) -> Result<PathBuf> {
    let _lock = lock(&dir)?;
    Ok(Core::set_aside(&dir, &SystemClock)?)
}

impl KeyPlace {
    /// From the identifier, as recorded.
    pub(crate) fn from_name(name: &[u8]) -> Self {
        [Self::StrongBox, Self::Tee, Self::SecureEnclave].into_iter().find(|place| place.name().as_bytes() == name).unwrap_or(Self::Software)
    }
}
