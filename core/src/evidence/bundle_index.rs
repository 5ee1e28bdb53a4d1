//! The page of a bundle that a person reads: what this is, what is in it, how to check it, what it cannot prove. Chinese and
//! English side by side, one file, no script, nothing from the network.

use super::{
    bundle_manifest::{Manifest, hub_of, names},
    bundle_survey::Survey,
};
use crate::{
    field::door_of,
    log::{Event, fold::Aggregate},
    model::{
        Digest, Id, PersonKey, UtcMs, Value,
        act::Act,
        body::{AggKind, Body},
    },
    policy::{Profile, deadline::Terms},
    rules::HUB_ROLE,
    words::{Lang, Naming, named, thing_kind, tr, word},
};
use std::{collections::BTreeMap, fmt::Write};

const LANGS: [Lang; 2] = [Lang::Zh, Lang::En];
const STYLE: &str = "body{font:16px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;color:#1a1d21;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #c9ced6}table{border-collapse:collapse;width:100%;font-size:.9rem}\
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #e3e6ea}code,pre{font:.85rem/1.5 ui-monospace,monospace;word-break:break-all}\
pre{background:#f4f5f7;padding:.8rem;white-space:pre-wrap}figure{display:inline-block;width:12rem;margin:0 1rem 1rem 0;font-size:.75rem;word-break:break-all}\
img{width:100%;height:9rem;object-fit:cover;background:#e3e6ea}[lang=en]{color:#4a5159}td [lang=en]{display:block}td:first-child,td:last-child{white-space:nowrap}";

struct Page<'a> {
    html: String,
    zone: chrono_tz::Tz,
    manifest: &'a Manifest,
}

/// Text as it may stand in HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

impl Page<'_> {
    fn add(&mut self, text: &str) {
        self.html.push_str(text);
        self.html.push('\n');
    }

    /// One message in both languages, each in `tag`.
    fn both(&mut self, tag: &str, key: &str, args: &[(&str, String)]) {
        for lang in LANGS {
            let _ = writeln!(self.html, "<{tag} lang=\"{}\">{}</{tag}>", lang.tag(), escape(&tr(lang, key, args)));
        }
    }

    fn heading(&mut self, key: &str) {
        let [zh, en] = LANGS.map(|lang| escape(&tr(lang, key, &[])));
        self.add(&format!("<h2>{zh} <span lang=\"en\">{en}</span></h2>"));
    }

    fn time(&self, at: UtcMs) -> String {
        at.local_minute(self.zone)
    }
}

/// Two words in one cell.
fn pair(key: &str) -> String {
    both(|lang| word(lang, key))
}

/// The same in both languages, once where it reads alike.
fn both(said: impl Fn(Lang) -> String) -> String {
    let [zh, en] = LANGS.map(|lang| escape(&said(lang)));
    if zh == en { zh } else { format!("{zh} <span lang=\"en\">{en}</span>") }
}

/// What a reader can know of the things that the records are about.
struct Things<'a> {
    survey: &'a Survey,
    keys: &'a BTreeMap<Id, PersonKey>,
    folded: BTreeMap<Id, Aggregate>,
    zone: chrono_tz::Tz,
}

