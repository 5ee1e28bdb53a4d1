//! What is wrong in a profile file: the file, the line, the key and the reason. A draft is read to its end, so that all of it is told at once.

use crate::words::Told;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::fmt;

/// One thing that is wrong in a profile file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file's name.
    pub file: String,
    /// The line, from 1; 0 where the fault is in no single line.
    pub line: usize,
    /// The key of the value, such as `gate.notice_days_min` or `deadline[3].value`.
    pub key: String,
    /// The message key of the reason.
    pub problem: &'static str,
    /// Further arguments of the message.
    pub args: Vec<(&'static str, String)>,
}

impl Fault {
    pub(super) fn new(file: &str, line: usize, key: impl Into<String>, problem: &'static str) -> Self {
        Self { file: file.to_owned(), line, key: key.into(), problem, args: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}, {}: {}", self.file, self.line, self.key, self.problem)?;
        self.args.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

impl std::error::Error for Fault {}

impl Told for Fault {
    fn key(&self) -> &'static str {
        self.problem
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        let place = if self.line == 0 { self.file.clone() } else { format!("{}:{}", self.file, self.line) };
        // A fault of a list calls its place `file`.
        let mut args = vec![("file", place.clone()), ("place", place), ("key", self.key.clone())];
        args.extend(self.args.iter().cloned());
        args
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut out = s.serialize_struct("Fault", 5)?;
        out.serialize_field("file", &self.file)?;
        out.serialize_field("line", &self.line)?;
        out.serialize_field("key", &self.key)?;
        out.serialize_field("problem", self.problem)?;
        out.serialize_field("args", &self.args.iter().cloned().collect::<std::collections::BTreeMap<_, _>>())?;
        out.end()
    }
}

/// Everything that is wrong; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// `Ok` when there is none.
    pub(super) fn none_or(mut list: Vec<Fault>) -> Result<(), Self> {
        list.sort();
        list.dedup();
        if list.is_empty() { Ok(()) } else { Err(Self(list)) }
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(i, fault)| write!(f, "{}{fault}", if i == 0 { "" } else { "; " }))
    }
}

impl std::error::Error for Faults {}

impl Told for Faults {
    fn key(&self) -> &'static str {
        self.0.first().map_or("profile-unreadable", |fault| fault.problem)
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        self.0.first().map(Told::args).unwrap_or_default()
    }
}
