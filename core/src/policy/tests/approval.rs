//! Approvals and severity against cases computed by hand (`approval_cases.toml`), and what no table says: splitting, tiers, one's own request.

use crate::policy::{
    Profile,
    approval::{Amounts, ApprovalError, Spend},
    severity::CaseFacts,
};
use crate::{
    model::Id,
    words::{Lang, Told},
};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    approval: Vec<Approval>,
    overrun: Vec<Overrun>,
    severity: Vec<Severity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    id: String,
    #[serde(default = "default")]
    profile: String,
    table: String,
    amount_fen: u64,
    #[serde(default)]
    flags: Vec<String>,
    steps: Option<Vec<String>>,
    error: Option<String>,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overrun {
    id: String,
    approved_fen: u64,
    actual_fen: u64,
    again: Option<Vec<String>>,
    #[serde(default)]
    crosses_band: bool,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Severity {
    id: String,
    amount_fen: Option<u64>,
    #[serde(default)]
    flags: Vec<String>,
    word: Option<String>,
    severity: Option<String>,
    urgency: Option<String>,
    error: Option<String>,
    why: String,
}

fn default() -> String {
    "cn-default@1".to_owned()
}

fn cases() -> Cases {
    toml::from_str(include_str!("approval_cases.toml")).unwrap()
}

#[test]
fn approvals_are_as_computed_by_hand() {
    // S4-93, S4-94, S4-95, S4-79, S4-80, S4-38, S4-39, S4-57, S2-34, S2-45, S2-46
    let cases = cases();
    assert!(cases.approval.len() + cases.overrun.len() + cases.severity.len() >= 40);
    for case in &cases.approval {
        let rules = &Profile::find(&case.profile).unwrap().approvals;
        let found = rules.steps(&case.table, &Amounts::all(case.amount_fen), &case.flags);
        let shown = (found.as_ref().ok().map(|c| c.steps.clone()), found.as_ref().err().map(|e| e.key().to_owned()));
        assert_eq!(shown, (case.steps.clone(), case.error.clone()), "{}: {}", case.id, case.why);
        // Steps come from rows, and the answer says which.
        assert!(found.is_err() || found.is_ok_and(|c| c.steps.is_empty() || !c.origin.is_empty()), "{}", case.id);
    }
}

#[test]
fn overruns_are_as_computed_by_hand() {
    // C-35
    for case in &cases().overrun {
        let found = Profile::builtin().approvals.overrun("approval_repair_start", case.approved_fen, case.actual_fen, &[]).unwrap();
        assert_eq!(found.as_ref().map(|o| &o.chain.steps), case.again.as_ref(), "{}: {}", case.id, case.why);
        assert_eq!(found.is_some_and(|o| o.crosses_band), case.crosses_band, "{}", case.id);
    }
}

#[test]
fn severities_are_as_computed_by_hand() {
    for case in cases().severity {
        let facts = CaseFacts { amounts: case.amount_fen.map(Amounts::all).unwrap_or_default(), flags: case.flags, word: case.word };
        let found = Profile::builtin().severities.grade(&facts);
        let shown =
            (found.as_ref().ok().map(|g| g.severity.clone()), found.as_ref().ok().map(|g| g.urgency.clone()), found.as_ref().err().map(|e| e.key().to_owned()));
        assert_eq!(shown, (case.severity, case.urgency, case.error), "{}: {}", case.id, case.why);
        let plain = found.as_ref().is_ok_and(|g| g.severity == "general" && g.urgency == "routine");
        assert!(found.is_err() || plain || !found.unwrap().because.is_empty(), "{} says why", case.id);
    }
}

#[test]
fn what_was_split_is_added_up_within_the_window() {
    // C-13: related orders of one unit and cause; 30 days, the 31st does not count.
    let rules = &Profile::builtin().approvals;
    let unit = Id([1; 16]);
    let day = |text: &str| text.parse().unwrap();
    let order = |unit, cause: &str, on, amount_fen| Spend { unit, cause: cause.to_owned(), on: day(on), amount_fen };
    let this = order(unit, "bath/leak", "2026-06-30", 60_000);
    let others = [
        order(unit, "bath/leak", "2026-05-31", 30_000),           // 30 days before: counts
        order(unit, "bath/leak", "2026-05-30", 1_000_000),        // 31 days before: does not
        order(unit, "kitchen/leak", "2026-06-30", 1_000_000),     // another place
        order(Id([2; 16]), "bath/leak", "2026-06-30", 1_000_000), // another unit
        order(unit, "bath/leak", "2026-07-10", 10_001),           // asked for later, same window
    ];
    let whole = rules.with_related(&this, &others);
    assert_eq!(whole, 100_001);
    // 600.00 alone would pass the service manager; together it is over 1,000.00.
    let steps = |fen| rules.steps("approval_repair_start", &Amounts::all(fen), &[]).unwrap().steps;
    assert_eq!(steps(this.amount_fen), ["service_manager"]);
    assert_eq!(steps(whole), ["deputy_chief_engineer", "deputy_gm"]);
    assert_eq!(rules.with_related(&order(unit, "x", "2026-06-30", u64::MAX), &[order(unit, "x", "2026-06-30", 5)]), u64::MAX);
}

#[test]
fn nobody_approves_their_own_request_or_above_their_tier() {
    let rules = &Profile::builtin().approvals;
    let chain = rules.steps("approval_repair_start", &Amounts::all(500_000), &[]).unwrap();
    assert_eq!(rules.may_approve(&chain, 0, "deputy_chief_engineer", false), Ok(()));
    assert_eq!(rules.may_approve(&chain, 0, "deputy_chief_engineer", true), Err(ApprovalError::OwnRequest));
    assert_eq!(rules.may_approve(&chain, 0, "gm", false), Ok(()), "a higher tier may");
    for role in ["service_manager", "customer_service", "owner", ""] {
        let refused = rules.may_approve(&chain, 1, role, false).unwrap_err();
        assert_eq!(refused, ApprovalError::AboveTier { role: role.to_owned(), step: "deputy_gm".to_owned() });
        assert!(refused.told(Lang::En).contains("deputy_gm"));
    }
    // The same rank is not the same role: audit does not take the chief engineer's place.
    let audit = rules.steps("review_final_account", &Amounts::all(2_000_000), &[]).unwrap();
    assert!(rules.may_approve(&audit, 0, "chief_engineer", false).is_err());
    assert_eq!(rules.may_approve(&chain, 2, "group_gm", false), Err(ApprovalError::NothingOpen));
}

#[test]
fn several_tables_may_apply_and_all_must_pass() {
    // C-10: money of the repair and plan of the complaint.
    let rules = &Profile::builtin().approvals;
    let amounts = Amounts { estimate: Some(350_000), reviewed_cost: None, total_outlay: Some(2_500_000) };
    let flags = ["important".to_owned(), "group_level".to_owned()];
    let chains = rules.all(&["approval_repair_start", "approval_complaint_plan"], &amounts, &flags).unwrap();
    // C-13: the start asks the estimate, the complaint's plan all that is paid.
    assert_eq!(chains[0].steps, ["deputy_chief_engineer", "deputy_gm"]);
    assert_eq!(chains[1].steps, ["project_gm", "group_gm"]);
    assert!(matches!(rules.all(&["approval_repair_start", "nowhere"], &amounts, &flags), Err(ApprovalError::NoTable { .. })));
    assert!(matches!(rules.steps("approval_repair_start", &Amounts::default(), &[]), Err(ApprovalError::NoAmount { .. })));
}

proptest! {
    // More money never needs a lower tier, and every amount above nothing has an answer.
    #[test]
    fn more_money_never_passes_lower_down(a in 1_u64..5_000_000, b in 1_u64..5_000_000) {
        let rules = &Profile::builtin().approvals;
        let (less, more) = (a.min(b), a.max(b));
        for table in ["approval_repair_start", "review_final_account"] {
            prop_assert!(rules.height(table, less, &[]).unwrap().0 <= rules.height(table, more, &[]).unwrap().0, "{table} {less} {more}");
        }
    }
}
