//! The bundle: one file that shows the records of one unit to somebody who has nothing else (promises 5 and 6).
//!
//! It holds the unit's events with the hashes of the rest of each device's chain, seals, receipts, certificates, frozen records,
//! original photographs, documents, and a page to read. The same input gives the same bytes (with a key that signs
//! deterministically). Large files are read twice and never held in memory: once to check them and once to write them.

use super::{
    bundle_index,
    bundle_manifest::{BUNDLE_VERSION, CHECKPOINT, EntryRow, INDEX, KEYS, MANIFEST, MANIFEST_SEAL, Manifest, check_files, extension, names, seal_manifest},
    bundle_survey::Survey,
    bundle_zip::{BUNDLE_MAX_BYTES, ENTRIES_MAX, ZipOut, total_bytes},
};
use crate::{
    log::{
        Chain, Event, EventRef,
        batch::KeyGrant,
        cert,
        keys::{DeviceKey, HubPublic, KeyError},
        receipt::Receipt,
        seal::{self, SealClaim, SealPurpose},
    },
    model::{Digest, Id, PersonKey, UtcMs},
    words::Told,
};
use sha2::Digest as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

/// Where a file's bytes come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file, read when it is needed.
    Path(PathBuf),
    /// Bytes in memory, for small documents.
    Bytes(Vec<u8>),
}

/// A file that goes into a bundle.
#[derive(Clone, Debug)]
pub struct FileInput {
    /// Its SHA-256, as the records name it.
    pub sha256: Digest,
    /// Where its bytes are.
    pub source: Source,
}

/// What is known of one device.
#[derive(Clone, Debug)]
pub struct ChainInput {
    /// The device.
    pub device: Id,
    /// The hashes of all its events from the first on; empty when its chain is not known.
    pub hashes: Vec<Digest>,
    /// Its seals.
    pub seals: Vec<Vec<u8>>,
    /// Its certificates.
    pub certificates: Vec<Vec<u8>>,
}

/// What a bundle is made from; both a hub and a device can fill it.
#[derive(Clone, Debug)]
pub struct BundleInput {
    /// The project.
    pub project: Id,
    /// Its name.
    pub project_name: String,
    /// Its zone, such as `Asia/Shanghai`.
    pub zone: String,
    /// The hub's public key.
    pub hub: HubPublic,
    /// The unit.
    pub unit: Id,
    /// What people call it.
    pub unit_label: String,
    /// The exporter's corrected time.
    pub made: UtcMs,
    /// The device that makes the bundle (for a hub: its own device of this run); its certificate must be among [`Self::chains`].
    pub exporter: Id,
    /// The events of the unit's things, of any devices.
    pub events: Vec<Vec<u8>>,
    /// The devices. Events of a device whose chain is not known stand on the exporter's word alone.
    pub chains: Vec<ChainInput>,
    /// The hub's receipts for chains and files.
    pub receipts: Vec<Receipt>,
    /// Keys of persons whose personal data may be read; only those are written that something in the bundle needs.
    pub keys: Vec<(Id, PersonKey)>,
    /// Original photographs.
    pub originals: Vec<FileInput>,
    /// Documents and other files that the records name.
    pub documents: Vec<FileInput>,
    /// The hub's newest checkpoint.
    pub checkpoint: Option<String>,
}

/// A bundle was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Events in it.
    pub records: u64,
    /// Original photographs in it.
    pub photos: u64,
    /// Signatures in it.
    pub signatures: u64,
    /// Files that the records name and that are not in it.
    pub absent: Vec<Digest>,
}

/// A bundle cannot be made. Nothing is written before the input was checked.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Bytes given as an event are none.
    #[error("the event at place {0} is none")]
    Event(usize),
    /// An event is not the one in its device's chain.
    #[error("the event {1} of device {0} is not the one in its chain")]
    NotInChain(Id, u64),
    /// An event comes after the last seal of its device.
    #[error("the event {1} of device {0} is not sealed")]
    Unsealed(Id, u64),
    /// A seal is not one of its device's chain.
    #[error("a seal of device {0} does not fit its chain")]
    Seal(Id),
    /// The exporter's certificate is missing or not for the key at hand.
    #[error("the exporter has no certificate of this hub for its key")]
    Exporter,
    /// A signature names a record that was not given.
    #[error("the record signed in event {1} of device {0} is missing")]
    Record(Id, u64),
    /// A file that no record names.
    #[error("no record names the file {0}")]
    NotNamed(Digest),
    /// A file's bytes are not what its name says.
    #[error("the file {0} was changed")]
    FileChanged(Digest),
    /// A key does not open the data of its person.
    #[error("a key does not open the data of person {0}")]
    PersonKey(Id),
    /// More than a zip of the plain layout holds.
    #[error("the bundle would be too large: {0} bytes")]
    TooLarge(u64),
    /// The key store refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Reading or writing failed.
    #[error("reading or writing failed: {0}")]
    Io(#[from] io::Error),
}

