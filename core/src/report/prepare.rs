//! From the data of a document to what a template prints: the words of one language, times by their own clock, and only
//! characters the font has.

use super::{Document, glyphs};
use crate::{model::UtcMs, words::Lang};
use chrono::{Datelike, FixedOffset};
use serde_json::{Map, Value, json};

/// Longest run without a place to break that is printed as it is; longer ones may break anywhere.
const LONGEST_WORD: usize = 18;

/// Fields that are read by the template, not printed as they are.
const EXACT: [&str; 7] = ["digest", "head", "hub_key", "picture", "photo", "qr", "bundle"];

/// Words that are labels: their second language is printed small beside the first.
const LABELS: [&str; 3] = ["role", "name", "part"];

/// The document as the template sees it, and the characters that could not be written.
pub(super) fn prepare(doc: &Document, lang: Lang) -> Result<(Value, Vec<char>), serde_json::Error> {
    let mut missing = Vec::new();
    let value = walk(serde_json::to_value(doc)?, lang, false, &mut missing);
    Ok((value, missing))
}

fn walk(value: Value, lang: Lang, exact: bool, missing: &mut Vec<char>) -> Value {
    match value {
        Value::String(s) if exact => Value::String(s),
        Value::String(s) => Value::String(printable(&s, missing)),
        Value::Array(a) => Value::Array(a.into_iter().map(|v| walk(v, lang, exact, missing)).collect()),
        Value::Object(o) => {
            if let Some(words) = as_words(&o, lang) {
                return Value::String(printable(words, missing));
            }
            if let Some(moment) = as_moment(&o) {
                return moment;
            }
            let mut out = Map::new();
            for (key, value) in o {
                if let Some(aside) = value.as_object().filter(|_| LABELS.contains(&key.as_str())).and_then(|o| second_language(o, lang)) {
                    out.insert(format!("{key}_aside"), Value::String(printable(aside, missing)));
                }
                let exact = EXACT.contains(&key.as_str());
                out.insert(key, walk(value, lang, exact, missing));
            }
            Value::Object(out)
        }
        other => other,
    }
}

/// `Words` have exactly the fields `zh` and `en`.
fn as_words(o: &Map<String, Value>, lang: Lang) -> Option<&str> {
    let (zh, en) = (o.get("zh")?.as_str()?, o.get("en")?.as_str()?);
    let (first, second) = match lang {
        Lang::Zh => (zh, en),
        Lang::En => (en, zh),
    };
    (o.len() == 2).then_some(if first.is_empty() { second } else { first })
}

fn second_language(o: &Map<String, Value>, lang: Lang) -> Option<&str> {
    let other = if lang == Lang::Zh { Lang::En } else { Lang::Zh };
    let (first, second) = (as_words(o, lang)?, as_words(o, other)?);
    (first != second).then_some(second)
}

/// `Moment` has exactly the fields `at_ms` and `offset_min`.
fn as_moment(o: &Map<String, Value>) -> Option<Value> {
    let (at, offset_min) = (o.get("at_ms")?.as_i64()?, o.get("offset_min")?.as_i64()?);
    if o.len() != 2 {
        return None;
    }
    let offset_min = offset_min.clamp(-23 * 60, 23 * 60) as i32;
    let zone = FixedOffset::east_opt(offset_min * 60)?;
    let local = UtcMs(at).to_utc().with_timezone(&zone);
    Some(json!({
        "date": local.format("%Y-%m-%d").to_string(),
        "time": local.format("%H:%M:%S").to_string(),
        "minute": local.format("%H:%M").to_string(),
        "zone": local.format("%:z").to_string(),
        "weekday": local.weekday().num_days_from_monday(),
    }))
}

/// The text with a substitute for what the font has not, and places to break in very long words.
fn printable(text: &str, missing: &mut Vec<char>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        if glyphs::is_silent(c) {
            continue;
        }
        let c = match c {
            '\r' => continue,
            '\t' => ' ',
            c if glyphs::can_write(c) => c,
            c => {
                if !missing.contains(&c) {
                    missing.push(c);
                }
                glyphs::SUBSTITUTE
            }
        };
        if breaks(c) {
            run = 0;
        } else {
            run += 1;
            if run > LONGEST_WORD {
                out.push('\u{200b}');
                run = 1;
            }
        }
        out.push(c);
    }
    out
}

/// Whether a line may end around `c` anyhow: white space and everything from the CJK blocks on.
fn breaks(c: char) -> bool {
    c.is_whitespace() || c >= '\u{2e80}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_as_it_is_but_for_what_cannot_be_written() {
        let mut missing = Vec::new();
        assert_eq!(printable("#eval(\"1+1\") *x* $y$ 客厅", &mut missing), "#eval(\"1+1\") *x* $y$ 客厅");
        assert!(missing.is_empty());
        assert_eq!(printable("漏水😭😭𠮷\u{202e}", &mut missing), "漏水〓〓〓〓");
        assert_eq!(missing, vec!['😭', '𠮷', '\u{202e}']);
        assert_eq!(super::super::missing_glyphs("漏水😭\u{fe0f}😭𠮷"), vec!['😭', '𠮷']);
        let long = printable(&"w".repeat(60), &mut missing);
        assert_eq!(long.matches('\u{200b}').count(), 3);
        assert_eq!(long.replace('\u{200b}', ""), "w".repeat(60));
    }

    #[test]
    fn every_standard_character_and_sign_has_a_glyph() {
        let list: String = include_str!("fonts/characters.txt").lines().filter(|l| !l.starts_with('#')).collect();
        assert_eq!(list.chars().count(), 8105);
        assert_eq!(super::super::missing_glyphs(&list), Vec::<char>::new());
        let forms = "✓✕—○◔◑◕▢↑▣m²³±≤≥‰℃№×÷°μΩ①②③㎡〓□■●△▲※→←↓·…“”‘’《》〈〉「」『』【】〔〕、。，；：？！（）％＋－＝～￥¥€$§©®™½¼ÀÉÖÜßàéöüñçøåāēīōūǎěǐǒǔǚŁukasz Şahin Nguyễn Иван 陳靜怡 黃劉張 䶮";
        assert_eq!(super::super::missing_glyphs(forms), Vec::<char>::new());
    }
}
