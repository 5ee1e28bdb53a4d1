//! The rectification record from the file of a unit: per snag its rounds (S0-12).

use super::{Dossier, day, device_time, number_of, w, wa};
use crate::{
    log::fold::{Aggregate, Phase},
    model::act::Act,
    report::{Personal, Recheck, RectificationRecord, RectifiedSnag, Round, SnagState, Words},
    words::{Lang, tr},
};

pub(super) fn record(file: &Dossier) -> RectificationRecord {
    let shown = file.shown_record();
    let sheet = file.sheet("ZG", shown);
    let report = file.sheet("JF", shown);
    RectificationRecord {
        report: shown.map(|r| wa("doc-of-report", &[("number", report.number.text.clone()), ("version", r.version.to_string())])).unwrap_or_default(),
        participants: shown.map(|r| file.participants(&r.participants)).unwrap_or_default(),
        snags: file.snags_in_order().into_iter().map(|s| rectified(file, s)).collect(),
        signatures: Vec::new(),
        shown: None,
        covered: Vec::new(),
        proof: file.proof(&sheet, shown),
        sheet,
    }
}

fn rectified(file: &Dossier, snag: &Aggregate) -> RectifiedSnag {
    let state = match snag.phase {
        Phase::Ordered => SnagState::Ordered,
        Phase::InWork => SnagState::InWork,
        Phase::Done => SnagState::Done,
        Phase::Rejected => SnagState::Rejected,
        Phase::Confirmed => SnagState::Confirmed,
        _ => SnagState::Recorded,
    };
    let owner_text = snag.text("owner_text").unwrap_or_default();
    RectifiedSnag {
        number: number_of(snag),
        place: file.place(snag),
        what: file.defect(snag),
        severity: file.severity(snag),
        owner_said: (!owner_text.is_empty()).then(|| Personal::known(owner_text)),
        found: snag.text("finding").unwrap_or_default().to_owned(),
        due: day(snag.text("due_on")),
        state,
        rework: snag.round.saturating_sub(1),
        rounds: (1..=snag.round).filter_map(|n| round(file, snag, n)).collect(),
    }
}

/// One round; `None` when nothing has happened in it yet.
fn round(file: &Dossier, snag: &Aggregate, number: u32) -> Option<Round> {
    let mut out = Round {
        number,
        order: String::new(),
        crew: Words::default(),
        person: Personal::Withheld,
        arrived: None,
        finished: None,
        work: String::new(),
        before: Vec::new(),
        after: Vec::new(),
        no_before: String::new(),
        no_after: String::new(),
        checks: Vec::new(),
    };
    let mut any = false;
    // The crew of a round is that of the last order up to it.
    for entry in snag.done().filter(|e| e.round <= number) {
        if let Act::Order(contractor, _) = &entry.act {
            out.crew = file.contractors.get(contractor).cloned().map(Words::one).unwrap_or_default();
        }
    }
    let mut rejected = Vec::new();
    for entry in snag.done().filter(|e| e.round == number) {
        let at = file.moment(device_time(&entry.origin));
        let mut check = |confirmed: bool, said: String, via: Words| {
            // What an owner says on site is entered on the inspector's device: it is the owner's all the same, and both are named.
            let owners = file.owners();
            let for_owner = matches!(entry.act, Act::OwnerConfirm(..) | Act::OwnerReject(..)) && !owners.contains(&entry.origin.actor);
            let entered_by = file.role(&entry.origin.role);
            let (by, role, via) = match owners.first().filter(|_| for_owner) {
                Some(owner) => (
                    file.name(*owner),
                    file.role("owner"),
                    Words::new(tr(Lang::Zh, "doc-via-entered", &[("by", entered_by.zh)]), tr(Lang::En, "doc-via-entered", &[("by", entered_by.en)])),
                ),
                None => (file.name(entry.origin.actor), entered_by, via),
            };
            out.checks.push(Recheck {
                by,
                role,
                at,
                hub_time: file.received(entry.origin.at()).map(|r| file.moment(r)),
                confirmed,
                said,
                via,
                photos: std::mem::take(&mut rejected),
            });
        };
        match &entry.act {
            Act::Arrive(_) => out.arrived = out.arrived.or(Some(at)),
            Act::RepairDone(work, materials, _) => {
                out.finished = Some(at);
                out.person = file.name(entry.origin.actor);
                out.work = [Some(work.clone()), materials.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
            }
            Act::NoPhoto(purpose, why) => match purpose.as_str() {
                "before" => out.no_before.clone_from(why),
                "after" => out.no_after.clone_from(why),
                _ => continue,
            },
            Act::PhotoAdd(photo) => match photo.purpose.as_str() {
                "before" => out.before.push(file.photo(snag, photo, Words::default())),
                "after" => out.after.push(file.photo(snag, photo, Words::default())),
                "reject" => rejected.push(file.photo(snag, photo, Words::default())),
                _ => continue,
            },
            Act::RecheckConfirm(said) => check(true, said.clone().unwrap_or_default(), w("doc-via-site")),
            Act::RecheckReject(said) => check(false, said.clone(), w("doc-via-site")),
            Act::OwnerConfirm(via, said) => check(true, said.clone().unwrap_or_default(), via_words(via)),
            Act::OwnerReject(via, said) => check(false, said.clone(), via_words(via)),
            _ => continue,
        }
        any = true;
    }
    any.then_some(out)
}

fn via_words(via: &str) -> Words {
    if via == "on_site" { w("doc-via-site") } else { w("doc-via-link") }
}
