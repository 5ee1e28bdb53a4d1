//! The fold: the state of one aggregate is a pure, total function of its set of events, ordered by (clock, device, sequence).
//!
//! Fields keep every value that nobody has knowingly replaced ("heads"); more than one different head is a conflict. Acts move
//! the phase; an act that no longer fits changes nothing and is listed as unfit. Events that the hub refused are left out and
//! listed; events whose clock the hub found wrong lose every tie.

use super::{
    event::{Event, EventRef, OrderKey},
    state::Origins,
};
use crate::{
    model::{
        Digest, Id, Value,
        act::{Act, Outcome},
        body::{AggKind, Body, Create},
    },
    rules::HUB_ROLE,
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where a thing stands. Snags, handovers and devices move; everything else stays `Open`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Has no states.
    #[n(0)]
    #[default]
    Open,
    /// Snag: recorded.
    #[n(1)]
    Recorded,
    /// Snag: ordered from a contractor or team.
    #[n(2)]
    Ordered,
    /// Snag: the crew is at it.
    #[n(3)]
    InWork,
    /// Snag: done, to be re-checked.
    #[n(4)]
    Done,
    /// Snag: re-check or owner found it not right.
    #[n(5)]
    Rejected,
    /// Snag: confirmed by the owner.
    #[n(6)]
    Confirmed,
    /// Handover: planned, the unit being made ready.
    #[n(7)]
    Planned,
    /// Handover: appointed.
    #[n(8)]
    Appointed,
    /// Handover: the walk-through is on.
    #[n(9)]
    Started,
    /// Handover: signed, refused or witnessed.
    #[n(10)]
    Signed,
    /// Handover: closed.
    #[n(11)]
    Closed,
    /// Device: enrolled.
    #[n(12)]
    Enrolled,
    /// Device: revoked.
    #[n(13)]
    Revoked,
}

impl Phase {
    /// The identifier, as in tokens and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Recorded => "recorded",
            Self::Ordered => "ordered",
            Self::InWork => "in_work",
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Confirmed => "confirmed",
            Self::Planned => "planned",
            Self::Appointed => "appointed",
            Self::Started => "started",
            Self::Signed => "signed",
            Self::Closed => "closed",
            Self::Enrolled => "enrolled",
            Self::Revoked => "revoked",
        }
    }

    fn first(kind: AggKind) -> Self {
        match kind {
            AggKind::Snag => Self::Recorded,
            AggKind::Handover => Self::Planned,
            AggKind::Device => Self::Enrolled,
            _ => Self::Open,
        }
    }
}

/// Where an act leads from a phase; `None` when it does not fit there. The one table that commands and the fold share.
pub fn step(phase: Phase, act: &Act) -> Option<Phase> {
    use Phase::*;
    let next = match (act, phase) {
        (Act::Appoint(..), Planned | Appointed) => Appointed,
        (Act::Start(..), Appointed) => Started,
        (Act::Sign(signature), Started) if signature.outcome_decides() => Signed,
        (Act::Sign(_), Started | Signed | Closed) => phase,
        (Act::Close(_), Signed) => Closed,
        (Act::Order(..), Recorded | Ordered | Rejected) => Ordered,
        (Act::Arrive(_), Ordered | Rejected | InWork) => InWork,
        (Act::RepairDone(..), InWork) => Done,
        (Act::RecheckConfirm(_), Done) => Done,
        (Act::RecheckReject(_) | Act::OwnerReject(..), Done) => Rejected,
        (Act::OwnerConfirm(..), Done) => Confirmed,
        (Act::Hold(..) | Act::Resume(_), Recorded | Ordered | InWork | Rejected) => phase,
        (Act::Revoke(_), Enrolled) => Revoked,
        (Act::Enrol(_), Enrolled) => Enrolled,
        (
            Act::Appoint(..)
            | Act::Start(..)
            | Act::Sign(_)
            | Act::Close(_)
            | Act::Order(..)
            | Act::Arrive(_)
            | Act::RepairDone(..)
            | Act::RecheckConfirm(_)
            | Act::RecheckReject(_)
            | Act::OwnerConfirm(..)
            | Act::OwnerReject(..)
            | Act::Hold(..)
            | Act::Resume(_)
            | Act::Revoke(_)
            | Act::Enrol(_),
            _,
        ) => return None,
        _ => phase,
    };
    Some(next)
}

