//! The service pledge (S3-02, S0-15): what the active profile promises, in words an owner reads, with its version.

use super::{
    Profile,
    deadline::{Applies, DeadlineRow, Terms},
    resolve::Resolved,
    rows::PledgeLine,
};
use crate::{
    report::Words,
    words::{Lang, tr},
};
use serde::Serialize;
use serde_json::Value as Json;

/// One promise: what, and how soon or how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// What is promised.
    pub what: Words,
    /// In which time, or empty.
    pub within: Words,
    /// Where it comes from.
    pub origin: String,
}

/// One topic of the pledge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Its identifier: `times`, `services`, `duties`, `complaints`, `security`.
    pub id: &'static str,
    /// Its heading.
    pub heading: Words,
    /// Its promises.
    pub promises: Vec<Promise>,
}

/// The pledge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pledge {
    /// The profile, `id@version`.
    pub profile: String,
    /// The profile's name.
    pub name: Words,
    /// From when it holds.
    pub effective_from: String,
    /// The five topics.
    pub topics: Vec<Topic>,
}

const TOPICS: [&str; 5] = ["times", "services", "duties", "complaints", "security"];

fn both(words: impl Fn(Lang) -> String) -> Words {
    Words::new(words(Lang::Zh), words(Lang::En))
}

impl Pledge {
    /// Makes the pledge of a profile. What the profile does not promise is not in it.
    pub fn of(profile: &Profile) -> Self {
        let resolved = &profile.resolved;
        let shown: Vec<String> = resolved.get("pledge.times").unwrap_or_default();
        let rows = resolved.rows_of("deadline").filter_map(|held| serde_json::from_value::<DeadlineRow>(held.said.value.clone()).ok());
        // In the order of the list, so that the first answer stands first.
        let mut rows: Vec<(usize, DeadlineRow)> =
            rows.filter_map(|row| shown.iter().position(|id| *id == row.milestone).map(|place| (place, row))).filter(|(_, row)| row.value.is_some()).collect();
        rows.sort_by_key(|(place, _)| *place);
        let times: Vec<Promise> = rows.iter().map(|(_, row)| time_of(row)).collect();
        let lines: Vec<PledgeLine> = resolved.typed_rows("pledge_line");
        let topics = TOPICS.map(|id| {
            let own = lines.iter().filter(|line| line.topic == id && line.when.as_deref().is_none_or(|key| resolved.get(key) == Some(true)));
            let written = own.map(|line| Promise {
                what: both(|lang| fill(resolved, if lang == Lang::Zh { &line.zh } else { &line.en }, lang)),
                within: Words::default(),
                origin: line.origin.to_string(),
            });
            let promises = if id == "times" { times.iter().cloned().chain(written).collect() } else { written.collect() };
            Topic { id, heading: both(|lang| tr(lang, &format!("pledge-{id}"), &[])), promises }
        });
        Self {
            profile: profile.at.to_string(),
            name: both(|lang| profile.name(lang).to_owned()),
            effective_from: resolved.head.effective_from.to_string(),
            topics: topics.into_iter().filter(|topic| !topic.promises.is_empty()).collect(),
        }
    }
}

/// A time limit as an owner reads it.
fn time_of(row: &DeadlineRow) -> Promise {
    let terms = Terms::builtin();
    let whom = |lang: Lang| {
        let named = |applies: &Applies, name: &dyn Fn(&str) -> String| applies.ids().iter().map(|id| name(id)).collect::<Vec<_>>();
        let mut parts = named(&row.severity, &|id| terms.severities.name(id, lang).to_owned());
        parts.extend(named(&row.urgency, &|id| terms.urgencies.name(id, lang).to_owned()));
        parts.extend(named(&row.work, &|id| terms.works.name(id, lang).to_owned()));
        let list = parts.join(if lang == Lang::Zh { "、" } else { ", " });
        if list.is_empty() { list } else { tr(lang, "pledge-whom", &[("list", list)]) }
    };
    let within = |lang: Lang| {
        let key = if row.soft { "pledge-within-soft" } else { "pledge-within" };
        let value = row.value.unwrap_or_default();
        let one = if value == 1 { "-one" } else { "" };
        let amount = tr(lang, &format!("pledge-unit-{}{one}", row.unit.name()), &[("n", value.to_string())]);
        // The owner's side of the event; one that has no such words goes by its own name.
        let phrase = format!("pledge-start-{}", row.start);
        let start = match tr(lang, &phrase, &[]) {
            words if words == phrase => terms.events.name(&row.start, lang).to_owned(),
            words => words,
        };
        let mut text = tr(lang, key, &[("amount", amount), ("start", start)]);
        if row.extendable.as_deref().and_then(|id| terms.extensions.get(id)).is_some_and(|kind| kind.consent.is_some()) {
            text += &tr(lang, "pledge-consent", &[]);
        }
        text
    };
    Promise {
        what: both(|lang| format!("{}{}", terms.milestones.name(&row.milestone, lang), whom(lang))),
        within: both(within),
        origin: row.origin.to_string(),
    }
}

/// The words with `{section.key}` replaced by the profile's value.
fn fill(resolved: &Resolved, text: &str, lang: Lang) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((key, tail)) = after.split_once('}') else { break };
        match resolved.values.get(key).map(|held| &held.said.value) {
            Some(Json::Array(list)) => {
                let named = |item: &Json| item.as_str().map_or_else(|| item.to_string(), |id| list_word(id, lang));
                out.push_str(&list.iter().map(named).collect::<Vec<_>>().join(if lang == Lang::Zh { "、" } else { ", " }));
            }
            Some(Json::String(text)) => out.push_str(&list_word(text, lang)),
            Some(other) => out.push_str(&other.to_string()),
            None => out.push('…'),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The word for an id of the office lists, as the taxonomy names it.
fn list_word(id: &str, lang: Lang) -> String {
    super::Lists::shipped().taxonomy.word(id, lang).unwrap_or(id).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pledge_says_what_the_profile_promises_and_changes_with_it() {
        // S3-02, S0-15
        let pledge = Pledge::of(Profile::builtin());
        assert_eq!(pledge.topics.iter().map(|t| t.id).collect::<Vec<_>>(), TOPICS);
        assert_eq!(pledge.profile, "cn-default@1");
        let times = &pledge.topics[0].promises;
        let has = |what: &str, within: &str| times.iter().any(|p| p.what.en.contains(what) && p.within.en.contains(within));
        assert!(has("arriv", "2 hours"), "{times:#?}");
        assert!(has("single trade", "3 working days"), "{times:#?}");
        assert!(has("several trades", "7 working days"), "{times:#?}");
        assert!(has("callback", "1 working day of"), "{times:#?}");
        // Internal steps are no promise to an owner.
        assert!(!times.iter().any(|p| p.what.zh.contains("部门反馈")));
        for promise in pledge.topics.iter().flat_map(|t| &t.promises) {
            for text in [&promise.what.zh, &promise.what.en, &promise.within.zh, &promise.within.en] {
                assert!(!text.contains(['{', '}', '…', '_']), "{text}");
            }
            assert!(!promise.what.zh.is_empty() && !promise.what.en.is_empty());
        }
        // Another profile promises other things: source 001 has no number, so it promises no time to arrive.
        let bare = Pledge::of(Profile::find("cn-aftersales-norm@1").unwrap());
        assert!(bare.topics.iter().filter(|t| t.id == "times").flat_map(|t| &t.promises).all(|p| !p.what.en.contains("arriv")));
        assert_ne!(bare.topics, pledge.topics);
    }
}
