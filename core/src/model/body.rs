//! What an event says: something is created, fields are set, or an act is done.

use super::{Id, Value, act::Act};
use crate::log::EventRef;
use minicbor::{Decode, Decoder, Encode, Encoder, data::Token, decode::Tokenizer};
use serde::{Deserialize, Serialize};

/// The kinds of things that have a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum AggKind {
    /// A residential community.
    #[n(0)]
    Community,
    /// A building.
    #[n(1)]
    Building,
    /// A home.
    #[n(2)]
    Unit,
    /// An owner, inspector, crew member or office user.
    #[n(3)]
    Person,
    /// A contractor or repair team.
    #[n(4)]
    Contractor,
    /// A drawing of a layout.
    #[n(5)]
    Plan,
    /// A handover of a unit.
    #[n(6)]
    Handover,
    /// A snag and its repair.
    #[n(7)]
    Snag,
    /// A device in the project.
    #[n(8)]
    Device,
    /// A handover batch or meeting (S0-32).
    #[n(9)]
    Meeting,
    /// Joint inspection by a committee (S0-31).
    #[n(10)]
    Inspection,
    /// A policy profile that the office has published. It never changes.
    #[n(11)]
    Policy,
}

impl AggKind {
    /// The identifier, as in roles data and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Community => "community",
            Self::Building => "building",
            Self::Unit => "unit",
            Self::Person => "person",
            Self::Contractor => "contractor",
            Self::Plan => "plan",
            Self::Handover => "handover",
            Self::Snag => "snag",
            Self::Device => "device",
            Self::Meeting => "meeting",
            Self::Inspection => "inspection",
            Self::Policy => "policy",
        }
    }
}

/// Something comes into being.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Create {
    /// What.
    #[n(0)]
    pub kind: AggKind,
    /// The unit it belongs to; decides which devices hold it.
    #[n(1)]
    pub unit: Option<Id>,
    /// What it is a part of: a snag of a handover, a unit of a building.
    #[n(2)]
    pub parent: Option<Id>,
    /// Its first fields.
    #[n(3)]
    pub fields: Vec<(String, Value)>,
}

/// One field is set.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Change {
    /// The field.
    #[n(0)]
    pub field: String,
    /// Its new value.
    #[n(1)]
    pub value: Value,
    /// The events whose values it replaces: what the person saw. Two changes that replace the same value are a conflict;
    /// one that names both settles it.
    #[n(2)]
    pub replaces: Vec<EventRef>,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Something comes into being.
    Create(Create),
    /// Fields are set.
    Set(Vec<Change>),
    /// An act is done.
    Act(Act),
    /// This build does not know it: stored, passed on, shown as "needs an update".
    Unknown,
}

impl Body {
    /// The kind in the event's head.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Create(create) => match create.kind {
                AggKind::Community => "community.create",
                AggKind::Building => "building.create",
                AggKind::Unit => "unit.create",
                AggKind::Person => "person.create",
                AggKind::Contractor => "contractor.create",
                AggKind::Plan => "plan.create",
                AggKind::Handover => "handover.create",
                AggKind::Snag => "snag.create",
                AggKind::Device => "device.create",
                AggKind::Meeting => "meeting.create",
                AggKind::Inspection => "inspection.create",
                AggKind::Policy => "policy.create",
            },
            Self::Set(_) => "set",
            Self::Act(act) => act.kind(),
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn encode_into(&self, out: &mut Vec<u8>) {
        let mut e = Encoder::new(out);
        let result = match self {
            Self::Create(create) => e.encode(create).map(|_| ()),
            Self::Set(changes) => e.encode(changes).map(|_| ()),
            Self::Act(act) => e.encode(act).map(|_| ()),
            Self::Unknown => e.null().map(|_| ()),
        };
        debug_assert!(result.is_ok(), "writing to a Vec cannot fail");
    }

    pub(crate) fn decode(kind: &str, bytes: &[u8]) -> Self {
        if bytes.len() > SMALL_BYTES && too_deep(bytes) {
            return Self::Unknown;
        }
        let mut d = Decoder::new(bytes);
        let body = if kind == "set" {
            d.decode().map(Self::Set)
        } else if kind.ends_with(".create") {
            d.decode().map(Self::Create)
        } else {
            d.decode().map(Self::Act)
        };
        // A body whose kind is not the head's is nothing this build wrote.
        body.ok().filter(|body| body.kind() == kind).unwrap_or(Self::Unknown)
    }
}

/// A body of so few bytes cannot nest deep enough to matter; most are smaller and are not looked at twice.
const SMALL_BYTES: usize = 1_024;
/// Lists of lists nest no deeper than this in anything this build writes.
const DEPTH_MAX: usize = 32;

/// Whether the CBOR nests so deep that decoding it would use up the stack: values may be lists of values, and a hostile event
/// has room for a million of them.
fn too_deep(bytes: &[u8]) -> bool {
    // How many items each open array, map or tag still expects; `None` where a break ends it.
    let mut open: Vec<Option<u64>> = Vec::new();
    for token in Tokenizer::new(bytes) {
        // Bytes that are no CBOR stop the decoder at the same place.
        let Ok(token) = token else { return false };
        match token {
            Token::Break => {
                open.pop();
            }
            _ => {
                if let Some(Some(left)) = open.last_mut() {
                    *left = left.saturating_sub(1);
                }
            }
        }
        match token {
            Token::Array(n) => open.push(Some(n)),
            Token::Map(n) => open.push(Some(n.saturating_mul(2))),
            Token::Tag(_) => open.push(Some(1)),
            Token::BeginArray | Token::BeginMap | Token::BeginBytes | Token::BeginString => open.push(None),
            _ => {}
        }
        while open.last() == Some(&Some(0)) {
            open.pop();
        }
        if open.len() > DEPTH_MAX {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Vec<u8> {
        let value = (0..depth).fold(Value::Text("x".repeat(SMALL_BYTES)), |inner, _| Value::List(vec![inner]));
        let mut bytes = Vec::new();
        Body::Set(vec![Change { field: "rooms".into(), value, replaces: vec![] }]).encode_into(&mut bytes);
        bytes
    }

    #[test]
    fn a_million_lists_in_lists_are_unknown_and_not_a_crash() {
        assert!(matches!(Body::decode("set", &nested(8)), Body::Set(_)));
        assert_eq!(Body::decode("set", &nested(100)), Body::Unknown);
        // [[field, [14, [[14, [[14, …: a list in a list, as deep as an event has room for.
        let mut hostile = vec![0x81, 0x83, 0x61, b'f'];
        for _ in 0..1_000_000 {
            hostile.extend([0x82, 0x0e, 0x81]);
        }
        assert_eq!(Body::decode("set", &hostile), Body::Unknown);
    }
}
