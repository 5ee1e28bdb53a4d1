//! Snags: recording, editing, pins, lists.

use super::{
    FieldStore, PhotoView, Result, SnagView,
    handover::set,
    handover_id,
    photo::{photos_of, unphotographed, view_of},
    views::{ClockView, HoldView, RepeatView, WarrantyView, text_of},
};
use crate::{
    log::fold::{Aggregate, Phase},
    model::{
        Id, Value,
        act::Act,
        body::{AggKind, Body, Create},
        value::{Pin, Shape},
    },
    policy::{taxonomy::Defect, warranty::RepeatAlert},
    rules::{Refusal, again, clocks, sane},
};
use std::{collections::HashMap, path::PathBuf};

/// A snag to record (S1-19).
#[derive(Clone, Debug, Default)]
pub struct NewSnag {
    /// The unit.
    pub unit: Id,
    /// Room key.
    pub room: String,
    /// Element id.
    pub element: String,
    /// Defect id (S2-11).
    pub defect: String,
    /// Severity id.
    pub severity: String,
    /// The owner's words.
    pub owner_text: String,
    /// The inspector's finding.
    pub finding: String,
    /// Agreed due date, `2026-11-27`.
    pub due_on: Option<String>,
    /// Place on the plan.
    pub pin: Option<Pin>,
    /// The checklist line it belongs to.
    pub line: Option<String>,
    /// Photos by path.
    pub photos: Vec<PathBuf>,
}

/// Fields of a snag that can be edited; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct SnagEdit {
    /// Room key.
    pub room: Option<String>,
    /// Element id.
    pub element: Option<String>,
    /// Defect id.
    pub defect: Option<String>,
    /// Severity id.
    pub severity: Option<String>,
    /// The owner's words.
    pub owner_text: Option<String>,
    /// The inspector's finding.
    pub finding: Option<String>,
    /// Agreed due date.
    pub due_on: Option<String>,
}

impl FieldStore {
    /// The room, line and plan are the unit's own, where it has any.
    fn check_place(&self, unit: &Aggregate, room: Option<&str>, line: Option<&str>, pin: Option<Pin>) -> Result<()> {
        let unknown = |item: &str| Err(Refusal::with("rule-unknown-item", "item", item).into());
        let rooms = super::rooms_of(unit);
        if let Some(room) = room.filter(|key| !rooms.is_empty() && !rooms.iter().any(|r| r.key == *key) && !self.profile().taxonomy.spaces.has(key)) {
            return unknown(room);
        }
        if let Some(line) = line.filter(|key| !self.checklist(unit).is_ok_and(|lines| lines.iter().any(|l| l.key == *key))) {
            return unknown(line);
        }
        let Some(pin) = pin else { return Ok(()) };
        match self.store.thing(pin.plan)?.filter(|plan| plan.kind == Some(AggKind::Plan)) {
            Some(plan) => Ok(sane::pin(self.profile(), &plan, room, pin)?),
            None => unknown("plan"),
        }
    }

    fn check_terms(&self, element: Option<&str>, defect: Option<&str>, severity: Option<&str>, due_on: Option<&str>) -> Result<()> {
        let taxonomy = &self.profile().taxonomy;
        let unknown = |item: &str| Err(Refusal::with("rule-unknown-item", "item", item).into());
        if let Some(element) = element.filter(|id| !taxonomy.elements.has(id)) {
            return unknown(element);
        }
        if let Some(defect) = defect.filter(|id| !taxonomy.defects.has(id)) {
            return unknown(defect);
        }
        if let Some(severity) = severity.filter(|id| !taxonomy.severities.has(id)) {
            return unknown(severity);
        }
        if let Some(day) = due_on {
            sane::due_on(day, self.today())?;
        }
        Ok(())
    }

    /// Records a snag with its photos. Photos are taken in first; a photo that is refused refuses the snag, and nothing of it stays.
    ///
    /// # Errors
    /// What is missing or unknown, or why a photo is refused.
    pub fn snag_new(&self, new: &NewSnag) -> Result<SnagView> {
        self.snag_of(new, None, None)
    }

