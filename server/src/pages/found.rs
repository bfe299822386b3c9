//! What a phone's camera opens when somebody points it at a tag. The page is the
//! same for every tag, true or made up: it tells nothing, and nothing is looked up.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use lang::Key;
use shared::tag::Tag;

use super::frame::{Frame, message, page};
use crate::http::App;

#[derive(Template)]
#[template(path = "found.html")]
struct Found<'a> {
    frame: Frame<'a>,
}

/// The page for whoever found a tablet; no page at all for what is not even
/// written like a tag.
pub async fn show(State(app): State<App>, Path(code): Path<String>) -> Response {
    // Some readers make an address's letters small.
    if code.to_ascii_uppercase().parse::<Tag>().is_err() {
        return gone(&app);
    }
    let frame = Frame::for_anybody(&app);
    page(StatusCode::OK, &Found { frame })
}

fn gone(app: &App) -> Response {
    let (headline, next) = (Key::PagesGone, Key::PagesGoneNext);
    message(app, StatusCode::NOT_FOUND, headline, next)
}
