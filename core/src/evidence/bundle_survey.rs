//! What a set of events names and shows: computed once by whoever makes a bundle and again by whoever checks it.

use crate::{
    field::FrozenRecord,
    log::{
        Event, EventRef, OrderKey,
        fold::{Aggregate, Phase},
    },
    model::{
        Digest, Id, PersonKey, Sealed, Value,
        act::{Act, Signature},
        body::{AggKind, Body},
    },
    rules::level::{self, Reached},
};
use minicbor::{Decode, Encode, data::Token, decode::Tokenizer};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Something that a shown record names and that is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[cbor(flat)]
#[serde(rename_all = "snake_case", tag = "kind", content = "what")]
pub enum Gap {
    /// An event.
    #[n(0)]
    Record(#[n(0)] EventRef),
    /// A thing of which the creation is not shown.
    #[n(1)]
    Thing(#[n(0)] Id),
    /// A digest in a frozen record that belongs to nothing shown.
    #[n(2)]
    Digest(#[n(0)] Digest),
}

/// Where one thing stands after its events.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
#[cbor(array)]
pub struct ThingRow {
    /// The thing.
    #[n(0)]
    pub id: Id,
    /// What it is.
    #[n(1)]
    pub kind: Option<AggKind>,
    /// Where it stands.
    #[n(2)]
    pub phase: Phase,
    /// How many of its events are shown.
    #[n(3)]
    pub records: u64,
    /// Of these, how many the hub refused.
    #[n(4)]
    pub refused: u64,
    /// Fields with several values that nobody has settled.
    #[n(5)]
    pub conflicts: u64,
    /// Events that the build which counted does not know; two builds then may count differently.
    #[n(6)]
    pub unknown: u64,
}

/// One signature and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub at: EventRef,
    pub agg: Id,
    pub signature: Signature,
    /// The hub refused it.
    pub refused: bool,
    /// The highest version frozen of the same thing.
    pub newest: u32,
    /// The record it names was frozen in the same thing, before it, in the version it names.
    pub bound: bool,
    /// The level it reached by the records shown.
    pub reached: Reached,
    /// The chains that confirmed its code.
    pub confirmed_by: Vec<Id>,
}

/// One document that the log names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentRow {
    /// The kind.
    pub kind: String,
    /// The number on the form.
    pub number: String,
    /// Its language, where the record tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// The file.
    pub sha256: Digest,
    /// The record that names it.
    pub record: EventRef,
}

/// All that the events name and show.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// In order of device and sequence.
    pub events: Vec<(Event, Body)>,
    pub things: Vec<ThingRow>,
    /// The frozen records and in which event each stands.
    pub frozen: BTreeMap<Digest, (EventRef, u32, Vec<u8>)>,
    pub signed: Vec<Signed>,
    /// Photographs.
    pub photos: BTreeSet<Digest>,
    /// Other files.
    pub files: BTreeSet<Digest>,
    pub documents: Vec<DocumentRow>,
    pub gaps: Vec<Gap>,
    /// Everything encrypted, by person.
    pub personal: Vec<(EventRef, Sealed)>,
    /// The encrypted `name` of a person or participant.
    pub names: BTreeMap<Id, Sealed>,
    /// The person behind a participant who is named in the register.
    pub persons: BTreeMap<Id, Id>,
    /// Events the hub marked for their clock.
    pub clock_wrong: BTreeSet<EventRef>,
}

impl Survey {
    /// Of these events; an event given twice counts once.
    pub fn of(events: Vec<Event>) -> Self {
        let mut events: Vec<(Event, Body)> = events
            .into_iter()
            .map(|event| {
                let body = event.body();
                (event, body)
            })
            .collect();
        events.sort_by_key(|(e, _)| e.at());
        events.dedup_by_key(|(e, _)| e.at());
        let mut survey = Self::default();
        let shown: BTreeSet<EventRef> = events.iter().map(|(e, _)| e.at()).collect();
        let mut named = Named::default();
        for (event, body) in &events {
            survey.read(event, body, &mut named);
        }
        let folds = fold_all(&events);
        survey.settle(&events, &folds);
        survey.gaps = named.gaps(&survey, &shown, &folds);
        survey.things = folds.into_values().map(|(agg, records)| row(&agg, records)).collect();
        survey.events = events;
        survey
    }

