//! What a snag is for the warranty, and whether its place was repaired before (S2-59, C-31; law: A). Both are told and neither blocks
//! anything (S1-01).

use crate::{
    log::fold::{Aggregate, Phase},
    model::{Id, UtcMs, Value, act::Act},
    policy::{
        Profile,
        calendar::Calendar,
        deadline::counted_time,
        warranty::{ComponentPlace, PlaceKey, RepeatAlert, Warranty, WarrantyClass, WarrantyData, WarrantyError, WarrantyQuestion, repeat_alert, warranty},
    },
};
use chrono::NaiveDate;

/// Repairs of one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// How many repairs of this place were reported done before the one that is open now.
    pub rework: u32,
    /// What that asks for, by the profile and its overlay.
    pub alert: RepeatAlert,
    /// Other snags at this place, older than this one.
    pub others: Vec<Id>,
}

/// A snag under warranty, or no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWarranty {
    /// The component's code.
    pub component: &'static str,
    /// Its part.
    pub part: Option<&'static str>,
    /// The ends and where they come from.
    pub warranty: Warranty,
    /// Where the day of the report stands.
    pub class: WarrantyClass,
    /// Whether the contractor can be charged.
    pub charge_back: bool,
}

/// Why nothing can be told of the warranty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWarranty {
    /// It is no part of the building.
    #[error("no component")]
    Component,
    /// The day of the acceptance filing is not in the register.
    #[error("no acceptance")]
    Acceptance,
    /// The unit was not handed over, and the contract names no day.
    #[error("no delivery")]
    Delivery,
    /// As the engine says.
    #[error(transparent)]
    Engine(#[from] WarrantyError),
}

fn key(snag: &Aggregate) -> Option<PlaceKey> {
    let text = |field: &str| snag.text(field).unwrap_or_default();
    let pin = match snag.get("pin") {
        Some(Value::Pin(pin)) => Some(pin),
        _ => None,
    };
    Some(PlaceKey::new(snag.unit?, text("room"), text("element"), text("defect"), pin))
}

/// The phases in which a repair may have been reported done: all that follow the first order.
pub const REPAIRED: [Phase; 5] = [Phase::Ordered, Phase::InWork, Phase::Done, Phase::Rejected, Phase::Confirmed];

/// How many rounds of a snag ended with a repair that was reported done.
fn repairs(snag: &Aggregate) -> u32 {
    let mut rounds: Vec<u32> = snag.done().filter(|e| matches!(e.act, Act::RepairDone(..))).map(|e| e.round).collect();
    rounds.dedup();
    u32::try_from(rounds.len()).unwrap_or(u32::MAX)
}

/// The component of a snag.
pub fn component(profile: &Profile, unit: Option<&Aggregate>, snag: &Aggregate) -> Option<&'static ComponentPlace> {
    let text = |field: &str| snag.text(field).unwrap_or_default();
    let class = profile.taxonomy.defects.get(text("defect")).map_or("", |defect| defect.class.as_str());
    let rooms = unit.and_then(|unit| unit.get("rooms"));
    let space = match rooms {
        Some(Value::List(rooms)) => rooms.iter().filter_map(Value::text).find_map(|room| {
            let mut parts = room.split('|');
            (parts.next() == Some(text("room"))).then(|| parts.next())?
        }),
        _ => None,
    };
    let space = space.unwrap_or(text("room"));
    WarrantyData::builtin().place(text("element"), class, space, profile.taxonomy.kind_of(space).unwrap_or(""))
}

/// Whether the place of a snag was repaired before: in its own rounds, and by older snags of its unit.
pub fn repeat<'a>(profile: &Profile, unit: Option<&Aggregate>, snag: &Aggregate, of_unit: impl IntoIterator<Item = &'a Aggregate>) -> Repeat {
    let mut rework = match snag.phase {
        // What was done in this round is the repair itself, not one before it.
        Phase::Done | Phase::Confirmed => repairs(snag).saturating_sub(1),
        _ => repairs(snag),
    };
    let mut others = Vec::new();
    for other in earlier(snag, of_unit).filter(|other| repairs(other) > 0) {
        rework = rework.saturating_add(repairs(other));
        others.push(other.id);
    }
    let component = component(profile, unit, snag).map(|place| place.component.as_str());
    Repeat { rework, alert: repeat_alert(&profile.deadlines.warranty, None, component, rework), others }
}

/// The older snags of the same place.
fn earlier<'a>(snag: &Aggregate, of_unit: impl IntoIterator<Item = &'a Aggregate>) -> impl Iterator<Item = &'a Aggregate> {
    let place = key(snag);
    let alike = |other: &Aggregate| ["room", "element", "defect"].iter().all(|field| other.text(field) == snag.text(field));
    let began = |thing: &Aggregate| thing.created.as_ref().map(|origin| origin.order);
    of_unit.into_iter().filter(move |other| {
        let same = || place.as_ref().zip(key(other)).is_some_and(|(place, other)| place.same_place(&other));
        other.id != snag.id && other.unit == snag.unit && alike(other) && began(other) < began(snag) && same()
    })
}

/// When a repair of a snag was accepted by its owner, in the time that counts.
fn accepted(snag: &Aggregate) -> impl Iterator<Item = UtcMs> {
    let confirmed = snag.done().filter(|entry| matches!(entry.act, Act::OwnerConfirm(..)));
    confirmed.filter_map(|entry| counted_time(snag, entry.origin.at())).map(|counted| counted.at)
}

/// Where a snag stands in the warranty of its part, on the day it was recorded: from the unit's acceptance filing and the day it was handed
/// over, or is to be by contract; and, where the overlay says so, from the last accepted repair of its place (law: A-3), its own among them.
///
/// # Errors
/// With what is not known.
pub fn under_warranty<'a>(
    profile: &Profile,
    calendar: &Calendar,
    unit: &Aggregate,
    handover: Option<&Aggregate>,
    snag: &'a Aggregate,
    of_unit: impl IntoIterator<Item = &'a Aggregate>,
) -> Result<UnderWarranty, NoWarranty> {
    let place = component(profile, Some(unit), snag).ok_or(NoWarranty::Component)?;
    let day = |at: UtcMs| at.to_utc().with_timezone(&calendar.zone()).date_naive();
    let date = |field: &str| unit.text(field).and_then(|text| text.parse::<NaiveDate>().ok());
    let acceptance = date("filing_date").ok_or(NoWarranty::Acceptance)?;
    let closed = handover.and_then(|h| h.done().find(|e| matches!(e.act, Act::Close(_))).map(|e| day(e.origin.order.hlc.ms)));
    let delivery = closed.or_else(|| date("delivery_date")).ok_or(NoWarranty::Delivery)?;
    let repaired: Vec<NaiveDate> = earlier(snag, of_unit).chain([snag]).flat_map(accepted).map(day).collect();
    let question = WarrantyQuestion {
        repaired: &repaired,
        component: &place.component,
        part: place.part.as_deref(),
        acceptance,
        delivery,
        finish: unit.text("finish_level"),
        ..WarrantyQuestion::default()
    };
    let warranty = warranty(&profile.deadlines.warranty, calendar, &question)?;
    // A snag found at the handover itself is one of it, whatever day its paper is closed.
    let on = snag.created.as_ref().map_or(delivery, |origin| day(origin.order.hlc.ms)).max(acceptance);
    Ok(UnderWarranty { component: &place.component, part: place.part.as_deref(), class: warranty.class(on), charge_back: warranty.charge_back(on), warranty })
}
