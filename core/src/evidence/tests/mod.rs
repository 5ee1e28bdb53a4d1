//! Photographs through the public way in: what is taken, what is refused, what is left on the disk.

mod blobs;
mod intake;
mod pictures;

use super::*;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A store in a folder of its own, with room enough.
struct Bench {
    folder: tempfile::TempDir,
    store: BlobStore,
    disk: Arc<FailingDisk>,
}

#[derive(Debug)]
struct Free(u64);

impl FreeSpace for Free {
    fn free_bytes(&self, _: &Path) -> std::io::Result<u64> {
        Ok(self.0)
    }
}

impl Bench {
    fn new() -> Self {
        Self::with(u64::MAX, FailMode::Full, u64::MAX)
    }

    fn with(fail_at: u64, mode: FailMode, free_bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        let disk = Arc::new(FailingDisk::new(u64::MAX, mode));
        let store = BlobStore::open_with(&folder.path().join("store"), disk.clone(), Arc::new(Free(free_bytes))).unwrap();
        disk.arm(fail_at);
        Self { folder, store, disk }
    }

    /// Puts `bytes` where a camera would.
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("in").join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Every file of the store with its content.
    fn listing(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        listing(&self.folder.path().join("store"))
    }
}

fn listing(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(listing(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

fn policy() -> IntakePolicy {
    IntakePolicy { floor_free_bytes: 0, ..IntakePolicy::product_default().unwrap() }
}

/// A picture in which every corner and every direction is told apart.
fn scene(width: u32, height: u32) -> image::RgbImage {
    image::RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x * 255 / width, y * 255 / height);
        let mark = if x < width / 4 && y < height / 3 { 255 } else { 20 };
        image::Rgb([u as u8, v as u8, mark])
    })
}

fn jpeg_of(picture: &image::RgbImage, exif: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 92);
    if let Some(tiff) = exif {
        encoder.add_app_segment(1, [b"Exif\0\0", tiff].concat()).unwrap();
    }
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    encoder.encode(picture.as_raw(), width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    jpeg_of(&scene(width, height), None)
}

fn png_of(picture: &image::RgbImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A TIFF block with the given fields, made by the EXIF library's own writer.
fn exif_block(fields: &[(exif::Tag, exif::Value)]) -> Vec<u8> {
    let fields: Vec<_> = fields.iter().map(|(tag, value)| exif::Field { tag: *tag, ifd_num: exif::In::PRIMARY, value: value.clone() }).collect();
    let mut writer = exif::experimental::Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut bytes = std::io::Cursor::new(Vec::new());
    writer.write(&mut bytes, false).unwrap();
    bytes.into_inner()
}

fn ascii(words: &str) -> exif::Value {
    exif::Value::Ascii(vec![words.as_bytes().to_vec()])
}

fn orientation_block(orientation: u16) -> Vec<u8> {
    exif_block(&[(exif::Tag::Orientation, exif::Value::Short(vec![orientation])), (exif::Tag::Model, ascii("Camera Seven"))])
}
