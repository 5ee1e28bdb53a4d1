//! Lists of named things: spaces, elements, roles, meters. An id, its words in both languages, and where it comes from.

use super::{PolicyError, origin::Origin};
use crate::words::Lang;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const LANGS: [Lang; 2] = [Lang::Zh, Lang::En];

/// Something with an id that stands in a [`Catalog`].
pub trait Entry {
    /// The identifier (glossary.md), unique in its list.
    fn id(&self) -> &str;
    /// The name in `lang`.
    fn name(&self, lang: Lang) -> &str;
    /// Where the entry comes from.
    fn origin(&self) -> &Origin;
}

/// Implements [`Entry`] for structs with the fields `id`, `zh`, `en` and `origin`.
macro_rules! entry {
    ($($name:ty),+) => {$(
        impl $crate::policy::catalog::Entry for $name {
            fn id(&self) -> &str {
                &self.id
            }
            fn name(&self, lang: $crate::words::Lang) -> &str {
                match lang {
                    $crate::words::Lang::Zh => &self.zh,
                    $crate::words::Lang::En => &self.en,
                }
            }
            fn origin(&self) -> &$crate::policy::origin::Origin {
                &self.origin
            }
        }
    )+};
}
pub(super) use entry;

/// A thing that is no more than a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Named);

/// A list in the order of its file, found by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog<T> {
    list: Vec<T>,
    index: BTreeMap<String, usize>,
}

impl<T: Entry> Catalog<T> {
    /// Checks that ids are well formed and stand once, and that no name is empty.
    pub(super) fn new(file: &'static str, table: &str, list: Vec<T>) -> Result<Self, PolicyError> {
        let mut index = BTreeMap::new();
        for (at, entry) in list.iter().enumerate() {
            let key = format!("{table}[{at}].{}", entry.id());
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '/' | '-') || c.is_ascii_uppercase();
            if entry.id().is_empty() || !entry.id().chars().all(plain) {
                return Err(PolicyError::value(file, key, "policy-bad-id"));
            }
            if LANGS.iter().any(|lang| entry.name(*lang).trim().is_empty()) {
                return Err(PolicyError::value(file, key, "policy-name-missing"));
            }
            if index.insert(entry.id().to_owned(), at).is_some() {
                return Err(PolicyError::value(file, key, "policy-id-twice"));
            }
        }
        Ok(Self { list, index })
    }

    /// The entry with this id.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.index.get(id).and_then(|at| self.list.get(*at))
    }

    /// The entry with this id, to be changed while a profile is made.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.index.get(id).and_then(|at| self.list.get_mut(*at))
    }

    /// Whether the id is in the list.
    pub fn has(&self, id: &str) -> bool {
        self.index.contains_key(id)
    }

    /// All entries in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.list.iter()
    }

    /// The name in `lang`; the id itself for one that this profile does not know (it may come from a newer one).
    pub fn name<'a>(&'a self, id: &'a str, lang: Lang) -> &'a str {
        self.get(id).map_or(id, |entry| entry.name(lang))
    }

    /// The id whose id or name in either language is `text`: what a person writes into a register.
    pub fn find(&self, text: &str) -> Option<&T> {
        let text = text.trim();
        self.list.iter().find(|e| e.id() == text || LANGS.iter().any(|lang| e.name(*lang).eq_ignore_ascii_case(text)))
    }

    /// Refuses an id that is not in the list.
    pub(super) fn must_have(&self, file: &'static str, key: &str, id: &str) -> Result<(), PolicyError> {
        if self.has(id) { Ok(()) } else { Err(PolicyError::value(file, format!("{key}: {id}"), "policy-unknown-id")) }
    }
}

impl<'a, T: Entry> IntoIterator for &'a Catalog<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
