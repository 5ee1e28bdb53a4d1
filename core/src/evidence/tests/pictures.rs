use super::*;
use crate::model::Digest;
use image::imageops;

fn take(bench: &Bench, name: &str, bytes: &[u8]) -> Digest {
    take_photo(&bench.store, &bench.file(name, bytes), &policy()).unwrap().sha256
}

fn decoded(picture: &Picture) -> image::RgbImage {
    image::load_from_memory(&fs::read(&picture.path).unwrap()).unwrap().into_rgb8()
}

/// The mean difference of two pictures of one size, in steps of 255.
fn difference(a: &image::RgbImage, b: &image::RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_raw().len() as f64
}

/// How a camera held in each of the eight ways stores the upright scene (made with the image library's own turns).
fn stored(upright: &image::RgbImage, orientation: u16) -> image::RgbImage {
    match orientation {
        2 => imageops::flip_horizontal(upright),
        3 => imageops::rotate180(upright),
        4 => imageops::flip_vertical(upright),
        5 => imageops::flip_horizontal(&imageops::rotate90(upright)),
        6 => imageops::rotate270(upright),
        7 => imageops::flip_horizontal(&imageops::rotate270(upright)),
        8 => imageops::rotate90(upright),
        _ => upright.clone(),
    }
}

#[test]
fn all_eight_orientations_come_out_upright() {
    let upright = scene(1200, 900);
    let reference = imageops::resize(&upright, 512, 384, imageops::FilterType::CatmullRom);
    let bench = Bench::new();
    for orientation in 1..=8 {
        let digest = take(&bench, "a.jpg", &jpeg_of(&stored(&upright, orientation), Some(&orientation_block(orientation))));
        let picture = make_picture(&bench.store, &digest, PictureSize::Small, &policy(), None).unwrap();
        assert_eq!((picture.width_px, picture.height_px), (512, 384));
        let far = difference(&decoded(&picture), &reference);
        assert!(far < 3.0, "{orientation}: {far}");
    }
    // The measure itself tells a wrong turn.
    assert!(difference(&imageops::flip_horizontal(&reference), &reference) > 20.0);
    assert!(difference(&imageops::rotate180(&reference), &reference) > 20.0);
}

/// The markers of a JPEG before its picture data.
fn segments(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut found) = (2, Vec::new());
    while jpeg[at + 1] != 0xda {
        found.push(jpeg[at + 1]);
        at += 2 + usize::from(jpeg[at + 2]) * 256 + usize::from(jpeg[at + 3]);
    }
    found
}

#[test]
fn pictures_carry_no_metadata() {
    let bench = Bench::new();
    let original = jpeg_of(&scene(700, 500), Some(&orientation_block(3)));
    assert!(segments(&original).contains(&0xe1));
    let digest = take(&bench, "a.jpg", &original);
    let pictures = make_pictures(&bench.store, &digest, &policy(), None).unwrap();
    for picture in [&pictures.small, &pictures.large] {
        let bytes = fs::read(&picture.path).unwrap();
        // Only the JFIF head, which holds a density.
        assert!(segments(&bytes).iter().all(|marker| !(0xe1..=0xef).contains(marker) && *marker != 0xfe));
        assert!(!bytes.windows(6).any(|part| part == b"Camera"));
        assert_eq!(Digest::of(&bytes), picture.digest);
    }
}

#[test]
fn pictures_have_their_sizes_and_nothing_is_enlarged() {
    let bench = Bench::new();
    for ((width, height), small, large) in [
        ((4000, 3000), (512, 384), (2048, 1536)),
        ((3024, 4032), (384, 512), (1536, 2048)),
        ((2200, 1100), (512, 256), (2048, 1024)),
        ((600, 400), (512, 341), (600, 400)),
        ((100, 3), (100, 3), (100, 3)),
        ((1, 1), (1, 1), (1, 1)),
    ] {
        let digest = take(&bench, "a.jpg", &jpeg(width, height));
        let pictures = make_pictures(&bench.store, &digest, &policy(), None).unwrap();
        assert_eq!((pictures.small.width_px, pictures.small.height_px), small);
        assert_eq!((pictures.large.width_px, pictures.large.height_px), large);
        assert!(pictures.small.complete && pictures.large.complete);
        assert_eq!(decoded(&pictures.large).dimensions(), large);
    }
}

