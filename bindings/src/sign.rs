//! The owner's turn: the frozen record that is shown, and the signature under it.

use crate::{
    store::{FieldStore, Result},
    sync::runtime,
    types::{Id, Lang, Sha256, SignOutcome, SnagAnswer, StrokePoint, UtcMs, Words},
};
use keyturn_core::{
    field,
    sync::{SyncOptions, Syncer, protocol::CodeRequest},
};

/// A record frozen for signing: what the screen shows, and what the signature names.
#[derive(Clone, Debug, uniffi::Record)]
pub struct FrozenView {
    /// What the signature names.
    pub digest: Sha256,
    /// The digest in groups of four, to be read out.
    pub digest_grouped: String,
    /// Version, from 1.
    pub version: u32,
    /// The words above the signature, in the language asked for: their digest is signed too.
    pub words: String,
    /// Lines in it.
    pub lines: u32,
    /// The snags in it, in order.
    pub snags: Vec<FrozenSnagView>,
    /// Photos in it.
    pub photos: u32,
    /// The notice on electronic signing that is shown, `id@version`.
    pub notice: String,
    /// Its words.
    pub notice_words: Words,
    /// What the signature means.
    pub means: Words,
    /// What it does not mean.
    pub means_not: Words,
    /// Level that the owner's side must reach: 1 drawing, 2 one-time code, 3 own key.
    pub level_required: u8,
    /// Who can sign: owners, their representatives, the escort, witnesses and others who take part.
    pub signers: Vec<SignerView>,
    /// What the handover still lacks, in words: told before anybody signs.
    pub missing: Vec<Words>,
}

/// Somebody who can sign a record.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SignerView {
    /// The participant: what [`SignRequest::signer`] and [`SignRequest::witness`] name.
    pub participant: Id,
    /// Role id.
    pub role: String,
    /// The role in words.
    pub role_name: Words,
    /// The name, where this device may read it.
    pub name: Option<String>,
    /// Signs on the owner's side: accepts, accepts in part or refuses. Others attest.
    pub owner_side: bool,
    /// Level that this side must reach: 1 drawing, 2 one-time code, 3 own key.
    pub level_required: u8,
    /// The level with which this version of the record was signed; none yet.
    pub signed_level: Option<u8>,
    /// No identity check is recorded; whoever signs needs one.
    pub identity_missing: bool,
    /// A representative's mandate is not recorded, though the rules ask for it.
    pub mandate_missing: bool,
}

/// A snag in a frozen record.
#[derive(Clone, Debug, uniffi::Record)]
pub struct FrozenSnagView {
    /// The snag: what an answer names.
    pub snag: Id,
    /// Its number.
    pub number: i64,
    /// The room.
    pub room_name: Words,
    /// The element.
    pub element_name: Words,
    /// The defect.
    pub defect_name: Words,
    /// The severity.
    pub severity_name: Words,
    /// The owner's words.
    pub owner_text: String,
    /// The inspector's finding.
    pub finding: String,
    /// Agreed due date.
    pub due_on: Option<String>,
    /// Its photos.
    pub photos: Vec<Sha256>,
}

/// Somebody signs.
#[derive(Clone, Debug, uniffi::Record)]
pub struct SignRequest {
    /// The digest that was on the screen.
    pub record: Sha256,
    /// Who signs: a participant.
    pub signer: Id,
    /// The result.
    pub outcome: SignOutcome,
    /// Per snag; snags not named count as agreed when accepted in part.
    #[uniffi(default = [])]
    pub answers: Vec<SnagAnswer>,
    /// Why not, or why absent.
    #[uniffi(default = None)]
    pub reason: Option<String>,
    /// The strokes; none when the owner is absent or does not sign.
    #[uniffi(default = [])]
    pub strokes: Vec<Vec<StrokePoint>>,
    /// The level claimed; a code makes it 2, whatever stands here.
    #[uniffi(default = 1)]
    pub level: u8,
    /// The one-time code that the signer was given, as typed.
    #[uniffi(default = None)]
    pub code: Option<String>,
    /// The version of the notice that was shown.
    pub notice: String,
    /// The language of the words on the screen.
    pub lang: Lang,
    /// The witness of an absence or refusal: a participant.
    #[uniffi(default = None)]
    pub witness: Option<Id>,
}

