//! Identifiers inside messages by their names: people read what a role, an act or a part of the handover is called.

use super::{Lang, tr, word};
use crate::policy::{Profile, deadline::Terms};

/// The words for `key`, with the identifiers among its arguments replaced by their names. Of an argument that comes in both languages
/// (`room_zh`, `room_en`) the message gets the one of `lang` under its plain name.
pub fn say(lang: Lang, key: &str, args: &[(&str, String)]) -> String {
    let ending = if lang == Lang::Zh { "_zh" } else { "_en" };
    let named: Vec<(&str, String)> =
        args.iter().map(|(arg, value)| arg.strip_suffix(ending).map_or_else(|| (*arg, named(lang, arg, value)), |plain| (plain, value.clone()))).collect();
    tr(lang, key, &named)
}

/// What an argument of a message is called: the name in the lists of the rules or in the words; the value itself where it is no identifier.
pub fn named(lang: Lang, arg: &str, value: &str) -> String {
    let profile = Profile::builtin();
    let taxonomy = &profile.taxonomy;
    let in_words = |key: String| {
        let words = word(lang, &key);
        if words == key { value.to_owned() } else { words }
    };
    match arg {
        "what" => in_words(format!("cli-what-{value}")),
        "phase" => in_words(format!("cli-phase-{value}")),
        "field" => in_words(format!("console-field-{}", value.split(':').next().unwrap_or(value).replace('_', "-"))),
        "role" => profile.roles.list.name(value, lang).to_owned(),
        "act" => profile.roles.acts.name(value, lang).to_owned(),
        "part" => taxonomy.parts.name(value, lang).to_owned(),
        "item" => taxonomy.prechecks.name(value, lang).to_owned(),
        "channel" | "method" => taxonomy.channels.name(value, lang).to_owned(),
        "meter" => taxonomy.meters.name(value, lang).to_owned(),
        "document" => taxonomy.documents.name(value, lang).to_owned(),
        "milestone" => Terms::builtin().milestones.name(value, lang).to_owned(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_told_by_their_names_and_other_words_as_they_are() {
        assert_eq!(say(Lang::Zh, "gate-not-signed", &[("role", "owner".to_owned())]), "业主 还没有签字。");
        let told = say(Lang::Zh, "rule-role", &[("role", "team_captain".to_owned()), ("act", "snag.create".to_owned())]);
        assert!(told.contains("维修队长") && told.contains("建立问题"), "{told}");
        assert_eq!(named(Lang::En, "part", "works"), "Works");
        assert_eq!(named(Lang::Zh, "field", "due_on"), word(Lang::Zh, "console-field-due-on"));
        assert_eq!((named(Lang::Zh, "role", "nobody"), named(Lang::Zh, "date", "2026-11-27")), ("nobody".to_owned(), "2026-11-27".to_owned()));
    }
}
