//! Sheets in, rows and refusals out.

use super::{columns::sheets, *};
use crate::{
    policy::Profile,
    words::{Lang, Told},
};
use proptest::prelude::*;

fn sheet(name: &str, rows: &[&[&str]]) -> RawSheet {
    let rows = rows.iter().enumerate().map(|(at, cells)| RawRow {
        number: u32::try_from(at).unwrap() + 1,
        cells: cells.iter().map(|c| if c.is_empty() { Cell::Empty } else { Cell::Text((*c).to_owned()) }).collect(),
    });
    RawSheet { name: name.to_owned(), rows: rows.collect() }
}

const UNIT_HEAD: &[&str] = &["小区", "楼栋", "单元", "楼层", "房号", "户型", "装修", "预测面积", "合同交付日", "合同编号"];
const OWNER_HEAD: &[&str] = &["小区", "楼栋", "单元", "房号", "序号", "姓名", "电话", "份额"];

fn whole() -> Vec<RawSheet> {
    vec![
        // Not in the order in which they build on each other.
        sheet(
            "业主",
            &[OWNER_HEAD, &["云溪", "2", "1", "1102", "1", "陈静怡", "13800002046", "50%"], &["云溪", "2", "1", "1102", "2", "陈立", "13800002047", "1/2"]],
        ),
        sheet(
            "房屋",
            &[
                UNIT_HEAD,
                &["云溪", "2号楼", "1", "11", "1102", "2B", "精装", "118.20", "2026-09-30", "YX-1"],
                &["云溪", "２", "1", "12", "1202", "2B", "精装", "118.20", "2026-09-30", "YX-2"],
            ],
        ),
        sheet("小区", &[&["小区"], &["云溪"]]),
        sheet("楼栋", &[&["小区", "楼栋", "层数"], &["云溪", "2", "18"]]),
        sheet("户型", &[&["小区", "户型", "名称", "版本", "图纸文件"], &["云溪", "2B", "三室", "2", "2B.png"]]),
        sheet(
            "房间",
            &[
                &["小区", "户型", "房间代码", "空间类型", "名称", "左", "上", "宽", "高"],
                &["云溪", "2B", "master_bedroom", "主卧", "主卧", "0.059", "0.42", "0.265", "0.33"],
            ],
        ),
        sheet("合同约定", &[&["小区", "户型", "项目", "约定"], &["云溪", "2B", "厨房台面", "石英石"]]),
        sheet("施工单位", &[&["小区", "名称", "工种"], &["云溪", "恒屿建工", "总包"]]),
    ]
}

fn read_all(sheets: &[RawSheet]) -> Reading {
    read(Profile::builtin(), sheets, &|_| false).unwrap()
}

/// (sheet, row, column, reason) of everything that is wrong.
fn wrong(reading: &Reading) -> Vec<(&str, u32, &str, &str)> {
    reading.bad.iter().map(|b| (b.sheet.as_str(), b.row, b.column.as_str(), b.reason_key)).collect()
}

