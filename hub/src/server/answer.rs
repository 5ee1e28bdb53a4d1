//! Errors as the protocol tells them: a status, and the words in both languages.

use crate::{error::HubError, hub::Hub, ingest::PushError, store::StoreError};
use axum::{
    Json,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use keyturn_core::{
    rules::Refusal,
    sync::protocol::ErrorBody,
    words::{Lang, Told, tr},
};

/// Whatever the routes or the framework refuse under `/v1` is told like any other error: by its key, in both languages.
pub(super) async fn told(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let error = match status {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(status, "sync-too-large").with("limit", hub.limits().body_max_bytes),
        StatusCode::NOT_FOUND => ApiError::new(status, "sync-no-path"),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(status, "sync-no-method"),
        _ if status.is_client_error() => ApiError::new(status, "sync-bad-request"),
        _ => ApiError::new(status, "sync-internal"),
    };
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut told = error.into_response();
    if let Some(allow) = allow {
        told.headers_mut().insert(header::ALLOW, allow);
    }
    told
}

/// Under `/v1` there is nothing else.
pub(super) async fn no_path() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "sync-no-path")
}

/// An error on its way to a device.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    key: &'static str,
    args: Vec<(&'static str, String)>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, key: &'static str) -> Self {
        Self { status, key, args: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    pub(crate) fn bad(key: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, key)
    }
}

fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal.key {
        "sync-code-used" | "sync-code-expired" => StatusCode::GONE,
        "sync-code-unknown" | "rule-not-found" => StatusCode::NOT_FOUND,
        "sync-signature" | "sync-device-unknown" => StatusCode::UNAUTHORIZED,
        "sync-revoked" | "rule-role" => StatusCode::FORBIDDEN,
        "sync-key-taken" => StatusCode::CONFLICT,
        "sync-bad-request" | "sync-bad-key" => StatusCode::BAD_REQUEST,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<HubError> for ApiError {
    fn from(error: HubError) -> Self {
        let status = match &error {
            HubError::Refused(refusal) => status_of(refusal),
            HubError::Store(StoreError::Full) => StatusCode::INSUFFICIENT_STORAGE,
            _ => {
                tracing::error!(%error, "a request failed");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self { status, key: error.key(), args: if status.is_server_error() { Vec::new() } else { error.args() } }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        HubError::from(error).into()
    }
}

impl From<PushError> for ApiError {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Gap(have) => Self::new(StatusCode::CONFLICT, "sync-gap").with("seq", have.seq).with("head", have.head),
            PushError::Fork => Self::new(StatusCode::CONFLICT, "sync-fork"),
            PushError::Bad(key) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, key),
            PushError::Hub(error) => error.into(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            key: self.key.to_owned(),
            zh: tr(Lang::Zh, self.key, &self.args),
            en: tr(Lang::En, self.key, &self.args),
            args: self.args.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        };
        (self.status, Json(body)).into_response()
    }
}
