//! When a sync starts by itself: one rule, so that the schedulers of phones and desktops ask and decide nothing.

use crate::{
    field::{FieldStore, Result},
    model::UtcMs,
    store::PhotoState,
};

/// What the device is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing.
    Offline,
    /// Something that costs.
    Metered,
    /// Something that does not.
    Unmetered,
}

/// What is waited for, the most pressing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextWhy {
    /// Nothing can be sent before the device joined.
    NotJoined,
    /// The device is revoked, and what it holds is still to be handed in.
    HandIn,
    /// The device is revoked, and the hub has all it may send.
    Revoked,
    /// The last try failed in passing: after a pause, again.
    Again,
    /// Records or small pictures are only here.
    Unsent,
    /// Only originals are left to send.
    Originals,
    /// Only originals are left, and they wait for a network that costs nothing.
    OriginalsWait,
    /// All is sent: what others did is looked for now and then.
    Look,
}

impl NextWhy {
    /// The message key.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotJoined => "sync-next-not-joined",
            Self::HandIn => "sync-next-hand-in",
            Self::Revoked => "sync-next-revoked",
            Self::Again => "sync-next-again",
            Self::Unsent => "sync-next-unsent",
            Self::Originals => "sync-next-originals",
            Self::OriginalsWait => "sync-next-originals-wait",
            Self::Look => "sync-next-look",
        }
    }
}

/// When the next sync is to start by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextSync {
    /// Not before; one that is past: as soon as the network allows. `None`: not by itself.
    pub at: Option<UtcMs>,
    /// The network it needs: [`Link::Offline`] when none helps.
    pub needs: Link,
    /// Time and network are there.
    pub now: bool,
    /// What for.
    pub why: NextWhy,
}

/// How long after a sync that others' work is looked for again.
const LOOK_MS: i64 = 15 * 60_000;
/// How long after a failure that does not pass by itself it is tried again: somebody in the office may have mended it.
const MENDED_MS: i64 = 60 * 60_000;
const WIFI_ONLY: &str = "wifi_only";

/// What the rule looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextFacts {
    /// The device joined a project.
    pub joined: bool,
    /// The device was revoked.
    pub revoked: bool,
    /// Records, or small pictures, that the hub has not.
    pub small: u64,
    /// Originals that the hub has not; those set aside wait for a person.
    pub originals: u64,
    /// Originals wait for a network that costs nothing.
    pub wifi_only: bool,
    /// When the last sync ended, well or not; none before the first.
    pub tried: Option<UtcMs>,
    /// Whether it failed.
    pub failed: bool,
    /// Not before, after a failure that passes.
    pub next_try: Option<UtcMs>,
}

impl NextFacts {
    /// The rule.
    pub fn next(&self, link: Link, now: UtcMs) -> NextSync {
        let asked = |why: NextWhy, at: Option<UtcMs>, needs: Link| {
            let reached = match needs {
                Link::Offline => false,
                Link::Metered => link != Link::Offline,
                Link::Unmetered => link == Link::Unmetered,
            };
            NextSync { at, needs, now: reached && at.is_some_and(|at| at <= now), why }
        };
        let pending = self.small + self.originals > 0;
        if !self.joined {
            return asked(NextWhy::NotJoined, None, Link::Offline);
        }
        if self.revoked && !pending {
            return asked(NextWhy::Revoked, None, Link::Offline);
        }
        let after = |pause_ms: i64| self.tried.map_or(now, |tried| UtcMs(tried.0.saturating_add(pause_ms)));
        // A clock that was set back makes no pause longer than it was meant.
        let soon = |at: UtcMs, pause_ms: i64| UtcMs(at.0.min(now.0.saturating_add(pause_ms)));
        let passing = self.next_try.filter(|at| *at > now).map(|at| soon(at, MENDED_MS));
        let (needs, why) = match (self.small, self.originals) {
            (0, 0) => (Link::Metered, NextWhy::Look),
            (0, _) if self.wifi_only => (Link::Unmetered, if link == Link::Unmetered { NextWhy::Originals } else { NextWhy::OriginalsWait }),
            (0, _) => (Link::Metered, NextWhy::Originals),
            _ => (Link::Metered, NextWhy::Unsent),
        };
        let why = if self.revoked { NextWhy::HandIn } else { why };
        match (passing, self.failed, why) {
            (Some(at), ..) => asked(NextWhy::Again, Some(at), needs),
            (None, true, _) if self.next_try.is_none() => asked(why, Some(soon(after(MENDED_MS), MENDED_MS)), needs),
            (None, _, NextWhy::Look) => asked(why, Some(soon(after(LOOK_MS), LOOK_MS)), needs),
            _ => asked(why, Some(now), needs),
        }
    }
}