#[test]
fn rows_come_out_with_stable_keys_parents_first() {
    // S4-28, S4-04
    let reading = read_all(&whole());
    assert_eq!(wrong(&reading), []);
    let keys: Vec<String> = reading.register.keyed_rows().iter().map(|(k, _)| k.to_string()).collect();
    assert_eq!(
        keys,
        [
            "community:云溪",
            "building:云溪/2",
            "plan:云溪/2B",
            "unit:云溪/2/1/1102",
            "unit:云溪/2/1/1202",
            "owner:云溪/2/1/1102/1",
            "owner:云溪/2/1/1102/2",
            "contractor:云溪/恒屿建工"
        ]
    );
    let (_, unit) = &reading.register.keyed_rows()[3];
    assert_eq!(unit.parent.as_ref().unwrap().as_str(), "building:云溪/2");
    assert_eq!(unit.text("label"), Some("2-1-1102"));
    assert_eq!(unit.text("contract_ref"), Some("YX-1"));
    assert_eq!(unit.fields["building_floors"], FieldValue::Int(18));
    assert_eq!(unit.fields["finish_level"], FieldValue::Text("fitted".into()));
    let (_, owner) = &reading.register.keyed_rows()[5];
    assert_eq!(owner.fields["phone"], FieldValue::Personal("13800002046".into()));
    assert_eq!(owner.fields["name"], FieldValue::Personal("陈静怡".into()));
    assert!(!format!("{reading:?}").contains("静怡"));
    let (_, plan) = &reading.register.keyed_rows()[2];
    assert_eq!(plan.text("contract:worktop"), Some("石英石"));
    let rooms = PlanRoom::of_field(plan.text("rooms").unwrap());
    assert_eq!((rooms.len(), rooms[0].key.as_str(), rooms[0].space.as_str()), (1, "master_bedroom", "master_bedroom"));
    assert!(rooms[0].holds(240_000, 570_000) && !rooms[0].holds(500_000, 550_000));
}

#[test]
fn the_same_file_twice_is_the_same_and_a_change_is_one_row() {
    // S4-98: what changed is found by comparing values under their keys.
    let before = read_all(&whole()).register.keyed_rows();
    assert_eq!(before, read_all(&whole()).register.keyed_rows());
    let mut changed = whole();
    changed[0].rows[1].cells[6] = Cell::Number(13_800_009_999.0);
    changed.reverse();
    let after = read_all(&changed).register.keyed_rows();
    let different: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.0.to_string()).collect();
    assert_eq!(different, ["owner:云溪/2/1/1102/1"]);
}

#[test]
fn english_names_and_any_order_of_columns_read_alike() {
    let english =
        [sheet("Communities", &[&["Community *"], &["云溪"]]), sheet("buildings", &[&["Storeys", "Building (required)", "community"], &["18", "2", "云溪"]])];
    assert_eq!(wrong(&read_all(&english)), []);
    assert_eq!(read_all(&english).register.len(), 2);
}

#[test]
fn every_fault_is_listed_with_row_column_and_reason() {
    let mut sheets = whole();
    sheets[1]
        .rows
        .push(RawRow { number: 4, cells: ["云溪", "2", "1", "19", "1902", "9Z", "豪装", "abc", "2026-13-01", ""].map(|c| Cell::Text(c.into())).to_vec() });
    sheets[1]
        .rows
        .push(RawRow {
            number: 5, cells: ["云溪", "2", "1", "19", "1903", "9Z", "精装", "90", "2026-09-30", "YX-9"].map(|c| Cell::Text(c.into())).to_vec()
        });
    sheets[1]
        .rows
        .push(RawRow {
            number: 6, cells: ["云溪", "2", "1", "11", "1102", "2B", "精装", "90", "2026-09-30", "YX-9"].map(|c| Cell::Text(c.into())).to_vec()
        });
    sheets[0].rows.push(RawRow { number: 4, cells: ["云溪", "2", "1", "1903", "1", "钱七", "13800001903", ""].map(|c| Cell::Text(c.into())).to_vec() });
    sheets[0].rows.push(RawRow { number: 5, cells: ["云溪", "2", "1", "1102", "3", "孙八", "123", "10%"].map(|c| Cell::Text(c.into())).to_vec() });
    sheets[0].rows.push(RawRow { number: 6, cells: ["云溪", "2", "1", "1102", "4", "李九", "13800001904", "10%"].map(|c| Cell::Text(c.into())).to_vec() });
    let reading = read_all(&sheets);
    assert_eq!(
        wrong(&reading),
        [
            ("业主", 4, "", "register-no-parent"),
            ("业主", 5, "电话", "register-not-phone"),
            ("业主", 6, "份额", "register-share-sum"),
            ("房屋", 4, "装修", "register-not-choice"),
            ("房屋", 4, "预测面积", "register-not-area"),
            ("房屋", 4, "合同交付日", "register-not-date"),
            ("房屋", 4, "合同编号", "register-missing"),
            ("房屋", 5, "户型", "register-no-layout"),
            ("房屋", 5, "楼层", "register-floor-above"),
            ("房屋", 6, "", "register-duplicate"),
        ]
    );
    assert_eq!(reading.bad_rows.iter().copied().collect::<Vec<_>>(), [(0, 4), (0, 5), (0, 6), (1, 4), (1, 5), (1, 6)]);
    // The good rows stand as before, so that a caller may take them.
    assert_eq!(reading.register, read_all(&whole()).register);
    for bad in &reading.bad {
        for lang in [Lang::Zh, Lang::En] {
            let told = bad.told(lang);
            assert!(!told.starts_with("register-") && !told.contains('{'), "{told}");
            for personal in ["钱七", "孙八", "李九", "123", "13800001903"] {
                assert!(!told.contains(personal), "{told}");
            }
        }
    }
}

