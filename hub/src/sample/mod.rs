//! The sample project: one community, 2 buildings, 24 units, owners with made-up names and numbers, two contractors, plans
//! drawn from data. Read by the importer like anybody's register.

mod plan;

pub use plan::PlanError;

use crate::import::{ImportError, import_csv};
use keyturn_core::{
    policy::Profile,
    register::{Register, RowKey, RowKind},
};

/// The community's name.
pub const COMMUNITY: &str = "云溪雅苑一期";
/// The unit of the demonstration: building, entrance, number.
pub const DEMO_UNIT: [&str; 3] = ["2", "1", "1102"];

const SHEETS: [(&str, &str); 8] = [
    ("community", include_str!("community.csv")),
    ("building", include_str!("building.csv")),
    ("plan", include_str!("plan.csv")),
    ("room", include_str!("room.csv")),
    ("unit", include_str!("unit.csv")),
    ("owner", include_str!("owner.csv")),
    ("contractor", include_str!("contractor.csv")),
    ("contract_term", include_str!("contract_term.csv")),
];
const PLAN: &str = include_str!("plan.toml");

/// The sample's register.
///
/// # Errors
/// As any import; what is part of the program reads without one (a test sees to it).
pub fn register(profile: &Profile) -> Result<Register, ImportError> {
    Ok(import_csv(profile, &SHEETS)?.reading.register)
}

/// The key of the demonstration's unit.
pub fn demo_unit() -> RowKey {
    let [building, entrance, number] = DEMO_UNIT;
    RowKey::new(RowKind::Unit, &[COMMUNITY, building, entrance, number])
}

/// The bytes of a file that the register names.
pub fn file(name: &str) -> Option<Vec<u8>> {
    let mirrored = match name {
        "2B-03.png" => false,
        "2B-04.png" => true,
        _ => return None,
    };
    match plan::png(PLAN, mirrored) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            tracing::error!(%error, "a sample plan could not be drawn");
            None
        }
    }
}

