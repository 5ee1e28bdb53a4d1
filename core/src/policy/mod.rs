//! Rules as data: profiles, taxonomy, measured limits, checklists, roles, texts, and the pure functions over them.
//!
//! The data stands in `data/` and is part of the library; nothing of it is a number in code. A profile is immutable
//! under its `id@version`; every record keeps the one it was made under.

pub mod calendar;
pub mod catalog;
pub mod checklist;
pub mod contract;
pub mod deadline;
pub mod decimal;
pub mod gate;
pub mod handover;
pub mod limit;
pub mod measure;
pub mod origin;
pub mod roles;
pub mod taxonomy;
#[cfg(test)]
mod tests;
pub mod warranty;

pub use catalog::{Catalog, Entry, Named};
pub use decimal::Milli;
pub use origin::{Certainty, Origin, Sourced};

use crate::model::Digest;
use crate::words::{Lang, Told};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{fmt, str::FromStr, sync::OnceLock};

/// Why policy data was refused: the file, the place in it, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file is no TOML of the expected shape.
    #[error("{file}, line {line}: {detail}")]
    Syntax {
        /// The file's name.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        detail: String,
    },
    /// A value is not possible.
    #[error("{file}, {key}: {problem}")]
    Value {
        /// The file's name.
        file: &'static str,
        /// The key of the value, such as `limit[3].M-01.high`.
        key: String,
        /// The message key of the reason.
        problem: &'static str,
    },
}

impl PolicyError {
    pub(crate) fn value(file: &'static str, key: impl Into<String>, problem: &'static str) -> Self {
        Self::Value { file, key: key.into(), problem }
    }
}

impl Told for PolicyError {
    fn key(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "policy-syntax",
            Self::Value { problem, .. } => problem,
        }
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Syntax { file, line, detail } => {
                vec![("file", (*file).to_owned()), ("line", line.to_string()), ("detail", detail.clone())]
            }
            Self::Value { file, key, .. } => vec![("file", (*file).to_owned()), ("key", key.clone())],
        }
    }
}

/// A profile's name: `cn-default@1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileRef {
    /// The profile's id.
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
}

impl fmt::Display for ProfileRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.version)
    }
}

impl FromStr for ProfileRef {
    type Err = BadProfileRef;
    fn from_str(s: &str) -> Result<Self, BadProfileRef> {
        let (id, version) = s.split_once('@').ok_or(BadProfileRef)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let version = version.parse().ok().filter(|v| *v > 0 && !version.starts_with(['0', '+'])).ok_or(BadProfileRef)?;
        if id.is_empty() || !id.chars().all(plain) {
            return Err(BadProfileRef);
        }
        Ok(Self { id: id.to_owned(), version })
    }
}

/// The text names no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a profile is named like `cn-default@1`")]
pub struct BadProfileRef;

/// The texts a profile is read from, so that a test or an editor can read others than the built-in ones.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// `profiles/<id>.toml`.
    pub profile: &'a str,
    /// `taxonomy.toml`.
    pub taxonomy: &'a str,
    /// `limits.toml`.
    pub limits: &'a str,
    /// `checklist.toml`.
    pub checklist: &'a str,
    /// `roles.toml`.
    pub roles: &'a str,
    /// `texts.toml`.
    pub texts: &'a str,
}

/// The sources of `cn-default@1`.
pub const CN_DEFAULT: Sources<'static> = Sources {
    profile: include_str!("data/profiles/cn-default.toml"),
    taxonomy: include_str!("data/taxonomy.toml"),
    limits: include_str!("data/limits.toml"),
    checklist: include_str!("data/checklist.toml"),
    roles: include_str!("data/roles.toml"),
    texts: include_str!("data/texts.toml"),
};

