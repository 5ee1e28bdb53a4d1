//! Approvals: which steps an amount needs, whether it was split, when it must be approved again, and who may approve.

use super::{Origin, ProfileRef, resolve::Resolved};
use crate::{model::Id, words::Told};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which amount a band is about (C-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// What it is thought to cost, before it is begun.
    Estimate,
    /// What the review of the final account found.
    ReviewedCost,
    /// All that is paid, with compensation.
    TotalOutlay,
}

/// One band of a table of approvals. Bounds are explicit (Civil Code 1259): 以上, 以下, 以内 hold the number, 超过, 不满 do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The table it belongs to.
    pub table: String,
    /// More than, in fen.
    pub gt: Option<u64>,
    /// At least, in fen.
    pub gte: Option<u64>,
    /// Less than, in fen.
    pub lt: Option<u64>,
    /// At most, in fen.
    pub lte: Option<u64>,
    /// Which amount is meant.
    pub base: Base,
    /// It holds when the case has one of these flags; none: whatever the flags.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Its steps come on top of those of the band that holds the amount.
    #[serde(default)]
    pub adds: bool,
    /// It holds only where this is switched on in the profile, or flagged in the case: `group_level`.
    pub needs: Option<String>,
    /// Who approves, in order; none: no approval.
    pub steps: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Band {
    /// Whether an amount lies within.
    pub fn holds(&self, amount_fen: u64) -> bool {
        self.gt.is_none_or(|n| amount_fen > n)
            && self.gte.is_none_or(|n| amount_fen >= n)
            && self.lt.is_none_or(|n| amount_fen < n)
            && self.lte.is_none_or(|n| amount_fen <= n)
    }

    /// The first and last fen within; `None` when there is no amount within.
    fn range(&self) -> Option<(u64, u64)> {
        let low = match (self.gt, self.gte) {
            (Some(n), None) => n.checked_add(1)?,
            (None, Some(n)) => n,
            (None, None) => 0,
            (Some(_), Some(_)) => return None,
        };
        let high = match (self.lt, self.lte) {
            (Some(n), None) => n.checked_sub(1)?,
            (None, Some(n)) => n,
            (None, None) => u64::MAX,
            (Some(_), Some(_)) => return None,
        };
        (low <= high).then_some((low, high))
    }

    pub(super) fn is_possible(&self) -> bool {
        // A band that chooses by flag alone would take the amount's place: it has to come on top.
        self.range().is_some() && (self.flags.is_empty() || self.adds) && self.steps.iter().all(|s| !s.is_empty())
    }
}

/// How high an approver stands: nobody approves what needs a higher one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The role, as steps name it.
    pub role: String,
    /// The higher, the more may be approved.
    pub rank: u16,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// What is wrong with the bands of a table: they overlap or leave amounts out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadBands {
    pub(super) table: String,
    pub(super) problem: &'static str,
    pub(super) amount_fen: u64,
    /// The step that is nobody's.
    pub(super) step: Option<String>,
}

/// The amounts known of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// What it is thought to cost.
    pub estimate: Option<u64>,
    /// What the review found.
    pub reviewed_cost: Option<u64>,
    /// All that is paid.
    pub total_outlay: Option<u64>,
}

impl Amounts {
    /// One amount, whatever a band asks for.
    pub fn all(amount_fen: u64) -> Self {
        Self { estimate: Some(amount_fen), reviewed_cost: Some(amount_fen), total_outlay: Some(amount_fen) }
    }

    /// The amount a band is about; where it is not known yet, the best that is.
    pub fn of(&self, base: Base) -> Option<u64> {
        match base {
            Base::Estimate => self.estimate,
            Base::ReviewedCost => self.reviewed_cost.or(self.estimate),
            Base::TotalOutlay => self.total_outlay.or(self.reviewed_cost).or(self.estimate),
        }
    }
}

