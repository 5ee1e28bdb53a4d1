//! From a cell to a value of its column.

use super::{
    cells::{Cell, half_width},
    columns::{Column, ColumnKind},
};
use crate::policy::{Milli, Profile};
use chrono::{Datelike, Days, NaiveDate};
use std::fmt;

/// A value of a row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldValue {
    /// Words, an id of a list, a file name.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Thousandths: square metres, percent, fractions.
    Milli(Milli),
    /// A day.
    Date(NaiveDate),
    /// Personal data: to be encrypted before it is kept.
    Personal(String),
}

/// Personal data stands in no log.
impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Int(n) => write!(f, "{n}"),
            Self::Milli(n) => write!(f, "{n}"),
            Self::Date(date) => write!(f, "{date}"),
            Self::Personal(_) => f.write_str("Personal(…)"),
        }
    }
}

impl FieldValue {
    /// The words, personal or not.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Personal(text) => Some(text),
            _ => None,
        }
    }
}

/// Why a cell is not what its column needs: the message key and its arguments (never the cell's own content).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The message key.
    pub key: &'static str,
    /// Named arguments.
    pub args: Vec<(&'static str, String)>,
}

impl Reason {
    pub(super) fn plain(key: &'static str) -> Self {
        Self { key, args: Vec::new() }
    }
    pub(super) fn with(key: &'static str, name: &'static str, value: impl fmt::Display) -> Self {
        Self { key, args: vec![(name, value.to_string())] }
    }
}

/// Longest code, file name and phone, in characters.
const CODE_MAX_CHARS: usize = 120;

/// Reads a cell. `Ok(None)` for an empty one that may be empty.
pub fn read(profile: &Profile, column: &Column, cell: &Cell) -> Result<Option<FieldValue>, Reason> {
    match cell {
        Cell::Formula => return Err(Reason::plain("register-formula")),
        Cell::Merged => return Err(Reason::plain("register-merged")),
        Cell::Error => return Err(Reason::plain("register-error-cell")),
        _ => {}
    }
    if cell.is_blank() {
        return if column.required { Err(Reason::plain("register-missing")) } else { Ok(None) };
    }
    // What is there but cannot be read is not the same as nothing.
    let words = cell.words().ok_or_else(|| Reason::plain("register-unreadable"))?;
    if words.chars().any(char::is_control) {
        return Err(Reason::plain("register-control"));
    }
    let narrow = half_width(&words);
    let value = match column.kind {
        ColumnKind::Text => limited(words, column.max_chars.unwrap_or(CODE_MAX_CHARS)).map(FieldValue::Text)?,
        ColumnKind::Code => code(&narrow, column)?,
        ColumnKind::File => file(&words)?,
        ColumnKind::Number => whole(&narrow, column)?,
        ColumnKind::Area => FieldValue::Milli(area(cell, &narrow)?),
        ColumnKind::Date => FieldValue::Date(date(cell, &narrow)?),
        ColumnKind::Phone => FieldValue::Text(phone(&narrow)?),
        ColumnKind::Percent => FieldValue::Milli(percent(cell, &narrow)?),
        ColumnKind::Fraction => FieldValue::Milli(fraction(cell, &narrow)?),
        ColumnKind::Choice => choice(profile, column, &words, &narrow)?,
    };
    Ok(Some(match value {
        FieldValue::Text(text) if column.personal => FieldValue::Personal(text),
        value => value,
    }))
}

fn limited(text: String, max_chars: usize) -> Result<String, Reason> {
    if text.chars().count() > max_chars { Err(Reason::with("register-too-long", "max", max_chars)) } else { Ok(text) }
}

fn code(narrow: &str, column: &Column) -> Result<FieldValue, Reason> {
    let text: String = narrow.chars().filter(|c| !c.is_whitespace()).collect();
    // 2号楼 and 1单元 are how people write it; the number is what names it.
    let text = ["号楼", "栋", "幢", "单元", "室"].iter().find_map(|tail| text.strip_suffix(tail)).filter(|t| !t.is_empty()).unwrap_or(&text);
    limited(text.to_owned(), column.max_chars.unwrap_or(CODE_MAX_CHARS)).map(FieldValue::Text)
}

