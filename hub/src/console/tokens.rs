//! The look's one source, `design/tokens.json`, as CSS custom properties and as the names of states.

use keyturn_core::words::Lang;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt::Write as _, sync::OnceLock};

/// The tokens as they stand in the repository.
const SOURCE: &str = include_str!("../../../design/tokens.json");

/// A state or proof level: its colour and its two names.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    /// Name of a colour of the palette.
    pub colour: String,
    zh: String,
    en: String,
}

impl Named {
    /// The name in `lang`.
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// What the pages need of the tokens.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Tokens {
    colour: BTreeMap<String, BTreeMap<String, String>>,
    state: BTreeMap<String, Named>,
    proof: BTreeMap<String, Named>,
    radius_dp: BTreeMap<String, u32>,
    touch_dp: BTreeMap<String, u32>,
    motion_ms: BTreeMap<String, u32>,
}

/// The tokens, read once. A test proves that the file in the repository parses, so the empty default is never seen.
pub fn tokens() -> &'static Tokens {
    static CELL: OnceLock<Tokens> = OnceLock::new();
    CELL.get_or_init(|| serde_json::from_str(SOURCE).unwrap_or_default())
}

impl Tokens {
    /// The state or proof level `key`, such as `in_work` or `safe`.
    pub fn named(&self, key: &str) -> Option<&Named> {
        self.state.get(key).or_else(|| self.proof.get(key))
    }

    /// The style sheet of custom properties: light, and dark where the reader's system asks for it.
    pub fn css(&self) -> String {
        let mut out = String::from(":root{color-scheme:light dark;");
        self.palette("light", &mut out);
        for (prefix, unit, map) in [("radius", "px", &self.radius_dp), ("touch", "px", &self.touch_dp), ("motion", "ms", &self.motion_ms)] {
            for (name, value) in map {
                let _ = write!(out, "--{prefix}_{name}:{value}{unit};");
            }
        }
        out.push_str("}\n@media(prefers-color-scheme:dark){:root{");
        self.palette("dark", &mut out);
        out.push_str("}}\n");
        for name in self.colour.get("light").into_iter().flat_map(BTreeMap::keys) {
            let _ = write!(out, ".c-{name}{{color:var(--{name})}}");
        }
        out.push('\n');
        out
    }

    fn palette(&self, which: &str, out: &mut String) {
        for (name, value) in self.colour.get(which).into_iter().flatten() {
            let _ = write!(out, "--{name}:{value};");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of WCAG 2.2.
    fn luminance(hex: &str) -> f64 {
        let channel = |i: usize| {
            let c = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).unwrap()) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn the_file_parses_and_both_palettes_have_the_same_colours() {
        let t: Tokens = serde_json::from_str(SOURCE).unwrap();
        assert_eq!(t.colour["light"].keys().collect::<Vec<_>>(), t.colour["dark"].keys().collect::<Vec<_>>());
        let css = t.css();
        assert!(css.contains("--primary:#0A5F63;") && css.contains("prefers-color-scheme:dark") && css.contains(".c-brass{color:var(--brass)}"));
    }

    #[test]
    fn every_pair_of_text_and_ground_that_pages_use_reaches_aa() {
        for (theme, palette) in &tokens().colour {
            for (text, ground) in [
                ("ink", "paper"),
                ("ink", "surface"),
                ("ink_soft", "paper"),
                ("ink_soft", "surface"),
                ("ink_soft", "surface_sunken"),
                ("on_primary", "primary"),
                ("on_primary_soft", "primary_soft"),
                ("primary", "surface"),
                ("primary", "paper"),
                ("surface", "danger"),
                ("danger", "danger_soft"),
                ("warn", "warn_soft"),
                ("info", "info_soft"),
                ("ok", "ok_soft"),
                ("brass", "brass_soft"),
                ("danger", "surface"),
                ("warn", "surface"),
                ("info", "surface"),
                ("ok", "surface"),
                ("brass", "surface"),
                ("ink", "warn_soft"),
                ("ink", "danger_soft"),
                ("ink", "info_soft"),
                ("ink", "ok_soft"),
            ] {
                let (a, b) = (luminance(&palette[text]), luminance(&palette[ground]));
                let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(ratio >= 4.5, "{theme}: {text} on {ground} is {ratio:.2}");
            }
        }
    }
}
