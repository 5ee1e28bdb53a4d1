//! Joining a project: what a code says before anything is sent, and the joining.

use crate::{
    error::KeyturnError,
    foreign::KeyPlace,
    store::{FieldStore, KEY_PLACE, Result},
    sync::runtime,
    types::{Id, Sha256, UtcMs, Words},
};
use keyturn_core::{
    policy::Profile,
    rules::Refusal,
    sync::protocol::{Invite, InviteFault},
};

/// What a scanned or typed text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum InviteKind {
    /// An invite.
    Invite,
    /// An invite that is cut off or damaged.
    Damaged,
    /// The address of a page, such as an owner's link.
    WebPage,
    /// Words or digits of something else.
    Other,
}

/// What a code says, read without any network.
#[derive(Clone, Debug, uniffi::Record)]
pub struct InviteView {
    /// What it is.
    pub kind: InviteKind,
    /// What it is, and what to do, in words.
    pub words: Words,
    /// The hub's address.
    pub hub_url: Option<String>,
    /// The fingerprint of the hub's key, which the office can read out.
    pub fingerprint: Option<Sha256>,
    /// The fingerprint in groups of four.
    pub fingerprint_grouped: Option<String>,
    /// The role that the device will have, where the invite names it.
    pub role: Option<Words>,
    /// The project, where the invite names it.
    pub project: Option<String>,
}

/// Who holds this device, as certified by the hub.
#[derive(Clone, Debug, uniffi::Record)]
pub struct DeviceView {
    /// This device.
    pub device: Id,
    /// Who holds it.
    pub person: Id,
    /// The holder's name, where this device may read it.
    pub person_name: Option<String>,
    /// Role id.
    pub role: String,
    /// The role in words.
    pub role_name: Words,
    /// The project.
    pub project: Id,
    /// Its name.
    pub project_name: String,
    /// The project's zone, such as `Asia/Shanghai`.
    pub zone: String,
    /// The hub's address.
    pub hub_url: String,
    /// The fingerprint of the hub's key.
    pub fingerprint: Sha256,
    /// Where the device's key is kept.
    pub key_place: KeyPlace,
    /// When it joined.
    pub joined: UtcMs,
    /// The version of the notice on personal data that was agreed to, `id@version`.
    pub notice: Option<String>,
}

/// Reads a scanned or typed code, so that hub and fingerprint are seen before joining; a code of something else is told as what it is.
#[uniffi::export]
pub fn read_invite(text: &str) -> InviteView {
    let empty = |kind, key: &str| InviteView {
        kind,
        words: Words::of(key, &[]),
        hub_url: None,
        fingerprint: None,
        fingerprint_grouped: None,
        role: None,
        project: None,
    };
    match Invite::read(text) {
        Ok(invite) => InviteView {
            role: invite.role.as_deref().map(|role| Words::named(&Profile::builtin().roles.list, role)),
            project: invite.project,
            hub_url: Some(invite.url),
            fingerprint: Some(invite.hub),
            fingerprint_grouped: Some(invite.hub.grouped()),
            ..empty(InviteKind::Invite, "invite-good")
        },
        Err(InviteFault::Damaged) => empty(InviteKind::Damaged, "invite-damaged"),
        Err(InviteFault::WebPage) => empty(InviteKind::WebPage, "invite-web-page"),
        Err(InviteFault::Other) => empty(InviteKind::Other, "invite-other"),
    }
}

#[uniffi::export]
impl FieldStore {
    /// Whether the device has joined a project.
    pub fn is_enrolled(&self) -> Result<bool> {
        Ok(self.core()?.certificate().is_ok())
    }

    /// Joins the project of an invite and records which version of the notice on personal data was agreed to (`id@version`). Needs the hub;
    /// takes as long as the network takes, on the caller's thread.
    pub fn enrol(&self, invite: &str, device_name: &str, platform: &str, notice: &str) -> Result<DeviceView> {
        let opened = self.opened()?;
        let invite = Invite::read(invite).map_err(|_| KeyturnError::input("ffi-no-invite", invite))?;
        let known = core_notice(&opened.core, notice);
        if !known {
            return Err(Refusal::with("rule-unknown-item", "item", notice).into());
        }
        let place = opened.core.store().meta(KEY_PLACE)?.unwrap_or_default();
        let platform = format!("{platform} · {}", KeyPlace::from_name(&place).name());
        let runtime = runtime()?;
        runtime.block_on(keyturn_core::sync::enrol(&opened.core, &invite, device_name, &platform))?;
        opened.core.store().set_meta(NOTICE, notice.as_bytes())?;
        self.device()
    }

    /// Who holds this device.
    pub fn device(&self) -> Result<DeviceView> {
        let core = self.core()?;
        let certificate = core.certificate()?;
        let text = |key: &str| -> Result<Option<String>> { Ok(core.store().meta(key)?.and_then(|bytes| String::from_utf8(bytes).ok())) };
        Ok(DeviceView {
            device: certificate.device,
            person: certificate.person,
            person_name: core.person_name(certificate.person)?,
            role_name: Words::named(&core.profile().roles.list, &certificate.role),
            role: certificate.role,
            project: certificate.project,
            project_name: text("project_name")?.unwrap_or_default(),
            zone: core.zone()?.name().to_owned(),
            hub_url: text("hub_url")?.unwrap_or_default(),
            fingerprint: core.hub()?.fingerprint(),
            key_place: KeyPlace::from_name(&core.store().meta(KEY_PLACE)?.unwrap_or_default()),
            joined: certificate.issued,
            notice: text(NOTICE)?,
        })
    }

    /// A text shown to people, such as `privacy_notice`, `e_signature_notice`, `photo_position`: its words and its version `id@version`.
    pub fn notice(&self, id: &str) -> Result<NoticeView> {
        let core = self.core()?;
        let text = core.profile().texts.get(id).ok_or(keyturn_core::field::FieldError::NotFound("notice"))?;
        Ok(NoticeView { version: format!("{}@{}", text.id, text.version), words: Words { zh: text.zh.trim().to_owned(), en: text.en.trim().to_owned() } })
    }

    /// Whether the position in a photo's file may be kept; off until consent was given.
    pub fn set_position_consent(&self, given: bool) -> Result<()> {
        Ok(self.core()?.set_position_consent(given)?)
    }
}

/// A text shown to people.
#[derive(Clone, Debug, uniffi::Record)]
pub struct NoticeView {
    /// `id@version`: what is recorded as shown.
    pub version: String,
    /// The words.
    pub words: Words,
}

/// The name under which the store keeps the notice agreed to.
const NOTICE: &str = "notice_agreed";

fn core_notice(core: &keyturn_core::field::FieldStore, notice: &str) -> bool {
    core.profile().texts.list.iter().any(|text| format!("{}@{}", text.id, text.version) == notice)
}
