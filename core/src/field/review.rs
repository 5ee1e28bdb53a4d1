//! What needs a person: conflicts of fields, acts that did not fit, events the hub refused. And the truth about sync.

use super::{FieldStore, HeadView, Result, StatusView};
use crate::{
    log::fold::Aggregate,
    model::{
        Id, Value,
        body::{AggKind, Body, Change},
    },
    rules::Refusal,
    store::PhotoState,
    words::{Lang, Naming, named, say, thing_kind},
};
use serde::Serialize;

/// Something to review.
#[derive(Clone, Debug, Serialize)]
pub struct ConflictView {
    /// The same on every device: it follows from thing and field.
    pub id: Id,
    /// The thing.
    pub thing: Id,
    /// What it is.
    pub thing_kind: String,
    /// What people call it, in zh-CN: the unit, and of a snag its place and number.
    pub about_zh: String,
    /// The same in en.
    pub about_en: String,
    /// `conflict`, `unfit` or `refused`.
    pub why: &'static str,
    /// The field of a conflict, the act that did not fit, or the message key of a refusal.
    pub what: String,
    /// The field's or act's name, or the whole refusal, in zh-CN.
    pub what_zh: String,
    /// The same in en.
    pub what_en: String,
    /// The values of a conflict; the first is the one shown.
    pub values: Vec<HeadView>,
}

const LANGS: [Lang; 2] = [Lang::Zh, Lang::En];

/// What people call a thing: its unit, and of a snag its place, what is wrong and its number.
fn about(naming: &Naming<'_>, thing: &Aggregate) -> String {
    let mut parts = vec![thing_kind(naming.lang, thing.kind)];
    if let Some(unit) = naming.unit {
        parts.push(super::door_of(unit));
    }
    if thing.kind == Some(AggKind::Snag) {
        parts.extend(thing.get("number").and_then(Value::int).map(|n| format!("#{n}")));
        let texts = ["room", "element", "defect"].into_iter().filter_map(|field| Some((field, thing.get(field)?)));
        parts.extend(texts.map(|(field, value)| naming.value(field, value)));
    } else if naming.unit.is_none() {
        parts.extend((naming.thing)(thing.id));
    }
    parts.join(" ")
}

impl FieldStore {
    /// Conflicts, acts that did not fit and refused events.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn conflicts(&self) -> Result<Vec<ConflictView>> {
        let mut out = Vec::new();
        // Nothing is told in the project's time before the device has joined one.
        let zone = self.zone().unwrap_or(self.profile().time_zone);
        for thing in self.store.to_review()? {
            let unit = match thing.unit.or_else(|| (thing.kind == Some(AggKind::Unit)).then_some(thing.id)) {
                Some(unit) => self.store.thing(unit)?,
                None => None,
            };
            let called = |id: Id| -> Option<String> {
                let thing = self.store.thing(id).ok()??;
                match thing.kind {
                    Some(AggKind::Person) => self.person_text(id, "name").ok()?,
                    Some(AggKind::Unit) => self.unit_label(&thing).ok(),
                    _ => thing.text("name").map(str::to_owned),
                }
            };
            let profile = self.profile_of(&thing);
            let naming = |lang: Lang, said: &dyn Fn(&Naming<'_>) -> String| said(&Naming { lang, profile, zone, unit: unit.as_ref(), thing: &called });
            let about = |lang| naming(lang, &|n| about(n, &thing));
            let view = |what: &str, why, id: &str, [what_zh, what_en]: [String; 2], values| ConflictView {
                id: Id::derived(&[b"keyturn-review-v1", &thing.id.0, id.as_bytes()]),
                thing: thing.id,
                thing_kind: thing.kind.map_or("", |k| k.name()).to_owned(),
                about_zh: about(Lang::Zh),
                about_en: about(Lang::En),
                why,
                what: what.to_owned(),
                what_zh,
                what_en,
                values,
            };
            for (field, heads) in thing.conflicts() {
                let values = heads.iter().map(|head| HeadView::of(head, LANGS.map(|lang| naming(lang, &|n| n.value(field, &head.value))))).collect();
                out.push(view(field, "conflict", field, LANGS.map(|lang| naming(lang, &|n| n.field(field))), values));
            }
            for entry in thing.unfit() {
                let (at, act) = (entry.origin.at(), entry.act.kind());
                let words = LANGS.map(|lang| named(lang, "act", act));
                out.push(view(act, "unfit", &format!("{}/{}", at.device, at.seq), words, Vec::new()));
            }
            for refused in &thing.refused {
                let args: Vec<(&str, String)> = refused.args.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
                let words = LANGS.map(|lang| say(lang, &refused.key, &args));
                out.push(view(&refused.key, "refused", &format!("{}/{}", refused.event.device, refused.event.seq), words, Vec::new()));
            }
        }
        Ok(out)
    }

    /// Settles a conflict: the value numbered `choice` stands, knowing all the others.
    ///
    /// # Errors
    /// When the field has no conflict or there is no such value.
    pub fn settle(&self, thing: Id, field: &str, choice: usize) -> Result<()> {
        self.act(|act| {
            let state = act.thing(thing, "record")?;
            let heads = state.fields.get(field).filter(|heads| heads.len() > 1).ok_or_else(|| Refusal::plain("rule-no-conflict"))?;
            let value = heads.get(choice).ok_or(super::FieldError::NotFound("value"))?.value.clone();
            let change = Change { field: field.to_owned(), value, replaces: state.heads(field) };
            act.append(thing, &Body::Set(vec![change])).map(|_| ())
        })
    }

    /// Lets photos that were set aside or wait after a failure be tried again, one or all; how many.
    ///
    /// # Errors
    /// When the photo was not taken here, or it cannot be stored.
    pub fn retry_photos(&self, photo: Option<crate::model::Digest>) -> Result<u64> {
        if let Some(sha256) = photo {
            self.store.photo(sha256)?.ok_or(super::FieldError::NotFound("photo"))?;
        }
        Ok(self.store.retry_photos(photo)?)
    }

    /// What is not yet safe on the hub, why, and what happens next.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn status(&self) -> Result<StatusView> {
        let chain = self.store.chain();
        let records = chain.map_or(0, |c| c.seq);
        let clock = self.store.clock_state();
        let text = |key: &str| -> Result<Option<String>> { Ok(self.store.meta(key)?.and_then(|b| String::from_utf8(b).ok()).filter(|t| !t.is_empty())) };
        let next_try = self.store.meta("sync_next")?.and_then(|b| b.try_into().ok()).map(|b| crate::model::UtcMs(i64::from_be_bytes(b))).filter(|t| t.0 > 0);
        let photos = self.store.photos(true)?;
        let acked = self.store.acked_seq()?;
        let oldest_record = if acked < records { self.store.own_events(acked + 1, 1)?.first().map(|event| event.hlc.ms) } else { None };
        let oldest_photo = photos.iter().find(|p| p.state != PhotoState::Safe).map(|p| p.taken);
        Ok(StatusView {
            since: oldest_record.into_iter().chain(oldest_photo).min(),
            device: self.device(),
            role: self.identity().ok().map(|i| i.certificate.role),
            records,
            unsent_records: records.saturating_sub(acked),
            photos: photos.len(),
            unsent_photos: photos.into_iter().filter(|p| p.state != PhotoState::Safe).collect(),
            last_contact: clock.contact.map(|c| c.hub),
            clock_offset_ms: clock.offset_ms(&*self.clock),
            last_error: text("sync_error")?,
            next_try,
            to_review: self.conflicts()?.len(),
        })
    }
}
