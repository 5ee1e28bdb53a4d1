//! States as the `thing` table keeps them: packed with a dictionary of what every state says.

use super::{Result, StoreError};
use crate::log::{batch, fold::Aggregate, state};
use std::{cell::RefCell, sync::OnceLock};
use zstd::{
    bulk::{Compressor, Decompressor},
    dict::{DecoderDictionary, EncoderDictionary},
};

/// Names of fields and roles as they stand in a state, the most usual ones last, where naming them is cheapest. Stored states cannot be
/// read without it: never change it, add another under a mark of its own.
const DICTIONARY: &[u8] = b"\x69inspector\x6dservice_clerk\x6fservice_manager\x6brepair_team\x65owner\
\x68building\x81\x83\x00\xf4\x82\x01\x68entrance\x81\x83\x00\xf4\x82\x01\x65floor\x81\x83\x00\xf4\x82\x02\x64kind\x81\x83\x00\xf4\x82\x01\x64name\x81\x83\x00\xf4\x82\x07\x82P\
\xf4\x82\x09\x83\x00\xf5\x80\x78\x24line:bedroom/ceiling/surface\x78\x24line:living/floor/level\x78\x24line:bathroom/drain\x78\x24line:kitchen/window\
\xf4\x82\x0d\x81\xf5document:key:meter:water\x82\x00\x85X image/jpeg\x64snag\x00\
\x6bresponsible\x81\x83\x00\xf4\x82\x01\x65trade\x81\x83\x00\xf4\x82\x01\x64line\x81\x83\x00\xf4\x82\x01\x63pin\x81\x83\x00\xf4\x82\x08\x83P\
\x66defect\x81\x83\x00\xf4\x82\x01\x66due_on\x81\x83\x00\xf4\x82\x01\x6a2026-\x67element\x81\x83\x00\xf4\x82\x01\x67finding\x81\x83\x00\xf4\x82\x01\x78\
\x66number\x81\x83\x00\xf4\x82\x02\x6aowner_text\x81\x83\x00\xf4\x82\x01\x64room\x81\x83\x00\xf4\x82\x01\x68severity\x81\x83\x00\xf4\x82\x01\x65minor\
\x80\x80\x80\xf4\x6ccn-default@1\x85\x02\x81P\x82P\x69inspector\x86\x1b\x00\x00\x01\xa2\x00\x00\x00";
/// What a state packed with [`DICTIONARY`] begins with; zstd's own mark is left away.
const MARK: u8 = 1;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Quick: a state is written with every edit.
const LEVEL: i32 = 1;
/// No state is larger. In bytes.
const UNPACKED_MAX_BYTES: usize = 64 << 20;

// One for each thread: making one costs more than packing a state.
thread_local! {
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn packer() -> std::io::Result<Compressor<'static>> {
    static PREPARED: OnceLock<EncoderDictionary<'static>> = OnceLock::new();
    Compressor::with_prepared_dictionary(PREPARED.get_or_init(|| EncoderDictionary::copy(DICTIONARY, LEVEL)))
}

fn unpacker() -> std::io::Result<Decompressor<'static>> {
    static PREPARED: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
    Decompressor::with_prepared_dictionary(PREPARED.get_or_init(|| DecoderDictionary::copy(DICTIONARY)))
}

pub(super) fn pack(thing: &Aggregate) -> Vec<u8> {
    let raw = state::encode(thing);
    let packed = PACKER.with_borrow_mut(|kept| {
        let mut packer = kept.take().map_or_else(packer, Ok).ok()?;
        let packed = packer.compress(&raw).ok();
        *kept = Some(packer);
        packed
    });
    match packed {
        Some(mut packed) if packed.starts_with(&ZSTD_MAGIC) => {
            packed.drain(1..ZSTD_MAGIC.len());
            packed[0] = MARK;
            packed
        }
        _ => raw,
    }
}

pub(super) fn unpack(bytes: &[u8]) -> Result<Aggregate> {
    let damaged = || StoreError::Damaged("state");
    let raw = match bytes {
        [MARK, rest @ ..] => unpack_with_dictionary(rest).ok_or_else(damaged)?,
        // As earlier versions wrote it.
        _ if bytes.starts_with(&ZSTD_MAGIC) => batch::unpack(bytes).map_err(|_| damaged())?,
        _ => return state::decode(bytes).map_err(|_| damaged()),
    };
    state::decode(&raw).map_err(|_| damaged())
}

fn unpack_with_dictionary(rest: &[u8]) -> Option<Vec<u8>> {
    let frame = [&ZSTD_MAGIC[..], rest].concat();
    let size = usize::try_from(zstd::zstd_safe::get_frame_content_size(&frame).ok()??).ok().filter(|size| *size <= UNPACKED_MAX_BYTES)?;
    UNPACKER.with_borrow_mut(|kept| {
        let mut unpacker = kept.take().map_or_else(unpacker, Ok).ok()?;
        let raw = unpacker.decompress(&frame, size).ok();
        *kept = Some(unpacker);
        raw
    })
}
