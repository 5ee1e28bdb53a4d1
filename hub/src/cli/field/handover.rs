//! `field handover`: the walk-through, from making ready to closing.

use super::{Answer, Ctx, Device, EventName, Failure, event_name, json_from, text};
use clap::{Args, Subcommand, ValueEnum};
use keyturn_core::{
    field::{LineRequest, NewParticipant, SignRequest},
    model::{
        Digest, Id,
        act::{Outcome, SnagAnswer, Stroke},
        value::Answer as LineSays,
    },
    policy::Milli,
};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

/// The walk-through. UNIT is an id, a label, or the door as `2-1-1102`.
#[derive(Debug, Subcommand)]
pub(super) enum HandoverCommand {
    /// Records an item of the unit's pre-check.
    Precheck {
        /// The unit.
        unit: String,
        /// The item of the profile: quality, cleaning, documents.
        item: String,
        /// It is not done after all.
        #[arg(long)]
        undone: bool,
        /// A remark.
        #[arg(long)]
        remark: Option<String>,
    },
    /// Appoints the walk-through.
    Appoint {
        /// The unit.
        unit: String,
        /// When: RFC 3339, or `2026-11-20 09:30` in the project's zone.
        #[arg(long)]
        at: String,
        /// The escort: a person's name or id; `me` is who holds this device.
        #[arg(long)]
        escort: String,
        /// Where to meet.
        #[arg(long)]
        place: Option<String>,
    },
    /// Records that the notice went out.
    Notice {
        /// The unit.
        unit: String,
        /// How: registered_mail, fax, courier, in_person, sms, wechat.
        method: String,
        /// Tracking number or receipt.
        #[arg(long)]
        tracking: Option<String>,
        /// SHA-256 of the notice document.
        #[arg(long)]
        document: Option<Digest>,
    },
    /// Records the proof that a notice arrived.
    NoticeProof {
        /// The unit.
        unit: String,
        /// The notice, as `handover notice` named it.
        notice: EventName,
        /// When it arrived.
        #[arg(long)]
        arrived: String,
        /// What shows it.
        #[arg(long)]
        by: String,
    },
    /// The walk-through begins.
    Start {
        /// The unit.
        unit: String,
    },
    /// Somebody joins; answers with the participant's id.
    Participant(Joins),
    /// Answers a line.
    Answer {
        /// The unit.
        unit: String,
        /// The line's key.
        line: String,
        /// The answer.
        #[arg(value_enum)]
        answer: Says,
        #[command(flatten)]
        cause: Cause,
    },
    /// Answers a line with measured points.
    Measure {
        /// The unit.
        unit: String,
        /// The line's key.
        line: String,
        /// The points, in the limit's unit: `3.2 4 1.5`.
        #[arg(required = true, allow_negative_numbers = true)]
        points: Vec<Milli>,
        /// The answer; by default `not-fine` with a snag or a reason, else `fine`.
        #[arg(long = "as", value_enum)]
        answer: Option<Says>,
        #[command(flatten)]
        cause: Cause,
    },
    /// Answers every open line that needs no measuring as fine, together.
    RestFine {
        /// The unit.
        unit: String,
        /// Of one room only.
        #[arg(long)]
        room: Option<String>,
    },
    /// Reads a meter.
    Meter {
        /// The unit.
        unit: String,
        /// The kind.
        kind: String,
        /// The number on the meter.
        number: String,
        /// The reading, as a decimal.
        reading: Milli,
        /// A photo's file.
        #[arg(long)]
        photo: Option<PathBuf>,
    },
    /// Records keys handed over or held for repairs.
    Key {
        /// The unit.
        unit: String,
        /// The kind.
        kind: String,
        /// How many.
        count: u32,
        /// A remark.
        #[arg(long)]
        remark: Option<String>,
    },
    /// Records a document handed over.
    Document {
        /// The unit.
        unit: String,
        /// The kind.
        kind: String,
        /// It is not handed over.
        #[arg(long)]
        missing: bool,
        /// A remark.
        #[arg(long)]
        remark: Option<String>,
    },
    /// Completes a part of the handover, or waives it with a reason.
    Part {
        /// The unit.
        unit: String,
        /// The part: works, equipment, documents.
        part: String,
        /// Waived, for this reason.
        #[arg(long, value_name = "REASON")]
        waive: Option<String>,
    },
    /// Notes a question.
    Ask {
        /// The unit.
        unit: String,
        /// The question.
        text: String,
        /// The answer given at once.
        #[arg(long)]
        answer: Option<String>,
        /// To be followed up.
        #[arg(long)]
        follow_up: bool,
    },
    /// Answers an earlier question.
    Reply {
        /// The unit.
        unit: String,
        /// The question, as `handover ask` named it.
        question: EventName,
        /// The answer.
        text: String,
    },
    /// Notes a dispute on site.
    Dispute {
        /// The unit.
        unit: String,
        /// What it is about.
        text: String,
    },
    /// Freezes the record for signing; answers with its digest and the words to show.
    Freeze {
        /// The unit.
        unit: String,
    },
    /// Signs a frozen record.
    Sign(Sign),
    /// Closes the handover.
    Close {
        /// The unit.
        unit: String,
        /// A remark.
        #[arg(long)]
        remark: Option<String>,
    },
    /// What is still missing, all of it at once; `close` is refused with what is needed.
    Missing {
        /// The unit.
        unit: String,
    },
    /// The handover as it stands.
    Show {
        /// The unit.
        unit: String,
    },
}

