//! The page about `/v1` for people who write programs: every call, who may make it,
//! what it takes with examples, and every refusal with what to do.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use lang::{Catalogue, Key};
use serde_json::Value;

use super::frame::{Frame, page};
use crate::{
    api::book::{self, Call, Shape},
    clock,
    http::App,
};

/// A call, as plain strings.
struct Entry {
    id: String,
    line: String,
    what: String,
    who: String,
    query: String,
    examples: Vec<Shown>,
    answers: Vec<Shown>,
}

/// An example, as plain strings.
struct Shown {
    name: String,
    what: String,
    body: String,
}

#[derive(Template)]
#[template(path = "book.html")]
struct Book<'a> {
    frame: Frame<'a>,
    entries: Vec<Entry>,
    quirks: Vec<String>,
    refusals: Vec<[String; 4]>,
}

/// Shows it.
pub async fn show(State(app): State<App>) -> Response {
    let catalogue = app.catalogue();
    let calls = book::calls(clock::now());
    let refusals = book::all_refusals().into_iter();
    let book = Book {
        frame: Frame::for_anybody(&app),
        entries: calls.into_iter().map(|it| entry(it, catalogue)).collect(),
        quirks: QUIRKS.map(|key| catalogue.say(key)).into(),
        refusals: refusals
            .map(|it| book::refusal_told(it, catalogue))
            .collect(),
    };
    page(StatusCode::OK, &book)
}

/// What surprises people, told before it does.
const QUIRKS: [Key; 6] = [
    Key::ApiQuirkId,
    Key::ApiQuirkKiosk,
    Key::ApiQuirkBusy,
    Key::ApiQuirkLists,
    Key::ApiQuirkHand,
    Key::ApiQuirkSetUp,
];

fn entry(call: Call, catalogue: &Catalogue) -> Entry {
    let query = call.query.iter().map(|(name, _)| format!("?{name}="));
    let all = |shape: Option<Shape>| -> Vec<Shown> {
        let examples = shape.into_iter().flat_map(|it| it.examples);
        let shown = examples.map(|(name, body)| shown(name, &body, catalogue));
        shown.collect()
    };
    Entry {
        id: call.pattern.replace(['/', '{', '}', '.'], "-"),
        line: format!("{} {}", call.method, call.pattern),
        what: catalogue.say(call.what),
        who: catalogue.say(book::who(call.access)),
        query: query.collect::<Vec<_>>().join(" "),
        examples: all(call.body),
        answers: all(call.answer),
    }
}

fn shown(name: String, body: &Value, catalogue: &Catalogue) -> Shown {
    let what = Key::from_id(&format!("does-{}", book::kind(body)));
    Shown {
        name,
        what: what.map(|key| catalogue.say(key)).unwrap_or_default(),
        body: format!("{body:#}"),
    }
}
