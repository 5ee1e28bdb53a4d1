//! The company's own clocks on a snag: which due dates a dispatch sets, what moves them, and where they stand. The date agreed with
//! the owner (`due_on`) is another thing and stays what the two sides agreed.

use super::{Meets, Refusal};
use crate::{
    log::fold::{Aggregate, Entry},
    model::{
        UtcMs,
        act::{Act, DueCause, DueDate, DueDates},
    },
    policy::{
        Profile,
        calendar::Calendar,
        deadline::{Consent, CountedTime, DeadlineError, DeadlineRow, Due, Extension, Pause, Standing, StartEvent, Terms, counted_time, standing},
        registry::Registry,
    },
    words::{Lang, Told, tr},
};

/// A time in which the repair of a snag was on hold, by the state that kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The state, an id of [`Terms::states`].
    pub state: String,
    /// Why, in the words of whoever put it on hold.
    pub reason: String,
    /// Since when, in the time that counts.
    pub from: UtcMs,
    /// Until when; none while it lasts.
    pub to: Option<UtcMs>,
}

/// The times in which a snag was on hold. One ends when somebody says so, when the crew is there or done, and with the next one.
pub fn holds(snag: &Aggregate) -> Vec<Hold> {
    let mut all: Vec<Hold> = Vec::new();
    for entry in snag.done() {
        let ends = matches!(entry.act, Act::Hold(..) | Act::Resume(_) | Act::Arrive(_) | Act::RepairDone(..) | Act::RecheckConfirm(_) | Act::OwnerConfirm(..));
        if !ends {
            continue;
        }
        let Some(at) = counted_time(snag, entry.origin.at()).map(|counted| counted.at) else { continue };
        if let Some(open) = all.last_mut().filter(|hold| hold.to.is_none()) {
            open.to = Some(at.max(open.from));
        }
        if let Act::Hold(state, reason) = &entry.act {
            all.push(Hold { state: state.clone(), reason: reason.clone(), from: at, to: None });
        }
    }
    all
}

/// What keeps a snag now.
pub fn on_hold(snag: &Aggregate) -> Option<Hold> {
    holds(snag).pop().filter(|hold| hold.to.is_none())
}

/// The pauses of a clock that started at `start`, as they stand at `now`: a hold that lasts has held the clock until now.
fn pauses(snag: &Aggregate, start: UtcMs, now: UtcMs) -> Vec<Pause> {
    holds(snag)
        .into_iter()
        .map(|hold| Pause { from: hold.from.max(start), to: Some(hold.to.unwrap_or(now)), state: Some(hold.state) })
        .filter(|pause| pause.to.is_some_and(|to| to > pause.from))
        .collect()
}

/// The kind of thing, as [`Terms::milestones`] name it.
const SNAG: &str = "snag";

impl From<DeadlineError> for Refusal {
    fn from(error: DeadlineError) -> Self {
        Self::of(error.key(), error.args())
    }
}

/// The rows of a profile that a snag has, with the event that starts each.
fn rows<'a>(profile: &'a Profile, work: &'a str) -> impl Iterator<Item = (&'a DeadlineRow, &'static StartEvent)> {
    let terms = Terms::builtin();
    terms.milestones.iter().filter(|m| m.on.iter().any(|on| on == SNAG)).filter_map(move |milestone| {
        let row = profile.deadlines.row(&milestone.id, None, None, Some(work)).filter(|row| row.value.is_some())?;
        Some((row, terms.events.get(&row.start)?))
    })
}

/// When the event that starts a clock last happened to a snag, in the time that counts.
fn started(snag: &Aggregate, event: &StartEvent) -> Option<UtcMs> {
    let act = event.act.as_deref()?;
    let at = if act == "snag.create" { snag.created.as_ref()?.at() } else { snag.done().filter(|e| e.act.kind() == act).last()?.origin.at() };
    counted_time(snag, at).map(|counted| counted.at)
}

