//! The words of the interface and the lists of the office, for the shells.

use crate::{
    store::{FieldStore, Result},
    types::{Lang, NamedView},
};
use keyturn_core::words::{all, tr};
use std::collections::HashMap;

/// The words for `key`, with named arguments; the key itself where there are none.
#[uniffi::export]
pub fn word(lang: Lang, key: &str, args: HashMap<String, String>) -> String {
    let args: Vec<(&str, String)> = args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    tr(lang, key, &args)
}

/// All words of a language by key; places for arguments stand as `{$name}`.
#[uniffi::export]
pub fn words(lang: Lang) -> HashMap<String, String> {
    all(lang)
}

/// The version of the core, as told to the hub.
#[uniffi::export]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The name under which the store keeps the language.
const LANGUAGE: &str = "language";

#[uniffi::export]
impl FieldStore {
    /// The language chosen on this device; none before anybody chose: then the system's.
    pub fn language(&self) -> Result<Option<Lang>> {
        let kept = self.core()?.store().meta(LANGUAGE)?;
        Ok(kept.and_then(|bytes| match bytes.as_slice() {
            b"zh-CN" => Some(Lang::Zh),
            b"en" => Some(Lang::En),
            _ => None,
        }))
    }

    /// Chooses the language of this device. Nothing else changes: words come in both, so that a screen just shows the other.
    pub fn set_language(&self, lang: Lang) -> Result<()> {
        let name: &[u8] = if lang == Lang::Zh { b"zh-CN" } else { b"en" };
        Ok(self.core()?.store().set_meta(LANGUAGE, name)?)
    }

    /// A list of the rules in force, in its order: `space`, `element`, `severity`, `defect_class`, `defect`, `document`, `meter`, `key`, `part`,
    /// `precheck`, `role`, `contract_field`, `identity_document`, `trade`.
    pub fn catalog(&self, list: &str) -> Result<Vec<NamedView>> {
        let core = self.core()?;
        let profile = core.profile();
        if list == "role" {
            return Ok(profile.roles.list.iter().map(NamedView::of).collect());
        }
        let lists = profile.taxonomy.lists();
        let found = lists.iter().find(|(name, _)| *name == list).ok_or(keyturn_core::field::FieldError::NotFound("list"))?;
        Ok(found.1.iter().map(|entry| NamedView::of(*entry)).collect())
    }

    /// Whether the holder's role may do an act, such as `snag.create`: what is not permitted is not offered.
    pub fn may(&self, act: &str) -> Result<bool> {
        let core = self.core()?;
        Ok(core.profile().roles.may(&core.certificate()?.role, act))
    }
}