    fn read(&mut self, event: &Event, body: &Body, named: &mut Named) {
        let at = event.at();
        match body {
            Body::Create(create) => {
                named.things.extend(create.unit);
                if matches!(create.kind, AggKind::Snag | AggKind::Handover) {
                    named.things.extend(create.parent);
                }
                for (field, value) in &create.fields {
                    self.value(event, field, value, named);
                }
            }
            Body::Set(changes) => {
                for change in changes {
                    named.records.extend(&change.replaces);
                    self.value(event, &change.field, &change.value, named);
                }
            }
            Body::Act(act) => match act {
                Act::PhotoAdd(photo) => {
                    self.photos.insert(photo.sha256);
                }
                Act::Notice(_, _, Some(file)) => {
                    self.files.insert(*file);
                }
                Act::Document(kind, sha256, number, lang) => {
                    self.documents.push(DocumentRow { kind: kind.clone(), number: number.clone(), lang: lang.clone(), sha256: *sha256, record: at });
                    self.files.insert(*sha256);
                }
                Act::NoticeProof(of, ..) | Act::Reply(of, _) | Act::Refuse(of, ..) => {
                    named.records.insert(*of);
                }
                Act::CodeChecked(check) => {
                    named.records.insert(check.signature);
                }
                Act::ClockWrong(events, _) => {
                    named.records.extend(events);
                    self.clock_wrong.extend(events);
                }
                Act::Freeze(version, bytes) => {
                    self.frozen.entry(Digest::of(bytes)).or_insert_with(|| (at, *version, bytes.clone()));
                    named.frozen(bytes);
                }
                Act::Sign(signature) => {
                    named.things.extend(signature.answers.iter().map(|a| a.snag));
                    self.personal.extend(signature.strokes.clone().map(|s| (at, s)));
                }
                _ => {}
            },
            Body::Unknown => {}
        }
    }

    fn value(&mut self, event: &Event, field: &str, value: &Value, named: &mut Named) {
        match value {
            Value::Digest(digest) => {
                self.files.insert(*digest);
            }
            Value::Meter(meter) => self.photos.extend(meter.photo),
            Value::Line(line) => named.things.extend(line.snag),
            Value::Personal(sealed) => {
                if field == "name" {
                    self.names.insert(event.agg, sealed.clone());
                }
                self.personal.push((event.at(), sealed.clone()));
            }
            Value::Participant(participant) => {
                if let Some(Ok(id)) = field.strip_prefix("participant:").map(str::parse) {
                    self.persons.insert(id, participant.person);
                }
                if let Some(name) = &participant.name {
                    self.names.insert(participant.person, name.clone());
                    if let Some(Ok(id)) = field.strip_prefix("participant:").map(str::parse) {
                        self.names.insert(id, name.clone());
                    }
                    self.personal.push((event.at(), name.clone()));
                }
            }
            Value::List(values) => values.iter().for_each(|v| self.value(event, field, v, named)),
            _ => {}
        }
    }

    fn settle(&mut self, events: &[(Event, Body)], folds: &Folds) {
        // A field may name a frozen record by its digest; a photograph may be named both ways.
        self.files.retain(|digest| !self.frozen.contains_key(digest) && !self.photos.contains(digest));
        let mut versions: BTreeMap<(Id, Digest, u32), OrderKey> = BTreeMap::new();
        let mut newest: BTreeMap<Id, u32> = BTreeMap::new();
        for (event, body) in events {
            let Body::Act(Act::Freeze(version, bytes)) = body else { continue };
            let first = versions.entry((event.agg, Digest::of(bytes), *version)).or_insert(event.order());
            *first = (*first).min(event.order());
            let last = newest.entry(event.agg).or_insert(*version);
            *last = (*last).max(*version);
        }
        for (event, body) in events {
            let Body::Act(Act::Sign(signature)) = body else { continue };
            let at = event.at();
            self.signed.push(Signed {
                at,
                agg: event.agg,
                refused: folds.get(&event.agg).is_some_and(|(fold, _)| fold.refused.iter().any(|r| r.event == at)),
                newest: newest.get(&event.agg).copied().unwrap_or(0),
                bound: versions.get(&(event.agg, signature.record, signature.version)).is_some_and(|frozen| *frozen < event.order()),
                signature: (**signature).clone(),
                confirmed_by: folds.get(&event.agg).map(|(fold, _)| level::confirmed_by(fold, at).collect()).unwrap_or_default(),
                reached: match folds.get(&event.agg) {
                    Some((fold, _)) => {
                        let verdicts = level::checks_of(fold, at).map(|check| check.verdict);
                        level::reached(signature, event.actor, level::person_of(fold, signature.signer), verdicts)
                    }
                    None => level::reached(signature, event.actor, None, []),
                },
            });
        }
    }