/// What an approval needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// The table that asks.
    pub table: String,
    /// Who approves, in order; each once.
    pub steps: Vec<String>,
    /// Where the bands come from, in the order of the steps.
    pub origin: Vec<Origin>,
}

/// Why there is no answer, or why an approval is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// The profile has no such table.
    #[error("{profile} has no table of approvals `{table}`")]
    NoTable {
        /// The profile.
        profile: ProfileRef,
        /// The table asked for.
        table: String,
        /// Those it has.
        known: String,
    },
    /// No band of the table holds the amount.
    #[error("no band of `{table}` holds {amount_fen} fen")]
    NoBand {
        /// The table.
        table: String,
        /// The amount.
        amount_fen: u64,
    },
    /// The table asks for an amount that is not known.
    #[error("`{table}` asks for an amount that is not known")]
    NoAmount {
        /// The table.
        table: String,
    },
    /// The profile has no such flag.
    #[error("unknown flag `{flag}`")]
    NoFlag {
        /// The flag.
        flag: String,
    },
    /// Own request (the requester may not approve).
    #[error("nobody approves their own request")]
    OwnRequest,
    /// The step needs a higher role.
    #[error("`{role}` cannot take the step of `{step}`")]
    AboveTier {
        /// The role that would approve.
        role: String,
        /// The step that is open.
        step: String,
    },
    /// Every step is done.
    #[error("no step is open")]
    NothingOpen,
}

impl Told for ApprovalError {
    fn key(&self) -> &'static str {
        match self {
            Self::NoTable { .. } => "approval-no-table",
            Self::NoBand { .. } => "approval-no-band",
            Self::NoAmount { .. } => "approval-no-amount",
            Self::NoFlag { .. } => "approval-no-flag",
            Self::OwnRequest => "approval-own-request",
            Self::AboveTier { .. } => "approval-above-tier",
            Self::NothingOpen => "approval-nothing-open",
        }
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoTable { profile, table, known } => vec![("profile", profile.to_string()), ("table", table.clone()), ("known", known.clone())],
            Self::NoBand { table, amount_fen } => vec![("table", table.clone()), ("amount", yuan(*amount_fen))],
            Self::NoAmount { table } => vec![("table", table.clone())],
            Self::NoFlag { flag } => vec![("flag", flag.clone())],
            Self::AboveTier { role, step } => vec![("role", role.clone()), ("step", step.clone())],
            Self::OwnRequest | Self::NothingOpen => Vec::new(),
        }
    }
}

/// `1000000` fen as `10000.00`.
pub fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// An order or request, as the splitting check sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// The unit.
    pub unit: Id,
    /// The cause: the stable key of place and defect, or what else makes two orders one matter.
    pub cause: String,
    /// When it was asked for.
    pub on: NaiveDate,
    /// How much, in fen.
    pub amount_fen: u64,
}

/// Bands and tiers of a resolved profile.
#[derive(Clone, Debug, Default)]
pub struct Approvals {
    at: Option<ProfileRef>,
    /// The bands in force.
    pub bands: Vec<Band>,
    /// The tiers.
    pub tiers: Vec<Tier>,
    /// The flags a case may have.
    pub flags: BTreeSet<String>,
    group_level: bool,
    split_window_days: Option<u64>,
    overrun_percent: Option<u64>,
    reapprove_on_band: bool,
    self_approval: bool,
}

impl Approvals {
    pub(super) fn of(resolved: &Resolved) -> Self {
        let list: Vec<String> = resolved.get("severity.flags").unwrap_or_default();
        let severities: Vec<String> = resolved.get("severity.levels").unwrap_or_default();
        Self {
            at: Some(resolved.at.clone()),
            bands: resolved.typed_rows("band"),
            tiers: resolved.typed_rows("tier"),
            // A severity, and that there is a group level, can be said of a case like a flag.
            flags: list.into_iter().chain(severities).chain(["group_level".to_owned()]).collect(),
            group_level: resolved.get("approval.group_level").unwrap_or(false),
            split_window_days: resolved.get("approval.split_window_days"),
            overrun_percent: resolved.get("approval.overrun_percent"),
            reapprove_on_band: resolved.get("approval.reapprove_on_band").unwrap_or(false),
            self_approval: resolved.get("approval.self_approval").unwrap_or(false),
        }
    }

