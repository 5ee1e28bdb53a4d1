//! A profile file as it is written: sections, rows and head, each value with its line.

use super::fault::Fault;
use serde_json::{Map, Value as Json};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A value with the line it stands in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct At<T> {
    pub(super) line: usize,
    pub(super) it: T,
}

/// One `[[table]]`: its columns, each with its line.
pub(super) type RowText = At<Columns>;
/// Keys with their values, each with its line.
pub(super) type Columns = Vec<(String, At<Json>)>;

/// A profile file, read without knowing what its keys mean.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    /// Keys before the first table.
    pub(super) head: Vec<(String, At<Json>)>,
    /// `[section]` with its keys.
    pub(super) sections: Vec<(String, Columns)>,
    /// `[[table]]`, and `[[section.table]]` under `section.table`.
    pub(super) rows: Vec<(String, Vec<RowText>)>,
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// Byte offsets at which lines begin.
    lines: Vec<usize>,
    faults: Vec<Fault>,
}

impl Document {
    /// Reads the text; what cannot be read is told and left out.
    pub(super) fn read(file: &str, text: &str) -> (Self, Vec<Fault>) {
        let lines = std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1)).collect();
        let mut reader = Reader { file, text, lines, faults: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let line = reader.line(error.span().map_or(0, |span| span.start));
            reader.faults.push(Fault::new(file, line, "", "profile-syntax").with("detail", error.message()));
        }
        let mut out = Self::default();
        for (key, value) in table.get_ref() {
            reader.top(&mut out, key.get_ref(), key.span().start, value);
        }
        // In the order of the file: tables are read in the order of their names.
        out.head.sort_by_key(|(_, at)| at.line);
        out.sections.iter_mut().for_each(|(_, keys)| keys.sort_by_key(|(_, at)| at.line));
        (out, reader.faults)
    }
}

impl Reader<'_> {
    fn line(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte.min(self.text.len()))
    }

    fn top(&mut self, out: &mut Document, key: &str, start: usize, value: &Spanned<DeValue<'_>>) {
        let line = self.line(start);
        match value.get_ref() {
            DeValue::Table(table) => {
                let mut keys = Vec::new();
                for (inner, value) in table {
                    let name = inner.get_ref();
                    match rows_of(value) {
                        Some(rows) => out.rows.push((format!("{key}.{name}"), self.rows(&format!("{key}.{name}"), rows))),
                        None => {
                            let at = self.at(&format!("{key}.{name}"), inner.span().start, value);
                            keys.push((name.to_string(), at));
                        }
                    }
                }
                out.sections.push((key.to_owned(), keys));
            }
            _ => match rows_of(value) {
                Some(rows) => {
                    let rows = self.rows(key, rows);
                    out.rows.push((key.to_owned(), rows));
                }
                None => {
                    let it = self.json(key, line, value.get_ref());
                    out.head.push((key.to_owned(), At { line, it }));
                }
            },
        }
    }

    fn rows(&mut self, key: &str, rows: Vec<&Spanned<DeValue<'_>>>) -> Vec<RowText> {
        let mut out = Vec::with_capacity(rows.len());
        for (n, row) in rows.into_iter().enumerate() {
            let DeValue::Table(table) = row.get_ref() else { continue };
            let mut columns = Vec::with_capacity(table.len());
            for (name, value) in table {
                let at = self.at(&format!("{key}[{n}].{}", name.get_ref()), name.span().start, value);
                columns.push((name.get_ref().to_string(), at));
            }
            columns.sort_by_key(|(_, at)| at.line);
            let line = columns.first().map_or(self.line(row.span().start), |(_, at)| at.line);
            out.push(At { line, it: columns });
        }
        out
    }

    fn at(&mut self, key: &str, start: usize, value: &Spanned<DeValue<'_>>) -> At<Json> {
        let line = self.line(start);
        At { line, it: self.json(key, line, value.get_ref()) }
    }

    /// The value as JSON. Profiles have no floating-point numbers: money is fen, other decimals are written as text.
    fn json(&mut self, key: &str, line: usize, value: &DeValue<'_>) -> Json {
        match value {
            DeValue::String(text) => Json::from(text.as_ref()),
            DeValue::Boolean(yes) => Json::from(*yes),
            DeValue::Datetime(when) => Json::from(when.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Json::from(number),
                Err(_) => self.refuse(key, line, "profile-number-range"),
            },
            DeValue::Float(number) => {
                self.faults.push(Fault::new(self.file, line, key, "profile-no-float").with("found", number.as_str()));
                Json::Null
            }
            DeValue::Array(list) => list.iter().map(|item| self.json(key, line, item.get_ref())).collect(),
            DeValue::Table(table) => table
                .iter()
                .map(|(name, value)| (name.get_ref().to_string(), self.json(&format!("{key}.{}", name.get_ref()), line, value.get_ref())))
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    fn refuse(&mut self, key: &str, line: usize, problem: &'static str) -> Json {
        self.faults.push(Fault::new(self.file, line, key, problem));
        Json::Null
    }
}

/// The rows of an array of tables.
fn rows_of<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Option<Vec<&'a Spanned<DeValue<'i>>>> {
    let DeValue::Array(list) = value.get_ref() else { return None };
    let rows: Vec<_> = list.iter().collect();
    (!rows.is_empty() && rows.iter().all(|row| matches!(row.get_ref(), DeValue::Table(_)))).then_some(rows)
}
