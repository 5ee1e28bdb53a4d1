//! The hybrid clock. Order uses corrected time: the hub's time at the last contact plus the monotonic time since; before
//! any contact the device's own clock. A wrong device clock is kept beside it and harms nobody (promise 8).

use crate::model::UtcMs;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

/// A foreign event never pushes the own clock ahead by more than this. In milliseconds.
pub const PUSH_AHEAD_MAX_MS: i64 = 60_000;

/// Corrected time and a counter for events of one millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Hlc {
    /// Corrected time.
    #[n(0)]
    pub ms: UtcMs,
    /// Counts events that share `ms`.
    #[n(1)]
    pub counter: u32,
}

/// Where time comes from; shells and tests bring their own.
pub trait Clock: Send + Sync {
    /// The clock on the wall, which a person may set wrong.
    fn wall(&self) -> UtcMs;
    /// Milliseconds that only go forward while the machine is on.
    fn mono_ms(&self) -> u64;
    /// Differs after each start of the machine, so that monotonic times of two starts are never compared.
    fn boot_id(&self) -> u64;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> UtcMs {
        UtcMs::now()
    }

    fn mono_ms(&self) -> u64 {
        boot_time().as_millis() as u64
    }

    fn boot_id(&self) -> u64 {
        static ID: OnceLock<u64> = OnceLock::new();
        *ID.get_or_init(|| {
            let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_else(|_| {
                // Elsewhere a process start stands for the machine's: correction then falls back to the wall clock.
                format!("{}-{:?}", std::process::id(), UtcMs::now())
            });
            let digest = crate::model::Digest::of(text.trim().as_bytes());
            u64::from_be_bytes([digest.0[0], digest.0[1], digest.0[2], digest.0[3], digest.0[4], digest.0[5], digest.0[6], digest.0[7]])
        })
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[allow(unsafe_code)]
fn boot_time() -> Duration {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec; the call only writes to it.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut ts) };
    if result == 0 { Duration::new(ts.tv_sec as u64, ts.tv_nsec as u32) } else { since_start() }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn boot_time() -> Duration {
    since_start()
}

fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// What a device keeps of its clock between runs.
#[derive(Clone, Copy, Debug, PartialEq, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct ClockState {
    /// The last time given to an event.
    #[n(0)]
    pub last: Hlc,
    /// The hub's time at the last contact.
    #[n(1)]
    pub contact: Option<Contact>,
}

/// One contact with the hub.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Contact {
    /// The hub's time, taken at the middle of the round trip.
    #[n(0)]
    pub hub: UtcMs,
    /// The device clock then.
    #[n(1)]
    pub wall: UtcMs,
    /// The monotonic clock then, in milliseconds.
    #[n(2)]
    pub mono_ms: u64,
    /// The start of the machine it was read in.
    #[n(3)]
    pub boot_id: u64,
}

impl ClockState {
    /// Corrected time now, before the counter.
    pub fn corrected(&self, clock: &dyn Clock) -> UtcMs {
        let wall = clock.wall();
        let Some(contact) = self.contact else { return wall };
        if contact.boot_id == clock.boot_id() && clock.mono_ms() >= contact.mono_ms {
            UtcMs(contact.hub.0.saturating_add((clock.mono_ms() - contact.mono_ms) as i64))
        } else {
            UtcMs(wall.0.saturating_add(contact.hub.0.saturating_sub(contact.wall.0)))
        }
    }

    /// The time of the next own event, and how far the device clock is from it (`skew_ms`, device minus corrected).
    pub fn tick(&mut self, clock: &dyn Clock) -> (Hlc, i64) {
        let now = self.corrected(clock);
        self.last = if now > self.last.ms { Hlc { ms: now, counter: 0 } } else { Hlc { ms: self.last.ms, counter: self.last.counter.saturating_add(1) } };
        (self.last, clock.wall().0.saturating_sub(now.0))
    }

    /// Takes note of a foreign event's time: later own events come after it, unless it is more than a minute ahead.
    pub fn observe(&mut self, foreign: Hlc, clock: &dyn Clock) {
        let limit = UtcMs(self.corrected(clock).0.saturating_add(PUSH_AHEAD_MAX_MS));
        if foreign > self.last {
            self.last = if foreign.ms > limit { self.last.max(Hlc { ms: limit, counter: 0 }) } else { foreign };
        }
    }

    /// Notes the hub's time.
    pub fn contact(&mut self, hub: UtcMs, clock: &dyn Clock) {
        self.contact = Some(Contact { hub, wall: clock.wall(), mono_ms: clock.mono_ms(), boot_id: clock.boot_id() });
        // An own time that ran ahead of the truth (a clock that was days fast) does not hold later events ahead.
        let limit = UtcMs(hub.0.saturating_add(PUSH_AHEAD_MAX_MS));
        if self.last.ms > limit {
            self.last = Hlc { ms: hub, counter: 0 };
        }
    }

    /// How far the device clock is ahead of the hub's, in milliseconds; `None` before the first contact.
    pub fn offset_ms(&self, clock: &dyn Clock) -> Option<i64> {
        self.contact.map(|_| clock.wall().0.saturating_sub(self.corrected(clock).0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Fake(Mutex<(i64, u64, u64)>);
    impl Clock for Fake {
        fn wall(&self) -> UtcMs {
            UtcMs(self.0.lock().unwrap().0)
        }
        fn mono_ms(&self) -> u64 {
            self.0.lock().unwrap().1
        }
        fn boot_id(&self) -> u64 {
            self.0.lock().unwrap().2
        }
    }

    const DAY: i64 = 86_400_000;

    #[test]
    fn a_wrong_clock_is_corrected_by_the_hub_and_monotonic_time() {
        let clock = Fake(Mutex::new((5 * DAY, 1_000, 1)));
        let mut state = ClockState::default();
        assert_eq!(state.corrected(&clock), UtcMs(5 * DAY));
        state.contact(UtcMs(3 * DAY), &clock);
        // The person sets the clock back a week; two hours pass.
        *clock.0.lock().unwrap() = (-2 * DAY, 1_000 + 7_200_000, 1);
        assert_eq!(state.corrected(&clock), UtcMs(3 * DAY + 7_200_000));
        // After a restart only the wall clock and the last known offset are left.
        *clock.0.lock().unwrap() = (6 * DAY, 5, 2);
        assert_eq!(state.corrected(&clock), UtcMs(4 * DAY));
    }

    #[test]
    fn a_foreign_event_pushes_at_most_a_minute() {
        let clock = Fake(Mutex::new((DAY, 0, 1)));
        let mut state = ClockState::default();
        state.observe(Hlc { ms: UtcMs(100 * DAY), counter: 9 }, &clock);
        assert_eq!(state.last.ms, UtcMs(DAY + PUSH_AHEAD_MAX_MS));
        let (next, skew_ms) = state.tick(&clock);
        assert_eq!((next.ms, next.counter, skew_ms), (UtcMs(DAY + PUSH_AHEAD_MAX_MS), 1, 0));
    }
}
