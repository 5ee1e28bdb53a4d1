//! Rules as data: profiles, taxonomy, measured limits, checklists, roles, texts, and the pure functions over them.
//!
//! The data stands in `data/` and is part of the library; nothing of it is a number in code. A profile is immutable
//! under its `id@version`; every record keeps the one it was made under.

pub mod approval;
mod build;
pub mod calendar;
pub mod catalog;
pub mod checklist;
pub mod contract;
pub mod deadline;
pub mod decimal;
mod document;
pub mod fault;
pub mod gate;
pub mod handover;
pub mod keys;
pub mod layer;
pub mod limit;
pub mod measure;
pub mod origin;
pub mod pledge;
pub mod registry;
pub mod resolve;
pub mod roles;
pub mod rows;
pub mod severity;
mod shipped;
pub mod taxonomy;
#[cfg(test)]
mod tests;
pub mod warranty;

pub use catalog::{Catalog, Entry, Named};
pub use decimal::Milli;
pub use fault::{Fault, Faults};
pub use origin::{Certainty, Origin, Sourced};

use crate::model::Digest;
use crate::words::{Lang, Told};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

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

impl Serialize for ProfileRef {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
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

/// The texts of the lists that profiles share, so that a test or an editor can read others than the built-in ones.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
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

/// The shipped lists.
pub const LISTS: Sources<'static> = Sources {
    taxonomy: include_str!("data/taxonomy.toml"),
    limits: include_str!("data/limits.toml"),
    checklist: include_str!("data/checklist.toml"),
    roles: include_str!("data/roles.toml"),
    texts: include_str!("data/texts.toml"),
};

/// The lists that profiles share: what there is to name, to measure, to ask, to sign, and who may do what.
#[derive(Clone, Debug)]
pub struct Lists {
    /// Spaces, elements, defects and other lists.
    pub taxonomy: taxonomy::Taxonomy,
    /// Measured quantities.
    pub limits: limit::Limits,
    /// Checklists.
    pub checklist: checklist::Checklists,
    /// Who may do what.
    pub roles: roles::Roles,
    /// Texts shown to people.
    pub texts: handover::Texts,
    digest: Digest,
}

impl Lists {
    /// Reads and checks the files.
    ///
    /// # Errors
    /// With the file and the place of the first fault.
    pub fn read(sources: Sources<'_>) -> Result<Self, PolicyError> {
        let taxonomy = taxonomy::Taxonomy::read(sources.taxonomy)?;
        let limits = limit::Limits::read(sources.limits, &taxonomy)?;
        let checklist = checklist::Checklists::read(sources.checklist, &taxonomy, &limits)?;
        let roles = roles::Roles::read(sources.roles)?;
        let texts = handover::Texts::read(sources.texts)?;
        let files = [sources.taxonomy, sources.limits, sources.checklist, sources.roles, sources.texts];
        let lengths: Vec<[u8; 8]> = files.iter().map(|f| (f.len() as u64).to_be_bytes()).collect();
        let parts: Vec<&[u8]> = files.iter().zip(&lengths).flat_map(|(file, length)| [length.as_slice(), file.as_bytes()]).collect();
        Ok(Self { taxonomy, limits, checklist, roles, texts, digest: Digest::of_parts(&parts) })
    }

    /// The shipped ones, read once.
    pub fn shipped() -> &'static Arc<Self> {
        static LIST: OnceLock<Arc<Lists>> = OnceLock::new();
        LIST.get_or_init(|| Arc::new(built_in(Self::read(LISTS))))
    }
}

/// What is part of the program and read by its tests: a fault in it is a broken build, and no rule could be given.
fn built_in<T, E: fmt::Display>(read: Result<T, E>) -> T {
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "the built-in policy data cannot be read");
        std::process::abort()
    })
}

/// A policy profile, resolved and checked. What it shares with others (taxonomy, limits, checklists, roles, texts) is reached through it.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name and version.
    pub at: ProfileRef,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// The zone in which days are counted and times are read.
    pub time_zone: chrono_tz::Tz,
    /// SHA-256 over its layers and lists: what a signed record names beside `id@version`.
    pub digest: Digest,
    /// Values of the handover.
    pub handover: handover::Handover,
    /// Time limits, how days are counted, and the warranty's settings.
    pub deadlines: deadline::DeadlineRules,
    /// Bands, tiers and what goes with them.
    pub approvals: approval::Approvals,
    /// How serious and how urgent a case is.
    pub severities: severity::Severities,
    /// Every value with its origin and its layer.
    pub resolved: resolve::Resolved,
    lists: Arc<Lists>,
}

impl std::ops::Deref for Profile {
    type Target = Lists;
    fn deref(&self) -> &Lists {
        &self.lists
    }
}

pub(crate) fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, PolicyError> {
    toml::from_str(text).map_err(|error| PolicyError::Syntax {
        file,
        line: error.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1),
        detail: error.message().to_owned(),
    })
}

impl Profile {
    /// Makes a profile of its resolved layers.
    ///
    /// # Errors
    /// With everything that is missing or does not fit together.
    pub fn build(resolved: resolve::Resolved) -> Result<Self, Faults> {
        build::build(resolved)
    }

    /// The built-in default, `cn-default@1`, resolved once.
    pub fn builtin() -> &'static Self {
        static PROFILE: OnceLock<&'static Profile> = OnceLock::new();
        PROFILE.get_or_init(|| built_in(Self::find(DEFAULT).ok_or("cn-default@1 cannot be resolved")))
    }

    /// The shipped profile of this name, as events carry it (`cn-default@1`); `None` for one that this program does not know.
    /// Those that an office has published are in the [`registry::Registry`] of the project.
    pub fn find(name: &str) -> Option<&'static Self> {
        static FOUND: OnceLock<Mutex<BTreeMap<ProfileRef, &'static Profile>>> = OnceLock::new();
        let at: ProfileRef = name.parse().ok()?;
        let library = resolve::Library::shipped();
        library.layer(&at)?;
        let mut found = FOUND.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(profile) = found.get(&at) {
            return Some(profile);
        }
        let profile = library.resolve(&at, &[]).and_then(Self::build).inspect_err(|error| tracing::debug!(%error, "not a whole profile")).ok()?;
        // A shipped profile lives as long as the program; there are as many as files.
        let profile: &'static Self = Box::leak(Box::new(profile));
        found.insert(at, profile);
        Some(profile)
    }

    /// The name in `lang`.
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// The profile that holds where no office has published one.
const DEFAULT: &str = "cn-default@1";

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
