//! The verdict over a bundle: as data for programs and, in `bundle_words.rs`, as words.

use super::{
    bundle_manifest::{Manifest, hub_of},
    bundle_survey::{Changes, DocumentRow, Signed, Survey, ThingRow},
    verify::Check,
};
use crate::{
    log::{EventRef, Hlc, clock::PUSH_AHEAD_MAX_MS, seal::SealPurpose},
    model::{
        Digest, Id, PersonKey, UtcMs,
        act::{Outcome, Stroke},
        body::Body,
    },
    rules::{
        HUB_ROLE,
        level::{LevelWord, Reached},
    },
    words::{Lang, tr},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The result in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Everything holds, under the hub's key that was pinned.
    Sound,
    /// Everything holds, under a hub's key that the bundle brought itself.
    SoundUnpinned,
    /// Something was changed, added or left out.
    Broken,
}

/// What a problem puts in doubt; the order in which problems are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The file itself.
    Container,
    /// The root of trust.
    Hub,
    /// A record or what proves it.
    Record,
    /// The exporter's word: list, page, readable copies.
    Exporter,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// What it puts in doubt.
    pub layer: Layer,
    /// Message key, stable.
    pub key: &'static str,
    /// The entry of the bundle.
    pub entry: Option<String>,
    /// The device.
    pub device: Option<Id>,
    /// The record's number in its device's chain.
    pub seq: Option<u64>,
    /// Other arguments of the message.
    pub args: BTreeMap<&'static str, String>,
    /// The words in zh-CN.
    pub zh: String,
    /// The words in en.
    pub en: String,
}

impl Broken {
    pub(super) fn new(layer: Layer, key: &'static str, entry: Option<String>, device: Option<Id>, seq: Option<u64>) -> Self {
        Self { layer, key, entry, device, seq, args: BTreeMap::new(), zh: String::new(), en: String::new() }.said()
    }

    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.args.insert(name, value);
        self.said()
    }

    fn said(mut self) -> Self {
        let mut args: Vec<(&str, String)> = self.args.iter().map(|(k, v)| (*k, v.clone())).collect();
        args.push(("entry", self.entry.clone().unwrap_or_default()));
        args.push(("device", self.device.map(|d| d.short()).unwrap_or_default()));
        args.push(("seq", self.seq.map(|n| n.to_string()).unwrap_or_default()));
        self.zh = tr(Lang::Zh, self.key, &args);
        self.en = tr(Lang::En, self.key, &args);
        self
    }
}

/// A message with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Message key, stable.
    pub key: &'static str,
    /// Its arguments.
    pub args: BTreeMap<&'static str, String>,
    /// The words in zh-CN.
    pub zh: String,
    /// The words in en.
    pub en: String,
}

impl Said {
    fn new(key: &'static str, args: Vec<(&'static str, String)>) -> Self {
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| tr(lang, key, &args));
        Self { key, args: args.into_iter().collect(), zh, en }
    }
}

/// Who made the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exporter {
    /// The device.
    pub device: Id,
    /// Who holds it.
    pub person: Id,
    /// In which role.
    pub role: String,
}

/// Of what the bundle is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// The project.
    pub project: Id,
    /// Its name.
    pub project_name: String,
    /// Its zone.
    pub zone: String,
    /// The unit.
    pub unit: Id,
    /// What people call it.
    pub unit_label: String,
    /// When the bundle was made, by the exporter's word.
    pub made: UtcMs,
    /// Who made it; `None` when nobody the hub certified did.
    pub exporter: Option<Exporter>,
}

/// How many of what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Events shown.
    pub records: u64,
    /// Of these, covered by a receipt of the hub, or the hub's own.
    pub records_received: u64,
    /// Of these, without the chain of their device: on the exporter's word.
    pub records_on_word: u64,
    /// Events of the same devices shown by hash only.
    pub records_by_hash: u64,
    /// Things (unit, handover, snags, …).
    pub things: u64,
    /// Devices.
    pub devices: u64,
    /// Seals.
    pub seals: u64,
    /// Receipts.
    pub receipts: u64,
    /// Original photographs in the bundle.
    pub photos: u64,
    /// Of these, with the hub's receipt.
    pub photos_received: u64,
    /// Files that the records name and that are not in the bundle.
    pub absent: u64,
    /// Documents in the bundle.
    pub documents: u64,
    /// Frozen records.
    pub frozen: u64,
    /// Signatures.
    pub signatures: u64,
}

