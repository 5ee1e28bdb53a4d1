//! `keyturn field`: what `FieldStore` can do, as the app will do it.

mod export;
mod gathering;
mod handover;
mod read;
mod repair;
mod script;
mod snag;
mod sync;
mod text;

pub(super) use export::Kind;

use super::{Answer, Ctx, Failure};
use clap::{Args, Subcommand};
use keyturn_core::{
    field::{FieldStore, MissingKind, Surroundings},
    log::EventRef,
    model::{Id, UtcMs},
};
use serde::de::DeserializeOwned;
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

/// The field app without a screen.
#[derive(Debug, Args)]
pub struct FieldArgs {
    /// The device's folder; made when it is not there.
    #[arg(long)]
    store: PathBuf,
    #[command(subcommand)]
    command: FieldCommand,
}

/// What a device does.
#[derive(Debug, Subcommand)]
enum FieldCommand {
    /// Joins a project with the line of an invite (`keyturn:https://…`).
    Enrol {
        /// The invite.
        code: String,
        /// A name people know the device by; the machine's own if not given.
        #[arg(long)]
        name: Option<String>,
    },
    /// Sends what is unsent and takes in what is new: records, small pictures, originals.
    Sync(sync::SyncArgs),
    /// Takes in what is new and sends nothing.
    Pull(sync::SyncArgs),
    /// What is not yet safe on the hub, why, and when it is tried again.
    Status,
    /// The units on this device.
    Units(read::Page),
    /// The people that the records on this device name: who can escort, join, sign.
    People,
    /// One unit with its handover.
    Unit {
        /// The unit: id, label, or the door as `2-1-1102`.
        unit: String,
    },
    /// The checklist of a unit with its answers.
    Lines {
        /// The unit.
        unit: String,
        /// Of one room only.
        #[arg(long)]
        room: Option<String>,
    },
    /// The walk-through, from making ready to closing.
    #[command(subcommand)]
    Handover(handover::HandoverCommand),
    /// Snags: record, edit, place, list, order.
    #[command(subcommand)]
    Snag(snag::SnagCommand),
    /// The repair of a snag.
    #[command(subcommand)]
    Repair(repair::RepairCommand),
    /// Acceptance meetings with attendees and minutes.
    #[command(subcommand)]
    Meeting(gathering::MeetingCommand),
    /// Joint inspections whose snags go to the contractor.
    #[command(subcommand)]
    Joint(gathering::JointCommand),
    /// Looking at a repair again.
    #[command(subcommand)]
    Recheck(repair::RecheckCommand),
    /// What waits for a person's decision.
    #[command(subcommand)]
    Conflicts(repair::ConflictsCommand),
    /// Documents and bundles made on the device, with no hub.
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// The path of a photo's picture, made first if it is missing.
    Picture {
        /// The original's SHA-256.
        photo: String,
        /// The longer side in pixels.
        #[arg(long, value_enum, default_value_t = Size::Small)]
        size: Size,
    },
    /// Whether the position in a photo's file may be kept (off until consent was given).
    Position {
        /// Given or withdrawn.
        consent: Consent,
    },
    /// Checks the whole store: states against events, own chain, originals against their digests.
    Check,
    /// Moves a database that cannot be read aside, deleting nothing; the device then joins as a new one. Refused for a sound one.
    SetAside,
    /// Reads commands as JSON lines from standard input and acknowledges each with one JSON line once it is durable.
    Script,
}

/// Consent to keep a photo's position.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Consent {
    /// Given.
    Yes,
    /// Withdrawn.
    No,
}

/// A picture's longer side.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Size {
    /// 512 pixels.
    #[value(name = "512")]
    Small,
    /// 2,048 pixels.
    #[value(name = "2048")]
    Large,
}

/// Runs one command on the store.
pub(super) fn run(ctx: &Ctx, args: &FieldArgs) -> Result<Answer, Failure> {
    if matches!(args.command, FieldCommand::SetAside) {
        let _lock = lock(&args.store)?;
        let moved = FieldStore::set_aside(&args.store, &keyturn_core::log::SystemClock)?.display().to_string();
        return Ok(Answer::one(&serde_json::json!({ "set_aside": moved }), ctx.words("field-set-aside", &[("path", moved.clone())])));
    }
    let device = Device::open(&args.store)?;
    let done = match &args.command {
        FieldCommand::Script => script::run(ctx, &device),
        command => command.run(ctx, &device).map(|answer| device.told_of_change(ctx, command, answer)),
    };
    device.field.make_pictures();
    done
}

