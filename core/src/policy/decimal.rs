//! Decimal numbers of the domain: thousandths in an `i64`, so that 4.0 mm is the same on every device and no limit drifts.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A number with three decimals, in the unit that stands beside it (2.775 m is `Milli(2775)`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Milli(#[n(0)] pub i64);

/// The text is no decimal number with at most 9 digits before and 3 after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number with at most 9 digits before and 3 after the point")]
pub struct BadNumber;

impl Milli {
    /// One.
    pub const ONE: Self = Self(1000);

    /// A whole number.
    pub fn whole(n: i32) -> Self {
        Self(i64::from(n) * 1000)
    }

    /// The distance to `other`, without overflow.
    pub fn distance(self, other: Self) -> Self {
        Self(i64::try_from(self.0.abs_diff(other.0)).unwrap_or(i64::MAX))
    }

    /// With exactly `decimals` (at most 3) digits after the point, rounded half away from zero.
    pub fn to_fixed(self, decimals: usize) -> String {
        let step: i128 = [1000, 100, 10, 1][decimals.min(3)];
        let rounded = (i128::from(self.0).abs() + step / 2) / step;
        let scale = 1000 / step;
        let sign = if self.0 < 0 && rounded != 0 { "-" } else { "" };
        match decimals.min(3) {
            0 => format!("{sign}{rounded}"),
            width => format!("{sign}{}.{:0width$}", rounded / scale, rounded % scale),
        }
    }
}

impl FromStr for Milli {
    type Err = BadNumber;
    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 9 || !all_digits(whole) || !all_digits(fraction) {
            return Err(BadNumber);
        }
        if digits.ends_with('.') || fraction.trim_end_matches('0').len() > 3 {
            return Err(BadNumber);
        }
        let whole: i64 = whole.parse().map_err(|_| BadNumber)?;
        let thousandths: i64 = format!("{fraction:0<3}")[..3].parse().map_err(|_| BadNumber)?;
        let value = whole * 1000 + thousandths;
        Ok(Self(if negative { -value } else { value }))
    }
}

impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_fixed(3);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl fmt::Debug for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Milli {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Milli {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (text, value) in
            [("4", 4000), ("0.04", 40), ("-0.5", -500), ("+2.775", 2775), ("118.640", 118_640), ("1.5000", 1500), ("999999999.999", 999_999_999_999)]
        {
            assert_eq!(text.parse(), Ok(Milli(value)), "{text}");
        }
        for bad in ["", ".", "4.", ".5", "1e3", "NaN", "inf", "0.0001", "1,5", "１", " 1", "--1", "1234567890", "0x10", "1.2.3"] {
            assert_eq!(bad.parse::<Milli>(), Err(BadNumber), "{bad}");
        }
    }

    #[test]
    fn numbers_are_written_short() {
        assert_eq!(Milli(4000).to_string(), "4");
        assert_eq!(Milli(40).to_string(), "0.04");
        assert_eq!(Milli(-500).to_string(), "-0.5");
        assert_eq!(Milli(372).to_fixed(2), "0.37");
        assert_eq!(Milli(375).to_fixed(2), "0.38");
        assert_eq!(Milli(-4).to_fixed(2), "0.00");
        assert_eq!(Milli(1500).to_fixed(0), "2");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(n in -999_999_999_999_i64..=999_999_999_999) {
            prop_assert_eq!(Milli(n).to_string().parse(), Ok(Milli(n)));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = text.parse::<Milli>();
        }

        #[test]
        fn extremes_do_not_panic(a: i64, b: i64, decimals in 0_usize..6) {
            let _ = (Milli(a).distance(Milli(b)), Milli(a).to_fixed(decimals), Milli(b).to_string());
        }
    }
}
