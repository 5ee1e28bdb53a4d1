//! One-time codes of signature level 2 (law: E, Art. 13). A code is asked for one person and one unit, reaches only that person, and signs once,
//! within the minutes of the policy. It is never stored: it follows from the hub's secret and a random number under which the hub keeps for whom
//! it is, until when, and what became of it. A copy of the database tells no code.

use crate::{
    error::HubError,
    hub::{Changed, Hub, detached},
    people::Pass,
    roles,
    store::{Commit, Record, StoreError},
};
use futures_util::future::BoxFuture;
use keyturn_core::{
    field::handover_id,
    log::{
        EventRef,
        fold::{Aggregate, Phase},
    },
    model::{
        Digest, Id, UtcMs,
        act::{CodeCheck, CodeVerdict, Signature},
        id::fill_random,
    },
    policy::Profile,
    rules::{
        Refusal,
        level::{CODE_DIGITS, code_proof, mac, person_of},
    },
};
use minicbor::{Decode, Encode};

const KIND: &str = "code";

/// Brings a code to a person. The owner's own page is the one there is; a gateway for text messages is another implementation.
pub trait Messenger: Send + Sync {
    /// What records call this way: `owner_page`, `sms`.
    fn way(&self) -> &'static str;
    /// Whether the owner's page itself shows the code.
    fn on_page(&self) -> bool;
    /// Brings the code to the person, or says why it cannot; then the code is not given.
    fn send<'a>(&'a self, hub: &'a Hub, note: &'a CodeNote) -> BoxFuture<'a, Result<(), HubError>>;
}

/// What a messenger brings.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeNote {
    /// To whom.
    pub person: Id,
    /// For the handover of which unit.
    pub unit: Id,
    /// The digits.
    pub code: String,
    /// Until when it signs.
    pub until: UtcMs,
}

/// The page that the owner opens by link on the owner's own phone. Nothing travels: the page asks the hub. Without a link that opens there is no
/// such page, and so no code.
pub struct OwnersPage;

impl Messenger for OwnersPage {
    fn way(&self) -> &'static str {
        "owner_page"
    }

    fn on_page(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, hub: &'a Hub, note: &'a CodeNote) -> BoxFuture<'a, Result<(), HubError>> {
        Box::pin(async move {
            let mine = |pass: &Pass| pass.person == note.person;
            if hub.owner_links(note.unit).await?.iter().any(|(_, pass)| mine(pass)) { Ok(()) } else { Err(HubError::plain("code-no-link")) }
        })
    }
}

/// What is kept of a code, under the unit and its random number.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct CodeRow {
    #[n(0)]
    person: Id,
    #[n(1)]
    issued: UtcMs,
    #[n(2)]
    until: UtcMs,
    /// Wrong codes that came while it was good.
    #[n(3)]
    wrong: u8,
    /// What it signed.
    #[n(4)]
    used: Option<EventRef>,
    #[n(5)]
    way: String,
    /// Who asked for it, in which role.
    #[n(6)]
    by: Id,
    #[n(7)]
    by_role: String,
}

/// A signature whose code is to be checked.
pub(crate) struct ToCheck {
    pub(crate) at: EventRef,
    pub(crate) thing: Id,
    pub(crate) unit: Option<Id>,
    pub(crate) person: Option<Id>,
    pub(crate) signature: Box<Signature>,
    /// By corrected time.
    pub(crate) when: UtcMs,
    pub(crate) clock_wrong: bool,
}

impl ToCheck {
    /// If the signature carries a code.
    pub(crate) fn of(at: EventRef, when: UtcMs, clock_wrong: bool, handover: Option<&Aggregate>, signature: &Signature) -> Option<Self> {
        signature.code?;
        let thing = handover?;
        Some(Self {
            at,
            thing: thing.id,
            unit: thing.unit,
            person: person_of(thing, signature.signer),
            signature: Box::new(signature.clone()),
            when,
            clock_wrong,
        })
    }
}

fn minutes_ms(profile: &Profile) -> i64 {
    i64::from(profile.handover.signature.code_minutes.value) * 60_000
}

fn wrong_max(profile: &Profile) -> u8 {
    profile.handover.signature.code_attempts.value
}

