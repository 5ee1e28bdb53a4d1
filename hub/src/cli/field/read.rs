//! Looking: status, units, checklists, pictures, and the check of the whole store.

use super::{Answer, Ctx, Device, Failure, Size, text};
use clap::Args;
use keyturn_core::{evidence::PictureSize, field::CheckStep, model::Digest, words::Lang};
use std::io::IsTerminal;

/// A page of a list.
#[derive(Debug, Args)]
pub(super) struct Page {
    /// How many to skip.
    #[arg(long, default_value_t = 0)]
    pub(super) offset: u64,
    /// How many to show.
    #[arg(long, default_value_t = 200)]
    pub(super) limit: u64,
}

pub(super) fn status(ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
    let view = device.field.status()?;
    Ok(Answer::one(&view, text::status(ctx, &view, device.zone())))
}

pub(super) fn units(ctx: &Ctx, device: &Device, page: &Page) -> Result<Answer, Failure> {
    device.enrolled()?;
    let rows = device.field.units(page.offset, page.limit)?;
    Ok(Answer::rows(&rows, text::units(ctx, &rows)))
}

pub(super) fn people(ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
    device.enrolled()?;
    let people = device.field.people()?;
    Ok(Answer::rows(&people, text::people(ctx, device, &people)))
}

pub(super) fn unit(ctx: &Ctx, device: &Device, unit: &str) -> Result<Answer, Failure> {
    let view = device.field.unit(device.unit(unit)?)?;
    Ok(Answer::one(&view, text::unit(ctx, device, &view)))
}

pub(super) fn lines(ctx: &Ctx, device: &Device, unit: &str, room: Option<&str>) -> Result<Answer, Failure> {
    let lines = device.field.lines(device.unit(unit)?, room, ctx.lang)?;
    Ok(Answer::rows(&lines, text::lines(ctx, &lines)))
}

pub(super) fn picture(device: &Device, photo: &str, size: Size) -> Result<Answer, Failure> {
    let digest: Digest = photo.parse().map_err(|_| Failure::refused("field-not-found", &[("what", "photo".to_owned())]))?;
    let size = match size {
        Size::Small => PictureSize::Small,
        Size::Large => PictureSize::Large,
    };
    let path = device.field.picture(digest, size).ok_or_else(|| Failure::refused("field-not-found", &[("what", "photo".to_owned())]))?;
    let path = path.display().to_string();
    Ok(Answer::one(&serde_json::json!({ "path": path }), path))
}

pub(super) fn check(ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
    let bar = if std::io::stderr().is_terminal() { indicatif::ProgressBar::new_spinner() } else { indicatif::ProgressBar::hidden() };
    let checked = device.field.check(&mut |step| match step {
        CheckStep::Records(n) => bar.set_message(n.to_string()),
        CheckStep::Files { done, all } => bar.set_message(format!("{done}/{all}")),
    })?;
    bar.finish_and_clear();
    let counts = [("things", checked.things.to_string()), ("records", checked.records.to_string()), ("originals", checked.originals.to_string())];
    let text = if checked.sound {
        ctx.words("cli-check-sound", &counts)
    } else {
        let mut lines = vec![ctx.words("cli-check-wrong", &counts)];
        lines.extend(checked.damage.iter().map(|damage| if ctx.lang == Lang::Zh { damage.zh.clone() } else { damage.en.clone() }));
        lines.extend(checked.missing.iter().map(|d| ctx.words("cli-check-missing", &[("photo", d.to_string())])));
        lines.extend(checked.altered.iter().map(|d| ctx.words("cli-check-altered", &[("photo", d.to_string())])));
        lines.join("\n")
    };
    Ok(Answer { wrong: !checked.sound, ..Answer::one(&checked, text) })
}
