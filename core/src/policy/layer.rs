//! One profile file: its head, the values it states and the rows it holds. What it leaves out comes from its base.

use super::{
    Origin, ProfileRef,
    document::{At, Document, RowText},
    fault::{Fault, Faults},
    keys::Keys,
    rows,
};
use crate::{model::Digest, words::Lang};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// For whom a profile is; the order in which layers are laid over each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The program's own settings, of which no source says anything: whoever states a value goes before them.
    Product,
    /// The law of the country.
    National,
    /// The law of a province or city.
    Jurisdiction,
    /// A group of companies.
    Group,
    /// A company.
    Company,
    /// A project.
    Project,
    /// A community of a project.
    Community,
    /// The contract of one unit.
    Contract,
}

impl Scope {
    /// The identifier.
    pub fn name(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Jurisdiction => "jurisdiction",
            Self::Product => "product",
            Self::Group => "group",
            Self::Company => "company",
            Self::Project => "project",
            Self::Community => "community",
            Self::Contract => "contract",
        }
    }

    /// Whether it is law: what stands there may not be undercut.
    pub fn is_law(self) -> bool {
        matches!(self, Self::National | Self::Jurisdiction)
    }
}

/// The head of a profile file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// The first day it can be taken for a new case.
    pub effective_from: NaiveDate,
    /// The last one.
    pub effective_to: Option<NaiveDate>,
    /// For whom it is.
    pub scope: Scope,
    /// Where, such as `CN` or `CN-ZJ`.
    pub jurisdiction: String,
    /// What it is laid over.
    pub base: Option<ProfileRef>,
    /// Laws of provinces and cities that apply.
    pub overlays: Vec<ProfileRef>,
    /// What it was made from.
    pub sources: Vec<String>,
    /// The zone in which days are counted; that of the base where it is left out.
    #[serde(skip)]
    pub time_zone: Option<chrono_tz::Tz>,
    /// It may have changed since: nothing in it binds before an administrator has confirmed the whole of it.
    pub check_before_enabling: bool,
}

pub(super) fn zone_name<S: serde::Serializer>(zone: &chrono_tz::Tz, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(zone.name())
}

/// A value that a file states.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stated {
    pub(super) line: usize,
    pub(super) value: Json,
    pub(super) origin: Origin,
}

/// A row that a file states.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StatedRow {
    pub(super) line: usize,
    /// What makes it the same row in another layer.
    pub(super) identity: String,
    /// Rows with the same group are replaced together.
    pub(super) group: Option<String>,
    pub(super) columns: Json,
    pub(super) origin: Origin,
}

/// One profile file, read and checked by itself.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name and version.
    pub at: ProfileRef,
    /// Its head.
    pub head: Head,
    /// SHA-256 of the file.
    pub digest: Digest,
    /// The file's name, for messages.
    pub file: String,
    /// The file as it is.
    pub text: String,
    pub(super) values: BTreeMap<String, Stated>,
    pub(super) rows: BTreeMap<String, Vec<StatedRow>>,
    /// Entries added to shipped lists: catalog and list, then the entries.
    pub(super) added: BTreeMap<(String, String), Vec<At<Json>>>,
}

/// Years that a profile can speak of; anything else is a slip of the keyboard.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;
/// Parts that a profile may add entries to.
const CATALOGS: [&str; 5] = ["taxonomy", "limits", "checklist", "texts", "roles"];
/// No profile file is larger, in bytes.
pub const FILE_MAX_BYTES: usize = 512 << 10;

struct Reading<'a> {
    file: &'a str,
    faults: Vec<Fault>,
}

impl Layer {
    /// Reads a file; on an error everything that is wrong in it.
    ///
    /// # Errors
    /// With every fault and its line.
    pub fn read(file: &str, text: &str) -> Result<Self, Faults> {
        let (layer, faults) = Self::read_all(file, text);
        Faults::none_or(faults)?;
        layer.ok_or_else(|| Fault::new(file, 1, "id", "profile-head-missing").into())
    }

