//! Documents and bundles made by the hub, from the same code as the device's.

use crate::{
    HUB_ROLE, Hub, HubError,
    links::ever_ordered_from,
    store::{DeviceRow, StoreError},
    tree,
};
use keyturn_core::{
    dossier::{Dossier, Person},
    evidence::{
        BlobStore, IntakePolicy, PictureSize,
        bundle::{self, BundleError, BundleInput, ChainInput, FileInput, Made, Source},
        make_picture,
    },
    field::{DocumentKind, FrozenRecord, door_of, gathering_time, gathering_units, handover_id},
    log::{Chain, EventRef, fold::Aggregate, receipt::Receipt},
    model::{
        Digest, Id, UtcMs, Value,
        act::Act,
        body::{AggKind, Body},
        value::Participant,
    },
    report::{Document, Pdf, Picture, Pictures, PlanPicture, ReportError, Words, render},
    words::{Lang, Told, tr},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

/// A document was made.
pub struct Printed {
    /// The file.
    pub pdf: Pdf,
    /// Its SHA-256.
    pub digest: Digest,
    /// Its number.
    pub number: String,
}

/// Why a document or bundle was not made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The hub could not.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The unit or its handover is not here, or there is nothing to print yet.
    #[error("there is nothing to print for this unit yet")]
    Nothing,
    /// The document engine failed.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The bundle cannot be made.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A file cannot be written.
    #[error("the file cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

impl From<StoreError> for DocumentError {
    fn from(error: StoreError) -> Self {
        Self::Hub(error.into())
    }
}

impl Told for DocumentError {
    fn key(&self) -> &'static str {
        match self {
            Self::Hub(error) => error.key(),
            Self::Nothing => "document-nothing",
            Self::Report(error) => error.key(),
            Self::Bundle(error) => error.key(),
            Self::Io(_) => "document-io",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Hub(error) => error.args(),
            Self::Report(error) => error.args(),
            Self::Bundle(error) => error.args(),
            _ => Vec::new(),
        }
    }
}

/// The letters of a document's running number.
fn form(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Acceptance => "JF",
        DocumentKind::Rectification => "ZG",
        DocumentKind::Notice => "RZ",
        DocumentKind::Guide => "ZY",
    }
}

/// Pictures of a document, read before it is made: the engine is not asynchronous.
struct Album {
    photos: HashMap<Digest, Picture>,
    plans: HashMap<Digest, PlanPicture>,
}

impl Pictures for Album {
    fn photo(&self, original: &Digest) -> Picture {
        self.photos.get(original).cloned().unwrap_or(Picture::OnHubOnly)
    }

    fn plan(&self, file: &Digest) -> PlanPicture {
        self.plans.get(file).cloned().unwrap_or(PlanPicture::Missing)
    }
}

impl Hub {
    /// The zone as chrono knows it.
    pub fn tz(&self) -> chrono_tz::Tz {
        self.0.tz()
    }

    /// What the register says of a unit's community.
    async fn register_of(&self, unit: &Aggregate) -> Result<Option<Aggregate>, HubError> {
        let mut parent = unit.parent;
        for _ in 0..3 {
            let Some(id) = parent else { break };
            let Some(up) = self.state(id).await? else { break };
            if up.kind == Some(AggKind::Community) {
                return Ok(Some(up));
            }
            parent = up.parent;
        }
        Ok(None)
    }

