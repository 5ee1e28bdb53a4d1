//! The rules page and the administrator's act on it: a draft of law is looked up and confirmed, and binds from then on.

use super::{
    office::{Filled, Office, Stop, Visit, page},
    routes::{Answer, not_found, proven},
    shell::Told,
};
use crate::publish::NotPublished;
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use keyturn_core::words::Told as _;
use serde::Deserialize;

/// Characters of what a draft was checked against.
const AGAINST_MAX_CHARS: usize = 300;

/// The addresses of the rules.
pub fn router() -> Router<Office> {
    Router::new().route("/console/rules", get(show)).route("/console/rules/confirm", post(confirm))
}

#[derive(Deserialize)]
struct Asked {
    profile: Option<String>,
}

async fn show(State(office): State<Office>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    rules_page(&office, &visit, asked.profile.as_deref(), StatusCode::OK, None).await
}

async fn rules_page(office: &Office, visit: &Visit, name: Option<&str>, status: StatusCode, told: Option<Told>) -> Answer {
    let read = office.read(visit.lang, &[], &[visit.pass.person]).await?;
    let cx = read.cx("");
    let profile = match name {
        None => cx.profile,
        Some(name) => cx.policies.find(name).ok_or_else(|| not_found(visit.lang))?,
    };
    // What is not in force is there to read.
    let barred = if profile.at == cx.profile.at { visit.barred(&read.words, "policy.publish") } else { Some(read.words.t("console-rules-not-active")) };
    let mut shell = read.shell(visit, office.hub.project_name());
    shell.told = told.or(shell.told);
    Ok(page(status, cx.rules_page(profile, barred).render(&shell)))
}

#[derive(Deserialize)]
struct ConfirmForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    what: String,
    #[serde(default)]
    shown: String,
    #[serde(default)]
    against: String,
}

async fn confirm(State(office): State<Office>, visit: Visit, Filled(form): Filled<ConfirmForm>) -> Answer {
    proven(&visit, &form.csrf)?;
    let words = office.words(visit.lang);
    let refuse = |status, text: String| rules_page(&office, &visit, None, status, Some(Told { kind: "danger", text }));
    if let Some(why) = visit.barred(&words, "policy.publish") {
        return refuse(StatusCode::FORBIDDEN, why).await;
    }
    let against: String = form.against.trim().chars().filter(|c| !c.is_control()).take(AGAINST_MAX_CHARS).collect();
    if against.is_empty() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, words.t("console-rules-no-against")).await;
    }
    let read = office.read(visit.lang, &[], &[]).await?;
    let cx = read.cx("");
    // What was shown is confirmed, and nothing that took its place meanwhile.
    let waiting = cx.waiting(cx.profile);
    let Some(draft) = waiting.iter().find(|w| w.what == form.what && w.can && w.shown() == form.shown) else {
        return refuse(StatusCode::CONFLICT, words.t("console-rules-gone")).await;
    };
    match office.hub.confirm_draft(visit.pass.person, &visit.pass.role, &draft.what, draft.value.as_ref(), &against).await {
        Ok(_) => Ok(Redirect::to("/console/rules?done=confirmed").into_response()),
        Err(NotPublished::Faults(faults)) => {
            refuse(StatusCode::UNPROCESSABLE_ENTITY, faults.0.iter().map(|f| f.told(visit.lang)).collect::<Vec<_>>().join("\n")).await
        }
        Err(NotPublished::Hub(crate::HubError::Refused(refusal))) => refuse(StatusCode::UNPROCESSABLE_ENTITY, refusal.told(visit.lang)).await,
        Err(NotPublished::Hub(error)) => Err(Stop::from(error)),
    }
}