/// The due dates that a dispatch at `ordered` sets: of all milestones whose clock has started by then. A clock that runs already is
/// left alone, so that another crew in the same round, or a later profile, moves no date; `None` when nothing is left to set.
///
/// # Errors
/// When a limit leads outside the years there are tables for, or the kind of work is not known.
pub fn dispatched(profile: &Profile, calendar: &Calendar, snag: &Aggregate, ordered: UtcMs, work: Option<&str>) -> Result<Option<DueDates>, DeadlineError> {
    let work = work.or_else(|| work_of(snag)).unwrap_or(&Terms::builtin().snag_work.value);
    known_work(work)?;
    let mut dates = Vec::new();
    for (row, event) in rows(profile, work) {
        let set_in = |round: Option<u32>| {
            let of_round = |entry: &Entry| round.is_none_or(|round| entry.round == round);
            sets(snag).any(|(entry, set)| of_round(entry) && set.dates.iter().any(|d| d.milestone == row.milestone))
        };
        let start = match event.act.as_deref() {
            Some("snag.order") if !set_in(Some(snag.round)) => Some(ordered),
            Some("snag.create") if !set_in(None) => started(snag, event),
            _ => None,
        };
        let Some(start) = start else { continue };
        let due = profile.deadlines.due_of(row, calendar, start, &[])?;
        dates.push(DueDate { milestone: row.milestone.clone(), start, due: due.at, provisional: due.provisional });
    }
    let set = DueDates { profile: profile.at.to_string(), cause: DueCause::Dispatched, work: Some(work.to_owned()), dates, reason: None, consented: None };
    Ok(Some(set).filter(|set| !set.dates.is_empty()))
}

fn known_work(work: &str) -> Result<(), DeadlineError> {
    if Terms::builtin().works.has(work) { Ok(()) } else { Err(DeadlineError::Unknown { place: "work".to_owned(), id: work.to_owned() }) }
}

/// The running clocks counted again from where they started, under the profile in force and for the kind of work it turned out to be:
/// an act of its own, with a reason.
///
/// # Errors
/// When the reason is missing, the kind of work is not known, or nothing was dispatched yet.
pub fn rebased(profile: &Profile, calendar: &Calendar, snag: &Aggregate, work: Option<&str>, reason: &str) -> Result<DueDates, Refusal> {
    if reason.trim().is_empty() {
        return Err(DeadlineError::NoReason.into());
    }
    let work = work.or_else(|| work_of(snag)).unwrap_or(&Terms::builtin().snag_work.value);
    known_work(work)?;
    let mut dates = Vec::new();
    for (row, _) in rows(profile, work) {
        if let Some((_, old)) = last_set(snag, &row.milestone) {
            let due = profile.deadlines.due_of(row, calendar, old.start, &[])?;
            dates.push(DueDate { due: due.at, provisional: due.provisional, ..old.clone() });
        }
    }
    if dates.is_empty() {
        return Err(Refusal::plain("deadline-nothing-runs"));
    }
    let (profile, reason) = (profile.at.to_string(), Some(reason.to_owned()));
    Ok(DueDates { profile, cause: DueCause::Rebased, work: Some(work.to_owned()), dates, reason, consented: None })
}

