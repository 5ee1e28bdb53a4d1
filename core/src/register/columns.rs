//! The sheets and columns of the register, from `columns.toml`.

use crate::{
    policy::{PolicyError, Profile, parse},
    words::Lang,
};
use serde::Deserialize;
use std::sync::OnceLock;

const FILE: &str = "columns.toml";

/// What is in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Words.
    Text,
    /// Words and digits without blanks: a number of a building, a layout.
    Code,
    /// A whole number.
    Number,
    /// Square metres with three decimals.
    Area,
    /// A day.
    Date,
    /// A phone number.
    Phone,
    /// 0 to 100 %.
    Percent,
    /// 0 to 1 with three decimals.
    Fraction,
    /// An id or a name of a list of the policy.
    Choice,
    /// The name of a file beside the register.
    File,
}

/// A column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The field's name.
    pub id: String,
    /// The Chinese heading.
    pub zh: String,
    /// The English heading.
    pub en: String,
    /// What is in it.
    pub kind: ColumnKind,
    /// Part of the row's key.
    #[serde(default)]
    pub key: bool,
    /// Must not be empty.
    #[serde(default)]
    pub required: bool,
    /// Personal data.
    #[serde(default)]
    pub personal: bool,
    /// Longest text, in characters.
    pub max_chars: Option<usize>,
    /// Least number.
    pub min: Option<i64>,
    /// Greatest number.
    pub max: Option<i64>,
    /// The list of a choice.
    pub list: Option<String>,
    /// A note for the person who fills it in.
    pub note_zh: Option<String>,
    /// The same in English.
    pub note_en: Option<String>,
}

impl Column {
    /// The heading in `lang`.
    pub fn heading(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// The note in `lang`.
    pub fn note(&self, lang: Lang) -> Option<&str> {
        match lang {
            Lang::Zh => self.note_zh.as_deref(),
            Lang::En => self.note_en.as_deref(),
        }
    }

    /// Id, Chinese and English name of everything a choice column accepts.
    pub fn choices<'a>(&self, profile: &'a Profile) -> Vec<(&'a str, &'a str, &'a str)> {
        use crate::policy::{Catalog, Entry};
        fn all<T: Entry>(catalog: &Catalog<T>) -> Vec<(&str, &str, &str)> {
            catalog.iter().map(|e| (e.id(), e.name(Lang::Zh), e.name(Lang::En))).collect()
        }
        let taxonomy = &profile.taxonomy;
        match self.list.as_deref() {
            // Rooms of a layout are rooms: neither the unit as a whole nor shared parts.
            Some("space") => taxonomy.spaces.iter().filter(|s| s.kind != "whole_unit").map(|s| (s.id.as_str(), s.zh.as_str(), s.en.as_str())).collect(),
            Some("finish_level") => all(&taxonomy.finish_levels),
            Some("capacity") => all(&taxonomy.capacities),
            Some("trade") => all(&taxonomy.trades),
            Some("contract_field") => all(&taxonomy.contract_fields),
            _ => Vec::new(),
        }
    }
}

/// A sheet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The kind of row.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Rows that show how it is filled in.
    pub examples: Vec<Vec<String>>,
    /// The columns.
    #[serde(rename = "column")]
    pub columns: Vec<Column>,
}

impl Sheet {
    /// The name in `lang`.
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sheet: Vec<Sheet>,
}

fn read() -> Result<Vec<Sheet>, PolicyError> {
    parse::<File>(FILE, include_str!("columns.toml")).map(|file| file.sheet)
}

/// The sheets in the order in which they build on each other.
pub fn sheets() -> &'static [Sheet] {
    static SHEETS: OnceLock<Vec<Sheet>> = OnceLock::new();
    SHEETS.get_or_init(|| match read() {
        Ok(sheets) => sheets,
        // Part of the program, read by the tests: see `Profile::builtin`.
        Err(error) => {
            tracing::error!(%error, "the register's columns cannot be read");
            std::process::abort()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_columns_are_whole() {
        let sheets = read().unwrap();
        assert_eq!(sheets.len(), 8);
        for sheet in &sheets {
            let unique = |names: Vec<&str>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
            assert!(unique(sheet.columns.iter().map(|c| c.id.as_str()).collect()), "{}", sheet.id);
            assert!(unique(sheet.columns.iter().map(|c| c.zh.as_str()).collect()), "{}", sheet.id);
            assert!(unique(sheet.columns.iter().map(|c| c.en.as_str()).collect()), "{}", sheet.id);
            assert!(sheet.columns.iter().any(|c| c.key), "{} has no key", sheet.id);
            assert!(!sheet.examples.is_empty());
            for column in &sheet.columns {
                // No personal data in a key: keys become identifiers.
                assert!(!(column.key && column.personal), "{}.{}", sheet.id, column.id);
                let choices = column.choices(Profile::builtin());
                assert_eq!(column.kind == ColumnKind::Choice, !choices.is_empty(), "{}.{}", sheet.id, column.id);
                assert!(column.kind != ColumnKind::Text || column.max_chars.is_some(), "{}.{} has no longest text", sheet.id, column.id);
                assert!(column.kind != ColumnKind::Number || (column.min.is_some() && column.max.is_some()));
            }
        }
    }
}
