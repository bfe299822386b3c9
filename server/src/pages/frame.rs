//! What every page has around it, and how a template becomes an answer.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use lang::{Catalogue, Key};

use super::files;
use crate::http::{App, Problem};

/// The frame around a page.
pub struct Frame<'a> {
    catalogue: &'a Catalogue,
    /// A demo says so on every page.
    pub demo: bool,
    /// Somebody is signed in, so the page shows where they can go.
    pub signed_in: bool,
}

impl<'a> Frame<'a> {
    /// The frame for the digital team.
    pub fn for_team(app: &'a App) -> Self {
        Self {
            signed_in: true,
            ..Self::for_anybody(app)
        }
    }

    /// The frame for anybody.
    pub fn for_anybody(app: &'a App) -> Self {
        Self {
            catalogue: app.catalogue(),
            demo: app.config().demo,
            signed_in: false,
        }
    }

    /// A sentence.
    pub fn say(&self, key: Key) -> String {
        self.catalogue.say(key)
    }

    /// The page's language.
    pub fn lang(&self) -> &'static str {
        self.catalogue.language().code
    }

    /// The address of a file that the page brings along.
    #[expect(
        clippy::unused_self,
        reason = "templates reach everything through their frame"
    )]
    pub fn file(&self, name: &str) -> String {
        files::address(name)
    }
}

/// The page that a template makes.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!("a page cannot be made: {error}");
            Problem::fault().into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    frame: Frame<'a>,
    headline: String,
    next: String,
}

/// A page of one sentence and the next step.
pub fn message(app: &App, status: StatusCode, headline: Key, next: Key) -> Response {
    let frame = Frame::for_anybody(app);
    let (headline, next) = (frame.say(headline), frame.say(next));
    page(
        status,
        &Message {
            frame,
            headline,
            next,
        },
    )
}
