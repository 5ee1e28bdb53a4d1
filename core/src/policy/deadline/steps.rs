//! How a due date came about, in words: "3 working days from Thu 24 Sep 2026; 25–27 Sep Mid-Autumn Festival; …".

use super::Unit;
use crate::{
    model::UtcMs,
    policy::calendar::{Calendar, DayNumber},
    words::{Lang, tr},
};
use chrono::{Datelike, NaiveDate, Timelike};

/// More days than this are told as a number and not one by one.
const TELL_DAYS_MAX: usize = 62;

/// One step of the count. Days are numbers of the calendar that counted them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So much was counted from here; a start day does not count.
    Counted {
        /// How much.
        value: u32,
        /// Of what.
        unit: Unit,
        /// From when.
        from: UtcMs,
    },
    /// Days off in a row.
    Off {
        /// First.
        from: DayNumber,
        /// Last.
        to: DayNumber,
    },
    /// Days off over a long time, as a number.
    OffMany {
        /// How many.
        days: usize,
    },
    /// Days without service in a row.
    Closed {
        /// First.
        from: DayNumber,
        /// Last.
        to: DayNumber,
    },
    /// A weekend day that is worked.
    MadeUp {
        /// The day.
        day: DayNumber,
    },
    /// The clock stood still.
    Paused {
        /// From when.
        from: UtcMs,
        /// To when.
        to: UtcMs,
    },
    /// Days wholly inside a pause, not counted.
    PausedDays {
        /// First.
        from: DayNumber,
        /// Last.
        to: DayNumber,
    },
    /// A pause that covers no whole day and so adds none.
    PausedPart {
        /// From when.
        from: UtcMs,
        /// To when.
        to: UtcMs,
    },
    /// The month has no such day; it ends on its last (law: F-202).
    MonthEnd {
        /// Its last day.
        day: NaiveDate,
        /// The number of the day that it has not.
        wanted: u32,
    },
    /// The last day is one of rest and moves (law: F-203).
    Rolled {
        /// From here.
        from: DayNumber,
        /// To here.
        to: DayNumber,
    },
    /// Due at an instant.
    DueAt {
        /// The instant.
        at: UtcMs,
    },
    /// Due at the end of a day.
    Ends {
        /// The instant.
        at: UtcMs,
        /// The day.
        day: DayNumber,
    },
    /// Due when service closes on a day.
    Closes {
        /// The instant.
        at: UtcMs,
        /// The day.
        day: DayNumber,
    },
    /// A notice for one of these days is not there yet.
    Provisional {
        /// First day that matters.
        from: DayNumber,
        /// Last.
        to: DayNumber,
    },
}

/// Lists the days off between two days, both included, and the weekend days that are worked.
pub(super) fn rest_days(calendar: &Calendar, from: DayNumber, to: DayNumber, steps: &mut Vec<Step>) {
    if to < from {
        return;
    }
    if to - from >= TELL_DAYS_MAX {
        let days = to + 1 - from - calendar.worked(from, to + 1) as usize;
        steps.push(Step::OffMany { days });
        return;
    }
    runs(from, to, |day| calendar.rests(day), |from, to| Step::Off { from, to }, |day| calendar.made_up(day), steps);
}

/// Lists the days without service between two days.
pub(super) fn closed_days(calendar: &Calendar, from: DayNumber, to: DayNumber, steps: &mut Vec<Step>) {
    if to - from >= TELL_DAYS_MAX {
        let days = (from..=to).filter(|day| calendar.closes(*day).is_none()).count();
        steps.push(Step::OffMany { days });
        return;
    }
    runs(from, to, |day| calendar.closes(day).is_none(), |from, to| Step::Closed { from, to }, |day| calendar.made_up(day), steps);
}

fn runs(
    from: DayNumber,
    to: DayNumber,
    off: impl Fn(DayNumber) -> bool,
    step: impl Fn(DayNumber, DayNumber) -> Step,
    made_up: impl Fn(DayNumber) -> bool,
    steps: &mut Vec<Step>,
) {
    let mut begin = None;
    for day in from..=to {
        match (off(day), begin) {
            (true, None) => begin = Some(day),
            (false, Some(first)) => {
                steps.push(step(first, day - 1));
                begin = None;
            }
            _ => {}
        }
        if made_up(day) {
            steps.push(Step::MadeUp { day });
        }
    }
    if let Some(first) = begin {
        steps.push(step(first, to));
    }
}

