//! What console, owner's pages, command and tests ask the hub.

use crate::{
    error::HubError,
    hub::Hub,
    ledger::{decode_events, decode_state},
    store::{DeviceRow, EventRow, LinkKind, Record, StateQuery, StoreError},
    tree,
};
use bytes::Bytes;
use keyturn_core::{
    log::{
        Event,
        cert::{self, Certificate},
        fold::Aggregate,
        receipt::Receipt,
    },
    model::{Digest, Id, PersonKey, UtcMs, Value, body::AggKind},
};

/// A batch that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutAside {
    /// The device that sent it.
    pub device: Id,
    /// When.
    pub received: UtcMs,
    /// Why: message key.
    pub key: String,
    /// Its size, in bytes.
    pub bytes: usize,
}

impl Hub {
    /// The state of a thing.
    ///
    /// # Errors
    /// When the store cannot be read; so for all of these.
    pub async fn state(&self, id: Id) -> Result<Option<Aggregate>, HubError> {
        Ok(self.states(&[id]).await?.pop())
    }

    /// The states of things; those not known are left out.
    pub async fn states(&self, ids: &[Id]) -> Result<Vec<Aggregate>, HubError> {
        let rows = self.0.store.states(ids.to_vec()).await?;
        Ok(rows.iter().map(decode_state).collect::<Result<_, _>>()?)
    }

    /// The states that meet a query, by id.
    pub async fn list(&self, query: StateQuery) -> Result<Vec<Aggregate>, HubError> {
        let rows = self.0.store.list(query).await?;
        Ok(rows.iter().map(decode_state).collect::<Result<_, _>>()?)
    }

    /// All things of a kind.
    pub async fn all(&self, kind: AggKind) -> Result<Vec<Aggregate>, HubError> {
        self.list(StateQuery { kind: Some(kind), ..StateQuery::default() }).await
    }

    /// All that belongs to a unit: its handover, its snags.
    pub async fn of_unit(&self, unit: Id) -> Result<Vec<Aggregate>, HubError> {
        self.list(StateQuery { unit: Some(unit), ..StateQuery::default() }).await
    }

    /// Things with a conflict or an act that did not fit, for a person to settle.
    pub async fn to_review(&self) -> Result<Vec<Aggregate>, HubError> {
        self.list(StateQuery { to_review: true, ..StateQuery::default() }).await
    }

    /// Events that were kept but left out, newest first.
    pub async fn refused(&self, limit: u32) -> Result<Vec<EventRow>, HubError> {
        Ok(self.0.store.refused(limit).await?)
    }

    /// Batches that were put aside.
    pub async fn put_aside_list(&self) -> Result<Vec<PutAside>, HubError> {
        let mut out = Vec::new();
        for (name, value) in self.0.store.records("quarantine").await? {
            let read: Result<(UtcMs, String, minicbor::bytes::ByteVec), _> = minicbor::decode(&value);
            let (Ok((received, key, bytes)), Some(device)) = (read, name.get(..16).and_then(|id| id.try_into().ok())) else { continue };
            out.push(PutAside { device: Id(device), received, key, bytes: bytes.len() });
        }
        Ok(out)
    }

    /// Folds everything again from the events; the things whose kept state is another. There should be none.
    pub async fn stale_states(&self) -> Result<Vec<Id>, HubError> {
        let kept: std::collections::BTreeMap<Id, Aggregate> = self.list(StateQuery::default()).await?.into_iter().map(|s| (s.id, s)).collect();
        let mut events: std::collections::BTreeMap<Id, Vec<Event>> = std::collections::BTreeMap::new();
        let mut after = 0;
        loop {
            let rows = self.0.store.events_after(after, self.0.limits.segment_bytes).await?;
            let Some(last) = rows.last() else { break };
            after = last.hub_seq;
            for event in decode_events(rows)? {
                events.entry(event.agg).or_default().push(event);
            }
        }
        let stale = events.iter().filter(|(id, events)| kept.get(id) != Some(&Aggregate::fold(**id, events.iter()))).map(|(id, _)| *id);
        Ok(stale.chain(kept.keys().filter(|id| !events.contains_key(id)).copied()).collect())
    }

    /// The events of a thing, in hub order.
    pub async fn events_of(&self, thing: Id) -> Result<Vec<Event>, HubError> {
        Ok(decode_events(self.0.store.events_of(vec![thing], u64::MAX >> 1).await?)?)
    }

    /// The events of a thing with what the hub knows of them (number, arrival, refused).
    pub async fn event_rows_of(&self, thing: Id) -> Result<Vec<EventRow>, HubError> {
        Ok(self.0.store.events_of(vec![thing], u64::MAX >> 1).await?)
    }

    /// The devices, without the hub's own chains.
    pub async fn devices(&self) -> Result<Vec<DeviceRow>, HubError> {
        Ok(self.0.store.devices().await?.into_iter().filter(|d| !d.hub).collect())
    }

    /// A device, or a chain of the hub.
    pub async fn device(&self, id: Id) -> Result<Option<DeviceRow>, HubError> {
        Ok(self.0.store.device(id).await?)
    }

