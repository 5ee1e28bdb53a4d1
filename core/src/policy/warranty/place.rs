//! Repeated repairs of one place: the same defect of the same element in the same cell of the plan (S2-59, C-31).

use super::WarrantyData;
use crate::{model::Id, model::value::Pin, policy::deadline::WarrantyRules};
use serde::Serialize;
use std::fmt;

/// A place and what fails there. Two snags with equal keys are the same trouble come back, whoever recorded them and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceKey {
    unit: Id,
    room: String,
    element: String,
    defect: String,
    cell: Option<(u32, u32)>,
}

impl PlaceKey {
    /// The key; a snag without a pin is the whole room's.
    pub fn new(unit: Id, room: &str, element: &str, defect: &str, pin: Option<&Pin>) -> Self {
        let side = WarrantyData::builtin().pin_cell_ppm.value;
        let cell = pin.map(|pin| (pin.x_ppm / side, pin.y_ppm / side));
        Self { unit, room: room.to_owned(), element: element.to_owned(), defect: defect.to_owned(), cell }
    }

    /// Whether both are one place: equal, or one of them without a pin.
    pub fn same_place(&self, other: &Self) -> bool {
        let both = self.cell.is_none() || other.cell.is_none() || self.cell == other.cell;
        both && (self.unit, &self.room, &self.element, &self.defect) == (other.unit, &other.room, &other.element, &other.defect)
    }
}

impl fmt::Display for PlaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.unit, self.room, self.element, self.defect)?;
        match self.cell {
            Some((x, y)) => write!(f, "/{x}-{y}"),
            None => Ok(()),
        }
    }
}

/// What a repeated repair asks for. Never a legal conclusion: somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatAlert {
    /// Nothing.
    None,
    /// The manager is warned.
    Warn,
    /// Legal is told.
    Escalate,
}

/// What the `rework`th repeated repair of one place asks for, under the profile and its overlay (C-31).
pub fn repeat_alert(rules: &WarrantyRules, overlay: Option<&str>, component: Option<&str>, rework: u32) -> RepeatAlert {
    let overlay = overlay.unwrap_or(&rules.overlay.value);
    let own = WarrantyData::builtin().overlays_of(overlay).flat_map(|o| &o.escalate_at).filter(|e| Some(e.component.as_str()) == component);
    let escalate_at = own.map(|e| e.rework).chain([rules.rework.value.escalate_at]).min().unwrap_or(rules.rework.value.escalate_at);
    match rework {
        0 => RepeatAlert::None,
        n if n >= escalate_at => RepeatAlert::Escalate,
        n if n >= rules.rework.value.warn_at => RepeatAlert::Warn,
        _ => RepeatAlert::None,
    }
}
