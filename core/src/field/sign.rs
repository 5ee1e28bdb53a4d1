//! Signing (S1-20; law: E, Art. 13): freeze what is shown, bind the strokes to its digest, seal the chain.

use super::{FieldStore, Result, handover::participants_of, handover_id};
use crate::{
    log::{
        Chain,
        seal::{SealClaim, SealPurpose, seal},
    },
    model::{
        Digest, Id, UtcMs,
        act::{Act, Outcome, Signature, SnagAnswer, Stroke},
        body::Body,
    },
    rules::{
        Refusal,
        level::{code_proof, read_code},
    },
    words::Lang,
};
use serde::Serialize;

/// A record frozen for signing.
#[derive(Clone, Debug, Serialize)]
pub struct FrozenView {
    /// What the signature names.
    pub digest: Digest,
    /// Version, from 1.
    pub version: u32,
    /// The words on the screen.
    pub words: String,
    /// Lines, snags and photos in it.
    pub lines: usize,
    /// Snags in it.
    pub snags: usize,
    /// Photos in it.
    pub photos: usize,
    /// What the handover still lacks: told before anybody signs.
    pub missing: Vec<super::MissingView>,
}

/// Somebody signs.
#[derive(Clone, Debug)]
pub struct SignRequest {
    /// The digest that was on the screen.
    pub record: Digest,
    /// Who signs: a participant.
    pub signer: Id,
    /// The result.
    pub outcome: Outcome,
    /// Per snag; snags not named count as agreed when accepted in part.
    pub answers: Vec<SnagAnswer>,
    /// Why not, or why absent.
    pub reason: Option<String>,
    /// The strokes; none when the owner is absent or does not sign.
    pub strokes: Vec<Stroke>,
    /// The level claimed. A code makes it 2, whatever stands here.
    pub level: u8,
    /// The one-time code that the signer was given, as typed.
    pub code: Option<String>,
    /// The version of the notice that was shown.
    pub notice: String,
    /// The language of the words on the screen.
    pub lang: Lang,
    /// The witness of an absence or refusal: a participant.
    pub witness: Option<Id>,
}

impl FieldStore {
    /// Freezes the record as it stands; the same version again when nothing has changed since.
    ///
    /// # Errors
    /// When there is no handover or the role may not.
    pub fn freeze(&self, unit: Id, lang: Lang) -> Result<FrozenView> {
        let handover = self.need(handover_id(unit), "handover")?;
        let mut record = self.current_record(&handover)?;
        let last = handover.frozen().max_by_key(|(version, ..)| *version).map(|(version, digest, _)| (version, digest));
        if let Some((_, digest)) = last
            && let Some(held) = self.frozen_record(handover.id, digest)?
            && held.content_digest() == record.content_digest()
        {
            record = held;
        } else {
            record.version = last.map_or(0, |(version, _)| version) + 1;
            record.frozen = self.now();
            self.act(|act| act.append(handover.id, &Body::Act(Act::Freeze(record.version, record.bytes()))).map(|_| ()))?;
        }
        Ok(FrozenView {
            digest: record.digest(),
            version: record.version,
            words: record.words(self.profile_of(&handover), lang),
            lines: record.lines.len(),
            snags: record.snags.len(),
            photos: record.photos().len(),
            missing: self.missing(unit)?,
        })
    }

    /// Signs a frozen record. Refused when the record has changed since it was shown.
    ///
    /// # Errors
    /// What is missing, or that the record changed.
    pub fn sign(&self, unit: Id, request: &SignRequest) -> Result<()> {
        let handover = self.need(handover_id(unit), "handover")?;
        let Some(shown) = self.frozen_record(handover.id, request.record)? else { return Err(Refusal::plain("rule-sign-record").into()) };
        if shown.content_digest() != self.current_record(&handover)?.content_digest() {
            return Err(Refusal::plain("rule-sign-record").into());
        }
        let participants = participants_of(&handover);
        let Some((_, signer)) = participants.iter().find(|(id, _)| *id == request.signer) else {
            return Err(super::FieldError::NotFound("participant"));
        };
        if request.witness.is_some_and(|witness| !participants.iter().any(|(id, _)| *id == witness)) {
            return Err(super::FieldError::NotFound("participant"));
        }
        if let Some(unknown) = request.answers.iter().find(|a| !shown.snags.iter().any(|s| s.id == a.snag)) {
            return Err(Refusal::with("rule-sign-snag", "snag", unknown.snag.to_string()).into());
        }
        let code = request.code.as_deref().map(read_code).transpose()?;
        let level = if code.is_some() { 2 } else { request.level };
        if level == 3 && signer.person != self.certificate()?.person {
            return Err(Refusal::plain("rule-sign-own-key").into());
        }
        let words = Digest::of(shown.words(self.profile_of(&handover), request.lang).as_bytes());
        self.act(|act| {
            let strokes = if request.strokes.is_empty() {
                None
            } else {
                let plain = minicbor::to_vec(&request.strokes).unwrap_or_default();
                Some(act.person_key(signer.person)?.seal(signer.person, &plain))
            };
            let signature = Signature {
                record: request.record,
                version: shown.version,
                signer: request.signer,
                role: signer.role.clone(),
                outcome: request.outcome,
                answers: request.answers.clone(),
                reason: request.reason.clone(),
                strokes,
                level,
                code: code.as_ref().map(|code| code_proof(code, request.record, request.signer)),
                notice: request.notice.clone(),
                words,
                witness: request.witness,
            };
            act.append(handover.id, &Body::Act(Act::Sign(Box::new(signature))))?;
            // One durable act: a signature never stands without the seal over it.
            act.wrote.seal(|chain, at| self.sealed(SealPurpose::SignOff, chain, at))
        })
    }

    fn sealed(&self, purpose: SealPurpose, chain: Chain, at: UtcMs) -> Result<Vec<u8>> {
        Ok(seal(&SealClaim { device: self.device(), chain, at, purpose }, &*self.key)?)
    }

    /// Seals the own chain as it stands and keeps the seal.
    pub(crate) fn seal_now(&self, purpose: SealPurpose) -> Result<Vec<u8>> {
        let chain = self.store.chain().ok_or(super::FieldError::NotEnrolled)?;
        let bytes = self.sealed(purpose, chain, self.now())?;
        self.store.keep_seal(chain.seq, &bytes)?;
        Ok(bytes)
    }
}
