//! What a profile may say: every key and table, how it is written, and which direction is stricter for the company. Data: `keys.toml`.

use super::{Milli, PolicyError, parse};
use crate::words::Lang;
use serde::Deserialize;
use serde_json::Value as Json;
use std::{cmp::Ordering, collections::BTreeMap, sync::OnceLock};

const FILE: &str = "keys.toml";

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number from 0.
    Count,
    /// Fen, from 0.
    AmountFen,
    /// A decimal number, written as text.
    Decimal,
    /// An identifier or short text.
    Text,
    /// A list of texts or of whole numbers.
    List,
    /// Whole numbers by name.
    Map,
    /// Whatever the part that owns it reads.
    Any,
}

/// Which direction is stricter for the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Less is stricter.
    Lower,
    /// More is stricter.
    Higher,
    /// A list that holds more is stricter.
    Superset,
    /// A list that holds less is stricter.
    Subset,
    /// `true` is stricter.
    True,
    /// `false` is stricter.
    False,
    /// Neither: a lower layer may choose.
    None,
}

/// How a new value stands to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// The same.
    Equal,
    /// Stricter, or neither is stricter.
    Allowed,
    /// Looser for the company.
    Looser,
    /// Neither of both: in part stricter and in part looser, or of another kind.
    NotComparable,
}

/// One value a profile may hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// `section.key`.
    pub id: String,
    /// How it is written.
    pub kind: Kind,
    /// Which direction is stricter.
    pub stricter: Direction,
    /// The unit of a number, as the deadline units and `fen`, `percent` name it.
    pub unit: Option<String>,
    /// The field of the unit's contract that may say more.
    pub contract: Option<String>,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
}

/// How rows of a table in a lower layer meet those above.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The table's name.
    pub id: String,
    /// The columns that make two rows the same one.
    pub identity: Vec<String>,
    /// Rows with the same value here are replaced together: bands of one table only make sense as a whole.
    pub whole: Option<String>,
    /// The column that is held against the row above.
    pub column: Option<String>,
    /// Which direction of that column is stricter.
    #[serde(default = "no_direction")]
    pub stricter: Direction,
    /// Columns that must be the same for the comparison to mean anything.
    #[serde(default)]
    pub same: Vec<String>,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
}

fn no_direction() -> Direction {
    Direction::None
}

/// Everything a profile may say.
#[derive(Clone, Debug)]
pub struct Keys {
    keys: BTreeMap<String, Key>,
    tables: BTreeMap<String, Table>,
    /// Rows and values without which a profile cannot go live (C-08): `deadline.arrive`, or a key.
    pub required: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    required: Vec<String>,
    key: Vec<Key>,
    table: Vec<Table>,
}

impl Keys {
    fn read(text: &str) -> Result<Self, PolicyError> {
        let file: File = parse(FILE, text)?;
        let mut out = Self { keys: BTreeMap::new(), tables: BTreeMap::new(), required: file.required };
        for key in file.key {
            let id = key.id.clone();
            if key.zh.is_empty() || key.en.is_empty() || !key.kind.fits(key.stricter) {
                return Err(PolicyError::value(FILE, id, "policy-bad-id"));
            }
            if out.keys.insert(id.clone(), key).is_some() {
                return Err(PolicyError::value(FILE, id, "policy-id-twice"));
            }
        }
        for table in file.table {
            let id = table.id.clone();
            if out.tables.insert(id.clone(), table).is_some() {
                return Err(PolicyError::value(FILE, id, "policy-id-twice"));
            }
        }
        Ok(out)
    }

    /// The keys of this program, read once.
    pub fn get() -> &'static Self {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        KEYS.get_or_init(|| super::built_in(Self::read(include_str!("data/keys.toml"))))
    }

    /// The key with this id.
    pub fn key(&self, id: &str) -> Option<&Key> {
        self.keys.get(id)
    }

    /// The table with this id.
    pub fn table(&self, id: &str) -> Option<&Table> {
        self.tables.get(id)
    }

    /// All keys, by id.
    pub fn all(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }

    /// All tables, by id.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// The name of a key or table in `lang`; the id itself where it is unknown.
    pub fn name<'a>(&'a self, id: &'a str, lang: Lang) -> &'a str {
        let names = self.keys.get(id).map(|k| (&k.zh, &k.en)).or_else(|| self.tables.get(id).map(|t| (&t.zh, &t.en)));
        match (names, lang) {
            (Some((zh, _)), Lang::Zh) => zh,
            (Some((_, en)), Lang::En) => en,
            (None, _) => id,
        }
    }

    /// The fields of a unit's contract that state a key.
    pub fn contract_fields(&self) -> impl Iterator<Item = &str> {
        self.keys.values().filter_map(|key| key.contract.as_deref())
    }

    /// The key that a field of the unit's contract states.
    pub fn of_contract(&self, field: &str) -> Option<&Key> {
        self.keys.values().find(|key| key.contract.as_deref() == Some(field))
    }
}

