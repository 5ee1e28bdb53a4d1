//! The acceptance report from the file of a unit.

use super::{Dossier, day, number_of, square_metres, w, wa};
use crate::{
    field::{FrozenRecord, gathering_time, participants_of, photos_of},
    log::fold::Aggregate,
    model::{
        Digest, Value,
        act::{Act, Outcome as Signed, SnagAnswer},
        body::AggKind,
        value::{Answer as LineSays, LineAnswer},
    },
    policy::{
        Milli,
        checklist::{self, ChecklistLine},
        contract::{self, Comparison},
    },
    report::{
        AcceptanceReport, Answer, CheckedLine, ContractValue, CoveredPart, Dispute, Figures, Gathering, GatheringKind, GivenDocument, KeyCount, Measure, Meter,
        Outcome, Part, PartEnd, Personal, Pin, Plan, PlanHead, PlanRoom, Question, ShownWords, Snag, Verdict, Words,
    },
    words::Lang,
};

pub(super) fn report(file: &Dossier) -> AcceptanceReport {
    let record = file.shown_record();
    let sheet = file.sheet("JF", record);
    let empty;
    // A draft before anything was frozen shows what stands now.
    let shown = match record {
        Some(record) => record,
        None => {
            empty = FrozenRecord::empty(file.handover.id, file.unit.id);
            &empty
        }
    };
    let lines = checklist(file);
    let signatures = file.signatures();
    let decided = signatures.iter().find(|(_, s)| s.outcome != Signed::Attested).map(|(_, s)| *s);
    let answers: &[SnagAnswer] = decided.map_or(&[], |s| s.answers.as_slice());
    let accepted = decided.is_some_and(|s| matches!(s.outcome, Signed::Accepted | Signed::InPart));
    let snags = snags(file, shown, answers, accepted);
    let times: Vec<_> = file.handover.done().filter(|e| matches!(e.act, Act::Start(..) | Act::Sign(_))).map(|e| super::device_time(&e.origin)).collect();
    let offline_ms = i64::from(file.profile.handover.device.offline_seconds.value) * 1000;
    let offline = signatures.iter().all(|(e, _)| file.received(e.origin.at()).is_none_or(|r| r.0 - e.origin.order.hlc.ms.0 > offline_ms));
    let outcome = match decided.map(|s| (s.outcome, s.reason.clone().unwrap_or_default())) {
        Some((Signed::Accepted, _)) => Outcome::Accepted,
        Some((Signed::InPart, _)) => Outcome::InPart,
        Some((Signed::Refused, reason)) => Outcome::Refused { reason },
        Some((_, reason)) => Outcome::NotSigned { reason },
        None => Outcome::NotSigned { reason: String::new() },
    };
    let checked = checked_lines(file, &lines, shown);
    AcceptanceReport {
        outcome,
        participants: file.participants(&shown.participants),
        started: file.moment(times.first().copied().unwrap_or(shown.frozen)),
        ended: file.moment(times.last().copied().unwrap_or(shown.frozen)),
        offline,
        contract_date: day(file.unit.text("delivery_date")),
        contract_date_note: on_time(file, times.first().copied()),
        filing: match (file.unit.text("filing_date"), file.unit.text("filing_number")) {
            (Some(date), Some(number)) => Words::one(format!("{date}  {number}")),
            _ => Words::default(),
        },
        area: area(file),
        rules: wa("doc-rules", &[("policy", shown.policy.clone()), ("lines", lines.len().to_string())]),
        figures: figures(shown, &checked),
        parts: parts(file, &checked, shown),
        meters: meters(file, shown),
        keys: keys(file, shown),
        documents: documents(file, shown),
        plans: plans(file, shown),
        snags,
        due_note: Words::default(),
        measures: measures(file, &lines, shown),
        instruments: instruments(file, &lines, shown),
        contract_values: contract_values(file, &lines, shown),
        questions: questions(file),
        disputes: disputes(file),
        gatherings: gatherings(file),
        signatures: signatures.iter().map(|(entry, signed)| file.signature(entry, signed, shown)).collect(),
        shown: record.filter(|_| decided.is_some()).map(|r| ShownWords { text: r.words(file.profile, Lang::Zh), digest: r.digest() }),
        covered: covered(shown),
        proof: file.proof(&sheet, record),
        lines: checked,
        other_photos: other_photos(file),
        sheet,
    }
}

