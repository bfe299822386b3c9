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
    store::Reader,
};

#[derive(Template)]
#[template(path = "fleet.html")]
struct Fleet<'a> {
    frame: Frame<'a>,
    /// Something puts the log in doubt.
    in_doubt: bool,
    view: View,
}

/// Shows the fleet.
pub async fn show(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let now = clock::now();
    let read = move |store: &Reader| Ok((store.counts(now)?, store.fleet(now)?, store.doubts()?));
    let (counts, rows, doubts) = app.read(read).await?;
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let view = View::of(app.catalogue(), &counts, &rows, asked, now);
    let frame = Frame::for_team(&app);
    let fleet = Fleet {
        frame,
        in_doubt: !doubts.is_empty(),
        view,
    };
    Ok(page(StatusCode::OK, &fleet))
}
