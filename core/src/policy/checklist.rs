//! Checklists: lines chosen by finish level and stage, multiplied by the rooms of the unit.

use super::{Catalog, Origin, PolicyError, Profile, UnitFacts, catalog::entry, limit::Limits, parse, taxonomy::Taxonomy};
use crate::words::{Lang, Told};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const FILE: &str = "checklist.toml";

/// The room of lines that belong to no room of their own; also a space id.
pub const WHOLE_UNIT: &str = "whole_unit";

/// The name and version of one checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// The identifier.
    pub id: String,
    /// Finish level id.
    pub finish: String,
    /// Stage id.
    pub stage: String,
    /// Version, from 1.
    pub version: u32,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Set);

/// A line before the rooms are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Element id.
    pub element: String,
    /// The item, unique within its element.
    pub item: String,
    /// The Chinese words.
    pub zh: String,
    /// The English words.
    pub en: String,
    /// Kinds of space it is asked in.
    pub kinds: Vec<String>,
    /// Part of the handover (S0-09).
    #[serde(default = "works")]
    pub part: String,
    /// Finish levels; none: all.
    #[serde(default)]
    pub finish: Vec<String>,
    /// Stages; none: all.
    #[serde(default)]
    pub stages: Vec<String>,
    /// Limits, tried in order; the first that governs the unit is taken.
    #[serde(default)]
    pub limits: Vec<String>,
    /// A photograph belongs to the answer.
    #[serde(default)]
    pub requires_photo: bool,
    /// The contract term it compares (S0-13).
    pub contract_field: Option<String>,
    /// The document it hands over or shows.
    pub document: Option<String>,
    /// The meter it reads.
    pub meter: Option<String>,
    /// It counts the keys handed over.
    #[serde(default)]
    pub keys: bool,
    /// Where it comes from.
    pub origin: Origin,
}

fn works() -> String {
    "works".to_owned()
}

/// A room of a layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Unique in the unit: `master_bedroom`, `bedroom_north`.
    pub key: String,
    /// Space id.
    pub space: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
}

/// A line of one unit's checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistLine {
    /// Stable for ever: `master_bedroom/wall/flatness`.
    pub key: String,
    /// The room's key, or [`WHOLE_UNIT`].
    pub room: String,
    /// The room's Chinese name.
    pub room_zh: String,
    /// The room's English name.
    pub room_en: String,
    /// Element id.
    pub element: String,
    /// Item.
    pub item: String,
    /// Part of the handover.
    pub part: String,
    /// The Chinese words.
    pub zh: String,
    /// The English words.
    pub en: String,
    /// The limit that governs, if it is a measured line.
    pub limit: Option<String>,
    /// A photograph belongs to the answer.
    pub requires_photo: bool,
    /// The contract term it compares.
    pub contract_field: Option<String>,
    /// The document it hands over or shows.
    pub document: Option<String>,
    /// The meter it reads.
    pub meter: Option<String>,
    /// It counts the keys handed over.
    pub keys: bool,
    /// Where it comes from.
    pub origin: Origin,
}

impl ChecklistLine {
    /// The words in `lang`.
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// The room's name in `lang`.
    pub fn room_name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.room_zh,
            Lang::En => &self.room_en,
        }
    }
}

/// Why no checklist can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoChecklist {
    /// The profile has no such finish level and stage.
    #[error("no checklist for finish level `{finish}` and stage `{stage}`")]
    Set {
        /// The finish level asked for.
        finish: String,
        /// The stage asked for.
        stage: String,
    },
    /// The layout has a room of a kind that the profile does not know.
    #[error("room `{room}` is of the unknown space `{space}`")]
    Space {
        /// The room's key.
        room: String,
        /// Its space.
        space: String,
    },
    /// Two rooms have one key.
    #[error("room `{room}` stands twice")]
    RoomTwice {
        /// The room's key.
        room: String,
    },
}

impl Told for NoChecklist {
    fn key(&self) -> &'static str {
        match self {
            Self::Set { .. } => "checklist-no-set",
            Self::Space { .. } => "checklist-unknown-space",
            Self::RoomTwice { .. } => "checklist-room-twice",
        }
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Set { finish, stage } => vec![("finish", finish.clone()), ("stage", stage.clone())],
            Self::Space { room, space } => vec![("room", room.clone()), ("space", space.clone())],
            Self::RoomTwice { room } => vec![("room", room.clone())],
        }
    }
}

/// The sets and lines of a profile.
#[derive(Clone, Debug)]
pub struct Checklists {
    /// The sets by finish level and stage.
    pub sets: Catalog<Set>,
    /// All lines.
    pub lines: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    set: Vec<Set>,
    line: Vec<Line>,
}

