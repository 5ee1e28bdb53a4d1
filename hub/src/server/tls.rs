//! TLS: the operator's certificate, or one that the hub makes and keeps; invites carry its fingerprint, so that a device speaks to no other hub.

use crate::{
    error::HubError,
    hub::{Hub, write_private},
};
use keyturn_core::model::Digest;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{fs, path::PathBuf, sync::Arc};

/// How the link is protected.
#[derive(Clone, Debug, Default)]
pub enum TlsChoice {
    /// Not at all; only on this machine.
    Off,
    /// With a certificate that the hub makes for itself.
    #[default]
    Own,
    /// As [`Self::Own`], with these further names in the certificate.
    OwnFor(Vec<String>),
    /// With the operator's certificate.
    Files(TlsFiles),
}

/// The operator's certificate.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

pub(super) struct Secure {
    pub(super) config: Arc<rustls::ServerConfig>,
    /// Only of a certificate that nobody else vouches for.
    pub(super) fingerprint: Option<Digest>,
}

fn bad(error: impl ToString) -> HubError {
    HubError::Tls(error.to_string())
}

pub(super) fn config(hub: &Hub, choice: &TlsChoice) -> Result<Option<Secure>, HubError> {
    let (files, own) = match choice {
        TlsChoice::Off => return Ok(None),
        TlsChoice::Own => (make(hub, &[])?, true),
        TlsChoice::OwnFor(names) => (make(hub, names)?, true),
        TlsChoice::Files(files) => (files.clone(), false),
    };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate).map_err(bad)?.collect::<Result<_, _>>().map_err(bad)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(bad)?;
    let fingerprint = if own { certificates.first().map(|c| Digest::of(c)) } else { None };
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(bad)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(bad)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(Secure { config: Arc::new(config), fingerprint }))
}

/// The hub's own certificate, made at the first start and kept: devices know it by its fingerprint.
fn make(hub: &Hub, names: &[String]) -> Result<TlsFiles, HubError> {
    let files = TlsFiles { certificate: hub.0.data.join("tls.pem"), key: hub.0.data.join("tls-key.pem") };
    if files.certificate.exists() && files.key.exists() {
        return Ok(files);
    }
    let mut all = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    for name in names {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    let made = rcgen::generate_simple_self_signed(all).map_err(bad)?;
    // A key whose certificate was not written in time is of no use.
    let _ = fs::remove_file(&files.key);
    write_private(&files.key, made.signing_key.serialize_pem().as_bytes())?;
    write_private(&files.certificate, made.cert.pem().as_bytes())?;
    Ok(files)
}
