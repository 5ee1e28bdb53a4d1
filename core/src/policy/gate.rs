//! Gates of the handover: pure checks that say everything that is missing, not only the first.

use super::Profile;
use crate::words::Told;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The completion filing of the unit's building.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// Its number.
    pub number: String,
    /// Its date.
    pub date: NaiveDate,
}

/// What an appointment is checked against.
#[derive(Clone, Debug, Default)]
pub struct AppointmentFacts {
    /// Readiness items that were recorded as done.
    pub precheck_done: Vec<String>,
    /// The completion filing, where it is known.
    pub filing: Option<Filing>,
    /// The day the owner is invited to.
    pub on: NaiveDate,
    /// Whether an escort is assigned.
    pub escort: bool,
}

/// What a handover notice is checked against.
#[derive(Clone, Debug, Default)]
pub struct NoticeFacts {
    /// How it was sent.
    pub channel: String,
    /// A tracking number or a receipt.
    pub proof: Option<String>,
    /// The day it was sent.
    pub sent_on: NaiveDate,
    /// The day it invites to.
    pub on: NaiveDate,
    /// Days of notice the contract gives.
    pub contract_days: Option<u16>,
    /// The owner agreed to a shorter time.
    pub owner_agreed: bool,
}

/// One part of the handover.
#[derive(Clone, Debug, Default)]
pub struct PartFacts {
    /// Part id (S0-09).
    pub part: String,
    /// Lines without an answer.
    pub open_lines: u32,
    /// The part was waived with a reason.
    pub waived: bool,
}

/// A participant of the handover.
#[derive(Clone, Debug, Default)]
pub struct ParticipantFacts {
    /// Role id.
    pub role: String,
    /// The identity was checked.
    pub identity_checked: bool,
    /// A mandate document is on record.
    pub mandate: bool,
    /// The level of the participant's signature, if there is one.
    pub signed_level: Option<u8>,
}

/// What the end of a handover is checked against.
#[derive(Clone, Debug, Default)]
pub struct CloseFacts {
    /// The parts with what is open in them.
    pub parts: Vec<PartFacts>,
    /// The participants with their signatures.
    pub participants: Vec<ParticipantFacts>,
    /// The owner is absent or refuses to sign, recorded with a reason.
    pub owner_not_signing: bool,
    /// Witnesses who signed.
    pub witnesses: u8,
    /// Failed or out-of-tolerance lines that have neither a snag nor a reason.
    pub lines_without_cause: u32,
}

/// Why a gate stays shut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    /// The unit is not ready (S1-15).
    #[error("not ready: {0}")]
    NotReady(String),
    /// The completion filing is not there (S2-54).
    #[error("no completion filing")]
    NoFiling,
    /// The filing is dated after the appointment.
    #[error("the filing is dated after the appointment")]
    FilingLater,
    /// No escort (S1-17).
    #[error("no escort")]
    NoEscort,
    /// This way of sending is not in the profile.
    #[error("unknown channel {0}")]
    Channel(String),
    /// This way of sending needs a tracking number or receipt (S4-12).
    #[error("{0} needs proof")]
    NoProof(String),
    /// The notice is too short.
    #[error("{given} days of notice, {needed} needed")]
    NoticeShort {
        /// Days between notice and date; the day of the notice does not count.
        given: i64,
        /// Days needed.
        needed: u16,
    },
    /// A part has open lines and was not waived (S0-09).
    #[error("{open} open lines in {part}")]
    PartOpen {
        /// Part id.
        part: String,
        /// Open lines.
        open: u32,
    },
    /// A part is missing from the handover.
    #[error("part {0} is missing")]
    PartMissing(String),
    /// Failed lines without a snag or a reason.
    #[error("{0} lines without a snag or a reason")]
    LinesWithoutCause(u32),
    /// A side has not signed (S1-20).
    #[error("{0} has not signed")]
    NotSigned(String),
    /// A signature is below the level the profile asks for.
    #[error("{role} signed at level {reached}, {needed} needed")]
    LevelLow {
        /// Role id.
        role: String,
        /// The level reached.
        reached: u8,
        /// The level needed.
        needed: u8,
    },
    /// The identity of a participant who signed was not checked (S0-10).
    #[error("identity of {0} not checked")]
    IdentityOpen(String),
    /// A representative has no mandate on record (S0-10).
    #[error("{0} has no mandate")]
    NoMandate(String),
    /// An owner who does not sign needs witnesses.
    #[error("{have} witnesses, {needed} needed")]
    NoWitness {
        /// Witnesses who signed.
        have: u8,
        /// Witnesses needed.
        needed: u8,
    },
}

