//! `keyturn sample-photos`, `keyturn sample-register`: something to try things with, made here.

use super::{Answer, Ctx, Failure};
use clap::Args;
use std::path::PathBuf;

/// Photographs to make.
#[derive(Debug, Args)]
pub(super) struct SamplePhotos {
    /// The folder; made when it is not there.
    dir: PathBuf,
    /// How many.
    #[arg(long, default_value_t = 30)]
    count: usize,
    /// Width of the stored pixels.
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u16).range(16..=16_000))]
    width_px: u16,
    /// Height of the stored pixels.
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u16).range(16..=16_000))]
    height_px: u16,
}

impl SamplePhotos {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        let paths = crate::photos::write_samples(&self.dir, self.count, self.width_px, self.height_px)
            .map_err(|error| Failure::cannot("cli-cannot-write", &[("path", self.dir.display().to_string()), ("detail", error.to_string())]))?;
        let rows: Vec<_> = paths.iter().map(|path| serde_json::json!({ "path": path })).collect();
        Ok(Answer::rows(&rows, ctx.words("cli-photos-made", &[("n", paths.len().to_string()), ("dir", self.dir.display().to_string())])))
    }
}

/// The register of the sample project.
#[derive(Debug, Args)]
pub(super) struct SampleRegister {
    /// The folder; made when it is not there.
    dir: PathBuf,
}

impl SampleRegister {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        let dir = self.dir.display().to_string();
        crate::sample::write(&self.dir).map_err(|error| Failure::cannot("cli-cannot-write", &[("path", dir.clone()), ("detail", error.to_string())]))?;
        Ok(Answer::one(&serde_json::json!({ "dir": dir }), ctx.words("cli-register-made", &[("dir", dir)])))
    }
}