    /// Every file that the events name.
    pub fn all_files(&self) -> impl Iterator<Item = Digest> + '_ {
        self.photos.iter().chain(&self.files).copied()
    }

    /// Every thing as its events leave it.
    pub fn folded(&self) -> BTreeMap<Id, Aggregate> {
        fold_all(&self.events).into_iter().map(|(id, (agg, _))| (id, agg)).collect()
    }

    /// The name of a person or participant, where the keys open it.
    pub fn name(&self, id: Id, keys: &BTreeMap<Id, PersonKey>) -> Option<String> {
        let sealed = self.names.get(&id).or_else(|| self.names.get(self.persons.get(&id)?))?;
        keys.get(&sealed.person)?.open_text(sealed)
    }

    /// For each thing with parts, the order of the events that change it or them.
    pub fn changes(&self) -> Changes {
        let parents: BTreeMap<Id, Id> = self
            .events
            .iter()
            .filter_map(|(e, body)| match body {
                Body::Create(create) => Some((e.agg, create.parent?)),
                _ => None,
            })
            .collect();
        let mut orders: BTreeMap<Id, Vec<OrderKey>> = BTreeMap::new();
        let mut places = BTreeMap::new();
        for (event, body) in &self.events {
            places.insert(event.at(), event.order());
            if matches!(
                body,
                Body::Act(Act::Freeze(..) | Act::Sign(_) | Act::Document(..) | Act::Told(..) | Act::Refuse(..) | Act::ClockWrong(..) | Act::CodeChecked(_))
            ) {
                continue;
            }
            for thing in [Some(&event.agg), parents.get(&event.agg)].into_iter().flatten() {
                orders.entry(*thing).or_default().push(event.order());
            }
        }
        orders.values_mut().for_each(|of| of.sort());
        Changes { orders, places }
    }
}

/// When things and their parts changed.
pub(super) struct Changes {
    orders: BTreeMap<Id, Vec<OrderKey>>,
    places: BTreeMap<EventRef, OrderKey>,
}

impl Changes {
    /// How many shown records changed the thing or its parts after the record `at`.
    pub fn after(&self, thing: Id, at: EventRef) -> u64 {
        let (Some(orders), Some(place)) = (self.orders.get(&thing), self.places.get(&at)) else { return 0 };
        (orders.len() - orders.partition_point(|order| order <= place)) as u64
    }
}

type Folds = BTreeMap<Id, (Aggregate, u64)>;

fn fold_all(events: &[(Event, Body)]) -> Folds {
    let mut by_thing: BTreeMap<Id, Vec<&Event>> = BTreeMap::new();
    for (event, _) in events {
        by_thing.entry(event.agg).or_default().push(event);
    }
    by_thing
        .into_iter()
        .map(|(id, of)| {
            let n = of.len() as u64;
            (id, (Aggregate::fold(id, of), n))
        })
        .collect()
}

fn row(agg: &Aggregate, records: u64) -> ThingRow {
    ThingRow {
        id: agg.id,
        kind: agg.kind,
        phase: agg.phase,
        records,
        refused: agg.refused.len() as u64,
        conflicts: agg.conflicts().count() as u64,
        unknown: agg.unknown.len() as u64,
    }
}

#[derive(Default)]
struct Named {
    records: BTreeSet<EventRef>,
    things: BTreeSet<Id>,
    digests: BTreeSet<Digest>,
}

impl Named {
    /// What a frozen record names: photographs, snags, and the records whose values stand in it.
    fn frozen(&mut self, bytes: &[u8]) {
        match minicbor::decode::<FrozenRecord>(bytes) {
            Ok(record) => {
                self.digests.extend(record.photos());
                self.things.extend(record.snags.iter().map(|snag| snag.id).chain([record.handover, record.unit]));
                self.records.extend(record.snags.iter().flat_map(|snag| &snag.versions));
            }
            // A later layout: every SHA-256 in it counts as named.
            Err(_) => digests_in(bytes, &mut self.digests),
        }
    }

    fn gaps(&self, survey: &Survey, shown: &BTreeSet<EventRef>, folds: &Folds) -> Vec<Gap> {
        let made = |id: &Id| folds.get(id).is_some_and(|(agg, _)| agg.created.is_some());
        let known = |d: &Digest| survey.photos.contains(d) || survey.files.contains(d) || survey.frozen.contains_key(d);
        let records = self.records.iter().filter(|at| !shown.contains(at)).map(|at| Gap::Record(*at));
        let things: BTreeSet<Id> = self.things.iter().chain(folds.keys()).filter(|id| !made(id)).copied().collect();
        let digests = self.digests.iter().filter(|d| !known(d)).map(|d| Gap::Digest(*d));
        let mut all: Vec<Gap> = records.chain(things.into_iter().map(Gap::Thing)).chain(digests).collect();
        all.sort();
        all
    }
}

/// Every SHA-256 in a frozen record, as bytes or as hex digits, wherever its layout puts them.
fn digests_in(cbor: &[u8], into: &mut BTreeSet<Digest>) {
    for token in Tokenizer::new(cbor) {
        match token {
            Ok(Token::Bytes(bytes)) => into.extend(<[u8; 32]>::try_from(bytes).ok().map(Digest)),
            Ok(Token::String(text)) if text.len() == 64 => into.extend(text.parse::<Digest>()),
            Ok(_) => {}
            // A record that is no CBOR is shown and bound by its digest like any other; it just names nothing.
            Err(_) => return,
        }
    }
}
