//! What the shell brings: its key store, clock, network, free space. Each has a fall-back in software, and none that fails or throws does
//! harm: the fall-back answers in its place, or the call is refused.

use crate::{
    error::{CallbackError, ErrorKind, KeyturnError},
    sync::SyncStep,
    types::UtcMs,
};
use keyturn_core::{
    evidence::{FreeSpace as CoreSpace, VolumeFreeSpace},
    log::{
        Clock, SystemClock,
        keys::{DeviceKey as CoreKey, KeyError, SoftwareKey},
    },
};
use p256::{
    ecdsa::{Signature, VerifyingKey},
    pkcs8::DecodePublicKey,
};
use std::{
    fmt, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// Where the device's key is kept; told to the office when the device joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KeyPlace {
    /// Android's StrongBox.
    StrongBox,
    /// Android's trusted execution environment.
    Tee,
    /// Apple's Secure Enclave.
    SecureEnclave,
    /// In software.
    Software,
}

impl KeyPlace {
    /// The identifier, as recorded.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::StrongBox => "strongbox",
            Self::Tee => "tee",
            Self::SecureEnclave => "secure_enclave",
            Self::Software => "software",
        }
    }
}

/// The device's key: ECDSA on P-256, never leaving the phone's hardware where it has some.
#[uniffi::export(rust, foreign)]
pub trait DeviceKey: Send + Sync {
    /// The public key: SEC1 (33 or 65 bytes), or the X.509 form that Android gives.
    fn public_key(&self) -> Result<Vec<u8>, CallbackError>;
    /// Signs the message with SHA-256 and ECDSA; DER, or 64 bytes r then s.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, CallbackError>;
    /// Where the key is kept.
    fn place(&self) -> Result<KeyPlace, CallbackError>;
}

/// A small store that only this app reads: Keychain, EncryptedFile. Used for the software key where there is no [`DeviceKey`].
#[uniffi::export(rust, foreign)]
pub trait SecureStorage: Send + Sync {
    /// What is kept under `key`.
    fn load(&self, key: String) -> Result<Option<Vec<u8>>, CallbackError>;
    /// Keeps `value` under `key`; durable when it returns.
    fn keep(&self, key: String, value: Vec<u8>) -> Result<(), CallbackError>;
}

/// The network a phone is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Network {
    /// None.
    Offline,
    /// One that costs by the byte.
    Metered,
    /// One that does not.
    Wifi,
}

/// Says which network there is. Without it sync just tries.
#[uniffi::export(rust, foreign)]
pub trait NetworkState: Send + Sync {
    /// The network now.
    fn current(&self) -> Result<Network, CallbackError>;
}

/// Says how much space is free. Without it the volume is asked.
#[uniffi::export(rust, foreign)]
pub trait FreeSpace: Send + Sync {
    /// Bytes this app may still write to the volume that holds `folder`.
    fn free_bytes(&self, folder: String) -> Result<u64, CallbackError>;
}

/// The device's clocks. Without it the machine's are read.
#[uniffi::export(rust, foreign)]
pub trait DeviceClock: Send + Sync {
    /// The clock on the wall, which a person may set wrong.
    fn wall(&self) -> Result<UtcMs, CallbackError>;
    /// Milliseconds that only go forward while the device is on, asleep or not.
    fn mono_ms(&self) -> Result<u64, CallbackError>;
    /// Differs after each start of the device.
    fn boot_id(&self) -> Result<u64, CallbackError>;
}

/// Told what a sync does, one call after the other, on a thread of its own and outside every lock.
#[uniffi::export(rust, foreign)]
pub trait SyncObserver: Send + Sync {
    /// Something happened.
    fn step(&self, step: SyncStep) -> Result<(), CallbackError>;
}

/// What the shell brings; what is missing is done in software.
#[derive(Clone, Default, uniffi::Record)]
pub struct Surroundings {
    /// The device's key.
    #[uniffi(default = None)]
    pub key: Option<Arc<dyn DeviceKey>>,
    /// A small secure store.
    #[uniffi(default = None)]
    pub storage: Option<Arc<dyn SecureStorage>>,
    /// The network.
    #[uniffi(default = None)]
    pub network: Option<Arc<dyn NetworkState>>,
    /// Free space.
    #[uniffi(default = None)]
    pub space: Option<Arc<dyn FreeSpace>>,
    /// The clocks.
    #[uniffi(default = None)]
    pub clock: Option<Arc<dyn DeviceClock>>,
}

/// The name of the software key in a [`SecureStorage`].
const KEY_NAME: &str = "keyturn-device-key";

