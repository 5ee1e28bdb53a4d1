//! XLSX workbooks, cell by cell: a sheet that claims a million columns costs nothing.

use super::{ImportError, MAX_UNPACKED_BYTES, within};
use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx};
use chrono::NaiveDate;
use keyturn_core::register::{Cell, MAX_COLUMNS, MAX_ROWS, RawRow, RawSheet};
use std::{collections::BTreeMap, io::Cursor};

/// Parts that a workbook may consist of.
const MAX_PARTS: usize = 2_000;

pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<RawSheet>, ImportError> {
    unpacks_to_normal_size(&bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| ImportError::NotATable)?;
    let visible = |s: &&calamine::Sheet| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible;
    let names: Vec<String> = book.sheets_metadata().iter().filter(visible).map(|s| s.name.clone()).collect();
    let mut sheets = Vec::new();
    let (mut left, mut text_left) = (MAX_ROWS, MAX_TEXT_BYTES);
    for name in names {
        let mut rows = cells(&mut book, &name, left, &mut text_left)?;
        left = left.saturating_sub(rows.len());
        let merged = book.merge_cells_by_sheet_name(&name).map_err(|_| ImportError::NotATable)?;
        for area in merged.iter().filter(|a| a.start != a.end) {
            mark_merged(&mut rows, area);
        }
        let rows = rows.into_iter().map(|(row, cells)| RawRow { number: row.saturating_add(1), cells }).collect();
        sheets.push(RawSheet { name: name.chars().take(MAX_NAME_CHARS).collect(), rows });
    }
    Ok(sheets)
}

/// Longest text of one item (a cell, a shared string) and longest tag, in bytes as they stand in the part: a cell holds at most 32,767
/// characters, each at most ten bytes when it is escaped.
const MAX_ITEM_BYTES: u64 = 512 << 10;
/// Characters of a cell, as spreadsheets have it.
const MAX_CELL_CHARS: usize = 32_767;
/// All cells' texts together, in bytes: one shared text may stand in every cell.
const MAX_TEXT_BYTES: usize = 128 << 20;
/// Characters of a sheet's name that are kept; spreadsheets allow 31.
const MAX_NAME_CHARS: usize = 31;

/// Looks at a part while it unpacks, without keeping it: an item of a register is never longer than [`MAX_ITEM_BYTES`], whatever a reader
/// would make of it later.
#[derive(Default)]
struct Items {
    in_tag: bool,
    /// The tag's first bytes.
    name: Vec<u8>,
    tag_bytes: u64,
    text_bytes: u64,
    too_long: bool,
}

impl Items {
    fn see(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'<' => {
                    self.in_tag = true;
                    self.tag_bytes = 0;
                    self.name.clear();
                }
                b'>' if self.in_tag => {
                    self.in_tag = false;
                    let end = self.name.strip_prefix(b"/").map(|name| name.rsplit(|b| *b == b':').next().unwrap_or(name));
                    if matches!(end, Some(b"c" | b"si")) {
                        self.text_bytes = 0;
                    }
                }
                _ if self.in_tag => {
                    self.tag_bytes += 1;
                    if self.name.len() < 24 {
                        self.name.push(*byte);
                    }
                }
                _ => self.text_bytes += 1,
            }
            self.too_long |= self.tag_bytes > MAX_ITEM_BYTES || self.text_bytes > MAX_ITEM_BYTES;
        }
    }
}

/// Unpacks a part: its size, or none when it is longer than `left` or holds what no workbook holds.
fn unpacked(part: &mut impl std::io::Read, left: u64) -> std::io::Result<Option<u64>> {
    let (mut piece, mut taken, mut items) = (vec![0; 64 << 10], 0_u64, None);
    loop {
        let read = part.read(&mut piece)?;
        if read == 0 {
            return Ok(Some(taken));
        }
        let bytes = &piece[..read];
        taken += read as u64;
        // Pictures and the like are no items; they are never read.
        let markup = || bytes.iter().find(|b| !b.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(b)) == Some(&b'<');
        let items: &mut Option<Items> = items.get_or_insert_with(|| markup().then(Items::default));
        if let Some(items) = items {
            items.see(bytes);
        }
        if taken > left || items.as_ref().is_some_and(|i| i.too_long) {
            return Ok(None);
        }
    }
}

/// Unpacks every part and counts: what the archive's directory says about itself is not to be trusted.
fn unpacks_to_normal_size(bytes: &[u8]) -> Result<(), ImportError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| ImportError::NotATable)?;
    if archive.len() > MAX_PARTS {
        return Err(ImportError::Bomb);
    }
    let mut left = MAX_UNPACKED_BYTES;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(|_| ImportError::NotATable)?;
        if part.size() > left {
            return Err(ImportError::Bomb);
        }
        let taken = unpacked(&mut part, left).map_err(|_| ImportError::NotATable)?.ok_or(ImportError::Bomb)?;
        left -= taken;
    }
    Ok(())
}

type Rows = BTreeMap<u32, Vec<Cell>>;

fn cells(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str, max_rows: usize, text_left: &mut usize) -> Result<Rows, ImportError> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|_| ImportError::NotATable)?;
    let mut rows = Rows::new();
    while let Some(found) = reader.next_cell_with_formula_metadata().map_err(|_| ImportError::NotATable)? {
        if let DataRef::String(_) | DataRef::SharedString(_) = &found.value {
            let text = match &found.value {
                DataRef::String(text) => text.as_str(),
                DataRef::SharedString(text) => text,
                _ => "",
            };
            // Counted before it is copied.
            *text_left = text_left.checked_sub(text.len()).ok_or(ImportError::Bomb)?;
            if text.len() > MAX_CELL_CHARS && text.chars().count() > MAX_CELL_CHARS {
                return Err(ImportError::Bomb);
            }
        }
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
