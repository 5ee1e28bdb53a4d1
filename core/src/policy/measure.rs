//! The verdict over measured points: pure, exact, the same on every device.
//!
//! Upper limits (at most, less than) bound a magnitude, so the sign of a deviation does not matter. Limits are
//! inclusive or not as Civil Code 1259 reads their words: a point exactly at "at most" keeps the limit.

use super::{
    Milli,
    limit::{Aggregate, Limit, Limits, Op},
};
use crate::words::{Lang, tr};
use serde::{Deserialize, Serialize};

/// Why a line is recorded and not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unjudged {
    /// The limit is a draft (mark R or ?) and can fail nobody until an administrator confirms it.
    Draft,
    /// The rule needs the design or contract value, and there is none (or it is zero where a share of it is asked).
    DesignValueMissing,
    /// The rule has no number: a person answers.
    ByEye,
}

/// What the points say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The rule is kept.
    Pass,
    /// The rule is broken. Given before all points are there when no further point can mend it.
    Fail,
    /// Recorded only.
    NotJudged(Unjudged),
    /// More points are needed.
    Incomplete {
        /// How many.
        missing: u16,
    },
}

/// The verdict on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// The figure that decides: the worst point, the largest deviation (mm, or percent), or the range. `None` without points.
    pub worst: Option<Milli>,
    /// Places (from 0) of the points that lie outside the limit. Each needs a snag or a reason, also in a line that passes
    /// by its pass rate. Empty for [`Aggregate::Range`], where no single point is at fault, and where nothing is judged.
    pub outside: Vec<u16>,
    /// How many points there are.
    pub count: u16,
}

impl Verdict {
    /// Whether the line needs a snag or a reason before it can be closed.
    pub fn needs_cause(&self) -> bool {
        self.outcome == Outcome::Fail || !self.outside.is_empty()
    }
}

fn percent_of(part: Milli, whole: Milli) -> Milli {
    let whole = i128::from(whole.0).abs().max(1);
    let scaled = i128::from(part.0) * 100_000;
    Milli(i64::try_from((scaled + whole / 2) / whole).unwrap_or(i64::MAX))
}

/// Judges points against a limit. `design` is the design or contract value that deviations are taken from, in the unit of
/// the points; the deviation rules need it, the others do not look at it.
pub fn judge(limit: &Limit, points: &[Milli], design: Option<Milli>) -> Verdict {
    let count = u16::try_from(points.len()).unwrap_or(u16::MAX);
    let verdict = |outcome, worst, outside| Verdict { outcome, worst, outside, count };
    if limit.op == Op::Holds {
        return verdict(Outcome::NotJudged(Unjudged::ByEye), None, Vec::new());
    }
    let needs_design = matches!(limit.aggregate, Aggregate::MaxDev | Aggregate::MaxDevPercent);
    let design = design.filter(|d| limit.aggregate != Aggregate::MaxDevPercent || d.0 != 0);
    if needs_design && design.is_none() {
        return verdict(Outcome::NotJudged(Unjudged::DesignValueMissing), None, Vec::new());
    }
    let figures = figures(limit, points, design.unwrap_or_default());
    let worst = if limit.op.is_upper() { figures.iter().max() } else { figures.iter().min() }.copied();
    let Some(bound) = limit.value.filter(|_| limit.binds()) else {
        return verdict(Outcome::NotJudged(Unjudged::Draft), worst, Vec::new());
    };
    // A share is compared by multiplying out: the rounded percentage is for reading only.
    let keeps = |at: usize, figure: Milli| match (limit.aggregate, design, points.get(at)) {
        (Aggregate::MaxDevPercent, Some(design), Some(point)) => {
            let part = i128::from(point.distance(design).0) * 100_000;
            let allowed = i128::from(bound.0) * i128::from(design.0).abs();
            if limit.op == Op::Lt { part < allowed } else { part <= allowed }
        }
        _ => limit.op.keeps(figure, bound),
    };
    let outside: Vec<u16> =
        figures.iter().enumerate().filter(|(at, figure)| !keeps(*at, **figure)).map(|(at, _)| u16::try_from(at).unwrap_or(u16::MAX)).collect();
    let missing = limit.points.min.saturating_sub(count);
    let broken = match &limit.pass_rate {
        Some(rule) => {
            let too_far = worst.is_some_and(|w| i128::from(w.0) * 1000 > i128::from(bound.0) * i128::from(rule.worst_factor.0));
            let inside = usize::from(count).saturating_sub(outside.len());
            let too_few = inside * 100 < usize::from(count) * usize::from(rule.share_percent);
            too_far || (too_few && missing == 0)
        }
        None => !outside.is_empty(),
    };
    let outcome = match (broken, missing) {
        (true, _) => Outcome::Fail,
        (false, 0) => Outcome::Pass,
        (false, missing) => Outcome::Incomplete { missing },
    };
    let outside = if limit.aggregate == Aggregate::Range { Vec::new() } else { outside };
    verdict(outcome, worst, outside)
}

