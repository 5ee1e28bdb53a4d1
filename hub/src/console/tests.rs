//! Every page in both languages: words there, markup of users escaped, every state said by mark and word.

use super::{door::Outside, examples::*, shell::render_fresh, sign::SNAG_STATES};
use crate::owner::page::{ConfirmPage, EndPage, LinkEnd};
use keyturn_core::model::{UtcMs, act::OwnerWant};
use keyturn_core::words::Lang;

fn pages(lang: Lang) -> Vec<(String, String)> {
    let (s, o, w) = (shell(lang), owner_shell(lang), words(lang));
    let mut out = vec![
        ("board", board().render(&s)),
        ("board-empty", super::board::Board::default().render(&s)),
        ("unit", unit().render(&s)),
        ("handover", handover().render(&s)),
        ("rules", rules().render(&s)),
        ("snags", snag_list().render(&s)),
        ("snags-none", super::snags::SnagList::default().render(&s)),
        ("snag", snag().render(&s)),
        ("devices", devices().render(&s)),
        ("devices-invited", invited().render(&s)),
        ("reviews", reviews().render(&s)),
        ("reviews-none", super::reviews::Reviews::default().render(&s)),
        ("desk", desk(lang).render(&s)),
        ("desk-empty", super::desk::Desk::default().render(&s)),
        ("fresh", render_fresh(&s)),
        ("owner", owner_home().render(&o)),
        ("owner-confirm", ConfirmPage { ask: ask() }.render(&o)),
        ("owner-reject", owner_reject(lang).render(&o)),
        ("owner-thanks", owner_thanks().render(&o)),
    ];
    let at = UtcMs(1_790_000_000_000);
    let asked = [OwnerWant::Link, OwnerWant::Call].map(|want| LinkEnd::Asked(want, at));
    for end in [LinkEnd::Unknown, LinkEnd::Expired(at), LinkEnd::Revoked(at), LinkEnd::Nothing, LinkEnd::Answered, LinkEnd::Broken].into_iter().chain(asked) {
        out.push(("owner-end", EndPage { end, words: w, back: Some("/o/x".into()), ask: Some("/o/x/ask".into()) }.render()));
    }
    for door in [Outside::LoggedOut, Outside::LinkSpent, Outside::NotFound, Outside::FormStale, Outside::Broken] {
        out.push(("door", door.render(&w)));
    }
    out.into_iter().map(|(n, p)| (format!("{n}-{}", lang.tag()), p.unwrap())).collect()
}

/// The text a reader gets: what stands between tags, and the attributes that are read out.
fn keys_in(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in html.split(['>', '<', '"', ' ', '\n', '=', '/', '#', '?', '.']) {
        if ["console-", "owner-"]
            .iter()
            .any(|p| part.strip_prefix(p).is_some_and(|rest| rest.len() > 2 && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')))
        {
            found.push(part.to_owned());
        }
    }
    found
}

#[test]
fn every_page_speaks_both_languages_and_shows_no_bare_key() {
    for lang in [Lang::Zh, Lang::En] {
        for (name, html) in pages(lang) {
            // The anchor of the links panel is an address, not a word.
            let bare: Vec<_> = keys_in(&html).into_iter().filter(|k| !["owner-links", "owner-asks"].contains(&k.as_str())).collect();
            assert!(bare.is_empty(), "{name} shows {bare:?}");
            assert!(!html.contains("{ $"), "{name} has an unfilled argument");
            if html.contains("<html") {
                assert!(html.contains(&format!("<html lang=\"{}\"", lang.tag())), "{name}");
            }
        }
    }
}

#[test]
fn what_users_wrote_comes_out_as_text_and_nothing_is_inline() {
    let mut hostile = 0;
    for (name, html) in pages(Lang::Zh) {
        assert!(!html.contains("<script>"), "{name} lets markup through");
        assert!(!html.contains("alert('x')"), "{name} lets a quote through");
        hostile += html.matches("&#60;script").count();
        for inline in [" style=", " onclick=", "javascript:", "<style"] {
            assert!(!html.contains(inline), "{name} holds {inline}, which the content policy forbids");
        }
        for script in html.match_indices("<script").map(|(i, _)| &html[i..]) {
            assert!(script.starts_with("<script src=\"/assets/"), "{name} has an inline script");
        }
        assert!(!html.contains("http://") || name.starts_with("unit"), "{name} names an outside address");
    }
    assert!(hostile >= 8, "the hostile words are on the pages: {hostile}");
}

#[test]
fn every_state_is_mark_and_word() {
    let html = snag_list().render(&shell(Lang::Zh)).unwrap();
    for state in SNAG_STATES {
        let sign = words(Lang::Zh).sign(state).to_string();
        assert!(sign.contains("<svg") && sign.contains(&state.word(Lang::Zh)));
        assert!(html.contains(&sign), "{state:?} is missing");
    }
    // A cell says its state to those who do not see it.
    let html = board().render(&shell(Lang::En)).unwrap();
    assert!(html.contains("aria-label=\"1-1-0101 "), "cells are named");
    assert_eq!(html.matches("data-cell=").count(), html.matches("data-timeline=\"").count());
}

#[test]
fn owner_pages_work_without_scripts_and_forms_carry_their_proof() {
    let home = owner_home().render(&owner_shell(Lang::Zh)).unwrap();
    assert!(home.contains("href=\"/o/abcdefghijklmnop/snags/s0/confirm\"") && home.contains("href=\"/o/abcdefghijklmnop/snags/s0/reject\""));
    let reject = owner_reject(Lang::Zh).render(&owner_shell(Lang::Zh)).unwrap();
    assert!(reject.contains("enctype=\"multipart/form-data\"") && reject.contains("name=\"photo\"") && reject.contains("name=\"round\" value=\"2\""));
    for (name, html) in pages(Lang::Zh).into_iter().filter(|(n, _)| !n.starts_with("owner")) {
        let forms = html.matches("method=\"post\"").count();
        assert_eq!(forms, html.matches("name=\"csrf\" value=\"c0ffee\"").count(), "{name}");
    }
}

#[test]
fn personal_data_is_masked_on_every_page() {
    for (name, html) in pages(Lang::Zh) {
        assert!(!html.contains("13812342046") && !html.contains("陈晓雯"), "{name}");
    }
}

/// Writes the pages to the folder in `KEYTURN_PAGES`, for a look in a browser.
#[test]
fn pages_to_folder() {
    let Ok(dir) = std::env::var("KEYTURN_PAGES") else { return };
    let dir = std::path::Path::new(&dir);
    for lang in [Lang::Zh, Lang::En] {
        for (name, html) in pages(lang) {
            std::fs::write(dir.join(format!("{name}.html")), html).unwrap();
        }
    }
}
