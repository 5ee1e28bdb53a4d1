//! Warranty against cases computed by hand; refusals; repeated repairs.

use super::{calendar_of, default_rules};
use chrono::NaiveDate;
use keyturn_core::{
    model::{Id, value::Pin},
    policy::{
        deadline::Roll,
        warranty::{PlaceKey, RepeatAlert, Warranty, WarrantyClass, WarrantyData, WarrantyError, WarrantyQuestion, repeat_alert, warranty},
    },
    words::{Lang, Told},
};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    component: String,
    part: Option<String>,
    acceptance: NaiveDate,
    delivery: NaiveDate,
    refused_notice: Option<NaiveDate>,
    overlay: Option<String>,
    promised_months: Option<u32>,
    agreed_months: Option<u32>,
    design_years: Option<u32>,
    city: Option<String>,
    system: Option<String>,
    finish: Option<String>,
    #[serde(default)]
    repaired: Vec<NaiveDate>,
    on: NaiveDate,
    contractor_end: Option<NaiveDate>,
    developer_end: NaiveDate,
    class: String,
    charge_back: bool,
    #[serde(default)]
    provisional: bool,
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

fn ask(question: &WarrantyQuestion<'_>) -> Result<Warranty, WarrantyError> {
    let rules = default_rules();
    warranty(&rules.warranty, &calendar_of(&rules), question)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn plain(component: &str) -> WarrantyQuestion<'_> {
    WarrantyQuestion { component, acceptance: day("2024-06-30"), delivery: day("2024-10-01"), ..WarrantyQuestion::default() }
}

// S2-57, C-34
#[test]
fn every_warranty_computed_by_hand_is_computed_alike() {
    let cases = toml::from_str::<Cases>(include_str!("warranty.toml")).unwrap().case;
    assert!(cases.len() >= 40);
    for case in &cases {
        let question = WarrantyQuestion {
            component: &case.component,
            part: case.part.as_deref(),
            acceptance: case.acceptance,
            delivery: case.delivery,
            refused_notice: case.refused_notice,
            overlay: case.overlay.as_deref(),
            promised_months: case.promised_months,
            agreed_months: case.agreed_months,
            design_years: case.design_years,
            city: case.city.as_deref(),
            system: case.system.as_deref(),
            finish: case.finish.as_deref(),
            repaired: &case.repaired,
        };
        let told = ask(&question).unwrap_or_else(|e| panic!("{}: {e}", case.id));
        let class = if told.class(case.on) == WarrantyClass::Warranty { "warranty" } else { "expired" };
        assert_eq!(
            (told.contractor_end, told.developer_end, class, told.charge_back(case.on), told.provisional),
            (case.contractor_end, case.developer_end, case.class.as_str(), case.charge_back, case.provisional),
            "{}",
            case.id
        );
        assert!(!told.origin.is_empty(), "{}", case.id);
    }
}

#[test]
fn the_origin_names_what_decided_each_end() {
    let origins = |question: &WarrantyQuestion<'_>| ask(question).unwrap().origin.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(origins(&plain("W-02")), ["law:W-02 (V)"]);
    assert_eq!(origins(&WarrantyQuestion { overlay: Some("zhejiang"), ..plain("W-02") }), ["law:W-02 (V)", "law:A-3 (V)"]);
    assert_eq!(origins(&WarrantyQuestion { delivery: day("2028-05-01"), ..plain("W-02") }), ["law:W-02 (V)", "law:A-2 (S)"]);
    assert_eq!(origins(&WarrantyQuestion { promised_months: Some(240), ..plain("W-02") }), ["law:W-02 (V)", "contract"]);
}

#[test]
fn questions_that_cannot_be_are_refused_with_their_place() {
    let refused = |question: WarrantyQuestion<'_>| {
        let error = ask(&question).unwrap_err();
        assert!([Lang::Zh, Lang::En].iter().all(|lang| !error.told(*lang).contains("warranty-")));
        error
    };
    let unknown = |place, id: &str| WarrantyError::Unknown { place, id: id.into() };
    assert_eq!(refused(plain("W-07")), unknown("component", "W-07"));
    assert_eq!(refused(WarrantyQuestion { part: Some("chimney"), ..plain("W-02") }), unknown("part", "chimney"));
    assert_eq!(refused(WarrantyQuestion { overlay: Some("atlantis"), ..plain("W-02") }), unknown("overlay", "atlantis"));
    assert_eq!(refused(WarrantyQuestion { city: Some("atlantis"), ..plain("W-03") }), unknown("city", "atlantis"));
    assert_eq!(refused(WarrantyQuestion { system: Some("magic"), ..plain("W-03") }), unknown("system", "magic"));
    assert_eq!(
        refused(WarrantyQuestion { city: Some("guangzhou"), system: Some("heating"), ..plain("W-03") }),
        WarrantyError::NoSeason { city: "guangzhou".into() }
    );
    assert_eq!(refused(plain("W-06")), WarrantyError::NotAgreed { component: "W-06".into() });
    let impossible = |place, value: &str| WarrantyError::Impossible { place, value: value.into() };
    assert_eq!(refused(WarrantyQuestion { delivery: day("9999-01-01"), ..plain("W-02") }), impossible("delivery", "9999-01-01"));
    assert_eq!(refused(WarrantyQuestion { promised_months: Some(0), ..plain("W-02") }), impossible("promised_months", "0"));
    assert_eq!(refused(WarrantyQuestion { promised_months: Some(99_999), ..plain("W-02") }), impossible("promised_months", "99999"));
    assert_eq!(refused(WarrantyQuestion { design_years: Some(0), ..plain("W-01") }), impossible("design_years", "0"));
}

