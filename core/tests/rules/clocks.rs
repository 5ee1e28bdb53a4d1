//! The company's clocks on a snag: set by the dispatch, kept, moved only by acts with a reason.

use super::{ZONE, local};
use keyturn_core::{
    log::{Event, EventRef, OrderKey, clock::Hlc, event::NewEvent, fold::Aggregate},
    model::{
        Id, UtcMs,
        act::{Act, DueCause, DueDates},
        body::{AggKind, Body, Create},
    },
    policy::{
        Faults, Profile,
        calendar::Calendar,
        deadline::{DeadlineError, Extension, Standing},
        registry::Registry,
    },
    rules::{
        Meets, Refusal, admit,
        clocks::{self, Clock, dispatched, extended, owner_consent, rebased},
    },
    words::{Lang, Told},
};
use std::sync::Arc;

const SNAG: Id = Id([1; 16]);
const CREW: Id = Id([8; 16]);
const DEVICE: Id = Id([7; 16]);

/// A snag and its records, one a step.
struct Story {
    events: Vec<Event>,
    policies: Registry,
}

impl Story {
    fn begin(at: UtcMs) -> Self {
        let mut story = Self { events: Vec::new(), policies: Registry::default() };
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

    fn calendar(&self) -> Arc<Calendar> {
        self.policies.calendar(Profile::builtin(), ZONE)
    }

    fn snag(&self) -> Aggregate {
        Aggregate::fold(SNAG, &self.events)
    }

    fn order(&mut self, at: &str, work: Option<&str>) -> Option<DueDates> {
        self.act(at, Act::Order(CREW, None));
        let set = dispatched(Profile::builtin(), &self.policies.calendar(Profile::builtin(), ZONE), &self.snag(), local(at), work).unwrap();
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
        let all = clocks::clocks(&self.policies, &self.snag(), ZONE, local(now), 24 * 3_600_000);
        all.into_iter().find(|c| c.milestone == milestone).unwrap_or_else(|| panic!("no {milestone}"))
    }

    fn stands(&self, milestone: &str, now: &str) -> (UtcMs, Standing) {
        let clock = self.clock(milestone, now);
        (clock.due, clock.standing)
    }
}

fn admitted(snag: &Aggregate, dates: DueDates) -> Result<(), Refusal> {
    let policies = Registry::default();
    let meets = Meets { role: "service_manager", thing: Some(snag), unit: None, profile: Profile::builtin(), policies: &policies, zone: ZONE };
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
        clock.steps(&story.policies, ZONE, Lang::En),
        ["3 working days from Thu 24 Sep 2026", "25–27 Sep off: Mid-Autumn Festival", "due at the end of Wed 30 Sep 2026, 24:00"]
    );
    assert!(admitted(&story.snag(), set).is_ok());

    let mut story = Story::begin(local("2026-09-24 09:00"));
    story.order("2026-09-24 10:00", Some("multi_trade"));
    assert_eq!(story.stands("repair_complete", "2026-09-24 11:00").0, local("2026-10-13 00:00"));
    let unknown = dispatched(Profile::builtin(), &story.calendar(), &story.snag(), local("2026-09-24 10:00"), Some("magic"));
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
    let nothing = rebased(Profile::builtin(), &story.calendar(), &story.snag(), None, "why not").unwrap_err();
    assert_eq!(nothing.key, "deadline-nothing-runs");
    story.order("2026-03-02 10:00", None);
    let rebase = |story: &Story, work, reason| rebased(Profile::builtin(), &story.calendar(), &story.snag(), work, reason);
    assert_eq!(rebase(&story, None, " ").unwrap_err().key(), "deadline-no-reason");
    assert_eq!(rebase(&story, Some("magic"), "painter too").unwrap_err().key(), "deadline-unknown");
    // From where it started, not from now: seven working days from Monday 2 March.
    let set = rebase(&story, Some("multi_trade"), "a painter is needed too").unwrap();
    assert_eq!(admitted(&story.snag(), DueDates { reason: None, ..set.clone() }).unwrap_err().key(), "deadline-no-reason");
    assert!(admitted(&story.snag(), set.clone()).is_ok());
    story.act("2026-03-04 10:00", Act::Due(Box::new(set)));
    let clock = story.clock("repair_complete", "2026-03-04 11:00");
    assert_eq!((clock.due, clock.cause, clock.reason.as_deref()), (local("2026-03-12 00:00"), DueCause::Rebased, Some("a painter is needed too")));
    assert!(clock.steps(&story.policies, ZONE, Lang::En).last().unwrap().contains("a painter is needed too"));
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
    let refused = |milestone, wish: &Extension| extended(&story.policies, ZONE, &story.snag(), milestone, wish).unwrap_err().key();
    assert_eq!(refused("repair_complete", &wish("2026-03-06 00:00")), "deadline-consent-late");
    assert_eq!(refused("repair_complete", &Extension { consent: None, ..wish("2026-03-05 09:00") }), "deadline-no-consent");
    assert_eq!(refused("owner_assigned", &wish("2026-03-02 11:00")), "deadline-not-extendable");
    assert_eq!(refused("callback", &wish("2026-03-02 11:00")), "deadline-nothing-runs");
    let set = extended(&story.policies, ZONE, &story.snag(), "repair_complete", &wish("2026-03-05 09:00")).unwrap();
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
    assert!(story.clock("repair_complete", "2026-03-10 10:00").steps(&story.policies, ZONE, Lang::Zh).last().unwrap().contains("tiles from abroad"));
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
    assert!(clock.steps(&story.policies, ZONE, Lang::En).last().unwrap().contains("wrong by +96:00 h"), "{:?}", clock.steps(&story.policies, ZONE, Lang::En));
}