impl crate::model::act::Signature {
    /// Whether this signature decides the handover: of the owner's side, or a witness's in their stead.
    pub fn outcome_decides(&self) -> bool {
        self.outcome != Outcome::Attested
    }
}

/// Who did something and when. How it is cached: [`super::state`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The event and its place in the order.
    pub order: OrderKey,
    /// Who.
    pub actor: Id,
    /// In which role.
    pub role: String,
    /// Device clock minus corrected time, in milliseconds.
    pub skew_ms: i64,
}

impl Origin {
    fn of(event: &Event) -> Self {
        Self { order: event.order(), actor: event.actor, role: event.role.clone(), skew_ms: event.skew_ms }
    }

    /// The event.
    pub fn at(&self) -> EventRef {
        self.order.event
    }
}

/// A value that nobody has knowingly replaced.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array, context_bound = "AsMut<Origins>")]
pub struct Head {
    /// Who set it.
    #[n(0)]
    pub origin: Origin,
    /// Its clock was found wrong: it loses every tie.
    #[n(1)]
    pub clock_wrong: bool,
    /// The value.
    #[n(2)]
    pub value: Value,
}

/// An act that was done.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array, context_bound = "AsMut<Origins>")]
pub struct Entry {
    /// Who and when.
    #[n(0)]
    pub origin: Origin,
    /// What; a frozen record stands here by its digest only ([`Aggregate::frozen`]).
    #[n(1)]
    pub act: Act,
    /// The round of the repair it belongs to.
    #[n(2)]
    pub round: u32,
    /// It did not fit the phase it met and changed nothing.
    #[n(3)]
    pub unfit_in: Option<Phase>,
}

/// An event that the hub refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refused {
    /// The event.
    #[n(0)]
    pub event: EventRef,
    /// Why: message key.
    #[n(1)]
    pub key: String,
    /// The message's arguments.
    #[n(2)]
    pub args: Vec<(String, String)>,
}

/// The state of one thing.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array, context_bound = "AsMut<Origins>")]
pub struct Aggregate {
    /// Its id.
    #[n(0)]
    pub id: Id,
    /// What it is; `None` while its creation has not arrived.
    #[n(1)]
    pub kind: Option<AggKind>,
    /// The unit it belongs to.
    #[n(2)]
    pub unit: Option<Id>,
    /// What it is a part of.
    #[n(3)]
    pub parent: Option<Id>,
    /// Its creation.
    #[n(4)]
    pub created: Option<Origin>,
    /// Where it stands.
    #[n(5)]
    pub phase: Phase,
    /// The round of the repair, from 1; each rejection begins another.
    #[n(6)]
    pub round: u32,
    /// Field values; the first head is the one shown.
    #[n(7)]
    pub fields: BTreeMap<String, Vec<Head>>,
    /// Acts in order.
    #[n(8)]
    pub entries: Vec<Entry>,
    /// Refused events.
    #[n(9)]
    pub refused: Vec<Refused>,
    /// Events this build does not know.
    #[n(10)]
    pub unknown: Vec<EventRef>,
    /// The last event in the order.
    #[n(11)]
    pub last: Option<OrderKey>,
    /// Per device, the highest sequence folded.
    #[n(12)]
    seen: Vec<(Id, u64)>,
    /// A later event may change what earlier ones mean, so the next one folds everything again.
    #[n(13)]
    unsettled: bool,
    /// The policy profile it was created under, `id@version`: what a running case keeps.
    #[n(14)]
    #[cbor(default)]
    pub policy: String,
}

impl Aggregate {
    /// Nothing known yet.
    pub fn empty(id: Id) -> Self {
        Self {
            id,
            kind: None,
            unit: None,
            parent: None,
            created: None,
            phase: Phase::Open,
            round: 1,
            fields: BTreeMap::new(),
            entries: Vec::new(),
            refused: Vec::new(),
            unknown: Vec::new(),
            last: None,
            seen: Vec::new(),
            unsettled: false,
            policy: String::new(),
        }
    }

