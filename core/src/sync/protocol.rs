//! What device and hub say to each other (ARCHITECTURE.md, "Sync protocol").

use crate::{
    log::{Chain, receipt::Receipt},
    model::{Digest, Id, UtcMs},
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Prefixed to the challenge that a device signs.
pub const SESSION_CONTEXT: &[u8] = b"keyturn-session-v1";

/// A device asks to join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time code from the invite.
    pub code: String,
    /// The device's public key, SEC1 compressed, hex.
    pub public: String,
    /// A name people know the device by.
    pub name: String,
    /// Its platform, such as `android 14` or `cli`.
    pub platform: String,
}

/// The hub lets it in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The certificate, hex.
    pub certificate: String,
    /// The hub's public key, hex.
    pub hub_public: String,
    /// The hub's time.
    pub hub_time: UtcMs,
    /// The project's name.
    pub project_name: String,
    /// The project's zone, such as `Asia/Shanghai`.
    pub zone: String,
}

/// What a device says when it opens a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRequest {
    /// Which device.
    pub device: Id,
    /// The challenge it answers, hex.
    pub challenge: String,
    /// ES256 over [`SESSION_CONTEXT`] and the challenge, hex.
    pub signature: String,
    /// The device clock.
    pub wall: UtcMs,
    /// Its corrected time.
    pub corrected: UtcMs,
    /// Records not yet on the hub.
    pub unsent_records: u64,
    /// Photos not yet safe on the hub.
    pub unsent_photos: u64,
    /// The newest checkpoint it holds: leaves and root.
    pub checkpoint: Option<(u64, Digest)>,
    /// The version of the app.
    pub version: String,
}

/// The hub's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionAnswer {
    /// The bearer token of the session's calls.
    pub token: String,
    /// The hub's time.
    pub hub_time: UtcMs,
    /// How many events of this device the hub holds.
    pub seq: u64,
    /// The chain head there.
    pub head: Digest,
    /// Revoked: may push, pulls nothing.
    pub revoked: bool,
    /// Whether the hub's tree contains the device's checkpoint. If not, the hub was restored from a backup: receipts are void
    /// and what they covered is sent again.
    pub checkpoint_known: bool,
}

/// Why the hub left an event out of the state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct RefusedEvent {
    /// Its number in the device's chain.
    #[n(0)]
    pub seq: u64,
    /// Message key.
    #[n(1)]
    pub key: String,
    /// The message's arguments.
    #[n(2)]
    pub args: Vec<(String, String)>,
}

/// The hub's answer to a batch.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct PushAnswer {
    /// Its chain for this device now.
    #[n(0)]
    pub chain: Chain,
    /// The receipt for it.
    #[n(1)]
    pub receipt: Receipt,
    /// Events kept but left out of the state.
    #[n(2)]
    pub refused: Vec<RefusedEvent>,
}

/// What an upload holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadKind {
    /// A packed batch of events.
    Batch,
    /// A 512-pixel picture.
    Small,
    /// An original.
    Original,
}

/// An error as the hub tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// Message key.
    pub key: String,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<(String, String)>,
    /// The words.
    pub zh: String,
    /// The words.
    pub en: String,
}

/// An invite as printed and shown as a QR code: `keyturn:` and these fields, so that a device speaks to no other hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The hub's address, `https://host:port` or `http://127.0.0.1:port`.
    pub url: String,
    /// The one-time code.
    pub code: String,
    /// The hub key's fingerprint.
    pub hub: Digest,
    /// SHA-256 of the hub's TLS certificate, when it made its own.
    pub tls: Option<Digest>,
    /// The role that the code stands for, to be seen before joining; the certificate alone gives one.
    #[serde(default)]
    pub role: Option<String>,
    /// The project's name, to be seen before joining.
    #[serde(default)]
    pub project: Option<String>,
}