/// Writes the sample as a folder of CSV files and plans, to be looked at or imported by hand.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(folder: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in SHEETS {
        std::fs::write(folder.join(format!("{name}.csv")), format!("\u{feff}{text}"))?;
    }
    for name in ["2B-03.png", "2B-04.png"] {
        std::fs::write(folder.join(name), file(name).unwrap_or_default())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import;
    use keyturn_core::{
        policy::{UnitFacts, checklist},
        register::{FieldValue, PlanRoom},
    };
    use std::collections::BTreeSet;

    fn rooms(register: &Register, layout: &str) -> Vec<PlanRoom> {
        let plan = register.get(&RowKey::new(RowKind::Plan, &[COMMUNITY, layout])).unwrap();
        PlanRoom::of_field(plan.text("rooms").unwrap())
    }

    #[test]
    fn the_sample_is_a_good_register() {
        let read = import_csv(Profile::builtin(), &SHEETS).unwrap();
        assert_eq!(read.bad(), []);
        let register = read.reading.register;
        let count = |kind| register.of(kind).count();
        assert_eq!(
            (count(RowKind::Community), count(RowKind::Building), count(RowKind::Unit), count(RowKind::Contractor), count(RowKind::Plan)),
            (1, 2, 24, 2, 2)
        );
        for building in ["1", "2"] {
            assert_eq!(register.of(RowKind::Unit).filter(|(_, u)| u.text("building") == Some(building)).count(), 12);
        }
        // Every unit has its owner, its filing and an area within the agreed 3 %.
        let owned: BTreeSet<_> = register.of(RowKind::Owner).filter_map(|(_, o)| o.parent.clone()).collect();
        let profile = Profile::builtin();
        let limit = profile.limits.get(&profile.handover.walkthrough.area_limit.value).unwrap();
        for (key, unit) in register.of(RowKind::Unit) {
            assert!(owned.contains(key) && unit.text("filing_number").is_some());
            let area = |f: &str| if let Some(FieldValue::Milli(a)) = unit.fields.get(f) { *a } else { panic!("{key}: {f}") };
            let verdict = keyturn_core::policy::measure::judge(limit, &[area("surveyed_area")], Some(area("predicted_area")));
            assert_eq!(verdict.outcome, keyturn_core::policy::measure::Outcome::Pass, "{key}");
        }
        let demo = register.get(&demo_unit()).unwrap();
        assert_eq!((demo.text("label"), demo.text("layout_type"), demo.text("finish_level")), (Some("2-1-1102"), Some("2B-03"), Some("fitted")));
        let owner = register.of(RowKind::Owner).find(|(_, o)| o.parent.as_ref() == Some(&demo_unit())).unwrap().1;
        assert_eq!(owner.text("name"), Some("陈静怡"));
    }

    #[test]
    fn the_demonstrations_checklist_has_rooms_limits_and_contract_lines() {
        let profile = Profile::builtin();
        let register = register(profile).unwrap();
        let rooms: Vec<_> = rooms(&register, "2B-03").iter().map(PlanRoom::room).collect();
        let facts = UnitFacts { finish: "fitted".into(), stage: "owner_walkthrough".into(), floors: Some(18), design_date: "2023-05-18".parse().ok() };
        let lines = checklist::expand(profile, &facts, &rooms).unwrap();
        assert_eq!(rooms.len(), 10);
        assert!((80..=100).contains(&lines.len()), "{}", lines.len());
        let balustrade = lines.iter().find(|l| l.key == "balcony_south/balustrade/height").unwrap();
        assert_eq!(balustrade.limit.as_deref(), Some("M-23.high"));
        let plan = register.get(&RowKey::new(RowKind::Plan, &[COMMUNITY, "2B-03"])).unwrap();
        for line in lines.iter().filter_map(|l| l.contract_field.as_deref()).filter(|f| *f != "clear_height") {
            assert!(plan.text(&format!("contract:{line}")).is_some(), "{line}");
        }
    }

    #[test]
    fn pins_fall_into_their_rooms_and_the_drawing_agrees_with_them() {
        let register = register(Profile::builtin()).unwrap();
        // The pins of the report's picture (design/report): fractions of the whole plan.
        let pins = [
            (0.50, 0.55, "living"),
            (0.58, 0.84, "balcony_south"),
            (0.085, 0.60, "master_bedroom"),
            (0.768, 0.26, "guest_bath"),
            (0.59, 0.19, "entrance"),
            (0.752, 0.545, "bedroom_south"),
            (0.24, 0.57, "master_bedroom"),
            (0.35, 0.17, "kitchen"),
            (0.215, 0.20, "bedroom_north"),
            (0.865, 0.16, "study"),
            (0.085, 0.19, "master_bath"),
            (0.655, 0.64, "living"),
        ];
        for (layout, name) in [("2B-03", "2B-03.png"), ("2B-04", "2B-04.png")] {
            let rooms = rooms(&register, layout);
            let picture = image::load_from_memory(&file(name).unwrap()).unwrap().into_luma8();
            assert_eq!(picture.dimensions(), (1360, 800));
            let shade = |x: f64, y: f64| picture.get_pixel((x * 1360.0) as u32, (y * 800.0) as u32).0[0];
            for (x, y, room) in pins {
                let x = if layout == "2B-04" { 1.0 - x } else { x };
                let at: Vec<_> = rooms.iter().filter(|r| r.holds((x * 1e6) as u32, (y * 1e6) as u32)).map(|r| r.key.as_str()).collect();
                assert_eq!(at, [room], "{layout} {x} {y}");
            }
            for room in &rooms {
                let [x, y, w, h] = room.box_ppm.unwrap().map(|n| f64::from(n) / 1e6);
                // The middle is open; below is a wall, a window or a balustrade with its doors, but for the hall that is open to the living room.
                assert_eq!(shade(x + w / 2.0, y + h / 2.0), 255, "{layout} {}", room.key);
                let wall_below = |across: f64| (0..40).any(|step| shade(x + w * across, y + h - 0.01 + f64::from(step) * 0.0005) < 128);
                let walled = (1..20).filter(|step| wall_below(f64::from(*step) / 20.0)).count();
                assert_eq!(walled >= 8, room.key != "entrance", "{layout} {}: {walled} of 19", room.key);
            }
        }
        assert!(file("other.png").is_none());
    }

    #[test]
    fn the_written_sample_imports_like_anybodys() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let read = import::import(Profile::builtin(), folder.path(), &|_| false).unwrap();
        assert_eq!(read.bad(), []);
        assert_eq!(read.reading.register, register(Profile::builtin()).unwrap());
        for (_, path) in read.plan_files() {
            assert!(image::open(&path).is_ok());
        }
    }
}
