//! Bad input is refused with its place.

use super::{at, calendar_of, local, pause, rules};
use keyturn_core::{
    policy::deadline::{DeadlineError, DeadlineRow, DeadlineRules, Pause, Question, Terms},
    words::{Lang, Told},
};

fn ask<'a>(milestone: &'a str, start: &str, pauses: &'a [Pause]) -> Question<'a> {
    Question { milestone, severity: None, urgency: None, work: Some("single_trade"), start: at(start), pauses }
}

fn refusal(milestone: &str, start: &str, pauses: &[Pause]) -> DeadlineError {
    let rules = rules("default");
    let error = rules.due(&calendar_of(&rules), &ask(milestone, start, pauses)).unwrap_err();
    for lang in [Lang::Zh, Lang::En] {
        let told = error.told(lang);
        assert!(!told.contains("deadline-") && !told.contains('{'), "{told}");
    }
    error
}

const START: &str = "2026-03-02T10:00:00+08:00";

#[test]
fn bad_questions_are_refused_with_their_place() {
    let unknown = |place: &str, id: &str| DeadlineError::Unknown { place: place.into(), id: id.into() };
    assert_eq!(refusal("repair_complet", START, &[]), unknown("milestone", "repair_complet"));
    let rules = rules("default");
    let calendar = calendar_of(&rules);
    let with = |severity, urgency, work| {
        rules.due(&calendar, &Question { milestone: "acknowledge", severity, urgency, work, start: at(START), pauses: &[] }).map(|d| d.at)
    };
    assert_eq!(with(Some("grave"), None, None), Err(unknown("severity", "grave")));
    assert_eq!(with(None, Some("now"), None), Err(unknown("urgency", "now")));
    assert_eq!(with(None, None, Some("magic")), Err(unknown("work", "magic")));
    assert!(with(Some("general"), Some("routine"), Some("single_trade")).is_ok());

    let reversed = pause(local("2026-03-03 10:00"), local("2026-03-03 09:59"));
    let fine = pause(local("2026-03-03 10:00"), local("2026-03-03 11:00"));
    assert_eq!(refusal("acknowledge", START, &[fine.clone(), reversed]), DeadlineError::PauseReversed { place: "pauses[1]".into() });
    let open = Pause { to: None, ..fine.clone() };
    assert_eq!(refusal("acknowledge", START, &[open]), DeadlineError::PauseOpen { place: "pauses[0]".into() });
    let odd = Pause { state: Some("asleep".into()), ..fine };
    assert_eq!(refusal("acknowledge", START, &[odd]), unknown("pauses[0].state", "asleep"));

    let year = |place: &str, year| DeadlineError::Year { place: place.into(), year };
    assert_eq!(refusal("acknowledge", "9999-01-01T00:00:00+08:00", &[]), year("start", 9999));
    assert_eq!(refusal("acknowledge", "9999-06-01T00:00:00+08:00", &[]), year("start", 9999));
    assert_eq!(refusal("acknowledge", "1999-12-31T12:00:00+08:00", &[]), year("start", 1999));
    let far = pause(local("2026-03-03 10:00"), local("9999-03-03 11:00"));
    assert_eq!(refusal("repair_complete", START, &[far]), year("pauses[0].to", 9999));
    for milestone in ["repair_complete", "acknowledge", "dispute"] {
        assert!(matches!(refusal(milestone, "2099-12-31T10:00:00+08:00", &[]), DeadlineError::Year { place, year: 2100 } if place == "due"), "{milestone}");
    }
}

#[test]
fn a_case_that_no_limit_meets_says_what_the_limits_ask() {
    let asked = |milestone: &str| match refusal(milestone, START, &[]) {
        DeadlineError::NoRow { asked, .. } => asked,
        other => panic!("{other}"),
    };
    assert_eq!(asked("plan"), "severity: general, important, special");
    assert_eq!(asked("arrive"), "urgency: emergency");
    assert_eq!(asked("leak_fixed"), "");
    // C-08: a limit whose number nobody has set yet.
    let mut rules = rules("default");
    rules.rows.iter_mut().filter(|r| r.milestone == "acknowledge").for_each(|r| r.value = None);
    assert_eq!(rules.unset().count(), 1);
    let error = rules.due(&calendar_of(&rules), &ask("acknowledge", START, &[])).unwrap_err();
    assert_eq!(error, DeadlineError::Unset { milestone: "acknowledge".into() });
    // Service hours are counted, and there are none.
    rules.calendar.service_hours.value = keyturn_core::policy::deadline::ServiceHours::default();
    rules
        .rows
        .iter_mut()
        .filter(|r| r.milestone == "acknowledge")
        .for_each(|r| (r.value, r.unit) = (Some(2), keyturn_core::policy::deadline::Unit::ServiceHour));
    assert_eq!(rules.due(&calendar_of(&rules), &ask("acknowledge", START, &[])).unwrap_err(), DeadlineError::NoService);
}

#[test]
fn only_pauses_that_the_row_names_stop_its_clock() {
    let rules = rules("default");
    let calendar = calendar_of(&rules);
    let of = |milestone, state: Option<&str>| {
        let pauses = [Pause { state: state.map(str::to_owned), ..pause(local("2026-03-03 00:00"), local("2026-03-04 00:00")) }];
        rules.due(&calendar, &Question { pauses: &pauses, ..ask(milestone, START, &[]) }).unwrap().at
    };
    assert_eq!(of("repair_complete", Some("no_access")), local("2026-03-07 00:00"));
    assert_eq!(of("repair_complete", Some("in_court")), local("2026-03-06 00:00"));
    assert_eq!(of("repair_complete", None), local("2026-03-07 00:00"));
    assert_eq!(of("acknowledge", Some("no_access")), local("2026-03-03 10:00"));
}

