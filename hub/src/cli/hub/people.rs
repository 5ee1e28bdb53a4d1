//! `hub invite`, `hub login`, `hub owner-link`.

use super::{Answer, Ctx, Failure};
use crate::{Hub, RegisterRow, RegisterValue};
use clap::{ArgGroup, Args, ValueEnum};
use keyturn_core::{
    field::door_of,
    log::{cert::Scope, fold::Aggregate},
    model::{Id, Value, body::AggKind},
};
use qrcode::{QrCode, render::unicode::Dense1x2};
use serde_json::json;

/// Who a new person is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Of the office.
    Staff,
    /// Of a repair crew.
    Crew,
}

/// An invite of a device.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").required(true).args(["person", "new_person"])))]
pub(super) struct Invites {
    /// The person: id, or name where one person has it.
    #[arg(long)]
    person: Option<String>,
    /// The name of somebody who is not in the register yet.
    #[arg(long, value_name = "NAME")]
    new_person: Option<String>,
    /// Who the new person is.
    #[arg(long, value_enum, default_value_t = Kind::Staff)]
    kind: Kind,
    /// The role, such as inspector, repair_team, team_captain, clerk.
    #[arg(long)]
    role: String,
    /// What the device may hold: `project`, `units:2-1-1102,2-1-1103` (ids or doors), or `orders:CREW` (id or name).
    #[arg(long)]
    scope: String,
}

/// A login to the console.
#[derive(Debug, Args)]
pub(super) struct Login {
    /// The person: id or name; the hub's operator if not given.
    #[arg(long)]
    person: Option<String>,
    /// The role at the console.
    #[arg(long, default_value = "service_manager")]
    role: String,
}

/// Links for owners.
#[derive(Debug, Args)]
pub(super) struct OwnerLink {
    /// The unit: id, or the door as `2-1-1102`.
    unit: String,
    /// One owner only: id or name.
    #[arg(long)]
    owner: Option<String>,
}

fn not_found(what: &str) -> Failure {
    Failure::refused("hub-not-found", &[("what", what.to_owned())])
}

/// Exactly one.
fn only<T>(mut found: impl Iterator<Item = T>, what: &str) -> Result<T, Failure> {
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(not_found(what)),
    }
}

async fn person(hub: &Hub, words: &str) -> Result<Id, Failure> {
    if let Ok(id) = words.parse::<Id>() {
        let known = hub.state(id).await?.is_some_and(|p| p.kind == Some(AggKind::Person));
        return if known { Ok(id) } else { Err(not_found("person")) };
    }
    let mut found = Vec::new();
    for person in hub.all(AggKind::Person).await? {
        if hub.read_text(&person, "name").await?.as_deref() == Some(words) {
            found.push(person.id);
        }
    }
    only(found.into_iter(), "person")
}

pub(in crate::cli) async fn unit(hub: &Hub, words: &str) -> Result<Aggregate, Failure> {
    if let Ok(id) = words.parse::<Id>() {
        return hub.state(id).await?.filter(|u| u.kind == Some(AggKind::Unit)).ok_or_else(|| not_found("unit"));
    }
    only(hub.all(AggKind::Unit).await?.into_iter().filter(|u| door_of(u) == words), "unit")
}

async fn scope(hub: &Hub, words: &str) -> Result<Scope, Failure> {
    match words.split_once(':') {
        None if words == "project" => Ok(Scope::Project),
        Some(("units", list)) => {
            let mut units = Vec::new();
            for word in list.split(',') {
                units.push(unit(hub, word.trim()).await?.id);
            }
            Ok(Scope::Units(units))
        }
        Some(("orders", crew)) => {
            let all = hub.all(AggKind::Contractor).await?;
            let id = crew.parse::<Id>().ok();
            Ok(Scope::Orders(only(all.iter().filter(|c| Some(c.id) == id || c.text("name") == Some(crew)), "contractor")?.id))
        }
        _ => Err(Failure::cannot("cli-bad-scope", &[("text", words.to_owned())])),
    }
}