    /// As [`Self::snag_new`], from a draft: it is forgotten in the same act, so that a kill between the two does not have the snag recorded twice.
    ///
    /// # Errors
    /// As [`Self::snag_new`]; the draft stays then.
    pub fn snag_of_draft(&self, new: &NewSnag, draft: &str) -> Result<SnagView> {
        self.snag_of(new, None, Some(draft))
    }

    /// A snag of the handover, or one that a joint inspection found and that goes to a contractor.
    pub(crate) fn snag_of(&self, new: &NewSnag, found_by: Option<(Id, Id)>, draft: Option<&str>) -> Result<SnagView> {
        let severity = if new.severity.is_empty() { None } else { Some(new.severity.as_str()) };
        self.check_terms(Some(&new.element), Some(&new.defect), severity, new.due_on.as_deref())?;
        let unit = self.need(new.unit, "unit")?;
        self.check_place(&unit, Some(&new.room), new.line.as_deref(), new.pin)?;
        let photos = new.photos.iter().map(|path| self.take_in(path)).collect::<Result<Vec<_>>>()?;
        let number = self.store.last_number(new.unit)? + 1;
        let id = self.act(|act| {
            act.thing(new.unit, "unit")?;
            let id = act.wrote.new_id();
            let mut fields: Vec<(String, Value)> = [
                ("room", &new.room),
                ("element", &new.element),
                ("defect", &new.defect),
                ("severity", &new.severity),
                ("owner_text", &new.owner_text),
                ("finding", &new.finding),
            ]
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(field, text)| (field.to_owned(), Value::Text(text.clone())))
            .collect();
            fields.push(("number".to_owned(), Value::Int(number)));
            fields.extend(new.due_on.iter().map(|day| ("due_on".to_owned(), Value::Text(day.clone()))));
            fields.extend(new.pin.iter().map(|pin| ("pin".to_owned(), Value::Pin(*pin))));
            fields.extend(new.line.iter().map(|line| ("line".to_owned(), Value::Text(line.clone()))));
            let create = Create {
                kind: AggKind::Snag,
                unit: Some(new.unit),
                parent: Some(found_by.map_or(handover_id(new.unit), |(inspection, _)| inspection)),
                fields,
            };
            act.append(id, &Body::Create(create))?;
            for facts in &photos {
                self.append_photo(act, id, facts, "snag")?;
            }
            if let Some(draft) = draft {
                act.wrote.forget_draft(draft)?;
            }
            if let Some((_, contractor)) = found_by {
                act.append(id, &Body::Act(Act::Order(contractor, new.due_on.clone())))?;
            }
            Ok(id)
        })?;
        for facts in &photos {
            self.make_small(facts.sha256);
        }
        self.snag(id)
    }

    /// Edits fields of a snag.
    ///
    /// # Errors
    /// When a term is unknown or the role may not.
    pub fn snag_edit(&self, id: Id, edit: &SnagEdit) -> Result<SnagView> {
        let snag = self.need(id, "snag")?;
        let unit = snag.unit.map(|unit| self.store.thing(unit)).transpose()?.flatten();
        if let Some(unit) = &unit {
            self.check_place(unit, edit.room.as_deref(), None, None)?;
        }
        // A day that was agreed and is over may stand; another one over cannot be agreed.
        let due_on = edit.due_on.as_deref().filter(|day| snag.text("due_on") != Some(day));
        self.check_terms(edit.element.as_deref(), edit.defect.as_deref(), edit.severity.as_deref(), due_on)?;
        self.act(|act| {
            let fields = [
                ("room", &edit.room),
                ("element", &edit.element),
                ("defect", &edit.defect),
                ("severity", &edit.severity),
                ("owner_text", &edit.owner_text),
                ("finding", &edit.finding),
                ("due_on", &edit.due_on),
            ];
            for (field, text) in fields {
                if let Some(text) = text {
                    set(act, id, field.to_owned(), Value::Text(text.clone()))?;
                }
            }
            Ok(())
        })?;
        self.snag(id)
    }

    /// Sets a snag's place on the plan.
    ///
    /// # Errors
    /// When it lies outside the plan, or outside the snag's room where the plan knows it.
    pub fn snag_pin(&self, id: Id, pin: Pin) -> Result<()> {
        let snag = self.need(id, "snag")?;
        if let Some(unit) = snag.unit.map(|unit| self.store.thing(unit)).transpose()?.flatten() {
            self.check_place(&unit, snag.text("room"), None, Some(pin))?;
        }
        self.act(|act| set(act, id, "pin".to_owned(), Value::Pin(pin)))
    }

    /// Keeps what is drawn over a photo, as vectors; the original stays as it is.
    ///
    /// # Errors
    /// When the photo is not one of this snag.
    pub fn snag_draw(&self, id: Id, photo: crate::model::Digest, shapes: Vec<Shape>) -> Result<()> {
        let snag = self.need(id, "snag")?;
        if !photos_of(&snag).iter().any(|(p, _)| p.sha256 == photo) {
            return Err(super::FieldError::NotFound("photo"));
        }
        self.act(|act| set(act, id, format!("drawing:{photo}"), Value::Drawing(shapes)))
    }

    /// A snag.
    ///
    /// # Errors
    /// When it is not here.
    pub fn snag(&self, id: Id) -> Result<SnagView> {
        let snag = self.need(id, "snag")?;
        let mut view = self.snag_view(&snag)?;
        let (profile, zone) = (self.profile_of(&snag), self.zone()?);
        let unit = snag.unit.map(|unit| self.store.thing(unit)).transpose()?.flatten();
        let handover = snag.unit.map(|unit| self.store.thing(handover_id(unit))).transpose()?.flatten();
        // Of a unit that is being walked, no snag is read here: none was repaired yet.
        let mut of_unit = Vec::new();
        for phase in again::REPAIRED {
            of_unit.extend(self.store.list(AggKind::Snag, snag.unit, Some(phase), 0, u64::from(u32::MAX))?);
        }
        of_unit.sort_by_key(|snag| snag.get("number").and_then(Value::int));
        let repeat = again::repeat(profile, unit.as_ref(), &snag, &of_unit);
        view.repeat = (repeat.alert != RepeatAlert::None).then_some(RepeatView { rework: repeat.rework, alert: repeat.alert, others: repeat.others });
        // What is not known yet is told in the office, where it can be entered.
        let warranty =
            unit.and_then(|unit| again::under_warranty(profile, &self.policies().calendar(profile, zone), &unit, handover.as_ref(), &snag, &of_unit).ok());
        view.warranty = warranty.map(|under| WarrantyView {
            component: under.component.to_owned(),
            class: under.class,
            charge_back: under.charge_back,
            developer_end: under.warranty.developer_end,
            contractor_end: under.warranty.contractor_end,
            provisional: under.warranty.provisional,
            restarted: under.warranty.restarted,
        });
        Ok(view)
    }

    /// Snags of a unit (or all), in one phase if given, a page at a time.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn snags(&self, unit: Option<Id>, phase: Option<Phase>, offset: u64, limit: u64) -> Result<Vec<SnagView>> {
        self.store.list(AggKind::Snag, unit, phase, offset, limit)?.iter().map(|snag| self.snag_view(snag)).collect()
    }

    /// The snag with this id, or this number in a unit.
    ///
    /// # Errors
    /// When there is none.
    pub fn find_snag(&self, unit: Option<Id>, words: &str) -> Result<Id> {
        if let Ok(id) = words.parse::<Id>() {
            return Ok(self.need(id, "snag")?.id);
        }
        let number: i64 = words.parse().map_err(|_| super::FieldError::NotFound("snag"))?;
        match self.store.numbered(unit, number)?[..] {
            [one] => Ok(one),
            [] => Err(super::FieldError::NotFound("snag")),
            ref several => Err(super::FieldError::Several { number, ids: several.to_vec() }),
        }
    }

    pub(super) fn clocks_of(&self, snag: &Aggregate) -> Vec<ClockView> {
        let zone = self.zone().unwrap_or_else(|_| self.profile().time_zone);
        let soon_ms = i64::from(self.profile().handover.walkthrough.due_soon_hours.value) * 3_600_000;
        clocks::clocks(self.policies(), snag, zone, self.now(), soon_ms).iter().map(|clock| ClockView::of(clock, self.policies(), zone)).collect()
    }

    /// Defect types for an element, those recorded most for it on this device first, the rest in the order of the list; how often each.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn defects_by_use(&self, element: &str) -> Result<Vec<(&'static Defect, u32)>> {
        /// What people record lately says more than all they ever did, and a look at it takes no time.
        const LOOKED_AT: u64 = 500;
        let mut used: HashMap<String, u32> = HashMap::new();
        for snag in self.store.latest(AggKind::Snag, LOOKED_AT)? {
            if snag.text("element") == Some(element) {
                *used.entry(text_of(&snag, "defect")).or_default() += 1;
            }
        }
        let times = |defect: &Defect| used.get(&defect.id).copied().unwrap_or(0);
        let mut offered: Vec<(&'static Defect, u32)> = self.profile().taxonomy.defects_of(element).map(|defect| (defect, times(defect))).collect();
        offered.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        Ok(offered)
    }

    /// Snags of the unit that may be the same thing again: not confirmed, on the same element of the same room, and of the same defect or
    /// close to the pin.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn snags_near(&self, unit: Id, room: &str, element: &str, defect: &str, pin: Option<Pin>) -> Result<Vec<SnagView>> {
        let near_ppm = u32::from(self.profile_at(unit)?.handover.walkthrough.near_percent.value) * 10_000;
        let close = |a: Pin, b: Pin| a.plan == b.plan && a.x_ppm.abs_diff(b.x_ppm) <= near_ppm && a.y_ppm.abs_diff(b.y_ppm) <= near_ppm;
        let mut near = Vec::new();
        for snag in self.store.list(AggKind::Snag, Some(unit), None, 0, u64::from(u32::MAX))? {
            let there = snag.text("room") == Some(room) && snag.text("element") == Some(element);
            let pinned = if let Some(Value::Pin(pin)) = snag.get("pin") { Some(*pin) } else { None };
            // Two places that are known to lie apart are two snags, whatever they are called.
            let same = match (pin, pinned) {
                (Some(a), Some(b)) => close(a, b),
                _ => snag.text("defect") == Some(defect),
            };
            if there && same && snag.phase != Phase::Confirmed {
                near.push(self.snag_view(&snag)?);
            }
        }
        Ok(near)
    }

    pub(crate) fn snag_view(&self, snag: &Aggregate) -> Result<SnagView> {
        let photos = photos_of(snag)
            .into_iter()
            .map(|(photo, _)| {
                let proof = self.store.photo(photo.sha256)?.map(|p| p.state);
                Ok(view_of(snag, photo, proof))
            })
            .collect::<Result<Vec<PhotoView>>>()?;
        // The rules are read when the first clock runs: a list of new snags stands without them.
        let clocks = if clocks::runs(snag) { self.clocks_of(snag) } else { Vec::new() };
        Ok(SnagView {
            id: snag.id,
            unit: snag.unit,
            number: snag.get("number").and_then(Value::int).unwrap_or(0),
            phase: snag.phase,
            round: snag.round,
            room: text_of(snag, "room"),
            element: text_of(snag, "element"),
            defect: text_of(snag, "defect"),
            severity: text_of(snag, "severity"),
            owner_text: text_of(snag, "owner_text"),
            finding: text_of(snag, "finding"),
            due_on: snag.text("due_on").map(str::to_owned),
            ordered_due_on: snag.ordered().and_then(|(_, day)| day).map(str::to_owned),
            pin: if let Some(Value::Pin(pin)) = snag.get("pin") { Some(*pin) } else { None },
            photos,
            no_photos: unphotographed(snag),
            recorded: snag.created.as_ref().map(|o| o.order.hlc.ms),
            conflicts: snag.conflicts().map(|(field, _)| field.to_owned()).collect(),
            clocks,
            hold: clocks::on_hold(snag).map(|hold| HoldView { state: hold.state, reason: hold.reason, since: hold.from }),
            repeat: None,
            warranty: None,
        })
    }
}
