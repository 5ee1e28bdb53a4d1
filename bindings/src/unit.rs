//! Units, rooms and checklist lines.

use crate::{
    handover::TallyView,
    snag::PhotoView,
    store::{FieldStore, Result},
    types::{Answer, Id, Phase, Words},
};
use keyturn_core::{
    field::{self, Measured},
    log::fold::Phase as CorePhase,
    model::body::AggKind,
    policy::{
        Milli, Named,
        checklist::WHOLE_UNIT,
        contract::{self, Comparison},
        limit::{Limit, Limits},
        measure,
    },
    words::Lang,
};
use std::path::PathBuf;

/// A unit in a list.
#[derive(Clone, Debug, uniffi::Record)]
pub struct UnitRow {
    /// The unit.
    pub id: Id,
    /// As people say it.
    pub label: String,
    /// Its handover's phase; planned before there is one.
    pub handover: Phase,
    /// Snags that are not confirmed.
    pub open_snags: u64,
    /// All snags.
    pub snags: u64,
}

/// A page of units.
#[derive(Clone, Debug, uniffi::Record)]
pub struct UnitPage {
    /// The rows.
    pub rows: Vec<UnitRow>,
    /// All there are.
    pub total: u64,
}

/// A unit.
#[derive(Clone, Debug, uniffi::Record)]
pub struct UnitView {
    /// The unit.
    pub id: Id,
    /// As people say it.
    pub label: String,
    /// Finish level in words.
    pub finish_level: Words,
    /// Layout.
    pub layout_type: String,
    /// Predicted area in thousandths of a square metre.
    pub predicted_area_milli: Option<i64>,
    /// Surveyed area in thousandths of a square metre.
    pub surveyed_area_milli: Option<i64>,
    /// Contract delivery date, `2026-11-20`.
    pub delivery_date: Option<String>,
    /// Number of the completion filing.
    pub filing_number: Option<String>,
    /// Owners this device may know.
    pub owners: Vec<PersonView>,
    /// Its rooms in order, what concerns the whole unit last.
    pub rooms: Vec<RoomView>,
    /// The plan.
    pub plan: Option<Id>,
    /// The plan's picture on this device: a path; none when it is not here yet.
    pub plan_path: Option<PathBuf>,
    /// Where its handover stands.
    pub handover: Phase,
    /// Snags and photos of the unit, by state.
    pub tally: TallyView,
}

/// A person.
#[derive(Clone, Debug, uniffi::Record)]
pub struct PersonView {
    /// The person.
    pub id: Id,
    /// The name, where this device may read it.
    pub name: Option<String>,
}

/// A room of a unit with its progress.
#[derive(Clone, Debug, uniffi::Record)]
pub struct RoomView {
    /// Unique in the unit.
    pub key: String,
    /// Its name.
    pub name: Words,
    /// Lines answered.
    pub answered: u32,
    /// Lines that need no measuring and have no answer: what "all the rest is fine" would answer.
    pub rest: u32,
    /// Lines in all.
    pub lines: u32,
    /// Snags in this room.
    pub snags: u32,
}

/// A line of the checklist with its answer.
#[derive(Clone, Debug, uniffi::Record)]
pub struct LineView {
    /// Stable key.
    pub key: String,
    /// Room key.
    pub room: String,
    /// Element id: what a new snag of this line begins with.
    pub element: String,
    /// Part of the handover.
    pub part: String,
    /// What is asked.
    pub words: Words,
    /// A photograph belongs to the answer.
    pub requires_photo: bool,
    /// How it is measured; none for a line answered by eye.
    pub measure: Option<MeasureView>,
    /// What the contract says.
    pub contract: Option<String>,
    /// The answer.
    pub answer: Option<Answer>,
    /// Answered together with others ("all the rest is fine").
    pub together: bool,
    /// The points measured, in thousandths of the unit of measurement.
    pub points_milli: Vec<i64>,
    /// What was found, beside what the contract says.
    pub found: Option<String>,
    /// Found and contract in a sentence, where both are there.
    pub compared: Option<Words>,
    /// The snag that goes with the answer.
    pub snag: Option<Id>,
    /// Why not fine, not applicable or not checked.
    pub reason: Option<String>,
    /// What the points say.
    pub verdict: Option<VerdictView>,
    /// Whether something is still to be done: no answer, or too few points.
    pub open: bool,
    /// Photos of this line, taken with [`FieldStore::line_photo`].
    pub photos: Vec<PhotoView>,
    /// Why a line that asks for a photograph has none.
    pub no_photo: Option<String>,
}

