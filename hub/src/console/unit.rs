//! One unit: its open snags, its history with photographs, documents, signatures and records that were not taken up.

use super::{
    board::UnitSide,
    handover::Step,
    parts::{Line, RefusedRecord, SnagRow},
    shell::{NavItem, Place, Shell},
    sign::Sign,
    text::Words,
};
use askama::Template;
use keyturn_core::model::{act::OwnerWant, time::UtcMs};

/// A signature under a frozen record.
#[derive(Debug, Clone)]
pub struct Signature {
    /// What was signed, in words.
    pub what: String,
    /// Version.
    pub version: u32,
    /// Who, masked where it is an owner.
    pub who: String,
    /// Accepted, in part, refused.
    pub outcome: String,
    /// When.
    pub at: UtcMs,
    /// Level reached, in words.
    pub level: String,
    /// Digest of the frozen record, short.
    pub digest: String,
    /// The frozen record, still readable.
    pub link: String,
    /// When a later version replaced it.
    pub superseded: Option<UtcMs>,
}

/// A link given to the owner.
#[derive(Debug, Clone)]
pub struct OwnerLink {
    /// Identifier, to revoke it.
    pub id: String,
    /// When it was made.
    pub made: UtcMs,
    /// When it ends.
    pub ends: UtcMs,
    /// For whom, masked.
    pub person: String,
}

/// Something an owner asked the office for.
#[derive(Debug, Clone)]
pub struct OwnerAsk {
    /// The unit by its name.
    pub unit: String,
    /// Where the office answers.
    pub link: String,
    /// What is wanted.
    pub want: OwnerWant,
    /// The same in words.
    pub what: String,
    /// Who asks, masked.
    pub who: String,
    /// Since when.
    pub at: UtcMs,
}

/// A link just made: shown once, only its digest is kept.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// The address.
    pub url: String,
    /// The same as a QR code.
    pub qr: Qr,
}

/// A QR code as an inline drawing.
#[derive(Debug, Clone)]
pub struct Qr {
    /// Modules per side with the quiet zone.
    pub side: usize,
    /// SVG path of the dark modules.
    pub path: String,
}

impl Qr {
    /// The code of `text`; nothing when it is too long for one.
    pub fn of(text: &str) -> Option<Self> {
        const QUIET: usize = 4;
        let code = qrcode::QrCode::new(text.as_bytes()).ok()?;
        let width = code.width();
        let path = code
            .to_colors()
            .iter()
            .enumerate()
            .filter(|(_, c)| **c == qrcode::Color::Dark)
            .map(|(i, _)| format!("M{} {}h1v1h-1z", i % width + QUIET, i / width + QUIET))
            .collect();
        Some(Self { side: width + 2 * QUIET, path })
    }
}

/// The page of one unit.
#[derive(Debug, Clone)]
pub struct UnitPage {
    /// The reader may order repairs, and there are snags to order.
    pub can_order: bool,
    /// What the board's side panel shows as well.
    pub side: UnitSide,
    /// The steps of the handover.
    pub steps: Vec<Step>,
    /// Building and entrance in words.
    pub place: String,
    /// Every snag, late first.
    pub snags: Vec<SnagRow>,
    /// The history, newest first.
    pub lines: Vec<Line>,
    /// Signatures, newest first.
    pub signatures: Vec<Signature>,
    /// Records not taken up.
    pub refused: Vec<RefusedRecord>,
    /// Links of the owner that are still good.
    pub links: Vec<OwnerLink>,
    /// Owners to whom a code for signing can be sent: identifier and masked name.
    pub codes_for: Vec<(String, String)>,
    /// What the owners wait for.
    pub asks: Vec<OwnerAsk>,
    /// Why the reader's role may not answer them.
    pub told_barred: Option<String>,
    /// A link just made.
    pub new_link: Option<NewLink>,
    /// Days a new link lasts (a value of the policy).
    pub link_days: u32,
    /// The reader's role may make and revoke links; otherwise why not.
    pub link_barred: Option<String>,
}

#[derive(Template)]
#[template(path = "unit.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a UnitPage,
    refused_sign: Sign,
}

impl UnitPage {
    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Units), p: self, refused_sign: Sign::Refused }.render()
    }
}
