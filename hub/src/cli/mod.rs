//! The command `keyturn`: one binary for people, scripts, support and our own tests.
//!
//! Every subcommand answers in words or, with `--json`, as one object or JSON lines; it ends with 0 when it is done, 1 when it
//! was refused or found something wrong, and 2 when it could not run. Errors are words on stderr; with `--json` they are
//! `{"error":{"key","args","words"}}` on stdout, so that a script reads one stream.

mod export;
pub mod field;
mod help;
mod help_zh;
mod hub;
mod import;
mod outcome;
mod rules;
mod samples;
mod verify;

pub use outcome::{Answer, Failure, Shown};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};
use keyturn_core::{
    evidence::bundle::Made,
    field::DocumentKind,
    model::Digest,
    report::Pdf,
    words::{Lang, tr},
};
use std::{
    ffi::OsString,
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

/// Keyturn (交房通): the handover of homes, with evidence that holds.
#[derive(Debug, Parser)]
#[command(name = "keyturn", version, about, long_about = None, disable_help_subcommand = true)]
struct Cli {
    /// Answer as JSON: one object, or one a line.
    #[arg(long, global = true)]
    json: bool,
    /// Language of the words: zh-CN or en; by default that of LC_ALL or LANG, else zh-CN.
    #[arg(long, global = true, value_parser = lang)]
    lang: Option<Lang>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The field app without a screen: everything a device does, one command one durable act.
    Field(field::FieldArgs),
    /// The server of a project: devices, console, owners' pages; and what its operator does on the same machine.
    Hub(hub::HubArgs),
    /// Hub, sample project and one whole handover; then the console stays open. Also what `keyturn` alone does.
    Demo(crate::demo::DemoArgs),
    /// Imports a register from XLSX or CSV; importing twice changes nothing.
    Import(import::Import),
    /// Documents and bundles of a unit, from the hub.
    Export(export::Export),
    /// Checks a bundle with no network and no database: the verdict, who signed what and when, and the first broken record.
    Verify(verify::Verify),
    /// What the policy says: profiles and their lists, and what-if over cases: deadlines, warranty, approvals, severity.
    Rules(rules::RulesArgs),
    /// Makes sample photographs as a phone would take them.
    SamplePhotos(samples::SamplePhotos),
    /// Writes the sample project's register as CSV files and plans.
    SampleRegister(samples::SampleRegister),
}

/// What holds for a whole run.
#[derive(Clone, Copy, Debug)]
pub struct Ctx {
    /// Answer as JSON.
    pub json: bool,
    /// Language of the words.
    pub lang: Lang,
}

impl Ctx {
    /// The words for `key`.
    pub fn words(&self, key: &str, args: &[(&str, String)]) -> String {
        tr(self.lang, key, args)
    }
}

fn lang(tag: &str) -> Result<Lang, String> {
    Lang::from_tag(tag).ok_or_else(|| "zh-CN, en".to_owned())
}

/// The language of the surroundings, as POSIX orders the variables.
fn surrounding_lang() -> Lang {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG")).and_then(|tag| Lang::from_tag(&tag)).unwrap_or_default()
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let log = tracing_subscriber::EnvFilter::try_from_env("KEYTURN_LOG").unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(log).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).try_init();
    ExitCode::from(run(std::env::args_os().collect()))
}

