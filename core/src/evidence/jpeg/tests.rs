use super::*;
use crate::evidence::IntakePolicy;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use std::io::Cursor;

/// A picture with soft areas, edges and noise.
fn scene(width: usize, height: usize, channels: usize) -> Vec<u8> {
    let mut seed = 9_u32;
    let mut data = Vec::with_capacity(width * height * channels);
    for y in 0..height {
        for x in 0..width {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (seed >> 27) as usize;
            let edge = if (x / 40 + y / 56) % 2 == 0 { 60 } else { 0 };
            for channel in 0..channels {
                data.push((edge + noise + [x * 150 / width, y * 150 / height, (x + y) * 80 / (width + height)][channel]).min(255) as u8);
            }
        }
    }
    data
}

fn general(bytes: &[u8], scale: u32) -> Raster {
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().unwrap();
    let info = decoder.info().unwrap();
    let scaled = |px: u16| (u32::from(px) * scale).div_ceil(8) as u16;
    decoder.scale(scaled(info.width), scaled(info.height)).unwrap();
    let data = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    let channels = if info.pixel_format == PixelFormat::L8 { 1 } else { 3 };
    Raster { width: u32::from(info.width), height: u32::from(info.height), channels, data }
}

fn mean_difference(a: &Raster, b: &Raster) -> f64 {
    assert_eq!((a.width, a.height, a.channels, a.data.len()), (b.width, b.height, b.channels, b.data.len()));
    a.data.iter().zip(&b.data).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.data.len() as f64
}

fn luma(raster: &Raster) -> Raster {
    let weigh = |pixel: &[u8]| match pixel {
        [r, g, b] => ((u32::from(*r) * 299 + u32::from(*g) * 587 + u32::from(*b) * 114) / 1000) as u8,
        _ => pixel[0],
    };
    Raster { channels: 1, data: raster.data.chunks_exact(raster.channels as usize).map(weigh).collect(), ..*raster }
}

/// Every sampling, scale, restart interval and odd size, against the general decoder.
#[test]
fn the_scaled_decoder_agrees_with_the_general_one() {
    let mut agreed = 0;
    let samplings = [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_1_2, SamplingFactor::F_2_2, SamplingFactor::F_4_1, SamplingFactor::F_4_2];
    for (width, height) in [(1500, 1100), (333, 217), (49, 25)] {
        for (sampling, channels) in samplings.into_iter().map(|sampling| (sampling, 3)).chain([(SamplingFactor::F_1_1, 1)]) {
            if width == 1500 && sampling != SamplingFactor::F_2_2 && channels == 3 {
                continue;
            }
            for (restart, optimized, quality) in [(0, false, 92), (7, false, 97), (0, true, 40)] {
                let mut bytes = Vec::new();
                let mut encoder = Encoder::new(&mut bytes, quality);
                encoder.set_sampling_factor(sampling);
                encoder.set_optimized_huffman_tables(optimized);
                if restart > 0 {
                    encoder.set_restart_interval(restart);
                }
                let color = if channels == 1 { ColorType::Luma } else { ColorType::Rgb };
                encoder.encode(&scene(width, height, channels), width as u16, height as u16, color).unwrap();
                if width == 1500 && quality > 90 {
                    assert!(bytes.len() > 200_000, "long enough to be read in pieces");
                }
                for scale in [1, 2, 4] {
                    let Ok((ours, complete)) = baseline::decode(Cursor::new(&bytes), scale) else {
                        // The encoder writes some forms in a scan for each component.
                        assert!(
                            channels == 3 && (optimized || !matches!(sampling, SamplingFactor::F_1_1 | SamplingFactor::F_2_1 | SamplingFactor::F_2_2)),
                            "{sampling:?}"
                        );
                        continue;
                    };
                    assert!(complete);
                    agreed += 1;
                    let theirs = general(&bytes, scale);
                    // Colour is coarse: the general decoder smooths it, ours takes it finer or as it is.
                    let (grey, colour) = (mean_difference(&luma(&ours), &luma(&theirs)), mean_difference(&ours, &theirs));
                    assert!(grey < 1.5 && colour < 9.0, "{width}x{height} {sampling:?} {restart} {quality} {scale}/8: {grey} {colour}");
                }
            }
        }
    }
    assert!(agreed > 40, "{agreed}");
}

