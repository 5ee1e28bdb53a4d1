//! The rules in force: each value with where it comes from, what waits for a confirmation, and the versions there are.

use super::{
    parts::Fact,
    shell::{NavItem, Place, Shell},
    sign::Sign,
    text::Words,
};
use askama::Template;

/// One value or row.
#[derive(Debug, Clone)]
pub struct RuleRow {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What holds.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
    /// The profile that says it.
    pub layer: String,
    /// What it took the place of.
    pub before: Vec<String>,
}

/// Values that belong together.
#[derive(Debug, Clone)]
pub struct RuleSection {
    /// Part of addresses.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The rows.
    pub rows: Vec<RuleRow>,
}

/// A value of law that nobody has confirmed: shown, binding nobody.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What is confirmed.
    pub what: String,
    /// Its value as it is sent back, so that nothing else than what was shown is confirmed.
    pub shown: String,
    /// Its name.
    pub name: String,
    /// The values, one or those of a whole layer.
    pub values: Vec<Fact>,
    /// Where it comes from, with its mark.
    pub origin: String,
    /// It has a value that can be confirmed.
    pub can: bool,
}

/// A version of the project's rules.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its name.
    pub at: String,
    /// In words.
    pub name: String,
    /// Its first day.
    pub from: String,
    /// It is the one for what begins today.
    pub active: bool,
    /// It is the one shown.
    pub shown: bool,
}

/// The page.
#[derive(Debug, Clone)]
pub struct RulesPage {
    /// The profile shown.
    pub at: String,
    /// Its name in words.
    pub name: String,
    /// Its facts.
    pub facts: Vec<Fact>,
    /// Everything it holds.
    pub sections: Vec<RuleSection>,
    /// What waits for a confirmation.
    pub drafts: Vec<Draft>,
    /// What is required and empty (C-08).
    pub missing: Vec<String>,
    /// The versions there are.
    pub versions: Vec<Version>,
    /// Why the reader may not confirm.
    pub barred: Option<String>,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a RulesPage,
    waiting: Sign,
}

impl RulesPage {
    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Rules), p: self, waiting: Sign::Waiting }.render()
    }
}
