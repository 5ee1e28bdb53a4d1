//! What needs a person: conflicts of fields, acts that did not fit, events the hub refused. And the truth about sync.

use super::{FieldStore, HeadView, Result, StatusView};
use crate::{
    model::{
        Id,
        body::{Body, Change},
    },
    rules::Refusal,
    store::PhotoState,
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
    /// `conflict`, `unfit` or `refused`.
    pub why: &'static str,
    /// The field of a conflict, the act that did not fit, or the message key of a refusal.
    pub what: String,
    /// The values of a conflict; the first is the one shown.
    pub values: Vec<HeadView>,
}

impl FieldStore {
    /// Conflicts, acts that did not fit and refused events.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn conflicts(&self) -> Result<Vec<ConflictView>> {
        let mut out = Vec::new();
        for thing in self.store.to_review()? {
            let thing_kind = thing.kind.map_or("", |k| k.name()).to_owned();
            let id = |what: &str| Id::derived(&[b"keyturn-review-v1", &thing.id.0, what.as_bytes()]);
            for (field, heads) in thing.conflicts() {
                out.push(ConflictView {
                    id: id(field),
                    thing: thing.id,
                    thing_kind: thing_kind.clone(),
                    why: "conflict",
                    what: field.to_owned(),
                    values: heads.iter().map(HeadView::from).collect(),
                });
            }
            for entry in thing.unfit() {
                let at = entry.origin.at();
                out.push(ConflictView {
                    id: id(&format!("{}/{}", at.device, at.seq)),
                    thing: thing.id,
                    thing_kind: thing_kind.clone(),
                    why: "unfit",
                    what: entry.act.kind().to_owned(),
                    values: Vec::new(),
                });
            }
            for refused in &thing.refused {
                out.push(ConflictView {
                    id: id(&format!("{}/{}", refused.event.device, refused.event.seq)),
                    thing: thing.id,
                    thing_kind: thing_kind.clone(),
                    why: "refused",
                    what: refused.key.clone(),
                    values: Vec::new(),
                });
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
