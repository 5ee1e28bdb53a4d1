//! The hub over HTTP: the sync protocol of ARCHITECTURE.md under `/v1`, beside console and owner's pages.

mod answer;
mod device;
mod files;
mod range;
mod slots;
mod sweep;
mod tls;

pub use answer::ApiError;
pub use tls::{TlsChoice, TlsFiles};

use crate::{error::HubError, hub::Hub};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{any, get, post},
};
use keyturn_core::model::{Digest, Id, UtcMs};
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Challenges that may be open at once; the oldest give way.
const CHALLENGES_MAX: usize = 10_000;
/// Segments kept for devices whose pull was cut.
const SEGMENTS_KEPT: usize = 64;
/// How long open connections may take to end.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// A connection that sends no request is closed after.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What the server keeps in memory; nothing of it must outlive a restart.
#[derive(Default)]
pub(crate) struct State {
    challenges: Mutex<HashMap<[u8; 32], UtcMs>>,
    failures: Mutex<HashMap<IpAddr, (u32, UtcMs)>>,
    segments: Mutex<Vec<(Id, String, Arc<range::Whole>)>>,
    slots: slots::Slots,
    /// The hub stops: pages that listen for changes let go.
    pub(crate) closing: tokio_util::sync::CancellationToken,
    /// One enrolment at a time, so that a code works once.
    pub(crate) enrolling: tokio::sync::Mutex<()>,
}

/// A value that another thread left in the middle of is still the value.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// The routes of the sync protocol.
    pub fn sync_routes(&self) -> Router {
        Router::new()
            .route("/v1/enrol", post(device::enrol))
            .route("/v1/challenge", get(device::challenge))
            .route("/v1/session", post(device::session))
            .route("/v1/keys", post(device::keys))
            .route("/v1/codes", post(device::code))
            .route("/v1/pull", get(device::pull))
            .route("/v1/blobs/{sha256}", get(device::blob))
            .layer(DefaultBodyLimit::max(self.limits().body_max_bytes))
            .merge(files::routes())
            .route("/v1", any(answer::no_path))
            .route("/v1/{*rest}", any(answer::no_path))
            .layer(from_fn_with_state(self.clone(), answer::told))
            .with_state(self.clone())
    }

    /// Serves the sync protocol and `pages` (console, owner) on `listener` until told to stop. With [`TlsChoice::Off`] only addresses of this
    /// machine are served.
    ///
    /// # Errors
    /// When the address is not of this machine and TLS is off, or the certificate cannot be used.
    pub async fn serve(&self, listener: TcpListener, tls: TlsChoice, pages: Router) -> Result<Running, HubError> {
        let address = listener.local_addr().map_err(HubError::Serve)?;
        listener.set_nonblocking(true).map_err(HubError::Serve)?;
        let secure = tls::config(self, &tls)?;
        if secure.is_none() && !address.ip().is_loopback() {
            return Err(HubError::PlainHttp(address));
        }
        let here = format!("{}://{address}", if secure.is_some() { "https" } else { "http" });
        locked(&self.0.url).get_or_insert_with(|| here.clone());
        *locked(&self.0.tls) = secure.as_ref().and_then(|s| s.fingerprint);
        let app = self.sync_routes().merge(pages).fallback(crate::owner::routes::nowhere).into_make_service_with_connect_info::<SocketAddr>();
        let handle = axum_server::Handle::new();
        let task = match secure {
            None => {
                let server = axum_server::from_tcp(listener).map_err(HubError::Serve)?.handle(handle.clone());
                tokio::spawn(server.first_request_timeout(FIRST_REQUEST_TIMEOUT).serve(app))
            }
            Some(secure) => {
                let config = axum_server::tls_rustls::RustlsConfig::from_config(secure.config);
                let server = axum_server::from_tcp_rustls(listener, config).map_err(HubError::Serve)?.handle(handle.clone());
                tokio::spawn(server.first_request_timeout(FIRST_REQUEST_TIMEOUT).serve(app))
            }
        };
        let sweeper = tokio::spawn(sweep::sweep(self.clone()));
        Ok(Running { address, url: here, handle, task, sweeper, hub: self.clone() })
    }

    /// Where devices and browsers reach the hub.
    pub fn url(&self) -> String {
        locked(&self.0.url).clone().unwrap_or_default()
    }

    /// The fingerprint of the certificate that the hub made for itself, if it did.
    pub fn tls_fingerprint(&self) -> Option<Digest> {
        *locked(&self.0.tls)
    }
}

/// A hub that serves.
pub struct Running {
    address: SocketAddr,
    url: String,
    handle: axum_server::Handle<SocketAddr>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
    sweeper: tokio::task::JoinHandle<()>,
    hub: Hub,
}

impl Running {
    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as a URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The hub.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Takes no more requests, lets open ones end for some seconds, and closes the hub.
    ///
    /// # Errors
    /// When serving had ended with an error.
    pub async fn stop(self) -> Result<(), HubError> {
        self.sweeper.abort();
        self.hub.0.server.slots.close_all();
        self.hub.0.server.closing.cancel();
        self.handle.graceful_shutdown(Some(SHUTDOWN_GRACE));
        let result = self.task.await;
        self.hub.close().await;
        match result {
            Ok(Err(error)) => Err(HubError::Serve(error)),
            _ => Ok(()),
        }
    }

    /// Serves until ctrl-C (or a termination signal), then stops.
    ///
    /// # Errors
    /// When serving ended with an error.
    pub async fn until_told(self) -> Result<(), HubError> {
        let term = async {
            #[cfg(unix)]
            if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                signal.recv().await;
                return;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = term => {}
        }
        self.stop().await
    }
}
