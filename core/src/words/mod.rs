//! The words of the interface: one Fluent source for core, console and shells, in zh-CN and en.

mod named;
mod values;

pub use named::{named, say};
pub use values::{Naming, answer_key, kind as thing_kind};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A language the interface speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Lang {
    /// Simplified Chinese, the first language.
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// Reads a tag such as `zh-CN`, `zh` or `en-GB`; anything that is not Chinese or English is `None`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()? {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// The words of core and console, and those of the apps.
const SOURCES: [(Lang, [&str; 2]); 2] =
    [(Lang::Zh, [include_str!("zh-CN.ftl"), include_str!("app.zh-CN.ftl")]), (Lang::En, [include_str!("en.ftl"), include_str!("app.en.ftl")])];

fn bundle(lang: Lang) -> &'static FluentBundle<FluentResource> {
    static ZH: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    static EN: OnceLock<FluentBundle<FluentResource>> = OnceLock::new();
    let (cell, sources) = match lang {
        Lang::Zh => (&ZH, SOURCES[0].1),
        Lang::En => (&EN, SOURCES[1].1),
    };
    cell.get_or_init(|| {
        let id = match lang {
            Lang::Zh => unic_langid::langid!("zh-CN"),
            Lang::En => unic_langid::langid!("en"),
        };
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Isolation marks are for mixed right-to-left text and would end up in PDFs and digests.
        bundle.set_use_isolating(false);
        for source in sources {
            // A faulty line is left out by the parser; the test below fails on it.
            let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
            bundle.add_resource_overriding(resource);
        }
        bundle
    })
}

/// The words for `key`, with named arguments; the key itself where there are none, so that a gap is seen and nothing fails.
pub fn tr(lang: Lang, key: &str, args: &[(&str, String)]) -> String {
    let bundle = bundle(lang);
    let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
        return key.to_owned();
    };
    let mut named = FluentArgs::new();
    for (name, value) in args {
        named.set(*name, FluentValue::from(value.as_str()));
    }
    let mut errors = Vec::new();
    bundle.format_pattern(pattern, Some(&named), &mut errors).into_owned()
}

/// The words for `key` without arguments.
pub fn word(lang: Lang, key: &str) -> String {
    tr(lang, key, &[])
}

/// All words of a language by key; the places of arguments stand as `{$name}`.
pub fn all(lang: Lang) -> std::collections::HashMap<String, String> {
    let sources = if lang == Lang::Zh { SOURCES[0].1 } else { SOURCES[1].1 };
    // A key begins its line; what follows it is indented.
    let keys =
        sources.into_iter().flat_map(str::lines).filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).filter_map(|line| line.split_once('='));
    keys.map(|(key, _)| key.trim()).map(|key| (key.to_owned(), word(lang, key))).collect()
}

/// Something that can be told to a person: a stable key and its arguments (never personal data).
pub trait Told {
    /// The message key in the Fluent files.
    fn key(&self) -> &'static str;
    /// Named arguments of the message.
    fn args(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
    /// What else is to be told with it: keys and arguments.
    fn also(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        Vec::new()
    }
    /// The words in `lang`, a line for each thing that is told.
    fn told(&self, lang: Lang) -> String {
        let first = say(lang, self.key(), &self.args());
        self.also().iter().fold(first, |told, (key, args)| told + "\n" + &say(lang, key, args))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(source: &str) -> BTreeSet<String> {
        source.lines().filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase())).filter_map(|l| l.split_once('=').map(|(k, _)| k.trim().to_owned())).collect()
    }

    #[test]
    fn all_words_are_there_and_show_where_arguments_go() {
        let words = all(Lang::En);
        assert!(words.len() > 1000 && words.contains_key("sync-gap"), "{}", words.len());
        assert_eq!(words["measure-one-more"], word(Lang::En, "measure-one-more"));
        assert!(words["sync-gap"].contains("{$seq}"), "{}", words["sync-gap"]);
    }

    #[test]
    fn both_languages_have_the_same_keys_and_parse() {
        let [zh, en] = SOURCES.map(|(_, s)| s);
        for sources in [zh, en] {
            for source in sources {
                assert!(FluentResource::try_new(source.to_owned()).is_ok(), "a Fluent file does not parse");
            }
            let all = sources.iter().flat_map(|s| s.lines()).filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase())).count();
            assert_eq!(all, keys(&sources.concat()).len(), "a key stands twice");
        }
        for (zh, en) in zh.iter().zip(en) {
            assert_eq!(keys(zh), keys(en));
        }
    }
}
