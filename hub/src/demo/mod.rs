//! The README's first command: a hub, a sample project, and one whole handover through real stores over real HTTP, from an empty
//! folder to a sealed report and a bundle that anybody can check. Then the console stays open.

mod album;
pub mod cut;
mod neighbours;
mod play;
mod script;

use crate::{
    Hub, HubConfig, HubError, TlsChoice,
    cli::{Answer, Ctx, Failure},
    documents::DocumentError,
};
use indicatif::{ProgressBar, ProgressStyle};
use keyturn_core::{
    evidence::verify::{self, CannotVerify},
    field::{DocumentKind, FieldError},
    model::{Digest, Id, Value, act::Act, body::AggKind},
    sync::SyncError,
    words::{Lang, Told, tr},
};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    io::IsTerminal,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// The demo's options.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    /// Play once and exit with a summary instead of keeping the console open.
    #[arg(long)]
    pub once: bool,
    /// The folder that keeps everything.
    #[arg(long, default_value = DATA)]
    pub data: PathBuf,
    /// Where the hub listens, on this machine; a free port if it is taken.
    #[arg(long, default_value_t = LISTEN)]
    pub listen: SocketAddr,
}

const DATA: &str = "data";
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7420);

impl Default for DemoArgs {
    fn default() -> Self {
        Self { once: false, data: DATA.into(), listen: LISTEN }
    }
}

