//! `keyturn verify`: checks a bundle with nothing but the bundle.

use super::{Answer, Ctx, Failure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use keyturn_core::{evidence::verify::verify_reader, model::Digest};
use std::{
    fs::File,
    io::{BufReader, IsTerminal},
    path::PathBuf,
};

/// A bundle to check.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The bundle.
    file: PathBuf,
    /// The fingerprint of the hub's key, known from elsewhere: a printed report, the operator's page. Spaces do not matter.
    #[arg(long, value_parser = fingerprint)]
    hub_key: Option<Digest>,
}

fn fingerprint(text: &str) -> Result<Digest, String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    plain.parse().map_err(|_| "64 hex digits".to_owned())
}

impl Verify {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        let unreadable = |error: std::io::Error| Failure::told(2, &keyturn_core::evidence::verify::CannotVerify::Io(error));
        let file = File::open(&self.file).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(bytes) } else { ProgressBar::hidden() };
        bar.set_style(ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes}").unwrap_or_else(|_| ProgressStyle::default_bar()));
        let verdict = verify_reader(BufReader::new(bar.wrap_read(file)), self.hub_key);
        bar.finish_and_clear();
        let verdict = verdict.map_err(|error| Failure::told(2, &error))?;
        Ok(Answer { wrong: verdict.exit_code() != 0, ..Answer::one(&verdict, verdict.told(ctx.lang)) })
    }
}
