//! `cargo xtask bindings`: Kotlin and Swift from the built library. They are in the repository; `--check` says when they are not what the
//! library is.

use crate::sh;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the generated Kotlin lies.
const KOTLIN: &str = "android/bindings/src/main/kotlin-generated";
/// Where the generated Swift lies.
const SWIFT: &str = "ios/Sources/Keyturn/Generated";
/// Where the C header and the module map for Swift lie.
pub const SWIFT_C: &str = "ios/Sources/keyturnFFI";

/// The library's name on this machine.
pub fn library() -> PathBuf {
    let name = if cfg!(target_os = "macos") { "libkeyturn_ffi.dylib" } else { "libkeyturn_ffi.so" };
    sh::target().join("release").join(name)
}

/// Builds the library and the generator, as one workspace: with the features of every other build here, so that nothing is built twice. (What
/// is shipped is built alone: `cargo xtask phones`.)
pub fn build() -> Result<PathBuf, String> {
    sh::run(sh::cargo(&["build", "--release", "--workspace"]))?;
    Ok(sh::built("keyturn-bindgen"))
}

/// Generates into `root`, laid out as the repository is.
fn generate(root: &Path) -> Result<(), String> {
    let bindgen = build()?;
    let raw = sh::fresh("bindings-raw")?;
    for language in ["kotlin", "swift"] {
        let mut command = Command::new(&bindgen);
        command.arg("generate").arg(library()).args(["--language", language, "--no-format", "--config"]);
        command.arg(sh::root().join("bindings/uniffi.toml")).arg("--out-dir").arg(raw.join(language)).current_dir(sh::root());
        sh::run(&mut command)?;
    }
    let put = |from: PathBuf, folder: &str, name: &str| -> Result<(), String> {
        let text = fs::read_to_string(&from).map_err(|e| format!("{}: {e}", from.display()))?;
        // One form of line ends and no blanks at their ends, so that editors and git agree on it.
        let text: String = text.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        let folder = root.join(folder);
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        fs::write(folder.join(name), text).map_err(|e| format!("{name}: {e}"))
    };
    put(raw.join("kotlin/app/keyturn/core/keyturn_ffi.kt"), &format!("{KOTLIN}/app/keyturn/core"), "keyturn_ffi.kt")?;
    put(raw.join("swift/Keyturn.swift"), SWIFT, "Keyturn.swift")?;
    put(raw.join("swift/keyturnFFI.h"), SWIFT_C, "keyturnFFI.h")?;
    put(raw.join("swift/keyturnFFI.modulemap"), SWIFT_C, "module.modulemap")
}

/// `cargo xtask bindings [--check]`.
pub fn all(args: &[String]) -> Result<bool, String> {
    if args.iter().any(|arg| arg == "--check") {
        return check().map(|()| true);
    }
    generate(&sh::root())?;
    Ok(true)
}

/// Whether what is in the repository is what the library gives.
pub fn check() -> Result<(), String> {
    let made = sh::fresh("bindings")?;
    generate(&made)?;
    let mut differ = Vec::new();
    for folder in [KOTLIN, SWIFT, SWIFT_C] {
        let mut names = files(&made.join(folder))?;
        names.extend(files(&sh::root().join(folder))?);
        names.sort();
        names.dedup();
        for name in names {
            let read = |root: &Path| fs::read(root.join(folder).join(&name)).ok();
            if read(&made) != read(&sh::root()) {
                differ.push(format!("{folder}/{}", name.display()));
            }
        }
    }
    if differ.is_empty() { Ok(()) } else { Err(format!("not what the library gives: {}; run `cargo xtask bindings`", differ.join(", "))) }
}

/// The files below a folder, by their path in it.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for entry in entries {
            let path = entry.map_err(|e| e.to_string())?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                found.push(name.to_owned());
            }
        }
    }
    Ok(found)
}
