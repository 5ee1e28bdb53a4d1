//! The owner's pages.

use super::{Cx, snag_sign};
use crate::{
    console::unit::OwnerAsk,
    owner::page::{Ask, Item, OwnerHome},
};
use keyturn_core::{
    field::handover_id,
    log::fold::{Aggregate, Phase},
    model::{
        Id, UtcMs,
        act::{Act, OwnerWant},
        body::AggKind,
    },
};
use std::collections::BTreeMap;

/// What owners asked the office for and were not told since: who asks, and since when.
pub fn open_asks(unit: &Aggregate) -> BTreeMap<OwnerWant, (Id, UtcMs)> {
    let mut open = BTreeMap::new();
    for entry in unit.done() {
        match &entry.act {
            Act::OwnerAsk(want) => {
                open.entry(*want).or_insert((entry.origin.actor, entry.origin.order.hlc.ms));
            }
            Act::Told(..) => open.clear(),
            _ => {}
        }
    }
    open
}

impl Cx<'_> {
    /// A repair that waits for the owner.
    pub fn ask(&self, snag: &Aggregate) -> Ask {
        Ask {
            id: snag.id.to_string(),
            title: format!("{} {}", self.place(snag), self.defect(snag)),
            said: snag.text("owner_text").filter(|t| !t.trim().is_empty()).map(str::to_owned),
            round: snag.round,
            done: snag.done().filter(|e| matches!(e.act, Act::RepairDone(..))).map(|e| e.origin.order.hlc.ms).last(),
            before: match self.photos(snag, "before", Some(snag.round)) {
                // Nobody took one: what was photographed when it was found shows it as well.
                none if none.is_empty() => self.photos(snag, "snag", None),
                before => before,
            },
            no_before: snag
                .done()
                .filter_map(
                    |e| if let Act::NoPhoto(purpose, why) = &e.act { (purpose == "before" && e.round == snag.round).then(|| why.clone()) } else { None },
                )
                .last(),
            after: self.photos(snag, "after", Some(snag.round)),
        }
    }

    /// What the owners of a unit wait for, the oldest first.
    pub fn asks_of(&self, unit: &Aggregate) -> Vec<OwnerAsk> {
        let mut asks: Vec<OwnerAsk> = open_asks(unit)
            .into_iter()
            .map(|(want, (person, at))| OwnerAsk {
                unit: self.unit_name(unit),
                link: format!("/console/units/{}#owner-asks", unit.id),
                want,
                what: self.w.t(&format!("console-owner-ask-{}", want.name())),
                who: self.person(person, "owner"),
                at,
            })
            .collect();
        asks.sort_by_key(|ask| ask.at);
        asks
    }

    /// What all owners wait for, the oldest first.
    pub fn owner_asks(&self) -> Vec<OwnerAsk> {
        let mut asks: Vec<OwnerAsk> = self.book.all(AggKind::Unit).flat_map(|unit| self.asks_of(unit)).collect();
        asks.sort_by_key(|ask| ask.at);
        asks
    }

    /// The first page: what waits for an answer, what is worked on by date, what is confirmed.
    pub fn owner_home(&self, unit: Id) -> OwnerHome {
        let call_asked = self.book.get(unit).and_then(|unit| open_asks(unit).get(&OwnerWant::Call).map(|ask| ask.1));
        let mut home = OwnerHome { documents: self.documents(unit), call_asked, ..OwnerHome::default() };
        home.signable = self.book.get(handover_id(unit)).is_some_and(|h| !matches!(h.phase, Phase::Closed));
        // An owner is given what stands now; what was superseded is on request.
        home.documents.retain(|d| !d.superseded);
        for snag in self.book.of_unit(unit, AggKind::Snag) {
            let confirmed = snag.done().filter(|e| matches!(e.act, Act::OwnerConfirm(..))).map(|e| e.origin.order.hlc.ms).last();
            let item = || Item {
                title: format!("{} {}", self.place(snag), self.defect(snag)),
                state: snag_sign(snag.phase),
                due: self.due(snag),
                confirmed,
                rework: snag.round.saturating_sub(1),
                photo: None,
            };
            match snag.phase {
                Phase::Done => home.asks.push(self.ask(snag)),
                Phase::Confirmed => home.confirmed.push(item()),
                _ => home.working.push(item()),
            }
        }
        home.working.sort_by_key(|i| i.due.map_or(i64::MAX, |d| d.at.0));
        home
    }
}