fn file(words: &str) -> Result<FieldValue, Reason> {
    let name = limited(words.to_owned(), CODE_MAX_CHARS)?;
    // A name beside the register, never a way to another folder.
    let plain = !name.contains(['/', '\\', ':']) && !name.starts_with('.');
    if plain { Ok(FieldValue::Text(name)) } else { Err(Reason::plain("register-file-name")) }
}

fn whole(narrow: &str, column: &Column) -> Result<FieldValue, Reason> {
    let (min, max) = (column.min.unwrap_or(i64::MIN), column.max.unwrap_or(i64::MAX));
    let n: i64 = narrow.parse().map_err(|_| Reason::plain("register-not-number"))?;
    if (min..=max).contains(&n) {
        Ok(FieldValue::Int(n))
    } else {
        Err(Reason { key: "register-number-range", args: vec![("min", min.to_string()), ("max", max.to_string())] })
    }
}

/// A number with three decimals: from words exactly, from a spreadsheet's binary number when it lies at three decimals.
fn milli(cell: &Cell, narrow: &str) -> Option<Milli> {
    if let Cell::Number(n) = cell {
        let scaled = n * 1000.0;
        let near = (scaled - scaled.round()).abs() < 1e-6_f64.max(scaled.abs() * 1e-12);
        return (near && scaled.abs() < 1e12).then(|| Milli(scaled.round() as i64));
    }
    narrow.replace(' ', "").parse().ok()
}

fn area(cell: &Cell, narrow: &str) -> Result<Milli, Reason> {
    let plain = narrow.trim_end_matches(['㎡', '²', '2']).trim_end_matches('m');
    // The unit is only taken off where it stands: 92 is 92, 92m2 is 92.
    let text = if narrow.contains('m') || narrow.contains('㎡') { plain } else { narrow };
    const MAX_M2: i64 = 100_000;
    milli(cell, text.trim()).filter(|a| a.0 > 0 && a.0 < MAX_M2 * 1000).ok_or_else(|| Reason::plain("register-not-area"))
}

fn percent(cell: &Cell, narrow: &str) -> Result<Milli, Reason> {
    let bad = || Reason::plain("register-not-percent");
    let value = match (cell, narrow.strip_suffix('%'), narrow.split_once('/')) {
        // A percent cell of a spreadsheet holds 0.5 for 50 %; a plain number above 1 means percent already.
        (Cell::Number(n), ..) if *n <= 1.0 => milli(&Cell::Number(n * 100.0), narrow),
        (Cell::Number(_), ..) => milli(cell, narrow),
        (_, Some(text), _) => text.trim().parse().ok(),
        (_, None, Some((a, b))) => {
            let (a, b): (i64, i64) = (a.trim().parse().map_err(|_| bad())?, b.trim().parse().map_err(|_| bad())?);
            (0 < a && a <= b && b <= 10_000).then(|| Milli(a * 100_000 / b))
        }
        _ => narrow.parse().ok(),
    };
    value.filter(|v| v.0 > 0 && v.0 <= 100_000).ok_or_else(bad)
}

fn fraction(cell: &Cell, narrow: &str) -> Result<Milli, Reason> {
    milli(cell, narrow).filter(|v| (0..=1000).contains(&v.0)).ok_or_else(|| Reason::plain("register-not-fraction"))
}

/// Digits with an optional `+`; separators go. The number is kept as it is dialled.
fn phone(narrow: &str) -> Result<String, Reason> {
    let dialled: String = narrow.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '－' | '—')).collect();
    let digits = dialled.strip_prefix('+').unwrap_or(&dialled);
    let good = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(dialled) } else { Err(Reason::plain("register-not-phone")) }
}

