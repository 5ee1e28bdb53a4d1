//! Values of a profile as a person reads them, on a terminal and on a page.

use serde_json::Value;

/// A value in one line.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join("、"),
        Value::Object(map) => {
            map.iter().filter(|(name, _)| *name != "origin").map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join("  ")
        }
        other => other.to_string(),
    }
}