/// Codes of one unit with their keys in the store.
type Rows = Vec<(Vec<u8>, CodeRow)>;

impl Hub {
    async fn codes(&self, unit: Id) -> Result<Rows, HubError> {
        let mut rows = Vec::new();
        for (key, value) in self.0.store.records(KIND).await? {
            if key.starts_with(&unit.0) {
                let row: CodeRow = minicbor::decode(&value).map_err(|_| StoreError::Damaged("a code"))?;
                rows.push((key, row));
            }
        }
        rows.sort_by_key(|(_, row)| row.issued);
        Ok(rows)
    }

    /// The digits that belong to a key.
    fn digits(&self, key: &[u8], person: Id) -> String {
        let digest = mac(&self.0.secret, &[b"keyturn-code-v1", key, &person.0]);
        let number = digest.0.iter().take(8).fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        format!("{:0CODE_DIGITS$}", number % 10u64.pow(CODE_DIGITS as u32))
    }

    fn is_open(&self, row: &CodeRow, person: Id) -> bool {
        row.person == person && row.used.is_none() && row.wrong < wrong_max(self.profile()) && row.until > self.now()
    }

    /// Gives a person a code for signing the handover of a unit. One that is still good is given again, unless `fresh`: then it ends.
    ///
    /// # Errors
    /// When the role may not, the handover is not there or closed, or the code cannot reach the person.
    pub async fn give_code(&self, by: Id, by_role: &str, unit: Id, person: Id, fresh: bool) -> Result<UtcMs, HubError> {
        if !self.profile().roles.may(by_role, "code.give") {
            return Err(Refusal::of("rule-role", vec![("role", by_role.to_owned()), ("act", "code.give".to_owned())]).into());
        }
        let handover = self.state(handover_id(unit)).await?.filter(|h| h.created.is_some());
        if handover.is_none_or(|h| h.phase == Phase::Closed) {
            return Err(HubError::plain("code-no-handover"));
        }
        let (hub, by_role) = (self.clone(), by_role.to_owned());
        let until = detached(async move {
            let mut writer = hub.0.writer.lock().await;
            let now = hub.now();
            let mut records = Vec::new();
            for (key, row) in hub.codes(unit).await? {
                if !hub.is_open(&row, person) {
                    continue;
                }
                if !fresh {
                    return Ok(row.until);
                }
                records.push(Record { kind: KIND, key, value: minicbor::to_vec(CodeRow { until: now, ..row }).ok() });
            }
            let mut key = unit.0.to_vec();
            let mut number = [0; 16];
            fill_random(&mut number);
            key.extend_from_slice(&number);
            let until = UtcMs(now.0 + minutes_ms(hub.profile()));
            let messenger = hub.0.messenger.clone();
            messenger.send(&hub, &CodeNote { person, unit, code: hub.digits(&key, person), until }).await?;
            let row = CodeRow { person, issued: now, until, wrong: 0, used: None, way: messenger.way().to_owned(), by, by_role };
            records.push(Record { kind: KIND, key, value: minicbor::to_vec(&row).ok() });
            let commit = Commit { hub_seq: writer.head.hub_seq, records, ..Commit::default() };
            hub.0.commit(&mut writer, hub.0.ledger(), now, commit).await?;
            Ok(until)
        })
        .await?;
        self.tell(Changed::Things(std::sync::Arc::new(vec![unit])));
        Ok(until)
    }

