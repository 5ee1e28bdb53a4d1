//! From folded states to pages. Everything here is a pure function of what was read before.

pub mod devices;
pub mod handover;
pub mod history;
pub mod owner;
pub mod reviews;
pub mod rules;
pub mod snags;
pub mod units;

use super::{
    book::{Book, Names},
    parts::{Photo, Stroke},
    sign::Sign,
    text::{Due, Masked, Words},
};
use crate::store::DeviceRow;
use keyturn_core::{
    evidence::PhotoFacts,
    log::fold::{Aggregate, Phase},
    model::{
        Digest, Id, UtcMs, Value,
        act::{Act, PhotoAdd},
        body::AggKind,
        drawing::marks,
    },
    policy::{Profile, registry::Registry},
};
use std::collections::{HashMap, HashSet};

/// What filling a page needs.
pub struct Cx<'a> {
    /// Language, zone, moment.
    pub w: Words,
    /// States.
    pub book: &'a Book,
    /// Names that the page may need.
    pub names: &'a Names,
    /// Devices and the hub's own chains.
    pub devices: &'a HashMap<Id, DeviceRow>,
    /// Files that the hub read back and checked.
    pub safe: &'a HashSet<Digest>,
    /// Pictures of plans and their sizes in pixels.
    pub plans: &'a HashMap<Digest, (u32, u32)>,
    /// Addresses of pictures and files begin with this: `/console/files` or the owner's own.
    pub files: &'a str,
    /// The profile for what begins today; a running case has its own ([`Cx::rules_of`]).
    pub profile: &'static Profile,
    /// All profiles of the project, by which running clocks are told.
    pub policies: &'a Registry,
}

impl Cx<'_> {
    /// The profile that a running case keeps.
    pub fn rules_of(&self, case: &Aggregate) -> &'static Profile {
        self.policies.of_case(Some(case), None, self.w.today_date())
    }

    /// A field's words.
    fn text<'t>(&self, thing: &'t Aggregate, field: &str) -> &'t str {
        thing.text(field).unwrap_or_default()
    }

    /// A unit, `2-1-1102`.
    pub fn unit_name(&self, unit: &Aggregate) -> String {
        ["building", "entrance", "number"].map(|f| self.text(unit, f)).into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("-")
    }

    /// A unit in words, `2 号楼 1 单元 1102`.
    pub fn unit_words(&self, unit: &Aggregate) -> String {
        let (building, entrance, number) = (self.text(unit, "building"), self.text(unit, "entrance"), self.text(unit, "number"));
        let building = self.building_words(building);
        if entrance.is_empty() {
            return format!("{building} {number}");
        }
        format!("{building} {} {number}", self.w.t1("console-entrance-n", "name", entrance))
    }

    /// A building in words; a name that is only a number gets its noun.
    pub fn building_words(&self, name: &str) -> String {
        if name.chars().all(|c| c.is_ascii_alphanumeric()) { self.w.t1("console-building-n", "name", name) } else { name.to_owned() }
    }

    /// The community of a unit or of the project.
    pub fn community(&self) -> String {
        self.book.all(AggKind::Community).find_map(|c| c.text("name")).unwrap_or_default().to_owned()
    }

    /// A room of a unit by its key.
    pub fn room(&self, unit: Option<Id>, key: &str) -> String {
        let Some(Value::List(rooms)) = unit.and_then(|u| self.book.get(u)).and_then(|u| u.get("rooms")) else { return key.to_owned() };
        let found = rooms.iter().filter_map(Value::text).find_map(|room| {
            let mut parts = room.split('|');
            (parts.next() == Some(key)).then_some(())?;
            let (_, zh, en) = (parts.next()?, parts.next()?, parts.next()?);
            Some(match self.w.lang {
                keyturn_core::words::Lang::Zh => zh,
                keyturn_core::words::Lang::En => en,
            })
        });
        found.unwrap_or(key).to_owned()
    }

    /// Room and element of a snag.
    pub fn place(&self, snag: &Aggregate) -> String {
        let element = self.rules_of(snag).taxonomy.elements.name(self.text(snag, "element"), self.w.lang);
        format!("{} {element}", self.room(snag.unit, self.text(snag, "room")))
    }

    /// What is wrong, in short.
    pub fn defect(&self, snag: &Aggregate) -> String {
        self.rules_of(snag).taxonomy.defects.name(self.text(snag, "defect"), self.w.lang).to_owned()
    }

    /// The running number, or unit and number in the handover until the hub gave one.
    pub fn number(&self, snag: &Aggregate) -> String {
        let given = snag.done().filter_map(|e| if let Act::Number(n) = &e.act { Some(n.clone()) } else { None }).last();
        given.unwrap_or_else(|| {
            let unit = snag.unit.and_then(|u| self.book.get(u)).map(|u| self.unit_name(u)).unwrap_or_default();
            format!("{unit}/{}", snag.get("number").and_then(Value::int).unwrap_or(0))
        })
    }

    /// The date agreed, to the end of that day in the project's zone.
    pub fn due(&self, snag: &Aggregate) -> Option<Due> {
        let ordered = snag.done().filter_map(|e| if let Act::Order(_, Some(day)) = &e.act { Some(day.as_str()) } else { None }).last();
        let day: chrono::NaiveDate = snag.text("due_on").or(ordered)?.parse().ok()?;
        let end = day.succ_opt()?.and_hms_opt(0, 0, 0)?.and_local_timezone(self.w.zone).earliest()?;
        Some(Due {
            at: UtcMs(end.timestamp_millis() - 1),
            soon_ms: i64::from(self.rules_of(snag).handover.walkthrough.due_soon_hours.value) * 3_600_000,
            closed: snag.phase == Phase::Confirmed,
        })
    }

    /// The crew or contractor of the last order.
    pub fn crew(&self, snag: &Aggregate) -> Option<(Id, String)> {
        let (to, _) = snag.ordered()?;
        let name = self.book.get(to).and_then(|c| c.text("name")).map_or_else(|| to.short(), str::to_owned);
        Some((to, name))
    }

    /// A person as the office may see it: staff and crews by name, owners masked, and the role where there is no name.
    pub fn person(&self, person: Id, role: &str) -> String {
        let role_name = || self.role(role);
        let Some(name) = self.names.name(person) else { return role_name() };
        let kind = self.book.get(person).and_then(|p| p.text("kind"));
        match kind {
            Some("staff" | "crew") => name.to_owned(),
            _ => format!("{} {}", role_name(), Masked::name(name)),
        }
    }

    /// A role in words.
    pub fn role(&self, role: &str) -> String {
        self.profile.roles.list.name(role, self.w.lang).to_owned()
    }

    /// A device by the name people know it by.
    pub fn device(&self, device: Id) -> String {
        match self.devices.get(&device) {
            Some(row) if row.hub => self.w.t("console-hub"),
            Some(row) => row.name.clone(),
            None => device.short(),
        }
    }

    /// One use of a photograph.
    pub fn photo(&self, thing: &Aggregate, photo: &PhotoAdd) -> Photo {
        let facts: Option<PhotoFacts> = minicbor::decode(&photo.facts).ok();
        let safe = self.safe.contains(&photo.sha256);
        let proof = match safe {
            true if facts.as_ref().is_some_and(|f| f.damaged) => Sign::Damaged,
            true => Sign::Safe,
            false => Sign::OnDevice,
        };
        let aspect = facts.as_ref().map_or(1.0, PhotoFacts::aspect);
        let strokes = match thing.get(&format!("drawing:{}", photo.sha256)) {
            Some(Value::Drawing(shapes)) => marks(shapes, aspect).into_iter().map(Stroke::from).collect(),
            _ => Vec::new(),
        };
        let at = format!("{}/{}", self.files, photo.sha256);
        Photo {
            small: safe.then(|| format!("{at}?size=512")),
            large: format!("{at}?size=2048"),
            original: format!("{at}?size=original"),
            caption: self.purpose(&photo.purpose),
            taken: facts.as_ref().and_then(|f| f.taken_utc.or_else(|| local(f.taken_local.as_deref()?, self.w.zone))),
            digest: photo.sha256.short(),
            proof,
            width_of_1000: (aspect * 1000.0) as u32,
            strokes,
        }
    }

    /// What a photograph shows; of which line of the checklist is told where the line stands.
    pub fn purpose(&self, purpose: &str) -> String {
        self.w.t(&format!("console-purpose-{}", purpose.split(':').next().unwrap_or_default()))
    }

    /// Photographs of a thing with this purpose in this round.
    pub fn photos(&self, thing: &Aggregate, purpose: &str, round: Option<u32>) -> Vec<Photo> {
        thing
            .done()
            .filter_map(|e| match &e.act {
                Act::PhotoAdd(p) if p.purpose == purpose && round.is_none_or(|r| r == p.round) => Some(self.photo(thing, p)),
                _ => None,
            })
            .collect()
    }
}

