//! The holiday files: notices, addresses, off days and make-up days, and every day against another data set.

use super::{ZONE, rules};
use chrono::{Datelike, NaiveDate, TimeZone};
use keyturn_core::{
    model::UtcMs,
    policy::{
        Faults,
        calendar::{Calendar, NATIONAL, Notices, Regions, Year, YearState, is_weekend, national},
    },
    words::Lang,
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

fn calendar(name: &str) -> std::sync::Arc<Calendar> {
    super::calendar_of(&rules(name))
}

fn days(year: i32) -> impl Iterator<Item = NaiveDate> {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap().iter_days().take_while(move |d| d.year() == year)
}

fn rests(calendar: &Calendar, day: NaiveDate) -> bool {
    calendar.rests(calendar.number(day).unwrap())
}

#[test]
fn each_year_has_its_notice_address_off_days_and_make_up_days() {
    let wanted = [
        (2025, "国办发明电〔2024〕12号", "2024-11-12", 28, ["01-26", "02-08", "04-27", "09-28", "10-11"].as_slice()),
        (2026, "国办发明电〔2025〕7号", "2025-11-04", 33, ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"].as_slice()),
    ];
    assert_eq!(national().keys().copied().collect::<Vec<_>>(), [2025, 2026]);
    for (year, number, given, off, made_up) in wanted {
        let notice = &national()[&year];
        assert_eq!(notice.state, YearState::Official);
        assert_eq!(notice.notice.number.as_deref(), Some(number));
        assert_eq!(notice.notice.date.unwrap().to_string(), given);
        assert!(notice.papers.iter().all(|p| p.starts_with("https://www.gov.cn/zhengce/")), "{:?}", notice.papers);
        assert_eq!(notice.days.iter().filter(|d| d.is_off_day).count(), off, "{year}");
        let worked: Vec<String> = notice.days.iter().filter(|d| !d.is_off_day).map(|d| d.date.format("%m-%d").to_string()).collect();
        assert_eq!(worked, made_up, "{year}");
        // 52 weekends and the 13 days of the law: what is swapped is worked in another place.
        let calendar = calendar("default");
        let resting = days(year).filter(|d| rests(&calendar, *d)).count();
        let weekends = days(year).filter(|d| is_weekend(*d)).count();
        assert_eq!(resting, weekends + off - notice.days.iter().filter(|d| d.is_off_day && is_weekend(d.date)).count() - made_up.len());
        for day in &notice.days {
            let number = calendar.number(day.date).unwrap();
            assert_eq!(calendar.name(number, Lang::Zh), Some(day.name.as_str()));
            assert!(calendar.name(number, Lang::En).unwrap().is_ascii() || day.name == "元旦", "{} has no English name", day.name);
        }
    }
}

fn problems(read: Result<impl Sized, Faults>) -> Vec<(usize, &'static str)> {
    read.err().map(|faults| faults.0.into_iter().map(|fault| (fault.line, fault.problem)).collect()).unwrap_or_default()
}

#[test]
fn a_year_that_nobody_filled_in_is_refused_with_its_lines() {
    let year = |text: &str| problems(Year::read("2027.json", true, text));
    let good = include_str!("notice-2027.json");
    assert_eq!(year(good), []);
    // The last days of December may stand in the next year's file.
    let add = |day: &str, off: bool| {
        good.replacen("  \"days\": [\n", &format!("  \"days\": [\n    {{\"name\": \"元旦\", \"date\": \"{day}\", \"isOffDay\": {off}}},\n"), 1)
    };
    assert_eq!(year(&add("2026-12-31", true)), []);
    let empty = format!("{}\"days\": []\n}}", good.split("\"days\"").next().unwrap());
    let fixed = (7, "calendar-fixed-missing");
    for (text, wanted) in [
        (empty.clone(), vec![fixed, fixed, fixed, fixed, fixed, fixed, (7, "calendar-no-day-off")]),
        (good.replacen("[\"https://example.org/2027\"]", "[]", 1), vec![(6, "calendar-no-paper")]),
        (good.replacen("https://example.org/2027", "国务院", 1), vec![(6, "calendar-no-paper")]),
        (add("2026-11-30", true), vec![(8, "calendar-day-outside")]),
        (good.replacen("2027-10-09", "2028-01-01", 1), vec![(37, "calendar-day-outside")]),
        // A make-up day on a Friday; a holiday of the law left out; twice; out of order.
        (good.replacen("2027-02-20", "2027-02-19", 1), vec![(18, "calendar-day-worked")]),
        (good.replacen("2027-05-02", "2027-05-06", 1), vec![(7, "calendar-fixed-missing"), (24, "calendar-day-order")]),
        (good.replacen("2027-01-02", "2027-01-01", 1), vec![(9, "calendar-day-order")]),
        (good.replacen("2027-04-05", "2027-02-29", 1), vec![(21, "calendar-unreadable")]),
        (good.replacen("official", "certain", 1), vec![(3, "calendar-unreadable")]),
        (good.replacen("\"S\"", "\"X\"", 1), vec![(4, "calendar-unreadable")]),
        (good.replacen("isOffDay", "isoffday", 1), vec![(8, "calendar-unreadable")]),
        (
            good.replacen("2027,", "9999,", 1).lines().take(6).chain(["\"days\": []}"]).collect::<Vec<_>>().join("\n").replacen("official", "provisional", 1),
            vec![(2, "calendar-year-range")],
        ),
        (String::new(), vec![(1, "calendar-unreadable")]),
    ] {
        assert_eq!(year(&text), wanted, "{}", text.lines().take(10).collect::<String>());
    }
    // Not a year of the law of 2024, and not the whole country's: those days need not stand in it.
    assert_eq!(problems(Year::read("x.json", false, &empty)), [(7, "calendar-no-day-off")]);
    assert_eq!(year(&empty.replacen("2027,", "2024,", 1)), [(7, "calendar-no-day-off")]);
}

#[test]
fn a_notice_that_contradicts_a_known_one_is_refused() {
    let notices = Notices::shipped();
    let check = |notices: &Notices, place: &str, text: &str| match notices.check(place, "x.json", text) {
        Ok((year, new)) => Ok((year.year, new)),
        Err(faults) => Err(faults.0.into_iter().map(|fault| (fault.key.clone(), fault.problem)).collect::<Vec<_>>()),
    };
    let refused = |key: &str, problem| Err(vec![(key.to_owned(), problem)]);
    let next = include_str!("notice-2027.json");
    let shipped = include_str!("../../src/policy/data/calendar/cn/2026.json");
    assert_eq!(check(notices, NATIONAL, next), Ok((2027, true)));
    assert_eq!(check(notices, NATIONAL, shipped), Ok((2026, false)), "said already");
    // One make-up day less, one day off more, and a state that goes back.
    let line = |day: &str| shipped.lines().find(|l| l.contains(day)).unwrap().to_owned() + "\n";
    assert_eq!(check(notices, NATIONAL, &shipped.replace(&line("2026-09-20"), "")), refused("2026-09-20", "calendar-contradicts"));
    assert_eq!(check(notices, NATIONAL, &shipped.replacen("2026-10-10", "2026-10-11", 1)), refused("2026-10-10", "calendar-contradicts"));
    assert_eq!(check(notices, NATIONAL, &shipped.replacen("official", "provisional", 1)), refused("state", "calendar-final"));
    // 4 January 2026 is worked by the notice of its own year; a file of 2027 cannot say anything of it, but of the end of December it can.
    let december = next.replacen("  \"days\": [\n", "  \"days\": [\n    {\"name\": \"元旦\", \"date\": \"2026-12-31\", \"isOffDay\": true},\n", 1);
    assert_eq!(check(notices, NATIONAL, &december), Ok((2027, true)));
    let with_december = notices.with(NATIONAL, Year::read("x.json", true, &december).unwrap());
    let late = "{\"year\": 2026, \"state\": \"provisional\", \"certainty\": \"V\", \"notice\": {\"title\": \"x\"}, \"papers\": [], \"days\": []}";
    assert_eq!(check(&with_december, NATIONAL, late), refused("state", "calendar-final"));
    assert_eq!(check(notices, NATIONAL, &next.replacen("\"S\"", "\"R\"", 1)), refused("certainty", "calendar-not-sure"));
    assert_eq!(check(notices, NATIONAL, &next.replacen("official", "missing", 1)), refused("state", "calendar-state-missing"));
    assert_eq!(check(notices, "cn-atlantis", next), refused("cn-atlantis", "calendar-region-unknown"));
    // A region's draft gives way to its notice; the final one does not change any more.
    let draft = include_str!("../../src/policy/data/calendar/cn-guangxi/2026.json");
    assert_eq!(check(notices, "cn-guangxi", draft), refused("certainty", "calendar-not-sure"));
    let region = draft.replacen("\"R\"", "\"S\"", 1).replacen("provisional", "official", 1).replacen("[]", "[\"http://www.gxzf.gov.cn/x\"]", 1);
    assert_eq!(check(notices, "cn-guangxi", &region), Ok((2026, true)));
    let known = notices.with("cn-guangxi", Year::read("x.json", false, &region).unwrap());
    assert_eq!(check(&known, "cn-guangxi", &region), Ok((2026, false)));
    assert_eq!(check(&known, "cn-guangxi", &region.replacen("2026-04-20", "2026-04-21", 1)), refused("2026-04-20", "calendar-contradicts"));
    let calendar = Calendar::new(&rules("guangxi").calendar, ZONE, &std::sync::Arc::new(known));
    assert!(calendar.rests(calendar.number("2026-04-20".parse().unwrap()).unwrap()));
}

#[test]
fn regions_rest_on_their_own_days_and_drafts_bind_nobody() {
    let regions = Regions::builtin();
    assert!(regions.list().iter().count() >= 4);
    let at = |name: &str, day: &str| {
        let (calendar, day) = (calendar(name), day.parse().unwrap());
        let number = calendar.number(day).unwrap();
        (calendar.rests(number), calendar.unsure(number, number))
    };
    assert_eq!(at("xinjiang", "2025-06-10"), (true, false));
    assert_eq!(at("default", "2025-06-10"), (false, false));
    assert_eq!(at("xinjiang", "2026-06-10"), (false, true));
    assert_eq!(at("xizang", "2026-02-25"), (true, true));
    assert_eq!(at("guangxi", "2026-04-20"), (false, true));
    assert_eq!(at("default", "2027-01-01"), (false, true));
    assert_eq!(at("default", "2027-01-02"), (true, true));
}

/// Daylight saving time: New York's days of 23 and 25 hours, and a day that begins at 01:00 in Beirut.
#[test]
fn days_on_which_clocks_change_keep_their_length() {
    let rules = rules("service");
    let hours = |zone: chrono_tz::Tz, day: &str| {
        let calendar = Calendar::new(&rules.calendar, zone, Notices::shipped());
        let number = calendar.number(day.parse().unwrap()).unwrap();
        let (from, to) = (calendar.begins(number), calendar.begins(number + 1));
        assert_eq!(calendar.day_of(from), Some(number));
        assert_eq!(calendar.day_of(UtcMs(to.0 - 1)), Some(number));
        assert_eq!(calendar.day_of(to), Some(number + 1));
        if let Some(close) = calendar.closes(number) {
            let local = zone.timestamp_millis_opt(close.0).unwrap();
            assert_eq!(local.format("%H:%M").to_string(), if is_weekend(local.date_naive()) { "12:00" } else { "18:00" });
        }
        (to.0 - from.0) / 3_600_000
    };
    assert_eq!(hours(chrono_tz::America::New_York, "2026-03-08"), 23);
    assert_eq!(hours(chrono_tz::America::New_York, "2026-11-01"), 25);
    assert_eq!(hours(chrono_tz::Asia::Beirut, "2022-03-27"), 23);
    assert_eq!(hours(ZONE, "2026-03-08"), 24);
    // A zone that changes on a working day: Cairo, Friday 24 April 2026, 23 h.
    assert_eq!(hours(chrono_tz::Africa::Cairo, "2026-04-24"), 23);
}

/// Each day of both years against the package that Python programs use. The package is fetched at test time only; where it cannot be
/// had, the test says so.
#[test]
fn every_day_is_what_chinesecalendar_says() {
    const ASK: &str = "
import chinese_calendar, datetime
day = datetime.date(2025, 1, 1)
while day.year < 2027:
    print(day.isoformat(), int(chinese_calendar.is_holiday(day)))
    day += datetime.timedelta(1)
";
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chinesecalendar-1.11");
    let Some(python) = python(&place) else {
        eprintln!("SKIPPED: the package chinesecalendar 1.11 cannot be had here; the days were NOT compared with it");
        return;
    };
    let out = Command::new(python).args(["-c", ASK]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let calendar = calendar("default");
    let told = String::from_utf8(out.stdout).unwrap();
    let differ: Vec<&str> = told.lines().filter(|l| rests(&calendar, l[..10].parse().unwrap()) != l.ends_with('1')).collect();
    assert_eq!(told.lines().count(), 730);
    assert!(differ.is_empty(), "{differ:?}");
}

/// The Python of a place of its own with the package in it.
fn python(place: &Path) -> Option<PathBuf> {
    let python = place.join("bin/python");
    let run = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success());
    let has = || run(Command::new(&python).args(["-c", "import chinese_calendar"]));
    if !has() {
        run(Command::new("python3").args(["-m", "venv"]).arg(place));
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--timeout", "20", "chinesecalendar==1.11.0"]));
    }
    has().then_some(python)
}
