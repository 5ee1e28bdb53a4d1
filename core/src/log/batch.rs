//! What crosses the wire: a device's batch of events with its seal, and the segment a device pulls. CBOR, then zstd.

use super::{chain::Chain, event::Event};
use crate::model::{Digest, Id, UtcMs};
use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteVec};
use std::cell::RefCell;

/// No batch or segment unpacks to more. In bytes.
pub const UNPACKED_MAX_BYTES: usize = 64 << 20;
/// The first batch or segment of a sync holds about so much before packing: the other side gets to work soon, and a link that is cut
/// loses little. In bytes.
pub const STEP_FIRST_BYTES: usize = 1 << 20;
/// No further one holds more. Large ones cost less altogether: what is changed often is folded and stored once. In bytes.
pub const STEP_MAX_BYTES: usize = 9 << 20;

/// The size of the batch or segment after one of `bytes`: while one is worked on the next, larger one is made.
pub fn next_step(bytes: usize) -> usize {
    bytes.saturating_mul(3).min(STEP_MAX_BYTES)
}
/// Up to here packed things are unpacked at one go. In bytes.
const SMALL_MAX_BYTES: usize = 1 << 20;
const VERSION: u8 = 1;
/// What stands before the events in a [`Segment`].
const EVENTS_AT: usize = 4;
/// High enough to reach the size on the wire that a weak link needs, low enough for an old phone.
const ZSTD_LEVEL: i32 = 7;

/// The bytes are no batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBatch {
    /// Not zstd, or more than [`UNPACKED_MAX_BYTES`].
    #[error("the batch cannot be unpacked")]
    Packed,
    /// Not a batch of this version.
    #[error("the bytes are no batch: {0}")]
    Shape(String),
}

impl From<minicbor::decode::Error> for BadBatch {
    fn from(error: minicbor::decode::Error) -> Self {
        Self::Shape(error.to_string())
    }
}

/// Events of one device, in sequence, as pushed.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The device.
    pub device: Id,
    /// Its chain before the first event.
    pub before: Chain,
    /// The events' bytes, in sequence.
    pub events: Vec<Vec<u8>>,
    /// The seal over the chain after the last event.
    pub seal: Vec<u8>,
    /// The device's corrected time when the batch was made.
    pub sent: UtcMs,
}

impl Batch {
    /// Packs the batch.
    pub fn pack(&self) -> Vec<u8> {
        let mut raw = Vec::with_capacity(self.events.iter().map(|e| e.len() + 3).sum::<usize>() + 512);
        let mut e = Encoder::new(&mut raw);
        let _ = e
            .array(6)
            .and_then(|e| e.u8(VERSION))
            .and_then(|e| e.encode(self.device))
            .and_then(|e| e.encode(self.before))
            .and_then(|e| e.encode(self.sent))
            .and_then(|e| e.array(self.events.len() as u64))
            .map(|_| ());
        for event in &self.events {
            let _ = Encoder::new(&mut raw).bytes(event).map(|_| ());
        }
        let _ = Encoder::new(&mut raw).bytes(&self.seal).map(|_| ());
        pack(&raw)
    }

    /// Unpacks a batch; checks the shape, not the chain or seal.
    ///
    /// # Errors
    /// When the bytes are no batch.
    pub fn unpack(packed: &[u8]) -> Result<Self, BadBatch> {
        let raw = unpack(packed)?;
        let mut d = Decoder::new(&raw);
        if d.array()? != Some(6) || d.u8()? != VERSION {
            return Err(BadBatch::Shape("not a batch of version 1".into()));
        }
        let device = d.decode()?;
        let before = d.decode()?;
        let sent = d.decode()?;
        let count = d.array()?.ok_or_else(|| BadBatch::Shape("no length".into()))?;
        let mut events = Vec::with_capacity(count.min(100_000) as usize);
        for _ in 0..count {
            events.push(d.bytes()?.to_vec());
        }
        let seal = d.bytes()?.to_vec();
        if d.position() != raw.len() {
            return Err(BadBatch::Shape("bytes follow the batch".into()));
        }
        Ok(Self { device, before, events, seal, sent })
    }

    /// The chain after the batch.
    pub fn after(&self) -> Chain {
        let mut chain = self.before;
        self.events.iter().for_each(|event| chain.push(Digest::of(event)));
        chain
    }
}