/// Runs one command line; the exit code.
pub fn run(args: Vec<OsString>) -> u8 {
    let command = help::told(Cli::command(), asked_lang(&args));
    let cli = match command.try_get_matches_from(&args).and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &args),
    };
    let ctx = Ctx { json: cli.json, lang: cli.lang.unwrap_or_else(surrounding_lang) };
    // `keyturn` alone shows what it is for.
    let command = cli.command.unwrap_or_else(|| Command::Demo(crate::demo::DemoArgs::default()));
    let done = match command {
        Command::Field(args) => field::run(&ctx, &args),
        Command::Hub(args) => hub::run(&ctx, &args),
        Command::Demo(args) => crate::demo::run(&ctx, &args),
        Command::Import(import) => import.without_hub(&ctx).unwrap_or_else(|| hub::at_new_hub(&ctx, &import.data)),
        Command::Export(export) => hub::at_hub(&ctx, &export.data),
        Command::Verify(verify) => verify.run(&ctx),
        Command::Rules(args) => rules::run(&ctx, &args),
        Command::SamplePhotos(samples) => samples.run(&ctx),
        Command::SampleRegister(samples) => samples.run(&ctx),
    };
    match done {
        Ok(answer) => answer.show(&ctx),
        Err(failure) => failure.show(&ctx),
    }
}

/// What asynchronous parts run on.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Failure::cannot("cli-runtime", &[("detail", error.to_string())]))
}

/// Writes a file that somebody asked for: whole, or not at all; what was there before stays until then. What is no plain file is written as it is.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Failure::cannot("cli-cannot-write", &[("path", path.display().to_string()), ("detail", error.to_string())]);
    if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
        return std::fs::write(path, bytes).map_err(cannot);
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        // Nothing of a file that did not fit is left behind; the first error is the one to tell.
        let _ = std::fs::remove_file(&part);
        cannot(error)
    })
}

/// A document was written.
fn exported(ctx: &Ctx, kind: DocumentKind, out: &Path, pdf: &Pdf, number: Option<&str>) -> Answer {
    let digest = Digest::of(&pdf.bytes);
    let missing: String = pdf.missing_glyphs.iter().collect();
    let mut text = ctx.words("cli-exported", &[("path", out.display().to_string()), ("pages", pdf.pages.to_string()), ("digest", digest.grouped())]);
    if !missing.is_empty() {
        text += "\n";
        text += &ctx.words("cli-missing-glyphs", &[("glyphs", missing.clone())]);
    }
    let shown = serde_json::json!({
        "kind": kind.name(),
        "number": number,
        "path": out,
        "sha256": digest,
        "bytes": pdf.bytes.len(),
        "pages": pdf.pages,
        "missing_glyphs": missing,
    });
    Answer::one(&shown, text)
}

/// A bundle was written.
fn bundled(ctx: &Ctx, out: &Path, made: &Made, hub_key: Digest) -> Answer {
    let shown = serde_json::json!({
        "path": out,
        "bytes": made.bytes,
        "sha256": made.sha256,
        "records": made.records,
        "photos": made.photos,
        "signatures": made.signatures,
        "absent": made.absent,
        "hub_key": hub_key,
    });
    let args = [("path", out.display().to_string()), ("records", made.records.to_string()), ("photos", made.photos.to_string()), ("key", hub_key.to_string())];
    let mut text = ctx.words("cli-bundled", &args);
    if made.signatures == 0 {
        text = format!("{text}\n{}", ctx.words("verify-unsigned", &[]));
    }
    Answer::one(&shown, text)
}

/// The language that arguments ask for which are not parsed yet, or could not be.
fn asked_lang(args: &[OsString]) -> Lang {
    let texts: Vec<&str> = args.iter().filter_map(|a| a.to_str()).collect();
    let after = texts.iter().position(|a| *a == "--lang").and_then(|at| texts.get(at + 1).copied());
    let tag = texts.iter().find_map(|a| a.strip_prefix("--lang=")).or(after);
    tag.and_then(Lang::from_tag).unwrap_or_else(surrounding_lang)
}

/// Help and version are answers; anything else is a command line that cannot run.
fn usage(error: &clap::Error, args: &[OsString]) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = write!(std::io::stdout(), "{}", error.render());
        return 0;
    }
    let ctx = Ctx { json: args.iter().any(|arg| arg == "--json"), lang: asked_lang(args) };
    Failure::usage(&error.render().to_string()).show(&ctx)
}
