//! The Android project: its lint, its tests on the JVM, and the window of `cargo xtask field`.

use crate::{bindings, parts::Outcome, sh, tools};
use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, time::Duration};

/// The tests of both modules, with what Maven fetches the first time.
const KOTLIN_LIMIT: Duration = Duration::from_secs(25 * 60);
/// The tests of the app under Robolectric.
const ANDROID_LIMIT: Duration = Duration::from_secs(15 * 60);
/// 50 kills, each with a start of the JVM.
const SOAK_LIMIT: Duration = Duration::from_secs(60 * 60);
/// What the JVM runs as it is.
const PLAIN: [&str; 2] = ["bindings", "ui"];
/// What stands on Android's own classes.
const ANDROID: [&str; 3] = ["bindings", "aars", "app"];
const KTLINT: &str = "1.8.0";
/// The screens, the app, their tests and the Gradle files.
const WRITTEN: [&str; 3] = ["ui/src/**/*.kt", "app/src/**/*.kt", "**/*.kts"];

/// Maven in the Android project, on what cargo built. What it fetches stays under the target folder, unless Maven was told of a repository.
fn maven(modules: &[&str], goals: &[&str]) -> Result<Command, String> {
    tools::need(&[tools::JDK, tools::MAVEN])?;
    let mut mvn = Command::new("mvn");
    mvn.args(["-B", "-q", "-Dstyle.color=never"]).current_dir(sh::root().join("android")).args(["-pl", &modules.join(",")]).args(goals);
    let target = sh::target();
    mvn.arg(format!("-Dkeyturn.target={}", target.display())).arg(format!("-Dkeyturn.native={}", target.join("release").display()));
    if let Some(repository) = repository() {
        mvn.arg(format!("-Dmaven.repo.local={}", repository.display()));
    }
    Ok(mvn)
}

/// Where Maven keeps what it fetched: `None` where it has a folder of its own already.
fn repository() -> Option<PathBuf> {
    let own = std::env::var_os("HOME").map(PathBuf::from).map(|home| home.join(".m2"));
    let configured = own.is_some_and(|m2| m2.join("repository").is_dir() || m2.join("settings.xml").is_file());
    (!configured).then(|| sh::target().join("m2"))
}

