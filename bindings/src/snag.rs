//! Snags and photos.

use crate::{
    store::{FieldStore, Result},
    types::{DrawnShape, Id, Lang, NamedView, Phase, PhotoState, Pin, Sha256, UtcMs, Words},
};
use keyturn_core::{
    evidence::PictureSize as CoreSize,
    field,
    model::body::AggKind,
    policy::{
        deadline::Terms,
        warranty::{RepeatAlert, WarrantyClass, WarrantyData},
    },
    words::tr,
};
use std::path::PathBuf;

/// A snag.
#[derive(Clone, Debug, uniffi::Record)]
pub struct SnagView {
    /// The snag.
    pub id: Id,
    /// Its unit.
    pub unit: Option<Id>,
    /// Its number in the handover.
    pub number: i64,
    /// Where it stands.
    pub phase: Phase,
    /// The round of the repair, from 1.
    pub round: u32,
    /// Room key.
    pub room: String,
    /// The room's name.
    pub room_name: Words,
    /// Element id.
    pub element: String,
    /// The element's name.
    pub element_name: Words,
    /// Defect id.
    pub defect: String,
    /// The defect's name.
    pub defect_name: Words,
    /// Severity id.
    pub severity: String,
    /// The severity's name.
    pub severity_name: Words,
    /// The owner's words.
    pub owner_text: String,
    /// The inspector's finding.
    pub finding: String,
    /// Agreed due date, `2026-11-27`.
    pub due_on: Option<String>,
    /// Place on the plan.
    pub pin: Option<Pin>,
    /// Photos in order.
    pub photos: Vec<PhotoView>,
    /// When it was recorded.
    pub recorded: Option<UtcMs>,
    /// Fields with an unsettled conflict.
    pub conflicts: Vec<String>,
    /// The company's own clocks.
    pub clocks: Vec<ClockView>,
    /// A clock has run out, or the agreed day is past, and it is not confirmed.
    pub overdue: bool,
    /// A clock runs out soon.
    pub due_soon: bool,
    /// By when the contractor has to be done, as the last order says.
    pub ordered_due_on: Option<String>,
    /// Photographs that could not be taken, each with its reason.
    pub no_photos: Vec<NoPhotoView>,
    /// What keeps the repair.
    pub hold: Option<HoldView>,
    /// The place was repaired before; told by [`FieldStore::snag`], not in lists.
    pub repeat: Option<RepeatView>,
    /// Where it stands in the warranty; told as `repeat`.
    pub warranty: Option<WarrantyView>,
}

/// A photograph that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NoPhotoView {
    /// What it would show, as [`PhotoView::purpose`].
    pub purpose: String,
    /// The round it belongs to.
    pub round: u32,
    /// Why.
    pub reason: String,
    /// Corrected time.
    pub at: UtcMs,
}

/// What keeps a repair.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HoldView {
    /// The state, an id of [`FieldStore::hold_states`].
    pub state: String,
    /// The state in words.
    pub state_name: Words,
    /// Why, as somebody wrote it.
    pub reason: String,
    /// Since when.
    pub since: UtcMs,
}

/// A place that was repaired before.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RepeatView {
    /// Repairs before the open one.
    pub rework: u32,
    /// Legal has to be told, and not only the manager.
    pub escalate: bool,
    /// What that asks for, in words.
    pub words: Words,
    /// Older snags at the place.
    pub others: Vec<Id>,
}

/// The warranty of what a snag is about. Its end never keeps a repair from being asked for.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct WarrantyView {
    /// The component's code, `W-02`.
    pub component: String,
    /// The component in words.
    pub component_name: Words,
    /// The developer owes the repair.
    pub inside: bool,
    /// The contractor can be charged.
    pub charge_back: bool,
    /// The last day inside the developer's, `2028-11-20`.
    pub developer_end: String,
    /// The last day inside the contractor's.
    pub contractor_end: Option<String>,
    /// A value that is not known was filled in.
    pub provisional: bool,
    /// All of it in a sentence.
    pub words: Words,
}

/// When something has to be done.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ClockView {
    /// The milestone, in words.
    pub milestone: Words,
    /// When it is due.
    pub due: UtcMs,
    /// Its state: `met`, `met_late`, `running`, `soon`, `overdue`, `advised`.
    pub standing: String,
    /// When it was met.
    pub met: Option<UtcMs>,
    /// A holiday notice may still move it.
    pub provisional: bool,
    /// It stands still while the repair is on hold; `due` is what it would be if the repair went on now.
    pub paused: bool,
    /// The clock of the device that met it was found wrong; the verdict is by the corrected time.
    pub clock_wrong: bool,
    /// How it came about, in Chinese.
    pub steps_zh: Vec<String>,
    /// The same in English.
    pub steps_en: Vec<String>,
}

