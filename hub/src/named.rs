//! What a device may hand in beside its records: files that records name, and keys of persons that records name. A device that holds a
//! session is not trusted for that alone; what no record speaks of belongs to nobody.

use crate::{error::HubError, hub::Hub, ingest::Offered, ledger::decode_events, store::Record};
use bytes::Bytes;
use image::{ImageFormat, ImageReader};
use keyturn_core::{
    log::{cert::Certificate, fold::Aggregate},
    model::{
        Digest, Id, Value,
        act::Act,
        body::{AggKind, Body},
    },
};
use std::{collections::BTreeSet, io::Cursor};

/// The kind of record of keys whose person no record names yet.
pub(crate) const OFFERED_KEY: &str = "offered_key";
/// Keys that a device may have waiting for their records.
pub(crate) const OFFERED_MAX: usize = 1_000;
/// The most a small picture has, in bytes: an uncompressed one of 512 pixels a side has less.
pub(crate) const SMALL_MAX_BYTES: u64 = 1 << 20;

/// As what records name a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// By none.
    Not,
    /// A plan, a document, a notice.
    File,
    /// A photograph.
    Photo,
}

fn in_act(act: &Act, sha256: Digest) -> Named {
    match act {
        Act::PhotoAdd(photo) if photo.sha256 == sha256 => Named::Photo,
        Act::Document(_, digest, ..) | Act::Notice(_, _, Some(digest)) if *digest == sha256 => Named::File,
        _ => Named::Not,
    }
}

fn in_value(value: &Value, sha256: Digest) -> Named {
    match value {
        Value::Meter(meter) if meter.photo == Some(sha256) => Named::Photo,
        Value::Digest(digest) if *digest == sha256 => Named::File,
        _ => Named::Not,
    }
}

fn in_thing(thing: &Aggregate, sha256: Digest, counts: impl Fn(Id) -> bool) -> Named {
    let acts = thing.entries.iter().filter(|e| counts(e.origin.at().device)).map(|e| in_act(&e.act, sha256));
    let fields = thing.fields.values().flatten().filter(|h| counts(h.origin.at().device)).map(|h| in_value(&h.value, sha256));
    acts.chain(fields).max().unwrap_or(Named::Not)
}

fn in_body(body: &Body, sha256: Digest) -> Named {
    match body {
        Body::Act(act) => in_act(act, sha256),
        Body::Set(changes) => changes.iter().map(|c| in_value(&c.value, sha256)).max().unwrap_or(Named::Not),
        Body::Create(create) => create.fields.iter().map(|(_, value)| in_value(value, sha256)).max().unwrap_or(Named::Not),
        Body::Unknown => Named::Not,
    }
}

/// The persons that a record names: one it creates, or whose data it carries.
pub(crate) fn persons_in(agg: Id, body: &Body) -> BTreeSet<Id> {
    let mut out = BTreeSet::new();
    let mut value = |value: &Value| match value {
        Value::Personal(sealed) => {
            out.insert(sealed.person);
        }
        Value::Participant(participant) => {
            out.insert(participant.person);
        }
        _ => {}
    };
    match body {
        Body::Create(create) => {
            create.fields.iter().for_each(|(_, v)| value(v));
            if create.kind == AggKind::Person {
                out.insert(agg);
            }
        }
        Body::Set(changes) => changes.iter().for_each(|c| value(&c.value)),
        _ => {}
    }
    out
}

/// Whether these bytes are a whole JPEG of at most `longest_px` a side.
pub(crate) fn is_small_picture(bytes: &[u8], longest_px: u32) -> bool {
    // The header first: a small file must not be unpacked to a huge one.
    let fits = bytes.len() as u64 <= SMALL_MAX_BYTES
        && ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg)
            .into_dimensions()
            .is_ok_and(|(w, h)| (1..=longest_px).contains(&w) && (1..=longest_px).contains(&h));
    fits && image::load_from_memory_with_format(bytes, ImageFormat::Jpeg).is_ok()
}

impl Hub {
    /// As what records name a file, as far as this device may say so: records of its own, also refused ones, and those in its scope.
    pub(crate) async fn named(&self, certificate: &Certificate, sha256: Digest) -> Result<Named, HubError> {
        let things = self.states(&self.blob_used_by(sha256).await?).await?;
        let in_scope = self.may_see_blob(certificate, sha256).await?;
        let counts = |device: Id| in_scope || device == certificate.device;
        let named = things.iter().map(|thing| in_thing(thing, sha256, counts)).max().unwrap_or(Named::Not);
        if named != Named::Not {
            return Ok(named);
        }
        // What was refused is kept, with its evidence; it stands in no state.
        let rows = self.0.store.refused_by(certificate.device, 1, i64::MAX as u64).await?;
        Ok(decode_events(rows)?.iter().map(|event| in_body(&event.body(), sha256)).max().unwrap_or(Named::Not))
    }

    /// Whether a file may be a small picture.
    pub(crate) async fn is_small(&self, bytes: Bytes, longest_px: u32) -> bool {
        tokio::task::spawn_blocking(move || is_small_picture(&bytes, longest_px)).await.unwrap_or(false)
    }

    /// Keys that wait for the records that name their persons, of one device.
    pub(crate) async fn offered_keys(&self, device: Id) -> Result<Vec<Offered>, HubError> {
        let all = self.0.store.records(OFFERED_KEY).await?;
        Ok(all.iter().filter_map(|(name, value)| Offered::read(name, value)).filter(|o| o.device == device).collect())
    }
}

impl Offered {
    pub(crate) fn read(name: &[u8], value: &[u8]) -> Option<Self> {
        let (device, person) = name.split_at_checked(16)?;
        let key = value.to_vec();
        Some(Self { device: Id(device.try_into().ok()?), person: Id(person.try_into().ok()?), key })
    }

    fn name(&self) -> Vec<u8> {
        [self.device.0, self.person.0].concat()
    }

    pub(crate) fn record(&self) -> Record {
        Record { kind: OFFERED_KEY, key: self.name(), value: Some(self.key.clone()) }
    }

    pub(crate) fn gone(&self) -> Record {
        Record { kind: OFFERED_KEY, key: self.name(), value: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{RgbImage, codecs::jpeg::JpegEncoder};

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        JpegEncoder::new(&mut out).encode_image(&RgbImage::new(width, height)).unwrap();
        out
    }

    #[test]
    fn a_small_picture_is_a_whole_jpeg_of_its_size() {
        let good = jpeg(512, 384);
        assert!(is_small_picture(&good, 512));
        assert!(!is_small_picture(&jpeg(513, 10), 512) && !is_small_picture(&jpeg(10, 513), 512));
        assert!(!is_small_picture(b"<!doctype html><script>alert(1)</script>", 512));
        assert!(!is_small_picture(&[], 512) && !is_small_picture(&good[..20], 512));
        assert!(!is_small_picture(&[good.as_slice(), &vec![0; SMALL_MAX_BYTES as usize]].concat(), 512), "too long for one");
    }
}