    /// What is wrong with the bands: two that hold one amount, an amount between two that none holds.
    pub(super) fn faults(&self) -> Vec<BadBands> {
        let mut out = Vec::new();
        let tables: BTreeSet<&str> = self.bands.iter().map(|b| b.table.as_str()).collect();
        for table in tables {
            let bad = |problem, amount_fen| BadBands { table: table.to_owned(), problem, amount_fen, step: None };
            let mut ranges: Vec<(u64, u64)> = self.bands.iter().filter(|b| b.table == table && !b.adds && b.needs.is_none()).filter_map(Band::range).collect();
            ranges.sort_unstable();
            for pair in ranges.windows(2) {
                let [(_, end), (start, _)] = pair else { continue };
                if start <= end {
                    out.push(bad("profile-bands-overlap", *start));
                } else if *start > end.saturating_add(1) {
                    out.push(bad("profile-bands-gap", end.saturating_add(1)));
                }
            }
            if let (Some((first, _)), Some((_, last))) = (ranges.first(), ranges.last()) {
                if *first > 1 {
                    out.push(bad("profile-bands-gap", 1));
                }
                if *last < u64::MAX {
                    out.push(bad("profile-bands-gap", last + 1));
                }
            }
            let known = |step: &String| self.tiers.iter().any(|t| t.role == *step);
            let steps: BTreeSet<&String> = self.bands.iter().filter(|b| b.table == table).flat_map(|b| &b.steps).filter(|step| !known(step)).collect();
            out.extend(steps.into_iter().map(|step| BadBands { step: Some(step.clone()), ..bad("profile-step-unknown", 0) }));
        }
        out
    }

    /// The steps that a table asks for an amount (S4-93 to S4-95, S2-34, S2-45, S2-46; bounds: C-10 to C-13).
    ///
    /// # Errors
    /// When table, flag or amount are not there.
    pub fn steps(&self, table: &str, amounts: &Amounts, flags: &[String]) -> Result<Chain, ApprovalError> {
        let bands: Vec<&Band> = self.bands.iter().filter(|b| b.table == table).collect();
        if bands.is_empty() {
            let profile = self.at.clone().unwrap_or(ProfileRef { id: String::new(), version: 0 });
            let known: BTreeSet<&str> = self.bands.iter().map(|b| b.table.as_str()).collect();
            return Err(ApprovalError::NoTable { profile, table: table.to_owned(), known: known.into_iter().collect::<Vec<_>>().join(", ") });
        }
        if let Some(flag) = flags.iter().find(|f| !self.flags.contains(*f)) {
            return Err(ApprovalError::NoFlag { flag: flag.clone() });
        }
        let switched = |needs: &str| match needs {
            "group_level" => self.group_level || flags.iter().any(|f| f == needs),
            other => flags.iter().any(|f| f == other),
        };
        let mut chain = Chain { table: table.to_owned(), steps: Vec::new(), origin: Vec::new() };
        let (mut held, mut plain) = (false, None);
        for band in bands {
            if !band.needs.as_deref().is_none_or(switched) {
                continue;
            }
            let flagged = !band.flags.is_empty();
            if flagged && !band.flags.iter().any(|f| flags.contains(f)) {
                continue;
            }
            let bounded = band.gt.is_some() || band.gte.is_some() || band.lt.is_some() || band.lte.is_some();
            if bounded || !band.adds {
                let amount = amounts.of(band.base).ok_or_else(|| ApprovalError::NoAmount { table: table.to_owned() })?;
                plain = plain.max((!band.adds).then_some(amount));
                if !band.holds(amount) {
                    continue;
                }
            }
            held |= !band.adds;
            for step in &band.steps {
                if !chain.steps.contains(step) {
                    chain.steps.push(step.clone());
                }
            }
            if !chain.origin.contains(&band.origin) {
                chain.origin.push(band.origin.clone());
            }
        }
        match plain {
            Some(amount_fen) if !held => Err(ApprovalError::NoBand { table: table.to_owned(), amount_fen }),
            _ => Ok(chain),
        }
    }

