//! What cannot be meant: days gone by, places outside a plan or its room, meters without a number. Asked when a person says it;
//! what arrives from elsewhere late is not held against the day it arrives on.

use super::Refusal;
use crate::{
    log::fold::Aggregate,
    model::{UtcMs, Value, value::Pin},
    policy::Profile,
};
use chrono::NaiveDate;

/// The day by which something is due: a date, and not one that is over.
///
/// # Errors
/// `rule-bad-date`, `rule-due-past`.
pub fn due_on(day: &str, today: NaiveDate) -> Result<NaiveDate, Refusal> {
    let date: NaiveDate = day.parse().map_err(|_| Refusal::with("rule-bad-date", "date", day))?;
    if date < today {
        return Err(Refusal::of("rule-due-past", vec![("date", day.to_owned()), ("today", today.to_string())]));
    }
    Ok(date)
}

/// An appointment: the time it keeps free is not over yet.
///
/// # Errors
/// `rule-appoint-past`.
pub fn appointment(profile: &Profile, when: UtcMs, now: UtcMs, zone: chrono_tz::Tz) -> Result<(), Refusal> {
    let kept_ms = i64::from(profile.handover.walkthrough.appointment_hours.value) * 3_600_000;
    if when.0.saturating_add(kept_ms) < now.0 { Err(Refusal::with("rule-appoint-past", "when", when.local_minute(zone))) } else { Ok(()) }
}

/// A pin lies on the plan, and in the room it is said to be in where the plan knows that room. A pin on the wall is in both rooms.
///
/// # Errors
/// `rule-pin-outside`, `rule-pin-room`.
pub fn pin(profile: &Profile, plan: &Aggregate, room: Option<&str>, pin: Pin) -> Result<(), Refusal> {
    const WHOLE_PPM: i64 = 1_000_000;
    let (x, y) = (i64::from(pin.x_ppm), i64::from(pin.y_ppm));
    if x > WHOLE_PPM || y > WHOLE_PPM {
        return Err(Refusal::plain("rule-pin-outside"));
    }
    let slack = i64::from(profile.handover.walkthrough.pin_slack_percent.value) * WHOLE_PPM / 100;
    let Some([left, top, wide, high]) = room.and_then(|key| room_on(plan, key)) else { return Ok(()) };
    let within = (left - slack..=left + wide + slack).contains(&x) && (top - slack..=top + high + slack).contains(&y);
    if within { Ok(()) } else { Err(Refusal::plain("rule-pin-room")) }
}

fn room_on(plan: &Aggregate, key: &str) -> Option<[i64; 4]> {
    rooms_on(plan).into_iter().find(|(room, _)| room == key).map(|(_, place)| place)
}

/// The rooms that a plan knows: key, and left, top, width and height in millionths of the plan.
pub fn rooms_on(plan: &Aggregate) -> Vec<(String, [i64; 4])> {
    let Some(Value::List(rooms)) = plan.get("rooms") else { return Vec::new() };
    let read = |text: &str| {
        let mut parts = text.split(';');
        let key = parts.next()?.to_owned();
        let mut ppm = || parts.next()?.parse::<i64>().ok();
        Some((key, [ppm()?, ppm()?, ppm()?, ppm()?]))
    };
    rooms.iter().filter_map(Value::text).filter_map(read).collect()
}

/// The room in which a pin lies, or the nearest one within the slack that a pin on a wall has; of rooms within rooms the smallest.
pub fn room_at(profile: &Profile, plan: &Aggregate, pin: Pin) -> Option<String> {
    const WHOLE_PPM: i64 = 1_000_000;
    let (x, y) = (i64::from(pin.x_ppm), i64::from(pin.y_ppm));
    let slack = i64::from(profile.handover.walkthrough.pin_slack_percent.value) * WHOLE_PPM / 100;
    // How far a number lies outside a span.
    let outside = |at: i64, from: i64, long: i64| (from - at).max(at - from - long).max(0);
    let rooms = rooms_on(plan).into_iter().map(|(key, [left, top, wide, high])| (outside(x, left, wide).max(outside(y, top, high)), wide * high, key));
    rooms.filter(|(away, ..)| *away <= slack).min().map(|(_, _, key)| key)
}