#[test]
fn an_end_rolls_over_rest_days_only_where_the_profile_says_so() {
    let mut rules = default_rules();
    // 2026-05-31 is a Sunday; 2025-05-31 + 12 months by promise.
    let question = WarrantyQuestion { promised_months: Some(12), acceptance: day("2024-05-31"), delivery: day("2025-05-31"), ..plain("W-05") };
    let end = |rules: &keyturn_core::policy::deadline::DeadlineRules| warranty(&rules.warranty, &calendar_of(rules), &question).unwrap();
    assert_eq!((end(&rules).developer_end, end(&rules).provisional), (day("2026-05-31"), false));
    rules.warranty.warranty_roll.value = Roll::NextWorkingDay;
    assert_eq!((end(&rules).developer_end, end(&rules).provisional), (day("2026-06-01"), false));
    // A profile's own promise and city serve where the question names none.
    rules.warranty.promised_months = toml::from_str(r#"W-06 = { value = 6, origin = "contract" }"#).unwrap();
    rules.warranty.city.value = "harbin".into();
    assert_eq!(warranty(&rules.warranty, &calendar_of(&rules), &plain("W-06")).unwrap().developer_end, day("2025-04-01"));
    let heating = WarrantyQuestion { system: Some("heating"), ..plain("W-03") };
    assert!(!warranty(&rules.warranty, &calendar_of(&rules), &heating).unwrap().provisional);
}

#[test]
fn every_overlay_is_to_be_checked_before_it_is_enabled() {
    let data = WarrantyData::builtin();
    let ids: Vec<&str> = data.overlays.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(ids, ["zhejiang", "beijing", "chongqing", "shandong", "guangdong", "hangzhou", "shanghai"]);
    assert!(data.overlays.iter().all(|o| o.check_before_enabling && !o.article.is_empty() && o.origin.binds()));
}

// S2-59, C-31
#[test]
fn the_first_rework_warns_and_the_second_escalates() {
    let rules = default_rules().warranty;
    let alert = |overlay, component, rework| repeat_alert(&rules, overlay, component, rework);
    assert_eq!([0, 1, 2, 3].map(|n| alert(None, Some("W-02"), n)), [RepeatAlert::None, RepeatAlert::Warn, RepeatAlert::Escalate, RepeatAlert::Escalate]);
    // Zhejiang: one failed structural repair is one for legal; a leak is as everywhere.
    assert_eq!(alert(Some("zhejiang"), Some("W-01"), 1), RepeatAlert::Escalate);
    assert_eq!(alert(Some("hangzhou"), Some("W-01"), 1), RepeatAlert::Escalate);
    assert_eq!(alert(Some("zhejiang"), Some("W-02"), 1), RepeatAlert::Warn);
    assert_eq!(alert(Some("zhejiang"), None, 1), RepeatAlert::Warn);
}

#[test]
fn a_place_is_known_again_by_what_fails_where() {
    let unit = Id([4; 16]);
    let pin = |x_ppm, y_ppm| Pin { plan: Id([5; 16]), x_ppm, y_ppm };
    let key = |room: &str, defect: &str, at: Option<Pin>| PlaceKey::new(unit, room, "wall", defect, at.as_ref());
    let first = key("bath", "leak", Some(pin(300_000, 300_000)));
    assert_eq!(first, key("bath", "leak", Some(pin(310_000, 320_000))));
    assert_eq!(first.to_string(), format!("{unit}/bath/wall/leak/2-2"));
    assert!(first.same_place(&key("bath", "leak", None)));
    assert!(!first.same_place(&key("bath", "leak", Some(pin(900_000, 300_000)))));
    assert!(!first.same_place(&key("bath", "crack", None)) && !first.same_place(&key("hall", "leak", None)));
    assert!(!first.same_place(&PlaceKey::new(Id([6; 16]), "bath", "wall", "leak", None)));
}

proptest! {
    #[test]
    fn the_owner_is_never_worse_off_than_the_contractors_track(acceptance in 0_u64..20_000, delivery in 0_u64..20_000, months in proptest::option::of(1_u32..400), component in 1..=5, overlay in 0..8_usize) {
        let overlays = [None, Some("zhejiang"), Some("beijing"), Some("chongqing"), Some("shandong"), Some("guangdong"), Some("hangzhou"), Some("shanghai")];
        let base = day("1980-01-01");
        let at = |n| base.checked_add_days(chrono::Days::new(n)).unwrap();
        let component = format!("W-0{component}");
        let question = WarrantyQuestion { component: &component, acceptance: at(acceptance), delivery: at(delivery), overlay: overlays[overlay], promised_months: months, ..WarrantyQuestion::default() };
        let told = ask(&question).unwrap();
        prop_assert!(told.contractor_end.is_none_or(|end| end <= told.developer_end));
        // No overlay and no promise makes it shorter.
        let bare = ask(&WarrantyQuestion { overlay: None, promised_months: None, ..question }).unwrap();
        prop_assert!(bare.developer_end <= told.developer_end);
    }
}