/// How a line is measured.
#[derive(Clone, Debug, uniffi::Record)]
pub struct MeasureView {
    /// The quantity.
    pub quantity: Words,
    /// The limit in words: `≤ 4 mm`.
    pub limit: Words,
    /// The unit of measurement.
    pub unit: Words,
    /// The instrument.
    pub instrument: Words,
    /// Points a verdict needs.
    pub points_min: u16,
    /// Points the screen offers; more are taken.
    pub points_max: u16,
    /// The standard and its clause.
    pub source: String,
    /// A draft limit is shown and can fail nobody.
    pub binds: bool,
    /// The limit's number in thousandths of the unit: a bound, an allowed deviation or an allowed spread. None where a rule has no number.
    pub limit_milli: Option<i64>,
    /// The least value of a point that keeps the limit; none where that side is open.
    pub min_milli: Option<i64>,
    /// The largest value of a point that keeps the limit; points below zero count by their amount.
    pub max_milli: Option<i64>,
    /// The design or contract value that deviations are taken from.
    pub target_milli: Option<i64>,
    /// How far the largest point may lie from the smallest.
    pub spread_milli: Option<i64>,
}

/// What points say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum VerdictOutcome {
    /// The rule is kept.
    Pass,
    /// The rule is broken.
    Fail,
    /// Recorded only.
    NotJudged,
    /// More points are needed.
    Incomplete,
}

/// The verdict on points.
#[derive(Clone, Debug, uniffi::Record)]
pub struct VerdictView {
    /// The outcome.
    pub outcome: VerdictOutcome,
    /// In a sentence a person on site can act on.
    pub words: Words,
    /// Places (from 0) of the points outside the limit.
    pub outside: Vec<u16>,
    /// Places (from 0) of points so far off that they are asked back; they are kept either way.
    pub odd: Vec<u16>,
    /// How many points are missing.
    pub missing: u16,
    /// Needs a snag or a reason before it can be recorded.
    pub needs_cause: bool,
}

/// An answer to a line.
#[derive(Clone, Debug, uniffi::Record)]
pub struct LineRequest {
    /// The line's key.
    pub line: String,
    /// The answer.
    pub answer: Answer,
    /// Measured points in thousandths of the unit of measurement.
    #[uniffi(default = [])]
    pub points_milli: Vec<i64>,
    /// The snag that goes with it.
    #[uniffi(default = None)]
    pub snag: Option<Id>,
    /// Why out of tolerance, not applicable or not checked.
    #[uniffi(default = None)]
    pub reason: Option<String>,
    /// What was found, where the contract says something.
    #[uniffi(default = None)]
    pub found: Option<String>,
}

fn two(zh: impl Into<String>, en: impl Into<String>) -> Words {
    Words { zh: zh.into(), en: en.into() }
}

fn both(text: impl Fn(Lang) -> String) -> Words {
    Words { zh: text(Lang::Zh), en: text(Lang::En) }
}

fn measure_view(limits: &Limits, limit: &Limit, contract: Option<&str>) -> MeasureView {
    let bounds = measure::bounds(limit, contract.and_then(|value| value.parse().ok()));
    let milli = |value: Option<Milli>| value.map(|value| value.0);
    let unit = limit.unit.as_deref().unwrap_or_default();
    MeasureView {
        quantity: two(&limit.zh, &limit.en),
        limit: both(|lang| limits.text(limit, lang)),
        unit: if unit.is_empty() { Words::default() } else { Words::named::<Named>(&limits.units, unit) },
        instrument: Words::named::<Named>(&limits.instruments, &limit.instrument),
        points_min: limit.points.min,
        points_max: limit.points.max,
        source: format!("{} {}", limit.source, limit.article).trim().to_owned(),
        binds: limit.binds(),
        limit_milli: milli(limit.value),
        min_milli: milli(bounds.min),
        max_milli: milli(bounds.max),
        target_milli: milli(bounds.target),
        spread_milli: milli(bounds.spread),
    }
}

