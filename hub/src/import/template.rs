//! The printed template: a workbook with headings, notes, examples and lists to choose from.

use super::ImportError;
use keyturn_core::{
    policy::Profile,
    register::columns::{Column, ColumnKind, Sheet, sheets},
    words::{Lang, word},
};
use rust_xlsxwriter::{DataValidation, Format, FormatAlign, Formula, Note, Workbook, Worksheet};
use std::path::Path;

/// Rows that get lists and formats.
const FILLED_ROWS: u32 = 2_000;
const LISTS: &str = "_lists";

/// Writes the template. Its example rows begin with `#` and are skipped by the importer, so it can be filled in below them
/// and imported as it is.
///
/// # Errors
/// When the file cannot be written.
pub fn write_template(profile: &Profile, path: &Path, lang: Lang) -> Result<(), ImportError> {
    let mut book = Workbook::new();
    let mut lists: Vec<(String, Vec<String>)> = Vec::new();
    notes(book.add_worksheet(), lang)?;
    for sheet in sheets() {
        let choices = sheet.columns.iter().filter(|c| c.kind == ColumnKind::Choice).map(|c| {
            let names = c.choices(profile).into_iter().map(|(_, zh, en)| if lang == Lang::Zh { zh } else { en }.to_owned());
            (format!("{}.{}", sheet.id, c.id), names.collect())
        });
        lists.extend(choices);
        table(book.add_worksheet(), sheet, lang, &lists)?;
    }
    let hidden = book.add_worksheet();
    hidden.set_name(LISTS)?.set_hidden(true);
    for (column, (_, names)) in (0_u16..).zip(&lists) {
        for (row, name) in (0_u32..).zip(names) {
            hidden.write_string(row, column, name)?;
        }
    }
    book.save(path)?;
    Ok(())
}

fn notes(sheet: &mut Worksheet, lang: Lang) -> Result<(), ImportError> {
    sheet.set_name(word(lang, "import-template-notes"))?;
    sheet.set_column_width(0, 110)?;
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let keys = ["import-template-1", "import-template-2", "import-template-3", "import-template-4", "import-template-5"];
    for (row, key) in (0_u32..).zip(keys) {
        sheet.write_string_with_format(row, 0, word(lang, key), &wrap)?;
    }
    Ok(())
}

fn table(sheet: &mut Worksheet, kind: &Sheet, lang: Lang, lists: &[(String, Vec<String>)]) -> Result<(), ImportError> {
    let head = Format::new().set_bold().set_background_color(0xE8EEEE_u32).set_text_wrap().set_align(FormatAlign::Top);
    let example = Format::new().set_italic().set_font_color(0x777777_u32);
    // Everything as words: numbers of rooms and phones keep their leading zeros.
    let words = Format::new().set_num_format("@");
    sheet.set_name(kind.name(lang))?;
    sheet.set_freeze_panes(1, 0)?;
    for (at, column) in (0_u16..).zip(&kind.columns) {
        let heading = column.heading(lang);
        let mark = if column.required { " *" } else { "" };
        sheet.set_column_width(at, 8.0_f64.max(heading.chars().count() as f64 * 2.0 + 4.0))?;
        sheet.set_column_format(at, &words)?;
        sheet.write_string_with_format(0, at, format!("{heading}{mark}"), &head)?;
        if let Some(note) = note(column, lang) {
            sheet.insert_note(0, at, &Note::new(note).add_author_prefix(false))?;
        }
        if let Some(list) = lists.iter().position(|(id, _)| *id == format!("{}.{}", kind.id, column.id)) {
            let letter = char::from(b'A' + u8::try_from(list).unwrap_or(0));
            let length = lists.get(list).map_or(1, |(_, names)| names.len());
            let source = Formula::new(format!("={LISTS}!${letter}$1:${letter}${length}"));
            let rule = DataValidation::new().allow_list_formula(source).set_error_title(word(lang, "import-template-list"))?;
            sheet.add_data_validation(1, at, FILLED_ROWS, at, &rule)?;
        }
    }
    for (row, cells) in (1_u32..).zip(&kind.examples) {
        for (at, text) in (0_u16..).zip(cells) {
            let text = if at == 0 { format!("# {text}") } else { text.clone() };
            sheet.write_string_with_format(row, at, text, &example)?;
        }
    }
    Ok(())
}

/// What stands in the note of a heading.
fn note(column: &Column, lang: Lang) -> Option<String> {
    let kind = match column.kind {
        ColumnKind::Date => Some(word(lang, "register-not-date")),
        ColumnKind::Area => Some(word(lang, "register-not-area")),
        ColumnKind::Percent => Some(word(lang, "register-not-percent")),
        ColumnKind::Fraction => Some(word(lang, "register-not-fraction")),
        ColumnKind::Phone => Some(word(lang, "import-template-phone")),
        _ => None,
    };
    let parts: Vec<String> = column.note(lang).map(str::to_owned).into_iter().chain(kind).collect();
    if parts.is_empty() { None } else { Some(parts.join("\n")) }
}