    /// The profile that a running case keeps; `None` for what is no case (units, people, registers), which goes with the profile in force.
    pub fn kept_policy(&self) -> Option<&str> {
        let case = matches!(self.kind, Some(AggKind::Handover | AggKind::Snag | AggKind::Meeting | AggKind::Inspection));
        (case && !self.policy.is_empty()).then_some(&self.policy)
    }

    /// The state after exactly these events, in whatever order they come.
    pub fn fold<'a>(id: Id, events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut events: Vec<(&Event, Body)> = events.into_iter().map(|e| (e, e.body())).collect();
        events.sort_by_key(|(e, _)| e.order());
        events.dedup_by_key(|(e, _)| e.at());
        let context = Context::of(&events);
        let mut agg = Self::empty(id);
        for (event, body) in &events {
            agg.apply(event, body, &context);
        }
        agg
    }

    /// Adds one event to the state, if that gives what a fold of all events would; otherwise changes nothing and says `false`.
    pub fn push(&mut self, event: &Event) -> bool {
        self.push_known(event, &event.body())
    }

    /// [`Self::push`] for a body that is decoded already.
    pub fn push_known(&mut self, event: &Event, body: &Body) -> bool {
        // A device whose clock was set right may have numbered later what stands earlier in the order.
        let late = self.last.is_some_and(|last| event.order() <= last) || self.has_seen(event.at());
        let looks_back = matches!(body, Body::Act(Act::Refuse(..) | Act::ClockWrong(..)));
        if late || looks_back || self.unsettled {
            return false;
        }
        self.apply(event, body, &Context::default());
        true
    }

    fn has_seen(&self, at: EventRef) -> bool {
        self.seen.iter().any(|(device, seq)| *device == at.device && *seq >= at.seq)
    }

    fn apply(&mut self, event: &Event, body: &Body, context: &Context) {
        let at = event.at();
        self.last = Some(event.order());
        match self.seen.iter_mut().find(|(device, _)| *device == at.device) {
            Some((_, seq)) => *seq = (*seq).max(at.seq),
            None => self.seen.push((at.device, at.seq)),
        }
        if let Some((key, args)) = context.refused.get(&at) {
            self.refused.push(Refused { event: at, key: key.clone(), args: args.clone() });
            return;
        }
        match body {
            Body::Create(create) => self.create(event, create, context),
            Body::Set(changes) => {
                for change in changes {
                    self.set(event, &change.field, &change.value, &change.replaces, context);
                }
            }
            Body::Act(act) => {
                // A mark that is here before what it marks.
                let waits = match act {
                    Act::Refuse(at, ..) => !self.has_seen(*at),
                    Act::ClockWrong(events, _) => events.iter().any(|at| !self.has_seen(*at)),
                    _ => false,
                };
                self.unsettled |= waits;
                self.act(event, act);
            }
            Body::Unknown => self.unknown.push(at),
        }
    }

    fn create(&mut self, event: &Event, create: &Create, context: &Context) {
        // The same thing created twice (an import repeated on two hubs): the first one founds it, the other's fields join.
        if self.created.is_none() {
            self.kind = Some(create.kind);
            self.unit = create.unit;
            self.parent = create.parent;
            self.created = Some(Origin::of(event));
            self.phase = Phase::first(create.kind);
            self.policy.clone_from(&event.policy);
        }
        for (field, value) in &create.fields {
            self.set(event, field, value, &[], context);
        }
    }

    fn set(&mut self, event: &Event, field: &str, value: &Value, replaces: &[EventRef], context: &Context) {
        if replaces.iter().any(|at| !self.has_seen(*at)) {
            self.unsettled = true;
        }
        let heads = self.fields.entry(field.to_owned()).or_default();
        heads.retain(|head| !replaces.contains(&head.origin.at()));
        let at = event.at();
        if !context.replaced.contains(&(field.to_owned(), at)) {
            // A later change in the same event takes the place of an earlier one.
            heads.retain(|head| head.origin.at() != at);
            heads.push(Head { origin: Origin::of(event), clock_wrong: context.clock_wrong.contains(&at), value: value.clone() });
        }
        // The fixed rule: the latest in the order is shown, but one with a wrong clock gives way.
        heads.sort_by(|a, b| a.clock_wrong.cmp(&b.clock_wrong).then(b.origin.order.cmp(&a.origin.order)));
    }

    fn act(&mut self, event: &Event, act: &Act) {
        let round = self.round;
        let next = step(self.phase, act);
        let act = match act {
            Act::Freeze(version, bytes) => Act::Freeze(*version, Digest::of(bytes).0.to_vec()),
            other => other.clone(),
        };
        let unfit_in = next.is_none().then_some(self.phase);
        if let Some(next) = next {
            if next == Phase::Rejected && self.phase != Phase::Rejected {
                self.round += 1;
            }
            self.phase = next;
        }
        self.entries.push(Entry { origin: Origin::of(event), act, round, unfit_in });
    }

    /// The value shown for a field.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field).and_then(|heads| heads.first()).map(|head| &head.value)
    }

    /// The words shown for a field.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.get(field).and_then(Value::text)
    }

    /// The events whose values a change of this field replaces: every head the person could see.
    pub fn heads(&self, field: &str) -> Vec<EventRef> {
        self.fields.get(field).map(|heads| heads.iter().map(|h| h.origin.at()).collect()).unwrap_or_default()
    }

    /// Fields with two or more different values that nobody has settled, with their heads.
    pub fn conflicts(&self) -> impl Iterator<Item = (&str, &[Head])> {
        self.fields.iter().filter(|(_, heads)| heads.iter().skip(1).any(|h| h.value != heads[0].value)).map(|(field, heads)| (field.as_str(), heads.as_slice()))
    }

    /// Acts that did not fit.
    pub fn unfit(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| e.unfit_in.is_some())
    }

    /// Acts that counted.
    pub fn done(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| e.unfit_in.is_none())
    }

    /// The order in force on a snag: from whom, and by which day if it names one.
    pub fn ordered(&self) -> Option<(Id, Option<&str>)> {
        self.done().filter_map(|e| if let Act::Order(to, day) = &e.act { Some((*to, day.as_deref())) } else { None }).last()
    }

    /// Frozen records: version, digest, and who froze them.
    pub fn frozen(&self) -> impl Iterator<Item = (u32, Digest, &Origin)> {
        self.done().filter_map(|e| match &e.act {
            Act::Freeze(version, digest) => Some((*version, Digest(digest.as_slice().try_into().ok()?), &e.origin)),
            _ => None,
        })
    }
}

