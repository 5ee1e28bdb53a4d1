//! The command `keyturn`.

fn main() -> std::process::ExitCode {
    keyturn_hub::cli::main()
}
