//! The verdict in words.

use super::bundle_verdict::{Finding, SignatureView, Verdict};
use crate::{
    model::{UtcMs, act::Outcome},
    words::{Lang, named, tr, word},
};

/// Doubtful times are told one by one up to here; the JSON has all.
const DOUBTS_TOLD_MAX: usize = 10;

/// The message key of a signature's result.
pub(super) fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "verify-outcome-accepted",
        Outcome::InPart => "verify-outcome-in-part",
        Outcome::Refused => "verify-outcome-refused",
        Outcome::Absent => "verify-outcome-absent",
        Outcome::NotSigned => "verify-outcome-not-signed",
        Outcome::Attested => "verify-outcome-attested",
    }
}

impl Verdict {
    /// The verdict as a person reads it, in lines.
    pub fn told(&self, lang: Lang) -> String {
        let mut lines = vec![self.headline(lang)];
        if let Some(broken) = &self.broken {
            lines.push(match lang {
                Lang::Zh => broken.zh.clone(),
                Lang::En => broken.en.clone(),
            });
            if self.problems > 1 {
                lines.push(tr(lang, "verify-more", &[("n", (self.problems - 1).to_string())]));
            }
            if self.about.is_some() {
                lines.push(word(lang, if self.records_hold { "verify-records-hold" } else { "verify-records-fail" }));
            }
        }
        if let Some(key) = self.hub_key {
            lines.push(tr(lang, if self.pinned { "verify-key-pinned" } else { "verify-key" }, &[("key", key.grouped())]));
        }
        if let Some(about) = &self.about {
            let exporter = match &about.exporter {
                Some(e) => tr(lang, "verify-by", &[("role", named(lang, "role", &e.role)), ("device", e.device.short())]),
                None => word(lang, "verify-by-nobody"),
            };
            lines.push(String::new());
            lines.push(format!("{} {}", about.project_name, about.unit_label));
            lines.push(tr(lang, "verify-made", &[("at", self.time(about.made)), ("by", exporter)]));
            lines.extend(self.count_lines(lang));
            lines.extend(self.signature_lines(lang));
            lines.extend(self.doubt_lines(lang));
            lines.push(String::new());
            lines.push(word(lang, "verify-limits"));
            lines.extend(self.limits.iter().map(|said| format!("- {}", if lang == Lang::Zh { &said.zh } else { &said.en })));
        }
        lines.join("\n")
    }

    fn headline(&self, lang: Lang) -> String {
        let key = match self.result {
            Finding::Sound => "verify-sound",
            Finding::SoundUnpinned => "verify-sound-unpinned",
            Finding::Broken => "verify-broken",
        };
        tr(lang, key, &[("key", self.hub_key.map(|key| key.short()).unwrap_or_default())])
    }

    fn time(&self, at: UtcMs) -> String {
        let zone = self.about.as_ref().and_then(|a| a.zone.parse().ok()).unwrap_or(chrono_tz::UTC);
        at.local_minute(zone)
    }

    fn count_lines(&self, lang: Lang) -> Vec<String> {
        let c = &self.counts;
        let args = |pairs: &[(&'static str, u64)]| -> Vec<(&'static str, String)> { pairs.iter().map(|(k, v)| (*k, v.to_string())).collect() };
        vec![
            tr(
                lang,
                "verify-count-records",
                &args(&[("records", c.records), ("things", c.things), ("devices", c.devices), ("received", c.records_received), ("rest", c.records_by_hash)]),
            ),
            tr(lang, "verify-count-proofs", &args(&[("seals", c.seals), ("receipts", c.receipts)])),
            tr(
                lang,
                "verify-count-files",
                &args(&[("photos", c.photos), ("received", c.photos_received), ("documents", c.documents), ("frozen", c.frozen), ("absent", c.absent)]),
            ),
        ]
    }

    fn signature_lines(&self, lang: Lang) -> Vec<String> {
        if self.signatures.is_empty() {
            return vec![String::new(), word(lang, "verify-unsigned")];
        }
        let mut lines = vec![String::new(), tr(lang, "verify-signatures", &[("n", self.counts.signatures.to_string())])];
        for signature in &self.signatures {
            lines.push(format!("- {}", self.signed(signature, lang)));
            let when = &signature.when;
            let clock = if when.hub_clock { "verify-when-hub" } else { "verify-when-device" };
            let received = when.hub_received.map_or_else(|| word(lang, "verify-when-never"), |at| self.time(at));
            let args = [
                ("device", self.time(when.device)),
                ("corrected", self.time(when.corrected)),
                ("offset", (when.offset_ms / 1000).to_string()),
                ("received", received),
            ];
            lines.push(format!("  {}", tr(lang, clock, &args)));
            let mut add = |key, args: &[(&str, String)]| lines.push(format!("  {}", tr(lang, key, args)));
            if let Some(version) = signature.superseded_by {
                add("verify-superseded", &[("version", version.to_string())]);
            }
            if signature.later_changes > 0 {
                add("verify-later", &[("n", signature.later_changes.to_string())]);
            }
            let note = signature.reached.note(lang);
            if !note.is_empty() {
                add("verify-level", &[("note", note)]);
            }
            if signature.refused {
                add("verify-refused", &[]);
            }
        }
        lines
    }

    fn signed(&self, s: &SignatureView, lang: Lang) -> String {
        let outcome = outcome_key(s.outcome);
        let args = [
            ("who", s.name.clone().unwrap_or_else(|| s.signer.short())),
            ("role", named(lang, "role", &s.role)),
            ("outcome", word(lang, outcome)),
            ("version", s.version.to_string()),
            ("record", s.record.short()),
            ("level", s.reached.level.to_string()),
            ("refused", s.refused_items.to_string()),
            ("items", s.items.to_string()),
        ];
        // Who only attests answers no snag.
        tr(lang, if s.items == 0 { "verify-signed-attests" } else { "verify-signed" }, &args)
    }

    fn doubt_lines(&self, lang: Lang) -> Vec<String> {
        if self.doubts.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![String::new(), tr(lang, "verify-doubts", &[("n", self.doubts.len().to_string())])];
        for doubt in self.doubts.iter().take(DOUBTS_TOLD_MAX) {
            let args = [("device", doubt.record.device.short()), ("seq", doubt.record.seq.to_string()), ("seconds", (doubt.by_ms / 1000).to_string())];
            lines.push(format!("- {}", tr(lang, doubt.key, &args)));
        }
        lines
    }
}
