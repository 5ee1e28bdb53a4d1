//! Who comes in: invites and devices, owners' links, the office's logins. Every secret is random and stored as its hash.

use crate::{
    error::HubError,
    hub::{Changed, Hub, detached},
    ingest::Offered,
    named::{OFFERED_KEY, OFFERED_MAX},
    office::not_found,
    roles,
    store::{Commit, DeviceRow, KeyRow, Record, StoreError},
    tree,
};
use keyturn_core::{
    log::{
        Chain,
        batch::KeyGrant,
        cert::{self, Certificate, Scope},
        keys::verify_device,
        receipt::Leaf,
    },
    model::{
        Digest, Id, UtcMs,
        act::Act,
        body::{AggKind, Body, Create},
        id::fill_random,
    },
    policy::roles::Entry,
    rules::Refusal,
    sync::protocol::{EnrolAnswer, EnrolRequest, Invite, SESSION_CONTEXT, SessionAnswer, SessionRequest},
};
use minicbor::{Decode, Encode};

/// No vowels and nothing that is read wrongly: 28 signs of 4.8 bits each.
const CODE_LETTERS: &[u8] = b"23456789BCDFGHJKMNPQRSTVWXYZ";
const CODE_GROUPS: usize = 4;
const CODE_GROUP_LETTERS: usize = 4;
/// Longer names of devices and platforms are cut, in characters.
const NAME_MAX_CHARS: usize = 80;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
struct InviteRow {
    #[n(0)]
    person: Id,
    #[n(1)]
    role: String,
    #[n(2)]
    scope: Scope,
    #[n(3)]
    expires: UtcMs,
    #[n(4)]
    device: Option<Id>,
}

/// A link of an owner to a unit, or a login of the office, as stored under the hash of its token.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Pass {
    /// Who comes in.
    #[n(0)]
    pub person: Id,
    /// In which role.
    #[n(1)]
    pub role: String,
    /// To which unit; none for the office.
    #[n(2)]
    pub unit: Option<Id>,
    /// Until when.
    #[n(3)]
    pub expires: UtcMs,
    /// Since when.
    #[n(4)]
    pub made: UtcMs,
    /// Taken back, since when.
    #[n(5)]
    pub ended: Option<UtcMs>,
}

/// Where an owner's link stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerLink {
    /// It opens the unit.
    Open(Pass),
    /// It ran out.
    Expired(Pass),
    /// The office took it back.
    Revoked(Pass, UtcMs),
}

/// What a pass opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassKind {
    OwnerLink,
    Login,
    Console,
}

impl PassKind {
    fn name(self) -> &'static str {
        match self {
            Self::OwnerLink => "owner_link",
            Self::Login => "login",
            Self::Console => "console",
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len() / 2).map(|i| u8::from_str_radix(text.get(i * 2..i * 2 + 2)?, 16).ok()).collect()
}

fn new_code() -> String {
    let mut letters = Vec::new();
    while letters.len() < CODE_GROUPS * CODE_GROUP_LETTERS {
        let mut byte = [0];
        fill_random(&mut byte);
        // Values past the last whole multiple would make some letters likelier than others.
        if usize::from(byte[0]) < 256 - 256 % CODE_LETTERS.len() {
            letters.push(CODE_LETTERS[usize::from(byte[0]) % CODE_LETTERS.len()] as char);
        }
    }
    letters.chunks(CODE_GROUP_LETTERS).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What was typed, as the code was printed: without spaces and dashes, in capitals.
fn code_name(code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Digest::of_parts(&[b"keyturn-invite-v1", plain.as_bytes()]).0.to_vec()
}

fn token_name(kind: PassKind, token: &str) -> Vec<u8> {
    Digest::of_parts(&[b"keyturn-pass-v1", kind.name().as_bytes(), token.as_bytes()]).0.to_vec()
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_MAX_CHARS).collect()
}

impl Hub {
    /// Invites a person's device: a code that works once, within the days of the policy.
    ///
    /// # Errors
    /// When the role is none of the policy's, or lets no device in.
    pub async fn invite(&self, person: Id, role: &str, scope: Scope) -> Result<Invite, HubError> {
        roles::lets_in(self.profile(), role, Entry::Device)?;
        let code = new_code();
        let row = InviteRow { person, role: role.to_owned(), scope, expires: UtcMs(self.now().0 + roles::invite_ms(self.profile())), device: None };
        self.note(vec![Record { kind: "invite", key: code_name(&code), value: minicbor::to_vec(&row).ok() }]).await?;
        Ok(Invite {
            url: self.url(),
            code,
            hub: self.public().fingerprint(),
            tls: self.tls_fingerprint(),
            role: Some(role.to_owned()),
            project: Some(self.project_name().to_owned()),
        })
    }

