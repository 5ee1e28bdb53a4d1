//! Today: what must be decided now, and how old the data is.

use super::{
    devices::DeviceRow,
    parts::{RefusedRecord, SnagRow},
    reviews::ReviewRow,
    shell::{NavItem, Place, Shell},
    sign::Sign,
    text::Words,
    unit::OwnerAsk,
};
use askama::Template;
use keyturn_core::model::time::UtcMs;

/// A part of the table.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name in the reader's language.
    pub title: String,
    /// Its rows.
    pub rows: Vec<SnagRow>,
}

/// The page.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// Overdue, rejected, due soon, to re-check: empty groups are left out.
    pub groups: Vec<Group>,
    /// Open snags.
    pub open: u32,
    /// Past their date.
    pub overdue: u32,
    /// Near their date.
    pub due_soon: u32,
    /// Waiting for somebody to look.
    pub to_check: u32,
    /// Rejected repairs.
    pub rejected: u32,
    /// Units handed over.
    pub handed_over: u32,
    /// Units.
    pub units: u32,
    /// Handovers under way.
    pub in_handover: u32,
    /// What owners asked the office for.
    pub asks: Vec<OwnerAsk>,
    /// Open reviews.
    pub reviews: Vec<ReviewRow>,
    /// Records not taken up, newest first.
    pub refused: Vec<RefusedRecord>,
    /// Devices without contact for too long.
    pub silent: Vec<DeviceRow>,
    /// Devices in contact within the hour, within the policy's limit, silent.
    pub ages: [u32; 3],
    /// Contact within this counts as recent, in milliseconds (a value of the policy).
    pub recent_ms: i64,
    /// What devices last told they still hold: records, photographs.
    pub unsent: (u32, u32),
    /// The next date, when nothing is to be decided.
    pub next_due: Option<UtcMs>,
}

impl Desk {
    fn decisions(&self) -> usize {
        self.groups.iter().map(|g| g.rows.len()).sum::<usize>() + self.asks.len() + self.reviews.len() + self.refused.len() + self.silent.len()
    }

    fn recent(&self) -> i64 {
        self.recent_ms
    }

    /// Three bars of a strip 1000 wide: start and width of each.
    fn bars(&self) -> [(u32, u32); 3] {
        let total = self.ages.iter().sum::<u32>().max(1);
        let mut start = 0;
        self.ages.map(|n| {
            let width = n * 1000 / total;
            let bar = (start, width.saturating_sub(4));
            start += width;
            bar
        })
    }
}

#[derive(Template)]
#[template(path = "desk.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a Desk,
    conflict: Sign,
    refused: Sign,
}

impl Desk {
    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Today), p: self, conflict: Sign::Conflict, refused: Sign::Refused }.render()
    }
}