    /// The code that the owner's page shows to this person now, and until when it signs.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn shown_code(&self, unit: Id, person: Id) -> Result<Option<(String, UtcMs)>, HubError> {
        if !self.0.messenger.on_page() {
            return Ok(None);
        }
        let rows = self.codes(unit).await?;
        Ok(rows.iter().rev().find(|(_, row)| self.is_open(row, person)).map(|(key, row)| (self.digits(key, row.person), row.until)))
    }

    /// Checks the codes of signatures that arrived: what the hub has to say of each, and what it notes.
    pub(crate) async fn check_codes(&self, signatures: Vec<ToCheck>) -> Result<(Vec<(Id, CodeCheck)>, Vec<Record>), HubError> {
        let (mut checks, mut records) = (Vec::new(), Vec::new());
        let tolerance_ms = roles::clock_tolerance_ms(self.profile());
        let mut units: std::collections::BTreeMap<Id, Rows> = std::collections::BTreeMap::new();
        for s in signatures {
            let (Some(unit), Some(person)) = (s.unit, s.person) else {
                checks.push((s.thing, CodeCheck { signature: s.at, verdict: CodeVerdict::NoCode, issued: None, way: String::new() }));
                continue;
            };
            let rows = match units.entry(unit) {
                std::collections::btree_map::Entry::Occupied(held) => held.into_mut(),
                std::collections::btree_map::Entry::Vacant(free) => free.insert(self.codes(unit).await?),
            };
            let good = |row: &CodeRow| row.person == person && row.issued.0 - tolerance_ms <= s.when.0 && s.when.0 <= row.until.0 + tolerance_ms;
            let proof = |key: &[u8]| code_proof(&self.digits(key, person), s.signature.record, s.signature.signer);
            let then: Vec<usize> = (0..rows.len()).filter(|i| rows.get(*i).is_some_and(|(_, row)| good(row))).collect();
            let fresh = |rows: &Rows, i: &usize| rows.get(*i).is_some_and(|(_, row)| row.used.is_none());
            let left = |rows: &Rows, i: &usize| rows.get(*i).is_some_and(|(_, row)| row.wrong < wrong_max(self.profile()));
            let matches = |rows: &Rows, i: &usize| rows.get(*i).is_some_and(|(key, _)| s.signature.code == Some(proof(key)));
            let found = then.iter().copied().find(|i| fresh(rows, i) && left(rows, i) && matches(rows, i));
            let verdict = match found {
                _ if s.clock_wrong => CodeVerdict::ClockWrong,
                Some(_) => CodeVerdict::Confirmed,
                None if then.is_empty() => CodeVerdict::NoCode,
                None if then.iter().any(|i| !fresh(rows, i) && matches(rows, i)) => CodeVerdict::Used,
                None if !then.iter().any(|i| fresh(rows, i) && left(rows, i)) => {
                    if then.iter().any(|i| fresh(rows, i)) {
                        CodeVerdict::Spent
                    } else {
                        CodeVerdict::Used
                    }
                }
                None => CodeVerdict::Wrong,
            };
            let mut note = |rows: &mut Rows, i: usize, change: &dyn Fn(&mut CodeRow)| {
                if let Some((key, row)) = rows.get_mut(i) {
                    change(row);
                    records.push(Record { kind: KIND, key: key.clone(), value: minicbor::to_vec(&*row).ok() });
                }
            };
            match verdict {
                CodeVerdict::Confirmed => found.into_iter().for_each(|i| note(rows, i, &|row| row.used = Some(s.at))),
                // A guess counts against every code it could have been.
                CodeVerdict::Wrong => then
                    .iter()
                    .filter(|i| rows.get(**i).is_some_and(|(_, row)| row.used.is_none()))
                    .copied()
                    .collect::<Vec<_>>()
                    .into_iter()
                    .for_each(|i| note(rows, i, &|row| row.wrong = row.wrong.saturating_add(1))),
                _ => {}
            }
            let about = found.or_else(|| then.last().copied()).and_then(|i| rows.get(i)).map(|(_, row)| row);
            let check = CodeCheck { signature: s.at, verdict, issued: about.map(|row| row.issued), way: about.map(|row| row.way.clone()).unwrap_or_default() };
            checks.push((s.thing, check));
        }
        Ok((checks, records))
    }

    /// Codes that ended so long ago that no device can bring their signatures any more.
    pub(crate) async fn ended_codes(&self) -> Result<Vec<Record>, HubError> {
        let before = self.now().0 - roles::ended_told_ms(self.profile());
        let over = |value: &[u8]| minicbor::decode::<CodeRow>(value).is_ok_and(|row| row.until.0 < before);
        let rows = self.0.store.records(KIND).await?;
        Ok(rows.into_iter().filter(|(_, value)| over(value)).map(|(key, _)| Record { kind: KIND, key, value: None }).collect())
    }
}

/// The digest of a code's presence, for pages that must change with it.
pub(crate) fn trace(code: Option<&(String, UtcMs)>) -> Digest {
    code.map_or_else(Digest::default, |(code, until)| Digest::of_parts(&[code.as_bytes(), &until.0.to_be_bytes()]))
}
