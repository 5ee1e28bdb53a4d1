//! What a handover still lacks, all of it at once: what the screens call 还缺, what closing is refused with.

use super::{FieldStore, LineView, Result, handover_id};
use crate::{
    log::fold::{Aggregate, Phase},
    model::{Id, Value, act::Act, body::AggKind, value::Answer},
    policy::{Profile, gate::Shut, measure::Outcome},
    rules::{
        Refusal, appointment_open, closing_open,
        owed::{Owing, owed, waived},
    },
    words::{Lang, Told, say},
};
use serde::Serialize;

/// The kinds of what can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingKind {
    /// An item of the pre-check (S1-15).
    Precheck,
    /// The completion filing (S2-54).
    Filing,
    /// The appointment with its escort (S1-17).
    Appointment,
    /// The notice to the owner (S4-12).
    Notice,
    /// The proof that the notice arrived (S4-12).
    NoticeProof,
    /// The walk-through has not begun.
    Start,
    /// Lines of the checklist without an answer, of one room and part.
    Lines,
    /// Measured points of a line.
    Points,
    /// The snag or reason of a line that is not in order.
    Cause,
    /// A line says fine where a snag says otherwise.
    Contradiction,
    /// A meter's reading (law: B-10).
    Meter,
    /// The keys handed over (law: B-10).
    Keys,
    /// The photograph that belongs to a line, or why there is none.
    Photo,
    /// A document handed over or shown (law: B-3).
    Document,
    /// A part neither completed nor waived (S0-09).
    Part,
    /// Nobody of a side that has to sign takes part (S0-10).
    Participant,
    /// The identity check of a participant (S0-10).
    Identity,
    /// The mandate of a representative (S0-10).
    Mandate,
    /// A signature (S1-20).
    Signature,
    /// A signature of the level that the rules ask for.
    Level,
    /// The witness of an owner who does not sign.
    Witness,
    /// The record was changed after it was signed.
    Changed,
}

/// One thing that is missing.
#[derive(Clone, Debug, Serialize)]
pub struct MissingView {
    /// What it is.
    pub kind: MissingKind,
    /// The handover cannot be closed without it; otherwise it is only told.
    pub needed: bool,
    /// Message key, stable.
    pub key: &'static str,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// The part of the handover.
    pub part: Option<String>,
    /// The room's key.
    pub room: Option<String>,
    /// The lines of the checklist.
    pub lines: Vec<String>,
    /// The kind of meter or document, or the item of the pre-check.
    pub item: Option<String>,
    /// The participant.
    pub participant: Option<Id>,
    /// The message's arguments.
    #[serde(skip)]
    args: Vec<(&'static str, String)>,
}

impl MissingView {
    fn of(kind: MissingKind, key: &'static str, args: Vec<(&'static str, String)>) -> Self {
        let (zh, en) = (say(Lang::Zh, key, &args), say(Lang::En, key, &args));
        Self { kind, needed: true, key, zh, en, part: None, room: None, lines: Vec::new(), item: None, participant: None, args }
    }

    fn told_only(self) -> Self {
        Self { needed: false, ..self }
    }

    /// In `lang`.
    pub fn words(&self, lang: Lang) -> &str {
        if lang == Lang::Zh { &self.zh } else { &self.en }
    }
}

/// As the gates of the policy say it.
impl From<&Shut> for MissingView {
    fn from(shut: &Shut) -> Self {
        let kind = match shut {
            Shut::NotReady(_) => MissingKind::Precheck,
            Shut::NoFiling | Shut::FilingLater => MissingKind::Filing,
            Shut::NoEscort => MissingKind::Appointment,
            Shut::Channel(_) | Shut::NoProof(_) | Shut::NoticeShort { .. } => MissingKind::Notice,
            Shut::PartOpen { .. } | Shut::PartMissing(_) => MissingKind::Part,
            Shut::LinesWithoutCause(_) => MissingKind::Cause,
            Shut::NotSigned(_) => MissingKind::Signature,
            Shut::LevelLow { .. } => MissingKind::Level,
            Shut::IdentityOpen(_) => MissingKind::Identity,
            Shut::NoMandate(_) => MissingKind::Mandate,
            Shut::NoWitness { .. } => MissingKind::Witness,
        };
        let view = Self::of(kind, shut.key(), shut.args());
        match shut {
            Shut::NotReady(item) => Self { item: Some(item.clone()), ..view },
            Shut::PartOpen { part, .. } | Shut::PartMissing(part) => Self { part: Some(part.clone()), ..view },
            _ => view,
        }
    }
}

