//! The company's clocks on a snag: set by the dispatch, kept, moved only by acts with a reason.

use super::{ZONE, local};
use keyturn_core::{
    log::{Event, EventRef, clock::Hlc, event::NewEvent, fold::Aggregate},
    model::{
        Id, UtcMs,
        act::{Act, DueCause, DueDates},
        body::{AggKind, Body, Create},
    },
    policy::{
        Profile,
        deadline::{DeadlineError, Extension, Standing},
    },
    rules::{
        Meets, Refusal, admit,
        clocks::{self, Clock, dispatched, extended, owner_consent, rebased},
    },
    words::{Lang, Told},
};

const SNAG: Id = Id([1; 16]);
const CREW: Id = Id([8; 16]);
const DEVICE: Id = Id([7; 16]);

/// A snag and its records, one a step.
struct Story {
    events: Vec<Event>,
}

impl Story {
    fn begin(at: UtcMs) -> Self {
        let mut story = Self { events: Vec::new() };
        story.add(at, &Body::Create(Create { kind: AggKind::Snag, unit: None, parent: None, fields: vec![] }));
        story
    }

    fn add(&mut self, at: UtcMs, body: &Body) {
        self.add_of(DEVICE, "service_manager", at, body);
    }

    fn add_of(&mut self, device: Id, role: &str, at: UtcMs, body: &Body) {
        let seq = self.events.iter().filter(|e| e.device == device).count() as u64 + 1;
        let hlc = Hlc { ms: at, counter: self.events.len() as u32 };
        self.events.push(Event::encode(&NewEvent { device, actor: Id([3; 16]), role, policy: "cn-default@1", skew_ms: 0, agg: SNAG, seq, hlc, body }));
    }

    fn act(&mut self, at: &str, act: Act) {
        self.add(local(at), &Body::Act(act));
    }

    fn snag(&self) -> Aggregate {
        Aggregate::fold(SNAG, &self.events)
    }

    fn order(&mut self, at: &str, work: Option<&str>) -> Option<DueDates> {
        self.act(at, Act::Order(CREW, None));
        let set = dispatched(Profile::builtin(), ZONE, &self.snag(), local(at), work).unwrap();
        if let Some(set) = &set {
            self.act(at, Act::Due(Box::new(set.clone())));
        }
        set
    }

    fn done(&mut self, at: &str) {
        self.act(at, Act::Arrive(None));
        self.act(at, Act::RepairDone("sealed".into(), None, None));
    }

    fn clock(&self, milestone: &str, now: &str) -> Clock {
        let all = clocks::clocks(&Profile::find, &self.snag(), ZONE, local(now), 24 * 3_600_000);
        all.into_iter().find(|c| c.milestone == milestone).unwrap_or_else(|| panic!("no {milestone}"))
    }

    fn stands(&self, milestone: &str, now: &str) -> (UtcMs, Standing) {
        let clock = self.clock(milestone, now);
        (clock.due, clock.standing)
    }
}

fn admitted(snag: &Aggregate, dates: DueDates) -> Result<(), Refusal> {
    let meets = Meets { role: "service_manager", thing: Some(snag), unit: None, profile: Profile::builtin() };
    admit(&Body::Act(Act::Due(Box::new(dates))), &meets)
}

// S4-60, S4-61, S4-76, S2-18
#[test]
fn a_dispatch_sets_the_due_dates_and_keeps_the_profile() {
    let mut story = Story::begin(local("2026-09-24 09:00"));
    let set = story.order("2026-09-24 10:00", None).unwrap();
    assert_eq!((set.profile.as_str(), set.cause, set.work.as_deref()), ("cn-default@1", DueCause::Dispatched, Some("single_trade")));
    // Three working days past the Mid-Autumn Festival.
    assert_eq!(story.stands("repair_complete", "2026-09-24 11:00"), (local("2026-10-01 00:00"), Standing::Running));
    assert_eq!(story.stands("repair_complete", "2026-09-30 12:00").1, Standing::Soon);
    assert_eq!(story.stands("repair_complete", "2026-10-01 00:01").1, Standing::Overdue);
    // The handler was named within 24 hours of the recording, by this very order.
    assert_eq!(story.stands("owner_assigned", "2026-09-24 11:00"), (local("2026-09-25 09:00"), Standing::Met));
    let clock = story.clock("repair_complete", "2026-09-24 11:00");
    assert_eq!(
        clock.steps(&Profile::find, ZONE, Lang::En),
        ["3 working days from Thu 24 Sep 2026", "25–27 Sep off: Mid-Autumn Festival", "due at the end of Wed 30 Sep 2026, 24:00"]
    );
    assert!(admitted(&story.snag(), set).is_ok());

    let mut story = Story::begin(local("2026-09-24 09:00"));
    story.order("2026-09-24 10:00", Some("multi_trade"));
    assert_eq!(story.stands("repair_complete", "2026-09-24 11:00").0, local("2026-10-13 00:00"));
    let unknown = dispatched(Profile::builtin(), ZONE, &story.snag(), local("2026-09-24 10:00"), Some("magic"));
    assert_eq!(unknown, Err(DeadlineError::Unknown { place: "work".into(), id: "magic".into() }));
}

