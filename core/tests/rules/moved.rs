//! Late or not, extended, escalated; and which time counts.

use super::{calendar_of, local, rules};
use keyturn_core::{
    log::{Event, EventRef, clock::Hlc, event::NewEvent, fold::Aggregate},
    model::{
        Id, UtcMs,
        act::Act,
        body::{AggKind, Body, Create},
    },
    policy::deadline::{Consent, DeadlineError, Extension, Question, Standing, counted_time, standing},
};

fn question<'a>(milestone: &'a str, work: Option<&'a str>, start: &str) -> Question<'a> {
    Question { milestone, severity: Some("general"), urgency: None, work, start: local(start), pauses: &[] }
}

#[test]
fn an_act_at_the_very_instant_is_in_time_and_one_after_it_is_late() {
    let rules = rules("default");
    let calendar = calendar_of(&rules);
    let hour = 3_600_000;
    // (milestone, start, act, in time)
    let cases = [
        ("acknowledge", "2026-03-02 10:00", local("2026-03-03 10:00"), Standing::Met),
        ("acknowledge", "2026-03-02 10:00", UtcMs(local("2026-03-03 10:00").0 + 1), Standing::MetLate),
        // The last day ends at 24:00, which is 00:00 of the next.
        ("repair_complete", "2026-09-24 10:00", local("2026-09-30 23:59"), Standing::Met),
        ("repair_complete", "2026-09-24 10:00", local("2026-10-01 00:00"), Standing::Met),
        ("repair_complete", "2026-09-24 10:00", UtcMs(local("2026-10-01 00:00").0 + 1), Standing::MetLate),
        // An advised time is nobody's lateness (S4-63).
        ("resolve_soft", "2026-03-02 10:00", local("2026-05-02 10:00"), Standing::Met),
    ];
    for (milestone, start, act, wanted) in cases {
        let work = if milestone == "resolve_soft" { "non_repair" } else { "single_trade" };
        let due = rules.due(&calendar, &question(milestone, Some(work), start)).unwrap();
        assert_eq!(standing(due.at, due.row.soft, Some(act), act, hour), wanted, "{milestone} {act:?}");
    }
    let due = local("2026-03-03 10:00");
    let open = |now: UtcMs, soft| standing(due, soft, None, now, hour);
    assert_eq!(open(local("2026-03-03 08:59"), false), Standing::Running);
    assert_eq!(open(local("2026-03-03 09:00"), false), Standing::Soon);
    assert_eq!(open(due, false), Standing::Soon);
    assert_eq!(open(UtcMs(due.0 + 1), false), Standing::Overdue);
    assert_eq!(open(UtcMs(due.0 + 1), true), Standing::Advised);
}

// S4-62
#[test]
fn an_extension_needs_the_owners_consent_before_the_old_due_instant() {
    let rules = rules("default");
    let calendar = calendar_of(&rules);
    let due = rules.due(&calendar, &question("repair_complete", Some("single_trade"), "2026-03-02 10:00")).unwrap();
    assert_eq!(due.at, local("2026-03-06 00:00"));
    let wish = |until: &str, by: &str, at: &str| Extension {
        until: until.parse().unwrap(),
        consent: Some(Consent { by: by.into(), at: local(at) }),
        reason: "grout has to be ordered".into(),
    };
    let extend = |wish: &Extension| due.row.extend(&calendar, due.at, wish);
    let good = wish("2026-03-20", "owner", "2026-03-05 23:59");
    assert_eq!(extend(&good), Ok(local("2026-03-21 00:00")));
    assert_eq!(extend(&wish("2026-03-20", "owner", "2026-03-06 00:00")), Err(DeadlineError::ConsentLate));
    assert_eq!(extend(&wish("2026-03-20", "crew", "2026-03-04 10:00")), Err(DeadlineError::NoConsent { of: "owner".into() }));
    assert_eq!(extend(&Extension { consent: None, ..good.clone() }), Err(DeadlineError::NoConsent { of: "owner".into() }));
    assert_eq!(extend(&Extension { reason: " ".into(), ..good }), Err(DeadlineError::NoReason));
    assert_eq!(extend(&wish("2026-03-05", "owner", "2026-03-04 10:00")), Err(DeadlineError::NotLater));
    assert_eq!(extend(&wish("9999-03-05", "owner", "2026-03-04 10:00")), Err(DeadlineError::Year { place: "until".into(), year: 9999 }));
    let fixed = rules.due(&calendar, &question("acknowledge", None, "2026-03-02 10:00")).unwrap();
    let refused = fixed.row.extend(&calendar, fixed.at, &wish("2026-03-20", "owner", "2026-03-02 11:00"));
    assert_eq!(refused, Err(DeadlineError::NotExtendable { milestone: "acknowledge".into() }));
}

