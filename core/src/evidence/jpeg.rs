//! Decoding a JPEG no larger than the picture to be made from it needs.

mod baseline;
mod entropy;
#[cfg(test)]
mod tests;
mod transform;

use super::{
    pictures::{PictureError, Raster},
    shielded,
    sniff::Structure,
};
use jpeg_decoder::{Decoder, PixelFormat};
use std::io::{self, Read, Seek};

/// Decodes at the smallest of 1/8, 1/4, 1/2, 1 whose longest side is at least `at_least_px`, or the full size.
/// A file that ends early is decoded as far as it goes; the flag says whether all of it was there.
pub(super) fn decode(mut file: impl Read + Seek, structure: &Structure, at_least_px: u32, max_decode_bytes: u64) -> Result<(Raster, bool), PictureError> {
    let longest_px = structure.width_px.max(structure.height_px).max(1);
    let scale = [1_u32, 2, 4, 8].into_iter().find(|scale| longest_px * scale / 8 >= at_least_px.min(longest_px)).unwrap_or(8);
    // What nearly every camera writes; what it declines, the general decoder takes.
    if scale < 8
        && !structure.progressive
        && let Some(Ok(decoded)) = shielded(|| baseline::decode(&mut file, scale))
    {
        return Ok(decoded);
    }
    file.rewind().map_err(super::BlobError::Store)?;

    let pixels = u64::from(structure.width_px) * u64::from(structure.height_px);
    // Planes and interleaved samples of the scaled picture, and all coefficients of a progressive one.
    let scaled = pixels * u64::from(scale * scale) / 64;
    if scaled * 6 + if structure.progressive { pixels * 6 } else { 0 } > max_decode_bytes {
        return Err(PictureError::TooCostly);
    }
    let (width, height) = (structure.width_px * scale / 8, structure.height_px * scale / 8);
    let mut source = Padded { file: io::BufReader::with_capacity(64 * 1024, file), ended: false, padding: 0 };
    let decoded = shielded(|| {
        let mut decoder = Decoder::new(&mut source);
        decoder.scale(width.clamp(1, 65_535) as u16, height.clamp(1, 65_535) as u16)?;
        let data = decoder.decode()?;
        Ok((data, decoder.info()))
    });
    let (data, info) = match decoded {
        Some(Ok((data, Some(info)))) => (data, info),
        Some(Err(jpeg_decoder::Error::Unsupported(_))) => return Err(PictureError::Unsupported),
        _ => return Err(PictureError::Undecodable),
    };
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let raster = match info.pixel_format {
        PixelFormat::L8 => Raster { width, height, channels: 1, data },
        PixelFormat::RGB24 => Raster { width, height, channels: 3, data },
        PixelFormat::CMYK32 => Raster { width, height, channels: 3, data: cmyk_to_rgb(&data) },
        PixelFormat::L16 => return Err(PictureError::Unsupported),
    };
    Ok((raster, !source.ended))
}

fn cmyk_to_rgb(data: &[u8]) -> Vec<u8> {
    let (pixels, _) = data.as_chunks::<4>();
    let light = |ink: u8, black: u8| ((255 - u32::from(ink)) * (255 - u32::from(black)) / 255) as u8;
    pixels.iter().flat_map(|[c, m, y, k]| [light(*c, *k), light(*m, *k), light(*y, *k)]).collect()
}

/// A file followed by end-of-image marks without end, so that a decoder shows what there is of a file cut short.
struct Padded<R> {
    file: R,
    ended: bool,
    padding: u8,
}

impl<R: Read> Read for Padded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        self.ended = true;
        self.padding = if self.padding == 0xff { 0xd9 } else { 0xff };
        into[0] = self.padding;
        Ok(1)
    }
}
