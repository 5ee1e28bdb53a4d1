//! Counting: from a row, a start and the pauses to the instant that is due (law: F-200 to F-204).

use super::{DayEnd, DeadlineError, DeadlineRow, DeadlineRules, Roll, Step, Terms, Unit, steps};
use crate::{
    model::UtcMs,
    policy::calendar::{Calendar, DayNumber},
};
use chrono::{Datelike, Months, NaiveDate};

const HOUR_MS: i64 = 3_600_000;

/// A time in which the clock stood still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// From this instant.
    pub from: UtcMs,
    /// To this one; a pause without an end leaves nothing to be told.
    pub to: Option<UtcMs>,
    /// The state it was, an id of [`Terms::states`]; counts where the row names it. None: it counts for every row.
    pub state: Option<String>,
}

/// What is asked: when is this due?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The milestone.
    pub milestone: &'a str,
    /// The case's severity.
    pub severity: Option<&'a str>,
    /// Its urgency.
    pub urgency: Option<&'a str>,
    /// The kind of work.
    pub work: Option<&'a str>,
    /// When the clock started.
    pub start: UtcMs,
    /// When it stood still; in any order, also one over another.
    pub pauses: &'a [Pause],
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Due<'a> {
    /// The row that holds.
    pub row: &'a DeadlineRow,
    /// Its number.
    pub value: u32,
    /// The instant: an act after it is late.
    pub at: UtcMs,
    /// The last day, where days are counted.
    pub last_day: Option<NaiveDate>,
    /// A holiday notice that is not there yet may move it.
    pub provisional: bool,
    /// How it came about.
    pub steps: Vec<Step>,
}

impl DeadlineRules {
    /// When a milestone of a case is due.
    ///
    /// # Errors
    /// With the place that is wrong: an id that is not known, a pause that cannot be, an instant outside the tables, a limit
    /// that the profile does not have or has no number for.
    pub fn due(&self, calendar: &Calendar, question: &Question<'_>) -> Result<Due<'_>, DeadlineError> {
        let row = self.asked(question)?;
        self.due_of(row, calendar, question.start, question.pauses)
    }

    /// The row that answers a question.
    fn asked(&self, question: &Question<'_>) -> Result<&DeadlineRow, DeadlineError> {
        if let Some(row) = self.row(question.milestone, question.severity, question.urgency, question.work) {
            known(question)?;
            return Ok(row);
        }
        known(question)?;
        let asked = self.choices(question.milestone);
        Err(DeadlineError::NoRow { milestone: question.milestone.to_owned(), asked })
    }

    /// By what the rows of a milestone choose, for a refusal: `work: single_trade, multi_trade`.
    fn choices(&self, milestone: &str) -> String {
        let rows: Vec<&DeadlineRow> = self.rows.iter().filter(|r| r.milestone == milestone).collect();
        type Axis = fn(&DeadlineRow) -> &super::Applies;
        let axes: [(&str, Axis); 3] = [("severity", |r| &r.severity), ("urgency", |r| &r.urgency), ("work", |r| &r.work)];
        let told = axes.iter().filter_map(|(name, axis)| {
            let mut ids: Vec<&str> = rows.iter().flat_map(|r| axis(r).ids()).map(String::as_str).collect();
            ids.sort_unstable();
            ids.dedup();
            (!ids.is_empty()).then(|| format!("{name}: {}", ids.join(", ")))
        });
        told.collect::<Vec<_>>().join("; ")
    }

    /// When a row's limit is due for a clock that started at `start`.
    ///
    /// # Errors
    /// As [`Self::due`].
    pub fn due_of<'a>(&'a self, row: &'a DeadlineRow, calendar: &Calendar, start: UtcMs, pauses: &[Pause]) -> Result<Due<'a>, DeadlineError> {
        let value = row.value.ok_or_else(|| DeadlineError::Unset { milestone: row.milestone.clone() })?;
        let first = calendar.day_of(start).ok_or_else(|| outside(calendar, "start", start))?;
        let stops = Stops::of(row, calendar, pauses)?;
        let mut count = Count { calendar, rules: self, start, first, stops: &stops, steps: Vec::with_capacity(4) };
        count.steps.push(Step::Counted { value, unit: row.unit, from: start });
        let (at, last, provisional) = match row.unit {
            Unit::ElapsedHour => count.elapsed(value)?,
            Unit::ServiceHour => count.service(value)?,
            Unit::WorkingDay | Unit::CalendarDay | Unit::Month => count.days(value, row.unit)?,
        };
        if provisional {
            count.steps.push(Step::Provisional { from: first, to: last.unwrap_or(first) });
        }
        let steps = count.steps;
        Ok(Due { row, value, at, last_day: last.map(|n| calendar.day(n)), provisional, steps })
    }

    /// The severity that a case has come to by its age (S2-28): that of the first limit with `then_severity` that it has passed.
    ///
    /// # Errors
    /// As [`Self::due`].
    pub fn escalated(&self, calendar: &Calendar, case: &Question<'_>, now: UtcMs) -> Result<Option<(&str, Due<'_>)>, DeadlineError> {
        for row in &self.rows {
            let Some(severity) = row.then_severity.as_deref() else { continue };
            if self.row(&row.milestone, case.severity, case.urgency, case.work) != Some(row) {
                continue;
            }
            let due = self.due_of(row, calendar, case.start, case.pauses)?;
            if now > due.at {
                return Ok(Some((severity, due)));
            }
        }
        Ok(None)
    }
}

fn known(question: &Question<'_>) -> Result<(), DeadlineError> {
    let terms = Terms::builtin();
    let unknown = |place: &str, id: &str| Err(DeadlineError::Unknown { place: place.to_owned(), id: id.to_owned() });
    if !terms.milestones.has(question.milestone) {
        return unknown("milestone", question.milestone);
    }
    for (place, id, list) in
        [("severity", question.severity, &terms.severities), ("urgency", question.urgency, &terms.urgencies), ("work", question.work, &terms.works)]
    {
        if let Some(id) = id.filter(|id| !list.has(id)) {
            return unknown(place, id);
        }
    }
    Ok(())
}

fn outside(calendar: &Calendar, place: impl Into<String>, at: UtcMs) -> DeadlineError {
    DeadlineError::Year { place: place.into(), year: at.to_utc().with_timezone(&calendar.zone()).year() }
}

/// The pauses that count, in order, apart and not touching.
struct Stops(Vec<(i64, i64)>);

impl Stops {
    fn of(row: &DeadlineRow, calendar: &Calendar, pauses: &[Pause]) -> Result<Self, DeadlineError> {
        let mut stops = Vec::with_capacity(pauses.len());
        for (at, pause) in pauses.iter().enumerate() {
            let place = || format!("pauses[{at}]");
            let to = pause.to.ok_or_else(|| DeadlineError::PauseOpen { place: place() })?;
            if to < pause.from {
                return Err(DeadlineError::PauseReversed { place: place() });
            }
            for (end, instant) in [("from", pause.from), ("to", to)] {
                if calendar.day_of(instant).is_none() {
                    return Err(outside(calendar, format!("{}.{end}", place()), instant));
                }
            }
            if let Some(state) = &pause.state {
                if !Terms::builtin().states.has(state) {
                    return Err(DeadlineError::Unknown { place: format!("{}.state", place()), id: state.clone() });
                }
                if !row.pauses.contains(state) {
                    continue;
                }
            }
            if pause.from < to {
                stops.push((pause.from.0, to.0));
            }
        }
        stops.sort_unstable();
        stops.dedup_by(|later, earlier| {
            let joins = later.0 <= earlier.1;
            if joins {
                earlier.1 = earlier.1.max(later.1);
            }
            joins
        });
        Ok(Self(stops))
    }

