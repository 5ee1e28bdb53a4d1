//! From sheets to a register: headings, cells, keys, parents, and everything that is wrong with them.

use super::{
    BadCell, Cell, FieldValue, PlanRoom, RawRow, RawSheet, Reason, Register, RowKey, RowKind, RowValue,
    cells::{clean, half_width},
    columns::{Column, Sheet, sheets},
    value,
};
use crate::{
    policy::{Milli, Profile, checklist::WHOLE_UNIT},
    words::{Lang, Told},
};
use std::collections::{BTreeMap, BTreeSet};

/// Most rows of one import.
pub const MAX_ROWS: usize = 200_000;
/// Most columns of one sheet.
pub const MAX_COLUMNS: usize = 64;
/// The column that a file of refused rows carries, so that it can be put right and read again as it is.
pub const REASON_HEADINGS: [&str; 2] = ["原因", "reason"];
/// Owners' shares of one unit together, in thousandths of a percent.
pub const WHOLE_SHARE: i64 = 100_000;

/// The file is larger than a register can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {MAX_ROWS} rows or {MAX_COLUMNS} columns")]
pub struct TooLarge;

impl Told for TooLarge {
    fn key(&self) -> &'static str {
        "register-too-large"
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        vec![("rows", MAX_ROWS.to_string()), ("columns", MAX_COLUMNS.to_string())]
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The good rows. Whether they are taken when there are bad ones is the caller's choice.
    pub register: Register,
    /// Everything that is wrong, in the order of sheets and rows.
    pub bad: Vec<BadCell>,
    /// Places (sheet from 0, row from 1) of the rows that were not taken.
    pub bad_rows: BTreeSet<(usize, u32)>,
    /// Rows with content that were looked at, examples (`#`) not counted.
    pub rows_seen: usize,
}

/// A row whose cells were read, before it is placed.
struct Draft<'a> {
    sheet: usize,
    row: u32,
    fields: BTreeMap<&'a str, FieldValue>,
}

struct Reader<'a> {
    profile: &'a Profile,
    known: &'a dyn Fn(&RowKey) -> bool,
    raw: &'a [RawSheet],
    out: Reading,
    /// Headings as they stand in the file, for messages: (sheet, field) -> heading.
    headings: BTreeMap<(usize, &'a str), String>,
    /// First place of each key.
    places: BTreeMap<RowKey, (usize, u32)>,
}

/// Reads sheets. `known` says whether a row of a key exists already, so that owners can come in a file of their own.
///
/// # Errors
/// Only for a file that is too large to look at; what is wrong with cells stands in [`Reading::bad`].
pub fn read(profile: &Profile, raw: &[RawSheet], known: &dyn Fn(&RowKey) -> bool) -> Result<Reading, TooLarge> {
    let rows: usize = raw.iter().map(|s| s.rows.len()).sum();
    let too_wide = |r: &RawRow| r.cells.iter().skip(MAX_COLUMNS).any(|c| !c.is_blank());
    if rows > MAX_ROWS || raw.iter().flat_map(|s| &s.rows).any(too_wide) {
        return Err(TooLarge);
    }
    let mut reader = Reader { profile, known, raw, out: Reading::default(), headings: BTreeMap::new(), places: BTreeMap::new() };
    let mut drafts: BTreeMap<&str, Vec<Draft<'_>>> = BTreeMap::new();
    for (at, sheet) in raw.iter().enumerate() {
        if let Some(kind) = reader.kind_of(at, sheet) {
            let read = reader.cells(at, sheet, kind);
            drafts.entry(kind.id.as_str()).or_default().extend(read);
        }
    }
    let mut take = |sheet: &str| drafts.remove(sheet).unwrap_or_default();
    let (communities, buildings, plans, rooms, terms) = (take("community"), take("building"), take("plan"), take("room"), take("contract_term"));
    let (units, owners, contractors) = (take("unit"), take("owner"), take("contractor"));
    reader.place(RowKind::Community, communities);
    reader.place(RowKind::Building, buildings);
    reader.place(RowKind::Plan, plans);
    reader.rooms(rooms);
    reader.terms(terms);
    reader.place(RowKind::Unit, units);
    reader.owners(owners);
    reader.place(RowKind::Contractor, contractors);
    let mut out = reader.out;
    // In the order in which a person reads the file.
    let order: BTreeMap<&str, usize> = raw.iter().enumerate().map(|(at, s)| (s.name.as_str(), at)).collect();
    out.bad.sort_by_key(|b| (order.get(b.sheet.as_str()).copied(), b.row));
    Ok(out)
}

