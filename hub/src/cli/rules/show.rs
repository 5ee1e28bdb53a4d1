//! `keyturn rules show`, `diff` and `check`: a profile with the origin of each value, two of them side by side, and what is wrong in a draft.

use crate::{
    cli::{Answer, Ctx, Failure},
    values::plain,
};
use clap::Args;
use keyturn_core::{
    policy::{
        Fault, Faults, ProfileRef,
        keys::Keys,
        registry::Registry,
        resolve::{Held, Library, Resolved, Said},
        rows::Confirm,
    },
    words::Told,
};
use serde_json::{Value, json};
use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

/// A resolved profile with the origin of each value.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The profile: `cn-default@1`; without a version the newest.
    profile: String,
    /// The folder of a hub, whose published profiles are known too.
    #[arg(long)]
    pub(super) data: Option<PathBuf>,
    /// Laws of provinces and cities to lay between, such as `cn-zhejiang@1`; what is still to be checked is shown as a draft.
    #[arg(long, value_delimiter = ',')]
    layers: Vec<String>,
    /// Terms of one unit's contract to lay on top, by the fields of the register: `notice_days=20`. What is looser than above
    /// holds for nobody, and is shown as set aside.
    #[arg(long, value_delimiter = ',', value_parser = term)]
    contract: Vec<(String, u64)>,
}

fn term(text: &str) -> Result<(String, u64), String> {
    let (field, days) = text.split_once('=').ok_or("FIELD=NUMBER")?;
    if Keys::get().of_contract(field).is_none() {
        return Err(Keys::get().contract_fields().collect::<Vec<_>>().join(", "));
    }
    days.parse().map(|days| (field.to_owned(), days)).map_err(|_| "FIELD=NUMBER".to_owned())
}

/// What differs between two profiles.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// One.
    a: String,
    /// The other.
    b: String,
    /// The folder of a hub, whose published profiles are known too.
    #[arg(long)]
    pub(super) data: Option<PathBuf>,
}

/// Everything that is wrong in a draft, with line numbers.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The draft.
    file: PathBuf,
    /// The folder of the hub that is to publish it: what it has published is known too, and what an office may not publish is told.
    #[arg(long)]
    pub(super) data: Option<PathBuf>,
}

/// The profile of this name in a library.
pub(super) fn named(library: &Library, name: &str) -> Result<ProfileRef, Failure> {
    let found = match name.parse::<ProfileRef>() {
        Ok(at) => library.layer(&at),
        Err(_) => library.newest(name),
    };
    found.map(|layer| layer.at.clone()).ok_or_else(|| Failure::refused("profile-unknown", &[("profile", name.to_owned())]))
}

pub(super) fn resolved(library: &Library, name: &str, layers: &[String]) -> Result<Resolved, Failure> {
    let overlays = layers.iter().map(|layer| named(library, layer)).collect::<Result<Vec<_>, _>>()?;
    library.resolve(&named(library, name)?, &overlays).map_err(|faults| Failure::told(1, &faults))
}

impl Show {
    pub(super) fn run(&self, ctx: &Ctx, library: &Library) -> Result<Answer, Failure> {
        let mut resolved = resolved(library, &self.profile, &self.layers)?;
        if !self.contract.is_empty() {
            let terms: Vec<(&str, u64)> = self.contract.iter().map(|(field, days)| (field.as_str(), *days)).collect();
            resolved = resolved.with_contract(&terms);
        }
        Ok(Answer::one(&resolved, told(ctx, &resolved)))
    }
}

fn said(said: &Said) -> String {
    format!("{}  [{}; {}:{}]", plain(&said.value), said.origin, said.layer, said.line)
}

fn told(ctx: &Ctx, resolved: &Resolved) -> String {
    let keys = Keys::get();
    let chain: Vec<String> = resolved.chain.iter().map(ToString::to_string).collect();
    let mut out = vec![format!("{}  {}", resolved.at, resolved.name(ctx.lang)), ctx.words("rules-chain", &[("chain", chain.join(" → "))])];
    let mut line = |indent: &str, name: &str, held: &Held| {
        out.push(format!("{indent}{name}: {}", said(&held.said)));
        for before in &held.before {
            let key = if before.value == held.said.value { "rules-also" } else { "rules-before" };
            out.push(format!("{indent}    {}", ctx.words(key, &[("said", said(before))])));
        }
        for aside in &held.set_aside {
            out.push(format!("{indent}    {}", ctx.words("rules-set-aside", &[("said", said(aside))])));
        }
    };
    for (key, held) in &resolved.values {
        line("", &format!("{key} ({})", keys.name(key, ctx.lang)), held);
    }
    for (table, rows) in resolved.rows.iter().filter(|(table, _)| *table != "confirm") {
        for held in resolved.rows_of(table).take(rows.len()) {
            line("", &format!("{table} ({})", keys.name(table, ctx.lang)), held);
        }
    }
    for confirm in resolved.typed_rows::<Confirm>("confirm") {
        let value = confirm.value.as_ref().map_or_else(String::new, |value| format!(" = {}", plain(value)));
        let args = [("what", confirm.what), ("value", value), ("by", confirm.by), ("on", confirm.on.to_string()), ("against", confirm.against)];
        out.push(ctx.words("rules-confirmed", &args));
    }
    for (key, drafts) in &resolved.drafts {
        for draft in drafts {
            out.push(ctx.words("rules-draft", &[("key", key.clone()), ("said", said(draft))]));
        }
    }
    for what in resolved.missing() {
        out.push(ctx.words("rules-missing", &[("key", what.to_owned())]));
    }
    out.join("\n")
}