impl FieldStore {
    /// When the next sync is to start by itself, on this network, and why.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_sync(&self, link: Link) -> Result<NextSync> {
        let status = self.status()?;
        let time = |key: &str| -> Result<Option<UtcMs>> {
            Ok(self.store().meta(key)?.and_then(|b| b.try_into().ok()).map(|b| UtcMs(i64::from_be_bytes(b))).filter(|at| at.0 > 0))
        };
        let photos = |state: PhotoState| status.unsent_photos.iter().filter(|p| p.state == state).count() as u64;
        let facts = NextFacts {
            joined: self.certificate().is_ok(),
            revoked: status.last_error.as_deref() == Some("sync-device-revoked"),
            small: status.unsent_records + photos(PhotoState::OnDevice),
            originals: photos(PhotoState::SmallSent),
            wifi_only: self.wifi_only()?,
            tried: time("sync_tried")?,
            // Having no network is no failure of the hub's or ours.
            failed: status.last_error.as_deref().is_some_and(|key| key != "sync-offline"),
            next_try: status.next_try,
        };
        Ok(facts.next(link, self.now()))
    }

    /// Whether originals wait for a network that costs nothing; they do until somebody says otherwise.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn wifi_only(&self) -> Result<bool> {
        Ok(self.store().meta(WIFI_ONLY)?.as_deref() != Some(&[0]))
    }

    /// Says whether originals wait for a network that costs nothing.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn set_wifi_only(&self, wifi_only: bool) -> Result<()> {
        Ok(self.store().set_meta(WIFI_ONLY, &[u8::from(wifi_only)])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMs = UtcMs(1_800_000_000_000);

    fn joined() -> NextFacts {
        NextFacts { joined: true, wifi_only: true, tried: Some(NOW), ..NextFacts::default() }
    }

    #[test]
    fn nothing_starts_where_nothing_can_be_done() {
        let alone = NextFacts::default().next(Link::Unmetered, NOW);
        assert_eq!((alone.why, alone.at, alone.now), (NextWhy::NotJoined, None, false));
        let revoked = NextFacts { revoked: true, failed: true, ..joined() };
        assert_eq!(revoked.next(Link::Unmetered, NOW).at, None);
        let holds = NextFacts { small: 1, ..revoked };
        // What a revoked device holds is asked for again like anything that does not pass by itself, and at once when it was never tried.
        assert_eq!((holds.next(Link::Metered, NOW).why, holds.next(Link::Metered, NOW).now), (NextWhy::HandIn, false));
        assert!(NextFacts { tried: None, ..holds }.next(Link::Metered, NOW).now);
    }

    #[test]
    fn records_go_over_any_network_and_originals_over_the_one_allowed() {
        let unsent = NextFacts { small: 3, originals: 2, ..joined() };
        assert_eq!(unsent.next(Link::Metered, NOW), NextSync { at: Some(NOW), needs: Link::Metered, now: true, why: NextWhy::Unsent });
        let cut = unsent.next(Link::Offline, NOW);
        assert_eq!((cut.now, cut.needs, cut.at), (false, Link::Metered, Some(NOW)));
        let originals = NextFacts { originals: 2, ..joined() };
        let waits = originals.next(Link::Metered, NOW);
        assert_eq!((waits.why, waits.needs, waits.now), (NextWhy::OriginalsWait, Link::Unmetered, false));
        assert!(originals.next(Link::Unmetered, NOW).now);
        assert!(NextFacts { wifi_only: false, ..originals }.next(Link::Metered, NOW).now);
    }

    #[test]
    fn pauses_are_kept_and_a_clock_set_back_makes_none_longer() {
        let later = UtcMs(NOW.0 + 60_000);
        let again = NextFacts { small: 1, failed: true, next_try: Some(later), ..joined() };
        assert_eq!(again.next(Link::Metered, NOW), NextSync { at: Some(later), needs: Link::Metered, now: false, why: NextWhy::Again });
        assert!(again.next(Link::Metered, later).now);
        let year_ms = 365 * 24 * 3_600_000;
        let back = again.next(Link::Metered, UtcMs(NOW.0 - year_ms)).at.unwrap();
        assert!(back.0 <= NOW.0 - year_ms + MENDED_MS, "not a year from now");
        let look = joined();
        assert_eq!(look.next(Link::Metered, NOW).at, Some(UtcMs(NOW.0 + LOOK_MS)));
        assert!(look.next(Link::Metered, UtcMs(NOW.0 + LOOK_MS)).now);
        let refused = NextFacts { small: 1, failed: true, ..joined() };
        assert_eq!(refused.next(Link::Metered, NOW).at, Some(UtcMs(NOW.0 + MENDED_MS)));
    }
}
