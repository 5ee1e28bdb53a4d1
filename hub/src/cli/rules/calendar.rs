//! `keyturn rules calendar`: the holiday notices that are known, and the next one.

use crate::{
    Hub, NotPublished,
    cli::{Answer, Ctx, Failure},
};
use clap::{Args, Subcommand};
use keyturn_core::{
    policy::{
        Entry as _, Faults,
        calendar::{NATIONAL, Notices, Regions, Year, YearState},
    },
    words::Told,
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The holiday notices that days are counted by.
#[derive(Debug, Args)]
pub(super) struct CalendarArgs {
    #[command(subcommand)]
    pub(super) command: CalendarCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CalendarCommand {
    /// The notices that are known, by place and year.
    List(List),
    /// Everything that is wrong in the file of a notice, with line numbers, and where it contradicts one that is known.
    Check(Check),
    /// Publishes a notice on the hub: every device pulls it, and dates that waited for it are counted again.
    Publish(Publish),
}

/// The notices.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The folder of a hub, whose published notices are known too.
    #[arg(long)]
    pub(super) data: Option<PathBuf>,
}

/// Everything that is wrong in a notice.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    file: NoticeFile,
    /// The folder of a hub, whose published notices are known too.
    #[arg(long)]
    pub(super) data: Option<PathBuf>,
}

/// Publishes a notice. One that contradicts a final notice that is known is refused; the same once more changes nothing.
#[derive(Debug, Args)]
pub(super) struct Publish {
    #[command(flatten)]
    file: NoticeFile,
    /// The hub's folder.
    #[arg(long, default_value = "data/hub")]
    pub(super) data: PathBuf,
}

#[derive(Debug, Args)]
struct NoticeFile {
    /// The notice: JSON with `year`, `state` (official, provisional), `certainty` (V, S), `notice` (title, number, date), `papers` (addresses)
    /// and `days` (`name`, `date`, `isOffDay`).
    file: PathBuf,
    /// The region whose own holidays these are; left out for the notice of the whole country.
    #[arg(long, default_value = NATIONAL)]
    region: String,
}

impl NoticeFile {
    /// Its name and text.
    fn read(&self, cwd: &Path) -> Result<(String, String), Failure> {
        Ok((super::show::short(&self.file), super::show::text_of(cwd, &self.file)?))
    }

    fn answer(&self, ctx: &Ctx, year: &Year, new: bool, key: &str) -> Answer {
        let key = if new { key } else { "rules-calendar-known" };
        let off = year.days.iter().filter(|day| day.is_off_day).count();
        let shown =
            json!({ "place": self.region, "year": year.year, "state": year.state, "new": new, "off": off, "worked": year.days.len() - off, "faults": [] });
        let args = [("year", year.year.to_string()), ("place", self.region.clone()), ("off", off.to_string()), ("worked", (year.days.len() - off).to_string())];
        Answer::one(&shown, ctx.words(key, &args))
    }
}

fn wrong(ctx: &Ctx, faults: &Faults) -> Answer {
    let told: Vec<String> = faults.0.iter().map(|fault| fault.told(ctx.lang)).collect();
    Answer { wrong: true, ..Answer::one(&super::show::faults_json(ctx, faults), told.join("\n")) }
}

impl List {
    fn run(ctx: &Ctx, notices: &Notices) -> Answer {
        let regions = Regions::builtin().list().iter().map(|region| (region.id(), region.name(ctx.lang).to_owned()));
        let (mut rows, mut text) = (Vec::new(), Vec::new());
        for (place, name) in std::iter::once((NATIONAL, ctx.words("rules-calendar-national", &[]))).chain(regions) {
            let years: Vec<&Year> = notices.years(place).collect();
            if years.is_empty() {
                rows.push(json!({ "place": place, "name": name, "year": null, "state": YearState::Missing }));
                text.push(format!("{place:14} {name}  {}", ctx.words("rules-calendar-none", &[])));
            }
            for year in years {
                let off = year.days.iter().filter(|day| day.is_off_day).count();
                let worked: Vec<String> = year.days.iter().filter(|day| !day.is_off_day).map(|day| day.date.to_string()).collect();
                let state = ctx.words(if year.is_final() { "rules-calendar-final" } else { "rules-calendar-open" }, &[]);
                text.push(format!(
                    "{place:14} {name}  {}  {state}  {}",
                    year.year,
                    ctx.words("rules-calendar-days", &[("off", off.to_string()), ("worked", worked.len().to_string()), ("notice", year.notice.title.clone())])
                ));
                rows.push(json!({
                    "place": place, "name": name, "year": year.year, "state": year.state, "certainty": year.certainty.mark(), "applied": year.binds(),
                    "notice": year.notice, "papers": year.papers, "off": off, "worked": worked,
                }));
            }
        }
        Answer::rows(&rows, text.join("\n"))
    }
}

impl CalendarArgs {
    /// Without a hub: what this program knows.
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        match &self.command {
            CalendarCommand::List(List { data: Some(data) }) | CalendarCommand::Check(Check { data: Some(data), .. }) => crate::cli::hub::at_hub(ctx, data),
            CalendarCommand::Publish(publish) => crate::cli::hub::at_hub(ctx, &publish.data),
            CalendarCommand::List(_) => Ok(List::run(ctx, Notices::shipped())),
            CalendarCommand::Check(check) => check.run(ctx, Notices::shipped(), Path::new("")),
        }
    }

    /// With what a hub's office has published.
    pub(super) async fn at_hub(&self, ctx: &Ctx, hub: &Hub, cwd: &Path) -> Result<Answer, Failure> {
        let notices = hub.policies().notices();
        let publish = match &self.command {
            CalendarCommand::List(_) => return Ok(List::run(ctx, &notices)),
            CalendarCommand::Check(check) => return check.run(ctx, &notices, cwd),
            CalendarCommand::Publish(publish) => publish,
        };
        let (file, text) = publish.file.read(cwd)?;
        match hub.publish_notice(hub.own_person(), &hub.profile().roles.given.operator, &publish.file.region, &file, &text).await {
            Ok((year, new)) => Ok(publish.file.answer(ctx, &year, new, "rules-calendar-published")),
            Err(NotPublished::Faults(faults)) => Ok(wrong(ctx, &faults)),
            Err(NotPublished::Hub(error)) => Err(error.into()),
        }
    }
}

impl Check {
    fn run(&self, ctx: &Ctx, notices: &Notices, cwd: &Path) -> Result<Answer, Failure> {
        let (file, text) = self.file.read(cwd)?;
        Ok(match notices.check(&self.file.region, &file, &text) {
            Ok((year, new)) => self.file.answer(ctx, &year, new, "rules-calendar-good"),
            Err(faults) => wrong(ctx, &faults),
        })
    }
}
