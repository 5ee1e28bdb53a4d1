//! Instants: UTC milliseconds. The project's zone is applied where people read them.

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct UtcMs(#[n(0)] pub i64);

impl UtcMs {
    /// This machine's clock now; callers that need a clock a test can set take a `Clock` instead.
    pub fn now() -> Self {
        Self(Utc::now().timestamp_millis())
    }

    /// As a chrono instant; out of range gives the epoch's nearest end.
    ///
    /// A time outside the years 1 to 9999 is shown as the nearest one inside, a day off their ends so that any zone can show it.
    pub fn to_utc(self) -> DateTime<Utc> {
        const FIRST_MS: i64 = -62_135_596_800_000 + 86_400_000;
        const LAST_MS: i64 = 253_402_300_799_999 - 86_400_000;
        Utc.timestamp_millis_opt(self.0.clamp(FIRST_MS, LAST_MS)).single().unwrap_or(DateTime::<Utc>::UNIX_EPOCH)
    }

    /// Whether it lies between 1970 and the end of the year 9999: what a device's clock can show.
    pub fn is_printable(self) -> bool {
        (0..253_402_300_800_000).contains(&self.0)
    }

    /// RFC 3339 in UTC with milliseconds.
    pub fn rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// In `zone`, as `2026-11-20 09:06`.
    pub fn local_minute(self, zone: chrono_tz::Tz) -> String {
        self.to_utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
    }
}

impl fmt::Debug for UtcMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}