/// A photo.
#[derive(Clone, Debug, uniffi::Record)]
pub struct PhotoView {
    /// The original.
    pub sha256: Sha256,
    /// What it shows: `snag`, `before`, `after`, `reject`, `meter`, `notice`, `document`.
    pub purpose: String,
    /// The round it belongs to.
    pub round: u32,
    /// Upright width in pixels; 0 where the file does not say.
    pub width_px: u32,
    /// Upright height in pixels.
    pub height_px: u32,
    /// The camera's time as the file says it.
    pub taken_local: Option<String>,
    /// The original is truncated or broken; its bytes are kept.
    pub damaged: bool,
    /// Where the evidence is; none when it was not taken on this device.
    pub state: Option<PhotoState>,
    /// Drawn over it.
    pub drawing: Vec<DrawnShape>,
}

/// A page of snags.
#[derive(Clone, Debug, uniffi::Record)]
pub struct SnagPage {
    /// The rows.
    pub rows: Vec<SnagView>,
    /// All there are under the same filter.
    pub total: u64,
}

/// A snag to record.
#[derive(Clone, Debug, uniffi::Record)]
pub struct NewSnag {
    /// The unit.
    pub unit: Id,
    /// Room key.
    pub room: String,
    /// Element id.
    pub element: String,
    /// Defect id.
    pub defect: String,
    /// Severity id; empty: none yet.
    #[uniffi(default = "")]
    pub severity: String,
    /// The owner's words.
    #[uniffi(default = "")]
    pub owner_text: String,
    /// The inspector's finding.
    #[uniffi(default = "")]
    pub finding: String,
    /// Agreed due date, `2026-11-27`.
    #[uniffi(default = None)]
    pub due_on: Option<String>,
    /// Place on the plan.
    #[uniffi(default = None)]
    pub pin: Option<Pin>,
    /// The checklist line it belongs to.
    #[uniffi(default = None)]
    pub line: Option<String>,
    /// Photos by path.
    #[uniffi(default = [])]
    pub photos: Vec<PathBuf>,
    /// The draft that it was typed in: forgotten in the same act, so that a kill between the two does not have it recorded twice.
    #[uniffi(default = None)]
    pub draft: Option<String>,
}

/// Fields of a snag to edit; what is left out stays.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct SnagEdit {
    /// Room key.
    #[uniffi(default = None)]
    pub room: Option<String>,
    /// Element id.
    #[uniffi(default = None)]
    pub element: Option<String>,
    /// Defect id.
    #[uniffi(default = None)]
    pub defect: Option<String>,
    /// Severity id.
    #[uniffi(default = None)]
    pub severity: Option<String>,
    /// The owner's words.
    #[uniffi(default = None)]
    pub owner_text: Option<String>,
    /// The inspector's finding.
    #[uniffi(default = None)]
    pub finding: Option<String>,
    /// Agreed due date.
    #[uniffi(default = None)]
    pub due_on: Option<String>,
}

/// A defect type as a tile shows it.
#[derive(Clone, Debug, uniffi::Record)]
pub struct DefectView {
    /// Defect id.
    pub id: String,
    /// Its name.
    pub name: Words,
    /// The severity offered first.
    pub severity: String,
    /// Calendar days to the due date offered.
    pub due_days: Option<u16>,
    /// How often it was recorded for this element on this device.
    pub used: u32,
}

/// A room on a plan, in millionths of the plan's width and height.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PlanRoomView {
    /// Room key.
    pub room: String,
    /// From the left.
    pub left_ppm: u32,
    /// From the top.
    pub top_ppm: u32,
    /// Its width.
    pub width_ppm: u32,
    /// Its height.
    pub height_ppm: u32,
}

/// The longer side of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PictureSize {
    /// For tiles and lists: 512 pixels.
    Small,
    /// For a whole screen: 2,048 pixels.
    Large,
}

impl From<field::PhotoView> for PhotoView {
    fn from(photo: field::PhotoView) -> Self {
        Self {
            sha256: photo.sha256,
            purpose: photo.purpose,
            round: photo.round,
            width_px: photo.width_px,
            height_px: photo.height_px,
            taken_local: photo.taken_local,
            damaged: photo.damaged,
            state: photo.proof,
            drawing: photo.drawing,
        }
    }
}