fn checklist(file: &Dossier) -> Vec<ChecklistLine> {
    checklist::expand(file.profile, &crate::field::facts_of(&file.unit), &crate::field::rooms_of(&file.unit)).unwrap_or_default()
}

fn on_time(file: &Dossier, started: Option<crate::model::UtcMs>) -> Words {
    match (day(file.unit.text("delivery_date")), started) {
        (Some(due), Some(at)) if at.to_utc().with_timezone(&file.zone).date_naive() <= due => w("doc-on-time"),
        (Some(_), Some(_)) => w("doc-late"),
        _ => Words::default(),
    }
}

fn area(file: &Dossier) -> Words {
    let int = |field: &str| file.unit.get(field).and_then(Value::int);
    let (Some(predicted), Some(surveyed)) = (int("predicted_area_milli"), int("surveyed_area_milli")) else { return Words::default() };
    let hundredths =
        if predicted == 0 { 0 } else { (i128::from(surveyed - predicted) * 10_000 + i128::from(predicted) / 2).div_euclid(i128::from(predicted)) as i64 };
    let percent = format!("{}{}.{:02} %", if hundredths < 0 { "-" } else { "+" }, hundredths.abs() / 100, hundredths.abs() % 100);
    wa("doc-area", &[("predicted", square_metres(predicted)), ("surveyed", square_metres(surveyed)), ("percent", percent)])
}

fn answer_of<'a>(shown: &'a FrozenRecord, line: &ChecklistLine) -> Option<&'a LineAnswer> {
    shown.lines.iter().find(|(key, _)| *key == line.key).map(|(_, answer)| answer)
}

fn snag_number(shown: &FrozenRecord, answer: &LineAnswer) -> Option<u32> {
    let id = answer.snag?;
    shown.snags.iter().find(|s| s.id == id).and_then(|s| u32::try_from(s.number).ok())
}

fn verdict_of(answer: &LineAnswer) -> Verdict {
    match (answer.answer, answer.verdict.as_deref()) {
        (LineSays::NotApplicable, _) => Verdict::NotApplicable,
        (LineSays::NotChecked, _) | (_, Some("not_judged" | "incomplete")) => Verdict::NotJudged,
        (LineSays::NotFine, _) | (_, Some("fail")) => Verdict::Fail,
        (LineSays::Fine, _) => Verdict::Pass,
    }
}

fn checked_lines(file: &Dossier, lines: &[ChecklistLine], shown: &FrozenRecord) -> Vec<CheckedLine> {
    let part_number = |part: &str| file.profile.taxonomy.parts.iter().position(|p| p.id == part).map_or(0, |i| i as u8 + 1);
    lines
        .iter()
        .filter_map(|line| {
            let answer = answer_of(shown, line)?;
            let note = match (&answer.reason, answer.together) {
                (Some(reason), _) => Words::one(reason.clone()),
                (None, true) => w("doc-together"),
                _ => Words::default(),
            };
            Some(CheckedLine {
                part: part_number(&line.part),
                place: Words::new(line.room_zh.clone(), line.room_en.clone()),
                item: Words::new(line.zh.clone(), line.en.clone()),
                verdict: verdict_of(answer),
                snag: snag_number(shown, answer),
                note,
            })
        })
        .collect()
}

fn figures(shown: &FrozenRecord, checked: &[CheckedLine]) -> Figures {
    let count = |verdict: Verdict| checked.iter().filter(|l| l.verdict == verdict).count() as u32;
    Figures {
        lines: checked.len() as u32,
        passed: count(Verdict::Pass),
        failed: count(Verdict::Fail),
        recorded: count(Verdict::NotJudged),
        not_applicable: count(Verdict::NotApplicable),
        snags: shown.snags.len() as u32,
        photos: shown.photos().len() as u32,
    }
}

