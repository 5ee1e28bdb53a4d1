//! The fonts of the documents and what they can write.

use std::sync::OnceLock;
use typst::{
    foundations::Bytes,
    text::{Font, FontBook},
    utils::LazyHash,
};

/// Stands for every character without a glyph, so that a gap is seen and never an empty box.
pub(super) const SUBSTITUTE: char = '〓';

pub(super) struct Fonts {
    pub fonts: Vec<Font>,
    pub book: LazyHash<FontBook>,
}

pub(super) fn fonts() -> &'static Fonts {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    FONTS.get_or_init(|| {
        let files: [&[u8]; 3] = [include_bytes!("fonts/KeyturnSans.otf"), include_bytes!("fonts/KeyturnLatin.ttf"), include_bytes!("fonts/KeyturnSigns.ttf")];
        let fonts: Vec<Font> = files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect();
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Fonts { fonts, book }
    })
}

/// Invisible characters that shape their neighbours (joiners, variation selectors): the text reads the same without them.
pub(super) fn is_silent(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether the documents can write `c`. Marks that turn the reading direction are refused: they can make a line read otherwise than it was signed.
pub(super) fn can_write(c: char) -> bool {
    matches!(c, '\n' | '\t') || fonts().fonts.iter().any(|f| f.info().coverage.contains(u32::from(c))) && !c.is_control()
}

/// The characters of `text` the documents cannot write, each once, in order of appearance. They print as 〓.
pub fn missing_glyphs(text: &str) -> Vec<char> {
    let mut missing = Vec::new();
    for c in text.chars() {
        if !is_silent(c) && !can_write(c) && !missing.contains(&c) {
            missing.push(c);
        }
    }
    missing
}
