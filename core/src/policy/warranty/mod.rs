//! Warranty: how long the contractor and the developer answer for a component (law: A).

use super::deadline::{Fault, WarrantyRules};

/// What is wrong in a profile's settings.
pub(in crate::policy) fn faults(rules: &WarrantyRules) -> Vec<Fault> {
    let rework = rules.rework.value;
    let mut faults = Vec::new();
    if rework.warn_at == 0 || rework.escalate_at < rework.warn_at {
        faults.push(Fault { key: "warranty.rework".to_owned(), problem: "policy-bad-limit" });
    }
    faults
}
