//! The frozen record: what a person is shown and signs, as deterministic CBOR (promise 6). It names values by their content and
//! the events they came from, photos by their hashes, people by id with their names encrypted.

use super::{
    FieldStore, Result,
    handover::{done_of, fields, participants_of, questions_of},
    photo::photos_of,
    views::text_of,
};
use crate::{
    log::{EventRef, fold::Aggregate},
    model::{
        Digest, Id, UtcMs, Value,
        act::Act,
        body::AggKind,
        value::{Done, LineAnswer, Meter, Participant, Pin},
    },
    policy::Profile,
    words::{Lang, tr, word},
};
use minicbor::{Decode, Encode};

/// A snag as signed.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct FrozenSnag {
    /// The snag.
    #[n(0)]
    pub id: Id,
    /// Its number.
    #[n(1)]
    pub number: i64,
    /// Room key.
    #[n(2)]
    pub room: String,
    /// Element id.
    #[n(3)]
    pub element: String,
    /// Defect id.
    #[n(4)]
    pub defect: String,
    /// Severity id.
    #[n(5)]
    pub severity: String,
    /// The owner's words.
    #[n(6)]
    pub owner_text: String,
    /// The inspector's finding.
    #[n(7)]
    pub finding: String,
    /// Agreed due date.
    #[n(8)]
    pub due_on: Option<String>,
    /// Place on the plan.
    #[n(9)]
    pub pin: Option<Pin>,
    /// Photos by their hashes.
    #[n(10)]
    pub photos: Vec<Digest>,
    /// The events whose values stand here.
    #[n(11)]
    pub versions: Vec<EventRef>,
}

/// The record of a handover as signed.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct FrozenRecord {
    /// Version, from 1; 0 while it is not frozen.
    #[n(0)]
    pub version: u32,
    /// When it was frozen.
    #[n(1)]
    pub frozen: UtcMs,
    /// The handover.
    #[n(2)]
    pub handover: Id,
    /// The unit.
    #[n(3)]
    pub unit: Id,
    /// The unit as people say it.
    #[n(4)]
    pub unit_label: String,
    /// The policy profile, `id@version`.
    #[n(5)]
    pub policy: String,
    /// Digest of the profile's data.
    #[n(6)]
    pub policy_digest: Digest,
    /// Lines with their answers.
    #[n(7)]
    pub lines: Vec<(String, LineAnswer)>,
    /// Snags by number.
    #[n(8)]
    pub snags: Vec<FrozenSnag>,
    /// Meters.
    #[n(9)]
    pub meters: Vec<(String, Meter)>,
    /// Keys.
    #[n(10)]
    pub keys: Vec<(String, Done)>,
    /// Documents.
    #[n(11)]
    pub documents: Vec<(String, Done)>,
    /// Parts completed or waived.
    #[n(12)]
    pub parts: Vec<(String, Done)>,
    /// Participants.
    #[n(13)]
    pub participants: Vec<(Id, Participant)>,
    /// Questions and answers.
    #[n(14)]
    pub questions: Vec<(String, Option<String>)>,
    /// Disputes.
    #[n(15)]
    pub disputes: Vec<String>,
    /// Rooms that the record names: key, Chinese and English name.
    #[n(16)]
    pub rooms: Vec<(String, String, String)>,
}

impl FrozenRecord {
    /// A record with nothing in it: what a draft shows before anything was frozen.
    pub(crate) fn empty(handover: Id, unit: Id) -> Self {
        Self {
            version: 0,
            frozen: UtcMs(0),
            handover,
            unit,
            unit_label: String::new(),
            policy: String::new(),
            policy_digest: Digest::default(),
            lines: Vec::new(),
            snags: Vec::new(),
            meters: Vec::new(),
            keys: Vec::new(),
            documents: Vec::new(),
            parts: Vec::new(),
            participants: Vec::new(),
            questions: Vec::new(),
            disputes: Vec::new(),
            rooms: Vec::new(),
        }
    }

    fn room_name(&self, key: &str, lang: Lang) -> String {
        let room = self.rooms.iter().find(|(k, ..)| k == key);
        room.map_or(key, |(_, zh, en)| if lang == Lang::Zh { zh } else { en }).to_owned()
    }

    /// The record of a handover as it stands, not frozen: version 0, no time.
    pub fn of(profile: &Profile, handover: &Aggregate, unit: &Aggregate, unit_label: &str, snags: &[Aggregate]) -> Self {
        let mut snags: Vec<FrozenSnag> = snags.iter().filter(|snag| snag.parent == Some(handover.id)).map(freeze_snag).collect();
        snags.sort_by_key(|s| (s.number, s.id));
        let rooms = super::units::rooms_of(unit).into_iter().filter(|r| snags.iter().any(|s| s.room == r.key)).map(|r| (r.key, r.zh, r.en)).collect();
        Self {
            rooms,
            unit_label: unit_label.to_owned(),
            policy: profile.at.to_string(),
            policy_digest: profile.digest,
            lines: fields(handover, "line:", |v| if let Value::Line(l) = v { Some(l.clone()) } else { None }),
            snags,
            meters: fields(handover, "meter:", |v| if let Value::Meter(m) = v { Some(m.clone()) } else { None }),
            keys: fields(handover, "key:", done_of),
            documents: fields(handover, "document:", done_of),
            parts: fields(handover, "part:", done_of),
            participants: participants_of(handover),
            questions: questions_of(handover).into_iter().map(|q| (q.text, q.answer)).collect(),
            disputes: handover.done().filter_map(|e| if let Act::Dispute(text) = &e.act { Some(text.clone()) } else { None }).collect(),
            ..Self::empty(handover.id, unit.id)
        }
    }

