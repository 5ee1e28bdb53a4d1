//! Fields and values of things as people read them: no identifier of the data and no JSON where a name is known.

use super::{Lang, named, word};
use crate::{
    log::fold::Aggregate,
    model::{Id, Value, body::AggKind, value::Answer},
    policy::{Milli, Profile, checklist::WHOLE_UNIT},
};

/// What names are taken from.
pub struct Naming<'a> {
    /// The language.
    pub lang: Lang,
    /// The rules of the case.
    pub profile: &'a Profile,
    /// The project's zone.
    pub zone: chrono_tz::Tz,
    /// The unit, for its rooms.
    pub unit: Option<&'a Aggregate>,
    /// What a thing or person is called, as far as the reader may know.
    pub thing: &'a dyn Fn(Id) -> Option<String>,
}

/// The message key of an answer to a checklist line.
pub fn answer_key(answer: Answer) -> &'static str {
    match answer {
        Answer::Fine => "console-answer-fine",
        Answer::NotFine => "console-answer-not-fine",
        Answer::NotApplicable => "console-answer-not-applicable",
        Answer::NotChecked => "console-answer-not-checked",
    }
}

impl Naming<'_> {
    /// A room by its key.
    pub fn room(&self, key: &str) -> String {
        let rooms = self.unit.map(crate::field::rooms_of).unwrap_or_default();
        match rooms.into_iter().find(|room| room.key == key) {
            Some(room) if self.lang == Lang::Zh => room.zh,
            Some(room) => room.en,
            None => self.profile.taxonomy.spaces.name(key, self.lang).to_owned(),
        }
    }

    /// A line of the checklist: its room and its words.
    pub fn line(&self, key: &str) -> String {
        let parts: Vec<&str> = key.split('/').collect();
        let [room, element, item] = parts.as_slice() else { return key.to_owned() };
        let line = self.profile.checklist.lines.iter().find(|line| line.element == *element && line.item == *item);
        let Some(line) = line else { return key.to_owned() };
        let words = if self.lang == Lang::Zh { &line.zh } else { &line.en };
        if *room == WHOLE_UNIT { words.clone() } else { format!("{} · {words}", self.room(room)) }
    }

    /// A field; one of many of its kind with what it is of, such as the meter.
    pub fn field(&self, field: &str) -> String {
        let (kind, item) = field.split_once(':').map_or((field, None), |(kind, item)| (kind, Some(item)));
        let name = named(self.lang, "field", kind);
        let taxonomy = &self.profile.taxonomy;
        let of = match (kind, item) {
            ("line", Some(item)) => return self.line(item),
            ("meter", Some(item)) => taxonomy.meters.name(item, self.lang),
            ("key", Some(item)) => taxonomy.keys.name(item, self.lang),
            ("document", Some(item)) => taxonomy.documents.name(item, self.lang),
            ("part", Some(item)) => taxonomy.parts.name(item, self.lang),
            ("precheck", Some(item)) => taxonomy.prechecks.name(item, self.lang),
            ("contract", Some(item)) => taxonomy.contract_fields.name(item, self.lang),
            _ => return name,
        };
        format!("{name} · {of}")
    }

    /// A value, without what is encrypted.
    pub fn value(&self, field: &str, value: &Value) -> String {
        let taxonomy = &self.profile.taxonomy;
        match (field, value) {
            ("room", Value::Text(key)) => self.room(key),
            ("element", Value::Text(id)) => taxonomy.elements.name(id, self.lang).to_owned(),
            ("defect", Value::Text(id)) => taxonomy.defects.name(id, self.lang).to_owned(),
            ("severity", Value::Text(id)) => taxonomy.severities.name(id, self.lang).to_owned(),
            ("finish_level", Value::Text(id)) => taxonomy.finish_levels.name(id, self.lang).to_owned(),
            ("capacity", Value::Text(id)) => taxonomy.capacities.name(id, self.lang).to_owned(),
            ("line", Value::Text(key)) => self.line(key),
            ("rooms", Value::Text(room)) => {
                let mut names = room.split('|').skip(2);
                let (zh, en) = (names.next(), names.next());
                (if self.lang == Lang::Zh { zh } else { en }).unwrap_or(room).to_owned()
            }
            (_, Value::Int(n)) if field.ends_with("_area_milli") => format!("{} m²", Milli(*n)),
            (_, Value::Bool(yes)) => self.yes(*yes),
            (_, Value::Id(id)) => (self.thing)(*id).unwrap_or_else(|| id.short()),
            (_, Value::Digest(digest)) => digest.short(),
            (_, Value::Time(at)) => at.local_minute(self.zone),
            (_, Value::Pin(pin)) => format!("{:.1} %, {:.1} %", f64::from(pin.x_ppm) / 1e4, f64::from(pin.y_ppm) / 1e4),
            (_, Value::Line(line)) => {
                let measured = line.points_milli.iter().map(|m| Milli(*m).to_string()).collect::<Vec<_>>().join(" ");
                let verdict =
                    line.verdict.as_deref().filter(|_| !measured.is_empty()).map(|v| word(self.lang, &format!("cli-verdict-{}", v.replace('_', "-"))));
                let parts = [Some(word(self.lang, answer_key(line.answer))), Some(measured), verdict, line.found.clone(), line.reason.clone()];
                parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
            }
            (_, Value::Participant(participant)) => {
                let role = self.profile.roles.list.name(&participant.role, self.lang);
                let parts = [Some(role.to_owned()), (self.thing)(participant.person), participant.organisation.clone()];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
            }
            (_, Value::Done(done)) => {
                let parts = [Some(self.yes(done.done)), done.count.map(|n| format!("×{n}")), done.reason.clone()];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
            }
            (_, Value::List(list)) => list.iter().map(|one| self.value(field, one)).collect::<Vec<_>>().join(", "),
            (_, other) => crate::field::value_text(other),
        }
    }

    fn yes(&self, yes: bool) -> String {
        word(self.lang, if yes { "console-yes" } else { "console-no" })
    }
}