impl Kind {
    /// Whether a direction means anything for values of this kind.
    fn fits(self, direction: Direction) -> bool {
        match direction {
            Direction::None => true,
            Direction::Lower | Direction::Higher => matches!(self, Self::Count | Self::AmountFen | Self::Decimal | Self::Map),
            Direction::Superset | Direction::Subset => self == Self::List,
            Direction::True | Direction::False => self == Self::Bool,
        }
    }

    /// Whether a value is written as it must be.
    pub fn holds(self, value: &Json) -> bool {
        let count = |v: &Json| v.as_u64().is_some();
        match self {
            Self::Bool => value.is_boolean(),
            Self::Count | Self::AmountFen => count(value),
            Self::Decimal => value.as_str().is_some_and(|text| text.parse::<Milli>().is_ok()),
            Self::Text => value.as_str().is_some_and(|text| !text.trim().is_empty()),
            Self::List => value.as_array().is_some_and(|list| list.iter().all(|v| count(v) || v.is_string())),
            Self::Map => value.as_object().is_some_and(|map| !map.is_empty() && map.values().all(count)),
            Self::Any => !value.is_null(),
        }
    }
}

impl Direction {
    /// How `new` stands to `old`.
    pub fn compare(self, new: &Json, old: &Json) -> Strictness {
        if new == old {
            return Strictness::Equal;
        }
        match self.order(new, old) {
            Some(Ordering::Greater | Ordering::Equal) => Strictness::Allowed,
            Some(Ordering::Less) => Strictness::Looser,
            None => Strictness::NotComparable,
        }
    }

    /// `Greater` when `new` is stricter, `Less` when it is looser in any part.
    fn order(self, new: &Json, old: &Json) -> Option<Ordering> {
        match self {
            Self::None => Some(Ordering::Greater),
            Self::True | Self::False => {
                let strict = self == Self::True;
                Some((new.as_bool()? == strict).cmp(&(old.as_bool()? == strict)))
            }
            Self::Lower => Self::Higher.order(old, new),
            Self::Higher => match (new, old) {
                (Json::Object(new), Json::Object(old)) => {
                    if new.len() != old.len() {
                        return None;
                    }
                    let parts: Vec<Ordering> = old.iter().map(|(name, old)| Self::Higher.order(new.get(name)?, old)).collect::<Option<_>>()?;
                    Some(parts.into_iter().min().unwrap_or(Ordering::Equal))
                }
                (Json::Number(new), Json::Number(old)) => Some(new.as_i64()?.cmp(&old.as_i64()?)),
                (Json::String(new), Json::String(old)) => Some(new.parse::<Milli>().ok()?.cmp(&old.parse().ok()?)),
                _ => None,
            },
            Self::Superset => {
                let (new, old) = (new.as_array()?, old.as_array()?);
                let holds_all = old.iter().all(|item| new.contains(item));
                Some(if holds_all { new.len().cmp(&old.len()) } else { Ordering::Less })
            }
            Self::Subset => Self::Superset.order(old, new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn stricter_is_told_from_looser_for_every_kind() {
        use Strictness::{Allowed, Equal, Looser, NotComparable};
        let table: &[(Direction, Json, Json, Strictness)] = &[
            (Direction::Lower, json!(24), json!(48), Allowed),
            (Direction::Lower, json!(72), json!(48), Looser),
            (Direction::Lower, json!(48), json!(48), Equal),
            (Direction::Higher, json!(15), json!(10), Allowed),
            (Direction::Higher, json!(9), json!(10), Looser),
            (Direction::Lower, json!("0.040"), json!("0.05"), Allowed),
            (Direction::Lower, json!({"a": 1, "b": 5}), json!({"a": 2, "b": 5}), Allowed),
            (Direction::Lower, json!({"a": 1, "b": 6}), json!({"a": 2, "b": 5}), Looser),
            (Direction::Lower, json!({"a": 1}), json!({"a": 2, "b": 5}), NotComparable),
            (Direction::Superset, json!(["a", "b", "c"]), json!(["b", "a"]), Allowed),
            (Direction::Superset, json!(["a", "c"]), json!(["b", "a"]), Looser),
            (Direction::Subset, json!(["a"]), json!(["a", "b"]), Allowed),
            (Direction::Subset, json!(["a", "c"]), json!(["a", "b"]), Looser),
            (Direction::True, json!(true), json!(false), Allowed),
            (Direction::True, json!(false), json!(true), Looser),
            (Direction::False, json!(true), json!(false), Looser),
            (Direction::None, json!("x"), json!("y"), Allowed),
            (Direction::Higher, json!("many"), json!(3), NotComparable),
        ];
        for (direction, new, old, expected) in table {
            assert_eq!(direction.compare(new, old), *expected, "{direction:?} {new} against {old}");
        }
    }
}