fn choice(profile: &Profile, column: &Column, words: &str, narrow: &str) -> Result<FieldValue, Reason> {
    let choices = column.choices(profile);
    let same = |name: &str| name == words || name.eq_ignore_ascii_case(narrow);
    match choices.iter().find(|(id, zh, en)| same(id) || same(zh) || same(en)) {
        Some((id, ..)) => Ok(FieldValue::Text((*id).to_owned())),
        None => {
            let names = |pick: fn(&(&str, &str, &str)) -> String| choices.iter().map(pick).collect::<Vec<_>>().join("、");
            Err(Reason { key: "register-not-choice", args: vec![("zh", names(|c| c.1.to_owned())), ("en", names(|c| c.2.to_owned()))] })
        }
    }
}

/// Days that a spreadsheet counts from.
const SERIAL_DAY_ZERO: (i32, u32, u32) = (1899, 12, 30);

fn date(cell: &Cell, narrow: &str) -> Result<NaiveDate, Reason> {
    let found = match cell {
        Cell::Date(date) => Some(*date),
        // A date whose cell lost its format is a serial number: 46295 is 2026-09-30.
        Cell::Number(n) if n.fract() == 0.0 && (20_000.0..80_000.0).contains(n) => {
            let (y, m, d) = SERIAL_DAY_ZERO;
            NaiveDate::from_ymd_opt(y, m, d).and_then(|zero| zero.checked_add_days(Days::new(*n as u64)))
        }
        _ => date_of_words(narrow),
    };
    let date = found.ok_or_else(|| Reason::plain("register-not-date"))?;
    if (1980..=2100).contains(&date.year()) { Ok(date) } else { Err(Reason::plain("register-date-range")) }
}

