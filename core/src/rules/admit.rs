//! Admission: checked on the device before an event is made, and by the hub when it arrives.

use crate::{
    log::fold::{Aggregate, Phase, step},
    model::{
        Id, UtcMs, Value,
        act::{Act, Outcome, Signature},
        body::{AggKind, Body, Change},
        value::Answer,
    },
    policy::{
        Profile,
        gate::{self, AppointmentFacts, CloseFacts, Filing, PartFacts, ParticipantFacts},
        registry::Registry,
    },
    words::Told,
};

/// Why something is not done. The key names the words; arguments never hold personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}")]
pub struct Refusal {
    /// Message key, stable.
    pub key: &'static str,
    /// The message's arguments.
    pub args: Vec<(&'static str, String)>,
    /// What else stands in the way: everything is told at once, not one after the other.
    pub also: Vec<Refusal>,
}

impl Refusal {
    /// Without arguments.
    pub fn plain(key: &'static str) -> Self {
        Self::of(key, Vec::new())
    }

    /// With one argument.
    pub fn with(key: &'static str, name: &'static str, value: impl Into<String>) -> Self {
        Self::of(key, vec![(name, value.into())])
    }

    /// With these arguments.
    pub fn of(key: &'static str, args: Vec<(&'static str, String)>) -> Self {
        Self { key, args, also: Vec::new() }
    }

    /// All of these at once; `None` when there are none.
    pub fn all(reasons: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut reasons = reasons.into_iter();
        let mut first = reasons.next()?;
        first.also.extend(reasons);
        Some(first)
    }

    /// As it stands in a `hub.refuse` event.
    pub fn owned_args(&self) -> Vec<(String, String)> {
        self.args.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()
    }
}

impl Told for Refusal {
    fn key(&self) -> &'static str {
        self.key
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        self.args.clone()
    }
    fn also(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        self.also.iter().map(|reason| (reason.key, reason.args.clone())).collect()
    }
}

/// What an event meets: the state before it, and who asks.
#[derive(Clone, Copy)]
pub struct Meets<'a> {
    /// The role of the actor.
    pub role: &'a str,
    /// The thing, if it exists.
    pub thing: Option<&'a Aggregate>,
    /// The unit the thing belongs to (or is), where the rule needs it.
    pub unit: Option<&'a Aggregate>,
    /// The policy.
    pub profile: &'a Profile,
    /// All that is known of the project's rules, holiday notices among it.
    pub policies: &'a Registry,
    /// The project's zone.
    pub zone: chrono_tz::Tz,
}

/// Checks role and content. Holds on the device and at the hub, whatever else has arrived meanwhile; whether the act still fits
/// the phase is [`fits`]'s question.
///
/// # Errors
/// With the reason, in words a person can act on.
pub fn admit(body: &Body, meets: &Meets<'_>) -> Result<(), Refusal> {
    let kind = match (body, meets.thing) {
        (Body::Create(create), _) => Some(create.kind),
        (_, Some(thing)) => thing.kind,
        _ => None,
    };
    if let Some(act) = act_name(body, kind)
        && !meets.profile.roles.may(meets.role, &act)
    {
        return Err(Refusal::of("rule-role", vec![("role", meets.role.to_owned()), ("act", act)]));
    }
    match body {
        Body::Create(create) => {
            if create.kind == AggKind::Snag {
                for needed in ["room", "element", "defect"] {
                    if !create.fields.iter().any(|(f, v)| f == needed && v.text().is_some_and(|t| !t.trim().is_empty())) {
                        return Err(Refusal::with("rule-snag-needs", "field", needed));
                    }
                }
            }
            if create.kind == AggKind::Policy {
                return policy_ok(create);
            }
            create.fields.iter().try_for_each(|(field, value)| value_ok(meets.profile, field, value))
        }
        Body::Set(changes) => {
            if changes.is_empty() {
                return Err(Refusal::plain("rule-empty-change"));
            }
            changes.iter().try_for_each(|Change { field, value, .. }| value_ok(meets.profile, field, value))
        }
        Body::Act(act) => act_ok(act, meets),
        // A newer device's event: kept and passed on, folded by those who know it.
        Body::Unknown => Ok(()),
    }
}

