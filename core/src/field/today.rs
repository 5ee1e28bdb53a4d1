//! What to do now: handovers, re-checks and repairs by time and urgency, each with what is missing.

use super::{FieldStore, Result, units::checklist_of};
use crate::{
    log::fold::{Aggregate, Phase},
    model::{
        Id, UtcMs, Value,
        act::Act,
        body::AggKind,
        value::{Done, LineAnswer},
    },
    words::{Lang, tr},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What kind of work a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// A handover to walk, sign or close.
    Handover,
    /// Repairs to look at again.
    Recheck,
    /// Repairs to do.
    Repair,
}

/// How urgent a job is, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Its time is past.
    Overdue,
    /// It has begun, or is about to.
    Now,
    /// Later today.
    Today,
    /// Another day.
    Later,
    /// Without a time.
    Open,
}

/// Something that a job still lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Message key.
    pub key: &'static str,
    /// How many.
    pub count: u64,
}

impl Missing {
    /// In words.
    pub fn told(&self, lang: Lang) -> String {
        tr(lang, self.key, &[("count", self.count.to_string())])
    }
}

/// A job.
#[derive(Clone, Debug, Serialize)]
pub struct JobView {
    /// The kind of work.
    pub kind: JobKind,
    /// The unit.
    pub unit: Id,
    /// The unit as people say it.
    pub label: String,
    /// When it is agreed or due.
    pub at: Option<UtcMs>,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Where the handover stands; for repairs, where the snag that is furthest behind stands.
    pub phase: Phase,
    /// Lines without an answer.
    pub lines_left: u64,
    /// The snags it is about: those of the handover, or those to repair or look at again.
    pub snags: Vec<Id>,
    /// What is missing.
    pub missing: Vec<Missing>,
}

/// The acts by which a role is known to do a kind of work.
const DOES: [(JobKind, &str); 3] = [(JobKind::Handover, "handover.start"), (JobKind::Recheck, "recheck.confirm"), (JobKind::Repair, "repair.done")];

fn missing(key: &'static str, count: usize) -> Option<Missing> {
    (count > 0).then_some(Missing { key, count: count as u64 })
}

/// When the walk-through is agreed to be.
fn appointed(handover: &Aggregate) -> Option<UtcMs> {
    handover.done().filter_map(|entry| if let Act::Appoint(at, ..) = &entry.act { Some(*at) } else { None }).last()
}

impl FieldStore {
    /// What the holder of this device has to do, the most urgent first.
    ///
    /// # Errors
    /// When the device has not joined, or the store cannot be read.
    pub fn jobs(&self) -> Result<Vec<JobView>> {
        let role = self.certificate()?.role;
        let does = |kind: JobKind| DOES.iter().any(|(of, act)| *of == kind && self.profile().roles.may(&role, act));
        let mut jobs = Vec::new();
        if does(JobKind::Handover) {
            for phase in [Phase::Planned, Phase::Appointed, Phase::Started, Phase::Signed] {
                for handover in self.store.list(AggKind::Handover, None, Some(phase), 0, u64::from(u32::MAX))? {
                    jobs.extend(self.handover_job(&handover)?);
                }
            }
        }
        if does(JobKind::Recheck) {
            jobs.extend(self.snag_jobs(JobKind::Recheck, &[Phase::Done])?);
        }
        if does(JobKind::Repair) {
            jobs.extend(self.snag_jobs(JobKind::Repair, &[Phase::Rejected, Phase::Ordered, Phase::InWork])?);
        }
        jobs.sort_by(|a, b| (a.urgency, a.at.is_none(), a.at, &a.label).cmp(&(b.urgency, b.at.is_none(), b.at, &b.label)));
        Ok(jobs)
    }

    /// How urgent something at this time is.
    fn urgency(&self, at: Option<UtcMs>, begun: bool) -> Urgency {
        let Some(at) = at else { return if begun { Urgency::Now } else { Urgency::Open } };
        let now = self.now();
        let zone = self.zone().unwrap_or_else(|_| self.profile().time_zone);
        let day = |at: UtcMs| at.to_utc().with_timezone(&zone).date_naive();
        match () {
            () if begun => Urgency::Now,
            () if at < now => Urgency::Overdue,
            () if day(at) == day(now) => Urgency::Today,
            () => Urgency::Later,
        }
    }

