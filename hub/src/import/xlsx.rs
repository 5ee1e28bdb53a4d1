//! XLSX workbooks, cell by cell: a sheet that claims a million columns costs nothing.

use super::{ImportError, MAX_UNPACKED_BYTES, within};
use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx};
use chrono::NaiveDate;
use keyturn_core::register::{Cell, MAX_COLUMNS, MAX_ROWS, RawRow, RawSheet};
use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

/// Parts that a workbook may consist of.
const MAX_PARTS: usize = 2_000;

pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<RawSheet>, ImportError> {
    unpacks_to_normal_size(&bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| ImportError::NotATable)?;
    let visible = |s: &&calamine::Sheet| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible;
    let names: Vec<String> = book.sheets_metadata().iter().filter(visible).map(|s| s.name.clone()).collect();
    let mut sheets = Vec::new();
    let mut left = MAX_ROWS;
    for name in names {
        let mut rows = cells(&mut book, &name, left)?;
        left = left.saturating_sub(rows.len());
        let merged = book.merge_cells_by_sheet_name(&name).map_err(|_| ImportError::NotATable)?;
        for area in merged.iter().filter(|a| a.start != a.end) {
            mark_merged(&mut rows, area);
        }
        let rows = rows.into_iter().map(|(row, cells)| RawRow { number: row.saturating_add(1), cells }).collect();
        sheets.push(RawSheet { name, rows });
    }
    Ok(sheets)
}

/// Unpacks every part and counts: what the archive's directory says about itself is not to be trusted.
fn unpacks_to_normal_size(bytes: &[u8]) -> Result<(), ImportError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| ImportError::NotATable)?;
    if archive.len() > MAX_PARTS {
        return Err(ImportError::Bomb);
    }
    let mut left = MAX_UNPACKED_BYTES;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| ImportError::NotATable)?;
        if part.size() > left {
            return Err(ImportError::Bomb);
        }
        let taken = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|_| ImportError::NotATable)?;
        left = left.checked_sub(taken).ok_or(ImportError::Bomb)?;
    }
    Ok(())
}

type Rows = BTreeMap<u32, Vec<Cell>>;

fn cells(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str, max_rows: usize) -> Result<Rows, ImportError> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|_| ImportError::NotATable)?;
    let mut rows = Rows::new();
    while let Some(found) = reader.next_cell_with_formula_metadata().map_err(|_| ImportError::NotATable)? {
        let value = if found.formula.is_some() { Cell::Formula } else { cell(&found.value) };
        if value.is_blank() {
            continue;
        }
        let (row, column) = (found.pos.0, usize::try_from(found.pos.1).unwrap_or(usize::MAX));
        within(rows.len(), max_rows, column.saturating_add(1))?;
        let cells = rows.entry(row).or_default();
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Empty);
        }
        cells[column] = value;
    }
    within(rows.len(), max_rows, 0)?;
    Ok(rows)
}

fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(n) => Cell::Number(*n as f64),
        DataRef::Float(n) => Cell::Number(*n),
        DataRef::String(text) => Cell::Text(text.clone()),
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::Bool(yes) => Cell::Bool(*yes),
        DataRef::Error(_) => Cell::Error,
        DataRef::DurationIso(text) => Cell::Text(text.clone()),
        DataRef::DateTimeIso(text) => text.get(..10).and_then(|d| d.parse().ok()).map_or_else(|| Cell::Text(text.clone()), Cell::Date),
        // Serial numbers outside the years 1900 to 2173 are no dates of a register.
        DataRef::DateTime(time) if time.is_datetime() && (1.0..100_000.0).contains(&time.as_f64()) => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day)).map_or(Cell::Number(time.as_f64()), Cell::Date)
        }
        DataRef::DateTime(time) => Cell::Number(time.as_f64()),
    }
}

/// Marks the cells of a merged area in the rows that have content.
fn mark_merged(rows: &mut Rows, area: &calamine::Dimensions) {
    let last = usize::try_from(area.end.1).unwrap_or(usize::MAX).min(MAX_COLUMNS - 1);
    let first = usize::try_from(area.start.1).unwrap_or(usize::MAX);
    if first > last || area.start.0 > area.end.0 {
        return;
    }
    for (_, cells) in rows.range_mut(area.start.0..=area.end.0) {
        if cells.len() <= last {
            cells.resize(last + 1, Cell::Empty);
        }
        cells[first..=last].fill(Cell::Merged);
    }
}
