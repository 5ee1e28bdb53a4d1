//! `cargo xtask phones`: what can be known of the phones' library on a machine without phones. Tests of core and facade as ARM64 under
//! emulation, a check for Android, the static library for iOS as an XCFramework, the sizes of what is shipped.

use crate::{
    bindings,
    parts::{Outcome, Run},
    sh,
    tools::{self, Need},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const ARM64: &str = "aarch64-unknown-linux-gnu";
const ANDROID: &str = "aarch64-linux-android";
/// For iOS: the target, what zig calls it, its place in the framework, the SDK, whether it is the simulator.
type IosTarget = (&'static str, &'static str, &'static str, &'static str, bool);
const IOS: [IosTarget; 2] = [
    ("aarch64-apple-ios", "aarch64-ios", "ios-arm64", "iPhoneOS.sdk", false),
    ("aarch64-apple-ios-sim", "aarch64-ios-simulator", "ios-arm64-simulator", "iPhoneSimulator.sdk", true),
];
/// The least iOS: Observation needs 17.
const IOS_MIN: &str = "17.0";
const ZIG: &str = "0.15.2";
const LIMIT: Duration = Duration::from_secs(60 * 60);
/// What phones are given (Cargo.toml): small before fast, linked as one.
const PROFILE: &str = "phone";
/// What is shipped may weigh, in bytes: without the document engine, and with it.
const SIZE_MAX: [(&str, u64); 2] = [("", 8 << 20), ("documents", 30 << 20)];

const CROSS_GCC: Need = Need { what: "gcc for ARM64", package: "gcc-aarch64-linux-gnu", here: || sh::has("aarch64-linux-gnu-gcc") };
const CROSS_LIBC: Need =
    Need { what: "libc for ARM64", package: "libc6-dev-arm64-cross", here: || Path::new("/usr/aarch64-linux-gnu/include/stdio.h").is_file() };
const QEMU: Need = Need { what: "qemu for ARM64", package: "qemu-user", here: || sh::has("qemu-aarch64") };
const VENV: Need = Need {
    what: "Python's venv",
    package: "python3-venv",
    here: || sh::has("python3") && python(&["-c", "import ensurepip, venv"]).output().is_ok_and(|o| o.status.success()),
};

fn python(args: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.args(args);
    command
}

/// All parts, or those named.
pub fn all(only: &[String]) -> bool {
    let mut run = Run::new("cargo xtask phones", only);
    run.part("arm64 tests", arm64_tests);
    run.part("android check", android);
    run.part("ios library", ios);
    for (features, most) in SIZE_MAX {
        let name = if features.is_empty() { "size".to_owned() } else { format!("size with {features}") };
        run.part(&name, || size(features, most));
    }
    run.finish()
}

/// Adds a target of rustc, or says that it is missing.
fn target(name: &str) -> Result<(), String> {
    if !sh::has("rustup") {
        return Err(format!("missing: rustup, to add the target {name}"));
    }
    sh::run(Command::new("rustup").args(["target", "add", name]).stderr(std::process::Stdio::null()))
}

/// What cargo needs to build for ARM64 Linux and to run it here.
fn for_arm64(args: &[&str]) -> Command {
    let mut cargo = sh::cargo(args);
    cargo.env("CC_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-gcc");
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc");
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", "qemu-aarch64 -L /usr/aarch64-linux-gnu");
    cargo
}

/// What only what is shipped takes: SQLite without what no table of ours uses.
const SQLITE_WITHOUT: &str = "-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_FTS5 -USQLITE_ENABLE_RTREE -USQLITE_ENABLE_DBSTAT_VTAB";

/// Cargo linking as the NDK does: with LLVM's linker, which comes with Rust, equal functions once, and relocations packed in the form that every
/// Android since 6 reads.
fn as_shipped(args: &[&str]) -> Result<Command, String> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().map_err(|e| format!("rustc: {e}"))?;
    let version = Command::new("rustc").arg("-vV").output().map_err(|e| format!("rustc: {e}"))?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say for which machine it is")?;
    let lld = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim()).join("lib/rustlib").join(host).join("bin/gcc-ld");
    let link = format!("-Clink-arg=-B{} -Clink-arg=-fuse-ld=lld -Clink-arg=-Wl,--icf=all,--pack-dyn-relocs=android", lld.display());
    let mut cargo = for_arm64(args);
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS", link).env("LIBSQLITE3_FLAGS", SQLITE_WITHOUT);
    Ok(cargo)
}

