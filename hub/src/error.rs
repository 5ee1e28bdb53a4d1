//! What can go wrong at the hub, each with a key whose words a person can act on.

use crate::store::StoreError;
use keyturn_core::{rules::Refusal, words::Told};

/// The hub could not do it.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// A rule says no, or what was sent is not right.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// A store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another hub has this data folder open.
    #[error("another hub has this data folder open")]
    Locked,
    /// Without TLS only this machine may be served.
    #[error("plain HTTP is for this machine only, not for {0}")]
    PlainHttp(std::net::SocketAddr),
    /// A certificate or key for TLS cannot be used.
    #[error("TLS: {0}")]
    Tls(String),
    /// A key of the hub cannot be read or made.
    #[error("a key of the hub: {0}")]
    Key(String),
    /// The address cannot be served.
    #[error("serving: {0}")]
    Serve(std::io::Error),
}

impl HubError {
    pub(crate) fn plain(key: &'static str) -> Self {
        Self::Refused(Refusal::plain(key))
    }
}

impl Told for HubError {
    fn key(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.key(),
            Self::Store(StoreError::Full) => "sync-disk-full",
            Self::Store(_) => "sync-internal",
            Self::Locked => "hub-locked",
            Self::PlainHttp(_) => "hub-plain-http",
            Self::Tls(_) => "hub-tls",
            Self::Key(_) => "hub-key",
            Self::Serve(_) => "hub-serve",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Refused(refusal) => refusal.args(),
            Self::PlainHttp(address) => vec![("address", address.to_string())],
            Self::Tls(detail) | Self::Key(detail) => vec![("detail", detail.clone())],
            Self::Serve(error) => vec![("detail", error.to_string())],
            _ => Vec::new(),
        }
    }

    fn also(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        if let Self::Refused(refusal) = self { refusal.also() } else { Vec::new() }
    }
}