// S2-28
#[test]
fn a_general_case_is_important_after_two_weeks() {
    let rules = rules("default");
    let calendar = calendar_of(&rules);
    let case = question("", None, "2026-03-02 10:00");
    let at = |now: UtcMs| rules.escalated(&calendar, &case, now).unwrap().map(|(severity, due)| (severity.to_owned(), due.at));
    // 2 + 14 = Mon 16 March, 24:00.
    let due = local("2026-03-17 00:00");
    assert_eq!(at(due), None);
    assert_eq!(at(UtcMs(due.0 + 1)), Some(("important".to_owned(), due)));
    let important = Question { severity: Some("important"), ..case };
    assert_eq!(rules.escalated(&calendar, &important, local("2027-01-01 00:00")).unwrap(), None);
}

const DEVICE: Id = Id([7; 16]);
const HUB: Id = Id([9; 16]);
const SNAG: Id = Id([1; 16]);

fn event(device: Id, role: &str, seq: u64, corrected: UtcMs, skew_ms: i64, body: &Body) -> Event {
    Event::encode(&NewEvent { device, actor: Id([3; 16]), role, policy: "cn-default@1", skew_ms, agg: SNAG, seq, hlc: Hlc { ms: corrected, counter: 0 }, body })
}

fn done() -> Body {
    Body::Act(Act::RepairDone("sealed".into(), None, None))
}

#[test]
fn the_time_that_counts_is_the_corrected_one() {
    let created =
        event(DEVICE, "inspector", 1, local("2026-03-02 09:00"), 0, &Body::Create(Create { kind: AggKind::Snag, unit: None, parent: None, fields: vec![] }));
    // The device's clock was nine days fast; the hub's time, known from the last contact, corrected it.
    let nine_days = 9 * 86_400_000;
    let in_time = event(DEVICE, "crew", 2, local("2026-03-05 17:00"), nine_days, &done());
    let thing = Aggregate::fold(SNAG, [&created, &in_time]);
    let counted = counted_time(&thing, EventRef { device: DEVICE, seq: 2 }).unwrap();
    assert_eq!((counted.at, counted.off_ms, counted.found_wrong), (local("2026-03-05 17:00"), nine_days, false));
    assert_eq!(counted.device, local("2026-03-14 17:00"));
    // Done in time and synced two days later: nothing of the arrival is in it.
    let due = local("2026-03-06 00:00");
    assert_eq!(standing(due, false, Some(counted.at), local("2026-03-08 10:00"), 0), Standing::Met);

    // A device that had never met the hub believed its own clock, three days slow; the hub found that out and marked it.
    let believed = event(DEVICE, "crew", 2, local("2026-03-02 17:00"), 0, &done());
    let three_days = 3 * 86_400_000;
    let mark = Body::Act(Act::ClockWrong(vec![EventRef { device: DEVICE, seq: 2 }], -three_days));
    let marked = event(HUB, "hub", 1, local("2026-03-05 18:00"), 0, &mark);
    let thing = Aggregate::fold(SNAG, [&created, &believed, &marked]);
    let counted = counted_time(&thing, EventRef { device: DEVICE, seq: 2 }).unwrap();
    assert_eq!((counted.at, counted.found_wrong), (local("2026-03-05 17:00"), true));
    // With the slow clock it was in time, and it is: the verdict is that of the true time, not of the wrong one.
    assert_eq!(standing(due, false, Some(counted.at), local("2026-03-08 10:00"), 0), Standing::Met);
    // Nobody but the hub corrects another's time.
    let forged = event(HUB, "crew", 1, local("2026-03-05 18:00"), 0, &mark);
    let thing = Aggregate::fold(SNAG, [&created, &believed, &forged]);
    assert_eq!(counted_time(&thing, EventRef { device: DEVICE, seq: 2 }).unwrap().at, local("2026-03-02 17:00"));
    assert_eq!(counted_time(&thing, EventRef { device: DEVICE, seq: 99 }), None);
}