/// The name as it stands in the line: bytes that mean something there, or are no ASCII, as `%E4`.
fn escaped(name: &str) -> String {
    name.bytes().map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let hex = rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

impl Invite {
    /// As one line.
    pub fn to_line(&self) -> String {
        let tls = self.tls.map(|d| format!("&tls={d}")).unwrap_or_default();
        let role = self.role.as_deref().map(|role| format!("&role={role}")).unwrap_or_default();
        let project = self.project.as_deref().map(|name| format!("&project={}", escaped(name))).unwrap_or_default();
        format!("keyturn:{}?code={}&hub={}{tls}{role}{project}", self.url, self.code, self.hub)
    }

    /// Reads what was scanned or typed.
    ///
    /// # Errors
    /// What it is, when it is no invite.
    pub fn read(text: &str) -> Result<Self, InviteFault> {
        let text = text.trim();
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        match Self::from_line(text) {
            Some(invite) => Ok(invite),
            None if lower.starts_with("keyturn:") => Err(InviteFault::Damaged),
            None if lower.starts_with("http://") || lower.starts_with("https://") => Err(InviteFault::WebPage),
            None => Err(InviteFault::Other),
        }
    }

    /// Reads the line; `None` when it is no invite.
    pub fn from_line(line: &str) -> Option<Self> {
        let rest = line.trim().strip_prefix("keyturn:")?;
        let (url, query) = rest.split_once('?')?;
        let (mut code, mut hub, mut tls, mut role, mut project) = (None, None, None, None, None);
        for pair in query.split('&') {
            match pair.split_once('=')? {
                ("code", v) => code = Some(v.to_owned()),
                ("hub", v) => hub = Some(v.parse().ok()?),
                ("tls", v) => tls = Some(v.parse().ok()?),
                ("role", v) => role = Some(v.to_owned()),
                // A name that is cut or damaged is not shown; it opens nothing.
                ("project", v) => project = unescaped(v),
                _ => {}
            }
        }
        Some(Self { url: url.to_owned(), code: code?, hub: hub?, tls, role, project })
    }
}

/// Asks for a one-time code to sign with: it reaches the person and nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRequest {
    /// For the handover of which unit.
    pub unit: Id,
    /// Who signs: a participant of it.
    pub signer: Id,
    /// One that is still good ends, and another is given.
    #[serde(default)]
    pub fresh: bool,
}

/// That a code was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeAnswer {
    /// Until when it signs, by the hub's clock.
    pub until: UtcMs,
}

/// What a scanned text is that is no invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteFault {
    /// An invite that is cut off or damaged.
    Damaged,
    /// The address of a page.
    WebPage,
    /// Something else.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_scanned_is_told_as_what_it_is() {
        let invite = Invite {
            url: "https://hub.example:7420".to_owned(),
            code: "ABCD-1234".to_owned(),
            hub: Digest::of(b"hub"),
            tls: Some(Digest::of(b"tls")),
            role: Some("inspector".to_owned()),
            project: Some("云溪雅苑 1&2=期%".to_owned()),
        };
        assert_eq!(Invite::read(&format!("  {}\n", invite.to_line())), Ok(invite.clone()));
        let bare = Invite { tls: None, role: None, project: None, ..invite.clone() };
        assert_eq!(Invite::read(&bare.to_line()), Ok(bare));
        let line = invite.to_line();
        // Cut anywhere it never becomes another hub or another code; it may lose only what is optional.
        for end in (0..line.len()).filter(|end| line.is_char_boundary(*end)) {
            if let Ok(read) = Invite::read(&line[..end]) {
                assert_eq!((&read.url, &read.code, read.hub), (&invite.url, &invite.code, invite.hub), "cut at {end}");
            }
        }
        for (text, fault) in [
            ("keyturn:https://hub.example", InviteFault::Damaged),
            ("KEYTURN:x", InviteFault::Damaged),
            ("https://hub.example/o/abc", InviteFault::WebPage),
            ("HTTP://example.com", InviteFault::WebPage),
            ("6901234567892", InviteFault::Other),
            ("", InviteFault::Other),
            ("登记码", InviteFault::Other),
        ] {
            assert_eq!(Invite::read(text), Err(fault), "{text}");
        }
    }
}
