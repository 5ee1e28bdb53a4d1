//! `keyturn rules`: what the policy says, asked without a project: profiles, and what-if over cases read as JSON lines.

mod approval;
mod calendar;
mod cases;
mod deadline;
mod list;
mod pledge;
mod publish;
mod severity;
mod show;
mod warranty;

use super::{Answer, Ctx, Failure};
use crate::Hub;
use clap::{Args, Subcommand};
use keyturn_core::policy::{Profile, registry::Registry, resolve::Library};
use std::path::Path;

/// What the policy says.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// The lists a profile knows: defects, spaces, channels, roles …; one with its entries.
    List(list::List),
    Deadline(deadline::Deadline),
    Warranty(warranty::Warranty),
    Show(show::Show),
    Diff(show::Diff),
    Check(show::Check),
    Approval(approval::Approval),
    Severity(severity::Severity),
    Pledge(pledge::PledgeArgs),
    Publish(publish::Publish),
    Calendar(calendar::CalendarArgs),
}

impl RulesArgs {
    /// What only a hub can answer: publishing, and what its published profiles say.
    ///
    /// # Errors
    /// When it was refused.
    pub(super) async fn at_hub(&self, ctx: &Ctx, hub: &Hub, cwd: &Path) -> Result<Answer, Failure> {
        let library = || hub.policies().library();
        match &self.command {
            RulesCommand::Publish(publish) => publish.run(ctx, hub, cwd).await,
            RulesCommand::List(list) => list.at_hub(ctx, hub),
            RulesCommand::Pledge(pledge) => pledge.run(ctx, hub.policies(), cwd),
            RulesCommand::Calendar(calendar) => calendar.at_hub(ctx, hub, cwd).await,
            RulesCommand::Check(check) => check.run(ctx, Some(hub.policies()), cwd),
            RulesCommand::Show(show) => show.run(ctx, &library()),
            RulesCommand::Diff(diff) => diff.run(ctx, &library()),
            RulesCommand::Deadline(_) | RulesCommand::Warranty(_) | RulesCommand::Severity(_) | RulesCommand::Approval(_) => Ok(cases::published(hub)),
        }
    }
}

/// Runs one command of the rules.
pub(super) fn run(ctx: &Ctx, args: &RulesArgs) -> Result<Answer, Failure> {
    match &args.command {
        RulesCommand::List(list) => match &list.data {
            Some(data) => super::hub::at_hub(ctx, data),
            None => list.run(ctx, Profile::builtin()),
        },
        RulesCommand::Show(show) => match &show.data {
            Some(data) => super::hub::at_hub(ctx, data),
            None => show.run(ctx, Library::shipped()),
        },
        RulesCommand::Diff(diff) => match &diff.data {
            Some(data) => super::hub::at_hub(ctx, data),
            None => diff.run(ctx, Library::shipped()),
        },
        RulesCommand::Check(check) => match &check.data {
            Some(data) => super::hub::at_hub(ctx, data),
            None => check.run(ctx, None, Path::new("")),
        },
        RulesCommand::Approval(approval) => approval.run(ctx),
        RulesCommand::Severity(severity) => severity.run(ctx),
        RulesCommand::Pledge(pledge) => match &pledge.data {
            Some(data) => super::hub::at_hub(ctx, data),
            None => pledge.run(ctx, &Registry::default(), Path::new("")),
        },
        RulesCommand::Publish(publish) => super::hub::at_hub(ctx, &publish.data),
        RulesCommand::Calendar(calendar) => calendar.run(ctx),
        RulesCommand::Deadline(deadline) => deadline.run(ctx),
        RulesCommand::Warranty(warranty) => warranty.run(ctx),
    }
}
