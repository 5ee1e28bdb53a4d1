//! `field export`: documents and bundles made on the device, with no hub.

use super::{Answer, Ctx, Device, Failure};
use crate::cli::{bundled, exported, write_file};
use clap::{Subcommand, ValueEnum};
use keyturn_core::field::{DocumentKind, ExportError};
use std::path::PathBuf;

/// A document of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Kind {
    /// The acceptance report.
    Acceptance,
    /// The rectification record.
    Rectification,
    /// The handover notice.
    Notice,
    /// The guide.
    Guide,
}

impl Kind {
    pub(in crate::cli) fn kind(self) -> DocumentKind {
        match self {
            Self::Acceptance => DocumentKind::Acceptance,
            Self::Rectification => DocumentKind::Rectification,
            Self::Notice => DocumentKind::Notice,
            Self::Guide => DocumentKind::Guide,
        }
    }
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
    /// The evidence of a unit as this device has it, in one file that `keyturn verify` checks.
    Bundle {
        /// The unit.
        unit: String,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
    },
}

impl ExportCommand {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        match self {
            Self::Report { unit, kind, out } => {
                let pdf = device.field.print(device.unit(unit)?, kind.kind(), ctx.lang)?;
                write_file(out, &pdf.bytes)?;
                Ok(exported(ctx, kind.kind(), out, &pdf, None))
            }
            Self::Bundle { unit, out } => {
                let made = device.field.bundle(device.unit(unit)?, out)?;
                Ok(bundled(ctx, out, &made, device.field.hub()?.fingerprint()))
            }
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Field(error) => error.into(),
            other => Self::told(2, &other),
        }
    }
}
