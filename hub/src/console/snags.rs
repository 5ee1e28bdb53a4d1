//! The snag list with its filters.

use super::{
    parts::SnagRow,
    shell::{NavItem, Place, Shell},
    sign::{SNAG_STATES, Sign},
    text::Words,
};
use askama::Template;

/// What the reader asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// States; empty is all.
    pub states: Vec<Sign>,
    /// Only open ones that are past their date.
    pub late: bool,
    /// Building.
    pub building: Option<String>,
    /// Crew.
    pub crew: Option<String>,
    /// Words in title, place, number or unit.
    pub text: String,
    /// Page, from 1.
    pub page: u32,
}

impl Filter {
    /// The query of this filter's page `page`, without the question mark.
    pub fn query(&self, page: u32) -> String {
        let mut q = form_urlencoded();
        for s in &self.states {
            q.push("state", s.key());
        }
        if self.late {
            q.push("late", "1");
        }
        if let Some(b) = &self.building {
            q.push("building", b);
        }
        if let Some(c) = &self.crew {
            q.push("crew", c);
        }
        if !self.text.is_empty() {
            q.push("q", &self.text);
        }
        if page > 1 {
            q.push("page", &page.to_string());
        }
        q.0
    }

    fn has(&self, state: &Sign) -> bool {
        self.states.contains(state)
    }

    fn is_empty(&self) -> bool {
        self.states.is_empty() && !self.late && self.building.is_none() && self.crew.is_none() && self.text.is_empty()
    }
}

struct Query(String);

fn form_urlencoded() -> Query {
    Query(String::new())
}

impl Query {
    fn push(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        for b in value.bytes() {
            match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => self.0.push(char::from(b)),
                _ => self.0.push_str(&format!("%{b:02X}")),
            }
        }
    }
}

/// A value of a filter: key, words.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What stands in the address.
    pub key: String,
    /// What people read.
    pub label: String,
}

/// The list.
#[derive(Debug, Clone, Default)]
pub struct SnagList {
    /// What was asked for.
    pub filter: Filter,
    /// The rows of this page, late first.
    pub rows: Vec<SnagRow>,
    /// Rows that fit the filter.
    pub total: u32,
    /// Rows per page.
    pub per_page: u32,
    /// How many there are of each state, whatever the state filter says.
    pub by_state: Vec<(Sign, u32)>,
    /// How many are late.
    pub late: u32,
    /// Buildings to choose from.
    pub buildings: Vec<Choice>,
    /// Crews to choose from.
    pub crews: Vec<Choice>,
}

impl SnagList {
    fn pages(&self) -> u32 {
        self.total.div_ceil(self.per_page.max(1)).max(1)
    }

    fn page(&self) -> u32 {
        self.filter.page.clamp(1, self.pages())
    }

    fn first(&self) -> u32 {
        if self.total == 0 { 0 } else { (self.page() - 1) * self.per_page + 1 }
    }

    fn last(&self) -> u32 {
        (self.page() * self.per_page).min(self.total)
    }

    fn previous(&self) -> Option<String> {
        (self.page() > 1).then(|| self.filter.query(self.page() - 1))
    }

    fn next(&self) -> Option<String> {
        (self.page() < self.pages()).then(|| self.filter.query(self.page() + 1))
    }

    fn count_of(&self, state: &Sign) -> u32 {
        self.by_state.iter().find(|(s, _)| s == state).map_or(0, |(_, n)| *n)
    }
}

#[derive(Template)]
#[template(path = "snags.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a SnagList,
    states: [Sign; 6],
    overdue: Sign,
}

impl SnagList {
    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Snags), p: self, states: SNAG_STATES, overdue: Sign::Overdue }.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_paging_and_is_escaped_in_the_address() {
        let filter = Filter { states: vec![Sign::Done, Sign::InWork], late: true, text: "窗&page=9".into(), page: 2, ..Filter::default() };
        assert_eq!(filter.query(3), "state=done&state=in_work&late=1&q=%E7%AA%97%26page%3D9&page=3");
    }

    #[test]
    fn pages_cover_every_row_once() {
        let mut list = SnagList { total: 101, per_page: 50, ..SnagList::default() };
        let mut seen = 0;
        for page in 1..=3 {
            list.filter.page = page;
            seen += list.last() - list.first() + 1;
        }
        assert_eq!((seen, list.next(), list.previous()), (101, None, Some("page=2".into())));
        list.filter.page = 99;
        assert_eq!(list.first(), 101, "a page beyond the end is the last one");
    }
}