/// A heading without what people add to it.
fn plain_heading(text: &str) -> String {
    let text = half_width(&clean(text)).to_lowercase();
    let text = text.replace("(必填)", "").replace("(required)", "");
    text.trim_matches(|c: char| c.is_whitespace() || c == '*').to_owned()
}

fn column_letter(mut at: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(at % 26).unwrap_or(0)));
        if at < 26 {
            break;
        }
        at = at / 26 - 1;
    }
    letters.iter().rev().collect()
}

fn is_comment(row: &RawRow) -> bool {
    row.cells.iter().find(|c| !c.is_blank()).and_then(Cell::words).is_some_and(|w| w.starts_with(['#', '＃']))
}

impl<'a> Reader<'a> {
    fn bad(&mut self, sheet: usize, row: u32, column: String, reason: Reason) {
        let name = self.raw.get(sheet).map_or_else(String::new, |s| s.name.clone());
        self.out.bad.push(BadCell { sheet: name, row, column, reason_key: reason.key, args: reason.args });
        if row > 0 {
            self.out.bad_rows.insert((sheet, row));
        }
    }

    fn bad_field(&mut self, draft: &Draft<'_>, field: &'a str, reason: Reason) {
        let column = self.headings.get(&(draft.sheet, field)).cloned().unwrap_or_default();
        self.bad(draft.sheet, draft.row, column, reason);
    }

