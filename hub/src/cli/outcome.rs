//! What a command answers, and why it did not.

use super::Ctx;
use keyturn_core::{
    field::FieldError,
    sync::SyncError,
    words::{Lang, Told, say},
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
            _ if !ctx.json => writeln!(out, "{}", calm(self.text.trim_end())),
            Shown::One(value) => writeln!(out, "{value}"),
            Shown::Rows(rows) => rows.iter().try_for_each(|row| writeln!(out, "{row}")),
        };
        let _ = out.flush();
        code
    }
}

/// Words that somebody typed may hold what steers a terminal or turns its writing round: shown by number, never sent to it.
fn calm(text: &str) -> String {
    let steers = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
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
    /// What else stands in the way: keys and arguments.
    pub also: Vec<(String, Vec<(String, String)>)>,
    /// The hub's own words, zh-CN and en: a later hub may say what this build has no words for.
    pub said: Option<Box<[String; 2]>>,
}

impl Failure {
    /// Refused.
    pub fn refused(key: &str, args: &[(&str, String)]) -> Self {
        Self { code: 1, key: key.to_owned(), args: args.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(), also: Vec::new(), said: None }
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
        let owned = |args: Vec<(&'static str, String)>| args.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        let also = told.also().into_iter().map(|(key, args)| (key.to_owned(), owned(args))).collect();
        Self { code, key: told.key().to_owned(), args: owned(told.args()), also, said: None }
    }

    /// The words in `lang`.
    pub fn words(&self, lang: Lang) -> String {
        if let Some([zh, en]) = self.said.as_deref() {
            return if lang == Lang::Zh { zh } else { en }.clone();
        }
        self.reasons().map(|(key, args)| told(lang, key, args)).collect::<Vec<_>>().join("\n")
    }

    /// The reason, and what else stands in the way.
    fn reasons(&self) -> impl Iterator<Item = (&str, &[(String, String)])> {
        let also = self.also.iter().map(|(key, args)| (key.as_str(), args.as_slice()));
        std::iter::once((self.key.as_str(), self.args.as_slice())).chain(also)
    }

    /// `{"key","args","words"}`, and `"also"` where more than one thing stands in the way.
    pub fn value(&self, lang: Lang) -> Value {
        let object = |args: &[(String, String)]| args.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect::<serde_json::Map<_, _>>();
        let mut value = json!({ "key": self.key, "args": object(&self.args), "words": self.words(lang) });
        if !self.also.is_empty() {
            value["also"] = self.also.iter().map(|(key, args)| json!({ "key": key, "args": object(args), "words": told(lang, key, args) })).collect();
        }
        value
    }

    /// Tells it; the exit code.
    pub(super) fn show(&self, ctx: &Ctx) -> u8 {
        let _ = if ctx.json {
            writeln!(std::io::stdout(), "{}", json!({ "error": self.value(ctx.lang) }))
        } else {
            writeln!(std::io::stderr(), "{}", calm(&self.words(ctx.lang)))
        };
        self.code
    }
}

/// Arguments that are identifiers stay so for machines and become names for people.
pub(super) fn told(lang: Lang, key: &str, args: &[(String, String)]) -> String {
    let args: Vec<(&str, String)> = args.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
    say(lang, key, &args)
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
                Self { code: if status < 500 { 1 } else { 2 }, key: told.key, args: told.args, also: Vec::new(), said: Some(Box::new([told.zh, told.en])) }
            }
            SyncError::Untrusted(_) | SyncError::OtherCertificate | SyncError::Fork | SyncError::Revoked => Self::told(1, &error),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_and_not_sent() {
        assert_eq!(calm("漏水\n\t2 处"), "漏水\n\t2 处");
        assert_eq!(calm("a\u{1b}[2Jb\r\u{7}\u{9b}c\u{202e}d"), "a\\u{1b}[2Jb\\u{d}\\u{7}\\u{9b}c\\u{202e}d");
    }
}
