//! What the checklist has handed over: a line that is in order has its meter's reading, its document, its keys on record (law: B-3, B-10).

use crate::{
    field::checklist_of,
    log::fold::Aggregate,
    model::{
        Value,
        value::{Answer, Done},
    },
    policy::Profile,
    rules::Refusal,
};

/// What is not on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owing {
    /// The reading of a meter.
    Meter(String),
    /// A document handed over or shown.
    Document(String),
    /// Any keys.
    Keys,
}

/// One thing that a line of the checklist asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// What.
    pub what: Owing,
    /// The line.
    pub line: String,
    /// The part of the handover.
    pub part: String,
}

impl Owed {
    /// Message key and arguments.
    pub fn said(&self) -> (&'static str, Vec<(&'static str, String)>) {
        match &self.what {
            Owing::Meter(meter) => ("missing-meter", vec![("meter", meter.clone())]),
            Owing::Document(document) => ("missing-document", vec![("document", document.clone())]),
            Owing::Keys => ("missing-keys", Vec::new()),
        }
    }
}

/// Whether a part was waived with a reason; then nothing of it is owed.
pub fn waived(handover: &Aggregate, part: &str) -> bool {
    matches!(handover.get(&format!("part:{part}")), Some(Value::Done(Done { done: false, .. })))
}

/// Everything that the checklist of the unit asks for and that is not on record, by line. A line that is not in order, not checked or
/// does not apply asks for nothing.
pub fn owed(profile: &Profile, handover: &Aggregate, unit: &Aggregate) -> Vec<Owed> {
    let recorded = |field: String| handover.get(&field).is_some();
    let no_keys = !handover.fields.keys().any(|field| field.starts_with("key:") && handover.get(field).is_some());
    let mut out = Vec::new();
    for line in checklist_of(profile, unit) {
        if let Some(Value::Line(answer)) = handover.get(&format!("line:{}", line.key))
            && answer.answer != Answer::Fine
        {
            continue;
        }
        let meter = line.meter.filter(|meter| !recorded(format!("meter:{meter}"))).map(Owing::Meter);
        let document = line.document.filter(|document| !recorded(format!("document:{document}"))).map(Owing::Document);
        let keys = (line.keys && no_keys).then_some(Owing::Keys);
        out.extend([meter, document, keys].into_iter().flatten().map(|what| Owed { what, line: line.key.clone(), part: line.part.clone() }));
    }
    out
}

/// Refuses with everything that is owed and not waived.
///
/// # Errors
/// With all of it.
pub fn nothing_owed(profile: &Profile, handover: &Aggregate, unit: &Aggregate) -> Result<(), Refusal> {
    let left = owed(profile, handover, unit).into_iter().filter(|owed| !waived(handover, &owed.part));
    let left = left.map(|owed| {
        let (key, args) = owed.said();
        Refusal::of(key, args)
    });
    Refusal::all(left).map_or(Ok(()), Err)
}
