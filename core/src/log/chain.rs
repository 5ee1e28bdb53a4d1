//! The hash chain of one device, over event hashes: `chain[n] = H(chain[n-1] || H(event[n]))`.

use crate::model::{Digest, Id};
use minicbor::{Decode, Encode};

/// The head of one device's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Chain {
    /// How many events it covers.
    #[n(0)]
    pub seq: u64,
    /// The head.
    #[n(1)]
    pub head: Digest,
}

impl Chain {
    /// The empty chain of a device.
    pub fn start(device: Id) -> Self {
        Self { seq: 0, head: Digest::of_parts(&[b"keyturn-chain-v1", &device.0]) }
    }

    /// Adds the next event by its hash.
    pub fn push(&mut self, event: Digest) {
        self.seq += 1;
        self.head = Digest::of_parts(&[&self.head.0, &event.0]);
    }
}
