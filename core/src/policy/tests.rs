//! The shipped data as a whole, and the verdicts over it.

mod approval;
mod layers;
mod schema;

use super::{
    checklist::{NoChecklist, Room, expand},
    limit::{Aggregate, Op},
    measure::{Outcome, Unjudged, Verdict, judge, sentence},
    *,
};
use crate::words::Lang;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn profile() -> &'static Profile {
    Profile::builtin()
}

fn milli(points: &[&str]) -> Vec<Milli> {
    points.iter().map(|p| p.parse().unwrap()).collect()
}

fn judged(id: &str, points: &[&str], design: Option<&str>) -> Verdict {
    judge(profile().limits.get(id).unwrap(), &milli(points), design.map(|d| d.parse().unwrap()))
}

fn outcome(id: &str, points: &[&str]) -> Outcome {
    judged(id, points, None).outcome
}

#[test]
fn every_file_reads_and_the_profile_has_a_name() {
    let p = Profile::builtin();
    assert_eq!(p.at.to_string(), "cn-default@1");
    assert_eq!(p.time_zone, chrono_tz::Asia::Shanghai);
    assert!(Profile::find("cn-default@1").is_some());
    for unknown in ["cn-default@2", "cn-default", "", "cn-default@0", "cn-default@01", "CN@1", "@1"] {
        assert!(Profile::find(unknown).is_none(), "{unknown}");
    }
    // The digest covers the lists too.
    let texts = format!("{}\n# a change\n", LISTS.texts);
    assert_ne!(Lists::read(Sources { texts: &texts, ..LISTS }).unwrap().digest, Lists::shipped().digest);
}

