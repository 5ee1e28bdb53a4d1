//! `keyturn rules severity`: how serious and how urgent a case is, and why.

use super::cases::{Bad, Cases, profile};
use crate::cli::{Answer, Ctx, Failure};
use clap::Args;
use keyturn_core::policy::{approval::Amounts, severity::CaseFacts};
use serde::Deserialize;

/// How serious and how urgent a case is. A case: `{"id","profile","amount_fen","flags":[...],"word"}`, all but id and profile may be missing
/// (or `"amounts":{"estimate","reviewed_cost","total_outlay"}` for one amount); answered `{"id","severity","urgency","because":[{"rule","set","origin"}]}`.
#[derive(Debug, Args)]
pub(super) struct Severity {
    #[command(flatten)]
    cases: Cases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    profile: String,
    amount_fen: Option<u64>,
    amounts: Option<Amounts>,
    #[serde(default)]
    flags: Vec<String>,
    word: Option<String>,
}

impl Severity {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        self.cases.each(ctx, |registry, case: Case| {
            if let (Some(amount_fen), Some(_)) = (case.amount_fen, case.amounts) {
                return Err(Bad::value("rules-amount-twice", "amount_fen", &amount_fen.to_string()).into());
            }
            let amounts = case.amounts.or_else(|| case.amount_fen.map(Amounts::all)).unwrap_or_default();
            Ok(profile(registry, &case.profile)?.severities.grade(&CaseFacts { amounts, flags: case.flags, word: case.word })?)
        })
    }
}
