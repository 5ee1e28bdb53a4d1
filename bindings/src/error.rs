//! The one error that crosses: few stable kinds, a key, and the words in both languages.

use keyturn_core::{
    evidence::{BlobError, PhotoRefused},
    field::{ExportError, FieldError},
    store::StoreError,
    sync::SyncError,
    words::{Lang, Told, tr},
};
use std::collections::HashMap;

/// What sort of trouble it is: what a shell decides by. The words say the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum ErrorKind {
    /// The rules say no; the words say what is missing.
    Refused,
    /// What was given is no identifier, code or number at all.
    Input,
    /// Nothing under this name on this device.
    NotFound,
    /// The device has not joined a project yet.
    NotEnrolled,
    /// The hub is not the one that the invite names.
    WrongHub,
    /// The photo cannot be taken in; the words say why.
    Photo,
    /// The disk is full; nothing was left half done.
    DiskFull,
    /// The store is damaged: it is set aside, nothing is deleted.
    Damaged,
    /// The store was made by a later version of the app.
    LaterVersion,
    /// The device's disk or database failed otherwise.
    Storage,
    /// The key store of the device did not sign.
    Key,
    /// No link to the hub, or it was cut. Nothing is lost; it is tried again.
    Network,
    /// The hub said no, in its own words.
    HubSaidNo,
    /// The device was revoked.
    Revoked,
    /// Somebody stopped it.
    Cancelled,
    /// Another process or another object has this store open.
    Busy,
    /// The store was shut.
    Closed,
    /// Something that should not happen; a restart of the app helps.
    Other,
}

/// Why a call was not done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyturnError {
    /// What is told to a person.
    #[error("{key}: {en}")]
    Told {
        /// What sort of trouble.
        kind: ErrorKind,
        /// The message key, stable.
        key: String,
        /// The words in Chinese.
        zh: String,
        /// The words in English.
        en: String,
        /// The arguments of the message; never personal data.
        args: HashMap<String, String>,
    },
}

/// What a call into the shell answers when it fails; the reason is for the log only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CallbackError {
    /// The shell could not do it.
    #[error("the shell could not: {reason}")]
    Failed {
        /// For the log; never personal data.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for CallbackError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: error.reason }
    }
}

impl KeyturnError {
    /// From a key and its arguments.
    pub(crate) fn new(kind: ErrorKind, key: &str, args: &[(&str, String)]) -> Self {
        Self::Told {
            kind,
            key: key.to_owned(),
            zh: tr(Lang::Zh, key, args),
            en: tr(Lang::En, key, args),
            args: args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        }
    }

    /// Something given is malformed.
    pub(crate) fn input(key: &str, given: &str) -> Self {
        // Whatever was pasted is cut: it may be a whole page.
        const SHOWN_CHARS: usize = 40;
        Self::new(ErrorKind::Input, key, &[("given", given.chars().take(SHOWN_CHARS).collect())])
    }

    fn told(kind: ErrorKind, told: &impl Told) -> Self {
        Self::new(kind, told.key(), &told.args())
    }

    /// What sort of trouble it is.
    pub fn kind(&self) -> ErrorKind {
        let Self::Told { kind, .. } = self;
        *kind
    }

    /// The message key.
    pub fn key(&self) -> &str {
        let Self::Told { key, .. } = self;
        key
    }
}

fn kind_of_store(error: &StoreError) -> ErrorKind {
    match error {
        error if error.is_full() => ErrorKind::DiskFull,
        StoreError::Later => ErrorKind::LaterVersion,
        error if error.is_damaged() => ErrorKind::Damaged,
        _ => ErrorKind::Storage,
    }
}

fn kind_of_blob(error: &BlobError) -> ErrorKind {
    match error {
        BlobError::NoSpace(_) => ErrorKind::DiskFull,
        BlobError::Source(_) => ErrorKind::Photo,
        BlobError::Store(_) => ErrorKind::Storage,
        BlobError::Missing(_) => ErrorKind::NotFound,
    }
}

impl From<FieldError> for KeyturnError {
    fn from(error: FieldError) -> Self {
        let kind = match &error {
            FieldError::NotEnrolled => ErrorKind::NotEnrolled,
            FieldError::WrongHub => ErrorKind::WrongHub,
            FieldError::NotFound(_) => ErrorKind::NotFound,
            FieldError::Several { .. } | FieldError::Refused(_) => ErrorKind::Refused,
            FieldError::Photo(PhotoRefused::LowSpace { .. }) => ErrorKind::DiskFull,
            FieldError::Photo(PhotoRefused::Blob(error)) | FieldError::Blob(error) => kind_of_blob(error),
            FieldError::Photo(_) => ErrorKind::Photo,
            FieldError::Store(error) => kind_of_store(error),
            FieldError::Key(_) => ErrorKind::Key,
            #[cfg(feature = "documents")]
            FieldError::Report(_) => ErrorKind::Other,
            #[cfg_attr(not(feature = "documents"), allow(unreachable_patterns, reason = "the core may be built with documents beside us"))]
            _ => ErrorKind::Other,
        };
        Self::told(kind, &error)
    }
}

impl From<StoreError> for KeyturnError {
    fn from(error: StoreError) -> Self {
        FieldError::from(error).into()
    }
}

impl From<keyturn_core::rules::Refusal> for KeyturnError {
    fn from(error: keyturn_core::rules::Refusal) -> Self {
        FieldError::from(error).into()
    }
}

impl From<ExportError> for KeyturnError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Field(error) => error.into(),
            ExportError::Bundle(error) => Self::told(ErrorKind::Other, &error),
            ExportError::Io(ref io) if io.kind() == std::io::ErrorKind::StorageFull => Self::told(ErrorKind::DiskFull, &error),
            ExportError::Io(_) => Self::told(ErrorKind::Storage, &error),
        }
    }
}

impl From<SyncError> for KeyturnError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Field(error) => error.into(),
            SyncError::Hub { status, told: Some(told) } => Self::Told {
                kind: if status >= 500 { ErrorKind::Network } else { ErrorKind::HubSaidNo },
                args: told.args.into_iter().collect(),
                key: told.key,
                zh: told.zh,
                en: told.en,
            },
            SyncError::Hub { .. } => Self::new(ErrorKind::Network, "sync-hub-trouble", &[]),
            other => {
                let kind = match &other {
                    SyncError::Link(_) => ErrorKind::Network,
                    SyncError::Untrusted(_) | SyncError::OtherCertificate => ErrorKind::WrongHub,
                    SyncError::Revoked => ErrorKind::Revoked,
                    SyncError::Cancelled => ErrorKind::Cancelled,
                    SyncError::Fork => ErrorKind::Damaged,
                    SyncError::Hub { .. } | SyncError::Field(_) => ErrorKind::Other,
                };
                Self::told(kind, &other)
            }
        }
    }
}
