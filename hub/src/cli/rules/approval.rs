//! `keyturn rules approval`: who has to approve an amount.

use super::cases::{Cases, profile};
use crate::cli::{Answer, Ctx, Failure};
use clap::Args;
use keyturn_core::policy::approval::{Amounts, Chain};
use serde::{Deserialize, Serialize};

/// Who has to approve an amount. A case: `{"id","profile","table","amount_fen","flags":[...]}`, answered `{"id","steps":[role...],"origin"}`.
/// With `"approved_fen"` beside: whether the amount, now known, needs a new approval (`"again"`), and by whom.
#[derive(Debug, Args)]
pub(super) struct Approval {
    #[command(flatten)]
    cases: Cases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    profile: String,
    table: String,
    amount_fen: u64,
    #[serde(default)]
    flags: Vec<String>,
    approved_fen: Option<u64>,
}

#[derive(Serialize)]
struct Answered {
    steps: Vec<String>,
    origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crosses_band: Option<bool>,
}

fn answered(chain: Chain) -> Answered {
    let origin: Vec<String> = chain.origin.iter().map(ToString::to_string).collect();
    Answered { steps: chain.steps, origin: origin.join("; "), again: None, crosses_band: None }
}

impl Approval {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        self.cases.each(ctx, |registry, case: Case| {
            let rules = &profile(registry, &case.profile)?.approvals;
            let Some(approved) = case.approved_fen else {
                return Ok(answered(rules.steps(&case.table, &Amounts::all(case.amount_fen), &case.flags)?));
            };
            Ok(match rules.overrun(&case.table, approved, case.amount_fen, &case.flags)? {
                Some(over) => Answered { again: Some(true), crosses_band: Some(over.crosses_band), ..answered(over.chain) },
                None => Answered { steps: Vec::new(), origin: String::new(), again: Some(false), crosses_band: None },
            })
        })
    }
}