/// One clock made longer with the owner's consent (S4-62).
///
/// # Errors
/// When the limit cannot be extended, the reason or the consent is missing, or the consent came when it was due already.
pub fn extended(policies: &Registry, zone: chrono_tz::Tz, snag: &Aggregate, milestone: &str, wish: &Extension) -> Result<DueDates, Refusal> {
    let nothing = || Refusal::plain("deadline-nothing-runs");
    let (set, date) = last_set(snag, milestone).ok_or_else(nothing)?;
    let profile = policies.find(&set.profile).ok_or_else(nothing)?;
    let unknown = || DeadlineError::NotExtendable { milestone: milestone.to_owned() };
    let row = profile.deadlines.row(milestone, None, None, set.work.as_deref()).ok_or_else(unknown)?;
    // What was due when the owner agreed: with what stood still by then, and the notices that have come.
    let agreed = wish.consent.as_ref().map_or(date.start, |consent| consent.at);
    let old_due = due_at(policies, snag, milestone, zone, agreed).unwrap_or(date.due);
    let due = row.extend(&policies.calendar(profile, zone), old_due, wish)?;
    Ok(DueDates {
        profile: set.profile.clone(),
        cause: DueCause::Extended,
        work: set.work.clone(),
        dates: vec![DueDate { due, provisional: false, ..date.clone() }],
        reason: Some(wish.reason.clone()),
        consented: wish.consent.as_ref().map(|c| c.at),
    })
}

/// The owner's consent at an instant.
pub fn owner_consent(at: UtcMs) -> Consent {
    Consent { by: "owner".to_owned(), at }
}

/// What holds of due dates however they came: whoever moves one says why, and an extension was agreed to before the old one was due.
///
/// # Errors
/// With what is missing.
pub(super) fn admit(dates: &DueDates, meets: &Meets<'_>) -> Result<(), Refusal> {
    let said = dates.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
    if dates.dates.is_empty() || dates.dates.iter().any(|d| d.due < d.start) {
        return Err(Refusal::plain("deadline-dates"));
    }
    match dates.cause {
        DueCause::Dispatched => Ok(()),
        DueCause::Rebased | DueCause::Extended if !said => Err(DeadlineError::NoReason.into()),
        DueCause::Rebased => Ok(()),
        DueCause::Extended => {
            let Some(consented) = dates.consented else { return Err(DeadlineError::NoConsent { of: "owner".to_owned() }.into()) };
            for date in &dates.dates {
                let old = meets.thing.and_then(|snag| Some((snag, last_set(snag, &date.milestone)?.1)));
                let Some((snag, old)) = old else { return Err(Refusal::plain("deadline-nothing-runs")) };
                let old_due = due_at(meets.policies, snag, &date.milestone, meets.zone, consented).unwrap_or(old.due);
                if consented >= old_due {
                    return Err(DeadlineError::ConsentLate.into());
                }
                if date.due <= old_due {
                    return Err(DeadlineError::NotLater.into());
                }
            }
            Ok(())
        }
    }
}

/// The due date of a milestone that holds now, and the record it stands in.
fn last_set<'a>(snag: &'a Aggregate, milestone: &str) -> Option<(&'a DueDates, &'a DueDate)> {
    sets(snag).filter_map(|(_, set)| Some((set, set.dates.iter().find(|d| d.milestone == milestone)?))).last()
}

fn sets(snag: &Aggregate) -> impl Iterator<Item = (&Entry, &DueDates)> {
    snag.done().filter_map(|entry| if let Act::Due(set) = &entry.act { Some((entry, &**set)) } else { None })
}

/// Whether any clock was ever set on a snag.
pub fn runs(snag: &Aggregate) -> bool {
    sets(snag).next().is_some()
}

/// The kind of work a snag was last dispatched as.
pub fn work_of(snag: &Aggregate) -> Option<&str> {
    sets(snag).filter_map(|(_, set)| set.work.as_deref()).last()
}

/// A clock of a snag and where it stands.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The milestone.
    pub milestone: String,
    /// When it started.
    pub start: UtcMs,
    /// When it is due.
    pub due: UtcMs,
    /// A holiday notice may still move it.
    pub provisional: bool,
    /// What was told while it was provisional, when the notice it waited for has come since.
    pub told: Option<UtcMs>,
    /// When it was met, and by which clock.
    pub met: Option<CountedTime>,
    /// Where it stands.
    pub standing: Standing,
    /// The profile it follows.
    pub profile: String,
    /// Why it is what it is.
    pub cause: DueCause,
    /// Why it was moved.
    pub reason: Option<String>,
    /// It stands still now.
    pub paused: bool,
    work: Option<String>,
    pauses: Vec<Pause>,
}

