//! The frame around every page of the console: project, search, freshness, person, navigation, keys.

use super::text::Words;
use keyturn_core::{model::time::UtcMs, words::Lang};

/// The pages of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What must be decided now.
    Today,
    /// Units by building.
    Units,
    /// Snags.
    Snags,
    /// Two values of one field.
    Reviews,
    /// Devices.
    Devices,
    /// The rules in force.
    Rules,
}

/// One entry of the navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Address.
    pub link: &'static str,
    /// Its words.
    pub label: String,
    /// Second key after `G`.
    pub key: char,
    /// How many; none where it says nothing.
    pub n: Option<u32>,
    /// Something there needs a decision.
    pub hot: bool,
    /// It is the page shown.
    pub current: bool,
}

/// How many wait behind each entry.
#[derive(Debug, Clone, Copy, Default)]
pub struct NavCounts {
    /// Decisions.
    pub today: u32,
    /// Units.
    pub units: u32,
    /// Open snags.
    pub snags: u32,
    /// Reviews.
    pub reviews: u32,
    /// Devices in use.
    pub devices: u32,
}

/// How new the data is.
#[derive(Debug, Clone, Default)]
pub struct Freshness {
    /// Devices in use.
    pub devices: u32,
    /// Of these, in contact within the last hour.
    pub recent: u32,
    /// The last thing that arrived from a device.
    pub last: Option<UtcMs>,
}

/// What the last action did, told once at the top of the next page.
#[derive(Debug, Clone)]
pub struct Told {
    /// `ok`, `warn` or `danger`.
    pub kind: &'static str,
    /// Words in the reader's language.
    pub text: String,
}

/// The frame.
#[derive(Debug, Clone)]
pub struct Shell {
    /// Language, zone and moment.
    pub words: Words,
    /// Community.
    pub project: String,
    /// Who is logged in.
    pub person: String,
    /// In which role, in words.
    pub role: String,
    /// Numbers of the navigation.
    pub counts: NavCounts,
    /// Age of the data.
    pub fresh: Freshness,
    /// Proof that a form came from a page of ours.
    pub csrf: String,
    /// Path and query of this page, to come back to.
    pub back: String,
    /// What stands in the search field.
    pub search: String,
    /// Policy profile and version in force.
    pub policy: String,
    /// What the last action did.
    pub told: Option<Told>,
}

impl Shell {
    /// The navigation with `here` marked.
    pub fn nav(&self, here: Place) -> Vec<NavItem> {
        let c = &self.counts;
        [
            (Place::Today, "/console/today", "console-nav-today", 'T', Some(c.today), c.today > 0),
            (Place::Units, "/console/units", "console-nav-units", 'U', Some(c.units), false),
            (Place::Snags, "/console/snags", "console-nav-snags", 'Q', Some(c.snags), false),
            (Place::Reviews, "/console/reviews", "console-nav-reviews", 'R', Some(c.reviews), c.reviews > 0),
            (Place::Devices, "/console/devices", "console-nav-devices", 'D', Some(c.devices), false),
            (Place::Rules, "/console/rules", "console-nav-rules", 'P', None, false),
        ]
        .map(|(place, link, key, letter, n, hot)| NavItem { link, label: self.words.t(key), key: letter, n, hot, current: place == here })
        .into()
    }

    /// The other language: its tag and its own name.
    pub fn other_language(&self) -> (&'static str, &'static str) {
        match self.words.lang {
            Lang::Zh => (Lang::En.tag(), "English"),
            Lang::En => (Lang::Zh.tag(), "中文"),
        }
    }

    /// Nothing has arrived from any device for an hour.
    pub fn is_stale(&self) -> bool {
        self.fresh.devices > 0 && self.fresh.recent == 0
    }
}

/// The freshness sign alone, which the page fetches again every few seconds.
#[derive(askama::Template)]
#[template(path = "fresh.html")]
struct FreshView<'a> {
    w: &'a Words,
    s: &'a Shell,
}

/// The freshness sign as a fragment.
pub fn render_fresh(shell: &Shell) -> Result<String, askama::Error> {
    askama::Template::render(&FreshView { w: &shell.words, s: shell })
}