    fn handover_job(&self, handover: &Aggregate) -> Result<Option<JobView>> {
        let Some(unit) = handover.unit.map(|unit| self.store.thing(unit)).transpose()?.flatten() else { return Ok(None) };
        let profile = self.profile_of(handover);
        let said = |field: String| handover.get(&field).is_some();
        let mut lines_left = 0;
        let mut lacks = Vec::new();
        match handover.phase {
            Phase::Planned | Phase::Appointed => {
                let done = |item: &&String| !matches!(handover.get(&format!("precheck:{item}")), Some(Value::Done(Done { done: true, .. })));
                lacks.extend(missing("job-missing-precheck", profile.handover.gate.precheck_items.value.iter().filter(done).count()));
                lacks.extend(missing("job-missing-appointment", usize::from(handover.phase == Phase::Planned)));
            }
            Phase::Started => {
                let open = |key: &str| match handover.get(&format!("line:{key}")) {
                    Some(Value::Line(LineAnswer { verdict, .. })) => verdict.as_deref() == Some("incomplete"),
                    _ => true,
                };
                lines_left = checklist_of(profile, &unit).iter().filter(|line| open(&line.key)).count();
                lacks.extend(missing("job-missing-lines", lines_left));
                lacks.extend(missing("job-missing-meters", profile.taxonomy.meters.iter().filter(|m| !said(format!("meter:{}", m.id))).count()));
                lacks.extend(missing("job-missing-parts", profile.taxonomy.parts.iter().filter(|p| !said(format!("part:{}", p.id))).count()));
                lacks.extend(missing("job-missing-signature", 1));
            }
            Phase::Signed => lacks.extend(missing("job-missing-close", 1)),
            _ => return Ok(None),
        }
        let at = appointed(handover);
        let snags = self.store.list(AggKind::Snag, Some(unit.id), None, 0, u64::from(u32::MAX))?;
        Ok(Some(JobView {
            kind: JobKind::Handover,
            unit: unit.id,
            label: self.unit_label(&unit)?,
            at,
            urgency: self.urgency(at, handover.phase == Phase::Started),
            phase: handover.phase,
            lines_left: lines_left as u64,
            snags: snags.iter().filter(|snag| snag.parent == Some(handover.id)).map(|snag| snag.id).collect(),
            missing: lacks,
        }))
    }

    /// Snags in these phases (the one furthest behind first), one job per unit.
    fn snag_jobs(&self, kind: JobKind, phases: &[Phase]) -> Result<Vec<JobView>> {
        let mut units: BTreeMap<Id, Vec<Aggregate>> = BTreeMap::new();
        for phase in phases {
            for snag in self.store.list(AggKind::Snag, None, Some(*phase), 0, u64::from(u32::MAX))? {
                // Found right, it waits for the owner.
                let right = snag.done().any(|entry| matches!(entry.act, Act::RecheckConfirm(_)) && entry.round == snag.round);
                if let Some(unit) = snag.unit.filter(|_| kind != JobKind::Recheck || !right) {
                    units.entry(unit).or_default().push(snag);
                }
            }
        }
        let zone = self.zone().unwrap_or_else(|_| self.profile().time_zone);
        // Through the end of the agreed day: the order's, or the one that the owner was told.
        let agreed = |snag: &Aggregate| {
            let ordered = snag.ordered().and_then(|(_, day)| day);
            let day: chrono::NaiveDate = ordered.or(snag.text("due_on"))?.parse().ok()?;
            let end = day.succ_opt()?.and_time(chrono::NaiveTime::MIN).and_local_timezone(zone).earliest()?;
            Some(UtcMs(end.timestamp_millis() - 1))
        };
        let mut jobs = Vec::new();
        for (unit, snags) in units {
            let Some(thing) = self.store.thing(unit)? else { continue };
            let mut at: Option<UtcMs> = None;
            let mut counts = [0; 3];
            for snag in &snags {
                let running = self.clocks_of(snag).into_iter().filter(|clock| clock.met.is_none()).map(|clock| clock.due);
                at = running.chain(agreed(snag)).chain(at).min();
                let has = |purpose: &str| super::photo::photographed(snag, purpose);
                match (kind, snag.phase) {
                    (JobKind::Repair, Phase::InWork) => counts[1] += usize::from(!has("after")),
                    (JobKind::Repair, _) => counts[0] += 1,
                    _ => counts[2] += 1,
                }
            }
            let begun = snags.iter().any(|snag| snag.phase == Phase::InWork);
            let keys = ["job-missing-arrival", "job-missing-after", "job-missing-recheck"];
            jobs.push(JobView {
                kind,
                unit,
                label: self.unit_label(&thing)?,
                at,
                urgency: if at.is_some_and(|at| at < self.now()) { Urgency::Overdue } else { self.urgency(at, begun) },
                phase: snags.first().map_or(Phase::Open, |snag| snag.phase),
                lines_left: 0,
                missing: keys.into_iter().zip(counts).filter_map(|(key, count)| missing(key, count)).collect(),
                snags: snags.iter().map(|snag| snag.id).collect(),
            });
        }
        Ok(jobs)
    }
}