/// When something was recorded, and by whose clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Times {
    /// What the device's own clock showed.
    pub device: UtcMs,
    /// Corrected by the hub's time at the last contact; before any contact the device's own clock.
    pub corrected: UtcMs,
    /// Device clock minus corrected time, in milliseconds.
    pub offset_ms: i64,
    /// The earliest receipt that covers it, by the hub's clock.
    pub hub_received: Option<UtcMs>,
    /// The device is the hub itself, so the time is the hub's.
    pub hub_clock: bool,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureView {
    /// Its record in the log.
    pub record_at: EventRef,
    /// Who signed: a participant's id.
    pub signer: Id,
    /// The signer's name, where the bundle brings the key.
    pub name: Option<String>,
    /// The signer's role.
    pub role: String,
    /// The result.
    pub outcome: Outcome,
    /// Items of which the signer refused to accept how many.
    pub refused_items: u64,
    /// All items answered.
    pub items: u64,
    /// The frozen record.
    pub record: Digest,
    /// Its version.
    pub version: u32,
    /// A later version was frozen: this one stays as it was signed.
    pub superseded_by: Option<u32>,
    /// Records that changed the handover or its snags after this signature.
    pub later_changes: u64,
    /// The level reached (1 drawing, 2 one-time code, 3 key of the signer), and by whose word.
    #[serde(flatten)]
    pub reached: Reached,
    /// The version of the notice that was shown.
    pub notice: String,
    /// Strokes drawn, where the bundle brings the key.
    pub strokes: Option<u64>,
    /// When.
    pub when: Times,
    /// When the device sealed its chain for the sign-off, by corrected time.
    pub sealed: Option<UtcMs>,
    /// The hub refused it: it counts for nothing.
    pub refused: bool,
}

/// A record whose time cannot be right, or is doubted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// The record.
    pub record: EventRef,
    /// `verify-doubt-…`: ahead of the hub's receipt, before its own predecessor, before an earlier seal, marked by the hub.
    pub key: &'static str,
    /// By how much, in milliseconds; 0 where it cannot be said.
    pub by_ms: i64,
}

/// A document and whether it is in the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentView {
    /// What the log says.
    #[serde(flatten)]
    pub row: DocumentRow,
    /// It is in the bundle.
    pub included: bool,
}

/// The verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// In one word.
    pub result: Finding,
    /// Nothing is broken.
    pub ok: bool,
    /// The records shown hold by themselves, whatever is wrong with the exporter's word around them.
    pub records_hold: bool,
    /// The fingerprint of the hub's key in the bundle.
    pub hub_key: Option<Digest>,
    /// That key was pinned.
    pub pinned: bool,
    /// The first that does not hold.
    pub broken: Option<Broken>,
    /// How many do not hold.
    pub problems: u64,
    /// Of what it is.
    pub about: Option<About>,
    /// How many of what.
    pub counts: Counts,
    /// Who signed what and when.
    pub signatures: Vec<SignatureView>,
    /// Documents.
    pub documents: Vec<DocumentView>,
    /// Where each thing stands, folded from the records.
    pub state: Vec<ThingRow>,
    /// Doubtful times.
    pub doubts: Vec<Doubt>,
    /// What this does not prove.
    pub limits: Vec<Said>,
}

impl Verdict {
    /// What the command ends with: 0 sound, 1 broken.
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.ok)
    }

    pub(super) fn broken_container(near: Option<String>, pinned: bool) -> Self {
        Self::unreadable(vec![Broken::new(Layer::Container, "verify-broken-container", near, None, None)], pinned)
    }

    /// Broken before anything could be read.
    pub(super) fn unreadable(mut problems: Vec<Broken>, pinned: bool) -> Self {
        problems.sort_by_key(|p| p.layer);
        Self {
            result: Finding::Broken,
            ok: false,
            records_hold: false,
            hub_key: None,
            pinned,
            problems: problems.len() as u64,
            broken: problems.into_iter().next(),
            about: None,
            counts: Counts::default(),
            signatures: Vec::new(),
            documents: Vec::new(),
            state: Vec::new(),
            doubts: Vec::new(),
            limits: Vec::new(),
        }
    }

    pub(super) fn of(check: Check, manifest: &Manifest, about: About, survey: &Survey, keys: &BTreeMap<Id, PersonKey>, pinned: bool) -> Self {
        let clocks = Clocks::of(&check);
        let counts = counts(&check, &clocks, manifest, survey);
        let doubts = clocks.doubts(survey);
        let changes = survey.changes();
        let signatures: Vec<SignatureView> = survey.signed.iter().map(|s| signature(s, survey, &changes, &clocks, keys)).collect();
        let documents = survey.documents.iter().map(|row| DocumentView { row: row.clone(), included: !manifest.absent.contains(&row.sha256) });
        let mut verdict = Self {
            result: if pinned { Finding::Sound } else { Finding::SoundUnpinned },
            documents: documents.collect(),
            hub_key: Some(hub_of(manifest).fingerprint()),
            about: Some(about),
            counts,
            signatures,
            state: survey.things.clone(),
            doubts,
            ..Self::unreadable(check.problems, pinned)
        };
        verdict.limits = limits(&verdict, manifest, survey, keys);
        verdict.ok = verdict.broken.is_none();
        verdict.records_hold = verdict.broken.as_ref().is_none_or(|b| b.layer == Layer::Exporter);
        if !verdict.ok {
            verdict.result = Finding::Broken;
        }
        verdict
    }
}