impl Checklists {
    pub(super) fn read(text: &str, taxonomy: &Taxonomy, limits: &Limits) -> Result<Self, PolicyError> {
        let file: File = parse(FILE, text)?;
        let sets = Catalog::new(FILE, "set", file.set)?;
        for set in &sets {
            let key = format!("set.{}", set.id);
            taxonomy.finish_levels.must_have(FILE, &key, &set.finish)?;
            taxonomy.stages.must_have(FILE, &key, &set.stage)?;
        }
        let kinds: BTreeSet<&str> = taxonomy.spaces.iter().map(|s| s.kind.as_str()).collect();
        let mut seen = BTreeSet::new();
        for line in &file.line {
            let key = format!("line.{}/{}", line.element, line.item);
            let bad = |problem| Err(PolicyError::value(FILE, key.clone(), problem));
            if !seen.insert((&line.element, &line.item)) {
                return bad("policy-id-twice");
            }
            if line.item.is_empty() || !line.item.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
                return bad("policy-bad-id");
            }
            if line.zh.trim().is_empty() || line.en.trim().is_empty() {
                return bad("policy-name-missing");
            }
            if line.kinds.is_empty() || !line.kinds.iter().all(|k| kinds.contains(k.as_str())) {
                return bad("policy-unknown-id");
            }
            taxonomy.elements.must_have(FILE, &key, &line.element)?;
            taxonomy.parts.must_have(FILE, &key, &line.part)?;
            line.finish.iter().try_for_each(|f| taxonomy.finish_levels.must_have(FILE, &key, f))?;
            line.stages.iter().try_for_each(|s| taxonomy.stages.must_have(FILE, &key, s))?;
            line.limits.iter().try_for_each(|l| limits.list.must_have(FILE, &key, l))?;
            line.contract_field.iter().try_for_each(|c| taxonomy.contract_fields.must_have(FILE, &key, c))?;
            line.document.iter().try_for_each(|d| taxonomy.documents.must_have(FILE, &key, d))?;
            line.meter.iter().try_for_each(|m| taxonomy.meters.must_have(FILE, &key, m))?;
        }
        Ok(Self { sets, lines: file.line })
    }

    /// The set for a finish level and a stage.
    pub fn set(&self, finish: &str, stage: &str) -> Option<&Set> {
        self.sets.iter().find(|s| s.finish == finish && s.stage == stage)
    }
}

/// The checklist of a unit: room by room in the order given, then what concerns the whole unit.
pub fn expand(profile: &Profile, facts: &UnitFacts, rooms: &[Room]) -> Result<Vec<ChecklistLine>, NoChecklist> {
    if profile.checklist.set(&facts.finish, &facts.stage).is_none() {
        return Err(NoChecklist::Set { finish: facts.finish.clone(), stage: facts.stage.clone() });
    }
    let listed = |list: &[String], id: &str| list.is_empty() || list.iter().any(|l| l == id);
    let lines: Vec<&Line> = profile.checklist.lines.iter().filter(|l| listed(&l.finish, &facts.finish) && listed(&l.stages, &facts.stage)).collect();
    let whole_unit = Room {
        key: WHOLE_UNIT.to_owned(),
        space: WHOLE_UNIT.to_owned(),
        zh: profile.taxonomy.spaces.name(WHOLE_UNIT, Lang::Zh).to_owned(),
        en: profile.taxonomy.spaces.name(WHOLE_UNIT, Lang::En).to_owned(),
    };
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for room in rooms.iter().chain([&whole_unit]) {
        if !seen.insert(room.key.as_str()) {
            return Err(NoChecklist::RoomTwice { room: room.key.clone() });
        }
        let Some(kind) = profile.taxonomy.kind_of(&room.space) else {
            return Err(NoChecklist::Space { room: room.key.clone(), space: room.space.clone() });
        };
        for line in lines.iter().filter(|l| l.kinds.iter().any(|k| k == kind)) {
            let governs = |id: &&String| profile.limits.get(id).is_some_and(|l| l.applies_when.met(facts));
            out.push(ChecklistLine {
                key: format!("{}/{}/{}", room.key, line.element, line.item),
                room: room.key.clone(),
                room_zh: room.zh.clone(),
                room_en: room.en.clone(),
                element: line.element.clone(),
                item: line.item.clone(),
                part: line.part.clone(),
                zh: line.zh.clone(),
                en: line.en.clone(),
                limit: line.limits.iter().find(governs).cloned(),
                requires_photo: line.requires_photo,
                contract_field: line.contract_field.clone(),
                document: line.document.clone(),
                meter: line.meter.clone(),
                keys: line.keys,
                origin: line.origin.clone(),
            });
        }
    }
    Ok(out)
}