/// A part that needs tools which are not here is skipped by name.
fn needing(needs: &[Need], targets: &[&str]) -> Result<(), Outcome> {
    tools::need(needs).and_then(|()| targets.iter().try_for_each(|name| target(name))).map_err(Outcome::Skipped)
}

fn arm64_tests() -> Result<Outcome, String> {
    if let Err(skipped) = needing(&[CROSS_GCC, CROSS_LIBC, QEMU], &[ARM64]) {
        return Ok(skipped);
    }
    let mut cargo = for_arm64(&["test", "--release", "--target", ARM64, "-p", "keyturn-core", "-p", "keyturn-ffi", "--no-fail-fast"]);
    let (mut passed, mut failed) = (0u64, Vec::new());
    let out = sh::follow(&mut cargo, LIMIT, |line| {
        println!("{line}");
        if let Some(name) = line.strip_prefix("test ").and_then(|l| l.strip_suffix(" ... FAILED")) {
            failed.push(name.to_owned());
        }
        passed += u64::from(line.starts_with("test ") && line.ends_with(" ... ok"));
    })?;
    match out.code {
        Some(0) if passed > 0 => Ok(Outcome::Passed(format!("{passed} tests"))),
        code => Err(format!("cargo's exit code {code:?}, {passed} passed, failed: {}", failed.join(", "))),
    }
}

/// The zig whose clang stands for the phones' compilers: `ZIG`, one on the path, or Python's package of it.
fn zig() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("ZIG").map(PathBuf::from).filter(|path| path.is_file()) {
        return Ok(path);
    }
    let venv = tools::dir().join("zig");
    let find = || -> Option<PathBuf> {
        let lib = fs::read_dir(venv.join("lib")).ok()?;
        lib.flatten().map(|entry| entry.path().join("site-packages/ziglang/zig")).find(|path| path.is_file())
    };
    if let Some(path) = find() {
        return Ok(path);
    }
    tools::need(&[VENV])?;
    sh::run(python(&["-m", "venv"]).arg(&venv))?;
    sh::run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", &format!("ziglang=={ZIG}")]))?;
    find().ok_or_else(|| format!("missing: zig {ZIG}"))
}

/// Cargo with zig's clang as the C compiler of `target`.
fn with_zig(args: &[&str], target: &str, zig: &Path, zig_target: &str) -> Command {
    let name = target.replace('-', "_");
    let cross = sh::root().join("bindings/cross");
    let mut cargo = sh::cargo(args);
    cargo.env(format!("CC_{name}"), cross.join("cc")).env(format!("AR_{name}"), cross.join("ar"));
    cargo.env("KEYTURN_ZIG", zig).env("KEYTURN_ZIG_TARGET", zig_target);
    cargo
}

