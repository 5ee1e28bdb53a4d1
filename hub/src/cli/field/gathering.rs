//! `field meeting` and `field joint`: acceptance meetings with minutes (S0-32), joint inspections whose snags go to the contractor (S0-31).

use super::{Answer, Ctx, Device, Failure, handover::Joins};
use clap::{Args, Subcommand};
use keyturn_core::{
    field::{GatheringKind, GatheringView, NewGathering, NewSnag},
    model::Id,
};
use serde_json::json;
use std::path::PathBuf;

/// What is called.
#[derive(Debug, Args)]
pub(super) struct Call {
    /// The units: ids, labels or doors.
    #[arg(required = true)]
    units: Vec<String>,
    /// What it is about.
    #[arg(long)]
    title: String,
    /// When: RFC 3339, or `2026-11-20 09:30` in the project's zone.
    #[arg(long)]
    at: String,
    /// Where.
    #[arg(long)]
    place: Option<String>,
}

/// Acceptance meetings (S0-32).
#[derive(Debug, Subcommand)]
pub(super) enum MeetingCommand {
    /// Calls a meeting for one unit or a batch; answers with its id.
    New(Call),
    /// Somebody is called or came; MEETING stands in the place of the unit.
    Participant(Joins),
    /// Writes minutes.
    Minutes {
        /// The meeting's id.
        meeting: Id,
        /// The words.
        text: String,
    },
    /// Meetings, of one unit or all.
    List {
        /// The unit.
        unit: Option<String>,
    },
    /// One meeting.
    Show {
        /// The meeting's id.
        meeting: Id,
    },
}

/// Joint inspections (S0-31).
#[derive(Debug, Subcommand)]
pub(super) enum JointCommand {
    /// Calls an inspection for one unit or a batch; answers with its id.
    New(Call),
    /// Somebody is called or came; INSPECTION stands in the place of the unit.
    Participant(Joins),
    /// Records what was found, and orders it from the contractor.
    Snag(JointSnag),
    /// What was concluded.
    Conclude {
        /// The inspection's id.
        inspection: Id,
        /// The words.
        text: String,
    },
    /// Inspections, of one unit or all.
    List {
        /// The unit.
        unit: Option<String>,
    },
    /// One inspection.
    Show {
        /// The inspection's id.
        inspection: Id,
    },
}

/// What an inspection found.
#[derive(Debug, Args)]
pub(super) struct JointSnag {
    /// The inspection's id.
    inspection: Id,
    /// The unit.
    unit: String,
    /// The contractor: id or name.
    #[arg(long)]
    contractor: String,
    /// The room's key.
    #[arg(long)]
    room: String,
    /// The element.
    #[arg(long)]
    element: String,
    /// The defect.
    #[arg(long)]
    defect: String,
    /// The severity.
    #[arg(long)]
    severity: Option<String>,
    /// What was found.
    #[arg(long)]
    finding: String,
    /// By when.
    #[arg(long)]
    due_on: Option<String>,
    /// A photo's file; may stand several times.
    #[arg(long = "photo")]
    photos: Vec<PathBuf>,
}

fn call(ctx: &Ctx, device: &Device, kind: GatheringKind, call: &Call) -> Result<Answer, Failure> {
    let units = call.units.iter().map(|unit| device.unit(unit)).collect::<Result<Vec<_>, _>>()?;
    let new = NewGathering { units, title: call.title.clone(), at: device.instant(&call.at)?, place: call.place.clone() };
    let id = device.field.gathering_new(kind, &new)?;
    shown(ctx, device, id)
}

fn join(ctx: &Ctx, device: &Device, joins: &Joins) -> Result<Answer, Failure> {
    let id: Id = joins.unit.parse().map_err(|_| Failure::refused("field-not-found", &[("what", "gathering".to_owned())]))?;
    let participant = device.field.gathering_join(id, &joins.participant(device)?)?;
    let words = [("what", ctx.words("cli-what-participant", &[])), ("id", participant.to_string())];
    Ok(Answer::one(&json!({ "participant": participant }), ctx.words("cli-named", &words)))
}

fn shown(ctx: &Ctx, device: &Device, id: Id) -> Result<Answer, Failure> {
    let view = device.field.gathering(id)?;
    Ok(Answer::one(&view, told(ctx, device, &view)))
}

fn list(ctx: &Ctx, device: &Device, kind: GatheringKind, unit: Option<&str>) -> Result<Answer, Failure> {
    let unit = unit.map(|unit| device.unit(unit)).transpose()?;
    let all = device.field.gatherings(kind, unit)?;
    let text = all.iter().map(|view| told(ctx, device, view)).collect::<Vec<_>>().join("\n\n");
    Ok(Answer::rows(&all, text))
}

fn told(ctx: &Ctx, device: &Device, view: &GatheringView) -> String {
    let roles = &device.field.profile().roles.list;
    let kind = ctx.words(if view.kind == GatheringKind::Meeting { "cli-meeting" } else { "cli-joint" }, &[]);
    let when = view.at.map(|at| at.local_minute(device.zone())).unwrap_or_default();
    let mut lines = vec![format!("{kind} {} · {when} {}", view.title, view.place.as_deref().unwrap_or_default()).trim_end().to_owned(), view.id.to_string()];
    for p in &view.participants {
        let who = [Some(roles.name(&p.role, ctx.lang)), p.name.as_deref(), p.organisation.as_deref()];
        lines.push(format!("  {}", who.into_iter().flatten().collect::<Vec<_>>().join(" · ")));
    }
    lines.extend(view.minutes.iter().map(|m| format!("  {} {}", m.at.local_minute(device.zone()), m.text)));
    lines.extend(view.conclusion.iter().map(|text| format!("  {text}")));
    if !view.snags.is_empty() {
        lines.push(format!("  {}", ctx.words("cli-joint-snags", &[("n", view.snags.len().to_string())])));
    }
    lines.join("\n")
}

impl MeetingCommand {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        match self {
            Self::New(new) => call(ctx, device, GatheringKind::Meeting, new),
            Self::Participant(joins) => join(ctx, device, joins),
            Self::Minutes { meeting, text } => {
                device.field.meeting_minutes(*meeting, text)?;
                shown(ctx, device, *meeting)
            }
            Self::List { unit } => list(ctx, device, GatheringKind::Meeting, unit.as_deref()),
            Self::Show { meeting } => shown(ctx, device, *meeting),
        }
    }
}

impl JointCommand {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        match self {
            Self::New(new) => call(ctx, device, GatheringKind::Inspection, new),
            Self::Participant(joins) => join(ctx, device, joins),
            Self::Snag(found) => {
                let new = NewSnag {
                    unit: device.unit(&found.unit)?,
                    room: found.room.clone(),
                    element: found.element.clone(),
                    defect: found.defect.clone(),
                    severity: found.severity.clone().unwrap_or_default(),
                    finding: found.finding.clone(),
                    due_on: found.due_on.clone(),
                    photos: found.photos.clone(),
                    ..NewSnag::default()
                };
                let snag = device.field.joint_snag(found.inspection, &new, device.contractor(&found.contractor)?)?;
                Ok(Answer::one(&snag, super::text::snag(ctx, device, &snag)))
            }
            Self::Conclude { inspection, text } => {
                device.field.joint_conclude(*inspection, text)?;
                shown(ctx, device, *inspection)
            }
            Self::List { unit } => list(ctx, device, GatheringKind::Inspection, unit.as_deref()),
            Self::Show { inspection } => shown(ctx, device, *inspection),
        }
    }
}
