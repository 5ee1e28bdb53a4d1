//! The file of refused rows: as they stood, with a column of reasons, ready to be put right and imported again.

use super::{Import, ImportError, csv::FORMULA_SIGNS};
use keyturn_core::{
    register::{Cell, REASON_HEADINGS, RawRow},
    words::{Lang, Told, tr},
};
use rust_xlsxwriter::{Format, Workbook};
use std::{collections::BTreeMap, fs::OpenOptions, io::Write, path::Path};

pub(super) fn write(import: &Import, path: &Path, lang: Lang) -> Result<(), ImportError> {
    let tables = tables(import, lang);
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("csv") => save(path, &csv_bytes(&tables)?),
        Some(_) => save(path, &xlsx_bytes(&tables)?),
        None => {
            std::fs::create_dir_all(path)?;
            tables.iter().try_for_each(|table| {
                // A CSV file is named after its sheet; a stranger's name must not lead out of the folder.
                let name: String = table.name.chars().filter(|c| !matches!(c, '/' | '\\' | ':')).collect();
                save(&path.join(format!("{name}.csv")), &csv_bytes(std::slice::from_ref(table))?)
            })
        }
    }
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), ImportError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}

/// The refused rows of one sheet, with the heading first.
struct Table {
    name: String,
    rows: Vec<Vec<String>>,
}

fn words(cell: &Cell) -> String {
    cell.words().unwrap_or_default()
}

fn tables(import: &Import, lang: Lang) -> Vec<Table> {
    let mut reasons: BTreeMap<(&str, u32), Vec<String>> = BTreeMap::new();
    for bad in import.bad() {
        let place = if bad.column.is_empty() { String::new() } else { format!("{}: ", bad.column) };
        reasons.entry((&bad.sheet, bad.row)).or_default().push(format!("{place}{}", bad.told(lang)));
    }
    let heading = match lang {
        Lang::Zh => REASON_HEADINGS[0],
        Lang::En => REASON_HEADINGS[1],
    };
    let mut out = Vec::new();
    for (at, sheet) in import.sheets.iter().enumerate() {
        let refused = |row: &&RawRow| import.reading.bad_rows.contains(&(at, row.number));
        let is_head =
            |row: &&RawRow| !row.cells.iter().all(Cell::is_blank) && !row.cells.iter().find_map(Cell::words).is_some_and(|w| w.starts_with(['#', '＃']));
        let Some(head) = sheet.rows.iter().find(is_head) else { continue };
        let rows: Vec<&RawRow> = sheet.rows.iter().filter(refused).filter(|r| r.number != head.number).collect();
        if rows.is_empty() {
            continue;
        }
        let width = sheet.rows.iter().filter(|r| refused(r)).chain([head]).map(|r| r.cells.len()).max().unwrap_or(0);
        let line = |row: &RawRow, last: String| {
            let mut cells: Vec<String> = row.cells.iter().map(words).collect();
            cells.resize(width, String::new());
            cells.push(last);
            cells
        };
        let of_sheet = reasons.get(&(sheet.name.as_str(), head.number)).cloned().unwrap_or_default();
        let mut table = Table { name: sheet.name.clone(), rows: vec![line(head, heading.to_owned())] };
        for row in rows {
            // A row whose own cells are good was not taken because of its sheet's headings.
            let own = reasons.get(&(sheet.name.as_str(), row.number)).cloned().unwrap_or_else(|| of_sheet.clone());
            let place = tr(lang, "import-refused-row", &[("row", row.number.to_string())]);
            table.rows.push(line(row, format!("{place}{}", own.join(" "))));
        }
        out.push(table);
    }
    out
}

fn xlsx_bytes(tables: &[Table]) -> Result<Vec<u8>, ImportError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    for table in tables {
        let sheet = book.add_worksheet();
        sheet.set_name(&table.name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (row, cells) in (0_u32..).zip(&table.rows) {
            for (column, text) in (0_u16..).zip(cells) {
                // Always as words: what a stranger wrote into a cell is never computed here.
                match row {
                    0 => sheet.write_string_with_format(row, column, text, &bold)?,
                    _ => sheet.write_string(row, column, text)?,
                };
            }
        }
    }
    if tables.is_empty() {
        book.add_worksheet();
    }
    Ok(book.save_to_buffer()?)
}

fn csv_bytes(tables: &[Table]) -> Result<Vec<u8>, ImportError> {
    // With the mark, spreadsheets on Windows read it as UTF-8.
    let mut out = Vec::from("\u{feff}");
    let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(&mut out);
    for (at, table) in tables.iter().enumerate() {
        if tables.len() > 1 {
            if at > 0 {
                writer.write_record([""])?;
            }
            writer.write_record([format!("# {}", table.name)])?;
        }
        for cells in &table.rows {
            writer.write_record(cells.iter().map(|c| harmless(c)))?;
        }
    }
    writer.flush()?;
    drop(writer);
    Ok(out)
}

/// A cell that a spreadsheet would take for a formula gets a `'` before it; the importer takes it off again.
fn harmless(cell: &str) -> String {
    if cell.starts_with(FORMULA_SIGNS) { format!("'{cell}") } else { cell.to_owned() }
}
