//! Tools that tests use beside Rust: found here, and named loudly where they are missing. `cargo xtask test` fetches them.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

/// Where fetched tools lie: `KEYTURN_TOOLS`, or `tools` in cargo's target folder.
pub fn dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("KEYTURN_TOOLS") {
        return PathBuf::from(dir);
    }
    target().join("tools")
}

fn target() -> PathBuf {
    // A test runs as target/release/deps/NAME, a program as target/release/NAME.
    let exe = std::env::current_exe().unwrap_or_default();
    let release = exe.ancestors().find(|dir| dir.file_name().is_some_and(|name| name == "release" || name == "debug" || name == "dist"));
    release.and_then(Path::parent).map_or_else(|| PathBuf::from("target"), Path::to_path_buf)
}

/// The program `keyturn`: `KEYTURN_BIN`, or as cargo built it; `None` before `cargo build --release`.
pub fn keyturn() -> Option<PathBuf> {
    let path = std::env::var_os("KEYTURN_BIN").map_or_else(|| target().join("release").join("keyturn"), PathBuf::from);
    path.is_file().then_some(path)
}

/// veraPDF, to be given the files to check; `None` where Java or its jar is missing.
pub fn verapdf() -> Option<Command> {
    let jar = std::fs::read_dir(dir().join("verapdf")).ok()?.flatten().map(|e| e.path()).find(|p| p.extension().is_some_and(|x| x == "jar"))?;
    on_path("java").then(|| {
        let mut java = Command::new("java");
        java.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"]).arg(jar).args(["org.verapdf.apps.GreenfieldCliWrapper", "--format", "text"]);
        java
    })
}

/// Whether a program is on the path.
pub fn on_path(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|dir| dir.join(program).is_file())
}

/// Says that a test, or a part of one, could not run here. The file `KEYTURN_SKIPS` makes it a skipped part of the summary of
/// `cargo xtask test`, because libtest knows no such result and hides what passing tests print.
pub fn skipped(test: &str, why: &str) {
    eprintln!("SKIPPED {test}: {why}");
    if let Some(path) = std::env::var_os("KEYTURN_SKIPS")
        && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path)
    {
        // One write, so that tests running beside each other do not mix their lines.
        let _ = file.write_all(format!("{test}\t{why}\n").as_bytes());
    }
}
