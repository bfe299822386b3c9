//! The fleet page: what needs the digital team today, worst first.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use lang::Key;
use shared::time::Moment;

use super::{
    frame::{Frame, page},
    view::{Asked, View},
};
use crate::{
    clock,
    http::{App, Problem},
    store::{Counts, Fault, Listed, Listing, Reader},
};

#[derive(Template)]
#[template(path = "fleet.html")]
struct Fleet<'a> {
    frame: Frame<'a>,
    /// Something puts the log in doubt.
    in_doubt: bool,
    view: View,
}

/// What is read for the page, all of one moment.
struct Seen {
    counts: Counts,
    listed: Listed,
    listing: Listing,
    in_doubt: bool,
}

impl Seen {
    fn of(store: &Reader, listed: Listed, page: usize, now: Moment) -> Result<Self, Fault> {
        let counts = store.counts(now)?;
        let listing = store.listing(&listed, page, &counts, now)?;
        let in_doubt = !store.doubts()?.is_empty();
        Ok(Self {
            counts,
            listed,
            listing,
            in_doubt,
        })
    }
}

/// Shows the fleet.
pub async fn show(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let now = clock::now();
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let (at, listed) = (asked.page(), asked.listed());
    let seen = app
        .read(move |store| Seen::of(store, listed, at, now))
        .await?;
    let Seen {
        counts,
        listed,
        listing,
        in_doubt,
    } = &seen;
    let fleet = Fleet {
        frame: Frame::for_team(&app),
        in_doubt: *in_doubt,
        view: View::of(app.catalogue(), counts, listed, listing, now),
    };
    Ok(page(StatusCode::OK, &fleet))
}