/// Whether the thing is in a phase where the act makes sense; asked before an event is made, not when it arrives.
///
/// # Errors
/// With the phase it is in.
pub fn fits(body: &Body, thing: Option<&Aggregate>) -> Result<(), Refusal> {
    match (body, thing) {
        (Body::Create(_), Some(thing)) if thing.created.is_some() => Err(Refusal::plain("rule-exists")),
        (Body::Create(_) | Body::Unknown, _) => Ok(()),
        (_, None) => Err(Refusal::plain("rule-not-found")),
        // What was signed and closed stays; what is found later is a snag of its own or a new version through the office.
        (Body::Set(_), Some(thing)) if thing.phase == Phase::Closed => Err(Refusal::plain("rule-closed")),
        (Body::Set(_), Some(_)) => Ok(()),
        (Body::Act(Act::Hold(..)), Some(thing)) if super::clocks::on_hold(thing).is_some() => Err(Refusal::plain("rule-on-hold")),
        (Body::Act(Act::Resume(_)), Some(thing)) if super::clocks::on_hold(thing).is_none() => Err(Refusal::plain("rule-not-on-hold")),
        (Body::Act(act), Some(thing)) => match step(thing.phase, act) {
            Some(_) => Ok(()),
            None => Err(Refusal::of("rule-phase", vec![("act", act.kind().to_owned()), ("phase", thing.phase.name().to_owned())])),
        },
    }
}

/// The role of the hub's own events: refusals, clock marks, numbers, enrolments.
pub const HUB_ROLE: &str = "hub";

/// A published profile or holiday notice is a file that reads, under its own name.
fn policy_ok(create: &crate::model::body::Create) -> Result<(), Refusal> {
    use crate::policy::{layer::Layer, registry};
    let field = |name: &str| create.fields.iter().find(|(f, _)| f == name).and_then(|(_, value)| value.text());
    if create.fields.iter().any(|(_, value)| value.text().is_some_and(|text| text.len() > POLICY_MAX_BYTES)) {
        return Err(Refusal::with("rule-text-long", "field", registry::TEXT_FIELD));
    }
    if let (Some(name), Some(text)) = (field(registry::CALENDAR_FIELD), field(registry::TEXT_FIELD)) {
        return registry::read_notice(name, text).map(|_| ()).map_err(|_| Refusal::plain("rule-policy-unreadable"));
    }
    let (Some(name), Some(text)) = (field(registry::NAME_FIELD), field(registry::TEXT_FIELD)) else { return Err(Refusal::plain("rule-policy-unreadable")) };
    match Layer::read(name, text) {
        Ok(layer) if layer.at.to_string() == name => Ok(()),
        _ => Err(Refusal::plain("rule-policy-unreadable")),
    }
}

/// The name by which the roles data permits a body: `snag.create`, `snag.set`, or the act's kind.
fn act_name(body: &Body, kind: Option<AggKind>) -> Option<String> {
    match body {
        Body::Set(_) => Some(format!("{}.set", kind?.name())),
        Body::Unknown => None,
        other => Some(other.kind().to_owned()),
    }
}

fn words(text: &str, key: &'static str) -> Result<(), Refusal> {
    if text.trim().is_empty() { Err(Refusal::plain(key)) } else { Ok(()) }
}

fn reason(text: &Option<String>, key: &'static str) -> Result<(), Refusal> {
    words(text.as_deref().unwrap_or(""), key)
}

/// No published file is larger, in bytes: the shipped default, with all it says, is a fiftieth of it.
const POLICY_MAX_BYTES: usize = 1 << 20;

/// Longer words than a person types are a mistake or an attack; in characters.
const TEXT_MAX_CHARS: usize = 20_000;

