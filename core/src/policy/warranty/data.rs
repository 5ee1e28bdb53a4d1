//! The periods of law as data: national minimum, overlays of provinces and cities, seasons by city.

use crate::policy::{Catalog, Origin, PolicyError, Sourced, calendar::shipped, catalog::entry, parse};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::sync::OnceLock;

const NATIONAL: (&str, &str) = ("warranty/national.toml", include_str!("../data/warranty/national.toml"));
const OVERLAYS: (&str, &str) = ("warranty/overlays.toml", include_str!("../data/warranty/overlays.toml"));
const SEASONS: (&str, &str) = ("warranty/seasons.toml", include_str!("../data/warranty/seasons.toml"));

/// How long: exactly one of months, seasons, design life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The part it is for; none: the whole component.
    #[serde(default)]
    pub part: Option<String>,
    /// Months.
    #[serde(default)]
    pub months: Option<u32>,
    /// Heating or cooling seasons.
    #[serde(default)]
    pub seasons: Option<u32>,
    /// The design's reasonable life of the work.
    #[serde(default)]
    pub design_life: bool,
    /// Where it comes from.
    pub origin: Origin,
}

impl Period {
    fn stands(&self) -> bool {
        u8::from(self.months.is_some()) + u8::from(self.seasons.is_some()) + u8::from(self.design_life) == 1
    }
}

/// A component of the building (law: W-01 to W-06).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Its code, `W-02`.
    #[serde(rename = "code")]
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// The contractor's period from completion acceptance; none where it is by agreement.
    #[serde(default)]
    pub contractor: Option<Period>,
    /// The least of the two booklets from delivery, by part.
    #[serde(default)]
    pub booklet: Vec<Period>,
    /// Where the component's row stands.
    #[serde(skip, default = "by_agreement")]
    pub origin: Origin,
}
entry!(Component, Overlay, City);

fn by_agreement() -> Origin {
    Origin::Contract
}

impl Component {
    /// Parts that have periods of their own.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.booklet.iter().filter_map(|p| p.part.as_deref())
    }
}

/// A longer minimum of a province, from delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minimum {
    /// The component.
    pub component: String,
    /// Only this part of it.
    #[serde(default)]
    pub part: Option<String>,
    /// Only for this finish level.
    #[serde(default)]
    pub finish: Option<String>,
    /// Months from delivery.
    pub months: u32,
    /// Where it comes from.
    pub origin: Origin,
}

/// After how many failed repairs legal is told, for one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalateAt {
    /// The component.
    pub component: String,
    /// The rework, from 1.
    pub rework: u32,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a province or city adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Whether it is still in force is to be checked before an office enables it.
    pub check_before_enabling: bool,
    /// The rule and its articles.
    pub article: String,
    /// The overlay of the province this city lies in; its rules hold as well.
    #[serde(default)]
    pub within: Option<String>,
    /// Longer minimums.
    #[serde(default)]
    pub minimum: Vec<Minimum>,
    /// A repaired part's period begins again when its repair is accepted.
    #[serde(default)]
    pub restart: bool,
    /// For an owner who refuses without cause the period runs from the date in the written notice.
    #[serde(default)]
    pub refused_from_notice: bool,
    /// Earlier escalation of repeated repairs.
    #[serde(default)]
    pub escalate_at: Vec<EscalateAt>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A day of the year, written `11-15`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// In a year; 29 February falls back to the 28th.
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day).or_else(|| NaiveDate::from_ymd_opt(year, self.month, self.day - 1))
    }
}

impl Serialize for MonthDay {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&format_args!("{:02}-{:02}", self.month, self.day))
    }
}

impl<'de> Deserialize<'de> for MonthDay {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        // Any leap year knows all days of the year.
        let day = NaiveDate::parse_from_str(&format!("2024-{text}"), "%Y-%m-%d").map_err(|_| D::Error::custom("a day of the year is written like 11-15"))?;
        Ok(Self { month: day.month(), day: day.day() })
    }
}

/// The seasons of a city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// First and last day of the heating season; none where there is no heating.
    #[serde(default)]
    pub heating: Option<[MonthDay; 2]>,
    /// First and last day of the cooling season.
    #[serde(default)]
    pub cooling: Option<[MonthDay; 2]>,
    /// Where it comes from.
    pub origin: Origin,
}

/// All data of the warranty.
#[derive(Clone, Debug)]
pub struct WarrantyData {
    /// The components.
    pub components: Catalog<Component>,
    /// The overlays.
    pub overlays: Catalog<Overlay>,
    /// The cities.
    pub cities: Catalog<City>,
    /// Years of a design life that is not known.
    pub design_years: Sourced<u32>,
    /// Whether a season running on the first day counts.
    pub running_season_counts: Sourced<bool>,
    /// Side of a cell of the plan, in millionths.
    pub pin_cell_ppm: Sourced<u32>,
    /// Which component a snag is, the first that fits.
    pub places: Vec<ComponentPlace>,
}

