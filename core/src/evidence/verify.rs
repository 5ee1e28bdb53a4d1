//! Checks a bundle with nothing but the bundle: no network, no database. The hub's public key is the root of trust.
//!
//! What is found when it was changed, and by what:
//! - a record (event): its hash stands in its device's chain, the chain's head in seals of the device's key, the key in a
//!   certificate of the hub, and the head once more in the hub's receipts, so that not even the device can tell it otherwise later;
//! - a signed record: the signature names its SHA-256; a photograph, a document: a record names its SHA-256;
//! - the list of records, the page, what is missing: the exporter's seal over the manifest. This is the exporter's word.
//!
//! The rest of each chain is shown by hash only, so whether one of those hashes belongs to this unit cannot be told from the
//! bundle. What the shown records name (earlier values, signed snags, photographs) must be shown too or be listed as missing.

use super::{
    bundle_manifest::{CHECKPOINT, KEYS, MANIFEST, MANIFEST_SEAL, Manifest, Named, check_files, hub_of, manifest_sealed, names},
    bundle_survey::Survey,
    bundle_tree::OneTree,
    bundle_verdict::{About, Broken, Exporter, Layer, Verdict},
    bundle_zip::{BadZip, ZipIn},
};
use crate::{
    log::{
        Chain, Event, EventRef,
        batch::KeyGrant,
        cert::{self, Certificate},
        keys::HubPublic,
        receipt::{Leaf, Receipt, open_checkpoint},
        seal::{self, SealClaim},
    },
    model::{Digest, Id, PersonKey, UtcMs, act::Act, body::Body},
    rules::HUB_ROLE,
};
use sha2::Digest as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
};

/// Entries that are read into memory (all but photographs and documents) have at most so many bytes together.
const READ_MAX_BYTES: u64 = 256 << 20;

/// The check could not be made at all: exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum CannotVerify {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It is something else than a bundle.
    #[error("the file is no bundle")]
    NotABundle,
}

impl crate::words::Told for CannotVerify {
    fn key(&self) -> &'static str {
        match self {
            Self::Io(_) => "verify-cannot-read",
            Self::NotABundle => "verify-not-a-bundle",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io(error) => vec![("cause", error.to_string())],
            Self::NotABundle => Vec::new(),
        }
    }
}

/// Checks the bundle at `path`. `pinned` is the fingerprint of the hub's key, known from elsewhere (a printed report, the
/// operator's page); without it a sound bundle is only as good as the key it brings itself.
///
/// # Errors
/// When the file cannot be read or is no bundle.
pub fn verify(path: &Path, pinned: Option<Digest>) -> Result<Verdict, CannotVerify> {
    verify_reader(BufReader::new(File::open(path)?), pinned)
}

/// [`verify`] for anything that can be read.
///
/// # Errors
/// When it cannot be read or is no bundle.
pub fn verify_reader<R: Read + Seek>(file: R, pinned: Option<Digest>) -> Result<Verdict, CannotVerify> {
    let mut zip = match ZipIn::open(file) {
        Ok(zip) => zip,
        Err(BadZip::Io(error)) => return Err(error.into()),
        Err(BadZip::NotABundle) => return Err(CannotVerify::NotABundle),
        Err(BadZip::Changed(near)) => return Ok(Verdict::broken_container(near, pinned.is_some())),
    };
    let mut check = Check::default();
    check.load(&mut zip)?;
    let Some(manifest) = check.small.get(MANIFEST).and_then(|bytes| Manifest::decode(bytes)) else {
        check.broken(Layer::Container, "verify-broken-manifest", Some(MANIFEST));
        return Ok(Verdict::unreadable(check.problems, pinned.is_some()));
    };
    let hub = hub_of(&manifest);
    if pinned.is_some_and(|pinned| pinned != hub.fingerprint()) {
        check.broken(Layer::Hub, "verify-broken-hub", None);
    }
    check.entries(&manifest);
    check.certificates(&manifest, &hub);
    let exporter = check.exporter(&manifest);
    check.events();
    check.chains(&manifest);
    check.receipts(&hub);
    let survey = Survey::of(std::mem::take(&mut check.shown).into_values().collect());
    check.marks(&survey);
    check.frozen(&survey);
    check.files(&manifest, &survey);
    check.gaps_and_state(&manifest, &survey);
    let keys = check.keys(&survey);
    let about = About {
        project: manifest.project,
        project_name: manifest.project_name.clone(),
        zone: manifest.zone.clone(),
        unit: manifest.unit,
        unit_label: manifest.unit_label.clone(),
        made: manifest.made,
        exporter: exporter.map(|c| Exporter { device: c.device, person: c.person, role: c.role }),
    };
    Ok(Verdict::of(check, &manifest, about, &survey, &keys, pinned.is_some()))
}