fn android() -> Result<Outcome, String> {
    if let Err(skipped) = needing(&[], &[ANDROID]) {
        return Ok(skipped);
    }
    let zig = match zig() {
        Ok(zig) => zig,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    sh::run(with_zig(&["check", "--release", "--target", ANDROID, "-p", "keyturn-ffi"], ANDROID, &zig, ANDROID))?;
    Ok(Outcome::Passed(format!("the library type-checks for {ANDROID}; there is no NDK here to link it")))
}

fn ios() -> Result<Outcome, String> {
    // The simulator's target is not packed everywhere: the phone's library is made without it.
    let (here, missing): (Vec<_>, Vec<_>) = IOS.into_iter().partition(|(name, ..)| target(name).is_ok());
    if here.is_empty() {
        return Ok(Outcome::Skipped(format!("missing: the target {}", IOS[0].0)));
    }
    let zig = match zig() {
        Ok(zig) => zig,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    // Where Package.swift looks for it on a Mac; git leaves it out.
    let framework = sh::root().join("ios").join("keyturnFFI.xcframework");
    let put = |path: PathBuf, bytes: Vec<u8>| -> Result<(), String> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))
    };
    if framework.exists() {
        fs::remove_dir_all(&framework).map_err(|e| format!("{}: {e}", framework.display()))?;
    }
    let mut sizes = Vec::new();
    for (target, zig_target, place, sdk, _) in &here {
        // An SDK with nothing in it: what asks for one gets a folder, and a static library needs no more.
        let sdk = sh::target().join("phones").join(sdk);
        fs::create_dir_all(&sdk).map_err(|e| format!("{}: {e}", sdk.display()))?;
        let args = ["rustc", "--release", "--target", target, "-p", "keyturn-ffi", "--lib", "--crate-type", "staticlib"];
        sh::run(with_zig(&args, target, &zig, zig_target).env("SDKROOT", &sdk).env("IPHONEOS_DEPLOYMENT_TARGET", IOS_MIN))?;
        let library = sh::target().join(target).join("release").join("libkeyturn_ffi.a");
        let bytes = fs::read(&library).map_err(|e| format!("{}: {e}", library.display()))?;
        sizes.push(format!("{place} {:.1} MB", bytes.len() as f64 / 1e6));
        put(framework.join(place).join("libkeyturn_ffi.a"), bytes)?;
        for name in ["keyturnFFI.h", "module.modulemap"] {
            let from = sh::root().join(bindings::SWIFT_C).join(name);
            let bytes = fs::read(&from).map_err(|e| format!("{}: {e}", from.display()))?;
            put(framework.join(place).join("Headers").join(name), bytes)?;
        }
    }
    let without: String = missing.iter().map(|(name, ..)| format!("; without {name}, whose target is missing")).collect();
    put(framework.join("Info.plist"), info_plist(&here).into_bytes())?;
    Ok(Outcome::Passed(format!("ios/keyturnFFI.xcframework: {} (with symbols; not linked or run here){}", sizes.join(", "), without)))
}

/// What Xcode reads to choose a library.
fn info_plist(libraries_of: &[IosTarget]) -> String {
    let mut libraries = String::new();
    for (_, _, place, _, simulator) in libraries_of {
        let variant = if *simulator { "\n\t\t\t<key>SupportedPlatformVariant</key>\n\t\t\t<string>simulator</string>" } else { "" };
        libraries += &format!(
            "\t\t<dict>\n\t\t\t<key>BinaryPath</key>\n\t\t\t<string>libkeyturn_ffi.a</string>\n\t\t\t<key>HeadersPath</key>\n\t\t\t<string>Headers</string>\n\
             \t\t\t<key>LibraryIdentifier</key>\n\t\t\t<string>{place}</string>\n\t\t\t<key>LibraryPath</key>\n\t\t\t<string>libkeyturn_ffi.a</string>\n\
             \t\t\t<key>SupportedArchitectures</key>\n\t\t\t<array>\n\t\t\t\t<string>arm64</string>\n\t\t\t</array>\n\
             \t\t\t<key>SupportedPlatform</key>\n\t\t\t<string>ios</string>{variant}\n\t\t</dict>\n"
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n\t<key>AvailableLibraries</key>\n\t<array>\n{libraries}\t</array>\n\
         \t<key>CFBundlePackageType</key>\n\t<string>XFWK</string>\n\t<key>XCFrameworkFormatVersion</key>\n\t<string>1.0</string>\n</dict>\n</plist>\n"
    )
}

/// What a phone carries: the stripped library for arm64 as it is shipped, as ELF like Android's.
fn size(features: &str, most: u64) -> Result<Outcome, String> {
    if let Err(skipped) = needing(&[CROSS_GCC, CROSS_LIBC], &[ARM64]) {
        return Ok(skipped);
    }
    let mut args = vec!["rustc", "--profile", PROFILE, "--target", ARM64, "-p", "keyturn-ffi", "--lib", "--crate-type", "cdylib"];
    if !features.is_empty() {
        args.extend(["--features", features]);
    }
    sh::run(as_shipped(&args)?)?;
    let library = sh::target().join(ARM64).join(PROFILE).join("libkeyturn_ffi.so");
    let bytes = fs::metadata(&library).map_err(|e| format!("{}: {e}", library.display()))?.len();
    let told = format!("{:.2} MB of at most {} MB, arm64, stripped", bytes as f64 / f64::from(1 << 20), most >> 20);
    if bytes <= most { Ok(Outcome::Passed(told)) } else { Err(told) }
}
