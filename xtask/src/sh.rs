//! Running other programs.

use std::{
    borrow::BorrowMut,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

/// The workspace's folder.
pub fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or(manifest.clone(), Path::to_path_buf)
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// A program that cargo built.
pub fn built(name: &str) -> PathBuf {
    target().join("release").join(name)
}

/// Cargo, in the workspace.
pub fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What the running xtask was built for says nothing about what is built next.
    command.args(args).current_dir(root()).env_remove("CARGO_MANIFEST_DIR");
    command
}

/// A command as a person would type it.
pub fn line(command: &Command) -> String {
    let mut words = vec![Path::new(command.get_program()).file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|a| a.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Whether a program is on the path.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// Runs to the end, output passed through.
pub fn run(mut command: impl BorrowMut<Command>) -> Result<(), String> {
    let command = command.borrow_mut();
    eprintln!("$ {}", line(command));
    let status = command.stdin(Stdio::null()).status().map_err(|e| format!("{}: {e}", line(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{}: {status}", line(command))) }
}

/// What a run gave.
pub struct Output {
    /// Everything on stdout.
    pub stdout: String,
    /// The exit code; `None` when it was ended by a signal.
    pub code: Option<i32>,
    /// How long it took.
    pub wall: Duration,
}

/// Runs to the end and keeps stdout; each line goes to `seen` as it comes. Ended when `limit` is over.
pub fn follow(mut command: impl BorrowMut<Command>, limit: Duration, mut seen: impl FnMut(&str)) -> Result<Output, String> {
    let command = command.borrow_mut();
    let name = line(command);
    eprintln!("$ {name}");
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|e| format!("{name}: {e}"))?;
    let lines = lines_of(child.stdout.take());
    let mut stdout = String::new();
    loop {
        match lines.recv_timeout(limit.saturating_sub(begun.elapsed())) {
            Ok(text) => {
                seen(&text);
                stdout += &text;
                stdout.push('\n');
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child);
                return Err(format!("{name}: not done after {} s, ended", limit.as_secs()));
            }
        }
    }
    let status = child.wait().map_err(|e| format!("{name}: {e}"))?;
    Ok(Output { stdout, code: status.code(), wall: begun.elapsed() })
}

/// Lines of a stream, read on a thread of their own.
pub fn lines_of(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    if let Some(stream) = stream {
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut bytes = Vec::new();
            while matches!(reader.read_until(b'\n', &mut bytes), Ok(n) if n > 0) {
                let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
                bytes.clear();
                if send.send(text).is_err() {
                    break;
                }
            }
        });
    }
    receive
}

/// Ends a process that is over its time.
pub fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// What ctrl-C does; whether the process ended within `limit`, and with which code.
pub fn interrupt(child: &mut Child, limit: Duration) -> Result<Option<i32>, String> {
    let pid = child.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status().map_err(|e| format!("kill: {e}"))?;
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(status.code());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    end(child);
    Err(format!("still running {} s after ctrl-C", limit.as_secs()))
}

/// An empty folder under the target folder, made anew.
pub fn fresh(name: &str) -> Result<PathBuf, String> {
    let dir = target().join("xtask").join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    }
    std::fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    Ok(dir)
}