/// What an entry turned out to hold.
pub(super) struct Content {
    bytes: u64,
    sha256: Digest,
}

/// One device's chain as shown.
#[derive(Default)]
pub(super) struct DeviceChain {
    /// What its seals say, by sequence.
    pub claims: Vec<SealClaim>,
    /// The sequence received and when, from the hub's receipts.
    pub received: Vec<(u64, UtcMs)>,
    hashes: Vec<Digest>,
    /// The head before the first event and after each.
    heads: Vec<Digest>,
}

/// The check as it goes: what was read, and what is wrong.
#[derive(Default)]
pub(super) struct Check {
    pub problems: Vec<Broken>,
    pub contents: BTreeMap<String, Content>,
    pub certified: BTreeMap<Id, Vec<Certificate>>,
    pub chains: BTreeMap<Id, DeviceChain>,
    pub receipts: u64,
    /// Files that the hub received, and when.
    pub files_received: BTreeMap<Digest, UtcMs>,
    /// Sizes of photographs and documents.
    sizes: BTreeMap<Digest, u64>,
    small: BTreeMap<String, Vec<u8>>,
    shown: BTreeMap<EventRef, Event>,
}

impl Check {
    /// Notes a problem with an entry; an event's entry names its record.
    fn broken(&mut self, layer: Layer, key: &'static str, entry: Option<&str>) {
        let at = match entry.and_then(Named::read) {
            Some(Named::Event { device, seq }) => Some(EventRef { device, seq }),
            _ => None,
        };
        let device = entry.and_then(Named::read).and_then(|named| named.device());
        self.problems.push(Broken::new(layer, key, entry.map(str::to_owned), device, at.map(|at| at.seq)));
    }

    fn broken_record(&mut self, key: &'static str, at: EventRef) {
        self.problems.push(Broken::new(Layer::Record, key, Some(names::event(at)), Some(at.device), Some(at.seq)));
    }

    fn broken_device(&mut self, key: &'static str, device: Id, seq: Option<u64>, entry: Option<String>) {
        self.problems.push(Broken::new(Layer::Record, key, entry, Some(device), seq));
    }

    /// Reads every entry once; keeps the small ones.
    fn load<R: Read + Seek>(&mut self, zip: &mut ZipIn<R>) -> Result<(), CannotVerify> {
        let mut kept_bytes = 0;
        for entry in zip.entries.clone() {
            let named = Named::read(&entry.name);
            if named.is_none() {
                self.broken(Layer::Exporter, "verify-broken-name", Some(&entry.name));
            }
            let keep = !matches!(named, None | Some(Named::Original(_) | Named::Document(_)));
            kept_bytes += if keep { u64::from(entry.bytes) } else { 0 };
            if kept_bytes > READ_MAX_BYTES {
                self.broken(Layer::Container, "verify-broken-large", Some(&entry.name));
                return Ok(());
            }
            let (mut hasher, mut kept) = (sha2::Sha256::new(), Vec::new());
            let intact = zip.stream(&entry, &mut |piece| {
                hasher.update(piece);
                if keep {
                    kept.extend_from_slice(piece);
                }
            })?;
            if !intact {
                self.broken(layer_of(&entry.name), "verify-broken-entry", Some(&entry.name));
            }
            self.contents.insert(entry.name.clone(), Content { bytes: u64::from(entry.bytes), sha256: Digest(hasher.finalize().into()) });
            if let Some(digest) = file_digest(&entry.name) {
                self.sizes.insert(digest, u64::from(entry.bytes));
            }
            if keep {
                self.small.insert(entry.name, kept);
            }
        }
        Ok(())
    }