fn date_of_words(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月', '日']).map(str::trim).collect();
    let (y, m, d) = match parts.as_slice() {
        [whole] if whole.len() == 8 && whole.is_ascii() => (&whole[..4], &whole[4..6], &whole[6..]),
        [y, m, d] | [y, m, d, ""] => (*y, *m, *d),
        _ => return None,
    };
    let number = |s: &str| (s.bytes().all(|b| b.is_ascii_digit()) && !s.is_empty()).then(|| s.parse::<u32>().ok()).flatten();
    if y.len() != 4 || m.len() > 2 || d.len() > 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(number(y)?).ok()?, number(m)?, number(d)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::columns::sheets;
    use proptest::prelude::*;

    fn column(sheet: &str, id: &str) -> &'static Column {
        sheets().iter().find(|s| s.id == sheet).unwrap().columns.iter().find(|c| c.id == id).unwrap()
    }

    fn get(sheet: &str, id: &str, cell: Cell) -> Result<Option<FieldValue>, &'static str> {
        read(Profile::builtin(), column(sheet, id), &cell).map_err(|r| r.key)
    }

    fn text(s: &str) -> Cell {
        Cell::Text(s.to_owned())
    }

    #[test]
    fn dates_come_in_many_ways() {
        let day = NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
        for cell in [
            text("2026-09-30"),
            text("2026/9/30"),
            text("2026.9.30"),
            text("2026年9月30日"),
            text("２０２６-０９-３０ "),
            text("20260930"),
            Cell::Number(46_295.0),
            Cell::Number(20_260_930.0),
            Cell::Date(day),
        ] {
            assert_eq!(get("unit", "delivery_date", cell.clone()), Ok(Some(FieldValue::Date(day))), "{:?}", cell.words());
        }
        for bad in ["2026-02-30", "30/9/2026", "9月30日", "明天", "2026-9", "26-9-30", "2026-09-30 10:00"] {
            assert_eq!(get("unit", "delivery_date", text(bad)), Err("register-not-date"), "{bad}");
        }
        assert_eq!(get("unit", "delivery_date", text("1899-12-31")), Err("register-date-range"));
        assert_eq!(get("unit", "delivery_date", Cell::Number(46_295.5)), Err("register-not-date"));
        assert_eq!(get("unit", "delivery_date", Cell::Empty), Err("register-missing"));
        assert_eq!(get("unit", "filing_date", text("  ")), Ok(None));
    }

    #[test]
    fn areas_are_exact() {
        for (cell, area) in [
            (text("118.64"), 118_640),
            (Cell::Number(118.64), 118_640),
            (text("１１８.６４㎡"), 118_640),
            (text("92 m2"), 92_000),
            (text("92"), 92_000),
            (Cell::Number(0.1 + 0.2), 300),
        ] {
            assert_eq!(get("unit", "predicted_area", cell.clone()), Ok(Some(FieldValue::Milli(Milli(area)))), "{:?}", cell.words());
        }
        for cell in [text("0"), text("-5"), text("约120"), text("118.6401"), Cell::Number(118.6401), Cell::Number(f64::INFINITY), text("1e3"), text("100000")]
        {
            assert!(get("unit", "predicted_area", cell.clone()).is_err(), "{:?}", cell.words());
        }
    }

    #[test]
    fn phones_are_digits_whatever_the_cell() {
        for cell in [text("138 0000 2046"), Cell::Number(13_800_002_046.0), text("１３８００００２０４６"), text("138-0000-2046")] {
            assert_eq!(get("owner", "phone", cell), Ok(Some(FieldValue::Personal("13800002046".into()))));
        }
        for bad in ["12345", "一三八", "138000020461380000", "138x0002046"] {
            assert_eq!(get("owner", "phone", text(bad)), Err("register-not-phone"));
        }
    }

    #[test]
    fn codes_shares_choices_and_files() {
        for written in ["2", "２", " 2号楼", "2栋"] {
            assert_eq!(get("unit", "building", text(written)), Ok(Some(FieldValue::Text("2".into()))));
        }
        assert_eq!(get("unit", "number", Cell::Number(1102.0)), Ok(Some(FieldValue::Text("1102".into()))));
        for (cell, share) in [
            (text("50%"), 50_000),
            (text("50"), 50_000),
            (text("1/3"), 33_333),
            (Cell::Number(0.5), 50_000),
            (Cell::Number(100.0), 100_000),
            (Cell::Number(1.0), 100_000),
        ] {
            assert_eq!(get("owner", "share", cell), Ok(Some(FieldValue::Milli(Milli(share)))));
        }
        for bad in ["0", "101", "2/1", "1/0", "-1/2", "half"] {
            assert_eq!(get("owner", "share", text(bad)), Err("register-not-percent"), "{bad}");
        }
        for written in ["精装", "fitted", "Fully Fitted"] {
            assert_eq!(get("unit", "finish_level", text(written)), Ok(Some(FieldValue::Text("fitted".into()))));
        }
        assert_eq!(get("unit", "finish_level", text("豪装")), Err("register-not-choice"));
        assert_eq!(get("room", "space", text("全户")), Err("register-not-choice"));
        assert_eq!(get("plan", "file", text("2B-03.png")), Ok(Some(FieldValue::Text("2B-03.png".into()))));
        for bad in ["../plan.png", "/etc/passwd", "C:plan.png", "a\\b.png", ".hidden"] {
            assert_eq!(get("plan", "file", text(bad)), Err("register-file-name"), "{bad}");
        }
        assert_eq!(get("community", "name", text(&"长".repeat(61))), Err("register-too-long"));
        assert_eq!(get("community", "name", text("a\u{1}b")), Err("register-control"));
        assert_eq!(get("unit", "floor", text("11层")), Err("register-not-number"));
        assert_eq!(get("unit", "floor", text("201")), Err("register-number-range"));
        assert_eq!(get("unit", "floor", Cell::Number(11.5)), Err("register-not-number"));
    }

    #[test]
    fn a_formula_or_error_is_never_a_value() {
        for (cell, key) in [(Cell::Formula, "register-formula"), (Cell::Merged, "register-merged"), (Cell::Error, "register-error-cell")] {
            assert_eq!(get("unit", "surveyed_area", cell), Err(key));
        }
    }

    proptest! {
        #[test]
        fn no_cell_panics(words in "\\PC{0,40}", n: f64) {
            for sheet in sheets() {
                for column in &sheet.columns {
                    for cell in [Cell::Text(words.clone()), Cell::Number(n), Cell::Bool(true)] {
                        let _ = read(Profile::builtin(), column, &cell);
                    }
                }
            }
        }
    }
}
