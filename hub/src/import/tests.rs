//! Files as people have them.

use super::*;
use keyturn_core::{register::Cell, words::Lang};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use tempfile::tempdir;

fn profile() -> &'static Profile {
    Profile::builtin()
}

fn nothing_known(_: &RowKey) -> bool {
    false
}

/// A workbook of sheets of text cells.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, cells) in (0_u32..).zip(*rows) {
            for (column, text) in (0_u16..).zip(*cells) {
                if !text.is_empty() {
                    sheet.write_string(row, column, *text).unwrap();
                }
            }
        }
    }
    book.save_to_buffer().unwrap()
}

fn take(name: &str, bytes: Vec<u8>) -> Result<Import, ImportError> {
    import_bytes(profile(), name, bytes, &nothing_known)
}

fn reasons(import: &Import) -> Vec<(String, u32, String, &'static str)> {
    import.bad().iter().map(|b| (b.sheet.clone(), b.row, b.column.clone(), b.reason_key)).collect()
}

const UNITS: &[&str] = &["小区", "楼栋", "单元", "楼层", "房号", "户型", "装修", "预测面积", "合同交付日", "合同编号"];
const BASE: [(&str, &[&[&str]]); 3] = [
    ("小区", &[&["小区"], &["云溪"]]),
    ("楼栋", &[&["小区", "楼栋", "层数"], &["云溪", "2", "18"]]),
    ("户型", &[&["小区", "户型", "名称", "版本", "图纸文件"], &["云溪", "2B", "三室", "2", "2B.png"]]),
];

#[test]
fn a_workbook_and_a_folder_of_csv_read_alike() {
    let folder = tempdir().unwrap();
    for (name, rows) in BASE {
        let text: String = rows.iter().map(|r| r.join(",") + "\r\n").collect();
        std::fs::write(folder.path().join(format!("{name}.csv")), format!("\u{feff}{text}")).unwrap();
    }
    std::fs::write(folder.path().join("2B.png"), b"not a table").unwrap();
    let from_csv = import(profile(), folder.path(), &nothing_known).unwrap();
    assert!(from_csv.is_good(), "{:?}", reasons(&from_csv));
    let path = folder.path().join("台账.xlsx");
    std::fs::write(&path, workbook(&BASE)).unwrap();
    let from_xlsx = import(profile(), &path, &nothing_known).unwrap();
    assert_eq!(from_csv.reading.register, from_xlsx.reading.register);
    assert_eq!(from_xlsx.plan_files()[0].1, folder.path().join("2B.png"));
}

