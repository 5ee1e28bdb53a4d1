//! Acts: what is done once and stays done, beside the fields that are set.

use super::{Digest, Id, Sealed, UtcMs};
use crate::log::EventRef;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A photo joins a thing.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct PhotoAdd {
    /// The original.
    #[n(0)]
    pub sha256: Digest,
    /// Its size.
    #[n(1)]
    pub bytes: u64,
    /// What it shows: `snag`, `before`, `after`, `reject`, `meter`, `notice`, `document`, `line:<line id>`.
    #[n(2)]
    pub purpose: String,
    /// The round of the repair, from 1; 0 at recording.
    #[n(3)]
    pub round: u32,
    /// What the file said: [`crate::evidence::PhotoFacts`] as CBOR.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub facts: Vec<u8>,
}

/// What the owner answered to one snag when signing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct SnagAnswer {
    /// The snag.
    #[n(0)]
    pub snag: Id,
    /// Agreed.
    #[n(1)]
    pub accepted: bool,
    /// Why not.
    #[n(2)]
    pub reason: Option<String>,
}

/// The result of a handover in the owner's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Accepted.
    #[n(0)]
    Accepted,
    /// Accepted in part.
    #[n(1)]
    InPart,
    /// Refused.
    #[n(2)]
    Refused,
    /// The owner was not there; a witness signs.
    #[n(3)]
    Absent,
    /// The owner would not sign; a witness signs.
    #[n(4)]
    NotSigned,
    /// Somebody else attests: the inspector, a witness, a third party. Decides nothing.
    #[n(5)]
    Attested,
}

/// A signature under a frozen record (S1-20; law: E, Art. 13).
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Signature {
    /// The frozen record.
    #[n(0)]
    pub record: Digest,
    /// Its version, from 1.
    #[n(1)]
    pub version: u32,
    /// Who signs: a participant's id.
    #[n(2)]
    pub signer: Id,
    /// In which role.
    #[n(3)]
    pub role: String,
    /// The result; only an owner's or representative's (or the witness's in their stead) decides.
    #[n(4)]
    pub outcome: Outcome,
    /// Per snag.
    #[n(5)]
    pub answers: Vec<SnagAnswer>,
    /// Why refused, in part, absent or not signed.
    #[n(6)]
    pub reason: Option<String>,
    /// The strokes (points with time and pressure, [`Stroke`]s as CBOR), encrypted with the signer's key.
    #[n(7)]
    pub strokes: Option<Sealed>,
    /// The level reached: 1 drawing, 2 one-time code, 3 key of the signer.
    #[n(8)]
    pub level: u8,
    /// The version of the notice that was shown.
    #[n(9)]
    pub notice: String,
    /// SHA-256 of the exact words on the screen.
    #[n(10)]
    pub words: Digest,
    /// The witness of an absence or refusal: a participant's id.
    #[n(11)]
    pub witness: Option<Id>,
    /// Level 2: what proves that the signer had the one-time code, without telling it ([`crate::rules::level::code_proof`]).
    #[n(12)]
    pub code: Option<Digest>,
}

/// What the hub found about the one-time code of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum CodeVerdict {
    /// The hub gave this code to this person, and it was good when the person signed.
    #[n(0)]
    Confirmed,
    /// Another code.
    #[n(1)]
    Wrong,
    /// No code of this person for this unit was good at that time.
    #[n(2)]
    NoCode,
    /// The code had signed once already.
    #[n(3)]
    Used,
    /// Too many wrong ones before it.
    #[n(4)]
    Spent,
    /// The time of the signature cannot be true, so that nobody can say whether the code was good.
    #[n(5)]
    ClockWrong,
}

impl CodeVerdict {
    /// Part of message keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Wrong => "wrong",
            Self::NoCode => "no-code",
            Self::Used => "used",
            Self::Spent => "spent",
            Self::ClockWrong => "clock-wrong",
        }
    }
}

/// The hub's word on the one-time code of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CodeCheck {
    /// The signature's event.
    #[n(0)]
    pub signature: EventRef,
    /// What was found.
    #[n(1)]
    pub verdict: CodeVerdict,
    /// When the code was given, if there was one.
    #[n(2)]
    pub issued: Option<UtcMs>,
    /// How it reached the person: `owner_page`, `sms`.
    #[n(3)]
    pub way: String,
}

/// What an owner asks the office for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum OwnerWant {
    /// A new link.
    #[n(0)]
    Link,
    /// To be called.
    #[n(1)]
    Call,
}

