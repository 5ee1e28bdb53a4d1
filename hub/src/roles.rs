//! What the policy says at the hub: who may do what, and the hub's own times. The one place where the hub asks.

use keyturn_core::{
    log::fold::Aggregate,
    model::{UtcMs, Value, act::DueDates, body::Body},
    policy::{Profile, registry::Registry, roles::Entry},
    rules::{self, Meets, Refusal},
};

pub use keyturn_core::rules::HUB_ROLE;

/// Refuses a role that is none of the policy's, or that lets nobody in by `entry`.
pub(crate) fn lets_in(profile: &Profile, role: &str, entry: Entry) -> Result<(), Refusal> {
    let roles = &profile.roles;
    if roles.list.get(role).is_none() {
        return Err(Refusal::with("hub-no-role", "role", role));
    }
    let key = match entry {
        Entry::Device => "hub-role-no-device",
        Entry::Console => "hub-role-no-console",
    };
    if roles.lets_in(role, entry) { Ok(()) } else { Err(Refusal::with(key, "role", role)) }
}

/// Checks role and content of an event under the profile of its case.
pub(crate) fn admit(body: &Body, meets: &Meets<'_>) -> Result<(), Refusal> {
    if let Body::Set(changes) = body
        && changes.iter().any(|c| matches!(&c.value, Value::Participant(p) if p.role == HUB_ROLE))
    {
        return Err(Refusal::with("rule-unknown-item", "item", HUB_ROLE));
    }
    rules::admit(body, meets)
}

/// The due dates that an order at `ordered` for a kind of work sets on a snag, counted in the project's zone.
pub(crate) fn due_dates(
    policies: &Registry,
    profile: &Profile,
    snag: &Aggregate,
    zone: chrono_tz::Tz,
    ordered: UtcMs,
    work: Option<&str>,
) -> Result<Option<DueDates>, Refusal> {
    Ok(rules::clocks::dispatched(profile, &policies.calendar(profile, zone), snag, ordered, work)?)
}

/// How far a clock may be off before its events lose every tie, in milliseconds.
pub(crate) fn clock_tolerance_ms(profile: &Profile) -> i64 {
    i64::from(profile.handover.device.clock_warn_seconds.value) * 1000
}

/// How long an invite is good, in milliseconds.
pub(crate) fn invite_ms(profile: &Profile) -> i64 {
    i64::from(profile.handover.device.invite_hours.value) * 3_600_000
}

/// How long an owner's link is good, in milliseconds.
pub(crate) fn owner_link_ms(profile: &Profile) -> i64 {
    i64::from(profile.handover.owner_link.days.value) * 86_400_000
}

/// Contact within this counts as recent, in milliseconds.
pub(crate) fn recent_ms(profile: &Profile) -> i64 {
    i64::from(profile.handover.device.recent_minutes.value) * 60_000
}

/// Without contact for this long a device is silent, in milliseconds.
pub(crate) fn silent_ms(profile: &Profile) -> i64 {
    i64::from(profile.handover.device.silent_hours.value) * 3_600_000
}

/// How long a link or invitation that ended still says so, in milliseconds.
pub(crate) fn ended_told_ms(profile: &Profile) -> i64 {
    i64::from(profile.handover.owner_link.told_days.value) * 86_400_000
}
