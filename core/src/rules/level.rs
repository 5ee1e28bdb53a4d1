//! The level a signature reached, and by whose word (S1-20; law: E, Art. 13): 1 a drawing under a sealed record, 2 and a one-time code, 3 a key of
//! the signer alone. What a signature claims is not yet what it reached: a code counts once the hub has confirmed it, a key only when it is the
//! signer's own.

use crate::{
    log::{
        EventRef,
        fold::{Aggregate, Entry},
    },
    model::{
        Digest, Id, Value,
        act::{Act, CodeCheck, CodeVerdict, Signature},
    },
    rules::{HUB_ROLE, Refusal},
    words::{Lang, tr},
};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

/// Digits of a one-time code: as many as banks and telephone companies send, and people can read out.
pub const CODE_DIGITS: usize = 6;

/// What the level rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "word", content = "verdict")]
pub enum LevelWord {
    /// Strokes on the device, or a witness.
    Drawing,
    /// A code was given, and the hub has not checked it yet.
    CodeUnchecked,
    /// The hub confirmed the code.
    Code,
    /// A bundle tells of the hub's confirmation without the hub's seal: only its maker's word.
    CodeOnWord,
    /// The hub checked the code and did not confirm it.
    CodeFailed(CodeVerdict),
    /// The key of the device is certified for the signer.
    OwnKey,
    /// A key was claimed that is somebody else's.
    KeyNotOwn,
}

/// The level reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// 1, 2 or 3.
    pub level: u8,
    /// By whose word.
    #[serde(flatten)]
    pub word: LevelWord,
}

impl Reached {
    /// In words; empty for a plain drawing.
    pub fn note(self, lang: Lang) -> String {
        let key = match self.word {
            LevelWord::Drawing => return String::new(),
            LevelWord::CodeUnchecked => "level-code-unchecked",
            LevelWord::Code => "level-code-confirmed",
            LevelWord::CodeOnWord => "level-code-on-word",
            LevelWord::CodeFailed(verdict) => return tr(lang, &format!("level-code-{}", verdict.name()), &[]),
            LevelWord::OwnKey => "level-own-key",
            LevelWord::KeyNotOwn => "level-key-not-own",
        };
        tr(lang, key, &[])
    }
}

/// A code as it was typed: digits, perhaps with spaces between.
///
/// # Errors
/// When it is no code.
pub fn read_code(typed: &str) -> Result<String, Refusal> {
    let code: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = code.len() == CODE_DIGITS && code.bytes().all(|b| b.is_ascii_digit());
    if digits { Ok(code) } else { Err(Refusal::with("rule-sign-code-form", "digits", CODE_DIGITS.to_string())) }
}

/// HMAC-SHA-256 with the code as key over the frozen record's digest and the signer's id. Six digits are few: whoever has this can find the code,
/// which by then has signed and is worth nothing.
pub fn code_proof(code: &str, record: Digest, signer: Id) -> Digest {
    mac(code.as_bytes(), &[&record.0, &signer.0])
}

/// HMAC-SHA-256 over these parts, one after the other.
pub fn mac(key: &[u8], parts: &[&[u8]]) -> Digest {
    // A key of any length is right for HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Digest::default() };
    parts.iter().for_each(|part| mac.update(part));
    Digest(mac.finalize().into_bytes().into())
}

/// The level that a signature reached. `actor` is whose certified key sealed it, `person` who the signer is, `verdicts` the hub's words on its code.
pub fn reached(signature: &Signature, actor: Id, person: Option<Id>, verdicts: impl IntoIterator<Item = CodeVerdict>) -> Reached {
    let (level, word) = match (signature.level, signature.code) {
        (2, Some(_)) => {
            let verdicts: Vec<CodeVerdict> = verdicts.into_iter().collect();
            match verdicts.last() {
                _ if verdicts.contains(&CodeVerdict::Confirmed) => (2, LevelWord::Code),
                Some(verdict) => (1, LevelWord::CodeFailed(*verdict)),
                None => (1, LevelWord::CodeUnchecked),
            }
        }
        (3, _) if person == Some(actor) => (3, LevelWord::OwnKey),
        (3, _) => (1, LevelWord::KeyNotOwn),
        _ => (1, LevelWord::Drawing),
    };
    Reached { level, word }
}

