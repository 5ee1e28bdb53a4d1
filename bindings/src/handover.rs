//! The walk-through beside its lines: who takes part, meters, keys, documents, questions, closing.

use crate::{
    store::{FieldStore, Result},
    types::{EventRef, Id, NamedView, Phase, PhotoState, Sha256, SignOutcome, UtcMs, Words},
};
use keyturn_core::{
    field,
    model::value::{Done, Meter},
    rules::level::LevelWord,
    words::Lang,
};
use std::path::PathBuf;

/// Snags and photos counted by state: the numbers of chips, filters and badges.
#[derive(Clone, Debug, Default, PartialEq, Eq, uniffi::Record)]
pub struct TallyView {
    /// Snags in all.
    pub snags: u32,
    /// Recorded.
    pub recorded: u32,
    /// Ordered.
    pub ordered: u32,
    /// In work.
    pub in_work: u32,
    /// Done, to be re-checked.
    pub done: u32,
    /// Rejected.
    pub rejected: u32,
    /// Confirmed.
    pub confirmed: u32,
    /// Not confirmed, with a clock that is overdue.
    pub overdue: u32,
    /// Not confirmed, with a clock that is due soon.
    pub due_soon: u32,
    /// Photos in all.
    pub photos: u32,
    /// Photos taken here that are not safe on the hub yet.
    pub photos_unsent: u32,
}

impl TallyView {
    pub(crate) fn add(&mut self, snag: &field::SnagView) {
        self.snags += 1;
        let place = match snag.phase {
            Phase::Recorded => &mut self.recorded,
            Phase::Ordered => &mut self.ordered,
            Phase::InWork => &mut self.in_work,
            Phase::Done => &mut self.done,
            Phase::Rejected => &mut self.rejected,
            _ => &mut self.confirmed,
        };
        *place += 1;
        if snag.phase != Phase::Confirmed {
            self.overdue += u32::from(snag.is_overdue());
            self.due_soon += u32::from(!snag.is_overdue() && snag.is_due_soon());
        }
        for photo in &snag.photos {
            self.photos += 1;
            self.photos_unsent += u32::from(photo.proof.is_some_and(|state| state != PhotoState::Safe));
        }
    }
}

/// A handover.
#[derive(Clone, Debug, uniffi::Record)]
pub struct HandoverView {
    /// The handover.
    pub id: Id,
    /// Its unit.
    pub unit: Id,
    /// The unit as people say it.
    pub unit_label: String,
    /// Where it stands.
    pub phase: Phase,
    /// Lines answered.
    pub answered: u32,
    /// Lines in all.
    pub lines: u32,
    /// Meters of the profile, read or not.
    pub meters: Vec<MeterView>,
    /// Keys of the profile, given or not.
    pub keys: Vec<GivenView>,
    /// Documents of the profile, given or not.
    pub documents: Vec<GivenView>,
    /// Parts, completed, waived or open.
    pub parts: Vec<GivenView>,
    /// Pre-check items, done or not.
    pub precheck: Vec<GivenView>,
    /// Who takes part.
    pub participants: Vec<ParticipantView>,
    /// Questions and answers.
    pub questions: Vec<QuestionView>,
    /// Disputes noted on site.
    pub disputes: Vec<String>,
    /// Signatures.
    pub signatures: Vec<SignatureView>,
}

/// A meter and what it showed.
#[derive(Clone, Debug, uniffi::Record)]
pub struct MeterView {
    /// The kind.
    pub kind: String,
    /// Its name.
    pub name: Words,
    /// The unit of measurement.
    pub unit: Words,
    /// Digits after the point.
    pub decimals: u8,
    /// The number on the meter; none before it is read.
    pub number: Option<String>,
    /// The reading in thousandths of the unit of measurement.
    pub reading_milli: Option<i64>,
    /// The photo of it.
    pub photo: Option<Sha256>,
}

/// Something handed over, completed or waived.
#[derive(Clone, Debug, uniffi::Record)]
pub struct GivenView {
    /// The kind.
    pub kind: String,
    /// Its name.
    pub name: Words,
    /// Said yet.
    pub said: bool,
    /// Given, completed.
    pub done: bool,
    /// How many.
    pub count: Option<u32>,
    /// Why not, or a remark.
    pub reason: Option<String>,
}

/// Somebody who takes part.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ParticipantView {
    /// Participant id: what signs.
    pub id: Id,
    /// Person.
    pub person: Id,
    /// Role id.
    pub role: String,
    /// The role in words.
    pub role_name: Words,
    /// Organisation.
    pub organisation: Option<String>,
    /// Name where readable.
    pub name: Option<String>,
    /// How the identity was checked.
    pub identity_check: Option<String>,
    /// Mandate of a representative.
    pub mandate: Option<String>,
}