impl Told for Shut {
    fn key(&self) -> &'static str {
        match self {
            Self::NotReady(_) => "gate-not-ready",
            Self::NoFiling => "gate-no-filing",
            Self::FilingLater => "gate-filing-later",
            Self::NoEscort => "gate-no-escort",
            Self::Channel(_) => "gate-channel",
            Self::NoProof(_) => "gate-no-proof",
            Self::NoticeShort { .. } => "gate-notice-short",
            Self::PartOpen { .. } => "gate-part-open",
            Self::PartMissing(_) => "gate-part-missing",
            Self::LinesWithoutCause(_) => "gate-lines-without-cause",
            Self::NotSigned(_) => "gate-not-signed",
            Self::LevelLow { .. } => "gate-level-low",
            Self::IdentityOpen(_) => "gate-identity-open",
            Self::NoMandate(_) => "gate-no-mandate",
            Self::NoWitness { .. } => "gate-no-witness",
        }
    }
    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoFiling | Self::FilingLater | Self::NoEscort => Vec::new(),
            Self::NotReady(item) => vec![("item", item.clone())],
            Self::Channel(channel) | Self::NoProof(channel) => vec![("channel", channel.clone())],
            Self::NoticeShort { given, needed } => vec![("given", given.to_string()), ("needed", needed.to_string())],
            Self::PartOpen { part, open } => vec![("part", part.clone()), ("open", open.to_string())],
            Self::PartMissing(part) => vec![("part", part.clone())],
            Self::LinesWithoutCause(count) => vec![("count", count.to_string())],
            Self::NotSigned(role) | Self::IdentityOpen(role) | Self::NoMandate(role) => vec![("role", role.clone())],
            Self::LevelLow { role, reached, needed } => {
                vec![("role", role.clone()), ("reached", reached.to_string()), ("needed", needed.to_string())]
            }
            Self::NoWitness { have, needed } => vec![("have", have.to_string()), ("needed", needed.to_string())],
        }
    }
}

fn open_or(shut: Vec<Shut>) -> Result<(), Vec<Shut>> {
    if shut.is_empty() { Ok(()) } else { Err(shut) }
}

/// Whether the unit's pre-check is ready: each item of the profile is done (S1-15).
pub fn precheck(profile: &Profile, done: &[String]) -> Result<(), Vec<Shut>> {
    let items = &profile.handover.gate.precheck_items.value;
    open_or(items.iter().filter(|i| !done.contains(i)).map(|i| Shut::NotReady(i.clone())).collect())
}

/// Whether an appointment may be made: pre-check ready, filing there, escort assigned (S1-15, S2-54, S1-17).
pub fn appointment(profile: &Profile, facts: &AppointmentFacts) -> Result<(), Vec<Shut>> {
    let mut shut = precheck(profile, &facts.precheck_done).err().unwrap_or_default();
    let filing = facts.filing.as_ref().filter(|f| !f.number.trim().is_empty());
    if filing.is_none() && profile.handover.gate.filing_required.value {
        shut.push(Shut::NoFiling);
    }
    if filing.is_some_and(|f| f.date > facts.on) {
        shut.push(Shut::FilingLater);
    }
    if profile.handover.walkthrough.escort_required.value && !facts.escort {
        shut.push(Shut::NoEscort);
    }
    open_or(shut)
}

/// Days of notice needed: the profile's, or the contract's where it gives more (a contract is only ever stricter).
pub fn notice_days(profile: &Profile, contract_days: Option<u16>) -> u16 {
    profile.handover.gate.notice_days_min.value.max(contract_days.unwrap_or_default())
}

/// Whether a notice can be recorded as sent (S4-12, law B-4).
pub fn notice(profile: &Profile, facts: &NoticeFacts) -> Result<(), Vec<Shut>> {
    let rule = &profile.handover.notice;
    let mut shut = Vec::new();
    if !rule.channels.value.contains(&facts.channel) {
        shut.push(Shut::Channel(facts.channel.clone()));
    }
    if rule.proof_required.value.contains(&facts.channel) && facts.proof.as_deref().is_none_or(|p| p.trim().is_empty()) {
        shut.push(Shut::NoProof(facts.channel.clone()));
    }
    let needed = notice_days(profile, facts.contract_days);
    let given = (facts.on - facts.sent_on).num_days();
    if given < i64::from(needed) && !facts.owner_agreed {
        shut.push(Shut::NoticeShort { given, needed });
    }
    open_or(shut)
}