impl OwnerWant {
    /// The identifier, as in forms and message keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Call => "call",
        }
    }
}

/// One point of a stroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct StrokePoint {
    /// From the left, millionths of the pad's width.
    #[n(0)]
    pub x_ppm: u32,
    /// From the top, millionths of the pad's height.
    #[n(1)]
    pub y_ppm: u32,
    /// Since the first point, milliseconds.
    #[n(2)]
    pub t_ms: u32,
    /// Pressure, thousandths.
    #[n(3)]
    pub pressure_milli: u16,
}

/// One stroke of a signature.
pub type Stroke = Vec<StrokePoint>;

/// Why due dates are what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum DueCause {
    /// The repair was dispatched.
    #[n(0)]
    Dispatched,
    /// They were counted again under another profile, with a reason.
    #[n(1)]
    Rebased,
    /// One was made longer, with the owner's consent given before it was due (S4-62).
    #[n(2)]
    Extended,
}

impl DueCause {
    /// The identifier, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dispatched => "dispatched",
            Self::Rebased => "rebased",
            Self::Extended => "extended",
        }
    }
}

/// When one milestone of a thing is due.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct DueDate {
    /// The milestone.
    #[n(0)]
    pub milestone: String,
    /// When its clock started.
    #[n(1)]
    pub start: UtcMs,
    /// When it is due: an act after this instant is late.
    #[n(2)]
    pub due: UtcMs,
    /// A holiday notice was not there yet when it was counted.
    #[n(3)]
    pub provisional: bool,
}

/// Due dates, kept with the profile they follow; a later profile moves none of them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DueDates {
    /// The profile, `id@version`.
    #[n(0)]
    pub profile: String,
    /// Why.
    #[n(1)]
    pub cause: DueCause,
    /// The kind of work they were counted for.
    #[n(2)]
    pub work: Option<String>,
    /// The dates; a milestone that is not here keeps the one it has.
    #[n(3)]
    pub dates: Vec<DueDate>,
    /// Why they were moved.
    #[n(4)]
    pub reason: Option<String>,
    /// When the owner consented to an extension.
    #[n(5)]
    pub consented: Option<UtcMs>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(flat)]