/// A question of the owner.
#[derive(Clone, Debug, uniffi::Record)]
pub struct QuestionView {
    /// What [`FieldStore::reply`] names it by.
    pub id: String,
    /// The question.
    pub text: String,
    /// The answer.
    pub answer: Option<String>,
    /// To be followed up.
    pub follow_up: bool,
}

/// A signature.
#[derive(Clone, Debug, uniffi::Record)]
pub struct SignatureView {
    /// The record's digest.
    pub record: Sha256,
    /// Its version.
    pub version: u32,
    /// Signer's participant id.
    pub signer: Id,
    /// Signer's role in words.
    pub role_name: Words,
    /// Result.
    pub outcome: SignOutcome,
    /// Level reached: 1 drawing, 2 one-time code, 3 key of the signer.
    pub level: u8,
    /// What the level rests on; empty for a plain drawing.
    pub level_note: Words,
    /// The hub has still to check the one-time code: the next sync brings its word.
    pub code_unchecked: bool,
    /// Corrected time.
    pub at: UtcMs,
    /// The record has changed since: this signature stands for the earlier version.
    pub superseded: bool,
}

/// Somebody joins.
#[derive(Clone, Debug, uniffi::Record)]
pub struct NewParticipant {
    /// A person already known, such as an owner.
    #[uniffi(default = None)]
    pub person: Option<Id>,
    /// The role.
    pub role: String,
    /// The organisation.
    #[uniffi(default = None)]
    pub organisation: Option<String>,
    /// The name of somebody first met here.
    #[uniffi(default = None)]
    pub name: Option<String>,
    /// How the identity was checked.
    #[uniffi(default = None)]
    pub identity_check: Option<String>,
    /// A representative's mandate.
    #[uniffi(default = None)]
    pub mandate: Option<String>,
}

/// What the profile lists, with what was said of each.
fn given<T: keyturn_core::policy::Entry>(list: &keyturn_core::policy::Catalog<T>, said: &[(String, Done)], only: Option<&[String]>) -> Vec<GivenView> {
    list.iter()
        .filter(|entry| only.is_none_or(|only| only.iter().any(|id| id == entry.id())))
        .map(|entry| {
            let NamedView { id, name } = NamedView::of(entry);
            let done = said.iter().find(|(kind, _)| *kind == id).map(|(_, done)| done.clone());
            GivenView {
                kind: id,
                name,
                said: done.is_some(),
                done: done.as_ref().is_some_and(|d| d.done),
                count: done.as_ref().and_then(|d| d.count),
                reason: done.and_then(|d| d.reason),
            }
        })
        .collect()
}

fn view(core: &field::FieldStore, handover: field::HandoverView) -> Result<HandoverView> {
    let profile = core.profile_at(handover.unit)?;
    let taxonomy = &profile.taxonomy;
    let meters = taxonomy.meters.iter().map(|meter| {
        let read: Option<&Meter> = handover.meters.iter().find(|(kind, _)| *kind == meter.id).map(|(_, read)| read);
        MeterView {
            kind: meter.id.clone(),
            name: NamedView::of(meter).name,
            unit: Words::named(&profile.limits.units, &meter.unit),
            decimals: meter.decimals,
            number: read.map(|r| r.number.clone()),
            reading_milli: read.map(|r| r.reading_milli),
            photo: read.and_then(|r| r.photo),
        }
    });
    let role = |id: &str| Words::named(&profile.roles.list, id);
    Ok(HandoverView {
        id: handover.id,
        unit: handover.unit,
        unit_label: core.label(handover.unit)?,
        phase: handover.phase,
        answered: u32::try_from(handover.answered).unwrap_or(u32::MAX),
        lines: u32::try_from(handover.lines).unwrap_or(u32::MAX),
        meters: meters.collect(),
        keys: given(&taxonomy.keys, &handover.keys, None),
        documents: given(&taxonomy.documents, &handover.documents, None),
        parts: given(&taxonomy.parts, &handover.parts, None),
        precheck: given(&taxonomy.prechecks, &handover.precheck, Some(&profile.handover.gate.precheck_items.value)),
        participants: handover
            .participants
            .into_iter()
            .map(|p| ParticipantView {
                id: p.id,
                person: p.person,
                role_name: role(&p.role),
                role: p.role,
                organisation: p.organisation,
                name: p.name,
                identity_check: p.identity_check,
                mandate: p.mandate,
            })
            .collect(),
        questions: handover.questions.into_iter().map(|q| QuestionView { id: q.id, text: q.text, answer: q.answer, follow_up: q.follow_up }).collect(),
        disputes: handover.disputes,
        signatures: handover
            .signatures
            .into_iter()
            .map(|s| SignatureView {
                record: s.record,
                version: s.version,
                signer: s.signer,
                role_name: role(&s.role),
                outcome: s.outcome,
                level: s.reached.level,
                code_unchecked: s.reached.word == LevelWord::CodeUnchecked,
                level_note: Words { zh: s.reached.note(Lang::Zh), en: s.reached.note(Lang::En) },
                at: s.at,
                superseded: s.superseded,
            })
            .collect(),
    })
}

