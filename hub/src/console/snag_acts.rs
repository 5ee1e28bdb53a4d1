//! The office's acts on a snag's clocks.

use super::{
    office::{Filled, Office, Visit},
    routes::{Answer, id, not_found, proven, snag_page},
    shell::Told,
};
use crate::error::HubError;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
    routing::post,
};
use keyturn_core::{
    model::{
        act::Act,
        body::{AggKind, Body},
    },
    rules::{Refusal, clocks},
    words::Told as _,
};
use serde::Deserialize;

/// Characters of a reason.
const REASON_MAX_CHARS: usize = 500;

/// The addresses.
pub fn router() -> Router<Office> {
    Router::new()
        .route("/console/snags/{id}/rebase", post(rebase))
        .route("/console/snags/{id}/hold", post(hold))
        .route("/console/snags/{id}/resume", post(resume))
}

#[derive(Deserialize)]
struct ReasonForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct HoldForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    reason: String,
}

/// Puts the repair on hold; which clocks stand still is the profile's word.
async fn hold(State(office): State<Office>, visit: Visit, Path(snag): Path<String>, Filled(form): Filled<HoldForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let act = Act::Hold(form.state.trim().to_owned(), reason(&form.reason));
    done(&office, &visit, &snag, "snag.hold", act).await
}

/// The repair goes on.
async fn resume(State(office): State<Office>, visit: Visit, Path(snag): Path<String>, Filled(form): Filled<ReasonForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let act = Act::Resume(Some(reason(&form.reason)).filter(|note| !note.is_empty()));
    done(&office, &visit, &snag, "snag.resume", act).await
}

async fn done(office: &Office, visit: &Visit, snag: &str, name: &str, act: Act) -> Answer {
    let snag = id(snag, visit.lang)?;
    office.book().await?.get_kind(snag, AggKind::Snag).ok_or_else(|| not_found(visit.lang))?;
    let refuse = |status, text: String| snag_page(office, visit, snag, status, Some(Told { kind: "danger", text }));
    if let Some(why) = visit.barred(&office.words(visit.lang), name) {
        return refuse(StatusCode::FORBIDDEN, why).await;
    }
    match office.hub.act(visit.pass.person, &visit.pass.role, snag, Body::Act(act)).await {
        Ok(_) => Ok(Redirect::to(&format!("/console/snags/{snag}?done=held")).into_response()),
        Err(HubError::Refused(refusal)) => refuse(StatusCode::UNPROCESSABLE_ENTITY, refusal.told(visit.lang)).await,
        Err(error) => Err(error.into()),
    }
}

fn reason(text: &str) -> String {
    text.trim().chars().take(REASON_MAX_CHARS).collect()
}

/// Counts the running clocks again under the rules in force: an act of its own, with a reason.
async fn rebase(State(office): State<Office>, visit: Visit, Path(snag): Path<String>, Filled(form): Filled<ReasonForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let snag = id(&snag, visit.lang)?;
    let book = office.book().await?;
    let thing = book.get_kind(snag, AggKind::Snag).ok_or_else(|| not_found(visit.lang))?;
    let refuse = |status, text: String| snag_page(&office, &visit, snag, status, Some(Told { kind: "danger", text }));
    if let Some(why) = visit.barred(&office.words(visit.lang), "snag.due") {
        return refuse(StatusCode::FORBIDDEN, why).await;
    }
    let told = |refusal: Refusal| refuse(StatusCode::UNPROCESSABLE_ENTITY, refusal.told(visit.lang));
    let profile = office.hub.profile();
    let calendar = office.hub.policies().calendar(profile, office.hub.tz());
    let dates = match clocks::rebased(profile, &calendar, thing, None, &reason(&form.reason)) {
        Ok(dates) => dates,
        Err(refusal) => return told(refusal).await,
    };
    match office.hub.act(visit.pass.person, &visit.pass.role, snag, Body::Act(Act::Due(Box::new(dates)))).await {
        Ok(_) => Ok(Redirect::to(&format!("/console/snags/{snag}?done=rebased")).into_response()),
        Err(HubError::Refused(refusal)) => told(refusal).await,
        Err(error) => Err(error.into()),
    }
}
