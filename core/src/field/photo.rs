//! Photos: taken in by path, committed as events, pictures made after.

use super::{Acting, FieldStore, NoPhotoView, PhotoView, Result, handover_id};
use crate::{
    evidence::{PhotoFacts, PictureSize, make_picture, take_photo},
    log::fold::{Aggregate, Entry, Origin},
    model::{
        Digest, Id, Value,
        act::{Act, PhotoAdd},
        body::Body,
    },
    store::PhotoState,
};
use std::{collections::HashMap, path::Path};

impl FieldStore {
    /// Whether the position in a photo's file may be kept; off until consent was given (law: D, PIPL 28).
    ///
    /// # Errors
    /// When it cannot be stored.
    pub fn set_position_consent(&self, given: bool) -> Result<()> {
        Ok(self.store.set_meta("position_consent", &[u8::from(given)])?)
    }

    /// Takes a file in: durable before this returns, nothing left behind when refused.
    pub(crate) fn take_in(&self, path: &Path) -> Result<PhotoFacts> {
        let consent = self.store.meta("position_consent")?.as_deref() == Some(&[1]);
        Ok(take_photo(&self.blobs, path, &self.intake.clone().with_position(consent))?)
    }

    /// Adds a photo to a thing. When this returns, original and record are durable; the small picture comes after it. The same file for the same
    /// purpose is there once, however often it is given: a shell that died before it heard the answer gives it again.
    ///
    /// # Errors
    /// Why the photo is refused, or that the role may not.
    pub fn add_photo(&self, thing: Id, path: &Path, purpose: &str) -> Result<PhotoView> {
        self.need(thing, "record")?;
        let facts = self.take_in(path)?;
        self.act(|act| {
            let there = act.thing(thing, "record")?;
            let same = |p: &PhotoAdd| p.sha256 == facts.sha256 && p.purpose == purpose && (p.round == 0 || p.round == there.round);
            if photos_of(&there).iter().any(|(p, _)| same(p)) { Ok(()) } else { self.append_photo(act, thing, &facts, purpose) }
        })?;
        self.make_small(facts.sha256);
        let state = self.need(thing, "record")?;
        let found = photos_of(&state).into_iter().rfind(|(p, _)| p.sha256 == facts.sha256 && p.purpose == purpose);
        let (photo, _) = found.ok_or(super::FieldError::NotFound("photo"))?;
        let proof = self.store.photo(facts.sha256)?.map(|p| p.state);
        Ok(view_of(&state, photo, proof))
    }

    pub(crate) fn append_photo(&self, act: &mut Acting<'_, '_>, thing: Id, facts: &PhotoFacts, purpose: &str) -> Result<()> {
        let round = act.thing(thing, "record")?.round;
        let photo = PhotoAdd {
            sha256: facts.sha256,
            bytes: facts.bytes,
            purpose: purpose.to_owned(),
            round: if matches!(purpose, "before" | "after" | "reject") { round } else { 0 },
            facts: minicbor::to_vec(facts).unwrap_or_default(),
        };
        act.append(thing, &Body::Act(Act::PhotoAdd(photo)))?;
        act.wrote.add_photo(facts.sha256, facts.bytes, thing)?;
        Ok(())
    }

    /// Records why a photograph that belongs there cannot be taken. It stands in the photograph's place, for this round of a repair.
    ///
    /// # Errors
    /// When the reason is missing, or the role may take no photographs.
    pub fn no_photo(&self, thing: Id, purpose: &str, reason: &str) -> Result<()> {
        self.need(thing, "record")?;
        self.act(|act| act.append(thing, &Body::Act(Act::NoPhoto(purpose.to_owned(), reason.to_owned()))).map(|_| ()))
    }

    /// A photo that belongs to a line of the checklist.
    ///
    /// # Errors
    /// When the line is not one of this unit, or why the photo is refused.
    pub fn line_photo(&self, unit: Id, line: &str, path: &Path) -> Result<PhotoView> {
        self.need_line(unit, line)?;
        self.add_photo(handover_id(unit), path, &line_purpose(line))
    }

    /// Why a line that asks for a photograph has none.
    ///
    /// # Errors
    /// When the line is not one of this unit, or the reason is missing.
    pub fn line_no_photo(&self, unit: Id, line: &str, reason: &str) -> Result<()> {
        self.need_line(unit, line)?;
        self.no_photo(handover_id(unit), &line_purpose(line), reason)
    }

    fn need_line(&self, unit: Id, line: &str) -> Result<()> {
        let unit = self.need(unit, "unit")?;
        if self.checklist(&unit)?.iter().any(|l| l.key == line) { Ok(()) } else { Err(super::FieldError::NotFound("line")) }
    }