    /// The steps of several tables: all must pass (C-10).
    ///
    /// # Errors
    /// As [`Self::steps`].
    pub fn all(&self, tables: &[&str], amounts: &Amounts, flags: &[String]) -> Result<Vec<Chain>, ApprovalError> {
        tables.iter().map(|table| self.steps(table, amounts, flags)).collect()
    }

    /// The amount that counts for `this`: with what was asked for the same unit and cause within the window (C-13).
    pub fn with_related(&self, this: &Spend, others: &[Spend]) -> u64 {
        let Some(days) = self.split_window_days else { return this.amount_fen };
        let from = this.on.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN);
        let to = this.on.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX);
        let related = others.iter().filter(|o| o.unit == this.unit && o.cause == this.cause && (from..=to).contains(&o.on));
        related.fold(this.amount_fen, |sum, o| sum.saturating_add(o.amount_fen))
    }

    /// Whether the actual amount needs a new approval: it is over the approved one by more than the profile allows, or in another band (C-35).
    ///
    /// # Errors
    /// As [`Self::steps`].
    pub fn overrun(&self, table: &str, approved_fen: u64, actual_fen: u64, flags: &[String]) -> Result<Option<Overrun>, ApprovalError> {
        if actual_fen <= approved_fen {
            return Ok(None);
        }
        let before = self.steps(table, &Amounts::all(approved_fen), flags)?;
        let now = self.steps(table, &Amounts::all(actual_fen), flags)?;
        if self.reapprove_on_band && before.steps != now.steps {
            return Ok(Some(Overrun { crosses_band: true, chain: now }));
        }
        let over = |percent: u64| u128::from(actual_fen) * 100 > u128::from(approved_fen) * u128::from(100 + percent);
        Ok(self.overrun_percent.is_some_and(over).then_some(Overrun { crosses_band: false, chain: now }))
    }

    /// Whether `role` may take the step that is open: not for one's own request, and not above one's tier (a higher one may).
    ///
    /// # Errors
    /// With the reason.
    pub fn may_approve(&self, chain: &Chain, done: usize, role: &str, is_requester: bool) -> Result<(), ApprovalError> {
        let step = chain.steps.get(done).ok_or(ApprovalError::NothingOpen)?;
        if is_requester && !self.self_approval {
            return Err(ApprovalError::OwnRequest);
        }
        let rank = |role: &str| self.tiers.iter().find(|t| t.role == role).map(|t| t.rank);
        match (rank(role), rank(step)) {
            (Some(mine), Some(needed)) if role == step || mine > needed => Ok(()),
            _ => Err(ApprovalError::AboveTier { role: role.to_owned(), step: step.clone() }),
        }
    }

    /// The highest tier that an amount reaches in a table: what the layers are compared by.
    pub(super) fn height(&self, table: &str, amount_fen: u64, flags: &[String]) -> Option<(u16, usize)> {
        let chain = self.steps(table, &Amounts::all(amount_fen), flags).ok()?;
        let rank = |step: &String| self.tiers.iter().find(|t| t.role == *step).map_or(0, |t| t.rank);
        Some((chain.steps.iter().map(rank).max().unwrap_or(0), chain.steps.len()))
    }
}

/// A new approval is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overrun {
    /// Because the amount lies in another band now; else because it is over by more than the profile allows.
    pub crosses_band: bool,
    /// What the actual amount needs.
    pub chain: Chain,
}
