//! `keyturn rules pledge`: the owner-readable pledge of a profile, as a page or a PDF.

use super::show::named;
use crate::cli::{Answer, Ctx, Failure, write_file};
use clap::Args;
use keyturn_core::{
    model::{Digest, UtcMs},
    policy::Profile,
    report::{Document, Moment, Picture, Pictures, PlanPicture, ServicePledge, render},
};
use serde_json::json;
use std::path::PathBuf;

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
}

/// A pledge shows no pictures.
struct NoPictures;

impl Pictures for NoPictures {
    fn photo(&self, _: &Digest) -> Picture {
        Picture::OnHubOnly
    }
    fn plan(&self, _: &Digest) -> PlanPicture {
        PlanPicture::Missing
    }
}

/// The pledge as PDF/A-2b. Its date is the day the profile takes effect, so that the same profile gives the same bytes.
pub(super) fn pdf(profile: &Profile, place: &str, lang: keyturn_core::words::Lang) -> Result<keyturn_core::report::Pdf, keyturn_core::report::ReportError> {
    let from = profile.resolved.head.effective_from.and_time(chrono::NaiveTime::MIN).and_utc();
    let at = Moment { at_ms: UtcMs(from.timestamp_millis()), offset_min: 0 };
    render(&Document::ServicePledge(Box::new(ServicePledge::of(profile, place, at))), lang, &NoPictures)
}

impl PledgeArgs {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        let at = named(keyturn_core::policy::resolve::Library::shipped(), &self.profile)?;
        let profile = Profile::find(&at.to_string()).ok_or_else(|| Failure::refused("profile-unknown", &[("profile", self.profile.clone())]))?;
        let cannot = |detail: String| Failure::cannot("cli-cannot-write", &[("path", self.out.display().to_string()), ("detail", detail)]);
        let ending = self.out.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        let bytes = match ending.as_str() {
            "html" | "htm" => crate::owner::pledge_html(profile, &self.place, ctx.lang).map_err(|error| cannot(error.to_string()))?.into_bytes(),
            "pdf" => pdf(profile, &self.place, ctx.lang).map_err(|error| cannot(error.to_string()))?.bytes,
            _ => return Err(Failure::cannot("rules-pledge-ending", &[("path", self.out.display().to_string())])),
        };
        write_file(&self.out, &bytes)?;
        let shown = json!({ "profile": at, "path": self.out, "bytes": bytes.len(), "sha256": Digest::of(&bytes) });
        Ok(Answer::one(&shown, ctx.words("rules-pledge-written", &[("profile", at.to_string()), ("path", self.out.display().to_string())])))
    }
}
