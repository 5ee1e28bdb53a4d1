//! What holds for every start and every pause.

use super::{ZONE, calendar_of, local, rules};
use chrono::{Datelike, Days, NaiveDate, TimeZone, Weekday};
use keyturn_core::{
    model::UtcMs,
    policy::{
        calendar::{Calendar, national},
        deadline::{DeadlineRow, DeadlineRules, Pause, Unit},
    },
};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

static SERVICE: LazyLock<(DeadlineRules, Arc<Calendar>)> = LazyLock::new(|| {
    let rules = rules("service");
    let calendar = calendar_of(&rules);
    (rules, calendar)
});

fn row(unit: Unit, value: u32) -> DeadlineRow {
    let text = format!("milestone = \"plan\"\nvalue = {value}\nunit = \"{}\"\nstart = \"intake\"\norigin = \"contract\"", unit.name());
    toml::from_str(&text).unwrap()
}

fn due(unit: Unit, value: u32, start: UtcMs, pauses: &[Pause]) -> UtcMs {
    SERVICE.0.due_of(&row(unit, value), &SERVICE.1, start, pauses).unwrap().at
}

/// Rest days as the notices have them, without the tables.
fn rests(day: NaiveDate) -> bool {
    let listed = national().get(&day.year()).and_then(|year| year.days.iter().find(|d| d.date == day)).map(|d| d.is_off_day);
    listed.unwrap_or(matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
}

fn units() -> impl Strategy<Value = (Unit, u32)> {
    prop_oneof![
        (1_u32..200).prop_map(|n| (Unit::ElapsedHour, n)),
        (1_u32..80).prop_map(|n| (Unit::ServiceHour, n)),
        (1_u32..60).prop_map(|n| (Unit::WorkingDay, n)),
        (1_u32..90).prop_map(|n| (Unit::CalendarDay, n)),
        (1_u32..14).prop_map(|n| (Unit::Month, n)),
    ]
}

fn days() -> impl Strategy<Value = (Unit, u32)> {
    units().prop_filter("days", |(unit, _)| matches!(unit, Unit::WorkingDay | Unit::CalendarDay | Unit::Month))
}

fn begin() -> i64 {
    local("2024-12-15 00:00").0
}

/// Some minute from December 2024 to March 2027.
fn starts() -> impl Strategy<Value = UtcMs> {
    (0_i64..830 * 1440).prop_map(|minute| UtcMs(begin() + minute * MINUTE))
}

/// Pauses from an hour to three weeks, half of them on midnights.
fn pauses(most: usize) -> impl Strategy<Value = Vec<Pause>> {
    let one = (0_i64..900, 0_i64..1440, 60_i64..30_000, any::<bool>()).prop_map(|(day, minute, minutes, whole)| {
        let from = begin() + day * DAY + if whole { 0 } else { minute * MINUTE };
        let length = if whole { (minutes / 1440 + 1) * DAY } else { minutes * MINUTE };
        Pause { from: UtcMs(from), to: Some(UtcMs(from + length)), state: None }
    });
    proptest::collection::vec(one, 0..most)
}

fn naive(unit: Unit, value: u32, start: UtcMs, pauses: &[Pause]) -> UtcMs {
    let first = ZONE.timestamp_millis_opt(start.0).unwrap().date_naive();
    let midnight = |day: NaiveDate| ZONE.from_local_datetime(&day.and_hms_opt(0, 0, 0).unwrap()).unwrap().timestamp_millis();
    // Minute by minute would do for the whole day; midnights of the pauses' union are enough.
    let paused = |day: NaiveDate| {
        let (mut at, end) = (midnight(day), midnight(day + Days::new(1)));
        while let Some(pause) = pauses.iter().find(|p| p.from.0 <= at && p.to.unwrap().0 > at) {
            at = pause.to.unwrap().0;
            if at >= end {
                return true;
            }
        }
        false
    };
    let mut left = match unit {
        Unit::Month => {
            let (mut year, mut month) = (first.year(), first.month0() + value);
            (year, month) = (year + (month / 12) as i32, month % 12 + 1);
            let end = (1..=first.day()).rev().find_map(|day| NaiveDate::from_ymd_opt(year, month, day)).unwrap();
            (end - first).num_days()
        }
        _ => i64::from(value),
    };
    let mut day = first;
    while left > 0 {
        day = day + Days::new(1);
        if !(paused(day) || (unit == Unit::WorkingDay && rests(day))) {
            left -= 1;
        }
    }
    if unit != Unit::WorkingDay && rests(day) {
        while rests(day) || paused(day) {
            day = day + Days::new(1);
        }
    }
    UtcMs(midnight(day + Days::new(1)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_count_of_days_is_what_a_walk_from_day_to_day_gives((unit, value) in days(), start in starts(), pauses in pauses(6)) {
        let rules = rules_plain();
        let row = row(unit, value);
        let got = rules.0.due_of(&row, &rules.1, start, &pauses).unwrap();
        prop_assert_eq!(got.at, naive(unit, value, start, &pauses));
        prop_assert_eq!(rules.1.day_of(UtcMs(got.at.0 - 1)).map(|n| rules.1.day(n)), got.last_day);
    }

    #[test]
    fn a_later_start_is_never_due_earlier((unit, value) in units(), start in starts(), later in 0_i64..60 * 1440, pauses in pauses(4)) {
        let later = UtcMs(start.0 + later * MINUTE);
        // Months are of unequal length: what is paused between two starts lengthens the earlier one alone (see below).
        let between = |p: &Pause| p.from < UtcMs(later.0 + DAY) && p.to.unwrap() > start;
        prop_assume!(unit != Unit::Month || !pauses.iter().any(between));
        prop_assert!(due(unit, value, start, &pauses) <= due(unit, value, later, &pauses));
    }

    #[test]
    fn more_pauses_are_never_due_earlier((unit, value) in units(), start in starts(), pauses in pauses(6), keep in any::<u8>()) {
        let fewer: Vec<Pause> = pauses.iter().enumerate().filter(|(at, _)| keep >> at & 1 == 1).map(|(_, p)| p.clone()).collect();
        prop_assert!(due(unit, value, start, &fewer) <= due(unit, value, start, &pauses));
    }

    #[test]
    fn the_order_of_pauses_says_nothing((unit, value) in units(), start in starts(), pauses in pauses(6)) {
        let back: Vec<Pause> = pauses.iter().rev().cloned().collect();
        prop_assert_eq!(due(unit, value, start, &pauses), due(unit, value, start, &back));
    }

    #[test]
    fn a_larger_limit_is_never_due_earlier((unit, value) in units(), start in starts(), pauses in pauses(4)) {
        prop_assert!(due(unit, value, start, &pauses) <= due(unit, value + 1, start, &pauses));
    }

    #[test]
    fn elapsed_hours_and_what_was_paused_of_them_add_up(value in 1_u32..200, start in starts(), pauses in pauses(5)) {
        let end = due(Unit::ElapsedHour, value, start, &pauses);
        // Each minute of the way is one of the clock or one of a pause.
        let ran = (start.0..end.0).step_by(MINUTE as usize).filter(|at| !pauses.iter().any(|p| p.from.0 <= *at && *at < p.to.unwrap().0)).count();
        prop_assert_eq!(ran as u32, value * 60);
    }

    #[test]
    fn no_number_makes_it_panic(start in any::<i64>(), from in any::<i64>(), to in any::<i64>(), value in 1_u32..100_000, (unit, _) in units()) {
        let pauses = [Pause { from: UtcMs(from), to: Some(UtcMs(to)), state: None }];
        let _ = SERVICE.0.due_of(&row(unit, value), &SERVICE.1, UtcMs(start), &pauses);
        let _ = SERVICE.0.due_of(&row(unit, value), &SERVICE.1, UtcMs(start), &[]);
        let near = UtcMs(start.rem_euclid(4_000_000_000_000));
        let _ = SERVICE.0.due_of(&row(unit, value), &SERVICE.1, near, &[]);
    }
}

fn rules_plain() -> &'static (DeadlineRules, Arc<Calendar>) {
    static PLAIN: LazyLock<(DeadlineRules, Arc<Calendar>)> = LazyLock::new(|| {
        let rules = rules("default");
        let calendar = calendar_of(&rules);
        (rules, calendar)
    });
    &PLAIN
}

/// The one exception to "never earlier for a later start", so that nobody takes it for an accident: Civil Code 202 gives months of
/// unequal length, so that the 28th to the 31st of January end together on 28 February, and a day paused between two starts lengthens the
/// earlier one alone.
#[test]
fn a_month_from_its_last_days_knows_only_the_pauses_after_its_start() {
    let pause = [super::pause(local("2025-01-30 00:00"), local("2025-01-31 00:00"))];
    assert_eq!(due(Unit::Month, 1, local("2025-01-28 10:00"), &pause), local("2025-03-03 18:00"));
    assert_eq!(due(Unit::Month, 1, local("2025-01-30 10:00"), &pause), local("2025-02-28 18:00"));
}
