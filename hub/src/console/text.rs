//! How a page says things: words, dates in the project's zone, lengths of time, sizes, and masked personal data.

use super::sign::{Markup, Sign};
use chrono::{Datelike, Timelike};
use keyturn_core::{
    model::time::UtcMs,
    words::{Lang, tr, word},
};
use std::fmt::Display;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The reader's language, the project's zone and the moment at which the page is made.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Language of the page.
    pub lang: Lang,
    /// Zone of the project.
    pub zone: chrono_tz::Tz,
    /// The hub's time when the page is made.
    pub now: UtcMs,
}

/// A small value that a template hands over, behind however many references the template engine puts before it.
pub trait Given<T> {
    /// The value.
    fn given(&self) -> T;
}

macro_rules! given {
    ($($of:ty),*) => {$(
        impl Given<$of> for $of {
            fn given(&self) -> $of {
                *self
            }
        }
    )*};
}

given!(UtcMs, Due, Sign, u64, i64);

impl<T, G: Given<T>> Given<T> for &G {
    fn given(&self) -> T {
        (*self).given()
    }
}

/// A name or number of a person, already masked: the only form in which a page takes personal data by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Masked(String);

impl Masked {
    /// First character (or Latin initial), then two stars.
    pub fn name(full: &str) -> Self {
        Self(full.trim().chars().next().map_or_else(String::new, |c| format!("{c}**")))
    }

    /// First three and last four digits; a number too short for that shows its last two only.
    pub fn phone(full: &str) -> Self {
        let digits: Vec<char> = full.chars().filter(char::is_ascii_digit).collect();
        Self(match digits.len() {
            0 => String::new(),
            1..=7 => format!("****{}", digits[digits.len().saturating_sub(2)..].iter().collect::<String>()),
            n => format!("{}****{}", digits[..3].iter().collect::<String>(), digits[n - 4..].iter().collect::<String>()),
        })
    }
}

impl Display for Masked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A date something has to be done by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: UtcMs,
    /// How long before it counts as soon (a value of the policy).
    pub soon_ms: i64,
    /// Nothing is left to do: the date is only told.
    pub closed: bool,
}

impl Due {
    /// Past its date and still open.
    pub fn is_over(&self, now: UtcMs) -> bool {
        !self.closed && now > self.at
    }

    /// Open and near its date.
    pub fn is_soon(&self, now: UtcMs) -> bool {
        !self.closed && now <= self.at && self.at.0 - now.0 <= self.soon_ms
    }
}

impl Words {
    /// The words for `key`.
    pub fn t(&self, key: &str) -> String {
        word(self.lang, key)
    }

    /// The words for `key` with one argument.
    pub fn t1(&self, key: &str, name: &str, value: impl Display) -> String {
        tr(self.lang, key, &[(name, value.to_string())])
    }

    /// The words for `key` with two arguments.
    pub fn t2(&self, key: &str, a: &str, a_value: impl Display, b: &str, b_value: impl Display) -> String {
        tr(self.lang, key, &[(a, a_value.to_string()), (b, b_value.to_string())])
    }

    /// The words for `key` with a number `n`; `plural` is `one` or `other` for languages that need it.
    pub fn count(&self, key: &str, n: impl Display) -> String {
        let n = n.to_string();
        let plural = if n == "1" { "one" } else { "other" };
        tr(self.lang, key, &[("n", n.clone()), ("plural", plural.to_owned())])
    }

    /// Day and minute; the year where it is not this one.
    pub fn when(&self, at: impl Given<UtcMs>) -> String {
        let t = at.given().to_utc().with_timezone(&self.zone);
        format!("{} {:02}:{:02}", self.day(t.date_naive()), t.hour(), t.minute())
    }

    /// Day; the year where it is not this one.
    pub fn date(&self, at: impl Given<UtcMs>) -> String {
        self.day(at.given().to_utc().with_timezone(&self.zone).date_naive())
    }

    /// Hour, minute and second.
    pub fn clock(&self, at: impl Given<UtcMs>) -> String {
        at.given().to_utc().with_timezone(&self.zone).format("%H:%M:%S").to_string()
    }

    /// Machine-readable instant for `<time datetime>`.
    pub fn iso(&self, at: impl Given<UtcMs>) -> String {
        at.given().rfc3339()
    }

    /// Today's date with its weekday.
    pub fn today(&self) -> String {
        let t = self.now.to_utc().with_timezone(&self.zone);
        let weekday = self.t(&format!("console-weekday-{}", t.weekday().number_from_monday()));
        self.t2("console-today-date", "date", self.day(t.date_naive()), "weekday", weekday)
    }

    /// The day of the page's moment in the project's zone.
    pub fn today_date(&self) -> chrono::NaiveDate {
        self.now.to_utc().with_timezone(&self.zone).date_naive()
    }

    fn day(&self, d: chrono::NaiveDate) -> String {
        let this_year = self.now.to_utc().with_timezone(&self.zone).year() == d.year();
        match self.lang {
            Lang::Zh if this_year => format!("{}月{}日", d.month(), d.day()),
            Lang::Zh => format!("{}年{}月{}日", d.year(), d.month(), d.day()),
            Lang::En if this_year => d.format("%-d %b").to_string(),
            Lang::En => d.format("%-d %b %Y").to_string(),
        }
    }