fn verdict_view(measured: &Measured) -> VerdictView {
    let Measured { limit, limits, verdict, odd } = measured;
    let (outcome, missing) = match verdict.outcome {
        measure::Outcome::Pass => (VerdictOutcome::Pass, 0),
        measure::Outcome::Fail => (VerdictOutcome::Fail, 0),
        measure::Outcome::NotJudged(_) => (VerdictOutcome::NotJudged, 0),
        measure::Outcome::Incomplete { missing } => (VerdictOutcome::Incomplete, missing),
    };
    VerdictView {
        outcome,
        words: both(|lang| measure::sentence(limits, limit, verdict, lang)),
        outside: verdict.outside.clone(),
        odd: odd.clone(),
        missing,
        needs_cause: verdict.needs_cause(),
    }
}

/// Found and agreed, in a sentence.
fn compared(core: &field::FieldStore, line: &field::LineView) -> Option<Words> {
    let (agreed, found) = (line.contract.as_deref()?, line.answer.as_ref()?.found.as_deref()?);
    let profile = core.profile();
    let term = profile.taxonomy.contract_fields.get(line.contract_field.as_deref()?)?;
    let args = |by: Option<Milli>| vec![("agreed", agreed.to_owned()), ("found", found.to_owned()), ("by", by.map_or(String::new(), |by| by.to_string()))];
    Some(match contract::compare(term, agreed, found) {
        Comparison::Same => Words::of("contract-same", &args(None)),
        Comparison::Differs { by: Some(by) } => Words::of("contract-differs-by", &args(Some(by))),
        Comparison::Differs { by: None } => Words::of("contract-differs", &args(None)),
        Comparison::NotComparable => return None,
    })
}

