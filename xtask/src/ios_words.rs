//! `cargo xtask ios-words`: String Catalogs for Xcode, made from the one source of words (`core/src/words/app.*.ftl`). The app asks the core
//! for its words; the catalogs are for what iOS itself shows: why the camera is asked for, the app's name, a notification. They are made
//! when somebody opens Xcode and are not kept in the repository.

use crate::sh;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Fluent's tag and Apple's.
const LANGUAGES: [(&str, &str); 2] = [("zh-CN", "zh-Hans"), ("en", "en")];
/// What iOS asks of `Info.plist`, and the words for it.
const INFO: [(&str, &str); 4] = [
    ("CFBundleDisplayName", "app-name"),
    ("NSCameraUsageDescription", "app-ios-why-camera"),
    ("NSFaceIDUsageDescription", "app-ios-why-face"),
    ("NSLocalNetworkUsageDescription", "app-ios-why-network"),
];

/// Message key to its words with `%1$@` for arguments, in one language.
type Words = BTreeMap<String, String>;

/// `cargo xtask ios-words`: writes the catalogs beside the app.
pub fn write() -> Result<bool, String> {
    let made = Catalogs::read()?;
    let app = sh::root().join("ios").join("App");
    for (name, text) in made.files()? {
        let path = app.join(name);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(true)
}

/// Checks that every word which the Swift sources name is there, in both languages; what was seen, in a few words.
pub fn check() -> Result<String, String> {
    let made = Catalogs::read()?;
    made.files()?;
    let mut missing = BTreeSet::new();
    let mut named = BTreeSet::new();
    for folder in ["App", "Sources/KeyturnModels"] {
        for (file, key) in keys_in(&sh::root().join("ios").join(folder))? {
            if made.keys.contains(&key) {
                named.insert(key);
            } else {
                missing.insert(format!("{key} ({})", file.display()));
            }
        }
    }
    if missing.is_empty() {
        Ok(format!("{} words named", named.len()))
    } else {
        Err(format!("no such words in core/src/words: {}", missing.into_iter().collect::<Vec<_>>().join(", ")))
    }
}

struct Catalogs {
    languages: Vec<(&'static str, Words)>,
    /// Every key there is, also those whose words only the core can put together.
    keys: BTreeSet<String>,
}

impl Catalogs {
    fn read() -> Result<Self, String> {
        let mut keys = BTreeSet::new();
        let mut languages = Vec::new();
        for (fluent, apple) in LANGUAGES {
            let path = sh::root().join("core/src/words").join(format!("app.{fluent}.ftl"));
            let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let (words, all) = read(&text).map_err(|why| format!("{}: {why}", path.display()))?;
            keys.extend(all);
            languages.push((apple, words));
        }
        Ok(Self { languages, keys })
    }

    fn files(&self) -> Result<Vec<(&'static str, String)>, String> {
        let mut all: BTreeSet<&str> = self.languages.iter().flat_map(|(_, words)| words.keys().map(String::as_str)).collect();
        let mut info = Map::new();
        for (plist, key) in INFO {
            info.insert(plist.to_owned(), self.entry(key)?);
            all.remove(key);
        }
        let strings = all.into_iter().map(|key| Ok((key.to_owned(), self.entry(key)?))).collect::<Result<Map<_, _>, String>>()?;
        Ok(vec![("Localizable.xcstrings", catalog(strings)), ("InfoPlist.xcstrings", catalog(info))])
    }

    fn entry(&self, key: &str) -> Result<Value, String> {
        let mut places = Map::new();
        for (language, words) in &self.languages {
            let value = words.get(key).ok_or_else(|| format!("{key} has no words in {language}"))?;
            places.insert((*language).to_owned(), json!({ "stringUnit": { "state": "translated", "value": value } }));
        }
        Ok(json!({ "extractionState": "manual", "localizations": places }))
    }
}

fn catalog(strings: Map<String, Value>) -> String {
    let all = json!({ "sourceLanguage": LANGUAGES[0].1, "strings": strings, "version": "1.0" });
    let mut text = serde_json::to_string_pretty(&all).unwrap_or_default();
    text.push('\n');
    text
}

/// The messages of a Fluent file, and all keys. A message that chooses between variants is left to the core.
fn read(text: &str) -> Result<(Words, Vec<String>), String> {
    let resource = fluent_syntax::parser::parse(text).map_err(|(_, errors)| format!("{errors:?}"))?;
    let mut words = Words::new();
    let mut keys = Vec::new();
    for entry in &resource.body {
        let Entry::Message(message) = entry else { continue };
        keys.push(message.id.name.to_owned());
        if let Some(value) = message.value.as_ref().and_then(in_catalog) {
            words.insert(message.id.name.to_owned(), value);
        }
    }
    Ok((words, keys))
}

fn in_catalog(pattern: &Pattern<&str>) -> Option<String> {
    let mut arguments: Vec<&str> = pattern.elements.iter().filter_map(argument).collect();
    // By name, so that a place has one number in both languages.
    arguments.sort_unstable();
    arguments.dedup();
    let mut out = String::new();
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } if arguments.is_empty() => out += value,
            PatternElement::TextElement { value } => out += &value.replace('%', "%%"),
            PatternElement::Placeable { expression: Expression::Inline(InlineExpression::StringLiteral { value }) } => out += value,
            placeable => {
                let name = argument(placeable)?;
                let place = arguments.iter().position(|a| *a == name)? + 1;
                out += &format!("%{place}$@");
            }
        }
    }
    Some(out)
}

fn argument<'a>(element: &PatternElement<&'a str>) -> Option<&'a str> {
    match element {
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => Some(id.name),
        _ => None,
    }
}

/// Words named in Swift files: string literals that look like a key of the app's words.
fn keys_in(folder: &Path) -> Result<Vec<(PathBuf, String)>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.is_dir() {
            found.extend(keys_in(&path)?);
        } else if path.extension().is_some_and(|e| e == "swift") {
            let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            // Every second piece between quotation marks is a literal.
            let literals = text.lines().filter(|l| !l.trim_start().starts_with("//")).flat_map(|line| line.split('"').skip(1).step_by(2));
            let is_key = |l: &&str| l.starts_with("app-") && l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            found.extend(literals.filter(is_key).map(|l| (path.clone(), l.to_owned())));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_get_the_same_place_in_every_language_and_percent_signs_stay() {
        let (words, keys) =
            read("app-a = 还有 { $b } 张，{ $a } %\napp-b = 5 %\napp-c = { $n ->\n  [one] one\n *[other] more\n }\napp-d = { $a } of { $b }\n").unwrap();
        assert_eq!(words["app-a"], "还有 %2$@ 张，%1$@ %%");
        assert_eq!(words["app-b"], "5 %");
        assert_eq!(words["app-d"], "%1$@ of %2$@");
        assert_eq!(keys, ["app-a", "app-b", "app-c", "app-d"]);
        assert!(!words.contains_key("app-c"));
    }
}
