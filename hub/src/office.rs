//! Acts of the office, of owners by their link, and the register: events on the hub's own chain with the acting person's id and role.

use crate::{
    error::HubError,
    hub::{Hub, detached},
    roles,
    store::{Commit, DeviceRow, KeyRow, StoreError},
};
use keyturn_core::{
    log::{Event, EventRef, fold::Aggregate},
    model::{
        Id, PersonKey, Value,
        act::Act,
        body::{AggKind, Body, Change, Create},
    },
    rules::{self, Meets, Refusal},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A value of the register.
#[derive(Clone, Debug, PartialEq)]
pub enum RegisterValue {
    /// As it is.
    Open(Value),
    /// Personal data, to be encrypted with the person's key.
    Personal(String),
}

/// One thing of the register: what a row of a table says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterRow {
    /// What it is.
    pub kind: AggKind,
    /// Its key, the same on every import, such as `unit/1/1/1102`; its id follows from it ([`Hub::register_id`]).
    pub key: String,
    /// The unit it belongs to.
    pub unit: Option<Id>,
    /// What it is a part of.
    pub parent: Option<Id>,
    /// Its fields; those not named stay as they are.
    pub fields: Vec<(String, RegisterValue)>,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Things that are new.
    pub created: usize,
    /// Things of which something changed.
    pub changed: usize,
    /// Things that are as they were.
    pub same: usize,
}

impl Hub {
    /// Does one act in the name of `actor`.
    ///
    /// # Errors
    /// When the rules or the phase of the thing say no, or the store cannot be written.
    pub async fn act(&self, actor: Id, role: &str, agg: Id, body: Body) -> Result<Event, HubError> {
        let mut events = self.act_all(actor, role, vec![(agg, body)]).await?;
        events.pop().ok_or(HubError::Store(StoreError::Damaged("no event")))
    }

    /// Does several acts in the name of `actor`, all or none.
    ///
    /// # Errors
    /// With the first refusal; then nothing was done.
    pub async fn act_all(&self, actor: Id, role: &str, acts: Vec<(Id, Body)>) -> Result<Vec<Event>, HubError> {
        let (hub, role) = (self.clone(), role.to_owned());
        detached(async move { hub.append_all(actor, &role, acts, Vec::new()).await }).await
    }

    /// As [`Self::act_all`], with keys of persons first met here.
    pub(crate) async fn append_all(&self, actor: Id, role: &str, acts: Vec<(Id, Body)>, keys: Vec<KeyRow>) -> Result<Vec<Event>, HubError> {
        self.append_with(actor, role, acts, Commit { keys, ..Commit::default() }, None).await
    }

    /// Orders snags from a contractor or crew, all or none; `work` is the kind of work that decides the company's own limit (S1-21, S4-60).
    ///
    /// # Errors
    /// With the first refusal; then none was ordered.
    pub async fn order(&self, actor: Id, role: &str, snags: &[Id], contractor: Id, due_on: Option<String>, work: Option<&str>) -> Result<(), HubError> {
        let acts = snags.iter().map(|snag| (*snag, Body::Act(Act::Order(contractor, due_on.clone())))).collect();
        let (hub, role, work) = (self.clone(), role.to_owned(), work.map(str::to_owned));
        detached(async move { hub.append_with(actor, &role, acts, Commit::default(), work.as_deref()).await }).await.map(drop)
    }

    /// Does the acts, and writes `rest` in the same commit; `work` is the kind of work of the orders among them.
    pub(crate) async fn append_with(&self, actor: Id, role: &str, acts: Vec<(Id, Body)>, mut rest: Commit, work: Option<&str>) -> Result<Vec<Event>, HubError> {
        let inner = &*self.0;
        let mut writer = inner.writer.lock().await;
        for row in &mut rest.devices {
            // A push may have come between the caller's reading and this lock.
            if let Some(now) = inner.store.device(row.id).await? {
                (row.chain, row.leaf, row.wrong_until, row.wrong_ms) = (now.chain, now.leaf, now.wrong_until, now.wrong_ms);
            }
        }
        for (device, body) in &acts {
            if let Body::Act(Act::Revoke(_)) = body
                && let Some(row) = inner.store.device(*device).await?
            {
                rest.devices.push(DeviceRow { revoked: Some(self.now()), ..row });
            }
        }
        let before = writer.clone_chain();
        let result = async {
            let mut ledger = inner.ledger();
            let things: BTreeSet<Id> = acts.iter().map(|(agg, _)| *agg).collect();
            ledger.load(&*inner.store, &mut writer.cache, things.iter().copied()).await?;
            let units: BTreeSet<Id> = acts
                .iter()
                .filter_map(|(_, body)| if let Body::Create(create) = body { Some([create.unit, create.parent]) } else { None })
                .flatten()
                .flatten()
                .chain(things.iter().filter_map(|id| ledger.state(*id).and_then(|s| s.unit)))
                .collect();
            ledger.load(&*inner.store, &mut writer.cache, units).await?;
            // The office acts on what it sees: its events come after those of the things it acts on.
            for id in &things {
                if let Some(last) = ledger.state(*id).and_then(|s| s.last) {
                    inner.observe_order(&mut writer, last);
                }
            }
            let mut events = Vec::with_capacity(acts.len());
            for (agg, body) in &acts {
                let thing = ledger.state(*agg);
                let unit = match body {
                    Body::Create(create) => create.unit,
                    _ => thing.and_then(|t| t.unit),
                };
                let profile = inner.profile_for(&ledger, *agg, body);
                let unit = unit.and_then(|u| ledger.state(u));
                roles::admit(body, &Meets { role, thing, unit, profile, policies: &inner.policies, zone: inner.tz() })?;
                rules::fits(body, thing)?;
                let event = inner.append_own(&mut writer, &mut ledger, actor, role, *agg, body).await?;
                if matches!(body, Body::Act(Act::Order(..)))
                    && let Some(snag) = ledger.state(*agg)
                    && let Some(dates) = roles::due_dates(&inner.policies, inner.profile_for(&ledger, *agg, body), snag, inner.tz(), event.hlc.ms, work)?
                {
                    inner.append_own(&mut writer, &mut ledger, actor, role, *agg, &Body::Act(Act::Due(Box::new(dates)))).await?;
                }
                events.push(event);
            }
            inner.commit(&mut writer, ledger, self.now(), rest).await?;
            Ok(events)
        }
        .await;
        if result.is_err() {
            writer.restore_chain(before);
        }
        result
    }

