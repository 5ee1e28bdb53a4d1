//! `keyturn rules list`: the lists of the policy, and the entries of one.

use crate::cli::{Answer, Ctx, Failure};
use clap::Args;
use keyturn_core::{policy::Profile, words::Lang};
use serde_json::json;

/// Lists, or the entries of one.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The list; without it the names of all.
    name: Option<String>,
}

impl List {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        let lists = Profile::builtin().taxonomy.lists();
        let Some(name) = &self.name else {
            let rows: Vec<_> = lists.iter().map(|(name, entries)| json!({ "list": name, "entries": entries.len() })).collect();
            let text: Vec<String> = lists.iter().map(|(name, entries)| format!("{name:18} {}", entries.len())).collect();
            return Ok(Answer::rows(&rows, text.join("\n")));
        };
        let Some((_, entries)) = lists.into_iter().find(|(list, _)| list == name) else {
            return Err(Failure::refused("rules-no-list", &[("list", name.clone())]));
        };
        let rows: Vec<_> = entries.iter().map(|e| json!({ "id": e.id(), "zh": e.name(Lang::Zh), "en": e.name(Lang::En), "origin": e.origin() })).collect();
        let text: Vec<String> = entries.iter().map(|e| format!("{:24} {}  ({})", e.id(), e.name(ctx.lang), e.origin())).collect();
        Ok(Answer::rows(&rows, text.join("\n")))
    }
}
