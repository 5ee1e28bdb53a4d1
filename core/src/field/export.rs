//! Documents and bundles made on the device, without a hub, from the same code as the hub's.

use super::{FieldStore, GatheringKind, Result, handover_id, views::text_of};
use crate::{
    dossier::{Dossier, Person},
    evidence::bundle::{self, BundleError, BundleInput, ChainInput, FileInput, Made, Source},
    log::{EventRef, fold::Aggregate, seal::SealPurpose},
    model::{
        Digest, Id, Value,
        act::Act,
        body::{AggKind, Body},
    },
    report::Document,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The documents of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// The acceptance report (S0-11).
    Acceptance,
    /// The rectification record (S0-12).
    Rectification,
    /// The handover notice (S4-12).
    Notice,
    /// The guide (S1-16).
    Guide,
}

impl DocumentKind {
    /// The identifier, as in `document.made` events and file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Acceptance => "acceptance_report",
            Self::Rectification => "rectification_record",
            Self::Notice => "handover_notice",
            Self::Guide => "handover_guide",
        }
    }

    /// Reads the identifier.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Acceptance, Self::Rectification, Self::Notice, Self::Guide].into_iter().find(|k| k.name() == name)
    }
}

impl FieldStore {
    /// The file of a unit, as this device has it.
    ///
    /// # Errors
    /// When the unit or its handover is not here.
    pub fn dossier(&self, unit_id: Id) -> Result<Dossier> {
        self.dossier_of(unit_id, self.need(handover_id(unit_id), "handover")?)
    }

    fn dossier_of(&self, unit_id: Id, handover: Aggregate) -> Result<Dossier> {
        let unit = self.need(unit_id, "unit")?;
        let snags = self.store.list(AggKind::Snag, Some(unit_id), None, 0, u64::from(u32::MAX))?;
        let plan = match unit.get("plan").and_then(Value::id) {
            Some(id) => self.store.thing(id)?,
            None => None,
        };
        let mut frozen = BTreeMap::new();
        let mut records = 0;
        for thing in [&unit, &handover].into_iter().chain(&snags) {
            for event in self.store.events_of(thing.id)? {
                // Printing is recorded too, and must not change what is printed.
                records += u64::from(!matches!(event.kind.as_str(), "document.made" | "hub.number"));
                if let Body::Act(Act::Freeze(_, bytes)) = event.body()
                    && let Ok(record) = minicbor::decode::<super::FrozenRecord>(&bytes)
                {
                    frozen.insert(Digest::of(&bytes), record);
                }
            }
        }
        let (_, receipts) = self.store.proofs()?;
        let gatherings = self.gathering_things(&[GatheringKind::Meeting, GatheringKind::Inspection], Some(unit_id))?;
        let register = self.register_of(&unit)?;
        Ok(Dossier {
            profile: self.profile_of(&handover),
            zone: self.zone()?,
            community: register.as_ref().map_or(String::new(), |community| text_of(community, "name")),
            register,
            people: self.people_of(&unit, &handover, &snags, &gatherings)?,
            contractors: self.store.list(AggKind::Contractor, None, None, 0, u64::from(u32::MAX))?.iter().map(|c| (c.id, text_of(c, "name"))).collect(),
            devices: BTreeMap::new(),
            content: self.current_record(&handover)?.content_digest(),
            hub: self.hub().ok(),
            heads: self.own_heads(&handover)?,
            bundle: format!("{}.keyturn", self.unit_label(&unit)?.replace([' ', '/'], "_")),
            gatherings,
            unit,
            handover,
            snags,
            plan,
            frozen,
            receipts,
            records,
        })
    }

    /// Everybody the unit's records name, with what this device may read.
    fn people_of(&self, unit: &Aggregate, handover: &Aggregate, snags: &[Aggregate], gatherings: &[Aggregate]) -> Result<BTreeMap<Id, Person>> {
        let mut ids: Vec<Id> = self.owners_of(unit)?.into_iter().map(|p| p.id).collect();
        for thing in [handover].into_iter().chain(gatherings) {
            ids.extend(super::handover::participants_of(thing).into_iter().map(|(_, p)| p.person));
        }
        for thing in [handover].into_iter().chain(snags).chain(gatherings) {
            ids.extend(thing.entries.iter().map(|e| e.origin.actor));
            ids.extend(thing.entries.iter().filter_map(|e| if let Act::Appoint(_, escort, _) = &e.act { Some(*escort) } else { None }));
        }
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().map(|id| Ok((id, Person { name: self.person_text(id, "name")?, erased: self.store.is_erased(id)?, key: self.key_of(id)? }))).collect()
    }

