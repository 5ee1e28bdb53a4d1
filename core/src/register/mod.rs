//! The register: communities, buildings, layouts, units, owners and contractors as an office keeps them (S4-28, S4-98, S4-04).
//!
//! Sheets come in as cells ([`RawSheet`]), are checked against the columns of `columns.toml` and the policy's lists, and
//! come out as rows with a stable key. Whoever turns rows into events compares [`RowValue`]s: an equal one is no event, a
//! different one is a change of that row.

pub mod cells;
pub mod columns;
mod read;
#[cfg(test)]
mod tests;
pub mod value;

pub use cells::{Cell, RawRow, RawSheet};
pub use read::{MAX_COLUMNS, MAX_ROWS, REASON_HEADINGS, Reading, TooLarge, WHOLE_SHARE, read};
pub use value::{FieldValue, Reason};

use crate::words::Told;
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// What a row is about. The order is the one in which rows build on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// A residential community.
    Community,
    /// A building.
    Building,
    /// A layout with its plan, its rooms and the contract terms that go with it.
    Plan,
    /// A home.
    Unit,
    /// An owner of a unit.
    Owner,
    /// A contractor or crew.
    Contractor,
}

impl RowKind {
    /// The identifier: the sheet's id and the head of a key.
    pub fn name(self) -> &'static str {
        match self {
            Self::Community => "community",
            Self::Building => "building",
            Self::Plan => "plan",
            Self::Unit => "unit",
            Self::Owner => "owner",
            Self::Contractor => "contractor",
        }
    }
}

/// The stable name of a row, such as `unit:云溪雅苑一期/2/1/1102`. Holds no personal data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RowKey(String);

impl RowKey {
    /// The key of a row; a `/` or `%` within a part is escaped, so that no two rows share a key.
    pub fn new(kind: RowKind, parts: &[&str]) -> Self {
        let escaped: Vec<String> = parts.iter().map(|p| p.replace('%', "%25").replace('/', "%2F")).collect();
        Self(format!("{}:{}", kind.name(), escaped.join("/")))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a row says: its kind, what it is a part of, and its fields by name (`columns.toml`). Two rows of one key that are
/// equal say the same.
///
/// Fields of areas are [`FieldValue::Milli`] (thousandths of m²), shares too (thousandths of a percent). A plan has besides
/// its columns `rooms` (JSON, see [`PlanRoom`]) and for each contract term `contract:<field>`. A unit has besides its columns
/// `label` (`2-1-1102`) and its building's `building_floors` and `design_date`, where the building is in the same file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowValue {
    /// What it is about.
    pub kind: RowKind,
    /// What it is a part of: a building of a community, a unit of a building, an owner of a unit.
    pub parent: Option<RowKey>,
    /// The fields that are not empty.
    pub fields: BTreeMap<String, FieldValue>,
}

impl RowValue {
    /// The words of a field, personal or not.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(FieldValue::text)
    }
}

/// A room of a layout, with its place on the plan as fractions in millionths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct PlanRoom {
    /// Unique in the layout.
    pub key: String,
    /// Space id.
    pub space: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Left, top, width and height in millionths of the whole plan; none where the plan is not measured.
    pub box_ppm: Option<[u32; 4]>,
}

impl PlanRoom {
    /// Whether a place lies in it.
    pub fn holds(&self, x_ppm: u32, y_ppm: u32) -> bool {
        self.box_ppm.is_some_and(|[x, y, w, h]| (x..=x + w).contains(&x_ppm) && (y..=y + h).contains(&y_ppm))
    }

    /// As the checklist takes it.
    pub fn room(&self) -> crate::policy::checklist::Room {
        crate::policy::checklist::Room { key: self.key.clone(), space: self.space.clone(), zh: self.zh.clone(), en: self.en.clone() }
    }

    /// The rooms in a plan's field `rooms`; none where it does not read.
    pub fn of_field(json: &str) -> Vec<Self> {
        serde_json::from_str(json).unwrap_or_default()
    }
}

/// The rows that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    rows: BTreeMap<(RowKind, RowKey), RowValue>,
}

impl Register {
    /// All rows, parents before their parts, in the order of their keys.
    pub fn keyed_rows(&self) -> Vec<(RowKey, RowValue)> {
        self.rows.iter().map(|((_, key), value)| (key.clone(), value.clone())).collect()
    }

    /// The row of this key.
    pub fn get(&self, key: &RowKey) -> Option<&RowValue> {
        self.rows.iter().find(|((_, k), _)| k == key).map(|(_, value)| value)
    }

    /// The rows of one kind.
    pub fn of(&self, kind: RowKind) -> impl Iterator<Item = (&RowKey, &RowValue)> {
        self.rows.iter().filter(move |((k, _), _)| *k == kind).map(|((_, key), value)| (key, value))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// A cell that is refused: where it stands as the spreadsheet shows it, and why. Never holds what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    /// The sheet's or file's name.
    pub sheet: String,
    /// The row, from 1; 0 for the sheet as a whole.
    pub row: u32,
    /// The column's heading as it stands in the file, or its letter; empty for the row as a whole.
    pub column: String,
    /// The message key of the reason.
    pub reason_key: &'static str,
    /// The reason's arguments.
    pub args: Vec<(&'static str, String)>,
}

impl Told for BadCell {
    fn key(&self) -> &'static str {
        self.reason_key
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        self.args.clone()
    }
}
