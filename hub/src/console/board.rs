//! Units by building: floors by entrances, one cell per unit, and one unit's panel at the side.

use super::{
    parts::{Document, Fact, Line, OwnerBrief, SnagRow},
    shell::{NavItem, Place, Shell},
    sign::Sign,
    text::Words,
};
use askama::Template;
use std::collections::{BTreeMap, BTreeSet};

/// States of a unit in the order of the legend: the most urgent of its snags, or where its handover stands.
const LEGEND: [Sign; 8] = [Sign::Rejected, Sign::Recorded, Sign::Ordered, Sign::InWork, Sign::Done, Sign::Confirmed, Sign::InHandover, Sign::Pending];

/// One unit.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Identifier in addresses.
    pub id: String,
    /// Room number as on the door, `1102`.
    pub door: String,
    /// Whole name, `2-1-1102`.
    pub name: String,
    /// The most urgent state of its snags; `Confirmed` when all are; `Pending` or `InHandover` before.
    pub state: Sign,
    /// Open snags.
    pub open: u32,
    /// One of them is late.
    pub overdue: bool,
    /// One of them will be soon.
    pub due_soon: bool,
}

/// Where a unit is in its building.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Stair core (单元).
    pub entrance: String,
    /// Storey; below ground is negative.
    pub floor: i32,
    /// The unit.
    pub cell: Cell,
}

/// An entrance and how many columns it takes.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// Its name.
    pub name: String,
    /// Columns.
    pub columns: usize,
}

/// A place in a row: a unit, a gap where this floor has none, or the space between two entrances.
#[derive(Debug, Clone)]
pub enum Slot {
    /// A unit.
    Unit(Cell),
    /// No unit here.
    Gap,
    /// Space between entrances.
    Between,
}

/// One floor.
#[derive(Debug, Clone)]
pub struct Floor {
    /// Number.
    pub number: i32,
    /// Left to right.
    pub slots: Vec<Slot>,
}

/// One building.
#[derive(Debug, Clone)]
pub struct Building {
    /// Identifier in addresses.
    pub id: String,
    /// Name as people say it, `1 号楼`.
    pub name: String,
    /// Entrances from left to right.
    pub entrances: Vec<Entrance>,
    /// Floors from the top.
    pub floors: Vec<Floor>,
    /// Units.
    pub units: u32,
    /// Handed over.
    pub handed_over: u32,
    /// Open snags.
    pub open: u32,
    /// Units with something late.
    pub overdue: u32,
}

impl Building {
    /// Puts units into a grid: each entrance has as many columns as its fullest floor; a floor with fewer units has gaps at its end.
    pub fn arrange(id: impl Into<String>, name: impl Into<String>, units: Vec<Placed>) -> Self {
        let count = |f: &dyn Fn(&Cell) -> bool| u32::try_from(units.iter().filter(|u| f(&u.cell)).count()).unwrap_or(u32::MAX);
        let (total, handed_over) = (count(&|_| true), count(&|c| !matches!(c.state, Sign::Pending | Sign::InHandover)));
        let (overdue, open) = (count(&|c| c.overdue), units.iter().map(|u| u.cell.open).sum());
        let floors: BTreeSet<i32> = units.iter().map(|u| u.floor).collect();
        let mut by_entrance: BTreeMap<(usize, String), BTreeMap<i32, Vec<Cell>>> = BTreeMap::new();
        for unit in units {
            // Shorter names first, so that entrance 10 stands after entrance 9.
            by_entrance.entry((unit.entrance.len(), unit.entrance)).or_default().entry(unit.floor).or_default().push(unit.cell);
        }
        let mut rows: BTreeMap<i32, Vec<Slot>> = floors.iter().map(|f| (*f, Vec::new())).collect();
        let mut entrances = Vec::new();
        for (n, ((_, name), mut by_floor)) in by_entrance.into_iter().enumerate() {
            let columns = by_floor.values().map(Vec::len).max().unwrap_or(0);
            for (floor, row) in &mut rows {
                if n > 0 {
                    row.push(Slot::Between);
                }
                let mut cells = by_floor.remove(floor).unwrap_or_default();
                cells.sort_by(|a, b| (a.door.len(), &a.door).cmp(&(b.door.len(), &b.door)));
                let gaps = columns - cells.len();
                row.extend(cells.into_iter().map(Slot::Unit));
                row.extend((0..gaps).map(|_| Slot::Gap));
            }
            entrances.push(Entrance { name, columns });
        }
        let floors = rows.into_iter().rev().map(|(number, slots)| Floor { number, slots }).collect();
        Self { id: id.into(), name: name.into(), entrances, floors, units: total, handed_over, open, overdue }
    }

    fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.floors.iter().flat_map(|f| &f.slots).filter_map(|s| if let Slot::Unit(c) = s { Some(c) } else { None })
    }
}

/// One unit at the side of the board.
#[derive(Debug, Clone)]
pub struct UnitSide {
    /// Identifier in addresses.
    pub id: String,
    /// `2-1-1102`.
    pub name: String,
    /// The owner, masked.
    pub owner: OwnerBrief,
    /// Layout, finish, area.
    pub about: String,
    /// Handover, dates, area against contract, warranty.
    pub facts: Vec<Fact>,
    /// Snags that are open.
    pub open: Vec<SnagRow>,
    /// All snags.
    pub total: u32,
    /// Confirmed ones.
    pub confirmed: u32,
    /// The newest few lines.
    pub recent: Vec<Line>,
    /// What can be downloaded.
    pub documents: Vec<Document>,
    /// Records of this unit on the hub.
    pub records: u32,
    /// Photographs that devices told of.
    pub photos: u32,
    /// Of these, read back and checked.
    pub photos_safe: u32,
}

/// The board.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// Buildings in their order.
    pub buildings: Vec<Building>,
    /// The unit chosen.
    pub side: Option<UnitSide>,
}

#[derive(Template)]
#[template(path = "board.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a Board,
    legend: Vec<(Sign, String, usize)>,
    overdue: usize,
    due_soon: usize,
}

impl View<'_> {
    fn is_selected(&self, cell: &Cell) -> bool {
        self.p.side.as_ref().is_some_and(|s| s.id == cell.id)
    }

    /// What a reader who does not see the cell is told.
    fn label(&self, cell: &Cell) -> String {
        let mut label = format!("{} {}", cell.name, unit_word(self.w, cell.state));
        if cell.overdue {
            label += &format!(", {}", self.w.sign_word(Sign::Overdue));
        } else if cell.due_soon {
            label += &format!(", {}", self.w.sign_word(Sign::DueSoon));
        }
        if cell.open > 0 {
            label += &format!(", {}", self.w.count("console-open-n", cell.open));
        }
        label
    }

    fn class(&self, cell: &Cell) -> &'static str {
        match cell.state {
            _ if cell.overdue => "u over",
            _ if cell.due_soon => "u soon",
            Sign::Confirmed => "u ok",
            Sign::Pending => "u pending",
            _ => "u",
        }
    }
}

fn unit_word(w: &Words, state: Sign) -> String {
    if state == Sign::Confirmed { w.t("console-all-confirmed") } else { w.sign_word(state) }
}

impl Board {
    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        let cells = || self.buildings.iter().flat_map(Building::cells);
        let legend = LEGEND.into_iter().map(|s| (s, unit_word(&shell.words, s), cells().filter(|c| c.state == s).count())).filter(|(_, _, n)| *n > 0).collect();
        View {
            w: &shell.words,
            s: shell,
            nav: shell.nav(Place::Units),
            p: self,
            legend,
            overdue: cells().filter(|c| c.overdue).count(),
            due_soon: cells().filter(|c| c.due_soon && !c.overdue).count(),
        }
        .render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(entrance: &str, floor: i32, door: &str) -> Placed {
        let cell =
            Cell { id: door.into(), door: door.into(), name: format!("1-{entrance}-{door}"), state: Sign::Pending, open: 0, overdue: false, due_soon: false };
        Placed { entrance: entrance.into(), floor, cell }
    }

    #[test]
    fn floors_run_from_the_top_and_a_short_floor_keeps_its_columns() {
        let b = Building::arrange(
            "b1",
            "1",
            vec![placed("10", 1, "101"), placed("9", 2, "201"), placed("9", 2, "202"), placed("9", 1, "101"), placed("10", -1, "B01")],
        );
        assert_eq!(b.floors.iter().map(|f| f.number).collect::<Vec<_>>(), [2, 1, -1]);
        assert_eq!(b.entrances.iter().map(|e| (e.name.as_str(), e.columns)).collect::<Vec<_>>(), [("9", 2), ("10", 1)]);
        for floor in &b.floors {
            assert_eq!(floor.slots.len(), 4, "two columns, a space, one column");
        }
        assert!(matches!(&b.floors[2].slots[..], [Slot::Gap, Slot::Gap, Slot::Between, Slot::Unit(c)] if c.door == "B01"));
        assert_eq!(b.units, 5);
    }
}
