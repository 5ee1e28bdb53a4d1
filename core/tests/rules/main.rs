//! Deadlines, calendar and warranty through the public way in, against cases computed by hand and against naive walks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calendar;
mod cases;
mod clocks;
mod moved;
mod properties;
mod refusals;
mod warranty;

use chrono::DateTime;
use keyturn_core::{
    model::UtcMs,
    policy::{
        Profile,
        calendar::{Calendar, Notices},
        deadline::{CalendarRules, DeadlineRow, DeadlineRules, Pause},
    },
};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

const ZONE: chrono_tz::Tz = chrono_tz::Asia::Shanghai;

/// What a variant says in place of, or beside, `cn-default`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    #[serde(default)]
    deadline: Vec<DeadlineRow>,
    calendar: Option<CalendarRules>,
}

/// The rules of `cn-default`.
fn default_rules() -> DeadlineRules {
    Profile::builtin().deadlines.clone()
}

/// `cn-default` with what a variant changes; `default` changes nothing.
fn rules(name: &str) -> DeadlineRules {
    let mut rules = default_rules();
    if name != "default" {
        let mut variants: BTreeMap<String, Variant> = toml::from_str(include_str!("variants.toml")).unwrap();
        let variant = variants.remove(name).unwrap_or_else(|| panic!("no variant {name}"));
        let replaced = |row: &DeadlineRow| variant.deadline.iter().any(|new| new.milestone == row.milestone);
        rules.rows.retain(|row| !replaced(row));
        rules.rows.extend(variant.deadline);
        rules.calendar = variant.calendar.unwrap_or(rules.calendar);
    }
    rules
}

fn calendar_of(rules: &DeadlineRules) -> Arc<Calendar> {
    Calendar::shared(&rules.calendar, ZONE, Notices::shipped())
}

/// An instant written with its offset.
fn at(text: &str) -> UtcMs {
    UtcMs(DateTime::parse_from_rfc3339(text).unwrap_or_else(|e| panic!("{text}: {e}")).timestamp_millis())
}

/// Local time in the project's zone: `2026-03-02 10:00`.
fn local(text: &str) -> UtcMs {
    at(&format!("{}:00+08:00", text.replace(' ', "T")))
}

fn pause(from: UtcMs, to: UtcMs) -> Pause {
    Pause { from, to: Some(to), state: None }
}