    /// The file of a unit, as the hub has it.
    ///
    /// # Errors
    /// [`DocumentError::Nothing`] when there is no handover yet.
    pub async fn dossier(&self, unit_id: Id) -> Result<Dossier, DocumentError> {
        let unit = self.state(unit_id).await?.filter(|u| u.created.is_some()).ok_or(DocumentError::Nothing)?;
        let handover = self.state(handover_id(unit_id)).await?.filter(|h| h.created.is_some()).ok_or(DocumentError::Nothing)?;
        let snags: Vec<Aggregate> = self.of_unit(unit_id).await?.into_iter().filter(|a| a.kind == Some(AggKind::Snag)).collect();
        let plan = match unit.get("plan").and_then(Value::id) {
            Some(id) => self.state(id).await?,
            None => None,
        };
        let mut frozen = BTreeMap::new();
        let mut records = 0;
        let mut devices = BTreeSet::new();
        for thing in [&unit, &handover].into_iter().chain(&snags) {
            for event in self.events_of(thing.id).await? {
                // Printing is recorded too, and must not change what is printed.
                records += u64::from(!matches!(event.kind.as_str(), "document.made" | "hub.number"));
                devices.insert(event.device);
                if let Body::Act(Act::Freeze(_, bytes)) = event.body()
                    && let Ok(record) = minicbor::decode::<FrozenRecord>(&bytes)
                {
                    frozen.insert(Digest::of(&bytes), record);
                }
            }
        }
        let register = self.register_of(&unit).await?;
        let community = register.as_ref().and_then(|r| r.text("name")).unwrap_or_default().to_owned();
        let mut contractors = BTreeMap::new();
        for contractor in self.all(AggKind::Contractor).await? {
            contractors.insert(contractor.id, contractor.text("name").unwrap_or_default().to_owned());
        }
        let mut photos: BTreeSet<Digest> = BTreeSet::new();
        for thing in [&handover].into_iter().chain(&snags) {
            photos.extend(photos_of(thing));
        }
        let mut gatherings = Vec::new();
        for kind in [AggKind::Meeting, AggKind::Inspection] {
            gatherings.extend(self.all(kind).await?.into_iter().filter(|g| g.created.is_some() && gathering_units(g).contains(&unit_id)));
        }
        gatherings.sort_by_key(|g| (gathering_time(g), g.id));
        let names = self.devices().await?.into_iter().map(|d| (d.id, d.name)).collect();
        Ok(Dossier {
            profile: self.profile_of(&handover),
            zone: self.tz(),
            people: self.people_of(&unit, &handover, &snags, &gatherings).await?,
            contractors,
            devices: names,
            content: FrozenRecord::content_of(self.profile_of(&handover), &handover, &unit, &format!("{community} {}", door_of(&unit)), &snags),
            hub: Some(self.public()),
            receipts: self.receipts_of(&devices, &photos).await?,
            heads: self.heads_of(&handover).await?,
            bundle: format!("{}.keyturn", door_of(&unit).replace(['/', ' '], "_")),
            register,
            community,
            gatherings,
            unit,
            handover,
            snags,
            plan,
            frozen,
            records,
        })
    }

    async fn people_of(&self, unit: &Aggregate, handover: &Aggregate, snags: &[Aggregate], gatherings: &[Aggregate]) -> Result<BTreeMap<Id, Person>, HubError> {
        let mut ids = BTreeSet::new();
        if let Some(Value::List(owners)) = unit.get("owners") {
            ids.extend(owners.iter().filter_map(Value::id));
        }
        ids.extend([handover].into_iter().chain(gatherings).flat_map(participants_of).map(|p| p.person));
        for entry in [handover].into_iter().chain(snags).chain(gatherings).flat_map(|thing| &thing.entries) {
            ids.insert(entry.origin.actor);
            if let Act::Appoint(_, escort, _) = &entry.act {
                ids.insert(*escort);
            }
        }
        let rows: HashMap<Id, Option<Vec<u8>>> = self.0.store.keys(ids.iter().copied().collect()).await?.into_iter().map(|row| (row.person, row.key)).collect();
        let mut people = BTreeMap::new();
        for id in ids {
            let name = match self.state(id).await? {
                Some(person) => self.read_text(&person, "name").await?,
                None => None,
            };
            people.insert(id, Person { name, erased: matches!(rows.get(&id), Some(None)), key: self.person_key(id).await? });
        }
        Ok(people)
    }