    /// The digest of the content of a handover as it stands; compare with [`Self::content_digest`] of what was signed.
    pub fn content_of(profile: &Profile, handover: &Aggregate, unit: &Aggregate, unit_label: &str, snags: &[Aggregate]) -> Digest {
        Self::of(profile, handover, unit, unit_label, snags).content_digest()
    }

    /// Deterministic CBOR: what is frozen.
    pub fn bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// The digest that signatures name.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes())
    }

    /// The digest of the content without version and time: equal when nothing has changed since.
    pub fn content_digest(&self) -> Digest {
        let bare = Self { version: 0, frozen: UtcMs(0), ..self.clone() };
        bare.digest()
    }

    /// Photos in the record, each once.
    pub fn photos(&self) -> Vec<Digest> {
        let mut all: Vec<Digest> = self.snags.iter().flat_map(|s| s.photos.iter().copied()).chain(self.meters.iter().filter_map(|(_, m)| m.photo)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The words on the screen above the signature: what is signed, what it means and what it does not mean.
    pub fn words(&self, profile: &Profile, lang: Lang) -> String {
        let mut out = vec![
            tr(lang, "sign-words-head", &[("unit", self.unit_label.clone()), ("version", self.version.to_string())]),
            tr(
                lang,
                "sign-words-counts",
                &[("lines", self.lines.len().to_string()), ("snags", self.snags.len().to_string()), ("photos", self.photos().len().to_string())],
            ),
        ];
        let taxonomy = &profile.taxonomy;
        for snag in &self.snags {
            out.push(tr(
                lang,
                "sign-words-snag",
                &[
                    ("number", snag.number.to_string()),
                    ("room", self.room_name(&snag.room, lang)),
                    ("element", taxonomy.elements.name(&snag.element, lang).to_owned()),
                    ("defect", taxonomy.defects.name(&snag.defect, lang).to_owned()),
                    ("severity", taxonomy.severities.name(&snag.severity, lang).to_owned()),
                    ("owner", if snag.owner_text.is_empty() { String::new() } else { tr(lang, "sign-words-owner", &[("said", snag.owner_text.clone())]) }),
                    ("finding", snag.finding.clone()),
                    ("due", snag.due_on.clone().unwrap_or_else(|| "—".to_owned())),
                ],
            ));
        }
        out.push(word(lang, "sign-words-means"));
        out.push(word(lang, "sign-words-not"));
        out.join("\n")
    }
}

impl FieldStore {
    /// The record as it stands now, not frozen.
    pub(crate) fn current_record(&self, handover: &Aggregate) -> Result<FrozenRecord> {
        let unit_id = handover.unit.unwrap_or_default();
        let unit = self.store.thing(unit_id)?.unwrap_or_else(|| Aggregate::empty(unit_id));
        let snags = self.store.list(AggKind::Snag, Some(unit_id), None, 0, u64::from(u32::MAX))?;
        Ok(FrozenRecord::of(self.profile_of(handover), handover, &unit, &self.unit_label(&unit)?, &snags))
    }

    /// A frozen record by its digest: retrievable for ever, whatever happened since.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn frozen_record(&self, handover: Id, digest: Digest) -> Result<Option<FrozenRecord>> {
        for event in self.store.events_of(handover)? {
            if let crate::model::body::Body::Act(Act::Freeze(_, bytes)) = event.body()
                && Digest::of(&bytes) == digest
            {
                return Ok(minicbor::decode(&bytes).ok());
            }
        }
        Ok(None)
    }
}

fn freeze_snag(snag: &Aggregate) -> FrozenSnag {
    // Recorded at the handover: photos of later repairs are not what the owner saw.
    let photos = photos_of(snag).into_iter().filter(|(p, _)| p.purpose == "snag").map(|(p, _)| p.sha256).collect();
    let signed = ["number", "room", "element", "defect", "severity", "owner_text", "finding", "due_on", "pin"];
    let mut versions: Vec<EventRef> = signed.iter().flat_map(|field| snag.heads(field)).collect();
    versions.sort_unstable();
    versions.dedup();
    FrozenSnag {
        id: snag.id,
        number: snag.get("number").and_then(Value::int).unwrap_or(0),
        room: text_of(snag, "room"),
        element: text_of(snag, "element"),
        defect: text_of(snag, "defect"),
        severity: text_of(snag, "severity"),
        owner_text: text_of(snag, "owner_text"),
        finding: text_of(snag, "finding"),
        due_on: snag.text("due_on").map(str::to_owned),
        pin: if let Some(Value::Pin(pin)) = snag.get("pin") { Some(*pin) } else { None },
        photos,
        versions,
    }
}
