//! Photographs and plans on their way into a document. A photograph is wrapped into an SVG as it is: Typst then passes the
//! JPEG through to the PDF without decoding it (300 pictures of 640 px would take 280 MB otherwise).

use std::fmt::Write as _;

/// A picture the template can show.
pub(super) struct Shown {
    pub svg: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Wraps a JPEG: upright by its orientation, its metadata left out. `None` when it is no whole JPEG in grey or colour.
pub(super) fn wrap_jpeg(jpeg: &[u8]) -> Option<Shown> {
    let clean = strip(jpeg)?;
    let (w, h) = (clean.width, clean.height);
    let (matrix, width, height) = match clean.orientation {
        2 => (format!("-1 0 0 1 {w} 0"), w, h),
        3 => (format!("-1 0 0 -1 {w} {h}"), w, h),
        4 => (format!("1 0 0 -1 0 {h}"), w, h),
        5 => ("0 1 1 0 0 0".to_owned(), h, w),
        6 => (format!("0 1 -1 0 {h} 0"), h, w),
        7 => (format!("0 -1 -1 0 {h} {w}"), h, w),
        8 => (format!("0 -1 1 0 0 {w}"), h, w),
        _ => ("1 0 0 1 0 0".to_owned(), w, h),
    };
    let mut svg = String::with_capacity(clean.bytes.len() * 4 / 3 + 400);
    write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><image width="{w}" height="{h}" preserveAspectRatio="none" transform="matrix({matrix})" href="data:image/jpeg;base64,"#
    )
    .ok()?;
    base64(&clean.bytes, &mut svg);
    svg.push_str("\"/></svg>");
    Some(Shown { svg: svg.into_bytes(), width, height })
}

struct Clean {
    bytes: Vec<u8>,
    width: u32,
    height: u32,
    orientation: u32,
}

/// Copies a JPEG without its application segments and comments (the Adobe one, which tells the colour transform, stays).
fn strip(jpeg: &[u8]) -> Option<Clean> {
    if !jpeg.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let mut clean = Clean { bytes: vec![0xff, 0xd8], width: 0, height: 0, orientation: 1 };
    let mut at = 2;
    loop {
        if *jpeg.get(at)? != 0xff {
            return None;
        }
        let marker = *jpeg.get(at + 1)?;
        if marker == 0xff {
            at += 1; // fill byte
            continue;
        }
        let length = usize::from(u16::from_be_bytes([*jpeg.get(at + 2)?, *jpeg.get(at + 3)?]));
        let end = at + 2 + length;
        let body = jpeg.get(at + 4..end)?;
        match marker {
            0xc0..=0xc2 => {
                clean.height = u32::from(u16::from_be_bytes([*body.get(1)?, *body.get(2)?]));
                clean.width = u32::from(u16::from_be_bytes([*body.get(3)?, *body.get(4)?]));
                if *body.first()? != 8 || !matches!(*body.get(5)?, 1 | 3) {
                    return None;
                }
            }
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return None,
            0xe1 if body.starts_with(b"Exif\0\0") => clean.orientation = orientation(&body[6..]).unwrap_or(1),
            _ => {}
        }
        if !matches!(marker, 0xe1..=0xed | 0xef | 0xfe) {
            clean.bytes.extend_from_slice(&jpeg[at..end]);
        }
        at = end;
        if marker == 0xda {
            break;
        }
    }
    // The scan, up to the end mark: a picture without one is cut off.
    let rest = &jpeg[at..];
    let end = rest.windows(2).rposition(|w| w == [0xff, 0xd9])?;
    clean.bytes.extend_from_slice(&rest[..end + 2]);
    (clean.width > 0 && clean.height > 0).then_some(clean)
}

fn orientation(tiff: &[u8]) -> Option<u32> {
    let fields = exif::Reader::new().continue_on_error(true).read_raw(tiff.to_vec());
    let fields = fields.or_else(|e| e.distill_partial_result(|_| {})).ok()?;
    fields.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?.value.get_uint(0)
}

/// Above this many pixels a plan is made smaller: it is printed 174 mm wide at most, and the engine decodes it whole.
const PLAN_MOST_PX: u64 = 6_000_000;
/// What a plan may take in memory while it is made smaller, in bytes.
const PLAN_MOST_BYTES: u64 = 200_000_000;
/// Longest side of a plan made smaller: 300 dots per inch at its widest.
const PLAN_SIDE_PX: u32 = 2100;

/// A plan's PNG or JPEG as it is, or a smaller PNG of it where it is too large or of another format, with the name of its
/// format. `None` when it is no picture, or one nobody can open.
pub(super) fn small_plan(bytes: Vec<u8>) -> Option<(Vec<u8>, &'static str)> {
    let reader = || image::ImageReader::new(std::io::Cursor::new(&bytes)).with_guessed_format().ok();
    let format = reader()?.format()?;
    let (width, height) = reader()?.into_dimensions().ok()?;
    let small = u64::from(width) * u64::from(height) <= PLAN_MOST_PX;
    match format {
        image::ImageFormat::Png if small => return Some((bytes, "png")),
        image::ImageFormat::Jpeg if small => return Some((bytes, "jpg")),
        _ => {}
    }
    let mut reader = reader()?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(PLAN_MOST_BYTES);
    reader.limits(limits);
    let side = PLAN_SIDE_PX.min(width.max(height));
    let picture = reader.decode().ok()?.thumbnail(side, side);
    let mut png = Vec::new();
    picture.to_rgb8().write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).ok()?;
    Some((png, "png"))
}

fn base64(bytes: &[u8], out: &mut String) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            out.push(if i > chunk.len() { '=' } else { char::from(ALPHABET[(n >> (18 - 6 * i)) as usize & 63]) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            let mut out = String::new();
            base64(plain.as_bytes(), &mut out);
            assert_eq!(out, coded);
        }
    }

    #[test]
    fn large_plans_are_made_smaller_and_impossible_ones_refused() {
        let png = |w, h| {
            let mut out = Vec::new();
            image::GrayImage::from_pixel(w, h, image::Luma([255])).write_to(&mut std::io::Cursor::new(&mut out), image::ImageFormat::Png).unwrap();
            out
        };
        let plain = png(800, 400);
        assert_eq!(small_plan(plain.clone()), Some((plain, "png")));
        let (small, name) = small_plan(png(9000, 3000)).unwrap();
        let small = image::load_from_memory(&small).unwrap();
        assert_eq!((small.width(), small.height(), name), (2100, 700, "png"));
        // A header that promises 60,000 x 60,000 pixels.
        let mut bomb = png(8, 8);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert_eq!(small_plan(bomb), None);
        assert_eq!(small_plan(b"%PDF-1.7".to_vec()), None);
    }

    #[test]
    fn only_whole_jpegs_are_shown_and_metadata_goes() {
        let image = image::RgbImage::from_pixel(20, 10, image::Rgb([200, 30, 30]));
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&image).unwrap();
        let note = [&[0xff, 0xfe, 0, 8][..], b"secret"].concat();
        let with_comment = [&jpeg[..2], &note, &jpeg[2..]].concat();
        let clean = strip(&with_comment).unwrap();
        assert_eq!((clean.width, clean.height), (20, 10));
        assert!(!clean.bytes.windows(6).any(|w| w == b"secret"));
        assert!(wrap_jpeg(&jpeg[..jpeg.len() - 2]).is_none(), "cut off");
        assert!(wrap_jpeg(b"not a picture").is_none());
        for at in 0..jpeg.len().min(700) {
            strip(&jpeg[..at]); // never panics
        }
    }
}
