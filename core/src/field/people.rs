//! People, as far as this device may see them, and finding one by name: who escorts, joins, signs, repairs.

use super::{FieldError, FieldStore, Result, participants_of};
use crate::{
    log::fold::Aggregate,
    model::{Id, Value, body::AggKind},
    rules::Refusal,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A person on this device.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PersonRow {
    /// The person.
    pub id: Id,
    /// The name, where this device may read it.
    pub name: Option<String>,
    /// `owner`, `staff`, `crew`, as the register says.
    pub kind: Option<String>,
    /// Roles in which the person takes part in handovers and meetings here, or holds this device.
    pub roles: BTreeSet<String>,
    /// For which organisation.
    pub organisation: Option<String>,
    /// Who holds this device.
    pub me: bool,
}

/// A contractor or crew on this device.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ContractorRow {
    /// The contractor.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its trade, as the register says.
    pub trade: String,
}

/// What stands for who holds this device.
const ME: &str = "me";

impl FieldStore {
    /// Everybody the records on this device name, those with a name first, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn people(&self) -> Result<Vec<PersonRow>> {
        let all = |kind| self.store.list(kind, None, None, 0, u64::from(u32::MAX));
        let mut people: BTreeMap<Id, PersonRow> = BTreeMap::new();
        for person in all(AggKind::Person)?.iter().filter(|p| p.created.is_some()) {
            let row = PersonRow {
                id: person.id,
                name: self.person_text(person.id, "name")?,
                kind: person.text("kind").map(str::to_owned),
                organisation: person.text("organisation").map(str::to_owned),
                ..PersonRow::default()
            };
            people.insert(person.id, row);
        }
        let mut gatherings: Vec<Aggregate> = Vec::new();
        for kind in [AggKind::Handover, AggKind::Meeting, AggKind::Inspection] {
            gatherings.extend(all(kind)?);
        }
        for (_, participant) in gatherings.iter().flat_map(participants_of) {
            let name = self.participant_name(&participant)?;
            let row = people.entry(participant.person).or_insert_with(|| PersonRow { id: participant.person, ..PersonRow::default() });
            row.roles.insert(participant.role);
            row.name = row.name.take().or(name);
            row.organisation = row.organisation.take().or(participant.organisation);
        }
        for unit in all(AggKind::Unit)? {
            for owner in self.owners_of(&unit)? {
                if let Some(row) = people.get_mut(&owner.id) {
                    row.roles.insert("owner".to_owned());
                }
            }
        }
        if let Ok(certificate) = self.certificate() {
            let row = people.entry(certificate.person).or_insert_with(|| PersonRow { id: certificate.person, ..PersonRow::default() });
            row.roles.insert(certificate.role);
            row.me = true;
        }
        let mut people: Vec<PersonRow> = people.into_values().collect();
        people.sort_by(|a, b| (a.name.is_none(), &a.name, a.id).cmp(&(b.name.is_none(), &b.name, b.id)));
        Ok(people)
    }

    /// Those who can lead a walk-through: staff of the register, who holds this device, and who was met in a role that may begin one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn escorts(&self) -> Result<Vec<PersonRow>> {
        let roles = &self.profile().roles;
        let mut people = self.people()?;
        people.retain(|p| p.me || p.kind.as_deref() == Some("staff") || p.roles.iter().any(|role| roles.may(role, "handover.start")));
        Ok(people)
    }

    /// Contractors and crews on this device, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn contractors(&self) -> Result<Vec<ContractorRow>> {
        let all = self.store.list(AggKind::Contractor, None, None, 0, u64::from(u32::MAX))?;
        let row = |c: &Aggregate| ContractorRow { id: c.id, name: super::views::text_of(c, "name"), trade: super::views::text_of(c, "trade") };
        let mut rows: Vec<ContractorRow> = all.iter().filter(|c| c.created.is_some()).map(row).collect();
        rows.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(rows)
    }

    /// The person with this id or name; `me` is who holds this device.
    ///
    /// # Errors
    /// When nobody on this device is called so, or several are: then with the candidates.
    pub fn find_person(&self, words: &str) -> Result<Id> {
        if words == ME {
            return Ok(self.certificate()?.person);
        }
        let people = self.people()?;
        if let Ok(id) = words.parse::<Id>() {
            return people.iter().find(|p| p.id == id).map(|p| p.id).ok_or(FieldError::NotFound("person"));
        }
        let named: Vec<&PersonRow> = people.iter().filter(|p| p.name.as_deref().is_some_and(|name| name.trim() == words.trim())).collect();
        only(&named, "person", |p| p.id, |p| candidate(p.id, p.roles.iter().map(String::as_str), p.organisation.as_deref()))
    }

    /// The participant of a unit's handover with this id, role or name.
    ///
    /// # Errors
    /// When nobody is called so, or several are: then with the candidates.
    pub fn find_participant(&self, unit: Id, words: &str) -> Result<Id> {
        let all = self.handover(unit)?.participants;
        if let Ok(id) = words.parse::<Id>() {
            return all.iter().find(|p| p.id == id).map(|p| p.id).ok_or(FieldError::NotFound("participant"));
        }
        let me = if words == ME { Some(self.certificate()?.person) } else { None };
        let called: Vec<_> =
            all.iter().filter(|p| p.role == words || Some(p.person) == me || p.name.as_deref().is_some_and(|n| n.trim() == words.trim())).collect();
        only(&called, "participant", |p| p.id, |p| candidate(p.id, [p.role.as_str()], p.organisation.as_deref()))
    }

    /// The contractor or crew with this id or name.
    ///
    /// # Errors
    /// When none is called so, or several are: then with the candidates.
    pub fn find_contractor(&self, words: &str) -> Result<Id> {
        if let Ok(id) = words.parse::<Id>() {
            return self.need_contractor(id);
        }
        let all = self.store.list(AggKind::Contractor, None, None, 0, u64::from(u32::MAX))?;
        let called: Vec<&Aggregate> = all.iter().filter(|c| c.text("name").is_some_and(|name| name.trim() == words.trim())).collect();
        only(&called, "contractor", |c| c.id, |c| candidate(c.id, c.get("trade").and_then(Value::text), None))
    }

    /// A contractor that is on this device.
    pub(super) fn need_contractor(&self, id: Id) -> Result<Id> {
        let contractor = self.need(id, "contractor")?;
        if contractor.kind == Some(AggKind::Contractor) { Ok(id) } else { Err(FieldError::NotFound("contractor")) }
    }

    /// A person that the records on this device name.
    pub(super) fn need_person(&self, id: Id) -> Result<()> {
        let registered = self.store.thing(id)?.is_some_and(|thing| thing.kind == Some(AggKind::Person));
        if registered || self.certificate()?.person == id || self.people()?.iter().any(|p| p.id == id) { Ok(()) } else { Err(FieldError::NotFound("person")) }
    }
}

/// How a candidate is told apart: not by the name, which they share, and which no message repeats.
fn candidate<'a>(id: Id, about: impl IntoIterator<Item = &'a str>, organisation: Option<&'a str>) -> String {
    let about: Vec<&str> = about.into_iter().chain(organisation).collect();
    if about.is_empty() { id.to_string() } else { format!("{id} ({})", about.join(", ")) }
}

fn only<T>(found: &[T], what: &'static str, id: impl Fn(&T) -> Id, told: impl Fn(&T) -> String) -> Result<Id> {
    match found {
        [one] => Ok(id(one)),
        [] => Err(FieldError::NotFound(what)),
        several => {
            let candidates = several.iter().map(told).collect::<Vec<_>>().join("; ");
            Err(Refusal::of("field-ambiguous", vec![("what", what.to_owned()), ("candidates", candidates)]).into())
        }
    }
}
