//! A profile's calendar as tables: for each day whether it is worked, how many worked days and service hours came before it,
//! and the instant it begins. Built once, so that counting is a few look-ups whatever the limit's length.

use super::{FIRST_YEAR, LAST_YEAR, NATIONAL, Notices, Regions, is_weekend, years::Year};
use crate::{
    model::UtcMs,
    policy::deadline::{CalendarRules, Hours},
    words::Lang,
};
use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

const REST: u8 = 1;
const UNSURE: u8 = 2;

/// A day by its number in the tables; the first is 1 January of [`FIRST_YEAR`].
pub type DayNumber = usize;

/// Days counted as a profile says, in one zone.
#[derive(Debug)]
pub struct Calendar {
    zone: Tz,
    first: NaiveDate,
    flags: Vec<u8>,
    /// Worked days before each day; one longer than the days.
    worked_before: Vec<u32>,
    /// The day numbers of the worked days.
    worked: Vec<u32>,
    /// Days that may still change before each day; one longer than the days.
    unsure_before: Vec<u32>,
    /// The instant each day begins; one longer than the days.
    begins: Vec<i64>,
    /// Service time before each day, in milliseconds; one longer than the days.
    service_before: Vec<i64>,
    /// Service hours of each day, as an index into `kinds`.
    kind: Vec<u8>,
    kinds: Vec<Vec<Hours>>,
    names: BTreeMap<DayNumber, String>,
    notices: Arc<Notices>,
    /// The places whose notices are applied.
    places: Vec<String>,
}

impl Calendar {
    /// Builds the tables from the notices that are known. Regions that are not known are left out:
    /// [`crate::policy::deadline::DeadlineRules::faults`] names them.
    pub fn new(rules: &CalendarRules, zone: Tz, notices: &Arc<Notices>) -> Self {
        let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap_or_default();
        let count = NaiveDate::from_ymd_opt(LAST_YEAR + 1, 1, 1).map_or(0, |end| (end - first).num_days()) as usize;
        let mut days = Marks { first, rest: vec![false; count], listed: vec![None; count], sure: vec![true; count], names: BTreeMap::new() };
        let mut day = first;
        for number in 0..count {
            days.rest[number] = is_weekend(day);
            days.sure[number] = notices.year(NATIONAL, day.year()).is_some_and(Year::is_final);
            day = day.succ_opt().unwrap_or(day);
        }
        notices.years(NATIONAL).for_each(|year| days.apply(year));
        let regions: Vec<&String> = rules.regions.value.iter().filter(|region| Regions::builtin().has(region)).collect();
        for region in &regions {
            for year in FIRST_YEAR..=LAST_YEAR {
                if !notices.year(region, year).is_some_and(Year::is_final) {
                    days.unsure_year(year);
                }
            }
            notices.years(region).for_each(|year| days.apply(year));
        }
        let places = std::iter::once(NATIONAL.to_owned()).chain(regions.into_iter().cloned()).collect();
        let hours = &rules.service_hours.value;
        let mut kinds: Vec<Vec<Hours>> = hours.kinds().iter().map(|(_, h)| h.to_vec()).collect();
        let (off_kind, made_up, closed) = (7, 8, kinds.len() as u8);
        kinds.push(Vec::new());
        let mut kind: Vec<u8> = (0..count)
            .map(|number| match days.listed[number] {
                Some(true) => off_kind,
                Some(false) => made_up,
                None => ((first.weekday().num_days_from_monday() as usize + number) % 7) as u8,
            })
            .collect();
        for closure in &rules.closure {
            let mut day = closure.from;
            while day <= closure.to {
                if let Some(number) = days.number(day) {
                    kind[number] = closed;
                    days.names.insert(number, closure.zh.clone());
                    days.rest[number] |= closure.everybody;
                }
                let Some(next) = day.succ_opt() else { break };
                day = next;
            }
        }
        let flags: Vec<u8> = days.rest.iter().zip(&days.sure).map(|(rest, sure)| if *rest { REST } else { 0 } | if *sure { 0 } else { UNSURE }).collect();
        let begins = begins(zone, first, count);
        let mut this = Self {
            zone,
            first,
            worked_before: sums(count, |at| flags[at] & REST == 0),
            worked: (0..count as u32).filter(|at| flags[*at as usize] & REST == 0).collect(),
            unsure_before: sums(count, |at| flags[at] & UNSURE != 0),
            flags,
            begins,
            service_before: Vec::new(),
            kind,
            kinds,
            names: days.names,
            notices: Arc::clone(notices),
            places,
        };
        let mut total = 0;
        let mut service_before = Vec::with_capacity(count + 1);
        service_before.push(0);
        for number in 0..count {
            total += this.service(number).map(|(from, to)| to - from).sum::<i64>();
            service_before.push(total);
        }
        this.service_before = service_before;
        this
    }

