//! `keyturn rules publish`: a draft becomes a profile of the project, which every device pulls.

use crate::{
    Hub, NotPublished,
    cli::{Answer, Ctx, Failure},
};
use clap::Args;
use keyturn_core::words::Told;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Publishes a draft on the hub: checked against the law and its bases, complete, under a version of its own. It holds for what begins from its
/// effective date on; running cases keep the profile they began under. A published version never changes.
#[derive(Debug, Args)]
pub(in crate::cli) struct Publish {
    /// The draft.
    file: PathBuf,
    /// The hub's folder.
    #[arg(long, default_value = "data/hub")]
    pub(in crate::cli) data: PathBuf,
}

impl Publish {
    pub(in crate::cli) async fn run(&self, ctx: &Ctx, hub: &Hub, cwd: &Path) -> Result<Answer, Failure> {
        let (file, text) = (super::show::short(&self.file), super::show::text_of(cwd, &self.file)?);
        match hub.publish(hub.own_person(), &hub.profile().roles.given.operator, &file, &text).await {
            Ok(profile) => {
                let from = profile.resolved.head.effective_from.to_string();
                let args = [("profile", profile.at.to_string()), ("from", from.clone())];
                Ok(Answer::one(&json!({ "profile": profile.at, "effective_from": from, "digest": profile.digest }), ctx.words("rules-published", &args)))
            }
            Err(NotPublished::Faults(faults)) => {
                let told: Vec<String> = faults.0.iter().map(|fault| fault.told(ctx.lang)).collect();
                Ok(Answer { wrong: true, ..Answer::one(&super::show::faults_json(ctx, &faults), told.join("\n")) })
            }
            Err(NotPublished::Hub(error)) => Err(error.into()),
        }
    }
}