    /// The photos of every line of a unit that has any, and why others have none, by line.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn line_photos(&self, unit: Id) -> Result<HashMap<String, LinePhotos>> {
        let mut lines: HashMap<String, LinePhotos> = HashMap::new();
        let Some(handover) = self.store.thing(handover_id(unit))? else { return Ok(lines) };
        for (photo, _) in photos_of(&handover) {
            if let Some(line) = photo.purpose.strip_prefix(OF_LINE) {
                let proof = self.store.photo(photo.sha256)?.map(|p| p.state);
                lines.entry(line.to_owned()).or_default().photos.push(view_of(&handover, photo.clone(), proof));
            }
        }
        for without in unphotographed(&handover) {
            if let Some(line) = without.purpose.strip_prefix(OF_LINE) {
                lines.entry(line.to_owned()).or_default().reason = Some(without.reason.clone());
            }
        }
        Ok(lines)
    }

    /// Makes the large pictures of the photos taken since the last call, for a shell to call when nobody waits; how many were made.
    /// One that is missing is also made when it is asked for.
    pub fn make_pictures(&self) -> usize {
        let mut made = 0;
        loop {
            // Not held while a picture is made: photos are taken meanwhile.
            let next = self.unpictured.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop_front();
            let Some(sha256) = next else { return made };
            match self.blobs.picture_or_make(PictureSize::Large, &sha256, &self.intake) {
                Ok(_) => made += 1,
                Err(error) => tracing::info!(%error, "no large picture of this photo"),
            }
        }
    }

    /// Makes the small picture; a photo that cannot be decoded stays without one and blocks nothing.
    pub(crate) fn make_small(&self, sha256: Digest) {
        self.unpictured.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push_back(sha256);
        if let Err(error) = make_picture(&self.blobs, &sha256, PictureSize::Small, &self.intake, None) {
            tracing::info!(%error, "no small picture of this photo");
        }
    }

    /// The path of a picture of a photo that is on this device, made first if it is missing.
    ///
    /// # Errors
    /// When the original is not here or cannot be decoded.
    pub fn picture(&self, sha256: Digest, size: PictureSize) -> Option<std::path::PathBuf> {
        // Of a photo that was taken elsewhere the small picture is here.
        self.blobs.picture_or_make(size, &sha256, &self.intake).ok().or_else(|| self.blobs.picture_path(PictureSize::Small, &sha256))
    }
}

/// The purpose of a line's photo begins so.
const OF_LINE: &str = "line:";

fn line_purpose(line: &str) -> String {
    format!("{OF_LINE}{line}")
}

/// What was photographed for a line.
#[derive(Clone, Debug, Default)]
pub struct LinePhotos {
    /// Its photos.
    pub photos: Vec<PhotoView>,
    /// Why there can be none, as said last.
    pub reason: Option<String>,
}

/// Why photographs of a thing could not be taken, in order.
pub(crate) fn unphotographed(thing: &Aggregate) -> Vec<NoPhotoView> {
    let of = |entry: &Entry| match &entry.act {
        Act::NoPhoto(purpose, reason) => {
            Some(NoPhotoView { purpose: purpose.clone(), round: entry.round, reason: reason.clone(), at: entry.origin.order.hlc.ms })
        }
        _ => None,
    };
    thing.done().filter_map(of).collect()
}

/// Whether a repair's photograph of this round is there, or why it cannot be.
pub(crate) fn photographed(snag: &Aggregate, purpose: &str) -> bool {
    photos_of(snag).iter().any(|(photo, _)| photo.purpose == purpose && photo.round == snag.round)
        || unphotographed(snag).iter().any(|without| without.purpose == purpose && without.round == snag.round)
}

/// Photos of a thing with who added them, in order.
pub(crate) fn photos_of(thing: &Aggregate) -> Vec<(PhotoAdd, Origin)> {
    thing.done().filter_map(|e| if let Act::PhotoAdd(photo) = &e.act { Some((photo.clone(), e.origin.clone())) } else { None }).collect()
}

pub(crate) fn view_of(thing: &Aggregate, photo: PhotoAdd, proof: Option<PhotoState>) -> PhotoView {
    let facts: Option<PhotoFacts> = minicbor::decode(&photo.facts).ok();
    let drawing = match thing.get(&format!("drawing:{}", photo.sha256)) {
        Some(Value::Drawing(shapes)) => shapes.clone(),
        _ => Vec::new(),
    };
    PhotoView {
        sha256: photo.sha256,
        purpose: photo.purpose,
        round: photo.round,
        width_px: facts.as_ref().map_or(0, |f| f.width_px),
        height_px: facts.as_ref().map_or(0, |f| f.height_px),
        taken_local: facts.as_ref().and_then(|f| f.taken_local.clone()),
        damaged: facts.is_some_and(|f| f.damaged),
        proof,
        drawing,
    }
}