fn parts(file: &Dossier, checked: &[CheckedLine], shown: &FrozenRecord) -> Vec<Part> {
    file.profile
        .taxonomy
        .parts
        .iter()
        .enumerate()
        .map(|(i, part)| {
            let of_part: Vec<&CheckedLine> = checked.iter().filter(|l| usize::from(l.part) == i + 1).collect();
            let mut numbers: Vec<u32> = of_part.iter().filter_map(|l| l.snag).collect();
            numbers.sort_unstable();
            numbers.dedup();
            // A snag found beside the checklist belongs to the works, the first part.
            let snags = if i == 0 { shown.snags.len() - other_snags(checked, i) } else { numbers.len() };
            let failed = of_part.iter().any(|l| l.verdict == Verdict::Fail);
            let end = match shown.parts.iter().find(|(id, _)| *id == part.id).map(|(_, done)| done) {
                Some(done) if !done.done => PartEnd::Waived { reason: done.reason.clone().unwrap_or_default(), by: Words::default() },
                Some(_) if snags > 0 || failed => PartEnd::WithSnags,
                Some(_) => PartEnd::Done,
                None => PartEnd::Open,
            };
            let not_applicable = of_part.iter().filter(|l| l.verdict == Verdict::NotApplicable).count();
            Part {
                name: Words::new(part.zh.clone(), part.en.clone()),
                lines: of_part.len() as u32,
                passed: of_part.iter().filter(|l| l.verdict == Verdict::Pass).count() as u32,
                snags: snags as u32,
                end,
                note: if not_applicable > 0 { wa("doc-lines-na", &[("count", not_applicable.to_string())]) } else { Words::default() },
            }
        })
        .collect()
}

fn other_snags(checked: &[CheckedLine], first: usize) -> usize {
    let mut numbers: Vec<u32> = checked.iter().filter(|l| usize::from(l.part) != first + 1).filter_map(|l| l.snag).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.len()
}

fn meters(file: &Dossier, shown: &FrozenRecord) -> Vec<Meter> {
    let units = &file.profile.limits.units;
    shown
        .meters
        .iter()
        .map(|(kind, meter)| {
            let known = file.profile.taxonomy.meters.get(kind);
            Meter {
                kind: known.map_or_else(|| Words::one(kind.clone()), |k| Words::new(k.zh.clone(), k.en.clone())),
                number: meter.number.clone(),
                reading: Milli(meter.reading_milli).to_fixed(known.map_or(1, |k| usize::from(k.decimals))),
                unit: known.map_or_else(String::new, |k| units.name(&k.unit, Lang::Zh).to_owned()),
                note: Words::default(),
            }
        })
        .collect()
}

fn keys(file: &Dossier, shown: &FrozenRecord) -> Vec<KeyCount> {
    shown
        .keys
        .iter()
        .map(|(kind, done)| KeyCount {
            what: file.named(kind, |lang| file.profile.taxonomy.keys.name(kind, lang).to_owned()),
            count: done.count.unwrap_or(0),
            counter: w("doc-key-counter"),
        })
        .collect()
}

fn documents(file: &Dossier, shown: &FrozenRecord) -> Vec<GivenDocument> {
    shown
        .documents
        .iter()
        .map(|(kind, done)| GivenDocument {
            name: file.named(kind, |lang| file.profile.taxonomy.documents.name(kind, lang).to_owned()),
            given: done.done,
            note: done.reason.clone().map(Words::one).unwrap_or_default(),
        })
        .collect()
}

/// A room of a plan in its `rooms` field: `key;x;y;w;h`, in millionths of the plan.
fn plan_rooms(file: &Dossier, plan: &Aggregate) -> Vec<PlanRoom> {
    let Some(Value::List(rooms)) = plan.get("rooms") else { return Vec::new() };
    rooms
        .iter()
        .filter_map(Value::text)
        .filter_map(|text| {
            let mut parts = text.split(';');
            let key = parts.next()?;
            let mut ppm = || parts.next()?.parse::<f32>().ok().map(|v| v / 1e6);
            let (x, y, width, height) = (ppm()?, ppm()?, ppm()?, ppm()?);
            Some(PlanRoom { name: file.room(key), x: x + width / 2.0, y: y + height / 2.0 })
        })
        .collect()
}

fn plans(file: &Dossier, shown: &FrozenRecord) -> Vec<Plan> {
    let Some(plan) = &file.plan else { return Vec::new() };
    let Some(Value::Digest(picture)) = plan.get("image") else { return Vec::new() };
    let version = match plan.get("version") {
        Some(Value::Int(n)) => u32::try_from(*n).unwrap_or(1),
        Some(Value::Text(text)) => text.parse().unwrap_or(1),
        _ => 1,
    };
    let pins = shown
        .snags
        .iter()
        .filter_map(|s| s.pin.map(|pin| Pin { snag: u32::try_from(s.number).unwrap_or(0), x: pin.x_ppm as f32 / 1e6, y: pin.y_ppm as f32 / 1e6 }))
        .collect();
    vec![Plan {
        head: PlanHead { id: plan.text("layout_type").unwrap_or_default().to_owned(), version, title: Words::default(), north_up: true },
        picture: *picture,
        rooms: plan_rooms(file, plan),
        pins,
    }]
}

