//! Cases read as JSON lines, answered as JSON lines: a bad line is answered with its error and the run goes on.

use crate::{
    Hub,
    cli::{Answer, Ctx, Failure},
};
use chrono::NaiveDate;
use clap::Args;
use keyturn_core::{
    log::{EventRef, OrderKey, clock::Hlc},
    model::{Id, UtcMs},
    policy::{Profile, calendar::Year, registry::Registry},
    words::Told,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

/// No case is longer, in bytes.
const LINE_MAX_BYTES: usize = 1 << 20;

/// Where cases come from.
#[derive(Debug, Args)]
pub(super) struct Cases {
    /// Cases as JSON lines, each with an `id` of its own; `-` reads standard input. Answers are JSON lines in the same order. A case that
    /// cannot be answered gets `{"id","error":{"key","args","words"}}`, and the run goes on and ends with 0.
    #[arg(long = "cases", value_name = "FILE")]
    file: PathBuf,
    /// The folder of a hub, whose published profiles and holiday notices are known too.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// What a hub's office has published, on its way to a command that answers cases.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Published {
    Profile { name: String, text: String },
    Notice { name: String, year: Box<Year> },
}

/// What the office of a hub has published, as rows.
pub(super) fn published(hub: &Hub) -> Answer {
    let library = hub.policies().library();
    let layers = hub.policies().published().into_iter().filter_map(|profile| library.layer(&profile.at));
    let profiles = layers.map(|layer| Published::Profile { name: layer.at.to_string(), text: layer.text.clone() });
    let notices = hub.policies().published_notices().into_iter().map(|(place, year)| Published::Notice { name: year.name(&place), year: Box::new(year) });
    Answer::rows(&profiles.chain(notices).collect::<Vec<_>>(), "")
}

/// The rules that cases are answered by: those of the program, and those of the hub's project.
fn registry(ctx: &Ctx, data: Option<&Path>) -> Result<Registry, Failure> {
    let registry = Registry::default();
    let Some(data) = data else { return Ok(registry) };
    let rows: Vec<Published> = serde_json::from_value(crate::cli::hub::at_hub(ctx, data)?.value()).map_err(|error| Failure::usage(&error.to_string()))?;
    let mut open: Vec<(String, String)> = Vec::new();
    for (at, row) in (0_i64..).zip(rows) {
        match row {
            Published::Profile { name, text } => open.push((name, text)),
            Published::Notice { name, year } => {
                let order = OrderKey { hlc: Hlc { ms: UtcMs(at), counter: 0 }, event: EventRef { device: Id::default(), seq: 1 } };
                let text = serde_json::to_string(&year).map_err(|error| Failure::usage(&error.to_string()))?;
                registry.take_notice(order, &name, &text).map_err(|faults| Failure::told(1, &faults))?;
            }
        }
    }
    // A profile may stand on another one.
    while !open.is_empty() {
        let before = open.len();
        let mut last = None;
        open.retain(|(name, text)| registry.take(name, text).map_err(|faults| last = Some(faults)).is_err());
        if let Some(faults) = last.filter(|_| open.len() == before) {
            return Err(Failure::told(1, &faults));
        }
    }
    Ok(registry)
}

/// Why a case has no answer.
pub(super) enum NoAnswer {
    /// By a rule that tells itself.
    Told(Box<dyn Told>),
    /// The line is no case.
    Line {
        /// Message key.
        key: &'static str,
        /// What the reader says.
        detail: String,
    },
}

impl<T: Told + 'static> From<T> for NoAnswer {
    fn from(told: T) -> Self {
        Self::Told(Box::new(told))
    }
}

impl NoAnswer {
    fn value(&self, ctx: &Ctx, line: usize) -> Value {
        let failure = match self {
            Self::Told(told) => Failure::told(1, &**told),
            Self::Line { key, detail } => Failure::refused(key, &[("line", line.to_string()), ("detail", detail.clone())]),
        };
        failure.value(ctx.lang)
    }
}

/// A value that is none, told with its place.
pub(super) struct Bad {
    key: &'static str,
    args: Vec<(&'static str, String)>,
}

impl Bad {
    pub(super) fn value(key: &'static str, place: &str, value: &str) -> Self {
        Self { key, args: vec![("place", place.to_owned()), ("value", value.to_owned())] }
    }
}

impl Told for Bad {
    fn key(&self) -> &'static str {
        self.key
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        self.args.clone()
    }
}

