//! The iOS package: a Swift toolchain where there is none, the package's tests with the real core and a real hub, and the checks of what
//! only Xcode can build (its syntax, its format, its words).

use crate::{
    ios_words,
    parts::{Outcome, Run},
    sh::{self, has},
    tools,
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// Building and testing on two cores takes a few minutes; more than this is a hang.
const LIMIT: Duration = Duration::from_secs(20 * 60);
/// What the toolchain takes on the disk, with room to build.
const NEED_MB: u64 = 5_000;
const SUITE: &str = "trixie";
/// Names the folder of the toolchain; without it, one under the target folder.
const ROOT_VARIABLE: &str = "KEYTURN_SWIFT_ROOT";

/// The parts of `cargo xtask test` that are about iOS.
pub fn parts(run: &mut Run) {
    const NAMES: [&str; 2] = ["swift: lint", "swift"];
    if !NAMES.iter().any(|name| run.wants(name)) {
        return;
    }
    let swift = match Swift::here() {
        Ok(swift) => swift,
        Err(why) => {
            for name in NAMES {
                if run.wants(name) {
                    run.part(name, || Ok(Outcome::Skipped(why.clone())));
                }
            }
            return;
        }
    };
    run.part("swift: lint", || lint(&swift));
    run.part("swift", || test(&swift));
}

/// `cargo xtask swift ARG…`: any command with the toolchain in sight, in the folder of the package.
pub fn command(args: &[String]) -> Result<bool, String> {
    let swift = Swift::here()?;
    if args.is_empty() {
        return lint(&swift).and_then(|_| test(&swift)).map(|_| true);
    }
    sh::run(swift.command(args)).map(|()| true)
}

fn package() -> PathBuf {
    sh::root().join("ios")
}

/// Files that only Xcode builds are read by the compiler's parser; all of ours have one format; their words are of the one source.
fn lint(swift: &Swift) -> Result<Outcome, String> {
    let words = ios_words::check()?;
    let mut ours = Vec::new();
    for folder in ["App", "Sources", "Tests"] {
        swift_files(&package().join(folder), &mut ours)?;
    }
    ours.push(package().join("Package.swift"));
    // What is generated has the generator's format.
    ours.retain(|file| !file.components().any(|part| part.as_os_str() == "Generated"));
    ours.sort();
    let names = |files: &[PathBuf]| files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>();
    let mut format = vec!["swift".to_owned(), "format".into(), "lint".into(), "--strict".into(), "--parallel".into()];
    format.extend(["--configuration".to_owned(), package().join(".swift-format").display().to_string()]);
    format.extend(names(&ours));
    // The findings stand above; the command names every file.
    sh::run(swift.command(&format)).map_err(|_| "swift format lint --strict")?;
    let app: Vec<PathBuf> = ours.iter().filter(|f| f.starts_with(package().join("App"))).cloned().collect();
    let mut parse = vec!["swiftc".to_owned(), "-frontend".into(), "-parse".into(), "-swift-version".into(), "6".into()];
    parse.extend(names(&app));
    sh::run(swift.command(&parse)).map_err(|_| "swiftc -parse of the app")?;
    Ok(Outcome::Passed(format!("{} files, {} of the app parsed, {words}", ours.len(), app.len())))
}

/// The package's tests, with the native library and the hub of this build.
fn test(swift: &Swift) -> Result<Outcome, String> {
    // As one workspace: with the features of the build before it, so that nothing is built twice.
    sh::run(sh::cargo(&["build", "--release", "--workspace"]))?;
    let library = sh::target().join("release");
    let build = sh::target().join("swift-build");
    fs::create_dir_all(&build).map_err(|e| format!("{}: {e}", build.display()))?;
    let mut args: Vec<String> = ["swift", "test", "--disable-swift-testing", "--scratch-path"].map(str::to_owned).to_vec();
    args.push(build.display().to_string());
    if swift.root.is_some() {
        args.extend(["-Xswiftc", "-use-ld=lld"].map(str::to_owned));
    }
    args.extend(["-Xlinker".to_owned(), format!("-L{}", library.display()), "-Xlinker".to_owned(), format!("-rpath={}", library.display())]);
    let mut ran = String::new();
    let mut wrong = Vec::new();
    let out = sh::follow(&mut swift.command(&args), LIMIT, |line| {
        println!("{line}");
        if let Some(counts) = line.trim_start().strip_prefix("Executed ") {
            counts.clone_into(&mut ran);
        } else if let Some((_, what)) = line.split_once("error: ") {
            wrong.push(what.to_owned());
        }
    })?;
    if out.code != Some(0) {
        wrong.dedup();
        return Err(format!("swift test: exit code {:?}; {ran} {}", out.code, wrong.join("; ")));
    }
    if ran.is_empty() || ran.starts_with("0 tests") {
        return Err("no test ran".into());
    }
    let app = types(swift, &build)?;
    Ok(Outcome::Passed(format!("{ran}; {app} files of the app type-checked")))
}

/// The app against the package's own modules and stand-ins for Apple's (`Tests/Standins`, declarations without bodies): finds a model's name,
/// a label, a type or an isolation that is wrong. How many files it read.
fn types(swift: &Swift, build: &Path) -> Result<usize, String> {
    let mut app = Vec::new();
    swift_files(&package().join("App"), &mut app)?;
    app.sort();
    let at = |path: PathBuf| path.display().to_string();
    let mut args: Vec<String> = ["swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors", "-parse-as-library"].map(str::to_owned).to_vec();
    args.extend(["-module-name".into(), "KeyturnApp".into(), "-module-cache-path".into(), at(build.join("app-types"))]);
    args.extend(["-I".into(), at(package().join("Tests").join("Standins")), "-I".into(), at(build.join("debug").join("Modules"))]);
    args.extend(["-Xcc".into(), format!("-fmodule-map-file={}", at(package().join("Sources/keyturnFFI/module.modulemap")))]);
    // What Foundation has on iOS and not here is in sight of every file, as it is there.
    args.extend(["-Xfrontend", "-import-module", "-Xfrontend", "AppleFoundation"].map(str::to_owned));
    args.extend(app.iter().map(|f| f.display().to_string()));
    sh::run(swift.command(&args)).map_err(|_| "swiftc -typecheck of the app")?;
    Ok(app.len())
}

fn swift_files(folder: &Path, into: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("{}: {error}", folder.display())),
    };
    for entry in entries {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.is_dir() {
            swift_files(&path, into)?;
        } else if path.extension().is_some_and(|e| e == "swift") {
            into.push(path);
        }
    }
    Ok(())
}