    /// The same, built once for the same rules, zone and notices.
    pub fn shared(rules: &CalendarRules, zone: Tz, notices: &Arc<Notices>) -> Arc<Self> {
        type Kept = Vec<(CalendarRules, Tz, Arc<Calendar>)>;
        static KEPT: Mutex<Kept> = Mutex::new(Vec::new());
        /// More profiles than an office has in use; an older one is built again when it is asked for.
        const KEEP: usize = 32;
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, calendar)) = kept.iter().find(|(r, z, built)| *z == zone && built.notices.digest() == notices.digest() && r == rules) {
            return Arc::clone(calendar);
        }
        let calendar = Arc::new(Self::new(rules, zone, notices));
        if kept.len() >= KEEP {
            kept.remove(0);
        }
        kept.push((rules.clone(), zone, Arc::clone(&calendar)));
        calendar
    }

    /// The zone days are counted in.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The final notices for days between two, both included: what a count over them rests on.
    pub fn notices_for(&self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = &Year> {
        self.places.iter().flat_map(|place| self.notices.years(place)).filter(move |year| year.is_final() && year.touches(from, to))
    }

    /// How many days there are tables for.
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// Never: there are always tables.
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// The number of a day; `None` outside the tables.
    pub fn number(&self, day: NaiveDate) -> Option<DayNumber> {
        usize::try_from((day - self.first).num_days()).ok().filter(|n| *n < self.len())
    }

    /// The day of a number.
    pub fn day(&self, number: DayNumber) -> NaiveDate {
        self.first.checked_add_days(Days::new(number as u64)).unwrap_or(self.first)
    }

    /// The day in which an instant lies; `None` outside the tables.
    pub fn day_of(&self, at: UtcMs) -> Option<DayNumber> {
        let (Some(begin), Some(end)) = (self.begins.first(), self.begins.last()) else { return None };
        if at.0 < *begin || at.0 >= *end {
            return None;
        }
        // A day is an hour longer or shorter at most, so the guess is off by one at most.
        let mut guess = (((at.0 - begin) / DAY_MS) as usize).min(self.len() - 1);
        while self.begins[guess] > at.0 {
            guess -= 1;
        }
        while self.begins[guess + 1] <= at.0 {
            guess += 1;
        }
        Some(guess)
    }

    /// The instant a day begins, which is 24:00 of the one before; also for the day after the last one.
    pub fn begins(&self, number: DayNumber) -> UtcMs {
        UtcMs(self.begins.get(number).or(self.begins.last()).copied().unwrap_or_default())
    }

    /// Whether nobody has to work.
    pub fn rests(&self, number: DayNumber) -> bool {
        self.flags.get(number).is_some_and(|f| f & REST != 0)
    }

    /// The name of a holiday, a make-up day's holiday or a closure, in `lang`.
    pub fn name(&self, number: DayNumber, lang: Lang) -> Option<&str> {
        self.names.get(&number).map(|name| super::years::holiday_name(name, lang))
    }

    /// Whether a weekend day is worked by a notice.
    pub fn made_up(&self, number: DayNumber) -> bool {
        !self.rests(number) && is_weekend(self.day(number))
    }

    /// Worked days from one day to before another.
    pub fn worked(&self, from: DayNumber, before: DayNumber) -> u32 {
        let at = |n: usize| self.worked_before.get(n).or(self.worked_before.last()).copied().unwrap_or_default();
        at(before).saturating_sub(at(from))
    }

    /// The `n`th worked day from a day on, that day included, counting from 1; `None` past the tables.
    pub fn nth_worked(&self, from: DayNumber, n: u32) -> Option<DayNumber> {
        let before = *self.worked_before.get(from)?;
        self.worked.get(before.checked_add(n)?.checked_sub(1)? as usize).map(|number| *number as usize)
    }

    /// Whether a notice may still change one of these days, both included.
    pub fn unsure(&self, from: DayNumber, to: DayNumber) -> bool {
        let at = |n: usize| self.unsure_before.get(n).or(self.unsure_before.last()).copied().unwrap_or_default();
        at(to + 1) > at(from)
    }

    /// The service hours of a day as instants.
    pub fn service(&self, number: DayNumber) -> impl Iterator<Item = (i64, i64)> + '_ {
        let hours = self.kind.get(number).and_then(|kind| self.kinds.get(usize::from(*kind))).map_or(&[][..], Vec::as_slice);
        hours.iter().map(move |h| (self.minute(number, h.from_minute), self.minute(number, h.to_minute)))
    }

    /// When service closes on a day; `None` on a day without.
    pub fn closes(&self, number: DayNumber) -> Option<UtcMs> {
        self.service(number).last().map(|(_, to)| UtcMs(to))
    }

    /// Whether there is any service at all.
    pub fn has_service(&self) -> bool {
        self.service_before.last().is_some_and(|total| *total > 0)
    }

    /// Service time from the first day to an instant of the tables, in milliseconds.
    pub fn served(&self, at: UtcMs) -> Option<i64> {
        let number = match self.day_of(at) {
            Some(number) => number,
            None if self.begins.last() == Some(&at.0) => return self.service_before.last().copied(),
            None => return None,
        };
        let within: i64 = self.service(number).map(|(from, to)| (at.0.min(to) - from).max(0)).sum();
        Some(self.service_before.get(number)? + within)
    }

    /// The first instant at which so much service time has passed; `None` past the tables.
    pub fn when_served(&self, served: i64) -> Option<UtcMs> {
        let number = self.service_before.partition_point(|before| *before < served).checked_sub(1)?;
        let mut left = served - self.service_before.get(number)?;
        for (from, to) in self.service(number) {
            if left <= to - from {
                return Some(UtcMs(from + left));
            }
            left -= to - from;
        }
        None
    }

    fn minute(&self, number: DayNumber, minute: u16) -> i64 {
        let begin = self.begins[number];
        let end = self.begins[number + 1];
        if end - begin == DAY_MS {
            return begin + i64::from(minute) * MINUTE_MS;
        }
        // A day on which the clocks change.
        if minute >= 1440 {
            return end;
        }
        let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::from(minute) * 60, 0).unwrap_or_default();
        local_ms(self.zone, self.day(number), time).unwrap_or(begin + i64::from(minute) * MINUTE_MS).clamp(begin, end)
    }
}

