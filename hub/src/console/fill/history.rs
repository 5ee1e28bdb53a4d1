//! The history of things: every event a line, runs of the same kind put together.

use super::Cx;
use crate::console::{
    parts::{Line, Photo},
    sign::Sign,
};
use crate::store::EventRow;
use keyturn_core::{
    log::{Event, fold::Aggregate},
    model::{
        Id, Value,
        act::{Act, CodeVerdict},
        body::{AggKind, Body},
    },
    policy::deadline::Terms,
    words::{Naming, named},
};

/// One event with what it says.
struct Told {
    event: Event,
    body: Body,
    refused: bool,
}

impl Cx<'_> {
    /// Fields and values of a thing in words.
    fn naming<'n>(&'n self, thing: &Aggregate, named: &'n dyn Fn(Id) -> Option<String>) -> Naming<'n> {
        let unit = if thing.kind == Some(AggKind::Unit) { Some(thing.id) } else { thing.unit };
        Naming { lang: self.w.lang, profile: self.rules_of(thing), zone: self.w.zone, unit: unit.and_then(|unit| self.book.get(unit)), thing: named }
    }

    /// What a thing or person is called, as the office may see it.
    fn called(&self, id: Id) -> Option<String> {
        let thing = self.book.get(id);
        match thing.and_then(|t| t.kind) {
            Some(AggKind::Person) => Some(self.person(id, thing?.text("kind").unwrap_or("owner"))),
            Some(AggKind::Unit) => Some(self.unit_name(thing?)),
            Some(_) => thing?.text("name").map(str::to_owned),
            None => self.names.name(id).map(|_| self.person(id, "owner")),
        }
    }

    /// A field in words.
    pub fn field(&self, thing: &Aggregate, field: &str) -> String {
        self.naming(thing, &|id| self.called(id)).field(field)
    }

    /// A value in words.
    pub fn value(&self, thing: &Aggregate, field: &str, value: &Value) -> String {
        self.naming(thing, &|id| self.called(id)).value(field, value)
    }

    /// The history of what these events concern, newest first. Photographs come with the line that brought them.
    pub fn history(&self, rows: &[EventRow], with_thing: bool) -> Vec<Line> {
        let mut told: Vec<Told> = rows
            .iter()
            .filter_map(|row| Event::decode(row.bytes.clone()).ok().map(|event| Told { body: event.body(), event, refused: row.refused }))
            // Marks of the hub about an event stand with that event.
            .filter(|t| !matches!(t.body, Body::Act(Act::Refuse(..) | Act::ClockWrong(..))))
            .collect();
        told.sort_by_key(|t| t.event.order());
        let mut lines: Vec<(Run, Line)> = Vec::new();
        for t in &told {
            let run = Run::of(t);
            if let Some((last, line)) = lines.last_mut()
                && run.joins(last)
            {
                last.count += run.count;
                line.photos.extend(self.photo_of(t));
                line.text = self.words(t, last.count, with_thing);
                continue;
            }
            lines.push((run, self.line(t, with_thing)));
        }
        let mut lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
        lines.reverse();
        lines
    }

    fn photo_of(&self, t: &Told) -> Option<Photo> {
        let Body::Act(Act::PhotoAdd(photo)) = &t.body else { return None };
        self.book.get(t.event.agg).map(|thing| self.photo(thing, photo))
    }

    fn line(&self, t: &Told, with_thing: bool) -> Line {
        let snag = self.book.get_kind(t.event.agg, AggKind::Snag);
        let run = Run::of(t);
        Line {
            at: t.event.hlc.ms,
            sign: if t.refused { Sign::Refused } else { sign_of(&t.body) },
            who: self.person(t.event.actor, &t.event.role),
            text: self.words(t, run.count, with_thing),
            note: self.device(t.event.device),
            photos: self.photo_of(t).into_iter().collect(),
            link: snag.filter(|_| with_thing).map(|s| format!("/console/snags/{}", s.id)),
        }
    }

    fn words(&self, t: &Told, count: usize, with_thing: bool) -> String {
        let thing = self.book.get(t.event.agg);
        let field = |field: &str| thing.map_or_else(|| named(self.w.lang, "field", field), |thing| self.field(thing, field));
        let act = self.profile.roles.acts.name(t.body.kind(), self.w.lang).to_owned();
        let about = match self.book.get_kind(t.event.agg, AggKind::Snag) {
            Some(snag) if with_thing || matches!(t.body, Body::Create(_)) => format!("{} {}: ", self.place(snag), self.defect(snag)),
            _ => match self.book.get(t.event.agg) {
                // Which meeting or inspection.
                Some(thing) if matches!(thing.kind, Some(AggKind::Meeting | AggKind::Inspection)) => format!("{}: ", self.text(thing, "title")),
                _ => String::new(),
            },
        };
        let join = |parts: &[Option<String>]| parts.iter().flatten().filter(|p| !p.is_empty()).cloned().collect::<Vec<_>>().join(", ");
        let said = match &t.body {
            Body::Create(_) => act,
            Body::Set(changes) => {
                let what = match changes.as_slice() {
                    [only] if count == 1 => {
                        format!("{} → {}", field(&only.field), thing.map_or_else(String::new, |thing| self.value(thing, &only.field, &only.value)))
                    }
                    [first, ..] if first.field.contains(':') => format!("{} {count}", field(first.field.split(':').next().unwrap_or_default())),
                    many => many.iter().map(|c| field(&c.field)).collect::<Vec<_>>().join(", "),
                };
                self.w.t1("console-changed", "what", what)
            }
            Body::Unknown => self.w.t("console-needs-update"),
            Body::Act(a) => {
                let detail = match a {
                    Act::PhotoAdd(p) => format!("{} {count}", self.purpose(&p.purpose)),
                    Act::Appoint(when, escort, place) => {
                        join(&[Some(self.w.when(when)), Some(self.person(*escort, &self.profile.roles.given.escort)), place.clone()])
                    }
                    Act::Notice(method, tracking, _) => join(&[Some(self.profile.taxonomy.channels.name(method, self.w.lang).to_owned()), tracking.clone()]),
                    Act::NoticeProof(_, at, by) => join(&[Some(self.w.when(at)), Some(by.clone())]),
                    Act::Question(text, answer, _) => join(&[Some(text.clone()), answer.clone()]),
                    Act::Reply(_, text) | Act::Dispute(text) | Act::Minutes(text) | Act::RecheckReject(text) | Act::Revoke(text) => text.clone(),
                    Act::Freeze(version, _) => self.w.t1("console-version-n", "n", version),
                    Act::Sign(s) => join(&[Some(self.w.t1("console-version-n", "n", s.version)), s.reason.clone()]),
                    Act::Close(remark) | Act::Arrive(remark) | Act::RecheckConfirm(remark) => remark.clone().unwrap_or_default(),
                    Act::Order(to, due) => join(&[self.book.get(*to).and_then(|c| c.text("name")).map(str::to_owned), due.clone()]),
                    Act::RepairDone(text, materials, minutes) => {
                        join(&[Some(text.clone()), materials.clone(), minutes.map(|m| self.w.span(i64::from(m) * 60_000))])
                    }
                    Act::OwnerConfirm(channel, remark) => join(&[Some(self.channel(channel)), remark.clone()]),
                    Act::OwnerReject(channel, reason) => join(&[Some(self.channel(channel)), Some(reason.clone())]),
                    Act::Told(channel, what) => join(&[Some(self.channel(channel)), Some(what.clone())]),
                    Act::Document(kind, _, number, _) => join(&[Some(self.w.t(&format!("console-document-{}", kind.replace('_', "-")))), Some(number.clone())]),
                    Act::Number(number) => number.clone(),
                    Act::Settled(of, reason) => join(&[Some(field(of)), Some(reason.clone())]),
                    Act::CodeChecked(check) => self.w.t(&format!("level-code-{}", check.verdict.name())),
                    Act::OwnerAsk(want) => self.w.t(&format!("console-owner-ask-{}", want.name())),
                    Act::Due(set) => {
                        let dates =
                            set.dates.iter().map(|d| Some(format!("{} {}", Terms::builtin().milestones.name(&d.milestone, self.w.lang), self.w.when(d.due))));
                        join(&dates.chain([set.reason.clone()]).collect::<Vec<_>>())
                    }
                    Act::Hold(state, reason) => join(&[Some(Terms::builtin().states.name(state, self.w.lang).to_owned()), Some(reason.clone())]),
                    Act::Resume(note) => note.clone().unwrap_or_default(),
                    Act::NoPhoto(purpose, reason) => join(&[Some(self.purpose(purpose)), Some(reason.clone())]),
                    Act::Start(..) | Act::Enrol(_) | Act::Refuse(..) | Act::ClockWrong(..) => String::new(),
                };
                if detail.is_empty() { act } else { format!("{act}: {detail}") }
            }
        };
        let clock = if t.event.skew_ms.abs() >= i64::from(self.profile.handover.device.clock_warn_seconds.value) * 1000 {
            format!(" ({})", self.w.t1("console-device-clock", "offset", self.w.offset(t.event.skew_ms)))
        } else {
            String::new()
        };
        format!("{about}{said}{clock}")
    }

    fn channel(&self, channel: &str) -> String {
        match channel {
            "link" | "on_site" | "phone" => self.w.t(&format!("console-channel-{}", channel.replace('_', "-"))),
            other => self.profile.taxonomy.channels.name(other, self.w.lang).to_owned(),
        }
    }
}