/// A policy profile, read and checked.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name and version.
    pub at: ProfileRef,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// The first day it can be taken for a new case.
    pub effective_from: NaiveDate,
    /// Who it is for: group, company, project, community.
    pub scope: String,
    /// Where it is for, such as `CN`.
    pub jurisdiction: String,
    /// What it was made from.
    pub sources: Vec<String>,
    /// The zone in which days are counted and times are read.
    pub time_zone: chrono_tz::Tz,
    /// SHA-256 over the files, each with its length before it: what a signed record names beside `id@version`.
    pub digest: Digest,
    /// Spaces, elements, defects and other lists.
    pub taxonomy: taxonomy::Taxonomy,
    /// Measured quantities.
    pub limits: limit::Limits,
    /// Checklists.
    pub checklist: checklist::Checklists,
    /// Who may do what.
    pub roles: roles::Roles,
    /// Values of the handover.
    pub handover: handover::Handover,
    /// Texts shown to people.
    pub texts: handover::Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    id: String,
    version: u32,
    zh: String,
    en: String,
    effective_from: String,
    scope: String,
    jurisdiction: String,
    sources: Vec<String>,
    time_zone: String,
    gate: handover::Gate,
    walkthrough: handover::Walkthrough,
    device: handover::Device,
    photo: handover::Photo,
    notice: handover::Notice,
    signature: handover::Signature,
    owner_link: handover::OwnerLink,
    personal: handover::Personal,
}

pub(crate) fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, PolicyError> {
    toml::from_str(text).map_err(|error| PolicyError::Syntax {
        file,
        line: error.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1),
        detail: error.message().to_owned(),
    })
}

impl Profile {
    /// Reads and checks the files of a profile.
    pub fn read(sources: Sources<'_>) -> Result<Self, PolicyError> {
        const FILE: &str = "profile.toml";
        let head: ProfileFile = parse(FILE, sources.profile)?;
        let at: ProfileRef = format!("{}@{}", head.id, head.version).parse().map_err(|_| PolicyError::value(FILE, "id, version", "policy-bad-id"))?;
        let effective_from = head.effective_from.parse().map_err(|_| PolicyError::value(FILE, "effective_from", "policy-bad-date"))?;
        let time_zone = head.time_zone.parse().map_err(|_| PolicyError::value(FILE, "time_zone", "policy-bad-zone"))?;
        let taxonomy = taxonomy::Taxonomy::read(sources.taxonomy)?;
        let limits = limit::Limits::read(sources.limits, &taxonomy)?;
        let checklist = checklist::Checklists::read(sources.checklist, &taxonomy, &limits)?;
        let roles = roles::Roles::read(sources.roles)?;
        let texts = handover::Texts::read(sources.texts)?;
        let handover = handover::Handover {
            gate: head.gate,
            walkthrough: head.walkthrough,
            device: head.device,
            photo: head.photo,
            notice: head.notice,
            signature: head.signature,
            owner_link: head.owner_link,
            personal: head.personal,
        };
        handover.check(FILE, &taxonomy, &limits, &roles, &texts)?;
        let files = [sources.profile, sources.taxonomy, sources.limits, sources.checklist, sources.roles, sources.texts];
        let lengths: Vec<[u8; 8]> = files.iter().map(|f| (f.len() as u64).to_be_bytes()).collect();
        let parts: Vec<&[u8]> = files.iter().zip(&lengths).flat_map(|(file, length)| [length.as_slice(), file.as_bytes()]).collect();
        Ok(Self {
            at,
            zh: head.zh,
            en: head.en,
            effective_from,
            scope: head.scope,
            jurisdiction: head.jurisdiction,
            sources: head.sources,
            time_zone,
            digest: Digest::of_parts(&parts),
            taxonomy,
            limits,
            checklist,
            roles,
            handover,
            texts,
        })
    }

    /// The built-in default, `cn-default@1`, read once.
    pub fn builtin() -> &'static Self {
        static PROFILE: OnceLock<Profile> = OnceLock::new();
        PROFILE.get_or_init(|| match Self::read(CN_DEFAULT) {
            Ok(profile) => profile,
            // The data is part of the program and tests read it: a fault here is a broken build, and no rule could be given.
            Err(error) => {
                tracing::error!(%error, "the built-in policy data cannot be read");
                std::process::abort()
            }
        })
    }

    /// The built-in profile of this name, as events carry it (`cn-default@1`); `None` for one that this program does not know.
    pub fn find(name: &str) -> Option<&'static Self> {
        let at: ProfileRef = name.parse().ok()?;
        Some(Self::builtin()).filter(|p| p.at == at)
    }

    /// The name in `lang`.
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// The unit facts that decide which limits and lines apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFacts {
    /// Finish level id: `shell`, `fitted`.
    pub finish: String,
    /// Stage id: `unit_acceptance`, `pre_handover_check`, `owner_walkthrough`.
    pub stage: String,
    /// Storeys of the building, where known.
    pub floors: Option<u16>,
    /// Date of the design or permit: which code governs. Unknown: the older one.
    pub design_date: Option<NaiveDate>,
}
