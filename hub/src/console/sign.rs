//! Signs: a drawn mark and its word. Colour only repeats them; a mark is never a typed character (fonts differ).

use super::{
    text::{Given, Words},
    tokens::tokens,
};
use keyturn_core::words::Lang;
use std::fmt;

/// Markup made here from fixed parts and escaped text; templates print it as it is.
#[derive(Debug, Clone, Default)]
pub struct Markup(pub(super) String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// What a mark stands for. Circles are work, squares are proof, the triangle is the visit itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// Snag written down.
    Recorded,
    /// Given to a crew.
    Ordered,
    /// Crew is at it.
    InWork,
    /// Crew says done; somebody has to look.
    Done,
    /// Looked at and not accepted.
    Rejected,
    /// The owner confirmed.
    Confirmed,
    /// Handover not yet begun.
    Pending,
    /// Handover under way.
    InHandover,
    /// Past its date.
    Overdue,
    /// Date is near.
    DueSoon,
    /// Only on the device that made it.
    OnDevice,
    /// On its way.
    Sending,
    /// The hub read it back and its hash agrees.
    Safe,
    /// Kept, but the bytes are not what a picture should be.
    Damaged,
    /// Two values of one field.
    Conflict,
    /// Kept and marked, not taken up.
    Refused,
    /// A signature.
    Signed,
    /// Waits for something.
    Waiting,
}

/// Every sign, for legends and tests.
pub const ALL: [Sign; 18] = [
    Sign::Recorded,
    Sign::Ordered,
    Sign::InWork,
    Sign::Done,
    Sign::Rejected,
    Sign::Confirmed,
    Sign::Pending,
    Sign::InHandover,
    Sign::Overdue,
    Sign::DueSoon,
    Sign::OnDevice,
    Sign::Sending,
    Sign::Safe,
    Sign::Damaged,
    Sign::Conflict,
    Sign::Refused,
    Sign::Signed,
    Sign::Waiting,
];

/// The states of a snag, in the order of its life.
pub const SNAG_STATES: [Sign; 6] = [Sign::Recorded, Sign::Ordered, Sign::InWork, Sign::Done, Sign::Rejected, Sign::Confirmed];

