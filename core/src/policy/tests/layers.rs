//! Profiles laid over each other: the conflicts between the sources, what a lower layer may say, and what is refused where.

use crate::policy::{
    Faults, Profile, ProfileRef,
    fault::Fault,
    keys::{Direction, Keys, Kind, Strictness},
    layer::Layer,
    resolve::{Held, Library, Resolved},
};
use crate::words::{Lang, Told};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn at(name: &str) -> ProfileRef {
    name.parse().unwrap()
}

fn shipped(name: &str) -> Resolved {
    Library::shipped().resolve(&at(name), &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The head of a draft laid over `base`.
fn draft(base: &str, body: &str) -> String {
    format!(
        "id = \"test\"\nversion = 1\nzh = \"试\"\nen = \"test\"\neffective_from = \"2026-01-01\"\nscope = \"project\"\njurisdiction = \"CN\"\nbase = \"{base}\"\nsources = []\n{body}"
    )
}

fn faults(text: &str) -> Vec<Fault> {
    match Library::shipped().check("test.toml", text) {
        Ok(_) => Vec::new(),
        Err(Faults(list)) => list,
    }
}

/// One conflict of requirements.md section 3: the file and key or row that hold its default.
enum Holds {
    Value(&'static str, Json),
    /// Table, the columns that find the row, the columns it must have.
    Row(&'static str, Json, Json),
    /// A row that must not be there.
    NoRow(&'static str, Json),
    Gap(&'static str),
    Layer(&'static str, &'static str, Json),
}

fn row_is(held: &Held, columns: &Json) -> bool {
    columns.as_object().unwrap().iter().all(|(name, value)| held.said.value.get(name).unwrap_or(&Json::Null) == value)
}

#[test]
fn every_conflict_between_the_sources_has_its_default_in_a_named_place() {
    use Holds::{Gap, Layer as In, NoRow, Row, Value};
    let limit = |milestone: &str, value: u32, unit: &str, start: &str| {
        Row("deadline", json!({ "milestone": milestone }), json!({ "value": value, "unit": unit, "start": start }))
    };
    let graded = |milestone: &str, severity: Json, value: u32, unit: &str| {
        Row("deadline", json!({ "milestone": milestone, "severity": severity }), json!({ "value": value, "unit": unit }))
    };
    let both = json!(["important", "special"]);
    let band = |table: &str, bounds: Json, steps: Json| {
        let mut wanted = bounds;
        wanted["table"] = table.into();
        Row("band", wanted, json!({ "steps": steps }))
    };
    // Each row of section 3: what its default column says.
    let table: Vec<(&str, Vec<Holds>)> = vec![
        (
            "C-01",
            vec![
                limit("acknowledge", 24, "elapsed_hour", "intake"),
                limit("owner_assigned", 24, "elapsed_hour", "intake"),
                limit("substantive_reply", 48, "elapsed_hour", "intake"),
                limit("dept_report", 3, "working_day", "transferred"),
            ],
        ),
        (
            "C-02",
            vec![
                graded("plan", json!("general"), 24, "elapsed_hour"),
                graded("plan", both.clone(), 72, "elapsed_hour"),
                graded("plan_consent", both.clone(), 2, "working_day"),
                graded("plan_final", both.clone(), 3, "working_day"),
            ],
        ),
        (
            "C-03",
            vec![
                Row("deadline", json!({ "milestone": "plan", "origin": "seed:S3-05" }), json!({ "value": 72 })),
                NoRow("deadline", json!({ "milestone": "acknowledge", "value": 72 })),
            ],
        ),
        (
            "C-04",
            vec![
                Row("deadline", json!({ "milestone": "repair_complete", "work": "single_trade" }), json!({ "value": 3, "unit": "working_day" })),
                Row(
                    "deadline",
                    json!({ "milestone": "repair_complete", "work": "multi_trade" }),
                    json!({ "value": 7, "unit": "working_day", "extendable": "owner_consent_before_due" }),
                ),
            ],
        ),
        (
            "C-05",
            vec![
                graded("resolve_target", both.clone(), 15, "calendar_day"),
                graded("resolve_hard", both, 1, "month"),
                limit("dispute", 30, "calendar_day", "dispute_declared"),
            ],
        ),
        (
            "C-06",
            vec![
                Row("deadline", json!({ "milestone": "resolve_soft" }), json!({ "value": 7, "unit": "calendar_day", "soft": true })),
                Row("deadline", json!({ "milestone": "escalate" }), json!({ "value": 14, "unit": "calendar_day", "then_severity": "important" })),
            ],
        ),
        (
            "C-07",
            vec![
                In("cn-law@1", "calendar.roll", json!("next_working_day")),
                limit("site_survey", 1, "working_day", "accepted"),
                limit("contact", 24, "elapsed_hour", "intake"),
            ],
        ),
        (
            "C-08",
            vec![
                Row(
                    "deadline",
                    json!({ "milestone": "arrive", "urgency": "emergency" }),
                    json!({ "value": 2, "unit": "elapsed_hour", "origin": "product_default" }),
                ),
                Row("deadline", json!({ "milestone": "contact" }), json!({ "value": 24, "unit": "elapsed_hour", "origin": "product_default" })),
            ],
        ),
        (
            "C-09",
            vec![Row(
                "severity_rule",
                json!({ "id": "cost" }),
                json!({ "set": "important", "when": { "base": "total_outlay", "op": "gte", "amount_fen": 300_000 }, "origin": "seed:S2-27" }),
            )],
        ),
        (
            "C-10",
            vec![
                band("approval_repair_start", json!({ "gt": 0, "lte": 100_000 }), json!(["service_manager"])),
                band("approval_repair_start", json!({ "gt": 100_000, "lte": 1_000_000 }), json!(["deputy_chief_engineer", "deputy_gm"])),
                band("approval_repair_start", json!({ "gt": 1_000_000 }), json!(["gm"])),
                band("approval_repair_start", json!({ "gte": 2_000_000, "needs": "group_level" }), json!(["group_gm"])),
                band("approval_complaint_plan", json!({ "flags": ["important", "special"] }), json!(["project_gm"])),
            ],
        ),
        ("C-11", vec![band("approval_repair_start", json!({ "lte": 100_000 }), json!(["service_manager"]))]),
        (
            "C-12",
            vec![
                band("review_final_account", json!({ "lt": 2_000_000 }), json!(["customer_service"])),
                band("review_final_account", json!({ "gte": 2_000_000 }), json!(["audit"])),
            ],
        ),
        (
            "C-13",
            vec![
                band("approval_repair_start", json!({ "base": "estimate", "gt": 1_000_000 }), json!(["gm"])),
                band("review_final_account", json!({ "base": "reviewed_cost", "gte": 2_000_000 }), json!(["audit"])),
                Value("approval.split_window_days", json!(30)),
            ],
        ),
        ("C-14", vec![band("survey_attendance", json!({ "lte": 50_000, "base": "estimate" }), json!([]))]),
        (
            "C-15",
            vec![
                Row(
                    "acceptance_set",
                    json!({ "work": "any", "class": "any" }),
                    json!({ "parties": [["team_captain"], ["customer_service", "property_company"], ["owner"]] }),
                ),
                Row(
                    "acceptance_set",
                    json!({ "work": "any", "class": "a" }),
                    json!({ "parties": [["team_captain"], ["customer_service"], ["engineering_dept", "property_company"], ["owner"]] }),
                ),
                Row("acceptance_set", json!({ "work": "contractor" }), json!({ "class": "any" })),
            ],
        ),
        ("C-16", vec![Value("intake.registrars", json!(["any_staff"])), Value("intake.accepting_unit", json!("service_dept"))]),
        ("C-17", vec![Value("intake.conflict_rule", json!(true)), Value("intake.conflict_unit", json!("company_office"))]),
        ("C-18", vec![Value("intake.register_first", json!(true))]),
        ("C-19", vec![Value("approval.technical_cost_checker", json!("deputy_chief_engineer"))]),
        ("C-20", vec![Value("repair.assignee_order", json!(["own_team", "property_team", "contractor"]))]),
        ("C-21", vec![Value("settlement.audit_role", json!("audit"))]),
        (
            "C-22",
            vec![
                Value("settlement.finance_adds_reviewers", json!(false)),
                Value("settlement.deduction_review_before", json!("finance")),
                band("review_deduction", json!({ "gte": 2_000_000 }), json!(["audit"])),
            ],
        ),
        (
            "C-23",
            vec![
                Row("kpi", json!({ "id": "satisfaction_overall" }), json!({ "aim": "gte", "target": "90" })),
                Row("kpi", json!({ "id": "complaint_satisfaction" }), json!({ "aim": "gte", "target": "95" })),
            ],
        ),
        (
            "C-24",
            vec![
                Row("campaign", json!({ "id": "first" }), json!({ "percent_min": 90 })),
                Value("survey.first_occupancy_percent", json!(50)),
                Row("campaign", json!({ "id": "yearly_sample" }), json!({ "percent_min": 10, "percent_max": 25, "percent": 15 })),
                Row("campaign", json!({ "id": "yearly_questionnaire" }), json!({ "rhythm": "yearly" })),
                Row("campaign", json!({ "id": "after_repair" }), json!({ "rhythm": "each", "percent": 100 })),
            ],
        ),
        (
            "C-25",
            vec![
                Row(
                    "kpi",
                    json!({ "id": "handover_pass" }),
                    json!({ "numerator": "units_accepted_at_first_visit", "denominator": "units_inspected", "target": "98" }),
                ),
                Row("kpi", json!({ "id": "handover_problems" }), json!({ "numerator": "defect_lines", "denominator": "checked_lines", "target": "1" })),
            ],
        ),
        (
            "C-26",
            vec![
                Row("kpi", json!({ "id": "security_incidents" }), json!({ "aim": "lte", "target": "0.1" })),
                Row("kpi", json!({ "id": "data_leaks" }), json!({ "target": "0", "alarm": true })),
                Row("kpi", json!({ "id": "security_against_industry" }), json!({ "target": null })),
            ],
        ),
        (
            "C-27",
            ["office_weekly", "monthly_complaints", "quarterly", "yearly", "live_board"]
                .iter()
                .zip(["weekly", "monthly", "quarterly", "yearly", "live"])
                .map(|(id, rhythm)| Row("report", json!({ "id": id }), json!({ "rhythm": rhythm })))
                .collect(),
        ),
        ("C-28", vec![Row("report", json!({ "id": "office_weekly" }), json!({ "from": "site_office", "to": ["service_dept"], "copy": ["project_manager"] }))]),
        (
            "C-29",
            vec![
                In("keyturn-product@1", "severity.levels", json!(["general", "important", "special"])),
                In("keyturn-product@1", "severity.urgencies", json!(["routine", "urgent", "emergency"])),
                Row("severity_word", json!({ "word": "重大" }), json!({ "severity": "important" })),
                Row(
                    "severity_rule",
                    json!({ "id": "large_cost" }),
                    json!({ "set": "special", "when": { "base": "total_outlay", "op": "gte", "amount_fen": 2_000_000 } }),
                ),
                Row("severity_rule", json!({ "id": "litigation" }), json!({ "set": "special" })),
            ],
        ),
        (
            "C-30",
            vec![
                Value("remedy.money_compensation", json!("assess")),
                In("cn-law@1", "remedy.automatic_refusal", json!(false)),
                Value("remedy.legal_note", json!(true)),
            ],
        ),
        (
            "C-31",
            vec![
                Value("warranty.rework", json!({ "warn_at": 1, "escalate_at": 2 })),
                Row("guidance", json!({ "id": "refund" }), json!({ "origin": "seed:S2-59" })),
            ],
        ),
        ("C-32", vec![Value("title.reminder_on", json!(false)), In("cn-law@1", "title.reminder_days", json!(90))]),
        (
            "C-33",
            vec![
                Row("account", json!({ "id": "imprest_service" }), json!({ "on": true, "limit_fen": 10_000_000 })),
                Row("account", json!({ "id": "imprest_repair_team" }), json!({ "on": true, "limit_fen": 10_000_000 })),
                Row("account", json!({ "id": "retention" }), json!({ "on": true })),
                Row("account", json!({ "id": "company_repair_fund" }), json!({ "on": false })),
                Row("account", json!({ "id": "owners_maintenance_fund" }), json!({ "on": false, "pays_warranty": false })),
            ],
        ),
        ("C-34", vec![In("keyturn-product@1", "warranty.overlay", json!("")), In("keyturn-product@1", "warranty.warranty_roll", json!("none"))]),
        ("C-35", vec![Value("approval.overrun_percent", json!(10)), Value("approval.reapprove_on_band", json!(true)), Gap("settlement.contractor_silence")]),
        ("C-36", vec![limit("callback", 1, "working_day", "owner_signed_off"), Value("callback.attempts", json!(3))]),
    ];
    assert_eq!(table.len(), 36);
    let profile = shipped("cn-default@1");
    for (number, (id, holds)) in table.iter().enumerate() {
        assert_eq!(*id, format!("C-{:02}", number + 1));
        for one in holds {
            match one {
                Value(key, value) => {
                    let held = profile.values.get(*key).unwrap_or_else(|| panic!("{id}: {key}"));
                    assert_eq!((&held.said.value, held.said.layer.as_str()), (value, "cn-default@1"), "{id}: {key}");
                }
                In(layer, key, value) => {
                    let held = profile.values.get(*key).unwrap_or_else(|| panic!("{id}: {key}"));
                    assert_eq!((&held.said.value, held.said.layer.as_str()), (value, *layer), "{id}: {key}");
                }
                Row(table, find, columns) => {
                    let found: Vec<&Held> = profile.rows_of(table).filter(|held| row_is(held, find)).collect();
                    assert!(found.iter().any(|held| row_is(held, columns) && held.said.layer == "cn-default@1"), "{id}: {table} {find} has no {columns}");
                }
                NoRow(table, find) => assert!(!profile.rows_of(table).any(|held| row_is(held, find)), "{id}: {table} {find}"),
                Gap(what) => assert!(profile.rows_of("gap").any(|held| row_is(held, &json!({ "what": what }))), "{id}: {what}"),
            }
        }
    }
}

#[test]
fn the_five_sources_say_what_they_say_and_leave_gaps_as_gaps() {
    // C-08, S1-30, S1-31, S1-46: named in the source without a number; what is required and empty blocks going live.
    let all = ["deadline.arrive", "deadline.contact", "deadline.visit", "deadline.proposal"];
    for name in ["cn-rights-protection@1", "cn-aftersales-norm@1", "cn-two-tier-complaint@1", "cn-service-pledge@1", "cn-trade-repair-settlement@1"] {
        let resolved = shipped(name);
        assert_eq!(resolved.missing(), all, "{name}");
        let own = resolved.layers.last().unwrap();
        let seed = own.text.lines().find_map(|line| line.split("source 00").nth(1)).unwrap().chars().next().unwrap();
        // Every value of it comes from its own source, or says that it is ours.
        for line in own.text.lines().filter(|line| line.contains("origin = ")) {
            let origin = line.split("origin = \"").nth(1).unwrap().split('"').next().unwrap();
            assert!(
                origin.split(',').all(|part| part.trim_start_matches("seed:").starts_with(&format!("S{seed}-"))) || origin.starts_with("product_default"),
                "{name}: {line}"
            );
        }
        // It can be used for a handover as it is.
        assert!(Profile::find(name).is_some(), "{name}: {:?}", Profile::build(resolved).err());
    }
    let rows: Vec<Json> = shipped("cn-aftersales-norm@1").rows_of("deadline").map(|held| held.said.value.clone()).collect();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.get("value").is_none()));
    assert!(shipped("cn-default@1").missing().is_empty());
    // S2-21 against S4-60: the sources keep their own word.
    let trade = |name: &str| shipped(name).rows_of("deadline").filter(|held| row_is(held, &json!({ "milestone": "repair_complete" }))).count();
    assert_eq!((trade("cn-two-tier-complaint@1"), trade("cn-trade-repair-settlement@1")), (1, 2));
}

#[test]
fn an_overlay_binds_nobody_before_it_is_confirmed() {
    let over = |confirm: &str| {
        let text = draft("cn-default@1", &format!("overlays = [\"cn-zhejiang@1\"]\n{confirm}"));
        Library::shipped().check("test.toml", &text)
    };
    let open = over("").unwrap();
    assert!(!open.values.contains_key("remedy.structural_repairs_max"));
    assert_eq!(open.drafts["remedy.structural_repairs_max"][0].value, json!(1));
    assert!(!open.rows_of("deadline").any(|held| row_is(held, &json!({ "milestone": "leak_fixed" }))));
    let confirmed = over(
        "confirm = [{ what = \"cn-zhejiang@1\", by = \"legal_adviser\", on = \"2026-11-22\", against = \"official text\", origin = \"product_default\" }]",
    )
    .unwrap();
    assert_eq!(confirmed.values["remedy.structural_repairs_max"].said.layer, "cn-zhejiang@1");
    assert_eq!(confirmed.values["warranty.overlay"].said.value, json!("zhejiang"));
    assert!(confirmed.rows_of("deadline").any(|held| row_is(held, &json!({ "milestone": "leak_fixed", "value": 6, "unit": "month" }))));
    assert_eq!(Profile::build(confirmed).unwrap().deadlines.warranty.overlay.value, "zhejiang");
}

#[test]
fn a_value_of_law_from_memory_binds_only_when_confirmed_as_it_is() {
    let default = shipped("cn-default@1");
    assert!(!default.values.contains_key("retention.voucher_years"));
    assert_eq!(default.drafts["retention.voucher_years"][0].value, json!(30));
    let confirm = |value: u32| {
        draft(
            "cn-default@1",
            &format!(
                "confirm = [{{ what = \"retention.voucher_years\", value = {value}, by = \"finance\", on = \"2026-11-22\", against = \"the rule's text\", origin = \"product_default\" }}]"
            ),
        )
    };
    let resolved = Library::shipped().check("test.toml", &confirm(30)).unwrap();
    assert_eq!(resolved.values["retention.voucher_years"].said.value, json!(30));
    assert_eq!(faults(&confirm(10)).iter().map(|f| f.problem).collect::<Vec<_>>(), ["profile-confirms-nothing"]);
}

#[test]
fn a_measured_limit_from_memory_fails_a_line_only_when_confirmed_as_it_is() {
    use crate::policy::{Milli, measure};
    let confirm = |what: &str, value: &str| {
        let row = format!("{{ what = \"{what}\", {value}by = \"admin\", on = \"2026-11-22\", against = \"GB 50210-2018\", origin = \"product_default\" }}");
        draft("cn-default@1", &format!("confirm = [{row}]"))
    };
    let points = [Milli(2_600), Milli(2_700), Milli(1_000)];
    let judged = |profile: &Profile| measure::judge(profile.limits.get("M-34.high").unwrap(), &points, None).outcome;
    assert_eq!(judged(Profile::builtin()), measure::Outcome::NotJudged(measure::Unjudged::Draft));
    let confirmed = Profile::build(Library::shipped().check("test.toml", &confirm("limit:M-34.high", "value = \"2\", ")).unwrap()).unwrap();
    assert_ne!(judged(&confirmed), measure::Outcome::NotJudged(measure::Unjudged::Draft));
    assert!(confirmed.limits.get("M-34.high").unwrap().binds());
    // What nobody confirmed stays as it was, there and in every other profile.
    assert!(!confirmed.limits.get("M-34.general").unwrap().binds() && !Profile::builtin().limits.get("M-34.high").unwrap().binds());
    assert_ne!(confirmed.digest, Profile::builtin().digest);
    // Another number, none, one that the source does not give, one that binds already, one that there is not.
    let nothing = |what: &str, value: &str| faults(&confirm(what, value)).iter().map(|f| f.problem).collect::<Vec<_>>();
    for (what, value) in [
        ("limit:M-34.high", "value = \"3\", "),
        ("limit:M-34.high", ""),
        ("limit:M-22.height_dev", "value = \"20\", "),
        ("limit:M-01.general", "value = \"4\", "),
        ("limit:M-99.none", "value = \"1\", "),
    ] {
        assert_eq!(nothing(what, value), ["profile-confirms-nothing"], "{what} {value}");
    }
}

#[test]
fn looser_than_law_is_refused_with_both_values_and_the_article() {
    let found = faults(&draft("cn-default@1", "[gate]\nnotice_days_min = { value = 7, origin = \"contract\" }\n"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].line, found[0].key.as_str(), found[0].problem), (11, "gate.notice_days_min", "profile-looser-than-law"));
    for lang in [Lang::Zh, Lang::En] {
        let told = found[0].told(lang);
        for part in ["test.toml:11", "7", "10", "law:B-4 (S)", "cn-law@1"] {
            assert!(told.contains(part), "{told} lacks {part}");
        }
    }
    // Stricter is taken, and the law's stays in sight.
    let stricter = Library::shipped().check("test.toml", &draft("cn-default@1", "[gate]\nnotice_days_min = { value = 15, origin = \"contract\" }\n")).unwrap();
    let held = &stricter.values["gate.notice_days_min"];
    assert_eq!((held.said.value.as_u64(), held.before[0].value.as_u64()), (Some(15), Some(10)));
}

#[test]
fn a_lower_layer_may_only_be_stricter() {
    let row = |body: &str| faults(&draft("cn-default@1", &format!("deadline = [\n  {body}\n]\n"))).iter().map(|f| f.problem).collect::<Vec<_>>();
    let plan = |value: u32, unit: &str| {
        format!("{{ milestone = \"plan\", severity = \"general\", value = {value}, unit = \"{unit}\", start = \"intake\", origin = \"contract\" }},")
    };
    assert!(row(&plan(12, "elapsed_hour")).is_empty());
    assert_eq!(row(&plan(48, "elapsed_hour")), ["profile-looser"]);
    assert_eq!(row(&plan(1, "working_day")), ["profile-not-comparable"]);
    // Hours that end before the days could.
    let survey =
        |value: u32| format!("{{ milestone = \"site_survey\", value = {value}, unit = \"elapsed_hour\", start = \"accepted\", origin = \"contract\" }},");
    assert!(row(&survey(1)).is_empty());
    assert_eq!(row(&survey(30)), ["profile-not-comparable"]);
    // Bands: an amount may go higher up, never lower down.
    let band = |limit: u32| {
        format!(
            "band = [\n  {{ table = \"approval_repair_start\", gt = 0, lte = {limit}, base = \"estimate\", steps = [\"service_manager\"], origin = \"contract\" }},\n  {{ table = \"approval_repair_start\", gt = {limit}, base = \"estimate\", steps = [\"gm\"], origin = \"contract\" }},\n  {{ table = \"approval_repair_start\", gte = 2000000, base = \"estimate\", adds = true, needs = \"group_level\", steps = [\"group_gm\"], origin = \"contract\" }},\n]\n"
        )
    };
    assert_eq!(faults(&draft("cn-default@1", &band(50_000))), []);
    assert_eq!(faults(&draft("cn-default@1", &band(100_001))).iter().map(|f| f.problem).collect::<Vec<_>>(), ["profile-bands-looser"]);
}

#[test]
fn everything_wrong_is_told_at_once_with_its_line() {
    let text = draft(
        "cn-default@1",
        "colour = \"red\"\n\
         deadline = [\n\
         \x20 { milestone = \"plan\", severity = \"general\", value = 99999, unit = \"elapsed_hour\", start = \"intake\", origin = \"contract\" },\n\
         \x20 { milestone = \"plan\", severity = \"general\", value = 9, unit = \"elapsed_hour\", start = \"intake\", origin = \"contract\" },\n\
         \x20 { milestone = \"plan\", vlaue = 9, unit = \"elapsed_hour\", start = \"intake\", origin = \"contract\" },\n\
         ]\n\
         [gate]\n\
         notice_days_min = { value = nan, origin = \"contract\" }\n\
         filing_required = { value = \"yes\", origin = \"contract\" }\n\
         precheck_items = { value = [\"quality\"] }\n\
         nonsense = { value = 1, origin = \"contract\" }\n\
         [walkthrough]\n\
         escort_required = { value = true, origin = \"hearsay\" }\n",
    );
    let found: Vec<(usize, &str, String)> = faults(&text).into_iter().map(|f| (f.line, f.problem, f.key)).collect();
    let expected = [
        (10, "profile-unknown-key", "colour"),
        (12, "profile-looser", "deadline:plan/general/any/any"),
        (13, "profile-row-twice", "deadline[1]: plan/general/any/any"),
        (14, "profile-bad-row", "deadline[2].vlaue"),
        (17, "profile-no-float", "gate.notice_days_min.value"),
        (18, "profile-bad-value", "gate.filing_required"),
        (19, "profile-origin-missing", "gate.precheck_items"),
        (20, "profile-unknown-key", "gate.nonsense"),
        (22, "profile-bad-origin", "walkthrough.escort_required"),
    ];
    assert_eq!(found, expected.map(|(line, problem, key)| (line, problem, key.to_owned())));
}

/// What hides behind another fault is told with it: in one value, in one row, in what is laid over the bases, in what is added to the lists.
#[test]
fn no_fault_hides_another() {
    let told = |body: &str| faults(&draft("cn-default@1", body)).into_iter().map(|f| (f.line, f.problem, f.key)).collect::<Vec<_>>();
    let wanted = |rows: &[(usize, &'static str, &str)]| rows.iter().map(|(line, problem, key)| (*line, *problem, (*key).to_owned())).collect::<Vec<_>>();
    assert_eq!(
        told(
            "effective_to = \"2025-01-01\"\n[walkthrough]\nkeys_max = { value = -4, origin = \"somewhere\" }\n[gate]\nnotice_days_min = { value = 3, origin = \"contract\" }\n"
        ),
        wanted(&[
            (10, "profile-bad-range", "effective_to"),
            (12, "profile-bad-origin", "walkthrough.keys_max"),
            (12, "profile-bad-value", "walkthrough.keys_max"),
            (14, "profile-looser-than-law", "gate.notice_days_min"),
        ])
    );
    assert_eq!(
        told(
            "[[deadline]]\nmilestone = \"repair_completed\"\nvalue = 0\nunit = \"fortnight\"\nstart = \"moon\"\npauses = [\"asleep\"]\norigin = \"contract\"\n"
        ),
        wanted(&[
            (11, "profile-bad-row", "deadline[0]"),
            (11, "profile-unknown-id", "deadline[0].milestone: repair_completed"),
            (12, "profile-number-range", "deadline[0].value: 0"),
            (14, "profile-unknown-id", "deadline[0].start: moon"),
            (15, "profile-unknown-id", "deadline[0].pauses: asleep"),
        ])
    );
    let calendar = "[calendar]\nregions = { value = [\"cn-mars\"], origin = \"contract\" }\n[[calendar.closure]]\nfrom = \"2026-02-10\"\nto = \"2026-02-01\"\nzh = \"x\"\nen = \"x\"\norigin = \"contract\"\n";
    assert_eq!(
        told(calendar),
        wanted(&[(11, "policy-unknown-id", "calendar.regions: cn-mars"), (13, "policy-bad-range", "calendar.closure[0]: 2026-02-10 2026-02-01")])
    );
    for lang in [Lang::Zh, Lang::En] {
        let words = faults(&draft("cn-default@1", calendar)).iter().map(|f| f.told(lang)).collect::<String>();
        assert!(words.contains("test.toml:11") && words.contains("test.toml:13") && !words.contains('$'), "{words}");
    }
    // A value that cannot be read hides nothing of its section.
    let hours = "[calendar]\nregions = { value = [\"cn-mars\"], origin = \"contract\" }\nservice_hours = { value = { mon = [\"09:00-08:00\"] }, origin = \"contract\" }\n";
    assert_eq!(told(hours), wanted(&[(11, "policy-unknown-id", "calendar.regions: cn-mars"), (12, "profile-bad-row", "calendar.service_hours")]));
    let band = |gte: u32, lt: u32, step: &str| {
        format!("[[band]]\ntable = \"approval_repair_start\"\ngte = {gte}\nlt = {lt}\nbase = \"estimate\"\nsteps = [\"{step}\"]\norigin = \"contract\"\n")
    };
    let bands = told(&(band(0, 100_000, "gm") + &band(50_000, 200_000, "nobody")));
    assert!(bands.contains(&(18, "profile-bands-overlap", "band:approval_repair_start".to_owned())), "{bands:?}");
    assert!(bands.contains(&(18, "profile-step-unknown", "band:approval_repair_start: nobody".to_owned())), "{bands:?}");
    let entry = |id: &str, class: &str, more: &str| {
        format!("[[taxonomy.defect]]\nid = \"{id}\"\nclass = \"{class}\"\nelements = []\n{more}zh = \"霉\"\nen = \"mould\"\norigin = \"product_default\"\n")
    };
    let severe = "severity = \"poor\"\n";
    let added =
        told(&(entry("leak", "leak", severe) + &entry("mould", "nope", severe) + &entry("mould_two", "leak", "") + &entry("mould_three", "leak", severe)));
    let lines: Vec<(usize, &str)> = added.iter().map(|(line, problem, _)| (*line, *problem)).collect();
    assert_eq!(lines, [(11, "policy-id-twice"), (19, "policy-unknown-id"), (27, "profile-bad-row")], "{added:?}");
}

#[test]
fn impossible_files_are_refused_where_they_are_wrong() {
    let one = |text: String| faults(&text).into_iter().map(|f| (f.line, f.problem)).collect::<Vec<_>>();
    assert_eq!(one(draft("cn-nowhere@1", "")), [(8, "profile-unknown-base")]);
    assert_eq!(one(draft("cn-default@1", "").replace("2026-01-01", "9999-01-01")), [(5, "profile-bad-date")]);
    assert_eq!(one(draft("cn-default@1", "").replace("id = \"test\"", "id = \"cn-service-pledge\"")), [(1, "profile-version-taken")]);
    assert_eq!(one(draft("cn-default@1", "").replace("scope = \"project\"", "scope = \"planet\"")), [(6, "profile-bad-scope")]);
    assert_eq!(one(draft("cn-default@1", "[gate\n")), [(10, "profile-syntax")]);
    assert_eq!(
        one(draft(
            "cn-default@1",
            "[gate]\nnotice_days_min = { value = 11, origin = \"contract\" }\nnotice_days_min = { value = 12, origin = \"contract\" }\n"
        )),
        [(12, "profile-syntax")]
    );
    assert_eq!(
        one(draft(
            "cn-default@1",
            "account = [{ id = \"x\", zh = \"维\", en = \"x\", kind = \"owners_maintenance_fund\", on = true, pays_warranty = true, origin = \"contract\" }]\n"
        )),
        [(10, "profile-owners-fund")]
    );
    assert_eq!(one(draft("cn-default@1", "effective_to = \"2025-12-31\"\n")), [(10, "profile-bad-range")]);
    // C-08: says which.
    let open = faults(&draft("cn-aftersales-norm@1", ""));
    assert_eq!(
        open.iter().map(|f| (f.problem, f.key.as_str())).collect::<Vec<_>>(),
        ["arrive", "contact", "proposal", "visit"].map(|m| (
            "profile-required-empty",
            ["deadline.arrive", "deadline.contact", "deadline.proposal", "deadline.visit"].into_iter().find(|k| k.ends_with(m)).unwrap()
        ))
    );
    // A cycle of bases.
    let file = |id: &str, base: &str| draft(base, "").replace("id = \"test\"", &format!("id = \"{id}\""));
    let (a, b) = (file("a", "b@1"), file("b", "a@1"));
    let library = Library::read(&[("a.toml", &a), ("b.toml", &b)]).unwrap();
    let cycle = library.resolve(&at("a@1"), &[]).unwrap_err();
    assert_eq!((cycle.0[0].problem, cycle.0[0].file.as_str()), ("profile-base-cycle", "b.toml"));
    // Two files under one name.
    let twice = Library::read(&[("a.toml", &a), ("c.toml", &a.replace("试", "验"))]).unwrap_err();
    assert_eq!((twice.0[0].problem, twice.0[0].file.as_str()), ("profile-version-taken", "c.toml"));
}

#[test]
fn a_contract_adds_what_it_promises_and_takes_nothing() {
    let default = shipped("cn-default@1");
    assert_eq!(default.with_contract(&[("notice_days", 20)]).get::<u32>("gate.notice_days_min"), Some(20));
    let looser = default.with_contract(&[("notice_days", 5), ("no_such_term", 1)]);
    assert_eq!(looser.get::<u32>("gate.notice_days_min"), Some(10));
    assert_eq!(looser.values["gate.notice_days_min"].set_aside[0].value, json!(5));
}

#[test]
fn an_office_adds_to_the_lists_without_touching_them() {
    let added = "[[taxonomy.defect]]\nid = \"solar_leak\"\nclass = \"leak\"\nelements = []\nseverity = \"serious\"\nzh = \"太阳能漏水\"\nen = \"solar heater leaks\"\norigin = \"product_default\"\n";
    let resolved = Library::shipped().check("test.toml", &draft("cn-default@1", added)).unwrap();
    let profile = Profile::build(resolved).unwrap();
    assert_eq!(profile.taxonomy.defects.get("solar_leak").unwrap().zh, "太阳能漏水");
    assert!(Profile::builtin().taxonomy.defects.get("solar_leak").is_none());
    assert_ne!(profile.digest, Profile::builtin().digest);
    // A shipped entry cannot be changed, and a wrong one is told with its line.
    let changed = faults(&draft("cn-default@1", &added.replace("solar_leak", "leak")));
    assert_eq!(changed.iter().map(|f| (f.line, f.problem)).collect::<Vec<_>>(), [(11, "policy-id-twice")]);
}

#[test]
fn every_key_and_table_of_the_program_is_stated_somewhere() {
    let library = Library::shipped();
    let stated = |key: &str| library.all().any(|layer| layer.values.keys().any(|k| k == key));
    // These are for offices only: gaps of the sources, or promises of a booklet.
    let office = ["severity.wide_impact_cases", "warranty.promised_months.*"];
    let unused: Vec<&str> = Keys::get().all().map(|k| k.id.as_str()).filter(|k| !stated(k) && !office.contains(k)).collect();
    assert_eq!(unused, Vec::<&str>::new());
    for table in Keys::get().tables().filter(|t| !["confirm", "calendar.closure"].contains(&t.id.as_str())) {
        assert!(library.all().any(|layer| layer.rows.contains_key(&table.id)), "{}", table.id);
    }
}

proptest! {
    // However layers are laid, each number that has a direction only goes that way, or the layer is refused.
    #[test]
    fn layers_only_get_stricter(values in proptest::collection::vec(0_u64..40, 1..4), which in 0_usize..200) {
        let keys: Vec<_> = Keys::get().all().filter(|k| k.kind == Kind::Count && matches!(k.stricter, Direction::Lower | Direction::Higher) && !k.id.contains('*')).collect();
        let key = keys[which % keys.len()];
        let (section, name) = key.id.split_once('.').unwrap();
        let mut library = Library::shipped().clone();
        let (mut base, mut before) = ("cn-default@1".to_owned(), shipped("cn-default@1").get::<u64>(&key.id));
        for (n, value) in values.iter().enumerate() {
            let text = draft(&base, &format!("[{section}]\n{name} = {{ value = {value}, origin = \"contract\" }}\n")).replace("id = \"test\"", &format!("id = \"layer{n}\""));
            let layer = Arc::new(Layer::read("layer.toml", &text).unwrap());
            let resolved = library.resolve_layer(&layer, &[]);
            let looser = before.is_some_and(|old| key.stricter.compare(&json!(value), &json!(old)) == Strictness::Looser);
            // What the product set is no rule of anybody's.
            let ours = shipped("cn-default@1").values.get(&key.id).is_some_and(|held| held.said.layer == "keyturn-product@1") && n == 0;
            if looser && !ours {
                prop_assert!(resolved.is_err(), "{} went from {before:?} to {value}", key.id);
                break;
            }
            let now = resolved.unwrap().get::<u64>(&key.id);
            prop_assert_eq!(now, Some(*value));
            before = now;
            base = layer.at.to_string();
            library.add(Layer::clone(&layer)).unwrap();
        }
    }
}
