//! What the owner sees: own unit's live state, what waits for an answer, documents.

use crate::console::{
    parts::{Document, Photo},
    sign::Sign,
    text::{Due, Words},
};
use askama::Template;
use keyturn_core::{
    model::{act::OwnerWant, time::UtcMs},
    words::Lang,
};

/// A repair that waits for the owner's answer.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Identifier of the snag in addresses.
    pub id: String,
    /// Place and what was wrong.
    pub title: String,
    /// The owner's own words at the time.
    pub said: Option<String>,
    /// Round, from 1.
    pub round: u32,
    /// When the crew finished.
    pub done: Option<UtcMs>,
    /// Before; of the finding where nobody took one before the work.
    pub before: Vec<Photo>,
    /// Why there is none of before the work.
    pub no_before: Option<String>,
    /// After.
    pub after: Vec<Photo>,
}

/// A snag that is being worked on or is finished.
#[derive(Debug, Clone)]
pub struct Item {
    /// Place and what was wrong.
    pub title: String,
    /// State.
    pub state: Sign,
    /// Date promised.
    pub due: Option<Due>,
    /// When the owner confirmed it.
    pub confirmed: Option<UtcMs>,
    /// How many times it was redone.
    pub rework: u32,
    /// The first picture.
    pub photo: Option<Photo>,
}

/// What every page of the owner carries.
#[derive(Debug, Clone)]
pub struct OwnerShell {
    /// Language, zone and moment.
    pub words: Words,
    /// Address of the owner's first page; the others are below it.
    pub root: String,
    /// Community.
    pub project: String,
    /// Unit in words, `2 号楼 1 单元 1102`.
    pub unit: String,
    /// When the link ends.
    pub ends: UtcMs,
    /// When the newest record of this unit arrived.
    pub fresh: Option<UtcMs>,
    /// Path of this page, to come back to in the other language.
    pub back: String,
    /// What the page shows, in short: another one means that something changed.
    pub tag: String,
}

impl Words {
    /// Tag and name of the language that the reader can change to.
    pub fn other_language(&self) -> (&'static str, &'static str) {
        match self.lang {
            Lang::Zh => (Lang::En.tag(), "English"),
            Lang::En => (Lang::Zh.tag(), "中文"),
        }
    }
}

/// A one-time code, as the owner reads it out.
#[derive(Debug, Clone)]
pub struct Code {
    /// The digits in two groups.
    pub digits: String,
    /// Until when it signs.
    pub until: UtcMs,
}

impl Code {
    /// Of these digits.
    pub fn new(code: &str, until: UtcMs) -> Self {
        let (first, second) = code.split_at_checked(code.len() / 2).unwrap_or((code, ""));
        Self { digits: format!("{first} {second}"), until }
    }
}

/// The first page.
#[derive(Debug, Clone, Default)]
pub struct OwnerHome {
    /// Repairs that wait for an answer.
    pub asks: Vec<Ask>,
    /// Being worked on, by date.
    pub working: Vec<Item>,
    /// Confirmed.
    pub confirmed: Vec<Item>,
    /// What can be downloaded.
    pub documents: Vec<Document>,
    /// The handover can be signed, so that a code makes sense.
    pub signable: bool,
    /// The code to sign with.
    pub code: Option<Code>,
    /// Since when the owner waits for the office to call.
    pub call_asked: Option<UtcMs>,
}

/// The page that asks once more before a repair is confirmed.
#[derive(Debug, Clone)]
pub struct ConfirmPage {
    /// The repair.
    pub ask: Ask,
}

/// The page on which a repair is rejected.
#[derive(Debug, Clone)]
pub struct RejectPage {
    /// The repair.
    pub ask: Ask,
    /// What was typed before the form came back.
    pub text: String,
    /// What was missing or wrong.
    pub error: Option<String>,
}