/// A person's key as it travels to a device in whose scope the person is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct KeyGrant {
    /// The person.
    #[n(0)]
    pub person: Id,
    /// The key; `None` when it was destroyed: the person is erased.
    #[n(1)]
    pub key: Option<ByteVec>,
}

/// What a device pulls.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Segment {
    /// Layout version.
    #[n(0)]
    pub version: u8,
    /// The cursor to pull from next.
    #[n(1)]
    pub cursor: String,
    /// Whether more is waiting.
    #[n(2)]
    pub more: bool,
    /// The hub's time.
    #[n(3)]
    pub hub_time: UtcMs,
    /// Events of any devices, in hub order.
    #[n(4)]
    pub events: Vec<ByteVec>,
    /// Keys of persons in scope.
    #[n(5)]
    pub keys: Vec<KeyGrant>,
    /// Things that left the scope: removed on the device, but never unsent work.
    #[n(6)]
    pub gone: Vec<Id>,
}

impl Segment {
    /// Packs the segment.
    pub fn pack(&self) -> Vec<u8> {
        pack(&minicbor::to_vec(self).unwrap_or_default())
    }

    /// Unpacks a segment.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn unpack(packed: &[u8]) -> Result<Self, BadBatch> {
        Self::read(&unpack(packed)?)
    }

    fn read(raw: &[u8]) -> Result<Self, BadBatch> {
        let segment: Self = minicbor::decode(raw)?;
        if segment.version != VERSION {
            return Err(BadBatch::Shape("not a segment of version 1".into()));
        }
        Ok(segment)
    }

    /// An empty segment at `cursor`.
    pub fn at(cursor: String, hub_time: UtcMs) -> Self {
        Self { version: VERSION, cursor, more: false, hub_time, events: Vec::new(), keys: Vec::new(), gone: Vec::new() }
    }

    /// Adds an event.
    pub fn add(&mut self, event: &Event) {
        self.events.push(event.bytes().to_vec().into());
    }
}

/// A segment as it came: a device keeps its bytes, so that it need not pack again what the hub has packed.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// What it says.
    pub segment: Segment,
    packed: Vec<u8>,
    places: Vec<usize>,
}

impl Arrived {
    /// Unpacks a segment.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn open(packed: Vec<u8>) -> Result<Self, BadBatch> {
        let raw = unpack(&packed)?;
        let segment = Segment::read(&raw)?;
        let mut d = Decoder::new(&raw);
        d.array()?;
        for _ in 0..EVENTS_AT {
            d.skip()?;
        }
        let count = d.array()?.ok_or_else(|| BadBatch::Shape("no length".into()))?;
        let mut places = Vec::with_capacity(segment.events.len());
        for _ in 0..count {
            places.push(d.position());
            d.skip()?;
        }
        Ok(Self { segment, packed, places })
    }

    /// The packed bytes, and where in the unpacked ones each event's bytes begin (as a CBOR byte string).
    pub(crate) fn as_it_came(&self) -> (&[u8], &[usize]) {
        (&self.packed, &self.places)
    }
}

/// Packs bytes for wire or store.
pub fn pack(raw: &[u8]) -> Vec<u8> {
    // Compressing to memory fails only when memory does.
    zstd::bulk::compress(raw, ZSTD_LEVEL).unwrap_or_default()
}

/// Unpacks at most [`UNPACKED_MAX_BYTES`].
///
/// # Errors
/// When the bytes are not zstd or unpack to more.
pub fn unpack(packed: &[u8]) -> Result<Vec<u8>, BadBatch> {
    use std::io::Read;
    if let Ok(Some(size)) = zstd::zstd_safe::get_frame_content_size(packed)
        && size <= SMALL_MAX_BYTES as u64
    {
        // Small things come by the thousand, and a decoder costs more to make than to use.
        thread_local!(static DECODER: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) });
        return DECODER.with_borrow_mut(|kept| {
            let mut decoder = match kept.take() {
                Some(decoder) => decoder,
                None => zstd::bulk::Decompressor::new().map_err(|_| BadBatch::Packed)?,
            };
            let raw = decoder.decompress(packed, size as usize).map_err(|_| BadBatch::Packed);
            *kept = Some(decoder);
            raw
        });
    }
    let mut out = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(|_| BadBatch::Packed)?;
    decoder.take(UNPACKED_MAX_BYTES as u64 + 1).read_to_end(&mut out).map_err(|_| BadBatch::Packed)?;
    if out.len() > UNPACKED_MAX_BYTES { Err(BadBatch::Packed) } else { Ok(out) }
}
