//! Devices: last contact, what is still unsent, clocks, revoking, inviting.

use super::{
    parts::{Fact, RefusedRecord},
    shell::{NavItem, Place, Shell},
    sign::Sign,
    snags::Choice,
    text::Words,
    unit::Qr,
};
use askama::Template;
use keyturn_core::model::time::UtcMs;

/// A device as a row. What it has not sent is what it last told; unknown is `None`, never 0.
#[derive(Debug, Clone)]
pub struct DeviceRow {
    /// Identifier in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who uses it.
    pub person: String,
    /// In which role, in words.
    pub role: String,
    /// `Safe` (nothing unsent), `Sending`, `OnDevice` (silent) or `Refused` (revoked).
    pub sign: Sign,
    /// Last contact by the hub's clock.
    pub contact: Option<UtcMs>,
    /// Records still on it.
    pub records: Option<u32>,
    /// Photographs still on it.
    pub photos: Option<u32>,
    /// What it says about waiting, or what the hub noticed.
    pub note: String,
    /// Its clock against the hub's.
    pub offset_ms: Option<i64>,
    /// The offset is larger than the policy allows.
    pub offset_bad: bool,
    /// Days it may still work without contact.
    pub offline_days: Option<u32>,
    /// It was revoked.
    pub revoked: bool,
}

/// One device in full.
#[derive(Debug, Clone)]
pub struct DeviceDetail {
    /// Its row.
    pub row: DeviceRow,
    /// Certificate, scope, chain head, storage.
    pub facts: Vec<Fact>,
    /// What the hub did not take up of it.
    pub refused: Vec<RefusedRecord>,
    /// The name typed did not match.
    pub wrong_name: bool,
    /// Why the reader's role may not revoke.
    pub barred: Option<String>,
}

/// An invitation just made; the code is shown once.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// One-time code, grouped for reading.
    pub code: String,
    /// The same with address and fingerprint as a QR code.
    pub qr: Qr,
    /// For whom.
    pub person: String,
    /// In which role.
    pub role: String,
    /// Until when.
    pub ends: UtcMs,
    /// Fingerprint of the hub's certificate, to compare.
    pub fingerprint: String,
}

/// The page.
#[derive(Debug, Clone, Default)]
pub struct Devices {
    /// Devices: silent first, revoked last.
    pub rows: Vec<DeviceRow>,
    /// The one chosen.
    pub chosen: Option<DeviceDetail>,
    /// An invitation just made.
    pub invitation: Option<Invitation>,
    /// Roles a device can be invited in.
    pub roles: Vec<Choice>,
    /// Scopes: the project, a building, a crew.
    pub scopes: Vec<Choice>,
    /// Why the reader's role may not invite.
    pub invite_barred: Option<String>,
    /// People to choose from when inviting.
    pub people: Vec<String>,
    /// Contact within this is recent (a value of the policy).
    pub recent_ms: i64,
    /// After how long without contact a device counts as silent (a value of the policy).
    pub silent_ms: i64,
}

/// Figures above the table.
struct Sums {
    hour: usize,
    day: usize,
    silent: usize,
    records: u32,
    photos: u32,
    clocks: usize,
    in_use: usize,
    revoked: usize,
}

#[derive(Template)]
#[template(path = "devices.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a Devices,
    f: Sums,
}

impl View<'_> {
    fn word(&self, sign: &Sign) -> String {
        match sign {
            Sign::Safe => self.w.t("console-device-complete"),
            Sign::Sending => self.w.t("console-device-unsent"),
            Sign::Refused => self.w.t("console-device-revoked"),
            _ => self.w.t("console-device-silent"),
        }
    }

    fn is_chosen(&self, row: &DeviceRow) -> bool {
        self.p.chosen.as_ref().is_some_and(|c| c.row.id == row.id)
    }
}

impl Devices {
    fn sums(&self, now: UtcMs) -> Sums {
        let live = || self.rows.iter().filter(|r| !r.revoked);
        let age = |r: &DeviceRow| r.contact.map(|c| now.0 - c.0);
        Sums {
            hour: live().filter(|r| age(r).is_some_and(|a| a < self.recent_ms)).count(),
            day: live().filter(|r| age(r).is_some_and(|a| (self.recent_ms..self.silent_ms).contains(&a))).count(),
            silent: live().filter(|r| age(r).is_none_or(|a| a >= self.silent_ms)).count(),
            records: live().filter_map(|r| r.records).sum(),
            photos: live().filter_map(|r| r.photos).sum(),
            clocks: live().filter(|r| r.offset_bad).count(),
            in_use: live().count(),
            revoked: self.rows.len() - live().count(),
        }
    }

    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Devices), p: self, f: self.sums(shell.words.now) }.render()
    }
}