fn counts(check: &Check, clocks: &Clocks, manifest: &Manifest, survey: &Survey) -> Counts {
    let devices: BTreeSet<Id> = survey.events.iter().map(|(e, _)| e.device).chain(check.chains.keys().copied()).collect();
    let chained = survey.events.iter().filter(|(e, _)| check.chains.contains_key(&e.device)).count() as u64;
    let received = survey.events.iter().filter(|(e, _)| clocks.is_hub(e.device) || clocks.received(e.at()).is_some()).count() as u64;
    let absent: BTreeSet<Digest> = manifest.absent.iter().copied().collect();
    Counts {
        records: survey.events.len() as u64,
        records_received: received,
        records_on_word: survey.events.len() as u64 - chained,
        records_by_hash: check.chains.values().map(|c| c.length()).sum::<u64>().saturating_sub(chained),
        things: survey.things.len() as u64,
        devices: devices.len() as u64,
        seals: check.chains.values().map(|c| c.claims.len() as u64).sum(),
        receipts: check.receipts,
        photos: check.contents.keys().filter(|name| name.starts_with("originals/")).count() as u64,
        photos_received: survey.photos.iter().filter(|d| !absent.contains(d) && check.files_received.contains_key(d)).count() as u64,
        absent: absent.len() as u64,
        documents: check.contents.keys().filter(|name| name.starts_with("documents/")).count() as u64,
        frozen: survey.frozen.len() as u64,
        signatures: survey.signed.len() as u64,
    }
}

fn signature(signed: &Signed, survey: &Survey, changes: &Changes, clocks: &Clocks, keys: &BTreeMap<Id, PersonKey>) -> SignatureView {
    let s = &signed.signature;
    let open = |sealed: &crate::model::Sealed| keys.get(&sealed.person)?.open(sealed);
    let name = survey.name(s.signer, keys);
    let strokes = s.strokes.as_ref().and_then(open).and_then(|bytes| minicbor::decode::<Vec<Stroke>>(&bytes).ok());
    SignatureView {
        record_at: signed.at,
        signer: s.signer,
        name,
        role: s.role.clone(),
        outcome: s.outcome,
        refused_items: s.answers.iter().filter(|a| !a.accepted).count() as u64,
        items: s.answers.len() as u64,
        record: s.record,
        version: s.version,
        superseded_by: (signed.newest > s.version).then_some(signed.newest),
        later_changes: changes.after(signed.agg, signed.at),
        reached: match signed.reached.word {
            // A record in the hub's name that no key of the hub seals here is the exporter's word, and proves no level.
            LevelWord::Code if !signed.confirmed_by.iter().any(|device| clocks.is_hub(*device)) => Reached { level: 1, word: LevelWord::CodeOnWord },
            _ => signed.reached,
        },
        notice: s.notice.clone(),
        strokes: strokes.map(|all| all.len() as u64),
        when: clocks.times(signed.at, survey),
        sealed: clocks.sealed(signed.at),
        refused: signed.refused,
    }
}

/// What is known of time: receipts by the hub's clock, seals by corrected time.
struct Clocks<'a> {
    check: &'a Check,
    /// Per device the receipts by sequence, each with the earliest time at which the hub had that much or more.
    received: BTreeMap<Id, Vec<(u64, UtcMs)>>,
}

impl<'a> Clocks<'a> {
    fn of(check: &'a Check) -> Self {
        let received = check
            .chains
            .iter()
            .map(|(device, chain)| {
                let mut of = chain.received.clone();
                of.sort();
                let mut earliest = UtcMs(i64::MAX);
                for (_, at) in of.iter_mut().rev() {
                    earliest = earliest.min(*at);
                    *at = earliest;
                }
                (*device, of)
            })
            .collect();
        Self { check, received }
    }

    fn is_hub(&self, device: Id) -> bool {
        self.check.certified.get(&device).is_some_and(|all| all.iter().any(|c| c.role == HUB_ROLE))
    }

