//! Where a handover stands: its steps, what each still needs, and what the office can do about it.

use super::Cx;
use crate::console::{
    handover::{Channel, HandoverPage, OpenNotice, ReadyItem, Step, StepState, Typed},
    parts::Fact,
    snags::Choice,
};
use keyturn_core::{
    field::{DocumentKind, checklist_of, handover_id},
    log::fold::{Aggregate, Phase},
    model::{
        Id, UtcMs, Value,
        act::Act,
        body::AggKind,
        value::{Answer, Done, Participant},
    },
    policy::{
        Profile,
        gate::{self, NoticeFacts, Shut},
    },
    rules::{appointment_open, closing_open, level::reached_in},
    words::Told as _,
};

/// The last appointment of a handover.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// When.
    pub at: UtcMs,
    /// Who accompanies the owner.
    pub escort: Id,
    /// Where to meet.
    pub place: Option<String>,
}

/// The last appointment.
pub fn appointment(handover: &Aggregate) -> Option<Appointment> {
    let told = |act: &Act| if let Act::Appoint(at, escort, place) = act { Some(Appointment { at: *at, escort: *escort, place: place.clone() }) } else { None };
    handover.done().filter_map(|e| told(&e.act)).last()
}

/// What a notice that is sent at `sent` by `method` is checked against.
pub fn notice_facts(cx: &Cx<'_>, unit: &Aggregate, on: UtcMs, sent: UtcMs, method: &str, proof: Option<&str>) -> NoticeFacts {
    let day = |at: UtcMs| at.to_utc().with_timezone(&cx.w.zone).date_naive();
    NoticeFacts {
        channel: method.to_owned(),
        proof: proof.map(str::to_owned),
        sent_on: day(sent),
        on: day(on),
        contract_days: unit.get("notice_days").and_then(Value::int).and_then(|n| n.try_into().ok()),
        owner_agreed: false,
    }
}

/// One handover while its page is filled.
struct Case<'a> {
    cx: &'a Cx<'a>,
    profile: &'static Profile,
    unit: &'a Aggregate,
    handover: Option<&'a Aggregate>,
    phase: Phase,
}

