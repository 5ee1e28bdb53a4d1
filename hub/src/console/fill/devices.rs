//! Devices: rows and one in full.

use super::Cx;
use crate::console::{devices::DeviceRow, parts::Fact, sign::Sign};
use crate::store::DeviceRow as Stored;
use keyturn_core::log::{
    cert::{self, Scope},
    keys::HubPublic,
};

const DAY_MS: i64 = 24 * 3_600_000;

impl Cx<'_> {
    /// Devices in use, silent ones first, then revoked ones.
    pub fn device_rows(&self, hub: &HubPublic) -> Vec<DeviceRow> {
        let mut all: Vec<&Stored> = self.devices.values().filter(|d| !d.hub).collect();
        all.sort_by_key(|d| (d.revoked.is_some(), d.last_contact, d.id));
        all.into_iter().map(|d| self.device_row(d, hub)).collect()
    }

    /// One device as a row.
    pub fn device_row(&self, d: &Stored, hub: &HubPublic) -> DeviceRow {
        let certificate = cert::open(&d.certificate, hub).ok();
        let silent = d.last_contact.is_none_or(|at| self.w.now.0 - at.0 >= crate::roles::silent_ms(self.profile));
        let known = d.last_contact.is_some() && d.revoked.is_none();
        let limit = &self.profile.handover.device;
        let offset_bad = d.offset_ms.is_some_and(|ms| ms.abs() > i64::from(limit.clock_warn_seconds.value) * 1000);
        let sign = match () {
            () if d.revoked.is_some() => Sign::Refused,
            () if silent => Sign::OnDevice,
            () if d.unsent_records + d.unsent_photos > 0 => Sign::Sending,
            () => Sign::Safe,
        };
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let offline = d.last_contact.map(|at| i64::from(limit.offline_days.value) - (self.w.now.0 - at.0) / DAY_MS);
        DeviceRow {
            id: d.id.to_string(),
            name: d.name.clone(),
            person: certificate.as_ref().map(|c| self.person(c.person, &c.role)).unwrap_or_default(),
            role: certificate.as_ref().map(|c| self.role(&c.role)).unwrap_or_default(),
            sign,
            contact: d.last_contact,
            records: known.then(|| small(d.unsent_records)),
            photos: known.then(|| small(d.unsent_photos)),
            note: match (d.revoked, d.wrong_ms) {
                (Some(at), _) => self.w.t1("console-device-revoked-at", "when", self.w.when(at)),
                (None, 0) => String::new(),
                (None, ms) => self.w.t1("console-device-was-wrong", "offset", self.w.offset(ms)),
            },
            offset_ms: d.offset_ms,
            offset_bad,
            offline_days: offline.map(|n| u32::try_from(n).unwrap_or(0)),
            revoked: d.revoked.is_some(),
        }
    }

    /// What is told about one device.
    pub fn device_facts(&self, d: &Stored, hub: &HubPublic) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut fact = |key: &str, value: String| facts.push(Fact::new(self.w.t(key), value));
        if let Ok(c) = cert::open(&d.certificate, hub) {
            let scope = match &c.scope {
                Scope::Project => self.w.t("console-scope-project"),
                Scope::Units(units) => {
                    let mut names: Vec<String> = units.iter().filter_map(|u| self.book.get(*u)).map(|u| self.unit_name(u)).collect();
                    names.sort();
                    names.join(", ")
                }
                Scope::Orders(to) => self.w.t1("console-scope-orders", "name", self.book.get(*to).and_then(|c| c.text("name")).unwrap_or_default()),
            };
            fact("console-invite-scope", scope);
            fact("console-fact-certificate", self.w.t1("console-fact-issued", "when", self.w.when(c.issued)));
        }
        fact("console-fact-chain", self.w.t2("console-fact-chain-text", "seq", d.chain.seq, "head", d.chain.head.short()));
        fact("console-fact-app", format!("{} · {}", d.platform, d.version));
        facts
    }
}