/// An answer to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Says {
    /// As it should be.
    Fine,
    /// Not as it should be; a snag or a reason goes with it.
    #[value(alias = "not_fine")]
    NotFine,
    /// Does not apply to this unit; the reason says why.
    #[value(alias = "not_applicable")]
    NotApplicable,
    /// Could not be checked; the reason says why.
    #[value(alias = "not_checked")]
    NotChecked,
}

impl Says {
    fn answer(self) -> LineSays {
        match self {
            Self::Fine => LineSays::Fine,
            Self::NotFine => LineSays::NotFine,
            Self::NotApplicable => LineSays::NotApplicable,
            Self::NotChecked => LineSays::NotChecked,
        }
    }
}

/// What goes with an answer.
#[derive(Debug, Args)]
pub(super) struct Cause {
    /// The snag that goes with it: id, or `UNIT#NUMBER`.
    #[arg(long)]
    snag: Option<String>,
    /// The reason.
    #[arg(long)]
    reason: Option<String>,
    /// What was found, where the contract says something.
    #[arg(long)]
    found: Option<String>,
}

/// Somebody who joins.
#[derive(Debug, Args)]
pub(super) struct Joins {
    /// The unit.
    pub(super) unit: String,
    /// The role: owner, representative, inspector, witness, …
    #[arg(long)]
    role: String,
    /// A person already known, such as an owner: name or id; `me` is who holds this device.
    #[arg(long)]
    person: Option<String>,
    /// The name of somebody first met here.
    #[arg(long)]
    name: Option<String>,
    /// For which organisation.
    #[arg(long)]
    organisation: Option<String>,
    /// How the identity was checked: id_card, passport, …
    #[arg(long)]
    identity_check: Option<String>,
    /// A representative's mandate.
    #[arg(long)]
    mandate: Option<String>,
}

impl Joins {
    /// As the field store takes it.
    pub(super) fn participant(&self, device: &Device) -> Result<NewParticipant, Failure> {
        let person = self.person.as_deref().map(|words| device.field.find_person(words)).transpose()?;
        Ok(NewParticipant {
            person,
            role: self.role.clone(),
            organisation: self.organisation.clone(),
            name: self.name.clone(),
            identity_check: self.identity_check.clone(),
            mandate: self.mandate.clone(),
        })
    }
}

/// The result in the signer's words.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum SignerSays {
    /// Accepted.
    Accepted,
    /// Accepted in part; what is refused is named with `--refuse`.
    #[value(alias = "in_part")]
    InPart,
    /// Refused.
    Refused,
    /// The owner was not there; a witness signs.
    Absent,
    /// The owner would not sign; a witness signs.
    #[value(alias = "not_signed")]
    NotSigned,
    /// Somebody else attests: the inspector, a witness.
    Attested,
}

/// A signature.
#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The unit.
    unit: String,
    /// The digest that `handover freeze` answered and that was on the screen.
    #[arg(long)]
    record: Digest,
    /// Who signs: the participant's id, name, or the role where one participant has it.
    #[arg(long)]
    signer: String,
    /// The result.
    #[arg(long, value_enum)]
    outcome: SignerSays,
    /// A snag that is not agreed: `SNAG=REASON`, the snag by id, `UNIT#NUMBER` or number; may stand several times.
    #[arg(long, value_name = "SNAG=REASON")]
    refuse: Vec<String>,
    /// Why refused, in part, absent or not signed.
    #[arg(long)]
    reason: Option<String>,
    /// JSON of the strokes, `[[[x_ppm,y_ppm,t_ms,pressure_milli],…],…]`; `-` reads standard input.
    #[arg(long)]
    strokes: Option<PathBuf>,
    /// The level: 1 drawing, 2 one-time code (follows from `--code`), 3 the device key of the signer.
    #[arg(long, default_value_t = 1)]
    level: u8,
    /// The one-time code that the owner's page shows: level 2, once the hub has confirmed it.
    #[arg(long)]
    code: Option<String>,
    /// The notice that was shown, `id@version`; the profile's own notice on electronic signing if not given.
    #[arg(long)]
    notice: Option<String>,
    /// The witness of an absence or refusal: the participant's id, name or role.
    #[arg(long)]
    witness: Option<String>,
}