/// The clocks of a snag at `now`, each by the profile it was set under; in the order of the milestones' list.
pub fn clocks(policies: &Registry, snag: &Aggregate, zone: chrono_tz::Tz, now: UtcMs, soon_ms: i64) -> Vec<Clock> {
    Terms::builtin().milestones.iter().filter_map(|milestone| clock(policies, snag, &milestone.id, zone, now, soon_ms)).collect()
}

/// When a milestone of a snag is due as it stands at `now`: with its holds and the holiday notices that are known.
fn due_at(policies: &Registry, snag: &Aggregate, milestone: &str, zone: chrono_tz::Tz, now: UtcMs) -> Option<UtcMs> {
    clock(policies, snag, milestone, zone, now, 0).map(|clock| clock.due)
}

fn clock(policies: &Registry, snag: &Aggregate, milestone: &str, zone: chrono_tz::Tz, now: UtcMs, soon_ms: i64) -> Option<Clock> {
    let milestone = Terms::builtin().milestones.get(milestone)?;
    let (set, date) = match last_set(snag, &milestone.id) {
        Some((set, date)) => (set, date.clone()),
        None => follows(policies, snag, &milestone.id, zone)?,
    };
    let profile = policies.find(&set.profile);
    let row = profile.and_then(|p| p.deadlines.row(&milestone.id, None, None, set.work.as_deref()));
    let mut clock = Clock {
        milestone: milestone.id.clone(),
        start: date.start,
        due: date.due,
        provisional: date.provisional,
        told: None,
        met: met(snag, &milestone.met_by, date.start),
        standing: Standing::Running,
        profile: set.profile.clone(),
        cause: set.cause,
        reason: set.reason.clone(),
        paused: false,
        work: set.work.clone(),
        pauses: Vec::new(),
    };
    let stops = |state: &Option<String>| row.is_some_and(|row| state.as_ref().is_some_and(|state| row.pauses.contains(state)));
    if clock.met.is_none_or(|met| met.at > clock.start) {
        let until = clock.met.map_or(now, |met| met.at);
        clock.pauses = pauses(snag, agreed_at(snag, &clock).unwrap_or(clock.start), until).into_iter().filter(|p| stops(&p.state)).collect();
        clock.paused = clock.met.is_none() && on_hold(snag).is_some_and(|hold| stops(&Some(hold.state)));
    }
    if clock.cause == DueCause::Extended {
        // A day that was agreed moves by exactly what stood still since.
        clock.due = UtcMs(clock.due.0.saturating_add(clock.pauses.iter().map(|p| p.to.map_or(0, |to| to.0 - p.from.0)).sum()));
    } else if (clock.provisional || !clock.pauses.is_empty())
        // A date that waited for a holiday notice is counted again when the notice is there, one that was on hold with its pauses.
        && let Some(again) = counted_again(policies, &clock, zone, |due| (due.at, due.provisional))
    {
        clock.told = (date.provisional && !again.1).then_some(date.due);
        (clock.due, clock.provisional) = again;
    }
    clock.standing = standing(clock.due, row.is_some_and(|row| row.soft), clock.met.map(|met| met.at), now, soon_ms);
    Some(clock)
}

/// A milestone whose clock starts after the dispatch: counted from its event under the profile of the dispatch.
fn follows<'a>(policies: &Registry, snag: &'a Aggregate, milestone: &str, zone: chrono_tz::Tz) -> Option<(&'a DueDates, DueDate)> {
    let (_, set) = sets(snag).last()?;
    let profile = policies.find(&set.profile)?;
    let (row, event) = rows(profile, set.work.as_deref()?).find(|(row, _)| row.milestone == milestone)?;
    let start = started(snag, event).filter(|_| !matches!(event.act.as_deref(), Some("snag.create" | "snag.order")))?;
    let due = profile.deadlines.due_of(row, &policies.calendar(profile, zone), start, &[]).ok()?;
    Some((set, DueDate { milestone: milestone.to_owned(), start, due: due.at, provisional: due.provisional }))
}

