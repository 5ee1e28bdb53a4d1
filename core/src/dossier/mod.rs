//! The file of one unit, and the documents made from it. A device fills it from its store, the hub from its own; the same file
//! gives the same document, byte for byte.

mod acceptance;
mod notice;
mod rectification;

use crate::{
    field::FrozenRecord,
    log::{
        EventRef,
        fold::{Aggregate, Entry, Origin, Phase},
        keys::HubPublic,
        receipt::{Leaf, Receipt, open_checkpoint},
    },
    model::{
        Digest, Id, PersonKey, UtcMs, Value,
        act::{Act, Signature as Signed, Stroke},
        drawing::marks,
        value::Participant as Part,
    },
    policy::{Entry as _, Profile},
    report::{
        Checkpoint, DeviceSeal, DocNumber, Document, Moment, Participant, Personal, Photo, Proof, ProofState, Sheet, SignatureAct, Standing, StrokePoint,
        UnitHead, Words,
    },
    words::{Lang, tr, word},
};
use chrono::Offset;
use std::collections::BTreeMap;

/// What is known of a person.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The name, where its key is at hand.
    pub name: Option<String>,
    /// The key was destroyed.
    pub erased: bool,
    /// The key, to read strokes with.
    pub key: Option<PersonKey>,
}

/// The file of one unit.
#[derive(Clone)]
pub struct Dossier {
    /// The rules.
    pub profile: &'static Profile,
    /// The project's zone.
    pub zone: chrono_tz::Tz,
    /// The community's name.
    pub community: String,
    /// The community as the register has it: developer, address, telephone.
    pub register: Option<Aggregate>,
    /// The unit.
    pub unit: Aggregate,
    /// Its handover.
    pub handover: Aggregate,
    /// Its snags.
    pub snags: Vec<Aggregate>,
    /// The plan of its layout.
    pub plan: Option<Aggregate>,
    /// Persons by id: owners, participants, staff.
    pub people: BTreeMap<Id, Person>,
    /// Meetings and joint inspections about the unit, by time.
    pub gatherings: Vec<Aggregate>,
    /// Contractors and teams by id.
    pub contractors: BTreeMap<Id, String>,
    /// Devices' names by id.
    pub devices: BTreeMap<Id, String>,
    /// Frozen records by digest.
    pub frozen: BTreeMap<Digest, FrozenRecord>,
    /// The digest of the record's content as it stands now.
    pub content: Digest,
    /// The hub's key; `None` when no hub was met.
    pub hub: Option<HubPublic>,
    /// Receipts of chains and files at hand.
    pub receipts: Vec<Receipt>,
    /// The chain head of each device after a number, where it is known.
    pub heads: BTreeMap<EventRef, Digest>,
    /// Records of this unit.
    pub records: u64,
    /// File name of the bundle.
    pub bundle: String,
}

pub(super) fn w(key: &str) -> Words {
    Words::new(word(Lang::Zh, key), word(Lang::En, key))
}

pub(super) fn wa(key: &str, args: &[(&str, String)]) -> Words {
    Words::new(tr(Lang::Zh, key, args), tr(Lang::En, key, args))
}

/// Whether anybody walked the unit: before that there is nothing that a report could say.
fn walked(handover: &Aggregate) -> bool {
    handover.frozen().next().is_some() || !matches!(handover.phase, Phase::Open | Phase::Planned | Phase::Appointed)
}

impl Dossier {
    /// The acceptance report (S0-11); `None` before anybody walked the unit: nothing was inspected that it could say.
    pub fn acceptance_report(&self) -> Option<Document> {
        (walked(&self.handover) || !self.gatherings.is_empty()).then(|| Document::AcceptanceReport(Box::new(acceptance::report(self))))
    }

    /// The rectification record (S0-12).
    pub fn rectification_record(&self) -> Document {
        Document::RectificationRecord(Box::new(rectification::record(self)))
    }

    /// The handover notice (S4-12); `None` before there is an appointment.
    pub fn notice(&self) -> Option<Document> {
        notice::notice(self).map(|d| Document::HandoverNotice(Box::new(d)))
    }

    /// The guide that goes with it (S1-16).
    pub fn guide(&self) -> Document {
        Document::HandoverGuide(Box::new(notice::guide(self)))
    }

    pub(super) fn moment(&self, at: UtcMs) -> Moment {
        let offset_s = at.to_utc().with_timezone(&self.zone).offset().fix().local_minus_utc();
        Moment { at_ms: at, offset_min: (offset_s / 60) as i16 }
    }

    pub(super) fn name(&self, person: Id) -> Personal {
        match self.people.get(&person) {
            Some(Person { name: Some(name), .. }) => Personal::known(name.clone()),
            Some(Person { erased: true, .. }) => Personal::Erased,
            _ => Personal::Withheld,
        }
    }

