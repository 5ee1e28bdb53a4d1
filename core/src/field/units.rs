//! Units, their rooms and checklists.

use super::{FieldStore, HandoverView, LineView, PersonView, Result, RoomView, UnitRow, UnitView, handover_id, views::text_of};
use crate::{
    log::{
        cert::Scope,
        fold::{Aggregate, Phase},
    },
    model::{Id, Value, body::AggKind, value::LineAnswer},
    policy::{
        Milli, Profile, UnitFacts,
        checklist::{self, ChecklistLine, Room},
        measure,
    },
    words::Lang,
};

/// The stage of the checklist that an owner's walk-through uses.
pub(crate) const WALKTHROUGH: &str = "owner_walkthrough";

/// A unit within its community, as people say it: building-entrance-number.
pub fn door_of(unit: &Aggregate) -> String {
    ["building", "entrance", "number"].iter().filter_map(|field| unit.text(field)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("-")
}

impl FieldStore {
    /// Units in order, a page at a time.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn units(&self, offset: u64, limit: u64) -> Result<Vec<UnitRow>> {
        let units = self.store.list(AggKind::Unit, None, None, offset, limit)?;
        units.iter().map(|unit| self.unit_row(unit)).collect()
    }

    fn unit_row(&self, unit: &Aggregate) -> Result<UnitRow> {
        let counts = self.store.count(AggKind::Snag, Some(unit.id))?;
        let snags = counts.values().sum();
        let known = self.store.thing(handover_id(unit.id))?;
        // Who gets only what is ordered does not see the handover of a home.
        let handover_here = known.is_some() || !self.identity().is_ok_and(|identity| matches!(identity.certificate.scope, Scope::Orders(_)));
        let handover = known.map_or(Phase::Planned, |h| h.phase);
        let confirmed = counts.get(&Phase::Confirmed).copied().unwrap_or(0);
        Ok(UnitRow { id: unit.id, label: self.unit_label(unit)?, handover, handover_here, open_snags: snags - confirmed, snags })
    }

    /// As people say it: community, building-entrance-number.
    pub(crate) fn unit_label(&self, unit: &Aggregate) -> Result<String> {
        let community = self.register_of(unit)?.map_or(String::new(), |community| text_of(&community, "name"));
        Ok(format!("{community} {}", door_of(unit)).trim().to_owned())
    }

    /// What the register says of the community: name, developer, address, telephone.
    pub(super) fn register_of(&self, unit: &Aggregate) -> Result<Option<Aggregate>> {
        let mut parent = unit.parent;
        // Unit -> building -> community: two steps, and no more if data is odd.
        for _ in 0..3 {
            let Some(up) = parent.map(|id| self.store.thing(id)).transpose()?.flatten() else { break };
            if up.kind == Some(AggKind::Community) {
                return Ok(Some(up));
            }
            parent = up.parent;
        }
        Ok(None)
    }

    /// The unit with this id or label, or whose label ends with the words given.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn find_unit(&self, words: &str) -> Result<Id> {
        if let Ok(id) = words.parse::<Id>() {
            return Ok(self.need(id, "unit")?.id);
        }
        let mut found = Vec::new();
        for unit in self.store.list(AggKind::Unit, None, None, 0, u64::from(u32::MAX))? {
            let label = self.unit_label(&unit)?;
            if label == words || label.split(' ').next_back() == Some(words) {
                found.push(unit.id);
            }
        }
        match found.as_slice() {
            [one] => Ok(*one),
            _ => Err(super::FieldError::NotFound("unit")),
        }
    }

    /// A unit with its handover.
    ///
    /// # Errors
    /// When it is not here.
    pub fn unit(&self, id: Id) -> Result<UnitView> {
        let unit = self.need(id, "unit")?;
        let handover = self.store.thing(handover_id(id))?;
        let lines = self.checklist(&unit)?;
        let answered = |key: &str| handover.as_ref().is_some_and(|h| h.get(&format!("line:{key}")).is_some());
        let rooms = rooms_of(&unit)
            .into_iter()
            .map(|room| {
                let of_room: Vec<_> = lines.iter().filter(|l| l.room == room.key).collect();
                RoomView {
                    answered: of_room.iter().filter(|l| answered(&l.key)).count(),
                    lines: of_room.len(),
                    key: room.key,
                    space: room.space,
                    zh: room.zh,
                    en: room.en,
                }
            })
            .collect();
        let int = |field: &str| unit.get(field).and_then(Value::int);
        let text = |field: &str| unit.text(field).map(str::to_owned);
        Ok(UnitView {
            id,
            label: self.unit_label(&unit)?,
            finish_level: text_of(&unit, "finish_level"),
            layout_type: text_of(&unit, "layout_type"),
            predicted_area_milli: int("predicted_area_milli"),
            surveyed_area_milli: int("surveyed_area_milli"),
            delivery_date: text("delivery_date"),
            filing_number: text("filing_number"),
            owners: self.owners_of(&unit)?,
            rooms,
            plan: unit.get("plan").and_then(Value::id),
            handover: handover.map(|h| self.handover_view(&h)).transpose()?,
        })
    }

    /// A unit as people say it.
    ///
    /// # Errors
    /// When it is not here.
    pub fn label(&self, unit: Id) -> Result<String> {
        self.unit_label(&self.need(unit, "unit")?)
    }

    /// A room's name in Chinese and English; `None` for a key that is none of the unit's rooms.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn room_name(&self, unit: Id, key: &str) -> Result<Option<(String, String)>> {
        let Some(unit) = self.store.thing(unit)? else { return Ok(None) };
        Ok(rooms_of(&unit).into_iter().find(|room| room.key == key).map(|room| (room.zh, room.en)))
    }

    /// A person's name, where this device may read it; `None` also when the person was erased.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn person_name(&self, person: Id) -> Result<Option<String>> {
        self.person_text(person, "name")
    }

    /// The path of a plan's picture; `None` when it is not on this device yet.
    ///
    /// # Errors
    /// When the plan is not here.
    pub fn plan_path(&self, plan: Id) -> Result<Option<std::path::PathBuf>> {
        let plan = self.need(plan, "plan")?;
        let image = if let Some(Value::Digest(image)) = plan.get("image") { Some(*image) } else { None };
        Ok(image.filter(|image| self.blobs.contains(image)).map(|image| self.blobs.path_of(&image)))
    }

    /// The room in which a place on a plan lies, or the one beside whose wall it is; `None` where the plan knows none there.
    ///
    /// # Errors
    /// When the plan is not here.
    pub fn room_at(&self, pin: crate::model::value::Pin) -> Result<Option<String>> {
        let plan = self.need(pin.plan, "plan")?;
        Ok(crate::rules::sane::room_at(self.profile(), &plan, pin))
    }

    /// The rooms that a plan knows: key, and left, top, width and height in millionths of the plan.
    ///
    /// # Errors
    /// When the plan is not here.
    pub fn plan_rooms(&self, plan: Id) -> Result<Vec<(String, [i64; 4])>> {
        Ok(crate::rules::sane::rooms_on(&self.need(plan, "plan")?))
    }

    pub(crate) fn owners_of(&self, unit: &Aggregate) -> Result<Vec<PersonView>> {
        let Some(Value::List(owners)) = unit.get("owners") else { return Ok(Vec::new()) };
        owners.iter().filter_map(Value::id).map(|id| Ok(PersonView { id, name: self.person_text(id, "name")? })).collect()
    }

    /// A personal field of a person, where this device holds the key.
    pub(crate) fn person_text(&self, person: Id, field: &str) -> Result<Option<String>> {
        let (Some(thing), Some(key)) = (self.store.thing(person)?, self.key_of(person)?) else { return Ok(None) };
        Ok(match thing.get(field) {
            Some(Value::Personal(sealed)) => key.open_text(sealed),
            _ => None,
        })
    }

    /// The lines of a unit's checklist, as finish level and stage choose them.
    pub(crate) fn checklist(&self, unit: &Aggregate) -> Result<Vec<ChecklistLine>> {
        // A unit whose finish level or rooms nobody has recorded has no lines yet; recording snags goes on.
        Ok(checklist_of(self.profile_at(unit.id)?, unit))
    }

    /// The checklist of a unit with its answers, of one room if given.
    ///
    /// # Errors
    /// When the unit is not here.
    pub fn lines(&self, unit: Id, room: Option<&str>, lang: Lang) -> Result<Vec<LineView>> {
        let unit = self.need(unit, "unit")?;
        let handover = self.store.thing(handover_id(unit.id))?;
        let limits = &self.profile_at(unit.id)?.limits;
        let lines = self.checklist(&unit)?;
        Ok(lines
            .into_iter()
            .filter(|line| room.is_none_or(|room| line.room == room))
            .map(|line| {
                let answer = handover.as_ref().and_then(|h| match h.get(&format!("line:{}", line.key)) {
                    Some(Value::Line(answer)) => Some(answer.clone()),
                    _ => None,
                });
                let contract = contract_value(&unit, &line);
                let limit = line.limit.as_deref().and_then(|id| limits.get(id));
                let verdict = limit.zip(answer.as_ref()).filter(|(_, a)| !a.points_milli.is_empty()).map(|(limit, a)| judge(limit, a, contract.as_deref()));
                LineView {
                    limit: limit.map(|l| limits.text(l, lang)),
                    limit_id: limit.map(|l| l.id.clone()),
                    key: line.key,
                    room: line.room,
                    element: line.element,
                    requires_photo: line.requires_photo,
                    contract_field: line.contract_field,
                    part: line.part,
                    zh: line.zh,
                    en: line.en,
                    contract,
                    meter: line.meter,
                    document: line.document,
                    keys: line.keys,
                    answer,
                    verdict,
                }
            })
            .collect())
    }
}

