//! The page of a bundle that a person reads: what this is, what is in it, how to check it, what it cannot prove. Chinese and
//! English side by side, one file, no script, nothing from the network.

use super::{
    bundle_manifest::{Manifest, hub_of, names},
    bundle_survey::Survey,
};
use crate::{
    model::{Digest, Id, PersonKey, UtcMs, body::Body},
    words::{Lang, tr},
};
use std::{collections::BTreeMap, fmt::Write};

const LANGS: [Lang; 2] = [Lang::Zh, Lang::En];
const STYLE: &str = "body{font:16px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;color:#1a1d21;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #c9ced6}table{border-collapse:collapse;width:100%;font-size:.9rem}\
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #e3e6ea}code,pre{font:.85rem/1.5 ui-monospace,monospace;word-break:break-all}\
pre{background:#f4f5f7;padding:.8rem;white-space:pre-wrap}figure{display:inline-block;width:12rem;margin:0 1rem 1rem 0;font-size:.75rem;word-break:break-all}\
img{width:100%;height:9rem;object-fit:cover;background:#e3e6ea}[lang=en]{color:#4a5159}";

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
    let [zh, en] = LANGS.map(|lang| escape(&tr(lang, key, &[])));
    format!("{zh} <span lang=\"en\">{en}</span>")
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
    let mut events: Vec<_> = survey.events.iter().collect();
    events.sort_by_key(|(e, _)| e.order());
    for (event, body) in events {
        let name = survey.names.get(&event.actor).and_then(|sealed| keys.get(&sealed.person)?.open_text(sealed));
        page.add(&format!(
            "<tr><td>{}</td><td>{}</td><td>{} {}</td><td><a href=\"{}\">{} / {}</a></td></tr>",
            page.time(event.hlc.ms),
            pair(&kind_key(body)),
            escape(&event.role),
            escape(&name.unwrap_or_else(|| event.actor.short())),
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
        let label = format!("{} {}", escape(&document.kind), escape(&document.number));
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
