//! Sample photographs: what an inspector's phone would bring home from a flat, drawn by ourselves so that no person's home
//! is shown. They compress like camera files (grain, edges, gradients), carry real EXIF blocks and come in all eight
//! orientations. The same [`PhotoSpec`] always gives the same bytes.

mod canvas;
mod exif;
mod materials;
mod scenes;

use canvas::{Canvas, Rng};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, SamplingFactor};
pub use scenes::Scene;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// One photograph to make.
#[derive(Debug, Clone, PartialEq)]
pub struct PhotoSpec {
    /// What is in front of the camera.
    pub scene: Scene,
    /// Which place it is: the same seed shows the same wall, tile or door again.
    pub seed: u64,
    /// Which shot of that place: distance, tilt, light and grain differ.
    pub shot: u64,
    /// After the repair: the same place without its defect.
    pub repaired: bool,
    /// Width of the stored pixels; upright they are turned as `orientation` says.
    pub width_px: u16,
    /// Height of the stored pixels.
    pub height_px: u16,
    /// EXIF orientation, 1 to 8.
    pub orientation: u8,
    /// The camera's clock.
    pub taken_local: NaiveDateTime,
    /// Its offset from UTC in minutes, written when the camera knows it.
    pub offset_min: Option<i32>,
    /// Maker and model of the camera.
    pub camera: (String, String),
    /// Degrees north and east, written when the phone has a fix.
    pub position: Option<(f64, f64)>,
    /// JPEG quality, 1 to 100.
    pub jpeg_quality: u8,
}

/// Makes the photograph: a JPEG file's bytes.
pub fn make_photo(spec: &PhotoSpec) -> Vec<u8> {
    let turned = spec.orientation >= 5;
    let (stored_w, stored_h) = (usize::from(spec.width_px.max(16)), usize::from(spec.height_px.max(16)));
    let (width, height) = if turned { (stored_h, stored_w) } else { (stored_w, stored_h) };
    // A camera's pixels are softer than its pixel count: large pictures are drawn at half size, then grain is added.
    let half = width.max(height) >= 1600;
    let (drawn_w, drawn_h) = if half { (width.div_ceil(2), height.div_ceil(2)) } else { (width, height) };
    let mut canvas = Canvas::new(drawn_w, drawn_h, spec.seed, spec.shot);
    scenes::draw(&mut canvas, spec.scene, spec.repaired);
    let upright = canvas.develop(width, height, half, spec.shot ^ spec.seed.rotate_left(17));

    let mut bytes = Vec::with_capacity(width * height / 2);
    let mut encoder = Encoder::new(&mut bytes, spec.jpeg_quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let block = exif::app1(spec, stored_w as u32, stored_h as u32);
    // Both can only fail for sizes that `spec` cannot hold.
    if encoder.add_app_segment(1, block).is_err() {
        tracing::warn!("the EXIF block of a sample photograph is too long");
    }
    let stored = Stored { upright: &upright, width, height, stored_w, stored_h, orientation: spec.orientation };
    if let Err(error) = encoder.encode_image(stored) {
        tracing::warn!(%error, "a sample photograph could not be encoded");
    }
    bytes
}

/// The upright picture, read in the order in which the camera stores it.
struct Stored<'a> {
    upright: &'a [u8],
    width: usize,
    height: usize,
    stored_w: usize,
    stored_h: usize,
    orientation: u8,
}

impl ImageBuffer for Stored<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.stored_w as u16
    }

    fn height(&self) -> u16 {
        self.stored_h as u16
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let (w, h, row) = (self.width as isize, self.height as isize, y as isize);
        // The upright pixel of the row's first stored pixel, and the step to the next.
        let (x, y, step_x, step_y) = match self.orientation {
            2 => (w - 1, row, -1, 0),
            3 => (w - 1, h - 1 - row, -1, 0),
            4 => (0, h - 1 - row, 1, 0),
            5 => (row, 0, 0, 1),
            6 => (w - 1 - row, 0, 0, 1),
            7 => (w - 1 - row, h - 1, 0, -1),
            8 => (row, h - 1, 0, -1),
            _ => (0, row, 1, 0),
        };
        let mut at = (y * w + x) * 3;
        let step = (step_y * w + step_x) * 3;
        let [luma, blue, red, _] = buffers;
        for _ in 0..self.stored_w {
            let pixel = &self.upright[at as usize..at as usize + 3];
            let (y, cb, cr) = jpeg_encoder::rgb_to_ycbcr(pixel[0], pixel[1], pixel[2]);
            luma.push(y);
            blue.push(cb);
            red.push(cr);
            at += step;
        }
    }
}

