//! `keyturn hub`: the server, and what its operator does on the same machine.

mod control;
mod devices;
mod people;

pub(super) use people::unit;

use super::{Answer, Ctx, Failure, runtime};
use crate::{Hub, HubConfig, HubError, TlsChoice, TlsFiles};
use clap::{Args, Subcommand};
use keyturn_core::words::Told;
use serde_json::json;
use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

/// The server and its operator.
#[derive(Debug, Args)]
pub(super) struct HubArgs {
    /// The folder that holds everything.
    #[arg(long, global = true, default_value = "data/hub")]
    data: PathBuf,
    #[command(flatten)]
    serve: Serve,
    #[command(subcommand)]
    command: Option<HubCommand>,
}

#[derive(Debug, Subcommand)]
enum HubCommand {
    /// Serves devices, console and owners' pages (also without this word).
    Serve(Serve),
    #[command(flatten)]
    Office(OfficeCommand),
}

/// What is done at a hub that runs, from another terminal of the same machine.
#[derive(Debug, Subcommand)]
enum OfficeCommand {
    /// Invites a person's device: a one-time code, as a line, a QR code and words.
    Invite(people::Invites),
    /// A one-time link to the console.
    Login(people::Login),
    /// Links for the owners of a unit.
    OwnerLink(people::OwnerLink),
    /// The devices: last contact, what they had not sent.
    Devices,
    /// Takes a device out: it may still hand over what it has, and receives nothing more.
    Revoke(devices::Revoke),
}

/// How a hub serves.
#[derive(Debug, Args)]
struct Serve {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:7420")]
    listen: SocketAddr,
    /// Where devices and browsers reach it, when that is not where it listens.
    #[arg(long)]
    url: Option<String>,
    /// The operator's certificate chain, PEM; without one the hub makes its own, and invites carry its fingerprint.
    #[arg(long, requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM.
    #[arg(long, requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A further name or address for the certificate that the hub makes; may stand several times.
    #[arg(long, conflicts_with = "tls_cert")]
    tls_name: Vec<String>,
    /// No TLS; this machine only.
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_name"])]
    plain: bool,
    /// The project's name, at the first start.
    #[arg(long)]
    project: Option<String>,
    /// The project's time zone, at the first start.
    #[arg(long)]
    zone: Option<chrono_tz::Tz>,
}

/// Runs one command of the hub.
pub(super) fn run(ctx: &Ctx, args: &HubArgs) -> Result<Answer, Failure> {
    let runtime = runtime()?;
    match &args.command {
        None => runtime.block_on(args.serve.run(ctx, args)),
        Some(HubCommand::Serve(serve)) => runtime.block_on(serve.run(ctx, args)),
        Some(HubCommand::Office(_)) => runtime.block_on(control::ask(ctx, &args.data)),
    }
}

/// Runs the command of this process (`import`, `export`) at the hub over `data`: the one that runs, or one opened for it alone. A folder
/// without a hub stays as it is.
pub(super) fn at_hub(ctx: &Ctx, data: &Path) -> Result<Answer, Failure> {
    run_at(ctx, data, false)
}

/// As [`at_hub`], for what a new hub may begin with.
pub(super) fn at_new_hub(ctx: &Ctx, data: &Path) -> Result<Answer, Failure> {
    run_at(ctx, data, true)
}

fn run_at(ctx: &Ctx, data: &Path, begins: bool) -> Result<Answer, Failure> {
    runtime()?.block_on(async {
        if control::runs(data).await {
            return control::ask(ctx, data).await;
        }
        if !begins && !data.join("hub.sqlite").is_file() {
            return Err(Failure::cannot("cli-no-hub", &[("data", data.display().to_string())]));
        }
        let hub = Hub::open(HubConfig::new(data)).await?;
        let done = control::run(&hub, control::Request::typed(ctx)?).await;
        hub.close().await;
        done
    })
}

impl OfficeCommand {
    async fn run(&self, ctx: &Ctx, hub: &Hub) -> Result<Answer, Failure> {
        match self {
            Self::Invite(invite) => invite.run(ctx, hub).await,
            Self::Login(login) => login.run(ctx, hub).await,
            Self::OwnerLink(link) => link.run(ctx, hub).await,
            Self::Devices => devices::list(ctx, hub).await,
            Self::Revoke(revoke) => revoke.run(ctx, hub).await,
        }
    }
}

impl Serve {
    async fn run(&self, ctx: &Ctx, args: &HubArgs) -> Result<Answer, Failure> {
        let mut config = HubConfig::new(&args.data);
        config.url.clone_from(&self.url);
        if let Some(project) = &self.project {
            config.project_name.clone_from(project);
        }
        if let Some(zone) = self.zone {
            config.zone = zone.name().to_owned();
        }
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => TlsChoice::Files(TlsFiles { certificate: certificate.clone(), key: key.clone() }),
            _ if self.plain => TlsChoice::Off,
            _ if self.tls_name.is_empty() => TlsChoice::Own,
            _ => TlsChoice::OwnFor(self.tls_name.clone()),
        };
        let hub = Hub::open(config).await?;
        let listener = TcpListener::bind(self.listen).map_err(HubError::Serve)?;
        let running = hub.serve(listener, tls, crate::console::pages(&hub)).await?;
        let control = control::listen(&hub, &args.data)?;
        let told = json!({
            "url": hub.url(),
            "listen": running.address().to_string(),
            "hub_key": hub.public().fingerprint(),
            "tls": hub.tls_fingerprint(),
            "data": args.data,
        });
        let mut said = ctx.words("cli-hub-serves", &[("url", hub.url()), ("key", hub.public().fingerprint().grouped())]);
        if self.listen.ip().is_unspecified() && self.url.is_none() {
            // Nobody reaches 0.0.0.0: invites and owners' links would lead nowhere.
            said = format!("{said}\n{}", ctx.words("cli-hub-no-url", &[("listen", self.listen.to_string()), ("port", running.address().port().to_string())]));
        }
        Answer::one(&told, said).show(ctx);
        let ended = running.until_told().await;
        control.end();
        hub.close().await;
        ended?;
        Ok(Answer::rows::<()>(&[], ctx.words("cli-hub-ended", &[])))
    }
}

impl Failure {
    pub(super) fn code_of(error: &HubError) -> u8 {
        if matches!(error, HubError::Refused(_)) { 1 } else { 2 }
    }
}

impl From<HubError> for Failure {
    fn from(error: HubError) -> Self {
        let code = Self::code_of(&error);
        if code == 2 {
            tracing::error!(%error, "the hub could not do it");
        }
        Self::told(code, &error as &dyn Told)
    }
}