impl Cx<'_> {
    /// The profile of a unit's handover: its own, or the one for a handover that begins today.
    pub fn handover_rules(&self, unit: Id) -> &'static Profile {
        self.book.get(handover_id(unit)).map_or(self.profile, |handover| self.rules_of(handover))
    }

    /// Everything that keeps a gate shut, in words.
    pub fn shut(&self, profile: &Profile, shut: &[Shut]) -> Vec<String> {
        let named = |name: &str, value: String| match name {
            "item" => profile.taxonomy.prechecks.name(&value, self.w.lang).to_owned(),
            "part" => profile.taxonomy.parts.name(&value, self.w.lang).to_owned(),
            "channel" => profile.taxonomy.channels.name(&value, self.w.lang).to_owned(),
            "role" => profile.roles.list.name(&value, self.w.lang).to_owned(),
            _ => value,
        };
        shut.iter()
            .map(|shut| {
                let args: Vec<(&str, String)> = shut.args().into_iter().map(|(name, value)| (name, named(name, value))).collect();
                keyturn_core::words::tr(self.w.lang, shut.key(), &args)
            })
            .collect()
    }

    /// The steps of a unit's handover.
    pub fn steps(&self, unit: &Aggregate) -> Vec<Step> {
        let handover = self.book.get(handover_id(unit.id));
        let case = Case { cx: self, profile: self.handover_rules(unit.id), unit, handover, phase: handover.map_or(Phase::Planned, |h| h.phase) };
        vec![
            case.ready(),
            case.filing(),
            case.appointment(),
            case.notice(),
            case.guide(),
            case.walk(),
            case.parts(),
            case.people(),
            case.signing(),
            case.closing(),
        ]
    }

    /// The page; `escorts` are the people who can accompany an owner, `barred` says why the reader may not do an act.
    pub fn handover_page(&self, unit: &Aggregate, escorts: Vec<Choice>, typed: Typed, barred: &dyn Fn(&str) -> Option<String>) -> HandoverPage {
        let handover = self.book.get(handover_id(unit.id));
        let profile = self.handover_rules(unit.id);
        let phase = handover.map_or(Phase::Planned, |h| h.phase);
        let later = || Some(self.w.t("console-handover-begun"));
        let before_walk = matches!(phase, Phase::Planned | Phase::Appointed);
        let appointed = handover.and_then(appointment);
        let name = |list: &[String]| -> Vec<Channel> {
            let proof = &profile.handover.notice.proof_required.value;
            let one =
                |id: &String| Channel { key: id.clone(), label: profile.taxonomy.channels.name(id, self.w.lang).to_owned(), needs_proof: proof.contains(id) };
            list.iter().map(one).collect()
        };
        let appoint_barred = match barred("handover.appoint") {
            Some(why) => vec![why],
            None if !before_walk => later().into_iter().collect(),
            None => appointment_open(profile, handover, Some(unit), self.w.now).err().map(|shut| self.shut(profile, &shut)).unwrap_or_default(),
        };
        let no_appointment = || appointed.is_none().then(|| self.w.t("console-notice-no-appointment"));
        let kinds = [DocumentKind::Notice, DocumentKind::Guide, DocumentKind::Acceptance, DocumentKind::Rectification];
        let possible = |kind: &DocumentKind| match kind {
            DocumentKind::Notice => appointed.is_some(),
            DocumentKind::Guide => true,
            DocumentKind::Acceptance => matches!(phase, Phase::Started | Phase::Signed | Phase::Closed),
            DocumentKind::Rectification => self.book.of_unit(unit.id, AggKind::Snag).next().is_some(),
        };
        let document =
            |kind: DocumentKind| Choice { key: kind.name().to_owned(), label: self.w.t(&format!("console-document-{}", kind.name().replace('_', "-"))) };
        HandoverPage {
            unit: unit.id.to_string(),
            name: self.unit_name(unit),
            place: self.unit_words(unit),
            steps: self.steps(unit),
            profile: profile.at.to_string(),
            begun: !before_walk,
            ready: profile
                .handover
                .gate
                .precheck_items
                .value
                .iter()
                .map(|item| ReadyItem {
                    key: item.clone(),
                    label: profile.taxonomy.prechecks.name(item, self.w.lang).to_owned(),
                    done: handover.is_some_and(|h| is_done(h, &format!("precheck:{item}"))),
                })
                .collect(),
            ready_barred: barred("handover.set").or_else(|| (!before_walk).then(later).flatten()),
            escorts,
            appoint_barred,
            appointed: appointed.as_ref().map(|a| a.at),
            channels: name(&profile.handover.notice.channels.value),
            notice_barred: barred("handover.notice").or_else(no_appointment).or_else(|| (!before_walk).then(later).flatten()),
            open_notices: handover.map(|h| self.open_notices(profile, h)).unwrap_or_default(),
            proof_barred: barred("handover.notice_proof"),
            documents: self.documents(unit.id),
            // Paper of a handover belongs to one: it begins with making ready or an appointment.
            printable: if handover.is_some() { kinds.into_iter().filter(possible).map(document).collect() } else { Vec::new() },
            print_barred: barred("document.made"),
            typed,
        }
    }

    fn open_notices(&self, profile: &Profile, handover: &Aggregate) -> Vec<OpenNotice> {
        let proved = |at| handover.done().any(|e| matches!(&e.act, Act::NoticeProof(of, ..) if *of == at));
        let notices = handover.done().filter_map(|e| if let Act::Notice(method, tracking, _) = &e.act { Some((e, method, tracking)) } else { None });
        notices
            .filter(|(e, ..)| !proved(e.origin.at()))
            .map(|(e, method, tracking)| OpenNotice {
                key: format!("{}:{}", e.origin.at().device, e.origin.at().seq),
                label: [Some(profile.taxonomy.channels.name(method, self.w.lang).to_owned()), tracking.clone(), Some(self.w.when(e.origin.order.hlc.ms))]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" · "),
            })
            .collect()
    }
}

fn is_done(thing: &Aggregate, field: &str) -> bool {
    matches!(thing.get(field), Some(Value::Done(done)) if done.done)
}