#[test]
fn a_fault_in_a_list_is_refused_with_its_place() {
    let swapped = |file: &str, from: &str, to: &str| {
        let mut files =
            [("taxonomy", LISTS.taxonomy), ("limits", LISTS.limits), ("checklist", LISTS.checklist), ("roles", LISTS.roles), ("texts", LISTS.texts)]
                .map(|(name, text)| (name, text.to_owned()));
        let (_, text) = files.iter_mut().find(|(name, _)| *name == file).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`");
        *text = text.replacen(from, to, 1);
        let [taxonomy, limits, checklist, roles, texts] = &files;
        Lists::read(Sources { taxonomy: &taxonomy.1, limits: &limits.1, checklist: &checklist.1, roles: &roles.1, texts: &texts.1 }).unwrap_err()
    };
    macro_rules! refused {
        ($file:literal, $from:literal, $to:literal, $pattern:pat) => {
            let error = swapped($file, $from, $to);
            assert!(matches!(error, $pattern), "{error:?}");
            for lang in [Lang::Zh, Lang::En] {
                let told = error.told(lang);
                assert!(told.contains(concat!($file)) && told.len() > 20, "{told}");
            }
        };
    }
    refused!("taxonomy", "class = \"leak\"", "class = \"drip\"", PolicyError::Value { problem: "policy-unknown-id", .. });
    refused!("taxonomy", "id = \"shell\"", "id = \"fitted\"", PolicyError::Value { problem: "policy-id-twice", .. });
    refused!("taxonomy", "zh = \"毛坯\"", "zh = \" \"", PolicyError::Value { problem: "policy-name-missing", .. });
    refused!("limits", "law:M-01 (S)", "law:M-01", PolicyError::Syntax { .. });
    refused!("limits", "value = \"4\"", "value = \"4.00001\"", PolicyError::Syntax { .. });
    refused!("limits", "value = \"4\"", "value = \"nan\"", PolicyError::Syntax { .. });
    refused!("limits", "value = \"4\"\n", "", PolicyError::Value { problem: "policy-bad-limit", .. });
    refused!("limits", "instrument = \"vertical_ruler\"", "instrument = \"eye\"", PolicyError::Value { problem: "policy-unknown-id", .. });
    refused!("limits", "op = \"lte\"", "op = \"gte\"", PolicyError::Value { problem: "policy-bad-limit", .. });
    refused!("checklist", "limits = [\"M-02.general\"]", "limits = [\"M-99\"]", PolicyError::Value { problem: "policy-unknown-id", .. });
    refused!("checklist", "kinds = [\"entrance\"]", "kinds = []", PolicyError::Value { problem: "policy-unknown-id", .. });
    refused!("roles", "  \"owner.confirm\",\n", "  \"owner.confrim\",\n", PolicyError::Value { problem: "policy-unknown-id", .. });
    refused!("texts", "{snags}", "{snag}", PolicyError::Value { problem: "policy-text-places", .. });
}

#[test]
fn every_row_of_the_law_is_there_with_its_mark() {
    // law.md C-2, marks by row; a row with numbers of different certainty names each.
    let marks: &[(&str, &[&str])] = &[
        ("M-01", &["S"]),
        ("M-02", &["S"]),
        ("M-03", &["S"]),
        ("M-04", &["S"]),
        ("M-05", &["?", "S"]),
        ("M-06", &["S"]),
        ("M-07", &["S"]),
        ("M-08", &["S"]),
        ("M-09", &["R"]),
        ("M-10", &["S"]),
        ("M-11", &["S"]),
        ("M-12", &["R", "S"]),
        ("M-13", &["S"]),
        ("M-14", &["R"]),
        ("M-15", &["S"]),
        ("M-16", &["S"]),
        ("M-17", &["R"]),
        ("M-18", &["S"]),
        ("M-19", &["S"]),
        ("M-20", &["S"]),
        ("M-21", &["?", "S"]),
        ("M-22", &["?"]),
        ("M-23", &["R", "S"]),
        ("M-24", &["R"]),
        ("M-25", &["S"]),
        ("M-26", &["S"]),
        ("M-27", &["S"]),
        ("M-28", &["S"]),
        ("M-29", &["S"]),
        ("M-30", &["R", "S"]),
        ("M-31", &["R", "S"]),
        ("M-32", &["R", "S"]),
        ("M-33", &["?"]),
        ("M-34", &["?"]),
        ("M-35", &["S"]),
    ];
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for limit in &profile().limits.list {
        let Origin::Law(rows, certainty) = &limit.origin else { panic!("{} is not from law", limit.id) };
        assert_eq!(rows, std::slice::from_ref(&limit.code));
        assert!(!limit.source.is_empty() && !limit.article.is_empty(), "{}", limit.id);
        found.entry(&limit.code).or_default().insert(certainty.mark());
    }
    assert_eq!(marks.len(), 35);
    for (row, marks) in marks {
        assert_eq!(found.get(row).unwrap_or_else(|| panic!("{row} is missing")), &marks.iter().copied().collect(), "{row}");
    }
    // Area: B-7, the one limit of the handover that stands outside C-2.
    assert_eq!(found.len(), 36);
    assert!(found.contains_key("B-7"));
}

#[test]
fn values_of_the_law_are_as_written() {
    let expected = [
        ("M-01.general", "≤ 4 mm"),
        ("M-01.high", "≤ 3 mm"),
        ("M-04.area", "≤ 0.04 m²"),
        ("M-05.joint_width", "≤ 1 mm"),
        ("M-08.self_levelling", "≤ 2 mm"),
        ("M-10.corner", "≤ 5 %"),
        ("M-12.area", "≤ 400 cm²"),
        ("M-13.depth", "≥ 20 mm"),
        ("M-13.time", "≥ 24 h"),
        ("M-15.fall", "≥ 1 %"),
        ("M-16.sleeve", "≥ 20 mm"),
        ("M-19.threshold", "≤ 15 mm"),
        ("M-20.habitable", "≥ 2.4 m"),
        ("M-20.wet", "≥ 2.2 m"),
        ("M-21.storey", "≥ 3 m"),
        ("M-23.low", "≥ 1.05 m"),
        ("M-23.high", "≥ 1.1 m"),
        ("M-23.gap", "≤ 0.11 m"),
        ("M-26.rcd", "≤ 30 mA"),
        ("M-27.conductor", "≥ 4 mm²"),
        ("M-28.insulation", "≥ 0.5 MΩ"),
        ("M-29.plastic_2h", "≤ 0.03 MPa"),
        ("M-30.seal", "≥ 50 mm"),
        ("M-31.formaldehyde", "≤ 0.07 mg/m³"),
        ("M-31.radon", "≤ 150 Bq/m³"),
        ("B-7.area", "≤ 3 %"),
    ];
    for (id, text) in expected {
        let limits = &profile().limits;
        assert_eq!(limits.text(limits.get(id).unwrap(), Lang::En), text, "{id}");
    }
    let rule = profile().limits.get("M-02.general").unwrap().pass_rate.clone().unwrap();
    assert_eq!((rule.share_percent, rule.worst_factor), (80, Milli(1500)));
}

#[test]
fn a_draft_never_fails_a_line() {
    let limits = &profile().limits;
    let drafts: Vec<_> = limits.list.iter().filter(|l| !l.origin.binds()).collect();
    assert!(drafts.len() >= 15, "{}", drafts.len());
    for limit in drafts {
        for point in [i64::MIN, -1, 0, 1, 999_999_999, i64::MAX] {
            let verdict = judge(limit, &[Milli(point); 30], Some(Milli(1)));
            assert_eq!(verdict.outcome, Outcome::NotJudged(Unjudged::Draft), "{}", limit.id);
            assert!(verdict.outside.is_empty() && !verdict.needs_cause() && verdict.worst.is_some());
        }
    }
}

#[test]
fn each_point_must_keep_the_limit() {
    // M-15, at least: exactly 1.0 % keeps it (Civil Code 1259: 以上 includes the number).
    assert_eq!(outcome("M-15.fall", &["1.0", "1.4", "1.2"]), Outcome::Pass);
    let bad = judged("M-15.fall", &["0.6", "0.9", "1.1"], None);
    assert_eq!((bad.outcome, bad.worst, bad.outside), (Outcome::Fail, Some(Milli(600)), vec![0, 1]));
    // M-04, at most: exactly 0.04 m² keeps it, 0.041 does not.
    assert_eq!(outcome("M-04.area", &["0.04"]), Outcome::Pass);
    assert_eq!(outcome("M-04.area", &["0.041"]), Outcome::Fail);
    assert_eq!(outcome("M-04.area", &["0"]), Outcome::Pass);
    assert_eq!(outcome("M-26.rcd", &["22", "24", "30", "25"]), Outcome::Pass);
    assert_eq!(outcome("M-25.polarity", &["0"]), Outcome::Pass);
    assert_eq!(outcome("M-25.polarity", &["1"]), Outcome::Fail);
    // Too few points: not yet; but what no further point can mend fails at once.
    assert_eq!(outcome("M-15.fall", &["1.4"]), Outcome::Incomplete { missing: 2 });
    assert_eq!(outcome("M-15.fall", &["0.9"]), Outcome::Fail);
    assert_eq!(outcome("M-15.fall", &[]), Outcome::Incomplete { missing: 3 });
}

#[test]
fn general_items_pass_by_share_and_worst_point() {
    // M-35 over M-02: limit 4 mm, 80 % inside, worst at most 6 mm. Boundaries are inclusive.
    assert_eq!(outcome("M-02.general", &["1.5", "2.0", "3.0", "2.5", "4.0"]), Outcome::Pass);
    let four_of_five = judged("M-02.general", &["2", "3", "6", "3", "4"], None);
    assert_eq!((four_of_five.outcome, four_of_five.worst), (Outcome::Pass, Some(Milli(6000))));
    // The point outside still needs a snag or a reason.
    assert_eq!(four_of_five.outside, vec![2]);
    assert!(four_of_five.needs_cause());
    assert_eq!(outcome("M-02.general", &["2", "3", "6.001", "3", "4"]), Outcome::Fail);
    assert_eq!(outcome("M-02.general", &["2", "3", "5", "4.001", "4"]), Outcome::Fail); // 60 %
    assert_eq!(outcome("M-02.general", &["2", "3", "5", "4.001", "4", "1", "1", "1", "1", "1"]), Outcome::Pass); // 80 % of ten
    // The sign of a deviation does not matter.
    assert_eq!(outcome("M-01.general", &["-6.5", "0", "0", "0", "0"]), Outcome::Fail);
    // Not enough points: a bad share can still come out, a point too far cannot.
    assert_eq!(outcome("M-02.general", &["2", "3", "5", "3"]), Outcome::Incomplete { missing: 1 });
    assert_eq!(outcome("M-02.general", &["7"]), Outcome::Fail);
}

/// A binding limit for the rules whose national numbers are drafts today: what a province's parameter will look like.
fn province(aggregate: Aggregate, value: &str) -> limit::Limit {
    let mut limit = profile().limits.get("M-22.height_range").unwrap().clone();
    limit.aggregate = aggregate;
    limit.value = Some(value.parse().unwrap());
    limit.origin = "law:M-22 (V)".parse().unwrap();
    limit
}

#[test]
fn a_range_is_the_largest_minus_the_smallest() {
    let limit = province(Aggregate::Range, "20");
    let of = |points: &[&str]| judge(&limit, &milli(points), None);
    let at_limit = of(&["2770", "2790", "2775", "2780", "2770"]);
    assert_eq!((at_limit.outcome, at_limit.worst, at_limit.outside), (Outcome::Pass, Some(Milli(20_000)), vec![]));
    assert_eq!(of(&["2770", "2790.001", "2775", "2780", "2770"]).outcome, Outcome::Fail);
    assert_eq!(of(&["2770", "2790"]).outcome, Outcome::Incomplete { missing: 3 });
    assert_eq!(of(&["2770", "2791"]).outcome, Outcome::Fail);
    assert_eq!(of(&[]).worst, None);
}

#[test]
fn a_deviation_is_taken_from_the_design_value() {
    let limit = province(Aggregate::MaxDev, "15");
    let points = milli(&["2785", "2755", "2770", "2770", "2771"]);
    let verdict = judge(&limit, &points, Some("2770".parse().unwrap()));
    assert_eq!((verdict.outcome, verdict.worst), (Outcome::Pass, Some(Milli(15_000))));
    let verdict = judge(&limit, &points, Some("2769.999".parse().unwrap()));
    assert_eq!((verdict.outcome, verdict.outside), (Outcome::Fail, vec![0]));
    assert_eq!(judge(&limit, &points, None).outcome, Outcome::NotJudged(Unjudged::DesignValueMissing));
    // Area (B-7): 118.64 against 118.20 is +0.37 %; 3 % exactly is inside, a thousandth more is not.
    let area = judged("B-7.area", &["118.64"], Some("118.20"));
    assert_eq!((area.outcome, area.worst.unwrap().to_fixed(2)), (Outcome::Pass, "0.37".to_owned()));
    assert_eq!(judged("B-7.area", &["103"], Some("100")).outcome, Outcome::Pass);
    assert_eq!(judged("B-7.area", &["97"], Some("100")).outcome, Outcome::Pass);
    assert_eq!(judged("B-7.area", &["103.001"], Some("100")).outcome, Outcome::Fail);
    // A difference that rounds to 3.000 % is still compared exactly.
    assert_eq!(judged("B-7.area", &["340303.003"], Some("330391.264")).worst, Some(Milli(3000)));
    assert_eq!(judged("B-7.area", &["340303.003"], Some("330391.264")).outcome, Outcome::Fail);
    assert_eq!(judged("B-7.area", &["103"], Some("0")).outcome, Outcome::NotJudged(Unjudged::DesignValueMissing));
}

#[test]
fn verdicts_are_told_in_both_languages() {
    let limits = &profile().limits;
    let limit = limits.get("M-02.general").unwrap();
    let told = |points: &[&str], lang| sentence(limits, limit, &judge(limit, &milli(points), None), lang);
    assert_eq!(told(&["2", "3", "5", "3"], Lang::Zh), "已测 4 点，3 点在限值内。第 5 点 ≤ 4 mm 就合格。");
    assert_eq!(told(&["2", "3", "6", "3", "4"], Lang::Zh), "已测 5 点，4 点在限值内，最不利 6 mm：合格（限值 ≤ 4 mm，至少 80 % 的点在内，最大不超 6 mm）。");
    for lang in [Lang::Zh, Lang::En] {
        for limit in &limits.list {
            for points in [&[][..], &[Milli(1000)], &[Milli(3000); 5], &[Milli(900_000); 5]] {
                for design in [None, Some(Milli(2000))] {
                    let text = sentence(limits, limit, &judge(limit, points, design), lang);
                    assert!(!text.contains('{') && !text.starts_with("measure-"), "{}: {text}", limit.id);
                }
            }
        }
    }
}

#[test]
fn the_code_in_force_follows_the_design_date_and_the_building() {
    let facts = |date: Option<&str>, floors| UnitFacts {
        finish: "fitted".into(),
        stage: "owner_walkthrough".into(),
        floors,
        design_date: date.map(|d| d.parse().unwrap()),
    };
    let room = |key: &str, space: &str| Room { key: key.into(), space: space.into(), zh: "房".into(), en: "room".into() };
    let rooms = [room("living", "living"), room("balcony", "balcony")];
    let limit = |facts: &UnitFacts, key: &str| expand(profile(), facts, &rooms).unwrap().into_iter().find(|l| l.key == key).unwrap().limit;
    for (date, expected) in [(None, "M-20.habitable"), (Some("2025-04-30"), "M-20.habitable"), (Some("2025-05-01"), "M-21.habitable")] {
        assert_eq!(limit(&facts(date, Some(18)), "living/room/clear_height").as_deref(), Some(expected));
    }
    for (floors, expected) in [(Some(6), Some("M-23.low")), (Some(7), Some("M-23.high")), (None, None)] {
        assert_eq!(limit(&facts(None, floors), "balcony/balustrade/height").as_deref(), expected);
    }
}

fn three_bedrooms() -> Vec<Room> {
    [
        ("entrance", "entrance"),
        ("living", "living"),
        ("kitchen", "kitchen"),
        ("guest_bath", "guest_bath"),
        ("study", "study"),
        ("bedroom_south", "bedroom"),
        ("bedroom_north", "bedroom"),
        ("master_bedroom", "master_bedroom"),
        ("master_bath", "master_bath"),
        ("balcony_south", "balcony"),
    ]
    .map(|(key, space)| Room { key: key.into(), space: space.into(), zh: key.into(), en: key.into() })
    .into()
}

#[test]
fn finish_and_stage_choose_the_lines() {
    let rooms = three_bedrooms();
    let mut sizes = BTreeMap::new();
    for finish in ["fitted", "shell"] {
        for stage in ["unit_acceptance", "pre_handover_check", "owner_walkthrough"] {
            let facts = UnitFacts { finish: finish.into(), stage: stage.into(), floors: Some(18), design_date: None };
            let lines = expand(profile(), &facts, &rooms).unwrap();
            let keys: BTreeSet<_> = lines.iter().map(|l| l.key.as_str()).collect();
            assert_eq!(keys.len(), lines.len(), "a key stands twice");
            // S0-09: each set has its three parts, each room its lines.
            let parts: BTreeSet<_> = lines.iter().map(|l| l.part.as_str()).collect();
            assert_eq!(parts, BTreeSet::from(["works", "equipment", "documents"]), "{finish} {stage}");
            let with_lines: BTreeSet<_> = lines.iter().map(|l| l.room.as_str()).collect();
            assert_eq!(with_lines.len(), rooms.len() + 1);
            // Lines stand room by room.
            let mut order: Vec<_> = lines.iter().map(|l| l.room.as_str()).collect();
            order.dedup();
            assert_eq!(order.len(), rooms.len() + 1);
            sizes.insert((finish, stage), lines.len());
        }
    }
    // The trade's check is the longest, the owner's walk the shortest; the sets differ.
    for finish in ["fitted", "shell"] {
        assert!(sizes[&(finish, "unit_acceptance")] > sizes[&(finish, "owner_walkthrough")]);
    }
    assert!((80..=100).contains(&sizes[&("fitted", "owner_walkthrough")]), "{sizes:?}");
    let fitted = UnitFacts { finish: "fitted".into(), stage: "owner_walkthrough".into(), ..UnitFacts::default() };
    let lines = expand(profile(), &fitted, &rooms).unwrap();
    let flatness = lines.iter().find(|l| l.key == "master_bedroom/wall/flatness").unwrap();
    assert_eq!(flatness.limit.as_deref(), Some("M-02.general"));
    // S0-13: lines that compare with the contract.
    assert!(lines.iter().filter(|l| l.contract_field.is_some()).count() >= 4);
    assert!(lines.iter().any(|l| l.key == "kitchen/cabinet/worktop"));
    let shell = UnitFacts { finish: "shell".into(), ..fitted.clone() };
    assert!(!expand(profile(), &shell, &rooms).unwrap().iter().any(|l| l.element == "cabinet"));
    assert!(profile().checklist.set("fitted", "owner_walkthrough").unwrap().version >= 1);
}

#[test]
fn a_layout_that_cannot_be_walked_is_refused() {
    let facts = UnitFacts { finish: "fitted".into(), stage: "owner_walkthrough".into(), ..UnitFacts::default() };
    let mut rooms = three_bedrooms();
    rooms[3].space = "dungeon".into();
    assert!(matches!(expand(profile(), &facts, &rooms), Err(NoChecklist::Space { .. })));
    rooms[3] = rooms[2].clone();
    assert!(matches!(expand(profile(), &facts, &rooms), Err(NoChecklist::RoomTwice { .. })));
    let unknown = UnitFacts { stage: "party".into(), ..facts };
    assert!(matches!(expand(profile(), &unknown, &three_bedrooms()), Err(NoChecklist::Set { .. })));
}

#[test]
fn defects_fall_into_the_seven_classes() {
    // S2-11
    let taxonomy = &profile().taxonomy;
    let classes: Vec<_> = taxonomy.defect_classes.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(classes, ["leak", "blockage", "hollow_crack", "rough_dirty", "broken", "equipment_below_design", "material_below_promise"]);
    for class in classes {
        assert!(taxonomy.defects.iter().any(|d| d.class == class), "{class} has no defect type");
    }
    for element in &taxonomy.elements {
        assert!(taxonomy.defects_of(&element.id).count() >= 5, "{}", element.id);
    }
    let wall: Vec<_> = taxonomy.defects_of("wall").map(|d| d.id.as_str()).collect();
    assert!(wall.contains(&"hollow") && !wall.contains(&"polarity"));
}

#[test]
fn a_statement_is_filled_and_gaps_are_seen() {
    let text = profile().texts.get("answer_accept_in_part").unwrap();
    assert_eq!(text.fill(Lang::Zh, &[("refused", "1"), ("reason", "应整间更换{x}")]), "我接受其余各项；不接受第 1 项，理由：应整间更换{x}。");
    assert_eq!(text.fill(Lang::Zh, &[("refused", "1")]), "我接受其余各项；不接受第 1 项，理由：{reason}。");
    for id in ["privacy_notice", "e_signature_notice", "sign_snag_list", "sign_certificate", "photo_consent", "handover_notice"] {
        let text = profile().texts.get(id).unwrap();
        for lang in [Lang::Zh, Lang::En] {
            let shown = text.fill(lang, &[]);
            assert!(!shown.is_empty() && !shown.contains('\n') && !shown.contains('\\'), "{id}: {shown:?}");
        }
    }
    // S1-16
    assert!(profile().texts.guide.iter().count() >= 5);
}

#[test]
fn the_values_of_the_handover_are_there() {
    let h = &profile().handover;
    assert_eq!(h.device.offline_days.value, 30);
    assert_eq!(h.gate.notice_days_min.value, 10);
    assert_eq!(h.gate.notice_days_min.origin.to_string(), "law:B-4 (S)");
    assert_eq!((h.photo.thumb_px.value, h.photo.screen_px.value), (512, 2048));
    assert_eq!(h.signature.levels.value, [1, 2, 3]);
    assert_eq!((h.signature.required_of("inspector"), h.signature.required_of("witness")), (3, 1));
    assert_eq!(h.notice.channels.value.len(), 6);
}

proptest! {
    #[test]
    fn any_points_give_a_verdict(at in 0_usize..94, points in proptest::collection::vec(any::<i64>(), 0..30), design: Option<i64>) {
        let limit = profile().limits.list.iter().nth(at).unwrap();
        let points: Vec<Milli> = points.into_iter().map(Milli).collect();
        let verdict = judge(limit, &points, design.map(Milli));
        let again = judge(limit, &points.iter().rev().copied().collect::<Vec<_>>(), design.map(Milli));
        // The order of the points does not matter.
        prop_assert_eq!(verdict.outcome, again.outcome);
        prop_assert_eq!(verdict.worst, again.worst);
        prop_assert!(verdict.outcome != Outcome::Fail || limit.binds());
        prop_assert_eq!(verdict.outcome == Outcome::NotJudged(Unjudged::ByEye), limit.op == Op::Holds);
    }
}