    /// Reads as much of a file as can be read, and tells everything that is wrong in it; no layer when its head cannot be.
    pub(super) fn read_all(file: &str, text: &str) -> (Option<Self>, Vec<Fault>) {
        if text.len() > FILE_MAX_BYTES {
            return (None, vec![Fault::new(file, 0, "", "profile-too-large").with("max", FILE_MAX_BYTES)]);
        }
        let (document, faults) = Document::read(file, text);
        let mut reading = Reading { file, faults };
        let head = reading.head(&document.head);
        let mut values = BTreeMap::new();
        for (section, keys) in &document.sections {
            for (key, at) in keys {
                reading.value(&mut values, &format!("{section}.{key}"), at);
            }
        }
        let (mut rows, mut added) = (BTreeMap::new(), BTreeMap::new());
        for (table, list) in &document.rows {
            match table.split_once('.').filter(|(catalog, _)| CATALOGS.contains(catalog)) {
                Some((catalog, list_name)) => {
                    let entries = list.iter().map(|row| At { line: row.line, it: object(row) }).collect();
                    added.insert((catalog.to_owned(), list_name.to_owned()), entries);
                }
                None => {
                    let read = reading.rows(table, list);
                    rows.insert(table.clone(), read);
                }
            }
        }
        let digest = Digest::of(text.as_bytes());
        let layer = head.map(|(at, head)| Self { at, head, digest, file: file.to_owned(), text: text.to_owned(), values, rows, added });
        (layer, reading.faults)
    }

    /// The layer of one unit's contract: its terms by the fields that the register holds.
    pub fn of_contract(terms: &[(&str, u64)]) -> Self {
        let keys = Keys::get();
        let values = terms.iter().filter_map(|(field, value)| {
            let key = keys.of_contract(field)?;
            Some((key.id.clone(), Stated { line: 0, value: Json::from(*value), origin: Origin::Contract }))
        });
        Self {
            at: ProfileRef { id: "contract".to_owned(), version: 1 },
            head: Head {
                zh: "本户合同".to_owned(),
                en: "the unit's contract".to_owned(),
                effective_from: NaiveDate::MIN,
                effective_to: None,
                scope: Scope::Contract,
                jurisdiction: String::new(),
                base: None,
                overlays: Vec::new(),
                sources: Vec::new(),
                time_zone: None,
                check_before_enabling: false,
            },
            digest: Digest::default(),
            file: "contract".to_owned(),
            text: String::new(),
            values: values.collect(),
            rows: BTreeMap::new(),
            added: BTreeMap::new(),
        }
    }

    /// The name in `lang`.
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.head.zh,
            Lang::En => &self.head.en,
        }
    }

    /// Whether a new case on this day may be taken in under it.
    pub fn in_effect(&self, on: NaiveDate) -> bool {
        self.head.effective_from <= on && self.head.effective_to.is_none_or(|to| on <= to)
    }
}

fn object(row: &RowText) -> Json {
    row.it.iter().map(|(name, at)| (name.clone(), at.it.clone())).collect::<Map<_, _>>().into()
}

/// How a row is told from the others of its table, whatever the layer: the values of its identity columns.
pub(super) fn identity_of(columns: &Json, identity: &[String]) -> String {
    let part = |column: &String| match columns.get(column) {
        // Left out and `any` mean the same; the order of a list means nothing.
        None | Some(Json::Null) => "any".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Array(list)) => {
            let mut items: Vec<String> = list.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
            items.sort();
            items.join("+")
        }
        Some(other) => other.to_string(),
    };
    identity.iter().map(part).collect::<Vec<_>>().join("/")
}