    fn received(&self, at: EventRef) -> Option<UtcMs> {
        let of = self.received.get(&at.device)?;
        of.get(of.partition_point(|(seq, _)| *seq < at.seq)).map(|(_, at)| *at)
    }

    fn sealed(&self, at: EventRef) -> Option<UtcMs> {
        let claims = &self.check.chains.get(&at.device)?.claims;
        claims.iter().filter(|c| c.purpose == SealPurpose::SignOff && c.chain.seq >= at.seq).map(|c| c.at).min()
    }

    fn times(&self, at: EventRef, survey: &Survey) -> Times {
        let found = survey.events.binary_search_by_key(&at, |(e, _)| e.at()).ok().map(|n| &survey.events[n].0);
        Times {
            device: found.map(|e| e.device_time()).unwrap_or_default(),
            corrected: found.map(|e| e.hlc.ms).unwrap_or_default(),
            offset_ms: found.map_or(0, |e| e.skew_ms),
            hub_received: self.received(at),
            hub_clock: self.is_hub(at.device),
        }
    }

    /// A device's clock may honestly jump back once it learns the hub's time, so these are doubts and not breaks: what was
    /// recorded and in which order is proved, only the times are not.
    fn doubts(&self, survey: &Survey) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        let mut last: Option<(Id, Hlc)> = None;
        for (event, _) in &survey.events {
            let at = event.at();
            let mut doubt = |key, by_ms: i64| doubts.push(Doubt { record: at, key, by_ms });
            if survey.clock_wrong.contains(&at) {
                doubt("verify-doubt-marked", 0);
            }
            if self.is_hub(event.device) {
                continue;
            }
            if let Some(received) = self.received(at)
                && event.hlc.ms.0 > received.0.saturating_add(PUSH_AHEAD_MAX_MS)
            {
                doubt("verify-doubt-ahead", event.hlc.ms.0.saturating_sub(received.0));
            }
            match last {
                Some((device, hlc)) if device == event.device && event.hlc <= hlc => {
                    doubt("verify-doubt-back", hlc.ms.0.saturating_sub(event.hlc.ms.0));
                }
                _ => last = Some((event.device, event.hlc)),
            }
            if let Some(sealed) = self.sealed_before(at)
                && sealed > event.hlc.ms
            {
                doubt("verify-doubt-seal", sealed.0.saturating_sub(event.hlc.ms.0));
            }
        }
        doubts
    }

    /// The latest time of a seal that does not yet cover the record.
    fn sealed_before(&self, at: EventRef) -> Option<UtcMs> {
        self.check.chains.get(&at.device)?.claims.iter().filter(|c| c.chain.seq < at.seq).map(|c| c.at).max()
    }
}

fn limits(verdict: &Verdict, manifest: &Manifest, survey: &Survey, keys: &BTreeMap<Id, PersonKey>) -> Vec<Said> {
    let n = |count: u64| vec![("n", count.to_string())];
    let counts = &verdict.counts;
    let mut limits = Vec::new();
    let mut say = |when: bool, key, args| {
        if when {
            limits.push(Said::new(key, args));
        }
    };
    let unreceived = counts.records - counts.records_received;
    let level1 = verdict.signatures.iter().filter(|s| s.reached.level <= 1).count() as u64;
    let sealed: BTreeSet<Id> = survey.personal.iter().map(|(_, sealed)| sealed.person).filter(|p| !keys.contains_key(p)).collect();
    let unknown = survey.events.iter().filter(|(_, body)| matches!(body, Body::Unknown)).count() as u64;
    say(!verdict.pinned, "verify-limit-unpinned", Vec::new());
    say(true, "verify-limit-own-clock", Vec::new());
    say(true, "verify-limit-complete", vec![("exporter", manifest.exporter.short())]);
    say(true, "verify-limit-hub", Vec::new());
    say(unreceived > 0, "verify-limit-unreceived", n(unreceived));
    say(counts.records_on_word > 0, "verify-limit-on-word", n(counts.records_on_word));
    say(!verdict.doubts.is_empty(), "verify-limit-doubts", n(verdict.doubts.len() as u64));
    say(level1 > 0, "verify-limit-level1", n(level1));
    say(counts.photos > 0, "verify-limit-photo", Vec::new());
    say(counts.absent > 0, "verify-limit-absent", n(counts.absent));
    say(!survey.gaps.is_empty(), "verify-limit-gaps", n(survey.gaps.len() as u64));
    say(!sealed.is_empty(), "verify-limit-personal", n(sealed.len() as u64));
    say(unknown > 0, "verify-limit-unknown", n(unknown));
    limits
}