    /// Every entry is in the manifest with its size and hash, and the other way round.
    fn entries(&mut self, manifest: &Manifest) {
        let rows: BTreeMap<&str, _> = manifest.entries.iter().map(|row| (row.name.as_str(), row)).collect();
        let sorted = manifest.entries.windows(2).all(|pair| pair[0].name < pair[1].name);
        if !sorted {
            self.broken(Layer::Exporter, "verify-broken-manifest", Some(MANIFEST));
        }
        let mut found = Vec::new();
        for row in &manifest.entries {
            match self.contents.get(&row.name) {
                None => found.push((row.name.clone(), "verify-broken-missing")),
                Some(c) if c.bytes != row.bytes || c.sha256 != row.sha256 => found.push((row.name.clone(), "verify-broken-entry")),
                Some(_) => {}
            }
        }
        for name in self.contents.keys() {
            let outside = matches!(name.as_str(), MANIFEST | MANIFEST_SEAL) || matches!(Named::read(name), Some(Named::Check));
            if !outside && !rows.contains_key(name.as_str()) {
                found.push((name.clone(), "verify-broken-unlisted"));
            }
        }
        found.sort();
        // A wrong checksum was said already.
        let said: BTreeSet<String> = self.problems.iter().filter_map(|p| p.entry.clone()).collect();
        for (name, key) in found {
            if !said.contains(&name) {
                self.broken(layer_of(&name), key, Some(&name));
            }
        }
    }

    fn certificates(&mut self, manifest: &Manifest, hub: &HubPublic) {
        for name in self.names(|named| matches!(named, Named::Certificate(_))) {
            let Some(Named::Certificate(device)) = Named::read(&name) else { continue };
            match cert::open(&self.small[&name], hub) {
                Ok(certificate) if certificate.device == device && certificate.project == manifest.project => {
                    self.certified.entry(device).or_default().push(certificate);
                }
                _ => self.broken(Layer::Record, "verify-broken-certificate", Some(&name)),
            }
        }
    }

    /// Who vouches for the list: the holder of a certified key under the manifest.
    fn exporter(&mut self, manifest: &Manifest) -> Option<Certificate> {
        let known = self.certified.get(&manifest.exporter).cloned().unwrap_or_default();
        if known.is_empty() {
            self.broken(Layer::Exporter, "verify-broken-exporter", None);
            return None;
        }
        let (sealed, seal) = (self.small.get(MANIFEST), self.small.get(MANIFEST_SEAL));
        let by = sealed
            .zip(seal)
            .and_then(|(bytes, seal)| known.iter().find(|c| manifest_sealed(seal, bytes, manifest.exporter, manifest.made, &c.public)).cloned());
        let Some(by) = by else {
            self.broken(Layer::Exporter, "verify-broken-manifest-seal", Some(MANIFEST_SEAL));
            return None;
        };
        let seal = self.small.get(MANIFEST_SEAL).cloned().unwrap_or_default();
        let certificates: Vec<Vec<u8>> =
            self.names(|named| *named == Named::Certificate(manifest.exporter)).iter().map(|name| self.small[name].clone()).collect();
        let present: BTreeSet<String> = self.names(|named| *named == Named::Check).into_iter().collect();
        // The files for checking by hand follow from the rest; of several certificates for one key any may have been used.
        let expected = certificates
            .iter()
            .filter_map(|bytes| check_files(manifest, &seal, bytes, &by))
            .find(|files| files.iter().all(|(name, bytes)| self.small.get(name) == Some(bytes)));
        match expected {
            Some(files) if files.len() == present.len() => {}
            _ => {
                let files = certificates.first().and_then(|bytes| check_files(manifest, &seal, bytes, &by)).unwrap_or_default();
                let first = files.iter().find(|(name, bytes)| self.small.get(name) != Some(bytes)).map(|(name, _)| name.clone());
                let extra = present.into_iter().find(|name| !files.iter().any(|(expected, _)| expected == name));
                self.broken(Layer::Exporter, "verify-broken-check", first.or(extra).as_deref());
            }
        }
        Some(by)
    }

    fn events(&mut self) {
        for name in self.names(|named| matches!(named, Named::Event { .. })) {
            let Some(Named::Event { device, seq }) = Named::read(&name) else { continue };
            match Event::decode(self.small[&name].clone()) {
                Ok(event) if event.at() == (EventRef { device, seq }) => {
                    self.shown.insert(event.at(), event);
                }
                _ => self.broken(Layer::Record, "verify-broken-event", Some(&name)),
            }
        }
    }