#[test]
fn cells_as_spreadsheets_keep_them() {
    let mut book = Workbook::new();
    for (name, rows) in BASE {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, cells) in (0_u32..).zip(rows) {
            for (column, text) in (0_u16..).zip(*cells) {
                sheet.write_string(row, column, *text).unwrap();
            }
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name("房屋").unwrap();
    for (column, head) in (0_u16..).zip(UNITS) {
        sheet.write_string(0, column, *head).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for (row, number) in [(1_u32, 1101.0), (2, 1102.0), (3, 1103.0), (4, 1104.0)] {
        sheet.write_string(row, 0, " 云溪\u{00a0}").unwrap();
        sheet.write_number(row, 1, 2.0).unwrap();
        sheet.write_string(row, 2, "１").unwrap();
        sheet.write_number(row, 3, 11.0).unwrap();
        sheet.write_number(row, 4, number).unwrap();
        sheet.write_string(row, 5, "2B").unwrap();
        sheet.write_string(row, 6, "精装").unwrap();
        sheet.write_number(row, 7, 118.2).unwrap();
        sheet.write_string(row, 9, "YX").unwrap();
    }
    sheet.write_datetime_with_format(1, 8, ExcelDateTime::from_ymd(2026, 9, 30).unwrap(), &date).unwrap();
    sheet.write_number(2, 8, 46_295.0).unwrap();
    sheet.write_formula(3, 8, Formula::new("=I2").set_result("46295")).unwrap();
    sheet.write_string(4, 8, "2026/9/30").unwrap();
    sheet.merge_range(4, 9, 5, 9, "YX", &Format::new()).unwrap();
    let import = take("台账", book.save_to_buffer().unwrap()).unwrap();
    // The formula is not taken for its stored result, a merged cell for no row.
    assert_eq!(reasons(&import), [("房屋".into(), 4, "合同交付日".into(), "register-formula"), ("房屋".into(), 5, "合同编号".into(), "register-merged")]);
    let units: Vec<_> = import.reading.register.of(RowKind::Unit).collect();
    assert_eq!(units.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>(), ["unit:云溪/2/1/1101", "unit:云溪/2/1/1102"]);
    assert_eq!(units[0].1.fields["delivery_date"], units[1].1.fields["delivery_date"]);
    assert_eq!(format!("{:?}", units[0].1.fields["delivery_date"]), "2026-09-30");
}

#[test]
fn encodings_of_csv() {
    let text = "小区,楼栋,层数\n云溪,2,18\n";
    let known = |key: &RowKey| key.as_str() == "community:云溪";
    let (gbk, ..) = encoding_rs::GB18030.encode(text);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        gbk.into_owned(),
        utf16,
        text.replace(',', "\t").into_bytes(),
        text.replace(',', ";").into_bytes(),
    ] {
        let import = import_bytes(profile(), "楼栋", bytes, &known).unwrap();
        assert!(import.is_good(), "{:?}", reasons(&import));
        assert_eq!(import.reading.register.len(), 1);
    }
    assert!(matches!(take("楼栋", vec![0xff, 0x41, 0x42, 0xff, 0xff]), Err(ImportError::Encoding)));
}

#[test]
fn what_is_no_table_is_refused() {
    assert!(matches!(take("x", b"PK\x03\x04 nothing".to_vec()), Err(ImportError::NotATable)));
    assert!(matches!(take("x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec()), Err(ImportError::OldWorkbook)));
    assert!(matches!(take("x", b"GIF89a\0\0\x01".to_vec()), Err(ImportError::NotATable)));
    let folder = tempdir().unwrap();
    assert!(matches!(import(profile(), folder.path(), &nothing_known), Err(ImportError::NoCsv)));
    let missing = import(profile(), &folder.path().join("no.xlsx"), &nothing_known).unwrap_err();
    assert_eq!(missing.key(), "import-not-found");
    for lang in [Lang::Zh, Lang::En] {
        assert!(missing.told(lang).chars().count() > 4);
    }
}

/// A workbook whose sheet says it is small and unpacks without end.
fn bomb(lie: bool) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("xl/sharedStrings.xml", options).unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..=(MAX_UNPACKED_BYTES >> 20) {
        zip.write_all(&zeros).unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    if lie {
        // The size as the directory tells it (at 24 in the central record, at 22 in the local one).
        let central = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
        bytes[central + 24..central + 28].copy_from_slice(&100_u32.to_le_bytes());
        bytes[22..26].copy_from_slice(&100_u32.to_le_bytes());
    }
    bytes
}

#[test]
fn a_bomb_is_refused_whatever_it_says_of_itself() {
    for lie in [false, true] {
        let bytes = bomb(lie);
        assert!(bytes.len() < 4 << 20);
        assert!(matches!(take("x", bytes), Err(ImportError::Bomb | ImportError::NotATable)), "lie: {lie}");
    }
}

#[test]
fn a_sheet_with_a_far_cell_costs_nothing_and_is_refused() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("小区").unwrap();
    sheet.write_string(0, 0, "小区").unwrap();
    sheet.write_string(1_048_575, 0, "云溪").unwrap();
    let import = take("x", book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(import.reading.register.len(), 1);
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 16_383, "x").unwrap();
    assert!(matches!(take("x", book.save_to_buffer().unwrap()), Err(ImportError::TooLarge(_))));
}

#[test]
fn refused_rows_are_written_harmless_and_can_be_imported_once_put_right() {
    let mut sheets = BASE.to_vec();
    let unit: &[&str] = &["云溪", "2", "1", "11", "1102", "2B", "精装", "118.20", "2026-09-30", "YX-1"];
    let bad: &[&str] = &["云溪", "2", "1", "12", "1202", "2B", "豪装", "118.20", "2026-09-30", "=cmd|'/C calc'!A0"];
    let rows: &[&[&str]] = &[UNITS, unit, bad];
    sheets.push(("房屋", rows));
    let import = take("台账", workbook(&sheets)).unwrap();
    assert_eq!(reasons(&import), [("房屋".into(), 3, "装修".into(), "register-not-choice")]);
    assert_eq!(import.reading.register.of(RowKind::Unit).count(), 1);
    let folder = tempdir().unwrap();
    for name in ["bad.xlsx", "bad.csv", "bad"] {
        let path = folder.path().join(name);
        import.write_refused(&path, Lang::Zh).unwrap();
        let file = if name == "bad" { path.join("房屋.csv") } else { path.clone() };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0);
        }
        let bytes = std::fs::read(&file).unwrap();
        if name != "bad.xlsx" {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains(",'=cmd|"), "{text}");
            assert!(text.contains("原第 3 行 · 装修: 应为其中之一"), "{text}");
        }
        // As it is, the row is refused again for the same reason; the column of reasons is no fault.
        let known = |key: &RowKey| import.reading.register.get(key).is_some();
        let again = import_bytes(profile(), "房屋", bytes, &known).unwrap();
        assert_eq!(again.bad().iter().map(|b| b.reason_key).collect::<Vec<_>>(), ["register-not-choice"], "{name}");
        // Put right, it is taken.
        let mut right = again.sheets.clone();
        right[0].rows[1].cells[6] = Cell::Text("精装".into());
        let reading = register::read(profile(), &right, &known).unwrap();
        assert_eq!((reading.bad.len(), reading.register.len()), (0, 1));
        let (_, unit) = &reading.register.keyed_rows()[0];
        assert_eq!(unit.text("contract_ref"), Some("=cmd|'/C calc'!A0"));
    }
}

