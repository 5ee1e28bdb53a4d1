//! The repair of a snag, round by round, and its re-check (S0-12, S1-21 to S1-23, S1-40).

use super::{FieldStore, PhotoView, Result, SnagView, photo::photographed};
use crate::{
    model::{Id, UtcMs, act::Act, body::Body},
    policy::deadline::Extension,
    rules::{Refusal, clocks, sane},
};
use chrono::NaiveDate;
use std::path::Path;

impl FieldStore {
    fn on_snag(&self, snag: Id, act_done: Act) -> Result<SnagView> {
        self.need(snag, "snag")?;
        self.act(|act| act.append(snag, &Body::Act(act_done)).map(|_| ()))?;
        self.snag(snag)
    }

    /// Orders a snag from a contractor or team, due on a day (S1-21).
    ///
    /// # Errors
    /// When the role may not or the snag is past it.
    pub fn order(&self, snag: Id, contractor: Id, due_on: Option<String>) -> Result<SnagView> {
        self.order_as(snag, contractor, due_on, None)
    }

    /// As [`Self::order`], for a kind of work that decides how long it may take (S4-60, S4-61). The company's own due dates are set
    /// in the same act and kept with the profile they follow.
    ///
    /// # Errors
    /// As [`Self::order`], and when the kind of work is not known, the contractor is not, or the day is over.
    pub fn order_as(&self, snag: Id, contractor: Id, due_on: Option<String>, work: Option<&str>) -> Result<SnagView> {
        let case = self.need(snag, "snag")?;
        self.may(&case, "snag.order")?;
        self.need_contractor(contractor)?;
        if let Some(day) = &due_on {
            sane::due_on(day, self.today())?;
        }
        let zone = self.zone()?;
        self.act(|act| {
            let ordered = act.append(snag, &Body::Act(Act::Order(contractor, due_on)))?;
            let state = act.thing(snag, "snag")?;
            let profile = act.profile_of(&state);
            let calendar = self.policies().calendar(profile, zone);
            if let Some(dates) = clocks::dispatched(profile, &calendar, &state, ordered.hlc.ms, work).map_err(Refusal::from)? {
                act.append(snag, &Body::Act(Act::Due(Box::new(dates))))?;
            }
            Ok(())
        })?;
        self.snag(snag)
    }

    /// Puts the repair on hold: what keeps it (`waiting_for_owner`, `no_access`, …) and why. Which clocks stand still is the profile's word.
    ///
    /// # Errors
    /// When it is on hold already or past it, the state is none of the rules', or the reason is missing.
    pub fn hold(&self, snag: Id, state: &str, reason: &str) -> Result<SnagView> {
        self.on_snag(snag, Act::Hold(state.to_owned(), reason.to_owned()))
    }

    /// The repair goes on.
    ///
    /// # Errors
    /// When it is not on hold.
    pub fn resume(&self, snag: Id, note: Option<String>) -> Result<SnagView> {
        self.on_snag(snag, Act::Resume(note))
    }

    /// Counts the running clocks again under the profile in force, or for another kind of work; needs a reason.
    ///
    /// # Errors
    /// When nothing was dispatched yet or the reason is missing.
    pub fn rebase(&self, snag: Id, work: Option<&str>, reason: &str) -> Result<SnagView> {
        let profile = self.profile();
        let calendar = self.policies().calendar(profile, self.zone()?);
        let dates = clocks::rebased(profile, &calendar, &self.need(snag, "snag")?, work, reason)?;
        self.on_snag(snag, Act::Due(Box::new(dates)))
    }

    /// Makes one clock longer, to the end of a day that the owner agreed to at `consented` (S4-62).
    ///
    /// # Errors
    /// When the limit cannot be extended, the reason or the consent is missing, or the consent came when it was due already.
    pub fn extend(&self, snag: Id, milestone: &str, until: NaiveDate, consented: Option<UtcMs>, reason: &str) -> Result<SnagView> {
        let wish = Extension { until, consent: consented.map(clocks::owner_consent), reason: reason.to_owned() };
        if consented.is_some_and(|at| at > self.now()) {
            return Err(Refusal::plain("deadline-consent-later").into());
        }
        let dates = clocks::extended(self.policies(), self.zone()?, &self.need(snag, "snag")?, milestone, &wish)?;
        self.on_snag(snag, Act::Due(Box::new(dates)))
    }

