//! `keyturn rules deadline`: when a milestone of a case is due, and how that came about.

use super::cases::{Bad, Cases, NoAnswer, profile};
use crate::cli::{Answer, Ctx, Failure};
use chrono::{DateTime, SecondsFormat};
use clap::Args;
use keyturn_core::{
    model::UtcMs,
    policy::deadline::{Pause, Question, Unit},
};
use serde::{Deserialize, Serialize};

/// When a milestone is due. A case: `{"id","profile","milestone","severity","urgency","work","start","pauses":[{"from","to"}]}`;
/// severity, urgency, work and pauses may be missing where the limit does not ask for them. Instants are RFC 3339 with an offset.
/// Answered `{"id","due","unit","value","origin","soft","provisional","steps":[...]}`; 24:00 is printed as 00:00 of the next day.
#[derive(Debug, Args)]
pub(super) struct Deadline {
    #[command(flatten)]
    cases: Cases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    profile: String,
    milestone: String,
    severity: Option<String>,
    urgency: Option<String>,
    work: Option<String>,
    start: String,
    pauses: Option<Vec<Span>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    from: String,
    to: Option<String>,
    state: Option<String>,
}

#[derive(Serialize)]
struct Answered {
    due: String,
    unit: Unit,
    value: u32,
    origin: String,
    soft: bool,
    provisional: bool,
    steps: Vec<String>,
}

/// An instant with its offset.
fn instant(place: &str, text: &str) -> Result<UtcMs, Bad> {
    let read = DateTime::parse_from_rfc3339(text.trim());
    read.map(|at| UtcMs(at.timestamp_millis())).map_err(|_| Bad::value("rules-bad-instant", place, text))
}

impl Deadline {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        self.cases.each(ctx, |registry, case: Case| {
            let profile = profile(registry, &case.profile)?;
            let calendar = registry.calendar(profile, profile.time_zone);
            let start = instant("start", &case.start)?;
            let pauses = case.pauses.unwrap_or_default().into_iter().enumerate().map(|(at, span)| {
                let from = instant(&format!("pauses[{at}].from"), &span.from)?;
                let to = span.to.as_deref().map(|to| instant(&format!("pauses[{at}].to"), to)).transpose()?;
                Ok(Pause { from, to, state: span.state })
            });
            let pauses = pauses.collect::<Result<Vec<Pause>, NoAnswer>>()?;
            let question = Question {
                milestone: &case.milestone,
                severity: case.severity.as_deref(),
                urgency: case.urgency.as_deref(),
                work: case.work.as_deref(),
                start,
                pauses: &pauses,
            };
            let due = profile.deadlines.due(&calendar, &question)?;
            Ok(Answered {
                due: due.at.to_utc().with_timezone(&calendar.zone()).to_rfc3339_opts(SecondsFormat::AutoSi, false),
                unit: due.row.unit,
                value: due.value,
                origin: due.row.origin.to_string(),
                soft: due.row.soft,
                provisional: due.provisional,
                steps: due.steps.iter().map(|step| step.told(&calendar, ctx.lang)).collect(),
            })
        })
    }
}
