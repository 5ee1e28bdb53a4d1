//! `field export`: documents made on the device, with no hub.

use super::{Answer, Ctx, Device, Failure};
use clap::{Subcommand, ValueEnum};
use keyturn_core::{field::DocumentKind, model::Digest};
use std::path::PathBuf;

/// A document of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// The acceptance report.
    Acceptance,
    /// The rectification record.
    Rectification,
    /// The handover notice.
    Notice,
    /// The guide.
    Guide,
}

/// What is made.
#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// A document as PDF/A, the same bytes as the hub makes.
    Report {
        /// The unit.
        unit: String,
        /// Which document.
        #[arg(long, value_enum, default_value_t = Kind::Acceptance)]
        kind: Kind,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
    },
}

impl ExportCommand {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        let Self::Report { unit, kind, out } = self;
        let kind = match kind {
            Kind::Acceptance => DocumentKind::Acceptance,
            Kind::Rectification => DocumentKind::Rectification,
            Kind::Notice => DocumentKind::Notice,
            Kind::Guide => DocumentKind::Guide,
        };
        let pdf = device.field.print(device.unit(unit)?, kind, ctx.lang)?;
        std::fs::write(out, &pdf.bytes).map_err(|error| Failure::cannot("cli-cannot-write", &[("path", out.display().to_string()), ("detail", error.to_string())]))?;
        let digest = Digest::of(&pdf.bytes);
        let missing: String = pdf.missing_glyphs.iter().collect();
        let mut text = ctx.words("cli-exported", &[("path", out.display().to_string()), ("pages", pdf.pages.to_string()), ("digest", digest.grouped())]);
        if !missing.is_empty() {
            text += "\n";
            text += &ctx.words("cli-missing-glyphs", &[("glyphs", missing.clone())]);
        }
        let shown = serde_json::json!({ "kind": kind.name(), "path": out, "sha256": digest, "bytes": pdf.bytes.len(), "pages": pdf.pages, "missing_glyphs": missing });
        Ok(Answer::one(&shown, text))
    }
}