/// The lines of a unit's checklist at the owner's walk-through; none for a unit whose finish level or rooms nobody has recorded.
pub fn checklist_of(profile: &Profile, unit: &Aggregate) -> Vec<ChecklistLine> {
    checklist::expand(profile, &facts_of(unit), &rooms_of(unit)).unwrap_or_default()
}

impl FieldStore {
    /// What these points would say on a line: the verdict while a number is typed, before anything is recorded.
    ///
    /// # Errors
    /// When the unit is not here, or the line is not a measured one of its checklist.
    pub fn measure(&self, unit: Id, line: &str, points_milli: &[i64]) -> Result<Measured> {
        let unit = self.need(unit, "unit")?;
        let profile = self.profile_at(unit.id)?;
        let line = self.checklist(&unit)?.into_iter().find(|l| l.key == line).ok_or(super::FieldError::NotFound("line"))?;
        let limit = line.limit.as_deref().and_then(|id| profile.limits.get(id)).ok_or(super::FieldError::NotFound("limit"))?;
        let points: Vec<Milli> = points_milli.iter().map(|m| Milli(*m)).collect();
        let verdict = measure::judge(limit, &points, contract_value(&unit, &line).and_then(|c| c.parse().ok()));
        let factor = i128::from(profile.handover.walkthrough.odd_value_factor.value.0);
        let odd =
            |point: &Milli| limit.op.is_upper() && limit.value.is_some_and(|bound| i128::from(point.0).abs() * 1000 >= i128::from(bound.0).abs() * factor);
        let odd = points.iter().enumerate().filter(|(_, point)| odd(point)).filter_map(|(at, _)| u16::try_from(at).ok()).collect();
        Ok(Measured { limit, limits: &profile.limits, verdict, odd })
    }
}