    pub(super) fn role(&self, role: &str) -> Words {
        match self.profile.roles.list.get(role) {
            Some(known) => Words::new(known.name(Lang::Zh), known.name(Lang::En)),
            None => Words::one(role),
        }
    }

    /// The words of a room by its key.
    pub(super) fn room(&self, key: &str) -> Words {
        match crate::field::rooms_of(&self.unit).into_iter().find(|r| r.key == key) {
            Some(room) => Words::new(room.zh, room.en),
            None => self.named(key, |lang| self.profile.taxonomy.spaces.name(key, lang).to_owned()),
        }
    }

    pub(super) fn named(&self, _: &str, name: impl Fn(Lang) -> String) -> Words {
        Words::new(name(Lang::Zh), name(Lang::En))
    }

    pub(super) fn place(&self, snag: &Aggregate) -> Words {
        let room = self.room(snag.text("room").unwrap_or_default());
        let element = snag.text("element").unwrap_or_default();
        let elements = &self.profile.taxonomy.elements;
        Words::new(format!("{} {}", room.zh, elements.name(element, Lang::Zh)), format!("{}, {}", room.en, elements.name(element, Lang::En)))
    }

    pub(super) fn defect(&self, snag: &Aggregate) -> Words {
        let id = snag.text("defect").unwrap_or_default();
        self.named(id, |lang| self.profile.taxonomy.defects.name(id, lang).to_owned())
    }

    pub(super) fn severity(&self, snag: &Aggregate) -> Words {
        match snag.text("severity") {
            Some(id) => self.named(id, |lang| self.profile.taxonomy.severities.name(id, lang).to_owned()),
            None => Words::default(),
        }
    }

    /// The unit's owners.
    pub(super) fn owners(&self) -> Vec<Id> {
        match self.unit.get("owners") {
            Some(Value::List(list)) => list.iter().filter_map(Value::id).collect(),
            _ => Vec::new(),
        }
    }

    /// Snags by number.
    pub(super) fn snags_in_order(&self) -> Vec<&Aggregate> {
        let mut snags: Vec<&Aggregate> = self.snags.iter().collect();
        snags.sort_by_key(|s| (number_of(s), s.id));
        snags
    }

    pub(super) fn photo(&self, thing: &Aggregate, photo: &crate::model::act::PhotoAdd, about: Words) -> Photo {
        let facts: Option<crate::evidence::PhotoFacts> = minicbor::decode(&photo.facts).ok();
        let drawing = match thing.get(&format!("drawing:{}", photo.sha256)) {
            Some(Value::Drawing(shapes)) => marks(shapes, facts.as_ref().map_or(1.0, crate::evidence::PhotoFacts::aspect)),
            _ => Vec::new(),
        };
        let taken = facts.and_then(|f| f.taken_utc).map(|at| self.moment(at));
        Photo { digest: photo.sha256, taken, about, drawing }
    }

    /// The signatures under the newest signed version, and that version.
    pub(super) fn signatures(&self) -> Vec<(&Entry, &Signed)> {
        let all: Vec<(&Entry, &Signed)> = self.handover.done().filter_map(|e| if let Act::Sign(s) = &e.act { Some((e, &**s)) } else { None }).collect();
        let newest = all.iter().map(|(_, s)| s.version).max();
        all.into_iter().filter(|(_, s)| Some(s.version) == newest).collect()
    }

    /// The record that the report shows: the newest signed one, else the newest frozen one.
    pub(super) fn shown_record(&self) -> Option<&FrozenRecord> {
        let signed = self.signatures().first().map(|(_, s)| s.record);
        signed.and_then(|d| self.frozen.get(&d)).or_else(|| self.frozen.values().max_by_key(|r| r.version))
    }

    pub(super) fn participants(&self, list: &[(Id, Part)]) -> Vec<Participant> {
        list.iter()
            .map(|(_, p)| Participant {
                role: self.role(&p.role),
                name: self.participant_name(p),
                organisation: p.organisation.clone().map(Words::one).unwrap_or_default(),
                identity: p.identity_check.as_deref().map(|how| wa("doc-identity", &[("how", how.to_owned())])).unwrap_or_default(),
                mandate: p.mandate.as_ref().map(|m| crate::report::Mandate {
                    document: Words::one(m.clone()),
                    dated: None,
                    scope: Words::default(),
                    photo: None,
                }),
                presence: w("doc-present"),
                on_cover: true,
            })
            .collect()
    }

    pub(super) fn participant_name(&self, participant: &Part) -> Personal {
        let person = self.people.get(&participant.person);
        if person.is_some_and(|p| p.erased) {
            return Personal::Erased;
        }
        match (&participant.name, person.and_then(|p| p.key.as_ref())) {
            (Some(sealed), Some(key)) => key.open_text(sealed).map_or(Personal::Withheld, Personal::Known),
            _ => self.name(participant.person),
        }
    }