    /// Lets a device in that brings an invite's code.
    pub(crate) async fn enrol(&self, request: EnrolRequest) -> Result<EnrolAnswer, HubError> {
        let hub = self.clone();
        detached(async move { hub.enrol_now(request).await }).await
    }

    async fn enrol_now(&self, request: EnrolRequest) -> Result<EnrolAnswer, HubError> {
        let _one_at_a_time = self.0.server.enrolling.lock().await;
        let public: [u8; 33] = unhex(&request.public).and_then(|b| b.try_into().ok()).filter(is_point).ok_or_else(|| HubError::plain("sync-bad-key"))?;
        let device = Id::derived(&[b"keyturn-device-v1", &public]);
        let name = code_name(&request.code);
        let now = self.now();
        let bytes = self.0.store.record("invite", name.clone()).await?.ok_or_else(|| HubError::plain("sync-code-unknown"))?;
        let mut invite: InviteRow = minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("an invite"))?;
        match invite.device {
            // The answer was lost on the way: the same device asks again.
            Some(used_by) if used_by == device => {
                let row = self.0.store.device(device).await?.ok_or_else(not_found)?;
                return Ok(self.enrolled(row.certificate));
            }
            Some(_) => return Err(HubError::plain("sync-code-used")),
            None if invite.expires < now => return Err(HubError::plain("sync-code-expired")),
            None => {}
        }
        let known = self.0.store.device(device).await?;
        if known.as_ref().is_some_and(|row| row.revoked.is_some()) {
            return Err(HubError::plain("sync-revoked"));
        }
        let certificate =
            Certificate { project: self.0.project, device, public, person: invite.person, role: invite.role.clone(), scope: invite.scope.clone(), issued: now };
        let certificate = cert::issue(&certificate, &self.0.key);
        let fresh = DeviceRow {
            id: device,
            certificate: certificate.clone(),
            name: cut(&request.name),
            platform: cut(&request.platform),
            chain: Chain::start(device),
            leaf: None,
            revoked: None,
            last_contact: Some(now),
            offset_ms: None,
            unsent_records: 0,
            unsent_photos: 0,
            version: String::new(),
            wrong_until: 0,
            wrong_ms: 0,
            hub: false,
        };
        let enrol = (device, Body::Act(Act::Enrol(certificate.clone())));
        let (row, acts) = match known {
            Some(row) => (DeviceRow { certificate: certificate.clone(), ..row }, vec![enrol]),
            None => {
                let fields = vec![
                    ("name".to_owned(), fresh.name.as_str().into()),
                    ("platform".to_owned(), fresh.platform.as_str().into()),
                    ("person".to_owned(), keyturn_core::model::Value::Id(invite.person)),
                    ("role".to_owned(), invite.role.as_str().into()),
                ];
                (fresh, vec![(device, Body::Create(Create { kind: AggKind::Device, unit: None, parent: None, fields })), enrol])
            }
        };
        invite.device = Some(device);
        let record = Record { kind: "invite", key: name, value: minicbor::to_vec(&invite).ok() };
        let rest = Commit { devices: vec![row], records: vec![record], ..Commit::default() };
        self.append_with(self.own_person(), roles::HUB_ROLE, acts, rest, None).await?;
        self.tell(Changed::Device(device));
        Ok(self.enrolled(certificate))
    }

    fn enrolled(&self, certificate: Vec<u8>) -> EnrolAnswer {
        EnrolAnswer {
            certificate: hex(&certificate),
            hub_public: hex(&self.public().0),
            hub_time: self.now(),
            project_name: self.0.project_name.clone(),
            zone: self.0.zone.clone(),
        }
    }

    /// Opens a session of a device that answered a challenge; the challenge was ours and is used up.
    pub(crate) async fn open_session(&self, request: SessionRequest) -> Result<SessionAnswer, HubError> {
        let refused = || HubError::plain("sync-signature");
        let row = self.0.store.device(request.device).await?.filter(|d| !d.hub).ok_or_else(|| HubError::plain("sync-device-unknown"))?;
        let certificate = self.certificate(&row)?;
        let (challenge, signature) = (unhex(&request.challenge).ok_or_else(refused)?, unhex(&request.signature).ok_or_else(refused)?);
        if !verify_device(&certificate.public, &[SESSION_CONTEXT, &challenge].concat(), &signature) {
            return Err(refused());
        }
        let hub = self.clone();
        detached(async move {
            let now = hub.now();
            let checkpoint_known = match request.checkpoint {
                Some((size, root)) => hub.0.knows_checkpoint(size, root).await?,
                None => true,
            };
            let mut writer = hub.0.writer.lock().await;
            let mut row = hub.0.store.device(request.device).await?.ok_or_else(not_found)?;
            // What the device has not sent was made under the time it believed in until now.
            let off_ms = request.corrected.0.saturating_sub(now.0);
            if off_ms.saturating_abs() > roles::clock_tolerance_ms(hub.profile()) && request.unsent_records > 0 {
                row.wrong_until = row.wrong_until.max(row.chain.seq.saturating_add(request.unsent_records));
                row.wrong_ms = off_ms;
            }
            row.last_contact = Some(now);
            row.offset_ms = Some(request.wall.0.saturating_sub(now.0));
            row.unsent_records = request.unsent_records;
            row.unsent_photos = request.unsent_photos;
            row.version = cut(&request.version);
            let answer = SessionAnswer {
                token: hub.session_token(row.id, now),
                hub_time: hub.now(),
                seq: row.chain.seq,
                head: row.chain.head,
                revoked: row.revoked.is_some(),
                checkpoint_known,
            };
            let commit = Commit { devices: vec![row], ..Commit::default() };
            hub.0.commit(&mut writer, hub.0.ledger(), now, commit).await?;
            hub.tell(Changed::Device(request.device));
            Ok(answer)
        })
        .await
    }

    fn session_mac(&self, device: Id, until: u64) -> Digest {
        let inner = Digest::of_parts(&[&self.0.secret, b"keyturn-token-v1", &device.0, &until.to_be_bytes()]);
        Digest::of_parts(&[&self.0.secret, &inner.0])
    }

    /// A token that says for which device and until when, and that only this hub can have made: sessions outlive a restart.
    fn session_token(&self, device: Id, now: UtcMs) -> String {
        let until = now.0.saturating_add(self.0.limits.session_ms).max(0) as u64;
        format!("{}{}{}", hex(&device.0), hex(&until.to_be_bytes()), self.session_mac(device, until))
    }

    /// The device whose session this is.
    pub(crate) async fn device_of_token(&self, token: &str) -> Result<Option<DeviceRow>, HubError> {
        let Some(bytes) = unhex(token).filter(|b| b.len() == 16 + 8 + 32) else { return Ok(None) };
        let (Ok(device), Ok(until)) = (bytes[..16].try_into().map(Id), bytes[16..24].try_into().map(u64::from_be_bytes)) else { return Ok(None) };
        let mac = self.session_mac(device, until).0;
        // In one time, wherever they differ.
        let differs = mac.iter().zip(&bytes[24..]).fold(0, |acc, (a, b)| acc | (a ^ b));
        if differs != 0 || until < self.now().0.max(0) as u64 {
            return Ok(None);
        }
        Ok(self.0.store.device(device).await?.filter(|d| !d.hub))
    }

    /// Keeps keys of persons first met on a device, each until a record of that device that the hub takes up names the person; only then it
    /// counts. A key that is here already is never replaced, and an erased person stays erased.
    pub(crate) async fn take_keys(&self, device: Id, grants: Vec<KeyGrant>) -> Result<(), HubError> {
        let hub = self.clone();
        detached(async move {
            let mut writer = hub.0.writer.lock().await;
            let revoked = hub.0.store.device(device).await?.is_none_or(|row| row.revoked.is_some());
            let mut offered = hub.offered_keys(device).await?;
            // The records may have come before, as with a hub restored from a backup.
            let persons: Vec<Id> = grants.iter().map(|g| g.person).collect();
            let created: Vec<Id> =
                hub.states(&persons).await?.into_iter().filter(|p| p.created.as_ref().is_some_and(|c| c.at().device == device)).map(|p| p.id).collect();
            let mut commit = Commit { hub_seq: writer.head.hub_seq, ..Commit::default() };
            let known = hub.0.store.keys(grants.iter().map(|g| g.person).collect()).await?;
            for grant in grants {
                let Some(key) = grant.key.filter(|key| key.len() == 32) else { return Err(HubError::plain("sync-bad-request")) };
                match known.iter().find(|k| k.person == grant.person) {
                    None => {
                        let held = offered.iter().find(|o| o.person == grant.person);
                        if held.is_some_and(|o| o.key != key.as_slice()) {
                            return Err(HubError::plain("sync-key-taken"));
                        }
                        if created.contains(&grant.person) {
                            commit.keys.push(KeyRow { person: grant.person, key: Some(key.to_vec()), changed: 0 });
                            continue;
                        }
                        // No record of a revoked device is taken up any more, so nobody new comes by it.
                        if held.is_some() || revoked {
                            continue;
                        }
                        if offered.len() >= OFFERED_MAX {
                            return Err(HubError::plain("sync-too-many"));
                        }
                        let fresh = Offered { device, person: grant.person, key: key.to_vec() };
                        commit.records.push(fresh.record());
                        offered.push(fresh);
                    }
                    Some(KeyRow { key: Some(held), .. }) if held.as_slice() != key.as_slice() => return Err(HubError::plain("sync-key-taken")),
                    Some(_) => {}
                }
            }
            commit.keys.sort_unstable_by_key(|k| k.person);
            commit.keys.dedup_by_key(|k| k.person);
            if !commit.keys.is_empty() || !commit.records.is_empty() {
                hub.0.commit(&mut writer, hub.0.ledger(), hub.now(), commit).await?;
            }
            Ok(())
        })
        .await
    }

    /// Takes a device out: it may still push what it has, and pulls nothing.
    ///
    /// # Errors
    /// When the role may not, or there is no such device.
    pub async fn revoke(&self, actor: Id, role: &str, device: Id, reason: &str) -> Result<(), HubError> {
        self.0.store.device(device).await?.filter(|d| !d.hub).ok_or_else(not_found)?;
        self.act(actor, role, device, Body::Act(Act::Revoke(reason.to_owned()))).await?;
        self.tell(Changed::Device(device));
        Ok(())
    }

    /// Erases a person: the key is destroyed here, and on every device with its next pull (promise 9; law: D-47).
    ///
    /// # Errors
    /// When the role may not.
    pub async fn erase(&self, role: &str, person: Id) -> Result<(), HubError> {
        if !self.profile().roles.may(role, "person.erase") {
            return Err(Refusal::of("rule-role", vec![("role", role.to_owned()), ("act", "person.erase".to_owned())]).into());
        }
        let hub = self.clone();
        detached(async move {
            let mut writer = hub.0.writer.lock().await;
            let offered = hub.0.store.records(OFFERED_KEY).await?;
            let records = offered.iter().filter_map(|(name, value)| Offered::read(name, value)).filter(|o| o.person == person).map(|o| o.gone()).collect();
            let commit = Commit { keys: vec![KeyRow { person, key: None, changed: 0 }], records, ..Commit::default() };
            hub.0.commit(&mut writer, hub.0.ledger(), hub.now(), commit).await.map(|_| ())
        })
        .await?;
        self.tell(Changed::Things(std::sync::Arc::new(vec![person])));
        Ok(())
    }

    async fn new_pass(&self, kind: PassKind, pass: &Pass) -> Result<String, HubError> {
        let mut secret = [0; 16];
        fill_random(&mut secret);
        let token = hex(&secret);
        self.note(vec![Record { kind: kind.name(), key: token_name(kind, &token), value: minicbor::to_vec(pass).ok() }]).await?;
        Ok(token)
    }

    async fn pass(&self, kind: PassKind, token: &str) -> Result<Option<Pass>, HubError> {
        let Some(bytes) = self.0.store.record(kind.name(), token_name(kind, token)).await? else { return Ok(None) };
        let pass: Pass = minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("a pass"))?;
        Ok(Some(pass).filter(|p| p.expires >= self.now()))
    }

    /// A link for one owner and one unit, good for the days of the policy; the token is shown once and stored as its hash.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn owner_link(&self, unit: Id, person: Id) -> Result<String, HubError> {
        let now = self.now();
        let profile = self.profile();
        let role = profile.roles.given.owner_link.clone();
        let pass = Pass { person, role, unit: Some(unit), expires: UtcMs(now.0 + roles::owner_link_ms(profile)), made: now, ended: None };
        self.new_pass(PassKind::OwnerLink, &pass).await
    }

    /// Where an owner's link stands; none when there was never one, or it ended so long ago that nothing of it is kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn owner_link_of(&self, token: &str) -> Result<Option<OwnerLink>, HubError> {
        let Some(bytes) = self.0.store.record(PassKind::OwnerLink.name(), token_name(PassKind::OwnerLink, token)).await? else { return Ok(None) };
        let pass: Pass = minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("a pass"))?;
        Ok(Some(match pass.ended {
            Some(at) => OwnerLink::Revoked(pass, at),
            None if pass.expires < self.now() => OwnerLink::Expired(pass),
            None => OwnerLink::Open(pass),
        }))
    }

    /// What an owner's link opens; none when unknown, revoked or run out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open_owner_link(&self, token: &str) -> Result<Option<Pass>, HubError> {
        Ok(match self.owner_link_of(token).await? {
            Some(OwnerLink::Open(pass)) => Some(pass),
            _ => None,
        })
    }

    /// The links of a unit that are still good: their names and what they open.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn owner_links(&self, unit: Id) -> Result<Vec<(Digest, Pass)>, HubError> {
        let mut out = Vec::new();
        for (name, value) in self.0.store.records(PassKind::OwnerLink.name()).await? {
            let (Ok(pass), Ok(name)) = (minicbor::decode::<Pass>(&value), name.try_into()) else { continue };
            if pass.unit == Some(unit) && pass.expires >= self.now() && pass.ended.is_none() {
                out.push((Digest(name), pass));
            }
        }
        Ok(out)
    }

    /// Takes an owner's link back, by its name in [`Self::owner_links`]. It opens nothing any more, and says so to whoever holds it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn revoke_owner_link(&self, name: Digest) -> Result<(), HubError> {
        let hub = self.clone();
        detached(async move {
            let mut writer = hub.0.writer.lock().await;
            let kind = PassKind::OwnerLink.name();
            let Some(bytes) = hub.0.store.record(kind, name.0.to_vec()).await? else { return Ok(()) };
            let pass: Pass = minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("a pass"))?;
            if pass.ended.is_some() {
                return Ok(());
            }
            let unit = pass.unit;
            let pass = Pass { ended: Some(hub.now()), ..pass };
            let records = vec![Record { kind, key: name.0.to_vec(), value: minicbor::to_vec(&pass).ok() }];
            let commit = Commit { hub_seq: writer.head.hub_seq, records, ..Commit::default() };
            hub.0.commit(&mut writer, hub.0.ledger(), hub.now(), commit).await?;
            // Pages that are open through it end.
            hub.tell(Changed::Things(std::sync::Arc::new(unit.into_iter().collect())));
            Ok(())
        })
        .await
    }

    /// Throws away invitations, links, logins and codes that ended so long ago that nobody has to be told of them any more; how many.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn sweep_passes(&self) -> Result<usize, HubError> {
        let (now, told_ms) = (self.now().0, roles::ended_told_ms(self.profile()));
        let mut gone = Vec::new();
        for (key, value) in self.0.store.records("invite").await? {
            if minicbor::decode::<InviteRow>(&value).is_ok_and(|invite| invite.expires.0 + told_ms < now) {
                gone.push(Record { kind: "invite", key, value: None });
            }
        }
        for (kind, told_ms) in [(PassKind::OwnerLink, told_ms), (PassKind::Login, 0), (PassKind::Console, 0)] {
            for (key, value) in self.0.store.records(kind.name()).await? {
                let over = |pass: Pass| pass.ended.map_or(pass.expires, |ended| ended.min(pass.expires)).0 + told_ms < now;
                if minicbor::decode::<Pass>(&value).is_ok_and(over) {
                    gone.push(Record { kind: kind.name(), key, value: None });
                }
            }
        }
        gone.extend(self.ended_codes().await?);
        let n = gone.len();
        if n > 0 {
            self.note(gone).await?;
        }
        Ok(n)
    }

    /// A login for the office's console that works once, within minutes.
    ///
    /// # Errors
    /// When the role is none of the policy's, or none of the office's.
    pub async fn login_link(&self, person: Id, role: &str) -> Result<String, HubError> {
        roles::lets_in(self.profile(), role, Entry::Console)?;
        let now = self.now();
        let pass = Pass { person, role: role.to_owned(), unit: None, expires: UtcMs(now.0 + self.0.limits.login_ms), made: now, ended: None };
        self.new_pass(PassKind::Login, &pass).await
    }

    /// Uses a login up: the token of a console session, and who came in. None when unknown, used or run out.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn log_in(&self, token: &str) -> Result<Option<(String, Pass)>, HubError> {
        let (hub, name) = (self.clone(), token_name(PassKind::Login, token));
        let Some(pass) = self.pass(PassKind::Login, token).await? else { return Ok(None) };
        let used = detached(async move {
            let mut writer = hub.0.writer.lock().await;
            if hub.0.store.record(PassKind::Login.name(), name.clone()).await?.is_none() {
                return Ok(false);
            }
            let commit = Commit { records: vec![Record { kind: PassKind::Login.name(), key: name, value: None }], ..Commit::default() };
            hub.0.commit(&mut writer, hub.0.ledger(), hub.now(), commit).await.map(|_| true)
        })
        .await?;
        if !used {
            return Ok(None);
        }
        let pass = Pass { expires: UtcMs(self.now().0 + self.0.limits.console_session_ms), ..pass };
        Ok(Some((self.new_pass(PassKind::Console, &pass).await?, pass)))
    }

    /// Whose console session this is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn console_session(&self, token: &str) -> Result<Option<Pass>, HubError> {
        self.pass(PassKind::Console, token).await
    }

    /// Ends a console session.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn log_out(&self, token: &str) -> Result<(), HubError> {
        self.note(vec![Record { kind: PassKind::Console.name(), key: token_name(PassKind::Console, token), value: None }]).await
    }

    /// Makes a file that is in the file store count as received: its row, its leaf, and what else belongs to it, in one commit.
    pub(crate) async fn adopt_blob(
        &self,
        sha256: Digest,
        bytes: u64,
        records: Vec<Record>,
        upload: Option<crate::store::UploadRow>,
    ) -> Result<keyturn_core::log::receipt::Receipt, HubError> {
        let hub = self.clone();
        detached(async move {
            let inner = &*hub.0;
            let mut writer = inner.writer.lock().await;
            let now = hub.now();
            let mut commit = Commit::default();
            for record in records {
                // The first picture of a photo stays: what people have looked at does not become another one.
                if inner.store.record(record.kind, record.key.clone()).await?.is_none() {
                    commit.records.push(record);
                }
            }
            let receipt = match inner.store.blob(sha256).await? {
                Some(blob) => tree::receipt(&*inner.store, &inner.key, writer.head.leaves, blob.leaf).await?,
                None => {
                    commit.blobs.push(crate::store::BlobRow { sha256, bytes, leaf: writer.head.leaves });
                    tree::add(&*inner.store, &inner.key, writer.head.leaves, Leaf::Blob { sha256, bytes, received: now }, &mut commit).await?
                }
            };
            // What the device last told as unsent is one less; the pages show it as of this contact.
            if let Some(device) = upload.as_ref().filter(|u| u.kind == "original").map(|u| u.device)
                && let Some(row) = inner.store.device(device).await?
            {
                commit.devices.push(DeviceRow { last_contact: Some(now), unsent_photos: row.unsent_photos.saturating_sub(1), ..row });
            }
            commit.uploads.extend(upload.map(|u| crate::store::UploadRow { answer: minicbor::to_vec(&receipt).ok(), ..u }));
            if !commit.blobs.is_empty() || !commit.uploads.is_empty() || !commit.records.is_empty() {
                inner.commit(&mut writer, inner.ledger(), now, commit).await?;
            }
            hub.tell(Changed::Blob(sha256));
            Ok(receipt)
        })
        .await
    }
}