    /// A length of time in its two largest units.
    pub fn span(&self, ms: i64) -> String {
        let ms = ms.abs();
        let (a, b) = match ms {
            _ if ms >= DAY_MS => (("day", ms / DAY_MS), Some(("hour", ms % DAY_MS / HOUR_MS))),
            _ if ms >= HOUR_MS => (("hour", ms / HOUR_MS), Some(("minute", ms % HOUR_MS / MINUTE_MS))),
            _ if ms >= MINUTE_MS => (("minute", ms / MINUTE_MS), None),
            _ => (("second", ms / 1000), None),
        };
        let one = |(unit, n): (&str, i64)| self.count(&format!("console-span-{unit}"), n);
        match b {
            Some(b) if b.1 > 0 => format!("{} {}", one(a), one(b)),
            _ => one(a),
        }
    }

    /// How long ago, as seen from the page's moment.
    pub fn ago(&self, at: impl Given<UtcMs>) -> String {
        let ms = self.now.0 - at.given().0;
        if ms < MINUTE_MS { self.t("console-just-now") } else { self.t1("console-ago", "span", self.span(ms)) }
    }

    /// A clock's offset with its sign, such as `+26 h 3 min`.
    pub fn offset(&self, ms: impl Given<i64>) -> String {
        let ms = ms.given();
        let sign = if ms <= -1000 {
            "−"
        } else if ms >= 1000 {
            "+"
        } else {
            ""
        };
        format!("{sign}{}", self.span(ms))
    }

    /// A size in the unit a person would say.
    pub fn bytes(&self, n: impl Given<u64>) -> String {
        let n = n.given();
        match n {
            0..=999 => format!("{n} B"),
            1_000..=999_999 => format!("{} KB", n / 1_000),
            _ => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
        }
    }

    /// The flag of a date: how far over, how little is left, or just the day.
    pub fn due(&self, due: impl Given<Due>) -> Markup {
        let due = due.given();
        let left_ms = due.at.0 - self.now.0;
        let (class, sign, text) = if due.is_over(self.now) {
            ("over", Sign::Overdue, self.t1("console-due-over", "span", self.span(left_ms)))
        } else if due.is_soon(self.now) {
            ("soon", Sign::DueSoon, self.t1("console-due-left", "span", self.span(left_ms)))
        } else {
            return Markup(format!(r#"<time datetime="{}">{}</time>"#, due.at.rfc3339(), self.escaped(&self.date(due.at))));
        };
        // The filled flag is light on dark: its mark takes the flag's own colour.
        let mark = sign.mark(10).0.replacen(&format!("class=\"c-{}\"", sign.colour()), "class=\"own\"", 1);
        Markup(format!(r#"<span class="fl {class}" title="{}">{mark}{}</span>"#, self.escaped(&self.when(due.at)), self.escaped(&text)))
    }

    pub(super) fn escaped(&self, text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(lang: Lang) -> Words {
        // 2026-09-29 10:20:14 in Shanghai
        Words { lang, zone: chrono_tz::Asia::Shanghai, now: UtcMs(1_790_648_414_000) }
    }

    #[test]
    fn personal_data_is_masked() {
        assert_eq!(Masked::name("陈晓雯").to_string(), "陈**");
        assert_eq!(Masked::phone("138 1234 2046").to_string(), "138****2046");
        assert_eq!(Masked::phone("8800123").to_string(), "****23");
        assert_eq!(Masked::phone("").to_string(), "");
    }

    #[test]
    fn dates_lengths_and_flags_read_as_people_say_them() {
        let (zh, en) = (words(Lang::Zh), words(Lang::En));
        let at = UtcMs(zh.now.0 - 2 * DAY_MS - 22 * HOUR_MS);
        assert_eq!(zh.when(at), "9月26日 12:20");
        assert_eq!(en.when(at), "26 Sep 12:20");
        assert_eq!(zh.ago(at), "2 天 22 时前");
        assert_eq!(en.ago(at), "2 d 22 h ago");
        assert_eq!(zh.date(UtcMs(zh.now.0 + 1809 * DAY_MS)), "2031年9月12日");
        assert_eq!(zh.offset(26 * HOUR_MS + 3 * MINUTE_MS), "+26 时 3 分".replace("26 时 3 分", "1 天 2 时"));
        assert_eq!(en.offset(-4_000), "−4 s");
        let due = |ms| Due { at: UtcMs(zh.now.0 + ms), soon_ms: DAY_MS, closed: false };
        assert!(zh.due(due(-HOUR_MS)).to_string().contains("fl over"));
        assert!(zh.due(due(HOUR_MS)).to_string().contains("fl soon"));
        assert!(zh.due(due(3 * DAY_MS)).to_string().starts_with("<time"));
        assert!(!zh.due(Due { closed: true, ..due(-HOUR_MS) }).to_string().contains("fl"));
    }
}
