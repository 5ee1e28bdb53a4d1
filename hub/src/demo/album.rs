//! The demo's photographs, made when they are needed.

use crate::photos::{PhotoSpec, Scene, make_photo, sample_spec};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Photos of the walk: 12 megapixels, as phones make them.
const WALK_PX: (u16, u16) = (4000, 3000);
/// Photos of the repairs: a crew sends smaller ones.
const REPAIR_PX: (u16, u16) = (1632, 1224);

/// A folder of photographs.
pub struct Album<'a> {
    dir: &'a Path,
    taken: usize,
    zone: chrono_tz::Tz,
}

impl<'a> Album<'a> {
    /// In `dir`, taken by cameras whose clocks show this zone.
    pub fn new(dir: &'a Path, zone: chrono_tz::Tz) -> Self {
        Self { dir, taken: 0, zone }
    }

    /// How many were made.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// The next photo of a walk: `place` says which place, so that a repair shows the same.
    pub fn walk(&mut self, scene: Scene, place: u64) -> io::Result<PathBuf> {
        let mut spec = sample_spec(self.taken, WALK_PX.0, WALK_PX.1);
        (spec.scene, spec.seed) = (scene, place);
        self.make(&spec)
    }

    /// A photo before or after a repair of that place.
    pub fn repair(&mut self, scene: Scene, place: u64, after: bool) -> io::Result<PathBuf> {
        let mut spec = sample_spec(self.taken, REPAIR_PX.0, REPAIR_PX.1);
        (spec.scene, spec.seed, spec.repaired) = (scene, place, after);
        self.make(&spec)
    }

    fn make(&mut self, spec: &PhotoSpec) -> io::Result<PathBuf> {
        self.taken += 1;
        let mut spec = spec.clone();
        spec.taken_local = chrono::Utc::now().with_timezone(&self.zone).naive_local();
        let path = self.dir.join(format!("IMG_{:04}.jpg", self.taken));
        std::fs::write(&path, make_photo(&spec))?;
        Ok(path)
    }
}