fn snags(file: &Dossier, shown: &FrozenRecord, answers: &[SnagAnswer], accepted: bool) -> Vec<Snag> {
    shown
        .snags
        .iter()
        .map(|s| {
            let state = file.snags.iter().find(|a| a.id == s.id);
            let room = file.room(&s.room);
            let elements = &file.profile.taxonomy.elements;
            let photos = state
                .map(|a| photos_of(a).into_iter().filter(|(p, _)| s.photos.contains(&p.sha256)).map(|(p, _)| file.photo(a, &p, Words::default())).collect())
                .unwrap_or_default();
            Snag {
                number: u32::try_from(s.number).unwrap_or(0),
                place: Words::new(
                    format!("{} {}", room.zh, elements.name(&s.element, Lang::Zh)),
                    format!("{}, {}", room.en, elements.name(&s.element, Lang::En)),
                ),
                what: file.named(&s.defect, |lang| file.profile.taxonomy.defects.name(&s.defect, lang).to_owned()),
                severity: file.named(&s.severity, |lang| file.profile.taxonomy.severities.name(&s.severity, lang).to_owned()),
                owner_said: (!s.owner_text.is_empty()).then(|| Personal::known(s.owner_text.clone())),
                found: s.finding.clone(),
                due: day(s.due_on.as_deref()),
                answer: match answers.iter().find(|a| a.snag == s.id) {
                    Some(a) if !a.accepted => Answer::Refused { reason: a.reason.clone().unwrap_or_default() },
                    Some(_) => Answer::Accepted,
                    None if accepted => Answer::Accepted,
                    None => Answer::None,
                },
                photos,
            }
        })
        .collect()
}

fn measures(file: &Dossier, lines: &[ChecklistLine], shown: &FrozenRecord) -> Vec<Measure> {
    let limits = &file.profile.limits;
    lines
        .iter()
        .filter_map(|line| {
            let answer = answer_of(shown, line).filter(|a| !a.points_milli.is_empty())?;
            let limit = limits.get(line.limit.as_deref()?)?;
            let verdict = crate::field::judge(limit, answer, answer.contract.as_deref());
            let points: Vec<String> = answer.points_milli.iter().map(|m| Milli(*m).to_string()).collect();
            Some(Measure {
                item: Words::new(line.zh.clone(), line.en.clone()),
                place: Words::new(line.room_zh.clone(), line.room_en.clone()),
                limit: Words::new(limits.text(limit, Lang::Zh), limits.text(limit, Lang::En)),
                source: source_of(limit),
                points: Words::one(points.join("  ")),
                worst: Words::one(verdict.worst.map(|m| m.to_string()).unwrap_or_default()),
                verdict: verdict_of(answer),
                snag: snag_number(shown, answer),
                reason: answer.reason.clone().map(Words::one).unwrap_or_default(),
            })
        })
        .collect()
}

fn instruments(file: &Dossier, lines: &[ChecklistLine], shown: &FrozenRecord) -> Words {
    let limits = &file.profile.limits;
    let mut used: Vec<&str> = lines
        .iter()
        .filter(|line| answer_of(shown, line).is_some_and(|a| !a.points_milli.is_empty()))
        .filter_map(|line| limits.get(line.limit.as_deref()?).map(|l| l.instrument.as_str()))
        .collect();
    used.sort_unstable();
    used.dedup();
    let names = |lang: Lang, between: &str| used.iter().map(|id| limits.instruments.name(id, lang)).collect::<Vec<_>>().join(between);
    Words::new(names(Lang::Zh, "、"), names(Lang::En, ", "))
}

fn contract_values(file: &Dossier, lines: &[ChecklistLine], shown: &FrozenRecord) -> Vec<ContractValue> {
    lines
        .iter()
        .filter_map(|line| {
            let field = file.profile.taxonomy.contract_fields.get(line.contract_field.as_deref()?)?;
            let answer = answer_of(shown, line)?;
            let (agreed, found) = (answer.contract.clone()?, answer.found.clone().unwrap_or_default());
            let verdict = match contract::compare(field, &agreed, &found) {
                _ if answer.answer == LineSays::NotFine => Verdict::Fail,
                Comparison::Same => Verdict::Pass,
                _ => verdict_of(answer),
            };
            Some(ContractValue {
                item: Words::new(line.zh.clone(), line.en.clone()),
                agreed: Words::one(agreed),
                found: Words::one(found),
                verdict,
                snag: snag_number(shown, answer),
            })
        })
        .collect()
}

