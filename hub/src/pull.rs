//! What a device gets: events in hub order, as far as its scope reaches. What enters the scope comes with its whole past, what leaves it is named.
//!
//! A cursor names the start of the hub that gave it and a number in hub order. A hub restored from a backup does not know starts after the
//! backup, and gives such a device everything again; events the device has are skipped there by their names.

use crate::{
    error::HubError,
    hub::Hub,
    store::{ForDevice, KeyRow, LinkKind},
};
use keyturn_core::{
    log::{
        batch::{KeyGrant, Segment},
        cert::{Certificate, Scope},
    },
    model::Id,
    policy::roles::SeesOwner,
};
use std::collections::HashSet;

/// A place in hub order, as a device keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    epoch: Id,
    hub_seq: u64,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let (hub_seq, epoch) = text.split_once('.')?;
        Some(Self { epoch: epoch.parse().ok()?, hub_seq: hub_seq.parse().ok()? })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.hub_seq, self.epoch)
    }
}

/// What a device holds at some number in hub order.
enum Sight {
    Everything,
    These(HashSet<Id>),
}

impl Sight {
    fn sees(&self, id: Id) -> bool {
        match self {
            Self::Everything => true,
            Self::These(ids) => ids.contains(&id),
        }
    }
}

impl Hub {
    /// The next segment for a device, after `cursor` (empty: from the beginning), with events of about `bytes` or what the hub's limit allows.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn pull(&self, certificate: &Certificate, cursor: &str, bytes: usize) -> Result<Segment, HubError> {
        let (epoch, head) = self.0.seen();
        let store = &*self.0.store;
        let from = self.resume(cursor, epoch, head).await?;
        let mut segment = Segment::at(String::new(), self.now());
        // What the device made itself it has, unless it comes back into its scope.
        let ForDevice { events: mut rows, more } = store.events_for(certificate.device, from, bytes.min(self.0.limits.segment_bytes)).await?;
        // What was committed since waits for the next segment: its cursor must not name a number of a start it does not know.
        rows.retain(|row| row.hub_seq <= head);
        // Numbers without an event of others (a key's change, the device's own) lie between: without further events the segment reaches the head.
        let reached = rows.last().filter(|_| more).map_or(head, |row| row.hub_seq);
        segment.more = reached < head;
        let until = reached;
        segment.cursor = Cursor { epoch, hub_seq: until }.to_string();

