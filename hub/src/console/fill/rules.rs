//! The rules page from a resolved profile.

use super::Cx;
use crate::{
    console::{
        parts::Fact,
        rules::{Draft, RuleRow, RuleSection, RulesPage, Version},
    },
    values::plain,
};
use keyturn_core::policy::{
    Entry as _, Profile, ProfileRef,
    keys::Keys,
    layer::Scope,
    resolve::{Held, Said},
};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What waits for a confirmation: what it is called in a `confirm` row, and the value that would bind.
pub struct Waiting {
    /// `retention.voucher_years`, `limit:M-09.flatness`, `cn-zhejiang@1`.
    pub what: String,
    /// The value; none for a row or a whole layer.
    pub value: Option<Json>,
    /// It can be confirmed: there is a value.
    pub can: bool,
    name: String,
    values: Vec<(String, String)>,
    origin: String,
}

impl Waiting {
    /// The value as a page sends it back.
    pub fn shown(&self) -> String {
        self.value.as_ref().map(Json::to_string).unwrap_or_default()
    }
}

impl Cx<'_> {
    /// Everything of a profile that binds nobody yet.
    pub fn waiting(&self, profile: &Profile) -> Vec<Waiting> {
        let library = self.policies.library();
        let keys = Keys::get();
        let named = |key: &str| keys.name(key.split(':').next().unwrap_or(key), self.w.lang).to_owned();
        let unchecked = |said: &Said| said.layer.parse::<ProfileRef>().ok().and_then(|at| library.layer(&at)).filter(|layer| layer.head.check_before_enabling);
        let mut out = Vec::new();
        let mut whole: BTreeMap<String, Waiting> = BTreeMap::new();
        for (key, drafts) in &profile.resolved.drafts {
            for said in drafts {
                match unchecked(said) {
                    Some(layer) => {
                        let of_layer = whole.entry(said.layer.clone()).or_insert_with(|| Waiting {
                            what: said.layer.clone(),
                            value: None,
                            can: true,
                            name: if self.w.lang == keyturn_core::words::Lang::Zh { layer.head.zh.clone() } else { layer.head.en.clone() },
                            values: Vec::new(),
                            origin: self.w.t("console-rules-layer-check"),
                        });
                        of_layer.values.push((named(key), format!("{} [{}]", plain(&said.value), said.origin)));
                    }
                    None => out.push(Waiting {
                        what: key.clone(),
                        value: (!key.contains(':')).then(|| said.value.clone()),
                        can: true,
                        name: named(key),
                        values: vec![(key.clone(), plain(&said.value))],
                        origin: said.origin.to_string(),
                    }),
                }
            }
        }
        let limits = &profile.limits;
        for limit in limits.list.iter().filter(|limit| !limit.binds()) {
            out.push(Waiting {
                what: format!("limit:{}", limit.id),
                value: limit.value.map(|value| Json::String(value.to_string())),
                can: limit.value.is_some(),
                name: limit.name(self.w.lang).to_owned(),
                values: vec![(limit.code.clone(), limits.text(limit, self.w.lang))],
                origin: format!("{} · {} {}", limit.origin, limit.source, limit.article),
            });
        }
        whole.into_values().chain(out).collect()
    }

    /// The page of a profile.
    pub fn rules_page(&self, profile: &Profile, barred: Option<String>) -> RulesPage {
        let resolved = &profile.resolved;
        let keys = Keys::get();
        let said = |said: &Said| format!("{} [{}; {}]", plain(&said.value), said.origin, said.layer);
        let row = |key: String, name: String, held: &Held| RuleRow {
            key,
            name,
            value: plain(&held.said.value),
            origin: held.said.origin.to_string(),
            layer: held.said.layer.clone(),
            before: held.before.iter().chain(&held.set_aside).map(said).collect(),
        };
        let mut sections: Vec<RuleSection> = Vec::new();
        for (key, held) in &resolved.values {
            let id = key.split('.').next().unwrap_or(key).to_owned();
            let entry = row(key.clone(), keys.name(key, self.w.lang).to_owned(), held);
            match sections.iter_mut().find(|section| section.id == id) {
                Some(section) => section.rows.push(entry),
                None => sections.push(RuleSection { title: self.section(&id), id, rows: vec![entry] }),
            }
        }
        for table in resolved.rows.keys() {
            let rows = resolved.rows_of(table).enumerate().map(|(n, held)| row(format!("{table} {}", n + 1), String::new(), held)).collect();
            sections.push(RuleSection { id: format!("t-{}", table.replace('.', "-")), title: keys.name(table, self.w.lang).to_owned(), rows });
        }
        let chain: Vec<String> = resolved.chain.iter().map(ToString::to_string).collect();
        let fact = |key: &str, value: String| Fact::new(self.w.t(key), value);
        let mut facts = vec![
            fact("console-rules-from", resolved.head.effective_from.to_string()),
            fact("console-rules-scope", self.w.t(&format!("console-rules-scope-{}", resolved.head.scope.name()))),
            fact("console-rules-chain", chain.join(" → ")),
            fact("console-rules-digest", profile.digest.short()),
        ];
        if !resolved.head.sources.is_empty() {
            facts.push(fact("console-rules-sources", resolved.head.sources.join(", ")));
        }
        RulesPage {
            at: profile.at.to_string(),
            name: profile.name(self.w.lang).to_owned(),
            facts,
            sections,
            drafts: self
                .waiting(profile)
                .into_iter()
                .map(|w| Draft {
                    shown: w.shown(),
                    what: w.what,
                    name: w.name,
                    values: w.values.into_iter().map(|(label, value)| Fact::new(label, value)).collect(),
                    origin: w.origin,
                    can: w.can,
                })
                .collect(),
            missing: resolved.missing().into_iter().map(str::to_owned).collect(),
            versions: self.versions(profile),
            barred,
        }
    }

    /// What begins can begin under: the default and what the office published, the newest first.
    fn versions(&self, shown: &Profile) -> Vec<Version> {
        let mut all: Vec<&'static Profile> = self.policies.published();
        all.sort_by_key(|p| std::cmp::Reverse((p.resolved.head.effective_from, p.at.version)));
        all.retain(|p| p.resolved.head.scope >= Scope::Group);
        all.push(Profile::builtin());
        all.into_iter()
            .map(|p| Version {
                at: p.at.to_string(),
                name: p.name(self.w.lang).to_owned(),
                from: p.resolved.head.effective_from.to_string(),
                active: p.at == self.profile.at,
                shown: p.at == shown.at,
            })
            .collect()
    }

    /// A section of a profile in words.
    fn section(&self, id: &str) -> String {
        let key = format!("console-rules-section-{}", id.replace('_', "-"));
        let words = self.w.t(&key);
        if words == key { id.to_owned() } else { words }
    }
}