impl Told for BundleError {
    fn key(&self) -> &'static str {
        match self {
            Self::Event(_) => "bundle-error-event",
            Self::NotInChain(..) => "bundle-error-chain",
            Self::Unsealed(..) => "bundle-error-unsealed",
            Self::Seal(_) => "bundle-error-seal",
            Self::Exporter => "bundle-error-exporter",
            Self::Record(..) => "bundle-error-record",
            Self::NotNamed(_) => "bundle-error-not-named",
            Self::FileChanged(_) => "bundle-error-file",
            Self::PersonKey(_) => "bundle-error-key",
            Self::TooLarge(_) => "bundle-error-large",
            Self::Key(_) => "bundle-error-sign",
            Self::Io(_) => "bundle-error-io",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Event(n) => vec![("n", n.to_string())],
            Self::NotInChain(device, seq) | Self::Unsealed(device, seq) | Self::Record(device, seq) => {
                vec![("device", device.short()), ("seq", seq.to_string())]
            }
            Self::Seal(device) => vec![("device", device.short())],
            Self::NotNamed(digest) | Self::FileChanged(digest) => vec![("file", digest.short())],
            Self::PersonKey(person) => vec![("person", person.short())],
            Self::TooLarge(bytes) => vec![("mb", (bytes >> 20).to_string())],
            Self::Io(error) => vec![("cause", error.to_string())],
            Self::Exporter | Self::Key(_) => Vec::new(),
        }
    }
}

/// One entry before it is written.
struct Piece {
    source: Source,
    crc: u32,
    bytes: u64,
    sha256: Digest,
}

impl Piece {
    fn of(bytes: Vec<u8>) -> Self {
        Self { crc: crc32fast::hash(&bytes), bytes: bytes.len() as u64, sha256: Digest::of(&bytes), source: Source::Bytes(bytes) }
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match &self.source {
            Source::Path(path) => Box::new(File::open(path)?),
            Source::Bytes(bytes) => Box::new(bytes.as_slice()),
        })
    }
}

type Pieces = BTreeMap<String, Piece>;

/// Writes a bundle to `out`, sealed with the exporter's `key`.
///
/// # Errors
/// When the input does not hold together or something cannot be read or written; see [`BundleError`].
pub fn write(input: &BundleInput, key: &dyn DeviceKey, out: &mut dyn Write) -> Result<Made, BundleError> {
    let survey = survey(input)?;
    let mut pieces = Pieces::new();
    let certificate = exporter_certificate(input, key)?;
    add_events(&survey, &mut pieces);
    for chain in &input.chains {
        add_chain(chain, input, key, &survey, &mut pieces)?;
    }
    add_receipts(input, &mut pieces);
    add_keys(input, &survey, &mut pieces)?;
    let photos = add_files(&input.originals, &survey, names::original, &mut pieces)?;
    let documents = add_files(&input.documents, &survey, names::document, &mut pieces)?;
    if let Some(checkpoint) = &input.checkpoint {
        pieces.insert(CHECKPOINT.into(), Piece::of(checkpoint.clone().into_bytes()));
    }

    let chained: BTreeSet<Id> = input.chains.iter().filter(|c| !c.hashes.is_empty()).map(|c| c.device).collect();
    let devices: BTreeSet<Id> = survey.events.iter().map(|(e, _)| e.device).collect();
    let absent: BTreeSet<Digest> = survey.all_files().filter(|d| !photos.contains_key(d) && !documents.contains_key(d)).collect();
    let mut manifest = Manifest {
        version: BUNDLE_VERSION,
        project: input.project,
        project_name: input.project_name.clone(),
        zone: input.zone.clone(),
        hub: input.hub.0,
        unit: input.unit,
        unit_label: input.unit_label.clone(),
        made: input.made,
        exporter: input.exporter,
        entries: Vec::new(),
        unchained: devices.difference(&chained).copied().collect(),
        absent: absent.into_iter().collect(),
        gaps: survey.gaps.clone(),
        things: survey.things.clone(),
    };
    let files = photos.iter().chain(&documents).map(|(digest, name)| (*digest, name.clone())).collect();
    let page = bundle_index::page(&manifest, &survey, &files, &input.keys.iter().cloned().collect());
    pieces.insert(INDEX.into(), Piece::of(page.into_bytes()));

    manifest.entries = pieces.iter().map(|(name, p)| EntryRow { name: name.clone(), bytes: p.bytes, sha256: p.sha256 }).collect();
    let encoded = manifest.encode();
    let seal = seal_manifest(&encoded, input.exporter, input.made, key)?;
    for (name, bytes) in check_files(&manifest, &seal, &certificate.0, &certificate.1).ok_or(BundleError::Exporter)? {
        pieces.insert(name, Piece::of(bytes));
    }
    pieces.insert(MANIFEST.into(), Piece::of(encoded));
    pieces.insert(MANIFEST_SEAL.into(), Piece::of(seal));
    let (bytes, sha256) = write_pieces(&pieces, out)?;
    Ok(Made {
        bytes,
        sha256,
        records: survey.events.len() as u64,
        photos: photos.len() as u64,
        signatures: survey.signed.len() as u64,
        absent: manifest.absent,
    })
}

