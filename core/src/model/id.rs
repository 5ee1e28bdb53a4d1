//! Identifiers (UUIDv7) and digests (SHA-256).

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};

/// A UUIDv7: 48 bits of milliseconds, a 12-bit counter, 62 bits that are this maker's own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Id(pub [u8; 16]);

/// The text is no identifier or digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid identifier")]
pub struct BadId;

impl Id {
    /// A random identifier at `now_ms` (milliseconds since 1970), for things made once; ids made in numbers come from an [`IdMaker`].
    pub fn random(now_ms: i64) -> Self {
        let mut node = [0; 8];
        fill_random(&mut node);
        let mut counter = [0; 2];
        fill_random(&mut counter);
        Self::assemble(now_ms, u16::from_be_bytes(counter) & 0x0fff, u64::from_be_bytes(node))
    }

    /// The identifier that follows from `parts`, the same wherever it is computed (version 8 of RFC 9562: own scheme).
    pub fn derived(parts: &[&[u8]]) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Digest::of_parts(parts).0[..16]);
        bytes[6] = 0x80 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Self(bytes)
    }

    fn assemble(now_ms: i64, counter: u16, node: u64) -> Self {
        let ms = (now_ms.max(0) as u64) & 0xffff_ffff_ffff;
        let high = (ms << 16) | 0x7000 | u64::from(counter & 0x0fff);
        let low = 0x8000_0000_0000_0000 | (node & 0x3fff_ffff_ffff_ffff);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high.to_be_bytes());
        bytes[8..].copy_from_slice(&low.to_be_bytes());
        Self(bytes)
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first 8 hex digits of the random part's hash-like tail, for people: enough to tell devices of one project apart.
    pub fn short(&self) -> String {
        self.0[12..].iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// Makes identifiers of one device: the time and a counter differ, the node part stays. Node parts are random per device
/// (RFC 9562, 6.4), so two devices never make the same id, and ids of one device compress to a few bytes in a batch.
#[derive(Debug, Clone)]
pub struct IdMaker {
    node: u64,
    last_ms: i64,
    counter: u16,
}

impl IdMaker {
    /// A maker whose node part follows from the device's own id.
    pub fn for_device(device: Id) -> Self {
        let digest = Digest::of_parts(&[b"keyturn-node-v1", &device.0]);
        let mut node = [0; 8];
        node.copy_from_slice(&digest.0[..8]);
        Self { node: u64::from_be_bytes(node), last_ms: 0, counter: 0 }
    }

    /// The next identifier; never the same twice from one maker, also when the clock steps back.
    /// `not_before_ms` of a restarted maker is kept by [`Self::resume_after`].
    pub fn next(&mut self, now_ms: i64) -> Id {
        if now_ms > self.last_ms {
            self.last_ms = now_ms;
            self.counter = 0;
        } else if self.counter == 0x0fff {
            self.last_ms += 1;
            self.counter = 0;
        } else {
            self.counter += 1;
        }
        Id::assemble(self.last_ms, self.counter, self.node)
    }

    /// After a restart: never make an id whose time is not after `last_ms`.
    pub fn resume_after(&mut self, last_ms: i64) {
        if last_ms >= self.last_ms {
            self.last_ms = last_ms;
            self.counter = 0x0fff;
        }
    }

    /// The latest millisecond used in an id; what [`Self::resume_after`] takes.
    pub fn last_ms(&self) -> i64 {
        self.last_ms
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, b) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{b:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = BadId;
    fn from_str(s: &str) -> Result<Self, BadId> {
        let hex: String = s.chars().filter(|c| *c != '-').collect();
        Ok(Self(unhex(&hex)?))
    }
}

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The SHA-256 of the parts one after the other.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// Short form for people: first 8 … last 4 hex digits (design/report).
    pub fn short(&self) -> String {
        let hex = self.to_string();
        format!("{} {} … {}", &hex[..4], &hex[4..8], &hex[60..])
    }

    /// In groups of four, to be read out.
    pub fn grouped(&self) -> String {
        let hex = self.to_string();
        let groups: Vec<&str> = (0..16).map(|i| &hex[i * 4..i * 4 + 4]).collect();
        groups.join(" ")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = BadId;
    fn from_str(s: &str) -> Result<Self, BadId> {
        Ok(Self(unhex(s)?))
    }
}

fn unhex<const N: usize>(hex: &str) -> Result<[u8; N], BadId> {
    if hex.len() != N * 2 || !hex.is_ascii() {
        return Err(BadId);
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let digit = |c: u8| (c as char).to_digit(16).ok_or(BadId);
        *byte = ((digit(pair[0])? << 4) | digit(pair[1])?) as u8;
    }
    Ok(out)
}

/// Fills `bytes` from the operating system's random source. Without one no key may be made, so the process ends.
pub fn fill_random(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        tracing::error!(%error, "the operating system gives no random bytes");
        std::process::abort();
    }
}

macro_rules! bytes_codec {
    ($name:ident) => {
        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }
        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                let bytes = d.bytes()?;
                Ok(Self(bytes.try_into().map_err(|_| decode::Error::message("wrong length"))?))
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(D::Error::custom)
            }
        }
    };
}
bytes_codec!(Id);
bytes_codec!(Digest);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_ordered_and_never_twice() {
        let mut maker = IdMaker::for_device(Id::random(1));
        let mut last = maker.next(1_790_000_000_000);
        for step in 0..20_000 {
            let next = maker.next(1_790_000_000_000 - step % 7);
            assert!(next > last);
            last = next;
        }
        assert_eq!(last.to_string().as_bytes()[14], b'7');
        assert_eq!(last.to_string().parse::<Id>(), Ok(last));
        let mut again = maker.clone();
        again.resume_after(maker.last_ms());
        assert!(again.next(0) > last);
    }

    #[test]
    fn bad_text_is_refused() {
        for bad in ["", "zz", "0123", "0190163d-8694-739b-aea5-966c26f8ad9", "é190163d8694739baea5966c26f8ad9"] {
            assert_eq!(bad.parse::<Id>(), Err(BadId));
        }
    }
}