/// A notice for 2027 as it may be: nobody has given it yet.
const NOTICE_2027: &str = include_str!("notice-2027.json");

/// The record by which a hub's office published a notice, the `n`th of its own.
fn take(policies: &Registry, n: u32, name: &str, text: &str) -> Result<(), Faults> {
    let order = OrderKey { hlc: Hlc { ms: local("2026-11-25 09:00"), counter: n }, event: EventRef { device: DEVICE, seq: u64::from(n) } };
    policies.take_notice(order, name, text)
}

// a year that arrives
#[test]
fn a_provisional_date_is_counted_again_when_its_notice_comes_and_others_are_not() {
    // Ordered on Wednesday 30 December: Thursday, Friday 1 January, Monday 4 January, as long as nobody knows of a holiday.
    let mut story = Story::begin(local("2026-12-30 09:00"));
    story.order("2026-12-30 10:00", None).unwrap();
    let clock = story.clock("repair_complete", "2026-12-30 11:00");
    assert_eq!((clock.due, clock.provisional, clock.told), (local("2027-01-05 00:00"), true, None));
    let sure = story.clock("owner_assigned", "2026-12-30 11:00");
    assert!(!sure.provisional);
    // Another snag's date was told as final by somebody; this one's extension was agreed with the owner.
    let mut told = Story::begin(local("2026-12-30 09:00"));
    let mut set = dispatched(Profile::builtin(), &told.calendar(), &told.snag(), local("2026-12-30 10:00"), None).unwrap().unwrap();
    set.dates.iter_mut().for_each(|date| date.provisional = false);
    told.act("2026-12-30 10:00", Act::Order(CREW, None));
    told.act("2026-12-30 10:00", Act::Due(Box::new(set)));
    let mut agreed = Story::begin(local("2026-12-30 09:00"));
    agreed.order("2026-12-30 10:00", None).unwrap();
    let wish = Extension { until: "2027-01-08".parse().unwrap(), consent: Some(owner_consent(local("2026-12-31 09:00"))), reason: "glass".into() };
    let longer = extended(&agreed.policies, ZONE, &agreed.snag(), "repair_complete", &wish).unwrap();
    agreed.act("2026-12-31 10:00", Act::Due(Box::new(longer)));

    for story in [&story, &told, &agreed] {
        take(&story.policies, 1, "cn/2027", NOTICE_2027).unwrap();
        // The same once more is nothing new.
        take(&story.policies, 1, "cn/2027", NOTICE_2027).unwrap();
    }
    // With 1 to 3 January off: Thursday, Monday, Tuesday.
    let clock = story.clock("repair_complete", "2026-12-30 11:00");
    assert_eq!((clock.due, clock.provisional, clock.told), (local("2027-01-06 00:00"), false, Some(local("2027-01-05 00:00"))));
    let steps = clock.steps(&story.policies, ZONE, Lang::En);
    let how = ["3 working days from Wed 30 Dec 2026", "1–3 Jan off: New Year’s Day", "due at the end of Tue 5 Jan 2027, 24:00"];
    assert_eq!(steps[..3], how);
    assert!(steps[3].contains("试拟") && steps[3].contains("2027-01-05 00:00") && steps.len() == 4, "{steps:?}");
    assert!(clock.steps(&story.policies, ZONE, Lang::Zh)[3].contains("此前暂定 2027-01-05 00:00"));
    let again = story.clock("owner_assigned", "2026-12-30 11:00");
    assert_eq!((again.due, again.told), (sure.due, None));
    // And only those: a final date stays, and so does the day that was agreed.
    let kept = told.clock("repair_complete", "2026-12-30 11:00");
    assert_eq!((kept.due, kept.told), (local("2027-01-05 00:00"), None));
    assert_eq!(agreed.clock("repair_complete", "2026-12-31 11:00").due, local("2027-01-09 00:00"));
    // A new order counts with it from the start; the other project's rules know nothing of it.
    let next = Story::begin(local("2027-01-04 09:00"));
    let set = dispatched(Profile::builtin(), &story.calendar(), &next.snag(), local("2027-01-04 10:00"), None).unwrap().unwrap();
    assert!(set.dates.iter().all(|date| !date.provisional));
    assert!(story.policies.calendar(Profile::builtin(), ZONE).number("2027-01-01".parse().unwrap()).is_some_and(|day| story.calendar().rests(day)));
    assert!(!Registry::default().calendar(Profile::builtin(), ZONE).rests(story.calendar().number("2027-01-01".parse().unwrap()).unwrap()));
}