    /// Receipts for these devices' chains, one per push, and for these files.
    async fn receipts_of(&self, devices: &BTreeSet<Id>, files: &BTreeSet<Digest>) -> Result<Vec<Receipt>, HubError> {
        let size = self.0.store.head().await?.leaves;
        let mut places: BTreeSet<u64> = self.0.store.chain_leaves(devices.iter().copied().collect()).await?.into_iter().collect();
        for file in files {
            places.extend(self.0.store.blob(*file).await?.map(|blob| blob.leaf));
        }
        let mut out = Vec::with_capacity(places.len());
        // A push that came since the head was read is not in its tree.
        for place in places.into_iter().filter(|place| *place < size) {
            out.push(tree::receipt(&*self.0.store, &self.0.key, size, place).await?);
        }
        Ok(out)
    }

    /// The chain heads at the signatures of a handover.
    async fn heads_of(&self, handover: &Aggregate) -> Result<BTreeMap<EventRef, Digest>, HubError> {
        let mut heads = BTreeMap::new();
        for entry in handover.done().filter(|e| matches!(e.act, Act::Sign(_))) {
            let at = entry.origin.at();
            let mut chain = Chain::start(at.device);
            for row in self.0.store.events_by(at.device, 1, at.seq).await? {
                chain.push(Digest::of(&row.bytes));
            }
            if chain.seq == at.seq {
                heads.insert(at, chain.head);
            }
        }
        Ok(heads)
    }

    /// Makes a document as PDF, gives it its running number, keeps it and records that it was made.
    ///
    /// # Errors
    /// When there is nothing to print yet, or the engine fails.
    pub async fn print(&self, actor: Id, role: &str, unit: Id, kind: DocumentKind, lang: Lang) -> Result<Printed, DocumentError> {
        let handover = self.state(handover_id(unit)).await?.filter(|h| h.created.is_some()).ok_or(DocumentError::Nothing)?;
        let letters = form(kind);
        if !handover.done().any(|e| matches!(&e.act, Act::Number(n) if n.starts_with(letters))) {
            // Asked before a number is given that no document would carry.
            if kind == DocumentKind::Acceptance && self.dossier(unit).await?.acceptance_report().is_none() {
                return Err(DocumentError::Nothing);
            }
            let year = self.now().to_utc().with_timezone(&self.tz()).format("%Y").to_string();
            let number = format!("{letters}-{year}-{:04}", self.next_number(&format!("{letters}-{year}")).await?);
            self.act(self.own_person(), HUB_ROLE, handover.id, Body::Act(Act::Number(number))).await?;
        }
        let dossier = self.dossier(unit).await?;
        let document = match kind {
            DocumentKind::Acceptance => dossier.acceptance_report().ok_or(DocumentError::Nothing)?,
            DocumentKind::Rectification => dossier.rectification_record(),
            DocumentKind::Notice => dossier.notice().ok_or(DocumentError::Nothing)?,
            DocumentKind::Guide => dossier.guide(),
        };
        let number = document.sheet().number.text.clone();
        let album = self.album(&document).await?;
        let pdf = tokio::task::spawn_blocking(move || render(&document, lang, &album)).await.map_err(std::io::Error::other)??;
        let digest = self.put_blob(pdf.bytes.clone().into()).await?;
        let known = dossier.handover.done().any(|e| matches!(&e.act, Act::Document(_, d, ..) if *d == digest));
        if !known {
            self.act(actor, role, handover.id, Body::Act(Act::Document(kind.name().to_owned(), digest, number.clone(), Some(lang.tag().to_owned())))).await?;
        }
        Ok(Printed { pdf, digest, number })
    }