/// The instant of a camera's clock without an offset, taken to stand in the project's zone.
fn local(text: &str, zone: chrono_tz::Tz) -> Option<UtcMs> {
    let at: chrono::NaiveDateTime = text.parse().ok()?;
    Some(UtcMs(at.and_local_timezone(zone).earliest()?.timestamp_millis()))
}

/// The sign of a snag's phase.
pub fn snag_sign(phase: Phase) -> Sign {
    Sign::from_key(phase.name()).filter(|s| super::sign::SNAG_STATES.contains(s)).unwrap_or(Sign::Recorded)
}

/// The digests of every photograph of these things: what has to be asked of the store before a page is filled.
pub fn photo_digests<'t>(things: impl IntoIterator<Item = &'t Aggregate>) -> HashSet<Digest> {
    things.into_iter().flat_map(Aggregate::done).filter_map(|e| if let Act::PhotoAdd(p) = &e.act { Some(p.sha256) } else { None }).collect()
}

/// Everybody who did something to these things, took part or is named by them: whose names a page may need.
pub fn persons_of<'t>(things: impl IntoIterator<Item = &'t Aggregate>) -> HashSet<Id> {
    let mut out = HashSet::new();
    for thing in things {
        out.extend(thing.created.iter().map(|o| o.actor));
        out.extend(thing.entries.iter().map(|e| e.origin.actor));
        for head in thing.fields.values().flatten() {
            out.insert(head.origin.actor);
            match &head.value {
                Value::Participant(p) => {
                    out.insert(p.person);
                }
                Value::List(list) => out.extend(list.iter().filter_map(Value::id)),
                _ => {}
            }
        }
        out.extend(thing.entries.iter().filter_map(|e| if let Act::Appoint(_, escort, _) = e.act { Some(escort) } else { None }));
    }
    out
}