impl Surroundings {
    /// As the core wants them, and where the key is kept.
    pub(crate) fn into_core(self) -> Result<(keyturn_core::field::Surroundings, KeyPlace), KeyturnError> {
        let (key, place): (Option<Arc<dyn CoreKey>>, _) = match (self.key, self.storage) {
            (Some(key), _) => {
                let place = key.place().unwrap_or(KeyPlace::Software);
                (Some(Arc::new(ShellKey::new(key).map_err(key_failed)?)), place)
            }
            (None, Some(storage)) => (Some(Arc::new(stored_key(&*storage).map_err(key_failed)?)), KeyPlace::Software),
            (None, None) => (None, KeyPlace::Software),
        };
        let clock: Arc<dyn Clock> = match self.clock {
            Some(clock) => Arc::new(ShellClock::new(clock)),
            None => Arc::new(SystemClock),
        };
        let space = self.space.map(|space| Arc::new(ShellSpace(space)) as Arc<dyn CoreSpace>);
        Ok((keyturn_core::field::Surroundings { clock, key, space }, place))
    }
}

fn key_failed(error: KeyError) -> KeyturnError {
    tracing::warn!(%error, "the device key cannot be used");
    KeyturnError::new(ErrorKind::Key, "field-key", &[])
}

fn stored_key(storage: &dyn SecureStorage) -> Result<SoftwareKey, KeyError> {
    let failed = |error: CallbackError| KeyError::Sign(error.to_string());
    if let Some(secret) = storage.load(KEY_NAME.to_owned()).map_err(failed)? {
        return SoftwareKey::from_secret(&secret);
    }
    let key = SoftwareKey::generate();
    storage.keep(KEY_NAME.to_owned(), key.secret().to_vec()).map_err(failed)?;
    Ok(key)
}

/// A key behind the shell's interface; its public half is asked once.
struct ShellKey {
    key: Arc<dyn DeviceKey>,
    public: [u8; 33],
}

impl ShellKey {
    fn new(key: Arc<dyn DeviceKey>) -> Result<Self, KeyError> {
        let given = key.public_key().map_err(|error| KeyError::Sign(error.to_string()))?;
        let read = VerifyingKey::from_sec1_bytes(&given).or_else(|_| VerifyingKey::from_public_key_der(&given).map_err(|_| KeyError::Malformed))?;
        let public = read.to_sec1_point(true).as_bytes().try_into().map_err(|_| KeyError::Malformed)?;
        Ok(Self { key, public })
    }
}

impl CoreKey for ShellKey {
    fn public(&self) -> [u8; 33] {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        let given = self.key.sign(message.to_vec()).map_err(|error| KeyError::Sign(error.to_string()))?;
        let signature = Signature::from_slice(&given).or_else(|_| Signature::from_der(&given)).map_err(|_| KeyError::Malformed)?;
        let signature: [u8; 64] = signature.to_bytes().into();
        // A key store that answers with something else would spoil the chain for good.
        if keyturn_core::log::keys::verify_device(&self.public, message, &signature) {
            Ok(signature)
        } else {
            Err(KeyError::Sign("the signature does not belong to the key".to_owned()))
        }
    }
}

/// The shell's clocks. One that fails once is not asked again: times of two sources must not mix.
struct ShellClock {
    clock: Arc<dyn DeviceClock>,
    failed: Mutex<bool>,
}

impl ShellClock {
    fn new(clock: Arc<dyn DeviceClock>) -> Self {
        Self { clock, failed: Mutex::new(false) }
    }

    fn ask<T>(&self, shell: impl Fn(&dyn DeviceClock) -> Result<T, CallbackError>, machine: impl Fn(&SystemClock) -> T) -> T {
        if *self.failed.lock().unwrap_or_else(PoisonError::into_inner) {
            return machine(&SystemClock);
        }
        // Outside the lock: the shell may call back.
        match shell(&*self.clock) {
            Ok(value) => value,
            Err(error) => {
                tracing::warn!(%error, "the shell's clock fails: the machine's is read from now on");
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = true;
                machine(&SystemClock)
            }
        }
    }
}

impl Clock for ShellClock {
    fn wall(&self) -> UtcMs {
        self.ask(|clock| clock.wall(), Clock::wall)
    }

    fn mono_ms(&self) -> u64 {
        self.ask(|clock| clock.mono_ms(), Clock::mono_ms)
    }

    fn boot_id(&self) -> u64 {
        self.ask(|clock| clock.boot_id(), Clock::boot_id)
    }
}

struct ShellSpace(Arc<dyn FreeSpace>);

impl fmt::Debug for ShellSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShellSpace")
    }
}

impl CoreSpace for ShellSpace {
    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        self.0.free_bytes(folder.to_string_lossy().into_owned()).or_else(|error| {
            tracing::warn!(%error, "the shell cannot tell the free space: the volume is asked");
            VolumeFreeSpace.free_bytes(folder)
        })
    }
}
