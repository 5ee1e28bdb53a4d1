//! `keyturn rules`: what the policy says, asked without a project: profiles, and what-if over cases read as JSON lines.

mod cases;
mod list;

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
}

/// Runs one command of the rules.
pub(super) fn run(ctx: &Ctx, args: &RulesArgs) -> Result<Answer, Failure> {
    match &args.command {
        RulesCommand::List(list) => list.run(ctx),
    }
}
