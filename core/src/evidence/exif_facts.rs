//! The few EXIF fields that become facts of a photograph. EXIF is a claim of the camera: each field is checked for sense
//! and left out when it has none.

use super::shielded;
use crate::model::UtcMs;
use chrono::{NaiveDateTime, TimeDelta};
use exif::{Exif, In, Rational, Reader, Tag, Value};
use std::io::{BufRead, Seek};

/// The most of a camera's name that is kept, in characters.
const NAME_CHARS: usize = 64;

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ExifFacts {
    /// 1 to 8; `None` when not said.
    pub orientation: Option<u8>,
    pub taken_local: Option<String>,
    pub taken_offset_min: Option<i32>,
    pub taken_utc: Option<UtcMs>,
    pub camera_make: Option<String>,
    pub camera_model: Option<String>,
    /// Degrees north and east.
    pub position: Option<(f64, f64)>,
}

impl ExifFacts {
    /// From the TIFF block of a JPEG's EXIF segment.
    pub(super) fn of_tiff(block: Vec<u8>) -> Self {
        Self::read(|reader| reader.read_raw(block))
    }

    /// From a PNG, WebP or HEIC file.
    pub(super) fn of_container(file: &mut (impl BufRead + Seek)) -> Self {
        Self::read(|reader| reader.read_from_container(file))
    }

    fn read(read: impl FnOnce(&Reader) -> Result<Exif, exif::Error>) -> Self {
        // Damaged or odd blocks are common; what can be read of them is taken.
        let exif = shielded(|| {
            let mut reader = Reader::new();
            reader.continue_on_error(true);
            read(&reader).or_else(|error| error.distill_partial_result(|_| {})).ok()
        });
        exif.flatten().map(|exif| Self::of(&exif)).unwrap_or_default()
    }

    fn of(exif: &Exif) -> Self {
        let times = [
            (Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal),
            (Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized),
            (Tag::DateTime, Tag::SubSecTime, Tag::OffsetTime),
        ];
        let taken = times.into_iter().find_map(|(time, fraction, offset)| {
            let local = local_time(&text(exif, time)?)?;
            let ms = text(exif, fraction).and_then(|digits| milliseconds(&digits));
            let offset_min = text(exif, offset).or_else(|| text(exif, Tag::OffsetTime)).and_then(|offset| offset_minutes(&offset));
            Some((local, ms, offset_min))
        });
        let (taken_local, taken_offset_min, taken_utc) = match taken {
            None => (None, None, None),
            Some((local, ms, offset_min)) => {
                let written = match ms {
                    Some(ms) => format!("{}.{ms:03}", local.format("%Y-%m-%dT%H:%M:%S")),
                    None => local.format("%Y-%m-%dT%H:%M:%S").to_string(),
                };
                let utc = offset_min.and_then(|minutes| {
                    let utc = local.checked_sub_signed(TimeDelta::minutes(i64::from(minutes)))?;
                    Some(UtcMs(utc.and_utc().timestamp_millis() + i64::from(ms.unwrap_or(0))))
                });
                (Some(written), offset_min, utc)
            }
        };
        let orientation = exif.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0));
        Self {
            orientation: orientation.and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value)),
            taken_local,
            taken_offset_min,
            taken_utc,
            camera_make: text(exif, Tag::Make),
            camera_model: text(exif, Tag::Model),
            position: position(exif),
        }
    }
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let Value::Ascii(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let words = String::from_utf8_lossy(parts.first()?);
    let clean: String = words.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
    Some(clean.trim().to_owned()).filter(|clean| !clean.is_empty())
}

fn local_time(words: &str) -> Option<NaiveDateTime> {
    // The standard's form, and the one some editors write.
    ["%Y:%m:%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"].iter().find_map(|form| NaiveDateTime::parse_from_str(words, form).ok())
}

fn milliseconds(digits: &str) -> Option<u32> {
    let three: String = digits.chars().chain("00".chars()).take(3).collect();
    three.bytes().all(|b| b.is_ascii_digit()).then(|| three.parse().ok()).flatten()
}

/// `+08:00` as minutes; no place on Earth is more than 14 hours from UTC.
fn offset_minutes(words: &str) -> Option<i32> {
    if words == "Z" {
        return Some(0);
    }
    let (sign, rest) = match words.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let total = i32::from(hours) * 60 + i32::from(minutes);
    (minutes < 60 && total <= 14 * 60).then_some(sign * total)
}

fn position(exif: &Exif) -> Option<(f64, f64)> {
    let degrees = |value: Tag, side: Tag, positive: &str, negative: &str, limit: f64| {
        let Value::Rational(parts) = &exif.get_field(value, In::PRIMARY)?.value else { return None };
        let [degrees, minutes, seconds] = parts.get(..3)? else { return None };
        let number = |part: &Rational| (part.denom != 0).then(|| f64::from(part.num) / f64::from(part.denom));
        // Cameras write 0/0 for a part they do not use.
        let total = number(degrees)? + number(minutes).unwrap_or(0.0) / 60.0 + number(seconds).unwrap_or(0.0) / 3600.0;
        let side = text(exif, side)?;
        let total = if side == positive {
            total
        } else if side == negative {
            -total
        } else {
            return None;
        };
        (total.abs() <= limit).then_some(total)
    };
    let north = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, "N", "S", 90.0)?;
    let east = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, "E", "W", 180.0)?;
    // 0° 0° is what a camera without a fix writes.
    (north != 0.0 || east != 0.0).then_some((north, east))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_and_nonsense_is_not() {
        assert_eq!(offset_minutes("+08:00"), Some(480));
        assert_eq!(offset_minutes("-03:30"), Some(-210));
        assert_eq!(offset_minutes("Z"), Some(0));
        for bad in ["", "   :  ", "+8", "+15:00", "+08:60", "08:00", "é"] {
            assert_eq!(offset_minutes(bad), None, "{bad}");
        }
    }

    #[test]
    fn fractions_of_a_second_are_milliseconds() {
        assert_eq!(milliseconds("5"), Some(500));
        assert_eq!(milliseconds("123456"), Some(123));
        assert_eq!(milliseconds("1x"), None);
    }
}
