//! `keyturn rules list`: the lists of the policy, and the entries of one, with what is still a draft.

use crate::{
    Hub,
    cli::{Answer, Ctx, Failure},
};
use clap::Args;
use keyturn_core::{
    policy::{
        Entry, Profile,
        limit::Limit,
        rows::{Confirm, limit_name},
    },
    words::Lang,
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The measured limits, beside the lists of the taxonomy.
const LIMITS: &str = "limit";

/// Lists, or the entries of one.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The list; without it the names of all.
    name: Option<String>,
    /// The folder of a hub: the lists as its rules in force have them, with what its office added and confirmed.
    #[arg(long)]
    pub(super) data: Option<PathBuf>,
}

impl List {
    /// What the hub's rules in force say.
    pub(super) fn at_hub(&self, ctx: &Ctx, hub: &Hub) -> Result<Answer, Failure> {
        self.run(ctx, hub.profile())
    }

    pub(super) fn run(&self, ctx: &Ctx, profile: &Profile) -> Result<Answer, Failure> {
        let mut lists = profile.taxonomy.lists();
        lists.push((LIMITS, profile.limits.list.iter().map(|limit| limit as &dyn Entry).collect()));
        let Some(name) = &self.name else {
            let rows: Vec<_> = lists.iter().map(|(name, entries)| json!({ "list": name, "entries": entries.len() })).collect();
            let text: Vec<String> = lists.iter().map(|(name, entries)| format!("{name:18} {}", entries.len())).collect();
            return Ok(Answer::rows(&rows, text.join("\n")));
        };
        if name == LIMITS {
            let confirms: Vec<Confirm> = profile.resolved.typed_rows("confirm");
            let (rows, text): (Vec<Value>, Vec<String>) = profile.limits.list.iter().map(|limit| one_limit(ctx, limit, &confirms)).unzip();
            return Ok(Answer::rows(&rows, text.join("\n")));
        }
        let Some((_, entries)) = lists.into_iter().find(|(list, _)| list == name) else {
            return Err(Failure::refused("rules-no-list", &[("list", name.clone())]));
        };
        let draft = |entry: &&dyn Entry| !entry.origin().binds();
        let row = |e: &&dyn Entry| json!({ "id": e.id(), "zh": e.name(Lang::Zh), "en": e.name(Lang::En), "origin": e.origin(), "draft": draft(e) });
        let told = |e: &&dyn Entry| {
            let waits = if draft(e) { format!("  {}", ctx.words("rules-list-draft", &[])) } else { String::new() };
            format!("{:24} {}  ({}){waits}", e.id(), e.name(ctx.lang), e.origin())
        };
        Ok(Answer::rows(&entries.iter().map(row).collect::<Vec<_>>(), entries.iter().map(told).collect::<Vec<_>>().join("\n")))
    }
}

/// A measured limit, whether it is a draft, and who let it bind.
fn one_limit(ctx: &Ctx, limit: &Limit, confirms: &[Confirm]) -> (Value, String) {
    let what = limit_name(&limit.id);
    let confirm = confirms.iter().rfind(|confirm| limit.confirmed && confirm.what == what);
    let value = limit.value.map(|value| value.to_string());
    let row = json!({
        "id": limit.id, "zh": limit.zh, "en": limit.en, "value": value, "unit": limit.unit, "origin": limit.origin, "draft": limit.is_draft(),
        "binds": limit.binds(), "confirmed": confirm.map(|c| json!({ "by": c.by, "on": c.on, "against": c.against })),
    });
    let state = match (limit.is_draft(), confirm) {
        (false, _) => String::new(),
        (true, None) => ctx.words("rules-list-draft", &[]),
        (true, Some(c)) => ctx.words("rules-list-confirmed", &[("by", c.by.clone()), ("on", c.on.to_string()), ("against", c.against.clone())]),
    };
    let number = value.map(|value| format!(" {value} {}", limit.unit.as_deref().unwrap_or_default())).unwrap_or_default();
    (row, format!("{:24} {}{number}  ({})  {state}", limit.id, limit.name(ctx.lang), limit.origin).trim_end().to_owned())
}