/// When one of these acts was done after the clock's start. A repair that was rejected afterwards met nothing.
fn met(snag: &Aggregate, by: &[String], start: UtcMs) -> Option<CountedTime> {
    let stands = |entry: &&Entry| !entry.act.kind().starts_with("repair.") || entry.round == snag.round;
    let acts = snag.done().filter(|entry| by.iter().any(|kind| kind == entry.act.kind())).filter(stands);
    acts.filter_map(|entry| counted_time(snag, entry.origin.at())).find(|counted| counted.at >= start)
}

/// When the owner agreed to the day that an extended clock runs to: what stood still before is in it already.
fn agreed_at(snag: &Aggregate, clock: &Clock) -> Option<UtcMs> {
    let agreed = |(entry, set): (&Entry, &DueDates)| {
        let of_it = set.cause == DueCause::Extended && set.dates.iter().any(|d| d.milestone == clock.milestone);
        of_it.then(|| counted_time(snag, entry.origin.at()).map(|counted| counted.at))?
    };
    if clock.cause == DueCause::Extended { sets(snag).filter_map(agreed).last() } else { None }
}

fn counted_again<T>(policies: &Registry, clock: &Clock, zone: chrono_tz::Tz, tell: impl FnOnce(&Due<'_>) -> T) -> Option<T> {
    let profile = policies.find(&clock.profile)?;
    let row = profile.deadlines.row(&clock.milestone, None, None, clock.work.as_deref())?;
    profile.deadlines.due_of(row, &policies.calendar(profile, zone), clock.start, &clock.pauses).ok().as_ref().map(tell)
}

impl Clock {
    /// How the date came about, in words; for one that a person moved, also by whom and why.
    pub fn steps(&self, policies: &Registry, zone: chrono_tz::Tz, lang: Lang) -> Vec<String> {
        let calendar = policies.find(&self.profile).map(|profile| policies.calendar(profile, zone));
        let counted = calendar
            .as_ref()
            .and_then(|calendar| counted_again(policies, self, zone, |due| due.steps.iter().map(|step| step.told(calendar, lang)).collect::<Vec<_>>()));
        let mut steps = counted.unwrap_or_default();
        if let (Some(told), Some(calendar)) = (self.told, &calendar) {
            let day = |at: UtcMs| at.to_utc().with_timezone(&zone).date_naive();
            let last = day(UtcMs(told.0.max(self.due.0) - 1));
            let notices: Vec<&str> = calendar.notices_for(day(self.start), last).map(|year| year.notice.title.as_str()).collect();
            steps.push(tr(
                lang,
                "deadline-step-notice",
                &[("told", told.local_minute(zone)), ("notices", notices.join(if lang == Lang::Zh { "、" } else { ", " }))],
            ));
        }
        let moved = match self.cause {
            DueCause::Dispatched => None,
            DueCause::Rebased => Some("deadline-step-rebased"),
            DueCause::Extended => Some("deadline-step-extended"),
        };
        if let Some(key) = moved {
            let args = [("due", self.due.local_minute(zone)), ("profile", self.profile.clone()), ("reason", self.reason.clone().unwrap_or_default())];
            steps.push(tr(lang, key, &args));
        }
        if let Some(met) = self.met.filter(|met| met.found_wrong) {
            let minutes = met.off_ms.abs() / 60_000;
            let off = format!("{}{}:{:02}", if met.off_ms < 0 { "−" } else { "+" }, minutes / 60, minutes % 60);
            steps.push(tr(lang, "deadline-step-clock-wrong", &[("off", off), ("at", met.at.local_minute(zone))]));
        }
        steps
    }
}
