use super::*;
use crate::{
    model::{Digest, UtcMs},
    words::{Lang, Told as _},
};
use exif::{Rational, Tag, Value};
use proptest::prelude::*;

/// Refused with the given key, with words in both languages, and nothing left behind.
fn assert_refused(bench: &Bench, path: &Path, policy: &IntakePolicy, key: &str) {
    let before = bench.listing();
    let refused = take_photo(&bench.store, path, policy).unwrap_err();
    assert_eq!(refused.key(), key, "{refused}");
    for lang in [Lang::Zh, Lang::En] {
        let words = refused.told(lang);
        assert!(words != key && !words.contains('{'), "{words}");
    }
    assert_eq!(bench.listing(), before, "{key}");
}

#[test]
fn an_original_is_kept_byte_for_byte_and_the_same_file_twice_once() {
    let bench = Bench::new();
    let bytes = jpeg(640, 480);
    let path = bench.file("IMG_1.jpg", &bytes);
    let facts = take_photo(&bench.store, &path, &policy()).unwrap();
    assert_eq!((facts.sha256, facts.bytes), (Digest::of(&bytes), bytes.len() as u64));
    assert_eq!((facts.mime.as_str(), facts.width_px, facts.height_px, facts.orientation), ("image/jpeg", 640, 480, 1));
    assert!(!facts.damaged && facts.taken_local.is_none() && facts.position.is_none());
    assert_eq!(fs::read(bench.store.path_of(&facts.sha256)).unwrap(), bytes);
    assert_eq!(fs::read(&path).unwrap(), bytes);

    let again = take_photo(&bench.store, &bench.file("copy.jpg", &bytes), &policy()).unwrap();
    assert_eq!(again, facts);
    assert_eq!(bench.listing().len(), 1);
    assert_eq!(inspect(&bytes, &policy()).unwrap(), facts);
}