/// The `index`-th of the sample photographs: all scenes, all orientations, three cameras, time with and without offset,
/// with and without position.
pub fn sample_spec(index: usize, width_px: u16, height_px: u16) -> PhotoSpec {
    let scene = Scene::ALL[index % Scene::ALL.len()];
    let mut rng = Rng::new(0x6b74_0000 + index as u64);
    let start = NaiveDate::from_ymd_opt(2026, 11, 20).and_then(|day| day.and_hms_opt(9, 6, 31)).unwrap_or_default();
    let cameras = [("HUAWEI", "ALN-AL00"), ("Xiaomi", "23127PN0CC"), ("Apple", "iPhone 15")];
    let (make, model) = cameras[index % cameras.len()];
    PhotoSpec {
        scene,
        seed: 7 + (index / Scene::ALL.len()) as u64 * 31,
        shot: index as u64,
        repaired: false,
        width_px,
        height_px,
        orientation: (index % 8) as u8 + 1,
        taken_local: start + TimeDelta::seconds(index as i64 * 94 + i64::from(rng.below(40))),
        offset_min: (index % 3 != 1).then_some(8 * 60),
        camera: (make.to_owned(), model.to_owned()),
        position: (index % 4 != 3).then(|| (31.230_4 + f64::from(rng.below(90)) * 1e-6, 121.473_7 + f64::from(rng.below(90)) * 1e-6)),
        jpeg_quality: 90,
    }
}

/// Writes `count` sample photographs of `width_px` x `height_px` stored pixels into `dir`, named as phones name them.
pub fn write_samples(dir: &Path, count: usize, width_px: u16, height_px: u16) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(dir)?;
    let mut written = Vec::with_capacity(count);
    for index in 0..count {
        let mut spec = sample_spec(index, width_px, height_px);
        if width_px < 1600 {
            // The small ones lie in the repository.
            spec.jpeg_quality = 72;
        }
        let path = dir.join(format!("IMG_{}.jpg", spec.taken_local.format("%Y%m%d_%H%M%S")));
        fs::write(&path, make_photo(&spec))?;
        written.push(path);
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyturn_core::evidence::{IntakePolicy, inspect};

    fn spec(orientation: u8) -> PhotoSpec {
        PhotoSpec { orientation, ..sample_spec(2, 320, 240) }
    }

    #[test]
    fn the_same_spec_gives_the_same_bytes_and_another_shot_others() {
        assert_eq!(make_photo(&spec(1)), make_photo(&spec(1)));
        assert_ne!(make_photo(&spec(1)), make_photo(&PhotoSpec { shot: 99, ..spec(1) }));
        assert_ne!(make_photo(&spec(1)), make_photo(&PhotoSpec { repaired: true, ..spec(1) }));
    }

    #[test]
    fn the_exif_block_says_what_the_spec_says() {
        let policy = IntakePolicy::product_default().unwrap().with_position(true);
        for orientation in 1..=8 {
            let spec = spec(orientation);
            let facts = inspect(&make_photo(&spec), &policy).unwrap();
            assert_eq!(facts.orientation, orientation);
            assert_eq!((facts.width_px, facts.height_px), if orientation >= 5 { (240, 320) } else { (320, 240) });
            assert_eq!(facts.camera_make.as_deref(), Some("Apple"));
            assert_eq!(facts.camera_model.as_deref(), Some("iPhone 15"));
            assert_eq!(facts.taken_local.as_deref().map(|t| &t[..19]), Some(&*spec.taken_local.format("%Y-%m-%dT%H:%M:%S").to_string()));
            assert_eq!(facts.taken_offset_min, Some(480));
            let (north, east) = facts.position.unwrap();
            assert!((north - 31.2304).abs() < 1e-3 && (east - 121.4737).abs() < 1e-3, "{north} {east}");
            assert!(!facts.damaged);
        }
        let without = PhotoSpec { offset_min: None, position: None, ..spec(1) };
        let facts = inspect(&make_photo(&without), &policy).unwrap();
        assert_eq!((facts.taken_offset_min, facts.taken_utc, facts.position), (None, None, None));
    }

    #[test]
    fn samples_cover_all_orientations_and_are_all_different() {
        let folder = tempfile::tempdir().unwrap();
        let paths = write_samples(folder.path(), 30, 160, 120).unwrap();
        let policy = IntakePolicy::product_default().unwrap();
        let facts: Vec<_> = paths.iter().map(|path| inspect(&fs::read(path).unwrap(), &policy).unwrap()).collect();
        let count = |mut values: Vec<String>| {
            values.sort();
            values.dedup();
            values.len()
        };
        assert_eq!(count(facts.iter().map(|f| f.sha256.to_string()).collect()), 30);
        assert_eq!(count(facts.iter().map(|f| f.orientation.to_string()).collect()), 8);
        assert!(facts.iter().any(|f| f.taken_offset_min.is_none()) && facts.iter().any(|f| f.taken_offset_min.is_some()));
    }
}