    /// Each shown event stands in its chain; each chain is sealed to its end by its device.
    fn chains(&mut self, manifest: &Manifest) {
        for name in self.names(|named| matches!(named, Named::Chain(_))) {
            let Some(Named::Chain(device)) = Named::read(&name) else { continue };
            match parse_hashes(&self.small[&name]) {
                Some(hashes) => {
                    let mut chain = Chain::start(device);
                    let mut heads = vec![chain.head];
                    for hash in &hashes {
                        chain.push(*hash);
                        heads.push(chain.head);
                    }
                    self.chains.insert(device, DeviceChain { hashes, heads, ..DeviceChain::default() });
                }
                None => self.broken(Layer::Record, "verify-broken-chain", Some(&name)),
            }
        }
        let unchained: BTreeSet<Id> = manifest.unchained.iter().copied().collect();
        let devices: BTreeSet<Id> = self.shown.keys().map(|at| at.device).collect();
        let shown: Vec<(EventRef, Digest)> = self.shown.values().map(|e| (e.at(), e.digest())).collect();
        for (at, digest) in shown {
            match self.chains.get(&at.device) {
                Some(chain) if chain.hash(at.seq) == Some(&digest) => {}
                None if unchained.contains(&at.device) => {}
                _ => self.broken_record("verify-broken-chain-event", at),
            }
        }
        for device in unchained {
            if self.chains.contains_key(&device) || !devices.contains(&device) {
                self.broken_device("verify-broken-chain", device, None, None);
            }
        }
        for name in self.names(|named| matches!(named, Named::Seal(_))) {
            self.seal(&name);
        }
        let unsealed: Vec<(Id, u64)> = self
            .chains
            .iter()
            .map(|(device, chain)| (*device, chain.claims.iter().map(|c| c.chain.seq).max().unwrap_or(0), chain.hashes.len() as u64))
            .filter(|(_, sealed, length)| sealed != length)
            .map(|(device, sealed, _)| (device, sealed + 1))
            .collect();
        for (device, seq) in unsealed {
            self.broken_device("verify-broken-unsealed", device, Some(seq), Some(names::chain(device)));
        }
    }

    fn seal(&mut self, name: &str) {
        let Some(Named::Seal(device)) = Named::read(name) else { return };
        let bytes = &self.small[name];
        let opened = self.certified.get(&device).into_iter().flatten().find_map(|c| seal::open(bytes, &c.public).ok());
        let fits = |claim: &SealClaim| claim.device == device && self.chains.get(&device).and_then(|chain| chain.head(claim.chain.seq)) == Some(claim.chain);
        match opened.filter(fits) {
            Some(claim) => {
                if let Some(chain) = self.chains.get_mut(&device) {
                    chain.claims.push(claim);
                }
            }
            None => self.broken(Layer::Record, "verify-broken-seal", Some(name)),
        }
    }

    /// Receipts are of this hub, of one tree, and cover what is shown.
    fn receipts(&mut self, hub: &HubPublic) {
        let mut tree = OneTree::default();
        for name in self.names(|named| *named == Named::Receipt) {
            self.receipts += 1;
            let receipt: Option<Receipt> = minicbor::decode(&self.small[&name]).ok();
            let checked = receipt.filter(|r| minicbor::to_vec(r).is_ok_and(|again| again == self.small[&name])).and_then(|r| {
                let head = r.check(hub).ok()?;
                Some((r, head))
            });
            let Some((receipt, head)) = checked else {
                self.broken(Layer::Record, "verify-broken-receipt", Some(&name));
                continue;
            };
            let leaf = Digest(receipt.leaf.hash().0);
            if !tree.head(head.size, head.root) || !tree.proof(head.size, receipt.index, leaf, &receipt.proof) {
                self.broken(Layer::Record, "verify-broken-tree", Some(&name));
            }
            self.receipt(&name, &receipt);
        }
        if let Some(bytes) = self.small.get(CHECKPOINT) {
            let head = std::str::from_utf8(bytes).ok().and_then(|text| open_checkpoint(text, hub).ok());
            match head {
                Some(head) if tree.head(head.size, head.root) => {}
                Some(_) => self.broken(Layer::Record, "verify-broken-tree", Some(CHECKPOINT)),
                None => self.broken(Layer::Record, "verify-broken-receipt", Some(CHECKPOINT)),
            }
        }
    }

