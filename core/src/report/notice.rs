//! The handover notice (S4-12) and the guide that goes with it (S1-16).

use super::data::{Moment, Personal, Sheet, Words};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// 入住通知单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverNotice {
    /// What stands on every page.
    pub sheet: Sheet,
    /// The owners it is addressed to.
    pub addressees: Vec<Personal>,
    /// Where it was sent.
    pub address: Option<Personal>,
    /// Who hands over.
    pub developer: Words,
    /// Contract number; may be empty.
    pub contract: String,
    /// Delivery date of the contract.
    pub contract_date: Option<NaiveDate>,
    /// Completion filing (S2-54): date and number.
    pub filing: Words,
    /// Surveyed against predicted area; may be empty.
    pub area: Words,
    /// Start of the appointment.
    pub from: Moment,
    /// End of the appointment.
    pub until: Moment,
    /// Where to come.
    pub place: Words,
    /// Who accompanies the owner (S1-17).
    pub escort: Option<Personal>,
    /// Telephone of the service desk; may be empty.
    pub contact: Words,
    /// What to bring.
    pub bring: Vec<BringItem>,
    /// What will be handed over.
    pub receive: Vec<Words>,
    /// Terms of the notice: what happens when the owner cannot come, that nobody pays before inspecting…
    pub terms: Vec<Words>,
    /// How it was sent and what proves it.
    pub dispatches: Vec<Dispatch>,
    /// Who issued it.
    pub issued_by: Words,
}

/// Something to bring to the handover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BringItem {
    /// 身份证原件.
    pub what: Words,
    /// For whom, or when; may be empty.
    pub note: Words,
}

/// One dispatch of the notice (S4-12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    /// 挂号信, 传真, 短信链接…
    pub method: Words,
    /// Tracking number; may be empty.
    pub tracking: String,
    /// Sent.
    pub sent: Option<Moment>,
    /// Delivered, as far as it is proved.
    pub delivered: Option<Moment>,
    /// What proves it: 签收回执照片, 短信网关回执…; may be empty.
    pub proof: Words,
}

/// 收房指引.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverGuide {
    /// What stands on every page.
    pub sheet: Sheet,
    /// A sentence or two at the top; may be empty.
    pub lead: Words,
    /// What to bring.
    pub bring: Vec<BringItem>,
    /// The day in steps.
    pub steps: Vec<GuideStep>,
    /// What is looked at, by the three parts of the acceptance (S0-09).
    pub checks: Vec<GuideCheck>,
    /// The owner's rights: refuse with a reason, sign in part, a copy of everything…
    pub rights: Vec<Words>,
    /// What happens afterwards: due dates, re-inspection, warranty.
    pub afterwards: Vec<Words>,
    /// Whom to ask.
    pub contacts: Vec<GuideContact>,
}

/// A step of the handover day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideStep {
    /// 核对身份.
    pub title: Words,
    /// What happens and what the owner does.
    pub text: Words,
    /// About how long, in minutes.
    pub minutes: Option<u32>,
}

/// What is looked at in one part of the acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideCheck {
    /// 工程质量.
    pub part: Words,
    /// What.
    pub items: Vec<Words>,
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideContact {
    /// 客户服务部.
    pub who: Words,
    /// Telephone, hours, place.
    pub how: Words,
}