/// A Swift toolchain: the machine's own, or one in a folder that holds a small Debian.
struct Swift {
    root: Option<PathBuf>,
    /// The script that enters the folder.
    inside: PathBuf,
}

impl Swift {
    /// The machine's own, or the folder's, made on first use (some minutes and 2.5 GB, once per machine). Otherwise why not.
    fn here() -> Result<Self, String> {
        let inside = sh::target().join("xtask").join("in-swift.sh");
        fs::create_dir_all(sh::target().join("xtask")).and_then(|()| fs::write(&inside, INSIDE)).map_err(|e| format!("{}: {e}", inside.display()))?;
        if has("swift") && has("swiftc") {
            return Ok(Self { root: None, inside });
        }
        let root = env::var_os(ROOT_VARIABLE).map_or_else(|| sh::target().join("swift-trixie"), PathBuf::from);
        if root.join(".ready").is_file() && tools::is_root() {
            return Ok(Self { root: Some(root), inside });
        }
        if cfg!(not(target_os = "linux")) {
            return Err("no Swift here: install Xcode or the toolchain of swift.org".into());
        }
        if !tools::is_root() {
            return Err("no Swift here, and only root can make a folder that holds one".into());
        }
        if !has("unshare") || !has("chroot") {
            return Err("no Swift here, and no unshare and chroot to keep one in a folder".into());
        }
        tools::need(&[tools::DEBOOTSTRAP]).map_err(|why| format!("no Swift here; {why}"))?;
        make(&root).map_err(|why| format!("no Swift here, and a folder with one could not be made: {why}"))?;
        Ok(Self { root: Some(root), inside })
    }