    async fn album(&self, document: &Document) -> Result<Album, DocumentError> {
        let mut album = Album { photos: HashMap::new(), plans: HashMap::new() };
        for photo in document.photos() {
            album.photos.insert(photo, self.small_picture(photo).await?);
        }
        if let Document::AcceptanceReport(report) = document {
            for plan in &report.plans {
                let picture = match self.blob(plan.picture).await? {
                    Some(bytes) if bytes.starts_with(b"<svg") || bytes.starts_with(b"<?xml") => PlanPicture::Svg(bytes.to_vec()),
                    Some(bytes) => PlanPicture::Raster(bytes.to_vec()),
                    None => PlanPicture::Missing,
                };
                album.plans.insert(plan.picture, picture);
            }
        }
        Ok(album)
    }

    /// The 512-pixel picture of a photo, made from the original when it is missing.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn small_picture(&self, photo: Digest) -> Result<Picture, DocumentError> {
        const SMALL_PX: u32 = 512;
        if let Some(picture) = self.picture_of(photo, SMALL_PX).await?
            && let Some(bytes) = self.blob(picture).await?
        {
            return Ok(Picture::Jpeg(bytes.to_vec()));
        }
        let Some(original) = self.blob(photo).await? else { return Ok(Picture::OnHubOnly) };
        let made = tokio::task::spawn_blocking(move || -> Result<Result<Vec<u8>, Words>, std::io::Error> {
            // The original is looked at in a folder of its own, so that a hostile file cannot disturb the hub's.
            let folder = tempfile::tempdir()?;
            let blobs = BlobStore::open(folder.path()).map_err(std::io::Error::other)?;
            blobs.put_bytes(&original).map_err(std::io::Error::other)?;
            let policy = IntakePolicy::product_default().map_err(std::io::Error::other)?;
            match make_picture(&blobs, &photo, PictureSize::Small, &policy, None) {
                Ok(picture) => std::fs::read(picture.path).map(Ok),
                Err(error) => Ok(Err(Words::new(tr(Lang::Zh, error.key(), &error.args()), tr(Lang::En, error.key(), &error.args())))),
            }
        })
        .await
        .map_err(std::io::Error::other)??;
        match made {
            Ok(bytes) => {
                self.put_picture(photo, SMALL_PX, bytes.clone().into()).await?;
                Ok(Picture::Jpeg(bytes))
            }
            Err(why) => Ok(Picture::Damaged(why)),
        }
    }

    /// Writes the bundle of a unit: everything a stranger needs to check it.
    ///
    /// # Errors
    /// When there is no handover yet, or the bundle cannot be written.
    pub async fn bundle(&self, unit_id: Id, path: &Path) -> Result<Made, DocumentError> {
        let dossier = self.dossier(unit_id).await?;
        let mut things: Vec<Id> = vec![dossier.unit.id, dossier.handover.id];
        things.extend(dossier.snags.iter().map(|s| s.id));
        things.extend(dossier.gatherings.iter().map(|g| g.id));
        things.extend(dossier.plan.iter().map(|p| p.id));
        things.extend(dossier.people.keys().copied());
        things.extend(dossier.contractors.keys().copied().filter(|c| dossier.snags.iter().any(|s| ever_ordered_from(s, *c))));
        let mut parent = dossier.unit.parent;
        for _ in 0..3 {
            let Some(id) = parent else { break };
            things.push(id);
            parent = self.state(id).await?.and_then(|s| s.parent);
        }
        let mut events = Vec::new();
        let mut devices = BTreeSet::new();
        for thing in things {
            for event in self.events_of(thing).await? {
                devices.insert(event.device);
                events.push(event.bytes().to_vec());
            }
        }
        let rows: HashMap<Id, DeviceRow> = self.0.store.devices().await?.into_iter().map(|d| (d.id, d)).collect();
        let exporter = match &self.0.writer.lock().await.chain {
            Some(own) => own.id,
            None => rows.values().filter(|d| d.hub).map(|d| d.id).max().ok_or(DocumentError::Nothing)?,
        };
        devices.insert(exporter);
        let mut chains = Vec::new();
        for device in &devices {
            let Some(row) = rows.get(device) else { continue };
            let hashes = self.0.store.events_by(*device, 1, row.chain.seq).await?.iter().map(|e| Digest::of(&e.bytes)).collect();
            let seals = self.0.store.seals(*device, 0).await?.into_iter().map(|s| s.seal).collect();
            chains.push(ChainInput { device: *device, hashes, seals, certificates: vec![row.certificate.clone()] });
        }
        let mut photos = BTreeSet::new();
        let mut documents = BTreeSet::new();
        for thing in [&dossier.handover].into_iter().chain(&dossier.snags) {
            photos.extend(photos_of(thing));
            documents.extend(thing.done().filter_map(|e| if let Act::Document(_, digest, ..) = &e.act { Some(*digest) } else { None }));
        }
        if let Some(Value::Digest(image)) = dossier.plan.as_ref().and_then(|p| p.get("image")) {
            documents.insert(*image);
        }
        let receipts = self.receipts_of(&devices, &photos).await?;
        let input = BundleInput {
            project: self.project(),
            project_name: self.project_name().to_owned(),
            zone: self.zone().to_owned(),
            hub: self.public(),
            unit: unit_id,
            unit_label: door_of(&dossier.unit),
            made: self.now(),
            exporter,
            events,
            chains,
            checkpoint: receipts.last().map(|r| r.checkpoint.clone()),
            receipts,
            keys: dossier.people.iter().filter_map(|(id, p)| Some((*id, p.key.clone()?))).collect(),
            originals: self.files_of(photos).await?,
            documents: self.files_of(documents).await?,
        };
        let (hub, path) = (self.clone(), path.to_owned());
        tokio::task::spawn_blocking(move || -> Result<Made, DocumentError> {
            let draft = path.with_extension("part");
            let mut out = std::io::BufWriter::new(std::fs::File::create(&draft)?);
            let made = bundle::write(&input, &hub.0.device_key, &mut out).inspect_err(|_| drop(std::fs::remove_file(&draft)))?;
            out.into_inner().map_err(|e| e.into_error())?.sync_all()?;
            std::fs::rename(&draft, &path)?;
            Ok(made)
        })
        .await
        .map_err(std::io::Error::other)?
    }

    async fn files_of(&self, digests: BTreeSet<Digest>) -> Result<Vec<FileInput>, HubError> {
        let mut out = Vec::new();
        for sha256 in digests {
            if let Some(path) = self.blob_path(sha256).await? {
                out.push(FileInput { sha256, source: Source::Path(path) });
            } else if let Some(bytes) = self.blob(sha256).await? {
                out.push(FileInput { sha256, source: Source::Bytes(bytes.to_vec()) });
            }
        }
        Ok(out)
    }

    /// When a unit's documents were made: kind, number, digest, time; the newest last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn documents_of(&self, unit: Id) -> Result<Vec<(String, String, Digest, UtcMs)>, HubError> {
        let Some(handover) = self.state(handover_id(unit)).await? else { return Ok(Vec::new()) };
        Ok(handover
            .done()
            .filter_map(|e| match &e.act {
                Act::Document(kind, digest, number, _) => Some((kind.clone(), number.clone(), *digest, e.origin.order.hlc.ms)),
                _ => None,
            })
            .collect())
    }
}

fn photos_of(thing: &Aggregate) -> Vec<Digest> {
    thing.done().filter_map(|e| if let Act::PhotoAdd(photo) = &e.act { Some(photo.sha256) } else { None }).collect()
}

fn participants_of(handover: &Aggregate) -> impl Iterator<Item = &Participant> {
    handover.fields.iter().filter(|(f, _)| f.starts_with("participant:")).filter_map(|(_, heads)| match &heads.first()?.value {
        Value::Participant(participant) => Some(participant),
        _ => None,
    })
}
