//! `keyturn rules warranty`: how long contractor and developer answer for a component.

use super::cases::{Cases, day, profile};
use crate::cli::{Answer, Ctx, Failure};
use chrono::NaiveDate;
use clap::Args;
use keyturn_core::policy::{
    Profile,
    warranty::{WarrantyClass, WarrantyQuestion, warranty},
};
use serde::{Deserialize, Serialize};

/// How long contractor and developer answer. A case: `{"id","component":"W-02","acceptance","delivery","overlay","promised_months","on"}`,
/// and where they matter `"part"`, `"finish"`, `"city"`, `"system"` (heating, cooling), `"design_years"`, `"agreed_months"`,
/// `"refused_notice"`, `"repaired":[dates]`, `"profile"`. Answered
/// `{"id","contractor_end","developer_end","class","charge_back","origin":[...],"provisional"}`. Expiry never blocks a ticket.
#[derive(Debug, Args)]
pub(super) struct Warranty {
    #[command(flatten)]
    cases: Cases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    profile: Option<String>,
    component: String,
    part: Option<String>,
    finish: Option<String>,
    acceptance: String,
    delivery: String,
    refused_notice: Option<String>,
    overlay: Option<String>,
    promised_months: Option<u32>,
    agreed_months: Option<u32>,
    design_years: Option<u32>,
    city: Option<String>,
    system: Option<String>,
    repaired: Option<Vec<String>>,
    on: String,
}

#[derive(Serialize)]
struct Answered {
    contractor_end: Option<NaiveDate>,
    developer_end: NaiveDate,
    class: WarrantyClass,
    charge_back: bool,
    origin: Vec<String>,
    provisional: bool,
}

impl Warranty {
    pub(super) fn run(&self, ctx: &Ctx) -> Result<Answer, Failure> {
        self.cases.each(ctx, |registry, case: Case| {
            let profile = match &case.profile {
                Some(name) => profile(registry, name)?,
                None => Profile::builtin(),
            };
            let calendar = registry.calendar(profile, profile.time_zone);
            let repaired = case.repaired.unwrap_or_default();
            let repaired = repaired.iter().enumerate().map(|(at, text)| day(&format!("repaired[{at}]"), text)).collect::<Result<Vec<_>, _>>()?;
            let on = day("on", &case.on)?;
            let question = WarrantyQuestion {
                component: &case.component,
                part: case.part.as_deref(),
                acceptance: day("acceptance", &case.acceptance)?,
                delivery: day("delivery", &case.delivery)?,
                refused_notice: case.refused_notice.as_deref().map(|text| day("refused_notice", text)).transpose()?,
                overlay: case.overlay.as_deref(),
                promised_months: case.promised_months,
                agreed_months: case.agreed_months,
                design_years: case.design_years,
                city: case.city.as_deref(),
                system: case.system.as_deref(),
                finish: case.finish.as_deref(),
                repaired: &repaired,
            };
            let told = warranty(&profile.deadlines.warranty, &calendar, &question)?;
            Ok(Answered {
                contractor_end: told.contractor_end,
                developer_end: told.developer_end,
                class: told.class(on),
                charge_back: told.charge_back(on),
                origin: told.origin.iter().map(ToString::to_string).collect(),
                provisional: told.provisional,
            })
        })
    }
}