/// As shells show it, with names beside ids.
pub(crate) fn snag_view(core: &field::FieldStore, snag: field::SnagView) -> Result<SnagView> {
    let profile = core.profile();
    let taxonomy = &profile.taxonomy;
    let (overdue, due_soon) = (snag.is_overdue(), snag.is_due_soon());
    let room_name = match snag.unit.map(|unit| core.room_name(unit, &snag.room)).transpose()?.flatten() {
        Some((zh, en)) => Words { zh, en },
        None => Words::named(&taxonomy.spaces, &snag.room),
    };
    Ok(SnagView {
        id: snag.id,
        unit: snag.unit,
        number: snag.number,
        phase: snag.phase,
        round: snag.round,
        room_name,
        room: snag.room,
        element_name: Words::named(&taxonomy.elements, &snag.element),
        element: snag.element,
        defect_name: Words::named(&taxonomy.defects, &snag.defect),
        defect: snag.defect,
        severity_name: Words::named(&taxonomy.severities, &snag.severity),
        severity: snag.severity,
        owner_text: snag.owner_text,
        finding: snag.finding,
        due_on: snag.due_on,
        pin: snag.pin,
        photos: snag.photos.into_iter().map(PhotoView::from).collect(),
        recorded: snag.recorded,
        conflicts: snag.conflicts,
        clocks: snag.clocks.into_iter().map(clock_view).collect(),
        overdue,
        due_soon,
        ordered_due_on: snag.ordered_due_on,
        no_photos: snag.no_photos.into_iter().map(|n| NoPhotoView { purpose: n.purpose, round: n.round, reason: n.reason, at: n.at }).collect(),
        hold: snag.hold.map(|h| HoldView { state_name: Words::named(&Terms::builtin().states, &h.state), state: h.state, reason: h.reason, since: h.since }),
        repeat: snag.repeat.map(repeat_view),
        warranty: snag.warranty.map(warranty_view),
    })
}

fn repeat_view(repeat: field::RepeatView) -> RepeatView {
    let escalate = repeat.alert == RepeatAlert::Escalate;
    let key = if escalate { "snag-repeat-escalate" } else { "snag-repeat-warn" };
    RepeatView { rework: repeat.rework, escalate, words: Words::of(key, &[("n", repeat.rework.to_string())]), others: repeat.others }
}

fn warranty_view(warranty: field::WarrantyView) -> WarrantyView {
    let component_name = Words::named(&WarrantyData::builtin().components, &warranty.component);
    let inside = warranty.class == WarrantyClass::Warranty;
    let told = |lang: Lang| {
        let name = if lang == Lang::Zh { &component_name.zh } else { &component_name.en };
        let head = if inside { "warranty-in" } else { "warranty-over" };
        let mut said = vec![tr(lang, head, &[("component", name.clone()), ("end", warranty.developer_end.to_string())])];
        said.extend(warranty.contractor_end.map(|end| tr(lang, "warranty-contractor-end", &[("end", end.to_string())])));
        said.push(tr(lang, if warranty.charge_back { "warranty-charge-back" } else { "warranty-no-charge-back" }, &[]));
        said.extend(warranty.provisional.then(|| tr(lang, "warranty-provisional", &[])));
        said.join(if lang == Lang::Zh { "；" } else { "; " })
    };
    WarrantyView {
        words: Words { zh: told(Lang::Zh), en: told(Lang::En) },
        component: warranty.component,
        inside,
        charge_back: warranty.charge_back,
        developer_end: warranty.developer_end.to_string(),
        contractor_end: warranty.contractor_end.map(|end| end.to_string()),
        provisional: warranty.provisional,
        component_name,
    }
}

fn clock_view(clock: field::ClockView) -> ClockView {
    ClockView {
        milestone: Words::named(&Terms::builtin().milestones, &clock.milestone),
        due: clock.due,
        standing: clock.standing.name().to_owned(),
        met: clock.met,
        provisional: clock.provisional,
        paused: clock.paused,
        clock_wrong: clock.clock_wrong,
        steps_zh: clock.steps_zh,
        steps_en: clock.steps_en,
    }
}

#[uniffi::export]
impl FieldStore {
    /// Snags of a unit (or all), in one phase if given, a page at a time.
    pub fn snags(&self, unit: Option<Id>, phase: Option<Phase>, offset: u64, limit: u64) -> Result<SnagPage> {
        let core = self.core()?;
        let counts = core.store().count(AggKind::Snag, unit)?;
        let total = match phase {
            Some(phase) => counts.get(&phase).copied().unwrap_or(0),
            None => counts.values().sum(),
        };
        let rows = core.snags(unit, phase, offset, limit)?.into_iter().map(|snag| snag_view(&core, snag)).collect::<Result<_>>()?;
        Ok(SnagPage { rows, total })
    }

