//! The walk-through: making ready, appointment and notice, participants, lines, meters, keys, documents, questions, disputes.

use super::{
    Acting, FieldStore, HandoverView, ParticipantView, QuestionView, Result, SignatureView, handover_id,
    units::{WALKTHROUGH, contract_value, judge},
    views::text_of,
};
use crate::{
    log::{EventRef, fold::Aggregate},
    model::{
        Digest, Id, UtcMs, Value,
        act::Act,
        body::{AggKind, Body, Change, Create},
        value::{Answer, Done, LineAnswer, Meter, Participant},
    },
    policy::measure::Outcome as MeasureOutcome,
    rules::{Refusal, level::reached_in, sane},
};
use std::path::Path;

/// An answer to a line.
#[derive(Clone, Debug)]
pub struct LineRequest {
    /// The line's key.
    pub line: String,
    /// The answer.
    pub answer: Answer,
    /// Measured points in thousandths of the limit's unit.
    pub points_milli: Vec<i64>,
    /// The snag that goes with it.
    pub snag: Option<Id>,
    /// Why out of tolerance, not applicable or not checked.
    pub reason: Option<String>,
    /// What was found, where the contract says something.
    pub found: Option<String>,
}

/// Somebody joins the handover (S0-10).
#[derive(Clone, Debug)]
pub struct NewParticipant {
    /// A person already known, such as an owner.
    pub person: Option<Id>,
    /// The role.
    pub role: String,
    /// The organisation.
    pub organisation: Option<String>,
    /// The name of somebody first met here.
    pub name: Option<String>,
    /// How the identity was checked.
    pub identity_check: Option<String>,
    /// A representative's mandate.
    pub mandate: Option<String>,
}

impl FieldStore {
    /// Begins the file of a unit's handover; does nothing when it is there.
    ///
    /// # Errors
    /// When the unit is not here or the role may not.
    pub fn handover_plan(&self, unit: Id) -> Result<Id> {
        let id = handover_id(unit);
        self.act(|act| plan(act, unit))?;
        Ok(id)
    }

    fn set_on_handover(&self, unit: Id, field: String, value: Value) -> Result<()> {
        self.act(|act| {
            let id = plan(act, unit)?;
            set(act, id, field, value)
        })
    }

    /// Records a pre-check item of the unit (S1-15).
    ///
    /// # Errors
    /// When the role may not, or the item is not one of the profile's.
    pub fn precheck(&self, unit: Id, item: &str, done: bool, remark: Option<String>) -> Result<()> {
        if !self.profile().handover.gate.precheck_items.value.iter().any(|i| i == item) {
            return Err(Refusal::with("rule-unknown-item", "item", item).into());
        }
        self.set_on_handover(unit, format!("precheck:{item}"), Value::Done(Done { done, count: None, reason: remark }))
    }

    /// Appoints the walk-through with its escort (S1-17); refused before the gate is open (S1-15, S2-54).
    ///
    /// # Errors
    /// What is missing, that the escort is not known here, or that the time is over.
    pub fn appoint(&self, unit: Id, when: UtcMs, escort: Id, place: Option<String>) -> Result<()> {
        let case = self.store.thing(handover_id(unit))?.unwrap_or_else(|| Aggregate::empty(handover_id(unit)));
        self.may(&case, "handover.appoint")?;
        self.need_person(escort)?;
        sane::appointment(self.profile_of(&case), when, self.now(), self.zone()?)?;
        self.act(|act| {
            let id = plan(act, unit)?;
            act.append(id, &Body::Act(Act::Appoint(when, escort, place))).map(|_| ())
        })
    }

    /// Records that the notice went out (S4-12), with the notice document and a photo of the proof if there is one.
    ///
    /// # Errors
    /// When the way of dispatch is unknown or lacks its proof, or the document is none that was made for this unit.
    pub fn notice(&self, unit: Id, method: &str, tracking: Option<String>, document: Option<Digest>) -> Result<EventRef> {
        self.act(|act| {
            let id = plan(act, unit)?;
            let case = act.thing(id, "handover")?;
            if document.is_some_and(|of| !case.done().any(|e| matches!(&e.act, Act::Document(_, made, ..) if *made == of))) {
                return Err(super::FieldError::NotFound("document"));
            }
            Ok(act.append(id, &Body::Act(Act::Notice(method.to_owned(), tracking, document)))?.at())
        })
    }