/// The text of the profile that is shown above a signature.
const NOTICE: &str = "e_signature_notice";

#[uniffi::export]
impl FieldStore {
    /// Freezes the record as it stands; the same version again when nothing has changed since.
    pub fn freeze(&self, unit: Id, lang: Lang) -> Result<FrozenView> {
        let core = self.core()?;
        let view = core.freeze(unit, lang)?;
        let record = core.frozen_record(field::handover_id(unit), view.digest)?.ok_or(field::FieldError::NotFound("record"))?;
        let profile = core.profile_at(unit)?;
        let taxonomy = &profile.taxonomy;
        let snags = record.snags.iter().map(|snag| {
            let room = record.rooms.iter().find(|(key, ..)| *key == snag.room);
            FrozenSnagView {
                snag: snag.id,
                number: snag.number,
                room_name: room.map_or_else(|| Words::named(&taxonomy.spaces, &snag.room), |(_, zh, en)| Words { zh: zh.clone(), en: en.clone() }),
                element_name: Words::named(&taxonomy.elements, &snag.element),
                defect_name: Words::named(&taxonomy.defects, &snag.defect),
                severity_name: Words::named(&taxonomy.severities, &snag.severity),
                owner_text: snag.owner_text.clone(),
                finding: snag.finding.clone(),
                due_on: snag.due_on.clone(),
                photos: snag.photos.clone(),
            }
        });
        let notice = self.notice(NOTICE)?;
        let handover = core.handover(unit)?;
        let (walk, signature) = (&profile.handover.walkthrough, &profile.handover.signature);
        let signers = handover.participants.into_iter().map(|p| {
            let owner_side = walk.owner_side.value.contains(&p.role);
            let signed = handover.signatures.iter().filter(|s| s.signer == p.id && s.record == view.digest);
            SignerView {
                participant: p.id,
                role_name: Words::named(&profile.roles.list, &p.role),
                name: p.name,
                owner_side,
                level_required: signature.required_of(if owner_side { "owner" } else { &p.role }),
                signed_level: signed.map(|s| s.reached.level).max(),
                identity_missing: p.identity_check.is_none(),
                mandate_missing: walk.mandate_required.value.contains(&p.role) && p.mandate.is_none(),
                role: p.role,
            }
        });
        Ok(FrozenView {
            signers: signers.collect(),
            missing: view.missing.iter().map(|m| Words { zh: m.zh.clone(), en: m.en.clone() }).collect(),
            digest: view.digest,
            digest_grouped: view.digest.grouped(),
            version: view.version,
            lines: u32::try_from(view.lines).unwrap_or(u32::MAX),
            photos: u32::try_from(view.photos).unwrap_or(u32::MAX),
            snags: snags.collect(),
            words: view.words,
            notice: notice.version,
            notice_words: notice.words,
            means: Words::of("sign-words-means", &[]),
            means_not: Words::of("sign-words-not", &[]),
            level_required: profile.handover.signature.required_of("owner"),
        })
    }

    /// Asks the hub to bring a signer a one-time code, where a level asks for one; until when it signs, by the hub's clock. The code reaches only
    /// the person; what is typed of it goes into [`SignRequest::code`] and is checked by the hub, whose word then stands in
    /// [`crate::SignatureView::level_note`]. Needs the hub, waits on the caller's thread; a code fetched beforehand signs without a network.
    pub fn request_code(&self, unit: Id, signer: Id, fresh: bool) -> Result<UtcMs> {
        let request = CodeRequest { unit, signer, fresh };
        Ok(runtime()?.block_on(Syncer::new(self.core()?, SyncOptions::default()).ask_code(&request))?)
    }

    /// Signs a frozen record: the signature and the seal over it are durable together when this returns. Refused when the record has changed
    /// since it was shown.
    pub fn sign(&self, unit: Id, request: SignRequest) -> Result<()> {
        let SignRequest { record, signer, outcome, answers, reason, strokes, level, code, notice, lang, witness } = request;
        Ok(self.core()?.sign(unit, &field::SignRequest { record, signer, outcome, answers, reason, strokes, level, code, notice, lang, witness })?)
    }
}