/// A day, or a refusal that names its place.
pub(super) fn day(place: &str, text: &str) -> Result<NaiveDate, Bad> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| Bad::value("rules-bad-date", place, text))
}

/// The profile of a case.
pub(super) fn profile(registry: &Registry, name: &str) -> Result<&'static Profile, Bad> {
    // Without a version the newest one is meant, as everywhere else.
    registry.find(name).or_else(|| registry.newest(name)).ok_or_else(|| Bad { key: "profile-unknown", args: vec![("profile", name.to_owned())] })
}

impl Cases {
    /// Answers each case; `answer` gives the fields that follow the `id`.
    ///
    /// # Errors
    /// When the file cannot be read or the answers cannot be written.
    pub(super) fn each<C: DeserializeOwned, A: Serialize>(
        &self,
        ctx: &Ctx,
        mut answer: impl FnMut(&Registry, C) -> Result<A, NoAnswer>,
    ) -> Result<Answer, Failure> {
        let registry = registry(ctx, self.data.as_deref())?;
        let mut answer = |case: C| answer(&registry, case);
        let cannot = |error: std::io::Error| Failure::cannot("cli-cannot-read", &[("path", self.file.display().to_string()), ("detail", error.to_string())]);
        let mut reader: Box<dyn BufRead> =
            if self.file.as_os_str() == "-" { Box::new(std::io::stdin().lock()) } else { Box::new(BufReader::new(File::open(&self.file).map_err(cannot)?)) };
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut seen = HashSet::new();
        let (mut bytes, mut line) = (Vec::new(), 0);
        while reader.read_until(b'\n', &mut bytes).map_err(cannot)? > 0 {
            line += 1;
            let text = std::str::from_utf8(&bytes).map(|text| text.trim_start_matches('\u{feff}').trim());
            if text.is_err() || text.is_ok_and(|text| !text.is_empty()) {
                let (id, answered) = match text {
                    Ok(text) => one(text, &mut seen, &mut answer),
                    Err(_) => (Value::Null, Err(NoAnswer::Line { key: "rules-line-no-text", detail: String::new() })),
                };
                let row = match answered {
                    Ok(row) => row,
                    Err(error) => json!({ "id": id, "error": error.value(ctx, line) }).to_string(),
                };
                if writeln!(out, "{row}").is_err() {
                    // A reader that has gone away wants no more.
                    break;
                }
            }
            bytes.clear();
        }
        let _ = out.flush();
        Ok(Answer::rows::<()>(&[], ""))
    }
}

/// An answered case: its id, then what was answered.
#[derive(Serialize)]
struct Row<'a, A> {
    id: &'a Value,
    #[serde(flatten)]
    answer: A,
}

fn one<C: DeserializeOwned, A: Serialize>(
    text: &str,
    seen: &mut HashSet<String>,
    answer: &mut impl FnMut(C) -> Result<A, NoAnswer>,
) -> (Value, Result<String, NoAnswer>) {
    let bad = |key, detail: String| NoAnswer::Line { key, detail };
    if text.len() > LINE_MAX_BYTES {
        return (Value::Null, Err(bad("rules-line-too-long", LINE_MAX_BYTES.to_string())));
    }
    let mut case: Value = match serde_json::from_str(text) {
        Ok(case) => case,
        Err(error) => return (Value::Null, Err(bad("rules-line-no-json", error.to_string()))),
    };
    let Some(id) = case.as_object_mut().and_then(|fields| fields.remove("id")) else {
        return (Value::Null, Err(bad("rules-line-no-id", String::new())));
    };
    if !seen.insert(id.to_string()) {
        return (id.clone(), Err(bad("rules-id-twice", id.to_string())));
    }
    let answered = serde_json::from_value(case).map_err(|error| bad("rules-line-no-case", error.to_string())).and_then(&mut *answer);
    let row = answered.and_then(|answer| serde_json::to_string(&Row { id: &id, answer }).map_err(|error| bad("rules-line-no-case", error.to_string())));
    (id, row)
}