#[test]
fn another_crew_in_the_same_round_moves_no_date_and_a_rejection_begins_a_new_one() {
    let mut story = Story::begin(local("2026-03-02 09:00"));
    story.order("2026-03-02 10:00", None);
    let due = local("2026-03-06 00:00");
    assert_eq!(story.order("2026-03-04 10:00", None), None);
    assert_eq!(story.stands("repair_complete", "2026-03-04 11:00").0, due);
    story.done("2026-03-05 17:00");
    assert_eq!(story.stands("repair_complete", "2026-03-09 10:00"), (due, Standing::Met));
    // What the owner rejects was not complete.
    story.act("2026-03-09 10:00", Act::OwnerReject("on_site".into(), "still wet".into()));
    assert_eq!(story.stands("repair_complete", "2026-03-09 11:00"), (due, Standing::Overdue));
    let again = story.order("2026-03-09 12:00", None).unwrap();
    let milestones: Vec<&str> = again.dates.iter().map(|d| d.milestone.as_str()).collect();
    assert_eq!(milestones, ["repair_complete"]);
    assert_eq!(story.stands("repair_complete", "2026-03-09 13:00"), (local("2026-03-13 00:00"), Standing::Running));
    story.done("2026-03-16 09:00");
    assert_eq!(story.stands("repair_complete", "2026-03-16 10:00").1, Standing::MetLate);
    // The callback runs from the owner's confirmation, under the profile of the dispatch.
    story.act("2026-03-20 16:00", Act::OwnerConfirm("on_site".into(), None));
    assert_eq!(story.stands("callback", "2026-03-20 17:00"), (local("2026-03-24 00:00"), Standing::Running));
    story.act("2026-03-23 09:00", Act::Told("phone".into(), "satisfied".into()));
    assert_eq!(story.stands("callback", "2026-03-30 17:00").1, Standing::Met);
}

#[test]
fn rebasing_is_an_act_of_its_own_with_a_reason() {
    let mut story = Story::begin(local("2026-03-02 09:00"));
    let nothing = rebased(Profile::builtin(), ZONE, &story.snag(), None, "why not").unwrap_err();
    assert_eq!(nothing.key, "deadline-nothing-runs");
    story.order("2026-03-02 10:00", None);
    let rebase = |story: &Story, work, reason| rebased(Profile::builtin(), ZONE, &story.snag(), work, reason);
    assert_eq!(rebase(&story, None, " ").unwrap_err().key(), "deadline-no-reason");
    assert_eq!(rebase(&story, Some("magic"), "painter too").unwrap_err().key(), "deadline-unknown");
    // From where it started, not from now: seven working days from Monday 2 March.
    let set = rebase(&story, Some("multi_trade"), "a painter is needed too").unwrap();
    assert_eq!(admitted(&story.snag(), DueDates { reason: None, ..set.clone() }).unwrap_err().key(), "deadline-no-reason");
    assert!(admitted(&story.snag(), set.clone()).is_ok());
    story.act("2026-03-04 10:00", Act::Due(Box::new(set)));
    let clock = story.clock("repair_complete", "2026-03-04 11:00");
    assert_eq!((clock.due, clock.cause, clock.reason.as_deref()), (local("2026-03-12 00:00"), DueCause::Rebased, Some("a painter is needed too")));
    assert!(clock.steps(&Profile::find, ZONE, Lang::En).last().unwrap().contains("a painter is needed too"));
    // Also the next round is one of several trades.
    story.done("2026-03-09 10:00");
    story.act("2026-03-09 11:00", Act::RecheckReject("streaks".into()));
    assert_eq!(story.order("2026-03-09 12:00", None).unwrap().work.as_deref(), Some("multi_trade"));
}

