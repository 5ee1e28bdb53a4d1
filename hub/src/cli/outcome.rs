//! What a command answers, and why it did not.

use super::Ctx;
use keyturn_core::{
    field::FieldError,
    sync::SyncError,
    words::{Lang, Told, tr, word},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::Write;

/// The machine's side of an answer.
#[derive(Debug)]
pub enum Shown {
    /// One object.
    One(Value),
    /// JSON lines.
    Rows(Vec<Value>),
}

/// What a command answers.
#[derive(Debug)]
pub struct Answer {
    /// For machines.
    pub shown: Shown,
    /// For people.
    pub text: String,
    /// Something was looked at and is not as it should be: exit code 1.
    pub wrong: bool,
}

impl Answer {
    /// One object.
    pub fn one(value: &impl Serialize, text: impl Into<String>) -> Self {
        Self { shown: Shown::One(to_json(value)), text: text.into(), wrong: false }
    }

    /// A list.
    pub fn rows<T: Serialize>(values: &[T], text: impl Into<String>) -> Self {
        Self { shown: Shown::Rows(values.iter().map(to_json).collect()), text: text.into(), wrong: false }
    }

    /// As one JSON value: a list becomes an array.
    pub fn value(self) -> Value {
        match self.shown {
            Shown::One(value) => value,
            Shown::Rows(rows) => Value::Array(rows),
        }
    }

    /// Prints it; the exit code.
    pub(super) fn show(self, ctx: &Ctx) -> u8 {
        let code = u8::from(self.wrong);
        let mut out = std::io::stdout().lock();
        // A reader that has gone away (`| head`) wants no more; what was asked is done all the same.
        let _ = match self.shown {
            _ if !ctx.json && self.text.is_empty() => Ok(()),
            _ if !ctx.json => writeln!(out, "{}", self.text.trim_end()),
            Shown::One(value) => writeln!(out, "{value}"),
            Shown::Rows(rows) => rows.iter().try_for_each(|row| writeln!(out, "{row}")),
        };
        let _ = out.flush();
        code
    }
}

/// Personal or not: what a view holds is the caller's to see. A view that cannot be written is a fault of ours, told as null.
pub(super) fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// Why a command was not done.
#[derive(Debug)]
pub struct Failure {
    /// 1 refused or found wrong, 2 could not run.
    pub code: u8,
    /// Message key, stable.
    pub key: String,
    /// The message's arguments.
    pub args: Vec<(String, String)>,
    /// The hub's own words, zh-CN and en: a later hub may say what this build has no words for.
    pub said: Option<[String; 2]>,
}

impl Failure {
    /// Refused.
    pub fn refused(key: &str, args: &[(&str, String)]) -> Self {
        Self { code: 1, key: key.to_owned(), args: args.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(), said: None }
    }

    /// Could not run.
    pub fn cannot(key: &str, args: &[(&str, String)]) -> Self {
        Self { code: 2, ..Self::refused(key, args) }
    }

    /// The command line is not one.
    pub(super) fn usage(rendered: &str) -> Self {
        let detail = rendered.trim().trim_start_matches("error: ").to_owned();
        Self::cannot("cli-usage", &[("detail", detail)])
    }

    /// From anything that tells itself, with the exit code given.
    pub fn told(code: u8, told: &dyn Told) -> Self {
        let args = told.args().into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        Self { code, key: told.key().to_owned(), args, said: None }
    }

    /// The words in `lang`.
    pub fn words(&self, lang: Lang) -> String {
        if let Some([zh, en]) = &self.said {
            return if lang == Lang::Zh { zh } else { en }.clone();
        }
        let args: Vec<(&str, String)> = self.args.iter().map(|(k, v)| (k.as_str(), named(lang, k, v))).collect();
        tr(lang, &self.key, &args)
    }

    /// `{"key","args","words"}`.
    pub fn value(&self, lang: Lang) -> Value {
        let args: serde_json::Map<String, Value> = self.args.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect();
        json!({ "key": self.key, "args": args, "words": self.words(lang) })
    }

    /// Tells it; the exit code.
    pub(super) fn show(&self, ctx: &Ctx) -> u8 {
        let _ = if ctx.json {
            writeln!(std::io::stdout(), "{}", json!({ "error": self.value(ctx.lang) }))
        } else {
            writeln!(std::io::stderr(), "{}", self.words(ctx.lang))
        };
        self.code
    }
}

/// Arguments that name a kind of thing stay identifiers for machines and become words for people.
fn named(lang: Lang, arg: &str, value: &str) -> String {
    let key = match arg {
        "what" => format!("cli-what-{value}"),
        "phase" => format!("cli-phase-{value}"),
        _ => return value.to_owned(),
    };
    let words = word(lang, &key);
    if words == key { value.to_owned() } else { words }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        let code = match &error {
            // The photo is fine; the device could not keep it.
            FieldError::Photo(refused) if matches!(refused.key(), "photo-store-failed" | "photo-no-space") => 2,
            FieldError::NotEnrolled
            | FieldError::WrongHub
            | FieldError::NotFound(_)
            | FieldError::Several { .. }
            | FieldError::Refused(_)
            | FieldError::Photo(_) => 1,
            FieldError::Store(_) | FieldError::Blob(_) | FieldError::Key(_) | FieldError::Report(_) => 2,
        };
        if code == 2 {
            tracing::error!(%error, "the store could not do it");
        }
        Self::told(code, &error)
    }
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Field(error) => error.into(),
            SyncError::Hub { status, told: Some(told) } => {
                Self { code: if status < 500 { 1 } else { 2 }, key: told.key, args: told.args, said: Some([told.zh, told.en]) }
            }
            SyncError::Untrusted(_) | SyncError::Fork | SyncError::Revoked => Self::told(1, &error),
            SyncError::Hub { .. } | SyncError::Link(_) | SyncError::Cancelled => {
                tracing::info!(%error, "the sync stopped");
                Self::told(2, &error)
            }
        }
    }
}

impl From<keyturn_core::store::StoreError> for Failure {
    fn from(error: keyturn_core::store::StoreError) -> Self {
        FieldError::from(error).into()
    }
}

impl From<keyturn_core::evidence::BlobError> for Failure {
    fn from(error: keyturn_core::evidence::BlobError) -> Self {
        FieldError::from(error).into()
    }
}
