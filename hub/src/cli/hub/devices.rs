//! `hub devices`, `hub revoke`.

use super::{Answer, Ctx, Failure};
use crate::{Hub, store::DeviceRow};
use clap::Args;
use keyturn_core::model::Id;
use serde_json::json;

/// A device to take out.
#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// The device: id, its short form, or its name where one device has it.
    device: String,
    /// Why: lost, stolen, its user left.
    #[arg(long)]
    why: String,
}

async fn all(hub: &Hub) -> Result<Vec<DeviceRow>, Failure> {
    Ok(hub.devices().await?.into_iter().filter(|d| !d.hub).collect())
}

pub(super) async fn list(ctx: &Ctx, hub: &Hub) -> Result<Answer, Failure> {
    let zone: chrono_tz::Tz = hub.zone().parse().unwrap_or(chrono_tz::UTC);
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    for device in all(hub).await? {
        let certificate = hub.certificate(&device)?;
        let contact = device.last_contact.map_or_else(|| ctx.words("console-never", &[]), |at| at.local_minute(zone));
        let args = [
            ("device", device.id.short()),
            ("name", device.name.clone()),
            ("role", certificate.role.clone()),
            ("contact", contact),
            ("records", device.unsent_records.to_string()),
            ("photos", device.unsent_photos.to_string()),
        ];
        lines.push(ctx.words(if device.revoked.is_some() { "cli-device-revoked" } else { "cli-device" }, &args));
        rows.push(json!({
            "id": device.id,
            "name": device.name,
            "platform": device.platform,
            "version": device.version,
            "person": certificate.person,
            "role": certificate.role,
            "scope": certificate.scope,
            "records": device.chain.seq,
            "last_contact": device.last_contact,
            "clock_offset_ms": device.offset_ms,
            "unsent_records": device.unsent_records,
            "unsent_photos": device.unsent_photos,
            "revoked": device.revoked,
        }));
    }
    let text = if lines.is_empty() { ctx.words("console-devices-none", &[]) } else { lines.join("\n") };
    Ok(Answer::rows(&rows, text))
}

impl Revoke {
    pub(super) async fn run(&self, ctx: &Ctx, hub: &Hub) -> Result<Answer, Failure> {
        let id = self.device.parse::<Id>().ok();
        let named = |d: &&DeviceRow| Some(d.id) == id || d.id.short() == self.device || d.name == self.device;
        let devices = all(hub).await?;
        let mut found = devices.iter().filter(named);
        let (Some(device), None) = (found.next(), found.next()) else {
            return Err(Failure::refused("hub-not-found", &[("what", "device".to_owned())]));
        };
        hub.revoke(hub.own_person(), &hub.profile().roles.given.operator, device.id, &self.why).await?;
        Ok(Answer::one(
            &json!({ "device": device.id, "name": device.name, "revoked": true }),
            ctx.words("cli-revoked", &[("device", device.id.short()), ("name", device.name.clone())]),
        ))
    }
}
