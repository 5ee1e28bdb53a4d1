//! The client of the hub: enrol, push, pull, upload, resume. No policy of its own.

mod handoff;
mod link;
mod next;
pub mod protocol;
mod pull;
mod run;
mod upload;

pub use handoff::{Handoff, Handoffs};
pub use next::{Link, NextFacts, NextSync, NextWhy};
pub use run::{SyncDone, SyncObserver, SyncOptions, SyncStep, Syncer, enrol};

use crate::{field::FieldError, store::StoreError, words::Told};
use protocol::ErrorBody;

/// Why sync stopped. What was sent before stays sent; nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The link failed or was cut.
    #[error("the link failed: {0}")]
    Link(String),
    /// Whoever answered at the hub's address has another certificate than the one that the invite names, or one that nobody vouches for.
    #[error("the certificate is not the hub's")]
    OtherCertificate,
    /// The hub said no.
    #[error("the hub answered {status}")]
    Hub {
        /// HTTP status.
        status: u16,
        /// Its words.
        told: Option<ErrorBody>,
    },
    /// What came is not what this hub would send.
    #[error("the hub's answer cannot be trusted: {0}")]
    Untrusted(&'static str),
    /// The hub holds other events under this device's numbers: the device's store was copied or restored.
    #[error("the hub holds another history of this device")]
    Fork,
    /// The device was revoked: it has sent what it had, and pulls nothing.
    #[error("the device is revoked")]
    Revoked,
    /// Somebody stopped it.
    #[error("stopped")]
    Cancelled,
    /// The device itself failed.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        Self::Field(error.into())
    }
}

impl SyncError {
    /// The message key that is kept, to be told later without arguments: the hub's own reason where it gave one that is known here.
    pub(crate) fn kept(&self) -> &str {
        match self {
            Self::Hub { told: Some(told), .. } if crate::words::word(crate::words::Lang::En, &told.key) != told.key => &told.key,
            Self::Hub { .. } => "sync-hub-trouble",
            other => other.key(),
        }
    }

    /// Whether trying again may help without anybody doing something.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Link(_) => true,
            Self::Hub { status, .. } => *status >= 500 || matches!(status, 408 | 409 | 429 | 423),
            _ => false,
        }
    }
}

impl Told for SyncError {
    fn key(&self) -> &'static str {
        match self {
            Self::Link(_) => "sync-link",
            Self::OtherCertificate => "sync-other-certificate",
            Self::Hub { .. } => "sync-hub-said-no",
            Self::Untrusted(_) => "sync-untrusted",
            Self::Fork => "sync-fork-here",
            Self::Revoked => "sync-device-revoked",
            Self::Cancelled => "sync-cancelled",
            Self::Field(error) => error.key(),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Hub { status, told } => vec![
                ("status", status.to_string()),
                ("zh", told.as_ref().map(|t| t.zh.clone()).unwrap_or_default()),
                ("en", told.as_ref().map(|t| t.en.clone()).unwrap_or_default()),
            ],
            Self::Field(error) => error.args(),
            _ => Vec::new(),
        }
    }
}
