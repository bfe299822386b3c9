//! Signing in and out. Opening the link uses nothing up, so that a preview of it
//! in a message does not; its button does.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use lang::Key;
use tower_sessions::Session;

use super::frame::{Frame, message, page};
use crate::{
    clock,
    http::{App, Problem, guard},
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct How<'a> {
    frame: Frame<'a>,
}

#[derive(Template)]
#[template(path = "sign_in_link.html")]
struct Welcome<'a> {
    frame: Frame<'a>,
}

/// Says how to sign in.
pub async fn how(State(app): State<App>) -> Response {
    let frame = Frame::for_anybody(&app);
    page(StatusCode::OK, &How { frame })
}

/// Opens the link.
pub async fn open(State(app): State<App>, Path(token): Path<String>) -> Response {
    if !app.links().holds(&token, clock::now()) {
        return used_up(&app);
    }
    let frame = Frame::for_anybody(&app);
    page(StatusCode::OK, &Welcome { frame })
}

/// Uses the link.
pub async fn enter(
    State(app): State<App>,
    session: Session,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    if !app.links().take(&token, clock::now()) {
        return Ok(used_up(&app));
    }
    // A new name for the session: one that somebody else planted stays empty.
    session.cycle_id().await.map_err(|error| {
        tracing::error!("the session cannot be begun: {error}");
        Problem::fault()
    })?;
    guard::active(&session).await?;
    Ok(Redirect::to("/").into_response())
}

/// Signs out.
pub async fn leave(session: Session) -> Result<Redirect, Problem> {
    session.flush().await.map_err(|error| {
        tracing::error!("the session cannot be ended: {error}");
        Problem::fault()
    })?;
    Ok(Redirect::to("/sign-in"))
}

fn used_up(app: &App) -> Response {
    let (headline, next) = (Key::SignInUsed, Key::SignInUsedNext);
    message(app, StatusCode::GONE, headline, next)
}
