//! `field repair`, `field recheck`, `field conflicts`.

use super::{Answer, Ctx, Device, Failure, text};
use clap::{Subcommand, ValueEnum};
use keyturn_core::{field::SnagView, log::fold::Phase, model::Id};
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