/// Everything a profile holds, by key or row.
fn flat(resolved: &Resolved) -> std::collections::BTreeMap<String, &Held> {
    let rows = resolved.rows.iter().flat_map(|(table, rows)| rows.iter().map(move |(identity, held)| (format!("{table}:{identity}"), held)));
    resolved.values.iter().map(|(key, held)| (key.clone(), held)).chain(rows).collect()
}

impl Diff {
    pub(super) fn run(&self, ctx: &Ctx, library: &Library) -> Result<Answer, Failure> {
        let (a, b) = (resolved(library, &self.a, &[])?, resolved(library, &self.b, &[])?);
        let (one, other) = (flat(&a), flat(&b));
        let keys: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        let (mut rows, mut text) = (Vec::new(), Vec::new());
        for key in keys {
            let (left, right) = (one.get(key), other.get(key));
            let value = |held: Option<&&Held>| {
                held.map(|held| {
                    let mut value = held.said.value.clone();
                    // Where it comes from is shown beside; it makes no difference by itself.
                    if let Some(columns) = value.as_object_mut() {
                        columns.remove("origin");
                    }
                    value
                })
            };
            if value(left) == value(right) {
                continue;
            }
            rows.push(json!({ "key": key, "a": left, "b": right }));
            let shown = |held: Option<&&Held>| held.map_or_else(|| ctx.words("rules-nothing", &[]), |held| said(&held.said));
            text.push(format!("{key}\n  {}: {}\n  {}: {}", a.at, shown(left), b.at, shown(right)));
        }
        let text = if text.is_empty() { ctx.words("rules-same", &[]) } else { text.join("\n") };
        Ok(Answer::rows(&rows, text))
    }
}

/// A draft's text; a file that is no UTF-8 is refused as such.
pub(super) fn text_of(cwd: &Path, path: &Path) -> Result<String, Failure> {
    let cannot = |detail: String| Failure::cannot("cli-cannot-read", &[("path", path.display().to_string()), ("detail", detail)]);
    let read = std::fs::File::open(cwd.join(path)).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(DRAFT_MAX_BYTES + 1).read_to_end(&mut bytes).map(|_| bytes)
    });
    let bytes = read.map_err(|error| cannot(error.to_string()))?;
    if bytes.len() as u64 > DRAFT_MAX_BYTES {
        return Err(Failure::refused("rules-draft-too-long", &[("path", path.display().to_string()), ("most", (DRAFT_MAX_BYTES >> 20).to_string())]));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::refused("rules-draft-no-text", &[("path", path.display().to_string()), ("line", line.to_string())])
    })
}

/// No draft is longer, in bytes.
const DRAFT_MAX_BYTES: u64 = 4 << 20;

/// A file's name without its folder, as refusals tell it.
pub(super) fn short(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Everything that is wrong, for machines.
pub(super) fn faults_json(ctx: &Ctx, faults: &Faults) -> Value {
    let row = |fault: &Fault| json!({ "file": fault.file, "line": fault.line, "key": fault.key, "problem": fault.problem, "words": fault.told(ctx.lang) });
    json!({ "faults": faults.0.iter().map(row).collect::<Vec<_>>() })
}

impl Check {
    /// Checks the draft, `office` being the hub's that is to publish it.
    pub(super) fn run(&self, ctx: &Ctx, office: Option<&Registry>, cwd: &Path) -> Result<Answer, Failure> {
        let (file, text) = (short(&self.file), text_of(cwd, &self.file)?);
        let checked = match office {
            Some(office) => office.check(&file, &text),
            None => Library::shipped().check(&file, &text).map(|resolved| resolved.at),
        };
        match checked {
            Ok(at) => {
                let good = json!({ "profile": at, "faults": [] });
                Ok(Answer::one(&good, ctx.words("rules-check-good", &[("profile", at.to_string())])))
            }
            Err(faults) => {
                let told: Vec<String> = faults.0.iter().map(|fault| fault.told(ctx.lang)).collect();
                Ok(Answer { wrong: true, ..Answer::one(&faults_json(ctx, &faults), told.join("\n")) })
            }
        }
    }
}
