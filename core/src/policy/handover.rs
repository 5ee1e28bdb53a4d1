//! Values of the handover and the texts shown to people.

use super::{Catalog, Entry as _, Milli, Origin, PolicyError, Sourced, catalog::entry, limit::Limits, parse, roles::Roles, taxonomy::Taxonomy};
use crate::words::Lang;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const TEXTS: &str = "texts.toml";

/// What must be there before the owner is invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Readiness items of the unit (S1-15).
    pub precheck_items: Sourced<Vec<String>>,
    /// No appointment without the completion filing (S2-54).
    pub filing_required: Sourced<bool>,
    /// Least days from the notice to the date it invites to; the contract may say more.
    pub notice_days_min: Sourced<u16>,
}

/// The walk-through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walkthrough {
    /// An escort accompanies the owner (S1-17).
    pub escort_required: Sourced<bool>,
    /// Sides that must have signed before the handover closes (S1-20).
    pub signatures_required: Sourced<Vec<String>>,
    /// Roles that may stand as the owner's side; the first one is its name.
    pub owner_side: Sourced<Vec<String>>,
    /// Roles that need a mandate document (S0-10).
    pub mandate_required: Sourced<Vec<String>>,
    /// Limit id of the difference of areas.
    pub area_limit: Sourced<String>,
    /// A measured value this many times its limit is asked back.
    pub odd_value_factor: Sourced<Milli>,
    /// Calendar days to the due date offered, by severity.
    pub due_days: Sourced<BTreeMap<String, u16>>,
    /// "Due soon" starts this many hours before.
    pub due_soon_hours: Sourced<u16>,
    /// Hours that an appointment keeps free.
    pub appointment_hours: Sourced<u16>,
    /// More keys of one kind are a slip of the finger.
    pub keys_max: Sourced<u16>,
    /// How far outside its room a pin may lie, in percent of the plan: on the wall it is in both.
    pub pin_slack_percent: Sourced<u16>,
    /// Two pins this near to each other, in percent of the plan's side, may be the same snag again.
    pub near_percent: Sourced<u16>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Days of work without contact.
    pub offline_days: Sourced<u16>,
    /// Hours an invitation is good for.
    pub invite_hours: Sourced<u16>,
    /// A clock further from the hub's than this is shown.
    pub clock_warn_seconds: Sourced<u32>,
    /// Contact within these minutes counts as recent.
    pub recent_minutes: Sourced<u16>,
    /// Without contact for these hours a device is silent.
    pub silent_hours: Sourced<u16>,
    /// What reaches the hub more than these seconds after it was done was done offline.
    pub offline_seconds: Sourced<u32>,
    /// Days originals stay on a device after they are safe on the hub.
    pub originals_keep_days: Sourced<u16>,
}

/// Photographs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photo {
    /// Longer side of the small picture.
    pub thumb_px: Sourced<u32>,
    /// Longer side of the large picture.
    pub screen_px: Sourced<u32>,
    /// Longest side an original may have.
    pub max_side_px: Sourced<u32>,
    /// Largest area an original may have.
    pub max_pixels: Sourced<u64>,
    /// Largest file.
    pub max_bytes: Sourced<u64>,
    /// Below this much free space no photo is taken.
    pub free_floor_bytes: Sourced<u64>,
    /// Text id of the consent without which a position is dropped.
    pub position_consent: Sourced<String>,
}

/// The handover notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Ways of dispatch (S4-12).
    pub channels: Sourced<Vec<String>>,
    /// Ways that count only with a tracking number or a receipt.
    pub proof_required: Sourced<Vec<String>>,
    /// Ways that are written notice to the service address.
    pub written: Sourced<Vec<String>>,
}

/// Signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The levels there are.
    pub levels: Sourced<Vec<u8>>,
    /// The level each side must reach.
    pub level_required: Sourced<BTreeMap<String, u8>>,
    /// The level of a side that is not named.
    pub level_default: Sourced<u8>,
    /// Minutes a one-time code is good for.
    pub code_minutes: Sourced<u16>,
    /// Wrong codes before a new one is needed.
    pub code_attempts: Sourced<u8>,
    /// Answers there are.
    pub answers: Sourced<Vec<String>>,
    /// Answers that need a reason.
    pub reason_required: Sourced<Vec<String>>,
    /// Witnesses of an absent or refusing owner.
    pub witnesses: Sourced<u8>,
}

impl Signature {
    /// The level a side must reach.
    pub fn required_of(&self, side: &str) -> u8 {
        self.level_required.value.get(side).copied().unwrap_or(self.level_default.value)
    }
}

/// The owner's link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerLink {
    /// Days it is good for.
    pub days: Sourced<u16>,
    /// Days for which a link or invitation that ended still says so.
    pub told_days: Sourced<u16>,
    /// A repair can be confirmed by link (S1-23).
    pub confirm_by_link: Sourced<bool>,
}

/// Personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personal {
    /// What is kept of an owner.
    pub owner_fields: Sourced<Vec<String>>,
    /// Capacities in which a person acts for a unit.
    pub capacities: Sourced<Vec<String>>,
    /// Kinds of identity document that can be checked.
    pub identity_documents: Sourced<Vec<String>>,
    /// Whether the document's number is kept.
    pub keep_identity_number: Sourced<bool>,
}