    /// The id of a thing of the register.
    pub fn register_id(&self, key: &str) -> Id {
        Id::derived(&[b"keyturn-register-v1", &self.0.project.0, key.as_bytes()])
    }

    /// Takes rows of the register: what is new is created, what changed becomes an event, what is the same is left alone.
    ///
    /// # Errors
    /// When a row is refused; then none was taken.
    pub async fn import(&self, actor: Id, role: &str, rows: Vec<RegisterRow>) -> Result<Imported, HubError> {
        let (hub, role) = (self.clone(), role.to_owned());
        detached(async move {
            let mut merged: BTreeMap<Id, RegisterRow> = BTreeMap::new();
            let mut order = Vec::new();
            for row in rows {
                let id = hub.register_id(&row.key);
                match merged.get_mut(&id) {
                    Some(earlier) => earlier.fields.extend(row.fields),
                    None => {
                        order.push(id);
                        merged.insert(id, row);
                    }
                }
            }
            let states: HashMap<Id, Aggregate> = hub.states(&order).await?.into_iter().map(|s| (s.id, s)).collect();
            let persons = merged.iter().filter(|(_, row)| row.fields.iter().any(|(_, v)| matches!(v, RegisterValue::Personal(_)))).map(|(id, _)| *id);
            let mut keys: HashMap<Id, Option<PersonKey>> = HashMap::new();
            for row in hub.0.store.keys(persons.collect()).await? {
                let key = row.key.map(|k| k.try_into().map(PersonKey).map_err(|_| StoreError::Damaged("a key"))).transpose()?;
                keys.insert(row.person, key);
            }
            let (mut acts, mut new_keys, mut done) = (Vec::new(), Vec::new(), Imported::default());
            for id in order {
                let Some(row) = merged.remove(&id) else { continue };
                let state = states.get(&id).filter(|s| s.created.is_some());
                let key = if row.fields.iter().any(|(_, v)| matches!(v, RegisterValue::Personal(_))) {
                    let known = keys.entry(id).or_insert_with(|| {
                        let key = PersonKey::generate();
                        new_keys.push(KeyRow { person: id, key: Some(key.0.to_vec()), changed: 0 });
                        Some(key)
                    });
                    // An erased person stays erased: an old table does not bring the name back.
                    known.clone()
                } else {
                    None
                };
                match body_of(id, row, state, key.as_ref()) {
                    Some(body @ Body::Create(_)) => {
                        done.created += 1;
                        acts.push((id, body));
                    }
                    Some(body) => {
                        done.changed += 1;
                        acts.push((id, body));
                    }
                    None => done.same += 1,
                }
            }
            if !acts.is_empty() {
                hub.append_all(actor, &role, acts, new_keys).await?;
            }
            Ok(done)
        })
        .await
    }
}

/// What a row makes of a thing: its creation, the fields that changed, or nothing.
fn body_of(id: Id, row: RegisterRow, state: Option<&Aggregate>, key: Option<&PersonKey>) -> Option<Body> {
    let seal = |text: &str| key.map(|key| Value::Personal(key.seal(id, text.as_bytes())));
    let mut fields: Vec<(String, Value)> = Vec::with_capacity(row.fields.len());
    for (field, value) in row.fields {
        let now = state.and_then(|s| s.get(&field));
        let value = match value {
            RegisterValue::Open(value) => (now != Some(&value)).then_some(value),
            RegisterValue::Personal(text) => {
                let known = match now {
                    Some(Value::Personal(sealed)) => key.and_then(|key| key.open_text(sealed)),
                    _ => None,
                };
                if known.as_deref() == Some(text.as_str()) { None } else { seal(&text) }
            }
        };
        let Some(value) = value else { continue };
        // The last of two columns for one field counts.
        fields.retain(|(f, _)| *f != field);
        fields.push((field, value));
    }
    match state {
        None => Some(Body::Create(Create { kind: row.kind, unit: row.unit, parent: row.parent, fields })),
        Some(_) if fields.is_empty() => None,
        Some(state) => {
            let replaces = |field: &str| -> Vec<EventRef> { state.heads(field) };
            Some(Body::Set(fields.into_iter().map(|(field, value)| Change { replaces: replaces(&field), field, value }).collect()))
        }
    }
}

/// Told when a thing is not there.
pub(crate) fn not_found() -> HubError {
    HubError::Refused(Refusal::plain("rule-not-found"))
}
