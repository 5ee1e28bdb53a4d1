//! Live state of an owner's unit: server-sent events that say "something changed"; the page then fetches itself. A browser without them, or one
//! that is told to wait, asks from time to time.

use super::routes::{Ended, Owner, read};
use crate::{
    console::{
        assets,
        office::{Office, Read},
    },
    hub::Changed,
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use keyturn_core::model::{Digest, Id, UtcMs, body::AggKind};
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::Instant,
};

/// Streams open at once by one link, and by all.
const STREAMS_PER_LINK_MAX: usize = 4;
const STREAMS_MAX: usize = 2_000;
/// At most one event in this time, however much changes.
const EVENT_EVERY: Duration = Duration::from_secs(2);
/// Whether the link is still good is looked at least this often.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Proxies and phones drop lines on which nothing comes.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Who is told that there are too many comes back after, in seconds.
const RETRY_AFTER_S: &str = "60";

/// Streams that are open, by the hash of the link.
#[derive(Clone, Default)]
pub struct Seats(Arc<Mutex<HashMap<Digest, usize>>>);

/// One stream's place; free again when it is dropped.
struct Seat {
    seats: Seats,
    link: Digest,
}

impl Seats {
    fn take(&self, link: Digest) -> Option<Seat> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.values().sum::<usize>() >= STREAMS_MAX || held.get(&link).is_some_and(|n| *n >= STREAMS_PER_LINK_MAX) {
            return None;
        }
        *held.entry(link).or_default() += 1;
        Some(Seat { seats: self.clone(), link })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = held.get_mut(&self.link) {
            *n -= 1;
            if *n == 0 {
                held.remove(&self.link);
            }
        }
    }
}

/// What an owner's page about this unit shows, in short: changes when a record of the unit arrives, one of its files is safe or a code is given.
pub fn tag(read: &Read, unit: Id, code: Option<&(String, UtcMs)>) -> String {
    let mut parts = Vec::new();
    let things = [AggKind::Snag, AggKind::Handover].into_iter().flat_map(|kind| read.book.of_unit(unit, kind));
    for thing in read.book.get(unit).into_iter().chain(things) {
        if let Some(last) = thing.last {
            parts.extend_from_slice(&thing.id.0);
            parts.extend_from_slice(&last.hlc.ms.0.to_be_bytes());
            parts.extend_from_slice(&last.event.device.0);
            parts.extend_from_slice(&last.event.seq.to_be_bytes());
        }
    }
    parts.extend_from_slice(&(read.safe.len() as u64).to_be_bytes());
    parts.extend_from_slice(&crate::codes::trace(code).0);
    Digest::of_parts(&[b"keyturn-owner-page-v1", &parts]).to_string()[..16].to_owned()
}

struct Listener {
    office: Office,
    owner: Owner,
    changes: Receiver<Changed>,
    told: Option<String>,
    next: Instant,
    over: bool,
    _seat: Seat,
}

impl Listener {
    /// The next thing to tell; none when the stream ends.
    async fn event(&mut self) -> Option<Event> {
        while !self.over {
            tokio::time::sleep_until(self.next).await;
            match self.office.hub.open_owner_link(&self.owner.token).await {
                Ok(Some(_)) => {}
                Ok(None) => {
                    self.over = true;
                    // The page asks again and is told what happened.
                    return Some(Event::default().event("ended").data("ended"));
                }
                // The hub stops, or cannot read: the browser comes back by itself.
                Err(_) => return None,
            }
            // What came before this moment is in what is read now.
            while self.changes.try_recv().is_ok() {}
            let code = self.office.hub.shown_code(self.owner.unit, self.owner.pass.person).await;
            match (read(&self.office, &self.owner).await, code) {
                (Ok(read), Ok(code)) => {
                    let tag = tag(&read, self.owner.unit, code.as_ref());
                    if self.told.as_ref() != Some(&tag) {
                        self.next = Instant::now() + EVENT_EVERY;
                        self.told = Some(tag.clone());
                        return Some(Event::default().event("tag").data(tag));
                    }
                }
                _ => self.over = true,
            }
            self.wait().await;
        }
        None
    }

    /// Waits until something of this unit may have changed, or it is time to look whether the link is still good.
    async fn wait(&mut self) {
        let closing = self.office.hub.0.server.closing.clone();
        let look = Instant::now() + LOOK_EVERY;
        loop {
            let change = tokio::select! {
                biased;
                () = closing.cancelled() => {
                    self.over = true;
                    return;
                }
                () = tokio::time::sleep_until(look) => return,
                change = self.changes.recv() => change,
            };
            match change {
                Ok(Changed::Device(_)) => {}
                Ok(Changed::Things(things)) => match self.office.book().await {
                    Ok(book) if !things.iter().any(|id| *id == self.owner.unit || book.get(*id).is_some_and(|t| t.unit == Some(self.owner.unit))) => {}
                    _ => break,
                },
                Ok(Changed::Blob(_)) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => {
                    self.over = true;
                    return;
                }
            }
        }
        self.next = self.next.max(Instant::now());
    }
}

/// `GET /o/{token}/live`.
pub(super) async fn live(State(office): State<Office>, owner: Owner) -> Result<Response, Ended> {
    let Some(seat) = office.seats.take(Digest::of(owner.token.as_bytes())) else {
        let retry = [(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S))];
        return Ok(assets::guard((StatusCode::TOO_MANY_REQUESTS, retry).into_response()));
    };
    let changes = office.hub.changes();
    let listener = Listener { office, owner, changes, told: None, next: Instant::now(), over: false, _seat: seat };
    let events = stream::unfold(listener, |mut listener| async move {
        let event = listener.event().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    Ok(assets::guard(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_link_holds_so_many_streams_and_gives_them_back() {
        let (seats, link) = (Seats::default(), Digest::of(b"a"));
        let held: Vec<_> = (0..STREAMS_PER_LINK_MAX).map(|_| seats.take(link).unwrap()).collect();
        assert!(seats.take(link).is_none());
        assert!(seats.take(Digest::of(b"b")).is_some(), "another link has its own");
        drop(held);
        assert!(seats.take(link).is_some());
        assert!(seats.0.lock().unwrap().len() <= 1, "nothing is kept of links without streams");
    }
}
