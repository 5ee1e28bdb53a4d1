//! A folded state as it is cached. One act of one person sets many fields, so who and when is written once and named by its number:
//! an array of version, devices, people, origins, and the state.

use super::{
    event::{EventRef, OrderKey},
    fold::{Aggregate, Origin},
};
use crate::{
    log::Hlc,
    model::{Id, UtcMs},
};
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    data::Type,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

const VERSION: u8 = 2;

/// The origins of one state, in the order in which the state names them.
#[derive(Debug, Default)]
pub struct Origins(Vec<Origin>);

impl AsMut<Origins> for Origins {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl Origins {
    fn number(&mut self, origin: &Origin) -> usize {
        // Neighbours mostly share it.
        self.0.iter().rposition(|held| held == origin).unwrap_or_else(|| {
            self.0.push(origin.clone());
            self.0.len() - 1
        })
    }

    fn encode<W: Write>(&self, e: &mut Encoder<W>) -> Result<(), EncodeError<W::Error>> {
        let (mut devices, mut people) = (Vec::new(), Vec::new());
        let mut rows = Vec::with_capacity(self.0.len());
        for origin in &self.0 {
            rows.push((place(&mut devices, origin.order.event.device), place(&mut people, (origin.actor, origin.role.as_str()))));
        }
        e.encode(&devices)?.array(2 * people.len() as u64)?;
        for (actor, role) in &people {
            e.encode(actor)?.str(role)?;
        }
        e.array(ROW * self.0.len() as u64)?;
        let mut before_ms = 0;
        for (origin, (device, person)) in self.0.iter().zip(rows) {
            let Hlc { ms, counter } = origin.order.hlc;
            e.i64(ms.0.wrapping_sub(before_ms))?.u32(counter)?.u64(device)?.u64(origin.order.event.seq)?.u64(person)?.i64(origin.skew_ms)?;
            before_ms = ms.0;
        }
        Ok(())
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let devices: Vec<Id> = d.decode()?;
        let mut people: Vec<(Id, String)> = Vec::new();
        for _ in 0..length(d)? / 2 {
            people.push((d.decode()?, d.str()?.to_owned()));
        }
        let mut origins = Vec::new();
        let mut before_ms: i64 = 0;
        for _ in 0..length(d)? / ROW {
            let ms = before_ms.wrapping_add(d.i64()?);
            before_ms = ms;
            let hlc = Hlc { ms: UtcMs(ms), counter: d.u32()? };
            let device = *at(&devices, d.u64()?)?;
            let event = EventRef { device, seq: d.u64()? };
            let (actor, role) = at(&people, d.u64()?)?.clone();
            origins.push(Origin { order: OrderKey { hlc, event }, actor, role, skew_ms: d.i64()? });
        }
        Ok(Self(origins))
    }
}

/// Numbers of one origin: time since the one before, counter, device, sequence, person, skew.
const ROW: u64 = 6;

fn place<T: PartialEq>(list: &mut Vec<T>, item: T) -> u64 {
    let found = list.iter().position(|held| *held == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    });
    found as u64
}

fn at<T>(list: &[T], n: u64) -> Result<&T, DecodeError> {
    usize::try_from(n).ok().and_then(|n| list.get(n)).ok_or_else(|| DecodeError::message("no such entry"))
}

fn length(d: &mut Decoder<'_>) -> Result<u64, DecodeError> {
    d.array()?.ok_or_else(|| DecodeError::message("no length"))
}

impl<C: AsMut<Origins>> Encode<C> for Origin {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, origins: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.u64(origins.as_mut().number(self) as u64)?.ok()
    }
}

impl<'b, C: AsMut<Origins>> Decode<'b, C> for Origin {
    fn decode(d: &mut Decoder<'b>, origins: &mut C) -> Result<Self, DecodeError> {
        // Version 1 wrote each one where it stood.
        if matches!(d.datatype()?, Type::Array) {
            length(d)?;
            return Ok(Self { order: d.decode()?, actor: d.decode()?, role: d.decode()?, skew_ms: d.decode()? });
        }
        let n = d.u64()?;
        at(&origins.as_mut().0, n).cloned()
    }
}

/// The state in bytes.
pub fn encode(state: &Aggregate) -> Vec<u8> {
    let (mut origins, mut body) = (Origins::default(), Vec::with_capacity(1024));
    // Writing to memory does not fail.
    let _ = Encoder::new(&mut body).encode_with(state, &mut origins).map(|_| ());
    let mut out = Vec::with_capacity(body.len() + 256);
    let mut e = Encoder::new(&mut out);
    let _ = e.array(5).and_then(|e| e.u8(VERSION)).map(|_| ());
    let _ = origins.encode(&mut e);
    out.extend_from_slice(&body);
    out
}

