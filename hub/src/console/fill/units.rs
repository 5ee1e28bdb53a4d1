//! Units: the board, the panel at its side, the page of one unit.

use super::{Cx, snag_sign};
use crate::console::{
    board::{Building, Cell, Placed, UnitSide},
    parts::{Document, Fact, Line, RefusedRecord},
    sign::Sign,
    unit::Signature,
};
use keyturn_core::{
    field::handover_id,
    log::fold::{Aggregate, Phase},
    model::{
        Id, Value,
        act::{Act, Outcome},
        body::AggKind,
    },
    rules::level::{Reached, reached_in},
    words::Lang,
};

/// Which state of several stands for a unit: the first of these that is there.
const URGENT: [Phase; 5] = [Phase::Rejected, Phase::Recorded, Phase::Ordered, Phase::InWork, Phase::Done];

impl Cx<'_> {
    fn handover(&self, unit: Id) -> Option<&Aggregate> {
        self.book.get(handover_id(unit))
    }

    /// A unit as a cell.
    pub fn cell(&self, unit: &Aggregate) -> Cell {
        let open: Vec<&Aggregate> = self.book.of_unit(unit.id, AggKind::Snag).filter(|s| s.phase != Phase::Confirmed).collect();
        let handover = self.handover(unit.id).map(|h| h.phase);
        let state = match handover {
            Some(Phase::Started) => Sign::InHandover,
            None | Some(Phase::Planned | Phase::Appointed) if open.is_empty() => Sign::Pending,
            _ => URGENT.into_iter().find(|p| open.iter().any(|s| s.phase == *p)).map_or(Sign::Confirmed, snag_sign),
        };
        let due: Vec<_> = open.iter().filter_map(|s| self.due(s)).collect();
        Cell {
            id: unit.id.to_string(),
            door: self.text(unit, "number").to_owned(),
            name: self.unit_name(unit),
            state,
            open: u32::try_from(open.len()).unwrap_or(u32::MAX),
            overdue: due.iter().any(|d| d.is_over(self.w.now)),
            due_soon: due.iter().any(|d| d.is_soon(self.w.now)),
        }
    }

    /// The buildings of the board.
    pub fn board(&self) -> Vec<Building> {
        let mut out = Vec::new();
        for choice in self.buildings() {
            let units = self.book.all(AggKind::Unit).filter(|u| u.text("building") == Some(&choice.key));
            let placed = units
                .map(|u| {
                    let number = self.text(u, "number");
                    let floor = match u.get("floor") {
                        Some(Value::Int(n)) => i32::try_from(*n).ok(),
                        Some(Value::Text(t)) => t.trim().parse().ok(),
                        _ => None,
                    };
                    // Without a floor the door says it: 1102 is on the 11th.
                    let floor = floor.or_else(|| number.get(..number.len().checked_sub(2)?)?.parse().ok()).unwrap_or(0);
                    Placed { entrance: self.text(u, "entrance").to_owned(), floor, cell: self.cell(u) }
                })
                .collect();
            out.push(Building::arrange(choice.key, choice.label, placed));
        }
        out
    }

    pub(crate) fn outcome(&self, outcome: Outcome) -> String {
        self.w.t(match outcome {
            Outcome::Accepted => "console-outcome-accepted",
            Outcome::InPart => "console-outcome-in-part",
            Outcome::Refused => "console-outcome-refused",
            Outcome::Absent => "console-outcome-absent",
            Outcome::NotSigned => "console-outcome-not-signed",
            Outcome::Attested => "console-outcome-attested",
        })
    }

    /// The level a signature reached, and by whose word.
    fn level(&self, reached: Reached) -> String {
        let (level, note) = (self.w.t1("console-level-n", "n", reached.level), reached.note(self.w.lang));
        if note.is_empty() { level } else { format!("{level} ({note})") }
    }

    /// Signatures of a unit's handover, newest first.
    pub fn signatures(&self, unit: Id) -> Vec<Signature> {
        let Some(handover) = self.handover(unit) else { return Vec::new() };
        let newest = handover.frozen().map(|(version, _, origin)| (version, origin.order.hlc.ms)).max();
        let mut out: Vec<Signature> = handover
            .done()
            .filter_map(|e| {
                let Act::Sign(s) = &e.act else { return None };
                let person = match handover.get(&format!("participant:{}", s.signer)) {
                    Some(Value::Participant(p)) => p.person,
                    _ => e.origin.actor,
                };
                Some(Signature {
                    what: self.w.t("console-record"),
                    version: s.version,
                    who: self.person(person, &s.role),
                    outcome: self.outcome(s.outcome),
                    at: e.origin.order.hlc.ms,
                    level: self.level(reached_in(handover, e, s)),
                    digest: s.record.short(),
                    link: format!("/console/units/{unit}/records/{}", s.record),
                    superseded: newest.filter(|(version, _)| *version > s.version).map(|n| n.1),
                })
            })
            .collect();
        out.reverse();
        out
    }

    /// Documents that were made for a unit, newest first; of each kind and language all but the newest are superseded. A document
    /// of which the language is not told (of an earlier version) stands behind any newer one of its kind.
    pub fn documents(&self, unit: Id) -> Vec<Document> {
        let things = self.handover(unit).into_iter().chain(self.book.get(unit));
        let mut made: Vec<_> = things
            .flat_map(Aggregate::done)
            .filter_map(
                |e| if let Act::Document(kind, digest, number, lang) = &e.act { Some((e.origin.order.hlc.ms, kind, digest, number, lang)) } else { None },
            )
            .collect();
        made.sort_by_key(|m| std::cmp::Reverse(m.0));
        let mut seen = std::collections::HashSet::new();
        let mut out: Vec<Document> = made
            .into_iter()
            .map(|(at, kind, digest, number, lang)| {
                let lang = lang.as_deref();
                let superseded = if lang.is_some() { seen.contains(&(kind, lang)) } else { seen.iter().any(|(k, _)| *k == kind) };
                seen.insert((kind, lang));
                (at, kind, digest, number, lang.and_then(Lang::from_tag), superseded)
            })
            .map(|(at, kind, digest, number, lang, superseded)| Document {
                title: self.w.t(&format!("console-document-{}", kind.replace('_', "-"))),
                note: [Some(number.clone()), lang.map(|l| self.w.t(&format!("console-language-{}", l.tag()))), Some(self.w.when(at))]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" · "),
                kind: "PDF".to_owned(),
                bytes: None,
                link: format!("{}/{digest}?as={kind}", self.files),
                superseded,
            })
            .collect();
        // Once something was frozen for signing there is something to prove.
        if self.handover(unit).is_some_and(|h| h.frozen().next().is_some()) {
            out.push(Document {
                title: self.w.t("console-document-bundle"),
                note: self.w.t("console-bundle-note"),
                kind: "ZIP".to_owned(),
                bytes: None,
                link: format!("{}/bundle/{unit}", self.files),
                superseded: false,
            });
        }
        out
    }

    fn unit_facts(&self, unit: &Aggregate) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut fact = |key: &str, value: String| {
            if !value.is_empty() {
                facts.push(Fact::new(self.w.t(key), value));
            }
        };
        if let Some(handover) = self.handover(unit.id) {
            let phase = self.w.t(&format!("console-handover-{}", handover.phase.name()));
            let decided = handover
                .done()
                .filter_map(|e| if let Act::Sign(s) = &e.act { s.outcome_decides().then_some((e.origin.order.hlc.ms, s.outcome)) } else { None })
                .last();
            fact("console-fact-handover", decided.map_or(phase.clone(), |(at, outcome)| format!("{}, {}", self.w.date(at), self.outcome(outcome))));
        }
        fact("console-fact-delivery", self.text(unit, "delivery_date").to_owned());
        fact("console-fact-filing", self.text(unit, "filing_number").to_owned());
        let area = |field: &str| unit.get(field).and_then(Value::int).map(|milli| format!("{}.{:02} m²", milli / 1000, milli % 1000 / 10));
        if let (Some(predicted), surveyed) = (area("predicted_area_milli"), area("surveyed_area_milli")) {
            fact("console-fact-area", surveyed.map_or(predicted.clone(), |s| self.w.t2("console-area-both", "surveyed", s, "predicted", predicted)));
        }
        facts
    }

    /// The panel of a unit. `recent` are the newest lines of its history, `events` how many records there are.
    pub fn unit_side(&self, unit: &Aggregate, recent: Vec<Line>, events: usize) -> UnitSide {
        let snags: Vec<&Aggregate> = self.book.of_unit(unit.id, AggKind::Snag).collect();
        let mut open: Vec<_> = snags.iter().filter(|s| s.phase != Phase::Confirmed).map(|s| self.snag_row(s)).collect();
        self.sort_rows(&mut open);
        let n = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let photos = super::photo_digests(snags.iter().copied().chain(self.handover(unit.id)));
        let finish = self.profile.taxonomy.finish_levels.name(self.text(unit, "finish_level"), self.w.lang);
        UnitSide {
            id: unit.id.to_string(),
            name: self.unit_name(unit),
            owner: self.owner_of(Some(unit)),
            about: [self.text(unit, "layout_type"), finish].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · "),
            facts: self.unit_facts(unit),
            total: n(snags.len()),
            confirmed: n(snags.len() - open.len()),
            open,
            recent,
            documents: self.documents(unit.id),
            records: n(events),
            photos: n(photos.len()),
            photos_safe: n(photos.iter().filter(|p| self.safe.contains(p)).count()),
        }
    }

    /// Refused records and acts that did not fit, of these things.
    pub fn refused<'t>(&self, things: impl IntoIterator<Item = &'t Aggregate>) -> Vec<RefusedRecord> {
        let mut out = Vec::new();
        for thing in things {
            let about = if thing.kind == Some(AggKind::Snag) { format!("{} · {}", self.number(thing), self.place(thing)) } else { String::new() };
            for r in &thing.refused {
                let args: Vec<(&str, String)> = r.args.iter().map(|(k, v)| (k.as_str(), self.arg(k, v))).collect();
                out.push(RefusedRecord {
                    at: thing.last.map_or(self.w.now, |l| l.hlc.ms),
                    from: self.device(r.event.device),
                    what: format!("{about} #{}", r.event.seq).trim().to_owned(),
                    why: keyturn_core::words::tr(self.w.lang, &r.key, &args),
                });
            }
            for e in thing.unfit() {
                let phase = e.unfit_in.map_or("", Phase::name);
                let phase = Sign::from_key(phase).map_or_else(|| self.w.t(&format!("console-handover-{phase}")), |s| s.word(self.w.lang));
                out.push(RefusedRecord {
                    at: e.origin.order.hlc.ms,
                    from: format!("{} · {}", self.person(e.origin.actor, &e.origin.role), self.device(e.origin.at().device)),
                    what: format!("{about} {}", self.profile.roles.acts.name(e.act.kind(), self.w.lang)).trim().to_owned(),
                    why: self.w.t1("console-unfit", "phase", phase),
                });
            }
        }
        out.sort_by_key(|r| std::cmp::Reverse(r.at));
        out
    }

    /// An argument of a refusal, in words where it is an id of the data.
    fn arg(&self, name: &str, value: &str) -> String {
        match name {
            "role" => self.role(value),
            "act" => self.profile.roles.acts.name(value, self.w.lang).to_owned(),
            "phase" => Sign::from_key(value).map_or_else(|| value.to_owned(), |s| s.word(self.w.lang)),
            _ => value.to_owned(),
        }
    }
}