/// Which component a snag is, by what is wrong where.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentPlace {
    /// Elements.
    pub elements: Vec<String>,
    /// Classes of the defect; none: all.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Kinds of space, or spaces; none: all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// The component's code.
    pub component: String,
    /// Its part.
    pub part: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct National {
    design_years: Sourced<u32>,
    running_season_counts: Sourced<bool>,
    pin_cell_ppm: Sourced<u32>,
    component: Vec<Component>,
    place: Vec<ComponentPlace>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overlays {
    overlay: Vec<Overlay>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cities {
    city: Vec<City>,
}

impl WarrantyData {
    fn read() -> Result<Self, PolicyError> {
        let (file, text) = NATIONAL;
        let mut national: National = parse(file, text)?;
        for component in &mut national.component {
            let key = format!("component.{}", component.id);
            if !component.contractor.iter().chain(&component.booklet).all(Period::stands) {
                return Err(PolicyError::value(file, key, "policy-bad-limit"));
            }
            if let Some(period) = &component.contractor {
                component.origin = period.origin.clone();
            }
        }
        if national.pin_cell_ppm.value == 0 {
            return Err(PolicyError::value(file, "pin_cell_ppm", "policy-bad-limit"));
        }
        let components = Catalog::new(file, "component", std::mem::take(&mut national.component))?;
        for place in &national.place {
            components.must_have(file, "place", &place.component)?;
            let parts = components.get(&place.component);
            if place.part.as_ref().is_some_and(|part| parts.is_none_or(|c| !c.parts().any(|p| p == part))) {
                return Err(PolicyError::value(file, format!("place.{}", place.component), "policy-unknown-id"));
            }
        }
        let (file, text) = OVERLAYS;
        let overlays = Catalog::new(file, "overlay", parse::<Overlays>(file, text)?.overlay)?;
        for overlay in &overlays {
            let key = format!("overlay.{}", overlay.id);
            for minimum in &overlay.minimum {
                components.must_have(file, &key, &minimum.component)?;
                let component = components.get(&minimum.component);
                if minimum.part.as_ref().is_some_and(|part| component.is_none_or(|c| !c.parts().any(|p| p == part))) {
                    return Err(PolicyError::value(file, key, "policy-unknown-id"));
                }
            }
            overlay.escalate_at.iter().try_for_each(|e| components.must_have(file, &key, &e.component))?;
            overlay.within.iter().try_for_each(|id| overlays.must_have(file, &key, id))?;
            // One level only: a city lies in a province.
            if overlay.within.as_ref().and_then(|id| overlays.get(id)).is_some_and(|o| o.within.is_some()) {
                return Err(PolicyError::value(file, key, "policy-bad-range"));
            }
        }
        let (file, text) = SEASONS;
        let cities = Catalog::new(file, "city", parse::<Cities>(file, text)?.city)?;
        cities.must_have(file, "city", super::DEFAULT_CITY)?;
        let National { design_years, running_season_counts, pin_cell_ppm, place, .. } = national;
        Ok(Self { components, overlays, cities, design_years, running_season_counts, pin_cell_ppm, places: place })
    }

    /// The shipped data, read once.
    pub fn builtin() -> &'static Self {
        static DATA: OnceLock<WarrantyData> = OnceLock::new();
        DATA.get_or_init(|| shipped(Self::read()))
    }

    /// The component and part of what is wrong with an element, by the defect's class, in a space of a kind.
    pub fn place(&self, element: &str, class: &str, space: &str, kind: &str) -> Option<&ComponentPlace> {
        let fits = |list: &[String], ids: &[&str]| list.is_empty() || ids.iter().any(|id| list.iter().any(|l| l == id));
        self.places.iter().find(|p| fits(&p.elements, &[element]) && fits(&p.classes, &[class]) && fits(&p.kinds, &[space, kind]))
    }

    /// An overlay and, for a city, that of its province.
    pub fn overlays_of(&self, id: &str) -> impl Iterator<Item = &Overlay> {
        let own = self.overlays.get(id);
        let province = own.and_then(|o| o.within.as_ref()).and_then(|p| self.overlays.get(p));
        own.into_iter().chain(province)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Profile;

    #[test]
    fn every_element_of_a_building_is_a_component_and_a_leak_is_one_of_waterproofing() {
        let (data, taxonomy) = (WarrantyData::builtin(), &Profile::builtin().taxonomy);
        for element in &taxonomy.elements {
            let place = data.place(&element.id, "broken", "bedroom", "bedroom");
            assert_eq!(place.is_none(), element.id == "documents", "{}", element.id);
        }
        for place in &data.places {
            assert!(place.elements.iter().all(|e| taxonomy.elements.has(e)) && place.classes.iter().all(|c| taxonomy.defect_classes.has(c)), "{place:?}");
            assert!(place.kinds.iter().all(|k| taxonomy.spaces.iter().any(|s| s.id == *k || s.kind == *k)), "{place:?}");
        }
        let of = |element, class, space, kind| data.place(element, class, space, kind).map(|p| (p.component.as_str(), p.part.as_deref()));
        assert_eq!(of("floor", "leak", "guest_bath", "bath"), Some(("W-02", Some("wet_room"))));
        assert_eq!(of("ceiling", "leak", "roof", "shared"), Some(("W-02", Some("roof"))));
        assert_eq!(of("window", "leak", "bedroom", "bedroom"), Some(("W-02", Some("wall"))));
        assert_eq!(of("window", "broken", "bedroom", "bedroom"), Some(("W-05", Some("door_window"))));
        assert_eq!(of("water", "leak", "kitchen", "kitchen"), Some(("W-04", Some("pipe"))));
        assert_eq!(of("documents", "broken", "living", "living"), None);
    }
}