    /// What a sheet holds, by its name in either language. Notes and empty sheets hold nothing.
    fn kind_of(&mut self, at: usize, sheet: &RawSheet) -> Option<&'static Sheet> {
        let name = plain_heading(&sheet.name);
        let found = sheets().iter().find(|s| [&s.id, &s.zh, &s.en].iter().any(|n| n.to_lowercase() == name));
        let empty = sheet.rows.iter().all(|r| r.cells.iter().all(Cell::is_blank));
        if found.is_none() && !empty && !["说明", "notes"].contains(&name.as_str()) {
            let names = |lang: Lang| sheets().iter().map(|s| s.name(lang)).collect::<Vec<_>>().join("、");
            let args = vec![("zh", names(Lang::Zh)), ("en", names(Lang::En))];
            self.bad(at, 0, String::new(), Reason { key: "register-unknown-sheet", args });
        }
        found
    }

    /// Reads headings and cells of a sheet.
    fn cells(&mut self, at: usize, raw: &'a RawSheet, sheet: &'static Sheet) -> Vec<Draft<'a>> {
        let mut rows = raw.rows.iter().filter(|r| !r.cells.iter().all(Cell::is_blank) && !is_comment(r));
        let Some(head) = rows.next() else { return Vec::new() };
        let rows: Vec<&RawRow> = rows.collect();
        self.out.rows_seen += rows.len();
        let columns = self.head(at, head, sheet);
        let found: BTreeSet<&str> = columns.iter().map(|(_, c)| c.id.as_str()).collect();
        let mut whole = true;
        for column in sheet.columns.iter().filter(|c| c.required && !found.contains(c.id.as_str())) {
            let args = vec![("zh", column.zh.clone()), ("en", column.en.clone())];
            self.bad(at, head.number, String::new(), Reason { key: "register-missing-column", args });
            whole = false;
        }
        if !whole {
            // Without a required column no row of the sheet can be taken.
            self.out.bad_rows.extend(rows.iter().map(|r| (at, r.number)));
            return Vec::new();
        }
        let mut drafts = Vec::with_capacity(rows.len());
        for row in rows {
            let mut fields = BTreeMap::new();
            let mut good = true;
            for (place, column) in &columns {
                let cell = row.cells.get(*place).unwrap_or(&Cell::Empty);
                match value::read(self.profile, column, cell) {
                    Ok(Some(value)) => {
                        fields.insert(column.id.as_str(), value);
                    }
                    Ok(None) => {}
                    Err(reason) => {
                        let heading = self.headings.get(&(at, column.id.as_str())).cloned().unwrap_or_default();
                        self.bad(at, row.number, heading, reason);
                        good = false;
                    }
                }
            }
            if good {
                drafts.push(Draft { sheet: at, row: row.number, fields });
            }
        }
        drafts
    }

    /// Which place holds which column.
    fn head(&mut self, at: usize, head: &RawRow, sheet: &'static Sheet) -> Vec<(usize, &'static Column)> {
        let mut columns: Vec<(usize, &'static Column)> = Vec::new();
        for (place, cell) in head.cells.iter().enumerate().filter(|(_, c)| !c.is_blank()) {
            let heading = cell.words().unwrap_or_else(|| column_letter(place));
            let plain = plain_heading(&heading);
            if REASON_HEADINGS.contains(&plain.as_str()) {
                continue;
            }
            let found = sheet.columns.iter().find(|c| [&c.id, &c.zh, &c.en].iter().any(|n| n.to_lowercase() == plain));
            match found {
                None => self.bad(at, head.number, heading, Reason::plain("register-unknown-column")),
                Some(column) if columns.iter().any(|(_, c)| c.id == column.id) => {
                    self.bad(at, head.number, heading, Reason::plain("register-column-twice"));
                }
                Some(column) => {
                    self.headings.insert((at, column.id.as_str()), heading);
                    columns.push((place, column));
                }
            }
        }
        columns
    }

    /// The key of a draft and what it is a part of.
    fn key_of(kind: RowKind, draft: &Draft<'_>) -> (RowKey, Option<RowKey>) {
        let part = |field: &str| draft.fields.get(field).and_then(FieldValue::text).unwrap_or_default();
        let community = || RowKey::new(RowKind::Community, &[part("community")]);
        match kind {
            RowKind::Community => (RowKey::new(kind, &[part("name")]), None),
            RowKind::Building => (RowKey::new(kind, &[part("community"), part("number")]), Some(community())),
            RowKind::Plan => (RowKey::new(kind, &[part("community"), part("layout_type")]), Some(community())),
            RowKind::Contractor => (RowKey::new(kind, &[part("community"), part("name")]), Some(community())),
            RowKind::Unit => {
                let building = RowKey::new(RowKind::Building, &[part("community"), part("building")]);
                (RowKey::new(kind, &[part("community"), part("building"), part("entrance"), part("number")]), Some(building))
            }
            RowKind::Owner => {
                let unit = [part("community"), part("building"), part("entrance"), part("number")];
                let seq = if let Some(FieldValue::Int(n)) = draft.fields.get("seq") { n.to_string() } else { "1".to_owned() };
                (RowKey::new(kind, &[unit[0], unit[1], unit[2], unit[3], &seq]), Some(RowKey::new(RowKind::Unit, &unit)))
            }
        }
    }

    fn exists(&self, kind: RowKind, key: &RowKey) -> bool {
        self.out.register.rows.contains_key(&(kind, key.clone())) || (self.known)(key)
    }

    /// Places rows of one kind: keys once, parents there, what the kind asks besides.
    fn place(&mut self, kind: RowKind, drafts: Vec<Draft<'a>>) {
        for draft in drafts {
            let (key, parent) = Self::key_of(kind, &draft);
            if self.stands_twice(&draft, &key) || self.orphan(&draft, kind, parent.as_ref()) {
                continue;
            }
            if kind == RowKind::Unit && !self.unit_fits(&draft) {
                continue;
            }
            self.insert(kind, key, parent, draft);
        }
    }

    fn insert(&mut self, kind: RowKind, key: RowKey, parent: Option<RowKey>, draft: Draft<'a>) {
        let mut fields: BTreeMap<String, FieldValue> = draft.fields.into_iter().map(|(f, v)| (f.to_owned(), v)).collect();
        match kind {
            // People say 2-1-1102.
            RowKind::Unit => {
                let part = |f: &str| fields.get(f).and_then(FieldValue::text).unwrap_or_default().to_owned();
                let label = [part("building"), part("entrance"), part("number")].join("-");
                fields.insert("label".to_owned(), FieldValue::Text(label));
                // What decides which limits govern a unit stands at its building; a device that holds the unit needs it there.
                let building = parent.as_ref().and_then(|b| self.out.register.rows.get(&(RowKind::Building, b.clone())));
                for (from, to) in [("floors", "building_floors"), ("design_date", "design_date")] {
                    if let Some(value) = building.and_then(|b| b.fields.get(from)) {
                        fields.insert(to.to_owned(), value.clone());
                    }
                }
            }
            RowKind::Owner => {
                fields.entry("capacity".to_owned()).or_insert_with(|| FieldValue::Text("owner".to_owned()));
                fields.entry("seq".to_owned()).or_insert(FieldValue::Int(1));
            }
            _ => {}
        }
        self.out.register.rows.insert((kind, key), RowValue { kind, parent, fields });
    }

    fn stands_twice(&mut self, draft: &Draft<'_>, key: &RowKey) -> bool {
        match self.places.get(key).copied() {
            Some((sheet, row)) => {
                let first = self.raw.get(sheet).map_or("", |s| s.name.as_str()).to_owned();
                let args = vec![("sheet", first), ("row", row.to_string())];
                self.bad(draft.sheet, draft.row, String::new(), Reason { key: "register-duplicate", args });
                true
            }
            None => {
                self.places.insert(key.clone(), (draft.sheet, draft.row));
                false
            }
        }
    }

    fn orphan(&mut self, draft: &Draft<'_>, kind: RowKind, parent: Option<&RowKey>) -> bool {
        let Some(parent) = parent else { return false };
        let of = match kind {
            RowKind::Unit => RowKind::Building,
            RowKind::Owner => RowKind::Unit,
            _ => RowKind::Community,
        };
        if self.exists(of, parent) {
            return false;
        }
        let sheet = sheets().iter().find(|s| s.id == of.name());
        let args = vec![("zh", sheet.map_or_else(String::new, |s| s.zh.clone())), ("en", sheet.map_or_else(String::new, |s| s.en.clone()))];
        self.bad(draft.sheet, draft.row, String::new(), Reason { key: "register-no-parent", args });
        true
    }

    /// A unit's layout is there and its floor is one of the building's.
    fn unit_fits(&mut self, draft: &Draft<'a>) -> bool {
        let part = |field: &str| draft.fields.get(field).and_then(FieldValue::text).unwrap_or_default();
        let plan = RowKey::new(RowKind::Plan, &[part("community"), part("layout_type")]);
        let building = RowKey::new(RowKind::Building, &[part("community"), part("building")]);
        let floors = self.out.register.rows.get(&(RowKind::Building, building)).and_then(|b| b.fields.get("floors")).cloned();
        let mut fits = true;
        if !self.exists(RowKind::Plan, &plan) {
            self.bad_field(draft, "layout_type", Reason::plain("register-no-layout"));
            fits = false;
        }
        if let (Some(FieldValue::Int(floors)), Some(FieldValue::Int(floor))) = (floors, draft.fields.get("floor"))
            && *floor > floors
        {
            self.bad_field(draft, "floor", Reason::with("register-floor-above", "floors", floors));
            fits = false;
        }
        fits
    }

    fn plan_of(&mut self, draft: &Draft<'a>) -> Option<RowKey> {
        let part = |field: &str| draft.fields.get(field).and_then(FieldValue::text).unwrap_or_default();
        let key = RowKey::new(RowKind::Plan, &[part("community"), part("layout_type")]);
        if self.out.register.rows.contains_key(&(RowKind::Plan, key.clone())) {
            return Some(key);
        }
        self.bad_field(draft, "layout_type", Reason::plain("register-layout-not-here"));
        None
    }

    fn set_plan(&mut self, plan: &RowKey, field: String, value: FieldValue) {
        if let Some(row) = self.out.register.rows.get_mut(&(RowKind::Plan, plan.clone())) {
            row.fields.insert(field, value);
        }
    }

    fn rooms(&mut self, drafts: Vec<Draft<'a>>) {
        let mut rooms: BTreeMap<RowKey, Vec<PlanRoom>> = BTreeMap::new();
        for draft in drafts {
            let Some(plan) = self.plan_of(&draft) else { continue };
            let part = |field: &str| draft.fields.get(field).and_then(FieldValue::text).map(str::to_owned);
            let key = part("key").unwrap_or_default();
            let well_formed = key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') && key != WHOLE_UNIT;
            let side = |field: &str| match draft.fields.get(field) {
                Some(FieldValue::Milli(Milli(n))) => u32::try_from(*n).ok(),
                _ => None,
            };
            let sides = [side("x"), side("y"), side("width"), side("height")];
            let boxed = match sides {
                [None, None, None, None] => Some(None),
                [Some(x), Some(y), Some(w), Some(h)] if w > 0 && h > 0 && x + w <= 1000 && y + h <= 1000 => Some(Some([x, y, w, h].map(|n| n * 1000))),
                _ => None,
            };
            let zh = part("name_zh").unwrap_or_default();
            let en = part("name_en").unwrap_or_else(|| zh.clone());
            let space = part("space").unwrap_or_default();
            let list = rooms.entry(plan).or_default();
            let twice = list.iter().any(|r| r.key == key);
            match boxed {
                _ if twice => self.bad_field(&draft, "key", Reason::plain("register-room-twice")),
                _ if !well_formed => self.bad_field(&draft, "key", Reason::plain("register-room-key")),
                None => self.bad_field(&draft, "x", Reason::plain("register-room-box")),
                Some(box_ppm) => list.push(PlanRoom { key, space, zh, en, box_ppm }),
            }
        }
        for (plan, list) in rooms {
            if let Ok(json) = serde_json::to_string(&list) {
                self.set_plan(&plan, "rooms".to_owned(), FieldValue::Text(json));
            }
        }
    }

    fn terms(&mut self, drafts: Vec<Draft<'a>>) {
        for draft in drafts {
            let Some(plan) = self.plan_of(&draft) else { continue };
            let (Some(field), Some(value)) = (draft.fields.get("field").and_then(FieldValue::text), draft.fields.get("value")) else { continue };
            let name = format!("contract:{field}");
            let there = self.out.register.rows.get(&(RowKind::Plan, plan.clone())).is_some_and(|p| p.fields.contains_key(&name));
            if there {
                self.bad_field(&draft, "field", Reason::plain("register-term-twice"));
            } else {
                self.set_plan(&plan, name, value.clone());
            }
        }
    }

    /// Owners, whose shares of one unit are at most the whole.
    fn owners(&mut self, drafts: Vec<Draft<'a>>) {
        let mut shares: BTreeMap<RowKey, i64> = BTreeMap::new();
        for draft in drafts {
            let (key, parent) = Self::key_of(RowKind::Owner, &draft);
            if self.stands_twice(&draft, &key) || self.orphan(&draft, RowKind::Owner, parent.as_ref()) {
                continue;
            }
            if let (Some(FieldValue::Milli(share)), Some(unit)) = (draft.fields.get("share"), &parent) {
                let taken = shares.get(unit).copied().unwrap_or_default() + share.0;
                if taken > WHOLE_SHARE {
                    self.bad_field(&draft, "share", Reason::plain("register-share-sum"));
                    continue;
                }
                shares.insert(unit.clone(), taken);
            }
            self.insert(RowKind::Owner, key, parent, draft);
        }
    }
}