impl Things<'_> {
    fn called(&self, id: Id) -> Option<String> {
        let named = || self.folded.get(&id)?.text("name").map(str::to_owned);
        self.survey.name(id, self.keys).or_else(named)
    }

    fn said(&self, thing: Option<&Aggregate>, lang: Lang, words: impl Fn(&Naming<'_>) -> String) -> String {
        let unit = thing.and_then(|t| if t.kind == Some(AggKind::Unit) { Some(t.id) } else { t.unit });
        let unit = unit.and_then(|unit| self.folded.get(&unit));
        words(&Naming { lang, profile: Profile::builtin(), zone: self.zone, unit, thing: &|id| self.called(id) })
    }

    /// What the record is about: a snag by its number and place, anything else by kind and name.
    fn about(&self, event: &Event, lang: Lang) -> String {
        let Some(thing) = self.folded.get(&event.agg) else { return String::new() };
        let kind = thing_kind(lang, thing.kind);
        match thing.kind {
            Some(AggKind::Snag) => self.said(Some(thing), lang, |n| {
                let number = thing.get("number").and_then(Value::int).map(|n| format!("#{n}")).unwrap_or_default();
                let place = ["room", "element", "defect"].into_iter().filter_map(|f| Some(n.value(f, thing.get(f)?))).collect::<Vec<_>>().join(" ");
                format!("{kind} {number} {place}")
            }),
            Some(AggKind::Unit) => format!("{kind} {}", door_of(thing)),
            Some(AggKind::Handover) | None => kind,
            Some(_) => format!("{kind} {}", self.called(event.agg).unwrap_or_default()).trim_end().to_owned(),
        }
    }

    /// What the record says, in short; what is encrypted stays out, but for names that the bundle's keys open.
    fn says(&self, event: &Event, body: &Body, lang: Lang) -> String {
        let thing = self.folded.get(&event.agg);
        let join = |parts: &[Option<String>]| parts.iter().flatten().filter(|p| !p.trim().is_empty()).cloned().collect::<Vec<_>>().join(" · ");
        let time = |at: UtcMs| at.local_minute(self.zone);
        match body {
            Body::Set(changes) => {
                let open = changes.iter().filter(|c| !matches!(c.value, Value::Personal(_)));
                self.said(thing, lang, |n| {
                    open.clone().map(|c| format!("{}: {}", n.field(&c.field), n.value(&c.field, &c.value))).collect::<Vec<_>>().join("; ")
                })
            }
            Body::Create(_) | Body::Unknown => String::new(),
            Body::Act(act) => match act {
                Act::PhotoAdd(photo) => join(&[Some(purpose(&photo.purpose, lang)), Some(photo.sha256.short())]),
                Act::Appoint(at, escort, place) => join(&[Some(time(*at)), self.called(*escort), place.clone()]),
                Act::Notice(method, tracking, _) => join(&[Some(named(lang, "method", method)), tracking.clone()]),
                Act::NoticeProof(_, at, by) => join(&[Some(time(*at)), Some(by.clone())]),
                Act::Question(text, answer, _) => join(&[Some(text.clone()), answer.clone()]),
                Act::Reply(_, text) | Act::Dispute(text) | Act::Minutes(text) | Act::RecheckReject(text) | Act::Revoke(text) | Act::Number(text) => {
                    text.clone()
                }
                Act::Freeze(version, _) => tr(lang, "console-version-n", &[("n", version.to_string())]),
                Act::Sign(s) => {
                    let outcome = word(lang, super::bundle_words::outcome_key(s.outcome));
                    join(&[self.called(s.signer), Some(named(lang, "role", &s.role)), Some(outcome), s.reason.clone()])
                }
                Act::Order(to, due) => join(&[self.called(*to), due.clone()]),
                Act::RepairDone(text, materials, _) => join(&[Some(text.clone()), materials.clone()]),
                Act::Close(remark) | Act::Arrive(remark) | Act::RecheckConfirm(remark) | Act::Resume(remark) => remark.clone().unwrap_or_default(),
                Act::OwnerConfirm(_, remark) => remark.clone().unwrap_or_default(),
                Act::OwnerReject(_, reason) => reason.clone(),
                Act::Told(channel, what) => join(&[Some(named(lang, "channel", channel)), Some(what.clone())]),
                Act::Document(kind, _, number, _) => join(&[Some(document_name(kind, lang)), Some(number.clone())]),
                Act::Settled(field, reason) => join(&[Some(self.said(thing, lang, |n| n.field(field))), Some(reason.clone())]),
                Act::CodeChecked(check) => word(lang, &format!("level-code-{}", check.verdict.name())),
                Act::Due(set) => {
                    let dates = set.dates.iter().map(|d| Some(format!("{} {}", Terms::builtin().milestones.name(&d.milestone, lang), time(d.due))));
                    join(&dates.chain([set.reason.clone()]).collect::<Vec<_>>())
                }
                Act::Hold(state, reason) => join(&[Some(Terms::builtin().states.name(state, lang).to_owned()), Some(reason.clone())]),
                Act::Refuse(at, key, args) => {
                    let args: Vec<(&str, String)> = args.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
                    join(&[Some(format!("{} / {}", at.device.short(), at.seq)), Some(crate::words::say(lang, key, &args))])
                }
                Act::NoPhoto(of, why) => join(&[Some(purpose(of, lang)), Some(why.clone())]),
                Act::OwnerAsk(_) | Act::ClockWrong(..) | Act::Enrol(_) | Act::Start(..) => String::new(),
            },
        }
    }
}

