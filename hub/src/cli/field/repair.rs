//! `field repair`, `field recheck`, `field conflicts`.

use super::{Answer, Ctx, Device, Failure, read::Page, text};
use chrono::{DateTime, NaiveDate};
use clap::{Subcommand, ValueEnum};
use keyturn_core::{
    field::SnagView,
    log::fold::Phase,
    model::{Id, UtcMs},
};
use std::path::PathBuf;

/// The repair of a snag, round by round.
#[derive(Debug, Subcommand)]
pub(super) enum RepairCommand {
    /// The crew is on site.
    Arrive {
        /// The snag: id, or `UNIT#NUMBER`.
        snag: String,
        /// A remark.
        #[arg(long)]
        note: Option<String>,
    },
    /// A photo before the work of this round.
    Before {
        /// The snag.
        snag: String,
        /// The photo's file.
        photo: PathBuf,
    },
    /// A photo after the work of this round.
    After {
        /// The snag.
        snag: String,
        /// The photo's file.
        photo: PathBuf,
    },
    /// The repair is done.
    Done {
        /// The snag.
        snag: String,
        /// What was done.
        text: String,
        /// Materials used.
        #[arg(long)]
        materials: Option<String>,
        /// Time spent, in minutes.
        #[arg(long)]
        minutes: Option<u32>,
    },
    /// The snag with its due dates and how each came about.
    Show {
        /// The snag.
        snag: String,
    },
    /// Snags that are ordered and not confirmed, with their due dates.
    List {
        /// Of this unit only: id, label, or the door as `2-1-1102`.
        #[arg(long)]
        unit: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Puts the repair on hold; which due dates wait meanwhile is the rules' word.
    Hold {
        /// The snag.
        snag: String,
        /// What keeps it: waiting_for_owner, no_access, in_court, outside_survey.
        #[arg(long)]
        state: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// The repair goes on.
    Resume {
        /// The snag.
        snag: String,
        /// A remark.
        #[arg(long)]
        note: Option<String>,
    },
    /// Counts the running due dates again under the rules in force; the old ones stay on record.
    Rebase {
        /// The snag.
        snag: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The kind of work it turned out to be: single_trade, multi_trade.
        #[arg(long)]
        work: Option<String>,
    },
    /// Makes a due date later, with the owner's consent given before it was due.
    Extend {
        /// The snag.
        snag: String,
        /// The milestone, such as `repair_complete`.
        milestone: String,
        /// The new last day, `2026-11-27`.
        #[arg(long)]
        until: NaiveDate,
        /// When the owner consented: RFC 3339 with an offset; without it, now.
        #[arg(long)]
        consented: Option<String>,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// Who looks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// The inspector.
    Inspector,
    /// The owner, on site.
    Owner,
}

/// Looking at a repair again.
#[derive(Debug, Subcommand)]
pub(super) enum RecheckCommand {
    /// The inspector finds it right; the owner confirms next.
    Pass {
        /// The snag: id, or `UNIT#NUMBER`.
        snag: String,
        /// A remark.
        #[arg(long)]
        note: Option<String>,
    },
    /// It is repaired.
    Confirm {
        /// The snag.
        snag: String,
        /// Who says so.
        #[arg(long, value_enum, default_value_t = By::Inspector)]
        by: By,
        /// A remark.
        #[arg(long)]
        note: Option<String>,
    },
    /// It is not repaired; the next round begins.
    Reject {
        /// The snag.
        snag: String,
        /// Why.
        reason: String,
        /// Who says so.
        #[arg(long, value_enum, default_value_t = By::Inspector)]
        by: By,
        /// A photo of what is wrong.
        #[arg(long)]
        photo: Option<PathBuf>,
    },
}

/// What waits for a person's decision.
#[derive(Debug, Subcommand)]
pub(super) enum ConflictsCommand {
    /// Fields with two values, acts that did not fit, records the hub refused.
    List,
    /// One of the values stands, knowing all the others.
    Settle {
        /// The conflict's id.
        conflict: Id,
        /// The value's number in the list, from 0.
        #[arg(long)]
        choice: usize,
    },
}

fn snag_answer(ctx: &Ctx, device: &Device, view: &SnagView) -> Answer {
    Answer::one(view, text::snag(ctx, device, view))
}

impl RepairCommand {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        let field = &device.field;
        let photo = |snag: &str, path: &PathBuf, after: bool| -> Result<Answer, Failure> {
            let view = field.repair_photo(device.snag(snag)?, path, after)?;
            Ok(Answer::one(&view, text::photo(ctx, &view)))
        };
        match self {
            Self::Arrive { snag, note } => Ok(snag_answer(ctx, device, &field.repair_arrive(device.snag(snag)?, note.clone())?)),
            Self::Before { snag, photo: path } => photo(snag, path, false),
            Self::After { snag, photo: path } => photo(snag, path, true),
            Self::Done { snag, text, materials, minutes } => {
                Ok(snag_answer(ctx, device, &field.repair_done(device.snag(snag)?, text, materials.clone(), *minutes)?))
            }
            Self::Show { snag } => Ok(snag_answer(ctx, device, &field.snag(device.snag(snag)?)?)),
            Self::List { unit, page } => {
                device.enrolled()?;
                let unit = unit.as_deref().map(|words| device.unit(words)).transpose()?;
                let all = field.snags(unit, None, 0, u64::MAX)?;
                let open = all.into_iter().filter(|s| !s.clocks.is_empty() && s.phase != Phase::Confirmed);
                let open: Vec<SnagView> = open.skip(page.offset as usize).take(page.limit as usize).collect();
                let told: Vec<String> = open.iter().map(|view| text::snag(ctx, device, view)).collect();
                Ok(Answer::rows(&open, told.join("\n")))
            }
            Self::Hold { snag, state, reason } => Ok(snag_answer(ctx, device, &field.hold(device.snag(snag)?, state, reason)?)),
            Self::Resume { snag, note } => Ok(snag_answer(ctx, device, &field.resume(device.snag(snag)?, note.clone())?)),
            Self::Rebase { snag, reason, work } => Ok(snag_answer(ctx, device, &field.rebase(device.snag(snag)?, work.as_deref(), reason)?)),
            Self::Extend { snag, milestone, until, consented, reason } => {
                let at = match consented {
                    Some(text) => {
                        let read = DateTime::parse_from_rfc3339(text).map(|at| UtcMs(at.timestamp_millis()));
                        read.map_err(|_| Failure::refused("rules-bad-instant", &[("place", "consented".to_owned()), ("value", text.clone())]))?
                    }
                    None => field.now(),
                };
                Ok(snag_answer(ctx, device, &field.extend(device.snag(snag)?, milestone, *until, Some(at), reason)?))
            }
        }
    }
}

impl RecheckCommand {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        let field = &device.field;
        let view = match self {
            Self::Pass { snag, note } | Self::Confirm { snag, by: By::Inspector, note } => field.recheck_pass(device.snag(snag)?, note.clone())?,
            Self::Confirm { snag, by: By::Owner, note } => field.owner_confirm(device.snag(snag)?, note.clone())?,
            Self::Reject { snag, reason, by: By::Inspector, photo } => field.recheck_reject(device.snag(snag)?, reason, photo.as_deref())?,
            Self::Reject { snag, reason, by: By::Owner, photo } => {
                let snag = device.snag(snag)?;
                let ready = field.snag(snag)?.phase == Phase::Done && !reason.trim().is_empty();
                // A photo must not stay behind a rejection that is refused: then the refusal comes first.
                if let Some(path) = photo.as_deref().filter(|_| ready) {
                    field.add_photo(snag, path, "reject")?;
                }
                field.owner_reject(snag, reason)?
            }
        };
        Ok(snag_answer(ctx, device, &view))
    }
}

impl ConflictsCommand {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        match self {
            Self::List => {
                let all = device.field.conflicts()?;
                Ok(Answer::rows(&all, text::conflicts(ctx, &all, device.zone())))
            }
            Self::Settle { conflict, choice } => {
                device.enrolled()?;
                let all = device.field.conflicts()?;
                let one = all.iter().find(|c| c.id == *conflict && c.why == "conflict");
                let one = one.ok_or_else(|| Failure::refused("rule-no-conflict", &[]))?;
                device.field.settle(one.thing, &one.what, *choice)?;
                let value = one.values.get(*choice).map(|v| v.value.clone());
                let done = serde_json::json!({ "id": conflict, "thing": one.thing, "field": one.what, "value": value });
                Ok(Answer::one(&done, ctx.words("cli-done", &[])))
            }
        }
    }
}
