//! `keyturn rules pledge`: the owner-readable pledge of a profile, as a page or a PDF.

use super::show::named;
use crate::cli::{Answer, Ctx, Failure, write_file};
use clap::Args;
use keyturn_core::{model::Digest, policy::registry::Registry};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The service pledge of a profile for owners (S3-02), in the language of `--lang`.
#[derive(Debug, Args)]
pub(super) struct PledgeArgs {
    /// The profile: `cn-default@1`.
    profile: String,
    /// Where to: `.html` or `.pdf`.
    #[arg(long)]
    out: PathBuf,
    /// The community or project it is for.
    #[arg(long, default_value = "")]
    place: String,
    /// The folder of a hub, whose published profiles are known too.
    #[arg(long)]
    pub(super) data: Option<PathBuf>,
}

impl PledgeArgs {
    pub(super) fn run(&self, ctx: &Ctx, policies: &Registry, cwd: &Path) -> Result<Answer, Failure> {
        let at = named(&policies.library(), &self.profile)?;
        let profile = policies.find(&at.to_string()).ok_or_else(|| Failure::refused("profile-unknown", &[("profile", self.profile.clone())]))?;
        let cannot = |detail: String| Failure::cannot("cli-cannot-write", &[("path", self.out.display().to_string()), ("detail", detail)]);
        let ending = self.out.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        let bytes = match ending.as_str() {
            "html" | "htm" => crate::owner::pledge_html(profile, &self.place, ctx.lang).map_err(|error| cannot(error.to_string()))?.into_bytes(),
            "pdf" => crate::owner::pledge_pdf(profile, &self.place, ctx.lang).map_err(|error| cannot(error.to_string()))?.bytes,
            _ => return Err(Failure::cannot("rules-pledge-ending", &[("path", self.out.display().to_string())])),
        };
        write_file(&cwd.join(&self.out), &bytes)?;
        let shown = json!({ "profile": at, "path": self.out, "bytes": bytes.len(), "sha256": Digest::of(&bytes) });
        Ok(Answer::one(&shown, ctx.words("rules-pledge-written", &[("profile", at.to_string()), ("path", self.out.display().to_string())])))
    }
}