// S4-62
#[test]
fn an_extension_keeps_consent_and_reason_and_only_moves_its_own_date() {
    let mut story = Story::begin(local("2026-03-02 09:00"));
    story.order("2026-03-02 10:00", None);
    let wish = |at: &str| Extension { until: "2026-03-20".parse().unwrap(), consent: Some(owner_consent(local(at))), reason: "tiles from abroad".into() };
    let refused = |milestone, wish: &Extension| extended(&Profile::find, ZONE, &story.snag(), milestone, wish).unwrap_err().key();
    assert_eq!(refused("repair_complete", &wish("2026-03-06 00:00")), "deadline-consent-late");
    assert_eq!(refused("repair_complete", &Extension { consent: None, ..wish("2026-03-05 09:00") }), "deadline-no-consent");
    assert_eq!(refused("owner_assigned", &wish("2026-03-02 11:00")), "deadline-not-extendable");
    assert_eq!(refused("callback", &wish("2026-03-02 11:00")), "deadline-nothing-runs");
    let set = extended(&Profile::find, ZONE, &story.snag(), "repair_complete", &wish("2026-03-05 09:00")).unwrap();
    // The hub looks at the same again, whoever made the record.
    let forged = |change: fn(&mut DueDates)| {
        let mut set = set.clone();
        change(&mut set);
        admitted(&story.snag(), set).unwrap_err().key()
    };
    assert_eq!(forged(|s| s.consented = None), "deadline-no-consent");
    assert_eq!(forged(|s| s.consented = Some(local("2026-03-06 00:00"))), "deadline-consent-late");
    assert_eq!(forged(|s| s.reason = Some(String::new())), "deadline-no-reason");
    assert_eq!(forged(|s| s.dates[0].due = local("2026-03-05 00:00")), "deadline-not-later");
    assert_eq!(forged(|s| s.dates[0].milestone = "callback".into()), "deadline-nothing-runs");
    assert_eq!(forged(|s| s.dates.clear()), "deadline-dates");
    assert!(admitted(&story.snag(), set.clone()).is_ok());
    story.act("2026-03-05 10:00", Act::Due(Box::new(set)));
    assert_eq!(story.stands("repair_complete", "2026-03-10 10:00"), (local("2026-03-21 00:00"), Standing::Running));
    assert_eq!(story.stands("owner_assigned", "2026-03-10 10:00").0, local("2026-03-03 09:00"));
    assert!(story.clock("repair_complete", "2026-03-10 10:00").steps(&Profile::find, ZONE, Lang::Zh).last().unwrap().contains("tiles from abroad"));
}

#[test]
fn a_wrong_clock_changes_no_verdict_and_is_shown() {
    let mut story = Story::begin(local("2026-03-02 09:00"));
    story.order("2026-03-02 10:00", None);
    // The crew's device had never met the hub and was four days fast; the work was done on Thursday the 5th.
    let crew = Id([6; 16]);
    let four_days = 4 * 86_400_000;
    story.add_of(crew, "repair_team", local("2026-03-09 15:00"), &Body::Act(Act::Arrive(None)));
    story.add_of(crew, "repair_team", local("2026-03-09 17:00"), &Body::Act(Act::RepairDone("sealed".into(), None, None)));
    assert_eq!(story.stands("repair_complete", "2026-03-10 10:00").1, Standing::MetLate);
    let mark = Act::ClockWrong(vec![EventRef { device: crew, seq: 1 }, EventRef { device: crew, seq: 2 }], four_days);
    story.add_of(Id([9; 16]), "hub", local("2026-03-10 09:00"), &Body::Act(mark));
    let clock = story.clock("repair_complete", "2026-03-10 10:00");
    assert_eq!((clock.standing, clock.met.unwrap().at, clock.met.unwrap().found_wrong), (Standing::Met, local("2026-03-05 17:00"), true));
    assert!(clock.steps(&Profile::find, ZONE, Lang::En).last().unwrap().contains("wrong by +96:00 h"), "{:?}", clock.steps(&Profile::find, ZONE, Lang::En));
}

#[test]
fn a_provisional_date_is_counted_again_and_others_are_not() {
    let mut story = Story::begin(local("2026-12-30 09:00"));
    let mut set = story.order("2026-12-30 10:00", None).unwrap();
    let at = set.dates.iter().position(|d| d.milestone == "repair_complete").unwrap();
    assert!(set.dates[at].provisional);
    // As if an older build, which knew less of the calendar, had counted another day.
    let known = set.dates[at].due;
    set.dates[at].due = local("2027-01-03 00:00");
    story.events.pop();
    story.act("2026-12-30 10:00", Act::Due(Box::new(set.clone())));
    assert_eq!(story.stands("repair_complete", "2026-12-30 11:00").0, known);
    // A date that was not provisional stays what was told, whatever this build would count.
    set.dates[at].provisional = false;
    story.events.pop();
    story.act("2026-12-30 10:00", Act::Due(Box::new(set)));
    assert_eq!(story.stands("repair_complete", "2026-12-30 11:00").0, local("2027-01-03 00:00"));
}