#[test]
fn png_and_webp_are_shown_and_transparency_is_white() {
    let bench = Bench::new();
    let clear = image::RgbaImage::from_fn(40, 30, |x, _| image::Rgba([200, 0, 0, if x < 20 { 0 } else { 255 }]));
    for format in [image::ImageFormat::Png, image::ImageFormat::WebP] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        clear.write_to(&mut bytes, format).unwrap();
        let path = bench.file("a", &bytes.into_inner());
        let facts = take_photo(&bench.store, &path, &policy()).unwrap();
        assert_eq!((facts.width_px, facts.height_px, facts.damaged), (40, 30, false), "{}", facts.mime);
        let shown = decoded(&make_picture(&bench.store, &facts.sha256, PictureSize::Small, &policy(), None).unwrap());
        assert!(shown.get_pixel(4, 4).0.iter().all(|value| *value > 250));
        assert!(shown.get_pixel(36, 4).0[0] > 180 && shown.get_pixel(36, 4).0[1] < 40);
    }
    let grey = image::GrayImage::from_fn(900, 30, |x, _| image::Luma([(x / 4) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    grey.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let digest = take(&bench, "grey", &bytes.into_inner());
    assert_eq!(make_picture(&bench.store, &digest, PictureSize::Small, &policy(), None).unwrap().width_px, 512);
}

#[test]
fn a_heic_is_kept_and_shown_from_the_preview_of_the_phone() {
    let bench = Bench::new();
    let make = |name: &[u8; 4], body: &[u8]| [&(body.len() as u32 + 8).to_be_bytes()[..], name, body].concat();
    let size = make(b"ispe", &[&[0; 4][..], &4032_u32.to_be_bytes(), &3024_u32.to_be_bytes()].concat());
    let meta = make(b"meta", &[&[0; 4][..], &make(b"iprp", &make(b"ipco", &size))].concat());
    let heic = [make(b"ftyp", b"heic\0\0\0\0heic"), meta, make(b"mdat", &[9; 1000])].concat();
    let facts = take_photo(&bench.store, &bench.file("a.heic", &heic), &policy()).unwrap();
    assert_eq!((facts.mime.as_str(), facts.width_px, facts.height_px, facts.damaged), ("image/heic", 4032, 3024, false));
    let make = |preview: Option<&Path>| make_pictures(&bench.store, &facts.sha256, &policy(), preview);
    assert!(matches!(make(None), Err(PictureError::NeedsPreview)));
    let preview = bench.file("preview.jpg", &jpeg(2016, 1512));
    assert_eq!(make(Some(&preview)).unwrap().small.width_px, 512);
}

#[test]
fn a_truncated_photo_shows_what_there_is() {
    let bench = Bench::new();
    let upright = scene(1600, 1200);
    let bytes = jpeg_of(&upright, None);
    let digest = take(&bench, "cut.jpg", &bytes[..bytes.len() * 6 / 10]);
    let picture = make_picture(&bench.store, &digest, PictureSize::Small, &policy(), None).unwrap();
    assert!(!picture.complete);
    let reference = imageops::resize(&upright, 512, 384, imageops::FilterType::CatmullRom);
    let top = |picture: &image::RgbImage| imageops::crop_imm(picture, 0, 0, 512, 160).to_image();
    assert!(difference(&top(&decoded(&picture)), &top(&reference)) < 3.0);
}

/// Made again after being lost, with the same bytes; a kill or a full disk leaves no half picture.
#[test]
fn pictures_are_made_again_with_the_same_bytes() {
    let bench = Bench::new();
    let digest = take(&bench, "a.jpg", &jpeg(1300, 900));
    let first = make_pictures(&bench.store, &digest, &policy(), None).unwrap();
    let before = bench.listing();
    for size in PictureSize::ALL {
        fs::remove_file(bench.store.picture_path(size, &digest).unwrap()).unwrap();
        assert_eq!(bench.store.picture_path(size, &digest), None);
        for fail_at in 1.. {
            bench.disk.arm(fail_at);
            let made = make_picture(&bench.store, &digest, size, &policy(), None);
            if !bench.disk.has_failed() {
                made.unwrap();
                break;
            }
            assert!(made.is_err() && bench.store.picture_path(size, &digest).is_none());
        }
        bench.disk.arm(u64::MAX);
        bench.store.picture_or_make(size, &digest, &policy()).unwrap();
    }
    assert_eq!(bench.listing(), before);
    assert_eq!(make_pictures(&bench.store, &digest, &policy(), None).unwrap(), first);
    // An empty file, as a power loss can leave it, is no picture.
    fs::write(&first.small.path, b"").unwrap();
    assert_eq!(bench.store.picture_path(PictureSize::Small, &digest), None);
}

#[test]
fn removing_an_original_removes_its_pictures() {
    let bench = Bench::new();
    let digest = take(&bench, "a.jpg", &jpeg(700, 500));
    make_pictures(&bench.store, &digest, &policy(), None).unwrap();
    assert!(bench.store.remove(&digest).unwrap());
    assert!(bench.listing().is_empty());
    assert!(matches!(make_pictures(&bench.store, &digest, &policy(), None), Err(PictureError::Blob(BlobError::Missing(_)))));
}
