//! 服务承诺 (S3-02): the active profile as an owner reads it.

use super::data::{DocNumber, Moment, ProofState, Sheet, Standing, UnitHead, Words};
use crate::policy::{
    Profile,
    pledge::{Pledge, Topic},
};
use crate::words::{Lang, tr};
use serde::{Deserialize, Serialize};

/// One promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeItem {
    /// What is promised.
    pub what: Words,
    /// How soon; may be empty.
    pub within: Words,
}

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeTopic {
    /// Its heading.
    pub heading: Words,
    /// Its heading in the other language, printed small beside it.
    pub beside: Words,
    /// What is promised.
    pub items: Vec<PledgeItem>,
}

/// 服务承诺.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePledge {
    /// What stands on every page.
    pub sheet: Sheet,
    /// For whom: the community or project.
    pub place: Words,
    /// The version and from when it holds.
    pub version: Words,
    /// How days are counted.
    pub counting: Words,
    /// The topics.
    pub topics: Vec<PledgeTopic>,
}

impl ServicePledge {
    /// The pledge of a profile for a project, made at `at`.
    pub fn of(profile: &Profile, place: &str, at: Moment) -> Self {
        let pledge = Pledge::of(profile);
        let both = |key: &str, args: &[(&str, String)]| Words::new(tr(Lang::Zh, key, args), tr(Lang::En, key, args));
        let topic = |topic: Topic| PledgeTopic {
            beside: Words::new(topic.heading.en.clone(), topic.heading.zh.clone()),
            heading: topic.heading,
            items: topic.promises.into_iter().map(|p| PledgeItem { what: p.what, within: p.within }).collect(),
        };
        Self {
            sheet: Sheet {
                number: DocNumber { text: pledge.profile.clone(), temporary: false },
                version: profile.at.version,
                unit: UnitHead { full: Words::one(place), short: Words::one(place), about: Words::default() },
                standing: Standing::Sealed,
                digest: Some(profile.digest),
                proof_state: ProofState::OnDevice,
                seal: Words::default(),
                frozen: at,
            },
            place: Words::one(place),
            version: both("pledge-version", &[("profile", pledge.profile), ("from", pledge.effective_from)]),
            counting: both("pledge-counting", &[]),
            topics: pledge.topics.into_iter().map(topic).collect(),
        }
    }
}
