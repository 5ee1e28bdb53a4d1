//! A device driven by the real command, without a hub: what the tests of `keyturn field` share.
#![allow(dead_code, clippy::unwrap_used)]

#[path = "../../../tests/src/office.rs"]
pub mod office;

use office::{Office, marked_photo};
use serde_json::Value;
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

pub const PHOTO: &[u8] = include_bytes!("../../../tests/photos/IMG_20261120_090833.jpg");
pub const UNIT: &str = "2-1-1102";

/// A day that is not over yet, whenever the test runs.
pub fn soon() -> String {
    (chrono::Utc::now().date_naive() + chrono::Days::new(12)).to_string()
}

pub fn keyturn(args: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyturn"));
    command.args(args).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub struct Device {
    pub dir: TempDir,
    pub office: Office,
}

impl Device {
    pub fn joined(role: &str) -> Self {
        let device = Self { dir: TempDir::new().unwrap(), office: Office::new() };
        device.office.join(&device.store(), role);
        device
    }

    pub fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A photograph of its own.
    pub fn photo(&self, mark: &str) -> String {
        self.file(&format!("{mark}.jpg"), &marked_photo(PHOTO, mark))
    }

    pub fn raw(&self, args: &[&str]) -> Output {
        let store = self.store();
        let mut all = vec!["field", "--store", store.to_str().unwrap()];
        all.extend(args);
        keyturn(&all, "")
    }

    /// A command that must be done; its one JSON object.
    pub fn done(&self, args: &[&str]) -> Value {
        let rows = self.rows(args);
        assert_eq!(rows.len(), 1, "{args:?}");
        rows[0].clone()
    }

    pub fn rows(&self, args: &[&str]) -> Vec<Value> {
        let output = self.raw(&[args, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A command that must be refused with this exit code; the error's key. In JSON it stands on stdout, in words on stderr,
    /// and the words are the same.
    pub fn refused(&self, args: &[&str], code: i32) -> String {
        let output = self.raw(&[args, &["--json", "--lang", "en"]].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let words = self.raw(&[args, &["--lang", "en"]].concat());
        assert_eq!(words.status.code(), Some(code));
        assert!(words.stdout.is_empty());
        // What failed below stands before the words, for support.
        let (shown, told_words) = (String::from_utf8(words.stderr).unwrap(), told["error"]["words"].as_str().unwrap().trim_end().to_owned());
        assert!(shown.trim_end().ends_with(&told_words) && (code == 2 || shown.trim_end() == told_words), "{shown}");
        told["error"]["key"].as_str().unwrap().to_owned()
    }

    pub fn records(&self) -> u64 {
        self.done(&["status"])["records"].as_u64().unwrap()
    }
}
