//! A batch of events arrives: chain, seal, role, scope and rules are checked, what is refused is kept and marked, and the hub's receipt goes back.
//!
//! Batches are idempotent: what the hub has already is compared and skipped.

use crate::{
    codes::ToCheck,
    error::HubError,
    hub::{Hub, Inner, Writer, detached},
    ledger::Ledger,
    links::ever_ordered_from,
    named::persons_in,
    roles,
    store::{Commit, DeviceRow, KeyRow, Record, SealRow, StoreError, UploadRow},
    tree,
};
use keyturn_core::{
    log::{
        Chain, Event, EventRef,
        batch::Batch,
        cert::{self, Certificate, Scope},
        fold::Aggregate,
        receipt::Leaf,
        seal,
    },
    model::{
        Digest, Id, UtcMs,
        act::Act,
        body::{AggKind, Body},
    },
    parallel,
    policy::Profile,
    rules::{Meets, Refusal},
    sync::protocol::{PushAnswer, RefusedEvent},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// A key that a device gave for a person whom no record names yet.
pub(crate) struct Offered {
    pub(crate) device: Id,
    pub(crate) person: Id,
    pub(crate) key: Vec<u8>,
}

/// Why a batch as a whole is not taken. Events the hub refuses one by one are kept and marked; these never get that far.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// It begins after the end of the chain the hub has.
    #[error("events before it are missing")]
    Gap(Chain),
    /// The hub has other events under these numbers.
    #[error("the hub has other events under these numbers")]
    Fork,
    /// It is no batch, or holds what no device of this project makes.
    #[error("the batch is not what it should be: {0}")]
    Bad(&'static str),
    /// The hub could not do it.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<StoreError> for PushError {
    fn from(error: StoreError) -> Self {
        Self::Hub(error.into())
    }
}

/// A batch that was read: its events with their bodies, and the chain after each.
struct Read {
    batch: Batch,
    events: Vec<(Event, Body)>,
    chains: Vec<Chain>,
}

/// Unpacks and reads a batch; nothing of it is believed yet.
fn read(packed: &[u8]) -> Result<Read, PushError> {
    let mut batch = Batch::unpack(packed).map_err(|_| PushError::Bad("sync-bad-batch"))?;
    let mut chain = batch.before;
    let count = batch.events.len();
    if batch.before.seq.checked_add(count as u64).is_none_or(|last| last > i64::MAX as u64) {
        return Err(PushError::Bad("sync-bad-batch"));
    }
    let (mut events, mut chains) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let decode = |bytes: Vec<u8>| {
        let digest = Digest::of(&bytes);
        let event = Event::decode(bytes).map_err(|_| PushError::Bad("sync-bad-event"))?;
        let body = event.body();
        Ok::<_, PushError>((digest, event, body))
    };
    for decoded in parallel::map(std::mem::take(&mut batch.events), decode) {
        let (digest, event, body) = decoded?;
        chain.push(digest);
        if event.device != batch.device || event.seq != chain.seq {
            return Err(PushError::Bad("sync-bad-batch"));
        }
        // Only the hub's chains mark events of others. A device that does so is not one of ours, and a fold would believe it.
        if event.kind.starts_with("hub.") || matches!(body, Body::Act(Act::Enrol(_))) {
            return Err(PushError::Bad("sync-forged"));
        }
        events.push((event, body));
        chains.push(chain);
    }
    Ok(Read { batch, events, chains })
}

impl Hub {
    /// Takes a packed batch of `device`. `upload` is the finished upload it came by, whose answer is kept for a device that lost it.
    ///
    /// # Errors
    /// When the batch as a whole is not taken; then nothing changed (but that a forged one is put aside).
    pub async fn push(&self, device: Id, packed: Vec<u8>, upload: Option<UploadRow>) -> Result<PushAnswer, PushError> {
        let hub = self.clone();
        match tokio::spawn(async move { hub.push_now(device, packed, upload).await }).await {
            Ok(result) => result,
            Err(_) => Err(PushError::Hub(StoreError::Damaged("the task ended early").into())),
        }
    }

    async fn push_now(&self, device: Id, packed: Vec<u8>, upload: Option<UploadRow>) -> Result<PushAnswer, PushError> {
        let packed = Arc::new(packed);
        let to_read = packed.clone();
        let read = tokio::task::spawn_blocking(move || read(&to_read)).await.map_err(|_| StoreError::Damaged("the task ended early"))?;
        let result = match read {
            Ok(read) if read.batch.device != device => Err(PushError::Bad("sync-bad-batch")),
            Ok(read) => self.take(device, read, upload).await,
            Err(error) => Err(error),
        };
        if let Err(PushError::Fork | PushError::Bad("sync-bad-seal" | "sync-forged")) = &result {
            let key = if let Err(PushError::Bad(key)) = &result { key } else { "sync-fork" };
            self.put_aside(device, key, &packed).await?;
        }
        result
    }

    /// Keeps a batch that is not what it should be, for people to look at (promise 10: kept, marked, explained).
    async fn put_aside(&self, device: Id, key: &'static str, packed: &[u8]) -> Result<(), HubError> {
        let mut name = device.0.to_vec();
        name.extend_from_slice(&Digest::of(packed).0);
        let held = self.0.store.records("quarantine").await?;
        if held.iter().filter(|(name, _)| name.starts_with(&device.0)).count() >= self.0.limits.quarantine_max {
            return Ok(());
        }
        let value = minicbor::to_vec((self.now(), key, minicbor::bytes::ByteVec::from(packed.to_vec()))).unwrap_or_default();
        self.note(vec![Record { kind: "quarantine", key: name, value: Some(value) }]).await
    }

    /// Writes records, and nothing else.
    pub(crate) async fn note(&self, records: Vec<Record>) -> Result<(), HubError> {
        let hub = self.clone();
        detached(async move {
            let mut writer = hub.0.writer.lock().await;
            let head = writer.head.hub_seq;
            let commit = Commit { hub_seq: head, records, ..Commit::default() };
            hub.0.commit(&mut writer, hub.0.ledger(), hub.now(), commit).await.map(|_| ())
        })
        .await
    }

    async fn take(&self, device: Id, read: Read, upload: Option<UploadRow>) -> Result<PushAnswer, PushError> {
        let inner = &*self.0;
        let mut writer = inner.writer.lock().await;
        let row = inner.store.device(device).await?.ok_or(PushError::Bad("sync-device-unknown"))?;
        let certificate = cert::open(&row.certificate, &inner.key.public()).map_err(|_| PushError::Bad("sync-device-unknown"))?;
        self.check_chain(&row, &read).await?;
        let claim = seal::open(&read.batch.seal, &certificate.public).map_err(|_| PushError::Bad("sync-bad-seal"))?;
        let after = read.chains.last().copied().unwrap_or(read.batch.before);
        if claim.device != device || claim.chain != after {
            return Err(PushError::Bad("sync-bad-seal"));
        }
        let (first, last) = (read.batch.before.seq + 1, after.seq);
        let answer = if last <= row.chain.seq {
            self.answer_again(&mut writer, &row, upload).await?
        } else {
            let chain_before = writer.clone_chain();
            match self.take_new(&mut writer, row, certificate, read, after, upload).await {
                Ok(answer) => answer,
                Err(error) => {
                    writer.restore_chain(chain_before);
                    return Err(error);
                }
            }
        };
        drop(writer);
        let refused = self.refused_between(device, first, last).await?;
        Ok(PushAnswer { refused, ..answer })
    }

    /// The batch must go on where the hub's chain ends, or overlap it with the same events.
    async fn check_chain(&self, row: &DeviceRow, read: &Read) -> Result<(), PushError> {
        let (have, before) = (row.chain, read.batch.before);
        if before.seq > have.seq {
            return Err(PushError::Gap(have));
        }
        let at_end = if before.seq == have.seq { Some(before) } else { read.chains.get((have.seq - before.seq - 1) as usize).copied() };
        match at_end {
            Some(chain) if chain.head == have.head => Ok(()),
            Some(_) => Err(PushError::Fork),
            // All of it is old: compare with what is stored.
            None => {
                let stored = self.0.store.events_by(row.id, before.seq + 1, before.seq + read.events.len() as u64).await?;
                let same = stored.len() == read.events.len() && stored.iter().zip(&read.events).all(|(row, (event, _))| row.bytes == event.bytes());
                if same { Ok(()) } else { Err(PushError::Fork) }
            }
        }
    }

    /// Nothing new: the last receipt covers it.
    async fn answer_again(&self, writer: &mut Writer, row: &DeviceRow, upload: Option<UploadRow>) -> Result<PushAnswer, PushError> {
        let inner = &*self.0;
        let mut commit = Commit { hub_seq: writer.head.hub_seq, ..Commit::default() };
        let receipt = match row.leaf {
            Some(leaf) => tree::receipt(&*inner.store, &inner.key, writer.head.leaves, leaf).await?,
            None => {
                let leaf = Leaf::Chain { device: row.id, chain: row.chain, received: self.now() };
                commit.devices.push(DeviceRow { leaf: Some(writer.head.leaves), ..row.clone() });
                tree::add(&*inner.store, &inner.key, writer.head.leaves, leaf, &mut commit).await?
            }
        };
        let answer = PushAnswer { chain: row.chain, receipt, refused: Vec::new() };
        commit.uploads.extend(upload.map(|u| UploadRow { answer: minicbor::to_vec(&answer).ok(), ..u }));
        if !commit.leaves.is_empty() || !commit.uploads.is_empty() {
            inner.commit(writer, inner.ledger(), self.now(), commit).await?;
        }
        Ok(answer)
    }

    async fn take_new(
        &self,
        writer: &mut Writer,
        row: DeviceRow,
        certificate: Certificate,
        read: Read,
        after: Chain,
        upload: Option<UploadRow>,
    ) -> Result<PushAnswer, PushError> {
        let inner = &*self.0;
        let now = self.now();
        let skip = (row.chain.seq - read.batch.before.seq) as usize;
        let events: Vec<(Event, Body)> = read.events.into_iter().skip(skip).collect();
        let mut checks = Checks {
            policies: inner.policies.clone(),
            zone: inner.tz(),
            profile: self.profile(),
            row: row.clone(),
            certificate,
            now,
            sent: read.batch.sent,
            refused: Vec::new(),
            wrong: BTreeMap::new(),
            revoked: BTreeSet::new(),
            codes: Vec::new(),
            persons: BTreeSet::new(),
        };

        let mut ledger = inner.ledger();
        let things: BTreeSet<Id> = events.iter().map(|(e, _)| e.agg).collect();
        ledger.load(&*inner.store, &mut writer.cache, things.iter().copied()).await?;
        let units: BTreeSet<Id> = events
            .iter()
            .filter_map(|(_, body)| if let Body::Create(create) = body { create.unit } else { None })
            .chain(things.iter().filter_map(|id| ledger.state(*id).and_then(|s| s.unit)))
            .collect();
        ledger.load(&*inner.store, &mut writer.cache, units).await?;
        let late = ledger.late(events.iter().map(|(e, _)| e));
        ledger.load_history(&*inner.store, late).await?;

        let last = events.last().map(|(e, _)| e.clone());
        let mut queue = events.into_iter();
        let mut pending: Option<(Event, Body)> = None;
        loop {
            // Checking and folding is work for a core, not for the threads that serve.
            let next = pending.take();
            let run = tokio::task::spawn_blocking(move || {
                let (stop, back) = checks.run(ledger, queue, next);
                (checks, stop, back)
            });
            let (back, stop, rest) = run.await.map_err(|_| StoreError::Damaged("the task ended early"))?;
            checks = back;
            (ledger, queue) = rest;
            match stop {
                None => break,
                Some((needs, event)) => {
                    ledger.load_history(&*inner.store, [needs]).await?;
                    pending = Some(event);
                }
            }
        }
        let (refused, wrong, revoked) = (checks.refused, checks.wrong, checks.revoked);
        let (checked, mut records) = self.check_codes(checks.codes).await?;
        let keys = self.keys_named(row.id, &checks.persons, &mut records).await?;
        if let Some(last) = &last {
            inner.observe(writer, last);
        }
        self.mark(writer, &mut ledger, &refused, wrong).await?;
        for (thing, check) in checked {
            inner.append_own(writer, &mut ledger, self.own_person(), roles::HUB_ROLE, thing, &Body::Act(Act::CodeChecked(check))).await?;
        }

        let mut commit = Commit { records, keys, ..Commit::default() };
        let leaf = Leaf::Chain { device: row.id, chain: after, received: now };
        let receipt = tree::add(&*inner.store, &inner.key, writer.head.leaves, leaf, &mut commit).await?;
        commit.seals.push(SealRow { device: row.id, seq: after.seq, seal: read.batch.seal });
        commit.devices.push(DeviceRow {
            chain: after,
            leaf: Some(writer.head.leaves),
            last_contact: Some(now),
            unsent_records: row.unsent_records.saturating_sub(after.seq - row.chain.seq),
            ..row.clone()
        });
        // A manager's tablet takes a device out as well as the office does.
        for other in revoked.into_iter().filter(|other| *other != row.id) {
            if let Some(held) = inner.store.device(other).await?.filter(|d| d.revoked.is_none() && !d.hub) {
                commit.devices.push(DeviceRow { revoked: Some(now), ..held });
            }
        }
        let refused =
            refused.into_iter().map(|(event, _, refusal)| RefusedEvent { seq: event.seq, key: refusal.key.to_owned(), args: refusal.owned_args() }).collect();
        let answer = PushAnswer { chain: after, receipt, refused };
        commit.uploads.extend(upload.map(|u| UploadRow { answer: minicbor::to_vec(&answer).ok(), ..u }));
        inner.commit(writer, ledger, now, commit).await?;
        self.tell(crate::hub::Changed::Device(row.id));
        Ok(answer)
    }

    /// The keys that waited for records naming these persons.
    async fn keys_named(&self, device: Id, persons: &BTreeSet<Id>, records: &mut Vec<Record>) -> Result<Vec<KeyRow>, HubError> {
        if persons.is_empty() {
            return Ok(Vec::new());
        }
        let known: BTreeSet<Id> = self.0.store.keys(persons.iter().copied().collect()).await?.into_iter().map(|row| row.person).collect();
        let mut keys = Vec::new();
        for offered in self.offered_keys(device).await?.into_iter().filter(|o| persons.contains(&o.person)) {
            records.push(offered.gone());
            if !known.contains(&offered.person) {
                keys.push(KeyRow { person: offered.person, key: Some(offered.key), changed: 0 });
            }
        }
        Ok(keys)
    }

    /// The hub's own events about this batch: why events were refused, and whose clock was wrong.
    async fn mark(
        &self,
        writer: &mut Writer,
        ledger: &mut Ledger,
        refused: &[(EventRef, Id, Refusal)],
        wrong: BTreeMap<Id, (Vec<EventRef>, i64)>,
    ) -> Result<(), HubError> {
        let me = self.own_person();
        for (event, thing, refusal) in refused {
            let body = Body::Act(Act::Refuse(*event, refusal.key.to_owned(), refusal.owned_args()));
            self.0.append_own(writer, ledger, me, roles::HUB_ROLE, *thing, &body).await?;
        }
        for (thing, (events, off_ms)) in wrong {
            self.0.append_own(writer, ledger, me, roles::HUB_ROLE, thing, &Body::Act(Act::ClockWrong(events, off_ms))).await?;
        }
        Ok(())
    }

    /// Why the hub left out events of `device` from `first` to `last`.
    async fn refused_between(&self, device: Id, first: u64, last: u64) -> Result<Vec<RefusedEvent>, PushError> {
        let left_out = self.0.store.refused_by(device, first, last).await?;
        let mut things: Vec<Id> = left_out.iter().map(|e| e.agg).collect();
        things.sort_unstable();
        things.dedup();
        let mut reasons = HashMap::new();
        for row in self.0.store.states(things).await? {
            for refused in crate::ledger::decode_state(&row)?.refused {
                reasons.insert(refused.event, (refused.key, refused.args));
            }
        }
        let reason = |seq| reasons.get(&EventRef { device, seq }).cloned();
        Ok(left_out.iter().filter_map(|row| reason(row.seq).map(|(key, args)| RefusedEvent { seq: row.seq, key, args })).collect())
    }
}

/// What one batch's events are held against, and what came of it.
struct Checks {
    policies: std::sync::Arc<keyturn_core::policy::registry::Registry>,
    zone: chrono_tz::Tz,
    /// The profile in force.
    profile: &'static Profile,
    row: DeviceRow,
    certificate: Certificate,
    now: UtcMs,
    sent: UtcMs,
    refused: Vec<(EventRef, Id, Refusal)>,
    wrong: BTreeMap<Id, (Vec<EventRef>, i64)>,
    /// Devices that the batch takes out.
    revoked: BTreeSet<Id>,
    /// Signatures with a one-time code.
    codes: Vec<ToCheck>,
    /// Persons that admitted events name.
    persons: BTreeSet<Id>,
}

type Queue = std::vec::IntoIter<(Event, Body)>;
/// A thing whose history is needed before this event can be added.
type Stop = Option<(Id, (Event, Body))>;

impl Checks {
    /// Checks and adds events until all are added, or one needs the history of its thing.
    fn run(&mut self, mut ledger: Ledger, mut queue: Queue, mut pending: Option<(Event, Body)>) -> (Stop, (Ledger, Queue)) {
        let mut checked = pending.is_some();
        while let Some((event, body)) = pending.take().or_else(|| queue.next()) {
            if !checked {
                let off_ms = self.clock_off_ms(&event);
                if off_ms != 0 {
                    let marked = self.wrong.entry(event.agg).or_insert((Vec::new(), off_ms));
                    marked.0.push(event.at());
                }
                let sign = if let Body::Act(Act::Sign(signature)) = &body { Some(signature) } else { None };
                if let Err(refusal) = self.admit(&ledger, &event, &body) {
                    self.refused.push((event.at(), event.agg, refusal));
                    ledger.keep_refused(event);
                    continue;
                }
                self.codes.extend(sign.and_then(|s| ToCheck::of(event.at(), event.hlc.ms, off_ms != 0, ledger.state(event.agg), s)));
            }
            checked = false;
            self.persons.extend(persons_in(event.agg, &body));
            if let Body::Act(Act::Revoke(_)) = &body {
                self.revoked.insert(event.agg);
            }
            if let Err((needs, event)) = ledger.add(event, &body) {
                return (Some((needs.0, (event, body))), (ledger, queue));
            }
        }
        (None, (ledger, queue))
    }

    fn admit(&self, ledger: &Ledger, event: &Event, body: &Body) -> Result<(), Refusal> {
        if self.row.revoked.is_some() {
            return Err(Refusal::plain("sync-revoked"));
        }
        if event.actor != self.certificate.person || event.role != self.certificate.role {
            return Err(Refusal::plain("sync-actor"));
        }
        let thing = ledger.state(event.agg);
        let unit = match (body, thing) {
            (_, Some(thing)) if thing.created.is_some() => {
                if thing.kind == Some(AggKind::Unit) {
                    Some(thing.id)
                } else {
                    thing.unit
                }
            }
            (Body::Create(create), _) => {
                if create.kind == AggKind::Unit {
                    Some(event.agg)
                } else {
                    create.unit
                }
            }
            _ => None,
        };
        let inside = match &self.certificate.scope {
            Scope::Project => true,
            Scope::Units(units) => unit.is_none_or(|unit| units.contains(&unit)),
            Scope::Orders(contractor) => thing.is_some_and(|thing| ever_ordered_from(thing, *contractor)),
        };
        if !inside {
            return Err(Refusal::plain("sync-scope"));
        }
        let profile = self.profile_of(event, thing)?;
        let unit = unit.and_then(|unit| ledger.state(unit));
        roles::admit(body, &Meets { role: &event.role, thing, unit, profile, policies: &self.policies, zone: self.zone })
    }

    /// The profile by which an event is judged: that of its case, whatever the event names. One that names another, or one that no case
    /// may begin under, is refused: nobody picks the rules that suit.
    fn profile_of(&self, event: &Event, thing: Option<&Aggregate>) -> Result<&'static Profile, Refusal> {
        let named = self.policies.find(&event.policy);
        let other = || Refusal::with("rule-policy-other", "profile", event.policy.as_str());
        if self.policies.knows(&event.policy) && !self.policies.begins(&event.policy) {
            return Err(other());
        }
        let Some(kept) = thing.and_then(Aggregate::kept_policy) else { return Ok(named.unwrap_or(self.profile)) };
        // Two devices may each have begun the one handover of a unit, each under what it knew.
        let began_twice = thing.is_some_and(|thing| thing.kind == Some(AggKind::Handover));
        if event.policy != kept && !began_twice {
            return Err(other());
        }
        Ok(self.policies.find(kept).or(named).unwrap_or(self.profile))
    }

    /// How far the time of an event is off, if it cannot be true: it was made before the device first learned the hub's time and that
    /// was far from the device's, or it lies in the future. 0 when it may be true. Arriving late proves nothing: a link may be down for weeks.
    fn clock_off_ms(&self, event: &Event) -> i64 {
        let tolerance_ms = roles::clock_tolerance_ms(self.profile);
        if event.seq <= self.row.wrong_until {
            return self.row.wrong_ms;
        }
        let ahead_ms = event.hlc.ms.0.saturating_sub(self.now.0).max(self.sent.0.saturating_sub(self.now.0));
        if ahead_ms > tolerance_ms { ahead_ms } else { 0 }
    }
}

impl Inner {
    /// Whether `root` is what the tree had at `size` leaves.
    pub(crate) async fn knows_checkpoint(&self, size: u64, root: Digest) -> Result<bool, HubError> {
        let now = self.store.head().await?.leaves;
        Ok(tree::contains(&*self.store, now, size, root).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_that_are_no_batch_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(read(&bytes).is_err());
            prop_assert!(read(&keyturn_core::log::batch::pack(&bytes)).is_err());
        }

        #[test]
        fn a_batch_with_bytes_changed_never_panics(at in 0usize..4000, to in any::<u8>()) {
            let device = Id([7; 16]);
            let batch = Batch { device, before: Chain { seq: u64::MAX - 1, head: Digest([1; 32]) }, events: vec![vec![1; 40]; 3], seal: vec![2; 50], sent: UtcMs(5) };
            let mut raw = keyturn_core::log::batch::unpack(&batch.pack()).unwrap();
            let at = at % raw.len();
            raw[at] = to;
            let _ = read(&keyturn_core::log::batch::pack(&raw));
        }
    }
}
