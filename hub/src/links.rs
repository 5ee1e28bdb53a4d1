//! What a thing has to do with others: follows from its state, and decides which device holds what.

use crate::store::{Link, LinkKind};
use keyturn_core::{
    log::fold::{Aggregate, Phase},
    model::{Id, Value, act::Act, body::AggKind},
};

/// The links that follow from a state, sorted, each once.
pub(crate) fn links_of(thing: &Aggregate, project: Id) -> Vec<Link> {
    let mut out = Vec::new();
    let this = thing.id.0.as_slice();
    let mut link = |kind, from: &[u8], to: &[u8]| out.push(Link { kind, from: from.to_vec(), to: to.to_vec() });
    if let Some(unit) = thing.unit {
        link(LinkKind::Unit, &unit.0, this);
    }
    match thing.kind {
        Some(AggKind::Snag) => {
            if let Some((contractor, _)) = thing.ordered() {
                link(LinkKind::Order, &contractor.0, this);
                if thing.phase != Phase::Confirmed {
                    link(LinkKind::OpenOrder, &contractor.0, this);
                }
            }
        }
        Some(AggKind::Policy) => link(LinkKind::Policy, &project.0, this),
        Some(AggKind::Unit | AggKind::Building) => {
            for within in [thing.parent, thing.get("building").and_then(Value::id)].into_iter().flatten() {
                link(LinkKind::Within, this, &within.0);
            }
        }
        Some(AggKind::Contractor | AggKind::Community | AggKind::Device | AggKind::Plan) => link(LinkKind::General, &project.0, this),
        Some(AggKind::Meeting | AggKind::Inspection) if thing.unit.is_none() => link(LinkKind::General, &project.0, this),
        Some(AggKind::Person) if matches!(thing.text("kind"), Some("staff" | "crew")) => link(LinkKind::General, &project.0, this),
        _ => {}
    }
    for (field, heads) in &thing.fields {
        // Every head counts, also one that is not shown: a conflict must not take a file or a person away.
        for head in heads {
            match &head.value {
                Value::Digest(digest) => link(LinkKind::Blob, this, &digest.0),
                Value::Pin(pin) => link(LinkKind::Plan, this, &pin.plan.0),
                Value::Participant(participant) => link(LinkKind::Participant, this, &participant.person.0),
                Value::Meter(meter) => {
                    if let Some(photo) = meter.photo {
                        link(LinkKind::Blob, this, &photo.0);
                    }
                }
                Value::Id(plan) if field == "plan" => link(LinkKind::Plan, this, &plan.0),
                Value::List(owners) if field == "owners" => owners.iter().filter_map(Value::id).for_each(|owner| link(LinkKind::Owner, this, &owner.0)),
                _ => {}
            }
        }
    }
    for entry in &thing.entries {
        match &entry.act {
            Act::PhotoAdd(photo) => link(LinkKind::Blob, this, &photo.sha256.0),
            Act::Document(_, digest, ..) => link(LinkKind::Blob, this, &digest.0),
            Act::Notice(_, _, Some(digest)) => link(LinkKind::Blob, this, &digest.0),
            _ => {}
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Whether a snag was ever ordered from this contractor: what its crew did while the order moved elsewhere still counts.
pub(crate) fn ever_ordered_from(snag: &Aggregate, contractor: Id) -> bool {
    snag.entries.iter().any(|e| matches!(e.act, Act::Order(to, _) if to == contractor))
}

/// Links in `after` that are not in `before`, and the other way round; both sorted.
pub(crate) fn difference(before: &[Link], after: &[Link]) -> (Vec<Link>, Vec<Link>) {
    let only = |these: &[Link], those: &[Link]| these.iter().filter(|l| those.binary_search(l).is_err()).cloned().collect();
    (only(after, before), only(before, after))
}