#[test]
fn headings_and_sheets_are_checked() {
    let cases: Vec<(RawSheet, (u32, &str, &str))> = vec![
        (sheet("小区", &[&["小区", "身份证号"], &["云溪", "11010119800101"]]), (1, "身份证号", "register-unknown-column")),
        (sheet("小区", &[&["小区", "小区*"], &["云溪", "云溪"]]), (1, "小区*", "register-column-twice")),
        (sheet("楼栋", &[&["小区", "楼栋"], &["云溪", "2"]]), (1, "", "register-missing-column")),
        (sheet("工资表", &[&["小区"], &["云溪"]]), (0, "", "register-unknown-sheet")),
    ];
    for (sheet, expected) in cases {
        let reading = read_all(std::slice::from_ref(&sheet));
        let first = &reading.bad[0];
        assert_eq!((first.row, first.column.as_str(), first.reason_key), expected);
    }
    // A sheet without a required column gives no rows, and each of them counts as not taken.
    let reading = read_all(&[sheet("楼栋", &[&["小区", "楼栋"], &["云溪", "2"], &["云溪", "3"]])]);
    assert_eq!((reading.register.len(), reading.bad.len(), reading.bad_rows.len()), (0, 1, 3));
    // Notes, empty sheets, blank rows and examples are nothing.
    let quiet = [sheet("说明", &[&["请看"]]), sheet("Sheet2", &[&[" "]]), sheet("小区", &[&[""], &["小区"], &["", ""], &["# 云溪"], &["云溪"]])];
    let reading = read_all(&quiet);
    assert_eq!((wrong(&reading), reading.register.len(), reading.rows_seen), (vec![], 1, 1));
}

#[test]
fn owners_may_come_alone_when_their_units_are_known() {
    let owners = &whole()[..1];
    assert_eq!(read_all(owners).bad.len(), 2);
    let known = |key: &RowKey| key.as_str() == "unit:云溪/2/1/1102";
    let reading = read(Profile::builtin(), owners, &known).unwrap();
    assert_eq!((wrong(&reading), reading.register.len()), (vec![], 2));
}

