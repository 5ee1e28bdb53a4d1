//! Where a value comes from. Every value of the policy data carries an [`Origin`]; one from law also carries how sure
//! we are of it (law.md, "Certainty marks").

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// How sure a value of law is. Only [`Self::Verified`] and [`Self::Secondary`] bind anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Certainty {
    /// `V`: read in a stored full text of the article.
    Verified,
    /// `S`: stated in a secondary public text.
    Secondary,
    /// `R`: from memory only; a draft.
    Remembered,
    /// `?`: sources disagree or it is doubted; a draft.
    Doubtful,
}

impl Certainty {
    /// Whether a value of this mark can fail an inspection. A draft is recorded and shown, never judged.
    pub fn binds(self) -> bool {
        matches!(self, Self::Verified | Self::Secondary)
    }

    /// The mark as law.md writes it.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Verified => "V",
            Self::Secondary => "S",
            Self::Remembered => "R",
            Self::Doubtful => "?",
        }
    }
}

impl FromStr for Certainty {
    type Err = BadOrigin;
    fn from_str(s: &str) -> Result<Self, BadOrigin> {
        match s {
            "V" => Ok(Self::Verified),
            "S" => Ok(Self::Secondary),
            "R" => Ok(Self::Remembered),
            "?" => Ok(Self::Doubtful),
            _ => Err(BadOrigin),
        }
    }
}

/// Where a value comes from. Written `seed:S2-11`, `seed:S0-46,S2-18`, `law:M-01 (S)`, `contract`, `product_default`.
///
/// The reference of a law is a row or section of law.md (`M-01`, `W-02`, `B-4`, `C-1`), or for the sections on one act the
/// section and the article (`D-17` = PIPL 17, `E-13` = Electronic Signature Law 13, `F-1259` = Civil Code 1259).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Rows of requirements.md.
    Seed(Vec<String>),
    /// Rows of law.md with their certainty.
    Law(Vec<String>, Certainty),
    /// The contract of the unit.
    Contract,
    /// Ours; no source gives it. Screens say so.
    ProductDefault,
}

/// The text is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin is `seed:S0-00`, `law:M-00 (V|S|R|?)`, `contract` or `product_default`")]
pub struct BadOrigin;

impl Origin {
    /// The certainty of a value of law.
    pub fn certainty(&self) -> Option<Certainty> {
        match self {
            Self::Law(_, certainty) => Some(*certainty),
            _ => None,
        }
    }

    /// Whether the value may bind anyone; only a draft of law may not.
    pub fn binds(&self) -> bool {
        self.certainty().is_none_or(Certainty::binds)
    }
}

fn is_reference(text: &str, head: fn(&str) -> bool, max_digits: usize) -> bool {
    text.split_once('-')
        .is_some_and(|(letters, digits)| head(letters) && (1..=max_digits).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn references(text: &str, ok: impl Fn(&str) -> bool) -> Result<Vec<String>, BadOrigin> {
    let refs: Vec<String> = text.split(',').map(|r| r.trim().to_owned()).collect();
    if refs.iter().all(|r| ok(r)) { Ok(refs) } else { Err(BadOrigin) }
}

impl FromStr for Origin {
    type Err = BadOrigin;
    fn from_str(s: &str) -> Result<Self, BadOrigin> {
        if let Some(refs) = s.strip_prefix("seed:") {
            let seed = |h: &str| h.len() == 2 && h.starts_with('S') && h.ends_with(|c: char| ('0'..='4').contains(&c));
            return Ok(Self::Seed(references(refs, |r| is_reference(r, seed, 3))?));
        }
        if let Some(law) = s.strip_prefix("law:") {
            let (refs, mark) = law.strip_suffix(')').and_then(|l| l.split_once(" (")).ok_or(BadOrigin)?;
            let section = |h: &str| h.len() == 1 && h.starts_with(|c: char| matches!(c, 'A'..='G' | 'M' | 'W'));
            return Ok(Self::Law(references(refs, |r| is_reference(r, section, 4))?, mark.parse()?));
        }
        match s {
            "contract" => Ok(Self::Contract),
            "product_default" => Ok(Self::ProductDefault),
            _ => Err(BadOrigin),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(refs) => write!(f, "seed:{}", refs.join(",")),
            Self::Law(refs, certainty) => write!(f, "law:{} ({})", refs.join(","), certainty.mark()),
            Self::Contract => f.write_str("contract"),
            Self::ProductDefault => f.write_str("product_default"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// A single value with its origin: `{ value = 30, origin = "product_default" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_and_written_alike() {
        for good in ["seed:S2-11", "seed:S0-46,S2-18", "seed:S4-117", "law:M-01 (S)", "law:F-1259 (V)", "law:M-21 (?)", "contract", "product_default"] {
            assert_eq!(good.parse::<Origin>().unwrap().to_string(), good);
        }
        for bad in ["", "seed:", "seed:S5-01", "seed:S2", "law:M-01", "law:M-01 (X)", "law:M-01(S)", "law:Z-01 (S)", "law: (S)", "Contract", "seed:S2-1234"] {
            assert_eq!(bad.parse::<Origin>(), Err(BadOrigin), "{bad}");
        }
    }

    #[test]
    fn only_drafts_of_law_do_not_bind() {
        assert!("law:B-4 (S)".parse::<Origin>().unwrap().binds());
        assert!(!"law:M-09 (R)".parse::<Origin>().unwrap().binds());
        assert!(!"law:M-33 (?)".parse::<Origin>().unwrap().binds());
        assert!("product_default".parse::<Origin>().unwrap().binds());
    }
}