/// Whether a handover may close: its parts done or waived, its signatures there (S0-09, S0-10, S1-20).
pub fn close(profile: &Profile, facts: &CloseFacts) -> Result<(), Vec<Shut>> {
    let walk = &profile.handover.walkthrough;
    let signature = &profile.handover.signature;
    let mut shut = Vec::new();
    for part in &profile.taxonomy.parts {
        match facts.parts.iter().find(|p| p.part == part.id) {
            None => shut.push(Shut::PartMissing(part.id.clone())),
            Some(facts) if facts.open_lines > 0 && !facts.waived => {
                shut.push(Shut::PartOpen { part: part.id.clone(), open: facts.open_lines });
            }
            Some(_) => {}
        }
    }
    if facts.lines_without_cause > 0 {
        shut.push(Shut::LinesWithoutCause(facts.lines_without_cause));
    }
    // The owner's side is one side, whoever of it signs.
    let owner = walk.owner_side.value.first();
    let side_of = |role: &str| owner.filter(|_| walk.owner_side.value.iter().any(|r| r == role)).map_or(role, String::as_str).to_owned();
    for side in &walk.signatures_required.value {
        if facts.owner_not_signing && owner == Some(&side_of(side)) {
            continue;
        }
        if !facts.participants.iter().any(|p| side_of(&p.role) == side_of(side) && p.signed_level.is_some()) {
            shut.push(Shut::NotSigned(side.clone()));
        }
    }
    for person in &facts.participants {
        let Some(reached) = person.signed_level else { continue };
        let needed = signature.required_of(&side_of(&person.role));
        if reached < needed {
            shut.push(Shut::LevelLow { role: person.role.clone(), reached, needed });
        }
        if !person.identity_checked {
            shut.push(Shut::IdentityOpen(person.role.clone()));
        }
        if walk.mandate_required.value.contains(&person.role) && !person.mandate {
            shut.push(Shut::NoMandate(person.role.clone()));
        }
    }
    let needed = signature.witnesses.value;
    if facts.owner_not_signing && facts.witnesses < needed {
        shut.push(Shut::NoWitness { have: facts.witnesses, needed });
    }
    open_or(shut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn ready() -> AppointmentFacts {
        AppointmentFacts {
            precheck_done: Profile::builtin().handover.gate.precheck_items.value.clone(),
            filing: Some(Filing { number: "BA-2026-0821".into(), date: day("2026-08-21") }),
            on: day("2026-09-12"),
            escort: true,
        }
    }

    #[test]
    fn no_appointment_before_the_unit_is_ready_and_filed() {
        let profile = Profile::builtin();
        assert_eq!(appointment(profile, &ready()), Ok(()));
        // S1-15: each of the three items holds the gate by itself.
        assert_eq!(profile.handover.gate.precheck_items.value.len(), 3);
        for at in 0..3 {
            let mut facts = ready();
            let gone = facts.precheck_done.remove(at);
            assert_eq!(appointment(profile, &facts), Err(vec![Shut::NotReady(gone)]));
        }
        // S2-54
        assert_eq!(appointment(profile, &AppointmentFacts { filing: None, ..ready() }), Err(vec![Shut::NoFiling]));
        let blank = Filing { number: " ".into(), date: day("2026-08-21") };
        assert_eq!(appointment(profile, &AppointmentFacts { filing: Some(blank), ..ready() }), Err(vec![Shut::NoFiling]));
        assert_eq!(appointment(profile, &AppointmentFacts { on: day("2026-08-20"), ..ready() }), Err(vec![Shut::FilingLater]));
        assert_eq!(appointment(profile, &AppointmentFacts { on: day("2026-08-21"), ..ready() }), Ok(()));
        // S1-17
        assert_eq!(appointment(profile, &AppointmentFacts { escort: false, ..ready() }), Err(vec![Shut::NoEscort]));
        // Everything that is missing is said at once.
        let nothing = AppointmentFacts { on: day("2026-09-12"), ..AppointmentFacts::default() };
        assert_eq!(appointment(profile, &nothing).unwrap_err().len(), 5);
    }

    #[test]
    fn a_notice_is_long_enough_and_provable() {
        let profile = Profile::builtin();
        let facts = |sent: &str, contract_days| NoticeFacts {
            channel: "registered_mail".into(),
            proof: Some("XA12345".into()),
            sent_on: day(sent),
            on: day("2026-09-12"),
            contract_days,
            owner_agreed: false,
        };
        // law B-4: at least 10 days, the day of the notice not counted (Civil Code 201).
        assert_eq!(notice(profile, &facts("2026-09-02", None)), Ok(()));
        assert_eq!(notice(profile, &facts("2026-09-03", None)), Err(vec![Shut::NoticeShort { given: 9, needed: 10 }]));
        // The contract can only be stricter.
        assert_eq!(notice(profile, &facts("2026-09-02", Some(15))), Err(vec![Shut::NoticeShort { given: 10, needed: 15 }]));
        assert_eq!(notice(profile, &facts("2026-09-02", Some(3))), Ok(()));
        assert_eq!(notice(profile, &NoticeFacts { owner_agreed: true, ..facts("2026-09-11", None) }), Ok(()));
        // S4-12
        assert_eq!(notice(profile, &NoticeFacts { proof: None, ..facts("2026-08-01", None) }), Err(vec![Shut::NoProof("registered_mail".into())]));
        let sms = NoticeFacts { channel: "sms".into(), proof: None, ..facts("2026-08-01", None) };
        assert_eq!(notice(profile, &sms), Ok(()));
        let pigeon = NoticeFacts { channel: "pigeon".into(), ..facts("2026-08-01", None) };
        assert_eq!(notice(profile, &pigeon), Err(vec![Shut::Channel("pigeon".into())]));
    }

    fn finished() -> CloseFacts {
        let person = |role: &str, level| ParticipantFacts { role: role.into(), identity_checked: true, mandate: false, signed_level: Some(level) };
        CloseFacts {
            parts: ["works", "equipment", "documents"].map(|p| PartFacts { part: p.into(), open_lines: 0, waived: false }).into(),
            participants: vec![person("owner", 1), person("inspector", 3)],
            ..CloseFacts::default()
        }
    }

    #[test]
    fn a_handover_closes_with_its_parts_and_signatures() {
        let profile = Profile::builtin();
        assert_eq!(close(profile, &finished()), Ok(()));
        // S0-09: three parts, each completed or waived.
        let mut facts = finished();
        facts.parts[1].open_lines = 2;
        assert_eq!(close(profile, &facts), Err(vec![Shut::PartOpen { part: "equipment".into(), open: 2 }]));
        facts.parts[1].waived = true;
        assert_eq!(close(profile, &facts), Ok(()));
        facts.parts.remove(2);
        assert_eq!(close(profile, &facts), Err(vec![Shut::PartMissing("documents".into())]));
        // S1-20: both sides.
        for (at, side) in [(0, "owner"), (1, "inspector")] {
            let mut facts = finished();
            facts.participants.remove(at);
            assert_eq!(close(profile, &facts), Err(vec![Shut::NotSigned(side.into())]));
        }
        let mut facts = finished();
        facts.participants[1].signed_level = Some(1);
        assert_eq!(close(profile, &facts), Err(vec![Shut::LevelLow { role: "inspector".into(), reached: 1, needed: 3 }]));
        // S0-10: a representative signs for the owner, with identity and mandate.
        let mut facts = finished();
        facts.participants[0].role = "representative".into();
        facts.participants[0].identity_checked = false;
        let role = "representative".to_owned();
        assert_eq!(close(profile, &facts), Err(vec![Shut::IdentityOpen(role.clone()), Shut::NoMandate(role)]));
        facts.participants[0].identity_checked = true;
        facts.participants[0].mandate = true;
        assert_eq!(close(profile, &facts), Ok(()));
        let facts = CloseFacts { lines_without_cause: 1, ..finished() };
        assert_eq!(close(profile, &facts), Err(vec![Shut::LinesWithoutCause(1)]));
    }

    #[test]
    fn an_owner_who_does_not_sign_is_witnessed() {
        let profile = Profile::builtin();
        let mut facts = finished();
        facts.participants.remove(0);
        facts.owner_not_signing = true;
        assert_eq!(close(profile, &facts), Err(vec![Shut::NoWitness { have: 0, needed: 1 }]));
        facts.witnesses = 1;
        assert_eq!(close(profile, &facts), Ok(()));
    }
}