    /// A command of the toolchain in the package's folder. The folders of the repository and of the build are seen under the same paths.
    fn command(&self, args: &[String]) -> Command {
        let tested = [("KEYTURN_BIN", sh::built("keyturn")), ("KEYTURN_ROOT", sh::root())];
        let Some(root) = &self.root else {
            let mut command = Command::new(&args[0]);
            command.args(&args[1..]).current_dir(package()).envs(tested);
            return command;
        };
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-e"]);
        command.arg(&self.inside).args([root.as_path(), &sh::root(), &sh::target(), &package()]);
        command.args(["/usr/bin/env", "-i", "HOME=/root", "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TERM=dumb"]);
        command.args(tested.iter().map(|(name, path)| format!("{name}={}", path.display())));
        command.args(args);
        command
    }
}

/// Its mounts vanish with it. Without /proc the compiler does not find its own libraries.
const INSIDE: &str = r#"
root=$1 repo=$2 target=$3 at=$4; shift 4
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for seen in "$repo" "$target"; do
  mkdir -p "$seen" "$root$seen"
  mount --bind "$seen" "$root$seen"
done
exec chroot "$root" sh -ec 'cd "$1"; shift; exec "$@"' _ "$at" "$@"
"#;

/// Debian's own Swift, in a folder: nothing of the machine changes. What the machine says of proxies and of how fresh a list must be
/// holds inside too.
const MAKE: &str = r#"
root=$1 suite=$2
debootstrap --variant=minbase "$suite" "$root"
apt-config dump | grep -E '^Acquire::(Check-|http|https)' | sort -u >"$root/etc/apt/apt.conf.d/90machine" || true
echo 'APT::Keep-Downloaded-Packages "false";' >"$root/etc/apt/apt.conf.d/91small"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
mount -t proc proc "$root/proc"
chroot "$root" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -ec '
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends swiftlang libc6-dev ca-certificates
  apt-get clean
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin'
"#;

fn make(root: &Path) -> Result<(), String> {
    let parent = root.parent().unwrap_or(root);
    fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    let free = free_mb(parent)?;
    if free < NEED_MB {
        return Err(format!("{free} MB are free in {}, {NEED_MB} MB are needed", parent.display()));
    }
    println!("Making a folder with Swift, once: {}", root.display());
    // What a broken try left behind; never across a mount.
    sh::run(Command::new("rm").args(["-rf", "--one-file-system"]).arg(root))?;
    let log = parent.join("swift-trixie.log");
    let out = fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
    let err = out.try_clone().map_err(|e| e.to_string())?;
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-ec", MAKE, "swift"]).arg(root).arg(SUITE);
    if let Err(why) = sh::run(unshare.stdout(Stdio::from(out)).stderr(Stdio::from(err))) {
        let told = fs::read(&log).unwrap_or_default();
        let told = String::from_utf8_lossy(&told);
        let last: Vec<&str> = told.lines().rev().filter(|l| !l.trim().is_empty()).take(3).collect();
        let why = why.rsplit(": ").next().unwrap_or_default();
        return Err(format!("{why}; {} (whole log: {})", last.into_iter().rev().collect::<Vec<_>>().join(" / "), log.display()));
    }
    fs::write(root.join(".ready"), "").map_err(|e| e.to_string())
}

fn free_mb(folder: &Path) -> Result<u64, String> {
    let out = Command::new("df").args(["--output=avail", "-B", "1M"]).arg(folder).output().map_err(|e| format!("df: {e}"))?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.lines().nth(1).and_then(|l| l.trim().parse().ok()).ok_or_else(|| format!("df: {text}"))
}
