//! The repair of a snag: what the crew does, and the re-check.

use crate::{
    snag::{PhotoView, SnagView, snag_view},
    store::{FieldStore, Result},
    types::{Id, Phase},
};
use keyturn_core::field;
use std::path::PathBuf;

/// A work order: one snag and what the crew still owes.
#[derive(Clone, Debug, uniffi::Record)]
pub struct OrderView {
    /// The snag.
    pub snag: SnagView,
    /// The unit as people say it.
    pub unit_label: String,
    /// The crew is on site in this round.
    pub arrived: bool,
    /// Photos before the work of this round.
    pub before: Vec<PhotoView>,
    /// Photos after it.
    pub after: Vec<PhotoView>,
    /// Why there is no photo before the work of this round.
    pub no_before: Option<String>,
    /// Why there is none after it.
    pub no_after: Option<String>,
    /// Why the last round was rejected.
    pub rejected_because: Option<String>,
}

/// The repair is done.
#[derive(Clone, Debug, uniffi::Record)]
pub struct DoneRequest {
    /// What was done.
    pub text: String,
    /// Materials used.
    #[uniffi(default = None)]
    pub materials: Option<String>,
    /// Time spent, in minutes.
    #[uniffi(default = None)]
    pub minutes: Option<u32>,
}

fn of(core: &field::FieldStore, view: field::SnagView) -> Result<SnagView> {
    snag_view(core, view)
}

#[uniffi::export]
impl FieldStore {
    /// A work order.
    pub fn order(&self, snag: Id) -> Result<OrderView> {
        let core = self.core()?;
        let view = core.snag(snag)?;
        let rejected_because = core.rejected_because(snag)?;
        let snag = snag_view(&core, view)?;
        let of_round = |purpose: &str| snag.photos.iter().filter(|p| p.purpose == purpose && p.round == snag.round).cloned().collect::<Vec<_>>();
        let why = |purpose: &str| snag.no_photos.iter().rfind(|n| n.purpose == purpose && n.round == snag.round).map(|n| n.reason.clone());
        Ok(OrderView {
            no_before: why("before"),
            no_after: why("after"),
            unit_label: snag.unit.map(|unit| core.label(unit)).transpose()?.unwrap_or_default(),
            arrived: matches!(snag.phase, Phase::InWork | Phase::Done | Phase::Confirmed),
            before: of_round("before"),
            after: of_round("after"),
            rejected_because,
            snag,
        })
    }

    /// Orders a snag from a contractor or team, due on a day, for a kind of work that decides how long it may take.
    pub fn order_from(&self, snag: Id, contractor: Id, due_on: Option<String>, work: Option<String>) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.order_as(snag, contractor, due_on, work.as_deref())?;
        of(&core, view)
    }

    /// The crew is on site.
    pub fn repair_arrive(&self, snag: Id, note: Option<String>) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.repair_arrive(snag, note)?;
        of(&core, view)
    }

    /// A photo before the work of this round, or after it.
    pub fn repair_photo(&self, snag: Id, path: PathBuf, after: bool) -> Result<PhotoView> {
        Ok(self.core()?.repair_photo(snag, &path, after)?.into())
    }

    /// Why there can be no photo before the work of this round, or after it; the reason stands in the photo's place.
    pub fn repair_no_photo(&self, snag: Id, after: bool, reason: &str) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.repair_no_photo(snag, after, reason)?;
        of(&core, view)
    }

    /// Puts the repair on hold: what keeps it, an id of [`FieldStore::hold_states`], and why. Clocks that the rules name stand still meanwhile.
    pub fn hold(&self, snag: Id, state: &str, reason: &str) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.hold(snag, state, reason)?;
        of(&core, view)
    }

    /// The repair goes on.
    pub fn resume(&self, snag: Id, note: Option<String>) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.resume(snag, note)?;
        of(&core, view)
    }

    /// The repair is done; needs a photo of after the work in this round, or why there can be none.
    pub fn repair_done(&self, snag: Id, done: DoneRequest) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.repair_done(snag, &done.text, done.materials, done.minutes)?;
        of(&core, view)
    }

    /// The inspector's re-check finds it right; the owner confirms next.
    pub fn recheck_pass(&self, snag: Id, note: Option<String>) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.recheck_pass(snag, note)?;
        of(&core, view)
    }

    /// The inspector's re-check rejects it, with a reason and a photo if there is one; the next round begins.
    pub fn recheck_reject(&self, snag: Id, reason: &str, photo: Option<PathBuf>) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.recheck_reject(snag, reason, photo.as_deref())?;
        of(&core, view)
    }

    /// The owner confirms on site.
    pub fn owner_confirm(&self, snag: Id, remark: Option<String>) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.owner_confirm(snag, remark)?;
        of(&core, view)
    }

    /// The owner rejects on site, with a reason.
    pub fn owner_reject(&self, snag: Id, reason: &str) -> Result<SnagView> {
        let core = self.core()?;
        let view = core.owner_reject(snag, reason)?;
        of(&core, view)
    }
}
