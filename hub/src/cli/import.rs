//! `keyturn import`: the register from XLSX or CSV (S4-28, S4-98, S0-13, S4-04).

use super::{Answer, Ctx, Failure};
use crate::{
    Hub, RegisterRow,
    import::{Import as Read, ImportError, import, write_template},
    register_rows::rows,
};
use clap::{ArgGroup, Args};
use keyturn_core::{
    model::{Id, body::AggKind},
    policy::Profile,
    register::RowKey,
    words::Told,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

/// A register to import.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["file", "template"])))]
pub(super) struct Import {
    /// An `.xlsx` file, a `.csv` file named after its sheet, or a folder of CSV files.
    file: Option<PathBuf>,
    /// The hub's folder; the hub may be running or not.
    #[arg(long, default_value = "data/hub")]
    pub(super) data: PathBuf,
    /// Writes the printed template to this `.xlsx` file and imports nothing.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Takes the good rows; the others are written to the file of `--refused`.
    #[arg(long, requires = "refused")]
    skip_bad: bool,
    /// Writes the rows that were not taken, each with its reasons (`.xlsx`, `.csv`, or a folder).
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
    /// Looks at the file and takes nothing.
    #[arg(long)]
    dry_run: bool,
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let code = if matches!(error, ImportError::Io(_) | ImportError::Write(_) | ImportError::WriteCsv(_)) { 2 } else { 1 };
        Self::told(code, &error)
    }
}

impl Import {
    /// What needs no hub: the template, and a file that is refused or only looked at where there is no hub yet. Nothing is begun for it.
    pub(super) fn without_hub(&self, ctx: &Ctx) -> Option<Result<Answer, Failure>> {
        self.template(ctx).or_else(|| {
            if self.data.join("hub.sqlite").exists() {
                return None;
            }
            let read = match import(Profile::builtin(), self.file.as_deref().unwrap_or(Path::new("")), &|_: &RowKey| false) {
                Ok(read) => read,
                Err(error) => return Some(Err(error.into())),
            };
            (!self.takes(&read)).then(|| self.answer(ctx, &read, None, Path::new("")))
        })
    }

    /// Whether rows are taken.
    fn takes(&self, read: &Read) -> bool {
        (read.is_good() || self.skip_bad) && !self.dry_run
    }

    fn template(&self, ctx: &Ctx) -> Option<Result<Answer, Failure>> {
        let path = self.template.as_deref()?;
        if path.exists() {
            return Some(Err(Failure::refused("cli-file-there", &[("path", path.display().to_string())])));
        }
        Some(write_template(Profile::builtin(), path, ctx.lang).map_err(Failure::from).map(|()| {
            let path = path.display().to_string();
            Answer::one(&json!({ "template": path }), ctx.words("cli-template", &[("path", path)]))
        }))
    }

    /// Imports into `hub`; paths are those of a command that was typed in `cwd`.
    pub(super) async fn run(&self, ctx: &Ctx, hub: &Hub, cwd: &Path) -> Result<Answer, Failure> {
        let file = cwd.join(self.file.as_deref().unwrap_or(Path::new("")));
        let mut known: HashSet<Id> = HashSet::new();
        for kind in [AggKind::Community, AggKind::Building, AggKind::Unit, AggKind::Person, AggKind::Contractor, AggKind::Plan] {
            known.extend(hub.all(kind).await?.into_iter().map(|thing| thing.id));
        }
        let reader = hub.clone();
        let read = tokio::task::spawn_blocking(move || import(Profile::builtin(), &file, &|key: &RowKey| known.contains(&reader.register_id(key.as_str()))));
        let read = read.await.map_err(|error| Failure::cannot("cli-runtime", &[("detail", error.to_string())]))??;
        let done =
            if self.takes(&read) { Some(hub.import(hub.own_person(), &hub.profile().roles.given.register, self.rows(hub, &read).await?).await?) } else { None };
        self.answer(ctx, &read, done.as_ref(), cwd)
    }

    /// What was read, and what was taken of it.
    fn answer(&self, ctx: &Ctx, read: &Read, done: Option<&crate::Imported>, cwd: &Path) -> Result<Answer, Failure> {
        let refused = self.refused.as_deref().map(|path| cwd.join(path));
        if let Some(path) = refused.as_deref().filter(|_| !read.is_good()) {
            read.write_refused(path, ctx.lang)?;
        }
        let bad: Vec<Value> = read.bad().iter().map(|cell| bad_cell(ctx, cell)).collect();
        let shown = json!({
            "rows": read.reading.rows_seen,
            "good": read.reading.rows_seen.saturating_sub(read.reading.bad_rows.len()),
            "bad": bad,
            "imported": done.copied(),
            "refused_file": refused.filter(|_| !read.is_good()),
        });
        let wrong = !read.is_good();
        Ok(Answer { wrong, ..Answer::one(&shown, self.told(ctx, read, done)) })
    }

    async fn rows(&self, hub: &Hub, read: &Read) -> Result<Vec<RegisterRow>, Failure> {
        // Plans' pictures by the name that the table gives them; one that is not there leaves its plan without a picture.
        let files: BTreeMap<String, PathBuf> =
            read.plan_files().into_iter().filter_map(|(key, path)| Some((read.reading.register.get(&key)?.text("file")?.to_owned(), path))).collect();
        Ok(rows(hub, &read.reading.register, &|name: &str| std::fs::read(files.get(name)?).ok()).await?)
    }

    fn told(&self, ctx: &Ctx, read: &Read, done: Option<&crate::Imported>) -> String {
        let mut lines: Vec<String> = Vec::new();
        for cell in read.bad() {
            let place = if cell.row == 0 { cell.sheet.clone() } else { format!("{}!{}{}", cell.sheet, cell.column, cell.row) };
            lines.push(format!("{place}  {}", cell.told(ctx.lang)));
        }
        let counts = [("rows", read.reading.rows_seen.to_string()), ("bad", read.reading.bad_rows.len().to_string())];
        lines.push(match done {
            Some(done) => {
                let counts = [("created", done.created.to_string()), ("changed", done.changed.to_string()), ("same", done.same.to_string())];
                ctx.words("cli-imported", &counts)
            }
            None if read.is_good() => ctx.words("cli-import-good", &counts),
            None => ctx.words("cli-import-refused", &counts),
        });
        if let Some(path) = self.refused.as_deref().filter(|_| !read.is_good()) {
            lines.push(ctx.words("cli-import-refused-file", &[("path", path.display().to_string())]));
        }
        lines.join("\n")
    }
}

fn bad_cell(ctx: &Ctx, cell: &keyturn_core::register::BadCell) -> Value {
    json!({ "sheet": cell.sheet, "row": cell.row, "column": cell.column, "key": cell.reason_key, "words": cell.told(ctx.lang) })
}