#[test]
fn of_notices_that_may_change_the_latest_holds_and_a_final_one_stays() {
    let provisional = NOTICE_2027.replacen("official", "provisional", 1);
    let without = provisional.replace("    {\"name\": \"元旦\", \"date\": \"2027-01-01\", \"isOffDay\": true},\n", "");
    assert_ne!(without, provisional);
    let rests = |policies: &Registry| {
        let calendar = policies.calendar(Profile::builtin(), ZONE);
        let day = calendar.number("2027-01-01".parse().unwrap()).unwrap();
        (calendar.rests(day), calendar.unsure(day, day))
    };
    // In whatever order a device gets them: by the order in which they were published.
    for arrival in [[1, 2, 3], [3, 2, 1], [2, 3, 1]] {
        let policies = Registry::default();
        for n in arrival {
            let text = match n {
                1 => &without,
                2 => &provisional,
                _ => NOTICE_2027,
            };
            take(&policies, n, "cn/2027", text).unwrap();
        }
        assert_eq!(rests(&policies), (true, false), "{arrival:?}");
    }
    let policies = Registry::default();
    take(&policies, 1, "cn/2027", &provisional).unwrap();
    assert_eq!(rests(&policies), (true, true));
    take(&policies, 2, "cn/2027", &without).unwrap();
    assert_eq!(rests(&policies), (false, true));
    // Under another name than its own it is none.
    assert_eq!(take(&policies, 3, "cn/2028", NOTICE_2027).unwrap_err().0[0].problem, "calendar-day-outside");
}

// S2-39, C-04
#[test]
fn a_hold_ends_when_the_crew_is_there_and_holds_every_date_it_pauses() {
    let mut story = Story::begin(local("2026-03-02 09:00"));
    story.order("2026-03-02 10:00", None);
    assert_eq!(story.stands("repair_complete", "2026-03-02 11:00").0, local("2026-03-06 00:00"));
    story.act("2026-03-02 12:00", Act::Hold("no_access".into(), "owner abroad".into()));
    assert!(story.clock("repair_complete", "2026-03-04 12:00").paused);
    // Nobody says that it goes on: the crew simply is there, on Thursday. Tuesday and Wednesday lay wholly inside.
    story.act("2026-03-05 09:00", Act::Arrive(None));
    assert!(clocks::on_hold(&story.snag()).is_none());
    let held = clocks::holds(&story.snag());
    assert_eq!(held.iter().map(|hold| (hold.from, hold.to)).collect::<Vec<_>>(), [(local("2026-03-02 12:00"), Some(local("2026-03-05 09:00")))]);
    let clock = story.clock("repair_complete", "2026-03-20 12:00");
    assert_eq!((clock.due, clock.paused, clock.standing), (local("2026-03-10 00:00"), false, Standing::Overdue));
    assert!(
        clock.steps(&story.policies, ZONE, Lang::En).iter().any(|step| step.contains("3–4 Mar paused, not counted")),
        "{:?}",
        clock.steps(&story.policies, ZONE, Lang::En)
    );
    // The repair's end ends one as well, and what was done then is in time.
    let mut story = Story::begin(local("2026-03-02 09:00"));
    story.order("2026-03-02 10:00", None);
    story.act("2026-03-03 08:00", Act::Arrive(None));
    story.act("2026-03-03 09:00", Act::Hold("waiting_for_owner".into(), "colour not chosen".into()));
    story.act("2026-03-06 09:00", Act::RepairDone("painted".into(), None, None));
    assert!(clocks::on_hold(&story.snag()).is_none());
    assert_eq!(story.stands("repair_complete", "2026-03-20 12:00"), (local("2026-03-10 00:00"), Standing::Met));
}