#[test]
fn rooms_and_terms_are_checked_within_their_layout() {
    let mut sheets = whole();
    let head = sheets[5].rows[0].clone();
    let row = |number: u32, cells: [&str; 9]| RawRow { number, cells: cells.map(|c| Cell::Text(c.into())).to_vec() };
    sheets[5].rows = vec![
        head,
        row(2, ["云溪", "2B", "study", "书房", "书房", "0.1", "0.1", "0.95", "0.1"]),
        row(3, ["云溪", "2B", "study", "书房", "书房", "0.1", "", "", ""]),
        row(4, ["云溪", "2B", "Study!", "书房", "书房", "", "", "", ""]),
        row(5, ["云溪", "2B", "study", "书房", "书房", "", "", "", ""]),
        row(6, ["云溪", "2B", "study", "书房", "书房", "", "", "", ""]),
        row(7, ["云溪", "9Z", "study", "书房", "书房", "", "", "", ""]),
        row(8, ["云溪", "2B", "whole_unit", "书房", "书房", "", "", "", ""]),
    ];
    sheets[6].rows.push(RawRow { number: 3, cells: ["云溪", "2B", "worktop", "大理石"].map(|c| Cell::Text(c.into())).to_vec() });
    let reading = read_all(&sheets);
    assert_eq!(
        wrong(&reading),
        [
            ("房间", 2, "左", "register-room-box"),
            ("房间", 3, "左", "register-room-box"),
            ("房间", 4, "房间代码", "register-room-key"),
            ("房间", 6, "房间代码", "register-room-twice"),
            ("房间", 7, "户型", "register-layout-not-here"),
            ("房间", 8, "房间代码", "register-room-key"),
            ("合同约定", 3, "项目", "register-term-twice"),
        ]
    );
}

#[test]
fn keys_cannot_be_made_to_collide() {
    let one = RowKey::new(RowKind::Building, &["甲/乙", "1"]);
    let other = RowKey::new(RowKind::Building, &["甲", "乙/1"]);
    assert_ne!(one, other);
    assert_ne!(RowKey::new(RowKind::Building, &["a%2Fb"]), RowKey::new(RowKind::Building, &["a/b"]));
}

#[test]
fn a_register_that_is_too_large_is_refused() {
    let row = |number| RawRow { number, cells: vec![Cell::Text("云溪".into())] };
    let many = RawSheet { name: "小区".into(), rows: (1..=u32::try_from(MAX_ROWS).unwrap() + 1).map(row).collect() };
    assert_eq!(read(Profile::builtin(), &[many], &|_| false), Err(TooLarge));
    let wide = RawSheet { name: "小区".into(), rows: vec![RawRow { number: 1, cells: vec![Cell::Number(1.0); MAX_COLUMNS + 1] }] };
    assert_eq!(read(Profile::builtin(), &[wide], &|_| false), Err(TooLarge));
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Empty),
        "\\PC{0,12}".prop_map(Cell::Text),
        prop::sample::select(vec!["云溪", "2", "1", "1102", "2B", "精装", "118.2", "2026-09-30", "#", "50%", "study"]).prop_map(|t| Cell::Text(t.to_owned())),
        any::<f64>().prop_map(Cell::Number),
        Just(Cell::Formula),
        Just(Cell::Merged),
        Just(Cell::Error),
        any::<bool>().prop_map(Cell::Bool),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn random_cells_never_panic_and_every_row_is_accounted_for(
        tables in prop::collection::vec((0_usize..9, prop::collection::vec(prop::collection::vec(any_cell(), 0..20), 0..8), any::<bool>()), 0..6)
    ) {
        let raw: Vec<RawSheet> = tables.into_iter().map(|(kind, rows, with_head)| {
            let known = sheets().get(kind);
            let head = known.filter(|_| with_head).map(|s| s.columns.iter().map(|c| Cell::Text(c.zh.clone())).collect::<Vec<_>>());
            let rows = head.into_iter().chain(rows).enumerate();
            RawSheet {
                name: known.map_or("?".to_owned(), |s| s.zh.clone()),
                rows: rows.map(|(at, cells)| RawRow { number: at as u32 + 1, cells }).collect(),
            }
        }).collect();
        let reading = read(Profile::builtin(), &raw, &|_| false).unwrap();
        for bad in &reading.bad {
            prop_assert!(bad.row == 0 || reading.bad_rows.iter().any(|(_, row)| *row == bad.row));
            prop_assert!(!bad.told(Lang::Zh).starts_with("register-"));
        }
        // Rooms and terms go into their layout; every other good row is a row of the register.
        prop_assert!(reading.register.len() <= reading.rows_seen);
    }
}
