//! `keyturn export`: documents and bundles from the hub.

use super::{Answer, Ctx, Failure, field::Kind};
use crate::{DocumentError, Hub};
use clap::{Args, Subcommand};
use keyturn_core::words::Told;
use std::path::{Path, PathBuf};

/// Something to export.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The hub's folder; the hub may be running or not.
    #[arg(long, global = true, default_value = "data/hub")]
    pub(super) data: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A document of a unit as PDF/A.
    Report {
        /// The unit: id, or the door as `2-1-1102`.
        unit: String,
        /// Which document.
        #[arg(long, value_enum, default_value_t = Kind::Acceptance)]
        kind: Kind,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// The evidence of a unit as one file that `keyturn verify` checks.
    Bundle {
        /// The unit.
        unit: String,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
    },
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        let code = match &error {
            DocumentError::Hub(hub) => return Self { code: Self::code_of(hub), ..Self::told(2, &error) },
            DocumentError::Nothing => 1,
            _ => 2,
        };
        Self::told(code, &error as &dyn Told)
    }
}

impl Export {
    /// Writes the file where a command that was typed in `cwd` wants it.
    pub(super) async fn run(&self, ctx: &Ctx, hub: &Hub, cwd: &Path) -> Result<Answer, Failure> {
        match &self.what {
            What::Report { unit, kind, out } => {
                let unit = super::hub::unit(hub, unit).await?.id;
                let printed = hub.print(hub.own_person(), &hub.profile().roles.given.register, unit, kind.kind(), ctx.lang).await?;
                super::write_file(&cwd.join(out), &printed.pdf.bytes)?;
                Ok(super::exported(ctx, kind.kind(), out, &printed.pdf, Some(&printed.number)))
            }
            What::Bundle { unit, out } => {
                let unit = super::hub::unit(hub, unit).await?.id;
                let made = hub.bundle(unit, &cwd.join(out)).await?;
                Ok(super::bundled(ctx, out, &made, hub.public().fingerprint()))
            }
        }
    }
}
