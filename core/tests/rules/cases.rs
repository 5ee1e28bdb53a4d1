//! The cases computed by hand.

use super::{at, calendar_of, local, pause, rules};
use chrono::{Datelike, NaiveDate, TimeZone, Weekday};
use keyturn_core::{
    policy::{
        calendar::national,
        deadline::{Pause, Question, steps_told},
    },
    words::Lang,
};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    #[serde(default = "default")]
    rules: String,
    milestone: String,
    severity: Option<String>,
    urgency: Option<String>,
    work: Option<String>,
    start: String,
    #[serde(default)]
    pauses: Vec<Span>,
    last: Option<NaiveDate>,
    due: Option<String>,
    #[serde(default)]
    provisional: bool,
}

fn default() -> String {
    "default".to_owned()
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

fn cases() -> Vec<Case> {
    toml::from_str::<Cases>(include_str!("deadlines.toml")).unwrap().case
}

// S0-46, S0-48, S2-18, S2-19, S2-22, S2-28, S2-38, S3-04, S3-05, S4-47, S4-55, S4-60, S4-61, S4-63, S4-76
#[test]
fn every_case_computed_by_hand_is_computed_alike() {
    let cases = cases();
    assert!(cases.len() >= 200, "{}", cases.len());
    assert_eq!(cases.iter().map(|c| &c.id).collect::<BTreeSet<_>>().len(), cases.len(), "an id stands twice");
    let mut wrong = Vec::new();
    for case in &cases {
        let rules = rules(&case.rules);
        let calendar = calendar_of(&rules);
        let pauses: Vec<Pause> = case.pauses.iter().map(|p| pause(at(&p.from), at(&p.to))).collect();
        let question = Question {
            milestone: &case.milestone,
            severity: case.severity.as_deref(),
            urgency: case.urgency.as_deref(),
            work: case.work.as_deref(),
            start: at(&case.start),
            pauses: &pauses,
        };
        let wanted = match (&case.due, case.last) {
            (Some(due), None) => at(due),
            (None, Some(last)) => local(&format!("{} 00:00", last.succ_opt().unwrap())),
            _ => panic!("{}: either `due` or `last`", case.id),
        };
        match rules.due(&calendar, &question) {
            Ok(due) if due.at == wanted && due.provisional == case.provisional => {}
            Ok(due) => wrong.push(format!(
                "{}: {:?} provisional {}, wanted {wanted:?}; {}",
                case.id,
                due.at,
                due.provisional,
                steps_told(&due.steps, &calendar, Lang::En)
            )),
            Err(error) => wrong.push(format!("{}: {error}", case.id)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The cases are what they are said to be: each make-up day of both years is counted, begun on and ended on.
#[test]
fn the_cases_cover_every_make_up_day() {
    let cases = cases();
    for day in national().values().flat_map(|y| &y.days).filter(|d| !d.is_off_day).map(|d| d.date) {
        assert!(matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
        let starts = cases.iter().filter(|c| super::ZONE.timestamp_millis_opt(at(&c.start).0).unwrap().date_naive() == day).count();
        let ends = cases.iter().filter(|c| c.last == Some(day)).count();
        assert!(starts > 0 && ends > 1, "{day}: {starts} begin, {ends} end");
    }
}

#[test]
fn a_due_date_tells_how_it_came_about() {
    let rules = rules("default");
    let calendar = calendar_of(&rules);
    let told = |milestone, work, severity, start: &str, pauses: &[Pause], lang| {
        let question = Question { milestone, severity, urgency: None, work, start: local(start), pauses };
        steps_told(&rules.due(&calendar, &question).unwrap().steps, &calendar, lang)
    };
    let single = Some("single_trade");
    assert_eq!(
        told("repair_complete", single, None, "2026-09-24 10:00", &[], Lang::En),
        "3 working days from Thu 24 Sep 2026; 25–27 Sep off: Mid-Autumn Festival; due at the end of Wed 30 Sep 2026, 24:00"
    );
    assert_eq!(
        told("repair_complete", single, None, "2026-09-24 10:00", &[], Lang::Zh),
        "自2026年9月24日周四起 3 个工作日，当日不计；9月25日至27日放假（中秋节）；2026年9月30日周三 24:00 到期"
    );
    assert_eq!(
        told("repair_complete", single, None, "2026-09-30 10:00", &[], Lang::En),
        "3 working days from Wed 30 Sep 2026; 1–7 Oct off: National Day; Sat 10 Oct is worked (National Day); due at the end of Sat 10 Oct 2026, 24:00"
    );
    assert_eq!(
        told("resolve_hard", None, Some("important"), "2025-12-31 10:00", &[], Lang::En),
        "1 month from Wed 31 Dec 2025; the last day, Sat 31 Jan, is a day off: moved to Mon 2 Feb; 31 Jan–1 Feb weekend; due at the end of Mon 2 Feb 2026, 24:00"
    );
    let day = [pause(local("2026-03-04 00:00"), local("2026-03-05 00:00"))];
    assert_eq!(
        told("repair_complete", single, None, "2026-03-02 10:00", &day, Lang::En),
        "3 working days from Mon 2 Mar 2026; Wed 4 Mar paused, not counted (1); due at the end of Fri 6 Mar 2026, 24:00"
    );
    let part = [pause(local("2026-03-04 09:00"), local("2026-03-05 09:00"))];
    assert!(told("repair_complete", single, None, "2026-03-02 10:00", &part, Lang::En).contains("no whole day, so nothing is added"));
    assert!(told("acknowledge", None, None, "2026-03-04 08:00", &part, Lang::En).contains("24:00 h"));
    assert!(told("repair_complete", single, None, "2026-12-30 10:00", &[], Lang::En).contains("no holiday notice yet for 2027: provisional"));
    assert!(told("resolve_hard", None, Some("important"), "2026-01-31 10:00", &[], Lang::Zh).contains("当月没有 31 日，为月末 2月28日周六"));
    // Whatever is told, no message key shows through.
    for case in cases() {
        let rules = super::rules(&case.rules);
        let calendar = calendar_of(&rules);
        let question = Question {
            milestone: &case.milestone,
            severity: case.severity.as_deref(),
            urgency: case.urgency.as_deref(),
            work: case.work.as_deref(),
            start: at(&case.start),
            pauses: &[],
        };
        let due = rules.due(&calendar, &question).unwrap();
        for lang in [Lang::Zh, Lang::En] {
            let told = steps_told(&due.steps, &calendar, lang);
            assert!(!told.contains("deadline-") && !told.contains('{') && !told.contains('$'), "{}: {told}", case.id);
        }
    }
}
