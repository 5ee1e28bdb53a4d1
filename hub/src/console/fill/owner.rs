//! The owner's pages.

use super::{Cx, snag_sign};
use crate::owner::page::{Ask, Item, OwnerHome};
use keyturn_core::{
    log::fold::{Aggregate, Phase},
    model::{Id, act::Act, body::AggKind},
};

impl Cx<'_> {
    /// A repair that waits for the owner.
    pub fn ask(&self, snag: &Aggregate) -> Ask {
        Ask {
            id: snag.id.to_string(),
            title: format!("{} {}", self.place(snag), self.defect(snag)),
            said: snag.text("owner_text").filter(|t| !t.trim().is_empty()).map(str::to_owned),
            round: snag.round,
            done: snag.done().filter(|e| matches!(e.act, Act::RepairDone(..))).map(|e| e.origin.order.hlc.ms).last(),
            before: self.photos(snag, "before", Some(snag.round)),
            after: self.photos(snag, "after", Some(snag.round)),
        }
    }

    /// The first page: what waits for an answer, what is worked on by date, what is confirmed.
    pub fn owner_home(&self, unit: Id) -> OwnerHome {
        let mut home = OwnerHome { documents: self.documents(unit), ..OwnerHome::default() };
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