/// Between which values a single point keeps its limit: what a gauge draws. None where a side is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub min: Option<Milli>,
    /// The most; points below zero count by their amount.
    pub max: Option<Milli>,
    /// The design or contract value that deviations are taken from.
    pub target: Option<Milli>,
    /// How far the largest point may lie from the smallest.
    pub spread: Option<Milli>,
}

/// The bounds of a limit; those of a deviation need the design or contract value, and are open without it.
pub fn bounds(limit: &Limit, design: Option<Milli>) -> Bounds {
    let Some(bound) = limit.value.filter(|_| limit.op != Op::Holds) else { return Bounds::default() };
    let about = |design: Milli, by: i64| Bounds {
        min: Some(Milli(design.0.saturating_sub(by))),
        max: Some(Milli(design.0.saturating_add(by))),
        target: Some(design),
        spread: None,
    };
    match (limit.aggregate, design) {
        (Aggregate::Each | Aggregate::PassRate, _) if limit.op.is_upper() => Bounds { max: Some(bound), ..Bounds::default() },
        (Aggregate::Each | Aggregate::PassRate, _) => Bounds { min: Some(bound), ..Bounds::default() },
        (Aggregate::MaxDev, Some(design)) => about(design, bound.0),
        (Aggregate::MaxDevPercent, Some(design)) => {
            let part = i128::from(design.0).abs() * i128::from(bound.0) / 100_000;
            about(design, i64::try_from(part).unwrap_or(i64::MAX))
        }
        (Aggregate::MaxDev | Aggregate::MaxDevPercent, None) => Bounds::default(),
        (Aggregate::Range, _) => Bounds { spread: Some(bound), ..Bounds::default() },
    }
}

/// What is held against the limit: one figure per point, or one for all of them.
fn figures(limit: &Limit, points: &[Milli], design: Milli) -> Vec<Milli> {
    match limit.aggregate {
        Aggregate::Each | Aggregate::PassRate if limit.op.is_upper() => points.iter().map(|p| p.distance(Milli(0))).collect(),
        Aggregate::Each | Aggregate::PassRate => points.to_vec(),
        Aggregate::MaxDev => points.iter().map(|p| p.distance(design)).collect(),
        Aggregate::MaxDevPercent => points.iter().map(|p| percent_of(p.distance(design), design)).collect(),
        Aggregate::Range => {
            let most = points.iter().max();
            most.zip(points.iter().min()).map(|(most, least)| most.distance(*least)).into_iter().collect()
        }
    }
}

/// The verdict in a sentence a person on site can act on.
pub fn sentence(limits: &Limits, limit: &Limit, verdict: &Verdict, lang: Lang) -> String {
    let unit = limit.unit.as_deref();
    let mut args = vec![
        ("count", verdict.count.to_string()),
        ("inside", usize::from(verdict.count).saturating_sub(verdict.outside.len()).to_string()),
        ("limit", limits.text(limit, lang)),
        ("worst", verdict.worst.map_or_else(|| "–".to_owned(), |w| limits.with_unit(w, unit, lang))),
    ];
    let key = match verdict.outcome {
        Outcome::Pass if verdict.outside.is_empty() => "measure-pass",
        Outcome::Pass => "measure-pass-rate",
        Outcome::Fail => "measure-fail",
        Outcome::NotJudged(Unjudged::Draft) => "measure-draft",
        Outcome::NotJudged(Unjudged::DesignValueMissing) => "measure-no-design-value",
        Outcome::NotJudged(Unjudged::ByEye) => "measure-by-eye",
        Outcome::Incomplete { missing: 1 } => "measure-one-more",
        Outcome::Incomplete { .. } => "measure-incomplete",
    };
    if let Outcome::Incomplete { missing } = verdict.outcome {
        args.push(("missing", missing.to_string()));
        args.push(("next", (u32::from(verdict.count) + 1).to_string()));
    }
    if let (Some(rule), Some(bound)) = (&limit.pass_rate, limit.value) {
        let most = Milli(i64::try_from(i128::from(bound.0) * i128::from(rule.worst_factor.0) / 1000).unwrap_or(i64::MAX));
        args.push(("share", rule.share_percent.to_string()));
        args.push(("most", limits.with_unit(most, unit, lang)));
    }
    let mut text = tr(lang, key, &args);
    // The last missing point passes the line only if the share comes out; say the plain rule where it cannot.
    if matches!(verdict.outcome, Outcome::Incomplete { missing: 1 }) && !one_more_passes(limit, verdict) {
        text = tr(lang, "measure-incomplete", &args);
    }
    text
}

/// Whether one further point within the limit makes the line pass.
fn one_more_passes(limit: &Limit, verdict: &Verdict) -> bool {
    if limit.aggregate == Aggregate::Range {
        return false;
    }
    let inside = usize::from(verdict.count).saturating_sub(verdict.outside.len()) + 1;
    let all = usize::from(verdict.count) + 1;
    limit.pass_rate.as_ref().is_none_or(|rule| inside * 100 >= all * usize::from(rule.share_percent))
}
