//! Taking a photograph in: what it is, whether it may come in, and the facts its bytes tell.

use super::{
    BlobError, BlobStore,
    exif_facts::ExifFacts,
    sniff::{HEAD_BYTES, Kind, Scan, Structure},
};
use crate::{
    model::{Digest, UtcMs},
    words::Told,
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{BufRead, BufReader, Cursor, Read, Seek},
    path::Path,
};

/// What a photograph may be. The numbers come from `policy/data/photo.toml`; consent comes with each photograph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakePolicy {
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// The most pixels of a JPEG or HEIC.
    pub max_pixels: u64,
    /// The most pixels of a PNG or WebP, which are unpacked whole.
    pub max_pixels_lossless: u64,
    /// The most bytes a PNG or WebP may unpack to per byte of its own.
    pub max_inflation: u64,
    /// Unpacked bytes up to which [`Self::max_inflation`] is not asked.
    pub inflation_free_bytes: u64,
    /// The most scans of a JPEG.
    pub max_scans: u64,
    /// The most memory that making a picture may take, in bytes.
    pub max_decode_bytes: u64,
    /// Free space that must be left after the photograph is taken in, in bytes.
    pub floor_free_bytes: u64,
    /// Whether the owner agreed that the position is kept; without it no position leaves [`take_photo`].
    pub keep_position: bool,
}

