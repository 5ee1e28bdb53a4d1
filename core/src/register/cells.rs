//! What a spreadsheet gives: cells as they stand, with the row they stand in. No meaning yet.

use chrono::NaiveDate;

/// A cell as it was found.
#[derive(Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Words.
    Text(String),
    /// A number, as spreadsheets keep it.
    Number(f64),
    /// A cell formatted as a date.
    Date(NaiveDate),
    /// Yes or no.
    Bool(bool),
    /// A formula. Its stored result may be stale or missing, so it is never taken for the value.
    Formula,
    /// An error such as `#REF!`.
    Error,
    /// Part of a merged area: which rows the value is for cannot be told.
    Merged,
}

/// Cells may hold personal data, so their content stands in no log.
impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Text(_) => "Text(…)",
            Self::Number(_) => "Number(…)",
            Self::Date(_) => "Date(…)",
            Self::Bool(_) => "Bool(…)",
            Self::Formula => "Formula",
            Self::Error => "Error",
            Self::Merged => "Merged",
        })
    }
}

impl Cell {
    /// The content as words: trimmed, without invisible characters; a whole number without a point. `None` where there is nothing to read.
    pub fn words(&self) -> Option<String> {
        let words = match self {
            Self::Text(text) => clean(text),
            Self::Number(n) => number_words(*n)?,
            Self::Date(date) => date.to_string(),
            Self::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
            Self::Empty | Self::Formula | Self::Error | Self::Merged => return None,
        };
        if words.is_empty() { None } else { Some(words) }
    }

    /// Whether there is nothing in it, blanks included.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => clean(text).is_empty(),
            _ => false,
        }
    }
}

/// A row of a sheet.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RawRow {
    /// The row number that the spreadsheet shows, from 1.
    pub number: u32,
    /// The cells from the first column on.
    pub cells: Vec<Cell>,
}

/// A sheet, or one CSV file.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RawSheet {
    /// Its name.
    pub name: String,
    /// Its rows in order; rows without content may be left out.
    pub rows: Vec<RawRow>,
}

/// Trims, joins runs of blanks, and removes what cannot be seen (byte order mark, zero-width characters).
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{00ad}' => {}
            c if c.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Full-width letters, digits and signs as half-width ones.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            c => c,
        })
        .collect()
}

/// The number as a person would write it; whole ones without a point, none with an exponent.
fn number_words(n: f64) -> Option<String> {
    if !n.is_finite() || n.abs() >= 1e15 {
        return None;
    }
    Some(if n.fract() == 0.0 { format!("{n:.0}") } else { format!("{n}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_people_write_them() {
        for (cell, words) in [
            (Cell::Text("\u{feff} 1102 \u{00a0}".into()), Some("1102")),
            (Cell::Text("三室\u{3000}\u{3000}两厅\n".into()), Some("三室 两厅")),
            (Cell::Number(13_800_138_000.0), Some("13800138000")),
            (Cell::Number(118.64), Some("118.64")),
            (Cell::Number(f64::NAN), None),
            (Cell::Number(1e300), None),
            (Cell::Text("\u{200b} ".into()), None),
            (Cell::Formula, None),
        ] {
            assert_eq!(cell.words().as_deref(), words);
        }
        assert_eq!(half_width("１１０２－Ａ"), "1102-A");
    }

    #[test]
    fn personal_content_is_in_no_debug_output() {
        assert!(!format!("{:?}", Cell::Text("陈静怡".into())).contains('陈'));
    }
}