/// Reads what [`encode`] wrote, in this version or an earlier one.
///
/// # Errors
/// When the bytes are no state.
pub fn decode(bytes: &[u8]) -> Result<Aggregate, DecodeError> {
    let mut d = Decoder::new(bytes);
    let mut probe = d.probe();
    probe.array()?;
    // Version 1 had no number: the state began with the thing's id.
    let mut origins = if matches!(probe.datatype()?, Type::Bytes) {
        Origins::default()
    } else {
        d.array()?;
        if d.u8()? != VERSION {
            return Err(DecodeError::message("a state of a later version"));
        }
        Origins::decode(&mut d)?
    };
    d.decode_with(&mut origins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        log::{Event, NewEvent},
        model::{
            Value,
            body::{AggKind, Body, Change, Create},
        },
    };

    fn state() -> Aggregate {
        let id = |n: u8| Id([n; 16]);
        let event = |device: u8, seq: u64, ms: i64, body: &Body| {
            Event::encode(&NewEvent {
                device: id(device),
                actor: id(device + 10),
                role: "inspector",
                policy: "cn-default@1",
                skew_ms: -i64::from(device),
                agg: id(7),
                seq,
                hlc: Hlc { ms: UtcMs(ms), counter: seq as u32 },
                body,
            })
        };
        let text = |text: &str| Value::Text(text.into());
        let fields = ["room", "element", "defect"].map(|f| (f.to_owned(), text(f))).to_vec();
        let created = event(1, 4, 1_790_000_000_000, &Body::Create(Create { kind: AggKind::Snag, unit: Some(id(9)), parent: None, fields }));
        // Two devices replace the same value without knowing of each other.
        let change = |value: &str| Body::Set(vec![Change { field: "room".into(), value: text(value), replaces: vec![created.at()] }]);
        Aggregate::fold(id(7), [&created, &event(2, 1, 1_790_000_100_000, &change("a")), &event(3, 2, 1_789_000_000_000, &change("b"))])
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let state = state();
        assert_eq!(state.conflicts().count(), 1);
        assert_eq!(decode(&encode(&state)).unwrap(), state);
        assert_eq!(decode(&encode(&Aggregate::empty(Id([1; 16])))).unwrap(), Aggregate::empty(Id([1; 16])));
    }

    #[test]
    fn a_state_of_version_1_is_read() {
        // A building, as the first version wrote it.
        let old = "\
            8f506b59643caeb38fa187a6e2c2162baaa301f6502a1706351acf8392b4aa24c759d602138482821b000001a2053c5d6303825001a2053c5d627bb5a9423ec6839eca950450\
            396122dea4dc8830b7071574fb00b61c6f736572766963655f6d616e61676572000001a46b64657369676e5f6461746581838482821b000001a2053c5d6303825001a2053c5d\
            627bb5a9423ec6839eca950450396122dea4dc8830b7071574fb00b61c6f736572766963655f6d616e6167657200f482016a323032332d30352d313866666c6f6f7273818384\
            82821b000001a2053c5d6303825001a2053c5d627bb5a9423ec6839eca950450396122dea4dc8830b7071574fb00b61c6f736572766963655f6d616e6167657200f482021264\
            6e616d6581838482821b000001a2053c5d6303825001a2053c5d627bb5a9423ec6839eca950450396122dea4dc8830b7071574fb00b61c6f736572766963655f6d616e616765\
            7200f482016131666e756d62657281838482821b000001a2053c5d6303825001a2053c5d627bb5a9423ec6839eca950450396122dea4dc8830b7071574fb00b61c6f73657276\
            6963655f6d616e6167657200f48201613180808082821b000001a2053c5d6303825001a2053c5d627bb5a9423ec6839eca950481825001a2053c5d627bb5a9423ec6839eca95\
            04f46c636e2d64656661756c744031";
        let old: Vec<u8> = (0..old.len()).step_by(2).map(|i| u8::from_str_radix(&old[i..i + 2], 16).unwrap()).collect();
        let state = decode(&old).unwrap();
        assert_eq!((state.kind, state.kept_policy(), state.created.as_ref().unwrap().role.as_str()), (Some(AggKind::Building), None, "service_manager"));
        assert_eq!(decode(&encode(&state)).unwrap(), state);
    }

    #[test]
    fn a_state_cut_short_or_bent_is_no_state_and_no_crash() {
        let bytes = encode(&state());
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "{end}");
        }
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 0x55;
            let _ = decode(&bent);
        }
    }
}
