//! The commands that people and CI run: `cargo xtask test|lint|bench|soak|fmt|docs`.

mod android;
mod bench;
mod bindings;
mod demo;
mod ios;
mod ios_words;
mod parts;
mod phones;
mod sh;
mod test;
mod tokens;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test [PART…]   everything this machine can check; parts by (the beginning of) their name
cargo xtask lint           formatting and clippy, warnings denied
cargo xtask bench [NAME…]  benchmarks, as ratios to their peers in one run
cargo xtask soak           the slow suites: 10,000 kills, thousands of tampers
cargo xtask bindings       Kotlin and Swift from the library; --check fails when they are not what it gives
cargo xtask phones [PART…] tests as ARM64, a check for Android, the static library for iOS, the sizes
cargo xtask tools          installs what tests and benchmarks use, or says what is missing
cargo xtask tokens         the look of design/tokens.json as Kotlin and Swift (--check: only compares)
cargo xtask field [FOLDER] the app in a window of this machine, its store in FOLDER
cargo xtask swift [ARG…]   lint and tests of the iOS package; with words, any command of the Swift toolchain in ios/
cargo xtask ios-words      String Catalogs for Xcode, from the one source of words
cargo xtask fmt            formats the code
cargo xtask docs           the documentation of every public item, warnings denied";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = args.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let done = match command {
        "test" => Ok(test::all(rest)),
        "lint" => Ok(test::lint_only()),
        "bench" => Ok(bench::all(rest)),
        "soak" => Ok(test::soak(rest)),
        "bindings" => bindings::all(rest),
        "phones" => Ok(phones::all(rest)),
        "swift" => ios::command(rest),
        "ios-words" => ios_words::write(),
        "tools" => Ok(tools::install_all()),
        "tokens" => tokens::run(rest.iter().any(|a| a == "--check")),
        "field" => android::field(rest),
        "fmt" => sh::run(sh::cargo(&["fmt", "--all"])).and_then(|()| android::ktlint(true)).map(|_| true),
        "docs" => sh::run(sh::cargo(&["doc", "--release", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings")).map(|()| true),
        "" | "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(true)
        }
        other => Err(format!("no command `{other}`\n{USAGE}")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
