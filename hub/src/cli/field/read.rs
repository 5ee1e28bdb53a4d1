//! Looking: status, units, checklists, pictures, and the check of the whole store.

use super::{Answer, Ctx, Device, Failure, Size, text};
use clap::Args;
use keyturn_core::{
    evidence::{PictureSize, Verified},
    log::Chain,
    model::{Digest, Id},
};
use serde::Serialize;
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

/// What the check of a store found; sound when every list is empty and the chain is whole.
#[derive(Debug, Serialize)]
struct Checked {
    sound: bool,
    things: usize,
    records: u64,
    originals: usize,
    /// Things whose kept state is not what their events say.
    differ: Vec<Id>,
    /// The own events give the own chain's head.
    chain_whole: bool,
    /// Photos taken here whose original is not in the folder.
    missing: Vec<Digest>,
    /// Originals whose bytes are not the ones of their name.
    altered: Vec<Digest>,
}

/// Own events read at a time.
const EVENTS_AT_ONCE: u64 = 5_000;

pub(super) fn check(ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
    let field = &device.field;
    let kept = field.store().chain().unwrap_or_else(|| Chain::start(field.device()));
    let mut chain = Chain::start(field.device());
    loop {
        let events = field.store().own_events(chain.seq + 1, EVENTS_AT_ONCE)?;
        if events.is_empty() {
            break;
        }
        events.iter().for_each(|event| chain.push(event.digest()));
    }
    let blobs = field.blobs().digests()?;
    let bar = if std::io::stderr().is_terminal() { indicatif::ProgressBar::new(blobs.len() as u64) } else { indicatif::ProgressBar::hidden() };
    let mut altered = Vec::new();
    for digest in bar.wrap_iter(blobs.iter()) {
        if field.blobs().verify(digest)? != Verified::Sound {
            altered.push(*digest);
        }
    }
    bar.finish_and_clear();
    altered.sort_unstable();
    let missing: Vec<Digest> = field.store().photos(true)?.into_iter().map(|p| p.sha256).filter(|d| !field.blobs().contains(d)).collect();
    let differ = field.store().rebuild_differs()?;
    let chain_whole = chain == kept;
    let checked = Checked {
        sound: differ.is_empty() && chain_whole && missing.is_empty() && altered.is_empty(),
        things: field.store().all_things()?.len(),
        records: chain.seq,
        originals: blobs.len(),
        differ,
        chain_whole,
        missing,
        altered,
    };
    let counts = [("things", checked.things.to_string()), ("records", checked.records.to_string()), ("originals", checked.originals.to_string())];
    let text = if checked.sound {
        ctx.words("cli-check-sound", &counts)
    } else {
        let mut lines = vec![ctx.words("cli-check-wrong", &counts)];
        lines.extend(checked.differ.iter().map(|id| ctx.words("cli-check-differs", &[("id", id.to_string())])));
        if !checked.chain_whole {
            lines.push(ctx.words("cli-check-chain", &[]));
        }
        lines.extend(checked.missing.iter().map(|d| ctx.words("cli-check-missing", &[("photo", d.to_string())])));
        lines.extend(checked.altered.iter().map(|d| ctx.words("cli-check-altered", &[("photo", d.to_string())])));
        lines.join("\n")
    };
    Ok(Answer { wrong: !checked.sound, ..Answer::one(&checked, text) })
}