/// Why the demo stopped.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The hub could not.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// A device could not.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A sync stopped.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// A document was not made.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A bundle could not be read back.
    #[error(transparent)]
    Verify(#[from] CannotVerify),
    /// A file could not be written.
    #[error("a file could not be written: {0}")]
    Io(#[from] std::io::Error),
    /// The sample project lacks what the script needs.
    #[error("the sample project has no {0}")]
    Script(&'static str),
}

impl Told for DemoError {
    fn key(&self) -> &'static str {
        match self {
            Self::Hub(e) => e.key(),
            Self::Field(e) => e.key(),
            Self::Sync(e) => e.key(),
            Self::Document(e) => e.key(),
            Self::Verify(e) => e.key(),
            Self::Io(_) => "document-io",
            Self::Script(_) => "demo-script",
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Hub(e) => e.args(),
            Self::Field(e) => e.args(),
            Self::Sync(e) => e.args(),
            Self::Document(e) => e.args(),
            Self::Verify(e) => e.args(),
            Self::Script(what) => vec![("what", (*what).to_owned())],
            Self::Io(_) => Vec::new(),
        }
    }
}

/// Says what happens: a line for people or for scripts, a bar on a terminal.
pub struct Teller {
    ctx: Ctx,
    began: Instant,
}

impl Teller {
    /// A step is done.
    pub fn step(&self, key: &str, args: &[(&str, String)]) {
        let seconds = self.began.elapsed().as_secs_f64();
        if self.ctx.json {
            let args: serde_json::Map<String, serde_json::Value> = args.iter().map(|(k, v)| ((*k).to_owned(), v.clone().into())).collect();
            println!("{}", serde_json::json!({ "step": key, "args": args, "seconds": (seconds * 10.0).round() / 10.0 }));
        } else {
            println!("{seconds:>6.1} s  {}", tr(self.ctx.lang, key, args));
        }
    }

    /// Counts to `total`: a bar on a terminal, elsewhere a line now and then, `so_far` with `n` and `of`.
    pub fn progress(&self, key: &str, so_far: &'static str, total: u64) -> Count<'_> {
        let seen = !self.ctx.json && std::io::stderr().is_terminal();
        let bar = if seen { ProgressBar::new(total).with_message(tr(self.ctx.lang, key, &[])) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("         {msg} {bar:24} {pos}/{len}") {
            bar.set_style(style);
        }
        if seen {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Count { bar, tell: self, so_far, total, told: std::cell::Cell::new(Instant::now()), at: std::cell::Cell::new(0), seen }
    }

    /// Says on a terminal that something is being done, until it is dropped.
    pub fn busy(&self, key: &str) -> Busy {
        if self.ctx.json || !std::io::stderr().is_terminal() {
            return Busy(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner().with_message(tr(self.ctx.lang, key, &[]));
        if let Ok(style) = ProgressStyle::with_template("         {spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Busy(bar)
    }
}

/// Silence longer than this makes people think that nothing happens.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// A count that goes on.
pub struct Count<'a> {
    bar: ProgressBar,
    tell: &'a Teller,
    so_far: &'static str,
    total: u64,
    told: std::cell::Cell<Instant>,
    at: std::cell::Cell<u64>,
    seen: bool,
}

impl Count<'_> {
    /// One more.
    pub fn inc(&self) {
        self.bar.inc(1);
        self.at.set(self.at.get() + 1);
        if !self.seen && self.told.get().elapsed() > SILENCE_MAX {
            self.told.set(Instant::now());
            self.tell.step(self.so_far, &[("n", self.at.get().to_string()), ("of", self.total.to_string())]);
        }
    }

    /// All are done.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Something that takes a while.
pub struct Busy(ProgressBar);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What the demo ends with.
#[derive(Debug, Serialize)]
pub struct Summary {
    photos: Photos,
    snags: usize,
    events: u64,
    cuts: u32,
    files: Files,
    verify: Verified,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Photos {
    taken: usize,
    on_hub: usize,
    distinct: usize,
}

#[derive(Debug, Serialize)]
struct Files {
    report: PathBuf,
    rectification: PathBuf,
    bundle: PathBuf,
}

#[derive(Debug, Serialize)]
struct Verified {
    ok: bool,
    records: u64,
}

/// Runs the demo.
///
/// # Errors
/// Why it could not run.
pub fn run(ctx: &Ctx, args: &DemoArgs) -> Result<Answer, Failure> {
    let runtime = crate::cli::runtime()?;
    runtime.block_on(whole(ctx, args)).map_err(|error| Failure::cannot(error.key(), &error.args()))
}

/// Stands in the folder from the first step of a demo to its last.
const BEGUN: &str = "demo.begun";

/// A demo that was broken off cannot go on in the middle of its play: what it made itself is cleared, and nothing else.
fn start_over(data: &Path, tell: &Teller) -> Result<(), DemoError> {
    std::fs::create_dir_all(data)?;
    let begun = data.join(BEGUN);
    if begun.exists() {
        tell.step("demo-again", &[]);
        for made in ["hub", "devices", "out"] {
            match std::fs::remove_dir_all(data.join(made)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
    } else if data.join("hub").exists() {
        // A hub that no unfinished demo began stays as it is.
        return Ok(());
    }
    Ok(std::fs::write(begun, "")?)
}

async fn whole(ctx: &Ctx, args: &DemoArgs) -> Result<Answer, DemoError> {
    let tell = Teller { ctx: *ctx, began: Instant::now() };
    start_over(&args.data, &tell)?;
    let mut config = HubConfig::new(args.data.join("hub"));
    config.project_name = crate::sample::COMMUNITY.to_owned();
    let hub = Hub::open(config).await?;
    let listener = match TcpListener::bind(args.listen) {
        Ok(listener) if !args.once => listener,
        _ => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
    };
    let pages = crate::console::pages(&hub);
    let running = hub.serve(listener, TlsChoice::Off, pages).await?;
    tell.step("demo-hub", &[("url", running.url().to_owned())]);
    let cast = play::prepare(&hub).await?;
    tell.step("demo-imported", &[("units", hub.all(AggKind::Unit).await?.len().to_string())]);
    let summary_file = args.data.join("demo.json");
    let played = play::was_played(&hub, cast.unit).await?;
    let summary = if played && let Some(kept) = std::fs::read(&summary_file).ok().and_then(|b| serde_json::from_slice::<serde_json::Value>(&b).ok()) {
        tell.step("demo-found", &[]);
        kept
    } else {
        let played = play::play(&running, &cast, &args.data, &tell).await?;
        let summary = finish(&hub, &cast, &args.data, &played, &tell).await?;
        let value = serde_json::to_value(&summary).unwrap_or_default();
        std::fs::write(&summary_file, serde_json::to_vec_pretty(&value).unwrap_or_default())?;
        std::fs::remove_file(args.data.join(BEGUN))?;
        value
    };
    // The console that stays open has more to show than one finished handover.
    if !args.once
        && !neighbours::was_played(&hub, &cast).await?
        && let Err(error) = neighbours::play(&running, &cast, &args.data, &tell).await
    {
        // An earlier start that was broken off here left devices behind: the console opens without the rest of the house.
        tracing::warn!(%error, "the neighbours' repairs were not played");
    }
    let base = running.url().to_owned();
    let console = format!("{base}/console/login/{}", hub.login_link(cast.office.person, cast.office.role).await?);
    let owner = owner_link(&hub, &base, cast.unit).await?;
    if args.once {
        running.stop().await?;
        hub.close().await;
        let said = summary.to_string();
        return Ok(Answer::one(&summary, said));
    }
    let text = |pointer: &str| summary.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let key = hub.public().fingerprint().to_string();
    let waiting = owner_link(&hub, &base, neighbours::waiting_unit(&hub, &cast).await?).await?;
    if ctx.json {
        println!(
            "{}",
            serde_json::json!({ "console": console, "owner": owner, "owner_waiting": waiting, "report": text("/files/report"), "bundle": text("/files/bundle"), "hub_key": key })
        );
    } else {
        println!();
        for (label, value) in [
            ("demo-where-console", console.clone()),
            ("demo-where-owner", owner.clone().unwrap_or_default()),
            ("demo-where-waiting", waiting.unwrap_or_default()),
            ("demo-where-report", text("/files/report")),
            ("demo-where-bundle", text("/files/bundle")),
            ("demo-where-verify", format!("keyturn verify {} --hub-key {key}", text("/files/bundle"))),
        ] {
            println!("{}\n    {value}", tr(ctx.lang, label, &[]));
        }
        println!("\n{}", tr(ctx.lang, "demo-stay", &[]));
    }
    running.until_told().await?;
    hub.close().await;
    Ok(Answer::rows::<()>(&[], ""))
}

/// A link to the owner's page of a unit.
async fn owner_link(hub: &Hub, base: &str, unit: Id) -> Result<Option<String>, DemoError> {
    let owner = match hub.state(unit).await?.as_ref().and_then(|u| u.get("owners")) {
        Some(Value::List(owners)) => owners.first().and_then(Value::id),
        _ => None,
    };
    Ok(match owner {
        Some(person) => Some(format!("{base}/o/{}", hub.owner_link(unit, person).await?)),
        None => None,
    })
}

/// The documents, the bundle, and the proof that it holds.
async fn finish(hub: &Hub, cast: &play::Cast, data: &Path, played: &play::Played, tell: &Teller) -> Result<Summary, DemoError> {
    let out = data.join("out");
    std::fs::create_dir_all(&out)?;
    let (actor, role) = (cast.office.person, cast.office.role);
    let mut paths = Vec::new();
    for kind in [DocumentKind::Acceptance, DocumentKind::Rectification] {
        let busy = tell.busy("demo-printing");
        let printed = hub.print(actor, role, cast.unit, kind, Lang::Zh).await?;
        let path = out.join(format!("{}.pdf", printed.number));
        std::fs::write(&path, &printed.pdf.bytes)?;
        drop(busy);
        tell.step("demo-printed", &[("number", printed.number.clone()), ("pages", printed.pdf.pages.to_string())]);
        paths.push(path);
    }
    let bundle = out.join("2-1-1102.keyturn");
    hub.bundle(cast.unit, &bundle).await?;
    let key = hub.public().fingerprint();
    let verdict = {
        let bundle = bundle.clone();
        tokio::task::spawn_blocking(move || verify::verify(&bundle, Some(key))).await.map_err(std::io::Error::other)??
    };
    tell.step("demo-verified", &[("records", verdict.counts.records.to_string()), ("said", verdict.told(tell.ctx.lang))]);
    let mut uses = 0;
    let mut distinct: BTreeSet<Digest> = BTreeSet::new();
    let mut snags = 0;
    for thing in hub.of_unit(cast.unit).await? {
        snags += usize::from(thing.kind == Some(AggKind::Snag));
        for entry in thing.done() {
            if let Act::PhotoAdd(photo) = &entry.act {
                uses += 1;
                distinct.insert(photo.sha256);
            }
        }
    }
    let mut on_hub = 0;
    for photo in &distinct {
        on_hub += usize::from(hub.blob_receipt(*photo).await?.is_some());
    }
    debug_assert_eq!(uses, played.photos);
    let mut paths = paths.into_iter();
    let (Some(report), Some(rectification)) = (paths.next(), paths.next()) else { return Err(DemoError::Script("report")) };
    Ok(Summary {
        photos: Photos { taken: played.photos, on_hub, distinct: distinct.len() },
        snags,
        events: hub.store().head().await.map_err(HubError::from)?.hub_seq,
        cuts: played.cuts,
        files: Files { report, rectification, bundle },
        verify: Verified { ok: verdict.ok, records: verdict.counts.records },
        seconds: (tell.began.elapsed().as_secs_f64() * 10.0).round() / 10.0,
    })
}