/// The embedded data file does not fit this build (a test prevents it).
#[derive(Debug, thiserror::Error)]
#[error("photo limits: {0}")]
pub struct PolicyError(#[from] toml::de::Error);

impl PhotoFacts {
    /// Width over height when held upright; 1 where the file does not say.
    pub fn aspect(&self) -> f32 {
        if self.width_px == 0 || self.height_px == 0 { 1.0 } else { self.width_px as f32 / self.height_px as f32 }
    }
}

impl IntakePolicy {
    /// The product's own limits (`photo.toml`), without consent to keep positions.
    pub fn product_default() -> Result<Self, PolicyError> {
        Self::from_toml(include_str!("../policy/data/photo.toml"))
    }

    /// Limits from a file of the same form as `photo.toml`: each value with its origin.
    pub fn from_toml(source: &str) -> Result<Self, PolicyError> {
        #[derive(Deserialize)]
        struct Limit {
            value: u64,
            #[serde(rename = "origin")]
            _origin: String,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Limits {
            max_bytes: Limit,
            max_pixels: Limit,
            max_pixels_lossless: Limit,
            max_inflation: Limit,
            inflation_free_bytes: Limit,
            max_scans: Limit,
            max_decode_bytes: Limit,
            floor_free_bytes: Limit,
        }
        let limits: Limits = toml::from_str(source)?;
        Ok(Self {
            max_bytes: limits.max_bytes.value,
            max_pixels: limits.max_pixels.value,
            max_pixels_lossless: limits.max_pixels_lossless.value,
            max_inflation: limits.max_inflation.value,
            inflation_free_bytes: limits.inflation_free_bytes.value,
            max_scans: limits.max_scans.value,
            max_decode_bytes: limits.max_decode_bytes.value,
            floor_free_bytes: limits.floor_free_bytes.value,
            keep_position: false,
        })
    }

    /// The same limits, with the position kept or not.
    pub fn with_position(self, keep_position: bool) -> Self {
        Self { keep_position, ..self }
    }
}

/// What the bytes of a photograph tell. All of it but digest and length is the file's own claim.
///
/// A position is personal data: a caller stores it encrypted or not at all.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct PhotoFacts {
    /// SHA-256 of the original's bytes, its name in the store.
    #[n(0)]
    pub sha256: Digest,
    /// Their number.
    #[n(1)]
    pub bytes: u64,
    /// `image/jpeg`, `image/png`, `image/webp` or `image/heic`.
    #[n(2)]
    pub mime: String,
    /// Width in pixels when held upright; 0 when the file ends before it says.
    #[n(3)]
    pub width_px: u32,
    /// Height in pixels when held upright.
    #[n(4)]
    pub height_px: u32,
    /// EXIF orientation, 1 to 8: how the stored pixels are turned.
    #[n(5)]
    pub orientation: u8,
    /// The camera's clock as it stood, `2026-11-20T09:06:31` or with milliseconds.
    #[n(6)]
    pub taken_local: Option<String>,
    /// Its offset from UTC in minutes, where the camera wrote it.
    #[n(7)]
    pub taken_offset_min: Option<i32>,
    /// The instant, where the offset is known.
    #[n(8)]
    pub taken_utc: Option<UtcMs>,
    /// The camera's maker.
    #[n(9)]
    pub camera_make: Option<String>,
    /// The camera's model.
    #[n(10)]
    pub camera_model: Option<String>,
    /// Degrees north and east; only with consent.
    #[n(11)]
    pub position: Option<(f64, f64)>,
    /// The file ends before its own structure does.
    #[n(12)]
    pub damaged: bool,
}

/// Why a photograph was not taken in. Nothing of it was left behind.
#[derive(Debug, thiserror::Error)]
pub enum PhotoRefused {
    /// The path cannot be read.
    #[error("the file cannot be read")]
    Unreadable(#[source] std::io::Error),
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// Not a JPEG, PNG, WebP or HEIC, whatever its name says.
    #[error("not a photograph")]
    NotAPhoto,
    /// Longer than a photograph is.
    #[error("{bytes} bytes, {max_bytes} are the limit")]
    TooManyBytes {
        /// The file's length.
        bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// More pixels than any camera makes.
    #[error("{width_px} x {height_px} pixels, {max_pixels} in all are the limit")]
    TooManyPixels {
        /// Width the file claims.
        width_px: u32,
        /// Height the file claims.
        height_px: u32,
        /// The limit on their product.
        max_pixels: u64,
    },
    /// A small file made to unpack to a huge one, or to be decoded over and over.
    #[error("a decompression bomb")]
    Bomb,
    /// Less free space than the floor; refused before anything was written.
    #[error("{free_bytes} bytes free, {floor_bytes} must stay free")]
    LowSpace {
        /// Bytes free now.
        free_bytes: u64,
        /// Bytes that must be free after it.
        floor_bytes: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl Told for PhotoRefused {
    fn key(&self) -> &'static str {
        match self {
            Self::Unreadable(error) if error.kind() == std::io::ErrorKind::NotFound => "photo-gone",
            Self::Unreadable(_) => "photo-unreadable",
            Self::Empty => "photo-empty",
            Self::NotAPhoto => "photo-not-a-photo",
            Self::TooManyBytes { .. } => "photo-too-many-bytes",
            Self::TooManyPixels { .. } => "photo-too-many-pixels",
            Self::Bomb => "photo-bomb",
            Self::LowSpace { .. } => "photo-low-space",
            Self::Blob(error) => error.key(),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        // Whole megabytes: rounded up what is there, so that the words never say less than the truth.
        let mb = |bytes: u64| bytes.div_ceil(1 << 20).to_string();
        match self {
            Self::TooManyBytes { bytes, max_bytes } => vec![("size", mb(*bytes)), ("limit", mb(*max_bytes))],
            Self::TooManyPixels { width_px, height_px, max_pixels } => {
                vec![("width", width_px.to_string()), ("height", height_px.to_string()), ("limit", (max_pixels / 1_000_000).to_string())]
            }
            Self::LowSpace { free_bytes, floor_bytes } => vec![("free", mb(*free_bytes)), ("floor", mb(*floor_bytes))],
            _ => Vec::new(),
        }
    }
}

/// Takes the photograph at `path` into `store`. When it returns the original is durable, byte for byte; the file at `path`
/// stays as it was. A refusal leaves nothing behind.
pub fn take_photo(store: &BlobStore, path: &Path, policy: &IntakePolicy) -> Result<PhotoFacts, PhotoRefused> {
    // Asked before opening: opening a pipe would wait for its other end.
    if !std::fs::metadata(path).map_err(PhotoRefused::Unreadable)?.is_file() {
        return Err(PhotoRefused::NotAPhoto);
    }
    let mut file = File::open(path).map_err(PhotoRefused::Unreadable)?;
    let described = file.metadata().map_err(PhotoRefused::Unreadable)?;
    let bytes = described.len();
    if bytes == 0 {
        return Err(PhotoRefused::Empty);
    }
    if bytes > policy.max_bytes {
        return Err(PhotoRefused::TooManyBytes { bytes, max_bytes: policy.max_bytes });
    }
    let free_bytes = store.free_bytes()?;
    let floor_bytes = policy.floor_free_bytes.saturating_add(bytes);
    if free_bytes < floor_bytes {
        return Err(PhotoRefused::LowSpace { free_bytes, floor_bytes });
    }

    let mut head = [0; HEAD_BYTES];
    let head_bytes = read_up_to(&mut file, &mut head).map_err(PhotoRefused::Unreadable)?;
    let head = &head[..head_bytes];
    let mut scan = Some(Scan::begin(head).ok_or(PhotoRefused::NotAPhoto)?);
    let mut structure = None;
    // A file that grows while it is read must not grow past the limit.
    let mut whole = head.chain(&mut file).take(policy.max_bytes.saturating_add(1));
    let mut seen_bytes = 0;
    let put = store.put_reader(&mut whole, &mut |piece: Option<&[u8]>| match (piece, &mut scan) {
        (Some(piece), Some(scan)) => {
            seen_bytes += piece.len() as u64;
            if seen_bytes > policy.max_bytes {
                return Err(PhotoRefused::TooManyBytes { bytes: seen_bytes, max_bytes: policy.max_bytes });
            }
            scan.feed(piece, policy)
        }
        _ => {
            structure = scan.take().map(|scan| scan.finish(policy)).transpose()?;
            Ok(())
        }
    })?;
    let mut structure = structure.ok_or(PhotoRefused::NotAPhoto)?;
    // The original is durable now: whatever its EXIF block is like, nothing may fail from here.
    let exif = exif_of(&mut structure, || store.open_read(&put.digest).ok().map(BufReader::new));
    Ok(facts(put.digest, put.bytes, &structure, exif, policy))
}

/// What [`take_photo`] would say of `bytes`, without storing them: for looking at files from elsewhere, and for fuzzing.
pub fn inspect(bytes: &[u8], policy: &IntakePolicy) -> Result<PhotoFacts, PhotoRefused> {
    let length = bytes.len() as u64;
    if bytes.is_empty() {
        return Err(PhotoRefused::Empty);
    }
    if length > policy.max_bytes {
        return Err(PhotoRefused::TooManyBytes { bytes: length, max_bytes: policy.max_bytes });
    }
    let mut scan = Scan::begin(&bytes[..bytes.len().min(HEAD_BYTES)]).ok_or(PhotoRefused::NotAPhoto)?;
    scan.feed(bytes, policy)?;
    let mut structure = scan.finish(policy)?;
    let exif = exif_of(&mut structure, || Some(Cursor::new(bytes)));
    Ok(facts(Digest::of(bytes), length, &structure, exif, policy))
}

/// Structure and orientation of a stored original, read only as far as they reach.
pub(super) fn header_of(file: &mut (impl Read + Seek), policy: &IntakePolicy) -> Result<(Structure, u8), PhotoRefused> {
    let mut piece = vec![0; 64 * 1024];
    let mut scan: Option<Scan> = None;
    loop {
        let read = read_up_to(file, &mut piece).map_err(BlobError::Store)?;
        let piece = &piece[..read];
        let scan = match &mut scan {
            Some(scan) => scan,
            none => none.insert(Scan::begin(&piece[..read.min(HEAD_BYTES)]).ok_or(PhotoRefused::NotAPhoto)?),
        };
        scan.feed(piece, policy)?;
        if read == 0 || scan.is_past_header() {
            break;
        }
    }
    let mut structure = match scan {
        Some(scan) => scan.finish(policy)?,
        None => return Err(PhotoRefused::NotAPhoto),
    };
    let exif = exif_of(&mut structure, || file.rewind().ok().map(|()| BufReader::new(file)));
    let orientation = orientation(&structure, &exif);
    Ok((structure, orientation))
}

/// The EXIF facts: from the block that went by in a JPEG, from the whole file otherwise.
fn exif_of<F: BufRead + Seek>(structure: &mut Structure, open: impl FnOnce() -> Option<F>) -> ExifFacts {
    match structure.exif.take() {
        Some(block) => ExifFacts::of_tiff(block),
        None if structure.kind == Kind::Jpeg => ExifFacts::default(),
        None => open().map(|mut file| ExifFacts::of_container(&mut file)).unwrap_or_default(),
    }
}

fn orientation(structure: &Structure, exif: &ExifFacts) -> u8 {
    if structure.container_turns { 1 } else { exif.orientation.unwrap_or(1) }
}

fn facts(sha256: Digest, bytes: u64, structure: &Structure, exif: ExifFacts, policy: &IntakePolicy) -> PhotoFacts {
    let orientation = orientation(structure, &exif);
    let (width_px, height_px) = match orientation {
        5..=8 => (structure.height_px, structure.width_px),
        _ => (structure.width_px, structure.height_px),
    };
    PhotoFacts {
        sha256,
        bytes,
        mime: structure.kind.mime().to_owned(),
        width_px,
        height_px,
        orientation,
        taken_local: exif.taken_local,
        taken_offset_min: exif.taken_offset_min,
        taken_utc: exif.taken_utc,
        camera_make: exif.camera_make,
        camera_model: exif.camera_model,
        position: exif.position.filter(|_| policy.keep_position),
        damaged: structure.truncated,
    }
}

fn read_up_to(file: &mut impl Read, into: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match file.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
