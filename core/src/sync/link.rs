//! The link to one hub: TLS with the certificate the invite named, calls that say why they failed.

use super::{SyncError, protocol::ErrorBody};
use crate::model::Digest;
use rustls::{
    DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{sync::Arc, time::Duration};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A link that gives nothing for so long counts as cut.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Accepts exactly one certificate: the one whose SHA-256 the invite carries.
#[derive(Debug)]
struct Pinned {
    fingerprint: Digest,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // The device's clock may be days wrong and the hub's address may change: only the key counts.
        if Digest::of(end_entity) == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(&self, message: &[u8], cert: &CertificateDer<'_>, dss: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(&self, message: &[u8], cert: &CertificateDer<'_>, dss: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// An HTTP client for a hub. With `tls` it accepts that certificate only; without, the one a public authority vouches for.
pub(crate) fn client(tls: Option<Digest>) -> Result<reqwest::Client, SyncError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // Another part of the process may have installed one already; any will do for what is not pinned.
    let _ = CryptoProvider::install_default((*provider).clone());
    let builder = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).redirect(reqwest::redirect::Policy::none()).no_proxy();
    let builder = match tls {
        Some(fingerprint) => {
            let config = rustls::ClientConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(|e| SyncError::Link(e.to_string()))?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Pinned { fingerprint, provider }))
                .with_no_client_auth();
            builder.tls_backend_preconfigured(config)
        }
        None => builder,
    };
    builder.build().map_err(|e| SyncError::Link(e.to_string()))
}

/// The answer of a call that succeeded, or why not.
pub(crate) async fn checked(response: reqwest::Response) -> Result<reqwest::Response, SyncError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = response.bytes().await.unwrap_or_default();
    let told: Option<ErrorBody> = serde_json::from_slice(&body).ok();
    Err(SyncError::Hub { status: status.as_u16(), told })
}

/// Whether the certificate of whoever answered is why there is no link.
fn is_of_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    let of_tls = |error: &(dyn std::error::Error + 'static)| matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)));
    // An I/O error does not count what it wraps among its sources.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    of_tls(error) || wrapped.is_some_and(|inner| is_of_certificate(inner)) || error.source().is_some_and(is_of_certificate)
}

pub(crate) fn cut(error: reqwest::Error) -> SyncError {
    if is_of_certificate(&error) {
        return SyncError::OtherCertificate;
    }
    // The address of the hub stands in reqwest's words; it is no personal data, but of no use to people on site.
    SyncError::Link(error.without_url().to_string())
}
