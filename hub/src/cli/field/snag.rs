//! `field snag`.

use super::{Answer, Ctx, Device, Failure, Place, json_from, text};
use clap::{Args, Subcommand};
use keyturn_core::{
    field::{NewSnag, SnagEdit},
    log::fold::Phase,
    model::{
        Digest, Id,
        value::{Pin, Shape},
    },
};
use std::path::PathBuf;

/// Snags: record, edit, place, list, order.
#[derive(Debug, Subcommand)]
pub(super) enum SnagCommand {
    /// Records a snag with its photos.
    New(New),
    /// Edits fields of a snag; what is not named stays.
    Edit(Edit),
    /// Adds a photo to a snag.
    Photo {
        /// The snag: id, or `UNIT#NUMBER`.
        snag: String,
        /// The photo's file.
        photo: PathBuf,
    },
    /// Sets a snag's place on the plan.
    Pin {
        /// The snag.
        snag: String,
        /// Fractions of the plan's width and height: `0.315,0.62`.
        place: Place,
        /// The plan; the unit's own if not given.
        #[arg(long)]
        plan: Option<Id>,
    },
    /// Keeps what is drawn over a photo, as vectors.
    Draw {
        /// The snag.
        snag: String,
        /// The original's SHA-256.
        photo: Digest,
        /// JSON: `[{"tool":"circle","points_ppm":[x,y,…],"text":null}]`; `-` reads standard input.
        #[arg(long)]
        shapes: PathBuf,
    },
    /// Snags of a unit, or of all.
    List {
        /// The unit.
        unit: Option<String>,
        /// In this phase only: recorded, ordered, in_work, done, rejected, confirmed.
        #[arg(long, value_parser = phase)]
        phase: Option<Phase>,
        #[command(flatten)]
        page: super::read::Page,
    },
    /// One snag.
    Show {
        /// The snag.
        snag: String,
    },
    /// Orders a snag from a contractor or crew.
    Order {
        /// The snag.
        snag: String,
        /// The contractor or crew: id or name.
        #[arg(long)]
        contractor: String,
        /// Due on this day, `2026-11-27`.
        #[arg(long)]
        due_on: Option<String>,
        /// The kind of work, which decides the company's own limit: single_trade, multi_trade.
        #[arg(long)]
        work: Option<String>,
    },
}

/// A snag to record.
#[derive(Debug, Args)]
pub(super) struct New {
    /// The unit: id, label, or the door as `2-1-1102`.
    unit: String,
    /// Room key.
    #[arg(long)]
    room: String,
    /// Element id.
    #[arg(long)]
    element: String,
    /// Defect id.
    #[arg(long)]
    defect: String,
    /// Severity id.
    #[arg(long)]
    severity: Option<String>,
    /// The owner's words.
    #[arg(long)]
    owner_text: Option<String>,
    /// The inspector's finding.
    #[arg(long)]
    finding: Option<String>,
    /// Agreed due date, `2026-11-27`.
    #[arg(long)]
    due_on: Option<String>,
    /// Place on the plan: `0.315,0.62`.
    #[arg(long)]
    pin: Option<Place>,
    /// The plan; the unit's own if not given.
    #[arg(long, requires = "pin")]
    plan: Option<Id>,
    /// The checklist line it belongs to.
    #[arg(long)]
    line: Option<String>,
    /// A photo's file; may stand several times.
    #[arg(long = "photo")]
    photos: Vec<PathBuf>,
}

/// Fields of a snag to edit.
#[derive(Debug, Args)]
pub(super) struct Edit {
    /// The snag: id, or `UNIT#NUMBER`.
    snag: String,
    /// Room key.
    #[arg(long)]
    room: Option<String>,
    /// Element id.
    #[arg(long)]
    element: Option<String>,
    /// Defect id.
    #[arg(long)]
    defect: Option<String>,
    /// Severity id.
    #[arg(long)]
    severity: Option<String>,
    /// The owner's words.
    #[arg(long)]
    owner_text: Option<String>,
    /// The inspector's finding.
    #[arg(long)]
    finding: Option<String>,
    /// Agreed due date.
    #[arg(long)]
    due_on: Option<String>,
}

const PHASES: [Phase; 6] = [Phase::Recorded, Phase::Ordered, Phase::InWork, Phase::Done, Phase::Rejected, Phase::Confirmed];

fn phase(name: &str) -> Result<Phase, String> {
    PHASES.into_iter().find(|p| p.name() == name).ok_or_else(|| PHASES.map(Phase::name).join(", "))
}

impl SnagCommand {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        let field = &device.field;
        let view = match self {
            Self::New(new) => field.snag_new(&new.read(device)?)?,
            Self::Edit(edit) => {
                let change = SnagEdit {
                    room: edit.room.clone(),
                    element: edit.element.clone(),
                    defect: edit.defect.clone(),
                    severity: edit.severity.clone(),
                    owner_text: edit.owner_text.clone(),
                    finding: edit.finding.clone(),
                    due_on: edit.due_on.clone(),
                };
                field.snag_edit(device.snag(&edit.snag)?, &change)?
            }
            Self::Photo { snag, photo } => {
                let view = field.add_photo(device.snag(snag)?, photo, "snag")?;
                return Ok(Answer::one(&view, text::photo(ctx, &view)));
            }
            Self::Pin { snag, place, plan } => {
                let id = device.snag(snag)?;
                let plan = device.plan(*plan, field.snag(id)?.unit)?;
                field.snag_pin(id, Pin { plan, x_ppm: place.x.0, y_ppm: place.y.0 })?;
                field.snag(id)?
            }
            Self::Draw { snag, photo, shapes } => {
                let id = device.snag(snag)?;
                field.snag_draw(id, *photo, json_from::<Vec<Shape>>(shapes)?)?;
                field.snag(id)?
            }
            Self::List { unit, phase, page } => {
                device.enrolled()?;
                let unit = unit.as_deref().map(|words| device.unit(words)).transpose()?;
                let all = field.snags(unit, *phase, page.offset, page.limit)?;
                return Ok(Answer::rows(&all, text::snags(ctx, device, &all)));
            }
            Self::Show { snag } => field.snag(device.snag(snag)?)?,
            Self::Order { snag, contractor, due_on, work } => {
                field.order_as(device.snag(snag)?, device.contractor(contractor)?, due_on.clone(), work.as_deref())?
            }
        };
        Ok(Answer::one(&view, text::snag(ctx, device, &view)))
    }
}

impl New {
    fn read(&self, device: &Device) -> Result<NewSnag, Failure> {
        let unit = device.unit(&self.unit)?;
        let pin = match self.pin {
            Some(place) => Some(Pin { plan: device.plan(self.plan, Some(unit))?, x_ppm: place.x.0, y_ppm: place.y.0 }),
            None => None,
        };
        Ok(NewSnag {
            unit,
            room: self.room.clone(),
            element: self.element.clone(),
            defect: self.defect.clone(),
            severity: self.severity.clone().unwrap_or_default(),
            owner_text: self.owner_text.clone().unwrap_or_default(),
            finding: self.finding.clone().unwrap_or_default(),
            due_on: self.due_on.clone(),
            pin,
            line: self.line.clone(),
            photos: self.photos.clone(),
        })
    }
}
