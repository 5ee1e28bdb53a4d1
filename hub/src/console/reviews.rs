//! Reviews: one field, two values, what stands behind each, and a settlement with a reason.

use super::{
    parts::{Fact, Photo, RefusedRecord},
    shell::{NavItem, Place, Shell},
    sign::Sign,
    text::Words,
};
use askama::Template;
use keyturn_core::model::time::UtcMs;

/// A review in the list.
#[derive(Debug, Clone)]
pub struct ReviewRow {
    /// Identifier in addresses.
    pub id: String,
    /// Unit and field.
    pub title: String,
    /// The two values in short.
    pub note: String,
    /// When the hub noticed.
    pub at: UtcMs,
}

/// One of the values.
#[derive(Debug, Clone)]
pub struct Value {
    /// What the form sends to choose it.
    pub key: String,
    /// Who wrote it.
    pub who: String,
    /// Role and device.
    pub from: String,
    /// The value.
    pub text: String,
    /// It is the one shown now.
    pub shown: bool,
    /// A picture that goes with it.
    pub photo: Option<Photo>,
    /// Device time, offset, offline, received, based on, seal.
    pub facts: Vec<Fact>,
}

/// How it was settled.
#[derive(Debug, Clone)]
pub struct Settled {
    /// By whom.
    pub by: String,
    /// When.
    pub at: UtcMs,
    /// The value taken.
    pub value: String,
    /// Why.
    pub reason: String,
}

/// The review chosen.
#[derive(Debug, Clone)]
pub struct Review {
    /// Identifier in addresses.
    pub id: String,
    /// Name of the field.
    pub field: String,
    /// Unit and snag in words.
    pub about: String,
    /// Address of the snag.
    pub link: String,
    /// The values, the shown one first.
    pub values: Vec<Value>,
    /// Fields that merged by themselves: field and value.
    pub merged: Vec<Fact>,
    /// The owner signed the value shown: settling makes a new version to be signed.
    pub signed: Option<String>,
    /// Another value may be written; false for fields with fixed choices.
    pub free: bool,
    /// Why the reader's role may not settle.
    pub barred: Option<String>,
    /// It is settled already.
    pub settled: Option<Settled>,
    /// The form came back: what was missing.
    pub error: Option<String>,
    /// The reason as typed.
    pub reason: String,
}

/// The page.
#[derive(Debug, Clone, Default)]
pub struct Reviews {
    /// Open ones, oldest first.
    pub open: Vec<ReviewRow>,
    /// Settled in the last while.
    pub settled: u32,
    /// Records not taken up, newest first: nothing is to be chosen there, but somebody should know.
    pub refused: Vec<RefusedRecord>,
    /// Snags of places that were repaired before.
    pub repeats: Vec<super::parts::SnagRow>,
    /// The one chosen.
    pub chosen: Option<Review>,
}

#[derive(Template)]
#[template(path = "reviews.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a Reviews,
    conflict: Sign,
    confirmed: Sign,
}

impl View<'_> {
    fn is_chosen(&self, row: &ReviewRow) -> bool {
        self.p.chosen.as_ref().is_some_and(|c| c.id == row.id)
    }
}

impl Reviews {
    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Reviews), p: self, conflict: Sign::Conflict, confirmed: Sign::Confirmed }.render()
    }
}
