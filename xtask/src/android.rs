//! The Android project: its lint, its tests on the JVM, and the window of `cargo xtask field`.

use crate::{parts::Outcome, sh};
use std::{collections::BTreeMap, fs};

/// Whether Gradle's catalogue and Maven's properties name the same versions.
pub fn versions() -> Result<Outcome, String> {
    let read = |path: &str| fs::read_to_string(sh::root().join(path)).map_err(|e| format!("{path}: {e}"));
    let (catalogue, pom) = (catalogue(&read("android/gradle/libs.versions.toml")?), properties(&read("android/pom.xml")?));
    let mut different: Vec<String> = Vec::new();
    for (name, version) in &pom {
        match catalogue.get(name) {
            Some(other) if other == version => {}
            Some(other) => different.push(format!("{name} is {version} in pom.xml and {other} in libs.versions.toml")),
            None => different.push(format!("{name} stands in pom.xml only")),
        }
    }
    match (different.is_empty(), pom.is_empty()) {
        (true, false) => Ok(Outcome::Passed(format!("{} versions", pom.len()))),
        (true, true) => Err("android/pom.xml names no versions".into()),
        (false, _) => Err(different.join("; ")),
    }
}

/// `name = "1.2"` under `[versions]`.
fn catalogue(text: &str) -> BTreeMap<String, String> {
    let of = text.split("[versions]").nth(1).unwrap_or_default().split("\n[").next().unwrap_or_default();
    of.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.trim().to_owned(), v.trim().trim_matches('"').to_owned())).collect()
}

/// `<name.version>1.2</name.version>`.
fn properties(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|l| {
            let (name, rest) = l.trim().strip_prefix('<')?.split_once('>')?;
            let name = name.strip_suffix(".version")?;
            Some((name.to_owned(), rest.split('<').next()?.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_are_read_and_agree() {
        assert!(matches!(versions().unwrap(), Outcome::Passed(_)));
        assert_eq!(catalogue("[versions]\na = \"1\"\n\n[libraries]\nb = \"2\"\n").into_iter().collect::<Vec<_>>(), [("a".to_owned(), "1".to_owned())]);
        assert_eq!(properties("<a.version>1</a.version>\n<b>2</b>").into_iter().collect::<Vec<_>>(), [("a".to_owned(), "1".to_owned())]);
    }
}
