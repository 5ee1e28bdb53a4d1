//! The pictures made from an original: 512 and 2,048 pixels at the longest side, upright, JPEG, without metadata.
//!
//! They are made again at will: the same original gives the same bytes, on every device. So nothing here depends on the
//! processor (`jpeg-decoder` is built platform-independent, and a test holds the resizer to its portable form).

use super::{
    BlobError, BlobStore,
    intake::{IntakePolicy, PhotoRefused, header_of},
    jpeg, shielded,
    sniff::{Kind, Structure},
};
use crate::{model::Digest, words::Told};
use fast_image_resize::{
    FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{U8, U8x3},
};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use std::{
    fs::File,
    io::{BufReader, Seek as _},
    path::{Path, PathBuf},
};

/// The two sizes of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureSize {
    /// 512 pixels: lists, and what is sent before the originals.
    Small,
    /// 2,048 pixels: the screen, the report.
    Large,
}

impl PictureSize {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Small, Self::Large];

    /// Pixels of the longest side; a smaller original is not enlarged.
    pub fn longest_px(self) -> u32 {
        match self {
            Self::Small => 512,
            Self::Large => 2048,
        }
    }

    /// The folder its pictures lie in.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Small => "512",
            Self::Large => "2048",
        }
    }

    fn jpeg_quality(self) -> u8 {
        match self {
            Self::Small => 80,
            Self::Large => 85,
        }
    }

    /// How many pixels to decode for it. Halving a 12-megapixel photo gives 2,000 or 2,016: the large picture takes that,
    /// enlarged by under 3 %, which no eye sees, rather than four times the time and memory.
    fn decode_px(self) -> u32 {
        match self {
            Self::Small => 512,
            Self::Large => 1988,
        }
    }
}

/// A picture in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// SHA-256 of the picture's own bytes.
    pub digest: Digest,
    /// Their number.
    pub bytes: u64,
    /// Width in pixels, upright.
    pub width_px: u32,
    /// Height in pixels, upright.
    pub height_px: u32,
    /// Where it lies.
    pub path: PathBuf,
    /// False when part of the original is missing and is shown grey.
    pub complete: bool,
}

/// Both pictures of one original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// 512 pixels.
    pub small: Picture,
    /// 2,048 pixels.
    pub large: Picture,
}

/// Why no picture was made. The original is as safe as before.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// HEIC: the phone's own system must give a preview.
    #[error("a preview from the device is needed")]
    NeedsPreview,
    /// A form of JPEG, PNG or WebP that is not decoded (arithmetic coding, 12 bits and the like).
    #[error("a form of image that is not supported")]
    Unsupported,
    /// Too little of it is sound.
    #[error("nothing in it can be shown")]
    Undecodable,
    /// It would take more memory than the policy allows.
    #[error("it would take too much memory")]
    TooCostly,
    /// The original or preview is no photograph.
    #[error(transparent)]
    Refused(#[from] PhotoRefused),
    /// The store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl Told for PictureError {
    fn key(&self) -> &'static str {
        match self {
            Self::NeedsPreview => "picture-needs-preview",
            Self::Unsupported => "picture-unsupported",
            Self::Undecodable => "picture-undecodable",
            Self::TooCostly => "picture-too-costly",
            Self::Refused(refused) => refused.key(),
            Self::Blob(error) => error.key(),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Refused(refused) => refused.args(),
            _ => Vec::new(),
        }
    }
}

/// Decoded samples, row by row: one channel (grey) or three (RGB).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raster {
    pub width: u32,
    pub height: u32,
    pub channels: u32,
    pub data: Vec<u8>,
}

impl BlobStore {
    /// Where the picture of the original `digest` lies, if it was made.
    pub fn picture_path(&self, size: PictureSize, digest: &Digest) -> Option<PathBuf> {
        let path = self.derived_path(size.folder(), digest);
        // An empty file is what a power loss can leave of a picture; it is made again.
        path.metadata().is_ok_and(|described| described.len() > 0).then_some(path)
    }

    /// [`Self::picture_path`], making the picture first when it is missing.
    pub fn picture_or_make(&self, size: PictureSize, digest: &Digest, policy: &IntakePolicy) -> Result<PathBuf, PictureError> {
        match self.picture_path(size, digest) {
            Some(path) => Ok(path),
            None => Ok(make_picture(self, digest, size, policy, None)?.path),
        }
    }
}