fn is_point(public: &[u8; 33]) -> bool {
    p256::ecdsa::VerifyingKey::from_sec1_bytes(public).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_that_is_typed_or_sent_makes_it_panic(text in ".{0,120}", json in "[\\{\\}\":,a-z0-9 ]{0,200}") {
            prop_assert!(unhex(&text).is_none_or(|bytes| hex(&bytes) == text.to_lowercase()));
            prop_assert_eq!(code_name(&text), code_name(&format!(" {text}-")));
            prop_assert!(cut(&text).chars().count() <= NAME_MAX_CHARS);
            let _ = serde_json::from_str::<EnrolRequest>(&json);
            let _ = serde_json::from_str::<SessionRequest>(&json);
        }
    }

    #[test]
    fn codes_are_read_out_without_mistakes_and_never_the_same() {
        let codes: std::collections::BTreeSet<String> = (0..500).map(|_| new_code()).collect();
        assert_eq!(codes.len(), 500);
        for code in codes {
            assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [CODE_GROUP_LETTERS; CODE_GROUPS]);
            assert!(code.bytes().all(|b| b == b'-' || CODE_LETTERS.contains(&b)), "{code}");
            assert_eq!(code_name(&code.to_lowercase().replace('-', " ")), code_name(&code));
        }
    }
}