    pub(super) fn signature(&self, entry: &Entry, signed: &Signed, record: &FrozenRecord) -> crate::report::Signature {
        let participant = record.participants.iter().find(|(id, _)| *id == signed.signer).map(|(_, p)| p);
        let witness =
            signed.witness.and_then(|id| record.participants.iter().find(|(p, _)| *p == id)).map_or(Personal::Withheld, |(_, p)| self.participant_name(p));
        use crate::model::act::Outcome;
        let reason = signed.reason.clone().unwrap_or_default();
        let act = match signed.outcome {
            Outcome::Absent => SignatureAct::Absent { reason, witness },
            Outcome::NotSigned => SignatureAct::RefusedToSign { reason, witness },
            _ => SignatureAct::Signed { strokes: self.strokes(signed) },
        };
        let outcome = match signed.outcome {
            Outcome::Accepted => "doc-signed-accepted",
            Outcome::InPart => "doc-signed-in-part",
            Outcome::Refused => "doc-signed-refused",
            Outcome::Absent => "doc-signed-absent",
            Outcome::NotSigned => "doc-signed-not",
            Outcome::Attested => "doc-signed-attested",
        };
        let at = entry.origin.at();
        let received = self.received(at);
        let reached = crate::rules::level::reached_in(&self.handover, entry, signed);
        crate::report::Signature {
            name: participant.map_or(Personal::Withheld, |p| self.participant_name(p)),
            role: self.role(&signed.role),
            act,
            signed: wa(outcome, &[("version", signed.version.to_string())]),
            level: reached.level,
            level_note: Words::new(reached.note(Lang::Zh), reached.note(Lang::En)),
            identity: participant.and_then(|p| p.identity_check.as_deref()).map(|how| wa("doc-identity", &[("how", how.to_owned())])).unwrap_or_default(),
            device_time: self.moment(device_time(&entry.origin)),
            offline_min: received.map(|r| ((r.0 - entry.origin.order.hlc.ms.0).max(0) / 60_000) as u32),
            hub_time: received.map(|r| self.moment(r)),
            clock_error_s: Some(entry.origin.skew_ms / 1000).filter(|_| received.is_some()),
            device_seal: self.heads.get(&at).map(|head| DeviceSeal {
                device: Words::one(self.devices.get(&at.device).cloned().unwrap_or_else(|| at.device.short())),
                sequence: at.seq,
                head: *head,
            }),
        }
    }

    fn strokes(&self, signed: &Signed) -> Vec<Vec<StrokePoint>> {
        let Some(sealed) = &signed.strokes else { return Vec::new() };
        let plain = self.people.get(&sealed.person).and_then(|p| p.key.as_ref()).and_then(|key| key.open(sealed));
        let strokes: Vec<Stroke> = plain.and_then(|bytes| minicbor::decode(&bytes).ok()).unwrap_or_default();
        // The pad is twice as wide as it is high; ppm are of each side.
        let point =
            |p: &crate::model::act::StrokePoint| StrokePoint { x: p.x_ppm as f32 * 2.0, y: p.y_ppm as f32, pressure: f32::from(p.pressure_milli) / 1000.0 };
        strokes.iter().map(|stroke| stroke.iter().map(point).collect()).collect()
    }

    /// When the hub received an event, by the receipt that covers it.
    pub(super) fn received(&self, at: EventRef) -> Option<UtcMs> {
        self.receipts
            .iter()
            .filter_map(|r| match &r.leaf {
                Leaf::Chain { device, chain, received } if *device == at.device && chain.seq >= at.seq => Some((chain.seq, *received)),
                _ => None,
            })
            .min()
            .map(|(_, received)| received)
    }

    fn photos_on_hub(&self, photos: &[Digest]) -> u32 {
        photos.iter().filter(|d| self.receipts.iter().any(|r| matches!(&r.leaf, Leaf::Blob { sha256, .. } if sha256 == *d))).count() as u32
    }