/// Keeps a small picture that came from the hub, for an original that is not here. What is no small JPEG is not kept.
pub(crate) fn keep_small(store: &BlobStore, digest: &Digest, jpeg: &[u8]) -> Result<bool, PictureError> {
    let reader = ImageReader::with_format(std::io::Cursor::new(jpeg), ImageFormat::Jpeg);
    let longest = PictureSize::Small.longest_px();
    if !shielded(|| reader.into_dimensions()).is_some_and(|size| size.is_ok_and(|(width, height)| width.max(height) <= longest)) {
        return Ok(false);
    }
    let mut draft = store.draft()?;
    draft.write(jpeg)?;
    draft.place(&store.derived_path(PictureSize::Small.folder(), digest), false)?;
    Ok(true)
}

/// Makes both pictures of the original `digest`, from `preview` instead where its form cannot be decoded here (HEIC).
pub fn make_pictures(store: &BlobStore, digest: &Digest, policy: &IntakePolicy, preview: Option<&Path>) -> Result<Pictures, PictureError> {
    Ok(Pictures {
        small: make_picture(store, digest, PictureSize::Small, policy, preview)?,
        large: make_picture(store, digest, PictureSize::Large, policy, preview)?,
    })
}

/// Makes one picture of the original `digest`. Turned as the original's own EXIF says (or the preview's, which then has
/// its pixels as the shell gave them).
pub fn make_picture(store: &BlobStore, digest: &Digest, size: PictureSize, policy: &IntakePolicy, preview: Option<&Path>) -> Result<Picture, PictureError> {
    let mut file = store.open_read(digest)?;
    let (mut structure, mut orientation) = header_of(&mut file, policy)?;
    if structure.kind == Kind::Heic {
        file = File::open(preview.ok_or(PictureError::NeedsPreview)?).map_err(PhotoRefused::Unreadable)?;
        (structure, orientation) = header_of(&mut file, policy)?;
    }
    file.rewind().map_err(BlobError::Store)?;
    let (raster, complete) = decode(file, &structure, size, policy)?;
    let upright = turn(fit(raster, size.longest_px().min(structure.width_px.max(structure.height_px)))?, orientation);
    let jpeg = encode(&upright, size.jpeg_quality())?;

    let path = store.derived_path(size.folder(), digest);
    let mut draft = store.draft()?;
    draft.write(&jpeg)?;
    // It can be made again, so its name need not outlive a power loss.
    draft.place(&path, false)?;
    Ok(Picture { digest: Digest::of(&jpeg), bytes: jpeg.len() as u64, width_px: upright.width, height_px: upright.height, path, complete })
}

