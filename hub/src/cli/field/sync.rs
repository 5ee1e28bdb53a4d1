//! `field enrol`, `field sync`, `field pull`.

use super::{Answer, Ctx, Device, Failure};
use crate::cli::{
    outcome::{to_json, told as told_words},
    runtime,
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use keyturn_core::{
    store::PhotoState,
    sync::{SyncDone, SyncObserver, SyncOptions, SyncStep, Syncer, protocol::Invite},
    words::{Lang, tr, word},
};
use serde_json::json;
use std::{
    io::IsTerminal,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How a sync behaves.
#[derive(Debug, Args)]
pub(super) struct SyncArgs {
    /// How often a step is tried again after the link failed.
    #[arg(long, default_value_t = SyncOptions::default().tries)]
    tries: u32,
    /// The first pause after a failure, in milliseconds; each further one is twice as long.
    #[arg(long, default_value_t = SyncOptions::default().pause_ms)]
    pause_ms: u64,
    /// Leave originals for a later sync: quick on a weak link.
    #[arg(long)]
    no_originals: bool,
}

pub(super) fn enrol(ctx: &Ctx, device: &Device, code: &str, name: Option<&str>) -> Result<Answer, Failure> {
    let invite = Invite::from_line(code).ok_or_else(|| Failure::refused("cli-bad-invite", &[]))?;
    let name = name.map_or_else(machine_name, str::to_owned);
    let platform = format!("cli {}", std::env::consts::OS);
    let certificate = runtime()?.block_on(keyturn_core::sync::enrol(&device.field, &invite, &name, &platform))?;
    let project = device.field.store().meta("project_name")?.and_then(|b| String::from_utf8(b).ok()).unwrap_or_default();
    let role = device.field.profile().roles.list.name(&certificate.role, ctx.lang).to_owned();
    let text = ctx.words("cli-enrolled", &[("project", project.clone()), ("role", role), ("device", certificate.device.short())]);
    let shown = json!({
        "device": certificate.device,
        "project": certificate.project,
        "project_name": project,
        "person": certificate.person,
        "role": certificate.role,
        "scope": certificate.scope,
        "hub": device.field.hub()?.fingerprint(),
    });
    Ok(Answer::one(&shown, text))
}

fn machine_name() -> String {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "keyturn".to_owned() } else { name.to_owned() }
}

impl SyncArgs {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device, send: bool) -> Result<Answer, Failure> {
        device.enrolled()?;
        let options = SyncOptions { send, originals: !self.no_originals, tries: self.tries, pause_ms: self.pause_ms };
        let mut syncer = Syncer::new(device.field.clone(), options);
        let progress = std::io::stderr().is_terminal().then(|| Arc::new(Progress::new(ctx.lang, device)));
        if let Some(progress) = &progress {
            syncer = syncer.observed(progress.clone());
        }
        let done = runtime()?.block_on(async {
            tokio::select! {
                done = syncer.run() => done,
                // What is sent stays sent; the next sync goes on where this one stood.
                _ = tokio::signal::ctrl_c() => Err(keyturn_core::sync::SyncError::Cancelled),
            }
        });
        if let Some(progress) = &progress {
            progress.bar.finish_and_clear();
        }
        let done = done?;
        Ok(Answer::one(&shown(ctx, &done), told(ctx, &done)))
    }
}

fn shown(ctx: &Ctx, done: &SyncDone) -> serde_json::Value {
    let refused: Vec<_> =
        done.refused.iter().map(|r| json!({ "seq": r.seq, "key": r.key, "args": to_json(&r.args), "words": told_words(ctx.lang, &r.key, &r.args) })).collect();
    json!({
        "records": done.records,
        "pulled": done.pulled,
        "photos": done.photos,
        "set_aside": done.set_aside,
        "cuts": done.cuts,
        "refused": refused,
        "hub_restored": done.hub_restored,
    })
}

fn told(ctx: &Ctx, done: &SyncDone) -> String {
    let counts = [("records", done.records.to_string()), ("pulled", done.pulled.to_string()), ("photos", done.photos.to_string())];
    let mut lines = vec![ctx.words("cli-sync-done", &counts)];
    if done.cuts > 0 {
        lines.push(ctx.words("cli-sync-cuts", &[("n", done.cuts.to_string())]));
    }
    if done.set_aside > 0 {
        lines.push(ctx.words("cli-sync-set-aside", &[("n", done.set_aside.to_string())]));
    }
    if done.hub_restored {
        lines.push(ctx.words("cli-sync-restored", &[]));
    }
    lines.extend(done.refused.iter().map(|r| ctx.words("cli-sync-refused", &[("seq", r.seq.to_string()), ("why", told_words(ctx.lang, &r.key, &r.args))])));
    lines.join("\n")
}

/// One line on a terminal that says what happens.
struct Progress {
    bar: ProgressBar,
    lang: Lang,
    photos: u64,
    safe: Mutex<u64>,
}

impl Progress {
    fn new(lang: Lang, device: &Device) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_style(ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(120));
        let photos = device.field.store().photos(false).map_or(0, |p| p.len() as u64);
        Self { bar, lang, photos, safe: Mutex::new(0) }
    }
}

impl SyncObserver for Progress {
    fn step(&self, step: SyncStep) {
        let say = |key: &str, args: &[(&str, String)]| self.bar.set_message(tr(self.lang, key, args));
        match step {
            SyncStep::Records { sent, all } => say("cli-sync-step-records", &[("n", sent.to_string()), ("of", all.to_string())]),
            SyncStep::Pulled(n) => say("cli-sync-step-pulled", &[("n", n.to_string())]),
            SyncStep::Photo { state, .. } => {
                let mut safe = self.safe.lock().unwrap_or_else(PoisonError::into_inner);
                *safe += u64::from(state == PhotoState::Safe);
                say("cli-sync-step-photos", &[("n", safe.to_string()), ("of", self.photos.to_string())]);
            }
            SyncStep::Cut { reason, .. } => self.bar.set_message(word(self.lang, reason)),
        }
    }
}