    /// The own chain's head at each signature made here.
    fn own_heads(&self, handover: &Aggregate) -> Result<BTreeMap<EventRef, Digest>> {
        let device = self.device();
        let mut heads = BTreeMap::new();
        for entry in handover.done().filter(|e| matches!(e.act, Act::Sign(_)) && e.origin.at().device == device) {
            if let Some(chain) = self.store.chain_at(entry.origin.at().seq)? {
                heads.insert(entry.origin.at(), chain.head);
            }
        }
        Ok(heads)
    }

    /// A document of a unit as data; `None` for a notice before there is an appointment, for a report before the walk.
    ///
    /// # Errors
    /// When the unit or its handover is not here.
    pub fn document(&self, unit: Id, kind: DocumentKind) -> Result<Option<Document>> {
        let dossier = self.dossier(unit)?;
        Ok(match kind {
            DocumentKind::Acceptance => dossier.acceptance_report(),
            DocumentKind::Rectification => Some(dossier.rectification_record()),
            DocumentKind::Notice => dossier.notice(),
            DocumentKind::Guide => Some(dossier.guide()),
        })
    }
}

/// Why a device made no bundle.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store could not.
    #[error(transparent)]
    Field(#[from] super::FieldError),
    /// The bundle does not hold together or cannot be written.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

impl crate::words::Told for ExportError {
    fn key(&self) -> &'static str {
        match self {
            Self::Field(error) => error.key(),
            Self::Bundle(error) => error.key(),
            Self::Io(_) => "document-io",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Field(error) => error.args(),
            Self::Bundle(error) => error.args(),
            Self::Io(_) => Vec::new(),
        }
    }
}

impl FieldStore {
    /// Writes the bundle of a unit as this device has it: its own chain in full, other devices' records on its word. Before anybody signed,
    /// and before there is a handover, the bundle says so.
    ///
    /// # Errors
    /// When the unit is not here, or the file cannot be written.
    pub fn bundle(&self, unit_id: Id, path: &Path) -> std::result::Result<Made, ExportError> {
        let handover = self.store.thing(handover_id(unit_id)).map_err(super::FieldError::from)?;
        let dossier = self.dossier_of(unit_id, handover.unwrap_or_else(|| Aggregate::empty(handover_id(unit_id))))?;
        let mut things: Vec<Id> = vec![dossier.unit.id, dossier.handover.id];
        things.extend(dossier.snags.iter().map(|s| s.id));
        things.extend(dossier.gatherings.iter().map(|g| g.id));
        things.extend(dossier.plan.iter().map(|p| p.id));
        things.extend(dossier.people.keys().copied());
        let mut parent = dossier.unit.parent;
        while let Some(id) = parent.filter(|id| !things.contains(id)) {
            things.push(id);
            parent = self.store.thing(id).map_err(super::FieldError::from)?.and_then(|t| t.parent);
        }
        let mut events = Vec::new();
        for thing in things {
            events.extend(self.store.events_of(thing).map_err(super::FieldError::from)?.iter().map(|e| e.bytes().to_vec()));
        }
        // What is shown must be sealed up to its last record.
        self.seal_now(SealPurpose::Bundle)?;
        let own = self.device();
        let hashes = self.own_hashes()?;
        let (seals, receipts) = self.store.proofs().map_err(super::FieldError::from)?;
        let mut photos = BTreeSet::new();
        let mut documents = BTreeSet::new();
        for entry in [&dossier.handover].into_iter().chain(&dossier.snags).flat_map(|t| t.done()) {
            match &entry.act {
                Act::PhotoAdd(photo) => drop(photos.insert(photo.sha256)),
                Act::Document(_, digest, ..) => drop(documents.insert(*digest)),
                _ => {}
            }
        }
        if let Some(Value::Digest(image)) = dossier.plan.as_ref().and_then(|p| p.get("image")) {
            documents.insert(*image);
        }
        let files = |digests: BTreeSet<Digest>| -> Vec<FileInput> {
            let here = digests.into_iter().filter(|d| self.blobs.contains(d));
            here.map(|sha256| FileInput { source: Source::Path(self.blobs.path_of(&sha256)), sha256 }).collect()
        };
        let certificate = self.certificate()?;
        let (_, door) = dossier.bundle.rsplit_once('_').unwrap_or(("", &dossier.bundle));
        let input = BundleInput {
            project: certificate.project,
            project_name: dossier.community.clone(),
            zone: dossier.zone.name().to_owned(),
            hub: self.hub()?,
            unit: unit_id,
            unit_label: door.trim_end_matches(".keyturn").to_owned(),
            made: self.now(),
            exporter: own,
            events,
            chains: vec![ChainInput { device: own, hashes, seals, certificates: vec![self.certificate_bytes()?] }],
            checkpoint: receipts.last().map(|r| r.checkpoint.clone()),
            receipts,
            keys: dossier.people.iter().filter_map(|(id, p)| Some((*id, p.key.clone()?))).collect(),
            originals: files(photos),
            documents: files(documents),
        };
        let draft = path.with_extension("part");
        let mut out = std::io::BufWriter::new(std::fs::File::create(&draft)?);
        let made = bundle::write(&input, &*self.key, &mut out).inspect_err(|_| drop(std::fs::remove_file(&draft)))?;
        out.into_inner().map_err(|e| e.into_error())?.sync_all()?;
        std::fs::rename(&draft, path)?;
        Ok(made)
    }

