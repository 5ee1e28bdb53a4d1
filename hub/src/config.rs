//! How a hub is set up, and its limits.

use crate::codes::{Messenger, OwnersPage};
use keyturn_core::log::{Clock, SystemClock, batch::STEP_MAX_BYTES};
use std::{path::PathBuf, sync::Arc};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What a hub is opened with.
#[derive(Clone)]
pub struct HubConfig {
    /// The folder that holds everything.
    pub data: PathBuf,
    /// The project's name; kept from the first start on.
    pub project_name: String,
    /// The project's zone, such as `Asia/Shanghai`; kept from the first start on.
    pub zone: String,
    /// Where devices and browsers reach the hub, such as `https://hub.example:8443`; the address it listens on, if not given.
    pub url: Option<String>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Limits.
    pub limits: Limits,
    /// How one-time codes reach owners.
    pub messenger: Arc<dyn Messenger>,
}

impl HubConfig {
    /// With everything as usual, in the folder `data`.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            project_name: "交房通".to_owned(),
            zone: "Asia/Shanghai".to_owned(),
            url: None,
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
            messenger: Arc::new(OwnersPage),
        }
    }
}

/// Sizes and times that bound what anybody can make the hub do. Times of the domain come from the policy profile.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A packed batch, in bytes.
    pub batch_max_bytes: u64,
    /// A file, in bytes.
    pub file_max_bytes: u64,
    /// A JSON or key body, in bytes.
    pub body_max_bytes: usize,
    /// Uploads a device may have begun.
    pub uploads_max: u64,
    /// Events of one pulled segment, in bytes before packing.
    pub segment_bytes: usize,
    /// An upload that nobody goes on with is thrown away after, in milliseconds.
    pub upload_ms: i64,
    /// A challenge is good for, in milliseconds.
    pub challenge_ms: i64,
    /// A session of a device is good for, in milliseconds.
    pub session_ms: i64,
    /// A login link is good for, in milliseconds.
    pub login_ms: i64,
    /// A session at the console ends after, in milliseconds.
    pub console_session_ms: i64,
    /// Wrong codes from one address before it has to wait.
    pub enrol_failures_max: u32,
    /// How long it has to wait, in milliseconds.
    pub enrol_wait_ms: i64,
    /// States kept in memory.
    pub cached_states: usize,
    /// Batches of one device that are put aside because they are not what they should be.
    pub quarantine_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_max_bytes: 32 << 20,
            file_max_bytes: 256 << 20,
            body_max_bytes: 1 << 20,
            uploads_max: 256,
            segment_bytes: STEP_MAX_BYTES,
            upload_ms: 7 * DAY_MS,
            challenge_ms: 5 * MINUTE_MS,
            session_ms: 12 * HOUR_MS,
            login_ms: 15 * MINUTE_MS,
            console_session_ms: 12 * HOUR_MS,
            enrol_failures_max: 20,
            enrol_wait_ms: 10 * MINUTE_MS,
            cached_states: 20_000,
            quarantine_max: 100,
        }
    }
}