/// What makes neighbouring events one line.
struct Run {
    key: Option<(keyturn_core::model::Id, keyturn_core::model::Id, String)>,
    at: i64,
    count: usize,
}

/// Events further apart than this stand in lines of their own.
const RUN_MS: i64 = 15 * 60_000;

impl Run {
    fn of(t: &Told) -> Self {
        let e = &t.event;
        let (key, count) = match &t.body {
            Body::Act(Act::PhotoAdd(p)) if !t.refused => (Some(format!("photo {} {}", p.purpose, p.round)), 1),
            Body::Set(changes) if !t.refused => {
                let prefix = changes.first().and_then(|c| c.field.split_once(':')).map(|(p, _)| p.to_owned());
                (prefix.filter(|p| p != "drawing").map(|p| format!("set {p}")), changes.len())
            }
            _ => (None, 1),
        };
        Self { key: key.map(|k| (e.device, e.agg, k)), at: e.hlc.ms.0, count }
    }

    fn joins(&self, last: &Self) -> bool {
        self.key.is_some() && self.key == last.key && self.at - last.at <= RUN_MS
    }
}

fn sign_of(body: &Body) -> Sign {
    match body {
        Body::Create(_) | Body::Set(_) => Sign::Recorded,
        Body::Unknown => Sign::Waiting,
        Body::Act(act) => match act {
            Act::Order(..) => Sign::Ordered,
            Act::Arrive(_) => Sign::InWork,
            Act::RepairDone(..) | Act::RecheckConfirm(_) => Sign::Done,
            Act::RecheckReject(_) | Act::OwnerReject(..) => Sign::Rejected,
            Act::OwnerConfirm(..) | Act::Close(_) => Sign::Confirmed,
            Act::Sign(_) | Act::Freeze(..) => Sign::Signed,
            Act::CodeChecked(check) if check.verdict == CodeVerdict::Confirmed => Sign::Safe,
            Act::CodeChecked(_) => Sign::Refused,
            Act::Appoint(..) | Act::Start(..) => Sign::InHandover,
            Act::Settled(..) => Sign::Conflict,
            Act::Hold(..) => Sign::Waiting,
            Act::Revoke(_) => Sign::Refused,
            Act::PhotoAdd(_) | Act::Document(..) => Sign::Safe,
            _ => Sign::Recorded,
        },
    }
}