impl Step {
    /// The step in words.
    pub fn told(&self, calendar: &Calendar, lang: Lang) -> String {
        let say = |key: &str, args: &[(&str, String)]| tr(lang, key, args);
        let instant = |at: UtcMs| instant_words(calendar, at, lang);
        let days = |from: DayNumber, to: DayNumber| days_words(calendar.day(from), calendar.day(to), lang);
        match *self {
            Self::Counted { value, unit, from } => {
                let counted = matches!(unit, Unit::ElapsedHour | Unit::ServiceHour);
                let local = from.to_utc().with_timezone(&calendar.zone());
                let from = if counted { instant(from) } else { day_words(local.date_naive(), lang, true) };
                let number = if value == 1 { "one" } else { "many" };
                say(&format!("deadline-step-{}-{number}", unit.name()), &[("value", value.to_string()), ("from", from)])
            }
            Self::Off { from, to } => {
                let names = names(calendar, from, to, lang);
                let key = if names.is_empty() { "deadline-step-weekend" } else { "deadline-step-off" };
                say(key, &[("days", days(from, to)), ("names", names)])
            }
            Self::OffMany { days } => say("deadline-step-off-many", &[("count", days.to_string())]),
            Self::Closed { from, to } => {
                let names = names(calendar, from, to, lang);
                let key = if names.is_empty() { "deadline-step-closed" } else { "deadline-step-closed-for" };
                say(key, &[("days", days(from, to)), ("names", names)])
            }
            Self::MadeUp { day } => say("deadline-step-made-up", &[("day", days(day, day)), ("names", names(calendar, day, day, lang))]),
            Self::Paused { from, to } => {
                let minutes = (to.0 - from.0) / 60_000;
                let length = format!("{}:{:02}", minutes / 60, minutes % 60);
                say("deadline-step-paused", &[("from", instant(from)), ("to", instant(to)), ("length", length)])
            }
            Self::PausedDays { from, to } => {
                let count = (to + 1 - from).to_string();
                say("deadline-step-paused-days", &[("days", days(from, to)), ("count", count)])
            }
            Self::PausedPart { from, to } => say("deadline-step-paused-part", &[("from", instant(from)), ("to", instant(to))]),
            Self::MonthEnd { day, wanted } => say("deadline-step-month-end", &[("day", day_words(day, lang, false)), ("wanted", wanted.to_string())]),
            Self::Rolled { from, to } => say("deadline-step-rolled", &[("from", days(from, from)), ("to", days(to, to))]),
            Self::DueAt { at } => say("deadline-step-due", &[("at", instant(at))]),
            Self::Ends { at, day } => {
                let whole = calendar.begins(day + 1) == at;
                let at = if whole { "24:00".to_owned() } else { instant(at) };
                say("deadline-step-ends", &[("day", day_words(calendar.day(day), lang, true)), ("at", at)])
            }
            Self::Closes { at, day } => {
                let local = at.to_utc().with_timezone(&calendar.zone());
                let at = format!("{:02}:{:02}", local.hour(), local.minute());
                say("deadline-step-closes", &[("day", day_words(calendar.day(day), lang, true)), ("at", at)])
            }
            Self::Provisional { from, to } => {
                let unsure: Vec<String> =
                    (from..=to).map(|n| (n, calendar.day(n).year())).filter(|(n, _)| calendar.unsure(*n, *n)).map(|(_, y)| y.to_string()).collect();
                let mut years = unsure;
                years.dedup();
                say("deadline-step-provisional", &[("years", years.join(", "))])
            }
        }
    }
}

/// All steps in one line.
pub fn steps_told(steps: &[Step], calendar: &Calendar, lang: Lang) -> String {
    let told: Vec<String> = steps.iter().map(|step| step.told(calendar, lang)).collect();
    told.join(match lang {
        Lang::Zh => "；",
        Lang::En => "; ",
    })
}

fn names(calendar: &Calendar, from: DayNumber, to: DayNumber, lang: Lang) -> String {
    let mut names: Vec<&str> = (from..=to).filter_map(|day| calendar.name(day, lang)).collect();
    names.dedup();
    names.join(match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    })
}

const WEEKDAYS: [[&str; 7]; 2] = [["周一", "周二", "周三", "周四", "周五", "周六", "周日"], ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A day with its weekday: `Thu 24 Sep 2026`, `2026年9月24日周四`.
fn day_words(day: NaiveDate, lang: Lang, year: bool) -> String {
    let weekday = day.weekday().num_days_from_monday() as usize;
    match lang {
        Lang::Zh => {
            let year = if year { format!("{}年", day.year()) } else { String::new() };
            format!("{year}{}月{}日{}", day.month(), day.day(), WEEKDAYS[0][weekday])
        }
        Lang::En => {
            let year = if year { format!(" {}", day.year()) } else { String::new() };
            format!("{} {} {}{year}", WEEKDAYS[1][weekday], day.day(), MONTHS[day.month0() as usize])
        }
    }
}

/// Days in a row: `25–27 Sep`, `28 Sep–4 Oct`, `9月25日至27日`.
fn days_words(from: NaiveDate, to: NaiveDate, lang: Lang) -> String {
    if from == to {
        return day_words(from, lang, false);
    }
    let month = from.month() == to.month() && from.year() == to.year();
    match (lang, month) {
        (Lang::Zh, true) => format!("{}月{}日至{}日", from.month(), from.day(), to.day()),
        (Lang::Zh, false) => format!("{}月{}日至{}月{}日", from.month(), from.day(), to.month(), to.day()),
        (Lang::En, true) => format!("{}–{} {}", from.day(), to.day(), MONTHS[to.month0() as usize]),
        (Lang::En, false) => format!("{} {}–{} {}", from.day(), MONTHS[from.month0() as usize], to.day(), MONTHS[to.month0() as usize]),
    }
}

fn instant_words(calendar: &Calendar, at: UtcMs, lang: Lang) -> String {
    let local = at.to_utc().with_timezone(&calendar.zone());
    format!("{} {:02}:{:02}", day_words(local.date_naive(), lang, true), local.hour(), local.minute())
}