// S4-62
#[test]
fn an_agreed_date_moves_by_exactly_what_stood_still_since_it_was_agreed() {
    let mut story = Story::begin(local("2026-03-02 09:00"));
    story.order("2026-03-02 10:00", None);
    // A day and a half that the dispatched date knows of already: Wednesday is wholly inside.
    story.act("2026-03-03 12:00", Act::Hold("no_access".into(), "nobody at home".into()));
    story.act("2026-03-05 00:00", Act::Resume(None));
    assert_eq!(story.stands("repair_complete", "2026-03-05 09:00").0, local("2026-03-07 00:00"));
    // The owner agrees on the Friday, after the first date and before the one that the hold moved it to.
    let wish = |at: &str, until: &str| Extension { until: until.parse().unwrap(), consent: Some(owner_consent(local(at))), reason: "tiles".into() };
    let agree = |story: &Story, at: &str, until: &str| extended(&story.policies, ZONE, &story.snag(), "repair_complete", &wish(at, until));
    assert_eq!(agree(&story, "2026-03-07 00:00", "2026-03-20").unwrap_err().key(), "deadline-consent-late");
    assert_eq!(agree(&story, "2026-03-06 10:00", "2026-03-06").unwrap_err().key(), "deadline-not-later");
    let set = agree(&story, "2026-03-06 10:00", "2026-03-20").unwrap();
    assert!(admitted(&story.snag(), set.clone()).is_ok(), "the hub counts the same");
    let late = DueDates { consented: Some(local("2026-03-07 00:00")), ..set.clone() };
    assert_eq!(admitted(&story.snag(), late).unwrap_err().key(), "deadline-consent-late");
    story.act("2026-03-06 11:00", Act::Due(Box::new(set)));
    assert_eq!(story.stands("repair_complete", "2026-03-07 09:00").0, local("2026-03-21 00:00"), "what stood still before is in it");
    // Thirty hours on hold afterwards move it by thirty hours.
    story.act("2026-03-10 08:00", Act::Hold("no_access".into(), "nobody at home".into()));
    let clock = story.clock("repair_complete", "2026-03-10 18:00");
    assert_eq!((clock.due, clock.paused), (local("2026-03-21 10:00"), true));
    story.act("2026-03-11 14:00", Act::Resume(None));
    assert_eq!(story.stands("repair_complete", "2026-03-12 09:00").0, local("2026-03-22 06:00"));
    // A state that the row does not name moves nothing: the clock that names the handler goes on.
    assert_eq!(story.stands("owner_assigned", "2026-03-12 09:00").0, local("2026-03-03 09:00"));
}

/// The records of a hold as they were first written: read for ever, and written the same way still.
#[test]
fn the_records_of_a_hold_are_frozen() {
    let hlc = |n: u32| Hlc { ms: UtcMs(1_790_000_000_000), counter: n };
    let record = |seq: u64, act: Act| {
        let new = NewEvent {
            device: DEVICE,
            actor: CREW,
            role: "repair_team",
            policy: "cn-default@1",
            skew_ms: 0,
            agg: SNAG,
            seq,
            hlc: hlc(seq as u32),
            body: &Body::Act(act),
        };
        Event::encode(&new)
    };
    let hex = |event: &Event| event.bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (event, frozen, kind) in
        [(record(1, Act::Hold("no_access".into(), "业主出国".into())), HOLD, "snag.hold"), (record(2, Act::Resume(Some("已返".into()))), RESUME, "snag.resume")]
    {
        assert_eq!(hex(&event), frozen, "{kind}");
        let read =
            Event::decode(frozen.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect::<Vec<_>>())
                .unwrap();
        assert_eq!((read.body().kind(), read.body()), (kind, event.body()));
    }
}

const HOLD: &str = "8c01500707070707070707070707070707070750080808080808080808080808080808086b7265706169725f7465616d6c636e2d64656661756c7440310069736e61672e686f6c645001010101010101010101010101010101011b000001a0c4506c000183181e696e6f5f6163636573736ce4b89ae4b8bbe587bae59bbd";
const RESUME: &str = "8c01500707070707070707070707070707070750080808080808080808080808080808086b7265706169725f7465616d6c636e2d64656661756c744031006b736e61672e726573756d655001010101010101010101010101010101021b000001a0c4506c000282181f66e5b7b2e8bf94";