    pub(super) fn sheet(&self, number: &str, record: Option<&FrozenRecord>) -> Sheet {
        let text = |f: &str| self.unit.text(f).unwrap_or_default().to_owned();
        let (building, entrance, no) = (text("building"), text("entrance"), text("number"));
        let door = [building.as_str(), entrance.as_str(), no.as_str()].iter().filter(|t| !t.is_empty()).copied().collect::<Vec<_>>().join("-");
        let issued = self.handover.done().filter_map(|e| if let Act::Number(n) = &e.act { Some(n.clone()) } else { None }).find(|n| n.starts_with(number));
        let args = [("community", self.community.clone()), ("building", building), ("entrance", entrance), ("number", no)];
        let area = self.unit.get("surveyed_area_milli").and_then(Value::int);
        let finish = text("finish_level");
        let levels = &self.profile.taxonomy.finish_levels;
        let about = |lang: Lang| {
            [text("layout_type"), levels.name(&finish, lang).to_owned(), area.map(square_metres).unwrap_or_default()]
                .into_iter()
                .filter(|t| !t.is_empty())
                .collect::<Vec<_>>()
                .join(if lang == Lang::Zh { "，" } else { ", " })
        };
        let signed = self.signatures();
        let last_signed = signed.iter().map(|(e, _)| e.origin.at()).max();
        let received = last_signed.and_then(|at| self.received(at));
        let photos = record.map(FrozenRecord::photos).unwrap_or_default();
        let newest = self.frozen.values().map(|r| r.version).max().unwrap_or(0);
        let standing = match record {
            None => Standing::Draft,
            Some(_) if signed.is_empty() => Standing::Draft,
            Some(r) if r.version < newest => Standing::Superseded { by_version: newest },
            Some(r) if r.content_digest() != self.content => Standing::Superseded { by_version: r.version + 1 },
            Some(_) => Standing::Sealed,
        };
        let temporary = format!("{number}-{}", &self.unit.id.short());
        Sheet {
            number: DocNumber { temporary: issued.is_none(), text: issued.unwrap_or(temporary) },
            version: record.map_or(1, |r| r.version),
            unit: UnitHead { full: wa("doc-unit-full", &args), short: Words::one(format!("{} {door}", self.community)), about: self.named("", about) },
            standing,
            digest: record.filter(|_| !signed.is_empty()).map(FrozenRecord::digest),
            proof_state: if received.is_none() {
                ProofState::OnDevice
            } else if self.photos_on_hub(&photos) as usize == photos.len() {
                ProofState::Safe
            } else {
                ProofState::Sending
            },
            seal: self
                .newest_checkpoint()
                .map(|(size, _, _)| {
                    wa("doc-seal", &[("key", self.hub.map(|h| h.fingerprint().to_string()[..4].to_owned()).unwrap_or_default()), ("size", size.to_string())])
                })
                .unwrap_or_default(),
            frozen: self.moment(record.map_or_else(|| self.handover.created.as_ref().map_or(UtcMs(0), |o| o.order.hlc.ms), |r| r.frozen)),
        }
    }

    /// The newest checkpoint at hand: leaves, root, and when the hub received that leaf.
    fn newest_checkpoint(&self) -> Option<(u64, Digest, UtcMs)> {
        let hub = self.hub?;
        self.receipts
            .iter()
            .filter_map(|r| {
                let received = match &r.leaf {
                    Leaf::Chain { received, .. } | Leaf::Blob { received, .. } => *received,
                };
                open_checkpoint(&r.checkpoint, &hub).ok().map(|head| (head.size, head.root, received))
            })
            .max_by_key(|(size, ..)| *size)
    }

    pub(super) fn proof(&self, sheet: &Sheet, record: Option<&FrozenRecord>) -> Option<Proof> {
        let record = record?;
        let photos = record.photos();
        let hub_key = self.hub.map(|h| h.fingerprint());
        let mut devices: Vec<Id> = self.snags.iter().chain([&self.handover]).flat_map(|a| a.entries.iter().map(|e| e.origin.at().device)).collect();
        devices.sort_unstable();
        devices.dedup();
        let first_contact = self.signatures().iter().filter_map(|(e, _)| self.received(e.origin.at())).min().map(|at| self.moment(at));
        Some(Proof {
            hub_key_name: self.hub.map(|h| crate::log::receipt::origin(&h)).unwrap_or_default(),
            hub_key,
            checkpoint: self.newest_checkpoint().zip(self.hub).map(|((size, root, at), hub)| Checkpoint {
                origin: crate::log::receipt::origin(&hub),
                number: size,
                size,
                root: root.to_string(),
                at: self.moment(at),
            }),
            stamp: None,
            records: self.records,
            devices: devices.len() as u32,
            photos: photos.len() as u32,
            photos_on_hub: self.photos_on_hub(&photos),
            first_contact,
            bundle: self.bundle.clone(),
            qr: format!("keyturn-report:1;{};{};{}", sheet.number.text, record.digest(), hub_key.map(|k| k.to_string()).unwrap_or_default()),
        })
    }
}

pub(super) fn number_of(snag: &Aggregate) -> u32 {
    snag.get("number").and_then(Value::int).and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

pub(super) fn device_time(origin: &Origin) -> UtcMs {
    UtcMs(origin.order.hlc.ms.0.saturating_add(origin.skew_ms))
}

/// Thousandths of a square metre as printed.
pub(super) fn square_metres(milli: i64) -> String {
    format!("{} m²", crate::policy::Milli(milli).to_fixed(2))
}

pub(super) fn day(text: Option<&str>) -> Option<chrono::NaiveDate> {
    text?.parse().ok()
}