/// What notices say of each day, while the tables are made.
struct Marks {
    first: NaiveDate,
    rest: Vec<bool>,
    listed: Vec<Option<bool>>,
    sure: Vec<bool>,
    names: BTreeMap<DayNumber, String>,
}

impl Marks {
    fn number(&self, day: NaiveDate) -> Option<DayNumber> {
        usize::try_from((day - self.first).num_days()).ok().filter(|n| *n < self.rest.len())
    }

    fn apply(&mut self, year: &Year) {
        for day in year.days.iter().filter(|_| year.binds()) {
            if let Some(number) = self.number(day.date) {
                self.rest[number] = day.is_off_day;
                self.listed[number] = Some(day.is_off_day);
                self.names.insert(number, day.name.clone());
            }
        }
    }

    fn unsure_year(&mut self, year: i32) {
        let from = NaiveDate::from_ymd_opt(year, 1, 1).and_then(|d| self.number(d)).unwrap_or_default();
        let to = NaiveDate::from_ymd_opt(year, 12, 31).and_then(|d| self.number(d)).unwrap_or_default();
        self.sure[from..=to].fill(false);
    }
}

fn sums(count: usize, counts: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut total = 0;
    std::iter::once(0)
        .chain((0..count).map(|at| {
            total += u32::from(counts(at));
            total
        }))
        .collect()
}

fn begins(zone: Tz, first: NaiveDate, count: usize) -> Vec<i64> {
    let mut last = i64::MIN;
    (0..=count as u64)
        .map(|at| {
            let day = first.checked_add_days(Days::new(at)).unwrap_or(first);
            // A day that begins with a gap begins where the gap ends; the search never goes back.
            last = local_ms(zone, day, NaiveTime::MIN).unwrap_or(last.saturating_add(DAY_MS)).max(last);
            last
        })
        .collect()
}

/// The earliest instant that the clock on the wall shows this time or, in a gap, the first one after it.
fn local_ms(zone: Tz, day: NaiveDate, time: NaiveTime) -> Option<i64> {
    let wall = day.and_time(time);
    (0..=180).find_map(|minutes| {
        let shown = wall.checked_add_signed(chrono::TimeDelta::minutes(minutes))?;
        zone.from_local_datetime(&shown).earliest().map(|at| at.timestamp_millis())
    })
}