#[test]
fn what_is_no_photo_is_refused_and_leaves_nothing() {
    let bench = Bench::new();
    let text = "This is a text file, named .jpg by mistake.\n".repeat(500);
    let cases: [(&str, &[u8], &str); 7] = [
        ("empty.jpg", b"", "photo-empty"),
        ("text.jpg", text.as_bytes(), "photo-not-a-photo"),
        ("tiny.jpg", b"\xff\xd8\xff", "photo-not-a-photo"),
        ("no-picture.jpg", b"\xff\xd8\xff\xd9", "photo-not-a-photo"),
        ("junk.jpg", b"\xff\xd8\xff\xe0\x00\x04abjunk junk junk", "photo-not-a-photo"),
        ("head.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", "photo-not-a-photo"),
        ("clip.heic", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1\0\0\0\x08mdat", "photo-not-a-photo"),
    ];
    for (name, bytes, key) in cases {
        assert_refused(&bench, &bench.file(name, bytes), &policy(), key);
    }
    assert_refused(&bench, &bench.folder.path().join("in/not there.jpg"), &policy(), "photo-gone");
    assert_refused(&bench, bench.folder.path(), &policy(), "photo-not-a-photo");
}

/// The JPEG's own size field overwritten.
fn with_size(mut bytes: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    let sof = bytes.windows(2).position(|pair| pair[0] == 0xff && (0xc0..=0xc2).contains(&pair[1])).unwrap();
    bytes[sof + 5..sof + 7].copy_from_slice(&height.to_be_bytes());
    bytes[sof + 7..sof + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// A PNG of one colour: a few hundred times smaller than what it unpacks to.
fn flat_png(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new_with_quality(&mut bytes, image::codecs::png::CompressionType::Best, image::codecs::png::FilterType::Up);
    let black = vec![0; side as usize * side as usize];
    image::ImageEncoder::write_image(encoder, &black, side, side, image::ExtendedColorType::L8).unwrap();
    bytes
}

#[test]
fn huge_pictures_and_bombs_are_refused_and_leave_nothing() {
    let bench = Bench::new();
    let small = jpeg(64, 64);
    assert_refused(&bench, &bench.file("huge.jpg", &with_size(small.clone(), 60_000, 60_000)), &policy(), "photo-too-many-pixels");
    let mut png = png_of(&scene(64, 64));
    png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    assert_refused(&bench, &bench.file("huge.png", &png), &policy(), "photo-too-many-pixels");
    let webp = [b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0", &[0x5f, 0xea, 0, 0x5f, 0xea, 0][..]].concat();
    assert_refused(&bench, &bench.file("huge.webp", &webp), &policy(), "photo-too-many-pixels");

    let bomb = flat_png(6_000);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert_refused(&bench, &bench.file("bomb.png", &bomb), &policy(), "photo-bomb");

    // One more scan costs a pass over all pixels: a JPEG of thousands of scans of a few bytes each.
    let scan = small.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let mut scans = small[..scan].to_vec();
    (0..1_000).for_each(|_| scans.extend_from_slice(b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\0"));
    scans.extend_from_slice(b"\xff\xd9");
    assert_refused(&bench, &bench.file("scans.jpg", &scans), &policy(), "photo-bomb");

    let tight = IntakePolicy { max_bytes: 100, ..policy() };
    assert_refused(&bench, &bench.file("long.jpg", &small), &tight, "photo-too-many-bytes");
}

#[test]
fn below_the_floor_a_photo_is_refused_before_it_is_taken() {
    let bytes = jpeg(64, 64);
    let policy = IntakePolicy { floor_free_bytes: 1_000_000, ..policy() };
    let room = 1_000_000 + bytes.len() as u64;
    let bench = Bench::with(u64::MAX, FailMode::Full, room - 1);
    assert_refused(&bench, &bench.file("a.jpg", &bytes), &policy, "photo-low-space");
    assert_eq!(bench.disk.acts(), 0, "nothing may be written");
    let bench = Bench::with(u64::MAX, FailMode::Full, room);
    take_photo(&bench.store, &bench.file("a.jpg", &bytes), &policy).unwrap();
}

#[test]
fn a_full_disk_at_any_write_refuses_the_photo_and_leaves_nothing() {
    let bytes = jpeg(2_000, 1_500);
    assert!(bytes.len() > 2 * 65_536);
    for fail_at in 1.. {
        let bench = Bench::with(fail_at, FailMode::Full, u64::MAX);
        let path = bench.file("a.jpg", &bytes);
        let taken = take_photo(&bench.store, &path, &policy());
        if !bench.disk.has_failed() {
            taken.unwrap();
            return;
        }
        assert_eq!(taken.unwrap_err().key(), "photo-no-space");
        assert!(bench.listing().is_empty(), "act {fail_at}");
    }
}

#[test]
fn a_truncated_jpeg_is_kept_and_marked_damaged() {
    let bytes = jpeg_of(&scene(800, 600), Some(&orientation_block(6)));
    for keep in [bytes.len() - 2, bytes.len() / 2, 700] {
        let bench = Bench::new();
        let path = bench.file("cut.jpg", &bytes[..keep]);
        let facts = take_photo(&bench.store, &path, &policy()).unwrap();
        assert!(facts.damaged);
        assert_eq!((facts.width_px, facts.height_px, facts.orientation), (600, 800, 6));
        assert_eq!(fs::read(bench.store.path_of(&facts.sha256)).unwrap(), &bytes[..keep]);
    }
    let bench = Bench::new();
    let facts = take_photo(&bench.store, &bench.file("stub.jpg", &bytes[..60]), &policy()).unwrap();
    assert!(facts.damaged && facts.width_px == 0);
    // What a camera appends after the picture is no damage.
    let more = [&bytes[..], b"trailer of the camera"].concat();
    assert!(!take_photo(&bench.store, &bench.file("more.jpg", &more), &policy()).unwrap().damaged);

    let png = png_of(&scene(80, 60));
    let whole = take_photo(&bench.store, &bench.file("a.png", &png), &policy()).unwrap();
    let cut = take_photo(&bench.store, &bench.file("b.png", &png[..png.len() - 20]), &policy()).unwrap();
    assert_eq!((whole.damaged, cut.damaged, cut.width_px, cut.mime.as_str()), (false, true, 80, "image/png"));
}

fn camera_block(offset: Option<&str>) -> Vec<u8> {
    let degrees = |d: u32, m: u32, s: u32| Value::Rational(vec![Rational { num: d, denom: 1 }, Rational { num: m, denom: 1 }, Rational { num: s, denom: 100 }]);
    let mut fields = vec![
        (Tag::Make, ascii("HUAWEI")),
        (Tag::Model, ascii("Mate 60\0")),
        (Tag::Orientation, Value::Short(vec![8])),
        (Tag::DateTimeOriginal, ascii("2026:11:20 09:06:31")),
        (Tag::SubSecTimeOriginal, ascii("25")),
        (Tag::GPSLatitudeRef, ascii("N")),
        (Tag::GPSLatitude, degrees(31, 13, 4830)),
        (Tag::GPSLongitudeRef, ascii("E")),
        (Tag::GPSLongitude, degrees(121, 28, 2520)),
    ];
    if let Some(offset) = offset {
        fields.push((Tag::OffsetTimeOriginal, ascii(offset)));
    }
    exif_block(&fields)
}

#[test]
fn exif_time_offset_camera_and_orientation_become_fields() {
    let bench = Bench::new();
    for (offset, offset_min, utc) in [
        (Some("+08:00"), Some(480), Some("2026-11-20T01:06:31.250Z")),
        (Some("-03:30"), Some(-210), Some("2026-11-20T12:36:31.250Z")),
        (Some("   :  "), None, None),
        (None, None, None),
    ] {
        let bytes = jpeg_of(&scene(64, 48), Some(&camera_block(offset)));
        let facts = take_photo(&bench.store, &bench.file("a.jpg", &bytes), &policy()).unwrap();
        assert_eq!(facts.taken_local.as_deref(), Some("2026-11-20T09:06:31.250"));
        assert_eq!((facts.taken_offset_min, facts.taken_utc.map(UtcMs::rfc3339).as_deref()), (offset_min, utc));
        assert_eq!((facts.camera_make.as_deref(), facts.camera_model.as_deref()), (Some("HUAWEI"), Some("Mate 60")));
        assert_eq!((facts.orientation, facts.width_px, facts.height_px), (8, 48, 64));
    }
    let nonsense = exif_block(&[(Tag::DateTimeOriginal, ascii("0000:00:00 00:00:00")), (Tag::Orientation, Value::Short(vec![9]))]);
    let facts = take_photo(&bench.store, &bench.file("b.jpg", &jpeg_of(&scene(64, 48), Some(&nonsense))), &policy()).unwrap();
    assert_eq!((facts.taken_local, facts.orientation), (None, 1));
}

#[test]
fn the_position_comes_out_only_with_consent() {
    let bench = Bench::new();
    let path = bench.file("a.jpg", &jpeg_of(&scene(64, 48), Some(&camera_block(None))));
    assert_eq!(take_photo(&bench.store, &path, &policy()).unwrap().position, None);
    let (north, east) = take_photo(&bench.store, &path, &policy().with_position(true)).unwrap().position.unwrap();
    assert!((north - 31.230_083).abs() < 1e-5 && (east - 121.473_667).abs() < 1e-5, "{north} {east}");
}

#[test]
fn facts_survive_cbor_and_json() {
    let bench = Bench::new();
    let path = bench.file("a.jpg", &jpeg_of(&scene(64, 48), Some(&camera_block(Some("+08:00")))));
    let facts = take_photo(&bench.store, &path, &policy().with_position(true)).unwrap();
    let bytes = minicbor::to_vec(&facts).unwrap();
    assert_eq!(minicbor::decode::<PhotoFacts>(&bytes).unwrap(), facts);
    assert_eq!(serde_json::from_str::<PhotoFacts>(&serde_json::to_string(&facts).unwrap()).unwrap(), facts);
}

/// One byte string that begins like each kind.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let heads = prop::sample::select(vec![
        b"".to_vec(),
        b"\xff\xd8\xff\xe1".to_vec(),
        b"\xff\xd8\xff\xe1\x00\x40Exif\0\0II*\0\x08\0\0\0".to_vec(),
        b"\xff\xd8\xff\xc0\0\x0b\x08\0\x40\0\x40\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0".to_vec(),
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x40\0\0\0\x40\x08\x02\0\0\0".to_vec(),
        b"RIFF\x40\0\0\0WEBPVP8 ".to_vec(),
        b"RIFF\x40\0\0\0WEBPVP8L".to_vec(),
        b"\0\0\0\x10ftypheic\0\0\0\0\0\0\0\x40meta".to_vec(),
    ]);
    (heads, prop::collection::vec(any::<u8>(), 0..600)).prop_map(|(head, rest)| [head, rest].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Bytes from anywhere: taken or refused, never a panic, never a trace of a refusal.
    #[test]
    fn random_bytes_never_panic(bytes in hostile()) {
        let bench = Bench::new();
        let path = bench.file("a.jpg", &bytes);
        match take_photo(&bench.store, &path, &policy()) {
            Ok(facts) => {
                prop_assert_eq!(&fs::read(bench.store.path_of(&facts.sha256)).unwrap(), &bytes);
                let _ = make_picture(&bench.store, &facts.sha256, PictureSize::Small, &policy(), None);
            }
            Err(_) => prop_assert!(bench.listing().is_empty()),
        }
    }

    /// A real photograph with bytes flipped, cut anywhere.
    #[test]
    fn a_damaged_photograph_never_panics(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12), keep in any::<prop::sample::Index>()) {
        let mut bytes = jpeg_of(&scene(160, 120), Some(&camera_block(Some("+08:00"))));
        flips.iter().for_each(|(at, to)| bytes[at.index(3_000)] = *to);
        bytes.truncate(bytes.len() / 4 + keep.index(bytes.len()));
        let bench = Bench::new();
        if let Ok(facts) = take_photo(&bench.store, &bench.file("a.jpg", &bytes), &policy()) {
            let _ = make_pictures(&bench.store, &facts.sha256, &policy(), None);
        }
    }
}
