//! The event: encoded once as deterministic CBOR; these bytes are what is stored, hashed, sent and checked, and they are never encoded again.
//!
//! Layout (CBOR array of 12): version, device, actor, role, policy, skew_ms, kind, aggregate, sequence, ms, counter, body.
//! What stays the same from event to event comes first, so that a batch compresses to a few bytes an event.

use crate::model::{Digest, Id, UtcMs, body::Body};
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Serialize};

use super::clock::Hlc;

/// The event version this build writes.
pub const EVENT_VERSION: u8 = 1;
/// No event is larger: a frozen record of a large unit is about 100 KB. In bytes.
pub const EVENT_MAX_BYTES: usize = 4 << 20;

/// Names one event: the device that made it and its number in that device's chain (from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct EventRef {
    /// The device.
    #[n(0)]
    pub device: Id,
    /// The number in its chain.
    #[n(1)]
    pub seq: u64,
}

/// The one order in which events are folded, the same everywhere: clock, then device, then sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct OrderKey {
    /// Corrected time.
    #[n(0)]
    pub hlc: Hlc,
    /// The event itself, which makes the order total.
    #[n(1)]
    pub event: EventRef,
}

/// Why bytes are no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEvent {
    /// Not the CBOR of an event.
    #[error("the bytes are no event: {0}")]
    Shape(String),
    /// There is something after the event.
    #[error("{0} bytes follow the event")]
    Trailing(usize),
    /// Larger than [`EVENT_MAX_BYTES`].
    #[error("the event has {0} bytes, more than {EVENT_MAX_BYTES}")]
    TooLarge(usize),
}

impl From<minicbor::decode::Error> for BadEvent {
    fn from(error: minicbor::decode::Error) -> Self {
        Self::Shape(error.to_string())
    }
}

/// What an event is made of before it is encoded.
#[derive(Clone, Debug)]
pub struct NewEvent<'a> {
    /// The device whose chain it joins.
    pub device: Id,
    /// The person who acts.
    pub actor: Id,
    /// In which role.
    pub role: &'a str,
    /// Under which policy profile, as `id@version`.
    pub policy: &'a str,
    /// The device's own clock minus corrected time, in milliseconds.
    pub skew_ms: i64,
    /// The aggregate it belongs to.
    pub agg: Id,
    /// The number in the chain.
    pub seq: u64,
    /// Corrected time.
    pub hlc: Hlc,
    /// What happened.
    pub body: &'a Body,
}

/// An event as stored: its bytes and what they say.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    bytes: Vec<u8>,
    /// Layout version; a later one than [`EVENT_VERSION`] is stored, passed on and shown as "needs an update".
    pub version: u8,
    /// The device that made it.
    pub device: Id,
    /// The person who acted.
    pub actor: Id,
    /// The role.
    pub role: String,
    /// The policy profile, `id@version`.
    pub policy: String,
    /// Device clock minus corrected time, in milliseconds.
    pub skew_ms: i64,
    /// The kind, as [`Body::kind`].
    pub kind: String,
    /// The aggregate.
    pub agg: Id,
    /// The number in the device's chain, from 1.
    pub seq: u64,
    /// Corrected time.
    pub hlc: Hlc,
    body_at: usize,
}

impl Event {
    /// Encodes an event; afterwards its bytes never change.
    pub fn encode(new: &NewEvent<'_>) -> Self {
        let mut bytes = Vec::with_capacity(192);
        let mut e = Encoder::new(&mut bytes);
        let result = e
            .array(12)
            .and_then(|e| e.u8(EVENT_VERSION))
            .and_then(|e| e.bytes(&new.device.0))
            .and_then(|e| e.bytes(&new.actor.0))
            .and_then(|e| e.str(new.role))
            .and_then(|e| e.str(new.policy))
            .and_then(|e| e.i64(new.skew_ms))
            .and_then(|e| e.str(new.body.kind()))
            .and_then(|e| e.bytes(&new.agg.0))
            .and_then(|e| e.u64(new.seq))
            .and_then(|e| e.i64(new.hlc.ms.0))
            .and_then(|e| e.u32(new.hlc.counter))
            .map(|_| ());
        // Writing to a Vec cannot fail; the type of the error says so.
        debug_assert!(result.is_ok());
        let body_at = bytes.len();
        new.body.encode_into(&mut bytes);
        Self {
            bytes,
            version: EVENT_VERSION,
            device: new.device,
            actor: new.actor,
            role: new.role.to_owned(),
            policy: new.policy.to_owned(),
            skew_ms: new.skew_ms,
            kind: new.body.kind().to_owned(),
            agg: new.agg,
            seq: new.seq,
            hlc: new.hlc,
            body_at,
        }
    }

    /// Reads an event and keeps its bytes.
    ///
    /// # Errors
    /// When the bytes are not exactly one event.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, BadEvent> {
        if bytes.len() > EVENT_MAX_BYTES {
            return Err(BadEvent::TooLarge(bytes.len()));
        }
        let mut d = Decoder::new(&bytes);
        match d.array()? {
            Some(n) if n >= 12 => {}
            _ => return Err(BadEvent::Shape("no array of 12".into())),
        }
        let version = d.u8()?;
        let device = d.decode()?;
        let actor = d.decode()?;
        let role = d.str()?.to_owned();
        let policy = d.str()?.to_owned();
        let skew_ms = d.i64()?;
        let kind = d.str()?.to_owned();
        let agg = d.decode()?;
        let seq = d.u64()?;
        let ms = UtcMs(d.i64()?);
        // No clock shows it: such a time would only break what prints it.
        if !ms.is_printable() || !UtcMs(ms.0.saturating_add(skew_ms)).is_printable() {
            return Err(BadEvent::Shape("a time that cannot be".into()));
        }
        let counter = d.u32()?;
        let body_at = d.position();
        d.skip()?;
        if version <= EVENT_VERSION && d.position() != bytes.len() {
            return Err(BadEvent::Trailing(bytes.len() - d.position()));
        }
        if seq == 0 {
            return Err(BadEvent::Shape("sequence 0".into()));
        }
        Ok(Self { version, device, actor, role, policy, skew_ms, kind, agg, seq, hlc: Hlc { ms, counter }, body_at, bytes })
    }

    /// The bytes as first encoded.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, for keeping them where the event is not needed any more.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The SHA-256 of the bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// What happened; [`Body::Unknown`] when this build does not know it.
    pub fn body(&self) -> Body {
        if self.version > EVENT_VERSION {
            return Body::Unknown;
        }
        Body::decode(&self.kind, &self.bytes[self.body_at..])
    }

    /// Its name.
    pub fn at(&self) -> EventRef {
        EventRef { device: self.device, seq: self.seq }
    }

    /// Its place in the order.
    pub fn order(&self) -> OrderKey {
        OrderKey { hlc: self.hlc, event: self.at() }
    }

    /// What the device's own clock showed.
    pub fn device_time(&self) -> UtcMs {
        UtcMs(self.hlc.ms.0.saturating_add(self.skew_ms))
    }
}
