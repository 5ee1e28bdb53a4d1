//! Reviews of fields with two values.

use super::Cx;
use crate::console::{
    parts::Fact,
    reviews::{Review, ReviewRow, Value},
    snags::Choice,
};
use keyturn_core::{
    log::fold::{Aggregate, Head},
    model::{Digest, Id, body::AggKind},
    policy::roles::Entry,
};

/// The review of a field: the same id on every device.
pub fn review_id(thing: Id, field: &str) -> Id {
    Id::derived(&[b"keyturn-review-v1", &thing.0, field.as_bytes()])
}

impl Cx<'_> {
    fn about(&self, thing: &Aggregate) -> String {
        let unit = thing.unit.and_then(|u| self.book.get(u)).map(|u| self.unit_name(u)).unwrap_or_default();
        match thing.kind {
            Some(AggKind::Snag) => format!("{unit} {} {} · {}", self.place(thing), self.defect(thing), self.number(thing)),
            Some(AggKind::Unit) => self.unit_name(thing),
            _ => format!("{unit} {}", thing.text("name").unwrap_or_default()).trim().to_owned(),
        }
    }

    /// Open reviews with thing and field, oldest first.
    pub fn reviews(&self) -> Vec<(ReviewRow, Id, String)> {
        let mut out = Vec::new();
        for thing in self.book.everything() {
            for (field, heads) in thing.conflicts() {
                let values: Vec<String> =
                    heads.iter().map(|h| format!("{}: {}", self.person(h.origin.actor, &h.origin.role), self.value(thing, field, &h.value))).collect();
                let at = heads.iter().map(|h| h.origin.order.hlc.ms).max().unwrap_or(self.w.now);
                let unit = thing.unit.and_then(|u| self.book.get(u)).map(|u| self.unit_name(u)).unwrap_or_default();
                let row = ReviewRow {
                    id: review_id(thing.id, field).to_string(),
                    title: format!("{unit} {}", self.field(thing, field)).trim().to_owned(),
                    note: values.join(" / "),
                    at,
                };
                out.push((row, thing.id, field.to_owned()));
            }
        }
        out.sort_by(|a, b| (a.0.at, &a.0.id).cmp(&(b.0.at, &b.0.id)));
        out
    }

    /// One review in full.
    pub fn review(&self, thing: &Aggregate, field: &str) -> Option<Review> {
        let heads = thing.fields.get(field).filter(|h| h.len() > 1)?;
        let fixed = matches!(field, "element" | "defect" | "severity" | "room" | "pin" | "due_on") || field.contains(':');
        Some(Review {
            id: review_id(thing.id, field).to_string(),
            field: self.field(thing, field),
            about: self.about(thing),
            link: match thing.kind {
                Some(AggKind::Snag) => format!("/console/snags/{}", thing.id),
                _ => thing.unit.map(|u| format!("/console/units/{u}")).unwrap_or_else(|| "/console/units".to_owned()),
            },
            values: heads.iter().enumerate().map(|(i, head)| self.head(thing, field, i, head)).collect(),
            merged: self.merged(thing, field),
            signed: self.is_signed(thing).then(|| self.w.t("console-review-signed")),
            free: !fixed && matches!(heads.first().map(|h| &h.value), Some(keyturn_core::model::Value::Text(_))),
            barred: None,
            settled: None,
            error: None,
            reason: String::new(),
        })
    }

    fn head(&self, thing: &Aggregate, field: &str, index: usize, head: &Head) -> Value {
        let o = &head.origin;
        let mut facts = vec![Fact::new(self.w.t("console-fact-corrected"), self.w.when(o.order.hlc.ms))];
        if o.skew_ms.abs() >= 1000 {
            facts.push(Fact::new(self.w.t("console-col-clock"), self.w.offset(o.skew_ms)));
        }
        if head.clock_wrong {
            facts.push(Fact::new(self.w.t("console-fact-clock-wrong"), self.w.t("console-fact-clock-loses")));
        }
        facts.push(Fact::new(self.w.t("console-fact-seal"), self.w.t2("console-fact-chain-at", "seq", o.at().seq, "device", self.device(o.at().device))));
        // The picture that the same device added last before or after: what the person was looking at.
        let photo = thing
            .done()
            .filter(|e| e.origin.at().device == o.at().device)
            .filter_map(|e| if let keyturn_core::model::act::Act::PhotoAdd(p) = &e.act { Some(self.photo(thing, p)) } else { None })
            .last();
        Value {
            key: index.to_string(),
            who: self.person(o.actor, &o.role),
            from: format!("{} · {}", self.role(&o.role), self.device(o.at().device)),
            text: self.value(thing, field, &head.value),
            shown: index == 0,
            photo,
            facts,
        }
    }

    /// Fields that the same devices changed beside it and that merged by themselves.
    fn merged(&self, thing: &Aggregate, field: &str) -> Vec<Fact> {
        let devices: Vec<Id> = thing.fields.get(field).into_iter().flatten().map(|h| h.origin.at().device).collect();
        let created = thing.created.as_ref().map(|c| c.at());
        thing
            .fields
            .iter()
            .filter(|(name, heads)| *name != field && heads.len() == 1)
            .filter_map(|(name, heads)| {
                let head = heads.first()?;
                let edited = Some(head.origin.at()) != created && devices.contains(&head.origin.at().device);
                edited.then(|| {
                    Fact::new(
                        self.field(thing, name),
                        format!("{} → {}", self.person(head.origin.actor, &head.origin.role), self.value(thing, name, &head.value)),
                    )
                })
            })
            .collect()
    }

    fn is_signed(&self, thing: &Aggregate) -> bool {
        let Some(handover) = thing.parent.and_then(|p| self.book.get(p)) else { return false };
        handover.done().any(|e| matches!(&e.act, keyturn_core::model::act::Act::Sign(s) if s.outcome_decides()))
    }

    /// How many reviews were settled.
    pub fn reviews_settled(&self) -> u32 {
        let n = self.book.everything().flat_map(Aggregate::done).filter(|e| matches!(e.act, keyturn_core::model::act::Act::Settled(..))).count();
        u32::try_from(n).unwrap_or(u32::MAX)
    }

    /// Roles that a device can be invited in: those that give commands on a device.
    pub fn roles_to_invite(&self) -> Vec<Choice> {
        let roles = self.profile.roles.list.iter().filter(|r| r.enters.contains(&Entry::Device));
        roles.map(|r| Choice { key: r.id.clone(), label: self.role(&r.id) }).collect()
    }

    /// Digests of the photographs that a review shows.
    pub fn review_photos(&self, thing: &Aggregate) -> std::collections::HashSet<Digest> {
        super::photo_digests([thing])
    }
}