impl Reading<'_> {
    fn bad(&mut self, line: usize, key: &str, problem: &'static str) {
        self.faults.push(Fault::new(self.file, line, key, problem));
    }

    fn head(&mut self, keys: &[(String, At<Json>)]) -> Option<(ProfileRef, Head)> {
        const KNOWN: [&str; 13] = [
            "id",
            "version",
            "zh",
            "en",
            "effective_from",
            "effective_to",
            "scope",
            "jurisdiction",
            "base",
            "overlays",
            "sources",
            "time_zone",
            "check_before_enabling",
        ];
        for (name, at) in keys {
            if !KNOWN.contains(&name.as_str()) {
                self.bad(at.line, name, "profile-unknown-key");
            }
        }
        let get = |name: &str| keys.iter().find(|(n, _)| n == name).map(|(_, at)| at);
        let mut need = |name: &'static str| {
            let found = get(name);
            if found.is_none() {
                self.faults.push(Fault::new(self.file, 1, name, "profile-head-missing"));
            }
            found
        };
        let (id, version, zh, en) = (need("id"), need("version"), need("zh"), need("en"));
        let (from, scope, jurisdiction) = (need("effective_from"), need("scope"), need("jurisdiction"));
        let name = format!("{}@{}", id.and_then(|at| at.it.as_str()).unwrap_or_default(), version.map(|at| at.it.to_string()).unwrap_or_default());
        let at: Option<ProfileRef> = name.parse().ok();
        if at.is_none() && id.is_some() && version.is_some() {
            self.bad(id.map_or(1, |at| at.line), "id, version", "profile-bad-id");
        }
        let mut text = |at: Option<&At<Json>>, name: &str| match at.map(|at| at.it.as_str().filter(|t| !t.trim().is_empty())) {
            Some(None) => {
                self.bad(at.map_or(1, |at| at.line), name, "profile-not-text");
                None
            }
            found => found.flatten().map(str::to_owned),
        };
        let (zh, en, jurisdiction) = (text(zh, "zh"), text(en, "en"), text(jurisdiction, "jurisdiction"));
        let scope_text = text(scope, "scope");
        let effective_from = from.and_then(|at| self.date(at, "effective_from"));
        let effective_to = get("effective_to").map(|at| self.date(at, "effective_to"));
        let read_scope = scope_text.and_then(|text| serde_json::from_value::<Scope>(text.into()).ok()).filter(|scope| *scope != Scope::Contract);
        if let (None, Some(at)) = (read_scope, scope) {
            self.bad(at.line, "scope", "profile-bad-scope");
        }
        let base = get("base").and_then(|at| self.reference(at, "base"));
        let overlays = get("overlays").map(|at| {
            let Some(list) = at.it.as_array().cloned() else {
                // One that is named outside a list would be left out in silence.
                self.bad(at.line, "overlays", "profile-not-list");
                return Vec::new();
            };
            list.into_iter().filter_map(|it| self.reference(&At { line: at.line, it }, "overlays")).collect()
        });
        let sources = match get("sources") {
            Some(at) => match serde_json::from_value::<Vec<String>>(at.it.clone()) {
                Ok(list) => list,
                Err(_) => {
                    self.bad(at.line, "sources", "profile-not-text");
                    Vec::new()
                }
            },
            None => Vec::new(),
        };
        let time_zone = get("time_zone").and_then(|at| {
            let zone = at.it.as_str().and_then(|zone| zone.parse().ok());
            if zone.is_none() {
                self.bad(at.line, "time_zone", "profile-bad-zone");
            }
            zone
        });
        let check_before_enabling = get("check_before_enabling").is_some_and(|at| {
            if !at.it.is_boolean() {
                self.bad(at.line, "check_before_enabling", "profile-bad-value");
            }
            at.it == Json::Bool(true)
        });
        if let (Some(from), Some(Some(to))) = (effective_from, effective_to)
            && to < from
        {
            self.bad(get("effective_to").map_or(1, |at| at.line), "effective_to", "profile-bad-range");
        }
        let head = Head {
            zh: zh?,
            en: en?,
            effective_from: effective_from?,
            effective_to: effective_to.flatten(),
            scope: read_scope?,
            jurisdiction: jurisdiction?,
            base,
            overlays: overlays.unwrap_or_default(),
            sources,
            time_zone,
            check_before_enabling,
        };
        Some((at?, head))
    }

    fn date(&mut self, at: &At<Json>, key: &str) -> Option<NaiveDate> {
        let date = at.it.as_str().and_then(|text| text.parse::<NaiveDate>().ok()).filter(|date| YEARS.contains(&date.year()));
        if date.is_none() {
            self.bad(at.line, key, "profile-bad-date");
        }
        date
    }

    fn reference(&mut self, at: &At<Json>, key: &str) -> Option<ProfileRef> {
        let found = at.it.as_str().and_then(|text| text.parse().ok());
        if found.is_none() {
            self.bad(at.line, key, "profile-bad-id");
        }
        found
    }

    fn origin(&mut self, line: usize, key: &str, origin: Option<&Json>) -> Option<Origin> {
        let Some(origin) = origin else {
            self.bad(line, key, "profile-origin-missing");
            return None;
        };
        let read = origin.as_str().and_then(|text| text.parse().ok());
        if read.is_none() {
            self.bad(line, key, "profile-bad-origin");
        }
        read
    }

    /// `key = { value, origin }`, or a table of such values by name where the key table says `key.*`.
    fn value(&mut self, values: &mut BTreeMap<String, Stated>, id: &str, at: &At<Json>) {
        let keys = Keys::get();
        let by_name = format!("{id}.*");
        if let (Some(_), Some(table)) = (keys.key(&by_name), at.it.as_object()) {
            for (name, inner) in table {
                self.sourced(values, &by_name, &format!("{id}.{name}"), &At { line: at.line, it: inner.clone() });
            }
            return;
        }
        if keys.key(id).is_none() {
            return self.bad(at.line, id, "profile-unknown-key");
        }
        self.sourced(values, id, id, at);
    }

    fn sourced(&mut self, values: &mut BTreeMap<String, Stated>, key: &str, id: &str, at: &At<Json>) {
        let Some(key) = Keys::get().key(key) else { return };
        let Some(table) = at.it.as_object().filter(|table| table.contains_key("value")) else {
            return self.bad(at.line, id, "profile-value-shape");
        };
        if let Some(stray) = table.keys().find(|name| !matches!(name.as_str(), "value" | "origin")) {
            self.bad(at.line, &format!("{id}.{stray}"), "profile-unknown-key");
        }
        let value = table.get("value").cloned().unwrap_or_default();
        let holds = key.kind.holds(&value);
        // What could not be read as JSON has been told already.
        if !holds && !value.is_null() {
            self.bad(at.line, id, "profile-bad-value");
        }
        if let Some(origin) = self.origin(at.line, id, table.get("origin")).filter(|_| holds) {
            values.insert(id.to_owned(), Stated { line: at.line, value, origin });
        }
    }

    fn rows(&mut self, table: &str, list: &[RowText]) -> Vec<StatedRow> {
        let Some(rules) = Keys::get().table(table) else {
            self.bad(list.first().map_or(1, |row| row.line), table, "profile-unknown-key");
            return Vec::new();
        };
        let mut out: Vec<StatedRow> = Vec::with_capacity(list.len());
        for (n, row) in list.iter().enumerate() {
            let columns = object(row);
            let key = format!("{table}[{n}]");
            let origin = self.origin(row.line, &key, columns.get("origin"));
            let line_of = |column: &str| row.it.iter().find(|(name, _)| name == column).map_or(row.line, |(_, at)| at.line);
            let strangers = rows::strangers(table, &columns);
            for (column, problem, found) in &strangers {
                self.faults.push(Fault::new(self.file, line_of(column), format!("{key}.{column}: {found}"), problem));
            }
            if let Err(wrong) = rows::check(table, &columns) {
                let key = if wrong.column.is_empty() { key } else { format!("{key}.{}", wrong.column) };
                self.faults.push(Fault::new(self.file, line_of(&wrong.column), key, wrong.problem).with("detail", wrong.detail));
                continue;
            }
            let Some(origin) = origin.filter(|_| strangers.is_empty()) else { continue };
            let identity = identity_of(&columns, &rules.identity);
            if out.iter().any(|earlier| earlier.identity == identity) {
                self.faults.push(Fault::new(self.file, row.line, format!("{key}: {identity}"), "profile-row-twice"));
                continue;
            }
            let group = rules.whole.as_ref().map(|column| identity_of(&columns, std::slice::from_ref(column)));
            out.push(StatedRow { line: row.line, identity, group, columns, origin });
        }
        out
    }
}