impl HandoverCommand {
    pub(super) fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        let field = &device.field;
        match self {
            Self::Precheck { unit, item, undone, remark } => {
                let unit = device.unit(unit)?;
                field.precheck(unit, item, !undone, remark.clone())?;
                shown(ctx, device, unit)
            }
            Self::Appoint { unit, at, escort, place } => {
                let unit = device.unit(unit)?;
                field.appoint(unit, device.instant(at)?, field.find_person(escort)?, place.clone())?;
                shown(ctx, device, unit)
            }
            Self::Notice { unit, method, tracking, document } => {
                let at = field.notice(device.unit(unit)?, method, tracking.clone(), *document)?;
                Ok(named(ctx, "notice", &event_name(at)))
            }
            Self::NoticeProof { unit, notice, arrived, by } => {
                let unit = device.unit(unit)?;
                field.notice_proof(unit, notice.0, device.instant(arrived)?, by)?;
                shown(ctx, device, unit)
            }
            Self::Start { unit } => {
                let unit = device.unit(unit)?;
                field.start(unit)?;
                shown(ctx, device, unit)
            }
            Self::Participant(joins) => {
                let new = joins.participant(device)?;
                let id = field.participant(device.unit(&joins.unit)?, new)?;
                Ok(named(ctx, "participant", &id))
            }
            Self::Answer { unit, line, answer, cause } => answer_line(ctx, device, unit, line, &[], *answer, cause),
            Self::Measure { unit, line, points, answer, cause } => {
                let excused = cause.snag.is_some() || cause.reason.is_some();
                let says = answer.unwrap_or(if excused { Says::NotFine } else { Says::Fine });
                answer_line(ctx, device, unit, line, points, says, cause)
            }
            Self::RestFine { unit, room } => {
                let unit = device.unit(unit)?;
                let lines = field.rest_fine(unit, room.as_deref())?;
                let open: Vec<_> = field.lines(unit, room.as_deref(), ctx.lang)?.into_iter().filter(|l| l.answer.is_none()).collect();
                let left: Vec<_> =
                    field.snag_lines(unit)?.into_iter().filter_map(|(key, number)| Some((open.iter().find(|l| l.key == key)?, number))).collect();
                let mut text = vec![ctx.words("cli-rest-fine", &[("count", lines.len().to_string())])];
                text.extend(
                    left.iter()
                        .map(|(line, number)| ctx.words("cli-rest-left", &[("line", text::line(ctx, device, unit, line)), ("number", number.to_string())])),
                );
                let left: Vec<_> = left.iter().map(|(line, number)| json!({ "line": line.key, "snag_number": number })).collect();
                Ok(Answer::one(&json!({ "lines": lines, "left": left }), text.join("\n")))
            }
            Self::Meter { unit, kind, number, reading, photo } => {
                let unit = device.unit(unit)?;
                field.meter(unit, kind, number, reading.0, photo.as_deref())?;
                shown(ctx, device, unit)
            }
            Self::Key { unit, kind, count, remark } => {
                let unit = device.unit(unit)?;
                field.keys_given(unit, kind, *count, remark.clone())?;
                shown(ctx, device, unit)
            }
            Self::Document { unit, kind, missing, remark } => {
                let unit = device.unit(unit)?;
                field.document_given(unit, kind, !missing, remark.clone())?;
                shown(ctx, device, unit)
            }
            Self::Part { unit, part, waive } => {
                let unit = device.unit(unit)?;
                field.part(unit, part, waive.is_none(), waive.clone())?;
                shown(ctx, device, unit)
            }
            Self::Ask { unit, text, answer, follow_up } => {
                let at = field.ask(device.unit(unit)?, text, answer.clone(), *follow_up)?;
                Ok(named(ctx, "question", &event_name(at)))
            }
            Self::Reply { unit, question, text } => {
                let unit = device.unit(unit)?;
                field.reply(unit, question.0, text)?;
                shown(ctx, device, unit)
            }
            Self::Dispute { unit, text } => {
                let unit = device.unit(unit)?;
                field.dispute(unit, text)?;
                shown(ctx, device, unit)
            }
            Self::Freeze { unit } => {
                let view = field.freeze(device.unit(unit)?, ctx.lang)?;
                let frozen = ctx.words("cli-frozen", &[("version", view.version.to_string()), ("digest", view.digest.to_string())]);
                let text = format!("{}\n\n{}\n\n{frozen}", view.words, text::missing(ctx, &view.missing));
                Ok(Answer::one(&view, text))
            }
            Self::Sign(sign) => sign.run(ctx, device),
            Self::Close { unit, remark } => {
                let unit = device.unit(unit)?;
                field.close(unit, remark.clone())?;
                shown(ctx, device, unit)
            }
            Self::Missing { unit } => {
                let missing = field.missing(device.unit(unit)?)?;
                Ok(Answer::rows(&missing, text::missing(ctx, &missing)))
            }
            Self::Show { unit } => shown(ctx, device, device.unit(unit)?),
        }
    }
}