    fn own_hashes(&self) -> Result<Vec<Digest>> {
        const STEP: u64 = 5_000;
        let mut hashes = Vec::new();
        loop {
            let events = self.store.own_events(hashes.len() as u64 + 1, STEP)?;
            if events.is_empty() {
                return Ok(hashes);
            }
            hashes.extend(events.iter().map(crate::log::Event::digest));
        }
    }
}

#[cfg(feature = "documents")]
mod print {
    use super::{DocumentKind, FieldStore, Result};
    use crate::{
        evidence::{IntakePolicy, PictureSize},
        field::FieldError,
        model::{Digest, Id, act::Act, body::Body},
        report::{PICTURE_MAX_PX, Pdf, Picture, Pictures, PlanPicture, Words, render},
        words::Lang,
    };

    /// Pictures of a document from a folder of blobs.
    pub struct BlobPictures<'a> {
        /// The originals and pictures.
        pub blobs: &'a crate::evidence::BlobStore,
        /// What may be decoded.
        pub intake: &'a IntakePolicy,
    }

    impl Pictures for BlobPictures<'_> {
        fn photo(&self, original: &Digest) -> Picture {
            const { assert!(PICTURE_MAX_PX >= 512, "the small picture must fit a document") };
            if self.blobs.picture_path(PictureSize::Small, original).is_none() && !self.blobs.contains(original) {
                return Picture::OnHubOnly;
            }
            match self.blobs.picture_or_make(PictureSize::Small, original, self.intake) {
                Ok(path) => std::fs::read(path).map_or(Picture::OnHubOnly, Picture::Jpeg),
                Err(error) => {
                    use crate::words::{Told, tr};
                    Picture::Damaged(Words::new(tr(Lang::Zh, error.key(), &error.args()), tr(Lang::En, error.key(), &error.args())))
                }
            }
        }

        fn plan(&self, file: &Digest) -> PlanPicture {
            match std::fs::read(self.blobs.path_of(file)) {
                Ok(bytes) if bytes.starts_with(b"<svg") || bytes.starts_with(b"<?xml") => PlanPicture::Svg(bytes),
                Ok(bytes) => PlanPicture::Raster(bytes),
                Err(_) => PlanPicture::Missing,
            }
        }
    }

    impl FieldStore {
        /// Makes a document of a unit as PDF, keeps it by its digest and records that it was made.
        ///
        /// # Errors
        /// When the unit is not here, or the document cannot be made.
        pub fn print(&self, unit: Id, kind: DocumentKind, lang: Lang) -> Result<Pdf> {
            let document = self.document(unit, kind)?.ok_or(FieldError::NotFound("document"))?;
            let pictures = BlobPictures { blobs: &self.blobs, intake: &self.intake };
            let pdf = render(&document, lang, &pictures)?;
            let digest = self.blobs.put_bytes(&pdf.bytes)?.digest;
            let number = document.sheet().number.text.clone();
            let handover = super::handover_id(unit);
            let known = self.need(handover, "handover")?.done().any(|e| matches!(&e.act, Act::Document(_, d, ..) if *d == digest));
            // A device whose role may not issue documents can still read one.
            if !known && self.profile().roles.may(&self.certificate()?.role, "document.made") {
                self.act(|act| {
                    act.append(handover, &Body::Act(Act::Document(kind.name().to_owned(), digest, number, Some(lang.tag().to_owned())))).map(|_| ())
                })?;
            }
            Ok(pdf)
        }
    }
}

#[cfg(feature = "documents")]
pub use print::BlobPictures;