#[derive(Default)]
struct Context {
    refused: BTreeMap<EventRef, (String, Vec<(String, String)>)>,
    clock_wrong: BTreeSet<EventRef>,
    replaced: BTreeSet<(String, EventRef)>,
}

impl Context {
    fn of(events: &[(&Event, Body)]) -> Self {
        let mut refusals = Vec::new();
        for (event, body) in events {
            if let Body::Act(Act::Refuse(at, key, args)) = body
                && event.role == HUB_ROLE
            {
                refusals.push((event.at(), *at, key, args));
            }
        }
        let mut context = Self::default();
        for (by, at, key, args) in &refusals {
            // A refusal that was itself refused refuses nothing.
            if !refusals.iter().any(|(_, refused, ..)| refused == by) {
                context.refused.entry(*at).or_insert_with(|| ((*key).clone(), (*args).clone()));
            }
        }
        // What a refused event wanted to replace or mark stays as it is.
        for (event, body) in events.iter().filter(|(event, _)| !context.refused.contains_key(&event.at())) {
            match body {
                Body::Act(Act::ClockWrong(events, _)) if event.role == HUB_ROLE => context.clock_wrong.extend(events),
                Body::Set(changes) => {
                    for change in changes {
                        context.replaced.extend(change.replaces.iter().map(|at| (change.field.clone(), *at)));
                    }
                }
                _ => {}
            }
        }
        context
    }
}
