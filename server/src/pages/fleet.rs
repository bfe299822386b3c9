//! The fleet page: what needs the digital team today, worst first.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use lang::Key;

use super::{
    frame::{Frame, page},
    view::{Asked, View},
};
use crate::{
    clock,
    http::{App, Problem},
};

#[derive(Template)]
#[template(path = "fleet.html")]
struct Fleet<'a> {
    frame: Frame<'a>,
    view: View,
}

/// Shows the fleet.
pub async fn show(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let now = clock::now();
    let rows = app.read(move |store| store.fleet(now)).await?;
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let view = View::of(app.catalogue(), &rows, asked, now);
    let frame = Frame::for_team(&app);
    Ok(page(StatusCode::OK, &Fleet { frame, view }))
}