    /// Records the proof that a notice arrived.
    ///
    /// # Errors
    /// When there is no such notice, it arrived in the future, or the role may not.
    pub fn notice_proof(&self, unit: Id, notice: EventRef, arrived: UtcMs, by: &str) -> Result<()> {
        let case = self.need(handover_id(unit), "handover")?;
        self.may(&case, "handover.notice_proof")?;
        if !case.done().any(|e| e.origin.at() == notice && matches!(e.act, Act::Notice(..))) {
            return Err(super::FieldError::NotFound("notice"));
        }
        if arrived > self.now() {
            return Err(Refusal::plain("rule-proof-future").into());
        }
        self.act(|act| act.append(handover_id(unit), &Body::Act(Act::NoticeProof(notice, arrived, by.to_owned()))).map(|_| ()))
    }

    /// The walk-through begins.
    ///
    /// # Errors
    /// When there is no appointment.
    pub fn start(&self, unit: Id) -> Result<()> {
        let finish = text_of(&self.need(unit, "unit")?, "finish_level");
        self.act(|act| {
            let id = plan(act, unit)?;
            act.append(id, &Body::Act(Act::Start(finish, WALKTHROUGH.to_owned()))).map(|_| ())
        })
    }

    /// Adds a participant; the participant's id.
    ///
    /// # Errors
    /// When neither a person nor a name is given, or the person is not known here.
    pub fn participant(&self, unit: Id, new: NewParticipant) -> Result<Id> {
        if !self.profile().roles.list.has(&new.role) || new.role == crate::rules::HUB_ROLE {
            return Err(Refusal::with("rule-unknown-item", "item", new.role.clone()).into());
        }
        if let Some(person) = new.person.filter(|_| new.name.is_none()) {
            self.need_person(person)?;
        }
        self.act(|act| {
            let id = plan(act, unit)?;
            let value = participant_of(act, &new)?;
            // The same person in the same role again: what is said now corrects what was said before.
            let before = participants_of(&act.thing(id, "handover")?).into_iter().find(|(_, p)| p.person == value.person && p.role == value.role);
            let participant = before.map_or_else(|| act.wrote.new_id(), |(at, _)| at);
            set(act, id, format!("participant:{participant}"), Value::Participant(value))?;
            Ok(participant)
        })
    }

    /// Answers a line. The verdict on measured points follows from the line's own rule; out of tolerance needs a snag or a reason.
    ///
    /// # Errors
    /// When the line is not in this unit's checklist, or an excuse is missing.
    pub fn answer(&self, unit: Id, request: LineRequest) -> Result<LineAnswer> {
        self.answer_lines(unit, vec![request], false).map(|mut answers| answers.remove(0))
    }

    /// Answers every open line that needs no measuring and has no snag on it as fine, recorded as answered together; those lines.
    ///
    /// # Errors
    /// When the unit or its walk-through is not here.
    pub fn rest_fine(&self, unit: Id, room: Option<&str>) -> Result<Vec<String>> {
        let lines = self.lines(unit, room, crate::words::Lang::En)?;
        // Where a snag is recorded it is not fine; those lines stay open and are told ([`Self::snag_lines`]).
        let spoken: Vec<String> = self.snag_lines(unit)?.into_iter().map(|(line, _)| line).collect();
        let open: Vec<LineRequest> = lines
            .into_iter()
            .filter(|l| l.answer.is_none() && l.limit.is_none() && l.contract.is_none() && !spoken.contains(&l.key))
            .map(|l| LineRequest { line: l.key, answer: Answer::Fine, points_milli: Vec::new(), snag: None, reason: None, found: None })
            .collect();
        let keys = open.iter().map(|r| r.line.clone()).collect();
        if !open.is_empty() {
            self.answer_lines(unit, open, true)?;
        }
        Ok(keys)
    }