/// What points say on a line.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The limit that governs.
    pub limit: &'static crate::policy::limit::Limit,
    /// The limits it stands among, with the words for units.
    pub limits: &'static crate::policy::limit::Limits,
    /// The verdict.
    pub verdict: measure::Verdict,
    /// Places of points so far off that they are asked back: 30 for 3.0. They are kept either way.
    pub odd: Vec<u16>,
}

pub(crate) fn judge(limit: &crate::policy::limit::Limit, answer: &LineAnswer, contract: Option<&str>) -> measure::Verdict {
    let points: Vec<Milli> = answer.points_milli.iter().map(|m| Milli(*m)).collect();
    measure::judge(limit, &points, contract.and_then(|c| c.parse().ok()))
}

/// What decides which lines and limits apply to a unit at the owner's walk-through.
pub(crate) fn facts_of(unit: &Aggregate) -> UnitFacts {
    UnitFacts {
        finish: text_of(unit, "finish_level"),
        stage: WALKTHROUGH.to_owned(),
        floors: unit.get("building_floors").and_then(Value::int).and_then(|n| n.try_into().ok()),
        design_date: unit.text("design_date").and_then(|date| date.parse().ok()),
    }
}

/// What the contract says for a line (S0-13).
pub(crate) fn contract_value(unit: &Aggregate, line: &ChecklistLine) -> Option<String> {
    let field = line.contract_field.as_deref()?;
    unit.text(&format!("contract:{field}")).map(str::to_owned)
}

/// A unit's rooms: texts `key|space|zh|en`.
pub(crate) fn rooms_of(unit: &Aggregate) -> Vec<Room> {
    let Some(Value::List(rooms)) = unit.get("rooms") else { return Vec::new() };
    rooms
        .iter()
        .filter_map(Value::text)
        .filter_map(|text| {
            let mut parts = text.split('|').map(str::to_owned);
            Some(Room { key: parts.next()?, space: parts.next()?, zh: parts.next()?, en: parts.next()? })
        })
        .collect()
}

impl HandoverView {
    /// Whether every line has an answer.
    pub fn all_answered(&self) -> bool {
        self.lines > 0 && self.answered == self.lines
    }
}
