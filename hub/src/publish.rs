//! Publishing policy profiles and holiday notices: the draft is checked against law and bases, recorded as an event that every device pulls, and never changes.

use crate::{error::HubError, hub::Hub, roles};
use keyturn_core::{
    model::{
        Id,
        body::{AggKind, Body, Create},
    },
    policy::{
        Faults, Profile,
        calendar::Year,
        layer::{Layer, Scope},
        registry,
    },
    rules::Refusal,
    words::{Lang, word},
};
use serde_json::Value as Json;

/// The id of a project's own rules that begin with a confirmation.
const PROJECT_RULES: &str = "project-rules";

/// Why a draft was not published.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// Everything that is wrong in it.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// The hub could not, or the role may not.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl Hub {
    /// Publishes a draft in the name of `actor`. It is taken for what begins from its effective date on; running cases keep theirs.
    ///
    /// # Errors
    /// With everything that is wrong in it (looser than law, empty where required, a version that is there already); then nothing was done.
    pub async fn publish(&self, actor: Id, role: &str, file: &str, text: &str) -> Result<&'static Profile, NotPublished> {
        self.may_publish(role)?;
        self.policies().check(file, text)?;
        let layer = Layer::read(file, text)?;
        let id = registry::thing_id(self.project(), &layer.at);
        let body = Body::Create(Create { kind: AggKind::Policy, unit: None, parent: None, fields: registry::fields_of(&layer) });
        if self.state(id).await?.is_none_or(|thing| thing.created.is_none()) {
            self.act(actor, roles::HUB_ROLE, id, body).await?;
        }
        Ok(self.policies().take(file, text)?)
    }

    /// Publishes the holiday notice of a year, `cn` or a region's, in the name of `actor`. Every device pulls it; what was due provisionally
    /// is counted again with it, and nothing else. Also whether it said anything new.
    ///
    /// # Errors
    /// With everything that is wrong in it, or the day on which it contradicts a notice that is known; then nothing was done.
    pub async fn publish_notice(&self, actor: Id, role: &str, place: &str, file: &str, text: &str) -> Result<(Year, bool), NotPublished> {
        self.may_publish(role)?;
        let (year, new) = self.policies().notices().check(place, file, text)?;
        if new {
            let name = year.name(place);
            let id = registry::notice_id(self.project(), &name, text);
            let body = Body::Create(Create { kind: AggKind::Policy, unit: None, parent: None, fields: registry::notice_fields(&name, text) });
            if self.state(id).await?.is_none_or(|thing| thing.created.is_none()) {
                self.act(actor, roles::HUB_ROLE, id, body).await?;
            }
            if let Some(made) = self.state(id).await?.and_then(|thing| thing.created) {
                self.policies().take_notice(made.order, &name, text)?;
            }
        }
        Ok((year, new))
    }

    fn may_publish(&self, role: &str) -> Result<(), NotPublished> {
        if self.profile().roles.may(role, "policy.publish") {
            return Ok(());
        }
        let refusal = Refusal::of("rule-role", vec![("role", role.to_owned()), ("act", "policy.publish".to_owned())]);
        Err(HubError::Refused(refusal).into())
    }

    /// Lets a draft of the profile in force bind: an administrator has looked it up. The project's rules get a next version that is the same
    /// but for this, from today on; running cases keep theirs.
    ///
    /// # Errors
    /// When the role may not, there is no such draft with this value, or a version for later waits already.
    pub async fn confirm_draft(&self, actor: Id, role: &str, what: &str, value: Option<&Json>, against: &str) -> Result<&'static Profile, NotPublished> {
        let (active, today) = (self.profile(), self.0.today());
        let library = self.policies().library();
        let head = &active.resolved.head;
        if let Some(later) = library.all().find(|layer| layer.head.scope >= Scope::Group && layer.head.effective_from > today) {
            return Err(HubError::Refused(Refusal::with("rules-later-waits", "profile", later.at.to_string())).into());
        }
        // The project's own rules go on under their name; where none were published, they begin with this.
        let own = matches!(head.scope, Scope::Project | Scope::Community);
        let (id, scope) = if own { (active.at.id.as_str(), head.scope) } else { (PROJECT_RULES, Scope::Project) };
        let version = library.newest(id).map_or(1, |layer| layer.at.version.saturating_add(1));
        let words = |lang: Lang| if own { active.name(lang).to_owned() } else { word(lang, "rules-project") };
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let value = match value {
            None => String::new(),
            Some(value) => {
                let value = toml::Value::try_from(value).map_err(|_| HubError::Refused(Refusal::with("rule-unknown-item", "item", what)))?;
                format!("value = {value}, ")
            }
        };
        let text = format!(
            "id = {}\nversion = {version}\nzh = {}\nen = {}\neffective_from = \"{today}\"\nscope = \"{}\"\njurisdiction = {}\nbase = \"{}\"\n\
             confirm = [{{ what = {}, {value}by = {}, on = \"{today}\", against = {}, origin = \"product_default\" }}]\n",
            quoted(id),
            quoted(&words(Lang::Zh)),
            quoted(&words(Lang::En)),
            scope.name(),
            quoted(&head.jurisdiction),
            active.at,
            quoted(what),
            quoted(role),
            quoted(against),
        );
        self.publish(actor, role, &format!("{id}@{version}.toml"), &text).await
    }
}