fn line_view(core: &field::FieldStore, limits: &'static Limits, line: field::LineView, photos: field::LinePhotos) -> LineView {
    let limit = line.limit_id.as_deref().and_then(|id| limits.get(id));
    let open = line.is_open();
    let compared = compared(core, &line);
    let verdict = limit.zip(line.verdict).map(|(limit, verdict)| verdict_view(&Measured { limit, limits, verdict, odd: Vec::new() }));
    let answer = line.answer;
    LineView {
        key: line.key,
        room: line.room,
        element: line.element,
        part: line.part,
        words: two(line.zh, line.en),
        requires_photo: line.requires_photo,
        measure: limit.map(|limit| measure_view(limits, limit, line.contract.as_deref())),
        contract: line.contract,
        answer: answer.as_ref().map(|a| a.answer),
        together: answer.as_ref().is_some_and(|a| a.together),
        points_milli: answer.as_ref().map(|a| a.points_milli.clone()).unwrap_or_default(),
        found: answer.as_ref().and_then(|a| a.found.clone()),
        compared,
        snag: answer.as_ref().and_then(|a| a.snag),
        reason: answer.and_then(|a| a.reason),
        verdict,
        open,
        photos: photos.photos.into_iter().map(PhotoView::from).collect(),
        no_photo: photos.reason,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[uniffi::export]
impl FieldStore {
    /// Units in order, a page at a time.
    pub fn units(&self, offset: u64, limit: u64) -> Result<UnitPage> {
        let core = self.core()?;
        let rows = core.units(offset, limit)?;
        let rows = rows.into_iter().map(|u| UnitRow { id: u.id, label: u.label, handover: u.handover, open_snags: u.open_snags, snags: u.snags }).collect();
        Ok(UnitPage { rows, total: core.store().count(AggKind::Unit, None)?.values().sum() })
    }

    /// The unit with this id or label, or whose label ends with the words given.
    pub fn find_unit(&self, words: &str) -> Result<Id> {
        Ok(self.core()?.find_unit(words)?)
    }

    /// A unit with its rooms and their progress.
    pub fn unit(&self, unit: Id) -> Result<UnitView> {
        let core = self.core()?;
        let view = core.unit(unit)?;
        let lines = core.lines(unit, None, Lang::Zh)?;
        let mut tally = TallyView::default();
        let mut in_room = std::collections::HashMap::<String, u32>::new();
        let snags = core.snags(Some(unit), None, 0, u64::from(u32::MAX))?;
        for snag in &snags {
            tally.add(snag);
            *in_room.entry(snag.room.clone()).or_default() += 1;
        }
        let rest = |key: &str| count(lines.iter().filter(|l| l.room == key && l.answer.is_none() && l.limit.is_none() && l.contract.is_none()).count());
        let mut rooms: Vec<RoomView> = view
            .rooms
            .into_iter()
            .map(|room| RoomView {
                rest: rest(&room.key),
                snags: in_room.get(&room.key).copied().unwrap_or(0),
                name: two(room.zh, room.en),
                key: room.key,
                answered: count(room.answered),
                lines: count(room.lines),
            })
            .collect();
        let whole: Vec<_> = lines.iter().filter(|l| l.room == WHOLE_UNIT).collect();
        if !whole.is_empty() {
            rooms.push(RoomView {
                key: WHOLE_UNIT.to_owned(),
                name: Words::named(&core.profile().taxonomy.spaces, WHOLE_UNIT),
                answered: count(whole.iter().filter(|l| l.answer.is_some()).count()),
                rest: rest(WHOLE_UNIT),
                lines: count(whole.len()),
                snags: in_room.get(WHOLE_UNIT).copied().unwrap_or(0),
            });
        }
        Ok(UnitView {
            id: view.id,
            label: view.label,
            finish_level: Words::named(&core.profile().taxonomy.finish_levels, &view.finish_level),
            layout_type: view.layout_type,
            predicted_area_milli: view.predicted_area_milli,
            surveyed_area_milli: view.surveyed_area_milli,
            delivery_date: view.delivery_date,
            filing_number: view.filing_number,
            owners: view.owners.into_iter().map(|p| PersonView { id: p.id, name: p.name }).collect(),
            rooms,
            plan_path: view.plan.and_then(|plan| core.plan_path(plan).transpose()).transpose()?,
            plan: view.plan,
            handover: view.handover.map_or(CorePhase::Planned, |h| h.phase),
            tally,
        })
    }

    /// The checklist of a unit with its answers, of one room if given.
    pub fn lines(&self, unit: Id, room: Option<String>) -> Result<Vec<LineView>> {
        let core = self.core()?;
        let limits = &core.profile_at(unit)?.limits;
        let mut photos = core.line_photos(unit)?;
        let lines = core.lines(unit, room.as_deref(), Lang::Zh)?.into_iter();
        Ok(lines.map(|line| (photos.remove(&line.key).unwrap_or_default(), line)).map(|(photos, line)| line_view(&core, limits, line, photos)).collect())
    }

    /// What these points would say on a line, while a number is typed and before anything is recorded.
    pub fn measure(&self, unit: Id, line: &str, points_milli: Vec<i64>) -> Result<VerdictView> {
        Ok(verdict_view(&self.core()?.measure(unit, line, &points_milli)?))
    }

    /// Answers a line; the line as it stands then.
    pub fn answer(&self, unit: Id, request: LineRequest) -> Result<LineView> {
        let core = self.core()?;
        let key = request.line.clone();
        let LineRequest { line, answer, points_milli, snag, reason, found } = request;
        core.answer(unit, field::LineRequest { line, answer, points_milli, snag, reason, found })?;
        let limits = &core.profile_at(unit)?.limits;
        let line = core.lines(unit, None, Lang::Zh)?.into_iter().find(|l| l.key == key).ok_or(field::FieldError::NotFound("line"))?;
        let photos = core.line_photos(unit)?.remove(&key).unwrap_or_default();
        Ok(line_view(&core, limits, line, photos))
    }

    /// A photo that belongs to a line of the checklist, by path; durable when this returns.
    pub fn line_photo(&self, unit: Id, line: &str, path: PathBuf) -> Result<PhotoView> {
        Ok(self.core()?.line_photo(unit, line, &path)?.into())
    }

    /// Why a line that asks for a photograph has none.
    pub fn line_no_photo(&self, unit: Id, line: &str, reason: &str) -> Result<()> {
        Ok(self.core()?.line_no_photo(unit, line, reason)?)
    }

    /// Answers every open line that needs no measuring as fine, recorded as answered together; the keys of those lines.
    pub fn rest_fine(&self, unit: Id, room: Option<String>) -> Result<Vec<String>> {
        Ok(self.core()?.rest_fine(unit, room.as_deref())?)
    }

    /// Keeps what is being typed or drawn under a name of the shell's choice; an empty value forgets it. A draft is never sent.
    pub fn set_draft(&self, name: &str, value: Vec<u8>) -> Result<()> {
        Ok(self.core()?.store().set_draft(name, &value)?)
    }

    /// What was being typed or drawn.
    pub fn draft(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.core()?.store().draft(name)?)
    }

    /// The names of drafts that begin with `prefix`, in order: what was left half done.
    pub fn drafts(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(self.core()?.store().drafts(prefix)?)
    }
}