/// Who a participant of a handover is.
pub fn person_of(handover: &Aggregate, participant: Id) -> Option<Id> {
    match handover.get(&format!("participant:{participant}")) {
        Some(Value::Participant(p)) => Some(p.person),
        _ => None,
    }
}

/// The hub's words on the code of the signature in this event.
pub fn checks_of(handover: &Aggregate, at: EventRef) -> impl Iterator<Item = &CodeCheck> {
    handover.done().filter(|e| e.origin.role == HUB_ROLE).filter_map(move |e| match &e.act {
        Act::CodeChecked(check) if check.signature == at => Some(check),
        _ => None,
    })
}

/// The chains that confirmed the code of the signature in this event.
pub fn confirmed_by(handover: &Aggregate, at: EventRef) -> impl Iterator<Item = Id> {
    handover.done().filter(|e| e.origin.role == HUB_ROLE).filter_map(move |e| match &e.act {
        Act::CodeChecked(check) if check.signature == at && check.verdict == CodeVerdict::Confirmed => Some(e.origin.at().device),
        _ => None,
    })
}

/// The level that a signature of this handover reached, as far as is known here.
pub fn reached_in(handover: &Aggregate, entry: &Entry, signature: &Signature) -> Reached {
    let verdicts = checks_of(handover, entry.origin.at()).map(|check| check.verdict);
    reached(signature, entry.origin.actor, person_of(handover, signature.signer), verdicts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_however_it_is_typed() {
        assert_eq!(read_code("012 345").unwrap(), "012345");
        for wrong in ["", "12345", "1234567", "12345a", "１２３４５６", "-12345"] {
            assert_eq!(read_code(wrong).unwrap_err().key, "rule-sign-code-form", "{wrong}");
        }
    }

    #[test]
    fn the_proof_is_hmac_sha_256_and_binds_code_record_and_signer() {
        // RFC 4231, test case 2.
        assert_eq!(mac(b"Jefe", &[b"what do ya want ", b"for nothing?"]).to_string(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let (record, signer) = (Digest::of(b"r"), Id([1; 16]));
        let proof = code_proof("123456", record, signer);
        for other in [code_proof("123457", record, signer), code_proof("123456", Digest::of(b"s"), signer), code_proof("123456", record, Id([2; 16]))] {
            assert_ne!(proof, other);
        }
    }

    // S1-20
    #[test]
    fn a_level_is_what_was_proved_not_what_was_claimed() {
        let mut signature = Signature {
            record: Digest::of(b"r"),
            version: 1,
            signer: Id([3; 16]),
            role: "owner".into(),
            outcome: crate::model::act::Outcome::Accepted,
            answers: Vec::new(),
            reason: None,
            strokes: None,
            level: 2,
            notice: String::new(),
            words: Digest::of(b"w"),
            witness: None,
            code: Some(Digest::of(b"c")),
        };
        use CodeVerdict::*;
        let at = |s: &Signature, actor, verdicts: &[CodeVerdict]| reached(s, Id([actor; 16]), Some(Id([7; 16])), verdicts.iter().copied()).level;
        assert_eq!((at(&signature, 9, &[]), at(&signature, 9, &[Confirmed])), (1, 2));
        for verdict in [Wrong, NoCode, Used, Spent, ClockWrong] {
            assert_eq!(at(&signature, 9, &[verdict]), 1, "{verdict:?}");
        }
        // A hub that lost its codes with a backup does not take back what was confirmed.
        assert_eq!(at(&signature, 9, &[Confirmed, NoCode]), 2);
        signature.code = None;
        assert_eq!(at(&signature, 9, &[Confirmed]), 1);
        signature.level = 3;
        assert_eq!((at(&signature, 7, &[]), at(&signature, 9, &[])), (3, 1));
    }
}