fn value_ok(profile: &Profile, field: &str, value: &Value) -> Result<(), Refusal> {
    match value {
        Value::Text(text) if text.chars().count() > TEXT_MAX_CHARS => Err(Refusal::with("rule-text-long", "field", field)),
        Value::Pin(pin) if pin.x_ppm > 1_000_000 || pin.y_ppm > 1_000_000 => Err(Refusal::plain("rule-pin-outside")),
        Value::Line(line) => {
            let excused = line.snag.is_some() || line.reason.as_deref().is_some_and(|r| !r.trim().is_empty());
            // Out of tolerance only with a snag or a reason, and what was not checked says why.
            let must_excuse = line.verdict.as_deref() == Some("fail") || matches!(line.answer, Answer::NotFine | Answer::NotApplicable | Answer::NotChecked);
            if must_excuse && !excused { Err(Refusal::with("rule-line-reason", "line", field.trim_start_matches("line:"))) } else { Ok(()) }
        }
        // A waived part needs its reason (S0-09).
        Value::Done(done) if !done.done && field.starts_with("part:") => reason(&done.reason, "rule-waiver-reason"),
        Value::Done(done) if field.starts_with("key:") && done.count.is_some_and(|count| count > u32::from(profile.handover.walkthrough.keys_max.value)) => {
            Err(Refusal::with("rule-key-count", "most", profile.handover.walkthrough.keys_max.value.to_string()))
        }
        Value::Meter(meter) => {
            words(&meter.number, "rule-meter-number")?;
            if meter.reading_milli < 0 { Err(Refusal::plain("rule-meter-negative")) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

fn act_ok(act: &Act, meets: &Meets<'_>) -> Result<(), Refusal> {
    match act {
        Act::Appoint(on, ..) => appointable(meets, *on),
        Act::RecheckReject(why) | Act::OwnerReject(_, why) => words(why, "rule-reject-reason"),
        Act::Question(text, ..) => words(text, "rule-empty-text"),
        // Minutes are a meeting's (S0-32).
        Act::Minutes(_) if meets.thing.is_some_and(|thing| thing.kind != Some(AggKind::Meeting)) => Err(Refusal::plain("rule-not-found")),
        Act::Dispute(text) | Act::Minutes(text) | Act::Reply(_, text) => words(text, "rule-empty-text"),
        Act::Notice(method, tracking, _) => {
            words(method, "rule-notice-method")?;
            let rule = &meets.profile.handover.notice;
            if !rule.channels.value.contains(method) {
                return Err(Refusal::with("rule-notice-channel", "method", method.as_str()));
            }
            if rule.proof_required.value.contains(method) {
                reason(tracking, "rule-notice-proof")?;
            }
            Ok(())
        }
        Act::RepairDone(text, ..) => words(text, "rule-repair-text"),
        Act::Revoke(why) => words(why, "rule-revoke-reason"),
        Act::Sign(signature) => {
            if !meets.profile.handover.signature.levels.value.contains(&signature.level) {
                return Err(Refusal::plain("rule-sign-level"));
            }
            // A one-time code is what level 2 is.
            if (signature.level == 2) != signature.code.is_some() {
                return Err(Refusal::plain("rule-sign-code"));
            }
            match signature.outcome {
                Outcome::Attested => {}
                Outcome::Accepted => {
                    if signature.answers.iter().any(|a| !a.accepted) {
                        return Err(Refusal::plain("rule-sign-all-or-part"));
                    }
                }
                Outcome::InPart | Outcome::Refused => {
                    let said = signature.reason.as_deref().is_some_and(|r| !r.trim().is_empty());
                    let each = signature.answers.iter().filter(|a| !a.accepted).all(|a| a.reason.as_deref().is_some_and(|r| !r.trim().is_empty()));
                    let some = signature.answers.iter().any(|a| !a.accepted);
                    if !(said || (some && each)) {
                        return Err(Refusal::plain("rule-sign-reason"));
                    }
                }
                Outcome::Absent | Outcome::NotSigned => {
                    reason(&signature.reason, "rule-sign-reason")?;
                    if signature.witness.is_none() {
                        return Err(Refusal::plain("rule-sign-witness"));
                    }
                }
            }
            if signature.strokes.is_none() && !matches!(signature.outcome, Outcome::Absent | Outcome::NotSigned) {
                return Err(Refusal::plain("rule-sign-strokes"));
            }
            if let Some(thing) = meets.thing
                && !thing.frozen().any(|(version, digest, _)| digest == signature.record && version == signature.version)
            {
                return Err(Refusal::plain("rule-sign-record"));
            }
            Ok(())
        }
        Act::Close(_) => close(meets),
        Act::Due(dates) => super::clocks::admit(dates, meets),
        Act::Hold(state, why) => {
            if !crate::policy::deadline::Terms::builtin().states.has(state) {
                return Err(Refusal::with("rule-hold-state", "state", state.as_str()));
            }
            words(why, "rule-hold-reason")
        }
        Act::NoPhoto(_, why) => words(why, "rule-no-photo-reason"),
        _ => Ok(()),
    }
}

/// No appointment before the pre-check is ready and the acceptance filing is there (S1-15, S2-54).
fn appointable(meets: &Meets<'_>, on: UtcMs) -> Result<(), Refusal> {
    let Some(handover) = meets.thing else { return Err(Refusal::plain("rule-not-found")) };
    appointment_open(meets.profile, Some(handover), meets.unit, on).map_err(|shut| all_of(&shut))
}

/// Whether the walk-through of a unit can be appointed for `on`: everything that keeps it from that (S1-15, S2-54).
///
/// # Errors
/// With all that is missing.
pub fn appointment_open(profile: &Profile, handover: Option<&Aggregate>, unit: Option<&Aggregate>, on: UtcMs) -> Result<(), Vec<gate::Shut>> {
    let items = &profile.handover.gate.precheck_items.value;
    let filing = unit.and_then(|unit| Some(Filing { number: unit.text("filing_number")?.to_owned(), date: unit.text("filing_date")?.parse().ok()? }));
    let done = |item: &&String| handover.is_some_and(|handover| is_done(handover, &format!("precheck:{item}")));
    let facts = AppointmentFacts {
        precheck_done: items.iter().filter(done).cloned().collect(),
        filing,
        on: on.to_utc().with_timezone(&profile.time_zone).date_naive(),
        escort: true,
    };
    gate::appointment(profile, &facts)
}

/// Everything that is missing, as the policy says it.
fn all_of(shut: &[gate::Shut]) -> Refusal {
    Refusal::all(shut.iter().map(|shut| Refusal::of(shut.key(), shut.args()))).unwrap_or_else(|| Refusal::plain("rule-empty-change"))
}

/// A handover closes when each of its parts is completed or waived with a reason (S0-09) and the sides the profile names have
/// signed, or a witness in the owner's stead (S0-10, S1-20).
fn close(meets: &Meets<'_>) -> Result<(), Refusal> {
    let Some(handover) = meets.thing else { return Err(Refusal::plain("rule-not-found")) };
    closing_open(meets.profile, handover).map_err(|shut| all_of(&shut))?;
    meets.unit.map_or(Ok(()), |unit| super::owed::nothing_owed(meets.profile, handover, unit))
}

/// Whether a handover can be closed: everything that keeps it open (S0-09, S0-10, S1-20).
///
/// # Errors
/// With all that is missing.
pub fn closing_open(profile: &Profile, handover: &Aggregate) -> Result<(), Vec<gate::Shut>> {
    let parts = profile
        .taxonomy
        .parts
        .iter()
        .filter_map(|part| match handover.get(&format!("part:{}", part.id)) {
            Some(Value::Done(done)) => Some(PartFacts { part: part.id.clone(), open_lines: 0, waived: !done.done }),
            _ => None,
        })
        .collect();
    let signatures: Vec<(&Signature, u8)> =
        handover.done().filter_map(|e| if let Act::Sign(s) = &e.act { Some((&**s, super::level::reached_in(handover, e, s).level)) } else { None }).collect();
    let participants = handover
        .fields
        .iter()
        .filter_map(|(field, heads)| match (field.strip_prefix("participant:"), &heads.first()?.value) {
            (Some(id), Value::Participant(participant)) => Some((id.parse::<Id>().ok()?, participant)),
            _ => None,
        })
        .map(|(id, participant)| ParticipantFacts {
            role: participant.role.clone(),
            identity_checked: participant.identity_check.is_some(),
            mandate: participant.mandate.is_some(),
            signed_level: signatures.iter().filter(|(s, _)| s.signer == id && s.strokes.is_some()).map(|(_, level)| *level).max(),
        })
        .collect();
    let unsigned: Vec<&Signature> = signatures.iter().map(|(s, _)| *s).filter(|s| matches!(s.outcome, Outcome::Absent | Outcome::NotSigned)).collect();
    let facts = CloseFacts {
        parts,
        participants,
        owner_not_signing: !unsigned.is_empty(),
        witnesses: unsigned.iter().filter(|s| s.witness.is_some()).count().min(u8::MAX.into()) as u8,
        lines_without_cause: 0,
    };
    gate::close(profile, &facts)
}

fn is_done(thing: &Aggregate, field: &str) -> bool {
    matches!(thing.get(field), Some(Value::Done(done)) if done.done)
}