    fn receipt(&mut self, name: &str, receipt: &Receipt) {
        match &receipt.leaf {
            Leaf::Chain { device, chain, received } => {
                let seen = self.chains.get(device).and_then(|shown| shown.head(chain.seq));
                match (seen, self.chains.get_mut(device)) {
                    (Some(seen), Some(shown)) if seen == *chain => shown.received.push((chain.seq, *received)),
                    // The device, or somebody with its key, told another story after the hub had received this one.
                    _ => self.broken_device("verify-broken-receipt-chain", *device, Some(chain.seq), Some(name.to_owned())),
                }
            }
            Leaf::Blob { sha256, bytes, received } => {
                if self.sizes.get(sha256).is_some_and(|size| size != bytes) {
                    self.broken(Layer::Record, "verify-broken-receipt-file", Some(name));
                }
                let first = self.files_received.entry(*sha256).or_insert(*received);
                *first = (*first).min(*received);
            }
        }
    }

    /// Refusals, marks and numbers are the hub's alone: another device cannot wave a record away.
    fn marks(&mut self, survey: &Survey) {
        for (event, body) in &survey.events {
            let mark = matches!(body, Body::Act(Act::Refuse(..) | Act::ClockWrong(..) | Act::Number(_) | Act::Enrol(_) | Act::CodeChecked(_)));
            let known = self.certified.get(&event.device);
            if mark && known.is_some_and(|all| all.iter().all(|c| c.role != HUB_ROLE)) {
                self.broken_record("verify-broken-mark", event.at());
            }
        }
    }

    /// The frozen records shown are those in the log, and every signature names one of them.
    fn frozen(&mut self, survey: &Survey) {
        for name in self.names(|named| matches!(named, Named::Frozen(_) | Named::FrozenText(_))) {
            let bad = match Named::read(&name) {
                Some(Named::Frozen(digest)) => survey.frozen.get(&digest).is_none_or(|(_, _, bytes)| *bytes != self.small[&name]),
                Some(Named::FrozenText(digest)) => !survey.frozen.contains_key(&digest),
                _ => false,
            };
            if bad {
                self.broken(Layer::Record, "verify-broken-frozen", Some(&name));
            }
        }
        for digest in survey.frozen.keys() {
            for name in ["cbor", "txt"].map(|ext| names::frozen(*digest, ext)) {
                if !self.contents.contains_key(&name) {
                    self.broken(Layer::Record, "verify-broken-missing", Some(&name));
                }
            }
        }
        for signed in survey.signed.iter().filter(|s| !s.bound && !s.refused) {
            self.broken_record("verify-broken-signature", signed.at);
        }
    }

    /// Photographs and documents are what their names say, the records name them, and what is absent is listed.
    fn files(&mut self, manifest: &Manifest, survey: &Survey) {
        let mut here = BTreeSet::new();
        for name in self.contents.keys().cloned().collect::<Vec<_>>() {
            let Some(digest) = file_digest(&name) else { continue };
            if self.contents[&name].sha256 != digest {
                self.broken(Layer::Record, "verify-broken-file", Some(&name));
            } else if !survey.photos.contains(&digest) && !survey.files.contains(&digest) {
                self.broken(Layer::Record, "verify-broken-not-named", Some(&name));
            }
            here.insert(digest);
        }
        let absent: BTreeSet<Digest> = survey.all_files().filter(|digest| !here.contains(digest)).collect();
        let listed: BTreeSet<Digest> = manifest.absent.iter().copied().collect();
        if let Some(digest) = absent.symmetric_difference(&listed).next() {
            self.broken(Layer::Record, "verify-broken-absent", Some(&names::original(*digest, "bin")));
        }
    }