    /// A snag.
    pub fn snag(&self, snag: Id) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.snag(snag)?;
        snag_view(&core, view)
    }

    /// Records a snag with its photos; a photo that is refused refuses the snag, and nothing of it stays.
    pub fn snag_new(&self, new: NewSnag) -> Result<SnagView> {
        let core = self.core()?;
        let NewSnag { unit, room, element, defect, severity, owner_text, finding, due_on, pin, line, photos, draft } = new;
        let new = field::NewSnag { unit, room, element, defect, severity, owner_text, finding, due_on, pin, line, photos };
        let view = match draft {
            Some(draft) => core.snag_of_draft(&new, &draft)?,
            None => core.snag_new(&new)?,
        };
        snag_view(&core, view)
    }

    /// Edits fields of a snag.
    pub fn snag_edit(&self, snag: Id, edit: SnagEdit) -> Result<SnagView> {
        let core = self.core()?;
        let SnagEdit { room, element, defect, severity, owner_text, finding, due_on } = edit;
        let view = core.snag_edit(snag, &field::SnagEdit { room, element, defect, severity, owner_text, finding, due_on })?;
        snag_view(&core, view)
    }

    /// Adds a photo by path; original and record are durable when this returns. The same file again is the same photo, once.
    pub fn snag_photo(&self, snag: Id, path: PathBuf) -> Result<PhotoView> {
        Ok(self.core()?.add_photo(snag, &path, "snag")?.into())
    }

    /// Sets a snag's place on the plan.
    pub fn snag_pin(&self, snag: Id, pin: Pin) -> Result<()> {
        Ok(self.core()?.snag_pin(snag, pin)?)
    }

    /// Keeps what is drawn over a photo; the original stays as it is. An empty list takes the drawing away; the history keeps it.
    pub fn snag_draw(&self, snag: Id, photo: Sha256, shapes: Vec<DrawnShape>) -> Result<()> {
        Ok(self.core()?.snag_draw(snag, photo, shapes)?)
    }

    /// Defect types for an element, those used most for it on this device first.
    pub fn defects_for(&self, element: &str) -> Result<Vec<DefectView>> {
        let core = self.core()?;
        let profile = core.profile();
        let offered = core.defects_by_use(element)?.into_iter().map(|(defect, used)| DefectView {
            id: defect.id.clone(),
            name: NamedView::of(defect).name,
            severity: defect.severity.clone(),
            due_days: profile.handover.walkthrough.due_days.value.get(&defect.severity).copied(),
            used,
        });
        Ok(offered.collect())
    }

    /// Snags that may be the same: of this element and room of the unit, of the same defect or within a metre's share of the plan.
    pub fn snags_near(&self, unit: Id, room: &str, element: &str, defect: &str, pin: Option<Pin>) -> Result<Vec<SnagView>> {
        let core = self.core()?;
        core.snags_near(unit, room, element, defect, pin)?.into_iter().map(|snag| snag_view(&core, snag)).collect()
    }

    /// The path of a photo's picture, made first if it is missing; none when it cannot be shown here.
    pub fn picture(&self, photo: Sha256, size: PictureSize) -> Result<Option<PathBuf>> {
        let size = match size {
            PictureSize::Small => CoreSize::Small,
            PictureSize::Large => CoreSize::Large,
        };
        Ok(self.core()?.picture(photo, size))
    }

    /// Makes the large pictures of the photos taken since the last call; how many. For a thread on which nobody waits.
    pub fn make_pictures(&self) -> Result<u64> {
        Ok(self.core()?.make_pictures() as u64)
    }

    /// The room in which a place on a plan lies, or the one beside whose wall it is: what a pin being set snaps to. None where the plan knows no
    /// room there.
    pub fn room_at(&self, pin: Pin) -> Result<Option<String>> {
        Ok(self.core()?.room_at(pin)?)
    }

    /// The rooms that a plan knows, for drawing them and for reading them out. A plan has no scale: lengths are shares of its sides.
    pub fn plan_rooms(&self, plan: Id) -> Result<Vec<PlanRoomView>> {
        let ppm = |value: i64| u32::try_from(value).unwrap_or(0);
        let rooms = self.core()?.plan_rooms(plan)?.into_iter().map(|(key, [left, top, wide, high])| PlanRoomView {
            room: key,
            left_ppm: ppm(left),
            top_ppm: ppm(top),
            width_ppm: ppm(wide),
            height_ppm: ppm(high),
        });
        Ok(rooms.collect())
    }

    /// The path of a plan's picture; none when it is not on this device.
    pub fn plan_path(&self, plan: Id) -> Result<Option<PathBuf>> {
        Ok(self.core()?.plan_path(plan)?)
    }
}