/// With restart marks a damaged stretch costs only itself; without, what follows is grey.
#[test]
fn damage_stays_where_it_is() {
    for restart in [0, 25] {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 90);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.set_restart_interval(restart);
        encoder.encode(&scene(400, 320, 3), 400, 320, ColorType::Rgb).unwrap();
        let (whole, _) = baseline::decode(Cursor::new(&bytes), 2).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 40].fill(0xfe);
        let (ours, _) = baseline::decode(Cursor::new(&bytes), 2).unwrap();
        let rows = |raster: &Raster, from: usize, to: usize| raster.data[from * 300..to * 300].to_vec();
        assert_eq!(rows(&ours, 0, 32), rows(&whole, 0, 32));
        assert_eq!(rows(&ours, 56, 80) == rows(&whole, 56, 80), restart > 0);

        bytes.truncate(middle);
        let (cut, complete) = baseline::decode(Cursor::new(&bytes), 2).unwrap();
        assert!(!complete);
        assert_eq!(rows(&cut, 0, 32), rows(&whole, 0, 32));
        assert!(rows(&cut, 56, 80).iter().all(|sample| *sample == 128));
    }
}

#[test]
fn other_forms_are_declined_and_the_general_decoder_takes_them() {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 90);
    encoder.set_progressive(true);
    encoder.encode(&scene(300, 200, 3), 300, 200, ColorType::Rgb).unwrap();
    assert!(baseline::decode(Cursor::new(&bytes), 2).is_err());
    let structure = Structure {
        kind: crate::evidence::sniff::Kind::Jpeg,
        width_px: 300,
        height_px: 200,
        truncated: false,
        exif: None,
        progressive: true,
        container_turns: false,
    };
    let (raster, complete) = decode(Cursor::new(&bytes), &structure, 70, 1 << 30).unwrap();
    assert_eq!((raster.width, raster.height, complete), (75, 50, true));
    assert!(matches!(decode(Cursor::new(&bytes), &structure, 70, 1000), Err(PictureError::TooCostly)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    /// The scaled decoder itself never panics, whatever is in the file, and gives a picture of the size it announced.
    #[test]
    fn damaged_files_never_panic(
        flips in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 0..20),
        keep in proptest::prelude::any::<proptest::sample::Index>(),
        restart in 0_u16..9,
        scale in proptest::sample::select(vec![1_u32, 2, 4]),
    ) {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 85);
        encoder.set_sampling_factor(if restart % 2 == 0 { SamplingFactor::F_2_2 } else { SamplingFactor::F_1_1 });
        if restart > 0 {
            encoder.set_restart_interval(restart);
        }
        encoder.encode(&scene(90, 70, 3), 90, 70, ColorType::Rgb).unwrap();
        // Half of the flips in the header, where a file says what it is.
        for (index, (at, to)) in flips.iter().enumerate() {
            let end = if index % 2 == 0 { 640.min(bytes.len()) } else { bytes.len() };
            bytes[at.index(end)] = *to;
        }
        bytes.truncate(bytes.len() / 3 + keep.index(bytes.len()));
        // A size that a flip made huge is refused before it comes here.
        let small = |bytes: &[u8]| crate::evidence::intake::inspect(bytes, &IntakePolicy { max_pixels: 1_000_000, ..IntakePolicy::product_default().unwrap() }).is_ok();
        if small(&bytes) && let Ok((raster, _)) = baseline::decode(Cursor::new(&bytes), scale) {
            proptest::prop_assert_eq!(raster.data.len() as u32, raster.width * raster.height * raster.channels);
        }
    }
}