/// What a photograph shows; that of a meter names which behind a colon.
fn purpose(purpose: &str, lang: Lang) -> String {
    word(lang, &format!("console-purpose-{}", purpose.split(':').next().unwrap_or_default()))
}

/// What a kind of document is called.
fn document_name(kind: &str, lang: Lang) -> String {
    let key = format!("console-document-{}", kind.replace('_', "-"));
    let words = word(lang, &key);
    if words == key { kind.to_owned() } else { words }
}

/// The message key of a kind of event.
pub(super) fn kind_key(body: &Body) -> String {
    format!("record-{}", body.kind().replace(['.', '_'], "-"))
}

/// Makes the page. `files` says under which name each file lies.
pub(super) fn page(manifest: &Manifest, survey: &Survey, files: &BTreeMap<Digest, String>, keys: &BTreeMap<Id, PersonKey>) -> String {
    let zone = manifest.zone.parse().unwrap_or(chrono_tz::UTC);
    let mut page = Page { html: String::new(), zone, manifest };
    page.add("<!doctype html>\n<html lang=\"zh-CN\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">");
    page.add(&format!("<title>{} {}</title>\n<style>{STYLE}</style>", escape(&manifest.project_name), escape(&manifest.unit_label)));
    page.add(&format!("<h1>{}<br>{} {}</h1>", pair("bundle-title"), escape(&manifest.project_name), escape(&manifest.unit_label)));
    page.both("p", "bundle-what", &[]);
    about(&mut page, survey, files);
    records(&mut page, survey, keys);
    documents(&mut page, survey, files);
    photos(&mut page, survey, files);
    by_hand(&mut page);
    page.heading("bundle-limits");
    for key in ["verify-limit-own-clock", "verify-limit-complete", "verify-limit-hub", "verify-limit-photo", "verify-limit-level1-any"] {
        page.both("p", key, &[("exporter", manifest.exporter.short())]);
    }
    page.add("</html>");
    page.html
}

fn about(page: &mut Page<'_>, survey: &Survey, files: &BTreeMap<Digest, String>) {
    let manifest = page.manifest;
    let rows = [
        ("bundle-about-made", format!("{} ({})", page.time(manifest.made), escape(&manifest.zone))),
        ("bundle-about-exporter", escape(&manifest.exporter.to_string())),
        ("bundle-about-hub", format!("<code>{}</code>", hub_of(manifest).fingerprint().grouped())),
        ("bundle-about-records", survey.events.len().to_string()),
        ("bundle-about-things", survey.things.len().to_string()),
        ("bundle-about-photos", format!("{} / {}", survey.photos.iter().filter(|d| files.contains_key(d)).count(), survey.photos.len())),
        ("bundle-about-absent", manifest.absent.len().to_string()),
    ];
    page.add("<table>");
    for (key, value) in rows {
        page.add(&format!("<tr><th>{}</th><td>{value}</td></tr>", pair(key)));
    }
    page.add("</table>");
    if survey.signed.is_empty() {
        page.both("p", "verify-unsigned", &[]);
    }
}

fn records(page: &mut Page<'_>, survey: &Survey, keys: &BTreeMap<Id, PersonKey>) {
    page.heading("bundle-records");
    page.both("p", "bundle-records-note", &[]);
    let head: String = ["time", "what", "who", "where"].iter().map(|k| format!("<th>{}</th>", pair(&format!("bundle-column-{k}")))).collect();
    page.add(&format!("<table><tr>{head}</tr>"));
    let things = Things { survey, keys, folded: survey.folded(), zone: page.zone };
    let mut events: Vec<_> = survey.events.iter().collect();
    events.sort_by_key(|(e, _)| e.order());
    for (event, body) in events {
        let who = survey.name(event.actor, keys).unwrap_or_else(|| if event.role == HUB_ROLE { String::new() } else { event.actor.short() });
        let what = both(|lang| {
            let (about, says) = (things.about(event, lang), things.says(event, body, lang));
            [about, word(lang, &kind_key(body)), says].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
        });
        page.add(&format!(
            "<tr><td>{}</td><td>{what}</td><td>{} {}</td><td><a href=\"{}\">{} / {}</a></td></tr>",
            page.time(event.hlc.ms),
            both(|lang| named(lang, "role", &event.role)),
            escape(&who),
            names::event(event.at()),
            event.device.short(),
            event.seq
        ));
    }
    page.add("</table>");
}

fn documents(page: &mut Page<'_>, survey: &Survey, files: &BTreeMap<Digest, String>) {
    page.heading("bundle-documents");
    page.add("<ul>");
    for (digest, (at, version, _)) in &survey.frozen {
        let name = names::frozen(*digest, "txt");
        page.add(&format!("<li>{} {version} ({} / {}): <a href=\"{name}\"><code>{digest}</code></a></li>", pair("bundle-frozen"), at.device.short(), at.seq));
    }
    for document in &survey.documents {
        let label = format!("{} {}", both(|lang| document_name(&document.kind, lang)), escape(&document.number));
        page.add(&match files.get(&document.sha256) {
            Some(name) => format!("<li>{label}: <a href=\"{name}\"><code>{}</code></a></li>", document.sha256),
            None => format!("<li>{label}: <code>{}</code> ({})</li>", document.sha256, pair("bundle-not-included")),
        });
    }
    page.add("</ul>");
}

fn photos(page: &mut Page<'_>, survey: &Survey, files: &BTreeMap<Digest, String>) {
    page.heading("bundle-photos");
    page.both("p", "bundle-photos-note", &[]);
    for digest in &survey.photos {
        page.add(&match files.get(digest) {
            Some(name) => format!("<figure><a href=\"{name}\"><img loading=\"lazy\" alt=\"\" src=\"{name}\"></a><figcaption>{digest}</figcaption></figure>"),
            None => format!("<figure><figcaption>{digest} ({})</figcaption></figure>", pair("bundle-not-included")),
        });
    }
}

/// The commands, each of which a reader can type; tested by running them.
pub(super) const BY_HAND: [(&str, &str); 5] = [
    ("bundle-hand-sums", "sha256sum -c check/sha256.txt"),
    (
        "bundle-hand-manifest",
        "openssl dgst -sha256 -verify check/exporter.der -keyform DER -signature check/manifest.sig.der check/manifest.tbs\ntail -c 41 check/manifest.tbs | head -c 32 | od -An -v -tx1 | tr -d ' \\n'; echo; sha256sum manifest.cbor",
    ),
    (
        "bundle-hand-certificate",
        "openssl pkeyutl -verify -pubin -inkey check/hub.der -keyform DER -rawin -in check/exporter-certificate.tbs -sigfile check/exporter-certificate.sig",
    ),
    ("bundle-hand-hub", "(printf keyturn-hub-key-v1; tail -c 32 check/hub.der) | sha256sum"),
    (
        "bundle-hand-event",
        r#"for e in events/*/*.cbor; do n=$(basename $e .cbor | sed 's/^0*//'); d=$(basename $(dirname $e)); [ ! -f chains/$d.txt ] || [ "$(sed -n ${n}p chains/$d.txt)" = "$(sha256sum < $e | cut -c1-64)" ] || echo "changed: $e"; done"#,
    ),
];

fn by_hand(page: &mut Page<'_>) {
    page.heading("bundle-check");
    page.both("p", "bundle-check-tool", &[]);
    page.add("<pre>keyturn verify FILE --hub-key FINGERPRINT</pre>");
    page.both("p", "bundle-check-hand", &[]);
    for (key, command) in BY_HAND {
        page.both("p", key, &[]);
        page.add(&format!("<pre>{}</pre>", escape(command)));
    }
    page.both("p", "bundle-hand-rest", &[]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_of_the_roles_has_words_in_the_list_of_records() {
        // Acts of the office that leave no record in a unit's file.
        let unrecorded = ["register.import", "bundle.export", "link.make", "link.revoke", "device.invite", "code.give", "person.erase", "policy.publish"];
        let acts = Profile::builtin().roles.acts.iter().map(|act| act.id.as_str()).filter(|act| !unrecorded.contains(act));
        for act in acts {
            let key = format!("record-{}", if act.ends_with(".set") { "set" } else { act }.replace(['.', '_'], "-"));
            assert!(LANGS.iter().all(|lang| word(*lang, &key) != key), "{key}");
        }
    }
}