    fn answer_lines(&self, unit: Id, requests: Vec<LineRequest>, together: bool) -> Result<Vec<LineAnswer>> {
        let thing = self.need(unit, "unit")?;
        let lines = self.checklist(&thing)?;
        let limits = &self.profile_at(thing.id)?.limits;
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            if let Some(snag) = request.snag
                && self.need(snag, "snag")?.unit != Some(unit)
            {
                return Err(super::FieldError::NotFound("snag"));
            }
            let line = lines.iter().find(|l| l.key == request.line).ok_or(super::FieldError::NotFound("line"))?;
            let contract = contract_value(&thing, line);
            let mut answer = LineAnswer {
                answer: request.answer,
                together,
                points_milli: request.points_milli,
                verdict: None,
                snag: request.snag,
                reason: request.reason,
                contract,
                found: request.found,
            };
            let limit = line.limit.as_deref().and_then(|id| limits.get(id));
            if answer.answer == Answer::Fine && answer.points_milli.is_empty() && limit.is_some_and(|l| l.value.is_some()) {
                return Err(Refusal::with("rule-line-measure", "line", line.key.clone()).into());
            }
            if let Some(limit) = limit
                && !answer.points_milli.is_empty()
            {
                let verdict = judge(limit, &answer, answer.contract.as_deref());
                answer.verdict = Some(
                    match verdict.outcome {
                        MeasureOutcome::Pass => "pass",
                        MeasureOutcome::Fail => "fail",
                        MeasureOutcome::NotJudged(_) => "not_judged",
                        MeasureOutcome::Incomplete { .. } => "incomplete",
                    }
                    .to_owned(),
                );
                let excused = answer.snag.is_some() || answer.reason.as_deref().is_some_and(|r| !r.trim().is_empty());
                if verdict.needs_cause() && !excused {
                    return Err(Refusal::with("rule-line-reason", "line", line.key.clone()).into());
                }
            }
            answers.push((format!("line:{}", line.key), answer));
        }
        self.act(|act| {
            let id = plan(act, unit)?;
            let handover = act.thing(id, "handover")?;
            let changes = answers
                .iter()
                .map(|(field, answer)| Change { replaces: handover.heads(field), field: field.clone(), value: Value::Line(answer.clone()) })
                .collect();
            act.append(id, &Body::Set(changes)).map(|_| ())
        })?;
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }

    /// Reads a meter (law: B-10).
    ///
    /// # Errors
    /// When the kind is unknown or the photo cannot be taken in.
    pub fn meter(&self, unit: Id, kind: &str, number: &str, reading_milli: i64, photo: Option<&Path>) -> Result<()> {
        if !self.profile().taxonomy.meters.iter().any(|m| m.id == kind) {
            return Err(Refusal::with("rule-unknown-item", "item", kind).into());
        }
        let id = handover_id(unit);
        self.need(id, "handover")?;
        let facts = photo.map(|path| self.take_in(path)).transpose()?;
        self.act(|act| {
            if let Some(facts) = &facts {
                self.append_photo(act, id, facts, "meter")?;
            }
            let photo = facts.as_ref().map(|f| f.sha256);
            set(act, id, format!("meter:{kind}"), Value::Meter(Meter { number: number.to_owned(), reading_milli, photo }))
        })?;
        if let Some(facts) = &facts {
            self.make_small(facts.sha256);
        }
        Ok(())
    }

    /// Records keys handed over or held for repairs.
    ///
    /// # Errors
    /// When the kind is unknown.
    pub fn keys_given(&self, unit: Id, kind: &str, count: u32, remark: Option<String>) -> Result<()> {
        if !self.profile().taxonomy.keys.iter().any(|k| k.id == kind) {
            return Err(Refusal::with("rule-unknown-item", "item", kind).into());
        }
        self.set_on_handover(unit, format!("key:{kind}"), Value::Done(Done { done: count > 0, count: Some(count), reason: remark }))
    }

    /// Records a document handed over (law: B-3).
    ///
    /// # Errors
    /// When the kind is unknown.
    pub fn document_given(&self, unit: Id, kind: &str, given: bool, remark: Option<String>) -> Result<()> {
        if !self.profile().taxonomy.documents.iter().any(|d| d.id == kind) {
            return Err(Refusal::with("rule-unknown-item", "item", kind).into());
        }
        self.set_on_handover(unit, format!("document:{kind}"), Value::Done(Done { done: given, count: None, reason: remark }))
    }

    /// Completes a part of the handover, or waives it with a reason (S0-09). Completing needs every line of the part answered.
    ///
    /// # Errors
    /// When lines are open, or a waiver has no reason.
    pub fn part(&self, unit: Id, part: &str, done: bool, reason: Option<String>) -> Result<()> {
        if !self.profile().taxonomy.parts.iter().any(|p| p.id == part) {
            return Err(Refusal::with("rule-unknown-item", "item", part).into());
        }
        if done {
            let open = self.lines(unit, None, crate::words::Lang::En)?.iter().filter(|l| l.part == part && l.is_open()).count();
            if open > 0 {
                return Err(Refusal::of("rule-part-open", vec![("part", part.to_owned()), ("open", open.to_string())]).into());
            }
        }
        self.set_on_handover(unit, format!("part:{part}"), Value::Done(Done { done, count: None, reason }))
    }

    /// Notes a question and its answer if there is one (S1-18).
    ///
    /// # Errors
    /// When there are no words.
    pub fn ask(&self, unit: Id, text: &str, answer: Option<String>, follow_up: bool) -> Result<EventRef> {
        self.act(|act| Ok(act.append(handover_id(unit), &Body::Act(Act::Question(text.to_owned(), answer, follow_up)))?.at()))
    }

    /// Answers an earlier question.
    ///
    /// # Errors
    /// When there are no words.
    pub fn reply(&self, unit: Id, question: EventRef, text: &str) -> Result<()> {
        if !self.need(handover_id(unit), "handover")?.done().any(|e| e.origin.at() == question && matches!(e.act, Act::Question(..))) {
            return Err(super::FieldError::NotFound("question"));
        }
        self.act(|act| act.append(handover_id(unit), &Body::Act(Act::Reply(question, text.to_owned()))).map(|_| ()))
    }

    /// Notes a dispute on site (S4-118).
    ///
    /// # Errors
    /// When there are no words.
    pub fn dispute(&self, unit: Id, text: &str) -> Result<()> {
        self.act(|act| act.append(handover_id(unit), &Body::Act(Act::Dispute(text.to_owned()))).map(|_| ()))
    }

    /// Closes the handover: every part completed or waived, signed by those the profile names (S0-09, S1-20).
    ///
    /// # Errors
    /// Everything that is missing ([`Self::missing`]).
    pub fn close(&self, unit: Id, remark: Option<String>) -> Result<()> {
        let handover = self.need(handover_id(unit), "handover")?;
        self.may(&handover, "handover.close")?;
        self.check_closing(unit)?;
        self.act(|act| act.append(handover_id(unit), &Body::Act(Act::Close(remark))).map(|_| ()))
    }

    /// The handover of a unit.
    ///
    /// # Errors
    /// When there is none.
    pub fn handover(&self, unit: Id) -> Result<HandoverView> {
        let handover = self.need(handover_id(unit), "handover")?;
        self.handover_view(&handover)
    }

    pub(crate) fn handover_view(&self, handover: &Aggregate) -> Result<HandoverView> {
        let unit = handover.unit.unwrap_or_default();
        let lines = match self.store.thing(unit)? {
            Some(unit) => self.checklist(&unit)?,
            None => Vec::new(),
        };
        let answered = lines.iter().filter(|l| handover.get(&format!("line:{}", l.key)).is_some()).count();
        let mut participants = Vec::new();
        for (id, p) in participants_of(handover) {
            let name = self.participant_name(&p)?;
            participants.push(ParticipantView {
                id,
                person: p.person,
                role: p.role,
                organisation: p.organisation,
                name,
                identity_check: p.identity_check,
                mandate: p.mandate,
            });
        }
        let current = self.current_record(handover)?.content_digest();
        let mut signatures = Vec::new();
        for entry in handover.done() {
            let Act::Sign(s) = &entry.act else { continue };
            signatures.push(SignatureView {
                record: s.record,
                version: s.version,
                signer: s.signer,
                role: s.role.clone(),
                outcome: s.outcome,
                reached: reached_in(handover, entry, s),
                at: entry.origin.order.hlc.ms,
                device_time: UtcMs(entry.origin.order.hlc.ms.0 + entry.origin.skew_ms),
                superseded: self.frozen_record(handover.id, s.record)?.is_none_or(|r| r.content_digest() != current),
            });
        }
        Ok(HandoverView {
            id: handover.id,
            unit,
            phase: handover.phase,
            answered,
            lines: lines.len(),
            meters: fields(handover, "meter:", |v| if let Value::Meter(m) = v { Some(m.clone()) } else { None }),
            keys: fields(handover, "key:", done_of),
            documents: fields(handover, "document:", done_of),
            parts: fields(handover, "part:", done_of),
            precheck: fields(handover, "precheck:", done_of),
            participants,
            questions: questions_of(handover),
            disputes: handover.done().filter_map(|e| if let Act::Dispute(text) = &e.act { Some(text.clone()) } else { None }).collect(),
            signatures,
        })
    }

    pub(crate) fn participant_name(&self, participant: &Participant) -> Result<Option<String>> {
        match (&participant.name, self.key_of(participant.person)?) {
            (Some(sealed), Some(key)) => Ok(key.open_text(sealed)),
            (None, _) => self.person_text(participant.person, "name"),
            _ => Ok(None),
        }
    }
}

