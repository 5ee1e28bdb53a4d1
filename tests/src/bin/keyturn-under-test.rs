//! The command `keyturn` as the tests of this crate start, kill and feed it: the same code as the binary that is shipped.

fn main() -> std::process::ExitCode {
    keyturn_hub::cli::main()
}
