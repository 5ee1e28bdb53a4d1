//! `keyturn rules approval`: who has to approve an amount.

use super::cases::{Bad, Cases, day, profile};
use crate::cli::{Answer, Ctx, Failure};
use clap::Args;
use keyturn_core::{
    model::Id,
    policy::approval::{Amounts, Approvals, Chain, Spend},
    words::Told as _,
};
use serde::{Deserialize, Serialize};

/// Who has to approve an amount. A case: `{"id","profile","table","amount_fen","flags":[...]}`, answered `{"id","steps":[role...],"origin"}`.
/// With `"approved_fen"` beside: whether the amount, now known, needs a new approval (`"again"`), and by whom. With `"on"` (a day) and
/// `"related":[{"on","amount_fen"}]`, the other orders of the same unit and cause: those within the window count with it, and `"counted_fen"` says
/// what was held against the bands. With `"role"`, and `"done"` steps taken: whether that role may take the next one (`"may"`, and why not);
/// `"own": true` is somebody's own request.
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
    on: Option<String>,
    #[serde(default)]
    related: Vec<Related>,
    role: Option<String>,
    #[serde(default)]
    done: usize,
    #[serde(default)]
    own: bool,
}

/// Another order of the same unit and cause.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Related {
    on: String,
    amount_fen: u64,
}

#[derive(Default, Serialize)]
struct Answered {
    steps: Vec<String>,
    origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crosses_band: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_fen: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    may: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

fn answered(chain: Chain) -> Answered {
    let origin: Vec<String> = chain.origin.iter().map(ToString::to_string).collect();
    Answered { steps: chain.steps, origin: origin.join("; "), ..Answered::default() }
}

impl Case {
    /// What is held against the bands: with the related orders within the window (C-13).
    fn counted_fen(&self, rules: &Approvals) -> Result<Option<u64>, Bad> {
        if self.related.is_empty() && self.on.is_none() {
            return Ok(None);
        }
        let spend = |on, amount_fen| Spend { unit: Id::default(), cause: String::new(), on, amount_fen };
        let related = self.related.iter().enumerate().map(|(at, other)| Ok(spend(day(&format!("related[{at}].on"), &other.on)?, other.amount_fen)));
        let related = related.collect::<Result<Vec<Spend>, Bad>>()?;
        let this = spend(day("on", self.on.as_deref().unwrap_or_default())?, self.amount_fen);
        Ok(Some(rules.with_related(&this, &related)))
    }
}

impl Approval {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        self.cases.each(ctx, |registry, case: Case| {
            let rules = &profile(registry, &case.profile)?.approvals;
            let counted_fen = case.counted_fen(rules)?;
            let amount_fen = counted_fen.unwrap_or(case.amount_fen);
            let (chain, again, crosses_band) = match case.approved_fen {
                None => (rules.steps(&case.table, &Amounts::all(amount_fen), &case.flags)?, None, None),
                Some(approved) => match rules.overrun(&case.table, approved, amount_fen, &case.flags)? {
                    Some(over) => (over.chain, Some(true), Some(over.crosses_band)),
                    None => return Ok(Answered { again: Some(false), counted_fen, ..Answered::default() }),
                },
            };
            let may = case.role.as_ref().map(|role| rules.may_approve(&chain, case.done, role, case.own));
            let why = may.as_ref().and_then(|may| may.as_ref().err()).map(|why| why.told(ctx.lang));
            Ok(Answered { again, crosses_band, counted_fen, may: may.map(|may| may.is_ok()), why, ..answered(chain) })
        })
    }
}
