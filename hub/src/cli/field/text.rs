//! What people read: the views in words.

use super::{Ctx, Device};
use keyturn_core::{
    field::{ConflictView, HandoverView, LineView, MissingView, PersonRow, PhotoView, SnagView, StatusView, UnitRow, UnitView, WarrantyView},
    log::fold::Phase,
    model::{
        Id, UtcMs,
        act::Outcome,
        value::{Answer, Done, LineAnswer},
    },
    policy::{
        Milli,
        deadline::Terms,
        warranty::{RepeatAlert, WarrantyClass, WarrantyData},
    },
    store::PhotoState,
    words::{Lang, named, tr, word},
};

fn phase(ctx: &Ctx, phase: Phase) -> String {
    word(ctx.lang, &format!("cli-phase-{}", phase.name()))
}

fn of<'a>(ctx: &Ctx, zh: &'a str, en: &'a str) -> &'a str {
    match ctx.lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// A date and time in the project's zone.
pub(super) fn when(at: UtcMs, zone: chrono_tz::Tz) -> String {
    at.local_minute(zone)
}

pub(super) fn status(ctx: &Ctx, view: &StatusView, zone: chrono_tz::Tz) -> String {
    let count = |key: &str, n: u64, of: u64| ctx.words(key, &[("n", n.to_string()), ("of", of.to_string())]);
    let mut lines = vec![match &view.role {
        Some(role) => ctx.words("cli-status-device", &[("device", view.device.short()), ("role", named(ctx.lang, "role", role))]),
        None => ctx.words("cli-status-not-enrolled", &[("device", view.device.short())]),
    }];
    let photos = view.unsent_photos.len() as u64;
    if view.role.is_none() && view.records == 0 {
        // Nothing is safe where there is nothing.
        lines.push(ctx.words("cli-status-nothing", &[]));
        return lines.join("\n");
    }
    if view.unsent_records == 0 && photos == 0 {
        lines.push(ctx.words("cli-status-safe", &[("records", view.records.to_string()), ("photos", view.photos.to_string())]));
    } else {
        lines.push(count("cli-status-records", view.unsent_records, view.records));
        lines.push(count("cli-status-photos", photos, view.photos as u64));
    }
    for photo in &view.unsent_photos {
        let why = photo.reason.as_deref().map(|key| word(ctx.lang, key)).unwrap_or_default();
        let next = if photo.next.0 > 0 { ctx.words("cli-status-next", &[("when", when(photo.next, zone))]) } else { String::new() };
        lines.push(format!("  {}  {}  {} {why} {next}", photo.sha256.short(), megabytes(photo.bytes), photo_state(ctx, photo.state)).trim_end().to_owned());
    }
    if let Some(key) = &view.last_error {
        lines.push(ctx.words("cli-status-why", &[("why", word(ctx.lang, key))]));
    }
    if let Some(next) = view.next_try {
        lines.push(ctx.words("cli-status-next", &[("when", when(next, zone))]));
    }
    lines.push(match view.last_contact {
        Some(at) => ctx.words("cli-status-contact", &[("when", when(at, zone))]),
        None => ctx.words("cli-status-no-contact", &[]),
    });
    if let Some(ms) = view.clock_offset_ms {
        lines.push(ctx.words("cli-status-clock", &[("seconds", Milli(ms).to_fixed(1))]));
    }
    if view.to_review > 0 {
        lines.push(ctx.words("cli-status-review", &[("n", view.to_review.to_string())]));
    }
    lines.join("\n")
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn photo_state(ctx: &Ctx, state: PhotoState) -> String {
    let key = match state {
        PhotoState::OnDevice => "cli-photo-on-device",
        PhotoState::SmallSent => "cli-photo-small-sent",
        PhotoState::Safe => "cli-photo-safe",
        PhotoState::SetAside => "cli-photo-set-aside",
    };
    word(ctx.lang, key)
}

pub(super) fn units(ctx: &Ctx, rows: &[UnitRow]) -> String {
    if rows.is_empty() {
        return ctx.words("cli-units-none", &[]);
    }
    let snags = |row: &UnitRow| ctx.words("cli-unit-snags", &[("open", row.open_snags.to_string()), ("all", row.snags.to_string())]);
    rows.iter()
        .map(|row| {
            format!("{}  {}  {}", row.label, if row.handover_here { phase(ctx, row.handover) } else { ctx.words("cli-unit-elsewhere", &[]) }, snags(row))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

pub(super) fn people(ctx: &Ctx, device: &Device, all: &[PersonRow]) -> String {
    if all.is_empty() {
        return ctx.words("cli-people-none", &[]);
    }
    let roles = &device.field.profile().roles.list;
    let row = |person: &PersonRow| {
        let name = person.name.clone().unwrap_or_else(|| ctx.words("cli-people-hidden", &[]));
        let about: Vec<&str> = person.roles.iter().map(|role| roles.name(role, ctx.lang)).chain(person.organisation.as_deref()).collect();
        let me = if person.me { ctx.words("cli-people-me", &[]) } else { String::new() };
        format!("{name}  {}  {}{me}", person.id, about.join(" · ")).trim_end().to_owned()
    };
    all.iter().map(row).collect::<Vec<_>>().join("\n")
}

pub(super) fn unit(ctx: &Ctx, device: &Device, view: &UnitView) -> String {
    let mut lines = vec![format!("{}  {}", view.label, view.id)];
    let mut fact = |key: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            lines.push(format!("  {}  {value}", word(ctx.lang, key)));
        }
    };
    let taxonomy = &device.field.profile().taxonomy;
    let area = |milli: Option<i64>| milli.map(|m| format!("{} m²", Milli(m)));
    fact("cli-unit-finish", Some(taxonomy.finish_levels.name(&view.finish_level, ctx.lang).to_owned()));
    fact("cli-unit-layout", Some(view.layout_type.clone()));
    fact("cli-unit-predicted", area(view.predicted_area_milli));
    fact("cli-unit-surveyed", area(view.surveyed_area_milli));
    fact("cli-unit-delivery", view.delivery_date.clone());
    fact("cli-unit-filing", view.filing_number.clone());
    // An owner whose name this device may not read is told by the id's short form.
    let owners: Vec<String> = view.owners.iter().map(|o| o.name.clone().unwrap_or_else(|| o.id.short())).collect();
    fact("cli-unit-owners", Some(owners.join(", ")));
    for room in &view.rooms {
        lines.push(format!("  {}  {}  {}/{}", room.key, of(ctx, &room.zh, &room.en), room.answered, room.lines));
    }
    if let Some(view) = &view.handover {
        lines.push(handover(ctx, device, view));
    }
    lines.join("\n")
}

pub(super) fn lines(ctx: &Ctx, lines: &[LineView]) -> String {
    if lines.is_empty() {
        return ctx.words("cli-lines-none", &[]);
    }
    let mut out = Vec::with_capacity(lines.len());
    for line in lines {
        let mark = line.answer.as_ref().map_or("·", |a| sign_of(a));
        let limit = line.limit.as_deref().map(|l| format!("  ({l})")).unwrap_or_default();
        let points = line.answer.as_ref().filter(|a| !a.points_milli.is_empty()).map(|a| format!("  {}", points(ctx, a))).unwrap_or_default();
        out.push(format!("{mark} {}  {}{limit}{points}", line.key, of(ctx, &line.zh, &line.en)));
    }
    out.join("\n")
}

/// A line by its room and words, with the key that a script types.
pub(super) fn line(ctx: &Ctx, device: &Device, unit: Id, line: &LineView) -> String {
    let room = device.field.room_name(unit, &line.room).ok().flatten();
    let room = room.map(|(zh, en)| format!("{} · ", of(ctx, &zh, &en))).unwrap_or_default();
    format!("{room}{} ({})", of(ctx, &line.zh, &line.en), line.key)
}

fn sign_of(answer: &LineAnswer) -> &'static str {
    match answer.answer {
        Answer::Fine => "✓",
        Answer::NotFine => "✗",
        Answer::NotApplicable => "—",
        Answer::NotChecked => "?",
    }
}

fn points(ctx: &Ctx, answer: &LineAnswer) -> String {
    let points = answer.points_milli.iter().map(|m| Milli(*m).to_string()).collect::<Vec<_>>().join(" ");
    match answer.verdict.as_deref() {
        Some(verdict) => format!("{points} → {}", word(ctx.lang, &format!("cli-verdict-{}", verdict.replace('_', "-")))),
        None => points,
    }
}

pub(super) fn answered(ctx: &Ctx, line: &str, answer: &LineAnswer) -> String {
    let points = if answer.points_milli.is_empty() { String::new() } else { format!("  {}", points(ctx, answer)) };
    format!("{} {line}{points}  {}", sign_of(answer), ctx.words("cli-done", &[])).trim_end().to_owned()
}

pub(super) fn missing(ctx: &Ctx, all: &[MissingView]) -> String {
    if all.is_empty() {
        return ctx.words("cli-missing-none", &[]);
    }
    let mut out = vec![ctx.words("cli-missing-head", &[("count", all.len().to_string())])];
    out.extend(all.iter().map(|view| format!("{} {}", if view.needed { "✗" } else { "·" }, view.words(ctx.lang))));
    out.join("\n")
}

pub(super) fn handover(ctx: &Ctx, device: &Device, view: &HandoverView) -> String {
    let taxonomy = &device.field.profile().taxonomy;
    let mut out =
        vec![ctx.words("cli-handover-head", &[("phase", phase(ctx, view.phase)), ("answered", view.answered.to_string()), ("lines", view.lines.to_string())])];
    let mut list = |key: &str, items: Vec<String>| {
        if !items.is_empty() {
            out.push(format!("  {}  {}", word(ctx.lang, key), items.join("; ")));
        }
    };
    let done = |name: &str, done: &Done| {
        let count = done.count.map(|n| format!(" ×{n}")).unwrap_or_default();
        let reason = done.reason.as_deref().map(|r| format!(" ({r})")).unwrap_or_default();
        format!("{}{name}{count}{reason}", if done.done { "✓ " } else { "— " })
    };
    list("cli-handover-precheck", view.precheck.iter().map(|(k, d)| done(taxonomy.prechecks.name(k, ctx.lang), d)).collect());
    list("cli-handover-parts", view.parts.iter().map(|(k, d)| done(taxonomy.parts.name(k, ctx.lang), d)).collect());
    list(
        "cli-handover-meters",
        view.meters.iter().map(|(k, m)| format!("{} {} {}", taxonomy.meters.name(k, ctx.lang), m.number, Milli(m.reading_milli))).collect(),
    );
    list("cli-handover-keys", view.keys.iter().map(|(k, d)| done(taxonomy.keys.name(k, ctx.lang), d)).collect());
    list("cli-handover-documents", view.documents.iter().map(|(k, d)| done(taxonomy.documents.name(k, ctx.lang), d)).collect());
    let roles = &device.field.profile().roles.list;
    list(
        "cli-handover-participants",
        view.participants.iter().map(|p| format!("{} {} [{}]", roles.name(&p.role, ctx.lang), p.name.as_deref().unwrap_or_default(), p.id)).collect(),
    );
    list("cli-handover-questions", view.questions.iter().map(|q| format!("{} — {} [{}]", q.text, q.answer.as_deref().unwrap_or("…"), q.id)).collect());
    list("cli-handover-disputes", view.disputes.clone());
    let signatures = view.signatures.iter().map(|s| {
        let args = [
            ("role", roles.name(&s.role, ctx.lang).to_owned()),
            ("outcome", outcome(ctx, s.outcome)),
            ("version", s.version.to_string()),
            ("level", s.reached.level.to_string()),
            ("when", when(s.at, device.zone())),
        ];
        ctx.words(if s.superseded { "cli-signature-superseded" } else { "cli-signature" }, &args)
    });
    list("cli-handover-signatures", signatures.collect());
    out.join("\n")
}

fn outcome(ctx: &Ctx, outcome: Outcome) -> String {
    let key = match outcome {
        Outcome::Accepted => "cli-outcome-accepted",
        Outcome::InPart => "cli-outcome-in-part",
        Outcome::Refused => "cli-outcome-refused",
        Outcome::Absent => "cli-outcome-absent",
        Outcome::NotSigned => "cli-outcome-not-signed",
        Outcome::Attested => "cli-outcome-attested",
    };
    word(ctx.lang, key)
}

/// What a snag's room is called.
fn room(ctx: &Ctx, device: &Device, view: &SnagView) -> String {
    match view.unit.and_then(|unit| device.field.room_name(unit, &view.room).ok().flatten()) {
        Some((zh, en)) => of(ctx, &zh, &en).to_owned(),
        None => device.field.profile().taxonomy.spaces.name(&view.room, ctx.lang).to_owned(),
    }
}

fn snag_line(ctx: &Ctx, device: &Device, view: &SnagView) -> String {
    let taxonomy = &device.field.profile().taxonomy;
    let mut line = format!(
        "#{} {}  {} {} {}",
        view.number,
        phase(ctx, view.phase),
        room(ctx, device, view),
        taxonomy.elements.name(&view.element, ctx.lang),
        taxonomy.defects.name(&view.defect, ctx.lang)
    );
    if !view.severity.is_empty() {
        line += &format!(" ({})", taxonomy.severities.name(&view.severity, ctx.lang));
    }
    if view.round > 1 {
        line += &tr(ctx.lang, "cli-snag-round", &[("n", view.round.to_string())]);
    }
    line
}

pub(super) fn snags(ctx: &Ctx, device: &Device, all: &[SnagView]) -> String {
    if all.is_empty() {
        return ctx.words("cli-snags-none", &[]);
    }
    all.iter().map(|s| format!("{}  {}", snag_line(ctx, device, s), s.id)).collect::<Vec<_>>().join("\n")
}

pub(super) fn snag(ctx: &Ctx, device: &Device, view: &SnagView) -> String {
    let mut out = vec![format!("{}  {}", snag_line(ctx, device, view), view.id)];
    let mut fact = |key: &str, value: &str| {
        if !value.is_empty() {
            out.push(format!("  {}  {value}", word(ctx.lang, key)));
        }
    };
    fact("cli-snag-owner", &view.owner_text);
    fact("cli-snag-finding", &view.finding);
    fact("cli-snag-due", view.due_on.as_deref().unwrap_or_default());
    fact("cli-order-due", view.ordered_due_on.as_deref().unwrap_or_default());
    fact("cli-snag-conflicts", &view.conflicts.iter().map(|field| named(ctx.lang, "field", field)).collect::<Vec<_>>().join(", "));
    if let Some(hold) = &view.hold {
        let state = Terms::builtin().states.name(&hold.state, ctx.lang).to_owned();
        out.push(format!("  {}", ctx.words("snag-on-hold", &[("state", state), ("reason", hold.reason.clone()), ("since", when(hold.since, device.zone()))])));
    }
    if let Some(repeat) = &view.repeat {
        let key = if repeat.alert == RepeatAlert::Escalate { "snag-repeat-escalate" } else { "snag-repeat-warn" };
        out.push(format!("  {}", ctx.words(key, &[("n", repeat.rework.to_string())])));
    }
    if let Some(warranty) = &view.warranty {
        out.push(format!("  {}", warranty_words(ctx.lang, warranty)));
    }
    for clock in &view.clocks {
        let name = Terms::builtin().milestones.name(&clock.milestone, ctx.lang);
        let standing = word(ctx.lang, &format!("deadline-standing-{}", clock.standing.name().replace('_', "-")));
        out.push(format!("  {name}  {}  {standing}  ({})", when(clock.due, device.zone()), clock.profile));
        out.push(format!("    {}", clock.steps(ctx.lang).join(if ctx.lang == Lang::Zh { "；" } else { "; " })));
    }
    out.extend(view.photos.iter().map(|p| format!("  {}", photo(ctx, p))));
    out.join("\n")
}

/// The warranty in one line; its end keeps nobody from asking for a repair (S1-01).
fn warranty_words(lang: Lang, warranty: &WarrantyView) -> String {
    let name = WarrantyData::builtin().components.name(&warranty.component, lang).to_owned();
    let class = if warranty.class == WarrantyClass::Warranty { "warranty-in" } else { "warranty-over" };
    let until = tr(lang, class, &[("component", name), ("end", warranty.developer_end.to_string())]);
    let charge = word(lang, if warranty.charge_back { "warranty-charge-back" } else { "warranty-no-charge-back" });
    let restarted = warranty.restarted.map(|on| format!(" · {}", tr(lang, "warranty-restarted", &[("on", on.to_string())]))).unwrap_or_default();
    let provisional = if warranty.provisional { format!(" · {}", word(lang, "warranty-provisional")) } else { String::new() };
    format!("{until} · {charge}{restarted}{provisional}")
}

pub(super) fn photo(ctx: &Ctx, view: &PhotoView) -> String {
    let proof = view.proof.map(|state| photo_state(ctx, state)).unwrap_or_default();
    let damaged = if view.damaged { ctx.words("cli-photo-damaged", &[]) } else { String::new() };
    let purpose = word(ctx.lang, &format!("console-purpose-{}", view.purpose.split(':').next().unwrap_or_default()));
    format!("{}  {purpose}  {}×{} px  {proof} {damaged}", view.sha256, view.width_px, view.height_px).trim_end().to_owned()
}

pub(super) fn conflicts(ctx: &Ctx, all: &[ConflictView], zone: chrono_tz::Tz) -> String {
    if all.is_empty() {
        return ctx.words("cli-conflicts-none", &[]);
    }
    let mut out = Vec::new();
    for one in all {
        let (about, what) = (of(ctx, &one.about_zh, &one.about_en), of(ctx, &one.what_zh, &one.what_en));
        out.push(format!("{}  {}  {about}: {what}", one.id, word(ctx.lang, &format!("cli-why-{}", one.why))));
        for (n, value) in one.values.iter().enumerate() {
            let clock = if value.clock_wrong { ctx.words("cli-clock-wrong", &[]) } else { String::new() };
            out.push(
                format!(
                    "  {n}  {}  ({} {} {}) {clock}",
                    of(ctx, &value.zh, &value.en),
                    named(ctx.lang, "role", &value.role),
                    value.device.short(),
                    when(value.at, zone)
                )
                .trim_end()
                .to_owned(),
            );
        }
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_and_result_has_words_in_both_languages() {
        let phases = [
            Phase::Open,
            Phase::Recorded,
            Phase::Ordered,
            Phase::InWork,
            Phase::Done,
            Phase::Rejected,
            Phase::Confirmed,
            Phase::Planned,
            Phase::Appointed,
            Phase::Started,
            Phase::Signed,
            Phase::Closed,
            Phase::Enrolled,
            Phase::Revoked,
        ];
        let outcomes = [Outcome::Accepted, Outcome::InPart, Outcome::Refused, Outcome::Absent, Outcome::NotSigned, Outcome::Attested];
        for lang in [Lang::Zh, Lang::En] {
            let ctx = Ctx { json: false, lang };
            let words = phases.map(|p| phase(&ctx, p)).into_iter().chain(outcomes.map(|o| outcome(&ctx, o)));
            assert!(words.into_iter().all(|w| !w.starts_with("cli-")), "words are missing");
        }
    }
}
