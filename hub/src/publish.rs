//! Publishing a policy profile: the draft is checked against law and bases, recorded as an event that every device pulls, and never changes.

use crate::{error::HubError, hub::Hub, roles};
use keyturn_core::{
    model::{
        Id,
        body::{AggKind, Body, Create},
    },
    policy::{Faults, Profile, layer::Layer, registry},
    rules::Refusal,
};

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
        if !self.profile().roles.may(role, "policy.publish") {
            let refusal = Refusal::of("rule-role", vec![("role", role.to_owned()), ("act", "policy.publish".to_owned())]);
            return Err(HubError::Refused(refusal).into());
        }
        self.policies().library().check(file, text)?;
        let layer = Layer::read(file, text)?;
        let id = registry::thing_id(self.project(), &layer.at);
        let body = Body::Create(Create { kind: AggKind::Policy, unit: None, parent: None, fields: registry::fields_of(&layer) });
        if self.state(id).await?.is_none_or(|thing| thing.created.is_none()) {
            self.act(actor, roles::HUB_ROLE, id, body).await?;
        }
        Ok(self.policies().take(file, text)?)
    }
}