fn plan(act: &mut Acting<'_, '_>, unit: Id) -> Result<Id> {
    let id = handover_id(unit);
    if act.wrote.thing(id)?.is_none_or(|h| h.created.is_none()) {
        act.thing(unit, "unit")?;
        act.append(id, &Body::Create(Create { kind: AggKind::Handover, unit: Some(unit), parent: Some(unit), fields: Vec::new() }))?;
    }
    Ok(id)
}

/// Somebody who takes part, the name encrypted with the key of the person.
pub(crate) fn participant_of(act: &mut Acting<'_, '_>, new: &NewParticipant) -> Result<Participant> {
    if new.person.is_none() && new.name.as_deref().is_none_or(|n| n.trim().is_empty()) {
        return Err(Refusal::plain("rule-participant-name").into());
    }
    let person = new.person.unwrap_or_else(|| act.wrote.new_id());
    let name = match &new.name {
        Some(name) => Some(act.person_key(person)?.seal(person, name.trim().as_bytes())),
        None => None,
    };
    Ok(Participant {
        person,
        role: new.role.clone(),
        organisation: new.organisation.clone(),
        name,
        identity_check: new.identity_check.clone(),
        mandate: new.mandate.clone(),
    })
}

/// Sets one field, naming every value the person could see.
pub(crate) fn set(act: &mut Acting<'_, '_>, id: Id, field: String, value: Value) -> Result<()> {
    let thing = act.thing(id, "record")?;
    if thing.heads(&field).len() < 2 && thing.get(&field) == Some(&value) {
        return Ok(());
    }
    let replaces = thing.heads(&field);
    act.append(id, &Body::Set(vec![Change { field, value, replaces }])).map(|_| ())
}