        let (before, now) = (self.sight(certificate, from).await?, self.sight(certificate, until).await?);
        let mut entered = Vec::new();
        if let (Sight::These(before), Sight::These(now)) = (&before, &now) {
            entered.extend(now.difference(before).copied());
            entered.sort_unstable();
            segment.gone = before.difference(now).copied().collect();
            segment.gone.sort_unstable();
        }
        let fresh: HashSet<Id> = entered.iter().copied().collect();
        for row in store.events_of(entered.clone(), until).await? {
            segment.events.push(row.bytes.into());
        }
        for row in rows {
            if now.sees(row.agg) && !fresh.contains(&row.agg) {
                segment.events.push(row.bytes.into());
            }
        }
        segment.keys = self.keys_for(certificate, &entered, &now, from, until).await?;
        Ok(segment)
    }

    /// Where to go on: after the cursor, or from the last place that this hub and the one that gave it have in common.
    async fn resume(&self, cursor: &str, epoch: Id, head: u64) -> Result<u64, HubError> {
        let Some(at) = Cursor::parse(cursor) else { return Ok(0) };
        if at.epoch == epoch {
            return Ok(at.hub_seq.min(head));
        }
        let starts = self.0.starts().await?;
        let Some(place) = starts.iter().position(|(_, id)| *id == at.epoch) else { return Ok(0) };
        Ok(at.hub_seq.min(starts.get(place + 1).map_or(head, |(began, _)| *began)))
    }

    async fn linked(&self, kind: LinkKind, from: impl IntoIterator<Item = Id>, at: u64) -> Result<Vec<Id>, HubError> {
        let from: Vec<Vec<u8>> = from.into_iter().map(|id| id.0.to_vec()).collect();
        let ends = self.0.store.links(kind, from, at).await?;
        Ok(ends.into_iter().filter_map(|end| end.try_into().ok().map(Id)).collect())
    }

    async fn sight(&self, certificate: &Certificate, at: u64) -> Result<Sight, HubError> {
        if certificate.scope == Scope::Project {
            return Ok(Sight::Everything);
        }
        let mut seen = HashSet::new();
        if at == 0 {
            return Ok(Sight::These(seen));
        }
        seen.extend(self.linked(LinkKind::Policy, [self.0.project], at).await?);
        let (units, mut pictured, persons) = match &certificate.scope {
            Scope::Project => return Ok(Sight::Everything),
            Scope::Units(units) => {
                let things = self.linked(LinkKind::Unit, units.iter().copied(), at).await?;
                seen.extend(self.linked(LinkKind::General, [self.0.project], at).await?);
                seen.extend(things.iter().copied());
                let mut persons = self.linked(LinkKind::Owner, units.iter().copied(), at).await?;
                persons.extend(self.linked(LinkKind::Participant, things.iter().copied(), at).await?);
                (units.clone(), things, persons)
            }
            Scope::Orders(contractor) => {
                let snags = self.linked(LinkKind::Order, [*contractor], at).await?;
                let open = self.linked(LinkKind::OpenOrder, [*contractor], at).await?;
                let units = self.units_of(&snags).await?;
                let open_units = self.units_of(&open).await?;
                seen.extend([*contractor, certificate.person, certificate.device]);
                seen.extend(snags.iter().copied());
                // The owner only while there is work to do in the home.
                let persons = self.linked(LinkKind::Owner, open_units, at).await?;
                (units, snags, persons)
            }
        };
        seen.extend(persons);
        pictured.extend(units.iter().copied());
        seen.extend(self.linked(LinkKind::Plan, pictured, at).await?);
        let buildings = self.linked(LinkKind::Within, units.iter().copied(), at).await?;
        let communities = self.linked(LinkKind::Within, buildings.iter().copied(), at).await?;
        seen.extend(units);
        seen.extend(buildings);
        seen.extend(communities);
        Ok(Sight::These(seen))
    }

    async fn units_of(&self, things: &[Id]) -> Result<Vec<Id>, HubError> {
        let mut units: Vec<Id> = self.0.store.states(things.to_vec()).await?.iter().filter_map(|row| row.unit).collect();
        units.sort_unstable();
        units.dedup();
        Ok(units)
    }

    /// Keys of persons who came into sight, and of those in sight whose key changed.
    async fn keys_for(&self, certificate: &Certificate, entered: &[Id], now: &Sight, from: u64, until: u64) -> Result<Vec<KeyGrant>, HubError> {
        let store = &*self.0.store;
        let mut rows: Vec<KeyRow> = store.keys(entered.to_vec()).await?;
        rows.extend(store.keys_between(from, until).await?.into_iter().filter(|key| now.sees(key.person)));
        rows.sort_unstable_by_key(|key| key.person);
        rows.dedup_by_key(|key| key.person);
        let blind = self.profile().roles.list.get(&certificate.role).is_none_or(|role| role.sees_owner == SeesOwner::None);
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            if blind && row.key.is_some() && self.is_owner(row.person).await? {
                continue;
            }
            out.push(KeyGrant { person: row.person, key: row.key.map(Into::into) });
        }
        Ok(out)
    }

    /// Whether a thing is in the device's scope.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn may_see(&self, certificate: &Certificate, thing: Id) -> Result<bool, HubError> {
        let at = self.0.store.head().await?.hub_seq;
        Ok(self.sight(certificate, at).await?.sees(thing))
    }

    async fn is_owner(&self, person: Id) -> Result<bool, HubError> {
        let store = &*self.0.store;
        Ok(!store.linked_from(LinkKind::Owner, person.0.to_vec()).await?.is_empty()
            || !store.linked_from(LinkKind::Participant, person.0.to_vec()).await?.is_empty())
    }

    /// Whether a file belongs to something in the device's scope.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn may_see_blob(&self, certificate: &Certificate, sha256: keyturn_core::model::Digest) -> Result<bool, HubError> {
        let store = &*self.0.store;
        let things: Vec<Id> = store.linked_from(LinkKind::Blob, sha256.0.to_vec()).await?.into_iter().filter_map(|b| b.try_into().ok().map(Id)).collect();
        if certificate.scope == Scope::Project {
            return Ok(true);
        }
        let at = store.head().await?.hub_seq;
        let sight = self.sight(certificate, at).await?;
        if let Scope::Orders(_) = certificate.scope {
            // A crew sees the home's address, not the owner's contract.
            use keyturn_core::model::body::AggKind;
            let rows = store.states(things).await?;
            return Ok(rows.iter().any(|row| sight.sees(row.id) && matches!(row.kind, Some(AggKind::Snag | AggKind::Plan))));
        }
        Ok(things.iter().any(|thing| sight.sees(*thing)))
    }
}