fn decode(file: File, structure: &Structure, size: PictureSize, policy: &IntakePolicy) -> Result<(Raster, bool), PictureError> {
    let format = match structure.kind {
        Kind::Jpeg => return jpeg::decode(file, structure, size.decode_px(), policy.max_decode_bytes),
        Kind::Png => ImageFormat::Png,
        Kind::WebP => ImageFormat::WebP,
        Kind::Heic => return Err(PictureError::NeedsPreview),
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(policy.max_decode_bytes);
    let decoded = shielded(|| {
        let mut reader = ImageReader::with_format(BufReader::new(file), format);
        reader.limits(limits.clone());
        let mut decoder = reader.into_decoder()?;
        decoder.set_limits(limits)?;
        DynamicImage::from_decoder(decoder)
    });
    match decoded {
        Some(Ok(image)) => Ok((flatten(image), true)),
        Some(Err(image::ImageError::Limits(_))) => Err(PictureError::TooCostly),
        Some(Err(image::ImageError::Unsupported(_))) => Err(PictureError::Unsupported),
        _ => Err(PictureError::Undecodable),
    }
}

/// Grey or RGB, what is transparent shown on white.
fn flatten(image: DynamicImage) -> Raster {
    let (width, height) = (image.width(), image.height());
    let over_white = |value: u8, alpha: u8| {
        let alpha = u32::from(alpha);
        ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    match image {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_) => Raster { width, height, channels: 1, data: image.into_luma8().into_raw() },
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgb16(_) => Raster { width, height, channels: 3, data: image.into_rgb8().into_raw() },
        other => {
            let mut data = other.into_rgba8().into_raw();
            let pixels = data.len() / 4;
            for at in 0..pixels {
                let alpha = data[at * 4 + 3];
                for channel in 0..3 {
                    data[at * 3 + channel] = over_white(data[at * 4 + channel], alpha);
                }
            }
            data.truncate(pixels * 3);
            Raster { width, height, channels: 3, data }
        }
    }
}

/// Resized so that the longest side has `longest_px`.
fn fit(raster: Raster, longest_px: u32) -> Result<Raster, PictureError> {
    let longest = raster.width.max(raster.height);
    if longest == longest_px {
        return Ok(raster);
    }
    let side = |px: u32| ((u64::from(px) * u64::from(longest_px) + u64::from(longest) / 2) / u64::from(longest.max(1))).max(1) as u32;
    let to = (side(raster.width), side(raster.height));
    let mut resizer = Resizer::new();
    let resized = shielded(|| if raster.channels == 1 { resize::<U8>(&mut resizer, &raster, to) } else { resize::<U8x3>(&mut resizer, &raster, to) });
    resized.flatten().ok_or(PictureError::Undecodable)
}

/// By the kind of pixel and not by a value that names it: else the code for sixteen kinds is linked, and a phone carries it.
fn resize<P: PixelTrait>(resizer: &mut Resizer, raster: &Raster, (width, height): (u32, u32)) -> Option<Raster> {
    let source = TypedImageRef::<P>::from_buffer(raster.width, raster.height, &raster.data).ok()?;
    let mut data = vec![0; width as usize * height as usize * raster.channels as usize];
    let mut into = TypedImage::<P>::from_buffer(width, height, &mut data).ok()?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    resizer.resize_typed(&source, &mut into, &options).ok()?;
    Some(Raster { width, height, channels: raster.channels, data })
}

/// Turned upright: `orientation` is EXIF's, 1 to 8.
fn turn(raster: Raster, orientation: u8) -> Raster {
    let (w, h) = (raster.width as usize, raster.height as usize);
    // Where the upright pixel (x, y) lies in what is stored.
    let from: fn(usize, usize, usize, usize) -> (usize, usize) = match orientation {
        2 => |x, y, w, _| (w - 1 - x, y),
        3 => |x, y, w, h| (w - 1 - x, h - 1 - y),
        4 => |x, y, _, h| (x, h - 1 - y),
        5 => |x, y, _, _| (y, x),
        6 => |x, y, _, h| (y, h - 1 - x),
        7 => |x, y, w, h| (w - 1 - y, h - 1 - x),
        8 => |x, y, w, _| (w - 1 - y, x),
        _ => return raster,
    };
    let (width, height) = if orientation >= 5 { (h, w) } else { (w, h) };
    let channels = raster.channels as usize;
    let mut data = Vec::with_capacity(raster.data.len());
    for y in 0..height {
        for x in 0..width {
            let (stored_x, stored_y) = from(x, y, w, h);
            let at = (stored_y * w + stored_x) * channels;
            data.extend_from_slice(&raster.data[at..at + channels]);
        }
    }
    Raster { width: width as u32, height: height as u32, channels: raster.channels, data }
}

fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, PictureError> {
    let mut jpeg = Vec::with_capacity(raster.data.len() / 8);
    let mut encoder = Encoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let color = if raster.channels == 1 { ColorType::Luma } else { ColorType::Rgb };
    let (Ok(width), Ok(height)) = (u16::try_from(raster.width), u16::try_from(raster.height)) else {
        return Err(PictureError::Unsupported);
    };
    encoder.encode(&raster.data, width, height, color).map_err(|_| PictureError::Undecodable)?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fast_image_resize::CpuExtensions;

    /// The resizer's fast forms and its portable form give the same bytes, so that a picture made on a phone and one made
    /// on the hub are the same.
    #[test]
    #[allow(unsafe_code)]
    fn the_resizer_gives_the_same_bytes_on_every_processor() {
        let mut seed = 1_u32;
        for channels in [3, 1] {
            let noise: Vec<u8> = (0..1000 * 750 * channels)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .collect();
            let source = Raster { width: 1000, height: 750, channels, data: noise };
            let mut made = Vec::new();
            for portable in [false, true] {
                let mut resizer = Resizer::new();
                if portable {
                    // SAFETY: no extension is always supported.
                    unsafe { resizer.set_cpu_extensions(CpuExtensions::None) };
                } else if resizer.cpu_extensions() == CpuExtensions::None {
                    return;
                }
                let to = (512, 384);
                let small = if channels == 1 { resize::<U8>(&mut resizer, &source, to) } else { resize::<U8x3>(&mut resizer, &source, to) };
                made.push(small.unwrap().data);
            }
            assert!(made[0] == made[1] && made[0].len() == 512 * 384 * channels as usize);
        }
    }
}