pub(crate) fn done_of(value: &Value) -> Option<Done> {
    if let Value::Done(done) = value { Some(done.clone()) } else { None }
}

/// The fields with this prefix, in order, without it.
pub(crate) fn fields<T>(thing: &Aggregate, prefix: &str, read: impl Fn(&Value) -> Option<T>) -> Vec<(String, T)> {
    thing
        .fields
        .range(prefix.to_owned()..)
        .take_while(|(field, _)| field.starts_with(prefix))
        .filter_map(|(field, heads)| Some((field[prefix.len()..].to_owned(), read(&heads.first()?.value)?)))
        .collect()
}

pub(crate) fn participants_of(handover: &Aggregate) -> Vec<(Id, Participant)> {
    fields(handover, "participant:", |v| if let Value::Participant(p) = v { Some(p.clone()) } else { None })
        .into_iter()
        .filter_map(|(id, p)| Some((id.parse().ok()?, p)))
        .collect()
}

pub(crate) fn questions_of(handover: &Aggregate) -> Vec<QuestionView> {
    let mut questions: Vec<(EventRef, QuestionView)> = Vec::new();
    for entry in handover.done() {
        match &entry.act {
            Act::Question(text, answer, follow_up) => {
                let at = entry.origin.at();
                let id = format!("{}/{}", at.device, at.seq);
                questions.push((at, QuestionView { id, text: text.clone(), answer: answer.clone(), follow_up: *follow_up }));
            }
            Act::Reply(question, text) => {
                if let Some((_, q)) = questions.iter_mut().find(|(at, _)| at == question) {
                    q.answer = Some(text.clone());
                    q.follow_up = false;
                }
            }
            _ => {}
        }
    }
    questions.into_iter().map(|(_, q)| q).collect()
}
