//! What to do now.

use crate::{
    store::{FieldStore, Result},
    types::{Id, Lang, Phase, UtcMs, Words},
};
use keyturn_core::field::{JobKind, Urgency};

/// What kind of work a job is.
#[uniffi::remote(Enum)]
pub enum JobKind {
    /// A handover to walk, sign or close.
    Handover,
    /// Repairs to look at again.
    Recheck,
    /// Repairs to do.
    Repair,
}

/// How urgent a job is, the most urgent first.
#[uniffi::remote(Enum)]
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

/// A job: a handover, or the repairs of one unit.
#[derive(Clone, Debug, uniffi::Record)]
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
    /// The snags it is about.
    pub snags: Vec<Id>,
    /// What is missing, in words.
    pub missing: Vec<Words>,
}

#[uniffi::export]
impl FieldStore {
    /// What the holder of this device has to do, the most urgent first.
    pub fn today(&self) -> Result<Vec<JobView>> {
        let jobs = self.core()?.jobs()?;
        let view = |job: keyturn_core::field::JobView| JobView {
            kind: job.kind,
            unit: job.unit,
            label: job.label,
            at: job.at,
            urgency: job.urgency,
            phase: job.phase,
            lines_left: job.lines_left,
            snags: job.snags,
            missing: job.missing.iter().map(|missing| Words { zh: missing.told(Lang::Zh), en: missing.told(Lang::En) }).collect(),
        };
        Ok(jobs.into_iter().map(view).collect())
    }
}
