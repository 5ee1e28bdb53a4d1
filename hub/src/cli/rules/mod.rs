//! `keyturn rules`: what the policy says, asked without a project: profiles, and what-if over cases read as JSON lines.

mod approval;
mod cases;
mod deadline;
mod list;
mod pledge;
mod publish;
mod severity;
mod show;
mod warranty;

use super::{Answer, Ctx, Failure};
use clap::{Args, Subcommand};

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
}

impl RulesArgs {
    /// The draft to publish, for the hub that was asked to.
    pub(super) fn publish(&self) -> Option<&publish::Publish> {
        match &self.command {
            RulesCommand::Publish(publish) => Some(publish),
            _ => None,
        }
    }
}

/// Runs one command of the rules.
pub(super) fn run(ctx: &Ctx, args: &RulesArgs) -> Result<Answer, Failure> {
    match &args.command {
        RulesCommand::List(list) => list.run(ctx),
        RulesCommand::Show(show) => show.run(ctx),
        RulesCommand::Diff(diff) => diff.run(ctx),
        RulesCommand::Check(check) => check.run(ctx),
        RulesCommand::Approval(approval) => approval.run(ctx),
        RulesCommand::Severity(severity) => severity.run(ctx),
        RulesCommand::Pledge(pledge) => pledge.run(ctx),
        RulesCommand::Publish(publish) => super::hub::at_hub(ctx, &publish.data),
        RulesCommand::Deadline(deadline) => deadline.run(ctx),
        RulesCommand::Warranty(warranty) => warranty.run(ctx),
    }
}
