//! What holds for every answer: headers that give a page no more than it needs,
//! a bound on time, and one log line without personal data.

use std::time::Duration;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use shared::signed::request::HEADER as STAMP;
use tokio::time::{Instant, timeout};

use super::{App, Problem, app::HOLD_MS_MAX};

/// Our own files alone, nothing inline, framed by nobody.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     font-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

/// A referrer goes to our own pages alone. `no-referrer` would blank the origin of
/// our own forms too, by which a form from elsewhere is told.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// Longest that an answer may take: one that is held back, and what comes after.
const ANSWER_MAX: Duration = Duration::from_millis(HOLD_MS_MAX + 10_000);

/// Gives every answer its headers. What says nothing of keeping is never kept. Whoever
/// stamps a request is no browser, shows no page, and may pay for every byte.
pub async fn headers(request: Request, next: Next) -> Response {
    let is_stamped = request.headers().contains_key(STAMP);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if !is_stamped {
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    let keep = headers.entry(header::CACHE_CONTROL);
    keep.or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Gives up on an answer that takes too long.
pub async fn bounded(request: Request, next: Next) -> Response {
    match timeout(ANSWER_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => Problem::too_slow().into_response(),
    }
}

/// Before anything is answered, keys that were changed at a terminal are taken up.
/// Whatever keeps them from it, those of before hold until the next call.
pub async fn keys(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Err(why) = app.take_up_keys().await {
        tracing::warn!("the keys of before stay in use until the next call: {why}");
    }
    next.run(request).await
}

/// Writes one line an answer: the route's pattern and never its path, which may
/// hold a sign-in link or a tag.
pub async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let is_stamped = request.headers().contains_key(STAMP);
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = matched.as_ref().map_or("(no route)", MatchedPath::as_str);
    let status = response.status().as_u16();
    let ms = started.elapsed().as_millis();
    // A fleet calls day and night: what went as it should is told to whoever asks for more.
    if is_stamped && response.status().is_success() {
        tracing::debug!(%method, route, status, ms, "answered");
    } else {
        tracing::info!(%method, route, status, ms, "answered");
    }
    response
}