/// The page after an answer.
#[derive(Debug, Clone)]
pub struct ThanksPage {
    /// Place and what was wrong.
    pub title: String,
    /// Confirmed or rejected.
    pub outcome: Sign,
    /// When the hub recorded it.
    pub at: UtcMs,
    /// Photographs kept with it.
    pub photos: u32,
    /// Repairs that still wait for an answer.
    pub left: usize,
    /// What happens next, in words.
    pub next: Option<String>,
}

/// Why a page shows nothing of the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkEnd {
    /// It is none of ours, or not copied whole.
    Unknown,
    /// It ran out, when.
    Expired(UtcMs),
    /// The office took it back, when.
    Revoked(UtcMs),
    /// The link is good, but there is nothing under this address.
    Nothing,
    /// The repair was answered already, here or elsewhere.
    Answered,
    /// There is nothing to sign, and so no code.
    NoCode,
    /// What the owner asked the office for is noted, since when.
    Asked(OwnerWant, UtcMs),
    /// The hub could not do it; nothing was changed.
    Broken,
}

macro_rules! page {
    ($name:ident, $view:ident, $path:literal) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $view<'a> {
            w: &'a Words,
            s: &'a OwnerShell,
            p: &'a $name,
        }

        impl $name {
            /// The page.
            pub fn render(&self, shell: &OwnerShell) -> Result<String, askama::Error> {
                $view { w: &shell.words, s: shell, p: self }.render()
            }
        }
    };
}

page!(OwnerHome, HomeView, "owner_home.html");
page!(ConfirmPage, ConfirmView, "owner_confirm.html");
page!(RejectPage, RejectView, "owner_reject.html");
page!(ThanksPage, ThanksView, "owner_thanks.html");

impl OwnerHome {
    fn total(&self) -> usize {
        self.asks.len() + self.working.len() + self.confirmed.len()
    }
}

#[derive(Template)]
#[template(path = "owner_end.html")]
struct EndView<'a> {
    w: &'a Words,
    p: &'a EndPage,
    title: String,
    text: String,
    sign: Sign,
    other: (&'static str, &'static str),
}

/// A page without anything of the unit: what happened and what to do.
#[derive(Debug, Clone)]
pub struct EndPage {
    /// What happened.
    pub end: LinkEnd,
    /// Language, zone and moment.
    pub words: Words,
    /// The owner's first page, where there is still one.
    pub back: Option<String>,
    /// Where the office is asked, where the hub knows who asks.
    pub ask: Option<String>,
}

impl EndPage {
    /// Without anything to go to.
    pub fn new(end: LinkEnd, words: Words) -> Self {
        Self { end, words, back: None, ask: None }
    }

    /// The page.
    pub fn render(&self) -> Result<String, askama::Error> {
        let w = &self.words;
        let (name, sign, when) = match self.end {
            LinkEnd::Unknown => ("unknown", Sign::Refused, None),
            LinkEnd::Expired(at) => ("expired", Sign::Waiting, Some(w.date(at))),
            LinkEnd::Revoked(at) => ("revoked", Sign::Refused, Some(w.when(at))),
            LinkEnd::Nothing => ("nothing", Sign::Refused, None),
            LinkEnd::Answered => ("answered", Sign::Confirmed, None),
            LinkEnd::NoCode => ("no-code", Sign::Waiting, None),
            LinkEnd::Asked(OwnerWant::Link, at) => ("asked-link", Sign::Done, Some(w.when(at))),
            LinkEnd::Asked(OwnerWant::Call, at) => ("asked-call", Sign::Done, Some(w.when(at))),
            LinkEnd::Broken => ("broken", Sign::Waiting, None),
        };
        let text = format!("owner-end-{name}-text");
        let text = when.map_or_else(|| w.t(&text), |when| w.t1(&text, "when", when));
        EndView { w, p: self, title: w.t(&format!("owner-end-{name}")), text, sign, other: w.other_language() }.render()
    }
}