/// All values of the handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Handover {
    /// What must be there before the owner is invited.
    pub gate: Gate,
    /// The walk-through.
    pub walkthrough: Walkthrough,
    /// A device.
    pub device: Device,
    /// Photographs.
    pub photo: Photo,
    /// The handover notice.
    pub notice: Notice,
    /// Signatures.
    pub signature: Signature,
    /// The owner's link.
    pub owner_link: OwnerLink,
    /// Personal data.
    pub personal: Personal,
}

impl Handover {
    pub(super) fn check(&self, file: &'static str, taxonomy: &Taxonomy, limits: &Limits, roles: &Roles, texts: &Texts) -> Result<(), PolicyError> {
        let walk = &self.walkthrough;
        limits.list.must_have(file, "walkthrough.area_limit", &walk.area_limit.value)?;
        texts.list.must_have(file, "photo.position_consent", &self.photo.position_consent.value)?;
        for role in walk.owner_side.value.iter().chain(&walk.mandate_required.value).chain(&walk.signatures_required.value) {
            roles.list.must_have(file, "walkthrough", role)?;
        }
        self.gate.precheck_items.value.iter().try_for_each(|i| taxonomy.prechecks.must_have(file, "gate.precheck_items", i))?;
        self.notice.channels.value.iter().try_for_each(|c| taxonomy.channels.must_have(file, "notice.channels", c))?;
        self.personal.capacities.value.iter().try_for_each(|c| taxonomy.capacities.must_have(file, "personal.capacities", c))?;
        let documents = &self.personal.identity_documents.value;
        documents.iter().try_for_each(|d| taxonomy.identity_documents.must_have(file, "personal.identity_documents", d))?;
        for severity in &taxonomy.severities {
            if !walk.due_days.value.contains_key(&severity.id) {
                return Err(PolicyError::value(file, format!("walkthrough.due_days.{}", severity.id), "policy-value-missing"));
            }
        }
        for severity in walk.due_days.value.keys() {
            taxonomy.severities.must_have(file, "walkthrough.due_days", severity)?;
        }
        let levels = &self.signature.levels.value;
        for level in self.signature.level_required.value.values().chain([&self.signature.level_default.value]) {
            if !levels.contains(level) {
                return Err(PolicyError::value(file, "signature.level_required", "policy-unknown-id"));
            }
        }
        let within = |key: &str, part: &[String], whole: &[String]| match part.iter().find(|p| !whole.contains(p)) {
            Some(stray) => Err(PolicyError::value(file, format!("{key}: {stray}"), "policy-unknown-id")),
            None => Ok(()),
        };
        within("notice.proof_required", &self.notice.proof_required.value, &self.notice.channels.value)?;
        within("notice.written", &self.notice.written.value, &self.notice.channels.value)?;
        within("signature.reason_required", &self.signature.reason_required.value, &self.signature.answers.value)
    }
}

/// A text under its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The identifier.
    pub id: String,
    /// Version, from 1. The words never change under it.
    pub version: u32,
    /// The Chinese words.
    pub zh: String,
    /// The English words.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Text);

impl Text {
    /// The words in `lang` with `{name}` replaced. A place without a value stays as it is, so that it is seen.
    pub fn fill(&self, lang: Lang, values: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let mut rest = self.name(lang).trim();
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((place, tail)) = after.split_once('}') else {
                rest = after;
                out.push('{');
                continue;
            };
            match values.iter().find(|(name, _)| *name == place) {
                Some((_, value)) => out.push_str(value),
                None => {
                    out.push('{');
                    out.push_str(place);
                    out.push('}');
                }
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn places(&self, lang: Lang) -> BTreeSet<&str> {
        self.name(lang).split('{').skip(1).filter_map(|p| p.split_once('}').map(|(place, _)| place)).collect()
    }
}

/// A step of the owner's guide (S1-16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuideStep {
    /// The identifier.
    pub id: String,
    /// The Chinese words.
    pub zh: String,
    /// The English words.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(GuideStep);

/// All texts.
#[derive(Clone, Debug)]
pub struct Texts {
    /// Notices and statements.
    pub list: Catalog<Text>,
    /// The owner's guide, in order.
    pub guide: Catalog<GuideStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    text: Vec<Text>,
    guide_step: Vec<GuideStep>,
}

impl Texts {
    pub(super) fn read(text: &str) -> Result<Self, PolicyError> {
        let file: File = parse(TEXTS, text)?;
        let texts = Self { list: Catalog::new(TEXTS, "text", file.text)?, guide: Catalog::new(TEXTS, "guide_step", file.guide_step)? };
        for text in &texts.list {
            if text.version == 0 || text.places(Lang::Zh) != text.places(Lang::En) {
                return Err(PolicyError::value(TEXTS, format!("text.{}", text.id), "policy-text-places"));
            }
        }
        Ok(texts)
    }

    /// The text with this id.
    pub fn get(&self, id: &str) -> Option<&Text> {
        self.list.get(id)
    }
}