fn row(text: &str) -> DeadlineRow {
    toml::from_str(text).unwrap()
}

fn faults(change: impl FnOnce(&mut DeadlineRules)) -> Vec<(String, &'static str)> {
    let mut rules = rules("default");
    assert_eq!(rules.faults(Terms::builtin()), []);
    rules.rows.truncate(2);
    change(&mut rules);
    rules.faults(Terms::builtin()).into_iter().map(|f| (f.key, f.problem)).collect()
}

#[test]
fn a_profile_with_bad_rows_is_found_out_when_it_is_read() {
    let bad = row(r#"milestone = "acknowlege"
severity = ["general", "grave"]
urgency = "now"
work = "magic"
value = 0
unit = "working_day"
start = "birth"
pauses = ["asleep"]
extendable = "always"
then_severity = "worse"
origin = "product_default""#);
    let found = faults(|r| r.rows.push(bad));
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "deadline[2].milestone: acknowlege",
            "deadline[2].start: birth",
            "deadline[2].severity: grave",
            "deadline[2].urgency: now",
            "deadline[2].work: magic",
            "deadline[2].pauses: asleep",
            "deadline[2].extendable: always",
            "deadline[2].then_severity: worse",
            "deadline[2].value: 0",
        ]
    );
    for wrong in ["value = 1.5", "value = -1", "value = nan", "unit = \"fortnight\"", "severity = []", "origin = \"hearsay\"", "surprise = 1"] {
        let text = format!("milestone = \"plan\"\nunit = \"month\"\nstart = \"intake\"\norigin = \"contract\"\n{wrong}");
        assert!(toml::from_str::<DeadlineRow>(&text).is_err(), "{wrong}");
    }
}

#[test]
fn the_most_particular_row_holds_and_a_tie_is_an_error_of_the_profile() {
    let plan = |axes: &str, value: u32| {
        row(&format!("milestone = \"plan\"\n{axes}\nvalue = {value}\nunit = \"elapsed_hour\"\nstart = \"intake\"\norigin = \"contract\""))
    };
    let clash = |rows: Vec<DeadlineRow>| faults(|r| r.rows.extend(rows)).iter().filter(|(_, problem)| *problem == "deadline-rows-clash").count();
    let (general, emergency) = (plan("severity = \"general\"", 24), plan("urgency = \"emergency\"", 2));
    let both = plan("severity = \"general\"\nurgency = \"emergency\"", 1);
    assert_eq!(clash(vec![general.clone(), emergency.clone()]), 1);
    assert_eq!(clash(vec![general.clone(), emergency.clone(), both.clone()]), 0);
    assert_eq!(clash(vec![general.clone(), general.clone()]), 1);
    assert_eq!(clash(vec![plan("severity = [\"general\", \"special\"]", 1), plan("severity = [\"special\", \"important\"]", 2)]), 1);
    assert_eq!(clash(vec![plan("", 1), general.clone()]), 0);

    let mut rules = rules("default");
    rules.rows = vec![plan("", 72), general, emergency, both];
    let held = |severity, urgency| rules.row("plan", severity, urgency, None).unwrap().value.unwrap();
    assert_eq!(held(None, None), 72);
    assert_eq!(held(Some("important"), Some("routine")), 72);
    assert_eq!(held(Some("general"), None), 24);
    assert_eq!(held(Some("special"), Some("emergency")), 2);
    assert_eq!(held(Some("general"), Some("emergency")), 1);
}

#[test]
fn calendars_that_cannot_be_are_found_out() {
    let bad = faults(|r| {
        r.calendar.regions.value = vec!["cn-atlantis".into()];
        r.calendar.service_hours.value.mon = vec!["13:00-18:00".parse().unwrap(), "09:00-12:00".parse().unwrap()];
        r.calendar.closure = toml::from_str::<keyturn_core::policy::deadline::CalendarRules>(
            r#"day_end = { value = "midnight", origin = "contract" }
roll = { value = "none", origin = "contract" }
regions = { value = [], origin = "contract" }
service_hours = { value = {}, origin = "contract" }
closure = [{ from = "2026-03-05", to = "2026-03-04", zh = "甲", en = "a", origin = "contract" }]"#,
        )
        .unwrap()
        .closure;
        r.warranty.overlay.value = "atlantis".into();
        r.warranty.rework.value.warn_at = 0;
    });
    let keys: Vec<&str> = bad.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "calendar.regions: cn-atlantis",
            "calendar.service_hours.mon",
            "calendar.closure[0]: 2026-03-05 2026-03-04",
            "warranty.rework",
            "warranty.overlay: atlantis"
        ]
    );
    for hours in ["9:00-12:00", "12:00-09:00", "09:00-24:01", "09:60-10:00", "09:00", "09:00-09:00", "０9:00-10:00"] {
        assert!(hours.parse::<keyturn_core::policy::deadline::Hours>().is_err(), "{hours}");
    }
    assert_eq!("00:00-24:00".parse::<keyturn_core::policy::deadline::Hours>().unwrap().to_string(), "00:00-24:00");
}
