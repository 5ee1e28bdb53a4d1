//! The handover notice (S4-12) and the guide (S1-16) from the file of a unit and the texts of the policy.

use super::{Dossier, Person, day, w};
use crate::{
    model::{UtcMs, act::Act},
    policy::Entry as _,
    report::{BringItem, Dispatch, GuideCheck, GuideContact, GuideStep, HandoverGuide, HandoverNotice, Personal, ProofState, Sheet, Standing, Words},
    words::{Lang, word},
};

fn issued_sheet(file: &Dossier, number: &str, at: UtcMs) -> Sheet {
    let mut sheet = file.sheet(number, None);
    sheet.standing = Standing::Sealed;
    sheet.proof_state = ProofState::OnDevice;
    sheet.frozen = file.moment(at);
    sheet
}

pub(super) fn notice(file: &Dossier) -> Option<HandoverNotice> {
    let (when, escort, place, made) = file
        .handover
        .done()
        .filter_map(|e| if let Act::Appoint(when, escort, place) = &e.act { Some((*when, *escort, place.clone(), e.origin.order.hlc.ms)) } else { None })
        .last()?;
    let text = |field: &str| file.unit.text(field).unwrap_or_default().to_owned();
    let documents = &file.profile.taxonomy.documents;
    let mut dispatches = Vec::new();
    for entry in file.handover.done() {
        let Act::Notice(method, tracking, _) = &entry.act else { continue };
        let proof = file.handover.done().find_map(|e| match &e.act {
            Act::NoticeProof(of, arrived, by) if *of == entry.origin.at() => Some((*arrived, by.clone())),
            _ => None,
        });
        dispatches.push(Dispatch {
            method: file.named(method, |lang| file.profile.taxonomy.channels.name(method, lang).to_owned()),
            tracking: tracking.clone().unwrap_or_default(),
            sent: Some(file.moment(entry.origin.order.hlc.ms)),
            delivered: proof.as_ref().map(|(at, _)| file.moment(*at)),
            proof: proof.map(|(_, by)| Words::one(by)).unwrap_or_default(),
        });
    }
    let free_ms = i64::from(file.profile.handover.walkthrough.appointment_hours.value) * 3_600_000;
    let terms = ["handover_notice", "privacy_notice"];
    Some(HandoverNotice {
        sheet: issued_sheet(file, "RZ", made),
        addressees: file.owners().into_iter().map(|id| file.name(id)).collect(),
        address: None,
        developer: Words::one(issuer(file)),
        contract: text("contract_ref"),
        contract_date: day(file.unit.text("delivery_date")),
        filing: Words::one(format!("{}  {}", text("filing_date"), text("filing_number")).trim().to_owned()),
        area: Words::default(),
        from: file.moment(when),
        until: file.moment(UtcMs(when.0 + free_ms)),
        place: place.clone().or_else(|| registered(file, "address")).map(Words::one).unwrap_or_default(),
        escort: file.people.get(&escort).and_then(|Person { name, .. }| name.clone()).map(Personal::known),
        contact: Words::one(contact(file)),
        bring: bring(),
        receive: documents.iter().map(|d| Words::new(d.zh.clone(), d.en.clone())).collect(),
        terms: terms.iter().filter_map(|id| filled(file, id, when, place.clone().or_else(|| registered(file, "address")).as_deref().unwrap_or("—"))).collect(),
        dispatches,
        issued_by: Words::one(issuer(file)),
    })
}

/// What the register says of the community.
fn registered(file: &Dossier, field: &str) -> Option<String> {
    file.register.as_ref().and_then(|community| community.text(field)).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Who hands over: the developer of the register, or the community where it names none.
fn issuer(file: &Dossier) -> String {
    registered(file, "developer").unwrap_or_else(|| file.community.clone())
}

/// Where the owner reaches somebody: the service address where there is one, else the community's, and the telephone.
fn contact(file: &Dossier) -> String {
    let address = registered(file, "service_address").or_else(|| registered(file, "address"));
    address.into_iter().chain(registered(file, "service_phone")).collect::<Vec<_>>().join(" · ")
}

/// A text of the policy with what the file knows.
fn filled(file: &Dossier, id: &str, when: UtcMs, place: &str) -> Option<Words> {
    let text = file.profile.texts.get(id)?;
    let unit = file.sheet("", None).unit.short.zh;
    let local = when.to_utc().with_timezone(&file.zone);
    let (date, time) = (local.format("%Y-%m-%d").to_string(), local.format("%H:%M").to_string());
    let filing = file.unit.text("filing_number").unwrap_or_default();
    let fill = |lang: Lang| {
        let names: Vec<String> = file.owners().into_iter().filter_map(|id| file.people.get(&id)?.name.clone()).collect();
        let (comma, owners) = if lang == Lang::Zh { ("、", "业主") } else { (", ", "Owner") };
        let owner = if names.is_empty() { owners.to_owned() } else { names.join(comma) };
        let documents = BRING.map(|key| word(lang, key)).join(comma);
        let values = [
            ("owner", owner.as_str()),
            ("unit", unit.as_str()),
            ("date", date.as_str()),
            ("time", time.as_str()),
            ("place", place),
            ("documents", documents.as_str()),
            ("filing", filing),
        ];
        text.fill(lang, &values)
    };
    Some(Words::new(fill(Lang::Zh), fill(Lang::En)))
}

/// What the owner brings.
const BRING: [&str; 4] = ["doc-bring-id", "doc-bring-contract", "doc-bring-notice", "doc-bring-mandate"];

fn bring() -> Vec<BringItem> {
    BRING.map(|key| BringItem { what: w(key), note: Words::default() }).into()
}

pub(super) fn guide(file: &Dossier) -> HandoverGuide {
    let taxonomy = &file.profile.taxonomy;
    let at = file.handover.created.as_ref().map_or(UtcMs(0), |o| o.order.hlc.ms);
    let steps = file.profile.texts.guide.iter().map(|step| GuideStep {
        title: Words::default(),
        text: Words::new(step.name(Lang::Zh).trim(), step.name(Lang::En).trim()),
        minutes: None,
    });
    let elements = taxonomy.elements.iter().map(|e| Words::new(e.zh.clone(), e.en.clone()));
    let checks = taxonomy
        .parts
        .iter()
        .enumerate()
        .map(|(i, part)| GuideCheck {
            part: Words::new(part.zh.clone(), part.en.clone()),
            items: match i {
                0 => elements.clone().collect(),
                1 => taxonomy.meters.iter().map(|m| Words::new(m.zh.clone(), m.en.clone())).collect(),
                _ => taxonomy.documents.iter().map(|d| Words::new(d.zh.clone(), d.en.clone())).collect(),
            },
        })
        .collect();
    let contact = contact(file);
    HandoverGuide {
        sheet: issued_sheet(file, "ZY", at),
        lead: w("doc-guide-lead"),
        bring: bring(),
        steps: steps.collect(),
        checks,
        rights: ["doc-right-refuse", "doc-right-part", "doc-right-copy", "doc-right-later", "doc-right-order"].map(w).into(),
        afterwards: ["doc-after-due", "doc-after-recheck", "doc-after-warranty"].map(w).into(),
        contacts: vec![GuideContact { who: w("doc-service-office"), how: Words::one(contact) }],
    }
}
