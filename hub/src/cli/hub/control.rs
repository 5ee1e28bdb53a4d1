//! How an office command reaches the hub that runs: a socket in the hub's folder, which only the hub's user can enter. One JSON line there,
//! one back.

use super::{Ctx, Failure, HubCommand, OfficeCommand};
use crate::{
    Hub,
    cli::{Answer, Cli, Command, Shown},
};
use clap::Parser;
use keyturn_core::words::Lang;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    task::JoinHandle,
};

/// The socket's name in the hub's folder.
const SOCKET: &str = "control";
/// No request or answer is longer, in bytes.
const LINE_MAX_BYTES: u64 = 16 << 20;

/// A command as it was typed: the hub that runs reads it with the same parser.
#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    run: Vec<String>,
    lang: Lang,
    /// Where it was typed: what its paths are relative to.
    cwd: PathBuf,
}

impl Request {
    /// The command of this process.
    pub(super) fn typed(ctx: &Ctx) -> Result<Self, Failure> {
        let bad = |_| Failure::cannot("cli-usage", &[("detail", "UTF-8".to_owned())]);
        let run = std::env::args_os().map(|word| word.into_string().map_err(bad)).collect::<Result<_, _>>()?;
        let cwd = std::env::current_dir().map_err(|error| Failure::cannot("cli-runtime", &[("detail", error.to_string())]))?;
        Ok(Self { run, lang: ctx.lang, cwd })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Done {
        rows: Vec<Value>,
        list: bool,
        text: String,
        wrong: bool,
    },
    Failed {
        code: u8,
        key: String,
        args: Vec<(String, String)>,
        #[serde(default)]
        also: Vec<(String, Vec<(String, String)>)>,
        said: Option<Box<[String; 2]>>,
    },
}

impl From<Result<Answer, Failure>> for Reply {
    fn from(result: Result<Answer, Failure>) -> Self {
        match result {
            Ok(Answer { shown, text, wrong }) => {
                let (rows, list) = match shown {
                    Shown::One(value) => (vec![value], false),
                    Shown::Rows(rows) => (rows, true),
                };
                Self::Done { rows, list, text, wrong }
            }
            Err(Failure { code, key, args, also, said }) => Self::Failed { code, key, args, also, said },
        }
    }
}

impl Reply {
    fn read(self) -> Result<Answer, Failure> {
        match self {
            Self::Done { mut rows, list: false, text, wrong } => Ok(Answer { shown: Shown::One(rows.pop().unwrap_or(Value::Null)), text, wrong }),
            Self::Done { rows, text, wrong, .. } => Ok(Answer { shown: Shown::Rows(rows), text, wrong }),
            Self::Failed { code, key, args, also, said } => Err(Failure { code, key, args, also, said }),
        }
    }
}

/// The open socket of a hub that runs.
pub(super) struct Control {
    task: JoinHandle<()>,
    path: PathBuf,
}

impl Control {
    /// Closes the socket.
    pub(super) fn end(self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Opens the socket. The caller holds the folder's lock, so one that is there is a dead hub's.
pub(super) fn listen(hub: &Hub, data: &Path) -> Result<Control, Failure> {
    let path = data.join(SOCKET);
    let bad = |error: std::io::Error| Failure::cannot("cli-hub-control", &[("path", path.display().to_string()), ("detail", error.to_string())]);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(bad(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&path).map_err(bad)?;
    let hub = hub.clone();
    let task = tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let hub = hub.clone();
                    tokio::spawn(async move {
                        if let Err(error) = answer(&hub, stream).await {
                            tracing::warn!(%error, "an office command went away");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the office's socket");
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                }
            }
        }
    });
    Ok(Control { task, path })
}

async fn answer(hub: &Hub, stream: UnixStream) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(LINE_MAX_BYTES)).read_line(&mut line).await?;
    if line.is_empty() {
        // Somebody only looked whether a hub runs.
        return Ok(());
    }
    let result = match serde_json::from_str::<Request>(&line) {
        Ok(request) => run(hub, request).await,
        Err(error) => Err(Failure::usage(&error.to_string())),
    };
    let mut reply = serde_json::to_vec(&Reply::from(result))?;
    reply.push(b'\n');
    write.write_all(&reply).await
}

pub(super) async fn run(hub: &Hub, request: Request) -> Result<Answer, Failure> {
    let ctx = Ctx { json: true, lang: request.lang };
    let cli = Cli::try_parse_from(request.run).map_err(|error| Failure::usage(&error.render().to_string()))?;
    match cli.command {
        Some(Command::Import(import)) => import.run(&ctx, hub, &request.cwd).await,
        Some(Command::Export(export)) => export.run(&ctx, hub, &request.cwd).await,
        Some(Command::Rules(rules)) => rules.at_hub(&ctx, hub, &request.cwd).await,
        Some(Command::Hub(args)) => match args.command {
            Some(HubCommand::Office(command)) => OfficeCommand::run(&command, &ctx, hub).await,
            _ => Err(Failure::usage("serve")),
        },
        _ => Err(Failure::usage("hub")),
    }
}

/// Whether a hub runs over `data`.
pub(super) async fn runs(data: &Path) -> bool {
    UnixStream::connect(data.join(SOCKET)).await.is_ok()
}

/// Asks the hub that runs over `data` to run the command of this process.
pub(super) async fn ask(ctx: &Ctx, data: &Path) -> Result<Answer, Failure> {
    let path = data.join(SOCKET);
    let silent = |_| Failure::cannot("cli-hub-not-running", &[("data", data.display().to_string())]);
    let (read, mut write) = UnixStream::connect(&path).await.map_err(silent)?.into_split();
    let mut request = serde_json::to_vec(&Request::typed(ctx)?).map_err(|error| Failure::usage(&error.to_string()))?;
    request.push(b'\n');
    write.write_all(&request).await.map_err(silent)?;
    let mut line = String::new();
    BufReader::new(read.take(LINE_MAX_BYTES)).read_line(&mut line).await.map_err(silent)?;
    let reply: Reply = serde_json::from_str(&line).map_err(|_| Failure::cannot("cli-hub-not-running", &[("data", data.display().to_string())]))?;
    reply.read()
}