#[uniffi::export]
impl FieldStore {
    /// The handover of a unit.
    pub fn handover(&self, unit: Id) -> Result<HandoverView> {
        let core = self.core()?;
        let handover = core.handover(unit)?;
        view(&core, handover)
    }

    /// Begins the file of a unit's handover; does nothing when it is there.
    pub fn plan_handover(&self, unit: Id) -> Result<Id> {
        Ok(self.core()?.handover_plan(unit)?)
    }

    /// Records a pre-check item of the unit.
    pub fn precheck(&self, unit: Id, item: &str, done: bool, remark: Option<String>) -> Result<()> {
        Ok(self.core()?.precheck(unit, item, done, remark)?)
    }

    /// Appoints the walk-through with its escort (a person).
    pub fn appoint(&self, unit: Id, at: UtcMs, escort: Id, place: Option<String>) -> Result<()> {
        Ok(self.core()?.appoint(unit, at, escort, place)?)
    }

    /// Records that the notice went out: a way of the profile, a tracking number, the notice document if there is one.
    pub fn notice_sent(&self, unit: Id, method: &str, tracking: Option<String>, document: Option<Sha256>) -> Result<EventRef> {
        Ok(self.core()?.notice(unit, method, tracking, document)?)
    }

    /// Records the proof that a notice arrived.
    pub fn notice_proof(&self, unit: Id, notice: EventRef, arrived: UtcMs, by: &str) -> Result<()> {
        Ok(self.core()?.notice_proof(unit, notice, arrived, by)?)
    }

    /// The walk-through begins.
    pub fn start(&self, unit: Id) -> Result<()> {
        Ok(self.core()?.start(unit)?)
    }

    /// Adds a participant; the participant's id. The same person in the same role again corrects what was said before.
    pub fn join(&self, unit: Id, new: NewParticipant) -> Result<Id> {
        let NewParticipant { person, role, organisation, name, identity_check, mandate } = new;
        Ok(self.core()?.participant(unit, field::NewParticipant { person, role, organisation, name, identity_check, mandate })?)
    }

    /// Reads a meter, with a photo of it if there is one.
    pub fn read_meter(&self, unit: Id, kind: &str, number: &str, reading_milli: i64, photo: Option<PathBuf>) -> Result<()> {
        Ok(self.core()?.meter(unit, kind, number, reading_milli, photo.as_deref())?)
    }

    /// Records keys handed over or held for repairs.
    pub fn keys_given(&self, unit: Id, kind: &str, count: u32, remark: Option<String>) -> Result<()> {
        Ok(self.core()?.keys_given(unit, kind, count, remark)?)
    }

    /// Records a document handed over, or that it was not.
    pub fn document_given(&self, unit: Id, kind: &str, given: bool, remark: Option<String>) -> Result<()> {
        Ok(self.core()?.document_given(unit, kind, given, remark)?)
    }

    /// Completes a part of the handover, or waives it with a reason.
    pub fn set_part(&self, unit: Id, part: &str, done: bool, reason: Option<String>) -> Result<()> {
        Ok(self.core()?.part(unit, part, done, reason)?)
    }

    /// Notes a question of the owner, and its answer if there is one; its name.
    pub fn ask(&self, unit: Id, text: &str, answer: Option<String>, follow_up: bool) -> Result<EventRef> {
        Ok(self.core()?.ask(unit, text, answer, follow_up)?)
    }

    /// Answers an earlier question.
    pub fn reply(&self, unit: Id, question: EventRef, text: &str) -> Result<()> {
        Ok(self.core()?.reply(unit, question, text)?)
    }

    /// Notes a dispute on site.
    pub fn dispute(&self, unit: Id, text: &str) -> Result<()> {
        Ok(self.core()?.dispute(unit, text)?)
    }

    /// Closes the handover.
    pub fn close_handover(&self, unit: Id, remark: Option<String>) -> Result<()> {
        Ok(self.core()?.close(unit, remark)?)
    }
}