/// What sort of thing it is.
pub fn kind(lang: Lang, kind: Option<AggKind>) -> String {
    kind.map_or_else(String::new, |kind| word(lang, &format!("thing-{}", kind.name())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        log::EventRef,
        model::{
            Digest,
            value::{Done, LineAnswer, Meter, Pin},
        },
    };

    fn naming(lang: Lang) -> Naming<'static> {
        Naming { lang, profile: Profile::builtin(), zone: chrono_tz::Asia::Shanghai, unit: None, thing: &|_| Some("瑞安建设".to_owned()) }
    }

    #[test]
    fn values_are_told_by_their_names_in_both_languages() {
        let line = LineAnswer {
            answer: Answer::NotFine,
            together: false,
            points_milli: vec![4500],
            verdict: Some("fail".to_owned()),
            snag: Some(Id([7; 16])),
            reason: None,
            contract: None,
            found: None,
        };
        let values = [
            ("line:living/wall/flatness", Value::Line(line)),
            ("part:works", Value::Done(Done { done: true, count: None, reason: None })),
            ("key:entrance_door", Value::Done(Done { done: true, count: Some(3), reason: None })),
            ("meter:water", Value::Meter(Meter { number: "SB-1".to_owned(), reading_milli: 3200, photo: None })),
            ("responsible", Value::Id(Id([1; 16]))),
            ("defect", Value::Text("hollow".to_owned())),
            ("room", Value::Text("living".to_owned())),
            ("predicted_area_milli", Value::Int(118_640)),
            ("pin", Value::Pin(Pin { plan: Id([2; 16]), x_ppm: 250_000, y_ppm: 500_000 })),
            ("plan", Value::Digest(Digest([3; 32]))),
        ];
        for lang in [Lang::Zh, Lang::En] {
            let naming = naming(lang);
            for (field, value) in &values {
                let told = format!("{}: {}", naming.field(field), naming.value(field, value));
                assert!(
                    !told.contains(['{', '}', '_', '"']) && !told.contains(&EventRef { device: Id([1; 16]), seq: 1 }.device.to_string()),
                    "{lang:?} {told}"
                );
                assert!(!naming.field(field).contains(':'), "{told}");
            }
        }
        assert_eq!(naming(Lang::Zh).value("key:entrance_door", &values[2].1), "已完成 · ×3");
        assert!(naming(Lang::Zh).field("meter:water").contains("水表"));
        assert_eq!(naming(Lang::En).value("predicted_area_milli", &values[7].1), "118.64 m²");
        assert_eq!(naming(Lang::Zh).value("responsible", &values[4].1), "瑞安建设");
    }

    #[test]
    fn every_kind_of_thing_has_a_name() {
        let kinds = [
            AggKind::Community,
            AggKind::Building,
            AggKind::Unit,
            AggKind::Person,
            AggKind::Contractor,
            AggKind::Plan,
            AggKind::Handover,
            AggKind::Snag,
            AggKind::Device,
            AggKind::Meeting,
            AggKind::Inspection,
            AggKind::Policy,
        ];
        for lang in [Lang::Zh, Lang::En] {
            assert!(kinds.iter().all(|k| !kind(lang, Some(*k)).starts_with("thing-")), "{lang:?}");
        }
    }
}