impl Sign {
    /// The stable key, as in `tokens.json` and in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Ordered => "ordered",
            Self::InWork => "in_work",
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Confirmed => "confirmed",
            Self::Pending => "pending",
            Self::InHandover => "in_handover",
            Self::Overdue => "overdue",
            Self::DueSoon => "due_soon",
            Self::OnDevice => "on_device",
            Self::Sending => "sending",
            Self::Safe => "safe",
            Self::Damaged => "damaged",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
            Self::Signed => "signed",
            Self::Waiting => "waiting",
        }
    }

    /// The sign of a key; an unknown key is `None`.
    pub fn from_key(key: &str) -> Option<Self> {
        ALL.into_iter().find(|s| s.key() == key)
    }

    /// Colour name of the palette.
    pub fn colour(self) -> &'static str {
        match self {
            Self::InHandover => "primary",
            Self::Pending => "ink_soft",
            Self::Conflict | Self::Waiting => "warn",
            Self::Damaged | Self::Refused => "danger",
            Self::Signed => "ok",
            named => tokens().named(named.key()).map_or("ink_soft", |n| n.colour.as_str()),
        }
    }

    /// The word, from `tokens.json` where it has one.
    pub fn word(self, lang: Lang) -> String {
        match tokens().named(self.key()) {
            Some(named) => named.name(lang).to_owned(),
            None => keyturn_core::words::word(lang, &format!("console-sign-{}", self.key().replace('_', "-"))),
        }
    }

    /// The drawing inside a 16 x 16 box.
    fn drawing(self) -> &'static str {
        macro_rules! ring {
            ($inside:literal) => {
                concat!(r#"<circle cx="8" cy="8" r="6.4" fill="none" stroke="currentColor" stroke-width="1.8"/>"#, $inside)
            };
        }
        match self {
            Self::Recorded => ring!(""),
            Self::Ordered => ring!(r#"<path d="M8 8V1.6A6.4 6.4 0 0 1 14.4 8Z" fill="currentColor"/>"#),
            Self::InWork => ring!(r#"<path d="M8 1.6A6.4 6.4 0 0 1 8 14.4Z" fill="currentColor"/>"#),
            Self::Done => ring!(r#"<path d="M8 8V1.6A6.4 6.4 0 1 1 1.6 8Z" fill="currentColor"/>"#),
            Self::Rejected => r#"<path d="M3 3l10 10M13 3L3 13" stroke="currentColor" stroke-width="2.6" fill="none"/>"#,
            Self::Confirmed => r#"<path d="M2 8.6l4 4L14 3.6" stroke="currentColor" stroke-width="2.6" fill="none"/>"#,
            Self::Pending => r#"<path d="M4 8h8" stroke="currentColor" stroke-width="2"/>"#,
            Self::InHandover => r#"<path d="M4 2.5l9 5.5-9 5.5Z" fill="none" stroke="currentColor" stroke-width="1.8"/>"#,
            Self::Overdue | Self::DueSoon => {
                r#"<path d="M8 2v7.5" stroke="currentColor" stroke-width="3"/><circle cx="8" cy="13" r="1.7" fill="currentColor"/>"#
            }
            Self::OnDevice => r#"<rect x="2" y="2" width="12" height="12" fill="none" stroke="currentColor" stroke-width="1.8"/>"#,
            Self::Sending => r#"<path d="M8 14V3M3.5 7.5L8 3l4.5 4.5" stroke="currentColor" stroke-width="2.2" fill="none"/>"#,
            Self::Safe => {
                r#"<rect x="2" y="2" width="12" height="12" fill="none" stroke="currentColor" stroke-width="1.8"/><rect x="5" y="5" width="6" height="6" fill="currentColor"/>"#
            }
            Self::Damaged => {
                r#"<path d="M14 7V2H2v12h6" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M8 14l2-4 2 2 2.5-4" fill="none" stroke="currentColor" stroke-width="1.8"/>"#
            }
            Self::Conflict => r#"<path d="M8 15V9.5M8 9.5L3 4M8 9.5L13 4M3 8V3.4h4.2M13 8V3.4H8.8" stroke="currentColor" stroke-width="1.8" fill="none"/>"#,
            Self::Refused => {
                r#"<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.9"/><path d="M4 12L12 4" stroke="currentColor" stroke-width="1.9"/>"#
            }
            Self::Signed => {
                r#"<path d="M1.5 11.5c3-8 5-8 4.5-4s1 5 3 1 2.5-1 2 1 1.5 1.5 3.5 0" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M2 14.5h12" stroke="currentColor" stroke-width="1.4"/>"#
            }
            Self::Waiting => r#"<path d="M4 2h8M4 14h8M5 2v3l3 3-3 3v3M11 2v3l-3 3 3 3v3" stroke="currentColor" stroke-width="1.5" fill="none"/>"#,
        }
    }

    /// The mark alone, coloured; whoever prints it says the word beside it or as a label.
    pub fn mark(self, size_px: u32) -> Markup {
        Markup(format!(
            r#"<svg class="c-{}" width="{size_px}" height="{size_px}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>"#,
            self.colour(),
            self.drawing()
        ))
    }
}

/// The key of the brand.
pub const BRAND: &str = r#"<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><circle cx="6.5" cy="10" r="4.4" fill="none" stroke="currentColor" stroke-width="2.4"/><path d="M11 10h8M15.5 10v4" stroke="currentColor" stroke-width="2.4"/></svg>"#;

impl Words {
    /// Mark and word.
    pub fn sign(&self, sign: impl Given<Sign>) -> Markup {
        let sign = sign.given();
        Markup(format!(r#"<span class="st c-{}" data-state="{}">{}{}</span>"#, sign.colour(), sign.key(), sign.mark(14), self.escaped(&sign.word(self.lang))))
    }

    /// The word alone.
    pub fn sign_word(&self, sign: impl Given<Sign>) -> String {
        sign.given().word(self.lang)
    }

    /// The mark alone.
    pub fn mark(&self, sign: impl Given<Sign>) -> Markup {
        sign.given().mark(14)
    }

    /// The brand's key.
    pub fn brand(&self) -> Markup {
        Markup(BRAND.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_has_its_own_key_a_drawing_and_a_word_in_both_languages() {
        for sign in ALL {
            assert_eq!(Sign::from_key(sign.key()), Some(sign));
            assert!(sign.mark(14).0.contains("stroke"), "{sign:?}");
            for lang in [Lang::Zh, Lang::En] {
                let word = sign.word(lang);
                assert!(!word.is_empty() && !word.starts_with("console-"), "{sign:?} has no word");
            }
        }
        // Overdue and due soon share a mark and differ in word; every other drawing is its own.
        let distinct: std::collections::BTreeSet<_> = ALL.iter().map(|s| s.drawing()).collect();
        assert_eq!(distinct.len(), ALL.len() - 1);
    }
}
