//! The link: a device speaks only to the hub its invite names, and nothing goes open over a network.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use keyturn_core::{
    field::{FieldStore, Surroundings},
    log::cert::Scope,
    model::{Digest, Id},
    sync::{SyncOptions, Syncer, enrol, protocol::Invite},
};
use keyturn_hub::{Hub, HubConfig, HubError, Running, TlsChoice, TlsFiles};
use std::{net::TcpListener, path::Path, sync::Arc};

async fn serve(data: &Path, tls: TlsChoice) -> Running {
    let hub = Hub::open(HubConfig::new(data)).await.unwrap();
    hub.serve(TcpListener::bind("127.0.0.1:0").unwrap(), tls, axum::Router::new()).await.unwrap()
}

#[tokio::test]
async fn a_device_speaks_to_the_hub_of_its_invite_and_to_no_other() {
    let (dir, device) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let running = serve(dir.path(), TlsChoice::Own).await;
    assert!(running.url().starts_with("https://"));
    let invite = running.hub().invite(Id([1; 16]), "inspector", Scope::Project).await.unwrap();
    assert!(invite.tls.is_some());
    assert_eq!(Invite::from_line(&invite.to_line()), Some(invite.clone()));
    let field = Arc::new(FieldStore::open(device.path(), Surroundings::desktop()).unwrap());
    let other_certificate = Invite { tls: Some(Digest::of(b"other")), ..invite.clone() };
    assert!(enrol(&field, &other_certificate, "手机", "test").await.is_err());
    let no_fingerprint = Invite { tls: None, ..invite.clone() };
    assert!(enrol(&field, &no_fingerprint, "手机", "test").await.is_err(), "no authority vouches for it");
    let other_hub = Invite { hub: Digest::of(b"other"), ..invite.clone() };
    assert!(enrol(&field, &other_hub, "手机", "test").await.is_err());
    // The code was used by this device, which did not believe the answer; it may ask again.
    enrol(&field, &invite, "手机", "test").await.unwrap();
    Syncer::new(field, SyncOptions::default()).run().await.unwrap();

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(dir.path().join("tls-key.pem")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    running.stop().await.unwrap();
    let again = serve(dir.path(), TlsChoice::Own).await;
    assert_eq!(again.hub().tls_fingerprint(), invite.tls, "the certificate is kept");
    again.stop().await.unwrap();
    // The operator's own certificate needs no fingerprint in the invite.
    let files = TlsFiles { certificate: dir.path().join("tls.pem"), key: dir.path().join("tls-key.pem") };
    let operators = serve(dir.path(), TlsChoice::Files(files)).await;
    assert_eq!(operators.hub().tls_fingerprint(), None);
    operators.stop().await.unwrap();
}

#[tokio::test]
async fn plain_http_is_for_this_machine_only() {
    let dir = tempfile::tempdir().unwrap();
    let hub = Hub::open(HubConfig::new(dir.path())).await.unwrap();
    let everywhere = TcpListener::bind("0.0.0.0:0").unwrap();
    assert!(matches!(hub.serve(everywhere, TlsChoice::Off, axum::Router::new()).await, Err(HubError::PlainHttp(_))));
    let missing = TlsFiles { certificate: dir.path().join("none.pem"), key: dir.path().join("none.pem") };
    let here = TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(matches!(hub.serve(here, TlsChoice::Files(missing), axum::Router::new()).await, Err(HubError::Tls(_))));
}
