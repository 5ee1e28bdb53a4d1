//! Snags: rows, the list with its filter, one snag.

use super::{Cx, snag_sign};
use crate::console::{
    desk::Group,
    parts::{Fact, Line, OwnerBrief, SnagRow},
    sign::{SNAG_STATES, Sign},
    snag::{Again, ClockRow, Outcome, Pin, Round, Said, SnagPage},
    snags::{Choice, Filter, SnagList},
    text::{Due, Masked},
};
use keyturn_core::{
    log::fold::{Aggregate, Phase},
    model::{Id, Value, act::Act, body::AggKind},
    policy::{
        deadline::{Standing, Terms},
        warranty::{RepeatAlert, WarrantyClass, WarrantyData},
    },
    rules::{
        again::{self, NoWarranty, Repeat},
        clocks::{self, Clock},
    },
    words::Told as _,
};

/// Snags on one page of the list.
const PER_PAGE: u32 = 50;

impl Cx<'_> {
    /// A snag as a row.
    pub fn snag_row(&self, snag: &Aggregate) -> SnagRow {
        SnagRow {
            id: snag.id.to_string(),
            number: self.number(snag),
            unit: snag.unit.and_then(|u| self.book.get(u)).map(|u| self.unit_name(u)).unwrap_or_default(),
            unit_id: snag.unit.map(|u| u.to_string()).unwrap_or_default(),
            place: self.place(snag),
            title: self.defect(snag),
            state: snag_sign(snag.phase),
            due: self.due(snag),
            crew: self.crew(snag).map(|c| c.1),
            rework: snag.round.saturating_sub(1),
            photos: u32::try_from(snag.done().filter(|e| matches!(e.act, Act::PhotoAdd(_))).count()).unwrap_or(u32::MAX),
            conflict: snag.conflicts().next().is_some(),
            repeat: self.repeat(snag).filter(|r| r.alert != RepeatAlert::None).map(|r| (r.rework, r.alert)),
            hold: clocks::on_hold(snag).map(|hold| Terms::builtin().states.name(&hold.state, self.w.lang).to_owned()),
        }
    }

    /// Whether the place of an open snag was repaired before.
    pub fn repeat(&self, snag: &Aggregate) -> Option<Repeat> {
        let unit = snag.unit.filter(|_| snag.phase != Phase::Confirmed)?;
        Some(again::repeat(self.rules_of(snag), self.book.get(unit), snag, self.book.of_unit(unit, AggKind::Snag)))
    }

    /// Open snags of places that were repaired before, the gravest first.
    pub fn repeats(&self) -> Vec<SnagRow> {
        let mut rows: Vec<SnagRow> =
            self.book.all(AggKind::Snag).filter(|s| s.phase != Phase::Confirmed).map(|s| self.snag_row(s)).filter(|r| r.repeat.is_some()).collect();
        self.sort_rows(&mut rows);
        rows.sort_by_key(|r| std::cmp::Reverse(r.repeat.map(|(n, alert)| (alert, n))));
        rows
    }

    /// The warranty of what a snag is about, or what is not known of it; nothing for what is no part of the building.
    fn warranty(&self, snag: &Aggregate) -> Vec<Fact> {
        let w = &self.w;
        let fact = |value: String| vec![Fact::new(w.t("console-warranty"), value)];
        let Some(unit) = snag.unit.and_then(|u| self.book.get(u)) else { return Vec::new() };
        let handover = self.book.get(keyturn_core::field::handover_id(unit.id));
        let rules = self.rules_of(snag);
        match again::under_warranty(rules, &self.policies.calendar(rules, w.zone), unit, handover, snag, self.book.of_unit(unit.id, AggKind::Snag)) {
            Ok(under) => {
                let component = WarrantyData::builtin().components.name(under.component, w.lang).to_owned();
                let class = if under.class == WarrantyClass::Warranty { "warranty-in" } else { "warranty-over" };
                let mut facts = fact(w.t2(class, "component", component, "end", under.warranty.developer_end));
                let charge = w.t(if under.charge_back { "warranty-charge-back" } else { "warranty-no-charge-back" });
                let until = under.warranty.contractor_end.map(|end| w.t1("warranty-contractor-end", "end", end));
                facts.push(Fact::new(w.t("console-charge-back"), [Some(charge), until].into_iter().flatten().collect::<Vec<_>>().join(" · ")));
                if let Some(on) = under.warranty.restarted {
                    facts.push(Fact::new(String::new(), w.t1("warranty-restarted", "on", on)));
                }
                let origin: Vec<String> = under.warranty.origin.iter().map(ToString::to_string).collect();
                facts.push(Fact::new(w.t("console-warranty-origin"), origin.join(", ")));
                if under.warranty.provisional {
                    facts.push(Fact::new(String::new(), w.t("warranty-provisional")));
                }
                facts
            }
            Err(NoWarranty::Component) => Vec::new(),
            Err(NoWarranty::Acceptance) => fact(w.t("console-warranty-no-acceptance")),
            Err(NoWarranty::Delivery) => fact(w.t("console-warranty-no-delivery")),
            Err(NoWarranty::Engine(error)) => fact(error.told(w.lang)),
        }
    }

    /// Late first, then by date, open before confirmed, and by number.
    pub fn sort_rows(&self, rows: &mut [SnagRow]) {
        rows.sort_by_cached_key(|r| {
            let confirmed = r.state == Sign::Confirmed;
            (confirmed, r.due.map_or(i64::MAX, |d| d.at.0), r.unit.clone(), r.number.len(), r.number.clone())
        });
    }

    /// The list under a filter.
    pub fn snag_list(&self, filter: Filter) -> SnagList {
        let words = filter.text.trim().to_lowercase();
        let mut rows = Vec::new();
        let (mut by_state, mut late) = ([0; SNAG_STATES.len()], 0);
        for snag in self.book.all(AggKind::Snag) {
            if filter.building.as_deref().is_some_and(|b| snag.unit.and_then(|u| self.book.get(u)).is_none_or(|u| u.text("building") != Some(b))) {
                continue;
            }
            if filter.crew.as_deref().is_some_and(|c| self.crew(snag).is_none_or(|(id, _)| id.to_string() != c)) {
                continue;
            }
            let row = self.snag_row(snag);
            if !words.is_empty() {
                let all = [&row.number, &row.unit, &row.place, &row.title, self.text(snag, "owner_text"), self.text(snag, "finding")].map(str::to_lowercase);
                if !words.split_whitespace().all(|word| all.iter().any(|text| text.contains(word))) {
                    continue;
                }
            }
            let over = row.due.is_some_and(|d| d.is_over(self.w.now));
            if let Some(at) = SNAG_STATES.iter().position(|s| *s == row.state) {
                by_state[at] += 1;
            }
            late += u32::from(over);
            if (filter.states.is_empty() || filter.states.contains(&row.state)) && (!filter.late || over) {
                rows.push(row);
            }
        }
        self.sort_rows(&mut rows);
        let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let page = filter.page.clamp(1, total.div_ceil(PER_PAGE).max(1));
        let rows = rows.into_iter().skip(((page - 1) * PER_PAGE) as usize).take(PER_PAGE as usize).collect();
        SnagList {
            filter,
            rows,
            total,
            per_page: PER_PAGE,
            by_state: SNAG_STATES.into_iter().zip(by_state).collect(),
            late,
            buildings: self.buildings(),
            crews: self.crews(),
        }
    }

    /// Buildings to choose from: the key is what units name.
    pub fn buildings(&self) -> Vec<Choice> {
        let mut names: Vec<&str> = self.book.all(AggKind::Unit).filter_map(|u| u.text("building")).collect();
        names.sort_by_key(|n| (n.len(), *n));
        names.dedup();
        names.into_iter().map(|n| Choice { key: n.to_owned(), label: self.building_words(n) }).collect()
    }

    /// Crews and contractors to choose from.
    pub fn crews(&self) -> Vec<Choice> {
        let mut all: Vec<Choice> =
            self.book.all(AggKind::Contractor).map(|c| Choice { key: c.id.to_string(), label: self.text(c, "name").to_owned() }).collect();
        all.sort_by(|a, b| a.label.cmp(&b.label));
        all
    }

    /// What must be decided now, most urgent first; each snag stands once.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups = [("console-desk-overdue", Vec::new()), ("console-desk-rejected", Vec::new()), ("console-desk-due-soon", Vec::new())];
        for snag in self.book.all(AggKind::Snag).filter(|s| s.phase != Phase::Confirmed) {
            let due = self.due(snag);
            let group = if due.is_some_and(|d| d.is_over(self.w.now)) {
                0
            } else if snag.phase == Phase::Rejected {
                1
            } else if due.is_some_and(|d| d.is_soon(self.w.now)) {
                2
            } else {
                continue;
            };
            groups[group].1.push(self.snag_row(snag));
        }
        let mut out = Vec::new();
        for (title, mut rows) in groups {
            if !rows.is_empty() {
                self.sort_rows(&mut rows);
                out.push(Group { title: self.w.t(title), rows });
            }
        }
        out
    }

    /// The owner of a unit, masked.
    pub fn owner_of(&self, unit: Option<&Aggregate>) -> OwnerBrief {
        let Some(Value::List(owners)) = unit.and_then(|u| u.get("owners")) else { return OwnerBrief::default() };
        let Some(owner) = owners.iter().find_map(Value::id) else { return OwnerBrief::default() };
        OwnerBrief { name: Masked::name(self.names.name(owner).unwrap_or_default()), phone: Masked::phone(self.names.phone(owner).unwrap_or_default()) }
    }

    fn said(&self, snag: &Aggregate, field: &str) -> Option<Said> {
        let head = snag.fields.get(field)?.first()?;
        let text = head.value.text().filter(|t| !t.trim().is_empty())?;
        Some(Said { text: text.to_owned(), at: Some(head.origin.order.hlc.ms), by: self.person(head.origin.actor, &head.origin.role) })
    }

    /// Rounds of repair, newest first. A round ends with its rejection or with the owner's confirmation.
    pub fn rounds(&self, snag: &Aggregate) -> Vec<Round> {
        let mut rounds = Vec::new();
        for number in (1..=snag.round).rev() {
            let of_round = || snag.done().filter(|e| e.round == number);
            let at = |f: &dyn Fn(&Act) -> bool| of_round().filter(|e| f(&e.act)).map(|e| e.origin.order.hlc.ms).last();
            let outcome = of_round()
                .filter_map(|e| {
                    let (sign, reason) = match &e.act {
                        Act::OwnerConfirm(_, remark) => (Sign::Confirmed, remark.clone()),
                        Act::OwnerReject(_, reason) | Act::RecheckReject(reason) => (Sign::Rejected, Some(reason.clone())),
                        _ => return None,
                    };
                    let photos = if sign == Sign::Rejected { self.photos(snag, "reject", Some(number)) } else { Vec::new() };
                    Some(Outcome { sign, by: self.person(e.origin.actor, &e.origin.role), at: e.origin.order.hlc.ms, reason, photos })
                })
                .last();
            let round = Round {
                number,
                crew: self.crew(snag).map(|c| c.1).unwrap_or_default(),
                arrived: at(&|a| matches!(a, Act::Arrive(_))),
                done: at(&|a| matches!(a, Act::RepairDone(..))),
                before: self.photos(snag, "before", Some(number)),
                after: self.photos(snag, "after", Some(number)),
                outcome,
            };
            if round.arrived.is_some() || round.done.is_some() || !round.before.is_empty() || !round.after.is_empty() || round.outcome.is_some() {
                rounds.push(round);
            }
        }
        rounds
    }

    fn pin(&self, snag: &Aggregate) -> Option<Pin> {
        let Some(Value::Pin(pin)) = snag.get("pin") else { return None };
        let plan = self.book.get(pin.plan)?;
        let Some(Value::Digest(image)) = plan.get("image") else { return None };
        let (width_px, height_px) = *self.plans.get(image)?;
        Some(Pin { plan: format!("{}/{image}?size=original", self.files), width_px, height_px, x: f64::from(pin.x_ppm) / 1e6, y: f64::from(pin.y_ppm) / 1e6 })
    }

    /// The company's own clocks on a snag.
    pub fn clocks(&self, snag: &Aggregate) -> Vec<ClockRow> {
        let soon_ms = i64::from(self.rules_of(snag).handover.walkthrough.due_soon_hours.value) * 3_600_000;
        let row = |clock: &Clock| ClockRow {
            name: Terms::builtin().milestones.name(&clock.milestone, self.w.lang).to_owned(),
            due: Due { at: clock.due, soon_ms, closed: clock.met.is_some() || clock.standing == Standing::Advised },
            standing: clock.standing,
            met: clock.met.map(|met| met.at),
            provisional: clock.provisional,
            paused: clock.paused,
            profile: clock.profile.clone(),
            steps: clock.steps(self.policies, self.w.zone, self.w.lang),
        };
        clocks::clocks(self.policies, snag, self.w.zone, self.w.now, soon_ms).iter().map(row).collect()
    }

    /// The page of one snag; `order` is the list it is stepped through in.
    pub fn snag_page(&self, snag: &Aggregate, lines: Vec<Line>, order: &[Id]) -> SnagPage {
        let unit = snag.unit.and_then(|u| self.book.get(u));
        let clocks = self.clocks(snag);
        let tax = &self.rules_of(snag).taxonomy;
        let fact = |key: &str, value: String| (!value.is_empty()).then(|| Fact::new(self.w.t(key), value));
        let at = order.iter().position(|id| *id == snag.id);
        let link = |i: Option<usize>| i.and_then(|i| order.get(i)).map(|id| format!("/console/snags/{id}"));
        SnagPage {
            id: snag.id.to_string(),
            number: self.number(snag),
            title: format!("{} {}", self.place(snag), self.defect(snag)),
            state: snag_sign(snag.phase),
            rework: snag.round.saturating_sub(1),
            unit: unit.map(|u| self.unit_name(u)).unwrap_or_default(),
            unit_id: snag.unit.map(|u| u.to_string()).unwrap_or_default(),
            owner: self.owner_of(unit),
            due: self.due(snag),
            old_rules: snag.phase != Phase::Confirmed && clocks.iter().any(|c| c.met.is_none() && c.profile != self.profile.at.to_string()),
            clocks,
            due_barred: None,
            repeat: self.repeat(snag).filter(|r| r.alert != RepeatAlert::None).map(|r| {
                let key = if r.alert == RepeatAlert::Escalate { "snag-repeat-escalate" } else { "snag-repeat-warn" };
                let others = r.others.iter().filter_map(|id| self.book.get(*id)).map(|other| (self.number(other), format!("/console/snags/{}", other.id)));
                Again { grave: r.alert == RepeatAlert::Escalate, text: self.w.t1(key, "n", r.rework), others: others.collect() }
            }),
            hold: clocks::on_hold(snag).map(|hold| {
                let state = Terms::builtin().states.name(&hold.state, self.w.lang).to_owned();
                let args = [("state", state), ("reason", hold.reason), ("since", self.w.when(hold.from))];
                keyturn_core::words::tr(self.w.lang, "snag-on-hold", &args)
            }),
            hold_states: if matches!(snag.phase, Phase::Recorded | Phase::Ordered | Phase::InWork | Phase::Rejected) {
                Terms::builtin()
                    .states
                    .iter()
                    .map(|state| Choice { key: state.id.clone(), label: Terms::builtin().states.name(&state.id, self.w.lang).to_owned() })
                    .collect()
            } else {
                Vec::new()
            },
            hold_barred: None,
            can_order: false,
            said: self.said(snag, "owner_text"),
            finding: self.said(snag, "finding"),
            facts: [
                fact("console-field-room", self.room(snag.unit, self.text(snag, "room"))),
                fact("console-field-element", tax.elements.name(self.text(snag, "element"), self.w.lang).to_owned()),
                fact("console-field-defect", self.defect(snag)),
                fact("console-field-severity", tax.severities.name(self.text(snag, "severity"), self.w.lang).to_owned()),
                fact("console-col-crew", self.crew(snag).map(|c| c.1).unwrap_or_default()),
            ]
            .into_iter()
            .flatten()
            .chain(self.warranty(snag))
            .collect(),
            photos: self.photos(snag, "snag", None),
            rounds: self.rounds(snag),
            pin: self.pin(snag),
            lines,
            conflicts: snag
                .conflicts()
                .map(|(field, _)| (self.field(snag, field), format!("/console/reviews/{}", super::reviews::review_id(snag.id, field))))
                .collect(),
            previous: link(at.and_then(|i| i.checked_sub(1))),
            next: link(at.map(|i| i + 1)),
        }
    }
}
