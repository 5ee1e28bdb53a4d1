//! The holiday files: notices, addresses, off days and make-up days, and every day against another data set.

use super::{ZONE, rules};
use chrono::{Datelike, NaiveDate, TimeZone};
use keyturn_core::{
    model::UtcMs,
    policy::calendar::{Calendar, Regions, Year, YearState, is_weekend, national},
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

#[test]
fn a_year_that_nobody_filled_in_is_refused() {
    let year = |text: &str| Year::read("cn/2027.json", text);
    let head = r#""year": 2027, "certainty": "S", "notice": {"title": "通知"}"#;
    let good =
        format!(r#"{{{head}, "state": "official", "papers": ["https://www.gov.cn/x"], "days": [{{"name": "元旦", "date": "2027-01-01", "isOffDay": true}}]}}"#);
    assert!(year(&good).is_ok());
    // The last days of December may stand in the next year's file.
    assert!(year(&good.replace("2027-01-01", "2026-12-31")).is_ok());
    for (from, to) in [
        (r#"[{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]"#, "[]"),
        (r#"["https://www.gov.cn/x"]"#, "[]"),
        ("2027-01-01", "2026-11-30"),
        ("2027-01-01", "2028-01-01"),
        ("2027-01-01", "2027-02-29"),
        // A make-up day on a Friday.
        ("true", "false"),
        ("official", "certain"),
        ("\"S\"", "\"X\""),
        ("isOffDay", "isoffday"),
    ] {
        assert!(year(&good.replacen(from, to, 1)).is_err(), "{from} -> {to}");
    }
    let twice = good.replace("}]}", r#"}, {"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}"#);
    assert!(year(&twice).is_err());
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
        let calendar = Calendar::new(&rules.calendar, zone);
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