impl FieldCommand {
    fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        match self {
            Self::Enrol { code, name } => sync::enrol(ctx, device, code, name.as_deref()),
            Self::Sync(args) => args.run(ctx, device, true),
            Self::Pull(args) => args.run(ctx, device, false),
            Self::Status => read::status(ctx, device),
            Self::Units(page) => read::units(ctx, device, page),
            Self::People => read::people(ctx, device),
            Self::Unit { unit } => read::unit(ctx, device, unit),
            Self::Lines { unit, room } => read::lines(ctx, device, unit, room.as_deref()),
            Self::Handover(command) => command.run(ctx, device),
            Self::Snag(command) => command.run(ctx, device),
            Self::Repair(command) => command.run(ctx, device),
            Self::Recheck(command) => command.run(ctx, device),
            Self::Meeting(command) => command.run(ctx, device),
            Self::Joint(command) => command.run(ctx, device),
            Self::Conflicts(command) => command.run(ctx, device),
            Self::Export(command) => command.run(ctx, device),
            Self::Picture { photo, size } => read::picture(device, photo, *size),
            Self::Position { consent } => {
                let given = matches!(consent, Consent::Yes);
                device.field.set_position_consent(given)?;
                Ok(Answer::one(&serde_json::json!({ "position_consent": given }), ctx.words("cli-done", &[])))
            }
            Self::Check => read::check(ctx, device),
            // A store that is open is not damaged.
            Self::SetAside => Err(Failure::refused("field-store-sound", &[])),
            Self::Script => Err(Failure::cannot("cli-script-in-script", &[])),
        }
    }
}

/// How long a command waits for another one on the same store.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_POLL: Duration = Duration::from_millis(20);

/// Takes the one place of a writer on the store.
fn lock(dir: &Path) -> Result<File, Failure> {
    let unusable = |error: std::io::Error| Failure::cannot("cli-store-path", &[("path", dir.display().to_string()), ("detail", error.to_string())]);
    std::fs::create_dir_all(dir).map_err(unusable)?;
    let lock = File::create(dir.join("lock")).map_err(unusable)?;
    let give_up = Instant::now() + LOCK_WAIT;
    while lock.try_lock().is_err() {
        if Instant::now() > give_up {
            return Err(Failure::cannot("cli-store-busy", &[]));
        }
        std::thread::sleep(LOCK_POLL);
    }
    Ok(lock)
}

/// An open store that no other process writes to: a device's chain has one writer.
pub(super) struct Device {
    pub(super) field: Arc<FieldStore>,
    /// The unit that the command speaks of.
    touched: std::cell::Cell<Option<Id>>,
    _lock: File,
}

impl Device {
    fn open(dir: &Path) -> Result<Self, Failure> {
        let lock = lock(dir)?;
        Ok(Self { field: Arc::new(FieldStore::open(dir, Surroundings::desktop())?), touched: std::cell::Cell::new(None), _lock: lock })
    }

    /// The unit with this id or label.
    fn unit(&self, words: &str) -> Result<Id, Failure> {
        self.enrolled()?;
        let unit = self.field.find_unit(words)?;
        self.touched.set(Some(unit));
        Ok(unit)
    }

    /// Says beside the answer when what was signed is not what stands now: the signed version stays, and the owner has to be asked again.
    fn told_of_change(&self, ctx: &Ctx, command: &FieldCommand, mut answer: Answer) -> Answer {
        let changes = matches!(command, FieldCommand::Handover(_) | FieldCommand::Snag(_));
        let missing = self.touched.get().filter(|_| changes).and_then(|unit| self.field.missing(unit).ok()).unwrap_or_default();
        if let Some(changed) = missing.iter().find(|view| view.kind == MissingKind::Changed) {
            answer.text = format!("{}\n{}", answer.text, changed.words(ctx.lang));
        }
        answer
    }

    /// The snag with this id, or `UNIT#NUMBER`.
    fn snag(&self, words: &str) -> Result<Id, Failure> {
        self.enrolled()?;
        let snag = match words.rsplit_once('#') {
            Some((unit, number)) => self.field.find_snag(Some(self.unit(unit)?), number)?,
            None => self.field.find_snag(None, words)?,
        };
        self.touched.set(self.field.snag(snag)?.unit);
        Ok(snag)
    }