impl Invites {
    async fn who(&self, hub: &Hub) -> Result<Id, Failure> {
        if let Some(words) = &self.person {
            return person(hub, words).await;
        }
        let name = self.new_person.as_deref().unwrap_or_default().trim();
        if name.is_empty() {
            return Err(Failure::refused("rule-participant-name", &[]));
        }
        let key = format!("staff/{name}");
        if hub.state(hub.register_id(&key)).await?.is_some() {
            return Err(Failure::refused("cli-person-known", &[]));
        }
        let kind = match self.kind {
            Kind::Staff => "staff",
            Kind::Crew => "crew",
        };
        let row = RegisterRow {
            kind: AggKind::Person,
            key: key.clone(),
            unit: None,
            parent: None,
            fields: vec![("name".to_owned(), RegisterValue::Personal(name.to_owned())), ("kind".to_owned(), RegisterValue::Open(Value::from(kind)))],
        };
        hub.import(hub.own_person(), &hub.profile().roles.given.operator, vec![row]).await?;
        Ok(hub.register_id(&key))
    }

    pub(super) async fn run(&self, ctx: &Ctx, hub: &Hub) -> Result<Answer, Failure> {
        // Everything that may be refused comes before somebody is written into the register.
        let scope = scope(hub, &self.scope).await?;
        crate::roles::lets_in(hub.profile(), &self.role, keyturn_core::policy::roles::Entry::Device).map_err(crate::HubError::from)?;
        let person = self.who(hub).await?;
        let invite = hub.invite(person, &self.role, scope.clone()).await?;
        let line = invite.to_line();
        let args = [
            ("code", invite.code.clone()),
            ("hours", (crate::roles::invite_ms(hub.profile()) / 3_600_000).to_string()),
            ("key", invite.hub.grouped()),
            ("line", line.clone()),
        ];
        let text = format!("{}\n{}", qr(&line), ctx.words("cli-invited", &args));
        let shown = json!({ "line": line, "code": invite.code, "url": invite.url, "hub": invite.hub, "tls": invite.tls, "person": person, "role": self.role, "scope": scope });
        Ok(Answer::one(&shown, text))
    }
}

/// A QR code for a dark terminal; empty when the text is too long for one.
fn qr(text: &str) -> String {
    let code = QrCode::new(text).map(|code| code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(true).build());
    code.unwrap_or_default()
}

impl Login {
    pub(super) async fn run(&self, ctx: &Ctx, hub: &Hub) -> Result<Answer, Failure> {
        let person = match &self.person {
            Some(words) => person(hub, words).await?,
            None => hub.own_person(),
        };
        let token = hub.login_link(person, &self.role).await?;
        let url = format!("{}/console/login/{token}", hub.url());
        let minutes = hub.limits().login_ms / 60_000;
        let text = ctx.words("cli-login", &[("url", url.clone()), ("minutes", minutes.to_string())]);
        Ok(Answer::one(&json!({ "url": url, "role": self.role, "person": person, "minutes": minutes }), text))
    }
}

impl OwnerLink {
    pub(super) async fn run(&self, ctx: &Ctx, hub: &Hub) -> Result<Answer, Failure> {
        let unit = unit(hub, &self.unit).await?;
        let mut owners: Vec<Id> = match unit.get("owners") {
            Some(Value::List(owners)) => owners.iter().filter_map(Value::id).collect(),
            _ => Vec::new(),
        };
        if let Some(words) = &self.owner {
            let one = person(hub, words).await?;
            owners.retain(|owner| *owner == one);
        }
        if owners.is_empty() {
            return Err(not_found("owner"));
        }
        let days = crate::roles::owner_link_ms(hub.profile()) / 86_400_000;
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        for owner in owners {
            let url = format!("{}/o/{}", hub.url(), hub.owner_link(unit.id, owner).await?);
            lines.push(ctx.words("cli-owner-link", &[("url", url.clone()), ("days", days.to_string())]));
            rows.push(json!({ "url": url, "unit": unit.id, "owner": owner, "days": days }));
        }
        Ok(Answer::rows(&rows, lines.join("\n")))
    }
}