pub enum Act {
    /// A photo joins.
    #[n(0)]
    PhotoAdd(#[n(0)] PhotoAdd),
    /// An appointment for the walk-through, with its escort (S1-17).
    #[n(1)]
    Appoint(#[n(0)] UtcMs, #[n(1)] Id, #[n(2)] Option<String>),
    /// The notice went out: method, tracking number, the notice document (S4-12).
    #[n(2)]
    Notice(#[n(0)] String, #[n(1)] Option<String>, #[n(2)] Option<Digest>),
    /// Proof that a notice arrived: when, and by what.
    #[n(3)]
    NoticeProof(#[n(0)] EventRef, #[n(1)] UtcMs, #[n(2)] String),
    /// The walk-through begins; finish level and stage chose the checklist.
    #[n(4)]
    Start(#[n(0)] String, #[n(1)] String),
    /// A question, its answer if known, and whether to follow up (S1-18).
    #[n(5)]
    Question(#[n(0)] String, #[n(1)] Option<String>, #[n(2)] bool),
    /// The answer to an earlier question.
    #[n(6)]
    Reply(#[n(0)] EventRef, #[n(1)] String),
    /// A dispute noted on site (S4-118).
    #[n(7)]
    Dispute(#[n(0)] String),
    /// Minutes of a meeting (S0-32).
    #[n(8)]
    Minutes(#[n(0)] String),
    /// The record is frozen: the document shown, as deterministic CBOR, and its version.
    #[n(9)]
    Freeze(
        #[n(0)] u32,
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// Somebody signs.
    #[n(10)]
    Sign(#[n(0)] Box<Signature>),
    /// The handover is closed.
    #[n(11)]
    Close(#[n(0)] Option<String>),
    /// A snag is ordered from a contractor or team, due on a day.
    #[n(12)]
    Order(#[n(0)] Id, #[n(1)] Option<String>),
    /// The crew is on site.
    #[n(13)]
    Arrive(#[n(0)] Option<String>),
    /// The repair is done: what was done, materials, hours in minutes.
    #[n(14)]
    RepairDone(#[n(0)] String, #[n(1)] Option<String>, #[n(2)] Option<u32>),
    /// The inspector re-checked and found it right.
    #[n(15)]
    RecheckConfirm(#[n(0)] Option<String>),
    /// The inspector re-checked and rejects, with a reason (S1-40).
    #[n(16)]
    RecheckReject(#[n(0)] String),
    /// The owner confirms; by link or on site (S1-23).
    #[n(17)]
    OwnerConfirm(#[n(0)] String, #[n(1)] Option<String>),
    /// The owner rejects with a reason.
    #[n(18)]
    OwnerReject(#[n(0)] String, #[n(1)] String),
    /// The owner was told (S1-22): channel and what.
    #[n(19)]
    Told(#[n(0)] String, #[n(1)] String),
    /// The hub refuses an event, with the message key and its arguments.
    #[n(20)]
    Refuse(#[n(0)] EventRef, #[n(1)] String, #[n(2)] Vec<(String, String)>),
    /// The hub found the clock of these events wrong, by so many milliseconds; they lose every tie.
    #[n(21)]
    ClockWrong(#[n(0)] Vec<EventRef>, #[n(1)] i64),
    /// A device is enrolled, with its certificate.
    #[n(22)]
    Enrol(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// A device is revoked.
    #[n(23)]
    Revoke(#[n(0)] String),
    /// A document was made and stored: kind, digest, number on the form, and its language (`zh`, `en`; events of earlier versions tell none).
    #[n(24)]
    Document(#[n(0)] String, #[n(1)] Digest, #[n(2)] String, #[n(3)] Option<String>),
    /// The hub gives a running number.
    #[n(25)]
    Number(#[n(0)] String),
    /// A conflict was looked at and settled by a person, with a reason; the change itself is a `set`.
    #[n(26)]
    Settled(#[n(0)] String, #[n(1)] String),
    /// The owner asks the office for something, by link. Stands on the unit and is open until the owner was told ([`Self::Told`]).
    #[n(27)]
    OwnerAsk(#[n(0)] OwnerWant),
    /// The hub checked the one-time code of a signature (law: E, Art. 13).
    #[n(28)]
    CodeChecked(#[n(0)] CodeCheck),
    /// Due dates are set, by a dispatch, or moved, by re-basing or an extension.
    #[n(29)]
    Due(#[n(0)] Box<DueDates>),
    /// A snag's repair is put on hold: the state that keeps it, and why. Which clocks stand still meanwhile is the profile's word.
    #[n(30)]
    Hold(#[n(0)] String, #[n(1)] String),
    /// It goes on.
    #[n(31)]
    Resume(#[n(0)] Option<String>),
    /// A photograph that belongs there could not be taken: of what (the purpose of a [`PhotoAdd`]), and why.
    #[n(32)]
    NoPhoto(#[n(0)] String, #[n(1)] String),
}

impl Act {
    /// The kind in the event's head; also the act's name in the roles data.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PhotoAdd(_) => "photo.add",
            Self::Appoint(..) => "handover.appoint",
            Self::Notice(..) => "handover.notice",
            Self::NoticeProof(..) => "handover.notice_proof",
            Self::Start(..) => "handover.start",
            Self::Question(..) => "handover.ask",
            Self::Reply(..) => "handover.reply",
            Self::Dispute(_) => "handover.dispute",
            Self::Minutes(_) => "meeting.minutes",
            Self::Freeze(..) => "record.freeze",
            Self::Sign(_) => "handover.sign",
            Self::Close(_) => "handover.close",
            Self::Order(..) => "snag.order",
            Self::Arrive(_) => "repair.arrive",
            Self::RepairDone(..) => "repair.done",
            Self::RecheckConfirm(_) => "recheck.confirm",
            Self::RecheckReject(_) => "recheck.reject",
            Self::OwnerConfirm(..) => "owner.confirm",
            Self::OwnerReject(..) => "owner.reject",
            Self::Told(..) => "owner.told",
            Self::Refuse(..) => "hub.refuse",
            Self::ClockWrong(..) => "hub.clock_wrong",
            Self::Enrol(_) => "device.enrol",
            Self::Revoke(_) => "device.revoke",
            Self::Document(..) => "document.made",
            Self::Number(_) => "hub.number",
            Self::Settled(..) => "review.settle",
            Self::OwnerAsk(_) => "owner.ask",
            Self::CodeChecked(_) => "hub.code",
            Self::Due(_) => "snag.due",
            Self::Hold(..) => "snag.hold",
            Self::Resume(_) => "snag.resume",
            Self::NoPhoto(..) => "photo.cannot",
        }
    }
}