    /// What a device's certificate says.
    pub fn certificate(&self, device: &DeviceRow) -> Result<Certificate, HubError> {
        cert::open(&device.certificate, &self.public()).map_err(|_| HubError::Store(StoreError::Damaged("a certificate")))
    }

    /// The receipt that covers a device's chain as the hub holds it, if it was given one.
    pub async fn chain_receipt(&self, device: &DeviceRow) -> Result<Option<Receipt>, HubError> {
        let Some(leaf) = device.leaf else { return Ok(None) };
        let size = self.0.store.head().await?.leaves;
        Ok(Some(tree::receipt(&*self.0.store, &self.0.key, size, leaf).await?))
    }

    /// The receipt of a file.
    pub async fn blob_receipt(&self, sha256: Digest) -> Result<Option<Receipt>, HubError> {
        let Some(blob) = self.0.store.blob(sha256).await? else { return Ok(None) };
        let size = self.0.store.head().await?.leaves;
        Ok(Some(tree::receipt(&*self.0.store, &self.0.key, size, blob.leaf).await?))
    }

    /// A file, whole.
    pub async fn blob(&self, sha256: Digest) -> Result<Option<Bytes>, HubError> {
        let Some(size) = self.0.files.size(sha256).await? else { return Ok(None) };
        Ok(self.0.files.read(sha256, 0, usize::try_from(size).unwrap_or(usize::MAX)).await?)
    }

    /// Where a file lies, if the file store is a plain folder and it is there.
    pub async fn blob_path(&self, sha256: Digest) -> Result<Option<std::path::PathBuf>, HubError> {
        Ok(self.0.files.size(sha256).await?.and_then(|_| self.0.files.path(sha256)))
    }

    /// The smaller picture of a photo: 512 or 2,048 pixels.
    pub async fn picture_of(&self, photo: Digest, size_px: u32) -> Result<Option<Digest>, HubError> {
        let found = self.0.store.record("picture", picture_name(photo, size_px)).await?;
        Ok(found.and_then(|d| d.try_into().ok()).map(Digest))
    }

    /// Stores a smaller picture of a photo, made by the hub.
    pub async fn put_picture(&self, photo: Digest, size_px: u32, bytes: Bytes) -> Result<Digest, HubError> {
        let (sha256, _) = self.0.files.put(bytes).await?;
        self.note(vec![picture_record(photo, size_px, sha256)]).await?;
        Ok(sha256)
    }

    /// Stores a file made by the hub or the office (a report, a plan, an owner's photo), with its leaf in the tree.
    pub async fn put_blob(&self, bytes: Bytes) -> Result<Digest, HubError> {
        let (sha256, size) = self.0.files.put(bytes).await?;
        self.adopt_blob(sha256, size, Vec::new(), None).await?;
        Ok(sha256)
    }

    /// The things a file belongs to.
    pub async fn blob_used_by(&self, sha256: Digest) -> Result<Vec<Id>, HubError> {
        let ends = self.0.store.linked_from(LinkKind::Blob, sha256.0.to_vec()).await?;
        Ok(ends.into_iter().filter_map(|end| end.try_into().ok().map(Id)).collect())
    }

    /// The key of a person; none when unknown or destroyed.
    pub async fn person_key(&self, person: Id) -> Result<Option<PersonKey>, HubError> {
        let row = self.0.store.keys(vec![person]).await?.pop();
        Ok(row.and_then(|row| row.key).and_then(|key| key.try_into().ok()).map(PersonKey))
    }

    /// The words of a field, also of one that is personal, if its key is here.
    pub async fn read_text(&self, thing: &Aggregate, field: &str) -> Result<Option<String>, HubError> {
        match thing.get(field) {
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Personal(sealed)) => Ok(self.person_key(sealed.person).await?.and_then(|key| key.open_text(sealed))),
            _ => Ok(None),
        }
    }

    /// The next number of a form, from 1.
    pub async fn next_number(&self, form: &str) -> Result<u64, HubError> {
        let hub = self.clone();
        let form = form.to_owned();
        crate::hub::detached(async move {
            let mut writer = hub.0.writer.lock().await;
            let last = hub.0.store.record("number", form.clone().into_bytes()).await?.and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes);
            let record = Record { kind: "number", key: form.into_bytes(), value: Some((last + 1).to_be_bytes().to_vec()) };
            let commit = crate::store::Commit { records: vec![record], ..Default::default() };
            hub.0.commit(&mut writer, hub.0.ledger(), hub.now(), commit).await?;
            Ok(last + 1)
        })
        .await
    }
}

fn picture_name(photo: Digest, size_px: u32) -> Vec<u8> {
    [photo.0.as_slice(), &size_px.to_be_bytes()].concat()
}

pub(crate) fn picture_record(photo: Digest, size_px: u32, sha256: Digest) -> Record {
    Record { kind: "picture", key: picture_name(photo, size_px), value: Some(sha256.0.to_vec()) }
}