    /// Days that lie wholly inside a pause, as ranges with an open end.
    fn days<'a>(&'a self, calendar: &'a Calendar) -> impl Iterator<Item = (DayNumber, DayNumber)> + 'a {
        self.0.iter().filter_map(|(from, to)| {
            let day = calendar.day_of(UtcMs(*from))?;
            let first = if calendar.begins(day).0 == *from { day } else { day + 1 };
            let end = calendar.day_of(UtcMs(*to))?;
            (first < end).then_some((first, end))
        })
    }
}

/// Instant, last day, provisional.
type Counted = (UtcMs, Option<DayNumber>, bool);

struct Count<'a> {
    calendar: &'a Calendar,
    rules: &'a DeadlineRules,
    start: UtcMs,
    first: DayNumber,
    stops: &'a Stops,
    steps: Vec<Step>,
}

impl Count<'_> {
    fn elapsed(&mut self, value: u32) -> Result<Counted, DeadlineError> {
        let mut at = self.start.0;
        let mut left = i64::from(value) * HOUR_MS;
        for (from, to) in self.stops.0.iter().filter(|(_, to)| *to > self.start.0) {
            let from = (*from).max(at);
            if left <= from - at {
                break;
            }
            left -= from - at;
            at = *to;
            self.steps.push(Step::Paused { from: UtcMs(from), to: UtcMs(*to) });
        }
        let due = UtcMs(at + left);
        self.calendar.day_of(due).ok_or_else(|| outside(self.calendar, "due", due))?;
        self.steps.push(Step::DueAt { at: due });
        Ok((due, None, false))
    }

    fn service(&mut self, value: u32) -> Result<Counted, DeadlineError> {
        if !self.calendar.has_service() {
            return Err(DeadlineError::NoService);
        }
        let past = || DeadlineError::Year { place: "due".to_owned(), year: crate::policy::calendar::LAST_YEAR + 1 };
        let mut at = self.calendar.served(self.start).ok_or_else(past)?;
        let mut left = i64::from(value) * HOUR_MS;
        for (from, to) in self.stops.0.iter().filter(|(_, to)| *to > self.start.0) {
            let from = (*from).max(self.start.0);
            let before = self.calendar.served(UtcMs(from)).ok_or_else(past)?;
            if left <= before - at {
                break;
            }
            left -= before - at;
            at = self.calendar.served(UtcMs(*to)).ok_or_else(past)?;
            self.steps.push(Step::Paused { from: UtcMs(from), to: UtcMs(*to) });
        }
        let due = self.calendar.when_served(at + left).ok_or_else(past)?;
        let last = self.calendar.day_of(due).ok_or_else(past)?;
        steps::closed_days(self.calendar, self.first, last, &mut self.steps);
        self.steps.push(Step::DueAt { at: due });
        Ok((due, Some(last), self.calendar.unsure(self.first, last)))
    }

    fn days(&mut self, value: u32, unit: Unit) -> Result<Counted, DeadlineError> {
        let past = || DeadlineError::Year { place: "due".to_owned(), year: crate::policy::calendar::LAST_YEAR + 1 };
        let working = unit == Unit::WorkingDay;
        let number = if unit == Unit::Month {
            let day = self.calendar.day(self.first);
            let end = day.checked_add_months(Months::new(value)).ok_or_else(past)?;
            if end.day() < day.day() {
                self.steps.push(Step::MonthEnd { day: end, wanted: day.day() });
            }
            u32::try_from((end - day).num_days()).map_err(|_| past())?
        } else {
            value
        };
        let mut last = self.nth(number, working).filter(|n| *n < self.calendar.len()).ok_or_else(past)?;
        if working {
            steps::rest_days(self.calendar, self.first + 1, last, &mut self.steps);
        }
        let counted = last;
        let rolls = !working && self.rules.calendar.roll.value == Roll::NextWorkingDay;
        if rolls && self.calendar.rests(last) {
            last = self.next_open(last).ok_or_else(past)?;
        }
        self.tell_pauses(last);
        if last != counted {
            self.steps.push(Step::Rolled { from: counted, to: last });
            steps::rest_days(self.calendar, counted, last, &mut self.steps);
        }
        let midnight = self.calendar.begins(last + 1);
        let closes = match self.rules.calendar.day_end.value {
            DayEnd::Midnight => None,
            DayEnd::ServiceClose => self.calendar.closes(last),
        };
        self.steps.push(match closes {
            Some(at) => Step::Closes { at, day: last },
            None => Step::Ends { at: midnight, day: last },
        });
        // Which days were asked for what the notices say of them.
        let provisional = match (working, rolls) {
            (true, _) => self.calendar.unsure(self.first + 1, last),
            (false, true) => self.calendar.unsure(counted, last),
            (false, false) => closes.is_some() && self.calendar.unsure(last, last),
        };
        Ok((closes.unwrap_or(midnight), Some(last), provisional))
    }

    /// The `number`th day after the start day that counts: not wholly paused and, where working days are counted, worked.
    fn nth(&self, number: u32, working: bool) -> Option<DayNumber> {
        let mut from = self.first + 1;
        let mut left = number;
        for (stop, go) in self.stops.days(self.calendar) {
            if go <= from {
                continue;
            }
            let stop = stop.max(from);
            let here = if working { self.calendar.worked(from, stop) } else { u32::try_from(stop - from).ok()? };
            if left <= here {
                break;
            }
            left -= here;
            from = go;
        }
        if working { self.calendar.nth_worked(from, left) } else { (from + left as usize).checked_sub(1) }
    }

    /// The first worked day from a day on that is not wholly paused.
    fn next_open(&self, day: DayNumber) -> Option<DayNumber> {
        let mut day = self.calendar.nth_worked(day, 1)?;
        for (stop, go) in self.stops.days(self.calendar) {
            if (stop..go).contains(&day) {
                day = self.calendar.nth_worked(go, 1)?;
            }
        }
        Some(day)
    }

    /// Which pauses between start and end took whole days, and which took none.
    fn tell_pauses(&mut self, last: DayNumber) {
        let end = self.calendar.begins(last + 1).0;
        for (from, to) in self.stops.0.iter().filter(|(from, to)| *to > self.start.0 && *from < end) {
            let whole = Stops(vec![(*from, *to)]).days(self.calendar).next().map(|(stop, go)| (stop.max(self.first + 1), go)).filter(|(stop, go)| stop < go);
            self.steps.push(match whole {
                Some((stop, go)) => Step::PausedDays { from: stop, to: go - 1 },
                None => Step::PausedPart { from: UtcMs(*from), to: UtcMs(*to) },
            });
        }
    }
}