impl FieldStore {
    /// Everything that the handover of a unit still lacks, in the order of the work; nothing once it is closed.
    ///
    /// # Errors
    /// When the unit is not here.
    pub fn missing(&self, unit: Id) -> Result<Vec<MissingView>> {
        let unit = self.need(unit, "unit")?;
        let handover = self.store.thing(handover_id(unit.id))?.filter(|h| h.created.is_some()).unwrap_or_else(|| Aggregate::empty(handover_id(unit.id)));
        if handover.phase == Phase::Closed {
            return Ok(Vec::new());
        }
        let profile = self.profile_at(unit.id)?;
        let mut out = self.before_the_walk(profile, &unit, &handover);
        self.of_lines(profile, &unit, &handover, &mut out)?;
        out.extend(closing_open(profile, &handover).err().unwrap_or_default().iter().map(MissingView::from));
        people(profile, &handover, &mut out);
        if handover.done().any(|e| matches!(e.act, Act::Sign(_))) {
            out.extend(self.changed_since_signed(&handover)?);
        }
        // What closing needs and what was waived with a reason are two things.
        for view in &mut out {
            view.needed &= view.part.as_ref().is_none_or(|part| view.kind == MissingKind::Part || !waived(&handover, part));
        }
        Ok(out)
    }

    /// Refuses with everything that closing needs and that is missing.
    pub(super) fn check_closing(&self, unit: Id) -> Result<()> {
        let needed = self.missing(unit)?.into_iter().filter(|view| view.needed).map(|view| Refusal::of(view.key, view.args));
        Refusal::all(needed).map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    fn before_the_walk(&self, profile: &Profile, unit: &Aggregate, handover: &Aggregate) -> Vec<MissingView> {
        let mut out = Vec::new();
        if matches!(handover.phase, Phase::Open | Phase::Planned) {
            out.extend(appointment_open(profile, Some(handover), Some(unit), self.now()).err().unwrap_or_default().iter().map(MissingView::from));
            out.push(MissingView::of(MissingKind::Appointment, "missing-appointment", Vec::new()));
        }
        let rule = &profile.handover.notice;
        let notices: Vec<_> = handover.done().filter_map(|e| if let Act::Notice(method, ..) = &e.act { Some((e.origin.at(), method)) } else { None }).collect();
        let proved = |of| handover.done().any(|e| matches!(&e.act, Act::NoticeProof(notice, ..) if *notice == of));
        if notices.is_empty() {
            out.push(MissingView::of(MissingKind::Notice, "missing-notice", Vec::new()).told_only());
        } else if !notices.iter().any(|(at, method)| proved(*at) || !rule.proof_required.value.contains(method)) {
            out.push(MissingView::of(MissingKind::NoticeProof, "missing-notice-proof", Vec::new()).told_only());
        }
        if matches!(handover.phase, Phase::Open | Phase::Planned | Phase::Appointed) {
            out.push(MissingView::of(MissingKind::Start, "missing-start", Vec::new()));
        }
        out
    }

    fn of_lines(&self, profile: &Profile, unit: &Aggregate, handover: &Aggregate, out: &mut Vec<MissingView>) -> Result<()> {
        let lines = self.lines(unit.id, None, Lang::Zh)?;
        let rooms = super::rooms_of(unit);
        let room_names = |key: &str| match rooms.iter().find(|room| room.key == key) {
            Some(room) => (room.zh.clone(), room.en.clone()),
            None => (profile.taxonomy.spaces.name(key, Lang::Zh).to_owned(), profile.taxonomy.spaces.name(key, Lang::En).to_owned()),
        };
        let mut open: Vec<MissingView> = Vec::new();
        let mut rest = Vec::new();
        let snags = self.open_snags(unit.id)?;
        let photos = self.line_photos(unit.id)?;
        for line in &lines {
            let (room_zh, room_en) = room_names(&line.room);
            let named = |kind, key, more: Vec<(&'static str, String)>| {
                let mut args = vec![("line_zh", format!("{room_zh} · {}", line.zh)), ("line_en", format!("{room_en}: {}", line.en))];
                args.extend(more);
                let view = MissingView::of(kind, key, args);
                MissingView { part: Some(line.part.clone()), room: Some(line.room.clone()), lines: vec![line.key.clone()], ..view }
            };
            let Some(answer) = &line.answer else {
                match open.iter_mut().find(|view| view.room.as_deref() == Some(&line.room) && view.part.as_deref() == Some(&line.part)) {
                    Some(view) => view.lines.push(line.key.clone()),
                    None => open.push(named(MissingKind::Lines, "missing-lines", Vec::new())),
                }
                continue;
            };
            if let Some(Outcome::Incomplete { missing }) = line.verdict.as_ref().map(|verdict| &verdict.outcome) {
                rest.push(named(MissingKind::Points, "missing-points", vec![("count", missing.to_string())]));
            }
            let excused = answer.snag.is_some() || answer.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
            if line.verdict.as_ref().is_some_and(crate::policy::measure::Verdict::needs_cause) && !excused {
                rest.push(named(MissingKind::Cause, "missing-cause", Vec::new()));
            }
            if line.requires_photo
                && answer.answer != Answer::NotApplicable
                && photos.get(&line.key).is_none_or(|of| of.photos.is_empty() && of.reason.is_none())
            {
                rest.push(named(MissingKind::Photo, "missing-photo", Vec::new()).told_only());
            }
            if answer.answer == Answer::Fine
                && let Some(number) = contradicting(line, &snags)
            {
                rest.push(named(MissingKind::Contradiction, "missing-contradiction", vec![("number", number.to_string())]).told_only());
            }
        }
        for view in open {
            let (room_zh, room_en) = room_names(view.room.as_deref().unwrap_or_default());
            let args =
                vec![("part", view.part.clone().unwrap_or_default()), ("room_zh", room_zh), ("room_en", room_en), ("count", view.lines.len().to_string())];
            let told = MissingView::of(MissingKind::Lines, "missing-lines", args);
            out.push(MissingView { part: view.part, room: view.room, lines: view.lines, ..told });
        }
        out.extend(rest);
        out.extend(owed(profile, handover, unit).into_iter().map(|owed| {
            let (key, args) = owed.said();
            let (kind, item) = match owed.what {
                Owing::Meter(meter) => (MissingKind::Meter, Some(meter)),
                Owing::Document(document) => (MissingKind::Document, Some(document)),
                Owing::Keys => (MissingKind::Keys, None),
            };
            MissingView { part: Some(owed.part), lines: vec![owed.line], item, ..MissingView::of(kind, key, args) }
        }));
        Ok(())
    }

    /// Number, room, element, defect and line of each snag of the handover that is not confirmed.
    fn open_snags(&self, unit: Id) -> Result<Vec<SnagPlace>> {
        let snags = self.store.list(AggKind::Snag, Some(unit), None, 0, u64::from(u32::MAX))?;
        let text = |snag: &Aggregate, field: &str| snag.text(field).unwrap_or_default().to_owned();
        Ok(snags
            .iter()
            .filter(|snag| snag.parent == Some(handover_id(unit)) && snag.phase != Phase::Confirmed)
            .map(|snag| SnagPlace {
                number: snag.get("number").and_then(Value::int).unwrap_or(0),
                place: format!("{}/{}/{}", text(snag, "room"), text(snag, "element"), text(snag, "defect")),
                line: snag.text("line").map(str::to_owned),
            })
            .collect())
    }

    /// The lines of a unit's checklist that a snag which is still open speaks against, with the snag's number.
    ///
    /// # Errors
    /// When the unit is not here.
    pub fn snag_lines(&self, unit: Id) -> Result<Vec<(String, i64)>> {
        let (lines, snags) = (self.lines(unit, None, Lang::Zh)?, self.open_snags(unit)?);
        Ok(lines.iter().filter_map(|line| Some((line.key.clone(), contradicting(line, &snags)?))).collect())
    }

    /// The signed version when the record was changed after it.
    fn changed_since_signed(&self, handover: &Aggregate) -> Result<Option<MissingView>> {
        let newest =
            handover.done().filter_map(|e| if let Act::Sign(s) = &e.act { Some((s.version, s.record)) } else { None }).max_by_key(|(version, _)| *version);
        let Some((version, record)) = newest else { return Ok(None) };
        let now = self.current_record(handover)?.content_digest();
        let changed = self.frozen_record(handover.id, record)?.is_none_or(|signed| signed.content_digest() != now);
        Ok(changed.then(|| {
            let args = vec![("version", version.to_string()), ("next", (version + 1).to_string())];
            MissingView::of(MissingKind::Changed, "missing-changed", args)
        }))
    }
}

/// Where a snag is.
struct SnagPlace {
    number: i64,
    /// `room/element/defect`, as lines are named.
    place: String,
    line: Option<String>,
}

/// The snag that was recorded on this very line, or whose defect is the line's own item at the same place.
fn contradicting(line: &LineView, snags: &[SnagPlace]) -> Option<i64> {
    snags.iter().find(|snag| snag.line.as_deref() == Some(&line.key) || snag.place == line.key).map(|snag| snag.number)
}

/// Participants by name of their role: who is not there, not checked, has not signed. What the gate said already is not said twice.
fn people(profile: &Profile, handover: &Aggregate, out: &mut Vec<MissingView>) {
    let walk = &profile.handover.walkthrough;
    let participants = super::participants_of(handover);
    let of_side = |role: &str, side: &str| role == side || (walk.owner_side.value.iter().any(|r| r == side) && walk.owner_side.value.iter().any(|r| r == role));
    for view in out.iter_mut().filter(|view| view.kind == MissingKind::Signature) {
        let Some((_, side)) = view.args.first().cloned() else { continue };
        let mut there = participants.iter().filter(|(_, p)| of_side(&p.role, &side));
        match (there.next(), there.next()) {
            (None, _) => *view = MissingView::of(MissingKind::Participant, "missing-participant", vec![("role", side)]),
            (Some((id, _)), None) => view.participant = Some(*id),
            _ => {}
        }
    }
    let signed = |id: Id| handover.done().any(|e| matches!(&e.act, Act::Sign(s) if s.signer == id));
    for (id, participant) in &participants {
        let role = vec![("role", participant.role.clone())];
        let required = walk.signatures_required.value.iter().any(|side| of_side(&participant.role, side));
        // Of those who signed the gate speaks; of the others it is told before they sign.
        if signed(*id) {
            continue;
        }
        let mut tell = |kind, key| {
            out.push(MissingView { participant: Some(*id), ..MissingView::of(kind, key, role.clone()).told_only() });
        };
        if participant.identity_check.is_none() {
            tell(MissingKind::Identity, "gate-identity-open");
        }
        if walk.mandate_required.value.contains(&participant.role) && participant.mandate.is_none() {
            tell(MissingKind::Mandate, "gate-no-mandate");
        }
        if !required {
            tell(MissingKind::Signature, "gate-not-signed");
        }
    }
}