fn survey(input: &BundleInput) -> Result<Survey, BundleError> {
    let mut events = Vec::with_capacity(input.events.len());
    for (n, bytes) in input.events.iter().enumerate() {
        events.push(Event::decode(bytes.clone()).map_err(|_| BundleError::Event(n))?);
    }
    let survey = Survey::of(events);
    match survey.signed.iter().find(|s| !s.bound && !s.refused) {
        Some(signed) => Err(BundleError::Record(signed.at.device, signed.at.seq)),
        None => Ok(survey),
    }
}

fn exporter_certificate(input: &BundleInput, key: &dyn DeviceKey) -> Result<(Vec<u8>, cert::Certificate), BundleError> {
    input
        .chains
        .iter()
        .filter(|c| c.device == input.exporter)
        .flat_map(|c| &c.certificates)
        .find_map(|bytes| {
            let certificate = cert::open(bytes, &input.hub).ok()?;
            (certificate.device == input.exporter && certificate.public == key.public()).then(|| (bytes.clone(), certificate))
        })
        .ok_or(BundleError::Exporter)
}

fn add_events(survey: &Survey, pieces: &mut Pieces) {
    for (event, _) in &survey.events {
        pieces.insert(names::event(event.at()), Piece::of(event.bytes().to_vec()));
    }
    for (digest, (_, _, bytes)) in &survey.frozen {
        pieces.insert(names::frozen(*digest, "cbor"), Piece::of(bytes.clone()));
        // CBOR diagnostic notation (RFC 8949, 8): everything in the record, in its own order.
        pieces.insert(names::frozen(*digest, "txt"), Piece::of(minicbor::display(bytes).to_string().into_bytes()));
    }
}

fn add_chain(chain: &ChainInput, input: &BundleInput, key: &dyn DeviceKey, survey: &Survey, pieces: &mut Pieces) -> Result<(), BundleError> {
    let device = chain.device;
    for (n, certificate) in chain.certificates.iter().enumerate() {
        pieces.insert(names::certificate(device, n + 1), Piece::of(certificate.clone()));
    }
    if chain.hashes.is_empty() {
        return Ok(());
    }
    let shown: Vec<&Event> = survey.events.iter().map(|(e, _)| e).filter(|e| e.device == device).collect();
    let place = |at: EventRef| usize::try_from(at.seq - 1).ok().and_then(|n| chain.hashes.get(n));
    for event in &shown {
        match place(event.at()) {
            Some(hash) if *hash == event.digest() => {}
            Some(_) => return Err(BundleError::NotInChain(device, event.seq)),
            None => return Err(BundleError::Unsealed(device, event.seq)),
        }
    }
    let mut heads = vec![Chain::start(device)];
    for hash in &chain.hashes {
        let mut next = heads[heads.len() - 1];
        next.push(*hash);
        heads.push(next);
    }
    let mut seals: Vec<(u64, Vec<u8>)> = Vec::new();
    for bytes in &chain.seals {
        let claim = seal::claim(bytes).map_err(|_| BundleError::Seal(device))?;
        let fits = claim.device == device && usize::try_from(claim.chain.seq).ok().and_then(|n| heads.get(n)) == Some(&claim.chain);
        if !fits {
            return Err(BundleError::Seal(device));
        }
        seals.push((claim.chain.seq, bytes.clone()));
    }
    seals.sort();
    seals.dedup();
    let mut sealed = seals.last().map_or(0, |(seq, _)| *seq);
    let head = heads[heads.len() - 1];
    let own = chain.certificates.iter().any(|c| cert::open(c, &input.hub).is_ok_and(|c| c.public == key.public() && c.device == device));
    if sealed < head.seq && own {
        let claim = SealClaim { device, chain: head, at: input.made, purpose: SealPurpose::Bundle };
        seals.push((head.seq, seal::seal(&claim, key)?));
        sealed = head.seq;
    }
    if let Some(event) = shown.iter().find(|e| e.seq > sealed) {
        return Err(BundleError::Unsealed(device, event.seq));
    }
    // Hashes after the last seal are nobody's word yet and stay out.
    let lines: String = chain.hashes.iter().take(sealed as usize).map(|hash| format!("{hash}\n")).collect();
    pieces.insert(names::chain(device), Piece::of(lines.into_bytes()));
    for (n, (_, bytes)) in seals.into_iter().enumerate() {
        pieces.insert(names::seal(device, n + 1), Piece::of(bytes));
    }
    Ok(())
}