    /// Why the last round was rejected, by the re-check or the owner; `None` in the first round.
    ///
    /// # Errors
    /// When the snag is not here.
    pub fn rejected_because(&self, snag: Id) -> Result<Option<String>> {
        let snag = self.need(snag, "snag")?;
        let reasons = snag.done().filter_map(|entry| match &entry.act {
            Act::RecheckReject(reason) | Act::OwnerReject(_, reason) => Some(reason.clone()),
            _ => None,
        });
        Ok(reasons.last())
    }

    /// The crew is on site.
    ///
    /// # Errors
    /// When the snag is not ordered.
    pub fn repair_arrive(&self, snag: Id, note: Option<String>) -> Result<SnagView> {
        self.on_snag(snag, Act::Arrive(note))
    }

    /// A photo before or after the work of this round.
    ///
    /// # Errors
    /// Why the photo is refused.
    pub fn repair_photo(&self, snag: Id, path: &Path, after: bool) -> Result<PhotoView> {
        self.add_photo(snag, path, if after { "after" } else { "before" })
    }

    /// Why there can be no photo before or after the work of this round; it stands in the photo's place.
    ///
    /// # Errors
    /// When the reason is missing.
    pub fn repair_no_photo(&self, snag: Id, after: bool, reason: &str) -> Result<SnagView> {
        self.no_photo(snag, if after { "after" } else { "before" }, reason)?;
        self.snag(snag)
    }

    /// The repair is done; needs a photo of after the work in this round, or why there can be none.
    ///
    /// # Errors
    /// When the photo is missing or the crew has not arrived.
    pub fn repair_done(&self, snag: Id, text: &str, materials: Option<String>, minutes: Option<u32>) -> Result<SnagView> {
        let state = self.need(snag, "snag")?;
        if !photographed(&state, "after") {
            return Err(Refusal::plain("rule-repair-after-photo").into());
        }
        self.on_snag(snag, Act::RepairDone(text.to_owned(), materials, minutes))
    }

    /// The inspector's re-check finds it right; the owner confirms next.
    ///
    /// # Errors
    /// When there is nothing to re-check.
    pub fn recheck_pass(&self, snag: Id, note: Option<String>) -> Result<SnagView> {
        self.on_snag(snag, Act::RecheckConfirm(note))
    }

    /// The inspector's re-check rejects it, with a reason and a photo if there is one; the next round begins.
    ///
    /// # Errors
    /// When the reason is missing.
    pub fn recheck_reject(&self, snag: Id, reason: &str, photo: Option<&Path>) -> Result<SnagView> {
        let reject = Body::Act(Act::RecheckReject(reason.to_owned()));
        self.need(snag, "snag")?;
        // Asked first: a photo must not stay behind a refused rejection.
        self.would_admit(snag, &reject)?;
        let facts = photo.map(|path| self.take_in(path)).transpose()?;
        self.act(|act| {
            if let Some(facts) = &facts {
                self.append_photo(act, snag, facts, "reject")?;
            }
            act.append(snag, &reject).map(|_| ())
        })?;
        if let Some(facts) = &facts {
            self.make_small(facts.sha256);
        }
        self.snag(snag)
    }

    /// The owner confirms on site.
    ///
    /// # Errors
    /// When there is nothing to confirm.
    pub fn owner_confirm(&self, snag: Id, remark: Option<String>) -> Result<SnagView> {
        self.on_snag(snag, Act::OwnerConfirm("on_site".to_owned(), remark))
    }

    /// The owner rejects on site, with a reason.
    ///
    /// # Errors
    /// When the reason is missing.
    pub fn owner_reject(&self, snag: Id, reason: &str) -> Result<SnagView> {
        self.on_snag(snag, Act::OwnerReject("on_site".to_owned(), reason.to_owned()))
    }
}
