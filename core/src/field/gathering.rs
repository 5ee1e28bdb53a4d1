//! Joint inspections by a committee (S0-31) and acceptance meetings (S0-32): when, where, for which units, who was there, what was said or found.
//! What an inspection finds is a snag of its unit, ordered from the contractor at once.

use super::{
    FieldStore, NewParticipant, NewSnag, ParticipantView, Result, SnagView,
    handover::{participant_of, participants_of, set},
    views::text_of,
};
use crate::{
    log::fold::Aggregate,
    model::{
        Id, UtcMs, Value,
        act::Act,
        body::{AggKind, Body, Create},
    },
    rules::Refusal,
};
use serde::Serialize;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GatheringKind {
    /// An acceptance meeting with minutes.
    Meeting,
    /// A joint inspection whose snags go to the contractor.
    Inspection,
}

impl GatheringKind {
    fn agg(self) -> AggKind {
        match self {
            Self::Meeting => AggKind::Meeting,
            Self::Inspection => AggKind::Inspection,
        }
    }
}

/// A meeting or inspection that is called.
#[derive(Clone, Debug)]
pub struct NewGathering {
    /// For which units: one, or a batch.
    pub units: Vec<Id>,
    /// What it is about.
    pub title: String,
    /// When.
    pub at: UtcMs,
    /// Where.
    pub place: Option<String>,
}

/// Minutes as they were written.
#[derive(Clone, Debug, Serialize)]
pub struct MinutesView {
    /// The words.
    pub text: String,
    /// When they were written.
    pub at: UtcMs,
    /// In which role.
    pub role: String,
}

/// A meeting or inspection.
#[derive(Clone, Debug, Serialize)]
pub struct GatheringView {
    /// Its id.
    pub id: Id,
    /// Which of the two.
    pub kind: GatheringKind,
    /// The units it is about.
    pub units: Vec<Id>,
    /// What it is about.
    pub title: String,
    /// When.
    pub at: Option<UtcMs>,
    /// Where.
    pub place: Option<String>,
    /// Who was called or came, with role and organisation.
    pub participants: Vec<ParticipantView>,
    /// Minutes of a meeting, in order.
    pub minutes: Vec<MinutesView>,
    /// What an inspection concluded.
    pub conclusion: Option<String>,
    /// Snags that an inspection found.
    pub snags: Vec<Id>,
}

/// The units that a meeting or inspection is about.
pub fn gathering_units(gathering: &Aggregate) -> Vec<Id> {
    match gathering.get("units") {
        Some(Value::List(units)) => units.iter().filter_map(Value::id).collect(),
        _ => gathering.unit.into_iter().collect(),
    }
}

impl FieldStore {
    /// Calls a meeting (S0-32) or a joint inspection (S0-31); its id.
    ///
    /// # Errors
    /// When no unit or no title is given, a unit is not here, or the role may not.
    pub fn gathering_new(&self, kind: GatheringKind, new: &NewGathering) -> Result<Id> {
        let mut units = new.units.clone();
        units.sort_unstable();
        units.dedup();
        if units.is_empty() {
            return Err(Refusal::plain("rule-gathering-units").into());
        }
        if new.title.trim().is_empty() {
            return Err(Refusal::plain("rule-empty-text").into());
        }
        self.act(|act| {
            for unit in &units {
                act.thing(*unit, "unit")?;
            }
            let id = act.wrote.new_id();
            let mut fields = vec![
                ("title".to_owned(), Value::Text(new.title.trim().to_owned())),
                ("at".to_owned(), Value::Time(new.at)),
                ("units".to_owned(), Value::List(units.iter().map(|unit| Value::Id(*unit)).collect())),
            ];
            fields.extend(new.place.iter().map(|place| ("place".to_owned(), Value::Text(place.clone()))));
            // What is about one unit goes where that unit goes; a batch is the project's.
            let unit = if let [only] = units.as_slice() { Some(*only) } else { None };
            act.append(id, &Body::Create(Create { kind: kind.agg(), unit, parent: None, fields }))?;
            Ok(id)
        })
    }

    fn need_gathering(&self, id: Id, kind: Option<GatheringKind>) -> Result<Aggregate> {
        let thing = self.need(id, "gathering")?;
        let right = match kind {
            Some(kind) => thing.kind == Some(kind.agg()),
            None => matches!(thing.kind, Some(AggKind::Meeting | AggKind::Inspection)),
        };
        if right { Ok(thing) } else { Err(super::FieldError::NotFound("gathering")) }
    }

