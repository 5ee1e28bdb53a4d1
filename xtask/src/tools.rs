//! Programs that tests and benchmarks use beside Rust. Everything fetched by us stays under the target folder; Debian's packages
//! are installed where we may, and named where we may not.

use crate::sh::{self, has};
use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

const VERAPDF: &str = "1.28.2";

/// Where fetched tools lie; tests find it as `KEYTURN_TOOLS`.
pub fn dir() -> PathBuf {
    sh::target().join("tools")
}

/// What a part needs that Debian packs.
#[derive(Clone, Copy)]
pub struct Need {
    pub what: &'static str,
    pub package: &'static str,
    pub here: fn() -> bool,
}

pub const CHROMIUM: Need = Need { what: "Chromium", package: "chromium", here: || has("chromium") };
pub const CJK_FONTS: Need = Need {
    what: "Chinese fonts for the browser",
    package: "fonts-noto-cjk",
    here: || PathBuf::from("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").is_file(),
};
pub const POPPLER: Need = Need { what: "pdftotext, pdftoppm, pdffonts", package: "poppler-utils", here: || has("pdftotext") && has("pdftoppm") };
pub const JAVA: Need = Need { what: "Java", package: "default-jre-headless", here: || has("java") };
pub const JDK: Need = Need { what: "a JDK", package: "default-jdk-headless", here: || has("javac") };
/// What Skia's Java side loads even without a display.
pub const JVM_DRAWING: Need = Need {
    what: "libraries the screens are drawn with",
    package: "libgl1 libx11-6 libfontconfig1",
    here: || ["libGL.so.1", "libX11.so.6", "libfontconfig.so.1"].iter().all(|name| has_library(name)),
};
pub const MAVEN: Need = Need { what: "Maven", package: "maven", here: || has("mvn") };
/// Links the resources of the Android app.
pub const AAPT: Need = Need { what: "aapt2", package: "aapt", here: || has("aapt2") };
pub const NODE: Need = Need { what: "Node.js", package: "nodejs", here: || has("node") };
pub const NPM: Need = Need { what: "npm", package: "npm", here: || has("npm") };
pub const DEBOOTSTRAP: Need = Need { what: "debootstrap (a folder with Debian's Swift)", package: "debootstrap", here: || has("debootstrap") };
pub const VIPS: Need = Need { what: "vipsthumbnail (peer of the photo benchmark)", package: "libvips-tools", here: || has("vipsthumbnail") };
pub const PYTHON: Need = Need { what: "Python 3 (workload of the peer)", package: "python3", here: || has("python3") };

/// Whether the loader finds a library by this name, in the places where Debian puts them.
fn has_library(name: &str) -> bool {
    let machine = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    [machine.as_str(), "/usr/lib64", "/usr/lib"].iter().any(|dir| PathBuf::from(dir).join(name).exists())
}

/// Makes these available, or says which are missing.
pub fn need(needs: &[Need]) -> Result<(), String> {
    let missing: Vec<&Need> = needs.iter().filter(|n| !(n.here)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|n| n.package.split(' ')).collect();
    let advice = format!("missing: {}; on Debian: apt-get install {}", missing.iter().map(|n| n.what).collect::<Vec<_>>().join(", "), packages.join(" "));
    if !(has("apt-get") && is_root()) {
        return Err(advice);
    }
    static UPDATED: OnceLock<bool> = OnceLock::new();
    UPDATED.get_or_init(|| sh::run(apt(&["update", "-qq"])).is_ok());
    let mut args = vec!["install", "-y", "-qq", "--no-install-recommends"];
    args.extend(&packages);
    sh::run(apt(&args)).map_err(|why| format!("{advice} ({why})"))?;
    match missing.iter().find(|n| !(n.here)()) {
        None => Ok(()),
        Some(still) => Err(format!("{} is still missing after installing {}", still.what, still.package)),
    }
}

fn apt(args: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    // Its chatter is no result of ours.
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(std::process::Stdio::null());
    command
}

/// Whether this runs as root.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.trim_ascii() == b"0")
}

/// The validator of PDF/A: a command that takes the files to check.
pub fn verapdf() -> Result<Command, String> {
    need(&[JAVA])?;
    let folder = dir().join("verapdf");
    let jar = folder.join(format!("greenfield-apps-{VERAPDF}.jar"));
    if !jar.is_file() {
        need(&[MAVEN])?;
        fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let mut mvn = Command::new("mvn");
        mvn.args(["-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"])
            .arg(format!("-Dartifact=org.verapdf.apps:greenfield-apps:{VERAPDF}"))
            .arg(format!("-DoutputDirectory={}", folder.display()));
        sh::run(mvn)?;
    }
    let mut java = Command::new("java");
    java.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"]).arg(jar).args(["org.verapdf.apps.GreenfieldCliWrapper", "--format", "text"]);
    Ok(java)
}

/// The folder of the browser tests with what they import, copied beside `node_modules`.
pub fn browser() -> Result<PathBuf, String> {
    need(&[CHROMIUM, CJK_FONTS, NODE, NPM])?;
    let from = sh::root().join("tests").join("browser");
    let to = dir().join("browser");
    fs::create_dir_all(&to).map_err(|e| e.to_string())?;
    let wanted = fs::read(from.join("package.json")).map_err(|e| format!("tests/browser/package.json: {e}"))?;
    let there = fs::read(to.join("package.json")).ok();
    for entry in fs::read_dir(&from).map_err(|e| e.to_string())? {
        let entry = entry.map_err(|e| e.to_string())?;
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).map_err(|e| e.to_string())?;
        }
    }
    if there.as_deref() != Some(wanted.as_slice()) || !to.join("node_modules").is_dir() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel=error"]).current_dir(&to);
        if let Err(why) = sh::run(npm) {
            let _ = fs::remove_dir_all(to.join("node_modules"));
            return Err(why);
        }
    }
    Ok(to)
}

/// `cargo xtask tools`.
pub fn install_all() -> bool {
    let tries: [(&str, Result<(), String>); 4] = [
        ("poppler, fonts", need(&[POPPLER, CJK_FONTS])),
        ("veraPDF", verapdf().map(|_| ())),
        ("browser", browser().map(|_| ())),
        ("peers of the benchmarks", need(&[VIPS, PYTHON])),
    ];
    let mut all = true;
    for (what, result) in tries {
        match result {
            Ok(()) => println!("here     {what}"),
            Err(why) => {
                all = false;
                println!("MISSING  {what}: {why}");
            }
        }
    }
    all
}