fn participants(handover: &Aggregate) -> impl Iterator<Item = (Id, &Participant)> {
    handover.fields.iter().filter_map(|(field, heads)| match (field.strip_prefix("participant:"), &heads.first()?.value) {
        (Some(id), Value::Participant(participant)) => Some((id.parse().ok()?, participant)),
        _ => None,
    })
}

impl Case<'_> {
    fn fact(&self, key: &str, value: impl Into<String>) -> Fact {
        Fact::new(self.cx.w.t(key), value)
    }

    fn past_walk(&self) -> bool {
        matches!(self.phase, Phase::Started | Phase::Signed | Phase::Closed)
    }

    fn ready(&self) -> Step {
        let done: Vec<String> = match self.handover {
            Some(h) => self.profile.handover.gate.precheck_items.value.iter().filter(|i| is_done(h, &format!("precheck:{i}"))).cloned().collect(),
            None => Vec::new(),
        };
        let missing = gate::precheck(self.profile, &done).err().unwrap_or_default();
        let names: Vec<&str> = done.iter().map(|i| self.profile.taxonomy.prechecks.name(i, self.cx.w.lang)).collect();
        let facts = if names.is_empty() {
            Vec::new()
        } else {
            vec![self.fact("console-step-is-done", names.join(if self.cx.w.lang == keyturn_core::words::Lang::Zh { "、" } else { ", " }))]
        };
        Step {
            key: "ready",
            state: if missing.is_empty() { StepState::Done } else { StepState::Missing },
            facts,
            missing: self.cx.shut(self.profile, &missing),
        }
    }

    fn filing(&self) -> Step {
        let number = self.cx.text(self.unit, "filing_number");
        let there = !number.trim().is_empty();
        let needed = self.profile.handover.gate.filing_required.value;
        Step {
            key: "filing",
            state: if there || !needed { StepState::Done } else { StepState::Missing },
            facts: there.then(|| Fact::new(number, self.cx.text(self.unit, "filing_date"))).into_iter().collect(),
            missing: if there || !needed { Vec::new() } else { vec![self.cx.w.t("console-step-filing-missing")] },
        }
    }

    fn appointment(&self) -> Step {
        let w = &self.cx.w;
        let Some(made) = self.handover.and_then(appointment) else {
            let shut = appointment_open(self.profile, self.handover, Some(self.unit), w.now).err().unwrap_or_default();
            let state = if shut.is_empty() { StepState::Missing } else { StepState::Later };
            let missing = if shut.is_empty() { vec![w.t("console-step-appointment-missing")] } else { vec![w.t("console-step-appointment-shut")] };
            return Step { key: "appointment", state, facts: Vec::new(), missing };
        };
        let mut facts = vec![
            self.fact("console-appoint-at", w.when(made.at)),
            self.fact("console-appoint-escort", self.cx.person(made.escort, &self.profile.roles.given.escort)),
        ];
        facts.extend(made.place.filter(|p| !p.trim().is_empty()).map(|p| self.fact("console-appoint-place", p)));
        // The day is over and nobody began: a person decides what happens now.
        let missed = !self.past_walk() && made.at < w.now;
        let missing = if missed { vec![w.t("console-step-appointment-missed")] } else { Vec::new() };
        Step { key: "appointment", state: if missed { StepState::Missing } else { StepState::Done }, facts, missing }
    }

    fn notice(&self) -> Step {
        let w = &self.cx.w;
        let (mut facts, mut missing, mut proved) = (Vec::new(), Vec::new(), true);
        let Some(handover) = self.handover else {
            return Step { key: "notice", state: StepState::Later, facts, missing };
        };
        let appointed = appointment(handover);
        let mut sent = None;
        for entry in handover.done() {
            let Act::Notice(method, tracking, _) = &entry.act else { continue };
            let at = entry.origin.order.hlc.ms;
            let arrived = handover.done().find_map(|e| match &e.act {
                Act::NoticeProof(of, arrived, by) if *of == entry.origin.at() => Some((*arrived, by)),
                _ => None,
            });
            let channel = self.profile.taxonomy.channels.name(method, w.lang);
            let number = tracking.as_deref().filter(|t| !t.trim().is_empty()).map(|t| format!(" {t}")).unwrap_or_default();
            let arrived = match arrived {
                Some((arrived, by)) => w.t2("console-notice-arrived", "when", w.when(arrived), "by", by),
                None => {
                    proved = false;
                    w.t("console-notice-not-proved")
                }
            };
            facts.push(Fact::new(w.when(at), format!("{channel}{number} · {arrived}")));
            sent = Some((at, method.clone()));
        }
        match (&sent, &appointed) {
            (None, None) => return Step { key: "notice", state: StepState::Later, facts, missing },
            (None, Some(_)) if !self.past_walk() => missing.push(w.t("console-step-notice-missing")),
            (Some((at, method)), Some(appointed)) => {
                let check = notice_facts(self.cx, self.unit, appointed.at, *at, method, Some("-"));
                missing.extend(self.cx.shut(self.profile, &gate::notice(self.profile, &check).err().unwrap_or_default()));
            }
            _ => {}
        }
        let state = match sent {
            None if self.past_walk() => StepState::Later,
            None => StepState::Missing,
            Some(_) if !missing.is_empty() || !proved => StepState::Open,
            Some(_) => StepState::Done,
        };
        Step { key: "notice", state, facts, missing }
    }

    fn guide(&self) -> Step {
        let made = self.handover.and_then(|h| {
            h.done()
                .filter_map(|e| {
                    if let Act::Document(kind, _, number, _) = &e.act {
                        (kind == DocumentKind::Guide.name()).then_some((e.origin.order.hlc.ms, number))
                    } else {
                        None
                    }
                })
                .last()
        });
        let facts = made.iter().map(|(at, number)| Fact::new(self.cx.w.when(*at), number.as_str())).collect();
        let missing = if made.is_none() && !self.past_walk() { vec![self.cx.w.t("console-step-guide-missing")] } else { Vec::new() };
        let state = match made {
            Some(_) => StepState::Done,
            None if self.past_walk() => StepState::Later,
            None => StepState::Missing,
        };
        Step { key: "guide", state, facts, missing }
    }

    fn walk(&self) -> Step {
        let w = &self.cx.w;
        let started = self.handover.and_then(|h| h.done().find(|e| matches!(e.act, Act::Start(..))).map(|e| e.origin.order.hlc.ms));
        let (Some(handover), Some(started)) = (self.handover, started) else {
            return Step { key: "walk", state: StepState::Later, facts: Vec::new(), missing: Vec::new() };
        };
        let lines = checklist_of(self.profile, self.unit);
        let answer = |key: &str| if let Some(Value::Line(line)) = handover.get(&format!("line:{key}")) { Some(line.answer) } else { None };
        let answered = lines.iter().filter(|l| answer(&l.key).is_some()).count();
        let fine = lines.iter().filter(|l| answer(&l.key) == Some(Answer::Fine)).count();
        let snags = self.cx.book.of_unit(self.unit.id, AggKind::Snag).count();
        let facts = vec![
            self.fact("console-step-started", w.when(started)),
            self.fact("console-step-lines", w.t2("console-step-lines-n", "answered", answered, "total", lines.len())),
            self.fact("console-step-fine", fine.to_string()),
            self.fact("console-nav-snags", snags.to_string()),
        ];
        let open = lines.len() - answered;
        let missing = if open > 0 { vec![w.count("console-step-lines-open", open)] } else { Vec::new() };
        Step { key: "walk", state: if open > 0 { StepState::Open } else { StepState::Done }, facts, missing }
    }

    fn parts(&self) -> Step {
        let (mut facts, mut missing) = (Vec::new(), Vec::new());
        for part in &self.profile.taxonomy.parts {
            let name = self.profile.taxonomy.parts.name(&part.id, self.cx.w.lang);
            match self.handover.and_then(|h| h.get(&format!("part:{}", part.id))) {
                Some(Value::Done(Done { done: true, .. })) => facts.push(Fact::new(name, self.cx.w.t("console-step-is-done"))),
                Some(Value::Done(done)) => {
                    facts.push(Fact::new(name, self.cx.w.t1("console-step-waived", "reason", done.reason.as_deref().unwrap_or_default())))
                }
                _ => missing.extend(self.cx.shut(self.profile, &[Shut::PartMissing(part.id.clone())])),
            }
        }
        let state = match () {
            () if missing.is_empty() => StepState::Done,
            () if self.past_walk() => StepState::Missing,
            () => StepState::Later,
        };
        Step { key: "parts", missing: if state == StepState::Later { Vec::new() } else { missing }, state, facts }
    }

    fn people(&self) -> Step {
        let w = &self.cx.w;
        let (mut facts, mut missing) = (Vec::new(), Vec::new());
        for (_, person) in self.handover.into_iter().flat_map(participants) {
            let role = self.profile.roles.list.name(&person.role, w.lang).to_owned();
            let mut said = vec![self.cx.person(person.person, &person.role)];
            said.extend(person.organisation.clone());
            match &person.identity_check {
                Some(check) => said.push(self.profile.taxonomy.identity_documents.name(check, w.lang).to_owned()),
                None => missing.extend(self.cx.shut(self.profile, &[Shut::IdentityOpen(person.role.clone())])),
            }
            if self.profile.handover.walkthrough.mandate_required.value.contains(&person.role) && person.mandate.is_none() {
                missing.extend(self.cx.shut(self.profile, &[Shut::NoMandate(person.role.clone())]));
            }
            facts.push(Fact::new(role, said.join(" · ")));
        }
        if facts.is_empty() && self.past_walk() {
            missing.push(w.t("console-step-people-missing"));
        }
        let state = match () {
            () if !missing.is_empty() => StepState::Missing,
            () if facts.is_empty() => StepState::Later,
            () => StepState::Done,
        };
        Step { key: "people", state, facts, missing }
    }

    fn signing(&self) -> Step {
        let w = &self.cx.w;
        let Some(handover) = self.handover else { return Step { key: "signing", state: StepState::Later, facts: Vec::new(), missing: Vec::new() } };
        let newest = handover.frozen().map(|(version, ..)| version).max();
        let mut facts: Vec<Fact> = newest.iter().map(|version| self.fact("console-record", w.t1("console-version-n", "n", version))).collect();
        let mut current = false;
        for entry in handover.done() {
            let Act::Sign(signature) = &entry.act else { continue };
            let person = participants(handover).find(|(id, _)| *id == signature.signer).map_or(entry.origin.actor, |(_, p)| p.person);
            current |= Some(signature.version) == newest && signature.outcome_decides();
            let level = w.t1("console-level-n", "n", reached_in(handover, entry, signature).level);
            let said = [w.when(entry.origin.order.hlc.ms), self.cx.outcome(signature.outcome), level, w.t1("console-version-n", "n", signature.version)];
            facts.push(Fact::new(self.cx.person(person, &signature.role), said.join(" · ")));
        }
        let (state, missing) = match newest {
            Some(_) if current => (StepState::Done, Vec::new()),
            Some(_) => (StepState::Missing, vec![w.t("console-step-unsigned")]),
            None if self.phase == Phase::Started => (StepState::Missing, vec![w.t("console-step-not-frozen")]),
            None => (StepState::Later, Vec::new()),
        };
        Step { key: "signing", state, facts, missing }
    }

    fn closing(&self) -> Step {
        let closed = self.handover.and_then(|h| h.done().find(|e| matches!(e.act, Act::Close(_))));
        if let Some(entry) = closed {
            let facts = vec![Fact::new(self.cx.w.when(entry.origin.order.hlc.ms), self.cx.person(entry.origin.actor, &entry.origin.role))];
            return Step { key: "closing", state: StepState::Done, facts, missing: Vec::new() };
        }
        let Some(handover) = self.handover.filter(|_| self.past_walk()) else {
            return Step { key: "closing", state: StepState::Later, facts: Vec::new(), missing: Vec::new() };
        };
        let missing = self.cx.shut(self.profile, &closing_open(self.profile, handover).err().unwrap_or_default());
        let state = if self.phase == Phase::Signed { StepState::Missing } else { StepState::Later };
        let missing = if missing.is_empty() && self.phase == Phase::Signed { vec![self.cx.w.t("console-step-closing-ready")] } else { missing };
        Step { key: "closing", state, facts: Vec::new(), missing }
    }
}