    /// Somebody is called or came: the buyer's representative, a third party, a contractor; the participant's id.
    ///
    /// # Errors
    /// When neither a person nor a name is given, or the role may not.
    pub fn gathering_join(&self, id: Id, new: &NewParticipant) -> Result<Id> {
        self.need_gathering(id, None)?;
        if let Some(person) = new.person.filter(|_| new.name.is_none()) {
            self.need_person(person)?;
        }
        self.act(|act| {
            let value = participant_of(act, new)?;
            let participant = act.wrote.new_id();
            set(act, id, format!("participant:{participant}"), Value::Participant(value))?;
            Ok(participant)
        })
    }

    /// Writes minutes of a meeting (S0-32). What was written stays; a correction is written after it.
    ///
    /// # Errors
    /// When there are no words or the role may not.
    pub fn meeting_minutes(&self, id: Id, text: &str) -> Result<()> {
        self.need_gathering(id, Some(GatheringKind::Meeting))?;
        self.act(|act| act.append(id, &Body::Act(Act::Minutes(text.to_owned()))).map(|_| ()))
    }

    /// What a joint inspection concluded (S0-31).
    ///
    /// # Errors
    /// When there are no words or the role may not.
    pub fn joint_conclude(&self, id: Id, text: &str) -> Result<()> {
        self.need_gathering(id, Some(GatheringKind::Inspection))?;
        if text.trim().is_empty() {
            return Err(Refusal::plain("rule-empty-text").into());
        }
        self.act(|act| set(act, id, "conclusion".to_owned(), Value::Text(text.trim().to_owned())))
    }

    /// Records what a joint inspection found, and orders it from the contractor in the same act (S0-31).
    ///
    /// # Errors
    /// When the unit is none of the inspection's, the contractor is unknown, or what a snag lacks.
    pub fn joint_snag(&self, id: Id, new: &NewSnag, contractor: Id) -> Result<SnagView> {
        let inspection = self.need_gathering(id, Some(GatheringKind::Inspection))?;
        if !gathering_units(&inspection).contains(&new.unit) {
            return Err(Refusal::plain("rule-gathering-units").into());
        }
        self.need_contractor(contractor)?;
        self.snag_of(new, Some((id, contractor)), None)
    }

    /// A meeting or inspection.
    ///
    /// # Errors
    /// When it is not here.
    pub fn gathering(&self, id: Id) -> Result<GatheringView> {
        self.gathering_view(&self.need_gathering(id, None)?)
    }

    /// Meetings or inspections, of one unit or all, by time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn gatherings(&self, kind: GatheringKind, unit: Option<Id>) -> Result<Vec<GatheringView>> {
        self.gathering_things(&[kind], unit)?.iter().map(|thing| self.gathering_view(thing)).collect()
    }

    pub(crate) fn gathering_things(&self, kinds: &[GatheringKind], unit: Option<Id>) -> Result<Vec<Aggregate>> {
        let mut things = Vec::new();
        for kind in kinds {
            let all = self.store.list(kind.agg(), None, None, 0, u64::from(u32::MAX))?;
            things.extend(all.into_iter().filter(|g| g.created.is_some() && unit.is_none_or(|unit| gathering_units(g).contains(&unit))));
        }
        things.sort_by_key(|g| (gathering_time(g), g.id));
        Ok(things)
    }

    fn gathering_view(&self, thing: &Aggregate) -> Result<GatheringView> {
        let mut participants = Vec::new();
        for (id, p) in participants_of(thing) {
            let name = self.participant_name(&p)?;
            participants.push(ParticipantView {
                id,
                person: p.person,
                role: p.role,
                organisation: p.organisation,
                name,
                identity_check: p.identity_check,
                mandate: p.mandate,
            });
        }
        let minutes = thing.done().filter_map(|e| match &e.act {
            Act::Minutes(text) => Some(MinutesView { text: text.clone(), at: e.origin.order.hlc.ms, role: e.origin.role.clone() }),
            _ => None,
        });
        let mut snags = Vec::new();
        for unit in gathering_units(thing) {
            let of_unit = self.store.list(AggKind::Snag, Some(unit), None, 0, u64::from(u32::MAX))?;
            snags.extend(of_unit.iter().filter(|s| s.parent == Some(thing.id)).map(|s| s.id));
        }
        Ok(GatheringView {
            id: thing.id,
            kind: if thing.kind == Some(AggKind::Meeting) { GatheringKind::Meeting } else { GatheringKind::Inspection },
            units: gathering_units(thing),
            title: text_of(thing, "title"),
            at: gathering_time(thing),
            place: thing.text("place").map(str::to_owned),
            participants,
            minutes: minutes.collect(),
            conclusion: thing.text("conclusion").map(str::to_owned),
            snags,
        })
    }
}

/// When a meeting or inspection is or was.
pub fn gathering_time(gathering: &Aggregate) -> Option<UtcMs> {
    if let Some(Value::Time(at)) = gathering.get("at") { Some(*at) } else { None }
}