    /// What the records name and where things stand follows from the records; the exporter sealed the same.
    fn gaps_and_state(&mut self, manifest: &Manifest, survey: &Survey) {
        use super::bundle_survey::Gap;
        let listed: BTreeSet<Gap> = manifest.gaps.iter().copied().collect();
        let found: BTreeSet<Gap> = survey.gaps.iter().copied().collect();
        if let Some(gap) = listed.symmetric_difference(&found).next() {
            match gap {
                Gap::Record(at) => self.broken_record("verify-broken-gap", *at),
                Gap::Thing(id) => self.broken_thing("verify-broken-gap-thing", *id),
                Gap::Digest(digest) => self.broken(Layer::Record, "verify-broken-absent", Some(&names::frozen(*digest, "cbor"))),
            }
        }
        let listed: BTreeMap<Id, _> = manifest.things.iter().map(|row| (row.id, row)).collect();
        let found: BTreeMap<Id, _> = survey.things.iter().map(|row| (row.id, row)).collect();
        for id in listed.keys().chain(found.keys()).copied().collect::<BTreeSet<Id>>() {
            let same = match (listed.get(&id), found.get(&id)) {
                // A build that knows fewer kinds of events counts and folds differently; the records are still all there.
                (Some(a), Some(b)) if a.unknown > 0 || b.unknown > 0 => a.records == b.records,
                (a, b) => a == b,
            };
            if !same {
                self.broken_thing("verify-broken-state", id);
            }
        }
    }

    fn broken_thing(&mut self, key: &'static str, id: Id) {
        self.problems.push(Broken::new(Layer::Record, key, None, None, None).with("thing", id.to_string()));
    }

    /// Disclosed keys open the data of their persons.
    fn keys(&mut self, survey: &Survey) -> BTreeMap<Id, PersonKey> {
        let Some(bytes) = self.small.get(KEYS) else { return BTreeMap::new() };
        let grants: Option<Vec<KeyGrant>> = minicbor::decode(bytes).ok();
        let Some(grants) = grants.filter(|all| minicbor::to_vec(all).is_ok_and(|again| again == *bytes)) else {
            self.broken(Layer::Record, "verify-broken-key", Some(KEYS));
            return BTreeMap::new();
        };
        let mut sealed_of: BTreeMap<Id, Vec<_>> = BTreeMap::new();
        for (_, sealed) in &survey.personal {
            sealed_of.entry(sealed.person).or_default().push(sealed);
        }
        let mut keys = BTreeMap::new();
        for grant in grants {
            let key = grant.key.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok()).map(PersonKey);
            // Taken out, so that each person's data is opened once.
            let theirs = sealed_of.remove(&grant.person).unwrap_or_default();
            let opens = |key: &PersonKey| !theirs.is_empty() && theirs.iter().all(|sealed| key.open(sealed).is_some());
            match key.filter(opens) {
                Some(key) => {
                    keys.insert(grant.person, key);
                }
                None => self.broken(Layer::Record, "verify-broken-key", Some(KEYS)),
            }
        }
        keys
    }

    fn names(&self, of: impl Fn(&Named) -> bool) -> Vec<String> {
        self.small.keys().filter(|name| Named::read(name).is_some_and(|named| of(&named))).cloned().collect()
    }
}

impl DeviceChain {
    /// How many events the chain has.
    pub fn length(&self) -> u64 {
        self.hashes.len() as u64
    }

    fn hash(&self, seq: u64) -> Option<&Digest> {
        usize::try_from(seq.checked_sub(1)?).ok().and_then(|n| self.hashes.get(n))
    }

    /// The chain after `seq` events.
    fn head(&self, seq: u64) -> Option<Chain> {
        let head = usize::try_from(seq).ok().and_then(|n| self.heads.get(n))?;
        Some(Chain { seq, head: *head })
    }
}

/// One hash a line, in lower case, with a line end after each.
fn parse_hashes(text: &[u8]) -> Option<Vec<Digest>> {
    let text = std::str::from_utf8(text).ok()?;
    let hashes: Option<Vec<Digest>> = text.lines().map(|line| line.parse().ok()).collect();
    let hashes = hashes.filter(|hashes| !hashes.is_empty())?;
    let again: String = hashes.iter().map(|hash| format!("{hash}\n")).collect();
    (again == text).then_some(hashes)
}

fn file_digest(name: &str) -> Option<Digest> {
    match Named::read(name) {
        Some(Named::Original(digest) | Named::Document(digest)) => Some(digest),
        _ => None,
    }
}

/// Whose word an entry is: the records' own, or the exporter's.
fn layer_of(name: &str) -> Layer {
    match Named::read(name) {
        None | Some(Named::Check | Named::FrozenText(_)) => Layer::Exporter,
        Some(Named::Single) if !matches!(name, KEYS | CHECKPOINT) => Layer::Exporter,
        Some(_) => Layer::Record,
    }
}
