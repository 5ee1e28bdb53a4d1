//! The contract's terms against what was found (S0-13).

use super::{
    Milli,
    taxonomy::{ContractField, TermKind},
};
use serde::{Deserialize, Serialize};

/// What the comparison gives. A person decides what follows; a difference needs a snag or a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// As agreed.
    Same,
    /// Not as agreed. For a number, found minus agreed.
    Differs {
        /// The difference of two numbers, in the field's unit.
        by: Option<Milli>,
    },
    /// A number field holds no number, or one side is empty: nothing to compare.
    NotComparable,
}

/// Compares a term with what was found. Words are the same when they differ only in width, case, spaces and the sign of multiplication.
pub fn compare(field: &ContractField, agreed: &str, found: &str) -> Comparison {
    let (agreed, found) = (plain(agreed), plain(found));
    if agreed.is_empty() || found.is_empty() {
        return Comparison::NotComparable;
    }
    match field.kind {
        TermKind::Text if agreed == found => Comparison::Same,
        TermKind::Text => Comparison::Differs { by: None },
        TermKind::Number => match (agreed.parse::<Milli>(), found.parse::<Milli>()) {
            (Ok(agreed), Ok(found)) if agreed == found => Comparison::Same,
            (Ok(agreed), Ok(found)) => Comparison::Differs { by: Some(Milli(found.0 - agreed.0)) },
            _ => Comparison::NotComparable,
        },
    }
}

/// Half-width, lower case, without spaces, with one sign of multiplication.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        })
        .map(|c| if matches!(c, '*' | '×' | 'x' | 'X') { '×' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Profile;

    #[test]
    fn contract_terms_are_compared_with_what_was_found() {
        // S0-13
        let fields = &Profile::builtin().taxonomy.contract_fields;
        let tile = fields.get("living_floor_tile").unwrap();
        assert_eq!(compare(tile, "800 × 800 通体砖", "８００x800通体砖"), Comparison::Same);
        assert_eq!(compare(tile, "800 × 800 通体砖", "600×600 通体砖"), Comparison::Differs { by: None });
        assert_eq!(compare(tile, "800 × 800 通体砖", " "), Comparison::NotComparable);
        let height = fields.get("clear_height").unwrap();
        assert_eq!(compare(height, "2.70", "2.7"), Comparison::Same);
        assert_eq!(compare(height, "2.70", "2.685"), Comparison::Differs { by: Some(Milli(-15)) });
        assert_eq!(compare(height, "2.70", "约2.7"), Comparison::NotComparable);
    }
}