/// The JVM tests of the facade and of the screens: real core, real hub.
pub fn kotlin() -> Result<Outcome, String> {
    let mut mvn = match maven(&PLAIN, &["test"]) {
        Ok(mvn) => mvn,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    tools::need(&[tools::CJK_FONTS, tools::JVM_DRAWING]).or_else(|why| {
        println!("the pictures lack something: {why}");
        Ok::<(), String>(())
    })?;
    bindings::build()?;
    forget(&PLAIN)?;
    let out = sh::follow(&mut mvn, KOTLIN_LIMIT, |line| println!("{line}"))?;
    let (tests, failed) = summaries(&PLAIN);
    match (out.code, tests) {
        (Some(0), 0) => Err("no test ran".into()),
        (Some(0), _) if failed == 0 => Ok(Outcome::Passed(format!("{tests} tests; pictures of the screens in target/android/ui/pictures"))),
        (code, _) => Err(format!("{failed} of {tests} tests failed (Maven's exit code {code:?})")),
    }
}

/// The app as it would be installed, under Robolectric: real core, real hub, the manifest and the resources merged as Gradle merges them.
pub fn robolectric() -> Result<Outcome, String> {
    if let Err(why) = tools::need(&[tools::AAPT]) {
        return Ok(Outcome::Skipped(why));
    }
    let mut mvn = match maven(&ANDROID, &["test", "-Dtest=app/keyturn/android/*Test", "-Dsurefire.failIfNoSpecifiedTests=false"]) {
        Ok(mvn) => mvn,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    bindings::build()?;
    forget(&ANDROID)?;
    let mut lacking = None;
    let out = sh::follow(&mut mvn, ANDROID_LIMIT, |line| {
        println!("{line}");
        if is_lacking(line) {
            lacking.get_or_insert_with(|| line.trim_start_matches("[ERROR] ").to_owned());
        }
    })?;
    let (tests, failed) = summaries(&ANDROID);
    match (out.code, tests, lacking) {
        (Some(0), 0, _) => Ok(Outcome::Passed("compiled, its manifest and resources merged".into())),
        (Some(0), ..) if failed == 0 => Ok(Outcome::Passed(format!("{tests} tests under Robolectric"))),
        (_, 0, Some(what)) => Ok(Outcome::Skipped(what)),
        (code, ..) => Err(format!("{failed} of {tests} tests failed (Maven's exit code {code:?})")),
    }
}

/// The app's process killed at random moments, at full length: 200 photographs, 50 kills.
pub fn crash_soak() -> Result<Outcome, String> {
    let mut mvn = match maven(&["bindings"], &["-Dtest=CrashTest", "test"]) {
        Ok(mvn) => mvn,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    bindings::build()?;
    let mut said = None;
    let out = sh::follow(mvn.env("KEYTURN_SOAK", "1"), SOAK_LIMIT, |line| {
        println!("{line}");
        if let Some((_, what)) = line.split_once("CRASH ") {
            said = Some(what.to_owned());
        }
    })?;
    match (out.code, said) {
        (Some(0), Some(said)) => Ok(Outcome::Passed(said)),
        (code, _) => Err(format!("Maven's exit code {code:?}")),
    }
}

/// Whether Maven says that something cannot be fetched.
fn is_lacking(line: &str) -> bool {
    line.starts_with("[ERROR]")
        && ["Could not resolve", "Could not find artifact", "Could not transfer", "Failed to collect dependencies"].iter().any(|say| line.contains(say))
}

/// The summaries of an earlier run must not stand for this one.
fn forget(modules: &[&str]) -> Result<(), String> {
    for module in modules {
        let reports = sh::target().join("android").join(module).join("surefire-reports");
        if reports.is_dir() {
            fs::remove_dir_all(&reports).map_err(|e| format!("{}: {e}", reports.display()))?;
        }
    }
    Ok(())
}

/// Tests and failures that Surefire wrote down.
fn summaries(modules: &[&str]) -> (u64, u64) {
    let (mut tests, mut failed) = (0, 0);
    for module in modules {
        let reports = sh::target().join("android").join(module).join("surefire-reports");
        for entry in fs::read_dir(reports).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|e| e == "xml") {
                let text = fs::read_to_string(entry.path()).unwrap_or_default();
                let head = text.split("<testsuite").nth(1).and_then(|t| t.split('>').next()).unwrap_or_default();
                tests += attribute(head, "tests");
                failed += attribute(head, "failures") + attribute(head, "errors");
            }
        }
    }
    (tests, failed)
}

/// `name="3"`.
fn attribute(head: &str, name: &str) -> u64 {
    head.split(&format!(" {name}=\"")).nth(1).and_then(|t| t.split('"').next()).and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// ktlint over what is written by hand; `fix` formats instead of telling.
pub fn ktlint(fix: bool) -> Result<Outcome, String> {
    let jar = match ktlint_jar() {
        Ok(jar) => jar,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let mut java = Command::new("java");
    java.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar"]).arg(jar).arg("--relative").current_dir(sh::root().join("android"));
    if fix {
        java.arg("--format");
    }
    sh::run(java.args(WRITTEN)).map(|()| Outcome::Passed(String::new())).map_err(|_| "not as ktlint has it: run `cargo xtask fmt`".into())
}

fn ktlint_jar() -> Result<PathBuf, String> {
    let folder = tools::dir().join("ktlint");
    let jar = folder.join(format!("ktlint-cli-{KTLINT}-all.jar"));
    if !jar.is_file() {
        tools::need(&[tools::JDK, tools::MAVEN])?;
        let mut mvn = Command::new("mvn");
        mvn.args(["-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"])
            .arg(format!("-Dartifact=com.pinterest.ktlint:ktlint-cli:{KTLINT}:jar:all"))
            .arg(format!("-DoutputDirectory={}", folder.display()));
        sh::run(mvn)?;
    }
    Ok(jar)
}

/// `cargo xtask field [FOLDER]`: the app in a window, on this machine's screen.
pub fn field(args: &[String]) -> Result<bool, String> {
    bindings::build()?;
    let folder = args.first().map_or_else(|| sh::target().join("field"), PathBuf::from);
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    println!("The app keeps its store in {}. Join with an invite of a hub that runs: `keyturn hub invite` prints one.", folder.display());
    let classpath = sh::target().join("xtask").join("field.classpath");
    let mut mvn = maven(&PLAIN, &["compile", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"])?;
    mvn.arg("-Dmdep.includeScope=runtime").arg(format!("-Dmdep.outputFile={}", classpath.display()));
    sh::run(mvn)?;
    let jars = fs::read_to_string(&classpath).map_err(|e| format!("{}: {e}", classpath.display()))?;
    let classes = sh::target().join("android").join("ui").join("classes");
    let mut java = Command::new("java");
    java.arg(format!("-Djna.library.path={}", sh::target().join("release").display()))
        .arg("-cp")
        .arg(format!("{}:{}", classes.display(), jars.trim()))
        .arg("app.keyturn.ui.desktop.MainKt")
        .arg(&folder);
    sh::run(java).map(|()| true)
}

/// Whether Gradle's catalogue and Maven's properties name the same versions.
pub fn versions() -> Result<Outcome, String> {
    let read = |path: &str| fs::read_to_string(sh::root().join(path)).map_err(|e| format!("{path}: {e}"));
    let reactor = read("android/pom.xml")?;
    let (catalogue, pom) = (catalogue(&read("android/gradle/libs.versions.toml")?), properties(&reactor));
    let mut different: Vec<String> = Vec::new();
    // What merges the manifests is the Android plugin's own, counted from another year.
    let merger = tag(&reactor, "tools-base").unwrap_or_default();
    if pom.get("agp").and_then(|agp| tools_base(agp)).as_deref() != Some(merger) {
        different.push(format!("tools-base {merger} does not belong to the Android plugin"));
    }
    for module in ["app", "aars"] {
        let path = format!("android/{module}/pom.xml");
        for name in used(&read(&path)?) {
            if !pom.contains_key(&name) {
                different.push(format!("{path} takes {name} from nowhere"));
            }
        }
    }
    for (name, version) in &pom {
        match catalogue.get(name) {
            Some(other) if other == version => {}
            Some(other) => different.push(format!("{name} is {version} in pom.xml and {other} in libs.versions.toml")),
            None => different.push(format!("{name} stands in pom.xml only")),
        }
    }
    match (different.is_empty(), pom.is_empty()) {
        (true, false) => Ok(Outcome::Passed(format!("{} versions", pom.len()))),
        (true, true) => Err("android/pom.xml names no versions".into()),
        (false, _) => Err(different.join("; ")),
    }
}

/// `name = "1.2"` under `[versions]`.
fn catalogue(text: &str) -> BTreeMap<String, String> {
    let of = text.split("[versions]").nth(1).unwrap_or_default().split("\n[").next().unwrap_or_default();
    of.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.trim().to_owned(), v.trim().trim_matches('"').to_owned())).collect()
}

/// `<name.version>1.2</name.version>`.
fn properties(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|l| {
            let (name, rest) = l.trim().strip_prefix('<')?.split_once('>')?;
            let name = name.strip_suffix(".version")?;
            Some((name.to_owned(), rest.split('<').next()?.to_owned()))
        })
        .collect()
}

/// `<name>…</name>`.
fn tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(&format!("<{name}>")).nth(1)?.split('<').next()
}

/// The tools of an Android plugin carry its number and 23 more.
fn tools_base(agp: &str) -> Option<String> {
    let (major, rest) = agp.split_once('.')?;
    Some(format!("{}.{rest}", major.parse::<u32>().ok()? + 23))
}

/// Names of `${name.version}`, but the project's own.
fn used(text: &str) -> Vec<String> {
    let names = text.split("${").skip(1).filter_map(|part| part.split('}').next()).filter_map(|name| name.strip_suffix(".version"));
    names.filter(|name| *name != "project").map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_summary_is_counted() {
        let head = r#" name="a" tests="12" errors="1" skipped="0" failures="2""#;
        assert_eq!((attribute(head, "tests"), attribute(head, "errors"), attribute(head, "failures"), attribute(head, "none")), (12, 1, 2, 0));
    }

    #[test]
    fn what_maven_could_not_fetch_is_told_from_what_failed() {
        assert!(is_lacking("[ERROR] Failed to execute goal on project app: Could not resolve dependencies for project"));
        assert!(!is_lacking("[ERROR] Failures: "));
        assert!(!is_lacking("Could not resolve, says a test"));
    }

    #[test]
    fn versions_of_tools_and_modules_are_found() {
        assert_eq!(tools_base("9.1.0").as_deref(), Some("32.1.0"));
        assert_eq!(tag("<tools-base>32.1.0</tools-base>", "tools-base"), Some("32.1.0"));
        assert_eq!(used("<version>${a.version}</version><version>${project.version}</version>${made}"), ["a"]);
    }

    #[test]
    fn both_lists_are_read_and_agree() {
        assert!(matches!(versions().unwrap(), Outcome::Passed(_)));
        assert_eq!(catalogue("[versions]\na = \"1\"\n\n[libraries]\nb = \"2\"\n").into_iter().collect::<Vec<_>>(), [("a".to_owned(), "1".to_owned())]);
        assert_eq!(properties("<a.version>1</a.version>\n<b>2</b>").into_iter().collect::<Vec<_>>(), [("a".to_owned(), "1".to_owned())]);
    }
}