#[test]
fn the_template_imports_as_it_is_and_its_examples_are_good() {
    let folder = tempdir().unwrap();
    for lang in [Lang::Zh, Lang::En] {
        let path = folder.path().join("template.xlsx");
        write_template(profile(), &path, lang).unwrap();
        let import = import(profile(), &path, &nothing_known).unwrap();
        assert!(import.is_good(), "{:?}", reasons(&import));
        assert!(import.reading.register.is_empty() && import.reading.rows_seen == 0);
        // With the # taken off, the examples are one small register without a fault.
        let mut sheets = import.sheets;
        for cell in sheets.iter_mut().flat_map(|s| &mut s.rows).flat_map(|r| &mut r.cells) {
            if let Cell::Text(text) = cell {
                *text = text.trim_start_matches("# ").to_owned();
            }
        }
        let reading = register::read(profile(), &sheets, &nothing_known).unwrap();
        assert_eq!(reading.bad, [], "{lang:?}");
        assert_eq!(reading.register.len(), 6);
    }
}

/// A workbook whose sheet has this text in its first cell, as another program writes it: in the cell itself.
fn with_text(sheet: &str, text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut book = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let head = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    let rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let parts = [
        ("[Content_Types].xml", format!(r#"{head}<Types xmlns="{package}/content-types"/>"#)),
        (
            "_rels/.rels",
            format!(
                r#"{head}<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            format!(r#"{head}<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets></workbook>"#),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"{head}<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(
                r#"{head}<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row></sheetData></worksheet>"#
            ),
        ),
    ];
    for (name, text) in parts {
        book.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        book.write_all(text.as_bytes()).unwrap();
    }
    book.finish().unwrap().into_inner()
}

#[test]
fn a_small_file_with_a_huge_cell_is_not_read() {
    let bomb = |text: &str| matches!(import_bytes(profile(), "x", with_text("房屋", text), &nothing_known), Err(ImportError::Bomb));
    assert!(!bomb("小区"));
    assert!(bomb(&"x".repeat(8 << 20)), "one run of text");
    assert!(bomb(&"x</t><t>".repeat(1 << 20)), "many short runs in one cell");
    assert!(bomb(&"x".repeat(40_000)), "longer than a cell can be");
    assert!(!bomb(&"x".repeat(32_000)));
    // A sheet's name is not told longer than names are.
    let import = import_bytes(profile(), "x", with_text(&"表".repeat(100_000), "小区"), &nothing_known).unwrap();
    assert!(import.bad().iter().all(|b| b.sheet.chars().count() <= 31) && !import.is_good());
}

#[test]
fn a_hundred_thousand_rows_are_read() {
    let mut text = String::from("小区,楼栋,层数\n");
    for n in 0..100_000 {
        text.push_str(&format!("云溪,{n},18\n"));
    }
    let known = |key: &RowKey| key.as_str() == "community:云溪";
    let import = import_bytes(profile(), "buildings", text.into_bytes(), &known).unwrap();
    assert!(import.is_good());
    assert_eq!(import.reading.register.len(), 100_000);
    assert_eq!(import.reading.register.keyed_rows().len(), 100_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn no_bytes_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), head in 0_usize..4) {
        let heads: [&[u8]; 4] = [b"", b"PK\x03\x04", "小区,楼栋\n".as_bytes(), b"\xff\xfe"];
        let mut all = heads[head].to_vec();
        all.append(&mut bytes);
        let _ = take("楼栋", all);
    }

    #[test]
    fn no_damaged_workbook_panics(at in any::<prop::sample::Index>(), to: u8) {
        let mut bytes = workbook(&BASE);
        let at = at.index(bytes.len());
        bytes[at] = to;
        let _ = take("x", bytes);
    }
}
