//! A frozen record: exactly what was shown when it was signed.

use super::{
    parts::Photo,
    shell::{NavItem, Place, Shell},
    sign::Sign,
    text::Words,
    unit::Signature,
};
use askama::Template;
use keyturn_core::model::time::UtcMs;

/// The page of one frozen record.
#[derive(Debug, Clone)]
pub struct RecordPage {
    /// Unit as it was called then.
    pub unit: String,
    /// Identifier of the unit.
    pub unit_id: String,
    /// Version.
    pub version: u32,
    /// When it was frozen.
    pub frozen: UtcMs,
    /// Its digest: what signatures name.
    pub digest: String,
    /// The policy it was made under.
    pub policy: String,
    /// The words above the signature.
    pub words: String,
    /// Signatures under this version.
    pub signatures: Vec<Signature>,
    /// Photographs of its snags.
    pub photos: Vec<Photo>,
}

#[derive(Template)]
#[template(path = "record.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a RecordPage,
    signed: Sign,
}

impl RecordPage {
    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Units), p: self, signed: Sign::Signed }.render()
    }
}
