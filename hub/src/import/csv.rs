//! CSV in UTF-8 (with or without byte order mark), UTF-16 with its mark, or GB 18030 (what Chinese Windows saves).

use super::{ImportError, within};
use encoding_rs::{Encoding, GB18030};
use keyturn_core::register::{Cell, RawRow, RawSheet};
use std::borrow::Cow;

/// Signs that make a spreadsheet take a cell for a formula; see `refused.rs`, which puts a `'` before them.
pub(super) const FORMULA_SIGNS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) fn read(name: &str, bytes: &[u8], max_rows: usize) -> Result<RawSheet, ImportError> {
    let text = decode(bytes)?;
    let head = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let delimiter = [b',', b'\t', b';'].into_iter().max_by_key(|d| head.matches(char::from(*d)).count()).filter(|d| head.contains(char::from(*d)));
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter.unwrap_or(b',')).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| ImportError::NotATable)?;
        let last = record.iter().enumerate().filter(|(_, c)| !c.trim().is_empty()).last().map_or(0, |(at, _)| at + 1);
        within(rows.len() + 1, max_rows, last)?;
        // The line of the file: what an editor shows, and a spreadsheet too as long as no cell holds a line break.
        let number = record.position().map_or(rows.len() as u64 + 1, ::csv::Position::line);
        let cells = record.iter().take(last).map(cell).collect();
        rows.push(RawRow { number: u32::try_from(number).unwrap_or(u32::MAX), cells });
    }
    Ok(RawSheet { name: name.to_owned(), rows })
}

fn cell(text: &str) -> Cell {
    match (text, text.strip_prefix('\'')) {
        ("", _) => Cell::Empty,
        (_, Some(rest)) if rest.starts_with(FORMULA_SIGNS) => Cell::Text(rest.to_owned()),
        // A spreadsheet would compute it; its words are no value.
        _ if text.starts_with('=') => Cell::Formula,
        _ => Cell::Text(text.to_owned()),
    }
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ImportError> {
    let (text, faulty) = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(&bytes[mark..]),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => (Cow::Borrowed(text), false),
            Err(_) => GB18030.decode_without_bom_handling(bytes),
        },
    };
    // Other files decode to something too; a table holds no NUL.
    if faulty {
        Err(ImportError::Encoding)
    } else if text.contains('\0') {
        Err(ImportError::NotATable)
    } else {
        Ok(text)
    }
}