fn add_receipts(input: &BundleInput, pieces: &mut Pieces) {
    let mut receipts: Vec<(u64, Vec<u8>)> = input.receipts.iter().map(|r| (r.index, minicbor::to_vec(r).unwrap_or_default())).collect();
    receipts.sort();
    receipts.dedup();
    for (n, (_, bytes)) in receipts.into_iter().enumerate() {
        pieces.insert(names::receipt(n + 1), Piece::of(bytes));
    }
}

fn add_keys(input: &BundleInput, survey: &Survey, pieces: &mut Pieces) -> Result<(), BundleError> {
    let mut grants = BTreeMap::new();
    for (person, key) in &input.keys {
        let mut theirs = survey.personal.iter().filter(|(_, sealed)| sealed.person == *person).peekable();
        if theirs.peek().is_none() {
            continue;
        }
        if theirs.any(|(_, sealed)| key.open(sealed).is_none()) {
            return Err(BundleError::PersonKey(*person));
        }
        grants.insert(*person, KeyGrant { person: *person, key: Some(key.0.to_vec().into()) });
    }
    if !grants.is_empty() {
        let all: Vec<KeyGrant> = grants.into_values().collect();
        pieces.insert(KEYS.into(), Piece::of(minicbor::to_vec(&all).unwrap_or_default()));
    }
    Ok(())
}

fn add_files(
    files: &[FileInput],
    survey: &Survey,
    name: impl Fn(Digest, &str) -> String,
    pieces: &mut Pieces,
) -> Result<BTreeMap<Digest, String>, BundleError> {
    let mut added = BTreeMap::new();
    for file in files {
        if !survey.photos.contains(&file.sha256) && !survey.files.contains(&file.sha256) {
            return Err(BundleError::NotNamed(file.sha256));
        }
        let mut piece = Piece { source: file.source.clone(), crc: 0, bytes: 0, sha256: file.sha256 };
        let (mut hasher, mut crc, mut head) = (sha2::Sha256::new(), crc32fast::Hasher::new(), Vec::new());
        let mut reader = piece.open()?;
        let mut buffer = vec![0; 64 << 10];
        let mut bytes = 0;
        loop {
            let n = reader.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            if head.len() < 16 {
                head.extend_from_slice(&buffer[..n.min(16)]);
            }
            bytes += n as u64;
            hasher.update(&buffer[..n]);
            crc.update(&buffer[..n]);
        }
        drop(reader);
        if Digest(hasher.finalize().into()) != file.sha256 {
            return Err(BundleError::FileChanged(file.sha256));
        }
        (piece.bytes, piece.crc) = (bytes, crc.finalize());
        let name = name(file.sha256, extension(&head));
        added.insert(file.sha256, name.clone());
        pieces.insert(name, piece);
    }
    Ok(added)
}

fn write_pieces(pieces: &Pieces, out: &mut dyn Write) -> Result<(u64, Digest), BundleError> {
    let total = total_bytes(pieces.iter().map(|(name, piece)| (name.len(), piece.bytes)));
    if total > BUNDLE_MAX_BYTES || pieces.len() > ENTRIES_MAX {
        return Err(BundleError::TooLarge(total));
    }
    let mut zip = ZipOut::new(Hashing { out, hasher: sha2::Sha256::new() });
    for (name, piece) in pieces {
        zip.add(name, piece.crc, piece.bytes, &mut *piece.open()?)?;
    }
    Ok((total, Digest(zip.finish()?.hasher.finalize().into())))
}

struct Hashing<'a> {
    out: &'a mut dyn Write,
    hasher: sha2::Sha256,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
