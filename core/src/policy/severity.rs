//! How serious a case is and how urgent: two axes, from rules over amounts, flags and the house's own words (C-29, S2-27 to S2-31).

use super::{
    Origin,
    approval::{Amounts, Base},
    limit::Op,
    resolve::Resolved,
};
use crate::words::Told;
use serde::{Deserialize, Serialize};

/// When a rule holds: an amount, or one of the flags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The amount that is looked at.
    pub base: Option<Base>,
    /// How it is held against `amount_fen`.
    pub op: Option<Op>,
    /// The amount, in fen.
    pub amount_fen: Option<u64>,
    /// Flags of the case, any of them.
    #[serde(default)]
    pub flag: Vec<String>,
}

impl When {
    pub(super) fn is_possible(&self) -> bool {
        match (self.base, self.op, self.amount_fen) {
            (Some(_), Some(op), Some(_)) => op != Op::Holds,
            (None, None, None) => !self.flag.is_empty(),
            _ => false,
        }
    }

    fn holds(&self, amounts: &Amounts, flags: &[String]) -> bool {
        let amount = match (self.base, self.op, self.amount_fen) {
            (Some(base), Some(op), Some(limit)) => amounts.of(base).is_some_and(|amount| match op {
                Op::Lte => amount <= limit,
                Op::Lt => amount < limit,
                Op::Gte => amount >= limit,
                Op::Gt => amount > limit,
                Op::Holds => false,
            }),
            _ => true,
        };
        amount && (self.flag.is_empty() || self.flag.iter().any(|flag| flags.contains(flag)))
    }
}

/// A rule that makes a case more serious.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityRule {
    /// The identifier.
    pub id: String,
    /// The severity it gives.
    pub set: String,
    /// When.
    pub when: When,
    /// Where it comes from.
    pub origin: Origin,
}

/// A rule that makes a case more urgent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrgencyRule {
    /// The identifier.
    pub id: String,
    /// The urgency it gives.
    pub set: String,
    /// When.
    pub when: When,
    /// Where it comes from.
    pub origin: Origin,
}

/// A word of the house and what it means on the two axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityWord {
    /// The word.
    pub word: String,
    /// The severity it stands for.
    pub severity: Option<String>,
    /// The urgency it stands for.
    pub urgency: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// What is known of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFacts {
    /// Its amounts.
    #[serde(default)]
    pub amounts: Amounts,
    /// Its flags.
    #[serde(default)]
    pub flags: Vec<String>,
    /// The word under which it came, such as 重大.
    pub word: Option<String>,
}

/// One rule or word that spoke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Because {
    /// The rule's id, or the word.
    pub rule: String,
    /// What it gave.
    pub set: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// How serious and how urgent, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graded {
    /// The severity.
    pub severity: String,
    /// The urgency.
    pub urgency: String,
    /// Why; empty for what is plain.
    pub because: Vec<Because>,
}

/// Why a case cannot be graded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeverityError {
    /// The profile has no such flag.
    #[error("unknown flag `{0}`")]
    NoFlag(String),
    /// The profile does not know the word.
    #[error("unknown word `{0}`")]
    NoWord(String),
    /// The profile says nothing about severities.
    #[error("the profile has no severities or urgencies")]
    NoScale,
}

impl Told for SeverityError {
    fn key(&self) -> &'static str {
        match self {
            Self::NoFlag(_) => "approval-no-flag",
            Self::NoWord(_) => "severity-no-word",
            Self::NoScale => "severity-no-scale",
        }
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoFlag(flag) => vec![("flag", flag.clone())],
            Self::NoWord(word) => vec![("word", word.clone())],
            Self::NoScale => Vec::new(),
        }
    }
}

/// The rules of a resolved profile.
#[derive(Clone, Debug, Default)]
pub struct Severities {
    /// From the plainest to the most serious.
    pub levels: Vec<String>,
    /// From the plainest to the most urgent.
    pub urgencies: Vec<String>,
    /// What can be said of a case.
    pub flags: Vec<String>,
    /// Rules.
    pub rules: Vec<SeverityRule>,
    /// Rules of urgency.
    pub urgency_rules: Vec<UrgencyRule>,
    /// Words of the house.
    pub words: Vec<SeverityWord>,
}

impl Severities {
    pub(super) fn of(resolved: &Resolved) -> Self {
        Self {
            levels: resolved.get("severity.levels").unwrap_or_default(),
            urgencies: resolved.get("severity.urgencies").unwrap_or_default(),
            flags: resolved.get("severity.flags").unwrap_or_default(),
            rules: resolved.typed_rows("severity_rule"),
            urgency_rules: resolved.typed_rows("urgency_rule"),
            words: resolved.typed_rows("severity_word"),
        }
    }

    /// Ids that rules and words point at and that are not on the scales.
    pub(super) fn strays(&self) -> Vec<String> {
        let severities = self.rules.iter().map(|r| &r.set).chain(self.words.iter().filter_map(|w| w.severity.as_ref()));
        let urgencies = self.urgency_rules.iter().map(|r| &r.set).chain(self.words.iter().filter_map(|w| w.urgency.as_ref()));
        let flags = self.rules.iter().flat_map(|r| &r.when.flag).chain(self.urgency_rules.iter().flat_map(|r| &r.when.flag));
        let stray = |list: &[String], id: &String| (!list.contains(id)).then(|| id.clone());
        severities
            .filter_map(|id| stray(&self.levels, id))
            .chain(urgencies.filter_map(|id| stray(&self.urgencies, id)))
            .chain(flags.filter_map(|id| stray(&self.flags, id)))
            .collect()
    }

    /// Grades a case: the highest that any rule or word gives on each axis.
    ///
    /// # Errors
    /// When the profile does not know a flag or the word.
    pub fn grade(&self, facts: &CaseFacts) -> Result<Graded, SeverityError> {
        if let Some(flag) = facts.flags.iter().find(|flag| !self.flags.contains(flag)) {
            return Err(SeverityError::NoFlag(flag.clone()));
        }
        let (Some(plain), Some(routine)) = (self.levels.first(), self.urgencies.first()) else { return Err(SeverityError::NoScale) };
        let mut graded = Graded { severity: plain.clone(), urgency: routine.clone(), because: Vec::new() };
        let mut raise = |axis: bool, rule: &str, set: &String, origin: &Origin| {
            let (list, now) = if axis { (&self.levels, &mut graded.severity) } else { (&self.urgencies, &mut graded.urgency) };
            let place = |id: &String| list.iter().position(|l| l == id);
            if place(set) > place(now) {
                now.clone_from(set);
            }
            graded.because.push(Because { rule: rule.to_owned(), set: set.clone(), origin: origin.clone() });
        };
        if let Some(word) = &facts.word {
            let known = self.words.iter().find(|w| w.word == *word).ok_or_else(|| SeverityError::NoWord(word.clone()))?;
            known.severity.iter().for_each(|set| raise(true, word, set, &known.origin));
            known.urgency.iter().for_each(|set| raise(false, word, set, &known.origin));
        }
        for rule in self.rules.iter().filter(|r| r.when.holds(&facts.amounts, &facts.flags)) {
            raise(true, &rule.id, &rule.set, &rule.origin);
        }
        for rule in self.urgency_rules.iter().filter(|r| r.when.holds(&facts.amounts, &facts.flags)) {
            raise(false, &rule.id, &rule.set, &rule.origin);
        }
        Ok(graded)
    }
}