    /// The plan named, or the unit's own.
    fn plan(&self, named: Option<Id>, unit: Option<Id>) -> Result<Id, Failure> {
        match (named, unit) {
            (Some(plan), _) => Ok(plan),
            (None, Some(unit)) => self.field.unit(unit)?.plan.ok_or_else(|| Failure::refused("field-not-found", &[("what", "plan".to_owned())])),
            (None, None) => Err(Failure::refused("field-not-found", &[("what", "plan".to_owned())])),
        }
    }

    /// The contractor or crew with this id or name.
    fn contractor(&self, words: &str) -> Result<Id, Failure> {
        Ok(self.field.find_contractor(words)?)
    }

    /// A device that has not joined says so before anything else, also where it would find nothing.
    fn enrolled(&self) -> Result<(), Failure> {
        self.field.certificate().map(|_| ()).map_err(Failure::from)
    }

    fn zone(&self) -> chrono_tz::Tz {
        self.field.zone().unwrap_or(self.field.profile().time_zone)
    }

    /// An instant: RFC 3339, or `2026-11-20 09:30` in the project's zone.
    fn instant(&self, text: &str) -> Result<UtcMs, Failure> {
        if let Ok(at) = chrono::DateTime::parse_from_rfc3339(text) {
            return Ok(UtcMs(at.timestamp_millis()));
        }
        let local = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"].iter().find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok());
        // A time that a change of the clocks skips or repeats is taken as the earlier of the two.
        let at = local.and_then(|local| local.and_local_timezone(self.zone()).earliest());
        at.map(|at| UtcMs(at.timestamp_millis())).ok_or_else(|| Failure::cannot("cli-bad-instant", &[("text", text.to_owned())]))
    }
}

/// An event as people and JSON name it: `device/sequence`.
#[derive(Clone, Copy, Debug)]
struct EventName(EventRef);

impl FromStr for EventName {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(device, seq)| Some(EventRef { device: device.parse().ok()?, seq: seq.parse().ok()? }));
        parts.map(Self).ok_or("DEVICE/NUMBER")
    }
}

fn event_name(at: EventRef) -> String {
    format!("{}/{}", at.device, at.seq)
}

/// A fraction such as `0.315` in millionths, read exactly.
#[derive(Clone, Copy, Debug)]
struct Ppm(u32);

impl FromStr for Ppm {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "0.315";
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || fraction.len() > 6 || !digits(whole) || !digits(fraction) {
            return Err(FORM);
        }
        let millionths: u32 = format!("{fraction:0<6}").parse().map_err(|_| FORM)?;
        Ok(Self(whole.parse::<u32>().map_err(|_| FORM)? * 1_000_000 + millionths))
    }
}

/// Where a place on a plan is given: `0.315,0.62`.
#[derive(Clone, Copy, Debug)]
struct Place {
    x: Ppm,
    y: Ppm,
}

impl FromStr for Place {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (x, y) = text.split_once(',').ok_or("X,Y")?;
        Ok(Self { x: x.parse()?, y: y.parse()? })
    }
}

/// No file of strokes or shapes is larger, in bytes.
const JSON_MAX_BYTES: u64 = 8 << 20;

/// Reads JSON from a file, or from standard input for `-`.
fn json_from<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let bad = |detail: String| Failure::cannot("cli-bad-json", &[("path", path.display().to_string()), ("detail", detail)]);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(JSON_MAX_BYTES).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(JSON_MAX_BYTES).read_to_end(&mut bytes))
    };
    read.map_err(|error| bad(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_read_exactly() {
        for (text, ppm) in [("0", 0), ("1", 1_000_000), ("0.315", 315_000), ("0.000001", 1), ("1.5", 1_500_000)] {
            assert_eq!(text.parse::<Ppm>().map(|p| p.0), Ok(ppm), "{text}");
        }
        for bad in ["", ".5", "-0.1", "0.0000001", "1e-3", "0,5", "１", "1000"] {
            assert!(bad.parse::<Ppm>().is_err(), "{bad}");
        }
        assert!("0.1,0.2".parse::<Place>().is_ok());
        assert!("0.1".parse::<Place>().is_err());
    }

    #[test]
    fn events_are_named_by_device_and_number() {
        let device = Id::random(1);
        let name = event_name(EventRef { device, seq: 7 });
        assert_eq!(name.parse::<EventName>().map(|n| n.0), Ok(EventRef { device, seq: 7 }));
        for bad in ["", "7", "x/7", "/", &format!("{device}/-1")] {
            assert!(bad.parse::<EventName>().is_err(), "{bad}");
        }
    }
}