fn questions(file: &Dossier) -> Vec<Question> {
    let mut out: Vec<(crate::log::EventRef, Question)> = Vec::new();
    for entry in file.handover.done() {
        match &entry.act {
            Act::Question(asked, answer, follow_up) => {
                let question = Question {
                    at: file.moment(super::device_time(&entry.origin)),
                    asked: asked.clone(),
                    answer: answer.clone().unwrap_or_default(),
                    follow_up: if *follow_up { w("doc-follow-up") } else { Words::default() },
                };
                out.push((entry.origin.at(), question));
            }
            Act::Reply(to, text) => {
                if let Some((_, question)) = out.iter_mut().find(|(at, _)| at == to) {
                    question.answer.clone_from(text);
                    question.follow_up = Words::default();
                }
            }
            _ => {}
        }
    }
    out.into_iter().map(|(_, question)| question).collect()
}

fn disputes(file: &Dossier) -> Vec<Dispute> {
    file.handover
        .done()
        .filter_map(|entry| match &entry.act {
            Act::Dispute(text) => Some(Dispute {
                at: file.moment(super::device_time(&entry.origin)),
                about: Words::default(),
                owner_says: text.clone(),
                we_say: String::new(),
                next: Words::default(),
            }),
            _ => None,
        })
        .collect()
}

/// Meetings and joint inspections about the unit (S0-31, S0-32), with the numbers of the snags they found here.
fn gatherings(file: &Dossier) -> Vec<Gathering> {
    let of = |thing: &Aggregate| -> Gathering {
        let present: Vec<_> = participants_of(thing);
        let said = thing.done().filter_map(|e| if let Act::Minutes(text) = &e.act { Some(text.clone()) } else { None });
        Gathering {
            kind: if thing.kind == Some(AggKind::Meeting) { GatheringKind::Meeting } else { GatheringKind::Inspection },
            title: thing.text("title").unwrap_or_default().to_owned(),
            at: gathering_time(thing).map(|at| file.moment(at)),
            place: thing.text("place").unwrap_or_default().to_owned(),
            present: file.participants(&present),
            said: said.chain(thing.text("conclusion").map(str::to_owned)).collect(),
            snags: file.snags_in_order().into_iter().filter(|s| s.parent == Some(thing.id)).map(number_of).collect(),
        }
    };
    file.gatherings.iter().map(of).collect()
}

/// What the digest covers, each part with a digest of its own (deterministic CBOR of that part).
fn covered(shown: &FrozenRecord) -> Vec<CoveredPart> {
    fn part<T: minicbor::Encode<()>>(key: &str, count: usize, content: &T) -> CoveredPart {
        CoveredPart {
            part: w(&format!("doc-covers-{key}")),
            holds: wa(&format!("doc-covers-{key}-holds"), &[("count", count.to_string())]),
            digest: Digest::of(&minicbor::to_vec(content).unwrap_or_default()),
        }
    }
    let photos = shown.photos();
    let mut rules = part("rules", 1, &(&shown.policy, shown.policy_digest));
    rules.holds = Words::one(shown.policy.clone());
    vec![
        part("snags", shown.snags.len(), &shown.snags),
        part("photos", photos.len(), &photos),
        part("lines", shown.lines.len(), &shown.lines),
        part("handed", shown.meters.len() + shown.keys.len() + shown.documents.len(), &(&shown.meters, &shown.keys, &shown.documents)),
        rules,
    ]
}

fn other_photos(file: &Dossier) -> Vec<crate::report::Photo> {
    photos_of(&file.handover).into_iter().map(|(p, _)| file.photo(&file.handover, &p, wa("doc-photo-of", &[("what", p.purpose.clone())]))).collect()
}

/// The standard, and that its number is a draft where it is.
fn source_of(limit: &crate::policy::limit::Limit) -> Words {
    let words = Words::new(limit.source_zh.as_ref().unwrap_or(&limit.source).clone(), limit.source.clone());
    if limit.binds() {
        return words;
    }
    let draft = |source: String| wa("doc-limit-draft", &[("source", source)]);
    Words::new(draft(words.zh).zh, draft(words.en).en)
}
