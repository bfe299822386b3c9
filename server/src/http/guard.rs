//! The guards of the routes. Who calls is known before a handler runs, and a
//! replay is told from a first call only after its signature was checked: else
//! anybody could use up a caller's numbers.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use planted::planted;
use shared::signed::request::{HEADER, Stamp};
use tower_sessions::Session;

use super::{App, Problem, body};
use crate::{
    auth::{
        key,
        stamp::{Caller, NotLetIn, claimed},
    },
    clock,
};

/// Set by our own script where no person asked, so that an open page alone does
/// not keep a session alive.
pub const LIVE: &str = "x-live";

/// What a session remembers: when a person last did something.
pub const ACTIVE_AT: &str = "active-at";

/// Lets tablets in. The handler finds its `TabletId` in the request's extensions.
pub async fn tablet(State(app): State<App>, request: Request, next: Next) -> Response {
    let (caller, mut request) = match stamped(&app, request).await {
        Ok(it) => it,
        Err(problem) => return problem.into_response(),
    };
    match caller {
        Caller::Tablet(tablet) => request.extensions_mut().insert(tablet),
        Caller::Kiosk(_) => return Problem::from(NotLetIn::NotStamped).into_response(),
    };
    next.run(request).await
}

/// Lets kiosks in. The handler finds its `KioskId` in the request's extensions.
pub async fn kiosk(State(app): State<App>, request: Request, next: Next) -> Response {
    let (caller, mut request) = match stamped(&app, request).await {
        Ok(it) => it,
        Err(problem) => return problem.into_response(),
    };
    match caller {
        Caller::Kiosk(kiosk) => request.extensions_mut().insert(kiosk),
        Caller::Tablet(_) => return Problem::from(NotLetIn::NotStamped).into_response(),
    };
    next.run(request).await
}

async fn stamped(app: &App, request: Request) -> Result<(Caller, Request), Problem> {
    let (caller, stamp) = claimed(text(request.headers(), HEADER))?;
    let key = app.glance(|store| caller.key(store))?;
    let key = key.ok_or(NotLetIn::BadStamp)?;
    let (parts, body) = request.into_parts();
    let read = Request::from_parts(parts.clone(), body);
    let bytes = body::read(read, app).await?;
    let path = path(&parts.uri);
    stamp
        .check(&key, parts.method.as_str(), path, &bytes)
        .map_err(|_| NotLetIn::BadStamp)?;
    // Not before: else anybody could use up a caller's calls.
    if !app.may_call(caller) {
        tracing::warn!("{caller} calls too often");
        return Err(Problem::too_often());
    }
    // To read again what never changes does nothing, so reads are not numbered.
    if parts.method != Method::GET {
        first_time(app, &stamp).await?;
    }
    Ok((caller, Request::from_parts(parts, Body::from(bytes))))
}

async fn first_time(app: &App, stamp: &Stamp) -> Result<(), Problem> {
    let (caller, seq) = (stamp.caller.clone(), stamp.seq);
    let advanced = app
        .writer()
        .run(move |store| store.advance_caller(&caller, seq))
        .await?;
    advanced.map_err(|last| NotLetIn::Replayed(last).into())
}

fn path(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |whole| whole.as_str())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Lets programs in that have an operator's key. The handler finds its `OperatorId`
/// in the request's extensions. Whatever is wrong with a key, the answer is one.
pub async fn operator(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let key = key::claimed(text(request.headers(), header::AUTHORIZATION.as_str()));
    let now = clock::now();
    let found = app.read(move |store| store.operator_of_key(key, now)).await;
    match found {
        Ok(Some(operator)) => {
            request.extensions_mut().insert(operator);
            next.run(request).await
        }
        Ok(None) => {
            let mut response = Problem::key_not_taken().into_response();
            let scheme = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
            response
        }
        Err(problem) => problem.into_response(),
    }
}

/// Lets the digital team in; others are shown how to sign in.
pub async fn team(session: Session, request: Request, next: Next) -> Response {
    let signed_in = session.get::<i64>(ACTIVE_AT).await;
    let signed_in = match signed_in {
        Ok(at) => at.is_some(),
        Err(error) => {
            tracing::error!("the session cannot be read: {error}");
            return Problem::fault().into_response();
        }
    };
    if !signed_in && !planted!(SkipSignIn) {
        return not_signed_in(request.headers());
    }
    if !request.headers().contains_key(LIVE)
        && let Err(problem) = active(&session).await
    {
        return problem.into_response();
    }
    next.run(request).await
}

/// Notes that a person did something, which keeps the session for another while.
pub async fn active(session: &Session) -> Result<(), Problem> {
    session
        .insert(ACTIVE_AT, clock::now().as_ms())
        .await
        .map_err(|error| {
            tracing::error!("the session cannot be kept: {error}");
            Problem::fault()
        })
}

fn not_signed_in(headers: &HeaderMap) -> Response {
    let wants_page = text(headers, "accept").is_none_or(|kinds| !kinds.contains("event-stream"));
    if wants_page {
        Redirect::to("/sign-in").into_response()
    } else {
        Problem::not_signed_in().into_response()
    }
}

/// Takes a form only from our own pages. Browsers name the page that a form was
/// sent from; a cookie that only same-site requests carry is the first lock, this
/// is the second.
pub async fn origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let public = app.config().public_url.as_str();
    let is_ours = is_ours(request.headers(), public) || planted!(FormsFromElsewhere);
    if request.method().is_safe() || is_ours {
        next.run(request).await
    } else {
        Problem::from_elsewhere().into_response()
    }
}

/// Whether the form's page was reached as this request was, or by the name that
/// people know the server by, which something before it may have changed.
fn is_ours(headers: &HeaderMap, public: &str) -> bool {
    let host = text(headers, header::HOST.as_str());
    let origin = text(headers, header::ORIGIN.as_str()).unwrap_or_default();
    let Some((_, origin_host)) = origin.split_once("://") else {
        return false;
    };
    origin == public || host == Some(origin_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(host: &str, origin: &str, public: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a value"));
        headers.insert(header::ORIGIN, origin.parse().expect("a value"));
        is_ours(&headers, public)
    }

    #[test]
    fn a_form_is_ours_by_the_address_it_was_reached_by_or_by_the_public_one() {
        let public = "https://tablets.example";
        assert!(ours("127.0.0.1:8080", "http://127.0.0.1:8080", ""));
        assert!(ours("127.0.0.1:8080", public, public));
        assert!(!ours("127.0.0.1:8080", "https://elsewhere.example", public));
        assert!(!ours("127.0.0.1:8080", "http://127.0.0.1:8081", public));
    }

    #[test]
    fn a_form_that_names_no_page_is_not_ours() {
        for origin in ["", "null", "127.0.0.1:8080"] {
            assert!(!ours("127.0.0.1:8080", origin, ""), "{origin:?}");
        }
        assert!(!is_ours(&HeaderMap::new(), ""));
    }
}