fn shown(ctx: &Ctx, device: &Device, unit: Id) -> Result<Answer, Failure> {
    let view = device.field.handover(unit)?;
    Ok(Answer::one(&view, text::handover(ctx, device, &view)))
}

fn named(ctx: &Ctx, what: &str, id: &impl ToString) -> Answer {
    let mut value = serde_json::Map::new();
    value.insert(what.to_owned(), id.to_string().into());
    Answer::one(&value, ctx.words("cli-named", &[("what", ctx.words(&format!("cli-what-{what}"), &[])), ("id", id.to_string())]))
}

fn answer_line(ctx: &Ctx, device: &Device, unit: &str, line: &str, points: &[Milli], says: Says, cause: &Cause) -> Result<Answer, Failure> {
    #[derive(Serialize)]
    struct Answered<'a> {
        line: &'a str,
        #[serde(flatten)]
        answer: keyturn_core::model::value::LineAnswer,
        /// The number of an open snag that speaks against the answer.
        snag_here: Option<i64>,
    }
    let unit = device.unit(unit)?;
    let request = LineRequest {
        line: line.to_owned(),
        answer: says.answer(),
        points_milli: points.iter().map(|p| p.0).collect(),
        snag: cause.snag.as_deref().map(|words| device.snag(words)).transpose()?,
        reason: cause.reason.clone(),
        found: cause.found.clone(),
    };
    let answer = device.field.answer(unit, request)?;
    let lines = device.field.lines(unit, line.split('/').next(), ctx.lang)?;
    let named = lines.iter().find(|view| view.key == line).map_or_else(|| line.to_owned(), |view| text::line(ctx, device, unit, view));
    let mut text = text::answered(ctx, &named, &answer);
    let spoken = device.field.snag_lines(unit)?.into_iter().find(|(key, _)| key == line).map(|(_, number)| number);
    let snag_here = spoken.filter(|_| answer.answer == LineSays::Fine);
    if let Some(number) = snag_here {
        text = format!("{text}\n{}", ctx.words("cli-snag-here", &[("number", number.to_string())]));
    }
    Ok(Answer::one(&Answered { line, answer, snag_here }, text))
}

impl Sign {
    fn run(&self, ctx: &Ctx, device: &Device) -> Result<Answer, Failure> {
        let field = &device.field;
        let unit = device.unit(&self.unit)?;
        let mut answers = Vec::with_capacity(self.refuse.len());
        for refuse in &self.refuse {
            let (snag, reason) = refuse.split_once('=').ok_or_else(|| Failure::cannot("cli-refuse-form", &[("text", refuse.clone())]))?;
            let number = !snag.is_empty() && snag.bytes().all(|b| b.is_ascii_digit());
            let snag = if number { field.find_snag(Some(unit), snag)? } else { device.snag(snag)? };
            answers.push(SnagAnswer { snag, accepted: false, reason: Some(reason.to_owned()) });
        }
        let strokes: Vec<Stroke> = self.strokes.as_deref().map(json_from).transpose()?.unwrap_or_default();
        let notice = match &self.notice {
            Some(notice) => notice.clone(),
            None => profile_notice(device)?,
        };
        let request = SignRequest {
            record: self.record,
            signer: field.find_participant(unit, &self.signer)?,
            outcome: match self.outcome {
                SignerSays::Accepted => Outcome::Accepted,
                SignerSays::InPart => Outcome::InPart,
                SignerSays::Refused => Outcome::Refused,
                SignerSays::Absent => Outcome::Absent,
                SignerSays::NotSigned => Outcome::NotSigned,
                SignerSays::Attested => Outcome::Attested,
            },
            answers,
            reason: self.reason.clone(),
            strokes,
            level: self.level,
            code: self.code.clone(),
            notice,
            lang: ctx.lang,
            witness: self.witness.as_deref().map(|words| field.find_participant(unit, words)).transpose()?,
        };
        field.sign(unit, &request)?;
        shown(ctx, device, unit)
    }
}

/// The notice on electronic signing in force, as `id@version`.
fn profile_notice(device: &Device) -> Result<String, Failure> {
    const NOTICE: &str = "e_signature_notice";
    let text = device.field.profile().texts.get(NOTICE).ok_or_else(|| Failure::refused("field-not-found", &[("what", "notice".to_owned())]))?;
    Ok(format!("{}@{}", text.id, text.version))
}
